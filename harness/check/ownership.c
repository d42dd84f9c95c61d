/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who owns each descriptor of a split ring (virtio 1.3, section 2.7).
 *
 * A descriptor belongs to the driver until the device takes a chain that it
 * is part of, and to the device until the chain's head is put on the used
 * ring (2.7.13, 2.7.14).  So: no descriptor is taken twice; what is given back
 * was held, whole, and by its head; no more is said to be written than the
 * chain had room for (2.7.8.2); the driver does not touch the descriptors of
 * a chain that the device holds, be they in the ring or in an indirect table;
 * and everything taken is given back, unless the device was reset.
 */
#include <stdlib.h>
#include <string.h>

#include "check/checker.h"

/* One chain in the device's hands. */
struct held {
	uint16_t count; /* descriptors in the ring; 0: not held */
	uint64_t writable;
	struct virtq_desc *descs; /* of the ring, then of the table */
	uint16_t *indices;	  /* their places in the one or the other */
	uint16_t table_count;
	uint64_t table; /* guest-physical */
};

struct queue {
	struct queue *next;
	char device[32];
	uint16_t number;
	uint32_t size; /* 0: not enabled */
	uint64_t desc;
	struct held *heads; /* by head */
	int32_t *owner;	    /* by descriptor: the head that holds it, or -1 */
	uint32_t outstanding;
};

struct ownership {
	struct referee *referee;
	struct queue *queues;
};

static void *
ownership_create(struct referee *referee)
{
	struct ownership *own = check_alloc(1, sizeof(*own));

	own->referee = referee;
	return (own);
}

static void
queue_clear(struct queue *q)
{
	for (uint32_t i = 0; i < q->size; i++) {
		free(q->heads[i].descs);
		free(q->heads[i].indices);
	}
	free(q->heads);
	free(q->owner);
	q->heads = NULL;
	q->owner = NULL;
	q->size = 0;
	q->outstanding = 0;
}

static void
ownership_destroy(void *state)
{
	struct ownership *own = state;
	struct queue *q;

	while ((q = own->queues) != NULL) {
		own->queues = q->next;
		queue_clear(q);
		free(q);
	}
	free(own);
}

static struct queue *
find(struct ownership *own, const char *device, uint16_t number, bool make)
{
	struct queue *q;

	for (q = own->queues; q != NULL; q = q->next) {
		if (q->number == number && strcmp(q->device, device) == 0)
			return (q);
	}
	if (!make)
		return (NULL);
	q = check_alloc(1, sizeof(*q));
	strncpy(q->device, device, sizeof(q->device) - 1);
	q->number = number;
	q->next = own->queues;
	own->queues = q;
	return (q);
}

static void
enable(struct ownership *own, const struct model_event *event)
{
	struct queue *q = find(own, event->device, event->queue, true);

	queue_clear(q);
	q->size = event->enable.size;
	q->desc = event->enable.desc;
	q->heads = check_alloc(q->size, sizeof(*q->heads));
	q->owner = check_alloc(q->size, sizeof(*q->owner));
	for (uint32_t i = 0; i < q->size; i++)
		q->owner[i] = -1;
}

/* The room that a chain offers the device. */
static uint64_t
writable(const struct virtq_desc *descs, uint16_t count)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < count; i++) {
		uint16_t flags = wire16(descs[i].flags);

		/* One that refers to a table has no room of its own. */
		if ((flags & VIRTQ_DESC_F_WRITE) != 0 &&
		    (flags & VIRTQ_DESC_F_INDIRECT) == 0)
			sum += wire32(descs[i].len);
	}
	return (sum);
}

/* Keeps what the device has read, to be compared with what is there later. */
static void
remember(struct held *held, const struct model_event *event)
{
	uint16_t count = event->take.count, table = event->take.table_count;
	size_t all = (size_t)count + table;

	held->descs = realloc(held->descs, all * sizeof(*held->descs));
	held->indices = realloc(held->indices, all * sizeof(*held->indices));
	if (held->descs == NULL || held->indices == NULL)
		abort();
	memcpy(held->descs, event->take.descs, count * sizeof(*held->descs));
	memcpy(held->indices, event->take.indices,
	    count * sizeof(*held->indices));
	held->table_count = table;
	if (table == 0)
		return;
	/* The first entry is entry 0; each names the next (2.7.5.3). */
	held->table = wire64(event->take.descs[count - 1].addr);
	memcpy(held->descs + count, event->take.table,
	    table * sizeof(*held->descs));
	held->indices[count] = 0;
	for (size_t i = count + 1u; i < all; i++)
		held->indices[i] = wire16(held->descs[i - 1].next);
}

static void
take(struct ownership *own, const struct model_event *event)
{
	struct queue *q = find(own, event->device, event->queue, false);
	uint16_t head = event->take.head, count = event->take.count;
	struct held *held;

	if (q == NULL || head >= q->size || count == 0) {
		referee_violation(own->referee, &check_ownership,
		    "%s queue %u: head %u taken from a queue of %u entries",
		    event->device, event->queue, head, q != NULL ? q->size : 0);
		return;
	}
	for (uint16_t i = 0; i < count; i++) {
		uint16_t index = event->take.indices[i];

		if (index < q->size && q->owner[index] < 0)
			continue;
		referee_violation(own->referee, &check_ownership,
		    "%s queue %u: descriptor %u of the chain at %u was made "
		    "available while the device holds it in the chain at %d",
		    q->device, q->number, index, head,
		    index < q->size ? q->owner[index] : -1);
		return;
	}
	held = &q->heads[head];
	held->count = count;
	held->writable = writable(event->take.descs, count) +
	    writable(event->take.table, event->take.table_count);
	remember(held, event);
	for (uint16_t i = 0; i < count; i++)
		q->owner[held->indices[i]] = head;
	q->outstanding++;
}

/* The driver must leave alone what it has handed over (2.7.13). */
static void
check_untouched(struct ownership *own, const struct queue *q, uint16_t head)
{
	const struct held *held = &q->heads[head];
	struct virtq_desc now;
	uint64_t base;
	bool table;

	for (uint32_t i = 0; i < (uint32_t)held->count + held->table_count;
	     i++) {
		table = i >= held->count;
		base = table ? held->table : q->desc;
		if (!referee_peek(own->referee,
			base + held->indices[i] * sizeof(now), &now,
			sizeof(now)))
			return;
		if (memcmp(&now, &held->descs[i], sizeof(now)) == 0)
			continue;
		referee_violation(own->referee, &check_ownership,
		    "%s queue %u: the driver changed %s %u while the "
		    "device held the chain at %u",
		    q->device, q->number, table ? "table entry" : "descriptor",
		    held->indices[i], head);
		return;
	}
}

static void
release(struct queue *q, struct held *held)
{
	for (uint16_t i = 0; i < held->count; i++)
		q->owner[held->indices[i]] = -1;
	held->count = 0;
	q->outstanding--;
}

/* A device that could not use it has put it back where it was. */
static void
untake(struct ownership *own, const struct model_event *event)
{
	struct queue *q = find(own, event->device, event->queue, false);
	uint16_t head = event->untake.head;

	if (q == NULL || head >= q->size || q->heads[head].count == 0) {
		referee_violation(own->referee, &check_ownership,
		    "%s queue %u: the device put back %u, which it does not "
		    "hold",
		    event->device, event->queue, head);
		return;
	}
	release(q, &q->heads[head]);
}

static void
give(struct ownership *own, const struct model_event *event)
{
	struct queue *q = find(own, event->device, event->queue, false);
	uint32_t id = event->give.id;
	struct held *held;

	if (q == NULL || id >= q->size || q->heads[id].count == 0) {
		referee_violation(own->referee, &check_ownership,
		    "%s queue %u: the device gave back %u, which it does not "
		    "hold",
		    event->device, event->queue, id);
		return;
	}
	held = &q->heads[id];
	if (event->give.length > held->writable)
		referee_violation(own->referee, &check_ownership,
		    "%s queue %u: the device says it wrote %u bytes to the "
		    "chain at %u, which has room for %llu",
		    q->device, q->number, event->give.length, id,
		    (unsigned long long)held->writable);
	check_untouched(own, q, (uint16_t)id);
	release(q, held);
}

static void
ownership_model(void *state, const struct model_event *event)
{
	struct ownership *own = state;

	switch (event->type) {
	case MODEL_QUEUE_ENABLE:
		enable(own, event);
		break;
	case MODEL_TAKE:
		take(own, event);
		break;
	case MODEL_UNTAKE:
		untake(own, event);
		break;
	case MODEL_GIVE:
		give(own, event);
		break;
	case MODEL_RESET:
		for (struct queue *q = own->queues; q != NULL; q = q->next) {
			if (strcmp(q->device, event->device) == 0)
				queue_clear(q);
		}
		break;
	default:
		break;
	}
}

static void
ownership_finish(void *state)
{
	struct ownership *own = state;

	for (struct queue *q = own->queues; q != NULL; q = q->next) {
		if (q->outstanding != 0)
			referee_violation(own->referee, &check_ownership,
			    "%s queue %u: the device never gave back %u chains",
			    q->device, q->number, q->outstanding);
	}
}

const struct checker check_ownership = {
	.name = "ownership",
	.create = ownership_create,
	.destroy = ownership_destroy,
	.model = ownership_model,
	.finish = ownership_finish,
};
