/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Backends: what is accepted as a disk, and transfers that are whole.
 */
#include "model/backend/backend.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/model/tempfile.h"
#include "tests/test.h"

TEST(backend, file_reads_what_was_written)
{
	char a[700], b[324], back[1024], why[BACKEND_WHY];
	struct iovec iov[3];
	struct backend *backend;

	tempfile_make(NULL, 8192);
	T_REQUIRE(backend_file_open(tempfile_path, false, &backend, why) == 0);
	T_EQ(backend->size, 8192);
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	iov[0] = (struct iovec) { a, sizeof(a) };
	iov[1] = (struct iovec) { b, 0 };
	iov[2] = (struct iovec) { b, sizeof(b) };
	T_EQ(backend_pwritev(backend, iov, 3, 8192 - 1024), 0);
	T_EQ(backend_flush(backend), 0);
	iov[0] = (struct iovec) { back, sizeof(back) };
	T_EQ(backend_preadv(backend, iov, 1, 8192 - 1024), 0);
	T_TRUE(memcmp(back, a, sizeof(a)) == 0);
	T_TRUE(memcmp(back + sizeof(a), b, sizeof(b)) == 0);
	backend_close(backend);
	tempfile_remove();
}

TEST(backend, file_takes_more_pieces_than_the_host)
{
	enum { PIECES = 3000, PIECE = 16 };
	static uint8_t bytes[PIECES * PIECE], back[PIECES * PIECE];
	static struct iovec iov[PIECES];
	char why[BACKEND_WHY];
	struct backend *backend;
	unsigned i;

	tempfile_make(NULL, 128 * 512);
	T_REQUIRE(backend_file_open(tempfile_path, false, &backend, why) == 0);
	for (i = 0; i < PIECES; i++) {
		memset(bytes + i * PIECE, i, PIECE);
		iov[i] = (struct iovec) { bytes + i * PIECE, PIECE };
	}
	T_EQ(backend_pwritev(backend, iov, PIECES, 512), 0);
	iov[0] = (struct iovec) { back, sizeof(back) };
	T_EQ(backend_preadv(backend, iov, 1, 512), 0);
	T_TRUE(memcmp(back, bytes, sizeof(bytes)) == 0);
	backend_close(backend);
	tempfile_remove();
}

TEST(backend, file_that_has_shrunk_is_an_error)
{
	char back[1024], why[BACKEND_WHY];
	struct iovec iov = { back, sizeof(back) };
	struct backend *backend;

	tempfile_make(NULL, 4096);
	T_REQUIRE(backend_file_open(tempfile_path, true, &backend, why) == 0);
	T_TRUE(truncate(tempfile_path, 512) == 0);
	T_EQ(backend_preadv(backend, &iov, 1, 0), EIO);
	backend_close(backend);
	tempfile_remove();
}

TEST(backend, file_missing)
{
	struct backend *backend;
	char why[BACKEND_WHY];

	T_EQ(backend_file_open("/tmp/ringside-no-such-file", false, &backend,
		 why),
	    ENOENT);
	T_STR(why, "does not exist");
}

TEST(backend, file_is_a_directory)
{
	struct backend *backend;
	char why[BACKEND_WHY];

	T_EQ(backend_file_open("/tmp", false, &backend, why), EISDIR);
	T_STR(why, "is a directory");
	T_EQ(backend_file_open("/tmp", true, &backend, why), EISDIR);
	T_STR(why, "is a directory");
}

TEST(backend, file_is_not_a_disk)
{
	struct backend *backend;
	char why[BACKEND_WHY];

	T_EQ(backend_file_open("/dev/null", true, &backend, why), ENODEV);
	T_STR(why, "is neither a file nor a disk");
	/* A FIFO without a writer must not block. */
	tempfile_make(NULL, 0);
	T_TRUE(unlink(tempfile_path) == 0);
	T_TRUE(mkfifo(tempfile_path, 0600) == 0);
	T_EQ(backend_file_open(tempfile_path, true, &backend, why), ENODEV);
	tempfile_remove();
}

TEST(backend, file_size_is_checked)
{
	struct backend *backend;
	char why[BACKEND_WHY];

	tempfile_make(NULL, 1000);
	T_EQ(backend_file_open(tempfile_path, false, &backend, why), EINVAL);
	T_HAS(why, "1000 bytes");
	T_TRUE(truncate(tempfile_path, 0) == 0);
	T_EQ(backend_file_open(tempfile_path, false, &backend, why), ENODATA);
	T_STR(why, "is empty");
	T_TRUE(truncate(tempfile_path, 512) == 0);
	T_EQ(backend_file_open(tempfile_path, false, &backend, why), 0);
	backend_close(backend);
	tempfile_remove();
}

#define NOBODY 65534

TEST(backend, file_unreadable)
{
	const bool root = geteuid() == 0;
	struct backend *backend;
	char why[BACKEND_WHY];
	int error;

	tempfile_make(NULL, 512);
	T_TRUE(chmod(tempfile_path, 0) == 0);
	/* Root may read everything: be somebody else for a moment. */
	if (root && seteuid(NOBODY) != 0) {
		tempfile_remove();
		test_skip("root may read everything");
	}
	error = backend_file_open(tempfile_path, true, &backend, why);
	if (root)
		T_TRUE(seteuid(0) == 0);
	T_EQ(error, EACCES);
	T_STR(why, "may not be opened");
	tempfile_remove();
}

TEST(backend, read_only_refuses_writes)
{
	char bytes[512] = { 1 }, why[BACKEND_WHY];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct backend *backend;

	tempfile_make(NULL, 512);
	T_REQUIRE(backend_file_open(tempfile_path, true, &backend, why) == 0);
	T_TRUE(backend->read_only);
	T_EQ(backend_pwritev(backend, &iov, 1, 0), EROFS);
	T_EQ(backend_preadv(backend, &iov, 1, 0), 0);
	T_EQ(bytes[0], 0);
	T_EQ(backend_flush(backend), 0);
	backend_close(backend);
	tempfile_remove();
}

TEST(backend, ranges_are_checked)
{
	static char bytes[2048];
	struct iovec iov[2] = { { bytes, 512 }, { bytes, 512 } };
	struct backend *backend;

	T_EQ(backend_memory_new(2048, false, &backend), 0);
	T_EQ(backend_preadv(backend, iov, 2, 1024), 0);
	T_EQ(backend_preadv(backend, iov, 2, 1025), EINVAL);
	T_EQ(backend_pwritev(backend, iov, 2, 1536), EINVAL);
	T_EQ(backend_preadv(backend, iov, 1, UINT64_MAX), EINVAL);
	T_EQ(backend_preadv(backend, iov, 1, UINT64_MAX - 511), EINVAL);
	iov[0].iov_len = SIZE_MAX;
	T_EQ(backend_preadv(backend, iov, 2, 0), EINVAL);
	backend_close(backend);
}

TEST(backend, memory_size_is_checked)
{
	struct backend *backend;

	T_EQ(backend_memory_new(0, false, &backend), EINVAL);
	T_EQ(backend_memory_new(513, false, &backend), EINVAL);
	T_EQ(backend_memory_new(512, true, &backend), 0);
	T_TRUE(backend->read_only);
	T_EQ(backend_memory_bytes(backend)[511], 0);
	backend_close(backend);
	backend_close(NULL);
}
