/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue, driver's side: chains go out and come back (virtio
 * 1.3, sections 2.7.13 and 2.7.14).
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

/* Checks a chain before any of it is written; its bytes for the device. */
static int
vio_vq_check_chain(const struct vio_vq *vq, const bus_dma_segment_t *segs,
    int nread, int nwrite, uint32_t *writable)
{
	uint64_t total, written;
	int i;

	if (nread < 0 || nwrite < 0 || nwrite > vq->vq_size - nread ||
	    nread + nwrite == 0)
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

/* Whether a chain of n segments goes into a table. */
static inline bool
vio_vq_in_table(const struct vio_vq *vq, int n)
{
	return (n > 1 && n <= vq->vq_max_indirect);
}

bool
vio_vq_fits(const struct vio_vq *vq, int nsegs)
{
	return ((vio_vq_in_table(vq, nsegs) ? 1 : nsegs) <= vq->vq_nfree);
}

int
vio_vq_capacity(const struct vio_vq *vq, int nsegs)
{
	return (vio_vq_in_table(vq, nsegs) ? vq->vq_size : vq->vq_size / nsegs);
}

static inline void
vio_vq_write_desc(struct vio_desc *desc, const bus_dma_segment_t *seg,
    uint16_t flags, uint16_t next)
{
	desc->addr = htole64(seg->ds_addr);
	desc->len = htole32((uint32_t)seg->ds_len);
	desc->flags = htole16(flags);
	desc->next = htole16(next);
}

/* Takes n descriptors off the free list; the first. */
static uint16_t
vio_vq_put_chain(struct vio_vq *vq, const bus_dma_segment_t *segs, int nread,
    int n)
{
	uint16_t flags, head, idx, next;
	int i;

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
		vio_vq_write_desc(&vq->vq_desc[idx], &segs[i], flags,
		    i < n - 1 ? next : 0);
	}
	vq->vq_free = next;
	vq->vq_nfree -= n;
	vq->vq_shadow[head].vs_ndesc = n;
	vq->vq_shadow[head].vs_indirect = false;
	return (head);
}

/* The same with the chain in the table of one descriptor (2.7.5.3). */
static uint16_t
vio_vq_put_table(struct vio_vq *vq, const bus_dma_segment_t *segs, int nread,
    int n)
{
	struct vio_vq_shadow *shadow;
	bus_dma_segment_t where;
	uint16_t flags, head;
	int i;

	head = vq->vq_free;
	KASSERT(head < vq->vq_size,
	    ("%s: %s: free list holds %u, %u said to be free", __func__,
		vq->vq_name, head, vq->vq_nfree));
	shadow = &vq->vq_shadow[head];
	for (i = 0; i < n; i++) {
		flags = i >= nread ? VIO_DESC_F_WRITE : 0;
		if (i < n - 1)
			flags |= VIO_DESC_F_NEXT;
		vio_vq_write_desc(&shadow->vs_table[i], &segs[i], flags,
		    i < n - 1 ? i + 1 : 0);
	}
	bus_dmamap_sync(vq->vq_tables_tag, shadow->vs_table_map,
	    BUS_DMASYNC_PREWRITE);
	where.ds_addr = shadow->vs_table_addr;
	where.ds_len = n * sizeof(struct vio_desc);
	vio_vq_write_desc(&vq->vq_desc[head], &where, VIO_DESC_F_INDIRECT, 0);
	vq->vq_free = shadow->vs_next;
	vq->vq_nfree--;
	shadow->vs_ndesc = 1;
	shadow->vs_indirect = true;
	return (head);
}

int
vio_vq_enqueue(struct vio_vq *vq, void *cookie, const bus_dma_segment_t *segs,
    int nread, int nwrite)
{
	uint32_t writable;
	uint16_t head;
	int error, n;

	KASSERT(cookie != NULL, ("%s: %s: no cookie", __func__, vq->vq_name));
	if (vq->vq_broken)
		return (EIO);
	error = vio_vq_check_chain(vq, segs, nread, nwrite, &writable);
	if (error != 0)
		return (error);
	n = nread + nwrite;
	if (!vio_vq_fits(vq, n))
		return (ENOSPC);
	if (vio_vq_in_table(vq, n))
		head = vio_vq_put_table(vq, segs, nread, n);
	else
		head = vio_vq_put_chain(vq, segs, nread, n);
	vq->vq_shadow[head].vs_cookie = cookie;
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

/* Puts a chain back on the free list, as a whole. */
static void *
vio_vq_release(struct vio_vq *vq, uint16_t head)
{
	struct vio_vq_shadow *shadow = &vq->vq_shadow[head];
	void *cookie = shadow->vs_cookie;
	uint16_t i, last;

	if (shadow->vs_indirect)
		bus_dmamap_sync(vq->vq_tables_tag, shadow->vs_table_map,
		    BUS_DMASYNC_POSTWRITE);
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

/* Reads how far the device says it is: 0, EAGAIN, or EIO for a lie. */
static int
vio_vq_look(struct vio_vq *vq)
{
	uint16_t pending;

	vio_vq_sync_in(vq);
	pending = vio_vq_load_16(&vq->vq_used->idx) - vq->vq_used_idx;
	if (pending == 0)
		return (EAGAIN);
	if (pending > vq->vq_outstanding)
		return (vio_vq_broken(vq, "number of used chains", pending,
		    vq->vq_outstanding));
	/* The entries, and the buffers, are read after the index. */
	atomic_thread_fence_acq();
	vq->vq_used_known = pending;
	return (0);
}

int
vio_vq_dequeue(struct vio_vq *vq, void **cookie, uint32_t *len)
{
	struct vio_used_elem *elem;
	uint32_t id, length;
	int error;

	if (vq->vq_broken)
		return (EIO);
	if (vq->vq_used_known == 0) {
		error = vio_vq_look(vq);
		if (error != 0)
			return (error);
	}
	elem = &vq->vq_used->ring[vq->vq_used_idx & vq->vq_mask];
	id = vio_vq_load_32(&elem->id);
	length = vio_vq_load_32(&elem->len);
	if (id >= vq->vq_size)
		return (vio_vq_broken(vq, "used id", id, vq->vq_size));
	if (vq->vq_shadow[id].vs_cookie == NULL)
		return (
		    vio_vq_broken(vq, "used id of no chain", id, vq->vq_size));
	if (length > vq->vq_shadow[id].vs_writable) {
		if (!vq->vq_legacy)
			return (vio_vq_broken(vq, "used length", length,
			    vq->vq_shadow[id].vs_writable));
		length = vq->vq_shadow[id].vs_writable;
	}
	vq->vq_used_idx++;
	vq->vq_used_known--;
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
