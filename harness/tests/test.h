/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tests, as every suite writes them, on either side.
 *
 *	TEST(bus_dma, splits_at_pages)
 *	{
 *		T_EQ(nsegs, 2);
 *	}
 *
 * Suites and tests register themselves; `make check T=bus_dma` or
 * T=bus_dma/splits_at_pages runs a part.  A failed T_ check records the place
 * and values and goes on; T_REQUIRE ends the test.  CUnit counts and reports.
 *
 *	TEST(...)		on the bare host
 *	KERNEL_TEST(...)	in a kernel thread of a freshly booted kernel
 *				on a machine without devices; the test fails
 *				also when the kernel panics or hangs, when a
 *				rule of section 9 is broken, or when something
 *				is left allocated at shutdown
 *	KERNEL_TEST_PANICS(suite, name, "part of the message")
 *				passes only if the kernel panics with that;
 *				skipped in release builds, where KASSERT(9)
 *				is nothing
 *	KERNEL_TEST_ALWAYS_PANICS(...)
 *				the same for what panics in every build
 *	KERNEL_TEST_MISUSE(suite, name, "part of the report")
 *				passes only if that misuse is reported
 */
#ifndef RINGSIDE_TESTS_TEST_H
#define RINGSIDE_TESTS_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum test_kind {
	TEST_HOST,
	TEST_KERNEL,
	TEST_KERNEL_PANICS,
	TEST_KERNEL_ALWAYS_PANICS,
	TEST_KERNEL_MISUSE,
};

struct test_case {
	const char *suite;
	const char *name;
	const char *file;
	void (*fn)(void);
	enum test_kind kind;
	const char *expect;
};

#define TEST_DEFINE(s, n, k, e)                                       \
	static void test_##s##_##n(void);                             \
	static const struct test_case test_case_##s##_##n = {         \
		.suite = #s,                                          \
		.name = #n,                                           \
		.file = __FILE__,                                     \
		.fn = test_##s##_##n,                                 \
		.kind = k,                                            \
		.expect = e,                                          \
	};                                                            \
	__attribute__((used, retain,                                  \
	    section("ringside_tests"))) static const struct test_case \
	    *const test_entry_##s##_##n = &test_case_##s##_##n;       \
	static void test_##s##_##n(void)

#define TEST(s, n)		    TEST_DEFINE(s, n, TEST_HOST, NULL)
#define KERNEL_TEST(s, n)	    TEST_DEFINE(s, n, TEST_KERNEL, NULL)
#define KERNEL_TEST_PANICS(s, n, e) TEST_DEFINE(s, n, TEST_KERNEL_PANICS, e)
#define KERNEL_TEST_ALWAYS_PANICS(s, n, e) \
	TEST_DEFINE(s, n, TEST_KERNEL_ALWAYS_PANICS, e)
#define KERNEL_TEST_MISUSE(s, n, e) TEST_DEFINE(s, n, TEST_KERNEL_MISUSE, e)

/* Records one check; returns `ok`. */
bool test_check(bool ok, const char *what, const char *file, int line);
bool test_check_eq(uint64_t a, uint64_t b, const char *what, const char *file,
    int line);
bool test_check_str(const char *a, const char *b, const char *what,
    const char *file, int line);
/* Whether `part` occurs in `whole`. */
bool test_check_has(const char *whole, const char *part, const char *file,
    int line);
/* Ends the running test now (from a task or not); already counted. */
void test_abandon(void) __attribute__((noreturn));
/* Ends the running test as skipped, with the reason. */
void test_skip(const char *reason) __attribute__((noreturn));

#define T_TRUE(c)  test_check(!!(c), #c, __FILE__, __LINE__)
#define T_FALSE(c) test_check(!(c), "!(" #c ")", __FILE__, __LINE__)
#define T_EQ(a, b)                                                          \
	test_check_eq((uint64_t)(a), (uint64_t)(b), #a " == " #b, __FILE__, \
	    __LINE__)
#define T_STR(a, b) test_check_str((a), (b), #a " == " #b, __FILE__, __LINE__)
#define T_HAS(w, p) test_check_has((w), (p), __FILE__, __LINE__)
/* The condition in a variable: a static analyser sees what holds after it. */
#define T_REQUIRE(c)                                       \
	do {                                               \
		bool t_ok_ = !!(c);                        \
		test_check(t_ok_, #c, __FILE__, __LINE__); \
		if (!t_ok_)                                \
			test_abandon();                    \
	} while (0)

#endif /* !RINGSIDE_TESTS_TEST_H */
