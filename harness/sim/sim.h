/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The executive: who runs next and what time it is.
 *
 * Everything that happens in the bench is a task: kernel threads, interrupt
 * threads, taskqueues, and the device's own work.  In the simulated mode they
 * are fibers on one thread; time is virtual and moves only when every task
 * is blocked; and the order is a pure function of the configuration, so a
 * run can be repeated.  Tasks are switched only inside the calls below.
 *
 * There is one executive a process, used by one thread at a time.  Usable
 * from kernel-side and host-side files alike.
 */
#ifndef RINGSIDE_SIM_SIM_H
#define RINGSIDE_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_task;

typedef void sim_fn(void *arg);

/* Virtual time: nanoseconds since sim_init(). */
typedef uint64_t sim_time;
#define SIM_NEVER UINT64_MAX

/*
 * Which half of the world a task belongs to.  When no guest task can run,
 * the guest's processor halts: the machine counts that.
 */
enum sim_side {
	SIM_GUEST,  /* runs kernel and driver code */
	SIM_DEVICE, /* runs the device model */
};

/* The kinds of places where another task may be let in. */
enum sim_point {
	SIM_POINT_LOCK,	    /* before a lock is taken or after it is let go */
	SIM_POINT_WAKE,	    /* after a task was made runnable */
	SIM_POINT_BARRIER,  /* memory barrier or atomic operation */
	SIM_POINT_REGISTER, /* before a register or configuration access */
	SIM_POINT_RING,	    /* before the device reads or writes a ring */
	SIM_POINT_COUNT
};

/* Why sim_run() came back. */
enum sim_end {
	SIM_END_LEFT,	 /* a task called sim_leave() */
	SIM_END_QUIET,	 /* every task is blocked, no timer is armed */
	SIM_END_STOPPED, /* a task called sim_stop() */
	SIM_END_STEPS,	 /* the bound on scheduling steps was reached */
};

struct sim_config {
	/* The seed of all that may vary; the round-robin policy ignores it. */
	uint64_t seed;
	/*
	 * Scheduling steps from one sim_progress() (or the start of a
	 * sim_run()) to the next; 0: no bound.
	 */
	uint64_t max_steps;
	/*
	 * Processor time, in nanoseconds, that one task may use between two
	 * calls into the executive; then it is diverted like one with a fault
	 * (see sim_on_trap()).  A net to fall into: no result may depend on
	 * it.  0: none.
	 */
	uint64_t watchdog;
	/* Called when the last runnable guest task has blocked, or NULL. */
	sim_fn *guest_idle;
	void *guest_idle_arg;
};

/* Only one executive at a time: init after fini may be repeated at will. */
void sim_init(const struct sim_config *config);
/* Forgets all tasks, finished or not, and calls their `release`. */
void sim_fini(void);

/*
 * Runs tasks until one of the ends above.  Called from outside any task.
 * May be called again after QUIET (a task was created or woken since).
 */
enum sim_end sim_run(void);
/*
 * Ends sim_run().  From inside a task it does not return, and no task runs
 * again before sim_fini().
 */
void sim_stop(void);
/*
 * What the run is for has come a step further: the bound on steps begins
 * anew.
 */
void sim_progress(void);

/*
 * --- tasks ---
 */

struct sim_task_options {
	const char *name; /* copied, cut at 31 characters */
	enum sim_side side;
	sim_fn *fn;
	void *arg;
	/* Stack memory, or NULL: the executive allocates `stack_size`. */
	void *stack;
	size_t stack_size; /* 0: SIM_STACK_SIZE */
	/* Called with `local` when the task's stack is no longer in use. */
	sim_fn *release;
	void *local; /* see sim_self_local() */
};

/* Enough for a deep call chain, and for the larger frames of ASan. */
#if defined(__SANITIZE_ADDRESS__)
#define SIM_STACK_SIZE (256 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_STACK_SIZE (256 * 1024)
#endif
#endif
#ifndef SIM_STACK_SIZE
#define SIM_STACK_SIZE (64 * 1024)
#endif

/*
 * Creates a runnable task; it is freed when `fn` returns.  Allowed inside
 * and outside of tasks.
 */
struct sim_task *sim_task_create(const struct sim_task_options *options);

/* The running task, or NULL outside of sim_run(). */
struct sim_task *sim_self(void);
/* Ends the running task without returning from its function. */
void sim_exit(void) __attribute__((noreturn));
/* The same, and ends sim_run(): the others go on with the next one. */
void sim_leave(void) __attribute__((noreturn));

const char *sim_task_name(const struct sim_task *task);
enum sim_side sim_task_side(const struct sim_task *task);
void *sim_task_local(const struct sim_task *task);

/*
 * `local` of the running task, NULL outside.  The kernel keeps its struct
 * thread there.
 */
extern _Thread_local void *sim_current_local;
static inline void *
sim_self_local(void)
{
	return (sim_current_local);
}

/*
 * Blocks the running task until sim_wake(), or until virtual time `until`.
 * Returns true when woken, false when the time came.  `why` is shown to
 * whoever asks what hangs ("mtx vioblk0"); it is not copied.
 *
 * A task is woken only by a wake that comes after it has blocked: callers
 * hold their condition in a variable and test it in a loop.  As tasks change
 * only inside these calls, a test followed by a block has no window.
 */
bool sim_block(const char *why, sim_time until);
/* Makes a blocked task runnable; nothing happens when it is not blocked. */
void sim_wake(struct sim_task *task);
/* Lets every other runnable task go first. */
void sim_yield(void);
/*
 * From here on until it says false, the calling task is the only one of its
 * side that runs, whatever it waits for; the other side goes on.  For a
 * kernel that has stopped its scheduler and polls.
 */
void sim_alone(bool alone);
/*
 * Spends `duration` of virtual time busily: others run meanwhile, but a guest
 * task that delays does not count as idle.
 */
void sim_delay(sim_time duration);

/* Calls `fn` for each task that has not finished, in order of creation. */
void sim_task_foreach(void (*fn)(struct sim_task *, const char *why, void *arg),
    void *arg);

enum sim_state {
	SIM_RUNNING,  /* runs, or did when somebody called sim_stop() */
	SIM_RUNNABLE, /* would run if others did not */
	SIM_WAITING,  /* in sim_block() */
};

struct sim_task_info {
	enum sim_state state;
	const char *why; /* WAITING: of sim_block() */
	sim_time until;	 /* WAITING: or SIM_NEVER */
};
void sim_task_info(const struct sim_task *task, struct sim_task_info *info);
/*
 * The return addresses on the task's stack, innermost first, at most `max`;
 * returns their number.  Of the running task: from the caller on; of one that
 * a trap has ended: from there.
 */
unsigned sim_task_backtrace(const struct sim_task *task, void **pcs,
    unsigned max);

/*
 * Who is told when a guest task has a fault, or when a task never comes back
 * (sim_config.watchdog); NULL: nobody, and faults are the host's business.
 * `fn` runs in the task's place, on another stack, and ends with sim_stop().
 */
struct host_trap;
void sim_on_trap(void (*fn)(const struct host_trap *trap));

/*
 * A scheduling point: here the policy may let another task in.  Costs a load
 * and a branch when the policy (round-robin) never does.
 */
extern _Thread_local bool sim_preemptive;
void sim_point_slow(enum sim_point point);
static inline void
sim_point(enum sim_point point)
{
	if (__builtin_expect(sim_preemptive, 0))
		sim_point_slow(point);
}

/*
 * --- time ---
 */

sim_time sim_now(void);
/* Called after virtual time has moved (NULL: nobody). */
void sim_on_time(sim_fn *fn, void *arg);

/*
 * A timer calls `fn` once, between two tasks (so it must not block), when
 * virtual time has reached `when`.  The caller owns the structure, which must
 * be zeroed before first use and outlive the armed timer.
 */
struct sim_timer {
	sim_time when;
	sim_fn *fn;
	void *arg;
	uint64_t order; /* private: breaks ties by arming order */
	size_t index;	/* private: place in the heap, 1-based */
};

/* (Re-)arms.  A time in the past is due at the next switch. */
void sim_timer_arm(struct sim_timer *timer, sim_time when, sim_fn *fn,
    void *arg);
/* Returns true when the timer was armed and now will not fire. */
bool sim_timer_disarm(struct sim_timer *timer);

/* Figures of the run so far. */
struct sim_stats {
	uint64_t switches; /* tasks switched to */
	uint64_t steps;	   /* choices made, and steps of time */
	uint64_t idle;	   /* times that no guest task could run */
	uint64_t tasks;	   /* tasks alive now */
};
void sim_stats(struct sim_stats *stats);

#endif /* !RINGSIDE_SIM_SIM_H */
