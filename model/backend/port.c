/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports: what all of them have in common, and the calls between a port and
 * the device that holds it.
 */
#include "model/backend/port.h"

#include <assert.h>
#include <string.h>

const char *const netport_drop_names[NETPORT_DROPS] = {
	[NETPORT_DROP_FULL] = "full",
	[NETPORT_DROP_BUFFER] = "no buffer",
	[NETPORT_DROP_SIZE] = "size",
	[NETPORT_DROP_OFFLOAD] = "offload",
	[NETPORT_DROP_DOWN] = "down",
	[NETPORT_DROP_HOST] = "host",
};

/*
 * --- from the port to the device ---
 */

void
netport_init(struct netport *port, const struct netport_ops *ops,
    const char *name)
{
	memset(port, 0, sizeof(*port));
	port->ops = ops;
	port->name = name;
	port->nqueues = 1;
	port->link_up = true;
	port->speed = NETPORT_SPEED_UNKNOWN;
	port->duplex = NETPORT_DUPLEX_FULL;
}

enum netport_result
netport_deliver(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	enum netport_result result;

	assert(port->inside);
	result = port->device->deliver(port->device->arg, queue, frame);
	if (result == NETPORT_TAKEN) {
		port->stats.in_frames++;
		port->stats.in_bytes += frame->length;
	}
	return (result);
}

void
netport_ready(struct netport *port, unsigned queue)
{
	if (port->device != NULL)
		port->device->ready(port->device->arg, queue);
}

static void
netport_tell_link(struct netport *port)
{
	if (port->device != NULL)
		port->device->link(port->device->arg);
}

void
netport_set_link(struct netport *port, bool up)
{
	if (port->link_up == up)
		return;
	port->link_up = up;
	netport_tell_link(port);
}

void
netport_set_speed(struct netport *port, uint32_t speed, uint8_t duplex)
{
	if (port->speed == speed && port->duplex == duplex)
		return;
	port->speed = speed;
	port->duplex = duplex;
	netport_tell_link(port);
}

/*
 * --- from the device to the port ---
 */

void
netport_attach(struct netport *port, const struct netport_device *device)
{
	assert(port->device == NULL);
	port->device = device;
}

void
netport_detach(struct netport *port)
{
	assert(!port->inside);
	port->device = NULL;
}

void
netport_flush(struct netport *port)
{
	if (port->ops->flush != NULL)
		port->ops->flush(port);
}

bool
netport_receive(struct netport *port, unsigned queue, unsigned budget)
{
	bool inside = port->inside, more;

	if (port->ops->receive == NULL)
		return (false);
	port->inside = true;
	more = port->ops->receive(port, queue, budget);
	port->inside = inside;
	return (more);
}

void
netport_accepts(struct netport *port, uint32_t offloads)
{
	if (port->ops->accepts != NULL)
		port->ops->accepts(port, offloads);
}

void
netport_pairs(struct netport *port, unsigned pairs)
{
	if (port->ops->pairs != NULL)
		port->ops->pairs(port, pairs);
}

/*
 * --- from the loop ---
 */

unsigned
netport_descriptors(struct netport *port, struct netport_fd *fds, unsigned max)
{
	if (port->ops->descriptors == NULL)
		return (0);
	return (port->ops->descriptors(port, fds, max));
}

void
netport_poll(struct netport *port, int fd)
{
	if (port->ops->poll != NULL)
		port->ops->poll(port, fd);
}

void
netport_close(struct netport *port)
{
	if (port == NULL)
		return;
	assert(port->device == NULL);
	port->ops->close(port);
}
