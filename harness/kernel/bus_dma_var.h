/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of bus_dma(9) share.  Tags, maps and the lists of bounce
 * pages live in the host's memory; bounce pages themselves in guest memory.
 */
#ifndef RINGSIDE_KERNEL_BUS_DMA_VAR_H
#define RINGSIDE_KERNEL_BUS_DMA_VAR_H

#include "kernel/kern.h"

#include <machine/bus.h>

struct bus_dma_zone;

struct bus_dma_tag {
	LIST_ENTRY(bus_dma_tag) link;
	struct bus_dma_tag *parent;
	bus_size_t alignment;
	bus_addr_t boundary;
	bus_addr_t lowaddr;
	bus_addr_t highaddr;
	bus_size_t maxsize;
	u_int nsegments;
	bus_size_t maxsegsz;
	int flags;
	bus_dma_lock_t *lockfunc;
	void *lockfuncarg;
	u_int children;
	u_int maps;
	bool bounces; /* some memory does not satisfy it */
	struct bus_dma_zone *zone;
};

struct bus_dma_bounce {
	STAILQ_ENTRY(bus_dma_bounce) link;
	char *va; /* the bounce page */
	vm_paddr_t pa;
	char *data;	 /* what it stands for */
	bus_size_t size; /* bytes */
	u_int offset;	 /* of them, in the page */
};
STAILQ_HEAD(bus_dma_bounces, bus_dma_bounce);

enum bus_dmamap_state {
	MAP_IDLE,
	MAP_WAITING, /* for bounce pages: the load is deferred */
	MAP_LOADED,
};

struct bus_dmamap {
	LIST_ENTRY(bus_dmamap) link;
	struct bus_dma_tag *tag;
	enum bus_dmamap_state state;
	void *dmamem; /* of bus_dmamem_alloc(), or NULL */
	bus_dma_segment_t *segs;
	u_int nsegs;
	u_int maxsegs; /* room in segs */
	struct bus_dma_bounces bounces;
	/* A deferred load. */
	STAILQ_ENTRY(bus_dmamap) waiting;
	void *buf;
	bus_size_t buflen;
	u_int needed; /* bounce pages */
	int flags;
	bus_dmamap_callback_t *callback;
	void *callback_arg;
};
STAILQ_HEAD(bus_dmamap_queue, bus_dmamap);

/* bus_dma_load.c */
/* Loads what waited; the pages it needs are free. */
void bus_dmamap_load_deferred(struct bus_dmamap *map);

/* bus_dma_bounce.c */
void bus_dma_bounce_halt(void);
int bus_dma_zone_open(struct bus_dma_tag *tag);
void bus_dma_zone_close(struct bus_dma_tag *tag);
/* Adds up to `pages` bounce pages; ENOMEM when the zone then has none. */
int bus_dma_zone_grow(struct bus_dma_tag *tag, u_int pages);
/* How many can be had now without and with waiting. */
u_int bus_dma_zone_free(const struct bus_dma_tag *tag);
u_int bus_dma_zone_total(const struct bus_dma_tag *tag);
/* Takes a free page for `size` bytes at `data`; returns its address. */
vm_paddr_t bus_dma_bounce_take(struct bus_dmamap *map, char *data,
    bus_size_t size, u_int offset);
/* Gives a map's pages back and lets waiting loads go on. */
void bus_dma_bounce_release(struct bus_dmamap *map);
void bus_dma_bounce_wait(struct bus_dmamap *map);
/* The load has what it needs, but goes on in the thread only. */
void bus_dma_bounce_defer(struct bus_dmamap *map);
void bus_dma_bounce_forget(struct bus_dmamap *map);

/*
 * Whether a device with this tag cannot use the bytes at pa.  Only where a
 * mapping starts need it be aligned, not where it goes on.
 */
static inline bool
bus_dma_must_bounce(const struct bus_dma_tag *tag, vm_paddr_t pa, bool goes_on)
{
	return ((pa > tag->lowaddr && pa <= tag->highaddr) ||
	    (!goes_on && (pa & (tag->alignment - 1)) != 0));
}

#endif /* !RINGSIDE_KERNEL_BUS_DMA_VAR_H */
