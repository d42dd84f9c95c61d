/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A read-mostly lock; see <sys/rmlock.h>.
 */
#ifndef _SYS__RMLOCK_H_
#define _SYS__RMLOCK_H_
#include <sys/types.h>
#include <sys/queue.h>
#include <sys/_lock.h>

struct thread;
struct rm_priotracker;

struct rmlock {
	struct lock_object lock_object;
	struct thread *volatile rm_owner; /* the writer, or NULL */
	LIST_HEAD(, rm_priotracker) rm_activeReaders;
};

/* One hold of a reader's; lives from rm_rlock() to rm_runlock(). */
struct rm_priotracker {
	struct rmlock *rmp_rmlock;
	struct thread *rmp_thread;
	LIST_ENTRY(rm_priotracker) rmp_qentry;
};

#endif /* !_SYS__RMLOCK_H_ */
