/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The split virtqueue in memory (virtio 1.3, section 2.7).
 */
#ifndef RINGSIDE_MODEL_WIRE_VIRTQ_H
#define RINGSIDE_MODEL_WIRE_VIRTQ_H

#include "model/wire/le.h"

/* Queue sizes are powers of two up to this. */
#define VIRTQ_SIZE_MAX 32768

/* Alignment of the three areas. */
#define VIRTQ_DESC_ALIGN  16
#define VIRTQ_AVAIL_ALIGN 2
#define VIRTQ_USED_ALIGN  4

/* virtq_desc.flags, section 2.7.5 */
#define VIRTQ_DESC_F_NEXT     1
#define VIRTQ_DESC_F_WRITE    2
#define VIRTQ_DESC_F_INDIRECT 4

struct virtq_desc {
	le64 addr;
	le32 len;
	le16 flags;
	le16 next;
};

/* virtq_avail.flags, section 2.7.7 */
#define VIRTQ_AVAIL_F_NO_INTERRUPT 1

struct virtq_avail {
	le16 flags;
	le16 idx;
	le16 ring[];
	/* le16 used_event follows when VIRTIO_RING_F_EVENT_IDX is on. */
};

struct virtq_used_elem {
	le32 id;
	le32 len;
};

/* virtq_used.flags, section 2.7.10 */
#define VIRTQ_USED_F_NO_NOTIFY 1

struct virtq_used {
	le16 flags;
	le16 idx;
	struct virtq_used_elem ring[];
	/* le16 avail_event follows when VIRTIO_RING_F_EVENT_IDX is on. */
};

/* Bytes of each area, the event field always included (section 2.7). */
#define VIRTQ_DESC_BYTES(size)	(16u * (uint32_t)(size))
#define VIRTQ_AVAIL_BYTES(size) (6u + 2u * (uint32_t)(size))
#define VIRTQ_USED_BYTES(size)	(6u + 8u * (uint32_t)(size))

#endif /* !RINGSIDE_MODEL_WIRE_VIRTQ_H */
