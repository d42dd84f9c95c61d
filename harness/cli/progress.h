/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How far a workload is: a bar on the last line of the terminal that standard
 * error is, and whether the user has asked it to end.
 */
#ifndef RINGSIDE_CLI_PROGRESS_H
#define RINGSIDE_CLI_PROGRESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Shows bars from now on, if standard error is a terminal that can. */
void progress_enable(void);

/*
 * A piece of work begins that is done after so many operations or, if `ns` is
 * not 0, nanoseconds of wall clock; 0 operations: no bound.
 */
void progress_start(const char *what, uint64_t operations, uint64_t ns);
/* So many operations are done; `now` is host_clock_ns(). */
void progress_step(uint64_t done, uint64_t now);
/* Takes the bar away. */
void progress_end(void);
/* The same for a moment, before something else is printed. */
void progress_hide(void);

/*
 * The bar's text, in at most `columns` columns; what does not fit is left
 * out.  `part` is in thousandths, -1 unknown.
 */
struct progress_state {
	const char *what;
	int part;
	uint64_t done, total; /* operations; total 0: unknown */
	uint64_t elapsed;     /* ns */
	uint64_t bound;	      /* ns, or 0 */
};
void progress_format(const struct progress_state *state, char *text,
    size_t size, unsigned columns);

/*
 * SIGINT and SIGTERM, the first time, are remembered here: workloads start
 * nothing more.  The second time they end the process.
 */
extern volatile sig_atomic_t progress_interrupted;
void progress_catch_signals(void);
/* Ends the process by the signal that was caught, as who sent it expects. */
void progress_die(void);

#endif /* !RINGSIDE_CLI_PROGRESS_H */
