/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside mount: disks as files, through driver and device.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/background.h"
#include "cli/control.h"
#include "cli/diskopt.h"
#include "cli/image.h"
#include "cli/mount_var.h"
#include "cli/option.h"

#define SYSCTLS_MAX	16
#define SYSCTL_NAME_MAX 128
#define NS_A_SECOND	UINT64_C(1000000000)
#define VIOLATIONS_MAX	(64u << 10)

struct options {
	const char *disks[SESSION_DISKS];
	unsigned ndisks;
	const char *dir; /* as it was given */
	const char *sysctls[SYSCTLS_MAX];
	unsigned nsysctls;
	char fuse[1024]; /* of -o */
	char *log;
	char *pid_file;
	char *control;
	struct diskopt diskopt;
	uint64_t seed;
	uint64_t max_steps;
	uint64_t watchdog; /* seconds */
	bool write;
	bool snapshot;
	bool read_only;
	bool no_check;
	bool foreground;
	bool verbose;
	bool quiet;
	bool help;
};

enum {
	OPT_DISK = 256,
	OPT_SNAPSHOT,
	OPT_WRITE,
	OPT_READ_ONLY,
	OPT_NO_CHECK,
	OPT_SYSCTL,
	OPT_SEED,
	OPT_MAX_STEPS,
	OPT_WATCHDOG,
	OPT_PID_FILE,
	OPT_LOG,
	OPT_CONTROL,
};

static const struct cli_option mount_options[] = {
	{ OPT_DISK, "disk", "FILE",
	    "an image, a multiple of 512 bytes: DIR/vbd0; given\n"
	    "again, DIR/vbd1 and so on, up to 8" },
	{ OPT_WRITE, "write", NULL,
	    "writes change FILE: the default, unless FILE is\n"
	    "read-only" },
	{ OPT_SNAPSHOT, "snapshot", NULL,
	    "writes are kept in memory, and lost at the end" },
	{ OPT_READ_ONLY, "read-only", NULL,
	    "open FILE read-only: writes fail" },
	{ 'o', "options", "LIST", "of FUSE: allow_other, auto_unmount..." },
	{ 'f', "foreground", NULL,
	    "stay; the exit status then is that of the session" },
	{ OPT_PID_FILE, "pid-file", "FILE",
	    "holds the process's number from when it is ready\n"
	    "until it is done" },
	{ OPT_LOG, "log", "FILE",
	    "where messages are appended in the background" },
	CLI_OPTION_END,
};

static const struct cli_option common_options[] = {
	{ OPT_SEED, "seed", "N", "of the memory layout (default 1)" },
	{ OPT_NO_CHECK, "no-check", NULL, "no referee: faster" },
	{ OPT_SYSCTL, "sysctl", "NAME=VALUE",
	    "set a sysctl after the driver has attached (may be\n"
	    "repeated)" },
	{ OPT_MAX_STEPS, "max-steps", "N",
	    "scheduling steps without a finished transfer after\n"
	    "which the kernel hangs (default 10000000; 0: never)" },
	{ OPT_WATCHDOG, "watchdog", "N",
	    "seconds of processor time after which a thread that\n"
	    "runs on end hangs (default 10; 0: never)" },
	{ OPT_CONTROL, "control", "PATH",
	    "where the socket of `ringside sysctl` lies (default:\n"
	    "among the user's)" },
	{ 'v', "verbose", NULL, "show the kernel's log, with bootverbose" },
	{ 'q', "quiet", NULL, "say nothing when all is well" },
	{ 'h', "help", NULL, "this text" },
	CLI_OPTION_END,
};

static const struct cli_option *const tables[] = { mount_options,
	diskopt_options, diskopt_disk_options, common_options, NULL };

static void
usage(FILE *out)
{
	fputs("usage: ringside mount --disk FILE [OPTION]... DIR\n"
	      "\n"
	      "Attaches the FreeBSD block driver to FILE and mounts a file\n"
	      "system on DIR in which the disk is the file vbd0: what is read\n"
	      "and written there goes through driver and device.  DIR/stat\n"
	      "has the exit ledger, sysctls and the kernel's log.  Goes into\n"
	      "the background when all is ready; `fusermount3 -u DIR` ends "
	      "it.\n"
	      "\n",
	    out);
	cli_print_options(out, tables);
	fputs("\nexit status: 0 fine, 1 a rule was broken or the last flush "
	      "failed,\n2 usage or bad input, 3 the driver panicked or hangs, "
	      "4 the host lacks\nsomething\n",
	    out);
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

static bool
add_disk(struct options *o, const char *file)
{
	if (o->ndisks == SESSION_DISKS) {
		cli_error("--disk: at most %d of them", SESSION_DISKS);
		return (false);
	}
	o->disks[o->ndisks++] = file;
	return (true);
}

static bool
add_fuse_options(struct options *o, const char *list)
{
	size_t used = strlen(o->fuse);

	if (used + 1 + strlen(list) >= sizeof(o->fuse)) {
		cli_error("-o: too many options");
		return (false);
	}
	if (used > 0 && *list != '\0')
		o->fuse[used++] = ',';
	strcpy(o->fuse + used, list);
	return (true);
}

/* false after complaining. */
static bool
take_option(struct options *o, int id)
{
	if (diskopt_is(id))
		return (diskopt_parse(&o->diskopt, id, optarg));
	switch (id) {
	case OPT_DISK:
		return (add_disk(o, optarg));
	case OPT_SYSCTL:
		return (add_sysctl(o, optarg));
	case 'o':
		return (add_fuse_options(o, optarg));
	case OPT_SEED:
		return (cli_number("--seed", optarg, 0, UINT64_MAX, &o->seed));
	case OPT_MAX_STEPS:
		return (cli_number("--max-steps", optarg, 0, UINT64_MAX,
		    &o->max_steps));
	case OPT_WATCHDOG:
		return (
		    cli_number("--watchdog", optarg, 0, 86400, &o->watchdog));
	case OPT_PID_FILE:
		return (
		    background_absolute("--pid-file", optarg, &o->pid_file));
	case OPT_CONTROL:
		return (background_absolute("--control", optarg, &o->control));
	case OPT_LOG:
		return (background_absolute("--log", optarg, &o->log));
	}
	return (false);
}

static bool
take_flag(struct options *o, int id)
{
	bool *const flag = id == OPT_SNAPSHOT ? &o->snapshot :
	    id == OPT_WRITE		      ? &o->write :
	    id == OPT_READ_ONLY		      ? &o->read_only :
	    id == OPT_NO_CHECK		      ? &o->no_check :
	    id == 'f'			      ? &o->foreground :
	    id == 'v'			      ? &o->verbose :
	    id == 'q'			      ? &o->quiet :
	    id == 'h'			      ? &o->help :
						NULL;

	if (flag == NULL)
		return (false);
	*flag = true;
	return (true);
}

/* -1: go on; else the exit status. */
static int
parse(int argc, char **argv, struct options *o)
{
	int id;

	while (
	    (id = cli_next_option_or_word(argc, argv, tables)) != CLI_NO_MORE) {
		if (id == CLI_BAD_OPTION)
			return (CLI_USAGE);
		if (!take_flag(o, id) && !take_option(o, id))
			return (CLI_USAGE);
		if (o->help) {
			usage(stdout);
			return (CLI_OK);
		}
	}
	if (o->ndisks == 0)
		cli_usage_error("mount", "wants --disk FILE");
	else if (optind == argc)
		cli_usage_error("mount", "wants a folder to mount on");
	else if (optind + 1 < argc)
		cli_usage_error("mount", "'%s' is one word too many",
		    argv[optind + 1]);
	else if (o->write + o->snapshot + o->read_only > 1)
		cli_error("only one of --write, --snapshot and --read-only");
	else {
		o->dir = argv[optind];
		return (-1);
	}
	return (CLI_USAGE);
}

/*
 * --- the session ---
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
	struct mount *mount = arg;
	size_t need = strlen(checker) + strlen(text) + 4;
	char *more;

	cli_error("%s: %s", checker, text);
	if (mount->violations_length + need > VIOLATIONS_MAX)
		return;
	more = realloc(mount->violations, mount->violations_length + need);
	if (more == NULL)
		return;
	mount->violations = more;
	mount->violations_length += (size_t)sprintf(
	    more + mount->violations_length, "%s: %s\n", checker, text);
}

/* The first thing that the host has refused of an image: the reason of EIO. */
static void
host_error(void *arg, const struct backend *backend)
{
	char text[BACKEND_TEXT];

	(void)arg;
	if (backend->error.count == 1)
		cli_error("%s",
		    backend_error_text(backend, text, sizeof(text)));
}

/* What a kernel thread does before disks are mounted. */
struct start {
	struct mount *mount;
	const struct options *options;
	bool ok;
};

static void
start_main(void *arg)
{
	struct start *start = arg;
	const struct options *o = start->options;
	char name[SYSCTL_NAME_MAX];
	const char *equals;
	int error;

	for (unsigned i = 0; i < o->nsysctls; i++) {
		equals = strchr(o->sysctls[i], '=');
		snprintf(name, sizeof(name), "%.*s",
		    (int)(equals - o->sysctls[i]), o->sysctls[i]);
		error = kernel_sysctl_write(name, equals + 1);
		if (error != 0) {
			cli_error("--sysctl %s: %s", o->sysctls[i],
			    strerror(mount_errno(error)));
			return;
		}
	}
	start->ok = mount_disks_open(start->mount);
}

static void
end_main(void *arg)
{
	mount_disks_close(arg);
}

/* What mount_serve() calls when the first request can be answered. */
struct readiness {
	const struct options *options;
	int background; /* of background_fork(), or -1 */
};

static void
when_ready(void *arg)
{
	const struct readiness *readiness = arg;
	const struct options *o = readiness->options;

	if (o->pid_file != NULL)
		background_write_pid(o->pid_file);
	if (!o->quiet) {
		printf("ready: fusermount3 -u %s ends it\n", o->dir);
		fflush(stdout);
	}
	if (readiness->background >= 0)
		background_go(readiness->background, o->log);
}

static bool
open_image(const struct options *o, const char *file, struct backend **backend)
{
	if (o->snapshot)
		return (image_open_overlay(file, backend));
	if (o->write || o->read_only)
		return (image_open(file, o->read_only, backend));
	return (image_open_as_allowed(file, backend));
}

static bool
open_disks(const struct options *o, struct session_config *config)
{
	struct session_disk *disk;
	bool ok;

	for (unsigned i = 0; i < o->ndisks; i++) {
		disk = &config->disks[i];
		ok = open_image(o, o->disks[i], &disk->backend);
		if (ok) {
			config->ndisks++;
			disk->backend->on_error = host_error;
			ok = diskopt_check(&o->diskopt, o->disks[i],
			    disk->backend->size);
			diskopt_apply(&o->diskopt, o->seed + i, disk);
		}
		if (!ok) {
			while (config->ndisks > 0)
				backend_close(
				    config->disks[--config->ndisks].backend);
			return (false);
		}
	}
	return (true);
}

static void
announce(const struct options *o, const struct session_config *config)
{
	unsigned read_only = 0;

	printf("ringside mount: seed %" PRIu64 ", ", o->seed);
	for (unsigned i = 0; i < o->ndisks; i++) {
		printf("%s%s/vbd%u is %s%s", i > 0 ? ", " : "", o->dir, i,
		    o->disks[i],
		    config->disks[i].backend->read_only ? " (read-only)" : "");
		read_only += config->disks[i].backend->read_only;
	}
	printf("; %s\n",
	    read_only == o->ndisks ? "writes fail" :
		o->snapshot ? "writes are kept in memory, and lost at the end" :
			      "writes change the image");
	fflush(stdout);
}

/* What --features +NAME has asked for. */
static int
check_features(const struct mount *mount, const struct options *o)
{
	uint64_t offered, negotiated, missing;
	unsigned bit;

	for (unsigned i = 0; i < mount->ndisks; i++) {
		session_features(mount->session, i, &offered, &negotiated);
		missing = o->diskopt.demanded & ~negotiated;
		if (missing == 0)
			continue;
		bit = (unsigned)__builtin_ctzll(missing);
		if ((offered >> bit & 1) != 0) {
			cli_error("--features +%s: the driver has not taken it",
			    diskopt_feature_name(bit));
			return (CLI_VIOLATION);
		}
		cli_error("--features +%s: the device does not offer it",
		    diskopt_feature_name(bit));
		return (CLI_USAGE);
	}
	return (CLI_OK);
}

/* Mounted until it ends. */
static int
serve(struct mount *mount, const struct options *o, int background)
{
	struct readiness readiness = { o, background };
	struct start start = { .mount = mount, .options = o };
	char *dir = realpath(o->dir, NULL), options[1200];
	int status = check_features(mount, o);

	if (status == CLI_OK) {
		status = CLI_USAGE;
		(void)session_run(mount->session, "start", start_main, &start);
	}
	/* Later -o options override earlier ones. */
	snprintf(options, sizeof(options), "fsname=%s,subtype=ringside%s%s",
	    "ringside", o->fuse[0] != '\0' ? "," : "", o->fuse);
	if (start.ok && dir != NULL) {
		mount->when_ready = when_ready;
		mount->when_ready_arg = &readiness;
		status = mount_fuse_open(mount, dir, options);
	}
	free(dir);
	if (status == CLI_OK) {
		mount_catch_signals(mount->fd);
		if (!session_run(mount->session, "fuse", mount_serve, mount))
			mount_serve_dead(mount);
		mount_fuse_close(mount);
	}
	(void)session_run(mount->session, "end", end_main, mount);
	if (status == CLI_OK && mount->failed)
		status = CLI_VIOLATION;
	return (status);
}

static int
mount_session(const struct options *o, int background)
{
	static struct mount mount;
	struct session_config config = {
		.seed = o->seed,
		.max_steps = o->max_steps,
		.watchdog = o->watchdog * NS_A_SECOND,
		.referee = !o->no_check,
		.verbose = o->verbose,
		.console = o->verbose ? show_line : NULL,
		.violation = show_violation,
		.violation_arg = &mount,
	};
	int status, end;

	memset(&mount, 0, sizeof(mount));
	if (!open_disks(o, &config))
		return (CLI_USAGE);
	if (!o->quiet)
		announce(o, &config);
	mount.ndisks = o->ndisks;
	mount.uid = getuid();
	mount.gid = getgid();
	clock_gettime(CLOCK_REALTIME, &mount.started);
	tally_start(&mount.tally);
	for (unsigned i = 0; i < o->ndisks; i++)
		mount.disks[i].deletes_zero =
		    config.disks[i].backend->discard_zeroes;
	mount.session = session_open(&config, &status);
	if (mount.session == NULL)
		return (status);
	status = CLI_USAGE;
	if (control_open(o->control) || o->control == NULL)
		status = serve(&mount, o, background);
	control_close();
	end = session_close(mount.session);
	mount_stat_free(&mount);
	return (end == CLI_PANIC || status == CLI_OK ? end : status);
}

static int
mount_main(int argc, char **argv)
{
	static struct options o;
	int status, background = -1;

	o = (struct options) {
		.seed = 1,
		.max_steps = SESSION_MAX_STEPS,
		.watchdog = SESSION_WATCHDOG / NS_A_SECOND,
	};
	status = parse(argc, argv, &o);
	if (status < 0)
		status = mount_check_host(o.dir);
	if (status == CLI_OK && !o.help) {
		if (!o.foreground)
			background = background_fork();
		status = mount_session(&o, background);
		background_end();
	}
	free(o.pid_file);
	free(o.log);
	free(o.control);
	return (status);
}

const struct cli_command cli_mount = {
	.name = "mount",
	.summary = "disks as files, through driver and device",
	.main = mount_main,
};
