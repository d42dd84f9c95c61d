/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * netif.h: sending with wishes, receiving with what is known.
 */
#include "tests/kernel/fakenet.h"

#include <machine/in_cksum.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>

#include "tests/test.h"

static struct seen *
seen_new(void)
{
	return (malloc(sizeof(struct seen), M_TEMP, M_WAITOK | M_ZERO));
}

/*
 * --- sending ---
 */

KERNEL_TEST(netif, sends_what_it_is_given)
{
	struct fakenet *fake = fakenet_create();
	uint8_t *p = malloc(9014, M_TEMP, M_WAITOK), *q;
	static const size_t sizes[] = { 14, 60, 165, 166, 167, 1514, 2047, 2048,
		2049, 9014 };
	struct iovec iov[3];
	struct netif_frame frame = { .iov = iov, .iovcnt = 3 };
	struct mbuf *m;

	q = malloc(9014, M_TEMP, M_WAITOK);
	for (size_t i = 0; i < 9014; i++)
		p[i] = (uint8_t)(i * 7 + i / 256);
	p[0] = 2;
	T_EQ(netif_set_mtu(fake->netif, 9000), 0);
	for (size_t i = 0; i < nitems(sizes); i++) {
		frame.length = (uint32_t)sizes[i];
		iov[0] = (struct iovec) { p, 5 };
		iov[1] = (struct iovec) { p + 5, 0 };
		iov[2] = (struct iovec) { p + 5, sizes[i] - 5 };
		T_EQ(netif_output(fake->netif, &frame, 1, NULL), 1);
		m = fakenet_sent(fake);
		T_REQUIRE(m != NULL);
		T_EQ(m->m_pkthdr.len, sizes[i]);
		T_EQ(m_length(m, NULL), sizes[i]);
		m_copydata(m, 0, (int)sizes[i], (caddr_t)q);
		T_EQ(memcmp(p, q, sizes[i]), 0);
		T_TRUE(m->m_pkthdr.rcvif == NULL);
		T_EQ(m->m_pkthdr.csum_flags, 0);
		m_freem(m);
	}
	free(p, M_TEMP);
	free(q, M_TEMP);
	fakenet_destroy(fake);
}

KERNEL_TEST(netif, checks_as_the_stack_does)
{
	struct fakenet *fake = fakenet_create();
	struct netif *n = fake->netif;
	uint8_t *p = malloc(2000, M_TEMP, M_WAITOK | M_ZERO);

	T_EQ(send_bytes(n, p, 13, 0), EMSGSIZE);
	T_EQ(send_bytes(n, p, 1514, 0), 0);
	T_EQ(send_bytes(n, p, 1515, 0), EMSGSIZE);
	T_EQ(send_bytes(n, p, 1514, NETIF_VLAN), 0);
	T_EQ(send_bytes(n, p, 60, NETIF_TX_TCP4 | NETIF_TX_UDP4), EINVAL);
	T_EQ(send_bytes(n, p, 60, NETIF_TX_SEGMENT | NETIF_TX_TCP4), EINVAL);
	T_EQ(mbufq_len(&fake->sent), 2);
	/* Who wants to make mistakes can. */
	T_EQ(send_bytes(n, p, 2000, NETIF_TX_RAW), 0);
	T_EQ(send_bytes(n, p, 1, NETIF_TX_RAW), 0);
	T_EQ(netif_down(n), 0);
	T_EQ(send_bytes(n, p, 60, 0), ENETDOWN);
	T_EQ(send_bytes(n, p, 60, NETIF_TX_RAW), 0);
	free(p, M_TEMP);
	fakenet_destroy(fake);
}

KERNEL_TEST(netif, stops_at_the_first_that_is_refused)
{
	struct fakenet *fake = fakenet_create();
	uint8_t p[60] = { 2 };
	struct iovec iov = { p, sizeof(p) };
	struct netif_frame frames[3] = {
		{ .iov = &iov, .iovcnt = 1, .length = 60 }
	};
	int error;

	frames[1] = frames[2] = frames[0];
	frames[1].length = 13;
	T_EQ(netif_output(fake->netif, frames, 3, &error), 1);
	T_EQ(error, EMSGSIZE);
	T_EQ(mbufq_len(&fake->sent), 1);
	frames[1].length = 60;
	T_EQ(netif_output(fake->netif, frames, 3, &error), 3);
	T_EQ(error, 0);
	fake->error = ENOBUFS;
	T_EQ(netif_output(fake->netif, frames, 3, &error), 0);
	T_EQ(error, ENOBUFS);
	fakenet_destroy(fake);
}

KERNEL_TEST(netif, wishes_become_flags)
{
	struct fakenet *fake = fakenet_create();
	uint8_t *p = malloc(4000, M_TEMP, M_WAITOK | M_ZERO);
	struct iovec iov = { p, 4000 };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = 4000,
		.flags =
		    NETIF_TX_TCP4 | NETIF_TX_SEGMENT | NETIF_VLAN | NETIF_FLOW,
		.segment_size = 1448,
		.vlan_tag = 0x6005,
		.hash_type = M_HASHTYPE_OPAQUE,
		.flow = 0x12345678 };
	struct mbuf *m;

	p[0] = 0x01;
	T_EQ(netif_output(fake->netif, &frame, 1, NULL), 1);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_pkthdr.csum_flags, CSUM_IP_TCP | CSUM_IP_TSO);
	T_EQ(m->m_pkthdr.csum_data, 16);
	T_EQ(m->m_pkthdr.tso_segsz, 1448);
	T_EQ(m->m_pkthdr.ether_vtag, 0x6005);
	T_EQ(m->m_flags & (M_VLANTAG | M_MCAST | M_BCAST), M_VLANTAG | M_MCAST);
	T_EQ(m->m_pkthdr.flowid, 0x12345678);
	T_EQ(M_HASHTYPE_GET(m), M_HASHTYPE_OPAQUE);
	m_freem(m);
	frame.flags = NETIF_TX_UDP6 | NETIF_TX_SEGMENT;
	memset(p, 0xff, 6);
	T_EQ(netif_output(fake->netif, &frame, 1, NULL), 1);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_pkthdr.csum_flags, CSUM_IP6_UDP | CSUM_IP6_TSO);
	T_EQ(m->m_pkthdr.csum_data, 6);
	T_EQ(m->m_flags & (M_VLANTAG | M_MCAST | M_BCAST), M_BCAST);
	m_freem(m);
	free(p, M_TEMP);
	fakenet_destroy(fake);
}

/*
 * A datagram of RFC 1071's kind of sum, worked out by hand: 192.0.2.1:1 to
 * 192.0.2.2:2, "abc".  The sum of the pseudo header is in the field.
 */
static void
make_udp(uint8_t p[45])
{
	static const uint8_t frame[45] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 7,
		0x08, 0x00, 0x45, 0, 0, 31, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2,
		1, 192, 0, 2, 2, 0, 1, 0, 2, 0, 11, 0x84, 0x20, 'a', 'b', 'c' };

	memcpy(p, frame, sizeof(frame));
}

KERNEL_TEST(netif, sums_what_the_interface_does_not)
{
	struct fakenet *fake = fakenet_create();
	const uint32_t wish = NETIF_TX_UDP4 | NETIF_TX_IP_CSUM;
	uint8_t p[45], q[45];
	struct mbuf *m;

	make_udp(p);
	T_EQ(send_bytes(fake->netif, p, sizeof(p), wish), 0);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	/* IPv4's is not among what the interface does. */
	T_EQ(m->m_pkthdr.csum_flags, CSUM_IP_UDP);
	m_copydata(m, 0, sizeof(q), (caddr_t)q);
	T_EQ(q[24] << 8 | q[25], 0xf6ca);
	T_EQ(q[40] << 8 | q[41], 0x8420);
	m_freem(m);
	T_EQ(netif_set_capabilities(fake->netif, 0), 0);
	T_EQ(send_bytes(fake->netif, p, sizeof(p), wish), 0);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_pkthdr.csum_flags, 0);
	m_copydata(m, 0, sizeof(q), (caddr_t)q);
	T_EQ(q[24] << 8 | q[25], 0xf6ca);
	T_EQ(q[40] << 8 | q[41], 0xb76e);
	m_freem(m);
	T_EQ(
	    send_bytes(fake->netif, p, sizeof(p), NETIF_TX_RAW | NETIF_TX_UDP4),
	    0);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_pkthdr.csum_flags, CSUM_IP_UDP);
	m_freem(m);
	fakenet_destroy(fake);
}

KERNEL_TEST(netif, segments_only_where_that_is_enabled)
{
	struct fakenet *fake = fakenet_create();
	uint8_t *p = malloc(4000, M_TEMP, M_WAITOK | M_ZERO);
	struct iovec iov = { p, 4000 };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = 4000,
		.flags = NETIF_TX_TCP4 | NETIF_TX_SEGMENT,
		.segment_size = 1448 };
	int error;

	T_EQ(netif_set_capabilities(fake->netif,
		 NETIF_CAP_TSO6 | NETIF_CAP_TXCSUM | NETIF_CAP_TXCSUM_IPV6),
	    0);
	T_EQ(netif_output(fake->netif, &frame, 1, &error), 0);
	T_EQ(error, EOPNOTSUPP);
	frame.flags = NETIF_TX_TCP6 | NETIF_TX_SEGMENT;
	T_EQ(netif_output(fake->netif, &frame, 1, &error), 1);
	/* With a tag it takes VLAN_HWTSO as well. */
	frame.flags |= NETIF_VLAN;
	T_EQ(netif_output(fake->netif, &frame, 1, &error), 0);
	T_EQ(error, EOPNOTSUPP);
	free(p, M_TEMP);
	fakenet_destroy(fake);
}

static void
released(void *arg)
{
	++*(int *)arg;
}

KERNEL_TEST(netif, external_storage_comes_back_once)
{
	struct fakenet *fake = fakenet_create();
	uint8_t *p = kernel_buffer_alloc(4096);
	int count = 0, error;
	struct iovec iov[3] = { { p, 14 }, { p + 100, 50 }, { p + 300, 7 } };
	struct netif_frame frame = { .iov = iov,
		.iovcnt = 1,
		.length = 14,
		.release = released,
		.release_arg = &count };
	struct mbuf *m;

	memset(p, 2, 4096);
	T_EQ(netif_output(fake->netif, &frame, 1, NULL), 1);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_TRUE(mtod(m, uint8_t *) == p);
	T_FALSE(M_WRITABLE(m));
	T_EQ(count, 0);
	m_freem(m);
	T_EQ(count, 1);
	frame.iovcnt = 3;
	frame.length = 71;
	T_EQ(netif_output(fake->netif, &frame, 1, NULL), 1);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_pkthdr.len, 71);
	m = m_free(m);
	T_EQ(count, 1);
	m_freem(m);
	T_EQ(count, 2);
	/* Whatever it is refused for. */
	fake->error = ENOBUFS;
	T_EQ(netif_output(fake->netif, &frame, 1, &error), 0);
	T_EQ(count, 3);
	frame.length = 13;
	T_EQ(netif_output(fake->netif, &frame, 1, &error), 0);
	T_EQ(error, EMSGSIZE);
	T_EQ(count, 4);
	frame.length = 70; /* not what iov says */
	T_EQ(netif_output(fake->netif, &frame, 1, &error), 0);
	T_EQ(count, 5);
	frame.length = 71;
	frame.iovcnt = NETIF_EXTERNAL_IOV + 1;
	T_EQ(netif_output(fake->netif, &frame, 1, &error), 0);
	T_EQ(error, EINVAL);
	T_EQ(count, 6);
	fakenet_destroy(fake);
	kernel_buffer_free(p);
}

/* Sums are not written into what somebody else owns. */
KERNEL_TEST(netif, external_storage_is_not_written_to)
{
	struct fakenet *fake = fakenet_create();
	uint8_t *p = kernel_buffer_alloc(4096), q[45];
	int count = 0;
	struct iovec iov = { p, 45 };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = 45,
		.flags = NETIF_TX_UDP4,
		.release = released,
		.release_arg = &count };
	struct mbuf *m;

	make_udp(p);
	T_EQ(netif_set_capabilities(fake->netif, 0), 0);
	T_EQ(netif_output(fake->netif, &frame, 1, NULL), 1);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	m_copydata(m, 0, sizeof(q), (caddr_t)q);
	T_EQ(q[40] << 8 | q[41], 0xb76e);
	T_EQ(p[40] << 8 | p[41], 0x8420);
	m_freem(m);
	T_EQ(count, 1);
	fakenet_destroy(fake);
	kernel_buffer_free(p);
}

KERNEL_TEST(netif, no_mbufs)
{
	struct fakenet *fake = fakenet_create();
	struct kernel_faults faults = { .kinds = 1 << KF_UMA, .first = 1 };
	uint8_t p[60] = { 2 };

	kernel_faults_set(&faults);
	T_EQ(send_bytes(fake->netif, p, sizeof(p), 0), ENOBUFS);
	T_EQ(send_bytes(fake->netif, p, sizeof(p), 0), 0);
	kernel_faults_set(NULL);
	fakenet_destroy(fake);
}

/*
 * --- receiving ---
 */

KERNEL_TEST(netif, shows_each_frame_where_it_is)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = seen_new();
	struct netif_counters c;
	struct mbuf *m = fakenet_frame(NULL, 60);

	netif_set_input(fake->netif, see, seen);
	m->m_pkthdr.csum_flags =
	    CSUM_IP_CHECKED | CSUM_IP_VALID | CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
	m->m_pkthdr.csum_data = 0xffff;
	m->m_pkthdr.flowid = 99;
	M_HASHTYPE_SET(m, M_HASHTYPE_RSS_TCP_IPV4);
	fakenet_receive(fake, m);
	T_EQ(seen->count, 1);
	T_EQ(seen->length, 60);
	T_EQ(seen->flow, 99);
	T_EQ(seen->flags,
	    NETIF_RX_IP_CHECKED | NETIF_RX_IP_GOOD | NETIF_RX_L4_GOOD |
		NETIF_FLOW);
	T_EQ(seen->data[59], 0x5a);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.ipackets, 1);
	T_EQ(c.ibytes, 60);
	/* Half of what is to be said is nothing. */
	m = fakenet_frame(NULL, 60);
	m->m_pkthdr.csum_flags = CSUM_DATA_VALID;
	m->m_pkthdr.csum_data = 0xffff;
	fakenet_receive(fake, m);
	T_EQ(seen->flags, 0);
	/* Without a function they are dropped. */
	netif_set_input(fake->netif, NULL, NULL);
	fakenet_receive(fake, fakenet_frame(NULL, 60));
	T_EQ(seen->count, 2);
	free(seen, M_TEMP);
	fakenet_destroy(fake);
}

KERNEL_TEST(netif, shows_frames_of_many_pieces)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = seen_new();
	struct mbuf *m = fakenet_frame(NULL, 40), *n;

	netif_set_input(fake->netif, see, seen);
	for (int i = 0; i < 40; i++) {
		n = m_get(M_WAITOK, MT_DATA);
		n->m_len = i % 8 == 0 ? 0 : 3;
		memset(n->m_data, i, 3);
		m->m_pkthdr.len += n->m_len;
		m_cat(m_last(m), n);
	}
	fakenet_receive(fake, m);
	T_EQ(seen->length, 40 + 35 * 3);
	T_EQ(seen->data[seen->length - 1], 39);
	free(seen, M_TEMP);
	fakenet_destroy(fake);
}

KERNEL_TEST(netif, says_whom_a_frame_is_for)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = seen_new();
	struct netif_counters c;
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 9 };
	static const uint8_t group[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };

	netif_set_input(fake->netif, see, seen);
	fakenet_receive(fake, fakenet_frame(other, 60));
	T_EQ(seen->flags, NETIF_RX_PROMISC);
	fakenet_receive(fake, fakenet_frame(group, 60));
	T_EQ(seen->flags, NETIF_RX_MCAST);
	fakenet_receive(fake, fakenet_frame(all, 60));
	T_EQ(seen->flags, NETIF_RX_BCAST);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.imcasts, 2);
	if_setflagbits(fake->ifp, IFF_MONITOR, 0);
	fakenet_receive(fake, fakenet_frame(NULL, 60));
	T_EQ(seen->count, 3);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.ibytes, 240);
	free(seen, M_TEMP);
	fakenet_destroy(fake);
}

/* The driver counts bytes itself when it says so. */
KERNEL_TEST(netif, hwstats)
{
	struct fakenet *fake = fakenet_create();
	struct netif_counters c;

	if_setcapenablebit(fake->ifp, IFCAP_HWSTATS, 0);
	fakenet_receive(fake, fakenet_frame(NULL, 60));
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.ibytes, 0);
	fakenet_destroy(fake);
}

static struct netif_packet *kept;

static void
keep(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	(void)arg;
	(void)netif;
	kept = netif_keep(frame);
}

KERNEL_TEST(netif, a_packet_may_be_kept_and_sent)
{
	struct fakenet *fake = fakenet_create();
	struct mbuf *m = fakenet_frame(NULL, 60), *first = m;
	struct netif_frame frame = { .flags = 0 };

	netif_set_input(fake->netif, keep, NULL);
	m->m_pkthdr.csum_flags = CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
	m->m_pkthdr.csum_data = 0xffff;
	fakenet_receive(fake, m);
	T_EQ(netif_packet_output(fake->netif, kept, &frame), 0);
	m = fakenet_sent(fake);
	T_TRUE(m == first);
	T_EQ(m->m_pkthdr.csum_flags, 0);
	T_TRUE(m->m_pkthdr.rcvif == NULL);
	m_freem(m);
	fakenet_receive(fake, fakenet_frame(NULL, 60));
	netif_packet_drop(kept);
	fakenet_receive(fake, fakenet_frame(NULL, 1515));
	T_EQ(netif_packet_output(fake->netif, kept, &frame), EMSGSIZE);
	fakenet_destroy(fake);
}

/* A function that sends what comes back at once: each has its own view. */
static void
echo(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct netif_frame out = *frame;
	int *left = arg;
	uint32_t length = frame->length;

	if ((*left)-- == 0)
		return;
	out.flags = 0;
	out.packet = NULL;
	T_EQ(netif_output(netif, &out, 1, NULL), 1);
	T_EQ(frame->length, length);
	T_EQ(((uint8_t *)frame->iov[0].iov_base)[1], 0);
}

KERNEL_TEST(netif, an_input_function_may_send)
{
	struct fakenet *fake = fakenet_create();
	int left = 5;

	fake->loop = true;
	netif_set_input(fake->netif, echo, &left);
	fakenet_receive(fake, fakenet_frame(NULL, 60));
	T_EQ(left, -1);
	fakenet_destroy(fake);
}

static void
count_link(void *arg, struct netif *netif, enum netif_link link)
{
	(void)netif;
	*(enum netif_link *)arg = link;
}

KERNEL_TEST(netif, tells_of_the_link)
{
	struct fakenet *fake = fakenet_create();
	enum netif_link link = NETIF_LINK_UNKNOWN;

	netif_set_link_event(fake->netif, count_link, &link);
	if_link_state_change(fake->ifp, LINK_STATE_UP);
	pause("link", 1);
	T_EQ(link, NETIF_LINK_UP);
	fakenet_destroy(fake);
}

static void
count_names(void *arg, const char *name)
{
	T_STR(name, "fake3");
	++*(int *)arg;
}

KERNEL_TEST(netif, all_that_are_attached)
{
	struct fakenet *fake = fakenet_create();
	if_t other = if_alloc(IFT_ETHER);
	int count = 0;

	netif_foreach(count_names, &count);
	T_EQ(count, 1);
	if_free(other);
	fakenet_destroy(fake);
	netif_foreach(count_names, &count);
	T_EQ(count, 1);
}
