/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * uma(9).
 *
 * A zone's memory comes in slabs: a page cut into items, or the pages of one
 * large item.  Slabs stay with the zone until it is reclaimed or destroyed.
 * A slab's description is part of the table of all pages (malloc_page.c), so
 * that an item can be told from anything else.  Free items queue up, so that
 * one which was freed comes back as late as possible.
 */
#include "kernel/malloc_var.h"

#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/taskqueue.h>
#include <vm/uma.h>

#ifdef KERN_ASAN
#define REDZONE 8u
#else
#define REDZONE 0u
#endif

#define WARNING_PERIOD 300 /* seconds */

#define ZONE_FLAGS                                                  \
	(UMA_ZONE_ZINIT | UMA_ZONE_CONTIG | UMA_ZONE_NOTOUCH |      \
	    UMA_ZONE_MALLOC | UMA_ZONE_NOFREE | UMA_ZONE_MTXCLASS | \
	    UMA_ZONE_VM | UMA_ZONE_NOBUCKET | UMA_ZONE_MAXBUCKET |  \
	    UMA_ZONE_NODUMP | UMA_ZONE_PCPU | UMA_ZONE_FIRSTTOUCH | \
	    UMA_ZONE_ROUNDROBIN)

struct uma_item {
	bool used;
	bool junk;     /* holds the pattern since it was freed */
	uint16_t next; /* behind it in the queue of free items */
};

struct uma_slab {
	struct malloc_page page; /* first */
	LIST_ENTRY(uma_slab) link;
	struct uma_zone *zone; /* NULL: gone, with items of it in use */
	uint16_t nitems;
	uint16_t nfree;
	uint16_t head, tail; /* the queue of free items */
	struct uma_item items[];
};

struct uma_zone {
	TAILQ_ENTRY(uma_zone) link;
	LIST_HEAD(, uma_slab) partial; /* some items free */
	LIST_HEAD(, uma_slab) full;    /* none */
	size_t size;
	size_t stride; /* from item to item */
	size_t pages;  /* of a slab */
	u_int nitems;  /* of a slab */
	uma_ctor ctor;
	uma_dtor dtor;
	uma_init init;
	uma_fini fini;
	uint32_t flags;
	bool junk; /* nobody counts on what a free item holds */
	u_int nslabs;
	u_int nfree;
	u_int reserve;
	u_int max; /* items in use; 0: no limit */
	struct kernel_memory stats;
	const char *warning;
	time_t warned;
	uma_maxaction_t maxaction;
	struct task maxtask;
	char name[32];
};

static TAILQ_HEAD(, uma_zone) zones = TAILQ_HEAD_INITIALIZER(zones);

void
uma_boot(void)
{
	TAILQ_INIT(&zones);
}

/* The slabs go with the table of pages. */
void
uma_halt(void)
{
	struct uma_zone *zone;

	while ((zone = TAILQ_FIRST(&zones)) != NULL) {
		TAILQ_REMOVE(&zones, zone, link);
		host_free(zone);
	}
}

void
uma_foreach(void (*fn)(void *, const struct kernel_memory *), void *arg)
{
	struct uma_zone *zone;

	TAILQ_FOREACH(zone, &zones, link) {
		zone->stats.name = zone->name;
		zone->stats.zone = true;
		zone->stats.bytes = zone->stats.inuse * zone->size;
		zone->stats.limit = zone->max;
		fn(arg, &zone->stats);
	}
}

/*
 * --- slabs ---
 */

static char *
item_va(const struct uma_slab *slab, u_int i)
{
	return (slab->page.va + i * slab->zone->stride);
}

/* Puts an item, unpoisoned, at the end of its slab's queue. */
static void
item_put(struct uma_slab *slab, u_int i)
{
	struct uma_zone *zone = slab->zone;
	struct uma_item *item = &slab->items[i];

	item->used = false;
	if (slab->nfree == 0)
		slab->head = (uint16_t)i;
	else
		slab->items[slab->tail].next = (uint16_t)i;
	slab->tail = (uint16_t)i;
	slab->nfree++;
	zone->nfree++;
	kern_poison(item_va(slab, i), zone->stride);
}

/* The items from `first` on are given up, then the memory. */
static void
slab_release(struct uma_slab *slab, u_int inited)
{
	struct uma_zone *zone = slab->zone;
	size_t size = slab->page.pages * PAGE_SIZE;

	for (u_int i = 0; i < inited && zone->fini != NULL; i++) {
		kern_unpoison(item_va(slab, i), zone->size);
		zone->fini(item_va(slab, i), (int)zone->size);
	}
	kern_poison(slab->page.va, size);
	malloc_page_remove(&slab->page);
	kmem_pages_free(slab->page.va, size);
	host_free(slab);
}

/* Makes the items what ctor expects; returns how many were made. */
static u_int
slab_init(struct uma_slab *slab, int flags)
{
	struct uma_zone *zone = slab->zone;
	char *va;

	for (u_int i = 0; i < slab->nitems; i++) {
		va = item_va(slab, i);
		kern_unpoison(va, zone->size);
		if (zone->junk)
			malloc_junk(va, zone->size);
		else if ((zone->flags & UMA_ZONE_NOTOUCH) == 0)
			memset(va, 0, zone->size);
		if (zone->init != NULL &&
		    zone->init(va, (int)zone->size, flags) != 0)
			return (i);
		slab->items[i].junk = zone->junk;
		item_put(slab, i);
	}
	return (slab->nitems);
}

static bool
slab_create(struct uma_zone *zone, int flags)
{
	bool contig = (zone->flags & UMA_ZONE_CONTIG) != 0;
	struct uma_slab *slab;
	u_int made;
	char *va;

	va = kmem_pages_alloc(contig ? KMEM_CONTIG : KMEM_PAGES,
	    zone->pages * PAGE_SIZE, 0, ~(vm_paddr_t)0, PAGE_SIZE, 0);
	if (va == NULL) {
		if ((flags & M_WAITOK) != 0)
			panic("uma_zalloc: out of memory: zone %s, M_WAITOK",
			    zone->name);
		return (false);
	}
	kern_poison(va, zone->pages * PAGE_SIZE);
	slab =
	    host_alloc(sizeof(*slab) + zone->nitems * sizeof(slab->items[0]));
	slab->page.owner = MALLOC_UMA;
	slab->page.va = va;
	slab->page.pages = zone->pages;
	slab->zone = zone;
	slab->nitems = (uint16_t)zone->nitems;
	malloc_page_enter(&slab->page);
	made = slab_init(slab, flags);
	if (made < slab->nitems) {
		zone->nfree -= slab->nfree;
		slab_release(slab, made);
		return (false);
	}
	LIST_INSERT_HEAD(&zone->partial, slab, link);
	zone->nslabs++;
	return (true);
}

void
uma_zone_reclaim(uma_zone_t zone, int how)
{
	struct uma_slab *slab, *next;

	(void)how; /* nothing is cached beside the slabs */
	if ((zone->flags & UMA_ZONE_NOFREE) != 0)
		return;
	LIST_FOREACH_SAFE(slab, &zone->partial, link, next) {
		if (slab->nfree < slab->nitems ||
		    zone->nfree - slab->nitems < zone->reserve)
			continue;
		LIST_REMOVE(slab, link);
		zone->nslabs--;
		zone->nfree -= slab->nitems;
		slab_release(slab, slab->nitems);
	}
}

/*
 * --- zones ---
 */

uma_zone_t
uma_zcreate(const char *name, size_t size, uma_ctor ctor, uma_dtor dtor,
    uma_init uminit, uma_fini fini, int align, uint32_t flags)
{
	size_t mask =
	    align == UMA_ALIGN_CACHE ? CACHE_LINE_SIZE - 1 : (size_t)align;
	struct uma_zone *zone;

	kern_assert_can_sleep(__func__);
	KASSERT(powerof2(mask + 1) && mask < PAGE_SIZE,
	    ("uma_zcreate: invalid alignment mask %d of %s", align, name));
	KASSERT(size > 0, ("uma_zcreate: %s has items of no size", name));
	KASSERT((flags & ~(uint32_t)ZONE_FLAGS) == 0,
	    ("uma_zcreate: unknown flags %#x of %s", flags & ~ZONE_FLAGS,
		name));
	zone = host_alloc(sizeof(*zone));
	strlcpy(zone->name, name, sizeof(zone->name));
	LIST_INIT(&zone->partial);
	LIST_INIT(&zone->full);
	zone->size = size;
	zone->stride = roundup2(MAX(size + REDZONE, 8), mask + 1);
	zone->pages = howmany(zone->stride, PAGE_SIZE);
	zone->nitems = MAX(PAGE_SIZE / zone->stride, 1);
	zone->ctor = ctor;
	zone->dtor = dtor;
	zone->init = uminit;
	zone->fini = fini;
	zone->flags = flags;
	zone->junk = uminit == NULL && fini == NULL &&
	    (flags & (UMA_ZONE_ZINIT | UMA_ZONE_NOTOUCH)) == 0;
	TAILQ_INSERT_TAIL(&zones, zone, link);
	kern_new(KO_UMA_ZONE, zone, size, zone->name);
	return (zone);
}

void
uma_zdestroy(uma_zone_t zone)
{
	struct uma_slab *slab;
	u_int pages = 0;

	kern_assert_can_sleep(__func__);
	if (zone->maxaction != NULL)
		taskqueue_drain(taskqueue_thread, &zone->maxtask);
	zone->reserve = 0;
	zone->flags &= ~UMA_ZONE_NOFREE;
	uma_zone_reclaim(zone, UMA_RECLAIM_DRAIN);
	if (zone->stats.inuse != 0) {
		/* What is in use stays where it is, lost. */
		while ((slab = LIST_FIRST(&zone->partial)) != NULL ||
		    (slab = LIST_FIRST(&zone->full)) != NULL) {
			LIST_REMOVE(slab, link);
			slab->zone = NULL;
			pages += slab->page.pages;
		}
		kern_misuse("Freed UMA keg (%s) was not empty (%ju items).  "
			    "Lost %u pages of memory.",
		    zone->name, (uintmax_t)zone->stats.inuse, pages);
	}
	TAILQ_REMOVE(&zones, zone, link);
	kern_gone(KO_UMA_ZONE, zone, zone->name);
	host_free(zone);
}

void
uma_prealloc(uma_zone_t zone, int nitems)
{
	kern_assert_can_sleep(__func__);
	for (u_int n = howmany((u_int)nitems, zone->nitems); n > 0; n--)
		if (!slab_create(zone, M_WAITOK))
			break; /* init says no */
}

void
uma_zone_reserve(uma_zone_t zone, int nitems)
{
	zone->reserve = (u_int)nitems;
}

int
uma_zone_set_max(uma_zone_t zone, int nitems)
{
	zone->max = (u_int)nitems;
	wakeup(zone); /* there may be room now */
	return (nitems);
}

int
uma_zone_get_max(uma_zone_t zone)
{
	return ((int)zone->max);
}

int
uma_zone_get_cur(uma_zone_t zone)
{
	return ((int)zone->stats.inuse);
}

int
uma_zone_exhausted(uma_zone_t zone)
{
	return (zone->max != 0 && zone->stats.inuse >= zone->max);
}

size_t
uma_zone_memory(uma_zone_t zone)
{
	return (zone->nslabs * zone->pages * PAGE_SIZE);
}

void
uma_zone_set_warning(uma_zone_t zone, const char *warning)
{
	zone->warning = warning;
}

static void
run_maxaction(void *arg, int pending)
{
	struct uma_zone *zone = arg;

	zone->maxaction(zone, pending);
}

void
uma_zone_set_maxaction(uma_zone_t zone, uma_maxaction_t action)
{
	zone->maxaction = action;
	TASK_INIT(&zone->maxtask, 0, run_maxaction, zone);
}

/*
 * --- items ---
 */

static void
zone_is_full(struct uma_zone *zone)
{
	if (zone->warning != NULL &&
	    (zone->warned == 0 ||
		time_uptime - zone->warned >= WARNING_PERIOD)) {
		zone->warned = time_uptime;
		printf("[zone: %s] %s\n", zone->name, zone->warning);
	}
	if (zone->maxaction != NULL)
		taskqueue_enqueue(taskqueue_thread, &zone->maxtask);
}

static void
check_alloc(const struct uma_zone *zone, int flags)
{
	const struct thread *td __diagused = curthread;
	int how = flags & (M_WAITOK | M_NOWAIT);

	KASSERT(how == M_WAITOK || how == M_NOWAIT,
	    ("uma_zalloc: flags %#x must name exactly one of M_WAITOK and "
	     "M_NOWAIT",
		flags));
	KASSERT((flags & M_EXEC) == 0, ("uma_zalloc: called with M_EXEC"));
	KASSERT(td->td_critnest == 0 && td->td_intr_nesting_level == 0,
	    ("uma_zalloc: called within spinlock or critical section (%s)",
		zone->name));
	if (how == M_WAITOK)
		kern_assert_can_sleep("uma_zalloc");
}

/* A slab with an item for this request, or NULL. */
static struct uma_slab *
find_slab(struct uma_zone *zone, int flags)
{
	u_int reserve = (flags & M_USE_RESERVE) != 0 ? 0 : zone->reserve;

	while (zone->nfree <= reserve)
		if (!slab_create(zone, flags & (M_WAITOK | M_NOWAIT)))
			return (NULL);
	return (LIST_FIRST(&zone->partial));
}

/* Takes an item out; it is not the caller's before its ctor has said so. */
static char *
item_take(struct uma_slab *slab)
{
	struct uma_zone *zone = slab->zone;
	struct uma_item *item = &slab->items[slab->head];
	char *va = item_va(slab, slab->head);

	slab->head = item->next;
	zone->nfree--;
	if (--slab->nfree == 0) {
		LIST_REMOVE(slab, link);
		LIST_INSERT_HEAD(&zone->full, slab, link);
	}
	kern_unpoison(va, zone->size);
	if (item->junk)
		malloc_junk_check(va, zone->size, "uma_zalloc",
		    "modified after free");
	item->used = true;
	item->junk = false;
	return (va);
}

/* The item's place; panics when it is none of this zone's. */
static struct uma_slab *
item_slab(struct uma_zone *zone, const void *addr, u_int *index)
{
	struct malloc_page *page = malloc_page_find(addr);
	struct uma_slab *slab = (struct uma_slab *)page;
	size_t offset;

	if (page == NULL || page->owner != MALLOC_UMA)
		panic("uma: item %p did not belong to zone %s", addr,
		    zone->name);
	if (slab->zone != zone)
		panic("uma: item %p did not belong to zone %s, but to %s", addr,
		    zone->name,
		    slab->zone != NULL ? slab->zone->name : "one that is gone");
	offset = (size_t)((const char *)addr - page->va);
	*index = (u_int)(offset / zone->stride);
	if (offset % zone->stride != 0 || *index >= slab->nitems)
		panic("Unaligned free of %p from zone %p(%s) slab %p(%u)", addr,
		    zone, zone->name, slab, *index);
	if (!slab->items[*index].used)
		panic("Duplicate free of %p from zone %p(%s) slab %p(%u)", addr,
		    zone, zone->name, slab, *index);
	return (slab);
}

/* Back to the zone, without a dtor. */
static void
item_free(struct uma_zone *zone, struct uma_slab *slab, u_int i)
{
	if (zone->junk)
		malloc_junk(item_va(slab, i), zone->size);
	slab->items[i].junk = zone->junk;
	if (slab->nfree == 0) {
		LIST_REMOVE(slab, link);
		LIST_INSERT_HEAD(&zone->partial, slab, link);
	}
	item_put(slab, i);
	zone->stats.inuse--;
	wakeup_one(zone);
}

void *
uma_zalloc_arg(uma_zone_t zone, void *arg, int flags)
{
	struct uma_slab *slab;
	u_int i;
	char *va;

	check_alloc(zone, flags);
	if ((flags & M_NOWAIT) != 0 && kern_fault(KF_UMA, zone->name)) {
		zone->stats.failures++;
		return (NULL);
	}
	while (uma_zone_exhausted(zone)) {
		zone_is_full(zone);
		if ((flags & M_NOWAIT) != 0) {
			zone->stats.failures++;
			return (NULL);
		}
		(void)tsleep(zone, PNOLOCK, "zonelimit", 0);
	}
	slab = find_slab(zone, flags);
	if (slab == NULL) {
		zone->stats.failures++;
		return (NULL);
	}
	va = item_take(slab);
	zone->stats.inuse++;
	if (zone->ctor != NULL &&
	    zone->ctor(va, (int)zone->size, arg, flags) != 0) {
		(void)item_slab(zone, va, &i);
		item_free(zone, slab, i);
		zone->stats.failures++;
		return (NULL);
	}
	if ((flags & M_ZERO) != 0)
		memset(va, 0, zone->size);
	zone->stats.requests++;
	kern_stats.mallocs++;
	kern_new(KO_UMA_ITEM, va, zone->size, zone->name);
	return (va);
}

void
uma_zfree_arg(uma_zone_t zone, void *addr, void *arg)
{
	const struct thread *td __diagused = curthread;
	struct uma_slab *slab;
	u_int i;

	if (addr == NULL)
		return;
	KASSERT(td->td_critnest == 0 && td->td_intr_nesting_level == 0,
	    ("uma_zfree: called within spinlock or critical section (%s)",
		zone->name));
	slab = item_slab(zone, addr, &i);
	if (zone->dtor != NULL)
		zone->dtor(addr, (int)zone->size, arg);
	callout_check_free(addr, zone->size, "uma_zfree");
	taskqueue_check_free(addr, zone->size, "uma_zfree");
	kern_gone(KO_UMA_ITEM, addr, zone->name);
	kern_stats.frees++;
	item_free(zone, slab, i);
}
