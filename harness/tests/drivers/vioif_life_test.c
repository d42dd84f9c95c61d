/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver under traffic while the ground shakes: resets, sleep,
 * detach, unplugging, and whatever ifconfig(8) can ask for.
 */
#include <stdio.h>
#include <string.h>

#include "machine/machine.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define F(bit)	  VDEV_FEATURE(VIRTIO_NET_F_##bit)
#define SECOND	  UINT64_C(1000000000)
#define BSD_ENXIO 6
#define SLOT	  1

static uint8_t bytes[1500];

static void
broadcast(void)
{
	memset(bytes, 0, sizeof(bytes));
	memset(bytes, 0xff, 6);
	bytes[12] = 0x88;
	bytes[13] = 0xb5;
}

/* Whether a frame that is sent comes back, by the echo. */
static bool
works(struct viorig *rig)
{
	unsigned before = rig->received;

	broadcast();
	rig->echo = true;
	if (viorig_send(rig, bytes, 100, NULL) != 0)
		return (false);
	viorig_wait(20);
	return (rig->received > before);
}

/*
 * --- traffic: two threads that send, without a pause ---
 */

#define SENDERS 2

static struct traffic {
	struct viorig *rig;
	bool stop;
	unsigned running;
	uint64_t taken, refused;
	struct kernel_sema done;
} traffic;

static void
sender(void *arg)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = 1000 };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = 1000,
		.flags = NETIF_FLOW,
		.hash_type = 0x81 };
	int error;

	while (!traffic.stop) {
		frame.flow++;
		iov.iov_len = frame.length = 60 + frame.flow % 1400;
		if (netif_output(traffic.rig->netif, &frame, 1, &error) == 1)
			traffic.taken++;
		else
			traffic.refused++;
		if (frame.flow % 8 == 0)
			sim_delay(SECOND / 100000);
	}
	kernel_sema_post(&traffic.done);
}

static void
traffic_start(struct viorig *rig)
{
	memset(&traffic, 0, sizeof(traffic));
	traffic.rig = rig;
	broadcast();
	rig->echo = true;
	for (unsigned i = 0; i < SENDERS; i++)
		kernel_spawn("sender", sender, NULL);
	sim_delay(SECOND / 100);
}

static void
traffic_stop(void)
{
	traffic.stop = true;
	for (unsigned i = 0; i < SENDERS; i++)
		kernel_sema_wait(&traffic.done, "sender");
	T_TRUE(traffic.taken > 0);
}

/*
 * --- resets ---
 */

TEST(vioif_life, packets_that_the_device_sits_on)
{
	struct viorig rig = { 0 };
	struct netif_counters counters;

	viorig_boot(&rig);
	T_TRUE(works(&rig));
	viorig_wait(1500);
	rig.deaf = true;
	T_EQ(viorig_send(&rig, bytes, 100, NULL), 0);
	viorig_wait(4000);
	T_EQ(viorig_sysctl("stats.resets"), 0);
	viorig_wait(3000);
	T_EQ(viorig_sysctl("stats.resets"), 1);
	T_HAS(fixture_log(), "packets not sent within 5 seconds");
	rig.deaf = false;
	viorig_wait(5000);
	viorig_counters(&rig, &counters);
	T_EQ(counters.oerrors, 1);
	T_EQ(viorig_sysctl("tx0.lost"), 1);
	T_TRUE(works(&rig));
	viorig_halt(&rig, true);
}

TEST(vioif_life, without_a_timeout_it_may_sit_on_them)
{
	struct viorig rig = { 0 };

	kernel_setenv("hw.vio.timeout", "0");
	viorig_boot(&rig);
	rig.deaf = true;
	T_EQ(viorig_send(&rig, bytes, 100, NULL), 0);
	viorig_wait(60000);
	T_EQ(viorig_sysctl("stats.resets"), 0);
	rig.deaf = false;
	viorig_halt(&rig, true);
}

static void
one_at_a_time(struct viorig *rig, const struct net_frame *frame)
{
	rig->full = true;
}

/* A slow port is no reason: packets do leave now and then. */
TEST(vioif_life, a_slow_device_is_left_alone)
{
	struct viorig rig = { .full = true, .sending = one_at_a_time };

	viorig_boot(&rig);
	broadcast();
	for (unsigned i = 0; i < 20; i++)
		T_EQ(viorig_send(&rig, bytes, 100, NULL), 0);
	for (unsigned i = 0; i < 10; i++) {
		viorig_wait(3000);
		rig.full = false;
		netport_ready(&rig.port, 0);
	}
	viorig_wait(100);
	T_EQ(rig.sent, 10);
	T_EQ(viorig_sysctl("stats.resets"), 0);
	T_EQ(viorig_sysctl("tx0.lost"), 0);
	viorig_halt(&rig, true);
}

TEST(vioif_life, a_deaf_device_is_given_up)
{
	struct viorig rig = { .net = { .without = F(CTRL_VQ) } };
	struct netif_info info;

	viorig_boot(&rig);
	rig.deaf = true;
	for (unsigned i = 0; i < 8; i++) {
		(void)viorig_send(&rig, bytes, 100, NULL);
		viorig_wait(7000);
	}
	T_HAS(fixture_log(), "resets are of no use: given up");
	T_TRUE(viorig_sysctl("stats.resets") <= 5);
	viorig_info(&rig, &info);
	T_EQ(info.link, NETIF_LINK_DOWN);
	rig.deaf = false;
	T_FALSE(works(&rig));
	T_EQ(viorig_down(&rig), 0);
	T_EQ(viorig_up(&rig), 0);
	T_TRUE(works(&rig));
	viorig_halt(&rig, true);
}

static void
need_reset(void *arg)
{
	struct viorig *rig = arg;

	traffic_start(rig);
	for (unsigned i = 0; i < 3; i++) {
		vdev_needs_reset(rig->dev);
		sim_delay(SECOND / 100);
	}
	traffic_stop();
}

TEST(vioif_life, resets_that_the_device_asks_for)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	fixture_run(need_reset, &rig);
	T_EQ(viorig_sysctl("stats.resets"), 3);
	T_HAS(fixture_log(), "vio0: the device needs a reset");
	T_TRUE(works(&rig));
	viorig_halt(&rig, true);
}

TEST(vioif_life, a_reset_while_it_is_down)
{
	struct viorig rig = { 0 };

	viorig_boot_down(&rig);
	vdev_needs_reset(rig.dev);
	viorig_wait(100);
	T_EQ(viorig_sysctl("stats.resets"), 1);
	T_EQ(viorig_up(&rig), 0);
	T_TRUE(works(&rig));
	viorig_halt(&rig, true);
}

/* No interrupt ever comes: packets are sent and freed all the same. */
TEST(vioif_life, without_interrupts_packets_are_sent)
{
	struct viorig rig = { .silent = true };

	viorig_boot(&rig);
	broadcast();
	for (unsigned i = 0; i < 2000; i++)
		if (viorig_send(&rig, bytes, 100, NULL) != 0)
			break;
	viorig_wait(3000);
	T_EQ(rig.sent, 2000);
	T_EQ(viorig_sysctl("stats.resets"), 0);
	viorig_halt(&rig, true);
}

/*
 * --- sleep ---
 */

static void
sleep_under_traffic(void *arg)
{
	struct viorig *rig = arg;

	traffic_start(rig);
	for (unsigned i = 0; i < 3; i++) {
		T_EQ(kernel_devctl_suspend("vio0"), 0);
		sim_delay(SECOND / 50);
		T_EQ(rig->taken[1], rig->given[1]);
		T_EQ(kernel_devctl_resume("vio0"), 0);
		sim_delay(SECOND / 50);
	}
	T_EQ(kernel_devctl_suspend("vio_pci0"), 0);
	T_EQ(kernel_devctl_resume("vio_pci0"), 0);
	traffic_stop();
}

TEST(vioif_life, sleeps_under_traffic)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	fixture_run(sleep_under_traffic, &rig);
	T_TRUE(works(&rig));
	viorig_halt(&rig, true);
}

static int
ask_everything(struct netif *netif, void *arg)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 1 };
	static const uint8_t mac[6] = { 2, 9, 9, 9, 9, 9 };
	struct netif_info info;
	struct netif_media media;
	struct netif_counters counters;

	T_EQ(netif_info(netif, &info), 0);
	T_EQ(netif_counters(netif, &counters), 0);
	T_EQ(netif_media(netif, &media), 0);
	(void)netif_set_promisc(netif, true);
	(void)netif_set_promisc(netif, false);
	(void)netif_set_allmulti(netif, true);
	(void)netif_set_allmulti(netif, false);
	(void)netif_join(netif, group);
	(void)netif_leave(netif, group);
	(void)netif_vlan_add(netif, 5);
	(void)netif_vlan_remove(netif, 5);
	(void)netif_set_mtu(netif, 1400);
	(void)netif_set_mtu(netif, 1500);
	(void)netif_set_capabilities(netif, 0);
	(void)netif_set_capabilities(netif, info.enabled);
	(void)netif_set_mac(netif, mac);
	(void)netif_set_mac(netif, info.mac);
	(void)netif_up(netif);
	(void)netif_down(netif);
	(void)netif_up(netif);
	return (0);
}

static void
ask_asleep(void *arg)
{
	struct viorig *rig = arg;

	T_EQ(kernel_devctl_suspend("vio0"), 0);
	(void)ask_everything(rig->netif, NULL);
	T_EQ(kernel_devctl_resume("vio0"), 0);
}

TEST(vioif_life, anything_may_be_asked_at_any_time)
{
	struct viorig rig = { 0 };

	viorig_boot_down(&rig);
	T_EQ(viorig_call(&rig, ask_everything, NULL), 0);
	T_TRUE(works(&rig));
	fixture_run(ask_asleep, &rig);
	T_TRUE(works(&rig));
	/* While the device does not answer. */
	rig.deaf = true;
	T_EQ(viorig_call(&rig, ask_everything, NULL), 0);
	rig.deaf = false;
	viorig_wait(30000);
	T_EQ(viorig_down(&rig), 0);
	T_EQ(viorig_up(&rig), 0);
	T_TRUE(works(&rig));
	viorig_halt(&rig, true);
}

static void
ask_under_traffic(void *arg)
{
	struct viorig *rig = arg;

	traffic_start(rig);
	for (unsigned i = 0; i < 3; i++)
		(void)ask_everything(rig->netif, NULL);
	traffic_stop();
}

TEST(vioif_life, anything_may_be_asked_under_traffic)
{
	struct viorig rig = { .net = { .without = F(CTRL_GUEST_OFFLOADS) },
		.nqueues = 2 };

	kernel_setenv("hw.vio.queues", "2");
	viorig_boot(&rig);
	fixture_run(ask_under_traffic, &rig);
	T_TRUE(works(&rig));
	viorig_halt(&rig, true);
}

/*
 * --- the end, and a new beginning ---
 */

static void
detach_under_traffic(void *arg)
{
	struct viorig *rig = arg;

	traffic_start(rig);
	T_EQ(kernel_devctl_detach("vio0", false), 0);
	traffic_stop();
	T_TRUE(traffic.refused > 0);
	netif_close(rig->netif);
	rig->netif = NULL;
	T_EQ(kernel_devctl_detach("vio_pci0", false), 0);
	T_EQ(kernel_devctl_attach("pci0:0:1:0"), 0);
}

static void
reopen(void *arg)
{
	viorig_open(arg);
}

TEST(vioif_life, detaches_under_traffic)
{
	struct viorig rig = { .nqueues = 2 };

	kernel_setenv("hw.vio.queues", "2");
	viorig_boot(&rig);
	for (unsigned i = 0; i < 3; i++) {
		fixture_run(detach_under_traffic, &rig);
		fixture_run(reopen, &rig);
		T_REQUIRE(viorig_attached(&rig));
		T_EQ(viorig_up(&rig), 0);
		T_TRUE(works(&rig));
	}
	viorig_halt(&rig, true);
}

static void
pull_under_traffic(void *arg)
{
	struct viorig *rig = arg;
	sim_time start;

	traffic_start(rig);
	machine_pci_unplug(SLOT);
	sim_delay(SECOND / 100);
	start = sim_now();
	T_EQ(kernel_devctl_rescan("pci0"), 0);
	/* There is nobody to wait for. */
	T_TRUE(sim_now() - start < SECOND);
	traffic_stop();
}

TEST(vioif_life, is_pulled_out_under_traffic)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	fixture_run(pull_under_traffic, &rig);
	T_HAS(fixture_log(), "vio_pci0: detached");
	viorig_halt(&rig, true);
}

static void
pull_and_ask(void *arg)
{
	struct viorig *rig = arg;

	machine_pci_unplug(SLOT);
	(void)ask_everything(rig->netif, NULL);
	sim_delay(30 * SECOND);
}

/* Nobody has noticed; then the modules are unloaded. */
TEST(vioif_life, is_missing_at_halt)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	fixture_run(pull_and_ask, &rig);
	viorig_halt(&rig, true);
}

static void
halt_under_traffic(void *arg)
{
	traffic_start(arg);
	T_EQ(kernel_devctl_detach("vio_pci0", false), 0);
	traffic_stop();
}

TEST(vioif_life, leaves_nothing_under_way)
{
	struct viorig rig = { 0 };

	viorig_boot(&rig);
	fixture_run(halt_under_traffic, &rig);
	T_EQ(rig.taken[1], rig.given[1]);
	viorig_halt(&rig, true);
}
