/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rwlock(9): shared by readers, owned by a writer, never held while sleeping.
 */
#include "kernel/lock_var.h"

#include <sys/rwlock.h>

CTASSERT(RW_LOCK_READ == SHEX_SHARED && RW_ONE_READER == SHEX_ONE);
CTASSERT(RW_LOCK_WRITER_RECURSED == SHEX_RECURSED);
CTASSERT(RW_UNLOCKED == SHEX_UNLOCKED && RW_DESTROYED == SHEX_DESTROYED);

static void rw_class_assert(const struct lock_object *lock, int what);
static void rw_class_lock(struct lock_object *lock, uintptr_t how);
static int rw_class_owner(const struct lock_object *lock,
    struct thread **owner);
static uintptr_t rw_class_unlock(struct lock_object *lock);

struct lock_class lock_class_rw = {
	.lc_name = "rw",
	.lc_flags = LC_SLEEPLOCK | LC_RECURSABLE | LC_UPGRADABLE,
	.lc_assert = rw_class_assert,
	.lc_lock = rw_class_lock,
	.lc_owner = rw_class_owner,
	.lc_unlock = rw_class_unlock,
};

static struct shex
shex(struct rwlock *rw)
{
	return ((struct shex) { &rw->lock_object, &rw->rw_lock, false });
}

void
rw_init_flags(struct rwlock *rw, const char *name, int opts)
{
	int flags = LO_UPGRADABLE;

	KASSERT((opts &
		    ~(RW_DUPOK | RW_NOPROFILE | RW_NOWITNESS | RW_QUIET |
			RW_RECURSE | RW_NEW)) == 0,
	    ("rw_init: lock \"%s\" has unknown options %#x", name, opts));
	if ((opts & RW_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & RW_NOPROFILE) != 0)
		flags |= LO_NOPROFILE;
	if ((opts & RW_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	if ((opts & RW_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & RW_QUIET) != 0)
		flags |= LO_QUIET;
	if ((opts & RW_NEW) != 0)
		flags |= LO_NEW;
	lock_init(&rw->lock_object, &lock_class_rw, name, NULL, flags);
	rw->rw_lock = RW_UNLOCKED;
	kern_new(KO_RWLOCK, rw, sizeof(*rw), name);
}

void
rw_destroy(struct rwlock *rw)
{
	KASSERT(rw_initialized(rw),
	    ("rw_destroy() of a rwlock that is not initialized: %p", rw));
	if (rw->rw_lock != RW_UNLOCKED)
		lock_show_holder(&rw->lock_object);
	KASSERT(rw->rw_lock == RW_UNLOCKED,
	    ("rw lock %s not unlocked", rw->lock_object.lo_name));
	rw->rw_lock = RW_DESTROYED;
	kern_gone(KO_RWLOCK, rw, rw->lock_object.lo_name);
	lock_destroy(&rw->lock_object);
}

void
rw_sysinit(void *arg)
{
	struct rw_args *args = arg;

	rw_init_flags(args->ra_rw, args->ra_desc, args->ra_flags);
}

int
rw_wowned(const struct rwlock *rw)
{
	return (curthread != NULL && shex_owner(rw->rw_lock) == curthread);
}

/* One more, or one less, that the thread reads. */
static void
read_held(struct thread *td)
{
	td->td_rw_rlocks++;
	lock_held(td, false);
}

static void
read_let_go(struct thread *td)
{
	td->td_rw_rlocks--;
	lock_let_go(td, false);
}

void
_rw_rlock(struct rwlock *rw, const char *file, int line)
{
	struct lock_object *lock = &rw->lock_object;
	struct shex s = shex(rw);
	struct thread *td = curthread;

	if (SCHEDULER_STOPPED())
		return;
	lock_check(lock, LOCK_CLASS_RW, "rw_rlock", file, line);
	lock_check_context(lock, "rw_rlock", file, line);
	KASSERT(!rw_wowned(rw),
	    ("rw_rlock: wlock already held for %s @ %s:%d", lock->lo_name, file,
		line));
	lock_checkorder(lock, LOP_NEWORDER, file, line);
	sim_point(SIM_POINT_LOCK);
	shex_lock_shared(&s, td->td_rw_rlocks != 0);
	read_held(td);
	lock_noted(lock, 0, file, line);
}

int
_rw_try_rlock(struct rwlock *rw, const char *file, int line)
{
	struct shex s = shex(rw);

	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(&rw->lock_object, LOCK_CLASS_RW, "rw_try_rlock", file, line);
	sim_point(SIM_POINT_LOCK);
	if (!shex_try_shared(&s))
		return (0);
	read_held(curthread);
	lock_noted(&rw->lock_object, LOP_TRYLOCK, file, line);
	return (1);
}

void
_rw_runlock(struct rwlock *rw, const char *file, int line)
{
	struct shex s = shex(rw);

	if (SCHEDULER_STOPPED())
		return;
	lock_check(&rw->lock_object, LOCK_CLASS_RW, "rw_runlock", file, line);
	_rw_assert(rw, RA_RLOCKED, file, line);
	lock_unnoted(&rw->lock_object, 0, file, line);
	read_let_go(curthread);
	shex_unlock_shared(&s);
	sim_point(SIM_POINT_LOCK);
}

/* The thread writes already. */
static void
recurse(struct rwlock *rw)
{
	rw->rw_recurse++;
	rw->rw_lock |= RW_LOCK_WRITER_RECURSED;
}

void
_rw_wlock(struct rwlock *rw, const char *file, int line)
{
	struct lock_object *lock = &rw->lock_object;
	struct shex s = shex(rw);

	if (SCHEDULER_STOPPED())
		return;
	lock_check(lock, LOCK_CLASS_RW, "rw_wlock", file, line);
	lock_check_context(lock, "rw_wlock", file, line);
	lock_checkorder(lock, LOP_NEWORDER | LOP_EXCLUSIVE, file, line);
	sim_point(SIM_POINT_LOCK);
	if (__predict_false(rw_wowned(rw))) {
		if ((lock->lo_flags & LO_RECURSABLE) == 0)
			lock_show_holder(lock);
		KASSERT((lock->lo_flags & LO_RECURSABLE) != 0,
		    ("__rw_wlock_hard: recursing but non-recursive rw %s "
		     "@ %s:%d",
			lock->lo_name, file, line));
		recurse(rw);
	} else {
		shex_lock_exclusive(&s);
		lock_held(curthread, false);
	}
	lock_noted(lock, LOP_EXCLUSIVE, file, line);
}

int
_rw_try_wlock(struct rwlock *rw, const char *file, int line)
{
	struct lock_object *lock = &rw->lock_object;
	struct shex s = shex(rw);

	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(lock, LOCK_CLASS_RW, "rw_try_wlock", file, line);
	sim_point(SIM_POINT_LOCK);
	if (rw_wowned(rw) && (lock->lo_flags & LO_RECURSABLE) != 0)
		recurse(rw);
	else if (shex_try_exclusive(&s))
		lock_held(curthread, false);
	else
		return (0);
	lock_noted(lock, LOP_EXCLUSIVE | LOP_TRYLOCK, file, line);
	return (1);
}

void
_rw_wunlock(struct rwlock *rw, const char *file, int line)
{
	struct shex s = shex(rw);

	if (SCHEDULER_STOPPED())
		return;
	lock_check(&rw->lock_object, LOCK_CLASS_RW, "rw_wunlock", file, line);
	if (__predict_false(!rw_wowned(rw)))
		lock_show_holder(&rw->lock_object);
	_rw_assert(rw, RA_WLOCKED, file, line);
	lock_unnoted(&rw->lock_object, LOP_EXCLUSIVE, file, line);
	if (rw->rw_recurse == 0)
		lock_let_go(curthread, false);
	shex_unlock_exclusive(&s);
	sim_point(SIM_POINT_LOCK);
}

int
_rw_try_upgrade(struct rwlock *rw, const char *file, int line)
{
	struct shex s = shex(rw);

	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(&rw->lock_object, LOCK_CLASS_RW, "rw_try_upgrade", file,
	    line);
	_rw_assert(rw, RA_RLOCKED, file, line);
	sim_point(SIM_POINT_LOCK);
	if (!shex_upgrade(&s))
		return (0);
	curthread->td_rw_rlocks--;
	witness_upgrade(&rw->lock_object, LOP_EXCLUSIVE | LOP_TRYLOCK, file,
	    line);
	return (1);
}

void
_rw_downgrade(struct rwlock *rw, const char *file, int line)
{
	struct shex s = shex(rw);

	if (SCHEDULER_STOPPED())
		return;
	lock_check(&rw->lock_object, LOCK_CLASS_RW, "rw_downgrade", file, line);
	_rw_assert(rw, RA_WLOCKED | RA_NOTRECURSED, file, line);
	witness_downgrade(&rw->lock_object, 0, file, line);
	curthread->td_rw_rlocks++;
	shex_downgrade(&s);
	sim_point(SIM_POINT_LOCK);
}

void
_rw_assert(const struct rwlock *rw, int what, const char *file, int line)
{
	shex_assert(&rw->lock_object, rw->rw_lock, what, "read ", file, line);
}

/*
 * --- the lock class ---
 */

static void
rw_class_assert(const struct lock_object *lock, int what)
{
	_rw_assert((const struct rwlock *)lock, what, "lc_assert", 0);
}

static void
rw_class_lock(struct lock_object *lock, uintptr_t how)
{
	struct rwlock *rw = (struct rwlock *)lock;

	if (how != 0)
		rw_rlock(rw);
	else
		rw_wlock(rw);
}

static uintptr_t
rw_class_unlock(struct lock_object *lock)
{
	struct rwlock *rw = (struct rwlock *)lock;

	_rw_assert(rw, RA_LOCKED | RA_NOTRECURSED, "lc_unlock", 0);
	if (rw_wowned(rw)) {
		rw_wunlock(rw);
		return (0);
	}
	rw_runlock(rw);
	return (1);
}

static int
rw_class_owner(const struct lock_object *lock, struct thread **owner)
{
	uintptr_t word = ((const struct rwlock *)lock)->rw_lock;

	*owner = shex_owner(word);
	return (*owner != NULL || RW_READERS(word) != 0);
}
