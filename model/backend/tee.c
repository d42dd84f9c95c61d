/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A port that records what passes through another: see ports.h.  To the
 * device it is a port, to the port below it is a device.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/backend/ports.h"

struct tee {
	struct netport port; /* first */
	struct netport *below;
	struct netport_device device; /* that `below` sees */
	struct netcapture *capture;
	/*
	 * A frame on its way out that is not recorded so far: it is when the
	 * port below takes it, and before what comes back of an echo.
	 */
	const struct net_frame *sending;
	bool failed;
	netport_complain_fn *complain;
	void *complain_arg;
};

static struct tee *
tee_of(struct netport *port)
{
	return ((struct tee *)(void *)port);
}

static void
tee_record(struct tee *tee, const struct net_frame *frame, bool received)
{
	char line[NETPORT_WHY];
	int error;

	error = netcapture_frame(tee->capture, frame, received);
	if (error == 0 || tee->failed)
		return;
	tee->failed = true;
	(void)snprintf(line, sizeof(line), "capture: write: %s",
	    strerror(error));
	if (tee->complain != NULL)
		tee->complain(tee->complain_arg, &tee->port, line);
}

static void
tee_record_sending(struct tee *tee)
{
	if (tee->sending != NULL)
		tee_record(tee, tee->sending, false);
	tee->sending = NULL;
}

/* What a person or the device looks at is that of the port below. */
static void
tee_copy(struct tee *tee)
{
	struct netport *port = &tee->port;

	port->stats = tee->below->stats;
	port->error = tee->below->error;
	port->error_what = tee->below->error_what;
}

/*
 * --- for the port below ---
 */

static enum netport_result
tee_deliver(void *arg, unsigned queue, const struct net_frame *frame)
{
	struct tee *tee = arg;
	enum netport_result result;

	result = netport_deliver(&tee->port, queue, frame);
	if (result == NETPORT_TAKEN) {
		tee_record_sending(tee);
		tee_record(tee, frame, true);
	}
	return (result);
}

static void
tee_ready(void *arg, unsigned queue)
{
	netport_ready(&((struct tee *)arg)->port, queue);
}

static void
tee_link(void *arg)
{
	struct tee *tee = arg;

	tee_copy(tee);
	netport_set_link(&tee->port, tee->below->link_up);
	netport_set_speed(&tee->port, tee->below->speed, tee->below->duplex);
}

/*
 * --- for the device ---
 */

static bool
tee_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct tee *tee = tee_of(port);
	uint64_t before = tee->below->stats.out_frames;
	bool taken;

	tee->sending = frame;
	taken = netport_transmit(tee->below, queue, frame);
	/* What was dropped there has not passed. */
	if (taken && tee->below->stats.out_frames != before)
		tee_record_sending(tee);
	tee->sending = NULL;
	tee_copy(tee);
	return (taken);
}

static void
tee_flush(struct netport *port)
{
	struct tee *tee = tee_of(port);

	netport_flush(tee->below);
	tee_copy(tee);
}

static bool
tee_receive(struct netport *port, unsigned queue, unsigned budget)
{
	struct tee *tee = tee_of(port);
	bool more;

	more = netport_receive(tee->below, queue, budget);
	tee_copy(tee);
	return (more);
}

static void
tee_accepts(struct netport *port, uint32_t offloads)
{
	netport_accepts(tee_of(port)->below, offloads);
}

static void
tee_pairs(struct netport *port, unsigned pairs)
{
	netport_pairs(tee_of(port)->below, pairs);
}

static unsigned
tee_descriptors(struct netport *port, struct netport_fd *fds, unsigned max)
{
	return (netport_descriptors(tee_of(port)->below, fds, max));
}

static void
tee_poll(struct netport *port, int fd)
{
	struct tee *tee = tee_of(port);

	netport_poll(tee->below, fd);
	tee_copy(tee);
}

static void
tee_close(struct netport *port)
{
	struct tee *tee = tee_of(port);
	int error;

	netport_detach(tee->below);
	netport_close(tee->below);
	error = netcapture_close(tee->capture);
	if (error != 0 && !tee->failed && tee->complain != NULL)
		tee->complain(tee->complain_arg, port,
		    "capture: not all could be written");
	free(tee);
}

static const struct netport_ops tee_ops = {
	.transmit = tee_transmit,
	.flush = tee_flush,
	.receive = tee_receive,
	.accepts = tee_accepts,
	.pairs = tee_pairs,
	.descriptors = tee_descriptors,
	.poll = tee_poll,
	.close = tee_close,
};

int
netport_tee_open(const struct netport_tee_config *config, struct netport **port,
    char *why)
{
	struct netport *below = config->below;
	struct tee *tee;
	int error;

	tee = calloc(1, sizeof(*tee));
	if (tee == NULL) {
		(void)snprintf(why, NETPORT_WHY, "%s", strerror(ENOMEM));
		return (ENOMEM);
	}
	error = netcapture_open(&config->capture, &tee->capture, why);
	if (error != 0) {
		free(tee);
		return (error);
	}
	netport_init(&tee->port, &tee_ops, below->name);
	tee->port.takes = below->takes;
	tee->port.nqueues = below->nqueues;
	tee->port.mtu = below->mtu;
	tee->port.link_up = below->link_up;
	tee->port.speed = below->speed;
	tee->port.duplex = below->duplex;
	tee->below = below;
	tee->complain = config->complain;
	tee->complain_arg = config->complain_arg;
	tee->device = (struct netport_device) {
		.arg = tee,
		.deliver = tee_deliver,
		.ready = tee_ready,
		.link = tee_link,
	};
	netport_attach(below, &tee->device);
	*port = &tee->port;
	return (0);
}
