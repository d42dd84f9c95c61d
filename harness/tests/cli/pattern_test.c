/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the patterns of `ringside run` do to a disk.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/session.h"
#include "cli/workload.h"
#include "tests/cli/liar.h"
#include "tests/test.h"

#define SIZE	   (1u << 20)
#define OPERATIONS 1000

/* The pattern on a disk in memory; verified, and nothing broken. */
static struct mix
play_on(const char *pattern, uint64_t size, uint64_t block, uint32_t block_size)
{
	struct session_config config = { .ndisks = 1, .referee = true };
	struct mix mix = {
		.seed = 3,
		.pattern = pattern_find(pattern),
		.block = block,
		.operations = OPERATIONS,
		.depth = 8,
		.image = -1,
	};
	struct session *session;
	int status;

	T_REQUIRE(mix.pattern != NULL);
	T_REQUIRE(
	    backend_memory_new(size, false, &config.disks[0].backend) == 0);
	config.disks[0].blk.block_size = block_size;
	session = session_open(&config, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "mix", mix_main, &mix));
	T_EQ(session_close(session), CLI_OK);
	T_STR(mix.failure, "");
	T_EQ(mix.failures, 0);
	T_EQ(tally_operations(&mix.tally), OPERATIONS);
	T_EQ(mix.started, OPERATIONS);
	return (mix);
}

TEST(pattern, only_what_the_name_says)
{
	static const struct {
		const char *name;
		bool reads, writes, flushes, deletes;
	} rows[] = {
		{ "mix", true, true, true, false },
		{ "read", true, false, false, false },
		{ "write", false, true, false, false },
		{ "rw", true, true, false, false },
		{ "randread", true, false, false, false },
		{ "randwrite", false, true, false, false },
		{ "randrw", true, true, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mix mix = play_on(rows[i].name, SIZE, 0, 0);

		T_EQ(mix.tally.reads > 0, rows[i].reads);
		T_EQ(mix.tally.writes > 0, rows[i].writes);
		T_EQ(mix.tally.flushes > 0, rows[i].flushes);
		T_EQ(mix.tally.deletes > 0, rows[i].deletes);
		if (i == 0)
			continue;
		T_EQ(mix.tally.bytes_read, mix.tally.reads * 4096);
		T_EQ(mix.tally.bytes_written, mix.tally.writes * 4096);
	}
}

TEST(pattern, transfers_are_of_the_size_asked_for)
{
	struct mix mix = play_on("randrw", SIZE, 16 << 10, 0);

	T_EQ(mix.tally.bytes_read, mix.tally.reads * (16 << 10));
	T_EQ(mix.tally.bytes_written, mix.tally.writes * (16 << 10));
	mix = play_on("mix", SIZE, 1024, 0);
	T_EQ(mix.tally.bytes_read, mix.tally.reads * 1024);
}

/* The end of a disk is not a multiple of anything. */
TEST(pattern, sequences_begin_anew_at_the_end)
{
	struct mix mix = play_on("write", 3 * 512, 1024, 0);

	T_TRUE(mix.tally.bytes_written < OPERATIONS * UINT64_C(1024));
	T_TRUE(mix.tally.bytes_written > OPERATIONS * UINT64_C(512));
	mix = play_on("read", 3 * 512, 0, 0);
	T_TRUE(mix.tally.bytes_read > 0);
}

/* The first writes of a sequence cover the disk without a gap. */
TEST(pattern, sequences_leave_nothing_out)
{
	struct session_config config = { .ndisks = 1, .referee = true };
	struct mix mix = {
		.seed = 3,
		.pattern = pattern_find("write"),
		.operations = SIZE / 4096,
		.depth = 16,
		.image = -1,
	};
	struct session *session;
	int status;

	struct backend *memory;

	T_REQUIRE(backend_memory_new(SIZE, false, &memory) == 0);
	config.disks[0].backend = memory;
	session = session_open(&config, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "mix", mix_main, &mix));
	for (unsigned i = 0; i < SIZE; i += 512) {
		const uint8_t *sector = backend_memory_bytes(memory) + i;

		if (!T_FALSE(
			sector[0] == 0 && memcmp(sector, sector + 1, 511) == 0))
			break;
	}
	T_EQ(session_close(session), CLI_OK);
	T_EQ(mix.failures, 0);
}

TEST(pattern, blocks_of_the_disk_are_respected)
{
	struct mix mix;

	mix = play_on("mix", SIZE, 0, 4096);
	T_EQ(mix.tally.bytes_read % 4096, 0);
	T_EQ(mix.tally.bytes_written % 4096, 0);
	mix = play_on("rw", 3 * 4096, 0, 4096);
	T_TRUE(mix.tally.reads > 0 && mix.tally.writes > 0);
	mix = play_on("mix", 4096, 0, 4096);
	T_EQ(mix.tally.bytes_read, mix.tally.reads * 4096);
}

TEST(pattern, unknown_ones_are_listed)
{
	liar_hush();
	T_TRUE(pattern_find("zap") == NULL);
	T_HAS(liar_heard(), "randtrim or trimmix, not 'zap'\n");
}
