/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A disk driver for tests of disk(9): its data are in memory, and it can be
 * told to keep bios, to fail them, or not to be quite right.  Kernel-side.
 */
#ifndef RINGSIDE_TESTS_RAMDISK_H
#define RINGSIDE_TESTS_RAMDISK_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/malloc.h>
#include <geom/geom_disk.h>

#include "kernel/kernel.h"

#define SECTORS 256

struct ram {
	struct disk *disk;
	uint8_t data[SECTORS * 512];
	struct bio_queue_head queue; /* with `hold`: those that are kept */
	bool hold;
	int error;	/* what requests end with */
	u_int requests; /* seen */
	size_t largest; /* bytes */
	size_t deleted; /* bytes */
	u_int flags;	/* of the last */
	int opens, closes, gones;
};

/* Not yet created: the disk is "ram3", of 512-byte sectors. */
struct ram *ram_alloc(u_int flags);
/* And created. */
struct ram *ram_create(u_int flags);
void ram_destroy(struct ram *ram);
/* Does what the bio asks for. */
void ram_finish(struct ram *ram, struct bio *bp);

/* One operation, and the bytes that were not done unless NULL. */
int rw(struct kernel_disk *disk, enum kernel_disk_op op, uint64_t offset,
    size_t length, void *data, size_t *residual);

#endif /* !RINGSIDE_TESTS_RAMDISK_H */
