/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A network driver for tests of ifnet(9): without a device, it keeps what it
 * shall send, or hands it back as received.  Kernel-side.
 */
#ifndef RINGSIDE_TESTS_FAKENET_H
#define RINGSIDE_TESTS_FAKENET_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/eventhandler.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <net/bpf.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_media.h>
#include <net/if_types.h>
#include <net/if_var.h>
#include <net/if_vlan_var.h>

#include "kernel/kernel.h"
#include "kernel/netif.h"

#define FAKENET_CAPS                                                     \
	(IFCAP_TXCSUM | IFCAP_TXCSUM_IPV6 | IFCAP_RXCSUM | IFCAP_TSO |   \
	    IFCAP_LRO | IFCAP_VLAN_MTU | IFCAP_VLAN_HWTAGGING |          \
	    IFCAP_VLAN_HWCSUM | IFCAP_VLAN_HWTSO | IFCAP_VLAN_HWFILTER | \
	    IFCAP_LINKSTATE)
#define FAKENET_MAC                                \
	{                                          \
		0x02, 0x00, 0x00, 0x00, 0x00, 0x07 \
	}

struct fakenet {
	if_t ifp;
	struct mtx lock;
	struct ifmedia media;
	struct netif *netif;
	/* What it shall do. */
	bool loop;	 /* hand each packet back */
	int error;	 /* of if_transmit: the packet is freed */
	bool keep_lock;	 /* if_transmit returns with the lock */
	int ioctl_error; /* what if_ioctl answers */
	int media_error;
	int link; /* IFM_ACTIVE or 0 */
	/* What it has seen. */
	struct mbufq sent; /* kept */
	u_int starts, flushes, inits, ioctls, media_changes;
	u_long last_ioctl;
	int last_flags; /* with SIOCSIFFLAGS */
	u_int groups;	/* with SIOCADDMULTI and SIOCDELMULTI */
	uint8_t group[8][6];
};

/* Made, and filled in: "fake3", not attached. */
struct fakenet *fakenet_alloc(bool start_queue);
/* And attached, up and opened. */
struct fakenet *fakenet_create(void);
/* The same with a send queue and an if_start routine. */
struct fakenet *fakenet_create_start(void);
void fakenet_destroy(struct fakenet *fake);

/* A frame to the interface (or `dst`), of that many bytes in all. */
struct mbuf *fakenet_frame(const uint8_t *dst, int length);
/* Hands it up as received. */
void fakenet_receive(struct fakenet *fake, struct mbuf *m);
/* The oldest that was sent, or NULL; the caller frees it. */
struct mbuf *fakenet_sent(struct fakenet *fake);

/* What an input function has seen. */
struct seen {
	u_int count;
	u_int pieces;
	uint32_t length, flags;
	uint16_t vlan_tag, segments, segment_size;
	uint32_t flow;
	uint8_t data[16384]; /* the frame */
};
void see(void *arg, struct netif *netif, const struct netif_frame *frame);

/* One frame of one piece; returns the error. */
int send_bytes(struct netif *netif, const void *data, size_t length,
    uint32_t flags);

#endif /* !RINGSIDE_TESTS_FAKENET_H */
