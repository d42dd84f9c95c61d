/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ithread(9) when another task is let in at every scheduling point, waking
 * somebody included: handlers go away while others look at their vector.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/interrupt.h>
#include <sys/kthread.h>
#include <sys/proc.h>
#include <machine/intr_machdep.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "model/device.h"
#include "sim/sim.h"
#include "tests/test.h"

#define TEST_IRQ (IRQ_MSI_FIRST + 5)
#define ROUNDS	 20

static struct vdev_host *host;
static int runs, filter_runs, begun;
static bool removed, readded;
static void *cookie, *cookie2, *cookie3;

static void
raise_vector(void)
{
	uint64_t address;
	uint32_t data;

	machine_msi_message(TEST_IRQ, &address, &data);
	host->msi(host->arg, address, data);
}

static void
start(void)
{
	host = machine_device_host(7, "test");
	runs = filter_runs = begun = 0;
	removed = readded = false;
}

static void
settle(void)
{
	for (int i = 0; i < 30; i++)
		sim_yield();
}

static int
setup_on(u_int irq, driver_filter_t *filter, driver_intr_t *handler,
    void **cookiep)
{
	return (intr_add_handler(root_bus, irq, filter, handler, NULL,
	    INTR_TYPE_MISC | INTR_MPSAFE, cookiep));
}

static int
setup(driver_filter_t *filter, driver_intr_t *handler, void **cookiep)
{
	return (setup_on(TEST_IRQ, filter, handler, cookiep));
}

static void
handler(void *arg)
{
	runs++;
}

/* Lets others in until somebody waits for it to end. */
static int
slow_filter(void *arg)
{
	begun++;
	for (int i = 0; i < 5; i++)
		sim_yield();
	filter_runs++;
	return (FILTER_SCHEDULE_THREAD);
}

static int
filter(void *arg)
{
	filter_runs++;
	return (FILTER_HANDLED);
}

static void
remove_first(void *arg)
{
	T_EQ(intr_event_remove_handler(cookie), 0);
	removed = true;
}

/*
 * The one who removes the handler waits for its filter, and runs as soon as
 * the filters' thread wakes him: when that goes on, the vector is gone.
 */
KERNEL_TEST(ithread_preempt, vector_goes_under_the_filters_thread)
{
	start();
	for (int i = 0; i < ROUNDS; i++) {
		T_REQUIRE(setup(slow_filter, handler, &cookie) == 0);
		begun = 0;
		removed = false;
		sim_preemptive = true;
		raise_vector();
		while (begun == 0)
			sim_yield();
		kernel_spawn("remover", remove_first, NULL);
		while (!removed)
			sim_yield();
		sim_preemptive = false;
		settle();
	}
	T_EQ(filter_runs, ROUNDS);
	/* The thread went with the vector and had nothing to run. */
	T_EQ(runs, 0);
	T_EQ(intr_strays(), 0);
}

/* The same without a thread that could keep the vector. */
static int
slow_filter_only(void *arg)
{
	(void)slow_filter(arg);
	return (FILTER_HANDLED);
}

KERNEL_TEST(ithread_preempt, vector_without_a_thread_goes)
{
	start();
	for (int i = 0; i < ROUNDS; i++) {
		T_REQUIRE(setup(slow_filter_only, NULL, &cookie) == 0);
		begun = 0;
		removed = false;
		sim_preemptive = true;
		raise_vector();
		while (begun == 0)
			sim_yield();
		kernel_spawn("remover", remove_first, NULL);
		while (!removed)
			sim_yield();
		sim_preemptive = false;
		settle();
	}
	T_EQ(filter_runs, ROUNDS);
	T_EQ(intr_strays(), 0);
}

#define LINE_IRQ MACHINE_INTX_VECTOR(7)

/* Removes the second handler, and has a new one on the same vector. */
static void
remove_and_add(void *arg)
{
	T_EQ(intr_event_remove_handler(cookie2), 0);
	T_EQ(setup_on(LINE_IRQ, NULL, handler, &cookie3), 0);
	readded = true;
}

/* Brings the line down, so that the new handler is called once. */
static void
two_removers(int yields)
{
	T_REQUIRE(setup_on(LINE_IRQ, filter, NULL, &cookie) == 0);
	T_REQUIRE(setup_on(LINE_IRQ, NULL, handler, &cookie2) == 0);
	host->intx(host->arg, true);
	settle();
	T_TRUE(runs > 0);
	readded = false;
	sim_preemptive = true;
	for (int i = 0; i < yields; i++)
		sim_yield();
	kernel_spawn("other", remove_and_add, NULL);
	T_EQ(intr_event_remove_handler(cookie), 0);
	while (!readded)
		sim_yield();
	sim_preemptive = false;
	host->intx(host->arg, false);
	settle();
	/* The vector is the new handler's. */
	runs = 0;
	host->intx(host->arg, true);
	host->intx(host->arg, false);
	settle();
	T_EQ(runs, 1);
	T_EQ(intr_event_remove_handler(cookie3), 0);
	settle();
}

/*
 * Two who remove the last two handlers of a vector whose line stays high.
 * The first lets the filters' thread end, where the second overtakes him and
 * takes the vector, and its thread ends: the vector is another's when the
 * first goes on.
 */
KERNEL_TEST(ithread_preempt, two_removers_end_the_vector_once)
{
	start();
	for (int yields = 0; yields < ROUNDS; yields++)
		two_removers(yields);
}
