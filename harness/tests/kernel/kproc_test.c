/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kthread(9) and kproc(9): threads of the kernel, by all the ways in which
 * they come and go.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kthread.h>
#include <sys/proc.h>

#include "sim/sim.h"
#include "tests/test.h"

static int ran;

static void
settle(void)
{
	for (int i = 0; i < 5; i++)
		sim_yield();
}

static void
run(void *arg)
{
	ran += *(int *)arg;
	if (ran > 10)
		kthread_exit();
	if (ran > 5)
		kproc_exit(0);
}

KERNEL_TEST(kthread, processes_have_threads)
{
	struct proc *p = NULL;
	struct thread *td = NULL;
	int one = 1, six = 6, eleven = 11;

	ran = 0;
	T_EQ(kproc_create(run, &one, &p, 0, 0, "proc %d", 1), 0);
	T_TRUE(p != NULL);
	settle();
	T_EQ(ran, 1);
	T_EQ(
	    kproc_kthread_add(run, &six, &p, &td, 0, 0, "proc", "thread %d", 2),
	    0);
	T_STR(td->td_name, "thread 2");
	T_TRUE(td->td_proc == p);
	settle();
	T_EQ(ran, 7);
	T_EQ(kproc_create(run, &eleven, NULL, 0, 0, "last"), 0);
	settle();
	T_EQ(ran, 18);
}

KERNEL_TEST(kthread, unknown_flags_are_refused)
{
	struct proc *p = NULL;

	T_EQ(kthread_add(run, NULL, NULL, NULL, 1, 0, "no"), EINVAL);
	T_EQ(kproc_create(run, NULL, &p, 1, 0, "no"), EINVAL);
	T_EQ(kproc_kthread_add(run, NULL, &p, NULL, 1, 0, "no", "no"), EINVAL);
	T_TRUE(p == NULL);
}
