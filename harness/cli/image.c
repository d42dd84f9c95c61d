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

bool
image_memory(uint64_t size, bool read_only, struct backend **backend)
{
	int error = backend_memory_new(size, read_only, backend);

	if (error == 0)
		return (true);
	cli_error("a disk of %" PRIu64 " bytes in memory: %s", size,
	    strerror(error));
	return (false);
}

/* In the words that a backend has for it. */
static void
complain(const char *path, int error)
{
	const char *why = strerror(error);

	if (error == EISDIR)
		why = "is a directory";
	else if (error == EACCES || error == EROFS)
		why = "may not be written";
	else if (error == ENOENT || error == ENOTDIR)
		why = "there is no such folder";
	else if (error == EBUSY)
		why = "is in use by another process";
	cli_error("%s: %s", path, why);
}

bool
image_create(const char *path, uint64_t size)
{
	struct stat there;
	int error = 0, fd;

	if (stat(path, &there) == 0)
		return (true);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
		error = errno;
		complain(path, error);
		if (fd >= 0)
			(void)unlink(path);
	}
	if (fd >= 0)
		close(fd);
	return (error == 0);
}

bool
image_make(const char *path, const char *source, uint64_t size,
    struct backend **backend)
{
	struct stat from, to;
	int error = 0, fd;

	if (stat(source, &from) == 0 && stat(path, &to) == 0 &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
		cli_error("%s: --copy-to names the image that --disk does",
		    path);
		return (false);
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, 0) != 0 || ftruncate(fd, (off_t)size) != 0)
		error = errno;
	if (error != 0)
		complain(path, error);
	if (fd >= 0)
		close(fd);
	return (error == 0 && image_open(path, false, backend));
}
