/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Configuration space of a PCI function: header, BARs and capabilities (PCI
 * 3.0, chapter 6).  Every bit is read-only unless the write masks say so; the
 * sizing of BARs is nothing but that.
 */
#include "model/transport/pci.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/report.h"

#define BAR_IO 0x1
#define BAR_64 0x4

static void
vpci_put(uint8_t *bytes, uint32_t value, unsigned width)
{
	unsigned i;

	for (i = 0; i < width; i++)
		bytes[i] = value >> (8 * i);
}

static uint32_t
vpci_get(const uint8_t *bytes, unsigned width)
{
	uint32_t value;
	unsigned i;

	value = 0;
	for (i = 0; i < width; i++)
		value |= (uint32_t)bytes[i] << (8 * i);
	return (value);
}

/*
 * --- building ---
 */

void
vpci_init(struct vpci *pci, const struct vpci_ids *ids, struct vdev_host *host,
    const char *name)
{
	memset(pci, 0, sizeof(*pci));
	pci->host = host;
	pci->name = name;
	vpci_put(pci->config + VPCI_VENDOR_ID, ids->vendor, 2);
	vpci_put(pci->config + VPCI_DEVICE_ID, ids->device, 2);
	vpci_put(pci->config + VPCI_REVISION, ids->revision, 1);
	vpci_put(pci->config + VPCI_CLASS, ids->class_code, 3);
	vpci_put(pci->config + VPCI_SUBSYSTEM_VENDOR, ids->subsystem_vendor, 2);
	vpci_put(pci->config + VPCI_SUBSYSTEM_ID, ids->subsystem, 2);
	vpci_put(pci->config + VPCI_INTERRUPT_PIN, 1, 1); /* INTA# */
	vpci_put(pci->writable + VPCI_COMMAND,
	    VPCI_COMMAND_MASTER | VPCI_COMMAND_PARITY | VPCI_COMMAND_SERR |
		VPCI_COMMAND_INTX_OFF,
	    2);
	vpci_put(pci->clear + VPCI_STATUS, VPCI_STATUS_ERRORS, 2);
	vpci_put(pci->writable + VPCI_CACHE_LINE, 0xff, 1);
	vpci_put(pci->writable + VPCI_LATENCY, 0xff, 1);
	vpci_put(pci->writable + VPCI_INTERRUPT_LINE, 0xff, 1);
	pci->cap_end = VPCI_HEADER_END;
}

void
vpci_fini(struct vpci *pci)
{
	free(pci->table);
	free(pci->pending);
	pci->table = NULL;
	pci->pending = NULL;
}

void
vpci_add_bar(struct vpci *pci, unsigned bar, uint64_t size, bool is_io,
    bool is_64)
{
	struct pci_bar *b = &pci->function.bars[bar];
	unsigned at = VPCI_BAR + 4 * bar;
	uint64_t mask = ~(size - 1);

	assert(bar + is_64 < PCI_BARS && b->size == 0);
	assert((size & (size - 1)) == 0 && size >= (is_io ? 4u : 16u));
	assert(is_64 || size <= UINT32_MAX);
	assert(!is_io || !is_64);
	b->size = size;
	b->is_io = is_io;
	b->is_64 = is_64;
	/* Registers with side effects are not prefetchable. */
	vpci_put(pci->config + at, is_io ? BAR_IO : is_64 ? BAR_64 : 0, 4);
	vpci_put(pci->writable + at, mask, 4);
	if (is_64)
		vpci_put(pci->writable + at + 4, mask >> 32, 4);
	pci->writable[VPCI_COMMAND] |=
	    is_io ? VPCI_COMMAND_IO : VPCI_COMMAND_MEMORY;
}

unsigned
vpci_add_cap(struct vpci *pci, uint8_t id, unsigned length)
{
	unsigned at = pci->cap_end;

	assert(length >= 2 && at + length <= PCI_CONFIG_SIZE);
	pci->config[at] = id;
	if (pci->cap_last == 0) {
		pci->config[VPCI_CAPABILITIES] = at;
		pci->config[VPCI_STATUS] |= VPCI_STATUS_CAPS;
	} else {
		pci->config[pci->cap_last + 1] = at;
	}
	pci->cap_last = at;
	pci->cap_end = (at + length + 3) & ~3u;
	return (at);
}

void
vpci_add_pm(struct vpci *pci)
{
	unsigned at;

	at = vpci_add_cap(pci, VPCI_CAP_PM, VPCI_PM_LENGTH);
	pci->pm_cap = at;
	vpci_put(pci->config + at + VPCI_PM_CAPS, VPCI_PM_CAPS_FORMAT, 2);
	pci->writable[at + VPCI_PM_CONTROL] = VPCI_PM_STATE;
}

/*
 * --- accesses ---
 */

uint16_t
vpci_command(const struct vpci *pci)
{
	return (vpci_get(pci->config + VPCI_COMMAND, 2));
}

unsigned
vpci_power(const struct vpci *pci)
{
	if (pci->pm_cap == 0)
		return (VPCI_D0);
	return (pci->config[pci->pm_cap + VPCI_PM_CONTROL] & VPCI_PM_STATE);
}

bool
vpci_may_master(const struct vpci *pci)
{
	return (vpci_power(pci) == VPCI_D0 &&
	    (vpci_command(pci) & VPCI_COMMAND_MASTER) != 0);
}

/* Takes the BARs from the registers and notes whether that moved them. */
static void
vpci_update_bars(struct vpci *pci)
{
	uint16_t command = vpci_command(pci);
	struct pci_bar *b;
	uint64_t base;
	unsigned i, at;
	bool enabled;

	for (i = 0; i < PCI_BARS; i++) {
		b = &pci->function.bars[i];
		if (b->size == 0)
			continue;
		at = VPCI_BAR + 4 * i;
		base = vpci_get(pci->config + at, 4);
		if (b->is_64)
			base |= (uint64_t)vpci_get(pci->config + at + 4, 4)
			    << 32;
		base &= ~(b->size - 1);
		enabled = vpci_power(pci) == VPCI_D0 &&
		    (command &
			(b->is_io ? VPCI_COMMAND_IO : VPCI_COMMAND_MEMORY)) !=
			0;
		if (base == b->base && enabled == b->enabled)
			continue;
		b->base = base;
		b->enabled = enabled;
		pci->function.bars_changed = true;
	}
}

/* Registers have changed: whoever depends on them is told. */
static void
vpci_changed(struct vpci *pci)
{
	vpci_update_bars(pci);
	vpci_intx_update(pci);
	vpci_msix_flush(pci);
	vpci_msi_flush(pci);
	if (pci->changed != NULL)
		pci->changed(pci);
}

void
vpci_power_on(struct vpci *pci)
{
	unsigned i;

	for (i = 0; i < PCI_CONFIG_SIZE; i++)
		pci->config[i] &= ~pci->writable[i];
	vpci_msix_reset(pci);
	if (pci->reset != NULL)
		pci->reset(pci);
	vpci_changed(pci);
}

static bool
vpci_config_inside(unsigned offset, unsigned width)
{
	return ((width == 1 || width == 2 || width == 4) &&
	    offset < PCI_CONFIG_SIZE && width <= PCI_CONFIG_SIZE - offset);
}

uint32_t
vpci_config_read(struct vpci *pci, unsigned offset, unsigned width)
{
	if (!vpci_config_inside(offset, width))
		return (UINT32_MAX);
	return (vpci_get(pci->config + offset, width));
}

void
vpci_config_write(struct vpci *pci, unsigned offset, uint32_t value,
    unsigned width)
{
	unsigned i, power, was = vpci_power(pci);
	uint8_t byte, mask;
	bool changed;

	if (!vpci_config_inside(offset, width))
		return;
	changed = false;
	for (i = offset; i < offset + width; i++, value >>= 8) {
		mask = pci->writable[i];
		byte = (pci->config[i] & ~mask) | ((uint8_t)value & mask);
		byte &= ~((uint8_t)value & pci->clear[i]);
		changed |= byte != pci->config[i];
		pci->config[i] = byte;
	}
	if (!changed)
		return;
	power = vpci_power(pci);
	if (power != was && power != VPCI_D0 && power != VPCI_D3) {
		/* A state that there is not: nothing happens. */
		vpci_put(pci->config + pci->pm_cap + VPCI_PM_CONTROL, was, 1);
	} else if (power != was && power == VPCI_D0)
		vpci_power_on(pci);
	else
		vpci_changed(pci);
}

/*
 * --- INTx (section 6.2.4) ---
 */

void
vpci_intx_update(struct vpci *pci)
{
	bool level;

	/* The status bit shows the reason whether or not the line may. */
	level = pci->intx_wanted && !vpci_msix_enabled(pci) &&
	    !vpci_msi_enabled(pci);
	pci->config[VPCI_STATUS] &= ~VPCI_STATUS_INTERRUPT;
	if (level)
		pci->config[VPCI_STATUS] |= VPCI_STATUS_INTERRUPT;
	if ((vpci_command(pci) & VPCI_COMMAND_INTX_OFF) != 0 ||
	    vpci_power(pci) != VPCI_D0)
		level = false;
	if (level == pci->intx_level)
		return;
	pci->intx_level = level;
	pci->host->intx(pci->host->arg, level);
}

void
vpci_set_intx(struct vpci *pci, bool wanted)
{
	pci->intx_wanted = wanted;
	vpci_intx_update(pci);
}

void
vpci_report(struct vpci *pci, const char *clause, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	model_vreport(pci->host, pci->name, MODEL_QUEUE_NONE, clause, fmt, ap);
	va_end(ap);
}
