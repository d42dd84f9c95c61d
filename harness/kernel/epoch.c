/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * epoch(9).
 *
 * An epoch counts its grace periods.  A preemptible section notes which one it
 * began in; whoever waits starts another, and goes on when no section is left
 * that began before.  The same holds for callbacks: a thread of the kernel
 * calls them.
 */
#include "kernel/kern.h"
#include "kernel/lock_var.h"

#include <sys/epoch.h>
#include <sys/lock.h>
#include <sys/proc.h>

/* In the ledger an epoch is memory of this type. */
#define TYPE "epoch"

/* Only sections lie in guest memory, on their threads' stacks. */
struct epoch_call {
	STAILQ_ENTRY(epoch_call) link;
	epoch_callback_t *cb;
	epoch_context_t ctx;
	uint64_t generation; /* sections that began in it or before count */
};

struct epoch {
	TAILQ_ENTRY(epoch) link;
	char name[32];
	int flags;
	uint64_t generation;
	TAILQ_HEAD(, epoch_tracker) sections; /* preemptible, as entered */
	u_int depth;			      /* of the others: one thread's */
	const struct thread *td;
	STAILQ_HEAD(, epoch_call) calls; /* in order */
	u_int pending;			 /* these, and the one that runs */
};

epoch_t global_epoch;
epoch_t global_epoch_preempt;
epoch_t net_epoch_preempt;

static struct {
	TAILQ_HEAD(, epoch) all;
	bool stop;
	bool stopped;
} epochs = { .all = TAILQ_HEAD_INITIALIZER(epochs.all) };

/*
 * --- life of an epoch ---
 */

static epoch_t
epoch_create(const char *name, int flags)
{
	struct epoch *epoch;

	KASSERT((flags & ~(EPOCH_PREEMPT | EPOCH_LOCKED)) == 0,
	    ("epoch_alloc: unknown flags %#x", flags));
	kern_assert_can_sleep("epoch_alloc");
	epoch = host_alloc(sizeof(*epoch));
	strlcpy(epoch->name, name, sizeof(epoch->name));
	epoch->flags = flags;
	TAILQ_INIT(&epoch->sections);
	STAILQ_INIT(&epoch->calls);
	TAILQ_INSERT_TAIL(&epochs.all, epoch, link);
	kern_new(KO_MALLOC, epoch, sizeof(*epoch), TYPE);
	return (epoch);
}

#if __FreeBSD_version >= 1300000
epoch_t
epoch_alloc(const char *name, int flags)
{
	return (epoch_create(name, flags));
}
#else
epoch_t
epoch_alloc_named(const char *name, int flags)
{
	return (epoch_create(name, flags));
}
#endif

void
epoch_free(epoch_t epoch)
{
	if (epoch->depth != 0 || !TAILQ_EMPTY(&epoch->sections))
		panic("epoch_free: a thread is in a section of epoch %s",
		    epoch->name);
	epoch_drain_callbacks(epoch);
	TAILQ_REMOVE(&epochs.all, epoch, link);
	kern_gone(KO_MALLOC, epoch, TYPE);
	host_free(epoch);
}

/*
 * --- sections ---
 */

int
in_epoch(epoch_t epoch)
{
	const struct epoch_tracker *et;

	if (epoch->depth > 0 && epoch->td == curthread)
		return (1);
	TAILQ_FOREACH(et, &epoch->sections, et_link)
		if (et->et_td == curthread)
			return (1);
	return (0);
}

int
in_epoch_verbose(epoch_t epoch, int dump_onfail)
{
	const struct epoch_tracker *et;
	int in = in_epoch(epoch);

	if (in || !dump_onfail)
		return (in);
	TAILQ_FOREACH(et, &epoch->sections, et_link)
		printf("epoch %s: %s is in a section\n", epoch->name,
		    et->et_td->td_name);
	return (0);
}

void
epoch_enter(epoch_t epoch)
{
	/* Nobody else runs until the section is left. */
	critical_enter();
	epoch->td = curthread;
	epoch->depth++;
}

void
epoch_exit(epoch_t epoch)
{
	if (epoch->depth == 0)
		panic("epoch_exit: no section of epoch %s was entered",
		    epoch->name);
	epoch->depth--;
	critical_exit();
}

void
epoch_enter_preempt(epoch_t epoch, epoch_tracker_t et)
{
	KASSERT((epoch->flags & EPOCH_PREEMPT) != 0,
	    ("epoch_enter_preempt: epoch %s is not EPOCH_PREEMPT",
		epoch->name));
	THREAD_NO_SLEEPING();
	et->et_td = curthread;
	et->et_epoch = epoch;
	et->et_generation = epoch->generation;
	TAILQ_INSERT_TAIL(&epoch->sections, et, et_link);
}

/* The oldest section; generations only grow from one to the next. */
static bool
is_over(const struct epoch *epoch, uint64_t generation)
{
	const struct epoch_tracker *et = TAILQ_FIRST(&epoch->sections);

	return (et == NULL || et->et_generation > generation);
}

void
epoch_exit_preempt(epoch_t epoch, epoch_tracker_t et)
{
	const struct epoch_tracker *in;

	/* The tracker may be anything, or another's: it is looked for. */
	TAILQ_FOREACH(in, &epoch->sections, et_link)
		if (in == et)
			break;
	if (in == NULL)
		panic("epoch_exit_preempt: no section of epoch %s was entered "
		      "with tracker %p",
		    epoch->name, et);
	if (et->et_td != curthread)
		panic("epoch_exit_preempt: a section of epoch %s is left by "
		      "%s, but was entered by %s",
		    epoch->name, curthread->td_name, et->et_td->td_name);
	TAILQ_REMOVE(&epoch->sections, et, et_link);
	et->et_td = NULL;
	THREAD_SLEEPING_OK();
	if (__predict_false(epoch->pending > 0))
		wakeup(&epochs);
	wakeup(epoch);
}

/*
 * --- waiting ---
 */

/*
 * Mutexes may be held where EPOCH_LOCKED says so, which no sleep of sleep(9)
 * would let pass.
 */
static void
wait_sections(struct epoch *epoch, const char *func)
{
	uint64_t generation = epoch->generation++;

	if (in_epoch(epoch))
		panic("%s() called in the middle of an epoch section of the "
		      "same epoch",
		    func);
	if ((epoch->flags & EPOCH_LOCKED) == 0 || curthread->td_critnest != 0 ||
	    !THREAD_CAN_SLEEP())
		kern_assert_can_sleep(func);
	while (!is_over(epoch, generation)) {
		sleep_begin(epoch, "epoch");
		(void)sleep_end(SIM_NEVER);
	}
}

void
epoch_wait(epoch_t epoch)
{
	KASSERT((epoch->flags & EPOCH_PREEMPT) == 0,
	    ("epoch_wait: epoch %s is EPOCH_PREEMPT", epoch->name));
	wait_sections(epoch, __func__);
}

void
epoch_wait_preempt(epoch_t epoch)
{
	KASSERT((epoch->flags & EPOCH_PREEMPT) != 0,
	    ("epoch_wait_preempt: epoch %s is not EPOCH_PREEMPT", epoch->name));
	wait_sections(epoch, __func__);
}

/*
 * --- callbacks ---
 */

#if __FreeBSD_version >= 1300000
void
epoch_call(epoch_t epoch, epoch_callback_t cb, epoch_context_t ctx)
#else
void
epoch_call_back(epoch_t epoch, epoch_callback_t cb, epoch_context_t ctx)
#endif
{
	struct epoch_call *call;

	KASSERT(cb != NULL, ("epoch_call: no function"));
	STAILQ_FOREACH(call, &epoch->calls, link)
		if (call->ctx == ctx)
			panic("epoch_call: %p waits already for epoch %s", ctx,
			    epoch->name);
	call = host_alloc(sizeof(*call));
	call->cb = cb;
	call->ctx = ctx;
	call->generation = epoch->generation++;
	STAILQ_INSERT_TAIL(&epoch->calls, call, link);
	epoch->pending++;
	wakeup(&epochs);
}

void
epoch_drain_callbacks(epoch_t epoch)
{
	if (in_epoch(epoch))
		panic("%s() called in the middle of an epoch section of the "
		      "same epoch",
		    __func__);
	kern_assert_can_sleep(__func__);
	while (epoch->pending > 0)
		(void)tsleep(&epoch->pending, PNOLOCK, "epochdrain", 0);
}

/* Runs what may run; false: nothing may. */
static bool
run_calls(void)
{
	struct epoch_call *call, copy;
	struct epoch *epoch;

	TAILQ_FOREACH(epoch, &epochs.all, link) {
		call = STAILQ_FIRST(&epoch->calls);
		if (call == NULL || !is_over(epoch, call->generation))
			continue;
		STAILQ_REMOVE_HEAD(&epoch->calls, link);
		copy = *call;
		host_free(call);
		copy.cb(copy.ctx);
		kern_check_no_locks("epoch callback");
		if (--epoch->pending == 0)
			wakeup(&epoch->pending);
		return (true);
	}
	return (false);
}

static void
epoch_thread(void *arg)
{
	(void)arg;
	for (;;) {
		if (run_calls())
			continue;
		if (epochs.stop)
			break;
		(void)tsleep(&epochs, PNOLOCK, "-", 0);
	}
	epochs.stopped = true;
	wakeup(&epochs.stopped);
}

/*
 * --- life of all ---
 */

void
epoch_boot(void)
{
	TAILQ_INIT(&epochs.all);
	epochs.stop = epochs.stopped = false;
	global_epoch = epoch_create("Global", 0);
	global_epoch_preempt =
	    epoch_create("Global preemptible", EPOCH_PREEMPT);
	net_epoch_preempt = epoch_create("Net preemptible", EPOCH_PREEMPT);
	if (kern_thread_create("epoch", epoch_thread, NULL) == NULL)
		panic("epoch: no memory for a thread");
}

/* Callbacks that nobody has waited for run first. */
void
epoch_halt(void)
{
	epochs.stop = true;
	wakeup(&epochs);
	while (!epochs.stopped)
		(void)tsleep(&epochs.stopped, PNOLOCK, "epochhalt", 0);
	epoch_free(net_epoch_preempt);
	epoch_free(global_epoch_preempt);
	epoch_free(global_epoch);
	epoch_forget();
}

void
epoch_forget(void)
{
	struct epoch_call *call;
	struct epoch *epoch;

	while ((epoch = TAILQ_FIRST(&epochs.all)) != NULL) {
		while ((call = STAILQ_FIRST(&epoch->calls)) != NULL) {
			STAILQ_REMOVE_HEAD(&epoch->calls, link);
			host_free(call);
		}
		TAILQ_REMOVE(&epochs.all, epoch, link);
		host_free(epoch);
	}
	global_epoch = global_epoch_preempt = net_epoch_preempt = NULL;
}
