/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ethernet: attaching and detaching (ifnet(9)), and what is done with each
 * frame that a driver hands up, until it would reach a protocol.
 */
#include "kernel/ifnet_var.h"

#include <sys/endian.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netinet6/in6.h>

static const u_char broadcast[ETHER_ADDR_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff };

/*
 * --- input ---
 */

/* A tag that the hardware has left in the frame moves to the packet header. */
static struct mbuf *
take_tag(struct ifnet *ifp, struct mbuf *m)
{
	struct ether_vlan_header *evl;

	if (m->m_len < (int)sizeof(*evl) &&
	    (m = m_pullup(m, sizeof(*evl))) == NULL) {
		if_inc_counter(ifp, IFCOUNTER_IERRORS, 1);
		return (NULL);
	}
	evl = mtod(m, struct ether_vlan_header *);
	m->m_pkthdr.ether_vtag = ntohs(evl->evl_tag);
	m->m_flags |= M_VLANTAG;
	memmove((char *)evl + ETHER_VLAN_ENCAP_LEN, evl,
	    ETHER_HDR_LEN - ETHER_TYPE_LEN);
	m_adj(m, ETHER_VLAN_ENCAP_LEN);
	return (m);
}

static bool
accept_frame(struct ifnet *ifp, struct mbuf *m)
{
	if ((ifp->if_flags & IFF_UP) == 0)
		return (false);
	if (__predict_false(m->m_len < ETHER_HDR_LEN)) {
		/* Drivers are to see to it. */
		if_printf(ifp,
		    "discard frame w/o leading ethernet header "
		    "(len %d pkt len %d)\n",
		    m->m_len, m->m_pkthdr.len);
		if_inc_counter(ifp, IFCOUNTER_IERRORS, 1);
		return (false);
	}
	return (true);
}

static void
input_one(struct ifnet *ifp, struct mbuf *m)
{
	struct ether_header *eh;
	u_short etype;

	if (!accept_frame(ifp, m)) {
		m_freem(m);
		return;
	}
	eh = mtod(m, struct ether_header *);
	etype = ntohs(eh->ether_type);
	if (ETHER_IS_MULTICAST(eh->ether_dhost)) {
		m->m_flags |=
		    ETHER_IS_BROADCAST(eh->ether_dhost) ? M_BCAST : M_MCAST;
		if_inc_counter(ifp, IFCOUNTER_IMCASTS, 1);
	}
	ETHER_BPF_MTAP(ifp, m);
	if ((ifp->if_capenable & IFCAP_HWSTATS) == 0)
		if_inc_counter(ifp, IFCOUNTER_IBYTES, m->m_pkthdr.len);
	if ((ifp->if_flags & IFF_MONITOR) != 0) {
		m_freem(m);
		return;
	}
	if ((m->m_flags & M_VLANTAG) == 0 &&
	    (etype == ETHERTYPE_VLAN || etype == ETHERTYPE_QINQ)) {
		m = take_tag(ifp, m);
		if (m == NULL)
			return;
		eh = mtod(m, struct ether_header *);
	}
	M_SETFIB(m, ifp->if_fib);
	if ((m->m_flags & (M_BCAST | M_MCAST)) == 0 &&
	    memcmp(IF_LLADDR(ifp), eh->ether_dhost, ETHER_ADDR_LEN) != 0)
		m->m_flags |= M_PROMISC;
	ether_demux(ifp, m);
}

/*
 * What would go to protocols goes to the hook of netif.h, which knows none:
 * it gets all of them, with what is known of each.
 */
void
ether_demux(struct ifnet *ifp, struct mbuf *m)
{
	struct netif *netif = ifp->if_book;

	if ((m->m_flags & M_VLANTAG) != 0 &&
	    EVL_VLANOFTAG(m->m_pkthdr.ether_vtag) != 0 &&
	    !vlan_known(netif, EVL_VLANOFTAG(m->m_pkthdr.ether_vtag)))
		if_inc_counter(ifp, IFCOUNTER_NOPROTO, 1);
	m_clrprotoflags(m);
	netif_hand_up(netif, m);
}

static void
ether_input(if_t ifp, struct mbuf *m)
{
	struct epoch_tracker et;
	struct mbuf *next;
	bool enter = !in_epoch(net_epoch_preempt);

#if __FreeBSD_version >= 1300000
	/* FreeBSD says it once as well, and helps. */
	if (__predict_false(enter) && (ifp->if_flags & IFF_NEEDSEPOCH) == 0 &&
	    !ifp->if_book->told_epoch) {
		ifp->if_book->told_epoch = true;
		kern_misuse("if_input: %s hands up packets outside of the "
			    "network's epoch (NET_EPOCH_ENTER())",
		    ifp->if_xname);
	}
#endif
	if (enter)
		epoch_enter_preempt(net_epoch_preempt, &et);
	for (; m != NULL; m = next) {
		next = m->m_nextpkt;
		m->m_nextpkt = NULL;
		M_ASSERTPKTHDR(m);
		MPASS((m->m_pkthdr.csum_flags & CSUM_SND_TAG) == 0);
		KASSERT(m->m_pkthdr.rcvif == ifp,
		    ("%s: ifnet mismatch m %p rcvif %p ifp %p", __func__, m,
			m->m_pkthdr.rcvif, ifp));
		input_one(ifp, m);
	}
	if (enter)
		epoch_exit_preempt(net_epoch_preempt, &et);
}

/*
 * --- output ---
 */

int
ether_output_frame(struct ifnet *ifp, struct mbuf *m)
{
	return (if_call_transmit(ifp, m));
}

/*
 * There is no ARP: the destination has a header of its own, or it is a
 * link-level address.
 */
int
ether_output(struct ifnet *ifp, struct mbuf *m, const struct sockaddr *dst,
    struct route *ro)
{
	struct ether_header *eh;

	(void)ro;
	if ((ifp->if_flags & IFF_UP) == 0 ||
	    (ifp->if_drv_flags & IFF_DRV_RUNNING) == 0) {
		m_freem(m);
		return (ENETDOWN);
	}
	if (dst->sa_family != AF_UNSPEC) {
		if_printf(ifp, "can't handle af%d\n", dst->sa_family);
		m_freem(m);
		return (EAFNOSUPPORT);
	}
	M_PREPEND(m, ETHER_HDR_LEN, M_NOWAIT);
	if (m == NULL)
		return (ENOBUFS);
	eh = mtod(m, struct ether_header *);
	memcpy(eh, dst->sa_data, ETHER_HDR_LEN);
	memcpy(eh->ether_shost, IF_LLADDR(ifp), ETHER_ADDR_LEN);
	return (ether_output_frame(ifp, m));
}

/*
 * --- coming and going ---
 */

/* Which group address of Ethernet belongs to that of a protocol. */
static int
ether_resolvemulti(if_t ifp, struct sockaddr **llsa, struct sockaddr *sa)
{
	struct sockaddr_dl *sdl;
	const struct sockaddr_in *sin;
	const struct sockaddr_in6 *sin6;
	u_char *addr;

	switch (sa->sa_family) {
	case AF_LINK:
		addr = (u_char *)LLADDR((struct sockaddr_dl *)sa);
		if (!ETHER_IS_MULTICAST(addr))
			return (EADDRNOTAVAIL);
		*llsa = NULL;
		return (0);
	case AF_INET:
		sin = (const struct sockaddr_in *)sa;
		if (!IN_MULTICAST(ntohl(sin->sin_addr.s_addr)))
			return (EADDRNOTAVAIL);
		sdl = link_init_sdl(ifp, *llsa, IFT_ETHER);
		addr = (u_char *)LLADDR(sdl);
		ETHER_MAP_IP_MULTICAST(&sin->sin_addr, addr);
		break;
	case AF_INET6:
		sin6 = (const struct sockaddr_in6 *)sa;
		if (sin6->sin6_addr.s6_addr[0] != 0xff)
			return (EADDRNOTAVAIL);
		sdl = link_init_sdl(ifp, *llsa, IFT_ETHER);
		addr = (u_char *)LLADDR(sdl);
		ETHER_MAP_IPV6_MULTICAST(&sin6->sin6_addr, addr);
		break;
	default:
		return (EAFNOSUPPORT);
	}
	sdl->sdl_alen = ETHER_ADDR_LEN;
	return (0);
}

void
ether_ifattach(struct ifnet *ifp, const u_int8_t *lla)
{
	static const u_char zeros[ETHER_ADDR_LEN];
	struct sockaddr_dl *sdl;

	ifp->if_addrlen = ETHER_ADDR_LEN;
	ifp->if_hdrlen = ETHER_HDR_LEN;
	ifp->if_mtu = ETHERMTU;
	if_attach(ifp);
	ifp->if_output = ether_output;
	ifp->if_input = ether_input;
	ifp->if_resolvemulti = ether_resolvemulti;
	if (ifp->if_baudrate == 0)
		ifp->if_baudrate = IF_Mbps(10);
	ifp->if_broadcastaddr = broadcast;
	sdl = (struct sockaddr_dl *)ifp->if_addr->ifa_addr;
	sdl->sdl_type = IFT_ETHER;
	sdl->sdl_alen = ifp->if_addrlen;
	memcpy(LLADDR(sdl), lla, ifp->if_addrlen);
	if (ifp->if_hw_addr != NULL)
		memcpy(ifp->if_hw_addr, lla, ifp->if_addrlen);
	bpfattach(ifp, DLT_EN10MB, ETHER_HDR_LEN);
	if (memcmp(lla, zeros, ETHER_ADDR_LEN) != 0)
		if_printf(ifp,
		    "Ethernet address: %02x:%02x:%02x:%02x:%02x:%02x\n", lla[0],
		    lla[1], lla[2], lla[3], lla[4], lla[5]);
	EVENTHANDLER_INVOKE(ether_ifattach_event, ifp);
}

void
ether_ifdetach(struct ifnet *ifp)
{
	bpfdetach(ifp);
	if_detach(ifp);
}

int
ether_ioctl(struct ifnet *ifp, u_long command, caddr_t data)
{
	struct ifreq *ifr = (struct ifreq *)data;

	switch (command) {
	case SIOCSIFADDR:
		ifp->if_flags |= IFF_UP;
		ifp->if_init(ifp->if_softc);
		return (0);
	case SIOCGIFADDR:
		memcpy(ifr->ifr_addr.sa_data, IF_LLADDR(ifp), ETHER_ADDR_LEN);
		return (0);
	case SIOCSIFMTU:
		if (ifr->ifr_mtu > ETHERMTU)
			return (EINVAL);
		ifp->if_mtu = (uint32_t)ifr->ifr_mtu;
		return (0);
	case SIOCSLANPCP:
		if (ifr->ifr_lan_pcp > 7 && ifr->ifr_lan_pcp != IFNET_PCP_NONE)
			return (EINVAL);
		ifp->if_pcp = ifr->ifr_lan_pcp;
		EVENTHANDLER_INVOKE(ifnet_event, ifp, IFNET_EVENT_PCP);
		return (0);
	case SIOCGLANPCP:
		ifr->ifr_lan_pcp = ifp->if_pcp;
		return (0);
	default:
		return (EINVAL);
	}
}

/* The addresses of FreeBSD's own range, one for each host and interface. */
void
ether_gen_addr(struct ifnet *ifp, struct ether_addr *hwaddr)
{
	hwaddr->octet[0] = 0x58;
	hwaddr->octet[1] = 0x9c;
	hwaddr->octet[2] = 0xfc;
	hwaddr->octet[3] = 0;
	hwaddr->octet[4] = (u_char)(ifp->if_index >> 8);
	hwaddr->octet[5] = (u_char)ifp->if_index;
}

/* An address of a protocol to announce: there are none here. */
void
arp_ifinit(struct ifnet *ifp, struct ifaddr *ifa)
{
	panic("arp_ifinit: %s has no address of family %d", ifp->if_xname,
	    ifa->ifa_addr->sa_family);
}
