/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device: life, features, configuration and size, and rounds over
 * its queues.
 */
#include "model/blk.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/blk_var.h"

/* What is sensible: 2 GiB a range, or as much as takes a moment to write. */
#define VBLK_DISCARD_SECTORS (UINT32_C(1) << 22)
#define VBLK_ZEROES_SECTORS  (UINT32_C(1) << 16)
#define VBLK_RANGES	     16

/* One round over a queue: no more than a ring's worth of requests. */
static bool
vblk_process(struct vdev *dev, unsigned queue)
{
	struct vring *ring = &vdev_queue(dev, queue)->ring;
	struct vblk *blk = vblk_of(dev);
	struct vring_chain chain;
	enum vring_result result;
	uint32_t written;
	uint8_t status;
	unsigned left;
	bool more;

	if (blk->order.window != 0)
		return (vblk_order_process(blk, queue));
	left = ring->size;
	result = VRING_EMPTY;
	vring_notify_disable(ring);
	do {
		while (left > 0 &&
		    (result = vring_take(ring, &chain)) == VRING_TAKEN) {
			left--;
			if (!vblk_answerable(ring, &chain))
				return (false);
			status = vblk_execute(blk, queue, &chain, &written);
			if (!vblk_answer(ring, &chain, status, written))
				return (false);
		}
		/* When there is a next round, the advice stands until then. */
		more = left == 0;
	} while (!more && result == VRING_EMPTY && vring_notify_enable(ring));
	if (vring_interrupt_wanted(ring))
		vdev_interrupt(dev, queue);
	return (more);
}

/*
 * --- configuration ---
 */

#define VBLK_FIELD(name, bits, bit)                                  \
	{                                                            \
		.offset = offsetof(struct virtio_blk_config, name),  \
		.width = (bits) / 8, .feature = (bit), .late = NULL, \
	}

static const struct vdev_field vblk_fields[] = {
	VBLK_FIELD(capacity, 64, VDEV_ALWAYS),
	VBLK_FIELD(size_max, 32, VIRTIO_BLK_F_SIZE_MAX),
	VBLK_FIELD(seg_max, 32, VIRTIO_BLK_F_SEG_MAX),
	VBLK_FIELD(geometry.cylinders, 16, VIRTIO_BLK_F_GEOMETRY),
	VBLK_FIELD(geometry.heads, 8, VIRTIO_BLK_F_GEOMETRY),
	VBLK_FIELD(geometry.sectors, 8, VIRTIO_BLK_F_GEOMETRY),
	VBLK_FIELD(blk_size, 32, VIRTIO_BLK_F_BLK_SIZE),
	VBLK_FIELD(topology.physical_block_exp, 8, VIRTIO_BLK_F_TOPOLOGY),
	VBLK_FIELD(topology.alignment_offset, 8, VIRTIO_BLK_F_TOPOLOGY),
	VBLK_FIELD(topology.min_io_size, 16, VIRTIO_BLK_F_TOPOLOGY),
	VBLK_FIELD(topology.opt_io_size, 32, VIRTIO_BLK_F_TOPOLOGY),
	{
	    .offset = offsetof(struct virtio_blk_config, writeback),
	    .width = 1,
	    .feature = VIRTIO_BLK_F_CONFIG_WCE,
	    .late = "5.2.5.1",
	},
	VBLK_FIELD(num_queues, 16, VIRTIO_BLK_F_MQ),
	VBLK_FIELD(max_discard_sectors, 32, VIRTIO_BLK_F_DISCARD),
	VBLK_FIELD(max_discard_seg, 32, VIRTIO_BLK_F_DISCARD),
	VBLK_FIELD(discard_sector_alignment, 32, VIRTIO_BLK_F_DISCARD),
	VBLK_FIELD(max_write_zeroes_sectors, 32, VIRTIO_BLK_F_WRITE_ZEROES),
	VBLK_FIELD(max_write_zeroes_seg, 32, VIRTIO_BLK_F_WRITE_ZEROES),
	VBLK_FIELD(write_zeroes_may_unmap, 8, VIRTIO_BLK_F_WRITE_ZEROES),
	VBLK_FIELD(max_secure_erase_sectors, 32, VIRTIO_BLK_F_SECURE_ERASE),
	VBLK_FIELD(max_secure_erase_seg, 32, VIRTIO_BLK_F_SECURE_ERASE),
	VBLK_FIELD(secure_erase_sector_alignment, 32,
	    VIRTIO_BLK_F_SECURE_ERASE),
};

/*
 * Section 5.2.5.3: a legacy driver may use the field before it has accepted
 * anything; what it has accepted counts as from DRIVER_OK.
 */
static bool
vblk_has_writeback(const struct vdev *dev)
{
	if (dev->legacy && (dev->status & VIRTIO_CONFIG_S_DRIVER_OK) == 0)
		return ((dev->offered &
			    VDEV_FEATURE(VIRTIO_BLK_F_CONFIG_WCE)) != 0);
	return (vdev_has(dev, VIRTIO_BLK_F_CONFIG_WCE));
}

/* The only field that a driver writes, section 5.2.6.1. */
static bool
vblk_config_write(struct vdev *dev, unsigned offset, const void *value,
    unsigned length)
{
	struct vblk *blk = vblk_of(dev);
	uint8_t writeback;

	if (offset != offsetof(struct virtio_blk_config, writeback) ||
	    length != sizeof(writeback) || !vblk_has_writeback(dev))
		return (false);
	memcpy(&writeback, value, sizeof(writeback));
	if (writeback > 1) {
		vdev_report(dev, MODEL_QUEUE_NONE, CLAUSE_DRIVER,
		    "writeback written as %u, not 0 or 1", writeback);
		return (true);
	}
	blk->config.writeback = writeback;
	return (true);
}

/*
 * Section 5.2.5.2: without FLUSH the cache has to be off to begin with.  But
 * not for legacy drivers, whose feature bits change no mode (5.2.5.3).
 */
static bool
vblk_features_ok(struct vdev *dev, uint64_t features)
{
	struct vblk *blk = vblk_of(dev);

	if (!dev->legacy &&
	    (features & VDEV_FEATURE(VIRTIO_BLK_F_CONFIG_WCE)) != 0 &&
	    (features & VDEV_FEATURE(VIRTIO_BLK_F_FLUSH)) == 0)
		blk->config.writeback = 0;
	return (true);
}

static void
vblk_reset(struct vdev *dev)
{
	struct vblk *blk = vblk_of(dev);

	vblk_order_reset(blk);
	blk->config.writeback = blk->write_through ? 0 : 1;
	blk->seen_capacity = wire64(blk->config.capacity);
}

/*
 * --- size ---
 */

/*
 * Cylinders of 16 heads and 63 sectors, as many as fit: the usual fiction.
 * Never more than there is, for whoever believes it.
 */
static void
vblk_draw_geometry(struct vblk *blk, uint64_t sectors)
{
	const bool tiny = sectors < 16 * 63;
	const uint64_t cylinders = tiny ? sectors : sectors / (16 * 63);

	if (blk->geometry_given)
		return;
	blk->config.geometry.cylinders =
	    wire16((uint16_t)(cylinders < 16383 ? cylinders : 16383));
	blk->config.geometry.heads = tiny ? 1 : 16;
	blk->config.geometry.sectors = tiny ? 1 : 63;
}

static void
vblk_measure(struct vblk *blk)
{
	const uint64_t sectors = blk->backend->size / VIRTIO_BLK_SECTOR_SIZE;

	blk->config.capacity = wire64(sectors);
	vblk_draw_geometry(blk, sectors);
	if (sectors > blk->seen_capacity)
		blk->seen_capacity = sectors;
}

static void
vblk_measure_again(struct vblk *blk)
{
	const le64 old = blk->config.capacity;

	vblk_measure(blk);
	/* Section 5.2.6.2 */
	if (blk->config.capacity != old)
		vdev_config_changed(&blk->dev);
}

int
vblk_resize(struct vdev *dev, uint64_t sectors)
{
	struct vblk *blk = vblk_of(dev);
	int error;

	assert(dev->ops->device_id == VIRTIO_ID_BLOCK);
	if (sectors > INT64_MAX / VIRTIO_BLK_SECTOR_SIZE)
		return (EINVAL);
	error = backend_resize(blk->backend, sectors * VIRTIO_BLK_SECTOR_SIZE);
	if (error == 0)
		vblk_measure_again(blk);
	return (error);
}

int
vblk_refresh(struct vdev *dev)
{
	struct vblk *blk = vblk_of(dev);
	int error;

	assert(dev->ops->device_id == VIRTIO_ID_BLOCK);
	error = backend_refresh(blk->backend);
	if (error == 0)
		vblk_measure_again(blk);
	return (error);
}

/*
 * --- life ---
 */

static void
vblk_free_parts(struct vblk *blk)
{
	vblk_order_fini(blk);
	free(blk->iov);
	free(blk->ranges);
	free(blk);
}

static void
vblk_destroy(struct vdev *dev)
{
	vdev_fini(dev);
	vblk_free_parts(vblk_of(dev));
}

static const struct vdev_ops vblk_ops = {
	.type = "blk",
	.device_id = VIRTIO_ID_BLOCK,
	.process = vblk_process,
	.fields = vblk_fields,
	.nfields = sizeof(vblk_fields) / sizeof(vblk_fields[0]),
	.config_write = vblk_config_write,
	.features_ok = vblk_features_ok,
	.reset = vblk_reset,
	.destroy = vblk_destroy,
};

static uint64_t
vblk_features(const struct vblk_config *config, const struct backend *backend)
{
	uint64_t features;

	features = VDEV_FEATURE(VIRTIO_BLK_F_SEG_MAX) |
	    VDEV_FEATURE(VIRTIO_BLK_F_GEOMETRY) |
	    VDEV_FEATURE(VIRTIO_BLK_F_BLK_SIZE) |
	    VDEV_FEATURE(VIRTIO_BLK_F_FLUSH) |
	    VDEV_FEATURE(VIRTIO_BLK_F_TOPOLOGY) |
	    VDEV_FEATURE(VIRTIO_BLK_F_CONFIG_WCE) |
	    VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
	    VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX);
	if (config->size_max != 0)
		features |= VDEV_FEATURE(VIRTIO_BLK_F_SIZE_MAX);
	if (config->nqueues > 1)
		features |= VDEV_FEATURE(VIRTIO_BLK_F_MQ);
	if (backend->read_only) {
		features |= VDEV_FEATURE(VIRTIO_BLK_F_RO);
	} else {
		features |= VDEV_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES);
		if (backend->can_discard)
			features |= VDEV_FEATURE(VIRTIO_BLK_F_DISCARD);
		if (backend->can_secure_erase)
			features |= VDEV_FEATURE(VIRTIO_BLK_F_SECURE_ERASE);
	}
	features &= ~config->without;
	/* Section 5.2.5.2: one only with the other. */
	if ((features & VDEV_FEATURE(VIRTIO_BLK_F_FLUSH)) == 0)
		features &= ~VDEV_FEATURE(VIRTIO_BLK_F_CONFIG_WCE);
	return (features);
}

static bool
vblk_config_ok(const struct vblk_config *config, uint16_t queue_size,
    uint32_t block_size)
{
	/* Below 4, a request with data may not fit (header and status). */
	return (queue_size >= 4 && config->nqueues <= VBLK_QUEUES_MAX &&
	    block_size >= VIRTIO_BLK_SECTOR_SIZE &&
	    (block_size & (block_size - 1)) == 0 &&
	    config->max_discard_seg <= VBLK_RANGES_MAX &&
	    config->max_write_zeroes_seg <= VBLK_RANGES_MAX);
}

/* The first that is not 0; the second is not. */
static uint32_t
vblk_or(uint32_t value, uint32_t otherwise)
{
	return (value != 0 ? value : otherwise);
}

/* What a driver may ask of ranges. */
static void
vblk_set_limits(struct vblk *blk, const struct vblk_config *config)
{
	const struct backend *backend = blk->backend;
	struct virtio_blk_config *c = &blk->config;
	const bool unmaps = backend->can_discard && backend->discard_zeroes;
	const uint32_t grain = vblk_or(config->discard_alignment,
	    vblk_or(backend->discard_granularity, VIRTIO_BLK_SECTOR_SIZE) /
		VIRTIO_BLK_SECTOR_SIZE);

	c->max_discard_sectors =
	    wire32(vblk_or(config->max_discard_sectors, VBLK_DISCARD_SECTORS));
	c->max_discard_seg =
	    wire32(vblk_or(config->max_discard_seg, VBLK_RANGES));
	c->discard_sector_alignment = wire32(grain);
	c->max_write_zeroes_sectors =
	    wire32(vblk_or(config->max_write_zeroes_sectors,
		unmaps ? VBLK_DISCARD_SECTORS : VBLK_ZEROES_SECTORS));
	c->max_write_zeroes_seg =
	    wire32(vblk_or(config->max_write_zeroes_seg, VBLK_RANGES));
	c->write_zeroes_may_unmap = unmaps;
	c->max_secure_erase_sectors = c->max_discard_sectors;
	c->max_secure_erase_seg = c->max_discard_seg;
	c->secure_erase_sector_alignment = c->discard_sector_alignment;
}

/* Physical blocks are the backend's, where the configuration is silent. */
static void
vblk_set_topology(struct vblk *blk, const struct vblk_topology *topology,
    uint32_t block_size)
{
	static const struct vblk_topology none;
	struct virtio_blk_config *c = &blk->config;

	if (memcmp(topology, &none, sizeof(none)) != 0) {
		c->topology.physical_block_exp = topology->physical_block_exp;
		c->topology.alignment_offset = topology->alignment_offset;
		c->topology.min_io_size = wire16(topology->min_io_size);
		c->topology.opt_io_size = wire32(topology->opt_io_size);
		return;
	}
	while (block_size << c->topology.physical_block_exp <
	    blk->backend->block_size)
		c->topology.physical_block_exp++;
	c->topology.min_io_size =
	    wire16(UINT16_C(1) << c->topology.physical_block_exp);
}

static void
vblk_set_config(struct vblk *blk, const struct vblk_config *config,
    uint16_t queue_size, uint32_t block_size)
{
	const char *id = config->id != NULL ? config->id : blk->dev.name;
	struct virtio_blk_config *c = &blk->config;

	memcpy(blk->id, id, strnlen(id, sizeof(blk->id)));
	blk->write_through = config->write_through;
	blk->geometry_given = config->geometry.cylinders != 0 ||
	    config->geometry.heads != 0 || config->geometry.sectors != 0;
	c->geometry.cylinders = wire16(config->geometry.cylinders);
	c->geometry.heads = config->geometry.heads;
	c->geometry.sectors = config->geometry.sectors;
	vblk_measure(blk);
	c->size_max = wire32(config->size_max);
	c->seg_max = wire32(queue_size - 2);
	c->blk_size = wire32(block_size);
	vblk_set_topology(blk, &config->topology, block_size);
	c->writeback = config->write_through ? 0 : 1;
	c->num_queues = wire16((uint16_t)blk->dev.nqueues);
	vblk_set_limits(blk, config);
}

struct vdev *
vblk_new(const struct vblk_config *config, struct backend *backend)
{
	const uint32_t block =
	    vblk_or(config->block_size, VIRTIO_BLK_SECTOR_SIZE);
	struct vdev_setup setup = {
		.ops = &vblk_ops,
		.name = config->name != NULL ? config->name : "blk0",
		.features = vblk_features(config, backend),
		.nqueues = vblk_or(config->nqueues, 1),
		.queue_size =
		    (uint16_t)vblk_or(config->queue_size, VBLK_QUEUE_SIZE),
	};
	struct vblk *blk;
	int error;

	if (!vblk_config_ok(config, setup.queue_size, block)) {
		errno = EINVAL;
		return (NULL);
	}
	blk = calloc(1, sizeof(*blk));
	if (blk == NULL)
		return (NULL);
	blk->backend = backend;
	blk->iov = calloc(setup.queue_size, sizeof(*blk->iov));
	blk->ranges = calloc(VBLK_RANGES_MAX, sizeof(*blk->ranges));
	setup.config = &blk->config;
	setup.config_size = sizeof(blk->config);
	error = blk->iov == NULL || blk->ranges == NULL ? ENOMEM : 0;
	if (error == 0)
		error = vblk_order_init(blk, &config->order, setup.queue_size);
	if (error == 0)
		error = vdev_init(&blk->dev, &setup);
	if (error != 0) {
		vblk_free_parts(blk);
		errno = error;
		return (NULL);
	}
	vblk_set_config(blk, config, setup.queue_size, block);
	return (&blk->dev);
}

void
vblk_stats(const struct vdev *dev, struct vblk_stats *stats)
{
	const struct vblk *blk = (const struct vblk *)(const void *)dev;

	assert(dev->ops == &vblk_ops);
	*stats = blk->stats;
}
