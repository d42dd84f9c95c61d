/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Internet over Ethernet.
 */
#ifndef _NETINET_IF_ETHER_H_
#define _NETINET_IF_ETHER_H_
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>

/* RFC 1112, section 6.4. */
#define ETHER_MAP_IP_MULTICAST(ipaddr, enaddr)                      \
	do {                                                        \
		(enaddr)[0] = 0x01;                                 \
		(enaddr)[1] = 0x00;                                 \
		(enaddr)[2] = 0x5e;                                 \
		(enaddr)[3] = ((const u_char *)(ipaddr))[1] & 0x7f; \
		(enaddr)[4] = ((const u_char *)(ipaddr))[2];        \
		(enaddr)[5] = ((const u_char *)(ipaddr))[3];        \
	} while (0)
/* RFC 2464, section 7. */
#define ETHER_MAP_IPV6_MULTICAST(ip6addr, enaddr)              \
	do {                                                   \
		(enaddr)[0] = 0x33;                            \
		(enaddr)[1] = 0x33;                            \
		(enaddr)[2] = ((const u_char *)(ip6addr))[12]; \
		(enaddr)[3] = ((const u_char *)(ip6addr))[13]; \
		(enaddr)[4] = ((const u_char *)(ip6addr))[14]; \
		(enaddr)[5] = ((const u_char *)(ip6addr))[15]; \
	} while (0)

struct ether_arp {
	struct arphdr ea_hdr;
	u_char arp_sha[ETHER_ADDR_LEN];
	u_char arp_spa[4];
	u_char arp_tha[ETHER_ADDR_LEN];
	u_char arp_tpa[4];
};
#define arp_hrd ea_hdr.ar_hrd
#define arp_pro ea_hdr.ar_pro
#define arp_hln ea_hdr.ar_hln
#define arp_pln ea_hdr.ar_pln
#define arp_op	ea_hdr.ar_op

struct ifaddr;
struct ifnet;
/*
 * Says on the wire that the address is here.  No addresses of protocols are
 * kept here, so none is announced: an ifaddr can only be AF_LINK, and that is
 * refused (panics).
 */
void arp_ifinit(struct ifnet *, struct ifaddr *);

#endif /* !_NETINET_IF_ETHER_H_ */
