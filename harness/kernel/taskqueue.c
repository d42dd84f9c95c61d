/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * taskqueue(9): work that runs later, in a thread of the queue's.
 */
#include "kernel/taskqueue_var.h"

#include <sys/cpuset.h>
#include <sys/epoch.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/taskqueue.h>

static MALLOC_DEFINE(M_TASKQUEUE, "taskqueue", "Task Queues");

struct taskqueue *taskqueue_thread;
struct taskqueue *taskqueue_swi;
struct taskqueue *taskqueue_swi_giant;
struct taskqueue *taskqueue_fast;

static LIST_HEAD(, taskqueue) taskqueues = LIST_HEAD_INITIALIZER(taskqueues);
/* Tasks that are queued or run, in all queues: what a free must look for. */
static u_int busy_tasks;

static void
tq_sleep(struct taskqueue *tq, const void *chan, const char *wmesg)
{
	if (tq->tq_spin)
		msleep_spin(chan, &tq->tq_mutex, wmesg, 0);
	else
		msleep(chan, &tq->tq_mutex, 0, wmesg, 0);
}

/* Takes the first task out and returns how often it was enqueued. */
static int
dequeue(struct taskqueue *tq)
{
	struct task *task = STAILQ_FIRST(&tq->tq_queue);
	int pending = task->ta_pending;

	STAILQ_REMOVE_HEAD(&tq->tq_queue, ta_link);
	task->ta_pending = 0;
	busy_tasks--;
	return (pending);
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
	LIST_INSERT_HEAD(&taskqueues, tq, tq_link);
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
taskqueue_set_callback(struct taskqueue *tq,
    enum taskqueue_callback_type cb_type, taskqueue_callback_fn callback,
    void *context)
{
	KASSERT(cb_type >= TASKQUEUE_CALLBACK_TYPE_MIN &&
		cb_type <= TASKQUEUE_CALLBACK_TYPE_MAX,
	    ("Callback type %d not valid, must be %d-%d", cb_type,
		TASKQUEUE_CALLBACK_TYPE_MIN, TASKQUEUE_CALLBACK_TYPE_MAX));
	KASSERT(tq->tq_callbacks[cb_type] == NULL,
	    ("Re-initialization of taskqueue callback?"));
	if (cb_type == TASKQUEUE_CALLBACK_TYPE_INIT && tq->tq_tcount > 0)
		kern_misuse("taskqueue_set_callback: %s has threads already",
		    tq->tq_name);
	tq->tq_callbacks[cb_type] = callback;
	tq->tq_cb_contexts[cb_type] = context;
}

static void
tq_callback(struct taskqueue *tq, enum taskqueue_callback_type cb_type)
{
	if (tq->tq_callbacks[cb_type] != NULL)
		tq->tq_callbacks[cb_type](tq->tq_cb_contexts[cb_type]);
}

void
taskqueue_free(struct taskqueue *tq)
{
	if (tq->tq_callouts > 0)
		kern_misuse("taskqueue_free: %d timeout tasks of %s are armed",
		    tq->tq_callouts, tq->tq_name);
	tq_lock(tq);
	tq->tq_dying = true;
	while (tq->tq_tcount > 0 || tq->tq_callouts > 0) {
		wakeup(tq);
		tq_sleep(tq, &tq->tq_threads, "taskqueue_destroy");
	}
	tq_unlock(tq);
	KASSERT(LIST_EMPTY(&tq->tq_active), ("Tasks still running?"));
	/* Without threads, nobody has run what is queued. */
	while (!STAILQ_EMPTY(&tq->tq_queue))
		dequeue(tq);
	LIST_REMOVE(tq, tq_link);
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

static struct taskqueue_busy *
find_busy(struct taskqueue *tq, const struct task *task)
{
	struct taskqueue_busy *busy;

	LIST_FOREACH(busy, &tq->tq_active, tb_link)
		if (busy->tb_running == task)
			return (busy);
	return (NULL);
}

int
taskqueue_enqueue_locked(struct taskqueue *tq, struct task *task, int flags)
{
	struct taskqueue_busy *busy;

	if ((task->ta_flags & TASK_NOENQUEUE) != 0)
		return (ECANCELED);
	if ((flags & TASKQUEUE_FAIL_IF_CANCELING) != 0) {
		busy = find_busy(tq, task);
		if (busy != NULL && busy->tb_canceling)
			return (ECANCELED);
	}
	if (task->ta_pending > 0) {
		if ((flags & TASKQUEUE_FAIL_IF_PENDING) != 0)
			return (EEXIST);
		if (task->ta_pending < USHRT_MAX)
			task->ta_pending++;
		return (0);
	}
	insert(tq, task);
	busy_tasks++;
	task->ta_pending = 1;
	if (tq->tq_blocked)
		tq->tq_pending = true;
	else if (tq->tq_enqueue != NULL)
		tq->tq_enqueue(tq->tq_context);
	return (0);
}

int
taskqueue_enqueue_flags(struct taskqueue *tq, struct task *task, int flags)
{
	int error;

	KASSERT(task->ta_func != NULL, ("enqueueing task with NULL func"));
	tq_lock(tq);
	error = taskqueue_enqueue_locked(tq, task, flags);
	tq_unlock(tq);
	return (error);
}

int
taskqueue_enqueue(struct taskqueue *tq, struct task *task)
{
	return (taskqueue_enqueue_flags(tq, task, 0));
}

void
taskqueue_thread_enqueue(void *context)
{
	struct taskqueue **tqp = context;

	wakeup_any(*tqp);
}

int
taskqueue_poll_is_busy(struct taskqueue *tq, struct task *task)
{
	int busy;

	tq_lock(tq);
	busy = task->ta_pending > 0 || find_busy(tq, task) != NULL;
	tq_unlock(tq);
	return (busy);
}

int
taskqueue_cancel_locked(struct taskqueue *tq, struct task *task, u_int *pendp)
{
	struct taskqueue_busy *busy;

	*pendp = task->ta_pending;
	if (task->ta_pending > 0) {
		STAILQ_REMOVE(&tq->tq_queue, task, task, ta_link);
		task->ta_pending = 0;
		busy_tasks--;
	}
	busy = find_busy(tq, task);
	if (busy == NULL)
		return (0);
	busy->tb_canceling = true;
	return (EBUSY);
}

int
taskqueue_cancel(struct taskqueue *tq, struct task *task, u_int *pendp)
{
	u_int pending;
	int error;

	tq_lock(tq);
	error = taskqueue_cancel_locked(tq, task, &pending);
	tq_unlock(tq);
	if (pendp != NULL)
		*pendp = pending;
	return (error);
}

/*
 * --- running ---
 */

static void
run_task(struct taskqueue *tq, struct task *task, int pending)
{
	task_fn_t *func = task->ta_func;
	u_int held;
#if __FreeBSD_version >= 1300000
	struct epoch_tracker et;
	/* The task may be gone when it returns. */
	bool net = TASK_IS_NET(task) != 0;
#endif

	if (tq->tq_giant)
		mtx_lock(&Giant);
	held = kern_locks_held();
#if __FreeBSD_version >= 1300000
	if (net)
		NET_EPOCH_ENTER(et);
#endif
	func(task->ta_context, pending);
#if __FreeBSD_version >= 1300000
	if (net)
		NET_EPOCH_EXIT(et);
#endif
	kern_check_locks(held, "a task", tq->tq_name);
	if (tq->tq_giant)
		mtx_unlock(&Giant);
}

/* Called, and returns, with the queue locked. */
static void
run_locked(struct taskqueue *tq)
{
	struct taskqueue_busy busy;
	struct task *task;
	int pending;

	LIST_INSERT_HEAD(&tq->tq_active, &busy, tb_link);
	busy.tb_running = NULL;
	busy.tb_thread = curthread;
	while ((task = STAILQ_FIRST(&tq->tq_queue)) != NULL) {
		pending = dequeue(tq);
		busy.tb_running = task;
		busy.tb_canceling = false;
		busy.tb_seq = ++tq->tq_seq;
		busy_tasks++;
		tq_unlock(tq);
		run_task(tq, task, pending);
		tq_lock(tq);
		busy.tb_running = NULL;
		busy_tasks--;
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

	tq_callback(tq, TASKQUEUE_CALLBACK_TYPE_INIT);
	tq_lock(tq);
	while (!tq->tq_dying) {
		if (!tq->tq_blocked)
			run_locked(tq);
		if (tq->tq_dying)
			break;
		tq_sleep(tq, tq, "-");
	}
	run_locked(tq);
	/* It comes after the last task and may sleep. */
	tq_unlock(tq);
	tq_callback(tq, TASKQUEUE_CALLBACK_TYPE_SHUTDOWN);
	tq_lock(tq);
	tq->tq_tcount--;
	wakeup_one(&tq->tq_threads);
	tq_unlock(tq);
	kthread_exit();
}

static int
start_threads(struct taskqueue *tq, int count, int pri, const cpuset_t *mask,
    const char *fmt, va_list ap)
{
	struct thread *td;
	char base[MAXCOMLEN + 1];
	int error;

	if (count <= 0)
		return (EINVAL);
	vsnprintf(base, sizeof(base), fmt, ap);
	KASSERT(tq->tq_threads == NULL,
	    ("taskqueue %s has threads already", tq->tq_name));
	tq->tq_threads = malloc(sizeof(*tq->tq_threads) * count, M_TASKQUEUE,
	    M_NOWAIT | M_ZERO);
	if (tq->tq_threads == NULL) {
		printf("%s: no memory for %s threads\n", __func__, base);
		return (ENOMEM);
	}
	tq->tq_slots = count;
	for (int i = 0; i < count; i++) {
		error = kthread_add(taskqueue_loop, tq, NULL, &td, 0, 0,
		    count == 1 ? "%s" : "%s_%d", base, i);
		if (error != 0) {
			printf("%s: kthread_add(%s): error %d\n", __func__,
			    base, error);
			continue;
		}
		if (mask != NULL && !CPU_ISSET(0, mask))
			printf("%s: %s: no such processor to be pinned to\n",
			    __func__, base);
		td->td_priority = (u_char)pri;
		tq->tq_threads[i] = td;
		tq->tq_tcount++;
	}
	if (tq->tq_tcount > 0)
		return (0);
	free(tq->tq_threads, M_TASKQUEUE);
	tq->tq_threads = NULL;
	tq->tq_slots = 0;
	return (ENOMEM);
}

int
taskqueue_start_threads(struct taskqueue **tqp, int count, int pri,
    const char *name, ...)
{
	va_list ap;
	int error;

	va_start(ap, name);
	error = start_threads(*tqp, count, pri, NULL, name, ap);
	va_end(ap);
	return (error);
}

int
taskqueue_start_threads_in_proc(struct taskqueue **tqp, int count, int pri,
    struct proc *p, const char *name, ...)
{
	va_list ap;
	int error;

	(void)p; /* all belong to the kernel */
	va_start(ap, name);
	error = start_threads(*tqp, count, pri, NULL, name, ap);
	va_end(ap);
	return (error);
}

int
taskqueue_start_threads_cpuset(struct taskqueue **tqp, int count, int pri,
    cpuset_t *mask, const char *name, ...)
{
	va_list ap;
	int error;

	va_start(ap, name);
	error = start_threads(*tqp, count, pri, mask, name, ap);
	va_end(ap);
	return (error);
}

int
taskqueue_start_threads_pinned(struct taskqueue **tqp, int count, int pri,
    int cpu_id, const char *name, ...)
{
	cpuset_t mask;
	va_list ap;
	int error;

	CPU_SETOF(cpu_id, &mask);
	va_start(ap, name);
	error = start_threads(*tqp, count, pri, &mask, name, ap);
	va_end(ap);
	return (error);
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
	struct taskqueue_busy *busy;

	if (!tq->tq_spin)
		(void)WITNESS_WARN(WARN_GIANTOK | WARN_SLEEPOK, NULL, "%s",
		    __func__);
	tq_lock(tq);
	while ((busy = find_busy(tq, task)) != NULL || task->ta_pending != 0) {
		if (busy != NULL && busy->tb_thread == curthread)
			panic("taskqueue_drain: task %p of %s would wait for "
			      "itself",
			    task, tq->tq_name);
		tq_sleep(tq, task, "tq_drain");
	}
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

static void
nothing_to_do(void *context, int pending)
{
	(void)context;
	(void)pending;
}

void
taskqueue_drain_all(struct taskqueue *tq)
{
	struct taskqueue_busy *busy;
	struct task barrier;
	bool old;
	u_int seq;

	tq_lock(tq);
	/*
	 * What is queued now has begun when a task of our own behind it has;
	 * theirs may be gone as soon as they have run.
	 */
	if (!STAILQ_EMPTY(&tq->tq_queue)) {
		TASK_INIT(&barrier, UCHAR_MAX, nothing_to_do, NULL);
		STAILQ_INSERT_TAIL(&tq->tq_queue, &barrier, ta_link);
		barrier.ta_pending = 1;
		while (
		    barrier.ta_pending != 0 || find_busy(tq, &barrier) != NULL)
			tq_sleep(tq, &barrier, "tq_adrain");
	}
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

/* Whether the task lies in memory that `func` frees: then it says so. */
static bool
is_freed(const struct taskqueue *tq, const struct task *task, const void *p,
    size_t size, const char *func, const char *what)
{
	if ((uintptr_t)task - (uintptr_t)p >= size)
		return (false);
	kern_misuse("%s: %p holds task %p, which %s in taskqueue %s", func, p,
	    task, what, tq->tq_name);
	return (true);
}

void
taskqueue_check_free(const void *p, size_t size, const char *func)
{
	struct taskqueue_busy *busy;
	struct taskqueue *tq;
	struct task *task, *next;

	if (busy_tasks == 0)
		return;
	LIST_FOREACH(tq, &taskqueues, tq_link) {
		STAILQ_FOREACH_SAFE(task, &tq->tq_queue, ta_link, next)
			if (is_freed(tq, task, p, size, func, "waits")) {
				/* It must not be run. */
				STAILQ_REMOVE(&tq->tq_queue, task, task,
				    ta_link);
				busy_tasks--;
			}
		LIST_FOREACH(busy, &tq->tq_active, tb_link)
			/* A task may free itself. */
			if (busy->tb_running != NULL &&
			    busy->tb_thread != curthread)
				(void)is_freed(tq, busy->tb_running, p, size,
				    func, "runs");
	}
}

static struct taskqueue *
start(struct taskqueue **tqp, const char *name, const char *thread, u_char pri,
    bool spin)
{
	*tqp = create(name, M_WAITOK, taskqueue_thread_enqueue, tqp, spin);
	if (taskqueue_start_threads(tqp, 1, pri, "%s", thread) != 0)
		host_fatal("no guest memory for the thread of %s", name);
	return (*tqp);
}

void
taskqueue_boot(void)
{
	LIST_INIT(&taskqueues);
	busy_tasks = 0;
	start(&taskqueue_thread, "thread", "thread taskq", PWAIT, false);
	start(&taskqueue_swi, "swi", "swi6: task queue", PI_SOFT, false);
	start(&taskqueue_swi_giant, "swi_giant", "swi6: Giant taskq", PI_SOFT,
	    false)
	    ->tq_giant = true;
	start(&taskqueue_fast, "fast", "swi5: fast taskq", PI_SOFT, true);
}

void
taskqueue_halt(void)
{
	taskqueue_free(taskqueue_thread);
	taskqueue_free(taskqueue_swi);
	taskqueue_free(taskqueue_swi_giant);
	taskqueue_free(taskqueue_fast);
	taskqueue_thread = taskqueue_fast = NULL;
	taskqueue_swi = taskqueue_swi_giant = NULL;
}
