/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports in memory: what is transmitted comes back, or goes nowhere, or comes
 * from nowhere.  Nothing is copied but the two addresses of a reflected frame,
 * and nothing is kept: an echo is delivered while it is transmitted.
 */
#include <stdlib.h>
#include <string.h>

#include "model/backend/port.h"

#define MAC_BYTES 6

struct netport_loop {
	struct netport port; /* first */
	bool waits;
	/* Of each queue: a frame was refused, and is still with the device. */
	bool refused[NETPORT_QUEUES_MAX];
	/* Of a reflected frame: other addresses, and where the rest is. */
	uint8_t addresses[2 * MAC_BYTES];
	struct iovec iov[NETPORT_SEGMENTS_MAX + 1];

	/* Of a source. */
	struct net_frame frame;
	struct iovec frame_iov;
	uint64_t left[NETPORT_QUEUES_MAX];
	uint8_t *bytes;
};

static struct netport_loop *
loop_of(struct netport *port)
{
	return ((struct netport_loop *)(void *)port);
}

static void
loop_taken(struct netport *port, const struct net_frame *frame)
{
	port->stats.out_frames++;
	port->stats.out_bytes += frame->length;
}

static void
loop_close(struct netport *port)
{
	free(loop_of(port)->bytes);
	free(port);
}

/*
 * --- echo and reflection ---
 */

static bool
loop_return(struct netport_loop *loop, unsigned queue,
    const struct net_frame *frame)
{
	struct netport *port = &loop->port;

	if (netport_deliver(port, queue, frame) == NETPORT_NO_BUFFER) {
		if (loop->waits) {
			loop->refused[queue] = true;
			return (false);
		}
		port->stats.in_drops[NETPORT_DROP_BUFFER]++;
	}
	loop_taken(port, frame);
	return (true);
}

static bool
loop_echo(struct netport *port, unsigned queue, const struct net_frame *frame)
{
	return (loop_return(loop_of(port), queue, frame));
}

/*
 * Describes the frame without its addresses behind `iov`; how many entries.
 * A port's caller has promised no more of them than there is room for.
 */
static unsigned
loop_behind_addresses(const struct net_frame *frame, struct iovec *iov,
    uint8_t *addresses)
{
	size_t part, skip;
	unsigned i, n;

	n = 0;
	skip = 0;
	for (i = 0; i < frame->iovcnt; i++) {
		part = 2 * MAC_BYTES - skip;
		if (part > frame->iov[i].iov_len)
			part = frame->iov[i].iov_len;
		memcpy(addresses + skip, frame->iov[i].iov_base, part);
		skip += part;
		if (part == frame->iov[i].iov_len)
			continue;
		iov[n].iov_base = (uint8_t *)frame->iov[i].iov_base + part;
		iov[n].iov_len = frame->iov[i].iov_len - part;
		n++;
	}
	return (n);
}

static bool
loop_reflect(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct netport_loop *loop = loop_of(port);
	struct net_frame back = *frame;
	uint8_t addresses[2 * MAC_BYTES];

	if (frame->iovcnt > NETPORT_SEGMENTS_MAX) {
		port->stats.out_drops[NETPORT_DROP_SIZE]++;
		return (true);
	}
	back.iov = loop->iov;
	back.iovcnt =
	    1 + loop_behind_addresses(frame, loop->iov + 1, addresses);
	memcpy(loop->addresses, addresses + MAC_BYTES, MAC_BYTES);
	memcpy(loop->addresses + MAC_BYTES, addresses, MAC_BYTES);
	loop->iov[0].iov_base = loop->addresses;
	loop->iov[0].iov_len = sizeof(loop->addresses);
	return (loop_return(loop, queue, &back));
}

/* The driver has given buffers: what was refused may be tried again. */
static bool
loop_retry(struct netport *port, unsigned queue, unsigned budget)
{
	struct netport_loop *loop = loop_of(port);
	unsigned i;

	/* Steering may have sent any of them to this queue. */
	for (i = 0; i < port->nqueues; i++) {
		if (!loop->refused[i])
			continue;
		loop->refused[i] = false;
		netport_ready(port, i);
	}
	return (false);
}

static bool
loop_sink(struct netport *port, unsigned queue, const struct net_frame *frame)
{
	loop_taken(port, frame);
	return (true);
}

static const struct netport_ops loop_ops[] = {
	[NETPORT_ECHO] = {
		.transmit = loop_echo,
		.receive = loop_retry,
		.close = loop_close,
	},
	[NETPORT_REFLECT] = {
		.transmit = loop_reflect,
		.receive = loop_retry,
		.close = loop_close,
	},
	[NETPORT_SINK] = {
		.transmit = loop_sink,
		.close = loop_close,
	},
};

static struct netport_loop *
loop_new(const struct netport_ops *ops, const char *name, unsigned nqueues)
{
	struct netport_loop *loop;

	if (nqueues > NETPORT_QUEUES_MAX)
		return (NULL);
	loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return (NULL);
	netport_init(&loop->port, ops, name);
	if (nqueues != 0)
		loop->port.nqueues = nqueues;
	return (loop);
}

struct netport *
netport_loop_new(const struct netport_loop_config *config)
{
	struct netport_loop *loop;

	loop = loop_new(&loop_ops[config->kind], config->name, config->nqueues);
	if (loop == NULL)
		return (NULL);
	loop->port.takes = config->takes;
	loop->port.mtu = config->mtu;
	loop->waits = config->waits;
	return (&loop->port);
}

/*
 * --- a source ---
 */

static bool
source_receive(struct netport *port, unsigned queue, unsigned budget)
{
	struct netport_loop *loop = loop_of(port);

	if (queue >= port->nqueues)
		return (false);
	for (; loop->left[queue] > 0; budget--) {
		if (budget == 0)
			return (true);
		if (netport_deliver(port, queue, &loop->frame) != NETPORT_TAKEN)
			return (false);
		loop->left[queue]--;
	}
	return (false);
}

static const struct netport_ops source_ops = {
	.transmit = loop_sink,
	.receive = source_receive,
	.close = loop_close,
};

struct netport *
netport_source_new(const char *name, unsigned nqueues)
{
	struct netport_loop *loop;

	loop = loop_new(&source_ops, name, nqueues);
	if (loop == NULL)
		return (NULL);
	loop->port.takes = NET_OFFLOAD_ALL;
	loop->bytes = malloc(NET_FRAME_MAX);
	if (loop->bytes == NULL) {
		loop_close(&loop->port);
		return (NULL);
	}
	return (&loop->port);
}

bool
netport_source_start(struct netport *port, const struct net_frame *frame,
    uint64_t count)
{
	struct netport_loop *loop = loop_of(port);
	size_t at;
	unsigned i;

	if (frame->length > NET_FRAME_MAX)
		return (false);
	at = 0;
	for (i = 0; i < frame->iovcnt; i++) {
		memcpy(loop->bytes + at, frame->iov[i].iov_base,
		    frame->iov[i].iov_len);
		at += frame->iov[i].iov_len;
	}
	loop->frame = *frame;
	loop->frame_iov.iov_base = loop->bytes;
	loop->frame_iov.iov_len = at;
	loop->frame.iov = &loop->frame_iov;
	loop->frame.iovcnt = 1;
	for (i = 0; i < port->nqueues; i++) {
		loop->left[i] = count;
		netport_ready(port, i);
	}
	return (true);
}
