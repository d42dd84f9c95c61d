/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue (virtio 1.3, section 2.7) as drivers and transports
 * use it.
 *
 * A driver hands over chains of physical segments together with a cookie and
 * gets the cookie back when the device has used the chain.  The cookie, the
 * free list and the lengths live in memory that the device cannot reach; of
 * what the device writes, each value is read once and checked, in every
 * build.  A device that returns what it was not given, or claims to have
 * written more than it could, breaks the queue: it is said once on the
 * console, and from then on the queue answers EIO.  The driver then stops
 * the device and takes its requests back with vio_vq_drain().
 *
 * With INDIRECT_DESC negotiated, a chain of more than one segment lies in a
 * table of its own and takes one entry of the ring.  With EVENT_IDX, each
 * side names the entry that it wants to hear of; without it there is a flag.
 * Neither changes how the functions below are used.
 *
 * Calls on one queue are serialised by the driver's lock.
 */
#ifndef _VIO_VQ_H_
#define _VIO_VQ_H_

struct vio_vq;

/* Runs in an interrupt thread, without any lock. */
typedef void vio_vq_intr_t(void *arg);

/* What a driver wants of a queue: for VIO_BUS_ALLOC_VIRTQUEUES(). */
struct vio_vq_info {
	const char *vqi_name;  /* for messages; not copied */
	uint16_t vqi_max_size; /* entries, a power of two */
	/*
	 * The longest chain, in segments, that is worth a table when
	 * INDIRECT_DESC is negotiated; longer ones lie in the ring.  A table
	 * of that size is allocated for each entry.  0 or 1: no tables.
	 */
	uint16_t vqi_max_indirect;
	vio_vq_intr_t *vqi_intr; /* used buffers are waiting; may be NULL */
	void *vqi_arg;		 /* its argument */
	struct vio_vq **vqi_vqp; /* receives the queue */
};

/*
 * --- for drivers ---
 */

/*
 * Makes a chain available: `nread` segments that the device reads, followed
 * by `nwrite` that it writes; `cookie` is not NULL.  The caller has synced
 * the buffers.  Returns 0; ENOSPC when descriptors are short now; EINVAL
 * when the chain is empty or longer than the queue; EFBIG when it has more
 * than 2^32 - 1 bytes; EIO when the queue is broken.
 */
int vio_vq_enqueue(struct vio_vq *vq, void *cookie,
    const bus_dma_segment_t *segs, int nread, int nwrite);
/* Whether a chain of `nsegs` segments would find room now. */
bool vio_vq_fits(const struct vio_vq *vq, int nsegs);
/* How many chains of `nsegs` segments an empty queue has room for. */
int vio_vq_capacity(const struct vio_vq *vq, int nsegs);

/*
 * Tells the device of all chains enqueued since the last call, if it wants
 * to know.  Returns true when a notification was sent.
 */
bool vio_vq_notify(struct vio_vq *vq);

/*
 * The next used chain: 0, with its cookie and the bytes that the device says
 * it wrote, at most those that the chain has for it; EAGAIN when there is
 * none; EIO when the queue is (or has just been found) broken.
 */
int vio_vq_dequeue(struct vio_vq *vq, void **cookie, uint32_t *len);
/*
 * For a stopped device: takes back one chain that was not used and returns
 * its cookie, or NULL when there is none left.
 */
void *vio_vq_drain(struct vio_vq *vq);
/*
 * For a stopped device and a kernel that has panicked, perhaps in here: the
 * chains that were not used are forgotten without a look at them.
 */
void vio_vq_abandon(struct vio_vq *vq);

/* Asks for no interrupts; the device may send some still. */
void vio_vq_intr_disable(struct vio_vq *vq);
/*
 * Asks for an interrupt when the next chain is used.  Returns true when used
 * chains are waiting for which there may never be one: the caller dequeues
 * once more.
 */
bool vio_vq_intr_enable(struct vio_vq *vq);
/*
 * Asks for an interrupt when most (three quarters) of the chains that the
 * device has now are used: for queues whose used chains can wait for each
 * other, such as packets sent, not for requests that somebody waits for.
 * Returns true when that many are waiting already.  Without EVENT_IDX it is
 * vio_vq_intr_enable().
 */
bool vio_vq_intr_postpone(struct vio_vq *vq);

uint16_t vio_vq_size(const struct vio_vq *vq);	/* entries */
uint16_t vio_vq_nfree(const struct vio_vq *vq); /* free descriptors */

/*
 * --- for transports ---
 */

/*
 * A queue of `size` entries (a power of two, at most VIO_SPLIT_SIZE_MAX);
 * `bus` is the transport's device, `notify_offset` what its notify_vq method
 * will be given.  Of the negotiated `features`, INDIRECT_DESC, EVENT_IDX and
 * VERSION_1 matter: without the last, a used length that is too large is cut
 * to what the chain has.  The used ring begins at a multiple of `align`, a
 * power of two, and the whole is physically contiguous.  Returns 0 or ENOMEM.
 */
int vio_vq_alloc(device_t bus, uint16_t index, uint16_t size, bus_size_t align,
    bus_size_t notify_offset, uint64_t features, const struct vio_vq_info *info,
    struct vio_vq **vqp);
/* The device is stopped; chains still outstanding are forgotten. */
void vio_vq_free(struct vio_vq *vq);
/* Empties the queue, after a reset.  EBUSY when it was not drained. */
int vio_vq_reinit(struct vio_vq *vq);

/* Guest-physical addresses of the three parts. */
bus_addr_t vio_vq_desc_addr(const struct vio_vq *vq);
bus_addr_t vio_vq_avail_addr(const struct vio_vq *vq);
bus_addr_t vio_vq_used_addr(const struct vio_vq *vq);

const char *vio_vq_name(const struct vio_vq *vq);
bool vio_vq_has_intr(const struct vio_vq *vq);
/* Calls the driver's handler. */
void vio_vq_intr(struct vio_vq *vq);

/* What the transport offers on behalf of its queues. */
#define VIO_VQ_FEATURES (VIO_F_INDIRECT_DESC | VIO_F_EVENT_IDX)

#endif /* !_VIO_VQ_H_ */
