/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A switch's queues of frames.  Each entry is a frame's description and its
 * bytes, without a gap; an entry of length 0 says that the next one is at the
 * ring's begin.
 */
#include <stdlib.h>
#include <string.h>

#include "model/backend/switch_var.h"
#include "model/net_csum.h"

struct swqueue_entry {
	uint32_t size;	 /* of the entry, all of it */
	uint32_t length; /* of the frame; 0: a gap up to the end */
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint32_t unused[3];
};
_Static_assert(sizeof(struct swqueue_entry) == 32, "a power of 2");

bool
swqueue_init(struct swqueue *queue, uint32_t size)
{
	memset(queue, 0, sizeof(*queue));
	queue->size = size & ~(uint32_t)(sizeof(struct swqueue_entry) - 1);
	queue->bytes = malloc(queue->size);
	return (queue->bytes != NULL);
}

void
swqueue_fini(struct swqueue *queue)
{
	free(queue->bytes);
	memset(queue, 0, sizeof(*queue));
}

static struct swqueue_entry *
swqueue_at(struct swqueue *queue, uint32_t at)
{
	return ((struct swqueue_entry *)(void *)(queue->bytes + at));
}

bool
swqueue_add(struct swqueue *queue, const struct net_frame *frame)
{
	struct swqueue_entry *entry;
	uint32_t size, gap = 0;

	/* Multiples of an entry's head: what is left has room for one. */
	size = (uint32_t)sizeof(*entry) + frame->length;
	size += -size & (uint32_t)(sizeof(*entry) - 1);
	if (size > queue->size - queue->tail)
		gap = queue->size - queue->tail;
	if (queue->used + gap + size > queue->size)
		return (false);
	entry = swqueue_at(queue, gap != 0 ? 0 : queue->tail);
	if (!net_iov_read(frame->iov, frame->iovcnt, 0, entry + 1,
		frame->length))
		return (false);
	*entry = (struct swqueue_entry) {
		.size = size,
		.length = frame->length,
		.flags = frame->flags,
		.gso_type = frame->gso_type,
		.hdr_len = frame->hdr_len,
		.gso_size = frame->gso_size,
		.csum_start = frame->csum_start,
		.csum_offset = frame->csum_offset,
	};
	if (gap != 0) {
		*swqueue_at(queue, queue->tail) =
		    (struct swqueue_entry) { .size = gap };
		queue->tail = 0;
	}
	queue->used += gap + size;
	queue->tail += size;
	if (queue->tail == queue->size)
		queue->tail = 0;
	return (true);
}

const struct net_frame *
swqueue_first(struct swqueue *queue)
{
	struct swqueue_entry *entry;

	if (queue->used == 0)
		return (NULL);
	entry = swqueue_at(queue, queue->head);
	if (entry->length == 0) {
		queue->used -= entry->size;
		queue->head = 0;
		entry = swqueue_at(queue, 0);
	}
	queue->piece = (struct iovec) { entry + 1, entry->length };
	queue->frame = (struct net_frame) {
		.iov = &queue->piece,
		.iovcnt = 1,
		.length = entry->length,
		.flags = entry->flags,
		.gso_type = entry->gso_type,
		.hdr_len = entry->hdr_len,
		.gso_size = entry->gso_size,
		.csum_start = entry->csum_start,
		.csum_offset = entry->csum_offset,
	};
	return (&queue->frame);
}

void
swqueue_remove(struct swqueue *queue)
{
	const struct swqueue_entry *entry = swqueue_at(queue, queue->head);

	queue->used -= entry->size;
	queue->head += entry->size;
	if (queue->head == queue->size)
		queue->head = 0;
	/* An empty one begins anew, with all of its room in one piece. */
	if (queue->used == 0)
		queue->head = queue->tail = 0;
}
