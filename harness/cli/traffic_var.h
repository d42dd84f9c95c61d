/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the network workload share.
 *
 *	traffic.c	the loop around frames that come back
 *	traffic_frame.c	frames: making them, and comparing what arrives
 *	traffic_file.c	frames of a capture, and counting at a TAP
 */
#ifndef RINGSIDE_CLI_TRAFFIC_VAR_H
#define RINGSIDE_CLI_TRAFFIC_VAR_H

#include <sys/uio.h>

#include "cli/traffic.h"
#include "kernel/netif.h"
#include "sim/sim.h"

/* Payloads are pieces of this many bytes that look like chance. */
#define TRAFFIC_PATTERN (192u << 10)
#define TRAFFIC_HEADERS 96
#define TRAFFIC_VLAN	5

enum traffic_kind {
	TRAFFIC_RAW, /* no protocol that anybody knows */
	TRAFFIC_UDP4,
	TRAFFIC_UDP6,
	TRAFFIC_TCP4,
	TRAFFIC_TCP6,
	TRAFFIC_TSO4, /* TCP, to be segmented */
	TRAFFIC_TSO6,
	TRAFFIC_KINDS
};
extern const char *const traffic_kind_names[TRAFFIC_KINDS];

struct traffic_run;

/* A frame under way, and what it has to be when it arrives. */
struct traffic_slot {
	struct traffic_slot *next; /* in a list */
	bool busy;
	unsigned index; /* of the slot: in the frame as well */
	unsigned from, to;
	enum traffic_kind kind;
	uint64_t op;
	uint64_t start, end; /* ns */
	bool vlan;
	uint8_t head[TRAFFIC_HEADERS];
	uint32_t head_length;
	uint32_t payload; /* bytes, from pattern[offset] on */
	uint32_t offset;
	uint32_t arrived; /* of the payload */
	struct iovec iov[2];
};

struct traffic_nic {
	struct traffic_run *run;
	struct netif *netif;
	struct netif_info info;
	unsigned index;
};

struct traffic_run {
	struct traffic *traffic;
	struct traffic_nic nics[SESSION_NICS];
	unsigned nnics;
	uint64_t random;
	bool vlans; /* all have joined TRAFFIC_VLAN */
	uint32_t mtu;
	uint8_t *pattern;
	struct traffic_slot slots[TRAFFIC_DEPTH_MAX];
	struct traffic_slot *idle, *done;
	struct sim_task *task;
	bool waiting; /* the task, for `done` */
	uint64_t begin;
	/* Of a file or TAP. */
	uint64_t arrived, arrived_bytes;
	void *file;
};

uint64_t traffic_draw(struct traffic_run *run, uint64_t below);
void traffic_fail(struct traffic *traffic, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Whether the task was woken, and not `ns` of virtual time have passed. */
bool traffic_wait(struct traffic_run *run, uint64_t ns);
void traffic_wake(struct traffic_run *run);

/*
 * --- traffic_frame.c ---
 */

/* Draws a frame into the slot, and says how it is to be sent. */
void traffic_make(struct traffic_run *run, struct traffic_slot *slot,
    struct netif_frame *frame);
/*
 * What arrives at an interface; the slot that is complete with it, or NULL,
 * after saying what is wrong if something is.
 */
struct traffic_slot *traffic_arrived(struct traffic_nic *nic,
    const struct netif_frame *frame);

/*
 * --- traffic_file.c ---
 */

void traffic_file(struct traffic_run *run);
void traffic_tap(struct traffic_run *run);

#endif /* !RINGSIDE_CLI_TRAFFIC_VAR_H */
