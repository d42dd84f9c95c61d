/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * random(9): numbers that are a function of the seed, so that a run can be
 * repeated.  splitmix64, as public as it is short: an odd constant is added
 * to the state, and the state is mixed on the way out.
 */
#include "kernel/kern.h"

static uint64_t state;

void
random_boot(uint64_t seed)
{
	state = seed;
}

static uint64_t
next(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

uint32_t
arc4random(void)
{
	return ((uint32_t)(next() >> 32));
}

void
arc4random_buf(void *buffer, size_t size)
{
	u_char *p = buffer;
	uint64_t v;
	size_t n;

	for (; size > 0; p += n, size -= n) {
		v = next();
		n = size < sizeof(v) ? size : sizeof(v);
		memcpy(p, &v, n);
	}
}

void
arc4rand(void *buffer, u_int size, int reseed)
{
	(void)reseed; /* a fixed seed is the point here */
	arc4random_buf(buffer, size);
}

u_long
random(void)
{
	return ((u_long)(next() >> 33)); /* 31 bits, as random(3) */
}
