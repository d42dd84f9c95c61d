/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * panic(9), KASSERT(9): the kernel says why and stops; the bench goes on.
 */
#include "kernel/kern.h"

#include <sys/proc.h>

const char *panicstr;
bool scheduler_stopped;

static char panic_text[512];

const char *
kernel_panic_text(void)
{
	return (panic_text);
}

void
panic_boot(void)
{
	panicstr = NULL;
	scheduler_stopped = false;
	panic_text[0] = '\0';
}

void
vpanic(const char *fmt, va_list ap)
{
	char trace[2048];

	if (panicstr != NULL)
		host_fatal("panic while panicking: %s", panic_text);
	vsnprintf(panic_text, sizeof(panic_text), fmt, ap);
	panicstr = panic_text;
	scheduler_stopped = true;
	printf("panic: %s\n", panic_text);
	if (curthread != NULL)
		printf("thread: %s (%d)\n", curthread->td_name,
		    curthread->td_tid);
	host_backtrace(trace, sizeof(trace));
	printf("KDB: stack backtrace:\n%s", trace);
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
