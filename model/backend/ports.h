/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports (port.h) that lead somewhere: to a TAP of the host, from and to pcap
 * files, to other devices by a switch; and one that records what passes.
 *
 * Those that open something return 0 or an errno, and say in `why` (at least
 * NETPORT_WHY bytes) what is wrong, in one line without the file's name.
 */
#ifndef RINGSIDE_MODEL_BACKEND_PORTS_H
#define RINGSIDE_MODEL_BACKEND_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/backend/port.h"

#define NETPORT_WHY 320

/*
 * What a person has to know while a port works, in one line without its name
 * and without a newline: "has vanished", once for each thing that happens.
 */
typedef void netport_complain_fn(void *arg, const struct netport *port,
    const char *line);

/* Nanoseconds since 1970, or of a clock of the caller's own. */
typedef uint64_t netport_clock_fn(void *arg);

/*
 * --- TAP (tap.c): tuntap of Linux, see its networking/tuntap ---
 *
 * Frames pass between the device and the host's network stack with what is
 * left to be done to them (IFF_VNET_HDR).  An interface that is not there is
 * made, and goes when the port is closed.  While it is down, what is
 * transmitted is dropped and the link is down.  When it has been removed the
 * link is down for good, and the port has no descriptors.
 */
struct netport_tap_config {
	const char *name;  /* of the interface; "" lets the host choose */
	unsigned nqueues;  /* 1 to NETPORT_QUEUES_MAX; 0: 1 */
	uint32_t offloads; /* NET_OFFLOAD_s that may pass, in and out */
	netport_complain_fn *complain; /* or NULL */
	void *complain_arg;
};
/*
 *	ENOENT	no /dev/net/tun		EPERM	not allowed
 *	EBUSY	used by another		ENODEV	not a TAP
 *	EINVAL	has one queue where several are asked for, bad name or number
 */
int netport_tap_open(const struct netport_tap_config *config,
    struct netport **port, char *why);
/* Of the interface now; 0 or what the host says. */
int netport_tap_mac(struct netport *port, uint8_t mac[6]);
int netport_tap_mtu(struct netport *port, uint32_t *mtu);
/* NET_OFFLOAD_s that the host's kernel knows. */
uint32_t netport_tap_offloads(const struct netport *port);

/*
 * --- capture files (capture.c): pcap with nanoseconds ---
 *
 * What is left to be done to a frame is done before it is written, so that
 * whoever reads the file finds what would be on a wire.
 */
struct netcapture_config {
	const char *path;
	netport_clock_fn *clock; /* NULL: all frames are of time 0 */
	void *clock_arg;
	bool sent_only; /* not what the device receives */
};
struct netcapture;
int netcapture_open(const struct netcapture_config *config,
    struct netcapture **capture, char *why);
/*
 * 0, or an errno of the host's; nothing more is written then, and the same
 * is returned.  `received`: by the device.
 */
int netcapture_frame(struct netcapture *capture, const struct net_frame *frame,
    bool received);
/* What was written is with the host; 0, or an errno. */
int netcapture_flush(struct netcapture *capture);
/* NULL is allowed. */
int netcapture_close(struct netcapture *capture);

/*
 * --- pcap (pcap.c) ---
 *
 * Gives the device the frames of one file in their order, as fast as it takes
 * them, and records in another file.
 */
struct netport_pcap_config {
	const char *name;
	const char *in;		 /* or NULL: nothing is received */
	const char *out;	 /* or NULL: nothing is recorded */
	netport_clock_fn *clock; /* for `out` */
	void *clock_arg;
	bool sent_only;
	netport_complain_fn *complain; /* or NULL */
	void *complain_arg;
};
/*
 *	ENODATA	`in` has no packets	EINVAL	not pcap, or not Ethernet
 *	others: as open(2) says
 */
int netport_pcap_open(const struct netport_pcap_config *config,
    struct netport **port, char *why);
/* All of `in` has been given to the device, or dropped. */
bool netport_pcap_done(const struct netport *port);
/* Time of the frame that was read last, in ns since 1970. */
uint64_t netport_pcap_time(const struct netport *port);

/*
 * --- a port that records what passes through another (tee.c) ---
 *
 * It takes over `below`, which must not be attached, and closes it.
 */
struct netport_tee_config {
	struct netport *below;
	struct netcapture_config capture;
	netport_complain_fn *complain; /* or NULL */
	void *complain_arg;
};
int netport_tee_open(const struct netport_tee_config *config,
    struct netport **port, char *why);

/*
 * --- a switch (switch.c) ---
 *
 * Learns which addresses are behind which of its ports, for each VLAN; sends
 * what it does not know everywhere.  Frames pass with what is left to be done
 * to them.  Tags are looked at, not changed.  Each port has a queue of frames
 * for its device: one that does not fit is dropped, and counted at the port
 * that would have got it.
 */
#define NETSWITCH_PORTS_MAX 64
struct netswitch_config {
	unsigned nports;	 /* 1 to NETSWITCH_PORTS_MAX */
	unsigned nqueues;	 /* queue pairs of each; 0: 1 */
	uint32_t mtu;		 /* of each; 0: not known */
	uint32_t addresses;	 /* limit of the table; 0: 1,024 */
	uint32_t queue_bytes;	 /* of each port; 0: 1 MiB, at least 128 KiB */
	uint64_t age;		 /* ns until one is forgotten; 0: 300 s */
	netport_clock_fn *clock; /* NULL: nothing is forgotten */
	void *clock_arg;
};
struct netswitch;
/*
 * Fills in ports[nports]; each is closed on its own, and the last takes the
 * switch with it.  0, EINVAL or ENOMEM.
 */
int netswitch_new(const struct netswitch_config *config,
    struct netport **ports);
struct netswitch *netswitch_of(struct netport *port);
/*
 * Whether frames of this VLAN, 1 to 4094, or untagged ones (0), pass the port
 * in either direction.  All do at first.
 */
void netswitch_vlan(struct netport *port, uint16_t vlan, bool passes);

struct netswitch_stats {
	uint64_t forwarded; /* to one port */
	uint64_t flooded;   /* to all others */
	uint64_t filtered;  /* for nobody: VLAN, own port, reserved address */
	uint64_t learned;
	uint64_t moved;	    /* an address came from another port */
	uint64_t unlearned; /* the table was full */
	uint32_t addresses; /* in the table */
};
void netswitch_stats(const struct netswitch *sw, struct netswitch_stats *stats);

#endif /* !RINGSIDE_MODEL_BACKEND_PORTS_H */
