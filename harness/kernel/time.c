/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * time(9), DELAY(9): the kernel's clocks, read off the executive's virtual
 * time.
 */
#include "kernel/kern.h"

#include <sys/proc.h>
#include <sys/time.h>

#include <machine/cpu.h>

#define NS_A_SECOND UINT64_C(1000000000)

int hz = 1000;
int tick = 1000; /* microseconds */
sbintime_t tick_sbt = SBT_1S / 1000;
volatile int ticks;
volatile time_t time_second;
volatile time_t time_uptime;

static void
time_moved(void *arg)
{
	sim_time now = sim_now();

	(void)arg;
	ticks = (int)(now / (NS_A_SECOND / 1000));
	/* Uptime starts at 1, so that 0 can mean "never" (time(9)). */
	time_uptime = (time_t)(now / NS_A_SECOND) + 1;
	time_second = time_uptime;
}

void
time_boot(void)
{
	sim_on_time(time_moved, NULL);
	time_moved(NULL);
}

void
time_halt(void)
{
	sim_on_time(NULL, NULL);
}

sbintime_t
sbinuptime(void)
{
	return (nstosbt((int64_t)(sim_now() + NS_A_SECOND)));
}

sbintime_t
getsbinuptime(void)
{
	return (sbinuptime());
}

void
nanouptime(struct timespec *ts)
{
	sim_time now = sim_now() + NS_A_SECOND;

	ts->tv_sec = (time_t)(now / NS_A_SECOND);
	ts->tv_nsec = (long)(now % NS_A_SECOND);
}

void
getnanouptime(struct timespec *ts)
{
	nanouptime(ts);
}

void
microuptime(struct timeval *tv)
{
	struct timespec ts;

	nanouptime(&ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
}

void
getmicrouptime(struct timeval *tv)
{
	microuptime(tv);
}

/* At most `maxpps` times a second returns 1 (negative: always). */
int
ppsratecheck(struct timeval *last, int *count, int maxpps)
{
	struct timeval now;

	microuptime(&now);
	if (last->tv_sec != now.tv_sec) {
		*last = now;
		*count = 1;
		return (maxpps != 0);
	}
	++*count;
	return (maxpps < 0 || *count <= maxpps);
}

void
DELAY(int microseconds)
{
	if (microseconds <= 0)
		return;
	kern_spin();
	sim_delay((sim_time)microseconds * 1000);
}

void
kernel_spinwait(void)
{
	kern_spin();
	/* Time must move, or a loop that waits for a timer never ends. */
	sim_delay(100);
}

uint64_t
get_cyclecount(void)
{
	return (sim_now());
}

void
kernel_barrier_point(void)
{
	sim_point(SIM_POINT_BARRIER);
}

void
critical_enter(void)
{
	curthread->td_critnest++;
}

void
critical_exit(void)
{
	KASSERT(curthread->td_critnest > 0,
	    ("critical_exit: td_critnest == %d", curthread->td_critnest));
	curthread->td_critnest--;
}
