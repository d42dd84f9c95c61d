/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the two files of taskqueue(9) share.
 */
#ifndef RINGSIDE_KERNEL_TASKQUEUE_VAR_H
#define RINGSIDE_KERNEL_TASKQUEUE_VAR_H

#include "kernel/kern.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/taskqueue.h>

/* A task that a thread is running just now. */
struct taskqueue_busy {
	struct task *tb_running;
	struct thread *tb_thread;
	u_int tb_seq;
	bool tb_canceling;
	LIST_ENTRY(taskqueue_busy) tb_link;
};

struct taskqueue {
	LIST_ENTRY(taskqueue) tq_link; /* all queues */
	STAILQ_HEAD(, task) tq_queue;  /* by priority, then by age */
	LIST_HEAD(, taskqueue_busy) tq_active;
	taskqueue_enqueue_fn tq_enqueue;
	void *tq_context;
	char tq_name[32];
	struct mtx tq_mutex;
	struct thread **tq_threads;
	int tq_tcount;	 /* threads that have not ended */
	int tq_slots;	 /* of tq_threads */
	int tq_callouts; /* timeout tasks that wait for their time */
	taskqueue_callback_fn tq_callbacks[TASKQUEUE_NUM_CALLBACKS];
	void *tq_cb_contexts[TASKQUEUE_NUM_CALLBACKS];
	u_int tq_seq;
	bool tq_spin;
	bool tq_giant; /* tasks run with Giant held */
	bool tq_blocked;
	bool tq_pending; /* enqueued while blocked */
	bool tq_dying;
};

static inline void
tq_lock(struct taskqueue *tq)
{
	if (tq->tq_spin)
		mtx_lock_spin(&tq->tq_mutex);
	else
		mtx_lock(&tq->tq_mutex);
}

static inline void
tq_unlock(struct taskqueue *tq)
{
	if (tq->tq_spin)
		mtx_unlock_spin(&tq->tq_mutex);
	else
		mtx_unlock(&tq->tq_mutex);
}

/* With the queue locked, as the functions without _locked. */
int taskqueue_enqueue_locked(struct taskqueue *tq, struct task *task,
    int flags);
int taskqueue_cancel_locked(struct taskqueue *tq, struct task *task,
    u_int *pendp);

#endif /* !RINGSIDE_KERNEL_TASKQUEUE_VAR_H */
