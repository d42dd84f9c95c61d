/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * rman(9): reserving parts of a range, sharing them, and giving them back.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
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

KERNEL_TEST(rman, range_from_a_resource)
{
	rman_res_t start = 0, end = 0;
	struct resource *r;
	struct rman part;

	setup();
	r = rman_reserve_resource(&rm, 0x1200, 0x12ff, 0x100, 0, NULL);
	T_REQUIRE(r != NULL);
	bzero(&part, sizeof(part));
	part.rm_type = RMAN_ARRAY;
	part.rm_descr = "part";
	T_EQ(rman_init_from_resource(&part, r), 0);
	T_EQ(rman_last_free_region(&part, &start, &end), 0);
	T_EQ(start, 0x1200);
	T_EQ(end, 0x12ff);
	T_EQ(rman_fini(&part), 0);
	T_EQ(rman_last_free_region(&rm, &start, &end), 0);
	T_EQ(start, 0x1300);
	T_EQ(rman_release_resource(r), 0);
	r = rman_reserve_resource(&rm, 0x1000, 0x1fff, 0x1000, 0, NULL);
	T_REQUIRE(r != NULL);
	T_EQ(rman_first_free_region(&rm, &start, &end), ENOENT);
	T_EQ(rman_last_free_region(&rm, &start, &end), ENOENT);
	T_EQ(rman_release_resource(r), 0);
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST(rman, regions_grow_together)
{
	setup();
	/* Below, with a gap, and what closes the gap. */
	T_EQ(rman_manage_region(&rm, 0x800, 0x8ff), 0);
	T_EQ(rman_manage_region(&rm, 0x900, 0xfff), 0);
	T_EQ(rman_manage_region(&rm, 0xf00, 0x10ff), EBUSY);
	T_EQ(rman_manage_region(&rm, 5, 4), EINVAL);
	T_TRUE(
	    rman_reserve_resource(&rm, 0x800, 0x1fff, 0x1801, 0, NULL) == NULL);
	T_EQ(rman_release_resource(
		 rman_reserve_resource(&rm, 0x800, 0x1fff, 0x1800, 0, NULL)),
	    0);
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST(rman, what_a_resource_carries)
{
	struct resource *r;
	int cookie;

	setup();
	r = rman_reserve_resource(&rm, 0x1200, 0x12ff, 0x100, 0, NULL);
	T_REQUIRE(r != NULL);
	rman_set_irq_cookie(r, &cookie);
	T_TRUE(rman_get_irq_cookie(r) == &cookie);
	rman_set_virtual(r, &cookie);
	T_TRUE(rman_get_virtual(r) == &cookie);
	rman_set_device(r, root_bus);
	T_TRUE(rman_get_device(r) == root_bus);
	rman_set_type(r, 5);
	T_EQ(rman_get_type(r), 5);
	rman_set_bustag(r, 1);
	T_EQ(rman_get_bustag(r), 1);
	rman_set_bushandle(r, 9);
	T_EQ(rman_get_bushandle(r), 9);
	T_EQ(rman_make_alignment_flags(0x1000), RF_ALIGNMENT_LOG2(12));
	T_EQ(rman_make_alignment_flags(0x1001), RF_ALIGNMENT_LOG2(13));
	T_EQ(rman_release_resource(r), 0);
	T_EQ(rman_fini(&rm), 0);
}

KERNEL_TEST_PANICS(rman, of_no_type, "rman_init")
{
	bzero(&rm, sizeof(rm));
	(void)rman_init(&rm);
}
