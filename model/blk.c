/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device.  A request is three streams of bytes, however they are
 * cut into descriptors (virtio 1.3, section 2.7.4): a header at the head of
 * the readable part, data behind it or at the head of the writable part, and
 * a status byte at the very end of the writable part (section 5.2.6).
 *
 * The used length is the number of bytes that were written: data and status
 * after a successful read, the status alone otherwise.
 */
#include "model/blk.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "model/wire/ids.h"

#define CLAUSE_REQUEST "5.2.6.1"

struct vblk {
	struct vdev dev; /* first */
	struct backend *backend;
	struct virtio_blk_config config;
	char id[VIRTIO_BLK_ID_BYTES];
	struct iovec *iov; /* scratch: as many as a chain has segments */
	struct vblk_stats stats;
};

/* A request, its header read and its framing checked. */
struct vblk_request {
	const struct vring_chain *chain;
	uint16_t queue;
	uint32_t type;
	uint64_t sector;
	uint64_t out_length; /* data that the driver sends */
	uint64_t in_length;  /* room for data that it wants */
};

static struct vblk *
vblk_of(struct vdev *dev)
{
	return ((struct vblk *)(void *)dev);
}

/*
 * --- framing ---
 */

/*
 * Describes [skip, skip + length) of the readable or writable part; returns
 * the number of entries.
 */
static unsigned
vblk_iov(struct vblk *blk, const struct vring_chain *chain, bool writable,
    uint64_t skip, uint64_t length)
{
	const struct vring_segment *seg;
	uint64_t part;
	unsigned n;

	n = 0;
	seg = chain->segs + (writable ? chain->nreadable : 0);
	for (; length > 0; seg++) {
		if (skip >= seg->length) {
			skip -= seg->length;
			continue;
		}
		part = seg->length - skip;
		if (part > length)
			part = length;
		blk->iov[n].iov_base = seg->host + skip;
		blk->iov[n].iov_len = part;
		n++;
		length -= part;
		skip = 0;
	}
	return (n);
}

/* What the driver must keep to when it has taken the limits (5.2.3). */
static void
vblk_check_limits(struct vblk *blk, const struct vblk_request *req,
    const struct iovec *iov, unsigned iovcnt)
{
	unsigned i;

	if (vdev_has(&blk->dev, VIRTIO_BLK_F_SEG_MAX) &&
	    iovcnt > wire32(blk->config.seg_max))
		vdev_report(&blk->dev, req->queue, "5.2.3",
		    "%u segments of data, seg_max is %u", iovcnt,
		    wire32(blk->config.seg_max));
	if (!vdev_has(&blk->dev, VIRTIO_BLK_F_SIZE_MAX))
		return;
	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len <= wire32(blk->config.size_max))
			continue;
		vdev_report(&blk->dev, req->queue, "5.2.3",
		    "a segment of %zu bytes, size_max is %u", iov[i].iov_len,
		    wire32(blk->config.size_max));
	}
}

/* Whether the sectors are there, and whole (section 5.2.6.1). */
static bool
vblk_check_range(struct vblk *blk, const struct vblk_request *req,
    uint64_t length)
{
	const uint64_t capacity = blk->backend->size / VIRTIO_BLK_SECTOR_SIZE;

	if (length % VIRTIO_BLK_SECTOR_SIZE != 0) {
		vdev_report(&blk->dev, req->queue, CLAUSE_REQUEST,
		    "a request of %llu bytes is not a multiple of %u",
		    (unsigned long long)length, VIRTIO_BLK_SECTOR_SIZE);
		return (false);
	}
	if (req->sector > capacity ||
	    length / VIRTIO_BLK_SECTOR_SIZE > capacity - req->sector) {
		vdev_report(&blk->dev, req->queue, CLAUSE_REQUEST,
		    "sector %llu, %llu bytes, of a disk of %llu sectors",
		    (unsigned long long)req->sector, (unsigned long long)length,
		    (unsigned long long)capacity);
		return (false);
	}
	return (true);
}

/*
 * --- requests: each gives a status, and the data bytes it has written ---
 */

static uint8_t
vblk_read(struct vblk *blk, const struct vblk_request *req, uint64_t *written)
{
	unsigned n;

	blk->stats.reads++;
	if (!vblk_check_range(blk, req, req->in_length))
		return (VIRTIO_BLK_S_IOERR);
	n = vblk_iov(blk, req->chain, true, 0, req->in_length);
	vblk_check_limits(blk, req, blk->iov, n);
	if (backend_preadv(blk->backend, blk->iov, n,
		req->sector * VIRTIO_BLK_SECTOR_SIZE) != 0)
		return (VIRTIO_BLK_S_IOERR);
	*written = req->in_length;
	blk->stats.read_bytes += req->in_length;
	return (VIRTIO_BLK_S_OK);
}

static uint8_t
vblk_write(struct vblk *blk, const struct vblk_request *req)
{
	unsigned n;

	blk->stats.writes++;
	/* Section 5.2.6.2: nothing is written to a read-only device. */
	if (blk->backend->read_only)
		return (VIRTIO_BLK_S_IOERR);
	if (!vblk_check_range(blk, req, req->out_length))
		return (VIRTIO_BLK_S_IOERR);
	n = vblk_iov(blk, req->chain, false, sizeof(struct virtio_blk_outhdr),
	    req->out_length);
	vblk_check_limits(blk, req, blk->iov, n);
	if (backend_pwritev(blk->backend, blk->iov, n,
		req->sector * VIRTIO_BLK_SECTOR_SIZE) != 0)
		return (VIRTIO_BLK_S_IOERR);
	/*
	 * Section 5.2.6.2: a driver that has not taken FLUSH has no other way
	 * to make a write stable than to see it completed.
	 */
	if (!vdev_has(&blk->dev, VIRTIO_BLK_F_FLUSH) &&
	    backend_flush(blk->backend) != 0)
		return (VIRTIO_BLK_S_IOERR);
	blk->stats.written_bytes += req->out_length;
	return (VIRTIO_BLK_S_OK);
}

static uint8_t
vblk_flush(struct vblk *blk, const struct vblk_request *req)
{
	blk->stats.flushes++;
	if (req->sector != 0)
		vdev_report(&blk->dev, req->queue, CLAUSE_REQUEST,
		    "a flush of sector %llu, not 0",
		    (unsigned long long)req->sector);
	if (!vdev_has(&blk->dev, VIRTIO_BLK_F_FLUSH)) {
		vdev_report(&blk->dev, req->queue, "2.2.1",
		    "a flush without VIRTIO_BLK_F_FLUSH");
		return (VIRTIO_BLK_S_UNSUPP);
	}
	return (backend_flush(blk->backend) == 0 ? VIRTIO_BLK_S_OK :
						   VIRTIO_BLK_S_IOERR);
}

static uint8_t
vblk_get_id(struct vblk *blk, const struct vblk_request *req, uint64_t *written)
{
	blk->stats.others++;
	if (req->in_length != VIRTIO_BLK_ID_BYTES) {
		vdev_report(&blk->dev, req->queue, CLAUSE_REQUEST,
		    "room for an id of %llu bytes, not %u",
		    (unsigned long long)req->in_length, VIRTIO_BLK_ID_BYTES);
		return (VIRTIO_BLK_S_IOERR);
	}
	vring_copy_out(req->chain, 0, blk->id, sizeof(blk->id));
	*written = sizeof(blk->id);
	return (VIRTIO_BLK_S_OK);
}

/* Serves one chain; false when it had no room for an answer. */
static bool
vblk_serve(struct vblk *blk, unsigned queue, struct vring *ring,
    const struct vring_chain *chain)
{
	struct virtio_blk_outhdr header;
	struct vblk_request req = { .chain = chain, .queue = queue };
	const struct vring_segment *last;
	uint64_t written;
	uint8_t status;

	if (chain->writable == 0) {
		vring_break(ring, "5.2.6",
		    "chain %u has no room for the status byte", chain->head);
		return (false);
	}
	written = 0;
	if (chain->readable < sizeof(header)) {
		vdev_report(&blk->dev, queue, "5.2.6",
		    "chain %u has a header of %llu bytes, not %zu", chain->head,
		    (unsigned long long)chain->readable, sizeof(header));
		status = VIRTIO_BLK_S_IOERR;
		goto done;
	}
	vring_copy_in(chain, 0, &header, sizeof(header));
	req.type = wire32(header.type);
	req.sector = wire64(header.sector);
	req.out_length = chain->readable - sizeof(header);
	req.in_length = chain->writable - 1;
	switch (req.type) {
	case VIRTIO_BLK_T_IN:
		status = vblk_read(blk, &req, &written);
		break;
	case VIRTIO_BLK_T_OUT:
		status = vblk_write(blk, &req);
		break;
	case VIRTIO_BLK_T_FLUSH:
		status = vblk_flush(blk, &req);
		break;
	case VIRTIO_BLK_T_GET_ID:
		status = vblk_get_id(blk, &req, &written);
		break;
	default:
		blk->stats.others++;
		status = VIRTIO_BLK_S_UNSUPP;
		break;
	}
done:
	if (status != VIRTIO_BLK_S_OK)
		blk->stats.errors++;
	last = &chain->segs[chain->nsegs - 1];
	last->host[last->length - 1] = status;
	return (vring_give(ring, chain, written + 1));
}

/* One round over a queue: no more than a ring's worth of requests. */
static bool
vblk_process(struct vdev *dev, unsigned queue)
{
	struct vring *ring = &vdev_queue(dev, queue)->ring;
	struct vblk *blk = vblk_of(dev);
	struct vring_chain chain;
	enum vring_result result;
	unsigned left;
	bool more;

	left = ring->size;
	result = VRING_EMPTY;
	vring_notify_disable(ring);
	do {
		while (left > 0 &&
		    (result = vring_take(ring, &chain)) == VRING_TAKEN) {
			left--;
			if (!vblk_serve(blk, queue, ring, &chain))
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
 * --- life ---
 */

static void
vblk_destroy(struct vdev *dev)
{
	struct vblk *blk = vblk_of(dev);

	vdev_fini(dev);
	free(blk->iov);
	free(blk);
}

#define VBLK_FIELD(field, bits, bit)                                         \
	{                                                                    \
		offsetof(struct virtio_blk_config, field), (bits) / 8, (bit) \
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
	VBLK_FIELD(writeback, 8, VIRTIO_BLK_F_CONFIG_WCE),
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

static const struct vdev_ops vblk_ops = {
	.type = "blk",
	.device_id = VIRTIO_ID_BLOCK,
	.process = vblk_process,
	.fields = vblk_fields,
	.nfields = sizeof(vblk_fields) / sizeof(vblk_fields[0]),
	.destroy = vblk_destroy,
};

static uint64_t
vblk_features(const struct vblk_config *config, const struct backend *backend)
{
	uint64_t features;

	features = VDEV_FEATURE(VIRTIO_BLK_F_SEG_MAX) |
	    VDEV_FEATURE(VIRTIO_BLK_F_BLK_SIZE) |
	    VDEV_FEATURE(VIRTIO_BLK_F_FLUSH);
	if (backend->read_only)
		features |= VDEV_FEATURE(VIRTIO_BLK_F_RO);
	if (config->size_max != 0)
		features |= VDEV_FEATURE(VIRTIO_BLK_F_SIZE_MAX);
	if (config->nqueues > 1)
		features |= VDEV_FEATURE(VIRTIO_BLK_F_MQ);
	features |= VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
	    VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX);
	return (features & ~config->without);
}

struct vdev *
vblk_new(const struct vblk_config *config, struct backend *backend)
{
	const uint32_t block = config->block_size != 0 ? config->block_size :
							 VIRTIO_BLK_SECTOR_SIZE;
	struct vdev_setup setup = {
		.ops = &vblk_ops,
		.name = config->name != NULL ? config->name : "blk0",
		.features = vblk_features(config, backend),
		.nqueues = config->nqueues != 0 ? config->nqueues : 1,
		.queue_size = config->queue_size != 0 ? config->queue_size :
							VBLK_QUEUE_SIZE,
	};
	struct vblk *blk;
	const char *id;
	int error;

	/* Below 4, a request with data may not fit (header and status). */
	if (setup.queue_size < 4 || block < VIRTIO_BLK_SECTOR_SIZE ||
	    (block & (block - 1)) != 0) {
		errno = EINVAL;
		return (NULL);
	}
	blk = calloc(1, sizeof(*blk));
	if (blk == NULL)
		return (NULL);
	blk->backend = backend;
	blk->iov = calloc(setup.queue_size, sizeof(*blk->iov));
	setup.config = &blk->config;
	setup.config_size = sizeof(blk->config);
	error = blk->iov == NULL ? ENOMEM : vdev_init(&blk->dev, &setup);
	if (error != 0) {
		free(blk->iov);
		free(blk);
		errno = error;
		return (NULL);
	}
	id = config->id != NULL ? config->id : setup.name;
	memcpy(blk->id, id, strnlen(id, sizeof(blk->id)));
	blk->config.capacity = wire64(backend->size / VIRTIO_BLK_SECTOR_SIZE);
	blk->config.size_max = wire32(config->size_max);
	blk->config.seg_max = wire32(setup.queue_size - 2);
	blk->config.blk_size = wire32(block);
	blk->config.num_queues = wire16(setup.nqueues);
	return (&blk->dev);
}

void
vblk_stats(const struct vdev *dev, struct vblk_stats *stats)
{
	const struct vblk *blk = (const struct vblk *)(const void *)dev;

	assert(dev->ops == &vblk_ops);
	*stats = blk->stats;
}
