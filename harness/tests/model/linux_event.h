/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Linux's own answer to the question of both event tests, from its uapi
 * header, in a file where the header's names are in nobody's way.
 */
#ifndef RINGSIDE_TESTS_MODEL_LINUX_EVENT_H
#define RINGSIDE_TESTS_MODEL_LINUX_EVENT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether entry `event` is among those from `old` to before `new_idx`. */
bool linux_need_event(uint16_t event, uint16_t new_idx, uint16_t old);

/*
 * The same by definition (virtio 1.3, section 2.7.7.2): the `count` entries
 * that end before `idx` are written one after the other, and each is asked
 * whether it is the one.
 */
static inline bool
slow_need_event(uint16_t event, uint16_t idx, uint32_t count)
{
	uint32_t i;

	for (i = 1; i <= count; i++)
		if ((uint16_t)(idx - i) == event)
			return (true);
	return (false);
}

#endif /* !RINGSIDE_TESTS_MODEL_LINUX_EVENT_H */
