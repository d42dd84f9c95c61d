/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The send queue of an interface whose driver has an if_start routine, and
 * drbr: buf_ring(9) as the queue of those that have if_transmit.
 *
 * ALTQ is not compiled in, as it is not in GENERIC.
 */
#ifndef _NET_IFQ_H_
#define _NET_IFQ_H_
#include <sys/param.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/mbuf.h>
#include <sys/buf_ring.h>
#include <net/if.h>

struct ifqueue {
	struct mbuf *ifq_head;
	struct mbuf *ifq_tail;
	int ifq_len; /* packets */
	int ifq_maxlen;
	struct mtx ifq_mtx;
};

/* Behind it: what the driver has taken in advance. */
struct ifaltq {
	struct mbuf *ifq_head;
	struct mbuf *ifq_tail;
	int ifq_len;
	int ifq_maxlen;
	struct mtx ifq_mtx;
	struct mbuf *ifq_drv_head;
	struct mbuf *ifq_drv_tail;
	int ifq_drv_len;
	int ifq_drv_maxlen;
	int altq_flags;
	struct ifnet *altq_ifp;
};
#define ALTQF_READY	     0x01
#define ALTQ_IS_ENABLED(ifq) 0

extern int ifqmaxlen; /* the default of ifq_maxlen */

void ifq_init(struct ifaltq *ifq, struct ifnet *ifp);
void ifq_delete(struct ifaltq *ifq);
void if_qflush(struct ifnet *ifp);
void if_start(struct ifnet *ifp);

/*
 * Queues a packet, counts it, and starts the driver if it is not busy:
 * true.  When the queue is full the packet is freed: false.
 */
int if_handoff(struct ifqueue *ifq, struct mbuf *m, struct ifnet *ifp,
    int adjust);
#define IF_HANDOFF(ifq, m, ifp) \
	if_handoff((struct ifqueue *)(ifq), (m), (ifp), 0)

#define IF_LOCK(ifq)	    mtx_lock(&(ifq)->ifq_mtx)
#define IF_UNLOCK(ifq)	    mtx_unlock(&(ifq)->ifq_mtx)
#define IF_LOCK_ASSERT(ifq) mtx_assert(&(ifq)->ifq_mtx, MA_OWNED)
#define _IF_QFULL(ifq)	    ((ifq)->ifq_len >= (ifq)->ifq_maxlen)
#define _IF_QLEN(ifq)	    ((ifq)->ifq_len)

/* One that is locked by the caller. */
#define _IF_ENQUEUE(ifq, m)                               \
	do {                                              \
		(m)->m_nextpkt = NULL;                    \
		if ((ifq)->ifq_tail == NULL)              \
			(ifq)->ifq_head = (m);            \
		else                                      \
			(ifq)->ifq_tail->m_nextpkt = (m); \
		(ifq)->ifq_tail = (m);                    \
		(ifq)->ifq_len++;                         \
	} while (0)
#define _IF_PREPEND(ifq, m)                       \
	do {                                      \
		(m)->m_nextpkt = (ifq)->ifq_head; \
		if ((ifq)->ifq_tail == NULL)      \
			(ifq)->ifq_tail = (m);    \
		(ifq)->ifq_head = (m);            \
		(ifq)->ifq_len++;                 \
	} while (0)
#define _IF_DEQUEUE(ifq, m)                               \
	do {                                              \
		(m) = (ifq)->ifq_head;                    \
		if ((m) != NULL) {                        \
			(ifq)->ifq_head = (m)->m_nextpkt; \
			if ((ifq)->ifq_head == NULL)      \
				(ifq)->ifq_tail = NULL;   \
			(m)->m_nextpkt = NULL;            \
			(ifq)->ifq_len--;                 \
		}                                         \
	} while (0)
#define _IF_DRAIN(ifq)                              \
	do {                                        \
		struct mbuf *ifq_m_;                \
		for (;;) {                          \
			_IF_DEQUEUE((ifq), ifq_m_); \
			if (ifq_m_ == NULL)         \
				break;              \
			m_freem(ifq_m_);            \
		}                                   \
	} while (0)
#define _IF_POLL(ifq, m)	 ((m) = (ifq)->ifq_head)

#define IFQ_LOCK(ifq)		 IF_LOCK(ifq)
#define IFQ_UNLOCK(ifq)		 IF_UNLOCK(ifq)
#define IFQ_LOCK_ASSERT(ifq)	 IF_LOCK_ASSERT(ifq)
#define IFQ_IS_EMPTY(ifq)	 ((ifq)->ifq_len == 0)
#define IFQ_SET_MAXLEN(ifq, len) ((ifq)->ifq_maxlen = (len))
#define IFQ_SET_READY(ifq)	 ((ifq)->altq_flags |= ALTQF_READY)

/* ENOBUFS: it is full, and the packet has been freed. */
#define IFQ_ENQUEUE(ifq, m, err)                 \
	do {                                     \
		IF_LOCK(ifq);                    \
		if (_IF_QFULL(ifq)) {            \
			m_freem(m);              \
			(err) = ENOBUFS;         \
		} else {                         \
			_IF_ENQUEUE((ifq), (m)); \
			(err) = 0;               \
		}                                \
		IF_UNLOCK(ifq);                  \
	} while (0)
#define IFQ_DEQUEUE_NOLOCK(ifq, m) _IF_DEQUEUE((ifq), (m))
#define IFQ_DEQUEUE(ifq, m)              \
	do {                             \
		IF_LOCK(ifq);            \
		_IF_DEQUEUE((ifq), (m)); \
		IF_UNLOCK(ifq);          \
	} while (0)
#define IFQ_POLL_NOLOCK(ifq, m) _IF_POLL((ifq), (m))
#define IFQ_PURGE(ifq)          \
	do {                    \
		IF_LOCK(ifq);   \
		_IF_DRAIN(ifq); \
		IF_UNLOCK(ifq); \
	} while (0)

/*
 * The driver's end, under the driver's own lock: with ifq_drv_maxlen, that
 * many packets are taken at a time.
 */
struct mbuf *ifq_drv_dequeue(struct ifaltq *ifq);
void ifq_drv_prepend(struct ifaltq *ifq, struct mbuf *m);
void ifq_drv_purge(struct ifaltq *ifq);
#define IFQ_DRV_DEQUEUE(ifq, m) ((m) = ifq_drv_dequeue(ifq))
#define IFQ_DRV_PREPEND(ifq, m) ifq_drv_prepend((ifq), (m))
#define IFQ_DRV_PURGE(ifq)	ifq_drv_purge(ifq)
#define IFQ_DRV_IS_EMPTY(ifq)	((ifq)->ifq_drv_len == 0 && (ifq)->ifq_len == 0)

/*
 * --- drbr ---
 *
 * Anybody may enqueue; the rest is for who holds the lock that the ring was
 * made with.
 */

/* ENOBUFS: it is full, and the packet has been freed. */
static __inline int
drbr_enqueue(struct ifnet *ifp, struct buf_ring *br, struct mbuf *m)
{
	int error = buf_ring_enqueue(br, m);

	(void)ifp;
	if (error != 0)
		m_freem(m);
	return (error);
}
/*
 * Shows the oldest, or NULL.  It is then put back, itself or what has become
 * of it, or advanced over.
 */
static __inline struct mbuf *
drbr_peek(struct ifnet *ifp, struct buf_ring *br)
{
	(void)ifp;
	return (buf_ring_peek_clear_sc(br));
}
static __inline void
drbr_putback(struct ifnet *ifp, struct buf_ring *br, struct mbuf *m_new)
{
	(void)ifp;
	buf_ring_putback_sc(br, m_new);
}
static __inline void
drbr_advance(struct ifnet *ifp, struct buf_ring *br)
{
	(void)ifp;
	buf_ring_advance_sc(br);
}
static __inline struct mbuf *
drbr_dequeue(struct ifnet *ifp, struct buf_ring *br)
{
	(void)ifp;
	return (buf_ring_dequeue_sc(br));
}
/* The oldest, if func() says so. */
static __inline struct mbuf *
drbr_dequeue_cond(struct ifnet *ifp, struct buf_ring *br,
    int (*func)(struct mbuf *, void *), void *arg)
{
	struct mbuf *m = buf_ring_peek(br);

	(void)ifp;
	if (m == NULL || func(m, arg) == 0)
		return (NULL);
	return (buf_ring_dequeue_sc(br));
}
static __inline void
drbr_flush(struct ifnet *ifp, struct buf_ring *br)
{
	struct mbuf *m;

	(void)ifp;
	while ((m = buf_ring_dequeue_sc(br)) != NULL)
		m_freem(m);
}
static __inline void
drbr_free(struct buf_ring *br, struct malloc_type *type)
{
	drbr_flush(NULL, br);
	buf_ring_free(br, type);
}
static __inline int
drbr_empty(struct ifnet *ifp, struct buf_ring *br)
{
	(void)ifp;
	return (buf_ring_empty(br));
}
static __inline int
drbr_needs_enqueue(struct ifnet *ifp, struct buf_ring *br)
{
	(void)ifp;
	return (!buf_ring_empty(br));
}
static __inline int
drbr_inuse(struct ifnet *ifp, struct buf_ring *br)
{
	(void)ifp;
	return (buf_ring_count(br));
}

#endif /* !_NET_IFQ_H_ */
