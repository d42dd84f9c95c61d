/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bitset(9): sets of small numbers, of a size known to the compiler.
 *
 * `bits` is the size that BITSET_DEFINE() was given.  Bits beyond it in the
 * last word are never set by what is here, except by BIT_FILL() and BIT_NOT(),
 * as in FreeBSD: sizes are best multiples of the bits of a long.
 */
#ifndef _SYS_BITSET_H_
#define _SYS_BITSET_H_
#include <sys/types.h>
#include <sys/_bitset.h>
#include <machine/atomic.h>

/* The word that holds bit n, and the bit in it. */
#define __bitset_word(bits, n)	((size_t)(n) / _BITSET_BITS)
#define __bitset_mask(bits, n)	((long)(1UL << ((size_t)(n) % _BITSET_BITS)))
#define __bitset_of(p, bits, n) ((p)->__bits[__bitset_word(bits, n)])

#define BITSET_SIZE(bits)	(__bitset_words(bits) * sizeof(long))
#define BITSET_FSET(n)		[0 ...((n)-1)] = (-1L)
#define BITSET_T_INITIALIZER(x) \
	{                       \
		.__bits = { x } \
	}

/*
 * --- single bits ---
 */
#define BIT_SET(bits, n, p) \
	((void)(__bitset_of(p, bits, n) |= __bitset_mask(bits, n)))
#define BIT_CLR(bits, n, p) \
	((void)(__bitset_of(p, bits, n) &= ~__bitset_mask(bits, n)))
#define BIT_ISSET(bits, n, p) \
	((__bitset_of(p, bits, n) & __bitset_mask(bits, n)) != 0)
#define BIT_SETOF(bits, n, p)        \
	do {                         \
		BIT_ZERO(bits, p);   \
		BIT_SET(bits, n, p); \
	} while (0)

#define __bitset_atomic(p, bits, n) \
	((volatile u_long *)&__bitset_of(p, bits, n))
#define BIT_SET_ATOMIC(bits, n, p)                   \
	atomic_set_long(__bitset_atomic(p, bits, n), \
	    (u_long)__bitset_mask(bits, n))
#define BIT_SET_ATOMIC_ACQ(bits, n, p)                   \
	atomic_set_acq_long(__bitset_atomic(p, bits, n), \
	    (u_long)__bitset_mask(bits, n))
#define BIT_CLR_ATOMIC(bits, n, p)                     \
	atomic_clear_long(__bitset_atomic(p, bits, n), \
	    (u_long)__bitset_mask(bits, n))
/* Whether it was set before. */
#define BIT_TEST_SET_ATOMIC(bits, n, p) \
	(atomic_testandset_long(__bitset_atomic(p, bits, n), (u_int)(n)) != 0)
#define BIT_TEST_CLR_ATOMIC(bits, n, p) \
	(atomic_testandclear_long(__bitset_atomic(p, bits, n), (u_int)(n)) != 0)

/*
 * --- whole sets ---
 */
#define __BITSET_EACH(bits, i) for (size_t i = 0; i < __bitset_words(bits); i++)

#define BIT_ZERO(bits, p)                                    \
	do {                                                 \
		__BITSET_EACH(bits, b_)(p)->__bits[b_] = 0L; \
	} while (0)
#define BIT_FILL(bits, p)                                     \
	do {                                                  \
		__BITSET_EACH(bits, b_)(p)->__bits[b_] = -1L; \
	} while (0)
#define BIT_COPY(bits, from, to) ((void)(*(to) = *(from)))
#define BIT_COPY_STORE_REL(bits, from, to)                                  \
	do {                                                                \
		__BITSET_EACH(bits, b_)                                     \
		atomic_store_rel_long((volatile u_long *)&(to)->__bits[b_], \
		    (u_long)(from)->__bits[b_]);                            \
	} while (0)

/* dst = one OP another, word by word. */
#define __BITSET_OP2(bits, dst, s1, s2, op)                              \
	do {                                                             \
		__BITSET_EACH(bits, b_)                                  \
		(dst)->__bits[b_] = (s1)->__bits[b_] op(s2)->__bits[b_]; \
	} while (0)
#define BIT_OR2(bits, d, s1, s2)     __BITSET_OP2(bits, d, s1, s2, |)
#define BIT_ORNOT2(bits, d, s1, s2)  __BITSET_OP2(bits, d, s1, s2, | ~)
#define BIT_AND2(bits, d, s1, s2)    __BITSET_OP2(bits, d, s1, s2, &)
#define BIT_ANDNOT2(bits, d, s1, s2) __BITSET_OP2(bits, d, s1, s2, &~)
#define BIT_XOR2(bits, d, s1, s2)    __BITSET_OP2(bits, d, s1, s2, ^)
#define BIT_OR(bits, d, s)	     BIT_OR2(bits, d, d, s)
#define BIT_ORNOT(bits, d, s)	     BIT_ORNOT2(bits, d, d, s)
#define BIT_AND(bits, d, s)	     BIT_AND2(bits, d, d, s)
#define BIT_ANDNOT(bits, d, s)	     BIT_ANDNOT2(bits, d, d, s)
#define BIT_XOR(bits, d, s)	     BIT_XOR2(bits, d, d, s)
/* The names until FreeBSD 12. */
#define BIT_NAND(bits, d, s)	   BIT_ANDNOT(bits, d, s)
#define BIT_NAND2(bits, d, s1, s2) BIT_ANDNOT2(bits, d, s1, s2)

#define BIT_OR_ATOMIC(bits, d, s)                                    \
	do {                                                         \
		__BITSET_EACH(bits, b_)                              \
		atomic_set_long((volatile u_long *)&(d)->__bits[b_], \
		    (u_long)(s)->__bits[b_]);                        \
	} while (0)
#define BIT_AND_ATOMIC(bits, d, s)                                     \
	do {                                                           \
		__BITSET_EACH(bits, b_)                                \
		atomic_clear_long((volatile u_long *)&(d)->__bits[b_], \
		    ~(u_long)(s)->__bits[b_]);                         \
	} while (0)

/* True when the condition holds for each word b_. */
#define __BITSET_ALL(bits, cond)              \
	__extension__({                       \
		bool all_ = true;             \
		__BITSET_EACH(bits, b_)       \
		{                             \
			if (!(cond)) {        \
				all_ = false; \
				break;        \
			}                     \
		}                             \
		all_;                         \
	})
#define BIT_EMPTY(bits, p)     __BITSET_ALL(bits, (p)->__bits[b_] == 0L)
#define BIT_ISFULLSET(bits, p) __BITSET_ALL(bits, (p)->__bits[b_] == -1L)
#define BIT_SUBSET(bits, p, c) \
	__BITSET_ALL(bits, ((c)->__bits[b_] & ~(p)->__bits[b_]) == 0L)
#define BIT_OVERLAP(bits, p, c) \
	(!__BITSET_ALL(bits, ((c)->__bits[b_] & (p)->__bits[b_]) == 0L))
/* Whether they differ. */
#define BIT_CMP(bits, p, c) \
	(!__BITSET_ALL(bits, (c)->__bits[b_] == (p)->__bits[b_]))

/*
 * --- searching: bits count from 1, and 0 is none ---
 */

/* The first one that is set from bit `start` (from 0) on. */
static __inline long
__bitset_ffs_at(const long *words, size_t n, size_t start)
{
	u_long mask = ~0UL << (start % _BITSET_BITS), word;
	size_t i;

	for (i = start / _BITSET_BITS; i < n; i++, mask = ~0UL) {
		word = (u_long)words[i] & mask;
		if (word != 0)
			return ((long)(i * _BITSET_BITS) +
			    __builtin_ctzl(word) + 1);
	}
	return (0);
}

static __inline long
__bitset_fls(const long *words, size_t n)
{
	while (n-- > 0)
		if (words[n] != 0)
			return ((long)((n + 1) * _BITSET_BITS) -
			    __builtin_clzl((u_long)words[n]));
	return (0);
}

static __inline long
__bitset_count(const long *words, size_t n)
{
	long count = 0;

	while (n-- > 0)
		count += __builtin_popcountl((u_long)words[n]);
	return (count);
}

#define BIT_FFS_AT(bits, p, start) \
	__bitset_ffs_at((p)->__bits, __bitset_words(bits), (start))
#define BIT_FFS(bits, p)   BIT_FFS_AT(bits, p, 0)
#define BIT_FLS(bits, p)   __bitset_fls((p)->__bits, __bitset_words(bits))
#define BIT_COUNT(bits, p) __bitset_count((p)->__bits, __bitset_words(bits))

/* For each bit i that is set; the set may change behind i. */
#define BIT_FOREACH_ISSET(bits, i, p)                    \
	for ((i) = BIT_FFS(bits, p) - 1; (long)(i) >= 0; \
	     (i) = BIT_FFS_AT(bits, p, (size_t)(i) + 1) - 1)

#endif /* !_SYS_BITSET_H_ */
