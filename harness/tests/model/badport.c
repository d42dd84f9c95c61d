/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See badport.h.
 */
#include "tests/model/badport.h"

#include <stdlib.h>

#include "tests/test.h"

struct badport {
	struct netport port; /* first */
	bool full;
	unsigned out;
	unsigned in;
	uint64_t sent;
	uint64_t returned;
};

static struct badport *
badport_of(struct netport *port)
{
	return ((struct badport *)(void *)port);
}

static void
taken(struct netport *port, const struct net_frame *frame)
{
	port->stats.out_frames++;
	port->stats.out_bytes += frame->length;
}

static bool
full_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	if (badport_of(port)->full)
		return (false);
	taken(port, frame);
	return (true);
}

static bool
lossy_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct badport *bad = badport_of(port);

	if (++bad->sent % bad->out == 0) {
		port->stats.out_drops[NETPORT_DROP_HOST]++;
		return (true);
	}
	taken(port, frame);
	if (++bad->returned % bad->in == 0)
		port->stats.in_drops[NETPORT_DROP_HOST]++;
	else if (netport_deliver(port, queue, frame) != NETPORT_TAKEN)
		port->stats.in_drops[NETPORT_DROP_BUFFER]++;
	return (true);
}

static void
bad_close(struct netport *port)
{
	free(port);
}

static const struct netport_ops full_ops = {
	.transmit = full_transmit,
	.close = bad_close,
};

static const struct netport_ops lossy_ops = {
	.transmit = lossy_transmit,
	.close = bad_close,
};

static struct badport *
bad_new(const struct netport_ops *ops, const char *name)
{
	struct badport *bad = calloc(1, sizeof(*bad));

	T_REQUIRE(bad != NULL);
	netport_init(&bad->port, ops, name);
	bad->port.takes = NET_OFFLOAD_ALL;
	return (bad);
}

struct netport *
badport_full(void)
{
	struct badport *bad = bad_new(&full_ops, "full");

	bad->full = true;
	return (&bad->port);
}

void
badport_relent(struct netport *port)
{
	badport_of(port)->full = false;
	netport_ready(port, 0);
}

struct netport *
badport_lossy(unsigned out, unsigned in)
{
	struct badport *bad = bad_new(&lossy_ops, "lossy");

	bad->out = out;
	bad->in = in;
	return (&bad->port);
}
