/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc(9): allocations of whole pages, and the table from page to what
 * was allocated, which tells a good free from a bad one.
 *
 * With AddressSanitizer each such allocation is followed by a page that stays
 * poisoned, where its placement allows one.
 */
#include "kernel/malloc_var.h"

#include <sys/malloc.h>

#define TABLE_PAGES (MACHINE_CHUNK_SIZE / MACHINE_PAGE_SIZE)
#define TABLES	    (MACHINE_RAM_MAX / MACHINE_CHUNK_SIZE)

#ifdef KERN_ASAN
#define GUARD_PAGES 1u
#else
#define GUARD_PAGES 0u
#endif

struct malloc_extent {
	struct malloc_page page; /* first */
	size_t size;
	size_t tail; /* bytes after `size` that hold the pattern */
	struct malloc_type *type;
};

static struct {
	/* One table a chunk of addresses, made when needed and kept. */
	struct malloc_page **tables[TABLES];
	LIST_HEAD(, malloc_page) all;
} mpage;

struct malloc_page *
malloc_page_find(const void *addr)
{
	struct malloc_page **table;
	size_t page;

	if (!machine_is_kva((uintptr_t)addr, 1))
		return (NULL);
	page = ((uintptr_t)addr - MACHINE_KERNEL_VIEW) / PAGE_SIZE;
	table = mpage.tables[page / TABLE_PAGES];
	return (table == NULL ? NULL : table[page % TABLE_PAGES]);
}

static void
malloc_page_set(const char *va, size_t pages, struct malloc_page *value)
{
	struct malloc_page ***table;
	size_t page = ((uintptr_t)va - MACHINE_KERNEL_VIEW) / PAGE_SIZE;

	for (; pages > 0; pages--, page++) {
		table = &mpage.tables[page / TABLE_PAGES];
		if (*table == NULL)
			*table = host_alloc(TABLE_PAGES * sizeof(**table));
		(*table)[page % TABLE_PAGES] = value;
	}
}

void
malloc_page_enter(struct malloc_page *page)
{
	malloc_page_set(page->va, page->pages, page);
	LIST_INSERT_HEAD(&mpage.all, page, link);
}

void
malloc_page_remove(struct malloc_page *page)
{
	malloc_page_set(page->va, page->pages, NULL);
	LIST_REMOVE(page, link);
}

void
malloc_page_reset(void)
{
	struct malloc_page *page;

	while ((page = LIST_FIRST(&mpage.all)) != NULL) {
		malloc_page_remove(page);
		host_free(page);
	}
}

/* 0xdeadc0de in every aligned word, wherever the range begins. */
static uint8_t
junk_byte(const void *p)
{
	return (0xdeadc0de >> 8 * ((uintptr_t)p % sizeof(uint32_t)));
}

void
malloc_junk(void *p, size_t size)
{
	uint8_t *byte = p;

	for (; size > 0 && (uintptr_t)byte % sizeof(uint64_t) != 0; size--) {
		*byte = junk_byte(byte);
		byte++;
	}
	for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t)) {
		*(uint64_t *)byte = UINT64_C(0xdeadc0dedeadc0de);
		byte += sizeof(uint64_t);
	}
	for (; size > 0; size--, byte++)
		*byte = junk_byte(byte);
}

void
malloc_junk_check(const void *p, size_t size, const char *func,
    const char *what)
{
	const uint8_t *byte = p, *end = byte + size;

	while (byte < end) {
		if ((uintptr_t)byte % sizeof(uint64_t) == 0 &&
		    (size_t)(end - byte) >= sizeof(uint64_t) &&
		    *(const uint64_t *)byte == UINT64_C(0xdeadc0dedeadc0de))
			byte += sizeof(uint64_t);
		else if (*byte == junk_byte(byte))
			byte++;
		else
			panic("%s: memory %s: %p + %zu holds %#x", func, what,
			    p, (size_t)(byte - (const uint8_t *)p), *byte);
	}
}

static char *
extent_frames(size_t *pages, const struct malloc_where *where)
{
	size_t guarded = (*pages + GUARD_PAGES) * PAGE_SIZE;
	char *va = NULL;

	if (where == NULL) {
		*pages += GUARD_PAGES;
		return (kmem_pages_alloc(KMEM_PAGES, guarded, 0, ~(vm_paddr_t)0,
		    PAGE_SIZE, 0));
	}
	if (GUARD_PAGES != 0 && where->boundary == 0)
		va = kmem_pages_alloc(KMEM_CONTIG, guarded, where->low,
		    where->high, where->align, 0);
	if (va != NULL) {
		*pages += GUARD_PAGES;
		return (va);
	}
	return (kmem_pages_alloc(KMEM_CONTIG, *pages * PAGE_SIZE, where->low,
	    where->high, where->align, where->boundary));
}

void *
malloc_extent_alloc(enum malloc_owner owner, size_t size,
    const struct malloc_where *where, struct malloc_type *type, bool zero)
{
	struct malloc_extent *extent;
	size_t pages, room;
	char *va;

	if (size > machine_ram_size)
		return (NULL);
	pages = MAX(howmany(size, PAGE_SIZE), 1);
	room = pages * PAGE_SIZE;
	va = extent_frames(&pages, where);
	if (va == NULL)
		return (NULL);
	extent = host_alloc(sizeof(*extent));
	extent->page.owner = owner;
	extent->page.va = va;
	extent->page.pages = pages;
	extent->size = size;
	extent->tail = room - size;
	extent->type = type;
	malloc_page_enter(&extent->page);
	if (zero)
		memset(va, 0, size);
	else
		malloc_junk(va, size);
	malloc_junk(va + size, extent->tail);
	kern_poison(va + size, pages * PAGE_SIZE - size);
	kern_stats.mallocs++;
	return (va);
}

size_t
malloc_extent_size(enum malloc_owner owner, const void *addr)
{
	struct malloc_page *page = malloc_page_find(addr);

	if (page == NULL || page->owner != owner || page->va != addr)
		return (0);
	return (((struct malloc_extent *)page)->size);
}

size_t
malloc_extent_free(const char *func, enum malloc_owner owner, void *addr,
    struct malloc_type *type)
{
	struct malloc_extent *extent;
	struct malloc_page *page;
	size_t size;

	page = malloc_page_find(addr);
	if (page == NULL)
		panic("%s: %p is not allocated (or is freed twice)", func,
		    addr);
	if (page->owner != owner)
		panic("%s: %p was not allocated by the function that goes "
		      "with it",
		    func, addr);
	if (page->va != addr)
		panic("%s: %p is %zu bytes inside the allocation at %p", func,
		    addr, (size_t)((char *)addr - page->va), page->va);
	extent = (struct malloc_extent *)page;
	if (type != extent->type)
		panic("%s: %p is of type \"%s\" and was freed as \"%s\"", func,
		    addr, extent->type->ks_shortdesc, type->ks_shortdesc);
	size = extent->size;
	callout_check_free(addr, size, func);
	taskqueue_check_free(addr, size, func);
	kern_dma_freed(addr, size, func);
	kern_unpoison(page->va + size, extent->tail);
	malloc_junk_check(page->va + size, extent->tail, func,
	    "written past the end of an allocation");
	malloc_junk(addr, size);
	malloc_page_remove(page);
	kmem_pages_free(page->va, page->pages * PAGE_SIZE);
	host_free(extent);
	kern_stats.frees++;
	return (size);
}
