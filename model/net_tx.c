/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: transmission (virtio 1.3, section 5.1.6.2).  A frame
 * goes to the port where it lies in guest memory.  What the port does not
 * take as it is becomes several frames here; what it has no room for stays
 * with the device, and everything behind it in the queue.
 */
#include "model/net_var.h"

static void
vnet_tx_drop(struct vnet *net, enum vnet_drop reason)
{
	net->stats.tx_drops[reason]++;
}

/*
 * Passes on the frame that is held, and those that are cut out of the same
 * chain.  false: the port is full, or the ring is gone.
 */
static bool
vnet_tx_pass(struct vnet *net, unsigned pair, struct vnet_tx *tx)
{
	const unsigned nqueues = net->port->nqueues;
	const unsigned queue = pair < nqueues ? pair : pair % nqueues;
	const uint32_t generation = tx->chain.generation;

	do {
		if (!netport_transmit(net->port, queue, &tx->frame)) {
			net->stats.pairs[pair].tx_full++;
			return (false);
		}
		/* What it did may have let the driver reset the device. */
		if (vnet_tx_ring(net, pair)->generation != generation)
			return (false);
		if (tx->segmenting)
			net->stats.tx_software++;
	} while (tx->segmenting && net_gso_next(tx->gso, &tx->frame));
	tx->segmenting = false;
	net->stats.pairs[pair].tx_frames++;
	net->stats.pairs[pair].tx_bytes += tx->bytes;
	return (true);
}

/* What the port cannot do is done here; false: it cannot be done. */
static bool
vnet_tx_prepare(struct vnet *net, struct vnet_tx *tx)
{
	const uint32_t needs = net_gso_needs(&tx->frame);

	net->stats.tx_checksums++;
	if (tx->frame.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		net->stats.tx_gso++;
	if ((needs & ~net->port->takes) == 0)
		return (true);
	if (net_gso_begin(tx->gso, &tx->frame, net->port->takes) != 0 ||
	    !net_gso_next(tx->gso, &tx->frame)) {
		vnet_tx_drop(net, VNET_DROP_GSO);
		return (false);
	}
	tx->segmenting = true;
	return (true);
}

/*
 * What is to become of a chain that was taken: true, and its frame is held,
 * or it is done with.
 */
static bool
vnet_tx_accept(struct vnet *net, unsigned pair, struct vnet_tx *tx)
{
	enum vnet_drop reason;

	tx->segmenting = false;
	if (!vnet_tx_frame(net, pair, &tx->chain, tx->iov, &tx->frame,
		&reason)) {
		vnet_tx_drop(net, reason);
		return (false);
	}
	if (!vnet_is_up(net)) {
		vnet_tx_drop(net, VNET_DROP_DOWN);
		return (false);
	}
	tx->bytes = tx->frame.length;
	if (net->rx_pairs > 1 && !net->hash.steer)
		vnet_flow_learn(net, pair, &tx->frame);
	if ((tx->frame.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0)
		return (vnet_tx_prepare(net, tx));
	return (true);
}

/* The chain that is held goes back; false when the ring is gone. */
static bool
vnet_tx_done(struct vnet *net, unsigned pair, struct vnet_tx *tx)
{
	tx->held = false;
	vnet_coal_count(net, &tx->coal);
	return (vring_give(vnet_tx_ring(net, pair), &tx->chain, 0));
}

/* What the port has refused before; true: the queue may go on. */
static bool
vnet_tx_again(struct vnet *net, unsigned pair, struct vnet_tx *tx)
{
	if (!tx->held)
		return (true);
	if (!vnet_is_up(net)) {
		vnet_tx_drop(net, VNET_DROP_DOWN);
		tx->segmenting = false;
	} else if (!vnet_tx_pass(net, pair, tx)) {
		return (false);
	}
	return (vnet_tx_done(net, pair, tx));
}

bool
vnet_transmit(struct vnet *net, unsigned pair)
{
	struct vring *ring = vnet_tx_ring(net, pair);
	struct vnet_tx *tx = &net->tx[pair];
	enum vring_result result;
	unsigned left;
	bool more;

	if (pair >= net->tx_pairs) {
		if (vring_pending(ring))
			vdev_report(&net->dev, 2 * pair + 1, CLAUSE_MQ,
			    "transmit queue %u used, of %u that are enabled",
			    pair + 1, net->tx_pairs);
		return (false);
	}
	vring_notify_disable(ring);
	if (!vnet_tx_again(net, pair, tx))
		return (false);
	left = ring->size;
	result = VRING_EMPTY;
	do {
		while (left > 0 &&
		    (result = vring_take(ring, &tx->chain)) == VRING_TAKEN) {
			left--;
			tx->held = vnet_tx_accept(net, pair, tx);
			if (tx->held && !vnet_tx_pass(net, pair, tx))
				return (false);
			if (!vnet_tx_done(net, pair, tx))
				return (false);
		}
		/* When there is a next round, the advice stands until then. */
		more = left == 0;
	} while (!more && result == VRING_EMPTY && vring_notify_enable(ring));
	return (more);
}
