/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Internet checksums: see net_csum.h.
 */
#include "model/net_csum.h"

#include <string.h>

#include "model/net_byte.h"

/* Adds with the carry brought back, which a one's complement sum needs. */
#define ADD(sum, word)                   \
	do {                             \
		(sum) += (word);         \
		(sum) += (sum) < (word); \
	} while (0)

static uint16_t
net_sum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return ((uint16_t)((sum >> 16) + (sum & 0xffff)));
}

uint16_t
net_sum(const void *bytes, size_t length, uint16_t sum)
{
	const uint8_t *p = bytes;
	uint64_t a = sum, b = 0, c = 0, d = 0, w[4];

	/* Four chains of carries, since each waits for its own last one. */
	for (; length >= sizeof(w); length -= sizeof(w)) {
		memcpy(w, p, sizeof(w));
		p += sizeof(w);
		ADD(a, w[0]);
		ADD(b, w[1]);
		ADD(c, w[2]);
		ADD(d, w[3]);
	}
	ADD(a, b);
	ADD(c, d);
	ADD(a, c);
	for (; length >= 8; length -= 8) {
		memcpy(w, p, 8);
		p += 8;
		ADD(a, w[0]);
	}
	if (length > 0) {
		w[0] = 0;
		memcpy(w, p, length);
		ADD(a, w[0]);
	}
	return (net_sum_fold(a));
}

uint16_t
net_sum_add(uint16_t a, uint16_t b)
{
	return (net_sum_fold((uint64_t)a + b));
}

uint16_t
net_sum_iov(const struct iovec *iov, unsigned iovcnt, size_t offset,
    size_t length, uint16_t sum)
{
	uint16_t piece_sum;
	size_t piece;
	bool odd = false;
	unsigned i;

	for (i = 0; i < iovcnt && length > 0; i++) {
		if (offset >= iov[i].iov_len) {
			offset -= iov[i].iov_len;
			continue;
		}
		piece = iov[i].iov_len - offset;
		if (piece > length)
			piece = length;
		piece_sum = net_sum((const uint8_t *)iov[i].iov_base + offset,
		    piece, 0);
		/* Behind an odd number of bytes, all are the other half. */
		sum = net_sum_add(sum,
		    odd ? __builtin_bswap16(piece_sum) : piece_sum);
		odd ^= (piece & 1) != 0;
		length -= piece;
		offset = 0;
	}
	return (sum);
}

bool
net_iov_read(const struct iovec *iov, unsigned iovcnt, size_t offset, void *to,
    size_t length)
{
	uint8_t *p = to;
	size_t have = 0, piece;
	unsigned i;

	for (i = 0; i < iovcnt && have < offset + length; i++)
		have += iov[i].iov_len;
	if (have < offset + length)
		return (false);
	for (i = 0; length > 0; i++) {
		if (offset >= iov[i].iov_len) {
			offset -= iov[i].iov_len;
			continue;
		}
		piece = iov[i].iov_len - offset;
		if (piece > length)
			piece = length;
		memcpy(p, (const uint8_t *)iov[i].iov_base + offset, piece);
		p += piece;
		length -= piece;
		offset = 0;
	}
	return (true);
}

uint16_t
net_sum_pseudo(const uint8_t *bytes, const struct net_headers *headers,
    uint32_t length)
{
	size_t address = headers->version == 4 ? 4 : 16;
	uint8_t rest[8];
	uint16_t sum;

	sum = net_sum(bytes + headers->src, address, 0);
	sum = net_sum(bytes + headers->dst, address, sum);
	/* IPv4 has a length of 16 bits there: the same sum. */
	net_put32(rest, length);
	net_put32(rest + 4, headers->proto);
	return (net_sum(rest, sizeof(rest), sum));
}

bool
net_csum_finish(const struct net_frame *frame, uint16_t *csum)
{
	uint32_t start = frame->csum_start;
	uint16_t sum;

	if (start + frame->csum_offset + 2 > frame->length)
		return (false);
	sum = ~net_sum_iov(frame->iov, frame->iovcnt, start,
	    frame->length - start, 0);
	*csum = sum != 0 ? sum : 0xffff;
	return (true);
}

/* Of the transport header and what follows; its length by IP or by UDP. */
static bool
net_csum_length(const uint8_t *bytes, const struct net_headers *headers,
    uint32_t *length)
{
	uint32_t room, udp;

	if (headers->fragment || headers->payload == 0 ||
	    headers->payload > headers->end)
		return (false);
	room = headers->end - headers->l4;
	*length = room;
	if (headers->proto == NET_PROTO_TCP)
		return (true);
	udp = net_get16(bytes + headers->l4 + 4);
	*length = udp;
	return (udp >= 8 && udp <= room &&
	    net_get16(bytes + headers->l4 + NET_UDP_CSUM) != 0);
}

enum net_csum_verdict
net_csum_verify(const struct net_frame *frame)
{
	struct net_headers headers;
	uint8_t bytes[NET_HEADERS_MAX];
	uint32_t length, header;
	uint16_t sum;

	if (!net_parse_frame(frame, bytes, &headers) ||
	    !net_csum_length(bytes, &headers, &length))
		return (NET_CSUM_NONE);
	if (headers.version == 4 &&
	    net_sum(bytes + headers.l3, headers.l4 - headers.l3, 0) != 0xffff)
		return (NET_CSUM_BAD);
	/* The header as it was looked at, the payload from where it lies. */
	header = headers.payload - headers.l4;
	sum = net_sum_pseudo(bytes, &headers, length);
	sum = net_sum(bytes + headers.l4, header, sum);
	sum = net_sum_iov(frame->iov, frame->iovcnt, headers.payload,
	    length - header, sum);
	return (sum == 0xffff ? NET_CSUM_GOOD : NET_CSUM_BAD);
}
