/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tunables hold for one boot: the next kernel starts with what the compiler
 * made of a driver's variables, as one that is loaded anew.
 */
#include "tests/fixture.h"
#include "tests/kernel/tuned.h"
#include "tests/test.h"

static void
expect_defaults(void)
{
	T_EQ(tuned.number, 1);
	T_STR(tuned.name, "one");
	T_EQ(tuned.sysctl_number, 2);
	T_STR(tuned.sysctl_name, "two");
	T_TRUE(tuned.sysctl_flag);
}

TEST(tunable, holds_for_one_boot)
{
	kernel_setenv("hw.tuned.number", "10");
	kernel_setenv("hw.tuned.count", "11");
	kernel_setenv("hw.tuned.name", "ten");
	kernel_setenv("debug.tuned.number", "20");
	kernel_setenv("debug.tuned.name", "twenty");
	kernel_setenv("debug.tuned.flag", "0");
	fixture_boot(NULL);
	T_TRUE(tuned.number == 10 || tuned.number == 11);
	T_STR(tuned.name, "ten");
	T_EQ(tuned.sysctl_number, 20);
	T_STR(tuned.sysctl_name, "twenty");
	T_FALSE(tuned.sysctl_flag);
	fixture_halt();
	expect_defaults();
	fixture_boot(NULL);
	expect_defaults();
	fixture_halt();
}

static void
write_number(void *arg)
{
	(void)arg;
	T_EQ(kernel_sysctl_write("debug.tuned.number", "5"), 0);
	T_EQ(tuned.sysctl_number, 5);
}

/* What was written later is no more than a variable, either. */
TEST(tunable, forgets_what_was_written)
{
	fixture_boot(NULL);
	fixture_run(write_number, NULL);
	fixture_halt();
	expect_defaults();
}
