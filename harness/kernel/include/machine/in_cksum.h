/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Internet checksum (RFC 1071).  Results are in network order, ready to
 * be stored.
 */
#ifndef _MACHINE_IN_CKSUM_H_
#define _MACHINE_IN_CKSUM_H_
#include <sys/types.h>

struct ip;
struct mbuf;

/* Of the bytes [skip, len) of the chain. */
u_short in_cksum_skip(struct mbuf *m, int len, int skip);
#define in_cksum(m, len) in_cksum_skip((m), (len), 0)
/* Of an IPv4 header without options; 0: its checksum is right. */
u_int in_cksum_hdr(const struct ip *ip);
/* Sums, not complemented: of three words, and of two halves. */
u_short in_pseudo(u_int sum, u_int b, u_int c);
u_short in_addword(u_short sum, u_short b);
/* Of plain memory, not complemented; `initial` is added. */
u_short in_cksum_buffer(const void *buf, size_t len, u_int initial);

#endif /* !_MACHINE_IN_CKSUM_H_ */
