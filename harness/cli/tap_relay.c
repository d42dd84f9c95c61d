/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside tap: frames between the guest's TAP and vio0, with what is left to
 * be done to them.  To the TAP we are what holds a port; to vio0, the stack.
 */
#include <string.h>

#include "cli/tap_var.h"
#include "model/net_csum.h"

/* Frames that are taken from a queue before the others have their turn. */
#define BUDGET 64
/* Pieces of a received frame that are passed on as they are. */
#define PIECES 256

/* FreeBSD's: M_HASHTYPE_OPAQUE, errno(2). */
#define HASH_OPAQUE 255
#define OUR_ENOBUFS 55
#define OUR_ENXIO   6

const char *const tap_drop_names[TAP_DROPS] = {
	[TAP_DROP_OFFLOAD] = "offload",
	[TAP_DROP_FULL] = "guest TAP full",
	[TAP_DROP_REFUSED] = "refused by vio0",
	[TAP_DROP_ABSENT] = "no vio0",
};

/*
 * --- from the guest's TAP to vio0 ---
 */

/* What kind of checksum is wished; 0: none that FreeBSD has a flag for. */
static uint32_t
wish(const struct net_frame *frame, const struct net_headers *h)
{
	const bool tcp = h->proto == NET_PROTO_TCP;

	if (h->fragment || h->l4 != frame->csum_start ||
	    (!tcp && h->proto != NET_PROTO_UDP) ||
	    frame->csum_offset != (tcp ? NET_TCP_CSUM : NET_UDP_CSUM))
		return (0);
	if (h->version == 4)
		return (tcp ? NETIF_TX_TCP4 : NETIF_TX_UDP4);
	return (tcp ? NETIF_TX_TCP6 : NETIF_TX_UDP6);
}

/* The checksum is made here; the bytes are in the port's own memory. */
static bool
finish_checksum(const struct net_frame *frame)
{
	uint8_t *at;
	uint16_t sum;

	if (frame->iovcnt != 1 || !net_csum_finish(frame, &sum))
		return (false);
	at = (uint8_t *)frame->iov[0].iov_base + frame->csum_start +
	    frame->csum_offset;
	memcpy(at, &sum, sizeof(sum));
	return (true);
}

/*
 * A tag stands beside the frame in FreeBSD: `iov` gets what is before and
 * behind it.
 */
static void
take_tag(struct netif_frame *out, const struct net_headers *h,
    struct iovec iov[2])
{
	const struct iovec whole = out->iov[0];

	if (h->vlans != 1 || out->iovcnt != 1)
		return;
	iov[0] = (struct iovec) { whole.iov_base, 12 };
	iov[1] = (struct iovec) { (uint8_t *)whole.iov_base + 16,
		whole.iov_len - 16 };
	out->iov = iov;
	out->iovcnt = 2;
	out->length -= 4;
	out->flags |= NETIF_VLAN;
	out->vlan_tag = h->vlan_tci;
}

/* false: nobody can send it. */
static bool
translate(const struct net_frame *frame, unsigned queue,
    struct netif_frame *out, struct iovec iov[2])
{
	uint8_t copy[NET_HEADERS_MAX];
	struct net_headers h;

	*out = (struct netif_frame) {
		.iov = frame->iov,
		.iovcnt = frame->iovcnt,
		.length = frame->length,
		.flags = NETIF_FLOW,
		.flow = queue,
		.hash_type = HASH_OPAQUE,
	};
	if (!net_parse_frame(frame, copy, &h))
		return (false);
	if ((frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0)
		out->flags |= wish(frame, &h);
	if (frame->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		if (out->flags == NETIF_FLOW)
			return (false);
		out->flags |= NETIF_TX_SEGMENT;
		out->segment_size = frame->gso_size;
	} else if ((frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 &&
	    out->flags == NETIF_FLOW && !finish_checksum(frame))
		return (false);
	take_tag(out, &h, iov);
	return (true);
}

static enum netport_result
deliver(void *arg, unsigned queue, const struct net_frame *frame)
{
	struct tap_relay *relay = arg;
	struct netif_frame out;
	struct iovec iov[2];
	int error;

	if (relay->netif == NULL) {
		relay->drops[TAP_DROP_ABSENT]++;
		return (NETPORT_TAKEN);
	}
	if (!translate(frame, queue, &out, iov)) {
		relay->drops[TAP_DROP_OFFLOAD]++;
		return (NETPORT_TAKEN);
	}
	if (netif_output(relay->netif, &out, 1, &error) == 1) {
		relay->out_packets++;
		relay->out_bytes += frame->length;
		return (NETPORT_TAKEN);
	}
	if (error == OUR_ENOBUFS) {
		relay->stuck = true;
		return (NETPORT_NO_BUFFER);
	}
	relay->drops[TAP_DROP_REFUSED]++;
	return (NETPORT_TAKEN);
}

static void
ready(void *arg, unsigned queue)
{
	struct tap_relay *relay = arg;

	relay->pending |= UINT64_C(1) << queue;
}

/* The guest's TAP has gone up or down: its own stack knows that. */
static void
link_changed(void *arg)
{
	(void)arg;
}

bool
tap_relay_work(struct tap_relay *relay)
{
	uint64_t bit;
	bool more = false;

	relay->stuck = false;
	for (unsigned queue = 0; queue < relay->guest->nqueues; queue++) {
		bit = UINT64_C(1) << queue;
		if ((relay->pending & bit) == 0)
			continue;
		if (netport_receive(relay->guest, queue, BUDGET) ||
		    relay->stuck)
			more = true;
		else
			relay->pending &= ~bit;
	}
	return (more);
}

/*
 * --- from vio0 to the guest's TAP ---
 */

/*
 * The sum of the pseudo header in place of the checksum, which is then left
 * to whoever has to know it.  What the driver calls good may come from a
 * sender that has left it so, and nobody can tell by looking.
 */
static void
leave_checksum(struct net_frame *out, uint8_t *head, size_t have,
    const struct net_headers *h)
{
	const bool tcp = h->proto == NET_PROTO_TCP;
	const unsigned offset = tcp ? NET_TCP_CSUM : NET_UDP_CSUM;
	uint8_t *at = head + h->l4 + offset;
	uint16_t sum;

	if ((size_t)h->l4 + offset + 2 > have || h->end <= h->l4)
		return;
	/* UDP without a checksum. */
	if (!tcp && at[0] == 0 && at[1] == 0) {
		out->flags = VIRTIO_NET_HDR_F_DATA_VALID;
		return;
	}
	sum = net_sum_pseudo(head, h, h->end - h->l4);
	memcpy(at, &sum, sizeof(sum));
	out->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	out->csum_start = h->l4;
	out->csum_offset = (uint16_t)offset;
}

/* Several segments in one. */
static void
leave_segments(struct net_frame *out, const struct netif_frame *frame,
    const uint8_t *head, const struct net_headers *h)
{
	const uint32_t payload = h->end > h->payload ? h->end - h->payload : 0;
	uint32_t size = frame->segment_size;

	if (size == 0 && frame->segments > 1)
		size = (payload + frame->segments - 1) / frame->segments;
	if (h->payload == 0 || size == 0 || size > UINT16_MAX ||
	    payload <= size)
		return;
	out->gso_size = (uint16_t)size;
	out->hdr_len = h->payload;
	if (h->proto == NET_PROTO_UDP)
		out->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	else
		out->gso_type = h->version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 :
						  VIRTIO_NET_HDR_GSO_TCPV6;
	/* CWR: of the first segment only (RFC 3168, 6.1.2). */
	if (h->proto == NET_PROTO_TCP && (head[h->l4 + 13] & 0x80) != 0)
		out->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
}

/* The first `have` bytes, with a tag that stood beside them; their length. */
static size_t
copy_head(const struct netif_frame *frame, uint8_t *head, size_t have)
{
	if (!net_iov_read(frame->iov, frame->iovcnt, 0, head, have))
		return (0);
	if ((frame->flags & NETIF_VLAN) == 0)
		return (have);
	memmove(head + 16, head + 12, have - 12);
	head[12] = 0x81;
	head[13] = 0x00;
	head[14] = (uint8_t)(frame->vlan_tag >> 8);
	head[15] = (uint8_t)frame->vlan_tag;
	return (have + 4);
}

/* The pieces behind the first `skip` bytes; how many, 0: too many. */
static unsigned
copy_rest(const struct netif_frame *frame, size_t skip, struct iovec *iov,
    unsigned room)
{
	unsigned n = 0;
	size_t part;

	for (unsigned i = 0; i < frame->iovcnt; i++) {
		part =
		    skip < frame->iov[i].iov_len ? skip : frame->iov[i].iov_len;
		skip -= part;
		if (part == frame->iov[i].iov_len)
			continue;
		if (n == room)
			return (0);
		iov[n].iov_base = (uint8_t *)frame->iov[i].iov_base + part;
		iov[n++].iov_len = frame->iov[i].iov_len - part;
	}
	return (n);
}

static void
input(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct tap_relay *relay = arg;
	uint8_t head[NET_HEADERS_MAX + 4];
	struct iovec iov[PIECES];
	struct net_frame out = { .iov = iov, .iovcnt = 1 };
	struct net_headers h;
	size_t have, used;
	unsigned queue = 0;

	(void)netif;
	have =
	    frame->length < NET_HEADERS_MAX ? frame->length : NET_HEADERS_MAX;
	used = copy_head(frame, head, have);
	out.length = frame->length + (uint32_t)(used - have);
	if (used == 0 || !net_parse(head, used, out.length, &h)) {
		relay->drops[TAP_DROP_OFFLOAD]++;
		return;
	}
	iov[0] = (struct iovec) { head, used };
	if (frame->length > have)
		out.iovcnt += copy_rest(frame, have, iov + 1, PIECES - 1);
	if ((frame->flags & NETIF_RX_L4_GOOD) != 0 && h.l4 != 0 && !h.fragment)
		leave_checksum(&out, head, used, &h);
	if ((frame->flags & NETIF_RX_MERGED) != 0 &&
	    (out.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0)
		leave_segments(&out, frame, head, &h);
	if ((frame->flags & NETIF_FLOW) != 0)
		queue = frame->flow % relay->guest->nqueues;
	if (!netport_transmit(relay->guest, queue, &out)) {
		relay->drops[TAP_DROP_FULL]++;
		return;
	}
	relay->in_packets++;
	relay->in_bytes += out.length;
}

/*
 * --- life ---
 */

/* What the guest's stack may leave to us. */
static uint32_t
offloads(const struct tap_relay *relay)
{
	uint32_t mask = NET_OFFLOAD_CSUM, enabled = relay->info.enabled;
	uint64_t offered, negotiated;

	if (relay->netif == NULL)
		return (0);
	session_nic_features(relay->session, 0, &offered, &negotiated);
	if ((enabled & NETIF_CAP_TSO4) != 0)
		mask |= NET_OFFLOAD_TSO4;
	if ((enabled & NETIF_CAP_TSO6) != 0)
		mask |= NET_OFFLOAD_TSO6;
	if ((negotiated >> VIRTIO_NET_F_HOST_ECN & 1) != 0)
		mask |= NET_OFFLOAD_ECN;
	return (mask);
}

void
tap_relay_refresh(struct tap_relay *relay)
{
	bool came = false;

	if (relay->netif != NULL &&
	    netif_info(relay->netif, &relay->info) == OUR_ENXIO) {
		netif_close(relay->netif);
		relay->netif = NULL;
	}
	if (relay->netif == NULL) {
		relay->netif = netif_open("vio0");
		came = relay->netif != NULL;
	}
	if (came && !relay->configure(relay)) {
		netif_close(relay->netif);
		relay->netif = NULL;
		relay->failed = true;
		return;
	}
	if (came)
		netif_set_input(relay->netif, input, relay);
	if (relay->netif != NULL)
		(void)netif_info(relay->netif, &relay->info);
	netport_accepts(relay->guest, offloads(relay));
}

void
tap_relay_init(struct tap_relay *relay)
{
	relay->holder = (struct netport_device) {
		.arg = relay,
		.deliver = deliver,
		.ready = ready,
		.link = link_changed,
	};
	netport_attach(relay->guest, &relay->holder);
	/* What has arrived before we came is not told by anybody. */
	relay->pending = relay->guest->nqueues >= 64 ?
	    UINT64_MAX :
	    (UINT64_C(1) << relay->guest->nqueues) - 1;
}

void
tap_relay_fini(struct tap_relay *relay)
{
	netport_detach(relay->guest);
	netport_close(relay->guest);
	relay->guest = NULL;
}
