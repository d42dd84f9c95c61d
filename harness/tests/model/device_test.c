/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The device core: the order of initialisation, features, queues, and what a
 * driver may not do.
 */
#include "model/device.h"

#include <errno.h>
#include <string.h>

#include "model/transport/pci.h"
#include "tests/model/rig.h"
#include "tests/test.h"

#define ACK	    VIRTIO_CONFIG_S_ACKNOWLEDGE
#define DRIVER	    VIRTIO_CONFIG_S_DRIVER
#define DRIVER_OK   VIRTIO_CONFIG_S_DRIVER_OK
#define FEATURES_OK VIRTIO_CONFIG_S_FEATURES_OK
#define NEEDS_RESET VIRTIO_CONFIG_S_NEEDS_RESET
#define FAILED	    VIRTIO_CONFIG_S_FAILED
#define VERSION_1   VDEV_FEATURE(VIRTIO_F_VERSION_1)

static void
plug(struct rig *rig)
{
	rig_blk(rig, 64, NULL, false);
}

TEST(device, initialises_without_a_report)
{
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	T_EQ(rig.nreports, 0);
	T_EQ(RIG_GET(&rig, device_status),
	    ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	T_EQ(rig.events[MODEL_QUEUE_ENABLE], 1);
	T_EQ(rig.last[MODEL_QUEUE_ENABLE].enable.size, 8);
	T_EQ(rig.last[MODEL_QUEUE_ENABLE].enable.device, rig.used_gpa);
	T_EQ(rig.last[MODEL_QUEUE_ENABLE].enable.features, rig.dev->offered);
	T_EQ(rig.last[MODEL_STATUS].status.new,
	    ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	rig_fini(&rig);
}

TEST(device, reset_forgets_everything)
{
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	RIG_SET(&rig, queue_msix_vector, 1);
	RIG_SET(&rig, device_status, 0);
	T_EQ(RIG_GET(&rig, device_status), 0);
	T_EQ(RIG_GET(&rig, queue_enable), 0);
	T_EQ(RIG_GET(&rig, queue_size), VBLK_QUEUE_SIZE);
	T_EQ(RIG_GET(&rig, queue_desc_lo), 0);
	T_EQ(RIG_GET(&rig, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	T_EQ(RIG_GET(&rig, driver_feature), 0);
	T_EQ(rig.dev->negotiated, 0);
	T_TRUE(rig.events[MODEL_RESET] > 0);
	/* The same set is accepted again (section 2.2.2). */
	rig_start(&rig, 8);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(device, refuses_features_not_offered)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VERSION_1 | VDEV_FEATURE(VIRTIO_F_RING_PACKED));
	T_EQ(RIG_GET(&rig, device_status), ACK | DRIVER);
	T_TRUE(rig_reported(&rig, "2.2.1"));
	/* The driver may think again. */
	rig_negotiate(&rig, VERSION_1);
	T_EQ(RIG_GET(&rig, device_status), ACK | DRIVER | FEATURES_OK);
	rig_fini(&rig);
}

TEST(device, refuses_drivers_without_version_1)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VDEV_FEATURE(VIRTIO_BLK_F_FLUSH));
	T_EQ(RIG_GET(&rig, device_status), ACK | DRIVER);
	T_TRUE(rig_reported(&rig, "6.1"));
	rig_fini(&rig);
}

TEST(device, features_are_fixed_after_features_ok)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VERSION_1);
	RIG_SET(&rig, driver_feature_select, 0);
	RIG_SET(&rig, driver_feature, 1 << VIRTIO_BLK_F_FLUSH);
	T_TRUE(rig_reported(&rig, "3.1.1"));
	T_EQ(RIG_GET(&rig, driver_feature), 0);
	T_EQ(rig.dev->negotiated, VERSION_1);
	rig_fini(&rig);
}

TEST(device, features_above_63_are_zero)
{
	struct rig rig;

	plug(&rig);
	RIG_SET(&rig, device_feature_select, 1);
	T_EQ(RIG_GET(&rig, device_feature), 1);
	RIG_SET(&rig, device_feature_select, 2);
	T_EQ(RIG_GET(&rig, device_feature), 0);
	RIG_SET(&rig, device_feature_select, UINT32_MAX);
	T_EQ(RIG_GET(&rig, device_feature), 0);
	RIG_SET(&rig, device_status, ACK);
	RIG_SET(&rig, device_status, ACK | DRIVER);
	RIG_SET(&rig, driver_feature_select, 2);
	RIG_SET(&rig, driver_feature, 1);
	T_TRUE(rig_reported(&rig, "2.2.1"));
	rig_fini(&rig);
}

TEST(device, status_bits_are_not_cleared)
{
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	RIG_SET(&rig, device_status, ACK);
	T_TRUE(rig_reported(&rig, "2.1.1"));
	T_EQ(RIG_GET(&rig, device_status),
	    ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	rig_fini(&rig);
}

TEST(device, status_steps_have_an_order)
{
	struct rig rig;

	plug(&rig);
	RIG_SET(&rig, device_status, DRIVER);
	T_TRUE(rig_reported(&rig, "3.1.1"));
	RIG_SET(&rig, device_status, 0);
	RIG_SET(&rig, device_status, ACK);
	RIG_SET(&rig, device_status, ACK | DRIVER);
	RIG_SET(&rig, device_status, ACK | DRIVER | DRIVER_OK);
	T_TRUE(rig_reported(&rig, "3.1.1"));
	T_EQ(RIG_GET(&rig, device_status), ACK | DRIVER);
	RIG_SET(&rig, device_status, ACK | DRIVER | 0x20);
	T_TRUE(rig_reported(&rig, "2.1"));
	T_EQ(RIG_GET(&rig, device_status), ACK | DRIVER);
	RIG_SET(&rig, device_status, ACK | DRIVER | FAILED);
	T_EQ(rig.nreports, 0);
	RIG_SET(&rig, device_status, ACK | DRIVER | FAILED | FEATURES_OK);
	T_TRUE(rig_reported(&rig, "2.1.1"));
	rig_fini(&rig);
}

TEST(device, no_work_before_driver_ok)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VERSION_1);
	rig_enable_queue(&rig, 8);
	rig_desc(&rig, 0, RIG_HEADER, 16, VIRTQ_DESC_F_NEXT, 1);
	rig_desc(&rig, 1, RIG_STATUS, 1, VIRTQ_DESC_F_WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "3.1.1"));
	vdev_run(rig.dev);
	T_EQ(rig_used_idx(&rig), 0);
	rig_driver_ok(&rig);
	rig_kick(&rig);
	T_EQ(rig_used_idx(&rig), 1);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
}

TEST(device, kick_of_a_queue_that_is_off)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VERSION_1);
	rig_driver_ok(&rig);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "2.3"));
	T_EQ(rig.schedules, 0);
	rig_fini(&rig);
}

TEST(device, queue_sizes_are_checked)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VERSION_1);
	T_EQ(RIG_GET(&rig, queue_size), 256);
	RIG_SET(&rig, queue_size, 24);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	RIG_SET(&rig, queue_size, 512);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	T_EQ(RIG_GET(&rig, queue_size), 256);
	RIG_SET(&rig, queue_size, 0);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	RIG_SET(&rig, queue_enable, 1);
	T_TRUE(rig_reported(&rig, "4.1.5.1.3"));
	T_EQ(RIG_GET(&rig, queue_enable), 0);
	rig_fini(&rig);
}

TEST(device, queue_is_fixed_while_enabled)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VERSION_1);
	rig_enable_queue(&rig, 8);
	RIG_SET(&rig, queue_size, 16);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	T_EQ(RIG_GET(&rig, queue_size), 8);
	RIG_SET(&rig, queue_desc_lo, 0);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	T_EQ(RIG_GET(&rig, queue_desc_lo), rig.desc_gpa);
	RIG_SET(&rig, queue_enable, 0);
	T_TRUE(rig_reported(&rig, "4.1.4.3.2"));
	T_EQ(RIG_GET(&rig, queue_enable), 1);
	rig_fini(&rig);
}

TEST(device, queue_enable_before_features_ok)
{
	struct rig rig;

	plug(&rig);
	RIG_SET(&rig, device_status, ACK);
	RIG_SET(&rig, device_status, ACK | DRIVER);
	rig_enable_queue(&rig, 8);
	T_TRUE(rig_reported(&rig, "3.1.1"));
	T_EQ(RIG_GET(&rig, queue_enable), 0);
	rig_fini(&rig);
}

TEST(device, queues_that_do_not_exist)
{
	struct rig rig;

	plug(&rig);
	rig_negotiate(&rig, VERSION_1);
	RIG_SET(&rig, queue_select, 1);
	T_EQ(RIG_GET(&rig, queue_size), 0);
	T_EQ(RIG_GET(&rig, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	RIG_SET(&rig, queue_enable, 1);
	T_TRUE(rig_reported(&rig, "4.1.5.1.3"));
	RIG_SET(&rig, queue_desc_lo, 0x1000);
	T_TRUE(rig_reported(&rig, "4.1.5.1.3"));
	RIG_SET(&rig, queue_select, 0xffff);
	T_EQ(RIG_GET(&rig, queue_size), 0);
	rig_fini(&rig);
}

TEST(device, broken_ring_needs_a_reset_and_gets_one)
{
	uint32_t used;
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	T_FALSE(rig.intx);
	rig_avail(&rig, 99);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "2.7.6"));
	T_TRUE(RIG_GET(&rig, device_status) & NEEDS_RESET);
	/* A live driver is told (section 2.1.2). */
	T_TRUE(rig.intx);
	T_EQ(rig_read(&rig, VPCI_MODERN_ISR_OFFSET, 1), VIRTIO_PCI_ISR_CONFIG);
	T_FALSE(rig.intx);
	/* Writing the bits back neither clears NEEDS_RESET nor is wrong. */
	RIG_SET(&rig, device_status, ACK | DRIVER | FEATURES_OK | DRIVER_OK);
	T_TRUE(RIG_GET(&rig, device_status) & NEEDS_RESET);
	rig_kick(&rig);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_used_idx(&rig), 0);
	rig_start(&rig, 8);
	T_EQ(rig_request(&rig, VIRTIO_BLK_T_IN, 0, 512, &used), 0);
	rig_fini(&rig);
}

TEST(device, bus_mastering_off_holds_work)
{
	struct rig rig;

	plug(&rig);
	rig_start(&rig, 8);
	rig_config_write(&rig, VPCI_COMMAND, VPCI_COMMAND_MEMORY, 2);
	rig_header(&rig, VIRTIO_BLK_T_FLUSH, 0);
	rig_desc(&rig, 0, RIG_HEADER, 16, VIRTQ_DESC_F_NEXT, 1);
	rig_desc(&rig, 1, RIG_STATUS, 1, VIRTQ_DESC_F_WRITE, 0);
	rig_avail(&rig, 0);
	rig_kick(&rig);
	T_TRUE(rig_reported(&rig, "PCI 3.0 6.2.2"));
	vdev_run(rig.dev);
	T_EQ(rig_used_idx(&rig), 0);
	rig_config_write(&rig, VPCI_COMMAND,
	    VPCI_COMMAND_MEMORY | VPCI_COMMAND_MASTER, 2);
	rig_work(&rig);
	T_EQ(rig_used_idx(&rig), 1);
	rig_fini(&rig);
}

TEST(device, configuration_is_read_by_field)
{
	struct rig rig;

	plug(&rig);
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET, 4), 64);
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET + 4, 4), 0);
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET + 12, 4), 254);
	T_EQ(rig.nreports, 0);
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET, 8), UINT64_MAX);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET + 2, 2), 0xffff);
	T_TRUE(rig_reported(&rig, "4.1.3.1"));
	/* num_queues without VIRTIO_BLK_F_MQ */
	(void)rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET + 34, 2);
	T_TRUE(rig_reported(&rig, "2.5.1"));
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET + 0x800, 4), UINT32_MAX);
	T_TRUE(rig_reported(&rig, "4.1.4"));
	rig_fini(&rig);
}

TEST(device, configuration_is_read_only_here)
{
	struct rig rig;

	plug(&rig);
	rig_write(&rig, VPCI_MODERN_DEVICE_OFFSET, 5, 4);
	T_TRUE(rig_reported(&rig, "3.1.1"));
	rig_negotiate(&rig, VERSION_1);
	rig_write(&rig, VPCI_MODERN_DEVICE_OFFSET, 5, 4);
	T_TRUE(rig_reported(&rig, "2.5"));
	T_EQ(rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET, 4), 64);
	rig_fini(&rig);
}

TEST(device, generation_changes_once_a_read)
{
	uint8_t before;
	struct rig rig;
	unsigned i;

	plug(&rig);
	rig_start(&rig, 8);
	before = RIG_GET(&rig, config_generation);
	for (i = 0; i < 256; i++)
		vdev_config_changed(rig.dev);
	T_TRUE(rig.intx);
	T_EQ(rig.events[MODEL_INTERRUPT], 256);
	T_EQ(rig.last[MODEL_INTERRUPT].queue, MODEL_QUEUE_NONE);
	(void)rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET, 4);
	/* 256 changes do not look like none. */
	T_EQ(RIG_GET(&rig, config_generation), (uint8_t)(before + 1));
	(void)rig_read(&rig, VPCI_MODERN_DEVICE_OFFSET, 4);
	T_EQ(RIG_GET(&rig, config_generation), (uint8_t)(before + 1));
	rig_fini(&rig);
}

TEST(device, work_is_bounded_a_round)
{
	struct rig rig;
	unsigned i;

	plug(&rig);
	rig_start(&rig, 8);
	rig_header(&rig, VIRTIO_BLK_T_FLUSH, 0);
	rig_desc(&rig, 0, RIG_HEADER, 16, VIRTQ_DESC_F_NEXT, 1);
	rig_desc(&rig, 1, RIG_STATUS, 1, VIRTQ_DESC_F_WRITE, 0);
	for (i = 0; i < 8; i++)
		rig_avail(&rig, 0);
	rig_write(&rig, VPCI_MODERN_NOTIFY_OFFSET, 0, 2);
	T_EQ(rig.schedules, 1);
	vdev_run(rig.dev);
	T_EQ(rig_used_idx(&rig), 8);
	/* A ring's worth is a round: it asks for another to be sure. */
	T_EQ(rig.schedules, 2);
	T_EQ(rig_avail_event(&rig), 0);
	vdev_run(rig.dev);
	T_EQ(rig.schedules, 2);
	T_EQ(rig_avail_event(&rig), 8);
	T_EQ(rig.events[MODEL_INTERRUPT], 1);
	rig_fini(&rig);
}

TEST(device, setup_is_validated)
{
	const struct vdev_ops ops = { .type = "none" };
	struct vdev_setup setup = { .ops = &ops, .name = "none0" };
	struct vdev dev;

	setup.nqueues = 0;
	setup.queue_size = 8;
	T_EQ(vdev_init(&dev, &setup), EINVAL);
	setup.nqueues = VDEV_QUEUES_MAX + 1;
	T_EQ(vdev_init(&dev, &setup), EINVAL);
	setup.nqueues = 1;
	setup.queue_size = 12;
	T_EQ(vdev_init(&dev, &setup), EINVAL);
	setup.queue_size = 8;
	T_EQ(vdev_init(&dev, &setup), 0);
	T_EQ(dev.offered, VERSION_1);
	vdev_fini(&dev);
}
