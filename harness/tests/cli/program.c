/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See program.h.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cli/program.h"
#include "tests/test.h"

struct program program;

/* A process that has ended and has a lazy parent is as good as gone. */
const char program_waits[] =
    "alive() { grep -qs '^State:[[:space:]]*[^ZX]' /proc/$1/status; }\n"
    "gone() { while alive $1; do sleep 0.05; done; }\n"
    "catches_int() {\n"
    "	until grep -qs '^SigCgt:.*[2367abefABEF]$' /proc/$1/status; do\n"
    "		alive $1 || return 1; sleep 0.02; done; }\n"
    "spent() { cut -d' ' -f14 /proc/$1/stat 2>/dev/null || echo 0; }\n"
    "works() {\n"
    "	set -- $1 $(($(spent $1) + $2))\n"
    "	until [ $(spent $1) -ge $2 ]; do\n"
    "		alive $1 || return 1; sleep 0.02; done; }\n"
    "has_open() {\n"
    "	until [ $(ls -l /proc/$1/fd 2>/dev/null | grep -c \"/$2$\") -ge "
    "$3 ]; do\n"
    "		alive $1 || return 1; sleep 0.02; done; }\n";

static void
read_all(const char *name, char *text, size_t size)
{
	char path[128];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", program.dir, name);
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
int
program_run_after(const char *before, const char *args)
{
	char command[8192];

	snprintf(command, sizeof(command), "%s '%s' %s", before, program.path,
	    args);
	return (program_shell(command));
}

int
program_shell(const char *text)
{
	char command[11264];
	int status;

	snprintf(command, sizeof(command),
	    "%scd %s && { %s\n} >out 2>err </dev/null", program_waits,
	    program.dir, text);
	status = system(command);
	read_all("out", program.out, sizeof(program.out));
	read_all("err", program.err, sizeof(program.err));
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

int
program_run(const char *args)
{
	return (program_run_after("", args));
}

void
program_begin(void)
{
	const char *name = getenv("RINGSIDE");

	T_REQUIRE(realpath(name != NULL ? name : "build/ringside",
		      program.path) != NULL);
	/* For program_shell(). */
	setenv("RINGSIDE_PROGRAM", program.path, 1);
	strcpy(program.dir, "/tmp/ringside-test-XXXXXX");
	T_REQUIRE(mkdtemp(program.dir) != NULL);
	/* Instances meet nobody but each other. */
	setenv("XDG_RUNTIME_DIR", program.dir, 1);
}

void
program_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", program.dir);
	T_EQ(system(command), 0);
}

void
program_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", program.dir, name);
}

/* An image whose bytes are a function of their place. */
void
program_image(const char *name, size_t size)
{
	char path[128];
	FILE *f;

	program_path(name, path, sizeof(path));
	f = fopen(path, "w");
	T_REQUIRE(f != NULL);
	for (size_t i = 0; i < size; i++)
		fputc((int)((i * 131 + i / 512 * 7) & 0xff), f);
	T_EQ(fclose(f), 0);
}

bool
program_same(const char *a, const char *b)
{
	char command[256];

	snprintf(command, sizeof(command), "cmp -s '%s/%s' '%s/%s'",
	    program.dir, a, program.dir, b);
	return (system(command) == 0);
}

unsigned
program_lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return (n);
}

/* One line on standard error that says `what`, and this exit status. */
void
program_complains(const char *args, const char *what, int status)
{
	T_EQ(program_run(args), status);
	T_HAS(program.err, what);
	T_EQ(program_lines(program.err), 1);
}
