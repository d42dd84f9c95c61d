/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Internet checksums of frames (RFC 1071), and where the headers are that
 * have them.  Pure functions: no state, no allocation.
 *
 * Frames may lie in memory that somebody else writes at the same time.  What
 * is decided upon is read once: headers are looked at in a copy.  A frame
 * that changes under the sum has a wrong sum and does no other harm.
 *
 * Offsets are bytes from the frame's first one.  A sum is the one's
 * complement sum of 16 bit words as they lie in memory, so that neither side
 * needs swapping: what goes into a header is stored with memcpy().
 */
#ifndef RINGSIDE_MODEL_NET_CSUM_H
#define RINGSIDE_MODEL_NET_CSUM_H

#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/backend/port.h"

/* The folded sum, not complemented; `sum` is that of an even number before. */
uint16_t net_sum(const void *bytes, size_t length, uint16_t sum);
/* The same of a range of pieces, which they must have. */
uint16_t net_sum_iov(const struct iovec *iov, unsigned iovcnt, size_t offset,
    size_t length, uint16_t sum);
/* One's complement addition. */
uint16_t net_sum_add(uint16_t a, uint16_t b);

/*
 * Copies a range out of the pieces; false, and nothing copied, when they do
 * not have all of it.
 */
bool net_iov_read(const struct iovec *iov, unsigned iovcnt, size_t offset,
    void *to, size_t length);

/*
 * --- headers ---
 */

/* Headers that are longer than this are not understood. */
#define NET_HEADERS_MAX	  256

#define NET_ETHERTYPE_IP4 0x0800
#define NET_ETHERTYPE_IP6 0x86dd
#define NET_PROTO_TCP	  6
#define NET_PROTO_UDP	  17
#define NET_TCP_CSUM	  16 /* csum_offset */
#define NET_UDP_CSUM	  6

struct net_headers {
	uint16_t ethertype; /* behind the VLAN tags */
	uint16_t vlan_tci;  /* of the outermost tag */
	uint8_t vlans;	    /* 802.1Q and 802.1ad tags: 0, 1 or 2 */
	uint8_t version;    /* 4 or 6; 0: not IP, or no whole header of it */
	uint16_t l3;	    /* what is behind the Ethernet header and tags */
	/*
	 * End of the packet by its own length; what follows is padding.  0:
	 * it says less than its headers have, or more than the frame has.
	 */
	uint32_t end;
	bool fragment; /* a part of a larger packet */
	/*
	 * Addresses that count for the pseudo header, 4 or 16 bytes: with
	 * IPv6, a home address option and a routing header's final
	 * destination replace those of the IP header (RFC 8200, 8.1; RFC
	 * 6275, 6.3).
	 */
	uint16_t src;
	uint16_t dst;
	/*
	 * Where an IPv6 fragment header belongs, and the Next Header field
	 * that will have to name it (RFC 8200, 4.5).
	 */
	uint16_t frag_at;
	uint16_t frag_next;
	/* 0: unknown.  Transport and payload are 0 behind a first fragment. */
	uint8_t proto;
	uint16_t l4;	  /* transport header */
	uint16_t payload; /* behind a whole TCP or UDP header */
};

/*
 * Reads the headers of a frame of `length` bytes, of which `bytes` has the
 * first `have`, as many as there are or at least NET_HEADERS_MAX.  false when
 * not even an Ethernet header is there; what else is missing, cut or
 * contradictory leaves its fields 0.
 */
bool net_parse(const uint8_t *bytes, size_t have, size_t length,
    struct net_headers *headers);
/* The same through a copy in `copy`, NET_HEADERS_MAX bytes. */
bool net_parse_frame(const struct net_frame *frame, uint8_t *copy,
    struct net_headers *headers);

/*
 * --- checksums in frames ---
 */

/*
 * The sum of the pseudo header for a transport packet of `length` bytes.
 * `bytes` are those that were parsed.
 */
uint16_t net_sum_pseudo(const uint8_t *bytes, const struct net_headers *headers,
    uint32_t length);

/*
 * What belongs at csum_start + csum_offset of a frame with NEEDS_CSUM (virtio
 * 1.3, 5.1.6.2): that place has the sum of the pseudo header by now.  Never
 * 0, which means "no checksum" in UDP.  false: those are outside of the
 * frame.
 */
bool net_csum_finish(const struct net_frame *frame, uint16_t *csum);

enum net_csum_verdict {
	/*
	 * Nothing can be said: no TCP or UDP in IP, a fragment, UDP without a
	 * checksum, a header or length that makes no sense.
	 */
	NET_CSUM_NONE,
	NET_CSUM_GOOD, /* of TCP or UDP, and of the IPv4 header */
	NET_CSUM_BAD,  /* one of them is wrong */
};

/* Of the bytes as they are, whatever frame->flags say. */
enum net_csum_verdict net_csum_verify(const struct net_frame *frame);

#endif /* !RINGSIDE_MODEL_NET_CSUM_H */
