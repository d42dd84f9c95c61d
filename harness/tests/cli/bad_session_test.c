/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sessions that end badly: whatever a driver does, the process ends by
 * itself, with status 3, and has said what happened, who was in the kernel,
 * and how to see it again.  Each runs in a process of its own.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "tests/kernel/baddriver.h"
#include "tests/runner.h"
#include "tests/test.h"

#if defined(__SANITIZE_ADDRESS__)
#define TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_ASAN 1
#endif
#endif

#define REPLAY "ringside test --seed 7"

static char output[256 << 10];

static void
show_line(void *arg, const char *line)
{
	(void)arg;
	printf("%s\n", line);
}

static void
show_violation(void *arg, const char *checker, const char *text)
{
	(void)arg;
	printf("violation: %s: %s\n", checker, text);
}

/* In the child. */
static int
session(enum bad_deed deed)
{
	struct session_config config = {
		.seed = 7,
		.max_steps = 100000,
		.watchdog = UINT64_C(400000000),
		.referee = true,
		.console = show_line,
		.violation = show_violation,
		.replay = REPLAY,
	};
	struct session *session;
	int status;

	session = session_open(&config, &status);
	if (session == NULL)
		return (status);
	(void)session_run(session, "attach", baddriver_main, &deed);
	return (session_close(session));
}

/* Returns the exit status of fn(deed), 128 + the signal if it crashed. */
static int
in_a_process_of(int (*fn)(enum bad_deed), enum bad_deed deed)
{
	FILE *file = tmpfile();
	pid_t child;
	size_t n;
	int status;

	T_REQUIRE(file != NULL);
	fflush(NULL);
	child = fork();
	T_REQUIRE(child >= 0);
	if (child == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(RUNNER_TIMEOUT - 20);
		dup2(fileno(file), STDOUT_FILENO);
		dup2(fileno(file), STDERR_FILENO);
		status = fn(deed);
		fflush(NULL);
#ifndef TEST_ASAN
		/* For coverage; a dead kernel would count as a leak. */
		crash_watch_ends();
		exit(status);
#endif
		_exit(status);
	}
	T_EQ(waitpid(child, &status, 0), child);
	rewind(file);
	n = fread(output, 1, sizeof(output) - 1, file);
	output[n] = '\0';
	fclose(file);
	return (
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static int
in_a_process(enum bad_deed deed)
{
	return (in_a_process_of(session, deed));
}

/* How often `part` occurs in the output. */
static unsigned
times(const char *part)
{
	const char *at = output;
	unsigned n = 0;

	while ((at = strstr(at, part)) != NULL) {
		n++;
		at += strlen(part);
	}
	return (n);
}

/* Status 3, `what`, the threads with their traces, the line to replay. */
static void
ends_badly(enum bad_deed deed, const char *what)
{
	T_EQ(in_a_process(deed), CLI_PANIC);
	T_HAS(output, what);
	T_HAS(output, "\nKDB: stack backtrace:\n#0 ");
	T_HAS(output, "   TID NAME                STATE");
	T_HAS(output, "\nTracing thread 1000");
	T_EQ(times("\nreplay: " REPLAY "\n"), 1);
}

static void
panics(enum bad_deed deed, const char *what)
{
	char line[256];

	snprintf(line, sizeof(line), "\npanic: %s", what);
	ends_badly(deed, line);
	T_HAS(output, "\ncpuid = 0\ntime = 1\n");
	T_HAS(output, "\nUptime: 1s\n");
	T_HAS(output, "\nringside: the kernel panicked: ");
	T_HAS(output, " running  ");
}

/* Only INVARIANTS see it.  Without them it must do no harm to the bench. */
static void
panics_with_invariants(enum bad_deed deed, const char *what)
{
	int status;

	if (kernel_invariants) {
		panics(deed, what);
		return;
	}
	status = in_a_process(deed);
	T_TRUE(
	    status == CLI_OK || status == CLI_VIOLATION || status == CLI_PANIC);
	T_EQ(times("(trap "), 0);
}

static void
hangs(enum bad_deed deed, const char *what)
{
	char line[256];

	T_EQ(in_a_process(deed), CLI_PANIC);
	snprintf(line, sizeof(line), "\nhang: %s", what);
	T_HAS(output, line);
	T_HAS(output, "\nringside: the kernel hangs: ");
	T_HAS(output, "\nTracing thread 1000");
	T_EQ(times("\nreplay: " REPLAY "\n"), 1);
}

TEST(session, a_good_driver_ends_well)
{
	T_EQ(in_a_process(BAD_NOTHING), CLI_OK);
	T_EQ(times("replay:"), 0);
	T_EQ(times("panic"), 0);
}

TEST(session, panic_in_attach)
{
	panics(BAD_ATTACH_PANICS, "baddriver0 cannot go on");
}

TEST(session, panic_in_detach)
{
	panics(BAD_DETACH_PANICS, "baddriver0 does not let go");
}

TEST(session, attach_that_never_returns)
{
	hangs(BAD_ATTACH_SPINS, "attach (thread 1000");
	T_HAS(output, " running  ");
}

TEST(session, attach_that_never_leaves_a_library)
{
	hangs(BAD_ATTACH_MEASURES, "attach (thread 1000");
}

TEST(session, attach_that_waits_for_nothing)
{
	hangs(BAD_ATTACH_WAITS, "every thread waits, and nothing will wake");
	T_HAS(output, " attach              sleeping badwait");
}

TEST(session, attach_that_polls_for_ever)
{
	hangs(BAD_ATTACH_POLLS, "threads run, and nothing comes of it");
	T_HAS(output, "badpoll");
}

TEST(session, null_read)
{
	panics(BAD_READS_NULL, "page fault (trap 12), read data at 0x0");
	T_HAS(output, "\nFatal trap 12: page fault while in kernel mode\n");
	T_HAS(output, "\nfault virtual address\t= 0x0\n");
}

TEST(session, null_write)
{
	panics(BAD_WRITES_NULL, "page fault (trap 12), ");
}

TEST(session, null_call)
{
	panics(BAD_CALLS_NULL, "page fault (trap 12), read instruction at 0x0");
}

TEST(session, address_that_cannot_be)
{
#if defined(__x86_64__)
	panics(BAD_READS_NOWHERE, "general protection fault (trap 9)");
#else
	panics(BAD_READS_NOWHERE, "page fault (trap 12)");
#endif
}

/* Elsewhere a division by zero is zero. */
TEST(session, division_by_zero)
{
#if defined(__x86_64__)
	T_EQ(in_a_process(BAD_DIVIDES_BY_ZERO), CLI_PANIC);
	/* A sanitizer sees it first, and aborts. */
	T_TRUE(times("\npanic: integer divide fault (trap 18)\n") == 1 ||
	    times("\npanic: aborted: ") == 1 || times("division by zero") > 0);
	T_EQ(times("\nreplay: " REPLAY "\n"), 1);
#else
	test_skip("this processor does not trap");
#endif
}

TEST(session, illegal_instruction)
{
	ends_badly(BAD_ILLEGAL_INSTRUCTION, " (trap ");
}

TEST(session, stack_overflow)
{
	panics(BAD_STACK_OVERFLOW,
	    "double fault (trap 23): the kernel stack of attach has "
	    "overflowed");
	T_TRUE(times("bad_recurse") > 3 || times("  #20 ") > 0);
}

TEST(session, frame_larger_than_the_stack)
{
	T_EQ(in_a_process(BAD_HUGE_FRAME), CLI_PANIC);
	T_EQ(times("\nreplay: " REPLAY "\n"), 1);
}

TEST(session, mutex_recursed)
{
	panics_with_invariants(BAD_MUTEX_RECURSED,
	    "_mtx_lock_sleep: recursed on non-recursive mutex baddriver0");
}

TEST(session, mutex_not_owned)
{
	panics_with_invariants(BAD_MUTEX_NOT_OWNED, "mutex baddriver0 not ");
}

TEST(session, memory_freed_twice)
{
	panics(BAD_FREES_TWICE, "free: 0x");
}

/* AddressSanitizer ends the process its own way. */
TEST(session, memory_used_after_free)
{
	T_EQ(in_a_process(BAD_USES_FREED), CLI_PANIC);
#ifdef TEST_ASAN
	T_HAS(output, "AddressSanitizer: use-after-poison");
#else
	T_HAS(output, "modified after free");
#endif
	T_EQ(times("\nreplay: " REPLAY "\n"), 1);
}

TEST(session, handler_that_sleeps)
{
	panics(BAD_HANDLER_SLEEPS, "Sleeping on \"badintr\"");
}

TEST(session, filter_that_sleeps)
{
	panics(BAD_FILTER_SLEEPS, "Sleeping on \"badfilt\"");
}

TEST(session, handler_that_never_returns)
{
	hangs(BAD_HANDLER_SPINS, "irq");
}

TEST(session, handler_that_keeps_a_lock)
{
	panics_with_invariants(BAD_HANDLER_KEEPS_LOCK,
	    "interrupt handler of baddriver0 returned with ");
}

TEST(session, handler_with_a_fault)
{
	panics(BAD_HANDLER_READS_NULL, "page fault (trap 12)");
	T_HAS(output, "\ncurrent process\t\t= 0 (irq");
}

/*
 * --- the bench itself ---
 */

static int *volatile nowhere;

static void __attribute__((no_sanitize("undefined"))) fault(void)
{
	*nowhere = 1;
}

static void
faulty_console(void *arg, const char *line)
{
	(void)arg;
	if (strncmp(line, "panic", 5) == 0)
		fault();
}

static int
session_with_faulty_console(enum bad_deed deed)
{
	struct session_config config = {
		.console = faulty_console,
		.replay = REPLAY,
	};
	struct session *session;
	int status;

	session = session_open(&config, &status);
	(void)session_run(session, "attach", baddriver_main, &deed);
	return (session_close(session));
}

/* Reporting must not go round in circles. */
TEST(session, fault_while_a_fault_is_reported)
{
	T_EQ(in_a_process_of(session_with_faulty_console, BAD_ATTACH_PANICS),
	    CLI_PANIC);
	T_HAS(output, "another fault while one was being reported\n");
	T_EQ(times("\nreplay: " REPLAY "\n"), 1);
}

static int
session_with_fault_outside(enum bad_deed deed)
{
	struct session_config config = { .replay = REPLAY };
	int status;

	(void)deed;
	(void)session_open(&config, &status);
	fault();
	return (0);
}

/* A fault of the bench's is no panic, but the same command is wanted. */
TEST(session, fault_outside_of_the_kernel)
{
	int status = in_a_process_of(session_with_fault_outside, BAD_NOTHING);

	T_TRUE(status != CLI_OK && status != CLI_PANIC);
	T_EQ(times("panic"), 0);
	T_EQ(times("\nreplay: " REPLAY "\n"), 1);
}
