/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * RSS: the key and the function that received packets are spread with (see
 * <net/rss_config.h>).
 */
#include "kernel/kern.h"

#include <sys/mbuf.h>
#include <sys/smp.h>
#include <net/rss_config.h>

/* The one of Microsoft's verification suite, as FreeBSD's. */
static const uint8_t key[RSS_KEYSIZE] = { 0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b,
	0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca,
	0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa };

u_int
rss_getbits(void)
{
	return (0);
}

u_int
rss_getbucket(u_int hash)
{
	return (hash & ((1U << rss_getbits()) - 1));
}

u_int
rss_get_indirection_to_bucket(u_int index)
{
	return (index & ((1U << rss_getbits()) - 1));
}

u_int
rss_getcpu(u_int bucket)
{
	return (bucket % rss_getnumcpus());
}

void
rss_getkey(uint8_t *to)
{
	memcpy(to, key, sizeof(key));
}

u_int
rss_gethashalgo(void)
{
	return (RSS_HASH_TOEPLITZ);
}

u_int
rss_getnumbuckets(void)
{
	return (1U << rss_getbits());
}

u_int
rss_getnumcpus(void)
{
	return ((u_int)mp_ncpus);
}

u_int
rss_gethashconfig(void)
{
	return (RSS_HASHTYPE_RSS_IPV4 | RSS_HASHTYPE_RSS_TCP_IPV4 |
	    RSS_HASHTYPE_RSS_IPV6 | RSS_HASHTYPE_RSS_TCP_IPV6);
}

/* Each bit of the data that is set adds the 32 bits of the key at its place. */
uint32_t
toeplitz_hash(u_int keylen, const uint8_t *k, u_int datalen,
    const uint8_t *data)
{
	uint32_t hash = 0, window;
	u_int next = 4;

	KASSERT(keylen >= datalen + 4,
	    ("toeplitz_hash: a key of %u bytes for %u", keylen, datalen));
	window = (uint32_t)k[0] << 24 | (uint32_t)k[1] << 16 |
	    (uint32_t)k[2] << 8 | k[3];
	for (u_int i = 0; i < datalen; i++, next++)
		for (int bit = 7; bit >= 0; bit--) {
			if ((data[i] >> bit & 1) != 0)
				hash ^= window;
			window = window << 1 | (k[next] >> bit & 1);
		}
	return (hash);
}

uint32_t
rss_hash(u_int datalen, const uint8_t *data)
{
	return (toeplitz_hash(sizeof(key), key, datalen, data));
}

int
rss_hash2bucket(uint32_t hash_val, uint32_t hash_type, uint32_t *bucket_id)
{
	switch (hash_type) {
	case M_HASHTYPE_RSS_IPV4:
	case M_HASHTYPE_RSS_TCP_IPV4:
	case M_HASHTYPE_RSS_UDP_IPV4:
	case M_HASHTYPE_RSS_IPV6:
	case M_HASHTYPE_RSS_TCP_IPV6:
	case M_HASHTYPE_RSS_UDP_IPV6:
		*bucket_id = rss_getbucket(hash_val);
		return (0);
	default:
		return (-1);
	}
}

int
rss_m2bucket(struct mbuf *m, uint32_t *bucket_id)
{
	M_ASSERTPKTHDR(m);
	return (
	    rss_hash2bucket(m->m_pkthdr.flowid, M_HASHTYPE_GET(m), bucket_id));
}
