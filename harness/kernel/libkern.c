/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Small library functions whose host counterparts differ, or are missing.
 */
#include "kernel/kern.h"

size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t n = strlen(src);

	if (size > 0) {
		memcpy(dst, src, n < size ? n : size - 1);
		dst[n < size ? n : size - 1] = '\0';
	}
	return (n);
}

size_t
strlcat(char *dst, const char *src, size_t size)
{
	size_t used = strnlen(dst, size);

	if (used == size)
		return (size + strlen(src));
	return (used + strlcpy(dst + used, src, size - used));
}

void
explicit_bzero(void *p, size_t n)
{
	bzero(p, n);
	/* The compiler must not see that nobody reads it. */
	__asm__ volatile("" : : "r"(p) : "memory");
}

quad_t
strtoq(const char *s, char **end, int base)
{
	return (strtol(s, end, base));
}

u_quad_t
strtouq(const char *s, char **end, int base)
{
	return (strtoul(s, end, base));
}
