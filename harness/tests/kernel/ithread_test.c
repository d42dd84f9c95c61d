/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ithread(9): from a vector to a handler.  The vectors are raised as the
 * machine does it, by a message that a device writes.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/interrupt.h>
#include <sys/kthread.h>
#include <sys/proc.h>
#include <sys/rman.h>
#include <machine/cpu.h>
#include <machine/intr_machdep.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "model/device.h"
#include "sim/sim.h"
#include "tests/test.h"

#define TEST_IRQ (IRQ_MSI_FIRST + 5)

static struct vdev_host *host;
static int runs, filter_runs;
static struct thread *ran_in;
static void *cookie, *cookie2;

/* A device says so. */
static void
raise(u_int irq)
{
	uint64_t address;
	uint32_t data;

	if (host == NULL)
		host = machine_device_host(7, "test");
	machine_msi_message(irq, &address, &data);
	host->msi(host->arg, address, data);
}

static void
settle(void)
{
	for (int i = 0; i < 20; i++)
		sim_yield();
}

static void
start(void)
{
	host = NULL; /* goes with each test's machine */
	runs = filter_runs = 0;
	ran_in = NULL;
}

static void
handler(void *arg)
{
	runs++;
	ran_in = curthread;
	if (arg != NULL)
		(*(int *)arg)++;
}

static int
setup(driver_filter_t *filter, driver_intr_t *ithread, void *arg, int flags,
    void **cookiep)
{
	return (intr_add_handler(root_bus, TEST_IRQ, filter, ithread, arg,
	    INTR_TYPE_MISC | INTR_MPSAFE | flags, cookiep));
}

KERNEL_TEST(ithread, handler_runs_once_a_vector_in_its_own_thread)
{
	struct kernel_stats before, after;
	int count = 0;

	start();
	T_REQUIRE(setup(NULL, handler, &count, 0, &cookie) == 0);
	kernel_stats(&before);
	raise(TEST_IRQ);
	T_EQ(runs, 0); /* not in the context of who raised it */
	settle();
	T_EQ(runs, 1);
	T_EQ(count, 1);
	T_TRUE(ran_in != curthread);
	raise(TEST_IRQ);
	settle();
	T_EQ(runs, 2);
	kernel_stats(&after);
	T_EQ(after.interrupts - before.interrupts, 2);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

KERNEL_TEST(ithread, vectors_that_wait_are_one)
{
	start();
	T_REQUIRE(setup(NULL, handler, NULL, 0, &cookie) == 0);
	for (int i = 0; i < 5; i++)
		raise(TEST_IRQ);
	settle();
	T_EQ(runs, 1);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

/* Lets others in the middle of it. */
static void
slow_handler(void *arg)
{
	runs++;
	for (int i = 0; i < 5; i++)
		sim_yield();
	*(int *)arg = runs;
}

KERNEL_TEST(ithread, vector_during_the_handler_is_not_lost)
{
	int done = 0;

	start();
	T_REQUIRE(setup(NULL, slow_handler, &done, 0, &cookie) == 0);
	raise(TEST_IRQ);
	while (runs == 0)
		sim_yield();
	T_EQ(done, 0);
	raise(TEST_IRQ);
	raise(TEST_IRQ);
	settle();
	T_EQ(runs, 2);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

KERNEL_TEST(ithread, teardown_waits_for_the_handler)
{
	int done = 0;

	start();
	T_REQUIRE(setup(NULL, slow_handler, &done, 0, &cookie) == 0);
	raise(TEST_IRQ);
	while (runs == 0)
		sim_yield();
	T_EQ(done, 0);
	T_EQ(intr_event_remove_handler(cookie), 0);
	T_EQ(done, 1);
	raise(TEST_IRQ);
	settle();
	T_EQ(runs, 1);
	T_EQ(intr_strays(), 1);
}

static int filter_level;

static int
filter(void *arg)
{
	filter_runs++;
	filter_level = curthread->td_intr_nesting_level;
	return (*(int *)arg);
}

KERNEL_TEST(ithread, filter_decides_whether_the_thread_runs)
{
	int answer = FILTER_HANDLED;

	start();
	T_REQUIRE(setup(filter, handler, &answer, 0, &cookie) == 0);
	raise(TEST_IRQ);
	T_EQ(filter_runs, 0);
	settle();
	T_EQ(filter_runs, 1);
	T_EQ(filter_level, 1);
	T_EQ(runs, 0);
	answer = FILTER_SCHEDULE_THREAD;
	raise(TEST_IRQ);
	settle();
	T_EQ(filter_runs, 2);
	T_EQ(runs, 1);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

KERNEL_TEST(ithread, shared_vector_runs_all_handlers)
{
	int a = 0, b = 0;

	start();
	T_REQUIRE(setup(NULL, handler, &a, 0, &cookie) == 0);
	T_REQUIRE(setup(NULL, handler, &b, 0, &cookie2) == 0);
	raise(TEST_IRQ);
	settle();
	T_EQ(a, 1);
	T_EQ(b, 1);
	T_EQ(intr_event_remove_handler(cookie), 0);
	raise(TEST_IRQ);
	settle();
	T_EQ(a, 1);
	T_EQ(b, 2);
	T_EQ(intr_event_remove_handler(cookie2), 0);
}

KERNEL_TEST(ithread, exclusive_handler_is_alone)
{
	start();
	T_REQUIRE(setup(NULL, handler, NULL, INTR_EXCL, &cookie) == 0);
	T_EQ(setup(NULL, handler, NULL, 0, &cookie2), EINVAL);
	T_EQ(intr_event_remove_handler(cookie), 0);
	T_EQ(setup(NULL, handler, NULL, 0, &cookie), 0);
	T_EQ(setup(NULL, handler, NULL, INTR_EXCL, &cookie2), EINVAL);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

KERNEL_TEST(ithread, suspended_handler_is_passed_over)
{
	start();
	T_REQUIRE(setup(NULL, handler, NULL, 0, &cookie) == 0);
	T_EQ(intr_irq_suspend(TEST_IRQ, root_bus, true), 0);
	raise(TEST_IRQ);
	settle();
	T_EQ(runs, 0);
	T_EQ(intr_irq_suspend(TEST_IRQ, root_bus, false), 0);
	raise(TEST_IRQ);
	settle();
	T_EQ(runs, 1);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

KERNEL_TEST(ithread, nothing_to_run_is_refused)
{
	T_EQ(setup(NULL, NULL, NULL, 0, &cookie), EINVAL);
	T_EQ(intr_add_handler(root_bus, IRQ_COUNT, NULL, handler, NULL,
		 INTR_TYPE_MISC, &cookie),
	    EINVAL);
}

static void
level_handler(void *arg)
{
	if (++*(int *)arg == 3)
		host->intx(host->arg, false);
}

KERNEL_TEST(ithread, level_runs_the_handler_until_it_falls)
{
	int count = 0;

	start();
	host = machine_device_host(7, "test");
	/* High before anybody listens: the first handler must hear of it. */
	host->intx(host->arg, true);
	T_REQUIRE(intr_add_handler(root_bus, MACHINE_INTX_VECTOR(7), NULL,
		      level_handler, &count, INTR_TYPE_MISC | INTR_MPSAFE,
		      &cookie) == 0);
	settle();
	T_EQ(count, 3);
	settle();
	T_EQ(count, 3);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

static void
sleepy_handler(void *arg)
{
	tsleep(arg, 0, "nap", 1);
}

KERNEL_TEST_ALWAYS_PANICS(ithread, handler_may_not_sleep, "sleep")
{
	start();
	T_REQUIRE(setup(NULL, sleepy_handler, &runs, 0, &cookie) == 0);
	raise(TEST_IRQ);
	settle();
}

static int
sleepy_filter(void *arg)
{
	tsleep(arg, 0, "nap", 1);
	return (FILTER_HANDLED);
}

KERNEL_TEST_ALWAYS_PANICS(ithread, filter_may_not_sleep, "sleep")
{
	start();
	T_REQUIRE(setup(sleepy_filter, NULL, &runs, 0, &cookie) == 0);
	raise(TEST_IRQ);
	settle();
}

static void
suicidal_handler(void *arg)
{
	intr_event_remove_handler(cookie);
}

KERNEL_TEST_ALWAYS_PANICS(ithread, handler_may_not_remove_itself,
    "bus_teardown_intr")
{
	start();
	T_REQUIRE(setup(NULL, suicidal_handler, NULL, 0, &cookie) == 0);
	raise(TEST_IRQ);
	settle();
}

/*
 * --- handlers that do not keep the rules ---
 */

static void
endless_handler(void *arg)
{
	for (;;)
		DELAY(1);
}

KERNEL_TEST_PANICS(ithread, handler_that_waits_for_ever,
    "interrupt handler of root0 does not return")
{
	start();
	T_REQUIRE(setup(NULL, endless_handler, NULL, 0, &cookie) == 0);
	raise(TEST_IRQ);
	for (;;)
		DELAY(1000);
}

static int
endless_filter(void *arg)
{
	for (;;)
		cpu_spinwait();
	return (FILTER_HANDLED);
}

KERNEL_TEST_PANICS(ithread, filter_that_spins_for_ever,
    "interrupt handler of root0 does not return")
{
	start();
	T_REQUIRE(setup(endless_filter, NULL, NULL, 0, &cookie) == 0);
	raise(TEST_IRQ);
	for (;;)
		DELAY(1000);
}

/* Each time a little, but often: nothing is wrong with that. */
static void
delaying_handler(void *arg)
{
	for (int i = 0; i < 3000; i++)
		DELAY(1);
	runs++;
}

KERNEL_TEST(ithread, handlers_may_wait_a_little_each)
{
	start();
	T_REQUIRE(setup(NULL, delaying_handler, NULL, 0, &cookie) == 0);
	for (int i = 0; i < 400; i++) {
		raise(TEST_IRQ);
		while (runs == i)
			DELAY(100);
	}
	T_EQ(intr_event_remove_handler(cookie), 0);
}

static int
wrong_filter(void *arg)
{
	return (*(int *)arg);
}

KERNEL_TEST_PANICS(ithread, filter_of_no_answer, "returned 0")
{
	int answer = 0;

	start();
	T_REQUIRE(setup(wrong_filter, NULL, &answer, 0, &cookie) == 0);
	raise(TEST_IRQ);
	settle();
}

KERNEL_TEST_PANICS(ithread, filter_that_wants_a_thread_it_has_not,
    "has no thread to schedule")
{
	int answer = FILTER_SCHEDULE_THREAD;

	start();
	T_REQUIRE(setup(wrong_filter, NULL, &answer, 0, &cookie) == 0);
	raise(TEST_IRQ);
	settle();
}

KERNEL_TEST_PANICS(ithread, removed_twice, "is removed twice")
{
	int done = 0;

	start();
	T_REQUIRE(setup(NULL, slow_handler, &done, 0, &cookie) == 0);
	T_REQUIRE(setup(NULL, slow_handler, &done, 0, &cookie2) == 0);
	raise(TEST_IRQ);
	while (runs == 0)
		sim_yield();
	kernel_spawn("other", suicidal_handler, NULL);
	suicidal_handler(NULL);
	settle();
}

/*
 * --- storms ---
 */

static void
deaf_handler(void *arg)
{
	runs++;
}

KERNEL_TEST(ithread, storm_is_throttled)
{
	sim_time begin = sim_now();
	int before;

	start();
	host = machine_device_host(7, "test");
	T_REQUIRE(intr_add_handler(root_bus, MACHINE_INTX_VECTOR(7), NULL,
		      deaf_handler, NULL, INTR_TYPE_MISC | INTR_MPSAFE,
		      &cookie) == 0);
	host->intx(host->arg, true);
	while (runs < 1000)
		sim_yield();
	T_EQ(sim_now(), begin);
	pause("storm", 100);
	T_HAS(kernel_log_text(), "interrupt storm detected on irq39");
	/* A run a millisecond from there on. */
	T_TRUE(runs < 1000 + 110);
	host->intx(host->arg, false);
	pause("storm", 10);
	before = runs;
	pause("storm", 10);
	T_EQ(runs, before);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

/* A filter that does not know it, on a line that stays high. */
KERNEL_TEST(ithread, stray_filter_is_throttled)
{
	int answer = FILTER_STRAY;

	start();
	host = machine_device_host(7, "test");
	T_REQUIRE(intr_add_handler(root_bus, MACHINE_INTX_VECTOR(7), filter,
		      NULL, &answer, INTR_TYPE_MISC, &cookie) == 0);
	host->intx(host->arg, true);
	pause("storm", 100);
	T_TRUE(filter_runs > 1000 && filter_runs < 1110);
	host->intx(host->arg, false);
	pause("storm", 10);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

static void
napping_handler(void *arg)
{
	pause("nap", 1);
	runs++;
}

KERNEL_TEST(ithread, sleepable_handler_may_sleep)
{
	start();
	T_REQUIRE(
	    setup(NULL, napping_handler, NULL, INTR_SLEEPABLE, &cookie) == 0);
	raise(TEST_IRQ);
	pause("nap", 10);
	T_EQ(runs, 1);
	T_EQ(intr_event_remove_handler(cookie), 0);
}

KERNEL_TEST(ithread, described_by_whoever_set_it_up)
{
	start();
	T_REQUIRE(setup(NULL, handler, NULL, 0, &cookie) == 0);
	T_EQ(intr_event_describe_handler(intr_handler_event(cookie), cookie,
		 "queue0"),
	    0);
	T_EQ(intr_event_describe_handler(intr_handler_event(cookie), &runs,
		 "nobody"),
	    ENOENT);
	T_EQ(intr_event_remove_handler(cookie), 0);
	T_EQ(intr_event_remove_handler(NULL), EINVAL);
}

KERNEL_TEST(ithread, priority_follows_the_type)
{
	T_TRUE(intr_priority(INTR_TYPE_CLK) < intr_priority(INTR_TYPE_NET));
	T_EQ(intr_priority(INTR_TYPE_BIO | INTR_MPSAFE),
	    intr_priority(INTR_TYPE_CAM));
	T_TRUE(intr_priority(INTR_TYPE_AV) != 0);
	T_TRUE(intr_priority(INTR_TYPE_TTY) != 0);
	T_TRUE(intr_priority(INTR_TYPE_MISC) >= intr_priority(INTR_TYPE_BIO));
}

KERNEL_TEST_PANICS(ithread, handler_of_no_type, "no interrupt type")
{
	T_TRUE(intr_priority(INTR_MPSAFE) == 0);
}
