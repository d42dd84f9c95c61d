/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside sysctl: the sysctls of a running instance.
 */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/option.h"

enum { OPT_CONTROL = 256 };

static const struct cli_option options[] = {
	{ 'a', "all", NULL, "all of them" },
	{ 'd', "descriptions", NULL, "what they are, not their values" },
	{ 'e', "existing", NULL, "a name that is unknown is no error" },
	{ 'N', "names", NULL, "only names" },
	{ 'n', "values", NULL, "only values" },
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
	puts("usage: ringside sysctl [OPTION]... NAME[=VALUE]...\n"
	     "       ringside sysctl [OPTION]... -a\n"
	     "\n"
	     "Shows and sets sysctls of the kernel in a running `ringside "
	     "run`, `mount` or\n"
	     "`tap`, as sysctl(8) does.  A NAME that others lie below stands "
	     "for all of them.\n");
	cli_print_options(stdout, tables);
	puts("\nexit status: 0 fine, 2 usage, no such instance, or the kernel "
	     "said no, 3 the\nkernel there has died");
}

static int
sysctl_main(int argc, char **argv)
{
	const char *words[CONTROL_WORDS_MAX + 2] = { "sysctl" };
	static char letters[256][3];
	const char *path = NULL;
	unsigned n = 1;
	bool all = false;
	int id;

	while (
	    (id = cli_next_option_or_word(argc, argv, tables)) != CLI_NO_MORE) {
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
			continue;
		}
		all = all || id == 'a';
		snprintf(letters[id & 0xff], sizeof(letters[0]), "-%c", id);
		/* Once is enough. */
		words[n] = letters[id & 0xff];
		for (unsigned i = 1; i <= n; i++)
			if (words[i] == words[n]) {
				n += i == n;
				break;
			}
	}
	if (optind == argc && !all) {
		cli_usage_error("sysctl", "sysctl wants a NAME, or -a");
		return (CLI_USAGE);
	}
	for (; optind < argc; optind++) {
		if (n > CONTROL_WORDS_MAX) {
			cli_error("sysctl: too many names at once");
			return (CLI_USAGE);
		}
		words[n++] = argv[optind];
	}
	words[n] = NULL;
	return (control_ask(path, words));
}

const struct cli_command cli_sysctl = {
	.name = "sysctl",
	.summary = "show and set sysctls of a running instance",
	.main = sysctl_main,
};
