/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The host's services that others cannot test on their way.
 */
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "tests/test.h"

TEST(host, peek_copies_what_is_there)
{
	char from[100] = "something", to[100];

	T_TRUE(host_peek(from, to, sizeof(to)));
	T_EQ(memcmp(from, to, sizeof(to)), 0);
	T_TRUE(host_peek(from + 4, to, 5));
	T_EQ(memcmp(to, "thing", 5), 0);
}

TEST(host, peek_survives_what_is_not)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char to[16];
	char *p;

	T_FALSE(host_peek(NULL, to, 1));
	T_FALSE(host_peek((void *)(uintptr_t)16, to, sizeof(to)));
	T_FALSE(host_peek((void *)(uintptr_t)0x8000deadbeef0000, to, 1));
	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	T_REQUIRE(p != MAP_FAILED);
	T_EQ(mprotect(p + page, page, PROT_NONE), 0);
	memset(p, 'x', page);
	/* The end is missing: not even the beginning counts. */
	T_FALSE(host_peek(p + page - 8, to, sizeof(to)));
	/* And nothing of it turns up later. */
	T_TRUE(host_peek("0123456789", to, 10));
	T_EQ(memcmp(to, "0123456789", 10), 0);
	T_TRUE(host_peek(p + page - 8, to, 8));
	T_EQ(munmap(p, 2 * page), 0);
}

void host_test_function(void);
void
host_test_function(void)
{
	__asm__ volatile("nop\n\tnop");
}

TEST(host, backtraces_have_names)
{
	void *pcs[2] = { (char *)(uintptr_t)host_test_function + 2,
		(void *)(uintptr_t)16 };
	char text[256], cut[12];
	size_t n;

	n = host_backtrace_format(pcs, 2, text, sizeof(text));
	T_EQ(n, strlen(text));
	T_HAS(text, "#0 host_test_function+0x2");
	T_HAS(text, "\n#1 0x10\n");
	T_EQ(host_backtrace_format(pcs, 2, cut, sizeof(cut)), 11);
	T_STR(cut, "#0 host_tes");
	T_EQ(host_backtrace_format(pcs, 0, text, sizeof(text)), 0);
	T_STR(text, "");
}
