/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine as small as it can be, for tests of the model: guest memory on
 * the heap, a host that writes down what the device asks of it, and the
 * driver's side of a split virtqueue written by hand.
 */
#ifndef RINGSIDE_TESTS_MODEL_RIG_H
#define RINGSIDE_TESTS_MODEL_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "model/backend/backend.h"
#include "model/blk.h"
#include "model/device.h"
#include "model/transport/pci_virtio.h"
#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "model/wire/pci.h"

#define RIG_BASE    UINT64_C(0x10000) /* the first byte of guest memory */
#define RIG_SIZE    (1u << 20)
#define RIG_BUFFERS (RIG_BASE + 0x40000) /* beyond the rings */
#define RIG_REPORTS 32
#define RIG_LOG	    64

struct rig_report {
	char clause[24];
	char text[256];
};

struct rig {
	uint8_t *ram;
	struct vdev_host host;
	/* What the device has asked for. */
	unsigned msis;
	uint64_t msi_address; /* of the last one */
	uint32_t msi_data;
	bool intx;
	unsigned schedules;
	unsigned events[MODEL_REPORT + 1];
	struct model_event last[MODEL_REPORT + 1]; /* pointers are stale */
	struct virtq_desc descs[RIG_LOG];	   /* of the last TAKE */
	uint16_t indices[RIG_LOG];
	unsigned nreports;
	struct rig_report reports[RIG_REPORTS];
	/* Called by ring_point when rig_points() has switched it on. */
	void (*point)(struct rig *);
	unsigned points;

	/* rig_transport() and what follows. */
	struct vdev *dev;
	struct vpci_virtio *transport;
	struct pci_function *fn;
	/* rig_blk() */
	struct backend *backend;

	/* The driver's ring: queue 0. */
	uint16_t qsize;
	uint64_t desc_gpa;
	uint64_t avail_gpa;
	uint64_t used_gpa;
	uint16_t avail_idx;
};

void rig_init(struct rig *rig);
/* Frees everything that was made. */
void rig_fini(struct rig *rig);
void rig_points(struct rig *rig, void (*point)(struct rig *));
/* Host address of guest memory; no checks. */
void *rig_at(struct rig *rig, uint64_t gpa);

/* Whether a report of this clause was made; forgets all reports. */
bool rig_reported(struct rig *rig, const char *clause);

/*
 * --- with a transport ---
 */

/* Puts the device behind a PCI function with bus mastering on. */
void rig_transport(struct rig *rig, struct vdev *dev);
void rig_transport_pci(struct rig *rig, struct vdev *dev,
    const struct vpci_virtio_config *pci);
/* A block device on a memory backend of `sectors`, behind a transport. */
void rig_blk(struct rig *rig, uint64_t sectors,
    const struct vblk_config *config, bool read_only);

void rig_blk_pci(struct rig *rig, uint64_t sectors,
    const struct vblk_config *config, bool read_only,
    const struct vpci_virtio_config *pci);

uint32_t rig_config_read(struct rig *rig, unsigned offset, unsigned width);
void rig_config_write(struct rig *rig, unsigned offset, uint32_t value,
    unsigned width);
/* Registers of the modern transport. */
uint64_t rig_read(struct rig *rig, unsigned offset, unsigned width);
void rig_write(struct rig *rig, unsigned offset, uint64_t value,
    unsigned width);
/* Registers of the legacy transport. */
uint32_t rig_port_read(struct rig *rig, unsigned offset, unsigned width);
void rig_port_write(struct rig *rig, unsigned offset, uint32_t value,
    unsigned width);
uint32_t rig_common(struct rig *rig, unsigned offset, unsigned width);
void rig_set_common(struct rig *rig, unsigned offset, uint32_t value,
    unsigned width);

#define RIG_COMMON(field) offsetof(struct virtio_pci_common_cfg, field)
#define RIG_LEGACY(field) offsetof(struct virtio_pci_legacy, field)
#define RIG_PORT_GET(rig, field)              \
	rig_port_read(rig, RIG_LEGACY(field), \
	    sizeof(((struct virtio_pci_legacy *)0)->field))
#define RIG_PORT_SET(rig, field, v)                 \
	rig_port_write(rig, RIG_LEGACY(field), (v), \
	    sizeof(((struct virtio_pci_legacy *)0)->field))
#define RIG_GET(rig, field)                \
	rig_common(rig, RIG_COMMON(field), \
	    sizeof(((struct virtio_pci_common_cfg *)0)->field))
#define RIG_SET(rig, field, v)                      \
	rig_set_common(rig, RIG_COMMON(field), (v), \
	    sizeof(((struct virtio_pci_common_cfg *)0)->field))

/* ACKNOWLEDGE, DRIVER, these features, FEATURES_OK. */
void rig_negotiate(struct rig *rig, uint64_t features);
/* Sets up and enables queue 0 with the rig's areas. */
void rig_enable_queue(struct rig *rig, uint16_t size);
void rig_driver_ok(struct rig *rig);
/* All of it, with every feature that is offered. */
void rig_start(struct rig *rig, uint16_t size);
/*
 * The same by the legacy interface, up to where queue 0 is enabled, and up to
 * DRIVER_OK; the size is the device's.
 */
void rig_setup_legacy(struct rig *rig, uint32_t features);
void rig_start_legacy(struct rig *rig);
/* Rings the doorbell of queue 0 and lets the device work it off. */
void rig_kick(struct rig *rig);
void rig_work(struct rig *rig);

/*
 * --- the driver's side of the ring ---
 */

/* Places the areas and zeroes them. */
void rig_ring(struct rig *rig, uint16_t size);
void rig_desc(struct rig *rig, unsigned i, uint64_t gpa, uint32_t length,
    uint16_t flags, uint16_t next);
void rig_avail(struct rig *rig, uint16_t head);
void rig_set_avail_idx(struct rig *rig, uint16_t idx);
void rig_set_avail_flags(struct rig *rig, uint16_t flags);
uint16_t rig_used_idx(struct rig *rig);
uint16_t rig_used_flags(struct rig *rig);
/* With EVENT_IDX: which entry the driver, and the device, wants to hear of. */
void rig_set_used_event(struct rig *rig, uint16_t event);
uint16_t rig_avail_event(struct rig *rig);
struct virtq_used_elem rig_used(struct rig *rig, unsigned slot);
/*
 * The next take must fail by that rule, the device must say so, and nothing
 * more may come of it.
 */
void rig_expect_broken(struct rig *rig, struct vring *ring, const char *clause);

/*
 * --- block requests: header and status in guest memory ---
 */

#define RIG_HEADER (RIG_BUFFERS)
#define RIG_STATUS (RIG_BUFFERS + 0x100)
#define RIG_DATA   (RIG_BUFFERS + 0x1000)

void rig_header(struct rig *rig, uint32_t type, uint64_t sector);
/*
 * One request of header, `length` bytes of data at RIG_DATA (none when 0) and
 * status, kicked and done.  Returns the status; `used` receives the length.
 */
uint8_t rig_request(struct rig *rig, uint32_t type, uint64_t sector,
    uint32_t length, uint32_t *used);

#endif /* !RINGSIDE_TESTS_MODEL_RIG_H */
