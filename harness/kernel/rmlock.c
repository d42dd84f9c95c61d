/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rmlock(9): read-mostly locks.
 *
 * There is one processor, so readers need no list of their own each: all
 * trackers hang on the lock.  A writer that waits keeps new readers out,
 * except those that read already and may recurse.  Readers must not sleep
 * whatever the kind, so they count as holders of a non-sleepable lock.
 */
#include "kernel/lock_var.h"

#include <sys/rmlock.h>

static void rm_class_assert(const struct lock_object *lock, int what);
static void rm_class_lock(struct lock_object *lock, uintptr_t how);
static int rm_class_owner(const struct lock_object *lock,
    struct thread **owner);
static uintptr_t rm_class_unlock(struct lock_object *lock);

struct lock_class lock_class_rm = {
	.lc_name = "rm",
	.lc_flags = LC_SLEEPLOCK | LC_RECURSABLE,
	.lc_assert = rm_class_assert,
	.lc_lock = rm_class_lock,
	.lc_owner = rm_class_owner,
	.lc_unlock = rm_class_unlock,
};
struct lock_class lock_class_rm_sleepable = {
	.lc_name = "sleepable rm",
	.lc_flags = LC_SLEEPLOCK | LC_SLEEPABLE | LC_RECURSABLE,
	.lc_assert = rm_class_assert,
	.lc_lock = rm_class_lock,
	.lc_owner = rm_class_owner,
	.lc_unlock = rm_class_unlock,
};

void
rm_init_flags(struct rmlock *rm, const char *name, int opts)
{
	struct lock_class *class = &lock_class_rm;
	int flags = 0;

	KASSERT((opts &
		    ~(RM_NOWITNESS | RM_RECURSE | RM_SLEEPABLE | RM_NEW |
			RM_DUPOK)) == 0,
	    ("rm_init: lock \"%s\" has unknown options %#x", name, opts));
	if ((opts & RM_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	if ((opts & RM_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & RM_NEW) != 0)
		flags |= LO_NEW;
	if ((opts & RM_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & RM_SLEEPABLE) != 0) {
		flags |= LO_SLEEPABLE;
		class = &lock_class_rm_sleepable;
	}
	lock_init(&rm->lock_object, class, name, NULL, flags);
	rm->rm_owner = NULL;
	LIST_INIT(&rm->rm_activeReaders);
	kern_new(KO_RMLOCK, rm, sizeof(*rm), name);
}

void
rm_init(struct rmlock *rm, const char *name)
{
	rm_init_flags(rm, name, 0);
}

void
rm_destroy(struct rmlock *rm)
{
	KASSERT(lock_initialized(&rm->lock_object),
	    ("rm_destroy() of an rmlock that is not initialized: %p", rm));
	if (rm->rm_owner != NULL)
		lock_show_holder(&rm->lock_object);
	KASSERT(rm->rm_owner == NULL && LIST_EMPTY(&rm->rm_activeReaders),
	    ("rm lock %s not unlocked", rm->lock_object.lo_name));
	kern_gone(KO_RMLOCK, rm, rm->lock_object.lo_name);
	lock_destroy(&rm->lock_object);
}

void
rm_sysinit(void *arg)
{
	struct rm_args *args = arg;

	rm_init_flags(args->ra_rm, args->ra_desc, args->ra_flags);
}

int
rm_wowned(const struct rmlock *rm)
{
	return (curthread != NULL && rm->rm_owner == curthread);
}

/* How often the running thread reads. */
static int
reads(const struct rmlock *rm)
{
	const struct rm_priotracker *tracker;
	int n = 0;

	LIST_FOREACH(tracker, &rm->rm_activeReaders, rmp_qentry) {
		if (tracker->rmp_thread == curthread)
			n++;
	}
	return (n);
}

static bool
sleepable(const struct rmlock *rm)
{
	return ((rm->lock_object.lo_flags & LO_SLEEPABLE) != 0);
}

static void
check(const struct rmlock *rm, const char *call, const char *file, int line)
{
	lock_check(&rm->lock_object,
	    sleepable(rm) ? LOCK_CLASS_RM_SLEEPABLE : LOCK_CLASS_RM, call, file,
	    line);
}

/*
 * Before waiting, and once more before each look at the lock, since others
 * may run when Giant is let go.
 */
static void
before_wait(struct rmlock *rm, struct giant *giant)
{
	giant->depth = 0;
	if (!sleepable(rm))
		return;
	kern_assert_can_sleep(rm->lock_object.lo_name);
	giant_drop(giant);
}

/*
 * --- reading ---
 */

static bool
may_read(struct rmlock *rm)
{
	if (rm->rm_owner != NULL)
		return (false);
	return (!lock_has_waiters(&rm->lock_object, LOCK_QUEUE_EXCLUSIVE) ||
	    reads(rm) != 0);
}

static void
check_read(struct rmlock *rm, const char *file, int line)
{
	struct lock_object *lock = &rm->lock_object;

	if (sleepable(rm) && reads(rm) == 0)
		lock_check_sleepable(lock, "rm_rlock", file, line);
	else
		lock_check_context(lock, "rm_rlock", file, line);
	KASSERT((lock->lo_flags & LO_RECURSABLE) != 0 || reads(rm) == 0,
	    ("rm_rlock: recursed on non-recursive rmlock %s @ %s:%d",
		lock->lo_name, file, line));
	KASSERT(!rm_wowned(rm),
	    ("rm_rlock: wlock already held for %s @ %s:%d", lock->lo_name, file,
		line));
	lock_checkorder(lock, LOP_NEWORDER | (sleepable(rm) ? LOP_NOSLEEP : 0),
	    file, line);
}

int
_rm_rlock_debug(struct rmlock *rm, struct rm_priotracker *tracker, int trylock,
    const char *file, int line)
{
	struct giant giant;

	if (SCHEDULER_STOPPED())
		return (1);
	check(rm, trylock != 0 ? "rm_try_rlock" : "rm_rlock", file, line);
	if (trylock == 0)
		check_read(rm, file, line);
	sim_point(SIM_POINT_LOCK);
	if (__predict_false(!may_read(rm))) {
		if (trylock != 0)
			return (0);
		before_wait(rm, &giant);
		while (!may_read(rm))
			lock_wait(&rm->lock_object, LOCK_QUEUE_SHARED);
		giant_pickup(&giant);
	}
	tracker->rmp_rmlock = rm;
	tracker->rmp_thread = curthread;
	LIST_INSERT_HEAD(&rm->rm_activeReaders, tracker, rmp_qentry);
	if (sleepable(rm))
		THREAD_NO_SLEEPING();
	lock_held(curthread, false);
	lock_noted(&rm->lock_object,
	    LOP_NOSLEEP | (trylock != 0 ? LOP_TRYLOCK : 0), file, line);
	return (1);
}

void
_rm_runlock_debug(struct rmlock *rm, struct rm_priotracker *tracker,
    const char *file, int line)
{
	struct rm_priotracker *mine;

	if (SCHEDULER_STOPPED())
		return;
	check(rm, "rm_runlock", file, line);
	_rm_assert(rm, RA_RLOCKED, file, line);
	LIST_FOREACH(mine, &rm->rm_activeReaders, rmp_qentry) {
		if (mine == tracker && mine->rmp_thread == curthread)
			break;
	}
	if (mine == NULL)
		panic("rm_runlock: the tracker was not used to lock %s @ %s:%d",
		    rm->lock_object.lo_name, file, line);
	lock_unnoted(&rm->lock_object, 0, file, line);
	LIST_REMOVE(tracker, rmp_qentry);
	if (sleepable(rm))
		THREAD_SLEEPING_OK();
	lock_let_go(curthread, false);
	if (LIST_EMPTY(&rm->rm_activeReaders))
		lock_wake_one(&rm->lock_object, LOCK_QUEUE_EXCLUSIVE);
	sim_point(SIM_POINT_LOCK);
}

/*
 * --- writing ---
 */

static bool
may_write(const struct rmlock *rm)
{
	return (rm->rm_owner == NULL && LIST_EMPTY(&rm->rm_activeReaders));
}

void
_rm_wlock_debug(struct rmlock *rm, const char *file, int line)
{
	struct lock_object *lock = &rm->lock_object;
	struct giant giant;

	if (SCHEDULER_STOPPED())
		return;
	check(rm, "rm_wlock", file, line);
	_rm_assert(rm, RA_UNLOCKED, file, line);
	if (sleepable(rm))
		lock_check_sleepable(lock, "rm_wlock", file, line);
	else
		lock_check_context(lock, "rm_wlock", file, line);
	lock_checkorder(lock, LOP_NEWORDER | LOP_EXCLUSIVE, file, line);
	sim_point(SIM_POINT_LOCK);
	if (__predict_false(!may_write(rm))) {
		before_wait(rm, &giant);
		while (!may_write(rm))
			lock_wait(lock, LOCK_QUEUE_EXCLUSIVE);
		giant_pickup(&giant);
	}
	rm->rm_owner = curthread;
	lock_held(curthread, sleepable(rm));
	lock_noted(lock, LOP_EXCLUSIVE, file, line);
}

/* Whoever waits may try: the first to run decides. */
void
_rm_wunlock_debug(struct rmlock *rm, const char *file, int line)
{
	struct lock_object *lock = &rm->lock_object;

	if (SCHEDULER_STOPPED())
		return;
	check(rm, "rm_wunlock", file, line);
	if (!rm_wowned(rm))
		lock_show_holder(lock);
	_rm_assert(rm, RA_WLOCKED, file, line);
	lock_unnoted(lock, LOP_EXCLUSIVE, file, line);
	lock_let_go(curthread, sleepable(rm));
	rm->rm_owner = NULL;
	lock_wake_all(lock, LOCK_QUEUE_EXCLUSIVE);
	lock_wake_all(lock, LOCK_QUEUE_SHARED);
	sim_point(SIM_POINT_LOCK);
}

static void
assert_read(const struct rmlock *rm, int what, const char *file, int line)
{
	const char *name = rm->lock_object.lo_name;
	int n = reads(rm);

	if (n == 0)
		panic("Lock %s not %slocked @ %s:%d", name,
		    (what & RA_RLOCKED) != 0 ? "read " : "", file, line);
	if (n > 1 && (what & RA_NOTRECURSED) != 0)
		panic("Lock %s recursed @ %s:%d", name, file, line);
	if (n == 1 && (what & RA_RECURSED) != 0)
		panic("Lock %s not recursed @ %s:%d", name, file, line);
}

void
_rm_assert(const struct rmlock *rm, int what, const char *file, int line)
{
	const char *name = rm->lock_object.lo_name;

	if (KERNEL_PANICKED() || SCHEDULER_STOPPED())
		return;
	switch (what & ~(RA_RECURSED | RA_NOTRECURSED)) {
	case RA_LOCKED:
	case RA_RLOCKED:
		if (!rm_wowned(rm))
			assert_read(rm, what, file, line);
		else if ((what & RA_RLOCKED) != 0)
			panic("Lock %s exclusively locked @ %s:%d", name, file,
			    line);
		else if ((what & RA_RECURSED) != 0)
			panic("Lock %s not recursed @ %s:%d", name, file, line);
		break;
	case RA_WLOCKED:
		if (!rm_wowned(rm))
			panic("Lock %s not exclusively locked @ %s:%d", name,
			    file, line);
		break;
	case RA_UNLOCKED:
		if (rm_wowned(rm))
			panic("Lock %s exclusively locked @ %s:%d", name, file,
			    line);
		if (reads(rm) != 0)
			panic("Lock %s read locked @ %s:%d", name, file, line);
		break;
	default:
		panic("Unknown rm lock assertion: %d @ %s:%d", what, file,
		    line);
	}
}

/*
 * --- the lock class ---
 */

static void
rm_class_assert(const struct lock_object *lock, int what)
{
	_rm_assert((const struct rmlock *)lock, what, "lc_assert", 0);
}

static void
rm_class_lock(struct lock_object *lock, uintptr_t how)
{
	struct rmlock *rm = (struct rmlock *)lock;

	if (how != 0)
		rm_rlock(rm, (struct rm_priotracker *)how);
	else
		rm_wlock(rm);
}

static uintptr_t
rm_class_unlock(struct lock_object *lock)
{
	struct rmlock *rm = (struct rmlock *)lock;
	struct rm_priotracker *tracker;

	if (rm_wowned(rm)) {
		rm_wunlock(rm);
		return (0);
	}
	_rm_assert(rm, RA_RLOCKED | RA_NOTRECURSED, "lc_unlock", 0);
	LIST_FOREACH(tracker, &rm->rm_activeReaders, rmp_qentry) {
		if (tracker->rmp_thread == curthread)
			break;
	}
	rm_runlock(rm, tracker);
	return ((uintptr_t)tracker);
}

static int
rm_class_owner(const struct lock_object *lock, struct thread **owner)
{
	const struct rmlock *rm = (const struct rmlock *)lock;

	*owner = rm->rm_owner;
	return (*owner != NULL || !LIST_EMPTY(&rm->rm_activeReaders));
}
