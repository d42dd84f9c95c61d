/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The rig with a network device in it: all its queues, a port that writes down
 * what is transmitted and gives what a test wants received, and a clock.
 *
 *	netrig_init(&nr, &config, NULL);
 *	netrig_start(&nr, features);
 *	netrig_buffers(&nr, 0, 4, 1526);
 *	netrig_inject(&nr, 0, &frame);
 *	length = netrig_received(&nr, 0, &header, bytes);
 *	netrig_fini(&nr);
 */
#ifndef RINGSIDE_TESTS_MODEL_NETRIG_H
#define RINGSIDE_TESTS_MODEL_NETRIG_H

#include "model/backend/port.h"
#include "model/net.h"
#include "model/wire/net.h"
#include "tests/model/rig.h"

#define NETRIG_QUEUES 17
#define NETRIG_SIZE   64 /* entries of a queue */
#define NETRIG_FRAMES 128

#define NETBIT(name)  VDEV_FEATURE(VIRTIO_NET_F_##name)

struct netrig_queue {
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
	uint16_t next_desc;
	uint16_t avail_idx;
	uint16_t used_seen;
	/* Of each head: where its buffer is, for reception. */
	uint64_t buffer[NETRIG_SIZE];
	uint32_t length[NETRIG_SIZE];
};

/* A frame that the port has got, or is to give. */
struct netrig_frame {
	struct net_frame frame; /* without iov */
	unsigned queue;
	uint8_t *bytes;
};

struct netrig_port {
	struct netport port; /* first */
	bool full;
	unsigned flushes;
	uint32_t accepts;
	unsigned pairs;
	unsigned nsent;
	struct netrig_frame sent[NETRIG_FRAMES];
	/* To be received; those that were taken are gone. */
	unsigned nwaiting;
	struct netrig_frame waiting[NETRIG_FRAMES];
};

struct netrig {
	struct rig rig; /* first */
	struct netrig_port port;
	struct netrig_queue queues[NETRIG_QUEUES];
	uint64_t next_buffer;
	uint64_t now;
	uint64_t alarm; /* 0: none */
	unsigned hdr_bytes;
	struct vnet_stats stats; /* netrig_stats() */
};

/* NULL for configurations that are all zero; the port has 8 queues. */
void netrig_init(struct netrig *nr, const struct vnet_config *config,
    const struct vpci_virtio_config *pci);
void netrig_fini(struct netrig *nr);
/* Gives the host a clock, before the device starts. */
void netrig_clock(struct netrig *nr);
/* Time goes by, and what was to be done then is done. */
void netrig_pass(struct netrig *nr, uint64_t nsec);

/* All queues, and DRIVER_OK; VERSION_1 is added to the features. */
void netrig_start(struct netrig *nr, uint64_t features);
void netrig_start_legacy(struct netrig *nr, uint32_t features);
void netrig_kick(struct netrig *nr, unsigned queue);
unsigned netrig_ctrl(struct netrig *nr);

/* Guest memory that nothing else has. */
uint64_t netrig_alloc(struct netrig *nr, size_t length);
/* A chain; `flags` of each piece are 0 or VIRTQ_DESC_F_WRITE. */
struct netrig_piece {
	uint64_t gpa;
	uint32_t length;
	uint16_t flags;
};
uint16_t netrig_add(struct netrig *nr, unsigned queue,
    const struct netrig_piece *pieces, unsigned count);
/* The next used entry; false: there is none. */
bool netrig_used(struct netrig *nr, unsigned queue,
    struct virtq_used_elem *elem);

/*
 * Transmits header and frame in two pieces, and looks that the chain comes
 * back with nothing written.  How many frames the port has got by it.
 */
unsigned netrig_send(struct netrig *nr, unsigned pair,
    const struct virtio_net_hdr *header, const void *frame, size_t length);
const struct netrig_frame *netrig_last(struct netrig *nr);

/* Buffers of one piece each, for reception; and tells the device. */
void netrig_buffers(struct netrig *nr, unsigned pair, unsigned count,
    uint32_t length);
/* The port has a frame; `frame->iov` is what a test has. */
void netrig_inject(struct netrig *nr, unsigned queue,
    const struct net_frame *frame);
/* The same without offloads. */
void netrig_inject_bytes(struct netrig *nr, unsigned queue, const void *bytes,
    size_t length);
/*
 * The next frame that was received, gathered from its buffers: its length, or
 * -1.  `header` may be NULL, and so may `bytes`.
 */
int netrig_received(struct netrig *nr, unsigned pair,
    struct virtio_net_hdr *header, uint8_t *bytes);

/* A command with the device's answer; 0xff: it has not answered. */
uint8_t netrig_command(struct netrig *nr, uint8_t class, uint8_t command,
    const void *data, size_t length);
/* ... and one byte of data, or two. */
uint8_t netrig_command8(struct netrig *nr, uint8_t class, uint8_t command,
    uint8_t data);
uint8_t netrig_command16(struct netrig *nr, uint8_t class, uint8_t command,
    uint16_t data);

const struct vnet_stats *netrig_stats(struct netrig *nr);

/*
 * --- frames ---
 */

/* Fills in an Ethernet header, and a pattern behind it. */
void netrig_ether(uint8_t *frame, const uint8_t *dst, uint16_t type,
    size_t length);
/*
 * A TCP or UDP packet in IPv4 or IPv6, with right lengths and a right IPv4
 * checksum, the pseudo header's sum in the transport's field, and payload.
 * Returns where the payload begins; `length` is the whole frame's.
 */
size_t netrig_packet(uint8_t *frame, const uint8_t *dst, unsigned version,
    uint8_t proto, size_t length);

#endif /* !RINGSIDE_TESTS_MODEL_NETRIG_H */
