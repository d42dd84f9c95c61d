/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Options of devices; see diskopt.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/diskopt.h"
#include "model/device.h"
#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "model/wire/net.h"

enum {
	OPT_TRANSPORT = 512,
	OPT_INTERRUPTS,
	OPT_FEATURES,
	OPT_QUEUES,
	OPT_QUEUE_SIZE,
	OPT_BLOCK_SIZE,
	OPT_REORDER,
};

const struct cli_option diskopt_options[] = {
	{ OPT_TRANSPORT, "transport", "KIND",
	    "PCI device: modern (default), transitional, or\n"
	    "legacy" },
	{ OPT_INTERRUPTS, "interrupts", "KIND",
	    "msix (default), msix-shared, msi, or intx" },
	{ OPT_FEATURES, "features", "LIST",
	    "names with commas between: -NAME is not offered,\n"
	    "+NAME must be taken by the driver; -all for all\n"
	    "(example: -all,+flush)" },
	{ OPT_QUEUES, "queues", "N",
	    "virtqueues for requests of a disk, or pairs of them\n"
	    "of a network device, 1 to 32 (default 1)" },
	{ OPT_QUEUE_SIZE, "queue-size", "N",
	    "entries of a virtqueue, a power of two from 4 to\n"
	    "32768, of a network device to 1024 (default 256)" },
	CLI_OPTION_END,
};

const struct cli_option diskopt_disk_options[] = {
	{ OPT_BLOCK_SIZE, "block-size", "N",
	    "bytes of a block, a power of two from 512 to 4096\n"
	    "(default 512)" },
	{ OPT_REORDER, "reorder", "N",
	    "the device completes up to N requests out of order,\n"
	    "0 to 4096, drawn from the seed (default 0)" },
	CLI_OPTION_END,
};

#define QUEUES_MAX	   32
#define BLOCK_SIZE_MAX	   4096
#define REORDER_MAX	   4096
#define NIC_QUEUE_SIZE_MAX 1024

static const char *const transports[] = { "modern", "transitional", "legacy",
	NULL };
static const char *const interrupts[] = { "msix", "msix-shared", "msi", "intx",
	NULL };

enum kind { DISK, NIC, KINDS };
#define OF_DISK (1u << DISK)
#define OF_NIC	(1u << NIC)

/* Virtio 1.3, sections 5.2.3, 5.1.3 and 6. */
static const struct feature {
	uint8_t bit;
	uint8_t kinds;
	const char *name;
} features[] = {
	{ VIRTIO_BLK_F_SIZE_MAX, OF_DISK, "size_max" },
	{ VIRTIO_BLK_F_SEG_MAX, OF_DISK, "seg_max" },
	{ VIRTIO_BLK_F_GEOMETRY, OF_DISK, "geometry" },
	{ VIRTIO_BLK_F_RO, OF_DISK, "ro" },
	{ VIRTIO_BLK_F_BLK_SIZE, OF_DISK, "blk_size" },
	{ VIRTIO_BLK_F_FLUSH, OF_DISK, "flush" },
	{ VIRTIO_BLK_F_TOPOLOGY, OF_DISK, "topology" },
	{ VIRTIO_BLK_F_CONFIG_WCE, OF_DISK, "config_wce" },
	{ VIRTIO_BLK_F_MQ, OF_DISK, "mq" },
	{ VIRTIO_BLK_F_DISCARD, OF_DISK, "discard" },
	{ VIRTIO_BLK_F_WRITE_ZEROES, OF_DISK, "write_zeroes" },
	{ VIRTIO_BLK_F_LIFETIME, OF_DISK, "lifetime" },
	{ VIRTIO_BLK_F_SECURE_ERASE, OF_DISK, "secure_erase" },
	{ VIRTIO_BLK_F_ZONED, OF_DISK, "zoned" },
	{ VIRTIO_NET_F_CSUM, OF_NIC, "csum" },
	{ VIRTIO_NET_F_GUEST_CSUM, OF_NIC, "guest_csum" },
	{ VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, OF_NIC, "ctrl_guest_offloads" },
	{ VIRTIO_NET_F_MTU, OF_NIC, "mtu" },
	{ VIRTIO_NET_F_MAC, OF_NIC, "mac" },
	{ VIRTIO_NET_F_GSO, OF_NIC, "gso" },
	{ VIRTIO_NET_F_GUEST_TSO4, OF_NIC, "guest_tso4" },
	{ VIRTIO_NET_F_GUEST_TSO6, OF_NIC, "guest_tso6" },
	{ VIRTIO_NET_F_GUEST_ECN, OF_NIC, "guest_ecn" },
	{ VIRTIO_NET_F_GUEST_UFO, OF_NIC, "guest_ufo" },
	{ VIRTIO_NET_F_HOST_TSO4, OF_NIC, "host_tso4" },
	{ VIRTIO_NET_F_HOST_TSO6, OF_NIC, "host_tso6" },
	{ VIRTIO_NET_F_HOST_ECN, OF_NIC, "host_ecn" },
	{ VIRTIO_NET_F_HOST_UFO, OF_NIC, "host_ufo" },
	{ VIRTIO_NET_F_MRG_RXBUF, OF_NIC, "mrg_rxbuf" },
	{ VIRTIO_NET_F_STATUS, OF_NIC, "status" },
	{ VIRTIO_NET_F_CTRL_VQ, OF_NIC, "ctrl_vq" },
	{ VIRTIO_NET_F_CTRL_RX, OF_NIC, "ctrl_rx" },
	{ VIRTIO_NET_F_CTRL_VLAN, OF_NIC, "ctrl_vlan" },
	{ VIRTIO_NET_F_CTRL_RX_EXTRA, OF_NIC, "ctrl_rx_extra" },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, OF_NIC, "guest_announce" },
	{ VIRTIO_NET_F_MQ, OF_NIC, "mq" },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, OF_NIC, "ctrl_mac_addr" },
	{ VIRTIO_NET_F_GUEST_RSC4, OF_NIC, "guest_rsc4" },
	{ VIRTIO_NET_F_GUEST_RSC6, OF_NIC, "guest_rsc6" },
	{ VIRTIO_NET_F_DEVICE_STATS, OF_NIC, "device_stats" },
	{ VIRTIO_NET_F_HASH_TUNNEL, OF_NIC, "hash_tunnel" },
	{ VIRTIO_NET_F_VQ_NOTF_COAL, OF_NIC, "vq_notf_coal" },
	{ VIRTIO_NET_F_NOTF_COAL, OF_NIC, "notf_coal" },
	{ VIRTIO_NET_F_GUEST_USO4, OF_NIC, "guest_uso4" },
	{ VIRTIO_NET_F_GUEST_USO6, OF_NIC, "guest_uso6" },
	{ VIRTIO_NET_F_HOST_USO, OF_NIC, "host_uso" },
	{ VIRTIO_NET_F_HASH_REPORT, OF_NIC, "hash_report" },
	{ VIRTIO_NET_F_GUEST_HDRLEN, OF_NIC, "guest_hdrlen" },
	{ VIRTIO_NET_F_RSS, OF_NIC, "rss" },
	{ VIRTIO_NET_F_RSC_EXT, OF_NIC, "rsc_ext" },
	{ VIRTIO_NET_F_STANDBY, OF_NIC, "standby" },
	{ VIRTIO_NET_F_SPEED_DUPLEX, OF_NIC, "speed_duplex" },
	{ VIRTIO_F_NOTIFY_ON_EMPTY, OF_DISK | OF_NIC, "notify_on_empty" },
	{ VIRTIO_F_ANY_LAYOUT, OF_DISK | OF_NIC, "any_layout" },
	{ VIRTIO_RING_F_INDIRECT_DESC, OF_DISK | OF_NIC, "indirect_desc" },
	{ VIRTIO_RING_F_EVENT_IDX, OF_DISK | OF_NIC, "event_idx" },
	{ VIRTIO_F_VERSION_1, OF_DISK | OF_NIC, "version_1" },
	{ VIRTIO_F_ACCESS_PLATFORM, OF_DISK | OF_NIC, "access_platform" },
	{ VIRTIO_F_RING_PACKED, OF_DISK | OF_NIC, "ring_packed" },
	{ VIRTIO_F_IN_ORDER, OF_DISK | OF_NIC, "in_order" },
	{ VIRTIO_F_ORDER_PLATFORM, OF_DISK | OF_NIC, "order_platform" },
	{ VIRTIO_F_NOTIFICATION_DATA, OF_DISK | OF_NIC, "notification_data" },
	{ VIRTIO_F_NOTIF_CONFIG_DATA, OF_DISK | OF_NIC, "notif_config_data" },
	{ VIRTIO_F_RING_RESET, OF_DISK | OF_NIC, "ring_reset" },
};
#define FEATURES (sizeof(features) / sizeof(features[0]))

/*
 * What "-all" leaves: without it there is no modern device, and a read-only
 * medium stays one.
 */
static const uint64_t kept[KINDS] = {
	[DISK] =
	    VDEV_FEATURE(VIRTIO_F_VERSION_1) | VDEV_FEATURE(VIRTIO_BLK_F_RO),
	[NIC] = VDEV_FEATURE(VIRTIO_F_VERSION_1),
};

static uint64_t
all_features(enum kind kind)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < FEATURES; i++)
		if ((features[i].kinds & 1u << kind) != 0)
			bits |= VDEV_FEATURE(features[i].bit);
	return (bits & ~kept[kind]);
}

_Static_assert((int)DISKOPT_TRANSITIONAL == (int)VPCI_TRANSITIONAL &&
	(int)DISKOPT_LEGACY == (int)VPCI_LEGACY,
    "diskopt_apply() converts these");

static const char *
feature_name(enum kind kind, unsigned bit)
{
	for (size_t i = 0; i < FEATURES; i++) {
		if (features[i].bit == bit &&
		    (features[i].kinds & 1u << kind) != 0)
			return (features[i].name);
	}
	return (NULL);
}

const char *
diskopt_feature_name(unsigned bit)
{
	return (feature_name(DISK, bit));
}

const char *
diskopt_net_feature_name(unsigned bit)
{
	return (feature_name(NIC, bit));
}

/* Whether a feature of the other kind that comes before has this name. */
static bool
named_before(size_t feature)
{
	for (size_t i = 0; i < feature; i++)
		if (strcmp(features[i].name, features[feature].name) == 0)
			return (true);
	return (false);
}

static void
complain_of_feature(const char *name, size_t length)
{
	char list[1024];
	size_t used = 0;

	for (size_t i = 0; i < FEATURES; i++)
		if (!named_before(i))
			used += (size_t)snprintf(list + used,
			    sizeof(list) - used, " %s", features[i].name);
	cli_error("--features: no feature '%.*s'; known are:%s", (int)length,
	    name, list);
}

/* The bits of each kind of device that a name stands for. */
static bool
find_feature(const char *name, size_t length, uint64_t bits[KINDS])
{
	bool all = length == 3 && strncmp(name, "all", 3) == 0, found = all;

	for (unsigned kind = 0; kind < KINDS; kind++)
		bits[kind] = all ? all_features((enum kind)kind) : 0;
	for (size_t i = 0; i < FEATURES && !all; i++) {
		if (strlen(features[i].name) != length ||
		    strncmp(features[i].name, name, length) != 0)
			continue;
		found = true;
		for (unsigned kind = 0; kind < KINDS; kind++)
			if ((features[i].kinds & 1u << kind) != 0)
				bits[kind] |= VDEV_FEATURE(features[i].bit);
	}
	return (found);
}

/* What comes later in the list overrides what came before. */
static void
take_feature(bool without, uint64_t bits, uint64_t *removed, uint64_t *wanted)
{
	if (without) {
		*removed |= bits;
		*wanted &= ~bits;
	} else {
		*wanted |= bits;
		*removed &= ~bits;
	}
}

static bool
parse_features(struct diskopt *opt, const char *text)
{
	uint64_t bits[KINDS];
	const char *end;
	size_t length;
	bool without;

	for (;; text = end + 1) {
		end = strchrnul(text, ',');
		length = (size_t)(end - text);
		if (length < 2 || (*text != '-' && *text != '+') ||
		    strncmp(text, "+all", length) == 0) {
			cli_error("--features wants -NAME (not offered) or "
				  "+NAME (must be taken), not '%.*s'",
			    (int)length, text);
			return (false);
		}
		if (!find_feature(text + 1, length - 1, bits)) {
			complain_of_feature(text + 1, length - 1);
			return (false);
		}
		without = *text == '-';
		take_feature(without, bits[DISK], &opt->without,
		    &opt->demanded);
		take_feature(without, bits[NIC], &opt->net_without,
		    &opt->net_demanded);
		if (*end == '\0')
			return (true);
	}
}

/* A power of two. */
static bool
parse_power(const char *option, const char *text, uint64_t low, uint64_t high,
    uint64_t *value)
{
	if (!cli_number(option, text, low, high, value))
		return (false);
	if ((*value & (*value - 1)) == 0)
		return (true);
	cli_error("%s wants a power of two, not '%s'", option, text);
	return (false);
}

bool
diskopt_is(int id)
{
	return (id >= OPT_TRANSPORT && id <= OPT_REORDER);
}

bool
diskopt_parse(struct diskopt *opt, int id, const char *value)
{
	uint64_t number;
	int choice;

	switch (id) {
	case OPT_TRANSPORT:
		choice = cli_choice("--transport", value, transports);
		if (choice < 0)
			return (false);
		opt->transport = (enum diskopt_transport)choice;
		return (true);
	case OPT_INTERRUPTS:
		choice = cli_choice("--interrupts", value, interrupts);
		if (choice < 0)
			return (false);
		opt->interrupts = (enum diskopt_interrupts)choice;
		return (true);
	case OPT_FEATURES:
		return (parse_features(opt, value));
	case OPT_QUEUES:
		if (!cli_number("--queues", value, 1, QUEUES_MAX, &number))
			return (false);
		opt->nqueues = (uint16_t)number;
		return (true);
	case OPT_QUEUE_SIZE:
		if (!parse_power("--queue-size", value, 4, 32768, &number))
			return (false);
		opt->queue_size = (uint16_t)number;
		return (true);
	case OPT_BLOCK_SIZE:
		if (!parse_power("--block-size", value, 512, BLOCK_SIZE_MAX,
			&number))
			return (false);
		opt->block_size = (uint32_t)number;
		return (true);
	case OPT_REORDER:
		if (!cli_number("--reorder", value, 0, REORDER_MAX, &number))
			return (false);
		opt->reorder = (uint16_t)number;
		return (true);
	}
	return (false);
}

bool
diskopt_check(const struct diskopt *opt, const char *path, uint64_t size)
{
	if (opt->block_size != 0 && size % opt->block_size != 0) {
		cli_error("%s: %" PRIu64 " bytes are not a multiple of "
			  "--block-size %" PRIu32,
		    path, size, opt->block_size);
		return (false);
	}
	return (true);
}

/* A name that a disk's feature has, too. */
static bool
feature_twice(const char *name)
{
	for (size_t i = 0; i < FEATURES; i++)
		if ((features[i].kinds & OF_DISK) != 0 &&
		    strcmp(features[i].name, name) == 0)
			return (true);
	return (false);
}

static bool
demanded(const struct diskopt *opt, const struct feature *feature)
{
	const uint64_t bits =
	    ((feature->kinds & OF_DISK) != 0 ? opt->demanded : 0) |
	    ((feature->kinds & OF_NIC) != 0 ? opt->net_demanded : 0);

	return ((bits & VDEV_FEATURE(feature->bit)) != 0);
}

/* Whether a feature of this name is one of a kind that is there. */
static bool
known_here(const char *name, const unsigned count[KINDS])
{
	for (size_t i = 0; i < FEATURES; i++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			if (count[kind] > 0 &&
			    (features[i].kinds & 1u << kind) != 0 &&
			    strcmp(features[i].name, name) == 0)
				return (true);
	return (false);
}

bool
diskopt_check_kinds(const struct diskopt *opt, unsigned disks, unsigned nics)
{
	const unsigned count[KINDS] = { disks, nics };

	for (size_t i = 0; i < FEATURES; i++) {
		if (!demanded(opt, &features[i]) ||
		    known_here(features[i].name, count))
			continue;
		cli_error("--features +%s: no %s has it", features[i].name,
		    disks == 0 ? "network device" : "disk");
		return (false);
	}
	if (nics > 0 && opt->queue_size > NIC_QUEUE_SIZE_MAX) {
		cli_error("--queue-size: at most %d with a network device",
		    NIC_QUEUE_SIZE_MAX);
		return (false);
	}
	if (disks == 0 && (opt->block_size != 0 || opt->reorder != 0)) {
		cli_error("%s wants a disk",
		    opt->block_size != 0 ? "--block-size" : "--reorder");
		return (false);
	}
	return (true);
}

/* Adds ",-NAME"s and ",+NAME"s of features that are not in the list yet. */
static size_t
list_features(const struct diskopt *opt, bool all, char *list, size_t size)
{
	uint64_t bit, without, wanted;
	const struct feature *f;
	size_t used = strlen(list);
	unsigned kind;

	for (size_t i = 0; i < FEATURES; i++) {
		f = &features[i];
		kind = (f->kinds & OF_DISK) != 0 ? DISK : NIC;
		bit = VDEV_FEATURE(f->bit);
		without = kind == DISK ? opt->without : opt->net_without;
		wanted = kind == DISK ? opt->demanded : opt->net_demanded;
		if (all)
			without &= kept[kind];
		/* One name of both kinds stands in the list once. */
		if (kind == NIC && feature_twice(f->name))
			continue;
		if (((without | wanted) & bit) != 0)
			used += (size_t)snprintf(list + used, size - used,
			    ",%c%s", (wanted & bit) != 0 ? '+' : '-', f->name);
	}
	return (used);
}

static void
replay_features(const struct diskopt *opt, struct replay *replay)
{
	char list[2048] = "";
	bool all = (opt->without & ~kept[DISK]) ==
		(all_features(DISK) & ~opt->demanded) &&
	    (opt->without & ~kept[DISK]) != 0;

	if (all)
		strcpy(list, ",-all");
	if (list_features(opt, all, list, sizeof(list)) > 0)
		replay_option(replay, "--features", list + 1);
}

void
diskopt_replay(const struct diskopt *opt, struct replay *replay)
{
	if (opt->transport != DISKOPT_MODERN)
		replay_option(replay, "--transport",
		    diskopt_transport_name(opt));
	if (opt->interrupts != DISKOPT_MSIX)
		replay_option(replay, "--interrupts",
		    diskopt_interrupts_name(opt));
	replay_features(opt, replay);
	if (opt->nqueues != 0)
		replay_number(replay, "--queues", opt->nqueues);
	if (opt->queue_size != 0)
		replay_number(replay, "--queue-size", opt->queue_size);
	if (opt->block_size != 0)
		replay_number(replay, "--block-size", opt->block_size);
	if (opt->reorder != 0)
		replay_number(replay, "--reorder", opt->reorder);
}

static void
apply_pci(const struct diskopt *opt, struct vpci_virtio_config *pci)
{
	pci->kind = (enum vpci_kind)opt->transport;
	if (opt->interrupts == DISKOPT_MSIX_SHARED)
		pci->msix = 2;
	else if (opt->interrupts != DISKOPT_MSIX)
		pci->msix = VPCI_NO_MSIX;
	if (opt->interrupts == DISKOPT_MSI)
		pci->msi = 1;
}

void
diskopt_apply(const struct diskopt *opt, uint64_t seed,
    struct session_disk *disk)
{
	disk->blk.queue_size = opt->queue_size;
	disk->blk.nqueues = opt->nqueues;
	disk->blk.block_size = opt->block_size;
	disk->blk.without = opt->without;
	disk->blk.order.window = opt->reorder;
	disk->blk.order.seed = seed;
	apply_pci(opt, &disk->pci);
}

void
diskopt_apply_nic(const struct diskopt *opt, struct session_nic *nic)
{
	nic->net.queue_size = opt->queue_size;
	nic->net.pairs = opt->nqueues;
	nic->net.without = opt->net_without;
	apply_pci(opt, &nic->pci);
}

const char *
diskopt_transport_name(const struct diskopt *opt)
{
	return (transports[opt->transport]);
}

const char *
diskopt_interrupts_name(const struct diskopt *opt)
{
	return (interrupts[opt->interrupts]);
}
