/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sleep(9): when a sleep ends, in which order sleepers wake, and what is
 * refused.  And the clocks of time(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/time.h>

#include <machine/cpu.h>

#include "sim/sim.h"
#include "tests/test.h"

static int channel, result;
static struct mtx m;
static char order[8];

/* A test that panics leaves the mutex as it is. */
static void
fresh(int opts)
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, opts);
}

static void
sleep_in_line(void *arg)
{
	size_t n;

	tsleep(&channel, PNOLOCK, "line", 0);
	n = strlen(order);
	order[n] = *(const char *)arg;
	order[n + 1] = '\0';
}

static void
start_line(void)
{
	static char names[] = "abc";

	order[0] = '\0';
	for (int i = 0; i < 3; i++)
		kthread_add(sleep_in_line, &names[i], NULL, NULL, 0, 0, "s%d",
		    i);
	pause("settle", 1);
}

KERNEL_TEST(sleep, longest_sleeper_wakes_first)
{
	start_line();
	wakeup_one(&channel);
	pause("settle", 1);
	T_STR(order, "a");
	wakeup_any(&channel);
	pause("settle", 1);
	T_STR(order, "ab");
	wakeup(&channel);
	pause("settle", 1);
	T_STR(order, "abc");
}

static void
sleep_with_spin(void *arg)
{
	mtx_lock_spin(&m);
	result = msleep_spin(&channel, &m, "spin", 100);
	mtx_unlock_spin(&m);
}

KERNEL_TEST(sleep, msleep_spin_tells_wake_from_timeout)
{
	result = 99;
	fresh(MTX_SPIN);
	kthread_add(sleep_with_spin, NULL, NULL, NULL, 0, 0, "spin");
	pause("settle", 1);
	wakeup(&channel);
	pause("settle", 1);
	T_EQ(result, 0);
	mtx_destroy(&m);
}

static struct thread *sleeping;

static void
sleep_twice(void *arg)
{
	sleeping = curthread;
	tsleep(&channel, PNOLOCK, "first", 0);
	DELAY(1000);
	result = 1;
}

KERNEL_TEST(sleep, thread_shows_what_it_sleeps_on)
{
	result = 0;
	kthread_add(sleep_twice, NULL, NULL, NULL, 0, 0, "sleeper");
	pause("settle", 1);
	T_TRUE(sleeping->td_wchan == &channel);
	T_STR(sleeping->td_wmesg, "first");
	wakeup(&channel);
	DELAY(10);
	T_TRUE(sleeping->td_wchan == NULL);
	T_TRUE(sleeping->td_wmesg == NULL);
	pause("end", 10);
	T_EQ(result, 1);
}

/* Only wakeup(9) ends a sleep: not whoever wakes the task by mistake. */
KERNEL_TEST(sleep, stray_wake_is_slept_through)
{
	result = 0;
	kthread_add(sleep_twice, NULL, NULL, NULL, 0, 0, "sleeper");
	pause("settle", 1);
	sim_wake(sleeping->td_task);
	pause("settle", 10);
	T_EQ(result, 0);
	wakeup(&channel);
	pause("settle", 10);
	T_EQ(result, 1);
}

KERNEL_TEST(sleep, ticks_are_whole_and_rounded_up)
{
	sim_time before = sim_now();

	/* One and a half tick are two. */
	T_EQ(tsleep_sbt(&channel, 0, "test", tick_sbt + tick_sbt / 2, 0,
		 C_HARDCLOCK),
	    EWOULDBLOCK);
	T_EQ(sim_now() - before, 2000000);
}

KERNEL_TEST(sleep, is_never_shorter_than_asked_for)
{
	for (int64_t ns = 1; ns < 100000; ns = ns * 3 + 1) {
		sim_time before = sim_now();

		T_EQ(tsleep_sbt(&channel, 0, "test", nstosbt(ns), 0, 0),
		    EWOULDBLOCK);
		T_TRUE(sim_now() - before >= (sim_time)ns);
		T_TRUE(sim_now() - before <= (sim_time)ns + 2);
	}
}

KERNEL_TEST(sleep, until_a_moment)
{
	sbintime_t until = sbinuptime() + SBT_1MS * 20;
	sim_time before = sim_now();

	T_EQ(tsleep_sbt(&channel, 0, "test", until, 0, C_ABSOLUTE),
	    EWOULDBLOCK);
	T_TRUE(sbinuptime() >= until);
	T_TRUE(sim_now() - before <= 20 * 1000000 + 2);
	/* One that has passed does not wait. */
	before = sim_now();
	T_EQ(tsleep_sbt(&channel, PNOLOCK, "test", 0, 0, C_ABSOLUTE),
	    EWOULDBLOCK);
	T_EQ(tsleep_sbt(&channel, 0, "test", until, 0, C_ABSOLUTE),
	    EWOULDBLOCK);
	T_EQ(sim_now() - before, 0);
}

KERNEL_TEST(sleep, pause_of_nothing_is_a_tick)
{
	int before = ticks;

	T_EQ(pause("test", 0), EWOULDBLOCK);
	T_EQ(ticks - before, 1);
}

KERNEL_TEST_PANICS(sleep, without_a_channel, "_sleep: NULL ident")
{
	tsleep(NULL, 0, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, on_a_spin_mutex,
    "spin locks can only use msleep_spin")
{
	fresh(MTX_SPIN);
	mtx_lock_spin(&m);
	msleep(&channel, &m, 0, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, spin_sleep_on_a_sleep_mutex,
    "msleep_spin: sleep mutex test")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	msleep_spin(&channel, &m, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, without_the_mutex, "mutex test not owned at")
{
	fresh(MTX_DEF);
	msleep(&channel, &m, 0, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, drop_without_a_lock,
    "PDROP requires a non-Giant lock")
{
	tsleep(&channel, PDROP, "bad", 1);
}

KERNEL_TEST_PANICS(sleep, in_a_filter,
    "in an interrupt filter, which may not sleep")
{
	curthread->td_intr_nesting_level++;
	pause("bad", 1);
}

KERNEL_TEST_PANICS(sleep, spin_sleep_with_another_mutex_held,
    "non-sleepable locks held")
{
	static struct mtx sleepable;

	fresh(MTX_SPIN);
	bzero(&sleepable, sizeof(sleepable));
	mtx_init(&sleepable, "sleepable", NULL, MTX_DEF);
	mtx_lock(&sleepable);
	mtx_lock_spin(&m);
	msleep_spin(&channel, &m, "bad", 1);
}

/*
 * --- time(9) ---
 */

KERNEL_TEST(time, uptime_begins_with_a_second)
{
	struct timespec ts;
	struct timeval tv;

	T_EQ(time_uptime, 1);
	T_EQ(time_second, time_uptime);
	T_EQ(sbinuptime(), nstosbt(sim_now() + 1000000000));
	pause("test", 2345);
	nanouptime(&ts);
	T_EQ(ts.tv_sec, 3);
	T_EQ(ts.tv_nsec, sim_now() % 1000000000);
	T_TRUE(ts.tv_nsec >= 345000000);
	microuptime(&tv);
	T_EQ(tv.tv_sec, 3);
	T_EQ(tv.tv_usec, ts.tv_nsec / 1000);
	T_EQ(time_uptime, 3);
	T_EQ(time_second, 3);
	T_EQ(sbintime_getsec(getsbinuptime()), 3);
}

KERNEL_TEST(time, delay_of_nothing_is_nothing)
{
	sim_time before = sim_now();

	DELAY(0);
	DELAY(-5);
	T_EQ(sim_now() - before, 0);
}

KERNEL_TEST(time, a_spinning_loop_sees_time_move)
{
	sbintime_t end = sbinuptime() + SBT_1US * 5;
	int rounds = 0;

	while (sbinuptime() < end && rounds++ < 1000)
		cpu_spinwait();
	T_TRUE(rounds > 1);
	T_TRUE(rounds < 1000);
}

KERNEL_TEST(time, ppsratecheck_of_none_and_all)
{
	struct timeval last = { 0 };
	int count = 0;

	for (int i = 0; i < 5; i++)
		T_EQ(ppsratecheck(&last, &count, 0), 0);
	T_EQ(count, 5);
	for (int i = 0; i < 5; i++)
		T_EQ(ppsratecheck(&last, &count, -1), 1);
	pause("second", 1000);
	T_EQ(ppsratecheck(&last, &count, 0), 0);
	T_EQ(count, 1);
}

KERNEL_TEST_PANICS(time, critical_exit_without_enter, "td_critnest == 0")
{
	critical_exit();
}
