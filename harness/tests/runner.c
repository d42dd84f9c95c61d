/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The test program: collects the tests that the linker has put side by side,
 * selects, hands them to CUnit, and reports.
 *
 *	check-plain [-v] [--xml FILE] [SUITE | SUITE/NAME]...
 *	check-plain --list
 *
 * Exit status: 0 all passed, 1 a test failed or crashed, 2 usage, or nothing
 * of that name.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>

#include "host/host.h"
#include "tests/checks.h"
#include "tests/fixture.h"
#include "tests/runner.h"

/* The section's bounds; the linker makes these. */
extern const struct test_case *const __start_ringside_tests[];
extern const struct test_case *const __stop_ringside_tests[];

struct test_result *test_results;
size_t test_nresults;
struct test_result *test_current;

static size_t runner_next;	  /* index of the test that starts next */
static size_t runner_suite_first; /* the running suite's first result */
static bool runner_verbose;

void
test_total(size_t first, size_t end, struct test_totals *totals)
{
	*totals = (struct test_totals) { 0 };
	for (size_t i = first; i < end; i++) {
		const struct test_result *result = &test_results[i];

		totals->ns += result->ns;
		switch (result->state) {
		case TEST_PASSED:
			totals->passed++;
			break;
		case TEST_SKIPPED:
			totals->skipped++;
			break;
		case TEST_NOT_RUN:
			totals->not_run++;
			break;
		case TEST_RUNNING: /* it has crashed */
		case TEST_FAILED:
			totals->failed++;
			break;
		}
	}
}

/*
 * --- choosing ---
 */

static int
runner_compare(const void *a, const void *b)
{
	const struct test_case *x = *(const struct test_case *const *)a;
	const struct test_case *y = *(const struct test_case *const *)b;
	int order = strcmp(x->suite, y->suite);

	return (order != 0 ? order : strcmp(x->name, y->name));
}

/*
 * Whether `filter` means this test: "suite", or "suite/name", where the name
 * may be the beginning of several.
 */
static bool
runner_matches(const struct test_case *test, const char *filter)
{
	size_t n = strlen(test->suite);

	if (strncmp(filter, test->suite, n) != 0)
		return (false);
	return (filter[n] == '\0' ||
	    (filter[n] == '/' &&
		strstr(test->name, filter + n + 1) == test->name));
}

/* One more name of a list, in lines of at most 72 columns. */
static void
runner_list_name(size_t *column, const char *name)
{
	if (*column + strlen(name) > 70) {
		fprintf(stderr, "\n   ");
		*column = 3;
	}
	*column += strlen(name) + 1;
	fprintf(stderr, " %s", name);
}

/* Lists the tests of the suite that the filter names, or all suites. */
static void
runner_no_match(const char *filter, const struct test_case **all, size_t n)
{
	size_t column = 80, length = strcspn(filter, "/");
	bool suite = false;

	for (size_t i = 0; i < n; i++)
		suite |= strlen(all[i]->suite) == length &&
		    strncmp(filter, all[i]->suite, length) == 0;
	fprintf(stderr, "check: no test is called \"%s\"; %s:", filter,
	    suite ? "that suite has" : "suites");
	for (size_t i = 0; i < n; i++) {
		if (suite) {
			if (strlen(all[i]->suite) == length &&
			    strncmp(filter, all[i]->suite, length) == 0)
				runner_list_name(&column, all[i]->name);
		} else if (i == 0 ||
		    strcmp(all[i]->suite, all[i - 1]->suite) != 0)
			runner_list_name(&column, all[i]->suite);
	}
	fprintf(stderr, "\n");
}

/* All tests, sorted; checks that no two have the same name. */
static const struct test_case **
runner_collect(size_t *count)
{
	size_t n = (size_t)(__stop_ringside_tests - __start_ringside_tests);
	const struct test_case **all = host_alloc((n + 1) * sizeof(*all));

	memcpy(all, __start_ringside_tests, n * sizeof(*all));
	qsort(all, n, sizeof(*all), runner_compare);
	for (size_t i = 1; i < n; i++)
		if (runner_compare(&all[i - 1], &all[i]) == 0) {
			fprintf(stderr, "check: %s and %s both have %s/%s\n",
			    all[i - 1]->file, all[i]->file, all[i]->suite,
			    all[i]->name);
			exit(2);
		}
	*count = n;
	return (all);
}

/* Fills test_results; false when a filter fits nothing. */
static bool
runner_select(const struct test_case **all, size_t n, char **filters,
    int nfilters)
{
	bool *used = host_alloc((size_t)nfilters * sizeof(*used));
	bool ok = true;

	test_results = host_alloc(n * sizeof(*test_results));
	for (size_t i = 0; i < n; i++) {
		bool wanted = nfilters == 0;

		for (int f = 0; f < nfilters; f++)
			if (runner_matches(all[i], filters[f]))
				wanted = used[f] = true;
		if (wanted)
			test_results[test_nresults++].test = all[i];
	}
	for (int f = 0; f < nfilters; f++)
		if (!used[f]) {
			runner_no_match(filters[f], all, n);
			ok = false;
		}
	host_free(used);
	return (ok);
}

/*
 * --- running, by CUnit's hand ---
 */

static void
runner_call(const struct test_case *test)
{
	if (test->kind == TEST_HOST)
		test->fn();
	else
		fixture_kernel_test(test);
}

/* The function of every test in CUnit's registry. */
static void
runner_trampoline(void)
{
	unsigned asserts = CU_get_number_of_asserts();
	const struct test_case *test = test_current->test;

	checks_run(runner_call, test);
	fixture_halt();
	/* A test that cannot fail is no test. */
	if (CU_get_number_of_asserts() == asserts &&
	    test_current->reason == NULL)
		test_fail(test->file, 0, "%s/%s makes no check", test->suite,
		    test->name);
}

static void
runner_test_starts(const CU_pTest test, const CU_pSuite suite)
{
	struct test_result *result = &test_results[runner_next++];

	HOST_ASSERT(strcmp(result->test->name, test->pName) == 0);
	HOST_ASSERT(strcmp(result->test->suite, suite->pName) == 0);
	result->state = TEST_RUNNING;
	result->started = host_clock_ns();
	test_current = result;
	crash_test_begins();
}

static void
runner_test_done(const CU_pTest test, const CU_pSuite suite,
    const CU_pFailureRecord failure)
{
	static const char *const words[] = { "", "", "passed", "FAILED",
		"skipped" };
	struct test_result *result = test_current;

	(void)test;
	(void)suite;
	result->ns = host_clock_ns() - result->started;
	if (failure != NULL)
		result->state = TEST_FAILED;
	else if (result->reason != NULL)
		result->state = TEST_SKIPPED;
	else
		result->state = TEST_PASSED;
	test_current = NULL;
	if (result->state == TEST_PASSED && !runner_verbose)
		return;
	printf("  %s/%s: %s", result->test->suite, result->test->name,
	    words[result->state]);
	if (result->state == TEST_SKIPPED)
		printf(": %s", result->reason);
	if (runner_verbose)
		printf(" (%.3f s)", (double)result->ns / 1e9);
	printf("\n");
	if (result->state == TEST_FAILED)
		printf("%s", result->failures);
}

static void
runner_suite_starts(const CU_pSuite suite)
{
	(void)suite;
	runner_suite_first = runner_next;
}

static void
runner_suite_done(const CU_pSuite suite, const CU_pFailureRecord failure)
{
	struct test_totals t;

	(void)failure;
	test_total(runner_suite_first, runner_next, &t);
	printf("%-24s %3u passed", suite->pName, t.passed);
	if (t.failed > 0)
		printf(", %u failed", t.failed);
	if (t.skipped > 0)
		printf(", %u skipped", t.skipped);
	printf(" (%.2f s)\n", (double)t.ns / 1e9);
}

/* Puts the selected tests into CUnit's registry. */
static void
runner_register(void)
{
	CU_pSuite suite = NULL;

	if (CU_initialize_registry() != CUE_SUCCESS)
		host_fatal("CUnit: %s", CU_get_error_msg());
	for (size_t i = 0; i < test_nresults; i++) {
		const struct test_case *test = test_results[i].test;

		if (suite == NULL || strcmp(suite->pName, test->suite) != 0)
			suite = CU_add_suite(test->suite, NULL, NULL);
		if (suite == NULL ||
		    CU_add_test(suite, test->name, runner_trampoline) == NULL)
			host_fatal("CUnit: %s/%s: %s", test->suite, test->name,
			    CU_get_error_msg());
	}
	CU_set_suite_start_handler(runner_suite_starts);
	CU_set_suite_complete_handler(runner_suite_done);
	CU_set_test_start_handler(runner_test_starts);
	CU_set_test_complete_handler(runner_test_done);
}

static int
runner_run(const char *xml)
{
	struct test_totals t;
	int error, status = 0;

	runner_register();
	crash_watch(xml, RUNNER_TIMEOUT);
	CU_run_all_tests();
	crash_watch_ends();
	CU_cleanup_registry();

	test_total(0, test_nresults, &t);
	if (xml != NULL && (error = junit_write(xml)) != 0) {
		fprintf(stderr, "check: %s: %s\n", xml, strerror(error));
		status = 1;
	}
	printf("\n%u passed, %u failed", t.passed, t.failed + t.not_run);
	if (t.skipped > 0)
		printf(", %u skipped", t.skipped);
	printf("\n");
	return (t.failed + t.not_run > 0 ? 1 : status);
}

static int
runner_usage(void)
{
	fprintf(stderr,
	    "usage: check [-v] [--xml FILE] [SUITE | SUITE/NAME]..."
	    "\n       check --list [SUITE | SUITE/NAME]...\n");
	return (2);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "xml", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	const struct test_case **all;
	const char *xml = NULL;
	bool list = false;
	size_t n;
	int c, status = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "v", options, NULL)) != -1)
		switch (c) {
		case 'l':
			list = true;
			break;
		case 'v':
			runner_verbose = true;
			break;
		case 'x':
			xml = optarg;
			break;
		default:
			return (runner_usage());
		}

	all = runner_collect(&n);
	if (!runner_select(all, n, argv + optind, argc - optind))
		status = 2;
	else if (list)
		for (size_t i = 0; i < test_nresults; i++)
			printf("%s/%s\n", test_results[i].test->suite,
			    test_results[i].test->name);
	else
		status = runner_run(xml);

	for (size_t i = 0; i < test_nresults; i++) {
		host_free(test_results[i].failures);
		host_free(test_results[i].reason);
	}
	host_free(test_results);
	host_free(all);
	return (status);
}
