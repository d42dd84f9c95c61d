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
#include "kernel/uma_var.h"

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
		host_free(zone->cache);
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
	kern_poison(uma_item_va(slab, i), zone->stride);
}

/* The items from `first` on are given up, then the memory. */
static void
slab_release(struct uma_slab *slab, u_int inited)
{
	struct uma_zone *zone = slab->zone;
	size_t size = slab->page.pages * PAGE_SIZE;

	for (u_int i = 0; i < inited && zone->fini != NULL; i++) {
		kern_unpoison(uma_item_va(slab, i), zone->size);
		zone->fini(uma_item_va(slab, i), (int)zone->size);
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
		va = uma_item_va(slab, i);
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

	(void)how; /* there is one cache, and all of it goes */
	if (zone->home != zone) {
		uma_second_drain(zone);
		return;
	}
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
	if (powerof2(zone->stride))
		zone->shift = (u_int)__builtin_ctzl(zone->stride);
	zone->pages = howmany(zone->stride, PAGE_SIZE);
	zone->nitems = MAX(PAGE_SIZE / zone->stride, 1);
	zone->ctor = ctor;
	zone->dtor = dtor;
	zone->init = uminit;
	zone->fini = fini;
	zone->flags = flags;
	zone->home = zone;
	zone->junk = uminit == NULL && fini == NULL &&
	    (flags & (UMA_ZONE_ZINIT | UMA_ZONE_NOTOUCH)) == 0;
	uma_zone_enter(zone);
	return (zone);
}

void
uma_zone_enter(struct uma_zone *zone)
{
	TAILQ_INSERT_TAIL(&zones, zone, link);
	kern_new(KO_UMA_ZONE, zone, zone->size, zone->name);
}

void
uma_zone_set_buffers(uma_zone_t zone)
{
	zone->buffers = true;
}

void
uma_zone_leave(uma_zone_t zone)
{
	kern_gone(KO_UMA_ZONE, zone, zone->name);
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
	uma_zone_leave(zone);
	host_free(zone->cache);
	host_free(zone);
}

void
uma_prealloc(uma_zone_t zone, int nitems)
{
	kern_assert_can_sleep(__func__);
	KASSERT(zone->home == zone,
	    ("uma_prealloc: zone %s is secondary", zone->name));
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
	char *va = uma_item_va(slab, slab->head);

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

char *
uma_slab_take(struct uma_zone *zone, int flags)
{
	struct uma_slab *slab = find_slab(zone, flags);

	return (slab != NULL ? item_take(slab) : NULL);
}

/* Another zone's, or none's at all. */
static void __noinline
item_foreign(const struct uma_zone *zone, const void *addr,
    const struct uma_slab *slab)
{
	if (slab == NULL || slab->page.owner != MALLOC_UMA)
		panic("uma: item %p did not belong to zone %s", addr,
		    zone->name);
	panic("uma: item %p did not belong to zone %s, but to %s", addr,
	    zone->name,
	    slab->zone == NULL		 ? "one that is gone" :
		slab->zone != zone->home ? slab->zone->name :
					   "another that shares its memory");
}

struct uma_slab *
uma_item_slab(struct uma_zone *zone, const void *addr, u_int *index)
{
	struct uma_slab *slab = (struct uma_slab *)malloc_page_find(addr);
	uint32_t offset, stride = (uint32_t)zone->home->stride;

	if (__predict_false(slab == NULL || slab->page.owner != MALLOC_UMA ||
		slab->zone != zone->home))
		item_foreign(zone, addr, slab);
	offset = (uint32_t)((const char *)addr - slab->page.va);
	if (__predict_true(zone->home->shift != 0))
		*index = offset >> zone->home->shift;
	else
		*index = offset / stride;
	if (__predict_false(
		*index * stride != offset || *index >= slab->nitems))
		panic("Unaligned free of %p from zone %p(%s) slab %p(%u)", addr,
		    zone, zone->name, slab, *index);
	if (__predict_false(!slab->items[*index].used))
		panic("Duplicate free of %p from zone %p(%s) slab %p(%u)", addr,
		    zone, zone->name, slab, *index);
	if (__predict_false(slab->items[*index].zone != zone->id))
		item_foreign(zone, addr, slab);
	return (slab);
}

void
uma_slab_give(struct uma_slab *slab, u_int i)
{
	struct uma_zone *zone = slab->zone;
	bool junk = zone->junk && (!zone->buffers || uma_buffers_checked());

	if (junk)
		malloc_junk(uma_item_va(slab, i), zone->size);
	slab->items[i].junk = junk;
	slab->items[i].zone = 0;
	if (slab->nfree == 0) {
		LIST_REMOVE(slab, link);
		LIST_INSERT_HEAD(&zone->partial, slab, link);
	}
	item_put(slab, i);
}

void *
uma_take(uma_zone_t zone, int flags)
{
	char *va;

	while (__predict_false(uma_zone_exhausted(zone))) {
		zone_is_full(zone);
		if ((flags & M_NOWAIT) != 0)
			return (NULL);
		zone->waiters++;
		(void)tsleep(zone, PNOLOCK, "zonelimit", 0);
		zone->waiters--;
	}
	if (zone->home != zone)
		va = uma_second_take(zone, flags);
	else
		va = uma_slab_take(zone, flags);
	if (va != NULL)
		zone->stats.inuse++;
	return (va);
}

static void
item_give(struct uma_zone *zone, struct uma_slab *slab, u_int i)
{
	if (zone->home != zone)
		uma_second_give(zone, slab, i);
	else
		uma_slab_give(slab, i);
	zone->stats.inuse--;
	if (__predict_false(zone->waiters > 0))
		wakeup_one(zone);
}

void
uma_give(uma_zone_t zone, void *addr)
{
	struct uma_slab *slab;
	u_int i;

	slab = uma_item_slab(zone, addr, &i);
	item_give(zone, slab, i);
}

/* The ledger knows of it; of a buffer it does not say whose it is. */
static void __noinline
item_tell(const struct uma_zone *zone, const void *va)
{
	const struct thread *td = curthread;
	const char *name = td->td_device_name;
	const void *device;

	if (!zone->buffers) {
		kern_new(KO_UMA_ITEM, va, zone->size, zone->name);
		return;
	}
	device = kern_set_device(NULL, NULL);
	kern_new(KO_UMA_ITEM, va, zone->size, zone->name);
	(void)kern_set_device(device, name);
}

void *
uma_zalloc_from(uma_zone_t zone, void *arg, int flags, const void *caller)
{
	char *va = NULL;

	check_alloc(zone, flags);
	if (__predict_true((flags & M_NOWAIT) == 0 || !kern_fault_watch) ||
	    !kern_fault_at(KF_UMA, zone->name, caller))
		va = uma_take(zone, flags);
	if (va != NULL && zone->ctor != NULL &&
	    zone->ctor(va, (int)zone->size, arg, flags) != 0) {
		uma_give(zone, va);
		va = NULL;
	}
	if (va == NULL) {
		zone->stats.failures++;
		return (NULL);
	}
	if ((flags & M_ZERO) != 0)
		memset(va, 0, zone->size);
	zone->stats.requests++;
	kern_stats.mallocs++;
	if (__predict_false(kernel_event_hook != NULL))
		item_tell(zone, va);
	return (va);
}

void *
uma_zalloc_arg(uma_zone_t zone, void *arg, int flags)
{
	return (uma_zalloc_from(zone, arg, flags, __builtin_return_address(0)));
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
	slab = uma_item_slab(zone, addr, &i);
	if (zone->dtor != NULL)
		zone->dtor(addr, (int)zone->size, arg);
	if (!zone->buffers) {
		callout_check_free(addr, zone->size, "uma_zfree");
		taskqueue_check_free(addr, zone->size, "uma_zfree");
	}
	kern_dma_freed(addr, zone->size, "uma_zfree");
	kern_gone(KO_UMA_ITEM, addr, zone->name);
	kern_stats.frees++;
	item_give(zone, slab, i);
}
