/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tests in a network namespace of their own: in a child process, which a user
 * namespace gives the right to make interfaces where the user has none.
 */
#ifndef RINGSIDE_TESTS_MODEL_NETNS_H
#define RINGSIDE_TESTS_MODEL_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/wire/net.h"

/*
 * Runs a test's body there; what it checks is reported as if it were here.
 * Skips the test when this host gives no namespaces or no TAPs.
 */
void netns_run(void (*fn)(void));

/* Sets an interface up or down. */
void netns_up(const char *name, bool up);
void netns_mtu(const char *name, int mtu);
/* Removes an interface that netns_tap() has not closed: any that may be. */
void netns_delete(const char *name);
/* A bridge with two interfaces in it, up; skips where there is none. */
void netns_bridge(const char *name, const char *a, const char *b);

/*
 * Another user's view of a TAP, raw: a descriptor that blocks, with virtio's
 * header of 12 bytes.  `flags` are TUN_F_s.
 */
int netns_tap(const char *name, unsigned flags);
struct netns_frame {
	struct virtio_net_hdr header;
	uint32_t length;
	uint8_t bytes[66000];
};
/* The next frame from this source; false when there is none in a second. */
bool netns_read(int tap, const uint8_t source[6], struct netns_frame *frame);

#endif /* !RINGSIDE_TESTS_MODEL_NETNS_H */
