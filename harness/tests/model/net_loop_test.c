/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports in memory: echo, reflection, sink and source, behind a device.
 */
#include <string.h>

#include "tests/model/netrig.h"
#include "tests/test.h"

static const uint8_t peer[6] = { 0x02, 0, 0, 0, 0, 0x11 };

/* The rig's own port gives way to one of these. */
static struct netport *
start(struct netrig *nr, const struct netport_loop_config *config)
{
	const struct vnet_config none = { .name = NULL };
	struct netport *port = config != NULL ? netport_loop_new(config) :
						netport_source_new("source", 1);

	T_REQUIRE(port != NULL);
	memset(nr, 0, sizeof(*nr));
	rig_init(&nr->rig);
	nr->next_buffer = RIG_BUFFERS;
	nr->hdr_bytes = VIRTIO_NET_HDR_BYTES;
	rig_transport(&nr->rig, vnet_new(&none, port));
	netrig_start(nr,
	    nr->rig.dev->offered & ~(NETBIT(CTRL_RX) | NETBIT(HASH_REPORT)));
	return (port);
}

static void
finish(struct netrig *nr, struct netport *port)
{
	rig_fini(&nr->rig);
	netport_close(port);
}

TEST(net_loop, an_echo)
{
	const struct netport_loop_config config = { .kind = NETPORT_ECHO };
	uint8_t frame[1514], got[1514];
	struct netport *port;
	struct netrig nr;
	unsigned i;

	port = start(&nr, &config);
	netrig_buffers(&nr, 0, 32, 2048);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	for (i = 14; i <= 1514; i += 100) {
		T_EQ(netrig_send(&nr, 0, NULL, frame, i), 0);
		T_EQ(netrig_received(&nr, 0, NULL, got), i);
		T_TRUE(memcmp(frame, got, i) == 0);
	}
	T_EQ(port->stats.out_frames, 16);
	T_EQ(port->stats.in_frames, 16);
	finish(&nr, port);
}

/* One that takes offloads gives them back with them. */
TEST(net_loop, an_echo_of_offloads)
{
	const struct netport_loop_config config = { .kind = NETPORT_ECHO,
		.takes = NET_OFFLOAD_ALL };
	const struct virtio_net_hdr header = { .flags = 1,
		.gso_type = 1,
		.hdr_len = wire16(54),
		.gso_size = wire16(1000),
		.csum_start = wire16(34),
		.csum_offset = wire16(16) };
	static uint8_t frame[9054], got[9054];
	struct virtio_net_hdr back;
	struct netport *port;
	struct netrig nr;

	port = start(&nr, &config);
	netrig_buffers(&nr, 0, 32, 2048);
	(void)netrig_packet(frame, peer, 4, 6, sizeof(frame));
	(void)netrig_send(&nr, 0, &header, frame, sizeof(frame));
	T_EQ(netrig_received(&nr, 0, &back, got), 9054);
	T_TRUE(memcmp(frame, got, sizeof(frame)) == 0);
	T_EQ(wire16(back.num_buffers), 5);
	back.num_buffers = 0;
	T_TRUE(memcmp(&back, &header, 12) == 0);
	finish(&nr, port);
}

TEST(net_loop, a_reflection)
{
	const struct netport_loop_config config = { .kind = NETPORT_REFLECT };
	struct netrig_piece pieces[4];
	uint8_t frame[60], got[60];
	struct netport *port;
	struct netrig nr;
	unsigned cut;
	uint64_t gpa;

	port = start(&nr, &config);
	netrig_buffers(&nr, 0, 32, 2048);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	for (cut = 1; cut < 20; cut++) {
		gpa = netrig_alloc(&nr, 72);
		memset(rig_at(&nr.rig, gpa), 0, 12);
		memcpy((uint8_t *)rig_at(&nr.rig, gpa) + 12, frame, 60);
		pieces[0] = (struct netrig_piece) { gpa, 12, 0 };
		pieces[1] = (struct netrig_piece) { gpa + 12, cut, 0 };
		pieces[2] =
		    (struct netrig_piece) { gpa + 12 + cut, 60 - cut, 0 };
		(void)netrig_add(&nr, 1, pieces, 3);
		netrig_kick(&nr, 1);
		T_EQ(netrig_received(&nr, 0, NULL, got), 60);
		T_TRUE(memcmp(got, frame + 6, 6) == 0);
		T_TRUE(memcmp(got + 6, frame, 6) == 0);
		T_TRUE(memcmp(got + 12, frame + 12, 48) == 0);
	}
	finish(&nr, port);
}

TEST(net_loop, an_echo_without_buffers)
{
	struct netport_loop_config config = { .kind = NETPORT_ECHO };
	struct virtq_used_elem elem;
	struct netrig_piece piece;
	uint8_t frame[60];
	struct netport *port;
	struct netrig nr;
	unsigned i;

	/* Dropped, and counted ... */
	port = start(&nr, &config);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	(void)netrig_send(&nr, 0, NULL, frame, 60);
	T_EQ(port->stats.in_drops[NETPORT_DROP_BUFFER], 1);
	finish(&nr, port);
	/* ... or it holds the queue until there are buffers. */
	config.waits = true;
	port = start(&nr, &config);
	piece = (struct netrig_piece) { netrig_alloc(&nr, 72), 72, 0 };
	memset(rig_at(&nr.rig, piece.gpa), 0, 72);
	for (i = 0; i < 3; i++)
		(void)netrig_add(&nr, 1, &piece, 1);
	netrig_kick(&nr, 1);
	T_FALSE(netrig_used(&nr, 1, &elem));
	netrig_buffers(&nr, 0, 2, 2048);
	T_TRUE(netrig_used(&nr, 1, &elem));
	T_TRUE(netrig_used(&nr, 1, &elem));
	T_FALSE(netrig_used(&nr, 1, &elem));
	netrig_buffers(&nr, 0, 1, 2048);
	T_TRUE(netrig_used(&nr, 1, &elem));
	for (i = 0; i < 3; i++)
		T_EQ(netrig_received(&nr, 0, NULL, NULL), 60);
	T_EQ(port->stats.out_frames, 3);
	finish(&nr, port);
}

TEST(net_loop, a_sink_and_a_source)
{
	const struct netport_loop_config config = { .kind = NETPORT_SINK };
	uint8_t frame[60];
	struct iovec iov[2] = { { frame, 20 }, { frame + 20, 40 } };
	const struct net_frame from = { .iov = iov, .iovcnt = 2, .length = 60 };
	struct netport *port;
	struct netrig nr;
	unsigned i;

	port = start(&nr, &config);
	netrig_ether(frame, peer, 0x0800, sizeof(frame));
	(void)netrig_send(&nr, 0, NULL, frame, 60);
	T_EQ(port->stats.out_frames, 1);
	T_EQ(port->stats.out_bytes, 60);
	finish(&nr, port);
	port = start(&nr, NULL);
	netrig_buffers(&nr, 0, 40, 256);
	T_TRUE(netport_source_start(port, &from, 100));
	rig_work(&nr.rig);
	T_EQ(netrig_stats(&nr)->pairs[0].rx_frames, 40);
	netrig_buffers(&nr, 0, 20, 256);
	for (i = 0; i < 60; i++)
		T_EQ(netrig_received(&nr, 0, NULL, NULL), 60);
	netrig_buffers(&nr, 0, 60, 256);
	T_EQ(netrig_stats(&nr)->pairs[0].rx_frames, 100);
	finish(&nr, port);
}

/* At saturation: a notification and an interrupt a round (5.1.6.4). */
TEST(net_loop, a_round_is_one_interrupt)
{
	const struct netport_loop_config config = { .kind = NETPORT_ECHO,
		.waits = true };
	struct netrig_piece piece;
	struct netport *port;
	struct netrig nr;
	unsigned i;

	port = start(&nr, &config);
	netrig_buffers(&nr, 0, 60, 256);
	piece = (struct netrig_piece) { netrig_alloc(&nr, 72), 72, 0 };
	memset(rig_at(&nr.rig, piece.gpa), 0, 72);
	for (i = 0; i < 50; i++)
		(void)netrig_add(&nr, 1, &piece, 1);
	netrig_kick(&nr, 1);
	T_EQ(netrig_stats(&nr)->pairs[0].rx_frames, 50);
	T_EQ(netrig_stats(&nr)->pairs[0].rx_interrupts, 1);
	T_EQ(netrig_stats(&nr)->pairs[0].tx_interrupts, 1);
	finish(&nr, port);
}
