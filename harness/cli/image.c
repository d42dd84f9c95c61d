/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Image files; see image.h.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
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
image_make(const char *path, const char *source, uint64_t size,
    struct backend **backend)
{
	struct stat from, to;
	int fd;

	if (stat(source, &from) == 0 && stat(path, &to) == 0 &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
		cli_error("%s: --copy-to names the image that --disk does",
		    path);
		return (false);
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	/* Not one byte of an image that somebody else is using. */
	if (fd >= 0 && backend_lock(fd, true) == EBUSY) {
		cli_error("%s: is in use by another process, which has locked "
			  "it",
		    path);
		close(fd);
		return (false);
	}
	/* What was in it is gone, as with O_TRUNC. */
	if (fd < 0 || ftruncate(fd, 0) != 0 ||
	    ftruncate(fd, (off_t)size) != 0) {
		cli_error("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return (false);
	}
	close(fd);
	return (image_open(path, false, backend));
}
