/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * netif.h: finding interfaces, what they are, and what ifconfig(8) asks for.
 */
#include "kernel/ifnet_var.h"

#include <sys/socket.h>

/* netif.h has FreeBSD's numbers, without FreeBSD's headers. */
_Static_assert(NETIF_UP == IFF_UP && NETIF_BROADCAST == IFF_BROADCAST &&
	NETIF_RUNNING == IFF_DRV_RUNNING && NETIF_PROMISC == IFF_PROMISC &&
	NETIF_ALLMULTI == IFF_ALLMULTI && NETIF_OACTIVE == IFF_DRV_OACTIVE &&
	NETIF_SIMPLEX == IFF_SIMPLEX && NETIF_MULTICAST == IFF_MULTICAST &&
	NETIF_PPROMISC == IFF_PPROMISC && NETIF_MONITOR == IFF_MONITOR,
    "flags");
_Static_assert(NETIF_CAP_RXCSUM == IFCAP_RXCSUM &&
	NETIF_CAP_TXCSUM == IFCAP_TXCSUM &&
	NETIF_CAP_VLAN_MTU == IFCAP_VLAN_MTU &&
	NETIF_CAP_VLAN_HWTAGGING == IFCAP_VLAN_HWTAGGING &&
	NETIF_CAP_JUMBO_MTU == IFCAP_JUMBO_MTU &&
	NETIF_CAP_VLAN_HWCSUM == IFCAP_VLAN_HWCSUM &&
	NETIF_CAP_TSO4 == IFCAP_TSO4 && NETIF_CAP_TSO6 == IFCAP_TSO6 &&
	NETIF_CAP_LRO == IFCAP_LRO &&
	NETIF_CAP_VLAN_HWFILTER == IFCAP_VLAN_HWFILTER &&
	NETIF_CAP_VLAN_HWTSO == IFCAP_VLAN_HWTSO &&
	NETIF_CAP_LINKSTATE == IFCAP_LINKSTATE &&
	NETIF_CAP_RXCSUM_IPV6 == IFCAP_RXCSUM_IPV6 &&
	NETIF_CAP_TXCSUM_IPV6 == IFCAP_TXCSUM_IPV6 &&
	NETIF_CAP_HWSTATS == IFCAP_HWSTATS,
    "capabilities");
_Static_assert((int)NETIF_LINK_UP == LINK_STATE_UP &&
	(int)NETIF_LINK_DOWN == LINK_STATE_DOWN,
    "link states");

/*
 * --- finding one ---
 */

struct netif *
netif_open(const char *name)
{
	struct netif *netif;

	TAILQ_FOREACH(netif, &netifs, link)
		if (netif->attached && strcmp(netif->name, name) == 0) {
			netif->opens++;
			return (netif);
		}
	return (NULL);
}

void
netif_close(struct netif *netif)
{
	HOST_ASSERT(netif->opens > 0);
	if (netif->opens == 1) {
		netif_set_tap(netif, NULL, NULL);
		netif_set_input(netif, NULL, NULL);
		netif_set_link_event(netif, NULL, NULL);
	}
	netif->opens--;
	netif_unref(netif);
}

const char *
netif_name(const struct netif *netif)
{
	return (netif->name);
}

void
netif_foreach(void (*fn)(void *arg, const char *name), void *arg)
{
	struct netif *netif, *next;

	TAILQ_FOREACH_SAFE(netif, &netifs, link, next)
		if (netif->attached)
			fn(arg, netif->name);
}

struct ifnet *
netif_ifp(struct netif *netif)
{
	return (netif->attached ? netif->ifp : NULL);
}

void
netif_set_link_event(struct netif *netif,
    void (*fn)(void *arg, struct netif *netif, enum netif_link link), void *arg)
{
	netif->link_event = fn;
	netif->link_arg = arg;
}

/*
 * --- what it is ---
 */

int
netif_info(struct netif *netif, struct netif_info *info)
{
	struct ifnet *ifp = netif_ifp(netif);

	memset(info, 0, sizeof(*info));
	strlcpy(info->name, netif->name, sizeof(info->name));
	if (ifp == NULL)
		return (ENXIO);
	memcpy(info->mac, IF_LLADDR(ifp), sizeof(info->mac));
	info->mtu = ifp->if_mtu;
	info->index = ifp->if_index;
	info->flags = (uint32_t)(ifp->if_flags | ifp->if_drv_flags);
	info->capabilities = (uint32_t)ifp->if_capabilities;
	info->enabled = (uint32_t)ifp->if_capenable;
	info->link = (enum netif_link)ifp->if_link_state;
	info->baudrate = ifp->if_baudrate;
	info->tso_max = ifp->if_hw_tsomax;
	info->promisc_count = (uint32_t)ifp->if_pcount;
	info->multicast_groups = if_count_multi(ifp);
	info->vlans = netif->trunk.count;
	return (0);
}

int
netif_counters(struct netif *netif, struct netif_counters *counters)
{
	struct ifnet *ifp = netif_ifp(netif);
	struct if_call call;
	struct if_data ifd;

	memset(counters, 0, sizeof(*counters));
	if (ifp == NULL)
		return (ENXIO);
	if_call_begin(netif, &call);
	if_data_copy(ifp, &ifd);
	if_call_end(netif, &call, "if_get_counter");
	counters->ipackets = ifd.ifi_ipackets;
	counters->ierrors = ifd.ifi_ierrors;
	counters->opackets = ifd.ifi_opackets;
	counters->oerrors = ifd.ifi_oerrors;
	counters->collisions = ifd.ifi_collisions;
	counters->ibytes = ifd.ifi_ibytes;
	counters->obytes = ifd.ifi_obytes;
	counters->imcasts = ifd.ifi_imcasts;
	counters->omcasts = ifd.ifi_omcasts;
	counters->iqdrops = ifd.ifi_iqdrops;
	counters->oqdrops = ifd.ifi_oqdrops;
	counters->noproto = ifd.ifi_noproto;
	return (0);
}

/*
 * --- requests ---
 */

static int
request(struct netif *netif, u_long cmd, struct ifreq *ifr)
{
	struct ifnet *ifp = netif_ifp(netif);

	if (ifp == NULL)
		return (ENXIO);
	strlcpy(ifr->ifr_name, netif->name, sizeof(ifr->ifr_name));
	return (ifhwioctl(cmd, ifp, (caddr_t)ifr, curthread));
}

static int
change_flag(struct netif *netif, int flag, bool on)
{
	struct ifnet *ifp = netif_ifp(netif);

	if (ifp == NULL)
		return (ENXIO);
	return (if_change_flags(ifp, on ? flag : 0, on ? 0 : flag));
}

int
netif_up(struct netif *netif)
{
	return (change_flag(netif, IFF_UP, true));
}

int
netif_down(struct netif *netif)
{
	return (change_flag(netif, IFF_UP, false));
}

int
netif_set_mtu(struct netif *netif, uint32_t mtu)
{
	struct ifreq ifr = { .ifr_name = "" };

	if (mtu < IF_MINMTU || mtu > IF_MAXMTU)
		return (netif_ifp(netif) == NULL ? ENXIO : EINVAL);
	ifr.ifr_mtu = (int)mtu;
	return (request(netif, SIOCSIFMTU, &ifr));
}

int
netif_set_promisc(struct netif *netif, bool on)
{
	return (change_flag(netif, IFF_PPROMISC, on));
}

int
netif_promisc_listener(struct netif *netif, bool on)
{
	struct ifnet *ifp = netif_ifp(netif);

	if (ifp == NULL)
		return (ENXIO);
	if (!on && ifp->if_pcount == 0)
		return (EINVAL);
	return (ifpromisc(ifp, on ? 1 : 0));
}

/* Before 14 no user could ask for it, only the kernel's own. */
int
netif_set_allmulti(struct netif *netif, bool on)
{
#if __FreeBSD_version >= 1400000
	return (change_flag(netif, IFF_PALLMULTI, on));
#else
	struct ifnet *ifp = netif_ifp(netif);

	if (ifp == NULL)
		return (ENXIO);
	if ((ifp->if_amcount > 0) == on)
		return (0);
	return (if_allmulti(ifp, on ? 1 : 0));
#endif
}

static int
change_group(struct netif *netif, u_long cmd, const uint8_t mac[6])
{
	/* ifreq has room for the first 16 bytes of a sockaddr_dl. */
	struct ifreq ifr = { .ifr_name = "" };
	struct sockaddr_dl sdl = { .sdl_len = sizeof(ifr.ifr_addr),
		.sdl_family = AF_LINK,
		.sdl_type = IFT_ETHER,
		.sdl_alen = ETHER_ADDR_LEN };

	memcpy(LLADDR(&sdl), mac, ETHER_ADDR_LEN);
	memcpy(&ifr.ifr_addr, &sdl, sizeof(ifr.ifr_addr));
	return (request(netif, cmd, &ifr));
}

int
netif_join(struct netif *netif, const uint8_t mac[6])
{
	return (change_group(netif, SIOCADDMULTI, mac));
}

int
netif_leave(struct netif *netif, const uint8_t mac[6])
{
	return (change_group(netif, SIOCDELMULTI, mac));
}

int
netif_set_capabilities(struct netif *netif, uint32_t enabled)
{
	struct ifreq ifr = { .ifr_name = "" };

	ifr.ifr_reqcap = (int)enabled;
	return (request(netif, SIOCSIFCAP, &ifr));
}

int
netif_set_media(struct netif *netif, int word)
{
	struct ifreq ifr = { .ifr_name = "" };

	ifr.ifr_media = word;
	return (request(netif, SIOCSIFMEDIA, &ifr));
}

int
netif_media(struct netif *netif, struct netif_media *media)
{
	struct ifmediareq ifmr = { .ifm_count = nitems(media->list),
		.ifm_ulist = media->list };
	struct ifnet *ifp = netif_ifp(netif);
	int error;

	memset(media, 0, sizeof(*media));
	if (ifp == NULL)
		return (ENXIO);
	strlcpy(ifmr.ifm_name, netif->name, sizeof(ifmr.ifm_name));
	error = ifhwioctl(SIOCGIFXMEDIA, ifp, (caddr_t)&ifmr, curthread);
	/* Drivers may not know that request: then as it was before. */
	if (error == EINVAL || error == ENOTTY)
		error = ifhwioctl(SIOCGIFMEDIA, ifp, (caddr_t)&ifmr, curthread);
	if (error != 0 && error != E2BIG)
		return (error);
	media->current = ifmr.ifm_current;
	media->active = ifmr.ifm_active;
	media->valid = (ifmr.ifm_status & 1) != 0;   /* IFM_AVALID */
	media->carrier = (ifmr.ifm_status & 2) != 0; /* IFM_ACTIVE */
	media->count = (unsigned)ifmr.ifm_count;
	return (0);
}

int
netif_set_mac(struct netif *netif, const uint8_t mac[6])
{
	struct ifreq ifr = { .ifr_name = "" };

	if (netif_ifp(netif) != NULL && ETHER_IS_MULTICAST(mac))
		return (EINVAL);
	ifr.ifr_addr.sa_len = ETHER_ADDR_LEN;
	memcpy(ifr.ifr_addr.sa_data, mac, ETHER_ADDR_LEN);
	return (request(netif, SIOCSIFLLADDR, &ifr));
}
