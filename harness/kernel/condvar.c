/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * condvar(9): a sleep on the condition variable itself, with a count of those
 * who may sleep there.
 */
#include "kernel/lock_var.h"

#include <sys/condvar.h>

void
cv_init(struct cv *cvp, const char *desc)
{
	cvp->cv_description = desc;
	cvp->cv_waiters = 0;
	kern_new(KO_CONDVAR, cvp, sizeof(*cvp), desc);
}

void
cv_destroy(struct cv *cvp)
{
	KASSERT(!sleep_has_waiters(cvp),
	    ("cv_destroy: associated sleep queue non-empty: %s",
		cvp->cv_description));
	kern_gone(KO_CONDVAR, cvp, cvp->cv_description);
}

/*
 * Whoever is woken must not look at the variable again: the last one may
 * have destroyed it.  So the waker counts him off.
 */
static int
wait_on(struct cv *cvp, struct lock_object *lock, sim_time until, bool relock)
{
	struct lock_class *class;
	WITNESS_SAVE_DECL(lock);
	struct giant giant;
	uintptr_t how = 0;
	bool woken;

	KASSERT(cvp != NULL, ("cv_wait: cvp NULL"));
	KASSERT(lock != NULL, ("cv_wait: lock NULL"));
	/* Nobody could wake it: whoever polls goes round again. */
	if (SCHEDULER_STOPPED())
		return (0);
	class = LOCK_CLASS(lock);
	if ((class->lc_flags & LC_SPINLOCK) != 0)
		(void)class->lc_unlock(lock); /* says that it cannot */
	sleep_check("Waiting on", cvp->cv_description, lock);
	cvp->cv_waiters++;
	sleep_begin(cvp, cvp->cv_description);
	WITNESS_SAVE(lock, lock);
	if (lock == &Giant.lock_object) {
		mtx_assert(&Giant, MA_OWNED);
		giant_drop(&giant);
	} else {
		giant_drop(&giant);
		how = class->lc_unlock(lock);
	}
	woken = sleep_end(until);
	if (!woken)
		cvp->cv_waiters--;
	giant_pickup(&giant);
	if (relock && lock != &Giant.lock_object) {
		class->lc_lock(lock, how);
		WITNESS_RESTORE(lock, lock);
	}
	return (woken ? 0 : EWOULDBLOCK);
}

void
_cv_wait(struct cv *cvp, struct lock_object *lock)
{
	(void)wait_on(cvp, lock, SIM_NEVER, true);
}

void
_cv_wait_unlock(struct cv *cvp, struct lock_object *lock)
{
	KASSERT(lock != &Giant.lock_object,
	    ("cv_wait_unlock cannot be used with Giant"));
	(void)wait_on(cvp, lock, SIM_NEVER, false);
}

int
_cv_wait_sig(struct cv *cvp, struct lock_object *lock)
{
	return (wait_on(cvp, lock, SIM_NEVER, true));
}

int
_cv_timedwait_sbt(struct cv *cvp, struct lock_object *lock, sbintime_t sbt,
    sbintime_t pr, int flags)
{
	(void)pr;
	return (wait_on(cvp, lock, sleep_deadline(sbt, flags), true));
}

int
_cv_timedwait_sig_sbt(struct cv *cvp, struct lock_object *lock, sbintime_t sbt,
    sbintime_t pr, int flags)
{
	return (_cv_timedwait_sbt(cvp, lock, sbt, pr, flags));
}

void
cv_signal(struct cv *cvp)
{
	if (cvp->cv_waiters == 0)
		return;
	cvp->cv_waiters--;
	wakeup_one(cvp);
}

void
cv_broadcastpri(struct cv *cvp, int pri)
{
	(void)pri; /* no influence on the executive */
	if (cvp->cv_waiters == 0)
		return;
	cvp->cv_waiters = 0;
	wakeup(cvp);
}
