/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses of IPv6.  <netinet/in.h> includes this.
 */
#ifndef _NETINET6_IN6_H_
#define _NETINET6_IN6_H_
#include <sys/types.h>
#include <sys/socket.h>

struct in6_addr {
	union {
		uint8_t __u6_addr8[16];
		uint16_t __u6_addr16[8];
		uint32_t __u6_addr32[4];
	} __u6_addr;
};
#define s6_addr		 __u6_addr.__u6_addr8
#define s6_addr8	 __u6_addr.__u6_addr8
#define s6_addr16	 __u6_addr.__u6_addr16
#define s6_addr32	 __u6_addr.__u6_addr32

#define INET6_ADDRSTRLEN 46

struct sockaddr_in6 {
	uint8_t sin6_len;
	sa_family_t sin6_family;
	uint16_t sin6_port;
	uint32_t sin6_flowinfo;
	struct in6_addr sin6_addr;
	uint32_t sin6_scope_id;
};

#define IN6_ARE_ADDR_EQUAL(a, b) \
	(memcmp((a)->s6_addr, (b)->s6_addr, sizeof(struct in6_addr)) == 0)
#define IN6_IS_ADDR_UNSPECIFIED(a)                           \
	((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && \
	    (a)->s6_addr32[2] == 0 && (a)->s6_addr32[3] == 0)
#define IN6_IS_ADDR_LINKLOCAL(a) \
	((a)->s6_addr[0] == 0xfe && ((a)->s6_addr[1] & 0xc0) == 0x80)
#define IN6_IS_ADDR_MULTICAST(a) ((a)->s6_addr[0] == 0xff)

struct ip6_hdr;
struct mbuf;

/* The sum, in network order; `csum` is added: an earlier sum, or 0. */
int in6_cksum_pseudo(struct ip6_hdr *ip6, uint32_t len, uint8_t nxt,
    uint16_t csum);
/*
 * The checksum of `len` bytes from `off` on and of the pseudo header; without
 * `nxt`, of the bytes alone.  The packet starts with its IPv6 header.
 */
int in6_cksum(struct mbuf *m, uint8_t nxt, uint32_t off, uint32_t len);
/* The same when only `cov` of the bytes count, but `len` of the length. */
int in6_cksum_partial(struct mbuf *m, uint8_t nxt, uint32_t off, uint32_t len,
    uint32_t cov);

#endif /* !_NETINET6_IN6_H_ */
