/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * locking(9), sleep(9) and condvar(9) when another task is let in at every
 * scheduling point: nobody is in where another is, and nobody is forgotten.
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

#define THREADS 6
#define ROUNDS	40

static struct mtx m, spin;
static struct rwlock rw;
static struct sx sx;
static struct rmlock rm, rms;
static struct cv cv;
static int owners, sharers, tokens, taken, finished;

/* Others get their turn here too, and must not be able to come in. */
static void
own(void)
{
	owners++;
	T_TRUE(owners == 1 && sharers == 0);
	sim_point(SIM_POINT_BARRIER);
	owners--;
}

static void
share(void)
{
	sharers++;
	T_TRUE(owners == 0);
	sim_point(SIM_POINT_BARRIER);
	sharers--;
}

static void
with_mutexes(int i)
{
	mtx_lock(&m);
	own();
	mtx_unlock(&m);
	mtx_lock_spin(&spin);
	mtx_unlock_spin(&spin);
	if (mtx_trylock(&m) != 0) {
		own();
		mtx_unlock(&m);
	}
}

static void
with_rwlock(int i)
{
	if (i % 3 == 0) {
		rw_wlock(&rw);
		own();
		rw_downgrade(&rw);
	} else
		rw_rlock(&rw);
	share();
	if (rw_try_upgrade(&rw) != 0)
		own();
	rw_unlock(&rw);
}

static void
with_sx(int i)
{
	if (i % 3 == 0) {
		sx_xlock(&sx);
		own();
		sx_downgrade(&sx);
	} else
		sx_slock(&sx);
	share();
	if (sx_try_upgrade(&sx) != 0)
		own();
	sx_unlock(&sx);
}

static void
with_rmlock_of(struct rmlock *lock, int i)
{
	struct rm_priotracker tracker;

	if (i % 3 == 0) {
		rm_wlock(lock);
		own();
		rm_wunlock(lock);
	} else {
		rm_rlock(lock, &tracker);
		share();
		rm_runlock(lock, &tracker);
	}
}

static void
with_rmlock(int i)
{
	with_rmlock_of(&rm, i);
}

static void
with_sleepable_rmlock(int i)
{
	with_rmlock_of(&rms, i);
}

/* Half of the threads make tokens, the others take them. */
static void
with_condvar(int i)
{
	mtx_lock(&m);
	if (i % 2 == 0) {
		tokens++;
		cv_signal(&cv);
	} else {
		while (tokens == 0)
			cv_wait(&cv, &m);
		tokens--;
		taken++;
	}
	mtx_unlock(&m);
}

static void
with_sleep(int i)
{
	sx_xlock(&sx);
	if (i % 2 == 0) {
		tokens++;
		wakeup_one(&tokens);
	} else {
		while (tokens == 0)
			sx_sleep(&tokens, &sx, 0, "token", 0);
		tokens--;
		taken++;
	}
	sx_xunlock(&sx);
}

struct party {
	void (*fn)(int i);
	int number;
};

static void
take_part(void *arg)
{
	struct party *party = arg;

	for (int i = 0; i < ROUNDS; i++)
		party->fn(party->number);
	finished++;
	wakeup(&finished);
}

static void
run(void (*fn)(int i))
{
	static struct party parties[THREADS];

	owners = sharers = tokens = taken = finished = 0;
	mtx_init(&m, "m", NULL, MTX_DEF | MTX_NEW);
	mtx_init(&spin, "spin", NULL, MTX_SPIN | MTX_NEW);
	rw_init_flags(&rw, "rw", RW_NEW);
	sx_init_flags(&sx, "sx", SX_NEW);
	rm_init_flags(&rm, "rm", RM_NEW);
	rm_init_flags(&rms, "rms", RM_NEW | RM_SLEEPABLE);
	cv_init(&cv, "cv");
	sim_preemptive = true;
	for (int i = 0; i < THREADS; i++) {
		parties[i] = (struct party) { fn, i };
		kthread_add(take_part, &parties[i], NULL, NULL, 0, 0, "p%d", i);
	}
	while (finished < THREADS)
		tsleep(&finished, PNOLOCK, "party", 0);
	sim_preemptive = false;
	pause("settle", 1);
	T_EQ(curthread->td_locks, 0);
	cv_destroy(&cv);
	rm_destroy(&rms);
	rm_destroy(&rm);
	sx_destroy(&sx);
	rw_destroy(&rw);
	mtx_destroy(&spin);
	mtx_destroy(&m);
}

KERNEL_TEST(lock_preempt, mutexes)
{
	run(with_mutexes);
}

KERNEL_TEST(lock_preempt, rwlocks)
{
	run(with_rwlock);
}

KERNEL_TEST(lock_preempt, sx_locks)
{
	run(with_sx);
}

KERNEL_TEST(lock_preempt, rmlocks)
{
	run(with_rmlock);
}

KERNEL_TEST(lock_preempt, sleepable_rmlocks)
{
	run(with_sleepable_rmlock);
}

KERNEL_TEST(lock_preempt, condition_variables)
{
	run(with_condvar);
	T_EQ(taken, THREADS / 2 * ROUNDS);
	T_EQ(tokens, 0);
}

KERNEL_TEST(lock_preempt, sleeps)
{
	run(with_sleep);
	T_EQ(taken, THREADS / 2 * ROUNDS);
	T_EQ(tokens, 0);
}

static void
wake_once(void *arg)
{
	(void)arg;
	mtx_lock(&m);
	wakeup(&tokens);
	cv_signal(&cv);
	mtx_unlock(&m);
}

/* Whoever waits for the mutex runs as soon as the sleeper lets go of it. */
KERNEL_TEST(lock_preempt, wakeup_as_the_lock_is_let_go)
{
	mtx_init(&m, "m", NULL, MTX_DEF | MTX_NEW);
	cv_init(&cv, "cv");
	sim_preemptive = true;
	mtx_lock(&m);
	kthread_add(wake_once, NULL, NULL, NULL, 0, 0, "waker");
	DELAY(10);
	T_EQ(msleep(&tokens, &m, 0, "test", 100), 0);
	kthread_add(wake_once, NULL, NULL, NULL, 0, 0, "waker");
	DELAY(10);
	T_EQ(cv_timedwait(&cv, &m, 100), 0);
	mtx_unlock(&m);
	sim_preemptive = false;
	pause("settle", 1);
	cv_destroy(&cv);
	mtx_destroy(&m);
}
