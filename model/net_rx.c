/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: reception (virtio 1.3, sections 5.1.6.3 and 5.1.6.4).
 * A frame is written into one buffer or, if the driver merges them, into as
 * many as it needs; it is seen by the driver whole or not at all.
 */
#include "model/net_byte.h"
#include "model/net_var.h"

/* What a filter, and the MTU, have to know of a frame. */
#define PEEK_BYTES 18

/*
 * How long a frame may wait for more buffers where there are some, but too
 * few: a driver that has no more to give would wait for the device.
 */
#define FEW_NSEC UINT64_C(10000000)

/* Where the next byte of a frame is. */
struct vnet_cursor {
	const struct iovec *iov;
	size_t offset;
};

static enum netport_result
vnet_rx_drop(struct vnet *net, enum vnet_drop reason)
{
	net->stats.rx_drops[reason]++;
	return (NETPORT_TAKEN);
}

/*
 * --- writing ---
 */

/* Copies `length` bytes of the frame behind `skip` bytes of a chain. */
static void
vnet_rx_copy(const struct vring_chain *chain, size_t skip, size_t length,
    struct vnet_cursor *from)
{
	const struct vring_segment *seg = chain->segs + chain->nreadable;
	size_t part, piece;

	for (; length > 0; seg++) {
		if (skip >= seg->length) {
			skip -= seg->length;
			continue;
		}
		while (skip < seg->length && length > 0) {
			part = seg->length - skip;
			piece = from->iov->iov_len - from->offset;
			if (part > piece)
				part = piece;
			if (part > length)
				part = length;
			memcpy(seg->host + skip,
			    (const uint8_t *)from->iov->iov_base + from->offset,
			    part);
			skip += part;
			length -= part;
			from->offset += part;
			if (from->offset == from->iov->iov_len) {
				from->iov++;
				from->offset = 0;
			}
		}
		skip = 0;
	}
}

/* A byte of a chain's writable part. */
static uint8_t *
vnet_rx_byte(const struct vring_chain *chain, size_t offset)
{
	const struct vring_segment *seg = chain->segs + chain->nreadable;

	for (; offset >= seg->length; seg++)
		offset -= seg->length;
	return (seg->host + offset);
}

/* Usually there is room for all of it in one place. */
static void
vnet_rx_put_header(const struct vring_chain *chain,
    const struct virtio_net_hdr *header, uint32_t length)
{
	const struct vring_segment *seg = &chain->segs[chain->nreadable];

	if (length == VIRTIO_NET_HDR_BYTES && seg->length >= length)
		memcpy(seg->host, header, VIRTIO_NET_HDR_BYTES);
	else
		vring_copy_out(chain, 0, header, length);
}

static void
vnet_rx_header(const struct vnet *net, const struct net_frame *frame,
    const struct vnet_hashed *hashed, struct virtio_net_hdr *header)
{
	memset(header, 0, sizeof(*header));
	header->num_buffers = wire16(1);
	header->hash_value = wire32(hashed->value);
	header->hash_report = wire16(hashed->report);
	/* Section 5.1.6.4.1: no flags without GUEST_CSUM. */
	if (frame->flags == 0 || (net->accepts & NET_OFFLOAD_CSUM) == 0)
		return;
	header->flags = frame->flags;
	if ((frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
		return;
	/* The other flag would say that nothing is left to be done. */
	header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	header->csum_start = wire16(frame->csum_start);
	header->csum_offset = wire16(frame->csum_offset);
	if (frame->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return;
	header->gso_type = frame->gso_type;
	header->gso_size = wire16(frame->gso_size);
	header->hdr_len = wire16(frame->hdr_len);
}

/*
 * --- buffers ---
 */

/* Whether anything can be written there; else the ring is broken. */
static bool
vnet_rx_check(struct vnet *net, unsigned pair, const struct vring_chain *chain,
    unsigned index)
{
	struct vring *ring = vnet_rx_ring(net, pair);
	const uint64_t least =
	    net->mergeable || index == 0 ? net->hdr_bytes : 1;

	if (chain->writable < least) {
		vring_break(ring, CLAUSE_RX,
		    "buffer %u has room for %llu bytes, not for a header of "
		    "%u",
		    chain->head, (unsigned long long)chain->writable,
		    net->hdr_bytes);
		return (false);
	}
	if (chain->readable != 0)
		vdev_report(&net->dev, 2 * pair, CLAUSE_RX,
		    "buffer %u has %llu bytes for the device to read",
		    chain->head, (unsigned long long)chain->readable);
	if ((net->dev.negotiated &
		(VDEV_FEATURE(VIRTIO_F_VERSION_1) |
		    VDEV_FEATURE(VIRTIO_F_ANY_LAYOUT))) == 0 &&
	    !net->mergeable &&
	    chain->segs[chain->nreadable].length != net->hdr_bytes)
		vdev_report(&net->dev, 2 * pair, CLAUSE_LEGACY,
		    "buffer %u begins with %u bytes, not the header's %u, "
		    "without VIRTIO_F_ANY_LAYOUT",
		    chain->head, chain->segs[chain->nreadable].length,
		    net->hdr_bytes);
	return (true);
}

/*
 * There are `count` buffers, too few: they go back, and the driver has been
 * asked to tell of more.
 */
static enum netport_result
vnet_rx_wait(struct vnet *net, unsigned pair, unsigned count)
{
	const struct vdev_host *host = net->dev.host;
	struct vnet_rx *rx = &net->rx[pair];
	uint64_t now;

	vring_untake(vnet_rx_ring(net, pair), net->chains, count);
	rx->waiting = true;
	net->stats.pairs[pair].rx_empty++;
	if (count != 0) {
		if (host->now == NULL)
			return (vnet_rx_drop(net, VNET_DROP_BUFFER));
		now = host->now(host->arg);
		if (!rx->few)
			rx->since = now;
		rx->few = true;
		if (now - rx->since >= FEW_NSEC) {
			rx->few = false;
			return (vnet_rx_drop(net, VNET_DROP_BUFFER));
		}
		vdev_defer(&net->dev, 2 * pair, rx->since + FEW_NSEC);
	}
	net->blocked |= UINT64_C(1) << net->pulling;
	return (NETPORT_NO_BUFFER);
}

/* Takes a buffer, or finds that there are no more. */
static enum vring_result
vnet_rx_take(struct vnet *net, unsigned pair, unsigned index)
{
	struct vring *ring = vnet_rx_ring(net, pair);
	struct vring_chain *chain = &net->chains[index];
	enum vring_result result;

	do {
		result = vring_take(ring, chain);
	} while (result == VRING_EMPTY && vring_notify_enable(ring));
	if (result != VRING_TAKEN)
		return (result);
	/* Between two of them the driver may have begun anew. */
	if (chain->generation != net->chains[0].generation) {
		vring_untake(ring, chain, 1);
		return (VRING_STOPPED);
	}
	return (vnet_rx_check(net, pair, chain, index) ? VRING_TAKEN :
							 VRING_STOPPED);
}

/* The driver sees all of them at once. */
static void
vnet_rx_give(struct vnet *net, unsigned pair, unsigned count, uint32_t length)
{
	struct vnet_pair_stats *stats = &net->stats.pairs[pair];
	struct vring *ring = vnet_rx_ring(net, pair);
	const uint32_t generation = net->chains[0].generation;
	unsigned i;

	for (i = 0; i < count; i++) {
		if (!vring_put(ring, &net->chains[i], net->written[i]))
			return;
	}
	if (!vring_publish(ring, generation))
		return;
	net->touched |= UINT64_C(1) << pair;
	net->rx[pair].few = false;
	vnet_coal_count(net, &net->rx[pair].coal);
	stats->rx_frames++;
	stats->rx_bytes += length;
	stats->rx_buffers += count;
}

/* A frame of which nothing is left to be done but what the driver accepts. */
static enum netport_result
vnet_rx_put(struct vnet *net, unsigned pair, const struct net_frame *frame,
    const struct vnet_hashed *hashed)
{
	const unsigned size = vnet_rx_ring(net, pair)->size;
	struct vnet_cursor cursor = { .iov = frame->iov };
	uint64_t left = (uint64_t)frame->length + net->hdr_bytes;
	struct virtio_net_hdr header;
	uint8_t *num_buffers[2] = { NULL, NULL };
	enum vring_result result;
	unsigned count;
	uint32_t part, skip;

	vnet_rx_header(net, frame, hashed, &header);
	skip = net->hdr_bytes;
	for (count = 0; left > 0; count++) {
		if (count != 0 && (!net->mergeable || count == size)) {
			vring_untake(vnet_rx_ring(net, pair), net->chains,
			    count);
			return (vnet_rx_drop(net, VNET_DROP_TOO_BIG));
		}
		result = vnet_rx_take(net, pair, count);
		if (result == VRING_EMPTY)
			return (vnet_rx_wait(net, pair, count));
		if (result == VRING_STOPPED)
			return (vnet_rx_drop(net, VNET_DROP_DOWN));
		part = net->chains[count].writable < left ?
		    (uint32_t)net->chains[count].writable :
		    (uint32_t)left;
		if (count == 0) {
			vnet_rx_put_header(&net->chains[0], &header, skip);
			if (part < left) {
				num_buffers[0] = vnet_rx_byte(&net->chains[0],
				    offsetof(struct virtio_net_hdr,
					num_buffers));
				num_buffers[1] = vnet_rx_byte(&net->chains[0],
				    offsetof(struct virtio_net_hdr,
					num_buffers) +
					1);
			}
		}
		vnet_rx_copy(&net->chains[count], skip, part - skip, &cursor);
		net->written[count] = part;
		left -= part;
		skip = 0;
	}
	if (count > 1) {
		*num_buffers[0] = (uint8_t)count;
		*num_buffers[1] = (uint8_t)(count >> 8);
	}
	vnet_rx_give(net, pair, count, frame->length);
	if (header.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		net->stats.rx_gso++;
	if ((header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0)
		net->stats.rx_checksums++;
	return (NETPORT_TAKEN);
}

/*
 * --- frames ---
 */

/* What the driver does not accept is done here. */
static enum netport_result
vnet_rx_software(struct vnet *net, unsigned pair, const struct net_frame *frame,
    const struct vnet_hashed *hashed)
{
	struct net_frame segment;
	bool first;

	if (net_gso_begin(net->gso, frame, net->accepts) != 0)
		return (vnet_rx_drop(net, VNET_DROP_OFFLOAD));
	for (first = true; net_gso_next(net->gso, &segment); first = false) {
		/* Its checksum was made here: it is right. */
		segment.flags = VIRTIO_NET_HDR_F_DATA_VALID;
		if (vnet_rx_put(net, pair, &segment, hashed) ==
		    NETPORT_NO_BUFFER) {
			if (first)
				return (NETPORT_NO_BUFFER);
			return (vnet_rx_drop(net, VNET_DROP_BUFFER));
		}
		net->stats.rx_software++;
	}
	return (NETPORT_TAKEN);
}

/* The pair that is to have it, and its hash if anybody wants that. */
static unsigned
vnet_rx_steer(struct vnet *net, unsigned queue, const struct net_frame *frame,
    struct vnet_hashed *hashed)
{
	const struct vnet_hash *hash = &net->hash;

	hashed->value = 0;
	hashed->report = VIRTIO_NET_HASH_REPORT_NONE;
	if (hash->types != 0 && (hash->steer || net->hashing))
		vnet_hash_frame(hash, frame, hashed);
	if (hash->steer) {
		if (hashed->report == VIRTIO_NET_HASH_REPORT_NONE)
			return (hash->unclassified);
		return (hash->table[hashed->value & hash->mask]);
	}
	if (net->rx_pairs == 1)
		return (0);
	/* A port that has as many queues steers itself. */
	if (queue < net->rx_pairs && net->port->nqueues >= net->rx_pairs)
		return (queue);
	return (vnet_flow_find(net, frame));
}

/* Section 5.1.4.1: nothing above the MTU, whose VLAN tag does not count. */
static bool
vnet_rx_fits(struct vnet *net, const struct net_frame *frame,
    const uint8_t *bytes)
{
	uint32_t most;

	if (!vdev_has(&net->dev, VIRTIO_NET_F_MTU) ||
	    frame->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return (true);
	most = wire16(net->config.mtu) + NET_FRAME_MIN;
	if (frame->length <= most)
		return (true);
	return (frame->length <= most + VNET_VLAN_BYTES &&
	    net_get16(bytes + 12) == 0x8100);
}

enum netport_result
vnet_deliver(void *arg, unsigned queue, const struct net_frame *frame)
{
	struct vnet *net = arg;
	uint8_t bytes[PEEK_BYTES] = { 0 };
	struct vnet_hashed hashed;
	enum vnet_drop reason;
	unsigned pair;
	size_t have;

	if (!vnet_is_up(net))
		return (vnet_rx_drop(net, VNET_DROP_DOWN));
	if (frame->length < NET_FRAME_MIN)
		return (vnet_rx_drop(net, VNET_DROP_LENGTH));
	have = frame->length < PEEK_BYTES ? frame->length : PEEK_BYTES;
	if (frame->iov[0].iov_len >= PEEK_BYTES)
		memcpy(bytes, frame->iov[0].iov_base, PEEK_BYTES);
	else if (!net_iov_read(frame->iov, frame->iovcnt, 0, bytes, have))
		return (vnet_rx_drop(net, VNET_DROP_LENGTH));
	if (frame->length > NET_FRAME_MAX + VNET_VLAN_BYTES ||
	    !vnet_rx_fits(net, frame, bytes))
		return (vnet_rx_drop(net, VNET_DROP_TOO_BIG));
	if (!vnet_filter_wants(&net->filter, bytes, have, &reason))
		return (vnet_rx_drop(net, reason));
	pair = vnet_rx_steer(net, queue, frame, &hashed);
	if (((frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 ||
		frame->gso_type != VIRTIO_NET_HDR_GSO_NONE) &&
	    (net_gso_needs(frame) & ~net->accepts) != 0)
		return (vnet_rx_software(net, pair, frame, &hashed));
	return (vnet_rx_put(net, pair, frame, &hashed));
}
