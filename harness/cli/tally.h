/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a workload has done and what it cost, and the table that says so.
 */
#ifndef RINGSIDE_CLI_TALLY_H
#define RINGSIDE_CLI_TALLY_H

#include <stdint.h>

#include "kernel/kernel.h"
#include "machine/machine.h"

/*
 * Latencies by magnitude: 32 steps a power of two, so a percentile is exact
 * to 3 %, in constant memory.
 */
#define TALLY_STEPS   32
#define TALLY_BUCKETS (TALLY_STEPS * 60)

struct tally {
	uint64_t reads, writes, flushes; /* operations */
	uint64_t bytes_read, bytes_written;
	uint64_t latency[TALLY_BUCKETS];
	uint64_t slowest;	      /* ns */
	uint64_t elapsed;	      /* ns of wall clock */
	struct machine_ledger ledger; /* what the operations cost */
	struct kernel_stats kernel;

	/* At tally_start(). */
	uint64_t start;
	struct machine_ledger ledger_start;
	struct kernel_stats kernel_start;
};

void tally_start(struct tally *tally);
/* One operation has ended well after `ns` nanoseconds. */
void tally_operation(struct tally *tally, enum kernel_disk_op op,
    uint64_t bytes, uint64_t ns);
void tally_stop(struct tally *tally);

uint64_t tally_operations(const struct tally *tally);
/* In nanoseconds; `percent` in (0, 100]. */
uint64_t tally_percentile(const struct tally *tally, double percent);
/* To standard output. */
void tally_print(const struct tally *tally);

#endif /* !RINGSIDE_CLI_TALLY_H */
