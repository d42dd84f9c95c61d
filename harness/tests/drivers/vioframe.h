/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames for tests: Ethernet, IPv4 or IPv6, TCP or UDP, with the sums of RFC
 * 1071 made and verified bit by bit here, by no code of the kernel, of the
 * driver or of the model.
 */
#ifndef RINGSIDE_TESTS_DRIVERS_VIOFRAME_H
#define RINGSIDE_TESTS_DRIVERS_VIOFRAME_H

#include <stdbool.h>
#include <stdint.h>

struct vioframe {
	/* What is wanted. */
	bool ip6;
	bool udp;
	uint16_t tag;	  /* of 802.1Q, 0: none */
	uint32_t payload; /* bytes behind the transport's header */
	uint32_t seq;	  /* of TCP */
	uint16_t port;	  /* of the sender, 0: 1234 */
	/* The sum of the pseudo header only, as before an offload. */
	bool partial;
	bool bad_sum;
	uint8_t tcp_flags; /* beside ACK */
	bool fragment;	   /* one that is not the last */
	uint8_t extension; /* IPv6: a header of 8 bytes of this kind, or 0 */

	/* What has become of it. */
	uint32_t length;
	uint16_t l3, l4, csum; /* offsets */
	uint16_t headers;      /* bytes before the payload */
};

/* To `mac`, or to the broadcast address if it is NULL. */
void vioframe_make(struct vioframe *frame, uint8_t *bytes,
    const uint8_t mac[6]);
/* Whether the transport's sum of a frame of that kind is right. */
bool vioframe_sum_is_good(const struct vioframe *frame, const uint8_t *bytes,
    uint32_t length);

#endif /* !RINGSIDE_TESTS_DRIVERS_VIOFRAME_H */
