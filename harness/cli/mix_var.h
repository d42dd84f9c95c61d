/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the verified mix share: mix.c says what is done next,
 * mix_content.c knows what the disk must hold.
 *
 * Each sector has a version: 0 is what the image held, and each write gives
 * the sectors it covers the next one.  The bytes of a sector are a function of
 * seed, sector and version, so a byte that is stale, misplaced or torn is
 * seen whichever way it came about.
 */
#ifndef RINGSIDE_CLI_MIX_VAR_H
#define RINGSIDE_CLI_MIX_VAR_H

#include "cli/pattern.h"
#include "cli/workload.h"

#define MIX_SECTOR     512u
#define MIX_IO_SECTORS (WORKLOAD_IO_MAX / MIX_SECTOR)

/*
 * Beside a sector's version: a deletion was asked for, after which it holds
 * zeros or what it held; or a write has failed, after which nobody knows.
 */
#define MIX_VERSION 0x3fffffffu
#define MIX_DELETED 0x40000000u
#define MIX_UNKNOWN 0x80000000u

struct mix_slot {
	struct kernel_disk_io io;
	struct mix_run *run;
	void *buffer;
	struct mix_slot *next; /* among the free, or the done */
	bool busy;
	uint64_t place;
	uint64_t sector;
	uint32_t sectors;
	uint64_t start, end;
};

struct mix_run {
	struct mix *mix;
	struct pattern pattern;
	struct kernel_disk *disk;
	uint64_t disk_sectors;
	uint32_t unit; /* sectors of a block of the disk */
	/*
	 * Places are the sectors played on: `half` at the beginning of the
	 * disk, the others at its end.
	 */
	uint64_t span, half;
	uint64_t cursor;    /* the next place of sequential patterns */
	uint32_t *versions; /* by place, with flags */
	uint64_t *sums;	    /* of what the image held, by place; or NULL */
	uint64_t random;
	uint64_t begin; /* ns */
	struct mix_slot slots[WORKLOAD_DEPTH_MAX];
	struct mix_slot *idle;
	struct mix_slot *done;
	struct kernel_sema sema;
	uint8_t *expect;
};

/* A failure that is not an operation's error. */
void mix_fail(struct mix *mix, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

uint64_t mix_scramble(uint64_t z);
uint64_t mix_sector_of(const struct mix_run *run, uint64_t place);
/* The end of a piece that begins at `place` and stays in one half. */
uint64_t mix_piece_end(const struct mix_run *run, uint64_t place);

/* Remembers what the image holds before anything is written to it. */
bool mix_take_sums(struct mix_run *run);
/* The slot's sectors get a new version, and its buffer their bytes. */
void mix_fill(struct mix_run *run, struct mix_slot *slot);
void mix_mark(struct mix_run *run, const struct mix_slot *slot, uint32_t flag);
/* Whether what was read is what must be there; else it is a failure. */
void mix_verify(struct mix_run *run, const struct mix_slot *slot);

#endif /* !RINGSIDE_CLI_MIX_VAR_H */
