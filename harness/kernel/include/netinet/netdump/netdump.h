/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * netdump(4) as in 12: what became debugnet(4).  See <net/debugnet.h> for
 * what the functions do.
 */
#ifndef _NETINET_NETDUMP_H_
#define _NETINET_NETDUMP_H_
#include <sys/types.h>
#include <net/if_var.h>

#if __FreeBSD_version < 1300000
#ifndef NETDUMP
#define NETDUMP 1 /* as GENERIC has it */
#endif

#define NETDUMP_MAX_IN_FLIGHT 64

enum netdump_ev { NETDUMP_START, NETDUMP_END };

typedef void netdump_init_t(struct ifnet *ifp, int *nrxr, int *ncl,
    int *clsize);
typedef void netdump_event_t(struct ifnet *ifp, enum netdump_ev event);
typedef int netdump_transmit_t(struct ifnet *ifp, struct mbuf *m);
typedef int netdump_poll_t(struct ifnet *ifp, int count);

struct netdump_methods {
	netdump_init_t *nd_init;
	netdump_event_t *nd_event;
	netdump_transmit_t *nd_transmit;
	netdump_poll_t *nd_poll;
};

#define NETDUMP_DEFINE(driver)                                     \
	static netdump_init_t driver##_netdump_init;               \
	static netdump_event_t driver##_netdump_event;             \
	static netdump_transmit_t driver##_netdump_transmit;       \
	static netdump_poll_t driver##_netdump_poll;               \
                                                                   \
	static struct netdump_methods driver##_netdump_methods = { \
		.nd_init = driver##_netdump_init,                  \
		.nd_event = driver##_netdump_event,                \
		.nd_transmit = driver##_netdump_transmit,          \
		.nd_poll = driver##_netdump_poll,                  \
	}
#define NETDUMP_SET(ifp, driver) \
	(ifp)->if_netdump_methods = &driver##_netdump_methods
#define NETDUMP_REINIT(ifp) netdump_reinit(ifp)
void netdump_reinit(struct ifnet *ifp);
#endif

#endif /* !_NETINET_NETDUMP_H_ */
