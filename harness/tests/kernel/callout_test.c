/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * callout(9): when it runs, what stopping answers, and what it catches.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include "tests/test.h"

static struct {
	struct callout c;
	struct mtx mtx;
	int ran;
	int drained;
	int at; /* ticks */
	bool owned;
	bool direct;
	int answer;
	const char *thread;
} t;

static void
note(void *arg)
{
	T_TRUE(arg == &t);
	T_REQUIRE(curthread != NULL);
	t.ran++;
	t.at = ticks;
	t.direct = curthread->td_intr_nesting_level > 0;
	t.thread = curthread->td_name;
	t.owned = mtx_initialized(&t.mtx) && mtx_owned(&t.mtx);
	T_FALSE(callout_pending(&t.c));
}

static void
setup(bool locked)
{
	bzero(&t, sizeof(t));
	mtx_init(&t.mtx, "callout test", NULL, MTX_DEF);
	if (locked)
		callout_init_mtx(&t.c, &t.mtx, 0);
	else
		callout_init(&t.c, 1);
}

static void
cleanup(void)
{
	callout_drain(&t.c);
	mtx_destroy(&t.mtx);
}

KERNEL_TEST(callout, runs_after_its_ticks)
{
	int start;

	setup(false);
	start = ticks;
	T_EQ(callout_reset(&t.c, 5, note, &t), 0);
	T_TRUE(callout_pending(&t.c));
	T_TRUE(callout_active(&t.c));
	pause("early", 4);
	T_EQ(t.ran, 0);
	pause("late", 2);
	T_EQ(t.ran, 1);
	T_EQ(t.at - start, 5);
	T_STR(t.thread, "clock (0)");
	/* Having run leaves it active: that is the user's flag. */
	T_FALSE(callout_pending(&t.c));
	T_TRUE(callout_active(&t.c));
	callout_deactivate(&t.c);
	T_FALSE(callout_active(&t.c));
	cleanup();
}

KERNEL_TEST(callout, no_ticks_are_one_tick)
{
	int start;

	setup(false);
	DELAY(300); /* in the middle of a tick */
	start = ticks;
	callout_reset(&t.c, -7, note, &t);
	pause("tick", 2);
	T_EQ(t.ran, 1);
	T_EQ(t.at - start, 1);
	cleanup();
}

static sbintime_t ran_at;

static void
stamp(void *arg)
{
	(void)arg;
	t.ran++;
	ran_at = sbinuptime();
}

KERNEL_TEST(callout, sbt_is_exact)
{
	sbintime_t start = sbinuptime();

	setup(false);
	callout_reset_sbt(&t.c, ustosbt(1500), 0, stamp, NULL, 0);
	pause("wait", 3);
	T_EQ(t.ran, 1);
	T_EQ(sbttous(ran_at - start), 1500);
	callout_reset_sbt(&t.c, start + 10 * SBT_1MS, 0, stamp, NULL,
	    C_ABSOLUTE);
	pause("wait", 20);
	T_EQ(sbttous(ran_at - start), 10000);
	/* A time that has passed is now. */
	start = sbinuptime();
	callout_reset_sbt(&t.c, 1, 0, stamp, NULL, C_ABSOLUTE);
	pause("now", 1);
	T_EQ(t.ran, 3);
	T_EQ(ran_at, start);
	callout_reset_sbt(&t.c, 0, 0, stamp, NULL, 0);
	pause("now", 1);
	T_EQ(t.ran, 4);
	cleanup();
}

KERNEL_TEST(callout, when_tells_and_precalc_takes)
{
	sbintime_t at, precision, start = sbinuptime();

	setup(false);
	callout_when(SBT_1S, 0, C_PREL(2), &at, &precision);
	T_EQ(at - start, SBT_1S);
	T_EQ(precision, SBT_1S / 4);
	callout_when(SBT_1S, SBT_1S, C_PREL(2), &at, &precision);
	T_EQ(precision, SBT_1S);
	callout_when(5, 6, C_PRECALC | C_PREL(1), &at, &precision);
	T_EQ(at, 5);
	T_EQ(precision, 6);
	callout_when(2 * SBT_1MS, 0, 0, &at, &precision);
	callout_reset_sbt(&t.c, at, precision, stamp, NULL, C_PRECALC);
	pause("wait", 4);
	T_EQ(sbttons(ran_at - at), 0);
	cleanup();
}

KERNEL_TEST(callout, a_second_reset_replaces_the_first)
{
	int start;

	setup(false);
	start = ticks;
	callout_reset(&t.c, 3, note, &t);
	T_EQ(callout_reset(&t.c, 6, note, &t), 1);
	pause("wait", 10);
	T_EQ(t.ran, 1);
	T_EQ(t.at - start, 6);
	T_EQ(callout_schedule(&t.c, 2), 0);
	T_EQ(callout_schedule_curcpu(&t.c, 4), 1);
	pause("wait", 10);
	T_EQ(t.ran, 2);
	T_EQ(callout_schedule_sbt(&t.c, SBT_1MS, 0, 0), 0);
	pause("wait", 10);
	T_EQ(t.ran, 3);
	cleanup();
}

static char order[8];

static void
append(void *arg)
{
	strlcat(order, arg, sizeof(order));
}

KERNEL_TEST(callout, equal_times_run_in_the_order_of_reset)
{
	static const char *const names[] = { "a", "b", "c" };
	static struct callout c[3];

	order[0] = '\0';
	for (int i = 0; i < 3; i++) {
		callout_init(&c[i], 1);
		callout_reset(&c[i], 2, append, __DECONST(void *, names[i]));
	}
	pause("wait", 4);
	T_STR(order, "abc");
}

KERNEL_TEST(callout, stop_of_a_pending_one_is_1)
{
	setup(false);
	callout_reset(&t.c, 3, note, &t);
	T_EQ(callout_stop(&t.c), 1);
	T_FALSE(callout_active(&t.c));
	T_FALSE(callout_pending(&t.c));
	pause("wait", 5);
	T_EQ(t.ran, 0);
	cleanup();
}

KERNEL_TEST(callout, stop_of_an_idle_one_is_minus_1)
{
	setup(false);
	T_EQ(callout_stop(&t.c), -1);
	T_EQ(callout_drain(&t.c), -1);
	callout_reset(&t.c, 1, note, &t);
	pause("wait", 3);
	T_EQ(callout_stop(&t.c), -1);
	T_FALSE(callout_active(&t.c));
	cleanup();
}

/* Spends time, so that others can look at a callout that runs. */
static void
slow(void *arg)
{
	(void)arg;
	DELAY(5000);
	t.ran++;
}

KERNEL_TEST(callout, stop_of_a_running_one_is_0)
{
	setup(false);
	callout_reset(&t.c, 1, slow, NULL);
	pause("let it begin", 3);
	T_EQ(t.ran, 0);
	T_EQ(callout_stop(&t.c), 0);
	T_FALSE(callout_active(&t.c));
	T_EQ(callout_drain(&t.c), -1);
	T_EQ(t.ran, 1);
	cleanup();
}

KERNEL_TEST(callout, stop_while_running_unschedules_the_next)
{
	setup(false);
	callout_reset(&t.c, 1, slow, NULL);
	pause("let it begin", 3);
	T_EQ(callout_schedule(&t.c, 10), 0);
	T_TRUE(callout_pending(&t.c));
	T_EQ(callout_stop(&t.c), 0);
	pause("wait", 30);
	T_EQ(t.ran, 1);
	cleanup();
}

KERNEL_TEST(callout, drain_waits_for_the_function)
{
	setup(false);
	callout_reset(&t.c, 1, slow, NULL);
	pause("let it begin", 3);
	callout_schedule(&t.c, 10);
	T_EQ(callout_drain(&t.c), 0);
	T_EQ(t.ran, 1);
	pause("wait", 30);
	T_EQ(t.ran, 1);
	cleanup();
}

static void
again(void *arg)
{
	(void)arg;
	DELAY(3000);
	t.ran++;
	t.answer = callout_schedule(&t.c, 1);
}

KERNEL_TEST(callout, drain_ends_a_periodic_one)
{
	setup(false);
	callout_reset(&t.c, 1, again, NULL);
	pause("several times", 20);
	T_TRUE(t.ran > 2);
	callout_drain(&t.c);
	t.ran = 0;
	pause("wait", 20);
	T_EQ(t.ran, 0);
	T_FALSE(callout_pending(&t.c));
	cleanup();
}

static void
drained(void *arg)
{
	T_TRUE(arg == &t);
	t.drained++;
	t.at = t.ran;
}

KERNEL_TEST(callout, async_drain_calls_when_it_is_over)
{
	setup(false);
	callout_reset(&t.c, 1, slow, &t);
	T_EQ(callout_async_drain(&t.c, drained), 1);
	T_EQ(callout_async_drain(&t.c, drained), -1);
	callout_reset(&t.c, 1, slow, &t);
	pause("let it begin", 3);
	T_EQ(callout_async_drain(&t.c, drained), 0);
	T_EQ(t.drained, 0);
	/* Who drains has the last word. */
	T_EQ(callout_reset(&t.c, 1, slow, &t), 0);
	T_FALSE(callout_pending(&t.c));
	pause("wait", 10);
	T_EQ(t.drained, 1);
	T_EQ(t.at, 1);
	T_EQ(t.ran, 1);
	cleanup();
}

KERNEL_TEST(callout, runs_with_its_mutex_held)
{
	setup(true);
	mtx_lock(&t.mtx);
	callout_reset(&t.c, 1, note, &t);
	mtx_unlock(&t.mtx);
	pause("wait", 3);
	T_EQ(t.ran, 1);
	T_TRUE(t.owned);
	T_FALSE(mtx_owned(&t.mtx));
	cleanup();
}

/* The mutex keeps softclock waiting: stop can still call it off. */
KERNEL_TEST(callout, stop_under_the_lock_is_final)
{
	setup(true);
	mtx_lock(&t.mtx);
	callout_reset(&t.c, 1, note, &t);
	DELAY(5000); /* softclock comes and waits for the mutex */
	T_FALSE(callout_pending(&t.c));
	T_EQ(callout_stop(&t.c), 1);
	mtx_unlock(&t.mtx);
	pause("wait", 5);
	T_EQ(t.ran, 0);
	cleanup();
}

KERNEL_TEST(callout, reset_under_the_lock_is_final)
{
	int start;

	setup(true);
	start = ticks;
	mtx_lock(&t.mtx);
	callout_reset(&t.c, 1, note, &t);
	DELAY(5000);
	T_EQ(callout_reset(&t.c, 10, note, &t), 1);
	mtx_unlock(&t.mtx);
	pause("wait", 20);
	T_EQ(t.ran, 1);
	T_TRUE(t.at - start >= 14);
	cleanup();
}

static void
unlocks(void *arg)
{
	(void)arg;
	T_TRUE(mtx_owned(&t.mtx));
	mtx_unlock(&t.mtx);
	t.ran++;
}

KERNEL_TEST(callout, returnunlocked)
{
	setup(true);
	callout_init_mtx(&t.c, &t.mtx, CALLOUT_RETURNUNLOCKED);
	mtx_lock(&t.mtx);
	callout_reset(&t.c, 1, unlocks, NULL);
	mtx_unlock(&t.mtx);
	pause("wait", 3);
	T_EQ(t.ran, 1);
	cleanup();
}

static void
with_giant(void *arg)
{
	(void)arg;
	t.owned = mtx_owned(&Giant);
	t.ran++;
}

KERNEL_TEST(callout, not_mpsafe_means_giant)
{
	setup(false);
	callout_init(&t.c, 0);
	callout_reset(&t.c, 1, with_giant, NULL);
	pause("wait", 3);
	T_TRUE(t.owned);
	/* Without Giant, as old code does it. */
	T_EQ(callout_stop(&t.c), -1);
	cleanup();
}

KERNEL_TEST(callout, direct_runs_in_interrupt_context)
{
	setup(false);
	callout_reset_sbt(&t.c, SBT_1MS, 0, note, &t, C_DIRECT_EXEC);
	pause("wait", 3);
	T_EQ(t.ran, 1);
	T_TRUE(t.direct);
	callout_reset_sbt_curcpu(&t.c, SBT_1MS, 0, note, &t, 0);
	pause("wait", 3);
	T_EQ(t.ran, 2);
	T_FALSE(t.direct);
	cleanup();
}

/* A softclock that waits for a lock does not keep direct ones back. */
KERNEL_TEST(callout, direct_does_not_wait_for_softclock)
{
	struct callout c;

	setup(true);
	callout_init(&c, 1);
	mtx_lock(&t.mtx);
	callout_reset(&t.c, 1, note, &t);
	callout_reset_sbt(&c, 2 * SBT_1MS, 0, stamp, NULL, C_DIRECT_EXEC);
	DELAY(5000);
	T_EQ(t.ran, 1);
	callout_stop(&t.c);
	mtx_unlock(&t.mtx);
	callout_drain(&c);
	cleanup();
}

static void
frees(void *arg)
{
	free(arg, M_TEMP);
	t.ran++;
}

KERNEL_TEST(callout, a_function_may_free_its_own)
{
	struct callout *c = malloc(sizeof(*c), M_TEMP, M_WAITOK);

	setup(false);
	callout_init(c, 1);
	callout_reset(c, 1, frees, c);
	pause("wait", 3);
	T_EQ(t.ran, 1);
	cleanup();
}

/*
 * --- misuse ---
 */

KERNEL_TEST_MISUSE(callout, stop_without_its_lock,
    "callout_stop: sleep mutex callout test of the callout is not held")
{
	setup(true);
	callout_stop(&t.c);
	cleanup();
}

KERNEL_TEST_MISUSE(callout, reset_without_its_lock,
    "callout_reset: sleep mutex callout test of the callout is not held")
{
	setup(true);
	callout_reset(&t.c, 1, note, &t);
	cleanup();
}

KERNEL_TEST_MISUSE(callout, drain_with_its_lock,
    "callout_drain: sleep mutex callout test, which the callout needs, is held")
{
	setup(true);
	mtx_lock(&t.mtx);
	callout_drain(&t.c);
	mtx_unlock(&t.mtx);
	cleanup();
}

KERNEL_TEST_MISUSE(callout, free_of_a_pending_one, "which is pending (note)")
{
	struct callout *c = malloc(sizeof(*c), M_TEMP, M_WAITOK);

	callout_init(c, 1);
	callout_reset(c, 1, note, NULL);
	free(c, M_TEMP);
	pause("nothing runs", 3);
	T_EQ(t.ran, 0);
}

KERNEL_TEST_MISUSE(callout, free_of_a_large_pending_one,
    "which is pending (note)")
{
	struct callout *c = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);

	callout_init(c + 60, 1);
	callout_reset(c + 60, 1, note, NULL);
	free(c, M_TEMP);
}

KERNEL_TEST_MISUSE(callout, free_of_a_running_one,
    "whose function slow runs now")
{
	struct callout *c = malloc(sizeof(*c), M_TEMP, M_WAITOK);

	setup(false);
	callout_init(c, 1);
	callout_reset(c, 1, slow, NULL);
	pause("let it begin", 3);
	free(c, M_TEMP);
	pause("let it end", 10);
	cleanup();
}

KERNEL_TEST_MISUSE(callout, init_of_a_pending_one, "is pending (note)")
{
	setup(false);
	callout_reset(&t.c, 1, note, &t);
	callout_init(&t.c, 1);
	pause("wait", 3);
	T_EQ(t.ran, 0);
	cleanup();
}

KERNEL_TEST_MISUSE(callout, never_initialised, "was never initialized")
{
	struct callout c;

	bzero(&c, sizeof(c));
	callout_drain(&c);
}

static void
drains_itself(void *arg)
{
	(void)arg;
	callout_drain(&t.c);
}

KERNEL_TEST_PANICS(callout, drain_from_its_function,
    "(drains_itself) would wait for itself")
{
	setup(false);
	callout_reset(&t.c, 1, drains_itself, NULL);
	pause("wait", 3);
}

static void
sleeps(void *arg)
{
	(void)arg;
	pause("forbidden", 1);
}

KERNEL_TEST_PANICS(callout, sleeping_function, "sleep")
{
	setup(false);
	callout_reset(&t.c, 1, sleeps, NULL);
	pause("wait", 3);
}

static void
locks(void *arg)
{
	(void)arg;
	mtx_lock(&t.mtx);
}

KERNEL_TEST_PANICS(callout, lock_held_on_return,
    "callout of locks returned with the following locks held: 1")
{
	setup(false);
	callout_reset(&t.c, 1, locks, NULL);
	pause("wait", 3);
}

KERNEL_TEST_PANICS(callout, direct_takes_a_sleep_mutex, "callout test")
{
	setup(false);
	callout_reset_sbt(&t.c, SBT_1MS, 0, locks, NULL, C_DIRECT_EXEC);
	pause("wait", 3);
}

KERNEL_TEST_PANICS(callout, direct_with_a_lock, "has lock")
{
	setup(true);
	mtx_lock(&t.mtx);
	callout_reset_sbt(&t.c, SBT_1MS, 0, note, &t, C_DIRECT_EXEC);
}

KERNEL_TEST_PANICS(callout, spin_mutex, "invalid lock class")
{
	bzero(&t, sizeof(t));
	mtx_init(&t.mtx, "spin", NULL, MTX_SPIN);
	callout_init_mtx(&t.c, &t.mtx, 0);
}

KERNEL_TEST_PANICS(callout, bad_flags, "callout_init_lock: bad flags")
{
	setup(true);
	callout_init_mtx(&t.c, &t.mtx, 0x1000);
}

KERNEL_TEST_PANICS(callout, no_such_processor, "Invalid CPU in callout 7")
{
	setup(false);
	callout_reset_on(&t.c, 1, note, &t, 7);
}

KERNEL_TEST_PANICS(callout, two_async_drains,
    "callout drain function already set")
{
	setup(false);
	callout_reset(&t.c, 1, slow, &t);
	pause("let it begin", 3);
	callout_async_drain(&t.c, drained);
	callout_async_drain(&t.c, drained);
}
