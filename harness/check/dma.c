/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A map may be unloaded when no device uses its memory any more (bus_dma(9)):
 * a chain's buffers belong to the device until the chain is on the used ring,
 * and the ring itself until the device is reset (virtio 1.3, 2.7.13, 2.4).
 *
 * Memory that another load still maps may go on being used: two requests may
 * have one buffer.  What was never loaded is none of this checker's business.
 *
 * Both sides are kept as pieces, none larger than a frame, in a table by
 * frame; whoever they belong to has them on a list as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/checker.h"

#define FRAME_SHIFT 12
#define FRAME_SIZE  (UINT64_C(1) << FRAME_SHIFT)
#define BUCKETS	    4096u

/* What a load maps, or a device holds. */
struct piece {
	struct piece *next;  /* in its bucket, or free */
	struct piece *other; /* of the same owner */
	uint64_t gpa;
	uint64_t end;
	const struct queue *queue; /* NULL: a load */
	int32_t head;		   /* the chain; RING: the ring itself */
};
#define RING (-1)

/* A map that was loaded once; it will be loaded again. */
struct load {
	struct load *next;
	const void *id;
	struct piece *pieces;
	bool live;
};

struct queue {
	struct queue *next;
	char device[32];
	uint16_t number;
	uint32_t size;
	struct piece *ring;
	struct piece **heads; /* by head */
};

struct dma {
	struct referee *referee;
	struct piece *frames[BUCKETS];
	struct load *loads[BUCKETS];
	struct queue *queues;
	struct piece *free;
};

static void *
dma_create(struct referee *referee)
{
	struct dma *dma = check_alloc(1, sizeof(*dma));

	dma->referee = referee;
	return (dma);
}

/*
 * --- pieces ---
 */

static struct piece **
bucket_of(struct dma *dma, uint64_t gpa)
{
	return (&dma->frames[(gpa >> FRAME_SHIFT) % BUCKETS]);
}

/* The end of the piece that begins at gpa, of a range up to `end`. */
static uint64_t
piece_end(uint64_t gpa, uint64_t end)
{
	uint64_t next = (gpa | (FRAME_SIZE - 1)) + 1;

	return (next != 0 && next < end ? next : end);
}

/* Adds a range to an owner's list; an impossible one is no range. */
static void
add(struct dma *dma, struct piece **list, uint64_t gpa, uint64_t length,
    const struct queue *queue, int32_t head)
{
	uint64_t end = gpa + length;
	struct piece *piece, **bucket;

	for (; gpa < end; gpa = piece->end) {
		piece = dma->free;
		if (piece != NULL)
			dma->free = piece->next;
		else
			piece = check_alloc(1, sizeof(*piece));
		bucket = bucket_of(dma, gpa);
		*piece = (struct piece) {
			.next = *bucket,
			.other = *list,
			.gpa = gpa,
			.end = piece_end(gpa, end),
			.queue = queue,
			.head = head,
		};
		*bucket = piece;
		*list = piece;
	}
}

static void
drop(struct dma *dma, struct piece **list)
{
	struct piece *piece, **at;

	while ((piece = *list) != NULL) {
		*list = piece->other;
		for (at = bucket_of(dma, piece->gpa); *at != piece;
		     at = &(*at)->next)
			;
		*at = piece->next;
		piece->next = dma->free;
		dma->free = piece;
	}
}

/*
 * --- what devices hold ---
 */

static struct queue *
find(struct dma *dma, const struct model_event *event, bool make)
{
	struct queue *q;

	for (q = dma->queues; q != NULL; q = q->next) {
		if (q->number == event->queue &&
		    strcmp(q->device, event->device) == 0)
			return (q);
	}
	if (!make)
		return (NULL);
	q = check_alloc(1, sizeof(*q));
	strncpy(q->device, event->device, sizeof(q->device) - 1);
	q->number = event->queue;
	q->next = dma->queues;
	dma->queues = q;
	return (q);
}

static void
queue_clear(struct dma *dma, struct queue *q)
{
	for (uint32_t i = 0; i < q->size; i++)
		drop(dma, &q->heads[i]);
	drop(dma, &q->ring);
	free(q->heads);
	q->heads = NULL;
	q->size = 0;
}

static void
enable(struct dma *dma, const struct model_event *event)
{
	struct queue *q = find(dma, event, true);
	uint32_t size = event->enable.size;

	queue_clear(dma, q);
	q->size = size;
	q->heads = check_alloc(size, sizeof(struct piece *));
	add(dma, &q->ring, event->enable.desc, VIRTQ_DESC_BYTES(size), q, RING);
	add(dma, &q->ring, event->enable.driver, VIRTQ_AVAIL_BYTES(size), q,
	    RING);
	add(dma, &q->ring, event->enable.device, VIRTQ_USED_BYTES(size), q,
	    RING);
}

static void
take(struct dma *dma, const struct model_event *event)
{
	struct queue *q = find(dma, event, false);
	uint16_t head = event->take.head;
	const struct virtq_desc *desc;

	/* Wrong heads are the ownership checker's. */
	if (q == NULL || head >= q->size || q->heads[head] != NULL)
		return;
	for (uint16_t i = 0; i < event->take.count; i++) {
		desc = &event->take.descs[i];
		add(dma, &q->heads[head], wire64(desc->addr), wire32(desc->len),
		    q, head);
	}
	for (uint16_t i = 0; i < event->take.table_count; i++) {
		desc = &event->take.table[i];
		add(dma, &q->heads[head], wire64(desc->addr), wire32(desc->len),
		    q, head);
	}
}

static void
dma_model(void *state, const struct model_event *event)
{
	struct dma *dma = state;
	struct queue *q;

	switch (event->type) {
	case MODEL_QUEUE_ENABLE:
		enable(dma, event);
		break;
	case MODEL_TAKE:
		take(dma, event);
		break;
	case MODEL_UNTAKE:
		q = find(dma, event, false);
		if (q != NULL && event->untake.head < q->size)
			drop(dma, &q->heads[event->untake.head]);
		break;
	case MODEL_GIVE:
		q = find(dma, event, false);
		if (q != NULL && event->give.id < q->size)
			drop(dma, &q->heads[event->give.id]);
		break;
	case MODEL_RESET:
		for (q = dma->queues; q != NULL; q = q->next) {
			if (strcmp(q->device, event->device) == 0)
				queue_clear(dma, q);
		}
		break;
	default:
		break;
	}
}

/*
 * --- what drivers load ---
 */

static struct load **
load_place(struct dma *dma, const void *id)
{
	uint64_t h = (uint64_t)(uintptr_t)id * UINT64_C(0x9e3779b97f4a7c15);
	struct load **at = &dma->loads[(h >> 32) % BUCKETS];

	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	return (at);
}

static void
loaded(struct dma *dma, const struct kernel_event *event)
{
	struct load **at = load_place(dma, event->id);

	if (*at == NULL) {
		*at = check_alloc(1, sizeof(**at));
		(*at)->id = event->id;
	}
	drop(dma, &(*at)->pieces);
	(*at)->live = true;
	for (size_t i = 0; i < event->nsegments; i++)
		add(dma, &(*at)->pieces, event->segments[i].gpa,
		    event->segments[i].length, NULL, 0);
}

/* Whether some load maps all of [gpa, end), which is inside a frame. */
static bool
is_loaded(struct dma *dma, uint64_t gpa, uint64_t end)
{
	const struct piece *piece;

	for (piece = *bucket_of(dma, gpa); piece != NULL; piece = piece->next) {
		if (piece->queue == NULL && piece->gpa <= gpa &&
		    piece->end >= end)
			return (true);
	}
	return (false);
}

/* What a device holds of [gpa, end), inside a frame, and nobody maps. */
static const struct piece *
in_use(struct dma *dma, uint64_t gpa, uint64_t end)
{
	const struct piece *piece;
	uint64_t from, to;

	for (piece = *bucket_of(dma, gpa); piece != NULL; piece = piece->next) {
		from = piece->gpa > gpa ? piece->gpa : gpa;
		to = piece->end < end ? piece->end : end;
		if (piece->queue != NULL && from < to &&
		    !is_loaded(dma, from, to))
			return (piece);
	}
	return (NULL);
}

static bool
check_segment(struct dma *dma, const struct kernel_event *event,
    const struct kernel_segment *segment)
{
	uint64_t gpa = segment->gpa, end = gpa + segment->length;
	const struct piece *piece;
	char what[48];

	for (; gpa < end; gpa = piece_end(gpa, end)) {
		piece = in_use(dma, gpa, piece_end(gpa, end));
		if (piece == NULL)
			continue;
		if (piece->head == RING)
			snprintf(what, sizeof(what), "its ring");
		else
			snprintf(what, sizeof(what), "the chain at %d",
			    piece->head);
		referee_violation(dma->referee, &check_dma,
		    "%s queue %u: %s unloads memory at %#llx while the device "
		    "has it in %s",
		    piece->queue->device, piece->queue->number,
		    event->device_name != NULL ? event->device_name :
						 "a driver",
		    (unsigned long long)piece->gpa, what);
		return (false);
	}
	return (true);
}

static void
unloaded(struct dma *dma, const struct kernel_event *event)
{
	struct load *load = *load_place(dma, event->id);

	/* What was loaded before the referee came is none of its business. */
	if (load == NULL || !load->live)
		return;
	drop(dma, &load->pieces);
	load->live = false;
	for (size_t i = 0; i < event->nsegments; i++) {
		if (!check_segment(dma, event, &event->segments[i]))
			return;
	}
}

static void
dma_kernel(void *state, const struct kernel_event *event)
{
	if (event->object != KO_DMA_LOAD)
		return;
	if (event->type == KE_NEW)
		loaded(state, event);
	else if (event->type == KE_GONE)
		unloaded(state, event);
}

static void
dma_destroy(void *state)
{
	struct dma *dma = state;
	struct piece *piece;
	struct load *load;
	struct queue *q;

	while ((q = dma->queues) != NULL) {
		dma->queues = q->next;
		queue_clear(dma, q);
		free(q);
	}
	for (size_t i = 0; i < BUCKETS; i++) {
		while ((load = dma->loads[i]) != NULL) {
			dma->loads[i] = load->next;
			drop(dma, &load->pieces);
			free(load);
		}
	}
	while ((piece = dma->free) != NULL) {
		dma->free = piece->next;
		free(piece);
	}
	free(dma);
}

const struct checker check_dma = {
	.name = "dma",
	.create = dma_create,
	.destroy = dma_destroy,
	.model = dma_model,
	.kernel = dma_kernel,
};
