/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whose it is what a thread obtains: the device whose method runs, and its
 * parent's again when a method that was called from another returns.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/proc.h>

#include "kernel/event.h"
#include "kernel/kernel.h"
#include "tests/test.h"

static const void *owner_in_child, *owner_before, *owner_after;
static const char *name_before, *name_after;
static devclass_t outer_class;
static device_t inner;

static int
any_probe(device_t dev)
{
	device_set_desc(dev, "nested");
	return (0);
}

static int
inner_attach(device_t dev)
{
	owner_in_child = curthread->td_device;
	return (*(int *)device_get_softc(device_get_parent(dev)));
}

static int
outer_attach(device_t dev)
{
	owner_before = curthread->td_device;
	name_before = curthread->td_device_name;
	inner = device_add_child(dev, "inner", -1);
	T_REQUIRE(inner != NULL);
	(void)device_probe_and_attach(inner);
	owner_after = curthread->td_device;
	name_after = curthread->td_device_name;
	return (0);
}

static int
outer_detach(device_t dev)
{
	int error = bus_generic_detach(dev);

	owner_after = curthread->td_device;
	return (error);
}

static int
inner_detach(device_t dev)
{
	owner_in_child = curthread->td_device;
	return (0);
}

static kobj_method_t inner_methods[] = { DEVMETHOD(device_probe, any_probe),
	DEVMETHOD(device_attach, inner_attach),
	DEVMETHOD(device_detach, inner_detach), DEVMETHOD_END };
static kobj_method_t outer_methods[] = { DEVMETHOD(device_probe, any_probe),
	DEVMETHOD(device_attach, outer_attach),
	DEVMETHOD(device_detach, outer_detach), DEVMETHOD_END };
static driver_t inner_driver = { "inner", inner_methods, 0, NULL, 0, NULL };
static driver_t outer_driver = { "outer", outer_methods, sizeof(int), NULL, 0,
	NULL };

/* Attaches both, the inner one with `result`, and detaches them again. */
static void
nest(void)
{
	device_t outer;

	T_REQUIRE(devclass_add_driver(root_devclass, &outer_driver,
		      BUS_PASS_DEFAULT, &outer_class) == 0);
	T_REQUIRE(devclass_add_driver(outer_class, &inner_driver,
		      BUS_PASS_DEFAULT, NULL) == 0);
	outer = device_add_child(root_bus, "outer", -1);
	T_REQUIRE(outer != NULL);
	T_TRUE(curthread->td_device == NULL);
	T_EQ(device_probe_and_attach(outer), 0);
	T_TRUE(curthread->td_device == NULL);
	T_TRUE(curthread->td_device_name == NULL);
	T_TRUE(device_is_attached(inner));
	T_TRUE(owner_in_child == inner);
	T_TRUE(owner_before == outer);
	T_TRUE(owner_after == outer);
	T_STR(name_before, "outer0");
	T_STR(name_after, "outer0");
	owner_in_child = owner_after = NULL;
	T_EQ(device_detach(outer), 0);
	T_TRUE(owner_in_child == inner);
	T_TRUE(owner_after == outer);
	T_TRUE(curthread->td_device == NULL);
	T_EQ(device_delete_child(root_bus, outer), 0);
	T_EQ(devclass_delete_driver(outer_class, &inner_driver), 0);
	T_EQ(devclass_delete_driver(root_devclass, &outer_driver), 0);
}

KERNEL_TEST(newbus, nested_methods_have_their_own_device)
{
	nest();
}
