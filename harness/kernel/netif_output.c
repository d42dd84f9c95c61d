/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * netif.h: sending, with what a stack does for it when the interface does
 * not.
 */
#include "kernel/ifnet_var.h"

#include <sys/endian.h>
#include <machine/in_cksum.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include "kernel/netif_var.h"

#define TX_V4	  (NETIF_TX_TCP4 | NETIF_TX_UDP4)
#define TX_V6	  (NETIF_TX_TCP6 | NETIF_TX_UDP6)
#define TX_L4	  (TX_V4 | TX_V6)
#define TX_WISHES (TX_L4 | NETIF_TX_IP_CSUM | NETIF_TX_SEGMENT)

/*
 * --- parsing ---
 */

/* Bytes at an offset, copied; false: it ends before. */
static bool
peek(const struct mbuf *m, int off, int len, void *to)
{
	if (off > m->m_pkthdr.len - len)
		return (false);
	m_copydata(m, off, len, to);
	return (true);
}

static bool
parse_ip6(const struct mbuf *m, struct netif_layout *l)
{
	struct ip6_hdr ip6;
	uint8_t ext[2];

	if (!peek(m, l->l3, sizeof(ip6), &ip6))
		return (false);
	l->proto = ip6.ip6_nxt;
	l->l4 = l->l3 + (int)sizeof(ip6);
	/* Each is at least 8 bytes long, so this ends. */
	while (l->proto == IPPROTO_HOPOPTS || l->proto == IPPROTO_ROUTING ||
	    l->proto == IPPROTO_DSTOPTS) {
		if (!peek(m, l->l4, sizeof(ext), ext))
			return (false);
		l->proto = ext[0];
		l->l4 += (ext[1] + 1) * 8;
	}
	return (true);
}

static bool
parse_ip4(const struct mbuf *m, struct netif_layout *l)
{
	struct ip ip;

	if (!peek(m, l->l3, sizeof(ip), &ip) || ip.ip_hl < 5)
		return (false);
	if ((ntohs(ip.ip_off) & (IP_MF | IP_OFFMASK)) != 0)
		return (false);
	l->proto = ip.ip_p;
	l->l4 = l->l3 + ip.ip_hl * 4;
	return (true);
}

bool
netif_parse(const struct mbuf *m, struct netif_layout *l)
{
	struct ether_header eh;
	struct tcphdr th;

	if (!peek(m, 0, sizeof(eh), &eh))
		return (false);
	l->etype = ntohs(eh.ether_type);
	l->l3 = sizeof(eh);
	if (l->etype == ETHERTYPE_IP) {
		if (!parse_ip4(m, l))
			return (false);
	} else if (l->etype != ETHERTYPE_IPV6 || !parse_ip6(m, l))
		return (false);
	if (l->proto == IPPROTO_UDP)
		l->payload = l->l4 + (int)sizeof(struct udphdr);
	else if (l->proto != IPPROTO_TCP || !peek(m, l->l4, sizeof(th), &th))
		return (false);
	else
		l->payload = l->l4 + th.th_off * 4;
	return (l->payload <= m->m_pkthdr.len);
}

/*
 * --- what the interface does not do ---
 */

/* in_delayed_cksum(): the sum of the pseudo header is there already. */
static struct mbuf *
sum_l4(struct mbuf *m)
{
	struct netif_layout l;
	u_short sum;
	int at;

	if (!netif_parse(m, &l))
		return (m);
	at = l.l4 +
	    (int)(l.proto == IPPROTO_TCP ? offsetof(struct tcphdr, th_sum) :
					   offsetof(struct udphdr, uh_sum));
	sum = in_cksum_skip(m, m->m_pkthdr.len, l.l4);
	if (l.proto == IPPROTO_UDP && sum == 0)
		sum = 0xffff;
	m_copyback(m, at, sizeof(sum), (c_caddr_t)&sum);
	return (m);
}

static void
sum_ip(struct mbuf *m)
{
	struct ip ip;
	u_short sum = 0;
	const int at = ETHER_HDR_LEN;
	const int where = at + (int)offsetof(struct ip, ip_sum);

	if (!peek(m, at, sizeof(ip), &ip) ||
	    at + ip.ip_hl * 4 > m->m_pkthdr.len)
		return;
	m_copyback(m, where, sizeof(sum), (c_caddr_t)&sum);
	sum = in_cksum_skip(m, at + ip.ip_hl * 4, at);
	m_copyback(m, where, sizeof(sum), (c_caddr_t)&sum);
}

/* Checksums that are missing in hwassist, as ip_output() computes them. */
static struct mbuf *
finish_sums(struct mbuf *m, uint32_t missing)
{
	if (missing == 0)
		return (m);
	/* What somebody else owns is not written to. */
	m = m_unshare(m, M_NOWAIT);
	if (m == NULL)
		return (NULL);
	if ((missing & (CSUM_DELAY_DATA | CSUM_DELAY_DATA_IPV6)) != 0)
		m = sum_l4(m);
	if ((missing & CSUM_IP) != 0)
		sum_ip(m);
	m->m_pkthdr.csum_flags &= ~missing;
	return (m);
}

/* What the interface does for such a packet: of a VLAN, less. */
static uint64_t
assist(const struct netif *netif, uint32_t flags)
{
	const struct ifnet *ifp = netif->ifp;
	uint64_t sums;

	if ((flags & NETIF_VLAN) == 0)
		return (ifp->if_hwassist);
	sums = ifp->if_hwassist & ~(uint64_t)CSUM_TSO;
	if ((ifp->if_capenable & IFCAP_VLAN_HWCSUM) == 0)
		sums = 0;
	if ((ifp->if_capenable & IFCAP_VLAN_HWTSO) != 0)
		sums |= ifp->if_hwassist & CSUM_TSO;
	return (sums);
}

static uint32_t
csum_flags(const struct netif_frame *frame)
{
	const uint32_t flags = frame->flags;
	uint32_t csum = 0;

	if ((flags & NETIF_TX_IP_CSUM) != 0)
		csum |= CSUM_IP;
	if ((flags & NETIF_TX_TCP4) != 0)
		csum |= CSUM_IP_TCP;
	if ((flags & NETIF_TX_UDP4) != 0)
		csum |= CSUM_IP_UDP;
	if ((flags & NETIF_TX_TCP6) != 0)
		csum |= CSUM_IP6_TCP;
	if ((flags & NETIF_TX_UDP6) != 0)
		csum |= CSUM_IP6_UDP;
	if ((flags & NETIF_TX_SEGMENT) != 0)
		csum |= (flags & TX_V4) != 0 ? CSUM_IP_TSO : CSUM_IP6_TSO;
	return (csum);
}

/*
 * --- checking ---
 */

static int
check_wishes(const struct netif_frame *frame)
{
	const uint32_t l4 = frame->flags & TX_L4;

	if ((l4 & (l4 - 1)) != 0)
		return (EINVAL);
	if ((frame->flags & NETIF_TX_SEGMENT) != 0 &&
	    (l4 == 0 || frame->segment_size == 0))
		return (EINVAL);
	return (0);
}

static int
check_frame(const struct netif *netif, const struct netif_frame *frame,
    uint32_t length)
{
	const struct ifnet *ifp = netif->ifp;
	uint32_t most = ifp->if_mtu + ETHER_HDR_LEN;
	int error;

	if (length < ETHER_HDR_LEN)
		return (EMSGSIZE);
	if ((ifp->if_flags & IFF_UP) == 0 ||
	    (ifp->if_drv_flags & IFF_DRV_RUNNING) == 0)
		return (ENETDOWN);
	if ((frame->flags & TX_WISHES) != 0) {
		error = check_wishes(frame);
		if (error != 0)
			return (error);
	}
	if ((frame->flags & NETIF_TX_SEGMENT) != 0)
		return ((assist(netif, frame->flags) & CSUM_TSO &
			    csum_flags(frame)) == 0 ?
			EOPNOTSUPP :
			0);
	/* What vlan(4) does where there is no room for the tag. */
	if ((frame->flags & NETIF_VLAN) != 0 &&
	    (ifp->if_capenable & IFCAP_VLAN_MTU) == 0)
		most -= ETHER_VLAN_ENCAP_LEN;
	return (length > most ? EMSGSIZE : 0);
}

/*
 * --- mbufs ---
 */

/* Bytes of a frame, piece by piece. */
struct cursor {
	const struct iovec *iov;
	size_t at; /* in *iov */
};

static void
copy_bytes(struct cursor *from, char *to, size_t left)
{
	size_t piece;

	while (left > 0) {
		piece = MIN(from->iov->iov_len - from->at, left);
		memcpy(to, (char *)from->iov->iov_base + from->at, piece);
		to += piece;
		left -= piece;
		from->at += piece;
		if (from->at == from->iov->iov_len) {
			from->iov++;
			from->at = 0;
		}
	}
}

/* The packet of one mbuf or of clusters, with room for a link-level header. */
static struct mbuf *
copy_frame(const struct netif_frame *frame)
{
	const int room = MAX((int)max_linkhdr - ETHER_HDR_LEN, 0);
	struct cursor from = { frame->iov, 0 };
	int left = (int)frame->length;
	struct mbuf *m, *n;

	if (left + room <= MHLEN)
		m = m_gethdr(M_NOWAIT, MT_DATA);
	else if (left + room <= MCLBYTES)
		m = m_getcl(M_NOWAIT, MT_DATA, M_PKTHDR);
	else
		m = m_getm2(NULL, left + room, M_NOWAIT, MT_DATA, M_PKTHDR);
	if (m == NULL)
		return (NULL);
	m->m_pkthdr.len = left;
	m->m_data += room;
	if (left + room <= MCLBYTES) {
		m->m_len = left;
		copy_bytes(&from, m->m_data, (size_t)left);
		return (m);
	}
	for (n = m; left > 0; n = n->m_next) {
		n->m_len = MIN(left, M_TRAILINGROOM(n));
		copy_bytes(&from, n->m_data, (size_t)n->m_len);
		left -= n->m_len;
	}
	return (m);
}

/* Storage in several pieces is given back when the last of them is. */
struct external {
	u_int pieces;
	void (*release)(void *);
	void *arg;
};

static void
free_one(struct mbuf *m)
{
	void (*release)(void *) = (void (*)(void *))m->m_ext.ext_arg1;

	release(m->m_ext.ext_arg2);
}

static void
free_nothing(void *arg)
{
	(void)arg;
}

static void
free_piece(struct mbuf *m)
{
	struct mbuf *holder = m->m_ext.ext_arg1;
	struct external *external = mtod(holder, struct external *);

	if (--external->pieces > 0)
		return;
	external->release(external->arg);
	m_free(holder);
}

static struct mbuf *
external_pieces(const struct netif_frame *frame)
{
	struct mbuf *holder, *m = NULL, **tail = &m, *n;
	struct external *external;

	holder = m_get(M_NOWAIT, MT_DATA);
	if (holder == NULL)
		return (NULL);
	external = mtod(holder, struct external *);
	*external = (struct external) { 0, frame->release, frame->release_arg };
	for (unsigned i = 0; i < frame->iovcnt; i++) {
		const struct iovec *iov = &frame->iov[i];

		if (iov->iov_len == 0)
			continue;
		n = m == NULL ? m_gethdr(M_NOWAIT, MT_DATA) :
				m_get(M_NOWAIT, MT_DATA);
		if (n == NULL)
			break;
		m_extadd(n, iov->iov_base, (u_int)iov->iov_len, free_piece,
		    holder, NULL, M_RDONLY, EXT_MOD_TYPE);
		n->m_len = (int)iov->iov_len;
		external->pieces++;
		*tail = n;
		tail = &n->m_next;
	}
	if (m != NULL && (u_int)m_length(m, NULL) == frame->length) {
		m->m_pkthdr.len = (int)frame->length;
		return (m);
	}
	/* The caller releases it, once. */
	external->release = free_nothing;
	if (m != NULL)
		m_freem(m);
	else
		m_free(holder);
	return (NULL);
}

static struct mbuf *
external_frame(const struct netif_frame *frame)
{
	struct mbuf *m;

	if (frame->iovcnt > 1)
		return (external_pieces(frame));
	m = m_gethdr(M_NOWAIT, MT_DATA);
	if (m == NULL)
		return (NULL);
	m_extadd(m, frame->iov->iov_base, (u_int)frame->iov->iov_len, free_one,
	    (void *)frame->release, frame->release_arg, M_RDONLY, EXT_MOD_TYPE);
	m->m_len = m->m_pkthdr.len = (int)frame->length;
	return (m);
}

/*
 * --- sending ---
 */

static void
set_meta(struct mbuf *m, const struct netif_frame *frame)
{
	const uint8_t *dst = mtod(m, const uint8_t *);
	const uint32_t flags = frame->flags;

	if (__predict_false(ETHER_IS_MULTICAST(dst)))
		m->m_flags |= ETHER_IS_BROADCAST(dst) ? M_BCAST : M_MCAST;
	if ((flags & NETIF_FLOW) != 0) {
		m->m_pkthdr.flowid = frame->flow;
		M_HASHTYPE_SET(m, frame->hash_type);
	}
	if ((flags & TX_WISHES) == 0)
		return;
	m->m_pkthdr.csum_flags = csum_flags(frame);
	m->m_pkthdr.csum_data = (flags & (NETIF_TX_TCP4 | NETIF_TX_TCP6)) != 0 ?
	    offsetof(struct tcphdr, th_sum) :
	    offsetof(struct udphdr, uh_sum);
	if ((flags & NETIF_TX_SEGMENT) != 0)
		m->m_pkthdr.tso_segsz = frame->segment_size;
}

/* Does what the interface does not, and hands the packet to the driver. */
static int
send_packet(struct netif *netif, struct mbuf *m,
    const struct netif_frame *frame)
{
	struct ifnet *ifp = netif->ifp;
	const uint32_t flags = frame->flags;
	uint32_t csum;

	set_meta(m, frame);
	csum = m->m_pkthdr.csum_flags;
	if (csum != 0 && (flags & NETIF_TX_RAW) == 0) {
		csum &= ~(uint32_t)assist(netif, flags) & ~CSUM_TSO;
		if ((flags & NETIF_TX_SEGMENT) != 0)
			csum = 0; /* whoever cuts also sums */
		m = finish_sums(m, csum);
		if (m == NULL)
			return (ENOBUFS);
	}
	if ((flags & NETIF_VLAN) != 0) {
		if ((ifp->if_capenable & IFCAP_VLAN_HWTAGGING) != 0 ||
		    (flags & NETIF_TX_RAW) != 0) {
			m->m_pkthdr.ether_vtag = frame->vlan_tag;
			m->m_flags |= M_VLANTAG;
		} else {
			m = ether_vlanencap(m, frame->vlan_tag);
			if (m == NULL)
				return (ENOBUFS);
		}
	}
	return (ifp->if_transmit(ifp, m));
}

static int
send_frame(struct netif *netif, const struct netif_frame *frame)
{
	struct mbuf *m;
	int error;

	if (netif_ifp(netif) == NULL)
		error = ENXIO;
	else if ((frame->flags & NETIF_TX_RAW) != 0)
		error = frame->length == 0 ? EMSGSIZE : 0;
	else
		error = check_frame(netif, frame, frame->length);
	if (error == 0 && frame->release != NULL &&
	    frame->iovcnt > NETIF_EXTERNAL_IOV)
		error = EINVAL;
	if (error == 0) {
		m = frame->release == NULL ? copy_frame(frame) :
					     external_frame(frame);
		if (m != NULL)
			return (send_packet(netif, m, frame));
		error = ENOBUFS;
	}
	if (frame->release != NULL)
		frame->release(frame->release_arg);
	return (error);
}

unsigned
netif_output(struct netif *netif, const struct netif_frame *frames,
    unsigned count, int *error)
{
	struct if_call call;
	unsigned i;
	int e = 0;

	if_call_begin(netif, &call);
	for (i = 0; i < count; i++) {
		e = send_frame(netif, &frames[i]);
		if (__predict_false(e != 0))
			break;
	}
	if_call_end(netif, &call, "if_transmit");
	if (error != NULL)
		*error = e;
	return (i);
}

int
netif_packet_output(struct netif *netif, struct netif_packet *packet,
    const struct netif_frame *frame)
{
	struct mbuf *m = (struct mbuf *)packet;
	struct if_call call;
	int error = 0;

	if (netif_ifp(netif) == NULL)
		error = ENXIO;
	else if ((frame->flags & NETIF_TX_RAW) == 0)
		error = check_frame(netif, frame, (uint32_t)m->m_pkthdr.len);
	if (error != 0) {
		m_freem(m);
		return (error);
	}
	/* Nothing remains of what was known when it came. */
	m->m_pkthdr.rcvif = NULL;
	m->m_pkthdr.csum_flags = 0;
	m->m_pkthdr.csum_data = 0;
	m->m_pkthdr.tso_segsz = 0;
	m->m_flags &= ~(M_VLANTAG | M_PROMISC | M_BCAST | M_MCAST);
	M_HASHTYPE_CLEAR(m);
	if_call_begin(netif, &call);
	error = send_packet(netif, m, frame);
	if_call_end(netif, &call, "if_transmit");
	return (error);
}
