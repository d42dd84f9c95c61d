/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A TAP of Linux as a port: see ports.h.  The host's kernel and virtio have
 * the same header in front of a frame, so that offloads pass both ways.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "model/backend/tap_var.h"
#include "model/net_gso.h"

static void
tap_complain(struct tap *tap, const char *line)
{
	if (tap->complain != NULL)
		tap->complain(tap->complain_arg, &tap->port, line);
}

/* What the host said, and what we wanted of it. */
static void
tap_error(struct tap *tap, const char *what, int error)
{
	tap->port.error = error;
	tap->port.error_what = what;
}

/* The interface is not there any more. */
static void
tap_vanished(struct tap *tap, const char *what, int error)
{
	if (tap->gone)
		return;
	tap->gone = true;
	tap_error(tap, what, error);
	tap_complain(tap, "has vanished; the link is down");
	netport_set_link(&tap->port, false);
}

void
tap_is_down(struct tap *tap, bool down)
{
	if (tap->down == down)
		return;
	tap->down = down;
	if (down)
		tap_complain(tap, "is down on the host; so is the link");
	netport_set_link(&tap->port, !down);
}

/*
 * --- out ---
 */

static void
tap_header(struct virtio_net_hdr *header, const struct net_frame *frame)
{
	memset(header, 0, sizeof(*header));
	header->flags = frame->flags;
	header->gso_type = frame->gso_type;
	header->hdr_len = wire16(frame->hdr_len);
	header->gso_size = wire16(frame->gso_size);
	header->csum_start = wire16(frame->csum_start);
	header->csum_offset = wire16(frame->csum_offset);
}

/* In as many pieces as the host takes; the rest of them is gathered. */
static ssize_t
tap_writev(struct tap *tap, unsigned queue, const struct net_frame *frame)
{
	struct virtio_net_hdr header;
	struct iovec *iov = tap->iov;
	unsigned count = frame->iovcnt;

	tap_header(&header, frame);
	iov[0] = (struct iovec) { &header, VIRTIO_NET_HDR_BYTES };
	if (count < TAP_PIECES_MAX) {
		memcpy(iov + 1, frame->iov, count * sizeof(*frame->iov));
	} else {
		(void)net_iov_read(frame->iov, count, 0, tap->gathered,
		    frame->length);
		iov[1] = (struct iovec) { tap->gathered, frame->length };
		count = 1;
	}
	return (writev(tap->queues[queue].fd, iov, (int)count + 1));
}

static bool
tap_taken(struct tap *tap, const struct net_frame *frame)
{
	tap->port.stats.out_frames++;
	tap->port.stats.out_bytes += frame->length;
	return (true);
}

static bool
tap_dropped(struct tap *tap, enum netport_drop why)
{
	tap->port.stats.out_drops[why]++;
	return (true);
}

/* The host did not take the frame; false when it may later. */
static bool
tap_refused(struct tap *tap, unsigned queue, int error)
{
	switch (error) {
	case EAGAIN:
		tap->queues[queue].full = true;
		return (false);
	case EIO:
		tap_error(tap, "write", error);
		tap_is_down(tap, true);
		return (tap_dropped(tap, NETPORT_DROP_DOWN));
	case EBADFD:
	case ENODEV:
		tap_vanished(tap, "write", error);
		return (tap_dropped(tap, NETPORT_DROP_DOWN));
	case EINVAL:
		return (tap_dropped(tap, NETPORT_DROP_OFFLOAD));
	case EMSGSIZE:
		return (tap_dropped(tap, NETPORT_DROP_SIZE));
	default:
		tap_error(tap, "write", error);
		return (tap_dropped(tap, NETPORT_DROP_HOST));
	}
}

/* Linux takes up to that many UDP segments at once (UDP_MAX_SEGMENTS). */
static bool
tap_has_too_many(const struct net_frame *frame)
{
	return (frame->gso_type == VIRTIO_NET_HDR_GSO_UDP_L4 &&
	    frame->length - frame->hdr_len >
		(uint32_t)frame->gso_size * TAP_USO_SEGMENTS_MAX);
}

/* Cut here; once a part of it is with the host there is no way back. */
static bool
tap_write_segments(struct tap *tap, unsigned queue,
    const struct net_frame *frame)
{
	struct net_frame segment;

	if (net_gso_begin(&tap->gso, frame, 0) != 0)
		return (tap_dropped(tap, NETPORT_DROP_OFFLOAD));
	while (net_gso_next(&tap->gso, &segment))
		if (tap_writev(tap, queue, &segment) < 0) {
			if (errno == EAGAIN)
				return (tap_dropped(tap, NETPORT_DROP_FULL));
			return (tap_refused(tap, queue, errno));
		}
	return (tap_taken(tap, frame));
}

static bool
tap_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct tap *tap = tap_of(port);

	if (frame->length < NET_FRAME_MIN || frame->length > NET_FRAME_MAX)
		return (tap_dropped(tap, NETPORT_DROP_SIZE));
	if (tap->gone || tap->down)
		return (tap_dropped(tap, NETPORT_DROP_DOWN));
	/* A pair that is not in use has no descriptor that could be used. */
	if (queue >= tap->pairs)
		queue = 0;
	if (tap_has_too_many(frame))
		return (tap_write_segments(tap, queue, frame));
	if (tap_writev(tap, queue, frame) < 0)
		return (tap_refused(tap, queue, errno));
	return (tap_taken(tap, frame));
}

/*
 * --- in ---
 */

/* Checks what the host says of a frame; false: it makes no sense. */
static bool
tap_frame(struct tap_queue *queue, size_t length)
{
	const struct virtio_net_hdr *header = &queue->header;
	struct net_frame *frame = &queue->frame;
	struct net_headers headers;
	uint8_t copy[NET_HEADERS_MAX];

	queue->piece = (struct iovec) { queue->bytes, length };
	*frame = (struct net_frame) {
		.iov = &queue->piece,
		.iovcnt = 1,
		.length = (uint32_t)length,
		.flags = header->flags &
		    (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID),
		.gso_type = header->gso_type,
	};
	if (frame->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		frame->csum_start = wire16(header->csum_start);
		frame->csum_offset = wire16(header->csum_offset);
		if ((size_t)frame->csum_start + frame->csum_offset + 2 > length)
			return (false);
	}
	if (frame->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return (true);
	frame->gso_size = wire16(header->gso_size);
	if (net_gso_check(frame, copy, &headers) != 0)
		return (false);
	frame->hdr_len = headers.payload;
	return (true);
}

enum tap_read {
	TAP_FRAME,
	TAP_NOTHING, /* there are no more */
	TAP_DROPPED,
};

static enum tap_read
tap_read(struct tap *tap, struct tap_queue *queue)
{
	struct iovec iov[2] = {
		{ &queue->header, VIRTIO_NET_HDR_BYTES },
		{ queue->bytes, NET_FRAME_MAX + 1 },
	};
	enum netport_drop why;
	ssize_t n;

	n = readv(queue->fd, iov, 2);
	if (n < 0) {
		if (errno == EBADFD || errno == ENODEV)
			tap_vanished(tap, "read", errno);
		else if (errno != EAGAIN && errno != EINTR)
			tap_error(tap, "read", errno);
		return (TAP_NOTHING);
	}
	n -= VIRTIO_NET_HDR_BYTES;
	if (n < NET_FRAME_MIN || n > NET_FRAME_MAX)
		why = NETPORT_DROP_SIZE;
	else if (!tap_frame(queue, (size_t)n))
		why = NETPORT_DROP_OFFLOAD;
	else
		return (TAP_FRAME);
	tap->port.stats.in_drops[why]++;
	return (TAP_DROPPED);
}

static bool
tap_receive(struct netport *port, unsigned index, unsigned budget)
{
	struct tap *tap = tap_of(port);
	struct tap_queue *queue;

	if (index >= tap->pairs)
		return (false);
	queue = &tap->queues[index];
	for (; budget > 0; budget--) {
		if (!queue->pending) {
			if (tap->gone)
				return (false);
			switch (tap_read(tap, queue)) {
			case TAP_NOTHING:
				queue->ready = false;
				return (false);
			case TAP_DROPPED:
				continue;
			case TAP_FRAME:
				break;
			}
		}
		/* What finds no buffer waits; more is with the host. */
		queue->pending = netport_deliver(port, index, &queue->frame) !=
		    NETPORT_TAKEN;
		if (queue->pending)
			return (false);
	}
	return (true);
}

/*
 * --- descriptors ---
 */

static unsigned
tap_descriptors(struct netport *port, struct netport_fd *fds, unsigned max)
{
	struct tap *tap = tap_of(port);
	const struct tap_queue *queue;
	unsigned i;

	if (tap->gone)
		return (0);
	for (i = 0; i < tap->pairs && i < max; i++) {
		queue = &tap->queues[i];
		fds[i] = (struct netport_fd) {
			.fd = queue->fd,
			/* Once is enough, until all has been read. */
			.readable = !queue->ready && !queue->pending,
			.writable = queue->full || tap->down,
		};
	}
	return (i);
}

static void
tap_poll(struct netport *port, int fd)
{
	struct tap *tap = tap_of(port);
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT };
	struct tap_queue *queue;
	unsigned i;

	for (i = 0; i < tap->pairs && tap->queues[i].fd != fd; i++)
		;
	if (tap->gone || i == tap->pairs || poll(&pollfd, 1, 0) <= 0)
		return;
	queue = &tap->queues[i];
	if (pollfd.revents & (POLLERR | POLLHUP | POLLNVAL)) {
		tap_vanished(tap, "poll", ENODEV);
		return;
	}
	/* It can be written to only while it is up. */
	if (pollfd.revents & POLLOUT)
		tap_is_down(tap, false);
	if ((pollfd.revents & POLLIN) == 0 &&
	    ((pollfd.revents & POLLOUT) == 0 || !queue->full))
		return;
	queue->ready |= (pollfd.revents & POLLIN) != 0;
	if (pollfd.revents & POLLOUT)
		queue->full = false;
	netport_ready(port, i);
}

/*
 * --- what the driver has chosen ---
 */

static void
tap_accepts(struct netport *port, uint32_t offloads)
{
	struct tap *tap = tap_of(port);

	/* When it cannot be changed, the device does what is left. */
	if (!tap->gone && tap_set_offloads(tap, offloads) != 0)
		tap_error(tap, "TUNSETOFFLOAD", errno);
}

static void
tap_pairs(struct netport *port, unsigned pairs)
{
	struct tap *tap = tap_of(port);
	unsigned i;

	if (pairs == 0 || pairs > port->nqueues)
		return;
	for (i = 0; i < port->nqueues && !tap->gone; i++) {
		if ((i < pairs) == (i < tap->pairs))
			continue;
		if (tap_queue_use(tap, i, i < pairs) != 0)
			tap_error(tap, "TUNSETQUEUE", errno);
		if (i >= pairs && tap->queues[i].pending)
			port->stats.in_drops[NETPORT_DROP_BUFFER]++;
		tap->queues[i].pending = false;
		tap->queues[i].ready = false;
		tap->queues[i].full = false;
	}
	tap->pairs = pairs;
}

const struct netport_ops tap_ops = {
	.transmit = tap_transmit,
	.receive = tap_receive,
	.accepts = tap_accepts,
	.pairs = tap_pairs,
	.descriptors = tap_descriptors,
	.poll = tap_poll,
	.close = tap_close,
};
