/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the block driver lets overtake what, as the device sees it: with one
 * queue and many, on devices that complete out of order, with loads that
 * bus_dma(9) defers, with queues that are full, and across resets.
 */
#include <stdio.h>
#include <string.h>

#include "machine/memory.h"
#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

#define COUNT  240
#define BLOCK  4096u
#define QUEUES 8

/* What happened to request i, as times in a count of events; 0: never. */
static struct {
	unsigned taken, given, done;
	uint16_t queue;
	bool flush, ordered;
} log_of[COUNT];

static unsigned now, flushes_taken, finished, failed;
static int owner[QUEUES][1024]; /* request by queue and head */
static struct kernel_disk_io ios[COUNT];
static struct kernel_sema all_done;

/* The n-th flush: they are ordered among themselves. */
static int
nth_flush(unsigned n)
{
	for (int i = 0; i < COUNT; i++)
		if (log_of[i].flush && n-- == 0)
			return (i);
	return (-1);
}

static void
record(struct diskrig *rig, const struct model_event *event)
{
	const struct virtq_desc *first;
	struct virtio_blk_outhdr hdr;
	int i;

	(void)rig;
	if (event->type == MODEL_TAKE) {
		first = event->take.table_count > 0 ? event->take.table :
						      event->take.descs;
		memcpy(&hdr,
		    (const void *)(uintptr_t)(MACHINE_DEVICE_VIEW +
			wire64(first->addr) - MACHINE_RAM_BASE),
		    sizeof(hdr));
		i = (int)(wire64(hdr.sector) / (BLOCK / 512));
		if (wire32(hdr.type) == VIRTIO_BLK_T_FLUSH)
			i = nth_flush(flushes_taken++);
		T_REQUIRE(i >= 0 && i < COUNT && event->queue < QUEUES);
		owner[event->queue][event->take.head] = i;
		log_of[i].taken = ++now;
		log_of[i].queue = event->queue;
	} else if (event->type == MODEL_GIVE) {
		i = owner[event->queue][event->give.id];
		log_of[i].given = ++now;
	}
}

static void
one_done(struct kernel_disk_io *io)
{
	int i = (int)(io - ios);

	failed += io->error != 0;
	log_of[i].done = ++now;
	if (++finished == COUNT)
		kernel_sema_post(&all_done);
}

static void
submit_all(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	uint8_t *buffer = kernel_buffer_alloc(BLOCK);

	(void)arg;
	T_REQUIRE(disk != NULL && buffer != NULL);
	for (unsigned i = 0; i < COUNT; i++) {
		ios[i] = (struct kernel_disk_io) {
			.op = log_of[i].flush ? KERNEL_DISK_FLUSH :
						KERNEL_DISK_WRITE,
			.offset = log_of[i].flush ? 0 : i * BLOCK,
			.length = log_of[i].flush ? 0 : BLOCK,
			.data = buffer,
			.ordered = log_of[i].ordered,
			.done = one_done,
		};
		kernel_disk_submit(disk, &ios[i]);
		/* Sometimes the device gets a turn. */
		if (i % 17 == 3)
			sim_yield();
	}
	kernel_sema_wait(&all_done, "order");
	kernel_buffer_free(buffer);
	kernel_disk_close(disk);
}

/* Every so often a flush or an ordered write. */
static void
run_all(struct diskrig *rig, unsigned flush_each, unsigned ordered_each)
{
	memset(log_of, 0, sizeof(log_of));
	now = flushes_taken = finished = failed = 0;
	all_done = (struct kernel_sema) { 0 };
	for (unsigned i = 0; i < COUNT; i++) {
		log_of[i].flush = flush_each != 0 && i % flush_each == 5;
		log_of[i].ordered = ordered_each != 0 && i % ordered_each == 9;
	}
	rig->event = record;
	fixture_run(submit_all, NULL);
	rig->event = NULL;
	T_EQ(finished, COUNT);
}

/* Whatever must be alone was. */
static void
expect_order(void)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < COUNT; i++) {
		if (!log_of[i].flush && !log_of[i].ordered)
			continue;
		for (unsigned j = 0; j < COUNT; j++) {
			wrong += j < i && log_of[j].given > log_of[i].taken;
			wrong += j > i && log_of[j].taken < log_of[i].given;
			/* The driver's user has seen it, too. */
			wrong += j > i && log_of[j].taken < log_of[i].done;
		}
	}
	T_EQ(wrong, 0);
}

static struct diskrig
ordering_rig(unsigned queues, unsigned window)
{
	return ((struct diskrig) { .size = COUNT * BLOCK,
	    .blk = { .nqueues = (uint16_t)queues,
		.order = { .window = (uint16_t)window, .seed = 7 } } });
}

static unsigned
queues_used(void)
{
	unsigned used = 0;

	for (unsigned i = 0; i < COUNT; i++)
		if (!log_of[i].flush)
			used |= 1u << log_of[i].queue;
	return ((unsigned)__builtin_popcount(used));
}

TEST(vioblk_order, flushes_and_ordered_writes_on_each_number_of_queues)
{
	char text[8];

	for (unsigned queues = 1; queues <= QUEUES; queues++) {
		struct diskrig rig = ordering_rig(queues, 12);

		snprintf(text, sizeof(text), "%u", queues);
		kernel_setenv("hw.vioblk.queues", text);
		diskrig_boot(&rig);
		T_EQ(diskrig_sysctl("queues"), queues);
		run_all(&rig, 23, 31);
		T_EQ(failed, 0);
		expect_order();
		T_EQ(queues_used(), queues);
		diskrig_halt(&rig, true);
	}
}

TEST(vioblk_order, queues_are_of_use_without_a_barrier)
{
	struct diskrig rig = ordering_rig(4, 12);
	struct vblk_stats stats;

	kernel_setenv("hw.vioblk.queues", "4");
	diskrig_boot(&rig);
	run_all(&rig, 0, 0);
	T_EQ(failed, 0);
	diskrig_stats(&rig, &stats);
	T_TRUE(stats.overtaking > 0);
	for (unsigned q = 0; q < 4; q++)
		T_TRUE(stats.queue_requests[q] > 10);
	T_EQ(diskrig_sysctl("queue0.requests") +
		diskrig_sysctl("queue1.requests") +
		diskrig_sysctl("queue2.requests") +
		diskrig_sysctl("queue3.requests"),
	    diskrig_sysctl("stats.requests"));
	T_EQ(diskrig_sysctl("stats.requests"), COUNT);
	T_EQ(diskrig_sysctl("stats.written_bytes"), COUNT * BLOCK);
	T_TRUE(diskrig_sysctl("stats.notifications") > 0);
	T_TRUE(diskrig_sysctl("stats.interrupts") > 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_order, one_queue_is_used_for_one_processor)
{
	struct diskrig rig = ordering_rig(4, 0);

	diskrig_boot(&rig);
	T_EQ(diskrig_sysctl("queues"), 1);
	diskrig_halt(&rig, true);
}

TEST(vioblk_order, barrier_after_barrier)
{
	struct diskrig rig = ordering_rig(4, 8);

	kernel_setenv("hw.vioblk.queues", "4");
	diskrig_boot(&rig);
	run_all(&rig, 6, 10);
	T_EQ(failed, 0);
	expect_order();
	diskrig_halt(&rig, true);
}

TEST(vioblk_order, barriers_in_full_queues)
{
	struct diskrig rig = ordering_rig(2, 4);

	rig.blk.queue_size = 4;
	rig.blk.without = VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC);
	kernel_setenv("hw.vioblk.queues", "2");
	diskrig_boot(&rig);
	run_all(&rig, 40, 60);
	T_EQ(failed, 0);
	expect_order();
	T_TRUE(diskrig_sysctl("stats.queue_full") > 0);
	diskrig_halt(&rig, true);
}

/* Some loads come late; the rest of the queue waits for them. */
static void
defer_loads(unsigned queues)
{
	struct diskrig rig = ordering_rig(queues, 0);

	kernel_setenv("hw.vioblk.queues", queues > 1 ? "3" : "1");
	diskrig_boot(&rig);
	kernel_faults_set(&(struct kernel_faults) { .kinds = 1u << KF_DMA_LOAD,
	    .first = 20,
	    .count = 60 });
	run_all(&rig, 50, 70);
	kernel_faults_set(NULL);
	T_EQ(failed, 0);
	expect_order();
	T_TRUE(diskrig_sysctl("stats.deferrals") > 10);
	/* No bio overtakes another of its queue. */
	for (unsigned i = 0; i < COUNT; i++)
		for (unsigned j = i + 1; j < COUNT; j++)
			if (log_of[i].queue == log_of[j].queue)
				T_REQUIRE(log_of[i].taken < log_of[j].taken);
	diskrig_halt(&rig, true);
}

TEST(vioblk_order, deferred_loads)
{
	defer_loads(1);
}

TEST(vioblk_order, deferred_loads_on_queues)
{
	defer_loads(3);
}

/* A reset in the midst: what is started again is not overtaken either. */
TEST(vioblk_order, across_a_reset)
{
	struct diskrig rig = ordering_rig(3, 4);

	kernel_setenv("hw.vioblk.queues", "3");
	kernel_setenv("hw.vioblk.timeout", "2");
	diskrig_boot(&rig);
	rig.swallow = 3;
	run_all(&rig, 29, 37);
	T_EQ(failed, 0);
	expect_order();
	T_TRUE(diskrig_sysctl("stats.resets") > 0);
	diskrig_halt(&rig, true);
}

/* Bios that are held behind a barrier when the device goes. */
static void
detach_with_barrier(void *arg)
{
	struct diskrig *rig = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	uint8_t *buffer = kernel_buffer_alloc(BLOCK);

	T_REQUIRE(disk != NULL && buffer != NULL);
	rig->deaf = true;
	for (unsigned i = 0; i < COUNT; i++) {
		ios[i] = (struct kernel_disk_io) {
			.op = KERNEL_DISK_WRITE,
			.offset = i * BLOCK,
			.length = BLOCK,
			.data = buffer,
			.ordered = i % 40 == 20,
			.done = one_done,
		};
		kernel_disk_submit(disk, &ios[i]);
	}
	T_EQ(kernel_devctl_detach("vioblk0", true), 0);
	T_EQ(finished, COUNT);
	T_EQ(failed, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		T_EQ(ios[i].residual, BLOCK);
	/* Nobody has the device any more; the disk is still open. */
	ios[0].error = 0;
	T_TRUE(kernel_disk_rw(disk, &ios[0]) != 0);
	kernel_buffer_free(buffer);
	kernel_disk_close(disk);
}

TEST(vioblk_order, held_bios_fail_at_detach)
{
	struct diskrig rig = ordering_rig(3, 0);

	kernel_setenv("hw.vioblk.queues", "3");
	finished = failed = 0;
	diskrig_boot(&rig);
	fixture_run(detach_with_barrier, &rig);
	diskrig_halt(&rig, true);
}

/* Fewer vectors than queues: they share one, or the line. */
TEST(vioblk_order, queues_with_few_vectors)
{
	for (int vectors = 1; vectors <= 4; vectors++) {
		struct diskrig rig = ordering_rig(6, 6);

		rig.pci.msix = vectors;
		kernel_setenv("hw.vioblk.queues", "6");
		diskrig_boot(&rig);
		T_EQ(diskrig_sysctl("queues"), 6);
		run_all(&rig, 23, 31);
		T_EQ(failed, 0);
		expect_order();
		diskrig_halt(&rig, true);
	}
}
