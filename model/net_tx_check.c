/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: the header in front of each transmitted frame, and what
 * a driver may say in it (virtio 1.3, sections 5.1.6.2.1 and 5.1.4.2).  A frame
 * that breaks a rule is reported and goes nowhere.
 */
#include "model/net_byte.h"
#include "model/net_var.h"

#define GSO(type) VIRTIO_NET_HDR_GSO_##type

/* The header as it was read, once; in the host's byte order. */
struct vnet_tx_header {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t num_buffers;
};

static void
vnet_tx_read(const struct vnet *net, const struct vring_chain *chain,
    struct vnet_tx_header *header)
{
	struct virtio_net_hdr wire;

	wire.num_buffers = 0;
	if (chain->segs[0].length >= VIRTIO_NET_HDR_BYTES &&
	    net->hdr_bytes >= VIRTIO_NET_HDR_BYTES) {
		memcpy(&wire, chain->segs[0].host, VIRTIO_NET_HDR_BYTES);
		/* The copy is what gets checked. */
		__asm__ volatile("" ::: "memory");
	} else {
		vring_copy_in(chain, 0, &wire,
		    net->hdr_bytes < VIRTIO_NET_HDR_BYTES ?
			VIRTIO_NET_HDR_BYTES_LEGACY :
			VIRTIO_NET_HDR_BYTES);
	}
	header->flags = wire.flags;
	header->gso_type = wire.gso_type;
	header->hdr_len = wire16(wire.hdr_len);
	header->gso_size = wire16(wire.gso_size);
	header->csum_start = wire16(wire.csum_start);
	header->csum_offset = wire16(wire.csum_offset);
	header->num_buffers = wire16(wire.num_buffers);
}

/* Describes what is behind the header. */
static unsigned
vnet_tx_iov(const struct vring_chain *chain, uint32_t skip, struct iovec *iov)
{
	const struct vring_segment *seg;
	unsigned i, n;

	n = 0;
	for (i = 0; i < chain->nreadable; i++) {
		seg = &chain->segs[i];
		if (skip >= seg->length) {
			skip -= seg->length;
			continue;
		}
		iov[n].iov_base = seg->host + skip;
		iov[n].iov_len = seg->length - skip;
		n++;
		skip = 0;
	}
	return (n);
}

/*
 * --- what is forbidden ---
 */

#define BROKEN(net, pair, clause, ...) \
	vdev_report(&(net)->dev, 2 * (pair) + 1, clause, __VA_ARGS__)

/* The chain itself; false: nothing can be made of it. */
static bool
vnet_tx_check_chain(struct vnet *net, unsigned pair,
    const struct vring_chain *chain)
{
	if (chain->readable < net->hdr_bytes) {
		BROKEN(net, pair, "5.1.6.2",
		    "chain %u has a header of %llu bytes, not %u", chain->head,
		    (unsigned long long)chain->readable, net->hdr_bytes);
		return (false);
	}
	if (chain->writable != 0) {
		BROKEN(net, pair, "5.1.6.2",
		    "chain %u has %llu bytes for the device to write",
		    chain->head, (unsigned long long)chain->writable);
		return (false);
	}
	/* Legacy drivers that were not told that any layout will do. */
	if ((net->dev.negotiated &
		(VDEV_FEATURE(VIRTIO_F_VERSION_1) |
		    VDEV_FEATURE(VIRTIO_F_ANY_LAYOUT))) == 0 &&
	    chain->segs[0].length != net->hdr_bytes)
		BROKEN(net, pair, CLAUSE_LEGACY,
		    "chain %u begins with %u bytes, not the header's %u, "
		    "without VIRTIO_F_ANY_LAYOUT",
		    chain->head, chain->segs[0].length, net->hdr_bytes);
	return (true);
}

/* A VLAN tag belongs to the header, not to what the MTU counts. */
static bool
vnet_tx_is_tagged(const struct net_frame *frame)
{
	uint8_t type[2];

	return (
	    net_iov_read(frame->iov, frame->iovcnt, 12, type, sizeof(type)) &&
	    net_get16(type) == 0x8100);
}

static bool
vnet_tx_check_length(struct vnet *net, unsigned pair,
    const struct net_frame *frame)
{
	const unsigned mtu = wire16(net->config.mtu);

	if (frame->length < NET_FRAME_MIN) {
		BROKEN(net, pair, "5.1.6.2",
		    "a frame of %u bytes has no Ethernet header",
		    frame->length);
		return (false);
	}
	if (frame->length > NET_FRAME_MAX + VNET_VLAN_BYTES) {
		BROKEN(net, pair, "5.1.6.2", "a frame of %u bytes, at most %u",
		    frame->length, NET_FRAME_MAX + VNET_VLAN_BYTES);
		return (false);
	}
	if (!vdev_has(&net->dev, VIRTIO_NET_F_MTU) ||
	    frame->length <= mtu + NET_FRAME_MIN ||
	    (frame->gso_type & ~GSO(ECN)) != GSO(NONE))
		return (true);
	if (frame->length <= mtu + NET_FRAME_MIN + VNET_VLAN_BYTES &&
	    vnet_tx_is_tagged(frame))
		return (true);
	BROKEN(net, pair, CLAUSE_CONFIG,
	    "a frame of %u bytes exceeds the MTU of %u", frame->length, mtu);
	return (false);
}

static bool
vnet_tx_check_flags(struct vnet *net, unsigned pair,
    const struct vnet_tx_header *header)
{
	const uint8_t never =
	    VIRTIO_NET_HDR_F_DATA_VALID | VIRTIO_NET_HDR_F_RSC_INFO;

	if (header->num_buffers != 0) {
		BROKEN(net, pair, CLAUSE_TX, "num_buffers is %u, not 0",
		    header->num_buffers);
		return (false);
	}
	if ((header->flags & never) != 0) {
		BROKEN(net, pair, CLAUSE_TX,
		    "flags are %#x, with what the device alone may say",
		    header->flags);
		return (false);
	}
	if (header->flags != 0 && !vdev_has(&net->dev, VIRTIO_NET_F_CSUM)) {
		BROKEN(net, pair, CLAUSE_TX,
		    "flags are %#x, without VIRTIO_NET_F_CSUM", header->flags);
		return (false);
	}
	return (true);
}

static bool
vnet_tx_check_csum(struct vnet *net, unsigned pair,
    const struct net_frame *frame)
{
	if ((uint32_t)frame->csum_start + frame->csum_offset + 2 <=
		frame->length &&
	    frame->csum_start >= NET_FRAME_MIN)
		return (true);
	BROKEN(net, pair, CLAUSE_TX,
	    "csum_start %u and csum_offset %u in a frame of %u bytes",
	    frame->csum_start, frame->csum_offset, frame->length);
	return (false);
}

/* Whether the driver may have a frame segmented in this way. */
static bool
vnet_tx_check_gso_type(struct vnet *net, unsigned pair,
    const struct net_frame *frame)
{
	const uint32_t needs = net_gso_needs(frame);
	const uint8_t type = frame->gso_type & ~GSO(ECN);

	if (type != GSO(TCPV4) && type != GSO(TCPV6) && type != GSO(UDP) &&
	    type != GSO(UDP_L4)) {
		BROKEN(net, pair, CLAUSE_TX, "gso_type is %#x",
		    frame->gso_type);
		return (false);
	}
	if ((needs & ~net->host_gso) != 0) {
		BROKEN(net, pair, CLAUSE_TX,
		    "gso_type is %#x, whose feature was not accepted",
		    frame->gso_type);
		return (false);
	}
	if ((frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0) {
		BROKEN(net, pair, CLAUSE_TX,
		    "gso_type is %#x, without NEEDS_CSUM", frame->gso_type);
		return (false);
	}
	if (frame->gso_size == 0) {
		BROKEN(net, pair, CLAUSE_TX, "gso_type is %#x, gso_size 0",
		    frame->gso_type);
		return (false);
	}
	return (true);
}

/* Nor is hdr_len believed (5.1.6.2.2); it is replaced by what is there. */
static bool
vnet_tx_check_gso(struct vnet *net, unsigned pair, struct net_frame *frame)
{
	struct net_headers headers;
	uint8_t copy[NET_HEADERS_MAX];

	if (!vnet_tx_check_gso_type(net, pair, frame))
		return (false);
	if (net_gso_check(frame, copy, &headers) != 0) {
		BROKEN(net, pair, CLAUSE_TX,
		    "gso_type is %#x, csum_start %u and csum_offset %u, but "
		    "the frame of %u bytes has no such headers",
		    frame->gso_type, frame->csum_start, frame->csum_offset,
		    frame->length);
		return (false);
	}
	if (vdev_has(&net->dev, VIRTIO_NET_F_GUEST_HDRLEN) &&
	    frame->hdr_len != headers.payload) {
		BROKEN(net, pair, CLAUSE_TX,
		    "hdr_len is %u, with headers of %u bytes and "
		    "VIRTIO_NET_F_GUEST_HDRLEN",
		    frame->hdr_len, headers.payload);
		return (false);
	}
	frame->hdr_len = headers.payload;
	return (true);
}

/*
 * --- a frame ---
 */

/* Section 5.1.6.2.2: what was not asked for is not looked at. */
static void
vnet_tx_plain(struct net_frame *frame)
{
	frame->flags = 0;
	frame->hdr_len = 0;
	frame->gso_size = 0;
	frame->csum_start = 0;
	frame->csum_offset = 0;
}

bool
vnet_tx_frame(struct vnet *net, unsigned pair, const struct vring_chain *chain,
    struct iovec *iov, struct net_frame *frame, enum vnet_drop *reason)
{
	struct vnet_tx_header header;

	*reason = VNET_DROP_HEADER;
	if (!vnet_tx_check_chain(net, pair, chain))
		return (false);
	vnet_tx_read(net, chain, &header);
	/* A chain has less than 2^32 bytes; iov is as long as one can be. */
	frame->iovcnt = vnet_tx_iov(chain, net->hdr_bytes, iov);
	frame->iov = iov;
	frame->length = (uint32_t)(chain->readable - net->hdr_bytes);
	frame->gso_type = header.gso_type;
	if (!vnet_tx_check_flags(net, pair, &header))
		return (false);
	*reason = VNET_DROP_LENGTH;
	if (!vnet_tx_check_length(net, pair, frame))
		return (false);
	frame->flags = header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (frame->flags == 0 && frame->gso_type == GSO(NONE)) {
		vnet_tx_plain(frame);
		return (true);
	}
	frame->hdr_len = header.hdr_len;
	frame->gso_size = header.gso_size;
	frame->csum_start = header.csum_start;
	frame->csum_offset = header.csum_offset;
	*reason = VNET_DROP_CHECKSUM;
	if (frame->flags != 0 && !vnet_tx_check_csum(net, pair, frame))
		return (false);
	*reason = VNET_DROP_GSO;
	if (frame->gso_type != GSO(NONE))
		return (vnet_tx_check_gso(net, pair, frame));
	frame->hdr_len = 0;
	frame->gso_size = 0;
	return (true);
}
