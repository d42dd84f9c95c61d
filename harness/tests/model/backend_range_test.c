/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Backends: storage that is let go, zeros, and sizes that change; on file
 * systems that can do all of it and on such as cannot, and on a disk.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "model/backend/backend.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

#define SIZE (1u << 20)

static uint8_t bytes[SIZE];

static int
rw(struct backend *backend, bool write, uint64_t offset, size_t length)
{
	struct iovec iov = { bytes, length };

	return (write ? backend_pwritev(backend, &iov, 1, offset) :
			backend_preadv(backend, &iov, 1, offset));
}

/* A file on `where`, full of ones. */
static struct backend *
begin(const char *where)
{
	struct backend *backend;
	char why[BACKEND_WHY];

	tempfile_make(where, SIZE);
	T_REQUIRE(backend_file_open(tempfile_path, false, &backend, why) == 0);
	memset(bytes, 1, SIZE);
	T_EQ(rw(backend, true, 0, SIZE), 0);
	T_EQ(backend_flush(backend), 0);
	return (backend);
}

static void
end(struct backend *backend)
{
	backend_close(backend);
	tempfile_remove();
}

/*
 * Whether the file takes `length` bytes less than `full`.  Its file system's
 * own notes on where the rest lies count as well, and a hole may need another
 * block of them, or fewer.
 */
static bool
has_let_go(uint64_t full, uint64_t length)
{
	uint64_t now = tempfile_storage();
	const uint64_t notes = 8192;

	return (now + length <= full + notes && now + length + notes >= full);
}

TEST(backend_range, file_lets_go_of_what_is_discarded)
{
	struct backend *backend = begin(NULL);
	uint64_t full = tempfile_storage();

	T_TRUE(full >= SIZE);
	if (!backend->can_discard) {
		end(backend);
		test_skip("/tmp cannot punch holes");
	}
	T_TRUE(backend->discard_zeroes);
	T_TRUE(backend->discard_granularity >= 512);
	T_EQ(backend_discard(backend, 64 * 1024, 256 * 1024), 0);
	T_EQ(backend_flush(backend), 0);
	T_TRUE(has_let_go(full, 256 * 1024));
	T_TRUE(tempfile_is(1, 0, 64 * 1024));
	T_TRUE(tempfile_is(0, 64 * 1024, 256 * 1024));
	T_TRUE(tempfile_is(1, 320 * 1024, SIZE - 320 * 1024));
	/* As filefrag(8) sees it: two extents, and nothing between them. */
	if (tempfile_shell("command -v filefrag >/dev/null") == 0)
		T_EQ(tempfile_shell(
			 "filefrag -v \"$1\" | awk '"
			 "$1 ~ /^[0-9]+:$/ { split($2, f, \"\\\\.\");"
			 " if ($2 + 0 < 80 && $3 + 0 >= 16) bad++ }"
			 " END { exit bad != 0 }'"),
		    0);
	/* Pieces of blocks become zeros without being let go. */
	T_EQ(backend_discard(backend, 512, 1024), 0);
	T_TRUE(tempfile_is(1, 0, 512));
	T_TRUE(tempfile_is(0, 512, 1024));
	T_TRUE(tempfile_is(1, 1536, 4096));
	end(backend);
}

TEST(backend_range, file_keeps_storage_unless_it_may_unmap)
{
	struct backend *backend = begin(NULL);
	uint64_t full = tempfile_storage();

	T_EQ(backend_write_zeroes(backend, 0, 512 * 1024, false), 0);
	T_EQ(backend_flush(backend), 0);
	T_TRUE(tempfile_storage() >= full);
	T_TRUE(tempfile_is(0, 0, 512 * 1024));
	T_TRUE(tempfile_is(1, 512 * 1024, 512 * 1024));
	T_EQ(backend_write_zeroes(backend, 512 * 1024, 256 * 1024, true), 0);
	T_EQ(backend_flush(backend), 0);
	if (backend->can_discard)
		T_TRUE(has_let_go(full, 256 * 1024));
	T_TRUE(tempfile_is(0, 0, 768 * 1024));
	T_TRUE(tempfile_is(1, 768 * 1024, 256 * 1024));
	end(backend);
}

/* tmpfs makes holes and knows no FALLOC_FL_ZERO_RANGE: zeros are written. */
TEST(backend_range, file_system_without_zero_range)
{
	struct backend *backend;
	struct statfs fs;
	uint64_t full;

	if (statfs("/dev/shm", &fs) != 0 || fs.f_type != TMPFS_MAGIC)
		test_skip("no tmpfs at /dev/shm");
	backend = begin("/dev/shm");
	full = tempfile_storage();
	for (unsigned i = 0; i < 2; i++) {
		T_EQ(backend_write_zeroes(backend, i * 4096, 8192, false), 0);
		T_EQ(backend->error.count, 0);
	}
	T_TRUE(tempfile_is(0, 0, 12288));
	T_TRUE(tempfile_is(1, 12288, 4096));
	T_EQ(tempfile_storage(), full);
	T_TRUE(backend->can_discard);
	T_EQ(backend_write_zeroes(backend, 0, 65536, true), 0);
	T_EQ(tempfile_storage(), full - 65536);
	T_TRUE(tempfile_is(0, 0, 65536));
	end(backend);
}

TEST(backend_range, ranges_are_checked)
{
	struct backend *backend;

	T_EQ(backend_memory_new(4096, false, &backend), 0);
	T_EQ(backend_discard(backend, 0, 4097), EINVAL);
	T_EQ(backend_discard(backend, UINT64_MAX, 1), EINVAL);
	T_EQ(backend_write_zeroes(backend, 4096, 1, true), EINVAL);
	T_EQ(backend_secure_erase(backend, 1, UINT64_MAX), EINVAL);
	T_EQ(backend_discard(backend, 4096, 0), 0);
	T_EQ(backend_write_zeroes(backend, 0, 0, false), 0);
	T_EQ(backend_secure_erase(backend, 0, 0), 0);
	backend_close(backend);
	T_EQ(backend_memory_new(4096, true, &backend), 0);
	T_EQ(backend_discard(backend, 0, 512), EROFS);
	T_EQ(backend_write_zeroes(backend, 0, 512, true), EROFS);
	T_EQ(backend_secure_erase(backend, 0, 512), EROFS);
	T_EQ(backend->error.count, 0);
	backend_close(backend);
}

/*
 * --- a backend that can only read and write ---
 */

static struct {
	struct backend backend;
	uint8_t bytes[SIZE];
	unsigned writes, errors;
	int error;
} plain;

static int
plain_preadv(struct backend *b, struct iovec *iov, unsigned n, uint64_t offset)
{
	return (EIO);
}

static int
plain_pwritev(struct backend *b, struct iovec *iov, unsigned n, uint64_t offset)
{
	plain.writes++;
	if (plain.error != 0)
		return (plain.error);
	for (unsigned i = 0; i < n; i++) {
		memcpy(plain.bytes + offset, iov[i].iov_base, iov[i].iov_len);
		offset += iov[i].iov_len;
	}
	return (0);
}

static int
plain_flush(struct backend *b)
{
	return (0);
}

static void
plain_close(struct backend *b)
{
}

static const struct backend_ops plain_ops = {
	.preadv = plain_preadv,
	.pwritev = plain_pwritev,
	.flush = plain_flush,
	.close = plain_close,
};

static void
plain_error(void *arg, const struct backend *backend)
{
	T_TRUE(arg == &plain && backend == &plain.backend);
	plain.errors++;
}

static void
begin_plain(void)
{
	memset(&plain, 0, sizeof(plain));
	memset(plain.bytes, 1, SIZE);
	plain.backend = (struct backend) {
		.ops = &plain_ops,
		.size = SIZE,
		.on_error = plain_error,
		.on_error_arg = &plain,
	};
}

TEST(backend_range, zeros_are_written_where_nothing_else_is_known)
{
	begin_plain();
	T_EQ(backend_write_zeroes(&plain.backend, 512, 200 * 1024, true), 0);
	T_TRUE(plain.writes > 1);
	for (unsigned i = 0; i < SIZE; i++)
		if (plain.bytes[i] != (i < 512 || i >= 512 + 200 * 1024))
			T_REQUIRE(false);
	T_EQ(backend_discard(&plain.backend, 0, 512), EOPNOTSUPP);
	T_EQ(backend_secure_erase(&plain.backend, 0, 512), EOPNOTSUPP);
	T_EQ(backend_resize(&plain.backend, 512), EOPNOTSUPP);
	T_EQ(backend_refresh(&plain.backend), 0);
	T_EQ(plain.errors, 0);
	plain.error = ENOSPC;
	T_EQ(backend_write_zeroes(&plain.backend, 0, 4096, false), ENOSPC);
	T_EQ(plain.errors, 1);
}

TEST(backend_range, errors_are_told_in_words)
{
	char text[BACKEND_TEXT];

	begin_plain();
	T_STR(backend_error_text(&plain.backend, text, sizeof(text)), "");
	T_EQ(rw(&plain.backend, false, 8192, 4096), EIO);
	T_STR(backend_error_text(&plain.backend, text, sizeof(text)),
	    "disk: read of 4096 bytes at 8192: Input/output error");
	plain.error = ENOSPC;
	plain.backend.name = "some.img";
	T_EQ(backend_write_zeroes(&plain.backend, 0, 4096, false), ENOSPC);
	T_STR(backend_error_text(&plain.backend, text, sizeof(text)),
	    "some.img: write of zeros of 4096 bytes at 0: "
	    "No space left on device");
	T_EQ(plain.backend.error.count, 2);
	T_EQ(plain.errors, 2);
}

/*
 * --- memory ---
 */

static uint64_t
resident(const void *start, size_t length)
{
	static unsigned char vec[SIZE / 4096];
	uint64_t pages = 0;

	T_REQUIRE(length <= SIZE);
	T_REQUIRE(mincore((void *)(uintptr_t)start, length, vec) == 0);
	for (size_t i = 0; i < length / 4096; i++)
		pages += vec[i] & 1;
	return (pages * 4096);
}

TEST(backend_range, memory_lets_go_of_what_is_discarded)
{
	struct backend *backend;

	T_EQ(backend_memory_new(SIZE, false, &backend), 0);
	T_EQ(resident(backend_memory_bytes(backend), SIZE), 0);
	memset(bytes, 1, SIZE);
	T_EQ(rw(backend, true, 0, SIZE), 0);
	T_EQ(resident(backend_memory_bytes(backend), SIZE), SIZE);
	T_EQ(backend_discard(backend, 512, 65536), 0);
	T_EQ(resident(backend_memory_bytes(backend), SIZE), SIZE - 15 * 4096);
	T_EQ(backend_write_zeroes(backend, 65536 + 512, 4096, false), 0);
	T_EQ(resident(backend_memory_bytes(backend), SIZE), SIZE - 15 * 4096);
	T_EQ(backend_write_zeroes(backend, 131072, 4096, true), 0);
	T_EQ(resident(backend_memory_bytes(backend), SIZE), SIZE - 16 * 4096);
	T_EQ(backend_secure_erase(backend, 135168, 1536), 0);
	T_EQ(rw(backend, false, 0, SIZE), 0);
	for (unsigned i = 0; i < SIZE; i++) {
		bool zero = (i >= 512 && i < 65536 + 512 + 4096) ||
		    (i >= 131072 && i < 135168 + 1536);

		if (bytes[i] != !zero)
			T_REQUIRE(false);
	}
	backend_close(backend);
}

TEST(backend_range, memory_may_be_larger_than_the_host_has)
{
	const uint64_t size = UINT64_C(1) << 40;
	struct backend *backend;

	if (backend_memory_new(size, false, &backend) != 0)
		test_skip("this host lends no memory that it has not");
	memset(bytes, 9, 4096);
	T_EQ(rw(backend, true, size - 4096, 4096), 0);
	T_EQ(rw(backend, true, size / 2, 4096), 0);
	T_EQ(rw(backend, false, size / 4, 4096), 0);
	T_EQ(bytes[0], 0);
	T_EQ(backend_discard(backend, 0, size), 0);
	memset(bytes, 9, 4096);
	T_EQ(rw(backend, false, size - 4096, 4096), 0);
	T_EQ(bytes[0], 0);
	backend_close(backend);
}

/*
 * --- sizes ---
 */

static void
check_resize(struct backend *backend)
{
	memset(bytes, 5, SIZE);
	T_EQ(rw(backend, true, 0, SIZE), 0);
	T_EQ(backend_resize(backend, 4 * SIZE), 0);
	T_EQ(backend->size, 4 * SIZE);
	T_EQ(rw(backend, false, 3 * SIZE, SIZE), 0);
	T_EQ(bytes[0] | bytes[SIZE - 1], 0);
	T_EQ(rw(backend, false, SIZE - 4096, 8192), 0);
	T_EQ(bytes[4095], 5);
	T_EQ(bytes[4096], 0);
	T_EQ(backend_resize(backend, 4096 + 512), 0);
	T_EQ(backend->size, 4096 + 512);
	T_EQ(rw(backend, false, 4096, 1024), EINVAL);
	T_EQ(rw(backend, false, 4096, 512), 0);
	T_EQ(bytes[511], 5);
	/* What was cut off does not come back. */
	T_EQ(backend_resize(backend, SIZE), 0);
	memset(bytes, 9, SIZE);
	T_EQ(rw(backend, false, 0, SIZE), 0);
	for (unsigned i = 0; i < SIZE; i++)
		if (bytes[i] != (i < 4096 + 512 ? 5 : 0))
			T_REQUIRE(false);
	T_EQ(backend_resize(backend, 0), EINVAL);
	T_EQ(backend_resize(backend, 513), EINVAL);
	T_EQ(backend->size, SIZE);
	T_EQ(backend->error.count, 0);
}

TEST(backend_range, memory_is_resized)
{
	struct backend *backend;

	T_EQ(backend_memory_new(SIZE, false, &backend), 0);
	check_resize(backend);
	backend_close(backend);
}

TEST(backend_range, file_is_resized)
{
	struct backend *backend = begin(NULL);
	struct stat st;

	check_resize(backend);
	T_TRUE(stat(tempfile_path, &st) == 0);
	T_EQ(st.st_size, SIZE);
	end(backend);
}

TEST(backend_range, overlay_is_resized)
{
	struct backend *below, *backend;

	T_EQ(backend_memory_new(SIZE, true, &below), 0);
	memset(backend_memory_bytes(below), 3, SIZE);
	T_EQ(backend_overlay_new(below, &backend), 0);
	check_resize(backend);
	T_EQ(backend_memory_bytes(below)[4096 + 512], 3);
	backend_close(backend);
}

TEST(backend_range, file_is_measured_again)
{
	struct backend *backend = begin(NULL);

	T_TRUE(truncate(tempfile_path, 2 * SIZE + 100) == 0);
	T_EQ(backend_refresh(backend), 0);
	T_EQ(backend->size, 2 * SIZE);
	T_TRUE(truncate(tempfile_path, 1024) == 0);
	T_EQ(backend_refresh(backend), 0);
	T_EQ(backend->size, 1024);
	T_TRUE(truncate(tempfile_path, 100) == 0);
	T_EQ(backend_refresh(backend), ENODATA);
	T_EQ(backend->size, 1024);
	T_EQ(backend->error.op, BACKEND_RESIZE);
	end(backend);
	/* A file that is only read is not resized. */
	tempfile_make(NULL, SIZE);
	T_EQ(backend_file_open(tempfile_path, true, &backend, (char *)bytes),
	    0);
	T_EQ(backend_resize(backend, 2 * SIZE), EROFS);
	T_FALSE(backend->can_discard);
	end(backend);
}

/*
 * --- a disk of the host: a loop device over a file ---
 */

static int
loop_attach(char *name, size_t size)
{
	int control, disk, number;

	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return (-1);
	number = ioctl(control, LOOP_CTL_GET_FREE);
	(void)close(control);
	if (number < 0)
		return (-1);
	(void)snprintf(name, size, "/dev/loop%d", number);
	disk = open(name, O_RDWR | O_CLOEXEC);
	control = open(tempfile_path, O_RDWR | O_CLOEXEC);
	if (disk >= 0 && ioctl(disk, LOOP_SET_FD, control) != 0) {
		(void)close(disk);
		disk = -1;
	}
	(void)close(control);
	return (disk);
}

TEST(backend_range, disk_of_the_host)
{
	struct backend *backend, *other;
	char name[32], why[BACKEND_WHY];
	int loop;

	tempfile_make(NULL, SIZE);
	loop = loop_attach(name, sizeof(name));
	if (loop < 0) {
		tempfile_remove();
		test_skip("no loop devices");
	}
	T_EQ(backend_file_open(name, false, &backend, why), 0);
	T_EQ(backend->size, SIZE);
	T_FALSE(backend->discard_zeroes);
	/* O_EXCL: a disk has one writer, whoever asks. */
	T_EQ(backend_file_open(name, false, &other, why), EBUSY);
	T_STR(why, "is in use by the host");
	memset(bytes, 1, SIZE);
	T_EQ(rw(backend, true, 0, SIZE), 0);
	T_EQ(backend_write_zeroes(backend, 4096, 8192, false), 0);
	T_EQ(backend_write_zeroes(backend, 65536, 4096, true), 0);
	if (backend->can_discard) {
		T_EQ(backend_discard(backend, 131072, 65536), 0);
		/* Blocks that are not whole are kept. */
		T_EQ(backend_discard(backend, 512, 512), 0);
		T_EQ(backend_discard(backend, 262144 + 512,
			 2 * backend->discard_granularity),
		    0);
	}
	T_EQ(backend_resize(backend, SIZE / 2), EOPNOTSUPP);
	T_EQ(backend_refresh(backend), 0);
	T_EQ(backend->size, SIZE);
	T_EQ(backend_flush(backend), 0);
	T_TRUE(tempfile_is(1, 0, 4096));
	T_TRUE(tempfile_is(0, 4096, 8192));
	T_TRUE(tempfile_is(1, 12288, 65536 - 12288));
	T_TRUE(tempfile_is(0, 65536, 4096));
	if (backend->can_discard && backend->discard_granularity >= 4096)
		T_TRUE(tempfile_is(1, 262144, 4096));
	backend_close(backend);
	(void)ioctl(loop, LOOP_CLR_FD, 0);
	(void)close(loop);
	tempfile_remove();
}
