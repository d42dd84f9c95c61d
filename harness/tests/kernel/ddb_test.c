/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ddb(4): the table of threads, their traces, and what a panic prints.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include "host/host.h"
#include "sim/sim.h"
#include "tests/fixture.h"
#include "tests/test.h"

static char report[64 << 10];
static size_t used;
static struct mtx mtx;
static bool go_on;

static void
add_line(void *arg, const char *text)
{
	T_TRUE(arg == &used);
	used += strlcpy(report + used, text, sizeof(report) - used);
	used += strlcpy(report + used, "\n", sizeof(report) - used);
}

static const char *
ps(bool traces)
{
	used = 0;
	kernel_ps(traces, add_line, &used);
	return (report);
}

/* Global, so that backtraces know its name. */
void ddb_test_locker(void *arg);
void __attribute__((noinline)) ddb_test_locker(void *arg)
{
	mtx_lock(&mtx);
	mtx_unlock(&mtx);
	kthread_exit();
}

static void
sleeper(void *arg)
{
	int timeout = *(int *)arg;

	while (!go_on)
		(void)tsleep(&go_on, PNOLOCK, "ddbtest", timeout);
	kthread_exit();
}

static struct thread *
start(void (*fn)(void *), void *arg, const char *name)
{
	struct thread *td;

	T_REQUIRE(kthread_add(fn, arg, NULL, &td, 0, 0, "%s", name) == 0);
	sim_yield();
	return (td);
}

static void
settle(void)
{
	for (int i = 0; i < 10; i++)
		sim_yield();
}

KERNEL_TEST(ddb, blocked_threads_name_lock_and_owner)
{
	char row[128];

	mtx_init(&mtx, "ddb test", NULL, MTX_DEF);
	mtx_lock(&mtx);
	(void)start(ddb_test_locker, NULL, "locker");
	T_HAS(ps(false),
	    "   TID NAME                STATE    WAIT                     "
	    "LOCKS\n");
	snprintf(row, sizeof(row),
	    " locker              blocked  *ddb test (sleep mutex, held by "
	    "test %d) -\n",
	    curthread->td_tid);
	T_HAS(report, row);
	snprintf(row, sizeof(row), "%d test                running  -    ",
	    curthread->td_tid);
	T_HAS(report, row);
	/* Without traces. */
	T_TRUE(strstr(report, "Tracing") == NULL);
	mtx_unlock(&mtx);
	settle();
	T_TRUE(strstr(ps(false), "locker") == NULL);
	mtx_destroy(&mtx);
}

KERNEL_TEST(ddb, traces_of_all_threads)
{
	char line[64];

	mtx_init(&mtx, "ddb test", NULL, MTX_DEF);
	mtx_lock(&mtx);
	snprintf(line, sizeof(line), "\n\nTracing thread %d (locker)\n  #0 ",
	    start(ddb_test_locker, NULL, "locker")->td_tid);
	T_HAS(ps(true), line);
	T_HAS(report,
	    "\n       holds exclusive sleep mutex ddb test r = 0 locked @ "
	    "harness/tests/kernel/ddb_test.c:");
	T_HAS(report, " ddb_test_locker+0x");
	T_HAS(report, " mtx_lock_checked+0x");
	snprintf(line, sizeof(line), "\n\nTracing thread %d (test)\n  #0 ",
	    curthread->td_tid);
	T_HAS(report, line);
	mtx_unlock(&mtx);
	settle();
	mtx_destroy(&mtx);
}

KERNEL_TEST(ddb, sleepers_name_channel_and_time)
{
	int never = 0, second = hz;

	go_on = false;
	(void)start(sleeper, &never, "sleeper");
	(void)start(sleeper, &second, "timer");
	T_HAS(ps(false), " sleeper             sleeping ddbtest     ");
	T_HAS(report, " timer               timed    ddbtest until 1.000000s");
	go_on = true;
	wakeup(&go_on);
	settle();
}

KERNEL_TEST(ddb, locks_are_counted)
{
	struct mtx spin = { 0 };
	const char *row;

	mtx_init(&mtx, "ddb test", NULL, MTX_DEF);
	mtx_init(&spin, "spin", NULL, MTX_SPIN);
	mtx_lock(&mtx);
	mtx_lock_spin(&spin);
	row = strstr(ps(false), " test                running ");
	T_REQUIRE(row != NULL);
	T_TRUE(strstr(row, " -\n") == NULL || strstr(row, " -\n") > row + 60);
	mtx_unlock_spin(&spin);
	mtx_unlock(&mtx);
	mtx_destroy(&spin);
	mtx_destroy(&mtx);
}

/* What a driver has freed or overwritten must not take the report down. */
KERNEL_TEST(ddb, locks_that_are_gone)
{
	static struct lock_object zeroes;
	struct thread *td;
	int never = 0;

	go_on = false;
	td = start(sleeper, &never, "sleeper");
	td->td_blocked = (struct lock_object *)16;
	T_HAS(ps(false), " blocked  a lock that is gone ");
	td->td_blocked = &zeroes;
	T_HAS(ps(false), " blocked  * (destroyed) ");
	td->td_blocked = NULL;
	go_on = true;
	wakeup(&go_on);
	settle();
}

/*
 * --- after the end ---
 */

static void
sleep_and_panic(void *arg)
{
	(void)tsleep(&go_on, 0, "long", (((24 + 1) * 60 + 1) * 60 + 1) * hz);
	panic("the end of %s", "ddb");
}

TEST(ddb, panics_are_reported)
{
	fixture_boot(NULL);
	fixture_expect_panic("the end of ddb");
	T_FALSE(fixture_run(sleep_and_panic, NULL));
	T_HAS(fixture_log(),
	    "panic: the end of ddb\ncpuid = 0\ntime = 90062\n");
	T_HAS(fixture_log(), "\nKDB: stack backtrace:\n#0 ");
	T_HAS(fixture_log(), " kernel_panic+0x");
	T_HAS(fixture_log(), "\nUptime: 1d1h1m2s\n");
	used = 0;
	kernel_report(add_line, &used);
	T_HAS(report, "panic: the end of ddb\n   TID NAME");
	T_HAS(report, " test                running  -");
	T_HAS(report, " kernel_panic+0x");
	fixture_halt();
	T_STR(kernel_hang_text(), "");
}

static void
fault_in_panic(void *arg)
{
	/* The message itself is what cannot be printed. */
	panic("%s", (const char *)arg);
}

TEST(ddb, panic_that_has_a_fault)
{
	fixture_boot(NULL);
	fixture_expect_panic("page fault (trap 12)");
	T_FALSE(fixture_run(fault_in_panic, (void *)16));
	fixture_halt();
}

static void
panic_twice(void *arg)
{
	panicstr = "something before";
	panic("again");
}

TEST(ddb, panic_while_panicking)
{
	fixture_boot(NULL);
	fixture_expect_panic("");
	T_FALSE(fixture_run(panic_twice, NULL));
	T_HAS(fixture_log(), "panic while panicking: again\n");
	fixture_halt();
}
