/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The options that say what kind of device a disk is, or a network interface:
 * the same, with the same spelling, for every subcommand that plugs them in.
 */
#ifndef RINGSIDE_CLI_DISKOPT_H
#define RINGSIDE_CLI_DISKOPT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/option.h"
#include "cli/replay.h"
#include "cli/session.h"

enum diskopt_transport {
	DISKOPT_MODERN,
	DISKOPT_TRANSITIONAL,
	DISKOPT_LEGACY,
};

enum diskopt_interrupts {
	DISKOPT_MSIX,	     /* a vector a queue, and one for configuration */
	DISKOPT_MSIX_SHARED, /* too few vectors for that: two */
	DISKOPT_MSI,
	DISKOPT_INTX,
};

/* All zeros: a device as it is by default. */
struct diskopt {
	enum diskopt_transport transport;
	enum diskopt_interrupts interrupts;
	/* Bit n: feature n is not offered; the driver must take it. */
	uint64_t without;
	uint64_t demanded;
	uint64_t net_without; /* of a network device */
	uint64_t net_demanded;
	uint16_t nqueues; /* or pairs of them */
	uint16_t queue_size;
	uint32_t block_size;
	uint16_t reorder; /* requests held back at a time */
};

/*
 * To be listed among a subcommand's tables; ids are 512 and above.  The first
 * is for any device, the other for disks.
 */
extern const struct cli_option diskopt_options[];
extern const struct cli_option diskopt_disk_options[];

/* Whether `id` is one of them. */
bool diskopt_is(int id);
/* Takes the option's value; false after complaining. */
bool diskopt_parse(struct diskopt *opt, int id, const char *value);
/*
 * Options that contradict each other, or do not suit a disk of `size` bytes;
 * false after complaining.
 */
bool diskopt_check(const struct diskopt *opt, const char *path, uint64_t size);
/*
 * The same of what there are, so many disks and network devices: that none
 * is asked for in vain.
 */
bool diskopt_check_kinds(const struct diskopt *opt, unsigned disks,
    unsigned nics);
/* The options that are not as by default. */
void diskopt_replay(const struct diskopt *opt, struct replay *replay);
/* Configures the device; `seed` is of what the device draws. */
void diskopt_apply(const struct diskopt *opt, uint64_t seed,
    struct session_disk *disk);
void diskopt_apply_nic(const struct diskopt *opt, struct session_nic *nic);

/* "modern", "msix"... */
const char *diskopt_transport_name(const struct diskopt *opt);
const char *diskopt_interrupts_name(const struct diskopt *opt);

/*
 * The specification's name of a feature in lower case, without VIRTIO_BLK_F_
 * and its like; NULL when the bit has none.  Of a disk; of a network device.
 */
const char *diskopt_feature_name(unsigned bit);
const char *diskopt_net_feature_name(unsigned bit);

#endif /* !RINGSIDE_CLI_DISKOPT_H */
