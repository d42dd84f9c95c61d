/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue, driver's side (virtio 1.3, section 2.7).
 *
 * One allocation holds the three parts of the ring.  The descriptor table
 * and the available ring are only ever written here, the used ring is only
 * ever read: whatever this file has to remember it keeps in struct vio_vq.
 * Indices run freely through 16 bits; their difference is a count.
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
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

CTASSERT(sizeof(struct vio_desc) == 16);
CTASSERT(sizeof(struct vio_used_elem) == 8);
CTASSERT(sizeof(struct vio_avail) == 4);
CTASSERT(sizeof(struct vio_used) == 4);

/* The end of the free list; never an index. */
#define VIO_VQ_NIL VIO_SPLIT_SIZE_MAX

/* What the driver knows about one descriptor. */
struct vio_vq_shadow {
	void *vs_cookie;      /* of the chain, when this is its head */
	uint32_t vs_writable; /* head: bytes that the device may write */
	uint16_t vs_ndesc;    /* head: descriptors in the chain */
	uint16_t vs_next;     /* the next in the chain, or on the free list */
};

struct vio_vq {
	device_t vq_bus;
	const char *vq_name;
	vio_vq_intr_t *vq_intr;
	void *vq_arg;
	bus_size_t vq_notify_offset;
	uint16_t vq_index;
	uint16_t vq_size;
	uint16_t vq_mask;
	bool vq_broken;
	bool vq_intr_off; /* the driver has asked for no interrupts */

	uint16_t vq_nfree;	 /* descriptors on the free list */
	uint16_t vq_free;	 /* its first */
	uint16_t vq_outstanding; /* chains that the device has */
	uint16_t vq_avail_idx;	 /* as published */
	uint16_t vq_used_idx;	 /* the next used entry to look at */
	uint16_t vq_unnotified;	 /* chains published since the last notify */

	struct vio_desc *vq_desc;
	struct vio_avail *vq_avail;
	struct vio_used *vq_used;

	bus_dma_tag_t vq_tag;
	bus_dmamap_t vq_map;
	void *vq_ring; /* all three parts */
	bus_size_t vq_ring_size;
	bus_size_t vq_avail_offset;
	bus_size_t vq_used_offset;
	bus_addr_t vq_addr;

	struct vio_vq_shadow vq_shadow[];
};

/*
 * Shared memory is read here and nowhere else: one load each, which the
 * compiler can neither repeat nor tear, of a value in the device's order.
 */
static inline uint16_t
vio_vq_load_16(const uint16_t *p)
{
	return (le16toh(atomic_load_16(__DECONST(uint16_t *, p))));
}

static inline uint32_t
vio_vq_load_32(const uint32_t *p)
{
	return (le32toh(atomic_load_32(__DECONST(uint32_t *, p))));
}

/* Index by index, so that the device sees a whole value. */
static inline void
vio_vq_store_16(uint16_t *p, uint16_t value)
{
	atomic_store_16(p, htole16(value));
}

/* What was written goes out to the device. */
static inline void
vio_vq_sync_out(struct vio_vq *vq)
{
	bus_dmamap_sync(vq->vq_tag, vq->vq_map,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
}

/* What the device has written becomes visible. */
static inline void
vio_vq_sync_in(struct vio_vq *vq)
{
	bus_dmamap_sync(vq->vq_tag, vq->vq_map,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
}

static void
vio_vq_reset(struct vio_vq *vq)
{
	uint16_t i;

	for (i = 0; i < vq->vq_size; i++) {
		vq->vq_shadow[i].vs_cookie = NULL;
		vq->vq_shadow[i].vs_next = i + 1;
	}
	vq->vq_shadow[vq->vq_size - 1].vs_next = VIO_VQ_NIL;
	vq->vq_free = 0;
	vq->vq_nfree = vq->vq_size;
	vq->vq_outstanding = 0;
	vq->vq_avail_idx = 0;
	vq->vq_used_idx = 0;
	vq->vq_unnotified = 0;
	vq->vq_broken = false;
	vq->vq_intr_off = false;
	/* 2.7.10.1: the used ring's flags begin as 0. */
	memset(vq->vq_ring, 0, vq->vq_ring_size);
	vio_vq_sync_out(vq);
}

static void
vio_vq_load_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct vio_vq *vq = arg;

	if (error != 0)
		return;
	KASSERT(nsegs == 1, ("%s: ring in %d segments", __func__, nsegs));
	vq->vq_addr = segs[0].ds_addr;
}

/* Lays the ring out and allocates it. */
static int
vio_vq_alloc_ring(struct vio_vq *vq, bus_size_t align)
{
	bus_size_t size = vq->vq_size;
	int error;

	/*
	 * Room for used_event and avail_event is part of the rings' sizes
	 * whether or not they are in use (2.7).
	 */
	vq->vq_avail_offset = size * sizeof(struct vio_desc);
	vq->vq_used_offset = roundup2(vq->vq_avail_offset +
		sizeof(struct vio_avail) + (size + 1) * sizeof(uint16_t),
	    align);
	vq->vq_ring_size = vq->vq_used_offset + sizeof(struct vio_used) +
	    size * sizeof(struct vio_used_elem) + sizeof(uint16_t);

	error = bus_dma_tag_create(bus_get_dma_tag(vq->vq_bus), PAGE_SIZE, 0,
	    BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, vq->vq_ring_size,
	    1, vq->vq_ring_size, 0, NULL, NULL, &vq->vq_tag);
	if (error != 0)
		return (error);
	error = bus_dmamem_alloc(vq->vq_tag, &vq->vq_ring,
	    BUS_DMA_WAITOK | BUS_DMA_ZERO | BUS_DMA_COHERENT, &vq->vq_map);
	if (error != 0) {
		vq->vq_ring = NULL;
		return (error);
	}
	error = bus_dmamap_load(vq->vq_tag, vq->vq_map, vq->vq_ring,
	    vq->vq_ring_size, vio_vq_load_cb, vq, BUS_DMA_NOWAIT);
	if (error != 0 || vq->vq_addr == 0)
		return (error != 0 ? error : ENOMEM);

	vq->vq_desc = vq->vq_ring;
	vq->vq_avail =
	    (struct vio_avail *)((char *)vq->vq_ring + vq->vq_avail_offset);
	vq->vq_used =
	    (struct vio_used *)((char *)vq->vq_ring + vq->vq_used_offset);
	return (0);
}

int
vio_vq_alloc(device_t bus, uint16_t index, uint16_t size, bus_size_t align,
    bus_size_t notify_offset, const struct vio_vq_info *info,
    struct vio_vq **vqp)
{
	struct vio_vq *vq;

	KASSERT(size != 0 && size <= VIO_SPLIT_SIZE_MAX && powerof2(size),
	    ("%s: queue %u of %u entries", __func__, index, size));
	KASSERT(align >= VIO_USED_ALIGN && powerof2(align),
	    ("%s: alignment %ju", __func__, (uintmax_t)align));

	*vqp = NULL;
	vq = malloc(sizeof(*vq) + size * sizeof(vq->vq_shadow[0]), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	vq->vq_bus = bus;
	vq->vq_name = info->vqi_name;
	vq->vq_intr = info->vqi_intr;
	vq->vq_arg = info->vqi_arg;
	vq->vq_notify_offset = notify_offset;
	vq->vq_index = index;
	vq->vq_size = size;
	vq->vq_mask = size - 1;

	if (vio_vq_alloc_ring(vq, align) != 0) {
		device_printf(bus, "no memory for the ring of %s (%u)\n",
		    vq->vq_name, size);
		vio_vq_free(vq);
		return (ENOMEM);
	}
	vio_vq_reset(vq);
	*vqp = vq;
	return (0);
}

void
vio_vq_free(struct vio_vq *vq)
{
	if (vq->vq_addr != 0)
		bus_dmamap_unload(vq->vq_tag, vq->vq_map);
	if (vq->vq_ring != NULL)
		bus_dmamem_free(vq->vq_tag, vq->vq_ring, vq->vq_map);
	if (vq->vq_tag != NULL)
		bus_dma_tag_destroy(vq->vq_tag);
	free(vq, M_DEVBUF);
}

int
vio_vq_reinit(struct vio_vq *vq)
{
	if (vq->vq_outstanding != 0)
		return (EBUSY);
	vio_vq_reset(vq);
	return (0);
}

/* Checks a chain before any of it is written; its bytes for the device. */
static int
vio_vq_check_chain(const struct vio_vq *vq, const bus_dma_segment_t *segs,
    int nread, int nwrite, uint32_t *writable)
{
	uint64_t total, written;
	int i;

	if (nread < 0 || nwrite < 0 || nread > vq->vq_size ||
	    nwrite > vq->vq_size - nread || nread + nwrite == 0)
		return (EINVAL);
	total = written = 0;
	for (i = 0; i < nread + nwrite; i++) {
		/* Each at most UINT32_MAX, so the sums cannot overflow. */
		if (segs[i].ds_len == 0 || segs[i].ds_len > UINT32_MAX)
			return (segs[i].ds_len == 0 ? EINVAL : EFBIG);
		total += segs[i].ds_len;
		if (i >= nread)
			written += segs[i].ds_len;
	}
	/* 2.7.5.2: no more than 2^32 bytes; the length has 32 bits, too. */
	if (total > UINT32_MAX)
		return (EFBIG);
	*writable = written;
	return (0);
}

int
vio_vq_enqueue(struct vio_vq *vq, void *cookie, const bus_dma_segment_t *segs,
    int nread, int nwrite)
{
	struct vio_desc *desc;
	uint32_t writable;
	uint16_t flags, head, idx, next;
	int error, i, n;

	KASSERT(cookie != NULL, ("%s: %s: no cookie", __func__, vq->vq_name));
	if (vq->vq_broken)
		return (EIO);
	error = vio_vq_check_chain(vq, segs, nread, nwrite, &writable);
	if (error != 0)
		return (error);
	n = nread + nwrite;
	if (n > vq->vq_nfree)
		return (ENOSPC);

	head = next = vq->vq_free;
	for (i = 0; i < n; i++) {
		idx = next;
		KASSERT(idx < vq->vq_size,
		    ("%s: %s: free list holds %u, %u said to be free", __func__,
			vq->vq_name, idx, vq->vq_nfree));
		next = vq->vq_shadow[idx].vs_next;
		flags = i >= nread ? VIO_DESC_F_WRITE : 0;
		if (i < n - 1)
			flags |= VIO_DESC_F_NEXT;
		desc = &vq->vq_desc[idx];
		desc->addr = htole64(segs[i].ds_addr);
		desc->len = htole32((uint32_t)segs[i].ds_len);
		desc->flags = htole16(flags);
		desc->next = htole16(i < n - 1 ? next : 0);
	}
	vq->vq_free = next;
	vq->vq_nfree -= n;
	vq->vq_shadow[head].vs_cookie = cookie;
	vq->vq_shadow[head].vs_ndesc = n;
	vq->vq_shadow[head].vs_writable = writable;
	vq->vq_outstanding++;

	vio_vq_store_16(&vq->vq_avail->ring[vq->vq_avail_idx & vq->vq_mask],
	    head);
	vio_vq_sync_out(vq);
	/*
	 * 2.7.13.3.1: the device must see the chain and its place in the
	 * ring before it sees the index that offers them.
	 */
	atomic_thread_fence_rel();
	vq->vq_avail_idx++;
	vio_vq_store_16(&vq->vq_avail->idx, vq->vq_avail_idx);
	vq->vq_unnotified++;
	return (0);
}

bool
vio_vq_notify(struct vio_vq *vq)
{
	if (vq->vq_unnotified == 0 || vq->vq_broken)
		return (false);
	vq->vq_unnotified = 0;
	vio_vq_sync_out(vq);
	/*
	 * 2.7.13.4.1: the device clears its flag and then looks at the index
	 * once more, we write the index and then look at the flag.  Unless
	 * our store is out before our load, both may miss the other.
	 */
	mb();
	vio_vq_sync_in(vq);
	if ((vio_vq_load_16(&vq->vq_used->flags) & VIO_USED_F_NO_NOTIFY) != 0)
		return (false);
	VIO_BUS_NOTIFY_VQ(vq->vq_bus, vq->vq_index, vq->vq_notify_offset);
	return (true);
}

/* Puts a chain back on the free list, as a whole. */
static void *
vio_vq_release(struct vio_vq *vq, uint16_t head)
{
	struct vio_vq_shadow *shadow = &vq->vq_shadow[head];
	void *cookie = shadow->vs_cookie;
	uint16_t i, last;

	last = head;
	for (i = 1; i < shadow->vs_ndesc; i++)
		last = vq->vq_shadow[last].vs_next;
	vq->vq_shadow[last].vs_next = vq->vq_free;
	vq->vq_free = head;
	vq->vq_nfree += shadow->vs_ndesc;
	vq->vq_outstanding--;
	shadow->vs_cookie = NULL;
	KASSERT(vq->vq_nfree <= vq->vq_size,
	    ("%s: %s: %u of %u descriptors free", __func__, vq->vq_name,
		vq->vq_nfree, vq->vq_size));
	return (cookie);
}

/* The device has lied.  Said once: afterwards nothing of it is looked at. */
static int
vio_vq_broken(struct vio_vq *vq, const char *what, uint32_t value,
    uint32_t limit)
{
	vq->vq_broken = true;
	device_printf(vq->vq_bus, "%s: the device lies: %s %u, limit %u\n",
	    vq->vq_name, what, value, limit);
	return (EIO);
}

int
vio_vq_dequeue(struct vio_vq *vq, void **cookie, uint32_t *len)
{
	struct vio_used_elem *elem;
	uint32_t id, length;
	uint16_t pending;

	if (vq->vq_broken)
		return (EIO);
	vio_vq_sync_in(vq);
	pending = vio_vq_load_16(&vq->vq_used->idx) - vq->vq_used_idx;
	if (pending == 0)
		return (EAGAIN);
	if (pending > vq->vq_outstanding)
		return (vio_vq_broken(vq, "number of used chains", pending,
		    vq->vq_outstanding));
	/* The entry, and the buffers, are read after the index. */
	atomic_thread_fence_acq();
	elem = &vq->vq_used->ring[vq->vq_used_idx & vq->vq_mask];
	id = vio_vq_load_32(&elem->id);
	length = vio_vq_load_32(&elem->len);
	if (id >= vq->vq_size)
		return (vio_vq_broken(vq, "used id", id, vq->vq_size));
	if (vq->vq_shadow[id].vs_cookie == NULL)
		return (
		    vio_vq_broken(vq, "used id of no chain", id, vq->vq_size));
	if (length > vq->vq_shadow[id].vs_writable)
		return (vio_vq_broken(vq, "used length", length,
		    vq->vq_shadow[id].vs_writable));
	vq->vq_used_idx++;
	*len = length;
	*cookie = vio_vq_release(vq, id);
	return (0);
}

void *
vio_vq_drain(struct vio_vq *vq)
{
	uint16_t i;

	if (vq->vq_outstanding == 0)
		return (NULL);
	for (i = 0; i < vq->vq_size; i++)
		if (vq->vq_shadow[i].vs_cookie != NULL)
			return (vio_vq_release(vq, i));
	panic("%s: %s: %u chains outstanding, none found", __func__,
	    vq->vq_name, vq->vq_outstanding);
}

void
vio_vq_abandon(struct vio_vq *vq)
{
	vq->vq_outstanding = 0;
}

void
vio_vq_intr_disable(struct vio_vq *vq)
{
	if (vq->vq_intr_off)
		return;
	vq->vq_intr_off = true;
	vio_vq_store_16(&vq->vq_avail->flags, VIO_AVAIL_F_NO_INTERRUPT);
	vio_vq_sync_out(vq);
}

bool
vio_vq_intr_enable(struct vio_vq *vq)
{
	if (vq->vq_broken)
		return (false);
	if (vq->vq_intr_off) {
		vq->vq_intr_off = false;
		vio_vq_store_16(&vq->vq_avail->flags, 0);
		vio_vq_sync_out(vq);
	}
	/*
	 * 2.7.14: a chain used before the device has seen the flag brings no
	 * interrupt.  The store has to be out before the index is read.
	 */
	mb();
	vio_vq_sync_in(vq);
	return (vio_vq_load_16(&vq->vq_used->idx) != vq->vq_used_idx);
}

uint16_t
vio_vq_size(const struct vio_vq *vq)
{
	return (vq->vq_size);
}

uint16_t
vio_vq_nfree(const struct vio_vq *vq)
{
	return (vq->vq_nfree);
}

bus_addr_t
vio_vq_desc_addr(const struct vio_vq *vq)
{
	return (vq->vq_addr);
}

bus_addr_t
vio_vq_avail_addr(const struct vio_vq *vq)
{
	return (vq->vq_addr + vq->vq_avail_offset);
}

bus_addr_t
vio_vq_used_addr(const struct vio_vq *vq)
{
	return (vq->vq_addr + vq->vq_used_offset);
}

const char *
vio_vq_name(const struct vio_vq *vq)
{
	return (vq->vq_name);
}

bool
vio_vq_has_intr(const struct vio_vq *vq)
{
	return (vq->vq_intr != NULL);
}

void
vio_vq_intr(struct vio_vq *vq)
{
	vq->vq_intr(vq->vq_arg);
}
