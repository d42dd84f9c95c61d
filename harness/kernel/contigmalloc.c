/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * contigmalloc(9): memory that is physically contiguous, at most one chunk
 * (2 MiB) of it.
 */
#include "kernel/malloc_var.h"

#include <sys/malloc.h>

void *
contigmalloc(unsigned long size, struct malloc_type *type, int flags,
    vm_paddr_t low, vm_paddr_t high, unsigned long alignment,
    vm_paddr_t boundary)
{
	struct malloc_where where = {
		.low = low,
		.high = high,
		.align = MAX(alignment, PAGE_SIZE),
		.boundary = boundary,
	};
	void *va = NULL;

	malloc_check_args(__func__, type, flags);
	if (size == 0)
		panic("contigmalloc: size must not be 0");
	if (!powerof2(alignment) || !powerof2(boundary))
		panic("contigmalloc: alignment %#lx and boundary %#lx must be "
		      "powers of two",
		    alignment, (u_long)boundary);
	if (!kern_fault(KF_CONTIG, type->ks_shortdesc))
		va = malloc_extent_alloc(MALLOC_CONTIG, size, &where, type,
		    (flags & M_ZERO) != 0);
	if (va == NULL) {
		malloc_type_failed(type);
		/*
		 * A request that no memory could satisfy fails even with
		 * M_WAITOK: contigmalloc(9) promises nothing else.
		 */
		return (NULL);
	}
	malloc_type_count(type, size);
	kern_new(KO_CONTIG, va, size, type->ks_shortdesc);
	return (va);
}

void
contigfree(void *addr, unsigned long size, struct malloc_type *type)
{
	size_t allocated;

	if (type == NULL || type->ks_version != M_VERSION)
		panic("contigfree: bad malloc type at %p", type);
	allocated = malloc_extent_size(MALLOC_CONTIG, addr);
	if (allocated != 0 && round_page(allocated) != round_page(size))
		panic("contigfree: %p has %zu bytes and was freed as %lu", addr,
		    allocated, size);
	allocated = malloc_extent_free(__func__, MALLOC_CONTIG, addr, type);
	malloc_type_uncount(type, allocated);
	kern_gone(KO_CONTIG, addr, type->ks_shortdesc);
}
