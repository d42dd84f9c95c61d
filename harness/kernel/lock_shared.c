/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine below rwlock(9) and sx(9); see lock_var.h.
 *
 * Who lets a lock go leaves it free and wakes a whole line: the exclusive
 * one, if there is one.  Who is woken tries again, and another thread may
 * have been faster: as on FreeBSD, locks are not handed over.
 */
#include "kernel/lock_var.h"

static bool
may_share(uintptr_t word, bool more)
{
	if ((word & SHEX_SHARED) == 0)
		return (false);
	return ((word & SHEX_EXCLUSIVE_WAITERS) == 0 || more);
}

static bool
may_own(uintptr_t word)
{
	return ((word & ~(uintptr_t)SHEX_WAITERS) == SHEX_UNLOCKED);
}

/* The lock is free: leaves `word` in it and lets waiters have it. */
static void
release(const struct shex *s, uintptr_t waiters)
{
	if ((waiters & SHEX_EXCLUSIVE_WAITERS) != 0) {
		*s->word = SHEX_UNLOCKED | (waiters & SHEX_SHARED_WAITERS);
		lock_wake_all(s->lock, LOCK_QUEUE_EXCLUSIVE);
	} else {
		*s->word = SHEX_UNLOCKED;
		if (waiters != 0)
			lock_wake_all(s->lock, LOCK_QUEUE_SHARED);
	}
}

bool
shex_try_shared(const struct shex *s)
{
	/* A try gets past those who wait. */
	if ((*s->word & SHEX_SHARED) == 0)
		return (false);
	*s->word += SHEX_ONE;
	return (true);
}

bool
shex_try_exclusive(const struct shex *s)
{
	if (!may_own(*s->word))
		return (false);
	*s->word = (uintptr_t)curthread | (*s->word & SHEX_WAITERS);
	return (true);
}

/*
 * Giant goes before the lock is looked at again: others may run when it is
 * let go.
 */
static void
before_wait(const struct shex *s, struct giant *giant)
{
	giant->depth = 0;
	if (!s->sleeps)
		return;
	kern_assert_can_sleep(s->lock->lo_name);
	giant_drop(giant);
}

void
shex_lock_shared(const struct shex *s, bool more)
{
	struct giant giant;

	if (__predict_true(may_share(*s->word, more))) {
		*s->word += SHEX_ONE;
		return;
	}
	before_wait(s, &giant);
	while (!may_share(*s->word, more)) {
		*s->word |= SHEX_SHARED_WAITERS;
		lock_wait(s->lock, LOCK_QUEUE_SHARED);
	}
	*s->word += SHEX_ONE;
	giant_pickup(&giant);
}

void
shex_lock_exclusive(const struct shex *s)
{
	struct giant giant;

	if (__predict_true(shex_try_exclusive(s)))
		return;
	before_wait(s, &giant);
	while (!shex_try_exclusive(s)) {
		*s->word |= SHEX_EXCLUSIVE_WAITERS;
		lock_wait(s->lock, LOCK_QUEUE_EXCLUSIVE);
	}
	giant_pickup(&giant);
}

void
shex_unlock_shared(const struct shex *s)
{
	if (SHEX_SHARERS(*s->word) > 1)
		*s->word -= SHEX_ONE;
	else
		release(s, *s->word & SHEX_WAITERS);
}

void
shex_unlock_exclusive(const struct shex *s)
{
	if (s->lock->lo_data != 0) {
		if (--s->lock->lo_data == 0)
			*s->word &= ~(uintptr_t)SHEX_RECURSED;
		return;
	}
	release(s, *s->word & SHEX_WAITERS);
}

bool
shex_upgrade(const struct shex *s)
{
	if (SHEX_SHARERS(*s->word) != 1)
		return (false);
	*s->word = (uintptr_t)curthread | (*s->word & SHEX_WAITERS);
	return (true);
}

/* Sharers that wait may come in, unless somebody wants it for himself. */
void
shex_downgrade(const struct shex *s)
{
	uintptr_t waiters = *s->word & SHEX_WAITERS;

	*s->word = SHEX_ONE | SHEX_SHARED | waiters;
	if (waiters == SHEX_SHARED_WAITERS) {
		*s->word = SHEX_ONE | SHEX_SHARED;
		lock_wake_all(s->lock, LOCK_QUEUE_SHARED);
	}
}

/*
 * Without witness(4) it is not known who shares a lock: then any sharer will
 * do, as in the manual's section BUGS.
 */
void
shex_assert(const struct lock_object *lock, uintptr_t word, int what,
    const char *shared, const char *file, int line)
{
	bool owned = shex_owner(word) == curthread && curthread != NULL;
	bool recursed = owned && (word & SHEX_RECURSED) != 0;
	const char *name = lock->lo_name;

	if (KERNEL_PANICKED() || SCHEDULER_STOPPED())
		return;
	switch (what & ~(LA_RECURSED | LA_NOTRECURSED)) {
	case LA_LOCKED:
	case LA_SLOCKED:
		if (lock->lo_witness != NULL && witness_watch > 0) {
			witness_assert(lock, what, file, line);
			return;
		}
		if ((word & SHEX_SHARED) != 0 ?
			SHEX_SHARERS(word) == 0 :
			(!owned || (what & LA_SLOCKED) != 0))
			panic("Lock %s not %slocked @ %s:%d", name,
			    (what & LA_SLOCKED) != 0 ? shared : "", file, line);
		if ((word & SHEX_SHARED) != 0)
			return;
		break;
	case LA_XLOCKED:
		if (!owned)
			panic("Lock %s not exclusively locked @ %s:%d", name,
			    file, line);
		break;
	case LA_UNLOCKED:
		if (lock->lo_witness != NULL && witness_watch > 0)
			witness_assert(lock, what, file, line);
		else if (owned)
			panic("Lock %s exclusively locked @ %s:%d", name, file,
			    line);
		return;
	default:
		panic("Unknown lock assertion: %d @ %s:%d", what, file, line);
	}
	if ((what & LA_RECURSED) != 0 && !recursed)
		panic("Lock %s not recursed @ %s:%d", name, file, line);
	if ((what & LA_NOTRECURSED) != 0 && recursed)
		panic("Lock %s recursed @ %s:%d", name, file, line);
}
