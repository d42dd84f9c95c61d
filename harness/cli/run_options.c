/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The options of `ringside run`; see run_options.h.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/run_options.h"
#include "cli/traffic.h"
#include "cli/workload.h"

enum {
	OPT_DISK = 256,
	OPT_SIZE,
	OPT_COPY_TO,
	OPT_NET,
	OPT_PCAP,
	OPT_PATTERN,
	OPT_BS,
	OPT_OPS,
	OPT_SECONDS,
	OPT_DEPTH,
	OPT_SEED,
	OPT_WRITE,
	OPT_READ_ONLY,
	OPT_JSON,
	OPT_CONTROL,
	OPT_NO_CHECK,
	OPT_SYSCTL,
	OPT_MAX_STEPS,
	OPT_WATCHDOG,
	OPT_GDB,
};

#define OPERATIONS_MAX (UINT64_C(1) << 40)

static const struct cli_option run_work[] = {
	{ OPT_DISK, "disk", "FILE", "an image, a multiple of 512 bytes" },
	{ OPT_SIZE, "size", "N",
	    "FILE has N bytes; a missing FILE is created, with\n"
	    "N zeros; without --disk, a disk in memory" },
	{ OPT_COPY_TO, "copy-to", "FILE",
	    "copy the whole disk onto FILE (created, or\n"
	    "overwritten) and compare, instead of the mix" },
	{ OPT_NET, "net", "WHAT",
	    "what lies behind network interfaces, beside or\n"
	    "instead of a disk: loop, switch:N (of N interfaces),\n"
	    "tap:NAME, or pcap:IN[,OUT]" },
	{ OPT_PCAP, "pcap", "FILE", "record what passes behind vio0" },
	{ OPT_PATTERN, "pattern", "NAME",
	    "mix (default: all kinds and sizes, anywhere), or\n"
	    "read, write, rw, trim: one after the other, or\n"
	    "randread, randwrite, randrw, randtrim: anywhere,\n"
	    "or trimmix (the mix, with deletions)" },
	{ OPT_BS, "bs", "N",
	    "bytes of a transfer, up to 256K (default 4K; mix:\n"
	    "many sizes), or of a frame, 60 to 9014" },
	{ OPT_OPS, "ops", "N", "operations (default 20000)" },
	{ OPT_SECONDS, "seconds", "N",
	    "run for N seconds of wall-clock time, or until\n"
	    "--ops, if given, are done" },
	{ OPT_DEPTH, "depth", "N",
	    "operations in flight, 1 to 64 (default 16)" },
	{ OPT_SEED, "seed", "N", "of workload and memory layout (default 1)" },
	{ OPT_WRITE, "write", NULL, "let the workload change FILE" },
	{ OPT_READ_ONLY, "read-only", NULL, "open FILE read-only; only reads" },
	CLI_OPTION_END,
};

static const struct cli_option run_bench[] = {
	{ OPT_SYSCTL, "sysctl", "NAME=VALUE",
	    "set a sysctl after the driver has attached (may be\n"
	    "repeated)" },
	{ OPT_NO_CHECK, "no-check", NULL, "no referee: faster" },
	{ OPT_JSON, "json", "FILE",
	    "write the results to FILE as JSON; -: to standard\n"
	    "output, instead of all else" },
	{ OPT_CONTROL, "control", "PATH",
	    "where the socket of `ringside sysctl` lies (default:\n"
	    "among the user's)" },
	{ OPT_MAX_STEPS, "max-steps", "N",
	    "scheduling steps without a finished operation\n"
	    "after which the kernel hangs (default 10000000;\n"
	    "0: never)" },
	{ OPT_WATCHDOG, "watchdog", "N",
	    "seconds of processor time after which a thread\n"
	    "that runs on end hangs (default 10; 0: never)" },
	{ OPT_GDB, "gdb", NULL,
	    "the same under gdb(1), which stops where the\n"
	    "kernel panics, hangs or reports misuse" },
	{ 'v', "verbose", NULL, "also what the kernel says under bootverbose" },
	{ 'q', "quiet", NULL, "neither the kernel's log nor a progress bar" },
	{ 'h', "help", NULL, "this text" },
	CLI_OPTION_END,
};

static const struct cli_option *const tables[] = { run_work, diskopt_options,
	diskopt_disk_options, run_bench, NULL };

static void
usage(void)
{
	static const struct cli_option *const work[] = { run_work, NULL };
	static const struct cli_option *const device[] = { diskopt_options,
		diskopt_disk_options, NULL };
	static const struct cli_option *const bench[] = { run_bench, NULL };

	puts("usage: ringside run --disk FILE [OPTION]...\n"
	     "       ringside run --size N [OPTION]...\n"
	     "       ringside run --net WHAT [OPTION]...\n"
	     "\n"
	     "Attaches the FreeBSD block driver to FILE, or to a disk in "
	     "memory, and runs\n"
	     "a random mix of operations in which every byte read is "
	     "verified.  FILE\n"
	     "stays as it is unless --write is given: writes are kept in "
	     "memory.  With\n"
	     "--net, attaches the network driver, and sends frames of many "
	     "kinds of which\n"
	     "every byte that comes back is verified.\n"
	     "\n"
	     "the work:");
	cli_print_options(stdout, work);
	puts("\nthe device:");
	cli_print_options(stdout, device);
	puts("\nthe bench:");
	cli_print_options(stdout, bench);
	puts("\n"
	     "Numbers are decimal, or hexadecimal after 0x; K, M, G and T mean "
	     "powers of 1024.\n"
	     "\n"
	     "exit status: 0 all verified and nothing leaked, 1 not so, 2 "
	     "usage or bad\n"
	     "input, 3 the driver panicked or hangs, 4 the host lacks "
	     "something or fails");
}

static bool
add_sysctl(struct run_options *o, const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text ||
	    equals - text >= RUN_SYSCTL_NAME_MAX) {
		cli_error("--sysctl wants NAME=VALUE, not '%s'", text);
		return (false);
	}
	if (o->nsysctls == RUN_SYSCTLS_MAX) {
		cli_error("--sysctl: at most %d of them", RUN_SYSCTLS_MAX);
		return (false);
	}
	o->sysctls[o->nsysctls++] = text;
	return (true);
}

/* A number of bytes that are whole sectors. */
static bool
parse_bytes(const char *option, const char *text, uint64_t high,
    uint64_t *value)
{
	if (!cli_number(option, text, 512, high, value))
		return (false);
	if (*value % 512 == 0)
		return (true);
	cli_error("%s wants a multiple of 512, not '%s'", option, text);
	return (false);
}

static bool
parse_number(int id, const char *text, struct run_options *o)
{
	switch (id) {
	case OPT_SIZE:
		return (parse_bytes("--size", text, INT64_MAX, &o->size));
	case OPT_BS:
		return (cli_number("--bs", text, TRAFFIC_FRAME_MIN,
		    WORKLOAD_IO_MAX, &o->block));
	case OPT_OPS:
		return (cli_number("--ops", text, 1, OPERATIONS_MAX,
		    &o->operations));
	case OPT_SECONDS:
		return (
		    cli_number("--seconds", text, 1, 31536000, &o->seconds));
	case OPT_DEPTH:
		return (cli_number("--depth", text, 1, WORKLOAD_DEPTH_MAX,
		    &o->depth));
	case OPT_SEED:
		return (cli_number("--seed", text, 0, UINT64_MAX, &o->seed));
	case OPT_MAX_STEPS:
		return (cli_number("--max-steps", text, 0, UINT64_MAX,
		    &o->max_steps));
	case OPT_WATCHDOG:
		return (cli_number("--watchdog", text, 0, 86400, &o->watchdog));
	}
	return (diskopt_parse(&o->device, id, text));
}

/* false after complaining. */
static bool
parse_text(int id, const char *text, struct run_options *o)
{
	switch (id) {
	case OPT_DISK:
		o->disk = text;
		return (cli_path("--disk", text));
	case OPT_COPY_TO:
		o->copy_to = text;
		return (cli_path("--copy-to", text));
	case OPT_NET:
		return (netopt_parse(text, &o->net));
	case OPT_PCAP:
		o->pcap = text;
		return (cli_path("--pcap", text));
	case OPT_JSON:
		o->json = text;
		return (cli_path("--json", text));
	case OPT_CONTROL:
		o->control = text;
		return (cli_path("--control", text));
	case OPT_PATTERN:
		o->pattern = pattern_find(text);
		return (o->pattern != NULL);
	case OPT_SYSCTL:
		return (add_sysctl(o, text));
	}
	return (parse_number(id, text, o));
}

static bool
parse_switch(int id, struct run_options *o)
{
	switch (id) {
	case OPT_WRITE:
		o->write = true;
		return (true);
	case OPT_READ_ONLY:
		o->read_only = true;
		return (true);
	case OPT_NO_CHECK:
		o->no_check = true;
		return (true);
	case OPT_GDB:
		o->gdb = true;
		return (true);
	case 'v':
		o->verbose = true;
		return (true);
	case 'q':
		o->quiet = true;
		return (true);
	}
	return (false);
}

/* What does not go with --copy-to, or NULL. */
static const char *
idle_beside_copy(const struct run_options *o)
{
	if (o->pattern != NULL)
		return ("--pattern");
	if (o->block != 0)
		return ("--bs");
	if (o->operations != 0)
		return ("--ops");
	if (o->seconds != 0)
		return ("--seconds");
	if (o->write)
		return ("--write");
	if (o->read_only)
		return ("--read-only");
	return (NULL);
}

/* What --bs means: bytes of a transfer, or of a frame. */
static bool
check_block(struct run_options *o)
{
	if (o->block == 0)
		return (true);
	if (run_has_disk(o) && o->block % 512 != 0) {
		cli_error("--bs wants a multiple of 512, not '%" PRIu64 "'",
		    o->block);
		return (false);
	}
	if (o->net.kind != NETOPT_NONE) {
		o->frame = o->block;
		if (o->frame > TRAFFIC_FRAME_MAX) {
			cli_error("--bs: frames have at most %d bytes",
			    TRAFFIC_FRAME_MAX);
			return (false);
		}
	}
	if (!run_has_disk(o))
		o->block = 0;
	return (true);
}

/* What goes with a network or a disk only. */
static bool
check_kinds(const struct run_options *o)
{
	const bool net = o->net.kind != NETOPT_NONE;
	const char *option = run_has_disk(o) ? NULL :
	    o->pattern != NULL		     ? "--pattern" :
	    o->read_only		     ? "--read-only" :
					       NULL;

	if (option != NULL) {
		cli_error("%s wants a disk", option);
		return (false);
	}
	if (net && o->copy_to != NULL) {
		cli_error("--net does not go with --copy-to");
		return (false);
	}
	if (!net && o->pcap != NULL) {
		cli_error("--pcap wants --net");
		return (false);
	}
	return (diskopt_check_kinds(&o->device, run_has_disk(o) ? 1 : 0,
	    net ? o->net.count : 0));
}

/* false after complaining. */
static bool
check(const char *command, struct run_options *o)
{
	const char *idle = o->copy_to != NULL ? idle_beside_copy(o) : NULL;
	const char *option;

	if (!run_has_disk(o) && o->net.kind == NETOPT_NONE) {
		cli_usage_error(command, "--disk FILE is missing");
		return (false);
	}
	if (!check_block(o))
		return (false);
	if (idle != NULL) {
		cli_error("%s does not go with --copy-to", idle);
		return (false);
	}
	if (o->write && o->read_only) {
		cli_error("--write does not go with --read-only");
		return (false);
	}
	option = o->write ? "--write" : o->copy_to != NULL ? "--copy-to" : NULL;
	if (o->disk == NULL && option != NULL) {
		cli_error("%s wants --disk FILE", option);
		return (false);
	}
	if (o->read_only && o->pattern != NULL && o->pattern->reads == 0) {
		cli_error("--pattern %s does not go with --read-only",
		    o->pattern->name);
		return (false);
	}
	if (!check_kinds(o))
		return (false);
	if (o->device.block_size != 0 && o->block % o->device.block_size != 0) {
		cli_error("--bs %" PRIu64 " is not a multiple of --block-size "
			  "%" PRIu32,
		    o->block, o->device.block_size);
		return (false);
	}
	return (true);
}

int
run_options_parse(int argc, char **argv, struct run_options *o)
{
	int id;

	*o = (struct run_options) {
		.seed = 1,
		.depth = 16,
		.max_steps = SESSION_MAX_STEPS,
		.watchdog = SESSION_WATCHDOG / NS_A_SECOND,
	};
	while ((id = cli_next_option(argc, argv, tables)) != CLI_NO_MORE) {
		if (id == CLI_BAD_OPTION)
			return (CLI_USAGE);
		if (id == 'h') {
			usage();
			return (CLI_OK);
		}
		if (!parse_switch(id, o) && !parse_text(id, optarg, o))
			return (CLI_USAGE);
	}
	if (!check(argv[0], o))
		return (CLI_USAGE);
	if (o->operations == 0 && o->seconds == 0)
		o->operations = RUN_OPERATIONS;
	if (o->pattern == NULL)
		o->pattern = pattern_find("mix");
	return (-1);
}

/* How long, and what. */
static void
replay_work(const struct run_options *o, uint64_t operations,
    struct replay *replay)
{
	if (o->copy_to != NULL) {
		replay_option(replay, "--copy-to", o->copy_to);
		return;
	}
	if (strcmp(o->pattern->name, "mix") != 0)
		replay_option(replay, "--pattern", o->pattern->name);
	if (o->block != 0 || o->frame != 0)
		replay_number(replay, "--bs",
		    o->block != 0 ? o->block : o->frame);
	if (operations != 0)
		replay_number(replay, "--ops", operations);
	else if (o->operations != 0)
		replay_number(replay, "--ops", o->operations);
	if (operations == 0 && o->seconds != 0)
		replay_number(replay, "--seconds", o->seconds);
	if (o->write)
		replay_option(replay, "--write", NULL);
	if (o->read_only)
		replay_option(replay, "--read-only", NULL);
}

void
run_options_replay(const struct run_options *o, uint64_t operations,
    struct replay *replay)
{
	replay_begin(replay, "run");
	replay_number(replay, "--seed", o->seed);
	if (o->disk != NULL)
		replay_option(replay, "--disk", o->disk);
	if (o->size != 0)
		replay_number(replay, "--size", o->size);
	if (o->net.kind != NETOPT_NONE)
		replay_option(replay, "--net", o->net.text);
	if (o->pcap != NULL)
		replay_option(replay, "--pcap", o->pcap);
	replay_work(o, operations, replay);
	replay_number(replay, "--depth", o->depth);
	diskopt_replay(&o->device, replay);
	if (o->no_check)
		replay_option(replay, "--no-check", NULL);
	for (unsigned i = 0; i < o->nsysctls; i++)
		replay_option(replay, "--sysctl", o->sysctls[i]);
	if (o->max_steps != SESSION_MAX_STEPS)
		replay_number(replay, "--max-steps", o->max_steps);
	if (o->watchdog != SESSION_WATCHDOG / NS_A_SECOND)
		replay_number(replay, "--watchdog", o->watchdog);
}
