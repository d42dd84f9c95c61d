/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside run: attaches the block driver to an image and puts it to work.
 */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/image.h"
#include "cli/replay.h"
#include "cli/session.h"
#include "cli/workload.h"

#define SYSCTLS_MAX	16
#define SYSCTL_NAME_MAX 128
#define NS_A_SECOND	UINT64_C(1000000000)

struct options {
	const char *disk;
	const char *copy_to;
	uint64_t seed;
	uint64_t operations;
	uint64_t depth;
	uint64_t queue_size;
	uint64_t max_steps;
	uint64_t watchdog; /* seconds */
	const char *sysctls[SYSCTLS_MAX];
	unsigned nsysctls;
	bool bad_sysctl; /* one could not be set */
	bool write;
	bool read_only;
	bool no_check;
	bool verbose;
	bool quiet;
	bool gdb;
};

enum {
	OPT_COPY_TO = 256,
	OPT_QUEUE_SIZE,
	OPT_READ_ONLY,
	OPT_NO_CHECK,
	OPT_SYSCTL,
	OPT_MAX_STEPS,
	OPT_WATCHDOG,
	OPT_GDB,
};

static const struct option longopts[] = {
	{ "disk", required_argument, NULL, 'd' },
	{ "copy-to", required_argument, NULL, OPT_COPY_TO },
	{ "ops", required_argument, NULL, 'n' },
	{ "depth", required_argument, NULL, 'D' },
	{ "queue-size", required_argument, NULL, OPT_QUEUE_SIZE },
	{ "seed", required_argument, NULL, 's' },
	{ "write", no_argument, NULL, 'w' },
	{ "read-only", no_argument, NULL, OPT_READ_ONLY },
	{ "no-check", no_argument, NULL, OPT_NO_CHECK },
	{ "sysctl", required_argument, NULL, OPT_SYSCTL },
	{ "max-steps", required_argument, NULL, OPT_MAX_STEPS },
	{ "watchdog", required_argument, NULL, OPT_WATCHDOG },
	{ "gdb", no_argument, NULL, OPT_GDB },
	{ "verbose", no_argument, NULL, 'v' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs(
	    "usage: ringside run --disk FILE [OPTION]...\n"
	    "\n"
	    "Attaches the FreeBSD block driver to FILE and runs a verified\n"
	    "random mix of reads, writes and flushes.  FILE stays as it is\n"
	    "unless --write is given: writes are kept in memory.\n"
	    "\n"
	    "  --disk FILE       an image, a multiple of 512 bytes\n"
	    "  --copy-to FILE    instead of the mix, copy the whole disk onto\n"
	    "                    FILE (created, or overwritten) and compare\n"
	    "  --ops N           operations of the mix (default 20000)\n"
	    "  --depth N         operations in flight, 1 to 64 (default 16)\n"
	    "  --queue-size N    entries of the virtqueue, a power of two\n"
	    "                    from 4 to 32768 (default 256)\n"
	    "  --seed N          of the mix and the memory layout (default 1)\n"
	    "  --write           let the mix change FILE\n"
	    "  --read-only       open FILE read-only; the mix only reads\n"
	    "  --no-check        no referee: faster\n"
	    "  --sysctl NAME=VALUE\n"
	    "                    set a sysctl after the driver has attached\n"
	    "                    (may be repeated)\n"
	    "  --max-steps N     scheduling steps without a finished "
	    "operation\n"
	    "                    after which the kernel hangs (default\n"
	    "                    10000000; 0: never)\n"
	    "  --watchdog N      seconds of processor time after which a "
	    "thread\n"
	    "                    that runs on end hangs (default 10; 0: "
	    "never)\n"
	    "  --gdb             the same under gdb(1), which stops where the\n"
	    "                    kernel panics, hangs or reports misuse\n"
	    "  -v, --verbose     show what the kernel says under bootverbose\n"
	    "  -q, --quiet       do not show the kernel's log\n"
	    "  -h, --help        this text\n"
	    "\n"
	    "exit status: 0 all verified and nothing leaked, 1 not so, 2 "
	    "usage\n"
	    "or bad input, 3 the driver panicked or hangs, 4 the host lacks\n"
	    "something\n",
	    out);
}

/* Numbers take K, M, G.  -1: go on; else the exit status. */
static int
parse_number(int opt, const char *text, struct options *o)
{
	bool ok = true;

	switch (opt) {
	case 'n':
		ok = cli_number("--ops", text, 1, UINT64_C(1) << 40,
		    &o->operations);
		break;
	case 'D':
		ok = cli_number("--depth", text, 1, WORKLOAD_DEPTH_MAX,
		    &o->depth);
		break;
	case OPT_QUEUE_SIZE:
		ok = cli_number("--queue-size", text, 4, 32768, &o->queue_size);
		if (ok && (o->queue_size & (o->queue_size - 1)) != 0) {
			cli_error("--queue-size wants a power of two, not "
				  "'%s'",
			    text);
			ok = false;
		}
		break;
	case OPT_MAX_STEPS:
		ok = cli_number("--max-steps", text, 0, UINT64_MAX,
		    &o->max_steps);
		break;
	case OPT_WATCHDOG:
		ok = cli_number("--watchdog", text, 0, 86400, &o->watchdog);
		break;
	case 's':
		ok = cli_number("--seed", text, 0, UINT64_MAX, &o->seed);
		break;
	}
	return (ok ? -1 : CLI_USAGE);
}

static bool
add_sysctl(struct options *o, const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text ||
	    equals - text >= SYSCTL_NAME_MAX) {
		cli_error("--sysctl wants NAME=VALUE, not '%s'", text);
		return (false);
	}
	if (o->nsysctls == SYSCTLS_MAX) {
		cli_error("--sysctl: at most %d of them", SYSCTLS_MAX);
		return (false);
	}
	o->sysctls[o->nsysctls++] = text;
	return (true);
}

static int
check_options(const struct options *o, int argc, char **argv)
{
	if (optind < argc) {
		cli_error("run: '%s' is not an option; try `ringside run "
			  "--help`",
		    argv[optind]);
		return (CLI_USAGE);
	}
	if (o->disk == NULL) {
		cli_error("run wants --disk FILE; try `ringside run --help`");
		return (CLI_USAGE);
	}
	if (o->write && (o->read_only || o->copy_to != NULL)) {
		cli_error("--write goes neither with --read-only nor with "
			  "--copy-to");
		return (CLI_USAGE);
	}
	return (-1);
}

static int
parse(int argc, char **argv, struct options *o)
{
	int opt, status;

	*o = (struct options) {
		.seed = 1,
		.operations = 20000,
		.depth = 16,
		.max_steps = SESSION_MAX_STEPS,
		.watchdog = SESSION_WATCHDOG / NS_A_SECOND,
	};
	while ((opt = getopt_long(argc, argv, "vqh", longopts, NULL)) != -1) {
		switch (opt) {
		case 'd':
			o->disk = optarg;
			break;
		case OPT_COPY_TO:
			o->copy_to = optarg;
			break;
		case 'w':
			o->write = true;
			break;
		case OPT_READ_ONLY:
			o->read_only = true;
			break;
		case OPT_NO_CHECK:
			o->no_check = true;
			break;
		case OPT_SYSCTL:
			if (!add_sysctl(o, optarg))
				return (CLI_USAGE);
			break;
		case OPT_GDB:
			o->gdb = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'h':
			usage(stdout);
			return (CLI_OK);
		case '?':
			/* getopt has said what is wrong. */
			fputs("try `ringside run --help`\n", stderr);
			return (CLI_USAGE);
		default:
			status = parse_number(opt, optarg, o);
			if (status >= 0)
				return (status);
		}
	}
	return (check_options(o, argc, argv));
}

/* The first disk: FILE itself, or FILE below an overlay. */
static bool
first_disk(const struct options *o, struct backend **backend)
{
	if (o->write || o->read_only || o->copy_to != NULL)
		return (image_open(o->disk, !o->write, backend));
	return (image_open_overlay(o->disk, backend));
}

static void
make_replay(const struct options *o, struct replay *replay)
{
	replay_begin(replay, "run");
	replay_number(replay, "--seed", o->seed);
	replay_option(replay, "--disk", o->disk);
	if (o->copy_to != NULL)
		replay_option(replay, "--copy-to", o->copy_to);
	else
		replay_number(replay, "--ops", o->operations);
	replay_number(replay, "--depth", o->depth);
	if (o->queue_size != 0)
		replay_number(replay, "--queue-size", o->queue_size);
	if (o->write)
		replay_option(replay, "--write", NULL);
	if (o->read_only)
		replay_option(replay, "--read-only", NULL);
	if (o->no_check)
		replay_option(replay, "--no-check", NULL);
	for (unsigned i = 0; i < o->nsysctls; i++)
		replay_option(replay, "--sysctl", o->sysctls[i]);
	if (o->max_steps != SESSION_MAX_STEPS)
		replay_number(replay, "--max-steps", o->max_steps);
	if (o->watchdog != SESSION_WATCHDOG / NS_A_SECOND)
		replay_number(replay, "--watchdog", o->watchdog);
}

/*
 * --- the run ---
 */

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

/* A kernel thread, before the workload. */
static void
set_sysctls(void *arg)
{
	struct options *o = arg;
	char name[SYSCTL_NAME_MAX];
	const char *equals;
	int error;

	for (unsigned i = 0; i < o->nsysctls; i++) {
		equals = strchr(o->sysctls[i], '=');
		snprintf(name, sizeof(name), "%.*s",
		    (int)(equals - o->sysctls[i]), o->sysctls[i]);
		error = kernel_sysctl_write(name, equals + 1);
		if (error == 0)
			continue;
		cli_error("--sysctl %s: errno %d (FreeBSD's)", o->sysctls[i],
		    error);
		o->bad_sysctl = true;
	}
}

static int
report(const struct tally *tally, uint64_t failures, const char *failure,
    int status, const char *what, const char *replay)
{
	if (failures > 0) {
		cli_error("%s%s", failure,
		    failures > 1 ? " (and more failed)" : "");
		if (status == CLI_OK) {
			status = CLI_VIOLATION;
			session_print_replay(replay);
		}
	}
	if (tally_operations(tally) > 0) {
		printf("\n");
		tally_print(tally);
	}
	printf("\n%s\n",
	    status == CLI_OK ? what : "FAILED: see the lines above");
	return (status);
}

static int
run_mix(const struct options *o, struct session *session, int image,
    const char *replay)
{
	struct mix mix = {
		.seed = o->seed,
		.operations = o->operations,
		.depth = (unsigned)o->depth,
		.read_only = o->read_only,
		.image = image,
		.image_changes = o->write,
	};

	(void)session_run(session, "mix", mix_main, &mix);
	return (report(&mix.tally, mix.failures, mix.failure,
	    session_close(session),
	    o->no_check ? "verified: every byte; not watched by the referee" :
			  "verified: every byte; nothing leaked, no rule "
			  "broken",
	    replay));
}

static int
run_copy(const struct options *o, struct session *session, const char *replay)
{
	struct copy copy = {
		.depth = (unsigned)o->depth,
		.chunk = 128 << 10,
	};

	(void)session_run(session, "copy", copy_main, &copy);
	return (report(&copy.tally, copy.failures, copy.failure,
	    session_close(session),
	    o->no_check ? "copied and compared; not watched by the referee" :
			  "copied and compared; nothing leaked, no rule "
			  "broken",
	    replay));
}

/* Backends of the disks, and an image to compare with; false: usage. */
static bool
open_disks(const struct options *o, struct session_config *config, int *image)
{
	*image = -1;
	if (!first_disk(o, &config->disks[0].backend))
		return (false);
	config->ndisks = 1;
	config->disks[0].blk.queue_size = (uint16_t)o->queue_size;
	if (o->copy_to == NULL) {
		*image = open(o->disk, O_RDONLY | O_CLOEXEC);
		return (true);
	}
	if (!image_make(o->copy_to, o->disk, config->disks[0].backend->size,
		&config->disks[1].backend)) {
		backend_close(config->disks[0].backend);
		return (false);
	}
	config->ndisks = 2;
	config->disks[1].blk.queue_size = (uint16_t)o->queue_size;
	return (true);
}

static int
run_session(struct options *o, const struct session_config *config, int image)
{
	struct session *session;
	int status;

	session = session_open(config, &status);
	if (session == NULL)
		return (status);
	if (o->nsysctls > 0)
		(void)session_run(session, "sysctl", set_sysctls, o);
	if (o->bad_sysctl) {
		status = session_close(session);
		return (status != CLI_OK ? status : CLI_USAGE);
	}
	return (o->copy_to != NULL ?
		run_copy(o, session, config->replay) :
		run_mix(o, session, image, config->replay));
}

static int
run_main(int argc, char **argv)
{
	static struct replay replay;
	struct options o;
	struct session_config config = { 0 };
	int image, status;

	status = parse(argc, argv, &o);
	if (status >= 0)
		return (status);
	if (o.gdb)
		return (cli_gdb(argc, argv));
	if (!open_disks(&o, &config, &image))
		return (CLI_USAGE);
	make_replay(&o, &replay);
	config.replay = replay.text;
	config.seed = o.seed;
	config.max_steps = o.max_steps;
	config.watchdog = o.watchdog * NS_A_SECOND;
	config.referee = !o.no_check;
	config.verbose = o.verbose;
	config.console = o.quiet ? NULL : show_line;
	config.violation = show_violation;
	printf("ringside run: seed %" PRIu64 ", %s on %s\n", o.seed,
	    o.copy_to != NULL ? "copy" : "random mix", o.disk);
	status = run_session(&o, &config, image);
	if (image >= 0)
		close(image);
	return (status);
}

const struct cli_command cli_run = {
	.name = "run",
	.summary = "run the block driver on a disk image",
	.main = run_main,
};
