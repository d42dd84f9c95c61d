/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * vlan(4), as far as the interface below sees it: which VLANs there are, and
 * what they could let it do.  The interfaces that vlan(4) would create are
 * not there; netif.h sends and receives with tags.
 */
#include "kernel/ifnet_var.h"

void (*vlan_trunk_cap_p)(struct ifnet *);

/*
 * What vlan(4) takes over from the interface below, and under which
 * conditions: checksums only with the hardware's tags, segmentation also
 * without.
 */
static void
trunk_capabilities(struct ifnet *ifp)
{
	struct ifvlantrunk *trunk = ifp->if_vlantrunk;
	int cap = 0, enabled = 0;
	const int sums = IFCAP_HWCSUM | IFCAP_HWCSUM_IPV6;

	if (trunk == NULL)
		return;
	trunk->hwassist = 0;
	if ((ifp->if_capabilities & IFCAP_VLAN_HWCSUM) != 0)
		cap |= ifp->if_capabilities & (sums | IFCAP_LRO);
	if ((ifp->if_capenable & IFCAP_VLAN_HWCSUM) != 0) {
		enabled |= ifp->if_capenable & IFCAP_LRO;
		if ((ifp->if_capenable & IFCAP_VLAN_HWTAGGING) != 0)
			enabled |= ifp->if_capenable & sums;
	}
	if ((ifp->if_capabilities & IFCAP_VLAN_HWTSO) != 0)
		cap |= ifp->if_capabilities & IFCAP_TSO;
	if ((ifp->if_capenable & IFCAP_VLAN_HWTSO) != 0)
		enabled |= ifp->if_capenable & IFCAP_TSO;
	cap |= ifp->if_capabilities & IFCAP_LINKSTATE;
	enabled |= ifp->if_capenable & IFCAP_LINKSTATE;
	if ((enabled & IFCAP_TXCSUM) != 0)
		trunk->hwassist |= ifp->if_hwassist &
		    (CSUM_IP | CSUM_TCP | CSUM_UDP | CSUM_SCTP);
	if ((enabled & IFCAP_TXCSUM_IPV6) != 0)
		trunk->hwassist |= ifp->if_hwassist &
		    (CSUM_TCP_IPV6 | CSUM_UDP_IPV6 | CSUM_SCTP_IPV6);
	if ((enabled & IFCAP_TSO) != 0)
		trunk->hwassist |= ifp->if_hwassist & CSUM_TSO;
	trunk->capabilities = (uint32_t)cap;
	trunk->enabled = (uint32_t)enabled;
}

void
vlan_boot(void)
{
	vlan_trunk_cap_p = trunk_capabilities;
}

void
if_vlancap(if_t ifp)
{
	VLAN_CAPABILITIES(ifp);
}

int
if_vlantrunkinuse(if_t ifp)
{
	return (ifp->if_vlantrunk != NULL);
}

static void
tell_config(struct netif *netif, uint16_t vid)
{
	struct if_call call;

	if_call_begin(netif, &call);
	EVENTHANDLER_INVOKE(vlan_config, netif->ifp, vid);
	if_call_end(netif, &call, "vlan_config");
}

static void
tell_unconfig(struct netif *netif, uint16_t vid)
{
	struct if_call call;

	if_call_begin(netif, &call);
	EVENTHANDLER_INVOKE(vlan_unconfig, netif->ifp, vid);
	if_call_end(netif, &call, "vlan_unconfig");
}

static void
remove_vid(struct netif *netif, uint16_t vid)
{
	struct ifvlantrunk *trunk = &netif->trunk;

	trunk->vids[vid / 64] &= ~(UINT64_C(1) << (vid % 64));
	if (--trunk->count == 0)
		netif->ifp->if_vlantrunk = NULL;
	tell_unconfig(netif, vid);
}

void
vlan_purge(struct ifnet *ifp)
{
	struct netif *netif = ifp->if_book;

	for (uint16_t vid = 1; vid < 4095 && netif->trunk.count > 0; vid++)
		if (vlan_known(netif, vid))
			remove_vid(netif, vid);
}

/*
 * --- netif.h ---
 */

int
netif_vlan_add(struct netif *netif, uint16_t vid)
{
	struct ifnet *ifp = netif->ifp;
	const int needed = IFF_BROADCAST | IFF_MULTICAST;

	if (ifp == NULL || !netif->attached)
		return (ENXIO);
	if (ifp->if_type != IFT_ETHER || (ifp->if_flags & needed) != needed)
		return (EPROTONOSUPPORT);
	if (vid == 0 || vid > 4094)
		return (EINVAL);
	if (vlan_known(netif, vid))
		return (EEXIST);
	netif->trunk.vids[vid / 64] |= UINT64_C(1) << (vid % 64);
	netif->trunk.count++;
	ifp->if_vlantrunk = &netif->trunk;
	trunk_capabilities(ifp);
	tell_config(netif, vid);
	return (0);
}

int
netif_vlan_remove(struct netif *netif, uint16_t vid)
{
	if (netif->ifp == NULL || !netif->attached)
		return (ENXIO);
	if (vid == 0 || vid > 4094)
		return (EINVAL);
	if (!vlan_known(netif, vid))
		return (ENOENT);
	remove_vid(netif, vid);
	return (0);
}

int
netif_vlan_capabilities(struct netif *netif, uint32_t *capabilities,
    uint32_t *enabled)
{
	if (netif->ifp == NULL || !netif->attached)
		return (ENXIO);
	if (netif->trunk.count == 0)
		return (ENOENT);
	*capabilities = netif->trunk.capabilities;
	*enabled = netif->trunk.enabled;
	return (0);
}
