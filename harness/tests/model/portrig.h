/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A device for tests of ports: it keeps what it is given, has as many buffers
 * as a test says, and counts what it is told.
 */
#ifndef RINGSIDE_TESTS_MODEL_PORTRIG_H
#define RINGSIDE_TESTS_MODEL_PORTRIG_H

#include "model/backend/ports.h"
#include "tests/model/netframe.h"

#define PORTRIG_FRAMES 64

struct portrig {
	struct netport_device device;
	struct netport *port;
	/* A TAP's host has things of its own to say: only netframe.h's count.
	 */
	bool only_ours;
	unsigned buffers; /* that are left */
	unsigned ready;	  /* calls */
	unsigned links;
	unsigned complaints;
	char complaint[512]; /* the last one */
	/* What was received; the first PORTRIG_FRAMES of it. */
	unsigned count;
	struct portrig_frame {
		struct net_frame frame; /* of one piece */
		struct iovec piece;
		unsigned queue;
	} frames[PORTRIG_FRAMES];
};

/* Attaches to the port, which it will close. */
void portrig_begin(struct portrig *rig, struct netport *port);
/* Forgets, and gives back, what was received. */
void portrig_clear(struct portrig *rig);
void portrig_end(struct portrig *rig);

/* A netport_complain_fn, of which the argument is a rig. */
void portrig_complain(void *rig, const struct netport *port, const char *line);
/* A netport_clock_fn, of which the argument is a uint64_t. */
uint64_t portrig_clock(void *now);

/*
 * Waits for the port's descriptors, calls netport_poll(), and receives until
 * there are `count` frames or nothing comes for a second.
 */
void portrig_wait(struct portrig *rig, unsigned count);
/* The same until the link is up; and forgets what was received by then. */
void portrig_wait_up(struct portrig *rig);
/* Whether a frame that was received has those bytes. */
bool portrig_is(const struct portrig *rig, unsigned index,
    const struct net_frame *frame);

#endif /* !RINGSIDE_TESTS_MODEL_PORTRIG_H */
