/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside ifconfig: the network interfaces of a running instance.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/option.h"

enum { OPT_CONTROL = 256 };

static const struct cli_option options[] = {
	{ 'a', "all", NULL, "all interfaces: the default" },
	{ 'l', "list", NULL, "their names, and nothing else" },
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
	puts("usage: ringside ifconfig [OPTION]... [INTERFACE [PARAMETER]...]\n"
	     "\n"
	     "Shows the network interfaces of the kernel in a running "
	     "`ringside run` or\n"
	     "`tap`, or changes one, as ifconfig(8) does.  Parameters:\n"
	     "\n"
	     "  up, down             the interface\n"
	     "  mtu N                bytes of the largest packet\n"
	     "  promisc, -promisc    take frames for others\n"
	     "  allmulti, -allmulti  take all multicast frames\n"
	     "  ether ADDRESS        the MAC address\n"
	     "  media TYPE           as `-m` lists them in ifconfig(8)\n"
	     "  NAME, -NAME          a capability on, off: rxcsum, txcsum,\n"
	     "                       rxcsum6, txcsum6, tso, tso4, tso6, lro,\n"
	     "                       vlanmtu, vlanhwtag, vlanhwfilter,\n"
	     "                       vlanhwcsum, vlanhwtso\n");
	cli_print_options(stdout, tables);
	puts("\nexit status: 0 fine, 2 usage, no such instance, or the kernel "
	     "said no, 3 the\nkernel there has died");
}

/* Our options stand before the interface: parameters have a '-', too. */
static int
count_options(int argc, char **argv)
{
	int n = 1;

	while (n < argc && argv[n][0] == '-') {
		if (strlen(argv[n]) > 3 &&
		    strncmp(argv[n], "--control", strlen(argv[n])) == 0 &&
		    n + 1 < argc)
			n++;
		n++;
	}
	return (n);
}

static int
ifconfig_main(int argc, char **argv)
{
	const char *words[CONTROL_WORDS_MAX + 2] = { "ifconfig" };
	const int own = count_options(argc, argv);
	const char *path = NULL;
	unsigned n = 1;
	int id;

	while ((id = cli_next_option(own, argv, tables)) != CLI_NO_MORE) {
		if (id == CLI_BAD_OPTION)
			return (CLI_USAGE);
		if (id == 'h') {
			usage();
			return (CLI_OK);
		}
		if (id == OPT_CONTROL) {
			path = optarg;
			if (!cli_path("--control", path))
				return (CLI_USAGE);
		} else
			words[1] = id == 'l' ? "-l" : "-a";
	}
	if (words[1] != NULL)
		n = 2;
	if (n == 2 && own < argc) {
		cli_usage_error("ifconfig", "'%s' is one word too many",
		    argv[own]);
		return (CLI_USAGE);
	}
	for (int i = own; i < argc; i++) {
		if (n > CONTROL_WORDS_MAX) {
			cli_error("ifconfig: too much at once");
			return (CLI_USAGE);
		}
		words[n++] = argv[i];
	}
	words[n] = NULL;
	return (control_ask(path, words));
}

const struct cli_command cli_ifconfig = {
	.name = "ifconfig",
	.summary = "show and change network interfaces of a running instance",
	.main = ifconfig_main,
};
