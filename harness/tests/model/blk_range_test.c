/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device: discard, write zeroes and secure erase, and what a driver
 * may not ask of them (virtio 1.3, section 5.2.6).
 */
#include <errno.h>
#include <string.h>

#include "model/blk.h"
#include "tests/model/rig.h"
#include "tests/test.h"

#define SECTORS 64
#define NEXT	VIRTQ_DESC_F_NEXT
#define WRITE	VIRTQ_DESC_F_WRITE
#define UNMAP	VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP
#define FEATURE VDEV_FEATURE

static const uint32_t types[] = { VIRTIO_BLK_T_DISCARD,
	VIRTIO_BLK_T_WRITE_ZEROES, VIRTIO_BLK_T_SECURE_ERASE };
static const unsigned features[] = { VIRTIO_BLK_F_DISCARD,
	VIRTIO_BLK_F_WRITE_ZEROES, VIRTIO_BLK_F_SECURE_ERASE };
#define TYPES 3

/* Header, `length` bytes at RIG_DATA for the device to read, status. */
static uint8_t
send(struct rig *rig, uint32_t type, uint32_t length)
{
	uint8_t *status = rig_at(rig, RIG_STATUS);
	uint16_t before = rig_used_idx(rig);

	*status = 0xee;
	rig_header(rig, type, 0);
	rig_desc(rig, 0, RIG_HEADER, 16, NEXT, length != 0 ? 1 : 2);
	rig_desc(rig, 1, RIG_DATA, length, NEXT, 2);
	rig_desc(rig, 2, RIG_STATUS, 1, WRITE, 0);
	rig_avail(rig, 0);
	rig_kick(rig);
	T_EQ((uint16_t)(rig_used_idx(rig) - before), 1);
	T_EQ(rig_used(rig, before).len, 1);
	return (*status);
}

static void
range(struct rig *rig, unsigned i, uint64_t sector, uint32_t count,
    uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes *r = rig_at(rig, RIG_DATA);

	r[i].sector = wire64(sector);
	r[i].num_sectors = wire32(count);
	r[i].flags = wire32(flags);
}

static uint8_t
one(struct rig *rig, uint32_t type, uint64_t sector, uint32_t count,
    uint32_t flags)
{
	range(rig, 0, sector, count, flags);
	return (send(rig, type, 16));
}

/* A disk full of ones. */
static uint8_t *
begin(struct rig *rig, const struct vblk_config *config)
{
	uint8_t *disk;

	rig_blk(rig, SECTORS, config, false);
	rig_start(rig, 16);
	disk = backend_memory_bytes(rig->backend);
	memset(disk, 1, SECTORS * 512);
	return (disk);
}

/* Whether just these sectors are zeros, and the others ones. */
static bool
zeroed(const uint8_t *disk, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < SECTORS * 512; i++) {
		bool in = i / 512 >= first && i / 512 < first + count;

		if (disk[i] != (in ? 0 : 1))
			return (false);
	}
	return (true);
}

TEST(blk_range, each_kind_empties_its_range)
{
	static const struct {
		unsigned first, count;
	} cases[] = { { 0, 1 }, { 3, 9 }, { 8, 8 }, { 63, 1 }, { 0, 64 },
		{ 7, 50 } };
	struct rig rig;
	uint8_t *disk;

	disk = begin(&rig, NULL);
	for (unsigned t = 0; t < TYPES; t++) {
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]);
		     i++) {
			memset(disk, 1, SECTORS * 512);
			T_EQ(one(&rig, types[t], cases[i].first, cases[i].count,
				 0),
			    VIRTIO_BLK_S_OK);
			T_TRUE(zeroed(disk, cases[i].first, cases[i].count));
		}
	}
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(blk_range, is_counted_by_kind)
{
	struct vblk_stats stats;
	struct rig rig;

	(void)begin(&rig, NULL);
	T_EQ(one(&rig, VIRTIO_BLK_T_DISCARD, 0, 8, 0), 0);
	T_EQ(one(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 3, 0), 0);
	T_EQ(one(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 4, 2, UNMAP), 0);
	T_EQ(one(&rig, VIRTIO_BLK_T_SECURE_ERASE, 0, 1, 0), 0);
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.discards, 1);
	T_EQ(stats.write_zeroes, 2);
	T_EQ(stats.secure_erases, 1);
	T_EQ(stats.discarded_bytes, 9 * 512);
	T_EQ(stats.zeroed_bytes, 5 * 512);
	T_EQ(stats.others + stats.errors, 0);
	T_EQ(stats.queue_requests[0], 4);
	rig_fini(&rig);
}

TEST(blk_range, several_in_a_request)
{
	struct rig rig;
	uint8_t *disk;

	disk = begin(&rig, NULL);
	for (unsigned t = 0; t < TYPES; t++) {
		memset(disk, 1, SECTORS * 512);
		range(&rig, 0, 10, 5, 0);
		range(&rig, 1, 20, 0, 0); /* nothing at all */
		range(&rig, 2, 15, 5, 0);
		T_EQ(send(&rig, types[t], 48), VIRTIO_BLK_S_OK);
		T_TRUE(zeroed(disk, 10, 10));
	}
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

/* Section 2.7.4: ranges are a stream of bytes, however they are cut. */
TEST(blk_range, cut_anywhere)
{
	struct rig rig;
	uint8_t *disk;

	disk = begin(&rig, NULL);
	rig_header(&rig, VIRTIO_BLK_T_DISCARD, 0);
	range(&rig, 0, 1, 2, 0);
	range(&rig, 1, 3, 4, 0);
	memcpy(rig_at(&rig, RIG_HEADER + 16), rig_at(&rig, RIG_DATA), 5);
	rig_desc(&rig, 0, RIG_HEADER, 16 + 5, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA + 5, 20, NEXT, 2);
	rig_desc(&rig, 2, RIG_DATA + 25, 7, NEXT, 3);
	rig_desc(&rig, 3, RIG_STATUS, 1, WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_STATUS), VIRTIO_BLK_S_OK);
	T_TRUE(zeroed(disk, 1, 6));
	rig_fini(&rig);
}

/* Section 5.2.6.2: flags that are unknown, and unmap of a discard. */
TEST(blk_range, flags_that_are_unsupported)
{
	static const uint32_t bad[] = { 2, 4, 0x80000000, UINT32_MAX };
	struct rig rig;
	uint8_t *disk;

	disk = begin(&rig, NULL);
	for (unsigned t = 0; t < TYPES; t++) {
		for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			T_EQ(one(&rig, types[t], 0, 1, bad[i]),
			    VIRTIO_BLK_S_UNSUPP);
			T_TRUE(rig_reported(&rig, "5.2.6.1"));
			T_EQ(one(&rig, types[t], 0, 1, bad[i] | UNMAP),
			    VIRTIO_BLK_S_UNSUPP);
			rig.nreports = 0;
		}
	}
	T_EQ(one(&rig, VIRTIO_BLK_T_DISCARD, 0, 1, UNMAP), VIRTIO_BLK_S_UNSUPP);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	/* In any range, wherever that lies, and before any is touched. */
	range(&rig, 0, 0, 1, 0);
	range(&rig, 1, UINT64_MAX, 1, 2);
	T_EQ(send(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 32), VIRTIO_BLK_S_UNSUPP);
	T_TRUE(zeroed(disk, 0, 0));
	rig.nreports = 0;
	T_EQ(one(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 1, UNMAP), 0);
	T_EQ(rig.nreports, 0);
	T_TRUE(zeroed(disk, 0, 1));
	rig_fini(&rig);
}

TEST(blk_range, beyond_the_end)
{
	static const struct {
		uint64_t sector;
		uint32_t count;
	} cases[] = {
		{ SECTORS, 1 },
		{ SECTORS - 1, 2 },
		{ 0, SECTORS + 1 },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX - 1, 4 },
		/* times 512 this wraps into the disk */
		{ UINT64_C(1) << 55, 1 },
	};
	struct rig rig;
	uint8_t *disk;

	disk = begin(&rig, NULL);
	for (unsigned t = 0; t < TYPES; t++) {
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]);
		     i++) {
			/* One that is right is not touched either. */
			range(&rig, 0, 0, 1, 0);
			range(&rig, 1, cases[i].sector, cases[i].count, 0);
			T_EQ(send(&rig, types[t], 32), VIRTIO_BLK_S_IOERR);
			T_TRUE(rig_reported(&rig, "5.2.6.1"));
		}
	}
	T_TRUE(zeroed(disk, 0, 0));
	rig_fini(&rig);
}

TEST(blk_range, limits_are_kept)
{
	const struct vblk_config config = {
		.max_discard_sectors = 8,
		.max_discard_seg = 2,
		.discard_alignment = 4,
		.max_write_zeroes_sectors = 16,
		.max_write_zeroes_seg = 3,
	};
	static const uint32_t most[] = { 8, 16, 8 }, ranges[] = { 2, 3, 2 };
	struct rig rig;

	(void)begin(&rig, &config);
	for (unsigned t = 0; t < TYPES; t++) {
		T_EQ(one(&rig, types[t], 1, most[t], 0), VIRTIO_BLK_S_OK);
		T_EQ(rig.nreports, 0);
		T_EQ(one(&rig, types[t], 1, most[t] + 1, 0),
		    VIRTIO_BLK_S_IOERR);
		T_TRUE(rig_reported(&rig, "5.2.3"));
		for (unsigned i = 0; i <= ranges[t]; i++)
			range(&rig, i, i, 1, 0);
		T_EQ(send(&rig, types[t], 16 * ranges[t]), VIRTIO_BLK_S_OK);
		T_EQ(rig.nreports, 0);
		T_EQ(send(&rig, types[t], 16 * (ranges[t] + 1)),
		    VIRTIO_BLK_S_IOERR);
		T_TRUE(rig_reported(&rig, "5.2.6.1"));
	}
	rig_fini(&rig);
}

TEST(blk_range, data_that_is_no_range)
{
	static const uint32_t lengths[] = { 0, 1, 15, 17, 16 * 17, 4096 };
	struct rig rig;
	uint8_t *disk;

	disk = begin(&rig, NULL);
	memset(rig_at(&rig, RIG_DATA), 0, 4096);
	for (unsigned t = 0; t < TYPES; t++) {
		for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]);
		     i++) {
			T_EQ(send(&rig, types[t], lengths[i]),
			    VIRTIO_BLK_S_IOERR);
			T_TRUE(rig_reported(&rig, "5.2.6.1"));
		}
	}
	T_TRUE(zeroed(disk, 0, 0));
	rig_fini(&rig);
}

TEST(blk_range, header_has_no_sector)
{
	struct rig rig;

	(void)begin(&rig, NULL);
	range(&rig, 0, 0, 1, 0);
	rig_header(&rig, VIRTIO_BLK_T_DISCARD, 7);
	rig_desc(&rig, 0, RIG_HEADER, 16, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA, 16, NEXT, 2);
	rig_desc(&rig, 2, RIG_STATUS, 1, WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_STATUS), VIRTIO_BLK_S_OK);
	T_TRUE(rig_reported(&rig, "5.2.6"));
	rig_fini(&rig);
}

TEST(blk_range, needs_negotiation)
{
	struct vblk_config config = { .name = NULL };
	struct rig rig;
	uint8_t *disk;

	for (unsigned t = 0; t < TYPES; t++) {
		config.without = FEATURE(features[t]);
		disk = begin(&rig, &config);
		T_FALSE(rig.dev->offered & FEATURE(features[t]));
		T_EQ(one(&rig, types[t], 0, 1, 0), VIRTIO_BLK_S_UNSUPP);
		T_TRUE(rig_reported(&rig, "2.2.1"));
		T_TRUE(zeroed(disk, 0, 0));
		rig_fini(&rig);
	}
	/* And a disk that is read-only offers none of them. */
	rig_blk(&rig, SECTORS, NULL, true);
	rig_start(&rig, 16);
	for (unsigned t = 0; t < TYPES; t++) {
		T_FALSE(rig.dev->offered & FEATURE(features[t]));
		T_EQ(one(&rig, types[t], 0, 1, 0), VIRTIO_BLK_S_UNSUPP);
	}
	rig_fini(&rig);
}

TEST(blk_range, is_told_in_the_configuration)
{
	const struct vblk_config config = {
		.max_discard_sectors = 11,
		.max_discard_seg = 12,
		.discard_alignment = 13,
		.max_write_zeroes_sectors = 14,
		.max_write_zeroes_seg = 15,
	};
	const unsigned at = VPCI_MODERN_DEVICE_OFFSET;
	struct rig rig;

	(void)begin(&rig, &config);
	T_EQ(rig_read(&rig, at + 36, 4), 11);
	T_EQ(rig_read(&rig, at + 40, 4), 12);
	T_EQ(rig_read(&rig, at + 44, 4), 13);
	T_EQ(rig_read(&rig, at + 48, 4), 14);
	T_EQ(rig_read(&rig, at + 52, 4), 15);
	T_EQ(rig_read(&rig, at + 56, 1), 1);
	T_EQ(rig_read(&rig, at + 60, 4), 11);
	T_EQ(rig_read(&rig, at + 64, 4), 12);
	T_EQ(rig_read(&rig, at + 68, 4), 13);
	rig_fini(&rig);
	(void)begin(&rig, NULL);
	T_TRUE(rig_read(&rig, at + 36, 4) >= 1 << 20);
	T_EQ(rig_read(&rig, at + 44, 4), 8);
	rig_fini(&rig);
}

/*
 * --- with a backend that can be told to fail ---
 */

static struct {
	struct backend backend;
	unsigned flushes, discards, zeroes, unmaps, erases, writes;
	int error;
} fake;

static int
fake_io(struct backend *b, struct iovec *iov, unsigned iovcnt, uint64_t offset)
{
	fake.writes++;
	return (fake.error);
}

static int
fake_flush(struct backend *b)
{
	fake.flushes++;
	return (fake.error);
}

static int
fake_discard(struct backend *b, uint64_t offset, uint64_t length)
{
	fake.discards++;
	return (fake.error);
}

static int
fake_zeroes(struct backend *b, uint64_t offset, uint64_t length, bool unmap)
{
	fake.zeroes++;
	fake.unmaps += unmap;
	return (fake.error);
}

static int
fake_erase(struct backend *b, uint64_t offset, uint64_t length)
{
	fake.erases++;
	return (fake.error);
}

static void
fake_close(struct backend *b)
{
}

static const struct backend_ops fake_ops = {
	.preadv = fake_io,
	.pwritev = fake_io,
	.flush = fake_flush,
	.discard = fake_discard,
	.write_zeroes = fake_zeroes,
	.secure_erase = fake_erase,
	.close = fake_close,
};

static void
begin_fake(struct rig *rig, const struct vblk_config *config, uint64_t more)
{
	memset(&fake, 0, sizeof(fake));
	fake.backend.ops = &fake_ops;
	fake.backend.size = SECTORS * 512;
	fake.backend.can_discard = true;
	fake.backend.can_secure_erase = true;
	rig_init(rig);
	rig->backend = &fake.backend;
	rig_transport(rig, vblk_new(config, rig->backend));
	rig_negotiate(rig, FEATURE(VIRTIO_F_VERSION_1) | more);
	rig_enable_queue(rig, 16);
	rig_driver_ok(rig);
}

#define ALL_KINDS                                                             \
	(FEATURE(VIRTIO_BLK_F_DISCARD) | FEATURE(VIRTIO_BLK_F_WRITE_ZEROES) | \
	    FEATURE(VIRTIO_BLK_F_SECURE_ERASE))

TEST(blk_range, backend_errors_reach_the_driver)
{
	const struct vblk_config config = { .name = NULL };
	struct vblk_stats stats;
	struct rig rig;

	begin_fake(&rig, &config, ALL_KINDS | FEATURE(VIRTIO_BLK_F_FLUSH));
	/* What a backend does not promise is not passed on. */
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET + 56, 1), 0);
	fake.error = ENOSPC;
	for (unsigned t = 0; t < TYPES; t++)
		T_EQ(one(&rig, types[t], 0, 8, 0), VIRTIO_BLK_S_IOERR);
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.errors, TYPES);
	T_EQ(stats.discarded_bytes + stats.zeroed_bytes, 0);
	T_EQ(fake.discards, 1);
	T_EQ(fake.zeroes, 1);
	T_EQ(fake.erases, 1);
	T_EQ(fake.backend.error.count, 3);
	T_EQ(fake.backend.error.error, ENOSPC);
	T_EQ(fake.backend.error.op, BACKEND_SECURE_ERASE);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(blk_range, unmap_is_passed_on)
{
	const struct vblk_config config = { .name = NULL };
	struct rig rig;

	begin_fake(&rig, &config, ALL_KINDS | FEATURE(VIRTIO_BLK_F_FLUSH));
	T_EQ(one(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0), 0);
	T_EQ(fake.zeroes, 1);
	T_EQ(fake.unmaps, 0);
	T_EQ(one(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, UNMAP), 0);
	T_EQ(fake.zeroes, 2);
	T_EQ(fake.unmaps, 1);
	T_EQ(fake.flushes, 0);
	rig_fini(&rig);
}

/* Zeros are a write: stable at once where the cache is off. */
TEST(blk_range, zeroes_are_stable_without_a_cache)
{
	struct vblk_config config = { .name = NULL };
	struct rig rig;

	begin_fake(&rig, &config, ALL_KINDS);
	T_EQ(one(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0), 0);
	T_EQ(fake.flushes, 1);
	T_EQ(one(&rig, VIRTIO_BLK_T_DISCARD, 0, 8, 0), 0);
	T_EQ(fake.flushes, 1);
	rig_fini(&rig);
	config.write_through = true;
	begin_fake(&rig, &config, ALL_KINDS | FEATURE(VIRTIO_BLK_F_FLUSH));
	T_EQ(one(&rig, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0), 0);
	T_EQ(fake.flushes, 1);
	rig_fini(&rig);
}
