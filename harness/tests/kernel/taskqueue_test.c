/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * taskqueue(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/cpuset.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/taskqueue.h>

#include "kernel/kernel.h"
#include "tests/test.h"

static char order[32];
static int ran, last_pending, slow_ended;

static void
append(void *context, int pending)
{
	size_t n = strlen(order);

	if (n + 1 < sizeof(order)) {
		order[n] = *(const char *)context;
		order[n + 1] = '\0';
	}
	ran++;
	last_pending = pending;
}

static void
slow(void *context, int pending)
{
	(void)context;
	(void)pending;
	pause("slow", 5);
	slow_ended++;
}

static struct taskqueue *
make(int threads)
{
	static struct taskqueue *tq; /* its address is the context */

	order[0] = '\0';
	ran = last_pending = slow_ended = 0;
	tq = taskqueue_create("test", M_WAITOK, taskqueue_thread_enqueue, &tq);
	T_EQ(taskqueue_start_threads(&tq, threads, 0, "test taskq"), 0);
	return (tq);
}

static struct task
task(const char *name, int priority)
{
	struct task t = { 0 };

	TASK_INIT(&t, priority, append, __DECONST(void *, name));
	return (t);
}

KERNEL_TEST(taskqueue, runs_by_priority_then_age)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0), b = task("b", 0), c = task("c", 5);

	taskqueue_enqueue(tq, &a);
	taskqueue_enqueue(tq, &b);
	taskqueue_enqueue(tq, &c);
	taskqueue_drain_all(tq);
	T_STR(order, "cab");
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, counts_what_is_pending)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0);

	for (int i = 0; i < 4; i++)
		T_EQ(taskqueue_enqueue(tq, &a), 0);
	taskqueue_drain(tq, &a);
	T_EQ(ran, 1);
	T_EQ(last_pending, 4);
	T_EQ(a.ta_pending, 0);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, cancel_takes_it_out)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0);
	u_int pending = 0;

	taskqueue_block(tq);
	taskqueue_enqueue(tq, &a);
	taskqueue_enqueue(tq, &a);
	T_EQ(taskqueue_cancel(tq, &a, &pending), 0);
	T_EQ(pending, 2);
	taskqueue_unblock(tq);
	pause("settle", 1);
	T_EQ(ran, 0);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, cancel_of_a_running_task_is_busy)
{
	struct taskqueue *tq = make(1);
	struct task t;

	TASK_INIT(&t, 0, slow, NULL);
	taskqueue_enqueue(tq, &t);
	pause("let it start", 1);
	T_EQ(taskqueue_cancel(tq, &t, NULL), EBUSY);
	taskqueue_drain(tq, &t);
	T_EQ(slow_ended, 1);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, block_holds_tasks_back)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0);

	taskqueue_block(tq);
	taskqueue_enqueue(tq, &a);
	pause("settle", 1);
	T_EQ(ran, 0);
	taskqueue_unblock(tq);
	pause("settle", 1);
	T_EQ(ran, 1);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, several_threads_run_side_by_side)
{
	struct taskqueue *tq = make(3);
	struct task t[3];
	int before;

	for (int i = 0; i < 3; i++) {
		TASK_INIT(&t[i], 0, slow, NULL);
		taskqueue_enqueue(tq, &t[i]);
	}
	before = ticks;
	taskqueue_quiesce(tq);
	T_EQ(slow_ended, 3);
	T_EQ(ticks - before, 5);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, free_runs_what_is_queued)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0);

	taskqueue_enqueue(tq, &a);
	taskqueue_free(tq);
	T_EQ(ran, 1);
}

KERNEL_TEST(taskqueue, the_kernel_has_its_own)
{
	struct task a = task("a", 0);

	order[0] = '\0';
	T_EQ(taskqueue_enqueue(taskqueue_thread, &a), 0);
	taskqueue_drain(taskqueue_thread, &a);
	T_STR(order, "a");
	T_EQ(taskqueue_enqueue(taskqueue_fast, &a), 0);
	taskqueue_drain(taskqueue_fast, &a);
	T_STR(order, "aa");
}

KERNEL_TEST_PANICS(taskqueue, task_without_a_function,
    "enqueueing task with NULL func")
{
	struct task t = { 0 };

	taskqueue_enqueue(taskqueue_thread, &t);
}

/*
 * --- threads and callbacks ---
 */

static int began, ended;

static void
count_up(void *context)
{
	++*(int *)context;
}

KERNEL_TEST(taskqueue, callbacks_frame_each_thread)
{
	static struct taskqueue *tq;
	struct task a = task("a", 0);

	began = ended = ran = 0;
	tq =
	    taskqueue_create("framed", M_WAITOK, taskqueue_thread_enqueue, &tq);
	taskqueue_set_callback(tq, TASKQUEUE_CALLBACK_TYPE_INIT, count_up,
	    &began);
	taskqueue_set_callback(tq, TASKQUEUE_CALLBACK_TYPE_SHUTDOWN, count_up,
	    &ended);
	T_EQ(taskqueue_start_threads(&tq, 3, PWAIT, "framed"), 0);
	taskqueue_enqueue(tq, &a);
	taskqueue_drain(tq, &a);
	T_EQ(began, 3);
	T_EQ(ended, 0);
	taskqueue_free(tq);
	T_EQ(ended, 3);
}

KERNEL_TEST(taskqueue, threads_can_be_asked_for_in_several_ways)
{
	static struct taskqueue *tq;
	cpuset_t mask;

	CPU_ZERO(&mask);
	CPU_SET(0, &mask);
	for (int i = 0; i < 3; i++) {
		tq = taskqueue_create("some", M_WAITOK,
		    taskqueue_thread_enqueue, &tq);
		if (i == 0)
			T_EQ(taskqueue_start_threads_cpuset(&tq, 1, PWAIT,
				 &mask, "pinned"),
			    0);
		else if (i == 1)
			T_EQ(taskqueue_start_threads_in_proc(&tq, 1, PWAIT,
				 &proc0, "%s", "in a process"),
			    0);
		else
			T_EQ(taskqueue_start_threads_pinned(&tq, 1, PWAIT, 9,
				 "nowhere"),
			    0);
		taskqueue_free(tq);
	}
	T_HAS(kernel_log_text(), "nowhere: no such processor");
}

KERNEL_TEST(taskqueue, no_threads_to_be_had)
{
	static struct taskqueue *tq;
	struct task a = task("a", 0);

	ran = 0;
	tq = taskqueue_create("poor", M_WAITOK, taskqueue_thread_enqueue, &tq);
	T_EQ(taskqueue_start_threads(&tq, 0, PWAIT, "none"), EINVAL);
	kernel_faults_set(&(struct kernel_faults) { .kinds = 1u << KF_THREAD,
	    .first = 1,
	    .count = 2 });
	T_EQ(taskqueue_start_threads(&tq, 2, PWAIT, "none"), ENOMEM);
	kernel_faults_set(
	    &(struct kernel_faults) { .kinds = 1u << KF_MALLOC, .first = 1 });
	T_EQ(taskqueue_start_threads(&tq, 2, PWAIT, "none"), ENOMEM);
	/* One of two is better than nothing. */
	kernel_faults_set(
	    &(struct kernel_faults) { .kinds = 1u << KF_THREAD, .first = 1 });
	T_EQ(taskqueue_start_threads(&tq, 2, PWAIT, "some"), 0);
	kernel_faults_set(NULL);
	taskqueue_enqueue(tq, &a);
	taskqueue_drain(tq, &a);
	T_EQ(ran, 1);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, flags_refuse_instead_of_counting)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0), t;

	taskqueue_block(tq);
	T_EQ(taskqueue_enqueue_flags(tq, &a, TASKQUEUE_FAIL_IF_PENDING), 0);
	T_EQ(taskqueue_enqueue_flags(tq, &a, TASKQUEUE_FAIL_IF_PENDING),
	    EEXIST);
	T_EQ(a.ta_pending, 1);
	taskqueue_unblock(tq);
	taskqueue_drain(tq, &a);
	TASK_INIT(&t, 0, slow, NULL);
	taskqueue_enqueue(tq, &t);
	pause("let it start", 1);
	T_EQ(taskqueue_cancel(tq, &t, NULL), EBUSY);
	T_EQ(taskqueue_enqueue_flags(tq, &t, TASKQUEUE_FAIL_IF_CANCELING),
	    ECANCELED);
	taskqueue_drain(tq, &t);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, poll_is_busy)
{
	struct taskqueue *tq = make(1);
	struct task t;

	TASK_INIT(&t, 0, slow, NULL);
	T_EQ(taskqueue_poll_is_busy(tq, &t), 0);
	taskqueue_enqueue(tq, &t);
	T_EQ(taskqueue_poll_is_busy(tq, &t), 1);
	pause("let it start", 1);
	T_EQ(t.ta_pending, 0);
	T_EQ(taskqueue_poll_is_busy(tq, &t), 1);
	taskqueue_drain(tq, &t);
	T_EQ(taskqueue_poll_is_busy(tq, &t), 0);
	taskqueue_free(tq);
}

static bool giant_owned;
static const char *thread_name;

static void
look(void *context, int pending)
{
	(void)context;
	(void)pending;
	giant_owned = mtx_owned(&Giant);
	thread_name = curthread->td_name;
}

KERNEL_TEST(taskqueue, the_swi_queues_have_their_own_threads)
{
	struct task t;

	TASK_INIT(&t, 0, look, NULL);
	taskqueue_enqueue(taskqueue_swi, &t);
	taskqueue_drain(taskqueue_swi, &t);
	T_FALSE(giant_owned);
	T_STR(thread_name, "swi6: task queue");
	taskqueue_enqueue(taskqueue_swi_giant, &t);
	taskqueue_drain(taskqueue_swi_giant, &t);
	T_TRUE(giant_owned);
	T_STR(thread_name, "swi6: Giant taskq");
}

TASKQUEUE_DEFINE_THREAD(of_the_test);
TASKQUEUE_FAST_DEFINE_THREAD(of_the_test_fast);

KERNEL_TEST(taskqueue, static_queues_are_there_from_boot)
{
	struct task t;

	TASK_INIT(&t, 0, look, NULL);
	taskqueue_enqueue(taskqueue_of_the_test, &t);
	taskqueue_drain(taskqueue_of_the_test, &t);
	T_STR(thread_name, "of_the_test taskq");
	taskqueue_enqueue(taskqueue_of_the_test_fast, &t);
	taskqueue_drain(taskqueue_of_the_test_fast, &t);
	T_STR(thread_name, "of_the_test_fast ta");
}

/*
 * --- timeout tasks ---
 */

static struct timeout_task timed;

static void
timed_run(void *context, int pending)
{
	(void)context;
	ran++;
	last_pending = pending;
	slow_ended = ticks;
}

KERNEL_TEST(taskqueue, timeout_comes_when_it_is_time)
{
	struct taskqueue *tq = make(1);
	int start = ticks;

	TIMEOUT_TASK_INIT(tq, &timed, 0, timed_run, NULL);
	T_EQ(taskqueue_enqueue_timeout(tq, &timed, 5), 0);
	pause("early", 4);
	T_EQ(ran, 0);
	pause("late", 3);
	T_EQ(ran, 1);
	T_EQ(slow_ended - start, 5);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, timeout_again_moves_it_but_negative_does_not)
{
	struct taskqueue *tq = make(1);
	int start = ticks;

	TIMEOUT_TASK_INIT(tq, &timed, 0, timed_run, NULL);
	/* Negative and not armed: its amount. */
	T_EQ(taskqueue_enqueue_timeout(tq, &timed, -3), 0);
	T_EQ(taskqueue_enqueue_timeout(tq, &timed, 9), 1);
	T_EQ(taskqueue_enqueue_timeout(tq, &timed, -2), 1);
	pause("wait", 20);
	T_EQ(ran, 1);
	T_EQ(slow_ended - start, 9);
	/* At once, and as an sbintime_t. */
	T_EQ(taskqueue_enqueue_timeout(tq, &timed, 0), 0);
	taskqueue_drain(tq, &timed.t);
	T_EQ(ran, 2);
	T_EQ(taskqueue_enqueue_timeout_sbt(tq, &timed, SBT_1MS, 0, 0), 0);
	pause("wait", 3);
	T_EQ(ran, 3);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, timeout_can_be_cancelled)
{
	struct taskqueue *tq = make(1);
	u_int pending = 9;

	TIMEOUT_TASK_INIT(tq, &timed, 0, timed_run, NULL);
	T_EQ(taskqueue_cancel_timeout(tq, &timed, &pending), 0);
	T_EQ(pending, 0);
	taskqueue_enqueue_timeout(tq, &timed, 3);
	T_EQ(taskqueue_cancel_timeout(tq, &timed, &pending), 0);
	T_EQ(pending, 1);
	/* One that waits in the queue as well. */
	taskqueue_block(tq);
	taskqueue_enqueue_timeout(tq, &timed, 0);
	taskqueue_enqueue_timeout(tq, &timed, 3);
	T_EQ(taskqueue_cancel_timeout(tq, &timed, &pending), 0);
	T_EQ(pending, 2);
	taskqueue_unblock(tq);
	pause("wait", 10);
	T_EQ(ran, 0);
	taskqueue_free(tq);
}

static void
timed_again(void *context, int pending)
{
	struct taskqueue *tq = context;

	(void)pending;
	ran++;
	pause("work", 2);
	last_pending = taskqueue_enqueue_timeout(tq, &timed, 1);
}

KERNEL_TEST(taskqueue, drain_timeout_ends_a_periodic_one)
{
	struct taskqueue *tq = make(1);

	TIMEOUT_TASK_INIT(tq, &timed, 0, timed_again, tq);
	taskqueue_enqueue_timeout(tq, &timed, 1);
	pause("a while", 2);
	T_EQ(ran, 1);
	taskqueue_drain_timeout(tq, &timed);
	T_EQ(last_pending, -1);
	pause("wait", 10);
	T_EQ(ran, 1);
	/* One that has not begun does not begin. */
	taskqueue_enqueue_timeout(tq, &timed, 1);
	taskqueue_drain_timeout(tq, &timed);
	T_EQ(ran, 1);
	taskqueue_free(tq);
}

/*
 * --- misuse ---
 */

KERNEL_TEST_MISUSE(taskqueue, free_with_a_timeout_armed,
    "taskqueue_free: 1 timeout tasks of test are armed")
{
	struct taskqueue *tq = make(1);

	TIMEOUT_TASK_INIT(tq, &timed, 0, timed_run, NULL);
	taskqueue_enqueue_timeout(tq, &timed, 3);
	taskqueue_free(tq);
	T_EQ(timed.t.ta_pending, 0);
}

KERNEL_TEST_MISUSE(taskqueue, free_of_memory_with_a_task_that_waits,
    "which waits in taskqueue test")
{
	struct task *t = malloc(sizeof(*t), M_TEMP, M_WAITOK);
	struct taskqueue *tq = make(1);

	*t = task("a", 0);
	taskqueue_block(tq);
	taskqueue_enqueue(tq, t);
	free(t, M_TEMP);
	taskqueue_unblock(tq);
	taskqueue_free(tq);
	T_EQ(ran, 0);
}

KERNEL_TEST_MISUSE(taskqueue, free_of_memory_with_a_task_that_runs,
    "which runs in taskqueue test")
{
	struct task *t = malloc(sizeof(*t), M_TEMP, M_WAITOK);
	struct taskqueue *tq = make(1);

	TASK_INIT(t, 0, slow, NULL);
	taskqueue_enqueue(tq, t);
	pause("let it start", 1);
	free(t, M_TEMP);
	taskqueue_free(tq);
	T_EQ(slow_ended, 1);
}

static void
frees(void *context, int pending)
{
	(void)pending;
	free(context, M_TEMP);
	ran++;
}

KERNEL_TEST(taskqueue, a_task_may_free_itself)
{
	struct task *t = malloc(sizeof(*t), M_TEMP, M_WAITOK);
	struct taskqueue *tq = make(1);

	TASK_INIT(t, 0, frees, t);
	taskqueue_enqueue(tq, t);
	taskqueue_quiesce(tq);
	T_EQ(ran, 1);
	taskqueue_free(tq);
}

KERNEL_TEST_MISUSE(taskqueue, init_callback_after_the_threads,
    "taskqueue_set_callback: test has threads already")
{
	struct taskqueue *tq = make(1);

	taskqueue_set_callback(tq, TASKQUEUE_CALLBACK_TYPE_INIT, count_up,
	    &began);
	taskqueue_free(tq);
}

static void
drains_itself(void *context, int pending)
{
	(void)pending;
	taskqueue_drain(taskqueue_thread, context);
}

KERNEL_TEST_PANICS(taskqueue, drain_of_the_task_that_runs,
    "would wait for itself")
{
	struct task t;

	TASK_INIT(&t, 0, drains_itself, &t);
	taskqueue_enqueue(taskqueue_thread, &t);
	taskqueue_drain(taskqueue_thread, &t);
}

static void
locks(void *context, int pending)
{
	(void)pending;
	mtx_lock(context);
}

KERNEL_TEST_PANICS(taskqueue, mutex_held_on_return,
    "returned with the following locks held")
{
	static struct mtx m;
	struct task t;

	bzero(&m, sizeof(m));
	mtx_init(&m, "held", NULL, MTX_DEF);
	TASK_INIT(&t, 0, locks, &m);
	taskqueue_enqueue(taskqueue_thread, &t);
	taskqueue_drain(taskqueue_thread, &t);
}

KERNEL_TEST_PANICS(taskqueue, callback_twice,
    "Re-initialization of taskqueue callback?")
{
	taskqueue_set_callback(taskqueue_thread,
	    TASKQUEUE_CALLBACK_TYPE_SHUTDOWN, count_up, &began);
	taskqueue_set_callback(taskqueue_thread,
	    TASKQUEUE_CALLBACK_TYPE_SHUTDOWN, count_up, &began);
}

KERNEL_TEST_PANICS(taskqueue, timeout_on_a_fast_queue, "Timeout for spin-queue")
{
	TIMEOUT_TASK_INIT(taskqueue_fast, &timed, 0, timed_run, NULL);
}
