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

#include "cli/tally.h"

/* The largest transfer of either workload. */
#define WORKLOAD_IO_MAX	   (256u << 10)
#define WORKLOAD_DEPTH_MAX 64

/*
 * A random mix on vbd0: reads, writes and flushes of many sizes, never two at
 * a time on the same sector.  What has been written is known by sector; what
 * has not must read as the image is.
 */
struct mix {
	uint64_t seed;
	uint64_t operations;
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
	uint64_t failures; /* operations that failed or read wrong bytes */
	char failure[160]; /* the first one */
};
void mix_main(void *mix);

/* The whole of vbd0 onto vbd1, which is as large; then both are compared. */
struct copy {
	unsigned depth;
	uint64_t chunk; /* bytes a transfer, at most WORKLOAD_IO_MAX */

	struct tally tally;
	uint64_t failures;
	char failure[160];
};
void copy_main(void *copy);

#endif /* !RINGSIDE_CLI_WORKLOAD_H */
