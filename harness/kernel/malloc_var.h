/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What malloc(9), contigmalloc(9) and bus_dmamem_alloc() share: the table
 * that knows, for each page of the kernel view, which allocation it is part
 * of.  The table lives in the host's memory.
 */
#ifndef RINGSIDE_KERNEL_MALLOC_VAR_H
#define RINGSIDE_KERNEL_MALLOC_VAR_H

#include "kernel/kern.h"

/* Who made an allocation, and so who may free it. */
enum malloc_owner {
	MALLOC_SLAB,   /* malloc(9), several to a page */
	MALLOC_PAGES,  /* malloc(9), whole pages */
	MALLOC_CONTIG, /* contigmalloc(9) */
	MALLOC_DMA,    /* bus_dmamem_alloc() */
	MALLOC_UMA,    /* uma_zalloc(): a slab */
};

/* Where contiguous memory may lie; see kmem_pages_alloc(). */
struct malloc_where {
	vm_paddr_t low;
	vm_paddr_t high;
	u_long align;
	vm_paddr_t boundary;
};

/*
 * Allocates; `where` is NULL unless the memory must be contiguous.  The
 * bytes are zeroed or filled with a pattern.  NULL: there is no memory.
 * `type` may be NULL.
 */
void *malloc_extent_alloc(enum malloc_owner owner, size_t size,
    const struct malloc_where *where, struct malloc_type *type, bool zero);
/*
 * Frees; panics, naming `func`, when addr is not the start of an allocation
 * of that owner and type.  Returns its size.
 */
size_t malloc_extent_free(const char *func, enum malloc_owner owner, void *addr,
    struct malloc_type *type);
/* The size of the extent that starts at addr, or 0. */
size_t malloc_extent_size(enum malloc_owner owner, const void *addr);

/* The checks that every allocator makes of its arguments. */
void malloc_check_args(const char *func, const struct malloc_type *type,
    int flags);
/* Panics: a caller that said M_WAITOK is never told of a failure. */
void malloc_exhausted(const char *func, size_t size,
    const struct malloc_type *type) __dead2;
void malloc_type_count(struct malloc_type *type, size_t size);
/* A request that got nothing. */
void malloc_type_failed(struct malloc_type *type);
void malloc_type_uncount(struct malloc_type *type, size_t size);

/* uma.c: as kernel_memory_foreach(), zones only. */
void uma_foreach(void (*fn)(void *, const struct kernel_memory *), void *arg);

/* Fills with the pattern of memory that nobody has written. */
void malloc_junk(void *p, size_t size);
/* Panics when that is not what is there. */
void malloc_junk_check(const void *p, size_t size, const char *func,
    const char *what);

/* malloc_page.c: the table itself. */
struct malloc_page {
	enum malloc_owner owner;
	char *va;     /* of the first page */
	size_t pages; /* all, guards included */
	LIST_ENTRY(malloc_page) link;
};
struct malloc_page *malloc_page_find(const void *addr);
void malloc_page_enter(struct malloc_page *page);
void malloc_page_remove(struct malloc_page *page);
/* Forgets all and frees the descriptions (not the frames). */
void malloc_page_reset(void);

#endif /* !RINGSIDE_KERNEL_MALLOC_VAR_H */
