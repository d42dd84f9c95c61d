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
struct vm_page;

struct bus_dma_tag {
	LIST_ENTRY(bus_dma_tag) link;
	struct bus_dma_tag *parent;
	u_int number;	/* the how many-th since boot, for reports */
	char owner[24]; /* the device that made it, or "" */
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
	u_int refs; /* children, and one until it is destroyed */
	u_int maps;
	bool destroyed;
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

/* What a load maps of one frame. */
struct bus_dma_piece {
	LIST_ENTRY(bus_dma_piece) link; /* of the frame's pieces */
	struct bus_dmamap *map;
	uint16_t start, end; /* within the frame */
	bool device;	     /* false: a bounce page stands for it */
};

/* What is loaded: a buffer, or pages. */
struct bus_dma_memory {
	char *buf;	     /* or NULL */
	struct vm_page **ma; /* pages */
	u_int ma_offset;     /* in the first of them */
	bus_size_t size;     /* bytes */
};

struct bus_dmamap {
	LIST_ENTRY(bus_dmamap) link;
	struct bus_dma_tag *tag;
	u_int number; /* the how many-th since boot, for reports */
	enum bus_dmamap_state state;
	void *dmamem;  /* of bus_dmamem_alloc(), or NULL */
	bool coherent; /* BUS_DMA_COHERENT, and dmamem */
	bus_dma_segment_t *segs;
	u_int nsegs;
	u_int maxsegs; /* room in segs */
	struct bus_dma_bounces bounces;
	/*
	 * For the checks.  Bits of BUS_DMASYNC_PRE*: it is the device's turn;
	 * it has done that since; it was told of.  And all operations so far.
	 */
	uint8_t turn, used, told, synced;
	struct bus_dma_piece *pieces;
	u_int npieces;
	u_int maxpieces;
	/* A deferred load. */
	STAILQ_ENTRY(bus_dmamap) waiting;
	struct bus_dma_memory memory;
	u_int needed; /* bounce pages */
	bus_dmamap_callback_t *callback;
	void *callback_arg;
};
STAILQ_HEAD(bus_dmamap_queue, bus_dmamap);

/* In `told`, beside the directions. */
#define DMAMAP_TOLD_FREED 0x80

/* "map 3 of tag 2 (vioblk0)", for reports. */
#define DMAMAP_NAME 64
const char *dmamap_name(const struct bus_dmamap *map, char text[DMAMAP_NAME]);

/* bus_dma_load.c */
/* Loads what waited; the pages it needs are free. */
void bus_dmamap_load_deferred(struct bus_dmamap *map);

/* bus_dma_check.c; all but boot and halt only when kern_dma_checked. */
void bus_dma_check_boot(enum kernel_dma dma);
void bus_dma_check_halt(void);
void bus_dma_check_loaded(struct bus_dmamap *map);
void bus_dma_check_unloaded(struct bus_dmamap *map);
void bus_dma_check_sync(struct bus_dmamap *map, bus_dmasync_op_t op);
/* A machine_dma_probe_fn. */
const char *bus_dma_check_access(void *arg, const char *device, uint64_t gpa,
    uint64_t length, bool write);

/* bus_dma_bounce.c */
void bus_dma_bounce_boot(void);
void bus_dma_bounce_stop(void); /* its thread ends */
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
