/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device's configuration space (virtio 1.3, sections 5.2.4 and
 * 5.2.5): the cache's switch, topology, geometry, queues, and a size that
 * changes.
 */
#include <errno.h>
#include <string.h>

#include "model/blk.h"
#include "tests/model/rig.h"
#include "tests/test.h"

#define SECTORS	  64
#define DEVICE	  VPCI_MODERN_DEVICE_OFFSET
#define WRITEBACK (DEVICE + 32)
#define FEATURE	  VDEV_FEATURE
#define VERSION_1 FEATURE(VIRTIO_F_VERSION_1)
#define FLUSH	  FEATURE(VIRTIO_BLK_F_FLUSH)
#define WCE	  FEATURE(VIRTIO_BLK_F_CONFIG_WCE)

/*
 * --- the write cache ---
 */

static unsigned flushes;
static int flush_error;

static int
count_io(struct backend *b, struct iovec *iov, unsigned iovcnt, uint64_t offset)
{
	return (0);
}

static int
count_flush(struct backend *b)
{
	flushes++;
	return (flush_error);
}

static void
count_close(struct backend *b)
{
}

static const struct backend_ops count_ops = {
	.preadv = count_io,
	.pwritev = count_io,
	.flush = count_flush,
	.close = count_close,
};

static void
begin(struct rig *rig, const struct vblk_config *config, uint64_t features)
{
	static struct backend backend;

	flushes = 0;
	flush_error = 0;
	backend = (struct backend) { .ops = &count_ops, .size = SECTORS * 512 };
	rig_init(rig);
	rig->backend = &backend;
	rig_transport(rig, vblk_new(config, rig->backend));
	rig_negotiate(rig, features);
	rig_enable_queue(rig, 16);
	rig_driver_ok(rig);
}

/* Whether a write is flushed before it is complete. */
static bool
through(struct rig *rig)
{
	unsigned before = flushes;

	T_EQ(rig_request(rig, VIRTIO_BLK_T_OUT, 0, 512, NULL), 0);
	return (flushes == before + 1);
}

/* Section 5.2.6.2: when a write is stable as soon as it is completed. */
TEST(blk_config, when_writes_are_stable)
{
	static const struct {
		uint64_t features;
		bool write_through;
		bool stable;
	} cases[] = {
		{ 0, false, true },
		{ FLUSH, false, false },
		{ FLUSH | WCE, false, false },
		{ WCE, false, true },
		{ FLUSH, true, true },
		{ FLUSH | WCE, true, true },
	};
	struct vblk_config config = { .name = NULL };
	struct rig rig;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.write_through = cases[i].write_through;
		begin(&rig, &config, VERSION_1 | cases[i].features);
		T_EQ(through(&rig), cases[i].stable);
		rig_fini(&rig);
	}
}

TEST(blk_config, the_cache_can_be_switched)
{
	const struct vblk_config config = { .name = NULL };
	struct rig rig;

	begin(&rig, &config, VERSION_1 | FLUSH | WCE);
	T_EQ(rig_read(&rig, WRITEBACK, 1), 1);
	rig_write(&rig, WRITEBACK, 0, 1);
	T_EQ(rig_read(&rig, WRITEBACK, 1), 0);
	T_TRUE(through(&rig));
	flush_error = EIO;
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, 0, 512, NULL),
	    VIRTIO_BLK_S_IOERR);
	flush_error = 0;
	rig_write(&rig, WRITEBACK, 1, 1);
	T_FALSE(through(&rig));
	T_EQ(rig.nreports, 0);
	/* Neither on nor off. */
	rig_write(&rig, WRITEBACK, 0, 1);
	rig_write(&rig, WRITEBACK, 2, 1);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	T_EQ(rig_read(&rig, WRITEBACK, 1), 0);
	/* A reset goes back to what it was in the beginning. */
	rig_negotiate(&rig, VERSION_1 | FLUSH | WCE);
	T_EQ(rig_read(&rig, WRITEBACK, 1), 1);
	rig_fini(&rig);
}

TEST(blk_config, without_flush_the_cache_is_off)
{
	const struct vblk_config config = { .name = NULL };
	struct rig rig;

	begin(&rig, &config, VERSION_1 | WCE);
	T_EQ(rig_read(&rig, WRITEBACK, 1), 0);
	T_EQ(rig.nreports, 0);
	/* Who switches it on has been told that it cannot be flushed. */
	rig_write(&rig, WRITEBACK, 1, 1);
	T_FALSE(through(&rig));
	rig_fini(&rig);
}

TEST(blk_config, nothing_else_is_written)
{
	const struct vblk_config config = { .name = NULL };
	struct rig rig;

	begin(&rig, &config, VERSION_1 | FLUSH);
	rig_write(&rig, WRITEBACK, 0, 1);
	T_TRUE(rig_reported(&rig, "2.5"));
	T_EQ(rig_read(&rig, WRITEBACK, 1), 1);
	T_FALSE(through(&rig));
	rig_write(&rig, DEVICE, 7, 4);
	T_TRUE(rig_reported(&rig, "2.5"));
	T_EQ(rig_read(&rig, DEVICE, 4), SECTORS);
	rig_fini(&rig);
}

/* Section 5.2.5.1 */
TEST(blk_config, the_cache_is_not_asked_for_too_early)
{
	struct rig rig;

	rig_blk(&rig, SECTORS, NULL, false);
	RIG_SET(&rig, device_status, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	RIG_SET(&rig, device_status,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	T_EQ(rig_read(&rig, DEVICE, 4), SECTORS);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_read(&rig, WRITEBACK, 1), 1);
	T_TRUE(rig_reported(&rig, "5.2.5.1"));
	rig_negotiate(&rig, VERSION_1 | FLUSH | WCE);
	T_EQ(rig_read(&rig, WRITEBACK, 1), 1);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

/* Section 5.2.5.3: legacy drivers switch before DRIVER_OK, too. */
TEST(blk_config, legacy_feature_bits_change_no_mode)
{
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	struct rig rig;

	rig_blk_pci(&rig, SECTORS, NULL, false, &pci);
	rig_setup_legacy(&rig, (uint32_t)WCE);
	T_EQ(((struct virtio_blk_config *)(void *)rig.dev->config)->writeback,
	    1);
	rig_fini(&rig);
}

/* Section 5.2.5.3: before DRIVER, and so before any feature is accepted. */
TEST(blk_config, legacy_drivers_set_the_mode_first_of_all)
{
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	const unsigned writeback = VIRTIO_PCI_LEGACY_HEADER +
	    offsetof(struct virtio_blk_config, writeback);
	struct rig rig;

	rig_blk_pci(&rig, SECTORS, NULL, false, &pci);
	RIG_PORT_SET(&rig, device_status, 0);
	T_EQ(rig_port_read(&rig, writeback, 1), 1);
	rig_port_write(&rig, writeback, 0, 1);
	T_EQ(rig_port_read(&rig, writeback, 1), 0);
	T_EQ(rig.nreports, 0);
	/* Neither a status bit nor features take it back. */
	RIG_PORT_SET(&rig, device_status, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	RIG_PORT_SET(&rig, device_status,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	RIG_PORT_SET(&rig, driver_features, 0);
	T_EQ(rig_port_read(&rig, writeback, 1), 0);
	/* Whoever goes on without the feature has no such field. */
	RIG_PORT_SET(&rig, device_status,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
		VIRTIO_CONFIG_S_DRIVER_OK);
	rig_port_write(&rig, writeback, 1, 1);
	T_TRUE(rig_reported(&rig, "2.5"));
	T_EQ(rig_port_read(&rig, writeback, 1), 0);
	rig_fini(&rig);
}

/* Section 5.2.6.3: an old name of the flush. */
TEST(blk_config, legacy_drivers_flush_out)
{
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	struct vblk_stats stats;
	struct rig rig;

	rig_blk_pci(&rig, SECTORS, NULL, false, &pci);
	rig_start_legacy(&rig);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_FLUSH_OUT, 0, 0, NULL), 0);
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.flushes, 1);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

/* Section 5.2.6.4: without ANY_LAYOUT, header and status stand alone. */
TEST(blk_config, legacy_layout_is_checked)
{
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	struct rig rig;

	rig_blk_pci(&rig, SECTORS, NULL, false, &pci);
	rig_setup_legacy(&rig, (uint32_t)FLUSH);
	RIG_PORT_SET(&rig, device_status,
	    RIG_PORT_GET(&rig, device_status) | VIRTIO_CONFIG_S_DRIVER_OK);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.nreports, 0);
	rig_header(&rig, VIRTIO_BLK_T_IN, 0);
	rig_desc(&rig, 0, RIG_HEADER, 16, VIRTQ_DESC_F_NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA, 513, VIRTQ_DESC_F_WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "5.2.6.4"));
	rig_header(&rig, VIRTIO_BLK_T_OUT, 0);
	rig_desc(&rig, 0, RIG_HEADER, 16 + 512, VIRTQ_DESC_F_NEXT, 1);
	rig_desc(&rig, 1, RIG_STATUS, 1, VIRTQ_DESC_F_WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "5.2.6.4"));
	T_EQ(rig_used_idx(&rig), 3);
	rig_fini(&rig);
}

/*
 * --- what is only told ---
 */

TEST(blk_config, topology)
{
	const struct vblk_config given = {
		.block_size = 1024,
		.topology = { 3, 1, 8, 64 },
		.geometry = { 100, 4, 17 },
	};
	const struct vblk_config none = { .name = NULL };
	struct vdev *dev;
	struct rig rig;

	rig_blk(&rig, SECTORS, &given, false);
	T_EQ(rig_read(&rig, DEVICE + 16, 2), 100);
	T_EQ(rig_read(&rig, DEVICE + 18, 1), 4);
	T_EQ(rig_read(&rig, DEVICE + 19, 1), 17);
	T_EQ(rig_read(&rig, DEVICE + 20, 4), 1024);
	T_EQ(rig_read(&rig, DEVICE + 24, 1), 3);
	T_EQ(rig_read(&rig, DEVICE + 25, 1), 1);
	T_EQ(rig_read(&rig, DEVICE + 26, 2), 8);
	T_EQ(rig_read(&rig, DEVICE + 28, 4), 64);
	T_EQ(rig_read(&rig, DEVICE + 33, 1), 0);
	T_EQ(rig.nreports, 0);
	/* Where nothing is given, the backend's blocks are physical ones. */
	rig.backend->block_size = 4096;
	dev = vblk_new(&none, rig.backend);
	T_REQUIRE(dev != NULL);
	T_EQ(dev->config[24], 3);
	T_EQ(dev->config[26], 8);
	vdev_free(dev);
	rig_fini(&rig);
}

TEST(blk_config, geometry_fits_the_disk)
{
	static const struct {
		uint64_t sectors;
		unsigned cylinders, heads, per_track;
	} cases[] = {
		{ 1, 1, 1, 1 },
		{ 1007, 1007, 1, 1 },
		{ 1008, 1, 16, 63 },
		{ 2 * 1008 + 1007, 2, 16, 63 },
		{ UINT64_C(1) << 31, 16383, 16, 63 },
	};
	const struct vblk_config config = { .name = NULL };
	const struct virtio_blk_config *c;
	struct backend *backend;
	struct vdev *dev;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T_REQUIRE(backend_memory_new(cases[i].sectors * 512, false,
			      &backend) == 0);
		dev = vblk_new(&config, backend);
		T_REQUIRE(dev != NULL);
		c = (const struct virtio_blk_config *)(void *)dev->config;
		T_EQ(wire16(c->geometry.cylinders), cases[i].cylinders);
		T_EQ(c->geometry.heads, cases[i].heads);
		T_EQ(c->geometry.sectors, cases[i].per_track);
		vdev_free(dev);
		backend_close(backend);
	}
}

TEST(blk_config, number_of_queues)
{
	const struct vblk_config config = { .nqueues = 64, .queue_size = 4 };
	struct vblk_config bad = { .nqueues = 65 };
	struct rig rig;

	rig_blk(&rig, SECTORS, &config, false);
	T_EQ(rig_read(&rig, DEVICE + 34, 2), 64);
	T_EQ(RIG_GET(&rig, num_queues), 64);
	T_TRUE(vblk_new(&bad, rig.backend) == NULL);
	rig_fini(&rig);
}

TEST(blk_config, values_are_checked)
{
	static const struct vblk_config bad[] = {
		{ .max_discard_seg = 1025 },
		{ .max_write_zeroes_seg = 1025 },
		{ .order = { .window = 4097 } },
		{ .order = { .window = 1, .max_delay = UINT64_MAX } },
	};
	struct backend *backend;

	T_EQ(backend_memory_new(4096, false, &backend), 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		T_TRUE(vblk_new(&bad[i], backend) == NULL);
		T_EQ(errno, EINVAL);
	}
	backend_close(backend);
}

/*
 * --- a size that changes ---
 */

TEST(blk_config, grows_while_in_use)
{
	uint32_t generation;
	unsigned told;
	struct rig rig;

	rig_blk(&rig, SECTORS, NULL, false);
	rig_start(&rig, 16);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, SECTORS, 512, NULL),
	    VIRTIO_BLK_S_IOERR);
	rig.nreports = 0;
	generation = RIG_GET(&rig, config_generation);
	told = rig.events[MODEL_INTERRUPT];
	T_EQ(vblk_resize(rig.dev, SECTORS * 32), 0);
	T_EQ(rig.events[MODEL_INTERRUPT], told + 1);
	T_EQ(rig.backend->size, SECTORS * 32 * 512);
	T_EQ(rig_read(&rig, DEVICE, 4), SECTORS * 32);
	T_EQ(rig_read(&rig, DEVICE + 16, 2), SECTORS * 32 / 1008);
	T_TRUE(RIG_GET(&rig, config_generation) != generation);
	memset(rig_at(&rig, RIG_DATA), 3, 512);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, SECTORS * 32 - 1, 512, NULL),
	    0);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_DATA), 0);
	T_EQ(rig.nreports, 0);
	/* The same size is no change. */
	(void)rig_read(&rig, DEVICE, 4);
	generation = RIG_GET(&rig, config_generation);
	T_EQ(vblk_resize(rig.dev, SECTORS * 32), 0);
	T_EQ(vblk_refresh(rig.dev), 0);
	(void)rig_read(&rig, DEVICE, 4);
	T_EQ(RIG_GET(&rig, config_generation), generation);
	rig_fini(&rig);
}

TEST(blk_config, tells_the_driver_of_its_size)
{
	struct rig rig;

	rig_blk(&rig, SECTORS, NULL, false);
	rig_start(&rig, 16);
	/* Nobody to tell before DRIVER_OK; then the ISR bit says it. */
	T_FALSE(rig.intx);
	T_EQ(vblk_resize(rig.dev, SECTORS * 2), 0);
	T_TRUE(rig.intx);
	rig_fini(&rig);
}

TEST(blk_config, shrinks_while_in_use)
{
	struct rig rig;

	rig_blk(&rig, SECTORS, NULL, false);
	rig_start(&rig, 16);
	memset(backend_memory_bytes(rig.backend), 7, SECTORS * 512);
	T_EQ(vblk_resize(rig.dev, 8), 0);
	/* It fails, but the driver need not have known. */
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 7, 1024, NULL),
	    VIRTIO_BLK_S_IOERR);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, SECTORS - 1, 1024, NULL),
	    VIRTIO_BLK_S_IOERR);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 7, 512, NULL), 0);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_DATA), 7);
	/* What was cut off does not come back. */
	T_EQ(vblk_resize(rig.dev, SECTORS), 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 8, 512, NULL), 0);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_DATA), 0);
	/* After a reset the driver knows. */
	T_EQ(vblk_resize(rig.dev, 8), 0);
	rig_start(&rig, 16);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 8, 512, NULL),
	    VIRTIO_BLK_S_IOERR);
	T_TRUE(rig_reported(&rig, "5.2.6.1"));
	rig_fini(&rig);
}

TEST(blk_config, sizes_that_cannot_be)
{
	const struct vblk_config config = { .name = NULL };
	struct rig rig;

	rig_blk(&rig, SECTORS, NULL, false);
	T_EQ(vblk_resize(rig.dev, 0), EINVAL);
	T_EQ(vblk_resize(rig.dev, UINT64_C(1) << 55), EINVAL);
	T_EQ(rig.backend->size, SECTORS * 512);
	rig_fini(&rig);
	begin(&rig, &config, VERSION_1);
	T_EQ(vblk_resize(rig.dev, 8), EOPNOTSUPP);
	T_EQ(vblk_refresh(rig.dev), 0);
	rig_fini(&rig);
}
