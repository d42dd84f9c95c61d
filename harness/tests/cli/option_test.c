/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Options of the `ringside` command: each bad value is one line and status 2,
 * and what --help says fits a terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/diskopt.h"
#include "tests/cli/liar.h"
#include "tests/cli/program.h"
#include "tests/test.h"

static const struct {
	const char *args;
	const char *says;
} bad[] = {
	{ "run --x",
	    "ringside run: unrecognized option '--x'; try "
	    "`ringside run --help`\n" },
	{ "run -x", "ringside run: unrecognized option '-x'; try " },
	{ "run --x=1", "unrecognized option '--x'; try " },
	{ "run --disk", "option '--disk' wants a value; try " },
	{ "run --write=1", "option '--write' takes no value; try " },
	{ "run --se 1", "option '--se' is ambiguous; try " },
	{ "run -- word", "'word' is not an option; try " },
	{ "ps --x",
	    "ringside ps: unrecognized option '--x'; try "
	    "`ringside ps --help`\n" },
	{ "run --disk ''",
	    "ringside: --disk wants the name of a file, not ''\n" },
	{ "ps --disk ''", "--disk wants the name of a file" },
	{ "run --disk d --copy-to ''", "--copy-to wants the name" },
	{ "run --size 4M --json ''", "--json wants the name" },
	{ "run --size 0", "--size wants a number from 512 to " },
	{ "run --size 1000", "--size wants a multiple of 512" },
	{ "run --size 4M --bs 0", "--bs wants a number from 60 " },
	{ "run --size 4M --bs 513", "--bs wants a multiple of 512" },
	{ "run --size 4M --bs 512K", "to 262144, not '512K'" },
	{ "run --size 4M --seconds 0", "--seconds wants a number" },
	{ "run --size 4M --pattern zap",
	    "--pattern wants mix, read, write, rw, trim, randread, " },
	{ "run --size 4M --transport usb",
	    "ringside: --transport wants modern, transitional or "
	    "legacy, not 'usb'\n" },
	{ "run --size 4M --interrupts irq",
	    "--interrupts wants msix, msix-shared, msi or intx" },
	{ "run --size 4M --queues 0", "--queues wants a number" },
	{ "run --size 4M --queues 33", "from 1 to 32, not '33'" },
	{ "run --size 4M --queue-size 5", "a power of two" },
	{ "run --size 4M --queue-size 65536", "from 4 to 32768" },
	{ "run --size 4M --block-size 513", "a power of two" },
	{ "run --size 4M --block-size 8192", "from 512 to 4096" },
	{ "run --size 4M --reorder 4097", "from 0 to 4096" },
	{ "run --size 4M --features ''", "wants -NAME" },
	{ "run --size 4M --features flush", "not 'flush'" },
	{ "run --size 4M --features=+all", "not '+all'" },
	{ "run --size 4M --features=-flush,", "not ''" },
	{ "run --size 4M --features=-flush,-flsh",
	    "--features: no feature 'flsh'; known are: size_max " },
	{ "run --size 4096512 --block-size 4096",
	    "4096512 bytes are not a multiple of --block-size 4096" },
	{ "run --size 4M --bs 512 --block-size 1024",
	    "--bs 512 is not a multiple of --block-size 1024" },
	{ "run --size 4M --write", "--write wants --disk FILE" },
	{ "run --size 4M --copy-to x", "--copy-to wants --disk FILE" },
	{ "run --disk d --write --read-only",
	    "--write does not go with --read-only" },
	{ "run --size 4M --pattern write --read-only",
	    "--pattern write does not go with --read-only" },
	{ "run --disk d --copy-to e --ops 5",
	    "--ops does not go with --copy-to" },
	{ "run --disk d --copy-to e --seconds 5",
	    "--seconds does not go with --copy-to" },
	{ "run --disk d --copy-to e --pattern read",
	    "--pattern does not go with --copy-to" },
	{ "run --disk d --copy-to e --bs 4K",
	    "--bs does not go with --copy-to" },
	{ "run --disk d --copy-to e --read-only",
	    "--read-only does not go with --copy-to" },
	{ "run --size 4M --features=-discard,-write_zeroes "
	  "--pattern trim -q",
	    "--pattern trim: vbd0 cannot delete" },
	{ "run --size 4M --features=+zoned -q",
	    "--features +zoned: the device does not offer it" },
};

TEST(option, bad_values_are_one_line_and_status_2)
{
	program_begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		program_complains(bad[i].args, bad[i].says, CLI_USAGE);
	program_end();
}

/* What the driver does not take is its fault, not the user's. */
TEST(option, feature_that_the_driver_does_not_take)
{
	program_begin();
	program_complains("run --size 4M -q --features=+secure_erase",
	    "--features +secure_erase: the driver has not taken it",
	    CLI_VIOLATION);
	program_end();
}

TEST(option, help_fits_a_terminal)
{
	static const char *const commands[] = { "--help", "run --help",
		"ps --help" };

	program_begin();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		T_EQ(program_run(commands[i]), CLI_OK);
		T_STR(program.err, "");
		for (char *line = strtok(program.out, "\n"); line != NULL;
		     line = strtok(NULL, "\n")) {
			T_TRUE(strlen(line) <= 80);
			T_TRUE(
			    line[0] == '\0' || line[strlen(line) - 1] != ' ');
		}
	}
	program_end();
}

TEST(option, numbers_are_decimal_or_after_0x_hexadecimal)
{
	uint64_t value;

	liar_hush();
	T_TRUE(cli_number("--n", "010", 0, 100, &value));
	T_EQ(value, 10);
	T_TRUE(cli_number("--n", "0X1fK", 0, 100000, &value));
	T_EQ(value, 31 * 1024);
	T_FALSE(cli_number("--n", "0xg", 0, 100, &value));
	T_FALSE(cli_number("--n", "1f", 0, 100, &value));
	(void)liar_heard();
}

/*
 * --- features ---
 */

static const struct cli_option *
find(const char *name)
{
	static const struct cli_option *const tables[] = { diskopt_options,
		diskopt_disk_options };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct cli_option *o = tables[i]; o->name != NULL;
		     o++)
			if (strcmp(o->name, name) == 0)
				return (o);
	return (NULL);
}

/* The list, and how it comes back in a replay line. */
static void
replays_as(const char *list, const char *expect)
{
	struct diskopt opt = { 0 };
	static struct replay replay;
	char line[1024];

	T_REQUIRE(find("features") != NULL);
	T_TRUE(diskopt_parse(&opt, find("features")->id, list));
	replay_begin(&replay, "run");
	diskopt_replay(&opt, &replay);
	snprintf(line, sizeof(line), "ringside run%s%s",
	    expect[0] != '\0' ? " --features " : "", expect);
	T_STR(replay.text, line);
}

TEST(option, features_come_back_in_the_replay_line)
{
	replays_as("-flush", "-flush");
	replays_as("+mq,-event_idx", "+mq,-event_idx");
	/* The last word counts. */
	replays_as("-flush,+flush", "+flush");
	replays_as("+flush,-flush", "-flush");
	replays_as("-all", "-all");
	replays_as("-all,+flush", "-all,+flush");
	replays_as("-all,-version_1", "-all,-version_1");
	replays_as("+flush,-all", "-all");
}

TEST(option, all_leaves_what_a_device_must_say)
{
	struct diskopt opt = { 0 };

	T_TRUE(diskopt_parse(&opt, find("features")->id, "-all"));
	for (unsigned bit = 0; bit < 64; bit++) {
		const char *name = diskopt_feature_name(bit);

		if (name != NULL)
			T_EQ((opt.without >> bit) & 1,
			    strcmp(name, "version_1") != 0 &&
				strcmp(name, "ro") != 0);
	}
}

TEST(option, device_is_configured)
{
	static const struct {
		const char *name, *value;
	} given[] = { { "transport", "legacy" }, { "interrupts", "msi" },
		{ "queues", "3" }, { "queue-size", "64" },
		{ "block-size", "1K" }, { "reorder", "9" },
		{ "features", "-flush" } };
	struct diskopt opt = { 0 };
	struct session_disk disk = { 0 };

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		T_REQUIRE(find(given[i].name) != NULL);
		T_TRUE(diskopt_is(find(given[i].name)->id));
		T_TRUE(diskopt_parse(&opt, find(given[i].name)->id,
		    given[i].value));
	}
	diskopt_apply(&opt, 77, &disk);
	T_EQ(disk.pci.kind, VPCI_LEGACY);
	T_EQ(disk.pci.msix, VPCI_NO_MSIX);
	T_EQ(disk.pci.msi, 1);
	T_EQ(disk.blk.nqueues, 3);
	T_EQ(disk.blk.queue_size, 64);
	T_EQ(disk.blk.block_size, 1024);
	T_EQ(disk.blk.order.window, 9);
	T_EQ(disk.blk.order.seed, 77);
	T_EQ(disk.blk.without, UINT64_C(1) << 9);
	T_FALSE(diskopt_is('v'));
}
