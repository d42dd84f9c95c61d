/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the block driver makes of a device's features and configuration: the
 * true ones, and those that cannot be.
 */
#include <stdio.h>
#include <string.h>

#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

#define BSD_ENXIO	 6
#define BSD_EPERM	 1
#define BSD_EINVAL	 22
#define BSD_EROFS	 30
#define BSD_EOPNOTSUPP	 45

#define WITHOUT(feature) VDEV_FEATURE(VIRTIO_BLK_F_##feature)

static uint8_t data[65536];
static struct kernel_disk_info info;

static bool exists;

static void
look(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open(arg);

	exists = disk != NULL;
	if (disk != NULL)
		kernel_disk_close(disk);
}

static bool
there_is(const char *name)
{
	fixture_run(look, (void *)(uintptr_t)name);
	return (exists);
}

/*
 * --- identity ---
 */

TEST(vioblk_feature, identity)
{
	struct diskrig rig = { .blk = { .id = "abc 12\"3%" } };
	struct vblk_stats stats;

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_STR(info.ident, "abc_12\"3%");
	T_TRUE(there_is("diskid/DISK-abc_12%223%25"));
	T_FALSE(there_is("diskid/DISK-abc"));
	T_FALSE(there_is("DISK-abc_12%223%25"));
	diskrig_stats(&rig, &stats);
	T_EQ(stats.ids, 1);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, identity_of_all_twenty_bytes)
{
	struct diskrig rig = { .blk = { .id = "0123456789abcdefghij" } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_STR(info.ident, "0123456789abcdefghij");
	T_TRUE(there_is("diskid/DISK-0123456789abcdefghij"));
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, identity_padded_with_blanks)
{
	struct diskrig rig = { .blk = { .id = "serial \x01\xff    " } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_STR(info.ident, "serial___");
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, identity_is_not_asked_for)
{
	struct diskrig rig = { .blk = { .id = "x" } };
	struct vblk_stats stats;

	kernel_setenv("hw.vioblk.no_ident", "1");
	diskrig_boot(&rig);
	diskrig_info(&info);
	T_STR(info.ident, "");
	T_FALSE(there_is("diskid/DISK-"));
	diskrig_stats(&rig, &stats);
	T_EQ(stats.ids, 0);
	diskrig_halt(&rig, true);
}

static void
refuse(struct diskrig *rig, const struct model_event *event)
{
	uint8_t status = VIRTIO_BLK_S_UNSUPP;

	if (event->type == MODEL_GIVE)
		diskrig_poke(rig->status_gpa, &status, 1);
}

TEST(vioblk_feature, identity_is_refused)
{
	struct diskrig rig = { .event = refuse };

	diskrig_boot(&rig);
	rig.event = NULL;
	diskrig_info(&info);
	T_STR(info.ident, "");
	T_EQ(diskrig_read(0, data, 4096), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, identity_never_comes)
{
	struct diskrig rig = { 0 };
	unsigned usual;

	diskrig_boot(&rig);
	usual = rig.resets;
	diskrig_halt(&rig, true);

	rig = (struct diskrig) { .swallow = 1 };
	diskrig_boot(&rig);
	T_EQ(rig.swallowed, 1);
	/* The device is stopped, and then brought up again. */
	T_EQ(rig.resets, usual + 2);
	T_HAS(fixture_log(), "does not say its identity; reset");
	diskrig_info(&info);
	T_STR(info.ident, "");
	T_EQ(diskrig_write(0, data, 4096), 0);
	diskrig_halt(&rig, true);
}

static void
lie_about_id(struct diskrig *rig, const struct model_event *event)
{
	uint32_t id = wire32(7);

	if (event->type == MODEL_GIVE)
		diskrig_poke(diskrig_used_element(rig), &id, sizeof(id));
}

/* The first reply is a lie: it does not become a disk. */
TEST(vioblk_feature, identity_by_a_liar)
{
	struct diskrig rig = { .event = lie_about_id };

	diskrig_boot(&rig);
	T_FALSE(there_is("vbd0"));
	T_HAS(fixture_log(), "the device lies");
	diskrig_halt(&rig, false);
}

TEST(vioblk_feature, identity_by_a_silent_liar)
{
	struct diskrig rig = { .event = lie_about_id, .silent = true };

	diskrig_boot(&rig);
	T_FALSE(there_is("vbd0"));
	diskrig_halt(&rig, false);
}

/*
 * --- geometry and topology ---
 */

TEST(vioblk_feature, geometry)
{
	struct diskrig rig = { .blk = { .geometry = { 100, 16, 63 } } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_EQ(info.fw_heads, 16);
	T_EQ(info.fw_sectors, 63);
	diskrig_halt(&rig, true);
}

static void
no_heads(struct diskrig *rig)
{
	diskrig_config(rig)->geometry.heads = 0;
	diskrig_config(rig)->geometry.sectors = 17;
}

TEST(vioblk_feature, geometry_without_heads)
{
	struct diskrig rig = { .tune = no_heads };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_EQ(info.fw_heads, 0);
	T_EQ(info.fw_sectors, 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, topology)
{
	struct diskrig rig = { .blk = { .topology = { 3, 1, 8, 64 } } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_EQ(info.stripe_size, 4096);
	T_EQ(info.stripe_offset, 4096 - 512);
	diskrig_halt(&rig, true);
}

static uint8_t exponent, alignment;

static void
topology(struct diskrig *rig)
{
	diskrig_config(rig)->topology.physical_block_exp = exponent;
	diskrig_config(rig)->topology.alignment_offset = alignment;
}

TEST(vioblk_feature, topology_that_is_no_hint)
{
	static const uint8_t lies[][2] = { { 32, 0 }, { 255, 255 }, { 3, 8 },
		{ 3, 200 }, { 16, 0 }, { 0, 1 } };

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct diskrig rig = { .tune = topology };

		exponent = lies[i][0];
		alignment = lies[i][1];
		diskrig_boot(&rig);
		diskrig_info(&info);
		T_EQ(info.stripe_size, 0);
		T_EQ(info.stripe_offset, 0);
		diskrig_halt(&rig, true);
	}
}

/*
 * --- capacity, blocks, segments ---
 */

static struct virtio_blk_config wrong;
static uint64_t which;

static void
configure(struct diskrig *rig)
{
	struct virtio_blk_config *config = diskrig_config(rig);

	if (which == VIRTIO_BLK_F_BLK_SIZE)
		config->blk_size = wrong.blk_size;
	else if (which == VIRTIO_BLK_F_SEG_MAX)
		config->seg_max = wrong.seg_max;
	else if (which == VIRTIO_BLK_F_SIZE_MAX)
		config->size_max = wrong.size_max;
	else if (which == VIRTIO_BLK_F_MQ)
		config->num_queues = wrong.num_queues;
	else
		config->capacity = wrong.capacity;
}

TEST(vioblk_feature, capacity_that_cannot_be)
{
	struct diskrig rig = { .tune = configure };

	which = 0;
	wrong.capacity = wire64(INT64_MAX / 512 + 1);
	diskrig_boot(&rig);
	T_FALSE(there_is("vbd0"));
	T_HAS(fixture_log(), "capacity of 18014398509481984 sectors");
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, capacity_that_just_can_be)
{
	struct diskrig rig = { .tune = configure };

	which = 0;
	wrong.capacity = wire64(INT64_MAX / 512);
	diskrig_boot(&rig);
	diskrig_info(&info);
	T_EQ(info.media_size, INT64_MAX / 512 * 512);
	T_EQ(diskrig_read(0, data, 512), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, block_sizes_that_cannot_be)
{
	static const uint32_t sizes[] = { 0, 1, 256, 513, 1000, 3 << 20,
		UINT32_MAX, 0x80000000 };

	which = VIRTIO_BLK_F_BLK_SIZE;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct diskrig rig = { .tune = configure };

		wrong.blk_size = wire32(sizes[i]);
		diskrig_boot(&rig);
		T_HAS(fixture_log(), "bytes; 512 used");
		diskrig_info(&info);
		T_EQ(info.sector_size, 512);
		T_EQ(diskrig_read(512, data, 512), 0);
		diskrig_halt(&rig, true);
	}
}

TEST(vioblk_feature, no_segments)
{
	struct diskrig rig = { .tune = configure };

	which = VIRTIO_BLK_F_SEG_MAX;
	wrong.seg_max = 0;
	diskrig_boot(&rig);
	T_FALSE(there_is("vbd0"));
	T_HAS(fixture_log(), "no room for data");
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, segments_beyond_reason)
{
	struct diskrig rig = { .tune = configure, .blk = { .queue_size = 16 } };

	which = VIRTIO_BLK_F_SEG_MAX;
	wrong.seg_max = UINT32_MAX;
	diskrig_boot(&rig);
	T_EQ(diskrig_read(0, data, sizeof(data)), 0);
	/* 2.7.5.3.1: no chain is longer than the queue. */
	T_EQ(diskrig_sysctl("max_segments"), 14);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, segments_smaller_than_a_sector)
{
	struct diskrig rig = { .blk = { .size_max = 4096 }, .tune = configure };

	which = VIRTIO_BLK_F_SIZE_MAX;
	wrong.size_max = wire32(511);
	diskrig_boot(&rig);
	T_FALSE(there_is("vbd0"));
	diskrig_halt(&rig, true);
}

/* One page in one segment, and that only where it does not cross pages. */
TEST(vioblk_feature, blocks_larger_than_a_request)
{
	struct diskrig rig = { .blk = { .block_size = 65536,
				   .without = WITHOUT(SEG_MAX) } };

	diskrig_boot(&rig);
	T_FALSE(there_is("vbd0"));
	T_HAS(fixture_log(), "no room for a sector of 65536 bytes");
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, one_segment)
{
	struct diskrig rig = { .blk = { .without = WITHOUT(SEG_MAX) } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_EQ(info.max_io, 4096);
	memset(data, 3, sizeof(data));
	T_EQ(diskrig_write(0, data, sizeof(data)), 0);
	T_EQ(memcmp(rig.bytes, data, sizeof(data)), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, number_of_queues_that_cannot_be)
{
	static const uint16_t numbers[] = { 0, 17, 0xffff };

	which = VIRTIO_BLK_F_MQ;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct diskrig rig = { .blk = { .nqueues = 2 },
			.tune = configure };

		wrong.num_queues = wire16(numbers[i]);
		kernel_setenv("hw.vioblk.queues", "64");
		diskrig_boot(&rig);
		T_EQ(diskrig_sysctl("queues"), 1);
		T_HAS(fixture_log(), "1 used");
		T_EQ(diskrig_read(0, data, 4096), 0);
		diskrig_halt(&rig, true);
	}
}

/*
 * --- the cache ---
 */

TEST(vioblk_feature, without_flush_there_is_no_cache)
{
	struct diskrig rig = { .blk = { .without = WITHOUT(FLUSH) } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_FALSE(info.can_flush);
	T_HAS(fixture_log(), "write-through");
	T_EQ(diskrig_flush(), BSD_EOPNOTSUPP);
	T_EQ(diskrig_sysctl("flush"), 0);
	T_EQ(diskrig_sysctl("writecache"), 0);
	T_EQ(diskrig_set_sysctl("writecache", "1"), BSD_EPERM);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, with_flush_alone_the_cache_is_write_back)
{
	struct diskrig rig = { .blk = { .without = WITHOUT(CONFIG_WCE) } };

	diskrig_boot(&rig);
	T_EQ(diskrig_sysctl("writecache"), 1);
	T_EQ(diskrig_flush(), 0);
	T_EQ(rig.flushes, 1);
	T_EQ(diskrig_set_sysctl("writecache", "0"), BSD_EPERM);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, cache_mode_is_the_devices)
{
	for (int through = 0; through < 2; through++) {
		struct diskrig rig = { .blk = { .write_through = through } };

		diskrig_boot(&rig);
		T_EQ(diskrig_sysctl("writecache"), !through);
		T_EQ(diskrig_config(&rig)->writeback, !through);
		diskrig_halt(&rig, true);
	}
}

TEST(vioblk_feature, cache_mode_is_set_at_boot)
{
	for (int mode = 0; mode < 2; mode++) {
		struct diskrig rig = { .blk = { .write_through = mode } };

		kernel_setenv("hw.vioblk.writecache_mode", mode ? "0" : "1");
		kernel_setenv("hw.vioblk.0.writecache_mode", mode ? "1" : "0");
		diskrig_boot(&rig);
		T_EQ(diskrig_sysctl("writecache"), mode);
		T_EQ(diskrig_config(&rig)->writeback, mode);
		diskrig_halt(&rig, true);
	}
}

TEST(vioblk_feature, cache_mode_is_changed)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	T_EQ(diskrig_write(0, data, 4096), 0);
	T_EQ(diskrig_set_sysctl("writecache", "2"), BSD_EINVAL);
	T_EQ(diskrig_set_sysctl("writecache", "-1"), BSD_EINVAL);
	T_EQ(diskrig_config(&rig)->writeback, 1);
	T_EQ(rig.flushes, 0);
	T_EQ(diskrig_set_sysctl("writecache", "0"), 0);
	T_EQ(diskrig_config(&rig)->writeback, 0);
	/* What was volatile has been flushed. */
	T_EQ(rig.flushes, 1);
	T_EQ(diskrig_write(0, data, 4096), 0);
	T_EQ(diskrig_set_sysctl("writecache", "1"), 0);
	T_EQ(diskrig_config(&rig)->writeback, 1);
	T_EQ(diskrig_write(0, data, 4096), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, cache_mode_is_not_changed_without_the_flush)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.swallow = 1;
	T_TRUE(diskrig_set_sysctl("writecache", "0") != 0);
	T_EQ(diskrig_sysctl("writecache"), 1);
	/* The reset gives the request back; then it can be changed. */
	T_EQ(diskrig_read(0, data, 4096), 0);
	T_EQ(diskrig_sysctl("stats.resets"), 1);
	T_EQ(diskrig_config(&rig)->writeback, 1);
	T_EQ(diskrig_set_sysctl("writecache", "0"), 0);
	diskrig_halt(&rig, true);
}

/*
 * --- deletions ---
 */

TEST(vioblk_feature, deletes_by_discard)
{
	struct diskrig rig = { .can_discard = true };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_TRUE(info.can_delete);
	memset(rig.bytes, 0x33, 1 << 20);
	T_EQ(diskrig_delete(8192, 4096), 0);
	T_EQ(rig.discards, 1);
	T_EQ(rig.range_offset, 8192);
	T_EQ(rig.range_length, 4096);
	T_EQ(rig.bytes[8191], 0x33);
	T_EQ(rig.bytes[8192], 0);
	T_EQ(rig.bytes[8192 + 4095], 0);
	T_EQ(rig.bytes[8192 + 4096], 0x33);
	T_EQ(diskrig_sysctl("stats.deleted_bytes"), 4096);
	diskrig_halt(&rig, true);
}

static void
may_unmap(struct diskrig *rig)
{
	diskrig_config(rig)->write_zeroes_may_unmap = 1;
}

TEST(vioblk_feature, deletes_by_writing_zeroes)
{
	struct diskrig rig = { .can_discard = true,
		.tune = may_unmap,
		.blk = { .without = WITHOUT(DISCARD) } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_TRUE(info.can_delete);
	memset(rig.bytes, 0x33, 1 << 20);
	T_EQ(diskrig_delete(0, 512), 0);
	T_EQ(rig.zeroes, 1);
	T_TRUE(rig.unmap);
	T_EQ(rig.bytes[511], 0);
	T_EQ(rig.bytes[512], 0x33);
	diskrig_halt(&rig, true);
}

TEST(vioblk_feature, large_deletions_are_cut)
{
	struct diskrig rig = { .can_discard = true,
		.blk = { .max_discard_sectors = 100, .discard_alignment = 8 } };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_EQ(info.max_delete, 96 * 512);
	memset(rig.bytes, 0x33, 1 << 20);
	T_EQ(diskrig_delete(4096, 200 * 512), 0);
	T_EQ(rig.discards, 3);
	T_EQ(rig.bytes[4095], 0x33);
	for (unsigned i = 4096; i < 4096 + 200 * 512; i++)
		T_REQUIRE(rig.bytes[i] == 0);
	T_EQ(rig.bytes[4096 + 200 * 512], 0x33);
	diskrig_halt(&rig, true);
}

static struct virtio_blk_config limits;

static void
set_delete_limits(struct diskrig *rig)
{
	struct virtio_blk_config *config = diskrig_config(rig);

	config->max_discard_sectors = limits.max_discard_sectors;
	config->max_discard_seg = limits.max_discard_seg;
	config->discard_sector_alignment = limits.discard_sector_alignment;
	config->max_write_zeroes_sectors = limits.max_write_zeroes_sectors;
	config->max_write_zeroes_seg = limits.max_write_zeroes_seg;
	config->write_zeroes_may_unmap = limits.write_zeroes_may_unmap;
}

/* Returns d_delmaxsize, or 0 when deletions are not offered. */
static uint64_t
delete_limit(uint32_t block, uint64_t without)
{
	struct diskrig rig = { .can_discard = true,
		.blk = { .block_size = block, .without = without },
		.tune = set_delete_limits };

	diskrig_boot(&rig);
	diskrig_info(&info);
	if (!info.can_delete)
		T_EQ(diskrig_delete(0, 65536), BSD_EOPNOTSUPP);
	diskrig_halt(&rig, true);
	return (info.can_delete ? info.max_delete : 0);
}

TEST(vioblk_feature, limits_of_deletions)
{
	memset(&limits, 0, sizeof(limits));
	T_EQ(delete_limit(512, 0), 0);
	limits.max_discard_sectors = wire32(64);
	T_EQ(delete_limit(512, 0), 0); /* no ranges at all */
	limits.max_discard_seg = wire32(1);
	T_EQ(delete_limit(512, 0), 64 * 512);
	limits.discard_sector_alignment = wire32(48);
	T_EQ(delete_limit(512, 0), 48 * 512);
	limits.discard_sector_alignment = wire32(65); /* never fits */
	T_EQ(delete_limit(512, 0), 64 * 512);
	limits.discard_sector_alignment = wire32(9); /* of no use for 4 KiB */
	T_EQ(delete_limit(4096, 0), 64 * 512);
	limits.max_discard_sectors = wire32(UINT32_MAX);
	limits.discard_sector_alignment = 0;
	T_EQ(delete_limit(4096, 0), UINT64_C(0xfffffff8) * 512);
	limits.max_discard_sectors = wire32(7); /* less than a block */
	T_EQ(delete_limit(4096, 0), 0);
	/* Zeros step in, but only where they give room back. */
	limits.max_write_zeroes_sectors = wire32(128);
	limits.max_write_zeroes_seg = wire32(4);
	T_EQ(delete_limit(4096, 0), 0);
	limits.write_zeroes_may_unmap = 1;
	T_EQ(delete_limit(4096, 0), 128 * 512);
	T_EQ(delete_limit(512, WITHOUT(DISCARD)), 128 * 512);
	limits.max_write_zeroes_seg = 0;
	T_EQ(delete_limit(512, WITHOUT(DISCARD)), 0);
	T_EQ(delete_limit(512, WITHOUT(DISCARD) | WITHOUT(WRITE_ZEROES)), 0);
}

static void
offer_discard(struct diskrig *rig)
{
	struct virtio_blk_config *config = diskrig_config(rig);

	rig->dev->offered |= WITHOUT(DISCARD) | WITHOUT(WRITE_ZEROES);
	config->max_discard_sectors = wire32(64);
	config->max_discard_seg = wire32(1);
}

/* Whatever is offered: nothing is deleted from a read-only disk. */
TEST(vioblk_feature, read_only_disks_delete_nothing)
{
	struct diskrig rig = { .read_only = true, .tune = offer_discard };

	diskrig_boot(&rig);
	diskrig_info(&info);
	T_TRUE(info.read_only);
	T_FALSE(info.can_delete);
	T_EQ(diskrig_delete(0, 4096), BSD_EROFS);
	T_EQ(rig.discards + rig.zeroes, 0);
	diskrig_halt(&rig, true);
}
