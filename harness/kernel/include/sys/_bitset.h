/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The shape of a bitset(9); see <sys/bitset.h>.
 */
#ifndef _SYS__BITSET_H_
#define _SYS__BITSET_H_

#define _BITSET_BITS (sizeof(long) * 8)
/* Machine words that `bits` bits need. */
#define __howmany(x, y)	     (((x) + ((y)-1)) / (y))
#define __bitset_words(bits) (__howmany((bits), _BITSET_BITS))

#define __BITSET_DEFINE(type, bits)                  \
	struct type {                                \
		long __bits[__bitset_words((bits))]; \
	}
#define BITSET_DEFINE(type, bits) __BITSET_DEFINE(type, bits)
/* Of a size that only the caller knows; see BITSET_SIZE(). */
#define BITSET_DEFINE_VAR(type) __BITSET_DEFINE(type, 1)

#endif /* !_SYS__BITSET_H_ */
