/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sleep and power states of PCI functions (pci(9)).
 *
 * A function that has been in D3, and every function of a machine that has
 * slept, has forgotten its registers: the bus keeps what drivers and the bus
 * itself have written, and gives it back before the driver resumes.
 */
#include "kernel/newbus.h"

#include <dev/pci/pci_private.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

int
pci_get_powerstate_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);

	/* Without the capability it is always on. */
	if (dinfo->cfg.pp_location == 0)
		return (PCI_POWERSTATE_D0);
	return (PCI_READ_CONFIG(dev, child,
		    dinfo->cfg.pp_location + PCIR_POWER_STATUS, 2) &
	    PCIM_PSTAT_DMASK);
}

int
pci_set_powerstate_method(device_t dev, device_t child, int state)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	int reg = dinfo->cfg.pp_location;
	uint16_t caps, status;

	if (reg == 0)
		return (EOPNOTSUPP);
	if (state < PCI_POWERSTATE_D0 || state > PCI_POWERSTATE_D3)
		return (EINVAL);
	caps = PCI_READ_CONFIG(dev, child, reg + PCIR_POWER_CAP, 2);
	if ((state == PCI_POWERSTATE_D1 && (caps & PCIM_PCAP_D1SUPP) == 0) ||
	    (state == PCI_POWERSTATE_D2 && (caps & PCIM_PCAP_D2SUPP) == 0))
		return (EOPNOTSUPP);
	status = PCI_READ_CONFIG(dev, child, reg + PCIR_POWER_STATUS, 2);
	if ((status & PCIM_PSTAT_DMASK) == state)
		return (0);
	PCI_WRITE_CONFIG(dev, child, reg + PCIR_POWER_STATUS,
	    (status & ~PCIM_PSTAT_DMASK) | state, 2);
	/* The specification grants it 10 ms to or from D3. */
	DELAY(10000);
	return (0);
}

/*
 * --- what a loss of power takes ---
 */

void
pci_cfg_save(device_t dev, struct pci_devinfo *dinfo)
{
	pcicfgregs *cfg = &dinfo->cfg;

	cfg->cmdreg = pci_read_config(dev, PCIR_COMMAND, 2);
	cfg->cachelnsz = pci_read_config(dev, PCIR_CACHELNSZ, 1);
	cfg->lattimer = pci_read_config(dev, PCIR_LATTIMER, 1);
}

/* Where the windows are the resources say, which the bus has reserved. */
static void
pci_restore_bars(device_t dev, struct pci_devinfo *dinfo)
{
	struct resource_list_entry *rle;
	rman_res_t base;
	uint32_t type;

	STAILQ_FOREACH(rle, &dinfo->resources, link) {
		if ((rle->type != SYS_RES_MEMORY &&
			rle->type != SYS_RES_IOPORT) ||
		    rle->res == NULL)
			continue;
		base = rman_get_start(rle->res);
		type = pci_read_config(dev, rle->rid, 4) & PCIM_BAR_MEM_TYPE;
		pci_write_config(dev, rle->rid, base, 4);
		if (rle->type == SYS_RES_MEMORY && type == PCIM_BAR_MEM_64)
			pci_write_config(dev, rle->rid + 4, base >> 32, 4);
	}
}

void
pci_cfg_restore(device_t dev, struct pci_devinfo *dinfo)
{
	pcicfgregs *cfg = &dinfo->cfg;

	/* First of all: on the way back to D0 it forgets. */
	if (pci_get_powerstate(dev) != PCI_POWERSTATE_D0)
		(void)pci_set_powerstate(dev, PCI_POWERSTATE_D0);
	/* It decodes its windows only when they are in their places. */
	pci_restore_bars(dev, dinfo);
	pci_write_config(dev, PCIR_COMMAND, cfg->cmdreg, 2);
	pci_write_config(dev, PCIR_INTLINE, cfg->intline, 1);
	pci_write_config(dev, PCIR_CACHELNSZ, cfg->cachelnsz, 1);
	pci_write_config(dev, PCIR_LATTIMER, cfg->lattimer, 1);
	if (cfg->msi.msi_location != 0)
		pci_resume_msi(dev, dinfo);
	if (cfg->msix.msix_location != 0)
		pci_resume_msix(dev, dinfo);
}

void
pci_save_state(device_t dev)
{
	pci_cfg_save(dev, device_get_ivars(dev));
}

void
pci_restore_state(device_t dev)
{
	pci_cfg_restore(dev, device_get_ivars(dev));
}

/*
 * --- what the bus does when its children sleep ---
 */

/* The line's resource while the child has it: others may share the line. */
static struct resource *
pci_line(struct pci_devinfo *dinfo)
{
	struct resource_list_entry *rle;

	rle = resource_list_find(&dinfo->resources, SYS_RES_IRQ, 0);
	return (rle != NULL ? rle->res : NULL);
}

int
pci_suspend_child_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct resource *line;
	int error;

	pci_cfg_save(child, dinfo);
	error = bus_generic_suspend_child(dev, child);
	if (error != 0)
		return (error);
	/* Without power it could not tell whether an interrupt is its own. */
	line = pci_line(dinfo);
	if (line != NULL)
		(void)bus_suspend_intr(child, line);
	if (device_is_attached(child))
		(void)pci_set_powerstate(child, PCI_POWERSTATE_D3);
	return (0);
}

int
pci_resume_child_method(device_t dev, device_t child)
{
	struct pci_devinfo *dinfo = device_get_ivars(child);
	struct resource *line;
	int error;

	pci_cfg_restore(child, dinfo);
	error = bus_generic_resume_child(dev, child);
	line = pci_line(dinfo);
	if (line != NULL)
		(void)bus_resume_intr(child, line);
	return (error);
}
