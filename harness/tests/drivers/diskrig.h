/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine with one block device whose backend and event hook a test can
 * reach: to count, to fail, and to lie on the device's behalf.
 */
#ifndef RINGSIDE_TESTS_DRIVERS_DISKRIG_H
#define RINGSIDE_TESTS_DRIVERS_DISKRIG_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "model/blk.h"
#include "model/transport/pci_virtio.h"
#include "tests/fixture.h"

struct diskrig {
	/* Set by the test before diskrig_boot(). */
	uint64_t size; /* bytes; 0: 1 MiB */
	bool read_only;
	struct vblk_config blk;
	struct vpci_virtio_config pci;
	/* Puts another function in front of the device's, or NULL. */
	struct pci_function *(*wrap)(struct pci_function *);
	bool can_discard;
	/* Changes the device before it is plugged in, or NULL. */
	void (*tune)(struct diskrig *rig);
	/* Called for each event of the device, or NULL. */
	void (*event)(struct diskrig *rig, const struct model_event *event);

	/* At any time: what the device does wrong. */
	unsigned swallow; /* so many chains are taken and forgotten */
	bool deaf;	  /* it does nothing at all */
	bool silent;	  /* it sends no interrupts for queues */

	/* What a test may look at. */
	uint8_t *bytes; /* the medium */
	unsigned flushes;
	unsigned swallowed;
	unsigned resets; /* of the device */
	unsigned discards, zeroes;
	uint64_t range_offset, range_length; /* of the last of these */
	bool unmap;
	int fail_reads, fail_writes; /* errno of the host, or 0 */
	unsigned loads;		     /* DMA loads made for vioblk0 */
	unsigned reports;	     /* rules that the driver broke */
	struct model_event enabled;  /* the queue's MODEL_QUEUE_ENABLE */
	uint64_t status_gpa;	     /* of the chain taken last */
	uint16_t taken;		     /* chains taken */
	uint16_t given;		     /* chains given back */

	/* Private. */
	struct backend backend;
	struct backend *memory;
	struct vdev *dev;
	struct vpci_virtio *transport;
	struct pci_function *function; /* as plugged in */
	const struct vdev_ops *real_ops;
	struct vdev_ops ops;
	const struct vdev_transport_ops *real_transport_ops;
	struct vdev_transport_ops transport_ops;
	void *transport_arg;
};

/* The configuration space, to lie in. */
struct virtio_blk_config;
struct virtio_blk_config *diskrig_config(struct diskrig *rig);
/* vblk_stats() of the rig's device. */
void diskrig_stats(struct diskrig *rig, struct vblk_stats *stats);

/* Boots a machine with the disk in slot 1. */
void diskrig_boot(struct diskrig *rig);
/* Halts and judges: leaks, misuse, panics; and broken rules, if `clean`. */
void diskrig_halt(struct diskrig *rig, bool clean);

/* One operation in a kernel thread; returns FreeBSD's errno. */
int diskrig_read(uint64_t offset, void *buffer, size_t length);
int diskrig_write(uint64_t offset, const void *buffer, size_t length);
int diskrig_flush(void);
int diskrig_delete(uint64_t offset, size_t length);
/* A sysctl below dev.vioblk.0, or 0 with a failed check. */
uint64_t diskrig_sysctl(const char *name);
/* Writes one; returns FreeBSD's errno. */
int diskrig_set_sysctl(const char *name, const char *value);
/* What GEOM knows of vbd0. */
void diskrig_info(struct kernel_disk_info *info);

/* Writes guest memory as the device could. */
void diskrig_poke(uint64_t gpa, const void *bytes, size_t length);
/* Where the used element stands that the device has just given. */
uint64_t diskrig_used_element(const struct diskrig *rig);

#endif /* !RINGSIDE_TESTS_DRIVERS_DISKRIG_H */
