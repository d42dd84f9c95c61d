/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside tap: the host's own stack runs through the network driver.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/background.h"
#include "cli/cli.h"
#include "cli/control.h"
#include "cli/diskopt.h"
#include "cli/errname.h"
#include "cli/netopt.h"
#include "cli/option.h"
#include "cli/tap_var.h"
#include "host/host.h"

#define SYSCTLS_MAX	16
#define SYSCTL_NAME_MAX 128
#define NS_A_SECOND	UINT64_C(1000000000)

struct options {
	const char *guest, *device;
	const char *pcap;
	const char *sysctls[SYSCTLS_MAX];
	unsigned nsysctls;
	uint32_t offloads;
	char *log, *pid_file, *control;
	struct diskopt diskopt;
	uint64_t seed;
	uint64_t max_steps;
	uint64_t watchdog; /* seconds */
	bool no_check;
	bool foreground;
	bool verbose;
	bool quiet;
	bool help;
};

enum {
	OPT_GUEST = 256,
	OPT_DEVICE,
	OPT_OFFLOADS,
	OPT_PCAP,
	OPT_SEED,
	OPT_NO_CHECK,
	OPT_SYSCTL,
	OPT_MAX_STEPS,
	OPT_WATCHDOG,
	OPT_PID_FILE,
	OPT_LOG,
	OPT_CONTROL,
};

static const struct cli_option tap_options[] = {
	{ OPT_GUEST, "guest", "TAP",
	    "the TAP whose frames vio0 sends, and where what it\n"
	    "receives comes out" },
	{ OPT_DEVICE, "device", "TAP", "the TAP behind the device" },
	{ OPT_OFFLOADS, "offloads", "LIST",
	    "what may be left to the other side: csum, tso4,\n"
	    "tso6, ecn, uso, all (default), none" },
	{ OPT_PCAP, "pcap", "FILE", "record what passes the device's TAP" },
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
	    "scheduling steps in one round of the loop after\n"
	    "which the kernel hangs (default 10000000; 0: never)" },
	{ OPT_WATCHDOG, "watchdog", "N",
	    "seconds of processor time after which a thread that\n"
	    "runs on end hangs (default 10; 0: never)" },
	{ OPT_CONTROL, "control", "PATH",
	    "where the socket of `ringside ifconfig` lies\n"
	    "(default: among the user's)" },
	{ 'v', "verbose", NULL, "show the kernel's log, with bootverbose" },
	{ 'q', "quiet", NULL, "say nothing when all is well" },
	{ 'h', "help", NULL, "this text" },
	CLI_OPTION_END,
};

static const struct cli_option *const tables[] = { tap_options, diskopt_options,
	common_options, NULL };

static void
usage(void)
{
	puts("usage: ringside tap --guest TAP0 --device TAP1 [OPTION]...\n"
	     "\n"
	     "Attaches the FreeBSD network driver, as vio0, to a device with "
	     "TAP1 behind it.\n"
	     "What the host's stack writes into TAP0 is sent by vio0, and what "
	     "vio0 receives\n"
	     "comes out at TAP0: so two network namespaces talk through "
	     "driver and device.\n"
	     "TAPs that are not there are made.  Goes into the background "
	     "when all is ready;\n"
	     "SIGTERM ends it, SIGUSR1 prints a table.  `ringside ifconfig` "
	     "changes vio0.\n");
	cli_print_options(stdout, tables);
	puts("\nexit status: 0 fine, 1 a rule was broken, 2 usage or bad "
	     "input, 3 the driver\npanicked or hangs, 4 the host lacks "
	     "something, or a TAP has vanished");
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

/* false after complaining. */
static bool
take_option(struct options *o, int id)
{
	if (diskopt_is(id))
		return (diskopt_parse(&o->diskopt, id, optarg));
	switch (id) {
	case OPT_GUEST:
		o->guest = optarg;
		return (netopt_interface("--guest", optarg));
	case OPT_DEVICE:
		o->device = optarg;
		return (netopt_interface("--device", optarg));
	case OPT_OFFLOADS:
		return (netopt_offloads(optarg, &o->offloads));
	case OPT_PCAP:
		o->pcap = optarg;
		return (cli_path("--pcap", optarg));
	case OPT_SYSCTL:
		return (add_sysctl(o, optarg));
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
	case OPT_LOG:
		return (background_absolute("--log", optarg, &o->log));
	case OPT_CONTROL:
		return (background_absolute("--control", optarg, &o->control));
	}
	return (false);
}

static bool
take_flag(struct options *o, int id)
{
	bool *const flag = id == OPT_NO_CHECK ? &o->no_check :
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

	while ((id = cli_next_option(argc, argv, tables)) != CLI_NO_MORE) {
		if (id == CLI_BAD_OPTION)
			return (CLI_USAGE);
		if (!take_flag(o, id) && !take_option(o, id))
			return (CLI_USAGE);
		if (o->help) {
			usage();
			return (CLI_OK);
		}
	}
	if (o->guest == NULL || o->device == NULL)
		cli_usage_error("tap",
		    "tap wants --guest TAP and --device TAP");
	else if (strcmp(o->guest, o->device) == 0)
		cli_error("--guest and --device are the same TAP");
	else if (diskopt_check_kinds(&o->diskopt, 0, 1))
		return (-1);
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
	(void)arg;
	cli_error("%s: %s", checker, text);
}

/* The two TAPs, with what was asked of each; the exit status. */
static int
open_taps(const struct options *o, struct tap_relay *relay)
{
	const unsigned queues =
	    o->diskopt.nqueues != 0 ? o->diskopt.nqueues : 1;
	struct netport *device;
	int status;

	status = netopt_tap(o->guest, queues, o->offloads, &relay->guest);
	if (status != CLI_OK)
		return (status);
	status = netopt_tap(o->device, queues, o->offloads, &device);
	if (status == CLI_OK)
		status = netopt_record(o->pcap, &device);
	if (status != CLI_OK) {
		netport_close(relay->guest);
		return (status);
	}
	relay->device = device;
	return (CLI_OK);
}

/* vio0 is to be like what the host has at the guest's TAP. */
static bool
configure(struct tap_relay *relay)
{
	/* Where it has been moved to, nobody can ask for it. */
	static uint32_t mtu;
	uint32_t now;
	int error = 0;

	if (netport_tap_mtu(relay->guest, &now) == 0)
		mtu = now;
	if (mtu != 0)
		error = netif_set_mtu(relay->netif, mtu);
	/* As a member of a bridge: for whom a frame is, others know. */
	if (error == 0)
		error = netif_set_promisc(relay->netif, true);
	if (error == 0)
		error = netif_up(relay->netif);
	if (error == 0)
		return (true);
	cli_error("vio0 does not start: %s", errname(error));
	return (false);
}

struct start {
	struct tap_relay *relay;
	const struct options *options;
	int background; /* of background_fork(), or -1 */
	bool ok;
};

static void
set_sysctls(void *arg)
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
			    errname(error));
			return;
		}
	}
	tap_relay_refresh(start->relay);
	if (start->relay->netif == NULL && !start->relay->failed)
		cli_error("no interface vio0: no driver has attached");
	start->ok = start->relay->netif != NULL;
}

static void
say_ready(const struct start *start)
{
	const struct options *o = start->options;

	if (o->pid_file != NULL)
		background_write_pid(o->pid_file);
	if (!o->quiet) {
		printf("ready: %s -> vio0 -> %s\n", o->guest, o->device);
		fflush(stdout);
	}
	if (start->background >= 0)
		background_go(start->background, o->log);
}

static int
serve(struct tap_relay *relay, const struct options *o, int background)
{
	struct start start = { relay, o, background, false };
	int status;

	status =
	    netopt_check_features(relay->session, 1, o->diskopt.net_demanded);
	if (status != CLI_OK)
		return (status);
	(void)session_run(relay->session, "start", set_sysctls, &start);
	if (!start.ok)
		return (CLI_USAGE);
	if (!tap_catch_signals())
		return (CLI_HOST);
	say_ready(&start);
	(void)session_run(relay->session, "tap", tap_serve, relay);
	if (!o->quiet) {
		printf("\n");
		tap_print(relay, stdout);
	}
	return (relay->failed ? CLI_HOST : CLI_OK);
}

static int
tap_session(const struct options *o, int background)
{
	static struct tap_relay relay;
	struct session_config config = {
		.seed = o->seed,
		.max_steps = o->max_steps,
		.watchdog = o->watchdog * NS_A_SECOND,
		.referee = !o->no_check,
		.verbose = o->verbose,
		.console = o->verbose ? show_line : NULL,
		.violation = show_violation,
		.nnics = 1,
	};
	int status, end;

	memset(&relay, 0, sizeof(relay));
	status = open_taps(o, &relay);
	if (status != CLI_OK)
		return (status);
	config.nics[0].port = relay.device;
	diskopt_apply_nic(&o->diskopt, &config.nics[0]);
	/* The MTU is the guest's to choose. */
	config.nics[0].net.mtu = UINT16_MAX;
	(void)netport_tap_mac(relay.guest, config.nics[0].net.mac);
	relay.configure = configure;
	tap_relay_init(&relay);
	tally_start(&relay.tally);
	relay.session = session_open(&config, &status);
	if (relay.session != NULL) {
		tally_start(&relay.tally);
		status = CLI_USAGE;
		if (control_open(o->control) || o->control == NULL)
			status = serve(&relay, o, background);
		control_close();
		end = session_close(relay.session);
		if (end == CLI_PANIC || status == CLI_OK)
			status = end;
	}
	tap_relay_fini(&relay);
	return (status);
}

static int
tap_main(int argc, char **argv)
{
	static struct options o;
	int status, background = -1;

	o = (struct options) {
		.seed = 1,
		.max_steps = SESSION_MAX_STEPS,
		.watchdog = SESSION_WATCHDOG / NS_A_SECOND,
		.offloads = NET_OFFLOAD_ALL,
	};
	status = parse(argc, argv, &o);
	if (status < 0) {
		if (!o.foreground)
			background = background_fork();
		status = tap_session(&o, background);
		background_end();
	}
	free(o.pid_file);
	free(o.log);
	free(o.control);
	return (status);
}

const struct cli_command cli_tap = {
	.name = "tap",
	.summary = "the host's TCP/IP stack through driver and device",
	.main = tap_main,
};
