/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What came of a `ringside run`, for --json.
 */
#ifndef RINGSIDE_CLI_RUN_RESULT_H
#define RINGSIDE_CLI_RUN_RESULT_H

#include <stdint.h>
#include <stdio.h>

#include "cli/run_options.h"
#include "cli/tally.h"
#include "cli/traffic.h"

#define RESULT_SYSCTLS	  256
#define RESULT_VIOLATIONS 64

struct result_text {
	char *name;
	char *text;
};

struct run_result {
	const struct run_options *options;
	uint64_t disk_bytes;
	uint64_t offered, negotiated; /* features of the first disk */
	const struct tally *tally;    /* NULL: nothing was done */
	/* Of the network; NULL: there was none. */
	const struct traffic *traffic;
	uint64_t net_offered, net_negotiated; /* of the first device */
	uint64_t failures;		      /* of the workload */
	const char *failure;		      /* the first of them */
	char host_error[256];	  /* what the host refused first, or "" */
	const char *panic, *hang; /* what they said, or "" */
	const char *replay;
	/* Of the drivers, before they detached; the rest is not kept. */
	struct result_text sysctls[RESULT_SYSCTLS];
	unsigned nsysctls;
	/* By the checker's name; those beyond the table are only counted. */
	struct result_text violations[RESULT_VIOLATIONS];
	uint64_t nviolations;
	int signal; /* that has interrupted it, or 0 */
	int status; /* exit status */
};

void run_result_violation(struct run_result *result, const char *checker,
    const char *text);
void run_result_sysctl(struct run_result *result, const char *path,
    const char *value);
void run_result_free(struct run_result *result);

/*
 * Opens a file for the results, "-" for standard output; what it holds stays
 * until they are written.  NULL after complaining.
 */
FILE *run_json_open(const char *path);
/* Writes and closes; 0, or the host's errno. */
int run_json_write(const struct run_result *result, FILE *file);

#endif /* !RINGSIDE_CLI_RUN_RESULT_H */
