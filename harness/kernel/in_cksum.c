/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Internet checksum (RFC 1071) of IPv4: sums of words as they are in
 * memory, whose one's complement is the same in either byte order.
 */
#include "kernel/mbuf_var.h"

#include <sys/endian.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <machine/in_cksum.h>

/* To 16 bits, with the carries. */
static u_short
fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ((u_short)((sum & 0xffff) + (sum >> 16)));
}

/* Halves of words, so that no carry is lost, and several sums at a time. */
static uint64_t
sum_bytes(const u_char *p, size_t len)
{
	uint64_t a = 0, b = 0, tail = 0, word[4];

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(word, p, sizeof(word));
		a += (uint32_t)word[0] + (word[0] >> 32) + (uint32_t)word[1] +
		    (word[1] >> 32);
		b += (uint32_t)word[2] + (word[2] >> 32) + (uint32_t)word[3] +
		    (word[3] >> 32);
	}
	for (; len >= sizeof(tail); p += sizeof(tail), len -= sizeof(tail)) {
		memcpy(&tail, p, sizeof(tail));
		a += (uint32_t)tail + (tail >> 32);
	}
	tail = 0;
	for (size_t i = 0; i < len; i++)
		((u_char *)&tail)[i] = p[i];
	return (a + b + (uint32_t)tail + (tail >> 32));
}

u_short
in_cksum_buffer(const void *buf, size_t len, u_int initial)
{
	return (fold(sum_bytes(buf, len) + initial));
}

u_short
in_cksum_skip(struct mbuf *m, int len, int skip)
{
	uint64_t total = 0;
	u_short sum;
	bool odd = false;
	int part;

	KASSERT(len >= skip && skip >= 0,
	    ("in_cksum_skip: %d bytes, of which %d are skipped", len, skip));
	len -= skip;
	for (; m != NULL && skip >= m->m_len; m = m->m_next)
		skip -= m->m_len;
	for (; m != NULL && len > 0; m = m->m_next, skip = 0) {
		part = MIN(m->m_len - skip, len);
		sum = fold(sum_bytes(mtod(m, u_char *) + skip, part));
		/* Behind an odd number of bytes all are the other halves. */
		total += odd ? bswap16(sum) : sum;
		odd ^= (part & 1) != 0;
		len -= part;
	}
	if (len > 0)
		printf("%s: out of data by %d\n", __func__, len);
	return (~fold(total) & 0xffff);
}

u_int
in_cksum_hdr(const struct ip *ip)
{
	return (~in_cksum_buffer(ip, sizeof(*ip), 0) & 0xffff);
}

u_short
in_pseudo(u_int sum, u_int b, u_int c)
{
	return (fold((uint64_t)sum + b + c));
}

u_short
in_addword(u_short sum, u_short b)
{
	return (fold((uint64_t)sum + b));
}
