/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `ringside tap`: the host's own TCP/IP stack in two network namespaces, with
 * driver and device between them; ci/namespaces.sh has the cases.  What is
 * captured behind the device is judged by tshark(1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tests/cli/program.h"
#include "tests/runner.h"
#include "tests/test.h"

/* The script's exit status when this host, or user, cannot do it. */
#define NOT_HERE 77

static void
in_namespaces(const char *name)
{
	char script[4096], command[5000], why[256];
	int status;

	T_REQUIRE(realpath("ci/namespaces.sh", script) != NULL);
	program_begin();
	/* The runner's own limit would leave the namespaces behind. */
	snprintf(command, sizeof(command),
	    "timeout -k 5 %d '%s' \"$RINGSIDE_PROGRAM\" %s",
	    RUNNER_TIMEOUT - 10, script, name);
	status = program_shell(command);
	program_end();
	if (status == NOT_HERE) {
		snprintf(why, sizeof(why), "%.*s",
		    (int)strcspn(program.out, "\n"), program.out);
		test_skip(why);
	}
	T_EQ(status, 0);
	/* Shown when it was not. */
	if (status != 0)
		T_STR(program.err, "");
}

#define IN_NAMESPACES(name)           \
	TEST(tap, name)               \
	{                             \
		in_namespaces(#name); \
	}                             \
	_Static_assert(1, "a semicolon")

/* The short ones; `make netns` runs those with streams as well. */
IN_NAMESPACES(ping);
IN_NAMESPACES(link);
IN_NAMESPACES(vanish);
IN_NAMESPACES(table);

TEST(tap, says_what_is_wrong)
{
	program_begin();
	program_complains("tap", "wants --guest TAP and --device TAP",
	    CLI_USAGE);
	program_complains("tap --guest x --device x", "the same TAP",
	    CLI_USAGE);
	program_complains("tap --guest a/b --device x",
	    "the name of an interface", CLI_USAGE);
	program_complains("tap --guest 0123456789abcdef --device x",
	    "the name of an interface", CLI_USAGE);
	program_complains("tap --guest a --device b --offloads x",
	    "--offloads wants", CLI_USAGE);
	program_complains("tap --guest a --device b --features +flush",
	    "no network device has it", CLI_USAGE);
	program_complains("tap --guest a --device b --queue-size 2048",
	    "at most 1024", CLI_USAGE);
	T_EQ(program_run("tap --help"), CLI_OK);
	T_HAS(program.out, "usage: ringside tap");
	program_end();
}
