/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mutex(9): what it excludes, and what it says when it is misused.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include "tests/test.h"

static struct mtx m;
static int inside, worst, finished;

/* A test that panics leaves the mutex as it is. */
static void
fresh(int opts)
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, opts);
}

static void
enter_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++) {
		mtx_lock(&m);
		if (++inside > worst)
			worst = inside;
		DELAY(3); /* others try meanwhile */
		inside--;
		mtx_unlock(&m);
	}
	finished++;
	wakeup(&finished);
}

KERNEL_TEST(mutex, one_thread_at_a_time)
{
	inside = worst = finished = 0;
	fresh(MTX_DEF);
	for (int i = 0; i < 4; i++)
		T_EQ(kthread_add(enter_often, NULL, NULL, NULL, 0, 0, "t%d", i),
		    0);
	while (finished < 4)
		tsleep(&finished, PNOLOCK, "test", 0);
	T_EQ(worst, 1);
	T_EQ(m.mtx_lock, MTX_UNOWNED);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, trylock_does_not_wait)
{
	fresh(MTX_DEF);
	T_EQ(mtx_trylock(&m), 1);
	T_TRUE(mtx_owned(&m));
	T_EQ(mtx_trylock(&m), 0);
	mtx_unlock(&m);
	T_FALSE(mtx_owned(&m));
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, recursion_is_counted)
{
	fresh(MTX_DEF | MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	T_TRUE(mtx_recursed(&m));
	mtx_unlock(&m);
	T_TRUE(mtx_owned(&m));
	T_FALSE(mtx_recursed(&m));
	T_EQ(curthread->td_locks, 1);
	mtx_unlock(&m);
	T_EQ(curthread->td_locks, 0);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, spin_is_a_critical_section)
{
	fresh(MTX_SPIN);
	mtx_lock_spin(&m);
	T_EQ(curthread->td_critnest, 1);
	mtx_unlock_spin(&m);
	T_EQ(curthread->td_critnest, 0);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, sysinit_initialises)
{
	struct mtx_args args = { &m, "by sysinit", MTX_DEF };

	mtx_sysinit(&args);
	T_TRUE(mtx_initialized(&m));
	T_STR(mtx_name(&m), "by sysinit");
	mtx_sysuninit(&args);
	T_FALSE(mtx_initialized(&m));
}

KERNEL_TEST_PANICS(mutex, recursion_unasked,
    "recursed on non-recursive mutex test")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_lock(&m);
}

KERNEL_TEST_PANICS(mutex, unlock_not_owned, "mutex test not owned at")
{
	fresh(MTX_DEF);
	mtx_unlock(&m);
}

KERNEL_TEST_PANICS(mutex, lock_destroyed, "mtx_lock() of destroyed mutex")
{
	fresh(MTX_DEF);
	mtx_destroy(&m);
	mtx_lock(&m);
}

KERNEL_TEST_PANICS(mutex, lock_never_initialised, "never initialized")
{
	static struct mtx zero;

	mtx_lock(&zero);
}

KERNEL_TEST_PANICS(mutex, wrong_kind, "mtx_lock() of spin mutex test")
{
	fresh(MTX_SPIN);
	mtx_lock(&m);
}

KERNEL_TEST_PANICS(mutex, sleep_lock_under_spin_lock,
    "acquiring blockable sleep lock with spinlock or critical section held")
{
	static struct mtx spin;

	bzero(&spin, sizeof(spin));
	fresh(MTX_DEF);
	mtx_init(&spin, "spin", NULL, MTX_SPIN);
	mtx_lock_spin(&spin);
	mtx_lock(&m);
}

KERNEL_TEST_PANICS(mutex, assert_owned, "mutex test not owned at")
{
	fresh(MTX_DEF);
	mtx_assert(&m, MA_OWNED);
}

KERNEL_TEST_PANICS(mutex, assert_not_owned, "mutex test owned at")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_assert(&m, MA_NOTOWNED);
}

static void
lock_and_end(void *arg)
{
	(void)arg;
	mtx_lock(&m);
}

KERNEL_TEST_PANICS(mutex, thread_ends_with_it,
    "thread function of ender returned with the following locks held: 1")
{
	fresh(MTX_DEF);
	kthread_add(lock_and_end, NULL, NULL, NULL, 0, 0, "ender");
	pause("test", 1);
}

KERNEL_TEST_PANICS(mutex, initialised_twice, "already initialized")
{
	fresh(MTX_DEF);
	mtx_init(&m, "again", NULL, MTX_DEF);
}

static void
unlock_it(void *arg)
{
	(void)arg;
	mtx_unlock(&m);
}

KERNEL_TEST_PANICS(mutex, unlock_of_another_s, "mutex test not owned at")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	T_EQ(kthread_add(unlock_it, NULL, NULL, NULL, 0, 0, "thief"), 0);
	DELAY(10);
}

KERNEL_TEST_PANICS(mutex, unlock_of_another_s_spin, "mutex test not owned at")
{
	fresh(MTX_SPIN);
	mtx_unlock_spin(&m);
}

static void
destroy_it(void *arg)
{
	(void)arg;
	mtx_destroy(&m);
}

KERNEL_TEST_PANICS(mutex, destroy_of_another_s,
    "mtx_destroy: mutex test is owned by test")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	T_EQ(kthread_add(destroy_it, NULL, NULL, NULL, 0, 0, "thief"), 0);
	DELAY(10);
}

KERNEL_TEST_PANICS(mutex, destroy_of_recursed, "is recursed or contested")
{
	fresh(MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	mtx_destroy(&m);
}

KERNEL_TEST_PANICS(mutex, destroy_of_nothing, "that is not initialized")
{
	bzero(&m, sizeof(m));
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, destroyed_by_its_owner)
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_destroy(&m);
	T_EQ(curthread->td_locks, 0);
	bzero(&m, sizeof(m));
	mtx_init(&m, "spin", NULL, MTX_SPIN);
	mtx_lock_spin(&m);
	mtx_destroy(&m);
	T_EQ(curthread->td_critnest, 0);
}

KERNEL_TEST(mutex, spin_recursion_and_tries)
{
	fresh(MTX_SPIN | MTX_RECURSE);
	T_EQ(mtx_trylock_spin(&m), 1);
	mtx_lock_spin(&m);
	T_EQ(mtx_trylock_spin_flags(&m, MTX_QUIET), 1);
	T_EQ(curthread->td_spinlocks, 3);
	mtx_unlock_spin(&m);
	mtx_unlock_spin(&m);
	mtx_assert(&m, MA_OWNED | MA_NOTRECURSED);
	mtx_unlock_spin(&m);
	T_EQ(curthread->td_critnest, 0);
	mtx_destroy(&m);
}

static void
spin_a_little(void *arg)
{
	(void)arg;
	mtx_lock_spin(&m);
	finished++;
	mtx_unlock_spin(&m);
}

KERNEL_TEST(mutex, spin_waits)
{
	finished = 0;
	fresh(MTX_SPIN);
	mtx_lock_spin(&m);
	T_EQ(kthread_add(spin_a_little, NULL, NULL, NULL, 0, 0, "t"), 0);
	DELAY(10);
	T_EQ(finished, 0);
	T_EQ(mtx_trylock_spin(&m), 0);
	mtx_unlock_spin(&m);
	DELAY(10);
	T_EQ(finished, 1);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, trylock_recurses_where_allowed)
{
	fresh(MTX_RECURSE);
	mtx_lock(&m);
	T_EQ(mtx_trylock(&m), 1);
	mtx_assert(&m, MA_OWNED | MA_RECURSED);
	mtx_unlock(&m);
	mtx_unlock(&m);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, giant_is_dropped_and_picked_up)
{
	mtx_lock(&Giant);
	mtx_lock(&Giant);
	DROP_GIANT();
	T_FALSE(mtx_owned(&Giant));
	PICKUP_GIANT();
	T_TRUE(mtx_recursed(&Giant));
	mtx_unlock(&Giant);
	mtx_unlock(&Giant);
	DROP_GIANT();
	PICKUP_GIANT();
	T_FALSE(mtx_owned(&Giant));
}

KERNEL_TEST_PANICS(mutex, unknown_options, "has unknown options 0x1000")
{
	fresh(0x1000);
}

KERNEL_TEST_PANICS(mutex, assert_nonsense, "unknown mtx_assert at")
{
	fresh(MTX_DEF);
	mtx_assert(&m, 0x80);
}

KERNEL_TEST_PANICS(mutex, assert_recursed, "mutex test not recursed at")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_assert(&m, MA_OWNED | MA_RECURSED);
}

KERNEL_TEST_PANICS(mutex, assert_not_recursed, "mutex test recursed at")
{
	fresh(MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	mtx_assert(&m, MA_OWNED | MA_NOTRECURSED);
}
