/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the network device share:
 *
 *	net.c		life, features, configuration, link
 *	net_event.c	interrupts, coalescing, and rounds over the queues
 *	net_tx.c	transmitted frames
 *	net_tx_check.c	what their headers may say
 *	net_rx.c	received frames
 *	net_filter.c	which of them the driver wants
 *	net_rss.c	to which queue they go, and their hashes
 *	net_ctrl.c	the control queue, and net_ctrl_mq.c of it, what is
 *			about queues
 */
#ifndef RINGSIDE_MODEL_NET_VAR_H
#define RINGSIDE_MODEL_NET_VAR_H

#include <string.h>

#include "model/net.h"
#include "model/net_gso.h"
#include "model/ring.h"
#include "model/wire/config.h"
#include "model/wire/ids.h"
#include "model/wire/net.h"

#define VNET_VLANS	4096
#define VNET_RSS_TABLE	128 /* section 5.1.4.1: at least */
#define VNET_RSS_KEY	40  /* likewise */
#define VNET_FLOWS	1024
#define VNET_HASH_TYPES 0x1ffu
#define VNET_VLAN_BYTES 4

#define CLAUSE_CONFIG	"5.1.4.2"
#define CLAUSE_TX	"5.1.6.2.1"
#define CLAUSE_RX	"5.1.6.3.1"
#define CLAUSE_CTRL	"5.1.6.5"
#define CLAUSE_CTRL_RX	"5.1.6.5.1.2"
#define CLAUSE_MAC	"5.1.6.5.2.2"
#define CLAUSE_VLAN	"5.1.6.5.3"
#define CLAUSE_MQ	"5.1.6.5.6.1"
#define CLAUSE_RSS	"5.1.6.5.7.1"
#define CLAUSE_OFFLOADS "5.1.6.5.8.1"
#define CLAUSE_COAL	"5.1.6.5.9.1"
#define CLAUSE_LEGACY	"5.1.6.6"

/* The features that say what the driver can receive. */
#define VNET_GUEST_FEATURES                         \
	(VDEV_FEATURE(VIRTIO_NET_F_GUEST_CSUM) |    \
	    VDEV_FEATURE(VIRTIO_NET_F_GUEST_TSO4) | \
	    VDEV_FEATURE(VIRTIO_NET_F_GUEST_TSO6) | \
	    VDEV_FEATURE(VIRTIO_NET_F_GUEST_ECN) |  \
	    VDEV_FEATURE(VIRTIO_NET_F_GUEST_UFO) |  \
	    VDEV_FEATURE(VIRTIO_NET_F_GUEST_USO4) | \
	    VDEV_FEATURE(VIRTIO_NET_F_GUEST_USO6))

/* Notifications of a queue are held back, section 5.1.6.5.9. */
struct vnet_coal {
	uint32_t max_packets; /* either 0: they are not */
	uint32_t max_usecs;
	uint32_t packets; /* since the driver was told */
	uint64_t since;	  /* the machine's time of the first of them */
};

struct vnet_tx {
	/* A frame that the port has refused is still here. */
	bool held;
	bool segmenting; /* it is one of several, out of `gso` */
	uint32_t bytes;	 /* of the whole frame */
	struct vring_chain chain;
	struct net_frame frame;
	struct iovec *iov; /* as many as a chain has segments */
	struct net_gso *gso;
	struct vnet_coal coal;
};

struct vnet_rx {
	bool waiting;	/* for buffers: the driver is to tell of them */
	bool few;	/* there are some, but not enough for a frame */
	uint64_t since; /* when that was seen first */
	struct vnet_coal coal;
};

struct vnet_mac_table {
	unsigned count;
	bool overflow; /* there are more: all of the kind are taken */
	uint8_t (*macs)[VIRTIO_NET_MAC_BYTES];
};

/* Section 5.1.6.5.1 and following. */
struct vnet_filter {
	uint8_t mac[VIRTIO_NET_MAC_BYTES];
	bool promisc;
	bool allmulti;
	bool alluni;
	bool nomulti;
	bool nouni;
	bool nobcast;
	unsigned size;	 /* of each of the two tables */
	bool unfiltered; /* the driver has no way to say what it wants */
	struct vnet_mac_table unicast;
	struct vnet_mac_table multicast;
	/* Those that a command is to replace them with. */
	struct vnet_mac_table next_unicast;
	struct vnet_mac_table next_multicast;
	bool vlan_filtering; /* CTRL_VLAN was accepted */
	uint64_t vlans[VNET_VLANS / 64];
};

struct vnet_hash {
	uint32_t types; /* enabled */
	bool steer;	/* RSS: the hash decides about the queue */
	uint16_t mask;
	uint8_t unclassified; /* pair */
	uint8_t table[VNET_RSS_TABLE];
	uint8_t key[VNET_RSS_KEY];
	/* Of each byte of the input, what each of its values adds. */
	uint32_t partial[VNET_RSS_KEY - 4][256];
};

struct vnet {
	struct vdev dev; /* first */
	struct netport *port;
	struct netport_device port_device;
	struct virtio_net_config config;
	uint8_t default_mac[VIRTIO_NET_MAC_BYTES];
	unsigned pairs; /* that there are */
	bool link_up;	/* as vnet_set_link() has it */

	/* What follows from the features and the commands of the driver. */
	unsigned ctrl;	    /* the control queue's number; 0: none */
	unsigned tx_pairs;  /* in use */
	unsigned rx_pairs;  /* of automatic steering */
	unsigned hdr_bytes; /* of struct virtio_net_hdr */
	uint32_t accepts;   /* NET_OFFLOAD_s that the driver can receive */
	uint32_t host_gso;  /* NET_OFFLOAD_s that it may transmit */
	bool mergeable;
	bool hashing; /* HASH_REPORT */
	struct vnet_filter filter;
	struct vnet_hash hash;
	uint8_t flows[VNET_FLOWS]; /* pair that has transmitted, by flow */

	/* One bit a pair: used buffers that nobody was told of. */
	uint64_t touched;
	/* One bit a queue of the port: it has a frame that found no buffer. */
	uint64_t blocked;
	unsigned pulling; /* the port's queue that is asked for frames */

	struct vnet_tx *tx; /* `pairs` of them */
	struct vnet_rx *rx;
	/* Scratch of reception: chains of a merged frame, and segmentation. */
	struct vring_chain *chains; /* as many as a ring has entries */
	uint32_t *written;
	struct net_gso *gso;

	struct vnet_stats stats;
};

static inline struct vnet *
vnet_of(struct vdev *dev)
{
	return ((struct vnet *)(void *)dev);
}

static inline struct vring *
vnet_rx_ring(struct vnet *net, unsigned pair)
{
	return (&net->dev.queues[2 * pair].ring);
}

static inline struct vring *
vnet_tx_ring(struct vnet *net, unsigned pair)
{
	return (&net->dev.queues[2 * pair + 1].ring);
}

static inline bool
vnet_is_up(const struct vnet *net)
{
	return (net->link_up && net->port->link_up);
}

static inline bool
vnet_is_multicast(const uint8_t *mac)
{
	return ((mac[0] & 1) != 0);
}

/* net.c */
/* The address changes, in the configuration and in the filter. */
void vnet_set_mac(struct vnet *net, const uint8_t *mac);
/* The driver has acknowledged an announcement. */
void vnet_announced(struct vnet *net);
/* `features` of the driver that are in force. */
void vnet_set_accepts(struct vnet *net, uint64_t features);

/* net_event.c: vdev_ops.process, and the interrupts of a round */
bool vnet_process(struct vdev *dev, unsigned queue);
void vnet_coal_set(struct vnet *net, unsigned queue,
    const struct vnet_coal *coal);
/* A packet more that the queue's driver is to hear of. */
void vnet_coal_count(struct vnet *net, struct vnet_coal *coal);

/* net_tx.c: a round over the queue; true: there may be more */
bool vnet_transmit(struct vnet *net, unsigned pair);

/* net_tx_check.c */
/*
 * Reads the header of a chain and describes what is behind it, in `iov`;
 * `*reason` says why not, and the driver was reported.
 */
bool vnet_tx_frame(struct vnet *net, unsigned pair,
    const struct vring_chain *chain, struct iovec *iov, struct net_frame *frame,
    enum vnet_drop *reason);

/* net_rx.c: netport_device.deliver */
enum netport_result vnet_deliver(void *arg, unsigned queue,
    const struct net_frame *frame);

/* net_filter.c */
int vnet_filter_init(struct vnet_filter *filter, unsigned table);
void vnet_filter_fini(struct vnet_filter *filter);
void vnet_filter_reset(struct vnet_filter *filter, const uint8_t *mac);
/* What the frame begins with, 18 bytes or as many as it has. */
bool vnet_filter_wants(const struct vnet_filter *filter, const uint8_t *bytes,
    size_t length, enum vnet_drop *reason);

/* net_rss.c */
struct vnet_hashed {
	uint32_t value;
	uint16_t report; /* VIRTIO_NET_HASH_REPORT_* */
};
void vnet_hash_set_key(struct vnet_hash *hash, const uint8_t *key,
    size_t length);
void vnet_hash_frame(const struct vnet_hash *hash,
    const struct net_frame *frame, struct vnet_hashed *hashed);
/* Automatic steering: whose flow this is. */
void vnet_flow_learn(struct vnet *net, unsigned pair,
    const struct net_frame *frame);
unsigned vnet_flow_find(struct vnet *net, const struct net_frame *frame);

/* net_ctrl.c */
bool vnet_control(struct vnet *net);
struct vnet_command {
	struct vring_chain chain;
	uint8_t class;
	uint8_t command;
	size_t length; /* of the data behind class and command */
	uint8_t result[sizeof(struct virtio_net_ctrl_coal)];
	size_t result_length;
};
/* Reads data of the command; the caller knows that it is there. */
void vnet_command_read(const struct vnet_command *cmd, size_t offset,
    void *buffer, size_t length);
/* Whether it has just that much data, or else a report. */
bool vnet_command_is(struct vnet *net, const struct vnet_command *cmd,
    const char *clause, size_t length);
/* Whether a feature that it needs was accepted, or else a report. */
bool vnet_command_may(struct vnet *net, const struct vnet_command *cmd,
    const char *clause, unsigned feature);

/* net_ctrl_mq.c: classes of the control queue; true: OK */
bool vnet_ctrl_mq(struct vnet *net, const struct vnet_command *cmd);
bool vnet_ctrl_coal(struct vnet *net, struct vnet_command *cmd);

#endif /* !RINGSIDE_MODEL_NET_VAR_H */
