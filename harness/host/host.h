/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's services that the fake kernel and the executive stand on.
 *
 * Kernel-side files are compiled without the host's headers, so whatever
 * they need of the host passes through here; nothing else in kernel/ or sim/
 * may call the operating system.  The header itself uses only the compiler's
 * freestanding headers and can be included from either side.
 *
 * Memory from here is the bench's own bookkeeping: it is not guest memory, a
 * device cannot reach it, and a driver must never be handed a pointer to it
 * as something to do DMA on.
 */
#ifndef RINGSIDE_HOST_HOST_H
#define RINGSIDE_HOST_HOST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory of at least one byte; ends the process when there is none. */
void *host_alloc(size_t size) __attribute__((malloc, returns_nonnull));
/* Grows or shrinks; what is added is not zeroed.  `p` may be NULL. */
void *host_realloc(void *p, size_t size) __attribute__((returns_nonnull));
void host_free(void *p);

/*
 * A stack of `size` bytes (rounded up to pages) with a guard page below it.
 * Returns its lowest usable address.
 */
void *host_stack_alloc(size_t size);
void host_stack_free(void *stack, size_t size);

/*
 * Monotonic wall clock in nanoseconds.  For benches, tools and the threaded
 * executive only: whatever a simulated run computes must not depend on it.
 */
uint64_t host_clock_ns(void);

/*
 * Write to the process's standard output or standard error; write_err also
 * works when memory is exhausted.
 */
void host_write_out(const char *text, size_t length);
void host_write_err(const char *text, size_t length);

/*
 * The caller's backtrace as text, one frame a line: "#2 vioblk_attach+0x1c".
 * Returns the length, cut at `size`.  Works anywhere, but is slow.
 */
size_t host_backtrace(char *text, size_t size);
/*
 * The same of `n` return addresses, the innermost first.  An address where
 * something stopped that was no call is given plus one.
 */
size_t host_backtrace_format(void *const *pcs, size_t n, char *text,
    size_t size);

/*
 * Copies `size` bytes, at most 4096, from an address that may be anything;
 * false when they cannot be read.
 */
bool host_peek(const void *from, void *to, size_t size);

/*
 * The name of the function that `address` lies in, static ones included, or
 * NULL; *offset (unless NULL) is how far in.  The name lives for ever.
 */
const char *host_symbol(const void *address, size_t *offset);

/*
 * The bench itself is broken (not the driver): says where and aborts.  Never
 * for anything that a driver or a device can cause.
 */
void host_fatal(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* Whether host_fatal() is at work. */
bool host_is_dying(void);

/* For the bench's own invariants; present in every build. */
#define HOST_ASSERT(cond)                                                 \
	do {                                                              \
		if (__builtin_expect(!(cond), 0))                         \
			host_fatal(                                       \
			    "%s:%d: %s: bench invariant \"%s\" is false", \
			    __FILE__, __LINE__, __func__, #cond);         \
	} while (0)

#endif /* !RINGSIDE_HOST_HOST_H */
