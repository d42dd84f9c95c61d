/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The send queue of an interface (see <net/ifq.h>), for drivers that have an
 * if_start routine and no if_transmit.
 */
#include "kernel/ifnet_var.h"

int ifqmaxlen = IFQ_MAXLEN;

void
ifq_init(struct ifaltq *ifq, struct ifnet *ifp)
{
	mtx_init(&ifq->ifq_mtx, "if send queue", NULL, MTX_DEF);
	ifq->ifq_maxlen = ifqmaxlen;
	ifq->altq_ifp = ifp;
}

void
ifq_delete(struct ifaltq *ifq)
{
	ifq_drv_purge(ifq);
	mtx_destroy(&ifq->ifq_mtx);
}

/* Fills the driver's part of the queue as far as it wants that. */
struct mbuf *
ifq_drv_dequeue(struct ifaltq *ifq)
{
	struct mbuf *m = ifq->ifq_drv_head, *more;

	if (m != NULL) {
		ifq->ifq_drv_head = m->m_nextpkt;
		if (ifq->ifq_drv_head == NULL)
			ifq->ifq_drv_tail = NULL;
		m->m_nextpkt = NULL;
		ifq->ifq_drv_len--;
		return (m);
	}
	IFQ_LOCK(ifq);
	_IF_DEQUEUE(ifq, m);
	while (ifq->ifq_drv_len < ifq->ifq_drv_maxlen) {
		_IF_DEQUEUE(ifq, more);
		if (more == NULL)
			break;
		if (ifq->ifq_drv_tail == NULL)
			ifq->ifq_drv_head = more;
		else
			ifq->ifq_drv_tail->m_nextpkt = more;
		ifq->ifq_drv_tail = more;
		ifq->ifq_drv_len++;
	}
	IFQ_UNLOCK(ifq);
	return (m);
}

void
ifq_drv_prepend(struct ifaltq *ifq, struct mbuf *m)
{
	m->m_nextpkt = ifq->ifq_drv_head;
	if (ifq->ifq_drv_tail == NULL)
		ifq->ifq_drv_tail = m;
	ifq->ifq_drv_head = m;
	ifq->ifq_drv_len++;
}

void
ifq_drv_purge(struct ifaltq *ifq)
{
	struct mbuf *m, *next = ifq->ifq_drv_head;

	while ((m = next) != NULL) {
		next = m->m_nextpkt;
		m->m_nextpkt = NULL;
		m_freem(m);
	}
	ifq->ifq_drv_head = ifq->ifq_drv_tail = NULL;
	ifq->ifq_drv_len = 0;
	IFQ_PURGE(ifq);
}

void
if_start(struct ifnet *ifp)
{
	struct if_call call;

	if_call_begin(ifp->if_book, &call);
	ifp->if_start(ifp);
	if_call_end(ifp->if_book, &call, "if_start");
}

void
if_qflush(struct ifnet *ifp)
{
	IFQ_PURGE(&ifp->if_snd);
}

int
if_handoff(struct ifqueue *ifq, struct mbuf *m, struct ifnet *ifp, int adjust)
{
	int active = 0;

	IF_LOCK(ifq);
	if (_IF_QFULL(ifq)) {
		IF_UNLOCK(ifq);
		if (ifp != NULL)
			if_inc_counter(ifp, IFCOUNTER_OQDROPS, 1);
		m_freem(m);
		return (0);
	}
	if (ifp != NULL) {
		if_inc_counter(ifp, IFCOUNTER_OBYTES, m->m_pkthdr.len + adjust);
		if ((m->m_flags & (M_BCAST | M_MCAST)) != 0)
			if_inc_counter(ifp, IFCOUNTER_OMCASTS, 1);
		active = ifp->if_drv_flags & IFF_DRV_OACTIVE;
	}
	_IF_ENQUEUE(ifq, m);
	IF_UNLOCK(ifq);
	if (ifp != NULL && active == 0)
		if_start(ifp);
	return (1);
}

/* IFQ_HANDOFF(): what drivers without if_transmit get. */
int
if_transmit_default(struct ifnet *ifp, struct mbuf *m)
{
	int error, len = m->m_pkthdr.len;
	bool group = (m->m_flags & M_MCAST) != 0;

	IFQ_ENQUEUE(&ifp->if_snd, m, error);
	if (error != 0) {
		if_inc_counter(ifp, IFCOUNTER_OQDROPS, 1);
		return (error);
	}
	if_inc_counter(ifp, IFCOUNTER_OBYTES, len);
	if (group)
		if_inc_counter(ifp, IFCOUNTER_OMCASTS, 1);
	if ((ifp->if_drv_flags & IFF_DRV_OACTIVE) == 0)
		if_start(ifp);
	return (0);
}

/*
 * --- the accessors ---
 */

int
if_sendq_empty(if_t ifp)
{
	return (IFQ_DRV_IS_EMPTY(&ifp->if_snd));
}

int
if_setsendqready(if_t ifp)
{
	IFQ_SET_READY(&ifp->if_snd);
	return (0);
}

int
if_setsendqlen(if_t ifp, int packets)
{
	IFQ_SET_MAXLEN(&ifp->if_snd, packets);
	ifp->if_snd.ifq_drv_maxlen = packets;
	return (0);
}

int
if_sendq_prepend(if_t ifp, struct mbuf *m)
{
	IFQ_DRV_PREPEND(&ifp->if_snd, m);
	return (0);
}

struct mbuf *
if_dequeue(if_t ifp)
{
	struct mbuf *m;

	IFQ_DRV_DEQUEUE(&ifp->if_snd, m);
	return (m);
}
