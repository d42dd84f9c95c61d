/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * malloc(9).
 *
 * Small requests are rounded up to a power of two and served from pages cut
 * into items of that size, aligned to it; larger ones get pages of their own.
 * What is known of an item (its size, type, whether it is free) stands in the
 * host's memory.  An item that was freed is filled with a pattern, waits
 * behind the others of its page before it is handed out again, and must
 * still hold the pattern then.
 *
 * Bytes between the size asked for and the item's end hold the pattern too
 * and are checked when the item is freed; with AddressSanitizer they are
 * poisoned, and there are always some.
 */
#include "kernel/malloc_var.h"

#include <sys/malloc.h>
#include <sys/proc.h>

#define CLASS_MIN_SHIFT 4
#define CLASS_MAX_SHIFT 11
#define CLASSES		(CLASS_MAX_SHIFT - CLASS_MIN_SHIFT + 1)
#define CLASS_MAX	((size_t)1 << CLASS_MAX_SHIFT)

#ifdef KERN_ASAN
#define REDZONE 8u
#else
#define REDZONE 0u
#endif

#define M_FLAGS                                                             \
	(M_NOWAIT | M_WAITOK | M_ZERO | M_NOVM | M_USE_RESERVE | M_NODUMP | \
	    M_FIRSTFIT | M_BESTFIT | M_EXEC | M_NEXTFIT | M_NEVERFREED)

/* Who asked; for the functions that drivers call. */
#define CALLER __builtin_return_address(0)

struct malloc_item {
	struct malloc_type *type; /* NULL: free */
	uint16_t size;
	bool junk;     /* holds the pattern since it was freed */
	uint16_t next; /* behind it in the queue of free items */
};

struct malloc_slab {
	struct malloc_page page; /* first */
	LIST_ENTRY(malloc_slab) partial;
	uint16_t shift; /* of the item size */
	uint16_t nitems;
	uint16_t nfree;
	uint16_t head, tail; /* the queue of free items */
	struct malloc_item items[];
};

static struct {
	uint64_t boot;
	struct malloc_type *types;
	/* Slabs with free items, one list a class. */
	LIST_HEAD(, malloc_slab) partial[CLASSES];
	/* Slabs without used items, within the above. */
	unsigned empty[CLASSES];
} mall;

MALLOC_DEFINE(M_CACHE, "cache", "caches");
MALLOC_DEFINE(M_DEVBUF, "devbuf", "memory of drivers");
MALLOC_DEFINE(M_TEMP, "temp", "short-lived buffers");
MALLOC_DEFINE(M_IOV, "iov", "long iovecs");

void
malloc_boot(void)
{
	int i;

	mall.boot++;
	mall.types = NULL;
	for (i = 0; i < CLASSES; i++) {
		LIST_INIT(&mall.partial[i]);
		mall.empty[i] = 0;
	}
}

void
malloc_halt(void)
{
	malloc_page_reset();
	mall.boot++;
	mall.types = NULL;
}

/*
 * --- types ---
 */

static void
malloc_type_enter(struct malloc_type *type)
{
	type->ks_next = mall.types;
	mall.types = type;
	memset(&type->ks_mti, 0, sizeof(type->ks_mti));
	type->ks_mti.mti_boot = mall.boot;
}

void
malloc_type_count(struct malloc_type *type, size_t size)
{
	if (__predict_false(type->ks_mti.mti_boot != mall.boot))
		malloc_type_enter(type);
	type->ks_mti.mti_inuse++;
	type->ks_mti.mti_bytes += size;
	type->ks_mti.mti_requests++;
}

void
malloc_type_uncount(struct malloc_type *type, size_t size)
{
	HOST_ASSERT(type->ks_mti.mti_boot == mall.boot);
	type->ks_mti.mti_inuse--;
	type->ks_mti.mti_bytes -= size;
}

void
malloc_type_failed(struct malloc_type *type)
{
	if (type->ks_mti.mti_boot != mall.boot)
		malloc_type_enter(type);
	type->ks_mti.mti_failures++;
}

struct malloc_type *
malloc_desc2type(const char *desc)
{
	struct malloc_type *type;

	for (type = mall.types; type != NULL; type = type->ks_next)
		if (strcmp(type->ks_shortdesc, desc) == 0)
			break;
	return (type);
}

void
malloc_type_list(malloc_type_list_func_t *func, void *arg)
{
	struct malloc_type *type;

	for (type = mall.types; type != NULL; type = type->ks_next)
		func(type, arg);
}

void
malloc_check_args(const char *func, const struct malloc_type *type, int flags)
{
	int how = flags & (M_WAITOK | M_NOWAIT);

	if (type == NULL || type->ks_version != M_VERSION)
		panic("%s: bad malloc type at %p", func, type);
	if (how != M_WAITOK && how != M_NOWAIT)
		panic("%s: flags %#x must name exactly one of M_WAITOK and "
		      "M_NOWAIT",
		    func, flags);
	if ((flags & ~M_FLAGS) != 0)
		panic("%s: unknown flags %#x", func, flags & ~M_FLAGS);
	/* Also in filters: they run with interrupts disabled. */
	if (curthread != NULL &&
	    (curthread->td_critnest != 0 ||
		curthread->td_intr_nesting_level != 0) &&
	    !KERNEL_PANICKED())
		panic("%s: called with spinlock or critical section held",
		    func);
	if (how == M_WAITOK)
		kern_assert_can_sleep(func);
}

void
malloc_exhausted(const char *func, size_t size, const struct malloc_type *type)
{
	panic("%s: out of memory: %zu bytes of type \"%s\", M_WAITOK", func,
	    size, type->ks_shortdesc);
}

/*
 * --- slabs ---
 */

static char *
slab_item_va(const struct malloc_slab *slab, size_t i)
{
	return (slab->page.va + (i << slab->shift));
}

static struct malloc_slab *
slab_create(unsigned shift)
{
	struct malloc_slab *slab;
	size_t i, nitems = (size_t)PAGE_SIZE >> shift;
	char *va;

	va = kmem_pages_alloc(KMEM_PAGES, PAGE_SIZE, 0, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0);
	if (va == NULL)
		return (NULL);
	kern_poison(va, PAGE_SIZE);
	slab = host_alloc(sizeof(*slab) + nitems * sizeof(slab->items[0]));
	slab->page.owner = MALLOC_SLAB;
	slab->page.va = va;
	slab->page.pages = 1;
	slab->shift = shift;
	slab->nitems = slab->nfree = nitems;
	slab->tail = nitems - 1;
	for (i = 0; i < nitems; i++)
		slab->items[i].next = i + 1;
	malloc_page_enter(&slab->page);
	LIST_INSERT_HEAD(&mall.partial[shift - CLASS_MIN_SHIFT], slab, partial);
	mall.empty[shift - CLASS_MIN_SHIFT]++;
	return (slab);
}

static void *
slab_alloc(size_t size, unsigned shift, struct malloc_type *type, int flags)
{
	struct malloc_slab *slab;
	struct malloc_item *item;
	size_t class = (size_t)1 << shift;
	char *va;

	slab = LIST_FIRST(&mall.partial[shift - CLASS_MIN_SHIFT]);
	if (slab == NULL && (slab = slab_create(shift)) == NULL)
		return (NULL);
	if (slab->nfree == slab->nitems)
		mall.empty[shift - CLASS_MIN_SHIFT]--;
	item = &slab->items[slab->head];
	va = slab_item_va(slab, slab->head);
	slab->head = item->next;
	if (--slab->nfree == 0)
		LIST_REMOVE(slab, partial);
	kern_unpoison(va, class);
	if (item->junk)
		malloc_junk_check(va, class, "malloc", "modified after free");
	else
		malloc_junk(va, class);
	item->type = type;
	item->size = size;
	item->junk = false;
	if ((flags & M_ZERO) != 0)
		memset(va, 0, size);
	kern_poison(va + size, class - size);
	kern_stats.mallocs++;
	return (va);
}

static void
slab_release(struct malloc_slab *slab)
{
	LIST_REMOVE(slab, partial);
	malloc_page_remove(&slab->page);
	kmem_pages_free(slab->page.va, PAGE_SIZE);
	host_free(slab);
}

/* The item at addr, which must be allocated; panics naming `func`. */
static struct malloc_item *
slab_item(const char *func, struct malloc_slab *slab, const void *addr)
{
	size_t offset = (const char *)addr - slab->page.va;
	struct malloc_item *item = &slab->items[offset >> slab->shift];

	if ((offset & (((size_t)1 << slab->shift) - 1)) != 0)
		panic("%s: %p is %zu bytes inside the allocation at %p", func,
		    addr, offset & (((size_t)1 << slab->shift) - 1),
		    slab_item_va(slab, offset >> slab->shift));
	if (item->type == NULL)
		panic("%s: %p is not allocated (or is freed twice)", func,
		    addr);
	return (item);
}

static size_t
slab_free(struct malloc_slab *slab, void *addr, struct malloc_type *type)
{
	struct malloc_item *item = slab_item("free", slab, addr);
	unsigned index = slab->shift - CLASS_MIN_SHIFT;
	size_t class = (size_t)1 << slab->shift, size = item->size;

	if (item->type != type)
		panic("free: %p is of type \"%s\" and was freed as \"%s\"",
		    addr, item->type->ks_shortdesc, type->ks_shortdesc);
	callout_check_free(addr, size, "free");
	taskqueue_check_free(addr, size, "free");
	kern_dma_freed(addr, size, "free");
	kern_unpoison(addr, class);
	malloc_junk_check((char *)addr + size, class - size, "free",
	    "written past the end of an allocation");
	malloc_junk(addr, size);
	kern_poison(addr, class);
	item->type = NULL;
	item->junk = true;
	if (slab->nfree == 0) {
		slab->head = item - slab->items;
		LIST_INSERT_HEAD(&mall.partial[index], slab, partial);
	} else
		slab->items[slab->tail].next = item - slab->items;
	slab->tail = item - slab->items;
	kern_stats.frees++;
	if (++slab->nfree == slab->nitems && ++mall.empty[index] > 1) {
		/* One empty page a class is kept: sizes come and go. */
		mall.empty[index]--;
		slab_release(slab);
	}
	return (size);
}

/*
 * --- malloc(9) ---
 */

/* `caller` asks through `func`. */
static void *
malloc_common(const char *func, const void *caller, size_t size, size_t align,
    struct malloc_type *type, int flags)
{
	size_t need = MAX(size + REDZONE, align);
	unsigned shift;
	void *va;

	malloc_check_args(func, type, flags);
	if (size > machine_ram_size ||
	    (__predict_false(kern_fault_watch) && (flags & M_NOWAIT) != 0 &&
		kern_fault_at(KF_MALLOC, type->ks_shortdesc, caller)))
		va = NULL;
	else if (need <= CLASS_MAX) {
		shift = need <= 1 ? 0 : flsl((long)need - 1);
		va = slab_alloc(size, MAX(shift, CLASS_MIN_SHIFT), type, flags);
	} else
		va = malloc_extent_alloc(MALLOC_PAGES, size, NULL, type,
		    (flags & M_ZERO) != 0);
	if (va == NULL) {
		if ((flags & M_WAITOK) != 0)
			malloc_exhausted(func, size, type);
		malloc_type_failed(type);
		return (NULL);
	}
	malloc_type_count(type, size);
	kern_new(KO_MALLOC, va, size, type->ks_shortdesc);
	return (va);
}

void *
malloc(size_t size, struct malloc_type *type, int flags)
{
	return (malloc_common("malloc", CALLER, size, 1, type, flags));
}

void *
malloc_exec(size_t size, struct malloc_type *type, int flags)
{
	return (malloc_common("malloc_exec", CALLER, size, 1, type, flags));
}

void *
malloc_aligned(size_t size, size_t align, struct malloc_type *type, int flags)
{
	if (align == 0 || !powerof2(align) || align > PAGE_SIZE)
		panic("malloc_aligned: alignment %zu is not a power of two up "
		      "to a page",
		    align);
	return (
	    malloc_common("malloc_aligned", CALLER, size, align, type, flags));
}

void *
mallocarray(size_t nmemb, size_t size, struct malloc_type *type, int flags)
{
	if (WOULD_OVERFLOW(nmemb, size))
		panic("mallocarray: %zu * %zu overflowed", nmemb, size);
	return (
	    malloc_common("mallocarray", CALLER, nmemb * size, 1, type, flags));
}

static size_t malloc_asked_size(const char *func, const void *addr);

void
free(void *addr, struct malloc_type *type)
{
	struct malloc_page *page;
	size_t size;

	if (addr == NULL)
		return;
	if (type == NULL || type->ks_version != M_VERSION)
		panic("free: bad malloc type at %p", type);
	if (curthread != NULL && curthread->td_nheld != 0)
		kern_check_freed(addr, malloc_asked_size("free", addr));
	page = malloc_page_find(addr);
	if (page != NULL && page->owner == MALLOC_SLAB)
		size = slab_free((struct malloc_slab *)page, addr, type);
	else
		size = malloc_extent_free("free", MALLOC_PAGES, addr, type);
	malloc_type_uncount(type, size);
	kern_gone(KO_MALLOC, addr, type->ks_shortdesc);
}

/* The size asked for; panics, naming `func`, when addr is not allocated. */
static size_t
malloc_asked_size(const char *func, const void *addr)
{
	struct malloc_page *page = malloc_page_find(addr);

	if (page != NULL && page->owner == MALLOC_SLAB)
		return (
		    slab_item(func, (struct malloc_slab *)page, addr)->size);
	if (page == NULL || page->owner != MALLOC_PAGES || page->va != addr)
		panic("%s: %p is not the start of an allocation", func, addr);
	return (malloc_extent_size(MALLOC_PAGES, addr));
}

/*
 * No more than was asked for: what lies behind is not the caller's, as in a
 * kernel with redzones.
 */
size_t
malloc_usable_size(const void *addr)
{
	return (addr == NULL ? 0 : malloc_asked_size(__func__, addr));
}

/* What malloc(9) would really use for a request. */
size_t
malloc_size(size_t size)
{
	size_t need = MAX(size + REDZONE, (size_t)1 << CLASS_MIN_SHIFT);

	return (
	    need <= CLASS_MAX ? roundup_pow_of_two(need) : round_page(size));
}

void
zfree(void *addr, struct malloc_type *type)
{
	if (addr == NULL)
		return;
	memset(addr, 0, malloc_asked_size(__func__, addr));
	free(addr, type);
}

/* Always moves, so that a pointer kept from before is found out. */
static void *
realloc_common(const void *caller, void *addr, size_t size,
    struct malloc_type *type, int flags)
{
	size_t old;
	void *va;

	if ((flags & M_ZERO) != 0)
		panic("realloc: M_ZERO is not possible");
	va = malloc_common("realloc", caller, size, 1, type, flags);
	if (addr == NULL || va == NULL)
		return (va);
	old = malloc_asked_size("realloc", addr);
	memcpy(va, addr, MIN(old, size));
	free(addr, type);
	return (va);
}

void *
realloc(void *addr, size_t size, struct malloc_type *type, int flags)
{
	return (realloc_common(CALLER, addr, size, type, flags));
}

void *
reallocf(void *addr, size_t size, struct malloc_type *type, int flags)
{
	void *va;

	va = realloc_common(CALLER, addr, size, type, flags);
	if (va == NULL && addr != NULL)
		free(addr, type);
	return (va);
}
