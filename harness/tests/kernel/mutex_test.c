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

KERNEL_TEST_ALWAYS_PANICS(mutex, unlock_not_owned, "mutex test not owned at")
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
    "returned with the following locks held: 1")
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

/*
 * --- who waits, and for what ---
 */

static struct mtx other;
static char order[8];

static void
enter_once(void *arg)
{
	size_t n;

	mtx_lock(&m);
	n = strlen(order);
	order[n] = *(const char *)arg;
	order[n + 1] = '\0';
	mtx_unlock(&m);
}

static void
hold_other(void *arg)
{
	(void)arg;
	mtx_lock(&other);
	mtx_unlock(&other);
	finished++;
}

KERNEL_TEST(mutex, longest_waiter_is_next)
{
	static char names[] = "abc";

	order[0] = '\0';
	fresh(MTX_DEF);
	mtx_lock(&m);
	for (int i = 0; i < 3; i++)
		kthread_add(enter_once, &names[i], NULL, NULL, 0, 0, "t%d", i);
	DELAY(10);
	T_STR(order, "");
	mtx_unlock(&m);
	pause("settle", 1);
	T_STR(order, "abc");
	T_EQ(m.mtx_lock, MTX_UNOWNED);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, unlock_wakes_who_waits_for_that_one)
{
	static char name[] = "m";

	order[0] = '\0';
	finished = 0;
	fresh(MTX_DEF);
	bzero(&other, sizeof(other));
	mtx_init(&other, "other", NULL, MTX_DEF);
	mtx_lock(&other);
	mtx_lock(&m);
	/* It has waited longer, but for the other one. */
	kthread_add(hold_other, NULL, NULL, NULL, 0, 0, "other");
	DELAY(10);
	kthread_add(enter_once, name, NULL, NULL, 0, 0, "waiter");
	DELAY(10);
	mtx_unlock(&m);
	DELAY(10);
	T_STR(order, "m");
	T_EQ(finished, 0);
	mtx_unlock(&other);
	pause("settle", 1);
	T_EQ(finished, 1);
	mtx_destroy(&m);
	mtx_destroy(&other);
}

static int tried;

static void
try_it(void *arg)
{
	tried = *(const bool *)arg ? mtx_trylock_spin(&m) : mtx_trylock(&m);
}

KERNEL_TEST(mutex, trylock_of_anothers_fails)
{
	bool spin = false;

	tried = 99;
	fresh(MTX_DEF);
	mtx_lock(&m);
	kthread_add(try_it, &spin, NULL, NULL, 0, 0, "trier");
	DELAY(10);
	T_EQ(tried, 0);
	T_TRUE(mtx_owned(&m));
	mtx_unlock(&m);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, trylock_spin_of_anothers_fails)
{
	bool spin = true;

	tried = 99;
	fresh(MTX_SPIN);
	mtx_lock_spin(&m);
	kthread_add(try_it, &spin, NULL, NULL, 0, 0, "trier");
	DELAY(10);
	T_EQ(tried, 0);
	T_TRUE(mtx_owned(&m));
	mtx_unlock_spin(&m);
	T_EQ(mtx_trylock_spin(&m), 1);
	T_EQ(curthread->td_critnest, 1);
	T_EQ(curthread->td_spinlocks, 1);
	mtx_unlock_spin(&m);
	T_EQ(curthread->td_spinlocks, 0);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, trylock_counts_and_recurses)
{
	fresh(MTX_DEF | MTX_RECURSE);
	T_EQ(mtx_trylock(&m), 1);
	T_EQ(curthread->td_locks, 1);
	T_EQ(mtx_trylock(&m), 1);
	T_EQ(curthread->td_locks, 1);
	T_TRUE(mtx_recursed(&m));
	mtx_unlock(&m);
	T_TRUE(mtx_owned(&m));
	mtx_unlock(&m);
	T_EQ(curthread->td_locks, 0);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, recursion_may_be_asked_for_by_the_call)
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_lock_flags(&m, MTX_RECURSE);
	T_TRUE(mtx_recursed(&m));
	mtx_assert(&m, MA_OWNED | MA_RECURSED);
	mtx_unlock(&m);
	T_FALSE(mtx_recursed(&m));
	mtx_assert(&m, MA_OWNED | MA_NOTRECURSED);
	mtx_unlock(&m);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, spin_recursion_is_counted)
{
	fresh(MTX_SPIN | MTX_RECURSE);
	mtx_lock_spin(&m);
	mtx_lock_spin(&m);
	T_TRUE(mtx_recursed(&m));
	T_EQ(curthread->td_spinlocks, 2);
	T_EQ(curthread->td_critnest, 2);
	mtx_unlock_spin(&m);
	T_TRUE(mtx_owned(&m));
	T_FALSE(mtx_recursed(&m));
	mtx_unlock_spin(&m);
	T_FALSE(mtx_owned(&m));
	T_EQ(curthread->td_critnest, 0);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, owner_may_destroy_it)
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_destroy(&m);
	T_EQ(curthread->td_locks, 0);
	bzero(&m, sizeof(m));
	mtx_init(&m, "spin", NULL, MTX_SPIN);
	mtx_lock_spin(&m);
	mtx_destroy(&m);
	T_EQ(curthread->td_spinlocks, 0);
	T_EQ(curthread->td_critnest, 0);
}

KERNEL_TEST(mutex, new_one_may_be_made_of_anything)
{
	memset(&m, 0xff, sizeof(m));
	mtx_init(&m, "fresh", NULL, MTX_DEF | MTX_NEW);
	mtx_lock(&m);
	T_FALSE(mtx_recursed(&m));
	mtx_unlock(&m);
	mtx_destroy(&m);
}

KERNEL_TEST(mutex, giant_recurses)
{
	struct thread *owner = NULL;
	const struct lock_class *class = LOCK_CLASS(&Giant.lock_object);

	T_EQ(class->lc_owner(&Giant.lock_object, &owner), 0);
	mtx_lock(&Giant);
	mtx_lock(&Giant);
	T_EQ(class->lc_owner(&Giant.lock_object, &owner), 1);
	T_TRUE(owner == curthread);
	class->lc_assert(&Giant.lock_object, LA_XLOCKED);
	mtx_unlock(&Giant);
	mtx_unlock(&Giant);
}

KERNEL_TEST_PANICS(mutex, unknown_options, "unknown options 0x1000")
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, 0x1000);
}

KERNEL_TEST_PANICS(mutex, destroyed_recursed, "recursed or contested")
{
	fresh(MTX_DEF | MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	mtx_destroy(&m);
}

static void
lock_and_stay(void *arg)
{
	(void)arg;
	mtx_lock(&m);
	DELAY(100);
	mtx_unlock(&m);
}

KERNEL_TEST_PANICS(mutex, destroyed_by_another, "is owned by stayer")
{
	fresh(MTX_DEF);
	kthread_add(lock_and_stay, NULL, NULL, NULL, 0, 0, "stayer");
	DELAY(10);
	mtx_destroy(&m);
}

KERNEL_TEST_PANICS(mutex, unlock_of_anothers, "mutex test not owned at")
{
	fresh(MTX_DEF);
	kthread_add(lock_and_stay, NULL, NULL, NULL, 0, 0, "stayer");
	DELAY(10);
	mtx_unlock(&m);
}

KERNEL_TEST_PANICS(mutex, unlock_spin_not_owned, "mutex test not owned at")
{
	fresh(MTX_SPIN);
	mtx_unlock_spin(&m);
}

KERNEL_TEST_PANICS(mutex, lock_in_a_filter, "in an interrupt filter")
{
	fresh(MTX_DEF);
	curthread->td_intr_nesting_level++;
	mtx_lock(&m);
}

KERNEL_TEST_PANICS(mutex, assert_recursed, "mutex test not recursed at")
{
	fresh(MTX_DEF);
	mtx_lock(&m);
	mtx_assert(&m, MA_OWNED | MA_RECURSED);
}

KERNEL_TEST_PANICS(mutex, assert_not_recursed, "mutex test recursed at")
{
	fresh(MTX_DEF | MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	mtx_assert(&m, MA_OWNED | MA_NOTRECURSED);
}

KERNEL_TEST_PANICS(mutex, assert_of_nothing_known, "unknown mtx_assert at")
{
	fresh(MTX_DEF);
	mtx_assert(&m, 0x4000);
}

KERNEL_TEST_PANICS(mutex, sleeping_with_it_recursed, "mutex test recursed at")
{
	fresh(MTX_DEF | MTX_RECURSE);
	mtx_lock(&m);
	mtx_lock(&m);
	msleep(&m, &m, 0, "bad", 1);
}

KERNEL_TEST_PANICS(mutex, sleeping_with_spin_recursed, "mutex test recursed at")
{
	fresh(MTX_SPIN | MTX_RECURSE);
	mtx_lock_spin(&m);
	mtx_lock_spin(&m);
	msleep_spin(&m, &m, "bad", 1);
}
