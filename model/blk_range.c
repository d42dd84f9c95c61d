/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device: requests whose data are ranges of sectors (virtio 1.3,
 * section 5.2.6): discard, write zeroes, secure erase.
 *
 * All ranges are read once and checked before the first one is touched.
 */
#include <stdio.h>

#include "model/blk_var.h"

/* What one of the three may be asked for. */
struct vblk_range_kind {
	const char *name;
	unsigned feature;
	uint32_t max_sectors;
	uint32_t max_seg;
	uint32_t flags; /* those that are known */
};

/* Reads the ranges into scratch; their number, or 0 when they are wrong. */
static unsigned
vblk_read_ranges(struct vblk *blk, const struct vblk_request *req,
    const struct vblk_range_kind *kind)
{
	const uint64_t count = req->out_length / sizeof(*blk->ranges);

	if (req->out_length == 0 ||
	    req->out_length % sizeof(*blk->ranges) != 0) {
		vdev_report(&blk->dev, req->queue, CLAUSE_DRIVER,
		    "%s with %llu bytes of data, not a multiple of %zu",
		    kind->name, (unsigned long long)req->out_length,
		    sizeof(*blk->ranges));
		return (0);
	}
	if (count > kind->max_seg) {
		vdev_report(&blk->dev, req->queue, CLAUSE_DRIVER,
		    "%s of %llu ranges, the most is %u", kind->name,
		    (unsigned long long)count, kind->max_seg);
		return (0);
	}
	vring_copy_in(req->chain, sizeof(struct virtio_blk_outhdr), blk->ranges,
	    req->out_length);
	return ((unsigned)count);
}

/* The status that the ranges earn by themselves. */
static uint8_t
vblk_check_ranges(struct vblk *blk, const struct vblk_request *req,
    const struct vblk_range_kind *kind, unsigned count)
{
	uint32_t flags, sectors;
	unsigned i;

	/* Section 5.2.6.2: first, and whatever else is wrong. */
	for (i = 0; i < count; i++) {
		flags = wire32(blk->ranges[i].flags);
		if ((flags & ~kind->flags) == 0)
			continue;
		vdev_report(&blk->dev, req->queue, CLAUSE_DRIVER,
		    "%s with flags %#x", kind->name, flags);
		return (VIRTIO_BLK_S_UNSUPP);
	}
	for (i = 0; i < count; i++) {
		sectors = wire32(blk->ranges[i].num_sectors);
		if (sectors > kind->max_sectors) {
			vdev_report(&blk->dev, req->queue, CLAUSE_FEATURES,
			    "%s of %u sectors, the most is %u", kind->name,
			    sectors, kind->max_sectors);
			return (VIRTIO_BLK_S_IOERR);
		}
		if (!vblk_check_sectors(blk, req, wire64(blk->ranges[i].sector),
			sectors))
			return (VIRTIO_BLK_S_IOERR);
	}
	return (VIRTIO_BLK_S_OK);
}

/* Ranges that may be worked on; VIRTIO_BLK_S_OK, or why there are none. */
static uint8_t
vblk_ranges(struct vblk *blk, const struct vblk_request *req,
    const struct vblk_range_kind *kind, unsigned *count)
{
	if (!vdev_has(&blk->dev, kind->feature)) {
		vdev_report(&blk->dev, req->queue, "2.2.1",
		    "%s without feature %u", kind->name, kind->feature);
		return (VIRTIO_BLK_S_UNSUPP);
	}
	if (req->sector != 0)
		vdev_report(&blk->dev, req->queue, "5.2.6",
		    "%s with sector %llu in its header, not 0", kind->name,
		    (unsigned long long)req->sector);
	*count = vblk_read_ranges(blk, req, kind);
	if (*count == 0)
		return (VIRTIO_BLK_S_IOERR);
	return (vblk_check_ranges(blk, req, kind, *count));
}

static uint64_t
vblk_range_offset(const struct virtio_blk_discard_write_zeroes *range)
{
	return (wire64(range->sector) * VIRTIO_BLK_SECTOR_SIZE);
}

static uint64_t
vblk_range_length(const struct virtio_blk_discard_write_zeroes *range)
{
	return ((uint64_t)wire32(range->num_sectors) * VIRTIO_BLK_SECTOR_SIZE);
}

/*
 * --- the three ---
 */

uint8_t
vblk_discard(struct vblk *blk, const struct vblk_request *req)
{
	const struct vblk_range_kind kind = {
		.name = "discard",
		.feature = VIRTIO_BLK_F_DISCARD,
		.max_sectors = wire32(blk->config.max_discard_sectors),
		.max_seg = wire32(blk->config.max_discard_seg),
		/* Section 5.2.6.2: not even the flag that has a name. */
		.flags = 0,
	};
	unsigned count, i;
	uint8_t status;

	blk->stats.discards++;
	status = vblk_ranges(blk, req, &kind, &count);
	if (status != VIRTIO_BLK_S_OK)
		return (status);
	for (i = 0; i < count; i++) {
		if (backend_discard(blk->backend,
			vblk_range_offset(&blk->ranges[i]),
			vblk_range_length(&blk->ranges[i])) != 0)
			return (VIRTIO_BLK_S_IOERR);
		blk->stats.discarded_bytes +=
		    vblk_range_length(&blk->ranges[i]);
	}
	return (VIRTIO_BLK_S_OK);
}

uint8_t
vblk_write_zeroes(struct vblk *blk, const struct vblk_request *req)
{
	const struct vblk_range_kind kind = {
		.name = "write zeroes",
		.feature = VIRTIO_BLK_F_WRITE_ZEROES,
		.max_sectors = wire32(blk->config.max_write_zeroes_sectors),
		.max_seg = wire32(blk->config.max_write_zeroes_seg),
		.flags = VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP,
	};
	unsigned count, i;
	uint8_t status;
	bool unmap;

	blk->stats.write_zeroes++;
	status = vblk_ranges(blk, req, &kind, &count);
	if (status != VIRTIO_BLK_S_OK)
		return (status);
	for (i = 0; i < count; i++) {
		unmap = (wire32(blk->ranges[i].flags) &
			    VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP) != 0;
		if (backend_write_zeroes(blk->backend,
			vblk_range_offset(&blk->ranges[i]),
			vblk_range_length(&blk->ranges[i]), unmap) != 0)
			return (VIRTIO_BLK_S_IOERR);
		blk->stats.zeroed_bytes += vblk_range_length(&blk->ranges[i]);
	}
	if (vblk_writes_through(blk) && backend_flush(blk->backend) != 0)
		return (VIRTIO_BLK_S_IOERR);
	return (VIRTIO_BLK_S_OK);
}

uint8_t
vblk_secure_erase(struct vblk *blk, const struct vblk_request *req)
{
	const struct vblk_range_kind kind = {
		.name = "secure erase",
		.feature = VIRTIO_BLK_F_SECURE_ERASE,
		.max_sectors = wire32(blk->config.max_secure_erase_sectors),
		.max_seg = wire32(blk->config.max_secure_erase_seg),
		.flags = 0,
	};
	unsigned count, i;
	uint8_t status;

	blk->stats.secure_erases++;
	status = vblk_ranges(blk, req, &kind, &count);
	if (status != VIRTIO_BLK_S_OK)
		return (status);
	for (i = 0; i < count; i++) {
		if (backend_secure_erase(blk->backend,
			vblk_range_offset(&blk->ranges[i]),
			vblk_range_length(&blk->ranges[i])) != 0)
			return (VIRTIO_BLK_S_IOERR);
		blk->stats.discarded_bytes +=
		    vblk_range_length(&blk->ranges[i]);
	}
	return (VIRTIO_BLK_S_OK);
}
