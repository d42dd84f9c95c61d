/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue, driver's side: the tables of chains that do not lie in
 * the ring (virtio 1.3, section 2.7.5.3).
 *
 * Each descriptor of the ring has a table of its own, which it refers to when
 * it is the head of a chain that goes into one.  All are made with the queue,
 * as many together as make a handy piece of contiguous memory.
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

/* Contiguous memory of this size is found on any machine that runs. */
#define VIO_VQ_TABLES_BYTES (64u * 1024)

static void
vio_vq_tables_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	struct vio_vq_tables *tables = arg;

	if (error != 0)
		return;
	KASSERT(nsegs == 1, ("%s: tables in %d segments", __func__, nsegs));
	tables->vt_addr = segs[0].ds_addr;
}

int
vio_vq_alloc_tables(struct vio_vq *vq)
{
	bus_size_t bytes = vq->vq_max_indirect * sizeof(struct vio_desc);
	struct vio_vq_tables *tables;
	struct vio_vq_shadow *shadow;
	bus_size_t size;
	int each, error, i;

	if (bytes == 0)
		return (0);
	each = MIN(vq->vq_size, MAX(1, VIO_VQ_TABLES_BYTES / bytes));
	size = each * bytes;
	error = bus_dma_tag_create(bus_get_dma_tag(vq->vq_bus), VIO_DESC_ALIGN,
	    0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, size, 1, size,
	    0, NULL, NULL, &vq->vq_tables_tag);
	if (error != 0)
		return (error);
	vq->vq_ntables = howmany(vq->vq_size, each);
	vq->vq_tables = malloc(vq->vq_ntables * sizeof(*tables), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	for (i = 0; i < vq->vq_ntables; i++) {
		tables = &vq->vq_tables[i];
		/* Written by us alone, and synced: it may well be cached. */
		error = bus_dmamem_alloc(vq->vq_tables_tag, &tables->vt_memory,
		    BUS_DMA_WAITOK | BUS_DMA_ZERO, &tables->vt_map);
		if (error != 0) {
			tables->vt_memory = NULL;
			return (error);
		}
		error = bus_dmamap_load(vq->vq_tables_tag, tables->vt_map,
		    tables->vt_memory, size, vio_vq_tables_cb, tables,
		    BUS_DMA_NOWAIT);
		if (error != 0 || tables->vt_addr == 0)
			return (error != 0 ? error : ENOMEM);
	}
	for (i = 0; i < vq->vq_size; i++) {
		tables = &vq->vq_tables[i / each];
		shadow = &vq->vq_shadow[i];
		shadow->vs_table = (struct vio_desc *)tables->vt_memory +
		    i % each * vq->vq_max_indirect;
		shadow->vs_table_addr = tables->vt_addr + i % each * bytes;
		shadow->vs_table_map = tables->vt_map;
	}
	return (0);
}

void
vio_vq_free_tables(struct vio_vq *vq)
{
	struct vio_vq_tables *tables;
	int i;

	for (i = 0; i < vq->vq_ntables; i++) {
		tables = &vq->vq_tables[i];
		if (tables->vt_addr != 0)
			bus_dmamap_unload(vq->vq_tables_tag, tables->vt_map);
		if (tables->vt_memory != NULL)
			bus_dmamem_free(vq->vq_tables_tag, tables->vt_memory,
			    tables->vt_map);
	}
	free(vq->vq_tables, M_DEVBUF);
	if (vq->vq_tables_tag != NULL)
		bus_dma_tag_destroy(vq->vq_tables_tag);
}
