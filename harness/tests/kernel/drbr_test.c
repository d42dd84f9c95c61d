/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * drbr: buf_ring(9) as the queue of a driver.
 */
#include "tests/kernel/fakenet.h"

#include "tests/test.h"

static struct buf_ring *
ring(void)
{
	return (buf_ring_alloc(4, M_TEMP, M_WAITOK, NULL));
}

KERNEL_TEST(drbr, in_order)
{
	struct buf_ring *br = ring();
	struct mbuf *m[3];

	T_TRUE(drbr_empty(NULL, br));
	for (int i = 0; i < 3; i++) {
		m[i] = fakenet_frame(NULL, 60 + i);
		T_EQ(drbr_enqueue(NULL, br, m[i]), 0);
	}
	T_EQ(drbr_inuse(NULL, br), 3);
	T_TRUE(drbr_needs_enqueue(NULL, br));
	for (int i = 0; i < 3; i++) {
		T_TRUE(drbr_dequeue(NULL, br) == m[i]);
		m_freem(m[i]);
	}
	T_TRUE(drbr_dequeue(NULL, br) == NULL);
	drbr_free(br, M_TEMP);
}

KERNEL_TEST(drbr, a_full_one_frees_the_packet)
{
	struct buf_ring *br = ring();

	for (int i = 0; i < 3; i++)
		T_EQ(drbr_enqueue(NULL, br, fakenet_frame(NULL, 60)), 0);
	/* The test fails if this one is left over. */
	T_EQ(drbr_enqueue(NULL, br, fakenet_frame(NULL, 60)), ENOBUFS);
	drbr_free(br, M_TEMP);
}

/* As transmit loops do it: look, try, put back or advance. */
KERNEL_TEST(drbr, peek_putback_advance)
{
	struct buf_ring *br = ring();
	struct mbuf *a = fakenet_frame(NULL, 60), *b = fakenet_frame(NULL, 61);
	struct mbuf *other = fakenet_frame(NULL, 62);

	T_TRUE(drbr_peek(NULL, br) == NULL);
	T_EQ(drbr_enqueue(NULL, br, a), 0);
	T_EQ(drbr_enqueue(NULL, br, b), 0);
	T_TRUE(drbr_peek(NULL, br) == a);
	/* It has become another packet. */
	drbr_putback(NULL, br, other);
	T_EQ(drbr_inuse(NULL, br), 2);
	T_TRUE(drbr_peek(NULL, br) == other);
	drbr_advance(NULL, br);
	T_TRUE(drbr_peek(NULL, br) == b);
	drbr_putback(NULL, br, b);
	drbr_flush(NULL, br);
	T_TRUE(drbr_empty(NULL, br));
	m_freem(a);
	m_freem(other);
	drbr_free(br, M_TEMP);
}

static int
longer(struct mbuf *m, void *arg)
{
	return (m->m_pkthdr.len > *(int *)arg);
}

KERNEL_TEST(drbr, dequeue_on_condition)
{
	struct buf_ring *br = ring();
	struct mbuf *m = fakenet_frame(NULL, 60);
	int limit = 60;

	T_TRUE(drbr_dequeue_cond(NULL, br, longer, &limit) == NULL);
	T_EQ(drbr_enqueue(NULL, br, m), 0);
	T_TRUE(drbr_dequeue_cond(NULL, br, longer, &limit) == NULL);
	limit = 59;
	T_TRUE(drbr_dequeue_cond(NULL, br, longer, &limit) == m);
	m_freem(m);
	drbr_free(br, M_TEMP);
}

KERNEL_TEST_PANICS(drbr, consumer_without_its_lock,
    "lock not held on single consumer dequeue")
{
	static struct mtx lock;
	struct buf_ring *br;

	mtx_init(&lock, "tx", NULL, MTX_DEF);
	br = buf_ring_alloc(4, M_TEMP, M_WAITOK, &lock);
	drbr_enqueue(NULL, br, fakenet_frame(NULL, 60));
	drbr_peek(NULL, br);
}

KERNEL_TEST_PANICS(drbr, putback_without_a_packet,
    "Buf-Ring has none in "
    "putback")
{
	struct buf_ring *br = ring();

	drbr_putback(NULL, br, fakenet_frame(NULL, 60));
}
