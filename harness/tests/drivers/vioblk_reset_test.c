/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver and devices that lose requests or interrupts, ask for
 * resets, or change their size.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

#define BSD_EIO	   5
#define BSD_ENXIO  6
#define BSD_EINVAL 22
#define SECOND	   UINT64_C(1000000000)

static uint8_t data[65536], back[65536];

/*
 * --- many requests at a time ---
 */

#define MANY 24

static struct crowd {
	struct diskrig *rig;
	struct kernel_disk_io io[MANY];
	uint8_t *buffer;
	unsigned done, errors, short_ones;
	int error; /* the last one */
	bool write;
	void (*meanwhile)(struct crowd *crowd);
	struct kernel_sema sema;
} crowd;

static void
crowd_done(struct kernel_disk_io *io)
{
	crowd.done++;
	if (io->error != 0) {
		crowd.errors++;
		crowd.error = io->error;
		crowd.short_ones += io->residual != io->length;
	} else {
		crowd.short_ones += io->residual != 0;
	}
	kernel_sema_post(&crowd.sema);
}

static void
crowd_run(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");

	(void)arg;
	T_REQUIRE(disk != NULL);
	crowd.buffer = kernel_buffer_alloc(MANY * 4096);
	T_REQUIRE(crowd.buffer != NULL);
	for (unsigned i = 0; i < MANY; i++) {
		memset(crowd.buffer + i * 4096, (int)i + 1, 4096);
		crowd.io[i] = (struct kernel_disk_io) {
			.op =
			    crowd.write ? KERNEL_DISK_WRITE : KERNEL_DISK_READ,
			.offset = i * 8192,
			.length = 4096,
			.data = crowd.buffer + i * 4096,
			.done = crowd_done,
		};
		kernel_disk_submit(disk, &crowd.io[i]);
	}
	if (crowd.meanwhile != NULL)
		crowd.meanwhile(&crowd);
	for (unsigned i = 0; i < MANY; i++)
		kernel_sema_wait(&crowd.sema, "crowd");
	kernel_buffer_free(crowd.buffer);
	kernel_disk_close(disk);
}

static void
run_crowd(struct diskrig *rig, bool write, void (*meanwhile)(struct crowd *))
{
	crowd = (struct crowd) {
		.rig = rig,
		.write = write,
		.meanwhile = meanwhile,
	};
	fixture_run(crowd_run, NULL);
	T_EQ(crowd.done, MANY);
	T_EQ(crowd.short_ones, 0);
}

static void
expect_written(const struct diskrig *rig)
{
	for (unsigned i = 0; i < MANY; i++) {
		T_EQ(rig->bytes[i * 8192], i + 1);
		T_EQ(rig->bytes[i * 8192 + 4095], i + 1);
		T_EQ(rig->bytes[i * 8192 + 4096], 0);
	}
}

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
	run_crowd(&rig, true, NULL);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
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
	run_crowd(&rig, false, NULL);
	T_EQ(crowd.errors, MANY);
	T_EQ(crowd.error, BSD_EIO);
	/* Four times: the first, and three more. */
	T_TRUE(sim_now() - start >= 40 * SECOND);
	T_TRUE(sim_now() - start <= 60 * SECOND);
	T_EQ(diskrig_sysctl("stats.timeouts"), 4 * MANY);
	T_EQ(diskrig_sysctl("stats.retries"), 3 * MANY);
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
	run_crowd(&rig, true, wait_long);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
	T_EQ(diskrig_sysctl("stats.resets"), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_reset, lost_interrupts_need_no_reset)
{
	struct diskrig rig = { 0 };

	kernel_setenv("hw.vioblk.timeout", "3");
	diskrig_boot(&rig);
	rig.silent = true;
	run_crowd(&rig, true, NULL);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
	T_EQ(diskrig_sysctl("stats.resets"), 0);
	T_EQ(diskrig_sysctl("stats.timeouts"), 0);
	T_EQ(diskrig_sysctl("stats.missed_interrupts"), MANY);
	rig.silent = false;
	T_EQ(diskrig_read(0, back, 4096), 0);
	T_EQ(diskrig_sysctl("stats.missed_interrupts"), MANY);
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
	run_crowd(&rig, true, ask_for_reset);
	T_TRUE(sim_now() - start < SECOND);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
	T_EQ(diskrig_sysctl("stats.resets"), 1);
	T_EQ(diskrig_sysctl("stats.retries"), MANY);
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
	T_EQ(c->done, MANY);
	T_EQ(c->rig->flushes, 1);
}

TEST(vioblk_reset, cache_mode_waits_for_what_is_in_flight)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	run_crowd(&rig, true, switch_cache_off);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
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
 * --- size ---
 */

/* Somebody has the disk open all the while. */
static void
grow_open_disk(void *arg)
{
	struct diskrig *rig = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	struct kernel_disk_info info;

	T_REQUIRE(disk != NULL);
	T_EQ(vblk_resize(rig->dev, 5000), 0);
	for (unsigned i = 0; i < 1000; i++)
		sim_yield();
	kernel_disk_info(disk, &info);
	T_EQ(info.media_size, 5000 * 512);
	kernel_disk_close(disk);
}

TEST(vioblk_reset, open_disk_grows)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	fixture_run(grow_open_disk, &rig);
	diskrig_halt(&rig, true);
}

struct size_change {
	struct diskrig *rig;
	uint64_t sectors;
};

static void
change_size(void *arg)
{
	struct size_change *change = arg;

	T_EQ(vblk_resize(change->rig->dev, change->sectors), 0);
	/* Until the driver has seen it. */
	for (unsigned i = 0; i < 1000; i++)
		sim_yield();
}

static void
resize(struct diskrig *rig, uint64_t sectors)
{
	struct size_change change = { rig, sectors };

	fixture_run(change_size, &change);
}

TEST(vioblk_reset, disk_grows)
{
	struct diskrig rig = { 0 };
	struct kernel_disk_info info;

	diskrig_boot(&rig);
	T_EQ(diskrig_read((1 << 20) + 512, back, 512), BSD_EIO);
	resize(&rig, 4096);
	diskrig_info(&info);
	T_EQ(info.media_size, 4096 * 512);
	T_HAS(fixture_log(), "now 2MB (4096 512 byte sectors)");
	T_EQ(diskrig_write(4095 * 512, data, 512), 0);
	T_EQ(diskrig_sysctl("stats.resizes"), 1);
	diskrig_halt(&rig, true);
}

TEST(vioblk_reset, disk_shrinks)
{
	struct diskrig rig = { 0 };
	struct kernel_disk_info info;

	diskrig_boot(&rig);
	resize(&rig, 1000);
	diskrig_info(&info);
	T_EQ(info.media_size, 1000 * 512);
	T_EQ(diskrig_read(999 * 512, back, 512), 0);
	T_EQ(diskrig_read(1001 * 512, back, 512), BSD_EIO);
	diskrig_halt(&rig, true);
}

static void
shrink(struct crowd *c)
{
	T_EQ(vblk_resize(c->rig->dev, 16), 0);
	for (unsigned i = 0; i < 1000; i++)
		sim_yield();
	c->rig->deaf = false;
	vdev_notify(c->rig->dev, 0);
}

/* Some are in flight, and fail there; others wait, and are never sent. */
TEST(vioblk_reset, disk_shrinks_under_requests)
{
	struct diskrig rig = { .blk = { .queue_size = 8,
				   .without = VDEV_FEATURE(
				       VIRTIO_RING_F_INDIRECT_DESC) } };
	unsigned sent;

	diskrig_boot(&rig);
	sent = rig.taken;
	rig.deaf = true;
	run_crowd(&rig, false, shrink);
	T_EQ(crowd.errors, MANY - 1);
	T_EQ(crowd.error, BSD_EIO);
	T_TRUE(rig.taken - sent < MANY / 2);
	diskrig_halt(&rig, false);
}

static void
lie_about_capacity(void *arg)
{
	struct diskrig *rig = arg;

	diskrig_config(rig)->capacity = wire64(UINT64_MAX);
	vdev_config_changed(rig->dev);
	vdev_config_interrupt(rig->dev);
	for (unsigned i = 0; i < 1000; i++)
		sim_yield();
}

TEST(vioblk_reset, new_size_that_cannot_be)
{
	struct diskrig rig = { 0 };
	struct kernel_disk_info info;

	diskrig_boot(&rig);
	fixture_run(lie_about_capacity, &rig);
	diskrig_info(&info);
	T_EQ(info.media_size, 1 << 20);
	T_HAS(fixture_log(), "capacity of 18446744073709551615 sectors");
	T_EQ(diskrig_read(0, back, 512), 0);
	diskrig_halt(&rig, true);
}

static void
grow_asleep(void *arg)
{
	struct diskrig *rig = arg;

	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	T_EQ(vblk_resize(rig->dev, 8192), 0);
	T_EQ(kernel_devctl_resume("vioblk0"), 0);
	for (unsigned i = 0; i < 1000; i++)
		sim_yield();
}

TEST(vioblk_reset, disk_grows_while_it_sleeps)
{
	struct diskrig rig = { 0 };
	struct kernel_disk_info info;

	diskrig_boot(&rig);
	fixture_run(grow_asleep, &rig);
	diskrig_info(&info);
	T_EQ(info.media_size, 8192 * 512);
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
	run_crowd(&rig, true, sleep_and_wake);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
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
	run_crowd(&rig, true, sleep_through_timeouts);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
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
	run_crowd(&rig, true, detach);
	T_EQ(crowd.errors, MANY);
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
	run_crowd(&rig, true, detach);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
	T_TRUE(sim_now() - start < SECOND / 2);
	diskrig_halt(&rig, true);
}

static void
detach_when_done(struct crowd *c)
{
	while (c->rig->given < MANY)
		sim_yield();
	detach(c);
}

/* What the device has done counts, although it told nobody. */
TEST(vioblk_reset, silent_requests_succeed_at_detach)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.silent = true;
	run_crowd(&rig, true, detach_when_done);
	T_EQ(crowd.errors, 0);
	expect_written(&rig);
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
	run_crowd(&rig, false, lose_features);
	kernel_faults_set(NULL);
	T_TRUE(crowd.errors > 0);
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
	run_crowd(&rig, true, detach_in_reset);
	T_EQ(crowd.errors, MANY);
	diskrig_halt(&rig, true);
}
