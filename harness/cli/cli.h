/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the subcommands of `ringside` share: exit statuses and the way in
 * which they complain.  Each subcommand is a file with one entry here.
 */
#ifndef RINGSIDE_CLI_CLI_H
#define RINGSIDE_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

enum cli_exit {
	CLI_OK = 0,
	CLI_VIOLATION = 1, /* a rule was broken, or verification failed */
	CLI_USAGE = 2,	   /* usage, or bad input */
	CLI_PANIC = 3,	   /* the driver under test panicked, or hangs */
	CLI_HOST = 4,	   /* the host lacks something */
};

struct cli_command {
	const char *name;
	const char *summary; /* one line for the list of commands */
	int (*main)(int argc, char **argv);
};

extern const struct cli_command cli_run;
extern const struct cli_command cli_mount;
extern const struct cli_command cli_ps;
extern const struct cli_command cli_tap;
extern const struct cli_command cli_devctl;
extern const struct cli_command cli_ifconfig;
extern const struct cli_command cli_sysctl;

/* The program as the user has called it: argv[0]. */
extern const char *cli_program;

/* One line on standard error, where no progress bar is left, after the
 * program's name. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same of wrong usage of a subcommand, with where to read about it. */
void cli_usage_error(const char *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A whole number in [low, high], decimal or after 0x hexadecimal, with an
 * optional suffix K, M, G or T (of 1024); false after complaining about
 * `option`.
 */
bool cli_number(const char *option, const char *text, uint64_t low,
    uint64_t high, uint64_t *value);

/* Whether it names a file at all; false after complaining. */
bool cli_path(const char *option, const char *path);

/*
 * Runs this program under gdb(1), with a subcommand's arguments but without
 * --gdb.  Returns only when that fails, with the exit status.
 */
int cli_gdb(int argc, char **argv);

#endif /* !RINGSIDE_CLI_CLI_H */
