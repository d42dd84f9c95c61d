/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MSI: the capability and its messages (PCI 3.0, section 6.8.1).  A message
 * that is masked, where masks exist, or that bus mastering does not let out,
 * waits as a pending bit.
 */
#include "model/transport/pci.h"

#include <assert.h>

static uint32_t
msi_get(const struct vpci *pci, unsigned offset, unsigned width)
{
	const uint8_t *at = pci->config + pci->msi_cap + offset;
	uint32_t value;
	unsigned i;

	value = 0;
	for (i = 0; i < width; i++)
		value |= (uint32_t)at[i] << (8 * i);
	return (value);
}

static void
msi_allow(struct vpci *pci, unsigned offset, uint32_t mask, unsigned width)
{
	unsigned i;

	for (i = 0; i < width; i++)
		pci->writable[pci->msi_cap + offset + i] = mask >> (8 * i);
}

void
vpci_add_msi(struct vpci *pci, unsigned messages, bool masks)
{
	unsigned at, log2;

	assert(pci->msi_cap == 0 && messages > 0 && messages <= VPCI_MSI_MAX &&
	    (messages & (messages - 1)) == 0);
	log2 = __builtin_ctz(messages);
	at = vpci_add_cap(pci, VPCI_CAP_MSI,
	    masks ? VPCI_MSI_LENGTH_MASKS : VPCI_MSI_LENGTH);
	pci->msi_cap = at;
	pci->msi_masks = masks;
	pci->config[at + VPCI_MSI_CONTROL] =
	    log2 << VPCI_MSI_CONTROL_CAPABLE | VPCI_MSI_CONTROL_64;
	if (masks)
		pci->config[at + VPCI_MSI_CONTROL + 1] =
		    VPCI_MSI_CONTROL_MASKS >> 8;
	msi_allow(pci, VPCI_MSI_CONTROL,
	    VPCI_MSI_CONTROL_ON | 7 << VPCI_MSI_CONTROL_ENABLED, 2);
	msi_allow(pci, VPCI_MSI_ADDRESS, ~UINT32_C(3), 4);
	msi_allow(pci, VPCI_MSI_ADDRESS_HIGH, UINT32_MAX, 4);
	msi_allow(pci, VPCI_MSI_DATA, 0xffff, 2);
	if (masks)
		msi_allow(pci, VPCI_MSI_MASK, UINT32_MAX >> (32 - messages), 4);
}

bool
vpci_msi_enabled(const struct vpci *pci)
{
	return (pci->msi_cap != 0 &&
	    (msi_get(pci, VPCI_MSI_CONTROL, 2) & VPCI_MSI_CONTROL_ON) != 0);
}

/* The pending bits can be seen where there are masks. */
static void
msi_show(struct vpci *pci)
{
	unsigned i;

	if (!pci->msi_masks)
		return;
	for (i = 0; i < 4; i++)
		pci->config[pci->msi_cap + VPCI_MSI_PENDING + i] =
		    pci->msi_pending >> (8 * i);
}

void
vpci_msi_flush(struct vpci *pci)
{
	uint32_t control, data, left, masked;
	uint64_t address;
	unsigned enabled, i;

	if (!vpci_msi_enabled(pci) || !vpci_may_master(pci))
		return;
	control = msi_get(pci, VPCI_MSI_CONTROL, 2);
	/* Two of the eight values are reserved; no more than there are. */
	enabled = control >> VPCI_MSI_CONTROL_ENABLED & 7;
	if (enabled > (control >> VPCI_MSI_CONTROL_CAPABLE & 7))
		enabled = control >> VPCI_MSI_CONTROL_CAPABLE & 7;
	masked = pci->msi_masks ? msi_get(pci, VPCI_MSI_MASK, 4) : 0;
	address = msi_get(pci, VPCI_MSI_ADDRESS, 4) |
	    (uint64_t)msi_get(pci, VPCI_MSI_ADDRESS_HIGH, 4) << 32;
	/* The number of the message stands in the low bits of the data. */
	data = msi_get(pci, VPCI_MSI_DATA, 2) & ~((1u << enabled) - 1);
	for (left = pci->msi_pending & ~masked; left != 0; left &= left - 1) {
		i = __builtin_ctz(left);
		pci->msi_pending &= ~(UINT32_C(1) << i);
		pci->host->msi(pci->host->arg, address,
		    data | (i & ((1u << enabled) - 1)));
	}
	msi_show(pci);
}

void
vpci_msi_send(struct vpci *pci, unsigned message)
{
	assert(pci->msi_cap != 0 && message < VPCI_MSI_MAX);
	pci->msi_pending |= UINT32_C(1) << message;
	msi_show(pci);
	vpci_msi_flush(pci);
}

void
vpci_messages_forget(struct vpci *pci)
{
	vpci_msix_forget(pci);
	pci->msi_pending = 0;
	msi_show(pci);
}
