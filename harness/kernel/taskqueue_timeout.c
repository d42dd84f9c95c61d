/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * taskqueue(9): tasks that are enqueued after a time.
 */
#include "kernel/taskqueue_var.h"

#include <sys/callout.h>

/* Of a timeout task. */
#define TT_ARMED    0x1 /* its callout is pending */
#define TT_DRAINING 0x2

void
_timeout_task_init(struct taskqueue *tq, struct timeout_task *tt, int priority,
    task_fn_t *func, void *context)
{
	KASSERT(!tq->tq_spin, ("Timeout for spin-queue"));
	TASK_INIT(&tt->t, priority, func, context);
	callout_init_mtx(&tt->c, &tq->tq_mutex, CALLOUT_RETURNUNLOCKED);
	tt->q = tq;
	tt->f = 0;
}

/* The callout's: with the queue locked; it returns with it unlocked. */
static void
timeout_func(void *arg)
{
	struct timeout_task *tt = arg;
	struct taskqueue *tq = tt->q;

	KASSERT((tt->f & TT_ARMED) != 0, ("Stray timeout"));
	tt->f &= ~TT_ARMED;
	tq->tq_callouts--;
	(void)taskqueue_enqueue_locked(tq, &tt->t, 0);
	if (tq->tq_dying)
		wakeup_one(&tq->tq_threads);
	tq_unlock(tq);
}

int
taskqueue_enqueue_timeout_sbt(struct taskqueue *tq, struct timeout_task *tt,
    sbintime_t sbt, sbintime_t pr, int flags)
{
	int pending;

	KASSERT(tt->q == NULL || tt->q == tq, ("Migrated queue"));
	KASSERT(!tq->tq_spin, ("Timeout for spin-queue"));
	KASSERT(tt->t.ta_func != NULL, ("enqueueing task with NULL func"));
	tq_lock(tq);
	tt->q = tq;
	pending = tt->t.ta_pending;
	if ((tt->f & TT_DRAINING) != 0)
		pending = -1;
	else if (sbt == 0)
		(void)taskqueue_enqueue_locked(tq, &tt->t, 0);
	else {
		if ((tt->f & TT_ARMED) != 0)
			pending++;
		else {
			tq->tq_callouts++;
			tt->f |= TT_ARMED;
			/* Negative: do not set anew what is armed. */
			sbt = sbt < 0 ? -sbt : sbt;
		}
		if (sbt > 0)
			callout_reset_sbt(&tt->c, sbt, pr, timeout_func, tt,
			    flags);
	}
	tq_unlock(tq);
	return (pending);
}

int
taskqueue_enqueue_timeout(struct taskqueue *tq, struct timeout_task *tt,
    int to_ticks)
{
	return (
	    taskqueue_enqueue_timeout_sbt(tq, tt, to_ticks * tick_sbt, 0, 0));
}

int
taskqueue_cancel_timeout(struct taskqueue *tq, struct timeout_task *tt,
    u_int *pendp)
{
	u_int armed, pending;
	int error;

	tq_lock(tq);
	armed = callout_stop(&tt->c) > 0 ? 1 : 0;
	error = taskqueue_cancel_locked(tq, &tt->t, &pending);
	if ((tt->f & TT_ARMED) != 0) {
		tt->f &= ~TT_ARMED;
		tq->tq_callouts--;
	}
	tq_unlock(tq);
	if (pendp != NULL)
		*pendp = armed + pending;
	return (error);
}

void
taskqueue_drain_timeout(struct taskqueue *tq, struct timeout_task *tt)
{
	/* Nobody arms it again meanwhile. */
	tq_lock(tq);
	KASSERT((tt->f & TT_DRAINING) == 0, ("Drain already in progress"));
	tt->f |= TT_DRAINING;
	tq_unlock(tq);

	(void)callout_drain(&tt->c);
	tq_lock(tq);
	if ((tt->f & TT_ARMED) != 0) {
		tt->f &= ~TT_ARMED;
		tq->tq_callouts--;
	}
	tq_unlock(tq);
	taskqueue_drain(tq, &tt->t);

	tq_lock(tq);
	tt->f &= ~TT_DRAINING;
	tq_unlock(tq);
}
