/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tables of options; see option.h.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/option.h"

#define OPTIONS_MAX 64
/* Where --help begins to explain. */
#define HELP_COLUMN 22

/* The tables as getopt_long(3) wants them; short ones after a colon. */
static void
translate(const struct cli_option *const *tables, struct option *longs,
    char *shorts)
{
	const struct cli_option *o;
	size_t n = 0, m = 0;

	shorts[m++] = ':';
	for (; *tables != NULL; tables++) {
		for (o = *tables; o->name != NULL && n < OPTIONS_MAX; o++) {
			longs[n++] = (struct option) {
				.name = o->name,
				.has_arg = o->value != NULL ?
				    required_argument :
				    no_argument,
				.val = o->id,
			};
			if (o->id >= 256)
				continue;
			shorts[m++] = (char)o->id;
			if (o->value != NULL)
				shorts[m++] = ':';
		}
	}
	memset(&longs[n], 0, sizeof(longs[n]));
	shorts[m] = '\0';
}

/* How many options begin with the `length` characters at `name`. */
static unsigned
count_prefix(const struct option *longs, const char *name, size_t length)
{
	unsigned n = 0;

	for (; longs->name != NULL; longs++)
		n += strncmp(longs->name, name, length) == 0;
	return (n);
}

static const char *
long_name(const struct option *longs, int id)
{
	for (; longs->name != NULL; longs++) {
		if (longs->val == id)
			return (longs->name);
	}
	return ("");
}

/* What getopt_long(3) did not like, in a line. */
static void
complain(int answer, char **argv, const struct option *longs)
{
	const char *command = argv[0];
	const char *word = argv[optind - 1];
	size_t length;

	if (answer == ':') {
		cli_usage_error(command, "option '--%s' wants a value",
		    long_name(longs, optopt));
		return;
	}
	if (optopt != 0 && optopt < 256 && isprint(optopt) &&
	    long_name(longs, optopt)[0] == '\0') {
		cli_usage_error(command, "unrecognized option '-%c'", optopt);
		return;
	}
	if (optopt != 0) {
		cli_usage_error(command, "option '--%s' takes no value",
		    long_name(longs, optopt));
		return;
	}
	length = strcspn(word, "=");
	if (strncmp(word, "--", 2) == 0 && length > 2 &&
	    count_prefix(longs, word + 2, length - 2) > 1)
		cli_usage_error(command, "option '%.*s' is ambiguous",
		    (int)length, word);
	else
		cli_usage_error(command, "unrecognized option '%.*s'",
		    (int)length, word);
}

int
cli_next_option_or_word(int argc, char **argv,
    const struct cli_option *const *tables)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
	int answer;

	translate(tables, longs, shorts);
	opterr = 0;
	answer = getopt_long(argc, argv, shorts, longs, NULL);
	if (answer == '?' || answer == ':') {
		complain(answer, argv, longs);
		return (CLI_BAD_OPTION);
	}
	return (answer == -1 ? CLI_NO_MORE : answer);
}

int
cli_next_option(int argc, char **argv, const struct cli_option *const *tables)
{
	int answer = cli_next_option_or_word(argc, argv, tables);

	if (answer == CLI_NO_MORE && optind < argc) {
		cli_usage_error(argv[0], "'%s' is not an option", argv[optind]);
		return (CLI_BAD_OPTION);
	}
	return (answer);
}

static void
print_option(FILE *out, const struct cli_option *o)
{
	const char *line = o->help, *end;
	int column;

	column = o->id < 256 ? fprintf(out, "  -%c, --%s", o->id, o->name) :
			       fprintf(out, "  --%s", o->name);
	if (o->value != NULL)
		column += fprintf(out, " %s", o->value);
	if (column > HELP_COLUMN - 2) {
		fputc('\n', out);
		column = 0;
	}
	for (;; line = end + 1) {
		end = strchrnul(line, '\n');
		fprintf(out, "%*s%.*s\n", HELP_COLUMN - column, "",
		    (int)(end - line), line);
		column = 0;
		if (*end == '\0')
			return;
	}
}

void
cli_print_options(FILE *out, const struct cli_option *const *tables)
{
	for (; *tables != NULL; tables++) {
		for (const struct cli_option *o = *tables; o->name != NULL; o++)
			print_option(out, o);
	}
}

int
cli_choice(const char *option, const char *text, const char *const *names)
{
	char list[256];
	size_t used = 0;

	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(text, names[i]) == 0)
			return (i);
	}
	for (int i = 0; names[i] != NULL && used < sizeof(list); i++)
		used +=
		    (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
			i == 0			 ? "" :
			    names[i + 1] == NULL ? " or " :
						   ", ",
			names[i]);
	cli_error("%s wants %s, not '%s'", option, list, text);
	return (-1);
}
