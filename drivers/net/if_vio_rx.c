/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The way of a packet in.
 *
 * Whoever finds packets, an interrupt or the taskqueue, takes a batch off the
 * ring with the queue's lock, hands it to the stack without, and looks again.
 * Meanwhile vrx_busy keeps others away, so that packets stay in order; what
 * they came for is found by the last look behind vio_vq_intr_enable().
 *
 * The device writes into clusters, which go to the stack as they are.  A small
 * packet is copied instead: an mbuf of its own is cheaper than a new cluster
 * and a new map, and the buffer goes back at once.
 */
#include "net/if_vio_var.h"

#include <net/if_vlan_var.h>

#include "virtio/vio_vq.h"

/* Frames up to this length fit an mbuf without a cluster. */
#define VIOIF_COPY_MAX ((int)MHLEN - ETHER_ALIGN)

/* Packets on their way to the stack, linked by m_nextpkt. */
struct vioif_batch {
	struct mbuf *vba_head;
	struct mbuf **vba_tail;
	int vba_count; /* of the ring; some may have been dropped */
};

/* The device has lied.  Nothing of this queue is believed any more. */
static int
vioif_rx_lie(struct vioif_rxq *q, const char *what, uint32_t value)
{
	q->vrx_active = false;
	q->vrx_stats.vrs_lies++;
	device_printf(q->vrx_sc->vioif_dev,
	    "receive queue %d: the device lies: %s %u\n", q->vrx_index, what,
	    value);
	vioif_post(q->vrx_sc, VIOIF_EV_LIE);
	return (EIO);
}

/* The next used buffer: 0, EAGAIN, or EIO for a lie. */
static int
vioif_rx_next(struct vioif_rxq *q, struct vioif_rxbuf **bufp, uint32_t *len)
{
	void *cookie;
	int error;

	error = vio_vq_dequeue(q->vrx_vq, &cookie, len);
	if (__predict_false(error != 0)) {
		/* The virtqueue has said what it thinks of it. */
		if (error == EIO) {
			q->vrx_active = false;
			q->vrx_stats.vrs_lies++;
			vioif_post(q->vrx_sc, VIOIF_EV_LIE);
		}
		return (error);
	}
	*bufp = cookie;
	bus_dmamap_sync(q->vrx_tag, (*bufp)->vrb_map, BUS_DMASYNC_POSTREAD);
	return (0);
}

/* A packet of one buffer, `len` bytes behind its header. */
static struct mbuf *
vioif_rx_single(struct vioif_rxq *q, struct vioif_rxbuf *buf, int len)
{
	struct vioif_softc *sc = q->vrx_sc;
	struct mbuf *last, *m, *next;

	if (len <= VIOIF_COPY_MAX) {
		m = m_gethdr(M_NOWAIT, MT_DATA);
		if (m != NULL) {
			m->m_data += ETHER_ALIGN;
			memcpy(mtod(m, void *),
			    mtod(buf->vrb_m, char *) + sc->vioif_hdr_size, len);
			m->m_len = m->m_pkthdr.len = len;
			q->vrx_stats.vrs_copied++;
		} else {
			q->vrx_stats.vrs_no_mbuf++;
		}
		vioif_rx_recycle(q, buf);
		return (m);
	}
	m = vioif_rx_take(q, buf, sc->vioif_hdr_size + len);
	if (m == NULL) {
		q->vrx_stats.vrs_no_mbuf++;
		return (NULL);
	}
	m->m_data += sc->vioif_hdr_size;
	m->m_len -= sc->vioif_hdr_size;
	m->m_pkthdr.len = len;
	for (last = m; last->m_len < len; last = next) {
		next = last->m_next;
		len -= last->m_len;
	}
	last->m_len = len;
	return (m);
}

/*
 * A packet of n buffers, of which the first is `buf` with `len` bytes behind
 * the header: 0, with the packet or NULL if it was dropped, or EIO for a lie.
 * All of its buffers come back to us whatever becomes of it.
 */
static int
vioif_rx_merge(struct vioif_rxq *q, struct vioif_rxbuf *buf, int len, int n,
    struct mbuf **mp)
{
	struct mbuf *head, *m, *tail;
	uint32_t part;
	int error, i;

	head = tail = vioif_rx_take(q, buf, q->vrx_sc->vioif_hdr_size + len);
	if (head != NULL) {
		head->m_data += q->vrx_sc->vioif_hdr_size;
		head->m_len = len;
	}
	for (i = 1; i < n; i++) {
		error = vioif_rx_next(q, &buf, &part);
		/* 5.1.6.4.1: all are used together. */
		if (error == EAGAIN)
			error = vioif_rx_lie(q, "number of buffers", n);
		if (error == 0 && part == 0) {
			vioif_rx_recycle(q, buf);
			error = vioif_rx_lie(q, "used length", 0);
		}
		if (error != 0) {
			m_freem(head);
			return (error);
		}
		len += part;
		if (head == NULL || len > VIOIF_FRAME_MAX) {
			vioif_rx_recycle(q, buf);
			continue;
		}
		m = vioif_rx_take(q, buf, part);
		if (m == NULL) {
			m_freem(head);
			head = NULL;
			continue;
		}
		m->m_flags &= ~M_PKTHDR;
		m->m_len = part;
		tail->m_next = m;
		tail = m;
	}
	if (head == NULL) {
		q->vrx_stats.vrs_no_mbuf++;
	} else if (len > VIOIF_FRAME_MAX) {
		q->vrx_stats.vrs_long++;
		m_freem(head);
		head = NULL;
	} else {
		head->m_pkthdr.len = len;
	}
	*mp = head;
	return (0);
}

/* 802.1Q: the tag, out of the frame and into the packet header. */
static void
vioif_rx_untag(struct mbuf *m)
{
	struct ether_vlan_header *evl;

	evl = mtod(m, struct ether_vlan_header *);
	if (m->m_len < (int)sizeof(*evl) ||
	    evl->evl_encap_proto != htons(ETHERTYPE_VLAN))
		return;
	m->m_pkthdr.ether_vtag = ntohs(evl->evl_tag);
	m->m_flags |= M_VLANTAG;
	memmove((char *)evl + ETHER_VLAN_ENCAP_LEN, evl, 2 * ETHER_ADDR_LEN);
	m_adj(m, ETHER_VLAN_ENCAP_LEN);
}

/* Whether the stack may have the packet; else it is freed and counted. */
static bool
vioif_rx_finish(struct vioif_rxq *q, struct mbuf *m,
    const struct vioif_hdr *hdr)
{
	struct vioif_softc *sc = q->vrx_sc;
	int len = m->m_pkthdr.len;

	if (__predict_false(m->m_len < ETHER_HDR_LEN)) {
		q->vrx_stats.vrs_short++;
		m_freem(m);
		return (false);
	}
	if (__predict_false(
		hdr->gso_type == VIOIF_GSO_NONE && len > sc->vioif_rx_max)) {
		q->vrx_stats.vrs_long++;
		m_freem(m);
		return (false);
	}
	m->m_pkthdr.rcvif = sc->vioif_ifp;
	if ((hdr->flags | hdr->gso_type) != 0 &&
	    vioif_rx_offload(q, m, hdr) != 0) {
		q->vrx_stats.vrs_bad_offload++;
		m_freem(m);
		return (false);
	}
	vioif_rx_hash(q, m, hdr);
	if (sc->vioif_rx_vlan)
		vioif_rx_untag(m);
	q->vrx_stats.vrs_packets++;
	q->vrx_stats.vrs_bytes += len;
	return (true);
}

/* Takes one packet off the ring: 0, EAGAIN, or EIO for a lie. */
static int
vioif_rx_one(struct vioif_rxq *q, struct vioif_batch *batch)
{
	struct vioif_softc *sc = q->vrx_sc;
	struct vioif_rxbuf *buf;
	struct vioif_hdr hdr;
	struct mbuf *m;
	uint32_t len;
	int error, n;

	error = vioif_rx_next(q, &buf, &len);
	if (error != 0)
		return (error);
	batch->vba_count++;
	if (__predict_false(len < (uint32_t)sc->vioif_hdr_size)) {
		vioif_rx_recycle(q, buf);
		return (vioif_rx_lie(q, "used length", len));
	}
	/* The device could still write there: it is read once. */
	memcpy(&hdr, mtod(buf->vrb_m, void *), sc->vioif_hdr_size);
	__compiler_membar();
	n = VIOIF_HAS(sc, VIOIF_F_MRG_RXBUF) ? le16toh(hdr.num_buffers) : 1;
	if (__predict_true(n == 1)) {
		m = vioif_rx_single(q, buf, len - sc->vioif_hdr_size);
	} else if (n == 0) {
		vioif_rx_recycle(q, buf);
		return (vioif_rx_lie(q, "number of buffers", n));
	} else {
		error = vioif_rx_merge(q, buf, len - sc->vioif_hdr_size, n, &m);
		if (error != 0)
			return (error);
	}
	if (m != NULL && vioif_rx_finish(q, m, &hdr)) {
		*batch->vba_tail = m;
		batch->vba_tail = &m->m_nextpkt;
	}
	return (0);
}

/* Hands packets to the stack.  Not locked, but by vrx_busy. */
static void
vioif_rx_deliver(struct vioif_rxq *q, struct mbuf *m)
{
	if_t ifp = q->vrx_sc->vioif_ifp;
	struct mbuf *next;

	if (!q->vrx_sc->vioif_rx_lro) {
		if (m != NULL)
			if_input(ifp, m);
		return;
	}
	for (; m != NULL; m = next) {
		next = m->m_nextpkt;
		m->m_nextpkt = NULL;
		/* What the device has put together is long enough. */
		if (m->m_pkthdr.lro_nsegs > 1 ||
		    (m->m_pkthdr.csum_flags & CSUM_DATA_VALID) == 0 ||
		    tcp_lro_rx(&q->vrx_lro, m, 0) != 0)
			if_input(ifp, m);
	}
	tcp_lro_flush_all(&q->vrx_lro);
}

/* Takes packets off the ring until there are none, or enough. */
static void
vioif_rx_collect(struct vioif_rxq *q, int limit, struct vioif_batch *batch)
{
	batch->vba_head = NULL;
	batch->vba_tail = &batch->vba_head;
	batch->vba_count = 0;
	while (batch->vba_count < limit && vioif_rx_one(q, batch) == 0)
		;
	if (batch->vba_count > 0) {
		if (__predict_false(q->vrx_missing > 0))
			(void)vioif_rx_fill(q);
		vioif_rx_tell(q);
	}
}

bool
vioif_rx_turn(struct vioif_rxq *q, int limit)
{
	struct vioif_batch batch;
	bool more = false;

	VIOIF_RX_LOCK(q);
	if (q->vrx_busy) {
		VIOIF_RX_UNLOCK(q);
		return (false);
	}
	q->vrx_busy = true;
	while (q->vrx_active) {
		vio_vq_intr_disable(q->vrx_vq);
		vioif_rx_collect(q, MIN(limit, VIOIF_RX_BATCH), &batch);
		if (batch.vba_head != NULL) {
			VIOIF_RX_UNLOCK(q);
			vioif_rx_deliver(q, batch.vba_head);
			VIOIF_RX_LOCK(q);
		}
		if (!q->vrx_active)
			break;
		limit -= batch.vba_count;
		if (limit <= 0) {
			/* Interrupts stay off: somebody will be back. */
			more = true;
			break;
		}
		if (batch.vba_count < VIOIF_RX_BATCH &&
		    !vio_vq_intr_enable(q->vrx_vq))
			break;
	}
	q->vrx_busy = false;
	VIOIF_RX_UNLOCK(q);
	return (more);
}

/* Packets sent wait for the next one to be freed; better not for long. */
static void
vioif_rx_help_tx(struct vioif_pair *pair)
{
	struct vioif_txq *tx = &pair->vp_tx;

	if (tx->vtx_nfree == tx->vtx_nbufs || !VIOIF_TX_TRYLOCK(tx))
		return;
	if (tx->vtx_active) {
		vioif_tx_reclaim(tx);
		vioif_tx_start(tx);
	}
	VIOIF_TX_UNLOCK(tx);
}

void
vioif_rx_intr(void *arg)
{
	struct vioif_rxq *q = arg;
	struct vioif_pair *pair = vioif_rx_pair(q);

	q->vrx_stats.vrs_interrupts++;
	if (vioif_rx_turn(q, q->vrx_sc->vioif_rx_limit)) {
		q->vrx_stats.vrs_deferred++;
		taskqueue_enqueue(pair->vp_tq, &q->vrx_task);
	}
	vioif_rx_help_tx(pair);
}

void
vioif_rx_deferred(void *arg, int pending)
{
	struct vioif_rxq *q = arg;
	struct vioif_pair *pair = vioif_rx_pair(q);

	if (vioif_rx_turn(q, q->vrx_sc->vioif_rx_limit))
		taskqueue_enqueue(pair->vp_tq, &q->vrx_task);
	vioif_rx_help_tx(pair);
}
