/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * printf(9), strlcpy and friends.
 */
#include <sys/param.h>
#include <sys/systm.h>

#include "kernel/kernel.h"
#include "tests/test.h"

static char text[128];

#define FORMATS(expect, ...)                                    \
	do {                                                    \
		T_EQ(snprintf(text, sizeof(text), __VA_ARGS__), \
		    strlen(expect));                            \
		T_STR(text, expect);                            \
	} while (0)

KERNEL_TEST(printf, integers)
{
	FORMATS("-5 5 4294967291", "%d %i %u", -5, 5, -5);
	FORMATS("ff FF 0xff 377 0377", "%x %X %#x %o %#o", 255, 255, 255, 255,
	    255);
	FORMATS("-1 255 -9223372036854775808", "%hhd %hhu %ld", 255, -1,
	    (long)(-9223372036854775807L - 1));
	FORMATS("18446744073709551615 7 8 9", "%ju %zd %td %qd", (uintmax_t)-1,
	    (ssize_t)7, (ptrdiff_t)8, (quad_t)9);
	FORMATS("0", "%#x", 0);
}

KERNEL_TEST(printf, widths_and_precisions)
{
	FORMATS("[   42][42   ][00042]", "[%5d][%-5d][%05d]", 42, 42, 42);
	FORMATS("[ -007][0x0000ff]", "[%5.3d][%#08x]", -7, 255);
	FORMATS("[+5][ 5]", "[%+d][% d]", 5, 5);
	FORMATS("[   ab][ab   ][a]", "[%5s][%-5s][%.1s]", "ab", "ab", "ab");
	FORMATS("[    7][7    ]", "[%*d][%*d]", 5, 7, -5, 7);
	FORMATS("[  x][(null)][100%]", "[%3c][%s][100%%]", 'x',
	    (const char *)NULL);
}

KERNEL_TEST(printf, named_bits)
{
	FORMATS("3<ONE,TWO>", "%b", 3, "\20\1ONE\2TWO\3THREE");
	FORMATS("4<THREE>", "%b", 4, "\20\1ONE\2TWO\3THREE");
	FORMATS("0", "%b", 0, "\20\1ONE");
	/* A bit without a name counts in the number only. */
	FORMATS("80", "%b", 0x80, "\20\1ONE");
	FORMATS("10<FOUR>", "%b", 8, "\10\4FOUR");
}

KERNEL_TEST(printf, dumps)
{
	const u_char mac[] = { 0x52, 0x54, 0x00, 0x0a, 0xbc, 0xff };

	FORMATS("52:54:00:0a:bc:ff", "%6D", mac, ":");
	FORMATS("0x550000001000", "%p", (void *)0x550000001000);
}

KERNEL_TEST(printf, cuts_at_the_buffer)
{
	T_EQ(snprintf(text, 4, "%s", "abcdef"), 6);
	T_STR(text, "abc");
	text[0] = 'z';
	T_EQ(snprintf(text, 0, "%s", "abcdef"), 6);
	T_EQ(text[0], 'z');
}

KERNEL_TEST(printf, reaches_the_log)
{
	printf("one\ntwo %d\n", 2);
	T_HAS(kernel_log_text(), "one\ntwo 2\n");
}

KERNEL_TEST(libkern, strlcpy_and_strlcat)
{
	char buf[6] = "xxxxx";

	T_EQ(strlcpy(buf, "abcdefgh", sizeof(buf)), 8);
	T_STR(buf, "abcde");
	T_EQ(strlcpy(buf, "ab", sizeof(buf)), 2);
	T_EQ(strlcat(buf, "cdefg", sizeof(buf)), 7);
	T_STR(buf, "abcde");
	T_EQ(strlcat(buf, "f", 3), 4);
}

KERNEL_TEST(libkern, powers_and_bits)
{
	T_EQ(roundup_pow_of_two(1), 1);
	T_EQ(roundup_pow_of_two(129), 256);
	T_EQ(roundup_pow_of_two(256), 256);
	T_EQ(rounddown_pow_of_two(257), 256);
	T_EQ(fls(0), 0);
	T_EQ(fls(0x80), 8);
	T_EQ(flsl(1L << 40), 41);
	T_EQ(ffs(0x90), 5);
	T_EQ(howmany(9, 4), 3);
	T_EQ(roundup2(13, 8), 16);
	T_EQ(rounddown2(13, 8), 8);
}

KERNEL_TEST(libkern, random_repeats_with_the_seed)
{
	u_char a[13], b[13];
	uint32_t x, y;

	x = arc4random();
	y = arc4random();
	T_TRUE(x != y);
	arc4random_buf(a, sizeof(a));
	arc4random_buf(b, sizeof(b));
	T_TRUE(memcmp(a, b, sizeof(a)) != 0);
	T_TRUE(random() < (1UL << 31));
}
