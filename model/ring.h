/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device's side of a virtqueue: takes chains of buffers from the driver
 * and gives them back used.
 *
 *	vring_notify_disable(ring);
 *	do {
 *		while ((r = vring_take(ring, &chain)) == VRING_TAKEN) {
 *			... read segs[0 .. nreadable) ...
 *			... write segs[nreadable .. nsegs) ...
 *			vring_give(ring, &chain, bytes_written);
 *		}
 *	} while (r == VRING_EMPTY && vring_notify_enable(ring));
 *	if (vring_interrupt_wanted(ring))
 *		vdev_interrupt(...);
 *
 * The driver is not trusted: every word of the ring is read once, every index
 * and range is checked before it is used, and a ring that breaks a rule is
 * reported by clause, its device needs a reset, and nothing more is taken
 * from it.  Where vdev_host.ring_point lets the driver run in the middle of
 * one of these calls, the driver may reset the device: the call then ends
 * with VRING_STOPPED and touches nothing more.
 *
 * Notifications are suppressed in both directions by flags or, with
 * VIRTIO_RING_F_EVENT_IDX, by naming the entry that one wants to hear of
 * (virtio 1.3, sections 2.7.7 and 2.7.10).  Only vring_interrupt_wanted(),
 * vring_notify_disable() and vring_notify_enable() know which.
 *
 * One task at a time may use a ring.
 */
#ifndef RINGSIDE_MODEL_RING_H
#define RINGSIDE_MODEL_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/wire/virtq.h"

struct vdev;
struct vdev_host;

/* One buffer of a chain, checked: the device may use it until it gives. */
struct vring_segment {
	uint64_t gpa;
	uint8_t *host;
	uint32_t length; /* never 0 */
	bool writable;
};

struct vring_chain {
	uint16_t head;
	uint16_t nsegs;
	uint16_t nreadable;  /* these come first */
	uint64_t readable;   /* bytes */
	uint64_t writable;   /* bytes */
	uint32_t generation; /* of the ring that it was taken from */
	const struct vring_segment *segs; /* until the next take */
};

enum vring_result {
	VRING_EMPTY,   /* nothing is available */
	VRING_TAKEN,   /* a chain was taken */
	VRING_STOPPED, /* the ring is broken, or was reset */
};

struct vring_area {
	uint64_t gpa;
	uint8_t *host;
};

struct vring {
	/* Fixed for the ring's life. */
	struct vdev *dev;
	uint16_t queue;
	uint16_t max_size;
	struct virtq_desc *descs;   /* scratch: max_size + 1 */
	uint16_t *indices;	    /* scratch: max_size + 1 */
	struct vring_segment *segs; /* scratch: max_size */

	/* While enabled. */
	bool enabled;
	bool broken;
	bool indirect;	     /* VIRTIO_RING_F_INDIRECT_DESC is negotiated */
	bool event_idx;	     /* VIRTIO_RING_F_EVENT_IDX is negotiated */
	bool flags_reported; /* reserved avail flags: once an enable */
	uint16_t size;
	uint16_t mask;
	uint16_t next_avail; /* free-running, section 2.7.6 */
	uint16_t next_used;  /* free-running, section 2.7.8 */
	uint32_t untold;     /* given since the last interrupt decision */
	uint32_t generation; /* grows with each enable and disable */
	struct vring_area desc;
	struct vring_area avail;
	struct vring_area used;
};

struct vring_layout {
	uint16_t size;
	uint64_t desc;	 /* guest-physical addresses of the areas */
	uint64_t driver; /* available ring */
	uint64_t device; /* used ring */
};

/* Allocates the scratch; false when there is no memory. */
bool vring_init(struct vring *ring, struct vdev *dev, uint16_t queue,
    uint16_t max_size);
void vring_fini(struct vring *ring);

/*
 * Checks and maps the three areas.  false when one is wrong: reported, and
 * the device needs a reset.
 */
bool vring_enable(struct vring *ring, const struct vring_layout *layout,
    uint64_t features);
void vring_disable(struct vring *ring);

/* Whether there is something to take, as far as one can tell. */
bool vring_pending(struct vring *ring);

/* The next chain.  What it points to is overwritten by the next take. */
enum vring_result vring_take(struct vring *ring, struct vring_chain *chain);

/*
 * Puts the chain on the used ring, with the number of bytes that were
 * written to its writable part (section 2.7.8).  false when the ring was
 * reset or broken since the chain was taken.
 */
bool vring_give(struct vring *ring, const struct vring_chain *chain,
    uint32_t written);

/*
 * The same in two steps, for chains that the driver is to see together: each
 * is put, then all are published.
 */
bool vring_put(struct vring *ring, const struct vring_chain *chain,
    uint32_t written);
bool vring_publish(struct vring *ring, uint32_t generation);

/*
 * Nothing has become of the last `count` chains that were taken: they are
 * available again, and the next take begins with the first of them.  Their
 * buffers may have been written to.
 */
void vring_untake(struct vring *ring, const struct vring_chain *chains,
    unsigned count);

/* Whether the driver wants to hear of what was given since the last call. */
bool vring_interrupt_wanted(struct vring *ring);

/*
 * Advises the driver that notifications are not needed.  With EVENT_IDX there
 * is nothing to say: the driver tells of one entry and then no more, until
 * vring_notify_enable() names another.
 */
void vring_notify_disable(struct vring *ring);
/*
 * Asks for notifications again, then looks once more: true when chains have
 * become available meanwhile (the driver may have seen the old advice).
 */
bool vring_notify_enable(struct vring *ring);

/*
 * --- buffers of a chain as a stream of bytes (section 2.7.4: the device
 * assumes nothing about how messages are cut into descriptors) ---
 */

/* Copies from the readable part; the caller has checked chain->readable. */
void vring_copy_in(const struct vring_chain *chain, size_t offset, void *buffer,
    size_t length);
/* Copies to the writable part; the caller has checked chain->writable. */
void vring_copy_out(const struct vring_chain *chain, size_t offset,
    const void *buffer, size_t length);

/*
 * The device behind it has found a chain that it cannot even answer: reports
 * it and stops like any broken ring.
 */
void vring_break(struct vring *ring, const char *clause, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));

#endif /* !RINGSIDE_MODEL_RING_H */
