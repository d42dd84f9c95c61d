/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * panic(9), KASSERT(9): the kernel says why and stops; the bench goes on.
 */
#include "kernel/kern.h"

#include <sys/proc.h>
#include <sys/time.h>

#define FRAMES 64

const char *panicstr;
bool scheduler_stopped;

static char panic_text[512];
static char hang_text[512];

const char *
kernel_panic_text(void)
{
	return (panic_text);
}

const char *
kernel_hang_text(void)
{
	return (hang_text);
}

void
panic_boot(void)
{
	panicstr = NULL;
	scheduler_stopped = false;
	panic_text[0] = '\0';
	hang_text[0] = '\0';
}

void
kern_backtrace(void)
{
	char text[4096];
	void *pcs[FRAMES];
	unsigned n = 0;

	if (sim_self() != NULL)
		n = sim_task_backtrace(sim_self(), pcs, FRAMES);
	if (n > 0)
		host_backtrace_format(pcs, n, text, sizeof(text));
	else
		host_backtrace(text, sizeof(text));
	printf("KDB: stack backtrace:\n%s", text);
}

/* What FreeBSD says in this place, with virtual time. */
static void
say_where_and_when(void)
{
	printf("cpuid = 0\ntime = %jd\n", (intmax_t)time_second);
}

static void
say_uptime(void)
{
	intmax_t s = time_uptime;

	printf("Uptime: ");
	if (s >= 86400)
		printf("%jdd", s / 86400);
	if (s >= 3600)
		printf("%jdh", s / 3600 % 24);
	if (s >= 60)
		printf("%jdm", s / 60 % 60);
	printf("%jds\n", s % 60);
}

void
vpanic(const char *fmt, va_list ap)
{
	char text[sizeof(panic_text)];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (panicstr != NULL) {
		/* What was said first is what matters. */
		printf("panic while panicking: %s\n", text);
		sim_stop();
	}
	strlcpy(panic_text, text, sizeof(panic_text));
	panicstr = panic_text;
	scheduler_stopped = true;
	printf("panic: %s\n", panic_text);
	say_where_and_when();
	if (curthread != NULL)
		printf("thread: %s (%d)\n", curthread->td_name,
		    curthread->td_tid);
	kern_backtrace();
	say_uptime();
	kern_event_text(KE_PANIC, panic_text);
	if (sim_self() == NULL)
		host_fatal("the kernel panicked outside of a thread: %s",
		    panic_text);
	sim_stop();
	host_fatal("a panicked kernel went on");
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
	va_end(ap);
}

void
kassert_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
	va_end(ap);
}

/* Not inlined: debuggers stop here. */
void __attribute__((noinline)) kern_hang(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(hang_text, sizeof(hang_text), fmt, ap);
	va_end(ap);
	printf("hang: %s\n", hang_text);
	say_where_and_when();
	if (sim_self() != NULL)
		kern_backtrace();
	say_uptime();
}
