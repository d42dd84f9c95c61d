/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * devclass(9): names, units, and drivers that a class inherits; and what a
 * driver may set of its device (device(9)).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/malloc.h>
#include <sys/module.h>

#include "kernel/kernel.h"
#include "tests/test.h"

static int attaches, detach_result;

static int
t_probe(device_t dev)
{
	return (BUS_PROBE_DEFAULT);
}

static int
t_attach(device_t dev)
{
	attaches++;
	return (0);
}

static int
t_detach(device_t dev)
{
	return (detach_result);
}

/* A bus, an heir of it, and a driver for the children of either. */
static device_method_t bus_methods[] = { DEVMETHOD(device_probe, t_probe),
	DEVMETHOD(device_attach, bus_generic_attach),
	DEVMETHOD(device_detach, bus_generic_detach), DEVMETHOD_END };
DEFINE_CLASS_0(dcbus, dcbus_driver, bus_methods, 0);
DEFINE_CLASS_1(dcheir, dcheir_driver, bus_methods, 0, dcbus_driver);

static device_method_t leaf_methods[] = { DEVMETHOD(device_probe, t_probe),
	DEVMETHOD(device_attach, t_attach), DEVMETHOD(device_detach, t_detach),
	DEVMETHOD_END };
static driver_t leaf_driver = { "dcleaf", leaf_methods, 32, NULL, 0, NULL };

static device_t bus, heir;
static devclass_t dcbus;

static device_t
add_bus(driver_t *driver, const char *name)
{
	device_t dev;

	T_REQUIRE(devclass_add_driver(root_devclass, driver, BUS_PASS_DEFAULT,
		      NULL) == 0);
	dev = device_add_child(root_bus, name, -1);
	T_REQUIRE(dev != NULL && device_probe_and_attach(dev) == 0);
	return (dev);
}

static void
setup(void)
{
	attaches = detach_result = 0;
	bus = add_bus(&dcbus_driver, "dcbus");
	heir = add_bus(&dcheir_driver, "dcheir");
	dcbus = devclass_find("dcbus");
}

static void
teardown(void)
{
	T_EQ(device_delete_child(root_bus, heir), 0);
	T_EQ(device_delete_child(root_bus, bus), 0);
	T_EQ(devclass_delete_driver(root_devclass, &dcheir_driver), 0);
	T_EQ(devclass_delete_driver(root_devclass, &dcbus_driver), 0);
}

KERNEL_TEST(devclass, heir_gets_the_drivers_of_its_base)
{
	device_t a, b;

	setup();
	T_TRUE(devclass_get_parent(devclass_find("dcheir")) == dcbus);
	a = device_add_child(bus, NULL, -1);
	b = device_add_child(heir, NULL, -1);
	bus_generic_attach(bus);
	bus_generic_attach(heir);
	T_EQ(attaches, 0);
	/* A new driver is offered to the buses of both classes... */
	T_EQ(devclass_add_driver(dcbus, &leaf_driver, BUS_PASS_DEFAULT, NULL),
	    0);
	T_EQ(attaches, 2);
	T_STR(device_get_nameunit(a), "dcleaf0");
	T_STR(device_get_nameunit(b), "dcleaf1");
	/* ...and goes from both, or from neither. */
	detach_result = EBUSY;
	T_EQ(devclass_delete_driver(dcbus, &leaf_driver), EBUSY);
	detach_result = 0;
	T_EQ(devclass_delete_driver(dcbus, &leaf_driver), 0);
	T_FALSE(device_is_attached(a) || device_is_attached(b));
	T_EQ(devclass_delete_driver(dcbus, &leaf_driver), ENOENT);
	teardown();
}

KERNEL_TEST(devclass, parent_can_be_set)
{
	devclass_t dc;

	setup();
	dc = devclass_create("dcother");
	T_TRUE(devclass_get_parent(dc) == NULL);
	devclass_set_parent(dc, dcbus);
	T_TRUE(devclass_get_parent(dc) == dcbus);
	devclass_set_parent(dc, NULL);
	T_TRUE(devclass_create("dcother") == dc);
	T_TRUE(devclass_create(NULL) == NULL);
	T_TRUE(devclass_find("dcnone") == NULL);
	T_EQ(devclass_get_maxunit(NULL), -1);
	T_EQ(devclass_find_free_unit(NULL, 4), 4);
	T_TRUE(devclass_get_name(NULL) == NULL);
	teardown();
}

KERNEL_TEST(devclass, lists_devices_and_drivers)
{
	device_t dev[10], *devices;
	driver_t **drivers;
	devclass_t dc;
	int count, i;

	setup();
	T_EQ(devclass_add_driver(dcbus, &leaf_driver, BUS_PASS_DEFAULT, &dc),
	    0);
	/* More than the first piece of the table holds. */
	for (i = 0; i < 10; i++)
		dev[i] = device_add_child(bus, "dcleaf", i == 9 ? 20 : -1);
	bus_generic_attach(bus);
	T_EQ(attaches, 10);
	T_STR(device_get_nameunit(dev[9]), "dcleaf20");
	T_EQ(devclass_get_count(dc), 10);
	T_TRUE(devclass_get_softc(dc, 20) == device_get_softc(dev[9]));
	T_TRUE(devclass_get_softc(dc, 9) == NULL);
	T_EQ(devclass_find_free_unit(dc, 3), 9);
	T_REQUIRE(devclass_get_devices(dc, &devices, &count) == 0);
	T_EQ(count, 10);
	T_TRUE(devices[0] == dev[0] && devices[9] == dev[9]);
	free(devices, M_TEMP);
	T_REQUIRE(devclass_get_drivers(dcbus, &drivers, &count) == 0);
	T_EQ(count, 1);
	T_TRUE(drivers[0] == &leaf_driver);
	free(drivers, M_TEMP);
	T_EQ(devclass_delete_driver(dcbus, &leaf_driver), 0);
	teardown();
}

KERNEL_TEST(devclass, driver_of_no_pass_is_refused)
{
	setup();
	T_EQ(devclass_add_driver(dcbus, &leaf_driver, BUS_PASS_ROOT, NULL),
	    EINVAL);
	/* Nobody of that name was ever there. */
	T_EQ(devclass_delete_driver(dcbus, &leaf_driver), 0);
	teardown();
}

KERNEL_TEST(devclass, class_has_a_place_in_sysctl)
{
	char text[32];

	setup();
	T_TRUE(devclass_get_sysctl_tree(dcbus) != NULL);
	T_TRUE(devclass_get_sysctl_ctx(dcbus) != NULL);
	T_EQ(kernel_sysctl_read("dev.dcheir.%parent", text, sizeof(text)), 0);
	T_STR(text, "dcbus");
	T_EQ(kernel_sysctl_read("dev.dcbus.%parent", text, sizeof(text)), 0);
	T_STR(text, "");
	teardown();
}

/*
 * --- modules that drivers bring ---
 */

static int chain_events, chain_result;

static int
chain(module_t mod, int what, void *arg)
{
	chain_events |= 1 << what;
	return (chain_result);
}

static struct driver_module_data leaf_data = { chain, NULL, "dcbus",
	&leaf_driver, NULL, BUS_PASS_DEFAULT };
static moduledata_t leaf_mod = { "dcbus/dcleaf", driver_module_handler,
	&leaf_data };

KERNEL_TEST(devclass, driver_module_asks_its_own_handler)
{
	module_t mod;

	setup();
	chain_events = chain_result = 0;
	module_register_init(&leaf_mod);
	mod = module_lookupbyname("dcbus/dcleaf");
	T_REQUIRE(mod != NULL);
	T_EQ(chain_events, 1 << MOD_LOAD);
	T_EQ(leaf_driver.refs, 1);
	T_EQ(module_quiesce(mod), 0);
	/* A handler that refuses to load: the driver is not added. */
	T_EQ(module_unload(mod), 0);
	T_EQ(chain_events, 1 << MOD_LOAD | 1 << MOD_QUIESCE | 1 << MOD_UNLOAD);
	T_EQ(leaf_driver.refs, 0);
	chain_result = ENXIO;
	module_register_init(&leaf_mod);
	T_TRUE(module_lookupbyname("dcbus/dcleaf") == NULL);
	T_EQ(leaf_driver.refs, 0);
	T_EQ(driver_module_handler(NULL, MOD_SHUTDOWN, &leaf_data), EOPNOTSUPP);
	teardown();
}

/*
 * --- what a driver may set ---
 */

static device_t leaf;

static void
setup_leaf(void)
{
	setup();
	T_EQ(devclass_add_driver(dcbus, &leaf_driver, BUS_PASS_DEFAULT, NULL),
	    0);
	leaf = device_add_child(bus, NULL, -1);
	T_REQUIRE(device_probe_and_attach(leaf) == 0);
}

static void
teardown_leaf(void)
{
	T_EQ(devclass_delete_driver(dcbus, &leaf_driver), 0);
	teardown();
}

KERNEL_TEST(device, softc_of_the_driver)
{
	static int mine;
	void *softc;

	setup_leaf();
	softc = device_get_softc(leaf);
	T_REQUIRE(softc != NULL);
	/* Claimed, it outlives the detach. */
	device_claim_softc(leaf);
	T_EQ(device_detach(leaf), 0);
	device_free_softc(softc);
	/* Replaced, the old one is freed. */
	device_set_softc(leaf, NULL);
	T_EQ(device_probe_and_attach(leaf), 0);
	device_set_softc(leaf, &mine);
	T_TRUE(device_get_softc(leaf) == &mine);
	T_EQ(device_detach(leaf), 0);
	device_set_softc(leaf, NULL);
	device_claim_softc(leaf);
	teardown_leaf();
}

KERNEL_TEST(device, class_and_unit)
{
	device_t other;

	setup_leaf();
	T_FALSE(device_is_devclass_fixed(leaf));
	T_EQ(device_set_unit(leaf, 3), EBUSY);
	T_EQ(device_set_driver(leaf, NULL), EBUSY);
	T_EQ(device_set_devclass_fixed(leaf, NULL), EINVAL);
	T_EQ(device_set_devclass(leaf, "dcother"), EINVAL);
	T_HAS(kernel_log_text(),
	    "device_set_devclass: device class already set");
	other = device_add_child(bus, NULL, -1);
	T_EQ(device_set_unit(other, 3), EINVAL);
	T_EQ(device_set_devclass_fixed(other, "dcleaf"), 0);
	T_TRUE(device_is_devclass_fixed(other));
	T_EQ(device_get_unit(other), 1);
	T_EQ(device_set_unit(other, 1), 0);
	T_EQ(device_set_unit(other, 0), EBUSY);
	T_EQ(device_set_unit(other, -5), EBUSY);
	T_EQ(device_set_unit(other, 7), 0);
	T_STR(device_get_nameunit(other), "dcleaf7");
	T_EQ(device_probe_and_attach(other), 0);
	T_EQ(device_detach(other), 0);
	/* What was asked for by name keeps it. */
	T_STR(device_get_nameunit(other), "dcleaf7");
	teardown_leaf();
}

KERNEL_TEST(device, flags_and_messages)
{
	device_t nobody;

	setup_leaf();
	device_set_flags(leaf, 0x12);
	T_EQ(device_get_flags(leaf), 0x12);
#if __FreeBSD_version >= 1400000
	T_TRUE(device_has_children(bus));
	T_FALSE(device_has_children(leaf));
	T_TRUE(device_log(leaf, 3, "%s\n", "lost") > 0);
	T_HAS(kernel_log_text(), "dcleaf0: lost\n");
#endif
	nobody = device_add_child(bus, NULL, -1);
	device_printf(nobody, "hello\n");
	T_HAS(kernel_log_text(), "unknown: hello\n");
	T_EQ(device_quiesce(nobody), 0);
	T_EQ(device_detach(nobody), 0);
	T_EQ(device_attach(leaf), 0);
	T_EQ(device_probe(leaf), -1);
	device_busy(leaf);
	T_EQ(device_quiesce(leaf), EBUSY);
	device_unbusy(leaf);
	teardown_leaf();
}

KERNEL_TEST(device, disabled_one_is_left_alone)
{
	device_t other;

	setup_leaf();
	other = device_add_child(bus, "dcleaf", 5);
	device_disable(other);
	T_EQ(device_probe(other), -1);
	T_EQ(device_probe_and_attach(other), 0);
	T_EQ(device_attach(other), ENXIO);
	T_FALSE(device_is_alive(other));
	device_enable(other);
	T_EQ(device_probe(other), 0);
	T_TRUE(device_is_alive(other));
	/* Probed already: no second time. */
	T_EQ(device_probe_child(bus, other), 0);
	T_EQ(device_attach(other), 0);
	teardown_leaf();
}

KERNEL_TEST(device, quiet_bus_has_quiet_children)
{
	device_t other;

	setup_leaf();
	device_quiet_children(bus);
	other = device_add_child(bus, NULL, -1);
	T_TRUE(device_is_quiet(other));
	T_TRUE(device_has_quiet_children(other));
	T_EQ(device_probe_and_attach(other), 0);
	T_EQ(device_delete_child(bus, other), 0);
	teardown_leaf();
}

KERNEL_TEST_PANICS(device, busy_before_attach, "called for unattached device")
{
	setup_leaf();
	device_busy(device_add_child(bus, NULL, -1));
}

KERNEL_TEST_PANICS(device, probe_below_a_bus_without_a_class,
    "parent device has no devclass")
{
	device_t nobody;

	setup_leaf();
	nobody = device_add_child(bus, NULL, -1);
	(void)device_probe(device_add_child(nobody, NULL, -1));
}
