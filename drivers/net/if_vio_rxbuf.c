/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The buffers of a receive queue.  A buffer is one cluster, or, for a device
 * that cannot merge buffers, a chain of them that holds the largest packet.
 *
 * The ring never runs dry for want of memory: mbufs leave a buffer only when
 * others are there to take their place, loaded and ready.  Else the packet is
 * dropped, and the buffer goes back as it was.
 */
#include "net/if_vio_var.h"

#include "virtio/vio_vq.h"

/* The length of the mbufs of a buffer with nothing in it. */
static inline int
vioif_rx_total(const struct vioif_softc *sc)
{
	return (sc->vioif_rx_mbufs * sc->vioif_rx_size - sc->vioif_rx_pad);
}

void
vioif_rx_choose(struct vioif_softc *sc)
{
	int mtu = MAX(if_getmtu(sc->vioif_ifp), ETHERMTU);
	int need;
	bool tso;

	sc->vioif_rx_max = mtu + ETHER_HDR_LEN + ETHER_VLAN_ENCAP_LEN;
	sc->vioif_rx_mbufs = 1;
	need = sc->vioif_rx_pad + sc->vioif_hdr_size + sc->vioif_rx_max;
	tso = VIOIF_HAS(sc, VIOIF_GUEST_TSO);
	if (VIOIF_HAS(sc, VIOIF_F_CTRL_GUEST_OFFLOADS))
		tso = (vioif_guest_offloads(sc) & VIOIF_GUEST_TSO) != 0;
	if (VIOIF_HAS(sc, VIOIF_F_MRG_RXBUF)) {
		/* Long packets take as many as they need. */
		sc->vioif_rx_size =
		    need <= MCLBYTES && !tso ? MCLBYTES : MJUMPAGESIZE;
		return;
	}
	if (tso)
		/* 5.1.6.3.1 */
		need += VIOIF_FRAME_MAX - sc->vioif_rx_max;
	if (need <= MCLBYTES) {
		sc->vioif_rx_size = MCLBYTES;
	} else if (need <= MJUMPAGESIZE) {
		sc->vioif_rx_size = MJUMPAGESIZE;
	} else if (need <= MJUM9BYTES) {
		sc->vioif_rx_size = MJUM9BYTES;
	} else if (need <= MJUM16BYTES) {
		sc->vioif_rx_size = MJUM16BYTES;
	} else {
		sc->vioif_rx_size = MJUMPAGESIZE;
		sc->vioif_rx_mbufs = howmany(need, MJUMPAGESIZE);
	}
}

/* A chain of n clusters, 1 or more, with nothing in it. */
static struct mbuf *
vioif_rx_chain(const struct vioif_softc *sc, int n)
{
	struct mbuf *head, *m;

	head = m = m_getjcl(M_NOWAIT, MT_DATA, M_PKTHDR, sc->vioif_rx_size);
	if (head == NULL)
		return (NULL);
	for (; n > 1; n--, m = m->m_next) {
		m->m_len = sc->vioif_rx_size;
		m->m_next = m_getjcl(M_NOWAIT, MT_DATA, 0, sc->vioif_rx_size);
		if (m->m_next == NULL) {
			m_freem(head);
			return (NULL);
		}
	}
	m->m_len = sc->vioif_rx_size;
	head->m_data += sc->vioif_rx_pad;
	head->m_len -= sc->vioif_rx_pad;
	head->m_pkthdr.len = vioif_rx_total(sc);
	return (head);
}

/*
 * Loads a chain into the spare map: 0, with its segments, the first of which
 * counts from `first`; or an errno.
 */
static int
vioif_rx_load(struct vioif_rxq *q, struct mbuf *m, int *first, int *nsegs)
{
	bus_dma_segment_t *segs = q->vrx_spare_segs;
	int hdr = q->vrx_sc->vioif_hdr_size;
	int error;

	error = bus_dmamap_load_mbuf_sg(q->vrx_tag, q->vrx_spare, m, &segs[1],
	    nsegs, BUS_DMA_NOWAIT);
	if (error != 0)
		return (error);
	*first = 1;
	/* 5.1.6.3.2, 2.7.4.4: old devices want the header on its own. */
	if (q->vrx_sc->vioif_split &&
	    !VIOIF_HAS(q->vrx_sc, VIOIF_F_MRG_RXBUF) &&
	    segs[1].ds_len > (bus_size_t)hdr) {
		segs[0].ds_addr = segs[1].ds_addr;
		segs[0].ds_len = hdr;
		segs[1].ds_addr += hdr;
		segs[1].ds_len -= hdr;
		*first = 0;
		*nsegs += 1;
	}
	return (0);
}

/* What the spare map holds becomes the buffer's. */
static void
vioif_rx_swap(struct vioif_rxq *q, struct vioif_rxbuf *buf, int first,
    int nsegs)
{
	bus_dma_segment_t *segs = buf->vrb_segs;
	bus_dmamap_t map = buf->vrb_map;

	buf->vrb_map = q->vrx_spare;
	buf->vrb_segs = q->vrx_spare_segs;
	buf->vrb_first = first;
	buf->vrb_nsegs = nsegs;
	q->vrx_spare = map;
	q->vrx_spare_segs = segs;
}

void
vioif_rx_recycle(struct vioif_rxq *q, struct vioif_rxbuf *buf)
{
	int error __unused;

	bus_dmamap_sync(q->vrx_tag, buf->vrb_map, BUS_DMASYNC_PREREAD);
	error = vio_vq_enqueue(q->vrx_vq, buf, &buf->vrb_segs[buf->vrb_first],
	    0, buf->vrb_nsegs);
	/*
	 * There is room: the chain has just come back, or has never been
	 * there.  A queue that is broken keeps its buffers until the drain.
	 */
	KASSERT(error == 0 || error == EIO,
	    ("%s: %d segments: error %d", __func__, buf->vrb_nsegs, error));
}

struct mbuf *
vioif_rx_take(struct vioif_rxq *q, struct vioif_rxbuf *buf, int bytes)
{
	struct mbuf *fresh, *last, *m = buf->vrb_m, *rest;
	int error, first, n, nsegs;

	n = 1;
	last = m;
	for (bytes -= m->m_len; bytes > 0; bytes -= last->m_len) {
		last = last->m_next;
		n++;
	}
	fresh = vioif_rx_chain(q->vrx_sc, n);
	if (fresh == NULL) {
		vioif_rx_recycle(q, buf);
		return (NULL);
	}
	/* The mbufs that the packet has not reached go on serving. */
	rest = last->m_next;
	last->m_next = NULL;
	m_last(fresh)->m_next = rest;
	error = vioif_rx_load(q, fresh, &first, &nsegs);
	if (error != 0) {
		m_last(m)->m_next = rest;
		for (last = fresh; n > 1; n--)
			last = last->m_next;
		last->m_next = NULL;
		m_freem(fresh);
		vioif_rx_recycle(q, buf);
		return (NULL);
	}
	bus_dmamap_unload(q->vrx_tag, buf->vrb_map);
	vioif_rx_swap(q, buf, first, nsegs);
	buf->vrb_m = fresh;
	vioif_rx_recycle(q, buf);
	return (m);
}

int
vioif_rx_fill(struct vioif_rxq *q)
{
	struct vioif_softc *sc = q->vrx_sc;
	struct vioif_rxbuf *buf;
	struct mbuf *m;
	int first, i, nsegs;

	VIOIF_RX_ASSERT(q);
	for (i = 0; i < q->vrx_use && q->vrx_missing > 0; i++) {
		buf = &q->vrx_bufs[i];
		if (buf->vrb_m != NULL)
			continue;
		m = vioif_rx_chain(sc, sc->vioif_rx_mbufs);
		if (m == NULL)
			break;
		if (vioif_rx_load(q, m, &first, &nsegs) != 0) {
			m_freem(m);
			break;
		}
		if (!vio_vq_fits(q->vrx_vq, nsegs)) {
			/* As many as there is room for, then. */
			bus_dmamap_unload(q->vrx_tag, q->vrx_spare);
			m_freem(m);
			q->vrx_use -= q->vrx_missing;
			q->vrx_missing = 0;
			break;
		}
		vioif_rx_swap(q, buf, first, nsegs);
		buf->vrb_m = m;
		q->vrx_missing--;
		vioif_rx_recycle(q, buf);
	}
	return (q->vrx_use > q->vrx_missing ? 0 : ENOBUFS);
}

void
vioif_rx_tell(struct vioif_rxq *q)
{
	if (vio_vq_notify(q->vrx_vq))
		q->vrx_stats.vrs_notifications++;
}

void
vioif_rx_drain(struct vioif_rxq *q)
{
	struct vioif_rxbuf *buf;
	int i;

	VIOIF_RX_ASSERT(q);
	while (vio_vq_drain(q->vrx_vq) != NULL)
		;
	for (i = 0; i < q->vrx_nbufs; i++) {
		buf = &q->vrx_bufs[i];
		if (buf->vrb_m == NULL)
			continue;
		/* The device may have written there, whatever it says. */
		bus_dmamap_sync(q->vrx_tag, buf->vrb_map, BUS_DMASYNC_POSTREAD);
		bus_dmamap_unload(q->vrx_tag, buf->vrb_map);
		m_freem(buf->vrb_m);
		buf->vrb_m = NULL;
	}
	q->vrx_use = q->vrx_missing = 0;
}
