/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sx(9): who may be in at a time, who goes first, and what it says when
 * it is misused.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/sx.h>

#include "tests/test.h"

static struct sx sx;
static struct mtx sleepless;
static char order[32];
static int channel;

/* A test that panics leaves the lock as it is. */
static void
fresh(int opts)
{
	bzero(&sx, sizeof(sx));
	bzero(order, sizeof(order));
	sx_init_flags(&sx, "test", opts);
}

static void
reader(void *arg)
{
	sx_slock(&sx);
	strlcat(order, arg, sizeof(order));
	sx_sunlock(&sx);
}

static void
writer(void *arg)
{
	sx_xlock(&sx);
	strlcat(order, arg, sizeof(order));
	T_TRUE(sx_xlocked(&sx));
	sx_xunlock(&sx);
}

/* Has the lock for a tick, and wants Giant meanwhile. */
static void
hold_for_a_while(void *arg)
{
	(void)arg;
	sx_xlock(&sx);
	pause("hold", 2);
	mtx_lock(&Giant);
	strlcat(order, "G", sizeof(order));
	mtx_unlock(&Giant);
	sx_xunlock(&sx);
}

static void
start(void (*fn)(void *), const char *name)
{
	T_EQ(kthread_add(fn, (void *)(uintptr_t)name, NULL, NULL, 0, 0, "%s",
		 name),
	    0);
	pause("settle", 1);
}

KERNEL_TEST(sx, readers_share)
{
	fresh(0);
	sx_slock(&sx);
	start(reader, "r");
	T_STR(order, "r");
	T_EQ(curthread->td_locks, 1);
	sx_sunlock(&sx);
	T_EQ(curthread->td_locks, 0);
	T_EQ(curthread->td_sx_slocks, 0);
	T_EQ(sx.sx_lock, SX_LOCK_UNLOCKED);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, writer_is_alone)
{
	fresh(0);
	sx_xlock(&sx);
	T_TRUE(sx_xlocked(&sx));
	start(reader, "r");
	start(writer, "w");
	start(reader, "s");
	T_STR(order, "");
	sx_xunlock(&sx);
	pause("settle", 1);
	/* Writers first, then all readers. */
	T_STR(order, "wrs");
	T_EQ(sx.sx_lock, SX_LOCK_UNLOCKED);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, waiting_writer_keeps_readers_out)
{
	fresh(0);
	sx_slock(&sx);
	start(writer, "w");
	start(reader, "r");
	T_STR(order, "");
	/* But not one that reads already: it would wait for itself. */
	sx_slock(&sx);
	sx_sunlock(&sx);
	sx_sunlock(&sx);
	pause("settle", 1);
	T_STR(order, "wr");
	sx_destroy(&sx);
}

KERNEL_TEST(sx, tries_do_not_wait)
{
	fresh(0);
	T_EQ(sx_try_xlock(&sx), 1);
	T_EQ(sx_try_slock(&sx), 0);
	T_EQ(sx_try_xlock(&sx), 0);
	sx_xunlock(&sx);
	T_EQ(sx_try_slock(&sx), 1);
	T_EQ(sx_try_slock(&sx), 1);
	T_EQ(sx_try_xlock(&sx), 0);
	sx_unlock(&sx);
	sx_unlock(&sx);
	T_EQ(sx.sx_lock, SX_LOCK_UNLOCKED);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, only_a_single_reader_becomes_the_writer)
{
	fresh(0);
	sx_slock(&sx);
	sx_slock(&sx);
	T_EQ(sx_try_upgrade(&sx), 0);
	sx_sunlock(&sx);
	T_TRUE(sx_try_upgrade(&sx) != 0);
	T_TRUE(sx_xlocked(&sx));
	T_EQ(curthread->td_sx_slocks, 0);
	sx_assert(&sx, SA_XLOCKED);
	sx_unlock(&sx);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, downgrade_lets_readers_in)
{
	fresh(0);
	sx_xlock(&sx);
	start(reader, "r");
	T_STR(order, "");
	sx_downgrade(&sx);
	sx_assert(&sx, SA_SLOCKED);
	pause("settle", 1);
	T_STR(order, "r");
	sx_sunlock(&sx);
	T_EQ(sx.sx_lock, SX_LOCK_UNLOCKED);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, downgrade_does_not_overtake_a_writer)
{
	fresh(0);
	sx_xlock(&sx);
	start(reader, "r");
	start(writer, "w");
	sx_downgrade(&sx);
	pause("settle", 1);
	T_STR(order, "");
	sx_sunlock(&sx);
	pause("settle", 1);
	T_STR(order, "wr");
	sx_destroy(&sx);
}

KERNEL_TEST(sx, recursion_is_counted)
{
	fresh(SX_RECURSE);
	sx_xlock(&sx);
	sx_xlock(&sx);
	T_EQ(sx_try_xlock(&sx), 1);
	sx_assert(&sx, SA_XLOCKED | SA_RECURSED);
	T_EQ(curthread->td_locks, 1);
	sx_xunlock(&sx);
	sx_xunlock(&sx);
	sx_assert(&sx, SA_XLOCKED | SA_NOTRECURSED);
	sx_xunlock(&sx);
	sx_assert(&sx, SA_UNLOCKED);
	T_EQ(curthread->td_locks, 0);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, sleep_takes_it_as_it_was)
{
	fresh(0);
	sx_xlock(&sx);
	T_EQ(sx_sleep(&channel, &sx, 0, "alone", 1), EWOULDBLOCK);
	sx_assert(&sx, SA_XLOCKED);
	sx_downgrade(&sx);
	T_EQ(sx_sleep(&channel, &sx, 0, "alone", 1), EWOULDBLOCK);
	sx_assert(&sx, SA_SLOCKED);
	T_EQ(sx_sleep(&channel, &sx, PDROP, "alone", 1), EWOULDBLOCK);
	sx_assert(&sx, SA_UNLOCKED);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, sysinit_initialises)
{
	struct sx_args args = { &sx, "by sysinit",
		SX_DUPOK | SX_QUIET | SX_NOPROFILE | SX_NOADAPTIVE | SX_NEW };

	sx_sysinit(&args);
	T_TRUE(lock_initialized(&sx.lock_object) != 0);
	T_STR(sx.lock_object.lo_name, "by sysinit");
	sx_destroy(&sx);
	T_FALSE(lock_initialized(&sx.lock_object) != 0);
}

/* What is known of a lock without witness(4). */
KERNEL_TEST(sx, works_unwatched)
{
	fresh(SX_NOWITNESS);
	sx_slock(&sx);
	sx_assert(&sx, SA_LOCKED);
	sx_assert(&sx, SA_SLOCKED);
	sx_assert(&sx, SA_UNLOCKED); /* cannot know */
	T_TRUE(sx_try_upgrade(&sx) != 0);
	sx_assert(&sx, SA_LOCKED | SA_NOTRECURSED);
	sx_unlock(&sx);
	sx_destroy(&sx);
}

KERNEL_TEST_PANICS(sx, recursion_unasked, "recursed on non-recursive sx test @")
{
	fresh(0);
	sx_xlock(&sx);
	sx_xlock(&sx);
}

KERNEL_TEST_PANICS(sx, reading_while_writing,
    "sx_slock: xlock already held for test @")
{
	fresh(0);
	sx_xlock(&sx);
	sx_slock(&sx);
}

KERNEL_TEST_ALWAYS_PANICS(sx, writing_while_reading,
    "exclusive lock of (sx) test @")
{
	fresh(0);
	sx_slock(&sx);
	sx_xlock(&sx);
}

KERNEL_TEST_ALWAYS_PANICS(sx, sunlock_of_unlocked,
    "Lock (sx) test not locked @")
{
	fresh(0);
	sx_sunlock(&sx);
}

KERNEL_TEST_ALWAYS_PANICS(sx, sunlock_of_unlocked_unwatched,
    "Lock test not share locked @")
{
	fresh(SX_NOWITNESS);
	sx_sunlock(&sx);
}

static void
sunlock(void *arg)
{
	(void)arg;
	sx_sunlock(&sx);
}

KERNEL_TEST_ALWAYS_PANICS(sx, sunlock_of_another_s,
    "Lock (sx) test not locked @")
{
	fresh(0);
	sx_slock(&sx);
	start(sunlock, "thief");
}

KERNEL_TEST_ALWAYS_PANICS(sx, xunlock_of_a_reader,
    "Lock test not exclusively locked @")
{
	fresh(0);
	sx_slock(&sx);
	sx_xunlock(&sx);
}

KERNEL_TEST_ALWAYS_PANICS(sx, sunlock_of_the_writer,
    "Lock (sx) test exclusively locked @")
{
	fresh(0);
	sx_xlock(&sx);
	sx_sunlock(&sx);
}

KERNEL_TEST_ALWAYS_PANICS(sx, upgrade_of_unlocked,
    "Lock (sx) test not locked @")
{
	fresh(0);
	sx_try_upgrade(&sx);
}

KERNEL_TEST_ALWAYS_PANICS(sx, downgrade_of_recursed, "Lock test recursed @")
{
	fresh(SX_RECURSE);
	sx_xlock(&sx);
	sx_xlock(&sx);
	sx_downgrade(&sx);
}

KERNEL_TEST_PANICS(sx, destroy_of_held, "sx lock test still held")
{
	fresh(0);
	sx_xlock(&sx);
	sx_destroy(&sx);
}

KERNEL_TEST_PANICS(sx, destroy_of_nothing, "that is not initialized")
{
	fresh(0);
	sx_destroy(&sx);
	sx_destroy(&sx);
}

KERNEL_TEST_PANICS(sx, lock_destroyed, "sx_xlock() of destroyed sx @")
{
	fresh(0);
	sx_destroy(&sx);
	sx_xlock(&sx);
}

KERNEL_TEST_PANICS(sx, lock_never_initialised, "never initialized")
{
	static struct sx zero;

	sx_slock(&zero);
}

KERNEL_TEST_PANICS(sx, unknown_options, "has unknown options 0x100")
{
	fresh(0x100);
}

KERNEL_TEST_PANICS(sx, assert_unlocked, "Lock (sx) test locked @")
{
	fresh(0);
	sx_slock(&sx);
	sx_assert(&sx, SA_UNLOCKED);
}

KERNEL_TEST_PANICS(sx, assert_recursed, "Lock test not recursed @")
{
	fresh(SX_NOWITNESS);
	sx_xlock(&sx);
	sx_assert(&sx, SA_XLOCKED | SA_RECURSED);
}

KERNEL_TEST_PANICS(sx, assert_nonsense, "Unknown lock assertion")
{
	fresh(0);
	sx_assert(&sx, 0x80);
}

KERNEL_TEST_PANICS(sx, assert_unlocked_unwatched,
    "Lock test exclusively locked @")
{
	fresh(SX_NOWITNESS);
	sx_xlock(&sx);
	sx_assert(&sx, SA_UNLOCKED);
}

KERNEL_TEST(sx, may_be_held_while_sleeping)
{
	fresh(0);
	sx_xlock(&sx);
	pause("test", 1);
	start(reader, "r");
	T_STR(order, "");
	T_TRUE(sx_xholder(&sx) == curthread);
	sx_unlock(&sx);
	pause("settle", 1);
	T_STR(order, "r");
	T_TRUE(sx_xholder(&sx) == NULL);
	T_EQ(sx_xlock_sig(&sx), 0);
	sx_unlock(&sx);
	T_EQ(sx_slock_sig(&sx), 0);
	sx_unlock(&sx);
	sx_destroy(&sx);
}

KERNEL_TEST(sx, waiting_for_it_lets_giant_go)
{
	fresh(0);
	mtx_lock(&Giant);
	mtx_lock(&Giant);
	sx_xlock(&sx);
	sx_xunlock(&sx);
	T_TRUE(mtx_owned(&Giant));
	start(hold_for_a_while, "holder");
	sx_slock(&sx);
	T_STR(order, "G"); /* the holder could take Giant */
	T_TRUE(mtx_owned(&Giant) && mtx_recursed(&Giant));
	sx_sunlock(&sx);
	mtx_unlock(&Giant);
	mtx_unlock(&Giant);
	sx_destroy(&sx);
}

KERNEL_TEST_MISUSE(sx, taken_where_sleeping_is_prohibited,
    "sx_xlock() of sx test with sleeping prohibited @")
{
	fresh(0);
	THREAD_NO_SLEEPING();
	sx_xlock(&sx);
	sx_xunlock(&sx);
	THREAD_SLEEPING_OK();
	sx_destroy(&sx);
}

/* It may be taken by a try, as that never sleeps. */
KERNEL_TEST(sx, tried_where_sleeping_is_prohibited)
{
	fresh(0);
	THREAD_NO_SLEEPING();
	T_EQ(sx_try_xlock(&sx), 1);
	sx_xunlock(&sx);
	T_EQ(sx_try_slock(&sx), 1);
	sx_sunlock(&sx);
	THREAD_SLEEPING_OK();
	sx_destroy(&sx);
}

static void
impatient(void *arg)
{
	(void)arg;
	critical_enter();
	critical_exit();
	mtx_lock(&sleepless);
	sx_slock(&sx);
}

KERNEL_TEST_MISUSE(sx, taken_with_a_mutex_held,
    "lock order reversal: (sleepable after non-sleepable)\n"
    " 1st sleepless (sleepless, sleep mutex) @ ")
{
	fresh(0);
	bzero(&sleepless, sizeof(sleepless));
	mtx_init(&sleepless, "sleepless", NULL, MTX_DEF);
	mtx_lock(&sleepless);
	sx_slock(&sx);
	sx_sunlock(&sx);
	mtx_unlock(&sleepless);
	mtx_destroy(&sleepless);
	sx_destroy(&sx);
}

/* Unwatched it is found only when the thread has to wait. */
KERNEL_TEST_ALWAYS_PANICS(sx, waited_for_with_a_mutex_held,
    "Sleeping in \"test\" with the following non-sleepable locks held: 1")
{
	fresh(SX_NOWITNESS);
	bzero(&sleepless, sizeof(sleepless));
	mtx_init(&sleepless, "sleepless", NULL, MTX_DEF);
	sx_xlock(&sx);
	start(impatient, "impatient");
}

KERNEL_TEST_ALWAYS_PANICS(sx, in_a_critical_section,
    "acquiring blockable sleep lock with spinlock or critical section held "
    "(sx) test @")
{
	fresh(0);
	critical_enter();
	sx_slock(&sx);
}
