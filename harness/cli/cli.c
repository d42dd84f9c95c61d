/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the subcommands share; see cli.h.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"

const char *cli_program = "ringside";

void
cli_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	progress_hide();
	fputs("ringside: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
cli_usage_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "ringside %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; try `ringside %s --help`\n", command);
}

/* The exponent of two that a suffix stands for; -1: none such. */
static int
suffix_shift(const char *suffix)
{
	static const char letters[] = "KMGT";
	const char *at;

	if (*suffix == '\0')
		return (0);
	at = strchr(letters, toupper((unsigned char)*suffix));
	if (at == NULL || suffix[1] != '\0')
		return (-1);
	return (10 * (int)(at - letters + 1));
}

bool
cli_number(const char *option, const char *text, uint64_t low, uint64_t high,
    uint64_t *value)
{
	unsigned long long v;
	char *end;
	int shift;
	bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';

	errno = 0;
	v = strtoull(text, &end, hex ? 16 : 10);
	shift = suffix_shift(end);
	if (!isdigit((unsigned char)text[0]) || errno != 0 || shift < 0 ||
	    v > UINT64_MAX >> shift || v << shift < low || v << shift > high) {
		cli_error("%s wants a number from %" PRIu64 " to %" PRIu64
			  ", not '%s'",
		    option, low, high, text);
		return (false);
	}
	*value = v << shift;
	return (true);
}

bool
cli_path(const char *option, const char *path)
{
	if (*path != '\0')
		return (true);
	cli_error("%s wants the name of a file, not ''", option);
	return (false);
}
