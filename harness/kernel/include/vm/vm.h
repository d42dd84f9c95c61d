/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Types of the virtual memory system that drivers name.
 */
#ifndef _VM_VM_H_
#define _VM_VM_H_

#include <sys/types.h>

typedef u_char vm_prot_t;

#define VM_PROT_NONE	((vm_prot_t)0x00)
#define VM_PROT_READ	((vm_prot_t)0x01)
#define VM_PROT_WRITE	((vm_prot_t)0x02)
#define VM_PROT_EXECUTE ((vm_prot_t)0x04)

typedef char vm_memattr_t;
#define VM_MEMATTR_UNCACHEABLE	   ((vm_memattr_t)0)
#define VM_MEMATTR_WRITE_COMBINING ((vm_memattr_t)1)
#define VM_MEMATTR_WRITE_BACK	   ((vm_memattr_t)6)
#define VM_MEMATTR_DEFAULT	   VM_MEMATTR_WRITE_BACK

struct vm_page;
typedef struct vm_page *vm_page_t;
struct vm_object;
typedef struct vm_object *vm_object_t;

#endif /* !_VM_VM_H_ */
