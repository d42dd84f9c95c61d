/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * TCP's header (RFC 9293).
 */
#ifndef _NETINET_TCP_H_
#define _NETINET_TCP_H_
#include <sys/types.h>

typedef u_int32_t tcp_seq;

struct tcphdr {
	u_short th_sport; /* network order, like the others */
	u_short th_dport;
	tcp_seq th_seq;
	tcp_seq th_ack;
	u_char th_x2 : 4, /* further flags */
	    th_off : 4;	  /* length of the header in words of 4 bytes */
	u_char th_flags;
	u_short th_win;
	u_short th_sum;
	u_short th_urp;
};

#define TH_FIN	0x01
#define TH_SYN	0x02
#define TH_RST	0x04
#define TH_PUSH 0x08
#define TH_ACK	0x10
#define TH_URG	0x20
#define TH_ECE	0x40
#define TH_CWR	0x80
#define TH_FLAGS \
	(TH_FIN | TH_SYN | TH_RST | TH_PUSH | TH_ACK | TH_URG | TH_ECE | TH_CWR)
#if __FreeBSD_version >= 1400000
#define TH_AE	0x100 /* in th_x2 */
#define TH_RES3 0x200
#define TH_RES2 0x400
#define TH_RES1 0x800

static __inline uint16_t
__tcp_get_flags(const struct tcphdr *th)
{
	return ((uint16_t)(th->th_x2 << 8 | th->th_flags));
}
static __inline void
__tcp_set_flags(struct tcphdr *th, uint16_t flags)
{
	th->th_x2 = (flags >> 8) & 0x0f;
	th->th_flags = flags & 0xff;
}
#define tcp_get_flags(th)	 __tcp_get_flags(th)
#define tcp_set_flags(th, flags) __tcp_set_flags((th), (flags))
#endif

#define TCPOPT_EOL	       0
#define TCPOPT_NOP	       1
#define TCPOPT_PAD	       0
#define TCPOPT_MAXSEG	       2
#define TCPOLEN_MAXSEG	       4
#define TCPOPT_WINDOW	       3
#define TCPOLEN_WINDOW	       3
#define TCPOPT_SACK_PERMITTED  4
#define TCPOLEN_SACK_PERMITTED 2
#define TCPOPT_SACK	       5
#define TCPOLEN_SACKHDR	       2
#define TCPOLEN_SACK	       8
#define TCPOPT_TIMESTAMP       8
#define TCPOLEN_TIMESTAMP      10
#define TCPOLEN_TSTAMP_APPA    (TCPOLEN_TIMESTAMP + 2)

#define TCP_MSS		       536
#define TCP6_MSS	       1220
#define TCP_MINMSS	       216
#define TCP_MAXWIN	       65535
#define TCP_MAX_WINSHIFT       14
#define TCP_MAXHLEN	       (0xf << 2)
#define TCP_MAXOLEN	       (TCP_MAXHLEN - sizeof(struct tcphdr))

#endif /* !_NETINET_TCP_H_ */
