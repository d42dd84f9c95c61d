/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The switch: who gets which frame (IEEE 802.1Q, 8.6 and 8.7), and what
 * happens when there is no room.
 */
#include <errno.h>
#include <string.h>

#include "tests/model/portrig.h"
#include "tests/test.h"

#define PORTS  4
#define SECOND UINT64_C(1000000000)

static struct portrig rigs[PORTS];
static struct netframe nf;
static uint64_t now;

static void
begin(uint32_t addresses)
{
	const struct netswitch_config config = {
		.nports = PORTS,
		.nqueues = 2,
		.mtu = 9000,
		.addresses = addresses,
		.queue_bytes = 128 << 10,
		.age = 10 * SECOND,
		.clock = portrig_clock,
		.clock_arg = &now,
	};
	struct netport *ports[PORTS];
	unsigned i;

	now = 1000 * SECOND;
	T_REQUIRE(netswitch_new(&config, ports) == 0);
	for (i = 0; i < PORTS; i++)
		portrig_begin(&rigs[i], ports[i]);
}

static void
end(void)
{
	unsigned i;

	for (i = 0; i < PORTS; i++)
		portrig_end(&rigs[i]);
}

/* Sends a frame from the port; the ports that get it, as bits. */
static unsigned
send_frame(unsigned port)
{
	unsigned i, got = 0;

	T_TRUE(netport_transmit(rigs[port].port, 0, &nf.frame));
	for (i = 0; i < PORTS; i++) {
		while (netport_receive(rigs[i].port, 0, 8))
			;
		if (rigs[i].count == 1 && portrig_is(&rigs[i], 0, &nf.frame))
			got |= 1u << i;
		else
			T_EQ(rigs[i].count, 0);
		portrig_clear(&rigs[i]);
	}
	return (got);
}

/* From station `from` to `to`, in that VLAN; 0: untagged. */
static unsigned
send_to(unsigned port, unsigned from, unsigned to, unsigned vlan)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.payload = 10,
		.vlans = vlan != 0 };

	netframe_make(&nf, &spec);
	nf.bytes[5] = (uint8_t)to;
	nf.bytes[10] = (uint8_t)(from >> 8);
	nf.bytes[11] = (uint8_t)from;
	if (vlan != 0) {
		nf.bytes[14] = (uint8_t)(0xe0 | vlan >> 8);
		nf.bytes[15] = (uint8_t)vlan;
	}
	return (send_frame(port));
}

static struct netswitch_stats
stats(void)
{
	struct netswitch_stats all;

	netswitch_stats(netswitch_of(rigs[0].port), &all);
	return (all);
}

TEST(backend_switch, learns)
{
	begin(0);
	T_EQ(send_to(0, 10, 11, 0), 0xe);
	T_EQ(send_to(1, 11, 10, 0), 0x1);
	T_EQ(send_to(0, 10, 11, 0), 0x2);
	/* It moves to another port. */
	T_EQ(send_to(3, 10, 11, 0), 0x2);
	T_EQ(send_to(1, 11, 10, 0), 0x8);
	/* Behind the same port: nobody's business. */
	T_EQ(send_to(3, 12, 10, 0), 0);
	T_EQ(stats().flooded, 1);
	T_EQ(stats().forwarded, 4);
	T_EQ(stats().filtered, 1);
	T_EQ(stats().learned, 3);
	T_EQ(stats().moved, 1);
	T_EQ(stats().addresses, 3);
	end();
}

TEST(backend_switch, groups_and_reserved_addresses)
{
	begin(0);
	(void)send_to(1, 11, 10, 0);
	nf.bytes[0] = 0x01;
	T_EQ(send_frame(0), 0xe);
	memset(nf.bytes, 0xff, 6);
	T_EQ(send_frame(0), 0xe);
	/* Spanning tree's. */
	memcpy(nf.bytes, "\x01\x80\xc2\x00\x00\x00", 6);
	T_EQ(send_frame(0), 0);
	nf.bytes[5] = 0x0f;
	T_EQ(send_frame(0), 0);
	nf.bytes[5] = 0x10;
	T_EQ(send_frame(0), 0xe);
	/* A group is nobody's own address. */
	T_EQ(stats().addresses, 1);
	nf.bytes[6] |= 1;
	T_EQ(send_frame(2), 0xb);
	T_EQ(stats().addresses, 1);
	end();
}

TEST(backend_switch, forgets)
{
	begin(0);
	(void)send_to(1, 11, 10, 0);
	now += 10 * SECOND - 1;
	T_EQ(send_to(0, 10, 11, 0), 0x2);
	(void)send_to(1, 11, 10, 0);
	now += 10 * SECOND - 1;
	T_EQ(send_to(0, 10, 11, 0), 0x2);
	now += 1;
	T_EQ(send_to(0, 10, 11, 0), 0xe);
	T_EQ(stats().addresses, 1);
	/* A clock that goes back forgets nothing. */
	now -= 500 * SECOND;
	T_EQ(send_to(1, 11, 10, 0), 0x1);
	end();
}

TEST(backend_switch, table_is_limited)
{
	unsigned i;

	begin(5);
	for (i = 0; i < 100; i++)
		(void)send_to(0, 100 + i, 1, 0);
	T_EQ(stats().addresses, 5);
	T_EQ(stats().unlearned, 95);
	/* Those that are known stay so; the others are for everybody. */
	T_EQ(send_to(1, 1, 104, 0), 0x1);
	T_EQ(send_to(1, 1, 105, 0), 0xd);
	now += 11 * SECOND;
	(void)send_to(2, 300, 1, 0);
	T_EQ(stats().addresses, 1);
	end();
}

TEST(backend_switch, many_addresses)
{
	unsigned i, wrong = 0;

	begin(1000);
	for (i = 0; i < 1000; i++) {
		now++;
		(void)send_to(i % PORTS, i << 4, 250, 0);
	}
	T_EQ(stats().addresses, 1000);
	T_EQ(stats().learned, 1000);
	/* To all of the first 16 by their last byte. */
	for (i = 0; i < 15; i++)
		wrong +=
		    send_to((i + 1) % PORTS, 1, i << 4, 0) != 1u << i % PORTS;
	T_EQ(wrong, 0);
	/* The oldest go first. */
	now = 1000 * SECOND + 10 * SECOND + 500;
	(void)send_to(0, 77, 250, 0);
	T_EQ(stats().addresses, 1000 - 500 + 1);
	end();
}

TEST(backend_switch, vlans)
{
	begin(0);
	netswitch_vlan(rigs[3].port, 100, false);
	netswitch_vlan(rigs[2].port, 0, false);
	T_EQ(send_to(0, 10, 11, 100), 0x6);
	T_EQ(send_to(0, 10, 11, 101), 0xe);
	T_EQ(send_to(0, 10, 11, 0), 0xa);
	/* It does not come in either. */
	T_EQ(send_to(3, 10, 11, 100), 0);
	T_EQ(send_to(2, 10, 11, 0), 0);
	/* Addresses are those of a VLAN. */
	(void)send_to(1, 11, 10, 101);
	T_EQ(send_to(0, 10, 11, 101), 0x2);
	T_EQ(send_to(0, 10, 11, 100), 0x6);
	/* Known, but not allowed there any more. */
	netswitch_vlan(rigs[1].port, 101, false);
	T_EQ(send_to(0, 10, 11, 101), 0);
	netswitch_vlan(rigs[1].port, 101, true);
	T_EQ(send_to(0, 10, 11, 101), 0x2);
	/* A tag with a priority and no VLAN is no tag. */
	T_EQ(send_to(0, 10, 11, 0xe000), 0xa);
	end();
}

TEST(backend_switch, offloads_pass)
{
	const struct netframe_spec spec = { .version = 6,
		.proto = NET_PROTO_TCP,
		.payload = 60000,
		.partial = true,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN,
		.gso_size = 1400 };
	const struct net_frame *got;

	begin(0);
	T_EQ(rigs[0].port->takes, NET_OFFLOAD_ALL);
	T_EQ(rigs[0].port->nqueues, 2);
	T_EQ(rigs[0].port->mtu, 9000);
	netframe_make(&nf, &spec);
	netframe_split(&nf, 999);
	T_TRUE(netport_transmit(rigs[0].port, 1, &nf.frame));
	T_EQ(rigs[1].ready, 1);
	T_FALSE(netport_receive(rigs[1].port, 0, 8));
	T_EQ(rigs[1].count, 1);
	T_TRUE(portrig_is(&rigs[1], 0, &nf.frame));
	T_EQ(rigs[1].frames[0].queue, NETPORT_QUEUE_ANY);
	got = &rigs[1].frames[0].frame;
	T_EQ(got->flags, nf.frame.flags);
	T_EQ(got->gso_type, nf.frame.gso_type);
	T_EQ(got->gso_size, nf.frame.gso_size);
	T_EQ(got->hdr_len, nf.frame.hdr_len);
	T_EQ(got->csum_start, nf.frame.csum_start);
	T_EQ(got->csum_offset, nf.frame.csum_offset);
	end();
}

/* A port that takes nothing harms nobody but itself. */
TEST(backend_switch, a_full_port_drops_and_counts)
{
	const struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.payload = 1000 };
	unsigned i, fit;

	begin(0);
	rigs[1].buffers = 0;
	netframe_make(&nf, &spec);
	for (i = 0; i < 500; i++) {
		T_TRUE(netport_transmit(rigs[0].port, 0, &nf.frame));
		T_FALSE(netport_receive(rigs[1].port, 0, 8));
		T_FALSE(netport_receive(rigs[2].port, 0, 8));
	}
	T_EQ(rigs[2].count, 500);
	T_EQ(rigs[1].count, 0);
	/* 128 KiB of frames with a little more each. */
	fit = 500 - (unsigned)rigs[1].port->stats.in_drops[NETPORT_DROP_FULL];
	T_TRUE(fit > 110 && fit <= 125);
	T_EQ(rigs[2].port->stats.in_drops[NETPORT_DROP_FULL], 0);
	rigs[1].buffers = 1000;
	while (netport_receive(rigs[1].port, 0, 7))
		;
	T_EQ(rigs[1].count, fit);
	T_EQ(rigs[1].port->stats.in_frames, fit);
	T_EQ(rigs[0].port->stats.out_frames, 500);
	end();
}

/* The ring of a queue wraps with frames of all lengths; all come out. */
TEST(backend_switch, a_queue_wraps)
{
	struct netframe_spec spec = { .version = 4, .proto = NET_PROTO_UDP };
	uint32_t sent[64] = { 0 }, n = 0, taken = 0, wrong = 0;
	unsigned i;

	begin(0);
	for (i = 0; i < 4000; i++) {
		spec.payload = i * 7919 % 30000;
		netframe_make(&nf, &spec);
		sent[n++ % 64] = nf.frame.length;
		T_TRUE(netport_transmit(rigs[0].port, 0, &nf.frame));
		if (i % 3 != 2)
			continue;
		(void)netport_receive(rigs[1].port, 0, 3);
		wrong += rigs[1].count != 3;
		for (unsigned k = 0; k < rigs[1].count; k++)
			wrong += rigs[1].frames[k].frame.length !=
			    sent[taken++ % 64];
		wrong += !portrig_is(&rigs[1], 2, &nf.frame);
		portrig_clear(&rigs[1]);
	}
	T_EQ(wrong, 0);
	T_EQ(rigs[1].port->stats.in_drops[NETPORT_DROP_FULL], 0);
	end();
}

/* What was taken by a queue that is nearly full comes out as it went in. */
TEST(backend_switch, a_full_queue_keeps_what_it_has)
{
	struct netframe_spec spec = { .version = 4, .proto = NET_PROTO_UDP };
	uint32_t sent[64] = { 0 }, n = 0, taken = 0, wrong = 0;
	uint64_t drops = 0, now_drops;
	unsigned i;

	begin(0);
	rigs[1].buffers = 0;
	for (i = 0; i < 4000; i++) {
		spec.payload = i * 7919 % 40000;
		netframe_make(&nf, &spec);
		T_TRUE(netport_transmit(rigs[0].port, 0, &nf.frame));
		now_drops = rigs[1].port->stats.in_drops[NETPORT_DROP_FULL];
		if (now_drops == drops)
			sent[n++ % 64] = spec.payload;
		drops = now_drops;
		if (i % 2 == 0)
			continue;
		rigs[1].buffers = 1;
		(void)netport_receive(rigs[1].port, 0, 1);
		spec.payload = sent[taken++ % 64];
		netframe_make(&nf, &spec);
		wrong += !portrig_is(&rigs[1], 0, &nf.frame);
		portrig_clear(&rigs[1]);
	}
	T_EQ(wrong, 0);
	T_TRUE(drops > 100);
	end();
}

TEST(backend_switch, frames_that_are_no_frames)
{
	begin(0);
	(void)send_to(1, 11, 10, 0);
	for (nf.frame.length = 0; nf.frame.length < 14; nf.frame.length++)
		T_TRUE(netport_transmit(rigs[0].port, 0, &nf.frame));
	T_EQ(rigs[0].port->stats.out_drops[NETPORT_DROP_SIZE], 14);
	/* The shortest, with half a tag. */
	nf.bytes[12] = 0x81;
	nf.bytes[13] = 0;
	netframe_split(&nf, 5);
	T_EQ(send_frame(0), 0xe);
	end();
}

/* Ports go one by one; what was behind them is forgotten. */
TEST(backend_switch, ports_close)
{
	begin(0);
	(void)send_to(1, 11, 10, 0);
	(void)send_to(2, 12, 10, 0);
	portrig_end(&rigs[1]);
	T_EQ(stats().addresses, 1);
	T_TRUE(netport_transmit(rigs[2].port, 0, &nf.frame));
	netport_detach(rigs[3].port);
	T_TRUE(netport_transmit(rigs[0].port, 0, &nf.frame));
	T_EQ(rigs[3].port->stats.in_drops[NETPORT_DROP_DOWN], 1);
	netport_close(rigs[3].port);
	portrig_end(&rigs[2]);
	portrig_end(&rigs[0]);
}

TEST(backend_switch, limits)
{
	struct netswitch_config config = { .nports = 0 };
	struct netport *ports[NETSWITCH_PORTS_MAX];
	unsigned i;

	T_EQ(netswitch_new(&config, ports), EINVAL);
	config.nports = NETSWITCH_PORTS_MAX + 1;
	T_EQ(netswitch_new(&config, ports), EINVAL);
	config.nports = 1;
	config.queue_bytes = 1000;
	T_EQ(netswitch_new(&config, ports), EINVAL);
	config.queue_bytes = 0;
	config.addresses = UINT32_MAX;
	T_EQ(netswitch_new(&config, ports), EINVAL);
	config.addresses = 1;
	config.nqueues = NETPORT_QUEUES_MAX + 1;
	T_EQ(netswitch_new(&config, ports), EINVAL);
	config.nqueues = 0;
	config.nports = NETSWITCH_PORTS_MAX;
	T_REQUIRE(netswitch_new(&config, ports) == 0);
	for (i = 0; i < NETSWITCH_PORTS_MAX; i++)
		netport_close(ports[i]);
}
