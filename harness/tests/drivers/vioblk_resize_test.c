/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver and disks that grow and shrink while they are in use.
 */
#include <string.h>

#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/crowd.h"
#include "tests/test.h"

#define BSD_EIO 5

static uint8_t data[512], back[512];

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

TEST(vioblk_resize, open_disk_grows)
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

TEST(vioblk_resize, disk_grows)
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

TEST(vioblk_resize, disk_shrinks)
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
TEST(vioblk_resize, disk_shrinks_under_requests)
{
	struct diskrig rig = { .blk = { .queue_size = 8,
				   .without = VDEV_FEATURE(
				       VIRTIO_RING_F_INDIRECT_DESC) } };
	unsigned sent;

	diskrig_boot(&rig);
	sent = rig.taken;
	rig.deaf = true;
	crowd_run(&rig, false, shrink);
	T_EQ(crowd.errors, CROWD - 1);
	T_EQ(crowd.error, BSD_EIO);
	T_TRUE(rig.taken - sent < CROWD / 2);
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

TEST(vioblk_resize, new_size_that_cannot_be)
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

TEST(vioblk_resize, disk_grows_while_it_sleeps)
{
	struct diskrig rig = { 0 };
	struct kernel_disk_info info;

	diskrig_boot(&rig);
	fixture_run(grow_asleep, &rig);
	diskrig_info(&info);
	T_EQ(info.media_size, 8192 * 512);
	diskrig_halt(&rig, true);
}
