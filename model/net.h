/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device (virtio 1.3, section 5.1) in front of a port
 * (model/backend/port.h): moves frames straight between the port and guest
 * memory, filters and steers what comes in, and does in software what the
 * driver, or the port, has no offload for.  It offers all features of the
 * section but for DEVICE_STATS, HASH_TUNNEL, RSC_EXT, STANDBY and those above
 * bit 63.
 */
#ifndef RINGSIDE_MODEL_NET_H
#define RINGSIDE_MODEL_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "model/backend/port.h"
#include "model/device.h"

#define VNET_QUEUE_SIZE 256
#define VNET_PAIRS_MAX	64
#define VNET_MAC_TABLE	64  /* default of vnet_config.mac_table */
#define VNET_MAC_MAX	512 /* its largest value */

/* All zeros is a device that offers whatever it and its port can do. */
struct vnet_config {
	const char *name; /* NULL: "net0" */
	uint64_t without; /* VDEV_FEATURE()s that are not offered */

	uint16_t queue_size; /* a power of two, 2 to 1024; 0: the default */
	uint16_t pairs; /* of queues, up to VNET_PAIRS_MAX; 0: the port's */
	uint8_t mac[VIRTIO_NET_MAC_BYTES]; /* all 0: drawn from the name */
	uint16_t mtu; /* 68 or more; 0: the port's; offers MTU if either is */
	/* Addresses of each kind that can be filtered; 0: the default. */
	uint16_t mac_table;
};

/* Why a frame was dropped, by the device. */
enum vnet_drop {
	/* Transmitted frames: the first four are the driver's fault. */
	VNET_DROP_HEADER,   /* no header, or one that breaks a rule */
	VNET_DROP_CHECKSUM, /* csum_start and csum_offset */
	VNET_DROP_GSO,	    /* what is to be segmented is not what it says */
	VNET_DROP_LENGTH,   /* too short for Ethernet, or above the MTU */
	VNET_DROP_DOWN,	    /* the link is down; either direction */
	/* Frames to be received. */
	VNET_DROP_MAC,	   /* not for this address, or unwanted */
	VNET_DROP_VLAN,	   /* of a VLAN that is not in the table */
	VNET_DROP_TOO_BIG, /* above the MTU, or for the driver's buffers */
	VNET_DROP_OFFLOAD, /* what nobody can segment or checksum */
	VNET_DROP_BUFFER,  /* buffers ran out in the middle of it */
	VNET_DROPS
};
extern const char *const vnet_drop_names[VNET_DROPS];

/* Of a queue pair; transmission and reception as the driver sees them. */
struct vnet_pair_stats {
	uint64_t tx_frames; /* given to the port, before segmentation */
	uint64_t tx_bytes;
	uint64_t tx_full; /* times that the port had no room */
	uint64_t rx_frames;
	uint64_t rx_bytes;
	uint64_t rx_buffers; /* 1 a frame, more where they are merged */
	uint64_t rx_empty;   /* times that the driver had given no buffer */
	uint64_t tx_interrupts;
	uint64_t rx_interrupts;
};

/* Since it was made; a reset does not clear them. */
struct vnet_stats {
	struct vnet_pair_stats pairs[VNET_PAIRS_MAX];
	uint64_t tx_drops[VNET_DROPS];
	uint64_t rx_drops[VNET_DROPS];
	uint64_t tx_checksums; /* frames that the port is to checksum */
	uint64_t tx_gso;       /* ... and to segment */
	uint64_t tx_software;  /* frames that the device made out of such */
	uint64_t rx_checksums; /* given with NEEDS_CSUM */
	uint64_t rx_gso;       /* given unsegmented */
	uint64_t rx_software;  /* frames that the device made out of such */
	uint64_t commands;     /* on the control queue, and those refused */
	uint64_t errors;
};

/*
 * The port must outlive the device.  NULL with errno EINVAL (a value that is
 * not allowed) or ENOMEM.  vdev_free() destroys it.
 */
struct vdev *vnet_new(const struct vnet_config *config, struct netport *port);
void vnet_stats(const struct vdev *dev, struct vnet_stats *stats);
/* The address that it answers to now. */
void vnet_mac(const struct vdev *dev, uint8_t mac[VIRTIO_NET_MAC_BYTES]);
unsigned vnet_pairs(const struct vdev *dev); /* in use, to transmit */

/*
 * Asks the driver to announce itself on the network (section 5.1.6.5.4);
 * false when it has not accepted GUEST_ANNOUNCE.
 */
bool vnet_announce(struct vdev *dev);
/*
 * The link, whatever the port says: it is up when both say so.  Speed and
 * duplex are the port's (netport_set_speed()).
 */
void vnet_set_link(struct vdev *dev, bool up);

#endif /* !RINGSIDE_MODEL_NET_H */
