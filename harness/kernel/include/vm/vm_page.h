/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A page of memory, as drivers meet it in an unmapped bio: by its physical
 * address and nothing else.
 */
#ifndef _VM_VM_PAGE_H_
#define _VM_VM_PAGE_H_

#include <vm/vm.h>
#include <vm/pmap.h>

struct vm_page {
	vm_paddr_t phys_addr;
};

#define VM_PAGE_TO_PHYS(entry) ((entry)->phys_addr)

/* The page at a physical address; panics outside of memory. */
vm_page_t PHYS_TO_VM_PAGE(vm_paddr_t pa);

#endif /* !_VM_VM_PAGE_H_ */
