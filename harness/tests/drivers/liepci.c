/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See liepci.h.
 */
#include "tests/drivers/liepci.h"

#include <string.h>

#include "model/transport/pci.h"
#include "tests/test.h"

struct liepci lie;

/* What the machine knows of the windows. */
static void
copy_bars(void)
{
	memcpy(lie.base.bars, lie.real->bars, sizeof(lie.base.bars));
	lie.base.bars_changed = true;
	lie.real->bars_changed = false;
}

static uint32_t
lie_config_read(struct pci_function *function, unsigned offset, unsigned width)
{
	uint32_t value;
	unsigned i;

	(void)function;
	value = lie.real->ops->config_read(lie.real, offset, width);
	for (i = 0; i < width; i++) {
		if (!lie.lied[offset + i])
			continue;
		value &= ~(UINT32_C(0xff) << (8 * i));
		value |= (uint32_t)lie.config[offset + i] << (8 * i);
	}
	return (value);
}

static void
lie_config_write(struct pci_function *function, unsigned offset, uint32_t value,
    unsigned width)
{
	(void)function;
	lie.real->ops->config_write(lie.real, offset, value, width);
	copy_bars();
}

static uint64_t
lie_bar_read(struct pci_function *function, unsigned bar, uint64_t offset,
    unsigned width)
{
	uint64_t value;

	(void)function;
	value = lie.real->ops->bar_read(lie.real, bar, offset, width);
	if (lie.read != NULL)
		lie.read(bar, offset, width, &value);
	return (value);
}

static void
lie_bar_write(struct pci_function *function, unsigned bar, uint64_t offset,
    uint64_t value, unsigned width)
{
	(void)function;
	if (lie.write != NULL && lie.write(bar, offset, width, &value))
		return;
	lie.real->ops->bar_write(lie.real, bar, offset, value, width);
}

static void
lie_power_on(struct pci_function *function)
{
	(void)function;
	lie.real->ops->power_on(lie.real);
	copy_bars();
}

static const struct pci_function_ops lie_ops = {
	.config_read = lie_config_read,
	.config_write = lie_config_write,
	.bar_read = lie_bar_read,
	.bar_write = lie_bar_write,
	.power_on = lie_power_on,
};

static struct pci_function *
wrap(struct pci_function *real)
{
	lie.base.ops = &lie_ops;
	lie.real = real;
	copy_bars();
	if (lie.prepare != NULL)
		lie.prepare();
	return (&lie.base);
}

void
liepci_boot(struct diskrig *rig)
{
	rig->wrap = wrap;
	diskrig_boot(rig);
}

void
liepci_halt(struct diskrig *rig)
{
	diskrig_halt(rig, false);
	memset(&lie, 0, sizeof(lie));
}

/*
 * --- configuration space ---
 */

void
liepci_config(unsigned offset, uint32_t value, unsigned width)
{
	unsigned i;

	for (i = 0; i < width; i++) {
		lie.config[offset + i] = value >> (8 * i);
		lie.lied[offset + i] = true;
	}
}

uint32_t
liepci_truth(unsigned offset, unsigned width)
{
	return (lie.real->ops->config_read(lie.real, offset, width));
}

unsigned
liepci_cap(uint8_t type)
{
	unsigned at, left;

	at = liepci_truth(VPCI_CAPABILITIES, 1);
	for (left = 48; at != 0 && left > 0; left--) {
		if (liepci_truth(at, 1) == VPCI_CAP_VENDOR &&
		    liepci_truth(at + 3, 1) == type)
			return (at);
		at = liepci_truth(at + 1, 1);
	}
	return (0);
}

void
liepci_add_cap(unsigned at, bool front, const struct virtio_pci_cap *cap)
{
	uint8_t bytes[sizeof(*cap)];
	unsigned i, last, next;

	memcpy(bytes, cap, sizeof(bytes));
	for (i = 0; i < sizeof(bytes) && at + i < PCI_CONFIG_SIZE; i++)
		liepci_config(at + i, bytes[i], 1);
	if (front) {
		liepci_config(at + 1, liepci_truth(VPCI_CAPABILITIES, 1), 1);
		liepci_config(VPCI_CAPABILITIES, at, 1);
		return;
	}
	last = liepci_truth(VPCI_CAPABILITIES, 1);
	while ((next = liepci_truth(last + 1, 1)) != 0)
		last = next;
	liepci_config(last + 1, at, 1);
	liepci_config(at + 1, 0, 1);
}

/*
 * --- the disk ---
 */

static void
read_sector(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	struct kernel_disk_io io = { .op = KERNEL_DISK_READ, .length = 512 };

	if (disk == NULL)
		return;
	io.data = kernel_buffer_alloc(512);
	T_REQUIRE(io.data != NULL);
	(void)kernel_disk_rw(disk, &io);
	kernel_buffer_free(io.data);
	kernel_disk_close(disk);
	*(bool *)arg = io.error == 0;
}

bool
liepci_disk_works(void)
{
	bool works = false;

	fixture_run(read_sector, &works);
	return (works);
}
