/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Command lines that a shell takes apart again as they were put together.
 */
#include <string.h>

#include "cli/replay.h"
#include "tests/test.h"

static struct replay replay;

TEST(replay, plain_words_stay_plain)
{
	replay_begin(&replay, "run");
	replay_number(&replay, "--seed", UINT64_MAX);
	replay_option(&replay, "--disk", "/tmp/a-b_c.img");
	replay_option(&replay, "--write", NULL);
	T_STR(replay.text,
	    "ringside run --seed 18446744073709551615 "
	    "--disk /tmp/a-b_c.img --write");
}

TEST(replay, other_words_are_quoted)
{
	replay_begin(&replay, "ps");
	replay_option(&replay, "--disk", "my disk$1.img");
	replay_option(&replay, "--disk", "it's");
	replay_option(&replay, "--disk", "");
	T_STR(replay.text,
	    "ringside ps --disk 'my disk$1.img' --disk 'it'\\''s' --disk ''");
}

TEST(replay, too_long_is_cut)
{
	static char name[2 * REPLAY_MAX];

	memset(name, 'a', sizeof(name) - 1);
	replay_begin(&replay, "run");
	replay_option(&replay, "--disk", name);
	replay_option(&replay, "--write", NULL);
	T_EQ(strlen(replay.text), REPLAY_MAX - 1);
}
