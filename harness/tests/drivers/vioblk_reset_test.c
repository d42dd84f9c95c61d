/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver and devices that lose requests or interrupts, or ask for
 * resets.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/wire/blk.h"
#include "sim/sim.h"
#include "tests/drivers/crowd.h"
#include "tests/test.h"

#define BSD_EIO	   5
#define BSD_ENXIO  6
#define BSD_EINVAL 22
#define SECOND	   UINT64_C(1000000000)

static uint8_t data[65536], back[65536];

/*
 * --- timeouts ---
 */

TEST(vioblk_reset, swallowed_request_is_started_again)
{
	struct diskrig rig = { 0 };
	sim_time start;

	diskrig_boot(&rig);
	memset(data, 7, sizeof(data));
	rig.swallow = 1;
	start = sim_now();
	T_EQ(diskrig_write(4096, data, 8192), 0);
	T_TRUE(sim_now() - start >= 30 * SECOND);
	T_TRUE(sim_now() - start <= 33 * SECOND);
	T_EQ(memcmp(rig.bytes + 4096, data, 8192), 0);
	T_EQ(diskrig_sysctl("stats.timeouts"), 1);
	T_EQ(diskrig_sysctl("stats.resets"), 1);
	T_EQ(diskrig_sysctl("stats.retries"), 1);
	T_EQ(diskrig_sysctl("stats.errors"), 0);
	T_HAS(fixture_log(), "1 requests not done within 30 seconds");
	diskrig_halt(&rig, true);
}

TEST(vioblk_reset, others_are_not_disturbed)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "5");
	diskrig_boot(&rig);
	T_EQ(diskrig_sysctl("timeout"), 5);
	rig.swallow = 3;
	crowd_run(&rig, true, NULL);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	T_EQ(diskrig_sysctl("stats.timeouts"), 3);
	T_EQ(diskrig_sysctl("stats.resets"), 1);
	diskrig_halt(&rig, true);
}

/* Each attempt of the one request is lost. */
static void
lose_one(struct diskrig *rig, const struct model_event *event)
{
	if (event->type == MODEL_QUEUE_ENABLE)
		rig->swallow = 1;
}

TEST(vioblk_reset, a_request_fails_after_so_many_resets)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "2");
	kernel_setenv("hw.vioblk.retries", "2");
	diskrig_boot(&rig);
	rig.event = lose_one;
	rig.swallow = 1;
	memset(back, 0x77, sizeof(back));
	T_EQ(diskrig_read(0, back, 4096), BSD_EIO);
	T_EQ(rig.swallowed, 3);
	T_EQ(diskrig_sysctl("stats.retries"), 2);
	T_EQ(diskrig_sysctl("stats.errors"), 1);
	diskrig_halt(&rig, true);
}

TEST(vioblk_reset, a_deaf_device_is_given_up)
{
	struct diskrig rig = { 0 };
	sim_time start;

	kernel_setenv("hw.vioblk.timeout", "10");
	diskrig_boot(&rig);
	rig.deaf = true;
	start = sim_now();
	crowd_run(&rig, false, NULL);
	T_EQ(crowd.errors, CROWD);
	T_EQ(crowd.error, BSD_EIO);
	/* Four times: the first, and three more. */
	T_TRUE(sim_now() - start >= 40 * SECOND);
	T_TRUE(sim_now() - start <= 60 * SECOND);
	T_EQ(diskrig_sysctl("stats.timeouts"), 4 * CROWD);
	T_EQ(diskrig_sysctl("stats.retries"), 3 * CROWD);
	/* The fourth time that a reset led nowhere is the last. */
	T_EQ(diskrig_read(0, back, 4096), BSD_EIO);
	T_EQ(diskrig_sysctl("stats.resets"), 5);
	rig.deaf = false;
	T_EQ(diskrig_read(0, back, 4096), BSD_ENXIO);
	T_HAS(fixture_log(), "given up");
	diskrig_halt(&rig, true);
}

TEST(vioblk_reset, without_retries_a_timeout_is_an_error)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	T_EQ(diskrig_set_sysctl("retries", "0"), 0);
	T_EQ(diskrig_set_sysctl("retries", "-1"), BSD_EINVAL);
	T_EQ(diskrig_set_sysctl("retries", "1001"), BSD_EINVAL);
	T_EQ(diskrig_set_sysctl("timeout", "1"), 0);
	T_EQ(diskrig_set_sysctl("timeout", "-1"), BSD_EINVAL);
	rig.swallow = 1;
	T_EQ(diskrig_read(0, back, 4096), BSD_EIO);
	T_EQ(diskrig_read(0, back, 4096), 0);
	diskrig_halt(&rig, true);
}

static void
wait_long(struct crowd *c)
{
	sim_time start = sim_now();

	/* Nobody may know; then somebody helps. */
	while (sim_now() - start < 100 * SECOND)
		sim_delay(SECOND);
	T_EQ(c->done, 0);
	c->rig->deaf = false;
	vdev_notify(c->rig->dev, 0);
}

TEST(vioblk_reset, without_a_timeout_the_driver_waits)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "0");
	diskrig_boot(&rig);
	rig.deaf = true;
	crowd_run(&rig, true, wait_long);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	T_EQ(diskrig_sysctl("stats.resets"), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_reset, lost_interrupts_need_no_reset)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "3");
	diskrig_boot(&rig);
	rig.silent = true;
	crowd_run(&rig, true, NULL);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	T_EQ(diskrig_sysctl("stats.resets"), 0);
	T_EQ(diskrig_sysctl("stats.timeouts"), 0);
	T_EQ(diskrig_sysctl("stats.missed_interrupts"), CROWD);
	rig.silent = false;
	T_EQ(diskrig_read(0, back, 4096), 0);
	T_EQ(diskrig_sysctl("stats.missed_interrupts"), CROWD);
	diskrig_halt(&rig, true);
}

static void
lie_about_id(struct diskrig *rig, const struct model_event *event)
{
	uint32_t id = wire32(0xfff0);

	if (event->type == MODEL_GIVE)
		diskrig_poke(diskrig_used_element(rig), &id, sizeof(id));
}

/* The timer finds the lie, as nobody else was told. */
TEST(vioblk_reset, lie_without_an_interrupt)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "3");
	diskrig_boot(&rig);
	rig.silent = true;
	rig.event = lie_about_id;
	T_EQ(diskrig_read(0, back, 4096), BSD_EIO);
	T_EQ(diskrig_read(0, back, 4096), BSD_ENXIO);
	T_EQ(diskrig_sysctl("stats.resets"), 0);
	diskrig_halt(&rig, false);
}

/*
 * --- DEVICE_NEEDS_RESET ---
 */

static void
ask_for_reset(struct crowd *c)
{
	vdev_needs_reset(c->rig->dev);
	c->rig->deaf = false;
}

TEST(vioblk_reset, device_asks_for_a_reset)
{
	struct diskrig rig = { 0 };
	sim_time start;

	diskrig_boot(&rig);
	rig.deaf = true;
	start = sim_now();
	crowd_run(&rig, true, ask_for_reset);
	T_TRUE(sim_now() - start < SECOND);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	T_EQ(diskrig_sysctl("stats.resets"), 1);
	T_EQ(diskrig_sysctl("stats.retries"), CROWD);
	T_HAS(fixture_log(), "the device needs a reset");
	diskrig_halt(&rig, true);
}

/* As soon as it is up again. */
static void
ask_again(struct diskrig *rig, const struct model_event *event)
{
	if (event->type == MODEL_TAKE)
		vdev_needs_reset(rig->dev);
}

TEST(vioblk_reset, device_that_asks_again_and_again_is_given_up)
{
	struct diskrig rig = { .event = NULL };

	diskrig_boot(&rig);
	rig.event = ask_again;
	rig.swallow = UINT32_MAX;
	T_EQ(diskrig_read(0, back, 4096), BSD_EIO);
	T_EQ(diskrig_read(0, back, 4096), BSD_EIO);
	rig.event = NULL;
	rig.swallow = 0;
	T_EQ(diskrig_read(0, back, 4096), BSD_ENXIO);
	T_EQ(diskrig_sysctl("stats.resets"), 5);
	T_EQ(diskrig_sysctl("stats.timeouts"), 0);
	diskrig_halt(&rig, true);
}

static void
ask_once(struct diskrig *rig, const struct model_event *event)
{
	if (event->type != MODEL_TAKE)
		return;
	rig->event = NULL;
	vdev_needs_reset(rig->dev);
}

/* While the driver asks for the identity: attach has the device to itself. */
TEST(vioblk_reset, device_asks_during_attach)
{
	struct diskrig rig = { .event = ask_once, .swallow = 1 };

	diskrig_boot(&rig);
	T_HAS(fixture_log(), "the device needs a reset");
	T_EQ(diskrig_write(0, back, 4096), 0);
	T_EQ(diskrig_read(0, back, 4096), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_reset, cache_mode_survives)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	T_EQ(diskrig_set_sysctl("writecache", "0"), 0);
	rig.swallow = 1;
	T_EQ(diskrig_read(0, back, 4096), 0);
	T_EQ(diskrig_sysctl("stats.resets"), 1);
	T_EQ(diskrig_config(&rig)->writeback, 0);
	diskrig_halt(&rig, true);
}

static void
switch_cache_off(struct crowd *c)
{
	T_EQ(kernel_sysctl_write("dev.vioblk.0.writecache", "0"), 0);
	/* All that were in flight are done, and what they wrote is stable. */
	T_EQ(c->done, CROWD);
	T_EQ(c->rig->flushes, 1);
}

TEST(vioblk_reset, cache_mode_waits_for_what_is_in_flight)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	crowd_run(&rig, true, switch_cache_off);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	diskrig_halt(&rig, true);
}

static void
refuse_features(struct diskrig *rig, const struct model_event *event)
{
	if (event->type == MODEL_RESET)
		rig->dev->offered = 0;
}

TEST(vioblk_reset, device_does_not_come_back)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.event = refuse_features;
	rig.swallow = 1;
	T_EQ(diskrig_read(0, back, 4096), BSD_ENXIO);
	T_HAS(fixture_log(), "does not come back");
	T_EQ(diskrig_read(0, back, 4096), BSD_ENXIO);
	diskrig_halt(&rig, true);
}

/*
 * --- what else happens to requests that are stuck ---
 */

static void
sleep_and_wake(struct crowd *c)
{
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	T_EQ(c->done, 0);
	c->rig->deaf = false;
	T_EQ(kernel_devctl_resume("vioblk0"), 0);
}

/* The device had them and did nothing: after resume it gets them again. */
TEST(vioblk_reset, stuck_requests_survive_sleep)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.deaf = true;
	crowd_run(&rig, true, sleep_and_wake);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	T_HAS(fixture_log(), "requests taken back");
	diskrig_halt(&rig, true);
}

static void
sleep_through_timeouts(struct crowd *c)
{
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	/* The reset was asked for, and comes too late. */
	for (unsigned i = 0; i < 1000; i++)
		sim_yield();
	T_EQ(c->rig->dev->status, 0);
	c->rig->deaf = false;
	T_EQ(kernel_devctl_resume("vioblk0"), 0);
}

TEST(vioblk_reset, no_reset_wakes_a_device_that_sleeps)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "2");
	diskrig_boot(&rig);
	rig.deaf = true;
	crowd_run(&rig, true, sleep_through_timeouts);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	T_EQ(diskrig_sysctl("stats.resets"), 0);
	diskrig_halt(&rig, true);
}

static void
detach(struct crowd *c)
{
	(void)c;
	T_EQ(kernel_devctl_detach("vioblk0", true), 0);
}

TEST(vioblk_reset, stuck_requests_fail_at_detach)
{
	struct diskrig rig = { 0 };
	sim_time start;

	diskrig_boot(&rig);
	rig.deaf = true;
	start = sim_now();
	crowd_run(&rig, true, detach);
	T_EQ(crowd.errors, CROWD);
	T_TRUE(sim_now() - start <= 11 * SECOND);
	diskrig_halt(&rig, true);
}

/* A device that works is waited for, but not longer than it takes. */
TEST(vioblk_reset, detach_waits_for_what_is_in_flight)
{
	struct diskrig rig = { 0 };
	sim_time start;

	diskrig_boot(&rig);
	start = sim_now();
	crowd_run(&rig, true, detach);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	T_TRUE(sim_now() - start < SECOND / 2);
	diskrig_halt(&rig, true);
}

static void
detach_when_done(struct crowd *c)
{
	while (c->rig->given < CROWD)
		sim_yield();
	detach(c);
}

/* What the device has done counts, although it told nobody. */
TEST(vioblk_reset, silent_requests_succeed_at_detach)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.silent = true;
	crowd_run(&rig, true, detach_when_done);
	T_EQ(crowd.errors, 0);
	crowd_written(&rig);
	diskrig_halt(&rig, true);
}

static void
lose_features(struct crowd *c)
{
	c->rig->event = refuse_features;
	vdev_needs_reset(c->rig->dev);
}

/* When bus_dma(9) calls, the device is no more. */
TEST(vioblk_reset, deferred_loads_of_a_lost_device)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	kernel_faults_set(&(struct kernel_faults) { .kinds = 1u << KF_DMA_LOAD,
	    .first = 1,
	    .count = 1000 });
	crowd_run(&rig, false, lose_features);
	kernel_faults_set(NULL);
	T_TRUE(crowd.errors > 0);
	T_EQ(crowd.error, BSD_ENXIO);
	diskrig_halt(&rig, true);
}

static void
pull_out(struct crowd *c)
{
	(void)c;
	machine_pci_unplug(1);
	/* Nobody has let bus_dma(9) go on: its call is still to come. */
	T_EQ(kernel_devctl_rescan("pci0"), 0);
}

/*
 * Of a device that was pulled out nothing is waited for but that call, which
 * comes into memory that must still be there, and must end its bio.
 */
TEST(vioblk_reset, deferred_loads_of_a_device_pulled_out)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	kernel_faults_set(&(struct kernel_faults) { .kinds = 1u << KF_DMA_LOAD,
	    .first = 1,
	    .count = 1000 });
	crowd_run(&rig, false, pull_out);
	kernel_faults_set(NULL);
	T_EQ(crowd.errors, CROWD);
	T_EQ(crowd.error, BSD_ENXIO);
	diskrig_halt(&rig, true);
}

static void
detach_in_reset(struct crowd *c)
{
	/* In the very moment in which the timeout strikes, or near it. */
	sim_delay(3 * SECOND);
	T_EQ(kernel_devctl_detach("vioblk0", true), 0);
	(void)c;
}

TEST(vioblk_reset, detach_and_timeout)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "2");
	diskrig_boot(&rig);
	rig.deaf = true;
	crowd_run(&rig, true, detach_in_reset);
	T_EQ(crowd.errors, CROWD);
	diskrig_halt(&rig, true);
}
