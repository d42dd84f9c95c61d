/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The `ringside` command as a user meets it: what it prints, where, and with
 * which exit status.  RINGSIDE names the program (default build/ringside).
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
#include "tests/test.h"

static char out[64 << 10];
static char err[16 << 10];
static char dir[64];

static void
read_all(const char *name, char *text, size_t size)
{
	char path[128];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (f != NULL) {
		n = fread(text, 1, size - 1, f);
		fclose(f);
	}
	text[n] = '\0';
}

/*
 * Runs `ringside ARGS` in a folder of its own, after the shell's BEFORE;
 * returns the exit status.
 */
static int
ringside_after(const char *before, const char *args)
{
	const char *program = getenv("RINGSIDE");
	char command[1024], path[512];
	int status;

	if (program == NULL)
		program = "build/ringside";
	T_REQUIRE(realpath(program, path) != NULL);
	snprintf(command, sizeof(command),
	    "cd %s && %s '%s' %s >out 2>err </dev/null", dir, before, path,
	    args);
	status = system(command);
	read_all("out", out, sizeof(out));
	read_all("err", err, sizeof(err));
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static int
ringside(const char *args)
{
	return (ringside_after("", args));
}

static void
begin(void)
{
	strcpy(dir, "/tmp/ringside-test-XXXXXX");
	T_REQUIRE(mkdtemp(dir) != NULL);
}

static void
end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	T_EQ(system(command), 0);
}

static void
path_of(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", dir, name);
}

/* An image whose bytes are a function of their place. */
static void
image(const char *name, size_t size)
{
	char path[128];
	FILE *f;

	path_of(name, path, sizeof(path));
	f = fopen(path, "w");
	T_REQUIRE(f != NULL);
	for (size_t i = 0; i < size; i++)
		fputc((int)((i * 131 + i / 512 * 7) & 0xff), f);
	T_EQ(fclose(f), 0);
}

static bool
same(const char *a, const char *b)
{
	char command[256];

	snprintf(command, sizeof(command), "cmp -s '%s/%s' '%s/%s'", dir, a,
	    dir, b);
	return (system(command) == 0);
}

static unsigned
lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return (n);
}

TEST(command, verified_mix)
{
	begin();
	image("disk.img", 4 << 20);
	image("same.img", 4 << 20);
	T_EQ(ringside("run --disk disk.img --ops 3000 --seed 7"), CLI_OK);
	T_STR(err, "");
	T_HAS(out, "ringside run: seed 7");
	T_HAS(out, "vioblk0: 4MB (8192 512 byte sectors)");
	T_HAS(out, "operations  3000 (");
	T_HAS(out, "irq_injections");
	T_HAS(out, "mmio_exits");
	T_HAS(out, "p99.9");
	T_HAS(out, "verified: every byte; nothing leaked, no rule broken");
	/* The image is as it was. */
	T_TRUE(same("disk.img", "same.img"));
	end();
}

TEST(command, write_changes_the_image)
{
	begin();
	image("disk.img", 1 << 20);
	image("same.img", 1 << 20);
	T_EQ(ringside("run --disk disk.img --ops 500 --write"), CLI_OK);
	T_FALSE(same("disk.img", "same.img"));
	end();
}

TEST(command, read_only_run)
{
	begin();
	image("disk.img", 1 << 20);
	T_EQ(ringside("run --disk disk.img --ops 200 --read-only"), CLI_OK);
	T_HAS(out, ", 0 writes,");
	end();
}

TEST(command, copy)
{
	begin();
	image("a.img", (3 << 20) + 512);
	T_EQ(ringside("run --disk a.img --copy-to b.img"), CLI_OK);
	T_STR(err, "");
	T_HAS(out, "vioblk1: 3MB");
	T_HAS(out, "copied and compared");
	T_TRUE(same("a.img", "b.img"));
	end();
}

TEST(command, the_smallest_disk)
{
	begin();
	image("disk.img", 512);
	T_EQ(ringside("run --disk disk.img --ops 100 --depth 1"), CLI_OK);
	end();
}

TEST(command, more_depth_than_sectors)
{
	begin();
	image("disk.img", 4096);
	T_EQ(ringside("run --disk disk.img --ops 500 --depth 64"), CLI_OK);
	end();
}

TEST(command, small_queues_and_great_depth)
{
	begin();
	image("disk.img", 2 << 20);
	T_EQ(ringside("run --disk disk.img --ops 500 --queue-size 4 "
		      "--depth 64"),
	    CLI_OK);
	end();
}

TEST(command, same_seed_same_run)
{
	static char first[sizeof(out)];
	char *a, *b;

	begin();
	image("disk.img", 2 << 20);
	T_EQ(ringside("run --disk disk.img --ops 500 --seed 3"), CLI_OK);
	strcpy(first, out);
	T_EQ(ringside("run --disk disk.img --ops 500 --seed 3"), CLI_OK);
	/* Counts are the same; times are the machine's. */
	a = strstr(first, "cost");
	b = strstr(out, "cost");
	T_REQUIRE(a != NULL && b != NULL);
	T_STR(a, b);
	end();
}

/* One line on standard error that says `what`, and this exit status. */
static void
complains(const char *args, const char *what, int status)
{
	T_EQ(ringside(args), status);
	T_HAS(err, what);
	T_EQ(lines(err), 1);
}

TEST(command, image_missing)
{
	begin();
	complains("run --disk none.img", "ringside: none.img: does not exist",
	    CLI_USAGE);
	end();
}

TEST(command, image_is_a_directory)
{
	begin();
	complains("run --disk .", "ringside: .: is a directory", CLI_USAGE);
	end();
}

TEST(command, image_unreadable)
{
	char path[128];

	begin();
	image("disk.img", 512);
	path_of("disk.img", path, sizeof(path));
	T_EQ(chmod(path, 0), 0);
	if (access(path, R_OK) == 0) {
		/* Root reads everything: ask as nobody. */
		T_EQ(chmod(dir, 0755), 0);
		end();
		test_skip("root may read every file");
	}
	complains("run --disk disk.img", "Permission denied", CLI_USAGE);
	end();
}

TEST(command, image_not_whole_sectors)
{
	begin();
	image("disk.img", 1000);
	complains("run --disk disk.img", "512", CLI_USAGE);
	end();
}

TEST(command, image_empty)
{
	begin();
	image("disk.img", 0);
	complains("run --disk disk.img", "disk.img: ", CLI_USAGE);
	end();
}

TEST(command, image_is_a_pipe)
{
	char path[128];

	begin();
	path_of("pipe", path, sizeof(path));
	T_EQ(mkfifo(path, 0600), 0);
	complains("run --disk pipe", "pipe: ", CLI_USAGE);
	end();
}

TEST(command, copy_onto_itself_is_refused)
{
	begin();
	image("a.img", 4096);
	image("b.img", 4096);
	complains("run --disk a.img --copy-to ./a.img",
	    "names the image that --disk does", CLI_USAGE);
	T_TRUE(same("a.img", "b.img"));
	end();
}

TEST(command, bad_numbers)
{
	begin();
	image("disk.img", 4096);
	complains("run --disk disk.img --ops 0", "--ops wants a number",
	    CLI_USAGE);
	complains("run --disk disk.img --ops -3", "not '-3'", CLI_USAGE);
	complains("run --disk disk.img --ops 10x", "not '10x'", CLI_USAGE);
	complains("run --disk disk.img --depth 65", "from 1 to 64", CLI_USAGE);
	complains("run --disk disk.img --queue-size 100", "power of two",
	    CLI_USAGE);
	complains("run --disk disk.img --seed 99999999999999999999",
	    "--seed wants", CLI_USAGE);
	end();
}

/*
 * --- bad ends ---
 */

TEST(command, panic)
{
	begin();
	image("disk.img", 4096);
	T_EQ(ringside("run --disk disk.img --ops 50 --queue-size 8 --depth 3 "
		      "--no-check --seed 5 --sysctl debug.kdb.panic=1"),
	    CLI_PANIC);
	T_HAS(out, "\npanic: kdb_sysctl_panic\ncpuid = 0\n");
	T_HAS(out, "\nFAILED: see the lines above\n");
	T_HAS(err, "ringside: the kernel panicked: kdb_sysctl_panic\n");
	T_HAS(err, "   TID NAME ");
	T_HAS(err, "Tracing thread ");
	T_HAS(err,
	    "\nreplay: ringside run --seed 5 --disk disk.img --ops 50 "
	    "--depth 3 --queue-size 8 --no-check --sysctl debug.kdb.panic=1\n");
	end();
}

/* What the replay line says ends in the same way. */
TEST(command, panics_are_replayed)
{
	static char first[sizeof(err)];
	char *line, *newline;

	begin();
	image("a disk.img", 4096);
	T_EQ(ringside("run -q --disk 'a disk.img' --sysctl debug.kdb.trap=1"),
	    CLI_PANIC);
	strcpy(first, err);
	line = strstr(first, "\nreplay: ringside ");
	T_REQUIRE(line != NULL);
	line += strlen("\nreplay: ringside ");
	newline = strchr(line, '\n');
	T_REQUIRE(newline != NULL);
	*newline = '\0';
	T_EQ(ringside(line), CLI_PANIC);
	T_HAS(err, "the kernel panicked: page fault (trap 12), read data");
	*newline = '\n';
	end();
}

TEST(command, faults)
{
	begin();
	image("disk.img", 4096);
	T_EQ(ringside("run --disk disk.img --sysctl debug.kdb.trap_code=1"),
	    CLI_PANIC);
	T_HAS(err, "page fault (trap 12), read instruction at 0xdec0dc");
	T_EQ(ringside("run --disk disk.img "
		      "--sysctl debug.kdb.stack_overflow=1"),
	    CLI_PANIC);
	T_HAS(err, "double fault (trap 23): the kernel stack of sysctl");
	end();
}

TEST(command, steps_without_progress)
{
	begin();
	image("disk.img", 1 << 20);
	T_EQ(ringside("run --disk disk.img --max-steps 1"), CLI_PANIC);
	T_HAS(err, "the kernel hangs: threads run, and nothing comes of it");
	T_HAS(err, " --max-steps 1\n");
	T_EQ(ringside("run --disk disk.img --ops 20 --max-steps 0 "
		      "--watchdog 0"),
	    CLI_OK);
	end();
}

TEST(command, sysctl)
{
	begin();
	image("disk.img", 4096);
	T_EQ(ringside("run --disk disk.img --ops 20 --sysctl "
		      "debug.kdb.panic=0"),
	    CLI_OK);
	complains("run --disk disk.img --sysctl debug.kdb.panic",
	    "--sysctl wants NAME=VALUE", CLI_USAGE);
	complains("run --disk disk.img --sysctl =1",
	    "--sysctl wants NAME=VALUE", CLI_USAGE);
	complains("run --disk disk.img --sysctl debug.nobody=1",
	    "--sysctl debug.nobody=1: errno 2", CLI_USAGE);
	complains("run --disk disk.img --sysctl debug.kdb.panic=x",
	    "--sysctl debug.kdb.panic=x: errno 22", CLI_USAGE);
	complains("run --disk disk.img --watchdog 1e9", "--watchdog wants",
	    CLI_USAGE);
	end();
}

/*
 * --- ps ---
 */

TEST(command, ps)
{
	static char first[sizeof(out)];

	begin();
	image("disk.img", 4 << 20);
	image("same.img", 4 << 20);
	T_EQ(ringside("ps --disk disk.img"), CLI_OK);
	T_STR(err, "");
	T_HAS(out, "   TID NAME                STATE    WAIT ");
	T_HAS(out, " irq64: vio_pci0     ");
	T_HAS(out, " mix                 running  -   ");
	T_HAS(out, "device blk0          ");
	T_TRUE(strstr(out, "Tracing") == NULL);
	T_TRUE(same("disk.img", "same.img"));
	/* The same moment each time. */
	strcpy(first, out);
	T_EQ(ringside("ps --disk disk.img"), CLI_OK);
	T_STR(out, first);
	T_EQ(ringside("ps -k --disk disk.img"), CLI_OK);
	T_HAS(out, "\nTracing thread ");
	T_HAS(out, "\nTracing device task (blk0)\n  #0 ");
	T_HAS(out, " sim_block+0x");
	end();
}

TEST(command, ps_at_the_ends)
{
	begin();
	image("disk.img", 1 << 20);
	T_EQ(ringside("ps --disk disk.img --at-op 0"), CLI_OK);
	T_HAS(out, " mix                 running ");
	T_EQ(ringside("ps --disk disk.img --ops 50 --at-op 50 -v"), CLI_OK);
	T_HAS(out, " mix                 running ");
	T_HAS(out, "vioblk0: detached");
	end();
}

TEST(command, ps_usage)
{
	begin();
	image("disk.img", 4096);
	complains("ps", "ps wants --disk FILE", CLI_USAGE);
	complains("ps --disk a b", "'b' is not an option", CLI_USAGE);
	complains("ps --disk none.img", "does not exist", CLI_USAGE);
	complains("ps --disk disk.img --ops 5 --at-op 6",
	    "--at-op 6 never comes", CLI_USAGE);
	complains("ps --disk disk.img --depth 0", "--depth wants", CLI_USAGE);
	complains("ps --disk disk.img --seed x", "--seed wants", CLI_USAGE);
	T_EQ(ringside("ps --bogus"), CLI_USAGE);
	T_EQ(ringside("ps --help"), CLI_OK);
	T_HAS(out, "--at-op N");
	end();
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

	path_of(name, path, sizeof(path));
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
	snprintf(path, sizeof(path), "%s%s%s", dir, all ? "" : ":",
	    all ? "" : old);
	setenv("PATH", path, 1);
	status = ringside(args);
	setenv("PATH", old, 1);
	return (status);
}

TEST(command, gdb_missing)
{
	begin();
	image("disk.img", 4096);
	T_EQ(ringside_with_path("run --gdb --disk disk.img", true), CLI_HOST);
	T_STR(err,
	    "ringside: --gdb wants gdb(1), which is not installed: it is in "
	    "the package gdb\n");
	end();
}

TEST(command, gdb_gets_the_command)
{
	begin();
	script("gdb", "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\nexit 7\n");
	T_EQ(ringside_with_path("run --disk 'a disk' --gdb --seed 3", false),
	    7);
	T_HAS(out, "<break vpanic>");
	T_HAS(out, "<--args>");
	T_HAS(out, "<run>\n<--disk>\n<a disk>\n<--seed>\n<3>\n");
	T_TRUE(strstr(out, "<--gdb>") == NULL);
	end();
}

TEST(command, gdb_stops_at_the_panic)
{
	begin();
	image("disk.img", 4096);
	/* In a container the host may forbid to trace. */
	if (system("gdb -nx -batch -ex run --args true 2>&1 </dev/null | "
		   "grep -q 'exited normally'") != 0) {
		end();
		test_skip("gdb is not installed, or may not trace");
	}
	script("commands", "define hook-stop\nbacktrace\nend\n");
	script("gdb",
	    "#!/bin/sh\nPATH=${PATH#*:}\nexport ASAN_OPTIONS=detect_leaks=0\n"
	    "exec gdb -nx -batch -x commands \"$@\"\n");
	(void)ringside_with_path("run --gdb --disk disk.img "
				 "--sysctl debug.kdb.panic=1",
	    false);
	T_HAS(out, "kdb_sysctl_panic");
	T_HAS(out, "Breakpoint 1, ");
	T_HAS(out, " set_sysctls (");
	(void)ringside_with_path("run --gdb --disk disk.img "
				 "--sysctl debug.kdb.trap=1",
	    false);
	T_HAS(out, "SIGSEGV");
	T_HAS(out, "kdb_sysctl_trap");
	end();
}

TEST(command, bad_usage)
{
	begin();
	complains("run", "run wants --disk FILE", CLI_USAGE);
	complains("run --disk a b", "'b' is not an option", CLI_USAGE);
	complains("run --disk a --write --read-only", "--write goes neither",
	    CLI_USAGE);
	complains("frobnicate", "unknown command 'frobnicate'", CLI_USAGE);
	T_EQ(ringside("run --bogus"), CLI_USAGE);
	T_EQ(ringside(""), CLI_USAGE);
	T_HAS(err, "usage: ringside COMMAND");
	end();
}

TEST(command, help)
{
	begin();
	T_EQ(ringside("--help"), CLI_OK);
	T_HAS(out, "run ");
	T_HAS(out, "ps ");
	T_EQ(ringside("run --help"), CLI_OK);
	T_HAS(out, "--copy-to FILE");
	T_STR(err, "");
	end();
}

/* A queue of four is full sooner: other counts, the same bytes. */
TEST(command, options_have_their_effects)
{
	static char first[sizeof(out)];

	begin();
	image("disk.img", 2 << 20);
	T_EQ(ringside("run --disk disk.img --ops 300"), CLI_OK);
	T_HAS(out, "ringside run: seed 1,");
	strcpy(first, strstr(out, "  cost"));
	T_EQ(ringside("run --disk disk.img --ops 300 --queue-size 4"), CLI_OK);
	T_TRUE(strcmp(first, strstr(out, "  cost")) != 0);
	T_EQ(ringside("run --disk disk.img --ops 300 --seed 2"), CLI_OK);
	T_TRUE(strcmp(first, strstr(out, "  cost")) != 0);
	T_EQ(ringside("run --disk disk.img --ops 300 --depth 1"), CLI_OK);
	T_TRUE(strcmp(first, strstr(out, "  cost")) != 0);
	end();
}

TEST(command, quiet_and_verbose)
{
	unsigned plain;

	begin();
	image("disk.img", 1 << 20);
	T_EQ(ringside("run --disk disk.img --ops 50"), CLI_OK);
	plain = lines(out);
	T_EQ(ringside("run --disk disk.img --ops 50 -v"), CLI_OK);
	T_TRUE(lines(out) > plain);
	T_EQ(ringside("run --disk disk.img --ops 50 --quiet"), CLI_OK);
	T_TRUE(strstr(out, "vioblk0") == NULL);
	T_HAS(out, "verified: every byte");
	end();
}

TEST(command, says_when_nobody_watches)
{
	begin();
	image("disk.img", 1 << 20);
	T_EQ(ringside("run --disk disk.img --ops 50 --no-check"), CLI_OK);
	T_HAS(out, "verified: every byte; not watched by the referee");
	T_EQ(ringside("run --disk disk.img --copy-to b.img --no-check"),
	    CLI_OK);
	T_HAS(out, "copied and compared; not watched by the referee");
	end();
}

TEST(command, copy_with_small_queues)
{
	static char first[sizeof(out)];

	begin();
	image("a.img", 1 << 20);
	T_EQ(ringside("run --disk a.img --copy-to b.img --depth 64"), CLI_OK);
	T_TRUE(same("a.img", "b.img"));
	strcpy(first, strstr(out, "  cost"));
	T_EQ(ringside("run --disk a.img --copy-to b.img --depth 2"), CLI_OK);
	T_TRUE(strcmp(first, strstr(out, "  cost")) != 0);
	T_EQ(ringside("run --disk a.img --copy-to b.img --queue-size 4"),
	    CLI_OK);
	T_TRUE(same("a.img", "b.img"));
	complains("run --disk a.img --copy-to b.img --write",
	    "--write goes neither", CLI_USAGE);
	end();
}

/* Fails, on any disk that is not read-only, when nobody may write to it. */
TEST(command, read_only_is_what_the_driver_is_told)
{
	begin();
	image("disk.img", 1 << 20);
	T_EQ(ringside("run --disk disk.img --ops 20 --read-only -v"), CLI_OK);
	T_HAS(out, "read-only");
	end();
}

/* The default depth on one sector: operations wait for each other. */
TEST(command, a_disk_smaller_than_the_depth)
{
	begin();
	image("disk.img", 512);
	T_EQ(ringside("run --disk disk.img --ops 100"), CLI_OK);
	T_HAS(out, "operations  100 (");
	image("disk.img", 4096);
	T_EQ(ringside("run --disk disk.img --ops 100 --depth 64"), CLI_OK);
	end();
}

/*
 * The host refuses to write beyond 300 MiB of a file; guest memory takes 256.
 * The mix plays at the disk's end, too.
 */
TEST(command, failed_operations_are_a_violation)
{
	char path[128];
	FILE *f;

	begin();
	path_of("disk.img", path, sizeof(path));
	f = fopen(path, "w");
	T_REQUIRE(f != NULL);
	T_EQ(ftruncate(fileno(f), (off_t)400 << 20), 0);
	fclose(f);
	T_EQ(ringside_after("trap '' XFSZ; ulimit -f 614400;",
		 "run --disk disk.img --ops 300 --write"),
	    CLI_VIOLATION);
	T_HAS(err, "ringside: write of ");
	T_HAS(err, ": errno 5 (FreeBSD's), ");
	T_HAS(err, "(and more failed)");
	T_HAS(err, "replay: ");
	T_EQ(lines(err), 2);
	T_HAS(out, "FAILED: see the lines above");
	T_TRUE(strstr(out, "verified") == NULL);
	end();
}

TEST(command, host_without_memory_for_the_guest)
{
	begin();
	image("disk.img", 4096);
	T_EQ(ringside_after("trap '' XFSZ; ulimit -f 512;",
		 "run --disk disk.img"),
	    CLI_HOST);
	T_STR(err, "ringside: guest memory: File too large\n");
	end();
}
