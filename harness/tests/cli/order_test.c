/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A device that answers late and out of order, behind the real driver: the
 * mix finds its data, and the referee no fault.
 */
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/workload.h"
#include "model/blk.h"
#include "tests/test.h"

static void
play(const struct vblk_config *blk, uint64_t seed)
{
	struct session_config config = {
		.seed = seed,
		.ndisks = 1,
		.referee = true,
		.max_steps = SESSION_MAX_STEPS,
		.disks[0].blk = *blk,
	};
	struct mix mix = {
		.seed = seed,
		.operations = 1500,
		.depth = 16,
		.image = -1,
	};
	struct session *session;
	int status;

	config.disks[0].blk.order.seed = seed;
	T_REQUIRE(
	    backend_memory_new(1 << 20, false, &config.disks[0].backend) == 0);
	session = session_open(&config, &status);
	T_REQUIRE(session != NULL);
	T_TRUE(session_run(session, "mix", mix_main, &mix));
	T_EQ(session_close(session), CLI_OK);
	T_EQ(mix.failures, 0);
	T_STR(mix.failure, "");
	T_EQ(tally_operations(&mix.tally), 1500);
}

TEST(order, driver_and_referee_accept_any_order)
{
	const struct vblk_config blk = { .order = { .window = 32 } };

	for (uint64_t seed = 1; seed <= 4; seed++)
		play(&blk, seed);
}

TEST(order, driver_and_referee_accept_delays)
{
	const struct vblk_config blk = {
		.queue_size = 32,
		.order = { .window = 5, .max_delay = 3000000 },
	};

	for (uint64_t seed = 1; seed <= 4; seed++)
		play(&blk, seed);
}
