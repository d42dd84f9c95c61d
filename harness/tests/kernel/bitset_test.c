/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bitset(9), cpuset(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bitset.h>
#include <sys/cpuset.h>
#include <sys/smp.h>

#include "tests/test.h"

#define BITS 192
BITSET_DEFINE(set, BITS);

static struct set
set_of(size_t a, size_t b, size_t c)
{
	struct set set;

	BIT_ZERO(BITS, &set);
	BIT_SET(BITS, a, &set);
	BIT_SET(BITS, b, &set);
	BIT_SET(BITS, c, &set);
	return (set);
}

KERNEL_TEST(bitset, single_bits)
{
	struct set s = set_of(0, 64, 191);

	T_EQ(sizeof(s), BITSET_SIZE(BITS));
	T_TRUE(BIT_ISSET(BITS, 0, &s));
	T_FALSE(BIT_ISSET(BITS, 1, &s));
	T_TRUE(BIT_ISSET(BITS, 64, &s));
	T_TRUE(BIT_ISSET(BITS, 191, &s));
	T_EQ(BIT_COUNT(BITS, &s), 3);
	BIT_CLR(BITS, 64, &s);
	T_FALSE(BIT_ISSET(BITS, 64, &s));
	BIT_SETOF(BITS, 100, &s);
	T_EQ(BIT_COUNT(BITS, &s), 1);
	T_EQ(BIT_FFS(BITS, &s), 101);
}

KERNEL_TEST(bitset, whole_sets)
{
	static const struct set full =
	    BITSET_T_INITIALIZER(BITSET_FSET(__bitset_words(BITS)));
	struct set s, t;

	BIT_ZERO(BITS, &s);
	T_TRUE(BIT_EMPTY(BITS, &s));
	T_FALSE(BIT_ISFULLSET(BITS, &s));
	T_EQ(BIT_FFS(BITS, &s), 0);
	T_EQ(BIT_FLS(BITS, &s), 0);
	BIT_FILL(BITS, &s);
	T_TRUE(BIT_ISFULLSET(BITS, &s));
	T_FALSE(BIT_CMP(BITS, &s, &full));
	T_EQ(BIT_COUNT(BITS, &s), BITS);
	BIT_CLR(BITS, 77, &s);
	T_FALSE(BIT_ISFULLSET(BITS, &s));
	T_TRUE(BIT_CMP(BITS, &s, &full));
	BIT_COPY(BITS, &s, &t);
	T_FALSE(BIT_CMP(BITS, &s, &t));
	BIT_COPY_STORE_REL(BITS, &full, &t);
	T_TRUE(BIT_ISFULLSET(BITS, &t));
}

KERNEL_TEST(bitset, relations)
{
	struct set a = set_of(1, 70, 150), b = set_of(1, 1, 150),
		   c = set_of(2, 71, 151);

	T_TRUE(BIT_SUBSET(BITS, &a, &b));
	T_FALSE(BIT_SUBSET(BITS, &b, &a));
	T_TRUE(BIT_OVERLAP(BITS, &a, &b));
	T_FALSE(BIT_OVERLAP(BITS, &a, &c));
}

KERNEL_TEST(bitset, operations)
{
	struct set a = set_of(1, 70, 150), b = set_of(1, 71, 150), r;

	BIT_OR2(BITS, &r, &a, &b);
	T_EQ(BIT_COUNT(BITS, &r), 4);
	BIT_AND2(BITS, &r, &a, &b);
	T_EQ(BIT_COUNT(BITS, &r), 2);
	BIT_ANDNOT2(BITS, &r, &a, &b);
	T_EQ(BIT_FFS(BITS, &r), 71);
	T_EQ(BIT_COUNT(BITS, &r), 1);
	BIT_XOR2(BITS, &r, &a, &b);
	T_EQ(BIT_FLS(BITS, &r), 72);
	T_EQ(BIT_COUNT(BITS, &r), 2);
	BIT_ORNOT2(BITS, &r, &a, &b);
	T_EQ(BIT_COUNT(BITS, &r), BITS - 1);
	r = a;
	BIT_OR(BITS, &r, &b);
	T_EQ(BIT_COUNT(BITS, &r), 4);
	BIT_AND(BITS, &r, &a);
	T_FALSE(BIT_CMP(BITS, &r, &a));
	BIT_NAND(BITS, &r, &b);
	T_EQ(BIT_COUNT(BITS, &r), 1);
	BIT_XOR(BITS, &r, &r);
	T_TRUE(BIT_EMPTY(BITS, &r));
	BIT_ORNOT(BITS, &r, &a);
	T_EQ(BIT_COUNT(BITS, &r), BITS - 3);
}

KERNEL_TEST(bitset, atomic_forms)
{
	struct set s = set_of(5, 5, 5), t = set_of(5, 130, 131);

	BIT_SET_ATOMIC(BITS, 100, &s);
	BIT_SET_ATOMIC_ACQ(BITS, 130, &s);
	T_EQ(BIT_COUNT(BITS, &s), 3);
	BIT_CLR_ATOMIC(BITS, 100, &s);
	T_FALSE(BIT_ISSET(BITS, 100, &s));
	T_TRUE(BIT_TEST_SET_ATOMIC(BITS, 130, &s));
	T_FALSE(BIT_TEST_SET_ATOMIC(BITS, 190, &s));
	T_TRUE(BIT_TEST_CLR_ATOMIC(BITS, 190, &s));
	T_FALSE(BIT_TEST_CLR_ATOMIC(BITS, 190, &s));
	BIT_OR_ATOMIC(BITS, &s, &t);
	T_EQ(BIT_COUNT(BITS, &s), 3);
	BIT_CLR(BITS, 5, &t);
	BIT_AND_ATOMIC(BITS, &s, &t);
	T_FALSE(BIT_CMP(BITS, &s, &t));
}

KERNEL_TEST(bitset, searching)
{
	struct set s = set_of(3, 64, 191);
	size_t seen[4] = { 0 }, n = 0;
	long i;

	T_EQ(BIT_FFS_AT(BITS, &s, 3), 4);
	T_EQ(BIT_FFS_AT(BITS, &s, 4), 65);
	T_EQ(BIT_FFS_AT(BITS, &s, 65), 192);
	T_EQ(BIT_FLS(BITS, &s), 192);
	BIT_FOREACH_ISSET(BITS, i, &s)
	seen[n++] = (size_t)i;
	T_EQ(n, 3);
	T_EQ(seen[0], 3);
	T_EQ(seen[1], 64);
	T_EQ(seen[2], 191);
}

KERNEL_TEST(cpuset, is_a_bitset_of_processors)
{
	char text[CPUSETBUFSIZ];
	cpuset_t set;
	int cpu, n = 0;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	T_FALSE(CPU_CMP(&set, &all_cpus));
	T_EQ(CPU_COUNT(&set), mp_ncpus);
	T_STR(cpusetobj_strprint(text, &set), "1");
	CPU_SET(65, &set);
	T_STR(cpusetobj_strprint(text, &set), "2,1");
	T_EQ(CPU_FFS(&set), 1);
	T_EQ(CPU_FLS(&set), 66);
	CPU_FOREACH_ISSET(cpu, &set)
	n += cpu;
	T_EQ(n, 65);
	CPU_AND(&set, &all_cpus);
	T_FALSE(CPU_ISSET(65, &set));
	CPU_FILL(&set);
	T_TRUE(CPU_ISFULLSET(&set));
	T_TRUE(CPU_SUBSET(&set, &all_cpus));
	CPU_ANDNOT(&set, &all_cpus);
	T_FALSE(CPU_OVERLAP(&set, &all_cpus));
	CPU_SETOF(7, &set);
	T_EQ(CPU_COUNT(&set), 1);
}
