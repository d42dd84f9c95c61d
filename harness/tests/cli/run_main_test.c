/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `ringside run` with a driver that misbehaves linked in: its exit status and
 * what it says.  In this process, as the program itself has no such driver.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tests/cli/liar.h"
#include "tests/kernel/misbehave.h"
#include "tests/test.h"

static char out[16 << 10];

/* Runs on an image of its own, with one more option, or NULL. */
static int
run(enum misbehaviour what, const char *option, const char *value)
{
	char path[] = "/tmp/ringside-test-XXXXXX";
	const char *argv[] = { "run", "--disk", path, "--ops", "40", option,
		value, NULL };
	int argc = option == NULL ? 5 : value == NULL ? 6 : 7;
	int fd = mkstemp(path), saved, status;
	FILE *kept = tmpfile();
	size_t n;

	T_REQUIRE(fd >= 0 && kept != NULL);
	T_REQUIRE(ftruncate(fd, 1 << 20) == 0);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	T_REQUIRE(saved >= 0 && dup2(fileno(kept), STDOUT_FILENO) >= 0);
	liar_hush();
	misbehaviour = what;
	optind = 0; /* getopt_long(3) begins anew */
	status = cli_run.main(argc, (char **)(uintptr_t)argv);
	misbehaviour = BEHAVE;
	(void)liar_heard();
	fflush(stdout);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	rewind(kept);
	n = fread(out, 1, sizeof(out) - 1, kept);
	out[n] = '\0';
	(void)fclose(kept);
	(void)close(fd);
	(void)unlink(path);
	return (status);
}

TEST(run_main, well_behaved_driver)
{
	T_EQ(run(BEHAVE, NULL, NULL), CLI_OK);
	T_STR(liar_heard(), "");
	T_HAS(out, "verified: every byte; nothing leaked, no rule broken\n");
}

TEST(run_main, leak_is_told_and_fails)
{
	T_EQ(run(LEAK_AT_DETACH, NULL, NULL), CLI_VIOLATION);
	T_HAS(liar_heard(),
	    "ringside: leaks: malloc(9) memory left behind by misbehave0 ");
	T_HAS(out, "FAILED: see the lines above");
	T_TRUE(strstr(out, "verified") == NULL);
}

TEST(run_main, nobody_watches_when_told_so)
{
	T_EQ(run(LEAK_AT_DETACH, "--no-check", NULL), CLI_OK);
	T_STR(liar_heard(), "");
	T_HAS(out, "verified: every byte; not watched by the referee\n");
}

TEST(run_main, panics_and_hangs_have_their_status)
{
	T_EQ(run(PANIC_AT_ATTACH, NULL, NULL), CLI_PANIC);
	T_HAS(liar_heard(), "the kernel panicked: misbehave0 does not attach");
	T_EQ(run(PANIC_AT_DETACH, NULL, NULL), CLI_PANIC);
	T_HAS(liar_heard(), "the kernel panicked: misbehave0 does not detach");
	T_HAS(out, "FAILED: see the lines above");
	T_EQ(run(HANG_AT_DETACH, NULL, NULL), CLI_PANIC);
	T_HAS(liar_heard(), "the kernel hangs");
	T_EQ(run(PANIC_AT_DETACH, "--no-check", NULL), CLI_PANIC);
}

/* Beside the mix, the kernel's own numbers follow from the seed. */
TEST(run_main, seed_reaches_the_kernel)
{
	static char first[sizeof(out)];

	T_EQ(run(PANIC_AT_DETACH, "-v", NULL), CLI_PANIC);
	T_REQUIRE(strstr(out, "misbehave0: draws ") != NULL);
	snprintf(first, sizeof(first), "%.26s",
	    strstr(out, "misbehave0: draws "));
	T_EQ(run(PANIC_AT_DETACH, "-v", NULL), CLI_PANIC);
	T_HAS(out, first);
	T_EQ(run(PANIC_AT_DETACH, "-v", "--seed=2"), CLI_PANIC);
	T_HAS(out, "misbehave0: draws ");
	T_TRUE(strstr(out, first) == NULL);
}
