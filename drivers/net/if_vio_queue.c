/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Queues and what they need: how they are made and unmade.  All DMA tags and
 * maps come from here, before the first packet: later they are only loaded.
 */
#include "net/if_vio_var.h"

#include <sys/buf_ring.h>

#include "virtio/vio_vq.h"

#include "vio_bus_if.h"

/* Packets that may wait at a transmit queue. */
#define VIOIF_TX_WAITING 4096
/* What a queue that is not used gets, where we are asked. */
#define VIOIF_UNUSED_SIZE 2
#define VIOIF_CTRL_SIZE	  64
#define VIOIF_CTRL_SEGS	  4

/*
 * --- memory that the device sees ---
 */

static void
vioif_dma_cb(void *arg, bus_dma_segment_t *segs, int nsegs, int error)
{
	bus_addr_t *addr = arg;

	if (error == 0)
		*addr = segs[0].ds_addr;
}

int
vioif_alloc_dma(struct vioif_softc *sc, bus_size_t size, bus_size_t align,
    bus_dma_tag_t *tag, bus_dmamap_t *map, void **memory, bus_addr_t *addr)
{
	void *p;
	int error;

	error = bus_dma_tag_create(bus_get_dma_tag(sc->vioif_dev), align, 0,
	    BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, size, 1, size, 0,
	    NULL, NULL, tag);
	if (error != 0)
		return (error);
	error = bus_dmamem_alloc(*tag, &p,
	    BUS_DMA_WAITOK | BUS_DMA_ZERO | BUS_DMA_COHERENT, map);
	if (error != 0)
		return (error);
	*memory = p;
	error = bus_dmamap_load(*tag, *map, p, size, vioif_dma_cb, addr,
	    BUS_DMA_NOWAIT);
	return (error == 0 && *addr == 0 ? ENOMEM : error);
}

void
vioif_free_dma(bus_dma_tag_t tag, bus_dmamap_t map, void *memory,
    bus_addr_t addr)
{
	if (addr != 0)
		bus_dmamap_unload(tag, map);
	if (memory != NULL)
		bus_dmamem_free(tag, memory, map);
	if (tag != NULL)
		bus_dma_tag_destroy(tag);
}

/*
 * --- virtqueues ---
 */

static void
vioif_init_pair(struct vioif_softc *sc, int i)
{
	struct vioif_rxq *rx = &sc->vioif_pairs[i].vp_rx;
	struct vioif_txq *tx = &sc->vioif_pairs[i].vp_tx;

	rx->vrx_sc = tx->vtx_sc = sc;
	rx->vrx_index = tx->vtx_index = i;
	mtx_init(&rx->vrx_mtx, device_get_nameunit(sc->vioif_dev), "vio rx",
	    MTX_DEF);
	mtx_init(&tx->vtx_mtx, device_get_nameunit(sc->vioif_dev), "vio tx",
	    MTX_DEF);
	/* Packets go to the stack within the network's epoch. */
	NET_TASK_INIT(&rx->vrx_task, 0, vioif_rx_deferred, rx);
	TASK_INIT(&tx->vtx_task, 0, vioif_tx_deferred, tx);
	SLIST_INIT(&tx->vtx_free);
}

/* Segments of the longest receive buffer that may be needed. */
static int
vioif_rx_segmax(const struct vioif_softc *sc)
{
	/* A page of a cluster can begin in one page and end in another. */
	if (VIOIF_HAS(sc, VIOIF_F_MRG_RXBUF))
		return (2);
	if (VIOIF_HAS(sc, VIOIF_GUEST_TSO) ||
	    sc->vioif_max_mtu > MJUM16BYTES - 64)
		return (VIOIF_RX_MBUFS + 1);
	return (howmany(MJUM16BYTES, PAGE_SIZE) + 1);
}

static void
vioif_describe_pair(struct vioif_softc *sc, int i, struct vio_vq_info *info)
{
	struct vioif_rxq *rx = &sc->vioif_pairs[i].vp_rx;
	struct vioif_txq *tx = &sc->vioif_pairs[i].vp_tx;
	int rx_segs = vioif_rx_segmax(sc) + 1;

	info[0].vqi_name = "receive";
	info[0].vqi_max_size = VIOIF_QUEUE_MAX;
	/* Where one descriptor is the rule, tables would be a waste. */
	info[0].vqi_max_indirect = rx_segs > 3 ? rx_segs : 0;
	info[0].vqi_intr = vioif_rx_intr;
	info[0].vqi_arg = rx;
	info[0].vqi_vqp = &rx->vrx_vq;
	info[1].vqi_name = "transmit";
	info[1].vqi_max_size = VIOIF_QUEUE_MAX;
	info[1].vqi_max_indirect = VIOIF_TX_SEGS + 1;
	info[1].vqi_intr = vioif_tx_intr;
	info[1].vqi_arg = tx;
	info[1].vqi_vqp = &tx->vtx_vq;
}

int
vioif_alloc_queues(struct vioif_softc *sc, int npairs, int device_pairs)
{
	struct vio_vq_info *info;
	bool ctrl = VIOIF_HAS(sc, VIOIF_F_CTRL_VQ);
	int error, i, n;

	n = 2 * (ctrl ? device_pairs : npairs);
	sc->vioif_pairs = malloc(npairs * sizeof(sc->vioif_pairs[0]), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	sc->vioif_npairs = npairs;
	for (i = 0; i < npairs; i++)
		vioif_init_pair(sc, i);
	sc->vioif_unused = malloc((n + 1) * sizeof(sc->vioif_unused[0]),
	    M_DEVBUF, M_WAITOK | M_ZERO);
	info = malloc((n + 1) * sizeof(*info), M_DEVBUF, M_WAITOK | M_ZERO);
	for (i = 0; i < npairs; i++)
		vioif_describe_pair(sc, i, &info[2 * i]);
	/* 5.1.2: those in between exist, or the control queue would not. */
	for (i = 2 * npairs; i < n; i++) {
		info[i].vqi_name = "unused";
		info[i].vqi_max_size = VIOIF_UNUSED_SIZE;
		info[i].vqi_vqp = &sc->vioif_unused[i];
	}
	if (ctrl) {
		info[n].vqi_name = "control";
		info[n].vqi_max_size = VIOIF_CTRL_SIZE;
		info[n].vqi_max_indirect = VIOIF_CTRL_SEGS;
		/* Without a handler: commands wait for their answers. */
		info[n].vqi_vqp = &sc->vioif_ctrl_vq;
		n++;
	}
	error =
	    VIO_BUS_ALLOC_VIRTQUEUES(device_get_parent(sc->vioif_dev), n, info);
	free(info, M_DEVBUF);
	return (error);
}

/*
 * --- what a queue needs ---
 */

static int
vioif_alloc_rxbufs(struct vioif_rxq *q)
{
	struct vioif_rxbuf *buf;
	int error, i, per = q->vrx_segmax + 1;

	q->vrx_bufs =
	    malloc(q->vrx_nbufs * sizeof(*buf), M_DEVBUF, M_WAITOK | M_ZERO);
	q->vrx_segs = malloc((q->vrx_nbufs + 1) * per * sizeof(q->vrx_segs[0]),
	    M_DEVBUF, M_WAITOK | M_ZERO);
	for (i = 0; i < q->vrx_nbufs; i++) {
		buf = &q->vrx_bufs[i];
		buf->vrb_segs = &q->vrx_segs[i * per];
		error = bus_dmamap_create(q->vrx_tag, 0, &buf->vrb_map);
		if (error != 0)
			return (error);
		buf->vrb_has_map = true;
	}
	q->vrx_spare_segs = &q->vrx_segs[i * per];
	error = bus_dmamap_create(q->vrx_tag, 0, &q->vrx_spare);
	if (error == 0)
		q->vrx_has_spare = true;
	return (error);
}

static int
vioif_alloc_rxq(struct vioif_rxq *q)
{
	struct vioif_softc *sc = q->vrx_sc;
	bus_size_t size;
	int error;

	q->vrx_segmax = vioif_rx_segmax(sc);
	q->vrx_nbufs = vio_vq_size(q->vrx_vq);
	/*
	 * No chain is longer than its queue, in a table or not (2.7.5.3.1):
	 * in a short one there is no room for the largest packet.  The next
	 * time that features are agreed on, we know.
	 */
	if (!VIOIF_HAS(sc, VIOIF_F_MRG_RXBUF) &&
	    q->vrx_nbufs < VIOIF_RX_MBUFS + 2)
		sc->vioif_wanted &= ~(VIOIF_GUEST_TSO | VIOIF_F_GUEST_ECN);
	size = VIOIF_RX_MBUFS * MJUMPAGESIZE;
	error = bus_dma_tag_create(bus_get_dma_tag(sc->vioif_dev), 1, 0,
	    BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, size,
	    q->vrx_segmax, size, 0, NULL, NULL, &q->vrx_tag);
	if (error == 0)
		error = vioif_alloc_rxbufs(q);
	if (error == 0) {
		error = tcp_lro_init_args(&q->vrx_lro, sc->vioif_ifp,
		    TCP_LRO_ENTRIES, 0);
		q->vrx_has_lro = error == 0;
	}
	return (error);
}

static int
vioif_alloc_txbufs(struct vioif_txq *q)
{
	struct vioif_txbuf *buf;
	int error, i;

	q->vtx_segs = malloc((q->vtx_segmax + 1) * sizeof(q->vtx_segs[0]),
	    M_DEVBUF, M_WAITOK | M_ZERO);
	q->vtx_bufs =
	    malloc(q->vtx_nbufs * sizeof(*buf), M_DEVBUF, M_WAITOK | M_ZERO);
	for (i = 0; i < q->vtx_nbufs; i++) {
		buf = &q->vtx_bufs[i];
		buf->vtb_hdr = &q->vtx_hdrs[i];
		buf->vtb_hdr_addr =
		    q->vtx_hdrs_addr + i * sizeof(struct vioif_hdr);
		error = bus_dmamap_create(q->vtx_tag, 0, &buf->vtb_map);
		if (error != 0)
			return (error);
		buf->vtb_has_map = true;
		SLIST_INSERT_HEAD(&q->vtx_free, buf, vtb_link);
		q->vtx_nfree++;
	}
	return (0);
}

static int
vioif_alloc_txq(struct vioif_txq *q)
{
	struct vioif_softc *sc = q->vtx_sc;
	bus_size_t size = VIOIF_FRAME_MAX + sizeof(struct vioif_hdr);
	void *hdrs = NULL;
	int error;

	q->vtx_nbufs = vio_vq_size(q->vtx_vq);
	/* No chain is longer than its queue, in a table or not (2.7.5.3.1). */
	q->vtx_segmax = MAX(1, MIN(VIOIF_TX_SEGS, q->vtx_nbufs - 1));
	q->vtx_room = vio_vq_capacity(q->vtx_vq, q->vtx_segmax + 1) ==
		vio_vq_size(q->vtx_vq) ?
	    1 :
	    q->vtx_segmax + 1;
	q->vtx_br =
	    buf_ring_alloc(VIOIF_TX_WAITING, M_DEVBUF, M_WAITOK, &q->vtx_mtx);
	error = vioif_alloc_dma(sc, q->vtx_nbufs * sizeof(struct vioif_hdr), 4,
	    &q->vtx_hdr_tag, &q->vtx_hdr_map, &hdrs, &q->vtx_hdrs_addr);
	q->vtx_hdrs = hdrs;
	if (error != 0)
		return (error);
	error = bus_dma_tag_create(bus_get_dma_tag(sc->vioif_dev), 1, 0,
	    BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, size,
	    q->vtx_segmax, size, 0, NULL, NULL, &q->vtx_tag);
	return (error != 0 ? error : vioif_alloc_txbufs(q));
}

int
vioif_alloc_buffers(struct vioif_softc *sc)
{
	int error, i;

	error = VIOIF_HAS(sc, VIOIF_F_CTRL_VQ) ? vioif_alloc_ctrl(sc) : 0;
	for (i = 0; i < sc->vioif_npairs && error == 0; i++) {
		error = vioif_alloc_rxq(&sc->vioif_pairs[i].vp_rx);
		if (error == 0)
			error = vioif_alloc_txq(&sc->vioif_pairs[i].vp_tx);
	}
	if (error != 0)
		device_printf(sc->vioif_dev, "no memory for queues: %d\n",
		    error);
	return (error);
}

int
vioif_start_taskqueues(struct vioif_softc *sc)
{
	struct vioif_pair *pair;
	int error, i;

	for (i = 0; i < sc->vioif_npairs; i++) {
		pair = &sc->vioif_pairs[i];
		pair->vp_tq = taskqueue_create("vio", M_WAITOK,
		    taskqueue_thread_enqueue, &pair->vp_tq);
		error = taskqueue_start_threads(&pair->vp_tq, 1, PI_NET,
		    "%s pair %d", device_get_nameunit(sc->vioif_dev), i);
		if (error != 0)
			return (error);
	}
	return (0);
}

void
vioif_stop_taskqueues(struct vioif_softc *sc)
{
	struct vioif_pair *pair;
	int i;

	for (i = 0; i < sc->vioif_npairs; i++) {
		pair = &sc->vioif_pairs[i];
		if (pair->vp_tq == NULL)
			continue;
		taskqueue_drain(pair->vp_tq, &pair->vp_rx.vrx_task);
		taskqueue_drain(pair->vp_tq, &pair->vp_tx.vtx_task);
		taskqueue_free(pair->vp_tq);
		pair->vp_tq = NULL;
	}
}

/*
 * --- the end ---
 */

static void
vioif_free_rxq(struct vioif_rxq *q)
{
	int i;

	if (q->vrx_has_lro)
		tcp_lro_free(&q->vrx_lro);
	if (q->vrx_bufs != NULL)
		for (i = 0; i < q->vrx_nbufs; i++)
			if (q->vrx_bufs[i].vrb_has_map)
				bus_dmamap_destroy(q->vrx_tag,
				    q->vrx_bufs[i].vrb_map);
	if (q->vrx_has_spare)
		bus_dmamap_destroy(q->vrx_tag, q->vrx_spare);
	if (q->vrx_tag != NULL)
		bus_dma_tag_destroy(q->vrx_tag);
	free(q->vrx_segs, M_DEVBUF);
	free(q->vrx_bufs, M_DEVBUF);
	mtx_destroy(&q->vrx_mtx);
}

static void
vioif_free_txq(struct vioif_txq *q)
{
	int i;

	if (q->vtx_br != NULL) {
		VIOIF_TX_LOCK(q);
		vioif_tx_flush(q);
		VIOIF_TX_UNLOCK(q);
		buf_ring_free(q->vtx_br, M_DEVBUF);
	}
	if (q->vtx_bufs != NULL)
		for (i = 0; i < q->vtx_nbufs; i++)
			if (q->vtx_bufs[i].vtb_has_map)
				bus_dmamap_destroy(q->vtx_tag,
				    q->vtx_bufs[i].vtb_map);
	if (q->vtx_tag != NULL)
		bus_dma_tag_destroy(q->vtx_tag);
	vioif_free_dma(q->vtx_hdr_tag, q->vtx_hdr_map, q->vtx_hdrs,
	    q->vtx_hdrs_addr);
	free(q->vtx_segs, M_DEVBUF);
	free(q->vtx_bufs, M_DEVBUF);
	mtx_destroy(&q->vtx_mtx);
}

void
vioif_free_queues(struct vioif_softc *sc)
{
	int i;

	vioif_free_ctrl(sc);
	for (i = 0; i < sc->vioif_npairs; i++) {
		vioif_free_rxq(&sc->vioif_pairs[i].vp_rx);
		vioif_free_txq(&sc->vioif_pairs[i].vp_tx);
	}
	free(sc->vioif_pairs, M_DEVBUF);
	free(sc->vioif_unused, M_DEVBUF);
	sc->vioif_pairs = NULL;
	sc->vioif_unused = NULL;
	sc->vioif_npairs = 0;
}
