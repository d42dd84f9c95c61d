/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * refcount(9): counters that panic rather than wrap or go below zero.
 */
#ifndef _SYS_REFCOUNT_H_
#define _SYS_REFCOUNT_H_

#include <sys/types.h>
#include <sys/systm.h>
#include <machine/atomic.h>

#define REFCOUNT_SATURATED(val)	  (((val) & (1U << 31)) != 0)
#define REFCOUNT_SATURATION_VALUE (3U << 30)

static inline void
refcount_init(volatile u_int *count, u_int value)
{
	KASSERT(!REFCOUNT_SATURATED(value),
	    ("refcount_init: %u is not a possible count", value));
	atomic_store_int(count, value);
}

static inline u_int
refcount_load(volatile u_int *count)
{
	return (atomic_load_int(count));
}

/* These return the count before. */
static inline u_int
refcount_acquiren(volatile u_int *count, u_int n)
{
	u_int old;

	KASSERT(n < REFCOUNT_SATURATION_VALUE / 2,
	    ("refcount_acquiren: n=%u too large", n));
	old = atomic_fetchadd_int(count, n);
	/* Nothing can be acquired that has gone. */
	if (old == 0 || REFCOUNT_SATURATED(old))
		panic("refcount_acquire: count at %p was %u", count, old);
	return (old);
}

static inline u_int
refcount_acquire(volatile u_int *count)
{
	return (refcount_acquiren(count, 1));
}

/* Whether there was room for one more. */
static inline __result_use_check bool
refcount_acquire_checked(volatile u_int *count)
{
	u_int old = atomic_load_int(count);

	do {
		if (REFCOUNT_SATURATED(old + 1))
			return (false);
	} while (!atomic_fcmpset_int(count, &old, old + 1));
	return (true);
}

/* Whether the count was greater than n, and is one more now. */
static inline __result_use_check bool
refcount_acquire_if_gt(volatile u_int *count, u_int n)
{
	u_int old = atomic_load_int(count);

	do {
		if (old <= n)
			return (false);
		if (REFCOUNT_SATURATED(old))
			return (true);
	} while (!atomic_fcmpset_int(count, &old, old + 1));
	return (true);
}

static inline __result_use_check bool
refcount_acquire_if_not_zero(volatile u_int *count)
{
	return (refcount_acquire_if_gt(count, 0));
}

/* Whether these were the last references. */
static inline bool
refcount_releasen(volatile u_int *count, u_int n)
{
	u_int old;

	KASSERT(n < REFCOUNT_SATURATION_VALUE / 2,
	    ("refcount_releasen: n=%u too large", n));
	atomic_thread_fence_rel();
	old = atomic_fetchadd_int(count, -n);
	if (old < n || REFCOUNT_SATURATED(old))
		panic("refcount_release: count at %p was %u", count, old);
	if (old > n)
		return (false);
	atomic_thread_fence_acq();
	return (true);
}

static inline bool
refcount_release(volatile u_int *count)
{
	return (refcount_releasen(count, 1));
}

/* Whether the count was greater than n, and is one less now. */
static inline __result_use_check bool
refcount_release_if_gt(volatile u_int *count, u_int n)
{
	u_int old = atomic_load_int(count);

	KASSERT(n > 0, ("%s: zero increment", __func__));
	do {
		if (old <= n || REFCOUNT_SATURATED(old))
			return (false);
	} while (!atomic_fcmpset_rel_int(count, &old, old - 1));
	return (true);
}

static inline __result_use_check bool
refcount_release_if_not_last(volatile u_int *count)
{
	return (refcount_release_if_gt(count, 1));
}

/* Whether it was the last one, and is gone now. */
static inline __result_use_check bool
refcount_release_if_last(volatile u_int *count)
{
	u_int old = atomic_load_int(count);

	do {
		if (old != 1)
			return (false);
	} while (!atomic_fcmpset_rel_int(count, &old, 0));
	atomic_thread_fence_acq();
	return (true);
}

#endif /* !_SYS_REFCOUNT_H_ */
