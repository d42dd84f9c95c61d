/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ddb(4)'s "ps" and "alltrace", and procstat(1)'s columns: who is in the
 * kernel, what each waits for, and where.
 *
 * It is asked most of all when something is broken: what threads point to
 * may be freed or overwritten, so whatever a driver could have reached is
 * read with host_peek().
 */
#include "kernel/kern.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#define FRAMES 64

struct report {
	void (*line)(void *arg, const char *text);
	void *arg;
};

static void __printflike(2, 3)
    say(const struct report *report, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report->line(report->arg, text);
}

const char *
kern_peek_string(const char *from, char *to, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i++) {
		if (!host_peek(from + i, &to[i], 1))
			break;
		if (to[i] < ' ' || to[i] > '~')
			break;
	}
	to[i] = '\0';
	return (to);
}

/*
 * --- a row of the table ---
 */

static const char *
state_name(const struct thread *td, const struct sim_task_info *info)
{
	switch (info->state) {
	case SIM_RUNNING:
		return ("running");
	case SIM_RUNNABLE:
		return ("runnable");
	case SIM_WAITING:
		break;
	}
	if (td != NULL && td->td_blocked != NULL)
		return ("blocked");
	return (info->until != SIM_NEVER ? "timed" : "sleeping");
}

/*
 * "*vioblk0 (sleep mutex, held by mix 100012)", as ps(1) marks a lock.  The
 * class is asked about a copy: the lock itself may have been freed.
 */
static void
wait_for_lock(const struct thread *td, char *text, size_t size)
{
	union {
		struct lock_object object;
		struct mtx mtx;
		char bytes[256];
	} lock;
	const struct lock_class *class;
	struct thread *owner = NULL;
	char name[32];

	bzero(&lock, sizeof(lock));
	if (!host_peek(td->td_blocked, &lock, sizeof(lock)) &&
	    !host_peek(td->td_blocked, &lock, sizeof(lock.mtx))) {
		strlcpy(text, "a lock that is gone", size);
		return;
	}
	kern_peek_string(lock.object.lo_name, name, sizeof(name));
	if ((lock.object.lo_flags & LO_INITIALIZED) == 0) {
		snprintf(text, size, "*%s (destroyed)", name);
		return;
	}
	class = LOCK_CLASS(&lock.object);
	if (class == NULL) {
		snprintf(text, size, "*%s (overwritten)", name);
		return;
	}
	if (class->lc_owner != NULL)
		(void)class->lc_owner(&lock.object, &owner);
	if (owner != NULL && kern_is_thread(owner))
		snprintf(text, size, "*%s (%s, held by %s %d)", name,
		    class->lc_name, owner->td_name, owner->td_tid);
	else
		snprintf(text, size, "*%s (%s)", name, class->lc_name);
}

/* What it waits for: a lock, a channel (wmesg and, of memory, where). */
static void
wait_for(const struct thread *td, const struct sim_task_info *info, char *text,
    size_t size)
{
	const void *chan = td != NULL ? td->td_wchan : NULL;
	char name[32];
	size_t n;

	if (info->state != SIM_WAITING) {
		strlcpy(text, "-", size);
		return;
	}
	if (td != NULL && td->td_blocked != NULL) {
		wait_for_lock(td, text, size);
		return;
	}
	kern_peek_string(info->why, name, sizeof(name));
	strlcpy(text, name, size);
	n = strlen(text);
	/* Elsewhere addresses differ from run to run. */
	if (chan != NULL && machine_is_kva((uintptr_t)chan, 1))
		snprintf(text + n, size - n, " @%p", chan);
	n = strlen(text);
	if (info->until != SIM_NEVER)
		snprintf(text + n, size - n, " until %ju.%06jus",
		    (uintmax_t)(info->until / 1000000000),
		    (uintmax_t)(info->until / 1000 % 1000000));
}

/* How many locks a thread holds; which follows in lines of their own. */
static void
lock_count(const struct thread *td, char *text, size_t size)
{
	if (td == NULL || (td->td_locks == 0 && td->td_spinlocks == 0))
		strlcpy(text, "-", size);
	else if (td->td_spinlocks == 0)
		snprintf(text, size, "%d", td->td_locks);
	else
		snprintf(text, size, "%d+%d spin", td->td_locks,
		    td->td_spinlocks);
}

/* Calls say() with each line of the text, which is cut up. */
static void
say_lines(const struct report *report, const char *before, char *text)
{
	char *at, *end;

	for (at = text; *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		if (end == NULL)
			break;
		*end = '\0';
		say(report, "%s%s", before, at);
	}
}

static void
show_task(struct sim_task *task, const char *why, void *arg)
{
	const struct report *report = arg;
	const struct thread *td = sim_task_local(task);
	char tid[16], wait[128], locks[64], held[1024];
	struct sim_task_info info;

	(void)why;
	sim_task_info(task, &info);
	if (td != NULL)
		snprintf(tid, sizeof(tid), "%d", td->td_tid);
	else
		strlcpy(tid, "device", sizeof(tid));
	wait_for(td, &info, wait, sizeof(wait));
	lock_count(td, locks, sizeof(locks));
	say(report, "%6s %-19s %-8s %-24s %s", tid, sim_task_name(task),
	    state_name(td, &info), wait, locks);
	if (td == NULL || kern_thread_locks(td, held, sizeof(held)) == 0)
		return;
	say_lines(report, "       holds ", held);
}

static void
trace_task(struct sim_task *task, const char *why, void *arg)
{
	const struct report *report = arg;
	const struct thread *td = sim_task_local(task);
	char text[8192];
	void *pcs[FRAMES];
	unsigned n;

	(void)why;
	n = sim_task_backtrace(task, pcs, FRAMES);
	host_backtrace_format(pcs, n, text, sizeof(text));
	say(report, "%s", "");
	if (td != NULL)
		say(report, "Tracing thread %d (%s)", td->td_tid, td->td_name);
	else
		say(report, "Tracing device task (%s)", sim_task_name(task));
	say_lines(report, "  ", text);
}

/*
 * --- the report ---
 */

void
kernel_ps(bool traces, void (*line)(void *, const char *), void *arg)
{
	struct report report = { line, arg };

	say(&report, "%6s %-19s %-8s %-24s %s", "TID", "NAME", "STATE", "WAIT",
	    "LOCKS");
	sim_task_foreach(show_task, &report);
	if (traces)
		sim_task_foreach(trace_task, &report);
}

void
kernel_report(void (*line)(void *, const char *), void *arg)
{
	struct report report = { line, arg };

	if (kernel_panic_text()[0] != '\0')
		say(&report, "panic: %s", kernel_panic_text());
	if (kernel_hang_text()[0] != '\0')
		say(&report, "hang: %s", kernel_hang_text());
	kernel_ps(true, line, arg);
}

/* For a debugger: "call ddb_ps()". */
static void
to_stderr(void *arg, const char *text)
{
	(void)arg;
	host_write_err(text, strlen(text));
	host_write_err("\n", 1);
}

void ddb_ps(void);
void
ddb_ps(void)
{
	kernel_report(to_stderr, NULL);
}
