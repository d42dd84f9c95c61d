/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside devctl: the devices of a running instance.
 */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/option.h"

enum { OPT_CONTROL = 256 };

static const struct cli_option options[] = {
	{ 'f', "force", NULL, "the driver is not asked whether it is idle" },
	{ OPT_CONTROL, "control", "PATH",
	    "the instance's control socket (default: the only\n"
	    "instance that runs)" },
	{ 'h', "help", NULL, "this text" },
	CLI_OPTION_END,
};

static const struct cli_option *const tables[] = { options, NULL };

static void
usage(void)
{
	puts("usage: ringside devctl [OPTION]... COMMAND DEVICE\n"
	     "\n"
	     "Has the kernel in a running `ringside run`, `mount` or `tap` "
	     "attach, detach,\n"
	     "disable, enable, suspend or resume a device, such as vio0, as "
	     "devctl(8) does.\n"
	     "Without a driver it is called by its place: pci0:0:1:0.\n");
	cli_print_options(stdout, tables);
	puts("\nexit status: 0 fine, 2 usage, no such instance, or the kernel "
	     "said no, 3 the\nkernel there has died");
}

static int
devctl_main(int argc, char **argv)
{
	const char *words[5] = { "devctl" };
	const char *path = NULL;
	bool force = false;
	unsigned n = 1;
	int id;

	while (
	    (id = cli_next_option_or_word(argc, argv, tables)) != CLI_NO_MORE) {
		if (id == CLI_BAD_OPTION)
			return (CLI_USAGE);
		if (id == 'h') {
			usage();
			return (CLI_OK);
		}
		if (id == 'f')
			force = true;
		else {
			path = optarg;
			if (!cli_path("--control", path))
				return (CLI_USAGE);
		}
	}
	if (argc - optind != 2) {
		cli_usage_error("devctl", "devctl wants COMMAND and DEVICE");
		return (CLI_USAGE);
	}
	words[n++] = argv[optind];
	if (force)
		words[n++] = "-f";
	words[n++] = argv[optind + 1];
	return (control_ask(path, words));
}

const struct cli_command cli_devctl = {
	.name = "devctl",
	.summary = "attach and detach devices of a running instance",
	.main = devctl_main,
};
