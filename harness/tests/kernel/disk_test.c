/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * disk(9): creating, reading, writing, and how a disk goes away.
 */
#include "tests/kernel/ramdisk.h"
#include "tests/test.h"

static void
counts(struct kernel_disk_io *io)
{
	++*(int *)io->arg;
}

KERNEL_TEST(disk, reads_what_was_written)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(8192);
	struct kernel_disk_info info;
	size_t residual;

	T_REQUIRE(disk != NULL && p != NULL);
	kernel_disk_info(disk, &info);
	T_EQ(info.media_size, SECTORS * 512);
	T_EQ(info.sector_size, 512);
	T_EQ(info.max_io, 4096);
	T_STR(info.ident, "serial");
	memset(p, 0x5a, 1024);
	T_EQ(rw(disk, KERNEL_DISK_WRITE, 512, 1024, p, &residual), 0);
	T_EQ(residual, 0);
	memset(p, 0, 1024);
	T_EQ(rw(disk, KERNEL_DISK_READ, 1024, 512, p, NULL), 0);
	T_EQ(p[0], 0x5a);
	T_EQ(p[511], 0x5a);
	T_EQ(p[512], 0);
	kernel_disk_close(disk);
	T_EQ(ram->opens, 1);
	T_EQ(ram->closes, 1);
	kernel_buffer_free(p);
	ram_destroy(ram);
	T_TRUE(kernel_disk_open("ram3") == NULL);
}

KERNEL_TEST(disk, splits_large_requests)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	struct kernel_stats before, after;
	uint8_t *p = kernel_buffer_alloc(65536);
	size_t i;

	for (i = 0; i < 65536; i++)
		p[i] = i / 512 + i;
	kernel_stats(&before);
	T_EQ(rw(disk, KERNEL_DISK_WRITE, 0, 4096 * 3 + 512, p, NULL), 0);
	kernel_stats(&after);
	T_EQ(ram->requests, 4);
	T_EQ(ram->largest, 4096);
	T_EQ(after.bios - before.bios, 4);
	T_EQ(memcmp(ram->data, p, 4096 * 3 + 512), 0);
	/* Once the pool is there, nothing is allocated. */
	T_EQ(after.mallocs, before.mallocs);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

KERNEL_TEST(disk, checks_requests_as_geom_does)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(4096);
	uint64_t end = SECTORS * 512;
	size_t residual;

	T_EQ(rw(disk, KERNEL_DISK_READ, 100, 512, p, NULL), EINVAL);
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 100, p, NULL), EINVAL);
	T_EQ(rw(disk, KERNEL_DISK_READ, end + 512, 512, p, NULL), EIO);
	T_EQ(ram->requests, 0);
	/* Cut at the end of the media. */
	T_EQ(rw(disk, KERNEL_DISK_READ, end - 512, 1024, p, &residual), 0);
	T_EQ(residual, 512);
	T_EQ(ram->largest, 512);
	T_EQ(rw(disk, KERNEL_DISK_READ, end, 512, p, &residual), 0);
	T_EQ(residual, 512);
	T_EQ(rw(disk, KERNEL_DISK_FLUSH, 0, 0, NULL, NULL), EOPNOTSUPP);
	T_EQ(ram->requests, 1);
	ram->disk->d_flags |= DISKFLAG_WRITE_PROTECT;
	T_EQ(rw(disk, KERNEL_DISK_WRITE, 0, 512, p, NULL), EROFS);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

KERNEL_TEST(disk, flushes_where_there_is_a_cache)
{
	struct ram *ram =
	    ram_create(DISKFLAG_DIRECT_COMPLETION | DISKFLAG_CANFLUSHCACHE);
	struct kernel_disk *disk = kernel_disk_open("ram3");

	T_EQ(rw(disk, KERNEL_DISK_FLUSH, 0, 0, NULL, NULL), 0);
	T_EQ(ram->requests, 1);
	T_EQ(ram->flags, BIO_ORDERED);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST(disk, reports_errors)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(8192);
	size_t residual;

	ram->error = ENOSPC;
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 8192, p, &residual), ENOSPC);
	T_EQ(residual, 8192);
	T_EQ(ram->requests, 2);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

/* Without DISKFLAG_DIRECT_COMPLETION, biodone() is not where it is done. */
KERNEL_TEST(disk, completes_in_a_thread_of_its_own)
{
	struct ram *ram = ram_create(0);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(512);
	int done = 0, i;
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ,
		.length = 512,
		.data = p,
		.done = counts,
		.arg = &done };

	kernel_disk_submit(disk, &io);
	T_EQ(ram->requests, 1);
	T_EQ(done, 0);
	for (i = 0; i < 10 && done == 0; i++)
		pause("disk", 1);
	T_EQ(done, 1);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

KERNEL_TEST(disk, gone_refuses_and_tells)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(512);

	disk_gone(ram->disk);
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 512, p, NULL), ENXIO);
	T_TRUE(kernel_disk_open("ram3") == NULL);
	pause("disk", 1);
	T_EQ(ram->gones, 0); /* still open */
	kernel_disk_close(disk);
	pause("disk", 1);
	T_EQ(ram->gones, 1);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

KERNEL_TEST(disk, outlived_by_its_reader)
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	struct kernel_disk_info info;
	uint8_t *p = kernel_buffer_alloc(512);

	ram_destroy(ram);
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 512, p, NULL), ENXIO);
	kernel_disk_info(disk, &info);
	T_EQ(info.media_size, 0);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
}

KERNEL_TEST_PANICS(disk, resizing_may_wait_or_not, "disk_resize: flag 0")
{
	(void)disk_resize(ram_create(0)->disk, 0);
}

KERNEL_TEST(disk, resizes)
{
	struct kernel_disk_info info;
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(512);

	ram->disk->d_mediasize = 1024;
	T_EQ(rw(disk, KERNEL_DISK_READ, 2048, 512, p, NULL), 0);
	T_EQ(disk_resize(ram->disk, M_NOWAIT), 0);
	T_EQ(rw(disk, KERNEL_DISK_READ, 2048, 512, p, NULL), EIO);
	kernel_disk_info(disk, &info);
	T_EQ(info.media_size, 1024);
	/* And back. */
	ram->disk->d_mediasize = SECTORS * 512;
	T_EQ(disk_resize(ram->disk, M_WAITOK), 0);
	T_EQ(rw(disk, KERNEL_DISK_READ, 2048, 512, p, NULL), 0);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

KERNEL_TEST(disk, ignores_other_versions)
{
	struct disk *dp = disk_alloc();

	dp->d_name = "old";
	disk_create(dp, DISK_VERSION_04);
	T_HAS(kernel_log_text(), "WARNING: disk old0 is of another version");
	T_TRUE(kernel_disk_open("old0") == NULL);
	disk_destroy(dp);
}

KERNEL_TEST_MISUSE(disk, destroy_comes_after_the_last_bio,
    "the driver still has 1 bios of ram3")
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(512);
	struct bio *bp;
	int done = 0;
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ,
		.length = 512,
		.data = p,
		.done = counts,
		.arg = &done };

	ram->hold = true;
	kernel_disk_submit(disk, &io);
	T_EQ(done, 0);
	disk_destroy(ram->disk);
	T_EQ(done, 1);
	T_EQ(io.error, ENXIO);
	kernel_disk_close(disk);
	/* What the driver does with it now concerns nobody. */
	bp = bioq_takefirst(&ram->queue);
	biodone(bp);
	T_EQ(done, 1);
	kernel_buffer_free(p);
	free(ram, M_TEMP);
}

KERNEL_TEST_ALWAYS_PANICS(disk, bios_are_done_once, "is completed twice")
{
	struct ram *ram = ram_create(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk = kernel_disk_open("ram3");
	uint8_t *p = kernel_buffer_alloc(512);
	int done = 0;
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ,
		.length = 512,
		.data = p,
		.done = counts,
		.arg = &done };
	struct bio *bp;

	ram->hold = true;
	kernel_disk_submit(disk, &io);
	bp = bioq_takefirst(&ram->queue);
	biodone(bp);
	biodone(bp);
}

KERNEL_TEST_ALWAYS_PANICS(disk, needs_a_strategy, "a disk needs d_strategy")
{
	struct disk *dp = disk_alloc();

	dp->d_name = "bad";
	disk_create(dp, DISK_VERSION);
}

/*
 * --- the rest of a disk's life ---
 */

KERNEL_TEST(disk, ignores_those_that_need_giant)
{
	struct ram *ram = ram_create(DISKFLAG_RESERVED);

	T_HAS(kernel_log_text(), "WARNING: disk ram3 needs Giant");
	T_TRUE(kernel_disk_open("ram3") == NULL);
	T_EQ(disk_resize(ram->disk, M_NOWAIT), 0);
	disk_gone(ram->disk);
	ram_destroy(ram);
}

static int
open_fails(struct disk *dp)
{
	return (EBUSY);
}

KERNEL_TEST(disk, opens_when_the_driver_agrees)
{
	struct ram *ram = ram_alloc(0);

	ram->disk->d_open = open_fails;
	disk_create(ram->disk, DISK_VERSION);
	T_TRUE(kernel_disk_open("ram3") == NULL);
	ram_destroy(ram);
}

static int
open_destroys(struct disk *dp)
{
	disk_destroy(dp);
	return (0);
}

KERNEL_TEST(disk, may_go_while_it_is_opened)
{
	struct ram *ram = ram_alloc(0);

	ram->disk->d_open = open_destroys;
	disk_create(ram->disk, DISK_VERSION);
	T_TRUE(kernel_disk_open("ram3") == NULL);
	T_TRUE(kernel_disk_open("ram3") == NULL);
	free(ram, M_TEMP);
}

KERNEL_TEST(disk, is_opened_by_several)
{
	struct ram *ram = ram_create(0);
	struct kernel_disk *a = kernel_disk_open("ram3");
	struct kernel_disk *b = kernel_disk_open("ram3");

	T_TRUE(a == b);
	T_EQ(ram->opens, 1);
	T_EQ(ram->disk->d_flags & DISKFLAG_OPEN, DISKFLAG_OPEN);
	kernel_disk_close(a);
	T_EQ(ram->closes, 0);
	kernel_disk_close(b);
	T_EQ(ram->closes, 1);
	T_EQ(ram->disk->d_flags & DISKFLAG_OPEN, 0);
	ram_destroy(ram);
}

KERNEL_TEST(disk, has_a_limit_if_the_driver_does_not_say)
{
	struct ram *ram = ram_alloc(0);
	struct kernel_disk_info info;
	struct kernel_disk *disk;

	ram->disk->d_maxsize = 0;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_HAS(kernel_log_text(), "WARNING: Disk drive ram3 has no d_maxsize");
	kernel_disk_info(disk, &info);
	T_EQ(info.max_io, 65536);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

KERNEL_TEST(disk, without_a_medium_there_is_nothing)
{
	struct ram *ram = ram_alloc(0);
	struct kernel_disk *disk;
	char page[512];

	ram->disk->d_mediasize = 0;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 512, page, NULL), ENXIO);
	T_EQ(rw(disk, (enum kernel_disk_op)99, 0, 512, page, NULL), EOPNOTSUPP);
	T_EQ(ram->requests, 0);
	kernel_disk_close(disk);
	ram_destroy(ram);
}

/* A driver whose first bio is its last. */
static void
strategy_destroys(struct bio *bp)
{
	struct disk *dp = bp->bio_disk;

	bp->bio_resid = bp->bio_bcount;
	biofinish(bp, NULL, ENXIO);
	disk_destroy(dp);
}

KERNEL_TEST(disk, may_go_between_two_parts)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	uint8_t *p = kernel_buffer_alloc(8192);
	struct kernel_disk *disk;
	size_t residual;

	ram->disk->d_strategy = strategy_destroys;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 8192, p, &residual), ENXIO);
	T_EQ(residual, 8192);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	free(ram, M_TEMP);
}

/* As GEOM does: what the driver says is done counts, even in an error. */
static void
fail_half_way(struct bio *bp)
{
	bp->bio_resid = bp->bio_bcount / 4;
	biofinish(bp, NULL, EIO);
}

KERNEL_TEST(disk, errors_leave_what_the_driver_says)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	uint8_t *p = kernel_buffer_alloc(4096);
	struct kernel_disk *disk;
	size_t residual;

	ram->disk->d_strategy = fail_half_way;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 4096, p, &residual), EIO);
	T_EQ(residual, 1024);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

static void
destroy_it(struct disk *dp)
{
	((struct ram *)dp->d_drv1)->gones++;
	disk_destroy(dp);
}

/* The way of drivers whose disks may be open when their device goes. */
KERNEL_TEST(disk, is_destroyed_when_nobody_is_left)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	struct kernel_disk *disk;

	strlcpy(ram->disk->d_ident, "a b", sizeof(ram->disk->d_ident));
	ram->disk->d_gone = destroy_it;
	disk_create(ram->disk, DISK_VERSION);
	T_TRUE(kernel_disk_open("diskid/DISK-a b") == NULL);
	disk = kernel_disk_open("diskid/DISK-a%20b");
	T_TRUE(disk != NULL);
	disk_gone(ram->disk);
	T_TRUE(kernel_disk_open("diskid/DISK-a%20b") == NULL);
	pause("disk", 1);
	T_EQ(ram->gones, 0);
	kernel_disk_close(disk);
	pause("disk", 1);
	T_EQ(ram->gones, 1);
	free(ram, M_TEMP);
}

static void
flag_only(struct bio *bp)
{
	bp->bio_flags |= BIO_ERROR;
	biodone(bp);
}

KERNEL_TEST(disk, an_error_without_a_number_is_eio)
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	uint8_t *p = kernel_buffer_alloc(512);
	struct kernel_disk *disk;

	ram->disk->d_strategy = flag_only;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 512, p, NULL), EIO);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

static void
too_much_left(struct bio *bp)
{
	bp->bio_resid = bp->bio_bcount + 1;
	biodone(bp);
}

KERNEL_TEST_MISUSE(disk, no_more_is_left_than_was_asked,
    "biodone: bio_resid 513 of 512 bytes")
{
	struct ram *ram = ram_alloc(DISKFLAG_DIRECT_COMPLETION);
	uint8_t *p = kernel_buffer_alloc(512);
	struct kernel_disk *disk;
	size_t residual;

	ram->disk->d_strategy = too_much_left;
	disk_create(ram->disk, DISK_VERSION);
	disk = kernel_disk_open("ram3");
	T_EQ(rw(disk, KERNEL_DISK_READ, 0, 512, p, &residual), 0);
	T_EQ(residual, 512);
	kernel_disk_close(disk);
	kernel_buffer_free(p);
	ram_destroy(ram);
}

KERNEL_TEST(disk, errors_are_described)
{
	struct disk disk = { .d_name = "ram", .d_unit = 3 };
	struct bio bio = { .bio_cmd = BIO_WRITE,
		.bio_bcount = 4096,
		.bio_pblkno = 100 };

	disk_err(&bio, "hard error", 2, 1);
	T_HAS(kernel_log_text(), "hard error write fsbn 102 of 100-107\n");
	bio.bio_disk = &disk;
	bio.bio_cmd = 77;
	disk_err(&bio, "soft error", -1, 0);
	printf(", retried\n");
	T_HAS(kernel_log_text(), "ram3: soft error command 100-107, retried\n");
}

KERNEL_TEST_PANICS(disk, is_created_once, "ram3 is created twice")
{
	disk_create(ram_create(0)->disk, DISK_VERSION);
}
