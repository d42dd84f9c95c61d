/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The executive: order, time, wake-ups, ends.
 */
#include <string.h>

#include "sim/sim.h"
#include "tests/test.h"

static char trace[64];
static size_t traced;
static struct sim_task *tasks[4];

static void
note(char c)
{
	if (traced + 1 < sizeof(trace))
		trace[traced++] = c;
	trace[traced] = '\0';
}

static void
begin(const struct sim_config *config)
{
	traced = 0;
	trace[0] = '\0';
	sim_init(config);
}

static struct sim_task *
task(const char *name, sim_fn *fn, void *arg)
{
	return (sim_task_create(&(struct sim_task_options) {
	    .name = name,
	    .fn = fn,
	    .arg = arg,
	}));
}

static void
three_times(void *arg)
{
	const char *name = arg;

	for (int i = 0; i < 3; i++) {
		note(name[0]);
		sim_yield();
	}
}

TEST(sim, yields_go_round)
{
	begin(&(struct sim_config) { 0 });
	task("a", three_times, (void *)"a");
	task("b", three_times, (void *)"b");
	task("c", three_times, (void *)"c");
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "abcabcabc");
	sim_fini();
}

static void
sleep_until(void *arg)
{
	sim_time until = *(sim_time *)arg;

	T_FALSE(sim_block("test", until));
	T_EQ(sim_now(), until);
	note((char)('0' + until / 10));
}

TEST(sim, time_moves_to_the_next_sleeper)
{
	sim_time times[] = { 30, 10, 20 };

	begin(&(struct sim_config) { 0 });
	for (int i = 0; i < 3; i++)
		task("sleeper", sleep_until, &times[i]);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "123");
	T_EQ(sim_now(), 30);
	sim_fini();
}

static void
wait_for_wake(void *arg)
{
	(void)arg;
	note(sim_block("wake", SIM_NEVER) ? 'w' : 't');
	note(sim_block("again", sim_now() + 100) ? 'w' : 't');
}

static void
wake_first(void *arg)
{
	(void)arg;
	sim_wake(tasks[0]);
	sim_wake(tasks[0]); /* not blocked: nothing */
}

TEST(sim, block_tells_wake_from_timeout)
{
	begin(&(struct sim_config) { 0 });
	tasks[0] = task("waiter", wait_for_wake, NULL);
	task("waker", wake_first, NULL);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "wt");
	T_EQ(sim_now(), 100);
	sim_fini();
}

static void
block_for_ever(void *arg)
{
	(void)arg;
	sim_block("nobody comes", SIM_NEVER);
	note('!');
}

static void
count_blocked(struct sim_task *t, const char *why, void *arg)
{
	int *count = arg;

	T_STR(sim_task_name(t), "stuck");
	T_STR(why, "nobody comes");
	++*count;
}

TEST(sim, quiet_names_who_is_blocked)
{
	int count = 0;

	begin(&(struct sim_config) { 0 });
	task("stuck", block_for_ever, NULL);
	T_EQ(sim_run(), SIM_END_QUIET);
	sim_task_foreach(count_blocked, &count);
	T_EQ(count, 1);
	T_STR(trace, "");
	sim_fini();
}

static void
stop_now(void *arg)
{
	(void)arg;
	note('s');
	sim_stop();
	note('!');
}

TEST(sim, stop_ends_everything)
{
	begin(&(struct sim_config) { 0 });
	task("stopper", stop_now, NULL);
	task("other", three_times, (void *)"o");
	T_EQ(sim_run(), SIM_END_STOPPED);
	T_STR(trace, "s");
	T_EQ(sim_run(), SIM_END_STOPPED);
	T_STR(trace, "s");
	sim_fini();
}

static void
leave_now(void *arg)
{
	(void)arg;
	note('l');
	sim_leave();
}

TEST(sim, leave_lets_others_go_on_later)
{
	begin(&(struct sim_config) { 0 });
	task("leaver", leave_now, NULL);
	task("other", three_times, (void *)"o");
	T_EQ(sim_run(), SIM_END_LEFT);
	T_STR(trace, "l");
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "looo");
	sim_fini();
}

static void
yield_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		sim_yield();
}

TEST(sim, steps_are_bounded)
{
	struct sim_stats stats;

	begin(&(struct sim_config) { .max_steps = 1000 });
	task("a", yield_for_ever, NULL);
	task("b", yield_for_ever, NULL);
	T_EQ(sim_run(), SIM_END_STEPS);
	sim_stats(&stats);
	T_EQ(stats.tasks, 2);
	/* Into the first task, 999 changes of task, and back to the host. */
	T_EQ(stats.switches, 1001);
	sim_fini();
}

static struct sim_timer timers[3];

static void
fire(void *arg)
{
	const char *name = arg;

	note(name[0]);
}

static void
arm_timers(void *arg)
{
	(void)arg;
	sim_timer_arm(&timers[0], 50, fire, (void *)"a");
	sim_timer_arm(&timers[1], 20, fire, (void *)"b");
	sim_timer_arm(&timers[2], 20, fire, (void *)"c");
	sim_timer_arm(&timers[0], 10, fire,
	    (void *)"A"); /* again: only the last */
	T_TRUE(sim_timer_disarm(&timers[2]));
	T_FALSE(sim_timer_disarm(&timers[2]));
}

TEST(sim, timers_fire_once_in_order)
{
	memset(timers, 0, sizeof(timers));
	begin(&(struct sim_config) { 0 });
	task("armer", arm_timers, NULL);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "Ab");
	T_EQ(sim_now(), 20);
	sim_fini();
}

static struct sim_timer many[300];
static uint64_t last_fired;
static unsigned fired;

static void
fire_many(void *arg)
{
	struct sim_timer *timer = arg;

	T_TRUE(timer->when >= last_fired);
	last_fired = timer->when;
	fired++;
}

static void
arm_many(void *arg)
{
	uint32_t x = 12345;

	(void)arg;
	for (unsigned i = 0; i < 300; i++) {
		x = x * 1664525 + 1013904223;
		sim_timer_arm(&many[i], 1 + (x >> 20), fire_many, &many[i]);
	}
	for (unsigned i = 0; i < 300; i += 3)
		T_TRUE(sim_timer_disarm(&many[i]));
}

TEST(sim, timer_heap_keeps_order_after_removals)
{
	memset(many, 0, sizeof(many));
	last_fired = 0;
	fired = 0;
	begin(&(struct sim_config) { 0 });
	task("armer", arm_many, NULL);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_EQ(fired, 200);
	sim_fini();
}

static void
released(void *arg)
{
	const char *name = arg;

	note(name[0]);
}

static void
end_at_once(void *arg)
{
	(void)arg;
}

TEST(sim, release_comes_at_the_end_or_with_fini)
{
	begin(&(struct sim_config) { 0 });
	sim_task_create(&(struct sim_task_options) {
	    .name = "ends",
	    .fn = end_at_once,
	    .release = released,
	    .local = (void *)"e",
	});
	sim_task_create(&(struct sim_task_options) {
	    .name = "stays",
	    .fn = block_for_ever,
	    .release = released,
	    .local = (void *)"s",
	});
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "e");
	sim_fini();
	T_STR(trace, "es");
}

static void
guest_is_idle(void *arg)
{
	(void)arg;
	note('i');
}

static void
device_side(void *arg)
{
	(void)arg;
	note('d');
	sim_wake(tasks[0]);
	sim_yield();
}

static void
guest_side(void *arg)
{
	(void)arg;
	note('g');
	sim_block("device", SIM_NEVER);
	note('g');
	sim_delay(5); /* busy: not idle */
}

TEST(sim, idle_is_counted_once_when_no_guest_can_run)
{
	struct sim_stats stats;

	begin(&(struct sim_config) { .guest_idle = guest_is_idle });
	tasks[0] = sim_task_create(&(struct sim_task_options) {
	    .name = "guest",
	    .side = SIM_GUEST,
	    .fn = guest_side,
	});
	sim_task_create(&(struct sim_task_options) {
	    .name = "device",
	    .side = SIM_DEVICE,
	    .fn = device_side,
	});
	T_EQ(sim_run(), SIM_END_QUIET);
	/* Idle while only the device runs, and at the end. */
	T_STR(trace, "gidgi");
	sim_stats(&stats);
	T_EQ(stats.idle, 2);
	sim_fini();
}

static void
check_registers(void *arg)
{
	double d = *(double *)arg;
	uint64_t a = 1, b = 2, c = 3, e = 5, f = 6, g = 7;

	for (int i = 0; i < 1000; i++) {
		a += b;
		b ^= c;
		c += e;
		e ^= f;
		f += g;
		g ^= a;
		d = d * 1.5 + 1;
		if (d > 1e6)
			d /= 1e6;
		sim_yield();
	}
	*(double *)arg = d + (double)((a ^ b ^ c ^ e ^ f ^ g) & 0xffff);
}

TEST(sim, registers_survive_switches)
{
	double alone = 2, first = 2, second = 2;

	begin(&(struct sim_config) { 0 });
	task("alone", check_registers, &alone);
	sim_run();
	task("first", check_registers, &first);
	task("second", check_registers, &second);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_TRUE(first == alone);
	T_TRUE(second == alone);
	sim_fini();
}
