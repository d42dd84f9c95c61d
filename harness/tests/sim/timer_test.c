/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The timers' heap: order under ties and under removals, whatever its shape.
 */
#include <string.h>

#include "sim/sim.h"
#include "tests/test.h"

static struct sim_timer timers[8];
static char trace[32];
static size_t traced;

static void
fire(void *arg)
{
	const struct sim_timer *timer = arg;

	trace[traced++] = (char)('a' + (timer - timers));
	trace[traced] = '\0';
}

static void
arm(unsigned i, sim_time when)
{
	sim_timer_arm(&timers[i], when, fire, &timers[i]);
}

/* Runs `fn` in a task, and then all timers. */
static void
run(sim_fn *fn)
{
	memset(timers, 0, sizeof(timers));
	traced = 0;
	trace[0] = '\0';
	sim_init(&(struct sim_config) { 0 });
	sim_task_create(&(struct sim_task_options) {
	    .name = "armer",
	    .fn = fn,
	});
	T_EQ(sim_run(), SIM_END_QUIET);
	sim_fini();
}

static void
arm_all_equal(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 8; i++)
		arm(i, 40);
	/* What is armed again goes to the end of the line. */
	arm(2, 40);
}

TEST(timer, equal_times_fire_in_order_of_arming)
{
	run(arm_all_equal);
	T_STR(trace, "abdefghc");
}

/*
 * The last of the heap, 4, comes into the place below 10: up from there, or
 * it fires too late.
 */
static void
remove_from_the_other_side(void *arg)
{
	static const sim_time times[] = { 1, 10, 2, 11, 12, 20, 4 };

	(void)arg;
	for (unsigned i = 0; i < 7; i++)
		arm(i, times[i]);
	T_TRUE(sim_timer_disarm(&timers[3]));
}

TEST(timer, removal_moves_the_last_up)
{
	run(remove_from_the_other_side);
	T_STR(trace, "acgbef");
}

static void
remove_the_root(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 6; i++)
		arm(i, 10 + i);
	T_TRUE(sim_timer_disarm(&timers[0]));
	T_TRUE(sim_timer_disarm(&timers[5]));
}

TEST(timer, removal_moves_the_last_down)
{
	run(remove_the_root);
	T_STR(trace, "bcde");
}

static void
arm_the_past(void *arg)
{
	(void)arg;
	(void)sim_block("test", 100);
	arm(0, 50);
	arm(1, 100);
	sim_yield();
	T_STR(trace, "ab");
	T_EQ(sim_now(), 100);
}

TEST(timer, past_is_due_at_the_next_switch)
{
	run(arm_the_past);
	T_STR(trace, "ab");
}

static void
arm_again(void *arg)
{
	(void)arg;
	fire(&timers[0]);
	if (traced < 3)
		sim_timer_arm(&timers[0], sim_now() + 5, arm_again, NULL);
}

static void
arm_periodic(void *arg)
{
	(void)arg;
	sim_timer_arm(&timers[0], 5, arm_again, NULL);
	(void)sim_block("test", 100);
	T_EQ(traced, 3);
	T_FALSE(sim_timer_disarm(&timers[0]));
}

TEST(timer, that_fires_may_arm_itself)
{
	run(arm_periodic);
	T_STR(trace, "aaa");
}
