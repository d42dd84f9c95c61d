/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifnet(9): requests of ioctl(2) as far as they are the same for all
 * interfaces, and the flags that are counted.
 */
#include "kernel/ifnet_var.h"

#include <sys/socket.h>

#if __FreeBSD_version >= 1400000
#define USER_ALLMULTI IFF_PALLMULTI
#else
#define USER_ALLMULTI 0 /* only the kernel itself asks for it */
#endif

static void
flags_to_ifr(struct ifreq *ifr, int flags)
{
	ifr->ifr_flags = (short)(flags & 0xffff);
	ifr->ifr_flagshigh = (short)(flags >> 16);
}

static void
set_flags(struct ifnet *ifp, struct ifreq *ifr)
{
	int flags = (ifr->ifr_flags & 0xffff) | (ifr->ifr_flagshigh << 16);
	bool up = false;

	if ((ifp->if_flags & IFF_UP) != 0 && (flags & IFF_UP) == 0)
		if_down(ifp);
	else if ((flags & IFF_UP) != 0 && (ifp->if_flags & IFF_UP) == 0)
		up = true;
	/* Others may want it as well: they are counted. */
	if (((ifp->if_flags ^ flags) & IFF_PPROMISC) != 0) {
		if ((flags & IFF_PPROMISC) != 0)
			ifp->if_flags |= IFF_PROMISC;
		else if (ifp->if_pcount == 0)
			ifp->if_flags &= ~IFF_PROMISC;
		if_printf(ifp, "permanently promiscuous mode %s\n",
		    (flags & IFF_PPROMISC) != 0 ? "enabled" : "disabled");
	}
	if (((ifp->if_flags ^ flags) & USER_ALLMULTI) != 0) {
		if ((flags & USER_ALLMULTI) != 0)
			ifp->if_flags |= IFF_ALLMULTI;
		else if (ifp->if_amcount == 0)
			ifp->if_flags &= ~IFF_ALLMULTI;
	}
	ifp->if_flags =
	    (ifp->if_flags & IFF_CANTCHANGE) | (flags & ~IFF_CANTCHANGE);
	if (ifp->if_ioctl != NULL)
		(void)if_call_ioctl(ifp, SIOCSIFFLAGS, ifr);
	if (up)
		if_up(ifp);
	getmicrouptime(&ifp->if_lastchange);
}

static int
change_multi(struct ifnet *ifp, u_long cmd, struct ifreq *ifr)
{
	if ((ifp->if_flags & IFF_MULTICAST) == 0)
		return (EOPNOTSUPP);
	/* Protocols' own entries are none of the user's business. */
	if (ifr->ifr_addr.sa_family != AF_LINK)
		return (EINVAL);
	if (cmd == SIOCDELMULTI)
		return (if_delmulti(ifp, &ifr->ifr_addr));
	return (if_join_once(ifp, &ifr->ifr_addr));
}

/* Those that the driver alone can answer. */
static int
ask_driver(struct ifnet *ifp, u_long cmd, struct ifreq *ifr, bool change)
{
	int error;

	if (ifp->if_ioctl == NULL)
		return (EOPNOTSUPP);
	error = if_call_ioctl(ifp, cmd, ifr);
	if (error == 0 && change)
		getmicrouptime(&ifp->if_lastchange);
	return (error);
}

int
ifhwioctl(u_long cmd, if_t ifp, caddr_t data, struct thread *td)
{
	struct ifreq *ifr = (struct ifreq *)data;

	(void)td; /* who may ask is not looked at */
	switch (cmd) {
	case SIOCGIFINDEX:
		ifr->ifr_index = (short)ifp->if_index;
		return (0);
	case SIOCGIFFLAGS:
		flags_to_ifr(ifr, ifp->if_flags | ifp->if_drv_flags);
		return (0);
	case SIOCGIFCAP:
		ifr->ifr_reqcap = ifp->if_capabilities;
		ifr->ifr_curcap = ifp->if_capenable;
		return (0);
	case SIOCGIFMETRIC:
		ifr->ifr_metric = (int)ifp->if_metric;
		return (0);
	case SIOCSIFMETRIC:
		ifp->if_metric = (uint32_t)ifr->ifr_metric;
		getmicrouptime(&ifp->if_lastchange);
		return (0);
	case SIOCGIFMTU:
		ifr->ifr_mtu = (int)ifp->if_mtu;
		return (0);
	case SIOCSIFFLAGS:
		set_flags(ifp, ifr);
		return (0);
	case SIOCSIFCAP:
		if (ifp->if_ioctl == NULL)
			return (EOPNOTSUPP);
		if ((ifr->ifr_reqcap & ~ifp->if_capabilities) != 0)
			return (EINVAL);
		return (ask_driver(ifp, cmd, ifr, true));
	case SIOCSIFMTU:
		if (ifr->ifr_mtu < IF_MINMTU || ifr->ifr_mtu > IF_MAXMTU)
			return (EINVAL);
		return (ask_driver(ifp, cmd, ifr, true));
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		return (change_multi(ifp, cmd, ifr));
	case SIOCSIFLLADDR:
		return (if_setlladdr(ifp, (const u_char *)ifr->ifr_addr.sa_data,
		    ifr->ifr_addr.sa_len));
	case SIOCGHWADDR:
		return (if_gethwaddr(ifp, ifr));
	case SIOCSIFPHYS:
	case SIOCSIFMEDIA:
	case SIOCSIFGENERIC:
		return (ask_driver(ifp, cmd, ifr, true));
	case SIOCGIFSTATUS:
	case SIOCGIFMEDIA:
	case SIOCGIFXMEDIA:
	case SIOCGIFGENERIC:
	case SIOCGIFRSSKEY:
	case SIOCGIFRSSHASH:
	case SIOCSLANPCP:
	case SIOCGLANPCP:
		return (ask_driver(ifp, cmd, ifr, false));
	default:
		return (ENOIOCTL);
	}
}

int
if_change_flags(struct ifnet *ifp, int set, int clear)
{
	struct ifreq ifr = { .ifr_name = "" };

	strlcpy(ifr.ifr_name, ifp->if_xname, sizeof(ifr.ifr_name));
	flags_to_ifr(&ifr, (ifp->if_flags & ~clear) | set);
	return (ifhwioctl(SIOCSIFFLAGS, ifp, (caddr_t)&ifr, curthread));
}

/*
 * --- flags that are on while somebody wants them ---
 */

static int
count_flag(struct ifnet *ifp, int flag, int pflag, int *count, int on)
{
	struct ifreq ifr = { .ifr_name = "" };
	int flags = ifp->if_flags, old = *count, error;

	if (on)
		KASSERT(*count >= 0,
		    ("if_setflag: increment negative refcount %d for flag %d",
			*count, flag));
	else
		KASSERT(*count > 0,
		    ("if_setflag: decrement non-positive refcount %d for "
		     "flag %d",
			*count, flag));
	*count += on ? 1 : -1;
	/* A user wants it, or somebody else still does or already did. */
	if ((ifp->if_flags & pflag) != 0 || (on ? old > 0 : *count > 0))
		return (0);
	if (on)
		ifp->if_flags |= flag;
	else
		ifp->if_flags &= ~flag;
	if (ifp->if_ioctl == NULL)
		error = EOPNOTSUPP;
	else {
		flags_to_ifr(&ifr, ifp->if_flags);
		error = if_call_ioctl(ifp, SIOCSIFFLAGS, &ifr);
	}
	if (error != 0) {
		*count = old;
		ifp->if_flags = flags;
	}
	return (error);
}

int
ifpromisc(if_t ifp, int on)
{
	int old = ifp->if_flags, error;

	error = count_flag(ifp, IFF_PROMISC, IFF_PPROMISC, &ifp->if_pcount, on);
	if (error == 0 && ((ifp->if_flags ^ old) & IFF_PROMISC) != 0)
		if_printf(ifp, "promiscuous mode %s\n",
		    (ifp->if_flags & IFF_PROMISC) != 0 ? "enabled" :
							 "disabled");
	return (error);
}

int
if_allmulti(if_t ifp, int on)
{
	return (
	    count_flag(ifp, IFF_ALLMULTI, USER_ALLMULTI, &ifp->if_amcount, on));
}
