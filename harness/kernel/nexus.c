/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The top of the device tree: the root bus, and nexus(4) on it, which owns
 * the machine's resources (register addresses, ports and interrupt vectors)
 * and connects handlers to vectors.
 */
#include "kernel/newbus.h"

#include <sys/interrupt.h>
#include <sys/module.h>
#include <sys/rman.h>
#include <machine/intr_machdep.h>

device_t root_bus;
devclass_t root_devclass;

/*
 * --- root ---
 */

/* Nobody above us could say that a device has gone. */
static int
root_child_present(device_t dev, device_t child)
{
	return (-1);
}

static int
root_print_child(device_t dev, device_t child)
{
	int length;

	length = bus_print_child_header(dev, child);
	return (length + printf("\n"));
}

static kobj_method_t root_methods[] = { DEVMETHOD(device_suspend,
					    bus_generic_suspend),
	DEVMETHOD(device_resume, bus_generic_resume),
	DEVMETHOD(device_shutdown, bus_generic_shutdown),

	DEVMETHOD(bus_add_child, bus_generic_add_child),
	DEVMETHOD(bus_print_child, root_print_child),
	DEVMETHOD(bus_read_ivar, bus_generic_read_ivar),
	DEVMETHOD(bus_write_ivar, bus_generic_write_ivar),
	DEVMETHOD(bus_child_present, root_child_present), DEVMETHOD_END };

static driver_t root_driver = {
	.name = "root",
	.methods = root_methods,
};

void
device_boot(void)
{
	root_bus = device_add_child(NULL, "root", 0);
	root_devclass = device_get_devclass(root_bus);
	device_set_desc(root_bus, "System root bus");
	(void)device_set_driver(root_bus, &root_driver);
	root_bus->state = DS_ATTACHED;
}

void
root_bus_configure(void)
{
	bus_set_pass(BUS_PASS_DEFAULT);
}

/*
 * --- nexus ---
 */

struct nexus_softc {
	struct rman mem;
	struct rman port;
	struct rman irq;
};

static int
nexus_probe(device_t dev)
{
	device_quiet(dev);
	return (BUS_PROBE_GENERIC);
}

static int
nexus_attach(device_t dev)
{
	struct nexus_softc *sc = device_get_softc(dev);

	sc->mem.rm_type = sc->port.rm_type = sc->irq.rm_type = RMAN_ARRAY;
	sc->mem.rm_descr = "I/O memory addresses";
	sc->port.rm_descr = "I/O ports";
	sc->irq.rm_descr = "Interrupt request lines";
	if (rman_init(&sc->mem) != 0 || rman_init(&sc->port) != 0 ||
	    rman_init(&sc->irq) != 0 ||
	    rman_manage_region(&sc->mem, MACHINE_MMIO_BASE,
		MACHINE_MMIO_BASE + MACHINE_MMIO_SIZE - 1) != 0 ||
	    rman_manage_region(&sc->port, MACHINE_PORT_BASE,
		MACHINE_PORT_BASE + MACHINE_PORT_SIZE - 1) != 0 ||
	    rman_manage_region(&sc->irq, IRQ_INTX_FIRST, IRQ_COUNT - 1) != 0)
		panic("%s: cannot set up the resources", __func__);
	bus_generic_probe(dev);
	return (bus_generic_attach(dev));
}

static int
nexus_detach(device_t dev)
{
	struct nexus_softc *sc = device_get_softc(dev);
	int error;

	error = bus_generic_detach(dev);
	if (error != 0)
		return (error);
	error = device_delete_children(dev);
	if (error != 0)
		return (error);
	if (rman_fini(&sc->irq) != 0 || rman_fini(&sc->port) != 0 ||
	    rman_fini(&sc->mem) != 0)
		panic("%s: resources are still allocated", __func__);
	return (0);
}

static int
nexus_child_present(device_t dev, device_t child)
{
	return (1);
}

static struct rman *
nexus_rman(device_t dev, int type)
{
	struct nexus_softc *sc = device_get_softc(dev);

	switch (type) {
	case SYS_RES_MEMORY:
		return (&sc->mem);
	case SYS_RES_IOPORT:
		return (&sc->port);
	case SYS_RES_IRQ:
		return (&sc->irq);
	default:
		return (NULL); /* no ISA */
	}
}

/* Whether a resource of this type has registers behind it. */
static bool
nexus_has_registers(struct resource *r)
{
	return (rman_get_type(r) == SYS_RES_MEMORY ||
	    rman_get_type(r) == SYS_RES_IOPORT);
}

static struct resource *
nexus_alloc_resource(device_t dev, device_t child, int type, int *rid,
    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags)
{
	struct rman *rm = nexus_rman(dev, type);
	struct resource *r;

	if (rm == NULL)
		return (NULL);
	r = rman_reserve_resource(rm, start, end, count, flags & ~RF_ACTIVE,
	    child);
	if (r == NULL)
		return (NULL);
	rman_set_rid(r, *rid);
	rman_set_type(r, type);
	if ((flags & RF_ACTIVE) != 0 && newbus_activate(child, r) != 0) {
		rman_release_resource(r);
		return (NULL);
	}
	return (r);
}

static int
nexus_release_resource(device_t dev, device_t child,
    P_TYPE_RID struct resource *r)
{
	struct rman *rm = nexus_rman(dev, rman_get_type(r));
	int error;

	if (rm == NULL || !rman_is_region_manager(r, rm))
		return (EINVAL);
	if ((rman_get_flags(r) & RF_ACTIVE) != 0) {
		error = newbus_deactivate(child, r);
		if (error != 0)
			return (error);
	}
	return (rman_release_resource(r));
}

static int
nexus_adjust_resource(device_t dev, device_t child, P_TYPE struct resource *r,
    rman_res_t start, rman_res_t end)
{
	struct rman *rm = nexus_rman(dev, rman_get_type(r));

	if (rm == NULL || !rman_is_region_manager(r, rm))
		return (EINVAL);
	return (rman_adjust_resource(r, start, end));
}

static int
nexus_map_resource(device_t dev, device_t child, P_TYPE struct resource *r,
    struct resource_map_request *argsp, struct resource_map *map)
{
	struct resource_map_request args;
	rman_res_t length;
	int error;

	if ((rman_get_flags(r) & RF_ACTIVE) == 0)
		return (ENXIO);
	if (!nexus_has_registers(r))
		return (EINVAL);
	resource_init_map_request(&args);
	if (argsp != NULL) {
		if (argsp->size > sizeof(args))
			return (EINVAL);
		memcpy(&args, argsp, argsp->size);
	}
	if (args.offset >= rman_get_size(r))
		return (EINVAL);
	length =
	    args.length != 0 ? args.length : rman_get_size(r) - args.offset;
	if (length > rman_get_size(r) - args.offset)
		return (EINVAL);
	map->r_bustag = rman_get_type(r) == SYS_RES_IOPORT ? X86_BUS_SPACE_IO :
							     X86_BUS_SPACE_MEM;
	error = bus_space_map(map->r_bustag, rman_get_start(r) + args.offset,
	    length, 0, &map->r_bushandle);
	map->r_size = length;
	map->r_vaddr = NULL;
	return (error);
}

static int
nexus_unmap_resource(device_t dev, device_t child, P_TYPE struct resource *r,
    struct resource_map *map)
{
	if (!nexus_has_registers(r))
		return (EINVAL);
	bus_space_unmap(map->r_bustag, map->r_bushandle, map->r_size);
	return (0);
}

static int
nexus_activate_resource(device_t dev, device_t child,
    P_TYPE_RID struct resource *r)
{
	struct resource_map map;
	int error;

	error = rman_activate_resource(r);
	if (error != 0 || !nexus_has_registers(r) ||
	    (rman_get_flags(r) & RF_UNMAPPED) != 0)
		return (error);
	error = nexus_map_resource(dev, child, A_TYPE(r) r, NULL, &map);
	if (error != 0) {
		rman_deactivate_resource(r);
		return (error);
	}
	rman_set_mapping(r, &map);
	return (0);
}

static int
nexus_deactivate_resource(device_t dev, device_t child,
    P_TYPE_RID struct resource *r)
{
	struct resource_map map;
	int error;

	error = rman_deactivate_resource(r);
	if (error != 0 || !nexus_has_registers(r) ||
	    (rman_get_flags(r) & RF_UNMAPPED) != 0)
		return (error);
	rman_get_mapping(r, &map);
	return (nexus_unmap_resource(dev, child, A_TYPE(r) r, &map));
}

/*
 * --- interrupts ---
 */

static int
nexus_setup_intr(device_t dev, device_t child, struct resource *irq, int flags,
    driver_filter_t *filter, driver_intr_t *intr, void *arg, void **cookiep)
{
	int error;

	if (irq == NULL)
		panic("%s: no interrupt resource", __func__);
	*cookiep = NULL;
	if ((rman_get_flags(irq) & RF_SHAREABLE) == 0)
		flags |= INTR_EXCL;
	error = rman_activate_resource(irq);
	if (error != 0)
		return (error);
	return (intr_add_handler(child, rman_get_start(irq), filter, intr, arg,
	    flags, cookiep));
}

static int
nexus_teardown_intr(device_t dev, device_t child, struct resource *irq,
    void *cookie)
{
	return (intr_event_remove_handler(cookie));
}

static int
nexus_suspend_intr(device_t dev, device_t child, struct resource *irq)
{
	return (intr_irq_suspend(rman_get_start(irq), child, true));
}

static int
nexus_resume_intr(device_t dev, device_t child, struct resource *irq)
{
	return (intr_irq_suspend(rman_get_start(irq), child, false));
}

/* The machine has processor 0 alone; -1 means any. */
static int
nexus_bind_intr(device_t dev, device_t child, struct resource *irq, int cpu)
{
	return (cpu == 0 || cpu == -1 ? 0 : EINVAL);
}

static int
nexus_describe_intr(device_t dev, device_t child, struct resource *irq,
    void *cookie, const char *descr)
{
	return (intr_event_describe_handler(intr_handler_event(cookie), cookie,
	    descr));
}

static kobj_method_t nexus_methods[] = { DEVMETHOD(device_probe, nexus_probe),
	DEVMETHOD(device_attach, nexus_attach),
	DEVMETHOD(device_detach, nexus_detach),
	DEVMETHOD(device_shutdown, bus_generic_shutdown),
	DEVMETHOD(device_suspend, bus_generic_suspend),
	DEVMETHOD(device_resume, bus_generic_resume),

	DEVMETHOD(bus_add_child, bus_generic_add_child),
	DEVMETHOD(bus_child_present, nexus_child_present),
	DEVMETHOD(bus_read_ivar, bus_generic_read_ivar),
	DEVMETHOD(bus_write_ivar, bus_generic_write_ivar),
	DEVMETHOD(bus_alloc_resource, nexus_alloc_resource),
	DEVMETHOD(bus_adjust_resource, nexus_adjust_resource),
	DEVMETHOD(bus_release_resource, nexus_release_resource),
	DEVMETHOD(bus_activate_resource, nexus_activate_resource),
	DEVMETHOD(bus_deactivate_resource, nexus_deactivate_resource),
	DEVMETHOD(bus_map_resource, nexus_map_resource),
	DEVMETHOD(bus_unmap_resource, nexus_unmap_resource),
	DEVMETHOD(bus_setup_intr, nexus_setup_intr),
	DEVMETHOD(bus_teardown_intr, nexus_teardown_intr),
	DEVMETHOD(bus_suspend_intr, nexus_suspend_intr),
	DEVMETHOD(bus_resume_intr, nexus_resume_intr),
	DEVMETHOD(bus_bind_intr, nexus_bind_intr),
	DEVMETHOD(bus_describe_intr, nexus_describe_intr), DEVMETHOD_END };

static DEFINE_CLASS_0(nexus, nexus_driver, nexus_methods,
    sizeof(struct nexus_softc));
NEWBUS_MODULE(nexus, root, nexus_driver, BUS_PASS_BUS);
MODULE_VERSION(nexus, 1);

/*
 * Once all drivers are there, the machine's devices are looked for; nexus0
 * goes when all drivers have gone.
 */
static void
configure(void *arg)
{
	if (device_add_child(root_bus, "nexus", 0) == NULL)
		panic("%s: nexus0 exists already", __func__);
	root_bus_configure();
}
SYSINIT(configure, SI_SUB_CONFIGURE, SI_ORDER_THIRD, configure, NULL);

static void
unconfigure(void *arg)
{
	int error;

	error = device_delete_children(root_bus);
	if (error != 0)
		kern_misuse("the device tree cannot be taken down: error %d",
		    error);
}
SYSUNINIT(unconfigure, SI_SUB_CONFIGURE, SI_ORDER_THIRD, unconfigure, NULL);
