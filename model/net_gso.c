/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Segmentation in software: see net_gso.h.
 */
#include "model/net_gso.h"

#include <errno.h>
#include <string.h>

#include "model/net_byte.h"

#define IP_MAX		65535
#define IP6_HEADER	40
#define IP4_MORE	0x2000 /* fragments */
#define IP4_COPIED	0x80   /* an option that all fragments have */
#define PROTO_FRAGMENT	44
#define FRAGMENT_HEADER 8

#define TCP_FIN		0x01
#define TCP_PSH		0x08
#define TCP_CWR		0x80

#define GSO(type)	(VIRTIO_NET_HDR_GSO_##type)

static uint8_t
net_gso_type(const struct net_frame *frame)
{
	return (frame->gso_type & ~GSO(ECN));
}

uint32_t
net_gso_needs(const struct net_frame *frame)
{
	struct net_headers headers;
	uint8_t copy[NET_HEADERS_MAX];
	uint32_t needs = 0;

	if (frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		needs |= NET_OFFLOAD_CSUM;
	if (frame->gso_type == GSO(NONE))
		return (needs);
	if (frame->gso_type & GSO(ECN))
		needs |= NET_OFFLOAD_ECN;
	switch (net_gso_type(frame)) {
	case GSO(TCPV4):
		return (needs | NET_OFFLOAD_TSO4);
	case GSO(TCPV6):
		return (needs | NET_OFFLOAD_TSO6);
	case GSO(UDP):
		return (needs | NET_OFFLOAD_UFO);
	case GSO(UDP_L4):
		(void)net_parse_frame(frame, copy, &headers);
		return (needs |
		    (headers.version == 6 ? NET_OFFLOAD_USO6 :
					    NET_OFFLOAD_USO4));
	default:
		return (needs);
	}
}

int
net_gso_check(const struct net_frame *frame, uint8_t *copy,
    struct net_headers *headers)
{
	uint8_t type = net_gso_type(frame), proto, version = 0;

	if (!net_parse_frame(frame, copy, headers))
		return (EINVAL);
	switch (type) {
	case GSO(TCPV4):
	case GSO(TCPV6):
		proto = NET_PROTO_TCP;
		version = type == GSO(TCPV4) ? 4 : 6;
		break;
	case GSO(UDP):
		proto = NET_PROTO_UDP;
		/* There may be a fragment header already. */
		if (headers->version == 6 && headers->frag_at == 0)
			return (EINVAL);
		break;
	case GSO(UDP_L4):
		proto = NET_PROTO_UDP;
		break;
	default:
		return (EINVAL);
	}
	if ((frame->gso_type & GSO(ECN)) != 0 && proto != NET_PROTO_TCP)
		return (EINVAL);
	if ((frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0 ||
	    frame->gso_size == 0)
		return (EINVAL);
	if (headers->version == 0 || headers->proto != proto ||
	    (version != 0 && headers->version != version))
		return (EINVAL);
	if (headers->fragment || headers->payload == 0 ||
	    headers->payload >= frame->length)
		return (EINVAL);
	if (frame->csum_start != headers->l4 ||
	    frame->csum_offset !=
		(proto == NET_PROTO_TCP ? NET_TCP_CSUM : NET_UDP_CSUM))
		return (EINVAL);
	return (0);
}

/* Moves to where the payload begins; what is there has few enough pieces. */
static int
net_gso_seek(struct net_gso *gso, size_t offset)
{
	const struct net_frame *frame = &gso->frame;
	unsigned i = 0;

	while (i < frame->iovcnt && offset >= frame->iov[i].iov_len)
		offset -= frame->iov[i++].iov_len;
	gso->in = frame->iov + i;
	gso->in_offset = offset;
	return (frame->iovcnt - i + 1 > NETPORT_SEGMENTS_MAX ? EMSGSIZE : 0);
}

/* Fragments carry multiples of 8, the first one all headers (RFC 791). */
static int
net_gso_begin_fragments(struct net_gso *gso)
{
	const struct net_headers *headers = &gso->headers;
	uint8_t *udp = gso->original + headers->l4;
	uint32_t udp_length = gso->frame.length - headers->l4;
	uint32_t headers_too = headers->payload -
	    (headers->version == 4 ? headers->l4 : headers->frag_at);
	uint16_t sum;

	gso->kind = NET_GSO_FRAGMENTS;
	gso->size &= ~7u;
	if (gso->size < headers_too)
		return (EINVAL);
	if (gso->frame.length - headers->l3 > IP_MAX)
		return (EMSGSIZE);
	/* One checksum for all, of the whole datagram. */
	net_put16(udp + 4, (uint16_t)udp_length);
	memset(udp + NET_UDP_CSUM, 0, 2);
	sum = net_sum_pseudo(gso->original, headers, udp_length);
	sum = net_sum(udp, headers->payload - headers->l4, sum);
	sum = ~net_sum_iov(gso->in, gso->frame.iovcnt, gso->in_offset,
	    gso->left, sum);
	if (sum == 0)
		sum = 0xffff;
	memcpy(udp + NET_UDP_CSUM, &sum, 2);
	if (headers->version == 6)
		gso->ident++;
	return (0);
}

static int
net_gso_begin_segments(struct net_gso *gso)
{
	struct net_headers *headers = &gso->headers;
	uint32_t packet, most;
	int error;

	error = net_gso_check(&gso->frame, gso->original, headers);
	if (error != 0)
		return (error);
	error = net_gso_seek(gso, headers->payload);
	if (error != 0)
		return (error);
	gso->kind = NET_GSO_SEGMENTS;
	gso->left = gso->frame.length - headers->payload;
	gso->done = 0;
	gso->size = gso->frame.gso_size;
	if (net_gso_type(&gso->frame) == GSO(UDP))
		return (net_gso_begin_fragments(gso));
	packet = headers->payload - headers->l3;
	packet += gso->size < gso->left ? gso->size : gso->left;
	most = headers->version == 4 ? IP_MAX : IP_MAX + IP6_HEADER;
	return (packet > most ? EMSGSIZE : 0);
}

int
net_gso_begin(struct net_gso *gso, const struct net_frame *frame,
    uint32_t takes)
{
	gso->frame = *frame;
	gso->index = 0;
	gso->kind = NET_GSO_AS_IT_IS;
	if (frame->gso_type == GSO(NONE)) {
		if ((frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0 ||
		    (takes & NET_OFFLOAD_CSUM) != 0)
			return (0);
		gso->kind = NET_GSO_CHECKSUM;
		if (frame->iovcnt + 2 > NETPORT_SEGMENTS_MAX)
			return (EMSGSIZE);
		return (net_csum_finish(frame, &gso->csum) ? 0 : EINVAL);
	}
	/* What passes as it is must be what it says, too. */
	if ((net_gso_needs(frame) & ~takes) == 0)
		return (net_gso_check(frame, gso->original, &gso->headers));
	return (net_gso_begin_segments(gso));
}

/*
 * Adds the next `length` bytes of the frame to the pieces of a segment;
 * returns how many pieces there are then.
 */
static unsigned
net_gso_take(struct net_gso *gso, unsigned count, uint32_t length)
{
	size_t piece;

	while (length > 0) {
		piece = gso->in->iov_len - gso->in_offset;
		if (piece > length)
			piece = length;
		gso->iov[count++] = (struct iovec) {
			(uint8_t *)gso->in->iov_base + gso->in_offset, piece
		};
		length -= (uint32_t)piece;
		gso->in_offset += piece;
		if (gso->in_offset == gso->in->iov_len) {
			gso->in++;
			gso->in_offset = 0;
		}
	}
	return (count);
}

static void
net_gso_emit(struct net_gso *gso, struct net_frame *segment, unsigned count,
    uint32_t length)
{
	*segment = (struct net_frame) {
		.iov = gso->iov,
		.iovcnt = count,
		.length = length,
	};
	gso->index++;
}

/* The frame in three: what is before the checksum, that, and the rest. */
static void
net_gso_checksum(struct net_gso *gso, struct net_frame *segment)
{
	const struct net_frame *frame = &gso->frame;
	uint32_t at = frame->csum_start + frame->csum_offset;
	unsigned count;

	gso->in = frame->iov;
	gso->in_offset = 0;
	count = net_gso_take(gso, 0, at);
	gso->iov[count] = (struct iovec) { &gso->csum, 2 };
	(void)net_gso_seek(gso, at + 2);
	count = net_gso_take(gso, count + 1, frame->length - at - 2);
	net_gso_emit(gso, segment, count, frame->length);
}

/* Length and header checksum of IPv4; identification and all are set. */
static void
net_gso_ip4(uint8_t *ip, uint32_t size, uint32_t length)
{
	uint16_t sum;

	net_put16(ip + 2, (uint16_t)length);
	memset(ip + 10, 0, 2);
	sum = ~net_sum(ip, size, 0);
	memcpy(ip + 10, &sum, 2);
}

static void
net_gso_tcp(struct net_gso *gso, bool last)
{
	uint8_t *tcp = gso->header + gso->headers.l4;

	net_put32(tcp + 4, net_get32(tcp + 4) + gso->done);
	/* RFC 3168, 6.1.2: the window is reduced once. */
	if (gso->index != 0)
		tcp[13] &= ~TCP_CWR;
	if (!last)
		tcp[13] &= ~(TCP_FIN | TCP_PSH);
}

/* A whole packet with the headers of the original. */
static void
net_gso_segment(struct net_gso *gso, struct net_frame *segment)
{
	const struct net_headers *headers = &gso->headers;
	uint32_t data = gso->left < gso->size ? gso->left : gso->size;
	uint32_t header = headers->payload - headers->l4;
	uint8_t *ip = gso->header + headers->l3;
	uint8_t *l4 = gso->header + headers->l4;
	uint16_t sum;
	unsigned count;
	size_t field;

	memcpy(gso->header, gso->original, headers->payload);
	if (headers->version == 4) {
		net_put16(ip + 4, (uint16_t)(net_get16(ip + 4) + gso->index));
		net_gso_ip4(ip, headers->l4 - headers->l3,
		    headers->payload - headers->l3 + data);
	} else {
		net_put16(ip + 4,
		    (uint16_t)(headers->payload - headers->l3 - IP6_HEADER +
			data));
	}
	if (headers->proto == NET_PROTO_TCP) {
		net_gso_tcp(gso, data == gso->left);
		field = NET_TCP_CSUM;
	} else {
		net_put16(l4 + 4, (uint16_t)(header + data));
		field = NET_UDP_CSUM;
	}
	gso->iov[0] = (struct iovec) { gso->header, headers->payload };
	count = net_gso_take(gso, 1, data);
	memset(l4 + field, 0, 2);
	sum = net_sum_pseudo(gso->header, headers, header + data);
	sum = net_sum(l4, header, sum);
	sum = ~net_sum_iov(gso->iov + 1, count - 1, 0, data, sum);
	if (sum == 0)
		sum = 0xffff;
	memcpy(l4 + field, &sum, 2);
	gso->left -= data;
	gso->done += data;
	net_gso_emit(gso, segment, count, headers->payload + data);
}

/* Of the options, later fragments have those that are to be copied. */
static void
net_gso_ip4_options(uint8_t *ip, size_t size)
{
	size_t at = 20, length;

	while (at < size && ip[at] != 0) {
		length = ip[at] == 1 || at + 1 == size ? 1 : ip[at + 1];
		if (length == 0 || (ip[at] != 1 && length < 2) ||
		    at + length > size)
			return;
		if ((ip[at] & IP4_COPIED) == 0)
			memset(ip + at, 1, length);
		at += length;
	}
}

/*
 * Makes the header of a fragment that has the next `data` bytes of what is
 * fragmented; returns the header's length.
 */
static uint32_t
net_gso_fragment_header(struct net_gso *gso, uint32_t data, bool last)
{
	const struct net_headers *headers = &gso->headers;
	uint8_t *ip = gso->header + headers->l3, *fragment;
	uint16_t size;

	if (headers->version == 4) {
		memcpy(gso->header, gso->original, headers->l4);
		size = headers->l4 - headers->l3;
		if (gso->index != 0)
			net_gso_ip4_options(ip, size);
		net_put16(ip + 6,
		    (uint16_t)(gso->done / 8 | (last ? 0 : IP4_MORE)));
		net_gso_ip4(ip, size, size + data);
		return (headers->l4);
	}
	memcpy(gso->header, gso->original, headers->frag_at);
	net_put16(ip + 4,
	    (uint16_t)(headers->frag_at - headers->l3 - IP6_HEADER +
		FRAGMENT_HEADER + data));
	fragment = gso->header + headers->frag_at;
	fragment[0] = gso->header[headers->frag_next];
	fragment[1] = 0;
	gso->header[headers->frag_next] = PROTO_FRAGMENT;
	net_put16(fragment + 2, (uint16_t)(gso->done | (last ? 0 : 1)));
	net_put32(fragment + 4, gso->ident);
	return (headers->frag_at + FRAGMENT_HEADER);
}

static void
net_gso_fragment(struct net_gso *gso, struct net_frame *segment)
{
	const struct net_headers *headers = &gso->headers;
	uint32_t from = headers->version == 4 ? headers->l4 : headers->frag_at;
	uint32_t header, rest = 0, data;
	unsigned count;
	bool last;

	/* The first fragment has the headers that are not all fragments'. */
	if (gso->index == 0)
		rest = headers->payload - from;
	last = rest + gso->left <= gso->size;
	data = last ? gso->left : gso->size - rest;
	header = net_gso_fragment_header(gso, rest + data, last);
	memcpy(gso->header + header, gso->original + from, rest);
	header += rest;
	gso->iov[0] = (struct iovec) { gso->header, header };
	count = net_gso_take(gso, 1, data);
	gso->left -= data;
	gso->done += rest + data;
	net_gso_emit(gso, segment, count, header + data);
}

bool
net_gso_next(struct net_gso *gso, struct net_frame *segment)
{
	if (gso->index != 0 && (gso->kind < NET_GSO_SEGMENTS || gso->left == 0))
		return (false);
	switch (gso->kind) {
	case NET_GSO_AS_IT_IS:
		*segment = gso->frame;
		gso->index++;
		break;
	case NET_GSO_CHECKSUM:
		net_gso_checksum(gso, segment);
		break;
	case NET_GSO_SEGMENTS:
		net_gso_segment(gso, segment);
		break;
	case NET_GSO_FRAGMENTS:
		net_gso_fragment(gso, segment);
		break;
	}
	return (true);
}
