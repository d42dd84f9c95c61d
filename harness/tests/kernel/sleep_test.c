/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sleep(9), time(9), DELAY(9), kthread(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/time.h>

#include "machine/memory.h"
#include "sim/sim.h"
#include "tests/test.h"

static int channel, woken, finished;
static struct mtx m;

/* A test that panics leaves the mutex as it is. */
static void
fresh(int opts)
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, opts);
}

static void
sleeper(void *arg)
{
	(void)arg;
	if (tsleep(&channel, PNOLOCK, "sleepr", 0) == 0)
		woken++;
	finished++;
}

static void
start_sleepers(int n)
{
	woken = finished = 0;
	for (int i = 0; i < n; i++)
		kthread_add(sleeper, NULL, NULL, NULL, 0, 0, "s%d", i);
	pause("settle", 1);
}

KERNEL_TEST(sleep, wakeup_wakes_all)
{
	start_sleepers(3);
	T_EQ(woken, 0);
	wakeup(&channel);
	pause("settle", 1);
	T_EQ(woken, 3);
}

KERNEL_TEST(sleep, wakeup_one_wakes_one)
{
	start_sleepers(3);
	wakeup_one(&channel);
	pause("settle", 1);
	T_EQ(woken, 1);
	wakeup(&channel);
	pause("settle", 1);
	T_EQ(finished, 3);
}

KERNEL_TEST(sleep, other_channels_are_left_alone)
{
	start_sleepers(1);
	wakeup(&woken);
	pause("settle", 1);
	T_EQ(finished, 0);
	wakeup(&channel);
	pause("settle", 1);
	T_EQ(finished, 1);
}

KERNEL_TEST(sleep, times_out)
{
	sim_time before = sim_now();

	T_EQ(tsleep(&channel, 0, "alone", 5), EWOULDBLOCK);
	T_EQ(sim_now() - before, 5 * 1000000); /* hz is 1000 */
}

KERNEL_TEST(sleep, msleep_drops_and_takes_the_mutex)
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	T_EQ(msleep(&channel, &m, 0, "alone", 1), EWOULDBLOCK);
	T_TRUE(mtx_owned(&m));
	T_EQ(msleep(&channel, &m, PDROP, "alone", 1), EWOULDBLOCK);
	T_FALSE(mtx_owned(&m));
	mtx_destroy(&m);
}

KERNEL_TEST(sleep, msleep_spin_drops_and_takes_the_mutex)
{
	fresh(MTX_SPIN);
	mtx_lock_spin(&m);
	T_EQ(msleep_spin(&channel, &m, "alone", 1), EWOULDBLOCK);
	T_TRUE(mtx_owned(&m));
	mtx_unlock_spin(&m);
	mtx_destroy(&m);
}

KERNEL_TEST(sleep, pause_lasts_as_long_as_it_says)
{
	sim_time before = sim_now();

	T_EQ(pause_sbt("test", SBT_1MS * 7, 0, 0), EWOULDBLOCK);
	/* SBT_1MS is cut to a binary fraction of a second. */
	T_TRUE(sim_now() - before >= 6999998);
	T_TRUE(sim_now() - before <= 7000000);
}

KERNEL_TEST_ALWAYS_PANICS(sleep, with_another_mutex_held,
    "non-sleepable locks held")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	tsleep(&channel, 0, "bad", 1);
}

KERNEL_TEST_ALWAYS_PANICS(sleep, in_a_critical_section, "critical section")
{
	critical_enter();
	tsleep(&channel, 0, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, where_it_is_forbidden, "sleeping prohibited")
{
	THREAD_NO_SLEEPING();
	pause("bad", 1);
}

KERNEL_TEST_PANICS(sleep, without_a_lock, "sleeping without a lock")
{
	tsleep(&channel, 0, "bad", 0);
}

KERNEL_TEST_PANICS(sleep, with_an_unlocked_mutex, "mutex test not owned at")
{
	fresh(MTX_DEF);
	msleep(&channel, &m, 0, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, with_a_recursed_mutex, "mutex test recursed at")
{
	fresh(MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	msleep(&channel, &m, 0, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, spin_mutex, "can only use msleep_spin")
{
	fresh(MTX_SPIN);
	mtx_lock_spin(&m);
	msleep(&channel, &m, 0, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, dropping_giant, "PDROP requires a non-Giant lock")
{
	mtx_lock(&Giant);
	msleep(&channel, &Giant, PDROP, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, negative_pause, "timeout must be >= 0")
{
	pause_sbt("bad", -1, 0, 0);
}

/* Giant is let go by whoever sleeps, with it or beside it. */
static void
with_giant(void *arg)
{
	(void)arg;
	mtx_lock(&Giant);
	wakeup(&channel);
	mtx_unlock(&Giant);
}

KERNEL_TEST(sleep, lets_giant_go)
{
	mtx_lock(&Giant);
	mtx_lock(&Giant);
	kthread_add(with_giant, NULL, NULL, NULL, 0, 0, "giant");
	T_EQ(tsleep(&channel, PNOLOCK, "test", 0), 0);
	kthread_add(with_giant, NULL, NULL, NULL, 0, 0, "giant");
	T_EQ(msleep(&channel, &Giant, 0, "test", 0), 0);
	T_TRUE(mtx_recursed(&Giant));
	mtx_unlock(&Giant);
	mtx_unlock(&Giant);
}

KERNEL_TEST(time, ticks_follow_virtual_time)
{
	int before = ticks;
	time_t up = time_uptime;

	pause("test", 3000);
	T_EQ(ticks - before, 3000);
	T_EQ(time_uptime - up, 3);
}

KERNEL_TEST(time, conversions)
{
	T_EQ(sbttons(SBT_1S), 1000000000);
	T_EQ(sbttons(nstosbt(123456789)), 123456789);
	T_EQ(sbttous(SBT_1MS * 5), 4999); /* a binary fraction: rounds down */
	T_EQ(sbttoms(mstosbt(1500)), 1500);
	T_EQ(sbintime_getsec(SBT_1S * 7), 7);
}

KERNEL_TEST(time, delay_lets_others_run_but_does_not_sleep)
{
	sim_time before;

	start_sleepers(1);
	THREAD_NO_SLEEPING(); /* a busy wait is allowed */
	wakeup(&channel);
	before = sim_now();
	DELAY(50);
	THREAD_SLEEPING_OK();
	T_EQ(sim_now() - before, 50000);
	T_EQ(finished, 1);
}

KERNEL_TEST(time, ppsratecheck_limits)
{
	struct timeval last = { 0 };
	int count = 0, allowed = 0;

	for (int i = 0; i < 10; i++)
		allowed += ppsratecheck(&last, &count, 3);
	T_EQ(allowed, 3);
	pause("second", 1000);
	T_EQ(ppsratecheck(&last, &count, 3), 1);
}

static struct thread *joined;

static void
end_later(void *arg)
{
	(void)arg;
	pause("later", 2);
	finished++;
}

KERNEL_TEST(kthread, ends_and_wakes_who_waits)
{
	finished = 0;
	T_EQ(kthread_add(end_later, NULL, NULL, &joined, 0, 0, "ender"), 0);
	T_STR(joined->td_name, "ender");
	T_EQ(tsleep(joined, 0, "join", 100), 0);
	T_EQ(finished, 1);
}

KERNEL_TEST(kthread, stacks_are_guest_memory)
{
	int here;

	T_TRUE(machine_is_kva((uintptr_t)&here, sizeof(here)));
}
