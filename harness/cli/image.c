/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Image files; see image.h.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/image.h"
#include "model/backend/lock.h"

bool
image_open(const char *path, bool read_only, struct backend **backend)
{
	char why[BACKEND_WHY];

	if (backend_file_open(path, read_only, backend, why) == 0)
		return (true);
	cli_error("%s: %s", path, why);
	return (false);
}

bool
image_open_as_allowed(const char *path, struct backend **backend)
{
	char why[BACKEND_WHY];
	int error = backend_file_open(path, false, backend, why);

	if (error == 0)
		return (true);
	/* EPERM: an immutable file. */
	if (error == EROFS || error == EACCES || error == EPERM)
		return (image_open(path, true, backend));
	cli_error("%s: %s", path, why);
	return (false);
}

bool
image_open_overlay(const char *path, struct backend **backend)
{
	struct backend *file;
	int error;

	if (!image_open(path, true, &file))
		return (false);
	error = backend_overlay_new(file, backend);
	if (error == 0)
		return (true);
	cli_error("%s: %s", path, strerror(error));
	backend_close(file);
	return (false);
}

int
image_memory(uint64_t size, bool read_only, struct backend **backend)
{
	int error = backend_memory_new(size, read_only, backend);

	if (error == 0)
		return (CLI_OK);
	cli_error("a disk of %" PRIu64 " bytes in memory: %s", size,
	    strerror(error));
	return (CLI_HOST);
}

/* In the words that a backend has for it; returns the exit status. */
static int
complain(const char *path, int error)
{
	const char *why = strerror(error);
	int status = CLI_USAGE;

	if (error == EISDIR)
		why = "is a directory";
	else if (error == EACCES)
		why = "may not be opened";
	else if (error == ENOENT)
		why = "there is no such folder";
	else if (error == EBUSY)
		why = "is in use by another process, which has locked it";
	else if (error == ENOSPC || error == EDQUOT || error == EFBIG ||
	    error == EIO || error == ENOMEM)
		status = CLI_HOST;
	cli_error("%s: %s", path, why);
	return (status);
}

int
image_create(const char *path, uint64_t size)
{
	struct stat there;
	int fd, status = CLI_OK;

	if (stat(path, &there) == 0)
		return (CLI_OK);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
		status = complain(path, errno);
		if (fd >= 0)
			(void)unlink(path);
	}
	if (fd >= 0)
		close(fd);
	return (status);
}

int
image_make(const char *path, const char *source, uint64_t size,
    struct backend **backend)
{
	struct stat from, to;
	int error, fd;

	if (stat(source, &from) == 0 && stat(path, &to) == 0 &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
		cli_error("%s: --copy-to names the image that --disk does",
		    path);
		return (CLI_USAGE);
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	/* What somebody else writes to is not cut off. */
	error = fd < 0 ? errno : backend_lock(fd, true);
	if (error == 0 &&
	    (ftruncate(fd, 0) != 0 || ftruncate(fd, (off_t)size) != 0))
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error != 0)
		return (complain(path, error));
	return (image_open(path, false, backend) ? CLI_OK : CLI_USAGE);
}
