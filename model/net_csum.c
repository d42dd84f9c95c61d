/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Internet checksums: see net_csum.h.
 */
#include "model/net_csum.h"

#include <string.h>

#include "model/net_byte.h"

/*
 * Words of 32 bits are added in lanes of 64, where no carry is lost: a lane
 * has room for 2^32 of them, and RFC 1071 (2, B and C) lets one add any two
 * 16 bit sums side by side.  Compilers make vectors of it everywhere.
 */
typedef uint64_t net_lanes __attribute__((vector_size(16)));
#define NET_LANES  4
#define LOW_HALVES ((net_lanes) { 0xffffffff, 0xffffffff })

static uint16_t
net_sum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return ((uint16_t)((sum >> 16) + (sum & 0xffff)));
}

/* The last bytes, fewer than 8, as a word with zeros behind them. */
static uint64_t
net_sum_tail(const uint8_t *p, size_t length)
{
	uint64_t sum = 0;
	uint32_t four;
	uint16_t two;
	uint8_t last[2] = { 0, 0 };

	if (length & 4) {
		memcpy(&four, p, 4);
		sum += four;
		p += 4;
	}
	if (length & 2) {
		memcpy(&two, p, 2);
		sum += two;
		p += 2;
	}
	if (length & 1) {
		last[0] = *p;
		memcpy(&two, last, 2);
		sum += two;
	}
	return (sum);
}

uint16_t
net_sum(const void *bytes, size_t length, uint16_t sum)
{
	const uint8_t *p = bytes;
	net_lanes low[2] = { { sum, 0 }, { 0, 0 } };
	net_lanes high[2] = { { 0, 0 }, { 0, 0 } };
	net_lanes w[NET_LANES];
	uint64_t all, word;

	for (; length >= sizeof(w); length -= sizeof(w)) {
		memcpy(w, p, sizeof(w));
		p += sizeof(w);
		low[0] += (w[0] & LOW_HALVES) + (w[1] & LOW_HALVES);
		low[1] += (w[2] & LOW_HALVES) + (w[3] & LOW_HALVES);
		high[0] += (w[0] >> 32) + (w[1] >> 32);
		high[1] += (w[2] >> 32) + (w[3] >> 32);
	}
	low[0] += low[1] + high[0] + high[1];
	all = low[0][0] + low[0][1];
	for (; length >= 8; length -= 8) {
		memcpy(&word, p, 8);
		p += 8;
		all += (word & 0xffffffff) + (word >> 32);
	}
	return (net_sum_fold(all + net_sum_tail(p, length)));
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
