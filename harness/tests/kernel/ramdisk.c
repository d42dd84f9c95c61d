/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See ramdisk.h.
 */
#include "tests/kernel/ramdisk.h"

void
ram_finish(struct ram *ram, struct bio *bp)
{
	if (ram->error != 0) {
		bp->bio_resid = bp->bio_bcount;
		biofinish(bp, NULL, ram->error);
		return;
	}
	if (bp->bio_cmd == BIO_READ)
		memcpy(bp->bio_data, ram->data + bp->bio_offset,
		    bp->bio_bcount);
	else if (bp->bio_cmd == BIO_WRITE)
		memcpy(ram->data + bp->bio_offset, bp->bio_data,
		    bp->bio_bcount);
	else if (bp->bio_cmd == BIO_DELETE) {
		memset(ram->data + bp->bio_offset, 0, bp->bio_bcount);
		ram->deleted += bp->bio_bcount;
	}
	bp->bio_resid = 0;
	biodone(bp);
}

static void
ram_strategy(struct bio *bp)
{
	struct ram *ram = bp->bio_disk->d_drv1;

	ram->requests++;
	ram->flags = bp->bio_flags;
	ram->largest = MAX(ram->largest, (size_t)bp->bio_bcount);
	if (ram->hold)
		bioq_insert_tail(&ram->queue, bp);
	else
		ram_finish(ram, bp);
}

static int
ram_open(struct disk *dp)
{
	((struct ram *)dp->d_drv1)->opens++;
	return (0);
}

static int
ram_close(struct disk *dp)
{
	((struct ram *)dp->d_drv1)->closes++;
	return (0);
}

static void
ram_gone(struct disk *dp)
{
	((struct ram *)dp->d_drv1)->gones++;
}

struct ram *
ram_alloc(u_int flags)
{
	struct ram *ram = malloc(sizeof(*ram), M_TEMP, M_WAITOK | M_ZERO);
	struct disk *dp = disk_alloc();

	bioq_init(&ram->queue);
	ram->disk = dp;
	dp->d_name = "ram";
	dp->d_unit = 3;
	dp->d_strategy = ram_strategy;
	dp->d_open = ram_open;
	dp->d_close = ram_close;
	dp->d_gone = ram_gone;
	dp->d_sectorsize = 512;
	dp->d_mediasize = SECTORS * 512;
	dp->d_maxsize = 4096;
	dp->d_flags = flags;
	dp->d_drv1 = ram;
	strlcpy(dp->d_ident, "serial", sizeof(dp->d_ident));
	return (ram);
}

struct ram *
ram_create(u_int flags)
{
	struct ram *ram = ram_alloc(flags);

	disk_create(ram->disk, DISK_VERSION);
	return (ram);
}

void
ram_destroy(struct ram *ram)
{
	disk_destroy(ram->disk);
	free(ram, M_TEMP);
}

int
rw(struct kernel_disk *disk, enum kernel_disk_op op, uint64_t offset,
    size_t length, void *data, size_t *residual)
{
	struct kernel_disk_io io = { .op = op,
		.offset = offset,
		.length = length,
		.data = data };
	int error = kernel_disk_rw(disk, &io);

	if (residual != NULL)
		*residual = io.residual;
	return (error);
}
