/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The way of a packet out.
 *
 * Whoever brings a packet sends it, if the queue's lock is free and nothing
 * waits; else the packet joins a buf_ring(9) and the taskqueue sees to it.
 * There are no interrupts for packets that were sent: they are freed when
 * there are some, by later packets, by packets that come in, or once a second.
 * Only when the ring is short of room is an interrupt asked for, and that late.
 */
#include "net/if_vio_var.h"

#include <sys/buf_ring.h>

#include <net/bpf.h>
#include <net/ifq.h>
#include <net/if_vlan_var.h>

#include "virtio/vio_vq.h"

/* Packets that were sent are freed in such numbers. */
#define VIOIF_RECLAIM 32

/*
 * --- the device's side ---
 */

static void
vioif_txbuf_free(struct vioif_txq *q, struct vioif_txbuf *buf)
{
	bus_dmamap_sync(q->vtx_tag, buf->vtb_map, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(q->vtx_tag, buf->vtb_map);
	m_freem(buf->vtb_m);
	buf->vtb_m = NULL;
	SLIST_INSERT_HEAD(&q->vtx_free, buf, vtb_link);
	q->vtx_nfree++;
}

void
vioif_tx_reclaim(struct vioif_txq *q)
{
	struct vioif_softc *sc = q->vtx_sc;
	void *cookie;
	uint32_t len;
	int error;

	VIOIF_TX_ASSERT(q);
	while ((error = vio_vq_dequeue(q->vtx_vq, &cookie, &len)) == 0) {
		vioif_txbuf_free(q, cookie);
		q->vtx_watchdog = sc->vioif_timeout;
	}
	if (q->vtx_nfree == q->vtx_nbufs)
		q->vtx_watchdog = 0;
	if (error == EIO) {
		q->vtx_active = false;
		q->vtx_stats.vts_lies++;
		vioif_post(sc, VIOIF_EV_LIE);
	}
}

void
vioif_tx_tell(struct vioif_txq *q)
{
	if (!q->vtx_dirty)
		return;
	q->vtx_dirty = false;
	if (vio_vq_notify(q->vtx_vq))
		q->vtx_stats.vts_notifications++;
}

void
vioif_tx_drain(struct vioif_txq *q)
{
	struct vioif_txbuf *buf;
	void *cookie;
	uint32_t len;

	VIOIF_TX_ASSERT(q);
	/* What was sent was sent, and is not lost. */
	while (vio_vq_dequeue(q->vtx_vq, &cookie, &len) == 0)
		vioif_txbuf_free(q, cookie);
	while ((buf = vio_vq_drain(q->vtx_vq)) != NULL) {
		q->vtx_stats.vts_lost++;
		vioif_txbuf_free(q, buf);
	}
	q->vtx_watchdog = 0;
	q->vtx_dirty = false;
}

void
vioif_tx_flush(struct vioif_txq *q)
{
	struct mbuf *m;

	while ((m = buf_ring_dequeue_sc(q->vtx_br)) != NULL)
		m_freem(m);
}

/*
 * --- one packet ---
 */

/* Has its header written in front of it, if there is room: one descriptor. */
static bool
vioif_tx_inline(const struct vioif_softc *sc, struct mbuf *m,
    const struct vioif_hdr *hdr)
{
	/* In front of what somebody else reads as well there is no room. */
	if (sc->vioif_split || M_LEADINGSPACE(m) < sc->vioif_hdr_size)
		return (false);
	m->m_data -= sc->vioif_hdr_size;
	m->m_len += sc->vioif_hdr_size;
	m->m_pkthdr.len += sc->vioif_hdr_size;
	memcpy(mtod(m, void *), hdr, sc->vioif_hdr_size);
	return (true);
}

/* Loads the packet, which may have to be put together: 0 or an errno. */
static int
vioif_tx_load(struct vioif_txq *q, struct vioif_txbuf *buf, struct mbuf **mp,
    int *nsegs)
{
	struct mbuf *m;
	int error;

	error = bus_dmamap_load_mbuf_sg(q->vtx_tag, buf->vtb_map, *mp,
	    &q->vtx_segs[1], nsegs, BUS_DMA_NOWAIT);
	if (__predict_true(error != EFBIG))
		return (error);
	m = m_collapse(*mp, M_NOWAIT, MAX(1, q->vtx_segmax / 2));
	if (m == NULL)
		m = m_defrag(*mp, M_NOWAIT);
	if (m == NULL)
		return (ENOBUFS);
	*mp = m;
	q->vtx_stats.vts_collapsed++;
	return (bus_dmamap_load_mbuf_sg(q->vtx_tag, buf->vtb_map, m,
	    &q->vtx_segs[1], nsegs, BUS_DMA_NOWAIT));
}

/* Puts header and packet on the ring; the packet is ours if that fails. */
static int
vioif_tx_enqueue(struct vioif_txq *q, struct mbuf **mp,
    const struct vioif_hdr *hdr)
{
	struct vioif_softc *sc = q->vtx_sc;
	struct vioif_txbuf *buf;
	bool inlined;
	int error, nsegs;

	buf = SLIST_FIRST(&q->vtx_free);
	inlined = vioif_tx_inline(sc, *mp, hdr);
	error = vioif_tx_load(q, buf, mp, &nsegs);
	if (error != 0)
		return (error);
	bus_dmamap_sync(q->vtx_tag, buf->vtb_map, BUS_DMASYNC_PREWRITE);
	if (inlined) {
		error =
		    vio_vq_enqueue(q->vtx_vq, buf, &q->vtx_segs[1], nsegs, 0);
	} else {
		memcpy(buf->vtb_hdr, hdr, sc->vioif_hdr_size);
		bus_dmamap_sync(q->vtx_hdr_tag, q->vtx_hdr_map,
		    BUS_DMASYNC_PREWRITE);
		q->vtx_segs[0].ds_addr = buf->vtb_hdr_addr;
		q->vtx_segs[0].ds_len = sc->vioif_hdr_size;
		error =
		    vio_vq_enqueue(q->vtx_vq, buf, q->vtx_segs, nsegs + 1, 0);
	}
	if (error != 0) {
		bus_dmamap_unload(q->vtx_tag, buf->vtb_map);
		return (error);
	}
	SLIST_REMOVE_HEAD(&q->vtx_free, vtb_link);
	q->vtx_nfree--;
	buf->vtb_m = *mp;
	return (0);
}

/* Whether it may be sent as it is; what it wants is added to the header. */
static int
vioif_tx_prepare(struct vioif_txq *q, struct mbuf *m, struct vioif_hdr *hdr)
{
	int error = 0;

	if (m->m_pkthdr.len < ETHER_HDR_LEN)
		return (EINVAL);
	if ((m->m_pkthdr.csum_flags & VIOIF_CSUM_ALL) != 0) {
		error = vioif_tx_offload(q, m, hdr);
		if (error != 0)
			q->vtx_stats.vts_bad_offload++;
	}
	/* 5.1.4.2: not longer than the device can pass on. */
	if (error == 0 && hdr->gso_type == VIOIF_GSO_NONE &&
	    m->m_pkthdr.len >
		q->vtx_sc->vioif_max_mtu + ETHER_HDR_LEN + ETHER_VLAN_ENCAP_LEN)
		error = EMSGSIZE;
	return (error);
}

int
vioif_tx_send(struct vioif_txq *q, struct mbuf *m)
{
	struct vioif_hdr hdr;
	bool mcast = (m->m_flags & M_MCAST) != 0;
	int error, len;

	VIOIF_TX_ASSERT(q);
	if ((m->m_flags & M_VLANTAG) != 0) {
		/* The device knows nothing of tags: they are in the frame. */
		m = ether_vlanencap(m, m->m_pkthdr.ether_vtag);
		if (m == NULL) {
			q->vtx_stats.vts_errors++;
			return (ENOBUFS);
		}
		m->m_flags &= ~M_VLANTAG;
	}
	memset(&hdr, 0, sizeof(hdr));
	error = vioif_tx_prepare(q, m, &hdr);
	if (error == 0) {
		ETHER_BPF_MTAP(q->vtx_sc->vioif_ifp, m);
		len = m->m_pkthdr.len;
		error = vioif_tx_enqueue(q, &m, &hdr);
	}
	if (error != 0) {
		q->vtx_stats.vts_errors++;
		m_freem(m);
		return (error);
	}
	q->vtx_dirty = true;
	q->vtx_stats.vts_packets++;
	q->vtx_stats.vts_bytes += len;
	if (mcast)
		q->vtx_stats.vts_mcasts++;
	if (q->vtx_watchdog == 0)
		q->vtx_watchdog = q->vtx_sc->vioif_timeout;
	return (0);
}

/*
 * --- the queue ---
 */

static inline bool
vioif_tx_fits(const struct vioif_txq *q)
{
	return (q->vtx_nfree > 0 && vio_vq_nfree(q->vtx_vq) >= q->vtx_room);
}

/*
 * Makes room.  False: there is none, and an interrupt comes when there is;
 * or the device has lied.
 */
bool
vioif_tx_has_room(struct vioif_txq *q)
{
	if (!q->vtx_active)
		return (false);
	if (q->vtx_nbufs - q->vtx_nfree >= VIOIF_RECLAIM || !vioif_tx_fits(q))
		vioif_tx_reclaim(q);
	if (__predict_true(vioif_tx_fits(q)))
		return (q->vtx_active);
	q->vtx_stats.vts_full++;
	while (q->vtx_active) {
		/* It must know of all, or it may never be done with them. */
		vioif_tx_tell(q);
		if (!vio_vq_intr_postpone(q->vtx_vq))
			return (false);
		vioif_tx_reclaim(q);
		if (vioif_tx_fits(q)) {
			vio_vq_intr_disable(q->vtx_vq);
			return (q->vtx_active);
		}
	}
	return (false);
}

void
vioif_tx_start(struct vioif_txq *q)
{
	if_t ifp = q->vtx_sc->vioif_ifp;
	struct mbuf *m;

	VIOIF_TX_ASSERT(q);
	if (!q->vtx_up) {
		vioif_tx_flush(q);
		return;
	}
	while (q->vtx_active && !drbr_empty(ifp, q->vtx_br) &&
	    vioif_tx_has_room(q)) {
		m = drbr_dequeue(ifp, q->vtx_br);
		if (m == NULL)
			break;
		(void)vioif_tx_send(q, m);
	}
	if (q->vtx_active)
		vioif_tx_tell(q);
}

static struct vioif_txq *
vioif_tx_pick(struct vioif_softc *sc, const struct mbuf *m)
{
	u_int n = sc->vioif_active, i;

	if (n <= 1)
		return (&sc->vioif_pairs[0].vp_tx);
	i = M_HASHTYPE_GET(m) != M_HASHTYPE_NONE ? m->m_pkthdr.flowid :
						   (u_int)curcpu;
	return (&sc->vioif_pairs[i % n].vp_tx);
}

/* Locked.  The packet is sent, waits, or is freed with an errno. */
static int
vioif_tx_take(struct vioif_txq *q, struct mbuf *m)
{
	if_t ifp = q->vtx_sc->vioif_ifp;
	int error;

	if (__predict_false(!q->vtx_up)) {
		m_freem(m);
		return (ENETDOWN);
	}
	if (drbr_empty(ifp, q->vtx_br) && vioif_tx_has_room(q)) {
		error = vioif_tx_send(q, m);
		if (q->vtx_active)
			vioif_tx_tell(q);
		return (error);
	}
	error = drbr_enqueue(ifp, q->vtx_br, m);
	if (error != 0)
		q->vtx_stats.vts_drops++;
	vioif_tx_start(q);
	return (error);
}

int
vioif_transmit(if_t ifp, struct mbuf *m)
{
	struct vioif_softc *sc = if_getsoftc(ifp);
	struct vioif_txq *q = vioif_tx_pick(sc, m);
	int error;

	if (__predict_true(VIOIF_TX_TRYLOCK(q))) {
		error = vioif_tx_take(q, m);
		VIOIF_TX_UNLOCK(q);
		return (error);
	}
	error = drbr_enqueue(ifp, q->vtx_br, m);
	if (error != 0)
		atomic_add_64(&q->vtx_stats.vts_drops, 1);
	/* Whoever has the lock may have looked already. */
	taskqueue_enqueue(sc->vioif_pairs[q->vtx_index].vp_tq, &q->vtx_task);
	return (error);
}

void
vioif_qflush(if_t ifp)
{
	struct vioif_softc *sc = if_getsoftc(ifp);
	struct vioif_txq *q;
	int i;

	for (i = 0; i < sc->vioif_npairs; i++) {
		q = &sc->vioif_pairs[i].vp_tx;
		VIOIF_TX_LOCK(q);
		vioif_tx_flush(q);
		VIOIF_TX_UNLOCK(q);
	}
	if_qflush(ifp);
}

void
vioif_tx_deferred(void *arg, int pending)
{
	struct vioif_txq *q = arg;

	VIOIF_TX_LOCK(q);
	q->vtx_stats.vts_deferred++;
	vioif_tx_start(q);
	VIOIF_TX_UNLOCK(q);
}

/* The ring was short of room; or the interrupt is shared. */
void
vioif_tx_intr(void *arg)
{
	struct vioif_txq *q = arg;

	VIOIF_TX_LOCK(q);
	q->vtx_stats.vts_interrupts++;
	if (q->vtx_active) {
		vio_vq_intr_disable(q->vtx_vq);
		vioif_tx_reclaim(q);
		vioif_tx_start(q);
	}
	VIOIF_TX_UNLOCK(q);
}
