/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The executive, simulated: fibers on one thread, virtual time, and a policy
 * that chooses among the runnable tasks.  The policy here is round-robin:
 * first made runnable, first to run, and never a switch that nobody asked
 * for.  A task that stops chooses its successor and switches to it directly,
 * so a hand-over costs one switch.
 */
#include <sys/queue.h>

#include <string.h>

#include "host/host.h"
#include "host/trap.h"
#include "sim/fiber.h"
#include "sim/sim.h"
#include "sim/timer.h"

/* Times that the watchdog must find the same task where it was. */
#define WATCHDOG_BITES 4

enum task_state {
	TASK_RUNNABLE, /* in the run queue, or running */
	TASK_BLOCKED,
	TASK_FINISHED,
};

struct sim_task {
	struct fiber fiber;
	TAILQ_ENTRY(sim_task) run;  /* run queue */
	TAILQ_ENTRY(sim_task) link; /* all tasks, by creation */
	enum task_state state;
	enum sim_side side;
	bool own_stack;
	bool woken;
	bool busy;	 /* spends time rather than waiting */
	const char *why; /* while blocked */
	struct sim_timer timer;
	sim_fn *fn;
	void *arg;
	sim_fn *release;
	void *local;
	void *stack;
	size_t stack_size;
	char name[32];
};

TAILQ_HEAD(task_list, sim_task);

static struct {
	bool up;
	struct sim_config config;
	struct fiber host;
	struct task_list all;
	struct task_list runnable;
	struct sim_task *current;
	struct sim_task *stopper;  /* who called sim_stop() */
	struct sim_task *finished; /* to be freed by whoever runs next */
	unsigned guests; /* runnable guest tasks, the running one included */
	bool idle;	 /* the guest's processor has halted */
	bool stopped;
	bool choosing; /* timers are firing, between two tasks */
	enum sim_end end;
	uint64_t steps; /* since the last progress */
	uint64_t bites; /* of the watchdog, with nothing else in between */
	uint64_t steps_seen;
	void (*trap)(const struct host_trap *);
	sim_time now;
	struct sim_task *alone; /* nobody else of its side runs, or NULL */
	struct timer_heap timers;
	sim_fn *on_time;
	void *on_time_arg;
	struct sim_stats stats;
} sim;

_Thread_local void *sim_current_local;
_Thread_local bool sim_preemptive;

void
sim_init(const struct sim_config *config)
{
	HOST_ASSERT(!sim.up);
	memset(&sim, 0, sizeof(sim));
	sim.config = *config;
	TAILQ_INIT(&sim.all);
	TAILQ_INIT(&sim.runnable);
	fiber_init_host(&sim.host);
	sim_preemptive = false; /* round-robin never preempts */
	sim.up = true;
	if (config->watchdog != 0)
		host_watchdog(config->watchdog / WATCHDOG_BITES);
}

static void
task_free(struct sim_task *task)
{
	if (sim.stopper == task)
		sim.stopper = NULL;
	TAILQ_REMOVE(&sim.all, task, link);
	if (task->timer.index != 0)
		timer_heap_remove(&sim.timers, &task->timer);
	fiber_fini(&task->fiber);
	if (task->own_stack)
		host_stack_free(task->stack, task->stack_size);
	if (task->release != NULL)
		task->release(task->local);
	sim.stats.tasks--;
	host_free(task);
}

void
sim_fini(void)
{
	struct sim_task *task;

	HOST_ASSERT(sim.up && sim.current == NULL);
	sim_on_trap(NULL);
	if (sim.config.watchdog != 0)
		host_watchdog(0);
	while ((task = TAILQ_FIRST(&sim.all)) != NULL)
		task_free(task);
	timer_heap_fini(&sim.timers);
	fiber_fini(&sim.host);
	sim.up = false;
}

/*
 * --- switching ---
 */

static void
make_runnable(struct sim_task *task)
{
	task->state = TASK_RUNNABLE;
	TAILQ_INSERT_TAIL(&sim.runnable, task, run);
	if (task->side == SIM_GUEST && !task->busy) {
		sim.guests++;
		sim.idle = false;
	}
}

/* The running task has just blocked or finished. */
static void
not_runnable(struct sim_task *task)
{
	if (task->side == SIM_GUEST && !task->busy)
		sim.guests--;
}

static void
fire_timers(void)
{
	struct sim_timer *timer;

	while ((timer = timer_heap_pop(&sim.timers, sim.now)) != NULL)
		timer->fn(timer->arg);
}

static struct sim_task *
first_runnable(void)
{
	struct sim_task *task;

	TAILQ_FOREACH(task, &sim.runnable, run)
		if (sim.alone == NULL || task == sim.alone ||
		    task->side != sim.alone->side)
			break;
	return (task);
}

/*
 * The task to run next, or NULL when sim_run() is over.  Time moves only when
 * nothing can run at the present time.
 */
static struct sim_task *
choose(void)
{
	struct sim_task *task;
	sim_time next;

	for (;;) {
		if (sim.stopped)
			return (NULL);
		/* Timers that wind each other up are no progress either. */
		if (sim.config.max_steps != 0 &&
		    sim.steps >= sim.config.max_steps) {
			sim.end = SIM_END_STEPS;
			return (NULL);
		}
		sim.steps++;
		sim.stats.steps++;
		if (timer_heap_next(&sim.timers) <= sim.now) {
			sim.choosing = true;
			fire_timers();
			sim.choosing = false;
		}
		if (sim.guests == 0 && !sim.idle) {
			sim.idle = true;
			sim.stats.idle++;
			if (sim.config.guest_idle != NULL)
				sim.config.guest_idle(
				    sim.config.guest_idle_arg);
		}
		task = first_runnable();
		if (task != NULL)
			break;
		next = timer_heap_next(&sim.timers);
		if (next == SIM_NEVER) {
			sim.end = SIM_END_QUIET;
			return (NULL);
		}
		sim.now = next;
		if (sim.on_time != NULL)
			sim.on_time(sim.on_time_arg);
	}
	TAILQ_REMOVE(&sim.runnable, task, run);
	return (task);
}

/* After each switch, on the stack of whoever runs now. */
static void
landed(void)
{
	struct sim_task *task = sim.finished;

	if (task != NULL) {
		sim.finished = NULL;
		task_free(task);
	}
}

/* Leaves `from` (NULL: the host) for `to` (NULL: the host). */
static void
switch_to(struct sim_task *from, struct sim_task *to)
{
	if (from == to)
		return;
	sim.current = to;
	sim_current_local = to != NULL ? to->local : NULL;
	sim.stats.switches++;
	fiber_switch(from != NULL ? &from->fiber : &sim.host,
	    to != NULL ? &to->fiber : &sim.host,
	    from != NULL && from->state == TASK_FINISHED);
	landed();
}

enum sim_end
sim_run(void)
{
	struct sim_task *task;

	HOST_ASSERT(sim.up && sim.current == NULL);
	sim.steps = 0;
	sim.end = SIM_END_STOPPED;
	task = choose();
	if (task != NULL)
		switch_to(NULL, task);
	return (sim.end);
}

void
sim_stop(void)
{
	struct sim_task *self = sim.current;

	sim.stopped = true;
	sim.stopper = self;
	sim.end = SIM_END_STOPPED;
	if (self == NULL)
		return;
	switch_to(self, NULL);
	host_fatal("task %s ran after sim_stop()", self->name);
}

void
sim_progress(void)
{
	sim.steps = 0;
}

/*
 * --- traps ---
 */

/* In a signal's handler.  The device's faults are the bench's. */
static bool
claim(const struct host_trap *trap)
{
	if (sim.current == NULL || sim.stopped)
		return (false);
	if (trap->kind != HOST_TRAP_TIME)
		return (sim.current->side == SIM_GUEST);
	if (sim.steps_seen != sim.stats.steps) {
		sim.steps_seen = sim.stats.steps;
		sim.bites = 0;
		return (false);
	}
	return (++sim.bites >= WATCHDOG_BITES);
}

static void
diverted(const struct host_trap *trap, void *stack, size_t size)
{
	fiber_diverted(&sim.current->fiber, stack, size, trap->pc, trap->sp,
	    trap->fp);
	sim.trap(trap);
	host_fatal("a trap's handler went on");
}

void
sim_on_trap(void (*fn)(const struct host_trap *))
{
	static const struct host_trap_owner owner = {
		.claim = claim,
		.divert = diverted,
	};

	sim.trap = fn;
	host_trap_own(fn != NULL ? &owner : NULL);
}

/*
 * --- tasks ---
 */

static void
task_entry(void *arg)
{
	struct sim_task *task = arg;

	fiber_entered(&task->fiber);
	landed();
	task->fn(task->arg);
	sim_exit();
}

struct sim_task *
sim_task_create(const struct sim_task_options *options)
{
	struct sim_task *task;

	HOST_ASSERT(sim.up);
	task = host_alloc(sizeof(*task));
	strncpy(task->name, options->name, sizeof(task->name) - 1);
	task->side = options->side;
	task->fn = options->fn;
	task->arg = options->arg;
	task->release = options->release;
	task->local = options->local;
	task->stack = options->stack;
	task->stack_size = options->stack_size;
	if (task->stack_size == 0)
		task->stack_size = SIM_STACK_SIZE;
	if (task->stack == NULL) {
		task->stack = host_stack_alloc(task->stack_size);
		task->own_stack = true;
	}
	fiber_init(&task->fiber, task->stack, task->stack_size, task_entry,
	    task);
	TAILQ_INSERT_TAIL(&sim.all, task, link);
	sim.stats.tasks++;
	make_runnable(task);
	return (task);
}

struct sim_task *
sim_self(void)
{
	return (sim.current);
}

void
sim_exit(void)
{
	struct sim_task *self = sim.current;

	HOST_ASSERT(self != NULL);
	not_runnable(self);
	self->state = TASK_FINISHED;
	HOST_ASSERT(sim.finished == NULL);
	sim.finished = self;
	switch_to(self, choose());
	host_fatal("task %s ran after its end", self->name);
}

void
sim_leave(void)
{
	struct sim_task *self = sim.current;

	HOST_ASSERT(self != NULL);
	not_runnable(self);
	self->state = TASK_FINISHED;
	HOST_ASSERT(sim.finished == NULL);
	sim.finished = self;
	sim.end = SIM_END_LEFT;
	switch_to(self, NULL);
	host_fatal("task %s ran after its end", self->name);
}

const char *
sim_task_name(const struct sim_task *task)
{
	return (task->name);
}

enum sim_side
sim_task_side(const struct sim_task *task)
{
	return (task->side);
}

void *
sim_task_local(const struct sim_task *task)
{
	return (task->local);
}

static void
timed_out(void *arg)
{
	struct sim_task *task = arg;

	HOST_ASSERT(task->state == TASK_BLOCKED);
	make_runnable(task);
}

bool
sim_block(const char *why, sim_time until)
{
	struct sim_task *self = sim.current;

	HOST_ASSERT(self != NULL);
	self->why = why;
	self->woken = false;
	self->state = TASK_BLOCKED;
	not_runnable(self);
	if (until != SIM_NEVER)
		sim_timer_arm(&self->timer, until, timed_out, self);
	switch_to(self, choose());
	self->why = NULL;
	return (self->woken);
}

void
sim_wake(struct sim_task *task)
{
	if (task->state != TASK_BLOCKED)
		return;
	if (task->timer.index != 0)
		timer_heap_remove(&sim.timers, &task->timer);
	task->woken = true;
	make_runnable(task);
	sim_point(SIM_POINT_WAKE);
}

void
sim_yield(void)
{
	struct sim_task *self = sim.current;

	HOST_ASSERT(self != NULL);
	TAILQ_INSERT_TAIL(&sim.runnable, self, run);
	switch_to(self, choose());
}

void
sim_alone(bool alone)
{
	HOST_ASSERT(sim.current != NULL);
	HOST_ASSERT(sim.alone == (alone ? NULL : sim.current));
	sim.alone = alone ? sim.current : NULL;
}

void
sim_delay(sim_time duration)
{
	struct sim_task *self = sim.current;

	HOST_ASSERT(self != NULL);
	self->busy = true;
	(void)sim_block("busy", sim.now + duration);
	self->busy = false;
}

void
sim_task_foreach(void (*fn)(struct sim_task *, const char *, void *), void *arg)
{
	struct sim_task *task, *next;

	for (task = TAILQ_FIRST(&sim.all); task != NULL; task = next) {
		next = TAILQ_NEXT(task, link);
		if (task->state != TASK_FINISHED)
			fn(task, task->why, arg);
	}
}

void
sim_task_info(const struct sim_task *task, struct sim_task_info *info)
{
	*info = (struct sim_task_info) { .until = SIM_NEVER };
	if (task == sim.current || task == sim.stopper) {
		info->state = SIM_RUNNING;
	} else if (task->state != TASK_BLOCKED) {
		info->state = SIM_RUNNABLE;
	} else {
		info->state = SIM_WAITING;
		info->why = task->why;
		if (task->timer.index != 0)
			info->until = task->timer.when;
	}
}

unsigned __attribute__((noinline))
sim_task_backtrace(const struct sim_task *task, void **pcs, unsigned max)
{
	unsigned n;

	n = fiber_backtrace(&task->fiber, __builtin_frame_address(0), pcs, max);
	/* No tail call, or this frame would be gone. */
	__asm__ volatile("" ::: "memory");
	return (n);
}

void
sim_point_slow(enum sim_point point)
{
	/* Only a preemptive policy comes here, and it lets others go first. */
	(void)point;
	/* Not from a timer: whoever is current there is about to stop. */
	if (sim.current != NULL && !sim.choosing)
		sim_yield();
}

/*
 * --- time ---
 */

sim_time
sim_now(void)
{
	return (sim.now);
}

void
sim_on_time(sim_fn *fn, void *arg)
{
	sim.on_time = fn;
	sim.on_time_arg = arg;
}

void
sim_timer_arm(struct sim_timer *timer, sim_time when, sim_fn *fn, void *arg)
{
	if (timer->index != 0)
		timer_heap_remove(&sim.timers, timer);
	timer->when = when;
	timer->fn = fn;
	timer->arg = arg;
	timer_heap_insert(&sim.timers, timer);
}

bool
sim_timer_disarm(struct sim_timer *timer)
{
	if (timer->index == 0)
		return (false);
	timer_heap_remove(&sim.timers, timer);
	return (true);
}

void
sim_stats(struct sim_stats *stats)
{
	*stats = sim.stats;
}
