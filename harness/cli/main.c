/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside: finds the subcommand and hands over.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"

static const struct cli_command *const commands[] = {
	&cli_run,
	&cli_mount,
	&cli_tap,
	&cli_ps,
	&cli_devctl,
	&cli_ifconfig,
	&cli_sysctl,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/*
 * gcc's runtime for undefined behaviour knows no callback for its verdicts:
 * they come as an abort(), which is a trap like others (host/trap.h).
 */
const char *__ubsan_default_options(void);
const char *
__ubsan_default_options(void)
{
	return ("print_stacktrace=1:abort_on_error=1");
}

static void
usage(FILE *out)
{
	fputs("usage: ringside COMMAND [OPTION]...\n\n"
	      "Runs FreeBSD virtio drivers against a model of the device.\n\n"
	      "commands:\n",
	    out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name,
		    commands[i]->summary);
	fputs("\n`ringside COMMAND --help` lists a command's options.\n"
	      "exit status: 0 fine, 1 violation or failed verification, "
	      "2 usage or bad\ninput, 3 the driver panicked or hangs, 4 the "
	      "host lacks something or fails\n",
	    out);
}

/* What was printed must have arrived. */
static int
finish(int status)
{
	bool lost = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !lost)
		return (status);
	cli_error("standard output: %s",
	    errno != 0 ? strerror(errno) : "not all could be written");
	return (status != CLI_OK ? status : CLI_HOST);
}

/*
 * Ends as a signal has asked for, which a shell must see: it ends a script's
 * loop, too.
 */
static int
leave(int status)
{
	status = finish(status);
	if (status == CLI_OK && progress_interrupted != 0)
		progress_die();
	return (status);
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return (CLI_USAGE);
	}
	cli_program = argv[0];
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return (finish(CLI_OK));
	}
	/* An image at the limit of ulimit(1) -f: an error, not the end. */
	(void)signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) == 0)
			return (leave(commands[i]->main(argc - 1, argv + 1)));
	}
	cli_error("unknown command '%s'; try `ringside --help`", argv[1]);
	return (CLI_USAGE);
}
