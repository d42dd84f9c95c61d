/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The drivers' virtqueue against a device that is played by hand: chains in
 * the ring and in tables, what fits, and every lie that a device can tell.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>

#include "tests/kernel/fakevq.h"
#include "tests/test.h"

#define SIZE   8
#define TABLES VIO_F_INDIRECT_DESC
#define NEXT   VIO_DESC_F_NEXT
#define WRITE  VIO_DESC_F_WRITE

static struct fakevq f;
static char cookies[512];
#define COOKIE(i) ((void *)&cookies[i])

static void
expect_desc(struct vio_desc desc, int segment, uint16_t flags)
{
	T_EQ(desc.addr, 0x100000 + segment * 0x1000);
	T_EQ(desc.len, 16);
	T_EQ(desc.flags, flags);
}

/*
 * --- chains ---
 */

KERNEL_TEST(vio_vq, chain_in_the_ring)
{
	struct vio_desc desc;
	uint32_t length;
	uint16_t head;
	void *cookie;

	fakevq_open(&f, SIZE, 0, SIZE);
	T_EQ(fakevq_put(&f, COOKIE(0), 2, 1), 0);
	T_EQ(vio_vq_nfree(f.vq), SIZE - 3);
	T_EQ(fakevq_pending(&f), 1);
	head = fakevq_take(&f);
	desc = fakevq_desc(&f, head);
	expect_desc(desc, 0, NEXT);
	desc = fakevq_desc(&f, desc.next);
	expect_desc(desc, 1, NEXT);
	desc = fakevq_desc(&f, desc.next);
	expect_desc(desc, 2, WRITE);
	T_EQ(vio_vq_dequeue(f.vq, &cookie, &length), EAGAIN);
	fakevq_give(&f, head, 16);
	T_EQ(vio_vq_dequeue(f.vq, &cookie, &length), 0);
	T_TRUE(cookie == COOKIE(0));
	T_EQ(length, 16);
	T_EQ(vio_vq_nfree(f.vq), SIZE);
	T_EQ(vio_vq_dequeue(f.vq, &cookie, &length), EAGAIN);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, chain_in_a_table)
{
	struct vio_desc where;
	uint16_t head;

	fakevq_open(&f, SIZE, TABLES, SIZE);
	T_EQ(fakevq_put(&f, COOKIE(0), 2, 1), 0);
	T_EQ(vio_vq_nfree(f.vq), SIZE - 1);
	head = fakevq_take(&f);
	where = fakevq_desc(&f, head);
	/* 2.7.5.3.1: never together with NEXT. */
	T_EQ(where.flags, VIO_DESC_F_INDIRECT);
	T_EQ(where.len, 3 * 16);
	T_EQ(where.addr % 16, 0);
	expect_desc(fakevq_entry(&f, &where, 0), 0, NEXT);
	T_EQ(fakevq_entry(&f, &where, 0).next, 1);
	expect_desc(fakevq_entry(&f, &where, 1), 1, NEXT);
	T_EQ(fakevq_entry(&f, &where, 1).next, 2);
	expect_desc(fakevq_entry(&f, &where, 2), 2, WRITE);
	fakevq_give(&f, head, 16);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(0));
	T_EQ(vio_vq_nfree(f.vq), SIZE);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, one_segment_needs_no_table)
{
	fakevq_open(&f, SIZE, TABLES, SIZE);
	T_EQ(fakevq_put(&f, COOKIE(0), 0, 1), 0);
	expect_desc(fakevq_desc(&f, fakevq_take(&f)), 0, WRITE);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, longer_than_a_table_is_in_the_ring)
{
	struct vio_desc desc;

	fakevq_open(&f, SIZE, TABLES, 3);
	T_EQ(fakevq_put(&f, COOKIE(0), 3, 1), 0);
	T_EQ(vio_vq_nfree(f.vq), SIZE - 4);
	desc = fakevq_desc(&f, fakevq_take(&f));
	expect_desc(desc, 0, NEXT);
	T_EQ(fakevq_put(&f, COOKIE(1), 3, 0), 0);
	T_EQ(vio_vq_nfree(f.vq), SIZE - 5);
	T_EQ(fakevq_put(&f, COOKIE(2), 4, 0), ENOSPC);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, tables_are_used_when_negotiated)
{
	static const uint64_t without[] = { 0, VIO_F_EVENT_IDX };
	unsigned i;

	for (i = 0; i < nitems(without); i++) {
		fakevq_open(&f, SIZE, without[i], SIZE);
		T_EQ(fakevq_put(&f, COOKIE(0), 1, 1), 0);
		T_EQ(vio_vq_nfree(f.vq), SIZE - 2);
		T_EQ(vio_vq_capacity(f.vq, 3), 2);
		fakevq_close(&f);
	}
	/* And when the driver has a use for them. */
	for (i = 0; i < 2; i++) {
		fakevq_open(&f, SIZE, TABLES, i);
		T_EQ(fakevq_put(&f, COOKIE(0), 1, 1), 0);
		T_EQ(vio_vq_nfree(f.vq), SIZE - 2);
		fakevq_close(&f);
	}
}

KERNEL_TEST(vio_vq, a_queue_holds_as_many_requests_as_entries)
{
	struct vio_desc where[SIZE];
	uint16_t heads[SIZE];
	bool back[SIZE];
	char *cookie;
	int i, j, round;

	fakevq_open(&f, SIZE, TABLES, SIZE);
	T_EQ(vio_vq_capacity(f.vq, SIZE), SIZE);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < SIZE; i++) {
			T_TRUE(vio_vq_fits(f.vq, SIZE));
			T_EQ(fakevq_put(&f, COOKIE(i), SIZE - 1, 1), 0);
			heads[i] = fakevq_take(&f);
			where[i] = fakevq_desc(&f, heads[i]);
			T_EQ(where[i].len, SIZE * 16);
			for (j = 0; j < i; j++)
				T_TRUE(where[j].addr + SIZE * 16 <=
					where[i].addr ||
				    where[i].addr + SIZE * 16 <= where[j].addr);
		}
		T_FALSE(vio_vq_fits(f.vq, 1));
		T_EQ(fakevq_put(&f, COOKIE(SIZE), 1, 0), ENOSPC);
		/* Any order: 3 and 8 have no common factor. */
		memset(back, 0, sizeof(back));
		for (i = 0; i < SIZE; i++)
			fakevq_give(&f, heads[(round + 3 * i) % SIZE], 0);
		for (i = 0; i < SIZE; i++) {
			cookie = fakevq_get(&f, NULL);
			T_REQUIRE(cookie != NULL);
			T_FALSE(back[cookie - cookies]);
			back[cookie - cookies] = true;
		}
		T_EQ(vio_vq_nfree(f.vq), SIZE);
	}
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, tables_of_a_large_queue)
{
	static const int lengths[] = { 256, 100, 2 };
	struct vio_desc where;
	bus_addr_t last;
	unsigned l;
	int i, n;

	/* Up to a MiB of them, in many pieces, of which the last is short. */
	for (l = 0; l < nitems(lengths); l++) {
		n = lengths[l];
		fakevq_open(&f, 256, TABLES, n);
		for (last = 0, i = 0; i < 256; i++) {
			T_EQ(fakevq_put(&f, COOKIE(i), n - 1, 1), 0);
			where = fakevq_desc(&f, fakevq_take(&f));
			T_EQ(where.len, n * 16);
			expect_desc(fakevq_entry(&f, &where, 0), 0, NEXT);
			expect_desc(fakevq_entry(&f, &where, n - 1), n - 1,
			    WRITE);
			T_TRUE(where.addr != last);
			last = where.addr;
		}
		T_EQ(fakevq_put(&f, COOKIE(256), 1, 0), ENOSPC);
		fakevq_close(&f);
	}
}

KERNEL_TEST(vio_vq, no_chain_is_longer_than_the_queue)
{
	/* 2.7.5.3.1: whatever room the driver wants in a table. */
	fakevq_open(&f, SIZE, TABLES, 4 * SIZE);
	T_EQ(fakevq_put(&f, COOKIE(0), SIZE, 1), EINVAL);
	T_EQ(fakevq_put(&f, COOKIE(0), 0, SIZE + 1), EINVAL);
	T_EQ(fakevq_put(&f, COOKIE(0), 0, 0), EINVAL);
	T_EQ(fakevq_put(&f, COOKIE(0), -1, 2), EINVAL);
	T_EQ(fakevq_put(&f, COOKIE(0), 2, -1), EINVAL);
	T_EQ(fakevq_put(&f, COOKIE(0), SIZE, 0), 0);
	T_EQ(fakevq_pending(&f), 1);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, bytes_of_a_chain_have_32_bits)
{
	bus_dma_segment_t segs[2] = { { 0x1000, UINT32_MAX }, { 0x2000, 1 } };

	fakevq_open(&f, SIZE, TABLES, SIZE);
	T_EQ(vio_vq_enqueue(f.vq, COOKIE(0), segs, 0, 2), EFBIG);
	segs[1].ds_len = 0;
	T_EQ(vio_vq_enqueue(f.vq, COOKIE(0), segs, 1, 1), EINVAL);
	segs[0].ds_len = (bus_size_t)UINT32_MAX + 1;
	T_EQ(vio_vq_enqueue(f.vq, COOKIE(0), segs, 1, 0), EFBIG);
	T_EQ(fakevq_pending(&f), 0);
	T_EQ(vio_vq_nfree(f.vq), SIZE);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, indices_wrap_at_65536)
{
	static const uint64_t sets[] = { 0, TABLES };
	uint32_t i, wrong;
	unsigned s;

	for (s = 0; s < nitems(sets); s++) {
		fakevq_open(&f, SIZE, sets[s], SIZE);
		wrong = 0;
		for (i = 0; i < 65536 + 3 * SIZE; i++) {
			wrong += fakevq_put(&f, COOKIE(i % 2), 1, 1) != 0;
			wrong += fakevq_put(&f, COOKIE(2), 1, 0) != 0;
			wrong += fakevq_use_all(&f) != 2;
			wrong += fakevq_get(&f, NULL) != COOKIE(i % 2);
			wrong += fakevq_get(&f, NULL) != COOKIE(2);
		}
		T_EQ(wrong, 0);
		T_EQ(vio_vq_nfree(f.vq), SIZE);
		T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_IDX(&f)),
		    (uint16_t)(2 * (65536 + 3 * SIZE)));
		fakevq_close(&f);
	}
}

KERNEL_TEST(vio_vq, what_comes_during_a_batch_is_found)
{
	int error;

	fakevq_open(&f, SIZE, TABLES, SIZE);
	T_EQ(fakevq_put(&f, COOKIE(0), 1, 1), 0);
	T_EQ(fakevq_put(&f, COOKIE(1), 1, 1), 0);
	T_EQ(fakevq_put(&f, COOKIE(2), 1, 1), 0);
	fakevq_give(&f, fakevq_take(&f), 0);
	fakevq_give(&f, fakevq_take(&f), 0);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(0));
	fakevq_give(&f, fakevq_take(&f), 0);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(1));
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(2));
	T_TRUE(fakevq_get(&f, &error) == NULL);
	T_EQ(error, EAGAIN);
	fakevq_close(&f);
}

/*
 * --- lies: told with the chains in the ring, and in tables ---
 */

static const uint64_t both[] = { 0, TABLES };

/* Two chains are out: heads[0] has no room for the device, heads[1] 32. */
static uint16_t heads[2];

static void
open_with_two(uint64_t features)
{
	fakevq_open(&f, SIZE, features, SIZE);
	T_EQ(fakevq_put(&f, COOKIE(0), 2, 0), 0);
	T_EQ(fakevq_put(&f, COOKIE(1), 1, 2), 0);
	heads[0] = fakevq_take(&f);
	heads[1] = fakevq_take(&f);
}

/* From now on, for ever: the queue says EIO and the device hears nothing. */
static void
expect_broken(int outstanding)
{
	unsigned notified = f.notified;
	uint32_t length;
	void *cookie;
	int n;

	T_EQ(vio_vq_dequeue(f.vq, &cookie, &length), EIO);
	T_EQ(vio_vq_dequeue(f.vq, &cookie, &length), EIO);
	/* Nor is it believed when it looks well again. */
	fakevq_poke(&f, FAKEVQ_USED_IDX(&f), 0);
	T_EQ(vio_vq_dequeue(f.vq, &cookie, &length), EIO);
	T_EQ(fakevq_put(&f, COOKIE(5), 1, 1), EIO);
	T_FALSE(vio_vq_notify(f.vq));
	T_EQ(f.notified, notified);
	vio_vq_intr_disable(f.vq);
	T_FALSE(vio_vq_intr_enable(f.vq));
	T_FALSE(vio_vq_intr_postpone(f.vq));
	/* It can be had again, after a reset. */
	T_EQ(vio_vq_reinit(f.vq), outstanding > 0 ? EBUSY : 0);
	for (n = 0; vio_vq_drain(f.vq) != NULL; n++)
		;
	T_EQ(n, outstanding);
	T_EQ(vio_vq_reinit(f.vq), 0);
	f.next = f.used = 0;
	T_EQ(fakevq_put(&f, COOKIE(5), 1, 1), 0);
	T_EQ(fakevq_use_all(&f), 1);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(5));
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, lie_used_id_outside_of_the_queue)
{
	static const uint32_t ids[] = { SIZE, SIZE + 1, 0x10000, 0x80000000,
		0xffffffff };
	unsigned i;

	for (i = 0; i < 2 * nitems(ids); i++) {
		open_with_two(both[i % 2]);
		fakevq_give(&f, ids[i / 2], 0);
		expect_broken(2);
	}
}

KERNEL_TEST(vio_vq, lie_used_id_that_is_no_head)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		open_with_two(both[i]);
		/* Free, or the second descriptor of a chain. */
		fakevq_give(&f, i == 0 ? heads[0] + 1 : SIZE - 1, 0);
		expect_broken(2);
	}
}

KERNEL_TEST(vio_vq, lie_used_twice)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		open_with_two(both[i]);
		fakevq_give(&f, heads[0], 0);
		fakevq_give(&f, heads[0], 0);
		T_TRUE(fakevq_get(&f, NULL) == COOKIE(0));
		expect_broken(1);
	}
}

KERNEL_TEST(vio_vq, lie_used_length_beyond_the_room)
{
	uint32_t length;
	void *cookie;
	unsigned i;

	for (i = 0; i < 2; i++) {
		/* All of the room is no lie. */
		open_with_two(both[i]);
		fakevq_give(&f, heads[1], 32);
		T_EQ(vio_vq_dequeue(f.vq, &cookie, &length), 0);
		T_EQ(length, 32);
		/* This one was for the device to read. */
		fakevq_give(&f, heads[0], 1);
		expect_broken(1);
		open_with_two(both[i]);
		fakevq_give(&f, heads[1], 33);
		expect_broken(2);
		open_with_two(both[i]);
		fakevq_give(&f, heads[1], UINT32_MAX);
		expect_broken(2);
	}
}

KERNEL_TEST(vio_vq, lie_more_used_than_there_is)
{
	static const uint16_t steps[] = { 3, SIZE, SIZE + 1, 0x7fff, 0x8000,
		0xffff };
	unsigned i;

	for (i = 0; i < 2 * nitems(steps); i++) {
		open_with_two(both[i % 2]);
		fakevq_poke(&f, FAKEVQ_USED_IDX(&f), steps[i / 2]);
		expect_broken(2);
	}
}

KERNEL_TEST(vio_vq, lie_index_goes_back)
{
	open_with_two(TABLES);
	fakevq_give(&f, heads[0], 0);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(0));
	fakevq_poke(&f, FAKEVQ_USED_IDX(&f), 0);
	expect_broken(1);
}

KERNEL_TEST(vio_vq, lie_in_the_second_of_a_batch)
{
	open_with_two(TABLES);
	fakevq_give(&f, heads[1], 32);
	fakevq_give(&f, heads[1], 0);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(1));
	expect_broken(1);
}

KERNEL_TEST(vio_vq, lie_about_what_was_drained)
{
	/* A stopped device's used ring still stands; its chains do not. */
	open_with_two(TABLES);
	T_TRUE(vio_vq_drain(f.vq) != NULL);
	T_TRUE(vio_vq_drain(f.vq) != NULL);
	T_TRUE(vio_vq_drain(f.vq) == NULL);
	fakevq_give(&f, heads[0], 0);
	expect_broken(0);
}

KERNEL_TEST(vio_vq, reinit_forgets_what_the_ring_held)
{
	uint64_t features = TABLES | VIO_F_EVENT_IDX;

	open_with_two(features);
	vio_vq_intr_disable(f.vq);
	fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), 77);
	fakevq_give(&f, heads[0], 0);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(0));
	T_EQ(vio_vq_reinit(f.vq), EBUSY);
	T_TRUE(vio_vq_drain(f.vq) == COOKIE(1));
	T_EQ(vio_vq_reinit(f.vq), 0);
	/* Nobody was told of the two, and nobody need be now. */
	T_FALSE(vio_vq_notify(f.vq));
	T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_IDX(&f)), 0);
	T_EQ(fakevq_peek(&f, FAKEVQ_USED_EVENT(&f)), 0);
	T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_EVENT(&f)), 0);
	T_EQ(fakevq_peek(&f, FAKEVQ_USED_IDX(&f)), 0);
	T_EQ(vio_vq_nfree(f.vq), SIZE);
	/* Interrupts were off; they are on, and can be off again. */
	vio_vq_intr_disable(f.vq);
	T_EQ(fakevq_peek(&f, FAKEVQ_USED_EVENT(&f)), (uint16_t)(-SIZE - 1));
	/* What was known of the old ring is not looked for in the new one. */
	f.next = f.used = 0;
	T_TRUE(fakevq_get(&f, NULL) == NULL);
	T_EQ(fakevq_put(&f, COOKIE(1), 1, 1), 0);
	T_EQ(fakevq_use_all(&f), 1);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(1));
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq, reinit_in_the_middle_of_a_batch)
{
	open_with_two(TABLES);
	fakevq_give(&f, heads[0], 0);
	fakevq_give(&f, heads[1], 0);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(0));
	T_TRUE(vio_vq_drain(f.vq) == COOKIE(1));
	T_EQ(vio_vq_reinit(f.vq), 0);
	f.next = f.used = 0;
	T_EQ(fakevq_put(&f, COOKIE(1), 1, 1), 0);
	T_TRUE(fakevq_get(&f, NULL) == NULL);
	T_EQ(fakevq_use_all(&f), 1);
	T_TRUE(fakevq_get(&f, NULL) == COOKIE(1));
	fakevq_close(&f);
}
