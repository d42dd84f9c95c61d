/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * disk(9): disks that drivers create, and how they are found and opened from
 * outside.  Requests are in disk_io.c.
 */
#include "kernel/disk_var.h"
#include "kernel/newbus.h"

#include <sys/malloc.h>
#include <sys/proc.h>

static MALLOC_DEFINE(M_GEOM, "GEOM", "disks");

struct kernel_disks kernel_disks;

void
disk_boot(void)
{
	TAILQ_INIT(&kernel_disks);
	disk_io_boot();
}

void
disk_halt(void)
{
	disk_io_stop_thread();
	disk_forget();
}

void
disk_forget(void)
{
	struct kernel_disk *disk;

	while ((disk = TAILQ_FIRST(&kernel_disks)) != NULL) {
		TAILQ_REMOVE(&kernel_disks, disk, link);
		host_free(disk);
	}
	bio_pool_halt();
}

static struct kernel_disk *
disk_of(struct disk *dp)
{
	return ((struct kernel_disk *)dp->d_geom);
}

void
disk_unref(struct kernel_disk *disk)
{
	if (disk->dp != NULL || disk->opens > 0 || disk->outstanding > 0)
		return;
	TAILQ_REMOVE(&kernel_disks, disk, link);
	host_free(disk);
}

/*
 * --- the driver's side ---
 */

struct disk *
disk_alloc(void)
{
	struct disk *dp;

	dp = malloc(sizeof(*dp), M_GEOM, M_WAITOK | M_ZERO);
	LIST_INIT(&dp->d_aliases);
	return (dp);
}

void
disk_create(struct disk *dp, int version)
{
	struct kernel_disk *disk;

	if (version != DISK_VERSION) {
		printf("WARNING: disk %s%u is of another version (%#x) of "
		       "disk(9) and is ignored\n",
		    dp->d_name, dp->d_unit, (u_int)version);
		return;
	}
	if ((dp->d_flags & DISKFLAG_RESERVED) != 0) {
		printf("WARNING: disk %s%u needs Giant and is ignored\n",
		    dp->d_name, dp->d_unit);
		return;
	}
	if (dp->d_strategy == NULL || dp->d_name == NULL || *dp->d_name == '\0')
		panic("disk_create: a disk needs d_strategy (%p) and d_name",
		    dp->d_strategy);
	if (dp->d_geom != NULL)
		panic("disk_create: %s%u is created twice", dp->d_name,
		    dp->d_unit);
	if (dp->d_sectorsize != 0 &&
	    (dp->d_maxsize % dp->d_sectorsize != 0 ||
		dp->d_delmaxsize % dp->d_sectorsize != 0))
		kern_misuse("disk_create: d_maxsize %u and d_delmaxsize %jd of "
			    "%s%u are not in sectors of %u",
		    dp->d_maxsize, (intmax_t)dp->d_delmaxsize, dp->d_name,
		    dp->d_unit, dp->d_sectorsize);
	disk = host_alloc(sizeof(*disk));
	disk->dp = dp;
	disk->direct = (dp->d_flags & DISKFLAG_DIRECT_COMPLETION) != 0;
	snprintf(disk->name, sizeof(disk->name), "%s%u", dp->d_name,
	    dp->d_unit);
	disk->device = curthread->td_device;
	if (disk->device != NULL)
		strlcpy(disk->device_name, curthread->td_device_name,
		    sizeof(disk->device_name));
	LIST_INIT(&disk->bios);
	TAILQ_INSERT_TAIL(&kernel_disks, disk, link);
	dp->d_geom = (struct g_geom *)disk;
	dp->d_init_level = DISK_INIT_DONE;
	kern_new(KO_DISK, dp, 0, disk->name);
}

/* d_gone is called when nobody has the disk open any more; from a thread. */
static void
disk_gone_closed(struct kernel_disk *disk)
{
	if (!disk->gone || disk->opens > 0 || disk->dp == NULL ||
	    disk->dp->d_gone == NULL)
		return;
	disk->tell_gone = true;
	disk_io_wake_thread();
}

/*
 * The device has let go of it: a driver with d_gone destroys it there, which
 * may be long after its device was detached.
 */
static void
disk_disown(struct kernel_disk *disk)
{
	const char *name = curthread->td_device_name;
	const void *device = kern_set_device(NULL, NULL);

	kern_gone(KO_DISK, disk->dp, disk->name);
	kern_new(KO_DISK, disk->dp, 0, disk->name);
	kern_gone(KO_MALLOC, disk->dp, M_GEOM->ks_shortdesc);
	kern_new(KO_MALLOC, disk->dp, sizeof(*disk->dp), M_GEOM->ks_shortdesc);
	(void)kern_set_device(device, name);
}

void
disk_gone(struct disk *dp)
{
	struct kernel_disk *disk = disk_of(dp);

	dp->d_goneflag = 1;
	if (disk == NULL || disk->gone)
		return;
	disk->gone = true;
	if (dp->d_gone != NULL)
		disk_disown(disk);
	disk_gone_closed(disk);
}

void
disk_destroy(struct disk *dp)
{
	struct kernel_disk *disk = disk_of(dp);

	if (dp->d_destroyed)
		panic("disk_destroy: %p is destroyed twice", dp);
	dp->d_destroyed = 1;
	if (disk != NULL) {
		disk->gone = true;
		if (disk->outstanding > 0) {
			kern_misuse("disk_destroy: the driver still has %u "
				    "bios of %s",
			    disk->outstanding, disk->name);
			disk_io_abandon(disk);
		}
		disk->dp = NULL;
		kern_gone(KO_DISK, dp, disk->name);
		disk_unref(disk);
	}
	free(dp, M_GEOM);
}

int
disk_resize(struct disk *dp, int flag)
{
	struct kernel_disk *disk = disk_of(dp);

	KASSERT(flag == M_WAITOK || flag == M_NOWAIT,
	    ("disk_resize: flag %#x is neither M_WAITOK nor M_NOWAIT", flag));
	if (flag == M_WAITOK)
		kern_assert_can_sleep(__func__);
	if (disk == NULL || disk->gone)
		return (0);
	disk->media_size = dp->d_mediasize;
	return (0);
}

void
disk_err(struct bio *bp, const char *what, int blkdone, int nl)
{
	static const char *const names[] = { "command 0", "read", "write",
		"delete", "getattr", "flush" };
	const char *cmd =
	    bp->bio_cmd < nitems(names) ? names[bp->bio_cmd] : "command";
	daddr_t first = bp->bio_pblkno;
	int sectors = bp->bio_bcount >> DEV_BSHIFT;

	if (bp->bio_disk != NULL)
		printf("%s%u: ", bp->bio_disk->d_name, bp->bio_disk->d_unit);
	printf("%s %s ", what, cmd);
	if (blkdone >= 0)
		printf("fsbn %jd of ", (intmax_t)(first + blkdone));
	printf("%jd-%jd", (intmax_t)first, (intmax_t)(first + sectors - 1));
	if (nl)
		printf("\n");
}

/*
 * --- the reader's side (kernel.h) ---
 */

/* The disk of a PCI function. */
static struct kernel_disk *
disk_at(device_t function)
{
	struct kernel_disk *disk;

	TAILQ_FOREACH(disk, &kernel_disks, link)
		if (!disk->gone && disk->device != NULL &&
		    newbus_is_at_or_below(function, disk->device))
			return (disk);
	return (NULL);
}

/* By its own name, its place, or glabel(8)'s name after its identity. */
static struct kernel_disk *
disk_find(const char *name)
{
	device_t function = devctl_find_place(name);
	struct kernel_disk *disk;
	bool found;

	if (function != NULL)
		return (disk_at(function));
	TAILQ_FOREACH(disk, &kernel_disks, link) {
		if (disk->gone)
			continue;
		if (strcmp(disk->name, name) == 0)
			return (disk);
		if (strncmp(name, "diskid/", 7) != 0)
			continue;
		/* The driver may be asked, and may sleep meanwhile. */
		disk->opens++;
		found = disk_has_label(disk, name + 7);
		disk->opens--;
		if (found && !disk->gone)
			return (disk);
		if (disk->gone || disk->dp == NULL) {
			disk_gone_closed(disk);
			disk_unref(disk);
			return (NULL);
		}
	}
	return (NULL);
}

struct kernel_disk *
kernel_disk_open(const char *name)
{
	struct kernel_disk *disk;
	struct disk *dp;
	u_int held;
	int error;

	disk = disk_find(name);
	if (disk == NULL)
		return (NULL);
	dp = disk->dp;
	if (disk->opens++ > 0)
		return (disk);
	held = kern_locks_held();
	error = dp->d_open != NULL ? dp->d_open(dp) : 0;
	kern_check_locks(held, "d_open", disk->name);
	if (error != 0) {
		disk->opens--;
		disk_gone_closed(disk);
		disk_unref(disk);
		return (NULL);
	}
	/* The driver may have slept and destroyed it. */
	if (disk->dp == NULL) {
		disk->opens--;
		disk_unref(disk);
		return (NULL);
	}
	dp->d_flags |= DISKFLAG_OPEN;
	if (dp->d_maxsize == 0) {
		printf("WARNING: Disk drive %s has no d_maxsize\n", disk->name);
		dp->d_maxsize = DFLTPHYS;
	}
	if (dp->d_delmaxsize == 0)
		dp->d_delmaxsize = dp->d_maxsize;
	disk->media_size = dp->d_mediasize;
	return (disk);
}

void
kernel_disk_close(struct kernel_disk *disk)
{
	struct disk *dp = disk->dp;
	u_int held;

	if (disk->opens == 1 && dp != NULL) {
		held = kern_locks_held();
		if (dp->d_close != NULL)
			(void)dp->d_close(dp);
		kern_check_locks(held, "d_close", disk->name);
		if (disk->dp != NULL)
			dp->d_flags &= ~DISKFLAG_OPEN;
	}
	HOST_ASSERT(disk->opens > 0);
	disk->opens--;
	disk_gone_closed(disk);
	disk_unref(disk);
}
