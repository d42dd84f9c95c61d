/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The price of handing work over: taskqueue(9), callout(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/malloc.h>
#include <sys/taskqueue.h>

#include "bench/bench.h"
#include "bench/boot.h"
#include "host/host.h"
#include "sim/sim.h"

#define ROUNDS 200000

static u_int ran;

static void
task(void *context, int pending)
{
	(void)context;
	ran += (u_int)pending;
}

/* Enqueues, lets the queue's thread run the task, and comes back. */
static double
hand_over(void)
{
	static struct taskqueue *tq;
	struct task t;
	uint64_t ns;

	tq = taskqueue_create("bench", M_WAITOK, taskqueue_thread_enqueue, &tq);
	if (taskqueue_start_threads(&tq, 1, PWAIT, "bench taskq") != 0)
		panic("bench: no thread");
	TASK_INIT(&t, 0, task, NULL);
	pause("settle", 1);
	ran = 0;
	ns = host_clock_ns();
	for (int i = 0; i < ROUNDS; i++) {
		(void)taskqueue_enqueue(tq, &t);
		sim_yield();
	}
	ns = host_clock_ns() - ns;
	if (ran != ROUNDS)
		panic("bench: %u of %d tasks ran", ran, ROUNDS);
	taskqueue_free(tq);
	return ((double)ns / ROUNDS);
}

static void
ticker(void *arg)
{
	struct callout *c = arg;

	if (++ran < ROUNDS)
		(void)callout_schedule(c, 1);
}

/* A callout that sets itself anew. */
static double
periodic(void)
{
	struct callout c;
	uint64_t ns;

	ran = 0;
	callout_init(&c, 1);
	ns = host_clock_ns();
	(void)callout_reset(&c, 1, ticker, &c);
	pause("run", ROUNDS + 10);
	ns = host_clock_ns() - ns;
	if (ran != ROUNDS)
		panic("bench: %u of %d callouts ran", ran, ROUNDS);
	(void)callout_drain(&c);
	return ((double)ns / ROUNDS);
}

/* What a driver does for each request: set a watchdog, stop it. */
static double
watchdog(void)
{
	struct callout c;
	uint64_t ns;

	callout_init(&c, 1);
	ns = host_clock_ns();
	for (int i = 0; i < ROUNDS; i++) {
		(void)callout_reset(&c, 1000, ticker, &c);
		(void)callout_stop(&c);
	}
	ns = host_clock_ns() - ns;
	return ((double)ns / ROUNDS);
}

BENCH_AT_MOST(taskqueue, "taskqueue: hand a task over", "ns", 150)
{
	return (bench_in_kernel(false, hand_over));
}

BENCH_FIGURE(callout_periodic, "callout: run and set anew", "ns")
{
	return (bench_in_kernel(false, periodic));
}

BENCH_FIGURE(callout_watchdog, "callout: set and stop", "ns")
{
	return (bench_in_kernel(false, watchdog));
}
