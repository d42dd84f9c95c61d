/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Internet's addresses and protocol numbers.
 */
#ifndef _NETINET_IN_H_
#define _NETINET_IN_H_
#include <sys/types.h>
#include <sys/endian.h>
#include <sys/socket.h>

typedef uint32_t in_addr_t; /* network order */
typedef uint16_t in_port_t;

struct in_addr {
	in_addr_t s_addr;
};

struct sockaddr_in {
	uint8_t sin_len;
	sa_family_t sin_family;
	in_port_t sin_port;
	struct in_addr sin_addr;
	char sin_zero[8];
};

#define IPPROTO_IP	 0
#define IPPROTO_HOPOPTS	 0
#define IPPROTO_ICMP	 1
#define IPPROTO_IGMP	 2
#define IPPROTO_IPV4	 4
#define IPPROTO_IPIP	 IPPROTO_IPV4
#define IPPROTO_TCP	 6
#define IPPROTO_UDP	 17
#define IPPROTO_IPV6	 41
#define IPPROTO_ROUTING	 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_RSVP	 46
#define IPPROTO_GRE	 47
#define IPPROTO_ESP	 50
#define IPPROTO_AH	 51
#define IPPROTO_ICMPV6	 58
#define IPPROTO_NONE	 59
#define IPPROTO_DSTOPTS	 60
#define IPPROTO_OSPFIGP	 89
#define IPPROTO_ETHERIP	 97
#define IPPROTO_ENCAP	 98
#define IPPROTO_PIM	 103
#define IPPROTO_IPCOMP	 108
#define IPPROTO_CARP	 112
#define IPPROTO_SCTP	 132
#define IPPROTO_MH	 135
#define IPPROTO_UDPLITE	 136
#define IPPROTO_MPLS	 137
#define IPPROTO_HIP	 139
#define IPPROTO_SHIM6	 140
#define IPPROTO_PFSYNC	 240
#define IPPROTO_RAW	 255
#define IPPROTO_MAX	 256
#define IPPROTO_DONE	 257 /* of an input routine: it has the packet */
#define IPPROTO_DIVERT	 258
#define IPPROTO_SEND	 259

#define IPPORT_RESERVED	 1024
#define IPPORT_MAX	 65535

/* Of addresses in host order. */
#define IN_CLASSD(i)	      (((in_addr_t)(i)&0xf0000000) == 0xe0000000)
#define IN_MULTICAST(i)	      IN_CLASSD(i)
#define IN_LINKLOCAL(i)	      (((in_addr_t)(i)&0xffff0000) == 0xa9fe0000)
#define IN_LOOPBACK(i)	      (((in_addr_t)(i)&0xff000000) == 0x7f000000)
#define IN_ZERONET(i)	      (((in_addr_t)(i)&0xff000000) == 0)

#define INADDR_ANY	      ((in_addr_t)0x00000000)
#define INADDR_BROADCAST      ((in_addr_t)0xffffffff)
#define INADDR_LOOPBACK	      ((in_addr_t)0x7f000001)
#define INADDR_UNSPEC_GROUP   ((in_addr_t)0xe0000000)
#define INADDR_ALLHOSTS_GROUP ((in_addr_t)0xe0000001)
#define INADDR_ALLRTRS_GROUP  ((in_addr_t)0xe0000002)

#define INET_ADDRSTRLEN	      16

#define in_nullhost(x)	      ((x).s_addr == INADDR_ANY)
#define satosin(sa)	      ((struct sockaddr_in *)(sa))
#define sintosa(sin)	      ((struct sockaddr *)(sin))

#include <netinet6/in6.h>

#endif /* !_NETINET_IN_H_ */
