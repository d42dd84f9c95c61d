/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The overlay: what was written is read back, all else is what lies below,
 * and what lies below stays as it is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/backend/backend.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

/* Not whole pages: the last one is short. */
#define SIZE (64 * 4096 + 1536)

/* Below, and what the overlay must look like. */
static struct {
	struct backend backend;
	uint8_t bytes[SIZE];
	unsigned reads, writes, closed;
	int error;
} below;
static uint8_t expect[SIZE], got[SIZE];

static int
below_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	(void)backend;
	below.reads++;
	for (unsigned i = 0; i < iovcnt; i++) {
		memcpy(iov[i].iov_base, below.bytes + offset, iov[i].iov_len);
		offset += iov[i].iov_len;
	}
	return (below.error);
}

static int
below_pwritev(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	(void)backend;
	(void)iov;
	(void)iovcnt;
	(void)offset;
	below.writes++;
	return (EROFS);
}

static int
below_flush(struct backend *backend)
{
	(void)backend;
	below.writes++;
	return (EROFS);
}

static void
below_close(struct backend *backend)
{
	(void)backend;
	below.closed++;
}

static const struct backend_ops below_ops = {
	.preadv = below_preadv,
	.pwritev = below_pwritev,
	.flush = below_flush,
	.close = below_close,
};

static struct backend *
begin(void)
{
	struct backend *overlay;

	memset(&below, 0, sizeof(below));
	for (size_t i = 0; i < SIZE; i++)
		below.bytes[i] = (uint8_t)(i * 13 + i / 4096 + 1);
	memcpy(expect, below.bytes, SIZE);
	below.backend = (struct backend) {
		.ops = &below_ops,
		.size = SIZE,
		.read_only = true,
	};
	T_REQUIRE(backend_overlay_new(&below.backend, &overlay) == 0);
	return (overlay);
}

static void
end(struct backend *overlay)
{
	backend_close(overlay);
	T_EQ(below.closed, 1);
	T_EQ(below.writes, 0);
	for (size_t i = 0; i < SIZE; i++) {
		if (below.bytes[i] != (uint8_t)(i * 13 + i / 4096 + 1)) {
			T_EQ(i, SIZE);
			break;
		}
	}
}

static int
put(struct backend *overlay, uint64_t offset, size_t length, uint8_t fill)
{
	struct iovec iov = { expect + offset, length };

	memset(expect + offset, fill, length);
	return (backend_pwritev(overlay, &iov, 1, offset));
}

/* The whole, in one piece and in pieces of `step` bytes. */
static bool
same(struct backend *overlay, size_t step)
{
	struct iovec iov = { got, SIZE };

	memset(got, 0xee, SIZE);
	T_EQ(backend_preadv(overlay, &iov, 1, 0), 0);
	if (memcmp(got, expect, SIZE) != 0)
		return (false);
	memset(got, 0xee, SIZE);
	for (uint64_t at = 0; at < SIZE; at += step) {
		iov = (struct iovec) { got + at,
			SIZE - at < step ? SIZE - at : step };
		T_EQ(backend_preadv(overlay, &iov, 1, at), 0);
	}
	return (memcmp(got, expect, SIZE) == 0);
}

TEST(overlay, shows_what_lies_below)
{
	struct backend *overlay = begin();

	T_EQ(overlay->size, SIZE);
	T_FALSE(overlay->read_only);
	T_TRUE(same(overlay, 1000));
	T_EQ(backend_flush(overlay), 0);
	end(overlay);
}

TEST(overlay, shows_what_was_written)
{
	struct backend *overlay = begin();

	/* Inside a page, over a seam, whole pages, the short last page. */
	T_EQ(put(overlay, 512, 512, 1), 0);
	T_TRUE(same(overlay, 512));
	T_EQ(put(overlay, 4096 * 3 - 512, 1024, 2), 0);
	T_TRUE(same(overlay, 512));
	T_EQ(put(overlay, 4096 * 5, 4096 * 3, 3), 0);
	T_TRUE(same(overlay, 777));
	T_EQ(put(overlay, SIZE - 512, 512, 4), 0);
	T_TRUE(same(overlay, 512));
	T_EQ(put(overlay, 4096 * 9 + 1, 4096 * 2 + 7, 5), 0);
	T_TRUE(same(overlay, 4095));
	/* And again over that. */
	T_EQ(put(overlay, 4096 * 2, 4096 * 9, 6), 0);
	T_TRUE(same(overlay, 8192));
	end(overlay);
}

TEST(overlay, takes_any_pieces)
{
	struct backend *overlay = begin();
	struct iovec iov[5];
	size_t at = 3000, lengths[] = { 1, 0, 5000, 95, 8192 };
	static uint8_t bytes[5][8192];
	unsigned i;

	for (i = 0; i < 5; i++) {
		for (size_t j = 0; j < lengths[i]; j++)
			bytes[i][j] = (uint8_t)(i * 50 + j * 3);
		memcpy(expect + at, bytes[i], lengths[i]);
		iov[i] = (struct iovec) { bytes[i], lengths[i] };
		at += lengths[i];
	}
	T_EQ(backend_pwritev(overlay, iov, 5, 3000), 0);
	T_TRUE(same(overlay, 1234));
	for (i = 0, at = 3000; i < 5; i++) {
		memset(bytes[i], 0, sizeof(bytes[i]));
		iov[i] = (struct iovec) { bytes[i], lengths[i] };
	}
	T_EQ(backend_preadv(overlay, iov, 5, 3000), 0);
	for (i = 0; i < 5; i++) {
		T_TRUE(memcmp(bytes[i], expect + at, lengths[i]) == 0);
		at += lengths[i];
	}
	end(overlay);
}

TEST(overlay, ends_where_what_is_below_ends)
{
	struct backend *overlay = begin();
	uint8_t byte[2] = { 0 };
	struct iovec iov = { byte, 2 };

	T_EQ(backend_preadv(overlay, &iov, 1, SIZE - 1), EINVAL);
	T_EQ(backend_pwritev(overlay, &iov, 1, SIZE - 1), EINVAL);
	end(overlay);
}

TEST(overlay, passes_errors_on)
{
	struct backend *overlay = begin();
	uint8_t bytes[8192] = { 0 };
	struct iovec iov = { bytes, sizeof(bytes) };

	T_EQ(put(overlay, 0, 512, 9), 0);
	below.error = EIO;
	iov.iov_len = 512;
	T_EQ(backend_preadv(overlay, &iov, 1, 4096), EIO);
	/* A page that cannot be filled is not made up. */
	T_EQ(backend_pwritev(overlay, &iov, 1, 4096), EIO);
	iov.iov_len = 8192;
	T_EQ(backend_preadv(overlay, &iov, 1, 0), EIO);
	T_EQ(backend_pwritev(overlay, &iov, 1, 4096), EIO);
	/* What is in memory is read without what lies below. */
	iov.iov_len = 4096;
	T_EQ(backend_preadv(overlay, &iov, 1, 0), 0);
	T_TRUE(memcmp(bytes, expect, 4096) == 0);
	below.error = 0;
	T_TRUE(same(overlay, 4096));
	end(overlay);
}

/* More pages than there are buckets at first, in no order. */
TEST(overlay, keeps_many_pages_apart)
{
	enum { PAGES = 20000, WRITES = 6000 };
	static uint32_t last[PAGES];
	struct backend *medium, *overlay;
	uint32_t x = 1, value, wrong = 0;
	struct iovec iov = { &value, sizeof(value) };

	memset(last, 0, sizeof(last));
	T_REQUIRE(
	    backend_memory_new((uint64_t)PAGES * 4096, true, &medium) == 0);
	T_REQUIRE(backend_overlay_new(medium, &overlay) == 0);
	for (value = 1; value <= WRITES; value++) {
		x = x * 1664525 + 1013904223;
		last[(x >> 8) % PAGES] = value;
		T_EQ(backend_pwritev(overlay, &iov, 1,
			 (uint64_t)((x >> 8) % PAGES) * 4096 + 8),
		    0);
	}
	for (unsigned i = 0; i < PAGES; i++) {
		T_EQ(backend_preadv(overlay, &iov, 1, (uint64_t)i * 4096 + 8),
		    0);
		wrong += value != last[i];
	}
	T_EQ(wrong, 0);
	backend_close(overlay);
}

/*
 * --- zeros ---
 */

static void
zero(struct backend *overlay, uint64_t offset, uint64_t length, bool discard)
{
	memset(expect + offset, 0, length);
	T_EQ(discard ? backend_discard(overlay, offset, length) :
		       backend_write_zeroes(overlay, offset, length, true),
	    0);
}

static void
check_all(struct backend *overlay)
{
	struct iovec iov = { got, SIZE };

	T_EQ(backend_preadv(overlay, &iov, 1, 0), 0);
	T_TRUE(memcmp(got, expect, SIZE) == 0);
}

TEST(overlay, zeros_hide_what_lies_below)
{
	struct backend *overlay = begin();

	T_TRUE(overlay->can_discard && overlay->discard_zeroes);
	zero(overlay, 4096, 8192, true);
	check_all(overlay);
	/* Parts of pages, at both ends and inside one. */
	zero(overlay, 20480 + 512, 3 * 4096, false);
	zero(overlay, 40960 + 512, 1024, false);
	check_all(overlay);
	/* The end, which is no whole page. */
	zero(overlay, SIZE - 4096, 4096, true);
	check_all(overlay);
	T_EQ(below.writes, 0);
	backend_close(overlay);
}

TEST(overlay, zeros_and_writes_in_any_order)
{
	struct backend *overlay = begin();
	uint64_t state = 5, offset, length;
	struct iovec iov;

	for (unsigned i = 0; i < 2000; i++) {
		state = state * UINT64_C(6364136223846793005) + 1;
		length = (1 + (state >> 40) % 24) * 512;
		offset = (state >> 20) % ((SIZE - length) / 512) * 512;
		switch ((state >> 60) % 3) {
		case 0:
			zero(overlay, offset, length, (state >> 58) & 1);
			break;
		case 1:
			memset(expect + offset, (int)i, length);
			memset(got, (int)i, length);
			iov = (struct iovec) { got, length };
			T_EQ(backend_pwritev(overlay, &iov, 1, offset), 0);
			break;
		default:
			iov = (struct iovec) { got, length };
			T_EQ(backend_preadv(overlay, &iov, 1, offset), 0);
			T_TRUE(memcmp(got, expect + offset, length) == 0);
		}
	}
	check_all(overlay);
	T_EQ(below.writes, 0);
	backend_close(overlay);
}

/* What is not the overlay's is read from below in one go. */
TEST(overlay, reads_below_at_once)
{
	struct backend *overlay = begin();
	struct iovec iov = { got, 16 * 4096 };

	T_EQ(backend_preadv(overlay, &iov, 1, 512), 0);
	T_EQ(below.reads, 1);
	/* Three pieces: before, the zeros, behind. */
	zero(overlay, 4096, 4096, true);
	below.reads = 0;
	iov = (struct iovec) { got, 16 * 4096 };
	T_EQ(backend_preadv(overlay, &iov, 1, 512), 0);
	T_EQ(below.reads, 2);
	backend_close(overlay);
}

static uint64_t
resident_kib(void)
{
	unsigned long pages = 0, all;
	FILE *f = fopen("/proc/self/statm", "re");

	T_REQUIRE(f != NULL);
	T_EQ(fscanf(f, "%lu %lu", &all, &pages), 2);
	(void)fclose(f);
	return (pages * 4);
}

/* A disk of 1 TiB takes what was written, and no more. */
TEST(overlay, a_huge_disk_takes_no_memory)
{
	const uint64_t size = UINT64_C(1) << 40;
	struct backend *overlay, *hole;
	struct iovec iov;
	uint64_t before;

	tempfile_make(NULL, (off_t)size);
	T_REQUIRE(
	    backend_file_open(tempfile_path, true, &hole, (char *)got) == 0);
	T_EQ(backend_overlay_new(hole, &overlay), 0);
	before = resident_kib();
	memset(expect, 7, 8192);
	for (unsigned i = 0; i < 1000; i++) {
		iov = (struct iovec) { expect, 4096 };
		T_EQ(backend_pwritev(overlay, &iov, 1,
			 size / 1000 / 512 * 512 * i),
		    0);
	}
	T_TRUE(resident_kib() < before + (16 << 10));
	T_EQ(backend_discard(overlay, 512, size - 1024), 0);
	iov = (struct iovec) { got, 8192 };
	T_EQ(backend_preadv(overlay, &iov, 1, size / 2), 0);
	for (unsigned i = 0; i < 8192; i++)
		T_REQUIRE(got[i] == 0);
	iov = (struct iovec) { got, 1024 };
	T_EQ(backend_preadv(overlay, &iov, 1, 0), 0);
	T_EQ(got[511], 7);
	T_EQ(got[512], 0);
	T_TRUE(resident_kib() < before + (16 << 10));
	backend_close(overlay);
	tempfile_remove();
}
