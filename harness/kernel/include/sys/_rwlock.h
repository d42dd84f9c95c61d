/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A reader/writer lock; see <sys/rwlock.h>.
 */
#ifndef _SYS__RWLOCK_H_
#define _SYS__RWLOCK_H_
#include <sys/types.h>
#include <sys/_lock.h>

struct rwlock {
	struct lock_object lock_object;
	volatile uintptr_t rw_lock; /* readers or the writer, and flags */
};

#endif /* !_SYS__RWLOCK_H_ */
