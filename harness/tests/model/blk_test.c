/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device: requests in every framing, the exact used length, and
 * requests that must not be served.
 */
#include "model/blk.h"

#include <errno.h>
#include <string.h>

#include "tests/model/rig.h"
#include "tests/test.h"

#define SECTORS	  64
#define NEXT	  VIRTQ_DESC_F_NEXT
#define WRITE	  VIRTQ_DESC_F_WRITE
#define VERSION_1 VDEV_FEATURE(VIRTIO_F_VERSION_1)

static void
start(struct rig *rig, bool read_only)
{
	rig_blk(rig, SECTORS, NULL, read_only);
	rig_start(rig, 16);
}

static void
fill(uint8_t *bytes, size_t length, unsigned seed)
{
	size_t i;

	for (i = 0; i < length; i++)
		bytes[i] = (i * 7 + i / 256 + seed) & 0xff;
}

TEST(blk, reads)
{
	struct vblk_stats stats;
	uint32_t used;
	struct rig rig;
	uint8_t *disk;

	start(&rig, false);
	disk = backend_memory_bytes(rig.backend);
	fill(disk, SECTORS * 512, 1);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 3, 4096, &used),
	    VIRTIO_BLK_S_OK);
	T_EQ(used, 4097);
	T_TRUE(memcmp(rig_at(&rig, RIG_DATA), disk + 3 * 512, 4096) == 0);
	T_EQ(((uint8_t *)rig_at(&rig, RIG_DATA))[4096], 0);
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.reads, 1);
	T_EQ(stats.read_bytes, 4096);
	T_EQ(stats.errors, 0);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(blk, writes)
{
	struct vblk_stats stats;
	uint32_t used;
	struct rig rig;
	uint8_t *disk;

	start(&rig, false);
	disk = backend_memory_bytes(rig.backend);
	fill(rig_at(&rig, RIG_DATA), 1024, 5);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, SECTORS - 2, 1024, &used),
	    VIRTIO_BLK_S_OK);
	T_EQ(used, 1);
	T_TRUE(memcmp(disk + (SECTORS - 2) * 512, rig_at(&rig, RIG_DATA),
		   1024) == 0);
	T_EQ(disk[(SECTORS - 2) * 512 - 1], 0);
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.writes, 1);
	T_EQ(stats.written_bytes, 1024);
	rig_fini(&rig);
}

TEST(blk, flushes)
{
	struct vblk_stats stats;
	uint32_t used;
	struct rig rig;

	start(&rig, false);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0, &used),
	    VIRTIO_BLK_S_OK);
	T_EQ(used, 1);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_FLUSH, 1, 0, &used),
	    VIRTIO_BLK_S_OK);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.flushes, 2);
	rig_fini(&rig);
}

TEST(blk, tells_its_id)
{
	const struct vblk_config config = { .id = "twenty-characters-id" };
	uint32_t used;
	struct rig rig;

	rig_blk(&rig, SECTORS, &config, false);
	rig_start(&rig, 16);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_GET_ID, 0, 20, &used),
	    VIRTIO_BLK_S_OK);
	T_EQ(used, 21);
	T_TRUE(memcmp(rig_at(&rig, RIG_DATA), config.id, 20) == 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_GET_ID, 0, 19, &used),
	    VIRTIO_BLK_S_IOERR);
	T_EQ(used, 0);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	rig_fini(&rig);
}

TEST(blk, unknown_types_are_unsupported)
{
	static const uint32_t types[] = { VIRTIO_BLK_T_SCSI_CMD, 3,
		VIRTIO_BLK_T_FLUSH_OUT, VIRTIO_BLK_T_GET_LIFETIME, 0x80000000,
		UINT32_MAX };
	struct vblk_stats stats;
	uint32_t used;
	struct rig rig;
	unsigned i;

	start(&rig, false);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		T_EQ(rig_request(&rig, types[i], 0, 512, &used),
		    VIRTIO_BLK_S_UNSUPP);
		T_EQ(used, 0);
	}
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.errors, i);
	rig_fini(&rig);
}

TEST(blk, requests_beyond_the_end)
{
	static const struct {
		uint64_t sector;
		uint32_t length;
	} cases[] = {
		{ SECTORS, 512 },
		{ SECTORS - 1, 1024 },
		{ 0, SECTORS * 512 + 512 },
		{ UINT64_MAX, 512 },
		{ UINT64_MAX - 1, 1024 },
		/* times 512 these wrap into the disk */
		{ UINT64_C(1) << 55, 512 },
		{ (UINT64_C(1) << 55) + 1, 512 },
	};
	uint32_t used;
	struct rig rig;
	unsigned i;

	start(&rig, false);
	fill(backend_memory_bytes(rig.backend), 512, 3);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, cases[i].sector,
			 cases[i].length, &used),
		    VIRTIO_BLK_S_IOERR);
		/* 2.7.8.2: the first byte was not written. */
		T_EQ(used, 0);
		T_TRUE(rig_reported(&rig, "5.2.6.1"));
		T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, cases[i].sector,
			 cases[i].length, &used),
		    VIRTIO_BLK_S_IOERR);
		T_TRUE(rig_reported(&rig, "5.2.6.1"));
	}
	T_EQ(backend_memory_bytes(rig.backend)[0], 3);
	/* The last sector is still there. */
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, SECTORS - 1, 512, &used), 0);
	rig_fini(&rig);
}

TEST(blk, lengths_are_whole_sectors)
{
	uint32_t used;
	struct rig rig;

	start(&rig, false);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 511, &used),
	    VIRTIO_BLK_S_IOERR);
	T_EQ(used, 0);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, 0, 513, &used),
	    VIRTIO_BLK_S_IOERR);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	rig_fini(&rig);
}

TEST(blk, read_only_disks_refuse_writes)
{
	uint32_t used;
	struct rig rig;

	start(&rig, true);
	T_TRUE(rig.dev->offered & VDEV_FEATURE(VIRTIO_BLK_F_RO));
	fill(rig_at(&rig, RIG_DATA), 512, 9);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, 0, 512, &used),
	    VIRTIO_BLK_S_IOERR);
	T_EQ(used, 1);
	T_EQ(backend_memory_bytes(rig.backend)[0], 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, &used), 0);
	rig_fini(&rig);
}

/*
 * --- framing (section 2.7.4) ---
 */

TEST(blk, header_and_data_in_one_descriptor)
{
	uint8_t *message;
	struct rig rig;

	start(&rig, false);
	rig_header(&rig, VIRTIO_BLK_T_OUT, 2);
	message = rig_at(&rig, RIG_HEADER);
	fill(message + 16, 1024, 11);
	rig_desc(&rig, 0, RIG_HEADER, 16 + 1024, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA, 1, WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_EQ(rig_used(&rig, 0).len, 1);
	T_EQ(((uint8_t *)rig_at(&rig, RIG_DATA))[0], VIRTIO_BLK_S_OK);
	T_TRUE(memcmp(backend_memory_bytes(rig.backend) + 1024, message + 16,
		   1024) == 0);
	rig_fini(&rig);
}

TEST(blk, header_in_pieces_and_status_behind_data)
{
	uint8_t *disk, *data;
	struct rig rig;

	start(&rig, false);
	disk = backend_memory_bytes(rig.backend);
	fill(disk, 1024, 4);
	rig_header(&rig, VIRTIO_BLK_T_IN, 1);
	/* 1 + 10 + 5 bytes of header; 100 + 413 of data and status. */
	rig_desc(&rig, 0, RIG_HEADER, 1, NEXT, 1);
	rig_desc(&rig, 1, RIG_HEADER + 1, 10, NEXT, 2);
	rig_desc(&rig, 2, RIG_HEADER + 11, 5, NEXT, 3);
	rig_desc(&rig, 3, RIG_DATA, 100, NEXT | WRITE, 4);
	rig_desc(&rig, 4, RIG_DATA + 100, 413, WRITE, 0);
	data = rig_at(&rig, RIG_DATA);
	data[512] = 0xee;
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_EQ(rig_used_idx(&rig), 1);
	T_EQ(rig_used(&rig, 0).len, 513);
	T_EQ(data[512], VIRTIO_BLK_S_OK);
	T_TRUE(memcmp(data, disk + 512, 512) == 0);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(blk, data_in_many_segments)
{
	uint8_t *disk, *data;
	struct rig rig;
	unsigned i;

	start(&rig, false);
	disk = backend_memory_bytes(rig.backend);
	data = rig_at(&rig, RIG_DATA);
	rig_header(&rig, VIRTIO_BLK_T_OUT, 0);
	rig_desc(&rig, 0, RIG_HEADER, 16, NEXT, 1);
	for (i = 0; i < 8; i++) {
		fill(data + 1000 * i, 64, i);
		rig_desc(&rig, 1 + i, RIG_DATA + 1000 * i, 64, NEXT, 2 + i);
	}
	rig_desc(&rig, 9, RIG_STATUS, 1, WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_STATUS), VIRTIO_BLK_S_OK);
	for (i = 0; i < 8; i++)
		T_TRUE(memcmp(disk + 64 * i, data + 1000 * i, 64) == 0);
	rig_fini(&rig);
}

TEST(blk, short_header_is_an_error)
{
	struct rig rig;

	start(&rig, false);
	rig_header(&rig, VIRTIO_BLK_T_IN, 0);
	rig_desc(&rig, 0, RIG_HEADER, 15, NEXT, 1);
	rig_desc(&rig, 1, RIG_STATUS, 1, WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "5.2.6"));
	T_EQ(rig_used_idx(&rig), 1);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_STATUS), VIRTIO_BLK_S_IOERR);
	rig_fini(&rig);
}

TEST(blk, no_room_for_status_breaks_the_queue)
{
	struct rig rig;

	start(&rig, false);
	rig_header(&rig, VIRTIO_BLK_T_FLUSH, 0);
	rig_desc(&rig, 0, RIG_HEADER, 16, 0, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "5.2.6"));
	T_EQ(rig_used_idx(&rig), 0);
	T_TRUE(RIG_GET(&rig, device_status) & VIRTIO_CONFIG_S_NEEDS_RESET);
	rig_fini(&rig);
}

TEST(blk, batches_need_one_interrupt)
{
	struct rig rig;
	unsigned i;

	start(&rig, false);
	rig_header(&rig, VIRTIO_BLK_T_FLUSH, 0);
	for (i = 0; i < 5; i++) {
		rig_desc(&rig, 2 * i, RIG_HEADER, 16, NEXT, 2 * i + 1);
		rig_desc(&rig, 2 * i + 1, RIG_STATUS + i, 1, WRITE, 0);
		rig_avail(&rig, 2 * i);
	}
	rig_kick(&rig);
	T_EQ(rig_used_idx(&rig), 5);
	T_EQ(rig_used(&rig, 4).id, 8);
	T_EQ(rig.events[MODEL_INTERRUPT], 1);
	T_EQ(rig.events[MODEL_TAKE], 5);
	T_EQ(rig.events[MODEL_GIVE], 5);
	T_EQ(rig_used_flags(&rig), 0);
	rig_fini(&rig);
}

/*
 * --- limits and features ---
 */

TEST(blk, limits_that_were_negotiated)
{
	const struct vblk_config config = { .queue_size = 16,
		.size_max = 1024 };
	struct rig rig;

	rig_blk(&rig, SECTORS, &config, false);
	rig_start(&rig, 16);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 1024, NULL), 0);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 1536, NULL), 0);
	T_TRUE(rig_reported(&rig, "5.2.3"));
	rig_negotiate(&rig, VERSION_1 | VDEV_FEATURE(VIRTIO_BLK_F_FLUSH));
	rig_enable_queue(&rig, 16);
	rig_driver_ok(&rig);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 1536, NULL), 0);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

/* A backend that counts flushes and fails when told to. */
struct flaky {
	struct backend backend;
	unsigned flushes;
	int error;
};

static int
flaky_io(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	return (((struct flaky *)(void *)backend)->error);
}

static int
flaky_flush(struct backend *backend)
{
	((struct flaky *)(void *)backend)->flushes++;
	return (((struct flaky *)(void *)backend)->error);
}

static void
flaky_close(struct backend *backend)
{
}

static const struct backend_ops flaky_ops = {
	.preadv = flaky_io,
	.pwritev = flaky_io,
	.flush = flaky_flush,
	.close = flaky_close,
};

static void
start_flaky(struct rig *rig, struct flaky *flaky, uint64_t features)
{
	const struct vblk_config config = { .name = "blk7" };

	memset(flaky, 0, sizeof(*flaky));
	flaky->backend.ops = &flaky_ops;
	flaky->backend.size = 1 << 20;
	rig_init(rig);
	rig->backend = &flaky->backend;
	rig_transport(rig, vblk_new(&config, rig->backend));
	rig_negotiate(rig, features);
	rig_enable_queue(rig, 16);
	rig_driver_ok(rig);
}

TEST(blk, backend_errors_reach_the_driver)
{
	struct vblk_stats stats;
	struct flaky flaky;
	uint32_t used;
	struct rig rig;

	start_flaky(&rig, &flaky, VERSION_1 | VDEV_FEATURE(VIRTIO_BLK_F_FLUSH));
	flaky.error = EIO;
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, &used),
	    VIRTIO_BLK_S_IOERR);
	T_EQ(used, 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, 0, 512, &used),
	    VIRTIO_BLK_S_IOERR);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0, &used),
	    VIRTIO_BLK_S_IOERR);
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.errors, 3);
	T_EQ(stats.read_bytes + stats.written_bytes, 0);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(blk, writes_are_stable_without_flush)
{
	struct flaky flaky;
	struct rig rig;

	start_flaky(&rig, &flaky, VERSION_1);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, 0, 512, NULL), 0);
	T_EQ(flaky.flushes, 1);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0, NULL),
	    VIRTIO_BLK_S_UNSUPP);
	T_EQ(flaky.flushes, 1);
	T_TRUE(rig_reported(&rig, "2.2.1"));
	rig_fini(&rig);
	start_flaky(&rig, &flaky, VERSION_1 | VDEV_FEATURE(VIRTIO_BLK_F_FLUSH));
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, 0, 512, NULL), 0);
	T_EQ(flaky.flushes, 0);
	T_STR(rig.last[MODEL_TAKE].device, "blk7");
	rig_fini(&rig);
}

TEST(blk, configuration_values_are_checked)
{
	static const struct vblk_config bad[] = {
		{ .queue_size = 2 },
		{ .queue_size = 100 },
		{ .block_size = 256 },
		{ .block_size = 1000 },
	};
	struct backend *backend;
	unsigned i;

	T_EQ(backend_memory_new(4096, false, &backend), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		T_TRUE(vblk_new(&bad[i], backend) == NULL);
		T_EQ(errno, EINVAL);
	}
	backend_close(backend);
}

/* The backend's features, by what it can do. */
static void
check_offer(struct backend *backend, uint64_t more)
{
	const struct vblk_config config = { .name = NULL };
	struct vdev *dev = vblk_new(&config, backend);

	T_REQUIRE(dev != NULL);
	T_EQ(dev->offered,
	    VERSION_1 | VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
		VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX) |
		VDEV_FEATURE(VIRTIO_BLK_F_SEG_MAX) |
		VDEV_FEATURE(VIRTIO_BLK_F_GEOMETRY) |
		VDEV_FEATURE(VIRTIO_BLK_F_BLK_SIZE) |
		VDEV_FEATURE(VIRTIO_BLK_F_FLUSH) |
		VDEV_FEATURE(VIRTIO_BLK_F_TOPOLOGY) |
		VDEV_FEATURE(VIRTIO_BLK_F_CONFIG_WCE) | more);
	vdev_free(dev);
}

TEST(blk, offers_what_the_backend_can_do)
{
	struct backend backend = { .ops = &flaky_ops, .size = 1 << 20 };

	check_offer(&backend, VDEV_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES));
	backend.can_discard = true;
	check_offer(&backend,
	    VDEV_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES) |
		VDEV_FEATURE(VIRTIO_BLK_F_DISCARD));
	backend.can_secure_erase = true;
	check_offer(&backend,
	    VDEV_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES) |
		VDEV_FEATURE(VIRTIO_BLK_F_DISCARD) |
		VDEV_FEATURE(VIRTIO_BLK_F_SECURE_ERASE));
	backend.read_only = true;
	check_offer(&backend, VDEV_FEATURE(VIRTIO_BLK_F_RO));
}

TEST(blk, tells_what_it_is)
{
	const struct vblk_config config = {
		.queue_size = 64,
		.block_size = 4096,
		.size_max = 65536,
	};
	const unsigned at = VPCI_MODERN_DEVICE_OFFSET;
	struct rig rig;

	rig_blk(&rig, SECTORS, &config, false);
	T_EQ(RIG_GET(&rig, queue_size), 64);
	T_EQ(rig_read(&rig, at, 4), SECTORS);
	T_EQ(rig_read(&rig, at + 8, 4), 65536);
	T_EQ(rig_read(&rig, at + 12, 4), 62);
	T_EQ(rig_read(&rig, at + 20, 4), 4096);
	rig_fini(&rig);
}

TEST(blk, offers_what_it_is_told_to)
{
	const struct vblk_config config = {
		.nqueues = 2,
		.size_max = 4096,
		.without = VDEV_FEATURE(VIRTIO_BLK_F_FLUSH) |
		    VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC),
	};
	struct rig rig;

	rig_blk(&rig, SECTORS, &config, false);
	T_TRUE(rig.dev->offered & VDEV_FEATURE(VIRTIO_BLK_F_MQ));
	T_TRUE(rig.dev->offered & VDEV_FEATURE(VIRTIO_BLK_F_SIZE_MAX));
	T_FALSE(rig.dev->offered & VDEV_FEATURE(VIRTIO_BLK_F_FLUSH));
	T_FALSE(rig.dev->offered & VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC));
	/* Section 5.2.5.2: a cache that cannot be flushed has no switch. */
	T_FALSE(rig.dev->offered & VDEV_FEATURE(VIRTIO_BLK_F_CONFIG_WCE));
	rig_fini(&rig);
}
