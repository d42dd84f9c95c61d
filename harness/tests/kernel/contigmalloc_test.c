/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * contigmalloc(9): where memory lies.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <vm/vm.h>
#include <vm/pmap.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "tests/test.h"

static MALLOC_DEFINE(M_TEST, "test", "tests");

static bool
is_contiguous(const char *p, size_t size)
{
	size_t i;

	for (i = PAGE_SIZE; i < size; i += PAGE_SIZE)
		if (vtophys(p + i) != vtophys(p) + i)
			return (false);
	return (true);
}

KERNEL_TEST(contigmalloc, is_contiguous)
{
	static const size_t sizes[] = { 1, 4096, 12288, 70000, 1 << 20,
		2 << 20 };
	char *p[nitems(sizes)];
	size_t i;

	for (i = 0; i < nitems(sizes); i++) {
		p[i] = contigmalloc(sizes[i], M_TEST, M_NOWAIT | M_ZERO, 0,
		    ~(vm_paddr_t)0, PAGE_SIZE, 0);
		T_REQUIRE(p[i] != NULL);
		T_TRUE(is_contiguous(p[i], sizes[i]));
		T_EQ(p[i][sizes[i] - 1], 0);
	}
	for (i = 0; i < nitems(sizes); i++)
		contigfree(p[i], sizes[i], M_TEST);
}

KERNEL_TEST(contigmalloc, honours_alignment)
{
	char *p, *q;
	u_long align;

	for (align = PAGE_SIZE; align <= 16 << 20; align *= 4) {
		p = contigmalloc(3 * PAGE_SIZE, M_TEST, M_WAITOK, 0,
		    ~(vm_paddr_t)0, align, 0);
		q = contigmalloc(PAGE_SIZE, M_TEST, M_WAITOK, 0, ~(vm_paddr_t)0,
		    align, 0);
		T_EQ(vtophys(p) & (align - 1), 0);
		T_EQ(vtophys(q) & (align - 1), 0);
		contigfree(p, 3 * PAGE_SIZE, M_TEST);
		contigfree(q, PAGE_SIZE, M_TEST);
	}
}

KERNEL_TEST(contigmalloc, honours_boundary)
{
	char *p[20];
	size_t i, size = 3 * PAGE_SIZE;

	/* Four pages a piece: three never start at the second or third. */
	for (i = 0; i < nitems(p); i++) {
		p[i] = contigmalloc(size, M_TEST, M_WAITOK, 0, ~(vm_paddr_t)0,
		    PAGE_SIZE, 4 * PAGE_SIZE);
		T_REQUIRE(p[i] != NULL);
		T_EQ(vtophys(p[i]) / (4 * PAGE_SIZE),
		    (vtophys(p[i]) + size - 1) / (4 * PAGE_SIZE));
	}
	for (i = 0; i < nitems(p); i++)
		contigfree(p[i], size, M_TEST);
}

KERNEL_TEST(contigmalloc, honours_limits)
{
	vm_paddr_t low = MACHINE_RAM_BASE + (64 << 20);
	vm_paddr_t high = low + (4 << 20) - 1;
	char *p;

	p = contigmalloc(1 << 20, M_TEST, M_WAITOK, low, high, PAGE_SIZE, 0);
	T_REQUIRE(p != NULL);
	T_TRUE(vtophys(p) >= low);
	T_TRUE(vtophys(p) + (1 << 20) - 1 <= high);
	contigfree(p, 1 << 20, M_TEST);
	/* One page can still be had from the page window. */
	high = MACHINE_RAM_BASE + MACHINE_PAGE_WINDOW - 1;
	p = contigmalloc(PAGE_SIZE, M_TEST, M_WAITOK, 0, high, PAGE_SIZE, 0);
	T_REQUIRE(p != NULL);
	T_TRUE(vtophys(p) <= high);
	contigfree(p, PAGE_SIZE, M_TEST);
}

KERNEL_TEST(contigmalloc, refuses_the_impossible)
{
	T_TRUE(contigmalloc(4 << 20, M_TEST, M_NOWAIT, 0, ~(vm_paddr_t)0,
		   PAGE_SIZE, 0) == NULL);
	T_TRUE(contigmalloc(PAGE_SIZE, M_TEST, M_NOWAIT, 0,
		   MACHINE_RAM_BASE - 1, PAGE_SIZE, 0) == NULL);
	T_TRUE(contigmalloc(3 * PAGE_SIZE, M_TEST, M_NOWAIT, 0, ~(vm_paddr_t)0,
		   PAGE_SIZE, PAGE_SIZE) == NULL);
}

KERNEL_TEST_ALWAYS_PANICS(contigmalloc, is_not_freed_by_free,
    "was not allocated by the function that goes with it")
{
	void *p = contigmalloc(PAGE_SIZE, M_TEST, M_WAITOK, 0, ~(vm_paddr_t)0,
	    PAGE_SIZE, 0);

	free(p, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(contigmalloc, is_freed_whole, "was freed as 4096")
{
	void *p = contigmalloc(3 * PAGE_SIZE, M_TEST, M_WAITOK, 0,
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);

	contigfree(p, PAGE_SIZE, M_TEST);
}

KERNEL_TEST_ALWAYS_PANICS(contigmalloc, vtophys_wants_kernel_memory,
    "is not kernel memory")
{
	static int not_ours;

	(void)vtophys(&not_ours);
}
