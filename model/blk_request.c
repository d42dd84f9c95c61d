/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device: requests.  A request is three streams of bytes, however
 * they are cut into descriptors (virtio 1.3, section 2.7.4): a header at the
 * head of the readable part, data behind it or at the head of the writable
 * part, and a status byte at the very end of the writable part (section
 * 5.2.6).
 *
 * The used length counts bytes from the beginning of the writable part that
 * were all written (section 2.7.8.2): the status is among them only when there
 * is no gap before it.
 */
#include <stdio.h>
#include <string.h>

#include "model/blk_var.h"

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

bool
vblk_check_sectors(struct vblk *blk, const struct vblk_request *req,
    uint64_t sector, uint64_t count)
{
	const uint64_t capacity = blk->backend->size / VIRTIO_BLK_SECTOR_SIZE;

	if (sector <= capacity && count <= capacity - sector)
		return (true);
	/* A disk that has shrunk is not the driver's fault. */
	if (sector <= blk->seen_capacity &&
	    count <= blk->seen_capacity - sector)
		return (false);
	vdev_report(&blk->dev, req->queue, CLAUSE_DRIVER,
	    "sector %llu, %llu bytes, of a disk of %llu sectors",
	    (unsigned long long)sector,
	    (unsigned long long)count * VIRTIO_BLK_SECTOR_SIZE,
	    (unsigned long long)capacity);
	return (false);
}

/* Whether the sectors are there, and whole (section 5.2.6.1). */
static bool
vblk_check_range(struct vblk *blk, const struct vblk_request *req,
    uint64_t length)
{
	if (length % VIRTIO_BLK_SECTOR_SIZE != 0) {
		vdev_report(&blk->dev, req->queue, CLAUSE_DRIVER,
		    "a request of %llu bytes is not a multiple of %u",
		    (unsigned long long)length, VIRTIO_BLK_SECTOR_SIZE);
		return (false);
	}
	return (vblk_check_sectors(blk, req, req->sector,
	    length / VIRTIO_BLK_SECTOR_SIZE));
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

/*
 * Section 5.2.6.2: a driver that has taken neither FLUSH nor CONFIG_WCE has no
 * other way to make a write stable than to see it completed; and with the
 * cache off that is what every driver may expect.
 */
bool
vblk_writes_through(const struct vblk *blk)
{
	if (blk->config.writeback == 0)
		return (true);
	return (!vdev_has(&blk->dev, VIRTIO_BLK_F_FLUSH) &&
	    !vdev_has(&blk->dev, VIRTIO_BLK_F_CONFIG_WCE));
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
	if (vblk_writes_through(blk) && backend_flush(blk->backend) != 0)
		return (VIRTIO_BLK_S_IOERR);
	blk->stats.written_bytes += req->out_length;
	return (VIRTIO_BLK_S_OK);
}

static uint8_t
vblk_flush(struct vblk *blk, const struct vblk_request *req)
{
	blk->stats.flushes++;
	if (req->sector != 0)
		vdev_report(&blk->dev, req->queue, CLAUSE_DRIVER,
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
	blk->stats.ids++;
	if (req->in_length != VIRTIO_BLK_ID_BYTES) {
		vdev_report(&blk->dev, req->queue, CLAUSE_DRIVER,
		    "room for an id of %llu bytes, not %u",
		    (unsigned long long)req->in_length, VIRTIO_BLK_ID_BYTES);
		return (VIRTIO_BLK_S_IOERR);
	}
	vring_copy_out(req->chain, 0, blk->id, sizeof(blk->id));
	*written = sizeof(blk->id);
	return (VIRTIO_BLK_S_OK);
}

/*
 * Section 5.2.6.4: what a legacy driver must keep to unless it has been told
 * that any layout will do.  (The text says 8 bytes; the header has 16.)
 */
static void
vblk_check_layout(struct vblk *blk, unsigned queue,
    const struct vring_chain *chain)
{
	const struct vring_segment *first = &chain->segs[0];
	const struct vring_segment *last = &chain->segs[chain->nsegs - 1];

	if (first->length == sizeof(struct virtio_blk_outhdr) &&
	    last->length == 1)
		return;
	vdev_report(&blk->dev, queue, "5.2.6.4",
	    "chain %u begins with %u bytes and ends with %u, without "
	    "VIRTIO_F_ANY_LAYOUT",
	    chain->head, first->length, last->length);
}

static uint8_t
vblk_dispatch(struct vblk *blk, const struct vblk_request *req,
    uint64_t *written)
{
	switch (req->type) {
	case VIRTIO_BLK_T_IN:
		return (vblk_read(blk, req, written));
	case VIRTIO_BLK_T_OUT:
		return (vblk_write(blk, req));
	case VIRTIO_BLK_T_FLUSH:
		return (vblk_flush(blk, req));
	case VIRTIO_BLK_T_GET_ID:
		return (vblk_get_id(blk, req, written));
	case VIRTIO_BLK_T_DISCARD:
		return (vblk_discard(blk, req));
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return (vblk_write_zeroes(blk, req));
	case VIRTIO_BLK_T_SECURE_ERASE:
		return (vblk_secure_erase(blk, req));
	case VIRTIO_BLK_T_FLUSH_OUT:
		/* Section 5.2.6.3: another name, in the legacy interface. */
		if (!vdev_has(&blk->dev, VIRTIO_F_VERSION_1))
			return (vblk_flush(blk, req));
		break;
	default:
		break;
	}
	blk->stats.others++;
	return (VIRTIO_BLK_S_UNSUPP);
}

uint8_t
vblk_execute(struct vblk *blk, unsigned queue, const struct vring_chain *chain,
    uint32_t *written)
{
	struct virtio_blk_outhdr header;
	struct vblk_request req = { .chain = chain, .queue = queue };
	uint64_t data;
	uint8_t status;

	data = 0;
	blk->stats.queue_requests[queue]++;
	if (chain->readable < sizeof(header)) {
		vdev_report(&blk->dev, queue, "5.2.6",
		    "chain %u has a header of %llu bytes, not %zu", chain->head,
		    (unsigned long long)chain->readable, sizeof(header));
		status = VIRTIO_BLK_S_IOERR;
		goto done;
	}
	if (__builtin_expect((blk->dev.negotiated &
				 (VDEV_FEATURE(VIRTIO_F_VERSION_1) |
				     VDEV_FEATURE(VIRTIO_F_ANY_LAYOUT))) == 0,
		0))
		vblk_check_layout(blk, queue, chain);
	vring_copy_in(chain, 0, &header, sizeof(header));
	req.type = wire32(header.type);
	req.sector = wire64(header.sector);
	req.out_length = chain->readable - sizeof(header);
	req.in_length = chain->writable - 1;
	status = vblk_dispatch(blk, &req, &data);
done:
	if (status != VIRTIO_BLK_S_OK)
		blk->stats.errors++;
	/* A chain has less than 2^32 bytes. */
	*written = (uint32_t)data;
	return (status);
}

bool
vblk_answerable(struct vring *ring, const struct vring_chain *chain)
{
	if (chain->writable != 0)
		return (true);
	vring_break(ring, "5.2.6", "chain %u has no room for the status byte",
	    chain->head);
	return (false);
}

bool
vblk_answer(struct vring *ring, const struct vring_chain *chain, uint8_t status,
    uint32_t written)
{
	const struct vring_segment *last = &chain->segs[chain->nsegs - 1];

	last->host[last->length - 1] = status;
	/* After a read that failed, what lies before it is nobody's. */
	if (written == chain->writable - 1)
		written++;
	return (vring_give(ring, chain, written));
}
