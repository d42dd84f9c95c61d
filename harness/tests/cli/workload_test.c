/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The workloads of `ringside run` on media that lie: each lie must be seen,
 * and the first wrong sector named.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "cli/workload.h"
#include "tests/cli/liar.h"
#include "tests/test.h"

#define SIZE (1u << 20)

static struct session *
open_session(struct liar *liars, unsigned n, const uint64_t *sizes, int image)
{
	struct session_config config = { .ndisks = n, .referee = true };
	struct session *session;
	int status;

	for (unsigned i = 0; i < n; i++)
		config.disks[i].backend =
		    liar_new(&liars[i], sizes[i], i == 0 ? image : -1);
	session = session_open(&config, &status);
	T_REQUIRE(session != NULL);
	return (session);
}

/* Runs the mix; drivers and kernel have done nothing wrong in any case. */
static void
play(struct mix *mix, struct liar *liar, uint64_t size)
{
	struct session *session = open_session(liar, 1, &size, mix->image);

	T_TRUE(session_run(session, "mix", mix_main, mix));
	T_EQ(session_close(session), CLI_OK);
}

static struct mix
mix_of(uint64_t operations)
{
	return ((struct mix) {
	    .seed = 5,
	    .operations = operations,
	    .depth = 8,
	    .image = -1,
	});
}

TEST(mix, honest_medium_passes)
{
	struct mix mix = mix_of(2000);
	struct liar liar = { .lie = HONEST };

	play(&mix, &liar, SIZE);
	T_EQ(mix.failures, 0);
	T_STR(mix.failure, "");
	T_EQ(tally_operations(&mix.tally), 2000);
	T_TRUE(mix.tally.reads > 1000);
	T_TRUE(mix.tally.writes > 500);
	T_EQ(mix.tally.flushes, liar.flushes);
	T_TRUE(mix.tally.flushes > 20);
	/* What the kernel had counted before is not the workload's. */
	T_EQ(mix.tally.kernel.bios, 2000);
	T_EQ(mix.tally.kernel.bounced_pages, 0);
	T_EQ(mix.tally.kernel.mallocs, 0);
}

static void
sees(enum lie lie, uint64_t from, uint64_t times)
{
	struct mix mix = mix_of(2000);
	struct liar liar = { .lie = lie, .from = from, .times = times };

	play(&mix, &liar, SIZE);
	T_TRUE(liar.lies > 0);
	T_TRUE(mix.failures > 0);
	T_HAS(mix.failure, "sector ");
	T_HAS(mix.failure, "reads back wrong, in a read of");
}

TEST(mix, sees_a_lost_write)
{
	sees(LOSE_WRITE, 100, 1);
}

TEST(mix, sees_a_misplaced_write)
{
	sees(MISPLACE_WRITE, 100, 1);
}

TEST(mix, sees_a_torn_write)
{
	/* A write of one sector cannot be torn. */
	sees(TEAR_WRITE, 100, 10);
}

TEST(mix, sees_a_flipped_bit_on_the_medium)
{
	sees(FLIP_WRITE, 100, 1);
}

TEST(mix, sees_a_bit_flipped_once_on_the_way)
{
	sees(FLIP_READ, 500, 1);
}

TEST(mix, sees_stale_data)
{
	sees(STALE_READ, 100, 1);
}

TEST(mix, sees_another_sectors_data)
{
	sees(SWAP_READ, 100, 1);
}

TEST(mix, sees_a_read_that_transfers_nothing)
{
	sees(EMPTY_READ, 100, 1);
}

TEST(mix, names_the_sector)
{
	struct mix mix = mix_of(1);
	struct liar liar = { .lie = FLIP_READ, .from = 1, .times = 1 };

	/* One sector, which the only operation or the last read is on. */
	mix.depth = 1;
	play(&mix, &liar, 512);
	T_EQ(mix.failures, 1);
	T_HAS(mix.failure, "sector 0 (version ");
	T_HAS(mix.failure, "in a read of 1 sectors at 0");
}

/* Few operations on much space: none meets what another wrote. */
TEST(mix, reads_all_once_more_at_the_end)
{
	struct mix mix = mix_of(30);
	struct liar honest = { .lie = HONEST };
	struct liar liar = { .lie = LOSE_WRITE };

	play(&mix, &honest, 64 << 20);
	T_EQ(mix.failures, 0);
	/* Every sector, so all of it, a quarter of a megabyte at a time. */
	T_TRUE(honest.reads >= 256);
	mix = mix_of(30);
	play(&mix, &liar, 64 << 20);
	T_TRUE(mix.tally.writes > 0);
	T_EQ(tally_operations(&mix.tally), 30);
	T_EQ(mix.failures, 1);
	T_HAS(mix.failure, "reads back wrong, in a read of 512 sectors");
}

/*
 * On one sector and with one buffer, a read that transfers nothing finds in
 * the buffer what was written last, unless the buffer is spoilt first.
 */
static void
empty_reads(uint64_t from)
{
	struct mix mix = mix_of(60);
	struct liar liar = { .lie = EMPTY_READ, .from = from };

	mix.depth = 1;
	play(&mix, &liar, 512);
	T_TRUE(liar.lies > 0);
	T_TRUE(mix.failures > 0);
}

TEST(mix, spoils_the_buffer_before_each_read)
{
	struct mix mix = mix_of(60);
	struct liar liar = { .lie = HONEST };

	mix.depth = 1;
	play(&mix, &liar, 512);
	T_EQ(mix.failures, 0);
	T_TRUE(liar.writes > 0);
	empty_reads(2);
	/* Only the last: the one that reads all once more. */
	empty_reads(liar.reads);
}

TEST(mix, image_is_what_unwritten_sectors_hold)
{
	struct mix mix = mix_of(300);
	struct liar honest = { .lie = HONEST }, liar = { .lie = FLIP_READ };
	FILE *image = tmpfile();

	T_REQUIRE(image != NULL);
	mix.read_only = true;
	mix.image = fileno(image);
	play(&mix, &honest, SIZE);
	T_EQ(mix.failures, 0);
	T_EQ(honest.writes, 0);
	T_EQ(mix.tally.writes, 0);
	mix = mix_of(300);
	mix.image = fileno(image);
	liar.from = 50;
	liar.times = 1;
	play(&mix, &liar, SIZE);
	T_EQ(mix.failures, 1);
	fclose(image);
}

struct spoiler {
	struct liar *liar;
	int image;
	bool done;
};

/* A stray write: it reaches the medium, which is the image. */
static void
spoil_both(void *arg)
{
	struct spoiler *spoiler = arg;
	uint8_t *byte = &spoiler->liar->bytes[7 * 512 + 3];

	if (spoiler->done)
		return;
	spoiler->done = true;
	*byte ^= 1;
	T_EQ(pwrite(spoiler->image, byte, 1, 7 * 512 + 3), 1);
}

TEST(mix, image_that_is_written_to_is_remembered)
{
	struct mix mix = mix_of(300);
	struct liar liar = { .lie = HONEST };
	struct spoiler spoiler = { .liar = &liar };
	FILE *image = tmpfile();

	T_REQUIRE(image != NULL);
	mix.read_only = true;
	mix.image_changes = true;
	mix.image = spoiler.image = fileno(image);
	liar.each = spoil_both;
	liar.arg = &spoiler;
	play(&mix, &liar, SIZE);
	T_TRUE(spoiler.done);
	T_TRUE(mix.failures > 0);
	T_HAS(mix.failure, "sector 7 (version 0) reads back wrong");
	fclose(image);
}

TEST(mix, image_that_has_shrunk_is_said)
{
	struct mix mix = mix_of(20);
	struct liar liar = { .lie = HONEST };
	uint64_t size = SIZE;
	FILE *image = tmpfile();
	struct session *session;

	T_REQUIRE(image != NULL);
	mix.image = fileno(image);
	session = open_session(&liar, 1, &size, mix.image);
	T_EQ(ftruncate(mix.image, 512), 0);
	T_TRUE(session_run(session, "mix", mix_main, &mix));
	T_EQ(session_close(session), CLI_OK);
	T_TRUE(mix.failures > 0);
	T_HAS(mix.failure, "it has become shorter");
	fclose(image);
}

static void
reports(enum lie lie, const char *what)
{
	struct mix mix = mix_of(400);
	struct liar liar = { .lie = lie, .from = 3, .times = 2 };

	play(&mix, &liar, SIZE);
	T_EQ(liar.lies, 2);
	T_TRUE(mix.failures >= 2);
	T_HAS(mix.failure, what);
	T_HAS(mix.failure, ": EIO");
	T_EQ(tally_operations(&mix.tally), 398);
}

TEST(mix, reports_operations_that_fail)
{
	reports(FAIL_READ, "read of ");
	reports(FAIL_WRITE, "write of ");
	reports(FAIL_FLUSH, "flush: EIO");
}

TEST(mix, reports_when_the_last_read_fails)
{
	struct mix mix = mix_of(60);
	struct liar liar = { .lie = HONEST };

	play(&mix, &liar, SIZE);
	liar = (struct liar) { .lie = FAIL_READ, .from = liar.reads };
	mix = mix_of(60);
	play(&mix, &liar, SIZE);
	T_EQ(mix.failures, 1);
	T_HAS(mix.failure, "the last read of ");
}

/* What comes after it is only counted; what a failed write did, is not. */
TEST(mix, first_failure_is_kept)
{
	struct mix mix = mix_of(1000);
	struct liar liar = { .lie = FAIL_WRITE, .from = 20, .times = 20 };

	play(&mix, &liar, 4096);
	T_EQ(mix.failures, 20);
	T_EQ(mix.errors, 20);
	T_HAS(mix.failure, "write of ");
}

/* Of a large disk the beginning and the end: 128 MiB of each. */
TEST(mix, plays_at_both_ends_of_a_large_disk)
{
	const uint64_t mib = 1 << 20, size = 300 * mib;
	struct mix mix = mix_of(100);
	struct liar liar = { .lie = HONEST };

	play(&mix, &liar, size);
	T_EQ(mix.failures, 0);
	T_EQ(liar.highest, size);
	/* What lies between is left alone. */
	T_EQ(liar.near_middle, 0);
}

/* Others may be on all of a small disk: then one waits, and not for ever. */
TEST(mix, small_disks_and_great_depth)
{
	static const uint64_t sizes[] = { 512, 1024, 1536, 4096, 16384 };

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct mix mix = mix_of(300);
		struct liar liar = { .lie = HONEST };

		mix.depth = WORKLOAD_DEPTH_MAX;
		play(&mix, &liar, sizes[i]);
		T_EQ(mix.failures, 0);
		T_EQ(tally_operations(&mix.tally), 300);
	}
}

TEST(mix, without_a_disk_says_so)
{
	struct session_config config = { .ndisks = 0 };
	struct mix mix = mix_of(10);
	struct session *session;
	int status;

	session = session_open(&config, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "mix", mix_main, &mix));
	T_EQ(session_close(session), CLI_OK);
	T_EQ(mix.failures, 1);
	T_HAS(mix.failure, "no disk 0");
}

/*
 * --- the copy ---
 */

/* A size that no chunk divides. */
#define ODD_SIZE (SIZE - 3 * 512)

static struct copy
copy_on(struct liar *liars, uint64_t from, uint64_t to, unsigned depth)
{
	struct copy copy = { .depth = depth, .chunk = 64 << 10 };
	const uint64_t sizes[2] = { from, to };
	struct session *session;
	FILE *image = tmpfile();

	T_REQUIRE(image != NULL);
	session = open_session(liars, 2, sizes, fileno(image));
	T_TRUE(session_run(session, "copy", copy_main, &copy));
	T_EQ(session_close(session), CLI_OK);
	fclose(image);
	return (copy);
}

TEST(copy, honest_media_pass)
{
	static const unsigned depths[] = { 1, 2, 7, 64 };

	for (unsigned i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		struct liar liars[2] = { { .lie = HONEST } };
		struct copy copy;

		copy = copy_on(liars, ODD_SIZE, ODD_SIZE, depths[i]);
		T_EQ(copy.failures, 0);
		T_EQ(copy.tally.bytes_read, ODD_SIZE);
		T_EQ(copy.tally.bytes_written, ODD_SIZE);
		T_EQ(copy.tally.reads, 16);
		T_EQ(copy.tally.writes, 16);
		T_EQ(copy.tally.flushes, 1);
		/* The target is flushed, both are read again. */
		T_EQ(liars[0].flushes, 0);
		T_EQ(liars[1].flushes, 1);
		T_EQ(liars[0].reads, 32);
		T_EQ(liars[1].reads, 16);
	}
}

static void
copy_sees(unsigned disk, enum lie lie, uint64_t from, const char *what)
{
	struct liar liars[2] = { { .lie = HONEST } };
	struct copy copy;
	char where[32];

	liars[disk].lie = lie;
	liars[disk].from = from;
	liars[disk].times = 1;
	copy = copy_on(liars, ODD_SIZE, ODD_SIZE, 4);
	T_EQ(liars[disk].lies, 1);
	T_EQ(copy.failures, 1);
	T_HAS(copy.failure, what);
	if (lie == LOSE_WRITE) {
		snprintf(where, sizeof(where), "bytes at %llu",
		    (unsigned long long)liars[disk].where);
		T_HAS(copy.failure, where);
	}
}

TEST(copy, sees_what_the_target_lost_or_changed)
{
	for (uint64_t i = 1; i <= 16; i++)
		copy_sees(1, LOSE_WRITE, i,
		    "disk 1 differs from disk 0 in the ");
	copy_sees(1, MISPLACE_WRITE, 3, "disk 1 differs");
	copy_sees(1, TEAR_WRITE, 3, "disk 1 differs");
	copy_sees(1, FLIP_WRITE, 16, "disk 1 differs");
	copy_sees(1, EMPTY_READ, 1, "disk 1 differs");
	copy_sees(1, EMPTY_READ, 2, "disk 1 differs");
	/* What the source changed on the way is another copy, too. */
	copy_sees(0, FLIP_READ, 7, "disk 1 differs");
}

/* All of the source is the same: what was read before would pass. */
TEST(copy, spoils_the_buffer_before_it_compares)
{
	struct liar liars[2] = { { .lie = HONEST },
		{ .lie = EMPTY_READ, .from = 5 } };
	struct copy copy = { .depth = 2, .chunk = 64 << 10 };
	const uint64_t sizes[2] = { SIZE, SIZE };
	struct session *session;

	session = open_session(liars, 2, sizes, -1);
	T_TRUE(session_run(session, "copy", copy_main, &copy));
	T_EQ(session_close(session), CLI_OK);
	T_EQ(copy.failures, 1);
	T_HAS(copy.failure, "in the 65536 bytes at 262144");
}

TEST(copy, reports_operations_that_fail)
{
	copy_sees(0, FAIL_READ, 5, "read from disk 0 of 65536 bytes at");
	copy_sees(1, FAIL_WRITE, 5, "write to disk 1 of 65536 bytes at");
	copy_sees(1, FAIL_FLUSH, 1, "flush of disk 1: EIO");
	copy_sees(0, FAIL_READ, 20, "reading back at 196608: EIO");
	copy_sees(1, FAIL_READ, 1, "reading back at 0: EIO");
}

TEST(copy, stops_after_a_failure)
{
	struct liar liars[2] = { { .lie = HONEST }, { .lie = FAIL_WRITE } };
	struct copy copy;

	copy = copy_on(liars, ODD_SIZE, ODD_SIZE, 2);
	T_EQ(copy.failures, 2);
	T_EQ(liars[1].writes, 2);
	/* Nobody compares what was not copied. */
	T_EQ(liars[1].reads, 0);
	/* One failure is enough: the other buffer stops, too. */
	liars[0] = (struct liar) { .lie = HONEST };
	liars[1] = (struct liar) { .lie = FAIL_WRITE, .times = 1 };
	copy = copy_on(liars, ODD_SIZE, ODD_SIZE, 2);
	T_EQ(copy.failures, 1);
	T_TRUE(liars[1].writes < 8);
}

TEST(copy, sizes_must_be_the_same)
{
	struct liar liars[2] = { { .lie = HONEST } };
	struct copy copy;

	copy = copy_on(liars, ODD_SIZE, SIZE, 2);
	T_EQ(copy.failures, 1);
	T_HAS(copy.failure, "disk 1 has 1048576 bytes, disk 0 has 1047040");
	T_EQ(liars[1].writes, 0);
	copy = copy_on(liars, SIZE, ODD_SIZE, 2);
	T_EQ(copy.failures, 1);
}

TEST(copy, without_a_target_says_so)
{
	struct liar liar = { .lie = HONEST };
	struct copy copy = { .depth = 2, .chunk = 64 << 10 };
	struct session *session;
	uint64_t size = SIZE;

	session = open_session(&liar, 1, &size, -1);
	T_TRUE(session_run(session, "copy", copy_main, &copy));
	T_EQ(session_close(session), CLI_OK);
	T_EQ(copy.failures, 1);
	T_HAS(copy.failure, "no disk 1");
}
