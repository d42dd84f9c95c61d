/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The drivers' virtqueue: who is told of what, by flags and by events
 * (virtio 1.3, sections 2.7.7 and 2.7.10), and that nobody sleeps through it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>

#include "tests/kernel/fakevq.h"
#include "tests/model/linux_event.h"
#include "tests/test.h"

#define SIZE	 16
#define EVENTS	 VIO_F_EVENT_IDX
#define COOKIE	 ((void *)&cookie_of_all)
#define NO_EVENT 30000 /* far from all that a test does */

static struct fakevq f;
static char cookie_of_all;

static void
put(unsigned n)
{
	while (n-- > 0)
		T_EQ(fakevq_put(&f, COOKIE, 1, 1), 0);
}

/* The device gives n back. */
static void
use(unsigned n)
{
	while (n-- > 0)
		fakevq_give(&f, fakevq_take(&f), 0);
}

static unsigned
get_all(void)
{
	unsigned n;

	for (n = 0; fakevq_get(&f, NULL) != NULL; n++)
		;
	return (n);
}

static uint16_t
used_event(void)
{
	return (fakevq_peek(&f, FAKEVQ_USED_EVENT(&f)));
}

/*
 * --- notifications ---
 */

KERNEL_TEST(vio_vq_event, flags_suppress_notifications)
{
	fakevq_open(&f, SIZE, 0, 0);
	T_FALSE(vio_vq_notify(f.vq)); /* of nothing */
	put(1);
	T_TRUE(vio_vq_notify(f.vq));
	T_FALSE(vio_vq_notify(f.vq)); /* once is enough */
	fakevq_poke(&f, FAKEVQ_USED_FLAGS(&f), VIO_USED_F_NO_NOTIFY);
	put(2);
	T_FALSE(vio_vq_notify(f.vq));
	/* What was kept back once is not made up for later. */
	fakevq_poke(&f, FAKEVQ_USED_FLAGS(&f), 0);
	T_FALSE(vio_vq_notify(f.vq));
	/* 2.7.10.1: without the feature, avail_event is ignored. */
	fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), NO_EVENT);
	put(1);
	T_TRUE(vio_vq_notify(f.vq));
	T_EQ(f.notified, 2);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, events_suppress_notifications)
{
	fakevq_open(&f, SIZE, EVENTS, 0);
	put(1);
	T_TRUE(vio_vq_notify(f.vq));
	put(1);
	T_FALSE(vio_vq_notify(f.vq));
	fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), 3);
	put(1);
	T_FALSE(vio_vq_notify(f.vq));
	put(2);
	T_TRUE(vio_vq_notify(f.vq)); /* the first of two */
	fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), 6);
	T_EQ(fakevq_use_all(&f), 5);
	T_EQ(get_all(), 5);
	put(2);
	T_TRUE(vio_vq_notify(f.vq)); /* the second of two */
	T_EQ(f.notified, 3);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, with_events_the_flag_is_ignored)
{
	/* 2.7.10.1 */
	fakevq_open(&f, SIZE, EVENTS, 0);
	fakevq_poke(&f, FAKEVQ_USED_FLAGS(&f), VIO_USED_F_NO_NOTIFY);
	put(1);
	T_TRUE(vio_vq_notify(f.vq));
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, notifies_as_the_definition_and_linux_say)
{
	uint64_t random = 4711;
	uint32_t count, told, wrong;
	uint16_t event, idx;
	bool slow;

	/* More than 65536 entries, in batches, with events near and far. */
	fakevq_open(&f, SIZE, EVENTS, 0);
	idx = told = wrong = 0;
	for (uint32_t total = 0; total < 200000; total += count) {
		random = random * 6364136223846793005ull + 1442695041;
		count = 1 + (random >> 33) % (SIZE / 2);
		idx += count;
		event = idx + 10 - (random >> 50) % 30;
		fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), event);
		put(count);
		slow = slow_need_event(event, idx, count);
		wrong += slow != linux_need_event(event, idx, idx - count);
		wrong += vio_vq_notify(f.vq) != slow;
		told += slow;
		T_REQUIRE(fakevq_use_all(&f) == count);
		T_REQUIRE(get_all() == count);
	}
	T_EQ(wrong, 0);
	T_EQ(f.notified, told);
	T_TRUE(told > 1000);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, after_65536_chains_the_event_has_passed)
{
	static const uint32_t counts[] = { 65535, 65536, 65537, 65536 + 100 };
	uint32_t i;
	unsigned c;

	for (c = 0; c < nitems(counts); c++) {
		fakevq_open(&f, SIZE, EVENTS, 0);
		for (i = 0; i < counts[c]; i++) {
			T_REQUIRE(fakevq_put(&f, COOKIE, 1, 0) == 0);
			T_REQUIRE(fakevq_use_all(&f) == 1);
			T_REQUIRE(fakevq_get(&f, NULL) == COOKIE);
		}
		/* The one that is as far away as can be. */
		fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), counts[c]);
		T_EQ(vio_vq_notify(f.vq), counts[c] > 65535);
		fakevq_close(&f);
	}
}

/*
 * --- interrupts ---
 */

KERNEL_TEST(vio_vq_event, flags_suppress_interrupts)
{
	fakevq_open(&f, SIZE, 0, 0);
	vio_vq_intr_disable(f.vq);
	T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_FLAGS(&f)), VIO_AVAIL_F_NO_INTERRUPT);
	T_FALSE(vio_vq_intr_enable(f.vq));
	T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_FLAGS(&f)), 0);
	put(2);
	vio_vq_intr_disable(f.vq);
	use(1);
	T_TRUE(vio_vq_intr_enable(f.vq));
	T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_FLAGS(&f)), 0);
	T_EQ(get_all(), 1);
	T_FALSE(vio_vq_intr_enable(f.vq));
	/* There is nothing to postpone with. */
	vio_vq_intr_disable(f.vq);
	T_FALSE(vio_vq_intr_postpone(f.vq));
	T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_FLAGS(&f)), 0);
	put(3);
	use(1);
	T_TRUE(vio_vq_intr_postpone(f.vq));
	T_EQ(used_event(), 0);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, events_ask_for_the_next_chain)
{
	unsigned i;

	fakevq_open(&f, SIZE, EVENTS, 0);
	for (i = 0; i < 20; i++) {
		vio_vq_intr_disable(f.vq);
		T_FALSE(vio_vq_intr_enable(f.vq));
		T_EQ(used_event(), i);
		put(1);
		use(1);
		T_TRUE(vio_vq_intr_enable(f.vq));
		T_EQ(used_event(), i);
		T_EQ(get_all(), 1);
	}
	/* 2.7.7.1: the flags stay 0 all the time. */
	vio_vq_intr_disable(f.vq);
	T_EQ(fakevq_peek(&f, FAKEVQ_AVAIL_FLAGS(&f)), 0);
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, disabled_means_none_for_all_that_is_out)
{
	uint32_t total;
	uint16_t before;

	/* At any index: all of them, and a wrap. */
	fakevq_open(&f, SIZE, EVENTS | VIO_F_INDIRECT_DESC, 2);
	for (total = 0; total < 70000; total += SIZE) {
		T_REQUIRE(!vio_vq_intr_enable(f.vq));
		/* The device decides late: for what was seen before, too. */
		before = f.used + 1;
		put(SIZE);
		use(SIZE / 2);
		T_REQUIRE(get_all() == SIZE / 2);
		vio_vq_intr_disable(f.vq);
		use(SIZE / 2);
		T_REQUIRE(!slow_need_event(used_event(), f.used,
		    (uint16_t)(f.used - before)));
		T_REQUIRE(get_all() == SIZE / 2);
	}
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, both_sides_across_65536)
{
	uint32_t batch, total, asked, interrupts, wrong;
	uint16_t decided;

	/*
	 * A device that asks for its next entry when it has emptied the ring,
	 * and a driver that asks for its next one when it has: each side is
	 * told of each batch, once.
	 */
	fakevq_open(&f, SIZE, EVENTS | VIO_F_INDIRECT_DESC, 4);
	decided = 0;
	asked = interrupts = wrong = 0;
	for (total = 0; total < 140000; total += batch) {
		batch = 1 + asked % SIZE;
		asked++;
		put(batch);
		wrong += !vio_vq_notify(f.vq);
		wrong += vio_vq_notify(f.vq);
		wrong += fakevq_use_all(&f) != batch;
		fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), f.next);
		interrupts += linux_need_event(used_event(), f.used, decided);
		decided = f.used;
		vio_vq_intr_disable(f.vq);
		wrong += get_all() != batch;
		wrong += vio_vq_intr_enable(f.vq);
	}
	T_EQ(wrong, 0);
	T_EQ(f.notified, asked);
	T_EQ(interrupts, asked);
	fakevq_close(&f);
}

/*
 * --- postponed interrupts ---
 */

KERNEL_TEST(vio_vq_event, postponed_until_most_are_used)
{
	static const struct {
		unsigned out, wait; /* chains out; used before an interrupt */
	} cases[] = { { 0, 1 }, { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 3 },
		{ 5, 4 }, { 8, 6 }, { SIZE, SIZE / 4 * 3 } };
	uint16_t before;
	unsigned i, n, round;

	fakevq_open(&f, SIZE, EVENTS | VIO_F_INDIRECT_DESC, 4);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < nitems(cases); i++) {
			put(cases[i].out);
			before = f.used;
			T_FALSE(vio_vq_intr_postpone(f.vq));
			T_EQ(used_event(),
			    (uint16_t)(before + cases[i].wait - 1));
			/* Asked again when n are waiting already. */
			for (n = 1; n <= cases[i].out; n++) {
				use(1);
				T_EQ(vio_vq_intr_postpone(f.vq),
				    n >= cases[i].wait);
				T_EQ(slow_need_event(used_event(), f.used, n),
				    n >= cases[i].wait);
			}
			T_EQ(get_all(), cases[i].out);
		}
		/* The second round is behind the wrap. */
		for (n = 0; round == 0 && n < 65536 - 10; n++) {
			T_REQUIRE(fakevq_put(&f, COOKIE, 1, 1) == 0);
			use(1);
			T_REQUIRE(fakevq_get(&f, NULL) == COOKIE);
		}
	}
	fakevq_close(&f);
}

KERNEL_TEST(vio_vq_event, enable_takes_a_postponement_back)
{
	fakevq_open(&f, SIZE, EVENTS, 0);
	put(8);
	T_FALSE(vio_vq_intr_postpone(f.vq));
	T_EQ(used_event(), 5);
	T_FALSE(vio_vq_intr_enable(f.vq));
	T_EQ(used_event(), 0);
	use(1);
	T_FALSE(vio_vq_intr_postpone(f.vq));
	T_TRUE(vio_vq_intr_enable(f.vq));
	fakevq_close(&f);
}

/*
 * --- races: the other side acts between any two steps of ours ---
 */

/* As many places as any of the calls below can change threads at. */
#define TURNS 12

static bool interrupt;

/* Uses one chain and looks whether the driver wants to hear of it. */
static void
use_one(void *arg)
{
	uint16_t flags;

	use(1);
	flags = fakevq_peek(&f, FAKEVQ_AVAIL_FLAGS(&f));
	interrupt = arg != NULL ? used_event() == (uint16_t)(f.used - 1) :
				  (flags & VIO_AVAIL_F_NO_INTERRUPT) == 0;
}

static void
race_for_an_interrupt(bool events, bool postpone)
{
	unsigned seen = 0, turn;
	bool waiting;

	for (turn = 0; turn < TURNS; turn++) {
		fakevq_open(&f, SIZE, events ? EVENTS : 0, 0);
		put(1);
		vio_vq_intr_disable(f.vq);
		fakevq_race(turn, use_one, events ? &f : NULL);
		waiting = postpone ? vio_vq_intr_postpone(f.vq) :
				     vio_vq_intr_enable(f.vq);
		fakevq_race_end();
		/* Both is too much of a good thing; neither is for ever. */
		T_TRUE(waiting || interrupt);
		seen |= waiting ? 1 : 2;
		fakevq_close(&f);
	}
	/* The device came before it all, and after it all. */
	T_EQ(seen, 3);
}

KERNEL_TEST(vio_vq_event, enable_looks_once_more)
{
	race_for_an_interrupt(true, false);
	race_for_an_interrupt(false, false);
}

KERNEL_TEST(vio_vq_event, postpone_looks_once_more)
{
	race_for_an_interrupt(true, true);
	race_for_an_interrupt(false, true);
}

static bool device_sees;

/* The device asks to be told of the next entry, and looks once more. */
static void
fall_asleep(void *arg)
{
	if (arg != NULL)
		fakevq_poke(&f, FAKEVQ_AVAIL_EVENT(&f), f.next);
	else
		fakevq_poke(&f, FAKEVQ_USED_FLAGS(&f), 0);
	device_sees = fakevq_pending(&f) > 0;
}

KERNEL_TEST(vio_vq_event, a_sleeping_device_is_told)
{
	unsigned seen = 0, turn;
	bool told;

	for (turn = 0; turn < 2 * TURNS; turn++) {
		fakevq_open(&f, SIZE, turn % 2 != 0 ? EVENTS : 0, 0);
		put(1);
		use(1);
		(void)vio_vq_notify(f.vq);
		fakevq_poke(&f, FAKEVQ_USED_FLAGS(&f), VIO_USED_F_NO_NOTIFY);
		fakevq_race(turn / 2, fall_asleep, turn % 2 != 0 ? &f : NULL);
		put(1);
		told = vio_vq_notify(f.vq);
		fakevq_race_end();
		T_TRUE(told || device_sees);
		seen |= told ? 1 : 2;
		fakevq_close(&f);
	}
	T_EQ(seen, 3);
}
