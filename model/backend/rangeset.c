/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sets of numbers in ranges: a sorted array.
 */
#include "model/backend/rangeset.h"

#include <stdlib.h>
#include <string.h>

void
rangeset_fini(struct rangeset *set)
{
	free(set->ranges);
	memset(set, 0, sizeof(*set));
}

/* The first range that ends behind `number`, or set->count. */
static size_t
rangeset_find(const struct rangeset *set, uint64_t number)
{
	size_t low = 0, high = set->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (set->ranges[middle].end > number)
			high = middle;
		else
			low = middle + 1;
	}
	return (low);
}

static bool
rangeset_insert(struct rangeset *set, size_t at, uint64_t first, uint64_t end)
{
	struct range *ranges;
	size_t room;

	if (set->count == set->room) {
		room = set->room != 0 ? set->room * 2 : 16;
		ranges = realloc(set->ranges, room * sizeof(*ranges));
		if (ranges == NULL)
			return (false);
		set->ranges = ranges;
		set->room = room;
	}
	memmove(&set->ranges[at + 1], &set->ranges[at],
	    (set->count - at) * sizeof(*set->ranges));
	set->ranges[at] = (struct range) { first, end };
	set->count++;
	return (true);
}

bool
rangeset_add(struct rangeset *set, uint64_t first, uint64_t end)
{
	size_t at, last;

	/* Those that touch it, at either end, become one with it. */
	at = rangeset_find(set, first > 0 ? first - 1 : 0);
	for (last = at; last < set->count; last++)
		if (set->ranges[last].first > end)
			break;
	if (last == at)
		return (rangeset_insert(set, at, first, end));
	if (set->ranges[at].first < first)
		first = set->ranges[at].first;
	if (set->ranges[last - 1].end > end)
		end = set->ranges[last - 1].end;
	set->ranges[at] = (struct range) { first, end };
	memmove(&set->ranges[at + 1], &set->ranges[last],
	    (set->count - last) * sizeof(*set->ranges));
	set->count -= last - at - 1;
	return (true);
}

bool
rangeset_has(const struct rangeset *set, uint64_t number, uint64_t *end)
{
	size_t at = rangeset_find(set, number);

	if (at == set->count) {
		*end = UINT64_MAX;
		return (false);
	}
	if (set->ranges[at].first > number) {
		*end = set->ranges[at].first;
		return (false);
	}
	*end = set->ranges[at].end;
	return (true);
}
