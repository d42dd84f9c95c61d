/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * epoch(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/epoch.h>
#include <sys/interrupt.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/taskqueue.h>
#include <machine/intr_machdep.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "model/device.h"
#include "sim/sim.h"
#include "tests/test.h"

#if __FreeBSD_version >= 1300000
#define make_epoch(flags)    epoch_alloc("test", (flags))
#define call(epoch, cb, ctx) epoch_call((epoch), (cb), (ctx))
#define net_enter(et)	     NET_EPOCH_ENTER(et)
#define net_exit(et)	     NET_EPOCH_EXIT(et)
#else
#define make_epoch(flags)    epoch_alloc(flags)
#define call(epoch, cb, ctx) epoch_call((epoch), (ctx), (cb))
#define net_enter(et)	     NET_EPOCH_ENTER_ET(et)
#define net_exit(et)	     NET_EPOCH_EXIT_ET(et)
#endif

struct node {
	struct epoch_context ctx;
	int *freed;
};

static void
node_free(epoch_context_t ctx)
{
	struct node *node = __containerof(ctx, struct node, ctx);

	++*node->freed;
	free(node, M_TEMP);
}

static void
defer(epoch_t epoch, int *freed)
{
	struct node *node = malloc(sizeof(*node), M_TEMP, M_WAITOK);

	node->freed = freed;
	call(epoch, node_free, &node->ctx);
}

KERNEL_TEST(epoch, sections_nest)
{
	epoch_t epoch = make_epoch(0), preempt = make_epoch(EPOCH_PREEMPT);
	struct epoch_tracker a, b;

	T_EQ(in_epoch(epoch), 0);
	epoch_enter(epoch);
	epoch_enter(epoch);
	T_EQ(in_epoch(epoch), 1);
	epoch_exit(epoch);
	T_EQ(in_epoch(epoch), 1);
	epoch_exit(epoch);
	T_EQ(in_epoch(epoch), 0);
	epoch_enter_preempt(preempt, &a);
	epoch_enter_preempt(preempt, &b);
	T_EQ(in_epoch(preempt), 1);
	T_EQ(in_epoch(net_epoch_preempt), 0);
	epoch_exit_preempt(preempt, &a);
	T_EQ(in_epoch(preempt), 1);
	T_EQ(in_epoch_verbose(preempt, 1), 1);
	epoch_exit_preempt(preempt, &b);
	T_EQ(in_epoch(preempt), 0);
	epoch_wait(epoch);
	epoch_wait_preempt(preempt);
	epoch_free(epoch);
	epoch_free(preempt);
	net_enter(a);
	T_EQ(in_epoch(net_epoch_preempt), 1);
	net_exit(a);
	NET_EPOCH_WAIT();
}

#if __FreeBSD_version < 1300000
KERNEL_TEST(epoch, network_sections_of_freebsd_12)
{
	NET_EPOCH_ENTER();
	T_EQ(in_epoch(net_epoch_preempt), 1);
	NET_EPOCH_EXIT();
	T_EQ(in_epoch(net_epoch_preempt), 0);
}
#endif

KERNEL_TEST(epoch, callbacks_come_later)
{
	int freed = 0;

	for (int i = 0; i < 5; i++)
		defer(net_epoch_preempt, &freed);
	T_EQ(freed, 0);
	epoch_drain_callbacks(net_epoch_preempt);
	T_EQ(freed, 5);
	defer(global_epoch, &freed);
	epoch_drain_callbacks(global_epoch);
	T_EQ(freed, 6);
	/* One that nobody waits for runs before the kernel ends. */
	defer(net_epoch_preempt, &freed);
}

/*
 * --- a thread that is in a section while it waits for a mutex ---
 */

static struct mtx mutex;
static int in, out;

static void
reader(void *arg)
{
	struct epoch_tracker et;
	epoch_t epoch = arg;

	epoch_enter_preempt(epoch, &et);
	in = 1;
	mtx_lock(&mutex);
	mtx_unlock(&mutex);
	epoch_exit_preempt(epoch, &et);
	out = 1;
	kthread_exit();
}

static int waited;

static void
waiter(void *arg)
{
	epoch_wait_preempt(arg);
	waited = 1;
	kthread_exit();
}

static void
let_others_run(void)
{
	for (int i = 0; i < 20; i++)
		sim_yield();
}

KERNEL_TEST(epoch, waits_for_sections_that_began_before)
{
	epoch_t epoch = make_epoch(EPOCH_PREEMPT | EPOCH_LOCKED);
	struct thread *td;
	int freed = 0;
	struct node *node = malloc(sizeof(*node), M_TEMP, M_WAITOK);

	node->freed = &freed;
	in = out = waited = 0;
	mtx_init(&mutex, "epoch test", NULL, MTX_DEF | MTX_NEW);
	mtx_lock(&mutex);
	T_EQ(kthread_add(reader, epoch, NULL, &td, 0, 0, "reader"), 0);
	let_others_run();
	T_EQ(in, 1);
	call(epoch, node_free, &node->ctx);
	T_EQ(kthread_add(waiter, epoch, NULL, &td, 0, 0, "waiter"), 0);
	let_others_run();
	T_EQ(out, 0);
	T_EQ(waited, 0);
	T_EQ(freed, 0);
	mtx_unlock(&mutex);
	epoch_wait_preempt(epoch);
	epoch_drain_callbacks(epoch);
	T_EQ(out, 1);
	T_EQ(freed, 1);
	while (!waited)
		pause("waiter", 1);
	epoch_free(epoch);
	mtx_destroy(&mutex);
}

/*
 * --- misuse ---
 */

KERNEL_TEST_ALWAYS_PANICS(epoch, exit_without_enter,
    "epoch_exit: no section of epoch")
{
	epoch_exit(global_epoch);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, preemptible_exit_without_enter,
    "epoch_exit_preempt: no section of epoch")
{
	struct epoch_tracker et;

	epoch_exit_preempt(net_epoch_preempt, &et);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, exit_twice,
    "epoch_exit_preempt: no section of epoch")
{
	struct epoch_tracker et;

	net_enter(et);
	net_exit(et);
	net_exit(et);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, sleep_in_a_section, "Sleeping on \"nap\"")
{
	epoch_enter(global_epoch);
	pause("nap", 1);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, sleep_in_a_preemptible_section,
    "Sleeping on \"nap\" with sleeping prohibited")
{
	struct epoch_tracker et;

	net_enter(et);
	pause("nap", 1);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, wait_in_its_section,
    "epoch_wait_preempt() called in the middle of an epoch section")
{
	struct epoch_tracker et;

	net_enter(et);
	NET_EPOCH_WAIT();
}

KERNEL_TEST_ALWAYS_PANICS(epoch, wait_in_a_section_of_another,
    "Sleeping in \"epoch_wait\"")
{
	struct epoch_tracker et;

	net_enter(et);
	epoch_wait(global_epoch);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, drain_in_its_section,
    "epoch_drain_callbacks() called in the middle")
{
	struct epoch_tracker et;

	net_enter(et);
	epoch_drain_callbacks(net_epoch_preempt);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, wait_with_a_mutex, "epoch_wait_preempt")
{
	struct mtx mtx;

	mtx_init(&mtx, "epoch test", NULL, MTX_DEF | MTX_NEW);
	mtx_lock(&mtx);
	NET_EPOCH_WAIT();
}

KERNEL_TEST(epoch, wait_with_a_mutex_where_it_may)
{
	epoch_t epoch = make_epoch(EPOCH_PREEMPT | EPOCH_LOCKED);
	struct mtx mtx;

	mtx_init(&mtx, "epoch test", NULL, MTX_DEF | MTX_NEW);
	mtx_lock(&mtx);
	epoch_wait_preempt(epoch);
	T_TRUE(mtx_owned(&mtx));
	mtx_unlock(&mtx);
	mtx_destroy(&mtx);
	epoch_free(epoch);
}

KERNEL_TEST_PANICS(epoch, of_the_other_kind, "is not EPOCH_PREEMPT")
{
	struct epoch_tracker et;

	epoch_enter_preempt(global_epoch, &et);
}

KERNEL_TEST_ALWAYS_PANICS(epoch, free_in_a_section, "epoch_free: a thread is")
{
	epoch_t epoch = make_epoch(EPOCH_PREEMPT);
	struct epoch_tracker et;

	epoch_enter_preempt(epoch, &et);
	epoch_free(epoch);
}

static void
nothing(epoch_context_t ctx)
{
	(void)ctx;
}

KERNEL_TEST_ALWAYS_PANICS(epoch, the_same_callback_twice,
    "waits already for epoch")
{
	struct epoch_context ctx;

	call(global_epoch, nothing, &ctx);
	call(global_epoch, nothing, &ctx);
}

#if __FreeBSD_version >= 1300000
/*
 * Since 13 handlers of network devices' interrupts, and tasks that say so, run
 * within the network's epoch; others do not.
 */
static void
note_epoch(void *arg)
{
	*(int *)arg = in_epoch(net_epoch_preempt);
}

static void
note_epoch_task(void *arg, int pending)
{
	note_epoch(arg);
}

KERNEL_TEST(epoch, tasks_of_the_network_run_within_its_epoch)
{
	struct task net, other;
	int in_net = -1, in_other = -1;

	NET_TASK_INIT(&net, 0, note_epoch_task, &in_net);
	TASK_INIT(&other, 0, note_epoch_task, &in_other);
	taskqueue_enqueue(taskqueue_thread, &net);
	taskqueue_enqueue(taskqueue_thread, &other);
	taskqueue_drain(taskqueue_thread, &net);
	taskqueue_drain(taskqueue_thread, &other);
	T_EQ(in_net, 1);
	T_EQ(in_other, 0);
	T_FALSE(in_epoch(net_epoch_preempt));
}

KERNEL_TEST(epoch, interrupts_of_the_network_run_within_its_epoch)
{
	static const enum intr_type types[] = { INTR_TYPE_NET, INTR_TYPE_BIO };
	struct vdev_host *host = machine_device_host(7, "test");
	uint64_t address;
	uint32_t data;
	void *cookie;
	int inside;

	for (u_int i = 0; i < nitems(types); i++) {
		inside = -1;
		T_EQ(intr_add_handler(root_bus, IRQ_MSI_FIRST + 5, NULL,
			 note_epoch, &inside, types[i] | INTR_MPSAFE, &cookie),
		    0);
		machine_msi_message(IRQ_MSI_FIRST + 5, &address, &data);
		host->msi(host->arg, address, data);
		for (int turn = 0; turn < 20; turn++)
			sim_yield();
		T_EQ(inside, types[i] == INTR_TYPE_NET);
		intr_event_remove_handler(cookie);
	}
}
#endif
