/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue, driver's side: who wants to hear of what (virtio 1.3,
 * sections 2.7.7 and 2.7.10).
 *
 * Without EVENT_IDX each side has a flag that says "not now".  With it, each
 * side names the one entry of the other's ring after which it wants to be
 * told, and the flags stay 0.  Either way both sides first write what the
 * other waits for and then look at what it has asked for; whoever asks first
 * writes that and then looks once more.  With a full barrier between the two
 * steps on both sides, at least one of them notices.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/endian.h>
#include <sys/kernel.h>
#include <sys/malloc.h>

#include <machine/atomic.h>
#include <machine/bus.h>

#include "virtio/vio_vq.h"
#include "virtio/vio_vq_var.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

/*
 * Whether entry `event` is among the last `count` before `idx`.  A count may
 * exceed the ring of 16-bit numbers: then it is.
 */
static inline bool
vio_vq_passed(uint16_t event, uint16_t idx, uint32_t count)
{
	return ((uint16_t)(idx - event - 1) < count);
}

bool
vio_vq_notify(struct vio_vq *vq)
{
	uint32_t count = vq->vq_unnotified;
	bool wanted;

	if (count == 0 || vq->vq_broken)
		return (false);
	vq->vq_unnotified = 0;
	vio_vq_sync_out(vq);
	/*
	 * 2.7.13.4.1: the device asks and then looks at the index once more,
	 * we write the index and then look at what it has asked for.  Unless
	 * our store is out before our load, both may miss the other.
	 */
	mb();
	vio_vq_sync_in(vq);
	if (vq->vq_event_idx)
		wanted = vio_vq_passed(vio_vq_load_16(vq->vq_avail_event),
		    vq->vq_avail_idx, count);
	else
		wanted = (vio_vq_load_16(&vq->vq_used->flags) &
			     VIO_USED_F_NO_NOTIFY) == 0;
	if (!wanted)
		return (false);
	VIO_BUS_NOTIFY_VQ(vq->vq_bus, vq->vq_index, vq->vq_notify_offset);
	return (true);
}

void
vio_vq_intr_disable(struct vio_vq *vq)
{
	if (vq->vq_intr_off)
		return;
	vq->vq_intr_off = true;
	/*
	 * An event cannot be taken back.  One that lies behind the oldest
	 * chain that can be out comes as late as the indices allow; should
	 * it come, that is an interrupt too many.
	 */
	if (vq->vq_event_idx)
		vio_vq_store_16(vq->vq_used_event,
		    vq->vq_used_idx - vq->vq_size - 1);
	else
		vio_vq_store_16(&vq->vq_avail->flags, VIO_AVAIL_F_NO_INTERRUPT);
	/* Only advice: it may go out with the next thing that must. */
}

/*
 * Asks for an interrupt after `more` chains and the next one.  True when
 * those are used already, and the device may not have seen what was asked.
 */
static bool
vio_vq_intr_after(struct vio_vq *vq, uint16_t more)
{
	uint16_t used;

	if (vq->vq_broken)
		return (false);
	if (vq->vq_event_idx) {
		vq->vq_intr_off = false;
		vio_vq_store_16(vq->vq_used_event, vq->vq_used_idx + more);
		vio_vq_sync_out(vq);
	} else if (vq->vq_intr_off) {
		vq->vq_intr_off = false;
		vio_vq_store_16(&vq->vq_avail->flags, 0);
		vio_vq_sync_out(vq);
	}
	/*
	 * 2.7.14: a chain used before the device has seen this brings no
	 * interrupt.  The store has to be out before the index is read.
	 */
	mb();
	vio_vq_sync_in(vq);
	used = vio_vq_load_16(&vq->vq_used->idx) - vq->vq_used_idx;
	return (used > more);
}

bool
vio_vq_intr_enable(struct vio_vq *vq)
{
	return (vio_vq_intr_after(vq, 0));
}

bool
vio_vq_intr_postpone(struct vio_vq *vq)
{
	uint16_t more;

	/* The last of three quarters, rounded up: never one that is not out. */
	more = vq->vq_event_idx && vq->vq_outstanding > 0 ?
	    howmany(3 * (uint32_t)vq->vq_outstanding, 4) - 1 :
	    0;
	return (vio_vq_intr_after(vq, more));
}
