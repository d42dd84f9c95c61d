/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The executive's timers: a binary heap.  Private to sim/.
 */
#ifndef RINGSIDE_SIM_TIMER_H
#define RINGSIDE_SIM_TIMER_H

#include "sim/sim.h"

struct timer_heap {
	struct sim_timer **timers; /* 1-based */
	size_t count;
	size_t room;
	uint64_t order;
};

void timer_heap_fini(struct timer_heap *heap);
/* The earliest, or SIM_NEVER. */
sim_time timer_heap_next(const struct timer_heap *heap);
/* Removes and returns the earliest when it is due at `now`, else NULL. */
struct sim_timer *timer_heap_pop(struct timer_heap *heap, sim_time now);
void timer_heap_insert(struct timer_heap *heap, struct sim_timer *timer);
void timer_heap_remove(struct timer_heap *heap, struct sim_timer *timer);

#endif /* !RINGSIDE_SIM_TIMER_H */
