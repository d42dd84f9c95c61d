/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What disk.c, disk_io.c and g_bio.c share.
 */
#ifndef RINGSIDE_KERNEL_DISK_VAR_H
#define RINGSIDE_KERNEL_DISK_VAR_H

#include "kernel/kern.h"

#include <sys/bio.h>
#include <geom/geom_disk.h>

struct kernel_disk;

/* The pages of an unmapped bio.  In the host's memory. */
struct disk_pages {
	SLIST_ENTRY(disk_pages) all;
	SLIST_ENTRY(disk_pages) free;
	size_t room;
	struct vm_page *page[];
};

/* A bio of the pool, with what the driver is not shown. */
struct disk_bio {
	struct bio bio; /* first */
	uint32_t state;
	LIST_ENTRY(disk_bio) link; /* of those that the driver has */
	struct kernel_disk *disk;
	struct kernel_disk_io *io; /* NULL: was failed by a destroy */
	struct disk_pages *pages;  /* or NULL */
};

/*
 * A disk as those above it hold it: it outlives the driver's struct disk
 * while somebody has it open.  In the host's memory.
 */
struct kernel_disk {
	TAILQ_ENTRY(kernel_disk) link;
	struct disk *dp; /* NULL: destroyed */
	char name[32];
	/* The device that made it: what its strategy obtains is its own. */
	const void *device;
	char device_name[32];
	uint64_t media_size; /* as of the first open or disk_resize() */
	u_int opens;
	u_int outstanding;	    /* bios that the driver has */
	bool direct;		    /* completions need no thread */
	bool gone;		    /* nothing is submitted any more */
	bool tell_gone;		    /* d_gone is to be called */
	LIST_HEAD(, disk_bio) bios; /* the outstanding ones */
};

/* What is kept in kernel_disk_io's opaque area while it is under way. */
struct disk_request {
	TAILQ_ENTRY(disk_request) link; /* to be completed by the thread */
	struct kernel_disk *disk;
	u_int children; /* bios not yet completed, and one: the submitter */
	int error;
	size_t transferred;
};
_Static_assert(sizeof(struct disk_request) <=
	sizeof(((struct kernel_disk_io *)0)->opaque),
    "kernel_disk_io is too small");

void bio_pool_halt(void);
/* Makes a bio one of the pages at `data` instead of an address. */
void disk_bio_unmap(struct disk_bio *db, const char *data, size_t length);

/* disk.c */
TAILQ_HEAD(kernel_disks, kernel_disk);
extern struct kernel_disks kernel_disks;
/* The driver has given its last bio back, or somebody has closed. */
void disk_unref(struct kernel_disk *disk);

/* disk_attr.c */
/* Whether glabel(8) would call it diskid/LABEL; held open by the caller. */
bool disk_has_label(struct kernel_disk *disk, const char *label);

/* disk_io.c */
void disk_io_boot(void);
void disk_io_wake_thread(void);
void disk_io_stop_thread(void);
/* Fails all that is under way on a disk that is being destroyed. */
void disk_io_abandon(struct kernel_disk *disk);

#endif /* !RINGSIDE_KERNEL_DISK_VAR_H */
