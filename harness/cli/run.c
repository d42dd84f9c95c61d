/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside run: attaches the block driver to an image and puts it to work.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "cli/workload.h"

struct options {
	const char *disk;
	const char *copy_to;
	uint64_t seed;
	uint64_t operations;
	uint64_t depth;
	uint64_t queue_size;
	bool write;
	bool read_only;
	bool no_check;
	bool verbose;
	bool quiet;
};

enum { OPT_COPY_TO = 256, OPT_QUEUE_SIZE, OPT_READ_ONLY, OPT_NO_CHECK };

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
	case 's':
		ok = cli_number("--seed", text, 0, UINT64_MAX, &o->seed);
		break;
	}
	return (ok ? -1 : CLI_USAGE);
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

	*o = (struct options) { .seed = 1, .operations = 20000, .depth = 16 };
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

/*
 * --- images ---
 */

static bool
open_image(const char *path, bool read_only, struct backend **backend)
{
	char why[BACKEND_WHY];

	if (backend_file_open(path, read_only, backend, why) == 0)
		return (true);
	cli_error("%s: %s", path, why);
	return (false);
}

/* The image to be copied to: made as large as the source. */
static bool
make_image(const char *path, const char *source, uint64_t size,
    struct backend **backend)
{
	struct stat from, to;
	int fd;

	if (stat(source, &from) == 0 && stat(path, &to) == 0 &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
		cli_error("%s: --copy-to names the image that --disk does",
		    path);
		return (false);
	}
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
		cli_error("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return (false);
	}
	close(fd);
	return (open_image(path, false, backend));
}

/* The first disk: FILE itself, or FILE below an overlay. */
static bool
first_disk(const struct options *o, struct backend **backend)
{
	struct backend *file;
	int error;

	if (o->write || o->read_only || o->copy_to != NULL)
		return (open_image(o->disk, !o->write, backend));
	if (!open_image(o->disk, true, &file))
		return (false);
	error = backend_overlay_new(file, backend);
	if (error == 0)
		return (true);
	cli_error("%s: %s", o->disk, strerror(error));
	backend_close(file);
	return (false);
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

static int
report(const struct tally *tally, uint64_t failures, const char *failure,
    int status, const char *what)
{
	if (failures > 0) {
		cli_error("%s%s", failure,
		    failures > 1 ? " (and more failed)" : "");
		if (status == CLI_OK)
			status = CLI_VIOLATION;
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
run_mix(const struct options *o, struct session *session, int image)
{
	struct mix mix = {
		.seed = o->seed,
		.operations = o->operations,
		.depth = (unsigned)o->depth,
		.read_only = o->read_only,
		.image = image,
	};

	(void)session_run(session, "mix", mix_main, &mix);
	return (report(&mix.tally, mix.failures, mix.failure,
	    session_close(session),
	    o->no_check ? "verified: every byte; not watched by the referee" :
			  "verified: every byte; nothing leaked, no rule "
			  "broken"));
}

static int
run_copy(const struct options *o, struct session *session)
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
			  "broken"));
}

static int
run_main(int argc, char **argv)
{
	struct options o;
	struct session_config config = { 0 };
	struct session *session;
	int image = -1, status;

	status = parse(argc, argv, &o);
	if (status >= 0)
		return (status);
	if (!first_disk(&o, &config.disks[0].backend))
		return (CLI_USAGE);
	config.ndisks = 1;
	config.disks[0].queue_size = (uint16_t)o.queue_size;
	if (o.copy_to != NULL) {
		if (!make_image(o.copy_to, o.disk,
			config.disks[0].backend->size,
			&config.disks[1].backend)) {
			backend_close(config.disks[0].backend);
			return (CLI_USAGE);
		}
		config.ndisks = 2;
		config.disks[1].queue_size = (uint16_t)o.queue_size;
	} else
		image = open(o.disk, O_RDONLY | O_CLOEXEC);
	config.seed = o.seed;
	config.referee = !o.no_check;
	config.verbose = o.verbose;
	config.console = o.quiet ? NULL : show_line;
	config.violation = show_violation;
	printf("ringside run: seed %" PRIu64 ", %s on %s\n", o.seed,
	    o.copy_to != NULL ? "copy" : "random mix", o.disk);
	session = session_open(&config, &status);
	if (session != NULL)
		status = o.copy_to != NULL ? run_copy(&o, session) :
					     run_mix(&o, session, image);
	if (image >= 0)
		close(image);
	return (status);
}

const struct cli_command cli_run = {
	.name = "run",
	.summary = "run the block driver on a disk image",
	.main = run_main,
};
