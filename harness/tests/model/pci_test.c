/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The PCI function and the modern transport: BAR sizing, capabilities, access
 * widths, MSI-X masking, INTx.
 */
#include "model/transport/pci.h"

#include <string.h>

#include "tests/model/rig.h"
#include "tests/test.h"

#define VERSION_1 VDEV_FEATURE(VIRTIO_F_VERSION_1)
#define CONTROL	  (VPCI_MSIX_CONTROL) /* within the capability */

static void
plug(struct rig *rig)
{
	rig_blk(rig, 64, NULL, false);
}

/* Offset of the n-th capability of an id, 0 when there is none. */
static unsigned
find_cap(struct rig *rig, uint8_t id, unsigned n)
{
	unsigned at, left;

	at = rig_config_read(rig, VPCI_CAPABILITIES, 1);
	for (left = 48; at != 0 && left > 0; left--) {
		if (rig_config_read(rig, at, 1) == id && n-- == 0)
			return (at);
		at = rig_config_read(rig, at + 1, 1);
	}
	return (0);
}

static unsigned
find_virtio(struct rig *rig, uint8_t type)
{
	unsigned at, n;

	for (n = 0; (at = find_cap(rig, VPCI_CAP_VENDOR, n)) != 0; n++) {
		if (rig_config_read(rig, at + 3, 1) == type)
			return (at);
	}
	return (0);
}

TEST(pci, identifies_itself)
{
	struct rig rig;

	plug(&rig);
	T_EQ(rig_config_read(&rig, VPCI_VENDOR_ID, 2), 0x1af4);
	T_EQ(rig_config_read(&rig, VPCI_DEVICE_ID, 2), 0x1042);
	T_EQ(rig_config_read(&rig, VPCI_REVISION, 4), 0x01000001);
	T_TRUE(rig_config_read(&rig, VPCI_SUBSYSTEM_ID, 2) >= 0x40);
	T_EQ(rig_config_read(&rig, VPCI_INTERRUPT_PIN, 1), 1);
	T_TRUE(rig_config_read(&rig, VPCI_STATUS, 2) & VPCI_STATUS_CAPS);
	T_EQ(rig_config_read(&rig, 0x0e, 1), 0);
	rig_fini(&rig);
}

TEST(pci, read_only_registers_stay)
{
	struct rig rig;

	plug(&rig);
	rig_config_write(&rig, VPCI_VENDOR_ID, 0xffffffff, 4);
	T_EQ(rig_config_read(&rig, VPCI_VENDOR_ID, 4), 0x10421af4);
	rig_config_write(&rig, VPCI_COMMAND, 0xffff, 2);
	T_EQ(rig_config_read(&rig, VPCI_COMMAND, 2),
	    VPCI_COMMAND_MEMORY | VPCI_COMMAND_MASTER | VPCI_COMMAND_PARITY |
		VPCI_COMMAND_SERR | VPCI_COMMAND_INTX_OFF);
	rig_config_write(&rig, VPCI_INTERRUPT_LINE, 11, 1);
	T_EQ(rig_config_read(&rig, VPCI_INTERRUPT_LINE, 1), 11);
	T_EQ(rig_config_read(&rig, VPCI_INTERRUPT_PIN, 1), 1);
	rig_fini(&rig);
}

TEST(pci, config_accesses_end_with_the_space)
{
	struct rig rig;

	plug(&rig);
	T_EQ(rig_config_read(&rig, 254, 4), UINT32_MAX);
	T_EQ(rig_config_read(&rig, 256, 1), UINT32_MAX);
	rig_config_write(&rig, 254, 0, 4);
	rig_config_write(&rig, UINT32_MAX, 0, 4);
	T_EQ(rig_config_read(&rig, 255, 1), 0);
	rig_fini(&rig);
}

TEST(pci, bars_are_sized)
{
	unsigned at = VPCI_BAR + 4 * VPCI_MODERN_BAR;
	struct rig rig;

	plug(&rig);
	/* None at 0: it reads as zero whatever is written. */
	rig_config_write(&rig, VPCI_BAR, 0xffffffff, 4);
	T_EQ(rig_config_read(&rig, VPCI_BAR, 4), 0);
	/* MSI-X: 32-bit, 4 KiB. */
	rig_config_write(&rig, VPCI_BAR + 4, 0xffffffff, 4);
	T_EQ(rig_config_read(&rig, VPCI_BAR + 4, 4), 0xfffff000);
	/* Registers: 64-bit, 16 KiB. */
	rig_config_write(&rig, at, 0xffffffff, 4);
	rig_config_write(&rig, at + 4, 0xffffffff, 4);
	T_EQ(rig_config_read(&rig, at, 4), 0xffffc004);
	T_EQ(rig_config_read(&rig, at + 4, 4), 0xffffffff);
	T_EQ(rig.fn->bars[VPCI_MODERN_BAR].size, VPCI_MODERN_BAR_SIZE);
	T_TRUE(rig.fn->bars[VPCI_MODERN_BAR].is_64);
	T_FALSE(rig.fn->bars[VPCI_MODERN_BAR].is_io);
	T_EQ(rig.fn->bars[VPCI_MODERN_BAR + 1].size, 0);
	rig_fini(&rig);
}

TEST(pci, bars_move_and_say_so)
{
	unsigned at = VPCI_BAR + 4 * VPCI_MODERN_BAR;
	struct pci_bar *bar;
	struct rig rig;

	plug(&rig);
	bar = &rig.fn->bars[VPCI_MODERN_BAR];
	rig.fn->bars_changed = false;
	rig_config_write(&rig, at, 0xc0004321, 4);
	T_TRUE(rig.fn->bars_changed);
	T_EQ(bar->base, 0xc0004000);
	rig.fn->bars_changed = false;
	rig_config_write(&rig, at + 4, 0x12, 4);
	T_TRUE(rig.fn->bars_changed);
	T_EQ(bar->base, UINT64_C(0x12c0004000));
	T_TRUE(bar->enabled);
	rig.fn->bars_changed = false;
	rig_config_write(&rig, at, 0xc0004000, 4);
	T_FALSE(rig.fn->bars_changed);
	rig_config_write(&rig, VPCI_COMMAND, VPCI_COMMAND_MASTER, 2);
	T_TRUE(rig.fn->bars_changed);
	T_FALSE(bar->enabled);
	rig_fini(&rig);
}

TEST(pci, capabilities_describe_the_structures)
{
	unsigned at, n;
	struct rig rig;

	plug(&rig);
	T_TRUE(find_cap(&rig, VPCI_CAP_MSIX, 0) != 0);
	at = find_virtio(&rig, VIRTIO_PCI_CAP_COMMON_CFG);
	T_REQUIRE(at != 0);
	T_EQ(rig_config_read(&rig, at + 2, 1), 16);
	T_EQ(rig_config_read(&rig, at + 4, 1), VPCI_MODERN_BAR);
	T_EQ(rig_config_read(&rig, at + 8, 4), VPCI_MODERN_COMMON_OFFSET);
	T_EQ(rig_config_read(&rig, at + 12, 4), 56);
	at = find_virtio(&rig, VIRTIO_PCI_CAP_NOTIFY_CFG);
	T_REQUIRE(at != 0);
	T_EQ(rig_config_read(&rig, at + 2, 1), 20);
	T_EQ(rig_config_read(&rig, at + 8, 4), VPCI_MODERN_NOTIFY_OFFSET);
	T_EQ(rig_config_read(&rig, at + 16, 4), 4);
	T_EQ(rig.fn->bars[VPCI_MODERN_BAR].doorbell, VPCI_MODERN_NOTIFY_OFFSET);
	T_EQ(rig.fn->bars[VPCI_MODERN_BAR].doorbell_size,
	    rig_config_read(&rig, at + 12, 4));
	T_TRUE(find_virtio(&rig, VIRTIO_PCI_CAP_ISR_CFG) != 0);
	T_TRUE(find_virtio(&rig, VIRTIO_PCI_CAP_DEVICE_CFG) != 0);
	T_TRUE(find_virtio(&rig, VIRTIO_PCI_CAP_PCI_CFG) != 0);
	for (n = 0; find_cap(&rig, VPCI_CAP_VENDOR, n) != 0; n++)
		continue;
	T_EQ(n, 5);
	rig_fini(&rig);
}

TEST(pci, capabilities_are_read_only)
{
	unsigned at;
	struct rig rig;

	plug(&rig);
	at = find_virtio(&rig, VIRTIO_PCI_CAP_COMMON_CFG);
	rig_config_write(&rig, at + 8, 0x100, 4);
	T_TRUE(rig_reported(&rig, "4.1.4.1"));
	T_EQ(rig_config_read(&rig, at + 8, 4), 0);
	rig_fini(&rig);
}

TEST(pci, common_fields_have_one_width)
{
	struct rig rig;

	plug(&rig);
	T_EQ(rig_common(&rig, RIG_COMMON(num_queues), 2), 1);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_common(&rig, RIG_COMMON(num_queues), 4), UINT32_MAX);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(rig_common(&rig, RIG_COMMON(device_status), 2), 0xffff);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(rig_common(&rig, RIG_COMMON(device_feature) + 1, 1), 0xff);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	/* 64 bits are two accesses, never one. */
	rig_write(&rig, RIG_COMMON(queue_desc_lo), 0x1000, 8);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(RIG_GET(&rig, queue_desc_lo), 0);
	RIG_SET(&rig, queue_desc_hi, 7);
	RIG_SET(&rig, queue_desc_lo, 0x2000);
	T_EQ(RIG_GET(&rig, queue_desc_hi), 7);
	T_EQ(RIG_GET(&rig, queue_desc_lo), 0x2000);
	T_EQ(rig.dev->queues[0].desc, UINT64_C(0x700002000));
	rig_fini(&rig);
}

TEST(pci, read_only_common_fields)
{
	static const unsigned fields[] = { RIG_COMMON(num_queues),
		RIG_COMMON(queue_notify_off) };
	struct rig rig;
	unsigned i;

	plug(&rig);
	for (i = 0; i < 2; i++) {
		rig_set_common(&rig, fields[i], 7, 2);
		T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	}
	RIG_SET(&rig, device_feature, 1);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	RIG_SET(&rig, config_generation, 1);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	T_EQ(RIG_GET(&rig, num_queues), 1);
	rig_fini(&rig);
}

TEST(pci, notifications_are_16_bits_at_their_place)
{
	const unsigned at = VPCI_MODERN_NOTIFY_OFFSET;
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	rig_write(&rig, at, 0, 2);
	T_EQ(rig.events[MODEL_NOTIFY], 1);
	T_EQ(rig.nreports, 0);
	rig_write(&rig, at, 0, 4);
	T_TRUE(rig_reported(&rig, "4.1.5.2.1"));
	rig_write(&rig, at, 1, 2);
	T_TRUE(rig_reported(&rig, "4.1.5.2.1"));
	rig_write(&rig, at + 2, 0, 2);
	T_TRUE(rig_reported(&rig, "4.1.5.2.1"));
	rig_write(&rig, at + 4, 1, 2);
	T_TRUE(rig_reported(&rig, "4.1.4"));
	T_EQ(rig.events[MODEL_NOTIFY], 1);
	rig_fini(&rig);
}

TEST(pci, accesses_between_structures)
{
	struct rig rig;

	plug(&rig);
	T_EQ(rig_read(&rig, 56, 2), 0xffff);
	T_TRUE(rig_reported(&rig, "4.1.4"));
	T_EQ(rig_read(&rig, VPCI_MODERN_ISR_OFFSET, 4), UINT32_MAX);
	T_TRUE(rig_reported(&rig, "4.1.4"));
	rig_write(&rig, VPCI_MODERN_BAR_SIZE - 1, 1, 1);
	T_TRUE(rig_reported(&rig, "4.1.4"));
	rig_fini(&rig);
}

TEST(pci, vectors_that_do_not_exist_map_to_none)
{
	struct rig rig;

	plug(&rig);
	RIG_SET(&rig, queue_msix_vector, 1);
	T_EQ(RIG_GET(&rig, queue_msix_vector), 1);
	RIG_SET(&rig, queue_msix_vector, 2);
	T_EQ(RIG_GET(&rig, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	T_TRUE(rig_reported(&rig, "4.1.5.1.2.2"));
	RIG_SET(&rig, config_msix_vector, 0x800);
	T_EQ(RIG_GET(&rig, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	T_TRUE(rig_reported(&rig, "4.1.5.1.2.2"));
	RIG_SET(&rig, config_msix_vector, VIRTIO_MSI_NO_VECTOR);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

/*
 * --- MSI-X ---
 */

static uint64_t
table_read(struct rig *rig, unsigned offset, unsigned width)
{
	return (rig->fn->ops->bar_read(rig->fn, VPCI_MSIX_BAR, offset, width));
}

static void
table_write(struct rig *rig, unsigned offset, uint64_t value, unsigned width)
{
	rig->fn->ops->bar_write(rig->fn, VPCI_MSIX_BAR, offset, value, width);
}

static void
msix_control(struct rig *rig, uint16_t value)
{
	rig_config_write(rig, find_cap(rig, VPCI_CAP_MSIX, 0) + CONTROL, value,
	    2);
}

/* MSI-X on, vector 1 programmed and open, for queue 0. */
static void
start_msix(struct rig *rig)
{
	plug(rig);
	table_write(rig, 16, 0xfee00000, 4);
	table_write(rig, 16 + 4, 0, 4);
	table_write(rig, 16 + 8, 0x4041, 4);
	table_write(rig, 16 + 12, 0, 4);
	msix_control(rig, VPCI_MSIX_CONTROL_ON);
	rig_negotiate(rig, rig->dev->offered);
	rig_enable_queue(rig, 8);
	RIG_SET(rig, queue_msix_vector, 1);
	rig_driver_ok(rig);
}

static uint32_t
pending(struct rig *rig)
{
	unsigned cap = find_cap(rig, VPCI_CAP_MSIX, 0);

	return (table_read(rig, rig_config_read(rig, cap + 8, 4) & ~7u, 4));
}

TEST(pci, msix_sends_a_message)
{
	struct rig rig;

	start_msix(&rig);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.msis, 1);
	T_EQ(rig.msi_address, 0xfee00000);
	T_EQ(rig.msi_data, 0x4041);
	T_FALSE(rig.intx);
	T_EQ(rig_read(&rig, VPCI_MODERN_ISR_OFFSET, 1), 0);
	T_EQ(rig.events[MODEL_INTERRUPT], 1);
	T_EQ(pending(&rig), 0);
	rig_fini(&rig);
}

TEST(pci, msix_vector_mask_holds_one_message)
{
	struct rig rig;

	start_msix(&rig);
	table_write(&rig, 16 + 12, 1, 4);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.msis, 0);
	T_EQ(pending(&rig), 2);
	table_write(&rig, 16 + 12, 0, 4);
	T_EQ(rig.msis, 1);
	T_EQ(pending(&rig), 0);
	table_write(&rig, 16 + 12, 1, 4);
	table_write(&rig, 16 + 12, 0, 4);
	T_EQ(rig.msis, 1);
	rig_fini(&rig);
}

TEST(pci, msix_function_mask_holds_all)
{
	struct rig rig;

	start_msix(&rig);
	msix_control(&rig, VPCI_MSIX_CONTROL_ON | VPCI_MSIX_CONTROL_MASK);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.msis, 0);
	T_EQ(pending(&rig), 2);
	table_write(&rig, 16 + 12, 0, 4);
	T_EQ(rig.msis, 0);
	msix_control(&rig, VPCI_MSIX_CONTROL_ON);
	T_EQ(rig.msis, 1);
	rig_fini(&rig);
}

TEST(pci, msix_without_a_vector_is_silent)
{
	struct rig rig;

	start_msix(&rig);
	RIG_SET(&rig, queue_msix_vector, VIRTIO_MSI_NO_VECTOR);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.msis, 0);
	T_FALSE(rig.intx);
	T_EQ(rig.events[MODEL_INTERRUPT], 0);
	rig_fini(&rig);
}

TEST(pci, msix_needs_bus_mastering)
{
	struct rig rig;

	start_msix(&rig);
	RIG_SET(&rig, config_msix_vector, 1);
	rig_config_write(&rig, VPCI_COMMAND, VPCI_COMMAND_MEMORY, 2);
	vdev_config_changed(rig.dev);
	T_EQ(rig.msis, 0);
	rig_config_write(&rig, VPCI_COMMAND,
	    VPCI_COMMAND_MEMORY | VPCI_COMMAND_MASTER, 2);
	T_EQ(rig.msis, 1);
	rig_fini(&rig);
}

TEST(pci, reset_forgets_pending_messages)
{
	struct rig rig;

	start_msix(&rig);
	table_write(&rig, 16 + 12, 1, 4);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(pending(&rig), 2);
	RIG_SET(&rig, device_status, 0);
	T_EQ(pending(&rig), 0);
	table_write(&rig, 16 + 12, 0, 4);
	T_EQ(rig.msis, 0);
	rig_fini(&rig);
}

TEST(pci, msix_table_registers)
{
	struct rig rig;
	unsigned cap;

	plug(&rig);
	cap = find_cap(&rig, VPCI_CAP_MSIX, 0);
	/* Two vectors; only the two control bits can be written. */
	rig_config_write(&rig, cap + CONTROL, 0xffff, 2);
	T_EQ(rig_config_read(&rig, cap + CONTROL, 2), 0xc001);
	T_EQ(rig_config_read(&rig, cap + 4, 4), VPCI_MSIX_BAR);
	T_EQ(rig_config_read(&rig, cap + 8, 4), 2048 | VPCI_MSIX_BAR);
	/* Masked out of reset; reserved bits do not stick. */
	T_EQ(table_read(&rig, 12, 4), 1);
	table_write(&rig, 12, 0xfffffffe, 4);
	T_EQ(table_read(&rig, 12, 4), 0);
	table_write(&rig, 0, UINT64_C(0x12345678fee00003), 8);
	T_EQ(table_read(&rig, 0, 4), 0xfee00000);
	T_EQ(table_read(&rig, 4, 4), 0x12345678);
	T_EQ(table_read(&rig, 0, 8), UINT64_C(0x12345678fee00000));
	T_EQ(rig.nreports, 0);
	T_EQ(table_read(&rig, 0, 2), 0xffff);
	T_TRUE(rig_reported(&rig, "PCI 3.0 6.8.2"));
	table_write(&rig, 2, 0, 4);
	T_TRUE(rig_reported(&rig, "PCI 3.0 6.8.2"));
	/* Neither a third entry nor the pending bits can be written. */
	table_write(&rig, 32, 1, 4);
	T_EQ(table_read(&rig, 32, 4), 0);
	table_write(&rig, 2048, 3, 4);
	T_EQ(table_read(&rig, 2048, 8), 0);
	T_EQ(table_read(&rig, 4088, 8), 0);
	rig_fini(&rig);
}

/*
 * --- INTx ---
 */

TEST(pci, intx_follows_isr)
{
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_TRUE(rig.intx);
	T_EQ(rig.msis, 0);
	T_TRUE(rig_config_read(&rig, VPCI_STATUS, 2) & VPCI_STATUS_INTERRUPT);
	/* Masked by the command register, the status bit still shows it. */
	rig_config_write(&rig, VPCI_COMMAND,
	    VPCI_COMMAND_MEMORY | VPCI_COMMAND_MASTER | VPCI_COMMAND_INTX_OFF,
	    2);
	T_FALSE(rig.intx);
	T_TRUE(rig_config_read(&rig, VPCI_STATUS, 2) & VPCI_STATUS_INTERRUPT);
	rig_config_write(&rig, VPCI_COMMAND,
	    VPCI_COMMAND_MEMORY | VPCI_COMMAND_MASTER, 2);
	T_TRUE(rig.intx);
	T_EQ(rig_read(&rig, VPCI_MODERN_ISR_OFFSET, 1), VIRTIO_PCI_ISR_QUEUE);
	T_FALSE(rig.intx);
	T_EQ(rig_read(&rig, VPCI_MODERN_ISR_OFFSET, 1), 0);
	rig_fini(&rig);
}

TEST(pci, intx_goes_when_msix_comes)
{
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_TRUE(rig.intx);
	msix_control(&rig, VPCI_MSIX_CONTROL_ON);
	T_FALSE(rig.intx);
	rig_fini(&rig);
}

/*
 * --- the configuration window ---
 */

static void
window(struct rig *rig, uint8_t bar, uint32_t offset, uint32_t length)
{
	unsigned cap = find_virtio(rig, VIRTIO_PCI_CAP_PCI_CFG);

	rig_config_write(rig, cap + 4, bar, 1);
	rig_config_write(rig, cap + 8, offset, 4);
	rig_config_write(rig, cap + 12, length, 4);
}

TEST(pci, window_reaches_registers)
{
	unsigned data;
	struct rig rig;

	plug(&rig);
	data = find_virtio(&rig, VIRTIO_PCI_CAP_PCI_CFG) + 16;
	/* Without memory decoding: that is what it is for. */
	rig_config_write(&rig, VPCI_COMMAND, 0, 2);
	window(&rig, VPCI_MODERN_BAR, RIG_COMMON(num_queues), 2);
	T_EQ(rig_config_read(&rig, data, 2), 1);
	window(&rig, VPCI_MODERN_BAR, RIG_COMMON(device_status), 1);
	rig_config_write(&rig, data, VIRTIO_CONFIG_S_ACKNOWLEDGE, 1);
	T_EQ(RIG_GET(&rig, device_status), VIRTIO_CONFIG_S_ACKNOWLEDGE);
	T_EQ(rig_config_read(&rig, data, 1), VIRTIO_CONFIG_S_ACKNOWLEDGE);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(pci, window_is_checked)
{
	static const struct {
		uint8_t bar;
		uint32_t offset;
		uint32_t length;
	} cases[] = {
		{ 0, 0, 4 },
		{ VPCI_MSIX_BAR, 0, 4 },
		{ 0xff, 0, 4 },
		{ VPCI_MODERN_BAR, 2, 4 },
		{ VPCI_MODERN_BAR, 0, 3 },
		{ VPCI_MODERN_BAR, 0, 0 },
		{ VPCI_MODERN_BAR, 0, 8 },
		{ VPCI_MODERN_BAR, 0x800, 4 },
		{ VPCI_MODERN_BAR, VPCI_MODERN_BAR_SIZE, 4 },
		{ VPCI_MODERN_BAR, 0xfffffffc, 4 },
	};
	unsigned data, i;
	struct rig rig;

	plug(&rig);
	data = find_virtio(&rig, VIRTIO_PCI_CAP_PCI_CFG) + 16;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		window(&rig, cases[i].bar, cases[i].offset, cases[i].length);
		T_EQ(rig_config_read(&rig, data, 4), UINT32_MAX);
		T_TRUE(rig_reported(&rig, "4.1.4.9.2"));
		rig_config_write(&rig, data, 0, 4);
		T_TRUE(rig_reported(&rig, "4.1.4.9.2"));
	}
	rig_fini(&rig);
}

/*
 * --- power management (PCI Power Management 1.2) ---
 */

static void
set_power(struct rig *rig, unsigned state)
{
	rig_config_write(rig, find_cap(rig, VPCI_CAP_PM, 0) + VPCI_PM_CONTROL,
	    state, 2);
}

static unsigned
get_power(struct rig *rig)
{
	return (rig_config_read(rig,
		    find_cap(rig, VPCI_CAP_PM, 0) + VPCI_PM_CONTROL, 2) &
	    VPCI_PM_STATE);
}

TEST(pci, only_d0_and_d3_exist)
{
	struct rig rig;

	plug(&rig);
	T_TRUE(find_cap(&rig, VPCI_CAP_PM, 0) != 0);
	T_EQ(get_power(&rig), VPCI_D0);
	set_power(&rig, 1);
	T_EQ(get_power(&rig), VPCI_D0);
	set_power(&rig, VPCI_D3);
	T_EQ(get_power(&rig), VPCI_D3);
	set_power(&rig, 2);
	T_EQ(get_power(&rig), VPCI_D3);
	set_power(&rig, VPCI_D0);
	T_EQ(get_power(&rig), VPCI_D0);
	rig_fini(&rig);
}

TEST(pci, in_d3_nothing_comes_out)
{
	struct rig rig;

	start_msix(&rig);
	T_TRUE(rig.dev->dma);
	T_TRUE(rig.fn->bars[VPCI_MODERN_BAR].enabled);
	set_power(&rig, VPCI_D3);
	T_FALSE(rig.dev->dma);
	T_FALSE(rig.fn->bars[VPCI_MODERN_BAR].enabled);
	vpci_msix_send((struct vpci *)(void *)rig.fn, 1);
	T_EQ(rig.msis, 0);
	T_EQ(pending(&rig), 2);
	/* Configuration space answers; what is written stays. */
	T_EQ(rig_config_read(&rig, VPCI_VENDOR_ID, 2), 0x1af4);
	rig_fini(&rig);
}

TEST(pci, line_falls_in_d3)
{
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	(void)rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL);
	T_TRUE(rig.intx);
	set_power(&rig, VPCI_D3);
	T_FALSE(rig.intx);
	rig_fini(&rig);
}

TEST(pci, way_back_to_d0_forgets)
{
	struct rig rig;

	start_msix(&rig);
	vpci_msix_send((struct vpci *)(void *)rig.fn, 0);
	set_power(&rig, VPCI_D3);
	set_power(&rig, VPCI_D0);
	T_EQ(rig.dev->status, 0);
	T_EQ(rig_config_read(&rig, VPCI_COMMAND, 2), 0);
	T_EQ(rig_config_read(&rig, VPCI_BAR + 4, 4), 0);
	T_EQ(rig_config_read(&rig, find_cap(&rig, VPCI_CAP_MSIX, 0) + CONTROL,
		 2),
	    1);
	T_EQ(table_read(&rig, 16, 4), 0);
	T_EQ(table_read(&rig, 16 + 12, 4), 1);
	T_EQ(pending(&rig), 0);
	rig_fini(&rig);
}
