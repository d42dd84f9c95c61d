/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * disk(9): what GEOM does between a reader of /dev/vbd0 and the
 * driver's d_strategy.
 *
 * A request is checked, split into bios of at most d_maxsize bytes, and is
 * done when the last of them is.  Drivers that set DISKFLAG_DIRECT_COMPLETION
 * have said that they hold no lock in biodone(): the request is completed
 * there.  For the others a kernel thread does it, as g_up does.
 */
#include "kernel/disk_var.h"

#include <sys/proc.h>
#include <geom/geom.h>

static struct {
	TAILQ_HEAD(, disk_request) done; /* to be completed by the thread */
	bool stop;
} dio;

#define request_io(request) \
	__containerof((void *(*)[32])(request), struct kernel_disk_io, opaque)

static struct disk_request *
io_request(struct kernel_disk_io *io)
{
	return ((struct disk_request *)io->opaque);
}

/*
 * --- the thread ---
 */

static struct kernel_disk *
disk_to_tell(void)
{
	struct kernel_disk *disk;

	TAILQ_FOREACH(disk, &kernel_disks, link)
		if (disk->tell_gone && disk->dp != NULL)
			return (disk);
	return (NULL);
}

static void
disk_thread(void *arg)
{
	struct disk_request *request;
	struct kernel_disk_io *io;
	struct kernel_disk *disk;

	while (!dio.stop) {
		while ((request = TAILQ_FIRST(&dio.done)) != NULL) {
			TAILQ_REMOVE(&dio.done, request, link);
			io = request_io(request);
			io->done(io);
		}
		while ((disk = disk_to_tell()) != NULL) {
			disk->tell_gone = false;
			disk->dp->d_gone(disk->dp);
			kern_check_no_locks("d_gone");
		}
		if (TAILQ_EMPTY(&dio.done) && !dio.stop)
			tsleep(&dio, PRIBIO | PNOLOCK, "-", 0);
	}
}

/*
 * The thread is there from the beginning: a driver that has taken all memory
 * until its disk is created is not to blame for what the kernel lacks then.
 */
void
disk_io_boot(void)
{
	TAILQ_INIT(&dio.done);
	dio.stop = false;
	if (kern_thread_create("g_up", disk_thread, NULL) == NULL)
		panic("disk: no memory for the thread of completions");
}

void
disk_io_stop_thread(void)
{
	dio.stop = true;
	wakeup(&dio);
}

void
disk_io_wake_thread(void)
{
	wakeup(&dio);
}

/*
 * --- completion ---
 */

/* The last part of a request is done. */
static void
request_done(struct disk_request *request)
{
	struct kernel_disk_io *io = request_io(request);

	io->error = request->error;
	io->residual = io->length - request->transferred;
	if (request->disk->direct) {
		io->done(io);
		return;
	}
	TAILQ_INSERT_TAIL(&dio.done, request, link);
	disk_io_wake_thread();
}

static void
request_part_done(struct disk_request *request, int error, size_t transferred)
{
	if (error != 0 && request->error == 0)
		request->error = error;
	request->transferred += transferred;
	if (--request->children == 0)
		request_done(request);
}

static void
disk_bio_done(struct bio *bp)
{
	struct disk_bio *db = (struct disk_bio *)bp;
	struct kernel_disk *disk = db->disk;
	struct kernel_disk_io *io = db->io;
	off_t length = bp->bio_length, resid = bp->bio_resid;
	int error = bp->bio_error;

	if (error == 0 && (bp->bio_flags & BIO_ERROR) != 0)
		error = EIO;
	if (resid < 0 || resid > length) {
		kern_misuse("biodone: bio_resid %jd of %jd bytes",
		    (intmax_t)resid, (intmax_t)length);
		resid = length;
	}
	LIST_REMOVE(db, link);
	disk->outstanding--;
	g_destroy_bio(bp);
	if (io != NULL)
		/* GEOM believes bio_resid, whatever the error is. */
		request_part_done(io_request(io), error, length - resid);
	else
		disk_unref(disk);
}

void
disk_io_abandon(struct kernel_disk *disk)
{
	struct kernel_disk_io *io;
	struct disk_bio *db;

	/* A completion may change the list: start again after each. */
	for (;;) {
		LIST_FOREACH(db, &disk->bios, link)
			if (db->io != NULL)
				break;
		if (db == NULL)
			return;
		io = db->io;
		db->io = NULL;
		request_part_done(io_request(io), ENXIO, 0);
	}
}

/*
 * --- submission ---
 */

/*
 * The checks of GEOM before a request reaches a disk.  Cuts what exceeds the
 * media; the length that remains may be 0.
 */
static int
request_check(struct kernel_disk *disk, const struct kernel_disk_io *io,
    size_t *length)
{
	struct disk *dp = disk->dp;

	*length = 0;
	if (disk->gone || dp == NULL)
		return (ENXIO);
	switch (io->op) {
	case KERNEL_DISK_FLUSH:
		return ((dp->d_flags & DISKFLAG_CANFLUSHCACHE) != 0 ?
			0 :
			EOPNOTSUPP);
	case KERNEL_DISK_DELETE:
	case KERNEL_DISK_WRITE:
		if ((dp->d_flags & DISKFLAG_WRITE_PROTECT) != 0)
			return (EROFS);
		break;
	case KERNEL_DISK_READ:
		break;
	default:
		return (EOPNOTSUPP);
	}
	if (dp->d_sectorsize == 0 || disk->media_size == 0)
		return (ENXIO);
	if (io->offset % dp->d_sectorsize != 0 ||
	    io->length % dp->d_sectorsize != 0)
		return (EINVAL);
	if (io->offset > disk->media_size)
		return (EIO);
	*length = MIN(io->length, disk->media_size - io->offset);
	if (io->op == KERNEL_DISK_DELETE && *length > 0 &&
	    (dp->d_flags & DISKFLAG_CANDELETE) == 0)
		return (EOPNOTSUPP);
	return (0);
}

static const uint16_t bio_commands[] = {
	[KERNEL_DISK_READ] = BIO_READ,
	[KERNEL_DISK_WRITE] = BIO_WRITE,
	[KERNEL_DISK_FLUSH] = BIO_FLUSH,
	[KERNEL_DISK_DELETE] = BIO_DELETE,
};

/* What one bio of a request may have. */
static uint64_t
part_max(const struct disk *dp, enum kernel_disk_op op)
{
	return (op == KERNEL_DISK_DELETE ? (uint64_t)dp->d_delmaxsize :
					   dp->d_maxsize);
}

/* Where the data of a part are: an address, or pages. */
static void
part_data(struct disk_bio *db, const struct kernel_disk_io *io, size_t done,
    size_t length)
{
	struct bio *bp = &db->bio;

	if (io->op != KERNEL_DISK_READ && io->op != KERNEL_DISK_WRITE)
		return;
	bp->bio_data = (caddr_t)io->data + done;
	/* Where pages are not accepted, GEOM maps them: here they are. */
	if (io->unmapped &&
	    (bp->bio_disk->d_flags & DISKFLAG_UNMAPPED_BIO) != 0)
		disk_bio_unmap(db, bp->bio_data, length);
}

/* Whatever the driver obtains on the way belongs to the disk's device. */
static void
call_strategy(struct kernel_disk *disk, struct bio *bp)
{
	struct thread *td = curthread;
	const void *device = td->td_device;
	const char *device_name = td->td_device_name;
	u_int held;

	if (disk->device != NULL) {
		td->td_device = disk->device;
		td->td_device_name = disk->device_name;
	}
	held = kern_locks_held();
	disk->dp->d_strategy(bp);
	kern_check_locks(held, "d_strategy", disk->name);
	td->td_device = device;
	td->td_device_name = device_name;
}

/* Hands the driver one bio: `length` bytes at `done` within the request. */
static int
submit_part(struct kernel_disk *disk, struct kernel_disk_io *io, size_t done,
    size_t length)
{
	struct disk *dp = disk->dp;
	struct disk_bio *db;
	struct bio *bp;

	if (disk->gone || dp == NULL)
		return (ENXIO);
	bp = g_new_bio();
	if (bp == NULL)
		return (ENOMEM);
	bp->bio_cmd = bio_commands[io->op];
	if (io->ordered || io->op == KERNEL_DISK_FLUSH)
		bp->bio_flags = BIO_ORDERED;
	if (io->op == KERNEL_DISK_FLUSH)
		bp->bio_offset = disk->media_size;
	else
		bp->bio_offset = io->offset + done;
	bp->bio_length = bp->bio_bcount = length;
	bp->bio_done = disk_bio_done;
	bp->bio_disk = dp;
	bp->bio_pblkno = bp->bio_offset / dp->d_sectorsize;
	db = (struct disk_bio *)bp;
	db->disk = disk;
	db->io = io;
	part_data(db, io, done, length);
	LIST_INSERT_HEAD(&disk->bios, db, link);
	disk->outstanding++;
	io_request(io)->children++;
	kern_stats.bios++;
	call_strategy(disk, bp);
	return (0);
}

void
kernel_disk_submit(struct kernel_disk *disk, struct kernel_disk_io *io)
{
	struct disk_request *request = io_request(io);
	size_t length, done = 0, part;
	int error;

	HOST_ASSERT(disk->opens > 0);
	memset(request, 0, sizeof(*request));
	request->disk = disk;
	request->children = 1;
	error = request_check(disk, io, &length);
	if (error == 0 && io->op == KERNEL_DISK_FLUSH)
		error = submit_part(disk, io, 0, 0);
	while (error == 0 && done < length) {
		part = MIN(length - done, part_max(disk->dp, io->op));
		error = submit_part(disk, io, done, part);
		done += part;
		if (disk->dp == NULL && done < length)
			error = ENXIO;
	}
	/* The driver may long be done with all parts. */
	request_part_done(request, error, 0);
}

static void
rw_done(struct kernel_disk_io *io)
{
	*(bool *)io->arg = true;
	wakeup(io);
}

int
kernel_disk_rw(struct kernel_disk *disk, struct kernel_disk_io *io)
{
	void *arg = io->arg;
	void (*done)(struct kernel_disk_io *) = io->done;
	bool finished = false;

	io->done = rw_done;
	io->arg = &finished;
	kernel_disk_submit(disk, io);
	while (!finished)
		tsleep(io, PRIBIO | PNOLOCK, "biord", 0);
	io->done = done;
	io->arg = arg;
	return (io->error);
}
