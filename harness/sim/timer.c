/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A binary heap ordered by time, then by order of arming: equal times fire
 * in the order in which they were asked for, whatever the heap's shape.
 */
#include "host/host.h"
#include "sim/timer.h"

void
timer_heap_fini(struct timer_heap *heap)
{
	host_free(heap->timers);
	*heap = (struct timer_heap) { 0 };
}

sim_time
timer_heap_next(const struct timer_heap *heap)
{
	return (heap->count != 0 ? heap->timers[1]->when : SIM_NEVER);
}

static bool
earlier(const struct sim_timer *a, const struct sim_timer *b)
{
	return (a->when != b->when ? a->when < b->when : a->order < b->order);
}

static void
place(struct timer_heap *heap, size_t i, struct sim_timer *timer)
{
	heap->timers[i] = timer;
	timer->index = i;
}

/* Moves `timer` from the hole at i towards the root. */
static void
sift_up(struct timer_heap *heap, size_t i, struct sim_timer *timer)
{
	while (i > 1 && earlier(timer, heap->timers[i / 2])) {
		place(heap, i, heap->timers[i / 2]);
		i /= 2;
	}
	place(heap, i, timer);
}

/* Moves `timer` from the hole at i towards the leaves. */
static void
sift_down(struct timer_heap *heap, size_t i, struct sim_timer *timer)
{
	size_t child;

	while ((child = 2 * i) <= heap->count) {
		if (child < heap->count &&
		    earlier(heap->timers[child + 1], heap->timers[child]))
			child++;
		if (!earlier(heap->timers[child], timer))
			break;
		place(heap, i, heap->timers[child]);
		i = child;
	}
	place(heap, i, timer);
}

void
timer_heap_insert(struct timer_heap *heap, struct sim_timer *timer)
{
	HOST_ASSERT(timer->index == 0);
	if (heap->count + 1 >= heap->room) {
		heap->room = heap->room != 0 ? heap->room * 2 : 16;
		heap->timers = host_realloc(heap->timers,
		    heap->room * sizeof(*heap->timers));
	}
	timer->order = ++heap->order;
	sift_up(heap, ++heap->count, timer);
}

void
timer_heap_remove(struct timer_heap *heap, struct sim_timer *timer)
{
	size_t i = timer->index;
	struct sim_timer *last;

	HOST_ASSERT(i != 0 && i <= heap->count && heap->timers[i] == timer);
	timer->index = 0;
	last = heap->timers[heap->count--];
	if (last == timer)
		return;
	if (i > 1 && earlier(last, heap->timers[i / 2]))
		sift_up(heap, i, last);
	else
		sift_down(heap, i, last);
}

struct sim_timer *
timer_heap_pop(struct timer_heap *heap, sim_time now)
{
	struct sim_timer *timer;

	if (heap->count == 0 || heap->timers[1]->when > now)
		return (NULL);
	timer = heap->timers[1];
	timer_heap_remove(heap, timer);
	return (timer);
}
