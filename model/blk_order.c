/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device: requests that are held back and completed out of order
 * (virtio 1.3, section 5.2.6: "not necessarily in order").
 *
 * Each round takes what is there, up to the window, and gives back some of
 * what it holds, of any queue, in an order that is drawn from the seed.  A
 * request is served when it is taken or when it is given back: both are what
 * devices do, and a driver must not see the difference.
 *
 * A flush may overtake a write that it was submitted behind; it covers the
 * writes that were complete when it was sent, as section 5.2.6.2 demands:
 * these have been served.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/blk_var.h"

/* Longer than any test, and such that no sum of times wraps. */
#define VBLK_DELAY_MAX (UINT64_C(1) << 60)

int
vblk_order_init(struct vblk *blk, const struct vblk_order *order,
    uint16_t queue_size)
{
	unsigned i;

	if (order->window > VBLK_WINDOW_MAX ||
	    order->max_delay > VBLK_DELAY_MAX)
		return (EINVAL);
	blk->order = *order;
	blk->random = order->seed;
	if (order->window == 0)
		return (0);
	blk->held = calloc(order->window, sizeof(*blk->held));
	blk->held_segs =
	    calloc((size_t)order->window * queue_size, sizeof(*blk->held_segs));
	if (blk->held == NULL || blk->held_segs == NULL)
		return (ENOMEM);
	for (i = 0; i < order->window; i++)
		blk->held[i].segs = blk->held_segs + (size_t)i * queue_size;
	return (0);
}

void
vblk_order_fini(struct vblk *blk)
{
	free(blk->held);
	free(blk->held_segs);
}

void
vblk_order_reset(struct vblk *blk)
{
	blk->nheld = 0;
}

/* splitmix64: a number below `limit`, which is not 0. */
static uint64_t
vblk_draw(struct vblk *blk, uint64_t limit)
{
	uint64_t z;

	blk->random += UINT64_C(0x9e3779b97f4a7c15);
	z = blk->random;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return ((z ^ (z >> 31)) % limit);
}

/* 0 where the host has no clock: everything is due at once. */
static uint64_t
vblk_now(const struct vblk *blk)
{
	const struct vdev_host *host = blk->dev.host;

	return (host->now != NULL ? host->now(host->arg) : 0);
}

static void
vblk_serve(struct vblk *blk, struct vblk_held *held)
{
	held->status =
	    vblk_execute(blk, held->ring->queue, &held->chain, &held->written);
	held->done = true;
}

/* Keeps a chain that was taken: there is room. */
static void
vblk_hold(struct vblk *blk, struct vring *ring, const struct vring_chain *chain)
{
	struct vblk_held *held = &blk->held[blk->nheld++];

	held->ring = ring;
	held->chain = *chain;
	memcpy(held->segs, chain->segs, chain->nsegs * sizeof(*held->segs));
	held->chain.segs = held->segs;
	held->sequence = blk->sequence++;
	held->done = false;
	held->due = 0;
	if (blk->order.max_delay != 0 && blk->dev.host->now != NULL)
		held->due =
		    vblk_now(blk) + vblk_draw(blk, blk->order.max_delay + 1);
	if (vblk_draw(blk, 2) == 0)
		vblk_serve(blk, held);
	if (blk->nheld > blk->stats.held_max)
		blk->stats.held_max = blk->nheld;
}

/* Takes what the window has room for; how the ring stands then. */
static enum vring_result
vblk_fill(struct vblk *blk, struct vring *ring, unsigned *fresh)
{
	struct vring_chain chain;
	enum vring_result result;

	*fresh = 0;
	vring_notify_disable(ring);
	do {
		result = VRING_TAKEN;
		while (blk->nheld < blk->order.window &&
		    (result = vring_take(ring, &chain)) == VRING_TAKEN) {
			if (!vblk_answerable(ring, &chain))
				return (VRING_STOPPED);
			vblk_hold(blk, ring, &chain);
			++*fresh;
		}
		/* With the window full, the advice stands. */
	} while (result == VRING_EMPTY && vring_notify_enable(ring));
	return (result);
}

/* Gives one back; false when its ring is no longer what it was. */
static bool
vblk_release(struct vblk *blk, unsigned slot)
{
	struct vblk_held held = blk->held[slot];
	unsigned i;

	/* Away with it first: giving back may let the driver reset us. */
	blk->held[slot] = blk->held[--blk->nheld];
	blk->held[blk->nheld] = held;
	if (!held.ring->enabled || held.ring->broken ||
	    held.ring->generation != held.chain.generation)
		return (false);
	for (i = 0; i < blk->nheld; i++) {
		if (blk->held[i].sequence < held.sequence) {
			blk->stats.overtaking++;
			break;
		}
	}
	if (!held.done)
		vblk_serve(blk, &held);
	return (vblk_answer(held.ring, &held.chain, held.status, held.written));
}

/*
 * The slot of one of those that are due, and their number; of those that are
 * not, `next` becomes the earliest time.
 */
static unsigned
vblk_due(struct vblk *blk, unsigned *slot, uint64_t *next)
{
	const uint64_t now = vblk_now(blk);
	unsigned count, i;

	count = 0;
	*next = UINT64_MAX;
	for (i = 0; i < blk->nheld; i++) {
		if (blk->held[i].due > now) {
			if (blk->held[i].due < *next)
				*next = blk->held[i].due;
		} else if (vblk_draw(blk, ++count) == 0) {
			*slot = i;
		}
	}
	return (count);
}

static void
vblk_interrupt(struct vblk *blk, uint64_t queues)
{
	struct vring *ring;
	unsigned queue;

	for (; queues != 0; queues &= queues - 1) {
		queue = (unsigned)__builtin_ctzll(queues);
		ring = &vdev_queue(&blk->dev, queue)->ring;
		if (vring_interrupt_wanted(ring))
			vdev_interrupt(&blk->dev, queue);
	}
}

bool
vblk_order_process(struct vblk *blk, unsigned queue)
{
	struct vring *ring = &vdev_queue(&blk->dev, queue)->ring;
	uint64_t next, queues;
	unsigned due, fresh, left, slot;
	enum vring_result result;

	result = vblk_fill(blk, ring, &fresh);
	if (result == VRING_STOPPED)
		return (false);
	slot = 0;
	queues = 0;
	due = vblk_due(blk, &slot, &next);
	/* With nothing new to come, at least one, or it would never end. */
	left = fresh == 0 && due > 0 ? 1 + (unsigned)vblk_draw(blk, due) :
				       (unsigned)vblk_draw(blk, due + 1);
	for (; left > 0 && due > 0; left--) {
		queues |= UINT64_C(1) << blk->held[slot].ring->queue;
		if (!vblk_release(blk, slot))
			return (false);
		due = vblk_due(blk, &slot, &next);
	}
	vblk_interrupt(blk, queues);
	if (due == 0 && blk->nheld > 0) {
		vdev_defer(&blk->dev, queue, next);
		return (false);
	}
	/* Where the window was full, the driver still does not notify. */
	return (blk->nheld > 0 || result == VRING_TAKEN);
}
