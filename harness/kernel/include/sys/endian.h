/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * byteorder(9).
 */
#ifndef _SYS_ENDIAN_H_
#define _SYS_ENDIAN_H_
#include <sys/cdefs.h>
#include <sys/types.h>
#include <machine/endian.h>

#define bswap16(x) __bswap16(x)
#define bswap32(x) __bswap32(x)
#define bswap64(x) __bswap64(x)

#if _BYTE_ORDER == _LITTLE_ENDIAN
#define htobe16(x) bswap16((uint16_t)(x))
#define htole16(x) ((uint16_t)(x))
#define be16toh(x) bswap16((uint16_t)(x))
#define le16toh(x) ((uint16_t)(x))
#define htobe32(x) bswap32((uint32_t)(x))
#define htole32(x) ((uint32_t)(x))
#define be32toh(x) bswap32((uint32_t)(x))
#define le32toh(x) ((uint32_t)(x))
#define htobe64(x) bswap64((uint64_t)(x))
#define htole64(x) ((uint64_t)(x))
#define be64toh(x) bswap64((uint64_t)(x))
#define le64toh(x) ((uint64_t)(x))
#else
#define htobe16(x) ((uint16_t)(x))
#define htole16(x) bswap16((uint16_t)(x))
#define be16toh(x) ((uint16_t)(x))
#define le16toh(x) bswap16((uint16_t)(x))
#define htobe32(x) ((uint32_t)(x))
#define htole32(x) bswap32((uint32_t)(x))
#define be32toh(x) ((uint32_t)(x))
#define le32toh(x) bswap32((uint32_t)(x))
#define htobe64(x) ((uint64_t)(x))
#define htole64(x) bswap64((uint64_t)(x))
#define be64toh(x) ((uint64_t)(x))
#define le64toh(x) bswap64((uint64_t)(x))
#endif

/* To and from memory of any alignment. */
static __inline uint16_t
be16dec(const void *p)
{
	uint16_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return (be16toh(v));
}

static __inline void
be16enc(void *p, uint16_t u)
{
	uint16_t v = htobe16(u);

	__builtin_memcpy(p, &v, sizeof(v));
}

static __inline uint16_t
le16dec(const void *p)
{
	uint16_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return (le16toh(v));
}

static __inline void
le16enc(void *p, uint16_t u)
{
	uint16_t v = htole16(u);

	__builtin_memcpy(p, &v, sizeof(v));
}

static __inline uint32_t
be32dec(const void *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return (be32toh(v));
}

static __inline void
be32enc(void *p, uint32_t u)
{
	uint32_t v = htobe32(u);

	__builtin_memcpy(p, &v, sizeof(v));
}

static __inline uint32_t
le32dec(const void *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return (le32toh(v));
}

static __inline void
le32enc(void *p, uint32_t u)
{
	uint32_t v = htole32(u);

	__builtin_memcpy(p, &v, sizeof(v));
}

static __inline uint64_t
be64dec(const void *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return (be64toh(v));
}

static __inline void
be64enc(void *p, uint64_t u)
{
	uint64_t v = htobe64(u);

	__builtin_memcpy(p, &v, sizeof(v));
}

static __inline uint64_t
le64dec(const void *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return (le64toh(v));
}

static __inline void
le64enc(void *p, uint64_t u)
{
	uint64_t v = htole64(u);

	__builtin_memcpy(p, &v, sizeof(v));
}

#endif /* !_SYS_ENDIAN_H_ */
