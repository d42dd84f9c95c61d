/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See diskrig.h.
 */
#include <stddef.h>
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

static void
rig_close(struct backend *backend)
{
	backend_close(rig_of(backend)->memory);
}

static const struct backend_ops rig_ops = {
	.preadv = rig_preadv,
	.pwritev = rig_pwritev,
	.flush = rig_flush,
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
	default:
		break;
	}
	if (rig->event != NULL)
		rig->event(rig, event);
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
	};
	rig->dev = vblk_new(&rig->blk, &rig->backend);
	T_REQUIRE(rig->dev != NULL && host != NULL);
	host->event = rig_event;
	host->event_arg = rig;
	rig->transport = vpci_virtio_new(rig->dev, host, &rig->pci);
	T_REQUIRE(rig->transport != NULL);
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
	if (op->io.length > 0) {
		op->io.data = kernel_buffer_alloc(op->io.length);
		T_REQUIRE(op->io.data != NULL);
		if (op->io.op == KERNEL_DISK_WRITE)
			memcpy(op->io.data, op->buffer, op->io.length);
		else
			memset(op->io.data, 0x5a, op->io.length);
	}
	(void)kernel_disk_rw(disk, &op->io);
	if (op->io.length > 0) {
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
