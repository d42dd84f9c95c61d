/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Up, down, and a device that does not do as it should.
 *
 * From attach on the device is live (DRIVER_OK): it tells of its link and
 * takes commands.  Up, it has receive buffers as well.  Only a reset gets
 * those back, so down is a reset, after which the device is live again.
 *
 * A device that sits on packets, asks for a reset or does not answer is reset;
 * so is one that lies, but not for ever.  What led nowhere often enough is
 * given up, until somebody takes the interface down and up.
 */
#include "net/if_vio_var.h"

#include "virtio/vio_vq.h"

#include "vio_bus_if.h"

/*
 * --- stop and go ---
 */

/* Nobody touches the rings any more.  Packets may wait, if `wait`. */
static void
vioif_freeze(struct vioif_softc *sc, bool wait)
{
	struct vioif_rxq *rx;
	struct vioif_txq *tx;
	int i;

	for (i = 0; i < sc->vioif_npairs; i++) {
		rx = &sc->vioif_pairs[i].vp_rx;
		VIOIF_RX_LOCK(rx);
		rx->vrx_active = false;
		VIOIF_RX_UNLOCK(rx);
		tx = &sc->vioif_pairs[i].vp_tx;
		VIOIF_TX_LOCK(tx);
		tx->vtx_active = false;
		if (!wait && tx->vtx_br != NULL) {
			tx->vtx_up = false;
			vioif_tx_flush(tx);
		}
		VIOIF_TX_UNLOCK(tx);
	}
}

static void
vioif_drain(struct vioif_softc *sc)
{
	struct vioif_rxq *rx;
	struct vioif_txq *tx;
	int i;

	for (i = 0; i < sc->vioif_npairs; i++) {
		rx = &sc->vioif_pairs[i].vp_rx;
		tx = &sc->vioif_pairs[i].vp_tx;
		if (rx->vrx_vq != NULL && rx->vrx_bufs != NULL) {
			VIOIF_RX_LOCK(rx);
			vioif_rx_drain(rx);
			VIOIF_RX_UNLOCK(rx);
		}
		if (tx->vtx_vq != NULL && tx->vtx_bufs != NULL) {
			VIOIF_TX_LOCK(tx);
			vioif_tx_drain(tx);
			VIOIF_TX_UNLOCK(tx);
		}
	}
	if (sc->vioif_ctrl_vq != NULL)
		while (vio_vq_drain(sc->vioif_ctrl_vq) != NULL)
			;
}

/* Stops the device; `wait`: only for a moment. */
static void
vioif_stop(struct vioif_softc *sc, bool wait)
{
	VIOIF_CTL_ASSERT(sc);
	vioif_freeze(sc, wait);
	if_setdrvflagbits(sc->vioif_ifp, 0, IFF_DRV_RUNNING);
	callout_stop(&sc->vioif_tick);
	if ((sc->vioif_flags & VIOIF_LIVE) != 0)
		VIO_BUS_STOP(device_get_parent(sc->vioif_dev));
	sc->vioif_flags &= ~(VIOIF_LIVE | VIOIF_UP);
	vioif_drain(sc);
}

void
vioif_halt(struct vioif_softc *sc)
{
	vioif_stop(sc, false);
}

/* Brings a stopped device back, without buffers. */
static int
vioif_revive(struct vioif_softc *sc)
{
	device_t bus = device_get_parent(sc->vioif_dev);
	int error;

	VIOIF_CTL_ASSERT(sc);
	if ((sc->vioif_flags & VIOIF_LIVE) != 0)
		return (0);
	error = vioif_renegotiate(sc);
	if (error == 0)
		error = VIO_BUS_REINIT(bus);
	if (error != 0) {
		VIO_BUS_STOP(bus);
		device_printf(sc->vioif_dev,
		    "the device does not come back: %d\n", error);
		return (error);
	}
	sc->vioif_ctrl_dead = false;
	vioif_filter_reset(sc);
	VIO_BUS_DRIVER_OK(bus);
	sc->vioif_flags |= VIOIF_LIVE;
	return (0);
}

/* Tells the device all that it has to know before the first packet. */
static void
vioif_configure(struct vioif_softc *sc)
{
	int i;

	if (vioif_set_mac(sc) != 0)
		device_printf(sc->vioif_dev,
		    "the device keeps its own address\n");
	if (VIOIF_HAS(sc, VIOIF_F_CTRL_GUEST_OFFLOADS))
		(void)vioif_set_offloads(sc);
	vioif_set_filter(sc);
	vioif_set_vlans(sc);
	vioif_set_pairs(sc);
	for (i = 0; i < (int)nitems(sc->vioif_coal); i++)
		if ((sc->vioif_coal[i].max_packets |
			sc->vioif_coal[i].max_usecs) != 0)
			(void)vioif_set_coal(sc, i);
}

/* Gives a queue its buffers: 0, or ENOBUFS when there are none at all. */
static int
vioif_start_rxq(struct vioif_rxq *q)
{
	struct vioif_softc *sc = q->vrx_sc;
	int error;

	VIOIF_RX_LOCK(q);
	q->vrx_use = sc->vioif_rx_mbufs > 1 ? MIN(q->vrx_nbufs, VIOIF_RX_BIG) :
					      q->vrx_nbufs;
	q->vrx_missing = q->vrx_use;
	error = vioif_rx_fill(q);
	VIOIF_RX_UNLOCK(q);
	return (error);
}

static void
vioif_release_pair(struct vioif_pair *pair)
{
	struct vioif_rxq *rx = &pair->vp_rx;
	struct vioif_txq *tx = &pair->vp_tx;
	bool waiting;

	VIOIF_TX_LOCK(tx);
	tx->vtx_up = tx->vtx_active = true;
	vio_vq_intr_disable(tx->vtx_vq);
	vioif_tx_start(tx);
	VIOIF_TX_UNLOCK(tx);

	VIOIF_RX_LOCK(rx);
	rx->vrx_active = true;
	vioif_rx_tell(rx);
	waiting = vio_vq_intr_enable(rx->vrx_vq);
	VIOIF_RX_UNLOCK(rx);
	if (waiting)
		taskqueue_enqueue(pair->vp_tq, &rx->vrx_task);
}

static void
vioif_retry(void *arg)
{
	vioif_post(arg, VIOIF_EV_RETRY);
}

int
vioif_up(struct vioif_softc *sc)
{
	int error, i;

	VIOIF_CTL_ASSERT(sc);
	if ((sc->vioif_flags & VIOIF_AWAY) != 0)
		return (ENXIO);
	if ((sc->vioif_flags & VIOIF_UP) != 0)
		return (0);
	/* Capabilities may have changed while it was down. */
	if (vioif_features_now(sc) != sc->vioif_features)
		vioif_stop(sc, true);
	error = vioif_revive(sc);
	if (error != 0)
		goto fail;
	vioif_use_capabilities(sc);
	vioif_configure(sc);
	vioif_rx_choose(sc);
	for (i = 0; i < sc->vioif_active && error == 0; i++)
		error = vioif_start_rxq(&sc->vioif_pairs[i].vp_rx);
	if (error != 0) {
		device_printf(sc->vioif_dev, "no receive buffers\n");
		goto fail;
	}
	sc->vioif_flags |= VIOIF_UP;
	if_setdrvflagbits(sc->vioif_ifp, IFF_DRV_RUNNING, IFF_DRV_OACTIVE);
	for (i = 0; i < sc->vioif_active; i++)
		vioif_release_pair(&sc->vioif_pairs[i]);
	callout_reset(&sc->vioif_tick, hz, vioif_tick, sc);
	vioif_look_at_link(sc);
	return (0);

fail:
	vioif_stop(sc, false);
	vioif_look_at_link(sc);
	/* There may be memory later. */
	if (error == ENOBUFS)
		callout_reset(&sc->vioif_tick, hz, vioif_retry, sc);
	return (error);
}

void
vioif_down(struct vioif_softc *sc)
{
	VIOIF_CTL_ASSERT(sc);
	if ((sc->vioif_flags & VIOIF_UP) == 0)
		return;
	vioif_stop(sc, false);
	if ((sc->vioif_flags & VIOIF_AWAY) == 0)
		(void)vioif_revive(sc);
	vioif_look_at_link(sc);
}

void
vioif_restart(struct vioif_softc *sc)
{
	VIOIF_CTL_ASSERT(sc);
	if ((sc->vioif_flags & VIOIF_UP) == 0)
		return;
	vioif_stop(sc, true);
	(void)vioif_up(sc);
}

int
vioif_resumed(struct vioif_softc *sc)
{
	int error;

	if ((if_getflags(sc->vioif_ifp) & IFF_UP) != 0)
		return (vioif_up(sc));
	error = vioif_revive(sc);
	vioif_look_at_link(sc);
	return (error);
}

/* ifnet(9): an address was assigned, and the interface is to be up. */
void
vioif_init(void *arg)
{
	struct vioif_softc *sc = arg;

	sx_xlock(&sc->vioif_ctl);
	(void)vioif_up(sc);
	sx_xunlock(&sc->vioif_ctl);
}

/*
 * --- trouble ---
 */

void
vioif_post(struct vioif_softc *sc, u_int event)
{
	atomic_set_int(&sc->vioif_events, event);
	taskqueue_enqueue(taskqueue_thread, &sc->vioif_task);
}

/* Packets that ever came and went. */
static uint64_t
vioif_moved(const struct vioif_softc *sc)
{
	const struct vioif_pair *pair;
	uint64_t n = 0;
	int i;

	for (i = 0; i < sc->vioif_npairs; i++) {
		pair = &sc->vioif_pairs[i];
		n += pair->vp_rx.vrx_stats.vrs_packets +
		    pair->vp_tx.vtx_stats.vts_packets -
		    pair->vp_tx.vtx_stats.vts_lost -
		    (pair->vp_tx.vtx_nbufs - pair->vp_tx.vtx_nfree);
	}
	return (n);
}

static void
vioif_recover(struct vioif_softc *sc, bool lie)
{
	uint64_t moved = vioif_moved(sc);
	bool up = (sc->vioif_flags & VIOIF_UP) != 0;
	bool give_up;

	if ((sc->vioif_flags & VIOIF_AWAY) != 0 ||
	    (sc->vioif_flags & VIOIF_LIVE) == 0)
		return;
	sc->vioif_futile = moved != sc->vioif_moved ? 0 : sc->vioif_futile + 1;
	sc->vioif_moved = moved;
	if (lie)
		sc->vioif_lies++;
	give_up = sc->vioif_futile > sc->vioif_retries ||
	    sc->vioif_lies > sc->vioif_retries;
	sc->vioif_resets++;
	device_printf(sc->vioif_dev, "%s\n",
	    give_up ? "resets are of no use: given up" : "reset");
	vioif_stop(sc, !give_up);
	if (give_up) {
		sc->vioif_flags |= VIOIF_BROKEN;
		vioif_look_at_link(sc);
	} else if (up) {
		(void)vioif_up(sc);
	} else {
		(void)vioif_revive(sc);
	}
}

/* 5.1.6.5.4.1: says where we are, then that it was said. */
static void
vioif_announce(struct vioif_softc *sc)
{
	/* Not with the lock: handlers have locks of their own. */
	EVENTHANDLER_INVOKE(iflladdr_event, sc->vioif_ifp);
	sx_xlock(&sc->vioif_ctl);
	sc->vioif_announces++;
	if ((sc->vioif_flags & VIOIF_AWAY) == 0)
		(void)vioif_ctrl(sc, VIOIF_CTRL_ANNOUNCE,
		    VIOIF_CTRL_ANNOUNCE_ACK, NULL, 0);
	sx_xunlock(&sc->vioif_ctl);
}

void
vioif_task_run(void *arg, int pending)
{
	struct vioif_softc *sc = arg;
	u_int events;

	sx_xlock(&sc->vioif_ctl);
	events = atomic_readandclear_int(&sc->vioif_events);
	if ((events & (VIOIF_EV_RESET | VIOIF_EV_LIE)) != 0)
		vioif_recover(sc, (events & VIOIF_EV_LIE) != 0);
	if ((sc->vioif_flags & VIOIF_AWAY) != 0)
		events = 0;
	if ((events & VIOIF_EV_RETRY) != 0 &&
	    (if_getflags(sc->vioif_ifp) & IFF_UP) != 0)
		(void)vioif_up(sc);
	if ((events & VIOIF_EV_CONFIG) != 0)
		vioif_look_at_link(sc);
	sx_xunlock(&sc->vioif_ctl);
	if ((events & VIOIF_EV_ANNOUNCE) != 0)
		vioif_announce(sc);
}

/* True when the device has had packets for too long. */
static bool
vioif_tick_tx(struct vioif_txq *q)
{
	bool late = false;

	VIOIF_TX_LOCK(q);
	if (q->vtx_active) {
		/* Here the last packets of a burst are freed. */
		vioif_tx_reclaim(q);
		vioif_tx_start(q);
		if (q->vtx_watchdog > 0 && --q->vtx_watchdog == 0)
			late = true;
	}
	VIOIF_TX_UNLOCK(q);
	return (late);
}

static void
vioif_tick_rx(struct vioif_rxq *q)
{
	VIOIF_RX_LOCK(q);
	if (q->vrx_active && q->vrx_missing > 0) {
		(void)vioif_rx_fill(q);
		vioif_rx_tell(q);
	}
	VIOIF_RX_UNLOCK(q);
}

/* Once a second while packets flow. */
void
vioif_tick(void *arg)
{
	struct vioif_softc *sc = arg;
	bool late = false;
	int i;

	if ((sc->vioif_flags & VIOIF_UP) == 0)
		return;
	for (i = 0; i < sc->vioif_active; i++) {
		vioif_tick_rx(&sc->vioif_pairs[i].vp_rx);
		late |= vioif_tick_tx(&sc->vioif_pairs[i].vp_tx);
	}
	if (late) {
		device_printf(sc->vioif_dev,
		    "packets not sent within %d seconds\n", sc->vioif_timeout);
		vioif_post(sc, VIOIF_EV_RESET);
	}
	callout_schedule(&sc->vioif_tick, hz);
}
