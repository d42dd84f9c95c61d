/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file backend's ranges: storage that is let go, zeros that need not be
 * written, and the size.
 */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/backend/file_var.h"

/*
 * --- what the host can do ---
 */

/* A number of the block layer's about this disk, or 0. */
static unsigned long long
disk_limit(dev_t rdev, const char *name)
{
	static const char *const places[] = {
		"/sys/dev/block/%u:%u/queue/%s",
		"/sys/dev/block/%u:%u/../queue/%s", /* of a partition */
	};
	unsigned long long value;
	char path[128], line[32];
	FILE *f;

	value = 0;
	for (unsigned i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), places[i], major(rdev),
		    minor(rdev), name);
		f = fopen(path, "re");
		if (f == NULL)
			continue;
		if (fgets(line, sizeof(line), f) != NULL)
			value = strtoull(line, NULL, 10);
		(void)fclose(f);
		break;
	}
	return (value);
}

/*
 * A hole behind the end of the file changes nothing, and tells whether the
 * file system can make one.
 */
static bool
file_can_punch(const struct backend_file *file, uint64_t block)
{
	uint64_t end = (file->backend.size + block - 1) & ~(block - 1);

	return (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    (off_t)end, (off_t)block) == 0);
}

void
backend_file_probe(struct backend_file *file)
{
	struct backend *backend = &file->backend;
	struct stat st;
	uint64_t block;

	if (backend->read_only || fstat(file->fd, &st) != 0)
		return;
	if (file->disk) {
		block = disk_limit(st.st_rdev, "discard_granularity");
		backend->can_discard = block != 0 &&
		    disk_limit(st.st_rdev, "discard_max_bytes") != 0;
		/* What a disk reads after that is anybody's guess. */
		backend->discard_zeroes = false;
	} else {
		block = (uint64_t)st.st_blksize;
		if (block < BACKEND_SECTOR || (block & (block - 1)) != 0)
			block = BACKEND_SECTOR;
		backend->can_discard = file_can_punch(file, block);
		backend->discard_zeroes = backend->can_discard;
		file->no_punch_hole = !backend->can_discard;
	}
	if (backend->can_discard && block <= UINT32_MAX)
		backend->discard_granularity = (uint32_t)block;
}

/*
 * --- ranges ---
 */

/* 0, EOPNOTSUPP when the host cannot, or another errno. */
static int
file_fallocate(struct backend_file *file, int mode, uint64_t offset,
    uint64_t length)
{
	int result;

	do {
		result = fallocate(file->fd, mode | FALLOC_FL_KEEP_SIZE,
		    (off_t)offset, (off_t)length);
	} while (result != 0 && errno == EINTR);
	if (result == 0)
		return (0);
	return (errno == ENOSYS ? EOPNOTSUPP : errno);
}

static int
file_punch_hole(struct backend_file *file, uint64_t offset, uint64_t length)
{
	int error;

	if (file->no_punch_hole)
		return (EOPNOTSUPP);
	error = file_fallocate(file, FALLOC_FL_PUNCH_HOLE, offset, length);
	if (error == EOPNOTSUPP)
		file->no_punch_hole = true;
	return (error);
}

static int
file_zero_range(struct backend_file *file, uint64_t offset, uint64_t length)
{
	int error;

	if (file->no_zero_range)
		return (EOPNOTSUPP);
	error = file_fallocate(file, FALLOC_FL_ZERO_RANGE, offset, length);
	if (error == EOPNOTSUPP)
		file->no_zero_range = true;
	return (error);
}

static int
disk_ioctl(struct backend_file *file, unsigned long request, uint64_t offset,
    uint64_t length)
{
	uint64_t range[2] = { offset, length };
	int result;

	do {
		result = ioctl(file->fd, request, range);
	} while (result != 0 && errno == EINTR);
	if (result == 0)
		return (0);
	/* EINVAL: not in the disk's own blocks. */
	return (errno == EINVAL || errno == ENOTTY ? EOPNOTSUPP : errno);
}

int
backend_file_discard(struct backend *backend, uint64_t offset, uint64_t length)
{
	struct backend_file *file = backend_file_of(backend);
	uint64_t block = backend->discard_granularity, end = offset + length;
	int error;

	if (!backend->can_discard)
		return (EOPNOTSUPP);
	if (!file->disk) {
		error = backend_file_still(file, offset, length);
		return (
		    error != 0 ? error : file_punch_hole(file, offset, length));
	}
	/* A disk lets go whole blocks only; the rest it may keep. */
	offset = (offset + block - 1) / block * block;
	end = end / block * block;
	if (offset >= end)
		return (0);
	error = disk_ioctl(file, BLKDISCARD, offset, end - offset);
	return (error == EOPNOTSUPP ? 0 : error);
}

/*
 * Holes only where the caller allows it: elsewhere the range keeps its
 * storage, so that a later write to it finds room.
 */
int
backend_file_write_zeroes(struct backend *backend, uint64_t offset,
    uint64_t length, bool may_unmap)
{
	struct backend_file *file = backend_file_of(backend);
	int error;

	if (file->disk)
		return (disk_ioctl(file, BLKZEROOUT, offset, length));
	/* Behind the end both succeed, and nothing could be read there. */
	error = backend_file_still(file, offset, length);
	if (error != 0)
		return (error);
	error = EOPNOTSUPP;
	if (may_unmap)
		error = file_punch_hole(file, offset, length);
	if (error == EOPNOTSUPP)
		error = file_zero_range(file, offset, length);
	return (error);
}

/*
 * --- size ---
 */

int
backend_file_resize(struct backend *backend, uint64_t size)
{
	struct backend_file *file = backend_file_of(backend);
	int result;

	if (file->disk)
		return (EOPNOTSUPP);
	if (backend->read_only)
		return (EROFS);
	if (file->direct && size % file->offset_align != 0)
		return (EINVAL);
	do {
		result = ftruncate(file->fd, (off_t)size);
	} while (result != 0 && errno == EINTR);
	if (result != 0)
		return (errno);
	backend->size = size;
	return (0);
}

int
backend_file_refresh(struct backend *backend)
{
	struct backend_file *file = backend_file_of(backend);
	uint32_t block = file->direct ? file->offset_align : BACKEND_SECTOR;
	off_t end;

	end = lseek(file->fd, 0, SEEK_END);
	if (end < 0)
		return (errno);
	if ((uint64_t)end < block)
		return (ENODATA);
	backend->size = (uint64_t)end / block * block;
	return (0);
}
