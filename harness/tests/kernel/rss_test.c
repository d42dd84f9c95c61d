/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * RSS: the hash against the vectors that Microsoft publishes with its
 * specification ("Verifying the RSS Hash Calculation").
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <net/rss_config.h>

#include "tests/test.h"

KERNEL_TEST(rss, hashes_as_published)
{
	/* 66.9.149.187:2794 to 161.142.100.80:1766 */
	static const uint8_t v4[12] = { 66, 9, 149, 187, 161, 142, 100, 80,
		0x0a, 0xea, 0x06, 0xe6 };
	/* 3ffe:2501:200:1fff::7:2794 to 3ffe:2501:200:3::1:1766 */
	static const uint8_t v6[36] = { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00,
		0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 7, 0x3f, 0xfe, 0x25, 0x01,
		0x02, 0x00, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 1, 0x0a, 0xea,
		0x06, 0xe6 };

	T_EQ(rss_hash(8, v4), 0x323e8fc2);
	T_EQ(rss_hash(12, v4), 0x51ccc178);
	T_EQ(rss_hash(32, v6), 0x2cc18cd5);
	T_EQ(rss_hash(36, v6), 0x40207d3d);
}

KERNEL_TEST(rss, one_processor_has_one_bucket)
{
	uint32_t bucket = 9;
	uint8_t key[RSS_KEYSIZE];

	rss_getkey(key);
	T_EQ(key[0], 0x6d);
	T_EQ(key[RSS_KEYSIZE - 1], 0xfa);
	T_EQ(rss_getnumbuckets(), 1);
	T_EQ(rss_getnumcpus(), 1);
	T_EQ(rss_gethashalgo(), RSS_HASH_TOEPLITZ);
	T_EQ(rss_hash2bucket(0xffffffff, M_HASHTYPE_RSS_TCP_IPV4, &bucket), 0);
	T_EQ(bucket, 0);
	T_EQ(rss_hash2bucket(0, M_HASHTYPE_OPAQUE, &bucket), (uint64_t)-1);
}
