/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What all locks have in common (locking(9)).
 */
#ifndef _SYS_LOCK_H_
#define _SYS_LOCK_H_
#include <sys/queue.h>
#include <sys/_lock.h>
#include <sys/ktr.h>

struct thread;

/* How a sleep gives a lock back and takes it again. */
struct lock_class {
	const char *lc_name;
	u_int lc_flags;
	void (*lc_assert)(const struct lock_object *lock, int what);
	void (*lc_lock)(struct lock_object *lock, uintptr_t how);
	int (*lc_owner)(const struct lock_object *lock, struct thread **owner);
	uintptr_t (*lc_unlock)(struct lock_object *lock);
};

#define LC_SLEEPLOCK   0x00000001
#define LC_SPINLOCK    0x00000002
#define LC_SLEEPABLE   0x00000004
#define LC_RECURSABLE  0x00000008
#define LC_UPGRADABLE  0x00000010

#define LO_CLASSFLAGS  0x0000ffff
#define LO_INITIALIZED 0x00010000
#define LO_WITNESS     0x00020000
#define LO_QUIET       0x00040000
#define LO_RECURSABLE  0x00080000
#define LO_SLEEPABLE   0x00100000
#define LO_DUPOK       0x00400000
#define LO_NEW	       0x08000000
#define LO_CLASSSHIFT  24
#define LO_CLASSMASK   0x07000000

/* In the order of their class numbers. */
extern const struct lock_class *const lock_classes[];
#define LOCK_CLASS_MTX_SLEEP 0
#define LOCK_CLASS_MTX_SPIN  1
#define LOCK_CLASS(lock) \
	(lock_classes[((lock)->lo_flags & LO_CLASSMASK) >> LO_CLASSSHIFT])

#define LA_UNLOCKED    0x00000000
#define LA_LOCKED      0x00000001
#define LA_SLOCKED     0x00000002
#define LA_XLOCKED     0x00000004
#define LA_RECURSED    0x00000008
#define LA_NOTRECURSED 0x00000010

#define LOCK_FILE      __FILE__
#define LOCK_LINE      __LINE__

/* Nothing checks lock order: see the page locking(9) of this kernel. */
#define WITNESS_WARN(flags, lock, ...) (0)

#endif /* !_SYS_LOCK_H_ */
