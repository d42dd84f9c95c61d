/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A set of numbers that come in ranges, kept as the ranges: one of a million
 * numbers costs as much as one of one.
 */
#ifndef RINGSIDE_MODEL_BACKEND_RANGESET_H
#define RINGSIDE_MODEL_BACKEND_RANGESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From `first` on, below `end`. */
struct range {
	uint64_t first;
	uint64_t end;
};

/* All zeros is the empty set. */
struct rangeset {
	struct range *ranges; /* ascending, with gaps between them */
	size_t count;
	size_t room;
};

void rangeset_fini(struct rangeset *set);
/* Adds a range that is not empty; false when there is no memory. */
bool rangeset_add(struct rangeset *set, uint64_t first, uint64_t end);
/*
 * Whether `number` is in the set; `end` receives the first number behind it,
 * up to UINT64_MAX, of which the answer is another one.
 */
bool rangeset_has(const struct rangeset *set, uint64_t number, uint64_t *end);

#endif /* !RINGSIDE_MODEL_BACKEND_RANGESET_H */
