/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Queues of packets with a limit, linked by m_stailqpkt.  <sys/mbuf.h>
 * includes this.
 */
#ifndef _SYS__MBUFQ_H_
#define _SYS__MBUFQ_H_
#include <sys/_mbuf.h>
#include <sys/errno.h>

struct mbufq {
	STAILQ_HEAD(, mbuf) mq_head;
	int mq_len;
	int mq_maxlen; /* packets; 0: no limit */
};

static __inline void
mbufq_init(struct mbufq *mq, int maxlen)
{
	STAILQ_INIT(&mq->mq_head);
	mq->mq_maxlen = maxlen;
	mq->mq_len = 0;
}
/* All of them, still linked by m_nextpkt. */
static __inline struct mbuf *
mbufq_flush(struct mbufq *mq)
{
	struct mbuf *m = STAILQ_FIRST(&mq->mq_head);

	STAILQ_INIT(&mq->mq_head);
	mq->mq_len = 0;
	return (m);
}
static __inline void
mbufq_drain(struct mbufq *mq)
{
	struct mbuf *m = mbufq_flush(mq), *next;

	for (; m != NULL; m = next) {
		next = STAILQ_NEXT(m, m_stailqpkt);
		m->m_nextpkt = NULL;
		m_freem(m);
	}
}
static __inline struct mbuf *
mbufq_first(const struct mbufq *mq)
{
	return (STAILQ_FIRST(&mq->mq_head));
}
static __inline struct mbuf *
mbufq_last(const struct mbufq *mq)
{
	return (STAILQ_LAST(&mq->mq_head, mbuf, m_stailqpkt));
}
static __inline bool
mbufq_empty(const struct mbufq *mq)
{
	return (mq->mq_len == 0);
}
static __inline int
mbufq_full(const struct mbufq *mq)
{
	return (mq->mq_maxlen > 0 && mq->mq_len >= mq->mq_maxlen);
}
static __inline int
mbufq_len(const struct mbufq *mq)
{
	return (mq->mq_len);
}
/* ENOBUFS: the queue is full, and the packet still the caller's. */
static __inline int
mbufq_enqueue(struct mbufq *mq, struct mbuf *m)
{
	if (mbufq_full(mq))
		return (ENOBUFS);
	STAILQ_INSERT_TAIL(&mq->mq_head, m, m_stailqpkt);
	mq->mq_len++;
	return (0);
}
static __inline struct mbuf *
mbufq_dequeue(struct mbufq *mq)
{
	struct mbuf *m = STAILQ_FIRST(&mq->mq_head);

	if (m != NULL) {
		STAILQ_REMOVE_HEAD(&mq->mq_head, m_stailqpkt);
		m->m_nextpkt = NULL;
		mq->mq_len--;
	}
	return (m);
}
/* These two know no limit. */
static __inline void
mbufq_prepend(struct mbufq *mq, struct mbuf *m)
{
	STAILQ_INSERT_HEAD(&mq->mq_head, m, m_stailqpkt);
	mq->mq_len++;
}
static __inline void
mbufq_concat(struct mbufq *dst, struct mbufq *src)
{
	dst->mq_len += src->mq_len;
	STAILQ_CONCAT(&dst->mq_head, &src->mq_head);
	src->mq_len = 0;
}

#endif /* !_SYS__MBUFQ_H_ */
