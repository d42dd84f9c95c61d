/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device (virtio 1.3, section 5.2): reads, writes, flushes and
 * tells its identity, straight between a backend and guest memory.  Offers
 * SEG_MAX, BLK_SIZE and FLUSH, RO when the backend is read-only, and what the
 * configuration asks for; requests of other types are answered UNSUPP.
 */
#ifndef RINGSIDE_MODEL_BLK_H
#define RINGSIDE_MODEL_BLK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/backend/backend.h"
#include "model/device.h"

#define VBLK_QUEUE_SIZE 256

struct vblk_config {
	const char *name;    /* NULL: "blk0" */
	const char *id;	     /* up to 20 bytes for GET_ID; NULL: the name */
	uint16_t queue_size; /* a power of two, 4 or more; 0: the default */
	uint32_t block_size; /* BLK_SIZE, a power of two; 0: 512 */
	uint32_t size_max;   /* offer SIZE_MAX with this value; 0: do not */
	bool indirect;	     /* offer VIRTIO_RING_F_INDIRECT_DESC */
};

struct vblk_stats {
	uint64_t reads;
	uint64_t writes;
	uint64_t flushes;
	uint64_t others; /* GET_ID, and types that are not supported */
	uint64_t read_bytes;
	uint64_t written_bytes;
	uint64_t errors; /* requests answered with another status than OK */
};

/*
 * The backend must outlive the device.  NULL with errno EINVAL (a value that
 * is not allowed) or ENOMEM.  vdev_free() destroys it.
 */
struct vdev *vblk_new(const struct vblk_config *config,
    struct backend *backend);
/* Since it was made; a reset does not clear them. */
void vblk_stats(const struct vdev *dev, struct vblk_stats *stats);

#endif /* !RINGSIDE_MODEL_BLK_H */
