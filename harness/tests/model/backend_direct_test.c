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

#include "model/backend/file_var.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

#define SIZE  (2u << 20)
#define ALIGN 4096

static uint8_t expect[SIZE];
static uint8_t buffer[SIZE + ALIGN] __attribute__((aligned(ALIGN)));
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

/* A transfer in pieces, where and in what memory it may be. */
static unsigned
cut(struct iovec *iov, unsigned round, uint64_t length)
{
	unsigned pieces = 0;
	uint8_t *to = buffer;
	uint64_t part;

	for (; length > 0; length -= part) {
		part =
		    pieces == 7 || round % 4 == 0 ? length : 1 + draw(length);
		/* Memory alone is not aligned, then all else as well. */
		if (round % 8 == 0)
			to += 1;
		else if (round % 4 != 0 && draw(2) == 0)
			to += draw(64);
		iov[pieces].iov_base = to;
		iov[pieces].iov_len = part;
		to += part;
		pieces++;
	}
	return (pieces);
}

/* Sizes, places and memory as they come: what is read is what was written. */
static void
play(struct backend *backend)
{
	struct iovec iov[8], copy[8];
	uint64_t offset, length;
	unsigned pieces;
	bool write;

	random_state = 42;
	memset(expect, 0, SIZE);
	for (unsigned round = 0; round < 600; round++) {
		length = (1 + draw(round % 50 == 0 ? 1500 : 40)) * 512;
		offset = draw((SIZE - length) / 512 + 1) * 512;
		if (round % 4 == 0) {
			offset = offset / ALIGN * ALIGN;
			length = ALIGN;
		}
		write = draw(2) == 0;
		pieces = cut(iov, round, length);
		memcpy(copy, iov, sizeof(copy));
		for (unsigned p = 0; p < pieces && write; p++) {
			for (size_t i = 0; i < copy[p].iov_len; i++) {
				expect[offset] = (uint8_t)draw(256);
				((uint8_t *)copy[p].iov_base)[i] =
				    expect[offset++];
			}
		}
		if (write) {
			T_EQ(backend_pwritev(backend, iov, pieces,
				 offset - length),
			    0);
			continue;
		}
		T_EQ(backend_preadv(backend, iov, pieces, offset), 0);
		for (unsigned p = 0; p < pieces; p++) {
			T_TRUE(memcmp(copy[p].iov_base, expect + offset,
				   copy[p].iov_len) == 0);
			offset += copy[p].iov_len;
		}
	}
	T_EQ(backend_flush(backend), 0);
}

/* The host, through its cache, sees the same. */
static void
compare(void)
{
	int fd = open(tempfile_path, O_RDONLY);

	T_EQ(read(fd, buffer, SIZE), SIZE);
	T_TRUE(memcmp(buffer, expect, SIZE) == 0);
	(void)close(fd);
}

TEST(backend_direct, any_piece_at_any_place)
{
	struct backend *backend = begin(SIZE);

	play(backend);
	backend_close(backend);
	compare();
	tempfile_remove();
}

/* As on a host with larger blocks: parts of them are read first. */
TEST(backend_direct, blocks_that_are_written_in_part)
{
	struct backend *backend = begin(SIZE);

	backend_file_of(backend)->memory_align = ALIGN;
	backend_file_of(backend)->offset_align = ALIGN;
	play(backend);
	backend_close(backend);
	compare();
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
