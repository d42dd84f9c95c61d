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

KERNEL_TEST(printf, zero_in_all_its_forms)
{
	FORMATS("[0][]", "[%d][%.0d]", 0, 0);
	FORMATS("[   ][0]", "[%3.0d][%#.0o]", 0, 0);
	FORMATS("[0][0][0]", "[%#o][%#x][%.1d]", 0, 0, 0);
}

KERNEL_TEST(printf, signs_and_fillings)
{
	FORMATS("[  -7][-007][-7  ]", "[%4d][%04d][%-4d]", -7, -7, -7);
	FORMATS("[ +7][+07][+7 ]", "[%+3d][%+03d][%+-3d]", 7, 7, 7);
	/* A precision or a left edge switches filling with zeros off. */
	FORMATS("[  007][7    ]", "[%05.3d][%-05d]", 7, 7);
	/* There is no sign before what has none. */
	FORMATS("[7][7][7]", "[%+u][% x][%+o]", 7, 7, 7);
	FORMATS("[ 0x7][0x7 ][0007]", "[%#4x][%#-4x][%04x]", 7, 7, 7);
	FORMATS("[0X7][0XAB]", "[%#X][%#X]", 7, 0xab);
	FORMATS("[0007 ]", "[%-5.4d]", 7);
	FORMATS("[   9223372036854775807]", "[%22jd]",
	    (intmax_t)9223372036854775807LL);
}

KERNEL_TEST(printf, arguments_are_as_wide_as_it_says)
{
	FORMATS("-1 -32768 32767", "%hhd %hd %hd", 255, 32768, 32767);
	FORMATS("0 65535", "%hhu %hu", 256, -1);
	FORMATS("-2147483648 4294967295", "%d %u", -2147483647 - 1, -1);
	FORMATS("ffffffffffffffff", "%lx", -1L);
	/* Of a size each, in a row: none takes from the next. */
	FORMATS("1 2 3 4 5 6", "%d %ld %hhd %lld %zd %d", 1, 2L, 3, 4LL,
	    (ssize_t)5, 6);
}

KERNEL_TEST(printf, texts_and_characters)
{
	FORMATS("[abc][ab][  ab]", "[%.5s][%.2s][%4.2s]", "abc", "abc", "abc");
	FORMATS("[ab][x  ][x]", "[%.*s][%-3c][%c]", 2, "abc", 'x', 'x');
	FORMATS("[(null)][(nu]", "[%s][%.3s]", (char *)NULL, (char *)NULL);
	/* What has no end may be cut by the precision. */
	FORMATS("xyz", "%.3s", (const char[]) { 'x', 'y', 'z' });
}

KERNEL_TEST(printf, dumps_have_a_length_and_a_separator)
{
	const u_char bytes[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		14, 15, 0xf0 };

	FORMATS("01", "%1D", bytes, ":");
	FORMATS("0102", "%2D", bytes, "");
	FORMATS("01, 02, 03", "%*D", 3, bytes, ", ");
	FORMATS("0102030405060708090a0b0c0d0e0ff0", "%D", bytes, "");
}

/* Where the compiler does not see the format. */
static int
call(const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return (n);
}

KERNEL_TEST(printf, unknown_conversions_are_shown)
{
	const char *volatile format = "a %y %d";

	/* After one, nothing is known about the arguments. */
	T_EQ(call(format, 1), 7);
	T_STR(text, "a %y %d");
}

KERNEL_TEST(printf, strings_without_a_bound)
{
	static char big[400];

	T_EQ(sprintf(big, "%300s|", "x"), 301);
	T_EQ(strlen(big), 301);
	T_EQ(big[299], 'x');
	T_EQ(big[300], '|');
	T_EQ(snprintf(text, 1, "abc"), 3);
	T_STR(text, "");
	T_EQ(snprintf(text, 4, "abc"), 3);
	T_STR(text, "abc");
	/* What lies behind the end is left alone. */
	memset(text, 'z', sizeof(text));
	T_EQ(snprintf(text, 8, "ab"), 2);
	T_EQ(text[2], '\0');
	T_EQ(text[3], 'z');
	T_EQ(text[7], 'z');
}

KERNEL_TEST(printf, long_lines_reach_the_log_whole)
{
	static char line[400];
	int n;

	memset(line, 'q', sizeof(line) - 1);
	line[0] = '<';
	line[398] = '>';
	n = printf("%s\n", line);
	T_EQ(n, 400);
	T_HAS(kernel_log_text(), line);
	log(3, "by log(9): %d\n", 11);
	T_HAS(kernel_log_text(), "by log(9): 11\n");
}

KERNEL_TEST(libkern, strlcpy_of_nothing_and_all)
{
	char buf[8] = "zzzzzzz";

	T_EQ(strlcpy(buf, "abc", 0), 3);
	T_STR(buf, "zzzzzzz");
	T_EQ(strlcpy(buf, "abc", 4), 3);
	T_STR(buf, "abc");
	T_EQ(buf[4], 'z');
	T_EQ(strlcpy(buf, "abcd", 4), 4);
	T_STR(buf, "abc");
	T_EQ(buf[4], 'z');
	T_EQ(strlcat(buf, "d", sizeof(buf)), 4);
	T_STR(buf, "abcd");
	T_EQ(buf[5], 'z');
	/* Without an end inside there is nothing to append to. */
	T_EQ(strlcat(buf, "xy", 2), 4);
	T_STR(buf, "abcd");
	T_EQ(strlcat(buf, "xyz", 4), 7);
	T_STR(buf, "abcd");
}

KERNEL_TEST(libkern, numbers_of_text)
{
	char *end;

	T_EQ(strtoq("-42x", &end, 10), -42);
	T_STR(end, "x");
	T_EQ(strtoq("ff", NULL, 16), 255);
	T_EQ(strtouq("0x10", &end, 0), 16);
	T_STR(end, "");
	T_EQ(strtouq("777", NULL, 8), 511);
}

KERNEL_TEST(libkern, explicit_bzero_clears)
{
	char secret[5] = "abcd";

	explicit_bzero(secret, 3);
	T_EQ(secret[0] | secret[1] | secret[2], 0);
	T_EQ(secret[3], 'd');
}

KERNEL_TEST(libkern, random_bytes_fill_all_of_the_buffer)
{
	u_char seen[21] = { 0 }, buf[23];

	/* Each byte is another than 0 sooner or later, and only those. */
	for (int round = 0; round < 40; round++) {
		memset(buf, 0, sizeof(buf));
		if (round % 2 == 0)
			arc4random_buf(buf + 1, sizeof(seen));
		else
			arc4rand(buf + 1, sizeof(seen), 0);
		for (size_t i = 0; i < sizeof(seen); i++)
			seen[i] |= buf[i + 1];
		T_EQ(buf[0], 0);
		T_EQ(buf[sizeof(buf) - 1], 0);
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		T_TRUE(seen[i] != 0);
	memset(buf, 0, sizeof(buf));
	for (int round = 0; round < 10; round++) {
		arc4rand(buf, 8, 0);
		T_TRUE(memcmp(buf, buf + 8, 8) != 0);
	}
	for (int i = 0; i < 200; i++)
		T_TRUE(random() < (1UL << 31));
}
