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
#include "tests/cli/program.h"
#include "tests/test.h"

TEST(command, verified_mix)
{
	program_begin();
	program_image("disk.img", 4 << 20);
	program_image("same.img", 4 << 20);
	T_EQ(program_run("run --disk disk.img --ops 3000 --seed 7"), CLI_OK);
	T_STR(program.err, "");
	T_HAS(program.out, "ringside run: seed 7");
	T_HAS(program.out, "vioblk0: 4MB (8192 512 byte sectors)");
	T_HAS(program.out, "operations  3000 (");
	T_HAS(program.out, "irq_injections");
	T_HAS(program.out, "mmio_exits");
	T_HAS(program.out, "p99.9");
	T_HAS(program.out,
	    "verified: every byte; nothing leaked, no rule broken");
	/* The image is as it was. */
	T_TRUE(program_same("disk.img", "same.img"));
	program_end();
}

TEST(command, write_changes_the_image)
{
	program_begin();
	program_image("disk.img", 1 << 20);
	program_image("same.img", 1 << 20);
	T_EQ(program_run("run --disk disk.img --ops 500 --write"), CLI_OK);
	T_FALSE(program_same("disk.img", "same.img"));
	program_end();
}

TEST(command, read_only_run)
{
	program_begin();
	program_image("disk.img", 1 << 20);
	T_EQ(program_run("run --disk disk.img --ops 200 --read-only"), CLI_OK);
	T_HAS(program.out, ", 0 writes, 0 flushes");
	program_end();
}

TEST(command, copy)
{
	program_begin();
	program_image("a.img", (3 << 20) + 512);
	T_EQ(program_run("run --disk a.img --copy-to b.img"), CLI_OK);
	T_STR(program.err, "");
	T_HAS(program.out, "vioblk1: 3MB");
	T_HAS(program.out, "copied and compared");
	T_TRUE(program_same("a.img", "b.img"));
	program_end();
}

TEST(command, the_smallest_disk)
{
	program_begin();
	program_image("disk.img", 512);
	T_EQ(program_run("run --disk disk.img --ops 100 --depth 1"), CLI_OK);
	program_end();
}

TEST(command, more_depth_than_sectors)
{
	program_begin();
	program_image("disk.img", 4096);
	T_EQ(program_run("run --disk disk.img --ops 500 --depth 64"), CLI_OK);
	program_end();
}

TEST(command, small_queues_and_great_depth)
{
	program_begin();
	program_image("disk.img", 2 << 20);
	T_EQ(program_run("run --disk disk.img --ops 500 --queue-size 4 "
			 "--depth 64"),
	    CLI_OK);
	program_end();
}

TEST(command, same_seed_same_run)
{
	static char first[sizeof(program.out)];
	char *a, *b;

	program_begin();
	program_image("disk.img", 2 << 20);
	T_EQ(program_run("run --disk disk.img --ops 500 --seed 3"), CLI_OK);
	strcpy(first, program.out);
	T_EQ(program_run("run --disk disk.img --ops 500 --seed 3"), CLI_OK);
	/* Counts are the same; times are the machine's. */
	a = strstr(first, "cost");
	b = strstr(program.out, "cost");
	T_REQUIRE(a != NULL && b != NULL);
	T_STR(a, b);
	program_end();
}

TEST(command, image_missing)
{
	program_begin();
	program_complains("run --disk none.img",
	    "ringside: none.img: does not exist", CLI_USAGE);
	program_end();
}

TEST(command, image_is_a_directory)
{
	program_begin();
	program_complains("run --disk .", "ringside: .: is a directory",
	    CLI_USAGE);
	program_end();
}

TEST(command, image_unreadable)
{
	char path[128];
	int status;

	program_begin();
	program_image("disk.img", 512);
	program_path("disk.img", path, sizeof(path));
	T_EQ(chmod(path, 0), 0);
	T_EQ(chmod(program.dir, 0755), 0);
	/* Root reads everything: be somebody else. */
	status = program_run_after(geteuid() != 0 ?
		"" :
		"setpriv --reuid 65534 --regid 65534 --clear-groups",
	    "run --disk disk.img");
	if (status > CLI_HOST) {
		program_end();
		test_skip("others than root cannot reach the program");
	}
	T_EQ(status, CLI_USAGE);
	/* A coverage build complains after it, of files that are root's. */
	T_TRUE(strncmp(program.err, "ringside: disk.img: may not be opened\n",
		   38) == 0);
	program_end();
}

TEST(command, image_not_whole_sectors)
{
	program_begin();
	program_image("disk.img", 1000);
	program_complains("run --disk disk.img", "512", CLI_USAGE);
	program_end();
}

TEST(command, image_empty)
{
	program_begin();
	program_image("disk.img", 0);
	program_complains("run --disk disk.img", "disk.img: ", CLI_USAGE);
	program_end();
}

TEST(command, image_is_a_pipe)
{
	char path[128];

	program_begin();
	program_path("pipe", path, sizeof(path));
	T_EQ(mkfifo(path, 0600), 0);
	program_complains("run --disk pipe", "pipe: ", CLI_USAGE);
	program_end();
}

TEST(command, copy_onto_itself_is_refused)
{
	program_begin();
	program_image("a.img", 4096);
	program_image("b.img", 4096);
	program_complains("run --disk a.img --copy-to ./a.img",
	    "names the image that --disk does", CLI_USAGE);
	T_TRUE(program_same("a.img", "b.img"));
	program_end();
}

TEST(command, bad_numbers)
{
	program_begin();
	program_image("disk.img", 4096);
	program_complains("run --disk disk.img --ops 0", "--ops wants a number",
	    CLI_USAGE);
	program_complains("run --disk disk.img --ops -3", "not '-3'",
	    CLI_USAGE);
	program_complains("run --disk disk.img --ops 10x", "not '10x'",
	    CLI_USAGE);
	program_complains("run --disk disk.img --depth 65", "from 1 to 64",
	    CLI_USAGE);
	program_complains("run --disk disk.img --queue-size 100",
	    "power of two", CLI_USAGE);
	program_complains("run --disk disk.img --seed 99999999999999999999",
	    "--seed wants", CLI_USAGE);
	program_end();
}

TEST(command, bad_usage)
{
	program_begin();
	program_complains("run",
	    "ringside run: --disk FILE is missing; try `ringside run --help`",
	    CLI_USAGE);
	program_complains("run --disk a b", "'b' is not an option", CLI_USAGE);
	program_complains("run --disk a --write --read-only",
	    "--write does not go with --read-only", CLI_USAGE);
	program_complains("frobnicate", "unknown command 'frobnicate'",
	    CLI_USAGE);
	T_EQ(program_run(""), CLI_USAGE);
	T_HAS(program.err, "usage: ringside COMMAND");
	program_end();
}

TEST(command, help)
{
	program_begin();
	T_EQ(program_run("--help"), CLI_OK);
	T_HAS(program.out, "run ");
	T_HAS(program.out, "ps ");
	T_EQ(program_run("run --help"), CLI_OK);
	T_HAS(program.out, "--copy-to FILE");
	T_STR(program.err, "");
	program_end();
}

/* A queue of four is full sooner: other counts, the same bytes. */
TEST(command, options_have_their_effects)
{
	static char first[sizeof(program.out)];

	program_begin();
	program_image("disk.img", 2 << 20);
	T_EQ(program_run("run --disk disk.img --ops 300"), CLI_OK);
	T_HAS(program.out, "ringside run: seed 1,");
	strcpy(first, strstr(program.out, "  cost"));
	T_EQ(program_run("run --disk disk.img --ops 300 --queue-size 4"),
	    CLI_OK);
	T_TRUE(strcmp(first, strstr(program.out, "  cost")) != 0);
	T_EQ(program_run("run --disk disk.img --ops 300 --seed 2"), CLI_OK);
	T_TRUE(strcmp(first, strstr(program.out, "  cost")) != 0);
	T_EQ(program_run("run --disk disk.img --ops 300 --depth 1"), CLI_OK);
	T_TRUE(strcmp(first, strstr(program.out, "  cost")) != 0);
	program_end();
}

TEST(command, quiet_and_verbose)
{
	unsigned plain;

	program_begin();
	program_image("disk.img", 1 << 20);
	T_EQ(program_run("run --disk disk.img --ops 50"), CLI_OK);
	plain = program_lines(program.out);
	T_EQ(program_run("run --disk disk.img --ops 50 -v"), CLI_OK);
	T_TRUE(program_lines(program.out) > plain);
	T_EQ(program_run("run --disk disk.img --ops 50 --quiet"), CLI_OK);
	T_TRUE(strstr(program.out, "vioblk0") == NULL);
	T_HAS(program.out, "verified: every byte");
	program_end();
}

TEST(command, says_when_nobody_watches)
{
	program_begin();
	program_image("disk.img", 1 << 20);
	T_EQ(program_run("run --disk disk.img --ops 50 --no-check"), CLI_OK);
	T_HAS(program.out, "verified: every byte; not watched by the referee");
	T_EQ(program_run("run --disk disk.img --copy-to b.img --no-check"),
	    CLI_OK);
	T_HAS(program.out, "copied and compared; not watched by the referee");
	program_end();
}

TEST(command, copy_with_small_queues)
{
	static char first[sizeof(program.out)];

	program_begin();
	program_image("a.img", 1 << 20);
	T_EQ(program_run("run --disk a.img --copy-to b.img --depth 64"),
	    CLI_OK);
	T_TRUE(program_same("a.img", "b.img"));
	strcpy(first, strstr(program.out, "  cost"));
	T_EQ(program_run("run --disk a.img --copy-to b.img --depth 2"), CLI_OK);
	T_TRUE(strcmp(first, strstr(program.out, "  cost")) != 0);
	T_EQ(program_run("run --disk a.img --copy-to b.img --queue-size 4"),
	    CLI_OK);
	T_TRUE(program_same("a.img", "b.img"));
	program_complains("run --disk a.img --copy-to b.img --write",
	    "--write does not go with --copy-to", CLI_USAGE);
	program_end();
}

/* Fails, on any disk that is not read-only, when nobody may write to it. */
TEST(command, read_only_is_what_the_driver_is_told)
{
	program_begin();
	program_image("disk.img", 1 << 20);
	T_EQ(program_run("run --disk disk.img --ops 20 --read-only -v"),
	    CLI_OK);
	T_HAS(program.out, "read-only");
	program_end();
}

/* The default depth on one sector: operations wait for each other. */
TEST(command, a_disk_smaller_than_the_depth)
{
	program_begin();
	program_image("disk.img", 512);
	T_EQ(program_run("run --disk disk.img --ops 100"), CLI_OK);
	T_HAS(program.out, "operations  100 (");
	program_image("disk.img", 4096);
	T_EQ(program_run("run --disk disk.img --ops 100 --depth 64"), CLI_OK);
	program_end();
}

/*
 * The host refuses to write beyond 300 MiB of a file; guest memory takes 256.
 * The mix plays at the disk's end, too.
 */
TEST(command, what_the_host_refuses_is_said)
{
	char path[128];
	FILE *f;

	program_begin();
	program_path("disk.img", path, sizeof(path));
	f = fopen(path, "w");
	T_REQUIRE(f != NULL);
	T_EQ(ftruncate(fileno(f), (off_t)400 << 20), 0);
	fclose(f);
	T_EQ(program_run_after("ulimit -f 614400;",
		 "run --disk disk.img --ops 300 --write"),
	    CLI_HOST);
	T_TRUE(strncmp(program.err, "ringside: disk.img: write of ", 29) == 0);
	T_HAS(program.err, ": File too large\n");
	T_EQ(program_lines(program.err), 1);
	T_HAS(program.out, "FAILED: see the lines above");
	T_TRUE(strstr(program.out, "verified") == NULL);
	/* The same of the target of a copy. */
	T_EQ(program_run_after("ulimit -f 614400;",
		 "run --disk disk.img --copy-to b.img"),
	    CLI_HOST);
	T_HAS(program.err, "ringside: b.img: File too large\n");
	program_end();
}

TEST(command, host_without_memory_for_the_guest)
{
	program_begin();
	program_image("disk.img", 4096);
	T_EQ(program_run_after("ulimit -f 512;", "run --disk disk.img"),
	    CLI_HOST);
	T_STR(program.err, "ringside: guest memory: File too large\n");
	program_end();
}
