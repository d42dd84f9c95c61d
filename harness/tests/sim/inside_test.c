/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Looking into the executive: what tasks do and where, bounds on progress,
 * and tasks that have a fault or never come back.
 */
#include <stdio.h>
#include <string.h>

#include "host/host.h"
#include "host/trap.h"
#include "sim/sim.h"
#include "tests/test.h"

/* Global, so that backtraces know their names. */
void inside_outer(void *arg);
void inside_inner(void *arg);
void inside_fault(void *arg);
void inside_spin(void *arg);

static struct sim_task *
task(const char *name, sim_fn *fn, void *arg)
{
	return (sim_task_create(&(struct sim_task_options) {
	    .name = name,
	    .fn = fn,
	    .arg = arg,
	}));
}

static const char *
backtrace_of(const struct sim_task *t)
{
	static char text[4096];
	void *pcs[32];

	host_backtrace_format(pcs, sim_task_backtrace(t, pcs, 32), text,
	    sizeof(text));
	return (text);
}

/* So that neither calls become jumps nor functions vanish. */
#define KEEP() __asm__ volatile("" ::: "memory")

void __attribute__((noinline)) inside_inner(void *arg)
{
	(void)sim_block(arg, SIM_NEVER);
	KEEP();
}

void __attribute__((noinline)) inside_outer(void *arg)
{
	inside_inner(arg);
	KEEP();
}

static void
look(void *arg)
{
	struct sim_task **tasks = arg;
	struct sim_task_info info;

	sim_task_info(tasks[0], &info);
	T_EQ(info.state, SIM_WAITING);
	T_STR(info.why, "first");
	T_EQ(info.until, SIM_NEVER);
	sim_task_info(tasks[1], &info);
	T_EQ(info.state, SIM_WAITING);
	T_EQ(info.until, 1000);
	sim_task_info(tasks[2], &info);
	T_EQ(info.state, SIM_RUNNABLE);
	T_TRUE(info.why == NULL);
	sim_task_info(sim_self(), &info);
	T_EQ(info.state, SIM_RUNNING);
}

static void
wait_a_while(void *arg)
{
	(void)arg;
	(void)sim_block("second", 1000);
}

static void
yield_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++)
		sim_yield();
}

TEST(inside, tasks_have_states)
{
	struct sim_task *tasks[3];

	sim_init(&(struct sim_config) { 0 });
	tasks[0] = task("first", inside_outer, (void *)"first");
	tasks[1] = task("second", wait_a_while, NULL);
	tasks[2] = task("third", yield_often, NULL);
	task("look", look, tasks);
	T_EQ(sim_run(), SIM_END_QUIET);
	sim_fini();
}

TEST(inside, a_waiting_task_has_a_backtrace)
{
	struct sim_task *t;
	const char *text, *inner, *outer;
	void *pcs[32];

	sim_init(&(struct sim_config) { 0 });
	t = task("waits", inside_outer, (void *)"why");
	T_EQ(sim_run(), SIM_END_QUIET);
	text = backtrace_of(t);
	T_HAS(text, "sim_block+0x");
	inner = strstr(text, "inside_inner+0x");
	outer = strstr(text, "inside_outer+0x");
	T_TRUE(inner != NULL && outer != NULL && inner < outer);
	/* As many as there is room for. */
	T_EQ(sim_task_backtrace(t, pcs, 2), 2);
	T_EQ(sim_task_backtrace(t, pcs, 0), 0);
	sim_fini();
}

static void __attribute__((noinline)) look_at_self(void *arg)
{
	(void)arg;
	T_HAS(backtrace_of(sim_self()), "inside_spin+0x");
}

static bool spin_for_ever;

void __attribute__((noinline)) inside_spin(void *arg)
{
	volatile bool *more = &spin_for_ever;

	while (*more)
		;
	look_at_self(arg);
	KEEP();
}

TEST(inside, the_running_task_has_a_backtrace)
{
	spin_for_ever = false;
	sim_init(&(struct sim_config) { 0 });
	task("runs", inside_spin, NULL);
	T_EQ(sim_run(), SIM_END_QUIET);
	sim_fini();
}

/* Overwrites a frame record, as a buffer that overflows would. */
static void __attribute__((noinline)) smash(void *arg)
{
	uintptr_t *record = __builtin_frame_address(0);

	record[0] = *(uintptr_t *)arg;
	if (record[0] == 0)
		record[0] = (uintptr_t)record; /* round and round */
	(void)sim_block("smashed", SIM_NEVER);
	KEEP();
}

TEST(inside, a_smashed_stack_is_not_followed)
{
	static uintptr_t bad[] = { 0, 8, 0x8000deadbeef0000, UINTPTR_MAX,
		UINTPTR_MAX - 7 };
	struct sim_task *t;
	void *pcs[32];
	unsigned n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sim_init(&(struct sim_config) { 0 });
		t = task("smashed", smash, &bad[i]);
		T_EQ(sim_run(), SIM_END_QUIET);
		/* The executive's own frames and the task's, no more. */
		n = sim_task_backtrace(t, pcs, 32);
		T_TRUE(n >= 2 && n <= 6);
		sim_fini();
	}
}

TEST(inside, a_new_task_stands_at_its_beginning)
{
	void *pcs[32];

	sim_init(&(struct sim_config) { 0 });
	T_EQ(sim_task_backtrace(task("new", smash, NULL), pcs, 32), 1);
	sim_fini();
}

static void
progress_slowly(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		sim_yield();
		if (i % 50 == 0 && arg != NULL)
			sim_progress();
	}
}

TEST(inside, progress_renews_the_bound)
{
	sim_init(&(struct sim_config) { .max_steps = 100 });
	task("a", progress_slowly, (void *)"yes");
	T_EQ(sim_run(), SIM_END_QUIET);
	task("a", progress_slowly, NULL);
	T_EQ(sim_run(), SIM_END_STEPS);
	sim_fini();
}

static void
wind_up(void *arg)
{
	sim_timer_arm(arg, sim_now() + 10, wind_up, arg);
}

TEST(inside, timers_alone_are_no_progress)
{
	struct sim_timer timer = { 0 };

	sim_init(&(struct sim_config) { .max_steps = 100 });
	wind_up(&timer);
	T_EQ(sim_run(), SIM_END_STEPS);
	T_TRUE(sim_now() <= 1000);
	sim_timer_disarm(&timer);
	sim_fini();
}

/*
 * --- traps ---
 */

static struct host_trap trapped;
static char where[4096];

static void
on_trap(const struct host_trap *trap)
{
	trapped = *trap;
	snprintf(where, sizeof(where), "%s", backtrace_of(sim_self()));
	sim_stop();
}

void __attribute__((noinline, no_sanitize("undefined"))) inside_fault(void *arg)
{
	*(volatile int *)arg = 1;
	KEEP();
}

TEST(inside, a_fault_ends_the_run)
{
	struct sim_task *t;

	/* Twice: what the first has left behind must not matter. */
	for (uintptr_t i = 1; i <= 2; i++) {
		sim_init(&(struct sim_config) { 0 });
		sim_on_trap(on_trap);
		t = task("fault", inside_fault, (void *)(i * 64));
		T_EQ(sim_run(), SIM_END_STOPPED);
		T_EQ(trapped.kind, HOST_TRAP_PAGE);
		T_EQ(trapped.address, i * 64);
		T_HAS(where, "#0 inside_fault+0x");
		/* And stays where it was, for those who ask later. */
		T_STR(backtrace_of(t), where);
		T_EQ(sim_run(), SIM_END_STOPPED);
		sim_fini();
	}
}

/* How long that takes on this host has no influence on what comes out. */
TEST(inside, who_never_comes_back_is_diverted)
{
	spin_for_ever = true;
	sim_init(&(struct sim_config) { .watchdog = 100000000 });
	sim_on_trap(on_trap);
	task("other", inside_outer, (void *)"why");
	task("spins", inside_spin, NULL);
	T_EQ(sim_run(), SIM_END_STOPPED);
	T_EQ(trapped.kind, HOST_TRAP_TIME);
	T_HAS(where, "#0 inside_spin+0x");
	sim_fini();
}
