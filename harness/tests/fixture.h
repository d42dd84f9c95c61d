/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine with a kernel in it, for tests on the host's side: boot, run
 * functions as kernel threads, halt, and be told of everything that went
 * wrong meanwhile.
 *
 *	fixture_boot(&(struct fixture_config) { .plug = plug_disk });
 *	fixture_run(read_a_block, &request);
 *	fixture_halt();
 *
 * A test fails when the kernel panics or hangs, when a rule of section 9 is
 * broken, and when something is left allocated after the modules have been
 * unloaded, unless it has said that it expects that.  The runner halts what a
 * test leaves running.  KERNEL_TEST in test.h does all this by itself.
 */
#ifndef RINGSIDE_TESTS_FIXTURE_H
#define RINGSIDE_TESTS_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/event.h"
#include "kernel/kernel.h"
#include "tests/test.h"

struct fixture_config {
	uint64_t seed; /* of the executive and the frame allocator */
	/* Scheduling steps one fixture_run() may take; 0: ten million. */
	uint64_t max_steps;
	/* KERNEL_DMA_PHYSICAL instead of KERNEL_DMA_CHECKED. */
	bool dma_physical;
	/*
	 * Creates devices and plugs them in, before the kernel boots; and
	 * destroys them after it has halted.  NULL: nothing.
	 */
	void (*plug)(void *arg);
	void (*destroy)(void *arg);
	void *arg;
	/* Also told of the kernel's events, or NULL; with `arg`. */
	kernel_event_fn *event;
};

/* Boots; NULL: all defaults.  Ends the test when the kernel does not come up.
 */
void fixture_boot(const struct fixture_config *config);
/*
 * Runs fn(arg) as a kernel thread until it returns.  Ends the test when the
 * kernel panics or hangs, unless that panic is expected: then it returns
 * false, and only fixture_halt() may follow.
 */
bool fixture_run(kernel_fn *fn, void *arg);
/* Shuts down and judges; does nothing when nothing is running. */
void fixture_halt(void);

/*
 * After fixture_boot(): from now on a panic, or a report of misuse, that
 * contains `part` is what the test wants, and the test fails if none comes.
 * `part` must stay valid until fixture_halt().  When either has come, what
 * is left allocated is not judged.
 */
void fixture_expect_panic(const char *part);
void fixture_expect_misuse(const char *part);

/* The kernel's log since boot, at least its last 8 KiB. */
const char *fixture_log(void);

/* Runs a test of one of the KERNEL_TEST kinds. */
void fixture_kernel_test(const struct test_case *test);

#endif /* !RINGSIDE_TESTS_FIXTURE_H */
