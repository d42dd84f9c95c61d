/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The checks that tests are made of, and the ways to end a test early.  Each
 * is counted by CUnit; what failed is kept as text for the report.
 *
 * They are called from the bare host and from tasks of the executive alike,
 * and from kernel-side files, which know nothing of the host's C library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>

#include "host/host.h"
#include "sim/sim.h"
#include "tests/checks.h"
#include "tests/fixture.h"
#include "tests/runner.h"

static jmp_buf checks_end;
static bool checks_abandoned;

void
checks_run(void (*fn)(const struct test_case *), const struct test_case *test)
{
	checks_abandoned = false;
	if (setjmp(checks_end) == 0)
		fn(test);
}

bool
test_abandoned(void)
{
	return (checks_abandoned);
}

/* Appends to what is reported of the running test. */
static void
checks_append(const char *text)
{
	struct test_result *result = test_current;
	size_t n = strlen(text);

	result->failures =
	    host_realloc(result->failures, result->failures_length + n + 1);
	memcpy(result->failures + result->failures_length, text, n + 1);
	result->failures_length += n;
}

static void
checks_append_failure(const char *file, int line, const char *what)
{
	char place[256];

	/* What the fixture finds has no line. */
	if (line > 0)
		snprintf(place, sizeof(place), "%s:%d: ", file, line);
	else
		snprintf(place, sizeof(place), "%s: ", file);
	checks_append(place);
	checks_append(what);
	checks_append("\n");
}

/* Every check ends here. */
static bool
checks_record(bool ok, const char *what, const char *file, int line)
{
	HOST_ASSERT(test_current != NULL);
	CU_assertImplementation(ok ? CU_TRUE : CU_FALSE, (unsigned)line, what,
	    file, "", CU_FALSE);
	if (!ok)
		checks_append_failure(file, line, what);
	return (ok);
}

void
test_note(const char *line)
{
	HOST_ASSERT(test_current != NULL);
	checks_append(line);
	checks_append("\n");
}

void
test_fail(const char *file, int line, const char *fmt, ...)
{
	char what[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	checks_record(false, what, file, line);
}

bool
test_check(bool ok, const char *what, const char *file, int line)
{
	return (checks_record(ok, what, file, line));
}

bool
test_check_eq(uint64_t a, uint64_t b, const char *what, const char *file,
    int line)
{
	if (a == b)
		return (checks_record(true, what, file, line));
	test_fail(file, line, "%s: %#llx (%lld) and %#llx (%lld)", what,
	    (unsigned long long)a, (long long)a, (unsigned long long)b,
	    (long long)b);
	return (false);
}

bool
test_check_str(const char *a, const char *b, const char *what, const char *file,
    int line)
{
	if (a != NULL && b != NULL && strcmp(a, b) == 0)
		return (checks_record(true, what, file, line));
	test_fail(file, line, "%s: \"%s\" and \"%s\"", what,
	    a == NULL ? "(null)" : a, b == NULL ? "(null)" : b);
	return (false);
}

bool
test_check_has(const char *whole, const char *part, const char *file, int line)
{
	if (whole != NULL && part != NULL && strstr(whole, part) != NULL)
		return (checks_record(true, part, file, line));
	test_fail(file, line, "\"%s\" does not occur in \"%s\"",
	    part == NULL ? "(null)" : part, whole == NULL ? "(null)" : whole);
	return (false);
}

/*
 * On a task's stack there is no way back to the runner but through the
 * executive, which is stopped; the caller of sim_run() sees that and the
 * runner forgets the rest.
 */
void
test_abandon(void)
{
	HOST_ASSERT(test_current != NULL);
	checks_abandoned = true;
	if (sim_self() != NULL) {
		sim_stop();
		host_fatal("sim_stop() returned into a task");
	}
	/* What the machine's devices refer to may be on the test's stack. */
	fixture_halt();
	longjmp(checks_end, 1);
}

void
test_skip(const char *reason)
{
	size_t size = strlen(reason) + 1;

	HOST_ASSERT(test_current != NULL);
	host_free(test_current->reason);
	test_current->reason = host_alloc(size);
	memcpy(test_current->reason, reason, size);
	test_abandon();
}
