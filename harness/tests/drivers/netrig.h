/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine with one network device whose port and event hook a test can
 * reach: to look at what the driver sends, to send it frames, and to lie on
 * the device's behalf.
 */
#ifndef RINGSIDE_TESTS_DRIVERS_NETRIG_H
#define RINGSIDE_TESTS_DRIVERS_NETRIG_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/netif.h"
#include "model/net.h"
#include "model/transport/pci_virtio.h"
#include "tests/fixture.h"

#define NETRIG_FRAMES 64
#define NETRIG_BYTES  66000

/* A frame with all that was said of it. */
struct netrig_frame {
	uint8_t *bytes;
	uint32_t length;
	unsigned queue;
	/* Sent by the driver, or to it: struct net_frame. */
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	/* Received by the kernel: struct netif_frame. */
	uint32_t rx_flags;
	uint16_t segments;
	uint16_t vlan_tag;
	uint8_t hash_type;
	uint32_t flow;
};

struct netrig {
	/* Set by the test before netrig_boot(). */
	struct vnet_config net;
	struct vpci_virtio_config pci;
	uint32_t takes;	  /* offloads of the port */
	uint32_t mtu;	  /* of the port */
	unsigned nqueues; /* of the port; 0: 1 */
	/* Changes the device before it is plugged in, or NULL. */
	void (*tune)(struct netrig *rig);
	/* Called for each event of the device, or NULL. */
	void (*event)(struct netrig *rig, const struct model_event *event);

	/* At any time: what port and device do. */
	bool echo;	  /* what is sent comes back */
	bool full;	  /* the port takes nothing */
	bool deaf;	  /* the device does nothing at all */
	unsigned deaf_to; /* ... on this queue and those above, if not 0 */
	bool silent;	  /* it sends no interrupts for queues */
	/* Called for each frame that the driver has sent, or NULL. */
	void (*sending)(struct netrig *rig, const struct net_frame *frame);

	/* What a test may look at. */
	unsigned sent; /* by the driver; the last of them */
	struct netrig_frame out[NETRIG_FRAMES];
	unsigned received; /* by the kernel */
	struct netrig_frame in[NETRIG_FRAMES];
	unsigned tapped;  /* frames that bpf(4) has seen going out */
	unsigned reports; /* rules that the driver broke */
	unsigned resets;
	struct model_event enabled[8]; /* MODEL_QUEUE_ENABLE, by queue */
	uint64_t first_gpa[8]; /* first segment of the chain taken last */
	uint16_t taken[8];     /* chains taken, and given back */
	uint16_t given[8];

	/* Private. */
	struct netport port;
	struct vdev *dev;
	struct vpci_virtio *transport;
	const struct vdev_ops *real_ops;
	struct vdev_ops ops;
	const struct vdev_transport_ops *real_transport_ops;
	struct vdev_transport_ops transport_ops;
	struct netif *netif;
	struct netrig_frame inject[NETRIG_FRAMES];
	unsigned injected, delivered;
	bool booted;
};

/* Boots with the device in slot 1, and brings vio0 up unless told not to. */
void netrig_boot(struct netrig *rig);
void netrig_boot_down(struct netrig *rig);
/* Halts and judges: leaks, misuse, panics; and broken rules, if `clean`. */
void netrig_halt(struct netrig *rig, bool clean);

/* Whether there is a vio0. */
bool netrig_attached(struct netrig *rig);
/* Lets everybody run for so long. */
void netrig_wait(unsigned ms);
/* Runs a function of netif.h in a kernel thread; its answer. */
int netrig_call(struct netrig *rig, int (*fn)(struct netif *, void *),
    void *arg);
int netrig_up(struct netrig *rig);
int netrig_down(struct netrig *rig);
int netrig_set_mtu(struct netrig *rig, uint32_t mtu);
int netrig_set_promisc(struct netrig *rig, bool on);
/* Switches capabilities on and off. */
int netrig_set_caps(struct netrig *rig, uint32_t on, uint32_t off);
void netrig_info(struct netrig *rig, struct netif_info *info);
void netrig_counters(struct netrig *rig, struct netif_counters *counters);

/*
 * A frame for the driver to send, and time for the device; returns what
 * netif_output() says.  `wish` may be NULL: flags, segment_size and so on.
 */
int netrig_send(struct netrig *rig, const void *bytes, uint32_t length,
    const struct netif_frame *wish);
/* A frame for the driver to receive, at once; then time for the kernel. */
void netrig_give(struct netrig *rig, const struct netrig_frame *frame);
/* The same without time, so that several come together. */
void netrig_queue(struct netrig *rig, const struct netrig_frame *frame);

/* A sysctl below dev.vio.0, or 0 with a failed check. */
uint64_t netrig_sysctl(const char *name);
/* Writes one; returns FreeBSD's errno. */
int netrig_set_sysctl(const char *name, const char *value);

/* Writes guest memory as the device could. */
void netrig_poke(uint64_t gpa, const void *bytes, size_t length);
/* Where the used element stands that the device has just given. */
uint64_t netrig_used_element(const struct netrig *rig, unsigned queue);

#endif /* !RINGSIDE_TESTS_DRIVERS_NETRIG_H */
