/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Indirect tables on the device's side (virtio 1.3, section 2.7.5.3): what a
 * driver may do with them, and what it may not.
 */
#include <string.h>

#include "model/ring.h"
#include "tests/model/rig.h"
#include "tests/test.h"

#define SIZE	 8
#define NEXT	 VIRTQ_DESC_F_NEXT
#define WRITE	 VIRTQ_DESC_F_WRITE
#define INDIRECT VIRTQ_DESC_F_INDIRECT

/* A started device, and its ring used directly. */
static struct vring *
start(struct rig *rig)
{
	rig_blk(rig, 64, NULL, false);
	rig_start(rig, SIZE);
	rig->nreports = 0;
	return (&rig->dev->queues[0].ring);
}

/* Writes entry `i` of an indirect table at RIG_DATA. */
static void
table_entry(struct rig *rig, unsigned i, uint64_t gpa, uint32_t length,
    uint16_t flags, uint16_t next)
{
	const struct virtq_desc desc = { wire64(gpa), wire32(length),
		wire16(flags), wire16(next) };

	memcpy((uint8_t *)rig_at(rig, RIG_DATA) + 16 * i, &desc, sizeof(desc));
}

TEST(ring_indirect, follows_a_table)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 4, RIG_BUFFERS, 8, NEXT, 6);
	rig_desc(&rig, 6, RIG_DATA, 3 * 16, VIRTQ_DESC_F_INDIRECT | WRITE, 0);
	table_entry(&rig, 0, RIG_BUFFERS + 8, 8, NEXT, 2);
	table_entry(&rig, 2, RIG_BUFFERS + 64, 64, WRITE, 0);
	rig_avail(&rig, 4);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.nsegs, 3);
	T_EQ(chain.readable, 16);
	T_EQ(chain.writable, 64);
	T_EQ(rig.last[MODEL_TAKE].take.count, 2);
	T_EQ(rig.last[MODEL_TAKE].take.table_count, 2);
	T_EQ(wire64(rig.descs[3].addr), RIG_BUFFERS + 64);
	rig_fini(&rig);
}

TEST(ring_indirect, loop_ends)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 16, VIRTQ_DESC_F_INDIRECT, 0);
	table_entry(&rig, 0, RIG_BUFFERS, 8, NEXT, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5.3.1");
	rig_fini(&rig);
}

TEST(ring_indirect, that_breaks_rules)
{
	static const struct {
		uint64_t gpa;
		uint32_t length;
		uint16_t flags;	      /* of the ring's descriptor */
		uint16_t table_flags; /* of the table's first */
		uint16_t table_next;
		const char *clause;
	} cases[] = {
		{ RIG_DATA, 16, NEXT, 0, 0, "2.7.5.3.1" },
		{ RIG_DATA, 17, 0, 0, 0, "2.7.5.3" },
		{ RIG_DATA, 0, 0, 0, 0, "2.7.5.3" },
		{ RIG_DATA, 16, 0, NEXT, 1, "2.7.5.3" },
		{ RIG_DATA, 16, 0, VIRTQ_DESC_F_INDIRECT, 0, "2.7.5.3.1" },
		{ RIG_BASE + RIG_SIZE, 16, 0, 0, 0, "2.7.5.3" },
		{ UINT64_MAX - 7, 16, 0, 0, 0, "2.7.5.3" },
	};
	struct vring *ring;
	struct rig rig;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ring = start(&rig);
		rig_desc(&rig, 0, cases[i].gpa, cases[i].length,
		    VIRTQ_DESC_F_INDIRECT | cases[i].flags, 1);
		table_entry(&rig, 0, RIG_BUFFERS, 8, cases[i].table_flags,
		    cases[i].table_next);
		rig_avail(&rig, 0);
		rig_expect_broken(&rig, ring, cases[i].clause);
		rig_fini(&rig);
	}
}

TEST(ring_indirect, needs_negotiation)
{
	const struct vblk_config config = {
		.without = VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC),
	};
	struct vring *ring;
	struct rig rig;

	rig_blk(&rig, 64, &config, false);
	rig_start(&rig, SIZE);
	ring = &rig.dev->queues[0].ring;
	rig_desc(&rig, 0, RIG_DATA, 16, VIRTQ_DESC_F_INDIRECT, 0);
	table_entry(&rig, 0, RIG_BUFFERS, 8, 0, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5.3.1");
	rig_fini(&rig);
}

/* A chain of n buffers of one byte each in a table of `room` entries. */
static void
long_chain(struct rig *rig, unsigned n, unsigned room)
{
	unsigned i;

	rig_desc(rig, 0, RIG_DATA, room * 16, INDIRECT, 0);
	for (i = 0; i < n; i++)
		table_entry(rig, i, RIG_BUFFERS + i, 1, i < n - 1 ? NEXT : 0,
		    i + 1);
	rig_avail(rig, 0);
}

TEST(ring_indirect, chain_may_be_as_long_as_the_queue)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	long_chain(&rig, SIZE, SIZE);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.nsegs, SIZE);
	T_EQ(chain.readable, SIZE);
	rig_fini(&rig);
}

TEST(ring_indirect, chain_longer_than_the_queue)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	long_chain(&rig, SIZE + 1, SIZE + 1);
	rig_expect_broken(&rig, ring, "2.7.5.3.1");
	rig_fini(&rig);
}

TEST(ring_indirect, table_may_be_longer_than_the_queue)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	long_chain(&rig, SIZE, 4 * SIZE);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.nsegs, SIZE);
	rig_fini(&rig);
}

TEST(ring_indirect, buffers_before_the_table_count)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	/* 3 in the ring and 5 in the table are a queue's worth. */
	ring = start(&rig);
	long_chain(&rig, SIZE - 3, SIZE - 3);
	rig_set_avail_idx(&rig, 0);
	rig_desc(&rig, 3, RIG_DATA, (SIZE - 3) * 16, INDIRECT, 0);
	rig_desc(&rig, 0, RIG_BUFFERS, 8, NEXT, 1);
	rig_desc(&rig, 1, RIG_BUFFERS, 8, NEXT, 2);
	rig_desc(&rig, 2, RIG_BUFFERS, 8, NEXT, 3);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.nsegs, SIZE);
	T_EQ(rig.last[MODEL_TAKE].take.count, 4);
	T_EQ(rig.last[MODEL_TAKE].take.table_count, SIZE - 3);
	/* One more is not. */
	rig_desc(&rig, 2, RIG_BUFFERS, 8, NEXT, 4);
	rig_desc(&rig, 4, RIG_BUFFERS, 8, NEXT, 3);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5.3.1");
	rig_fini(&rig);
}

TEST(ring_indirect, write_flag_of_the_reference_means_nothing)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	/* Section 2.7.5.3.2: ignored; what the table holds is readable. */
	ring = start(&rig);
	rig_desc(&rig, 0, RIG_BUFFERS, 8, NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA, 2 * 16, INDIRECT | WRITE, 0);
	table_entry(&rig, 0, RIG_BUFFERS, 8, NEXT, 1);
	table_entry(&rig, 1, RIG_BUFFERS, 4, WRITE, 0);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.readable, 16);
	T_EQ(chain.writable, 4);
	rig_fini(&rig);
}

TEST(ring_indirect, readable_after_writable_across_the_reference)
{
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_BUFFERS, 8, NEXT | WRITE, 1);
	rig_desc(&rig, 1, RIG_DATA, 16, INDIRECT, 0);
	table_entry(&rig, 0, RIG_BUFFERS, 8, 0, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.4.2");
	rig_fini(&rig);
}

TEST(ring_indirect, entries_may_be_linked_in_any_order)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 4 * 16, INDIRECT, 0);
	table_entry(&rig, 0, RIG_BUFFERS, 1, NEXT, 3);
	table_entry(&rig, 3, RIG_BUFFERS + 8, 2, NEXT, 1);
	table_entry(&rig, 1, RIG_BUFFERS + 16, 3, 0, 2);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.nsegs, 3);
	T_EQ(chain.segs[1].length, 2);
	T_EQ(chain.segs[2].gpa, RIG_BUFFERS + 16);
	rig_fini(&rig);
}

TEST(ring_indirect, table_may_lie_at_any_address)
{
	const struct virtq_desc desc = { wire64(RIG_BUFFERS), wire32(5), 0, 0 };
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	memcpy(rig_at(&rig, RIG_DATA + 3), &desc, sizeof(desc));
	rig_desc(&rig, 0, RIG_DATA + 3, 16, INDIRECT, 0);
	rig_avail(&rig, 0);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(chain.readable, 5);
	rig_fini(&rig);
}

TEST(ring_indirect, table_that_leaves_memory)
{
	struct vring *ring;
	struct rig rig;

	/* The chain would end before it does, but the table is said to be. */
	ring = start(&rig);
	rig_desc(&rig, 0, RIG_BASE + RIG_SIZE - 16, 32, INDIRECT, 0);
	rig_avail(&rig, 0);
	rig_expect_broken(&rig, ring, "2.7.5.3");
	rig_fini(&rig);
}

TEST(ring_indirect, buffers_in_a_table_are_checked_like_others)
{
	static const struct {
		uint64_t gpa;
		uint32_t length;
	} cases[] = {
		{ RIG_BUFFERS, 0 },
		{ RIG_BASE + RIG_SIZE - 4, 5 },
		{ UINT64_MAX - 15, UINT32_MAX },
	};
	struct vring *ring;
	struct rig rig;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ring = start(&rig);
		rig_desc(&rig, 0, RIG_DATA, 16, INDIRECT, 0);
		table_entry(&rig, 0, cases[i].gpa, cases[i].length, 0, 0);
		rig_avail(&rig, 0);
		rig_expect_broken(&rig, ring, "2.7.5");
		rig_fini(&rig);
	}
}

/* The driver changes an entry as soon as it can have been read. */
static void
change_table(struct rig *rig)
{
	if (rig->points < 5)
		return;
	table_entry(rig, 0, UINT64_MAX, UINT32_MAX, INDIRECT | NEXT, 77);
}

TEST(ring_indirect, each_entry_is_read_once)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 2 * 16, INDIRECT, 0);
	table_entry(&rig, 0, RIG_BUFFERS, 8, NEXT, 1);
	table_entry(&rig, 1, RIG_BUFFERS + 8, 8, WRITE, 0);
	rig_avail(&rig, 0);
	/* idx, slot, descriptor, entry 0; before entry 1 it changes. */
	rig_points(&rig, change_table);
	T_EQ(vring_take(ring, &chain), VRING_TAKEN);
	T_EQ(rig.points, 5);
	T_EQ(chain.segs[0].gpa, RIG_BUFFERS);
	T_EQ(chain.readable, 8);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

static void
reset_now(struct rig *rig)
{
	if (rig->points == 5)
		RIG_SET(rig, device_status, 0);
}

TEST(ring_indirect, reset_in_the_middle_of_a_table)
{
	struct vring_chain chain;
	struct vring *ring;
	struct rig rig;

	ring = start(&rig);
	rig_desc(&rig, 0, RIG_DATA, 2 * 16, INDIRECT, 0);
	table_entry(&rig, 0, RIG_BUFFERS, 8, NEXT, 1);
	table_entry(&rig, 1, RIG_BUFFERS + 8, 8, 0, 0);
	rig_avail(&rig, 0);
	rig_points(&rig, reset_now);
	T_EQ(vring_take(ring, &chain), VRING_STOPPED);
	T_EQ(rig.points, 5);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}
