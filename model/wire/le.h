/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Little-endian fields.  Everything that virtio 1.x puts in shared memory or
 * in registers is little-endian (virtio 1.3, section 1.4); the types say so
 * and the functions convert.  Each function is its own inverse.
 */
#ifndef RINGSIDE_MODEL_WIRE_LE_H
#define RINGSIDE_MODEL_WIRE_LE_H

#include <stdint.h>

typedef uint16_t le16;
typedef uint32_t le32;
typedef uint64_t le64;

static inline uint16_t
wire16(uint16_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (__builtin_bswap16(v));
#else
	return (v);
#endif
}

static inline uint32_t
wire32(uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (__builtin_bswap32(v));
#else
	return (v);
#endif
}

static inline uint64_t
wire64(uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (__builtin_bswap64(v));
#else
	return (v);
#endif
}

#endif /* !RINGSIDE_MODEL_WIRE_LE_H */
