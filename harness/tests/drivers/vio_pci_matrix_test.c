/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver over every interface and every way to interrupt that the
 * PCI transport has: the same work, with the same result, and what it costs
 * in the ledger.
 */
#include <stdio.h>
#include <string.h>

#include "machine/machine.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

#define SLOT  1
#define TIMES 20

struct way {
	const char *name;
	const char *interface; /* as the driver calls it */
	const char *interrupts;
	struct vpci_virtio_config pci;
	const char *tunable; /* set to 0, or NULL */
};

#define MSIX   "MSI-X, a vector for each queue"
#define SHARED "MSI-X, a vector for all queues"

static const struct way ways[] = {
	{ "modern msix", "modern", MSIX, { .kind = VPCI_MODERN }, NULL },
	{ "modern msi", "modern", "MSI",
	    { .kind = VPCI_MODERN, .msix = VPCI_NO_MSIX, .msi = 1 }, NULL },
	{ "modern msi of four", "modern", "MSI",
	    { .kind = VPCI_MODERN,
		.msix = VPCI_NO_MSIX,
		.msi = 4,
		.msi_masks = true },
	    NULL },
	{ "modern intx", "modern", "INTx",
	    { .kind = VPCI_MODERN, .msix = VPCI_NO_MSIX }, NULL },
	{ "modern, one vector is not enough", "modern", "INTx",
	    { .kind = VPCI_MODERN, .msix = 1 }, NULL },
	{ "modern, without msix by wish", "modern", "MSI",
	    { .kind = VPCI_MODERN, .msi = 1 }, "hw.vio_pci.msix" },
	{ "modern, without msi by wish", "modern", "INTx",
	    { .kind = VPCI_MODERN, .msix = VPCI_NO_MSIX, .msi = 1 },
	    "hw.vio_pci.msi" },
	{ "modern, without msix by wish for this one", "modern", "INTx",
	    { .kind = VPCI_MODERN }, "hw.vio_pci.0.msix" },
	{ "transitional msix", "modern", MSIX, { .kind = VPCI_TRANSITIONAL },
	    NULL },
	{ "transitional msi", "modern", "MSI",
	    { .kind = VPCI_TRANSITIONAL, .msix = VPCI_NO_MSIX, .msi = 1 },
	    NULL },
	{ "transitional intx", "modern", "INTx",
	    { .kind = VPCI_TRANSITIONAL, .msix = VPCI_NO_MSIX }, NULL },
	{ "transitional as legacy, msix", "legacy", MSIX,
	    { .kind = VPCI_TRANSITIONAL }, "hw.vio_pci.transitional" },
	{ "transitional as legacy, intx", "legacy", "INTx",
	    { .kind = VPCI_TRANSITIONAL, .msix = VPCI_NO_MSIX },
	    "hw.vio_pci.transitional" },
	{ "legacy msix", "legacy", MSIX, { .kind = VPCI_LEGACY }, NULL },
	{ "legacy msi", "legacy", "MSI",
	    { .kind = VPCI_LEGACY,
		.msix = VPCI_NO_MSIX,
		.msi = 1,
		.msi_masks = true },
	    NULL },
	{ "legacy intx", "legacy", "INTx",
	    { .kind = VPCI_LEGACY, .msix = VPCI_NO_MSIX }, NULL },
};

static const struct way *way;
static uint8_t data[64 << 10], back[64 << 10];

static void
expect_sysctl(const char *path, const char *want)
{
	char text[64] = "";

	T_EQ(kernel_sysctl_read(path, text, sizeof(text)), 0);
	T_STR(text, want);
}

static int
operate(struct kernel_disk *disk, enum kernel_disk_op op, void *buffer,
    size_t length)
{
	struct kernel_disk_io io = { .op = op,
		.data = buffer,
		.offset = 4096,
		.length = length };

	(void)kernel_disk_rw(disk, &io);
	return (io.error);
}

/* What TIMES reads of a page cost. */
static void
measure(struct kernel_disk *disk, void *buffer)
{
	bool legacy = strcmp(way->interface, "legacy") == 0;
	bool isr = strncmp(way->interrupts, "MSI-X", 5) != 0;
	struct machine_ledger start, end, cost;
	uint64_t exits, other;

	machine_ledger_read(&start);
	for (int i = 0; i < TIMES; i++)
		T_EQ(operate(disk, KERNEL_DISK_READ, buffer, 4096), 0);
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &cost);
	exits = legacy ? cost.io_exits : cost.mmio_exits;
	other = legacy ? cost.mmio_exits : cost.io_exits;
	/* A doorbell each; and where the ISR has to be asked, that. */
	T_EQ(cost.notifications, TIMES);
	T_EQ(exits, isr ? 2 * TIMES : TIMES);
	T_EQ(other, 0);
	T_EQ(cost.irq_injections, TIMES);
	T_EQ(cost.master_aborts, 0);
}

static void
work(void *arg)
{
	struct kernel_disk *disk;
	uint8_t *buffer = kernel_buffer_alloc(sizeof(data));

	T_REQUIRE(buffer != NULL);
	expect_sysctl("dev.vio_pci.0.interface", way->interface);
	expect_sysctl("dev.vio_pci.0.interrupts", way->interrupts);
	disk = kernel_disk_open("vbd0");
	T_REQUIRE(disk != NULL);
	memcpy(buffer, data, sizeof(data));
	T_EQ(operate(disk, KERNEL_DISK_WRITE, buffer, sizeof(data)), 0);
	T_EQ(operate(disk, KERNEL_DISK_FLUSH, NULL, 0), 0);
	memset(buffer, 0, sizeof(data));
	T_EQ(operate(disk, KERNEL_DISK_READ, buffer, sizeof(data)), 0);
	memcpy(back, buffer, sizeof(back));
	T_EQ(memcmp(back, data, sizeof(data)), 0);
	measure(disk, buffer);
	/* The driver sets the device up again, in D0 and after a sleep. */
	T_EQ(kernel_devctl_suspend("vioblk0"), 0);
	T_EQ(kernel_devctl_resume("vioblk0"), 0);
	measure(disk, buffer);
	T_EQ(kernel_sleep(), 0);
	kernel_wakeup();
	measure(disk, buffer);
	kernel_disk_close(disk);
	/* And from the start. */
	T_EQ(kernel_devctl_detach("vio_pci0", false), 0);
	T_EQ(kernel_devctl_attach("pci0:0:1:0"), 0);
	expect_sysctl("dev.vio_pci.0.interface", way->interface);
	expect_sysctl("dev.vio_pci.0.interrupts", way->interrupts);
	disk = kernel_disk_open("vbd0");
	T_REQUIRE(disk != NULL);
	measure(disk, buffer);
	kernel_disk_close(disk);
	kernel_buffer_free(buffer);
}

TEST(vio_pci_matrix, every_way_does_the_same)
{
	struct diskrig rig;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		way = &ways[i];
		rig = (struct diskrig) { .pci = way->pci };
		if (way->tunable != NULL)
			kernel_setenv(way->tunable, "0");
		diskrig_boot(&rig);
		fixture_run(work, NULL);
		T_EQ(memcmp(rig.bytes + 4096, data, sizeof(data)), 0);
		T_EQ(rig.flushes, 1);
		diskrig_halt(&rig, true);
		if (rig.reports != 0)
			printf("in the case of %s\n", way->name);
	}
}
