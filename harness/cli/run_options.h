/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The options of `ringside run`.
 */
#ifndef RINGSIDE_CLI_RUN_OPTIONS_H
#define RINGSIDE_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/diskopt.h"
#include "cli/netopt.h"
#include "cli/pattern.h"
#include "cli/replay.h"

#define RUN_SYSCTLS_MAX	    16
#define RUN_SYSCTL_NAME_MAX 128
#define RUN_OPERATIONS	    20000 /* by default */
#define NS_A_SECOND	    UINT64_C(1000000000)

struct run_options {
	const char *disk; /* NULL: a disk in memory, of `size` bytes */
	uint64_t size;	  /* 0: the file's */
	const char *copy_to;
	struct netopt net;
	const char *pcap;    /* where what passes is recorded, or NULL */
	const char *json;    /* NULL: none, "-": standard output */
	const char *control; /* socket; NULL: at its usual place */
	const struct pattern *pattern; /* of the mix, never NULL */
	uint64_t block;		       /* bytes a transfer; 0: the pattern's */
	uint64_t frame;		       /* bytes a frame; 0: many sizes */
	uint64_t operations;	       /* 0: no bound */
	uint64_t seconds;	       /* 0: no bound */
	uint64_t seed;
	uint64_t depth;
	uint64_t max_steps;
	uint64_t watchdog; /* seconds */
	struct diskopt device;
	const char *sysctls[RUN_SYSCTLS_MAX];
	unsigned nsysctls;
	bool write;
	bool read_only;
	bool no_check;
	bool verbose;
	bool quiet;
	bool gdb;
};

/* Whether there is a disk; there may be a network beside it. */
static inline bool
run_has_disk(const struct run_options *o)
{
	return (o->disk != NULL || o->size != 0);
}

/* -1: go on; else the exit status, after complaining or --help. */
int run_options_parse(int argc, char **argv, struct run_options *o);
/* The command that does it again, with a bound of `operations` (0: as is). */
void run_options_replay(const struct run_options *o, uint64_t operations,
    struct replay *replay);

#endif /* !RINGSIDE_CLI_RUN_OPTIONS_H */
