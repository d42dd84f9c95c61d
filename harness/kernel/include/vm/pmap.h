/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * From kernel virtual to guest-physical addresses.  A translation is true up
 * to the end of the page only, and panics outside of kernel memory.
 */
#ifndef _VM_PMAP_H_
#define _VM_PMAP_H_

#include <sys/types.h>

vm_paddr_t pmap_kextract(vm_offset_t va);
#define vtophys(va) pmap_kextract((vm_offset_t)(va))

#endif /* !_VM_PMAP_H_ */
