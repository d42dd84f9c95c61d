/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MSI-X: messages of a PCI function, their table entries, and the IRQs that
 * they raise.  The table lies in one of the function's register windows,
 * which its driver must have activated first.
 */
#include "kernel/newbus.h"

#include <sys/rman.h>
#include <dev/pci/pci_private.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pcib_if.h"

/* The words of a table entry. */
#define MSIX_ENTRY(n)	  ((n)*16)
#define MSIX_ADDRESS_LOW  0
#define MSIX_ADDRESS_HIGH 4
#define MSIX_DATA	  8
#define MSIX_VECTOR_CTRL  12

static void
msix_write_entry(struct pcicfg_msix *msix, u_int index, uint64_t address,
    uint32_t data)
{
	uint32_t entry = msix->msix_table_offset + MSIX_ENTRY(index);

	bus_write_4(msix->msix_table_res, entry + MSIX_ADDRESS_LOW,
	    address & 0xffffffff);
	bus_write_4(msix->msix_table_res, entry + MSIX_ADDRESS_HIGH,
	    address >> 32);
	bus_write_4(msix->msix_table_res, entry + MSIX_DATA, data);
}

static void
msix_mask(struct pcicfg_msix *msix, u_int index, bool masked)
{
	uint32_t reg =
	    msix->msix_table_offset + MSIX_ENTRY(index) + MSIX_VECTOR_CTRL;
	uint32_t val;

	val = bus_read_4(msix->msix_table_res, reg);
	val &= ~PCIM_MSIX_VCTRL_MASK;
	if (masked)
		val |= PCIM_MSIX_VCTRL_MASK;
	bus_write_4(msix->msix_table_res, reg, val);
}

static void
msix_enable(device_t bus, device_t child, bool on)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msix *msix = &dinfo->cfg.msix;

	if (on)
		msix->msix_ctrl |= PCIM_MSIXCTRL_MSIX_ENABLE;
	else
		msix->msix_ctrl &= ~PCIM_MSIXCTRL_MSIX_ENABLE;
	PCI_WRITE_CONFIG(bus, child, msix->msix_location + PCIR_MSIX_CTRL,
	    msix->msix_ctrl, 2);
}

/* The BAR as the child has it, or NULL unless it is active. */
static struct resource *
msix_bar(struct pci_devinfo *dinfo, int rid)
{
	struct resource_list_entry *rle;

	rle = resource_list_find(&dinfo->resources, SYS_RES_MEMORY, rid);
	if (rle == NULL || rle->res == NULL ||
	    (rman_get_flags(rle->res) & RF_ACTIVE) == 0)
		return (NULL);
	return (rle->res);
}

int
pci_alloc_msix_method(device_t dev, device_t child, int *count)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msix *msix = &dinfo->cfg.msix;
	struct msix_vector *vectors;
	int enable = 1, error, i, max;

	if (*count < 1)
		return (EINVAL);
	error = pci_may_alloc_messages(dinfo);
	if (error != 0)
		return (error);
	getenv_int("hw.pci.enable_msix", &enable);
	if (msix->msix_location == 0 || enable == 0)
		return (ENODEV);
	msix->msix_table_res = msix_bar(dinfo, msix->msix_table_bar);
	if (msix->msix_table_res == NULL ||
	    msix_bar(dinfo, msix->msix_pba_bar) == NULL)
		return (ENXIO);
	/* The device says where its table is: it must lie in the window. */
	if (rman_get_size(msix->msix_table_res) <
	    (uint64_t)msix->msix_table_offset + MSIX_ENTRY(msix->msix_msgnum))
		return (ENXIO);

	max = MIN(*count, msix->msix_msgnum);
	vectors = book_alloc(max * sizeof(*vectors));
	for (i = 0; i < max; i++) {
		error = ENXIO;
		if (!kern_fault(KF_MSIX, device_get_nameunit(child)))
			error = PCIB_ALLOC_MSIX(device_get_parent(dev), child,
			    &vectors[i].mv_irq);
		if (error != 0)
			break;
		resource_list_add(&dinfo->resources, SYS_RES_IRQ, i + 1,
		    vectors[i].mv_irq, vectors[i].mv_irq, 1);
		kern_new(KO_VECTOR, &vectors[i], 0, "MSI-X");
	}
	if (i == 0) {
		book_free(vectors);
		return (error);
	}
	msix->msix_vectors = vectors;
	msix->msix_alloc = *count = i;
	for (i = 0; i < msix->msix_msgnum; i++)
		msix_mask(msix, i, true);
	msix_enable(dev, child, true);
	return (0);
}

int
pci_release_msix(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msix *msix = &dinfo->cfg.msix;
	int error, i;

	if (msix->msix_alloc == 0)
		return (ENODEV);
	for (i = 0; i < msix->msix_alloc; i++) {
		if (msix->msix_vectors[i].mv_handlers > 0)
			return (EBUSY);
	}
	error = pci_messages_idle(dinfo, msix->msix_alloc);
	if (error != 0)
		return (error);
	msix_enable(dev, child, false);
	for (i = 0; i < msix->msix_alloc; i++) {
		resource_list_delete(&dinfo->resources, SYS_RES_IRQ, i + 1);
		PCIB_RELEASE_MSIX(device_get_parent(dev), child,
		    msix->msix_vectors[i].mv_irq);
		kern_gone(KO_VECTOR, &msix->msix_vectors[i], "MSI-X");
	}
	book_free(msix->msix_vectors);
	msix->msix_vectors = NULL;
	msix->msix_alloc = 0;
	return (0);
}

int
pci_msix_count_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	return (dinfo->cfg.msix.msix_location != 0 ?
		dinfo->cfg.msix.msix_msgnum :
		0);
}

int
pci_msix_table_bar_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	return (dinfo->cfg.msix.msix_location != 0 ?
		dinfo->cfg.msix.msix_table_bar :
		-1);
}

int
pci_msix_pba_bar_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	return (dinfo->cfg.msix.msix_location != 0 ?
		dinfo->cfg.msix.msix_pba_bar :
		-1);
}

/*
 * --- handlers ---
 */

/* Writes the table entry of the first handler and unmasks it. */
int
pci_setup_msix(device_t dev, device_t child, struct resource *irq)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msix *msix = &dinfo->cfg.msix;
	int error, rid = rman_get_rid(irq);
	struct msix_vector *mv;

	KASSERT(rid >= 1 && rid <= msix->msix_alloc,
	    ("%s: message %d of %d", __func__, rid, msix->msix_alloc));
	mv = &msix->msix_vectors[rid - 1];
	KASSERT((rman_res_t)mv->mv_irq == rman_get_start(irq),
	    ("%s: IRQ %d is not %ju", __func__, mv->mv_irq,
		(uintmax_t)rman_get_start(irq)));
	if (mv->mv_address == 0) {
		error = PCIB_MAP_MSI(device_get_parent(dev), child, mv->mv_irq,
		    &mv->mv_address, &mv->mv_data);
		if (error != 0)
			return (error);
	}
	if (mv->mv_handlers++ == 0) {
		msix_write_entry(msix, rid - 1, mv->mv_address, mv->mv_data);
		msix_mask(msix, rid - 1, false);
	}
	return (0);
}

int
pci_teardown_msix(device_t child, struct resource *irq)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct pcicfg_msix *msix = &dinfo->cfg.msix;
	int rid = rman_get_rid(irq);
	struct msix_vector *mv;

	if (rid > msix->msix_alloc)
		return (EINVAL);
	mv = &msix->msix_vectors[rid - 1];
	KASSERT(mv->mv_handlers > 0,
	    ("%s: message %d has no handler", __func__, rid));
	if (--mv->mv_handlers == 0)
		msix_mask(msix, rid - 1, true);
	return (0);
}

/* After the BARs: the table lies in one. */
void
pci_resume_msix(device_t dev, struct pci_devinfo *dinfo)
{
	struct pcicfg_msix *msix = &dinfo->cfg.msix;
	struct msix_vector *mv;
	int i;

	for (i = 0; i < msix->msix_alloc; i++) {
		mv = &msix->msix_vectors[i];
		msix_mask(msix, i, true);
		if (mv->mv_handlers == 0)
			continue;
		msix_write_entry(msix, i, mv->mv_address, mv->mv_data);
		msix_mask(msix, i, false);
	}
	pci_write_config(dev, msix->msix_location + PCIR_MSIX_CTRL,
	    msix->msix_ctrl, 2);
}
