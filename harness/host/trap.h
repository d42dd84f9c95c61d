/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Traps: what the processor and the timer do to the code that runs.
 *
 * Faults of the process (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT)
 * and a watchdog on processor time are offered to whoever runs tasks.  When
 * it claims one, the interrupted code never goes on: the process continues on
 * a stack of its own, outside of the signal's handler, where everything may
 * be called again.  What nobody claims goes to the handler that was there
 * before.
 */
#ifndef RINGSIDE_HOST_TRAP_H
#define RINGSIDE_HOST_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum host_trap_kind {
	HOST_TRAP_PAGE,	      /* no memory there, or not for this access */
	HOST_TRAP_PROTECTION, /* an address that cannot be */
	HOST_TRAP_ALIGNMENT,
	HOST_TRAP_DIVIDE,
	HOST_TRAP_ARITHMETIC,
	HOST_TRAP_INSTRUCTION, /* not one; __builtin_trap() as well */
	HOST_TRAP_BREAKPOINT,
	HOST_TRAP_ABORT, /* abort(), mostly a sanitizer's verdict */
	HOST_TRAP_TIME,	 /* the watchdog's */
};

struct host_trap {
	enum host_trap_kind kind;
	uintptr_t address; /* PAGE, ALIGNMENT: what was accessed */
	bool write;	   /* PAGE: it was a write (x86-64 only) */
	/* Registers of the interrupted code. */
	uintptr_t pc;
	uintptr_t sp;
	uintptr_t fp;
};

struct host_trap_owner {
	/*
	 * Whether this trap is the owner's.  Called in a signal's handler: it
	 * looks at variables and no more.  HOST_TRAP_TIME is offered each
	 * time that the watchdog's period has gone by.
	 */
	bool (*claim)(const struct host_trap *trap);
	/*
	 * What runs instead of the interrupted code, on the stack given here.
	 * Must not return.
	 */
	void (*divert)(const struct host_trap *trap, void *stack, size_t size);
};

/*
 * From now on `owner` (static) is asked; NULL: nobody.  After a claim,
 * nothing more can be claimed until this is called again.
 */
void host_trap_own(const struct host_trap_owner *owner);
/*
 * Offers HOST_TRAP_TIME each time that the process has used so many
 * nanoseconds of processor time in user mode; 0: never.
 */
void host_watchdog(uint64_t period);

/*
 * The process is about to end in a way that leaves no time for more than a
 * line: a fault while a trap was being handled, or a sanitizer's verdict.
 * `fn` writes that line with host_write_err(); then the process ends with
 * `status`.  NULL: as the host would have it (the default).
 */
void host_on_death(void (*fn)(void), int status);

#endif /* !RINGSIDE_HOST_TRAP_H */
