/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The workloads of `ringside run`.  Each runs as a kernel thread, through the
 * disk interface that a reader of /dev/vbd0 has, and verifies what it reads.
 */
#ifndef RINGSIDE_CLI_WORKLOAD_H
#define RINGSIDE_CLI_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/pattern.h"
#include "cli/tally.h"

/* The largest transfer of either workload. */
#define WORKLOAD_IO_MAX	   (256u << 10)
#define WORKLOAD_DEPTH_MAX 64

/*
 * Operations of a pattern on vbd0, never two at a time on the same sector.
 * What has been written is known by sector; what has not must read as the
 * image is; what was deleted as that, or as zeros.  Of a large disk only the
 * first and the last 128 MiB are played on.
 */
struct mix {
	uint64_t seed;
	const struct pattern *pattern; /* NULL: the one called "mix" */
	uint64_t block;	     /* bytes a transfer; 0: as the pattern has it */
	uint64_t operations; /* 0: no bound */
	uint64_t duration;   /* ns of wall clock; 0: no bound */
	unsigned depth;
	bool read_only;
	int image; /* descriptor to read what was there before; -1: zeros */
	/*
	 * The mix writes to that image itself: what it held is remembered by
	 * checksums, which are taken before the first operation.
	 */
	bool image_changes;
	/* Called when `stop_at` operations are done; no new ones then. */
	void (*stop)(void *arg);
	void *stop_arg;
	uint64_t stop_at;

	struct tally tally;
	uint64_t started;  /* operations */
	bool time_is_up;   /* `duration` has ended it */
	bool unfit;	   /* it cannot be run on this disk; see `failure` */
	uint64_t failures; /* operations that failed or read wrong bytes */
	uint64_t errors;   /* those that the driver said have failed */
	char failure[160]; /* the first one */
};
void mix_main(void *mix);

/* The whole of disk 0 onto disk 1, as large; then both are compared. */
struct copy {
	unsigned depth;
	uint64_t chunk; /* bytes a transfer, at most WORKLOAD_IO_MAX */

	struct tally tally;
	uint64_t failures;
	uint64_t errors; /* of these, what the driver said has failed */
	char failure[160];
};
void copy_main(void *copy);

#endif /* !RINGSIDE_CLI_WORKLOAD_H */
