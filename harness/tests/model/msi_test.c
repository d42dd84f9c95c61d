/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MSI, as a virtio function and as any other uses it.
 */
#include <string.h>

#include "model/transport/pci.h"
#include "tests/model/rig.h"
#include "tests/test.h"

static unsigned
cap_of(struct rig *rig)
{
	unsigned at = rig_config_read(rig, VPCI_CAPABILITIES, 1);

	while (at != 0 && rig_config_read(rig, at, 1) != VPCI_CAP_MSI)
		at = rig_config_read(rig, at + 1, 1);
	T_REQUIRE(at != 0);
	return (at);
}

static void
plug(struct rig *rig, int messages, bool masks)
{
	rig_blk_pci(rig, 64, NULL, false,
	    &(struct vpci_virtio_config) {
		.msix = VPCI_NO_MSIX,
		.msi = messages,
		.msi_masks = masks,
	    });
}

static void
control(struct rig *rig, uint16_t value)
{
	rig_config_write(rig, cap_of(rig) + VPCI_MSI_CONTROL, value, 2);
}

/* A message address and data, and all messages that there are. */
static void
enable(struct rig *rig, unsigned log2)
{
	unsigned cap = cap_of(rig);

	rig_config_write(rig, cap + VPCI_MSI_ADDRESS, 0xfee00000, 4);
	rig_config_write(rig, cap + VPCI_MSI_ADDRESS_HIGH, 1, 4);
	rig_config_write(rig, cap + VPCI_MSI_DATA, 0x4040, 2);
	control(rig, VPCI_MSI_CONTROL_ON | log2 << VPCI_MSI_CONTROL_ENABLED);
}

static struct vpci *
pci_of(struct rig *rig)
{
	return ((struct vpci *)(void *)rig->fn);
}

TEST(msi, registers)
{
	struct rig rig;
	unsigned cap;

	plug(&rig, 4, true);
	cap = cap_of(&rig);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_CONTROL, 2),
	    VPCI_MSI_CONTROL_MASKS | VPCI_MSI_CONTROL_64 |
		2 << VPCI_MSI_CONTROL_CAPABLE);
	control(&rig, 0xffff);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_CONTROL, 2),
	    VPCI_MSI_CONTROL_MASKS | VPCI_MSI_CONTROL_64 |
		2 << VPCI_MSI_CONTROL_CAPABLE | 7 << VPCI_MSI_CONTROL_ENABLED |
		VPCI_MSI_CONTROL_ON);
	rig_config_write(&rig, cap + VPCI_MSI_ADDRESS, UINT32_MAX, 4);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_ADDRESS, 4), 0xfffffffc);
	rig_config_write(&rig, cap + VPCI_MSI_MASK, UINT32_MAX, 4);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_MASK, 4), 0xf);
	rig_config_write(&rig, cap + VPCI_MSI_PENDING, UINT32_MAX, 4);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_PENDING, 4), 0);
	rig_fini(&rig);
	plug(&rig, 1, false);
	T_EQ(rig_config_read(&rig, cap_of(&rig) + VPCI_MSI_CONTROL, 2),
	    VPCI_MSI_CONTROL_64);
	rig_fini(&rig);
}

TEST(msi, one_message_for_all_and_the_isr_says_why)
{
	struct rig rig;

	plug(&rig, 4, false);
	enable(&rig, 2);
	rig_start(&rig, 8);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.msis, 1);
	T_EQ(rig.msi_address, UINT64_C(0x1fee00000));
	T_EQ(rig.msi_data, 0x4040);
	T_FALSE(rig.intx);
	vdev_config_changed(rig.dev);
	T_EQ(rig.msis, 2);
	T_EQ(rig.msi_data, 0x4040);
	T_EQ(rig_read(&rig, VPCI_MODERN_ISR_OFFSET, 1),
	    VIRTIO_PCI_ISR_QUEUE | VIRTIO_PCI_ISR_CONFIG);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(msi, takes_the_place_of_the_line)
{
	struct rig rig;

	plug(&rig, 1, false);
	rig_start(&rig, 8);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_TRUE(rig.intx);
	T_EQ(rig.msis, 0);
	enable(&rig, 0);
	T_FALSE(rig.intx);
	control(&rig, 0);
	T_TRUE(rig.intx);
	T_EQ(rig.msis, 0);
	rig_fini(&rig);
}

TEST(msi, numbers_stand_in_the_low_bits)
{
	struct rig rig;

	plug(&rig, 4, false);
	enable(&rig, 2);
	vpci_msi_send(pci_of(&rig), 3);
	T_EQ(rig.msi_data, 0x4043);
	/* Fewer are enabled. */
	enable(&rig, 1);
	vpci_msi_send(pci_of(&rig), 3);
	T_EQ(rig.msi_data, 0x4041);
	enable(&rig, 0);
	vpci_msi_send(pci_of(&rig), 3);
	T_EQ(rig.msi_data, 0x4040);
	/* More than there are, and values that are reserved. */
	enable(&rig, 7);
	vpci_msi_send(pci_of(&rig), 3);
	T_EQ(rig.msi_data, 0x4043);
	rig_fini(&rig);
}

TEST(msi, masked_messages_wait)
{
	struct rig rig;
	unsigned cap;

	plug(&rig, 4, true);
	cap = cap_of(&rig);
	enable(&rig, 2);
	rig_config_write(&rig, cap + VPCI_MSI_MASK, 0x6, 4);
	vpci_msi_send(pci_of(&rig), 0);
	vpci_msi_send(pci_of(&rig), 1);
	vpci_msi_send(pci_of(&rig), 1);
	vpci_msi_send(pci_of(&rig), 2);
	T_EQ(rig.msis, 1);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_PENDING, 4), 0x6);
	rig_config_write(&rig, cap + VPCI_MSI_MASK, 0x4, 4);
	T_EQ(rig.msis, 2);
	T_EQ(rig.msi_data, 0x4041);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_PENDING, 4), 0x4);
	/* A reset forgets. */
	RIG_SET(&rig, device_status, 0);
	T_EQ(rig_config_read(&rig, cap + VPCI_MSI_PENDING, 4), 0);
	rig_config_write(&rig, cap + VPCI_MSI_MASK, 0, 4);
	T_EQ(rig.msis, 2);
	rig_fini(&rig);
}

TEST(msi, needs_bus_mastering)
{
	struct rig rig;

	plug(&rig, 1, false);
	enable(&rig, 0);
	rig_config_write(&rig, VPCI_COMMAND, VPCI_COMMAND_MEMORY, 2);
	vpci_msi_send(pci_of(&rig), 0);
	T_EQ(rig.msis, 0);
	rig_config_write(&rig, VPCI_COMMAND,
	    VPCI_COMMAND_MEMORY | VPCI_COMMAND_MASTER, 2);
	T_EQ(rig.msis, 1);
	rig_fini(&rig);
}

/* Both kinds are there: MSI-X, once it is on, is what counts. */
TEST(msi, beside_msix)
{
	struct rig rig;
	unsigned at;

	rig_blk_pci(&rig, 64, NULL, false,
	    &(struct vpci_virtio_config) { .msi = 1 });
	enable(&rig, 0);
	for (at = rig_config_read(&rig, VPCI_CAPABILITIES, 1);
	     rig_config_read(&rig, at, 1) != VPCI_CAP_MSIX;)
		at = rig_config_read(&rig, at + 1, 1);
	rig_config_write(&rig, at + VPCI_MSIX_CONTROL, VPCI_MSIX_CONTROL_ON, 2);
	rig_start(&rig, 8);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.msis, 0);
	T_EQ(rig.events[MODEL_INTERRUPT], 0);
	rig_fini(&rig);
}
