/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: rounds over its queues, and when the driver hears of
 * them.  A round's interrupts come at its end, so that the more there is to
 * do, the fewer they are; notifications are asked for only where there is
 * nothing left.
 */
#include "model/net_var.h"

#define NSEC_PER_USEC UINT64_C(1000)

/*
 * --- interrupts ---
 */

void
vnet_coal_count(struct vnet *net, struct vnet_coal *coal)
{
	const struct vdev_host *host = net->dev.host;

	if (coal->max_packets == 0)
		return;
	if (coal->packets++ == 0 && host->now != NULL)
		coal->since = host->now(host->arg);
}

/*
 * Whether the driver is to hear of the queue now (section 5.1.6.5.9.1).
 * Where there is no clock, nothing is held back: it could be for ever.
 */
static bool
vnet_coal_due(struct vnet *net, unsigned queue, struct vnet_coal *coal)
{
	const struct vdev_host *host = net->dev.host;
	uint64_t due;

	if (coal->max_packets != 0 && coal->max_usecs != 0 &&
	    host->now != NULL && coal->packets < coal->max_packets) {
		if (coal->packets == 0)
			return (false);
		due = coal->since + coal->max_usecs * NSEC_PER_USEC;
		if (host->now(host->arg) < due) {
			vdev_defer(&net->dev, queue, due);
			return (false);
		}
	}
	coal->packets = 0;
	return (true);
}

static void
vnet_tell(struct vnet *net, unsigned queue, struct vnet_coal *coal,
    uint64_t *count)
{
	struct vring *ring = &net->dev.queues[queue].ring;

	if (ring->untold == 0 || !vnet_coal_due(net, queue, coal))
		return;
	if (!vring_interrupt_wanted(ring))
		return;
	(*count)++;
	vdev_interrupt(&net->dev, queue);
}

/*
 * All receive queues of which the driver is to hear.  An interrupt may let
 * the driver run, and reset the device: each is looked up anew.
 */
static void
vnet_tell_touched(struct vnet *net)
{
	unsigned pair;

	while (net->touched != 0) {
		pair = __builtin_ctzll(net->touched);
		net->touched &= net->touched - 1;
		vnet_tell(net, 2 * pair, &net->rx[pair].coal,
		    &net->stats.pairs[pair].rx_interrupts);
	}
}

void
vnet_coal_set(struct vnet *net, unsigned queue, const struct vnet_coal *coal)
{
	const unsigned pair = queue / 2;
	struct vnet_coal *to;

	to = queue % 2 == 0 ? &net->rx[pair].coal : &net->tx[pair].coal;
	to->max_packets = coal->max_packets;
	to->max_usecs = coal->max_usecs;
	/* What was held back may be due by now: a round will tell. */
	vdev_wake(&net->dev, queue);
}

/*
 * --- rounds ---
 */

/*
 * The driver has given buffers, or the port has frames.  Those that found no
 * buffer may have come by any queue of the port.
 */
static bool
vnet_receive(struct vnet *net, unsigned pair)
{
	struct vring *ring = vnet_rx_ring(net, pair);
	const unsigned budget = ring->size;
	const uint64_t blocked = net->blocked;
	bool more, waited;
	unsigned queue;

	waited = net->rx[pair].waiting;
	net->rx[pair].waiting = false;
	vring_notify_disable(ring);
	more = false;
	if (waited)
		net->blocked = 0;
	for (queue = 0; queue < net->port->nqueues && ring->enabled; queue++) {
		if (queue % net->rx_pairs != pair &&
		    !(waited && (blocked >> queue & 1) != 0))
			continue;
		net->pulling = queue;
		more |= netport_receive(net->port, queue, budget);
	}
	net->touched |= UINT64_C(1) << pair;
	return (more);
}

bool
vnet_process(struct vdev *dev, unsigned queue)
{
	struct vnet *net = vnet_of(dev);
	const unsigned pair = queue / 2;
	bool more;

	if (queue == net->ctrl && net->ctrl != 0)
		return (vnet_control(net));
	if (pair >= net->pairs)
		return (false);
	if (queue % 2 == 0) {
		more = vnet_receive(net, pair);
	} else {
		more = vnet_transmit(net, pair);
		netport_flush(net->port);
		vnet_tell(net, queue, &net->tx[pair].coal,
		    &net->stats.pairs[pair].tx_interrupts);
	}
	vnet_tell_touched(net);
	return (more);
}
