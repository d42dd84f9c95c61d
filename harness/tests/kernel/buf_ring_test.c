/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * buf_ring(9), counter(9), refcount(9), stdatomic.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/buf_ring.h>
#include <sys/counter.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/refcount.h>
#include <sys/stdatomic.h>
#include <sys/sysctl.h>

#include "kernel/kernel.h"
#include "tests/test.h"

static int things[8];

KERNEL_TEST(buf_ring, first_in_first_out)
{
	struct buf_ring *br = buf_ring_alloc(4, M_TEMP, M_WAITOK, NULL);

	/* Around the ring several times. */
	for (int round = 0; round < 7; round++) {
		T_TRUE(buf_ring_empty(br));
		T_TRUE(buf_ring_peek(br) == NULL);
		for (int i = 0; i < 3; i++)
			T_EQ(buf_ring_enqueue(br, &things[i]), 0);
		T_TRUE(buf_ring_full(br));
		T_EQ(buf_ring_count(br), 3);
		T_EQ(buf_ring_enqueue(br, &things[3]), ENOBUFS);
		T_EQ(br->br_drops, round + 1);
		T_TRUE(buf_ring_peek(br) == &things[0]);
		T_TRUE(buf_ring_dequeue_sc(br) == &things[0]);
		T_TRUE(buf_ring_dequeue_mc(br) == &things[1]);
		T_EQ(buf_ring_count(br), 1);
		T_TRUE(buf_ring_dequeue_sc(br) == &things[2]);
		T_TRUE(buf_ring_dequeue_sc(br) == NULL);
		T_TRUE(buf_ring_dequeue_mc(br) == NULL);
	}
	T_EQ(curthread->td_critnest, 0);
	buf_ring_free(br, M_TEMP);
}

KERNEL_TEST(buf_ring, peek_then_advance_or_put_back)
{
	struct buf_ring *br = buf_ring_alloc(4, M_TEMP, M_WAITOK, NULL);

	buf_ring_advance_sc(br);
	T_TRUE(buf_ring_peek_clear_sc(br) == NULL);
	buf_ring_enqueue(br, &things[0]);
	buf_ring_enqueue(br, &things[1]);
	T_TRUE(buf_ring_peek_clear_sc(br) == &things[0]);
	buf_ring_putback_sc(br, &things[2]);
	T_TRUE(buf_ring_peek(br) == &things[2]);
	buf_ring_advance_sc(br);
	T_EQ(buf_ring_count(br), 1);
	T_TRUE(buf_ring_peek(br) == &things[1]);
	buf_ring_advance_sc(br);
	T_TRUE(buf_ring_empty(br));
	buf_ring_free(br, M_TEMP);
}

KERNEL_TEST(buf_ring, no_memory)
{
	kernel_faults_set(
	    &(struct kernel_faults) { .kinds = 1u << KF_MALLOC, .first = 1 });
	T_TRUE(buf_ring_alloc(4, M_TEMP, M_NOWAIT, NULL) == NULL);
}

KERNEL_TEST_MISUSE(buf_ring, free_of_a_full_one, "still has 1 entries")
{
	struct buf_ring *br = buf_ring_alloc(4, M_TEMP, M_WAITOK, NULL);

	buf_ring_enqueue(br, &things[0]);
	buf_ring_free(br, M_TEMP);
}

KERNEL_TEST_PANICS(buf_ring, consumer_without_its_lock,
    "lock not held on single consumer dequeue")
{
	static struct mtx m;

	bzero(&m, sizeof(m));
	mtx_init(&m, "ring", NULL, MTX_DEF);
	(void)buf_ring_dequeue_sc(buf_ring_alloc(4, M_TEMP, M_WAITOK, &m));
}

KERNEL_TEST_PANICS(buf_ring, odd_size, "must be size power of 2")
{
	(void)buf_ring_alloc(6, M_TEMP, M_WAITOK, NULL);
}

/*
 * --- counter(9) ---
 */

KERNEL_TEST(counter, counts)
{
	counter_u64_t c = counter_u64_alloc(M_WAITOK), array[3];
	uint64_t copy[3];

	T_EQ(counter_u64_fetch(c), 0);
	counter_u64_add(c, 5);
	counter_u64_add(c, -2);
	counter_enter();
	counter_u64_add_protected(c, 10);
	counter_exit();
	T_EQ(counter_u64_fetch(c), 13);
	T_EQ(counter_u64_fetch_and_zero(c), 13);
	T_EQ(counter_u64_fetch(c), 0);
	counter_u64_free(c);
	COUNTER_ARRAY_ALLOC(array, 3, M_WAITOK);
	counter_u64_add(array[1], 4);
	COUNTER_ARRAY_COPY(array, copy, 3);
	T_EQ(copy[0] + copy[2], 0);
	T_EQ(copy[1], 4);
	COUNTER_ARRAY_ZERO(array, 3);
	T_EQ(counter_u64_fetch(array[1]), 0);
	COUNTER_ARRAY_FREE(array, 3);
}

KERNEL_TEST(counter, by_sysctl)
{
	counter_u64_t c = counter_u64_alloc(M_WAITOK);
	struct sysctl_ctx_list ctx;
	char text[32];

	sysctl_ctx_init(&ctx);
	SYSCTL_ADD_COUNTER_U64(&ctx, SYSCTL_STATIC_CHILDREN(_debug), OID_AUTO,
	    "counted", CTLFLAG_RW, &c, "a counter");
	counter_u64_add(c, 77);
	T_EQ(kernel_sysctl_read("debug.counted", text, sizeof(text)), 0);
	T_STR(text, "77");
	T_EQ(kernel_sysctl_write("debug.counted", "5"), 0);
	T_EQ(counter_u64_fetch(c), 0);
	sysctl_ctx_free(&ctx);
	counter_u64_free(c);
}

KERNEL_TEST(counter, rates)
{
	struct counter_rate cr = { .cr_rate = counter_u64_alloc(M_WAITOK),
		.cr_ticks = ticks };

	for (int i = 0; i < 3; i++)
		T_EQ(counter_ratecheck(&cr, 3), 0);
	T_EQ(counter_ratecheck(&cr, 3), -1);
	T_EQ(counter_ratecheck(&cr, 3), -1);
	pause("a second", hz);
	T_EQ(counter_ratecheck(&cr, 3), 5);
	T_EQ(counter_ratecheck(&cr, 3), 0);
	pause("a second", hz);
	T_EQ(counter_ratecheck(&cr, 3), 0);
	counter_u64_free(cr.cr_rate);
}

KERNEL_TEST_PANICS(counter, protected_add_without_protection,
    "outside of a critical section")
{
	counter_u64_t c = counter_u64_alloc(M_WAITOK);

	counter_u64_add_protected(c, 1);
}

/*
 * --- refcount(9) ---
 */

KERNEL_TEST(refcount, counts)
{
	u_int count;

	refcount_init(&count, 1);
	T_EQ(refcount_acquire(&count), 1);
	T_EQ(refcount_acquiren(&count, 3), 2);
	T_EQ(refcount_load(&count), 5);
	T_FALSE(refcount_releasen(&count, 3));
	T_FALSE(refcount_release(&count));
	T_TRUE(refcount_release(&count));
	T_EQ(refcount_load(&count), 0);
}

KERNEL_TEST(refcount, conditions)
{
	u_int count;

	refcount_init(&count, 0);
	T_FALSE(refcount_acquire_if_not_zero(&count));
	T_FALSE(refcount_release_if_last(&count));
	refcount_init(&count, 1);
	T_TRUE(refcount_acquire_if_not_zero(&count));
	T_FALSE(refcount_acquire_if_gt(&count, 2));
	T_FALSE(refcount_release_if_last(&count));
	T_TRUE(refcount_release_if_not_last(&count));
	T_FALSE(refcount_release_if_not_last(&count));
	T_TRUE(refcount_release_if_last(&count));
	T_EQ(count, 0);
	refcount_init(&count, (1u << 31) - 2);
	T_TRUE(refcount_acquire_checked(&count));
	T_FALSE(refcount_acquire_checked(&count));
}

KERNEL_TEST_PANICS(refcount, release_below_zero, "refcount_release: count")
{
	u_int count;

	refcount_init(&count, 0);
	(void)refcount_release(&count);
}

KERNEL_TEST_PANICS(refcount, acquire_from_zero, "refcount_acquire: count")
{
	u_int count;

	refcount_init(&count, 0);
	(void)refcount_acquire(&count);
}

/*
 * --- C11 ---
 */

KERNEL_TEST(stdatomic, is_there)
{
	static _Atomic int value;
	int expected = 3;

	atomic_store_explicit(&value, 3, memory_order_release);
	T_EQ(atomic_load_explicit(&value, memory_order_acquire), 3);
	T_TRUE(atomic_compare_exchange_strong_explicit(&value, &expected, 4,
	    memory_order_acquire, memory_order_relaxed));
	T_FALSE(atomic_compare_exchange_strong_explicit(&value, &expected, 5,
	    memory_order_acquire, memory_order_relaxed));
	T_EQ(expected, 4);
}
