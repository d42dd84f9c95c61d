/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver's ifnet(9): what it can do, what it is asked to, and what
 * it has counted.
 */
#include "net/if_vio_var.h"

#include <sys/sockio.h>

#include <net/if_types.h>
#include <net/if_vlan_var.h>

#include <netinet/ip.h>

#include "virtio/vio_vq.h"

/*
 * --- capabilities ---
 */

static int
vioif_capabilities(const struct vioif_softc *sc)
{
	int cap;

	cap = IFCAP_VLAN_MTU | IFCAP_VLAN_HWTAGGING | IFCAP_HWSTATS;
	if (sc->vioif_max_mtu > ETHERMTU)
		cap |= IFCAP_JUMBO_MTU;
	if (VIOIF_HAS(sc, VIOIF_F_STATUS))
		cap |= IFCAP_LINKSTATE;
	if (VIOIF_HAS(sc, VIOIF_F_CSUM))
		cap |= IFCAP_TXCSUM | IFCAP_TXCSUM_IPV6 | IFCAP_VLAN_HWCSUM;
	if (VIOIF_HAS(sc, VIOIF_F_HOST_TSO4))
		cap |= IFCAP_TSO4 | IFCAP_VLAN_HWTSO;
	if (VIOIF_HAS(sc, VIOIF_F_HOST_TSO6))
		cap |= IFCAP_TSO6 | IFCAP_VLAN_HWTSO;
	if (VIOIF_HAS(sc, VIOIF_F_GUEST_CSUM))
		cap |= IFCAP_RXCSUM | IFCAP_RXCSUM_IPV6 | IFCAP_LRO;
	if (VIOIF_HAS(sc, VIOIF_F_CTRL_VLAN))
		cap |= IFCAP_VLAN_HWFILTER;
	return (cap);
}

uint64_t
vioif_guest_offloads(const struct vioif_softc *sc)
{
	int cap = if_getcapenable(sc->vioif_ifp);
	uint64_t features = 0;

	if ((cap & (IFCAP_RXCSUM | IFCAP_RXCSUM_IPV6)) == 0)
		return (0);
	features = VIOIF_F_GUEST_CSUM;
	if ((cap & IFCAP_LRO) != 0)
		features |= VIOIF_GUEST_TSO | VIOIF_F_GUEST_ECN;
	return (features & sc->vioif_wanted);
}

/* The flags of packets that we take, by if_capenable. */
static uint64_t
vioif_hwassist(int cap)
{
	uint64_t assist = 0;

	if ((cap & IFCAP_TXCSUM) != 0)
		assist |= VIOIF_CSUM4;
	if ((cap & IFCAP_TXCSUM_IPV6) != 0)
		assist |= VIOIF_CSUM6;
	if ((cap & IFCAP_TSO4) != 0)
		assist |= CSUM_IP_TSO;
	if ((cap & IFCAP_TSO6) != 0)
		assist |= CSUM_IP6_TSO;
	return (assist);
}

void
vioif_use_capabilities(struct vioif_softc *sc)
{
	int cap = if_getcapenable(sc->vioif_ifp);

	if_sethwassist(sc->vioif_ifp, vioif_hwassist(cap));
	sc->vioif_rx_csum4 = (cap & IFCAP_RXCSUM) != 0;
	sc->vioif_rx_csum6 = (cap & IFCAP_RXCSUM_IPV6) != 0;
	sc->vioif_rx_vlan = (cap & IFCAP_VLAN_HWTAGGING) != 0;
	sc->vioif_rx_lro = (cap & IFCAP_LRO) != 0;
}

/* What depends on what has just been switched off goes as well. */
static int
vioif_consistent(int cap)
{
	if ((cap & IFCAP_TXCSUM) == 0)
		cap &= ~IFCAP_TSO4;
	if ((cap & IFCAP_TXCSUM_IPV6) == 0)
		cap &= ~IFCAP_TSO6;
	if ((cap & (IFCAP_TSO4 | IFCAP_TSO6)) == 0)
		cap &= ~IFCAP_VLAN_HWTSO;
	if ((cap & (IFCAP_RXCSUM | IFCAP_RXCSUM_IPV6)) == 0)
		cap &= ~IFCAP_LRO;
	return (cap);
}

/* Which of these changes cannot be made while packets flow. */
static bool
vioif_needs_restart(const struct vioif_softc *sc, int changed)
{
	/* The feature is there or it is not: its table filters either way. */
	if ((changed & IFCAP_VLAN_HWFILTER) != 0)
		return (true);
	if ((changed & (IFCAP_RXCSUM | IFCAP_RXCSUM_IPV6 | IFCAP_LRO)) == 0)
		return (false);
	/* With a command for it; but buffers may be of another kind then. */
	return (!VIOIF_HAS(sc, VIOIF_F_CTRL_GUEST_OFFLOADS) ||
	    ((changed & IFCAP_LRO) != 0 && !VIOIF_HAS(sc, VIOIF_F_MRG_RXBUF) &&
		(sc->vioif_wanted & VIOIF_GUEST_TSO) != 0));
}

static int
vioif_set_capabilities(struct vioif_softc *sc, int requested)
{
	if_t ifp = sc->vioif_ifp;
	int cap, changed, old = if_getcapenable(ifp);

	/* IFCAP_HWSTATS is not for the asking. */
	cap = requested & (if_getcapabilities(ifp) & ~IFCAP_HWSTATS);
	cap = vioif_consistent(cap | (old & IFCAP_HWSTATS));
	changed = cap ^ old;
	if (changed == 0)
		return (0);
	if_setcapenable(ifp, cap);
	vioif_use_capabilities(sc);
	if ((sc->vioif_flags & VIOIF_UP) == 0)
		return (0);
	if (!vioif_needs_restart(sc, changed)) {
		if ((changed &
			(IFCAP_RXCSUM | IFCAP_RXCSUM_IPV6 | IFCAP_LRO)) == 0 ||
		    vioif_set_offloads(sc) == 0)
			return (0);
	}
	vioif_restart(sc);
	return ((sc->vioif_flags & VIOIF_UP) != 0 ? 0 : EIO);
}

/*
 * --- requests ---
 */

static int
vioif_set_mtu(struct vioif_softc *sc, int mtu)
{
	if (mtu < VIOIF_MTU_MIN || mtu > sc->vioif_max_mtu)
		return (EINVAL);
	if (mtu == if_getmtu(sc->vioif_ifp))
		return (0);
	if_setmtu(sc->vioif_ifp, mtu);
	/* Buffers may be of another size now. */
	vioif_restart(sc);
	return (0);
}

static int
vioif_set_flags(struct vioif_softc *sc)
{
	bool up = (if_getflags(sc->vioif_ifp) & IFF_UP) != 0;

	if (!up) {
		vioif_down(sc);
		sc->vioif_flags &= ~VIOIF_BROKEN;
		sc->vioif_lies = sc->vioif_futile = 0;
		return (0);
	}
	if ((sc->vioif_flags & VIOIF_UP) != 0) {
		vioif_set_filter(sc);
		return (0);
	}
	/* It will be up when it is back, or is beyond help. */
	if ((sc->vioif_flags & (VIOIF_SUSPENDED | VIOIF_BROKEN)) != 0)
		return (0);
	return (vioif_up(sc));
}

/* The requests that change the device. */
static int
vioif_request(struct vioif_softc *sc, u_long cmd, struct ifreq *ifr)
{
	if ((sc->vioif_flags & VIOIF_GONE) != 0)
		return (ENXIO);
	switch (cmd) {
	case SIOCSIFMTU:
		return (vioif_set_mtu(sc, ifr->ifr_mtu));
	case SIOCSIFFLAGS:
		return (vioif_set_flags(sc));
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		if ((sc->vioif_flags & VIOIF_UP) != 0)
			vioif_set_filter(sc);
		return (0);
	default:
		return (vioif_set_capabilities(sc, ifr->ifr_reqcap));
	}
}

static int
vioif_ioctl(if_t ifp, u_long cmd, caddr_t data)
{
	struct vioif_softc *sc = if_getsoftc(ifp);
	struct ifreq *ifr = (struct ifreq *)data;
	int error;

	switch (cmd) {
	case SIOCSIFMTU:
	case SIOCSIFFLAGS:
	case SIOCADDMULTI:
	case SIOCDELMULTI:
	case SIOCSIFCAP:
		sx_xlock(&sc->vioif_ctl);
		error = vioif_request(sc, cmd, ifr);
		sx_xunlock(&sc->vioif_ctl);
		/* Not with the lock: vlan(4) calls us with its own. */
		if (cmd == SIOCSIFCAP)
			VLAN_CAPABILITIES(ifp);
		return (error);
	case SIOCSIFMEDIA:
	case SIOCGIFMEDIA:
		return (ifmedia_ioctl(ifp, ifr, &sc->vioif_media, cmd));
	default:
		return (ether_ioctl(ifp, cmd, data));
	}
}

/*
 * --- counters ---
 */

static uint64_t
vioif_rx_count(const struct vioif_rx_stats *st, ift_counter which)
{
	switch (which) {
	case IFCOUNTER_IPACKETS:
		return (st->vrs_packets);
	case IFCOUNTER_IBYTES:
		return (st->vrs_bytes);
	case IFCOUNTER_IQDROPS:
		return (st->vrs_no_mbuf);
	case IFCOUNTER_IERRORS:
		return (st->vrs_short + st->vrs_long + st->vrs_bad_offload +
		    st->vrs_lies);
	default:
		return (0);
	}
}

static uint64_t
vioif_tx_count(const struct vioif_tx_stats *st, ift_counter which)
{
	switch (which) {
	case IFCOUNTER_OPACKETS:
		return (st->vts_packets);
	case IFCOUNTER_OBYTES:
		return (st->vts_bytes);
	case IFCOUNTER_OMCASTS:
		return (st->vts_mcasts);
	case IFCOUNTER_OQDROPS:
		return (st->vts_drops);
	case IFCOUNTER_OERRORS:
		return (st->vts_errors + st->vts_lost);
	default:
		return (0);
	}
}

static uint64_t
vioif_get_counter(if_t ifp, ift_counter which)
{
	struct vioif_softc *sc = if_getsoftc(ifp);
	uint64_t n = 0;
	int i;

	switch (which) {
	case IFCOUNTER_IPACKETS:
	case IFCOUNTER_IBYTES:
	case IFCOUNTER_IQDROPS:
	case IFCOUNTER_IERRORS:
		for (i = 0; i < sc->vioif_npairs; i++)
			n += vioif_rx_count(&sc->vioif_pairs[i].vp_rx.vrx_stats,
			    which);
		return (n);
	case IFCOUNTER_OPACKETS:
	case IFCOUNTER_OBYTES:
	case IFCOUNTER_OMCASTS:
	case IFCOUNTER_OQDROPS:
	case IFCOUNTER_OERRORS:
		for (i = 0; i < sc->vioif_npairs; i++)
			n += vioif_tx_count(&sc->vioif_pairs[i].vp_tx.vtx_stats,
			    which);
		return (n);
	default:
		return (if_get_counter_default(ifp, which));
	}
}

/*
 * --- creation ---
 */

void
vioif_create_ifnet(struct vioif_softc *sc)
{
	if_t ifp = sc->vioif_ifp;
	int cap = vioif_capabilities(sc), segs;

	if_initname(ifp, device_get_name(sc->vioif_dev),
	    device_get_unit(sc->vioif_dev));
	if_setsoftc(ifp, sc);
	if_setflags(ifp, IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST);
	if_setinitfn(ifp, vioif_init);
	if_setioctlfn(ifp, vioif_ioctl);
	if_settransmitfn(ifp, vioif_transmit);
	if_setqflushfn(ifp, vioif_qflush);
	if_setgetcounterfn(ifp, vioif_get_counter);
	if_setbaudrate(ifp, IF_Gbps(10ULL));
	/* One for the header that may be in front, one to spare. */
	segs = MAX(1, sc->vioif_pairs[0].vp_tx.vtx_segmax - 2);
	if_sethwtsomax(ifp,
	    IP_MAXPACKET - ETHER_HDR_LEN - ETHER_VLAN_ENCAP_LEN);
	if_sethwtsomaxsegcount(ifp, segs);
	if_sethwtsomaxsegsize(ifp, PAGE_SIZE);

	ifmedia_init(&sc->vioif_media, IFM_IMASK, vioif_media_change,
	    vioif_media_status);
	sc->vioif_has_media = true;
	ifmedia_add(&sc->vioif_media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_set(&sc->vioif_media, IFM_ETHER | IFM_AUTO);

	if_setcapabilities(ifp, cap);
	if_setcapenable(ifp, vioif_consistent(cap));
	vioif_use_capabilities(sc);
	vioif_set_debugnet(sc);
}

void
vioif_attach_ifnet(struct vioif_softc *sc)
{
	if_t ifp = sc->vioif_ifp;

	sc->vioif_attached = true;
	ether_ifattach(ifp, sc->vioif_mac);
	/* A device that cannot do 1500 says so. */
	if (if_getmtu(ifp) > sc->vioif_max_mtu)
		if_setmtu(ifp, sc->vioif_max_mtu);
	if_setifheaderlen(ifp, sizeof(struct ether_vlan_header));
}
