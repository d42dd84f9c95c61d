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
	T_EQ(lines(err), 1);
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
