/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of uma(9) share with each other and with mbuf(9).  Slabs and
 * zones live in the host's memory, items in guest memory.
 */
#ifndef RINGSIDE_KERNEL_UMA_VAR_H
#define RINGSIDE_KERNEL_UMA_VAR_H

#include "kernel/malloc_var.h"

#include <sys/taskqueue.h>
#include <vm/uma.h>

struct uma_item {
	bool used;
	bool junk;     /* holds the pattern since it was freed */
	uint8_t zone;  /* 0: the slab's; else the id of a secondary one */
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

/* An item that waits in the cache of a secondary zone. */
struct uma_cached {
	struct uma_slab *slab;
	u_int index;
};

struct uma_zone {
	TAILQ_ENTRY(uma_zone) link;
	LIST_HEAD(, uma_slab) partial; /* some items free */
	LIST_HEAD(, uma_slab) full;    /* none */
	size_t size;
	size_t stride; /* from item to item */
	u_int shift;   /* its logarithm, where it is a power of two */
	size_t pages;  /* of a slab */
	u_int nitems;  /* of a slab */
	uma_ctor ctor;
	uma_dtor dtor;
	uma_init init;
	uma_fini fini;
	uint32_t flags;
	bool junk;    /* nobody counts on what a free item holds */
	bool buffers; /* see uma_zone_set_buffers() */
	u_int waiters;
	/*
	 * Whose slabs have the items: the zone itself, or the one that it is
	 * secondary to.  Then the free items are in the cache, fit to be
	 * handed out, the last one that was freed on top.
	 */
	struct uma_zone *home;
	u_int nseconds; /* secondary zones that there were */
	uint8_t id;	/* 0, or among these */
	struct uma_cached *cache;
	size_t ncached;
	size_t cacheroom;
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

static inline char *
uma_item_va(const struct uma_slab *slab, u_int i)
{
	return (slab->page.va + i * slab->zone->stride);
}

/* The place of an item in use; panics when it is none of this zone's. */
struct uma_slab *uma_item_slab(struct uma_zone *zone, const void *addr,
    u_int *index);
/* An item that counts for nobody yet, or NULL; and back. */
char *uma_slab_take(struct uma_zone *zone, int flags);
void uma_slab_give(struct uma_slab *slab, u_int i);

/* Enters the list of zones, and the ledger. */
void uma_zone_enter(struct uma_zone *zone);
/* Leaves the ledger alone: the zone and its items stay until the end. */
void uma_zone_leave(uma_zone_t zone);

/* uma_second.c: uma_slab_take() and uma_slab_give() of secondary zones. */
char *uma_second_take(struct uma_zone *zone, int flags);
void uma_second_give(struct uma_zone *zone, struct uma_slab *slab, u_int i);
/* Gives all that is cached back to the primary zone. */
void uma_second_drain(struct uma_zone *zone);

/*
 * uma_zalloc_arg() for a caller's caller; and no more than the item: without
 * ctor, dtor, ledger and points of kernel_faults_set().
 */
void *uma_zalloc_from(uma_zone_t zone, void *arg, int flags,
    const void *caller);
void *uma_take(uma_zone_t zone, int flags);
void uma_give(uma_zone_t zone, void *addr);

/*
 * Items hold data that pass from hand to hand: nobody looks for callouts and
 * tasks in them, the ledger does not say on whose behalf they were made, and
 * they are filled with the pattern only while somebody checks.
 */
void uma_zone_set_buffers(uma_zone_t zone);
static inline bool
uma_buffers_checked(void)
{
#ifdef INVARIANTS
	return (kernel_event_hook != NULL || kern_dma_checked);
#else
	return (false);
#endif
}

#endif /* !RINGSIDE_KERNEL_UMA_VAR_H */
