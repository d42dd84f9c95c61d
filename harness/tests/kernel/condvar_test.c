/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * condvar(9), with each kind of lock that it may be used with.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/rmlock.h>
#include <sys/rwlock.h>
#include <sys/sx.h>

#include "sim/sim.h"
#include "tests/test.h"

static struct cv cv;
static struct mtx m;
static struct sx sx;
static struct rwlock rw;
static struct rmlock rm;
static int ready, woken;

/* A test that panics leaves the locks as they are. */
static void
fresh(void)
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, MTX_DEF);
	cv_init(&cv, "testcv");
	ready = woken = 0;
}

static void
done(void)
{
	cv_destroy(&cv);
	mtx_destroy(&m);
}

static void
waiter(void *arg)
{
	(void)arg;
	mtx_lock(&m);
	while (ready == 0)
		cv_wait(&cv, &m);
	ready--;
	woken++;
	mtx_assert(&m, MA_OWNED);
	mtx_unlock(&m);
}

static void
start(int n)
{
	for (int i = 0; i < n; i++)
		T_EQ(kthread_add(waiter, NULL, NULL, NULL, 0, 0, "w%d", i), 0);
	pause("settle", 1);
}

KERNEL_TEST(condvar, signal_wakes_one)
{
	fresh();
	start(3);
	T_EQ(cv.cv_waiters, 3);
	T_STR(cv_wmesg(&cv), "testcv");
	mtx_lock(&m);
	ready = 1;
	cv_signal(&cv);
	mtx_unlock(&m);
	pause("settle", 1);
	T_EQ(woken, 1);
	T_EQ(cv.cv_waiters, 2);
	ready = 2;
	cv_broadcast(&cv);
	pause("settle", 1);
	T_EQ(woken, 3);
	T_EQ(cv.cv_waiters, 0);
	done();
}

KERNEL_TEST(condvar, nobody_to_wake)
{
	fresh();
	cv_signal(&cv);
	cv_broadcastpri(&cv, PWAIT);
	/* A condition variable does not remember. */
	mtx_lock(&m);
	T_EQ(cv_timedwait(&cv, &m, 1), EWOULDBLOCK);
	mtx_unlock(&m);
	done();
}

KERNEL_TEST(condvar, times_out)
{
	sim_time before = sim_now();

	fresh();
	mtx_lock(&m);
	T_EQ(cv_timedwait(&cv, &m, 5), EWOULDBLOCK);
	T_EQ(sim_now() - before, 5 * 1000000); /* hz is 1000 */
	T_TRUE(mtx_owned(&m));
	T_EQ(cv.cv_waiters, 0);
	T_EQ(cv_timedwait_sig(&cv, &m, 1), EWOULDBLOCK);
	T_EQ(cv_timedwait_sbt(&cv, &m, SBT_1MS, 0, 0), EWOULDBLOCK);
	T_EQ(cv_timedwait_sig_sbt(&cv, &m, SBT_1MS, 0, 0), EWOULDBLOCK);
	mtx_unlock(&m);
	done();
}

/* Takes the lock, which must be free while the test waits, and wakes it. */
static void
signaller(void *arg)
{
	struct lock_object *lock = arg;
	struct lock_class *class = LOCK_CLASS(lock);

	class->lc_lock(lock, 0);
	woken++;
	cv_signal(&cv);
	class->lc_unlock(lock);
}

static void
signal_with(struct lock_object *lock)
{
	T_EQ(kthread_add(signaller, lock, NULL, NULL, 0, 0, "signal"), 0);
}

KERNEL_TEST(condvar, with_an_sx_lock)
{
	fresh();
	sx_init(&sx, "sx");
	sx_xlock(&sx);
	signal_with(&sx.lock_object);
	T_EQ(cv_wait_sig(&cv, &sx), 0);
	sx_assert(&sx, SA_XLOCKED);
	sx_downgrade(&sx);
	signal_with(&sx.lock_object);
	cv_wait(&cv, &sx);
	sx_assert(&sx, SA_SLOCKED);
	sx_unlock(&sx);
	sx_destroy(&sx);
	T_EQ(woken, 2);
	done();
}

KERNEL_TEST(condvar, with_a_rwlock)
{
	fresh();
	rw_init(&rw, "rw");
	rw_rlock(&rw);
	signal_with(&rw.lock_object);
	cv_wait(&cv, &rw);
	rw_assert(&rw, RA_RLOCKED);
	T_EQ(rw_try_upgrade(&rw), 1);
	signal_with(&rw.lock_object);
	cv_wait(&cv, &rw);
	rw_assert(&rw, RA_WLOCKED);
	rw_unlock(&rw);
	rw_destroy(&rw);
	done();
}

KERNEL_TEST(condvar, with_an_rmlock)
{
	struct rm_priotracker tracker;

	fresh();
	rm_init(&rm, "rm");
	rm_wlock(&rm);
	signal_with(&rm.lock_object);
	cv_wait(&cv, &rm);
	rm_assert(&rm, RA_WLOCKED);
	rm_wunlock(&rm);
	rm_rlock(&rm, &tracker);
	signal_with(&rm.lock_object);
	cv_wait(&cv, &rm);
	rm_assert(&rm, RA_RLOCKED);
	rm_runlock(&rm, &tracker);
	rm_destroy(&rm);
	done();
}

KERNEL_TEST(condvar, with_giant)
{
	fresh();
	mtx_lock(&Giant);
	mtx_lock(&Giant);
	signal_with(&Giant.lock_object);
	cv_wait(&cv, &Giant);
	T_TRUE(mtx_owned(&Giant) && mtx_recursed(&Giant));
	mtx_unlock(&Giant);
	mtx_unlock(&Giant);
	done();
}

KERNEL_TEST(condvar, wait_unlock_leaves_it_unlocked)
{
	fresh();
	mtx_lock(&m);
	signal_with(&m.lock_object);
	cv_wait_unlock(&cv, &m);
	mtx_assert(&m, MA_NOTOWNED);
	done();
}

/* Whoever is woken last may be the one to destroy it. */
static void
wait_and_destroy(void *arg)
{
	(void)arg;
	mtx_lock(&m);
	cv_wait(&cv, &m);
	mtx_unlock(&m);
	cv_destroy(&cv);
	memset(&cv, 0xa5, sizeof(cv));
	woken++;
}

KERNEL_TEST(condvar, destroyed_by_the_last_one_woken)
{
	fresh();
	T_EQ(kthread_add(wait_and_destroy, NULL, NULL, NULL, 0, 0, "w"), 0);
	pause("settle", 1);
	cv_broadcast(&cv);
	pause("settle", 1);
	T_EQ(woken, 1);
	T_EQ((u_int)cv.cv_waiters, 0xa5a5a5a5);
	mtx_destroy(&m);
}

KERNEL_TEST_ALWAYS_PANICS(condvar, unlocked, "mutex test not owned at")
{
	fresh();
	cv_wait(&cv, &m);
}

KERNEL_TEST_ALWAYS_PANICS(condvar, spin_mutex, "can only use msleep_spin")
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "spin", NULL, MTX_SPIN);
	cv_init(&cv, "testcv");
	mtx_lock_spin(&m);
	cv_wait(&cv, &m);
}

KERNEL_TEST_PANICS(condvar, destroyed_with_waiters,
    "cv_destroy: associated sleep queue non-empty")
{
	fresh();
	start(1);
	cv_destroy(&cv);
}

KERNEL_TEST_ALWAYS_PANICS(condvar, with_another_mutex_held,
    "Waiting on \"testcv\" with the following non-sleepable locks held: 1, "
    "the last is exclusive sleep mutex other r = 0 locked @ ")
{
	static struct mtx other;

	fresh();
	bzero(&other, sizeof(other));
	mtx_init(&other, "other", NULL, MTX_DEF);
	mtx_lock(&other);
	mtx_lock(&m);
	cv_wait(&cv, &m);
}

KERNEL_TEST_PANICS(condvar, wait_unlock_with_giant,
    "cv_wait_unlock cannot be used with Giant")
{
	fresh();
	mtx_lock(&Giant);
	cv_wait_unlock(&cv, &Giant);
}
