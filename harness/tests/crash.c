/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * When a test takes the whole process down, the report must still say which
 * test it was, where, and how the tests before it went.
 *
 * Deadly signals are caught on a stack of their own, since the usual reason
 * for one is a stack that has overflowed.  AddressSanitizer explains memory
 * faults better than a handler could, so those are left to it; it calls back
 * before it ends the process.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "tests/runner.h"

#if defined(__SANITIZE_ADDRESS__)
#define CRASH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CRASH_ASAN 1
#endif
#endif

/* There only when a sanitizer is linked in. */
extern void __sanitizer_set_death_callback(void (*fn)(void))
    __attribute__((weak));

/*
 * gcc's runtime for undefined behaviour knows nothing of that callback: there
 * an abort() brings its verdicts here.
 */
const char *__ubsan_default_options(void);
const char *
__ubsan_default_options(void)
{
	return ("print_stacktrace=1:abort_on_error=1");
}

static const char *crash_xml;
static unsigned crash_seconds;
static volatile sig_atomic_t crash_reported;
static bool crash_over;
static char crash_stack[128 * 1024] __attribute__((aligned(16)));

static void __attribute__((format(printf, 1, 2)))
crash_say(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		host_write_out(text,
		    (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static const char *
crash_signal_name(int signal)
{
	switch (signal) {
	case SIGSEGV:
		return ("segmentation fault");
	case SIGBUS:
		return ("bus error");
	case SIGFPE:
		return ("arithmetic exception");
	case SIGILL:
		return ("illegal instruction");
	case SIGABRT:
		return ("abort");
	case SIGALRM:
		return ("still running when its time was over");
	default:
		return ("signal");
	}
}

/* Says which test it was and writes the XML; then the process may end. */
static void
crash_report(const char *what)
{
	struct test_result *result = test_current;
	struct test_totals t;
	int error;

	if (crash_reported)
		return;
	crash_reported = 1;
	if (result == NULL) {
		crash_say("\noutside of any test: %s\n", what);
	} else {
		result->ns = host_clock_ns() - result->started;
		crash_say("\n%s/%s: CRASHED: %s\n", result->test->suite,
		    result->test->name, what);
		if (result->failures != NULL)
			crash_say("%.400s", result->failures);
	}
	if (crash_xml != NULL && (error = junit_write(crash_xml)) != 0)
		crash_say("%s: cannot write: errno %d\n", crash_xml, error);
	test_total(0, test_nresults, &t);
	crash_say("%u tests were not run\n", t.not_run);
	/* A crash between two tests has no test to be counted for. */
	crash_say("%u passed, %u failed\n", t.passed,
	    t.failed + (result == NULL ? 1 : 0));
}

static void
crash_handler(int signal, siginfo_t *info, void *context)
{
	static char trace[8192];
	char what[128];
	size_t n;

	(void)context;
	if (crash_reported)
		_exit(1);
	if (signal == SIGSEGV || signal == SIGBUS)
		snprintf(what, sizeof(what), "%s at address %p",
		    crash_signal_name(signal), info->si_addr);
	else
		snprintf(what, sizeof(what), "%s", crash_signal_name(signal));
	n = host_backtrace(trace, sizeof(trace));
	host_write_out("\n", 1);
	host_write_out(trace, n);
	crash_report(what);
	_exit(1);
}

static void
crash_died(void)
{
	crash_report("stopped by a sanitizer, see its report above");
}

static void
crash_exit(void)
{
	if (!crash_over) {
		crash_report("a test called exit()");
		_exit(1);
	}
}

void
crash_watch(const char *xml, unsigned seconds)
{
	static const int signals[] = { SIGABRT, SIGALRM,
#ifndef CRASH_ASAN
		SIGSEGV, SIGBUS, SIGFPE, SIGILL
#endif
	};
	struct sigaction action = { .sa_sigaction = crash_handler,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_sp = crash_stack,
		.ss_size = sizeof(crash_stack) };
	char trace[256];

	crash_xml = xml;
	crash_seconds = seconds;
	/* The first backtrace may load a library: not in the handler. */
	host_backtrace(trace, sizeof(trace));
	sigaltstack(&stack, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(crash_died);
	atexit(crash_exit);
}

void
crash_test_begins(void)
{
	alarm(crash_seconds);
}

void
crash_watch_ends(void)
{
	alarm(0);
	crash_over = true;
}
