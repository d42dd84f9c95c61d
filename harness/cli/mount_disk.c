/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside mount: what FUSE asks of a disk, as requests to disk(9).
 *
 * A disk transfers whole sectors.  A write that begins or ends inside of one
 * reads that sector first and writes it back with the rest; meanwhile nothing
 * else may change it, or that change would be lost.  So changes of a disk
 * stand in a list in the order in which they came, and one that has to read
 * first (or that overlaps with one that did) waits for those before it.
 *
 * Zeroing asks the disk to delete what is whole, then reads everything and
 * writes zeros where there are none: what a deleted sector reads as is the
 * device's affair (virtio 1.3, section 5.2.6.2, of DISCARD).  Where the image
 * is known to come back as zeros, only the ragged ends are read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/mount_var.h"
#include "cli/session.h"
#include "host/host.h"

/* FreeBSD's numbers where they differ from Linux's. */
int
mount_errno(int error)
{
	static const struct {
		int bsd, host;
	} map[] = {
		{ 11, EDEADLK },
		{ 35, EAGAIN },
		{ 45, EOPNOTSUPP },
		{ 60, ETIMEDOUT },
		{ 62, ELOOP },
		{ 63, ENAMETOOLONG },
		{ 66, ENOTEMPTY },
		{ 78, ENOSYS },
		{ 84, EOVERFLOW },
		{ 85, ECANCELED },
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (error == map[i].bsd)
			return (map[i].host);
	/* Both have the first 34 from Version 7. */
	return (error >= 0 && error <= 34 ? error : EIO);
}

/*
 * --- disks ---
 */

bool
mount_disks_open(struct mount *mount)
{
	struct mount_disk *disk;

	mount->sector = 512;
	for (unsigned i = 0; i < mount->ndisks; i++) {
		disk = &mount->disks[i];
		TAILQ_INIT(&disk->changes);
		disk->mtime = mount->started;
		disk->disk = session_disk_open(i);
		if (disk->disk == NULL) {
			cli_error("no disk %u: no driver has attached", i);
			return (false);
		}
		kernel_disk_info(disk->disk, &disk->info);
		/* As the options have it, not as the driver does. */
		snprintf(disk->info.name, sizeof(disk->info.name), "vbd%u", i);
		if (disk->info.sector_size > mount->sector)
			mount->sector = disk->info.sector_size;
		if (mount->sector > MOUNT_IO_MAX) {
			cli_error("%s has sectors of %zu bytes, more than %u",
			    disk->info.name, mount->sector, MOUNT_IO_MAX);
			return (false);
		}
	}
	return (true);
}

void
mount_disks_close(struct mount *mount)
{
	struct mount_request *request;
	struct mount_disk *disk;
	int error;

	for (unsigned i = 0; i < mount->ndisks; i++) {
		struct kernel_disk_io io = { .op = KERNEL_DISK_FLUSH };

		disk = &mount->disks[i];
		if (disk->disk == NULL)
			continue;
		if (disk->written && disk->info.can_flush) {
			error = kernel_disk_rw(disk->disk, &io);
			if (error != 0) {
				cli_error("%s: the last flush: %s",
				    disk->info.name,
				    strerror(mount_errno(error)));
				mount->failed = true;
			}
		}
		kernel_disk_close(disk->disk);
		disk->disk = NULL;
	}
	for (unsigned i = 0; i < MOUNT_REQUESTS; i++) {
		request = &mount->requests[i];
		if (request->memory != NULL)
			kernel_buffer_free(request->memory);
		if (request->edges != NULL)
			kernel_buffer_free(request->edges);
		request->memory = request->edges = NULL;
	}
}

/*
 * Headers end where data begin, so that data lie on a page boundary.  A
 * sector's rest fits in front of them and behind them.
 */
bool
mount_request_memory(struct mount_request *request)
{
	size_t pad = request->mount->sector;

	if (pad < 4096)
		pad = 4096;
	if (request->memory == NULL) {
		request->memory = kernel_buffer_alloc(MOUNT_IO_MAX + 2 * pad);
		if (request->memory == NULL)
			return (false);
		request->data = request->memory + pad;
	}
	return (true);
}

/*
 * --- transfers ---
 */

/* To be gone on with by the thread that serves. */
static void
ready(struct mount_request *request)
{
	TAILQ_INSERT_TAIL(&request->mount->done, request, link);
	kernel_sema_post(&request->mount->sema);
}

static void
part_done(struct mount_request *request)
{
	if (--request->pending == 0)
		ready(request);
}

/* In the thread of an interrupt. */
static void
transfer_done(struct kernel_disk_io *io)
{
	struct mount_request *request = io->arg;

	if (io->error != 0 && request->error == 0)
		request->error = io->error;
	/* Fewer bytes than asked for, inside the media: that is no success. */
	else if (io->residual != 0 && request->error == 0)
		request->error = EIO;
	part_done(request);
}

static void
transfer(struct mount_request *request, struct kernel_disk_io *io,
    enum kernel_disk_op op, uint64_t at, size_t length, void *data)
{
	io->op = op;
	io->offset = at;
	io->length = length;
	io->data = data;
	io->ordered = false;
	io->unmapped = false;
	io->done = transfer_done;
	io->arg = request;
	request->pending++;
	kernel_disk_submit(request->disk->disk, io);
}

static uint64_t
sector_down(const struct mount_request *request, uint64_t offset)
{
	return (offset - offset % request->disk->info.sector_size);
}

static uint64_t
sector_up(const struct mount_request *request, uint64_t offset)
{
	return (
	    sector_down(request, offset + request->disk->info.sector_size - 1));
}

static bool
is_change(const struct mount_request *request)
{
	return (request->kind == MOUNT_WRITE || request->kind == MOUNT_ZERO);
}

/*
 * --- reading and writing ---
 */

/* Both ends of a write that are not whole sectors; false: no memory. */
static bool
write_read_edges(struct mount_request *request)
{
	size_t sector = request->disk->info.sector_size;
	uint64_t last = request->until - sector;

	if (request->edges == NULL)
		request->edges =
		    kernel_buffer_alloc(2 * request->mount->sector);
	if (request->edges == NULL) {
		request->error = ENOMEM;
		return (false);
	}
	/* One more, so that the first done is not taken for the last. */
	request->pending++;
	if (request->offset != request->at)
		transfer(request, &request->edge[0], KERNEL_DISK_READ,
		    request->at, sector, request->edges);
	if (request->end != request->until &&
	    (last != request->at || request->offset == request->at))
		transfer(request, &request->edge[1], KERNEL_DISK_READ, last,
		    sector, request->edges + sector);
	part_done(request);
	return (true);
}

/* Puts what was read there around the data. */
static void
write_merge(struct mount_request *request)
{
	size_t sector = request->disk->info.sector_size;
	size_t head = (size_t)(request->offset - request->at);
	size_t tail = (size_t)(request->until - request->end);
	size_t length = (size_t)(request->end - request->offset);
	uint8_t *first = request->edges, *last = request->edges + sector;

	/* All within one sector: it was read once. */
	if (head != 0 && request->until - request->at == sector)
		last = first;
	if (head != 0)
		memcpy(request->data - head, first, head);
	if (tail != 0)
		memcpy(request->data + length, last + sector - tail, tail);
}

/* true: it is over. */
static bool
write_step(struct mount_request *request)
{
	uint8_t *from = request->data - (request->offset - request->at);

	if (request->step == 0 && request->partial) {
		request->step = 1;
		return (!write_read_edges(request));
	}
	if (request->step < 2) {
		if (request->partial)
			write_merge(request);
		request->step = 2;
		transfer(request, &request->io, KERNEL_DISK_WRITE, request->at,
		    (size_t)(request->until - request->at), from);
		return (false);
	}
	return (true);
}

static bool
read_step(struct mount_request *request)
{
	if (request->step++ > 0)
		return (true);
	transfer(request, &request->io, KERNEL_DISK_READ, request->at,
	    (size_t)(request->until - request->at), request->data);
	return (false);
}

static bool
flush_step(struct mount_request *request)
{
	if (request->step++ > 0)
		return (true);
	transfer(request, &request->io, KERNEL_DISK_FLUSH, 0, 0, NULL);
	return (false);
}

/*
 * --- zeroing ---
 */

/* Pieces of a deletion at a time: each costs a bio. */
#define DELETE_PIECES 16

enum {
	ZERO_DELETE,
	ZERO_READ,
	ZERO_WRITE,
};

static bool
is_zero(const uint8_t *bytes, size_t length)
{
	return (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* Deletes more of what is whole; false when there is no more. */
static bool
zero_delete(struct mount_request *request)
{
	const struct kernel_disk_info *info = &request->disk->info;
	uint64_t until = sector_down(request, request->end);

	if (request->until >= until)
		return (false);
	request->at = request->until;
	if ((until - request->at) / DELETE_PIECES > info->max_delete)
		request->until += DELETE_PIECES * info->max_delete;
	else
		request->until = until;
	transfer(request, &request->io, KERNEL_DISK_DELETE, request->at,
	    (size_t)(request->until - request->at), NULL);
	return (true);
}

/* Reads the next piece, behind `until`; false: there is none. */
static bool
zero_read(struct mount_request *request)
{
	uint64_t whole = sector_up(request, request->offset);
	uint64_t tail = sector_down(request, request->end);
	uint64_t end = sector_up(request, request->end);

	request->step = ZERO_READ;
	request->at = request->until;
	if (request->deleted && request->at >= whole && request->at < tail)
		request->at = tail;
	if (request->at >= end)
		return (false);
	request->until = request->at + MOUNT_IO_MAX;
	if (request->deleted)
		request->until = request->at + request->disk->info.sector_size;
	if (request->until > end)
		request->until = end;
	transfer(request, &request->io, KERNEL_DISK_READ, request->at,
	    (size_t)(request->until - request->at), request->data);
	return (true);
}

/* A piece was read; false when it is as it should be, else it is written. */
static bool
zero_write(struct mount_request *request)
{
	uint64_t from = request->offset, to = request->end;
	uint8_t *bytes;

	if (from < request->at)
		from = request->at;
	if (to > request->until)
		to = request->until;
	bytes = request->data + (from - request->at);
	if (is_zero(bytes, (size_t)(to - from)))
		return (false);
	memset(bytes, 0, (size_t)(to - from));
	request->step = ZERO_WRITE;
	transfer(request, &request->io, KERNEL_DISK_WRITE, request->at,
	    (size_t)(request->until - request->at), request->data);
	return (true);
}

static bool
zero_step(struct mount_request *request)
{
	switch (request->step) {
	case ZERO_DELETE:
		if (request->error == 0 && request->disk->info.can_delete &&
		    zero_delete(request))
			return (false);
		/* A disk that does not do it has been asked in vain. */
		request->deleted = request->error == 0 &&
		    request->disk->info.can_delete &&
		    request->disk->deletes_zero;
		request->error = 0;
		request->until = sector_down(request, request->offset);
		return (!zero_read(request));
	case ZERO_READ:
		if (zero_write(request))
			return (false);
		break;
	}
	return (!zero_read(request));
}

/*
 * --- one request ---
 */

static void
answer(struct mount_request *request)
{
	size_t length = (size_t)(request->end - request->offset);
	fuse_req_t req = request->req;

	request->req = NULL;
	if (request->error != 0)
		fuse_reply_err(req, mount_errno(request->error));
	else if (request->kind == MOUNT_READ)
		fuse_reply_buf(req,
		    (char *)request->data + (request->offset - request->at),
		    length);
	else if (request->kind == MOUNT_WRITE)
		fuse_reply_write(req, length);
	else
		fuse_reply_err(req, 0);
}

static bool
overlap(const struct mount_request *a, const struct mount_request *b)
{
	return (sector_down(a, a->offset) < sector_up(b, b->end) &&
	    sector_down(b, b->offset) < sector_up(a, a->end));
}

static bool
reads_first(const struct mount_request *request)
{
	return (request->partial || request->kind == MOUNT_ZERO);
}

/* Whether an earlier change must be done before this one begins. */
static bool
must_wait(const struct mount_request *request)
{
	const struct mount_request *other;

	TAILQ_FOREACH(other, &request->disk->changes, change) {
		if (other == request)
			return (false);
		if ((reads_first(other) || reads_first(request)) &&
		    overlap(other, request))
			return (true);
	}
	return (false);
}

static void
finish(struct mount_request *request)
{
	static const enum kernel_disk_op ops[] = {
		[MOUNT_READ] = KERNEL_DISK_READ,
		[MOUNT_WRITE] = KERNEL_DISK_WRITE,
		[MOUNT_FLUSH] = KERNEL_DISK_FLUSH,
		[MOUNT_ZERO] = KERNEL_DISK_DELETE,
	};
	struct mount *mount = request->mount;
	struct mount_disk *disk = request->disk;
	struct mount_request *next;
	uint64_t end = host_clock_ns();

	answer(request);
	if (request->error != 0)
		mount->errors++;
	else
		tally_operation(&mount->tally, ops[request->kind],
		    request->end - request->offset, end - request->start);
	request->active = false;
	mount->active--;
	TAILQ_INSERT_HEAD(&mount->free, request, link);
	if (!is_change(request))
		return;
	clock_gettime(CLOCK_REALTIME_COARSE, &disk->mtime);
	TAILQ_REMOVE(&disk->changes, request, change);
	TAILQ_FOREACH(next, &disk->changes, change) {
		if (next->waiting && !must_wait(next)) {
			next->waiting = false;
			ready(next);
		}
	}
}

void
mount_disk_go_on(struct mount_request *request)
{
	static bool (*const steps[])(struct mount_request *) = {
		[MOUNT_READ] = read_step,
		[MOUNT_WRITE] = write_step,
		[MOUNT_FLUSH] = flush_step,
		[MOUNT_ZERO] = zero_step,
	};

	/* A deletion may fail; see zero_step(). */
	if (request->error != 0 &&
	    !(request->kind == MOUNT_ZERO && request->step == ZERO_DELETE))
		finish(request);
	else if (steps[request->kind](request))
		finish(request);
}

void
mount_disk_begin(struct mount *mount, fuse_req_t req, struct mount_disk *disk,
    enum mount_kind kind, uint64_t offset, uint64_t length)
{
	struct mount_request *request = mount->current;

	if (mount->dead) {
		fuse_reply_err(req, EIO);
		return;
	}
	mount->current = NULL;
	TAILQ_REMOVE(&mount->free, request, link);
	request->req = req;
	request->disk = disk;
	request->kind = kind;
	request->offset = offset;
	request->end = offset + length;
	request->at = sector_down(request, offset);
	request->until = sector_up(request, request->end);
	request->partial = kind == MOUNT_WRITE &&
	    (request->at != offset || request->until != request->end);
	request->start = host_clock_ns();
	if (kind == MOUNT_ZERO)
		request->until = sector_up(request, offset);
	request->step = 0;
	request->pending = 0;
	request->error = 0;
	request->waiting = false;
	request->active = true;
	mount->active++;
	if (is_change(request)) {
		disk->written = true;
		TAILQ_INSERT_TAIL(&disk->changes, request, change);
		request->waiting = must_wait(request);
	}
	/* Begun by whoever received it, when FUSE's library has returned. */
	if (!request->waiting)
		ready(request);
}
