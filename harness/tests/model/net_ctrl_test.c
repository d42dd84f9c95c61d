/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: the control queue (virtio 1.3, section 5.1.6.5), and the
 * filters that it sets.
 */
#include <string.h>

#include "model/net_byte.h"
#include "tests/model/netrig.h"
#include "tests/test.h"

#define HASH (NETBIT(HASH_REPORT) | NETBIT(RSS))

static const uint8_t other[6] = { 0x02, 0, 0, 0, 0, 0x22 };
static const uint8_t group[6] = { 0x01, 0, 0x5e, 0, 0, 0x01 };
static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static void
start(struct netrig *nr, const struct vnet_config *config, uint64_t without)
{
	netrig_init(nr, config, NULL);
	netrig_start(nr, nr->rig.dev->offered & ~(without | HASH));
	netrig_buffers(nr, 0, 48, 128);
}

/* Whether a frame for this address, perhaps of a VLAN, comes through. */
static bool
comes_tagged(struct netrig *nr, const uint8_t *dst, int vlan)
{
	uint8_t frame[64];

	netrig_ether(frame, dst, vlan < 0 ? 0x0800 : 0x8100, sizeof(frame));
	if (vlan >= 0)
		net_put16(frame + 14, (uint16_t)(0xe000 | vlan));
	netrig_inject_bytes(nr, 0, frame, sizeof(frame));
	T_EQ(nr->port.nwaiting, 0);
	return (netrig_received(nr, 0, NULL, NULL) >= 0);
}

static bool
comes(struct netrig *nr, const uint8_t *dst)
{
	return (comes_tagged(nr, dst, -1));
}

static uint8_t
mode(struct netrig *nr, uint8_t command, uint8_t on)
{
	return (netrig_command8(nr, VIRTIO_NET_CTRL_RX, command, on));
}

TEST(net_ctrl, receive_modes)
{
	struct netrig nr;
	uint8_t mac[6];

	start(&nr, NULL, 0);
	vnet_mac(nr.rig.dev, mac);
	T_TRUE(comes(&nr, mac));
	T_TRUE(comes(&nr, broadcast));
	T_FALSE(comes(&nr, other));
	T_FALSE(comes(&nr, group));
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_MAC], 2);

	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_ALLMULTI, 1), VIRTIO_NET_OK);
	T_TRUE(comes(&nr, group));
	T_FALSE(comes(&nr, other));
	/* The no-modes override the all-modes ... */
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_NOMULTI, 1), VIRTIO_NET_OK);
	T_FALSE(comes(&nr, group));
	T_TRUE(comes(&nr, broadcast));
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_NOBCAST, 1), VIRTIO_NET_OK);
	T_FALSE(comes(&nr, broadcast));
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_ALLUNI, 1), VIRTIO_NET_OK);
	T_TRUE(comes(&nr, other));
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_NOUNI, 1), VIRTIO_NET_OK);
	T_FALSE(comes(&nr, other));
	T_FALSE(comes(&nr, mac));
	/* ... and promiscuous mode overrides all. */
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_PROMISC, 1), VIRTIO_NET_OK);
	T_TRUE(comes(&nr, other));
	T_TRUE(comes(&nr, group));
	T_TRUE(comes(&nr, broadcast));
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_PROMISC, 0), VIRTIO_NET_OK);
	T_FALSE(comes(&nr, mac));
	T_EQ(nr.rig.nreports, 0);
	T_EQ(netrig_stats(&nr)->commands, 7);
	/* A reset ends them. */
	netrig_start(&nr, nr.rig.dev->offered & ~HASH);
	netrig_buffers(&nr, 0, 8, 128);
	T_TRUE(comes(&nr, mac));
	T_FALSE(comes(&nr, group));
	netrig_fini(&nr);
}

/* A driver that cannot say what it wants gets everything. */
TEST(net_ctrl, no_filter_without_the_feature)
{
	struct netrig nr;

	start(&nr, NULL, NETBIT(CTRL_RX) | NETBIT(CTRL_VLAN));
	T_TRUE(comes(&nr, other));
	T_TRUE(comes(&nr, group));
	/* Section 5.1.6.5.3.1 */
	T_TRUE(comes_tagged(&nr, other, 7));
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_PROMISC, 0), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.1.2"));
	netrig_fini(&nr);
}

/* A table of unicast addresses 02::n and one of multicast 01::n. */
static size_t
table(uint8_t *data, unsigned unicast, unsigned multicast)
{
	const unsigned counts[2] = { unicast, multicast };
	unsigned i, kind;
	size_t at;
	le32 count;

	at = 0;
	for (kind = 0; kind < 2; kind++) {
		count = wire32(counts[kind]);
		memcpy(data + at, &count, 4);
		at += 4;
		for (i = 0; i < counts[kind]; i++, at += 6) {
			memset(data + at, 0, 6);
			data[at] = kind == 0 ? 2 : 1;
			data[at + 5] = (uint8_t)i;
		}
	}
	return (at);
}

static uint8_t
set_table(struct netrig *nr, const uint8_t *data, size_t length)
{
	return (netrig_command(nr, VIRTIO_NET_CTRL_MAC,
	    VIRTIO_NET_CTRL_MAC_TABLE_SET, data, length));
}

TEST(net_ctrl, mac_table)
{
	const uint8_t u1[6] = { 2, 0, 0, 0, 0, 1 },
		      u2[6] = { 2, 0, 0, 0, 0, 2 };
	const uint8_t m1[6] = { 1, 0, 0, 0, 0, 1 },
		      m3[6] = { 1, 0, 0, 0, 0, 3 };
	const struct vnet_config config = { .mac_table = 4 };
	uint8_t data[128];
	struct netrig nr;

	start(&nr, &config, 0);
	T_EQ(set_table(&nr, data, table(data, 2, 3)), VIRTIO_NET_OK);
	T_TRUE(comes(&nr, u1));
	T_FALSE(comes(&nr, u2));
	T_TRUE(comes(&nr, m1));
	T_FALSE(comes(&nr, m3));
	/* A full one, and one that overflows: then all of the kind. */
	T_EQ(set_table(&nr, data, table(data, 4, 4)), VIRTIO_NET_OK);
	T_TRUE(comes(&nr, m3));
	T_FALSE(comes(&nr, other));
	T_EQ(set_table(&nr, data, table(data, 5, 0)), VIRTIO_NET_OK);
	T_TRUE(comes(&nr, other));
	T_FALSE(comes(&nr, group));
	T_EQ(set_table(&nr, data, table(data, 0, 5)), VIRTIO_NET_OK);
	T_FALSE(comes(&nr, other));
	T_TRUE(comes(&nr, group));
	T_EQ(set_table(&nr, data, table(data, 0, 0)), VIRTIO_NET_OK);
	T_FALSE(comes(&nr, group));
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

/* Section 5.1.6.5.2.2; and the old table stays. */
TEST(net_ctrl, mac_tables_that_lie)
{
	const uint8_t u1[6] = { 2, 0, 0, 0, 0, 1 },
		      m1[6] = { 1, 0, 0, 0, 0, 1 };
	uint8_t data[128];
	struct netrig nr;
	size_t length, cut;
	unsigned i;

	start(&nr, NULL, 0);
	length = table(data, 2, 2);
	T_EQ(set_table(&nr, data, length), VIRTIO_NET_OK);
	length = table(data, 3, 3);
	for (cut = 0; cut < length; cut++) {
		T_EQ(set_table(&nr, data, cut), VIRTIO_NET_ERR);
		T_TRUE(rig_reported(&nr.rig, "5.1.6.5.2.2"));
	}
	T_EQ(set_table(&nr, data, length + 1), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.2.2"));
	for (i = 0; i < 4; i++) {
		(void)table(data, 3, 3);
		data[i] = 0xff;
		T_EQ(set_table(&nr, data, length), VIRTIO_NET_ERR);
		T_TRUE(rig_reported(&nr.rig, "5.1.6.5.2.2"));
	}
	/* Of the wrong kind. */
	(void)table(data, 3, 3);
	data[4] = 1;
	T_EQ(set_table(&nr, data, length), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.2.2"));
	(void)table(data, 3, 3);
	data[4 + 18 + 4 + 12] = 2;
	T_EQ(set_table(&nr, data, length), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.2.2"));
	T_TRUE(comes(&nr, u1));
	T_TRUE(comes(&nr, m1));
	T_EQ(netrig_stats(&nr)->errors, length + 7);
	netrig_fini(&nr);
}

TEST(net_ctrl, mac_address)
{
	struct netrig nr;
	uint8_t mac[6];
	unsigned i, generation;

	start(&nr, NULL, 0);
	vnet_mac(nr.rig.dev, mac);
	generation = RIG_GET(&nr.rig, config_generation);
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_MAC,
		 VIRTIO_NET_CTRL_MAC_ADDR_SET, other, 6),
	    VIRTIO_NET_OK);
	T_TRUE(comes(&nr, other));
	T_FALSE(comes(&nr, mac));
	for (i = 0; i < 6; i++)
		T_EQ(rig_read(&nr.rig, VPCI_MODERN_DEVICE_OFFSET + i, 1),
		    other[i]);
	T_TRUE(RIG_GET(&nr.rig, config_generation) != generation);
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_MAC,
		 VIRTIO_NET_CTRL_MAC_ADDR_SET, other, 5),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.2.2"));
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_MAC,
		 VIRTIO_NET_CTRL_MAC_ADDR_SET, group, 6),
	    VIRTIO_NET_ERR);
	netrig_fini(&nr);
}

TEST(net_ctrl, vlans)
{
	struct netrig nr;
	uint8_t mac[6];

	start(&nr, NULL, 0);
	vnet_mac(nr.rig.dev, mac);
	/* Section 5.1.6.5.3: the table begins empty. */
	T_FALSE(comes_tagged(&nr, mac, 5));
	T_EQ(netrig_stats(&nr)->rx_drops[VNET_DROP_VLAN], 1);
	T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_VLAN,
		 VIRTIO_NET_CTRL_VLAN_ADD, 5),
	    VIRTIO_NET_OK);
	T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_VLAN,
		 VIRTIO_NET_CTRL_VLAN_ADD, 4095),
	    VIRTIO_NET_OK);
	T_TRUE(comes_tagged(&nr, mac, 5));
	T_TRUE(comes_tagged(&nr, mac, 4095));
	T_FALSE(comes_tagged(&nr, mac, 4));
	T_FALSE(comes_tagged(&nr, mac, 6));
	/* The address still counts, and a priority alone is no VLAN. */
	T_FALSE(comes_tagged(&nr, other, 5));
	T_TRUE(comes_tagged(&nr, mac, 0));
	T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_VLAN,
		 VIRTIO_NET_CTRL_VLAN_DEL, 5),
	    VIRTIO_NET_OK);
	T_FALSE(comes_tagged(&nr, mac, 5));
	T_EQ(nr.rig.nreports, 0);
	T_EQ(netrig_command16(&nr, VIRTIO_NET_CTRL_VLAN,
		 VIRTIO_NET_CTRL_VLAN_ADD, 4096),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.3"));
	T_EQ(netrig_command8(&nr, VIRTIO_NET_CTRL_VLAN,
		 VIRTIO_NET_CTRL_VLAN_ADD, 1),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.3"));
	netrig_fini(&nr);
}

TEST(net_ctrl, announcements)
{
	struct netrig nr;
	unsigned status;

	start(&nr, NULL, 0);
	T_TRUE(vnet_announce(nr.rig.dev));
	status = rig_read(&nr.rig, VPCI_MODERN_DEVICE_OFFSET + 6, 2);
	T_EQ(status, VIRTIO_NET_S_LINK_UP | VIRTIO_NET_S_ANNOUNCE);
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_ANNOUNCE,
		 VIRTIO_NET_CTRL_ANNOUNCE_ACK, NULL, 0),
	    VIRTIO_NET_OK);
	status = rig_read(&nr.rig, VPCI_MODERN_DEVICE_OFFSET + 6, 2);
	T_EQ(status, VIRTIO_NET_S_LINK_UP);
	T_EQ(netrig_command8(&nr, VIRTIO_NET_CTRL_ANNOUNCE,
		 VIRTIO_NET_CTRL_ANNOUNCE_ACK, 0),
	    VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.4"));
	netrig_fini(&nr);
	start(&nr, NULL, NETBIT(GUEST_ANNOUNCE));
	T_FALSE(vnet_announce(nr.rig.dev));
	netrig_fini(&nr);
}

/* Each command without its feature, and commands that there are not. */
TEST(net_ctrl, commands_that_may_not_be)
{
	static const struct {
		uint8_t class;
		uint8_t command;
		uint64_t without;
		size_t length;
		const char *clause;
	} cases[] = {
		{ 0, 0, NETBIT(CTRL_RX), 1, "5.1.6.5.1.2" },
		{ 0, 2, NETBIT(CTRL_RX_EXTRA), 1, "5.1.6.5.1.2" },
		{ 1, 0, NETBIT(CTRL_RX), 8, "5.1.6.5.2.2" },
		{ 1, 1, NETBIT(CTRL_MAC_ADDR), 6, "5.1.6.5.2.2" },
		{ 2, 0, NETBIT(CTRL_VLAN), 2, "5.1.6.5.3" },
		{ 3, 0, NETBIT(GUEST_ANNOUNCE), 0, "5.1.6.5.4" },
		{ 4, 0, NETBIT(MQ), 2, "5.1.6.5.6.1" },
		{ 4, 1, 0, 20, "5.1.6.5.7.1" },
		{ 4, 2, 0, 13, "5.1.6.5.6.4" },
		{ 5, 0, NETBIT(CTRL_GUEST_OFFLOADS), 8, "5.1.6.5.8.1" },
		{ 6, 0, NETBIT(NOTF_COAL), 8, "5.1.6.5.9.1" },
		{ 6, 1, NETBIT(NOTF_COAL), 8, "5.1.6.5.9.1" },
		{ 6, 2, NETBIT(VQ_NOTF_COAL), 12, "5.1.6.5.9.1" },
		{ 6, 3, NETBIT(VQ_NOTF_COAL), 4, "5.1.6.5.9.1" },
		{ 0, 6, 0, 1, "5.1.6.5" },
		{ 1, 2, 0, 1, "5.1.6.5" },
		{ 2, 2, 0, 2, "5.1.6.5" },
		{ 3, 1, 0, 0, "5.1.6.5" },
		{ 4, 3, 0, 2, "5.1.6.5" },
		{ 5, 1, 0, 8, "5.1.6.5" },
		{ 6, 4, 0, 8, "5.1.6.5" },
		{ 7, 0, 0, 4, "5.1.6.5" },
		{ 255, 255, 0, 300, "5.1.6.5" },
	};
	const uint8_t data[300] = { 0 };
	struct netrig nr;
	unsigned i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&nr, NULL, cases[i].without);
		T_EQ(netrig_command(&nr, cases[i].class, cases[i].command, data,
			 cases[i].length),
		    VIRTIO_NET_ERR);
		T_TRUE(rig_reported(&nr.rig, cases[i].clause));
		T_EQ(netrig_stats(&nr)->errors, 1);
		netrig_fini(&nr);
	}
}

TEST(net_ctrl, commands_that_are_none)
{
	struct netrig_piece pieces[2];
	struct virtq_used_elem elem;
	struct netrig nr;
	unsigned queue;

	start(&nr, NULL, 0);
	queue = netrig_ctrl(&nr);
	/* Half a header, and a value that is no mode. */
	pieces[0] = (struct netrig_piece) { netrig_alloc(&nr, 1), 1, 0 };
	pieces[1] = (struct netrig_piece) { netrig_alloc(&nr, 1), 1,
		VIRTQ_DESC_F_WRITE };
	(void)netrig_add(&nr, queue, pieces, 2);
	netrig_kick(&nr, queue);
	T_TRUE(netrig_used(&nr, queue, &elem));
	T_EQ(*(uint8_t *)rig_at(&nr.rig, pieces[1].gpa), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5"));
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_PROMISC, 2), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.1.2"));
	T_FALSE(comes(&nr, other));
	/* No room for the answer. */
	pieces[0].length = 2;
	(void)netrig_add(&nr, queue, pieces, 1);
	netrig_kick(&nr, queue);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5"));
	T_TRUE(RIG_GET(&nr.rig, device_status) & VIRTIO_CONFIG_S_NEEDS_RESET);
	netrig_fini(&nr);
}

/* Header, data and answer may be cut, or not cut, anyhow. */
TEST(net_ctrl, any_layout)
{
	struct netrig_piece pieces[4];
	struct virtq_used_elem elem;
	struct netrig nr;
	unsigned queue, i;
	uint8_t *at;

	start(&nr, NULL, 0);
	queue = netrig_ctrl(&nr);
	for (i = 1; i < 7; i++) {
		pieces[0] =
		    (struct netrig_piece) { netrig_alloc(&nr, 16), i, 0 };
		at = rig_at(&nr.rig, pieces[0].gpa);
		at[0] = VIRTIO_NET_CTRL_MAC;
		at[1] = VIRTIO_NET_CTRL_MAC_ADDR_SET;
		memcpy(at + 2, other, 6);
		at[7] = (uint8_t)i;
		pieces[1] =
		    (struct netrig_piece) { pieces[0].gpa + i, 8 - i, 0 };
		pieces[2] = (struct netrig_piece) { pieces[0].gpa + 8, 3,
			VIRTQ_DESC_F_WRITE };
		memset(at + 8, 0xee, 3);
		(void)netrig_add(&nr, queue, pieces, 3);
		netrig_kick(&nr, queue);
		T_TRUE(netrig_used(&nr, queue, &elem));
		T_EQ(elem.len, 1);
		T_EQ(at[8], VIRTIO_NET_OK);
		T_EQ(at[9], 0xee);
		T_EQ(rig_read(&nr.rig, VPCI_MODERN_DEVICE_OFFSET + 5, 1), i);
	}
	T_EQ(nr.rig.nreports, 0);
	netrig_fini(&nr);
}

TEST(net_ctrl, legacy_layout)
{
	const struct vnet_config config = { .queue_size = NETRIG_SIZE };
	const struct vpci_virtio_config pci = { .kind = VPCI_LEGACY };
	struct netrig_piece pieces[2];
	struct netrig nr;
	uint8_t *at;

	netrig_init(&nr, &config, &pci);
	netrig_start_legacy(&nr, NETBIT(CTRL_VQ) | NETBIT(CTRL_RX));
	T_EQ(mode(&nr, VIRTIO_NET_CTRL_RX_PROMISC, 1), VIRTIO_NET_OK);
	T_EQ(nr.rig.nreports, 0);
	pieces[0] = (struct netrig_piece) { netrig_alloc(&nr, 8), 3, 0 };
	pieces[1] =
	    (struct netrig_piece) { pieces[0].gpa + 4, 1, VIRTQ_DESC_F_WRITE };
	at = rig_at(&nr.rig, pieces[0].gpa);
	at[0] = at[1] = at[2] = 0;
	(void)netrig_add(&nr, 2, pieces, 2);
	netrig_kick(&nr, 2);
	T_EQ(at[4], VIRTIO_NET_OK);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.6"));
	netrig_fini(&nr);
}

/*
 * --- coalescing, section 5.1.6.5.9 ---
 */

static uint8_t
coalesce(struct netrig *nr, uint8_t command, uint32_t packets, uint32_t usecs)
{
	const struct virtio_net_ctrl_coal coal = { wire32(packets),
		wire32(usecs) };

	return (netrig_command(nr, VIRTIO_NET_CTRL_NOTF_COAL, command, &coal,
	    sizeof(coal)));
}

static uint64_t
interrupts(struct netrig *nr)
{
	return (netrig_stats(nr)->pairs[0].rx_interrupts);
}

TEST(net_ctrl, interrupts_are_coalesced)
{
	struct netrig nr;
	uint8_t mac[6];
	unsigned i;

	netrig_init(&nr, NULL, NULL);
	netrig_clock(&nr);
	netrig_start(&nr,
	    nr.rig.dev->offered &
		~(HASH | VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX)));
	netrig_buffers(&nr, 0, 60, 128);
	vnet_mac(nr.rig.dev, mac);
	T_TRUE(comes(&nr, mac));
	T_EQ(interrupts(&nr), 1);
	T_EQ(coalesce(&nr, VIRTIO_NET_CTRL_NOTF_COAL_RX_SET, 5, 100),
	    VIRTIO_NET_OK);
	for (i = 0; i < 4; i++)
		T_TRUE(comes(&nr, mac));
	T_EQ(interrupts(&nr), 1);
	T_TRUE(comes(&nr, mac));
	T_EQ(interrupts(&nr), 2);
	/* By time: from the first packet on. */
	T_TRUE(comes(&nr, mac));
	netrig_pass(&nr, 60000);
	T_TRUE(comes(&nr, mac));
	netrig_pass(&nr, 39999);
	T_EQ(interrupts(&nr), 2);
	netrig_pass(&nr, 1);
	T_EQ(interrupts(&nr), 3);
	netrig_pass(&nr, 1000000);
	T_EQ(interrupts(&nr), 3);
	/* Parameters that change make it due. */
	T_TRUE(comes(&nr, mac));
	T_TRUE(comes(&nr, mac));
	T_EQ(interrupts(&nr), 3);
	T_EQ(coalesce(&nr, VIRTIO_NET_CTRL_NOTF_COAL_RX_SET, 2, 100),
	    VIRTIO_NET_OK);
	T_EQ(interrupts(&nr), 4);
	/* Either of them 0: after every packet. */
	T_EQ(coalesce(&nr, VIRTIO_NET_CTRL_NOTF_COAL_RX_SET, 2, 0),
	    VIRTIO_NET_OK);
	T_TRUE(comes(&nr, mac));
	T_EQ(interrupts(&nr), 5);
	netrig_fini(&nr);
}

static uint8_t
coal_get(struct netrig *nr, uint16_t queue, uint32_t *packets, uint32_t *usecs)
{
	const unsigned ctrl = netrig_ctrl(nr);
	struct netrig_piece pieces[2];
	struct virtq_used_elem elem;
	uint32_t word;
	uint8_t *at;

	pieces[0] = (struct netrig_piece) { netrig_alloc(nr, 6), 6, 0 };
	pieces[1] = (struct netrig_piece) { netrig_alloc(nr, 9), 9,
		VIRTQ_DESC_F_WRITE };
	at = rig_at(&nr->rig, pieces[0].gpa);
	at[0] = VIRTIO_NET_CTRL_NOTF_COAL;
	at[1] = VIRTIO_NET_CTRL_NOTF_COAL_VQ_GET;
	at[2] = (uint8_t)queue;
	at[3] = (uint8_t)(queue >> 8);
	at[4] = at[5] = 0x55; /* reserved: ignored */
	(void)netrig_add(nr, ctrl, pieces, 2);
	netrig_kick(nr, ctrl);
	T_TRUE(netrig_used(nr, ctrl, &elem));
	at = rig_at(&nr->rig, pieces[1].gpa);
	T_EQ(elem.len, at[0] == VIRTIO_NET_OK ? 9 : 1);
	memcpy(&word, at + 1, 4);
	*packets = wire32(word);
	memcpy(&word, at + 5, 4);
	*usecs = wire32(word);
	return (at[0]);
}

/* The example of section 5.1.6.5.9, with two pairs. */
TEST(net_ctrl, coalescing_by_queue)
{
	const struct vnet_config config = { .pairs = 2 };
	struct virtio_net_ctrl_coal_vq one = { .coal = { 3, 30 } };
	uint32_t packets, usecs;
	struct netrig nr;

	start(&nr, &config, 0);
	T_EQ(coalesce(&nr, VIRTIO_NET_CTRL_NOTF_COAL_RX_SET, 10, 20),
	    VIRTIO_NET_OK);
	one.vq_index = wire16(0);
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_NOTF_COAL,
		 VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET, &one, sizeof(one)),
	    VIRTIO_NET_OK);
	T_EQ(coal_get(&nr, 0, &packets, &usecs), VIRTIO_NET_OK);
	T_EQ(packets, 3);
	T_EQ(usecs, 30);
	T_EQ(coal_get(&nr, 2, &packets, &usecs), VIRTIO_NET_OK);
	T_EQ(packets, 10);
	one.vq_index = wire16(1);
	T_EQ(netrig_command(&nr, VIRTIO_NET_CTRL_NOTF_COAL,
		 VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET, &one, sizeof(one)),
	    VIRTIO_NET_OK);
	T_EQ(coal_get(&nr, 3, &packets, &usecs), VIRTIO_NET_OK);
	T_EQ(packets, 0);
	T_EQ(coalesce(&nr, VIRTIO_NET_CTRL_NOTF_COAL_TX_SET, 7, 70),
	    VIRTIO_NET_OK);
	T_EQ(coal_get(&nr, 1, &packets, &usecs), VIRTIO_NET_OK);
	T_EQ(packets, 7);
	T_EQ(usecs, 70);
	T_EQ(nr.rig.nreports, 0);
	/* The control queue, and one that there is not. */
	T_EQ(coal_get(&nr, 4, &packets, &usecs), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.9.1"));
	T_EQ(coal_get(&nr, 0xffff, &packets, &usecs), VIRTIO_NET_ERR);
	T_TRUE(rig_reported(&nr.rig, "5.1.6.5.9.1"));
	netrig_fini(&nr);
}
