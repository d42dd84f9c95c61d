/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts of the PCI transport: what it falls back to when vectors are
 * refused, configuration changes and broken devices in each mode, a line that
 * others share, and interrupts of devices that are gone.
 */
#include <string.h>

#include "machine/machine.h"
#include "model/transport/pci.h"
#include "model/wire/config.h"
#include "sim/sim.h"
#include "tests/drivers/liepci.h"
#include "tests/test.h"

#define SLOT	  1
#define COMMON(f) offsetof(struct virtio_pci_common_cfg, f)
#define LEGACY(f) offsetof(struct virtio_pci_legacy, f)
#define MSIX	  "MSI-X, a vector for each queue"
#define SHARED	  "MSI-X, a vector for all queues"

static char text[64];

static void
read_interrupts(void *arg)
{
	(void)arg;
	text[0] = '\0';
	(void)kernel_sysctl_read("dev.vio_pci.0.interrupts", text,
	    sizeof(text));
}

static void
expect_interrupts(const char *want)
{
	fixture_run(read_interrupts, NULL);
	T_STR(text, want);
}

/*
 * --- vectors that do not hold ---
 */

static uint64_t register_offset;
static unsigned refusals, mappings;

/* The first `refusals` mappings of that register fail. */
static void
refuse_vector(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	/* Before MSI-X is on, other things are in the legacy registers. */
	if (bar == VPCI_MSIX_BAR || offset != register_offset || width != 2)
		return;
	if (mappings++ < refusals)
		*value = VIRTIO_MSI_NO_VECTOR;
}

static void
refuse(enum vpci_kind kind, uint64_t offset, unsigned times, int msi,
    const char *want)
{
	struct diskrig rig = { .pci = { .kind = kind, .msi = msi } };

	register_offset = offset;
	refusals = times;
	mappings = 0;
	lie.read = refuse_vector;
	liepci_boot(&rig);
	expect_interrupts(want);
	T_TRUE(liepci_disk_works());
	T_EQ(rig.taken, rig.given);
	liepci_halt(&rig);
}

TEST(vio_pci_intr, vectors_that_are_refused_lead_to_the_next_mode)
{
	static const struct {
		enum vpci_kind kind;
		uint64_t config, queue;
	} cases[] = {
		{ VPCI_MODERN, COMMON(config_msix_vector),
		    COMMON(queue_msix_vector) },
		{ VPCI_LEGACY, LEGACY(config_msix_vector),
		    LEGACY(queue_msix_vector) },
	};

	for (unsigned i = 0; i < 2; i++) {
		refuse(cases[i].kind, cases[i].config, 0, 1, MSIX);
		refuse(cases[i].kind, cases[i].config, 1, 1, SHARED);
		refuse(cases[i].kind, cases[i].config, 2, 1, "MSI");
		refuse(cases[i].kind, cases[i].config, 2, 0, "INTx");
		refuse(cases[i].kind, cases[i].queue, 1, 1, SHARED);
		refuse(cases[i].kind, cases[i].queue, 2, 1, "MSI");
		refuse(cases[i].kind, cases[i].queue, 2, 0, "INTx");
	}
}

static void
no_pin(void)
{
	liepci_config(VPCI_INTERRUPT_PIN, 0, 1);
}

TEST(vio_pci_intr, device_that_cannot_interrupt)
{
	struct diskrig rig = { .pci = { .msix = VPCI_NO_MSIX } };

	lie.prepare = no_pin;
	liepci_boot(&rig);
	T_HAS(fixture_log(), "no interrupt can be set up: 6");
	T_FALSE(liepci_disk_works());
	expect_interrupts("none");
	liepci_halt(&rig);
}

/*
 * --- configuration changes ---
 */

static const struct vpci_virtio_config modes[] = {
	{ .kind = VPCI_MODERN },
	{ .kind = VPCI_MODERN, .msix = VPCI_NO_MSIX, .msi = 2 },
	{ .kind = VPCI_MODERN, .msix = VPCI_NO_MSIX },
	{ .kind = VPCI_LEGACY },
	{ .kind = VPCI_LEGACY, .msix = VPCI_NO_MSIX, .msi = 1 },
	{ .kind = VPCI_LEGACY, .msix = VPCI_NO_MSIX },
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

static void
settle(void)
{
	for (int i = 0; i < 100; i++)
		sim_yield();
}

static void
break_device(void *arg)
{
	struct diskrig *rig = arg;

	vdev_needs_reset(rig->dev);
	settle();
}

TEST(vio_pci_intr, device_in_need_of_a_reset_is_heard)
{
	struct diskrig rig;

	for (unsigned i = 0; i < MODES; i++) {
		rig = (struct diskrig) { .pci = modes[i] };
		diskrig_boot(&rig);
		T_TRUE(strstr(fixture_log(), "needs a reset") == NULL);
		fixture_run(break_device, &rig);
		T_HAS(fixture_log(), "vioblk0: the device needs a reset");
		diskrig_halt(&rig, true);
	}
}

static unsigned status_reads;

static void
count_status(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	(void)value;
	if (width == 1 &&
	    ((bar == VPCI_MODERN_BAR && offset == COMMON(device_status)) ||
		(bar == VPCI_LEGACY_BAR && offset == LEGACY(device_status))))
		status_reads++;
}

static void
change_configuration(void *arg)
{
	struct diskrig *rig = arg;

	status_reads = 0;
	vdev_config_changed(rig->dev);
	settle();
	/* Whether it is that or worse, the status says. */
	T_EQ(status_reads, 1);
	vdev_interrupt(rig->dev, 0);
	settle();
	T_EQ(status_reads, 1);
}

TEST(vio_pci_intr, configuration_changes_are_heard)
{
	struct diskrig rig;

	for (unsigned i = 0; i < MODES; i++) {
		rig = (struct diskrig) { .pci = modes[i] };
		lie.read = count_status;
		liepci_boot(&rig);
		fixture_run(change_configuration, &rig);
		T_TRUE(strstr(fixture_log(), "needs a reset") == NULL);
		T_TRUE(liepci_disk_works());
		liepci_halt(&rig);
	}
}

/* All that a device may say at once, in one reading of the ISR. */
static void
change_both(void *arg)
{
	struct diskrig *rig = arg;
	struct machine_ledger start, end, cost;

	machine_ledger_read(&start);
	status_reads = 0;
	vdev_interrupt(rig->dev, 0);
	vdev_config_changed(rig->dev);
	settle();
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &cost);
	T_EQ(status_reads, 1);
	T_EQ(cost.irq_injections, 1);
}

TEST(vio_pci_intr, line_says_two_things_at_once)
{
	struct diskrig rig = { .pci = { .msix = VPCI_NO_MSIX } };

	lie.read = count_status;
	liepci_boot(&rig);
	fixture_run(change_both, &rig);
	liepci_halt(&rig);
}

/*
 * --- gone ---
 */

static void
all_ones(unsigned bar, uint64_t offset, unsigned width, uint64_t *value)
{
	(void)bar;
	(void)offset;
	*value = vpci_ones(width);
}

/*
 * Somebody else on the line interrupts after the device was pulled out; or a
 * message was under way.
 */
static void
interrupt_from_beyond(void *arg)
{
	struct diskrig *rig = arg;

	vdev_config_changed(rig->dev);
	lie.read = all_ones;
	for (unsigned i = 0; i < 4; i++)
		liepci_config(VPCI_VENDOR_ID + i, 0xff, 1);
	settle();
	lie.read = NULL;
	for (unsigned i = 0; i < 4; i++)
		lie.lied[VPCI_VENDOR_ID + i] = false;
}

TEST(vio_pci_intr, device_that_is_gone_is_left_alone)
{
	struct diskrig rig;

	for (unsigned i = 0; i < MODES; i++) {
		rig = (struct diskrig) { .pci = modes[i] };
		liepci_boot(&rig);
		fixture_run(interrupt_from_beyond, &rig);
		T_TRUE(strstr(fixture_log(), "needs a reset") == NULL);
		T_TRUE(strstr(fixture_log(), "device stopped") == NULL);
		liepci_halt(&rig);
	}
}

static void
pull_out(void *arg)
{
	struct diskrig *rig = arg;
	sim_time start = sim_now();

	machine_pci_unplug(SLOT);
	T_EQ(kernel_devctl_rescan("pci0"), 0);
	T_TRUE(sim_now() - start < UINT64_C(100000000));
	machine_pci_plug(SLOT, rig->function);
	rig->function->ops->power_on(rig->function);
	T_EQ(kernel_devctl_rescan("pci0"), 0);
}

TEST(vio_pci_intr, device_pulled_out_and_plugged_in)
{
	struct diskrig rig;

	for (unsigned i = 0; i < MODES; i++) {
		rig = (struct diskrig) { .pci = modes[i] };
		diskrig_boot(&rig);
		T_TRUE(liepci_disk_works());
		fixture_run(pull_out, &rig);
		T_TRUE(strstr(fixture_log(), "does not reset") == NULL);
		T_TRUE(liepci_disk_works());
		diskrig_halt(&rig, true);
	}
}

/*
 * --- two devices on a line ---
 */

/* Asserts the line that the disk is on, as another function may. */
static void
ring_the_line(void *arg)
{
	struct vdev_host *other = arg;
	struct machine_ledger start, end, cost;

	machine_ledger_read(&start);
	other->intx(other->arg, true);
	other->intx(other->arg, false);
	settle();
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &cost);
	/* The disk's driver looks at its ISR, and that is all. */
	T_EQ(cost.irq_injections, 1);
	T_EQ(cost.mmio_exits + cost.io_exits, 1);
}

TEST(vio_pci_intr, line_is_shared)
{
	struct diskrig rig;
	struct vdev_host *other;

	for (unsigned i = 0; i < 2; i++) {
		rig = (struct diskrig) { .pci = modes[i == 0 ? 2 : 5] };
		diskrig_boot(&rig);
		other = machine_device_host(9, "other");
		T_REQUIRE(other != NULL);
		machine_intx_wire(9, SLOT);
		fixture_run(ring_the_line, other);
		T_TRUE(liepci_disk_works());
		diskrig_halt(&rig, true);
	}
}

/*
 * --- how many vectors ---
 */

static void
count_injections(void *arg)
{
	struct diskrig *rig = arg;
	struct machine_ledger start, end, cost;

	machine_ledger_read(&start);
	vdev_interrupt(rig->dev, 0);
	settle();
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &cost);
	T_EQ(cost.irq_injections, 1);
}

TEST(vio_pci_intr, vectors_are_as_many_as_the_device_has)
{
	static const struct {
		int msix;
		const char *want;
	} cases[] = {
		{ 64, MSIX },
		{ 2, MSIX },
		{ 1, "INTx" },
		{ VPCI_NO_MSIX, "INTx" },
	};
	struct diskrig rig;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig = (struct diskrig) { .pci = { .msix = cases[i].msix } };
		diskrig_boot(&rig);
		expect_interrupts(cases[i].want);
		T_TRUE(liepci_disk_works());
		fixture_run(count_injections, &rig);
		diskrig_halt(&rig, true);
	}
}
