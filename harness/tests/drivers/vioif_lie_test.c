/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver against devices that lie about the ring or about the
 * buffers of a packet.  The lies are told by changing what the model has
 * written, just before the driver can see it; each ends in a line in the log
 * and a count, the device is reset, and all goes on; a device that goes on
 * lying is given up.  Never a panic, a hang, or an mbuf lost.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "model/wire/config.h"
#include "tests/drivers/vioframe.h"
#include "tests/drivers/viorig.h"
#include "tests/test.h"

#define F(bit)	  VDEV_FEATURE(VIRTIO_NET_F_##bit)
#define GUEST_TSO (F(GUEST_TSO4) | F(GUEST_TSO6))

static uint8_t bytes[VIORIG_BYTES];

/* What is changed of the next thing that is given back. */
static struct {
	unsigned queue;
	int64_t id, length; /* -1: as they are */
	int index;	    /* added to the used index, once it is published */
	int buffers;	    /* num_buffers, or -1 */
	unsigned skip;	    /* things before it */
	unsigned times;	    /* how often */
} lie;

static void
tell(struct viorig *rig, const struct model_event *event)
{
	uint64_t elem, used;
	uint32_t word;
	uint16_t half;

	if (event->queue != lie.queue || lie.times == 0)
		return;
	used = rig->enabled[lie.queue].enable.device;
	if (event->type == MODEL_GIVE) {
		if (lie.skip > 0) {
			lie.skip--;
			return;
		}
		elem = viorig_used_element(rig, lie.queue);
		if (lie.id >= 0) {
			word = wire32((uint32_t)lie.id);
			viorig_poke(elem, &word, sizeof(word));
		}
		if (lie.length >= 0) {
			word = wire32((uint32_t)lie.length);
			viorig_poke(elem + 4, &word, sizeof(word));
		}
		if (lie.buffers >= 0) {
			half = wire16((uint16_t)lie.buffers);
			viorig_poke(rig->first_gpa[lie.queue] +
				offsetof(struct virtio_net_hdr, num_buffers),
			    &half, sizeof(half));
		}
		if (lie.index == 0)
			lie.times--;
	}
	if (event->type == MODEL_INTERRUPT && lie.index != 0) {
		half = wire16((uint16_t)(rig->given[lie.queue] + lie.index));
		viorig_poke(used + 2, &half, sizeof(half));
		lie.times--;
	}
}

static void
no_lie(unsigned queue)
{
	memset(&lie, 0, sizeof(lie));
	lie.queue = queue;
	lie.id = lie.length = lie.buffers = -1;
	lie.times = 1;
}

static void
give(struct viorig *rig, uint32_t payload)
{
	struct vioframe f = { .payload = payload, .udp = true };
	struct viorig_frame frame = { .bytes = bytes };

	vioframe_make(&f, bytes, NULL);
	frame.length = f.length;
	viorig_give(rig, &frame);
}

/*
 * A packet of `payload` bytes comes together with the lie that was set up:
 * nothing of it arrives, the next one does.
 */
static void
rx_lie(uint64_t without, uint32_t payload)
{
	struct viorig rig = { .event = tell,
		.net = { .without = without },
		.mtu = 9000 };
	struct netif_counters counters;
	unsigned received;

	viorig_boot(&rig);
	T_EQ(viorig_set_mtu(&rig, 9000), 0);
	viorig_wait(10);
	give(&rig, payload);
	viorig_wait(100);
	T_EQ(rig.received, 0);
	T_HAS(fixture_log(), "the device lies");
	T_EQ(viorig_sysctl("rx0.lies"), 1);
	T_EQ(viorig_sysctl("stats.resets"), 1);
	viorig_counters(&rig, &counters);
	T_EQ(counters.ierrors, 1);
	/* The frame that was lied about is lost, no other. */
	received = rig.received;
	give(&rig, payload);
	give(&rig, 100);
	T_EQ(rig.received, received + 2);
	viorig_halt(&rig, false);
}

TEST(vioif_lie, used_id_that_was_not_posted)
{
	no_lie(0);
	lie.id = 0xfffffff0;
	rx_lie(0, 100);
}

/* The same buffer twice. */
TEST(vioif_lie, used_id_of_no_chain)
{
	struct viorig rig = { .event = tell };

	no_lie(0);
	lie.times = 0;
	viorig_boot(&rig);
	give(&rig, 2000 - 600);
	T_EQ(rig.received, 1);
	/* A ring of 256 has been filled; take one out of reach. */
	lie.id = 256;
	lie.times = 1;
	give(&rig, 100);
	T_EQ(rig.received, 1);
	T_EQ(viorig_sysctl("rx0.lies"), 1);
	viorig_halt(&rig, false);
}

TEST(vioif_lie, used_length_beyond_the_buffer)
{
	no_lie(0);
	lie.length = 1 << 20;
	rx_lie(0, 100);
}

TEST(vioif_lie, used_length_of_less_than_a_header)
{
	static const int lengths[] = { 0, 1, 11 };

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		no_lie(0);
		lie.length = lengths[i];
		rx_lie(F(HASH_REPORT), 100);
	}
	no_lie(0);
	lie.length = 19;
	rx_lie(0, 100);
	no_lie(0);
	lie.length = 3;
	rx_lie(F(HASH_REPORT) | F(MRG_RXBUF), 100);
}

TEST(vioif_lie, used_index_too_far)
{
	no_lie(0);
	lie.index = 300;
	rx_lie(0, 100);
}

TEST(vioif_lie, no_buffers_at_all)
{
	no_lie(0);
	lie.buffers = 0;
	rx_lie(0, 100);
}

TEST(vioif_lie, more_buffers_than_there_are)
{
	static const int numbers[] = { 2, 100, 300, 65535 };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		no_lie(0);
		lie.buffers = numbers[i];
		rx_lie(0, 100);
	}
	/* In the midst of a packet of several. */
	no_lie(0);
	lie.buffers = 8;
	rx_lie(GUEST_TSO, 8000);
}

TEST(vioif_lie, a_buffer_of_a_packet_with_nothing_in_it)
{
	no_lie(0);
	lie.length = 0;
	lie.skip = 1;
	rx_lie(GUEST_TSO, 8000);
}

/* 5.1.6.4: frames too short for Ethernet are dropped; that is no lie. */
TEST(vioif_lie, frames_of_0_to_13_bytes)
{
	struct viorig rig = { .event = tell,
		.net = { .without = F(HASH_REPORT) } };
	struct netif_counters counters;

	viorig_boot(&rig);
	for (int length = 0; length < 14; length++) {
		no_lie(0);
		lie.length = 12 + length;
		give(&rig, 100);
		T_EQ(rig.received, 0);
	}
	T_EQ(viorig_sysctl("rx0.short"), 14);
	T_EQ(viorig_sysctl("rx0.lies"), 0);
	viorig_counters(&rig, &counters);
	T_EQ(counters.ierrors, 14);
	give(&rig, 100);
	T_EQ(rig.received, 1);
	viorig_halt(&rig, true);
}

/*
 * --- about packets that were sent ---
 */

static void
tx_lie(void)
{
	struct viorig rig = { .event = tell };

	viorig_boot(&rig);
	memset(bytes, 0xff, 64);
	/* It is looked at when there are more, or after a second. */
	T_EQ(viorig_send(&rig, bytes, 64, NULL), 0);
	viorig_wait(1500);
	T_HAS(fixture_log(), "the device lies");
	T_EQ(viorig_sysctl("tx0.lies"), 1);
	T_EQ(viorig_sysctl("stats.resets"), 1);
	T_EQ(viorig_send(&rig, bytes, 64, NULL), 0);
	T_EQ(rig.sent, 2);
	viorig_halt(&rig, false);
}

TEST(vioif_lie, sent_what_was_not_to_be_sent)
{
	no_lie(1);
	lie.id = 77;
	tx_lie();
	no_lie(1);
	lie.id = 0x10000;
	tx_lie();
}

/* There is nothing to write in a packet that is sent. */
TEST(vioif_lie, sent_and_written)
{
	no_lie(1);
	lie.length = 64;
	tx_lie();
}

/*
 * --- for ever ---
 */

TEST(vioif_lie, a_liar_is_given_up)
{
	struct viorig rig = { .event = tell };
	struct netif_info info;

	no_lie(0);
	lie.buffers = 0;
	lie.times = 1000;
	viorig_boot(&rig);
	for (unsigned i = 0; i < 6; i++) {
		give(&rig, 100);
		viorig_wait(100);
	}
	T_EQ(rig.received, 0);
	T_EQ(viorig_sysctl("rx0.lies"), 4);
	T_HAS(fixture_log(), "vio0: resets are of no use: given up");
	viorig_info(&rig, &info);
	T_EQ(info.link, NETIF_LINK_DOWN);
	T_EQ(info.flags & NETIF_RUNNING, 0);
	/* Down and up again, and it is given another chance. */
	lie.times = 0;
	T_EQ(viorig_down(&rig), 0);
	T_EQ(viorig_up(&rig), 0);
	rig.received = 0;
	give(&rig, 100);
	T_TRUE(rig.received > 0);
	viorig_info(&rig, &info);
	T_EQ(info.link, NETIF_LINK_UP);
	viorig_halt(&rig, false);
}
