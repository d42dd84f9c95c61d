/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver against the model: what it does with a device that keeps
 * the rules, in each of the ways in which packets can be received.
 */
#include <stdio.h>
#include <string.h>

#include "model/wire/config.h"
#include "tests/drivers/vioframe.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define BSD_EINVAL 22
#define F(bit)	   VDEV_FEATURE(VIRTIO_NET_F_##bit)
#define GUEST_TSO  (F(GUEST_TSO4) | F(GUEST_TSO6))

static uint8_t bytes[VIORIG_BYTES];

/* A frame to the driver's address, or to everybody. */
static struct viorig_frame
frame_of(struct vioframe *f)
{
	struct viorig_frame frame = { .bytes = bytes };

	vioframe_make(f, bytes, NULL);
	frame.length = f->length;
	return (frame);
}

/* To everybody, of a protocol for experiments. */
static void
broadcast(void)
{
	memset(bytes, 0, sizeof(bytes));
	memset(bytes, 0xff, 6);
	bytes[12] = 0x88;
	bytes[13] = 0xb5;
}

static struct viorig_frame *
last_in(struct viorig *rig)
{
	return (&rig->in[(rig->received - 1) % VIORIG_FRAMES]);
}

static struct viorig_frame *
last_out(struct viorig *rig)
{
	return (&rig->out[(rig->sent - 1) % VIORIG_FRAMES]);
}

TEST(vioif, attaches_as_vio0)
{
	struct viorig rig = { .net = { .mac = { 2, 1, 2, 3, 4, 5 } } };
	struct netif_info info;

	viorig_boot_down(&rig);
	T_REQUIRE(viorig_attached(&rig));
	viorig_info(&rig, &info);
	T_STR(info.name, "vio0");
	T_EQ(memcmp(info.mac, rig.net.mac, 6), 0);
	T_EQ(info.mtu, 1500);
	T_EQ(info.link, NETIF_LINK_UP);
	T_EQ(info.flags & (NETIF_UP | NETIF_RUNNING), 0);
	T_HAS(fixture_log(), "vio0: <VirtIO network device> on vio_pci0");
	T_EQ(viorig_up(&rig), 0);
	viorig_info(&rig, &info);
	T_EQ(info.flags & (NETIF_UP | NETIF_RUNNING), NETIF_UP | NETIF_RUNNING);
	viorig_halt(&rig, true);
}

TEST(vioif, makes_up_an_address_when_it_is_given_none)
{
	struct viorig rig = { .net = { .without = F(MAC) } };
	struct netif_info info;

	viorig_boot_down(&rig);
	viorig_info(&rig, &info);
	/* 5.1.4.2: locally administered, for one station. */
	T_EQ(info.mac[0] & 3, 2);
	viorig_halt(&rig, true);
}

/* 5.1.3.1, 2.2.1: what needs something that is not offered is not taken. */
static void
offer_too_much(struct viorig *rig)
{
	rig->dev->offered |= F(HOST_TSO4) | F(HOST_ECN) | F(GUEST_TSO6) |
	    F(GUEST_ECN) | F(MQ) | F(RSS) | F(GUEST_ANNOUNCE) |
	    F(CTRL_MAC_ADDR);
}

TEST(vioif, takes_no_features_that_lack_others)
{
	struct viorig rig = { .tune = offer_too_much,
		.pci = { .kind = VPCI_LEGACY },
		.net = { .without = F(CSUM) | F(GUEST_CSUM) | F(CTRL_VQ) } };
	uint64_t features;

	viorig_boot(&rig);
	features = viorig_sysctl("features");
	T_EQ(features &
		(F(HOST_TSO4) | F(HOST_ECN) | F(GUEST_TSO6) | F(GUEST_ECN) |
		    F(MQ) | F(GUEST_ANNOUNCE) | F(CTRL_MAC_ADDR)),
	    0);
	T_TRUE((features & F(MRG_RXBUF)) != 0);
	T_EQ(viorig_send(&rig, bytes, 100, NULL), 0);
	T_EQ(rig.sent, 1);
	viorig_halt(&rig, false);
}

/* A modern device refuses them all; then it is used without any. */
TEST(vioif, makes_do_with_a_device_that_refuses)
{
	struct viorig rig = { .tune = offer_too_much,
		.net = { .without = F(CSUM) | F(GUEST_CSUM) | F(CTRL_VQ) } };

	viorig_boot(&rig);
	T_EQ(viorig_send(&rig, bytes, 100, NULL), 0);
	T_EQ(rig.sent, 1);
	viorig_halt(&rig, false);
}

/*
 * --- sending ---
 */

static const uint32_t sizes[] = { 14, 15, 60, 64, 120, 200, 255, 256, 511, 1000,
	1513, 1514 };

static void
send_all_sizes(struct viorig *rig)
{
	struct netif_counters counters;
	uint64_t total = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 13 + 1);
	viorig_boot(rig);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++, n++) {
		bytes[0] = 0x02;
		T_EQ(viorig_send(rig, bytes, sizes[i], NULL), 0);
		T_EQ(rig->sent, n + 1);
		T_EQ(last_out(rig)->length, sizes[i]);
		T_EQ(memcmp(last_out(rig)->bytes, bytes, sizes[i]), 0);
		/* 2.7.4.4: the header alone. */
		if (rig->old)
			T_EQ(rig->first_length[1], 10);
		total += sizes[i];
	}
	viorig_counters(rig, &counters);
	T_EQ(counters.opackets, n);
	T_EQ(counters.obytes, total);
	T_EQ(counters.oerrors, 0);
	T_EQ(rig->tapped, n);
	viorig_halt(rig, true);
}

TEST(vioif, sends_frames_of_all_sizes)
{
	struct viorig rig = { 0 };

	send_all_sizes(&rig);
}

TEST(vioif, sends_without_tables_and_events)
{
	struct viorig rig = { .net = { .queue_size = 128,
				  .without = VDEV_FEATURE(
						 VIRTIO_RING_F_INDIRECT_DESC) |
				      VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX) } };

	send_all_sizes(&rig);
}

TEST(vioif, sends_by_the_legacy_interface)
{
	struct viorig rig = { .pci = { .kind = VPCI_LEGACY } };

	send_all_sizes(&rig);
}

/* 2.7.4.4: the header is the first descriptor, and nothing else is in it. */
TEST(vioif, sends_to_old_devices)
{
	struct viorig rig = { .old = true, .net = { .without = F(MRG_RXBUF) } };

	send_all_sizes(&rig);
}

TEST(vioif, sends_in_a_ring_of_two)
{
	struct viorig rig = { .net = { .queue_size = 2 } };

	send_all_sizes(&rig);
}

/* Of send_many(): bytes of a frame. */
static uint32_t many_length = 64;

static int
send_many(struct netif *netif, void *arg)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = many_length };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = many_length };
	int error;

	for (unsigned i = 0; i < *(unsigned *)arg; i++) {
		bytes[20] = (uint8_t)i;
		error = 0;
		if (netif_output(netif, &frame, 1, &error) != 1)
			return (error);
	}
	return (0);
}

/* Interrupts for packets sent: only when the ring is full. */
TEST(vioif, sending_needs_few_interrupts_and_notifications)
{
	struct viorig rig = { 0 };
	unsigned n = 200;

	viorig_boot(&rig);
	T_EQ(viorig_call(&rig, send_many, &n), 0);
	viorig_wait(20);
	T_EQ(rig.sent, n);
	T_EQ(viorig_sysctl("tx0.interrupts"), 0);
	T_TRUE(viorig_sysctl("tx0.notifications") <= 10);
	viorig_halt(&rig, true);
}

static void
fill_the_ring(struct viorig *rig, uint32_t length)
{
	unsigned n = 1000;

	rig->full = true;
	rig->mtu = 9000;
	viorig_boot(rig);
	T_EQ(viorig_set_mtu(rig, 9000), 0);
	many_length = length;
	T_EQ(viorig_call(rig, send_many, &n), 0);
	many_length = 64;
	viorig_wait(100);
	T_EQ(rig->sent, 0);
	T_TRUE(viorig_sysctl("tx0.full") > 0);
	rig->full = false;
	netport_ready(&rig->port, 0);
	viorig_wait(200);
	T_EQ(rig->sent, n);
	for (unsigned i = 0; i < VIORIG_FRAMES; i++)
		T_EQ(rig->out[(n - 1 - i) % VIORIG_FRAMES].bytes[20],
		    (uint8_t)(n - 1 - i));
	T_TRUE(viorig_sysctl("tx0.interrupts") > 0);
	T_EQ(viorig_sysctl("tx0.errors"), 0);
	viorig_halt(rig, true);
}

TEST(vioif, what_finds_the_ring_full_is_sent_later)
{
	struct viorig rig = { 0 };

	fill_the_ring(&rig, 64);
}

/* Descriptors are short before anything else is. */
TEST(vioif, what_finds_few_descriptors_is_sent_later)
{
	struct viorig rig = { .net = { .without = VDEV_FEATURE(
					   VIRTIO_RING_F_INDIRECT_DESC) } };

	fill_the_ring(&rig, 8000);
}

TEST(vioif, what_finds_no_room_at_all_is_refused)
{
	struct viorig rig = { .full = true };
	unsigned n = 10000;

	viorig_boot(&rig);
	T_EQ(viorig_call(&rig, send_many, &n), 55); /* ENOBUFS */
	T_TRUE(viorig_sysctl("tx0.drops") > 0);
	viorig_halt(&rig, true);
}

/*
 * --- receiving ---
 */

static void
receive_sizes(struct viorig *rig, const uint32_t *list, unsigned n)
{
	struct vioframe f = { .udp = true };
	struct viorig_frame frame;
	struct netif_counters counters;

	for (unsigned i = 0; i < n; i++) {
		f.payload = list[i];
		frame = frame_of(&f);
		viorig_give(rig, &frame);
		T_EQ(rig->received, i + 1);
		if (rig->received != i + 1)
			return;
		T_EQ(last_in(rig)->length, f.length);
		T_EQ(memcmp(last_in(rig)->bytes, bytes, f.length), 0);
	}
	viorig_counters(rig, &counters);
	T_EQ(counters.ipackets, n);
	T_EQ(counters.ierrors, 0);
	T_EQ(counters.iqdrops, 0);
}

static const uint32_t payloads[] = { 0, 1, 18, 64, 100, 128, 150, 200, 1000,
	1471, 1472 };
static const uint32_t long_payloads[] = { 0, 100, 1472, 2000, 2048, 4000, 4096,
	8000, 8972 };

static void
receive_all(struct viorig *rig)
{
	viorig_boot(rig);
	receive_sizes(rig, payloads, sizeof(payloads) / sizeof(payloads[0]));
	viorig_halt(rig, true);
}

static void
receive_long(struct viorig *rig)
{
	rig->mtu = 9000;
	viorig_boot(rig);
	T_EQ(viorig_set_mtu(rig, 9000), 0);
	viorig_wait(10);
	receive_sizes(rig, long_payloads,
	    sizeof(long_payloads) / sizeof(long_payloads[0]));
	viorig_halt(rig, true);
}

TEST(vioif, receives_into_mergeable_buffers)
{
	struct viorig rig = { 0 };

	receive_all(&rig);
}

TEST(vioif, receives_into_mergeable_buffers_of_2_kib)
{
	struct viorig rig = { .net = { .without = GUEST_TSO } };

	receive_all(&rig);
}

TEST(vioif, receives_into_small_buffers)
{
	struct viorig rig = { .net = { .without = F(MRG_RXBUF) | GUEST_TSO } };

	receive_all(&rig);
}

TEST(vioif, receives_into_big_buffers)
{
	struct viorig rig = { .net = { .without = F(MRG_RXBUF) } };

	receive_all(&rig);
}

TEST(vioif, receives_without_tables)
{
	struct viorig rig = { .net = { .without = F(MRG_RXBUF) |
				      VDEV_FEATURE(
					  VIRTIO_RING_F_INDIRECT_DESC) } };

	receive_all(&rig);
}

TEST(vioif, receives_from_a_legacy_device)
{
	struct viorig rig = { .pci = { .kind = VPCI_LEGACY } };

	receive_all(&rig);
}

TEST(vioif, receives_from_old_devices)
{
	struct viorig rig = { .old = true,
		.net = { .without = F(MRG_RXBUF) | GUEST_TSO } };

	receive_all(&rig);
	T_EQ(rig.first_length[0], 10);
}

TEST(vioif, receives_into_mergeable_buffers_from_old_devices)
{
	struct viorig rig = { .old = true };

	receive_all(&rig);
}

TEST(vioif, receives_9000_bytes_into_mergeable_buffers)
{
	struct viorig rig = { .net = { .without = GUEST_TSO } };

	receive_long(&rig);
}

TEST(vioif, receives_9000_bytes_into_small_buffers)
{
	struct viorig rig = { .net = { .without = F(MRG_RXBUF) | GUEST_TSO } };

	receive_long(&rig);
}

TEST(vioif, receives_9000_bytes_into_big_buffers)
{
	struct viorig rig = { .net = { .without = F(MRG_RXBUF) } };

	receive_long(&rig);
}

TEST(vioif, small_packets_are_copied)
{
	struct viorig rig = { 0 };
	struct vioframe f = { .udp = true, .payload = 18 };
	struct viorig_frame frame;

	viorig_boot(&rig);
	frame = frame_of(&f);
	viorig_give(&rig, &frame);
	T_EQ(viorig_sysctl("rx0.copied"), 1);
	f.payload = 1000;
	frame = frame_of(&f);
	viorig_give(&rig, &frame);
	T_EQ(rig.received, 2);
	T_EQ(viorig_sysctl("rx0.copied"), 1);
	viorig_halt(&rig, true);
}

/* More than a ring, in order, with few interrupts. */
TEST(vioif, echoes_many)
{
	struct viorig rig = { .echo = true };
	unsigned n = 3000;

	viorig_boot(&rig);
	broadcast();
	T_EQ(viorig_call(&rig, send_many, &n), 0);
	viorig_wait(200);
	T_EQ(rig.sent, n);
	T_REQUIRE(rig.received == n);
	for (unsigned i = 0; i < VIORIG_FRAMES; i++)
		T_EQ(rig.in[(n - 1 - i) % VIORIG_FRAMES].bytes[20],
		    (uint8_t)(n - 1 - i));
	T_TRUE(viorig_sysctl("rx0.interrupts") < n / 10);
	viorig_halt(&rig, true);
}

TEST(vioif, a_turn_has_a_limit)
{
	struct viorig rig = { .echo = true };
	unsigned n = 200;

	kernel_setenv("hw.vio.rx_limit", "16");
	viorig_boot(&rig);
	broadcast();
	T_EQ(viorig_call(&rig, send_many, &n), 0);
	viorig_wait(100);
	T_EQ(rig.received, n);
	T_TRUE(viorig_sysctl("rx0.deferred") > 0);
	viorig_halt(&rig, true);
}

/* Not more than the MTU allows, and no runts. */
TEST(vioif, drops_what_is_too_long)
{
	struct viorig rig = { .net = { .without = F(CTRL_VLAN) } };
	struct vioframe f = { .udp = true, .payload = 1477 };
	struct viorig_frame frame;

	viorig_boot(&rig);
	frame = frame_of(&f);
	viorig_give(&rig, &frame);
	T_EQ(rig.received, 0);
	T_EQ(viorig_sysctl("rx0.long"), 1);
	/* A tag is not counted against it. */
	f.payload = 1472;
	f.tag = 5;
	frame = frame_of(&f);
	viorig_give(&rig, &frame);
	T_EQ(rig.received, 1);
	viorig_halt(&rig, true);
}

/*
 * --- MTU, up and down ---
 */

TEST(vioif, mtu_is_limited_by_the_device)
{
	struct viorig rig = { .mtu = 4000 };

	viorig_boot(&rig);
	T_EQ(viorig_sysctl("max_mtu"), 4000);
	T_EQ(viorig_set_mtu(&rig, 4001), BSD_EINVAL);
	T_EQ(viorig_set_mtu(&rig, 4000), 0);
	T_EQ(viorig_send(&rig, bytes, 4014, NULL), 0);
	T_EQ(rig.sent, 1);
	T_EQ(last_out(&rig)->length, 4014);
	viorig_halt(&rig, true);
}

TEST(vioif, a_small_mtu_is_taken_from_the_device)
{
	struct viorig rig = { .mtu = 600 };
	struct netif_info info;

	viorig_boot(&rig);
	viorig_info(&rig, &info);
	T_EQ(info.mtu, 600);
	viorig_halt(&rig, true);
}

TEST(vioif, down_and_up_again)
{
	struct viorig rig = { .echo = true };
	struct netif_info info;

	viorig_boot(&rig);
	broadcast();
	for (unsigned i = 0; i < 3; i++) {
		T_EQ(viorig_send(&rig, bytes, 64, NULL), 0);
		viorig_wait(20);
		T_EQ(rig.received, i + 1);
		T_EQ(viorig_down(&rig), 0);
		viorig_info(&rig, &info);
		T_EQ(info.flags & NETIF_RUNNING, 0);
		/* The device is there still, and says so. */
		T_EQ(info.link, NETIF_LINK_UP);
		T_EQ(viorig_send(&rig, bytes, 64, NULL), 50); /* ENETDOWN */
		T_EQ(viorig_up(&rig), 0);
	}
	viorig_halt(&rig, true);
}
