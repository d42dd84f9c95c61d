/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * epoch(9).
 *
 * There is one processor and threads change only where they wait, so a
 * section of epoch_enter(), which may not wait, is over before anybody else
 * runs.  One of epoch_enter_preempt() may be left by force while it waits for
 * a mutex; others wait for it then, and callbacks with them.
 *
 * To leave a section that was not entered, to sleep in one, or to wait in one
 * for its own epoch panics.
 */
#ifndef _SYS_EPOCH_H_
#define _SYS_EPOCH_H_
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/queue.h>

struct thread;
struct epoch;
typedef struct epoch *epoch_t;

/* Part of what is to be freed. */
struct epoch_context {
	void *data[2];
} __aligned(sizeof(void *));
typedef struct epoch_context *epoch_context_t;
typedef void epoch_callback_t(epoch_context_t);

/* One section of epoch_enter_preempt(), on its thread's stack. */
struct epoch_tracker {
	TAILQ_ENTRY(epoch_tracker) et_link;
	struct thread *et_td;
	struct epoch *et_epoch;
	uint64_t et_generation; /* of the epoch when it was entered */
} __aligned(sizeof(void *));
typedef struct epoch_tracker *epoch_tracker_t;

#define EPOCH_PREEMPT 0x1 /* sections may be preempted */
#define EPOCH_LOCKED  0x2 /* mutexes may be held when one waits */

extern epoch_t global_epoch;
extern epoch_t global_epoch_preempt;
extern epoch_t net_epoch_preempt;

#if __FreeBSD_version >= 1300000
epoch_t epoch_alloc(const char *name, int flags);
#else
epoch_t epoch_alloc_named(const char *name, int flags);
#define epoch_alloc(flags) epoch_alloc_named("epoch", (flags))
#endif
/* No section may be entered, no callback wait. */
void epoch_free(epoch_t epoch);

void epoch_enter(epoch_t epoch);
void epoch_exit(epoch_t epoch);
void epoch_enter_preempt(epoch_t epoch, epoch_tracker_t et);
void epoch_exit_preempt(epoch_t epoch, epoch_tracker_t et);
/* Returns when all sections that were entered before are left.  Sleeps. */
void epoch_wait(epoch_t epoch);
void epoch_wait_preempt(epoch_t epoch);
/* Calls back when they are, from a thread of its own. */
#if __FreeBSD_version >= 1300000
void epoch_call(epoch_t epoch, epoch_callback_t cb, epoch_context_t ctx);
#else
void epoch_call_back(epoch_t epoch, epoch_callback_t cb, epoch_context_t ctx);
#define epoch_call(epoch, ctx, cb) epoch_call_back((epoch), (cb), (ctx))
#endif
/* Returns when all callbacks that were asked for have run.  Sleeps. */
void epoch_drain_callbacks(epoch_t epoch);
/* Whether the running thread is in a section of this epoch. */
int in_epoch(epoch_t epoch);
int in_epoch_verbose(epoch_t epoch, int dump_onfail);

/* The network's. */
#if __FreeBSD_version >= 1300000
#define NET_EPOCH_ENTER(et)  epoch_enter_preempt(net_epoch_preempt, &(et))
#define NET_EPOCH_EXIT(et)   epoch_exit_preempt(net_epoch_preempt, &(et))
#define NET_EPOCH_WAIT()     epoch_wait_preempt(net_epoch_preempt)
#define NET_EPOCH_CALL(f, c) epoch_call(net_epoch_preempt, (f), (c))
#define NET_EPOCH_ASSERT()   MPASS(in_epoch(net_epoch_preempt))
/* Sleeps. */
#define NET_EPOCH_DRAIN_CALLBACKS() epoch_drain_callbacks(net_epoch_preempt)
#else /* with a tracker of their own, or the caller's */
#define NET_EPOCH_ENTER()            \
	struct epoch_tracker nep_et; \
	epoch_enter_preempt(net_epoch_preempt, &nep_et)
#define NET_EPOCH_EXIT()       epoch_exit_preempt(net_epoch_preempt, &nep_et)
#define NET_EPOCH_ENTER_ET(et) epoch_enter_preempt(net_epoch_preempt, &(et))
#define NET_EPOCH_EXIT_ET(et)  epoch_exit_preempt(net_epoch_preempt, &(et))
#define NET_EPOCH_WAIT()       epoch_wait_preempt(net_epoch_preempt)
#endif

#endif /* !_SYS_EPOCH_H_ */
