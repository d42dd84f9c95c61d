/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The legacy interface: its registers, the device behind it, and functions
 * that have both interfaces.
 */
#include <errno.h>
#include <string.h>

#include "model/transport/pci.h"
#include "tests/model/rig.h"
#include "tests/test.h"

#define ACK	   VIRTIO_CONFIG_S_ACKNOWLEDGE
#define DRIVER	   VIRTIO_CONFIG_S_DRIVER
#define DRIVER_OK  VIRTIO_CONFIG_S_DRIVER_OK
#define FLUSH	   (1u << VIRTIO_BLK_F_FLUSH)
#define ANY_LAYOUT (1u << VIRTIO_F_ANY_LAYOUT)
#define SECTORS	   64
#define CONFIG	   20 /* where it begins without MSI-X */

static const struct vblk_config blk = { .queue_size = 16 };

static void
plug(struct rig *rig, enum vpci_kind kind)
{
	rig_blk_pci(rig, SECTORS, &blk, false,
	    &(struct vpci_virtio_config) { .kind = kind });
}

/*
 * --- what it is ---
 */

TEST(pci_legacy, identifies_itself)
{
	struct rig rig;
	unsigned i;

	for (i = 0; i < 2; i++) {
		plug(&rig, i == 0 ? VPCI_LEGACY : VPCI_TRANSITIONAL);
		T_EQ(rig_config_read(&rig, VPCI_VENDOR_ID, 2), 0x1af4);
		T_EQ(rig_config_read(&rig, VPCI_DEVICE_ID, 2), 0x1001);
		T_EQ(rig_config_read(&rig, VPCI_REVISION, 1), 0);
		T_EQ(rig_config_read(&rig, VPCI_SUBSYSTEM_ID, 2), 2);
		T_TRUE(rig.fn->bars[VPCI_LEGACY_BAR].is_io);
		T_EQ(rig.fn->bars[VPCI_LEGACY_BAR].size, 128);
		T_EQ(rig.fn->bars[VPCI_LEGACY_BAR].doorbell, 16);
		T_EQ(rig.fn->bars[VPCI_LEGACY_BAR].doorbell_size, 2);
		T_EQ(rig.fn->bars[VPCI_MODERN_BAR].size,
		    i == 0 ? 0 : VPCI_MODERN_BAR_SIZE);
		rig_config_write(&rig, VPCI_BAR, 0xffffffff, 4);
		T_EQ(rig_config_read(&rig, VPCI_BAR, 4), 0xffffff81);
		rig_fini(&rig);
	}
}

TEST(pci_legacy, bars_of_either_space_are_enabled_by_their_own_bit)
{
	struct rig rig;

	plug(&rig, VPCI_TRANSITIONAL);
	rig_config_write(&rig, VPCI_COMMAND, VPCI_COMMAND_IO, 2);
	T_TRUE(rig.fn->bars[VPCI_LEGACY_BAR].enabled);
	T_FALSE(rig.fn->bars[VPCI_MODERN_BAR].enabled);
	rig_config_write(&rig, VPCI_COMMAND, VPCI_COMMAND_MEMORY, 2);
	T_FALSE(rig.fn->bars[VPCI_LEGACY_BAR].enabled);
	T_TRUE(rig.fn->bars[VPCI_MODERN_BAR].enabled);
	rig_fini(&rig);
}

TEST(pci_legacy, function_that_cannot_be)
{
	static const struct vpci_virtio_config cases[] = {
		{ .kind = VPCI_LEGACY + 1 },
		{ .msix = -2 },
		{ .msix = VPCI_MSIX_MAX + 1 },
		{ .msi = 3 },
		{ .msi = 64 },
		{ .msi = -1 },
	};
	struct vpci_virtio *t;
	struct vdev_ops ops;
	struct rig rig;
	unsigned i;

	plug(&rig, VPCI_LEGACY);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		errno = 0;
		t = vpci_virtio_new(rig.dev, &rig.host, &cases[i]);
		T_TRUE(t == NULL);
		T_EQ(errno, EINVAL);
	}
	/* Types that came with virtio 1.0 have no transitional id. */
	ops = *rig.dev->ops;
	ops.device_id = 16;
	rig.dev->ops = &ops;
	errno = 0;
	t = vpci_virtio_new(rig.dev, &rig.host,
	    &(struct vpci_virtio_config) { .kind = VPCI_TRANSITIONAL });
	T_TRUE(t == NULL);
	T_EQ(errno, EINVAL);
	rig_fini(&rig);
}

/*
 * --- registers ---
 */

TEST(pci_legacy, serves_requests)
{
	uint32_t used = 0;
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	rig_start_legacy(&rig);
	T_EQ(RIG_PORT_GET(&rig, device_status), ACK | DRIVER | DRIVER_OK);
	T_EQ(rig.events[MODEL_QUEUE_ENABLE], 1);
	T_EQ(rig.last[MODEL_QUEUE_ENABLE].enable.desc, rig.desc_gpa);
	T_EQ(rig.last[MODEL_QUEUE_ENABLE].enable.driver, rig.avail_gpa);
	T_EQ(rig.last[MODEL_QUEUE_ENABLE].enable.device, rig.used_gpa);
	T_EQ(rig.used_gpa % 4096, 0);
	memset(rig_at(&rig, RIG_DATA), 0xa5, 512);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_OUT, 3, 512, &used), 0);
	T_EQ(used, 1);
	memset(rig_at(&rig, RIG_DATA), 0, 512);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 3, 512, &used), 0);
	T_EQ(used, 513);
	T_EQ(*(uint8_t *)rig_at(&rig, RIG_DATA + 511), 0xa5);
	T_TRUE(rig.intx);
	T_EQ(RIG_PORT_GET(&rig, isr_status), VIRTIO_PCI_ISR_QUEUE);
	T_FALSE(rig.intx);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(pci_legacy, only_the_low_features_exist)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	T_EQ(RIG_PORT_GET(&rig, device_features),
	    (uint32_t)rig.dev->offered | ANY_LAYOUT);
	rig_setup_legacy(&rig, FLUSH);
	T_EQ(RIG_PORT_GET(&rig, driver_features), FLUSH);
	/* In force without FEATURES_OK. */
	T_EQ(rig.dev->negotiated, FLUSH);
	T_EQ(rig.last[MODEL_QUEUE_ENABLE].enable.features, FLUSH);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(pci_legacy, features_not_offered_are_left_out)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	rig_setup_legacy(&rig, FLUSH | 1u << 30);
	T_TRUE(rig_reported(&rig, "2.2.1"));
	T_EQ(rig.dev->negotiated, FLUSH);
	T_EQ(RIG_PORT_GET(&rig, driver_features), FLUSH);
	/* A queue is in use: too late. */
	RIG_PORT_SET(&rig, driver_features, 0);
	T_TRUE(rig_reported(&rig, "3.1.2"));
	T_EQ(rig.dev->negotiated, FLUSH);
	rig_fini(&rig);
}

TEST(pci_legacy, features_ok_is_not_for_it)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	RIG_PORT_SET(&rig, device_status, ACK);
	RIG_PORT_SET(&rig, device_status, ACK | DRIVER);
	RIG_PORT_SET(&rig, device_status,
	    ACK | DRIVER | VIRTIO_CONFIG_S_FEATURES_OK);
	T_TRUE(rig_reported(&rig, "3.1.2"));
	T_EQ(RIG_PORT_GET(&rig, device_status), ACK | DRIVER);
	rig_fini(&rig);
}

TEST(pci_legacy, device_works_before_driver_ok)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	rig_setup_legacy(&rig, ANY_LAYOUT);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_TRUE(rig.intx);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(pci_legacy, queue_size_and_others_are_read_only)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	T_EQ(RIG_PORT_GET(&rig, queue_size), 16);
	RIG_PORT_SET(&rig, queue_size, 8);
	T_TRUE(rig_reported(&rig, "4.1.4.10"));
	T_EQ(RIG_PORT_GET(&rig, queue_size), 16);
	RIG_PORT_SET(&rig, device_features, 0);
	T_TRUE(rig_reported(&rig, "4.1.4.10"));
	RIG_PORT_SET(&rig, isr_status, 1);
	T_TRUE(rig_reported(&rig, "4.1.4.10"));
	T_EQ(RIG_PORT_GET(&rig, queue_notify), 0);
	T_TRUE(rig_reported(&rig, "4.1.4.10"));
	rig_fini(&rig);
}

TEST(pci_legacy, queues_that_there_are_not)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	RIG_PORT_SET(&rig, device_status, ACK);
	RIG_PORT_SET(&rig, queue_select, 1);
	T_EQ(RIG_PORT_GET(&rig, queue_select), 1);
	T_EQ(RIG_PORT_GET(&rig, queue_size), 0);
	T_EQ(RIG_PORT_GET(&rig, queue_address), 0);
	T_EQ(rig.nreports, 0);
	RIG_PORT_SET(&rig, queue_address, 0x20);
	T_TRUE(rig_reported(&rig, "4.1.5.1.3"));
	RIG_PORT_SET(&rig, queue_address, 0);
	T_TRUE(rig_reported(&rig, "4.1.5.1.3"));
	RIG_PORT_SET(&rig, queue_notify, 1);
	T_TRUE(rig_reported(&rig, "2.3"));
	rig_fini(&rig);
}

TEST(pci_legacy, queue_address_0_disables)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	rig_start_legacy(&rig);
	T_EQ(RIG_PORT_GET(&rig, queue_address), rig.desc_gpa >> 12);
	/* It does not move while it is in use. */
	RIG_PORT_SET(&rig, queue_address, 0x30);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	T_EQ(RIG_PORT_GET(&rig, queue_address), rig.desc_gpa >> 12);
	RIG_PORT_SET(&rig, queue_address, 0);
	T_EQ(RIG_PORT_GET(&rig, queue_address), 0);
	T_FALSE(rig.dev->queues[0].enabled);
	T_EQ(rig.nreports, 0);
	RIG_PORT_SET(&rig, queue_notify, 0);
	T_TRUE(rig_reported(&rig, "2.3"));
	rig_fini(&rig);
}

TEST(pci_legacy, queue_outside_of_memory)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	rig_setup_legacy(&rig, 0);
	RIG_PORT_SET(&rig, queue_address, 0);
	RIG_PORT_SET(&rig, queue_address, UINT32_MAX);
	T_TRUE(rig_reported(&rig, "2.7"));
	T_TRUE(RIG_PORT_GET(&rig, device_status) & VIRTIO_CONFIG_S_NEEDS_RESET);
	rig_fini(&rig);
}

TEST(pci_legacy, registers_have_one_width)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	T_EQ(rig_port_read(&rig, RIG_LEGACY(device_features), 2), 0xffff);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(rig_port_read(&rig, RIG_LEGACY(queue_size), 4), 0xffffffff);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(rig_port_read(&rig, RIG_LEGACY(device_status), 2), 0xffff);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(rig_port_read(&rig, 1, 1), 0xff);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	rig_port_write(&rig, RIG_LEGACY(device_status), ACK, 2);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(RIG_PORT_GET(&rig, device_status), 0);
	rig_fini(&rig);
}

TEST(pci_legacy, configuration_takes_any_width)
{
	uint64_t capacity = 0;
	struct rig rig;
	unsigned i;

	plug(&rig, VPCI_LEGACY);
	for (i = 0; i < 8; i++)
		capacity |= (uint64_t)rig_port_read(&rig, CONFIG + i, 1)
		    << (8 * i);
	T_EQ(capacity, SECTORS);
	T_EQ(rig_port_read(&rig, CONFIG, 4), SECTORS);
	T_EQ(rig_port_read(&rig, CONFIG, 2), SECTORS);
	T_EQ(rig_port_read(&rig, CONFIG + 20, 4), 512);
	T_EQ(rig_port_read(&rig, CONFIG + 21, 1), 2);
	T_EQ(rig.nreports, 0);
	i = CONFIG + rig.dev->config_size;
	T_EQ(rig_port_read(&rig, i - 1, 1), 0);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_port_read(&rig, i - 1, 2), 0xffff);
	T_TRUE(rig_reported(&rig, "4.1.4.10"));
	rig_port_write(&rig, CONFIG, 7, 4);
	T_TRUE(rig_reported(&rig, "2.5"));
	T_EQ(rig_port_read(&rig, CONFIG, 4), SECTORS);
	rig_fini(&rig);
}

static unsigned
find_cap(struct rig *rig, uint8_t id)
{
	unsigned at, left;

	at = rig_config_read(rig, VPCI_CAPABILITIES, 1);
	for (left = 48; at != 0 && left > 0; left--) {
		if (rig_config_read(rig, at, 1) == id)
			return (at);
		at = rig_config_read(rig, at + 1, 1);
	}
	return (0);
}

TEST(pci_legacy, msix_moves_the_configuration)
{
	struct rig rig;
	unsigned cap;

	plug(&rig, VPCI_LEGACY);
	cap = find_cap(&rig, VPCI_CAP_MSIX);
	T_REQUIRE(cap != 0);
	T_EQ(rig_port_read(&rig, 20, 2), SECTORS);
	rig_config_write(&rig, cap + VPCI_MSIX_CONTROL, VPCI_MSIX_CONTROL_ON,
	    2);
	T_EQ(RIG_PORT_GET(&rig, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	T_EQ(RIG_PORT_GET(&rig, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	T_EQ(rig_port_read(&rig, 24, 4), SECTORS);
	RIG_PORT_SET(&rig, config_msix_vector, 0);
	RIG_PORT_SET(&rig, queue_msix_vector, 1);
	T_EQ(RIG_PORT_GET(&rig, config_msix_vector), 0);
	T_EQ(RIG_PORT_GET(&rig, queue_msix_vector), 1);
	T_EQ(rig.nreports, 0);
	RIG_PORT_SET(&rig, queue_msix_vector, 2);
	T_EQ(RIG_PORT_GET(&rig, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	T_TRUE(rig_reported(&rig, "4.1.5.1.2.2"));
	RIG_PORT_SET(&rig, queue_select, 5);
	RIG_PORT_SET(&rig, queue_msix_vector, 0);
	T_EQ(RIG_PORT_GET(&rig, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	rig_config_write(&rig, cap + VPCI_MSIX_CONTROL, 0, 2);
	T_EQ(rig_port_read(&rig, 20, 2), SECTORS);
	rig_fini(&rig);
}

TEST(pci_legacy, reset_forgets)
{
	struct rig rig;

	plug(&rig, VPCI_LEGACY);
	rig_start_legacy(&rig);
	RIG_PORT_SET(&rig, device_status, 0);
	T_EQ(RIG_PORT_GET(&rig, device_status), 0);
	T_EQ(RIG_PORT_GET(&rig, driver_features), 0);
	T_EQ(RIG_PORT_GET(&rig, queue_address), 0);
	T_EQ(rig.dev->negotiated, 0);
	rig_start_legacy(&rig);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

/*
 * --- both ---
 */

TEST(pci_legacy, transitional_function_is_driven_either_way)
{
	struct rig rig;

	plug(&rig, VPCI_TRANSITIONAL);
	rig_start_legacy(&rig);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.dev->negotiated & ~(uint64_t)UINT32_MAX, 0);
	rig_start(&rig, 16);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_TRUE(vdev_has(rig.dev, VIRTIO_F_VERSION_1));
	rig_start_legacy(&rig);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, NULL), 0);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(pci_legacy, interfaces_do_not_mix)
{
	struct rig rig;

	plug(&rig, VPCI_TRANSITIONAL);
	rig_start(&rig, 16);
	T_EQ(RIG_PORT_GET(&rig, device_status), 0xff);
	T_TRUE(rig_reported(&rig, "2.2.3"));
	RIG_PORT_SET(&rig, queue_notify, 0);
	T_TRUE(rig_reported(&rig, "2.2.3"));
	T_EQ(rig.events[MODEL_NOTIFY], 0);
	RIG_PORT_SET(&rig, device_status, 0);
	T_EQ(rig.nreports, 0);
	rig_setup_legacy(&rig, 0);
	T_EQ(RIG_GET(&rig, num_queues), 0xffff);
	T_TRUE(rig_reported(&rig, "2.2.3"));
	RIG_SET(&rig, device_status, 0);
	T_EQ(rig.nreports, 0);
	T_EQ(RIG_GET(&rig, num_queues), 1);
	rig_fini(&rig);
}

TEST(pci_legacy, modern_interface_needs_version_1_all_the_same)
{
	struct rig rig;

	plug(&rig, VPCI_TRANSITIONAL);
	RIG_SET(&rig, device_feature_select, 0);
	T_EQ(RIG_GET(&rig, device_feature) & ANY_LAYOUT, 0);
	rig_negotiate(&rig, FLUSH);
	T_TRUE(rig_reported(&rig, "6.1"));
	T_EQ(RIG_GET(&rig, device_status), ACK | DRIVER);
	rig_fini(&rig);
}
