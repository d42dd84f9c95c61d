/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `ringside run --net`, as a user meets it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "tests/cli/program.h"
#include "tests/test.h"

static void
runs(const char *args)
{
	char command[512];

	snprintf(command, sizeof(command), "run -q %s", args);
	T_EQ(program_run(command), CLI_OK);
	T_STR(program.err, "");
	T_HAS(program.out, "verified: every byte");
}

TEST(run_net, loop_and_switch)
{
	program_begin();
	runs("--net loop --ops 3000");
	T_HAS(program.out, "packets     3000 in");
	T_HAS(program.out, "notifications");
	runs("--net loop --ops 1000 --seed 2 --queues 4 --depth 64");
	runs("--net switch:2 --ops 1000");
	runs("--net switch:8 --ops 1000 --seed 3");
	program_end();
}

TEST(run_net, sizes_of_frames)
{
	program_begin();
	runs("--net loop --ops 500 --bs 60");
	runs("--net loop --ops 500 --bs 64");
	runs("--net loop --ops 500 --bs 1514");
	runs("--net loop --ops 500 --bs 9014");
	program_end();
}

TEST(run_net, devices_of_all_kinds)
{
	static const char *const devices[] = { "--transport legacy",
		"--transport transitional", "--interrupts intx",
		"--interrupts msi", "--interrupts msix-shared",
		"--features -all", "--features -mrg_rxbuf", "--features -csum",
		"--features -guest_csum",
		"--features -event_idx,-indirect_desc",
		"--features +mrg_rxbuf,+ctrl_vq", "--queue-size 64" };
	char args[256];

	program_begin();
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		snprintf(args, sizeof(args), "--net loop --ops 500 %s",
		    devices[i]);
		runs(args);
	}
	program_end();
}

/* What was recorded of one run is what another one receives. */
TEST(run_net, capture_out_and_in)
{
	program_begin();
	runs("--net loop --ops 300 --pcap c");
	runs("--net pcap:c");
	runs("--net pcap:c,d --features -mrg_rxbuf");
	T_EQ(program_shell("head -c 5000 c >cut; : >empty; "
			   "head -c 24 c >none"),
	    0);
	program_complains("run -q --net pcap:empty", "pcap:empty", CLI_USAGE);
	program_complains("run -q --net pcap:none", "pcap:none", CLI_USAGE);
	program_complains("run -q --net pcap:nowhere", "No such file",
	    CLI_USAGE);
	T_TRUE(program_run("run -q --net pcap:cut") != CLI_PANIC);
	program_end();
}

TEST(run_net, beside_a_disk)
{
	program_begin();
	runs("--net loop --size 1M --ops 500 --json j");
	T_HAS(program.out, "operations  500");
	T_HAS(program.out, "packets     500");
	T_EQ(program_shell("grep -q '\"packets\": 500' j && "
			   "grep -q '\"per_packet\"' j && "
			   "grep -q mrg_rxbuf j"),
	    0);
	program_end();
}

/* The command in the replay line does the same. */
TEST(run_net, replays)
{
	program_begin();
	T_EQ(program_shell("$RINGSIDE_PROGRAM run -q --net loop --ops 400 "
			   "--seed 9 | grep exits >a; "
			   "$RINGSIDE_PROGRAM run -q --net loop --ops 400 "
			   "--seed 9 | grep exits >b; cmp a b && [ -s a ]"),
	    0);
	program_end();
}

TEST(run_net, says_what_is_wrong)
{
	program_begin();
	program_complains("run --net x", "--net wants loop", CLI_USAGE);
	program_complains("run --net switch:1", "from 2 to 8", CLI_USAGE);
	program_complains("run --net tap:", "the name of an interface",
	    CLI_USAGE);
	program_complains("run --net pcap:", "wants IN", CLI_USAGE);
	program_complains("run --net loop --bs 10000", "at most 9014",
	    CLI_USAGE);
	program_complains("run --net loop --bs 59", "from 60", CLI_USAGE);
	program_complains("run --net loop --pattern read", "wants a disk",
	    CLI_USAGE);
	program_complains("run --net loop --reorder 3", "wants a disk",
	    CLI_USAGE);
	program_complains("run --size 1M --pcap x", "wants --net", CLI_USAGE);
	program_complains("run --net loop --features +flush",
	    "no network device has it", CLI_USAGE);
	program_complains("run --size 1M --features +mrg_rxbuf",
	    "no disk has it", CLI_USAGE);
	program_complains("run --net loop --queue-size 2048", "at most 1024",
	    CLI_USAGE);
	program_end();
}
