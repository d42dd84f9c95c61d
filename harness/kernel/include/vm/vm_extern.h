/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD declares the allocators beneath malloc(9) here.  They are not part
 * of what a driver may call in this kernel: malloc(9), contigmalloc(9) and
 * bus_dmamem_alloc() are.
 */
#ifndef _VM_VM_EXTERN_H_
#define _VM_VM_EXTERN_H_

#include <vm/vm.h>

#endif /* !_VM_VM_EXTERN_H_ */
