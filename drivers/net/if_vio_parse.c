/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the headers of a packet are.  Neither the stack's word nor the
 * device's is taken for it: what is computed at an offset, and where the
 * result goes, follows from the packet itself.
 */
#include "net/if_vio_var.h"

#include <net/if_vlan_var.h>

#include <netinet/in_systm.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>

/* Tags, and extension headers of IPv6, that are looked behind. */
#define VIOIF_TAGS	 2
#define VIOIF_EXTENSIONS 8

#ifndef IPPROTO_NONE
#define IPPROTO_NONE 59
#endif

const uint8_t *
vioif_peek(const struct mbuf *m, int offset, int length, uint8_t *copy)
{
	if (offset + length > m->m_pkthdr.len)
		return (NULL);
	if (offset + length <= m->m_len)
		return ((const uint8_t *)m->m_data + offset);
	m_copydata(m, offset, length, (caddr_t)copy);
	return (copy);
}

static inline uint16_t
vioif_get16(const uint8_t *p)
{
	return (p[0] << 8 | p[1]);
}

/* Behind the Ethernet header and its tags: the protocol, and where it is. */
static bool
vioif_parse_ether(const struct mbuf *m, struct vioif_layout *l)
{
	uint8_t copy[4];
	const uint8_t *p;
	int i, offset;

	offset = offsetof(struct ether_header, ether_type);
	for (i = 0; i <= VIOIF_TAGS; i++) {
		p = vioif_peek(m, offset, ETHER_TYPE_LEN, copy);
		if (p == NULL)
			return (false);
		l->vl_etype = vioif_get16(p);
		offset += ETHER_TYPE_LEN;
		if (l->vl_etype != ETHERTYPE_VLAN &&
		    l->vl_etype != ETHERTYPE_QINQ) {
			l->vl_l3 = offset;
			return (true);
		}
		/* The tag; what follows is a type again. */
		offset += ETHER_VLAN_ENCAP_LEN - ETHER_TYPE_LEN;
	}
	return (false);
}

static bool
vioif_parse_ip4(const struct mbuf *m, struct vioif_layout *l)
{
	uint8_t copy[sizeof(struct ip)];
	const uint8_t *p;
	int hlen;

	p = vioif_peek(m, l->vl_l3, sizeof(copy), copy);
	if (p == NULL || p[0] >> 4 != IPVERSION)
		return (false);
	hlen = (p[0] & 0xf) * 4;
	if (hlen < (int)sizeof(struct ip) || l->vl_l3 + hlen > m->m_pkthdr.len)
		return (false);
	l->vl_l4 = l->vl_l3 + hlen;
	l->vl_fragment = (vioif_get16(p + offsetof(struct ip, ip_off)) &
			     (IP_MF | IP_OFFMASK)) != 0;
	l->vl_proto = p[offsetof(struct ip, ip_p)];
	return (true);
}

static bool
vioif_parse_ip6(const struct mbuf *m, struct vioif_layout *l)
{
	uint8_t copy[sizeof(struct ip6_hdr)];
	const uint8_t *p;
	int i, offset;
	uint8_t next;

	p = vioif_peek(m, l->vl_l3, sizeof(copy), copy);
	if (p == NULL || p[0] >> 4 != IPV6_VERSION >> 4)
		return (false);
	next = p[offsetof(struct ip6_hdr, ip6_nxt)];
	offset = l->vl_l3 + sizeof(struct ip6_hdr);
	for (i = 0; i < VIOIF_EXTENSIONS; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT) {
			l->vl_l4 = offset;
			l->vl_proto = next;
			return (true);
		}
		p = vioif_peek(m, offset, 8, copy);
		if (p == NULL)
			return (false);
		if (next == IPPROTO_FRAGMENT) {
			l->vl_fragment = true;
			offset += 8;
		} else {
			offset += (p[1] + 1) * 8;
		}
		next = p[0];
	}
	return (false);
}

bool
vioif_parse(const struct mbuf *m, struct vioif_layout *l)
{
	l->vl_fragment = false;
	l->vl_proto = IPPROTO_NONE;
	if (!vioif_parse_ether(m, l))
		return (false);
	switch (l->vl_etype) {
	case ETHERTYPE_IP:
		return (vioif_parse_ip4(m, l));
	case ETHERTYPE_IPV6:
		return (vioif_parse_ip6(m, l));
	default:
		return (false);
	}
}
