/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tally's counting and percentiles, and the numbers of the command line.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/tally.h"
#include "machine/machine.h"
#include "model/pci.h"
#include "tests/cli/liar.h"
#include "tests/test.h"

TEST(tally, counts_operations_and_bytes_by_kind)
{
	static struct tally tally;

	memset(&tally, 0, sizeof(tally));
	tally_operation(&tally, KERNEL_DISK_READ, 512, 10);
	tally_operation(&tally, KERNEL_DISK_READ, 1024, 30);
	tally_operation(&tally, KERNEL_DISK_WRITE, 4096, 20);
	tally_operation(&tally, KERNEL_DISK_FLUSH, 0, 5);
	T_EQ(tally.reads, 2);
	T_EQ(tally.writes, 1);
	T_EQ(tally.flushes, 1);
	T_EQ(tally.bytes_read, 1536);
	T_EQ(tally.bytes_written, 4096);
	T_EQ(tally_operations(&tally), 4);
	T_EQ(tally.latency.slowest, 30);
}

TEST(tally, percentiles_of_small_values_are_exact)
{
	static struct tally tally;

	memset(&tally, 0, sizeof(tally));
	T_EQ(tally_percentile(&tally.latency, 50), 0);
	for (uint64_t ns = 1; ns <= 20; ns++)
		tally_operation(&tally, KERNEL_DISK_READ, 0, ns);
	T_EQ(tally_percentile(&tally.latency, 50), 10);
	T_EQ(tally_percentile(&tally.latency, 90), 18);
	T_EQ(tally_percentile(&tally.latency, 100), 20);
	/* At least one operation is as fast as that. */
	T_EQ(tally_percentile(&tally.latency, 0.001), 1);
}

/* Each value is told as itself, or up to 1/32 above, and never below. */
TEST(tally, percentiles_of_large_values_are_near)
{
	static struct tally tally;
	uint64_t told;

	for (uint64_t ns = 1; ns < UINT64_C(1) << 60; ns += ns / 7 + 1) {
		memset(&tally, 0, sizeof(tally));
		tally_operation(&tally, KERNEL_DISK_READ, 0, ns);
		tally_operation(&tally, KERNEL_DISK_READ, 0, ns * 4);
		T_EQ(tally.latency.slowest, ns * 4);
		T_EQ(tally_percentile(&tally.latency, 100), ns * 4);
		told = tally_percentile(&tally.latency, 50);
		T_TRUE(told >= ns);
		T_TRUE(told - ns <= ns / 32);
	}
}

TEST(tally, slowest_is_kept)
{
	static struct tally tally;

	memset(&tally, 0, sizeof(tally));
	tally_operation(&tally, KERNEL_DISK_READ, 0, 900);
	tally_operation(&tally, KERNEL_DISK_READ, 0, 100);
	T_EQ(tally.latency.slowest, 900);
	/* A percentile is never above what has been seen. */
	T_EQ(tally_percentile(&tally.latency, 99), 900);
}

TEST(tally, takes_what_came_between_start_and_stop)
{
	static struct tally tally;

	T_REQUIRE(machine_init(&(struct machine_config) { 0 }) == 0);
	(void)machine_pci_read(9, 0, 4);
	memset(&tally, 0xff, sizeof(tally));
	tally_start(&tally);
	T_EQ(tally.reads, 0);
	T_EQ(tally.latency.slowest, 0);
	(void)machine_pci_read(9, 0, 4);
	machine_guest_idle(NULL);
	tally_stop(&tally);
	T_EQ(tally.ledger.exits, 3);
	T_EQ(tally.ledger.io_exits, 2);
	T_EQ(tally.ledger.halt_exits, 1);
	T_EQ(tally.ledger.mmio_exits, 0);
	T_EQ(tally.ledger.master_aborts, 1);
	machine_fini();
}

/*
 * --- numbers ---
 */

static bool
number(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
	bool ok;

	liar_hush();
	ok = cli_number("--test", text, low, high, value);
	(void)liar_heard();
	return (ok);
}

static void
is(const char *text, uint64_t expect)
{
	uint64_t value = 0;

	T_TRUE(number(text, 0, UINT64_MAX, &value));
	T_EQ(value, expect);
	T_STR(liar_heard(), "");
}

TEST(number, suffixes_are_powers_of_1024)
{
	is("0", 0);
	is("17", 17);
	is("0x10", 16);
	is("3K", 3072);
	is("3k", 3072);
	is("2M", 2 << 20);
	is("1g", 1 << 30);
	is("5T", UINT64_C(5) << 40);
	is("18446744073709551615", UINT64_MAX);
	is("16777215T", UINT64_C(16777215) << 40);
}

TEST(number, all_else_is_refused)
{
	static const char *const bad[] = { "", "K", "-1", "+1", " 1", "1 ",
		"1KB", "1P", "1kk", "ten", "1.5", "0x", "18446744073709551616",
		"16777216T", "17179869184G" };
	uint64_t value = 99;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		T_FALSE(number(bad[i], 0, UINT64_MAX, &value));
		T_HAS(liar_heard(), "ringside: --test wants a number from 0 ");
	}
	T_EQ(value, 99);
}

TEST(number, bounds_are_inclusive)
{
	uint64_t value;

	T_TRUE(number("4", 4, 4096, &value));
	T_TRUE(number("4K", 4, 4096, &value));
	T_FALSE(number("3", 4, 4096, &value));
	T_FALSE(number("4097", 4, 4096, &value));
	T_STR(liar_heard(),
	    "ringside: --test wants a number from 4 to 4096, not '4097'\n");
	T_FALSE(number("5K", 4, 4096, &value));
}
