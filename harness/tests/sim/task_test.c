/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the executive keeps about its tasks: names and reasons, stacks, counts,
 * and what one sim_run() leaves for the next.
 */
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"
#include "tests/test.h"

static struct sim_task *first;
static char trace[64];

static void
note(const char *word)
{
	strncat(trace, word, sizeof(trace) - strlen(trace) - 1);
}

static void
begin(const struct sim_config *config)
{
	trace[0] = '\0';
	sim_init(config);
}

static struct sim_task *
task(enum sim_side side, sim_fn *fn)
{
	return (sim_task_create(&(struct sim_task_options) {
	    .name = "task",
	    .side = side,
	    .fn = fn,
	}));
}

static void
wait_twice(void *arg)
{
	(void)arg;
	T_TRUE(sim_block("soon", sim_now() + 50));
	/* That deadline is over: nothing but the second wake ends this. */
	T_TRUE(sim_block("later", SIM_NEVER));
	T_EQ(sim_now(), 110);
	note("w");
}

static void
wake_early(void *arg)
{
	(void)arg;
	(void)sim_block("a moment", 10);
	sim_wake(first);
	(void)sim_block("a while", 110);
	sim_wake(first);
}

TEST(task, woken_early_forgets_its_deadline)
{
	begin(&(struct sim_config) { 0 });
	first = task(SIM_GUEST, wait_twice);
	task(SIM_GUEST, wake_early);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "w");
	sim_fini();
}

static void
yield_100(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		sim_yield();
	sim_leave();
}

TEST(task, steps_are_counted_for_each_run)
{
	begin(&(struct sim_config) { .max_steps = 150 });
	for (int i = 0; i < 3; i++) {
		task(SIM_GUEST, yield_100);
		T_EQ(sim_run(), SIM_END_LEFT);
	}
	sim_fini();
}

static void
leave(void *arg)
{
	(void)arg;
	sim_leave();
}

static void
look_around(void *arg)
{
	(void)arg;
	note("d");
	sim_yield();
	note("d");
}

static void
idle(void *arg)
{
	(void)arg;
	note("i");
}

TEST(task, guest_that_has_left_is_not_running)
{
	begin(&(struct sim_config) { .guest_idle = idle });
	task(SIM_GUEST, leave);
	T_EQ(sim_run(), SIM_END_LEFT);
	task(SIM_DEVICE, look_around);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "idd");
	sim_fini();
}

static void
wait_and_spin(void *arg)
{
	(void)arg;
	(void)sim_block("over soon", sim_now() + 1);
	for (;;)
		sim_yield();
}

static void
tell_why(struct sim_task *t, const char *why, void *arg)
{
	(void)arg;
	T_STR(sim_task_name(t), "task");
	note(why != NULL ? why : "-");
}

TEST(task, runnable_one_waits_for_nothing)
{
	begin(&(struct sim_config) { .max_steps = 20 });
	task(SIM_GUEST, wait_and_spin);
	T_EQ(sim_run(), SIM_END_STEPS);
	sim_task_foreach(tell_why, NULL);
	T_STR(trace, "-");
	sim_fini();
}

static void
end_at_once(void *arg)
{
	(void)arg;
}

static void
list(void *arg)
{
	(void)arg;
	sim_task_foreach(tell_why, NULL);
	note(".");
}

TEST(task, finished_one_is_not_listed)
{
	/* Asked between the end of the task and the next switch. */
	begin(&(struct sim_config) { .guest_idle = list });
	task(SIM_GUEST, end_at_once);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, ".");
	sim_fini();
}

static unsigned
mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned n = 0;
	int c;

	T_REQUIRE(f != NULL);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return (n);
}

TEST(task, stacks_are_given_back)
{
	struct sim_stats stats;
	unsigned before;

	begin(&(struct sim_config) { 0 });
	for (int i = 0; i < 100; i++)
		task(SIM_GUEST, end_at_once);
	before = mappings();
	sim_stats(&stats);
	T_EQ(stats.tasks, 100);
	T_EQ(sim_run(), SIM_END_QUIET);
	/* Each had a stack and a guard page; allocators may map something. */
	T_TRUE(mappings() + 100 < before);
	sim_stats(&stats);
	T_EQ(stats.tasks, 0);
	sim_fini();
}

/* What needs an aligned stack: the ABI lets a compiler assume one. */
static void
check_alignment(void *arg)
{
	_Alignas(16) volatile char here[16];

	here[0] = 1;
	T_EQ((uintptr_t)&here % 16, 0);
	T_EQ(((uintptr_t)__builtin_frame_address(0)) % 16, 0);
	*(bool *)arg = here[0] == 1;
}

TEST(task, stacks_are_aligned_whatever_their_size)
{
	static char stack[3][SIM_STACK_SIZE];
	bool ran[3] = { false };

	begin(&(struct sim_config) { 0 });
	for (unsigned i = 0; i < 3; i++)
		sim_task_create(&(struct sim_task_options) {
		    .name = "odd",
		    .fn = check_alignment,
		    .arg = &ran[i],
		    .stack = stack[i],
		    .stack_size = sizeof(stack[i]) - 1 - 8 * (size_t)i,
		});
	T_EQ(sim_run(), SIM_END_QUIET);
	T_TRUE(ran[0] && ran[1] && ran[2]);
	sim_fini();
}

static void
mark(void *arg)
{
	(void)arg;
	note("!");
}

TEST(task, stop_from_outside_holds)
{
	begin(&(struct sim_config) { 0 });
	task(SIM_GUEST, mark);
	sim_stop();
	T_EQ(sim_run(), SIM_END_STOPPED);
	T_STR(trace, "");
	sim_fini();
}

static void
own_local(void *arg)
{
	T_TRUE(sim_self_local() == arg);
	T_TRUE(sim_task_local(sim_self()) == arg);
	sim_yield();
	T_TRUE(sim_self_local() == arg);
}

TEST(task, has_its_own_local)
{
	static char locals[2];

	begin(&(struct sim_config) { 0 });
	for (unsigned i = 0; i < 2; i++)
		sim_task_create(&(struct sim_task_options) {
		    .name = "local",
		    .fn = own_local,
		    .arg = &locals[i],
		    .local = &locals[i],
		});
	T_EQ(sim_run(), SIM_END_QUIET);
	T_TRUE(sim_self_local() == NULL);
	T_TRUE(sim_self() == NULL);
	sim_fini();
}

static void
wake_and_go_on(void *arg)
{
	(void)arg;
	sim_wake(first);
	note("1");
	sim_yield();
	note("3");
}

static void
wait_for_one(void *arg)
{
	(void)arg;
	T_TRUE(sim_block("one", SIM_NEVER));
	note("2");
}

TEST(task, wake_does_not_switch)
{
	begin(&(struct sim_config) { 0 });
	first = task(SIM_DEVICE, wait_for_one);
	T_EQ(sim_task_side(first), SIM_DEVICE);
	task(SIM_GUEST, wake_and_go_on);
	T_EQ(sim_run(), SIM_END_QUIET);
	T_STR(trace, "123");
	sim_fini();
}
