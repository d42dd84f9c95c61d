/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: features, configuration and link (virtio 1.3, sections
 * 5.1.3 and 5.1.4), and what it is on PCI.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "model/transport/pci.h"
#include "tests/model/netrig.h"
#include "tests/test.h"

#define FIELD(nr, name)                                   \
	rig_read(&(nr)->rig,                              \
	    VPCI_MODERN_DEVICE_OFFSET +                   \
		offsetof(struct virtio_net_config, name), \
	    sizeof(((struct virtio_net_config *)0)->name))

TEST(net_config, everything_is_offered)
{
	const struct vnet_config config = { .mtu = 9000 };
	const uint64_t all = NETBIT(CSUM) | NETBIT(GUEST_CSUM) |
	    NETBIT(CTRL_GUEST_OFFLOADS) | NETBIT(MTU) | NETBIT(MAC) |
	    NETBIT(GUEST_TSO4) | NETBIT(GUEST_TSO6) | NETBIT(GUEST_ECN) |
	    NETBIT(GUEST_UFO) | NETBIT(HOST_TSO4) | NETBIT(HOST_TSO6) |
	    NETBIT(HOST_ECN) | NETBIT(HOST_UFO) | NETBIT(MRG_RXBUF) |
	    NETBIT(STATUS) | NETBIT(CTRL_VQ) | NETBIT(CTRL_RX) |
	    NETBIT(CTRL_VLAN) | NETBIT(CTRL_RX_EXTRA) | NETBIT(GUEST_ANNOUNCE) |
	    NETBIT(MQ) | NETBIT(CTRL_MAC_ADDR) | NETBIT(VQ_NOTF_COAL) |
	    NETBIT(NOTF_COAL) | NETBIT(GUEST_USO4) | NETBIT(GUEST_USO6) |
	    NETBIT(HOST_USO) | NETBIT(HASH_REPORT) | NETBIT(GUEST_HDRLEN) |
	    NETBIT(RSS) | NETBIT(SPEED_DUPLEX);
	struct netrig nr;

	netrig_init(&nr, &config, NULL);
	T_EQ(nr.rig.dev->offered & ~(UINT64_C(0x1fff) << 28), all);
	T_EQ(nr.rig.dev->nqueues, 17);
	netport_set_speed(&nr.port.port, 10000, 1);
	netrig_start(&nr, nr.rig.dev->offered);
	T_EQ(FIELD(&nr, status), VIRTIO_NET_S_LINK_UP);
	T_EQ(FIELD(&nr, max_virtqueue_pairs), 8);
	T_EQ(FIELD(&nr, mtu), 9000);
	T_EQ(FIELD(&nr, speed), 10000);
	T_EQ(FIELD(&nr, duplex), VIRTIO_NET_DUPLEX_FULL);
	T_TRUE(FIELD(&nr, rss_max_key_size) >= 40);
	T_TRUE(FIELD(&nr, rss_max_indirection_table_length) >= 128);
	T_EQ(FIELD(&nr, supported_hash_types), 0x1ff);
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

/* Section 5.1.3.1, for the device and for the driver. */
TEST(net_config, features_that_need_others)
{
	static const struct {
		uint64_t with;
		uint64_t needs;
	} cases[] = {
		{ NETBIT(GUEST_TSO4), NETBIT(GUEST_CSUM) },
		{ NETBIT(GUEST_TSO6), NETBIT(GUEST_CSUM) },
		{ NETBIT(GUEST_UFO), NETBIT(GUEST_CSUM) },
		{ NETBIT(GUEST_USO4), NETBIT(GUEST_CSUM) },
		{ NETBIT(GUEST_USO6), NETBIT(GUEST_CSUM) },
		{ NETBIT(GUEST_ECN), NETBIT(GUEST_TSO4) | NETBIT(GUEST_TSO6) },
		{ NETBIT(HOST_TSO4), NETBIT(CSUM) },
		{ NETBIT(HOST_TSO6), NETBIT(CSUM) },
		{ NETBIT(HOST_UFO), NETBIT(CSUM) },
		{ NETBIT(HOST_USO), NETBIT(CSUM) },
		{ NETBIT(HOST_ECN), NETBIT(HOST_TSO4) | NETBIT(HOST_TSO6) },
		{ NETBIT(CTRL_RX), NETBIT(CTRL_VQ) },
		{ NETBIT(CTRL_VLAN), NETBIT(CTRL_VQ) },
		{ NETBIT(GUEST_ANNOUNCE), NETBIT(CTRL_VQ) },
		{ NETBIT(MQ), NETBIT(CTRL_VQ) },
		{ NETBIT(CTRL_MAC_ADDR), NETBIT(CTRL_VQ) },
		{ NETBIT(NOTF_COAL), NETBIT(CTRL_VQ) },
		{ NETBIT(VQ_NOTF_COAL), NETBIT(CTRL_VQ) },
		{ NETBIT(RSS), NETBIT(CTRL_VQ) },
	};
	struct vnet_config config = { .name = NULL };
	struct netrig nr;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.without = 0;
		netrig_init(&nr, &config, NULL);
		rig_negotiate(&nr.rig,
		    cases[i].with | VDEV_FEATURE(VIRTIO_F_VERSION_1));
		T_FALSE(RIG_GET(&nr.rig, device_status) &
		    VIRTIO_CONFIG_S_FEATURES_OK);
		T_TRUE(rig_reported(&nr.rig, "2.2.1"));
		netrig_fini(&nr);
		config.without = cases[i].needs;
		netrig_init(&nr, &config, NULL);
		T_EQ(nr.rig.dev->offered & cases[i].with, 0);
		netrig_fini(&nr);
	}
}

TEST(net_config, values_that_are_not_allowed)
{
	static const struct vnet_config bad[] = {
		{ .queue_size = 1 },
		{ .queue_size = 3 },
		{ .queue_size = 2048 },
		{ .pairs = 65 },
		{ .mtu = 67 },
		{ .mac_table = VNET_MAC_MAX + 1 },
		{ .mac = { 1, 2, 3, 4, 5, 6 } },
	};
	const struct netport_loop_config loop = { .kind = NETPORT_SINK };
	const struct vnet_config most = { .pairs = 64 };
	struct netport *port = netport_loop_new(&loop);
	struct vdev *dev;
	unsigned i;

	T_REQUIRE(port != NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		T_TRUE(vnet_new(&bad[i], port) == NULL);
		T_EQ(errno, EINVAL);
	}
	dev = vnet_new(&most, port);
	T_REQUIRE(dev != NULL);
	T_EQ(dev->nqueues, 129);
	vdev_free(dev);
	netport_close(port);
}

/* All of 64 pairs, the last and the control queue beyond bit 63. */
TEST(net_config, sixty_four_pairs)
{
	const struct netport_loop_config loop = { .kind = NETPORT_SINK };
	const struct vnet_config config = { .pairs = 64, .queue_size = 2 };
	struct netport *port = netport_loop_new(&loop);
	const uint64_t area = RIG_BASE;
	const unsigned queues[] = { 127, 128 };
	struct rig rig;
	unsigned i;

	T_REQUIRE(port != NULL);
	rig_init(&rig);
	rig_transport(&rig, vnet_new(&config, port));
	rig_negotiate(&rig, rig.dev->offered);
	for (i = 0; i < 2; i++) {
		RIG_SET(&rig, queue_select, queues[i]);
		RIG_SET(&rig, queue_desc_lo, area + i * 0x1000);
		RIG_SET(&rig, queue_driver_lo, area + i * 0x1000 + 0x100);
		RIG_SET(&rig, queue_device_lo, area + i * 0x1000 + 0x200);
		RIG_SET(&rig, queue_enable, 1);
	}
	rig_driver_ok(&rig);
	rig.desc_gpa = area + 0x1000;
	rig.avail_gpa = area + 0x1100;
	rig.used_gpa = area + 0x1200;
	rig.qsize = 2;
	memcpy(rig_at(&rig, RIG_DATA), (const uint8_t[]) { 4, 0, 64, 0 }, 4);
	rig_desc(&rig, 0, RIG_DATA, 4, VIRTQ_DESC_F_NEXT, 1);
	rig_desc(&rig, 1, RIG_DATA + 8, 1, VIRTQ_DESC_F_WRITE, 0);
	rig_avail(&rig, 0);
	rig_write(&rig, VPCI_MODERN_NOTIFY_OFFSET + 128 * 4, 128, 2);
	rig_work(&rig);
	T_EQ(rig_used_idx(&rig), 1);
	T_EQ(vnet_pairs(rig.dev), 64);
	rig.desc_gpa = area;
	rig.avail_gpa = area + 0x100;
	rig.used_gpa = area + 0x200;
	rig.avail_idx = 0;
	memset(rig_at(&rig, RIG_DATA), 0, 80);
	rig_desc(&rig, 0, RIG_DATA, 80, 0, 0);
	rig_avail(&rig, 0);
	rig_write(&rig, VPCI_MODERN_NOTIFY_OFFSET + 127 * 4, 127, 2);
	rig_work(&rig);
	T_EQ(rig_used_idx(&rig), 1);
	T_EQ(port->stats.out_frames, 1);
	T_EQ(rig.nreports, 0);
	rig_fini(&rig);
	netport_close(port);
}

TEST(net_config, the_address)
{
	const struct vnet_config config = { .mac = { 0x52, 0x54, 0, 0x12, 0x34,
						0x56 } };
	struct netrig nr;
	uint8_t mac[6], again[6];
	unsigned i;

	netrig_init(&nr, &config, NULL);
	netrig_start(&nr, 0);
	for (i = 0; i < 6; i++)
		T_EQ(rig_read(&nr.rig, VPCI_MODERN_DEVICE_OFFSET + i, 1),
		    config.mac[i]);
	/* Section 5.1.4.2: modern drivers do not write. */
	rig_write(&nr.rig, VPCI_MODERN_DEVICE_OFFSET, 0, 1);
	T_TRUE(rig_reported(&nr.rig, "2.5"));
	netrig_fini(&nr);
	/* Drawn from the name: locally administered, and no group. */
	netrig_init(&nr, NULL, NULL);
	vnet_mac(nr.rig.dev, mac);
	T_EQ(mac[0] & 3, 2);
	netrig_fini(&nr);
	netrig_init(&nr, NULL, NULL);
	vnet_mac(nr.rig.dev, again);
	T_TRUE(memcmp(mac, again, 6) == 0);
	netrig_fini(&nr);
}

/* Sections 5.1.4.3 and 5.1.6.5.2.3 */
TEST(net_config, legacy_drivers_write_the_address)
{
	const struct vnet_config config = { .queue_size = NETRIG_SIZE };
	const struct vpci_virtio_config pci = { .kind = VPCI_TRANSITIONAL };
	const uint8_t want[6] = { 2, 9, 8, 7, 6, 5 };
	uint8_t before[6], mac[6];
	struct netrig nr;
	unsigned i;

	netrig_init(&nr, &config, &pci);
	netrig_start_legacy(&nr, NETBIT(MAC));
	vnet_mac(nr.rig.dev, before);
	for (i = 0; i < 6; i++) {
		vnet_mac(nr.rig.dev, mac);
		T_TRUE(memcmp(mac, before, 6) == 0);
		rig_port_write(&nr.rig, VIRTIO_PCI_LEGACY_HEADER + i, want[i],
		    1);
	}
	vnet_mac(nr.rig.dev, mac);
	T_TRUE(memcmp(mac, want, 6) == 0);
	T_EQ(nr.rig.nreports, 0);
	rig_port_write(&nr.rig, VIRTIO_PCI_LEGACY_HEADER + 6, 0, 1);
	T_TRUE(rig_reported(&nr.rig, "2.5"));
	netrig_fini(&nr);
}

TEST(net_config, the_link_changes)
{
	struct netrig nr;
	unsigned generation, msis;

	netrig_init(&nr, NULL, NULL);
	netrig_start(&nr, nr.rig.dev->offered);
	(void)FIELD(&nr, status);
	generation = RIG_GET(&nr.rig, config_generation);
	msis = nr.rig.events[MODEL_INTERRUPT];
	netport_set_link(&nr.port.port, false);
	T_EQ(FIELD(&nr, status), 0);
	T_TRUE(RIG_GET(&nr.rig, config_generation) != generation);
	T_EQ(nr.rig.events[MODEL_INTERRUPT], msis + 1);
	netport_set_link(&nr.port.port, true);
	T_EQ(nr.rig.events[MODEL_INTERRUPT], msis + 2);
	T_EQ(FIELD(&nr, status), VIRTIO_NET_S_LINK_UP);
	/* Both have to be up; what changes nothing is not told. */
	vnet_set_link(nr.rig.dev, false);
	T_EQ(FIELD(&nr, status), 0);
	netport_set_link(&nr.port.port, false);
	T_EQ(nr.rig.events[MODEL_INTERRUPT], msis + 3);
	vnet_set_link(nr.rig.dev, true);
	T_EQ(FIELD(&nr, status), 0);
	netport_set_link(&nr.port.port, true);
	netport_set_speed(&nr.port.port, 100, NETPORT_DUPLEX_HALF);
	T_EQ(nr.rig.events[MODEL_INTERRUPT], msis + 5);
	T_EQ(FIELD(&nr, speed), 100);
	T_EQ(FIELD(&nr, duplex), VIRTIO_NET_DUPLEX_HALF);
	netrig_fini(&nr);
}

/* Sections 4.1.2.1 and 4.1.2.3 */
TEST(net_config, what_it_is_on_pci)
{
	static const struct {
		enum vpci_kind kind;
		uint16_t id;
	} cases[] = { { VPCI_MODERN, 0x1041 }, { VPCI_TRANSITIONAL, 0x1000 },
		{ VPCI_LEGACY, 0x1000 } };
	struct vpci_virtio_config pci = { .kind = VPCI_MODERN };
	struct netrig nr;
	unsigned i;

	for (i = 0; i < 3; i++) {
		pci.kind = cases[i].kind;
		netrig_init(&nr, NULL, &pci);
		T_EQ(rig_config_read(&nr.rig, 0, 2), 0x1af4);
		T_EQ(rig_config_read(&nr.rig, 2, 2), cases[i].id);
		T_EQ(rig_config_read(&nr.rig, VPCI_REVISION, 4) >> 8, 0x020000);
		netrig_fini(&nr);
	}
}

/* The control queue's place (section 5.1.2). */
TEST(net_config, where_the_control_queue_is)
{
	struct netrig nr;

	netrig_init(&nr, NULL, NULL);
	netrig_start(&nr, NETBIT(CTRL_VQ) | NETBIT(CTRL_RX));
	T_EQ(netrig_ctrl(&nr), 2);
	T_EQ(netrig_command8(&nr, VIRTIO_NET_CTRL_RX, 0, 1), VIRTIO_NET_OK);
	netrig_start(&nr, NETBIT(CTRL_VQ) | NETBIT(CTRL_RX) | NETBIT(RSS));
	T_EQ(netrig_ctrl(&nr), 16);
	T_EQ(netrig_command8(&nr, VIRTIO_NET_CTRL_RX, 0, 1), VIRTIO_NET_OK);
	netrig_fini(&nr);
}
