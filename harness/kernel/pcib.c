/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The host bridge: PCI bus 0 behind the machine's configuration mechanism,
 * and the vectors that messages and INTx lines raise.
 */
#include "kernel/newbus.h"

#include <sys/module.h>
#include <sys/rman.h>
#include <dev/pci/pci_private.h>
#include <dev/pci/pcib_private.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>
#include <machine/intr_machdep.h>

#include "pcib_if.h"

CTASSERT(IRQ_MSI_FIRST % PCI_MSI_MAX == 0);

struct hostb_softc {
	bool msi_taken[IRQ_MSI_COUNT]; /* by IRQ, less IRQ_MSI_FIRST */
};

int
pcib_maxfuncs(device_t pcib)
{
	return (0);
}

int
pcib_get_id(device_t pcib, device_t dev, enum pci_id_type type, uintptr_t *id)
{
	if (type != PCI_ID_RID)
		return (EINVAL);
	*id =
	    PCI_RID(pci_get_bus(dev), pci_get_slot(dev), pci_get_function(dev));
	return (0);
}

static void
hostb_identify(driver_t *driver, device_t parent)
{
	if (device_find_child(parent, "pcib", -1) == NULL &&
	    BUS_ADD_CHILD(parent, 0, "pcib", 0) == NULL)
		panic("%s: no pcib0", __func__);
}

static int
hostb_probe(device_t dev)
{
	device_set_desc(dev, "Host to PCI bridge");
	return (BUS_PROBE_DEFAULT);
}

static int
hostb_attach(device_t dev)
{
	if (device_add_child(dev, "pci", -1) == NULL)
		return (ENXIO);
	return (bus_generic_attach(dev));
}

static int
hostb_detach(device_t dev)
{
	int error;

	error = bus_generic_detach(dev);
	if (error != 0)
		return (error);
	return (device_delete_children(dev));
}

static int
hostb_read_ivar(device_t dev, device_t child, int which, uintptr_t *result)
{
	switch (which) {
	case PCIB_IVAR_DOMAIN:
	case PCIB_IVAR_BUS:
		*result = 0;
		return (0);
	default:
		return (ENOENT);
	}
}

static int
hostb_maxslots(device_t dev)
{
	return (MACHINE_PCI_SLOTS - 1);
}

static uint32_t
hostb_read_config(device_t dev, u_int bus, u_int slot, u_int func, u_int reg,
    int width)
{
	if (bus != 0 || func != 0)
		return (0xffffffff);
	return (machine_pci_read(slot, reg, width));
}

static void
hostb_write_config(device_t dev, u_int bus, u_int slot, u_int func, u_int reg,
    uint32_t value, int width)
{
	if (bus == 0 && func == 0)
		machine_pci_write(slot, reg, value, width);
}

/* The machine's wiring; the pins of a slot are one. */
static int
hostb_route_interrupt(device_t pcib, device_t dev, int pin)
{
	if (pin < 1 || pin > 4)
		return (PCI_INVALID_IRQ);
	return (MACHINE_INTX_VECTOR(machine_intx_line(pci_get_slot(dev))));
}

/* A row that begins where the message's low bits are 0. */
static int
hostb_alloc_msi(device_t pcib, device_t dev, int count, int maxcount, int *irqs)
{
	struct hostb_softc *sc = device_get_softc(pcib);
	int first, i;

	for (first = 0; first + count <= IRQ_MSI_COUNT; first += maxcount) {
		for (i = 0; i < count && !sc->msi_taken[first + i]; i++)
			;
		if (i < count)
			continue;
		for (i = 0; i < count; i++) {
			sc->msi_taken[first + i] = true;
			irqs[i] = IRQ_MSI_FIRST + first + i;
		}
		return (0);
	}
	return (ENXIO);
}

static int
hostb_alloc_msix(device_t pcib, device_t dev, int *irq)
{
	struct hostb_softc *sc = device_get_softc(pcib);
	int i;

	for (i = 0; i < IRQ_MSI_COUNT; i++) {
		if (sc->msi_taken[i])
			continue;
		sc->msi_taken[i] = true;
		*irq = IRQ_MSI_FIRST + i;
		return (0);
	}
	return (ENXIO);
}

static int
hostb_release_msix(device_t pcib, device_t dev, int irq)
{
	struct hostb_softc *sc = device_get_softc(pcib);

	KASSERT(irq >= IRQ_MSI_FIRST && irq < IRQ_COUNT &&
		sc->msi_taken[irq - IRQ_MSI_FIRST],
	    ("%s: IRQ %d was not allocated", __func__, irq));
	sc->msi_taken[irq - IRQ_MSI_FIRST] = false;
	return (0);
}

static int
hostb_release_msi(device_t pcib, device_t dev, int count, int *irqs)
{
	int i;

	for (i = 0; i < count; i++)
		(void)hostb_release_msix(pcib, dev, irqs[i]);
	return (0);
}

static int
hostb_map_msi(device_t pcib, device_t dev, int irq, uint64_t *addr,
    uint32_t *data)
{
	if (irq < IRQ_MSI_FIRST || irq >= IRQ_COUNT)
		return (EINVAL);
	machine_msi_message(irq, addr, data);
	return (0);
}

static kobj_method_t hostb_methods[] = { DEVMETHOD(device_identify,
					     hostb_identify),
	DEVMETHOD(device_probe, hostb_probe),
	DEVMETHOD(device_attach, hostb_attach),
	DEVMETHOD(device_detach, hostb_detach),
	DEVMETHOD(device_shutdown, bus_generic_shutdown),
	DEVMETHOD(device_suspend, bus_generic_suspend),
	DEVMETHOD(device_resume, bus_generic_resume),

	DEVMETHOD(bus_read_ivar, hostb_read_ivar),
	DEVMETHOD(bus_write_ivar, bus_generic_write_ivar),
	DEVMETHOD(bus_alloc_resource, bus_generic_alloc_resource),
	DEVMETHOD(bus_adjust_resource, bus_generic_adjust_resource),
	DEVMETHOD(bus_release_resource, bus_generic_release_resource),
	DEVMETHOD(bus_activate_resource, bus_generic_activate_resource),
	DEVMETHOD(bus_deactivate_resource, bus_generic_deactivate_resource),
	DEVMETHOD(bus_setup_intr, bus_generic_setup_intr),
	DEVMETHOD(bus_teardown_intr, bus_generic_teardown_intr),

	DEVMETHOD(pcib_maxslots, hostb_maxslots),
	DEVMETHOD(pcib_read_config, hostb_read_config),
	DEVMETHOD(pcib_write_config, hostb_write_config),
	DEVMETHOD(pcib_route_interrupt, hostb_route_interrupt),
	DEVMETHOD(pcib_alloc_msi, hostb_alloc_msi),
	DEVMETHOD(pcib_release_msi, hostb_release_msi),
	DEVMETHOD(pcib_alloc_msix, hostb_alloc_msix),
	DEVMETHOD(pcib_release_msix, hostb_release_msix),
	DEVMETHOD(pcib_map_msi, hostb_map_msi), DEVMETHOD_END };

static DEFINE_CLASS_0(pcib, hostb_driver, hostb_methods,
    sizeof(struct hostb_softc));
NEWBUS_MODULE(pcib, nexus, hostb_driver, BUS_PASS_DEFAULT);
MODULE_DEPEND(pcib, nexus, 1, 1, 1);
MODULE_VERSION(pcib, 1);
