/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Many requests on a rig's disk at a time, and what happens meanwhile.
 */
#ifndef RINGSIDE_TESTS_DRIVERS_CROWD_H
#define RINGSIDE_TESTS_DRIVERS_CROWD_H

#include "tests/drivers/diskrig.h"

#define CROWD 24

struct crowd {
	struct diskrig *rig;
	bool write;
	/* Called in a kernel thread when all have been submitted, or NULL. */
	void (*meanwhile)(struct crowd *crowd);

	unsigned done, errors;
	int error; /* the last one, FreeBSD's */
	/* With a residue that does not fit the result. */
	unsigned short_ones;

	/* Private. */
	struct kernel_disk_io io[CROWD];
	struct kernel_sema sema;
};

/* The one that was run last. */
extern struct crowd crowd;

/* Reads or writes 4 KiB at each 8 KiB, and waits for all of them. */
void crowd_run(struct diskrig *rig, bool write,
    void (*meanwhile)(struct crowd *));
/* Checks that all that was written is there, and nothing else. */
void crowd_written(const struct diskrig *rig);

#endif /* !RINGSIDE_TESTS_DRIVERS_CROWD_H */
