/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Patterns by name; see pattern.h.
 */
#include <stddef.h>
#include <string.h>

#include "cli/option.h"
#include "cli/pattern.h"

static const struct pattern patterns[] = {
	{ .name = "mix",
	    .flushes = 3,
	    .writes = 37,
	    .reads = 60,
	    .random = true,
	    .mixed_sizes = true },
	{ .name = "read", .reads = 100 },
	{ .name = "write", .writes = 100 },
	{ .name = "rw", .reads = 50, .writes = 50 },
	{ .name = "trim", .deletes = 100 },
	{ .name = "randread", .reads = 100, .random = true },
	{ .name = "randwrite", .writes = 100, .random = true },
	{ .name = "randrw", .reads = 50, .writes = 50, .random = true },
	{ .name = "randtrim", .deletes = 100, .random = true },
	{ .name = "trimmix",
	    .flushes = 3,
	    .writes = 30,
	    .deletes = 20,
	    .reads = 47,
	    .random = true,
	    .mixed_sizes = true },
};
#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

const struct pattern *
pattern_find(const char *name)
{
	const char *names[PATTERNS + 1];
	int i;

	for (size_t n = 0; n < PATTERNS; n++)
		names[n] = patterns[n].name;
	names[PATTERNS] = NULL;
	i = cli_choice("--pattern", name, names);
	return (i < 0 ? NULL : &patterns[i]);
}
