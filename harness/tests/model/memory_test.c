/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Checked guest memory: what may be mapped and what may not.
 */
#include "model/memory.h"

#include <string.h>

#include "tests/test.h"

static uint8_t low[4096];
static uint8_t high[4096];

static const char *
probe_refuse(void *arg, uint64_t gpa, uint64_t length, enum gmem_access access)
{
	(*(unsigned *)arg)++;
	return (access == GMEM_WRITE ? "freed memory" : NULL);
}

static struct gmem
two_regions(void)
{
	struct gmem mem;

	memset(&mem, 0, sizeof(mem));
	mem.regions[0] = (struct gmem_region) { 0x1000, sizeof(low), low };
	/* The very last bytes of the address space. */
	mem.regions[1] =
	    (struct gmem_region) { UINT64_MAX - 4095, sizeof(high), high };
	mem.nregions = 2;
	return (mem);
}

TEST(memory, maps_inside_a_region)
{
	struct gmem mem = two_regions();

	T_TRUE(gmem_map(&mem, 0x1000, 4096, GMEM_READ, NULL) == low);
	T_TRUE(gmem_map(&mem, 0x1fff, 1, GMEM_WRITE, NULL) == low + 4095);
	T_TRUE(gmem_map(&mem, UINT64_MAX, 1, GMEM_READ, NULL) == high + 4095);
}

TEST(memory, refuses_what_crosses_an_edge)
{
	struct gmem mem = two_regions();
	const char *why = NULL;

	T_TRUE(gmem_map(&mem, 0x0fff, 2, GMEM_READ, &why) == NULL);
	T_STR(why, "outside guest memory");
	T_TRUE(gmem_map(&mem, 0x1fff, 2, GMEM_READ, NULL) == NULL);
	T_TRUE(gmem_map(&mem, 0x1000, 4097, GMEM_READ, NULL) == NULL);
	T_TRUE(gmem_map(&mem, 0x9000, 1, GMEM_READ, NULL) == NULL);
}

TEST(memory, refuses_sums_that_wrap)
{
	struct gmem mem = two_regions();

	T_TRUE(gmem_map(&mem, UINT64_MAX, 2, GMEM_READ, NULL) == NULL);
	T_TRUE(gmem_map(&mem, 0x1800, UINT64_MAX, GMEM_READ, NULL) == NULL);
	T_TRUE(gmem_map(&mem, 0x1800, UINT64_MAX - 0x1800 + 2, GMEM_READ,
		   NULL) == NULL);
}

TEST(memory, refuses_no_bytes)
{
	struct gmem mem = two_regions();
	const char *why = NULL;

	T_TRUE(gmem_map(&mem, 0x1000, 0, GMEM_READ, &why) == NULL);
	T_STR(why, "a range of no bytes");
}

TEST(memory, asks_the_probe)
{
	struct gmem mem = two_regions();
	const char *why = NULL;
	unsigned asked = 0;
	uint32_t word = 0x11223344;

	mem.probe = probe_refuse;
	mem.probe_arg = &asked;
	T_TRUE(gmem_map(&mem, 0x1000, 4, GMEM_READ, &why) == low);
	T_TRUE(gmem_map(&mem, 0x1000, 4, GMEM_WRITE, &why) == NULL);
	T_STR(why, "freed memory");
	T_EQ(asked, 2);
	/* A refused write changes nothing; nonsense is not even asked. */
	low[0] = 1;
	T_FALSE(gmem_write(&mem, 0x1000, &word, sizeof(word)));
	T_EQ(low[0], 1);
	T_EQ(asked, 3);
	T_TRUE(gmem_map(&mem, 0, 4, GMEM_READ, &why) == NULL);
	T_EQ(asked, 3);
}

TEST(memory, copies_or_nothing)
{
	struct gmem mem = two_regions();
	uint8_t out[4] = { 1, 2, 3, 4 }, in[4] = { 9, 9, 9, 9 };

	T_TRUE(gmem_write(&mem, 0x1ffc, out, 4));
	T_TRUE(gmem_read(&mem, 0x1ffc, in, 4));
	T_TRUE(memcmp(in, out, 4) == 0);
	memset(in, 9, sizeof(in));
	T_FALSE(gmem_read(&mem, 0x1ffd, in, 4));
	T_EQ(in[0], 9);
}
