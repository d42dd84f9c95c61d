/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file backend past the page cache: any piece at any place, as through
 * it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/backend/backend.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

#define SIZE  (2u << 20)
#define ALIGN 4096

static uint8_t expect[SIZE];
static uint8_t buffer[SIZE] __attribute__((aligned(ALIGN)));
static uint64_t random_state;

static uint64_t
draw(uint64_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1;
	return ((random_state >> 33) % limit);
}

static struct backend *
begin(off_t size)
{
	const struct backend_file_options options = { .direct = true };
	struct backend *backend;
	char why[BACKEND_WHY];

	tempfile_make(NULL, size);
	if (backend_file_open_with(tempfile_path, &options, &backend, why) !=
	    0) {
		tempfile_remove();
		T_STR(why, "is where the host has no direct I/O");
		test_skip("/tmp has no direct I/O");
	}
	return (backend);
}

/* The page cache holds nothing that was moved past it. */
TEST(backend_direct, goes_past_the_page_cache)
{
	struct iovec iov = { buffer, 65536 };
	struct backend *backend = begin(SIZE);

	T_TRUE(backend->block_size >= 512 && backend->block_size <= 4096);
	T_EQ(backend_pwritev(backend, &iov, 1, 0), 0);
	if (tempfile_shell("command -v fincore >/dev/null") == 0)
		T_EQ(tempfile_shell("test \"$(fincore -nb -o RES \"$1\" |"
				    " tr -d ' ')\" = 0"),
		    0);
	backend_close(backend);
	tempfile_remove();
}

/* Sizes, places and memory as they come: what is read is what was written. */
TEST(backend_direct, any_piece_at_any_place)
{
	struct backend *backend = begin(SIZE);
	struct iovec iov[8];
	uint64_t offset, length, left, part;
	unsigned pieces, sectors;
	uint8_t *to;
	bool write;

	random_state = 42;
	memset(expect, 0, SIZE);
	for (unsigned round = 0; round < 600; round++) {
		sectors = 1 + (unsigned)draw(round % 50 == 0 ? 1500 : 40);
		length = sectors * 512;
		offset = draw((SIZE - length) / 512 + 1) * 512;
		write = draw(2) == 0;
		pieces = 0;
		to = buffer;
		/* Some rounds are aligned throughout. */
		if (round % 4 == 0) {
			offset = offset / ALIGN * ALIGN;
			length = ALIGN;
		}
		for (left = length; left > 0; left -= part) {
			part = pieces == 7 || round % 4 == 0 ? left :
							       1 + draw(left);
			if (round % 4 != 0 && draw(2) == 0)
				to += draw(64);
			if ((size_t)(to - buffer) + part > SIZE)
				to = buffer;
			iov[pieces].iov_base = to;
			iov[pieces].iov_len = part;
			to += part;
			pieces++;
		}
		for (uint64_t i = 0, p = 0, at = 0; i < length && write; i++) {
			while (at == iov[p].iov_len) {
				p++;
				at = 0;
			}
			expect[offset + i] = (uint8_t)draw(256);
			((uint8_t *)iov[p].iov_base)[at++] = expect[offset + i];
		}
		if (write) {
			T_EQ(backend_pwritev(backend, iov, pieces, offset), 0);
			continue;
		}
		struct iovec copy[8];

		memcpy(copy, iov, sizeof(copy));
		T_EQ(backend_preadv(backend, iov, pieces, offset), 0);
		for (unsigned p = 0; p < pieces; p++) {
			T_TRUE(memcmp(copy[p].iov_base, expect + offset,
				   copy[p].iov_len) == 0);
			offset += copy[p].iov_len;
		}
	}
	T_EQ(backend_flush(backend), 0);
	backend_close(backend);
	/* The host, through its cache, sees the same. */
	int fd = open(tempfile_path, O_RDONLY);

	T_EQ(read(fd, buffer, SIZE), SIZE);
	T_TRUE(memcmp(buffer, expect, SIZE) == 0);
	(void)close(fd);
	tempfile_remove();
}

TEST(backend_direct, zeros_and_holes)
{
	struct iovec iov = { buffer, SIZE };
	struct backend *backend = begin(SIZE);

	memset(buffer, 1, SIZE);
	T_EQ(backend_pwritev(backend, &iov, 1, 0), 0);
	T_EQ(backend_write_zeroes(backend, 512, 1024, false), 0);
	T_EQ(backend_write_zeroes(backend, 8192 + 512, 8192, true), 0);
	iov = (struct iovec) { buffer, SIZE };
	T_EQ(backend_preadv(backend, &iov, 1, 0), 0);
	for (unsigned i = 0; i < SIZE; i++)
		if (buffer[i] !=
		    !((i >= 512 && i < 1536) || (i >= 8704 && i < 16896)))
			T_REQUIRE(false);
	backend_close(backend);
	tempfile_remove();
}

TEST(backend_direct, size_must_be_in_blocks)
{
	const struct backend_file_options options = { .direct = true };
	struct backend *backend = begin(SIZE);
	uint32_t block = backend->block_size;
	char why[BACKEND_WHY];

	T_EQ(backend_resize(backend, SIZE + block), 0);
	if (block > 512)
		T_EQ(backend_resize(backend, SIZE + 512), EINVAL);
	T_TRUE(truncate(tempfile_path, SIZE + block + 100) == 0);
	T_EQ(backend_refresh(backend), 0);
	T_EQ(backend->size, SIZE + block);
	backend_close(backend);
	if (block > 512) {
		T_TRUE(truncate(tempfile_path, SIZE + 512) == 0);
		T_EQ(backend_file_open_with(tempfile_path, &options, &backend,
			 why),
		    EINVAL);
		T_HAS(why, "direct I/O needs a multiple of");
	}
	tempfile_remove();
}

TEST(backend_direct, shorter_file_is_an_error)
{
	struct iovec iov = { buffer + 3, 4096 };
	struct backend *backend = begin(SIZE);
	char text[BACKEND_TEXT];

	T_TRUE(truncate(tempfile_path, 8192) == 0);
	T_EQ(backend_preadv(backend, &iov, 1, 8192), EIO);
	T_HAS(backend_error_text(backend, text, sizeof(text)),
	    "has become shorter");
	iov = (struct iovec) { buffer + 3, 512 };
	T_EQ(backend_pwritev(backend, &iov, 1, 8192), EIO);
	iov = (struct iovec) { buffer + 3, 512 };
	T_EQ(backend_pwritev(backend, &iov, 1, 4096), 0);
	backend_close(backend);
	tempfile_remove();
}
