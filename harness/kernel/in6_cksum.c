/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * IPv6: checksums with its pseudo header (RFC 8200, section 8.1), and the
 * headers on the way to what a packet carries (section 4).
 */
#include "kernel/mbuf_var.h"

#include <sys/endian.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <netinet6/ip6_var.h>
#include <machine/in_cksum.h>

/*
 * An address as it is on the wire: FreeBSD keeps the interface of a
 * link-local one in its second word.
 */
static u_short
sum_address(const struct in6_addr *address, u_short sum)
{
	struct in6_addr plain = *address;

	if (IN6_IS_ADDR_LINKLOCAL(&plain) ||
	    (IN6_IS_ADDR_MULTICAST(&plain) && (plain.s6_addr[1] & 0xf) >= 1 &&
		(plain.s6_addr[1] & 0xf) <= 2))
		plain.s6_addr16[1] = 0;
	return (in_cksum_buffer(&plain, sizeof(plain), sum));
}

static u_short
sum_pseudo(const struct ip6_hdr *ip6, uint32_t len, uint8_t nxt, u_short sum)
{
	uint32_t words[2] = { htonl(len), htonl((uint32_t)nxt) };
	struct in6_addr src, dst;

	memcpy(&src, &ip6->ip6_src, sizeof(src));
	memcpy(&dst, &ip6->ip6_dst, sizeof(dst));
	sum = sum_address(&src, sum);
	sum = sum_address(&dst, sum);
	return (in_cksum_buffer(words, sizeof(words), sum));
}

int
in6_cksum_pseudo(struct ip6_hdr *ip6, uint32_t len, uint8_t nxt, uint16_t csum)
{
	return (sum_pseudo(ip6, len, nxt, csum));
}

int
in6_cksum_partial(struct mbuf *m, uint8_t nxt, uint32_t off, uint32_t len,
    uint32_t cov)
{
	struct ip6_hdr ip6;
	u_short sum;

	KASSERT(cov <= len, ("%s: %u of %u bytes", __func__, cov, len));
	sum = ~in_cksum_skip(m, (int)(off + cov), (int)off) & 0xffff;
	if (nxt != 0) {
		m_copydata(m, 0, sizeof(ip6), (caddr_t)&ip6);
		sum = sum_pseudo(&ip6, len, nxt, sum);
	}
	return (~sum & 0xffff);
}

int
in6_cksum(struct mbuf *m, uint8_t nxt, uint32_t off, uint32_t len)
{
	return (in6_cksum_partial(m, nxt, off, len, len));
}

/*
 * --- headers ---
 */

/* Copies the start of a header; false: the packet is too short. */
static bool
peek(const struct mbuf *m, int off, void *to, int size)
{
	if (m->m_pkthdr.len - off < size)
		return (false);
	m_copydata(m, off, size, to);
	return (true);
}

int
ip6_nexthdr(const struct mbuf *m, int off, int proto, int *nxtp)
{
	struct ip6_hdr ip6;
	struct ip6_frag frag;
	struct ip6_ext ext;

	if (m == NULL || (m->m_flags & M_PKTHDR) == 0 || off < 0 ||
	    off > m->m_pkthdr.len)
		return (-1);
	switch (proto) {
	case IPPROTO_IPV6:
		if (!peek(m, off, &ip6, sizeof(ip6)))
			return (-1);
		*nxtp = ip6.ip6_nxt;
		return (off + (int)sizeof(ip6));
	case IPPROTO_FRAGMENT:
		/* What is not the first fragment has no header of above. */
		if (!peek(m, off, &frag, sizeof(frag)) ||
		    (frag.ip6f_offlg & IP6F_OFF_MASK) != 0)
			return (-1);
		*nxtp = frag.ip6f_nxt;
		return (off + (int)sizeof(frag));
	case IPPROTO_AH:
		if (!peek(m, off, &ext, sizeof(ext)))
			return (-1);
		off += (ext.ip6e_len + 2) << 2;
		break;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		if (!peek(m, off, &ext, sizeof(ext)))
			return (-1);
		off += (ext.ip6e_len + 1) << 3;
		break;
	default: /* above IPv6, or hidden from here on */
		return (-1);
	}
	if (off > m->m_pkthdr.len)
		return (-1);
	*nxtp = ext.ip6e_nxt;
	return (off);
}

int
ip6_lasthdr(const struct mbuf *m, int off, int proto, int *nxtp)
{
	int next, nxt = -1;

	if (nxtp == NULL)
		nxtp = &nxt;
	*nxtp = proto;
	for (;;) {
		next = ip6_nexthdr(m, off, proto, nxtp);
		if (next < 0)
			return (off);
		/* Each header is at least 8 bytes long: this ends. */
		off = next;
		proto = *nxtp;
	}
}
