/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rman(9): reserving parts of a range, sharing them, and giving them back.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/rman.h>

#include "tests/test.h"

static struct rman rm;

static void
setup(void)
{
	bzero(&rm, sizeof(rm));
	rm.rm_type = RMAN_ARRAY;
	rm.rm_descr = "test";
	T_REQUIRE(rman_init(&rm) == 0);
	T_REQUIRE(rman_manage_region(&rm, 0x1000, 0x1fff) == 0);
}

static bool
is_all_free(void)
{
	rman_res_t start = 0, end = 0;

	return (rman_first_free_region(&rm, &start, &end) == 0 &&
	    start == 0x1000 && end == 0x1fff);
}

KERNEL_TEST(rman, gives_what_was_asked_for)
{
	struct resource *r;

	setup();
	r = rman_reserve_resource(&rm, 0x1200, 0x12ff, 0x100, 0, NULL);
	T_REQUIRE(r != NULL);
	T_EQ(rman_get_start(r), 0x1200);
	T_EQ(rman_get_end(r), 0x12ff);
	T_EQ(rman_get_size(r), 0x100);
	T_TRUE(rman_reserve_resource(&rm, 0x1200, 0x12ff, 1, 0, NULL) == NULL);
	T_EQ(rman_release_resource(r), 0);
	T_TRUE(is_all_free());
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST(rman, aligns)
{
	struct resource *a, *b;

	setup();
	a = rman_reserve_resource(&rm, 0, ~0ul, 0x10, 0, NULL);
	b = rman_reserve_resource(&rm, 0, ~0ul, 0x100, RF_ALIGNMENT_LOG2(9),
	    NULL);
	T_REQUIRE(a != NULL && b != NULL);
	T_EQ(rman_get_start(a), 0x1000);
	T_EQ(rman_get_start(b), 0x1200);
	rman_release_resource(a);
	rman_release_resource(b);
	T_TRUE(is_all_free());
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST(rman, keeps_off_boundaries)
{
	struct resource *a, *b;

	setup();
	a = rman_reserve_resource(&rm, 0, ~0ul, 0xc0, 0, NULL);
	b = rman_reserve_resource_bound(&rm, 0, ~0ul, 0x80, 0x100, 0, NULL);
	T_REQUIRE(a != NULL && b != NULL);
	T_EQ(rman_get_start(b), 0x1100);
	T_TRUE(rman_reserve_resource_bound(&rm, 0, ~0ul, 0x180, 0x100, 0,
		   NULL) == NULL);
	rman_release_resource(b);
	rman_release_resource(a);
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST(rman, is_used_up_and_not_beyond)
{
	struct resource *r[16];

	setup();
	for (int i = 0; i < 16; i++) {
		r[i] = rman_reserve_resource(&rm, 0, ~0ul, 0x100, 0, NULL);
		T_REQUIRE(r[i] != NULL);
		T_EQ(rman_get_start(r[i]), 0x1000 + i * 0x100);
	}
	T_TRUE(rman_reserve_resource(&rm, 0, ~0ul, 1, 0, NULL) == NULL);
	T_EQ(rman_fini(&rm), EBUSY);
	/* In an order in which neighbours on either side are joined. */
	for (int i = 0; i < 16; i += 2)
		rman_release_resource(r[i]);
	for (int i = 15; i > 0; i -= 2)
		rman_release_resource(r[i]);
	T_TRUE(is_all_free());
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST(rman, shares_only_when_both_agree)
{
	struct resource *a, *b, *c;

	setup();
	a = rman_reserve_resource(&rm, 0x1010, 0x1010, 1, RF_SHAREABLE, NULL);
	b = rman_reserve_resource(&rm, 0x1010, 0x1010, 1, RF_SHAREABLE, NULL);
	T_REQUIRE(a != NULL && b != NULL);
	T_TRUE(a != b);
	T_TRUE(rman_reserve_resource(&rm, 0x1010, 0x1010, 1, 0, NULL) == NULL);
	/* The first one goes, and the second still has it. */
	rman_release_resource(a);
	T_TRUE(rman_reserve_resource(&rm, 0x1010, 0x1010, 1, 0, NULL) == NULL);
	rman_release_resource(b);
	c = rman_reserve_resource(&rm, 0x1010, 0x1010, 1, 0, NULL);
	T_REQUIRE(c != NULL);
	T_TRUE(rman_reserve_resource(&rm, 0x1010, 0x1010, 1, RF_SHAREABLE,
		   NULL) == NULL);
	rman_release_resource(c);
	T_TRUE(is_all_free());
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST(rman, refuses_overlapping_and_outlying_regions)
{
	bzero(&rm, sizeof(rm));
	rm.rm_type = RMAN_ARRAY;
	rm.rm_start = 0x1000;
	rm.rm_end = 0x2fff;
	T_REQUIRE(rman_init(&rm) == 0);
	T_EQ(rman_manage_region(&rm, 0x1000, 0x1fff), 0);
	T_EQ(rman_manage_region(&rm, 0x1800, 0x27ff), EBUSY);
	T_EQ(rman_manage_region(&rm, 0x2000, 0x3000), EINVAL);
	T_EQ(rman_manage_region(&rm, 0x2000, 0x2fff), 0);
	/* The two have become one. */
	T_TRUE(rman_reserve_resource(&rm, 0x1000, 0x2fff, 0x2000, 0, NULL) !=
	    NULL);
}

KERNEL_TEST(rman, adjusts_ends)
{
	struct resource *a, *b;

	setup();
	a = rman_reserve_resource(&rm, 0x1100, 0x11ff, 0x100, 0, NULL);
	b = rman_reserve_resource(&rm, 0x1400, 0x14ff, 0x100, 0, NULL);
	T_REQUIRE(a != NULL && b != NULL);
	T_EQ(rman_adjust_resource(a, 0x1080, 0x13ff), 0);
	T_EQ(rman_get_size(a), 0x380);
	T_EQ(rman_adjust_resource(a, 0x1080, 0x1400), EBUSY);
	T_EQ(rman_adjust_resource(a, 0x1100, 0x117f), 0);
	T_TRUE(
	    rman_reserve_resource(&rm, 0x1180, 0x13ff, 0x280, 0, NULL) != NULL);
	T_EQ(rman_adjust_resource(a, 0x1300, 0x13ff), EINVAL);
}
