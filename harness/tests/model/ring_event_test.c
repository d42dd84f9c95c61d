/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Notification suppression by events, on the device's side (virtio 1.3,
 * sections 2.7.7 and 2.7.10): who is told of what, and who is not.
 */
#include <string.h>

#include "model/ring.h"
#include "tests/model/linux_event.h"
#include "tests/model/rig.h"
#include "tests/test.h"

#define SIZE  8
#define WRITE VIRTQ_DESC_F_WRITE

/* A started device with events, and its ring used directly. */
static struct vring *
start(struct rig *rig)
{
	rig_blk(rig, 64, NULL, false);
	rig_start(rig, SIZE);
	rig_desc(rig, 0, RIG_DATA, 1, WRITE, 0);
	rig->nreports = 0;
	return (&rig->dev->queues[0].ring);
}

/* Takes and gives n chains of the one buffer. */
static void
use(struct rig *rig, struct vring *ring, unsigned n)
{
	struct vring_chain chain;
	bool ok = true;

	while (n-- > 0) {
		rig_avail(rig, 0);
		ok &= vring_take(ring, &chain) == VRING_TAKEN;
		ok &= vring_give(ring, &chain, 1);
	}
	T_TRUE(ok);
}

/*
 * --- arithmetic ---
 */

/* Asks the ring as if `count` chains had been given up to `idx`. */
static bool
ask(struct rig *rig, struct vring *ring, uint16_t event, uint16_t idx,
    uint32_t count)
{
	ring->next_used = idx;
	ring->untold = count;
	rig_set_used_event(rig, event);
	return (vring_interrupt_wanted(ring));
}

TEST(ring_event, says_what_the_definition_says)
{
	static const uint16_t edges[] = { 0, 1, 2, 7, 8, 9, 0x7fff, 0x8000,
		0x8001, 0xfff7, 0xfffe, 0xffff };
	static const uint32_t counts[] = { 1, 2, 3, SIZE, SIZE + 1, 0x7fff,
		0x8000, 0xfffe, 0xffff, 0x10000, 0x10001, 0x12345 };
	const unsigned n = sizeof(edges) / sizeof(edges[0]);
	struct vring *ring;
	unsigned i, wrong;
	uint32_t count;
	struct rig rig;

	ring = start(&rig);
	wrong = 0;
	for (i = 0; i < n * n * n; i++) {
		count = counts[i / n / n];
		wrong +=
		    ask(&rig, ring, edges[i % n], edges[i / n % n], count) !=
		    slow_need_event(edges[i % n], edges[i / n % n], count);
	}
	T_EQ(wrong, 0);
	rig_fini(&rig);
}

TEST(ring_event, says_what_linux_says)
{
	uint64_t random = 12345;
	unsigned i, wanted, wrong;
	uint16_t count, event, idx;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	wanted = wrong = 0;
	for (i = 0; i < 1000000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695041;
		idx = random >> 48;
		count = 1 + (random >> 32) % (i % 2 == 0 ? 16 : 65535);
		/* Near the entries in question, and anywhere. */
		event = i % 3 == 0 ? random >> 16 : idx - (random >> 20) % 20;
		if (linux_need_event(event, idx, idx - count)) {
			wanted++;
			wrong += !ask(&rig, ring, event, idx, count);
		} else {
			wrong += ask(&rig, ring, event, idx, count);
		}
	}
	T_EQ(wrong, 0);
	T_TRUE(wanted > 100000 && wanted < 900000);
	rig_fini(&rig);
}

/*
 * --- interrupts ---
 */

TEST(ring_event, interrupt_when_the_entry_is_used)
{
	struct vring *ring;
	struct rig rig;

	/* Section 2.7.7.2: an event of 0 is the first chain. */
	ring = start(&rig);
	T_FALSE(vring_interrupt_wanted(ring));
	use(&rig, ring, 1);
	T_TRUE(vring_interrupt_wanted(ring));
	T_FALSE(vring_interrupt_wanted(ring)); /* once is enough */
	/* Passed, it stays silent. */
	use(&rig, ring, 1);
	T_FALSE(vring_interrupt_wanted(ring));
	/* Entries 2, 3 and 4: not before the last of them. */
	rig_set_used_event(&rig, 4);
	use(&rig, ring, 2);
	T_FALSE(vring_interrupt_wanted(ring));
	use(&rig, ring, 1);
	T_TRUE(vring_interrupt_wanted(ring));
	/* In the middle of a batch. */
	rig_set_used_event(&rig, 6);
	use(&rig, ring, 5);
	T_TRUE(vring_interrupt_wanted(ring));
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(ring_event, interrupts_across_65536)
{
	struct vring *ring;
	unsigned i, wanted;
	struct rig rig;

	/* Every fifth chain, for longer than the indices are unique. */
	ring = start(&rig);
	rig_set_used_event(&rig, 4);
	wanted = 0;
	for (i = 1; i <= 70000; i++) {
		use(&rig, ring, 1);
		if (!vring_interrupt_wanted(ring))
			continue;
		wanted++;
		T_EQ(i % 5, 0);
		rig_set_used_event(&rig, i + 4);
	}
	T_EQ(wanted, 70000 / 5);
	T_EQ(rig_used_idx(&rig), (uint16_t)70000);
	rig_fini(&rig);
}

TEST(ring_event, a_new_ring_has_nothing_to_tell)
{
	struct vring *ring;
	struct rig rig;

	/* Given back and not decided on before the reset: gone with it. */
	ring = start(&rig);
	use(&rig, ring, 3);
	rig_start(&rig, SIZE);
	rig_set_used_event(&rig, 0xffff);
	T_FALSE(vring_interrupt_wanted(ring));
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	rig_set_used_event(&rig, 1);
	use(&rig, ring, 1);
	T_FALSE(vring_interrupt_wanted(ring));
	rig_fini(&rig);
}

TEST(ring_event, decides_late_but_not_wrongly)
{
	struct vring *ring;
	struct rig rig;

	/*
	 * A device that has not decided for 2^16 chains has passed whatever
	 * was asked for; to forget them all would be to say nothing.
	 */
	ring = start(&rig);
	rig_set_used_event(&rig, 100);
	use(&rig, ring, 65536);
	T_TRUE(vring_interrupt_wanted(ring));
	use(&rig, ring, 65536 + 50);
	T_TRUE(vring_interrupt_wanted(ring));
	rig_fini(&rig);
}

TEST(ring_event, avail_flags_are_ignored_and_told)
{
	struct vring *ring;
	struct rig rig;

	/* Section 2.7.7.1: 0; section 2.7.7.2: the lower bit is ignored. */
	ring = start(&rig);
	rig_set_avail_flags(&rig, VIRTQ_AVAIL_F_NO_INTERRUPT);
	use(&rig, ring, 1);
	T_TRUE(vring_interrupt_wanted(ring));
	T_TRUE(rig_reported(&rig, "2.7.7.1"));
	rig_set_avail_flags(&rig, 0);
	use(&rig, ring, 1);
	T_FALSE(vring_interrupt_wanted(ring));
	/* Said once. */
	rig_set_avail_flags(&rig, 2);
	use(&rig, ring, 1);
	T_FALSE(vring_interrupt_wanted(ring));
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(ring_event, without_the_feature_the_event_is_ignored)
{
	const struct vblk_config config = {
		.without = VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX),
	};
	struct vring *ring;
	struct rig rig;

	rig_blk(&rig, 64, &config, false);
	rig_start(&rig, SIZE);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	ring = &rig.dev->queues[0].ring;
	rig_set_used_event(&rig, 1000);
	use(&rig, ring, 1);
	T_TRUE(vring_interrupt_wanted(ring));
	vring_notify_disable(ring);
	T_EQ(rig_avail_event(&rig), 0);
	T_FALSE(vring_notify_enable(ring));
	T_EQ(rig_avail_event(&rig), 0);
	rig_fini(&rig);
}

TEST(ring_event, a_hostile_event_is_only_a_number)
{
	struct vring *ring;
	struct rig rig;
	uint32_t event;

	ring = start(&rig);
	use(&rig, ring, 3);
	for (event = 0; event < 65536; event += 17) {
		rig_set_used_event(&rig, event);
		(void)vring_interrupt_wanted(ring);
		use(&rig, ring, 1);
	}
	T_EQ(rig.nreports, 0);
	T_TRUE(ring->enabled && !ring->broken);
	rig_fini(&rig);
}

/*
 * --- notifications ---
 */

TEST(ring_event, asks_for_the_next_entry)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	use(&rig, ring, 3);
	vring_notify_disable(ring);
	T_EQ(rig_avail_event(&rig), 0);
	T_EQ(rig.events[MODEL_IDLE], 0);
	T_FALSE(vring_notify_enable(ring));
	T_EQ(rig_avail_event(&rig), 3);
	T_EQ(rig.events[MODEL_IDLE], 1);
	T_EQ(rig.last[MODEL_IDLE].idle.next, 3);
	/* Section 2.7.10.2: whatever happens, the flags stay 0. */
	T_EQ(rig_used_flags(&rig), 0);
	rig_fini(&rig);
}

TEST(ring_event, asks_at_enable_whatever_the_memory_held)
{
	struct vring_layout layout;
	struct vring *ring;
	struct rig rig;

	/* Nobody but the device need ever write avail_event. */
	ring = start(&rig);
	memset(rig_at(&rig, rig.used_gpa + 4 + 8 * SIZE), 0xa5, 2);
	layout = (struct vring_layout) { SIZE, rig.desc_gpa, rig.avail_gpa,
		rig.used_gpa };
	T_TRUE(vring_enable(ring, &layout, rig.dev->negotiated));
	T_EQ(rig_avail_event(&rig), 0);
	/* Without the feature the driver may keep something else there. */
	memset(rig_at(&rig, rig.used_gpa + 4 + 8 * SIZE), 0xa5, 2);
	T_TRUE(vring_enable(ring, &layout, 0));
	T_EQ(rig_avail_event(&rig), 0xa5a5);
	rig_fini(&rig);
}

/* The driver has looked at the old event and adds one without telling. */
static void
add_one(struct rig *rig)
{
	if (rig->points == 2)
		rig_avail(rig, 0);
}

TEST(ring_event, looks_again_after_asking)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	/* Point 1 is before the event's store, 2 before the index's load. */
	ring = start(&rig);
	rig_points(&rig, add_one);
	T_TRUE(vring_notify_enable(ring));
	T_EQ(rig.points, 2);
	T_EQ(rig.events[MODEL_IDLE], 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	rig_fini(&rig);
}

/* The event is out by the time the index is read: that is what counts. */
static uint16_t seen_event;

static void
see_event(struct rig *rig)
{
	if (rig->points == 2)
		seen_event = rig_avail_event(rig);
}

TEST(ring_event, asks_before_it_looks)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	use(&rig, ring, 5);
	seen_event = 0;
	rig_points(&rig, see_event);
	T_FALSE(vring_notify_enable(ring));
	T_EQ(seen_event, 5);
	rig_fini(&rig);
}

static void
read_event(struct rig *rig)
{
	/* idx of the used ring is out before the event is read. */
	if (rig->points == 2)
		rig_set_used_event(rig, rig_used_idx(rig) - 1);
}

TEST(ring_event, looks_at_the_event_as_late_as_it_can)
{
	struct vring *ring;
	struct rig rig;

	/* Point 1 is before the flags' load, 2 before the event's. */
	ring = start(&rig);
	rig_set_used_event(&rig, 1000);
	use(&rig, ring, 2);
	rig_points(&rig, read_event);
	T_TRUE(vring_interrupt_wanted(ring));
	T_EQ(rig.points, 2);
	rig_fini(&rig);
}

TEST(ring_event, a_round_asks_for_what_comes_next)
{
	uint32_t used;
	struct rig rig;
	unsigned i;

	/* The device through its transport, with a driver's requests. */
	rig_blk(&rig, 64, NULL, false);
	rig_start(&rig, SIZE);
	for (i = 1; i <= 3; i++) {
		T_EQ(rig_request(&rig, VIRTIO_BLK_T_FLUSH, 0, 0, &used), 0);
		T_EQ(rig_avail_event(&rig), i);
		T_EQ(rig_used_flags(&rig), 0);
		/* The first was asked for, and nobody has asked since. */
		T_EQ(rig.events[MODEL_DECIDE], i);
		T_EQ(rig.events[MODEL_INTERRUPT] + rig.events[MODEL_MUTE], 1);
	}
	T_EQ(rig.last[MODEL_DECIDE].decide.idx, 3);
	T_EQ(rig.last[MODEL_DECIDE].decide.count, 1);
	T_FALSE(rig.last[MODEL_DECIDE].decide.wanted);
	rig_fini(&rig);
}
