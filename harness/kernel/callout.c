/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * callout(9).
 *
 * A callout that is pending has an entry in the host's memory, with a timer
 * of the executive's and copies of what is to be called: a driver that frees
 * or overwrites its callout is told, and does not take the kernel along.
 * When the time has come the entry waits for one of two threads: softclock,
 * or the one that stands for the clock's interrupt (C_DIRECT_EXEC).
 *
 * Nothing here is locked: between looking and acting lies no point where the
 * executive could switch, except in the handlers and their locks.
 */
#include "kernel/kern.h"

#include <sys/callout.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/smp.h>

#define CALLOUT_MAGIC 0x0ca11007u
#define NS_A_SECOND   UINT64_C(1000000000)
#define BUCKETS	      64u

enum entry_state {
	ENTRY_TIMER,   /* its time has not come */
	ENTRY_EXPIRED, /* it waits for the thread */
};

struct callout_entry {
	LIST_ENTRY(callout_entry) link;	    /* its bucket, or the spare ones */
	STAILQ_ENTRY(callout_entry) expire; /* the thread's queue */
	enum entry_state state;
	struct callout *c;
	struct sim_timer timer;
	struct callout_cpu *cpu;
	callout_func_t *func;
	void *arg;
	struct lock_object *lock;
	int iflags;
	const void *device; /* that armed it, or NULL */
	char device_name[32];
};
LIST_HEAD(callout_bucket, callout_entry);

/* Somebody who drains; on the stack of that thread. */
struct callout_waiter {
	LIST_ENTRY(callout_waiter) link;
	struct sim_task *task;
	bool done;
};

/* A thread that runs callouts, and what it is at. */
struct callout_cpu {
	const char *name;
	struct thread *td;
	STAILQ_HEAD(, callout_entry) expired;
	LIST_HEAD(, callout_waiter) waiters; /* for `curr` to end */
	struct callout *curr;
	callout_func_t *func;  /* of curr */
	callout_func_t *drain; /* called after it */
	bool cancel;	       /* curr is called off, or it is too late */
	bool idle;
	bool dying;
};

static struct {
	struct callout_bucket buckets[BUCKETS];
	struct callout_bucket spare;
	u_int pending;
	struct callout_cpu soft;
	struct callout_cpu direct;
} co;

/*
 * --- entries ---
 */

static struct callout_bucket *
bucket(const struct callout *c)
{
	return (&co.buckets[((uintptr_t)c >> 4) * 0x9e3779b1u / 64 % BUCKETS]);
}

static struct callout_entry *
find(const struct callout *c)
{
	struct callout_entry *entry;

	if (co.pending == 0)
		return (NULL);
	LIST_FOREACH(entry, bucket(c), link)
		if (entry->c == c)
			return (entry);
	return (NULL);
}

/* "vioblk_timer", for reports. */
static const char *
func_name(callout_func_t *func)
{
	const char *name;

	name = host_symbol((const void *)(uintptr_t)func, NULL);
	return (name != NULL ? name : "?");
}

static struct callout_entry *
entry_new(struct callout *c)
{
	struct callout_entry *entry;

	entry = LIST_FIRST(&co.spare);
	if (entry != NULL)
		LIST_REMOVE(entry, link);
	else
		entry = host_alloc(sizeof(*entry));
	entry->c = c;
	LIST_INSERT_HEAD(bucket(c), entry, link);
	co.pending++;
	return (entry);
}

/* It is pending no more; its memory may not be there any more. */
static void
entry_drop(struct callout_entry *entry)
{
	if (entry->state == ENTRY_TIMER)
		(void)sim_timer_disarm(&entry->timer);
	else
		STAILQ_REMOVE(&entry->cpu->expired, entry, callout_entry,
		    expire);
	LIST_REMOVE(entry, link);
	LIST_INSERT_HEAD(&co.spare, entry, link);
	co.pending--;
	kern_gone(KO_CALLOUT, entry->c, NULL);
}

static void
unpend(struct callout_entry *entry)
{
	entry->c->c_iflags &= ~CALLOUT_PENDING;
	entry->c->c_flags &= ~CALLOUT_ACTIVE;
	entry_drop(entry);
}

/* The executive's: between two tasks. */
static void
expire(void *arg)
{
	struct callout_entry *entry = arg;
	struct callout_cpu *cpu = entry->cpu;

	entry->state = ENTRY_EXPIRED;
	STAILQ_INSERT_TAIL(&cpu->expired, entry, expire);
	if (cpu->idle) {
		cpu->idle = false;
		sim_wake(cpu->td->td_task);
	}
}

/*
 * --- the two threads ---
 */

/* Calls the function, in the context that the manual promises. */
static void
call(struct callout_cpu *cpu, callout_func_t *func, void *arg)
{
	struct thread *td = curthread;
	bool direct = cpu == &co.direct;

	if (direct)
		td->td_intr_nesting_level++;
	THREAD_NO_SLEEPING();
	func(arg);
	THREAD_SLEEPING_OK();
	if (direct)
		td->td_intr_nesting_level--;
}

static void
check_return(const struct callout_cpu *cpu, const struct lock_object *lock)
{
	if (kern_locks_held() == 0 && curthread->td_critnest == 0)
		return;
	if (lock != NULL)
		printf("callout %s has run with %s\n", func_name(cpu->func),
		    lock->lo_name);
	kern_check_locks(0, "callout", func_name(cpu->func));
}

/* The run is over: calls and wakes who waited for that. */
static void
run_done(struct callout_cpu *cpu, void *arg)
{
	struct callout_waiter *waiter;
	callout_func_t *drain = cpu->drain;

	cpu->curr = NULL;
	cpu->drain = NULL;
	if (drain != NULL)
		call(cpu, drain, arg);
	while ((waiter = LIST_FIRST(&cpu->waiters)) != NULL) {
		LIST_REMOVE(waiter, link);
		waiter->done = true;
		sim_wake(waiter->task);
	}
}

static void
run(struct callout_cpu *cpu, struct callout_entry *entry)
{
	struct lock_object *lock = entry->lock;
	const struct lock_class *class = NULL;
	char device_name[sizeof(entry->device_name)];
	int iflags = entry->iflags;
	void *arg = entry->arg;
	uintptr_t how;

	cpu->curr = entry->c;
	cpu->func = entry->func;
	cpu->cancel = false;
	entry->c->c_iflags &= ~CALLOUT_PENDING;
	memcpy(device_name, entry->device_name, sizeof(device_name));
	(void)kern_set_device(entry->device,
	    entry->device != NULL ? device_name : NULL);
	entry_drop(entry);
	if (lock != NULL) {
		class = LOCK_CLASS(lock);
		how = (iflags & CALLOUT_SHAREDLOCK) != 0;
		class->lc_lock(lock, how);
	}
	/* Stopped or set anew by whoever held the lock meanwhile? */
	if (lock != NULL && cpu->cancel)
		class->lc_unlock(lock);
	else {
		cpu->cancel = true;
		call(cpu, cpu->func, arg);
		if (lock != NULL && (iflags & CALLOUT_RETURNUNLOCKED) == 0)
			class->lc_unlock(lock);
		check_return(cpu, lock);
	}
	run_done(cpu, arg);
	(void)kern_set_device(NULL, NULL);
}

static void
callout_loop(void *arg)
{
	struct callout_cpu *cpu = arg;
	struct callout_entry *entry;

	while (!cpu->dying) {
		entry = STAILQ_FIRST(&cpu->expired);
		if (entry != NULL)
			run(cpu, entry);
		else {
			cpu->idle = true;
			(void)sim_block("-", SIM_NEVER);
			cpu->idle = false;
		}
	}
	cpu->td = NULL;
}

static void
cpu_boot(struct callout_cpu *cpu, const char *name, u_char priority)
{
	memset(cpu, 0, sizeof(*cpu));
	STAILQ_INIT(&cpu->expired);
	LIST_INIT(&cpu->waiters);
	cpu->name = name;
	cpu->td = kern_thread_create(name, callout_loop, cpu);
	if (cpu->td == NULL)
		host_fatal("no guest memory for the stack of %s", name);
	cpu->td->td_priority = priority;
}

static void
cpu_halt(struct callout_cpu *cpu)
{
	cpu->dying = true;
	if (cpu->idle)
		sim_wake(cpu->td->td_task);
	while (cpu->td != NULL)
		sim_yield();
}

void
callout_boot(void)
{
	for (u_int i = 0; i < BUCKETS; i++)
		LIST_INIT(&co.buckets[i]);
	LIST_INIT(&co.spare);
	co.pending = 0;
	cpu_boot(&co.soft, "clock (0)", PI_SOFTCLOCK);
	cpu_boot(&co.direct, "irq: clock", PI_REALTIME);
}

void
callout_halt(void)
{
	cpu_halt(&co.soft);
	cpu_halt(&co.direct);
	callout_forget();
}

/* What is still pending, the events of its start have told of. */
void
callout_forget(void)
{
	struct callout_entry *entry;

	for (u_int i = 0; i < BUCKETS; i++)
		while ((entry = LIST_FIRST(&co.buckets[i])) != NULL) {
			if (entry->state == ENTRY_TIMER)
				(void)sim_timer_disarm(&entry->timer);
			LIST_REMOVE(entry, link);
			host_free(entry);
		}
	while ((entry = LIST_FIRST(&co.spare)) != NULL) {
		LIST_REMOVE(entry, link);
		host_free(entry);
	}
	co.pending = 0;
	co.soft.curr = co.direct.curr = NULL;
}

/*
 * --- what a driver may not do ---
 */

/* The thread that runs the callout's function now, or NULL. */
static struct callout_cpu *
running(const struct callout *c)
{
	if (co.soft.curr == c)
		return (&co.soft);
	if (co.direct.curr == c)
		return (&co.direct);
	return (NULL);
}

static void
check_init(const struct callout *c, const char *func)
{
	if (c->c_magic != CALLOUT_MAGIC)
		kern_misuse("%s: callout %p was never initialized", func, c);
}

static bool
lock_is_mine(const struct lock_object *lock)
{
	struct thread *owner = NULL;

	(void)LOCK_CLASS(lock)->lc_owner(lock, &owner);
	return (owner == curthread && owner != NULL);
}

/* Old drivers call this without Giant, and FreeBSD lets them. */
static void
check_lock(const struct callout *c, const char *func)
{
	if (c->c_lock == NULL || c->c_lock == &Giant.lock_object)
		return;
	if (!lock_is_mine(c->c_lock))
		kern_misuse("%s: %s %s of the callout is not held", func,
		    LOCK_CLASS(c->c_lock)->lc_name, c->c_lock->lo_name);
}

static bool
is_within(const struct callout *c, const void *p, size_t size)
{
	return ((uintptr_t)c - (uintptr_t)p < size);
}

void
callout_check_free(const void *p, size_t size, const char *func)
{
	struct callout_cpu *const cpus[] = { &co.soft, &co.direct };
	struct callout_entry *entry, *next;

	for (u_int i = 0; i < nitems(cpus); i++)
		/* A function may free its own callout: that is over. */
		if (cpus[i]->curr != NULL && cpus[i]->td != curthread &&
		    is_within(cpus[i]->curr, p, size))
			kern_misuse("%s: %p holds callout %p, whose function "
				    "%s runs now",
			    func, p, cpus[i]->curr, func_name(cpus[i]->func));
	for (u_int i = 0; co.pending > 0 && i < BUCKETS; i++)
		LIST_FOREACH_SAFE(entry, &co.buckets[i], link, next)
			if (is_within(entry->c, p, size)) {
				kern_misuse("%s: %p holds callout %p, which is "
					    "pending (%s)",
				    func, p, entry->c, func_name(entry->func));
				unpend(entry);
			}
}

/*
 * --- callout(9) ---
 */

static void
init(struct callout *c, struct lock_object *lock, int iflags)
{
	struct callout_entry *entry;

	entry = find(c);
	if (entry != NULL) {
		kern_misuse("callout_init: callout %p is pending (%s)", c,
		    func_name(entry->func));
		unpend(entry);
	}
	bzero(c, sizeof(*c));
	c->c_lock = lock;
	c->c_iflags = (short)iflags;
	c->c_magic = CALLOUT_MAGIC;
}

void
callout_init(struct callout *c, int mpsafe)
{
	if (mpsafe)
		init(c, NULL, CALLOUT_RETURNUNLOCKED);
	else
		init(c, &Giant.lock_object, 0);
}

void
_callout_init_lock(struct callout *c, struct lock_object *lock, int flags)
{
	KASSERT((flags & ~(CALLOUT_RETURNUNLOCKED | CALLOUT_SHAREDLOCK)) == 0,
	    ("callout_init_lock: bad flags %d", flags));
	KASSERT(lock != NULL || (flags & CALLOUT_RETURNUNLOCKED) == 0,
	    ("callout_init_lock: CALLOUT_RETURNUNLOCKED with no lock"));
	KASSERT(lock == NULL ||
		(LOCK_CLASS(lock)->lc_flags & (LC_SPINLOCK | LC_SLEEPABLE)) ==
		    0,
	    ("%s: invalid lock class", __func__));
	init(c, lock, flags);
}

/* Rounded up: a callout is never early. */
static sim_time
ns_of(sbintime_t sbt)
{
	int64_t ns = sbttons(sbt);

	return ((sim_time)(nstosbt(ns) < sbt ? ns + 1 : ns));
}

/*
 * The moment, in the executive's time.  Ticks are counted from the last one,
 * as in FreeBSD: a callout in one tick may be due at once.
 */
static sim_time
when(sbintime_t sbt, int flags)
{
	const sim_time tick_ns = NS_A_SECOND / hz;
	sim_time now = sim_now(), at;

	if ((flags & (C_ABSOLUTE | C_PRECALC)) != 0) {
		/* sbinuptime() is a second ahead of the executive. */
		if (sbt < nstosbt(NS_A_SECOND))
			return (now);
		at = ns_of(sbt) - NS_A_SECOND;
	} else if ((flags & C_HARDCLOCK) != 0) {
		if (sbt < tick_sbt)
			sbt = tick_sbt;
		at = (now / tick_ns + howmany(sbt, tick_sbt)) * tick_ns;
	} else
		at = now + (sbt > 0 ? ns_of(sbt) : 0);
	return (MAX(at, now));
}

void
callout_when(sbintime_t sbt, sbintime_t precision, int flags,
    sbintime_t *sbt_res, sbintime_t *precision_res)
{
	sbintime_t relative;

	*precision_res = precision;
	*sbt_res = sbt;
	if ((flags & C_PRECALC) != 0)
		return;
	if ((flags & C_ABSOLUTE) == 0)
		*sbt_res = nstosbt((int64_t)(when(sbt, flags) + NS_A_SECOND));
	/* C_PREL: a part of how long it takes, if that is more. */
	relative = (flags & C_ABSOLUTE) != 0 ? sbt - sbinuptime() : sbt;
	if (C_PRELGET(flags) >= 0 && relative > 0)
		*precision_res = MAX(precision, relative >> C_PRELGET(flags));
}

static void
arm(struct callout *c, sim_time at, bool direct)
{
	struct callout_entry *entry = entry_new(c);
	const struct thread *td = curthread;

	entry->state = ENTRY_TIMER;
	entry->cpu = direct ? &co.direct : &co.soft;
	entry->func = c->c_func;
	entry->arg = c->c_arg;
	entry->lock = c->c_lock;
	entry->device = td != NULL ? td->td_device : NULL;
	entry->device_name[0] = '\0';
	if (entry->device != NULL && td->td_device_name != NULL)
		strlcpy(entry->device_name, td->td_device_name,
		    sizeof(entry->device_name));
	c->c_iflags &= ~CALLOUT_DIRECT;
	c->c_iflags |= CALLOUT_PENDING | (direct ? CALLOUT_DIRECT : 0);
	c->c_flags |= CALLOUT_ACTIVE;
	entry->iflags = c->c_iflags;
	if (kernel_event_hook != NULL)
		kern_new(KO_CALLOUT, c, sizeof(*c), func_name(c->c_func));
	sim_timer_arm(&entry->timer, at, expire, entry);
}

int
callout_reset_sbt_on(struct callout *c, sbintime_t sbt, sbintime_t prec,
    callout_func_t *func, void *arg, int cpu, int flags)
{
	bool direct = (flags & C_DIRECT_EXEC) != 0;
	struct callout_entry *entry;
	struct callout_cpu *busy;
	sim_time at;
	int cancelled = 0;

	if (cpu != -1 && (cpu < 0 || cpu > mp_maxid))
		panic("Invalid CPU in callout %d", cpu);
	check_init(c, "callout_reset");
	KASSERT(!direct || c->c_lock == NULL,
	    ("%s: direct callout %p has lock", __func__, c));
	KASSERT(func != NULL, ("callout_reset: callout %p has no function", c));
	check_lock(c, "callout_reset");
	at = when(sbt, flags);
	busy = running(c);
	if (busy != NULL) {
		/* With the lock in our hands, it may not have begun. */
		if (c->c_lock != NULL && !busy->cancel)
			cancelled = busy->cancel = true;
		/* Who drains has the last word. */
		if (!LIST_EMPTY(&busy->waiters) || busy->drain != NULL)
			return (cancelled);
	}
	entry = find(c);
	if (entry != NULL) {
		unpend(entry);
		cancelled = 1;
	}
	callout_when(sbt, prec, flags, &c->c_time, &c->c_precision);
	c->c_func = func;
	c->c_arg = arg;
	if (cpu != -1)
		c->c_cpu = cpu;
	arm(c, at, direct);
	return (cancelled);
}

int
callout_schedule_on(struct callout *c, int to_ticks, int cpu)
{
	return (callout_reset_on(c, to_ticks, c->c_func, c->c_arg, cpu));
}

int
callout_schedule(struct callout *c, int to_ticks)
{
	return (callout_schedule_on(c, to_ticks, c->c_cpu));
}

/* Waits until the run that goes on has ended. */
static void
wait_for(struct callout_cpu *busy, const struct callout *c)
{
	struct callout_waiter waiter = { .task = sim_self() };

	if (busy->td == curthread)
		panic("callout_drain: callout %p (%s) would wait for itself", c,
		    func_name(busy->func));
	kern_assert_can_sleep("callout_drain");
	LIST_INSERT_HEAD(&busy->waiters, &waiter, link);
	while (!waiter.done)
		(void)sim_block("codrain", SIM_NEVER);
}

/*
 * One that runs, or is about to.  Returns true when that was all there is to
 * do, with the answer in *result.
 */
static bool
stop_running(struct callout *c, struct callout_cpu *busy, callout_func_t *drain,
    bool locked, int *result)
{
	*result = 0;
	c->c_flags &= ~CALLOUT_ACTIVE;
	if (locked && !busy->cancel && drain == NULL) {
		/* It waits for the lock that the caller holds. */
		busy->cancel = true;
		*result = 1;
		return (true);
	}
	if (drain != NULL) {
		KASSERT(busy->drain == NULL,
		    ("callout drain function already set to %p", busy->drain));
		busy->drain = drain;
	}
	return (false);
}

int
_callout_stop_safe(struct callout *c, int flags, callout_func_t *drain)
{
	const char *func =
	    (flags & CS_DRAIN) != 0 ? "callout_drain" : "callout_stop";
	struct callout_entry *entry;
	struct callout_cpu *busy;
	bool locked = false;
	int cancelled = 1;

	check_init(c, func);
	if ((flags & CS_DRAIN) != 0) {
		(void)WITNESS_WARN(WARN_GIANTOK | WARN_SLEEPOK, c->c_lock,
		    "calling %s", __func__);
		if (c->c_lock != NULL && c->c_lock != &Giant.lock_object &&
		    lock_is_mine(c->c_lock))
			kern_misuse("callout_drain: %s %s, which the callout "
				    "needs, is held",
			    LOCK_CLASS(c->c_lock)->lc_name, c->c_lock->lo_name);
		while ((busy = running(c)) != NULL) {
			wait_for(busy, c);
			cancelled = 0;
			c->c_flags &= ~CALLOUT_ACTIVE;
		}
	} else if (c->c_lock != NULL) {
		check_lock(c, func);
		locked = lock_is_mine(c->c_lock);
		busy = running(c);
		if (busy != NULL &&
		    stop_running(c, busy, drain, locked, &cancelled))
			return (cancelled);
	} else if ((busy = running(c)) != NULL)
		(void)stop_running(c, busy, drain, false, &cancelled);
	entry = find(c);
	if (entry != NULL) {
		unpend(entry);
		return (cancelled);
	}
	c->c_flags &= ~CALLOUT_ACTIVE;
	return (running(c) != NULL ? 0 : -1);
}
