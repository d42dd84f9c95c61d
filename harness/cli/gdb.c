/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The same command under gdb(1), stopped where it goes wrong.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/*
 * Faults stop gdb by themselves; a panic, a broken rule and a hang have these
 * functions in common.  The watchdog's signal is of no interest.
 */
static const char *const arguments[] = {
	"gdb",
	"-q",
	"-ex",
	"handle SIGVTALRM nostop noprint pass",
	"-ex",
	"break vpanic",
	"-ex",
	"break kern_misuse",
	"-ex",
	"break kern_hang",
	"-ex",
	"run",
	"--args",
};
#define ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

/* Whether the shell would find it. */
static bool
is_installed(const char *program)
{
	const char *path = getenv("PATH"), *end;
	char file[PATH_MAX];

	for (; path != NULL && *path != '\0';
	     path = *end != '\0' ? end + 1 : end) {
		end = strchrnul(path, ':');
		if (snprintf(file, sizeof(file), "%.*s/%s", (int)(end - path),
			path, program) < (int)sizeof(file) &&
		    access(file, X_OK) == 0)
			return (true);
	}
	return (false);
}

/* "--gdb", or as much of it as getopt_long() takes for it. */
static bool
is_gdb_option(const char *argument)
{
	return (strlen(argument) > 2 &&
	    strncmp("--gdb", argument, strlen(argument)) == 0);
}

int
cli_gdb(int argc, char **argv)
{
	static char self[PATH_MAX];
	const char **command;
	size_t n = ARGUMENTS;
	ssize_t length;

	if (!is_installed("gdb")) {
		cli_error("--gdb wants gdb(1), which is not installed: it is "
			  "in the package gdb");
		return (CLI_HOST);
	}
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	command = calloc(ARGUMENTS + 2 + (size_t)argc, sizeof(*command));
	if (length < 0 || command == NULL) {
		cli_error("--gdb: %s", strerror(errno));
		free(command);
		return (CLI_HOST);
	}
	memcpy(command, arguments, sizeof(arguments));
	command[n++] = self;
	for (int i = 0; i < argc; i++) {
		if (!is_gdb_option(argv[i]))
			command[n++] = argv[i];
	}
	fflush(stdout);
	execvp("gdb", (char **)(uintptr_t)command);
	cli_error("gdb: %s", strerror(errno));
	free(command);
	return (CLI_HOST);
}
