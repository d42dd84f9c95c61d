/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A learning switch: see ports.h, and IEEE 802.1Q, 8.6 and 8.7.
 *
 * Whoever transmits puts the frame into the queues of those who are to have
 * it; their devices come for it in tasks of their own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/backend/switch_var.h"
#include "model/net_byte.h"
#include "model/net_csum.h"

#define ADDRESSES     1024
#define ADDRESSES_MAX (UINT32_C(1) << 20)
#define QUEUE_BYTES   (UINT32_C(1) << 20)
#define QUEUE_MIN     (UINT32_C(128) << 10)
#define QUEUE_MAX     (UINT32_C(1) << 30)
#define AGE	      (UINT64_C(300) * 1000000000)
#define VLANS	      4096
/* Addresses, and a tag with the type before it. */
#define HEAD_BYTES    18
#define ETHERTYPE_TAG 0x8100
/* 01-80-C2-00-00-00 to -0F stay on their link (802.1Q, table 8-1). */
#define RESERVED      UINT64_C(0x0180c2000000)
#define RESERVED_MASK (~UINT64_C(0xf))
#define MULTICAST     (UINT64_C(1) << 40)

struct switch_port {
	struct netport port; /* first */
	struct netswitch *sw;
	uint32_t index;
	bool open;
	struct swqueue queue;
	uint8_t blocked[VLANS / 8]; /* a bit each */
};

struct netswitch {
	unsigned nports;
	unsigned open; /* ports that are not closed */
	netport_clock_fn *clock;
	void *clock_arg;
	struct swtable table;
	struct netswitch_stats stats;
	struct switch_port *ports;
};

static struct switch_port *
switch_port_of(struct netport *port)
{
	return ((struct switch_port *)(void *)port);
}

static bool
switch_passes(const struct switch_port *port, uint16_t vlan)
{
	return ((port->blocked[vlan / 8] & 1 << vlan % 8) == 0);
}

/*
 * --- forwarding ---
 */

struct switch_head {
	uint64_t to;
	uint64_t from;
	uint16_t vlan; /* 0: untagged, or tagged only with a priority */
};

/* Read once: the frame may be in memory that its sender still writes to. */
static void
switch_look(const struct net_frame *frame, struct switch_head *head)
{
	uint8_t bytes[HEAD_BYTES] = { 0 };

	(void)net_iov_read(frame->iov, frame->iovcnt, 0, bytes,
	    frame->length < HEAD_BYTES ? frame->length : HEAD_BYTES);
	head->to = (uint64_t)net_get16(bytes) << 32 | net_get32(bytes + 2);
	head->from =
	    (uint64_t)net_get16(bytes + 6) << 32 | net_get32(bytes + 8);
	head->vlan = 0;
	if (net_get16(bytes + 12) == ETHERTYPE_TAG)
		head->vlan = net_get16(bytes + 14) & (VLANS - 1);
}

static void
switch_learn(struct switch_port *from, const struct switch_head *head,
    uint64_t now)
{
	struct netswitch *sw = from->sw;

	/* Nobody is called by a group's name. */
	if ((head->from & MULTICAST) != 0 || head->from == 0)
		return;
	switch (swtable_learn(&sw->table,
	    (uint64_t)head->vlan << 48 | head->from, from->index, now)) {
	case SWTABLE_KNOWN:
		break;
	case SWTABLE_NEW:
		sw->stats.learned++;
		break;
	case SWTABLE_MOVED:
		sw->stats.moved++;
		break;
	case SWTABLE_FULL:
		sw->stats.unlearned++;
		break;
	}
}

/* Puts it into the queue of one port, if it may and can be. */
static bool
switch_give(struct switch_port *to, const struct net_frame *frame,
    uint16_t vlan)
{
	struct netport *port = &to->port;
	bool empty = to->queue.used == 0;

	if (!to->open || !switch_passes(to, vlan))
		return (false);
	if (port->device == NULL)
		port->stats.in_drops[NETPORT_DROP_DOWN]++;
	else if (!swqueue_add(&to->queue, frame))
		port->stats.in_drops[NETPORT_DROP_FULL]++;
	else if (empty)
		netport_ready(port, 0);
	return (true);
}

static void
switch_forward(struct switch_port *from, const struct net_frame *frame,
    const struct switch_head *head, uint64_t now)
{
	struct netswitch *sw = from->sw;
	uint32_t known = SWTABLE_NONE;
	bool given = false;
	unsigned i;

	if ((head->to & MULTICAST) == 0)
		known = swtable_find(&sw->table,
		    (uint64_t)head->vlan << 48 | head->to, now);
	if (known != SWTABLE_NONE) {
		given = known != from->index &&
		    switch_give(&sw->ports[known], frame, head->vlan);
		sw->stats.forwarded += given;
	} else if ((head->to & RESERVED_MASK) != RESERVED) {
		for (i = 0; i < sw->nports; i++)
			if (i != from->index)
				given |= switch_give(&sw->ports[i], frame,
				    head->vlan);
		sw->stats.flooded += given;
	}
	sw->stats.filtered += !given;
}

static bool
switch_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct switch_port *from = switch_port_of(port);
	struct netswitch *sw = from->sw;
	struct switch_head head;
	uint64_t now;

	if (frame->length < NET_FRAME_MIN || frame->length > NET_FRAME_MAX) {
		port->stats.out_drops[NETPORT_DROP_SIZE]++;
		return (true);
	}
	port->stats.out_frames++;
	port->stats.out_bytes += frame->length;
	now = sw->clock != NULL ? sw->clock(sw->clock_arg) : 0;
	switch_look(frame, &head);
	if (!switch_passes(from, head.vlan)) {
		sw->stats.filtered++;
		return (true);
	}
	switch_learn(from, &head, now);
	switch_forward(from, frame, &head, now);
	return (true);
}

static bool
switch_receive(struct netport *port, unsigned queue, unsigned budget)
{
	struct switch_port *to = switch_port_of(port);
	const struct net_frame *frame;

	while ((frame = swqueue_first(&to->queue)) != NULL) {
		if (budget-- == 0)
			return (true);
		/* What finds no buffer stays; the queue is what is bounded. */
		if (netport_deliver(port, NETPORT_QUEUE_ANY, frame) !=
		    NETPORT_TAKEN)
			return (false);
		swqueue_remove(&to->queue);
	}
	return (false);
}

/*
 * --- life ---
 */

static void
switch_free(struct netswitch *sw)
{
	unsigned i;

	for (i = 0; sw->ports != NULL && i < sw->nports; i++)
		swqueue_fini(&sw->ports[i].queue);
	swtable_fini(&sw->table);
	free(sw->ports);
	free(sw);
}

static void
switch_close(struct netport *port)
{
	struct switch_port *closed = switch_port_of(port);
	struct netswitch *sw = closed->sw;

	closed->open = false;
	swtable_forget_port(&sw->table, closed->index);
	if (--sw->open == 0)
		switch_free(sw);
}

static const struct netport_ops switch_ops = {
	.transmit = switch_transmit,
	.receive = switch_receive,
	.close = switch_close,
};

static bool
switch_init(struct netswitch *sw, const struct netswitch_config *config,
    uint32_t addresses, uint32_t queue_bytes)
{
	struct switch_port *port;
	unsigned i;

	sw->clock = config->clock;
	sw->clock_arg = config->clock_arg;
	sw->ports = calloc(config->nports, sizeof(*sw->ports));
	if (sw->ports == NULL ||
	    !swtable_init(&sw->table, addresses,
		config->age != 0 ? config->age : AGE))
		return (false);
	sw->nports = sw->open = config->nports;
	for (i = 0; i < sw->nports; i++) {
		port = &sw->ports[i];
		netport_init(&port->port, &switch_ops, "switch");
		port->port.takes = NET_OFFLOAD_ALL;
		if (config->nqueues != 0)
			port->port.nqueues = config->nqueues;
		port->port.mtu = config->mtu;
		port->sw = sw;
		port->index = i;
		port->open = true;
		if (!swqueue_init(&port->queue, queue_bytes))
			return (false);
	}
	return (true);
}

int
netswitch_new(const struct netswitch_config *config, struct netport **ports)
{
	uint32_t addresses = config->addresses, bytes = config->queue_bytes;
	struct netswitch *sw;
	unsigned i;

	if (addresses == 0)
		addresses = ADDRESSES;
	if (bytes == 0)
		bytes = QUEUE_BYTES;
	if (config->nports == 0 || config->nports > NETSWITCH_PORTS_MAX ||
	    config->nqueues > NETPORT_QUEUES_MAX || addresses > ADDRESSES_MAX ||
	    bytes < QUEUE_MIN || bytes > QUEUE_MAX)
		return (EINVAL);
	sw = calloc(1, sizeof(*sw));
	if (sw == NULL)
		return (ENOMEM);
	if (!switch_init(sw, config, addresses, bytes)) {
		switch_free(sw);
		return (ENOMEM);
	}
	for (i = 0; i < sw->nports; i++)
		ports[i] = &sw->ports[i].port;
	return (0);
}

struct netswitch *
netswitch_of(struct netport *port)
{
	return (switch_port_of(port)->sw);
}

void
netswitch_vlan(struct netport *port, uint16_t vlan, bool passes)
{
	uint8_t *byte = &switch_port_of(port)->blocked[vlan % VLANS / 8];
	uint8_t bit = (uint8_t)(1 << vlan % 8);

	if (passes)
		*byte &= (uint8_t)~bit;
	else
		*byte |= bit;
}

void
netswitch_stats(const struct netswitch *sw, struct netswitch_stats *stats)
{
	*stats = sw->stats;
	stats->addresses = sw->table.count;
}
