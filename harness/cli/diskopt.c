/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Options of disks' devices; see diskopt.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/diskopt.h"
#include "model/device.h"
#include "model/wire/blk.h"
#include "model/wire/config.h"

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
	    "virtqueues for requests, 1 to 32 (default 1)" },
	{ OPT_QUEUE_SIZE, "queue-size", "N",
	    "entries of a virtqueue, a power of two from 4 to\n"
	    "32768 (default 256)" },
	{ OPT_BLOCK_SIZE, "block-size", "N",
	    "bytes of a block, a power of two from 512 to 4096\n"
	    "(default 512)" },
	{ OPT_REORDER, "reorder", "N",
	    "the device completes up to N requests out of order,\n"
	    "0 to 4096, drawn from the seed (default 0)" },
	CLI_OPTION_END,
};

#define QUEUES_MAX     32
#define BLOCK_SIZE_MAX 4096
#define REORDER_MAX    4096

static const char *const transports[] = { "modern", "transitional", "legacy",
	NULL };
static const char *const interrupts[] = { "msix", "msix-shared", "msi", "intx",
	NULL };

/* Virtio 1.3, sections 5.2.3 and 6. */
static const struct feature {
	uint8_t bit;
	const char *name;
} features[] = {
	{ VIRTIO_BLK_F_SIZE_MAX, "size_max" },
	{ VIRTIO_BLK_F_SEG_MAX, "seg_max" },
	{ VIRTIO_BLK_F_GEOMETRY, "geometry" },
	{ VIRTIO_BLK_F_RO, "ro" },
	{ VIRTIO_BLK_F_BLK_SIZE, "blk_size" },
	{ VIRTIO_BLK_F_FLUSH, "flush" },
	{ VIRTIO_BLK_F_TOPOLOGY, "topology" },
	{ VIRTIO_BLK_F_CONFIG_WCE, "config_wce" },
	{ VIRTIO_BLK_F_MQ, "mq" },
	{ VIRTIO_BLK_F_DISCARD, "discard" },
	{ VIRTIO_BLK_F_WRITE_ZEROES, "write_zeroes" },
	{ VIRTIO_BLK_F_LIFETIME, "lifetime" },
	{ VIRTIO_BLK_F_SECURE_ERASE, "secure_erase" },
	{ VIRTIO_BLK_F_ZONED, "zoned" },
	{ VIRTIO_F_NOTIFY_ON_EMPTY, "notify_on_empty" },
	{ VIRTIO_F_ANY_LAYOUT, "any_layout" },
	{ VIRTIO_RING_F_INDIRECT_DESC, "indirect_desc" },
	{ VIRTIO_RING_F_EVENT_IDX, "event_idx" },
	{ VIRTIO_F_VERSION_1, "version_1" },
	{ VIRTIO_F_ACCESS_PLATFORM, "access_platform" },
	{ VIRTIO_F_RING_PACKED, "ring_packed" },
	{ VIRTIO_F_IN_ORDER, "in_order" },
	{ VIRTIO_F_ORDER_PLATFORM, "order_platform" },
	{ VIRTIO_F_NOTIFICATION_DATA, "notification_data" },
	{ VIRTIO_F_NOTIF_CONFIG_DATA, "notif_config_data" },
	{ VIRTIO_F_RING_RESET, "ring_reset" },
};
#define FEATURES (sizeof(features) / sizeof(features[0]))

/*
 * What "-all" leaves: without it there is no modern device, and a read-only
 * medium stays one.
 */
#define KEPT (VDEV_FEATURE(VIRTIO_F_VERSION_1) | VDEV_FEATURE(VIRTIO_BLK_F_RO))

static uint64_t
all_features(void)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < FEATURES; i++)
		bits |= VDEV_FEATURE(features[i].bit);
	return (bits & ~KEPT);
}

_Static_assert((int)DISKOPT_TRANSITIONAL == (int)VPCI_TRANSITIONAL &&
	(int)DISKOPT_LEGACY == (int)VPCI_LEGACY,
    "diskopt_apply() converts these");

const char *
diskopt_feature_name(unsigned bit)
{
	for (size_t i = 0; i < FEATURES; i++) {
		if (features[i].bit == bit)
			return (features[i].name);
	}
	return (NULL);
}

static void
complain_of_feature(const char *name, size_t length)
{
	char list[512];
	size_t used = 0;

	for (size_t i = 0; i < FEATURES; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
		    " %s", features[i].name);
	cli_error("--features: no feature '%.*s'; known are:%s", (int)length,
	    name, list);
}

static bool
find_feature(const char *name, size_t length, uint64_t *bits)
{
	if (length == 3 && strncmp(name, "all", 3) == 0) {
		*bits = all_features();
		return (true);
	}
	for (size_t i = 0; i < FEATURES; i++) {
		if (strlen(features[i].name) == length &&
		    strncmp(features[i].name, name, length) == 0) {
			*bits = VDEV_FEATURE(features[i].bit);
			return (true);
		}
	}
	return (false);
}

/* What comes later in the list overrides what came before. */
static bool
parse_features(struct diskopt *opt, const char *text)
{
	const char *end;
	uint64_t bits;
	size_t length;

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
		if (!find_feature(text + 1, length - 1, &bits)) {
			complain_of_feature(text + 1, length - 1);
			return (false);
		}
		if (*text == '-') {
			opt->without |= bits;
			opt->demanded &= ~bits;
		} else {
			opt->demanded |= bits;
			opt->without &= ~bits;
		}
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

static void
replay_features(const struct diskopt *opt, struct replay *replay)
{
	char list[1024] = "";
	size_t used = 0;
	uint64_t bit, without = opt->without;

	if ((without & ~KEPT) == (all_features() & ~opt->demanded) &&
	    (without & ~KEPT) != 0) {
		used += (size_t)snprintf(list, sizeof(list), ",-all");
		without &= KEPT;
	}
	for (size_t i = 0; i < FEATURES; i++) {
		bit = VDEV_FEATURE(features[i].bit);
		if (((without | opt->demanded) & bit) != 0)
			used +=
			    (size_t)snprintf(list + used, sizeof(list) - used,
				",%c%s", (opt->demanded & bit) != 0 ? '+' : '-',
				features[i].name);
	}
	if (used > 0)
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

void
diskopt_apply(const struct diskopt *opt, uint64_t seed,
    struct session_disk *disk)
{
	disk->blk.queue_size = opt->queue_size;
	disk->blk.nqueues = opt->nqueues;
	disk->blk.block_size = opt->block_size;
	disk->blk.without = opt->without;
	disk->pci.kind = (enum vpci_kind)opt->transport;
	if (opt->interrupts == DISKOPT_MSIX_SHARED)
		disk->pci.msix = 2;
	else if (opt->interrupts != DISKOPT_MSIX)
		disk->pci.msix = VPCI_NO_MSIX;
	if (opt->interrupts == DISKOPT_MSI)
		disk->pci.msi = 1;
	disk->blk.order.window = opt->reorder;
	disk->blk.order.seed = seed;
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
