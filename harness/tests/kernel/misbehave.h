/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Kernel code that does wrong on request, for tests of those who must notice:
 * a driver, attached in kernels that boot while `misbehaviour` says so, and
 * functions for kernel_run().  Usable from either side.
 */
#ifndef RINGSIDE_TESTS_KERNEL_MISBEHAVE_H
#define RINGSIDE_TESTS_KERNEL_MISBEHAVE_H

enum misbehaviour {
	BEHAVE, /* there is no such device */
	LEAK_AT_DETACH,
	PANIC_AT_ATTACH,
	PANIC_AT_DETACH,
	HANG_AT_DETACH,
};
extern enum misbehaviour misbehaviour;

void misbehave_leak(void *unused);     /* malloc(9) without free(9) */
void misbehave_panic(void *unused);    /* panic(9) */
void misbehave_hang(void *unused);     /* sleeps for ever */
void misbehave_misuse(void *unused);   /* a DMA tag that cannot be */
void misbehave_overflow(void *unused); /* of a thread's stack: aborts */

/* These do nothing wrong: what a kernel was told when it was booted. */
void misbehave_log(void *unused);   /* its name under bootverbose */
void misbehave_say(void *text);	    /* printf(9) */
void misbehave_random(void *value); /* arc4random(9) to a uint32_t */

#endif /* !RINGSIDE_TESTS_KERNEL_MISBEHAVE_H */
