/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel's life as its users see it (kernel/kernel.h): how calls end, what
 * a panic says, and that the next kernel knows nothing of the one before.
 */
#include <string.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "sim/sim.h"
#include "tests/kernel/misbehave.h"
#include "tests/test.h"

static unsigned halts, panics;
static char panic_text[128];

static void
note_event(void *arg, const struct kernel_event *event)
{
	(void)arg;
	if (event->type == KE_HALT)
		halts++;
	if (event->type == KE_PANIC) {
		panics++;
		strncpy(panic_text, event->text, sizeof(panic_text) - 1);
	}
}

static void
boot(uint64_t max_steps)
{
	halts = panics = 0;
	T_REQUIRE(machine_init(&(struct machine_config) { 0 }) == 0);
	sim_init(&(struct sim_config) {
	    .max_steps = max_steps,
	    .guest_idle = machine_guest_idle,
	});
	kernel_set_events(note_event, NULL);
	T_EQ(kernel_boot(&(struct kernel_config) { .seed = 3 }), KERNEL_OK);
}

static enum kernel_end
halt(void)
{
	enum kernel_end end = kernel_shutdown();

	kernel_set_events(NULL, NULL);
	sim_fini();
	machine_fini();
	return (end);
}

static void
stop(void *arg)
{
	(void)arg;
	sim_stop();
}

static void
spin(void *arg)
{
	(void)arg;
	for (;;)
		sim_yield();
}

static void
nothing(void *arg)
{
	++*(unsigned *)arg;
}

TEST(life, calls_return_and_end_with_a_halt)
{
	unsigned ran = 0;

	boot(0);
	T_EQ(kernel_run("one", nothing, &ran), KERNEL_OK);
	T_EQ(kernel_run("two", nothing, &ran), KERNEL_OK);
	T_EQ(ran, 2);
	T_EQ(halts, 0);
	T_EQ(halt(), KERNEL_OK);
	T_EQ(halts, 1);
	T_EQ(panics, 0);
}

TEST(life, panic_says_what_and_where)
{
	unsigned ran = 0;

	boot(0);
	T_STR(kernel_panic_text(), "");
	T_EQ(kernel_run("victim", misbehave_panic, NULL), KERNEL_PANICKED);
	T_STR(kernel_panic_text(), "misbehaving at 42");
	T_EQ(panics, 1);
	T_STR(panic_text, "misbehaving at 42");
	T_HAS(kernel_log_text(), "panic: misbehaving at 42\n");
	T_HAS(kernel_log_text(), "thread: victim (1000");
	T_HAS(kernel_log_text(), "KDB: stack backtrace:\n#0 ");
	T_EQ(kernel_run("next", nothing, &ran), KERNEL_STOPPED);
	T_EQ(ran, 0);
	/* It is only forgotten: nobody is told of a halt. */
	T_EQ(halt(), KERNEL_OK);
	T_EQ(halts, 0);
	boot(0);
	T_STR(kernel_panic_text(), "");
	T_TRUE(strstr(kernel_log_text(), "misbehaving") == NULL);
	T_EQ(kernel_run("next", nothing, &ran), KERNEL_OK);
	T_EQ(halt(), KERNEL_OK);
	T_EQ(halts, 1);
}

TEST(life, hang_is_a_hang)
{
	unsigned ran = 0;

	boot(0);
	T_EQ(kernel_run("waiter", misbehave_hang, NULL), KERNEL_HUNG);
	T_STR(kernel_panic_text(), "");
	T_EQ(kernel_run("next", nothing, &ran), KERNEL_STOPPED);
	T_EQ(ran, 0);
	T_EQ(halt(), KERNEL_OK);
	T_EQ(halts, 0);
}

TEST(life, steps_without_an_end_are_a_hang)
{
	boot(5000);
	T_EQ(kernel_run("spinner", spin, NULL), KERNEL_HUNG);
	T_EQ(halt(), KERNEL_OK);
	T_EQ(halts, 0);
}

TEST(life, stopped_is_not_a_panic)
{
	unsigned ran = 0;

	boot(0);
	T_EQ(kernel_run("stopper", stop, NULL), KERNEL_STOPPED);
	T_EQ(kernel_run("next", nothing, &ran), KERNEL_STOPPED);
	T_EQ(ran, 0);
	T_EQ(halt(), KERNEL_OK);
	T_EQ(halts, 0);
}

TEST(life, statistics_begin_at_zero)
{
	struct kernel_stats first, second;

	boot(0);
	for (int i = 0; i < 100; i++)
		T_EQ(kernel_run("leak", misbehave_leak, NULL), KERNEL_OK);
	(void)halt();
	boot(0);
	kernel_stats(&first);
	(void)halt();
	boot(0);
	kernel_stats(&second);
	(void)halt();
	T_TRUE(first.mallocs > 0);
	T_EQ(first.mallocs, second.mallocs);
	T_EQ(first.frees, second.frees);
}
