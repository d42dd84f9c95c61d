/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where releases of FreeBSD differ for network drivers: what vio_compat.h is
 * for all, this is for ifnet(9).  Include it after <net/if_var.h>.
 */
#ifndef _VIO_COMPAT_NET_H_
#define _VIO_COMPAT_NET_H_

/* Before 13, drivers went through the interface's lists themselves. */
#if __FreeBSD_version < 1300000
#include <net/if_dl.h>

typedef u_int vio_lladdr_cb_t(void *arg, struct sockaddr_dl *sdl, u_int count);

static inline u_int
vio_foreach_lladdr(if_t ifp, vio_lladdr_cb_t *cb, void *arg)
{
	struct ifaddr *ifa;
	u_int count = 0;

	if_addr_rlock(ifp);
	CK_STAILQ_FOREACH(ifa, &ifp->if_addrhead, ifa_link)
	if (ifa->ifa_addr->sa_family == AF_LINK)
		count += cb(arg, (struct sockaddr_dl *)ifa->ifa_addr, count);
	if_addr_runlock(ifp);
	return (count);
}

static inline u_int
vio_foreach_llmaddr(if_t ifp, vio_lladdr_cb_t *cb, void *arg)
{
	struct ifmultiaddr *ifma;
	u_int count = 0;

	if_maddr_rlock(ifp);
	CK_STAILQ_FOREACH(ifma, &ifp->if_multiaddrs, ifma_link)
	if (ifma->ifma_addr->sa_family == AF_LINK)
		count += cb(arg, (struct sockaddr_dl *)ifma->ifma_addr, count);
	if_maddr_runlock(ifp);
	return (count);
}

/* The stack did not expect drivers to be in its epoch, either. */
#ifndef NET_TASK_INIT
#define NET_TASK_INIT TASK_INIT
#endif

#define if_foreach_lladdr  vio_foreach_lladdr
#define if_foreach_llmaddr vio_foreach_llmaddr
#endif

/* debugnet(9) was netdump(4)'s alone before 13. */
#if __FreeBSD_version < 1300000
#ifdef NETDUMP
#include <netinet/netdump/netdump.h>
#define DEBUGNET
#define VIO_DEBUGNET(driver, hook)    driver##_netdump_##hook
#define VIO_DEBUGNET_DEFINE(driver)   NETDUMP_DEFINE(driver)
#define VIO_DEBUGNET_SET(ifp, driver) NETDUMP_SET(ifp, driver)
#define VIO_DEBUGNET_EVENT	      enum netdump_ev
#define VIO_DEBUGNET_START	      NETDUMP_START
#define VIO_DEBUGNET_IN_FLIGHT	      NETDUMP_MAX_IN_FLIGHT
#endif
#else
#include <net/debugnet.h>
#define VIO_DEBUGNET(driver, hook)    driver##_debugnet_##hook
#define VIO_DEBUGNET_DEFINE(driver)   DEBUGNET_DEFINE(driver)
#define VIO_DEBUGNET_SET(ifp, driver) DEBUGNET_SET(ifp, driver)
#define VIO_DEBUGNET_EVENT	      enum debugnet_ev
#define VIO_DEBUGNET_START	      DEBUGNET_START
#define VIO_DEBUGNET_IN_FLIGHT	      DEBUGNET_MAX_IN_FLIGHT
#endif

#endif /* !_VIO_COMPAT_NET_H_ */
