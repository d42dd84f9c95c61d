/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the device says of a packet that it has received, and what of it is
 * believed (virtio 1.3, section 5.1.6.4).
 *
 * That a checksum is right is the device's to know, as with any hardware.
 * Where the checksum is, is not: a sum that was computed or stored at a wrong
 * place would corrupt a packet, so the place follows from the packet's own
 * headers, and what does not agree with them is ignored and counted.
 */
#include "net/if_vio_var.h"

#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

#include <machine/in_cksum.h>

/* Where the sum of a transport header is; -1: we do not know. */
static int
vioif_csum_offset(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return (offsetof(struct tcphdr, th_sum));
	case IPPROTO_UDP:
		return (offsetof(struct udphdr, uh_sum));
	default:
		return (-1);
	}
}

static bool
vioif_rx_wants_csum(const struct vioif_softc *sc, const struct vioif_layout *l)
{
	return (l->vl_etype == ETHERTYPE_IP ? sc->vioif_rx_csum4 :
					      sc->vioif_rx_csum6);
}

/* The sum has been found right: by the device, or by whoever sent it. */
static void
vioif_rx_mark(struct mbuf *m)
{
	m->m_pkthdr.csum_flags |= CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
	m->m_pkthdr.csum_data = 0xffff;
}

/* Completes the partial sum of the packet from `start` on. */
static void
vioif_rx_complete(struct mbuf *m, int start, int at, uint8_t proto)
{
	uint16_t sum;

	sum = in_cksum_skip(m, m->m_pkthdr.len, start);
	if (sum == 0 && proto == IPPROTO_UDP)
		sum = 0xffff;
	if (at + (int)sizeof(sum) <= m->m_len)
		memcpy(mtod(m, char *) + at, &sum, sizeof(sum));
	else
		m_copyback(m, at, sizeof(sum), (c_caddr_t)&sum);
}

/*
 * The sum is that of the pseudo header, and the rest is for us to do.  A
 * packet for this host is fine without; one that is passed on is not, and who
 * knows here where it goes?  Only what was put together stays as it is, since
 * it is too long for any link but this.
 */
static void
vioif_rx_needs_csum(struct vioif_rxq *q, struct mbuf *m,
    const struct vioif_hdr *hdr, const struct vioif_layout *l)
{
	int start = le16toh(hdr->csum_start);
	int offset = le16toh(hdr->csum_offset);
	bool wanted = vioif_rx_wants_csum(q->vrx_sc, l);

	if (l->vl_fragment || start != l->vl_l4 ||
	    offset != vioif_csum_offset(l->vl_proto) ||
	    start + offset + (int)sizeof(uint16_t) > m->m_pkthdr.len) {
		q->vrx_stats.vrs_csum_bad++;
		return;
	}
	if (!wanted ||
	    (q->vrx_sc->vioif_rx_fill != 0 &&
		hdr->gso_type == VIOIF_GSO_NONE)) {
		vioif_rx_complete(m, start, start + offset, l->vl_proto);
		q->vrx_stats.vrs_csum_filled++;
	}
	if (wanted)
		vioif_rx_mark(m);
}

/* Several segments in one packet: how many?  EINVAL: that cannot be. */
static int
vioif_rx_gso(struct vioif_rxq *q, struct mbuf *m, const struct vioif_hdr *hdr,
    const struct vioif_layout *l)
{
	struct vioif_softc *sc = q->vrx_sc;
	uint8_t copy[sizeof(struct tcphdr)];
	const uint8_t *p;
	int hlen, payload, size = le16toh(hdr->gso_size);
	uint16_t etype;

	switch (hdr->gso_type & ~VIOIF_GSO_ECN) {
	case VIOIF_GSO_TCPV4:
		etype = ETHERTYPE_IP;
		if (!VIOIF_HAS(sc, VIOIF_F_GUEST_TSO4))
			return (EINVAL);
		break;
	case VIOIF_GSO_TCPV6:
		etype = ETHERTYPE_IPV6;
		if (!VIOIF_HAS(sc, VIOIF_F_GUEST_TSO6))
			return (EINVAL);
		break;
	default:
		return (EINVAL);
	}
	if ((hdr->gso_type & VIOIF_GSO_ECN) != 0 &&
	    !VIOIF_HAS(sc, VIOIF_F_GUEST_ECN))
		return (EINVAL);
	if (size == 0 || l->vl_etype != etype || l->vl_proto != IPPROTO_TCP ||
	    l->vl_fragment)
		return (EINVAL);
	/* hdr_len is a hint; the header knows better (5.1.6.4.2). */
	p = vioif_peek(m, l->vl_l4, sizeof(copy), copy);
	if (p == NULL)
		return (EINVAL);
	hlen = (p[12] >> 4) * 4;
	payload = m->m_pkthdr.len - l->vl_l4 - hlen;
	if (hlen < (int)sizeof(struct tcphdr) || payload <= 0)
		return (EINVAL);
	m->m_pkthdr.lro_nsegs = MIN(howmany(payload, size), (int)UINT16_MAX);
	q->vrx_stats.vrs_lro++;
	return (0);
}

int
vioif_rx_offload(struct vioif_rxq *q, struct mbuf *m,
    const struct vioif_hdr *hdr)
{
	struct vioif_layout l;
	bool parsed;

	/* 5.1.6.4.1: without the feature, the flags are not the device's. */
	if (!VIOIF_HAS(q->vrx_sc, VIOIF_F_GUEST_CSUM)) {
		if (hdr->gso_type != VIOIF_GSO_NONE)
			return (EINVAL);
		q->vrx_stats.vrs_csum_bad++;
		return (0);
	}
	parsed = vioif_parse(m, &l);
	if (hdr->gso_type != VIOIF_GSO_NONE &&
	    (!parsed || vioif_rx_gso(q, m, hdr, &l) != 0))
		return (EINVAL);
	if ((hdr->flags & VIOIF_HDR_NEEDS_CSUM) != 0) {
		/* RSC_INFO, which was not negotiated, says otherwise. */
		if (parsed && (hdr->flags & VIOIF_HDR_RSC_INFO) == 0)
			vioif_rx_needs_csum(q, m, hdr, &l);
		else
			q->vrx_stats.vrs_csum_bad++;
	} else if ((hdr->flags & VIOIF_HDR_DATA_VALID) != 0) {
		/* Nobody can vouch for the sum of a fragment. */
		if (!parsed || l.vl_fragment ||
		    vioif_csum_offset(l.vl_proto) < 0)
			q->vrx_stats.vrs_csum_bad++;
		else if (vioif_rx_wants_csum(q->vrx_sc, &l)) {
			vioif_rx_mark(m);
			q->vrx_stats.vrs_csum_valid++;
		}
	}
	return (0);
}

/* By VIOIF_HASH_*. */
static const uint8_t vioif_hash_names[] = {
	M_HASHTYPE_OPAQUE,
	M_HASHTYPE_RSS_IPV4,
	M_HASHTYPE_RSS_TCP_IPV4,
	M_HASHTYPE_RSS_UDP_IPV4,
	M_HASHTYPE_RSS_IPV6,
	M_HASHTYPE_RSS_TCP_IPV6,
	M_HASHTYPE_RSS_UDP_IPV6,
	M_HASHTYPE_RSS_IPV6_EX,
	M_HASHTYPE_RSS_TCP_IPV6_EX,
	M_HASHTYPE_RSS_UDP_IPV6_EX,
};

void
vioif_rx_hash(struct vioif_rxq *q, struct mbuf *m, const struct vioif_hdr *hdr)
{
	u_int report;

	if (VIOIF_HAS(q->vrx_sc, VIOIF_F_HASH_REPORT)) {
		report = le16toh(hdr->hash_report);
		if (report != VIOIF_HASH_NONE &&
		    report < nitems(vioif_hash_names)) {
			m->m_pkthdr.flowid = le16toh(hdr->hash_value[0]) |
			    (uint32_t)le16toh(hdr->hash_value[1]) << 16;
			M_HASHTYPE_SET(m, vioif_hash_names[report]);
			return;
		}
	}
	/* At least, what came by one queue goes out by its pair. */
	if (q->vrx_sc->vioif_active > 1) {
		m->m_pkthdr.flowid = q->vrx_index;
		M_HASHTYPE_SET(m, M_HASHTYPE_OPAQUE);
	}
}
