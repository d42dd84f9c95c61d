/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a workload does, by name: fio's names, and `mix`.
 */
#ifndef RINGSIDE_CLI_PATTERN_H
#define RINGSIDE_CLI_PATTERN_H

#include <stdbool.h>

struct pattern {
	const char *name;
	/* Of a hundred operations; the rest are reads. */
	unsigned flushes, writes, deletes;
	unsigned reads;
	bool random;	  /* anywhere; else each after the one before */
	bool mixed_sizes; /* of many sizes, unless one is asked for */
};

/* Bytes of a transfer of all patterns that have one size. */
#define PATTERN_BLOCK 4096

/* NULL after complaining. */
const struct pattern *pattern_find(const char *name);

#endif /* !RINGSIDE_CLI_PATTERN_H */
