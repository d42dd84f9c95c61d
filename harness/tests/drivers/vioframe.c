/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See vioframe.h.
 */
#include <string.h>

#include "tests/drivers/vioframe.h"

#define TCP 6
#define UDP 17

static void
put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static uint32_t
sum(const uint8_t *p, uint32_t length, uint32_t so_far)
{
	for (uint32_t i = 0; i < length; i++)
		so_far += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (so_far >> 16 != 0)
		so_far = (so_far & 0xffff) + (so_far >> 16);
	return (so_far);
}

/* Addresses, length and protocol. */
static uint32_t
pseudo(const struct vioframe *f, const uint8_t *bytes, uint32_t length)
{
	uint32_t total = f->udp ? UDP : TCP;

	total += length - f->l4;
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	return (f->ip6 ? sum(bytes + f->l3 + 8, 32, total) :
			 sum(bytes + f->l3 + 12, 8, total));
}

static void
make_ip4(const struct vioframe *f, uint8_t *ip)
{
	ip[0] = 0x45;
	put16(ip + 2, f->length - f->l3);
	put16(ip + 4, 0x1234);
	if (f->fragment)
		put16(ip + 6, 0x2000);
	ip[8] = 64;
	ip[9] = f->udp ? UDP : TCP;
	memcpy(ip + 12, (const uint8_t[]) { 10, 0, 0, 1, 10, 0, 0, 2 }, 8);
	put16(ip + 10, ~sum(ip, 20, 0) & 0xffff);
}

static void
make_ip6(const struct vioframe *f, uint8_t *ip)
{
	uint8_t proto = f->udp ? UDP : TCP;

	ip[0] = 0x60;
	put16(ip + 4, f->length - f->l3 - 40);
	ip[6] = f->extension != 0 ? f->extension : proto;
	ip[7] = 64;
	ip[8] = ip[24] = 0xfd;
	ip[23] = 1;
	ip[39] = 2;
	if (f->extension != 0)
		ip[40] = proto; /* and a length of 0: 8 bytes */
}

void
vioframe_make(struct vioframe *f, uint8_t *bytes, const uint8_t mac[6])
{
	uint32_t partial;
	uint8_t *l4;

	f->l3 = f->tag != 0 ? 18 : 14;
	f->l4 = (uint16_t)(f->l3 + (f->ip6 ? 40 : 20) +
	    (f->extension != 0 ? 8 : 0));
	f->headers = (uint16_t)(f->l4 + (f->udp ? 8 : 20));
	f->csum = (uint16_t)(f->l4 + (f->udp ? 6 : 16));
	f->length = f->headers + f->payload;
	memset(bytes, 0, f->headers);
	memset(bytes, 0xff, 6);
	if (mac != NULL)
		memcpy(bytes, mac, 6);
	memcpy(bytes + 6, (const uint8_t[]) { 2, 0, 0, 0, 0, 9 }, 6);
	if (f->tag != 0) {
		put16(bytes + 12, 0x8100);
		put16(bytes + 14, f->tag);
	}
	put16(bytes + f->l3 - 2, f->ip6 ? 0x86dd : 0x0800);
	for (uint32_t i = 0; i < f->payload; i++)
		bytes[f->headers + i] = (uint8_t)(i * 7 + i / 251);
	if (f->ip6)
		make_ip6(f, bytes + f->l3);
	else
		make_ip4(f, bytes + f->l3);
	l4 = bytes + f->l4;
	put16(l4, f->port != 0 ? f->port : 1234);
	put16(l4 + 2, 5678);
	if (f->udp) {
		put16(l4 + 4, f->length - f->l4);
	} else {
		put16(l4 + 4, f->seq >> 16);
		put16(l4 + 6, f->seq);
		l4[11] = 2;
		l4[12] = 0x50;
		l4[13] = 0x10 | f->tcp_flags;
		put16(l4 + 14, 0xffff);
	}
	partial = pseudo(f, bytes, f->length);
	put16(bytes + f->csum, partial);
	if (!f->partial) {
		put16(bytes + f->csum, 0);
		put16(bytes + f->csum,
		    ~sum(l4, f->length - f->l4, partial) & 0xffff);
	}
	if (f->bad_sum)
		bytes[f->csum] ^= 0x5a;
}

bool
vioframe_sum_is_good(const struct vioframe *f, const uint8_t *bytes,
    uint32_t length)
{
	return (sum(bytes + f->l4, length - f->l4, pseudo(f, bytes, length)) ==
	    0xffff);
}
