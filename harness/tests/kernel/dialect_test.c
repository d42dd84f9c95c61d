/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What kernel code may take for granted of C, because FreeBSD's kernel is
 * compiled so (sys/conf/kmod.mk): drivers look at memory as whatever type
 * they like, and sums of signed numbers wrap.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/limits.h>

#include "tests/test.h"

/* As virtqueue(9) reads the event index behind a ring of other things. */
static __noinline uint32_t
store_as_two_types(uint32_t *whole, uint16_t *half)
{
	*whole = 0x11111111;
	half[0] = 0x2222;
	half[1] = 0x2222;
	return (*whole);
}

KERNEL_TEST(dialect, memory_has_no_type)
{
	uint32_t word;

	T_EQ(store_as_two_types(&word, (uint16_t *)(void *)&word), 0x22222222);
}

/* Sanitizers report such sums: the makefile leaves -fwrapv out. */
#ifdef DIALECT_WRAPS
static __noinline bool
is_after(int now, int then)
{
	return (now + 1 > then);
}

/* A deadline in ticks, which wrap. */
KERNEL_TEST(dialect, signed_sums_wrap)
{
	volatile int last = INT_MAX;

	T_FALSE(is_after(last, last));
}
#endif
