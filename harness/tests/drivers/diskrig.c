/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See diskrig.h.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/memory.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

/*
 * --- the backend: memory that can be told to fail ---
 */

static struct diskrig *
rig_of(struct backend *backend)
{
	return ((struct diskrig *)(void *)((char *)backend -
	    offsetof(struct diskrig, backend)));
}

static int
rig_preadv(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	struct diskrig *rig = rig_of(backend);

	if (rig->fail_reads != 0)
		return (rig->fail_reads);
	return (backend_preadv(rig->memory, iov, iovcnt, offset));
}

static int
rig_pwritev(struct backend *backend, struct iovec *iov, unsigned iovcnt,
    uint64_t offset)
{
	struct diskrig *rig = rig_of(backend);

	if (rig->fail_writes != 0)
		return (rig->fail_writes);
	return (backend_pwritev(rig->memory, iov, iovcnt, offset));
}

static int
rig_flush(struct backend *backend)
{
	rig_of(backend)->flushes++;
	return (0);
}

static int
rig_discard(struct backend *backend, uint64_t offset, uint64_t length)
{
	struct diskrig *rig = rig_of(backend);

	rig->discards++;
	rig->range_offset = offset;
	rig->range_length = length;
	memset(rig->bytes + offset, 0, length);
	return (0);
}

static int
rig_write_zeroes(struct backend *backend, uint64_t offset, uint64_t length,
    bool may_unmap)
{
	struct diskrig *rig = rig_of(backend);

	rig->zeroes++;
	rig->range_offset = offset;
	rig->range_length = length;
	rig->unmap = may_unmap;
	memset(rig->bytes + offset, 0, length);
	return (0);
}

static int
rig_resize(struct backend *backend, uint64_t size)
{
	struct diskrig *rig = rig_of(backend);
	int error = backend_resize(rig->memory, size);

	if (error == 0) {
		rig->bytes = backend_memory_bytes(rig->memory);
		backend->size = size;
	}
	return (error);
}

static void
rig_close(struct backend *backend)
{
	backend_close(rig_of(backend)->memory);
}

static const struct backend_ops rig_ops = {
	.preadv = rig_preadv,
	.pwritev = rig_pwritev,
	.flush = rig_flush,
	.discard = rig_discard,
	.write_zeroes = rig_write_zeroes,
	.resize = rig_resize,
	.close = rig_close,
};

/*
 * --- the device ---
 */

static void
rig_event(void *arg, const struct model_event *event)
{
	struct diskrig *rig = arg;
	const struct virtq_desc *last;

	switch (event->type) {
	case MODEL_REPORT:
		rig->reports++;
		break;
	case MODEL_QUEUE_ENABLE:
		rig->enabled = *event;
		rig->taken = rig->given = 0;
		break;
	case MODEL_TAKE:
		last = event->take.table_count > 0 ?
		    &event->take.table[event->take.table_count - 1] :
		    &event->take.descs[event->take.count - 1];
		rig->status_gpa = wire64(last->addr) + wire32(last->len) - 1;
		rig->taken++;
		break;
	case MODEL_GIVE:
		rig->given++;
		break;
	case MODEL_RESET:
		rig->resets++;
		break;
	default:
		break;
	}
	if (rig->event != NULL)
		rig->event(rig, event);
}

/*
 * What the device does wrong comes in between the core and the device, and
 * between the core and the transport.
 */
static struct diskrig *plugged;

static bool
rig_process(struct vdev *dev, unsigned queue)
{
	struct vring *ring = &vdev_queue(dev, queue)->ring;
	struct vring_chain chain;

	if (plugged->deaf)
		return (false);
	while (
	    plugged->swallow > 0 && vring_take(ring, &chain) == VRING_TAKEN) {
		plugged->swallow--;
		plugged->swallowed++;
	}
	return (plugged->real_ops->process(dev, queue));
}

static bool
rig_interrupt(void *arg, unsigned queue)
{
	if (plugged->silent)
		return (false);
	return (plugged->real_transport_ops->interrupt(arg, queue));
}

static void
rig_misbehave(struct diskrig *rig)
{
	plugged = rig;
	rig->real_ops = rig->dev->ops;
	rig->ops = *rig->real_ops;
	rig->ops.process = rig_process;
	rig->dev->ops = &rig->ops;
	rig->real_transport_ops = rig->dev->transport;
	rig->transport_ops = *rig->real_transport_ops;
	rig->transport_ops.interrupt = rig_interrupt;
	rig->dev->transport = &rig->transport_ops;
}

struct virtio_blk_config *
diskrig_config(struct diskrig *rig)
{
	return ((struct virtio_blk_config *)(void *)rig->dev->config);
}

void
diskrig_stats(struct diskrig *rig, struct vblk_stats *stats)
{
	rig->dev->ops = rig->real_ops;
	vblk_stats(rig->dev, stats);
	rig->dev->ops = &rig->ops;
}

static void
rig_kernel_event(void *arg, const struct kernel_event *event)
{
	struct diskrig *rig = arg;

	if (event->type == KE_NEW && event->object == KO_DMA_LOAD &&
	    event->device_name != NULL &&
	    strcmp(event->device_name, "vioblk0") == 0)
		rig->loads++;
}

static void
rig_plug(void *arg)
{
	struct diskrig *rig = arg;
	struct vdev_host *host = machine_device_host(1, "blk0");

	T_REQUIRE(backend_memory_new(rig->size != 0 ? rig->size : 1 << 20,
		      false, &rig->memory) == 0);
	rig->bytes = backend_memory_bytes(rig->memory);
	rig->backend = (struct backend) {
		.ops = &rig_ops,
		.size = rig->memory->size,
		.read_only = rig->read_only,
		.can_discard = rig->can_discard,
	};
	rig->dev = vblk_new(&rig->blk, &rig->backend);
	T_REQUIRE(rig->dev != NULL && host != NULL);
	host->event = rig_event;
	host->event_arg = rig;
	rig->transport = vpci_virtio_new(rig->dev, host, &rig->pci);
	T_REQUIRE(rig->transport != NULL);
	rig_misbehave(rig);
	if (rig->tune != NULL)
		rig->tune(rig);
	rig->function = vpci_virtio_function(rig->transport);
	if (rig->wrap != NULL)
		rig->function = rig->wrap(rig->function);
	machine_pci_plug(1, rig->function);
}

static void
rig_destroy(void *arg)
{
	struct diskrig *rig = arg;

	machine_pci_unplug(1);
	rig->dev->ops = rig->real_ops;
	vpci_virtio_free(rig->transport);
	vdev_free(rig->dev);
	backend_close(&rig->backend);
}

void
diskrig_boot(struct diskrig *rig)
{
	fixture_boot(&(struct fixture_config) {
	    .event = rig_kernel_event,
	    .plug = rig_plug,
	    .destroy = rig_destroy,
	    .arg = rig,
	});
}

void
diskrig_halt(struct diskrig *rig, bool clean)
{
	fixture_halt();
	if (clean)
		T_EQ(rig->reports, 0);
}

/*
 * --- operations ---
 */

struct operation {
	struct kernel_disk_io io;
	void *buffer; /* the test's */
};

static void
operate(void *arg)
{
	struct operation *op = arg;
	struct kernel_disk *disk = kernel_disk_open("vbd0");

	op->io.error = -1;
	T_REQUIRE(disk != NULL);
	if (op->io.length > 0 && op->buffer != NULL) {
		op->io.data = kernel_buffer_alloc(op->io.length);
		T_REQUIRE(op->io.data != NULL);
		if (op->io.op == KERNEL_DISK_WRITE)
			memcpy(op->io.data, op->buffer, op->io.length);
		else
			memset(op->io.data, 0x5a, op->io.length);
	}
	(void)kernel_disk_rw(disk, &op->io);
	if (op->io.data != NULL) {
		if (op->io.op == KERNEL_DISK_READ)
			memcpy(op->buffer, op->io.data, op->io.length);
		kernel_buffer_free(op->io.data);
	}
	kernel_disk_close(disk);
}

static int
run(enum kernel_disk_op kind, uint64_t offset, void *buffer, size_t length)
{
	struct operation op = {
		.io = { .op = kind, .offset = offset, .length = length },
		.buffer = buffer,
	};

	fixture_run(operate, &op);
	return (op.io.error);
}

int
diskrig_read(uint64_t offset, void *buffer, size_t length)
{
	return (run(KERNEL_DISK_READ, offset, buffer, length));
}

int
diskrig_write(uint64_t offset, const void *buffer, size_t length)
{
	return (
	    run(KERNEL_DISK_WRITE, offset, (void *)(uintptr_t)buffer, length));
}

int
diskrig_flush(void)
{
	return (run(KERNEL_DISK_FLUSH, 0, NULL, 0));
}

int
diskrig_delete(uint64_t offset, size_t length)
{
	return (run(KERNEL_DISK_DELETE, offset, NULL, length));
}

struct sysctl {
	char path[96];
	const char *value; /* to be written, or NULL */
	char text[64];
	int error;
};

static void
use_sysctl(void *arg)
{
	struct sysctl *s = arg;

	if (s->value != NULL)
		s->error = kernel_sysctl_write(s->path, s->value);
	else
		s->error =
		    kernel_sysctl_read(s->path, s->text, sizeof(s->text));
}

uint64_t
diskrig_sysctl(const char *name)
{
	struct sysctl s = { .text = "" };

	snprintf(s.path, sizeof(s.path), "dev.vioblk.0.%s", name);
	fixture_run(use_sysctl, &s);
	T_EQ(s.error, 0);
	return (strtoull(s.text, NULL, 0));
}

int
diskrig_set_sysctl(const char *name, const char *value)
{
	struct sysctl s = { .value = value };

	snprintf(s.path, sizeof(s.path), "dev.vioblk.0.%s", name);
	fixture_run(use_sysctl, &s);
	return (s.error);
}

static void
get_info(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");

	T_REQUIRE(disk != NULL);
	kernel_disk_info(disk, arg);
	kernel_disk_close(disk);
}

void
diskrig_info(struct kernel_disk_info *info)
{
	memset(info, 0, sizeof(*info));
	fixture_run(get_info, info);
}

void
diskrig_poke(uint64_t gpa, const void *bytes, size_t length)
{
	T_REQUIRE(machine_is_gpa(gpa, length));
	memcpy(
	    (void *)(uintptr_t)(MACHINE_DEVICE_VIEW + gpa - MACHINE_RAM_BASE),
	    bytes, length);
}

uint64_t
diskrig_used_element(const struct diskrig *rig)
{
	uint16_t slot = (uint16_t)(rig->given - 1) % rig->enabled.enable.size;

	return (rig->enabled.enable.device + offsetof(struct virtq_used, ring) +
	    slot * sizeof(struct virtq_used_elem));
}
