/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who is told of what in a split ring (virtio 1.3, sections 2.7.7 and
 * 2.7.10).
 *
 * Whoever asks to be told must be told; whoever asks for quiet may be told all
 * the same, and that is counted.  The device decides once for what it has
 * given back since it last did, and the decision is compared with what the
 * driver's memory asks for at that moment.  What the driver owes is seen when
 * the guest has nothing to run: a device that sleeps after it has asked,
 * chains that are available, and no notification in between.  Before that
 * nobody can know, since a driver may tell of many chains at once.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "check/checker.h"
#include "model/wire/config.h"

struct queue {
	struct queue *next;
	char device[32];
	uint16_t number;
	uint32_t size; /* 0: not enabled */
	uint64_t avail;
	uint64_t used;
	bool events; /* EVENT_IDX was negotiated */

	/* What the device waits for. */
	bool idle;	    /* it sleeps until it is notified */
	uint16_t idle_next; /* of the entry that was asked for */
	uint16_t told;	    /* the available index at the last notification */

	/* What the driver waits for. */
	uint16_t given;	    /* the used index */
	uint32_t undecided; /* chains given since the last decision */
	bool owed;	    /* the device has decided to interrupt */
};

struct notify {
	struct referee *referee;
	struct queue *queues;
};

static void *
notify_create(struct referee *referee)
{
	struct notify *notify = check_alloc(1, sizeof(*notify));

	notify->referee = referee;
	return (notify);
}

static void
notify_destroy(void *state)
{
	struct notify *notify = state;
	struct queue *q;

	while ((q = notify->queues) != NULL) {
		notify->queues = q->next;
		free(q);
	}
	free(notify);
}

static struct queue *
find(struct notify *notify, const struct model_event *event, bool make)
{
	struct queue *q;

	for (q = notify->queues; q != NULL; q = q->next) {
		if (q->number == event->queue &&
		    strcmp(q->device, event->device) == 0)
			break;
	}
	if (q == NULL && make) {
		q = check_alloc(1, sizeof(*q));
		strncpy(q->device, event->device, sizeof(q->device) - 1);
		q->number = event->queue;
		q->next = notify->queues;
		notify->queues = q;
	}
	return (q != NULL && (make || q->size != 0) ? q : NULL);
}

/*
 * --- what memory says; false when nobody can look ---
 */

static bool
peek16(struct notify *notify, uint64_t gpa, uint16_t *value)
{
	le16 word;

	if (!referee_peek(notify->referee, gpa, &word, sizeof(word)))
		return (false);
	*value = wire16(word);
	return (true);
}

static bool
peek_avail_idx(struct notify *notify, const struct queue *q, uint16_t *idx)
{
	return (
	    peek16(notify, q->avail + offsetof(struct virtq_avail, idx), idx));
}

/* Whether `event` is one of the `count` entries before `idx`. */
static bool
is_among(uint16_t event, uint16_t idx, uint32_t count)
{
	for (uint32_t i = 1; i <= count; i++) {
		if ((uint16_t)(idx - i) == event)
			return (true);
	}
	return (false);
}

/* What the side that moved from idx - count to idx owes the other. */
static bool
peek_wanted(struct notify *notify, const struct queue *q, uint64_t flags_at,
    uint64_t event_at, uint16_t idx, uint32_t count, bool *wanted)
{
	uint16_t value;

	if (!peek16(notify, q->events ? event_at : flags_at, &value))
		return (false);
	/* Either flag of quiet is bit 0 (2.7.7.1, 2.7.10.2). */
	*wanted = q->events ? is_among(value, idx, count) :
			      count > 0 && (value & 1) == 0;
	return (true);
}

/* Whether the driver wants to hear of what the device has not told yet. */
static bool
driver_wants(struct notify *notify, const struct queue *q, bool *wanted)
{
	return (peek_wanted(notify, q,
	    q->avail + offsetof(struct virtq_avail, flags),
	    q->avail + VIRTQ_AVAIL_BYTES(q->size) - sizeof(le16), q->given,
	    q->undecided, wanted));
}

/*
 * --- events ---
 */

static void
enable(struct notify *notify, const struct model_event *event)
{
	struct queue *q = find(notify, event, true);

	q->size = event->enable.size;
	q->avail = event->enable.driver;
	q->used = event->enable.device;
	q->events = (event->enable.features >> VIRTIO_RING_F_EVENT_IDX) & 1;
	/* Flags and avail_event begin as 0: the first chain is asked for. */
	q->idle = true;
	q->idle_next = q->told = q->given = 0;
	q->undecided = 0;
	q->owed = false;
}

static void
notified(struct notify *notify, struct queue *q)
{
	struct referee_counts *counts = check_counts(notify->referee);
	bool wanted = true;
	uint16_t idx;

	counts->notifications++;
	q->idle = false;
	if (!peek_avail_idx(notify, q, &idx))
		return;
	(void)peek_wanted(notify, q,
	    q->used + offsetof(struct virtq_used, flags),
	    q->used + VIRTQ_USED_BYTES(q->size) - sizeof(le16), idx,
	    (uint16_t)(idx - q->told), &wanted);
	if (!wanted)
		counts->unasked_notifications++;
	q->told = idx;
}

/* The device sleeps: it must have said what wakes it. */
static void
idle(struct notify *notify, struct queue *q, uint16_t next)
{
	uint16_t flags, event = next;

	q->idle = true;
	q->idle_next = next;
	if (!peek16(notify, q->used + offsetof(struct virtq_used, flags),
		&flags))
		return;
	if (q->events)
		(void)peek16(notify,
		    q->used + VIRTQ_USED_BYTES(q->size) - sizeof(le16), &event);
	if (flags != 0 || event != next)
		referee_violation(notify->referee, &check_notify,
		    "%s queue %u: the device waits for entry %u, and asks for "
		    "%u with flags %#x",
		    q->device, q->number, next, event, flags);
}

static void
decided(struct notify *notify, struct queue *q, const struct model_event *event)
{
	uint16_t idx = event->decide.idx;
	bool wanted;

	if (q->owed)
		referee_violation(notify->referee, &check_notify,
		    "%s queue %u: the device has decided to interrupt and "
		    "decides again",
		    q->device, q->number);
	if (idx != q->given || event->decide.count != q->undecided)
		referee_violation(notify->referee, &check_notify,
		    "%s queue %u: the device decides for %u chains up to %u, "
		    "and has given %u up to %u",
		    q->device, q->number, event->decide.count, idx,
		    q->undecided, q->given);
	q->owed = event->decide.wanted;
	if (driver_wants(notify, q, &wanted) &&
	    wanted != event->decide.wanted) {
		if (wanted)
			referee_violation(notify->referee, &check_notify,
			    "%s queue %u: the driver wants to hear of used "
			    "chains up to %u, and the device will not tell",
			    q->device, q->number, idx);
		else
			check_counts(notify->referee)->unasked_interrupts++;
	}
	q->undecided = 0;
}

static void
interrupted(struct notify *notify, struct queue *q, bool sent)
{
	struct referee_counts *counts = check_counts(notify->referee);

	if (sent) {
		counts->interrupts++;
		if (!q->owed)
			counts->unasked_interrupts++;
	}
	q->owed = false;
}

static void
notify_model(void *state, const struct model_event *event)
{
	struct notify *notify = state;
	struct queue *q;

	if (event->type == MODEL_QUEUE_ENABLE) {
		enable(notify, event);
		return;
	}
	if (event->type == MODEL_RESET) {
		for (q = notify->queues; q != NULL; q = q->next) {
			if (strcmp(q->device, event->device) == 0)
				q->size = 0;
		}
		return;
	}
	q = find(notify, event, false);
	if (q == NULL)
		return;
	switch (event->type) {
	case MODEL_NOTIFY:
		notified(notify, q);
		break;
	case MODEL_TAKE:
		q->idle = false;
		break;
	case MODEL_GIVE:
		q->given++;
		q->undecided++;
		break;
	case MODEL_IDLE:
		idle(notify, q, event->idle.next);
		break;
	case MODEL_DECIDE:
		decided(notify, q, event);
		break;
	case MODEL_INTERRUPT:
	case MODEL_MUTE:
		interrupted(notify, q, event->type == MODEL_INTERRUPT);
		break;
	default:
		break;
	}
}

/*
 * A device that polls a queue says so before the driver has filled it, and
 * nothing else tells us.
 */
static bool
wants_quiet(struct notify *notify, const struct queue *q)
{
	uint16_t flags;

	return (!q->events &&
	    peek16(notify, q->used + offsetof(struct virtq_used, flags),
		&flags) &&
	    (flags & VIRTQ_USED_F_NO_NOTIFY) != 0);
}

/* The guest sleeps: whom it has not told by now, it has forgotten. */
static void
notify_idle(void *state)
{
	struct notify *notify = state;
	uint16_t idx;

	for (struct queue *q = notify->queues; q != NULL; q = q->next) {
		if (q->size == 0 || !q->idle ||
		    !peek_avail_idx(notify, q, &idx) || idx == q->idle_next ||
		    wants_quiet(notify, q))
			continue;
		q->idle = false; /* said once */
		referee_violation(notify->referee, &check_notify,
		    "%s queue %u: the device asked to be told of entry %u, "
		    "the driver is at %u and has not told",
		    q->device, q->number, q->idle_next, idx);
	}
}

/* Nothing moves: who is still owed something will never get it. */
static void
notify_quiet(void *state)
{
	struct notify *notify = state;
	bool wanted;

	notify_idle(state);
	for (struct queue *q = notify->queues; q != NULL; q = q->next) {
		if (q->size == 0)
			continue;
		if (q->undecided != 0 && driver_wants(notify, q, &wanted) &&
		    wanted)
			referee_violation(notify->referee, &check_notify,
			    "%s queue %u: the device gave back %u chains and "
			    "did not care that the driver wants to hear",
			    q->device, q->number, q->undecided);
		if (q->owed)
			referee_violation(notify->referee, &check_notify,
			    "%s queue %u: the device has decided to interrupt "
			    "and did not",
			    q->device, q->number);
	}
}

const struct checker check_notify = {
	.name = "notify",
	.create = notify_create,
	.destroy = notify_destroy,
	.model = notify_model,
	.idle = notify_idle,
	.quiet = notify_quiet,
	.finish = notify_quiet,
};
