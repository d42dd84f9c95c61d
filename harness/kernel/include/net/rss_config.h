/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How received packets are spread over processors (RSS).  There is one
 * processor, and so one bucket.
 */
#ifndef _NET_RSS_CONFIG_H_
#define _NET_RSS_CONFIG_H_
#include <sys/types.h>
#include <netinet/in.h>

struct mbuf;

#define RSS_HASH_NAIVE	      0x00000001
#define RSS_HASH_TOEPLITZ     0x00000002
#define RSS_HASH_CRC32	      0x00000004
#define RSS_HASHFIELDS_NONE   0
#define RSS_HASHFIELDS_4TUPLE 1
#define RSS_HASHFIELDS_2TUPLE 2
/* What is hashed. */
#define RSS_HASHTYPE_RSS_IPV4	     (1 << 1)
#define RSS_HASHTYPE_RSS_TCP_IPV4    (1 << 2)
#define RSS_HASHTYPE_RSS_IPV6	     (1 << 3)
#define RSS_HASHTYPE_RSS_TCP_IPV6    (1 << 4)
#define RSS_HASHTYPE_RSS_IPV6_EX     (1 << 5)
#define RSS_HASHTYPE_RSS_TCP_IPV6_EX (1 << 6)
#define RSS_HASHTYPE_RSS_UDP_IPV4    (1 << 7)
#define RSS_HASHTYPE_RSS_UDP_IPV6    (1 << 9)
#define RSS_HASHTYPE_RSS_UDP_IPV6_EX (1 << 10)

#define RSS_MAXBITS		     7
#define RSS_TABLE_MAXLEN	     (1 << RSS_MAXBITS)
#define RSS_KEYSIZE		     40 /* bytes */

/* Bits of a hash that select an entry of the table. */
u_int rss_getbits(void);
u_int rss_getbucket(u_int hash);
u_int rss_get_indirection_to_bucket(u_int index);
u_int rss_getcpu(u_int bucket);
/* RSS_KEYSIZE bytes: the key of Microsoft's RSS specification. */
void rss_getkey(uint8_t *key);
u_int rss_gethashalgo(void);
u_int rss_getnumbuckets(void);
u_int rss_getnumcpus(void);
/* RSS_HASHTYPE_ */
u_int rss_gethashconfig(void);
/* Toeplitz with that key; `data` in network order. */
uint32_t rss_hash(u_int datalen, const uint8_t *data);
uint32_t toeplitz_hash(u_int keylen, const uint8_t *key, u_int datalen,
    const uint8_t *data);
/* 0, or -1: not a type that has buckets. */
int rss_hash2bucket(uint32_t hash_val, uint32_t hash_type, uint32_t *bucket_id);
int rss_m2bucket(struct mbuf *m, uint32_t *bucket_id);

#endif /* !_NET_RSS_CONFIG_H_ */
