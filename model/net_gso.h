/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a port cannot do, in software: segmentation (TSO, USO), fragmentation
 * (UFO) and checksums of frames on their way out of a device, or into it.
 *
 *	static struct net_gso gso;	// large: one a port or queue
 *
 *	error = net_gso_begin(&gso, &frame, netport->takes);
 *	while (error == 0 && net_gso_next(&gso, &segment))
 *		...			// segment needs nothing more
 *
 * Nothing is allocated, and payload is not copied: a segment's pieces are a
 * header in struct net_gso and parts of the frame's pieces.  It is valid
 * until the next call.  A caller that has no room for a segment keeps the
 * struct net_frame and goes on later, as long as the frame lasts.
 */
#ifndef RINGSIDE_MODEL_NET_GSO_H
#define RINGSIDE_MODEL_NET_GSO_H

#include "model/net_csum.h"

/* Zeroed before it is used first. */
struct net_gso {
	uint32_t ident; /* of the next packet that becomes IPv6 fragments */
	/* The rest is private to net_gso.c. */
	enum net_gso_kind {
		NET_GSO_AS_IT_IS,
		NET_GSO_CHECKSUM, /* one frame, whose checksum is missing */
		NET_GSO_SEGMENTS,
		NET_GSO_FRAGMENTS,
	} kind;
	struct net_frame frame;
	const struct iovec *in; /* what is in no segment so far */
	size_t in_offset;	/* in its first entry */
	uint32_t left;		/* bytes of it */
	uint32_t done;		/* bytes of IP's or TCP's payload that are */
	uint32_t size;		/* such bytes of a segment */
	unsigned index;		/* of the next segment */
	uint16_t csum;		/* of NET_GSO_CHECKSUM */
	struct net_headers headers;
	uint8_t original[NET_HEADERS_MAX];
	uint8_t header[NET_HEADERS_MAX + 8];
	struct iovec iov[NETPORT_SEGMENTS_MAX];
};

/*
 * What is to be done to a frame, as NET_OFFLOAD_s; an unknown gso_type is
 * none of those.
 */
uint32_t net_gso_needs(const struct net_frame *frame);

/*
 * Whether a frame with a gso_type is what it says: the headers of that kind,
 * complete, not fragments; csum_start and csum_offset those of its transport;
 * gso_size not 0, and a payload behind the headers.  headers->payload is what
 * belongs into hdr_len, which is not looked at (virtio 1.3, 5.1.6.2.2: a
 * device must not rely on it).  `copy` has NET_HEADERS_MAX bytes.
 *
 * 0, or EINVAL: it lies.
 */
int net_gso_check(const struct net_frame *frame, uint8_t *copy,
    struct net_headers *headers);

/*
 * Begins with a frame that lacks something that `takes` (NET_OFFLOAD_s) does
 * not have; one that lacks nothing comes out as it is.
 *
 * 0; EINVAL: the frame lies; EMSGSIZE: it has too many pieces, or a segment
 * would be longer than IP allows.
 */
int net_gso_begin(struct net_gso *gso, const struct net_frame *frame,
    uint32_t takes);
/* The next frame; false: there are no more. */
bool net_gso_next(struct net_gso *gso, struct net_frame *segment);

#endif /* !RINGSIDE_MODEL_NET_GSO_H */
