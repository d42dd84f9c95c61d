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
#include "cli/diskopt.h"
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
	struct diskopt device;
	bool traces;
	bool verbose;
};

enum { OPT_DISK = 256, OPT_AT_OP, OPT_OPS, OPT_DEPTH, OPT_SEED };

#define OPERATIONS_MAX (UINT64_C(1) << 40)

static const struct cli_option ps_work[] = {
	{ OPT_DISK, "disk", "FILE", "an image, a multiple of 512 bytes" },
	{ OPT_AT_OP, "at-op", "N",
	    "stop when N operations are done (default 100; 0:\n"
	    "before the first)" },
	{ OPT_OPS, "ops", "N", "operations of the mix (default 20000)" },
	{ OPT_DEPTH, "depth", "N",
	    "operations in flight, 1 to 64 (default 16)" },
	{ OPT_SEED, "seed", "N", "of workload and memory layout (default 1)" },
	CLI_OPTION_END,
};

static const struct cli_option ps_output[] = {
	{ 'k', "kernel-stacks", NULL, "also the backtrace of each" },
	{ 'v', "verbose", NULL, "also the kernel's log, all of it" },
	{ 'h', "help", NULL, "this text" },
	CLI_OPTION_END,
};

static const struct cli_option *const tables[] = { ps_work, diskopt_options,
	diskopt_disk_options, ps_output, NULL };

static void
usage(void)
{
	puts("usage: ringside ps --disk FILE [OPTION]...\n"
	     "\n"
	     "Attaches the FreeBSD block driver to FILE, starts the mix of "
	     "`ringside run`\n"
	     "and stops in the middle: prints all kernel threads and device "
	     "tasks, as ps(1)\n"
	     "and procstat(1) would.  FILE stays as it is.\n");
	cli_print_options(stdout, tables);
	puts("\n"
	     "TID    the thread's number, or `device`: a task of the model\n"
	     "NAME   the thread's, or the device's\n"
	     "STATE  running, runnable (another one runs), sleeping, timed\n"
	     "       (sleeping, and time will wake it), blocked (on a lock)\n"
	     "WAIT   the wait channel's name; of a lock *NAME, its class and\n"
	     "       its owner\n"
	     "LOCKS  the locks that the thread holds");
}

static bool
parse_option(int id, struct options *o)
{
	switch (id) {
	case OPT_DISK:
		o->disk = optarg;
		return (cli_path("--disk", optarg));
	case OPT_OPS:
		return (cli_number("--ops", optarg, 1, OPERATIONS_MAX,
		    &o->operations));
	case OPT_AT_OP:
		return (cli_number("--at-op", optarg, 0, OPERATIONS_MAX,
		    &o->at_op));
	case OPT_DEPTH:
		return (cli_number("--depth", optarg, 1, WORKLOAD_DEPTH_MAX,
		    &o->depth));
	case OPT_SEED:
		return (cli_number("--seed", optarg, 0, UINT64_MAX, &o->seed));
	case 'k':
		o->traces = true;
		return (true);
	case 'v':
		o->verbose = true;
		return (true);
	}
	return (diskopt_parse(&o->device, id, optarg));
}

/* -1: go on; else the exit status. */
static int
parse(int argc, char **argv, struct options *o)
{
	int id;

	*o = (struct options) { .seed = 1,
		.operations = 20000,
		.at_op = 100,
		.depth = 16 };
	while ((id = cli_next_option(argc, argv, tables)) != CLI_NO_MORE) {
		if (id == CLI_BAD_OPTION)
			return (CLI_USAGE);
		if (id == 'h') {
			usage();
			return (CLI_OK);
		}
		if (!parse_option(id, o))
			return (CLI_USAGE);
	}
	if (o->disk == NULL) {
		cli_usage_error(argv[0], "--disk FILE is missing");
		return (CLI_USAGE);
	}
	if (o->at_op > o->operations) {
		cli_error("--at-op %" PRIu64 " never comes: --ops is %" PRIu64,
		    o->at_op, o->operations);
		return (CLI_USAGE);
	}
	return (-1);
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
	diskopt_replay(&o->device, replay);
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
	if (!diskopt_check(&o.device, o.disk, config.disks[0].backend->size)) {
		backend_close(config.disks[0].backend);
		return (CLI_USAGE);
	}
	diskopt_apply(&o.device, o.seed, &config.disks[0]);
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
