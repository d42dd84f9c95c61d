/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The PCI transport against registers that lie: status, features, queues and
 * configuration.  Whatever they say, attaching succeeds or fails, in bounded
 * time, and the device keeps nothing of the guest's memory.
 */
#include <string.h>

#include "machine/machine.h"
#include "model/transport/pci.h"
#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/liepci.h"
#include "tests/test.h"

#define SLOT	   1
#define COMMON(f)  offsetof(struct virtio_pci_common_cfg, f)
#define LEGACY(f)  offsetof(struct virtio_pci_legacy, f)
#define SECOND	   UINT64_C(1000000000)
#define QUEUE_SIZE 64

/* The register that is lied about, and what it says instead. */
static unsigned lie_offset;
static uint64_t lie_value;
static unsigned lie_from;  /* the truth so many times before */
static unsigned lie_times; /* 0: for ever */
static unsigned reads;

static void
read_instead(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	(void)width;
	if (bar == VPCI_MSIX_BAR || offset != lie_offset)
		return;
	if (reads++ >= lie_from &&
	    (lie_times == 0 || reads <= lie_from + lie_times))
		*value = lie_value;
}

static void
lie_about(unsigned offset, uint64_t value)
{
	lie_offset = offset;
	lie_value = value;
	lie_from = lie_times = reads = 0;
	lie.read = read_instead;
}

/*
 * Boots; whether a disk comes of it, and what is said.  A driver that has to
 * give up says so to the device as well (3.1.1).
 */
static void
expect(enum vpci_kind kind, bool works, const char *log)
{
	struct diskrig rig = { .blk = { .queue_size = QUEUE_SIZE },
		.pci = { .kind = kind } };

	liepci_boot(&rig);
	T_EQ(liepci_disk_works(), works);
	if (log != NULL)
		T_HAS(fixture_log(), log);
	if (log != NULL && strncmp(log, "queue ", 6) == 0)
		T_EQ(rig.dev->status &
			(VIRTIO_CONFIG_S_FAILED | VIRTIO_CONFIG_S_DRIVER_OK),
		    VIRTIO_CONFIG_S_FAILED);
	liepci_halt(&rig);
}

static bool
masters(void)
{
	return ((liepci_truth(VPCI_COMMAND, 2) & VPCI_COMMAND_MASTER) != 0);
}

/*
 * --- status ---
 */

static void
try_dead_device(enum vpci_kind kind, unsigned offset)
{
	struct diskrig rig = { .pci = { .kind = kind } };
	sim_time took;

	lie_about(offset, VIRTIO_CONFIG_S_NEEDS_RESET);
	liepci_boot(&rig);
	took = sim_now();
	T_TRUE(took >= SECOND && took < 3 * SECOND);
	T_HAS(fixture_log(), "the device does not reset; taken off the bus");
	T_FALSE(masters());
	T_FALSE(liepci_disk_works());
	liepci_halt(&rig);
}

TEST(vio_pci_lie, status_that_is_never_0)
{
	try_dead_device(VPCI_MODERN, COMMON(device_status));
	try_dead_device(VPCI_LEGACY, LEGACY(device_status));
	try_dead_device(VPCI_TRANSITIONAL, COMMON(device_status));
}

TEST(vio_pci_lie, status_that_takes_its_time)
{
	lie_about(COMMON(device_status), VIRTIO_CONFIG_S_DRIVER);
	lie_times = 200;
	expect(VPCI_MODERN, true, NULL);
}

static void
stop_dead(void *arg)
{
	sim_time start = sim_now();

	(void)arg;
	/* Of a device that worked. */
	lie_about(COMMON(device_status), VIRTIO_CONFIG_S_DRIVER_OK);
	T_TRUE(masters());
	T_EQ(kernel_devctl_detach("vio_pci0", false), 0);
	T_FALSE(masters());
	T_TRUE(sim_now() - start < 5 * SECOND);
}

TEST(vio_pci_lie, device_that_does_not_stop_loses_the_bus)
{
	struct diskrig rig = { 0 };

	liepci_boot(&rig);
	T_TRUE(liepci_disk_works());
	fixture_run(stop_dead, NULL);
	T_HAS(fixture_log(), "taken off the bus");
	liepci_halt(&rig);
}

static void
all_ones(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	(void)bar;
	(void)offset;
	*value = vpci_ones(width);
}

/* It is still there, says configuration space: no reason to believe it. */
TEST(vio_pci_lie, registers_of_all_ones)
{
	lie.read = all_ones;
	expect(VPCI_MODERN, false, "does not reset");
	lie.read = all_ones;
	expect(VPCI_LEGACY, false, "does not reset");
}

/*
 * --- features ---
 */

static uint64_t tried[8];
static unsigned ntried;
static unsigned resets; /* since the last try */
static uint64_t taken;	/* the sets that are accepted */
static uint64_t now;

/* Notes which sets are tried, and refuses all but one. */
static bool
refuse(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	const unsigned select = COMMON(driver_feature_select);
	uint64_t word;

	(void)width;
	if (bar != VPCI_MODERN_BAR)
		return (false);
	if (offset == COMMON(driver_feature)) {
		word = lie.real->ops->bar_read(lie.real, bar, select, 4);
		now &= word == 0 ? ~(uint64_t)UINT32_MAX : UINT32_MAX;
		now |= *value << (32 * word);
	}
	if (offset == COMMON(device_status) && *value == 0)
		resets++;
	if (offset == COMMON(device_status) &&
	    (*value & VIRTIO_CONFIG_S_FEATURES_OK) != 0 &&
	    (*value & VIRTIO_CONFIG_S_DRIVER_OK) == 0) {
		T_REQUIRE(ntried < 8);
		T_TRUE(resets > 0);
		resets = 0;
		tried[ntried++] = now;
		if ((now & ~taken) != 0)
			*value &= ~(uint64_t)VIRTIO_CONFIG_S_FEATURES_OK;
	}
	return (false);
}

#define BIT(n) (UINT64_C(1) << (n))
#define RING   (BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX))

static void
negotiate(uint64_t sets, unsigned tries, bool works)
{
	struct diskrig rig = { 0 };

	taken = sets;
	ntried = 0;
	lie.write = refuse;
	liepci_boot(&rig);
	T_EQ(ntried, tries);
	T_EQ(liepci_disk_works(), works);
	if (tries > 1)
		T_HAS(fixture_log(), "the device refuses features: 0x");
	if (works)
		T_EQ(rig.enabled.enable.features, tried[ntried - 1]);
	else
		T_HAS(fixture_log(), "<VERSION_1>");
	liepci_halt(&rig);
}

TEST(vio_pci_lie, features_that_the_device_takes)
{
	/* All of them. */
	negotiate(UINT64_MAX, 1, true);
	T_TRUE((tried[0] & BIT(VIRTIO_BLK_F_FLUSH)) != 0);
	T_TRUE((tried[0] & RING) != 0);
	/* None of the rings'. */
	negotiate(~RING, 2, true);
	T_EQ(tried[1], tried[0] & ~RING);
	T_TRUE((tried[1] & BIT(VIRTIO_BLK_F_FLUSH)) != 0);
	/* None of the disk's. */
	negotiate(BIT(VIRTIO_F_VERSION_1), 3, true);
	T_EQ(tried[2], BIT(VIRTIO_F_VERSION_1));
	/* None at all. */
	negotiate(0, 3, false);
}

static void
resume_refused(void *arg)
{
	uint64_t *set = arg;

	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	taken = *set;
	ntried = 0;
	/* What the driver answers, no bus asks. */
	(void)kernel_devctl_resume("vioblk0");
	T_EQ(ntried, 1);
}

/* After a resume it must be the set that everything was built upon. */
TEST(vio_pci_lie, features_that_are_refused_later)
{
	struct diskrig rig = { 0 };
	uint64_t set = ~RING;

	taken = UINT64_MAX;
	ntried = 0;
	lie.write = refuse;
	liepci_boot(&rig);
	T_TRUE(liepci_disk_works());
	fixture_run(resume_refused, &set);
	T_HAS(fixture_log(), "refuses features that it took before");
	T_FALSE(liepci_disk_works());
	liepci_halt(&rig);
}

static void
resume_without_feature(void *arg)
{
	(void)arg;
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	lie_about(COMMON(device_feature), BIT(0));
	(void)kernel_devctl_resume("vioblk0");
}

TEST(vio_pci_lie, features_that_are_lost)
{
	struct diskrig rig = { 0 };

	liepci_boot(&rig);
	fixture_run(resume_without_feature, NULL);
	T_HAS(fixture_log(), "the device has lost features: ");
	T_FALSE(liepci_disk_works());
	T_EQ(liepci_truth(VPCI_STATUS, 2) & VPCI_STATUS_INTERRUPT, 0);
	liepci_halt(&rig);
}

/*
 * --- queues ---
 */

TEST(vio_pci_lie, queues_that_there_are_not)
{
	lie_about(COMMON(num_queues), 0);
	expect(VPCI_MODERN, false, "queue 0 needed, the device has 0");
}

TEST(vio_pci_lie, queue_sizes)
{
	static const unsigned sizes[] = { 0, 3, 48, 0xffff };
	unsigned i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		lie_about(COMMON(queue_size), sizes[i]);
		expect(VPCI_MODERN, false, "queue 0 (");
		lie_about(LEGACY(queue_size), sizes[i]);
		expect(VPCI_LEGACY, false, "queue 0 (");
	}
	/* Larger than anybody wants. */
	lie_about(COMMON(queue_size), 32768);
	expect(VPCI_MODERN, false, "queue 0 cannot have 1024 entries");
	/* Smaller than it is: that can be told. */
	lie_about(COMMON(queue_size), 16);
	expect(VPCI_MODERN, true, NULL);
	/* It says yes, and does not do it. */
	lie_about(COMMON(queue_size), 32);
	lie_from = 1;
	expect(VPCI_MODERN, false, "queue 0 cannot have 64 entries");
}

/* It cannot be told, so it is what the device says. */
TEST(vio_pci_lie, legacy_queue_larger_than_wanted)
{
	struct diskrig rig = { .blk = { .queue_size = 4096 },
		.pci = { .kind = VPCI_LEGACY } };

	liepci_boot(&rig);
	T_TRUE(liepci_disk_works());
	T_EQ(rig.enabled.enable.size, 4096);
	liepci_halt(&rig);
}

TEST(vio_pci_lie, queue_that_is_in_use_already)
{
	lie_about(COMMON(queue_enable), 1);
	expect(VPCI_MODERN, false, "is enabled after a reset");
	lie_about(LEGACY(queue_address), 7);
	expect(VPCI_LEGACY, false, "is enabled after a reset");
}

TEST(vio_pci_lie, doorbells)
{
	lie_about(COMMON(queue_notify_off), 1);
	expect(VPCI_MODERN, false, "queue 0: doorbell at 0x4 of 0x4 bytes");
	lie_about(COMMON(queue_notify_off), 0xffff);
	expect(VPCI_MODERN, false, "queue 0: doorbell at 0x3fffc");
}

static uint32_t multiplier;

/* The last byte of the structure is half a doorbell. */
static void
cut_structure(void)
{
	liepci_config(liepci_cap(VIRTIO_PCI_CAP_NOTIFY_CFG) + 12, 5, 4);
}

TEST(vio_pci_lie, half_a_doorbell)
{
	lie.prepare = cut_structure;
	lie_about(COMMON(queue_notify_off), 1);
	expect(VPCI_MODERN, false, "queue 0: doorbell at 0x4 of 0x5 bytes");
}

static void
set_multiplier(void)
{
	liepci_config(liepci_cap(VIRTIO_PCI_CAP_NOTIFY_CFG) + 16, multiplier,
	    4);
	/* The structure ends with the BAR. */
	liepci_config(liepci_cap(VIRTIO_PCI_CAP_NOTIFY_CFG) + 12, 0x1000, 4);
}

static void
ring_at(uint32_t m, uint16_t off, bool works, const char *log)
{
	multiplier = m;
	lie.prepare = set_multiplier;
	lie_about(COMMON(queue_notify_off), off);
	expect(VPCI_MODERN, works, log);
}

TEST(vio_pci_lie, notify_multipliers)
{
	/* All queues at one place, or the first of many. */
	ring_at(0, 0xffff, true, NULL);
	ring_at(UINT32_MAX, 0, true, NULL);
	ring_at(UINT32_MAX, 0xffff, false, "doorbell at 0xfffeffff0001");
	ring_at(1, 3, false, "queue 0: doorbell at 0x3 of 0x1000 bytes");
	ring_at(2, 0x800, false, "queue 0: doorbell at 0x1000");
}

static void
resume_with_half_a_queue(void *arg)
{
	(void)arg;
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	/* The vector of queue 0 no longer holds. */
	lie_about(COMMON(queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	(void)kernel_devctl_resume("vioblk0");
	lie.read = NULL;
	T_EQ(kernel_devctl_detach("vio_pci0", false), 0);
	T_EQ(kernel_devctl_attach("pci0:0:1:0"), 0);
}

TEST(vio_pci_lie, vectors_that_are_refused_later)
{
	struct diskrig rig = { 0 };

	liepci_boot(&rig);
	T_TRUE(liepci_disk_works());
	fixture_run(resume_with_half_a_queue, NULL);
	T_HAS(fixture_log(), "queues cannot be set up again: 6");
	/* A new start, and all is well. */
	T_TRUE(liepci_disk_works());
	liepci_halt(&rig);
}

/*
 * --- configuration ---
 */

static void
count_generations(unsigned bar, uint64_t offset, unsigned width,
    uint64_t *value)
{
	(void)width;
	if (bar == VPCI_MODERN_BAR && offset == COMMON(config_generation) &&
	    (lie_times == 0 || reads < lie_times))
		*value = ++reads & 0xff;
}

TEST(vio_pci_lie, configuration_that_never_rests)
{
	reads = lie_times = 0;
	lie.read = count_generations;
	expect(VPCI_MODERN, false,
	    "configuration changed 64 times while being read");
	T_EQ(reads, 65);
	/* For a while only. */
	reads = 0;
	lie_times = 20;
	lie.read = count_generations;
	expect(VPCI_MODERN, true, NULL);
}

/* The low half of the capacity changes with each reading. */
static void
grow(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	(void)width;
	if (bar == VPCI_LEGACY_BAR && offset == VIRTIO_PCI_LEGACY_HEADER &&
	    (lie_times == 0 || reads < lie_times))
		*value -= 1 + reads++ % 100;
}

TEST(vio_pci_lie, legacy_configuration_that_never_rests)
{
	reads = lie_times = 0;
	lie.read = grow;
	expect(VPCI_LEGACY, false,
	    "configuration changed 64 times while being read");
	T_EQ(reads, 64);
	reads = 0;
	lie_times = 20;
	lie.read = grow;
	expect(VPCI_LEGACY, true, "vioblk0: 1MB (2048 512 byte sectors)");
}

/* Torn between two states: two readings alone would both be wrong. */
TEST(vio_pci_lie, legacy_configuration_is_read_twice)
{
	reads = 0;
	lie_times = 1;
	lie.read = grow;
	expect(VPCI_LEGACY, true, "vioblk0: 1MB (2048 512 byte sectors)");
}
