/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sleep(9): threads that wait on a channel, and those who wake them.
 */
#include "kernel/lock_var.h"

/* Few threads sleep at a time: one list, the longest sleeper first. */
static TAILQ_HEAD(, thread) sleepers = TAILQ_HEAD_INITIALIZER(sleepers);
static uint64_t sleep_order; /* sleeps begun so far */

void
sleep_boot(void)
{
	TAILQ_INIT(&sleepers);
	sleep_order = 0;
}

void
sleep_halt(void)
{
	/* Threads that still sleep are forgotten with all threads. */
	TAILQ_INIT(&sleepers);
}

/* Locks held that forbid sleeping; Giant does not: it is let go. */
static int
nonsleepable(const struct thread *td, const struct lock_object *interlock)
{
	int n = td->td_locks - td->td_sleepable_locks;

	if (mtx_owned(&Giant))
		n--;
	if (interlock != NULL && interlock != &Giant.lock_object &&
	    (LOCK_CLASS(interlock)->lc_flags & (LC_SPINLOCK | LC_SLEEPABLE)) ==
		0)
		n--;
	return (n);
}

static void
locks_forbid(const char *doing, const char *what,
    const struct lock_object *interlock)
{
	struct thread *td = curthread;
	char last[256] = "not watched";
	const struct lock_instance *li;

	for (u_int i = 0; i < td->td_nheld; i++) {
		li = &td->td_held[i];
		if ((li->li_flags & LI_SLEEPABLE) != 0 ||
		    li->li_lock == interlock ||
		    li->li_lock == &Giant.lock_object)
			continue;
		(void)witness_format(li, last, sizeof(last));
		printf("held: %s\n", last);
	}
	panic("%s \"%s\" with the following non-sleepable locks held: %d, the "
	      "last is %s",
	    doing, what, nonsleepable(td, interlock), last);
}

void
sleep_check(const char *doing, const char *what,
    const struct lock_object *interlock)
{
	struct thread *td = curthread;

	if (KERNEL_PANICKED())
		return;
	if (td == NULL)
		panic("%s \"%s\" outside of a thread", doing, what);
	if (td->td_critnest != 0 || td->td_spinlocks != 0)
		panic("%s \"%s\" in a critical section or with a spin mutex "
		      "held",
		    doing, what);
	if (td->td_intr_nesting_level != 0)
		panic("%s \"%s\" in an interrupt filter, which may not sleep",
		    doing, what);
	if (!THREAD_CAN_SLEEP())
		panic("%s \"%s\" with sleeping prohibited, in thread %s", doing,
		    what, td->td_name);
	if (nonsleepable(td, interlock) > 0)
		locks_forbid(doing, what, interlock);
}

void
kern_assert_can_sleep(const char *what)
{
	sleep_check("Sleeping in", what, NULL);
}

/*
 * When a sleep ends, in virtual time.  Rounded up, as a sleep is never
 * shorter than asked for; ticks are whole ones.
 */
sim_time
sleep_deadline(sbintime_t sbt, int flags)
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

void
sleep_begin(const void *chan, const char *wmesg)
{
	struct thread *td = curthread;

	td->td_wchan = chan;
	td->td_wmesg = wmesg;
	td->td_woken = false;
	td->td_wait_order = sleep_order++;
	TAILQ_INSERT_TAIL(&sleepers, td, td_slpq);
}

bool
sleep_end(sim_time until)
{
	struct thread *td = curthread;

	while (!td->td_woken) {
		if (!sim_block(td->td_wmesg, until))
			break;
	}
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
	WITNESS_SAVE_DECL(lock);
	struct giant giant;
	uintptr_t how = 0;
	sim_time until;
	bool woken;

	(void)pr; /* nothing gains by coalescing virtual timeouts */
	KASSERT(chan != NULL, ("_sleep: NULL ident"));
	KASSERT(sbt != 0 || lock != NULL || (pri & PNOLOCK) != 0 ||
		mtx_owned(&Giant),
	    ("sleeping without a lock: \"%s\"", wmesg));
	KASSERT((pri & PDROP) == 0 ||
		(lock != NULL && lock != &Giant.lock_object),
	    ("PDROP requires a non-Giant lock"));
	if (lock != NULL) {
		class = LOCK_CLASS(lock);
		if ((class->lc_flags & LC_SPINLOCK) != 0)
			(void)class->lc_unlock(lock); /* says that it cannot */
	}
	/* Nobody could wake it: whoever polls goes round again. */
	if (SCHEDULER_STOPPED())
		return (0);
	if (lock == &Giant.lock_object) {
		mtx_assert(&Giant, MA_OWNED);
		lock = NULL; /* is let go in any case */
	}
	sleep_check("Sleeping on", wmesg, lock);
	until = sleep_deadline(sbt, flags);
	sleep_begin(chan, wmesg);
	giant_drop(&giant);
	if (lock != NULL) {
		WITNESS_SAVE(lock, lock);
		how = class->lc_unlock(lock);
	}
	woken = sleep_end(until);
	giant_pickup(&giant);
	if (lock != NULL && (pri & PDROP) == 0) {
		class->lc_lock(lock, how);
		WITNESS_RESTORE(lock, lock);
	}
	return (woken ? 0 : EWOULDBLOCK);
}

int
msleep_spin_sbt(const void *chan, struct mtx *mtx, const char *wmesg,
    sbintime_t sbt, sbintime_t pr, int flags)
{
	WITNESS_SAVE_DECL(lock);
	struct giant giant;
	sim_time until;
	bool woken;

	(void)pr;
	KASSERT(mtx != NULL, ("sleeping without a mutex"));
	KASSERT(chan != NULL, ("msleep_spin_sbt: NULL ident"));
	if (SCHEDULER_STOPPED())
		return (0);
	KASSERT(LOCK_CLASS(&mtx->lock_object) == &lock_class_mtx_spin,
	    ("msleep_spin: %s %s", LOCK_CLASS(&mtx->lock_object)->lc_name,
		mtx_name(mtx)));
	mtx_assert(mtx, MA_OWNED | MA_NOTRECURSED);
	until = sleep_deadline(sbt, flags);
	sleep_begin(chan, wmesg);
	WITNESS_SAVE(&mtx->lock_object, lock);
	mtx_unlock_spin(mtx);
	giant_drop(&giant);
	sleep_check("Sleeping on", wmesg, NULL);
	woken = sleep_end(until);
	giant_pickup(&giant);
	mtx_lock_spin(mtx);
	WITNESS_RESTORE(&mtx->lock_object, lock);
	return (woken ? 0 : EWOULDBLOCK);
}

/* Nobody wakes a pause: it ends by time alone. */
int
pause_sbt(const char *wmesg, sbintime_t sbt, sbintime_t pr, int flags)
{
	KASSERT(sbt >= 0, ("pause_sbt: timeout must be >= 0"));
	if (sbt == 0)
		sbt = tick_sbt; /* as pause(9) promises */
	if (SCHEDULER_STOPPED()) {
		sim_delay((sim_time)sbttons(sbt));
		return (EWOULDBLOCK);
	}
	return (_sleep(&pause_sbt, NULL, 0, wmesg, sbt, pr, flags));
}

/*
 * --- waking ---
 */

/* Who sleeps longest there, and began before the `before`th sleep. */
static struct thread *
first_sleeper(const void *chan, uint64_t before)
{
	struct thread *td;

	TAILQ_FOREACH(td, &sleepers, td_slpq) {
		if (td->td_wchan == chan && td->td_wait_order < before)
			return (td);
	}
	return (NULL);
}

bool
sleep_has_waiters(const void *chan)
{
	return (first_sleeper(chan, sleep_order) != NULL);
}

static bool
wake_before(const void *chan, uint64_t before)
{
	struct thread *td = first_sleeper(chan, before);

	if (td == NULL)
		return (false);
	TAILQ_REMOVE(&sleepers, td, td_slpq);
	td->td_woken = true;
	sim_wake(td->td_task);
	return (true);
}

/*
 * A wake may let others run, who may go to sleep here again: they are not
 * meant, and whoever is has to be looked up each time.
 */
void
wakeup(const void *chan)
{
	uint64_t before = sleep_order;

	while (wake_before(chan, before))
		continue;
}

void
wakeup_one(const void *chan)
{
	(void)wake_before(chan, sleep_order);
}

void
wakeup_any(const void *chan)
{
	(void)wake_before(chan, sleep_order);
}
