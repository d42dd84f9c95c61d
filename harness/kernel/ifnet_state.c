/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifnet(9): counters, link state, up and down, and the calls into a driver.
 */
#include "kernel/ifnet_var.h"

/*
 * --- calls into the driver ---
 */

int
if_call_ioctl(struct ifnet *ifp, u_long cmd, void *data)
{
	struct netif *netif = ifp->if_book;
	struct if_call call;
	int error;

	if_call_begin(netif, &call);
	error = ifp->if_ioctl(ifp, cmd, data);
	if_call_end(netif, &call, "if_ioctl");
	return (error);
}

int
if_call_transmit(struct ifnet *ifp, struct mbuf *m)
{
	struct netif *netif = ifp->if_book;
	struct if_call call;
	int error;

	if_call_begin(netif, &call);
	error = ifp->if_transmit(ifp, m);
	if_call_end(netif, &call, "if_transmit");
	return (error);
}

void
if_call_qflush(struct ifnet *ifp)
{
	struct netif *netif = ifp->if_book;
	struct if_call call;

	if_call_begin(netif, &call);
	ifp->if_qflush(ifp);
	if_call_end(netif, &call, "if_qflush");
}

/*
 * --- counters ---
 */

void
if_inc_counter(if_t ifp, ift_counter counter, int64_t inc)
{
	KASSERT(counter < IFCOUNTERS,
	    ("%s: invalid cnt %d", __func__, counter));
	counter_u64_add(ifp->if_counters[counter], inc);
}

uint64_t
if_get_counter_default(if_t ifp, ift_counter counter)
{
	KASSERT(counter < IFCOUNTERS,
	    ("%s: invalid cnt %d", __func__, counter));
	return (counter_u64_fetch(ifp->if_counters[counter]));
}

#if __FreeBSD_version >= 1400000
uint64_t
if_getcounter(if_t ifp, ift_counter counter)
{
	return (ifp->if_get_counter(ifp, counter));
}
#endif

void
if_data_copy(if_t ifp, struct if_data *ifd)
{
	memset(ifd, 0, sizeof(*ifd));
	ifd->ifi_type = ifp->if_type;
	ifd->ifi_addrlen = ifp->if_addrlen;
	ifd->ifi_hdrlen = ifp->if_hdrlen;
	ifd->ifi_link_state = ifp->if_link_state;
	ifd->ifi_datalen = sizeof(*ifd);
	ifd->ifi_mtu = ifp->if_mtu;
	ifd->ifi_metric = ifp->if_metric;
	ifd->ifi_baudrate = ifp->if_baudrate;
	ifd->ifi_hwassist = ifp->if_hwassist;
	ifd->ifi_epoch = ifp->if_epoch;
	ifd->ifi_lastchange = ifp->if_lastchange;
	ifd->ifi_ipackets = ifp->if_get_counter(ifp, IFCOUNTER_IPACKETS);
	ifd->ifi_ierrors = ifp->if_get_counter(ifp, IFCOUNTER_IERRORS);
	ifd->ifi_opackets = ifp->if_get_counter(ifp, IFCOUNTER_OPACKETS);
	ifd->ifi_oerrors = ifp->if_get_counter(ifp, IFCOUNTER_OERRORS);
	ifd->ifi_collisions = ifp->if_get_counter(ifp, IFCOUNTER_COLLISIONS);
	ifd->ifi_ibytes = ifp->if_get_counter(ifp, IFCOUNTER_IBYTES);
	ifd->ifi_obytes = ifp->if_get_counter(ifp, IFCOUNTER_OBYTES);
	ifd->ifi_imcasts = ifp->if_get_counter(ifp, IFCOUNTER_IMCASTS);
	ifd->ifi_omcasts = ifp->if_get_counter(ifp, IFCOUNTER_OMCASTS);
	ifd->ifi_iqdrops = ifp->if_get_counter(ifp, IFCOUNTER_IQDROPS);
	ifd->ifi_oqdrops = ifp->if_get_counter(ifp, IFCOUNTER_OQDROPS);
	ifd->ifi_noproto = ifp->if_get_counter(ifp, IFCOUNTER_NOPROTO);
}

/*
 * --- link state, up and down ---
 */

void
if_link_state_change(if_t ifp, int link_state)
{
	if (ifp->if_link_state == link_state)
		return;
	ifp->if_link_state = (uint8_t)link_state;
	taskqueue_enqueue(taskqueue_swi, &ifp->if_linktask);
}

void
if_up(if_t ifp)
{
	ifp->if_flags |= IFF_UP;
	getmicrouptime(&ifp->if_lastchange);
	EVENTHANDLER_INVOKE(ifnet_event, ifp, IFNET_EVENT_UP);
}

void
if_down(if_t ifp)
{
	EVENTHANDLER_INVOKE(ifnet_event, ifp, IFNET_EVENT_DOWN);
	ifp->if_flags &= ~IFF_UP;
	getmicrouptime(&ifp->if_lastchange);
	if_call_qflush(ifp);
}
