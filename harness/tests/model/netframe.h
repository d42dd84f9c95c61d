/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames for tests, with sums by code as plain as RFC 1071's first sentence;
 * a pcap file of frames, written without a library, and what tshark says of
 * it.
 */
#ifndef RINGSIDE_TESTS_MODEL_NETFRAME_H
#define RINGSIDE_TESTS_MODEL_NETFRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/net_csum.h"

#define NETFRAME_ROOM 66000

struct netframe_spec {
	unsigned vlans;	  /* 0, 1 or 2 */
	unsigned version; /* 4 or 6 */
	uint8_t proto;	  /* NET_PROTO_TCP or _UDP */
	unsigned options; /* IPv4: bytes of options; a multiple of 4 */
	bool hopopts;	  /* IPv6: extension headers */
	bool dstopts;
	bool routing;
	unsigned tcp_options; /* bytes; a multiple of 4 */
	uint8_t tcp_flags;    /* 0: ACK */
	uint32_t payload;     /* bytes */
	/* Leaves the checksum to somebody else, as virtio wants it. */
	bool partial;
	uint8_t gso_type;
	uint16_t gso_size;
};

struct netframe {
	struct net_frame frame; /* of one piece, or as netframe_split() does */
	uint32_t l3;
	uint32_t l4;
	uint32_t payload;
	struct iovec iov[512];
	uint8_t bytes[NETFRAME_ROOM];
};

extern const uint8_t netframe_source[6]; /* their source address */
void netframe_make(struct netframe *made, const struct netframe_spec *spec);
/* Cuts it into pieces of that many bytes. */
void netframe_split(struct netframe *made, size_t piece);
/* Fills in all checksums of a frame that netframe_make() has made. */
void netframe_finish(struct netframe *made);
/* A frame of that many bytes, all of them there. */
void netframe_raw(struct netframe *made, const void *bytes, uint32_t length);
/* Copies a frame of pieces; its length. */
uint32_t netframe_flat(const struct net_frame *frame, uint8_t *bytes);

/* 16 bit words, big-endian, added one by one; folded. */
uint16_t netframe_sum(const uint8_t *bytes, size_t length, uint32_t sum);

/*
 * --- tshark ---
 */

/* A capture file in a folder of tempfile.h. */
struct netpcap {
	FILE *file;
	unsigned count;
};
void netpcap_begin(struct netpcap *pcap);
void netpcap_add(struct netpcap *pcap, const struct net_frame *frame);
void netpcap_end(struct netpcap *pcap);

/* Ends the test as skipped when there is no tshark. */
void tshark_need(void);
/*
 * Runs tshark on the file with all checksums checked and that display filter:
 * how many frames it shows, or -1.
 */
#define TSHARK_BAD                                        \
	"ip.checksum.status==0||tcp.checksum.status==0||" \
	"udp.checksum.status==0||_ws.malformed"
#define TSHARK_GOOD "tcp.checksum.status==1||udp.checksum.status==1"
int tshark_count(const char *path, const char *filter);

#endif /* !RINGSIDE_TESTS_MODEL_NETFRAME_H */
