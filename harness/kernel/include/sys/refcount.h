/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * refcount(9): counters that panic rather than wrap or go below zero.
 */
#ifndef _SYS_REFCOUNT_H_
#define _SYS_REFCOUNT_H_

#include <sys/types.h>
#include <sys/systm.h>

#define REFCOUNT_SATURATED(val) (((val) & (1U << 31)) != 0)

static inline void
refcount_init(volatile u_int *count, u_int value)
{
	KASSERT(!REFCOUNT_SATURATED(value),
	    ("refcount_init: %u is not a possible count", value));
	__atomic_store_n(count, value, __ATOMIC_RELAXED);
}

static inline u_int
refcount_load(volatile u_int *count)
{
	return (__atomic_load_n(count, __ATOMIC_RELAXED));
}

/* Returns the count before. */
static inline u_int
refcount_acquire(volatile u_int *count)
{
	u_int old;

	old = __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	if (old == 0 || REFCOUNT_SATURATED(old))
		panic("refcount_acquire: count at %p was %u", count, old);
	return (old);
}

/* Returns whether this was the last reference. */
static inline bool
refcount_release(volatile u_int *count)
{
	u_int old;

	old = __atomic_fetch_sub(count, 1, __ATOMIC_ACQ_REL);
	if (old == 0 || REFCOUNT_SATURATED(old))
		panic("refcount_release: count at %p was %u", count, old);
	return (old == 1);
}

#endif /* !_SYS_REFCOUNT_H_ */
