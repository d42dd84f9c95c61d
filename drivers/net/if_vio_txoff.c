/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the device shall do with a packet that is sent (virtio 1.3, section
 * 5.1.6.2): complete its checksum, cut it into segments.
 */
#include "net/if_vio_var.h"

#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>

/*
 * The packet is to be cut.  FreeBSD has one flag for each version of IP; what
 * kind of segments they are, the packet says.
 */
static int
vioif_tx_segment(struct vioif_txq *q, struct mbuf *m,
    const struct vioif_layout *l, struct vioif_hdr *hdr)
{
	struct vioif_softc *sc = q->vtx_sc;
	uint8_t copy[sizeof(struct tcphdr)];
	const uint8_t *p;
	uint64_t feature;
	int hlen;

	p = vioif_peek(m, l->vl_l4,
	    l->vl_proto == IPPROTO_TCP ? sizeof(copy) : sizeof(struct udphdr),
	    copy);
	if (p == NULL || m->m_pkthdr.tso_segsz == 0)
		return (EINVAL);
	if (l->vl_proto == IPPROTO_TCP) {
		hlen = (p[12] >> 4) * 4;
		if (l->vl_etype == ETHERTYPE_IP) {
			hdr->gso_type = VIOIF_GSO_TCPV4;
			feature = VIOIF_F_HOST_TSO4;
		} else {
			hdr->gso_type = VIOIF_GSO_TCPV6;
			feature = VIOIF_F_HOST_TSO6;
		}
		/* 5.1.6.2.1: the flag belongs to the first segment only. */
		if ((p[13] & TH_CWR) != 0) {
			hdr->gso_type |= VIOIF_GSO_ECN;
			feature |= VIOIF_F_HOST_ECN;
		}
	} else {
		hlen = sizeof(struct udphdr);
		hdr->gso_type = VIOIF_GSO_UDP_L4;
		feature = VIOIF_F_HOST_USO;
	}
	if ((sc->vioif_features & feature) != feature)
		return (EOPNOTSUPP);
	/* GUEST_HDRLEN: to the byte, and so without it as well. */
	hlen += l->vl_l4;
	if (hlen >= m->m_pkthdr.len)
		return (EINVAL);
	hdr->hdr_len = htole16(hlen);
	hdr->gso_size = htole16(m->m_pkthdr.tso_segsz);
	q->vtx_stats.vts_tso++;
	return (0);
}

int
vioif_tx_offload(struct vioif_txq *q, struct mbuf *m, struct vioif_hdr *hdr)
{
	struct vioif_layout l;
	int error, offset;

	if (!VIOIF_HAS(q->vtx_sc, VIOIF_F_CSUM))
		return (EOPNOTSUPP);
	if (!vioif_parse(m, &l) || l.vl_fragment)
		return (EINVAL);
	switch (l.vl_proto) {
	case IPPROTO_TCP:
		offset = offsetof(struct tcphdr, th_sum);
		break;
	case IPPROTO_UDP:
		offset = offsetof(struct udphdr, uh_sum);
		break;
	default:
		return (EOPNOTSUPP);
	}
	if (l.vl_l4 + offset + (int)sizeof(uint16_t) > m->m_pkthdr.len)
		return (EINVAL);
	hdr->flags = VIOIF_HDR_NEEDS_CSUM;
	hdr->csum_start = htole16(l.vl_l4);
	hdr->csum_offset = htole16(offset);
	q->vtx_stats.vts_csum++;
	if ((m->m_pkthdr.csum_flags & CSUM_TSO) == 0)
		return (0);
	error = vioif_tx_segment(q, m, &l, hdr);
	return (error);
}
