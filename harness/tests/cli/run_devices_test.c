/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `ringside run` on every kind of device: transports, interrupts, queues and
 * rings in all combinations.  The bytes are the same, and what the options
 * change is seen in what was negotiated and what it cost.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"
#include "tests/cli/program.h"
#include "tests/test.h"

static bool
negotiated(json_t *all, const char *name)
{
	json_t *list = json_object_get(json_object_get(all, "features"),
		   "negotiated"),
	       *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(item), name) == 0)
			return (true);
	}
	return (false);
}

static uint64_t
cost(json_t *all, const char *name)
{
	json_t *row = json_object_get(json_object_get(all, "cost"), name);

	T_REQUIRE(row != NULL);
	return ((uint64_t)json_integer_value(json_object_get(row, "count")));
}

/* Runs with the options; the results, or NULL after a failed check. */
static json_t *
run(const char *options)
{
	char args[512];
	json_t *all;
	int status;

	snprintf(args, sizeof(args),
	    "run --size 2M --json - --ops 300 --depth 24 %s", options);
	status = program_run(args);
	if (!T_EQ(status, CLI_OK) || !T_STR(program.err, ""))
		printf("    with %s\n", options);
	all = json_loads(program.out, 0, NULL);
	T_TRUE(all != NULL);
	return (all);
}

static void
judge(json_t *all, const char *transport, unsigned queues, const char *features)
{
	const bool legacy = strcmp(transport, "legacy") == 0;

	/* A driver prefers what is modern of a transitional device. */
	T_EQ(negotiated(all, "version_1"), !legacy);
	T_EQ(cost(all, "io_exits") > 0, legacy);
	T_EQ(negotiated(all, "mq"),
	    queues > 1 && strcmp(features, "-all") != 0);
	T_EQ(negotiated(all, "event_idx"), features[0] != '-');
	T_EQ(negotiated(all, "indirect_desc"), features[0] != '-');
	T_EQ(cost(all, "allocations"), 0);
	T_TRUE(cost(all, "irq_injections") > 0);
	T_TRUE(cost(all, "notifications") > 0);
}

static void
all_of(const char *transport)
{
	static const char *const interrupts[] = { "msix", "msix-shared", "msi",
		"intx" };
	static const char *const features[] = { "+event_idx,+indirect_desc",
		"-event_idx,-indirect_desc", "-all" };
	static const unsigned queues[] = { 1, 3 }, sizes[] = { 4, 128 };
	char options[256];
	json_t *all;

	program_begin();
	for (unsigned i = 0; i < 4 * 3 * 2 * 2; i++) {
		const char *f = features[i / 4 % 3];
		unsigned q = queues[i / 12 % 2];

		snprintf(options, sizeof(options),
		    "--transport %s --interrupts %s --features %s --queues "
		    "%u --queue-size %u",
		    transport, interrupts[i % 4], f, q, sizes[i / 24]);
		all = run(options);
		if (all != NULL)
			judge(all, transport, q, f);
		json_decref(all);
	}
	program_end();
}

TEST(run_devices, modern)
{
	all_of("modern");
}

TEST(run_devices, transitional)
{
	all_of("transitional");
}

TEST(run_devices, legacy)
{
	all_of("legacy");
}

/* Out of order, on large blocks, with deletions, sequentially. */
TEST(run_devices, other_options_together)
{
	static const char *const rows[] = {
		"--reorder 1 --depth 1",
		"--reorder 8 --queues 4",
		"--reorder 4096 --queue-size 4 --transport legacy",
		"--block-size 4096 --pattern trimmix",
		"--block-size 1024 --pattern randtrim --queues 2",
		"--pattern trim --features=-discard,+write_zeroes",
		"--pattern rw --bs 64K --queues 2 --reorder 3",
		"--pattern rw --bs 64K --block-size 1024",
		"--pattern read --bs 8K --block-size 4096",
		"--pattern randread --bs 512 --interrupts intx --queues 8",
		"--read-only --features=+ro",
		"--features=-all,-version_1 --transport transitional",
	};

	program_begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_decref(run(rows[i]));
	program_end();
}

/* The copy has two devices, and the options are of both. */
TEST(run_devices, copy)
{
	program_begin();
	program_image("a.img", (1 << 20) + 4096);
	T_EQ(program_run("run --disk a.img --copy-to b.img --transport legacy "
			 "--queues 2 --reorder 5 --queue-size 8 -v"),
	    CLI_OK);
	T_STR(program.err, "");
	T_TRUE(program_same("a.img", "b.img"));
	T_HAS(program.out, "vio_pci0: driven by the legacy interface\n");
	T_HAS(program.out, "vio_pci1: driven by the legacy interface\n");
	program_end();
}

TEST(run_devices, ps)
{
	program_begin();
	program_image("a.img", 1 << 20);
	T_EQ(program_run("ps --disk a.img --transport legacy --interrupts "
			 "intx --queues 2"),
	    CLI_OK);
	T_HAS(program.out, " mix                 running ");
	program_end();
}
