/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver's device is detached, put to sleep, pulled out and plugged
 * in while a disk's user keeps it busy: every request comes back, with or
 * without an error, and nothing is left over.
 */
#include <string.h>

#include "machine/machine.h"
#include "sim/sim.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

/* FreeBSD's numbers: the host's differ. */
#define BSD_ENOENT 2
#define BSD_EIO	   5
#define BSD_ENXIO  6
#define BSD_EBUSY  16
#define BSD_EINVAL 22

#define SLOT	   1
#define COMMAND	   0x04
#define MASTER	   0x0004

/*
 * --- a user that keeps the disk busy ---
 */

#define WINDOW 8

static struct load {
	struct kernel_disk *disk;
	struct kernel_disk_io io[WINDOW];
	unsigned under_way;
	unsigned done; /* without an error */
	unsigned failed;
	unsigned bad; /* with an error that no such thing gives */
	bool stop;
	struct kernel_sema idle;
} load;

static void
load_submit(struct kernel_disk_io *io)
{
	unsigned n = load.done + load.failed;

	io->op = n % 3 == 0 ? KERNEL_DISK_WRITE : KERNEL_DISK_READ;
	io->offset = (uint64_t)(n % 32) * 4096;
	load.under_way++;
	kernel_disk_submit(load.disk, io);
}

static void
load_done(struct kernel_disk_io *io)
{
	load.under_way--;
	if (io->error == 0)
		load.done++;
	else {
		load.failed++;
		load.bad += io->error != BSD_ENXIO && io->error != BSD_EIO;
	}
	/* A disk that fails has gone: no use in going on. */
	if (!load.stop && io->error == 0)
		load_submit(io);
	else if (load.under_way == 0)
		kernel_sema_post(&load.idle);
}

static void
load_start(void)
{
	unsigned i;

	memset(&load, 0, sizeof(load));
	load.disk = kernel_disk_open("vbd0");
	T_REQUIRE(load.disk != NULL);
	for (i = 0; i < WINDOW; i++) {
		load.io[i].length = 4096;
		load.io[i].data = kernel_buffer_alloc(4096);
		load.io[i].done = load_done;
		T_REQUIRE(load.io[i].data != NULL);
		memset(load.io[i].data, 0, 4096);
		load_submit(&load.io[i]);
	}
	/* Until it runs: some have come back, some are under way. */
	while (load.done < 2 * WINDOW)
		sim_yield();
	T_TRUE(load.under_way > 0);
}

/* Waits for the last one. */
static void
load_end(void)
{
	unsigned i;

	load.stop = true;
	if (load.under_way > 0)
		kernel_sema_wait(&load.idle, "load");
	T_EQ(load.under_way, 0);
	T_EQ(load.bad, 0);
	for (i = 0; i < WINDOW; i++)
		kernel_buffer_free(load.io[i].data);
	kernel_disk_close(load.disk);
}

static bool
disk_works(void)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ, .length = 512 };

	if (disk == NULL)
		return (false);
	io.data = kernel_buffer_alloc(512);
	T_REQUIRE(io.data != NULL);
	(void)kernel_disk_rw(disk, &io);
	kernel_buffer_free(io.data);
	kernel_disk_close(disk);
	return (io.error == 0);
}

static struct pci_function *
function_of(struct diskrig *rig)
{
	return (vpci_virtio_function(rig->transport));
}

/* Boots with a disk, runs fn(rig) in a kernel thread, halts and judges. */
static struct diskrig *
with_disk(kernel_fn *fn, bool clean)
{
	static struct diskrig rig;

	memset(&rig, 0, sizeof(rig));
	diskrig_boot(&rig);
	fixture_run(fn, &rig);
	diskrig_halt(&rig, clean);
	return (&rig);
}

/*
 * --- names ---
 */

static void
ask_wrongly(void *arg)
{
	T_EQ(kernel_devctl_detach("vioblk7", false), BSD_ENOENT);
	T_EQ(kernel_devctl_attach("pci0:0:9:0"), BSD_ENOENT);
	T_EQ(kernel_devctl_attach("pci0:0:1"), BSD_ENOENT);
	T_EQ(kernel_devctl_attach("pci0:0:1:"), BSD_ENOENT);
	T_EQ(kernel_devctl_attach("pci0:0:1:0x"), BSD_ENOENT);
	T_EQ(kernel_devctl_disable("", false), BSD_ENOENT);
	T_EQ(kernel_devctl_enable("none0"), BSD_ENOENT);
	T_EQ(kernel_devctl_suspend("none0"), BSD_ENOENT);
	T_EQ(kernel_devctl_resume("none0"), BSD_ENOENT);
	T_EQ(kernel_devctl_rescan("none0"), BSD_ENOENT);
	T_EQ(kernel_devctl_delete("none0", false), BSD_ENOENT);
	T_EQ(kernel_devctl_attach("vioblk0"), BSD_EBUSY);
	T_EQ(kernel_devctl_enable("vioblk0"), BSD_EBUSY);
	T_EQ(kernel_devctl_resume("vioblk0"), BSD_EINVAL);
	T_EQ(kernel_devctl_suspend("root0"), BSD_EINVAL);
	T_EQ(kernel_devctl_delete("root0", true), BSD_EINVAL);
	/* No bus of one child looks for others. */
	T_EQ(kernel_devctl_rescan("vio_pci0"), BSD_ENXIO);
	T_EQ(kernel_devctl_delete("vio_pci0", false), BSD_EBUSY);
	T_TRUE(disk_works());
}

TEST(devctl, refuses_what_makes_no_sense)
{
	with_disk(ask_wrongly, true);
}

/*
 * --- detach and attach ---
 */

static void
detach_busy_disk(void *arg)
{
	load_start();
	T_EQ(kernel_devctl_detach("vioblk0", false), 0);
	load_end();
	T_TRUE(load.failed > 0);
	T_FALSE(disk_works());
	/* It has no driver, and so no name. */
	T_EQ(kernel_devctl_detach("vioblk0", false), BSD_ENOENT);
	T_EQ(kernel_devctl_detach("vio_pci0", false), 0);
	T_EQ(kernel_devctl_detach("pci0:0:1:0", false), BSD_ENXIO);
	T_EQ(kernel_devctl_attach("pci0:0:1:0"), 0);
	T_TRUE(disk_works());
}

TEST(devctl, busy_disk_is_detached_and_attached_again)
{
	with_disk(detach_busy_disk, true);
	T_HAS(fixture_log(), "vioblk0: detached");
}

/*
 * A disk that has just come has asked its task to look at the size once more.
 * One that goes at once must not be looked at when it is no more.
 */
static void
detach_new_disk(void *arg)
{
	for (int i = 0; i < 3; i++) {
		T_EQ(kernel_devctl_disable("vioblk0", false), 0);
		T_EQ(kernel_devctl_enable("vioblk0"), 0);
	}
	T_TRUE(disk_works());
}

TEST(devctl, new_disk_is_detached_at_once)
{
	with_disk(detach_new_disk, true);
}

static void
disable_busy_disk(void *arg)
{
	for (int i = 0; i < 3; i++) {
		load_start();
		T_EQ(kernel_devctl_disable("vioblk0", i == 2), 0);
		load_end();
		T_EQ(kernel_devctl_disable("vioblk0", false), BSD_ENXIO);
		T_EQ(kernel_devctl_attach("vioblk0"), BSD_ENXIO);
		T_FALSE(disk_works());
		T_EQ(kernel_devctl_enable("vioblk0"), 0);
		T_TRUE(disk_works());
	}
}

TEST(devctl, disabled_disk_waits_for_enable)
{
	with_disk(disable_busy_disk, true);
}

static void
delete_busy_disk(void *arg)
{
	load_start();
	T_EQ(kernel_devctl_delete("vio_pci0", true), 0);
	load_end();
	T_FALSE(disk_works());
	T_EQ(kernel_devctl_attach("pci0:0:1:0"), BSD_ENOENT);
	T_EQ(kernel_devctl_rescan("pci0"), 0);
	T_TRUE(disk_works());
}

TEST(devctl, deleted_device_is_found_by_a_rescan)
{
	with_disk(delete_busy_disk, true);
}

/*
 * --- sleep ---
 */

static void
suspend_busy_disk(void *arg)
{
	unsigned done;

	load_start();
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	T_EQ(kernel_devctl_suspend("vioblk0"), BSD_EBUSY);
	for (int i = 0; i < 100; i++)
		sim_yield();
	/* Requests wait, they do not fail. */
	T_EQ(load.failed, 0);
	T_EQ(load.under_way, WINDOW);
	done = load.done;
	T_EQ(kernel_devctl_resume("vioblk0"), 0);
	while (load.done < done + 2 * WINDOW)
		sim_yield();
	load_end();
	T_EQ(load.failed, 0);
}

TEST(devctl, suspended_disk_keeps_its_requests)
{
	with_disk(suspend_busy_disk, true);
}

static void
detach_suspended_disk(void *arg)
{
	load_start();
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	T_EQ(kernel_devctl_disable("vioblk0", false), 0);
	load_end();
	T_EQ(kernel_devctl_enable("vioblk0"), 0);
	T_TRUE(disk_works());
}

TEST(devctl, suspended_disk_can_be_detached)
{
	with_disk(detach_suspended_disk, true);
}

static void
sleep_with_busy_disk(void *arg)
{
	unsigned done;

	load_start();
	for (int i = 0; i < 3; i++) {
		T_EQ(kernel_sleep(), 0);
		T_EQ(machine_pci_read(SLOT, COMMAND, 2), 0);
		done = load.done;
		kernel_wakeup();
		while (load.done < done + 2 * WINDOW)
			sim_yield();
	}
	load_end();
	T_EQ(load.failed, 0);
	T_TRUE(disk_works());
}

TEST(devctl, machine_sleeps_and_wakes_up_with_a_busy_disk)
{
	with_disk(sleep_with_busy_disk, true);
}

static void
power_down_disk(void *arg)
{
	load_start();
	T_EQ(kernel_devctl_suspend("vio_pci0"), 0);
	/* In D3 the registers are out of reach. */
	T_EQ(machine_mmio_read(machine_pci_read(SLOT, 0x20, 4) & ~0xfu, 4),
	    0xffffffff);
	T_EQ(kernel_devctl_resume("vio_pci0"), 0);
	load_end();
	T_EQ(load.failed, 0);
	T_TRUE(disk_works());
}

TEST(devctl, function_in_d3_comes_back)
{
	with_disk(power_down_disk, true);
}

static void
shut_down_busy_disk(void *arg)
{
	load_start();
	T_EQ(kernel_device_shutdown(), 0);
	load_end();
	T_FALSE(disk_works());
}

TEST(devctl, shutdown_leaves_nothing_under_way)
{
	struct diskrig *rig = with_disk(shut_down_busy_disk, true);

	T_EQ(rig->taken, rig->given);
}

/*
 * --- plugging ---
 */

static void
pull_busy_disk(void *arg)
{
	sim_time start;

	load_start();
	machine_pci_unplug(SLOT);
	/* The driver does not know yet: requests go into the void. */
	for (int i = 0; i < 100; i++)
		sim_yield();
	start = sim_now();
	T_EQ(kernel_devctl_rescan("pci0"), 0);
	/* There is nobody to wait for. */
	T_TRUE(sim_now() - start < UINT64_C(1000000000));
	load_end();
	T_TRUE(load.failed > 0);
	T_FALSE(disk_works());
	T_EQ(kernel_devctl_attach("pci0:0:1:0"), BSD_ENOENT);
}

TEST(devctl, busy_disk_is_pulled_out)
{
	with_disk(pull_busy_disk, true);
	T_HAS(fixture_log(), "vio_pci0: detached");
}

static void
pull_and_plug(void *arg)
{
	struct diskrig *rig = arg;

	for (int i = 0; i < 5; i++) {
		load_start();
		machine_pci_unplug(SLOT);
		T_EQ(kernel_devctl_rescan("pci0"), 0);
		load_end();
		T_FALSE(disk_works());
		machine_pci_plug(SLOT, function_of(rig));
		/* A function that is plugged in has just been powered on. */
		function_of(rig)->ops->power_on(function_of(rig));
		T_EQ(kernel_devctl_rescan("pci0"), 0);
		T_TRUE(disk_works());
	}
}

TEST(devctl, disk_is_pulled_out_and_plugged_in_again)
{
	with_disk(pull_and_plug, true);
}

static void
pull_idle_disk_and_halt(void *arg)
{
	T_TRUE(disk_works());
	machine_pci_unplug(SLOT);
}

/* Nobody has noticed when the modules are unloaded. */
TEST(devctl, disk_missing_at_halt)
{
	with_disk(pull_idle_disk_and_halt, true);
}

static void
pull_suspended_disk(void *arg)
{
	load_start();
	T_EQ(kernel_sleep(), 0);
	machine_pci_unplug(SLOT);
	kernel_wakeup();
	T_EQ(kernel_devctl_rescan("pci0"), 0);
	load_end();
	T_TRUE(load.failed > 0);
}

TEST(devctl, disk_is_pulled_out_while_the_machine_sleeps)
{
	with_disk(pull_suspended_disk, true);
}

static void
rescan_twice(void *arg)
{
	load_start();
	T_EQ(kernel_devctl_rescan("pci0"), 0);
	load_end();
	T_EQ(load.failed, 0);
}

TEST(devctl, rescan_leaves_others_alone)
{
	with_disk(rescan_twice, true);
}

/*
 * --- bus mastering ---
 */

static void
take_bus_away(void *arg)
{
	struct diskrig *rig = arg;
	uint16_t command = machine_pci_read(SLOT, COMMAND, 2), taken;
	unsigned done;

	T_TRUE((command & MASTER) != 0);
	load_start();
	machine_pci_write(SLOT, COMMAND, command & ~MASTER, 2);
	done = load.done;
	taken = rig->taken;
	for (int i = 0; i < 100; i++)
		sim_yield();
	/* Only what the driver already had can still come. */
	T_EQ(rig->taken, taken);
	T_TRUE(load.done <= done + WINDOW);
	done = load.done;
	for (int i = 0; i < 100; i++)
		sim_yield();
	T_EQ(load.done, done);
	machine_pci_write(SLOT, COMMAND, command, 2);
	while (load.done < done + 2 * WINDOW)
		sim_yield();
	load_end();
	T_EQ(load.failed, 0);
}

TEST(devctl, without_bus_mastering_no_request_moves)
{
	with_disk(take_bus_away, true);
}
