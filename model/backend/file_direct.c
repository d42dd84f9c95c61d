/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file backend past the host's page cache (O_DIRECT in open(2)).  Memory,
 * offsets and lengths must be aligned then, as the host says.  Guest memory
 * often is; what is not goes through a buffer, in which blocks that are
 * written in part are first read.
 */
#include <linux/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/backend/file_var.h"

/* No host that is known asks for more. */
#define ALIGN_MAX 4096u

/*
 * --- what the host asks for ---
 */

/* As statx(2) says, since Linux 6.1; false when it does not. */
static bool
direct_told(struct backend_file *file)
{
#ifdef STATX_DIOALIGN
	struct statx stx;

	memset(&stx, 0, sizeof(stx));
	if (syscall(SYS_statx, file->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN,
		&stx) != 0 ||
	    (stx.stx_mask & STATX_DIOALIGN) == 0 ||
	    stx.stx_dio_mem_align == 0 || stx.stx_dio_offset_align == 0)
		return (false);
	file->memory_align = stx.stx_dio_mem_align;
	file->offset_align = stx.stx_dio_offset_align;
	return (true);
#else
	(void)file;
	return (false);
#endif
}

/* Tries: the smallest read that the host does not refuse. */
static bool
direct_tried(struct backend_file *file)
{
	uint32_t align;

	for (align = BACKEND_SECTOR; align <= ALIGN_MAX; align *= 2) {
		if (pread(file->fd, file->bounce, align, 0) < 0)
			continue;
		file->memory_align = align;
		file->offset_align = align;
		return (true);
	}
	return (false);
}

int
backend_file_direct(struct backend_file *file, char *why)
{
	void *bounce;
	int flags;

	if (posix_memalign(&bounce, ALIGN_MAX, BACKEND_BOUNCE) != 0) {
		(void)snprintf(why, BACKEND_WHY, "%s", strerror(ENOMEM));
		return (ENOMEM);
	}
	file->bounce = bounce;
	flags = fcntl(file->fd, F_GETFL);
	if (flags < 0 || fcntl(file->fd, F_SETFL, flags | O_DIRECT) != 0 ||
	    (!direct_told(file) && !direct_tried(file)) ||
	    file->memory_align > ALIGN_MAX || file->offset_align > ALIGN_MAX) {
		(void)snprintf(why, BACKEND_WHY,
		    "is where the host has no direct I/O");
		return (EINVAL);
	}
	if (file->backend.size % file->offset_align != 0) {
		(void)snprintf(why, BACKEND_WHY,
		    "has %llu bytes, and direct I/O needs a multiple of %u",
		    (unsigned long long)file->backend.size, file->offset_align);
		return (EINVAL);
	}
	file->direct = true;
	file->backend.block_size = file->offset_align;
	return (0);
}

/*
 * --- transfers ---
 */

static bool
direct_aligned(const struct backend_file *file, const struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	uint64_t bits;
	unsigned i;

	bits = offset & (file->offset_align - 1);
	for (i = 0; i < iovcnt; i++) {
		bits |= (uintptr_t)iov[i].iov_base & (file->memory_align - 1);
		bits |= iov[i].iov_len & (file->offset_align - 1);
	}
	return (bits == 0);
}

/* Moves between the buffer and the pieces, which it uses up. */
static void
direct_copy(struct iovec **iov, uint8_t *bytes, size_t length, bool write)
{
	size_t part;

	while (length > 0) {
		part = (*iov)->iov_len < length ? (*iov)->iov_len : length;
		if (write)
			memcpy(bytes, (*iov)->iov_base, part);
		else
			memcpy((*iov)->iov_base, bytes, part);
		(*iov)->iov_base = (uint8_t *)(*iov)->iov_base + part;
		(*iov)->iov_len -= part;
		bytes += part;
		length -= part;
		if ((*iov)->iov_len == 0)
			(*iov)++;
	}
}

static int
direct_bounce(struct backend_file *file, struct iovec *iov, uint64_t offset,
    uint64_t length, bool write)
{
	const uint64_t mask = file->offset_align - 1;
	uint64_t start, end, part;
	struct iovec whole;
	int error;

	for (; length > 0; offset += part, length -= part) {
		start = offset & ~mask;
		end = (offset + length + mask) & ~mask;
		if (end - start > BACKEND_BOUNCE)
			end = start + BACKEND_BOUNCE;
		part = end - offset < length ? end - offset : length;
		if (!write || start != offset || end != offset + part) {
			whole.iov_base = file->bounce;
			whole.iov_len = end - start;
			error = backend_file_all(file, &whole, 1, start, false);
			if (error != 0)
				return (error);
		}
		direct_copy(&iov, file->bounce + (offset - start), part, write);
		if (!write)
			continue;
		whole.iov_base = file->bounce;
		whole.iov_len = end - start;
		error = backend_file_all(file, &whole, 1, start, true);
		if (error != 0)
			return (error);
	}
	return (0);
}

int
backend_file_transfer_direct(struct backend_file *file, struct iovec *iov,
    unsigned iovcnt, uint64_t offset, bool write)
{
	uint64_t length;
	unsigned i;

	if (direct_aligned(file, iov, iovcnt, offset))
		return (backend_file_all(file, iov, iovcnt, offset, write));
	length = 0;
	for (i = 0; i < iovcnt; i++)
		length += iov[i].iov_len;
	return (direct_bounce(file, iov, offset, length, write));
}
