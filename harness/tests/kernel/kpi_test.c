/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where releases of FreeBSD differ (`make check KPI=12`): what is written
 * here as a driver of that release has it must compile and work.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/module.h>
#include <sys/rman.h>
#include <sys/sbuf.h>
#include <geom/geom_disk.h>
#include <machine/resource.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "tests/test.h"

/*
 * --- a bus with a description, in the release's own form ---
 */

static int
kpibus_probe(device_t dev)
{
	device_set_desc(dev, "bus of a release");
	return (BUS_PROBE_DEFAULT);
}

static int
kpibus_attach(device_t dev)
{
	if (device_add_child(dev, "kpidev", -1) == NULL)
		return (ENXIO);
#if __FreeBSD_version >= 1500000
	bus_identify_children(dev);
	bus_attach_children(dev);
	return (0);
#else
	bus_generic_probe(dev);
	return (bus_generic_attach(dev));
#endif
}

static int
kpibus_detach(device_t dev)
{
	int error;

	error = bus_generic_detach(dev);
#if __FreeBSD_version < 1500000
	if (error == 0)
		error = device_delete_children(dev);
#endif
	return (error);
}

#if __FreeBSD_version < 1400000
static int
kpibus_pnpinfo(device_t dev, device_t child, char *buf, size_t buflen)
{
	snprintf(buf, buflen, "colour=%s", "red");
	return (0);
}
#define KPIBUS_PNPINFO DEVMETHOD(bus_child_pnpinfo_str, kpibus_pnpinfo)
#else
static int
kpibus_pnpinfo(device_t dev, device_t child, struct sbuf *sb)
{
	sbuf_printf(sb, "colour=%s", "red");
	return (0);
}
#define KPIBUS_PNPINFO DEVMETHOD(bus_child_pnpinfo, kpibus_pnpinfo)
#endif

static device_method_t kpibus_methods[] = { DEVMETHOD(device_probe,
						kpibus_probe),
	DEVMETHOD(device_attach, kpibus_attach),
	DEVMETHOD(device_detach, kpibus_detach),
	DEVMETHOD(bus_add_child, bus_generic_add_child), KPIBUS_PNPINFO,
	DEVMETHOD(bus_alloc_resource, bus_generic_alloc_resource),
	DEVMETHOD(bus_release_resource, bus_generic_release_resource),
	DEVMETHOD(bus_activate_resource, bus_generic_activate_resource),
	DEVMETHOD(bus_deactivate_resource, bus_generic_deactivate_resource),
	DEVMETHOD(bus_adjust_resource, bus_generic_adjust_resource),
	DEVMETHOD_END };

static driver_t kpibus_driver = { "kpibus", kpibus_methods, 0, NULL, 0, NULL };

static int
kpidev_probe(device_t dev)
{
	device_set_desc(dev, "device of a release");
	return (BUS_PROBE_DEFAULT);
}

static int
kpidev_nothing(device_t dev)
{
	return (0);
}

static device_method_t kpidev_methods[] = { DEVMETHOD(device_probe,
						kpidev_probe),
	DEVMETHOD(device_attach, kpidev_nothing),
	DEVMETHOD(device_detach, kpidev_nothing), DEVMETHOD_END };

static driver_t kpidev_driver = { "kpidev", kpidev_methods, 0, NULL, 0, NULL };

#if __FreeBSD_version < 1400000
static devclass_t kpidev_devclass;
DRIVER_MODULE(kpidev, kpibus, kpidev_driver, kpidev_devclass, NULL, NULL);
#else
DRIVER_MODULE(kpidev, kpibus, kpidev_driver, NULL, NULL);
#endif

/*
 * --- a driver that comes before others ---
 */

static int early_pass, early_attaches;

static void
kpiearly_identify(driver_t *driver, device_t parent)
{
	if (device_find_child(parent, "kpiearly", -1) == NULL)
		BUS_ADD_CHILD(parent, 0, "kpiearly", 0);
}

static int
kpiearly_attach(device_t dev)
{
	early_pass = bus_current_pass;
	early_attaches++;
	return (0);
}

static int
kpiearly_detach(device_t dev)
{
	early_attaches = 0;
	return (0);
}

static device_method_t kpiearly_methods[] = { DEVMETHOD(device_identify,
						  kpiearly_identify),
	DEVMETHOD(device_probe, kpidev_probe),
	DEVMETHOD(device_attach, kpiearly_attach),
	DEVMETHOD(device_detach, kpiearly_detach), DEVMETHOD_END };

static driver_t kpiearly_driver = { "kpiearly", kpiearly_methods, 0, NULL, 0,
	NULL };

#if __FreeBSD_version < 1400000
static devclass_t kpiearly_devclass;
EARLY_DRIVER_MODULE(kpiearly, nexus, kpiearly_driver, kpiearly_devclass, NULL,
    NULL, BUS_PASS_CPU);
#else
EARLY_DRIVER_MODULE(kpiearly, nexus, kpiearly_driver, NULL, NULL, BUS_PASS_CPU);
#endif

KERNEL_TEST(kpi, early_driver_attaches_in_its_pass)
{
	T_EQ(early_pass, BUS_PASS_CPU);
	T_EQ(early_attaches, 1);
	T_EQ(bus_current_pass, BUS_PASS_DEFAULT);
	bus_set_pass(BUS_PASS_DEFAULT);
	T_EQ(early_attaches, 1);
}

KERNEL_TEST_PANICS(kpi, passes_do_not_go_back, "lower bus pass level")
{
	bus_set_pass(BUS_PASS_CPU);
}

static device_t bus, dev;

/* A bus below nexus0, which has addresses to give. */
static void
start(void)
{
	devclass_t nexus = devclass_find("nexus");
	device_t nexus0 = devclass_get_device(nexus, 0);

	T_REQUIRE(nexus0 != NULL);
	T_REQUIRE(devclass_add_driver(nexus, &kpibus_driver, BUS_PASS_DEFAULT,
		      NULL) == 0);
	bus = BUS_ADD_CHILD(nexus0, 0, "kpibus", -1);
	T_REQUIRE(bus != NULL);
	T_REQUIRE(device_probe_and_attach(bus) == 0);
	dev = device_find_child(bus, "kpidev", -1);
	T_REQUIRE(dev != NULL && device_is_attached(dev));
}

static void
stop(void)
{
	T_EQ(device_delete_child(device_get_parent(bus), bus), 0);
	T_EQ(devclass_delete_driver(devclass_find("nexus"), &kpibus_driver), 0);
}

KERNEL_TEST(kpi, driver_module_of_the_release)
{
	T_TRUE(module_lookupbyname("kpibus/kpidev") != NULL);
	start();
#if __FreeBSD_version < 1400000
	T_TRUE(devclass_find("kpidev") == kpidev_devclass);
#endif
	stop();
}

KERNEL_TEST(kpi, bus_describes_its_child)
{
	char text[64];

	start();
	T_EQ(kernel_sysctl_read("dev.kpidev.0.%pnpinfo", text, sizeof(text)),
	    0);
	T_STR(text, "colour=red");
	T_EQ(kernel_sysctl_read("dev.kpidev.0.%location", text, sizeof(text)),
	    0);
	T_STR(text, "");
#if __FreeBSD_version < 1400000
	T_EQ(bus_child_pnpinfo_str(dev, text, 8), 0);
	T_STR(text, "colour=");
	T_EQ(bus_child_pnpinfo_str(root_bus, text, sizeof(text)), 0);
	T_STR(text, "");
	T_EQ(bus_child_location_str(root_bus, text, sizeof(text)), 0);
	T_STR(text, "");
	/* Without the method of the bus. */
	T_EQ(bus_child_location_str(dev, text, sizeof(text)), ENXIO);
	T_STR(text, "");
#endif
	stop();
}

static struct resource *
take(int *rid)
{
	struct resource *r;

	*rid = 7;
	r = bus_alloc_resource(dev, SYS_RES_MEMORY, rid, 0, RM_MAX_END,
	    PAGE_SIZE, 0);
	T_REQUIRE(r != NULL);
	return (r);
}

KERNEL_TEST(kpi, resource_with_type_and_rid)
{
	struct resource *r;
	struct resource_map map;
	int rid;

	start();
	r = take(&rid);
	T_EQ(bus_adjust_resource(dev, SYS_RES_MEMORY, r, rman_get_start(r),
		 rman_get_start(r) + 2 * PAGE_SIZE - 1),
	    0);
	T_EQ(rman_get_size(r), 2 * PAGE_SIZE);
	T_EQ(bus_activate_resource(dev, SYS_RES_MEMORY, rid, r), 0);
	T_TRUE((rman_get_flags(r) & RF_ACTIVE) != 0);
	T_EQ(bus_map_resource(dev, SYS_RES_MEMORY, r, NULL, &map), 0);
	T_EQ(map.r_size, 2 * PAGE_SIZE);
	T_EQ(bus_unmap_resource(dev, SYS_RES_MEMORY, r, &map), 0);
	T_EQ(bus_deactivate_resource(dev, SYS_RES_MEMORY, rid, r), 0);
	T_EQ(bus_release_resource(dev, SYS_RES_MEMORY, rid, r), 0);
	stop();
}

#if __FreeBSD_version >= 1400000
KERNEL_TEST(kpi, resource_alone)
{
	struct resource *r;
	struct resource_map map;
	int rid;

	start();
	r = take(&rid);
	T_EQ(bus_adjust_resource(dev, r, rman_get_start(r),
		 rman_get_start(r) + 2 * PAGE_SIZE - 1),
	    0);
	T_EQ(bus_activate_resource(dev, r), 0);
	T_TRUE((rman_get_flags(r) & RF_ACTIVE) != 0);
	T_EQ(bus_map_resource(dev, r, NULL, &map), 0);
	T_EQ(bus_unmap_resource(dev, r, &map), 0);
	T_EQ(bus_deactivate_resource(dev, r), 0);
	T_EQ(bus_release_resource(dev, r), 0);
	stop();
}
#endif

KERNEL_TEST_MISUSE(kpi, release_under_a_wrong_rid,
    "bus_release_resource by kpidev0: type 3 and rid 8 of a resource of "
    "type 3 and rid 7")
{
	struct resource *r;
	int rid;

	start();
	r = take(&rid);
	T_EQ(bus_release_resource(dev, SYS_RES_MEMORY, rid + 1, r), 0);
	stop();
}

KERNEL_TEST_MISUSE(kpi, map_under_a_wrong_type,
    "bus_map_resource by kpidev0: type 1 and rid -1")
{
	struct resource *r;
	struct resource_map map;
	int rid;

	start();
	r = take(&rid);
	T_EQ(bus_activate_resource(dev, SYS_RES_MEMORY, rid, r), 0);
	T_EQ(bus_map_resource(dev, SYS_RES_IRQ, r, NULL, &map), 0);
	T_EQ(bus_unmap_resource(dev, SYS_RES_MEMORY, r, &map), 0);
	T_EQ(bus_release_resource(dev, SYS_RES_MEMORY, rid, r), 0);
	stop();
}

/*
 * --- what a driver declares ---
 */

#if __FreeBSD_version < 1400000
static int
kpi_dump(void *priv, void *virtual, vm_offset_t physical, off_t offset,
    size_t length)
{
	return (physical == 0 ? 0 : EINVAL);
}
#else
static int
kpi_dump(void *priv, void *virtual, off_t offset, size_t length)
{
	return (0);
}
#endif

KERNEL_TEST(kpi, dump_routine_of_the_release)
{
	dumper_t *dump = kpi_dump;

#if __FreeBSD_version < 1400000
	T_EQ(dump(NULL, NULL, 0, 0, 0), 0);
#else
	T_EQ(dump(NULL, NULL, 0, 0), 0);
#endif
}

/* The smallest version says: 12.1, 13.0, 14.0 or 15.0. */
KERNEL_TEST(kpi, limits_of_the_release)
{
#if __FreeBSD_version < 1300000
	T_EQ(MAXPHYS, 128 * 1024);
	T_EQ(DISK_VERSION, DISK_VERSION_05);
#else
	T_EQ(maxphys, 1024 * 1024);
	T_EQ(DISK_VERSION, DISK_VERSION_06);
#endif
	T_EQ(__FreeBSD__, __FreeBSD_version / 100000);
}
