/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kthread(9) and kproc(9): what a thread is told about itself, and how it may
 * end.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include "kernel/event.h"
#include "kernel/kernel.h"
#include "machine/memory.h"
#include "sim/sim.h"
#include "tests/test.h"

static void *seen_arg;
static struct thread *seen;
static char seen_name[32];

static void
look(void *arg)
{
	seen_arg = arg;
	seen = curthread;
	strlcpy(seen_name, curthread->td_name, sizeof(seen_name));
	kthread_exit();
}

static void
proc_main(void *arg)
{
	look(arg);
}

static void
proc_end(void *arg)
{
	seen_arg = arg;
	kproc_exit(3);
}

KERNEL_TEST(kthread, has_name_argument_and_number)
{
	struct thread *a, *b;
	int here;

	T_EQ(kthread_add(look, &here, NULL, &a, 0, 0, "%s%d", "look", 1), 0);
	T_EQ(kthread_add(look, NULL, NULL, &b, 0, 0, "b"), 0);
	T_TRUE(a->td_tid != b->td_tid);
	T_TRUE(a->td_tid != curthread->td_tid);
	T_TRUE(a->td_proc == &proc0);
	T_EQ(sim_task_side(a->td_task), SIM_GUEST);
	pause("a and b", 1);
	T_TRUE(seen == b);
	/* Nobody has to ask for it. */
	T_EQ(kthread_add(look, &here, NULL, NULL, 0, 0, "%s%d", "look", 2), 0);
	pause("c", 1);
	T_TRUE(seen_arg == &here);
	T_STR(seen_name, "look2");
}

KERNEL_TEST(kthread, cannot_be_started_stopped)
{
	struct thread *td = NULL;

	T_EQ(kthread_add(look, NULL, NULL, &td, 1, 0, "no"), EINVAL);
	T_TRUE(td == NULL);
	T_EQ(kproc_create(look, NULL, NULL, 1, 0, "no"), EINVAL);
	T_EQ(kproc_kthread_add(look, NULL, NULL, &td, 1, 0, "p", "no"), EINVAL);
}

KERNEL_TEST(kthread, processes_are_threads_here)
{
	struct proc *p = NULL;
	struct thread *td = NULL;
	int here;

	T_EQ(kproc_create(proc_main, &here, &p, 0, 0, "proc%d", 7), 0);
	T_TRUE(p == &proc0);
	pause("proc", 1);
	T_TRUE(seen_arg == &here);
	T_STR(seen_name, "proc7");
	p = NULL;
	T_EQ(kproc_kthread_add(proc_end, &p, &p, &td, 0, 0, "proc", "t%d", 1),
	    0);
	T_TRUE(p == &proc0);
	T_REQUIRE(td != NULL);
	T_STR(td->td_name, "t1");
	T_EQ(tsleep(td, 0, "join", 10), 0);
	T_TRUE(seen_arg == &p);
	T_EQ(kproc_create(proc_end, NULL, NULL, 0, 0, "nobody asks"), 0);
	T_EQ(kproc_kthread_add(proc_end, NULL, NULL, NULL, 0, 0, "p", "t"), 0);
	pause("end", 1);
}

/* Enough of them to use up all memory, were stacks not given back. */
KERNEL_TEST(kthread, stacks_are_used_again)
{
	for (int i = 0; i < 5000; i++) {
		T_REQUIRE(kthread_add(look, NULL, NULL, NULL, 0, 0, "t") == 0);
		pause("end", 1);
	}
}

static void
end_in_critical_section(void *arg)
{
	critical_enter();
}

KERNEL_TEST_PANICS(kthread, ends_in_a_critical_section,
    "of ender returned in a critical section")
{
	kthread_add(end_in_critical_section, NULL, NULL, NULL, 0, 0, "ender");
	pause("end", 1);
}

static void
end_with_spin(void *arg)
{
	static struct mtx spin;

	bzero(&spin, sizeof(spin));
	mtx_init(&spin, "spin", NULL, MTX_SPIN);
	mtx_lock_spin(&spin);
}

KERNEL_TEST_PANICS(kthread, ends_with_a_spin_mutex,
    "returned with the following locks held: 1")
{
	kthread_add(end_with_spin, NULL, NULL, NULL, 0, 0, "ender");
	pause("end", 1);
}

KERNEL_TEST(kthread, memory_for_them_is_counted_in_pages)
{
	T_EQ(physmem, machine_ram_size / PAGE_SIZE);
}

/*
 * --- kernel.h's threads ---
 */

static struct kernel_sema sema;
static int taken;

static void
take(void *arg)
{
	kernel_sema_wait(&sema, "take");
	taken++;
}

KERNEL_TEST(kthread, semaphore_counts)
{
	int n = 3;

	sema = (struct kernel_sema) { 0 };
	taken = 0;
	kernel_sema_post(&sema);
	kernel_sema_post(&sema);
	for (int i = 0; i < n; i++)
		kernel_spawn("taker", take, NULL);
	pause("two", 1);
	T_EQ(taken, 2);
	T_EQ(sema.count, 0);
	/* A wakeup that brings nothing is slept through. */
	wakeup(&sema);
	pause("none", 1);
	T_EQ(taken, 2);
	kernel_sema_post(&sema);
	pause("third", 1);
	T_EQ(taken, 3);
}

/*
 * --- events ---
 */

static struct kernel_event got;
static void *got_arg;

static void
listen(void *arg, const struct kernel_event *event)
{
	got = *event;
	got_arg = arg;
}

KERNEL_TEST(event, carries_who_and_what)
{
	kernel_event_fn *old = kernel_event_hook;
	struct mtx m;
	int device, other;

	bzero(&m, sizeof(m));
	curthread->td_device = &device;
	curthread->td_device_name = "dev0";
	kernel_set_events(listen, &other);
	mtx_init(&m, "seen", NULL, MTX_DEF);
	T_TRUE(got_arg == &other);
	T_EQ(got.type, KE_NEW);
	T_EQ(got.object, KO_MUTEX);
	T_TRUE(got.id == &m);
	T_EQ(got.size, sizeof(m));
	T_STR(got.name, "seen");
	T_TRUE(got.device == &device);
	T_STR(got.device_name, "dev0");
	curthread->td_device = NULL;
	curthread->td_device_name = NULL;
	mtx_destroy(&m);
	T_EQ(got.type, KE_GONE);
	T_TRUE(got.id == &m);
	T_TRUE(got.device == NULL);
	/* The fixture's argument is NULL. */
	kernel_set_events(old, NULL);
}
