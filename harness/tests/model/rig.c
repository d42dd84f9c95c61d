/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The rig: see rig.h.
 */
#include "tests/model/rig.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/transport/pci.h"
#include "tests/test.h"

/*
 * --- the host ---
 */

static void
rig_msi(void *arg, uint64_t address, uint32_t data)
{
	struct rig *rig = arg;

	rig->msis++;
	rig->msi_address = address;
	rig->msi_data = data;
}

static void
rig_intx(void *arg, bool level)
{
	((struct rig *)arg)->intx = level;
}

static void
rig_schedule(void *arg, struct vdev *dev)
{
	((struct rig *)arg)->schedules++;
}

static void
rig_ring_point(void *arg)
{
	struct rig *rig = arg;

	rig->points++;
	if (rig->point != NULL)
		rig->point(rig);
}

static void
rig_event(void *arg, const struct model_event *event)
{
	struct rig *rig = arg;
	struct rig_report *report;
	unsigned n;

	rig->events[event->type]++;
	rig->last[event->type] = *event;
	if (event->type == MODEL_TAKE) {
		n = event->take.count + event->take.table_count;
		if (n > RIG_LOG)
			n = RIG_LOG;
		memcpy(rig->descs, event->take.descs,
		    n * sizeof(rig->descs[0]));
		n = event->take.count < RIG_LOG ? event->take.count : RIG_LOG;
		memcpy(rig->indices, event->take.indices,
		    n * sizeof(rig->indices[0]));
	}
	if (event->type != MODEL_REPORT || rig->nreports == RIG_REPORTS)
		return;
	report = &rig->reports[rig->nreports++];
	(void)snprintf(report->clause, sizeof(report->clause), "%s",
	    event->report.clause);
	(void)snprintf(report->text, sizeof(report->text), "%s",
	    event->report.text);
}

void
rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->ram = aligned_alloc(4096, RIG_SIZE);
	assert(rig->ram != NULL);
	memset(rig->ram, 0, RIG_SIZE);
	rig->host.arg = rig;
	rig->host.mem.regions[0] =
	    (struct gmem_region) { RIG_BASE, RIG_SIZE, rig->ram };
	rig->host.mem.nregions = 1;
	rig->host.msi = rig_msi;
	rig->host.intx = rig_intx;
	rig->host.schedule = rig_schedule;
	rig->host.event = rig_event;
	rig->host.event_arg = rig;
}

void
rig_fini(struct rig *rig)
{
	vpci_virtio_free(rig->transport);
	vdev_free(rig->dev);
	backend_close(rig->backend);
	free(rig->ram);
	memset(rig, 0, sizeof(*rig));
}

void
rig_points(struct rig *rig, void (*point)(struct rig *))
{
	rig->point = point;
	rig->host.ring_point = rig_ring_point;
}

void *
rig_at(struct rig *rig, uint64_t gpa)
{
	return (rig->ram + (gpa - RIG_BASE));
}

bool
rig_reported(struct rig *rig, const char *clause)
{
	bool found;
	unsigned i;

	found = false;
	for (i = 0; i < rig->nreports; i++)
		found |= strcmp(rig->reports[i].clause, clause) == 0;
	rig->nreports = 0;
	return (found);
}

/*
 * --- the transport ---
 */

void
rig_transport(struct rig *rig, struct vdev *dev)
{
	rig_transport_pci(rig, dev, NULL);
}

void
rig_transport_pci(struct rig *rig, struct vdev *dev,
    const struct vpci_virtio_config *pci)
{
	assert(dev != NULL);
	rig->dev = dev;
	rig->transport = vpci_virtio_new(dev, &rig->host, pci);
	assert(rig->transport != NULL);
	rig->fn = vpci_virtio_function(rig->transport);
	rig_config_write(rig, VPCI_COMMAND,
	    VPCI_COMMAND_MEMORY | VPCI_COMMAND_IO | VPCI_COMMAND_MASTER, 2);
}

void
rig_blk(struct rig *rig, uint64_t sectors, const struct vblk_config *config,
    bool read_only)
{
	rig_blk_pci(rig, sectors, config, read_only, NULL);
}

void
rig_blk_pci(struct rig *rig, uint64_t sectors, const struct vblk_config *config,
    bool read_only, const struct vpci_virtio_config *pci)
{
	const struct vblk_config none = { .name = NULL };
	int error;

	rig_init(rig);
	error = backend_memory_new(sectors * BACKEND_SECTOR, read_only,
	    &rig->backend);
	assert(error == 0);
	(void)error;
	rig_transport_pci(rig,
	    vblk_new(config != NULL ? config : &none, rig->backend), pci);
}

uint32_t
rig_config_read(struct rig *rig, unsigned offset, unsigned width)
{
	return (rig->fn->ops->config_read(rig->fn, offset, width));
}

void
rig_config_write(struct rig *rig, unsigned offset, uint32_t value,
    unsigned width)
{
	rig->fn->ops->config_write(rig->fn, offset, value, width);
}

uint64_t
rig_read(struct rig *rig, unsigned offset, unsigned width)
{
	return (
	    rig->fn->ops->bar_read(rig->fn, VPCI_MODERN_BAR, offset, width));
}

void
rig_write(struct rig *rig, unsigned offset, uint64_t value, unsigned width)
{
	rig->fn->ops->bar_write(rig->fn, VPCI_MODERN_BAR, offset, value, width);
}

uint32_t
rig_port_read(struct rig *rig, unsigned offset, unsigned width)
{
	return (
	    rig->fn->ops->bar_read(rig->fn, VPCI_LEGACY_BAR, offset, width));
}

void
rig_port_write(struct rig *rig, unsigned offset, uint32_t value, unsigned width)
{
	rig->fn->ops->bar_write(rig->fn, VPCI_LEGACY_BAR, offset, value, width);
}

uint32_t
rig_common(struct rig *rig, unsigned offset, unsigned width)
{
	return (rig_read(rig, VPCI_MODERN_COMMON_OFFSET + offset, width));
}

void
rig_set_common(struct rig *rig, unsigned offset, uint32_t value, unsigned width)
{
	rig_write(rig, VPCI_MODERN_COMMON_OFFSET + offset, value, width);
}

void
rig_negotiate(struct rig *rig, uint64_t features)
{
	RIG_SET(rig, device_status, 0);
	RIG_SET(rig, device_status, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	RIG_SET(rig, device_status,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	RIG_SET(rig, driver_feature_select, 0);
	RIG_SET(rig, driver_feature, (uint32_t)features);
	RIG_SET(rig, driver_feature_select, 1);
	RIG_SET(rig, driver_feature, features >> 32);
	RIG_SET(rig, device_status,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
		VIRTIO_CONFIG_S_FEATURES_OK);
}

void
rig_enable_queue(struct rig *rig, uint16_t size)
{
	rig_ring(rig, size);
	RIG_SET(rig, queue_select, 0);
	RIG_SET(rig, queue_size, size);
	RIG_SET(rig, queue_desc_lo, rig->desc_gpa);
	RIG_SET(rig, queue_desc_hi, rig->desc_gpa >> 32);
	RIG_SET(rig, queue_driver_lo, rig->avail_gpa);
	RIG_SET(rig, queue_driver_hi, rig->avail_gpa >> 32);
	RIG_SET(rig, queue_device_lo, rig->used_gpa);
	RIG_SET(rig, queue_device_hi, rig->used_gpa >> 32);
	RIG_SET(rig, queue_enable, 1);
}

void
rig_driver_ok(struct rig *rig)
{
	RIG_SET(rig, device_status,
	    RIG_GET(rig, device_status) | VIRTIO_CONFIG_S_DRIVER_OK);
}

void
rig_start(struct rig *rig, uint16_t size)
{
	rig_negotiate(rig, rig->dev->offered);
	rig_enable_queue(rig, size);
	rig_driver_ok(rig);
}

void
rig_setup_legacy(struct rig *rig, uint32_t features)
{
	const uint64_t queue = RIG_BASE + 0x10000;

	RIG_PORT_SET(rig, device_status, 0);
	RIG_PORT_SET(rig, device_status, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	RIG_PORT_SET(rig, device_status,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	RIG_PORT_SET(rig, driver_features, features);
	RIG_PORT_SET(rig, queue_select, 0);
	rig_ring(rig, RIG_PORT_GET(rig, queue_size));
	/* Section 2.7.2 */
	rig->desc_gpa = queue;
	rig->avail_gpa = queue + 16 * rig->qsize;
	rig->used_gpa =
	    (rig->avail_gpa + 2 * (3 + rig->qsize) + 0xfff) & ~UINT64_C(0xfff);
	RIG_PORT_SET(rig, queue_address, queue >> 12);
}

void
rig_start_legacy(struct rig *rig)
{
	RIG_PORT_SET(rig, device_status, 0);
	rig_setup_legacy(rig, RIG_PORT_GET(rig, device_features));
	RIG_PORT_SET(rig, device_status,
	    RIG_PORT_GET(rig, device_status) | VIRTIO_CONFIG_S_DRIVER_OK);
}

void
rig_work(struct rig *rig)
{
	unsigned rounds;

	for (rounds = 0; rig->schedules != 0 && rounds < 1000; rounds++) {
		rig->schedules = 0;
		vdev_run(rig->dev);
	}
}

void
rig_kick(struct rig *rig)
{
	if (rig->dev->legacy)
		RIG_PORT_SET(rig, queue_notify, 0);
	else
		rig_write(rig, VPCI_MODERN_NOTIFY_OFFSET, 0, 2);
	rig_work(rig);
}

/*
 * --- the ring ---
 */

void
rig_ring(struct rig *rig, uint16_t size)
{
	rig->qsize = size;
	rig->desc_gpa = RIG_BASE;
	rig->avail_gpa = RIG_BASE + 0x10000;
	rig->used_gpa = RIG_BASE + 0x20000;
	rig->avail_idx = 0;
	memset(rig->ram, 0, RIG_BUFFERS - RIG_BASE);
}

void
rig_desc(struct rig *rig, unsigned i, uint64_t gpa, uint32_t length,
    uint16_t flags, uint16_t next)
{
	struct virtq_desc *desc = rig_at(rig, rig->desc_gpa);

	desc[i].addr = wire64(gpa);
	desc[i].len = wire32(length);
	desc[i].flags = wire16(flags);
	desc[i].next = wire16(next);
}

void
rig_set_avail_idx(struct rig *rig, uint16_t idx)
{
	struct virtq_avail *avail = rig_at(rig, rig->avail_gpa);

	rig->avail_idx = idx;
	__atomic_store_n(&avail->idx, wire16(idx), __ATOMIC_RELEASE);
}

void
rig_avail(struct rig *rig, uint16_t head)
{
	struct virtq_avail *avail = rig_at(rig, rig->avail_gpa);

	avail->ring[rig->avail_idx & (rig->qsize - 1)] = wire16(head);
	rig_set_avail_idx(rig, rig->avail_idx + 1);
}

void
rig_set_avail_flags(struct rig *rig, uint16_t flags)
{
	struct virtq_avail *avail = rig_at(rig, rig->avail_gpa);

	avail->flags = wire16(flags);
}

uint16_t
rig_used_idx(struct rig *rig)
{
	struct virtq_used *used = rig_at(rig, rig->used_gpa);

	return (wire16(__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE)));
}

uint16_t
rig_used_flags(struct rig *rig)
{
	struct virtq_used *used = rig_at(rig, rig->used_gpa);

	return (wire16(used->flags));
}

void
rig_set_used_event(struct rig *rig, uint16_t event)
{
	struct virtq_avail *avail = rig_at(rig, rig->avail_gpa);

	avail->ring[rig->qsize] = wire16(event);
}

uint16_t
rig_avail_event(struct rig *rig)
{
	return (wire16(*(le16 *)rig_at(rig,
	    rig->used_gpa + offsetof(struct virtq_used, ring) +
		rig->qsize * sizeof(struct virtq_used_elem))));
}

struct virtq_used_elem
rig_used(struct rig *rig, unsigned slot)
{
	struct virtq_used *used = rig_at(rig, rig->used_gpa);
	struct virtq_used_elem elem;

	elem.id = wire32(used->ring[slot & (rig->qsize - 1)].id);
	elem.len = wire32(used->ring[slot & (rig->qsize - 1)].len);
	return (elem);
}

void
rig_expect_broken(struct rig *rig, struct vring *ring, const char *clause)
{
	struct vring_chain chain;
	unsigned msis = rig->msis;

	RIG_SET(rig, config_msix_vector, VIRTIO_MSI_NO_VECTOR);
	T_EQ(vring_take(ring, &chain), VRING_STOPPED);
	T_TRUE(rig_reported(rig, clause));
	T_TRUE(RIG_GET(rig, device_status) & VIRTIO_CONFIG_S_NEEDS_RESET);
	/* Nothing more is taken, nor reported. */
	T_EQ(vring_take(ring, &chain), VRING_STOPPED);
	T_EQ(rig->nreports, 0);
	T_EQ(rig->msis, msis);
	T_EQ(rig_used_idx(rig), 0);
}

/*
 * --- block requests ---
 */

void
rig_header(struct rig *rig, uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr *header = rig_at(rig, RIG_HEADER);

	header->type = wire32(type);
	header->reserved = 0;
	header->sector = wire64(sector);
}

uint8_t
rig_request(struct rig *rig, uint32_t type, uint64_t sector, uint32_t length,
    uint32_t *used)
{
	const bool out = type == VIRTIO_BLK_T_OUT;
	uint8_t *status = rig_at(rig, RIG_STATUS);
	uint16_t before = rig_used_idx(rig);

	*status = 0xee;
	rig_header(rig, type, sector);
	rig_desc(rig, 0, RIG_HEADER, 16, VIRTQ_DESC_F_NEXT,
	    length != 0 ? 1 : 2);
	rig_desc(rig, 1, RIG_DATA, length,
	    VIRTQ_DESC_F_NEXT | (out ? 0 : VIRTQ_DESC_F_WRITE), 2);
	rig_desc(rig, 2, RIG_STATUS, 1, VIRTQ_DESC_F_WRITE, 0);
	rig_avail(rig, 0);
	rig_kick(rig);
	if ((uint16_t)(rig_used_idx(rig) - before) != 1)
		return (0xff);
	if (used != NULL)
		*used = rig_used(rig, before).len;
	return (*status);
}
