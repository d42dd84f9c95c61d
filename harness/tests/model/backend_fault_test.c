/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file backend when the host fails it: a file that is cut off, a file
 * system that is full, a limit, a disk that loses what was written.
 */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/backend/backend.h"
#include "model/backend/file_var.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

#define SIZE (4u << 20)

static uint8_t bytes[SIZE];
static char text[BACKEND_TEXT];

static int
rw(struct backend *backend, bool write, uint64_t offset, size_t length)
{
	struct iovec iov = { bytes, length };

	return (write ? backend_pwritev(backend, &iov, 1, offset) :
			backend_preadv(backend, &iov, 1, offset));
}

static struct backend *
begin(const char *where)
{
	struct backend *backend;
	char why[BACKEND_WHY];

	tempfile_make(where, SIZE);
	T_REQUIRE(backend_file_open(tempfile_path, false, &backend, why) == 0);
	return (backend);
}

TEST(backend_fault, only_what_was_cut_off_fails)
{
	struct backend *backend = begin(NULL);
	struct stat st;

	memset(bytes, 6, SIZE);
	T_EQ(rw(backend, true, 0, SIZE), 0);
	T_TRUE(truncate(tempfile_path, 8192) == 0);
	T_EQ(rw(backend, false, 8192, 512), EIO);
	/* A part of it is missing. */
	T_EQ(rw(backend, false, 4096, 8192), EIO);
	T_HAS(backend_error_text(backend, text, sizeof(text)),
	    "read of 8192 bytes at 4096: the file has become shorter");
	T_EQ(rw(backend, true, 8192, 512), EIO);
	T_HAS(backend_error_text(backend, text, sizeof(text)),
	    "write of 512 bytes at 8192: the file has become shorter");
	T_EQ(backend_write_zeroes(backend, 8192, 4096, false), EIO);
	T_EQ(backend_write_zeroes(backend, 4096, 8192, true), EIO);
	T_HAS(backend_error_text(backend, text, sizeof(text)),
	    "write of zeros of 8192 bytes at 4096: the file has become "
	    "shorter");
	if (backend->can_discard)
		T_EQ(backend_discard(backend, 8192, 4096), EIO);
	/* What was there before it became shorter does not come back. */
	T_TRUE(stat(tempfile_path, &st) == 0);
	T_EQ(st.st_size, 8192);
	memset(bytes, 0, SIZE);
	T_EQ(rw(backend, false, 0, 8192), 0);
	T_EQ(bytes[0], 6);
	T_EQ(bytes[8191], 6);
	T_EQ(rw(backend, true, 4096, 4096), 0);
	T_EQ(backend_flush(backend), 0);
	backend_close(backend);
	tempfile_remove();
}

/* A file system of 1 MiB, of which `where` receives the place. */
static void
small_mount(char *where, size_t size)
{
	(void)snprintf(where, size, "/tmp/ringside-small-XXXXXX");
	T_REQUIRE(mkdtemp(where) != NULL);
	if (mount("none", where, "tmpfs", 0, "size=1m") != 0) {
		(void)rmdir(where);
		test_skip("may not mount a small file system");
	}
}

TEST(backend_fault, no_space_left)
{
	struct backend *backend;
	char where[64];

	small_mount(where, sizeof(where));
	backend = begin(where);
	memset(bytes, 1, 65536);
	T_EQ(rw(backend, true, 0, 65536), 0);
	memset(bytes, 2, SIZE);
	T_EQ(rw(backend, true, 65536, SIZE - 65536), ENOSPC);
	T_HAS(backend_error_text(backend, text, sizeof(text)),
	    ": No space left on device");
	T_EQ(rw(backend, false, 0, 65536), 0);
	T_EQ(bytes[0], 1);
	T_EQ(bytes[65535], 1);
	/* Zeros that must have room find none, and holes make some. */
	T_EQ(backend_write_zeroes(backend, 65536, SIZE - 65536, false), ENOSPC);
	T_EQ(backend_discard(backend, 65536, SIZE - 65536), 0);
	memset(bytes, 3, 65536);
	T_EQ(rw(backend, true, 1 << 20, 65536), 0);
	T_EQ(backend_flush(backend), 0);
	T_TRUE(tempfile_is(1, 0, 65536));
	T_TRUE(tempfile_is(0, 65536, (1 << 20) - 65536));
	T_TRUE(tempfile_is(3, 1 << 20, 65536));
	backend_close(backend);
	tempfile_remove();
	T_TRUE(umount2(where, MNT_DETACH) == 0);
	(void)rmdir(where);
}

/* ulimit -f, in a process of its own. */
TEST(backend_fault, file_size_limit)
{
	const struct rlimit limit = { 65536, 65536 };
	struct backend *backend = begin(NULL);
	int status;
	pid_t pid;

	pid = fork();
	T_REQUIRE(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
			_exit(1);
		if (rw(backend, true, 0, 65536) != 0)
			_exit(2);
		if (rw(backend, true, 32768, 65536) != EFBIG)
			_exit(3);
		if (rw(backend, false, 0, 65536) != 0)
			_exit(4);
		_exit(0);
	}
	T_EQ(waitpid(pid, &status, 0), pid);
	T_TRUE(WIFEXITED(status));
	T_EQ(WEXITSTATUS(status), 0);
	backend_close(backend);
	tempfile_remove();
}

/* Once lost is lost: a later flush cannot make it good. */
TEST(backend_fault, a_flush_that_failed_goes_on_failing)
{
	struct backend *backend = begin(NULL);
	struct backend_file *file = backend_file_of(backend);
	int fd = file->fd, pipes[2];

	T_REQUIRE(pipe(pipes) == 0);
	file->fd = pipes[1];
	T_EQ(backend_flush(backend), EINVAL);
	file->fd = fd;
	T_EQ(backend_flush(backend), EINVAL);
	T_EQ(backend->error.count, 2);
	T_HAS(backend_error_text(backend, text, sizeof(text)), "disk: flush: ");
	T_EQ(rw(backend, true, 0, 512), 0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	backend_close(backend);
	tempfile_remove();
}

/* What the host says of a descriptor that is not there any more. */
TEST(backend_fault, host_errors_are_passed_on)
{
	struct backend *backend = begin(NULL);
	struct backend_file *file = backend_file_of(backend);
	int fd = file->fd;

	file->fd = -1;
	T_EQ(rw(backend, false, 0, 512), EBADF);
	T_EQ(rw(backend, true, 0, 512), EBADF);
	T_EQ(backend_write_zeroes(backend, 0, 512, false), EBADF);
	T_EQ(backend_resize(backend, 512), EBADF);
	T_EQ(backend_refresh(backend), EBADF);
	if (backend->can_discard)
		T_EQ(backend_discard(backend, 0, 512), EBADF);
	T_EQ(backend_flush(backend), EBADF);
	file->fd = fd;
	/* A file system that turns out to know neither. */
	file->no_punch_hole = true;
	file->no_zero_range = true;
	memset(bytes, 1, 8192);
	T_EQ(rw(backend, true, 0, 8192), 0);
	T_EQ(backend_write_zeroes(backend, 512, 4096, true), 0);
	T_TRUE(tempfile_is(1, 0, 512));
	T_TRUE(tempfile_is(0, 512, 4096));
	T_TRUE(tempfile_is(1, 4608, 3584));
	T_EQ(backend_discard(backend, 0, 512), EOPNOTSUPP);
	backend_close(backend);
	tempfile_remove();
}

TEST(backend_fault, overlay_tells_what_lies_below)
{
	struct backend *backend, *overlay;
	char why[BACKEND_WHY];

	tempfile_make(NULL, SIZE);
	T_REQUIRE(backend_file_open(tempfile_path, true, &backend, why) == 0);
	T_EQ(backend_overlay_new(backend, &overlay), 0);
	T_TRUE(truncate(tempfile_path, 8192) == 0);
	T_EQ(rw(overlay, false, 8192, 512), EIO);
	T_HAS(backend_error_text(overlay, text, sizeof(text)),
	    "/disk: read of 512 bytes at 8192: the file has become shorter");
	T_EQ(rw(overlay, true, 8192, 512), EIO);
	T_EQ(rw(overlay, true, 0, 512), 0);
	T_EQ(rw(overlay, true, 12288, 4096), EIO);
	T_EQ(rw(overlay, false, 0, 8192), 0);
	backend_close(overlay);
	tempfile_remove();
}
