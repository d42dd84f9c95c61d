/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A driver that does one wrong thing, to see the bench survive it.
 */
#ifndef RINGSIDE_TESTS_KERNEL_BADDRIVER_H
#define RINGSIDE_TESTS_KERNEL_BADDRIVER_H

enum bad_deed {
	BAD_NOTHING,
	BAD_ATTACH_PANICS,
	BAD_ATTACH_SPINS,    /* for (;;) without a call */
	BAD_ATTACH_MEASURES, /* for (;;), mostly inside of a library */
	BAD_ATTACH_WAITS,    /* for what nobody will do */
	BAD_ATTACH_POLLS,    /* for it, with pauses */
	BAD_DETACH_PANICS,
	BAD_READS_NULL,
	BAD_WRITES_NULL,
	BAD_CALLS_NULL,
	BAD_READS_NOWHERE, /* an address that cannot be */
	BAD_DIVIDES_BY_ZERO,
	BAD_ILLEGAL_INSTRUCTION,
	BAD_STACK_OVERFLOW,
	BAD_HUGE_FRAME, /* steps over any guard page */
	BAD_MUTEX_RECURSED,
	BAD_MUTEX_NOT_OWNED,
	BAD_FREES_TWICE,
	BAD_USES_FREED,
	BAD_HANDLER_SLEEPS,
	BAD_HANDLER_SPINS,
	BAD_HANDLER_KEEPS_LOCK,
	BAD_HANDLER_READS_NULL,
	BAD_FILTER_SLEEPS,
};

/* A kernel thread: attaches the driver, and detaches it again. */
void baddriver_main(void *deed);

#endif /* !RINGSIDE_TESTS_KERNEL_BADDRIVER_H */
