/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * debugnet(4), and netdump(4) before 13: sending and receiving while nothing
 * else of the kernel runs.  The device goes on; the driver has to poll it.
 */
#include "kernel/ifnet_var.h"

#include <net/debugnet.h>
#include <netinet/netdump/netdump.h>

#if __FreeBSD_version >= 1300000
#define METHODS		  if_debugnet_methods
#define METHOD(ifp, name) ((ifp)->if_debugnet_methods->dn_##name)
#define EV_START	  DEBUGNET_START
#define EV_END		  DEBUGNET_END
#else
#define METHODS		  if_netdump_methods
#define METHOD(ifp, name) ((ifp)->if_netdump_methods->nd_##name)
#define EV_START	  NETDUMP_START
#define EV_END		  NETDUMP_END
#endif

static struct {
	bool alone;
	if_input_fn_t input; /* of the interface, meanwhile */
} debug;

/* What the driver needs, which must be something that there is. */
static int
ask_needs(struct ifnet *ifp)
{
	int rings = -1, clusters = -1, size = -1;

	METHOD(ifp, init)(ifp, &rings, &clusters, &size);
	if (rings > 0 && clusters > 0 &&
	    (size == MCLBYTES || size == MJUMPAGESIZE || size == MJUM9BYTES ||
		size == MJUM16BYTES))
		return (0);
	kern_misuse("debugnet: %s wants %d rings of %d clusters of %d bytes",
	    ifp->if_xname, rings, clusters, size);
	return (EOPNOTSUPP);
}

#if __FreeBSD_version >= 1300000
void
debugnet_any_ifnet_update(if_t ifp)
{
	if (ifp->METHODS != NULL)
		(void)ask_needs(ifp);
}
#else
void
netdump_reinit(struct ifnet *ifp)
{
	if (ifp->METHODS != NULL)
		(void)ask_needs(ifp);
}
#endif

/* While it lasts, packets take no part in what the stack does. */
static void
debug_input(if_t ifp, struct mbuf *m)
{
	struct mbuf *next;

	for (; m != NULL; m = next) {
		next = m->m_nextpkt;
		m->m_nextpkt = NULL;
		if ((m->m_flags & M_PKTHDR) == 0 ||
		    m->m_pkthdr.len < ETHER_HDR_LEN) {
			if_printf(ifp, "discard frame without a header\n");
			m_freem(m);
		} else
			netif_hand_up(ifp->if_book, m);
	}
}

static void
alone(bool on)
{
	debug.alone = on;
	scheduler_stopped = on;
	sim_alone(on);
}

int
netif_debug_start(struct netif *netif)
{
	struct ifnet *ifp = netif_ifp(netif);
	int error;

	if (ifp == NULL)
		return (ENXIO);
	if (ifp->METHODS == NULL || ifp->if_type != IFT_ETHER)
		return (EOPNOTSUPP);
	if (debug.alone)
		return (EBUSY);
	error = ask_needs(ifp);
	if (error != 0)
		return (error);
	if (kern_locks_held() != 0)
		panic("netif_debug_start: with %u locks held",
		    kern_locks_held());
	alone(true);
	netif->debugging = true;
	debug.input = ifp->if_input;
	ifp->if_input = debug_input;
	METHOD(ifp, event)(ifp, EV_START);
	return (0);
}

int
netif_debug_output(struct netif *netif, const struct iovec *iov,
    unsigned iovcnt)
{
	struct ifnet *ifp = netif->ifp;
	struct mbuf *m;
	int error;

	if (!netif->debugging)
		return (EINVAL);
	m = m_gethdr(M_NOWAIT, MT_DATA);
	if (m == NULL)
		return (ENOBUFS);
	for (unsigned i = 0; i < iovcnt; i++)
		if (m_append(m, (int)iov[i].iov_len, iov[i].iov_base) == 0) {
			m_freem(m);
			return (ENOBUFS);
		}
	if (m->m_pkthdr.len < ETHER_HDR_LEN) {
		m_freem(m);
		return (EMSGSIZE);
	}
	error = METHOD(ifp, transmit)(ifp, m);
	if (error == 0)
		error = METHOD(ifp, poll)(ifp, 1);
	return (error);
}

int
netif_debug_poll(struct netif *netif, unsigned count)
{
	struct ifnet *ifp = netif->ifp;

	if (!netif->debugging)
		return (EINVAL);
	return (METHOD(ifp, poll)(ifp, (int)count));
}

void
netif_debug_end(struct netif *netif)
{
	struct ifnet *ifp = netif->ifp;

	if (!netif->debugging)
		return;
	METHOD(ifp, event)(ifp, EV_END);
	ifp->if_input = debug.input;
	netif->debugging = false;
	alone(false);
}
