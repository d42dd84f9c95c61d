/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the block device share: life and configuration (blk.c),
 * requests (blk_request.c), those about ranges (blk_range.c), and those that
 * are held back (blk_order.c).
 */
#ifndef RINGSIDE_MODEL_BLK_VAR_H
#define RINGSIDE_MODEL_BLK_VAR_H

#include "model/blk.h"
#include "model/ring.h"
#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "model/wire/ids.h"

#define CLAUSE_FEATURES "5.2.3"
#define CLAUSE_DRIVER	"5.2.6.1"

/* The largest window of requests that are held back. */
#define VBLK_WINDOW_MAX 4096

/* The most ranges that a request can be allowed to have. */
#define VBLK_RANGES_MAX 1024

/* A request that was taken and not yet given back. */
struct vblk_held {
	struct vring *ring;
	struct vring_chain chain; /* its segments are the slot's own */
	struct vring_segment *segs;
	uint64_t sequence; /* in which they were taken */
	uint64_t due;	   /* not before this time */
	bool done;	   /* served already: only the answer is held back */
	uint8_t status;
	uint32_t written;
};

struct vblk {
	struct vdev dev; /* first */
	struct backend *backend;
	struct virtio_blk_config config;
	char id[VIRTIO_BLK_ID_BYTES];
	bool write_through; /* what a reset goes back to */
	bool geometry_given;
	/* Sectors: the most that a driver may know of since the reset. */
	uint64_t seen_capacity;
	/* Scratch: as many as a chain has segments, or a request ranges. */
	struct iovec *iov;
	struct virtio_blk_discard_write_zeroes *ranges;

	/* Requests that are held back: slots in use come first. */
	struct vblk_order order;
	uint64_t random;
	unsigned nheld;
	struct vblk_held *held;
	struct vring_segment *held_segs;
	uint64_t sequence;

	struct vblk_stats stats;
};

/* A request, its header read and its framing checked. */
struct vblk_request {
	const struct vring_chain *chain;
	uint16_t queue;
	uint32_t type;
	uint64_t sector;
	uint64_t out_length; /* data that the driver sends */
	uint64_t in_length;  /* room for data that it wants */
};

static inline struct vblk *
vblk_of(struct vdev *dev)
{
	return ((struct vblk *)(void *)dev);
}

/* blk_request.c */
/*
 * Serves what a chain asks for, once.  Returns the status for its last byte;
 * `written` receives the bytes of data that were written in front of it.
 */
uint8_t vblk_execute(struct vblk *blk, unsigned queue,
    const struct vring_chain *chain, uint32_t *written);
/* Writes the status and gives the chain back; false when that is over. */
bool vblk_answer(struct vring *ring, const struct vring_chain *chain,
    uint8_t status, uint32_t written);
/* False, after breaking the ring, when it has no room for a status. */
bool vblk_answerable(struct vring *ring, const struct vring_chain *chain);
/* Whether the sectors are there. */
bool vblk_check_sectors(struct vblk *blk, const struct vblk_request *req,
    uint64_t sector, uint64_t count);
/* What was written is to be stable before the driver hears of it. */
bool vblk_writes_through(const struct vblk *blk);

/* blk_range.c */
uint8_t vblk_discard(struct vblk *blk, const struct vblk_request *req);
uint8_t vblk_write_zeroes(struct vblk *blk, const struct vblk_request *req);
uint8_t vblk_secure_erase(struct vblk *blk, const struct vblk_request *req);

/* blk_order.c */
/* 0, EINVAL or ENOMEM. */
int vblk_order_init(struct vblk *blk, const struct vblk_order *order,
    uint16_t queue_size);
void vblk_order_fini(struct vblk *blk);
/* Forgets all of them. */
void vblk_order_reset(struct vblk *blk);
/* vdev_ops.process when requests are held back. */
bool vblk_order_process(struct vblk *blk, unsigned queue);

#endif /* !RINGSIDE_MODEL_BLK_VAR_H */
