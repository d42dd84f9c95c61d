/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * tcp_lro: what is merged, what is not, and how the result looks.  Checksums
 * of what goes in are right; those that come out are computed anew here.
 */
#include "tests/kernel/fakenet.h"

#include <sys/endian.h>
#include <sys/epoch.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/tcp_lro.h>

#include "tests/test.h"

#define HW_GOOD (CSUM_DATA_VALID | CSUM_PSEUDO_HDR)

/* One segment, as the tests vary it. */
struct seg {
	uint32_t seq, ack;
	uint16_t port, len, win;
	uint8_t flags, tos;
	bool v6, stamped, software;
	uint32_t tsval;
	int pad; /* bytes of Ethernet behind it */
};

struct rig {
	struct fakenet *fake;
	struct lro_ctrl lc;
	struct epoch_tracker et;
	u_int count;
	struct {
		uint32_t length, flags;
		uint16_t segments, segment_size;
		uint8_t data[4096];
	} got[8];
};

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint32_t
get16(const uint8_t *p)
{
	return ((uint32_t)p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (get16(p) << 16 | get16(p + 2));
}

/* RFC 1071, word by word. */
static uint32_t
sum(const uint8_t *p, size_t n, uint32_t start)
{
	for (size_t i = 0; i < n; i++)
		start += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (start > 0xffff)
		start = (start >> 16) + (start & 0xffff);
	return (start);
}

static uint32_t
pseudo_sum(const uint8_t *ip, bool v6, uint32_t tcp_length)
{
	return (v6 ? sum(ip + 8, 32, 6 + tcp_length) :
		     sum(ip + 12, 8, 6 + tcp_length));
}

static struct mbuf *
segment(const struct seg *s)
{
	const int l4 = 14 + (s->v6 ? 40 : 20);
	const int hlen = 20 + (s->stamped ? 12 : 0);
	const int tcp = hlen + s->len;
	uint8_t p[2048] = { 2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 0, 1 }, *ip = p + 14;
	struct mbuf *m = m_getcl(M_NOWAIT, MT_DATA, M_PKTHDR);

	put16(p + 12, s->v6 ? 0x86dd : 0x0800);
	if (s->v6) {
		put32(ip, 0x60000000 | (uint32_t)s->tos << 20);
		put16(ip + 4, (uint32_t)tcp);
		put16(ip + 6, 0x0640);
		for (int i = 8; i < 40; i++)
			ip[i] = (uint8_t)i;
	} else {
		put16(ip, 0x4500 | s->tos);
		put16(ip + 2, (uint32_t)(20 + tcp));
		put16(ip + 8, 0x4006);
		put32(ip + 12, 0xc0000201);
		put32(ip + 16, 0xc0000202);
		put16(ip + 10, 0xffff ^ sum(ip, 20, 0));
	}
	put16(p + l4, s->port);
	put16(p + l4 + 2, 80);
	put32(p + l4 + 4, s->seq);
	put32(p + l4 + 8, s->ack);
	put16(p + l4 + 12, (uint32_t)hlen << 10 | s->flags);
	put16(p + l4 + 14, s->win);
	if (s->stamped) {
		put32(p + l4 + 20, 0x0101080a);
		put32(p + l4 + 24, s->tsval);
		put32(p + l4 + 28, s->tsval + 1000);
	}
	for (int i = 0; i < s->len; i++)
		p[l4 + hlen + i] = (uint8_t)(s->seq + (uint32_t)i);
	put16(p + l4 + 16,
	    0xffff ^ sum(p + l4, (size_t)tcp, pseudo_sum(ip, s->v6, tcp)));
	m->m_len = m->m_pkthdr.len = l4 + tcp + s->pad;
	memcpy(m->m_data, p, (size_t)m->m_len);
	if (!s->software) {
		m->m_pkthdr.csum_flags = HW_GOOD;
		m->m_pkthdr.csum_data = 0xffff;
	}
	M_HASHTYPE_SET(m, M_HASHTYPE_OPAQUE);
	m->m_pkthdr.flowid = s->port;
	return (m);
}

static void
got(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct rig *rig = arg;
	size_t at = 0;

	(void)netif;
	T_REQUIRE(rig->count < nitems(rig->got) &&
	    frame->length <= sizeof(rig->got[0].data));
	for (u_int i = 0; i < frame->iovcnt; i++) {
		memcpy(rig->got[rig->count].data + at, frame->iov[i].iov_base,
		    frame->iov[i].iov_len);
		at += frame->iov[i].iov_len;
	}
	rig->got[rig->count].length = frame->length;
	rig->got[rig->count].flags = frame->flags;
	rig->got[rig->count].segments = frame->segments;
	rig->got[rig->count].segment_size = frame->segment_size;
	rig->count++;
}

static struct rig *
rig_new(unsigned entries, unsigned mbufs)
{
	struct rig *rig = malloc(sizeof(*rig), M_TEMP, M_WAITOK | M_ZERO);

	rig->fake = fakenet_create();
	T_EQ(tcp_lro_init_args(&rig->lc, rig->fake->ifp, entries, mbufs), 0);
	netif_set_input(rig->fake->netif, got, rig);
	epoch_enter_preempt(net_epoch_preempt, &rig->et);
	return (rig);
}

static void
rig_free(struct rig *rig)
{
	epoch_exit_preempt(net_epoch_preempt, &rig->et);
	tcp_lro_free(&rig->lc);
	fakenet_destroy(rig->fake);
	free(rig, M_TEMP);
}

/* As drivers do: what is not taken is handed up. */
static int
rx(struct rig *rig, const struct seg *s)
{
	struct mbuf *m = segment(s);
	int error;

	m->m_pkthdr.rcvif = rig->fake->ifp;
	error = tcp_lro_rx(&rig->lc, m, 0);
	if (error != 0)
		if_input(rig->fake->ifp, m);
	return (error);
}

static const struct seg plain = { .seq = 1000,
	.ack = 5,
	.port = 1234,
	.len = 100,
	.win = 500,
	.flags = TH_ACK };

KERNEL_TEST(lro, merges_what_follows)
{
	struct rig *rig = rig_new(8, 0);
	const uint8_t *p = rig->got[0].data;
	struct seg s = plain;

	T_EQ(rx(rig, &s), 0);
	s.seq += 100;
	s.ack = 7;
	s.win = 600;
	s.len = 101;
	T_EQ(rx(rig, &s), 0);
	s.seq += 101;
	s.len = 50;
	s.flags = TH_ACK | TH_PUSH;
	T_EQ(rx(rig, &s), 0);
	T_EQ(rig->count, 0);
	tcp_lro_flush_all(&rig->lc);
	T_EQ(rig->count, 1);
	T_EQ(rig->lc.lro_queued, 3);
	T_EQ(rig->lc.lro_flushed, 1);
	T_EQ(rig->got[0].length, 54 + 251);
	T_EQ(rig->got[0].segments, 3);
	T_EQ(rig->got[0].segment_size, 84);
	T_EQ(rig->got[0].flags & (NETIF_RX_MERGED | NETIF_RX_L4_GOOD),
	    NETIF_RX_MERGED | NETIF_RX_L4_GOOD);
	/* One IPv4 header, with a right sum, over all. */
	T_EQ(get16(p + 16), 20 + 20 + 251);
	T_EQ(sum(p + 14, 20, 0), 0xffff);
	T_EQ(get32(p + 38), 1000);
	T_EQ(get32(p + 42), 7);
	T_EQ(p[47], TH_ACK | TH_PUSH);
	T_EQ(get16(p + 48), 600);
	/* TCP's is ready to be completed. */
	T_EQ(get16(p + 50), pseudo_sum(p + 14, false, 20 + 251));
	for (int i = 0; i < 251; i++)
		T_EQ(p[54 + i], (uint8_t)(1000 + i));
	rig_free(rig);
}

KERNEL_TEST(lro, one_alone_stays_as_it_was)
{
	struct rig *rig = rig_new(8, 0);
	struct mbuf *m = segment(&plain);
	uint8_t p[154];

	m_copydata(m, 0, sizeof(p), (caddr_t)p);
	m_freem(m);
	T_EQ(rx(rig, &plain), 0);
	tcp_lro_flush_all(&rig->lc);
	T_EQ(rig->count, 1);
	T_EQ(rig->got[0].length, 154);
	T_EQ(memcmp(rig->got[0].data, p, sizeof(p)), 0);
	T_EQ(rig->got[0].flags & NETIF_RX_MERGED, 0);
	rig_free(rig);
}

KERNEL_TEST(lro, ipv6_and_timestamps)
{
	struct rig *rig = rig_new(8, 0);
	const uint8_t *p = rig->got[0].data;
	struct seg s = plain;

	s.v6 = s.stamped = true;
	s.tsval = 0xfffffffe;
	T_EQ(rx(rig, &s), 0);
	s.seq += 100;
	s.tsval = 3; /* later, past the end of numbers */
	T_EQ(rx(rig, &s), 0);
	tcp_lro_flush_all(&rig->lc);
	T_EQ(rig->count, 1);
	T_EQ(rig->got[0].length, 14 + 40 + 32 + 200);
	T_EQ(get16(p + 18), 32 + 200);
	T_EQ(get32(p + 78), 3);
	T_EQ(get32(p + 82), 1003);
	T_EQ(get16(p + 70), pseudo_sum(p + 14, true, 32 + 200));
	rig_free(rig);
}

KERNEL_TEST(lro, connections_are_kept_apart)
{
	struct rig *rig = rig_new(2, 0);
	struct seg a = plain, b = plain, c = plain;

	b.port = 1235;
	c.v6 = true;
	T_EQ(rx(rig, &a), 0);
	T_EQ(rx(rig, &b), 0);
	/* A third finds no entry, and goes by. */
	T_EQ(rx(rig, &c), (uint64_t)TCP_LRO_NO_ENTRIES);
	T_EQ(rig->count, 1);
	a.seq += 100;
	b.seq += 100;
	T_EQ(rx(rig, &a), 0);
	T_EQ(rx(rig, &b), 0);
	tcp_lro_flush_all(&rig->lc);
	T_EQ(rig->count, 3);
	T_EQ(rig->got[1].segments, 2);
	T_EQ(rig->got[2].segments, 2);
	rig_free(rig);
}

/* Of each of these: what was merged comes first, then it. */
KERNEL_TEST(lro, order_is_kept)
{
	static const struct seg next[] = {
		{ .seq = 1101, .ack = 5, .len = 100, .flags = TH_ACK },
		{ .seq = 1100, .ack = 4, .len = 100, .flags = TH_ACK },
		{ .seq = 1100, .ack = 5, .len = 0, .flags = TH_ACK },
		{ .seq = 1100, .ack = 5, .len = 100, .flags = TH_ACK | TH_FIN },
		{ .seq = 1100, .ack = 5, .len = 100, .flags = TH_ACK | TH_ECE },
		{ .seq = 1100, .ack = 5, .len = 100, .flags = TH_ACK | TH_CWR },
		{ .seq = 1100,
		    .ack = 5,
		    .len = 100,
		    .flags = TH_ACK,
		    .tos = 3 },
		{ .seq = 1100,
		    .ack = 5,
		    .len = 9,
		    .flags = TH_ACK,
		    .stamped = true },
	};
	struct rig *rig;
	struct seg s;

	for (size_t i = 0; i < nitems(next); i++) {
		rig = rig_new(8, 0);
		T_EQ(rx(rig, &plain), 0);
		s = next[i];
		s.port = plain.port;
		(void)rx(rig, &s);
		tcp_lro_flush_all(&rig->lc);
		T_EQ(rig->count, 2);
		T_EQ(get32(rig->got[0].data + 38), 1000);
		T_EQ(rig->got[0].length, 154);
		T_EQ(get32(rig->got[1].data + 38), s.seq);
		T_EQ(get16(rig->got[1].data + 16),
		    40U + s.len + (s.stamped ? 12 : 0));
		rig_free(rig);
	}
}

KERNEL_TEST(lro, what_is_not_tcp)
{
	struct rig *rig = rig_new(8, 0);
	struct mbuf *m;
	/* Each at its place: another protocol, a fragment, options, cut off. */
	static const struct {
		int at, value, cut;
	} bad[] = { { 23, 17, 0 }, { 20, 0x20, 0 }, { 14, 0x46, 0 },
		{ 12, 9, 0 }, { 46, 0x40, 0 }, { 16, 0x7f, 0 }, { 0, 2, 1 },
		{ 0, 2, 120 }, { 0, 2, 141 } };

	for (size_t i = 0; i < nitems(bad); i++) {
		m = segment(&plain);
		mtod(m, uint8_t *)[bad[i].at] = (uint8_t)bad[i].value;
		m->m_pkthdr.csum_flags |= CSUM_IP_CHECKED | CSUM_IP_VALID;
		m_adj(m, -bad[i].cut);
		T_EQ(tcp_lro_rx(&rig->lc, m, 0), TCP_LRO_NOT_SUPPORTED);
		m_freem(m);
	}
	/* An IPv4 header whose sum nobody has found right. */
	m = segment(&plain);
	mtod(m, uint8_t *)[22]--;
	T_EQ(tcp_lro_rx(&rig->lc, m, 0), TCP_LRO_NOT_SUPPORTED);
	m_freem(m);
	rig_free(rig);
}

KERNEL_TEST(lro, sums_are_checked_where_nobody_did)
{
	struct rig *rig = rig_new(8, 0);
	struct seg s = plain;
	struct mbuf *m;

	s.software = true;
	T_EQ(rx(rig, &s), 0);
	s.seq += 100;
	m = segment(&s);
	mtod(m, uint8_t *)[100] ^= 1;
	m->m_pkthdr.rcvif = rig->fake->ifp;
	T_EQ(tcp_lro_rx(&rig->lc, m, 0), (uint64_t)TCP_LRO_CANNOT);
	T_EQ(rig->lc.lro_bad_csum, 1);
	m_freem(m);
	/* Of an odd length, and by the sum that the caller has. */
	s.len = 101;
	T_EQ(rx(rig, &s), 0);
	s.seq += 101;
	m = segment(&s);
	m->m_pkthdr.rcvif = rig->fake->ifp;
	T_EQ(tcp_lro_rx(&rig->lc, m,
		 htons((uint16_t)sum(mtod(m, uint8_t *) + 34, 121, 0))),
	    0);
	tcp_lro_flush_all(&rig->lc);
	T_EQ(rig->count, 1);
	T_EQ(rig->got[0].segments, 3);
	rig_free(rig);
}

KERNEL_TEST(lro, ethernets_padding_is_not_data)
{
	struct rig *rig = rig_new(8, 0);
	struct seg s = plain;

	s.len = 2;
	s.pad = 4;
	T_EQ(rx(rig, &s), 0);
	s.seq += 2;
	T_EQ(rx(rig, &s), 0);
	tcp_lro_flush_all(&rig->lc);
	T_EQ(rig->count, 1);
	T_EQ(rig->got[0].length, 54 + 4);
	rig_free(rig);
}

KERNEL_TEST(lro, stops_at_its_limit)
{
	struct rig *rig = rig_new(8, 0);
	struct seg s = plain;

	rig->lc.lro_length_lim = 400;
	for (int i = 0; i < 6; i++) {
		T_EQ(rx(rig, &s), 0);
		s.seq += 100;
	}
	tcp_lro_flush_all(&rig->lc);
	T_EQ(rig->count, 2);
	T_EQ(rig->got[0].segments, 3);
	T_EQ(get32(rig->got[1].data + 38), 1300);
	rig_free(rig);
}

KERNEL_TEST(lro, many_are_sorted_by_connection)
{
	struct rig *rig = rig_new(1, 6);
	struct seg a = plain, b = plain;
	struct mbuf *m;

	b.port = 99;
	for (int i = 0; i < 3; i++) {
		m = segment(&a);
		m->m_pkthdr.rcvif = rig->fake->ifp;
		tcp_lro_queue_mbuf(&rig->lc, m);
		T_EQ(rig->count, 0);
		m = segment(&b);
		m->m_pkthdr.rcvif = rig->fake->ifp;
		tcp_lro_queue_mbuf(&rig->lc, m);
		a.seq += 100;
		b.seq += 100;
	}
	/*
	 * The queue was full.  With one entry only, the second connection was
	 * handed up as it came, after it had been sorted behind the first.
	 */
	T_EQ(rig->count, 4);
	T_EQ(rig->got[3].segments, 3);
	/* What has no hash is not queued. */
	m = segment(&a);
	m->m_pkthdr.rcvif = rig->fake->ifp;
	M_HASHTYPE_CLEAR(m);
	tcp_lro_queue_mbuf(&rig->lc, m);
	T_EQ(rig->count, 5);
	rig_free(rig);
}

KERNEL_TEST(lro, old_ones_are_flushed)
{
	struct rig *rig = rig_new(8, 0);
	const struct timeval timeout = { 0, 50000 };
	struct seg s = plain;

	T_EQ(rx(rig, &s), 0);
	epoch_exit_preempt(net_epoch_preempt, &rig->et);
	pause("lro", hz / 10);
	epoch_enter_preempt(net_epoch_preempt, &rig->et);
	s.port++;
	T_EQ(rx(rig, &s), 0);
	tcp_lro_flush_inactive(&rig->lc, &timeout);
	T_EQ(rig->count, 1);
	T_EQ(get16(rig->got[0].data + 34), plain.port);
	rig_free(rig);
}

/* What is held when it ends is freed: the test would name it. */
KERNEL_TEST(lro, nothing_is_left_behind)
{
	struct rig *rig = rig_new(8, 4);
	struct kernel_faults faults = { .kinds = 1 << KF_MALLOC,
		.site = "LRO@",
		.first = 1 };
	struct lro_ctrl lc;
	struct mbuf *m = segment(&plain);

	T_EQ(rx(rig, &plain), 0);
	tcp_lro_queue_mbuf(&rig->lc, m);
	kernel_faults_set(&faults);
	T_EQ(tcp_lro_init(&lc), ENOMEM);
	kernel_faults_set(NULL);
	T_EQ(tcp_lro_init(&lc), 0);
	T_EQ(lc.lro_cnt, TCP_LRO_ENTRIES);
	tcp_lro_free(&lc);
	rig_free(rig);
}
