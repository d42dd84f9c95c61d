/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Packets by polling: crash dumps and debuggers over the network (netdump(4),
 * debugnet(9)).  Nothing else runs meanwhile, no interrupt comes, and locks
 * are as if they were free.
 */
#include "net/if_vio_var.h"

#include "virtio/vio_vq.h"

#ifdef DEBUGNET

VIO_DEBUGNET_DEFINE(vioif);

/* What the other side needs: receive rings, and clusters for them. */
static void
VIO_DEBUGNET(vioif, init)(if_t ifp, int *nrxr, int *ncl, int *clsize)
{
	struct vioif_softc *sc = if_getsoftc(ifp);

	sx_xlock(&sc->vioif_ctl);
	/* One that is down will use at least one. */
	*nrxr = MAX(1, sc->vioif_active);
	*ncl = VIO_DEBUGNET_IN_FLIGHT;
	*clsize = sc->vioif_rx_size != 0 ? sc->vioif_rx_size : MJUMPAGESIZE;
	sx_xunlock(&sc->vioif_ctl);
}

static void
VIO_DEBUGNET(vioif, event)(if_t ifp, VIO_DEBUGNET_EVENT event)
{
	struct vioif_softc *sc = if_getsoftc(ifp);
	int i;

	/* Whoever was handing packets to the stack will not come back. */
	if (event == VIO_DEBUGNET_START)
		for (i = 0; i < sc->vioif_npairs; i++)
			sc->vioif_pairs[i].vp_rx.vrx_busy = false;
}

static int
VIO_DEBUGNET(vioif, transmit)(if_t ifp, struct mbuf *m)
{
	struct vioif_softc *sc = if_getsoftc(ifp);
	struct vioif_txq *q = &sc->vioif_pairs[0].vp_tx;
	int error;

	/* The packet is the caller's until it is sent. */
	VIOIF_TX_LOCK(q);
	if (!q->vtx_active)
		error = ENETDOWN;
	else if (!vioif_tx_has_room(q))
		error = EBUSY;
	else
		error = 0;
	if (error == 0) {
		error = vioif_tx_send(q, m);
		vioif_tx_tell(q);
	} else {
		m_freem(m);
	}
	VIOIF_TX_UNLOCK(q);
	return (error);
}

static int
VIO_DEBUGNET(vioif, poll)(if_t ifp, int count)
{
	struct vioif_softc *sc = if_getsoftc(ifp);
	struct vioif_pair *pair;
	int i;

	if ((sc->vioif_flags & VIOIF_UP) == 0)
		return (EBUSY);
	for (i = 0; i < sc->vioif_active; i++) {
		pair = &sc->vioif_pairs[i];
		VIOIF_TX_LOCK(&pair->vp_tx);
		if (pair->vp_tx.vtx_active)
			vioif_tx_reclaim(&pair->vp_tx);
		VIOIF_TX_UNLOCK(&pair->vp_tx);
		(void)vioif_rx_turn(&pair->vp_rx, sc->vioif_rx_limit);
	}
	return (0);
}

void
vioif_set_debugnet(struct vioif_softc *sc)
{
	VIO_DEBUGNET_SET(sc->vioif_ifp, vioif);
}

#else

void
vioif_set_debugnet(struct vioif_softc *sc)
{
	/* The kernel was built without. */
}

#endif
