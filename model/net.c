/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: life, features, configuration and link.
 */
#include "model/net.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "model/net_var.h"

#define BIT(name) VDEV_FEATURE(VIRTIO_NET_F_##name)

const char *const vnet_drop_names[VNET_DROPS] = {
	[VNET_DROP_HEADER] = "header",
	[VNET_DROP_CHECKSUM] = "checksum",
	[VNET_DROP_GSO] = "gso",
	[VNET_DROP_LENGTH] = "length",
	[VNET_DROP_DOWN] = "link down",
	[VNET_DROP_MAC] = "mac filter",
	[VNET_DROP_VLAN] = "vlan filter",
	[VNET_DROP_TOO_BIG] = "too big",
	[VNET_DROP_OFFLOAD] = "offload",
	[VNET_DROP_BUFFER] = "no buffer",
};

/*
 * --- features ---
 */

/* Section 5.1.3.1: one of these has to come with each. */
static const struct vnet_requirement {
	uint8_t feature;
	uint64_t any_of;
} vnet_requirements[] = {
	{ VIRTIO_NET_F_GUEST_TSO4, BIT(GUEST_CSUM) },
	{ VIRTIO_NET_F_GUEST_TSO6, BIT(GUEST_CSUM) },
	{ VIRTIO_NET_F_GUEST_ECN, BIT(GUEST_TSO4) | BIT(GUEST_TSO6) },
	{ VIRTIO_NET_F_GUEST_UFO, BIT(GUEST_CSUM) },
	{ VIRTIO_NET_F_GUEST_USO4, BIT(GUEST_CSUM) },
	{ VIRTIO_NET_F_GUEST_USO6, BIT(GUEST_CSUM) },
	{ VIRTIO_NET_F_HOST_TSO4, BIT(CSUM) },
	{ VIRTIO_NET_F_HOST_TSO6, BIT(CSUM) },
	{ VIRTIO_NET_F_HOST_ECN, BIT(HOST_TSO4) | BIT(HOST_TSO6) },
	{ VIRTIO_NET_F_HOST_UFO, BIT(CSUM) },
	{ VIRTIO_NET_F_HOST_USO, BIT(CSUM) },
	{ VIRTIO_NET_F_CTRL_RX, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_CTRL_VLAN, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_MQ, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_NOTF_COAL, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_RSS, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_VQ_NOTF_COAL, BIT(CTRL_VQ) },
};

/*
 * What the text only says that one should not do without it (section 5.1.4.1),
 * or not at all: offered together, and accepted as one likes.
 */
static const struct vnet_requirement vnet_preferences[] = {
	{ VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_CTRL_RX_EXTRA, BIT(CTRL_VQ) },
	{ VIRTIO_NET_F_HASH_REPORT, BIT(CTRL_VQ) },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t
vnet_features(const struct vnet_config *config, unsigned pairs, uint16_t mtu)
{
	uint64_t features;
	unsigned i;

	features = VNET_GUEST_FEATURES | BIT(CSUM) | BIT(CTRL_GUEST_OFFLOADS) |
	    BIT(MAC) | BIT(HOST_TSO4) | BIT(HOST_TSO6) | BIT(HOST_ECN) |
	    BIT(HOST_UFO) | BIT(MRG_RXBUF) | BIT(STATUS) | BIT(CTRL_VQ) |
	    BIT(CTRL_RX) | BIT(CTRL_VLAN) | BIT(CTRL_RX_EXTRA) |
	    BIT(GUEST_ANNOUNCE) | BIT(CTRL_MAC_ADDR) | BIT(VQ_NOTF_COAL) |
	    BIT(NOTF_COAL) | BIT(HOST_USO) | BIT(HASH_REPORT) |
	    BIT(GUEST_HDRLEN) | BIT(SPEED_DUPLEX) |
	    VDEV_FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
	    VDEV_FEATURE(VIRTIO_RING_F_EVENT_IDX);
	if (pairs > 1)
		features |= BIT(MQ) | BIT(RSS);
	if (mtu != 0)
		features |= BIT(MTU);
	features &= ~config->without;
	/* In the order of the table, what others need comes first. */
	for (i = 0; i < COUNT(vnet_requirements); i++) {
		if ((features & vnet_requirements[i].any_of) == 0)
			features &= ~VDEV_FEATURE(vnet_requirements[i].feature);
	}
	for (i = 0; i < COUNT(vnet_preferences); i++) {
		if ((features & vnet_preferences[i].any_of) == 0)
			features &= ~VDEV_FEATURE(vnet_preferences[i].feature);
	}
	return (features);
}

/* The same things by the names of the port. */
static uint32_t
vnet_offloads(uint64_t features)
{
	static const struct {
		uint64_t feature;
		uint32_t offload;
	} names[] = {
		{ BIT(GUEST_CSUM), NET_OFFLOAD_CSUM },
		{ BIT(GUEST_TSO4), NET_OFFLOAD_TSO4 },
		{ BIT(GUEST_TSO6), NET_OFFLOAD_TSO6 },
		{ BIT(GUEST_ECN), NET_OFFLOAD_ECN },
		{ BIT(GUEST_UFO), NET_OFFLOAD_UFO },
		{ BIT(GUEST_USO4), NET_OFFLOAD_USO4 },
		{ BIT(GUEST_USO6), NET_OFFLOAD_USO6 },
		{ BIT(CSUM), NET_OFFLOAD_CSUM },
		{ BIT(HOST_TSO4), NET_OFFLOAD_TSO4 },
		{ BIT(HOST_TSO6), NET_OFFLOAD_TSO6 },
		{ BIT(HOST_ECN), NET_OFFLOAD_ECN },
		{ BIT(HOST_UFO), NET_OFFLOAD_UFO },
		{ BIT(HOST_USO), NET_OFFLOAD_USO4 | NET_OFFLOAD_USO6 },
	};
	uint32_t offloads;
	unsigned i;

	offloads = 0;
	for (i = 0; i < COUNT(names); i++) {
		if (features & names[i].feature)
			offloads |= names[i].offload;
	}
	/* What is not to be checksummed cannot be segmented either. */
	return (offloads & NET_OFFLOAD_CSUM ? offloads : 0);
}

void
vnet_set_accepts(struct vnet *net, uint64_t features)
{
	net->accepts = vnet_offloads(features & VNET_GUEST_FEATURES);
	netport_accepts(net->port, net->accepts);
}

static void
vnet_apply(struct vnet *net, uint64_t features)
{
	net->mergeable = (features & BIT(MRG_RXBUF)) != 0;
	net->hashing = (features & BIT(HASH_REPORT)) != 0;
	/* Section 5.1.6.1 */
	net->hdr_bytes = VIRTIO_NET_HDR_BYTES;
	if (net->hashing)
		net->hdr_bytes = VIRTIO_NET_HDR_BYTES_HASH;
	else if ((features & VDEV_FEATURE(VIRTIO_F_VERSION_1)) == 0 &&
	    !net->mergeable)
		net->hdr_bytes = VIRTIO_NET_HDR_BYTES_LEGACY;
	/* Section 5.1.2 */
	net->ctrl = 0;
	if (features & BIT(CTRL_VQ))
		net->ctrl =
		    features & (BIT(MQ) | BIT(RSS)) ? 2 * net->pairs : 2;
	net->host_gso = vnet_offloads(features & ~VNET_GUEST_FEATURES);
	net->filter.vlan_filtering = (features & BIT(CTRL_VLAN)) != 0;
	net->filter.unfiltered = (features & BIT(CTRL_RX)) == 0;
	vnet_set_accepts(net, features);
}

static bool
vnet_features_ok(struct vdev *dev, uint64_t features)
{
	unsigned i;

	for (i = 0; i < COUNT(vnet_requirements); i++) {
		if ((features >> vnet_requirements[i].feature & 1) != 0 &&
		    (features & vnet_requirements[i].any_of) == 0)
			return (false);
	}
	vnet_apply(vnet_of(dev), features);
	return (true);
}

/*
 * --- configuration ---
 */

#define VNET_FIELD(name, bits, bit, or)                             \
	{                                                           \
		.offset = offsetof(struct virtio_net_config, name), \
		.width = (bits) / 8, .feature = (bit), .other = or, \
	}
#define MAC_BYTE(i) VNET_FIELD(mac[i], 8, VDEV_ALWAYS, 0)

static const struct vdev_field vnet_fields[] = {
	MAC_BYTE(0),
	MAC_BYTE(1),
	MAC_BYTE(2),
	MAC_BYTE(3),
	MAC_BYTE(4),
	MAC_BYTE(5),
	VNET_FIELD(status, 16, VIRTIO_NET_F_STATUS, 0),
	VNET_FIELD(max_virtqueue_pairs, 16, VIRTIO_NET_F_MQ, VIRTIO_NET_F_RSS),
	VNET_FIELD(mtu, 16, VIRTIO_NET_F_MTU, 0),
	VNET_FIELD(speed, 32, VIRTIO_NET_F_SPEED_DUPLEX, 0),
	VNET_FIELD(duplex, 8, VIRTIO_NET_F_SPEED_DUPLEX, 0),
	VNET_FIELD(rss_max_key_size, 8, VIRTIO_NET_F_RSS,
	    VIRTIO_NET_F_HASH_REPORT),
	VNET_FIELD(rss_max_indirection_table_length, 16, VIRTIO_NET_F_RSS, 0),
	VNET_FIELD(supported_hash_types, 32, VIRTIO_NET_F_RSS,
	    VIRTIO_NET_F_HASH_REPORT),
};

/*
 * Section 5.1.4.3: only legacy drivers write, and only the address; first to
 * last byte, so that it counts when the last one is there (5.1.6.5.2.3).
 */
static bool
vnet_config_write(struct vdev *dev, unsigned offset, const void *value,
    unsigned length)
{
	struct vnet *net = vnet_of(dev);

	if (!dev->legacy || length > sizeof(net->config.mac) ||
	    offset > sizeof(net->config.mac) - length)
		return (false);
	memcpy(net->config.mac + offset, value, length);
	if (offset + length == sizeof(net->config.mac))
		memcpy(net->filter.mac, net->config.mac,
		    sizeof(net->filter.mac));
	return (true);
}

void
vnet_set_mac(struct vnet *net, const uint8_t *mac)
{
	memcpy(net->filter.mac, mac, VIRTIO_NET_MAC_BYTES);
	if (!vdev_has(&net->dev, VIRTIO_NET_F_MAC))
		return;
	memcpy(net->config.mac, mac, VIRTIO_NET_MAC_BYTES);
	/* The driver did it: it is not told, but generations count it. */
	net->dev.config_changed = true;
}

void
vnet_mac(const struct vdev *dev, uint8_t mac[VIRTIO_NET_MAC_BYTES])
{
	const struct vnet *net = (const struct vnet *)(const void *)dev;

	memcpy(mac, net->filter.mac, VIRTIO_NET_MAC_BYTES);
}

unsigned
vnet_pairs(const struct vdev *dev)
{
	return (((const struct vnet *)(const void *)dev)->tx_pairs);
}

/*
 * --- link ---
 */

/* What the port says, as the configuration has it; true: it is new. */
static bool
vnet_read_link(struct vnet *net)
{
	const struct virtio_net_config old = net->config;
	uint16_t status = wire16(net->config.status);

	status &= ~VIRTIO_NET_S_LINK_UP;
	if (vnet_is_up(net))
		status |= VIRTIO_NET_S_LINK_UP;
	net->config.status = wire16(status);
	net->config.speed = wire32(net->port->speed);
	net->config.duplex = net->port->duplex;
	return (memcmp(&old, &net->config, sizeof(old)) != 0);
}

static void
vnet_link(void *arg)
{
	struct vnet *net = arg;
	unsigned i;

	if (!vnet_read_link(net))
		return;
	vdev_config_changed(&net->dev);
	/* What waits behind a link that is down would wait for ever. */
	for (i = 0; i < net->pairs; i++) {
		if (net->tx[i].held)
			vdev_wake(&net->dev, 2 * i + 1);
		vdev_wake(&net->dev, 2 * i);
	}
}

void
vnet_set_link(struct vdev *dev, bool up)
{
	struct vnet *net = vnet_of(dev);

	net->link_up = up;
	vnet_link(net);
}

bool
vnet_announce(struct vdev *dev)
{
	struct vnet *net = vnet_of(dev);

	if (!vdev_has(dev, VIRTIO_NET_F_GUEST_ANNOUNCE))
		return (false);
	net->config.status |= wire16(VIRTIO_NET_S_ANNOUNCE);
	vdev_config_changed(dev);
	return (true);
}

void
vnet_announced(struct vnet *net)
{
	net->config.status &= wire16((uint16_t)~VIRTIO_NET_S_ANNOUNCE);
	net->dev.config_changed = true;
}

/*
 * --- life ---
 */

/* The port has frames, or room, for a queue of its own. */
static void
vnet_ready(void *arg, unsigned queue)
{
	struct vnet *net = arg;
	unsigned i;

	if (net->port->ops->receive != NULL)
		vdev_wake(&net->dev, 2 * (queue % net->rx_pairs));
	for (i = queue; i < net->pairs; i += net->port->nqueues) {
		if (net->tx[i].held)
			vdev_wake(&net->dev, 2 * i + 1);
	}
}

static void
vnet_reset(struct vdev *dev)
{
	struct vnet *net = vnet_of(dev);
	unsigned i;

	for (i = 0; i < net->pairs; i++) {
		net->tx[i].held = false;
		net->tx[i].segmenting = false;
		memset(&net->tx[i].coal, 0, sizeof(net->tx[i].coal));
		memset(&net->rx[i], 0, sizeof(net->rx[i]));
	}
	net->touched = 0;
	net->blocked = 0;
	memset(net->flows, 0, sizeof(net->flows));
	net->hash.types = 0;
	net->hash.steer = false;
	net->tx_pairs = 1;
	net->rx_pairs = 1;
	memcpy(net->config.mac, net->default_mac, sizeof(net->config.mac));
	vnet_filter_reset(&net->filter, net->default_mac);
	vnet_announced(net);
	vnet_apply(net, 0);
	netport_pairs(net->port, 1);
}

/* Frames may have come before the driver was there. */
static void
vnet_driver_ok(struct vdev *dev)
{
	struct vnet *net = vnet_of(dev);
	unsigned i;

	if (net->port->ops->receive == NULL)
		return;
	for (i = 0; i < net->rx_pairs; i++)
		vdev_wake(dev, 2 * i);
}

static void
vnet_free_parts(struct vnet *net)
{
	unsigned i;

	for (i = 0; net->tx != NULL && i < net->pairs; i++) {
		free(net->tx[i].iov);
		free(net->tx[i].gso);
	}
	vnet_filter_fini(&net->filter);
	free(net->tx);
	free(net->rx);
	free(net->chains);
	free(net->written);
	free(net->gso);
	free(net);
}

static void
vnet_destroy(struct vdev *dev)
{
	struct vnet *net = vnet_of(dev);

	netport_detach(net->port);
	vdev_fini(dev);
	vnet_free_parts(net);
}

static const struct vdev_ops vnet_ops = {
	.type = "net",
	.device_id = VIRTIO_ID_NET,
	.process = vnet_process,
	.fields = vnet_fields,
	.nfields = COUNT(vnet_fields),
	.config_write = vnet_config_write,
	.features_ok = vnet_features_ok,
	.driver_ok = vnet_driver_ok,
	.reset = vnet_reset,
	.destroy = vnet_destroy,
};

static bool
vnet_make_parts(struct vnet *net, uint16_t queue_size, unsigned mac_table)
{
	unsigned i;

	net->tx = calloc(net->pairs, sizeof(*net->tx));
	net->rx = calloc(net->pairs, sizeof(*net->rx));
	net->chains = calloc(queue_size, sizeof(*net->chains));
	net->written = calloc(queue_size, sizeof(*net->written));
	net->gso = calloc(1, sizeof(*net->gso));
	if (net->tx == NULL || net->rx == NULL || net->chains == NULL ||
	    net->written == NULL || net->gso == NULL)
		return (false);
	for (i = 0; i < net->pairs; i++) {
		net->tx[i].iov = calloc(queue_size, sizeof(struct iovec));
		net->tx[i].gso = calloc(1, sizeof(struct net_gso));
		if (net->tx[i].iov == NULL || net->tx[i].gso == NULL)
			return (false);
	}
	return (vnet_filter_init(&net->filter, mac_table) == 0);
}

/* One that is locally administered, and the same each time. */
static void
vnet_draw_mac(uint8_t *mac, const char *name)
{
	uint64_t hash;
	unsigned i;

	hash = UINT64_C(0xcbf29ce484222325);
	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	for (i = 0; i < VIRTIO_NET_MAC_BYTES; i++)
		mac[i] = (uint8_t)(hash >> (8 * i));
	mac[0] = (mac[0] & 0xfc) | 2;
}

static void
vnet_set_config(struct vnet *net, const struct vnet_config *config,
    const char *name, uint16_t mtu)
{
	static const uint8_t none[VIRTIO_NET_MAC_BYTES];
	struct virtio_net_config *c = &net->config;

	if (memcmp(config->mac, none, sizeof(none)) != 0)
		memcpy(net->default_mac, config->mac, sizeof(none));
	else
		vnet_draw_mac(net->default_mac, name);
	memcpy(c->mac, net->default_mac, sizeof(c->mac));
	vnet_filter_reset(&net->filter, net->default_mac);
	c->max_virtqueue_pairs = wire16((uint16_t)net->pairs);
	c->mtu = wire16(mtu);
	c->rss_max_key_size = VNET_RSS_KEY;
	c->rss_max_indirection_table_length = wire16(VNET_RSS_TABLE);
	c->supported_hash_types = wire32(VNET_HASH_TYPES);
	net->tx_pairs = net->rx_pairs = 1;
	net->link_up = true;
	(void)vnet_read_link(net);
	vnet_apply(net, 0);
}

struct vdev *
vnet_new(const struct vnet_config *config, struct netport *port)
{
	const unsigned pairs =
	    config->pairs != 0 ? config->pairs : port->nqueues;
	const uint32_t mtu = config->mtu != 0 ? config->mtu : port->mtu;
	const unsigned table =
	    config->mac_table != 0 ? config->mac_table : VNET_MAC_TABLE;
	struct vnet *net;
	struct vdev_setup setup = {
		.ops = &vnet_ops,
		.name = config->name != NULL ? config->name : "net0",
		.nqueues = 2 * pairs + 1,
		.queue_size = config->queue_size != 0 ? config->queue_size :
							VNET_QUEUE_SIZE,
		.config_size = sizeof(net->config),
	};
	int error;

	/* Section 5.1.4.1; one buffer each for a header and its frame. */
	if (pairs == 0 || pairs > VNET_PAIRS_MAX || port->nqueues == 0 ||
	    port->nqueues > NETPORT_QUEUES_MAX || setup.queue_size < 2 ||
	    setup.queue_size > NETPORT_SEGMENTS_MAX || mtu > UINT16_MAX ||
	    (mtu != 0 && mtu < 68) || table > VNET_MAC_MAX ||
	    vnet_is_multicast(config->mac)) {
		errno = EINVAL;
		return (NULL);
	}
	setup.features = vnet_features(config, pairs, (uint16_t)mtu);
	net = calloc(1, sizeof(*net));
	if (net == NULL)
		return (NULL);
	net->port = port;
	net->pairs = pairs;
	setup.config = &net->config;
	error = vdev_init(&net->dev, &setup);
	if (error == 0 && !vnet_make_parts(net, setup.queue_size, table)) {
		vdev_fini(&net->dev);
		error = ENOMEM;
	}
	if (error != 0) {
		vnet_free_parts(net);
		errno = error;
		return (NULL);
	}
	net->port_device.arg = net;
	net->port_device.deliver = vnet_deliver;
	net->port_device.ready = vnet_ready;
	net->port_device.link = vnet_link;
	netport_attach(port, &net->port_device);
	vnet_set_config(net, config, setup.name, (uint16_t)mtu);
	return (&net->dev);
}

void
vnet_stats(const struct vdev *dev, struct vnet_stats *stats)
{
	const struct vnet *net = (const struct vnet *)(const void *)dev;

	assert(dev->ops == &vnet_ops);
	*stats = net->stats;
}
