/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sleep(9): threads that wait on a channel, and those who wake them.
 */
#include "kernel/kern.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

/* Few threads sleep at a time: one list, the longest sleeper first. */
static TAILQ_HEAD(, thread) sleepers = TAILQ_HEAD_INITIALIZER(sleepers);

void
sleep_boot(void)
{
	TAILQ_INIT(&sleepers);
}

void
sleep_halt(void)
{
	/* Threads that still sleep are forgotten with all threads. */
	TAILQ_INIT(&sleepers);
}

void
kern_assert_can_sleep(const char *what)
{
	struct thread *td = curthread;

	if (KERNEL_PANICKED())
		return;
	KASSERT(td != NULL, ("%s: sleeping outside of a thread", what));
	if (td->td_critnest != 0 || td->td_spinlocks != 0)
		panic("%s: sleeping in a critical section or with a spin mutex "
		      "held",
		    what);
	if (td->td_intr_nesting_level != 0)
		panic("%s: sleeping in an interrupt filter", what);
	if (td->td_no_sleeping != 0)
		panic("%s: sleeping thread %s, which must not sleep", what,
		    td->td_name);
	if (td->td_locks != 0)
		panic("%s: sleeping with %d non-sleepable locks held", what,
		    td->td_locks);
}

/*
 * When a sleep ends, in virtual time.  Rounded up, as a sleep is never
 * shorter than asked for; ticks are whole ones.
 */
static sim_time
deadline(sbintime_t sbt, int flags)
{
	int64_t ns;

	if (sbt <= 0 && (flags & C_ABSOLUTE) == 0)
		return (SIM_NEVER);
	if ((flags & C_HARDCLOCK) != 0)
		ns = howmany(sbt, tick_sbt) * (1000000000 / hz);
	else
		ns = sbttons(sbt) + 1;
	if ((flags & C_ABSOLUTE) == 0)
		return (sim_now() + (sim_time)ns);
	/* sbinuptime() is a second ahead; the time may have passed. */
	return (ns > 1000000000 ? (sim_time)ns - 1000000000 : 0);
}

/*
 * A sleep has two halves.  The thread stands among the sleepers before it
 * lets go of its lock, so that no wakeup(9) can come between and be lost.
 */
static void
sleep_prepare(const void *chan, const char *wmesg)
{
	struct thread *td = curthread;

	td->td_wchan = chan;
	td->td_wmesg = wmesg;
	td->td_woken = false;
	TAILQ_INSERT_TAIL(&sleepers, td, td_slpq);
}

/* Returns whether somebody woke the thread. */
static bool
sleep_wait(const char *wmesg, sim_time until)
{
	struct thread *td = curthread;

	while (!td->td_woken && sim_block(wmesg, until))
		continue;
	if (!td->td_woken)
		TAILQ_REMOVE(&sleepers, td, td_slpq);
	td->td_wchan = NULL;
	td->td_wmesg = NULL;
	return (td->td_woken);
}

int
_sleep(const void *chan, struct lock_object *lock, int pri, const char *wmesg,
    sbintime_t sbt, sbintime_t pr, int flags)
{
	const struct lock_class *class = NULL;
	uintptr_t how = 0;
	sim_time until;
	bool woken;

	(void)pr; /* nothing gains by coalescing virtual timeouts */
	KASSERT(chan != NULL, ("_sleep: %s: no channel", wmesg));
	KASSERT(sbt != 0 || lock != NULL || (pri & PNOLOCK) != 0 ||
		(pri & PDROP) == 0,
	    ("_sleep: PDROP without a lock"));
	/* Nobody could wake it: whoever polls goes round again. */
	if (SCHEDULER_STOPPED())
		return (0);
	if (lock != NULL) {
		class = LOCK_CLASS(lock);
		KASSERT((class->lc_flags & LC_SPINLOCK) == 0,
		    ("_sleep: spin mutex %s", lock->lo_name));
	}
	until = deadline(sbt, flags);
	sleep_prepare(chan, wmesg);
	if (lock != NULL)
		how = class->lc_unlock(lock);
	kern_assert_can_sleep(wmesg);
	woken = sleep_wait(wmesg, until);
	if (lock != NULL && (pri & PDROP) == 0)
		class->lc_lock(lock, how);
	return (woken ? 0 : EWOULDBLOCK);
}

int
msleep_spin_sbt(const void *chan, struct mtx *mtx, const char *wmesg,
    sbintime_t sbt, sbintime_t pr, int flags)
{
	const struct lock_class *class = LOCK_CLASS(&mtx->lock_object);
	uintptr_t how;
	sim_time until;
	bool woken;

	(void)pr;
	KASSERT((class->lc_flags & LC_SPINLOCK) != 0,
	    ("msleep_spin: %s %s", class->lc_name, mtx_name(mtx)));
	if (SCHEDULER_STOPPED())
		return (0);
	until = deadline(sbt, flags);
	sleep_prepare(chan, wmesg);
	how = class->lc_unlock(&mtx->lock_object);
	kern_assert_can_sleep(wmesg);
	woken = sleep_wait(wmesg, until);
	class->lc_lock(&mtx->lock_object, how);
	return (woken ? 0 : EWOULDBLOCK);
}

/* Nobody wakes a pause: it ends by time alone. */
int
pause_sbt(const char *wmesg, sbintime_t sbt, sbintime_t pr, int flags)
{
	(void)pr;
	KASSERT(sbt >= 0, ("pause_sbt: timeout must be >= 0"));
	if (sbt == 0)
		sbt = tick_sbt; /* as pause(9) promises */
	if (SCHEDULER_STOPPED()) {
		sim_delay((sim_time)sbttons(sbt));
		return (EWOULDBLOCK);
	}
	kern_assert_can_sleep(wmesg);
	sleep_prepare(&pause_sbt, wmesg);
	(void)sleep_wait(wmesg, deadline(sbt, flags));
	return (EWOULDBLOCK);
}

static bool
wake(const void *chan, bool all)
{
	struct thread *td, *next;
	bool any = false;

	TAILQ_FOREACH_SAFE(td, &sleepers, td_slpq, next) {
		if (td->td_wchan != chan)
			continue;
		TAILQ_REMOVE(&sleepers, td, td_slpq);
		td->td_woken = true;
		any = true;
		sim_wake(td->td_task);
		if (!all)
			break;
	}
	return (any);
}

void
wakeup(const void *chan)
{
	(void)wake(chan, true);
}

void
wakeup_one(const void *chan)
{
	(void)wake(chan, false);
}

void
wakeup_any(const void *chan)
{
	(void)wake(chan, false);
}
