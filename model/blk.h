/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device (virtio 1.3, section 5.2): reads, writes, flushes, lets
 * go, zeroes and tells its identity, straight between a backend and guest
 * memory.  It offers all features of the section that the backend can back,
 * but for LIFETIME and ZONED: RO, or else WRITE_ZEROES and what the backend
 * can do of DISCARD and SECURE_ERASE.  Requests of other types are answered
 * UNSUPP.
 */
#ifndef RINGSIDE_MODEL_BLK_H
#define RINGSIDE_MODEL_BLK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/backend/backend.h"
#include "model/device.h"

#define VBLK_QUEUE_SIZE 256
#define VBLK_QUEUES_MAX 64

/* What the configuration space says of them (section 5.2.4). */
struct vblk_topology {
	uint8_t physical_block_exp; /* block_size << this: a physical block */
	uint8_t alignment_offset;   /* of the first of them, in blocks */
	uint16_t min_io_size;	    /* blocks */
	uint32_t opt_io_size;	    /* blocks */
};

struct vblk_geometry {
	uint16_t cylinders;
	uint8_t heads;
	uint8_t sectors;
};

/*
 * Requests are held back and completed out of order, across queues too
 * (section 2.7.9.1): up to `window` of them at a time, in an order and, when
 * max_delay is not 0 and the host has a clock, after a time that are drawn
 * from `seed`.  A window of 0: each request is complete before the next one
 * is taken.
 */
struct vblk_order {
	uint64_t seed;
	uint64_t max_delay; /* nanoseconds of the machine's time */
	uint16_t window;
};

/* All zeros is a device that offers whatever it and its backend can do. */
struct vblk_config {
	const char *name; /* NULL: "blk0" */
	const char *id;	  /* up to 20 bytes for GET_ID; NULL: the name */
	uint64_t without; /* VDEV_FEATURE()s that are not offered */

	uint16_t queue_size; /* a power of two, 4 or more; 0: the default */
	uint16_t nqueues;    /* up to VBLK_QUEUES_MAX; 0: 1; MQ from 2 on */
	uint32_t block_size; /* BLK_SIZE, a power of two; 0: 512 */
	uint32_t size_max;   /* offer SIZE_MAX with this value; 0: do not */
	/* Largest range, and ranges in a request; 0: what is sensible. */
	uint32_t max_discard_sectors;
	uint32_t max_discard_seg;
	uint32_t discard_alignment; /* sectors */
	uint32_t max_write_zeroes_sectors;
	uint32_t max_write_zeroes_seg;
	struct vblk_topology topology; /* all 0: the backend's blocks */
	struct vblk_geometry geometry; /* all 0: drawn from the capacity */
	bool write_through;	       /* the cache is off until switched on */
	struct vblk_order order;
};

/* Requests by type, however they were answered; bytes that were moved. */
struct vblk_stats {
	uint64_t reads;
	uint64_t writes;
	uint64_t flushes;
	uint64_t discards;
	uint64_t write_zeroes;
	uint64_t secure_erases;
	uint64_t ids;
	uint64_t others; /* types that are not supported */
	uint64_t read_bytes;
	uint64_t written_bytes;
	uint64_t discarded_bytes; /* or securely erased */
	uint64_t zeroed_bytes;
	uint64_t errors; /* requests answered with another status than OK */
	uint64_t queue_requests[VBLK_QUEUES_MAX]; /* by queue */
	uint64_t overtaking; /* given back while an earlier one was held */
	uint64_t held_max;   /* held back at a time, at most */
};

/*
 * The backend must outlive the device.  NULL with errno EINVAL (a value that
 * is not allowed) or ENOMEM.  vdev_free() destroys it.
 */
struct vdev *vblk_new(const struct vblk_config *config,
    struct backend *backend);
/* Since it was made; a reset does not clear them. */
void vblk_stats(const struct vdev *dev, struct vblk_stats *stats);

/*
 * Makes the disk larger or smaller, with its backend; the driver is told by a
 * configuration change interrupt.  Requests that lie beyond then fail.  0, or
 * an errno as backend_resize() gives it.
 */
int vblk_resize(struct vdev *dev, uint64_t sectors);
/* The same when somebody else has resized what is behind the backend. */
int vblk_refresh(struct vdev *dev);

#endif /* !RINGSIDE_MODEL_BLK_H */
