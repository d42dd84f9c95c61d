/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A backend that is a file, or a disk of the host.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/backend/backend.h"

#ifndef IOV_MAX
#define IOV_MAX 1024
#endif

struct backend_file {
	struct backend backend;
	int fd;
};

static struct backend_file *
backend_file_of(struct backend *backend)
{
	return ((struct backend_file *)(void *)backend);
}

typedef ssize_t backend_file_io(int fd, const struct iovec *iov, int iovcnt,
    off_t offset);

/*
 * The host may transfer less than it was asked to, and takes no more than
 * IOV_MAX pieces at once: goes on until all is done.
 */
static int
backend_file_all(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset, backend_file_io *io)
{
	int fd = backend_file_of(backend)->fd;
	ssize_t moved;
	size_t part;

	for (;;) {
		while (iovcnt > 0 && iov->iov_len == 0) {
			iov++;
			iovcnt--;
		}
		if (iovcnt == 0)
			return (0);
		moved =
		    io(fd, iov, iovcnt < IOV_MAX ? iovcnt : IOV_MAX, offset);
		if (moved < 0 && errno == EINTR)
			continue;
		if (moved < 0)
			return (errno);
		/* The file has become shorter, or its disk is full. */
		if (moved == 0)
			return (EIO);
		offset += moved;
		while (moved > 0) {
			part = iov->iov_len < (size_t)moved ? iov->iov_len :
							      (size_t)moved;
			iov->iov_base = (uint8_t *)iov->iov_base + part;
			iov->iov_len -= part;
			moved -= part;
			if (iov->iov_len == 0) {
				iov++;
				iovcnt--;
			}
		}
	}
}

static int
backend_file_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	return (backend_file_all(backend, iov, iovcnt, offset, preadv));
}

static int
backend_file_pwritev(struct backend *backend, struct iovec *iov,
    unsigned iovcnt, uint64_t offset)
{
	return (backend_file_all(backend, iov, iovcnt, offset, pwritev));
}

static int
backend_file_flush(struct backend *backend)
{
	/* Nothing was written through a descriptor that cannot write. */
	if (backend->read_only)
		return (0);
	return (fdatasync(backend_file_of(backend)->fd) == 0 ? 0 : errno);
}

static void
backend_file_close(struct backend *backend)
{
	struct backend_file *file = backend_file_of(backend);

	(void)close(file->fd);
	free(file);
}

static const struct backend_ops backend_file_ops = {
	.preadv = backend_file_preadv,
	.pwritev = backend_file_pwritev,
	.flush = backend_file_flush,
	.close = backend_file_close,
};

/* What is behind the descriptor, and whether it can be a disk. */
static int
backend_file_check(int fd, uint64_t *size, char *why)
{
	struct stat st;
	off_t end;

	if (fstat(fd, &st) != 0) {
		(void)snprintf(why, BACKEND_WHY, "%s", strerror(errno));
		return (errno);
	}
	if (S_ISDIR(st.st_mode)) {
		(void)snprintf(why, BACKEND_WHY, "is a directory");
		return (EISDIR);
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		(void)snprintf(why, BACKEND_WHY,
		    "is neither a file nor a disk");
		return (ENODEV);
	}
	end = lseek(fd, 0, SEEK_END);
	if (end < 0) {
		(void)snprintf(why, BACKEND_WHY, "%s", strerror(errno));
		return (errno);
	}
	if (end == 0) {
		(void)snprintf(why, BACKEND_WHY, "is empty");
		return (ENODATA);
	}
	if (end % BACKEND_SECTOR != 0) {
		(void)snprintf(why, BACKEND_WHY,
		    "has %lld bytes, which is not a multiple of %d",
		    (long long)end, BACKEND_SECTOR);
		return (EINVAL);
	}
	*size = end;
	return (0);
}

int
backend_file_open(const char *path, bool read_only, struct backend **backend,
    char *why)
{
	struct backend_file *file;
	uint64_t size = 0;
	int error, fd;

	/* Not blocking: opening a FIFO would wait for its other end. */
	fd = open(path,
	    (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		error = errno;
		(void)snprintf(why, BACKEND_WHY, "%s",
		    error == ENOENT	? "does not exist" :
			error == EACCES ? "may not be opened" :
			error == EISDIR ? "is a directory" :
					  strerror(error));
		return (error);
	}
	error = backend_file_check(fd, &size, why);
	if (error != 0) {
		(void)close(fd);
		return (error);
	}
	file = calloc(1, sizeof(*file));
	if (file == NULL) {
		(void)close(fd);
		(void)snprintf(why, BACKEND_WHY, "%s", strerror(ENOMEM));
		return (ENOMEM);
	}
	file->backend.ops = &backend_file_ops;
	file->backend.size = size;
	file->backend.read_only = read_only;
	file->fd = fd;
	*backend = &file->backend;
	return (0);
}
