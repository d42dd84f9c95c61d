/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rwlock(9): who may be in at a time, who goes first, and what it says when
 * it is misused.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/proc.h>
#include <sys/rwlock.h>

#include "tests/test.h"

static struct rwlock rw;
static char order[32];
static int channel;

/* A test that panics leaves the lock as it is. */
static void
fresh(int opts)
{
	bzero(&rw, sizeof(rw));
	bzero(order, sizeof(order));
	rw_init_flags(&rw, "test", opts);
}

static void
reader(void *arg)
{
	rw_rlock(&rw);
	strlcat(order, arg, sizeof(order));
	rw_runlock(&rw);
}

static void
writer(void *arg)
{
	rw_wlock(&rw);
	strlcat(order, arg, sizeof(order));
	T_TRUE(rw_wowned(&rw));
	rw_wunlock(&rw);
}

static void
start(void (*fn)(void *), const char *name)
{
	T_EQ(kthread_add(fn, (void *)(uintptr_t)name, NULL, NULL, 0, 0, "%s",
		 name),
	    0);
	DELAY(10); /* others run */
}

KERNEL_TEST(rwlock, readers_share)
{
	fresh(0);
	rw_rlock(&rw);
	start(reader, "r");
	T_STR(order, "r");
	T_EQ(curthread->td_locks, 1);
	rw_runlock(&rw);
	T_EQ(curthread->td_locks, 0);
	T_EQ(curthread->td_rw_rlocks, 0);
	T_EQ(rw.rw_lock, RW_UNLOCKED);
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, writer_is_alone)
{
	fresh(0);
	rw_wlock(&rw);
	T_TRUE(rw_wowned(&rw));
	start(reader, "r");
	start(writer, "w");
	start(reader, "s");
	T_STR(order, "");
	rw_wunlock(&rw);
	DELAY(10); /* others run */
	/* Writers first, then all readers. */
	T_STR(order, "wrs");
	T_EQ(rw.rw_lock, RW_UNLOCKED);
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, waiting_writer_keeps_readers_out)
{
	fresh(0);
	rw_rlock(&rw);
	start(writer, "w");
	start(reader, "r");
	T_STR(order, "");
	/* But not one that reads already: it would wait for itself. */
	rw_rlock(&rw);
	rw_runlock(&rw);
	rw_runlock(&rw);
	DELAY(10); /* others run */
	T_STR(order, "wr");
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, tries_do_not_wait)
{
	fresh(0);
	T_EQ(rw_try_wlock(&rw), 1);
	T_EQ(rw_try_rlock(&rw), 0);
	T_EQ(rw_try_wlock(&rw), 0);
	rw_wunlock(&rw);
	T_EQ(rw_try_rlock(&rw), 1);
	T_EQ(rw_try_rlock(&rw), 1);
	T_EQ(rw_try_wlock(&rw), 0);
	rw_unlock(&rw);
	rw_unlock(&rw);
	T_EQ(rw.rw_lock, RW_UNLOCKED);
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, only_a_single_reader_becomes_the_writer)
{
	fresh(0);
	rw_rlock(&rw);
	rw_rlock(&rw);
	T_EQ(rw_try_upgrade(&rw), 0);
	rw_runlock(&rw);
	T_TRUE(rw_try_upgrade(&rw) != 0);
	T_TRUE(rw_wowned(&rw));
	T_EQ(curthread->td_rw_rlocks, 0);
	rw_assert(&rw, RA_WLOCKED);
	rw_unlock(&rw);
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, downgrade_lets_readers_in)
{
	fresh(0);
	rw_wlock(&rw);
	start(reader, "r");
	T_STR(order, "");
	rw_downgrade(&rw);
	rw_assert(&rw, RA_RLOCKED);
	DELAY(10); /* others run */
	T_STR(order, "r");
	rw_runlock(&rw);
	T_EQ(rw.rw_lock, RW_UNLOCKED);
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, downgrade_does_not_overtake_a_writer)
{
	fresh(0);
	rw_wlock(&rw);
	start(reader, "r");
	start(writer, "w");
	rw_downgrade(&rw);
	DELAY(10); /* others run */
	T_STR(order, "");
	rw_runlock(&rw);
	DELAY(10); /* others run */
	T_STR(order, "wr");
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, recursion_is_counted)
{
	fresh(RW_RECURSE);
	rw_wlock(&rw);
	rw_wlock(&rw);
	T_EQ(rw_try_wlock(&rw), 1);
	rw_assert(&rw, RA_WLOCKED | RA_RECURSED);
	T_EQ(curthread->td_locks, 1);
	rw_wunlock(&rw);
	rw_wunlock(&rw);
	rw_assert(&rw, RA_WLOCKED | RA_NOTRECURSED);
	rw_wunlock(&rw);
	rw_assert(&rw, RA_UNLOCKED);
	T_EQ(curthread->td_locks, 0);
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, sleep_takes_it_as_it_was)
{
	fresh(0);
	rw_wlock(&rw);
	T_EQ(rw_sleep(&channel, &rw, 0, "alone", 1), EWOULDBLOCK);
	rw_assert(&rw, RA_WLOCKED);
	rw_downgrade(&rw);
	T_EQ(rw_sleep(&channel, &rw, 0, "alone", 1), EWOULDBLOCK);
	rw_assert(&rw, RA_RLOCKED);
	T_EQ(rw_sleep(&channel, &rw, PDROP, "alone", 1), EWOULDBLOCK);
	rw_assert(&rw, RA_UNLOCKED);
	rw_destroy(&rw);
}

KERNEL_TEST(rwlock, sysinit_initialises)
{
	struct rw_args args = { &rw, "by sysinit",
		RW_DUPOK | RW_QUIET | RW_NOPROFILE | RW_NEW };

	rw_sysinit(&args);
	T_TRUE(rw_initialized(&rw) != 0);
	T_STR(rw.lock_object.lo_name, "by sysinit");
	rw_destroy(&rw);
	T_FALSE(rw_initialized(&rw) != 0);
}

/* What is known of a lock without witness(4). */
KERNEL_TEST(rwlock, works_unwatched)
{
	fresh(RW_NOWITNESS);
	rw_rlock(&rw);
	rw_assert(&rw, RA_LOCKED);
	rw_assert(&rw, RA_RLOCKED);
	rw_assert(&rw, RA_UNLOCKED); /* cannot know */
	T_TRUE(rw_try_upgrade(&rw) != 0);
	rw_assert(&rw, RA_LOCKED | RA_NOTRECURSED);
	rw_unlock(&rw);
	rw_destroy(&rw);
}

KERNEL_TEST_PANICS(rwlock, recursion_unasked,
    "recursing but non-recursive rw test @")
{
	fresh(0);
	rw_wlock(&rw);
	rw_wlock(&rw);
}

KERNEL_TEST_PANICS(rwlock, reading_while_writing,
    "rw_rlock: wlock already held for test @")
{
	fresh(0);
	rw_wlock(&rw);
	rw_rlock(&rw);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, writing_while_reading,
    "exclusive lock of (rw) test @")
{
	fresh(0);
	rw_rlock(&rw);
	rw_wlock(&rw);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, runlock_of_unlocked,
    "Lock (rw) test not locked @")
{
	fresh(0);
	rw_runlock(&rw);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, runlock_of_unlocked_unwatched,
    "Lock test not read locked @")
{
	fresh(RW_NOWITNESS);
	rw_runlock(&rw);
}

static void
runlock(void *arg)
{
	(void)arg;
	rw_runlock(&rw);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, runlock_of_another_s,
    "Lock (rw) test not locked @")
{
	fresh(0);
	rw_rlock(&rw);
	start(runlock, "thief");
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, wunlock_of_a_reader,
    "Lock test not exclusively locked @")
{
	fresh(0);
	rw_rlock(&rw);
	rw_wunlock(&rw);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, runlock_of_the_writer,
    "Lock (rw) test exclusively locked @")
{
	fresh(0);
	rw_wlock(&rw);
	rw_runlock(&rw);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, upgrade_of_unlocked,
    "Lock (rw) test not locked @")
{
	fresh(0);
	rw_try_upgrade(&rw);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, downgrade_of_recursed, "Lock test recursed @")
{
	fresh(RW_RECURSE);
	rw_wlock(&rw);
	rw_wlock(&rw);
	rw_downgrade(&rw);
}

KERNEL_TEST_PANICS(rwlock, destroy_of_held, "rw lock test not unlocked")
{
	fresh(0);
	rw_wlock(&rw);
	rw_destroy(&rw);
}

KERNEL_TEST_PANICS(rwlock, destroy_of_nothing, "that is not initialized")
{
	fresh(0);
	rw_destroy(&rw);
	rw_destroy(&rw);
}

KERNEL_TEST_PANICS(rwlock, lock_destroyed, "rw_wlock() of destroyed rwlock @")
{
	fresh(0);
	rw_destroy(&rw);
	rw_wlock(&rw);
}

KERNEL_TEST_PANICS(rwlock, lock_never_initialised, "never initialized")
{
	static struct rwlock zero;

	rw_rlock(&zero);
}

KERNEL_TEST_PANICS(rwlock, unknown_options, "has unknown options 0x100")
{
	fresh(0x100);
}

KERNEL_TEST_PANICS(rwlock, assert_unlocked, "Lock (rw) test locked @")
{
	fresh(0);
	rw_rlock(&rw);
	rw_assert(&rw, RA_UNLOCKED);
}

KERNEL_TEST_PANICS(rwlock, assert_recursed, "Lock test not recursed @")
{
	fresh(RW_NOWITNESS);
	rw_wlock(&rw);
	rw_assert(&rw, RA_WLOCKED | RA_RECURSED);
}

KERNEL_TEST_PANICS(rwlock, assert_nonsense, "Unknown lock assertion")
{
	fresh(0);
	rw_assert(&rw, 0x80);
}

KERNEL_TEST_PANICS(rwlock, assert_unlocked_unwatched,
    "Lock test exclusively locked @")
{
	fresh(RW_NOWITNESS);
	rw_wlock(&rw);
	rw_assert(&rw, RA_UNLOCKED);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, sleeping_with_it,
    "with the following non-sleepable locks held: 1, the last is shared rw "
    "test r = 0 locked @ harness/tests/kernel/rwlock_test.c:")
{
	fresh(0);
	rw_rlock(&rw);
	pause("bad", 1);
}

KERNEL_TEST_ALWAYS_PANICS(rwlock, in_a_critical_section,
    "acquiring blockable sleep lock with spinlock or critical section held "
    "(rw) test @")
{
	fresh(0);
	critical_enter();
	rw_rlock(&rw);
}
