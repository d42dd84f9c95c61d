/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Backtraces as text: names of static functions, of others, and of nobody.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "sim/sim.h"
#include "tests/test.h"

static char quick[2048], slow[2048];

static void __attribute__((noinline)) inner(void)
{
	void *pcs[16];

	(void)host_backtrace_format(pcs,
	    sim_task_backtrace(sim_self(), pcs, 16), quick, sizeof(quick));
	(void)host_backtrace(slow, sizeof(slow));
	__asm__ volatile("" ::: "memory"); /* not a tail call */
}

static void
outer(void *arg)
{
	(void)arg;
	inner();
	__asm__ volatile("" ::: "memory");
}

TEST(backtrace, names_static_functions)
{
	sim_init(&(struct sim_config) { 0 });
	sim_task_create(
	    &(struct sim_task_options) { .name = "task", .fn = outer });
	T_EQ(sim_run(), SIM_END_QUIET);
	sim_fini();
	T_TRUE(strncmp(quick, "#0 inner+0x", 11) == 0);
	T_HAS(quick, "\n#1 outer+0x");
	/* Both ways see the same. */
	T_TRUE(strncmp(slow, "#0 inner+0x", 11) == 0);
	T_HAS(slow, "\n#1 outer+0x");
	T_HAS(slow, "fiber_start+0x");
}

TEST(backtrace, text_is_cut)
{
	void *pcs[1] = { (char *)(uintptr_t)inner + 1 };
	char small[8];

	T_EQ(host_backtrace_format(pcs, 1, small, sizeof(small)), 7);
	T_STR(small, "#0 inne");
	T_EQ(host_backtrace_format(pcs, 1, small, 0), 0);
	T_EQ(host_backtrace_format(pcs, 0, small, sizeof(small)), 0);
	T_STR(small, "");
}

TEST(backtrace, addresses_of_others)
{
	/* A library's function, and nobody's. */
	void *pcs[2] = { (char *)(uintptr_t)qsort + 1, (void *)0x10 };
	size_t offset;

	(void)host_backtrace_format(pcs, 2, slow, sizeof(slow));
	T_HAS(slow, "#0 ");
	T_HAS(slow, "\n#1 0x10\n");
	T_TRUE(host_symbol(pcs[1], &offset) == NULL);
	T_TRUE(host_symbol((void *)UINTPTR_MAX, &offset) == NULL);
	T_TRUE(host_symbol(pcs[0], NULL) == NULL);
}
