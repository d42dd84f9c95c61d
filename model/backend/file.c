/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A backend that is a file, or a disk of the host: opening and closing.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/backend/file_var.h"
#include "model/backend/lock.h"

static void
backend_file_close(struct backend *backend)
{
	struct backend_file *file = backend_file_of(backend);

	if (file->fd >= 0)
		(void)close(file->fd);
	free(file->bounce);
	free(file->path);
	free(file);
}

static const struct backend_ops backend_file_ops = {
	.preadv = backend_file_preadv,
	.pwritev = backend_file_pwritev,
	.flush = backend_file_flush,
	.discard = backend_file_discard,
	.write_zeroes = backend_file_write_zeroes,
	.resize = backend_file_resize,
	.refresh = backend_file_refresh,
	.close = backend_file_close,
};

/* What is behind the descriptor, and whether it can be a disk. */
static int
backend_file_check(struct backend_file *file, char *why)
{
	struct stat st;
	off_t end;

	if (fstat(file->fd, &st) != 0) {
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
	end = lseek(file->fd, 0, SEEK_END);
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
	file->backend.size = (uint64_t)end;
	file->disk = S_ISBLK(st.st_mode);
	return (0);
}

static int
backend_file_open_fd(struct backend_file *file, const char *path,
    bool read_only, char *why)
{
	int error, flags;
	struct stat st;

	/* Not blocking: opening a FIFO would wait for its other end. */
	flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK;
	/* A disk that the host has mounted is not to be written to. */
	if (!read_only && stat(path, &st) == 0 && S_ISBLK(st.st_mode))
		flags |= O_EXCL;
	file->fd = open(path, flags);
	if (file->fd >= 0)
		return (0);
	error = errno;
	(void)snprintf(why, BACKEND_WHY, "%s",
	    error == ENOENT	? "does not exist" :
		error == EACCES ? "may not be opened" :
		error == EISDIR ? "is a directory" :
		error == EBUSY	? "is in use by the host" :
				  strerror(error));
	return (error);
}

static int
backend_file_lock(struct backend_file *file, char *why)
{
	int error;

	error = backend_lock(file->fd, !file->backend.read_only);
	if (error == EBUSY)
		(void)snprintf(why, BACKEND_WHY,
		    "is in use by another process, which has locked it");
	else if (error != 0)
		(void)snprintf(why, BACKEND_WHY, "cannot be locked: %s",
		    strerror(error));
	return (error);
}

int
backend_file_open_with(const char *path,
    const struct backend_file_options *options, struct backend **backend,
    char *why)
{
	struct backend_file *file;
	int error;

	file = calloc(1, sizeof(*file));
	if (file != NULL)
		file->path = strdup(path);
	if (file == NULL || file->path == NULL) {
		free(file);
		(void)snprintf(why, BACKEND_WHY, "%s", strerror(ENOMEM));
		return (ENOMEM);
	}
	file->fd = -1;
	file->backend.ops = &backend_file_ops;
	file->backend.read_only = options->read_only;
	file->backend.name = file->path;
	error = backend_file_open_fd(file, path, options->read_only, why);
	if (error == 0)
		error = backend_file_check(file, why);
	if (error == 0 && !options->unlocked)
		error = backend_file_lock(file, why);
	if (error == 0 && options->direct)
		error = backend_file_direct(file, why);
	if (error != 0) {
		backend_file_close(&file->backend);
		return (error);
	}
	backend_file_probe(file);
	*backend = &file->backend;
	return (0);
}

int
backend_file_open(const char *path, bool read_only, struct backend **backend,
    char *why)
{
	const struct backend_file_options options = { .read_only = read_only };

	return (backend_file_open_with(path, &options, backend, why));
}
