/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The results as JUnit XML, as continuous integration systems read it.
 *
 * Written with write(2) through a buffer of its own, because it also runs in
 * the signal handler of a crashed test (crash.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/runner.h"

struct junit {
	int fd;
	int error; /* the first one */
	size_t used;
	char buffer[4096];
};

static void
junit_flush(struct junit *j)
{
	const char *p = j->buffer;
	ssize_t n;

	while (j->used > 0 && j->error == 0) {
		n = write(j->fd, p, j->used);
		if (n < 0 && errno != EINTR)
			j->error = errno;
		if (n > 0) {
			p += n;
			j->used -= (size_t)n;
		}
	}
	j->used = 0;
}

static void
junit_char(struct junit *j, char c)
{
	if (j->used == sizeof(j->buffer))
		junit_flush(j);
	j->buffer[j->used++] = c;
}

/* Markup, as it is. */
static void
junit_raw(struct junit *j, const char *text)
{
	while (*text != '\0')
		junit_char(j, *text++);
}

/*
 * Text or an attribute's value.  XML has no way to write most control
 * characters, and what a driver has put into a message need not be UTF-8:
 * both become question marks.
 */
static void
junit_text(struct junit *j, const char *text)
{
	unsigned char c;

	for (; (c = (unsigned char)*text) != '\0'; text++) {
		if (c == '&')
			junit_raw(j, "&amp;");
		else if (c == '<')
			junit_raw(j, "&lt;");
		else if (c == '>')
			junit_raw(j, "&gt;");
		else if (c == '"')
			junit_raw(j, "&quot;");
		else if (c == '\n')
			junit_raw(j, "&#10;");
		else if (c == '\t' || (c >= 0x20 && c < 0x7f))
			junit_char(j, (char)c);
		else
			junit_char(j, '?');
	}
}

static void __attribute__((format(printf, 2, 3)))
junit_format(struct junit *j, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	junit_raw(j, text);
}

static void
junit_totals(struct junit *j, size_t first, size_t end)
{
	struct test_totals t;

	test_total(first, end, &t);
	junit_format(j,
	    " tests=\"%zu\" failures=\"%u\" skipped=\"%u\""
	    " time=\"%llu.%06llu\"",
	    end - first, t.failed, t.skipped + t.not_run,
	    (unsigned long long)(t.ns / 1000000000),
	    (unsigned long long)(t.ns / 1000 % 1000000));
}

static void
junit_case(struct junit *j, const struct test_result *result)
{
	junit_raw(j, "    <testcase classname=\"");
	junit_text(j, result->test->suite);
	junit_raw(j, "\" name=\"");
	junit_text(j, result->test->name);
	junit_raw(j, "\" file=\"");
	junit_text(j, result->test->file);
	junit_format(j, "\" time=\"%llu.%06llu\"",
	    (unsigned long long)(result->ns / 1000000000),
	    (unsigned long long)(result->ns / 1000 % 1000000));
	switch (result->state) {
	case TEST_PASSED:
		junit_raw(j, "/>\n");
		return;
	case TEST_SKIPPED:
	case TEST_NOT_RUN:
		junit_raw(j, ">\n      <skipped message=\"");
		junit_text(j,
		    result->reason != NULL ? result->reason : "not run");
		junit_raw(j, "\"/>\n");
		break;
	case TEST_RUNNING:
	case TEST_FAILED:
		junit_raw(j, ">\n      <failure message=\"failed\">");
		junit_text(j,
		    result->failures != NULL ? result->failures : "crashed");
		junit_raw(j, "</failure>\n");
		break;
	}
	junit_raw(j, "    </testcase>\n");
}

int
junit_write(const char *path)
{
	struct junit j = { .fd = -1 };
	size_t first, end;

	j.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (j.fd < 0)
		return (errno);
	junit_raw(&j, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	junit_raw(&j, "<testsuites name=\"ringside\"");
	junit_totals(&j, 0, test_nresults);
	junit_raw(&j, ">\n");
	for (first = 0; first < test_nresults; first = end) {
		const char *suite = test_results[first].test->suite;

		for (end = first; end < test_nresults &&
		     strcmp(test_results[end].test->suite, suite) == 0;
		     end++)
			;
		junit_raw(&j, "  <testsuite name=\"");
		junit_text(&j, suite);
		junit_raw(&j, "\"");
		junit_totals(&j, first, end);
		junit_raw(&j, ">\n");
		for (size_t i = first; i < end; i++)
			junit_case(&j, &test_results[i]);
		junit_raw(&j, "  </testsuite>\n");
	}
	junit_raw(&j, "</testsuites>\n");
	junit_flush(&j);
	if (close(j.fd) != 0 && j.error == 0)
		j.error = errno;
	return (j.error);
}
