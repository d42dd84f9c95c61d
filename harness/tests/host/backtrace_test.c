/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Backtraces: frames by frame pointer, names of static functions.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "sim/sim.h"
#include "tests/test.h"

static void *pcs[16];
static size_t npcs;
static char stack[SIM_STACK_SIZE] __attribute__((aligned(4096)));
static char text[2048];

static void __attribute__((noinline)) capture(size_t max)
{
	npcs = host_backtrace_capture(__builtin_frame_address(0), stack,
	    sizeof(stack), pcs, max);
}

static void __attribute__((noinline)) middle(size_t max)
{
	capture(max);
	__asm__ volatile("" ::: "memory"); /* not a tail call */
}

static void
outer(void *arg)
{
	middle(*(size_t *)arg);
	__asm__ volatile("" ::: "memory");
	(void)host_backtrace(text, sizeof(text));
	__asm__ volatile("" ::: "memory");
}

static void
run(size_t max)
{
	sim_init(&(struct sim_config) { 0 });
	sim_task_create(&(struct sim_task_options) {
	    .name = "task",
	    .fn = outer,
	    .arg = &max,
	    .stack = stack,
	    .stack_size = sizeof(stack),
	});
	T_EQ(sim_run(), SIM_END_QUIET);
	sim_fini();
}

TEST(backtrace, follows_frames_to_the_end_of_the_stack)
{
	size_t length;
	char *p;

	run(16);
	T_TRUE(npcs >= 3 && npcs < 16);
	length = host_backtrace_format(pcs, npcs, text, sizeof(text));
	T_EQ(length, strlen(text));
	/* Static functions have names; the first is the caller's caller. */
	T_TRUE(strncmp(text, "#0 middle+0x", 12) == 0);
	p = strstr(text, "\n#1 outer+0x");
	T_REQUIRE(p != NULL);
	T_HAS(p, "fiber_start+0x");
}

TEST(backtrace, takes_no_more_than_asked)
{
	run(2);
	T_EQ(npcs, 2);
	run(0);
	T_EQ(npcs, 0);
}

TEST(backtrace, slow_way_has_the_same_names)
{
	run(0);
	T_HAS(text, "#0 outer+0x");
}

TEST(backtrace, wild_frames_are_not_followed)
{
	static void *frames[8] __attribute__((aligned(16)));

	/* Up, and out of the stack. */
	frames[0] = &frames[4];
	frames[1] = (void *)1;
	frames[4] = (void *)0x1234;
	frames[5] = (void *)2;
	T_EQ(host_backtrace_capture(frames, frames, sizeof(frames), pcs, 16),
	    2);
	/* Down again: a circle. */
	frames[4] = &frames[0];
	T_EQ(host_backtrace_capture(frames, frames, sizeof(frames), pcs, 16),
	    2);
	/* Not aligned; the last word has no room for two. */
	frames[0] = (char *)&frames[4] + 1;
	T_EQ(host_backtrace_capture(frames, frames, sizeof(frames), pcs, 16),
	    1);
	frames[0] = &frames[7];
	T_EQ(host_backtrace_capture(frames, frames, sizeof(frames), pcs, 16),
	    1);
	/* No return address: the outermost frame. */
	frames[1] = NULL;
	T_EQ(host_backtrace_capture(frames, frames, sizeof(frames), pcs, 16),
	    0);
}

TEST(backtrace, text_is_cut)
{
	char small[8];

	pcs[0] = (char *)(uintptr_t)run + 1;
	T_EQ(host_backtrace_format(pcs, 1, small, sizeof(small)), 7);
	T_STR(small, "#0 run+");
	T_EQ(host_backtrace_format(pcs, 1, small, 0), 0);
	T_EQ(host_backtrace_format(pcs, 0, small, sizeof(small)), 0);
	T_STR(small, "");
}

TEST(backtrace, addresses_of_others)
{
	/* A library's function, and nobody's. */
	pcs[0] = (char *)(uintptr_t)qsort + 1;
	pcs[1] = (void *)0x10;
	(void)host_backtrace_format(pcs, 2, text, sizeof(text));
	T_HAS(text, "#0 ");
	T_HAS(text, "\n#1 0x10\n");
}
