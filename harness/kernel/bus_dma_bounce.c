/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_dma(9): bounce pages and synchronising.
 *
 * A bounce page stands in for a piece of a buffer that the device cannot
 * reach.  Data moves between the two in bus_dmamap_sync() and nowhere else,
 * so a driver that forgets it reads stale bytes, as on a real machine.
 *
 * Tags with the same limits share a zone of pages, which maps enlarge when
 * they are created, up to ZONE_MAX.  Loads that find too few free pages wait
 * in the zone in the order in which they came.  A thread of the kernel
 * finishes them when pages come back.
 */
#include "kernel/bus_dma_var.h"

#include <sys/proc.h>

#define ZONE_MAX 256u /* pages */

struct bus_dma_zone {
	LIST_ENTRY(bus_dma_zone) link;
	u_int tags;
	bus_addr_t lowaddr;
	bus_size_t alignment;
	u_int total;
	u_int free;
	u_int reserved; /* of the free ones, for loads about to go on */
	struct bus_dma_bounces pages;
	struct bus_dmamap_queue waiting;
};

static struct {
	LIST_HEAD(, bus_dma_zone) zones;
	struct bus_dmamap_queue ready; /* have their pages */
	bool stop;		       /* the thread ends */
} bounce;

/*
 * --- zones ---
 */

int
bus_dma_zone_open(struct bus_dma_tag *tag)
{
	struct bus_dma_zone *zone;

	LIST_FOREACH(zone, &bounce.zones, link)
		if (zone->lowaddr == tag->lowaddr &&
		    zone->alignment == tag->alignment)
			break;
	if (zone == NULL) {
		zone = host_alloc(sizeof(*zone));
		zone->lowaddr = tag->lowaddr;
		zone->alignment = tag->alignment;
		STAILQ_INIT(&zone->pages);
		STAILQ_INIT(&zone->waiting);
		LIST_INSERT_HEAD(&bounce.zones, zone, link);
		if (bounce.ready.stqh_last == NULL)
			STAILQ_INIT(&bounce.ready);
	}
	zone->tags++;
	tag->zone = zone;
	return (0);
}

static void
zone_destroy(struct bus_dma_zone *zone, bool frames)
{
	struct bus_dma_bounce *page;

	while ((page = STAILQ_FIRST(&zone->pages)) != NULL) {
		STAILQ_REMOVE_HEAD(&zone->pages, link);
		if (frames)
			kmem_pages_free(page->va, PAGE_SIZE);
		host_free(page);
	}
	LIST_REMOVE(zone, link);
	host_free(zone);
}

void
bus_dma_zone_close(struct bus_dma_tag *tag)
{
	struct bus_dma_zone *zone = tag->zone;

	tag->zone = NULL;
	if (zone == NULL || --zone->tags > 0)
		return;
	HOST_ASSERT(zone->free == zone->total);
	zone_destroy(zone, true);
}

/* All maps have forgotten their pages; the frames go with kmem_halt(). */
void
bus_dma_bounce_halt(void)
{
	while (!LIST_EMPTY(&bounce.zones))
		zone_destroy(LIST_FIRST(&bounce.zones), false);
	STAILQ_INIT(&bounce.ready);
}

int
bus_dma_zone_grow(struct bus_dma_tag *tag, u_int pages)
{
	struct bus_dma_zone *zone = tag->zone;
	struct bus_dma_bounce *page;
	char *va;

	pages = MIN(pages, ZONE_MAX - MIN(zone->total, ZONE_MAX));
	for (; pages > 0; pages--) {
		va = kmem_pages_alloc(KMEM_CONTIG, PAGE_SIZE, 0, zone->lowaddr,
		    MAX(zone->alignment, PAGE_SIZE), 0);
		if (va == NULL)
			break;
		kern_poison(va, PAGE_SIZE);
		page = host_alloc(sizeof(*page));
		page->va = va;
		page->pa = machine_kva_to_gpa((uintptr_t)va);
		STAILQ_INSERT_TAIL(&zone->pages, page, link);
		zone->total++;
		zone->free++;
	}
	return (zone->total > 0 ? 0 : ENOMEM);
}

u_int
bus_dma_zone_free(const struct bus_dma_tag *tag)
{
	return (tag->zone->free - tag->zone->reserved);
}

u_int
bus_dma_zone_total(const struct bus_dma_tag *tag)
{
	return (tag->zone->total);
}

/*
 * --- pages ---
 */

vm_paddr_t
bus_dma_bounce_take(struct bus_dmamap *map, char *data, bus_size_t size,
    u_int offset)
{
	struct bus_dma_zone *zone = map->tag->zone;
	struct bus_dma_bounce *page = STAILQ_FIRST(&zone->pages);

	HOST_ASSERT(page != NULL);
	STAILQ_REMOVE_HEAD(&zone->pages, link);
	zone->free--;
	page->data = data;
	page->size = size;
	page->offset = offset;
	kern_unpoison(page->va + offset, size);
	STAILQ_INSERT_TAIL(&map->bounces, page, link);
	kern_stats.bounced_pages++;
	return (page->pa + offset);
}

/* A kernel thread: finishes the loads that have their pages. */
static void
bounce_thread(void *arg)
{
	struct bus_dma_tag *tag;
	struct bus_dmamap *map;

	while (!bounce.stop) {
		map = STAILQ_FIRST(&bounce.ready);
		if (map == NULL) {
			tsleep(&bounce, PNOLOCK, "-", 0);
			continue;
		}
		tag = map->tag;
		tag->lockfunc(tag->lockfuncarg, BUS_DMA_LOCK);
		/* Whoever held the lock may have taken the map away. */
		if (map == STAILQ_FIRST(&bounce.ready)) {
			STAILQ_REMOVE_HEAD(&bounce.ready, waiting);
			if (tag->zone != NULL)
				tag->zone->reserved -= map->needed;
			bus_dmamap_load_deferred(map);
		}
		tag->lockfunc(tag->lockfuncarg, BUS_DMA_UNLOCK);
	}
}

/*
 * The thread is there from the beginning, as FreeBSD's software interrupt is:
 * when pages are short, there may be none for a thread's stack either.
 */
void
bus_dma_bounce_boot(void)
{
	bounce.stop = false;
	if (kern_thread_create("busdma", bounce_thread, NULL) == NULL)
		panic("bus_dma: no memory for a thread");
}

void
bus_dma_bounce_stop(void)
{
	bounce.stop = true;
	wakeup(&bounce);
}

static void
bounce_start(void)
{
	if (!STAILQ_EMPTY(&bounce.ready))
		wakeup(&bounce);
}

static void
zone_go_on(struct bus_dma_zone *zone)
{
	struct bus_dmamap *map;

	while ((map = STAILQ_FIRST(&zone->waiting)) != NULL &&
	    map->needed <= zone->free - zone->reserved) {
		STAILQ_REMOVE_HEAD(&zone->waiting, waiting);
		zone->reserved += map->needed;
		STAILQ_INSERT_TAIL(&bounce.ready, map, waiting);
	}
	bounce_start();
}

void
bus_dma_bounce_release(struct bus_dmamap *map)
{
	struct bus_dma_zone *zone = map->tag->zone;
	struct bus_dma_bounce *page;

	while ((page = STAILQ_FIRST(&map->bounces)) != NULL) {
		STAILQ_REMOVE_HEAD(&map->bounces, link);
		kern_poison(page->va, PAGE_SIZE);
		STAILQ_INSERT_TAIL(&zone->pages, page, link);
		zone->free++;
	}
	zone_go_on(zone);
}

void
bus_dma_bounce_wait(struct bus_dmamap *map)
{
	STAILQ_INSERT_TAIL(&map->tag->zone->waiting, map, waiting);
}

void
bus_dma_bounce_defer(struct bus_dmamap *map)
{
	if (map->tag->zone != NULL)
		map->tag->zone->reserved += map->needed;
	STAILQ_INSERT_TAIL(&bounce.ready, map, waiting);
	bounce_start();
}

/* The map is about to go: it waits no more and has no pages. */
void
bus_dma_bounce_forget(struct bus_dmamap *map)
{
	struct bus_dma_zone *zone = map->tag->zone;
	struct bus_dma_bounce *page;
	struct bus_dmamap *other;

	if (map->state == MAP_WAITING) {
		STAILQ_FOREACH(other, &bounce.ready, waiting)
			if (other == map)
				break;
		if (other == NULL)
			STAILQ_REMOVE(&zone->waiting, map, bus_dmamap, waiting);
		else {
			STAILQ_REMOVE(&bounce.ready, map, bus_dmamap, waiting);
			if (zone != NULL)
				zone->reserved -= map->needed;
		}
	}
	while ((page = STAILQ_FIRST(&map->bounces)) != NULL) {
		STAILQ_REMOVE_HEAD(&map->bounces, link);
		STAILQ_INSERT_TAIL(&zone->pages, page, link);
		zone->free++;
	}
}

/*
 * --- synchronising ---
 */

#define OPS_PRE	 (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)
#define OPS_POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)

void
bus_dmamap_sync(bus_dma_tag_t dmat, bus_dmamap_t map, bus_dmasync_op_t op)
{
	struct bus_dma_bounce *page;
	char name[DMAMAP_NAME];

	if (map == NULL)
		return;
	if (op == 0 || (op & ~(OPS_PRE | OPS_POST)) != 0 ||
	    ((op & OPS_PRE) != 0 && (op & OPS_POST) != 0))
		/* And what it says of turns is void. */
		kern_misuse("bus_dmamap_sync: operation %#x of %s", op,
		    dmamap_name(map, name));
	else if (kern_dma_checked && map->state == MAP_LOADED)
		bus_dma_check_sync(map, op);
	if (map->tag != dmat)
		kern_misuse("bus_dmamap_sync: %s is not of tag %u",
		    dmamap_name(map, name), dmat->number);
	if (map->state != MAP_LOADED)
		kern_misuse("bus_dmamap_sync: %s is not loaded",
		    dmamap_name(map, name));
	if ((op & BUS_DMASYNC_PREWRITE) != 0)
		STAILQ_FOREACH(page, &map->bounces, link)
			memcpy(page->va + page->offset, page->data, page->size);
	if ((op & BUS_DMASYNC_POSTREAD) != 0)
		STAILQ_FOREACH(page, &map->bounces, link)
			memcpy(page->data, page->va + page->offset, page->size);
	/*
	 * Loads and stores stay on their side, as on a coherent machine; but
	 * for a store before a load, which needs mb(9) there as well.
	 */
	__atomic_thread_fence(__ATOMIC_ACQ_REL);
	sim_point(SIM_POINT_BARRIER);
}
