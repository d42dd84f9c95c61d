/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sx(9): shared or exclusive; who holds one may sleep, and who waits does.
 */
#include "kernel/lock_var.h"

#include <sys/sx.h>

CTASSERT(SX_LOCK_SHARED == SHEX_SHARED && SX_ONE_SHARER == SHEX_ONE);
CTASSERT(SX_LOCK_RECURSED == SHEX_RECURSED);
CTASSERT(SX_LOCK_UNLOCKED == SHEX_UNLOCKED);
CTASSERT(SX_LOCK_DESTROYED == SHEX_DESTROYED);

static void sx_class_assert(const struct lock_object *lock, int what);
static void sx_class_lock(struct lock_object *lock, uintptr_t how);
static int sx_class_owner(const struct lock_object *lock,
    struct thread **owner);
static uintptr_t sx_class_unlock(struct lock_object *lock);

struct lock_class lock_class_sx = {
	.lc_name = "sx",
	.lc_flags = LC_SLEEPLOCK | LC_SLEEPABLE | LC_RECURSABLE | LC_UPGRADABLE,
	.lc_assert = sx_class_assert,
	.lc_lock = sx_class_lock,
	.lc_owner = sx_class_owner,
	.lc_unlock = sx_class_unlock,
};

static struct shex
shex(struct sx *sx)
{
	return ((struct shex) { &sx->lock_object, &sx->sx_lock, true });
}

void
sx_init_flags(struct sx *sx, const char *name, int opts)
{
	int flags = LO_SLEEPABLE | LO_UPGRADABLE;

	KASSERT((opts &
		    ~(SX_DUPOK | SX_NOPROFILE | SX_NOWITNESS | SX_QUIET |
			SX_NOADAPTIVE | SX_RECURSE | SX_NEW)) == 0,
	    ("sx_init: lock \"%s\" has unknown options %#x", name, opts));
	if ((opts & SX_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & SX_NOPROFILE) != 0)
		flags |= LO_NOPROFILE;
	if ((opts & SX_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	if ((opts & SX_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & SX_QUIET) != 0)
		flags |= LO_QUIET;
	if ((opts & SX_NEW) != 0)
		flags |= LO_NEW;
	lock_init(&sx->lock_object, &lock_class_sx, name, NULL, flags);
	sx->sx_lock = SX_LOCK_UNLOCKED;
	kern_new(KO_SX, sx, sizeof(*sx), name);
}

void
sx_destroy(struct sx *sx)
{
	KASSERT(lock_initialized(&sx->lock_object),
	    ("sx_destroy() of an sx that is not initialized: %p", sx));
	if (sx->sx_lock != SX_LOCK_UNLOCKED)
		lock_show_holder(&sx->lock_object);
	KASSERT(sx->sx_lock == SX_LOCK_UNLOCKED,
	    ("sx lock %s still held", sx->lock_object.lo_name));
	sx->sx_lock = SX_LOCK_DESTROYED;
	kern_gone(KO_SX, sx, sx->lock_object.lo_name);
	lock_destroy(&sx->lock_object);
}

void
sx_sysinit(void *arg)
{
	struct sx_args *args = arg;

	sx_init_flags(args->sa_sx, args->sa_desc, args->sa_flags);
}

static bool
owned(const struct sx *sx)
{
	return (sx_xlocked(sx));
}

/* One more, or one less, that the thread shares. */
static void
share_held(struct thread *td)
{
	td->td_sx_slocks++;
	lock_held(td, true);
}

static void
share_let_go(struct thread *td)
{
	td->td_sx_slocks--;
	lock_let_go(td, true);
}

int
_sx_slock(struct sx *sx, int opts, const char *file, int line)
{
	struct lock_object *lock = &sx->lock_object;
	struct shex s = shex(sx);
	struct thread *td = curthread;

	(void)opts; /* no signal ends the wait */
	if (SCHEDULER_STOPPED())
		return (0);
	lock_check(lock, LOCK_CLASS_SX, "sx_slock", file, line);
	lock_check_sleepable(lock, "sx_slock", file, line);
	KASSERT(!owned(sx),
	    ("sx_slock: xlock already held for %s @ %s:%d", lock->lo_name, file,
		line));
	lock_checkorder(lock, LOP_NEWORDER, file, line);
	sim_point(SIM_POINT_LOCK);
	shex_lock_shared(&s, td->td_sx_slocks != 0);
	share_held(td);
	lock_noted(lock, 0, file, line);
	return (0);
}

int
sx_try_slock_(struct sx *sx, const char *file, int line)
{
	struct shex s = shex(sx);

	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(&sx->lock_object, LOCK_CLASS_SX, "sx_try_slock", file, line);
	sim_point(SIM_POINT_LOCK);
	if (!shex_try_shared(&s))
		return (0);
	share_held(curthread);
	lock_noted(&sx->lock_object, LOP_TRYLOCK, file, line);
	return (1);
}

void
_sx_sunlock(struct sx *sx, const char *file, int line)
{
	struct shex s = shex(sx);

	if (SCHEDULER_STOPPED())
		return;
	lock_check(&sx->lock_object, LOCK_CLASS_SX, "sx_sunlock", file, line);
	_sx_assert(sx, SA_SLOCKED, file, line);
	lock_unnoted(&sx->lock_object, 0, file, line);
	share_let_go(curthread);
	shex_unlock_shared(&s);
	sim_point(SIM_POINT_LOCK);
}

/* The thread owns it already. */
static void
recurse(struct sx *sx)
{
	sx->sx_recurse++;
	sx->sx_lock |= SX_LOCK_RECURSED;
}

int
_sx_xlock(struct sx *sx, int opts, const char *file, int line)
{
	struct lock_object *lock = &sx->lock_object;
	struct shex s = shex(sx);

	(void)opts; /* no signal ends the wait */
	if (SCHEDULER_STOPPED())
		return (0);
	lock_check(lock, LOCK_CLASS_SX, "sx_xlock", file, line);
	lock_check_sleepable(lock, "sx_xlock", file, line);
	lock_checkorder(lock, LOP_NEWORDER | LOP_EXCLUSIVE, file, line);
	sim_point(SIM_POINT_LOCK);
	if (__predict_false(owned(sx))) {
		if ((lock->lo_flags & LO_RECURSABLE) == 0)
			lock_show_holder(lock);
		KASSERT((lock->lo_flags & LO_RECURSABLE) != 0,
		    ("_sx_xlock_hard: recursed on non-recursive sx %s "
		     "@ %s:%d",
			lock->lo_name, file, line));
		recurse(sx);
	} else {
		shex_lock_exclusive(&s);
		lock_held(curthread, true);
	}
	lock_noted(lock, LOP_EXCLUSIVE, file, line);
	return (0);
}

int
sx_try_xlock_(struct sx *sx, const char *file, int line)
{
	struct lock_object *lock = &sx->lock_object;
	struct shex s = shex(sx);

	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(lock, LOCK_CLASS_SX, "sx_try_xlock", file, line);
	sim_point(SIM_POINT_LOCK);
	if (owned(sx) && (lock->lo_flags & LO_RECURSABLE) != 0)
		recurse(sx);
	else if (shex_try_exclusive(&s))
		lock_held(curthread, true);
	else
		return (0);
	lock_noted(lock, LOP_EXCLUSIVE | LOP_TRYLOCK, file, line);
	return (1);
}

void
_sx_xunlock(struct sx *sx, const char *file, int line)
{
	struct shex s = shex(sx);

	if (SCHEDULER_STOPPED())
		return;
	lock_check(&sx->lock_object, LOCK_CLASS_SX, "sx_xunlock", file, line);
	if (__predict_false(!owned(sx)))
		lock_show_holder(&sx->lock_object);
	_sx_assert(sx, SA_XLOCKED, file, line);
	lock_unnoted(&sx->lock_object, LOP_EXCLUSIVE, file, line);
	if (sx->sx_recurse == 0)
		lock_let_go(curthread, true);
	shex_unlock_exclusive(&s);
	sim_point(SIM_POINT_LOCK);
}

int
sx_try_upgrade_(struct sx *sx, const char *file, int line)
{
	struct shex s = shex(sx);

	if (SCHEDULER_STOPPED())
		return (1);
	lock_check(&sx->lock_object, LOCK_CLASS_SX, "sx_try_upgrade", file,
	    line);
	_sx_assert(sx, SA_SLOCKED, file, line);
	sim_point(SIM_POINT_LOCK);
	if (!shex_upgrade(&s))
		return (0);
	curthread->td_sx_slocks--;
	witness_upgrade(&sx->lock_object, LOP_EXCLUSIVE | LOP_TRYLOCK, file,
	    line);
	return (1);
}

void
sx_downgrade_(struct sx *sx, const char *file, int line)
{
	struct shex s = shex(sx);

	if (SCHEDULER_STOPPED())
		return;
	lock_check(&sx->lock_object, LOCK_CLASS_SX, "sx_downgrade", file, line);
	_sx_assert(sx, SA_XLOCKED | SA_NOTRECURSED, file, line);
	witness_downgrade(&sx->lock_object, 0, file, line);
	curthread->td_sx_slocks++;
	shex_downgrade(&s);
	sim_point(SIM_POINT_LOCK);
}

void
_sx_assert(const struct sx *sx, int what, const char *file, int line)
{
	shex_assert(&sx->lock_object, sx->sx_lock, what, "share ", file, line);
}

/*
 * --- the lock class ---
 */

static void
sx_class_assert(const struct lock_object *lock, int what)
{
	_sx_assert((const struct sx *)lock, what, "lc_assert", 0);
}

static void
sx_class_lock(struct lock_object *lock, uintptr_t how)
{
	struct sx *sx = (struct sx *)lock;

	if (how != 0)
		sx_slock(sx);
	else
		sx_xlock(sx);
}

static uintptr_t
sx_class_unlock(struct lock_object *lock)
{
	struct sx *sx = (struct sx *)lock;

	_sx_assert(sx, SA_LOCKED | SA_NOTRECURSED, "lc_unlock", 0);
	if (owned(sx)) {
		sx_xunlock(sx);
		return (0);
	}
	sx_sunlock(sx);
	return (1);
}

static int
sx_class_owner(const struct lock_object *lock, struct thread **owner)
{
	uintptr_t word = ((const struct sx *)lock)->sx_lock;

	*owner = shex_owner(word);
	return (*owner != NULL || SX_SHARERS(word) != 0);
}
