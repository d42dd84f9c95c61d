/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * IPv6's headers (RFC 8200).
 */
#ifndef _NETINET_IP6_H_
#define _NETINET_IP6_H_
#include <sys/types.h>
#include <netinet/in.h>

struct ip6_hdr {
	union {
		struct ip6_hdrctl {
			u_int32_t ip6_un1_flow; /* version, class, label */
			u_int16_t ip6_un1_plen; /* of what follows */
			u_int8_t ip6_un1_nxt;
			u_int8_t ip6_un1_hlim;
		} ip6_un1;
		u_int8_t ip6_un2_vfc; /* version, half of the class */
	} ip6_ctlun;
	struct in6_addr ip6_src;
	struct in6_addr ip6_dst;
} __packed;

#define ip6_vfc		  ip6_ctlun.ip6_un2_vfc
#define ip6_flow	  ip6_ctlun.ip6_un1.ip6_un1_flow
#define ip6_plen	  ip6_ctlun.ip6_un1.ip6_un1_plen
#define ip6_nxt		  ip6_ctlun.ip6_un1.ip6_un1_nxt
#define ip6_hlim	  ip6_ctlun.ip6_un1.ip6_un1_hlim
#define ip6_hops	  ip6_ctlun.ip6_un1.ip6_un1_hlim

#define IPV6_VERSION	  0x60
#define IPV6_VERSION_MASK 0xf0
/* Of ip6_flow as it is in memory. */
#define IPV6_FLOWINFO_MASK  0xffffff0f
#define IPV6_FLOWLABEL_MASK 0xffff0f00
#define IPV6_ECN_MASK	    0x00003000
#define IPV6_FLOWLABEL_LEN  20
#define IPV6_TRAFFIC_CLASS(ip6) \
	((ntohl((ip6)->ip6_flow) >> IPV6_FLOWLABEL_LEN) & 0xff)
#define IPV6_DSCP(ip6) ((ntohl((ip6)->ip6_flow) >> IPV6_FLOWLABEL_LEN) & 0xfc)
#define IPV6_ECN(ip6)  ((ntohl((ip6)->ip6_flow) >> IPV6_FLOWLABEL_LEN) & 0x03)
#define IPV6_MAXPACKET 65535
#define IPV6_MMTU      1280
#define IPV6_MAXHLIM   255
#define IPV6_DEFHLIM   64

/* Lengths are in units of 8 bytes, the first not counted. */
struct ip6_ext {
	u_int8_t ip6e_nxt;
	u_int8_t ip6e_len;
} __packed;
struct ip6_hbh {
	u_int8_t ip6h_nxt;
	u_int8_t ip6h_len;
} __packed;
struct ip6_dest {
	u_int8_t ip6d_nxt;
	u_int8_t ip6d_len;
} __packed;
struct ip6_rthdr {
	u_int8_t ip6r_nxt;
	u_int8_t ip6r_len;
	u_int8_t ip6r_type;
	u_int8_t ip6r_segleft;
} __packed;
struct ip6_frag {
	u_int8_t ip6f_nxt;
	u_int8_t ip6f_reserved;
	u_int16_t ip6f_offlg; /* offset in units of 8 bytes, and a flag */
	u_int32_t ip6f_ident;
} __packed;

/* Of ip6f_offlg as it is in memory. */
#define IP6F_OFF_MASK	   0xf8ff
#define IP6F_RESERVED_MASK 0x0600
#define IP6F_MORE_FRAG	   0x0100

#endif /* !_NETINET_IP6_H_ */
