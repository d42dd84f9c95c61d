/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * buf_ring(9): a queue of pointers that many may fill and one (sc) or many
 * (mc) may empty, without a lock.
 *
 * Producers and consumers each claim an entry by moving a head on, and make
 * it known in that order by moving the tail.  One entry stays empty.
 */
#ifndef _SYS_BUF_RING_H_
#define _SYS_BUF_RING_H_
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <machine/atomic.h>
#include <machine/cpu.h>

struct buf_ring {
	volatile uint32_t br_prod_head;
	volatile uint32_t br_prod_tail;
	int br_prod_size;
	int br_prod_mask;
	uint64_t br_drops; /* enqueues that found no room */
	volatile uint32_t br_cons_head;
	volatile uint32_t br_cons_tail;
	int br_cons_size;
	int br_cons_mask;
	struct mtx *br_lock; /* of a single consumer, or NULL */
	void *br_ring[0];
};

/* `count` is a power of two; NULL only with M_NOWAIT. */
struct buf_ring *buf_ring_alloc(int count, struct malloc_type *type, int flags,
    struct mtx *lock);
/* What is still in it, the caller has taken out. */
void buf_ring_free(struct buf_ring *br, struct malloc_type *type);

/* The single consumer's calls want its lock held. */
static __inline void
buf_ring_assert_sc(const struct buf_ring *br, const char *func)
{
	KASSERT(br->br_lock == NULL || mtx_owned(br->br_lock),
	    ("%s: lock not held on single consumer dequeue", func));
	(void)br;
	(void)func;
}

/* 0, or ENOBUFS when it is full. */
static __inline int
buf_ring_enqueue(struct buf_ring *br, void *buf)
{
	uint32_t head, next;

	KASSERT(buf != NULL, ("buf_ring_enqueue: NULL"));
#ifdef DEBUG_BUFRING
	for (uint32_t i = br->br_cons_head; i != br->br_prod_head;
	     i = (i + 1) & br->br_cons_mask)
		if (br->br_ring[i] == buf)
			panic("buf=%p already enqueue at %d prod=%d cons=%d",
			    buf, i, br->br_prod_tail, br->br_cons_tail);
#endif
	critical_enter();
	do {
		head = br->br_prod_head;
		next = (head + 1) & (uint32_t)br->br_prod_mask;
		if (next == atomic_load_acq_int(&br->br_cons_tail)) {
			br->br_drops++;
			critical_exit();
			return (ENOBUFS);
		}
	} while (!atomic_cmpset_acq_int(&br->br_prod_head, head, next));
	br->br_ring[head] = buf;
	/* Those who claimed before us come first. */
	while (br->br_prod_tail != head)
		cpu_spinwait();
	atomic_store_rel_int(&br->br_prod_tail, next);
	critical_exit();
	return (0);
}

/* The oldest, or NULL; for several consumers. */
static __inline void *
buf_ring_dequeue_mc(struct buf_ring *br)
{
	uint32_t head, next;
	void *buf;

	critical_enter();
	do {
		head = br->br_cons_head;
		if (head == atomic_load_acq_int(&br->br_prod_tail)) {
			critical_exit();
			return (NULL);
		}
		next = (head + 1) & (uint32_t)br->br_cons_mask;
	} while (!atomic_cmpset_acq_int(&br->br_cons_head, head, next));
	buf = br->br_ring[head];
	while (br->br_cons_tail != head)
		cpu_spinwait();
	atomic_store_rel_int(&br->br_cons_tail, next);
	critical_exit();
	return (buf);
}

/* The oldest, or NULL; for one consumer at a time. */
static __inline void *
buf_ring_dequeue_sc(struct buf_ring *br)
{
	uint32_t head, next;
	void *buf;

	buf_ring_assert_sc(br, __func__);
	head = br->br_cons_head;
	if (head == atomic_load_acq_int(&br->br_prod_tail))
		return (NULL);
	next = (head + 1) & (uint32_t)br->br_cons_mask;
	br->br_cons_head = next;
	buf = br->br_ring[head];
#ifdef INVARIANTS
	br->br_ring[head] = NULL;
#endif
	KASSERT(br->br_cons_tail == head,
	    ("inconsistent list cons_tail=%u cons_head=%u", br->br_cons_tail,
		head));
	atomic_store_rel_int(&br->br_cons_tail, next);
	return (buf);
}

/* Takes out what buf_ring_peek() has shown. */
static __inline void
buf_ring_advance_sc(struct buf_ring *br)
{
	uint32_t head, next;

	buf_ring_assert_sc(br, __func__);
	head = br->br_cons_head;
	if (head == atomic_load_acq_int(&br->br_prod_tail))
		return;
	next = (head + 1) & (uint32_t)br->br_cons_mask;
	br->br_cons_head = next;
#ifdef INVARIANTS
	br->br_ring[head] = NULL;
#endif
	atomic_store_rel_int(&br->br_cons_tail, next);
}

/* Puts another in the place of what buf_ring_peek() has shown. */
static __inline void
buf_ring_putback_sc(struct buf_ring *br, void *buf)
{
	buf_ring_assert_sc(br, __func__);
	KASSERT(br->br_cons_head != br->br_prod_tail,
	    ("Buf-Ring has none in putback"));
	br->br_ring[br->br_cons_head] = buf;
}

/* What comes next, or NULL; it stays. */
static __inline void *
buf_ring_peek(struct buf_ring *br)
{
	buf_ring_assert_sc(br, __func__);
	if (br->br_cons_head == atomic_load_acq_int(&br->br_prod_tail))
		return (NULL);
	return (br->br_ring[br->br_cons_head]);
}

/* The same; its place is empty until it is put back or advanced over. */
static __inline void *
buf_ring_peek_clear_sc(struct buf_ring *br)
{
	void *buf;

	buf_ring_assert_sc(br, __func__);
	if (br->br_cons_head == atomic_load_acq_int(&br->br_prod_tail))
		return (NULL);
	buf = br->br_ring[br->br_cons_head];
#ifdef INVARIANTS
	br->br_ring[br->br_cons_head] = NULL;
#endif
	return (buf);
}

static __inline int
buf_ring_full(struct buf_ring *br)
{
	return (((br->br_prod_head + 1) & (uint32_t)br->br_prod_mask) ==
	    br->br_cons_tail);
}

static __inline int
buf_ring_empty(struct buf_ring *br)
{
	return (br->br_cons_head == br->br_prod_tail);
}

static __inline int
buf_ring_count(struct buf_ring *br)
{
	return ((int)((br->br_prod_size + br->br_prod_tail - br->br_cons_tail) &
	    (uint32_t)br->br_prod_mask));
}

#endif /* !_SYS_BUF_RING_H_ */
