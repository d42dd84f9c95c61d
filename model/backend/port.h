/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What lies behind a network device: a port takes the frames that the device
 * transmits and gives it those that it is to receive.  A frame is an Ethernet
 * frame without its FCS, together with what is left to be done to it: a
 * checksum to be filled in, or a cut into segments.
 *
 *	device --- struct netport_ops -----------> port
 *	port ----- netport_deliver(), _ready() --> device
 *
 * One context: everything that moves frames happens in the device's task.
 * The device calls transmit() and receive(), and a port calls
 * netport_deliver() only while it is inside one of these two calls of the
 * same device.  Whoever learns elsewhere that a port can go on (a file
 * descriptor is readable, another port has put something into its queue)
 * calls netport_ready(), which only makes the device ask soon.  So a port
 * that is fed by another device needs a queue, and one that answers its own
 * device (an echo) needs none.
 *
 * Nobody waits in a call.  A side that has no room says so, keeps in mind
 * that it has, and is told when to try again:
 *
 *	transmit() is false	the device keeps the frame, until the port
 *				calls netport_ready(port, queue)
 *	netport_deliver() is	the port keeps the frame or drops and counts
 *	NETPORT_NO_BUFFER	it; the device calls receive(port, queue) when
 *				the driver has given it buffers
 *
 * Whoever made a port closes it, after the device that uses it is gone.
 */
#ifndef RINGSIDE_MODEL_BACKEND_PORT_H
#define RINGSIDE_MODEL_BACKEND_PORT_H

#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/wire/net.h"

/* The longest frame: an IPv6 packet of the largest payload (5.1.6.3). */
#define NET_FRAME_MAX	   65589
#define NET_FRAME_MIN	   14 /* an Ethernet header */
#define NETPORT_QUEUES_MAX 64 /* queue pairs */
/* Entries of an iovec: no frame has more. */
#define NETPORT_SEGMENTS_MAX 1024

/*
 * A frame, valid during the call that passes it.  The fields are checked
 * values: NEEDS_CSUM means that csum_start + csum_offset + 2 <= length; a
 * gso_type other than NONE comes with NEEDS_CSUM, a gso_size that is not 0
 * and the exact hdr_len (from the first byte to the transport's payload),
 * less than length.  The bytes themselves may lie in guest memory: they may
 * say anything, and change while one looks, so what is read from them is
 * read once and checked.
 */
struct net_frame {
	const struct iovec *iov; /* no entry is empty */
	unsigned iovcnt;
	uint32_t length;  /* of all of iov; 14 or more */
	uint8_t flags;	  /* VIRTIO_NET_HDR_F_NEEDS_CSUM or _DATA_VALID */
	uint8_t gso_type; /* VIRTIO_NET_HDR_GSO_*, _ECN may be added */
	uint16_t hdr_len;
	uint16_t gso_size; /* payload bytes of a segment */
	uint16_t csum_start;
	uint16_t csum_offset;
};

/* What may be left to be done to a frame, one bit each. */
#define NET_OFFLOAD_CSUM 0x01u /* NEEDS_CSUM */
#define NET_OFFLOAD_TSO4 0x02u /* GSO_TCPV4 */
#define NET_OFFLOAD_TSO6 0x04u /* GSO_TCPV6 */
#define NET_OFFLOAD_ECN	 0x08u /* ... with GSO_ECN */
#define NET_OFFLOAD_UFO	 0x10u /* GSO_UDP */
#define NET_OFFLOAD_USO4 0x20u /* GSO_UDP_L4 in IPv4 */
#define NET_OFFLOAD_USO6 0x40u /* GSO_UDP_L4 in IPv6 */
#define NET_OFFLOAD_ALL	 0x7fu

struct netport;

struct netport_fd {
	int fd;
	bool readable; /* wants to know when it is */
	bool writable;
};

/* Those that are NULL have nothing to do. */
struct netport_ops {
	/*
	 * The device transmits a frame by this queue pair.  false: no room,
	 * see above.  A frame that can never be taken is dropped, counted
	 * (netport.stats) and true.  Only offloads of netport.takes are left
	 * in it.
	 */
	bool (*transmit)(struct netport *, unsigned queue,
	    const struct net_frame *frame);
	/* The device has transmitted what it had, for now. */
	void (*flush)(struct netport *);
	/*
	 * Gives the device up to `budget` frames that have arrived on this
	 * queue pair, by netport_deliver().  true when there are more that it
	 * would give at once; not when the device had no buffer.
	 */
	bool (*receive)(struct netport *, unsigned queue, unsigned budget);
	/*
	 * What the device can receive as it is, from now on; the rest costs
	 * it software.  A port that can, gives no more than that.
	 */
	void (*accepts)(struct netport *, uint32_t offloads);
	/* Queue pairs that are in use from now on, 1 to netport.nqueues. */
	void (*pairs)(struct netport *, unsigned pairs);
	/*
	 * Descriptors that poll(2) is to watch now, up to `max` of them:
	 * returns how many there are.  Whoever has the loop calls
	 * netport_poll() when one of them is readable, writable or in error,
	 * and asks again.  A port that has told its device of a descriptor
	 * leaves it out until the device has called, or the loop would spin.
	 */
	unsigned (*descriptors)(struct netport *, struct netport_fd *fds,
	    unsigned max);
	void (*poll)(struct netport *, int fd);
	void (*close)(struct netport *);
};

/* Frames that the port itself has dropped, and why. */
enum netport_drop {
	NETPORT_DROP_FULL,    /* the other side, or its own queue, was full */
	NETPORT_DROP_BUFFER,  /* the device had no buffer */
	NETPORT_DROP_SIZE,    /* too long, or too short */
	NETPORT_DROP_OFFLOAD, /* an offload that made no sense */
	NETPORT_DROP_DOWN,    /* nobody there */
	NETPORT_DROP_HOST,    /* the host said no */
	NETPORT_DROPS
};
extern const char *const netport_drop_names[NETPORT_DROPS];

struct netport_stats {
	uint64_t out_frames; /* taken from the device */
	uint64_t out_bytes;
	uint64_t in_frames; /* given to the device */
	uint64_t in_bytes;
	uint64_t out_drops[NETPORT_DROPS];
	uint64_t in_drops[NETPORT_DROPS];
};

enum netport_result {
	NETPORT_TAKEN,	   /* received, or filtered out, or dropped there */
	NETPORT_NO_BUFFER, /* the driver has given no buffer for it */
};

/* What a device provides to the port that it holds. */
struct netport_device {
	void *arg;
	enum netport_result (
	    *deliver)(void *arg, unsigned queue, const struct net_frame *frame);
	void (*ready)(void *arg, unsigned queue);
	void (*link)(void *arg);
};

#define NETPORT_SPEED_UNKNOWN  UINT32_MAX
#define NETPORT_DUPLEX_HALF    0
#define NETPORT_DUPLEX_FULL    1
#define NETPORT_DUPLEX_UNKNOWN 0xff

struct netport {
	const struct netport_ops *ops;
	const char *name; /* for a person: "tap0", or NULL */
	uint32_t takes;	  /* NET_OFFLOAD_s that it can transmit as they are */
	unsigned nqueues; /* queue pairs that it has, 1 or more */
	uint32_t mtu;	  /* largest IP packet, 68 to 65535; 0: not known */
	bool link_up;	  /* set by netport_set_link() */
	uint32_t speed;	  /* Mbit/s */
	uint8_t duplex;
	struct netport_stats stats;

	/* What the host said last, or 0. */
	int error;
	const char *error_what; /* "write" */

	const struct netport_device *device; /* NULL: plugged in nowhere */
	bool inside; /* the device is in transmit() or receive() */
};

/*
 * --- what a port calls ---
 */

/* A queue that is no hint: the device steers by the frame's flow. */
#define NETPORT_QUEUE_ANY UINT32_MAX

/*
 * Makes the common part: link up, full duplex, an unknown speed, one queue,
 * no offloads.
 */
void netport_init(struct netport *port, const struct netport_ops *ops,
    const char *name);

/*
 * A frame for the driver, on this queue pair unless the driver has asked for
 * another steering.  Only inside transmit() and receive().
 */
enum netport_result netport_deliver(struct netport *port, unsigned queue,
    const struct net_frame *frame);

/*
 * At any time: the port has frames for the queue pair, or room again for what
 * it has refused.  The device calls receive(), and transmit() if it kept
 * something back, soon.
 */
void netport_ready(struct netport *port, unsigned queue);

/* At any time: the link went up or down, or has another speed. */
void netport_set_link(struct netport *port, bool up);
void netport_set_speed(struct netport *port, uint32_t speed, uint8_t duplex);

/*
 * --- what a device calls ---
 */

void netport_attach(struct netport *port, const struct netport_device *device);
void netport_detach(struct netport *port);

static inline bool
netport_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	bool inside = port->inside, taken;

	port->inside = true;
	taken = port->ops->transmit(port, queue, frame);
	port->inside = inside;
	return (taken);
}

void netport_flush(struct netport *port);
bool netport_receive(struct netport *port, unsigned queue, unsigned budget);
void netport_accepts(struct netport *port, uint32_t offloads);
void netport_pairs(struct netport *port, unsigned pairs);

/*
 * --- what whoever has the loop calls ---
 */

unsigned netport_descriptors(struct netport *port, struct netport_fd *fds,
    unsigned max);
/* The descriptor is ready for what was asked. */
void netport_poll(struct netport *port, int fd);
/* NULL is allowed. */
void netport_close(struct netport *port);

/*
 * --- ports in memory (loop.c): NULL when there is no memory, or more queues
 * than NETPORT_QUEUES_MAX ---
 */

enum netport_loop_kind {
	NETPORT_ECHO,	 /* each frame comes back as it was */
	NETPORT_REFLECT, /* ... with its MAC addresses exchanged */
	NETPORT_SINK,	 /* nothing comes back */
};

struct netport_loop_config {
	const char *name;
	enum netport_loop_kind kind;
	unsigned nqueues; /* 0: 1 */
	uint32_t takes;	  /* and so gives back */
	uint32_t mtu;
	/*
	 * What the driver has no buffer for waits, and holds up what is
	 * transmitted after it; else it is dropped.
	 */
	bool waits;
};
struct netport *netport_loop_new(const struct netport_loop_config *config);

/*
 * A source gives the device the same frame `count` times on each queue, as
 * fast as it takes them, from netport_source_start() on; what is transmitted
 * goes nowhere.  The frame is copied.
 */
struct netport *netport_source_new(const char *name, unsigned nqueues);
/* false when the frame is too long. */
bool netport_source_start(struct netport *port, const struct net_frame *frame,
    uint64_t count);

#endif /* !RINGSIDE_MODEL_BACKEND_PORT_H */
