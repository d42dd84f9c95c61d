/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ethernet frames: CRC (IEEE 802.3, 3.2.9), addresses as text, VLAN tags.
 */
#include "kernel/mbuf_var.h"

#include <sys/endian.h>
#include <net/ethernet.h>

uint32_t
ether_crc32_le(const uint8_t *buf, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= buf[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^
			    ((crc & 1) != 0 ? ETHER_CRC_POLY_LE : 0);
	}
	return (crc);
}

/* The bits of a byte come in the order of the wire, the lowest first. */
uint32_t
ether_crc32_be(const uint8_t *buf, size_t len)
{
	uint32_t crc = 0xffffffff, carry;

	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			carry = (crc >> 31) ^ ((buf[i] >> bit) & 1);
			crc <<= 1;
			if (carry != 0)
				crc = (crc ^ ETHER_CRC_POLY_BE) | 1;
		}
	return (crc);
}

char *
ether_sprintf(const u_int8_t *addr)
{
	static char text[3 * ETHER_ADDR_LEN];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", addr[0],
	    addr[1], addr[2], addr[3], addr[4], addr[5]);
	return (text);
}

struct mbuf *
ether_vlanencap_proto(struct mbuf *m, uint16_t tag, uint16_t proto)
{
	struct ether_vlan_header *evl;

	M_PREPEND(m, ETHER_VLAN_ENCAP_LEN, M_NOWAIT);
	if (m == NULL)
		return (NULL);
	if (m->m_len < (int)sizeof(*evl)) {
		m = m_pullup(m, sizeof(*evl));
		if (m == NULL)
			return (NULL);
	}
	/* The addresses move to the new start; type and data stay. */
	evl = mtod(m, struct ether_vlan_header *);
	memmove(evl, (char *)evl + ETHER_VLAN_ENCAP_LEN, ETHER_ADDR_LEN * 2);
	evl->evl_encap_proto = htons(proto);
	evl->evl_tag = htons(tag);
	return (m);
}
