/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * debugnet(4): sending and receiving when nothing else works any more.  The
 * driver's part; kernel/netif.h calls it.
 */
#ifndef _NET_DEBUGNET_H_
#define _NET_DEBUGNET_H_
#include <sys/types.h>
#include <net/if_var.h>

#ifndef DEBUGNET
#define DEBUGNET 1 /* as GENERIC has it */
#endif

#define DEBUGNET_MAX_IN_FLIGHT 64

enum debugnet_ev { DEBUGNET_START, DEBUGNET_END };

/*
 * nrxr: receive rings; ncl, clsize: clusters that a ring needs and their size.
 * Transmit and poll return an errno; transmit takes the packet whatever that
 * is.  Poll is to transmit and receive at most `count` packets.
 */
typedef void debugnet_init_t(if_t ifp, int *nrxr, int *ncl, int *clsize);
typedef void debugnet_event_t(if_t ifp, enum debugnet_ev event);
typedef int debugnet_transmit_t(if_t ifp, struct mbuf *m);
typedef int debugnet_poll_t(if_t ifp, int count);

struct debugnet_methods {
	debugnet_init_t *dn_init;
	debugnet_event_t *dn_event;
	debugnet_transmit_t *dn_transmit;
	debugnet_poll_t *dn_poll;
};

#define DEBUGNET_DEFINE(driver)                                      \
	static debugnet_init_t driver##_debugnet_init;               \
	static debugnet_event_t driver##_debugnet_event;             \
	static debugnet_transmit_t driver##_debugnet_transmit;       \
	static debugnet_poll_t driver##_debugnet_poll;               \
                                                                     \
	static struct debugnet_methods driver##_debugnet_methods = { \
		.dn_init = driver##_debugnet_init,                   \
		.dn_event = driver##_debugnet_event,                 \
		.dn_transmit = driver##_debugnet_transmit,           \
		.dn_poll = driver##_debugnet_poll,                   \
	}
#if __FreeBSD_version >= 1400000
#define DEBUGNET_SET(ifp, driver) \
	if_setdebugnet_methods((ifp), &driver##_debugnet_methods)
#else
#define DEBUGNET_SET(ifp, driver) \
	(ifp)->if_debugnet_methods = &driver##_debugnet_methods
#endif
/* The size of clusters may have changed. */
#define DEBUGNET_NOTIFY_MTU(ifp) debugnet_any_ifnet_update(ifp)
void debugnet_any_ifnet_update(if_t ifp);

#endif /* !_NET_DEBUGNET_H_ */
