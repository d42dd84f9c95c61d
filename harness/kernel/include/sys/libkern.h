/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Small library of the kernel.
 */
#ifndef _SYS_LIBKERN_H_
#define _SYS_LIBKERN_H_
#include <sys/cdefs.h>
#include <sys/types.h>

static __inline int
imax(int a, int b)
{
	return (a > b ? a : b);
}
static __inline int
imin(int a, int b)
{
	return (a < b ? a : b);
}
static __inline long
lmax(long a, long b)
{
	return (a > b ? a : b);
}
static __inline long
lmin(long a, long b)
{
	return (a < b ? a : b);
}
static __inline u_int
max(u_int a, u_int b)
{
	return (a > b ? a : b);
}
static __inline u_int
min(u_int a, u_int b)
{
	return (a < b ? a : b);
}
static __inline quad_t
qmax(quad_t a, quad_t b)
{
	return (a > b ? a : b);
}
static __inline quad_t
qmin(quad_t a, quad_t b)
{
	return (a < b ? a : b);
}
static __inline u_quad_t
uqmax(u_quad_t a, u_quad_t b)
{
	return (a > b ? a : b);
}
static __inline u_quad_t
uqmin(u_quad_t a, u_quad_t b)
{
	return (a < b ? a : b);
}
static __inline u_long
ulmax(u_long a, u_long b)
{
	return (a > b ? a : b);
}
static __inline u_long
ulmin(u_long a, u_long b)
{
	return (a < b ? a : b);
}
static __inline int
abs(int a)
{
	return (a < 0 ? -a : a);
}
static __inline long
labs(long a)
{
	return (a < 0 ? -a : a);
}

#define ffs(x)	 __builtin_ffs(x)
#define ffsl(x)	 __builtin_ffsl(x)
#define ffsll(x) __builtin_ffsll(x)
static __inline int
fls(int mask)
{
	return (mask == 0 ? 0 : 32 - __builtin_clz((u_int)mask));
}
static __inline int
flsl(long mask)
{
	return (mask == 0 ? 0 : 64 - __builtin_clzl((u_long)mask));
}
#define flsll(x)      flsl(x)
#define ilog2(x)      (flsl(x) - 1)
#define bitcount32(x) __builtin_popcount(x)
#define bitcount64(x) __builtin_popcountll(x)

/* The smallest power of two that is not below n; n must not be 0. */
static __inline u_long
roundup_pow_of_two(u_long n)
{
	return (n <= 1 ? 1 : 1UL << flsl(n - 1));
}
static __inline u_long
rounddown_pow_of_two(u_long n)
{
	return (1UL << (flsl(n) - 1));
}

/* The host's C library keeps these contracts. */
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strcpy(char *dst, const char *src);
char *strncpy(char *dst, const char *src, size_t n);
char *strcat(char *dst, const char *src);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *find);
char *strsep(char **stringp, const char *delim);
void *memchr(const void *s, int c, size_t n);
long strtol(const char *s, char **end, int base);
u_long strtoul(const char *s, char **end, int base);
quad_t strtoq(const char *s, char **end, int base);
u_quad_t strtouq(const char *s, char **end, int base);

/* Not in every C library: libkern.c. */
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcat(char *dst, const char *src, size_t size);

/* Random numbers: a function of the seed (random.c). */
uint32_t arc4random(void);
void arc4random_buf(void *buffer, size_t size);
void arc4rand(void *buffer, u_int size, int reseed);
u_long random(void);

static __inline int
isdigit(int c)
{
	return (c >= '0' && c <= '9');
}
static __inline int
isspace(int c)
{
	return (c == ' ' || (c >= '\t' && c <= '\r'));
}
static __inline int
isupper(int c)
{
	return (c >= 'A' && c <= 'Z');
}
static __inline int
islower(int c)
{
	return (c >= 'a' && c <= 'z');
}
static __inline int
isalpha(int c)
{
	return (isupper(c) || islower(c));
}
static __inline int
tolower(int c)
{
	return (isupper(c) ? c - 'A' + 'a' : c);
}
static __inline int
toupper(int c)
{
	return (islower(c) ? c - 'a' + 'A' : c);
}
static __inline int
isprint(int c)
{
	return (c >= ' ' && c <= '~');
}

#endif /* !_SYS_LIBKERN_H_ */
