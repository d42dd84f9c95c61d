/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mutex(9): whose it is, how often, and what is said of that.
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
static int finished;

/* A test that panics leaves the mutex as it is. */
static void
fresh(int opts)
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, opts);
}

static void
unlock_it(void *arg)
{
	(void)arg;
	mtx_unlock(&m);
}

KERNEL_TEST_ALWAYS_PANICS(mutex_owner, unlock_of_another_s,
    "mutex test not owned at")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	T_EQ(kthread_add(unlock_it, NULL, NULL, NULL, 0, 0, "thief"), 0);
	DELAY(10);
}

KERNEL_TEST_ALWAYS_PANICS(mutex_owner, unlock_of_another_s_spin,
    "mutex test not owned at")
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

KERNEL_TEST_PANICS(mutex_owner, destroy_of_another_s,
    "mtx_destroy: mutex test is owned by test")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	T_EQ(kthread_add(destroy_it, NULL, NULL, NULL, 0, 0, "thief"), 0);
	DELAY(10);
}

KERNEL_TEST_PANICS(mutex_owner, destroy_of_recursed, "is recursed or contested")
{
	fresh(MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	mtx_destroy(&m);
}

KERNEL_TEST_PANICS(mutex_owner, destroy_of_nothing, "that is not initialized")
{
	bzero(&m, sizeof(m));
	mtx_destroy(&m);
}

KERNEL_TEST(mutex_owner, destroyed_by_its_owner)
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

KERNEL_TEST(mutex_owner, spin_recursion_and_tries)
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

KERNEL_TEST(mutex_owner, spin_waits)
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

KERNEL_TEST(mutex_owner, trylock_recurses_where_allowed)
{
	fresh(MTX_RECURSE);
	mtx_lock(&m);
	T_EQ(mtx_trylock(&m), 1);
	mtx_assert(&m, MA_OWNED | MA_RECURSED);
	mtx_unlock(&m);
	mtx_unlock(&m);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex_owner, giant_is_dropped_and_picked_up)
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

KERNEL_TEST_PANICS(mutex_owner, unknown_options, "has unknown options 0x1000")
{
	fresh(0x1000);
}

KERNEL_TEST_PANICS(mutex_owner, assert_nonsense, "unknown mtx_assert at")
{
	fresh(MTX_DEF);
	mtx_assert(&m, 0x80);
}

KERNEL_TEST_PANICS(mutex_owner, assert_recursed, "mutex test not recursed at")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_assert(&m, MA_OWNED | MA_RECURSED);
}

KERNEL_TEST_PANICS(mutex_owner, assert_not_recursed, "mutex test recursed at")
{
	fresh(MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	mtx_assert(&m, MA_OWNED | MA_NOTRECURSED);
}
