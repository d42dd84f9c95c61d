/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mutex(9).  The owner stands in mtx_lock, so that an uncontested mutex is a
 * compare and a store; threads that wait stand in a list of this page.  What
 * a kernel with INVARIANTS panics on panics here, in the same words.
 */
#include "kernel/kern.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

static void mtx_class_assert(const struct lock_object *lock, int what);
static void mtx_class_lock(struct lock_object *lock, uintptr_t how);
static int mtx_class_owner(const struct lock_object *lock,
    struct thread **owner);
static uintptr_t mtx_class_unlock(struct lock_object *lock);
static void mtx_class_lock_spin(struct lock_object *lock, uintptr_t how);
static uintptr_t mtx_class_unlock_spin(struct lock_object *lock);

static const struct lock_class lock_class_mtx_sleep = {
	.lc_name = "sleep mutex",
	.lc_flags = LC_SLEEPLOCK | LC_RECURSABLE,
	.lc_assert = mtx_class_assert,
	.lc_lock = mtx_class_lock,
	.lc_owner = mtx_class_owner,
	.lc_unlock = mtx_class_unlock,
};
static const struct lock_class lock_class_mtx_spin = {
	.lc_name = "spin mutex",
	.lc_flags = LC_SPINLOCK | LC_RECURSABLE,
	.lc_assert = mtx_class_assert,
	.lc_lock = mtx_class_lock_spin,
	.lc_owner = mtx_class_owner,
	.lc_unlock = mtx_class_unlock_spin,
};
const struct lock_class *const lock_classes[] = {
	[LOCK_CLASS_MTX_SLEEP] = &lock_class_mtx_sleep,
	[LOCK_CLASS_MTX_SPIN] = &lock_class_mtx_spin,
};

struct mtx Giant;

/* Threads that wait for some mutex, the longest first. */
static TAILQ_HEAD(, thread) waiters = TAILQ_HEAD_INITIALIZER(waiters);

void
mutex_boot(void)
{
	TAILQ_INIT(&waiters);
	bzero(&Giant, sizeof(Giant));
	Giant.lock_object.lo_name = "Giant";
	Giant.lock_object.lo_flags = LO_INITIALIZED | LO_RECURSABLE |
	    LOCK_CLASS_MTX_SLEEP << LO_CLASSSHIFT;
}

void
mtx_init(struct mtx *m, const char *name, const char *type, int opts)
{
	struct lock_object *lock = &m->lock_object;

	(void)type; /* witness(4) groups locks by it */
	KASSERT((opts &
		    ~(MTX_SPIN | MTX_RECURSE | MTX_NOWITNESS | MTX_NOPROFILE |
			MTX_NEW | MTX_QUIET | MTX_DUPOK)) == 0,
	    ("mtx_init: mutex \"%s\" has unknown options %#x", name, opts));
	KASSERT((opts & MTX_NEW) != 0 || (lock->lo_flags & LO_INITIALIZED) == 0,
	    ("lock \"%s\" %p already initialized", name, lock));
	lock->lo_name = name;
	lock->lo_flags = LO_INITIALIZED;
	if ((opts & MTX_SPIN) != 0)
		lock->lo_flags |= LOCK_CLASS_MTX_SPIN << LO_CLASSSHIFT;
	else
		lock->lo_flags |= LOCK_CLASS_MTX_SLEEP << LO_CLASSSHIFT;
	if ((opts & MTX_RECURSE) != 0)
		lock->lo_flags |= LO_RECURSABLE;
	lock->lo_data = 0; /* depth of recursion */
	lock->lo_witness = NULL;
	m->mtx_lock = MTX_UNOWNED;
	kern_new(KO_MUTEX, m, sizeof(*m), name);
}

void
mtx_destroy(struct mtx *m)
{
	KASSERT(mtx_initialized(m) && m->mtx_lock != MTX_DESTROYED,
	    ("mtx_destroy() of a mutex that is not initialized: %p", m));
	if (m->mtx_lock != MTX_UNOWNED) {
		/* It may be destroyed by its owner, nobody waiting. */
		KASSERT((m->mtx_lock & (MTX_RECURSED | MTX_CONTESTED)) == 0,
		    ("mtx_destroy: mutex %s is recursed or contested",
			mtx_name(m)));
		KASSERT(mtx_owned(m),
		    ("mtx_destroy: mutex %s is owned by %s", mtx_name(m),
			mtx_owner(m)->td_name));
		if (LOCK_CLASS(&m->lock_object) == &lock_class_mtx_spin) {
			curthread->td_spinlocks--;
			critical_exit();
		} else
			curthread->td_locks--;
	}
	m->mtx_lock = MTX_DESTROYED;
	m->lock_object.lo_flags &= ~LO_INITIALIZED;
	kern_gone(KO_MUTEX, m, m->lock_object.lo_name);
}

void
mtx_sysinit(void *arg)
{
	struct mtx_args *margs = arg;

	mtx_init(margs->ma_mtx, margs->ma_desc, NULL, margs->ma_opts);
}

void
mtx_sysuninit(void *arg)
{
	struct mtx_args *margs = arg;

	mtx_destroy(margs->ma_mtx);
}

static void
check_usable(const struct mtx *m, const struct lock_class *class,
    const char *call, const char *file, int line)
{
	KASSERT(curthread != NULL,
	    ("%s outside of a thread at %s:%d", call, file, line));
	KASSERT(m->mtx_lock != MTX_DESTROYED,
	    ("%s() of destroyed mutex %p @ %s:%d", call, m, file, line));
	KASSERT(mtx_initialized(m),
	    ("%s() of mutex %p that was never initialized @ %s:%d", call, m,
		file, line));
	KASSERT(LOCK_CLASS(&m->lock_object) == class,
	    ("%s() of %s %s @ %s:%d", call,
		LOCK_CLASS(&m->lock_object)->lc_name, mtx_name(m), file, line));
}

/* The mutex has an owner: recurse, or wait until it has none. */
static void
lock_slow(struct mtx *m, int opts, const char *file, int line)
{
	struct thread *td = curthread;

	if (mtx_owner(m) == td) {
		KASSERT((m->lock_object.lo_flags & LO_RECURSABLE) != 0 ||
			(opts & MTX_RECURSE) != 0,
		    ("_mtx_lock_sleep: recursed on non-recursive mutex %s "
		     "@ %s:%d",
			mtx_name(m), file, line));
		m->lock_object.lo_data++;
		m->mtx_lock |= MTX_RECURSED;
		return;
	}
	while (mtx_owner(m) != NULL) {
		m->mtx_lock |= MTX_CONTESTED;
		td->td_blocked = &m->lock_object;
		TAILQ_INSERT_TAIL(&waiters, td, td_slpq);
		while (td->td_blocked != NULL)
			(void)sim_block(mtx_name(m), SIM_NEVER);
	}
	/* Others may wait still: MTX_CONTESTED stays. */
	m->mtx_lock |= (uintptr_t)td;
}

/* Lets the longest waiter try again; the others stay. */
static void
release_slow(struct mtx *m)
{
	struct thread *td, *first = NULL;
	bool more = false;

	TAILQ_FOREACH(td, &waiters, td_slpq) {
		if (td->td_blocked != &m->lock_object)
			continue;
		if (first == NULL)
			first = td;
		else {
			more = true;
			break;
		}
	}
	m->mtx_lock = more ? MTX_CONTESTED : MTX_UNOWNED;
	if (first == NULL)
		return;
	TAILQ_REMOVE(&waiters, first, td_slpq);
	first->td_blocked = NULL;
	sim_wake(first->td_task);
}

void
__mtx_lock(struct mtx *m, int opts, const char *file, int line)
{
	struct thread *td = curthread;

	if (SCHEDULER_STOPPED())
		return;
	check_usable(m, &lock_class_mtx_sleep, "mtx_lock", file, line);
	KASSERT(td->td_critnest == 0,
	    ("acquiring blockable sleep lock with spinlock or critical section "
	     "held (sleep mutex) %s @ %s:%d",
		mtx_name(m), file, line));
	KASSERT(td->td_intr_nesting_level == 0,
	    ("mtx_lock() of sleep mutex %s in an interrupt filter @ %s:%d",
		mtx_name(m), file, line));
	sim_point(SIM_POINT_LOCK);
	if (__predict_true(m->mtx_lock == MTX_UNOWNED))
		m->mtx_lock = (uintptr_t)td;
	else
		lock_slow(m, opts, file, line);
	if (m->lock_object.lo_data == 0)
		td->td_locks++;
}

int
__mtx_trylock(struct mtx *m, int opts, const char *file, int line)
{
	struct thread *td = curthread;

	if (SCHEDULER_STOPPED())
		return (1);
	check_usable(m, &lock_class_mtx_sleep, "mtx_trylock", file, line);
	sim_point(SIM_POINT_LOCK);
	if ((m->mtx_lock & ~MTX_CONTESTED) == MTX_UNOWNED) {
		m->mtx_lock |= (uintptr_t)td;
		td->td_locks++;
		return (1);
	}
	if (mtx_owned(m) &&
	    ((m->lock_object.lo_flags & LO_RECURSABLE) != 0 ||
		(opts & MTX_RECURSE) != 0)) {
		m->lock_object.lo_data++;
		m->mtx_lock |= MTX_RECURSED;
		return (1);
	}
	return (0);
}

void
__mtx_unlock(struct mtx *m, int opts, const char *file, int line)
{
	(void)opts;
	if (SCHEDULER_STOPPED())
		return;
	check_usable(m, &lock_class_mtx_sleep, "mtx_unlock", file, line);
	__mtx_assert(m, MA_OWNED, file, line);
	if (__predict_false(m->lock_object.lo_data != 0)) {
		if (--m->lock_object.lo_data == 0)
			m->mtx_lock &= ~(uintptr_t)MTX_RECURSED;
		return;
	}
	curthread->td_locks--;
	if (__predict_true(m->mtx_lock == (uintptr_t)curthread))
		m->mtx_lock = MTX_UNOWNED;
	else
		release_slow(m);
	sim_point(SIM_POINT_LOCK);
}

void
__mtx_lock_spin(struct mtx *m, int opts, const char *file, int line)
{
	struct thread *td = curthread;

	if (SCHEDULER_STOPPED())
		return;
	check_usable(m, &lock_class_mtx_spin, "mtx_lock_spin", file, line);
	sim_point(SIM_POINT_LOCK);
	critical_enter();
	td->td_spinlocks++;
	/* Spinning would be for ever on one processor: wait in line. */
	if (__predict_true(m->mtx_lock == MTX_UNOWNED))
		m->mtx_lock = (uintptr_t)td;
	else
		lock_slow(m, opts, file, line);
}

int
__mtx_trylock_spin(struct mtx *m, int opts, const char *file, int line)
{
	(void)opts;
	if (SCHEDULER_STOPPED())
		return (1);
	check_usable(m, &lock_class_mtx_spin, "mtx_trylock_spin", file, line);
	sim_point(SIM_POINT_LOCK);
	if ((m->mtx_lock & ~MTX_CONTESTED) != MTX_UNOWNED)
		return (0);
	critical_enter();
	curthread->td_spinlocks++;
	m->mtx_lock |= (uintptr_t)curthread;
	return (1);
}

void
__mtx_unlock_spin(struct mtx *m, int opts, const char *file, int line)
{
	(void)opts;
	if (SCHEDULER_STOPPED())
		return;
	check_usable(m, &lock_class_mtx_spin, "mtx_unlock_spin", file, line);
	__mtx_assert(m, MA_OWNED, file, line);
	if (m->lock_object.lo_data != 0) {
		if (--m->lock_object.lo_data == 0)
			m->mtx_lock &= ~(uintptr_t)MTX_RECURSED;
	} else if (m->mtx_lock == (uintptr_t)curthread)
		m->mtx_lock = MTX_UNOWNED;
	else
		release_slow(m);
	curthread->td_spinlocks--;
	critical_exit();
	sim_point(SIM_POINT_LOCK);
}

void
__mtx_assert(const struct mtx *m, int what, const char *file, int line)
{
	if (SCHEDULER_STOPPED())
		return;
	switch (what) {
	case MA_OWNED:
	case MA_OWNED | MA_RECURSED:
	case MA_OWNED | MA_NOTRECURSED:
		if (!mtx_owned(m))
			panic("mutex %s not owned at %s:%d", mtx_name(m), file,
			    line);
		if ((what & MA_RECURSED) != 0 && !mtx_recursed(m))
			panic("mutex %s not recursed at %s:%d", mtx_name(m),
			    file, line);
		if ((what & MA_NOTRECURSED) != 0 && mtx_recursed(m))
			panic("mutex %s recursed at %s:%d", mtx_name(m), file,
			    line);
		break;
	case MA_NOTOWNED:
		if (mtx_owned(m))
			panic("mutex %s owned at %s:%d", mtx_name(m), file,
			    line);
		break;
	default:
		panic("unknown mtx_assert at %s:%d", file, line);
	}
}

/*
 * --- the lock class, for sleep(9) ---
 */

static void
mtx_class_assert(const struct lock_object *lock, int what)
{
	__mtx_assert((const struct mtx *)lock, what, "lc_assert", 0);
}

static void
mtx_class_lock(struct lock_object *lock, uintptr_t how)
{
	(void)how;
	mtx_lock((struct mtx *)lock);
}

static uintptr_t
mtx_class_unlock(struct lock_object *lock)
{
	struct mtx *m = (struct mtx *)lock;

	mtx_assert(m, MA_OWNED | MA_NOTRECURSED);
	mtx_unlock(m);
	return (0);
}

static void
mtx_class_lock_spin(struct lock_object *lock, uintptr_t how)
{
	(void)how;
	mtx_lock_spin((struct mtx *)lock);
}

static uintptr_t
mtx_class_unlock_spin(struct lock_object *lock)
{
	struct mtx *m = (struct mtx *)lock;

	mtx_assert(m, MA_OWNED | MA_NOTRECURSED);
	mtx_unlock_spin(m);
	return (0);
}

static int
mtx_class_owner(const struct lock_object *lock, struct thread **owner)
{
	const struct mtx *m = (const struct mtx *)lock;

	*owner = mtx_owner(m);
	return (*owner != NULL);
}
