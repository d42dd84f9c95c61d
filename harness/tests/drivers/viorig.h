/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine with one network device whose port and event hook a test can
 * reach: to look at what the driver sends, to send it frames, and to lie on
 * the device's behalf.
 */
#ifndef RINGSIDE_TESTS_DRIVERS_VIORIG_H
#define RINGSIDE_TESTS_DRIVERS_VIORIG_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/netif.h"
#include "model/net.h"
#include "model/transport/pci_virtio.h"
#include "tests/fixture.h"

#define VIORIG_FRAMES 64
#define VIORIG_BYTES  66000

/* A frame with all that was said of it. */
struct viorig_frame {
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

struct viorig {
	/* Set by the test before viorig_boot(). */
	struct vnet_config net;
	struct vpci_virtio_config pci;
	/* Legacy, and does not say that any framing will do (6.3). */
	bool old;
	uint32_t takes;	  /* offloads of the port */
	uint32_t mtu;	  /* of the port */
	unsigned nqueues; /* of the port; 0: 1 */
	/* Changes the device before it is plugged in, or NULL. */
	void (*tune)(struct viorig *rig);
	/* Called for each event of the device, or NULL. */
	void (*event)(struct viorig *rig, const struct model_event *event);

	/* At any time: what port and device do. */
	bool echo;	  /* what is sent comes back */
	bool full;	  /* the port takes nothing */
	bool deaf;	  /* the device does nothing at all */
	unsigned deaf_to; /* ... on this queue and those above, if not 0 */
	bool silent;	  /* it sends no interrupts for queues */
	/* Called for each frame that the driver has sent, or NULL. */
	void (*sending)(struct viorig *rig, const struct net_frame *frame);

	/* What a test may look at. */
	unsigned sent; /* by the driver; the last of them */
	struct viorig_frame out[VIORIG_FRAMES];
	unsigned received; /* by the kernel */
	struct viorig_frame in[VIORIG_FRAMES];
	unsigned tapped;	/* frames that bpf(4) has seen going out */
	uint32_t tapped_length; /* of the last of them */
	unsigned reports;	/* rules that the driver broke */
	char report[200];	/* the last of them */
	unsigned resets;
	struct model_event enabled[8]; /* MODEL_QUEUE_ENABLE, by queue */
	/* First segment of the first chain of those taken last. */
	uint64_t first_gpa[8];
	uint32_t first_length[8];
	uint16_t taken[8]; /* chains taken, and given back */
	uint16_t given[8];

	/* Private. */
	struct netport port;
	struct vdev *dev;
	struct vpci_virtio *transport;
	const struct vdev_ops *real_ops;
	struct vdev_ops ops;
	const struct vdev_transport_ops *real_transport_ops;
	struct vdev_transport_ops transport_ops;
	const struct pci_function_ops *real_pci_ops;
	struct pci_function_ops pci_ops;
	struct netif *netif;
	struct viorig_frame inject[VIORIG_FRAMES];
	unsigned injected, delivered;
	uint32_t held; /* queues on which an echo waits for a buffer */
	bool taking[8];
};

/* Boots with the device in slot 1, and brings vio0 up unless told not to. */
void viorig_boot(struct viorig *rig);
void viorig_boot_down(struct viorig *rig);
/* Halts and judges: leaks, misuse, panics; and broken rules, if `clean`. */
void viorig_halt(struct viorig *rig, bool clean);

/* Looks for vio0 again, from a kernel thread. */
void viorig_open(struct viorig *rig);
/* Whether there is a vio0. */
bool viorig_attached(struct viorig *rig);
/* Lets everybody run for so long. */
void viorig_wait(unsigned ms);
/* Runs a function of netif.h in a kernel thread; its answer. */
int viorig_call(struct viorig *rig, int (*fn)(struct netif *, void *),
    void *arg);
int viorig_up(struct viorig *rig);
int viorig_down(struct viorig *rig);
int viorig_set_mtu(struct viorig *rig, uint32_t mtu);
int viorig_set_promisc(struct viorig *rig, bool on);
/* Switches capabilities on and off. */
int viorig_set_caps(struct viorig *rig, uint32_t on, uint32_t off);
void viorig_info(struct viorig *rig, struct netif_info *info);
void viorig_counters(struct viorig *rig, struct netif_counters *counters);

/*
 * A frame for the driver to send, and time for the device; returns what
 * netif_output() says.  `wish` may be NULL: flags, segment_size and so on.
 */
int viorig_send(struct viorig *rig, const void *bytes, uint32_t length,
    const struct netif_frame *wish);
/* A frame for the driver to receive, at once; then time for the kernel. */
void viorig_give(struct viorig *rig, const struct viorig_frame *frame);
/* The same without time, so that several come together. */
void viorig_queue(struct viorig *rig, const struct viorig_frame *frame);

/* A sysctl below dev.vio.0, or 0 with a failed check. */
uint64_t viorig_sysctl(const char *name);
/* Writes one; returns FreeBSD's errno. */
int viorig_set_sysctl(const char *name, const char *value);

/* Writes guest memory as the device could. */
void viorig_poke(uint64_t gpa, const void *bytes, size_t length);
/* Where the used element stands that the device has just given. */
uint64_t viorig_used_element(const struct viorig *rig, unsigned queue);

#endif /* !RINGSIDE_TESTS_DRIVERS_VIORIG_H */
