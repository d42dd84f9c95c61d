/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * taskqueue(9): work that runs later, in a thread of the queue's.
 */
#include "kernel/kern.h"

#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/taskqueue.h>

static MALLOC_DEFINE(M_TASKQUEUE, "taskqueue", "Task Queues");

/* A task that a thread is running just now. */
struct taskqueue_busy {
	struct task *tb_running;
	u_int tb_seq;
	LIST_ENTRY(taskqueue_busy) tb_link;
};

struct taskqueue {
	STAILQ_HEAD(, task) tq_queue; /* by priority, then by age */
	LIST_HEAD(, taskqueue_busy) tq_active;
	taskqueue_enqueue_fn tq_enqueue;
	void *tq_context;
	char tq_name[32];
	struct mtx tq_mutex;
	struct thread **tq_threads;
	int tq_tcount; /* threads that have not ended */
	int tq_slots;  /* of tq_threads */
	u_int tq_seq;
	bool tq_spin;
	bool tq_blocked;
	bool tq_pending; /* enqueued while blocked */
	bool tq_dying;
};

struct taskqueue *taskqueue_thread;
struct taskqueue *taskqueue_swi;
struct taskqueue *taskqueue_fast;

static void
tq_lock(struct taskqueue *tq)
{
	if (tq->tq_spin)
		mtx_lock_spin(&tq->tq_mutex);
	else
		mtx_lock(&tq->tq_mutex);
}

static void
tq_unlock(struct taskqueue *tq)
{
	if (tq->tq_spin)
		mtx_unlock_spin(&tq->tq_mutex);
	else
		mtx_unlock(&tq->tq_mutex);
}

static void
tq_sleep(struct taskqueue *tq, const void *chan, const char *wmesg)
{
	if (tq->tq_spin)
		msleep_spin(chan, &tq->tq_mutex, wmesg, 0);
	else
		msleep(chan, &tq->tq_mutex, 0, wmesg, 0);
}

static struct taskqueue *
create(const char *name, int mflags, taskqueue_enqueue_fn enqueue,
    void *context, bool spin)
{
	struct taskqueue *tq;

	tq = malloc(sizeof(*tq), M_TASKQUEUE, mflags | M_ZERO);
	if (tq == NULL)
		return (NULL);
	STAILQ_INIT(&tq->tq_queue);
	LIST_INIT(&tq->tq_active);
	tq->tq_enqueue = enqueue;
	tq->tq_context = context;
	tq->tq_spin = spin;
	strlcpy(tq->tq_name, name, sizeof(tq->tq_name));
	mtx_init(&tq->tq_mutex, tq->tq_name, NULL, spin ? MTX_SPIN : MTX_DEF);
	kern_new(KO_TASKQUEUE, tq, sizeof(*tq), tq->tq_name);
	return (tq);
}

struct taskqueue *
taskqueue_create(const char *name, int mflags, taskqueue_enqueue_fn enqueue,
    void *context)
{
	return (create(name, mflags, enqueue, context, false));
}

struct taskqueue *
taskqueue_create_fast(const char *name, int mflags,
    taskqueue_enqueue_fn enqueue, void *context)
{
	return (create(name, mflags, enqueue, context, true));
}

void
taskqueue_free(struct taskqueue *tq)
{
	tq_lock(tq);
	tq->tq_dying = true;
	while (tq->tq_tcount > 0) {
		wakeup(tq);
		tq_sleep(tq, &tq->tq_threads, "taskqueue_destroy");
	}
	tq_unlock(tq);
	KASSERT(LIST_EMPTY(&tq->tq_active),
	    ("taskqueue_free: %s has running tasks", tq->tq_name));
	mtx_destroy(&tq->tq_mutex);
	kern_gone(KO_TASKQUEUE, tq, tq->tq_name);
	free(tq->tq_threads, M_TASKQUEUE);
	free(tq, M_TASKQUEUE);
}

/*
 * --- putting in, taking out ---
 */

static void
insert(struct taskqueue *tq, struct task *task)
{
	struct task *at, *before = NULL;

	STAILQ_FOREACH(at, &tq->tq_queue, ta_link) {
		if (at->ta_priority < task->ta_priority)
			break;
		before = at;
	}
	if (before == NULL)
		STAILQ_INSERT_HEAD(&tq->tq_queue, task, ta_link);
	else
		STAILQ_INSERT_AFTER(&tq->tq_queue, before, task, ta_link);
}

int
taskqueue_enqueue(struct taskqueue *tq, struct task *task)
{
	KASSERT(task->ta_func != NULL, ("enqueueing task with NULL func"));
	tq_lock(tq);
	if ((task->ta_flags & TASK_NOENQUEUE) != 0) {
		tq_unlock(tq);
		return (ECANCELED);
	}
	if (task->ta_pending > 0) {
		if (task->ta_pending < USHRT_MAX)
			task->ta_pending++;
		tq_unlock(tq);
		return (0);
	}
	insert(tq, task);
	task->ta_pending = 1;
	if (tq->tq_blocked)
		tq->tq_pending = true;
	else if (tq->tq_enqueue != NULL)
		tq->tq_enqueue(tq->tq_context);
	tq_unlock(tq);
	return (0);
}

void
taskqueue_thread_enqueue(void *context)
{
	struct taskqueue **tqp = context;

	wakeup_any(*tqp);
}

static bool
is_running(struct taskqueue *tq, struct task *task)
{
	struct taskqueue_busy *busy;

	LIST_FOREACH(busy, &tq->tq_active, tb_link) {
		if (busy->tb_running == task)
			return (true);
	}
	return (false);
}

int
taskqueue_cancel(struct taskqueue *tq, struct task *task, u_int *pendp)
{
	int error;

	tq_lock(tq);
	if (pendp != NULL)
		*pendp = task->ta_pending;
	if (task->ta_pending > 0)
		STAILQ_REMOVE(&tq->tq_queue, task, task, ta_link);
	task->ta_pending = 0;
	error = is_running(tq, task) ? EBUSY : 0;
	tq_unlock(tq);
	return (error);
}

/*
 * --- running ---
 */

/* Called, and returns, with the queue locked. */
static void
run_locked(struct taskqueue *tq)
{
	struct taskqueue_busy busy;
	struct task *task;
	u_int held;
	int pending;

	LIST_INSERT_HEAD(&tq->tq_active, &busy, tb_link);
	busy.tb_running = NULL;
	while ((task = STAILQ_FIRST(&tq->tq_queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&tq->tq_queue, ta_link);
		pending = task->ta_pending;
		task->ta_pending = 0;
		busy.tb_running = task;
		busy.tb_seq = ++tq->tq_seq;
		tq_unlock(tq);
		held = kern_locks_held();
		task->ta_func(task->ta_context, pending);
		kern_check_locks(held, "a task", tq->tq_name);
		tq_lock(tq);
		busy.tb_running = NULL;
		wakeup(task); /* the task itself may be gone: only its name */
	}
	LIST_REMOVE(&busy, tb_link);
	wakeup(&tq->tq_active);
}

void
taskqueue_run(struct taskqueue *tq)
{
	tq_lock(tq);
	run_locked(tq);
	tq_unlock(tq);
}

static void
taskqueue_loop(void *arg)
{
	struct taskqueue *tq = arg;

	tq_lock(tq);
	while (!tq->tq_dying) {
		if (!tq->tq_blocked)
			run_locked(tq);
		if (tq->tq_dying)
			break;
		tq_sleep(tq, tq, "-");
	}
	run_locked(tq);
	tq->tq_tcount--;
	wakeup_one(&tq->tq_threads);
	tq_unlock(tq);
	kthread_exit();
}

int
taskqueue_start_threads(struct taskqueue **tqp, int count, int pri,
    const char *name, ...)
{
	struct taskqueue *tq = *tqp;
	struct thread *td;
	char base[MAXCOMLEN + 1];
	va_list ap;
	int error;

	if (count <= 0)
		return (EINVAL);
	va_start(ap, name);
	vsnprintf(base, sizeof(base), name, ap);
	va_end(ap);
	KASSERT(tq->tq_threads == NULL,
	    ("taskqueue %s has threads already", tq->tq_name));
	tq->tq_threads = malloc(sizeof(*tq->tq_threads) * count, M_TASKQUEUE,
	    M_NOWAIT | M_ZERO);
	if (tq->tq_threads == NULL)
		return (ENOMEM);
	tq->tq_slots = count;
	for (int i = 0; i < count; i++) {
		error = kthread_add(taskqueue_loop, tq, NULL, &td, 0, 0,
		    count == 1 ? "%s" : "%s_%d", base, i);
		if (error != 0) {
			printf("%s: kthread_add(%s): error %d\n", __func__,
			    base, error);
			continue;
		}
		td->td_priority = (u_char)pri;
		tq->tq_threads[i] = td;
		tq->tq_tcount++;
	}
	return (tq->tq_tcount == 0 ? ENOMEM : 0);
}

int
taskqueue_member(struct taskqueue *tq, struct thread *td)
{
	for (int i = 0; i < tq->tq_slots; i++) {
		if (tq->tq_threads[i] == td)
			return (1);
	}
	return (0);
}

/*
 * --- waiting ---
 */

void
taskqueue_drain(struct taskqueue *tq, struct task *task)
{
	tq_lock(tq);
	while (task->ta_pending != 0 || is_running(tq, task))
		tq_sleep(tq, task, "tq_drain");
	tq_unlock(tq);
}

void
taskqueue_quiesce(struct taskqueue *tq)
{
	tq_lock(tq);
	while (!STAILQ_EMPTY(&tq->tq_queue) || !LIST_EMPTY(&tq->tq_active))
		tq_sleep(tq, &tq->tq_active, "tq_quiesce");
	tq_unlock(tq);
}

void
taskqueue_drain_all(struct taskqueue *tq)
{
	struct taskqueue_busy *busy;
	struct task *last;
	bool old;
	u_int seq;

	tq_lock(tq);
	/* What is queued now: the last of it stands for all before it. */
	last = STAILQ_LAST(&tq->tq_queue, task, ta_link);
	while (last != NULL && (last->ta_pending != 0 || is_running(tq, last)))
		tq_sleep(tq, last, "tq_adrain");
	/* And what had begun before this moment. */
	seq = tq->tq_seq;
	do {
		old = false;
		LIST_FOREACH(busy, &tq->tq_active, tb_link) {
			if (busy->tb_running != NULL && busy->tb_seq <= seq)
				old = true;
		}
		if (old)
			tq_sleep(tq, &tq->tq_active, "tq_adrain");
	} while (old);
	tq_unlock(tq);
}

void
taskqueue_block(struct taskqueue *tq)
{
	tq_lock(tq);
	tq->tq_blocked = true;
	tq_unlock(tq);
}

void
taskqueue_unblock(struct taskqueue *tq)
{
	tq_lock(tq);
	tq->tq_blocked = false;
	if (tq->tq_pending) {
		tq->tq_pending = false;
		if (tq->tq_enqueue != NULL)
			tq->tq_enqueue(tq->tq_context);
	}
	tq_unlock(tq);
}

/*
 * --- the kernel's own ---
 */

void
taskqueue_boot(void)
{
	taskqueue_thread = taskqueue_create("thread", M_WAITOK,
	    taskqueue_thread_enqueue, &taskqueue_thread);
	taskqueue_start_threads(&taskqueue_thread, 1, PWAIT, "thread taskq");
	taskqueue_fast = taskqueue_create_fast("fast", M_WAITOK,
	    taskqueue_thread_enqueue, &taskqueue_fast);
	taskqueue_start_threads(&taskqueue_fast, 1, PWAIT, "fast taskq");
	taskqueue_swi = taskqueue_thread;
}

void
taskqueue_halt(void)
{
	taskqueue_free(taskqueue_thread);
	taskqueue_free(taskqueue_fast);
	taskqueue_thread = taskqueue_fast = taskqueue_swi = NULL;
}
