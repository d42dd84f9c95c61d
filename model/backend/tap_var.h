/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the TAP share: opening and settings (tap_open.c), frames
 * (tap.c).
 */
#ifndef RINGSIDE_MODEL_BACKEND_TAP_VAR_H
#define RINGSIDE_MODEL_BACKEND_TAP_VAR_H

#include "model/backend/ports.h"
#include "model/net_gso.h"

/* What the host takes in one writev(2). */
#define TAP_PIECES_MAX	     1024
#define TAP_USO_SEGMENTS_MAX 128

struct tap_queue {
	int fd;
	/* The host has more to read, and the device knows. */
	bool ready;
	bool full; /* the host would not take a frame */
	/* `frame` was read and found no buffer. */
	bool pending;
	struct net_frame frame;
	struct iovec piece;
	struct virtio_net_hdr header;
	uint8_t *bytes; /* NET_FRAME_MAX + 1, one more than can be right */
};

struct tap {
	struct netport port; /* first */
	char name[16];
	int socket;	 /* for questions about the interface */
	uint32_t allows; /* offloads: the host's and the caller's */
	uint32_t knows;	 /* the host's */
	unsigned pairs;	 /* in use */
	bool several;	 /* made with IFF_MULTI_QUEUE */
	bool down;
	bool gone;
	netport_complain_fn *complain;
	void *complain_arg;
	struct tap_queue queues[NETPORT_QUEUES_MAX];
	uint8_t *gathered; /* NET_FRAME_MAX bytes */
	struct iovec iov[TAP_PIECES_MAX + 1];
	struct net_gso gso;
};

static inline struct tap *
tap_of(struct netport *port)
{
	return ((struct tap *)(void *)port);
}

extern const struct netport_ops tap_ops;

/* tap.c */
void tap_is_down(struct tap *tap, bool down);

/* tap_open.c; -1 and errno */
/* What the host's stack may leave to be done to what it sends. */
int tap_set_offloads(struct tap *tap, uint32_t offloads);
/* Whether the host uses this queue. */
int tap_queue_use(struct tap *tap, unsigned queue, bool use);
void tap_close(struct netport *port);

#endif /* !RINGSIDE_MODEL_BACKEND_TAP_VAR_H */
