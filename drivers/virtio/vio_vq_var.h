/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The virtqueue's own state, shared by vio_vq.c (life), vio_vq_split.c
 * (chains out and back), vio_vq_event.c (who wants to hear of them) and
 * vio_vq_indirect.c (tables).
 */
#ifndef _VIO_VQ_VAR_H_
#define _VIO_VQ_VAR_H_

/* The end of the free list; never an index. */
#define VIO_VQ_NIL VIO_SPLIT_SIZE_MAX

/* What the driver knows about one descriptor. */
struct vio_vq_shadow {
	void *vs_cookie;      /* of the chain, when this is its head */
	uint32_t vs_writable; /* head: bytes that the device may write */
	uint16_t vs_ndesc;    /* head: descriptors in the ring */
	uint16_t vs_next;     /* the next in the chain, or on the free list */
	/* The table that is used when this is the head of a chain in one. */
	struct vio_desc *vs_table;
	bus_addr_t vs_table_addr;
	bus_dmamap_t vs_table_map; /* of the memory it is a part of */
	bool vs_indirect;	   /* head: the chain is in the table */
};

/* Memory of some tables. */
struct vio_vq_tables {
	void *vt_memory;
	bus_dmamap_t vt_map;
	bus_addr_t vt_addr; /* 0: not loaded */
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
	uint16_t vq_max_indirect; /* entries in a table; 0: no tables */
	/* 2.7.8.2: such devices may count more than they have written. */
	bool vq_legacy;
	bool vq_event_idx; /* events instead of flags (2.7.7, 2.7.10) */
	bool vq_broken;
	bool vq_intr_off; /* the driver has asked for no interrupts */

	uint16_t vq_nfree;	 /* descriptors on the free list */
	uint16_t vq_free;	 /* its first */
	uint16_t vq_outstanding; /* chains that the device has */
	uint16_t vq_avail_idx;	 /* as published */
	uint16_t vq_used_idx;	 /* the next used entry to look at */
	uint16_t vq_used_known;	 /* entries from there on, already checked */
	/* Published since vio_vq_notify() was last called. */
	uint32_t vq_unnotified;

	struct vio_desc *vq_desc;
	struct vio_avail *vq_avail;
	struct vio_used *vq_used;
	uint16_t *vq_used_event;	/* at the available ring's end */
	const uint16_t *vq_avail_event; /* at the used ring's end */

	bus_dma_tag_t vq_tag;
	bus_dmamap_t vq_map;
	void *vq_ring; /* all three parts */
	bus_size_t vq_ring_size;
	bus_size_t vq_avail_offset;
	bus_size_t vq_used_offset;
	bus_addr_t vq_addr;

	bus_dma_tag_t vq_tables_tag;
	struct vio_vq_tables *vq_tables;
	int vq_ntables; /* entries of vq_tables */

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

/*
 * Allocates the tables for chains of up to vq_max_indirect segments.  0 or an
 * errno, after which vio_vq_free_tables() has something to do all the same.
 */
int vio_vq_alloc_tables(struct vio_vq *vq);
void vio_vq_free_tables(struct vio_vq *vq);

#endif /* !_VIO_VQ_VAR_H_ */
