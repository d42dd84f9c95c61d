/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bpf(4): the tap of netif.h is the one listener that an interface can have.
 */
#include "kernel/ifnet_var.h"

#include <sys/endian.h>

void
bpf_init(struct netif *netif)
{
	netif->bpf.bif_netif = netif;
	CK_LIST_INIT(&netif->bpf.bif_ext.bif_dlist);
}

void
bpfattach2(struct ifnet *ifp, u_int dlt, u_int hdrlen, struct bpf_if **driverp)
{
	struct bpf_if *bp = &ifp->if_book->bpf;

	(void)hdrlen;
	bp->bif_dlt = dlt;
	*driverp = bp;
	if (bootverbose)
		if_printf(ifp, "bpf attached\n");
}

void
bpfattach(struct ifnet *ifp, u_int dlt, u_int hdrlen)
{
	bpfattach2(ifp, dlt, hdrlen, &ifp->if_bpf);
}

static void
track(struct netif *netif, int attach)
{
	if (netif->ifp != NULL)
		EVENTHANDLER_INVOKE(bpf_track, netif->ifp,
		    (int)netif->bpf.bif_dlt, attach);
}

static void
stop_listening(struct netif *netif)
{
	if (netif->tap == NULL)
		return;
	netif->tap = NULL;
	CK_LIST_REMOVE(&netif->listener, bd_next);
	track(netif, 0);
}

void
bpfdetach(struct ifnet *ifp)
{
	stop_listening(ifp->if_book);
}

void
netif_set_tap(struct netif *netif, netif_input_fn *fn, void *arg)
{
	stop_listening(netif);
	if (fn == NULL || netif->ifp == NULL)
		return;
	netif->tap = fn;
	netif->tap_arg = arg;
	CK_LIST_INSERT_HEAD(&netif->bpf.bif_ext.bif_dlist, &netif->listener,
	    bd_next);
	track(netif, 1);
}

/*
 * --- what drivers call ---
 */

void
bpf_tap(struct bpf_if *bp, u_char *pkt, u_int pktlen)
{
	struct iovec iov = { pkt, pktlen };
	struct netif *netif = bp->bif_netif;
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = pktlen };

	if (netif->tap != NULL)
		netif->tap(netif->tap_arg, netif, &frame);
}

void
bpf_mtap2(struct bpf_if *bp, void *data, u_int dlen, struct mbuf *m)
{
	M_ASSERTVALID(m);
	if (bp->bif_netif->tap != NULL)
		netif_show_tap(bp->bif_netif, m, data, dlen);
}

void
bpf_mtap(struct bpf_if *bp, struct mbuf *m)
{
	bpf_mtap2(bp, NULL, 0, m);
}

/* The tag goes back into the frame, as it was or will be on the wire. */
void
ether_vlan_mtap(struct bpf_if *bp, struct mbuf *m, void *data, u_int dlen)
{
	struct ether_vlan_header vlan;
	struct mbuf rest;

	KASSERT((m->m_flags & M_VLANTAG) != 0,
	    ("%s: vlan information not present", __func__));
	KASSERT(m->m_len >= (int)sizeof(struct ether_header),
	    ("%s: mbuf not large enough for header", __func__));
	(void)data;
	(void)dlen;
	memcpy(&vlan, mtod(m, char *), ETHER_HDR_LEN);
	vlan.evl_proto = vlan.evl_encap_proto;
	vlan.evl_encap_proto = htons(ETHERTYPE_VLAN);
	vlan.evl_tag = htons(m->m_pkthdr.ether_vtag);
	/* A look at the packet without its header: it stays as it is. */
	rest = *m;
	rest.m_data += ETHER_HDR_LEN;
	rest.m_len -= ETHER_HDR_LEN;
	rest.m_pkthdr.len -= ETHER_HDR_LEN;
	rest.m_flags &= ~M_VLANTAG;
	if (bp->bif_netif->tap != NULL)
		netif_show_tap(bp->bif_netif, &rest, &vlan, sizeof(vlan));
}

void
ether_bpf_mtap_if(struct ifnet *ifp, struct mbuf *m)
{
	if (!bpf_peers_present(ifp->if_bpf))
		return;
	M_ASSERTVALID(m);
	if ((m->m_flags & M_VLANTAG) != 0)
		ether_vlan_mtap(ifp->if_bpf, m, NULL, 0);
	else
		bpf_mtap(ifp->if_bpf, m);
}

#if __FreeBSD_version >= 1400000
bool
bpf_peers_present_if(struct ifnet *ifp)
{
	return (bpf_peers_present(ifp->if_bpf));
}

void
bpf_tap_if(struct ifnet *ifp, u_char *pkt, u_int pktlen)
{
	if (bpf_peers_present(ifp->if_bpf))
		bpf_tap(ifp->if_bpf, pkt, pktlen);
}

void
bpf_mtap_if(struct ifnet *ifp, struct mbuf *m)
{
	if (bpf_peers_present(ifp->if_bpf))
		bpf_mtap(ifp->if_bpf, m);
}

void
bpf_mtap2_if(struct ifnet *ifp, void *data, u_int dlen, struct mbuf *m)
{
	if (bpf_peers_present(ifp->if_bpf))
		bpf_mtap2(ifp->if_bpf, data, dlen, m);
}
#else
void
if_bpfmtap(if_t ifp, struct mbuf *m)
{
	BPF_MTAP(ifp, m);
}

void
if_etherbpfmtap(if_t ifp, struct mbuf *m)
{
	ETHER_BPF_MTAP(ifp, m);
}
#endif
