/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mutex(9).  The owner stands in mtx_lock, so that an uncontested mutex is a
 * compare and a store; threads that wait stand in a list of this page.  What
 * a kernel with INVARIANTS panics on panics here, in the same words.
 */
#include "kernel/lock_var.h"

static void mtx_class_assert(const struct lock_object *lock, int what);
static void mtx_class_lock(struct lock_object *lock, uintptr_t how);
static int mtx_class_owner(const struct lock_object *lock,
    struct thread **owner);
static uintptr_t mtx_class_unlock(struct lock_object *lock);
static void mtx_class_lock_spin(struct lock_object *lock, uintptr_t how);
static uintptr_t mtx_class_unlock_spin(struct lock_object *lock);

struct lock_class lock_class_mtx_sleep = {
	.lc_name = "sleep mutex",
	.lc_flags = LC_SLEEPLOCK | LC_RECURSABLE,
	.lc_assert = mtx_class_assert,
	.lc_lock = mtx_class_lock,
	.lc_owner = mtx_class_owner,
	.lc_unlock = mtx_class_unlock,
};
struct lock_class lock_class_mtx_spin = {
	.lc_name = "spin mutex",
	.lc_flags = LC_SPINLOCK | LC_RECURSABLE,
	.lc_assert = mtx_class_assert,
	.lc_lock = mtx_class_lock_spin,
	.lc_owner = mtx_class_owner,
	.lc_unlock = mtx_class_unlock_spin,
};

struct mtx Giant;

void
mutex_init(struct mtx *m, const char *name, const char *type, int opts)
{
	int flags = 0;

	if ((opts & MTX_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & MTX_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	if ((opts & MTX_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & MTX_NOPROFILE) != 0)
		flags |= LO_NOPROFILE;
	if ((opts & MTX_QUIET) != 0)
		flags |= LO_QUIET;
	if ((opts & MTX_NEW) != 0)
		flags |= LO_NEW;
	lock_init(&m->lock_object,
	    (opts & MTX_SPIN) != 0 ? &lock_class_mtx_spin :
				     &lock_class_mtx_sleep,
	    name, type, flags);
	m->mtx_lock = MTX_UNOWNED;
}

/* Giant is the kernel's own, and nobody gives it back. */
void
mutex_boot(void)
{
	mutex_init(&Giant, "Giant", NULL, MTX_DEF | MTX_RECURSE | MTX_NEW);
}

void
mtx_init(struct mtx *m, const char *name, const char *type, int opts)
{
	KASSERT((opts &
		    ~(MTX_SPIN | MTX_RECURSE | MTX_NOWITNESS | MTX_NOPROFILE |
			MTX_NEW | MTX_QUIET | MTX_DUPOK)) == 0,
	    ("mtx_init: mutex \"%s\" has unknown options %#x", name, opts));
	mutex_init(m, name, type, opts);
	kern_new(KO_MUTEX, m, sizeof(*m), name);
}

/* It may be destroyed by its owner, nobody waiting. */
static void
destroy_owned(struct mtx *m)
{
	if (!mtx_owned(m) ||
	    (m->mtx_lock & (MTX_RECURSED | MTX_CONTESTED)) != 0) {
		lock_show_holder(&m->lock_object);
		KASSERT((m->mtx_lock & (MTX_RECURSED | MTX_CONTESTED)) == 0,
		    ("mtx_destroy: mutex %s is recursed or contested",
			mtx_name(m)));
		KASSERT(mtx_owned(m),
		    ("mtx_destroy: mutex %s is owned by %s", mtx_name(m),
			mtx_owner(m)->td_name));
		return;
	}
	lock_unnoted(&m->lock_object, LOP_EXCLUSIVE, __FILE__, __LINE__);
	if (LOCK_CLASS(&m->lock_object) == &lock_class_mtx_spin) {
		curthread->td_spinlocks--;
		critical_exit();
	} else
		lock_let_go(curthread, false);
}

void
mutex_fini(struct mtx *m)
{
	KASSERT(mtx_initialized(m),
	    ("mtx_destroy() of a mutex that is not initialized: %p", m));
	if (mtx_owner(m) != NULL)
		destroy_owned(m);
	m->mtx_lock = MTX_DESTROYED;
	lock_destroy(&m->lock_object);
}

void
mtx_destroy(struct mtx *m)
{
	mutex_fini(m);
	kern_gone(KO_MUTEX, m, mtx_name(m));
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

/* The thread has it already. */
static void
recurse(struct mtx *m, int opts, const char *file, int line)
{
	if ((m->lock_object.lo_flags & LO_RECURSABLE) == 0 &&
	    (opts & MTX_RECURSE) == 0) {
		lock_show_holder(&m->lock_object);
		KASSERT(false,
		    ("_mtx_lock_sleep: recursed on non-recursive mutex %s "
		     "@ %s:%d",
			mtx_name(m), file, line));
	}
	m->lock_object.lo_data++;
	m->mtx_lock |= MTX_RECURSED;
}

/* Waits until nobody has the mutex. */
static void
lock_slow(struct mtx *m)
{
	while (mtx_owner(m) != NULL) {
		m->mtx_lock |= MTX_CONTESTED;
		lock_wait(&m->lock_object, LOCK_QUEUE_EXCLUSIVE);
	}
	/* Others may wait still: MTX_CONTESTED stays. */
	m->mtx_lock |= (uintptr_t)curthread;
}

/* Takes back a recursion; false: it was the last hold. */
static bool
unrecurse(struct mtx *m)
{
	if (__predict_true(m->lock_object.lo_data == 0))
		return (false);
	if (--m->lock_object.lo_data == 0)
		m->mtx_lock &= ~(uintptr_t)MTX_RECURSED;
	return (true);
}

/* Lets the longest waiter try again; the others stay. */
static void
release(struct mtx *m)
{
	if (__predict_true(m->mtx_lock == (uintptr_t)curthread)) {
		m->mtx_lock = MTX_UNOWNED;
		return;
	}
	m->mtx_lock = MTX_CONTESTED;
	lock_wake_one(&m->lock_object, LOCK_QUEUE_EXCLUSIVE);
	if (m->mtx_lock == MTX_CONTESTED &&
	    !lock_has_waiters(&m->lock_object, LOCK_QUEUE_EXCLUSIVE))
		m->mtx_lock = MTX_UNOWNED;
}

/*
 * Whether there is nothing to do but to change the owner: the mutex is as it
 * should be, nobody watches, and nobody may come in between.  What costs more
 * than that is kept out of line.
 */
static inline bool
plain(const struct mtx *m, const struct thread *td, uintptr_t owner)
{
	return (m->mtx_lock == owner && td != NULL &&
	    (m->lock_object.lo_flags & (LO_INITIALIZED | LO_CLASSMASK)) ==
		(LO_INITIALIZED | LOCK_CLASS_MTX_SLEEP << LO_CLASSSHIFT) &&
	    m->lock_object.lo_witness == NULL && !sim_preemptive &&
	    !SCHEDULER_STOPPED());
}

static __noinline void
mtx_lock_checked(struct mtx *m, int opts, const char *file, int line)
{
	struct lock_object *lock = &m->lock_object;
	struct thread *td = curthread;

	if (SCHEDULER_STOPPED())
		return;
	lock_check(lock, LOCK_CLASS_MTX_SLEEP, "mtx_lock", file, line);
	lock_check_context(lock, "mtx_lock", file, line);
	lock_checkorder(lock,
	    (opts & ~MTX_RECURSE) | LOP_NEWORDER | LOP_EXCLUSIVE, file, line);
	sim_point(SIM_POINT_LOCK);
	if (__predict_true(m->mtx_lock == MTX_UNOWNED)) {
		m->mtx_lock = (uintptr_t)td;
		lock_held(td, false);
	} else if (mtx_owner(m) == td)
		recurse(m, opts, file, line);
	else {
		lock_slow(m);
		lock_held(td, false);
	}
	lock_noted(lock, LOP_EXCLUSIVE, file, line);
}

void
__mtx_lock(struct mtx *m, int opts, const char *file, int line)
{
	struct thread *td = curthread;

	if (__predict_true(plain(m, td, MTX_UNOWNED) &&
		(td->td_critnest | td->td_intr_nesting_level) == 0)) {
		m->mtx_lock = (uintptr_t)td;
		lock_held(td, false);
	} else
		mtx_lock_checked(m, opts, file, line);
}

/* Takes it without waiting, or recurses where that is allowed. */
static bool
try(struct mtx *m, int opts)
{
	if (mtx_owner(m) == NULL) {
		m->mtx_lock |= (uintptr_t)curthread;
		return (true);
	}
	if (!mtx_owned(m) ||
	    ((m->lock_object.lo_flags & LO_RECURSABLE) == 0 &&
		(opts & MTX_RECURSE) == 0))
		return (false);
	m->lock_object.lo_data++;
	m->mtx_lock |= MTX_RECURSED;
	return (true);
}

int
__mtx_trylock(struct mtx *m, int opts, const char *file, int line)
{
	struct lock_object *lock = &m->lock_object;

	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(lock, LOCK_CLASS_MTX_SLEEP, "mtx_trylock", file, line);
	sim_point(SIM_POINT_LOCK);
	if (!try(m, opts))
		return (0);
	if (lock->lo_data == 0)
		lock_held(curthread, false);
	lock_noted(lock, LOP_EXCLUSIVE | LOP_TRYLOCK, file, line);
	return (1);
}

static __noinline void
mtx_unlock_checked(struct mtx *m, const char *file, int line)
{
	struct lock_object *lock = &m->lock_object;

	if (SCHEDULER_STOPPED())
		return;
	lock_check(lock, LOCK_CLASS_MTX_SLEEP, "mtx_unlock", file, line);
	if (__predict_false(!mtx_owned(m))) {
		lock_show_holder(lock);
		__mtx_assert(m, MA_OWNED, file, line);
	}
	lock_unnoted(lock, LOP_EXCLUSIVE, file, line);
	if (unrecurse(m))
		return;
	lock_let_go(curthread, false);
	release(m);
	sim_point(SIM_POINT_LOCK);
}

void
__mtx_unlock(struct mtx *m, int opts, const char *file, int line)
{
	struct thread *td = curthread;

	(void)opts;
	if (__predict_true(plain(m, td, (uintptr_t)td))) {
		lock_let_go(td, false);
		m->mtx_lock = MTX_UNOWNED;
	} else
		mtx_unlock_checked(m, file, line);
}

void
__mtx_lock_spin(struct mtx *m, int opts, const char *file, int line)
{
	struct lock_object *lock = &m->lock_object;
	struct thread *td = curthread;

	if (SCHEDULER_STOPPED())
		return;
	lock_check(lock, LOCK_CLASS_MTX_SPIN, "mtx_lock_spin", file, line);
	lock_checkorder(lock,
	    (opts & ~MTX_RECURSE) | LOP_NEWORDER | LOP_EXCLUSIVE, file, line);
	sim_point(SIM_POINT_LOCK);
	critical_enter();
	td->td_spinlocks++;
	/* Spinning would be for ever on one processor: wait in line. */
	if (__predict_true(m->mtx_lock == MTX_UNOWNED))
		m->mtx_lock = (uintptr_t)td;
	else if (mtx_owner(m) == td)
		recurse(m, opts, file, line);
	else
		lock_slow(m);
	lock_noted(lock, LOP_EXCLUSIVE, file, line);
}

int
__mtx_trylock_spin(struct mtx *m, int opts, const char *file, int line)
{
	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(&m->lock_object, LOCK_CLASS_MTX_SPIN, "mtx_trylock_spin",
	    file, line);
	sim_point(SIM_POINT_LOCK);
	if (!try(m, opts))
		return (0);
	critical_enter();
	curthread->td_spinlocks++;
	lock_noted(&m->lock_object, LOP_EXCLUSIVE | LOP_TRYLOCK, file, line);
	return (1);
}

void
__mtx_unlock_spin(struct mtx *m, int opts, const char *file, int line)
{
	struct lock_object *lock = &m->lock_object;

	(void)opts;
	if (SCHEDULER_STOPPED())
		return;
	lock_check(lock, LOCK_CLASS_MTX_SPIN, "mtx_unlock_spin", file, line);
	if (__predict_false(!mtx_owned(m))) {
		lock_show_holder(lock);
		__mtx_assert(m, MA_OWNED, file, line);
	}
	lock_unnoted(lock, LOP_EXCLUSIVE, file, line);
	if (!unrecurse(m))
		release(m);
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
 * --- Giant ---
 */

void
giant_drop(struct giant *giant)
{
	giant->depth = 0;
	if (!mtx_owned(&Giant))
		return;
	witness_save(&Giant.lock_object, &giant->file, &giant->line);
	for (; mtx_owned(&Giant); giant->depth++)
		mtx_unlock(&Giant);
}

void
giant_pickup(const struct giant *giant)
{
	if (giant->depth == 0)
		return;
	for (int i = 0; i < giant->depth; i++)
		mtx_lock(&Giant);
	witness_restore(&Giant.lock_object, giant->file, giant->line);
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

/* Only msleep_spin(9) knows how, and does it itself. */
static void
mtx_class_lock_spin(struct lock_object *lock, uintptr_t how)
{
	panic("spin locks can only use msleep_spin");
}

static uintptr_t
mtx_class_unlock_spin(struct lock_object *lock)
{
	panic("spin locks can only use msleep_spin");
}

static int
mtx_class_owner(const struct lock_object *lock, struct thread **owner)
{
	const struct mtx *m = (const struct mtx *)lock;

	*owner = mtx_owner(m);
	return (*owner != NULL);
}
