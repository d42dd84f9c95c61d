/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: commands about queues (virtio 1.3, sections 5.1.6.5.6,
 * 5.1.6.5.7 and 5.1.6.5.9).
 */
#include "model/net_var.h"

#define REPORT(net, clause, ...) \
	vdev_report(&(net)->dev, (uint16_t)(net)->ctrl, clause, __VA_ARGS__)

/*
 * --- how many, and which ---
 */

static void
vnet_set_pairs(struct vnet *net, unsigned tx, unsigned rx)
{
	unsigned i;

	net->tx_pairs = tx;
	net->rx_pairs = rx;
	netport_pairs(net->port, tx > rx ? tx : rx);
	/* What came by queues that are not in use comes by others now. */
	for (i = 0; i < rx; i++)
		vdev_wake(&net->dev, 2 * i);
}

static bool
vnet_ctrl_pairs(struct vnet *net, const struct vnet_command *cmd)
{
	unsigned pairs;
	le16 wire;

	if (!vnet_command_may(net, cmd, CLAUSE_MQ, VIRTIO_NET_F_MQ) ||
	    !vnet_command_is(net, cmd, CLAUSE_MQ, sizeof(wire)))
		return (false);
	vnet_command_read(cmd, 0, &wire, sizeof(wire));
	pairs = wire16(wire);
	if (pairs < VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MIN || pairs > net->pairs) {
		REPORT(net, CLAUSE_MQ, "%u queue pairs of %u", pairs,
		    net->pairs);
		return (false);
	}
	/* Section 5.1.6.5.5: the last command decides. */
	net->hash.steer = false;
	vnet_set_pairs(net, pairs, pairs);
	return (true);
}

/*
 * --- hashes ---
 */

/* What RSS_CONFIG and HASH_CONFIG have in common: types, and the key. */
struct vnet_hash_setup {
	uint32_t types;
	uint8_t length;
	uint8_t key[VNET_RSS_KEY];
};

/* `at` is where the key's length is; the data ends with the key. */
static bool
vnet_read_hash(struct vnet *net, const struct vnet_command *cmd,
    const char *clause, size_t at, struct vnet_hash_setup *setup)
{
	le32 types;

	vnet_command_read(cmd, 0, &types, sizeof(types));
	setup->types = wire32(types);
	if ((setup->types & ~VNET_HASH_TYPES) != 0) {
		REPORT(net, clause, "hash types %#x, of %#x", setup->types,
		    VNET_HASH_TYPES);
		return (false);
	}
	vnet_command_read(cmd, at, &setup->length, sizeof(setup->length));
	if (setup->length > sizeof(setup->key)) {
		REPORT(net, clause, "a key of %u bytes, at most %u",
		    setup->length, VNET_RSS_KEY);
		return (false);
	}
	/* Without a key, every hash would be 0. */
	if (setup->length == 0 && setup->types != 0) {
		REPORT(net, clause, "hash types %#x without a key",
		    setup->types);
		return (false);
	}
	if (!vnet_command_is(net, cmd, clause,
		at + sizeof(setup->length) + setup->length))
		return (false);
	vnet_command_read(cmd, at + sizeof(setup->length), setup->key,
	    setup->length);
	return (true);
}

static bool
vnet_ctrl_hash(struct vnet *net, const struct vnet_command *cmd)
{
	struct virtio_net_hash_config config;
	const char *clause = "5.1.6.5.6.4";
	struct vnet_hash_setup setup;
	unsigned i;

	if (!vnet_command_may(net, cmd, clause, VIRTIO_NET_F_HASH_REPORT))
		return (false);
	if (cmd->length < sizeof(config))
		return (vnet_command_is(net, cmd, clause, sizeof(config)));
	vnet_command_read(cmd, 0, &config, sizeof(config));
	for (i = 0; i < 4; i++) {
		if (config.reserved[i] == 0)
			continue;
		REPORT(net, clause, "reserved field %u is %#x", i,
		    wire16(config.reserved[i]));
		return (false);
	}
	if (!vnet_read_hash(net, cmd, clause,
		offsetof(struct virtio_net_hash_config, hash_key_length),
		&setup))
		return (false);
	net->hash.types = setup.types;
	vnet_hash_set_key(&net->hash, setup.key, setup.length);
	/* It goes with automatic steering: RSS is off. */
	if (net->hash.steer) {
		net->hash.steer = false;
		vnet_set_pairs(net, net->tx_pairs, net->tx_pairs);
	}
	return (true);
}

/* A receive queue's id is that of its pair; it must be set up. */
static bool
vnet_check_rq(struct vnet *net, const char *what, unsigned id)
{
	if (id < net->pairs && net->dev.queues[2 * id].enabled)
		return (true);
	REPORT(net, CLAUSE_RSS, "%s is receive queue %u, which is not enabled",
	    what, id);
	return (false);
}

struct vnet_rss_setup {
	struct vnet_hash_setup hash;
	uint16_t mask;
	uint8_t unclassified;
	uint8_t table[VNET_RSS_TABLE];
	unsigned max_tx;
	unsigned max_rx; /* the highest in the table, plus 1 */
};

static bool
vnet_read_rss_table(struct vnet *net, const struct vnet_command *cmd,
    struct vnet_rss_setup *setup)
{
	const size_t at =
	    offsetof(struct virtio_net_rss_config, indirection_table);
	le16 wire[VNET_RSS_TABLE] = { 0 };
	unsigned i, id;

	vnet_command_read(cmd, at, wire, (setup->mask + 1u) * sizeof(le16));
	setup->max_rx = setup->unclassified + 1u;
	for (i = 0; i <= setup->mask; i++) {
		id = wire16(wire[i]);
		if (!vnet_check_rq(net, "an entry of the table", id))
			return (false);
		setup->table[i] = (uint8_t)id;
		if (id >= setup->max_rx)
			setup->max_rx = id + 1;
	}
	return (true);
}

static bool
vnet_read_rss(struct vnet *net, const struct vnet_command *cmd,
    struct vnet_rss_setup *setup)
{
	struct virtio_net_rss_config config;
	struct virtio_net_rss_tail tail;
	size_t at;

	if (cmd->length < sizeof(config))
		return (vnet_command_is(net, cmd, CLAUSE_RSS,
		    sizeof(config) + sizeof(le16) + sizeof(tail)));
	vnet_command_read(cmd, 0, &config, sizeof(config));
	setup->mask = wire16(config.indirection_table_mask);
	if (setup->mask >= VNET_RSS_TABLE ||
	    (setup->mask & (setup->mask + 1)) != 0) {
		REPORT(net, CLAUSE_RSS,
		    "an indirection table of %u entries, not a power of two "
		    "up to %u",
		    setup->mask + 1, VNET_RSS_TABLE);
		return (false);
	}
	at = sizeof(config) + (setup->mask + 1u) * sizeof(le16);
	if (cmd->length < at + sizeof(tail))
		return (
		    vnet_command_is(net, cmd, CLAUSE_RSS, at + sizeof(tail)));
	if (!vnet_check_rq(net, "unclassified_queue",
		wire16(config.unclassified_queue)))
		return (false);
	setup->unclassified = (uint8_t)wire16(config.unclassified_queue);
	if (!vnet_read_rss_table(net, cmd, setup))
		return (false);
	vnet_command_read(cmd, at, &tail, sizeof(tail));
	setup->max_tx = wire16(tail.max_tx_vq);
	if (setup->max_tx == 0 || setup->max_tx > net->pairs) {
		REPORT(net, CLAUSE_RSS, "max_tx_vq is %u, of %u", setup->max_tx,
		    net->pairs);
		return (false);
	}
	return (vnet_read_hash(net, cmd, CLAUSE_RSS,
	    at + offsetof(struct virtio_net_rss_tail, hash_key_length),
	    &setup->hash));
}

static bool
vnet_ctrl_rss(struct vnet *net, const struct vnet_command *cmd)
{
	struct vnet_rss_setup setup = { .mask = 0 };

	if (!vnet_command_may(net, cmd, CLAUSE_RSS, VIRTIO_NET_F_RSS) ||
	    !vnet_read_rss(net, cmd, &setup))
		return (false);
	net->hash.types = setup.hash.types;
	vnet_hash_set_key(&net->hash, setup.hash.key, setup.hash.length);
	net->hash.mask = setup.mask;
	net->hash.unclassified = setup.unclassified;
	memcpy(net->hash.table, setup.table, setup.mask + 1u);
	net->hash.steer = true;
	vnet_set_pairs(net, setup.max_tx, setup.max_rx);
	return (true);
}

bool
vnet_ctrl_mq(struct vnet *net, const struct vnet_command *cmd)
{
	switch (cmd->command) {
	case VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET:
		return (vnet_ctrl_pairs(net, cmd));
	case VIRTIO_NET_CTRL_MQ_RSS_CONFIG:
		return (vnet_ctrl_rss(net, cmd));
	case VIRTIO_NET_CTRL_MQ_HASH_CONFIG:
		return (vnet_ctrl_hash(net, cmd));
	default:
		REPORT(net, CLAUSE_CTRL, "command %u/%u does not exist",
		    cmd->class, cmd->command);
		return (false);
	}
}

/*
 * --- coalescing ---
 */

static void
vnet_read_coal(const struct vnet_command *cmd, size_t at,
    struct vnet_coal *coal)
{
	struct virtio_net_ctrl_coal wire;

	vnet_command_read(cmd, at, &wire, sizeof(wire));
	coal->max_packets = wire32(wire.max_packets);
	coal->max_usecs = wire32(wire.max_usecs);
}

/* Of all transmit or receive queues, those that come later included. */
static bool
vnet_coal_all(struct vnet *net, const struct vnet_command *cmd, bool transmit)
{
	struct vnet_coal coal;
	unsigned i;

	if (!vnet_command_may(net, cmd, CLAUSE_COAL, VIRTIO_NET_F_NOTF_COAL) ||
	    !vnet_command_is(net, cmd, CLAUSE_COAL,
		sizeof(struct virtio_net_ctrl_coal)))
		return (false);
	vnet_read_coal(cmd, 0, &coal);
	for (i = 0; i < net->pairs; i++)
		vnet_coal_set(net, 2 * i + (transmit ? 1 : 0), &coal);
	return (true);
}

static bool
vnet_coal_one(struct vnet *net, struct vnet_command *cmd)
{
	const bool get = cmd->command == VIRTIO_NET_CTRL_NOTF_COAL_VQ_GET;
	struct virtio_net_ctrl_coal_vq wire;
	const struct vnet_coal *now;
	struct vnet_coal coal;
	unsigned queue;

	if (!vnet_command_may(net, cmd, CLAUSE_COAL,
		VIRTIO_NET_F_VQ_NOTF_COAL) ||
	    !vnet_command_is(net, cmd, CLAUSE_COAL,
		get ? offsetof(struct virtio_net_ctrl_coal_vq, coal) :
		      sizeof(wire)))
		return (false);
	vnet_command_read(cmd, 0, &wire,
	    offsetof(struct virtio_net_ctrl_coal_vq, coal));
	queue = wire16(wire.vq_index);
	if (queue >= 2 * net->pairs || queue == net->ctrl ||
	    !net->dev.queues[queue].enabled) {
		REPORT(net, CLAUSE_COAL,
		    "queue %u is not an enabled transmit or receive queue",
		    queue);
		return (false);
	}
	if (!get) {
		vnet_read_coal(cmd,
		    offsetof(struct virtio_net_ctrl_coal_vq, coal), &coal);
		vnet_coal_set(net, queue, &coal);
		return (true);
	}
	if (cmd->chain.writable < 1 + sizeof(wire.coal)) {
		REPORT(net, CLAUSE_COAL, "no room for the result");
		return (false);
	}
	now = queue % 2 == 0 ? &net->rx[queue / 2].coal :
			       &net->tx[queue / 2].coal;
	wire.coal.max_packets = wire32(now->max_packets);
	wire.coal.max_usecs = wire32(now->max_usecs);
	memcpy(cmd->result, &wire.coal, sizeof(wire.coal));
	cmd->result_length = sizeof(wire.coal);
	return (true);
}

bool
vnet_ctrl_coal(struct vnet *net, struct vnet_command *cmd)
{
	switch (cmd->command) {
	case VIRTIO_NET_CTRL_NOTF_COAL_TX_SET:
		return (vnet_coal_all(net, cmd, true));
	case VIRTIO_NET_CTRL_NOTF_COAL_RX_SET:
		return (vnet_coal_all(net, cmd, false));
	case VIRTIO_NET_CTRL_NOTF_COAL_VQ_SET:
	case VIRTIO_NET_CTRL_NOTF_COAL_VQ_GET:
		return (vnet_coal_one(net, cmd));
	default:
		REPORT(net, CLAUSE_CTRL, "command %u/%u does not exist",
		    cmd->class, cmd->command);
		return (false);
	}
}
