/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * IPv4's header (RFC 791).
 */
#ifndef _NETINET_IP_H_
#define _NETINET_IP_H_
#include <sys/types.h>
#include <netinet/in.h>

#define IPVERSION 4

struct ip {
	u_char ip_hl : 4, /* length of the header in words of 4 bytes */
	    ip_v : 4;
	u_char ip_tos;
	u_short ip_len; /* of all, in network order, like the others */
	u_short ip_id;
	u_short ip_off; /* of a fragment in units of 8 bytes, and flags */
	u_char ip_ttl;
	u_char ip_p;
	u_short ip_sum;
	struct in_addr ip_src, ip_dst;
} __packed __aligned(2);

/* Flags and offset in ip_off, in host order. */
#define IP_RF		  0x8000
#define IP_DF		  0x4000
#define IP_MF		  0x2000
#define IP_OFFMASK	  0x1fff

#define IP_MAXPACKET	  65535

#define IPTOS_LOWDELAY	  0x10
#define IPTOS_THROUGHPUT  0x08
#define IPTOS_RELIABILITY 0x04
#define IPTOS_DSCP_OFFSET 2

/* RFC 3168 */
#define IPTOS_ECN_NOTECT 0x00
#define IPTOS_ECN_ECT1	 0x01
#define IPTOS_ECN_ECT0	 0x02
#define IPTOS_ECN_CE	 0x03
#define IPTOS_ECN_MASK	 0x03

#define IPOPT_EOL	 0
#define IPOPT_NOP	 1
#define IPOPT_RR	 7
#define IPOPT_TS	 68
#define IPOPT_LSRR	 131
#define IPOPT_SSRR	 137
#define IPOPT_RA	 148

#define MAXTTL		 255
#define IPDEFTTL	 64
#define IP_MSS		 576

struct ippseudo {
	struct in_addr ippseudo_src;
	struct in_addr ippseudo_dst;
	u_char ippseudo_pad;
	u_char ippseudo_p;
	u_short ippseudo_len;
};

#endif /* !_NETINET_IP_H_ */
