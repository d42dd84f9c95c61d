/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts of PCI functions (pci(9), PCI 3.0, section 6.8.1): the messages
 * of MSI, and which of the three ways, MSI, MSI-X and the line, an interrupt
 * resource stands for.  Rid 0 is the line, 1 and up are messages of the one
 * kind that is allocated.
 *
 * The tunables hw.pci.enable_msi and hw.pci.enable_msix, when 0, refuse
 * messages.
 */
#include "kernel/newbus.h"

#include <dev/pci/pci_private.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pcib_if.h"

int
pci_may_alloc_messages(struct pci_devinfo *dinfo)
{
	struct resource_list_entry *rle;

	/* The line and messages exclude each other, and so do their kinds. */
	rle = resource_list_find(&dinfo->resources, SYS_RES_IRQ, 0);
	if (rle != NULL && rle->res != NULL)
		return (ENXIO);
	if (dinfo->cfg.msi.msi_alloc != 0 || dinfo->cfg.msix.msix_alloc != 0)
		return (ENXIO);
	return (0);
}

int
pci_messages_idle(struct pci_devinfo *dinfo, int count)
{
	struct resource_list_entry *rle;
	int i;

	for (i = 0; i < count; i++) {
		rle = resource_list_find(&dinfo->resources, SYS_RES_IRQ, i + 1);
		KASSERT(rle != NULL,
		    ("%s: message %d is missing", __func__, i));
		if (rle->res != NULL)
			return (EBUSY);
	}
	return (0);
}

/*
 * --- the registers of MSI ---
 */

static void
msi_write_ctrl(device_t child, struct pcicfg_msi *msi)
{
	pci_write_config(child, msi->msi_location + PCIR_MSI_CTRL,
	    msi->msi_ctrl, 2);
}

static void
msi_write_message(device_t child, struct pcicfg_msi *msi)
{
	int reg = msi->msi_location;

	pci_write_config(child, reg + PCIR_MSI_ADDR, msi->msi_addr & 0xffffffff,
	    4);
	if ((msi->msi_ctrl & PCIM_MSICTRL_64BIT) != 0) {
		pci_write_config(child, reg + PCIR_MSI_ADDR_HIGH,
		    msi->msi_addr >> 32, 4);
		pci_write_config(child, reg + PCIR_MSI_DATA_64BIT,
		    msi->msi_data, 2);
	} else
		pci_write_config(child, reg + PCIR_MSI_DATA, msi->msi_data, 2);
}

static void
msi_enable(device_t child, struct pcicfg_msi *msi, bool on)
{
	if (on) {
		msi_write_message(child, msi);
		msi->msi_ctrl |= PCIM_MSICTRL_MSI_ENABLE;
	} else
		msi->msi_ctrl &= ~PCIM_MSICTRL_MSI_ENABLE;
	msi_write_ctrl(child, msi);
}

void
pci_resume_msi(device_t dev, struct pci_devinfo *dinfo)
{
	struct pcicfg_msi *msi = &dinfo->cfg.msi;

	if ((msi->msi_ctrl & PCIM_MSICTRL_MSI_ENABLE) != 0)
		msi_write_message(dev, msi);
	msi_write_ctrl(dev, msi);
}

/*
 * --- allocation ---
 */

/* As many as there are vectors for, down to one. */
static int
msi_alloc_irqs(device_t dev, device_t child, struct pcicfg_msi *msi, int *count)
{
	device_t pcib = device_get_parent(dev);
	int error;

	for (;;) {
		error =
		    PCIB_ALLOC_MSI(pcib, child, *count, *count, msi->msi_irqs);
		if (error == 0 || *count == 1)
			return (error);
		*count /= 2;
	}
}

int
pci_alloc_msi_method(device_t dev, device_t child, int *count)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msi *msi = &dinfo->cfg.msi;
	int enable = 1, actual, error, i, irq;

	if (*count < 1)
		return (EINVAL);
	error = pci_may_alloc_messages(dinfo);
	if (error != 0)
		return (error);
	getenv_int("hw.pci.enable_msi", &enable);
	if (msi->msi_location == 0 || enable == 0)
		return (ENODEV);
	actual = MIN(*count, msi->msi_msgnum);
	/* The function counts them by a power of two. */
	if (!powerof2(actual))
		return (EINVAL);
	error = msi_alloc_irqs(dev, child, msi, &actual);
	if (error != 0)
		return (error);
	for (i = 0; i < actual; i++) {
		irq = msi->msi_irqs[i];
		resource_list_add(&dinfo->resources, SYS_RES_IRQ, i + 1, irq,
		    irq, 1);
		kern_new(KO_VECTOR, &msi->msi_irqs[i], 0, "MSI");
	}
	msi->msi_ctrl &= ~PCIM_MSICTRL_MME_MASK;
	msi->msi_ctrl |= (ffs(actual) - 1) << 4;
	msi_write_ctrl(child, msi);
	msi->msi_alloc = *count = actual;
	return (0);
}

static int
pci_release_msi_only(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msi *msi = &dinfo->cfg.msi;
	int error, i;

	if (msi->msi_alloc == 0)
		return (ENODEV);
	if (msi->msi_handlers > 0)
		return (EBUSY);
	error = pci_messages_idle(dinfo, msi->msi_alloc);
	if (error != 0)
		return (error);
	msi->msi_ctrl &= ~PCIM_MSICTRL_MME_MASK;
	msi_write_ctrl(child, msi);
	PCIB_RELEASE_MSI(device_get_parent(dev), child, msi->msi_alloc,
	    msi->msi_irqs);
	for (i = 0; i < msi->msi_alloc; i++) {
		resource_list_delete(&dinfo->resources, SYS_RES_IRQ, i + 1);
		kern_gone(KO_VECTOR, &msi->msi_irqs[i], "MSI");
	}
	msi->msi_alloc = 0;
	msi->msi_addr = 0;
	msi->msi_data = 0;
	return (0);
}

int
pci_release_msi_method(device_t dev, device_t child)
{
	int error;

	error = pci_release_msix(dev, child);
	return (error != ENODEV ? error : pci_release_msi_only(dev, child));
}

int
pci_msi_count_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	return (dinfo->cfg.msi.msi_msgnum);
}

/*
 * --- handlers ---
 */

/* The first handler of any message switches them on. */
static int
msi_setup(device_t dev, device_t child, struct resource *irq)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msi *msi = &dinfo->cfg.msi;
	int error, rid = rman_get_rid(irq);

	KASSERT(rid >= 1 && rid <= msi->msi_alloc,
	    ("%s: message %d of %d", __func__, rid, msi->msi_alloc));
	if (msi->msi_addr == 0) {
		error = PCIB_MAP_MSI(device_get_parent(dev), child,
		    msi->msi_irqs[0], &msi->msi_addr, &msi->msi_data);
		if (error != 0)
			return (error);
	}
	if (msi->msi_handlers++ == 0)
		msi_enable(child, msi, true);
	return (0);
}

static int
msi_teardown(device_t child, struct resource *irq)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msi *msi = &dinfo->cfg.msi;
	int rid = rman_get_rid(irq);

	if (rid > msi->msi_alloc)
		return (EINVAL);
	KASSERT(msi->msi_handlers > 0, ("%s: no handler", __func__));
	if (--msi->msi_handlers == 0)
		msi_enable(child, msi, false);
	return (0);
}

int
pci_setup_intr_method(device_t dev, device_t child, struct resource *irq,
    int flags, driver_filter_t *filter, driver_intr_t *intr, void *arg,
    void **cookiep)
{
	struct pci_devinfo *dinfo;
	int error;

	error = bus_generic_setup_intr(dev, child, irq, flags, filter, intr,
	    arg, cookiep);
	if (error != 0 || device_get_parent(child) != dev)
		return (error);
	if (rman_get_rid(irq) == 0) {
		pci_clear_command_bit(dev, child, PCIM_CMD_INTxDIS);
		return (0);
	}
	dinfo = device_get_ivars(child);
	error = dinfo->cfg.msix.msix_alloc > 0 ?
	    pci_setup_msix(dev, child, irq) :
	    msi_setup(dev, child, irq);
	if (error != 0) {
		(void)bus_generic_teardown_intr(dev, child, irq, *cookiep);
		return (error);
	}
	pci_set_command_bit(dev, child, PCIM_CMD_INTxDIS);
	return (0);
}

int
pci_teardown_intr_method(device_t dev, device_t child, struct resource *irq,
    void *cookie)
{
	struct pci_devinfo *dinfo;
	int error;

	if (irq == NULL || (rman_get_flags(irq) & RF_ACTIVE) == 0)
		return (EINVAL);
	if (device_get_parent(child) != dev)
		return (bus_generic_teardown_intr(dev, child, irq, cookie));
	if (rman_get_rid(irq) == 0)
		pci_set_command_bit(dev, child, PCIM_CMD_INTxDIS);
	else {
		dinfo = device_get_ivars(child);
		error = dinfo->cfg.msix.msix_alloc > 0 ?
		    pci_teardown_msix(child, irq) :
		    msi_teardown(child, irq);
		if (error != 0)
			return (error);
	}
	return (bus_generic_teardown_intr(dev, child, irq, cookie));
}
