/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * locking(9): what is true of all locks; what a driver's functions must not
 * leave behind; mtx_pool(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/rwlock.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include "tests/fixture.h"

static struct mtx m;
static struct sx s;
static struct rwlock rw;

static void
fresh(void)
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, MTX_DEF);
}

KERNEL_TEST(lock, classes)
{
	fresh();
	T_STR(LOCK_CLASS(&m.lock_object)->lc_name, "sleep mutex");
	T_TRUE(LOCK_CLASS(&m.lock_object) == &lock_class_mtx_sleep);
	T_TRUE(LOCK_CLASS_MAX >= 6);
	mtx_destroy(&m);
}

static void
lock_by_class(struct lock_object *lock, uintptr_t how)
{
	struct lock_class *class = LOCK_CLASS(lock);
	struct thread *owner;

	class->lc_lock(lock, how);
	class->lc_assert(lock, LA_XLOCKED);
	T_TRUE(class->lc_owner(lock, &owner) != 0);
	T_TRUE(owner == curthread);
	T_EQ(class->lc_unlock(lock), how);
	T_EQ(class->lc_owner(lock, &owner), 0);
}

KERNEL_TEST(lock, taken_by_class)
{
	fresh();
	lock_by_class(&m.lock_object, 0);
	bzero(&s, sizeof(s));
	sx_init(&s, "s");
	lock_by_class(&s.lock_object, 0);
	sx_destroy(&s);
	bzero(&rw, sizeof(rw));
	rw_init(&rw, "rw");
	lock_by_class(&rw.lock_object, 0);
	rw_destroy(&rw);
	mtx_destroy(&m);
}

/*
 * A kernel that ends badly leaves static locks initialized; for the next one
 * they are new.
 */
static void
leave_initialised(void *arg)
{
	static struct sx own;

	(void)arg;
	mtx_init(&m, "left", NULL, MTX_DEF);
	sx_init(&own, "left too");
	sx_xlock(&own);
	panic("left as they are");
}

TEST(lock, static_locks_are_new_in_a_new_kernel)
{
	bzero(&m, sizeof(m));
	for (int i = 0; i < 3; i++) {
		fixture_boot(NULL);
		fixture_expect_panic("left as they are");
		T_FALSE(fixture_run(leave_initialised, NULL));
		fixture_halt();
		T_FALSE(mtx_initialized(&m));
	}
}

/*
 * --- what is left ---
 */

static void
keep(void *context, int pending)
{
	(void)context;
	(void)pending;
	mtx_lock(&m);
}

KERNEL_TEST_ALWAYS_PANICS(lock, task_keeps_a_mutex,
    "a task of thread returned with the following locks held: 1, the last is "
    "exclusive sleep mutex test r = 0 locked @ harness/tests/kernel/lock_test")
{
	struct task task;

	fresh();
	TASK_INIT(&task, 0, keep, NULL);
	taskqueue_enqueue(taskqueue_thread, &task);
	pause("settle", 1);
}

static void
keep_spin(void *context, int pending)
{
	(void)context;
	(void)pending;
	mtx_lock_spin(&m);
}

KERNEL_TEST_ALWAYS_PANICS(lock, task_keeps_a_spin_mutex,
    "a task of thread returned with the following locks held: 1, the last is "
    "exclusive spin mutex test")
{
	struct task task;

	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, MTX_SPIN);
	TASK_INIT(&task, 0, keep_spin, NULL);
	taskqueue_enqueue(taskqueue_thread, &task);
	pause("settle", 1);
}

static void
lose(void *arg)
{
	mtx_lock(&m);
	taskqueue_run(arg);
}

static void
give_away(void *context, int pending)
{
	(void)context;
	(void)pending;
	mtx_unlock(&m);
}

static void
no_enqueue(void *context)
{
	(void)context;
}

KERNEL_TEST_ALWAYS_PANICS(lock, task_lets_go_of_its_caller_s,
    "a task of mine returned with 0 locks held, it had 1 before")
{
	struct taskqueue *tq;
	struct task task;

	fresh();
	tq = taskqueue_create("mine", M_WAITOK, no_enqueue, NULL);
	TASK_INIT(&task, 0, give_away, NULL);
	taskqueue_enqueue(tq, &task);
	lose(tq);
}

static void
stay_critical(void *context, int pending)
{
	(void)context;
	(void)pending;
	critical_enter();
}

KERNEL_TEST_ALWAYS_PANICS(lock, task_stays_in_a_critical_section,
    "a task of thread returned in a critical section")
{
	struct task task;

	TASK_INIT(&task, 0, stay_critical, NULL);
	taskqueue_enqueue(taskqueue_thread, &task);
	pause("settle", 1);
}

static void
keep_unwatched(void *arg)
{
	(void)arg;
	mtx_lock(&m);
}

KERNEL_TEST_ALWAYS_PANICS(lock, thread_keeps_an_unwatched_mutex,
    "function of ender returned with the following locks held: 1, the last is "
    "not watched")
{
	bzero(&m, sizeof(m));
	mtx_init(&m, "test", NULL, MTX_NOWITNESS);
	T_EQ(kthread_add(keep_unwatched, NULL, NULL, NULL, 0, 0, "ender"), 0);
	pause("settle", 1);
}

static int
keeping_attach(device_t dev)
{
	(void)dev;
	mtx_lock(&m);
	return (0);
}

static int
probe(device_t dev)
{
	(void)dev;
	return (BUS_PROBE_DEFAULT);
}

static device_method_t keeper_methods[] = {
	DEVMETHOD(device_probe, probe),
	DEVMETHOD(device_attach, keeping_attach),
	DEVMETHOD_END,
};
static driver_t keeper_driver = { "keeper", keeper_methods, 0, NULL, 0, NULL };

KERNEL_TEST_ALWAYS_PANICS(lock, attach_keeps_a_mutex,
    "device_attach of keeper0 returned with the following locks held: 1")
{
	device_t child;

	fresh();
	T_REQUIRE(devclass_add_driver(devclass_find("root"), &keeper_driver,
		      BUS_PASS_DEFAULT, NULL) == 0);
	child = device_add_child(root_bus, "keeper", -1);
	T_REQUIRE(child != NULL);
	(void)device_probe_and_attach(child);
}

KERNEL_TEST_MISUSE(lock, memory_with_a_held_mutex_is_freed,
    "memory is freed with a lock in it that is held: exclusive sleep mutex "
    "inner r = 0 locked @ ")
{
	struct softc {
		char filler[100];
		struct mtx mtx;
	} *sc = malloc(sizeof(*sc), M_DEVBUF, M_WAITOK | M_ZERO);

	fresh();
	mtx_init(&sc->mtx, "inner", NULL, MTX_DEF);
	mtx_lock(&m);
	mtx_lock(&sc->mtx);
	free(malloc(16, M_DEVBUF, M_NOWAIT), M_DEVBUF);
	free(sc, M_DEVBUF);
	mtx_unlock(&m);
	mtx_destroy(&m);
	T_EQ(curthread->td_nheld, 0);
	curthread->td_locks = 0; /* nobody can give it back any more */
}

/*
 * --- mtx_pool(9) ---
 */

KERNEL_TEST(mtx_pool, finds_the_same_for_the_same)
{
	struct mtx_pool *pool;
	struct mtx *seen[8] = { NULL };
	int i, different = 0;

	pool = mtx_pool_create("pool", 8, MTX_DEF);
	mtx_pool_lock(pool, &i);
	T_TRUE(mtx_owned(mtx_pool_find(pool, &i)));
	T_STR(mtx_name(mtx_pool_find(pool, &i)), "pool");
	mtx_pool_unlock(pool, &i);
	T_FALSE(mtx_owned(mtx_pool_find(pool, &i)));
	for (i = 0; i < 8; i++) {
		seen[i] = mtx_pool_alloc(pool);
		for (int k = 0; k < i; k++)
			T_TRUE(seen[k] != seen[i]);
	}
	T_TRUE(mtx_pool_alloc(pool) == seen[0]);
	for (uintptr_t p = 0; p < 64; p++)
		different += mtx_pool_find(pool, (void *)(p * 64)) !=
		    mtx_pool_find(pool, (void *)(p * 64 + 64));
	T_TRUE(different > 32);
	mtx_pool_destroy(&pool);
	T_TRUE(pool == NULL);
}

KERNEL_TEST(mtx_pool, of_spin_mutexes)
{
	struct mtx_pool *pool;

	pool = mtx_pool_create("pool", 1, MTX_SPIN);
	mtx_pool_lock_spin(pool, pool);
	T_EQ(curthread->td_spinlocks, 1);
	mtx_pool_unlock_spin(pool, pool);
	mtx_pool_destroy(&pool);
}

KERNEL_TEST(mtx_pool, the_kernel_has_one)
{
	mtx_pool_lock(mtxpool_sleep, &m);
	T_TRUE(mtx_owned(mtx_pool_find(mtxpool_sleep, &m)));
	mtx_pool_unlock(mtxpool_sleep, &m);
	T_FALSE(mtx_owned(mtx_pool_find(mtxpool_sleep, &m)));
}

KERNEL_TEST_PANICS(mtx_pool, size, "the size 3 is not a power of two")
{
	(void)mtx_pool_create("pool", 3, MTX_DEF);
}
