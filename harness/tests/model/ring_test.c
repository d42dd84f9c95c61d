/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device's side of the split ring, against a driver written by hand:
 * chains as they should be, and every way in which they should not.
 */
#include "model/ring.h"

#include <string.h>

#include "tests/model/rig.h"
#include "tests/test.h"

#define SIZE  8
#define NEXT  VIRTQ_DESC_F_NEXT
#define WRITE VIRTQ_DESC_F_WRITE

/* A started device, and its ring used directly. */
static struct vring *
start(struct rig *rig)
{
	const struct vblk_config config = {
		/* Flags suppress; ring_event_test.c has the events. */
		.without = VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX),
	};

	rig_blk(rig, 64, &config, false);
	rig_start(rig, SIZE);
	rig->nreports = 0;
	return (&rig->dev->queues[0].ring);
}

TEST(ring, takes_and_gives)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	T_EQ(vring_take(ring, &chain), VRING_EMPTY);
	rig_desc(&rig, 5, RIG_DATA, 16, NEXT, 2);
	rig_desc(&rig, 2, RIG_DATA + 512, 512, NEXT | WRITE, 7);
	rig_desc(&rig, 7, RIG_DATA + 4096, 1, WRITE, 0);
	rig_avail(&rig, 5);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.head, 5);
	T_EQ(chain.nsegs, 3);
	T_EQ(chain.nreadable, 1);
	T_EQ(chain.readable, 16);
	T_EQ(chain.writable, 513);
	T_EQ(chain.segs[1].gpa, RIG_DATA + 512);
	T_TRUE(chain.segs[1].host == rig_at(&rig, RIG_DATA + 512));
	T_FALSE(chain.segs[0].writable);
	T_TRUE(chain.segs[2].writable);
	T_EQ(rig_used_idx(&rig), 0);
	T_TRUE(vring_give(ring, &chain, 77));
	T_EQ(rig_used_idx(&rig), 1);
	T_EQ(rig_used(&rig, 0).id, 5);
	T_EQ(rig_used(&rig, 0).len, 77);
	T_EQ(vring_take(ring, &chain), VRING_EMPTY);
	rig_fini(&rig);
}

TEST(ring, tells_what_it_read)
{
	const struct model_event *take;
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	take = &rig.last[MODEL_TAKE];
	rig_desc(&rig, 3, RIG_DATA, 16, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA + 64, 8, WRITE, 0);
	rig_avail(&rig, 3);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(rig.events[MODEL_TAKE], 1);
	T_EQ(take->take.head, 3);
	T_EQ(take->take.count, 2);
	T_EQ(rig.indices[0], 3);
	T_EQ(rig.indices[1], 1);
	T_EQ(wire64(rig.descs[1].addr), RIG_DATA + 64);
	T_EQ(wire16(rig.descs[1].flags), WRITE);
	T_TRUE(vring_give(ring, &chain, 8));
	T_EQ(rig.events[MODEL_GIVE], 1);
	T_EQ(rig.last[MODEL_GIVE].give.id, 3);
	T_EQ(rig.last[MODEL_GIVE].give.length, 8);
	rig_fini(&rig);
}

TEST(ring, indices_wrap_at_65536)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;
	unsigned i;
	bool ok;

	ring = start(&rig);
	ok = true;
	for (i = 0; i < 65536 + 3; i++) {
		rig_desc(&rig, i % SIZE, RIG_DATA, 1, WRITE, 0);
		rig_avail(&rig, i % SIZE);
		ok &= vring_take(ring, &chain) == VRING_TAKEN;
		ok &= chain.head == i % SIZE;
		ok &= vring_give(ring, &chain, 1);
		ok &= rig_used_idx(&rig) == (uint16_t)(i + 1);
		ok &= rig_used(&rig, i).id == i % SIZE;
	}
	T_TRUE(ok);
	rig_fini(&rig);
}

TEST(ring, a_broken_ring_gives_nothing_back)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	/* One chain is in the device's hands when the next breaks a rule. */
	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	rig_avail(&rig, 0);
	rig_avail(&rig, SIZE);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	rig_expect_broken(&rig, ring, "2.7.6");
	T_FALSE(vring_give(ring, &chain, 1));
	T_EQ(rig_used_idx(&rig), 0);
	rig_fini(&rig);
}

TEST(ring, full_ring_is_legal_and_one_more_is_not)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;
	unsigned i;

	ring = start(&rig);
	for (i = 0; i < SIZE; i++) {
		rig_desc(&rig, i, RIG_DATA, 1, WRITE, 0);
		rig_avail(&rig, i);
	}
	for (i = 0; i < SIZE; i++)
		T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(vring_take(ring, &chain), VRING_EMPTY);
	rig_set_avail_idx(&rig, rig.avail_idx + SIZE + 1);
	rig_expect_broken(&rig, ring, "2.7.6.1");
	rig_fini(&rig);
}

TEST(ring, avail_idx_may_not_go_back)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	rig_set_avail_idx(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.6.1");
	rig_fini(&rig);
}

TEST(ring, head_beyond_the_queue)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_avail(&rig, SIZE);
	rig_expect_broken(&rig, ring, "2.7.6");
	rig_fini(&rig);
}

TEST(ring, next_beyond_the_queue)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 16, NEXT, SIZE);
	/* What lies behind the table may look like a descriptor. */
	rig_desc(&rig, SIZE, RIG_DATA, 16, 0, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5");
	rig_fini(&rig);
}

TEST(ring, loop_ends_after_queue_size)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;
	unsigned i;

	ring = start(&rig);
	/* As many as the queue has: the longest chain. */
	for (i = 0; i < SIZE; i++)
		rig_desc(&rig, i, RIG_DATA, 1, i == SIZE - 1 ? 0 : NEXT, i + 1);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.nsegs, SIZE);
	rig_desc(&rig, SIZE - 1, RIG_DATA, 1, NEXT, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5.2");
	rig_fini(&rig);
}

TEST(ring, readable_after_writable)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 16, NEXT | WRITE, 1);
	rig_desc(&rig, 1, RIG_DATA, 16, 0, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.4.2");
	rig_fini(&rig);
}

TEST(ring, descriptor_without_length)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 0, 0, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5");
	rig_fini(&rig);
}

TEST(ring, buffer_outside_memory)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_BASE + RIG_SIZE - 4, 5, WRITE, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5");
	rig_fini(&rig);
}

TEST(ring, buffer_that_wraps_the_address_space)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, UINT64_MAX - 15, UINT32_MAX, WRITE, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5");
	rig_fini(&rig);
}

TEST(ring, chain_longer_than_4_gib)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	/* All of the address space is memory: only the sum is too long. */
	rig.host.mem.regions[0].size = UINT64_MAX - RIG_BASE;
	rig_desc(&rig, 0, RIG_DATA, UINT32_MAX, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA, 2, 0, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5.2");
	rig_fini(&rig);
}

TEST(ring, chain_of_exactly_4_gib_is_legal)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig.host.mem.regions[0].size = UINT64_MAX - RIG_BASE;
	rig_desc(&rig, 0, RIG_DATA, UINT32_MAX, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA, 1, 0, 0);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.readable, UINT64_C(1) << 32);
	rig_fini(&rig);
}

TEST(ring, interrupt_follows_the_avail_flag)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	T_FALSE(vring_interrupt_wanted(ring)); /* nothing was given */
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_TRUE(vring_give(ring, &chain, 1));
	T_TRUE(vring_interrupt_wanted(ring));
	T_FALSE(vring_interrupt_wanted(ring)); /* once is enough */
	rig_set_avail_flags(&rig, VIRTQ_AVAIL_F_NO_INTERRUPT);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_TRUE(vring_give(ring, &chain, 1));
	T_FALSE(vring_interrupt_wanted(ring));
	T_EQ(rig.nreports, 0);
	rig_set_avail_flags(&rig, 0x8000);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_TRUE(vring_give(ring, &chain, 1));
	T_TRUE(vring_interrupt_wanted(ring));
	T_TRUE(rig_reported(&rig, "2.7.7.1"));
	rig_fini(&rig);
}

/* The driver, which has seen the advice not to notify, adds one more. */
static void
add_one(struct rig *rig)
{
	if (rig->points == 2)
		rig_avail(rig, 0);
}

TEST(ring, looks_again_after_asking_for_notifications)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	vring_notify_disable(ring);
	T_EQ(rig_used_flags(&rig), VIRTQ_USED_F_NO_NOTIFY);
	T_FALSE(vring_notify_enable(ring));
	T_EQ(rig_used_flags(&rig), 0);
	vring_notify_disable(ring);
	/* Point 1 is before the flag's store, 2 before the index's load. */
	rig_points(&rig, add_one);
	T_TRUE(vring_notify_enable(ring));
	T_EQ(rig.points, 2);
	rig_fini(&rig);
}

/* Resets the device at the n-th ring access. */
static unsigned reset_at;

static void
reset_now(struct rig *rig)
{
	if (rig->points == reset_at)
		RIG_SET(rig, device_status, 0);
}

TEST(ring, reset_in_the_middle_stops_everything)
{
	struct rig rig;
	unsigned i;

	/*
	 * A request has some fifteen ring accesses; whichever the reset comes
	 * before, the device gives nothing back after it and says nothing.
	 */
	for (i = 1; i < 20; i++) {
		(void)start(&rig);
		reset_at = i;
		rig_desc(&rig, 0, RIG_HEADER, 16, NEXT, 1);
		rig_desc(&rig, 1, RIG_STATUS, 1, WRITE, 0);
		rig_header(&rig, VIRTIO_BLK_T_FLUSH, 0);
		rig_avail(&rig, 0);
		rig_points(&rig, reset_now);
		rig_kick(&rig);
		T_EQ(rig.nreports, 0);
		if (rig.points >= reset_at) {
			T_EQ(RIG_GET(&rig, device_status), 0);
			T_EQ(rig.points, reset_at);
		} else {
			T_EQ(rig_used_idx(&rig), 1);
			T_TRUE(i > 8);
		}
		rig_fini(&rig);
	}
}

static void
restart_now(struct rig *rig)
{
	if (rig->points == reset_at)
		rig_start(rig, SIZE);
}

TEST(ring, chain_of_before_a_reset_is_not_given_after_it)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	reset_at = 1;
	rig_points(&rig, restart_now);
	T_FALSE(vring_give(ring, &chain, 1));
	T_EQ(rig_used_idx(&rig), 0);
	T_EQ(rig_used(&rig, 0).len, 0);
	T_TRUE(ring->enabled);
	rig_fini(&rig);
}

TEST(ring, chain_kept_across_a_reset_is_not_given)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	/* The device has held it for a while: no access is in progress. */
	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	RIG_SET(&rig, device_status, 0);
	T_FALSE(vring_give(ring, &chain, 1));
	rig_start(&rig, SIZE);
	T_FALSE(vring_give(ring, &chain, 1));
	T_EQ(rig_used_idx(&rig), 0);
	T_EQ(rig_used(&rig, 0).len, 0);
	rig_fini(&rig);
}

static const char *
no_descriptors(void *arg, uint64_t gpa, uint64_t length,
    enum gmem_access access)
{
	return (gpa < RIG_BASE + 0x10000 ? "freed memory" : NULL);
}

TEST(ring, asks_the_probe_at_each_access)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 1, WRITE, 0);
	rig_avail(&rig, 0);
	rig.host.mem.probe = no_descriptors;
	rig_expect_broken(&rig, ring, "2.7");
	rig_fini(&rig);
}

TEST(ring, streams_ignore_descriptor_borders)
{
	static const uint8_t sent[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	static const uint8_t answer[3] = { 0xa1, 0xa2, 0xa3 };
	uint8_t in[10], *ram;
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 3, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA + 100, 7, NEXT, 2);
	rig_desc(&rig, 2, RIG_DATA + 200, 2, NEXT | WRITE, 3);
	rig_desc(&rig, 3, RIG_DATA + 300, 4, WRITE, 0);
	ram = rig_at(&rig, RIG_DATA);
	memcpy(ram, sent, 3);
	memcpy(ram + 100, sent + 3, 7);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	vring_copy_in(&chain, 0, in, sizeof(in));
	T_TRUE(memcmp(in, sent, sizeof(in)) == 0);
	vring_copy_in(&chain, 2, in, 3);
	T_TRUE(memcmp(in, sent + 2, 3) == 0);
	vring_copy_out(&chain, 1, answer, sizeof(answer));
	T_EQ(ram[200], 0);
	T_EQ(ram[201], 0xa1);
	T_EQ(ram[300], 0xa2);
	T_EQ(ram[301], 0xa3);
	T_EQ(ram[302], 0);
	rig_fini(&rig);
}

TEST(ring, enable_checks_size_alignment_and_memory)
{
	static const struct {
		struct vring_layout layout;
		const char *clause;
	} cases[] = {
		{ { 0, 0x10000, 0x20000, 0x30000 }, "2.7" },
		{ { 6, 0x10000, 0x20000, 0x30000 }, "2.7" },
		{ { 512, 0x10000, 0x20000, 0x30000 }, "2.7" },
		{ { 8, 0x10008, 0x20000, 0x30000 }, "2.7.1" },
		{ { 8, 0x10000, 0x20001, 0x30000 }, "2.7.1" },
		{ { 8, 0x10000, 0x20000, 0x30002 }, "2.7.1" },
		{ { 8, 0, 0x20000, 0x30000 }, "2.7" },
		{ { 8, 0x10000, RIG_BASE + RIG_SIZE - 20, 0x30000 }, "2.7" },
		{ { 8, 0x10000, 0x20000, RIG_BASE + RIG_SIZE - 68 }, "2.7" },
		{ { 8, UINT64_MAX - 15, 0x20000, 0x30000 }, "2.7" },
	};
	struct vring *ring;
	struct rig rig;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_blk(&rig, 64, NULL, false);
		rig_negotiate(&rig, rig.dev->offered);
		ring = &rig.dev->queues[0].ring;
		T_FALSE(vring_enable(ring, &cases[i].layout, 0));
		T_TRUE(rig_reported(&rig, cases[i].clause));
		T_FALSE(ring->enabled);
		T_TRUE(rig.dev->status & VIRTIO_CONFIG_S_NEEDS_RESET);
		rig_fini(&rig);
	}
}

TEST(ring, areas_may_end_with_memory)
{
	const struct vring_layout layout = { 8, 0x10000,
		RIG_BASE + RIG_SIZE - 96, RIG_BASE + RIG_SIZE - 72 };
	struct rig rig;

	rig_blk(&rig, 64, NULL, false);
	rig_negotiate(&rig, rig.dev->offered);
	T_TRUE(vring_enable(&rig.dev->queues[0].ring, &layout, 0));
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(ring, used_flags_must_be_clear_at_enable)
{
	struct rig rig;

	rig_blk(&rig, 64, NULL, false);
	rig_negotiate(&rig, rig.dev->offered);
	rig_ring(&rig, SIZE);
	((struct virtq_used *)rig_at(&rig, rig.used_gpa))->flags = wire16(1);
	T_TRUE(vring_enable(&rig.dev->queues[0].ring,
	    &(struct vring_layout) { SIZE, rig.desc_gpa, rig.avail_gpa,
		rig.used_gpa },
	    0));
	T_TRUE(rig_reported(&rig, "2.7.10.1"));
	rig_fini(&rig);
}
