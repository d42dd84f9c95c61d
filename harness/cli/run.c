/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside run: attaches the block driver to an image, or the network driver
 * to what lies behind it, and puts them to work.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/errname.h"
#include "cli/image.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "cli/run_result.h"
#include "cli/session.h"
#include "cli/workload.h"

/* A run from the options to the exit status. */
struct run {
	struct run_options options;
	struct session_config config;
	struct replay replay;
	struct run_result result;
	struct mix mix;
	struct copy copy;
	struct traffic traffic;
	struct netport *ports[SESSION_NICS]; /* as the devices have them */
	struct netport *pcap;		     /* the port of a file, or NULL */
	FILE *out;  /* for people; NULL: nobody reads */
	FILE *json; /* or NULL */
	int image;  /* to compare with, or -1: zeros */
	uint64_t errors;
	bool unfit;	 /* options that do not suit the disk or device */
	bool not_driver; /* ...or that the driver has not met */
};

/*
 * --- what is said meanwhile ---
 */

static void
show_line(void *arg, const char *line)
{
	struct run *run = arg;

	progress_hide();
	fprintf(run->out, "%s\n", line);
}

static void
show_violation(void *arg, const char *checker, const char *text)
{
	struct run *run = arg;

	cli_error("%s: %s", checker, text);
	run_result_violation(&run->result, checker, text);
}

/* The first thing that the host has refused. */
static void
host_error(void *arg, const struct backend *backend)
{
	struct run *run = arg;

	if (run->result.host_error[0] == '\0')
		(void)backend_error_text(backend, run->result.host_error,
		    sizeof(run->result.host_error));
}

static void
watch_backend(struct run *run, unsigned disk, const char *name)
{
	struct backend *backend = run->config.disks[disk].backend;

	if (backend->name == NULL)
		backend->name = name;
	backend->on_error = host_error;
	backend->on_error_arg = run;
}

/*
 * --- before and after the workload, in kernel threads ---
 */

static void
set_sysctls(void *arg)
{
	struct run *run = arg;
	const struct run_options *o = &run->options;
	char name[RUN_SYSCTL_NAME_MAX];
	const char *equals;
	int error;

	for (unsigned i = 0; i < o->nsysctls; i++) {
		equals = strchr(o->sysctls[i], '=');
		snprintf(name, sizeof(name), "%.*s",
		    (int)(equals - o->sysctls[i]), o->sysctls[i]);
		error = kernel_sysctl_write(name, equals + 1);
		if (error == 0)
			continue;
		cli_error("--sysctl %s: %s", o->sysctls[i], errname(error));
		run->unfit = true;
	}
}

static void
keep_sysctl(void *arg, const struct kernel_sysctl *node)
{
	char value[256];

	if (node->readable && strncmp(node->path, "dev.", 4) == 0 &&
	    strchr(node->path, '%') == NULL &&
	    kernel_sysctl_read(node->path, value, sizeof(value)) == 0)
		run_result_sysctl(arg, node->path, value);
}

/* What the drivers say of themselves. */
static void
keep_sysctls(void *arg)
{
	kernel_sysctl_foreach(keep_sysctl, arg);
}

/* What --features +NAME has asked for. */
static void
check_features(struct run *run)
{
	const uint64_t demanded = run->options.device.demanded;
	struct run_result *result = &run->result;
	uint64_t bit;

	for (unsigned i = 0; i < 64; i++) {
		bit = UINT64_C(1) << i;
		if ((demanded & bit) == 0 || (result->negotiated & bit) != 0)
			continue;
		if ((result->offered & bit) == 0) {
			cli_error("--features +%s: the device does not offer "
				  "it",
			    diskopt_feature_name(i));
			run->unfit = true;
		} else {
			cli_error("--features +%s: the driver has not taken "
				  "it",
			    diskopt_feature_name(i));
			run->not_driver = true;
		}
	}
}

static void
check_net_features(struct run *run, const struct session *session)
{
	struct run_result *result = &run->result;
	int status;

	session_nic_features(session, 0, &result->net_offered,
	    &result->net_negotiated);
	status = netopt_check_features(session, run->config.nnics,
	    run->options.device.net_demanded);
	run->unfit = run->unfit || status == CLI_USAGE;
	run->not_driver = run->not_driver || status == CLI_VIOLATION;
}

/*
 * --- the workloads ---
 */

static void
run_mix(struct run *run, struct session *session)
{
	const struct run_options *o = &run->options;
	struct mix *mix = &run->mix;

	*mix = (struct mix) {
		.seed = o->seed,
		.pattern = o->pattern,
		.block = o->block,
		.operations = o->operations,
		.duration = o->seconds * NS_A_SECOND,
		.depth = (unsigned)o->depth,
		.read_only = o->read_only,
		.image = run->image,
		.image_changes = o->write,
	};
	(void)session_run(session, "mix", mix_main, mix);
	/* What ended by the clock is repeated by its operations. */
	if (mix->time_is_up)
		run_options_replay(o, mix->started, &run->replay);
	run->result.tally = &mix->tally;
	run->result.failures = mix->failures;
	run->result.failure = mix->failure;
	run->errors = mix->errors;
	run->unfit = run->unfit || mix->unfit;
}

static void
run_copy(struct run *run, struct session *session)
{
	struct copy *copy = &run->copy;

	*copy = (struct copy) {
		.depth = (unsigned)run->options.depth,
		.chunk = 128 << 10,
	};
	(void)session_run(session, "copy", copy_main, copy);
	run->result.tally = &copy->tally;
	run->result.failures = copy->failures;
	run->result.failure = copy->failure;
	run->errors = copy->errors;
}

static void
run_traffic(struct run *run, struct session *session)
{
	const struct run_options *o = &run->options;
	struct run_result *result = &run->result;
	struct traffic *traffic = &run->traffic;

	*traffic = (struct traffic) {
		.seed = o->seed,
		.net = &o->net,
		.session = session,
		.ports = run->ports,
		.pcap = run->pcap,
		.frame = o->frame,
		.operations = o->operations,
		.duration = o->seconds * NS_A_SECOND,
		.depth = (unsigned)o->depth,
	};
	(void)session_run(session, "net", traffic_main, traffic);
	if (traffic->time_is_up)
		run_options_replay(o, traffic->started, &run->replay);
	result->traffic = traffic;
	if (traffic->failures > 0 && result->failures == 0)
		result->failure = traffic->failure;
	result->failures += traffic->failures;
	run->unfit = run->unfit || traffic->unfit;
}

/* The disk's, then the network's. */
static void
work(struct run *run, struct session *session)
{
	if (run->options.copy_to != NULL)
		run_copy(run, session);
	else if (run_has_disk(&run->options))
		run_mix(run, session);
	if (run->options.net.kind != NETOPT_NONE && progress_interrupted == 0)
		run_traffic(run, session);
}

static void
print_traffic(const struct traffic *traffic, FILE *out)
{
	const struct tally *tally = &traffic->tally;
	const double seconds = (double)tally->elapsed / 1e9;

	fprintf(out,
	    "packets     %" PRIu64 " in %.3f s\nbytes       %" PRIu64
	    "\nrate        %.0f packets/s, %.3f Gbit/s\n",
	    tally->packets, seconds, tally->bytes_carried,
	    seconds > 0 ? (double)tally->packets / seconds : 0,
	    seconds > 0 ? (double)tally->bytes_carried * 8 / seconds / 1e9 : 0);
	if (traffic->net->kind != NETOPT_PCAP)
		tally_print_latency(tally, out);
	tally_print_costs(tally, tally->packets, "packet", out);
	netstat_print(&traffic->drops, out);
}

/*
 * --- the end ---
 */

/* The exit status, of all that went wrong; says what was not said yet. */
static int
judge(struct run *run, int status)
{
	const struct run_result *result = &run->result;

	if (run->unfit) {
		if (result->failures > 0)
			cli_error("%s", result->failure);
		return (status != CLI_OK ? status : CLI_USAGE);
	}
	if (run->not_driver)
		return (status != CLI_OK ? status : CLI_VIOLATION);
	if (result->host_error[0] != '\0') {
		cli_error("%s", result->host_error);
		/* Operations that failed for that have been told. */
		if (result->failures == run->errors)
			return (status != CLI_OK ? status : CLI_HOST);
	}
	if (result->failures == 0)
		return (status);
	cli_error("%s%s", result->failure,
	    result->failures > 1 ? " (and more failed)" : "");
	if (status != CLI_OK)
		return (status);
	session_print_replay(run->replay.text);
	return (CLI_VIOLATION);
}

static const char *
verdict(const struct run *run, int status)
{
	const struct run_options *o = &run->options;

	if (status != CLI_OK)
		return ("FAILED: see the lines above");
	if (progress_interrupted != 0)
		return (o->copy_to != NULL ?
			"interrupted: the copy is not whole" :
			"interrupted; verified: every byte read so far");
	if (o->copy_to != NULL)
		return (o->no_check ?
			"copied and compared; not watched by the referee" :
			"copied and compared; nothing leaked, no rule broken");
	return (o->no_check ?
		"verified: every byte; not watched by the referee" :
		"verified: every byte; nothing leaked, no rule broken");
}

static int
run_session(struct run *run)
{
	struct run_result *result = &run->result;
	struct session *session;
	int status;

	session = session_open(&run->config, &status);
	if (session == NULL)
		return (status);
	if (run->config.ndisks > 0) {
		session_features(session, 0, &result->offered,
		    &result->negotiated);
		check_features(run);
	}
	if (run->config.nnics > 0)
		check_net_features(run, session);
	if (run->options.nsysctls > 0)
		(void)session_run(session, "sysctl", set_sysctls, run);
	if (run->unfit || run->not_driver)
		return (judge(run, session_close(session)));
	work(run, session);
	if (run->json != NULL)
		(void)session_run(session, "sysctl", keep_sysctls, result);
	status = judge(run, session_close(session));
	if (run->out != NULL && result->tally != NULL &&
	    tally_operations(result->tally) > 0) {
		fprintf(run->out, "\n");
		tally_print(result->tally, run->out);
	}
	if (run->out != NULL && result->traffic != NULL &&
	    result->traffic->tally.packets > 0) {
		fprintf(run->out, "\n");
		print_traffic(result->traffic, run->out);
	}
	if (run->out != NULL)
		fprintf(run->out, "\n%s\n", verdict(run, status));
	return (status);
}

/*
 * --- the beginning ---
 */

/* The first disk: FILE itself, FILE below an overlay, or memory. */
static int
first_disk(const struct run_options *o, struct backend **backend)
{
	bool itself = o->write || o->read_only || o->copy_to != NULL;
	int status;

	if (o->disk == NULL)
		return (image_memory(o->size, o->read_only, backend));
	status = o->size != 0 ? image_create(o->disk, o->size) : CLI_OK;
	if (status != CLI_OK)
		return (status);
	if (!(itself ? image_open(o->disk, !o->write, backend) :
		       image_open_overlay(o->disk, backend)))
		return (CLI_USAGE);
	if (o->size == 0 || (*backend)->size == o->size)
		return (CLI_OK);
	cli_error("%s: has %" PRIu64 " bytes, and --size says %" PRIu64,
	    o->disk, (*backend)->size, o->size);
	backend_close(*backend);
	return (CLI_USAGE);
}

static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return (a != NULL && b != NULL && stat(a, &x) == 0 &&
	    stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* Where the results go; false after complaining. */
static bool
open_results(struct run *run)
{
	const struct run_options *o = &run->options;

	run->out = stdout;
	if (o->json == NULL)
		return (true);
	if (same_file(o->json, o->disk) || same_file(o->json, o->copy_to)) {
		cli_error("--json %s: is the image of a disk", o->json);
		return (false);
	}
	run->json = run_json_open(o->json);
	if (run->json == stdout)
		run->out = NULL;
	return (run->json != NULL);
}

/* Backends of the disks, and an image to compare with; the exit status. */
static int
open_disks(struct run *run)
{
	const struct run_options *o = &run->options;
	struct session_disk *disks = run->config.disks;
	int status;

	run->image = -1;
	if (!run_has_disk(o))
		return (CLI_OK);
	status = first_disk(o, &disks[0].backend);
	if (status != CLI_OK)
		return (status);
	run->config.ndisks = 1;
	run->result.disk_bytes = disks[0].backend->size;
	diskopt_apply(&o->device, o->seed, &disks[0]);
	if (!diskopt_check(&o->device, o->disk != NULL ? o->disk : "--size",
		disks[0].backend->size)) {
		backend_close(disks[0].backend);
		return (CLI_USAGE);
	}
	watch_backend(run, 0, o->disk != NULL ? o->disk : "memory");
	if (o->copy_to == NULL) {
		if (o->disk != NULL)
			run->image = open(o->disk, O_RDONLY | O_CLOEXEC);
		return (CLI_OK);
	}
	status = image_make(o->copy_to, o->disk, disks[0].backend->size,
	    &disks[1].backend);
	if (status != CLI_OK) {
		backend_close(disks[0].backend);
		return (status);
	}
	run->config.ndisks = 2;
	watch_backend(run, 1, o->copy_to);
	diskopt_apply(&o->device, o->seed + 1, &disks[1]);
	return (CLI_OK);
}

/* Ports of the network devices; the exit status. */
static int
open_nics(struct run *run)
{
	const struct run_options *o = &run->options;
	struct session_config *config = &run->config;
	int status;

	if (o->net.kind == NETOPT_NONE)
		return (CLI_OK);
	status = netopt_open(&o->net, o->device.nqueues,
	    o->depth * 2 * NET_FRAME_MAX, run->ports);
	if (status == CLI_OK && o->net.kind == NETOPT_PCAP)
		run->pcap = run->ports[0];
	if (status == CLI_OK)
		status = netopt_record(o->pcap, &run->ports[0]);
	if (status != CLI_OK)
		return (status);
	config->nnics = o->net.count;
	for (unsigned i = 0; i < config->nnics; i++) {
		config->nics[i].port = run->ports[i];
		diskopt_apply_nic(&o->device, &config->nics[i]);
	}
	return (CLI_OK);
}

static void
print_title(const struct run_options *o, FILE *out)
{
	fprintf(out, "ringside run: seed %" PRIu64, o->seed);
	if (run_has_disk(o))
		fprintf(out, ", %s on %s",
		    o->copy_to != NULL			     ? "copy" :
			strcmp(o->pattern->name, "mix") == 0 ? "random mix" :
							       o->pattern->name,
		    o->disk != NULL ? o->disk : "a disk in memory");
	if (o->net.kind != NETOPT_NONE)
		fprintf(out, ", frames through %s", o->net.text);
	fprintf(out, "\n");
}

static void
configure(struct run *run)
{
	const struct run_options *o = &run->options;
	struct session_config *config = &run->config;

	run_options_replay(o, 0, &run->replay);
	config->replay = run->replay.text;
	config->seed = o->seed;
	config->max_steps = o->max_steps;
	config->watchdog = o->watchdog * NS_A_SECOND;
	config->referee = !o->no_check;
	config->verbose = o->verbose;
	config->console = o->quiet || run->out == NULL ? NULL : show_line;
	config->console_arg = run;
	config->violation = show_violation;
	config->violation_arg = run;
	if (!o->quiet)
		progress_enable();
	progress_catch_signals();
	if (run->out != NULL)
		print_title(o, run->out);
}

static int
write_results(struct run *run, int status)
{
	struct run_result *result = &run->result;
	int error;

	result->options = &run->options;
	result->panic = kernel_panic_text();
	result->hang = kernel_hang_text();
	result->replay = run->replay.text;
	result->signal = progress_interrupted;
	result->status = status;
	error = run_json_write(result, run->json);
	if (error == 0)
		return (status);
	cli_error("--json %s: %s", run->options.json, strerror(error));
	/* Said once; what has not arrived never will. */
	if (run->json == stdout) {
		__fpurge(stdout);
		clearerr(stdout);
	}
	return (status != CLI_OK ? status : CLI_HOST);
}

static int
run_main(int argc, char **argv)
{
	static struct run run;
	int status;

	memset(&run, 0, sizeof(run));
	status = run_options_parse(argc, argv, &run.options);
	if (status >= 0)
		return (status);
	if (run.options.gdb)
		return (cli_gdb(argc, argv));
	if (!open_results(&run))
		return (CLI_USAGE);
	status = open_disks(&run);
	if (status == CLI_OK) {
		status = open_nics(&run);
		if (status != CLI_OK)
			session_drop(&run.config);
	}
	if (status != CLI_OK) {
		if (run.json != NULL && run.json != stdout)
			fclose(run.json);
		return (status);
	}
	configure(&run);
	if (!control_open(run.options.control) && run.options.control != NULL) {
		session_drop(&run.config);
		status = CLI_USAGE;
	} else
		status = run_session(&run);
	control_close();
	if (run.json != NULL)
		status = write_results(&run, status);
	if (run.image >= 0)
		close(run.image);
	run_result_free(&run.result);
	return (status);
}

const struct cli_command cli_run = {
	.name = "run",
	.summary = "run the block driver on a disk image",
	.main = run_main,
};
