/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ARP as it is on the wire (RFC 826).
 */
#ifndef _NET_IF_ARP_H_
#define _NET_IF_ARP_H_
#include <sys/types.h>
#include <net/ethernet.h>

/* Followed by sender's and target's addresses: hardware, protocol, twice. */
struct arphdr {
	u_short ar_hrd;
	u_short ar_pro; /* ETHERTYPE_ */
	u_char ar_hln;
	u_char ar_pln;
	u_short ar_op;
};
#define ARPHRD_ETHER	  1
#define ARPHRD_IEEE802	  6
#define ARPHRD_INFINIBAND 32
#define ARPOP_REQUEST	  1
#define ARPOP_REPLY	  2
#define ARPOP_REVREQUEST  3
#define ARPOP_REVREPLY	  4

/* Where the four addresses are. */
#define ar_sha(ap) (((caddr_t)((ap) + 1)) + 0)
#define ar_spa(ap) (ar_sha(ap) + (ap)->ar_hln)
#define ar_tha(ap) (ar_spa(ap) + (ap)->ar_pln)
#define ar_tpa(ap) (ar_tha(ap) + (ap)->ar_hln)

#define arphdr_len2(ar_hln, ar_pln) \
	(sizeof(struct arphdr) + 2 * (ar_hln) + 2 * (ar_pln))
#define arphdr_len(ap) (arphdr_len2((ap)->ar_hln, (ap)->ar_pln))

struct ifnet;
struct ifaddr;
#if __FreeBSD_version < 1400000
#define IFP2AC(ifp) ((struct arpcom *)((ifp)->if_l2com))
#define AC2IFP(ac)  ((ac)->ac_ifp)
struct arpcom {
	struct ifnet *ac_ifp;
	void *ac_netgraph;
};
#endif

#endif /* !_NET_IF_ARP_H_ */
