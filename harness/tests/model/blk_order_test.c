/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block device when it holds requests back: all are answered once, in an
 * order that the seed decides, across queues, and none after a reset.
 */
#include <stdio.h>
#include <string.h>

#include "model/blk.h"
#include "tests/model/rig.h"
#include "tests/test.h"

#define SECTORS	 64
#define QSIZE	 64
#define REQUESTS 16
#define NEXT	 VIRTQ_DESC_F_NEXT
#define WRITE	 VIRTQ_DESC_F_WRITE

/* Request i: a header, a sector of data and a status of its own. */
#define HEADER(i) (RIG_BUFFERS + (i)*32)
#define STATUS(i) (RIG_BUFFERS + 0x1000 + (i))
#define DATA(i)	  (RIG_BUFFERS + 0x2000 + (i)*512)

static void
put(struct rig *rig, unsigned i, uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr *header = rig_at(rig, HEADER(i));
	unsigned d = i % REQUESTS * 3;

	header->type = wire32(type);
	header->reserved = 0;
	header->sector = wire64(sector);
	*(uint8_t *)rig_at(rig, STATUS(i)) = 0xee;
	rig_desc(rig, d, HEADER(i), 16, NEXT, d + 1);
	rig_desc(rig, d + 1, DATA(i), 512,
	    NEXT | (type == VIRTIO_BLK_T_OUT ? 0 : WRITE), d + 2);
	rig_desc(rig, d + 2, STATUS(i), 1, WRITE, 0);
	rig_avail(rig, d);
}

static uint8_t
status(struct rig *rig, unsigned i)
{
	return (*(uint8_t *)rig_at(rig, STATUS(i)));
}

/* Announces, without letting the device work. */
static void
ring_bell(struct rig *rig, unsigned queue)
{
	rig_write(rig,
	    VPCI_MODERN_NOTIFY_OFFSET + queue * VPCI_MODERN_NOTIFY_MULTIPLIER,
	    queue, 2);
}

static void
begin(struct rig *rig, const struct vblk_config *config)
{
	rig_blk(rig, SECTORS, config, false);
	rig_negotiate(rig,
	    rig->dev->offered & ~VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX));
	rig_enable_queue(rig, QSIZE);
	rig_driver_ok(rig);
	for (unsigned i = 0; i < SECTORS; i++)
		memset(backend_memory_bytes(rig->backend) + i * 512, i + 1,
		    512);
}

/* Reads sectors 0 to REQUESTS - 1; the order in which they came back. */
static void
order_of(uint64_t seed, unsigned window, unsigned char *order)
{
	const struct vblk_config config = {
		.order = { .window = (uint16_t)window, .seed = seed },
	};
	struct vblk_stats stats;
	struct rig rig;

	begin(&rig, &config);
	for (unsigned i = 0; i < REQUESTS; i++)
		put(&rig, i, VIRTIO_BLK_T_IN, i);
	rig_kick(&rig);
	T_EQ(rig_used_idx(&rig), REQUESTS);
	for (unsigned i = 0; i < REQUESTS; i++) {
		order[i] = (unsigned char)(rig_used(&rig, i).id / 3);
		T_EQ(rig_used(&rig, i).id % 3, 0);
		T_EQ(rig_used(&rig, i).len, 513);
		T_EQ(status(&rig, i), VIRTIO_BLK_S_OK);
		T_TRUE(
		    memcmp(rig_at(&rig, DATA(i)),
			backend_memory_bytes(rig.backend) + i * 512, 512) == 0);
	}
	T_EQ(rig.nreports, 0);
	vblk_stats(rig.dev, &stats);
	T_EQ(stats.reads, REQUESTS);
	T_TRUE(stats.held_max <= window);
	if (window > 1)
		T_TRUE(stats.held_max > window / 2);
	if (window <= 1)
		T_EQ(stats.overtaking, 0);
	rig_fini(&rig);
}

TEST(blk_order, the_seed_decides)
{
	unsigned char a[REQUESTS], b[REQUESTS], in_order[REQUESTS];
	unsigned seen, same;

	for (unsigned i = 0; i < REQUESTS; i++)
		in_order[i] = (unsigned char)i;
	same = 0;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		order_of(seed, REQUESTS, a);
		order_of(seed, REQUESTS, b);
		T_TRUE(memcmp(a, b, sizeof(a)) == 0);
		same += memcmp(a, in_order, sizeof(a)) == 0;
		seen = 0;
		for (unsigned i = 0; i < REQUESTS; i++)
			seen |= 1u << a[i];
		T_EQ(seen, (1u << REQUESTS) - 1);
		order_of(seed + 1000, REQUESTS, b);
		same += memcmp(a, b, sizeof(a)) == 0;
	}
	T_EQ(same, 0);
}

TEST(blk_order, a_window_bounds_what_is_held)
{
	unsigned char order[REQUESTS];

	for (unsigned window = 1; window < REQUESTS; window++) {
		order_of(7, window, order);
		/* Who comes first was among the first `window`. */
		T_TRUE(order[0] < window);
	}
	for (unsigned window = 0; window <= 1; window++) {
		order_of(7, window, order);
		for (unsigned i = 0; i < REQUESTS; i++)
			T_EQ(order[i], i);
	}
}

/* Some are served when they are taken, others when they are given back. */
TEST(blk_order, writes_happen_early_or_late)
{
	const struct vblk_config config = { .order = { .window = 16 } };
	unsigned early, late;
	uint8_t *disk;
	struct rig rig;

	early = late = 0;
	for (unsigned round = 0; round < 20; round++) {
		struct vblk_config now = config;

		now.order.seed = round;
		begin(&rig, &now);
		disk = backend_memory_bytes(rig.backend);
		for (unsigned i = 0; i < REQUESTS; i++) {
			memset(rig_at(&rig, DATA(i)), 0xaa, 512);
			put(&rig, i, VIRTIO_BLK_T_OUT, i);
		}
		ring_bell(&rig, 0);
		rig.schedules = 0;
		vdev_run(rig.dev);
		for (unsigned i = 0; i < REQUESTS; i++) {
			if (status(&rig, i) != 0xee)
				T_EQ(disk[i * 512], 0xaa);
			else if (disk[i * 512] == 0xaa)
				early++;
			else
				late++;
		}
		rig.schedules = 1;
		rig_work(&rig);
		for (unsigned i = 0; i < REQUESTS; i++)
			T_EQ(disk[i * 512 + 511], 0xaa);
		rig_fini(&rig);
	}
	T_TRUE(early > 20);
	T_TRUE(late > 20);
}

TEST(blk_order, a_reset_forgets_all)
{
	struct vblk_config config = { .order = { .window = 16 } };
	static uint8_t before[RIG_SIZE];
	struct vblk_stats stats;
	unsigned held;
	struct rig rig;

	held = 0;
	for (uint64_t seed = 0; seed < 20; seed++) {
		config.order.seed = seed;
		begin(&rig, &config);
		for (unsigned i = 0; i < REQUESTS; i++)
			put(&rig, i, VIRTIO_BLK_T_IN, i);
		ring_bell(&rig, 0);
		rig.schedules = 0;
		vdev_run(rig.dev);
		held += REQUESTS - rig_used_idx(&rig);
		RIG_SET(&rig, device_status, 0);
		memcpy(before, rig.ram, RIG_SIZE);
		rig.schedules = 1;
		rig_work(&rig);
		vdev_run(rig.dev);
		T_TRUE(memcmp(before, rig.ram, RIG_SIZE) == 0);
		/* And it begins anew. */
		rig_start(&rig, QSIZE);
		vblk_stats(rig.dev, &stats);
		for (unsigned i = 0; i < REQUESTS; i++)
			put(&rig, i, VIRTIO_BLK_T_IN, REQUESTS + i);
		rig_kick(&rig);
		T_EQ(rig_used_idx(&rig), REQUESTS);
		for (unsigned i = 0; i < REQUESTS; i++)
			T_EQ(*(uint8_t *)rig_at(&rig, DATA(i)),
			    REQUESTS + i + 1);
		T_EQ(rig.nreports, 0);
		rig_fini(&rig);
	}
	T_TRUE(held > 20);
}

/* A reset may come at any access to the ring, in the middle of a round. */
static unsigned reset_at;

static void
reset_at_point(struct rig *rig)
{
	if (rig->points == reset_at)
		RIG_SET(rig, device_status, 0);
}

TEST(blk_order, a_reset_comes_at_any_point)
{
	static uint8_t before[RIG_SIZE];
	const struct vblk_config config = {
		.order = { .window = 8, .seed = 3 },
	};
	unsigned last;
	struct rig rig;

	last = 0;
	for (reset_at = 1; reset_at == 1 || last >= reset_at - 1; reset_at++) {
		begin(&rig, &config);
		for (unsigned i = 0; i < REQUESTS; i++)
			put(&rig, i, VIRTIO_BLK_T_IN, i);
		rig_points(&rig, reset_at_point);
		rig_kick(&rig);
		last = rig.points;
		memcpy(before, rig.ram, RIG_SIZE);
		rig.schedules = 1;
		rig_work(&rig);
		if (last >= reset_at) {
			T_TRUE(memcmp(before, rig.ram, RIG_SIZE) == 0);
			T_EQ(last, reset_at);
		} else {
			T_EQ(rig_used_idx(&rig), REQUESTS);
		}
		T_EQ(rig.nreports, 0);
		rig_fini(&rig);
	}
	T_TRUE(reset_at > 100);
}

TEST(blk_order, a_broken_ring_ends_it)
{
	const struct vblk_config config = {
		.order = { .window = 16, .seed = 5 },
	};
	uint16_t given;
	struct rig rig;

	begin(&rig, &config);
	for (unsigned i = 0; i < REQUESTS; i++)
		put(&rig, i, VIRTIO_BLK_T_IN, i);
	ring_bell(&rig, 0);
	rig.schedules = 0;
	vdev_run(rig.dev);
	given = rig_used_idx(&rig);
	T_TRUE(given < REQUESTS);
	/* A chain without room for a status. */
	rig_desc(&rig, 60, RIG_DATA, 16, 0, 0);
	rig_avail(&rig, 60);
	ring_bell(&rig, 0);
	rig.schedules = 1;
	rig_work(&rig);
	T_TRUE(rig_reported(&rig, "5.2.6"));
	T_TRUE(RIG_GET(&rig, device_status) & VIRTIO_CONFIG_S_NEEDS_RESET);
	T_EQ(rig_used_idx(&rig), given);
	rig_fini(&rig);
}

/* A legacy driver takes one queue away, and gives another in its place. */
TEST(blk_order, a_queue_that_was_taken_away)
{
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	struct vblk_config config = {
		.queue_size = QSIZE,
		.order = { .window = 16 },
	};
	unsigned lost;
	struct rig rig;

	lost = 0;
	for (uint64_t seed = 0; seed < 10; seed++) {
		config.order.seed = seed;
		rig_blk_pci(&rig, SECTORS, &config, false, &pci);
		rig_start_legacy(&rig);
		for (unsigned i = 0; i < REQUESTS; i++)
			put(&rig, i, VIRTIO_BLK_T_IN, i);
		RIG_PORT_SET(&rig, queue_notify, 0);
		rig.schedules = 0;
		vdev_run(rig.dev);
		lost += REQUESTS - rig_used_idx(&rig);
		RIG_PORT_SET(&rig, queue_address, 0);
		memset(rig.ram, 0, RIG_BUFFERS - RIG_BASE);
		rig.avail_idx = 0;
		RIG_PORT_SET(&rig, queue_address, rig.desc_gpa >> 12);
		for (unsigned i = 0; i < 4; i++)
			put(&rig, i, VIRTIO_BLK_T_IN, i + 32);
		for (unsigned i = 4; i < REQUESTS; i++)
			memset(rig_at(&rig, DATA(i)), 0xcc, 512);
		rig_kick(&rig);
		T_EQ(rig_used_idx(&rig), 4);
		for (unsigned i = 0; i < 4; i++)
			T_EQ(status(&rig, i), VIRTIO_BLK_S_OK);
		for (unsigned i = 4; i < REQUESTS; i++)
			T_EQ(*(uint8_t *)rig_at(&rig, DATA(i)), 0xcc);
		rig_fini(&rig);
	}
	T_TRUE(lost > 10);
}

/*
 * --- two queues ---
 */

#define QUEUE1 (RIG_BASE + 0x30000) /* its three areas, a page each */

static void
enable_second(struct rig *rig)
{
	RIG_SET(rig, queue_select, 1);
	RIG_SET(rig, queue_size, QSIZE);
	RIG_SET(rig, queue_desc_lo, QUEUE1);
	RIG_SET(rig, queue_driver_lo, QUEUE1 + 0x1000);
	RIG_SET(rig, queue_device_lo, QUEUE1 + 0x2000);
	RIG_SET(rig, queue_enable, 1);
}

/* The rig's driver works on one ring at a time. */
static void
swap_rings(struct rig *rig)
{
	static uint64_t desc, avail, used;
	static uint16_t idx;
	const bool first = rig->desc_gpa == RIG_BASE;

	if (first) {
		desc = rig->desc_gpa;
		avail = rig->avail_gpa;
		used = rig->used_gpa;
		idx = rig->avail_idx;
		rig->desc_gpa = QUEUE1;
		rig->avail_gpa = QUEUE1 + 0x1000;
		rig->used_gpa = QUEUE1 + 0x2000;
		rig->avail_idx = 0;
	} else {
		rig->desc_gpa = desc;
		rig->avail_gpa = avail;
		rig->used_gpa = used;
		rig->avail_idx = idx;
	}
}

TEST(blk_order, goes_across_queues)
{
	struct vblk_config config = {
		.nqueues = 2,
		.order = { .window = 32 },
	};
	struct vblk_stats stats;
	unsigned mixed;
	struct rig rig;

	mixed = 0;
	for (uint64_t seed = 0; seed < 20; seed++) {
		config.order.seed = seed;
		rig_blk(&rig, SECTORS, &config, false);
		rig_negotiate(&rig,
		    rig.dev->offered & ~VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX));
		rig_enable_queue(&rig, QSIZE);
		enable_second(&rig);
		rig_driver_ok(&rig);
		for (unsigned i = 0; i < REQUESTS; i++)
			put(&rig, i, VIRTIO_BLK_T_IN, i);
		ring_bell(&rig, 0);
		rig.schedules = 0;
		vdev_run(rig.dev);
		/* Queue 1 speaks up, and queue 0 gets answers as well. */
		mixed += REQUESTS - rig_used_idx(&rig);
		swap_rings(&rig);
		for (unsigned i = REQUESTS; i < 2 * REQUESTS; i++)
			put(&rig, i, VIRTIO_BLK_T_IN, i);
		ring_bell(&rig, 1);
		rig_work(&rig);
		T_EQ(rig_used_idx(&rig), REQUESTS);
		swap_rings(&rig);
		T_EQ(rig_used_idx(&rig), REQUESTS);
		for (unsigned i = 0; i < 2 * REQUESTS; i++)
			T_EQ(status(&rig, i), VIRTIO_BLK_S_OK);
		vblk_stats(rig.dev, &stats);
		T_EQ(stats.queue_requests[0], REQUESTS);
		T_EQ(stats.queue_requests[1], REQUESTS);
		T_TRUE(stats.overtaking > 0);
		T_EQ(rig.nreports, 0);
		rig_fini(&rig);
	}
	T_TRUE(mixed > 20);
}

/*
 * --- a machine with a clock ---
 */

static struct {
	uint64_t now, alarm;
	unsigned alarms;
} clock_;

static uint64_t
clock_now(void *arg)
{
	return (clock_.now);
}

static void
clock_alarm(void *arg, struct vdev *dev, uint64_t when)
{
	if (clock_.alarms++ == 0 || when < clock_.alarm)
		clock_.alarm = when;
}

TEST(blk_order, answers_take_time)
{
	const struct vblk_config config = {
		.order = { .window = 16, .seed = 1, .max_delay = 1000 },
	};
	unsigned steps;
	uint16_t done;
	struct rig rig;

	begin(&rig, &config);
	clock_.now = 5000;
	clock_.alarms = 0;
	rig.host.now = clock_now;
	rig.host.schedule_at = clock_alarm;
	for (unsigned i = 0; i < REQUESTS; i++)
		put(&rig, i, VIRTIO_BLK_T_IN, i);
	rig_kick(&rig);
	T_TRUE(rig_used_idx(&rig) < REQUESTS);
	for (steps = 0; rig_used_idx(&rig) < REQUESTS && steps < 100; steps++) {
		T_REQUIRE(clock_.alarms > 0);
		T_TRUE(clock_.alarm > clock_.now);
		T_TRUE(clock_.alarm <= 6000);
		/* Too early: nothing is done, and it asks again. */
		done = rig_used_idx(&rig);
		clock_.now = clock_.alarm - 1;
		clock_.alarms = 0;
		rig.schedules = 1;
		rig_work(&rig);
		T_EQ(rig_used_idx(&rig), done);
		T_EQ(clock_.alarm, clock_.now + 1);
		clock_.now++;
		clock_.alarms = 0;
		rig.schedules = 1;
		rig_work(&rig);
		T_TRUE(rig_used_idx(&rig) > done);
	}
	T_EQ(rig_used_idx(&rig), REQUESTS);
	T_TRUE(steps > 3);
	T_EQ(clock_.alarms, 0);
	T_EQ(rig.dev->deferred[0], 0);
	rig_fini(&rig);
}
