/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MSI-X: the capability, the table and the pending bits (PCI 3.0, section
 * 6.8.2).  A message whose vector is masked, by itself or with all of the
 * function, waits as a pending bit and is sent when the mask goes; so does
 * one that bus mastering does not let out.
 */
#include "model/transport/pci.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MSIX_HALF_MIN 2048 /* bytes for each of table and pending bits */
#define MSIX_CLAUSE   "PCI 3.0 6.8.2"

bool
vpci_add_msix(struct vpci *pci, unsigned bar, unsigned nvectors)
{
	unsigned at, half;

	assert(nvectors > 0 && nvectors <= 2048 && pci->msix_cap == 0);
	for (half = MSIX_HALF_MIN; half < nvectors * VPCI_MSIX_ENTRY_BYTES;)
		half *= 2;
	pci->table = calloc(nvectors, sizeof(*pci->table));
	pci->pending = calloc((nvectors + 63) / 64, sizeof(*pci->pending));
	if (pci->table == NULL || pci->pending == NULL) {
		vpci_fini(pci);
		return (false);
	}
	pci->nvectors = nvectors;
	vpci_msix_reset(pci);
	pci->msix_bar = bar;
	pci->msix_pba_offset = half;
	vpci_add_bar(pci, bar, 2 * half, false, false);

	at = vpci_add_cap(pci, VPCI_CAP_MSIX, VPCI_MSIX_LENGTH);
	pci->msix_cap = at;
	pci->config[at + VPCI_MSIX_CONTROL] = (nvectors - 1) & 0xff;
	pci->config[at + VPCI_MSIX_CONTROL + 1] = (nvectors - 1) >> 8;
	pci->writable[at + VPCI_MSIX_CONTROL + 1] =
	    (VPCI_MSIX_CONTROL_ON | VPCI_MSIX_CONTROL_MASK) >> 8;
	/* Both registers: an offset whose low three bits are the BAR. */
	pci->config[at + VPCI_MSIX_TABLE] = bar;
	pci->config[at + VPCI_MSIX_PBA] = bar | (half & 0xff);
	pci->config[at + VPCI_MSIX_PBA + 1] = half >> 8;
	pci->config[at + VPCI_MSIX_PBA + 2] = half >> 16;
	return (true);
}

static uint16_t
msix_control(const struct vpci *pci)
{
	const uint8_t *at;

	if (pci->msix_cap == 0)
		return (0);
	at = pci->config + pci->msix_cap + VPCI_MSIX_CONTROL;
	return (at[0] | at[1] << 8);
}

bool
vpci_msix_enabled(const struct vpci *pci)
{
	return ((msix_control(pci) & VPCI_MSIX_CONTROL_ON) != 0);
}

/*
 * --- messages ---
 */

/* Sends the vector's message if it waits and nothing is in its way. */
static void
msix_deliver(struct vpci *pci, unsigned vector)
{
	const uint32_t *word = pci->table[vector].word;
	uint64_t bit = UINT64_C(1) << (vector % 64);

	if ((pci->pending[vector / 64] & bit) == 0 ||
	    (word[VPCI_MSIX_ENTRY_CONTROL / 4] & VPCI_MSIX_ENTRY_MASKED) != 0)
		return;
	if ((msix_control(pci) &
		(VPCI_MSIX_CONTROL_ON | VPCI_MSIX_CONTROL_MASK)) !=
	    VPCI_MSIX_CONTROL_ON)
		return;
	if (!vpci_may_master(pci))
		return;
	pci->pending[vector / 64] &= ~bit;
	pci->host->msi(pci->host->arg, word[0] | (uint64_t)word[1] << 32,
	    word[VPCI_MSIX_ENTRY_DATA / 4]);
}

void
vpci_msix_send(struct vpci *pci, unsigned vector)
{
	assert(vector < pci->nvectors);
	pci->pending[vector / 64] |= UINT64_C(1) << (vector % 64);
	msix_deliver(pci, vector);
}

void
vpci_msix_flush(struct vpci *pci)
{
	unsigned i;

	for (i = 0; i < pci->nvectors; i++)
		msix_deliver(pci, i);
}

void
vpci_msix_reset(struct vpci *pci)
{
	unsigned i, word = VPCI_MSIX_ENTRY_CONTROL / 4;

	for (i = 0; i < pci->nvectors; i++) {
		memset(&pci->table[i], 0, sizeof(pci->table[i]));
		pci->table[i].word[word] = VPCI_MSIX_ENTRY_MASKED;
	}
	vpci_msix_forget(pci);
}

void
vpci_msix_forget(struct vpci *pci)
{
	if (pci->nvectors == 0)
		return;
	memset(pci->pending, 0,
	    (pci->nvectors + 63) / 64 * sizeof(*pci->pending));
}

/*
 * --- the BAR ---
 */

/* Only aligned accesses of 4 and 8 bytes are defined. */
static bool
msix_check(struct vpci *pci, uint64_t offset, unsigned width)
{
	if ((width == 4 || width == 8) && offset % width == 0)
		return (true);
	vpci_report(pci, MSIX_CLAUSE, "MSI-X table accessed at %#llx, %u bytes",
	    (unsigned long long)offset, width);
	return (false);
}

static uint32_t
msix_word(const struct vpci *pci, uint64_t offset)
{
	uint64_t i;

	if (offset < pci->msix_pba_offset) {
		i = offset / VPCI_MSIX_ENTRY_BYTES;
		if (i >= pci->nvectors)
			return (0);
		return (pci->table[i].word[offset % VPCI_MSIX_ENTRY_BYTES / 4]);
	}
	offset -= pci->msix_pba_offset;
	i = offset / 8;
	if (i >= (pci->nvectors + 63) / 64)
		return (0);
	return (pci->pending[i] >> (offset % 8 * 8));
}

uint64_t
vpci_msix_read(struct vpci *pci, uint64_t offset, unsigned width)
{
	uint64_t value;

	if (!msix_check(pci, offset, width))
		return (vpci_ones(width));
	value = msix_word(pci, offset);
	if (width == 8)
		value |= (uint64_t)msix_word(pci, offset + 4) << 32;
	return (value);
}

static void
msix_set_word(struct vpci *pci, uint64_t offset, uint32_t value)
{
	uint64_t i = offset / VPCI_MSIX_ENTRY_BYTES;
	unsigned at = offset % VPCI_MSIX_ENTRY_BYTES;

	/* Pending bits are read-only, and so is what lies between. */
	if (offset >= pci->msix_pba_offset || i >= pci->nvectors)
		return;
	switch (at) {
	case VPCI_MSIX_ENTRY_ADDRESS:
		value &= ~UINT32_C(3); /* messages are whole dwords */
		break;
	case VPCI_MSIX_ENTRY_CONTROL:
		value &= VPCI_MSIX_ENTRY_MASKED;
		break;
	}
	pci->table[i].word[at / 4] = value;
	if (at == VPCI_MSIX_ENTRY_CONTROL)
		msix_deliver(pci, i);
}

void
vpci_msix_write(struct vpci *pci, uint64_t offset, uint64_t value,
    unsigned width)
{
	if (!msix_check(pci, offset, width))
		return;
	msix_set_word(pci, offset, value);
	if (width == 8)
		msix_set_word(pci, offset + 4, value >> 32);
}
