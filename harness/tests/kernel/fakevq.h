/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A virtqueue of the drivers' (drivers/virtio/vio_vq.h) on a bus that only
 * counts notifications, and a device's hands in its ring: each test says
 * what the device does and when.  From a kernel thread.
 */
#ifndef RINGSIDE_TESTS_KERNEL_FAKEVQ_H
#define RINGSIDE_TESTS_KERNEL_FAKEVQ_H

#include <sys/param.h>
#include <sys/bus.h>

#include <machine/bus.h>

#include "drivers/virtio/vio_vq.h"
#include "drivers/virtio/vio_wire.h"

struct fakevq {
	struct vio_vq *vq;
	uint16_t size;
	unsigned notified; /* how often the driver has rung */
	uint16_t next;	   /* the available entry that the device takes next */
	uint16_t used;	   /* the used index */
	device_t bus;
};

/* `max_indirect` matters when `features` has INDIRECT_DESC. */
void fakevq_open(struct fakevq *f, uint16_t size, uint64_t features,
    uint16_t max_indirect);
/* Also takes chains back that are still out. */
void fakevq_close(struct fakevq *f);

/*
 * --- as the driver ---
 */

/* Enqueues `nread` and `nwrite` segments of 16 bytes each. */
int fakevq_put(struct fakevq *f, void *cookie, int nread, int nwrite);
/* The next used chain's cookie; NULL, with the error, when there is none. */
void *fakevq_get(struct fakevq *f, int *error);

/*
 * --- as the device ---
 */

uint16_t fakevq_peek(struct fakevq *f, bus_addr_t at);
void fakevq_poke(struct fakevq *f, bus_addr_t at, uint16_t value);
struct vio_desc fakevq_desc(struct fakevq *f, uint16_t index);
/* Entry `index` of the table that the descriptor refers to. */
struct vio_desc fakevq_entry(struct fakevq *f, const struct vio_desc *where,
    uint16_t index);

/* Where the words of the rings are. */
#define FAKEVQ_AVAIL_FLAGS(f) (vio_vq_avail_addr((f)->vq))
#define FAKEVQ_AVAIL_IDX(f)   (vio_vq_avail_addr((f)->vq) + 2)
#define FAKEVQ_USED_EVENT(f)  (vio_vq_avail_addr((f)->vq) + 4 + 2 * (f)->size)
#define FAKEVQ_USED_FLAGS(f)  (vio_vq_used_addr((f)->vq))
#define FAKEVQ_USED_IDX(f)    (vio_vq_used_addr((f)->vq) + 2)
#define FAKEVQ_AVAIL_EVENT(f) (vio_vq_used_addr((f)->vq) + 4 + 8 * (f)->size)

/* How many chains are there to take; the next one's head. */
uint16_t fakevq_pending(struct fakevq *f);
uint16_t fakevq_take(struct fakevq *f);
/* Puts an entry on the used ring, whatever it says, and moves the index. */
void fakevq_give(struct fakevq *f, uint32_t id, uint32_t length);
/* Takes and gives all that is there; how many. */
unsigned fakevq_use_all(struct fakevq *f);

/*
 * Calls fn(arg) in another thread at the turn'th place from now where the
 * processor may change threads; until fakevq_race_end(), which waits for it.
 */
void fakevq_race(unsigned turn, void (*fn)(void *), void *arg);
void fakevq_race_end(void);

#endif /* !RINGSIDE_TESTS_KERNEL_FAKEVQ_H */
