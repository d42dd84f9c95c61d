/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's log as its users see it: whole lines to the console, the
 * newest text kept.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "sim/sim.h"
#include "tests/kernel/misbehave.h"
#include "tests/test.h"

static char lines[512];
static unsigned nlines;

static void
take_line(void *arg, const char *line)
{
	size_t n = strlen(lines);

	nlines++;
	if (nlines > 4)
		n = 0;
	snprintf(lines + n, sizeof(lines) - n, "%s%s", line, (const char *)arg);
}

static void
boot(bool console)
{
	T_REQUIRE(machine_init(&(struct machine_config) { 0 }) == 0);
	sim_init(&(struct sim_config) { 0 });
	T_EQ(kernel_boot(&(struct kernel_config) {
		 .console = console ? take_line : NULL,
		 .console_arg = (void *)"|",
	     }),
	    KERNEL_OK);
	nlines = 0;
	lines[0] = '\0';
}

static void
halt(void)
{
	T_EQ(kernel_shutdown(), KERNEL_OK);
	sim_fini();
	machine_fini();
}

static void
say(const char *text)
{
	misbehave_say((void *)(uintptr_t)text);
}

static void
say_lines(void *arg)
{
	(void)arg;
	say("one\ntw");
	T_STR(lines, "one|");
	say("o\n\nrest");
	T_STR(lines, "one|two||");
	T_HAS(kernel_log_text(), "one\ntwo\n\nrest");
}

static void
say_next(void *arg)
{
	(void)arg;
	say("next\n");
}

TEST(msgbuf, console_gets_whole_lines)
{
	boot(true);
	T_EQ(kernel_run("say", say_lines, NULL), KERNEL_OK);
	halt();
	boot(true);
	/* What was there before the boot is gone, finished or not. */
	T_TRUE(strstr(kernel_log_text(), "one") == NULL);
	T_TRUE(strstr(kernel_log_text(), "rest") == NULL);
	T_EQ(kernel_run("say", say_next, NULL), KERNEL_OK);
	T_STR(lines, "next|");
	halt();
	boot(false);
	T_EQ(kernel_run("say", say_next, NULL), KERNEL_OK);
	T_STR(lines, "");
	T_HAS(kernel_log_text(), "next\n");
	halt();
}

static void
say_much(void *arg)
{
	char line[32], told[32];

	(void)arg;
	for (int i = 0; i < 60000; i++) {
		snprintf(line, sizeof(line), "line %05d\n", i);
		snprintf(told, sizeof(told), "line %05d|", i);
		say(line);
		if (i >= 4 && strcmp(lines, told) != 0)
			T_STR(lines, told);
	}
}

TEST(msgbuf, oldest_goes_when_it_is_full)
{
	const char *text, *p;
	char line[32];
	int n;

	boot(true);
	T_EQ(kernel_run("say", say_much, NULL), KERNEL_OK);
	text = kernel_log_text();
	T_TRUE(strlen(text) >= 64 << 10);
	T_TRUE(strlen(text) <= 256 << 10);
	/* Each line follows the one before, but for the first's beginning. */
	p = strchr(text, '\n') + 1;
	T_EQ(strlen(p) % 11, 0);
	n = 60000 - (int)(strlen(p) / 11);
	for (; *p != '\0'; p += 11, n++) {
		snprintf(line, sizeof(line), "line %05d\n", n);
		if (strncmp(p, line, 11) != 0)
			T_STR(p, line);
	}
	T_EQ(n, 60000);
	halt();
}

static void
say_no_end(void *arg)
{
	(void)arg;
	for (int i = 0; i < 60 << 10; i++)
		say("xxxxxxxxxx");
	T_TRUE(strlen(kernel_log_text()) <= 256 << 10);
	say("\nshort\n");
	T_EQ(nlines, 2);
	say("after\n");
	T_HAS(kernel_log_text(), "xxx\nshort\nafter\n");
}

TEST(msgbuf, a_line_without_end_is_bounded)
{
	boot(true);
	T_EQ(kernel_run("say", say_no_end, NULL), KERNEL_OK);
	halt();
}
