/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue, device side: who wants to hear of what (virtio 1.3,
 * sections 2.7.7 and 2.7.10).
 *
 * Both sides do the same two steps in opposite order: whoever has moved an
 * index looks at what the other has asked for, and whoever has asked for
 * something looks at the index once more.  With a full fence between the
 * steps, at least one of them notices.
 */
#include "model/device.h"
#include "model/ring.h"
#include "model/ring_access.h"

/*
 * Whether entry `event` is among the `count` that end before `idx`.  More
 * than 2^16 of them have passed every entry there is.
 */
static inline bool
ring_passed(uint16_t event, uint16_t idx, uint32_t count)
{
	return ((uint16_t)(idx - event - 1) < count);
}

static __attribute__((noinline, cold)) void
ring_tell(const struct vring *ring, struct model_event *event)
{
	const struct vdev_host *host = ring->dev->host;

	event->device = ring->dev->name;
	event->queue = ring->queue;
	host->event(host->event_arg, event);
}

/* Section 2.7.7.1: 0 or 1, and with EVENT_IDX only 0. */
static inline void
ring_check_flags(struct vring *ring, uint16_t flags)
{
	const uint16_t legal = ring->event_idx ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT;

	if (likely((flags & ~legal) == 0) || ring->flags_reported)
		return;
	ring->flags_reported = true;
	vdev_report(ring->dev, ring->queue, "2.7.7.1",
	    "available ring flags are %#x, not 0%s", flags,
	    ring->event_idx ? " as with EVENT_IDX" : " or 1");
}

bool
vring_interrupt_wanted(struct vring *ring)
{
	uint32_t count = ring->untold, generation = ring->generation;
	uint16_t event, flags;
	bool wanted;

	if (!ring->enabled || ring->broken || count == 0)
		return (false);
	ring->untold = 0;
	/*
	 * The used index must be visible before it is read what the driver
	 * wants: the driver writes that and then looks at the index.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!ring_load16(ring, generation, &ring->avail, RING_FLAGS, &flags))
		return (false);
	ring_check_flags(ring, flags);
	wanted = (flags & VIRTQ_AVAIL_F_NO_INTERRUPT) == 0;
	if (ring->event_idx) {
		/* Section 2.7.7.2: the flag is ignored. */
		if (!ring_load16(ring, generation, &ring->avail,
			ring_used_event(ring), &event))
			return (false);
		wanted = ring_passed(event, ring->next_used, count);
	}
	if (unlikely(ring->dev->host->event != NULL)) {
		struct model_event told = { .type = MODEL_DECIDE };

		told.decide.idx = ring->next_used;
		told.decide.count = count;
		told.decide.wanted = wanted;
		ring_tell(ring, &told);
	}
	return (wanted);
}

void
vring_notify_disable(struct vring *ring)
{
	/*
	 * Section 2.7.10.2: with EVENT_IDX the flags stay 0, and the entry
	 * that was asked for last is behind the driver by now.
	 */
	if (!ring->enabled || ring->broken || ring->event_idx)
		return;
	(void)ring_store16(ring, ring->generation, &ring->used, RING_FLAGS,
	    VIRTQ_USED_F_NO_NOTIFY);
}

bool
vring_notify_enable(struct vring *ring)
{
	uint32_t generation = ring->generation;
	bool asked;
	uint16_t idx;

	if (!ring->enabled || ring->broken)
		return (false);
	if (ring->event_idx)
		asked = ring_store16(ring, generation, &ring->used,
		    ring_avail_event(ring), ring->next_avail);
	else
		asked =
		    ring_store16(ring, generation, &ring->used, RING_FLAGS, 0);
	if (!asked)
		return (false);
	/*
	 * What is asked must be visible before the index is read again: the
	 * driver moves the index and then looks (section 2.7.13.4.1).
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!ring_load16(ring, generation, &ring->avail, RING_IDX, &idx))
		return (false);
	if (idx == ring->next_avail &&
	    unlikely(ring->dev->host->event != NULL)) {
		struct model_event told = { .type = MODEL_IDLE };

		told.idle.next = ring->next_avail;
		ring_tell(ring, &told);
	}
	return (idx != ring->next_avail);
}
