/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sets of numbers in ranges, against an array of all the numbers.
 */
#include <string.h>

#include "model/backend/rangeset.h"
#include "tests/test.h"

#define NUMBERS 300

static bool in[NUMBERS];

static void
check(const struct rangeset *set)
{
	uint64_t end, want;
	unsigned i;

	for (uint64_t n = 0; n < NUMBERS; n++) {
		for (want = n; want < NUMBERS && in[want] == in[n];)
			want++;
		if (want == NUMBERS && !in[n])
			want = UINT64_MAX;
		T_EQ(rangeset_has(set, n, &end), in[n]);
		T_EQ(end, want);
	}
	/* Ascending, and never two that touch. */
	for (i = 0; i < set->count; i++) {
		T_TRUE(set->ranges[i].first < set->ranges[i].end);
		if (i > 0)
			T_TRUE(set->ranges[i - 1].end < set->ranges[i].first);
	}
}

TEST(rangeset, is_the_union_of_what_was_added)
{
	struct rangeset set;
	uint64_t state = 11, first, length;

	for (unsigned round = 0; round < 20; round++) {
		memset(&set, 0, sizeof(set));
		memset(in, 0, sizeof(in));
		check(&set);
		for (unsigned i = 0; i < 40; i++) {
			state = state * UINT64_C(6364136223846793005) + 1;
			first = (state >> 33) % NUMBERS;
			length = 1 + (state >> 48) % (round + 1);
			if (length > NUMBERS - first)
				length = NUMBERS - first;
			T_TRUE(rangeset_add(&set, first, first + length));
			memset(&in[first], 1, length);
			if (i % 8 == 7)
				check(&set);
		}
		rangeset_fini(&set);
	}
}

TEST(rangeset, neighbours_become_one)
{
	struct rangeset set = { .count = 0 };
	uint64_t end;

	T_TRUE(rangeset_add(&set, 10, 20));
	T_TRUE(rangeset_add(&set, 30, 40));
	T_EQ(set.count, 2);
	T_TRUE(rangeset_add(&set, 20, 30));
	T_EQ(set.count, 1);
	T_TRUE(rangeset_add(&set, 0, 10));
	T_TRUE(rangeset_add(&set, 12, 15));
	T_EQ(set.count, 1);
	T_TRUE(rangeset_has(&set, 39, &end));
	T_EQ(end, 40);
	/* As many numbers as there are cost no more. */
	T_TRUE(rangeset_add(&set, 0, UINT64_MAX));
	T_EQ(set.count, 1);
	T_TRUE(rangeset_has(&set, UINT64_MAX - 1, &end));
	rangeset_fini(&set);
}
