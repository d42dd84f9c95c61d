/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `ringside run` and what surrounds it: results as JSON, the clock, signals,
 * the terminal, and hosts and images that fail it.
 */
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "tests/cli/program.h"
#include "tests/test.h"

/*
 * --- JSON ---
 */

static json_t *
load(const char *name)
{
	char path[128];
	json_t *all;

	program_path(name, path, sizeof(path));
	all = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	T_REQUIRE(all != NULL);
	return (all);
}

/* The member at a path with dots; NULL: there is none. */
static json_t *
at(json_t *all, const char *path)
{
	char part[64];
	size_t n;

	for (; all != NULL && *path != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		all = json_object_get(all, part);
	}
	return (all);
}

static uint64_t
number(json_t *all, const char *path)
{
	json_t *value = at(all, path);

	T_REQUIRE(json_is_integer(value));
	return ((uint64_t)json_integer_value(value));
}

TEST(json, has_what_the_table_has)
{
	json_t *all;

	program_begin();
	T_EQ(program_run("run --size 4M --ops 2000 --json r.json --seed "
			 "18446744073709551615"),
	    CLI_OK);
	T_STR(program.err, "");
	T_HAS(program.out, "verified: every byte");
	all = load("r.json");
	T_EQ(number(all, "schema"), 1);
	T_EQ(number(all, "exit_status"), 0);
	T_STR(json_string_value(at(all, "options.seed")),
	    "18446744073709551615");
	T_STR(json_string_value(at(all, "options.pattern")), "mix");
	T_EQ(number(all, "disk_bytes"), 4 << 20);
	T_EQ(number(all, "operations.all.count"), 2000);
	T_EQ(number(all, "operations.read.count") +
		number(all, "operations.write.count") +
		number(all, "operations.flush.count"),
	    2000);
	T_TRUE(number(all, "operations.read.latency_ns.p50") <=
	    number(all, "operations.read.latency_ns.p99_9"));
	T_TRUE(number(all, "operations.read.latency_ns.min") <=
	    number(all, "operations.read.latency_ns.p50"));
	T_TRUE(json_is_null(at(all, "operations.delete.latency_ns")));
	T_EQ(number(all, "cost.exits.count"),
	    number(all, "cost.io_exits.count") +
		number(all, "cost.mmio_exits.count") +
		number(all, "cost.halt_exits.count"));
	T_TRUE(json_is_string(
	    json_object_get(at(all, "sysctls"), "dev.vioblk.0.queue_size")));
	T_TRUE(json_array_size(at(all, "features.negotiated")) > 2);
	T_EQ(json_array_size(at(all, "violations")), 0);
	T_TRUE(json_is_null(at(all, "panic")));
	json_decref(all);
	program_end();
}

TEST(json, replaces_what_was_in_the_file)
{
	json_t *all;

	program_begin();
	program_image("r.json", 100000);
	T_EQ(program_run("run -q --size 1M --ops 20 --json r.json"), CLI_OK);
	all = load("r.json");
	json_decref(all);
	/* A run that never begins leaves it. */
	program_image("r.json", 1000);
	program_image("same", 1000);
	program_complains("run --disk none --json r.json", "does not exist",
	    CLI_USAGE);
	T_TRUE(program_same("r.json", "same"));
	program_end();
}

TEST(json, on_standard_output_nothing_is_beside_it)
{
	json_t *all;

	program_begin();
	T_EQ(program_run("run --size 1M --ops 20 --json -"), CLI_OK);
	T_STR(program.err, "");
	all = load("out");
	T_EQ(number(all, "operations.all.count"), 20);
	json_decref(all);
	program_end();
}

TEST(json, tells_of_bad_ends)
{
	json_t *all;

	program_begin();
	program_image("a\\377b", 4096);
	T_EQ(program_run("run -q --size 1M --json r.json --sysctl "
			 "debug.kdb.panic=1"),
	    CLI_PANIC);
	all = load("r.json");
	T_EQ(number(all, "exit_status"), CLI_PANIC);
	T_STR(json_string_value(at(all, "panic")), "kdb_sysctl_panic");
	T_HAS(json_string_value(at(all, "replay")), " run --seed 1 ");
	json_decref(all);
	T_EQ(program_run("run -q --size 1M --json r.json --max-steps 1"),
	    CLI_PANIC);
	all = load("r.json");
	T_HAS(json_string_value(at(all, "hang")), "nothing comes of it");
	json_decref(all);
	program_end();
}

TEST(json, image_is_not_overwritten)
{
	program_begin();
	program_image("a.img", 4096);
	program_image("b.img", 4096);
	program_complains("run --disk a.img --json ./a.img",
	    "--json ./a.img: is the image of a disk", CLI_USAGE);
	T_TRUE(program_same("a.img", "b.img"));
	program_complains("run --size 1M --json no/such",
	    "--json no/such: No such file", CLI_USAGE);
	program_end();
}

TEST(json, names_that_are_no_text)
{
	json_t *all;

	program_begin();
	T_EQ(program_shell("head -c 4096 /dev/zero >$(printf 'a\\351.img')"),
	    0);
	T_EQ(program_run("run -q --disk $(printf 'a\\351.img') --ops 20 "
			 "--json r.json"),
	    CLI_OK);
	all = load("r.json");
	T_STR(json_string_value(at(all, "options.disk")), "a\303\251.img");
	json_decref(all);
	program_end();
}

/*
 * --- what cannot be written ---
 */

TEST(command, lost_output_is_an_error)
{
	program_begin();
	T_EQ(program_shell("\"$RINGSIDE_PROGRAM\" run --size 1M >/dev/full"),
	    CLI_HOST);
	T_STR(program.err,
	    "ringside: standard output: No space left on device\n");
	T_EQ(program_shell("\"$RINGSIDE_PROGRAM\" --help >/dev/full"),
	    CLI_HOST);
	T_EQ(program_lines(program.err), 1);
	T_EQ(program_shell("\"$RINGSIDE_PROGRAM\" run --size 1M --json - "
			   ">/dev/full"),
	    CLI_HOST);
	T_EQ(program_lines(program.err), 1);
	T_EQ(program_run("run --size 1M --json /dev/full"), CLI_HOST);
	T_STR(program.err,
	    "ringside: --json /dev/full: No space left on device\n");
	program_end();
}

/*
 * --- images ---
 */

TEST(command, size_makes_a_disk)
{
	program_begin();
	T_EQ(program_run("run -q --size 1M --ops 50"), CLI_OK);
	T_HAS(program.out, "random mix on a disk in memory");
	T_EQ(program_run("run -q --disk new.img --size 1M --ops 50"), CLI_OK);
	T_EQ(program_shell("test $(stat -c %s new.img) = 1048576"), 0);
	T_EQ(program_run("run -q --disk new.img --size 1M --ops 50"), CLI_OK);
	program_complains("run --disk new.img --size 2M",
	    "ringside: new.img: has 1048576 bytes, and --size says 2097152\n",
	    CLI_USAGE);
	program_complains("run --disk no/new.img --size 2M",
	    "no/new.img: there is no such folder", CLI_USAGE);
	program_end();
}

TEST(command, copies_complain_in_the_same_words)
{
	program_begin();
	program_image("a.img", 4096);
	program_complains("run --disk .", "ringside: .: is a directory",
	    CLI_USAGE);
	program_complains("run --disk a.img --copy-to .",
	    "ringside: .: is a directory", CLI_USAGE);
	program_end();
}

/*
 * The other one is still at work; it is not disturbed.  It has the image
 * locked when it has opened it for the second time, to compare with.
 */
TEST(command, second_writer_is_refused)
{
	program_begin();
	program_image("a.img", 1 << 20);
	program_image("c.img", 1 << 20);
	T_EQ(
	    program_shell(
		"env --default-signal=INT \"$RINGSIDE_PROGRAM\" run -q --disk "
		"a.img --write --seconds 100 >first 2>&1 & pid=$!; "
		"has_open $pid a.img 2; "
		"\"$RINGSIDE_PROGRAM\" run --disk a.img --write; a=$?; "
		"\"$RINGSIDE_PROGRAM\" run --disk c.img --copy-to a.img; b=$?; "
		"kill -INT $pid; wait $pid; echo $a $b $? $(wc -c <a.img)"),
	    0);
	T_STR(program.out, "2 2 130 1048576\n");
	T_EQ(program_lines(program.err), 2);
	T_HAS(program.err, "ringside: a.img: is in use by another process");
	program_end();
}

TEST(command, image_that_shrinks_under_it)
{
	program_begin();
	T_EQ(program_shell("truncate -s 200M a.img"), 0);
	/* It goes on to its end, as far as it can: it is told when to end. */
	T_EQ(program_shell(
		 "env --default-signal=INT \"$RINGSIDE_PROGRAM\" run -q --disk "
		 "a.img --seconds 100 >table & pid=$!; has_open $pid a.img 2; "
		 "truncate -s 1M a.img; works $pid 20; kill -INT $pid; "
		 "wait $pid"),
	    CLI_HOST);
	T_HAS(program.err, "ringside: a.img: ");
	T_HAS(program.err, ": the file has become shorter\n");
	T_EQ(program_lines(program.err), 1);
	program_end();
}

TEST(command, no_space_left)
{
	int status;

	program_begin();
	program_image("a.img", 4 << 20);
	if (program_shell("mkdir small && mount -t tmpfs -o size=1m none "
			  "small") != 0) {
		program_end();
		test_skip("a file system cannot be mounted here");
	}
	status = program_run("run -q --disk a.img --copy-to small/b.img");
	T_EQ(program_shell("umount -l small"), 0);
	T_EQ(status, CLI_HOST);
	program_end();
}

/*
 * --- the clock and signals ---
 */

TEST(command, seconds_end_a_run)
{
	json_t *all;

	program_begin();
	T_EQ(program_run("run -q --size 1M --seconds 1 --json r.json"), CLI_OK);
	all = load("r.json");
	T_TRUE(json_real_value(at(all, "seconds")) >= 1);
	T_TRUE(json_is_null(at(all, "options.ops")));
	/* Repeated by what was done, not by the clock. */
	T_HAS(json_string_value(at(all, "replay")), " --ops ");
	T_TRUE(
	    strstr(json_string_value(at(all, "replay")), "--seconds") == NULL);
	json_decref(all);
	/* Whichever comes first. */
	T_EQ(program_run("run -q --size 1M --seconds 1000 --ops 30"), CLI_OK);
	T_HAS(program.out, "operations  30 (");
	program_end();
}

TEST(command, interrupt_ends_with_the_table)
{
	program_begin();
	T_EQ(program_shell("env --default-signal=INT \"$RINGSIDE_PROGRAM\" run "
			   "-q --size 1M --seconds 100 & pid=$!; "
			   "catches_int $pid; works $pid 10; kill -INT $pid; "
			   "wait $pid"),
	    130);
	T_STR(program.err, "");
	T_HAS(program.out, "operations  ");
	T_HAS(program.out, "\ninterrupted; verified: every byte read so far\n");
	T_EQ(program_shell("env --default-signal=INT \"$RINGSIDE_PROGRAM\" run "
			   "-q --size 1M --seconds 100 & pid=$!; "
			   "catches_int $pid; kill -TERM $pid; wait $pid"),
	    143);
	T_HAS(program.out, "\ninterrupted; verified: every byte read so far\n");
	program_end();
}

/*
 * --- the terminal ---
 */

static char screen[64 << 10];

/* How many times `part` is on the screen. */
static unsigned
shown(const char *part)
{
	unsigned n = 0;

	for (const char *p = screen; (p = strstr(p, part)) != NULL; p++)
		n++;
	return (n);
}

/*
 * Runs the command on a terminal that wide; all it wrote is in `screen`.
 * Interrupts it when it has drawn so many bars, if any, and one that has
 * something in it.  128 + the signal that has ended it.
 */
static int
on_a_terminal(unsigned short width, const char *const *argv, unsigned bars)
{
	bool interrupted = bars == 0;
	struct winsize size = { .ws_row = 24, .ws_col = width };
	int master, slave, status;
	size_t used = 0;
	ssize_t n;
	pid_t child;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	T_REQUIRE(master >= 0);
	T_REQUIRE(grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	T_REQUIRE(slave >= 0);
	T_EQ(ioctl(slave, TIOCSWINSZ, &size), 0);
	fflush(NULL);
	child = fork();
	T_REQUIRE(child >= 0);
	if (child == 0) {
		(void)signal(SIGINT, SIG_DFL);
		dup2(slave, STDOUT_FILENO);
		dup2(slave, STDERR_FILENO);
		setenv("TERM", "xterm", 1);
		execv(program.path, (char **)(uintptr_t)argv);
		_exit(127);
	}
	close(slave);
	while (used < sizeof(screen) - 1 &&
	    (n = read(master, screen + used, sizeof(screen) - 1 - used)) > 0) {
		used += (size_t)n;
		screen[used] = '\0';
		if (interrupted || shown("\rmix ") < bars || shown("% [#") == 0)
			continue;
		interrupted = true;
		T_EQ(kill(child, SIGINT), 0);
	}
	screen[used] = '\0';
	close(master);
	T_EQ(waitpid(child, &status, 0), child);
	return (
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

TEST(progress, bar_on_a_terminal)
{
	static const char *const long_run[] = { "ringside", "run", "--size",
		"1M", "--seconds", "20", NULL };
	const char *line;
	unsigned bars = 0;

	program_begin();
	T_EQ(on_a_terminal(60, long_run, 3), 130);
	for (line = strstr(screen, "\rmix "); line != NULL;
	     line = strstr(line + 1, "\rmix ")) {
		T_TRUE(strcspn(line + 1, "\033\r\n") < 60);
		bars++;
	}
	T_TRUE(bars >= 3);
	T_HAS(screen, "% [#");
	/* It is wiped before anything else is said. */
	T_HAS(screen, "\r\033[Kvioblk0: detached");
	program_end();
}

TEST(progress, nothing_where_nobody_looks)
{
	static const char *const quiet[] = { "ringside", "run", "-q", "--size",
		"1M", "--seconds", "1", NULL };

	program_begin();
	T_EQ(on_a_terminal(80, quiet, 0), 0);
	T_TRUE(strchr(screen, '\033') == NULL);
	T_EQ(program_run("run --size 1M --seconds 1"), CLI_OK);
	T_STR(program.err, "");
	T_TRUE(strchr(program.out, '\033') == NULL);
	program_end();
}

TEST(progress, fits_every_width)
{
	struct progress_state state = { .what = "read back",
		.part = 555,
		.done = 123456789,
		.total = 987654321,
		.elapsed = UINT64_C(3000000000),
		.bound = UINT64_C(9000000000) };
	char text[128];

	for (unsigned width = 1; width <= 100; width++) {
		progress_format(&state, text, sizeof(text), width);
		T_TRUE(strlen(text) < width);
	}
	T_STR(text,
	    "read back  55% [################..............]  "
	    "123456789/987654321 ops  41.2M/s  3/9 s");
	state.bound = 0;
	state.total = 0;
	state.part = -1;
	progress_format(&state, text, sizeof(text), 80);
	T_STR(text, "read back  123456789 ops  41.2M/s");
}
