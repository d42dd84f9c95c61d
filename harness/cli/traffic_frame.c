/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames of the network workload.  One that is cut into segments arrives in
 * several, and one that was merged has several in it: TCP's sequence number
 * says which bytes of the payload are there, the source port and the
 * acknowledgement which slot and operation.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/traffic_var.h"
#include "model/net_csum.h"

#define ETHER	  14
#define STAMP	  14 /* of frames without TCP: magic, slot, operation */
#define MAGIC	  0x72736e74u
#define ETHERTYPE 0x88b5 /* IEEE 802: local experimental */
#define BASE_PORT 1024
#define BASE_SEQ  0x10000000u

const char *const traffic_kind_names[TRAFFIC_KINDS] = { "raw", "udp4", "udp6",
	"tcp4", "tcp6", "tso4", "tso6" };

static void
put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* Sums are in the order of memory. */
static void
put_sum(uint8_t *at, uint16_t sum)
{
	memcpy(at, &sum, sizeof(sum));
}

static uint32_t
get16(const uint8_t *at)
{
	return ((uint32_t)at[0] << 8 | at[1]);
}

static uint32_t
get32(const uint8_t *at)
{
	return (get16(at) << 16 | get16(at + 2));
}

static bool
is_tcp(enum traffic_kind kind)
{
	return (kind >= TRAFFIC_TCP4);
}

static bool
is_v6(enum traffic_kind kind)
{
	return (kind == TRAFFIC_UDP6 || kind == TRAFFIC_TCP6 ||
	    kind == TRAFFIC_TSO6);
}

/* Bytes before the payload. */
static uint32_t
headers(enum traffic_kind kind)
{
	if (kind == TRAFFIC_RAW)
		return (ETHER + STAMP);
	return (
	    ETHER + (is_v6(kind) ? 40 : 20) + (is_tcp(kind) ? 20 : 8 + STAMP));
}

/*
 * --- making ---
 */

static void
put_stamp(const struct traffic_slot *slot, uint8_t *at)
{
	put32(at, MAGIC);
	put16(at + 4, slot->index);
	put32(at + 6, (uint32_t)(slot->op >> 32));
	put32(at + 10, (uint32_t)slot->op);
}

/* The IP header for a packet of `length` bytes behind it. */
static uint8_t *
put_ip(const struct traffic_slot *slot, uint8_t *at, uint32_t length)
{
	const uint8_t proto =
	    is_tcp(slot->kind) ? NET_PROTO_TCP : NET_PROTO_UDP;

	if (is_v6(slot->kind)) {
		at[0] = 0x60;
		put16(at + 4, length);
		at[6] = proto;
		at[7] = 64;
		at[8] = at[24] = 0xfd;
		at[23] = (uint8_t)(1 + slot->from);
		at[39] = (uint8_t)(1 + slot->to);
		return (at + 40);
	}
	at[0] = 0x45;
	put16(at + 2, 20 + length);
	put16(at + 4, (uint16_t)slot->op);
	at[8] = 64;
	at[9] = proto;
	put32(at + 12, 0x0a000001u + slot->from);
	put32(at + 16, 0x0a000001u + slot->to);
	put_sum(at + 10, (uint16_t)~net_sum(at, 20, 0));
	return (at + 20);
}

static void
put_transport(struct traffic_run *run, struct traffic_slot *slot, uint8_t *at)
{
	put16(at, BASE_PORT + slot->index);
	put16(at + 2, (unsigned)(5000 + traffic_draw(run, 64)));
	if (is_tcp(slot->kind)) {
		put32(at + 4, BASE_SEQ);
		put32(at + 8, (uint32_t)slot->op);
		at[12] = 5 << 4;
		at[13] = 0x10; /* ACK */
		put16(at + 14, 65535);
		return;
	}
	put16(at + 4, 8 + STAMP + slot->payload);
	put_stamp(slot, at + 8);
}

static void
put_headers(struct traffic_run *run, struct traffic_slot *slot)
{
	const uint32_t size = headers(slot->kind);
	uint8_t *head = slot->head, *at = head + ETHER;
	struct net_headers h;
	uint32_t length;

	memset(head, 0, sizeof(slot->head));
	memcpy(head, run->nics[slot->to].info.mac, 6);
	memcpy(head + 6, run->nics[slot->from].info.mac, 6);
	slot->head_length = size;
	if (slot->kind == TRAFFIC_RAW) {
		put16(head + 12, ETHERTYPE);
		put_stamp(slot, at);
		return;
	}
	put16(head + 12,
	    is_v6(slot->kind) ? NET_ETHERTYPE_IP6 : NET_ETHERTYPE_IP4);
	length = size - ETHER - (is_v6(slot->kind) ? 40 : 20) + slot->payload;
	at = put_ip(slot, at, length);
	put_transport(run, slot, at);
	/* What is left to be done: the pseudo header's sum stands there. */
	if (net_parse(head, size, size + slot->payload, &h))
		put_sum(at + (is_tcp(slot->kind) ? NET_TCP_CSUM : NET_UDP_CSUM),
		    net_sum_pseudo(head, &h, length));
}

/* A size, and a kind that fits into it. */
static void
draw_shape(struct traffic_run *run, struct traffic_slot *slot)
{
	const uint32_t most = run->mtu + ETHER;
	const uint32_t enabled = run->nics[slot->from].info.enabled;
	uint32_t size = (uint32_t)run->traffic->frame;
	uint64_t how = traffic_draw(run, 10);

	slot->kind = (enum traffic_kind)traffic_draw(run, TRAFFIC_KINDS);
	if (size == 0 && how < 4)
		size = TRAFFIC_FRAME_MIN + (uint32_t)traffic_draw(run, 69);
	else if (size == 0 && how < 7)
		size = most;
	else if (size == 0)
		size = TRAFFIC_FRAME_MIN +
		    (uint32_t)traffic_draw(run, most - TRAFFIC_FRAME_MIN + 1);
	if (slot->kind >= TRAFFIC_TSO4) {
		if (run->traffic->frame == 0 &&
		    (enabled &
			(slot->kind == TRAFFIC_TSO4 ? NETIF_CAP_TSO4 :
						      NETIF_CAP_TSO6)) != 0)
			size = 2 * most + (uint32_t)traffic_draw(run, 60000);
		else
			slot->kind -= TRAFFIC_TSO4 - TRAFFIC_TCP4;
	}
	if (size > 65000)
		size = 65000;
	if (size < headers(slot->kind))
		slot->kind = TRAFFIC_RAW;
	slot->payload = size - headers(slot->kind);
	slot->offset =
	    (uint32_t)traffic_draw(run, TRAFFIC_PATTERN - slot->payload);
	slot->vlan = run->vlans && traffic_draw(run, 8) == 0;
}

static uint32_t
wishes(enum traffic_kind kind)
{
	static const uint32_t all[TRAFFIC_KINDS] = {
		[TRAFFIC_UDP4] = NETIF_TX_UDP4 | NETIF_TX_IP_CSUM,
		[TRAFFIC_UDP6] = NETIF_TX_UDP6,
		[TRAFFIC_TCP4] = NETIF_TX_TCP4 | NETIF_TX_IP_CSUM,
		[TRAFFIC_TCP6] = NETIF_TX_TCP6,
		[TRAFFIC_TSO4] =
		    NETIF_TX_TCP4 | NETIF_TX_IP_CSUM | NETIF_TX_SEGMENT,
		[TRAFFIC_TSO6] = NETIF_TX_TCP6 | NETIF_TX_SEGMENT,
	};

	return (all[kind]);
}

void
traffic_make(struct traffic_run *run, struct traffic_slot *slot,
    struct netif_frame *frame)
{
	slot->from = (unsigned)traffic_draw(run, run->nnics);
	slot->to = slot->from;
	if (run->nnics > 1)
		slot->to = (unsigned)(slot->from + 1 +
			       traffic_draw(run, run->nnics - 1)) %
		    run->nnics;
	draw_shape(run, slot);
	slot->arrived = 0;
	put_headers(run, slot);
	slot->iov[0] = (struct iovec) { slot->head, slot->head_length };
	slot->iov[1] =
	    (struct iovec) { run->pattern + slot->offset, slot->payload };
	*frame = (struct netif_frame) {
		.iov = slot->iov,
		.iovcnt = slot->payload > 0 ? 2 : 1,
		.length = slot->head_length + slot->payload,
		.flags = wishes(slot->kind) | (slot->vlan ? NETIF_VLAN : 0),
		.vlan_tag = slot->vlan ? TRAFFIC_VLAN : 0,
	};
	if (slot->kind >= TRAFFIC_TSO4)
		frame->segment_size =
		    (uint16_t)(run->mtu + ETHER - slot->head_length);
}

/*
 * --- comparing ---
 */

/* Whose it is; NULL: nobody's. */
static struct traffic_slot *
find(struct traffic_run *run, const uint8_t *head, size_t have,
    const struct net_headers *h)
{
	struct traffic_slot *slot;
	unsigned index;
	uint64_t op;
	bool tcp = h->proto == NET_PROTO_TCP;
	size_t at = h->ethertype == ETHERTYPE ? h->l3 : h->l4 + 8u;

	if (tcp) {
		if (h->payload == 0 || h->payload > have)
			return (NULL);
		index = get16(head + h->l4) - BASE_PORT;
		op = get32(head + h->l4 + 8);
	} else {
		if (at + STAMP > have || get32(head + at) != MAGIC)
			return (NULL);
		index = get16(head + at + 4);
		op = get32(head + at + 10);
	}
	if (index >= run->traffic->depth)
		return (NULL);
	slot = &run->slots[index];
	return (slot->busy && (uint32_t)slot->op == (uint32_t)op &&
		    is_tcp(slot->kind) == tcp ?
		slot :
		NULL);
}

/* Fields that a segment, or a checksum, may have changed. */
static void
blank(const struct traffic_slot *slot, uint8_t *head)
{
	uint8_t *ip = head + ETHER, *l4;

	if (slot->kind == TRAFFIC_RAW)
		return;
	l4 = ip + (is_v6(slot->kind) ? 40 : 20);
	if (is_v6(slot->kind))
		put16(ip + 4, 0);
	else {
		put16(ip + 2, 0);
		put16(ip + 4, 0);
		put16(ip + 10, 0);
	}
	if (is_tcp(slot->kind)) {
		put32(l4 + 4, 0);
		l4[13] &= (uint8_t)~0x08; /* PSH */
		put16(l4 + NET_TCP_CSUM, 0);
	} else
		put16(l4 + NET_UDP_CSUM, 0);
}

/* Where the payload differs from the pattern; its length: nowhere. */
static uint32_t
differs(const struct traffic_run *run, const struct netif_frame *frame,
    uint32_t skip, uint32_t length, uint32_t offset)
{
	const uint8_t *bytes, *expected = run->pattern + offset;
	uint32_t done = 0, part, i;

	for (unsigned piece = 0; piece < frame->iovcnt && done < length;
	     piece++) {
		bytes = frame->iov[piece].iov_base;
		part = (uint32_t)frame->iov[piece].iov_len;
		if (skip >= part) {
			skip -= part;
			continue;
		}
		bytes += skip;
		part -= skip;
		skip = 0;
		if (part > length - done)
			part = length - done;
		if (memcmp(bytes, expected + done, part) != 0) {
			for (i = 0; bytes[i] == expected[done + i]; i++)
				;
			return (done + i);
		}
		done += part;
	}
	return (done);
}

/*
 * A checksum that the driver calls good may be one that was never made (its
 * field has the pseudo header's sum); any other must be right.
 */
static bool
checksum_holds(const struct netif_frame *frame, const uint8_t *head,
    const struct net_headers *h)
{
	const struct net_frame whole = { .iov = frame->iov,
		.iovcnt = frame->iovcnt,
		.length = frame->length };
	const unsigned field =
	    h->l4 + (h->proto == NET_PROTO_TCP ? NET_TCP_CSUM : NET_UDP_CSUM);
	uint16_t sum;

	memcpy(&sum, head + field, sizeof(sum));
	if ((frame->flags & NETIF_RX_L4_GOOD) != 0 &&
	    sum == net_sum_pseudo(head, h, h->end - h->l4))
		return (true);
	/* Merged by software: headers are the first segment's. */
	if ((frame->flags & NETIF_RX_L4_GOOD) != 0 &&
	    (frame->flags & NETIF_RX_MERGED) != 0)
		return (true);
	return (net_csum_verify(&whole) == NET_CSUM_GOOD);
}

/* The headers are those that were sent; says what is not. */
static bool
same_headers(const struct traffic_slot *slot, struct traffic *traffic,
    const uint8_t *head, size_t have, const struct netif_frame *frame)
{
	uint8_t sent[TRAFFIC_HEADERS], got[TRAFFIC_HEADERS];

	if (have < slot->head_length) {
		traffic_fail(traffic, "frame %" PRIu64 " (%s) is cut at %zu",
		    slot->op, traffic_kind_names[slot->kind], have);
		return (false);
	}
	memcpy(sent, slot->head, slot->head_length);
	memcpy(got, head, slot->head_length);
	blank(slot, sent);
	blank(slot, got);
	for (uint32_t i = 0; i < slot->head_length; i++) {
		if (sent[i] == got[i])
			continue;
		traffic_fail(traffic,
		    "frame %" PRIu64 " (%s): byte %" PRIu32
		    " of its headers is 0x%02x, not 0x%02x",
		    slot->op, traffic_kind_names[slot->kind], i, head[i],
		    slot->head[i]);
		return (false);
	}
	if (((frame->flags & NETIF_VLAN) != 0) != slot->vlan ||
	    (slot->vlan && frame->vlan_tag != TRAFFIC_VLAN)) {
		traffic_fail(traffic,
		    "frame %" PRIu64 " (%s): VLAN tag %u, not %u", slot->op,
		    traffic_kind_names[slot->kind],
		    (frame->flags & NETIF_VLAN) != 0 ? frame->vlan_tag : 0,
		    slot->vlan ? TRAFFIC_VLAN : 0);
		return (false);
	}
	return (true);
}

struct traffic_slot *
traffic_arrived(struct traffic_nic *nic, const struct netif_frame *frame)
{
	struct traffic_run *run = nic->run;
	struct traffic *traffic = run->traffic;
	struct traffic_slot *slot;
	uint8_t head[NET_HEADERS_MAX];
	struct net_headers h;
	uint32_t at = 0, length, same;
	size_t have =
	    frame->length < sizeof(head) ? frame->length : sizeof(head);

	if (!net_iov_read(frame->iov, frame->iovcnt, 0, head, have) ||
	    !net_parse(head, have, frame->length, &h) ||
	    (slot = find(run, head, have, &h)) == NULL ||
	    slot->to != nic->index) {
		traffic_fail(traffic,
		    "%s has received a frame of %" PRIu32
		    " bytes that nobody has sent there",
		    nic->info.name, frame->length);
		return (NULL);
	}
	if (!same_headers(slot, traffic, head, have, frame))
		return (NULL);
	length = frame->length - slot->head_length;
	if (is_tcp(slot->kind))
		at = get32(head + h.l4 + 4) - BASE_SEQ;
	if (at > slot->payload || length > slot->payload - at ||
	    length > slot->payload - slot->arrived ||
	    (!is_tcp(slot->kind) && length != slot->payload)) {
		traffic_fail(traffic,
		    "frame %" PRIu64 " (%s) of %" PRIu32
		    " payload bytes: %" PRIu32 " arrive at %" PRIu32,
		    slot->op, traffic_kind_names[slot->kind], slot->payload,
		    length, at);
		return (NULL);
	}
	same =
	    differs(run, frame, slot->head_length, length, slot->offset + at);
	if (same != length) {
		traffic_fail(traffic,
		    "frame %" PRIu64 " (%s): byte %" PRIu32
		    " of the payload is another one",
		    slot->op, traffic_kind_names[slot->kind], at + same);
		return (NULL);
	}
	if (slot->kind != TRAFFIC_RAW && !checksum_holds(frame, head, &h)) {
		traffic_fail(traffic, "frame %" PRIu64 " (%s): bad checksum",
		    slot->op, traffic_kind_names[slot->kind]);
		return (NULL);
	}
	slot->arrived += length;
	return (slot->arrived == slot->payload ? slot : NULL);
}
