/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue, driver's side (virtio 1.3, section 2.7): how a queue
 * comes and goes.
 *
 * One allocation holds the three parts of the ring.  The descriptor table
 * and the available ring are only ever written here, the used ring is only
 * ever read: whatever the driver has to remember it keeps in struct vio_vq.
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
#include "virtio/vio_vq_var.h"
#include "virtio/vio_wire.h"

CTASSERT(sizeof(struct vio_desc) == 16);
CTASSERT(sizeof(struct vio_used_elem) == 8);
CTASSERT(sizeof(struct vio_avail) == 4);
CTASSERT(sizeof(struct vio_used) == 4);

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
	vq->vq_used_known = 0;
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
	/* 2.7.6, 2.7.8: each follows the last entry of its ring. */
	vq->vq_used_event = &vq->vq_avail->ring[vq->vq_size];
	vq->vq_avail_event = (uint16_t *)&vq->vq_used->ring[vq->vq_size];
	return (0);
}

int
vio_vq_alloc(device_t bus, uint16_t index, uint16_t size, bus_size_t align,
    bus_size_t notify_offset, uint64_t features, const struct vio_vq_info *info,
    struct vio_vq **vqp)
{
	struct vio_vq *vq;
	int error;

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
	vq->vq_legacy = (features & VIO_F_VERSION_1) == 0;
	vq->vq_event_idx = (features & VIO_F_EVENT_IDX) != 0;
	/* 2.7.5.3.1: no chain is longer than the queue, in a table or not. */
	if ((features & VIO_F_INDIRECT_DESC) != 0 && info->vqi_max_indirect > 1)
		vq->vq_max_indirect = MIN(info->vqi_max_indirect, size);

	error = vio_vq_alloc_ring(vq, align);
	if (error == 0)
		error = vio_vq_alloc_tables(vq);
	if (error != 0) {
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
	vio_vq_free_tables(vq);
	if (vq->vq_addr != 0)
		bus_dmamap_unload(vq->vq_tag, vq->vq_map);
	if (vq->vq_ring != NULL)
		bus_dmamem_free(vq->vq_tag, vq->vq_ring, vq->vq_map);
	if (vq->vq_tag != NULL)
		bus_dma_tag_destroy(vq->vq_tag);
	free(vq, M_DEVBUF);
}

void
vio_vq_abandon(struct vio_vq *vq)
{
	vq->vq_outstanding = 0;
}

int
vio_vq_reinit(struct vio_vq *vq)
{
	if (vq->vq_outstanding != 0)
		return (EBUSY);
	vio_vq_reset(vq);
	return (0);
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
