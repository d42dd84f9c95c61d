/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the test runner share: the results, and who records
 * them.  Tests themselves need test.h, and fixture.h when they boot a machine
 * of their own.
 */
#ifndef RINGSIDE_TESTS_RUNNER_H
#define RINGSIDE_TESTS_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/test.h"

#define RUNNER_TIMEOUT 300 /* seconds a test may take, sanitizers included */

enum test_state {
	TEST_NOT_RUN,
	TEST_RUNNING,
	TEST_PASSED,
	TEST_FAILED,
	TEST_SKIPPED,
};

struct test_result {
	const struct test_case *test;
	enum test_state state;
	uint64_t started; /* host_clock_ns() */
	uint64_t ns;	  /* how long it took */
	/* One line a failure ("file:line: what") and notes, or NULL; owned. */
	char *failures;
	size_t failures_length;
	char *reason; /* why it was skipped, or NULL; owned */
};

/* The selected tests in the order in which they run, sorted by suite. */
extern struct test_result *test_results;
extern size_t test_nresults;
/* The running test, or NULL. */
extern struct test_result *test_current;

struct test_totals {
	unsigned passed;
	unsigned failed;
	unsigned skipped;
	unsigned not_run;
	uint64_t ns;
};
/* Counts test_results[first..end). */
void test_total(size_t first, size_t end, struct test_totals *totals);

/* Records a failure of the running test; the test goes on. */
void test_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds a line to the report of a test that has failed. */
void test_note(const char *line);

/*
 * Whether the running test was ended from inside a task: the executive has
 * been stopped and may not run again before sim_fini().
 */
bool test_abandoned(void);

/*
 * Writes the results as JUnit XML.  Uses no stdio and allocates nothing, so
 * that a signal handler may call it.  Returns 0 or an errno.
 */
int junit_write(const char *path);

/*
 * From now on, a signal that would kill the process, a sanitizer's verdict, an
 * exit() from inside a test, or a test that runs longer than `seconds`, is
 * reported with the test's name; the XML is written to `xml` (or not, NULL)
 * and the process ends with status 1.
 */
void crash_watch(const char *xml, unsigned seconds);
/* A test begins: the time that it has starts again. */
void crash_test_begins(void);
/* All tests are done: leaving the process is no crash any more. */
void crash_watch_ends(void);

#endif /* !RINGSIDE_TESTS_RUNNER_H */
