/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A device for tests of ports: it keeps what it is given, has as many buffers
 * as a test says, and counts what it is told.
 */
#ifndef RINGSIDE_TESTS_MODEL_NETRIG_H
#define RINGSIDE_TESTS_MODEL_NETRIG_H

#include "model/backend/ports.h"
#include "tests/model/netframe.h"

#define NETRIG_FRAMES 64

struct netrig {
	struct netport_device device;
	struct netport *port;
	unsigned buffers; /* that are left */
	unsigned ready;	  /* calls */
	unsigned links;
	unsigned complaints;
	char complaint[512]; /* the last one */
	/* What was received; the first NETRIG_FRAMES of it. */
	unsigned count;
	struct netrig_frame {
		struct net_frame frame; /* of one piece */
		struct iovec piece;
		unsigned queue;
	} frames[NETRIG_FRAMES];
};

/* Attaches to the port, which it will close. */
void netrig_begin(struct netrig *rig, struct netport *port);
/* Forgets, and gives back, what was received. */
void netrig_clear(struct netrig *rig);
void netrig_end(struct netrig *rig);

/* A netport_complain_fn, of which the argument is a rig. */
void netrig_complain(void *rig, const struct netport *port, const char *line);
/* A netport_clock_fn, of which the argument is a uint64_t. */
uint64_t netrig_clock(void *now);

/*
 * Waits for the port's descriptors, calls netport_poll(), and receives until
 * there are `count` frames or nothing comes for a second.
 */
void netrig_wait(struct netrig *rig, unsigned count);
/* The same until the link is up; and forgets what was received by then. */
void netrig_wait_up(struct netrig *rig);
/* Whether a frame that was received has those bytes. */
bool netrig_is(const struct netrig *rig, unsigned index,
    const struct net_frame *frame);

#endif /* !RINGSIDE_TESTS_MODEL_NETRIG_H */
