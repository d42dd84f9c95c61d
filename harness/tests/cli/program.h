/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The `ringside` command as a user meets it, run in a folder of its own.
 * RINGSIDE names the program (default build/ringside).
 */
#ifndef RINGSIDE_TESTS_CLI_PROGRAM_H
#define RINGSIDE_TESTS_CLI_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* What the last run printed, and where it ran. */
extern struct program {
	char out[64 << 10];
	char err[16 << 10];
	char dir[64];
	char path[4096]; /* of the program */
} program;

/* Makes the folder, and removes it with all that is in it. */
void program_begin(void);
void program_end(void);

/* Runs `ringside ARGS` there; returns the exit status. */
int program_run(const char *args);
/* The same after the shell's `before`. */
int program_run_after(const char *before, const char *args);
/*
 * Runs any shell command there; $RINGSIDE_PROGRAM is the program.  For
 * commands that wait for something there are
 *
 *	alive PID		whether the process runs
 *	gone PID		waits for its end, whoever its parent is
 *	catches_int PID		waits until it catches SIGINT
 *	has_open PID FILE N	waits until it has FILE open N times
 *	works PID N		waits until it has run for N/100 s more
 *
 * of which the last three fail when the process ends before.  Nothing but the
 * runner's limit bounds them: how long they take is the host's affair.
 */
int program_shell(const char *command);
extern const char program_waits[];
/* One line on standard error that says `what`, and this exit status. */
void program_complains(const char *args, const char *what, int status);

/* The path of a file there. */
void program_path(const char *name, char *path, size_t size);
/* Makes an image whose bytes are a function of their place. */
void program_image(const char *name, size_t size);
/* Whether two files there have the same bytes. */
bool program_same(const char *a, const char *b);
unsigned program_lines(const char *text);

#endif /* !RINGSIDE_TESTS_CLI_PROGRAM_H */
