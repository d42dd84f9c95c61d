/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * taskqueue(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/taskqueue.h>

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
