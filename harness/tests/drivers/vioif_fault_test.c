/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver in want: everything that may fail, fails once.  It boots,
 * sends and receives, is asked this and that and goes, again and again, each
 * time with the next point failing, until a whole run passes without a
 * failure.  Whatever fails, the driver attaches or says no, and packets arrive
 * as they are or not at all; it never panics, leaks or hangs.
 */
#include <stdio.h>
#include <string.h>

#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/vioframe.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define F(bit)	   VDEV_FEATURE(VIRTIO_NET_F_##bit)
#define ROUNDS_MAX 2000
#define PACKETS	   6
/* ifmedia_add() panics when malloc(9) fails, as FreeBSD's does. */
#define KINDS (~(1u << KF_MALLOC))

static uint8_t bytes[VIORIG_BYTES];

/* What a run of all of the driver's life came to. */
struct outcome {
	bool attached;
	unsigned arrived; /* of PACKETS */
	bool wrong;	  /* one of them was not what was sent */
	bool last;	  /* one that was sent after all else arrived */
};

static int
ask(struct netif *netif, void *arg)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 1 };
	struct netif_info info;

	(void)netif_info(netif, &info);
	(void)netif_join(netif, group);
	(void)netif_leave(netif, group);
	(void)netif_vlan_add(netif, 5);
	(void)netif_vlan_remove(netif, 5);
	(void)netif_set_capabilities(netif, info.enabled & ~NETIF_CAP_LRO);
	(void)netif_set_capabilities(netif, info.enabled);
	(void)netif_set_mtu(netif, 2000);
	(void)netif_down(netif);
	(void)netif_up(netif);
	return (0);
}

/* Sends a packet of its own kind, which comes back. */
static bool
echo(struct viorig *rig, unsigned i, struct outcome *outcome)
{
	static const uint32_t payloads[PACKETS] = { 10, 100, 500, 1000, 1400,
		60 };
	struct vioframe f = { .payload = payloads[i], .tag = 0 };
	struct netif_frame wish = { .flags = NETIF_TX_TCP4 };
	unsigned before = rig->received;

	f.partial = true;
	vioframe_make(&f, bytes, NULL);
	if (viorig_send(rig, bytes, f.length, &wish) != 0 ||
	    rig->received == before)
		return (false);
	if (rig->in[before % VIORIG_FRAMES].length != f.length ||
	    memcmp(rig->in[before % VIORIG_FRAMES].bytes, bytes, f.csum) != 0 ||
	    memcmp(rig->in[before % VIORIG_FRAMES].bytes + f.headers,
		bytes + f.headers, f.payload) != 0)
		outcome->wrong = true;
	return (true);
}

static struct outcome
live(struct viorig *rig)
{
	struct outcome outcome = { 0 };

	rig->echo = true;
	rig->takes = NET_OFFLOAD_ALL;
	rig->mtu = 9000;
	viorig_boot_down(rig);
	outcome.attached = viorig_attached(rig);
	if (outcome.attached) {
		(void)viorig_up(rig);
		for (unsigned i = 0; i < PACKETS; i++)
			outcome.arrived += echo(rig, i, &outcome);
		(void)viorig_call(rig, ask, NULL);
		/* Time for whoever waits for memory. */
		viorig_wait(3000);
		/* The first of these may be what fails. */
		outcome.last = echo(rig, 0, &outcome);
		if (!outcome.last)
			outcome.last = echo(rig, 0, &outcome);
	}
	viorig_halt(rig, true);
	return (outcome);
}

/* Judges one run in which `seen` says what has failed. */
static void
judge(const struct outcome *outcome, const struct kernel_faults_seen *seen,
    bool once)
{
	char what[160];

	snprintf(what, sizeof(what),
	    "%s at %s: attached %d, %u packets, wrong %d, last %d",
	    kernel_fault_name(seen->kind), seen->site, outcome->attached,
	    outcome->arrived, outcome->wrong, outcome->last);
	test_check(!outcome->wrong, what, __FILE__, __LINE__);
	if (seen->failed == 0)
		test_check(outcome->attached && outcome->arrived == PACKETS,
		    what, __FILE__, __LINE__);
	/* What has failed once is over. */
	if (once && outcome->attached)
		test_check(outcome->last, what, __FILE__, __LINE__);
}

/* Returns how many points there were. */
static unsigned
one_by_one(const struct viorig *kind, struct kernel_faults faults)
{
	struct kernel_faults_seen seen;
	struct outcome outcome;
	bool once = faults.count == 1;

	for (faults.first = 1; faults.first < ROUNDS_MAX; faults.first++) {
		struct viorig rig = *kind;

		if (rig.net.queue_size == 0)
			rig.net.queue_size = 8;
		kernel_faults_set(&faults);
		outcome = live(&rig);
		kernel_faults_seen(&seen);
		judge(&outcome, &seen, once);
		if (seen.failed == 0)
			return ((unsigned)faults.first);
	}
	test_check(false, "there is an end to what can fail", __FILE__,
	    __LINE__);
	return (0);
}

TEST(vioif_fault, each_point_once)
{
	struct viorig rig = { 0 };

	T_TRUE(one_by_one(&rig,
		   (struct kernel_faults) { .kinds = KINDS, .count = 1 }) > 60);
}

/* There are too many mbufs in these to take them one by one. */
TEST(vioif_fault, each_point_of_big_buffers_and_pairs)
{
	struct viorig rig = { .nqueues = 2,
		.net = { .queue_size = 32,
		    .without = F(MRG_RXBUF) | F(CTRL_GUEST_OFFLOADS) } };

	kernel_setenv("hw.vio.queues", "2");
	T_TRUE(one_by_one(&rig,
		   (struct kernel_faults) { .kinds = KINDS & ~(1u << KF_UMA),
		       .count = 1 }) > 60);
}

TEST(vioif_fault, each_point_and_all_behind_it)
{
	struct viorig rig = { 0 };

	T_TRUE(one_by_one(&rig,
		   (struct kernel_faults) { .kinds = KINDS,
		       .count = UINT64_MAX }) > 30);
}

TEST(vioif_fault, each_malloc_of_its_queues)
{
	struct viorig rig = { 0 };

	T_TRUE(one_by_one(&rig,
		   (struct kernel_faults) { .kinds = 1u << KF_MALLOC,
		       .site = "taskqueue@",
		       .count = 1 }) > 1);
}

/* A ring of which half the buffers cannot be had at first. */
TEST(vioif_fault, a_ring_is_filled_later)
{
	struct viorig rig = { 0 };
	struct kernel_faults faults = { .kinds = 1u << KF_UMA,
		.first = 100,
		.count = 300 };
	struct kernel_faults_seen seen;

	rig.echo = true;
	viorig_boot_down(&rig);
	kernel_faults_set(&faults);
	T_EQ(viorig_up(&rig), 0);
	kernel_faults_seen(&seen);
	T_TRUE(seen.failed > 0);
	kernel_faults_set(NULL);
	viorig_wait(2000);
	/* All of them are there now: a burst finds room. */
	for (unsigned i = 0; i < 200; i++) {
		struct vioframe f = { .payload = 1000 };
		struct viorig_frame frame = { .bytes = bytes };

		vioframe_make(&f, bytes, NULL);
		frame.length = f.length;
		if (i % 50 == 49)
			viorig_give(&rig, &frame);
		else
			viorig_queue(&rig, &frame);
	}
	T_EQ(rig.received, 200);
	viorig_halt(&rig, true);
}

/* No mbuf for a while: packets are lost, buffers are not. */
TEST(vioif_fault, packets_are_dropped_while_there_are_no_mbufs)
{
	struct viorig rig = { 0 };
	struct kernel_faults faults = { .kinds = 1u << KF_UMA,
		.first = 1,
		.count = UINT64_MAX };
	struct netif_counters counters;
	struct vioframe f = { .payload = 1000 };
	struct viorig_frame frame = { .bytes = bytes };

	viorig_boot(&rig);
	kernel_faults_set(&faults);
	for (unsigned i = 0; i < 600; i++) {
		f.payload = i % 2 != 0 ? 1000 : 10;
		vioframe_make(&f, bytes, NULL);
		frame.length = f.length;
		if (i % 30 == 29)
			viorig_give(&rig, &frame);
		else
			viorig_queue(&rig, &frame);
	}
	kernel_faults_set(NULL);
	T_EQ(rig.received, 0);
	viorig_counters(&rig, &counters);
	T_EQ(counters.iqdrops, 600);
	T_EQ(viorig_sysctl("rx0.no_mbuf"), 600);
	viorig_give(&rig, &frame);
	T_EQ(rig.received, 1);
	viorig_halt(&rig, true);
}
