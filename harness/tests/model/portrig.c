/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See portrig.h.
 */
#include "tests/model/portrig.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static enum netport_result
deliver(void *arg, unsigned queue, const struct net_frame *frame)
{
	struct portrig *rig = arg;
	struct portrig_frame *kept;
	uint8_t source[6];

	if (rig->only_ours &&
	    (!net_iov_read(frame->iov, frame->iovcnt, 6, source, 6) ||
		memcmp(source, netframe_source, 6) != 0))
		return (NETPORT_TAKEN);
	if (rig->buffers == 0)
		return (NETPORT_NO_BUFFER);
	rig->buffers--;
	if (rig->count++ >= PORTRIG_FRAMES)
		return (NETPORT_TAKEN);
	kept = &rig->frames[rig->count - 1];
	kept->queue = queue;
	kept->frame = *frame;
	kept->piece.iov_base = malloc(frame->length);
	T_REQUIRE(kept->piece.iov_base != NULL);
	kept->piece.iov_len = netframe_flat(frame, kept->piece.iov_base);
	kept->frame.iov = &kept->piece;
	kept->frame.iovcnt = 1;
	return (NETPORT_TAKEN);
}

static void
ready(void *arg, unsigned queue)
{
	((struct portrig *)arg)->ready++;
}

static void
link_changed(void *arg)
{
	((struct portrig *)arg)->links++;
}

void
portrig_begin(struct portrig *rig, struct netport *port)
{
	rig->device = (struct netport_device) {
		.arg = rig,
		.deliver = deliver,
		.ready = ready,
		.link = link_changed,
	};
	rig->port = port;
	rig->buffers = UINT32_MAX;
	rig->ready = rig->links = rig->count = 0;
	netport_attach(port, &rig->device);
}

void
portrig_clear(struct portrig *rig)
{
	unsigned i;

	for (i = 0; i < rig->count && i < PORTRIG_FRAMES; i++)
		free(rig->frames[i].piece.iov_base);
	rig->count = 0;
}

void
portrig_end(struct portrig *rig)
{
	portrig_clear(rig);
	netport_detach(rig->port);
	netport_close(rig->port);
	rig->port = NULL;
}

void
portrig_complain(void *arg, const struct netport *port, const char *line)
{
	struct portrig *rig = arg;

	rig->complaints++;
	(void)snprintf(rig->complaint, sizeof(rig->complaint), "%s", line);
}

uint64_t
portrig_clock(void *now)
{
	return (*(uint64_t *)now);
}

/* Waits for a second at most; false when nothing has happened. */
static bool
wait_once(struct portrig *rig)
{
	struct netport_fd fds[NETPORT_QUEUES_MAX];
	struct pollfd pollfds[NETPORT_QUEUES_MAX];
	unsigned i, n;

	n = netport_descriptors(rig->port, fds, NETPORT_QUEUES_MAX);
	for (i = 0; i < n; i++)
		pollfds[i] = (struct pollfd) {
			.fd = fds[i].fd,
			.events = (short)((fds[i].readable ? POLLIN : 0) |
			    (fds[i].writable ? POLLOUT : 0)),
		};
	if (poll(pollfds, n, 1000) <= 0)
		return (false);
	for (i = 0; i < n; i++)
		if (pollfds[i].revents != 0)
			netport_poll(rig->port, fds[i].fd);
	return (true);
}

static void
receive_all(struct portrig *rig)
{
	unsigned i;

	for (i = 0; i < rig->port->nqueues; i++)
		while (netport_receive(rig->port, i, 16))
			;
}

void
portrig_wait(struct portrig *rig, unsigned count)
{
	unsigned tries;

	for (tries = 0; tries < 1000; tries++) {
		receive_all(rig);
		if (rig->count >= count || !wait_once(rig))
			break;
	}
}

void
portrig_wait_up(struct portrig *rig)
{
	unsigned tries;

	for (tries = 0; !rig->port->link_up && tries < 1000; tries++) {
		receive_all(rig);
		if (!wait_once(rig))
			break;
	}
	T_TRUE(rig->port->link_up);
	receive_all(rig);
	portrig_clear(rig);
	rig->port->stats = (struct netport_stats) { 0 };
}

bool
portrig_is(const struct portrig *rig, unsigned index,
    const struct net_frame *frame)
{
	static uint8_t bytes[NETFRAME_ROOM];
	const struct net_frame *kept = &rig->frames[index].frame;

	if (index >= rig->count || kept->length != frame->length)
		return (false);
	(void)netframe_flat(frame, bytes);
	return (memcmp(bytes, kept->iov->iov_base, kept->length) == 0);
}
