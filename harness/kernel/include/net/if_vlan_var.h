/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * vlan(4), as drivers see it.
 *
 * A driver that inserts tags sends m->m_pkthdr.ether_vtag (host order) of
 * packets with M_VLANTAG; one that removes them sets both on receipt.
 */
#ifndef _NET_IF_VLAN_VAR_H_
#define _NET_IF_VLAN_VAR_H_
#include <sys/_eventhandler.h>
#include <sys/mbuf.h>
#include <net/if_var.h>

/* The tag of mbuf_tags(9) that holds a priority. */
#define MTAG_8021Q	      1326104895
#define MTAG_8021Q_PCP_IN     0
#define MTAG_8021Q_PCP_OUT    1
#define VLAN_PCP_MAX	      7

#define DOT1Q_VID_NULL	      0x0
#define DOT1Q_VID_DEF_PVID    0x1
#define DOT1Q_VID_DEF_SR_PVID 0x2
#define DOT1Q_VID_RSVD_IMPL   0xfff

struct ether_8021q_tag {
	uint16_t proto;
	uint16_t vid;
	uint8_t pcp;
};

/* SIOCSETVLAN, SIOCGETVLAN */
struct vlanreq {
	char vlr_parent[IFNAMSIZ];
	u_short vlr_tag;
#if __FreeBSD_version >= 1300000
	u_short vlr_proto;
#endif
};

/*
 * The driver's capabilities have changed: what vlan(4) has above the
 * interface follows.
 */
extern void (*vlan_trunk_cap_p)(struct ifnet *ifp);
#if __FreeBSD_version >= 1400000
#define VLAN_CAPABILITIES(ifp)                    \
	do {                                      \
		if (if_getvlantrunk(ifp) != NULL) \
			(*vlan_trunk_cap_p)(ifp); \
	} while (0)
#else
#define VLAN_CAPABILITIES(ifp)                    \
	do {                                      \
		if ((ifp)->if_vlantrunk != NULL)  \
			(*vlan_trunk_cap_p)(ifp); \
	} while (0)
#endif

/* A VLAN of the interface is there, respectively has gone. */
typedef void (*vlan_config_fn)(void *, struct ifnet *, uint16_t);
typedef void (*vlan_unconfig_fn)(void *, struct ifnet *, uint16_t);
EVENTHANDLER_DECLARE(vlan_config, vlan_config_fn);
EVENTHANDLER_DECLARE(vlan_unconfig, vlan_unconfig_fn);

#endif /* !_NET_IF_VLAN_VAR_H_ */
