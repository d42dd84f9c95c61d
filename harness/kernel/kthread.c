/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kthread(9), kproc(9): kernel threads are tasks of the executive on stacks
 * in guest memory, where a device can reach what a driver keeps on them.
 */
#include "kernel/kern.h"

#include <sys/kthread.h>
#include <sys/proc.h>

#define FIRST_TID 100000

struct proc proc0 = { .p_pid = 0, .p_comm = "kernel" };

static TAILQ_HEAD(, thread) threads = TAILQ_HEAD_INITIALIZER(threads);
static lwpid_t last_tid;
static bool up;

void
thread_boot(void)
{
	TAILQ_INIT(&threads);
	last_tid = FIRST_TID;
	up = true;
}

/*
 * A stack that overflows runs into its last page, which nobody may touch: a
 * fault, and what lies below is safe (see trap.c).
 */
static void
stack_guard(void *stack, bool on)
{
	if (machine_memory_guard((uintptr_t)stack, PAGE_SIZE, on) != 0)
		host_fatal("the host refuses a guard page");
}

bool
kern_is_stack_guard(const struct thread *td, uintptr_t address)
{
	return (address - (uintptr_t)td->td_stack < PAGE_SIZE);
}

bool
kern_is_thread(const struct thread *td)
{
	const struct thread *other;

	TAILQ_FOREACH(other, &threads, td_list)
		if (other == td)
			return (true);
	return (false);
}

void
thread_halt(void)
{
	struct thread *td;

	/* Threads that are left go when the executive forgets them. */
	TAILQ_FOREACH(td, &threads, td_list)
		stack_guard(td->td_stack, false);
	up = false;
}

static void
thread_main(void *arg)
{
	struct thread *td = arg;

	td->td_fn(td->td_arg);
	kthread_exit();
}

/* The executive no longer uses the stack. */
static void
thread_release(void *arg)
{
	struct thread *td = arg;

	if (up) {
		TAILQ_REMOVE(&threads, td, td_list);
		kern_gone(KO_THREAD, td, td->td_name);
		stack_guard(td->td_stack, false);
		kmem_pages_free(td->td_stack, SIM_STACK_SIZE);
	}
	witness_thread_exit(td);
	host_free(td);
}

bool
kern_thread_is_last(void)
{
	return (TAILQ_FIRST(&threads) == curthread &&
	    TAILQ_NEXT(curthread, td_list) == NULL);
}

struct thread *
kern_thread_create(const char *name, void (*fn)(void *), void *arg)
{
	struct thread *td;
	void *stack;

	stack = kmem_pages_alloc(KMEM_PAGES, SIM_STACK_SIZE, 0, ~(vm_paddr_t)0,
	    0, 0);
	if (stack == NULL)
		return (NULL);
	stack_guard(stack, true);
	td = host_alloc(sizeof(*td));
	HOST_ASSERT(((uintptr_t)td & 0xf) == 0); /* flags of locks go there */
	td->td_proc = &proc0;
	td->td_tid = last_tid++;
	td->td_priority = PWAIT;
	td->td_stack = stack;
	td->td_fn = fn;
	td->td_arg = arg;
	td->td_pflags = TDP_KTHREAD;
	strlcpy(td->td_name, name, sizeof(td->td_name));
	TAILQ_INSERT_TAIL(&threads, td, td_list);
	kern_new(KO_THREAD, td, SIM_STACK_SIZE, td->td_name);
	td->td_task = sim_task_create(&(struct sim_task_options) {
	    .name = td->td_name,
	    .side = SIM_GUEST,
	    .fn = thread_main,
	    .arg = td,
	    .stack = (char *)stack + PAGE_SIZE,
	    .stack_size = SIM_STACK_SIZE - PAGE_SIZE,
	    .release = thread_release,
	    .local = td,
	});
	return (td);
}

int
kthread_add(void (*func)(void *), void *arg, struct proc *p,
    struct thread **newtd, int flags, int pages, const char *fmt, ...)
{
	struct thread *td;
	char name[MAXCOMLEN + 1];
	va_list ap;

	(void)p; /* all belong to the kernel */
	(void)pages;
	if (flags != 0)
		return (EINVAL); /* RFSTOPPED is the only one FreeBSD has */
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	if (kern_fault(KF_THREAD, name))
		return (ENOMEM);
	td = kern_thread_create(name, func, arg);
	if (td == NULL)
		return (ENOMEM);
	if (newtd != NULL)
		*newtd = td;
	return (0);
}

/* What a thread leaves behind when it ends, nobody can give back. */
static void
check_exit(void)
{
	struct thread *td = curthread;

	kern_check_locks(0, "the thread function", td->td_name);
}

void
kthread_exit(void)
{
	check_exit();
	/* kthread(9): whoever waits for the end sleeps on the thread. */
	wakeup(curthread);
	sim_exit();
}

int
kproc_create(void (*func)(void *), void *arg, struct proc **newpp, int flags,
    int pages, const char *fmt, ...)
{
	struct thread *td;
	char name[MAXCOMLEN + 1];
	va_list ap;
	int error;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	error = kthread_add(func, arg, NULL, &td, flags, pages, "%s", name);
	if (error == 0 && newpp != NULL)
		*newpp = td->td_proc;
	return (error);
}

int
kproc_kthread_add(void (*func)(void *), void *arg, struct proc **procptr,
    struct thread **tdptr, int flags, int pages, const char *procname,
    const char *fmt, ...)
{
	struct thread *td;
	char name[MAXCOMLEN + 1];
	va_list ap;
	int error;

	(void)procname;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	error = kthread_add(func, arg, NULL, &td, flags, pages, "%s", name);
	if (error != 0)
		return (error);
	if (tdptr != NULL)
		*tdptr = td;
	if (procptr != NULL)
		*procptr = td->td_proc;
	return (0);
}

void
kproc_exit(int ecode)
{
	(void)ecode;
	kthread_exit();
}
