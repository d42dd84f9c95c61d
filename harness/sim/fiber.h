/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fibers: stacks that are switched by hand.  Private to the executive.
 *
 * A switch saves what the calling convention asks a function to keep, and
 * nothing else: about ten instructions, against the two system calls of
 * swapcontext(3).  The sanitizers are told of each switch.
 */
#ifndef RINGSIDE_SIM_FIBER_H
#define RINGSIDE_SIM_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fiber {
	void *sp;	   /* where it stopped; NULL while it runs */
	const void *stack; /* lowest address */
	size_t stack_size;
	bool host;	 /* the thread's own stack */
	void *asan_fake; /* AddressSanitizer's fake stack */
	void *tsan;	 /* ThreadSanitizer's fiber */
	/* Where a trap took it off its stack, or 0; see fiber_diverted(). */
	uintptr_t trap_pc;
	uintptr_t trap_sp;
	uintptr_t trap_fp;
};

/* The fiber of the calling thread's own stack. */
void fiber_init_host(struct fiber *fiber);
/*
 * Prepares `fiber` so that the first switch to it calls entry(arg), which
 * must not return.
 */
void fiber_init(struct fiber *fiber, void *stack, size_t size,
    void (*entry)(void *), void *arg);
/* After the last switch away from it. */
void fiber_fini(struct fiber *fiber);

/*
 * Stops `from` (the running fiber) and continues `to`.  `last` says that
 * `from` will never run again.
 */
void fiber_switch(struct fiber *from, struct fiber *to, bool last);
/* The first thing that an entry function calls. */
void fiber_entered(struct fiber *self);

/*
 * A trap has taken the running fiber off its stack, to where the caller now
 * is: the first thing to be called there.  The three are the registers of
 * what was interrupted.
 */
void fiber_diverted(struct fiber *self, void *stack, size_t size, uintptr_t pc,
    uintptr_t sp, uintptr_t fp);

/*
 * The return addresses on the fiber's stack, innermost first, at most `max`;
 * returns their number.  `here` is where to begin when it is the running one:
 * a frame address of the caller's.  Follows frame pointers, which all code here
 * keeps, and never leaves the stack, whatever is written there.
 */
unsigned fiber_backtrace(const struct fiber *fiber, const void *here,
    void **pcs, unsigned max);

#endif /* !RINGSIDE_SIM_FIBER_H */
