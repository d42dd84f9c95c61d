/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The `ringside` command when a run ends badly, and when somebody looks into
 * one: replay lines, bounds, ps, gdb.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tests/cli/program.h"
#include "tests/test.h"

/*
 * --- bad ends ---
 */

TEST(command, panic)
{
	char line[5000];

	program_begin();
	program_image("disk.img", 4096);
	T_EQ(program_run(
		 "run --disk disk.img --ops 50 --queue-size 8 --depth 3 "
		 "--no-check --seed 5 --sysctl debug.kdb.panic=1"),
	    CLI_PANIC);
	T_HAS(program.out, "\npanic: kdb_sysctl_panic\ncpuid = 0\n");
	T_HAS(program.out, "\nFAILED: see the lines above\n");
	T_HAS(program.err, "ringside: the kernel panicked: kdb_sysctl_panic\n");
	T_HAS(program.err, "   TID NAME ");
	T_HAS(program.err, "Tracing thread ");
	snprintf(line, sizeof(line),
	    "\nreplay: %s run --seed 5 --disk disk.img --ops 50 --depth 3 "
	    "--queue-size 8 --no-check --sysctl debug.kdb.panic=1\n",
	    program.path);
	T_HAS(program.err, line);
	program_end();
}

/* What the replay line says, pasted into a shell, ends in the same way. */
TEST(command, panics_are_replayed)
{
	static char first[sizeof(program.err)];
	char *line, *newline;

	program_begin();
	program_image("a disk.img", 4096);
	T_EQ(
	    program_run("run -q --disk 'a disk.img' --sysctl debug.kdb.trap=1"),
	    CLI_PANIC);
	strcpy(first, program.err);
	line = strstr(first, "\nreplay: ");
	T_REQUIRE(line != NULL);
	line += strlen("\nreplay: ");
	newline = strchr(line, '\n');
	T_REQUIRE(newline != NULL);
	*newline = '\0';
	T_EQ(program_shell(line), CLI_PANIC);
	T_HAS(program.err,
	    "the kernel panicked: page fault (trap 12), read data");
	*newline = '\n';
	program_end();
}

TEST(command, faults)
{
	program_begin();
	program_image("disk.img", 4096);
	T_EQ(program_run("run --disk disk.img --sysctl debug.kdb.trap_code=1"),
	    CLI_PANIC);
	T_HAS(program.err,
	    "page fault (trap 12), read instruction at 0xdec0dc");
	T_EQ(program_run("run --disk disk.img "
			 "--sysctl debug.kdb.stack_overflow=1"),
	    CLI_PANIC);
	T_HAS(program.err,
	    "double fault (trap 23): the kernel stack of sysctl");
	program_end();
}

TEST(command, steps_without_progress)
{
	program_begin();
	program_image("disk.img", 1 << 20);
	T_EQ(program_run("run --disk disk.img --max-steps 1"), CLI_PANIC);
	T_HAS(program.err,
	    "the kernel hangs: threads run, and nothing comes of it");
	T_HAS(program.err, " --max-steps 1\n");
	T_EQ(program_run("run --disk disk.img --ops 20 --max-steps 0 "
			 "--watchdog 0"),
	    CLI_OK);
	program_end();
}

TEST(command, sysctl)
{
	program_begin();
	program_image("disk.img", 4096);
	T_EQ(program_run("run --disk disk.img --ops 20 --sysctl "
			 "debug.kdb.panic=0"),
	    CLI_OK);
	program_complains("run --disk disk.img --sysctl debug.kdb.panic",
	    "--sysctl wants NAME=VALUE", CLI_USAGE);
	program_complains("run --disk disk.img --sysctl =1",
	    "--sysctl wants NAME=VALUE", CLI_USAGE);
	program_complains("run --disk disk.img --sysctl debug.nobody=1",
	    "--sysctl debug.nobody=1: ENOENT\n", CLI_USAGE);
	program_complains("run --disk disk.img --sysctl debug.kdb.panic=x",
	    "--sysctl debug.kdb.panic=x: EINVAL\n", CLI_USAGE);
	program_complains("run --disk disk.img --watchdog 1e9",
	    "--watchdog wants", CLI_USAGE);
	program_end();
}

/*
 * --- ps ---
 */

TEST(command, ps)
{
	static char first[sizeof(program.out)];

	program_begin();
	program_image("disk.img", 4 << 20);
	program_image("same.img", 4 << 20);
	T_EQ(program_run("ps --disk disk.img"), CLI_OK);
	T_STR(program.err, "");
	T_HAS(program.out, "   TID NAME                STATE    WAIT ");
	T_HAS(program.out, " irq64: vio_pci0     ");
	T_HAS(program.out, " mix                 running  -   ");
	T_HAS(program.out, "device blk0          ");
	T_TRUE(strstr(program.out, "Tracing") == NULL);
	T_TRUE(program_same("disk.img", "same.img"));
	/* The same moment each time. */
	strcpy(first, program.out);
	T_EQ(program_run("ps --disk disk.img"), CLI_OK);
	T_STR(program.out, first);
	T_EQ(program_run("ps -k --disk disk.img"), CLI_OK);
	T_HAS(program.out, "\nTracing thread ");
	T_HAS(program.out, "\nTracing device task (blk0)\n  #0 ");
	T_HAS(program.out, " sim_block+0x");
	program_end();
}

TEST(command, ps_at_the_ends)
{
	program_begin();
	program_image("disk.img", 1 << 20);
	T_EQ(program_run("ps --disk disk.img --at-op 0"), CLI_OK);
	T_HAS(program.out, " mix                 running ");
	T_EQ(program_run("ps --disk disk.img --ops 50 --at-op 50 -v"), CLI_OK);
	T_HAS(program.out, " mix                 running ");
	T_HAS(program.out, "vioblk0: detached");
	program_end();
}

TEST(command, ps_usage)
{
	program_begin();
	program_image("disk.img", 4096);
	program_complains("ps", "ringside ps: --disk FILE is missing",
	    CLI_USAGE);
	program_complains("ps --disk a b", "'b' is not an option", CLI_USAGE);
	program_complains("ps --disk none.img", "does not exist", CLI_USAGE);
	program_complains("ps --disk disk.img --ops 5 --at-op 6",
	    "--at-op 6 never comes", CLI_USAGE);
	program_complains("ps --disk disk.img --depth 0", "--depth wants",
	    CLI_USAGE);
	program_complains("ps --disk disk.img --seed x", "--seed wants",
	    CLI_USAGE);
	T_EQ(program_run("ps --bogus"), CLI_USAGE);
	T_EQ(program_run("ps --help"), CLI_OK);
	T_HAS(program.out, "--at-op N");
	program_end();
}

/*
 * --- gdb ---
 */

/* A file in the test's folder that a shell can run. */
static void
script(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	program_path(name, path, sizeof(path));
	f = fopen(path, "w");
	T_REQUIRE(f != NULL);
	fputs(text, f);
	T_EQ(fclose(f), 0);
	T_EQ(chmod(path, 0755), 0);
}

/* As ringside(), with the test's folder as all or the head of PATH. */
static int
ringside_with_path(const char *args, bool all)
{
	char old[4096], path[4200];
	const char *value = getenv("PATH");
	int status;

	snprintf(old, sizeof(old), "%s", value != NULL ? value : "");
	snprintf(path, sizeof(path), "%s%s%s", program.dir, all ? "" : ":",
	    all ? "" : old);
	setenv("PATH", path, 1);
	status = program_run(args);
	setenv("PATH", old, 1);
	return (status);
}

TEST(command, gdb_missing)
{
	program_begin();
	program_image("disk.img", 4096);
	T_EQ(ringside_with_path("run --gdb --disk disk.img", true), CLI_HOST);
	T_STR(program.err,
	    "ringside: --gdb wants gdb(1), which is not installed: it is in "
	    "the package gdb\n");
	program_end();
}

TEST(command, gdb_gets_the_command)
{
	program_begin();
	script("gdb", "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\nexit 7\n");
	T_EQ(ringside_with_path("run --disk 'a disk' --gdb --seed 3", false),
	    7);
	T_HAS(program.out, "<break vpanic>");
	T_HAS(program.out, "<--args>");
	T_HAS(program.out, "<run>\n<--disk>\n<a disk>\n<--seed>\n<3>\n");
	T_TRUE(strstr(program.out, "<--gdb>") == NULL);
	program_end();
}

TEST(command, gdb_stops_at_the_panic)
{
	program_begin();
	program_image("disk.img", 4096);
	/* In a container the host may forbid to trace. */
	if (system("gdb -nx -batch -ex run --args true 2>&1 </dev/null | "
		   "grep -q 'exited normally'") != 0) {
		program_end();
		test_skip("gdb is not installed, or may not trace");
	}
	script("commands", "define hook-stop\nbacktrace\nend\n");
	script("gdb",
	    "#!/bin/sh\nPATH=${PATH#*:}\nexport ASAN_OPTIONS=detect_leaks=0\n"
	    "exec gdb -nx -batch -x commands \"$@\"\n");
	(void)ringside_with_path("run --gdb --disk disk.img "
				 "--sysctl debug.kdb.panic=1",
	    false);
	T_HAS(program.out, "kdb_sysctl_panic");
	T_HAS(program.out, "Breakpoint 1, ");
	T_HAS(program.out, " set_sysctls (");
	(void)ringside_with_path("run --gdb --disk disk.img "
				 "--sysctl debug.kdb.trap=1",
	    false);
	T_HAS(program.out, "SIGSEGV");
	T_HAS(program.out, "kdb_sysctl_trap");
	program_end();
}
