/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * taskqueue(9): who waits for what, and at the edges.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/priority.h>
#include <sys/proc.h>
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

static struct task look[2];
static struct thread *looked;
static int members;

static void
look_at_thread(void *context, int pending)
{
	struct taskqueue *tq = context;

	(void)pending;
	looked = curthread;
	members += taskqueue_member(tq, curthread);
	pause("let the other run", 1);
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

KERNEL_TEST(taskqueue, refuses_what_must_not_be_enqueued)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0);

	a.ta_flags |= TASK_NOENQUEUE;
	T_EQ(taskqueue_enqueue(tq, &a), ECANCELED);
	taskqueue_drain(tq, &a);
	T_EQ(ran, 0);
	T_EQ(a.ta_pending, 0);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, pending_does_not_wrap)
{
	struct taskqueue *tq = make(1);
	struct task a = task("a", 0);

	taskqueue_block(tq);
	for (int i = 0; i < USHRT_MAX + 10; i++)
		taskqueue_enqueue(tq, &a);
	T_EQ(a.ta_pending, USHRT_MAX);
	taskqueue_unblock(tq);
	taskqueue_drain(tq, &a);
	T_EQ(last_pending, USHRT_MAX);
	T_EQ(ran, 1);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, free_waits_for_what_runs)
{
	struct taskqueue *tq = make(2);
	struct task t;

	TASK_INIT(&t, 0, slow, NULL);
	taskqueue_enqueue(tq, &t);
	pause("let it start", 1);
	taskqueue_free(tq);
	T_EQ(slow_ended, 1);
}

KERNEL_TEST(taskqueue, threads_are_members_of_theirs)
{
	static struct taskqueue *tq;
	struct thread *td;

	T_FALSE(taskqueue_member(taskqueue_thread, curthread));
	tq = taskqueue_create("test", M_WAITOK, taskqueue_thread_enqueue, &tq);
	T_EQ(taskqueue_start_threads(&tq, 0, 0, "none"), EINVAL);
	T_EQ(taskqueue_start_threads(&tq, -1, 0, "none"), EINVAL);
	T_EQ(taskqueue_start_threads(&tq, 2, PWAIT - 3, "worker %d", 7), 0);
	members = 0;
	for (int i = 0; i < 2; i++) {
		TASK_INIT(&look[i], 0, look_at_thread, tq);
		taskqueue_enqueue(tq, &look[i]);
	}
	taskqueue_quiesce(tq);
	T_EQ(members, 2);
	td = looked;
	T_EQ(td->td_priority, PWAIT - 3);
	T_TRUE(strcmp(td->td_name, "worker 7_0") == 0 ||
	    strcmp(td->td_name, "worker 7_1") == 0);
	T_FALSE(taskqueue_member(taskqueue_thread, td));
	taskqueue_free(tq);
}

KERNEL_TEST_PANICS(taskqueue, threads_are_started_once, "has threads already")
{
	taskqueue_start_threads(&taskqueue_thread, 1, 0, "again");
}

KERNEL_TEST(taskqueue, drain_waits_for_pending_and_running)
{
	struct taskqueue *tq = make(1);
	struct task t, a = task("a", 0);

	TASK_INIT(&t, 0, slow, NULL);
	taskqueue_enqueue(tq, &t);
	taskqueue_enqueue(tq, &a);
	/* Not begun yet. */
	taskqueue_drain(tq, &a);
	T_EQ(slow_ended, 1);
	T_EQ(ran, 1);
	taskqueue_enqueue(tq, &t);
	pause("let it start", 1);
	taskqueue_drain(tq, &t);
	T_EQ(slow_ended, 2);
	taskqueue_free(tq);
}

static struct taskqueue *again_tq;
static struct task again;
static int rounds;

static void
run_again(void *context, int pending)
{
	pause("busy", 2);
	if (++rounds < 10)
		taskqueue_enqueue(again_tq, &again);
}

/* What comes after the call is not waited for. */
KERNEL_TEST(taskqueue, drain_all_waits_for_what_has_begun)
{
	struct taskqueue *tq = make(2);
	struct task a = task("a", 0);

	again_tq = tq;
	rounds = 0;
	TASK_INIT(&again, 0, run_again, NULL);
	taskqueue_enqueue(tq, &again);
	pause("let it start", 1);
	taskqueue_enqueue(tq, &a);
	taskqueue_drain_all(tq);
	T_EQ(ran, 1);
	T_TRUE(rounds >= 1);
	T_TRUE(rounds < 10);
	taskqueue_quiesce(tq);
	T_EQ(rounds, 10);
	taskqueue_free(tq);
}

KERNEL_TEST(taskqueue, fast_one_may_be_used_in_a_critical_section)
{
	struct task a = task("a", 0);

	order[0] = '\0';
	critical_enter();
	T_EQ(taskqueue_enqueue(taskqueue_fast, &a), 0);
	critical_exit();
	taskqueue_drain(taskqueue_fast, &a);
	T_STR(order, "a");
}

static int enqueues;

static void
count_enqueue(void *context)
{
	enqueues += *(int *)context;
}

KERNEL_TEST(taskqueue, unblock_tells_once_what_was_enqueued)
{
	struct taskqueue *tq;
	struct task a = task("a", 0), b = task("b", 0);
	int one = 1;

	order[0] = '\0';
	enqueues = 0;
	tq = taskqueue_create("test", M_WAITOK, count_enqueue, &one);
	taskqueue_block(tq);
	taskqueue_unblock(tq);
	T_EQ(enqueues, 0);
	taskqueue_block(tq);
	taskqueue_enqueue(tq, &a);
	taskqueue_enqueue(tq, &b);
	T_EQ(enqueues, 0);
	taskqueue_unblock(tq);
	T_EQ(enqueues, 1);
	taskqueue_block(tq);
	taskqueue_unblock(tq);
	T_EQ(enqueues, 1);
	/* Nobody's thread: the caller runs them. */
	taskqueue_run(tq);
	T_STR(order, "ab");
	taskqueue_free(tq);
}
