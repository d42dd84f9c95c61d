/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver and the control queue (virtio 1.3, section 5.1.6.5), by
 * what the device then does: filters, VLANs, pairs of queues, announcements,
 * coalescing; and devices that refuse or do not answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/vioframe.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define F(bit)	  VDEV_FEATURE(VIRTIO_NET_F_##bit)
#define SECOND	  UINT64_C(1000000000)
#define BSD_EPERM 1
#define BSD_EIO	  5

static uint8_t bytes[VIORIG_BYTES];
static const uint8_t own[6] = { 2, 1, 2, 3, 4, 5 };
static const uint8_t other[6] = { 2, 1, 2, 3, 4, 6 };
static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 1 };

/* Whether a frame to that address arrives. */
static bool
arrives_tagged(struct viorig *rig, const uint8_t *mac, uint16_t tag)
{
	struct vioframe f = { .payload = 50, .udp = true, .tag = tag };
	struct viorig_frame frame = { .bytes = bytes };
	unsigned before = rig->received;

	vioframe_make(&f, bytes, mac);
	frame.length = f.length;
	viorig_give(rig, &frame);
	T_EQ(rig->delivered, rig->injected);
	return (rig->received > before);
}

static bool
arrives(struct viorig *rig, const uint8_t *mac)
{
	return (arrives_tagged(rig, mac, 0));
}

static int
do_join(struct netif *netif, void *arg)
{
	return (netif_join(netif, arg));
}

static int
do_leave(struct netif *netif, void *arg)
{
	return (netif_leave(netif, arg));
}

static int
do_allmulti(struct netif *netif, void *arg)
{
	return (netif_set_allmulti(netif, *(bool *)arg));
}

static int
do_mac(struct netif *netif, void *arg)
{
	return (netif_set_mac(netif, arg));
}

static int
join(struct viorig *rig, const uint8_t *mac)
{
	return (viorig_call(rig, do_join, (void *)(uintptr_t)mac));
}

static int
leave(struct viorig *rig, const uint8_t *mac)
{
	return (viorig_call(rig, do_leave, (void *)(uintptr_t)mac));
}

#define RIG(...)                                                   \
	{                                                          \
		.net = {.mac = { 2, 1, 2, 3, 4, 5 }, __VA_ARGS__ } \
	}

/*
 * --- filters ---
 */

static void
filters(struct viorig *rig)
{
	bool on = true;

	viorig_boot(rig);
	T_TRUE(arrives(rig, own));
	T_TRUE(arrives(rig, NULL));
	T_FALSE(arrives(rig, other));
	T_FALSE(arrives(rig, group));
	T_EQ(viorig_set_promisc(rig, true), 0);
	T_TRUE(arrives(rig, other));
	T_TRUE(arrives(rig, group));
	T_EQ(viorig_set_promisc(rig, false), 0);
	T_FALSE(arrives(rig, other));
	T_EQ(viorig_call(rig, do_allmulti, &on), 0);
	T_TRUE(arrives(rig, group));
	T_FALSE(arrives(rig, other));
	on = false;
	T_EQ(viorig_call(rig, do_allmulti, &on), 0);
	T_FALSE(arrives(rig, group));
	T_EQ(join(rig, group), 0);
	T_TRUE(arrives(rig, group));
	T_TRUE(arrives(rig, NULL));
	T_EQ(leave(rig, group), 0);
	T_FALSE(arrives(rig, group));
	/* A device that was reset is told again. */
	T_EQ(join(rig, group), 0);
	T_EQ(viorig_down(rig), 0);
	T_EQ(viorig_up(rig), 0);
	T_TRUE(arrives(rig, group));
	T_FALSE(arrives(rig, other));
	T_EQ(viorig_set_promisc(rig, true), 0);
	T_EQ(viorig_down(rig), 0);
	T_EQ(viorig_up(rig), 0);
	T_TRUE(arrives(rig, other));
	T_EQ(viorig_sysctl("stats.refusals"), 0);
	viorig_halt(rig, true);
}

TEST(vioif_ctrl, filters)
{
	struct viorig rig = RIG();

	filters(&rig);
}

TEST(vioif_ctrl, filters_without_extras)
{
	struct viorig rig = RIG(.without = F(CTRL_RX_EXTRA));

	filters(&rig);
}

/* 2.7.4.4: each part of a command in a descriptor of its own. */
TEST(vioif_ctrl, filters_of_old_devices)
{
	struct viorig rig = RIG();

	rig.old = true;
	filters(&rig);
	T_EQ(rig.first_length[2], 2);
}

TEST(vioif_ctrl, without_filters_all_arrives)
{
	struct viorig rig = RIG(.without = F(CTRL_RX));

	viorig_boot(&rig);
	T_TRUE(arrives(&rig, other));
	T_TRUE(arrives(&rig, group));
	viorig_halt(&rig, true);
}

TEST(vioif_ctrl, without_a_control_queue_all_arrives)
{
	struct viorig rig = RIG(.without = F(CTRL_VQ));

	viorig_boot(&rig);
	T_TRUE(arrives(&rig, own));
	T_TRUE(arrives(&rig, other));
	T_EQ(viorig_set_promisc(&rig, true), 0);
	T_EQ(viorig_set_promisc(&rig, false), 0);
	T_EQ(join(&rig, group), 0);
	viorig_halt(&rig, true);
}

/* More groups than the table takes: then all of them. */
TEST(vioif_ctrl, too_many_groups_are_all_groups)
{
	struct viorig rig = RIG(.mac_table = 512);
	uint8_t mac[6] = { 1, 0, 0x5e, 1, 0, 0 };
	static const uint8_t unknown[6] = { 1, 0, 0x5e, 9, 9, 9 };

	viorig_boot(&rig);
	for (unsigned i = 0; i < 130; i++) {
		mac[5] = (uint8_t)i;
		T_EQ(join(&rig, mac), 0);
		T_EQ(viorig_sysctl("filter_overflow"), i >= 128);
	}
	T_TRUE(arrives(&rig, mac));
	T_TRUE(arrives(&rig, unknown));
	T_FALSE(arrives(&rig, other));
	T_EQ(leave(&rig, mac), 0);
	mac[5]--;
	T_EQ(leave(&rig, mac), 0);
	T_EQ(viorig_sysctl("filter_overflow"), 0);
	T_FALSE(arrives(&rig, unknown));
	viorig_halt(&rig, true);
}

/*
 * --- addresses ---
 */

static void
another_address(struct viorig *rig)
{
	struct netif_info info;
	uint8_t mac[6];

	viorig_boot(rig);
	T_EQ(viorig_call(rig, do_mac, (void *)(uintptr_t)other), 0);
	viorig_wait(20);
	viorig_info(rig, &info);
	T_EQ(memcmp(info.mac, other, 6), 0);
	T_TRUE(arrives(rig, other));
	T_FALSE(arrives(rig, own));
	vnet_mac(rig->dev, mac);
	T_EQ(memcmp(mac, other, 6), 0);
	viorig_halt(rig, true);
}

TEST(vioif_ctrl, another_address)
{
	struct viorig rig = RIG();

	another_address(&rig);
}

/* 5.1.4.3: before there was a command for it, it was written. */
TEST(vioif_ctrl, another_address_of_an_old_device)
{
	struct viorig rig = RIG(.without = F(CTRL_MAC_ADDR));

	rig.pci.kind = VPCI_LEGACY;
	another_address(&rig);
}

/* It cannot be set; so it is one of those that are let through. */
TEST(vioif_ctrl, another_address_through_the_table)
{
	struct viorig rig = RIG(.without = F(CTRL_MAC_ADDR));

	viorig_boot(&rig);
	T_EQ(viorig_call(&rig, do_mac, (void *)(uintptr_t)other), 0);
	viorig_wait(20);
	T_TRUE(arrives(&rig, other));
	T_HAS(fixture_log(), "vio0: the device keeps its own address");
	viorig_halt(&rig, true);
}

/*
 * --- VLANs ---
 */

static int
do_vlan(struct netif *netif, void *arg)
{
	int vid = *(int *)arg;

	return (vid > 0 ? netif_vlan_add(netif, (uint16_t)vid) :
			  netif_vlan_remove(netif, (uint16_t)-vid));
}

static int
vlan(struct viorig *rig, int vid)
{
	return (viorig_call(rig, do_vlan, &vid));
}

TEST(vioif_ctrl, vlans_are_filtered)
{
	struct viorig rig = RIG();

	viorig_boot(&rig);
	T_TRUE(arrives(&rig, own));
	T_FALSE(arrives_tagged(&rig, own, 5));
	T_EQ(vlan(&rig, 5), 0);
	T_EQ(vlan(&rig, 4094), 0);
	T_TRUE(arrives_tagged(&rig, own, 5));
	T_TRUE(arrives_tagged(&rig, own, 4094));
	T_FALSE(arrives_tagged(&rig, own, 6));
	/* After a reset, too. */
	T_EQ(viorig_down(&rig), 0);
	T_EQ(vlan(&rig, 7), 0);
	T_EQ(viorig_up(&rig), 0);
	T_TRUE(arrives_tagged(&rig, own, 5));
	T_TRUE(arrives_tagged(&rig, own, 7));
	T_TRUE(arrives_tagged(&rig, own, 4094));
	T_EQ(vlan(&rig, -5), 0);
	T_FALSE(arrives_tagged(&rig, own, 5));
	/* Switched off: all of them, although the device could filter. */
	T_EQ(viorig_set_caps(&rig, 0, NETIF_CAP_VLAN_HWFILTER), 0);
	T_TRUE(arrives_tagged(&rig, own, 5));
	T_EQ(viorig_set_caps(&rig, NETIF_CAP_VLAN_HWFILTER, 0), 0);
	T_FALSE(arrives_tagged(&rig, own, 5));
	T_TRUE(arrives_tagged(&rig, own, 7));
	viorig_halt(&rig, true);
}

TEST(vioif_ctrl, tags_stay_where_hardware_tagging_is_off)
{
	struct viorig rig = RIG(.without = F(CTRL_VLAN));

	viorig_boot(&rig);
	T_TRUE(arrives_tagged(&rig, own, 5));
	T_EQ(viorig_set_caps(&rig, 0, NETIF_CAP_VLAN_HWTAGGING), 0);
	T_TRUE(arrives_tagged(&rig, own, 5));
	viorig_halt(&rig, true);
}

/*
 * --- pairs of queues ---
 */

/* Frames of many flows; the queues that they came by, as bits. */
static uint32_t
spread(struct viorig *rig, unsigned *hashed)
{
	struct vioframe f = { .payload = 50, .udp = true };
	struct viorig_frame frame = { .bytes = bytes };
	uint32_t queues = 0;
	unsigned before;
	char name[32];

	*hashed = 0;
	for (unsigned i = 0; i < 60; i++) {
		f.port = (uint16_t)(1000 + i);
		f.ip6 = i % 2 != 0;
		vioframe_make(&f, bytes, own);
		frame.length = f.length;
		frame.queue = i % rig->port.nqueues;
		before = rig->received;
		viorig_give(rig, &frame);
		T_EQ(rig->received, before + 1);
		if (rig->in[before % VIORIG_FRAMES].hash_type >= 0x80)
			(*hashed)++;
	}
	for (unsigned i = 0; i < rig->port.nqueues; i++) {
		snprintf(name, sizeof(name), "rx%u.packets", i);
		if (viorig_sysctl(name) > 0)
			queues |= 1u << i;
	}
	return (queues);
}

static void
pairs(struct viorig *rig, bool with_hashes)
{
	unsigned hashed;

	rig->nqueues = 4;
	kernel_setenv("hw.vio.queues", "4");
	viorig_boot(rig);
	T_EQ(viorig_sysctl("pairs"), 4);
	T_EQ(viorig_sysctl("active_pairs"), 4);
	T_EQ(vnet_pairs(rig->dev), 4);
	T_EQ(spread(rig, &hashed), 0xf);
	T_EQ(hashed, with_hashes ? 60 : 0);
	viorig_halt(rig, true);
}

TEST(vioif_ctrl, pairs_by_hash)
{
	struct viorig rig = RIG();

	pairs(&rig, true);
}

TEST(vioif_ctrl, pairs_by_hash_that_is_not_reported)
{
	struct viorig rig = RIG(.without = F(HASH_REPORT));

	pairs(&rig, false);
}

TEST(vioif_ctrl, pairs_by_the_devices_choice)
{
	struct viorig rig = RIG(.without = F(RSS));

	pairs(&rig, true);
}

TEST(vioif_ctrl, pairs_without_hashes)
{
	struct viorig rig = RIG(.without = F(RSS) | F(HASH_REPORT));

	pairs(&rig, false);
}

TEST(vioif_ctrl, fewer_pairs_than_there_are)
{
	struct viorig rig = RIG();
	unsigned hashed;

	rig.nqueues = 4;
	kernel_setenv("hw.vio.queues", "2");
	viorig_boot(&rig);
	T_EQ(viorig_sysctl("active_pairs"), 2);
	T_EQ(vnet_pairs(rig.dev), 2);
	rig.port.nqueues = 2;
	T_EQ(spread(&rig, &hashed), 3);
	rig.port.nqueues = 4;
	viorig_halt(&rig, true);
}

TEST(vioif_ctrl, one_pair_if_that_is_all_that_is_wanted)
{
	struct viorig rig = RIG();

	rig.nqueues = 4;
	kernel_setenv("hw.vio.mq_disable", "1");
	viorig_boot(&rig);
	T_EQ(viorig_sysctl("pairs"), 1);
	T_TRUE(arrives(&rig, own));
	T_EQ(viorig_set_promisc(&rig, true), 0);
	T_TRUE(arrives(&rig, other));
	viorig_halt(&rig, true);
}

struct flow {
	uint32_t flow;
	uint8_t type;
};

static int
send_flow(struct netif *netif, void *arg)
{
	struct flow *flow = arg;
	struct iovec iov = { .iov_base = bytes, .iov_len = 64 };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = 64,
		.flags = NETIF_FLOW,
		.flow = flow->flow,
		.hash_type = flow->type };
	int error = 0;

	(void)netif_output(netif, &frame, 1, &error);
	sim_delay(SECOND / 100);
	return (error);
}

TEST(vioif_ctrl, the_flow_selects_the_queue)
{
	struct viorig rig = RIG();

	rig.nqueues = 4;
	kernel_setenv("hw.vio.queues", "4");
	viorig_boot(&rig);
	memset(bytes, 0xff, 64);
	for (uint32_t i = 0; i < 9; i++) {
		struct flow flow = { .flow = i, .type = 0x81 };

		T_EQ(viorig_call(&rig, send_flow, &flow), 0);
		T_EQ(rig.sent, i + 1);
		T_EQ(rig.out[i].queue, i % 4);
	}
	viorig_halt(&rig, true);
}

/*
 * --- the link ---
 */

static void
set_link(void *arg)
{
	struct viorig *rig = arg;

	netport_set_link(&rig->port, !rig->port.link_up);
	sim_delay(SECOND / 50);
}

static void
set_speed(void *arg)
{
	struct viorig *rig = arg;

	netport_set_speed(&rig->port, 100, NETPORT_DUPLEX_HALF);
	sim_delay(SECOND / 50);
}

static int
do_media(struct netif *netif, void *arg)
{
	return (netif_media(netif, arg));
}

TEST(vioif_ctrl, the_link_goes_down_and_up)
{
	struct viorig rig = RIG();
	struct netif_info info;
	struct netif_media media;
	char name[64];

	viorig_boot(&rig);
	viorig_info(&rig, &info);
	T_EQ(info.link, NETIF_LINK_UP);
	/* 5.1.4.2: 0xffffffff is no speed. */
	T_EQ(info.baudrate, UINT64_C(10000000000));
	fixture_run(set_link, &rig);
	viorig_info(&rig, &info);
	T_EQ(info.link, NETIF_LINK_DOWN);
	T_EQ(viorig_call(&rig, do_media, &media), 0);
	T_TRUE(media.valid);
	T_FALSE(media.carrier);
	fixture_run(set_link, &rig);
	fixture_run(set_speed, &rig);
	viorig_info(&rig, &info);
	T_EQ(info.link, NETIF_LINK_UP);
	T_EQ(info.baudrate, 100000000);
	T_EQ(viorig_call(&rig, do_media, &media), 0);
	T_TRUE(media.carrier);
	netif_media_name(media.active, name, sizeof(name));
	T_HAS(name, "100baseTX");
	T_HAS(name, "half-duplex");
	viorig_halt(&rig, true);
}

static void
announce(void *arg)
{
	struct viorig *rig = arg;

	T_TRUE(vnet_announce(rig->dev));
	sim_delay(SECOND / 50);
}

/* 5.1.6.5.4: said, and acknowledged, each time once. */
TEST(vioif_ctrl, announces_itself)
{
	struct viorig rig = RIG();

	viorig_boot(&rig);
	for (unsigned i = 1; i < 4; i++) {
		fixture_run(announce, &rig);
		T_EQ(viorig_sysctl("stats.announces"), i);
	}
	viorig_halt(&rig, true);
}

TEST(vioif_ctrl, coalescing_is_set_and_kept)
{
	struct viorig rig = RIG();
	struct viorig old = RIG(.without = F(NOTF_COAL));
	struct vnet_stats before, after;

	viorig_boot(&rig);
	rig.dev->ops = rig.real_ops;
	vnet_stats(rig.dev, &before);
	T_EQ(viorig_set_sysctl("rx_coal_packets", "16"), 0);
	T_EQ(viorig_set_sysctl("rx_coal_usecs", "100"), 0);
	T_EQ(viorig_set_sysctl("tx_coal_packets", "8"), 0);
	vnet_stats(rig.dev, &after);
	rig.dev->ops = &rig.ops;
	T_EQ(after.commands, before.commands + 3);
	T_EQ(after.errors, before.errors);
	T_EQ(viorig_sysctl("rx_coal_usecs"), 100);
	T_TRUE(arrives(&rig, own));
	T_EQ(viorig_down(&rig), 0);
	T_EQ(viorig_up(&rig), 0);
	T_EQ(viorig_sysctl("rx_coal_packets"), 16);
	T_TRUE(arrives(&rig, own));
	viorig_halt(&rig, true);

	viorig_boot(&old);
	T_EQ(viorig_set_sysctl("rx_coal_packets", "16"), BSD_EPERM);
	viorig_halt(&old, true);
}

/*
 * --- trouble ---
 */

/* Queue 2 is the control queue: nobody reads it any more. */
TEST(vioif_ctrl, a_device_that_does_not_answer)
{
	struct viorig rig = RIG();
	sim_time start;

	viorig_boot(&rig);
	rig.deaf_to = 2;
	start = sim_now();
	(void)viorig_set_promisc(&rig, true);
	/* Not for ever, and the next commands do not wait at all. */
	T_TRUE(sim_now() - start < 4 * SECOND);
	T_HAS(fixture_log(), "no answer");
	/* Resets follow, until it is given up. */
	viorig_wait(60000);
	T_HAS(fixture_log(), "resets are of no use: given up");
	rig.deaf_to = 0;
	/* It is tried again when somebody says so. */
	T_EQ(viorig_down(&rig), 0);
	T_EQ(viorig_up(&rig), 0);
	T_TRUE(arrives(&rig, own));
	T_TRUE(arrives(&rig, other));
	viorig_halt(&rig, true);
}

TEST(vioif_ctrl, commands_during_attach_that_nobody_answers)
{
	struct viorig rig = RIG();

	rig.deaf_to = 2;
	viorig_boot_down(&rig);
	(void)viorig_up(&rig);
	viorig_wait(60000);
	viorig_halt(&rig, true);
}

/* The answer is what the device writes. */
static void
refuse(struct viorig *rig, const struct model_event *event)
{
	static uint64_t ack;
	const struct virtq_desc *last;
	uint8_t byte = 1;

	if (event->queue != 4)
		return;
	if (event->type == MODEL_TAKE) {
		last = event->take.table_count > 0 ?
		    &event->take.table[event->take.table_count - 1] :
		    &event->take.descs[event->take.count - 1];
		ack = wire64(last->addr);
	}
	if (event->type == MODEL_GIVE)
		viorig_poke(ack, &byte, 1);
}

TEST(vioif_ctrl, a_device_that_refuses_everything)
{
	struct viorig rig = RIG();

	rig.event = refuse;
	rig.nqueues = 2;
	kernel_setenv("hw.vio.queues", "2");
	viorig_boot(&rig);
	/* It works, with what there is without commands. */
	T_TRUE(viorig_sysctl("stats.refusals") > 0);
	T_TRUE(arrives(&rig, own));
	(void)viorig_set_promisc(&rig, true);
	T_EQ(join(&rig, group), 0);
	viorig_halt(&rig, true);
}
