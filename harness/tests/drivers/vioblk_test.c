/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver against the model: what it does with a device that keeps
 * the rules.  Devices that lie are in vioblk_lie_test.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/machine.h"
#include "model/wire/config.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

/* FreeBSD's numbers: the host's differ. */
#define BSD_EIO	   5
#define BSD_EROFS  30
#define BSD_EINVAL 22

static uint8_t data[2 << 20], back[2 << 20];

static void
fill(uint8_t *bytes, size_t length, uint32_t seed)
{
	for (size_t i = 0; i < length; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(seed >> 24);
	}
}

static struct kernel_disk_info info;

static void
get_info(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open(arg);

	memset(&info, 0, sizeof(info));
	T_REQUIRE(disk != NULL);
	kernel_disk_info(disk, &info);
	kernel_disk_close(disk);
}

TEST(vioblk, attaches_as_vbd0)
{
	struct diskrig rig = { .size = 64 << 20 };

	diskrig_boot(&rig);
	fixture_run(get_info, (void *)"vbd0");
	T_EQ(info.media_size, 64 << 20);
	T_EQ(info.sector_size, 512);
	T_STR(info.name, "vbd0");
	T_TRUE(info.max_io >= 128 << 10);
	T_HAS(fixture_log(), "vioblk0: <VirtIO block device> on vio_pci0");
	T_HAS(fixture_log(), "vioblk0: 64MB (131072 512 byte sectors)");
	diskrig_halt(&rig, true);
}

/* A request as pages: GEOM's unmapped bios. */
static void
copy_unmapped(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	size_t length = 70000 / 512 * 512;
	struct kernel_disk_io io = { .op = KERNEL_DISK_WRITE,
		.offset = 512,
		.length = length,
		.unmapped = true };
	uint8_t *buffer = kernel_buffer_alloc(2 * length);

	T_REQUIRE(disk != NULL && buffer != NULL);
	memcpy(buffer, data, length);
	io.data = buffer;
	T_EQ(kernel_disk_rw(disk, &io), 0);
	io.op = KERNEL_DISK_READ;
	io.data = buffer + length; /* in the middle of a page */
	T_EQ(kernel_disk_rw(disk, &io), 0);
	T_EQ(memcmp(buffer + length, data, length), 0);
	*(size_t *)arg = length;
	kernel_buffer_free(buffer);
	kernel_disk_close(disk);
}

TEST(vioblk, takes_unmapped_bios)
{
	struct diskrig rig = { 0 };
	size_t length = 0;

	fill(data, 70000, 2);
	diskrig_boot(&rig);
	fixture_run(get_info, (void *)"vbd0");
	T_TRUE(info.can_unmapped);
	fixture_run(copy_unmapped, &length);
	T_EQ(memcmp(rig.bytes + 512, data, length), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk, writes_reach_the_medium)
{
	struct diskrig rig = { 0 };

	fill(data, 8192, 1);
	diskrig_boot(&rig);
	T_EQ(diskrig_write(4096, data, 8192), 0);
	T_EQ(memcmp(rig.bytes + 4096, data, 8192), 0);
	T_EQ(rig.bytes[4095], 0);
	T_EQ(rig.bytes[4096 + 8192], 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk, reads_come_from_the_medium)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	fill(rig.bytes, 1 << 20, 2);
	T_EQ(diskrig_read(512, back, 65536), 0);
	T_EQ(memcmp(rig.bytes + 512, back, 65536), 0);
	T_EQ(diskrig_read((1 << 20) - 512, back, 512), 0);
	T_EQ(memcmp(rig.bytes + (1 << 20) - 512, back, 512), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk, transfers_beyond_maxsize_are_split)
{
	struct diskrig rig = { .size = 4 << 20, .blk = { .queue_size = 16 } };

	fill(data, sizeof(data), 3);
	diskrig_boot(&rig);
	fixture_run(get_info, (void *)"vbd0");
	/* 14 data segments of a page, one of them for a crooked start. */
	T_EQ(info.max_io, 13 * 4096);
	T_EQ(diskrig_write(1 << 20, data, sizeof(data)), 0);
	T_EQ(memcmp(rig.bytes + (1 << 20), data, sizeof(data)), 0);
	T_EQ(diskrig_read(1 << 20, back, sizeof(back)), 0);
	T_EQ(memcmp(back, data, sizeof(data)), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk, small_segments_are_respected)
{
	struct diskrig rig = { .blk = { .size_max = 512 } };

	fill(data, 40960, 4);
	diskrig_boot(&rig);
	T_EQ(diskrig_write(0, data, 40960), 0);
	T_EQ(memcmp(rig.bytes, data, 40960), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk, large_blocks_become_sectors)
{
	struct diskrig rig = { .blk = { .block_size = 4096 } };

	diskrig_boot(&rig);
	fixture_run(get_info, (void *)"vbd0");
	T_EQ(info.sector_size, 4096);
	T_EQ(diskrig_read(512, back, 512), BSD_EINVAL);
	T_EQ(diskrig_read(4096, back, 4096), 0);
	diskrig_halt(&rig, true);
}

/* So that a leak on the data path is the driver's, by name, at detach. */
TEST(vioblk, what_a_bio_needs_is_obtained_for_the_device)
{
	struct diskrig rig = { 0 };
	unsigned before;

	diskrig_boot(&rig);
	before = rig.loads;
	T_EQ(diskrig_read(0, back, 4096), 0);
	T_EQ(diskrig_write(0, data, 512), 0);
	T_EQ(rig.loads - before, 2);
	diskrig_halt(&rig, true);
}

TEST(vioblk, flush_reaches_the_backend)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	T_EQ(diskrig_write(0, data, 512), 0);
	T_EQ(rig.flushes, 0);
	T_EQ(diskrig_flush(), 0);
	T_EQ(rig.flushes, 1);
	diskrig_halt(&rig, true);
}

TEST(vioblk, read_only_medium)
{
	struct diskrig rig = { .read_only = true };
	uint16_t before;

	diskrig_boot(&rig);
	T_HAS(fixture_log(), "read-only");
	before = rig.taken;
	T_EQ(diskrig_write(0, data, 512), BSD_EROFS);
	T_EQ(rig.taken, before);
	T_EQ(diskrig_read(0, back, 512), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk, backend_errors_become_eio)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.fail_reads = EIO;
	T_EQ(diskrig_read(0, back, 4096), BSD_EIO);
	T_EQ(diskrig_write(0, data, 4096), 0);
	rig.fail_reads = 0;
	rig.fail_writes = ENOSPC;
	T_EQ(diskrig_write(0, data, 4096), BSD_EIO);
	T_EQ(diskrig_read(0, back, 4096), 0);
	diskrig_halt(&rig, true);
}

/*
 * --- many at a time ---
 */

#define MANY 64

struct many {
	struct kernel_disk_io io[MANY];
	unsigned count, done, errors;
	struct kernel_sema sema;
	struct machine_ledger cost;
	struct kernel_stats before, after;
	unsigned rounds;
};

static void
one_done(struct kernel_disk_io *io)
{
	struct many *many = io->arg;

	many->done++;
	many->errors += io->error != 0 || io->residual != 0;
	kernel_sema_post(&many->sema);
}

static void
read_many(void *arg)
{
	struct many *many = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	struct machine_ledger start, end;
	uint8_t *buffer = kernel_buffer_alloc(MANY * 4096);

	T_REQUIRE(disk != NULL && buffer != NULL);
	machine_ledger_read(&start);
	kernel_stats(&many->before);
	for (unsigned round = 0; round < many->rounds; round++) {
		for (unsigned i = 0; i < many->count; i++) {
			many->io[i] = (struct kernel_disk_io) {
				.op = KERNEL_DISK_READ,
				.offset = i * 4096,
				.length = 4096,
				.data = buffer + i * 4096,
				.done = one_done,
				.arg = many,
			};
			kernel_disk_submit(disk, &many->io[i]);
		}
		for (unsigned i = 0; i < many->count; i++)
			kernel_sema_wait(&many->sema, "many");
	}
	kernel_stats(&many->after);
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &many->cost);
	memcpy(back, buffer, many->count * 4096);
	kernel_buffer_free(buffer);
	kernel_disk_close(disk);
}

TEST(vioblk, a_full_queue_makes_bios_wait)
{
	struct diskrig rig = { .blk = { .queue_size = 4 } };
	static struct many many;

	many = (struct many) { .count = MANY, .rounds = 3 };
	diskrig_boot(&rig);
	fill(rig.bytes, 1 << 20, 5);
	fixture_run(read_many, &many);
	T_EQ(many.done, 3 * MANY);
	T_EQ(many.errors, 0);
	T_EQ(memcmp(back, rig.bytes, MANY * 4096), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk, the_data_path_allocates_nothing)
{
	struct diskrig rig = { 0 };
	static struct many many;

	many = (struct many) { .count = 32, .rounds = 100 };
	diskrig_boot(&rig);
	fixture_run(read_many, &many);
	T_EQ(many.done, 3200);
	T_EQ(many.after.mallocs, many.before.mallocs);
	T_EQ(many.after.dmamap_creates, many.before.dmamap_creates);
	T_EQ(many.after.dmamap_loads - many.before.dmamap_loads, 3200);
	diskrig_halt(&rig, true);
}

TEST(vioblk, events_save_exits_and_interrupts)
{
	struct diskrig rig = { 0 };
	static struct many many;

	many = (struct many) { .count = 32, .rounds = 100 };
	diskrig_boot(&rig);
	fixture_run(read_many, &many);
	/*
	 * All 32 go round together: the device hears of the first that is
	 * submitted, and the driver of all that the device has done at once.
	 */
	T_EQ(many.cost.notifications, 100);
	T_EQ(many.cost.irq_injections, 100);
	T_EQ(many.cost.io_exits, 0);
	T_EQ(many.cost.mmio_exits, many.cost.notifications);
	diskrig_halt(&rig, true);
}

TEST(vioblk, flags_save_interrupts)
{
	struct diskrig rig = {
		.blk = { .without = VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX) },
	};
	static struct many many;

	many = (struct many) { .count = 32, .rounds = 100 };
	diskrig_boot(&rig);
	fixture_run(read_many, &many);
	/*
	 * A device that is asleep has no way to say that one notification
	 * is enough: it gets one a request, and only a busy one gets fewer.
	 */
	T_EQ(many.cost.notifications, 3200);
	T_EQ(many.cost.irq_injections, 100);
	T_EQ(many.cost.mmio_exits, many.cost.notifications);
	diskrig_halt(&rig, true);
}

TEST(vioblk, one_request_costs_one_exit_and_one_interrupt)
{
	struct diskrig rig = { 0 };
	static struct many many;

	many = (struct many) { .count = 1, .rounds = 50 };
	diskrig_boot(&rig);
	fixture_run(read_many, &many);
	T_EQ(many.cost.notifications, 50);
	T_EQ(many.cost.irq_injections, 50);
	T_EQ(many.cost.mmio_exits, 50);
	diskrig_halt(&rig, true);
}

static char text[128];

static void
read_sysctl(void *arg)
{
	T_EQ(kernel_sysctl_read(arg, text, sizeof(text)), 0);
}

TEST(vioblk, counts_in_sysctls)
{
	struct diskrig rig = { .blk = { .queue_size = 128 } };

	diskrig_boot(&rig);
	T_EQ(diskrig_write(0, data, 4096), 0);
	T_EQ(diskrig_read(0, back, 4096), 0);
	fixture_run(read_sysctl, (void *)"dev.vioblk.0.stats.requests");
	T_STR(text, "2");
	fixture_run(read_sysctl, (void *)"dev.vioblk.0.queue_size");
	T_STR(text, "128");
	fixture_run(read_sysctl, (void *)"dev.vioblk.0.%desc");
	T_STR(text, "VirtIO block device");
	diskrig_halt(&rig, true);
}

TEST(vioblk, boots_again_and_again)
{
	struct diskrig rig = { 0 };

	for (uint32_t i = 0; i < 5; i++) {
		rig = (struct diskrig) { 0 };
		fill(data, 4096, i);
		diskrig_boot(&rig);
		T_EQ(diskrig_write(i * 4096, data, 4096), 0);
		T_EQ(memcmp(rig.bytes + i * 4096, data, 4096), 0);
		diskrig_halt(&rig, true);
	}
}
