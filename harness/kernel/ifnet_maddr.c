/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifnet(9): the addresses of an interface, its own and those of groups.
 *
 * A group of a protocol has an entry of its own and one for the link-level
 * address that it maps to; each counts how often it was asked for.
 */
#include "kernel/ifnet_var.h"

#include <sys/socket.h>

static MALLOC_DEFINE(M_IFMADDR, "ether_multi", "link-level multicast address");

/*
 * --- the interface's own ---
 */

int
if_setlladdr(if_t ifp, const u_char *lladdr, int len)
{
	struct sockaddr_dl *sdl;
	struct ifaddr *ifa = ifp->if_addr;

	if (ifa == NULL)
		return (EINVAL);
	sdl = (struct sockaddr_dl *)ifa->ifa_addr;
	if (len != sdl->sdl_alen)
		return (EINVAL);
	switch (ifp->if_type) {
	case IFT_ETHER:
	case IFT_L2VLAN:
	case IFT_BRIDGE:
	case IFT_IEEE8023ADLAG:
		memcpy(LLADDR(sdl), lladdr, (size_t)len);
		break;
	default:
		return (ENODEV);
	}
	/* Down and up again, so that the driver takes it over. */
	if ((ifp->if_flags & IFF_UP) != 0 && ifp->if_ioctl != NULL) {
		struct ifreq ifr = { .ifr_name = "" };

		ifp->if_flags &= ~IFF_UP;
		ifr.ifr_flags = (short)(ifp->if_flags & 0xffff);
		ifr.ifr_flagshigh = (short)(ifp->if_flags >> 16);
		(void)if_call_ioctl(ifp, SIOCSIFFLAGS, &ifr);
		ifp->if_flags |= IFF_UP;
		ifr.ifr_flags = (short)(ifp->if_flags & 0xffff);
		ifr.ifr_flagshigh = (short)(ifp->if_flags >> 16);
		(void)if_call_ioctl(ifp, SIOCSIFFLAGS, &ifr);
	}
	EVENTHANDLER_INVOKE(iflladdr_event, ifp);
	return (0);
}

struct sockaddr_dl *
link_init_sdl(struct ifnet *ifp, struct sockaddr *paddr, u_char iftype)
{
	struct sockaddr_dl *sdl = (struct sockaddr_dl *)paddr;

	memset(sdl, 0, sizeof(*sdl));
	sdl->sdl_len = sizeof(*sdl);
	sdl->sdl_family = AF_LINK;
	sdl->sdl_index = ifp->if_index;
	sdl->sdl_type = iftype;
	return (sdl);
}

/*
 * --- groups ---
 */

/* Where interface and name do not matter, the link-level address counts. */
static bool
same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	const struct sockaddr_dl *da, *db;

	if (a->sa_family != b->sa_family)
		return (false);
	if (a->sa_family != AF_LINK)
		return (a->sa_len == b->sa_len && memcmp(a, b, a->sa_len) == 0);
	da = (const struct sockaddr_dl *)a;
	db = (const struct sockaddr_dl *)b;
	return (da->sdl_alen == db->sdl_alen &&
	    memcmp(CLLADDR(da), CLLADDR(db), da->sdl_alen) == 0);
}

static struct ifmultiaddr *
find_multi(struct ifnet *ifp, const struct sockaddr *sa)
{
	struct ifmultiaddr *ifma;

	CK_STAILQ_FOREACH(ifma, &ifp->if_multiaddrs, ifma_link)
	if (same_address(ifma->ifma_addr, sa))
		return (ifma);
	return (NULL);
}

static struct ifmultiaddr *
new_multi(struct ifnet *ifp, const struct sockaddr *sa)
{
	struct ifmultiaddr *ifma;

	if (sa->sa_len > sizeof(ifma->ifma_sdl))
		return (NULL);
	ifma = malloc(sizeof(*ifma), M_IFMADDR, M_NOWAIT | M_ZERO);
	if (ifma == NULL)
		return (NULL);
	memcpy(&ifma->ifma_sdl, sa, sa->sa_len);
	ifma->ifma_addr = (struct sockaddr *)&ifma->ifma_sdl;
	ifma->ifma_ifp = ifp;
	ifma->ifma_refcount = 1;
	ifma->ifma_flags = IFMA_F_ENQUEUED;
	CK_STAILQ_INSERT_HEAD(&ifp->if_multiaddrs, ifma, ifma_link);
	return (ifma);
}

/* One that was found, or a new one. */
static int
enter_multi(struct ifnet *ifp, struct sockaddr *sa, bool once,
    struct ifmultiaddr **retifma, bool *new)
{
	struct ifmultiaddr *ifma, *ll;
	struct sockaddr *llsa = NULL;
	struct sockaddr_dl sdl = { .sdl_len = sizeof(sdl) };
	int error;

	IF_ADDR_WLOCK_ASSERT(ifp);
	ifma = find_multi(ifp, sa);
	*new = ifma == NULL;
	*retifma = ifma;
	if (ifma != NULL) {
		if (once)
			return (EADDRINUSE);
		ifma->ifma_refcount++;
		return (0);
	}
	if (ifp->if_resolvemulti != NULL) {
		llsa = (struct sockaddr *)&sdl;
		error = ifp->if_resolvemulti(ifp, &llsa, sa);
		if (error != 0)
			return (error);
	}
	*retifma = ifma = new_multi(ifp, sa);
	if (ifma == NULL)
		return (ENOMEM);
	if (llsa == NULL)
		return (0);
	ll = find_multi(ifp, llsa);
	if (ll != NULL)
		ll->ifma_refcount++;
	else if ((ll = new_multi(ifp, llsa)) == NULL) {
		CK_STAILQ_REMOVE(&ifp->if_multiaddrs, ifma, ifmultiaddr,
		    ifma_link);
		free(ifma, M_IFMADDR);
		return (ENOMEM);
	}
	ifma->ifma_llifma = ll;
	ifma->ifma_lladdr = ll->ifma_addr;
	return (0);
}

static int
add_multi(struct ifnet *ifp, struct sockaddr *sa, bool once,
    struct ifmultiaddr **retifma)
{
	struct ifmultiaddr *ifma;
	bool new;
	int error;

	IF_ADDR_WLOCK(ifp);
	error = enter_multi(ifp, sa, once, &ifma, &new);
	IF_ADDR_WUNLOCK(ifp);
	if (error != 0)
		return (error);
	if (retifma != NULL)
		*retifma = ifma;
	if (new && ifp->if_ioctl != NULL)
		(void)if_call_ioctl(ifp, SIOCADDMULTI, NULL);
	return (0);
}

int
if_addmulti(if_t ifp, struct sockaddr *sa, struct ifmultiaddr **retifma)
{
	return (add_multi(ifp, sa, false, retifma));
}

int
if_join_once(struct ifnet *ifp, struct sockaddr *sa)
{
	return (add_multi(ifp, sa, true, NULL));
}

/* One reference less; whether that was the last. */
static bool
drop_multi(struct ifnet *ifp, struct ifmultiaddr *ifma)
{
	KASSERT(ifma->ifma_refcount > 0,
	    ("if_delmulti: ifma %p has 0 refs", ifma));
	if (--ifma->ifma_refcount > 0)
		return (false);
	CK_STAILQ_REMOVE(&ifp->if_multiaddrs, ifma, ifmultiaddr, ifma_link);
	if (ifma->ifma_llifma != NULL)
		(void)drop_multi(ifp, ifma->ifma_llifma);
	free(ifma, M_IFMADDR);
	return (true);
}

static void
left_multi(struct ifnet *ifp, bool last)
{
	if (last && ifp->if_ioctl != NULL)
		(void)if_call_ioctl(ifp, SIOCDELMULTI, NULL);
}

int
if_delmulti(if_t ifp, struct sockaddr *sa)
{
	struct ifmultiaddr *ifma;
	bool last = false;

	IF_ADDR_WLOCK(ifp);
	ifma = find_multi(ifp, sa);
	if (ifma != NULL)
		last = drop_multi(ifp, ifma);
	IF_ADDR_WUNLOCK(ifp);
	if (ifma == NULL)
		return (ENOENT);
	left_multi(ifp, last);
	return (0);
}

void
if_delmulti_ifma(struct ifmultiaddr *ifma)
{
	struct ifnet *ifp = ifma->ifma_ifp;
	bool last;

	IF_ADDR_WLOCK(ifp);
	last = drop_multi(ifp, ifma);
	IF_ADDR_WUNLOCK(ifp);
	left_multi(ifp, last);
}

/* Whoever joined them: with the interface they are gone. */
void
if_purge_multi(struct ifnet *ifp)
{
	struct ifmultiaddr *ifma;

	IF_ADDR_WLOCK(ifp);
	while ((ifma = CK_STAILQ_FIRST(&ifp->if_multiaddrs)) != NULL) {
		CK_STAILQ_REMOVE_HEAD(&ifp->if_multiaddrs, ifma_link);
		free(ifma, M_IFMADDR);
	}
	IF_ADDR_WUNLOCK(ifp);
}

void
if_delallmulti(if_t ifp)
{
	if_purge_multi(ifp);
	left_multi(ifp, true);
}

/*
 * --- reading the lists ---
 */

u_int
if_count_multi(struct ifnet *ifp)
{
	struct ifmultiaddr *ifma;
	u_int count = 0;

	CK_STAILQ_FOREACH(ifma, &ifp->if_multiaddrs, ifma_link)
	if (ifma->ifma_addr->sa_family == AF_LINK)
		count++;
	return (count);
}

#if __FreeBSD_version >= 1300000
u_int
if_foreach_lladdr(if_t ifp, iflladdr_cb_t cb, void *arg)
{
	struct epoch_tracker et;
	struct ifaddr *ifa;
	u_int count = 0;

	MPASS(cb != NULL);
	NET_EPOCH_ENTER(et);
	CK_STAILQ_FOREACH(ifa, &ifp->if_addrhead, ifa_link)
	if (ifa->ifa_addr->sa_family == AF_LINK)
		count += cb(arg, (struct sockaddr_dl *)ifa->ifa_addr, count);
	NET_EPOCH_EXIT(et);
	return (count);
}

u_int
if_foreach_llmaddr(if_t ifp, iflladdr_cb_t cb, void *arg)
{
	struct epoch_tracker et;
	struct ifmultiaddr *ifma;
	u_int count = 0;

	MPASS(cb != NULL);
	NET_EPOCH_ENTER(et);
	CK_STAILQ_FOREACH(ifma, &ifp->if_multiaddrs, ifma_link)
	if (ifma->ifma_addr->sa_family == AF_LINK)
		count += cb(arg, (struct sockaddr_dl *)ifma->ifma_addr, count);
	NET_EPOCH_EXIT(et);
	return (count);
}

u_int
if_lladdr_count(if_t ifp)
{
	return (ifp->if_addr != NULL ? 1 : 0);
}

u_int
if_llmaddr_count(if_t ifp)
{
	return (if_count_multi(ifp));
}
#else
static epoch_tracker_t
thread_tracker(void)
{
	_Static_assert(sizeof(struct epoch_tracker) <=
		sizeof(((struct thread *)0)->td_et),
	    "td_et is too small");

	return ((epoch_tracker_t)curthread->td_et);
}

void
if_addr_rlock(struct ifnet *ifp)
{
	(void)ifp;
	epoch_enter_preempt(net_epoch_preempt, thread_tracker());
}

void
if_addr_runlock(struct ifnet *ifp)
{
	(void)ifp;
	epoch_exit_preempt(net_epoch_preempt, thread_tracker());
}

void
if_maddr_rlock(struct ifnet *ifp)
{
	if_addr_rlock(ifp);
}

void
if_maddr_runlock(struct ifnet *ifp)
{
	if_addr_runlock(ifp);
}

int
if_multiaddr_count(struct ifnet *ifp, int max)
{
	int count = (int)if_count_multi(ifp);

	return (max >= 0 ? MIN(count, max) : count);
}

int
if_multiaddr_array(struct ifnet *ifp, void *mta, int *cnt, int max)
{
	struct ifmultiaddr *ifma;

	*cnt = 0;
	CK_STAILQ_FOREACH(ifma, &ifp->if_multiaddrs, ifma_link)
	{
		if (ifma->ifma_addr->sa_family != AF_LINK)
			continue;
		if (*cnt == max)
			break;
		memcpy((uint8_t *)mta + *cnt * ETHER_ADDR_LEN,
		    LLADDR((struct sockaddr_dl *)ifma->ifma_addr),
		    ETHER_ADDR_LEN);
		++*cnt;
	}
	return (0);
}
#endif

#if __FreeBSD_version >= 1400000
bool
if_maddr_empty(if_t ifp)
{
	return (CK_STAILQ_EMPTY(&ifp->if_multiaddrs));
}
#endif
