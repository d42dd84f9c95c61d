/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Options of subcommands: a table of them is what getopt_long(3) takes and
 * what --help prints, so that neither knows an option that the other does not.
 */
#ifndef RINGSIDE_CLI_OPTION_H
#define RINGSIDE_CLI_OPTION_H

#include <stdint.h>
#include <stdio.h>

struct cli_option {
	/* The letter of a short option, or a number from 256 on. */
	int id;
	const char *name;
	const char *value; /* what --help calls its value; NULL: takes none */
	const char *help;  /* lines, with '\n' between them */
};

/* The end of a table. */
/* clang-format off */
#define CLI_OPTION_END { 0, NULL, NULL, NULL }
/* clang-format on */

#define CLI_NO_MORE    (-1)
#define CLI_BAD_OPTION (-2)

/*
 * The next option's id, with its value in `optarg`; CLI_NO_MORE when there is
 * none, or CLI_BAD_OPTION after complaining, also of words that are no
 * options.  `tables` ends with NULL; `argv[0]` is the subcommand's name.
 */
int cli_next_option(int argc, char **argv,
    const struct cli_option *const *tables);
/* The same; when there is no more option, words are at argv[optind]. */
int cli_next_option_or_word(int argc, char **argv,
    const struct cli_option *const *tables);
/* What --help says of them. */
void cli_print_options(FILE *out, const struct cli_option *const *tables);

/*
 * One of the words `names`, which end with NULL: its place in the list, or
 * -1 after complaining about `option`.
 */
int cli_choice(const char *option, const char *text, const char *const *names);

#endif /* !RINGSIDE_CLI_OPTION_H */
