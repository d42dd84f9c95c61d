/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See mount_rig.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/cli/mount_rig.h"
#include "tests/cli/program.h"
#include "tests/runner.h"
#include "tests/test.h"

/* The exit status of a script that cannot do what it is for on this host. */
#define NOT_HERE 77

/* What a script has left when its time is up, to take down what it made. */
#define CLEANING 10

/*
 * What every script begins with.  Whatever happens, nothing stays mounted and
 * the process ends.  dash(1) forgets about EXIT when a signal ends it.
 *
 * The last reference to a file that was closed may still be in the kernel's
 * hands, asynchronous I/O for one, and be dropped in the server's time: then
 * the mount is busy for a moment.
 */
static const char prelude[] =
    "set -eu\n"
    "PATH=$PATH:/usr/sbin:/sbin\n"
    "pid=\n"
    "begin() {\n"
    "	rm -f ready; mkfifo ready\n"
    "	\"$R\" mount -f --disk a \"$@\" d >ready 2>complaints &\n"
    "	pid=$!\n"
    "	sed '/^ready:/q' <ready >first\n"
    "}\n"
    "ended() { s=0; wait $pid || s=$?; pid=; return $s; }\n"
    "unmount() {\n"
    "	until fusermount3 -u d 2>why; do\n"
    "		grep -q ' busy$' why || { cat why >&2; return 1; }\n"
    "		sleep 0.05; done; }\n"
    "end() { unmount; ended; }\n"
    "top=$PWD undo=:\n"
    "trap 'cd $top; fusermount3 -u -z d 2>/dev/null || :\n"
    "    [ -z \"$pid\" ] || kill -9 $pid 2>/dev/null || :\n"
    "    eval \"$undo\"' EXIT\n"
    "trap 'exit 1' HUP INT TERM\n"
    "mkdir -p d; cp a b\n";

static void
need(const char *tools)
{
	char command[256], why[300];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		test_skip("no /dev/fuse that can be used");
	close(fd);
	snprintf(command, sizeof(command),
	    "PATH=$PATH:/usr/sbin:/sbin; for t in fusermount3 %s; do "
	    "command -v $t >/dev/null || exit 1; done",
	    tools);
	if (system(command) != 0) {
		snprintf(why, sizeof(why), "one is missing: fusermount3 %s",
		    tools);
		test_skip(why);
	}
}

static int
run(const char *script)
{
	char path[128], command[64];
	FILE *file;

	program_path("script", path, sizeof(path));
	file = fopen(path, "we");
	T_REQUIRE(file != NULL);
	fprintf(file, "R='%s'\n%s%s%s", program.path, program_waits, prelude,
	    script);
	T_REQUIRE(fclose(file) == 0);
	/* The runner's own limit would leave the mount behind. */
	snprintf(command, sizeof(command), "timeout -k %d %d sh ./script",
	    CLEANING / 2, RUNNER_TIMEOUT - CLEANING);
	return (program_shell(command));
}

/* Where /dev/fuse is there, mounting may still not be allowed. */
static void
need_permission(void)
{
	static enum { UNKNOWN, YES, NO } allowed = UNKNOWN;

	if (allowed == UNKNOWN)
		allowed = run("begin\n[ -s first ] && end\n") == 0 ? YES : NO;
	if (allowed == YES)
		return;
	program_end();
	test_skip("this host does not let us mount");
}

int
mount_script(const char *tools, const char *script)
{
	int status;

	need(tools);
	program_begin();
	program_image("a", 1 << 20);
	need_permission();
	status = run(script);
	program_end();
	return (status);
}

void
mount_passes(const char *tools, const char *script)
{
	int status = mount_script(tools, script);

	if (status == NOT_HERE)
		test_skip("this user, or this host, may not do what it takes");
	T_EQ(status, 0);
	/* Shown when it was not. */
	T_STR(program.err, "");
}
