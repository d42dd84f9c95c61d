/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The referee: checkers that watch the fight and say who broke which rule.
 *
 * Kernel and model tell what happens (kernel/event.h, model/event.h); whoever
 * sets up a run hands those events to a referee, which passes them to its
 * checkers.  Workloads do not judge, and checkers do not act: they only read.
 *
 *	ownership	each descriptor of a ring is free, or held by the device
 *	dma		memory stays loaded while a device has it
 *	leaks		what a device obtained, it has given back when it is
 *			gone
 *	notify		who asked to be told of something in a ring is told
 *	rules		what the model or the kernel report: misuse, a panic
 */
#ifndef RINGSIDE_CHECK_REFEREE_H
#define RINGSIDE_CHECK_REFEREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/event.h"
#include "model/event.h"

struct referee;

struct referee_config {
	/*
	 * Copies guest memory as a device sees it; false when there is none.
	 * NULL: checkers that must look into memory do without.
	 */
	bool (*peek)(void *arg, uint64_t gpa, void *buffer, size_t length);
	void *peek_arg;
	/* Told of each violation when it is found, or NULL. */
	void (*violation)(void *arg, const char *checker, const char *text);
	void *violation_arg;
};

struct referee *referee_new(const struct referee_config *config);
void referee_free(struct referee *referee);

/* For vdev_host.event and kernel_set_events(); `arg` is the referee. */
void referee_model_event(void *arg, const struct model_event *event);
void referee_kernel_event(void *arg, const struct kernel_event *event);

/* No thread of the guest has anything to do now; devices may. */
void referee_idle(struct referee *referee);
/*
 * The kernel hangs: every task waits, and what is owed now is owed for ever.
 * Says who owes what; the run has failed anyway.
 */
void referee_quiet(struct referee *referee);
/* The run is over: what is still open now stays open for ever. */
void referee_finish(struct referee *referee);

/* Violations so far; the first few are kept as text ("ownership: ..."). */
#define REFEREE_KEPT 32
unsigned referee_violations(const struct referee *referee);
/* NULL when `i` is not kept. */
const char *referee_text(const struct referee *referee, unsigned i);

/*
 * What went between drivers and devices over queues, and how much of it the
 * other side had asked not to get: allowed (virtio 1.3, sections 2.7.7.1 and
 * 2.7.10.2), but each costs an exit.  "Unasked" where memory was looked at.
 */
struct referee_counts {
	uint64_t notifications;
	uint64_t unasked_notifications;
	uint64_t interrupts;
	uint64_t unasked_interrupts;
};

void referee_counts(const struct referee *referee,
    struct referee_counts *counts);

#endif /* !RINGSIDE_CHECK_REFEREE_H */
