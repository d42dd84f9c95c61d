/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a workload has done and what it cost, and the table that says so.
 */
#ifndef RINGSIDE_CLI_TALLY_H
#define RINGSIDE_CLI_TALLY_H

#include <stdint.h>
#include <stdio.h>

#include "kernel/kernel.h"
#include "machine/machine.h"

/*
 * Latencies by magnitude: 32 steps a power of two, so a percentile is exact
 * to 3 %, in constant memory.
 */
#define TALLY_STEPS   32
#define TALLY_BUCKETS (TALLY_STEPS * 60)

struct tally_latency {
	uint64_t operations;
	uint64_t sum;	  /* ns */
	uint64_t fastest; /* ns */
	uint64_t slowest; /* ns */
	uint64_t buckets[TALLY_BUCKETS];
};

#define TALLY_KINDS (KERNEL_DISK_DELETE + 1)

struct tally {
	uint64_t reads, writes, flushes, deletes; /* operations */
	uint64_t bytes_read, bytes_written, bytes_deleted;
	uint64_t packets, bytes_carried;	 /* of a network's workload */
	struct tally_latency latency;		 /* of all */
	struct tally_latency kinds[TALLY_KINDS]; /* by kernel_disk_op */
	uint64_t elapsed;			 /* ns of wall clock */
	struct machine_ledger ledger;		 /* what the operations cost */
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
/* A packet has come back, or has arrived, after `ns` nanoseconds. */
void tally_packet(struct tally *tally, uint64_t bytes, uint64_t ns);
/* May be called again: what there is from the start until now. */
void tally_stop(struct tally *tally);

uint64_t tally_operations(const struct tally *tally);
/* In nanoseconds; `percent` in (0, 100]. */
uint64_t tally_percentile(const struct tally_latency *latency, double percent);
void tally_print(const struct tally *tally, FILE *out);

/* What the operations cost, a row each. */
struct tally_cost {
	const char *name;
	uint64_t count;
	const char *what; /* "" when the name says it */
};
#define TALLY_COSTS 10
void tally_costs(const struct tally *tally, struct tally_cost *costs);
/* The table of these, for each of `n` things of which one is called `unit`. */
void tally_print_costs(const struct tally *tally, uint64_t n, const char *unit,
    FILE *out);
void tally_print_latency(const struct tally *tally, FILE *out);

#endif /* !RINGSIDE_CLI_TALLY_H */
