/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the pages of locks share: mutex.c, rwlock.c, sx.c, rmlock.c, lock.c,
 * witness.c.  Private to them.
 */
#ifndef RINGSIDE_KERNEL_LOCK_VAR_H
#define RINGSIDE_KERNEL_LOCK_VAR_H

#include "kernel/kern.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

/*
 * A lock that a thread holds: an entry of td_held, the last taken last.  The
 * lock itself may be gone; it is looked at only where it is used anyway.
 */
struct lock_instance {
	struct lock_object *li_lock;
	struct witness *li_witness;
	const char *li_file; /* where it was taken, at last */
	int li_line;
	u_int li_flags; /* LI_ below; times that it was recursed upon */
};
#define LI_RECURSEMASK 0x0000ffff
#define LI_EXCLUSIVE   0x00010000
#define LI_NORELEASE   0x00020000
#define LI_SLEEPABLE   0x00040000 /* held so, it allows sleeping */
#define LI_SPIN	       0x00080000

/* 1: checks orders; 0: only knows who holds what; -1: does nothing. */
extern int witness_watch;

/*
 * --- waiting ---
 */

enum lock_queue { LOCK_QUEUE_SHARED, LOCK_QUEUE_EXCLUSIVE };

/* Puts the running thread into line and returns when it was woken. */
void lock_wait(struct lock_object *lock, enum lock_queue queue);
/* Whether somebody is in that line. */
bool lock_has_waiters(const struct lock_object *lock, enum lock_queue queue);
/* Wakes who waits longest, or all who wait now. */
void lock_wake_one(struct lock_object *lock, enum lock_queue queue);
void lock_wake_all(struct lock_object *lock, enum lock_queue queue);

/* mtx_init() and mtx_destroy() that nobody is told of (mutex.c). */
void mutex_init(struct mtx *m, const char *name, const char *type, int opts);
void mutex_fini(struct mtx *m);

/*
 * Giant is let go by whoever sleeps, however often it was recursed upon
 * (mutex.c).  Both do nothing when the thread does not have it.
 */
struct giant {
	int depth;
	const char *file;
	int line;
};
void giant_drop(struct giant *giant);
void giant_pickup(const struct giant *giant);

/*
 * --- counts ---
 */

/* The running thread now holds one more, or one less. */
static inline void
lock_held(struct thread *td, bool sleepable)
{
	td->td_locks++;
	if (sleepable)
		td->td_sleepable_locks++;
}
static inline void
lock_let_go(struct thread *td, bool sleepable)
{
	td->td_locks--;
	if (sleepable)
		td->td_sleepable_locks--;
}

/*
 * --- checks ---
 */

/* Places in lock_classes[]. */
enum {
	LOCK_CLASS_MTX_SLEEP,
	LOCK_CLASS_MTX_SPIN,
	LOCK_CLASS_SX,
	LOCK_CLASS_RM,
	LOCK_CLASS_RM_SLEEPABLE,
	LOCK_CLASS_RW,
};

/* Says what is wrong with the lock; `call` is the operation's name. */
void lock_unusable(const struct lock_object *lock, u_int class,
    const char *call, const char *file, int line) __dead2;
/* Panics when the running thread may not block now. */
void lock_bad_context(const struct lock_object *lock, const char *call,
    const char *file, int line);

/* With INVARIANTS, panics unless the lock is one of that class. */
static inline void
lock_check(const struct lock_object *lock, u_int class, const char *call,
    const char *file, int line)
{
#ifdef INVARIANTS
	u_int want = LO_INITIALIZED | class << LO_CLASSSHIFT;

	if (__predict_false(
		(lock->lo_flags & (LO_INITIALIZED | LO_CLASSMASK)) != want ||
		curthread == NULL))
		lock_unusable(lock, class, call, file, line);
#endif
}

static inline void
lock_check_context(const struct lock_object *lock, const char *call,
    const char *file, int line)
{
	struct thread *td = curthread;

	if (__predict_false((td->td_critnest | td->td_intr_nesting_level) != 0))
		lock_bad_context(lock, call, file, line);
}
/* And for those whose waits are sleeps. */
void lock_check_sleepable(struct lock_object *lock, const char *call,
    const char *file, int line);

/* For a report that is about to follow: says in the log who holds it. */
void lock_show_holder(const struct lock_object *lock);

/*
 * --- sleeping (sleep.c) ---
 */

/*
 * Panics when the running thread may not sleep now; "Sleeping on", `what`.
 * That it holds `interlock` (or NULL) is no reason.
 */
void sleep_check(const char *doing, const char *what,
    const struct lock_object *interlock);
/*
 * A sleep in two steps: once the first is done, a wakeup is not lost, so
 * between them the thread lets go of its locks.  The second returns whether
 * somebody woke it before `until`.
 */
void sleep_begin(const void *chan, const char *wmesg);
bool sleep_end(sim_time until);
/* When a sleep of `sbt` that begins now ends; C_ flags. */
sim_time sleep_deadline(sbintime_t sbt, int flags);
bool sleep_has_waiters(const void *chan);

/*
 * --- witness, in short ---
 */

static inline void
lock_checkorder(struct lock_object *lock, int flags, const char *file, int line)
{
	if (lock->lo_witness != NULL && curthread->td_nheld != 0)
		witness_checkorder(lock, flags, file, line, NULL);
}

/* A new entry; the caller has seen to it that there is room. */
static inline void
witness_push(struct thread *td, struct lock_object *lock, int flags,
    const char *file, int line)
{
	struct lock_instance *li = &td->td_held[td->td_nheld++];

	li->li_lock = lock;
	li->li_witness = lock->lo_witness;
	li->li_file = file;
	li->li_line = line;
	li->li_flags = 0;
	if ((flags & LOP_EXCLUSIVE) != 0)
		li->li_flags |= LI_EXCLUSIVE;
	if ((lock->lo_flags & LO_SLEEPABLE) != 0 && (flags & LOP_NOSLEEP) == 0)
		li->li_flags |= LI_SLEEPABLE;
	if (LO_CLASSINDEX(lock) == LOCK_CLASS_MTX_SPIN)
		li->li_flags |= LI_SPIN;
}

static inline void
lock_noted(struct lock_object *lock, int flags, const char *file, int line)
{
	struct thread *td = curthread;

	if (lock->lo_witness == NULL)
		return;
	/* Mostly it is the only one, and there is room. */
	if (td->td_nheld == 0 && td->td_heldroom != 0)
		witness_push(td, lock, flags, file, line);
	else
		witness_lock(lock, flags, file, line);
}

static inline void
lock_unnoted(struct lock_object *lock, int flags, const char *file, int line)
{
	struct thread *td = curthread;
	struct lock_instance *top;

	if (lock->lo_witness == NULL)
		return;
	/* Mostly it is the last one, and was taken once. */
	if (td->td_nheld != 0) {
		top = &td->td_held[td->td_nheld - 1];
		if (top->li_lock == lock &&
		    (top->li_flags & (LI_RECURSEMASK | LI_NORELEASE)) == 0 &&
		    ((top->li_flags & LI_EXCLUSIVE) != 0) ==
			((flags & LOP_EXCLUSIVE) != 0)) {
			td->td_nheld--;
			return;
		}
	}
	witness_unlock(lock, flags, file, line);
}

/* The entry of the lock in the thread's list, or NULL. */
struct lock_instance *witness_find(const struct thread *td,
    const struct lock_object *lock);
/* One line of a list of locks, without a newline. */
int witness_format(const struct lock_instance *li, char *text, size_t size);

/*
 * --- shared and exclusive in one word (lock_shared.c) ---
 *
 * rwlock(9) and sx(9) are one machine with two names: bits in the word say
 * whether it is shared or owned and who waits, the rest is a count of sharers
 * or the owner.  Exclusive waiters keep new sharers out, so they do not
 * starve, except sharers that hold another such lock, lest they deadlock.
 */
#define SHEX_SHARED	       0x01
#define SHEX_SHARED_WAITERS    0x02
#define SHEX_EXCLUSIVE_WAITERS 0x04
#define SHEX_RECURSED	       0x08
#define SHEX_WAITERS	       (SHEX_SHARED_WAITERS | SHEX_EXCLUSIVE_WAITERS)
#define SHEX_FLAGS	       0x0f /* threads are aligned to 16 bytes */
#define SHEX_ONE	       0x10 /* a sharer */
#define SHEX_SHARERS(word)     ((word) / SHEX_ONE)
#define SHEX_UNLOCKED	       SHEX_SHARED
#define SHEX_DESTROYED	       SHEX_WAITERS

static inline struct thread *
shex_owner(uintptr_t word)
{
	if ((word & SHEX_SHARED) != 0)
		return (NULL);
	return ((struct thread *)(word & ~(uintptr_t)SHEX_FLAGS));
}

struct shex {
	struct lock_object *lock;
	volatile uintptr_t *word;
	bool sleeps; /* waits are sleeps: Giant is let go, sleeping must be
			allowed */
};
bool shex_try_shared(const struct shex *s);
/* `more`: the thread holds another shared lock of this kind. */
void shex_lock_shared(const struct shex *s, bool more);
/* Takes it unless it is held; recursion is the caller's. */
bool shex_try_exclusive(const struct shex *s);
void shex_lock_exclusive(const struct shex *s);
void shex_unlock_shared(const struct shex *s);
void shex_unlock_exclusive(const struct shex *s);
bool shex_upgrade(const struct shex *s);
void shex_downgrade(const struct shex *s);
/* LA_; `shared` is the kind's word for it: "read " or "share ". */
void shex_assert(const struct lock_object *lock, uintptr_t word, int what,
    const char *shared, const char *file, int line);

#endif /* !RINGSIDE_KERNEL_LOCK_VAR_H */
