/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Crash dumps: the kernel has stopped, and the block driver polls.
 */
#include <errno.h>
#include <string.h>

#include "model/wire/blk.h"
#include "sim/sim.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

#define BSD_EIO	      5
#define BSD_ENXIO     6
#define BSD_EROFS     30
#define BSD_ETIMEDOUT 60
#define PIECES	      4
#define PIECE	      16384u

/* What to do before the dump, with the disk open. */
static void (*before)(struct diskrig *rig, struct kernel_disk *disk);
static int results[PIECES + 1];

static void
dump(void *arg)
{
	struct diskrig *rig = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	uint8_t *buffer = kernel_buffer_alloc(PIECE);

	T_REQUIRE(disk != NULL && buffer != NULL);
	if (before != NULL)
		before(rig, disk);
	for (unsigned i = 0; i < PIECES; i++) {
		memset(buffer, (int)i + 1, PIECE);
		results[i] = kernel_disk_dump(disk, buffer, i * PIECE, PIECE);
	}
	results[PIECES] = kernel_disk_dump(disk, NULL, 0, 0);
	T_EQ(kernel_device_shutdown(), 0);
	kernel_buffer_free(buffer);
	kernel_disk_close(disk);
}

static void
dump_to(struct diskrig *rig,
    void (*fn)(struct diskrig *rig, struct kernel_disk *disk))
{
	before = fn;
	memset(results, 0x55, sizeof(results));
	diskrig_boot(rig);
	fixture_run(dump, rig);
}

static void
expect_dumped(struct diskrig *rig)
{
	for (unsigned i = 0; i < PIECES; i++) {
		T_EQ(results[i], 0);
		T_EQ(rig->bytes[i * PIECE], i + 1);
		T_EQ(rig->bytes[(i + 1) * PIECE - 1], i + 1);
	}
	T_EQ(results[PIECES], 0);
	T_EQ(rig->bytes[PIECES * PIECE], 0);
}

TEST(vioblk_dump, writes_and_flushes)
{
	struct diskrig rig = { 0 };

	dump_to(&rig, NULL);
	expect_dumped(&rig);
	T_EQ(rig.flushes, 1);
	diskrig_halt(&rig, true);
}

TEST(vioblk_dump, without_a_cache)
{
	struct diskrig rig = { .blk = { .without = VDEV_FEATURE(
					    VIRTIO_BLK_F_FLUSH) } };

	dump_to(&rig, NULL);
	expect_dumped(&rig);
	diskrig_halt(&rig, true);
}

static struct kernel_disk_io stuck[40];

static void
stuck_done(struct kernel_disk_io *io)
{
	T_TRUE(io->error != 0);
	kernel_buffer_free(io->data);
}

/* Requests in flight, more waiting, and the device has stopped. */
static void
get_stuck(struct diskrig *rig, struct kernel_disk *disk)
{
	rig->deaf = true;
	for (unsigned i = 0; i < sizeof(stuck) / sizeof(stuck[0]); i++) {
		stuck[i] = (struct kernel_disk_io) {
			.op = KERNEL_DISK_READ,
			.offset = 512 << 10,
			.length = 8192,
			.data = kernel_buffer_alloc(8192),
			.done = stuck_done,
		};
		kernel_disk_submit(disk, &stuck[i]);
	}
	rig->deaf = false;
}

TEST(vioblk_dump, from_the_midst_of_requests)
{
	struct diskrig rig = { .blk = { .queue_size = 16 } };

	dump_to(&rig, get_stuck);
	expect_dumped(&rig);
	diskrig_halt(&rig, false);
}

static void
suspend(struct diskrig *rig, struct kernel_disk *disk)
{
	(void)rig;
	(void)disk;
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
}

TEST(vioblk_dump, from_a_suspended_device)
{
	struct diskrig rig = { 0 };

	dump_to(&rig, suspend);
	expect_dumped(&rig);
	diskrig_halt(&rig, true);
}

TEST(vioblk_dump, not_to_a_read_only_disk)
{
	struct diskrig rig = { .read_only = true };

	dump_to(&rig, NULL);
	for (unsigned i = 0; i <= PIECES; i++)
		T_EQ(results[i], BSD_EROFS);
	diskrig_halt(&rig, true);
}

static void
fail_one(struct diskrig *rig, struct kernel_disk *disk)
{
	uint8_t *buffer = kernel_buffer_alloc(PIECE);

	T_REQUIRE(buffer != NULL);
	rig->fail_writes = EIO;
	T_EQ(kernel_disk_dump(disk, buffer, 0, PIECE), BSD_EIO);
	rig->fail_writes = 0;
	kernel_buffer_free(buffer);
}

TEST(vioblk_dump, errors_are_reported)
{
	struct diskrig rig = { 0 };

	dump_to(&rig, fail_one);
	expect_dumped(&rig);
	diskrig_halt(&rig, true);
}

static void
swallow_one(struct diskrig *rig, struct kernel_disk *disk)
{
	uint8_t *buffer = kernel_buffer_alloc(PIECE);
	sim_time start = sim_now();

	T_REQUIRE(buffer != NULL);
	rig->swallow = 1;
	T_EQ(kernel_disk_dump(disk, buffer, 0, PIECE), BSD_ETIMEDOUT);
	T_TRUE(sim_now() - start < UINT64_C(12000000000));
	kernel_buffer_free(buffer);
}

/* The piece is lost; the next one begins with a reset. */
TEST(vioblk_dump, a_swallowed_piece_times_out)
{
	struct diskrig rig = { 0 };

	dump_to(&rig, swallow_one);
	expect_dumped(&rig);
	diskrig_halt(&rig, true);
}

static void
lie_about_id(struct diskrig *rig, const struct model_event *event)
{
	uint32_t id = wire32(0xfff0);

	if (event->type == MODEL_GIVE)
		diskrig_poke(diskrig_used_element(rig), &id, sizeof(id));
}

static void
lie(struct diskrig *rig, struct kernel_disk *disk)
{
	(void)disk;
	rig->event = lie_about_id;
}

TEST(vioblk_dump, a_liar_gives_errors)
{
	struct diskrig rig = { 0 };

	dump_to(&rig, lie);
	for (unsigned i = 0; i <= PIECES; i++)
		T_EQ(results[i], BSD_EIO);
	diskrig_halt(&rig, false);
}

static void
gone(struct diskrig *rig, struct kernel_disk *disk)
{
	(void)rig;
	(void)disk;
	T_EQ(kernel_devctl_detach("vioblk0", true), 0);
}

TEST(vioblk_dump, not_to_a_disk_that_has_gone)
{
	struct diskrig rig = { 0 };

	dump_to(&rig, gone);
	for (unsigned i = 0; i <= PIECES; i++)
		T_EQ(results[i], BSD_ENXIO);
	diskrig_halt(&rig, true);
}

static void
refuse_features(struct diskrig *rig, const struct model_event *event)
{
	if (event->type == MODEL_RESET)
		rig->dev->offered = 0;
}

static void
lose_features(struct diskrig *rig, struct kernel_disk *disk)
{
	(void)disk;
	rig->event = refuse_features;
}

TEST(vioblk_dump, not_to_a_device_that_does_not_come_back)
{
	struct diskrig rig = { 0 };

	dump_to(&rig, lose_features);
	for (unsigned i = 0; i <= PIECES; i++)
		T_TRUE(results[i] != 0);
	diskrig_halt(&rig, true);
}
