/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Large receive offload: segments of a TCP connection that follow each other
 * become one packet before they are handed up.
 *
 * What was merged has its headers in the first mbuf, lengths, sequence,
 * acknowledgement and window set, its IPv4 header's checksum right, and
 * CSUM_DATA_VALID | CSUM_PSEUDO_HDR in csum_flags: TCP's checksum was right in
 * each segment.  It is not computed anew, which FreeBSD does: its field has
 * the sum of the pseudo header, as in a packet that is to be sent, so that
 * whoever passes it on can have it completed.  lro_nsegs says how many
 * segments there were.
 */
#ifndef _TCP_LRO_H_
#define _TCP_LRO_H_
#include <sys/param.h>
#include <sys/mbuf.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <netinet/in.h>

#ifndef TCP_LRO_ENTRIES
#define TCP_LRO_ENTRIES 8 /* connections at a time, by default */
#endif
#define TCP_LRO_LENGTH_MAX 65535
#define TCP_LRO_ACKCNT_MAX 65535

/* tcp_lro_rx(): not taken. */
#define TCP_LRO_NO_ENTRIES    (-2)
#define TCP_LRO_CANNOT	      (-1)
#define TCP_LRO_NOT_SUPPORTED 1

struct ifnet;
struct lro_entry;
struct lro_mbuf_sort;

LIST_HEAD(lro_head, lro_entry);

/* In the driver's softc; of one receive queue, and under its lock. */
struct lro_ctrl {
	struct ifnet *ifp;
	struct lro_mbuf_sort *lro_mbuf_data;
	uint64_t lro_queued;   /* segments that were taken */
	uint64_t lro_flushed;  /* packets that were handed up */
	uint64_t lro_bad_csum; /* segments that failed TCP's checksum */
	unsigned lro_cnt;
	unsigned lro_mbuf_count;
	unsigned lro_mbuf_max;
	unsigned short lro_ackcnt_lim; /* acknowledgements in one packet */
	unsigned lro_length_lim;       /* bytes in one packet */
	u_long lro_hashsz;
	struct lro_head *lro_hash;
	struct lro_head lro_active;
	struct lro_head lro_free;
};

/* TCP_LRO_ENTRIES entries, no mbufs.  0, or ENOMEM. */
int tcp_lro_init(struct lro_ctrl *lc);
/*
 * That many connections, and room for lro_mbufs packets of
 * tcp_lro_queue_mbuf().
 */
int tcp_lro_init_args(struct lro_ctrl *lc, struct ifnet *ifp,
    unsigned lro_entries, unsigned lro_mbufs);
/* What it still holds is freed. */
void tcp_lro_free(struct lro_ctrl *lc);
/* 0: it was taken.  csum: the sum of TCP's bytes, or 0 when it was checked. */
int tcp_lro_rx(struct lro_ctrl *lc, struct mbuf *m, uint32_t csum);
/*
 * The same for many: they are sorted by connection first.  Those that cannot
 * be merged are handed up.  Needs M_HASHTYPE_; the queue is flushed when full.
 */
void tcp_lro_queue_mbuf(struct lro_ctrl *lc, struct mbuf *mb);
/* Hands up what is as old as that. */
void tcp_lro_flush_inactive(struct lro_ctrl *lc, const struct timeval *timeout);
/* Hands up all. */
void tcp_lro_flush_all(struct lro_ctrl *lc);

#endif /* !_TCP_LRO_H_ */
