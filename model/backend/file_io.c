/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file backend's transfers: straight between the file and the caller's
 * memory, and whole.
 */

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "model/backend/file_var.h"

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

static const char file_shorter[] = "the file has become shorter";

/*
 * The host may transfer less than it was asked to, and takes no more than
 * IOV_MAX pieces at once: goes on until all is done.
 */
int
backend_file_all(struct backend_file *file, struct iovec *iov, unsigned iovcnt,
    uint64_t offset, bool write)
{
	ssize_t moved;
	size_t part;
	int count;

	for (;;) {
		while (iovcnt > 0 && iov->iov_len == 0) {
			iov++;
			iovcnt--;
		}
		if (iovcnt == 0)
			return (0);
		count = iovcnt < IOV_MAX ? (int)iovcnt : IOV_MAX;
		moved = write ? pwritev(file->fd, iov, count, (off_t)offset) :
				preadv(file->fd, iov, count, (off_t)offset);
		if (moved < 0 && errno == EINTR)
			continue;
		if (moved < 0)
			return (errno);
		if (moved == 0) {
			file->backend.error.hint = file_shorter;
			return (EIO);
		}
		offset += (uint64_t)moved;
		while (moved > 0) {
			part = iov->iov_len < (size_t)moved ? iov->iov_len :
							      (size_t)moved;
			iov->iov_base = (uint8_t *)iov->iov_base + part;
			iov->iov_len -= part;
			moved -= (ssize_t)part;
			if (iov->iov_len == 0) {
				iov++;
				iovcnt--;
			}
		}
	}
}

int
backend_file_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	struct backend_file *file = backend_file_of(backend);

	if (file->direct)
		return (backend_file_transfer_direct(file, iov, iovcnt, offset,
		    false));
	return (backend_file_all(file, iov, iovcnt, offset, false));
}

/*
 * A write behind the end of a file that somebody has cut off would make it
 * longer again, with a hole of zeros where there was data: that is no longer
 * the disk that the driver knows.
 */
int
backend_file_still(struct backend_file *file, uint64_t offset, uint64_t length)
{
	off_t end;

	if (file->disk)
		return (0);
	/* What fstat(2) says as well, for less: each write pays it. */
	end = lseek(file->fd, 0, SEEK_END);
	if (end < 0)
		return (errno);
	if (offset + length <= (uint64_t)end)
		return (0);
	file->backend.error.hint = file_shorter;
	return (EIO);
}

int
backend_file_pwritev(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	struct backend_file *file = backend_file_of(backend);
	uint64_t length = 0;
	unsigned i;
	int error;

	for (i = 0; i < iovcnt; i++)
		length += iov[i].iov_len;
	error = backend_file_still(file, offset, length);
	if (error != 0)
		return (error);
	if (file->direct)
		return (backend_file_transfer_direct(file, iov, iovcnt, offset,
		    true));
	return (backend_file_all(file, iov, iovcnt, offset, true));
}

int
backend_file_flush(struct backend *backend)
{
	struct backend_file *file = backend_file_of(backend);
	int result;

	/* Nothing was written through a descriptor that cannot write. */
	if (backend->read_only)
		return (0);
	if (file->lost != 0)
		return (file->lost);
	do {
		result = fdatasync(file->fd);
	} while (result != 0 && errno == EINTR);
	if (result != 0)
		file->lost = errno;
	return (file->lost);
}
