/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside ps: who is in the kernel in the middle of a run.
 */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/image.h"
#include "cli/replay.h"
#include "cli/session.h"
#include "cli/workload.h"

struct options {
	const char *disk;
	uint64_t seed;
	uint64_t operations;
	uint64_t at_op;
	uint64_t depth;
	bool traces;
	bool verbose;
};

enum { OPT_AT_OP = 256 };

static const struct option longopts[] = {
	{ "disk", required_argument, NULL, 'd' },
	{ "ops", required_argument, NULL, 'n' },
	{ "at-op", required_argument, NULL, OPT_AT_OP },
	{ "depth", required_argument, NULL, 'D' },
	{ "seed", required_argument, NULL, 's' },
	{ "kernel-stacks", no_argument, NULL, 'k' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs("usage: ringside ps --disk FILE [OPTION]...\n"
	      "\n"
	      "Attaches the FreeBSD block driver to FILE, starts the mix of\n"
	      "`ringside run` and stops in the middle: prints all kernel\n"
	      "threads and device tasks, as ps(1) and procstat(1) would.\n"
	      "FILE stays as it is.\n"
	      "\n"
	      "  --disk FILE          an image, a multiple of 512 bytes\n"
	      "  --at-op N            stop when N operations are done\n"
	      "                       (default 100; 0: before the first)\n"
	      "  --ops N              operations of the mix (default 20000)\n"
	      "  --depth N            operations in flight, 1 to 64 (default\n"
	      "                       16)\n"
	      "  --seed N             of the mix and the memory layout\n"
	      "                       (default 1)\n"
	      "  -k, --kernel-stacks  also the backtrace of each\n"
	      "  -v, --verbose        also the kernel's log, all of it\n"
	      "  -h, --help           this text\n"
	      "\n"
	      "TID    the thread's number, or `device`: a task of the model\n"
	      "NAME   the thread's, or the device's\n"
	      "STATE  running, runnable (another one runs), sleeping, timed\n"
	      "       (sleeping, and time will wake it), blocked (on a lock)\n"
	      "WAIT   the wait channel's name; of a lock *NAME, its class and\n"
	      "       its owner\n"
	      "LOCKS  the locks that the thread holds\n",
	    out);
}

static int
check_options(const struct options *o, int argc, char **argv)
{
	if (optind < argc) {
		cli_error("ps: '%s' is not an option; try `ringside ps --help`",
		    argv[optind]);
		return (CLI_USAGE);
	}
	if (o->disk == NULL) {
		cli_error("ps wants --disk FILE; try `ringside ps --help`");
		return (CLI_USAGE);
	}
	if (o->at_op > o->operations) {
		cli_error("--at-op %" PRIu64 " never comes: --ops is %" PRIu64,
		    o->at_op, o->operations);
		return (CLI_USAGE);
	}
	return (-1);
}

/* -1: go on; else the exit status. */
static int
parse(int argc, char **argv, struct options *o)
{
	bool ok = true;
	int opt;

	*o = (struct options) { .seed = 1,
		.operations = 20000,
		.at_op = 100,
		.depth = 16 };
	while (ok &&
	    (opt = getopt_long(argc, argv, "kvh", longopts, NULL)) != -1) {
		switch (opt) {
		case 'd':
			o->disk = optarg;
			break;
		case 'n':
			ok = cli_number("--ops", optarg, 1, UINT64_C(1) << 40,
			    &o->operations);
			break;
		case OPT_AT_OP:
			ok = cli_number("--at-op", optarg, 0, UINT64_C(1) << 40,
			    &o->at_op);
			break;
		case 'D':
			ok = cli_number("--depth", optarg, 1,
			    WORKLOAD_DEPTH_MAX, &o->depth);
			break;
		case 's':
			ok = cli_number("--seed", optarg, 0, UINT64_MAX,
			    &o->seed);
			break;
		case 'k':
			o->traces = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			usage(stdout);
			return (CLI_OK);
		default:
			/* getopt has said what is wrong. */
			fputs("try `ringside ps --help`\n", stderr);
			return (CLI_USAGE);
		}
	}
	return (ok ? check_options(o, argc, argv) : CLI_USAGE);
}

static void
show_line(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static void
show_violation(void *arg, const char *checker, const char *text)
{
	(void)arg;
	cli_error("%s: %s", checker, text);
}

static void
show_threads(void *arg)
{
	const struct options *o = arg;

	kernel_ps(o->traces, show_line, NULL);
}

static void
make_replay(const struct options *o, struct replay *replay)
{
	replay_begin(replay, "ps");
	replay_number(replay, "--seed", o->seed);
	replay_option(replay, "--disk", o->disk);
	replay_number(replay, "--ops", o->operations);
	replay_number(replay, "--at-op", o->at_op);
	replay_number(replay, "--depth", o->depth);
}

static int
ps_main(int argc, char **argv)
{
	struct session_config config = { .ndisks = 1, .referee = true };
	static struct replay replay;
	struct session *session;
	struct options o;
	struct mix mix;
	int status;

	status = parse(argc, argv, &o);
	if (status >= 0)
		return (status);
	if (!image_open_overlay(o.disk, &config.disks[0].backend))
		return (CLI_USAGE);
	make_replay(&o, &replay);
	config.seed = o.seed;
	config.max_steps = SESSION_MAX_STEPS;
	config.watchdog = SESSION_WATCHDOG;
	config.verbose = o.verbose;
	config.console = o.verbose ? show_line : NULL;
	config.violation = show_violation;
	config.replay = replay.text;
	session = session_open(&config, &status);
	if (session == NULL)
		return (status);
	mix = (struct mix) {
		.seed = o.seed,
		.operations = o.operations,
		.depth = (unsigned)o.depth,
		.image = open(o.disk, O_RDONLY | O_CLOEXEC),
		.stop = show_threads,
		.stop_arg = &o,
		.stop_at = o.at_op,
	};
	(void)session_run(session, "mix", mix_main, &mix);
	status = session_close(session);
	if (mix.image >= 0)
		close(mix.image);
	if (mix.failures > 0 && status == CLI_OK) {
		cli_error("%s", mix.failure);
		status = CLI_VIOLATION;
	}
	return (status);
}

const struct cli_command cli_ps = {
	.name = "ps",
	.summary = "show who is in the kernel in the middle of a run",
	.main = ps_main,
};
