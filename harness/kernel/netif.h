/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Network interfaces of the fake kernel as its users see them: what
 * ifconfig(8), a protocol stack and tcpdump(1) would do with one.  Like
 * kernel.h it is for tools, tests and benches; drivers never see it.
 *
 * Everything is called from a kernel thread that holds no lock, inside of
 * kernel_run(), unless something else is said.  Functions that return an int
 * return 0 or FreeBSD's errno; ENXIO: the interface has gone.  Numbers are
 * FreeBSD's as of release 14, whatever release the kernel was built for.
 */
#ifndef RINGSIDE_KERNEL_NETIF_H
#define RINGSIDE_KERNEL_NETIF_H

#include <sys/types.h>
#include <sys/uio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/kernel.h"

/*
 * --- finding one ---
 */

struct netif;

/*
 * By name ("vio0"), or NULL.  What was opened stays, also when the driver
 * detaches: then it has gone.  One structure an interface, however often it
 * is opened; hooks stay until the last close.
 */
struct netif *netif_open(const char *name);
void netif_close(struct netif *netif);
const char *netif_name(const struct netif *netif);
/* Names of all; `name` is valid during the call. */
void netif_foreach(void (*fn)(void *arg, const char *name), void *arg);

/*
 * --- what it is ---
 */

/* netif_info.flags: IFF_. */
#define NETIF_UP	0x1
#define NETIF_BROADCAST 0x2
#define NETIF_RUNNING	0x40
#define NETIF_PROMISC	0x100
#define NETIF_ALLMULTI	0x200
#define NETIF_OACTIVE	0x400
#define NETIF_SIMPLEX	0x800
#define NETIF_MULTICAST 0x8000
#define NETIF_PPROMISC	0x20000
#define NETIF_MONITOR	0x40000
#define NETIF_PALLMULTI 0x800000

/* netif_info.capabilities and .enabled: IFCAP_. */
#define NETIF_CAP_RXCSUM	 0x1
#define NETIF_CAP_TXCSUM	 0x2
#define NETIF_CAP_VLAN_MTU	 0x8
#define NETIF_CAP_VLAN_HWTAGGING 0x10
#define NETIF_CAP_JUMBO_MTU	 0x20
#define NETIF_CAP_VLAN_HWCSUM	 0x80
#define NETIF_CAP_TSO4		 0x100
#define NETIF_CAP_TSO6		 0x200
#define NETIF_CAP_LRO		 0x400
#define NETIF_CAP_VLAN_HWFILTER	 0x10000
#define NETIF_CAP_VLAN_HWTSO	 0x40000
#define NETIF_CAP_LINKSTATE	 0x80000
#define NETIF_CAP_RXCSUM_IPV6	 0x200000
#define NETIF_CAP_TXCSUM_IPV6	 0x400000
#define NETIF_CAP_HWSTATS	 0x800000

enum netif_link { NETIF_LINK_UNKNOWN, NETIF_LINK_DOWN, NETIF_LINK_UP };

struct netif_info {
	char name[16];
	uint8_t mac[6];
	uint32_t mtu;
	uint32_t index;
	uint32_t flags;
	uint32_t capabilities; /* what there is */
	uint32_t enabled;      /* what is switched on */
	enum netif_link link;
	uint64_t baudrate;	/* bits a second */
	uint32_t tso_max;	/* bytes of a packet to be segmented, 0: any */
	uint32_t promisc_count; /* who want everything */
	uint32_t multicast_groups; /* link-level addresses */
	uint32_t vlans;
};
int netif_info(struct netif *netif, struct netif_info *info);

/* As netstat(1) -i has them: what the driver says. */
struct netif_counters {
	uint64_t ipackets;
	uint64_t ierrors;
	uint64_t opackets;
	uint64_t oerrors;
	uint64_t collisions;
	uint64_t ibytes;
	uint64_t obytes;
	uint64_t imcasts;
	uint64_t omcasts;
	uint64_t iqdrops;
	uint64_t oqdrops;
	uint64_t noproto;
};
int netif_counters(struct netif *netif, struct netif_counters *counters);

/* Media words are FreeBSD's IFM_. */
struct netif_media {
	int current; /* what was set */
	int active;  /* what it has become of it */
	bool valid;  /* `carrier` means something */
	bool carrier;
	unsigned count; /* of media there are, of which the first are in list */
	int list[32];
};
/* EINVAL: the driver has no media. */
int netif_media(struct netif *netif, struct netif_media *media);
/*
 * As ifconfig(8) writes a word: "Ethernet 10Gbase-T <full-duplex>".  Always
 * NUL-terminated, cut at `size`.
 */
void netif_media_name(int word, char *text, size_t size);
/*
 * The other way: "autoselect", "10Gbase-T full-duplex"; letters in any case.
 * Returns false when it does not know a word of it.
 */
bool netif_media_parse(const char *text, int *word);

/*
 * --- what ifconfig(8) asks for ---
 *
 * The driver's answer; before it is asked: EINVAL, a value out of range.
 */

int netif_up(struct netif *netif);
int netif_down(struct netif *netif);
/* Bytes behind the Ethernet header: 72 to 65535. */
int netif_set_mtu(struct netif *netif, uint32_t mtu);
/* "ifconfig promisc": the user's wish, beside that of listeners. */
int netif_set_promisc(struct netif *netif, bool on);
/* One listener more, or less, who wants everything, as bpf(4) has them. */
int netif_promisc_listener(struct netif *netif, bool on);
/* Everything to any group. */
int netif_set_allmulti(struct netif *netif, bool on);
/*
 * A group, by its link-level address.  EADDRNOTAVAIL: it is none.
 * EADDRINUSE: joined already; ENOENT: not joined.
 */
int netif_join(struct netif *netif, const uint8_t mac[6]);
int netif_leave(struct netif *netif, const uint8_t mac[6]);
/* What is to be enabled.  EINVAL: more than there is. */
int netif_set_capabilities(struct netif *netif, uint32_t enabled);
/* ENXIO also: there is no such medium. */
int netif_set_media(struct netif *netif, int word);
/* EINVAL: a group address. */
int netif_set_mac(struct netif *netif, const uint8_t mac[6]);
/*
 * A VLAN of the interface, 1 to 4094, as vlan(4) would create or destroy it.
 * EPROTONOSUPPORT: it is no broadcast interface; EEXIST; ENOENT.
 */
int netif_vlan_add(struct netif *netif, uint16_t vid);
int netif_vlan_remove(struct netif *netif, uint16_t vid);
/* What a vlan(4) interface could do now, and does: IFCAP_. */
int netif_vlan_capabilities(struct netif *netif, uint32_t *capabilities,
    uint32_t *enabled);

/*
 * --- frames ---
 */

/* What is wished of a frame that is sent, in netif_frame.flags. */
#define NETIF_TX_IP_CSUM 0x1 /* of the header of IPv4 */
/*
 * Of TCP or UDP: its checksum field holds the sum of the pseudo header, as
 * both FreeBSD's and Linux's stacks leave it there.
 */
#define NETIF_TX_TCP4 0x2
#define NETIF_TX_UDP4 0x4
#define NETIF_TX_TCP6 0x8
#define NETIF_TX_UDP6 0x10
/*
 * To be cut into segments of segment_size bytes of payload; with one of the
 * four above, which says what it is.  FreeBSD's stack does not do that with
 * UDP: a driver sees CSUM_IP_TSO and CSUM_IP_UDP (or the flags of IPv6).
 */
#define NETIF_TX_SEGMENT 0x20
/*
 * Not checked against MTU, the interface's state and its capabilities; as a
 * stack with an error might send it.
 */
#define NETIF_TX_RAW 0x40

/* What is known of one that was received. */
#define NETIF_RX_IP_CHECKED 0x100 /* the header's checksum was looked at */
#define NETIF_RX_IP_GOOD    0x200
/*
 * The checksum of TCP or UDP was verified (and checksum_data is 0xffff), or
 * was made by somebody who is trusted: the field itself may be incomplete.
 */
#define NETIF_RX_L4_GOOD 0x400
#define NETIF_RX_MERGED	 0x800 /* of `segments` segments of segment_size */
/* To somebody else: here since the interface is promiscuous. */
#define NETIF_RX_PROMISC 0x1000
#define NETIF_RX_MCAST	 0x2000
#define NETIF_RX_BCAST	 0x4000
/* vlan_tag says a VLAN that was not added, which vlan(4) would drop. */
#define NETIF_RX_NO_VLAN 0x8000

/* Both. */
#define NETIF_VLAN 0x10000 /* vlan_tag is valid; the frame has no tag in it */
#define NETIF_FLOW 0x20000 /* flow and hash_type are valid */
#define NETIF_OUT  0x40000 /* to taps: it is being sent */

struct netif_frame {
	/*
	 * The frame from its Ethernet header on, without a CRC.  Received:
	 * valid, and not to be written, during the call.
	 */
	const struct iovec *iov;
	unsigned iovcnt;
	uint32_t length; /* bytes: the sum of iov */
	uint32_t flags;
	uint16_t segment_size; /* 0 when not known */
	uint16_t segments;     /* received: 0 or 1 when not merged */
	uint16_t vlan_tag;     /* priority, CFI and VLAN, in host order */
	uint8_t hash_type;     /* FreeBSD's M_HASHTYPE_ */
	uint32_t flow;
	uint32_t checksum_data; /* received: csum_data */
	/*
	 * Sent: NULL, and the bytes are copied before netif_output() returns.
	 * Else they are memory of kernel_buffer_alloc() which the driver gets
	 * as it is, in at most NETIF_EXTERNAL_IOV pieces, read-only, until
	 * release() is called, once, in any context, which must not block.
	 */
	void (*release)(void *arg);
	void *release_arg;
	/* Received: what netif_keep() wants. */
	struct netif_packet *packet;
};
#define NETIF_EXTERNAL_IOV 64

/*
 * Sends frames in order, as the stack does.  Returns how many the driver has
 * taken; when that is not all, *error (unless NULL) says why the next was
 * refused, and the rest was not touched:
 *
 *	ENETDOWN	the interface is not up, or not running
 *	EMSGSIZE	over MTU and not to be segmented; shorter than 14 bytes
 *	EOPNOTSUPP	to be segmented, and the interface does not
 *	EINVAL		wishes that contradict each other; too many pieces
 *	ENOBUFS		no mbufs, or no room in the driver's queue
 *	ENXIO		it has gone
 *
 * and whatever else the driver says.  A frame that was refused is not sent
 * later, and its release() has been called.  Checksums that the interface
 * does not compute are computed here, as the stack does it; a tag that it
 * does not insert is inserted here.
 */
unsigned netif_output(struct netif *netif, const struct netif_frame *frames,
    unsigned count, int *error);

/*
 * Each frame that the driver hands to if_input() and that Ethernet's input
 * does not drop: the interface is up and not in monitor mode, the frame has a
 * header.  A tag in the frame has been moved to vlan_tag.  Called in the
 * driver's context, within the network's epoch: it must not block, and the
 * driver may hold whatever it holds.
 */
typedef void netif_input_fn(void *arg, struct netif *netif,
    const struct netif_frame *frame);
/* One function at a time; NULL: frames are dropped. */
void netif_set_input(struct netif *netif, netif_input_fn *fn, void *arg);

/*
 * A received packet is kept beyond the call: to be sent as it is, without a
 * copy, or dropped.  From the input function only; once.
 */
struct netif_packet *netif_keep(const struct netif_frame *frame);
void netif_packet_drop(struct netif_packet *packet);
/*
 * Sends it with the wishes, tag and flow of `frame`, of which iov and release
 * are not looked at; as netif_output().  The packet is gone in any case.
 */
int netif_packet_output(struct netif *netif, struct netif_packet *packet,
    const struct netif_frame *frame);

/*
 * A tap, as of tcpdump(1): each frame that the driver shows to bpf(4) when it
 * sends, and that Ethernet's input sees, in the same way.  A VLAN tag is in
 * the frame.  Does not make the interface promiscuous.
 */
void netif_set_tap(struct netif *netif, netif_input_fn *fn, void *arg);

/* The link's state has changed; from another thread than the driver's. */
void netif_set_link_event(struct netif *netif,
    void (*fn)(void *arg, struct netif *netif, enum netif_link link),
    void *arg);

/*
 * --- when nothing else works any more: debugnet(4) ---
 */

/*
 * As after a panic: from here to netif_debug_end() no other thread of the
 * kernel runs, no interrupt is handled and locks are void.  EOPNOTSUPP: the
 * driver does not know how, or needs more receive buffers than there are.
 */
int netif_debug_start(struct netif *netif);
/* Bytes are copied; polls, so that it leaves. */
int netif_debug_output(struct netif *netif, const struct iovec *iov,
    unsigned iovcnt);
/*
 * Has the driver look for at most `count` packets: what it receives goes to
 * the input function.
 */
int netif_debug_poll(struct netif *netif, unsigned count);
/* Afterwards the driver is where that leaves it. */
void netif_debug_end(struct netif *netif);

#endif /* !RINGSIDE_KERNEL_NETIF_H */
