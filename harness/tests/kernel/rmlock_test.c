/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rmlock(9): readers with trackers, writers, and what it says when it is
 * misused.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/proc.h>
#include <sys/rmlock.h>

#include "tests/test.h"

static struct rmlock rm;
static struct rm_priotracker t1, t2;
static char order[32];
static int channel;

/* A test that panics leaves the lock as it is. */
static void
fresh(int opts)
{
	bzero(&rm, sizeof(rm));
	bzero(order, sizeof(order));
	rm_init_flags(&rm, "test", opts);
}

static void
reader(void *arg)
{
	struct rm_priotracker tracker;

	rm_rlock(&rm, &tracker);
	strlcat(order, arg, sizeof(order));
	rm_runlock(&rm, &tracker);
}

static void
writer(void *arg)
{
	rm_wlock(&rm);
	T_TRUE(rm_wowned(&rm) != 0);
	strlcat(order, arg, sizeof(order));
	rm_wunlock(&rm);
}

static void
start(void (*fn)(void *), const char *name)
{
	T_EQ(kthread_add(fn, (void *)(uintptr_t)name, NULL, NULL, 0, 0, "%s",
		 name),
	    0);
	DELAY(10); /* others run */
}

KERNEL_TEST(rmlock, readers_share)
{
	fresh(0);
	rm_rlock(&rm, &t1);
	start(reader, "r");
	T_STR(order, "r");
	rm_assert(&rm, RA_LOCKED);
	rm_assert(&rm, RA_RLOCKED | RA_NOTRECURSED);
	rm_runlock(&rm, &t1);
	rm_assert(&rm, RA_UNLOCKED);
	T_EQ(curthread->td_locks, 0);
	rm_destroy(&rm);
}

KERNEL_TEST(rmlock, writer_is_alone)
{
	fresh(0);
	rm_wlock(&rm);
	start(reader, "r");
	start(writer, "w");
	T_STR(order, "");
	T_EQ(rm_wowned(&rm), 1);
	rm_assert(&rm, RA_WLOCKED);
	rm_assert(&rm, RA_LOCKED);
	rm_wunlock(&rm);
	DELAY(10);
	T_EQ(strlen(order), 2);
	rm_destroy(&rm);
}

KERNEL_TEST(rmlock, waiting_writer_keeps_readers_out)
{
	fresh(RM_RECURSE);
	rm_rlock(&rm, &t1);
	start(writer, "w");
	start(reader, "r");
	T_STR(order, "");
	rm_rlock(&rm, &t2);
	rm_assert(&rm, RA_RLOCKED | RA_RECURSED);
	rm_runlock(&rm, &t1);
	T_STR(order, "");
	rm_runlock(&rm, &t2);
	DELAY(10);
	T_STR(order, "wr");
	rm_destroy(&rm);
}

static void
try_reader(void *arg)
{
	struct rm_priotracker tracker;

	(void)arg;
	T_EQ(rm_try_rlock(&rm, &tracker), 0);
	strlcat(order, "n", sizeof(order));
}

KERNEL_TEST(rmlock, tries_do_not_wait)
{
	fresh(0);
	T_EQ(rm_try_rlock(&rm, &t1), 1);
	rm_runlock(&rm, &t1);
	rm_wlock(&rm);
	start(try_reader, "t");
	rm_wunlock(&rm);
	T_STR(order, "n");
	rm_destroy(&rm);
}

KERNEL_TEST(rmlock, sleepable_lets_writers_sleep)
{
	fresh(RM_SLEEPABLE | RM_DUPOK);
	rm_wlock(&rm);
	start(reader, "r");
	pause("test", 1);
	T_STR(order, "");
	T_EQ(rm_sleep(&channel, &rm, 0, "alone", 1), EWOULDBLOCK);
	T_STR(order, "r");
	rm_assert(&rm, RA_WLOCKED);
	rm_wunlock(&rm);
	T_TRUE(THREAD_CAN_SLEEP());
	rm_rlock(&rm, &t1);
	T_FALSE(THREAD_CAN_SLEEP());
	start(writer, "w");
	T_STR(order, "r");
	rm_runlock(&rm, &t1);
	T_TRUE(THREAD_CAN_SLEEP());
	DELAY(10);
	T_STR(order, "rw");
	rm_destroy(&rm);
}

KERNEL_TEST(rmlock, sysinit_initialises)
{
	struct rm_args args = { &rm, "by sysinit", RM_NEW | RM_NOWITNESS };

	rm_sysinit(&args);
	T_STR(rm.lock_object.lo_name, "by sysinit");
	rm_destroy(&rm);
	bzero(&rm, sizeof(rm));
	rm_init(&rm, "by hand");
	rm_destroy(&rm);
}

KERNEL_TEST_PANICS(rmlock, recursion_unasked,
    "rm_rlock: recursed on non-recursive rmlock test @")
{
	fresh(0);
	rm_rlock(&rm, &t1);
	rm_rlock(&rm, &t2);
}

KERNEL_TEST_PANICS(rmlock, reading_while_writing,
    "rm_rlock: wlock already held for test @")
{
	fresh(0);
	rm_wlock(&rm);
	rm_rlock(&rm, &t1);
}

KERNEL_TEST_ALWAYS_PANICS(rmlock, writing_while_reading,
    "Lock test read locked @")
{
	fresh(0);
	rm_rlock(&rm, &t1);
	rm_wlock(&rm);
}

KERNEL_TEST_ALWAYS_PANICS(rmlock, writing_twice,
    "Lock test exclusively locked @")
{
	fresh(0);
	rm_wlock(&rm);
	rm_wlock(&rm);
}

KERNEL_TEST_ALWAYS_PANICS(rmlock, another_tracker,
    "rm_runlock: the tracker was not used to lock test @")
{
	fresh(0);
	rm_rlock(&rm, &t1);
	rm_runlock(&rm, &t2);
}

KERNEL_TEST_ALWAYS_PANICS(rmlock, runlock_of_unlocked,
    "Lock test not read locked @")
{
	fresh(0);
	rm_runlock(&rm, &t1);
}

KERNEL_TEST_ALWAYS_PANICS(rmlock, wunlock_of_unlocked,
    "Lock test not exclusively locked @")
{
	fresh(0);
	rm_wunlock(&rm);
}

KERNEL_TEST_ALWAYS_PANICS(rmlock, readers_must_not_sleep,
    "with sleeping prohibited")
{
	fresh(RM_SLEEPABLE);
	rm_rlock(&rm, &t1);
	pause("bad", 1);
}

KERNEL_TEST_ALWAYS_PANICS(rmlock, sleeping_with_it,
    "non-sleepable locks held: 1")
{
	fresh(0);
	rm_wlock(&rm);
	pause("bad", 1);
}

KERNEL_TEST_PANICS(rmlock, destroy_of_held, "rm lock test not unlocked")
{
	fresh(0);
	rm_rlock(&rm, &t1);
	rm_destroy(&rm);
}

KERNEL_TEST_PANICS(rmlock, destroy_of_written, "rm lock test not unlocked")
{
	fresh(0);
	rm_wlock(&rm);
	rm_destroy(&rm);
}

KERNEL_TEST_PANICS(rmlock, lock_destroyed, "rm_wlock() of destroyed rmlock @")
{
	fresh(0);
	rm_destroy(&rm);
	rm_wlock(&rm);
}

KERNEL_TEST_PANICS(rmlock, unknown_options, "has unknown options 0x100")
{
	fresh(0x100);
}

KERNEL_TEST_PANICS(rmlock, assert_recursed, "Lock test not recursed @")
{
	fresh(0);
	rm_rlock(&rm, &t1);
	rm_assert(&rm, RA_RLOCKED | RA_RECURSED);
}

KERNEL_TEST_PANICS(rmlock, assert_not_recursed, "Lock test recursed @")
{
	fresh(RM_RECURSE);
	rm_rlock(&rm, &t1);
	rm_rlock(&rm, &t2);
	rm_assert(&rm, RA_LOCKED | RA_NOTRECURSED);
}

KERNEL_TEST_PANICS(rmlock, assert_read, "Lock test exclusively locked @")
{
	fresh(0);
	rm_wlock(&rm);
	rm_assert(&rm, RA_RLOCKED);
}

KERNEL_TEST_PANICS(rmlock, assert_nonsense, "Unknown rm lock assertion")
{
	fresh(0);
	rm_assert(&rm, 0x80);
}
