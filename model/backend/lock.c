/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Locks on image files: see lock.h.
 */
#include "model/backend/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

/* Bytes that stand for rights. */
#define USES(n)	  (100 + (n))
#define DENIES(n) (200 + (n))
#define READING	  0
#define WRITING	  1
#define RESIZING  3

static int
lock_bytes(int fd, short type, off_t start, off_t length)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = start,
		.l_len = length,
	};

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return (0);
	return (errno == EAGAIN || errno == EACCES ? EBUSY : errno);
}

/* Whether anybody else has locked the byte, in whatever way. */
static int
lock_look(int fd, off_t byte)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};

	if (fcntl(fd, F_OFD_GETLK, &lock) != 0)
		return (errno);
	return (lock.l_type == F_UNLCK ? 0 : EBUSY);
}

int
backend_lock(int fd, bool exclusive)
{
	static const off_t taken[] = { USES(READING), DENIES(WRITING),
		DENIES(RESIZING) };
	static const off_t others[] = { USES(WRITING), USES(RESIZING),
		DENIES(READING) };
	size_t i;
	int error;

	if (exclusive)
		return (lock_bytes(fd, F_WRLCK, 0, 0));
	error = 0;
	/* First taken, then looked: of two at once, one sees the other. */
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]) && error == 0; i++)
		error = lock_bytes(fd, F_RDLCK, taken[i], 1);
	for (i = 0; i < sizeof(others) / sizeof(others[0]) && error == 0; i++)
		error = lock_look(fd, others[i]);
	return (error);
}
