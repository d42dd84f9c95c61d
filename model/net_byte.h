/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Numbers in network byte order, at any address.
 */
#ifndef RINGSIDE_MODEL_NET_BYTE_H
#define RINGSIDE_MODEL_NET_BYTE_H

#include <stdint.h>

static inline uint16_t
net_get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static inline uint32_t
net_get32(const uint8_t *p)
{
	return ((uint32_t)net_get16(p) << 16 | net_get16(p + 2));
}

static inline void
net_put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void
net_put32(uint8_t *p, uint32_t value)
{
	net_put16(p, (uint16_t)(value >> 16));
	net_put16(p + 2, (uint16_t)value);
}

#endif /* !RINGSIDE_MODEL_NET_BYTE_H */
