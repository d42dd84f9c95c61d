/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A medium that lies: memory that loses, misplaces or damages what is written
 * to it, or reads back something else, all without an error.  And a place for
 * what a session says on standard error.
 */
#ifndef RINGSIDE_TESTS_CLI_LIAR_H
#define RINGSIDE_TESTS_CLI_LIAR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/backend/backend.h"

enum lie {
	HONEST,
	LOSE_WRITE,	/* does nothing */
	MISPLACE_WRITE, /* a sector further on */
	TEAR_WRITE,	/* the first sector only */
	FLIP_WRITE,	/* one bit, in the middle of the last sector */
	FAIL_WRITE,	/* EIO: no lie at all */
	FLIP_READ,	/* one bit, once: the medium keeps the truth */
	EMPTY_READ,	/* leaves the buffer as it is */
	STALE_READ,	/* the version before the last of the first sector */
	SWAP_READ,	/* another sector that was written as often */
	FAIL_READ,	/* EIO */
	FAIL_FLUSH,	/* EIO */
};

struct liar {
	/* Set by the test. */
	enum lie lie;
	/* Lies from this operation of its kind on, `times` times; 0: always. */
	uint64_t from, times;
	/* Called in each read, while the device has the request; or NULL. */
	void (*each)(void *arg);
	void *arg;

	/* What came. */
	uint64_t reads, writes, flushes, lies;
	uint64_t highest;     /* end of the furthest transfer */
	uint64_t near_middle; /* transfers over the middle of the disk */
	uint64_t where;	      /* offset of the write lied about last */

	/* Private. */
	uint8_t *bytes,
	    *before;	    /* the medium, and each sector's last but one */
	uint32_t *versions; /* how often each sector was written */
};

/*
 * A backend of `size` bytes over `liar`, which outlives it and is filled with
 * a pattern when `image` is not -1: the same is written to that descriptor.
 */
struct backend *liar_new(struct liar *liar, uint64_t size, int image);

/* From now on standard error is kept; the latter gives it back. */
void liar_hush(void);
const char *liar_heard(void);

#endif /* !RINGSIDE_TESTS_CLI_LIAR_H */
