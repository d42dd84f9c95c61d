/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A shared/exclusive lock; see <sys/sx.h>.
 */
#ifndef _SYS__SX_H_
#define _SYS__SX_H_
#include <sys/types.h>
#include <sys/_lock.h>

struct sx {
	struct lock_object lock_object;
	volatile uintptr_t sx_lock; /* sharers or the owner, and flags */
};

#endif /* !_SYS__SX_H_ */
