/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What all locks have in common (lock(9), locking(9)), and the checks of
 * their order (witness(4)).
 */
#ifndef _SYS_LOCK_H_
#define _SYS_LOCK_H_
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/_lock.h>
#include <sys/ktr.h>

struct thread;

/*
 * What sleep(9), condvar(9) and callout(9) know of a lock.  lc_unlock returns
 * how it was held, for lc_lock to take it the same way again: 0 exclusively,
 * else shared (for an rmlock, the address of the reader's tracker).
 */
struct lock_class {
	const char *lc_name;
	u_int lc_flags;
	void (*lc_assert)(const struct lock_object *lock, int what);
	void (*lc_lock)(struct lock_object *lock, uintptr_t how);
	int (*lc_owner)(const struct lock_object *lock, struct thread **owner);
	uintptr_t (*lc_unlock)(struct lock_object *lock);
};

#define LC_SLEEPLOCK   0x00000001 /* waits block */
#define LC_SPINLOCK    0x00000002
#define LC_SLEEPABLE   0x00000004 /* may be held while sleeping */
#define LC_RECURSABLE  0x00000008
#define LC_UPGRADABLE  0x00000010

#define LO_CLASSFLAGS  0x0000ffff
#define LO_INITIALIZED 0x00010000
#define LO_WITNESS     0x00020000 /* witness(4) watches it */
#define LO_QUIET       0x00040000
#define LO_RECURSABLE  0x00080000
#define LO_SLEEPABLE   0x00100000
#define LO_UPGRADABLE  0x00200000
#define LO_DUPOK       0x00400000 /* two of a type may be held */
#define LO_IS_VNODE    0x00800000
#define LO_CLASSMASK   0x0f000000
#define LO_NOPROFILE   0x10000000
#define LO_NEW	       0x20000000 /* may look as if it were initialized */

/* In the order of their class numbers. */
extern struct lock_class *lock_classes[];
extern struct lock_class lock_class_mtx_sleep;
extern struct lock_class lock_class_mtx_spin;
extern struct lock_class lock_class_sx;
extern struct lock_class lock_class_rw;
extern struct lock_class lock_class_rm;
extern struct lock_class lock_class_rm_sleepable;
#define LO_CLASSSHIFT	    24
#define LO_CLASSINDEX(lock) (((lock)->lo_flags & LO_CLASSMASK) >> LO_CLASSSHIFT)
#define LOCK_CLASS(lock)    (lock_classes[LO_CLASSINDEX((lock))])
#define LOCK_CLASS_MAX	    (LO_CLASSMASK >> LO_CLASSSHIFT)

/* Flags of an operation on a lock. */
#define LOP_NEWORDER  0x00000001 /* it may define a new order */
#define LOP_QUIET     0x00000002
#define LOP_TRYLOCK   0x00000004 /* its order is not checked */
#define LOP_EXCLUSIVE 0x00000008
#define LOP_DUPOK     0x00000010
#define LOP_NOSLEEP   0x00000020 /* held so, it forbids sleeping */

/* What an assertion demands. */
#define LA_MASKASSERT  0x000000ff
#define LA_UNLOCKED    0x00000000
#define LA_LOCKED      0x00000001
#define LA_SLOCKED     0x00000002
#define LA_XLOCKED     0x00000004
#define LA_RECURSED    0x00000008
#define LA_NOTRECURSED 0x00000010

/* Operations know where they are called, in every build. */
#define LOCK_DEBUG	       1
#define LOCK_FILE_LINE_ARG_DEF , const char *file, int line
#define LOCK_FILE_LINE_ARG     , file, line
#define LOCK_FILE	       __FILE__
#define LOCK_LINE	       __LINE__

#define lock_initialized(lo)   ((lo)->lo_flags & LO_INITIALIZED)

#define MPASS2(ex, what)       MPASS4(ex, what, __FILE__, __LINE__)
#define MPASS3(ex, file, line) MPASS4(ex, #ex, file, line)

/*
 * For implementations of locks.  Panics when the object is one already,
 * unless `flags` has LO_NEW; `type` is what witness(4) groups locks by, NULL:
 * the name.
 */
void lock_init(struct lock_object *lock, struct lock_class *class,
    const char *name, const char *type, int flags);
void lock_destroy(struct lock_object *lock);
/* A critical section that also keeps interrupts out: there is one kind. */
void spinlock_enter(void);
void spinlock_exit(void);

/*
 * witness(4).  The list of the locks that a thread holds is kept by _lock,
 * _unlock, _upgrade and _downgrade; _checkorder comes before a lock is taken
 * and reports an order that contradicts what was seen before.
 */
void witness_init(struct lock_object *lock, const char *type);
void witness_destroy(struct lock_object *lock);
/* EDOOFUS when the opposite order is known; 0 otherwise. */
int witness_defineorder(struct lock_object *first, struct lock_object *second);
void witness_checkorder(struct lock_object *lock, int flags, const char *file,
    int line, struct lock_object *interlock);
void witness_lock(struct lock_object *lock, int flags, const char *file,
    int line);
void witness_upgrade(struct lock_object *lock, int flags, const char *file,
    int line);
void witness_downgrade(struct lock_object *lock, int flags, const char *file,
    int line);
void witness_unlock(struct lock_object *lock, int flags, const char *file,
    int line);
/* Where it was taken, across a release and another acquisition. */
void witness_save(struct lock_object *lock, const char **filep, int *linep);
void witness_restore(struct lock_object *lock, const char *file, int line);
/* Locks that the running thread holds beside `lock`; 0: none to complain of. */
int witness_warn(int flags, struct lock_object *lock, const char *fmt, ...)
    __printflike(3, 4);
void witness_assert(const struct lock_object *lock, int what, const char *file,
    int line);
/* Where the running thread has taken it; NULL and 0 when it has not. */
const char *witness_file(struct lock_object *lock);
int witness_line(struct lock_object *lock);
/* From now on it must not be released; and may again. */
void witness_norelease(struct lock_object *lock);
void witness_releaseok(struct lock_object *lock);
void witness_thread_exit(struct thread *td);

/* witness_warn() */
#define WARN_GIANTOK		 0x01 /* Giant does not count */
#define WARN_PANIC		 0x02
#define WARN_SLEEPOK		 0x04 /* sleepable locks do not count */

#define WITNESS_INIT(lock, type) witness_init((lock), (type))
#define WITNESS_DESTROY(lock)	 witness_destroy(lock)
#define WITNESS_CHECKORDER(lock, flags, file, line, interlock) \
	witness_checkorder((lock), (flags), (file), (line), (interlock))
#define WITNESS_DEFINEORDER(lock1, lock2)                  \
	witness_defineorder((struct lock_object *)(lock1), \
	    (struct lock_object *)(lock2))
#define WITNESS_LOCK(lock, flags, file, line) \
	witness_lock((lock), (flags), (file), (line))
#define WITNESS_UPGRADE(lock, flags, file, line) \
	witness_upgrade((lock), (flags), (file), (line))
#define WITNESS_DOWNGRADE(lock, flags, file, line) \
	witness_downgrade((lock), (flags), (file), (line))
#define WITNESS_UNLOCK(lock, flags, file, line) \
	witness_unlock((lock), (flags), (file), (line))
#define WITNESS_CHECK(flags, lock, fmt, ...) \
	witness_warn((flags), (lock), (fmt), ##__VA_ARGS__)
#define WITNESS_WARN(flags, lock, fmt, ...) \
	witness_warn((flags), (lock), (fmt), ##__VA_ARGS__)
#define WITNESS_SAVE_DECL(n) \
	const char *n##__wf; \
	int n##__wl
#define WITNESS_SAVE(lock, n)	 witness_save((lock), &n##__wf, &n##__wl)
#define WITNESS_RESTORE(lock, n) witness_restore((lock), n##__wf, n##__wl)
#define WITNESS_NORELEASE(lock)	 witness_norelease(&(lock)->lock_object)
#define WITNESS_RELEASEOK(lock)	 witness_releaseok(&(lock)->lock_object)
#define WITNESS_FILE(lock)	 witness_file(lock)
#define WITNESS_LINE(lock)	 witness_line(lock)

#endif /* !_SYS_LOCK_H_ */
