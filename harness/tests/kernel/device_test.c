/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * device(9) and driver(9): who gets a device, and in which order things
 * happen to it.  Each test puts a bus of its own, tbus0, under the root.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/malloc.h>
#include <sys/module.h>

#include "kernel/kernel.h"
#include "machine/memory.h"
#include "tests/test.h"

/* What happened, a word each. */
static char trail[512];

static void
note(const char *fmt, ...)
{
	size_t length = strlen(trail);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(trail + length, sizeof(trail) - length, fmt, ap);
	va_end(ap);
}

/*
 * --- the bus ---
 */

enum {
	TBUS_IVAR_COLOUR,
	TBUS_IVAR_CONSTANT,
};
__BUS_ACCESSOR(tbus, colour, TBUS, COLOUR, int)

static int colour;

static int
tbus_probe(device_t dev)
{
	device_set_desc(dev, "Test bus");
	return (0);
}

static int
tbus_read_ivar(device_t dev, device_t child, int which, uintptr_t *result)
{
	if (which != TBUS_IVAR_COLOUR)
		return (ENOENT);
	*result = colour;
	return (0);
}

static int
tbus_write_ivar(device_t dev, device_t child, int which, uintptr_t value)
{
	if (which != TBUS_IVAR_COLOUR)
		return (EINVAL);
	colour = value;
	return (0);
}

static void
tbus_child_detached(device_t dev, device_t child)
{
	note("detached:%s ", device_get_nameunit(child));
}

static void
tbus_child_deleted(device_t dev, device_t child)
{
	note("deleted ");
}

static void
tbus_probe_nomatch(device_t dev, device_t child)
{
	note("nomatch ");
}

static kobj_method_t tbus_methods[] = { DEVMETHOD(device_probe, tbus_probe),
	DEVMETHOD(device_attach, bus_generic_attach),
	DEVMETHOD(device_detach, bus_generic_detach),
	DEVMETHOD(device_suspend, bus_generic_suspend),
	DEVMETHOD(device_resume, bus_generic_resume),
	DEVMETHOD(device_shutdown, bus_generic_shutdown),
	DEVMETHOD(bus_read_ivar, tbus_read_ivar),
	DEVMETHOD(bus_write_ivar, tbus_write_ivar),
	DEVMETHOD(bus_child_detached, tbus_child_detached),
	DEVMETHOD(bus_child_deleted, tbus_child_deleted),
	DEVMETHOD(bus_probe_nomatch, tbus_probe_nomatch), DEVMETHOD_END };
static driver_t tbus_driver = { "tbus", tbus_methods, 0, NULL, 0, NULL };

static device_t bus;
static devclass_t tbus_class;

static void
setup(void)
{
	trail[0] = '\0';
	T_REQUIRE(devclass_add_driver(root_devclass, &tbus_driver,
		      BUS_PASS_DEFAULT, &tbus_class) == 0);
	bus = device_add_child(root_bus, "tbus", -1);
	T_REQUIRE(bus != NULL);
	T_REQUIRE(device_probe_and_attach(bus) == 0);
	T_TRUE(device_is_attached(bus));
}

static void
teardown(void)
{
	T_EQ(device_delete_child(root_bus, bus), 0);
	T_EQ(devclass_delete_driver(root_devclass, &tbus_driver), 0);
}

/*
 * --- the drivers: each bids what the test says ---
 */

struct softc {
	int magic;
	int probes;
	uint8_t blob[300];
};

static int good_bid, better_bid, attach_result, detach_result, quiesce_result;
static device_t last;

static int
good_probe(device_t dev)
{
	struct softc *sc = device_get_softc(dev);

	note("good? ");
	sc->probes++;
	device_set_desc(dev, "a good device");
	return (good_bid);
}

static int
better_probe(device_t dev)
{
	struct softc *sc = device_get_softc(dev);

	note("better? ");
	sc->probes++;
#if __FreeBSD_version >= 1400000
	device_set_descf(dev, "a %s device", "better");
#else
	device_set_desc_copy(dev, "a better device");
#endif
	return (better_bid);
}

static int
t_attach(device_t dev)
{
	note("attach:%s ", device_get_nameunit(dev));
	last = dev;
	return (attach_result);
}

static int
t_detach(device_t dev)
{
	note("detach:%s ", device_get_nameunit(dev));
	return (detach_result);
}

static int
t_quiesce(device_t dev)
{
	note("quiesce:%s ", device_get_nameunit(dev));
	return (quiesce_result);
}

static int
t_suspend(device_t dev)
{
	note("suspend:%s ", device_get_nameunit(dev));
	return (device_get_unit(dev) == 0 ? detach_result : 0);
}

static int
t_resume(device_t dev)
{
	note("resume:%s ", device_get_nameunit(dev));
	return (0);
}

#define T_METHODS                                 \
	DEVMETHOD(device_attach, t_attach),       \
	    DEVMETHOD(device_detach, t_detach),   \
	    DEVMETHOD(device_quiesce, t_quiesce), \
	    DEVMETHOD(device_suspend, t_suspend), \
	    DEVMETHOD(device_resume, t_resume), DEVMETHOD_END

static kobj_method_t good_methods[] = { DEVMETHOD(device_probe, good_probe),
	T_METHODS };
static kobj_method_t better_methods[] = { DEVMETHOD(device_probe, better_probe),
	T_METHODS };
static driver_t good_driver = { "good", good_methods, sizeof(struct softc),
	NULL, 0, NULL };
static driver_t better_driver = { "better", better_methods,
	sizeof(struct softc), NULL, 0, NULL };

static void
add_drivers(int good, int better)
{
	good_bid = good;
	better_bid = better;
	attach_result = detach_result = quiesce_result = 0;
	T_REQUIRE(devclass_add_driver(tbus_class, &good_driver,
		      BUS_PASS_DEFAULT, NULL) == 0);
	T_REQUIRE(devclass_add_driver(tbus_class, &better_driver,
		      BUS_PASS_DEFAULT, NULL) == 0);
}

static void
delete_drivers(void)
{
	T_EQ(devclass_delete_driver(tbus_class, &better_driver), 0);
	T_EQ(devclass_delete_driver(tbus_class, &good_driver), 0);
}

/*
 * --- probe ---
 */

KERNEL_TEST(newbus, highest_bid_wins_and_is_probed_again)
{
	device_t child;
	struct softc *sc;

	setup();
	add_drivers(BUS_PROBE_DEFAULT, BUS_PROBE_VENDOR);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), 0);
	T_STR(trail, "good? better? better? attach:better0 ");
	T_STR(device_get_nameunit(child), "better0");
	T_STR(device_get_desc(child), "a better device");
	sc = device_get_softc(child);
	T_EQ(sc->probes, 2);
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, loser_does_not_leave_its_softc)
{
	device_t child;
	struct softc *sc;

	setup();
	add_drivers(BUS_PROBE_VENDOR, BUS_PROBE_DEFAULT);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), 0);
	T_STR(trail, "good? better? good? attach:good0 ");
	/* The winner was probed first, but this is a new softc: all zero. */
	sc = device_get_softc(child);
	T_EQ(sc->probes, 1);
	T_EQ(sc->magic, 0);
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, bid_of_zero_ends_the_bidding)
{
	device_t child;

	setup();
	add_drivers(BUS_PROBE_SPECIFIC, BUS_PROBE_SPECIFIC);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), 0);
	T_STR(trail, "good? attach:good0 ");
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, nobody_wants_it)
{
	device_t child;

	setup();
	add_drivers(ENXIO, BUS_PROBE_NOWILDCARD);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), ENXIO);
	T_STR(trail, "good? better? nomatch ");
	T_TRUE(device_get_driver(child) == NULL);
	T_TRUE(device_get_softc(child) == NULL);
	T_TRUE(device_get_nameunit(child) == NULL);
	T_EQ(device_get_state(child), DS_NOTPRESENT);
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, asked_for_by_name_only_that_driver_bids)
{
	device_t child;

	setup();
	add_drivers(BUS_PROBE_VENDOR, BUS_PROBE_NOWILDCARD);
	child = device_add_child(bus, "better", 3);
	T_REQUIRE(child != NULL);
	T_EQ(device_probe_and_attach(child), 0);
	T_STR(trail, "better? better? attach:better3 ");
	/* The unit is taken now. */
	T_TRUE(device_add_child(bus, "better", 3) == NULL);
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, later_driver_is_offered_what_nobody_wanted)
{
	device_t child;

	setup();
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), ENXIO);
	add_drivers(BUS_PROBE_DEFAULT, BUS_PROBE_VENDOR);
	T_STR(trail, "nomatch good? good? attach:good0 ");
	/* And whoever is attached keeps it. */
	T_STR(device_get_name(child), "good");
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, softc_is_zeroed_guest_memory)
{
	device_t child;
	struct softc *sc;
	size_t i;

	setup();
	add_drivers(0, ENXIO);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), 0);
	sc = device_get_softc(child);
	T_TRUE(machine_is_kva((uintptr_t)sc, sizeof(*sc)));
	for (i = 0; i < sizeof(sc->blob); i++)
		T_REQUIRE(sc->blob[i] == 0);
	delete_drivers();
	teardown();
}

/*
 * --- attach and detach ---
 */

KERNEL_TEST(newbus, failed_attach_leaves_nothing)
{
	device_t child;

	setup();
	add_drivers(0, ENXIO);
	attach_result = ENOMEM;
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), ENOMEM);
	T_HAS(kernel_log_text(), "device_attach: good0 attach returned 12");
	T_TRUE(device_get_driver(child) == NULL);
	T_TRUE(device_get_softc(child) == NULL);
	T_EQ(device_get_state(child), DS_NOTPRESENT);
	/* The unit is free again, and another try may succeed. */
	attach_result = 0;
	T_EQ(device_probe_and_attach(child), 0);
	T_STR(device_get_nameunit(child), "good0");
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, detach_and_deletion_tell_the_bus_in_order)
{
	device_t child;

	setup();
	add_drivers(0, ENXIO);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), 0);
	trail[0] = '\0';
	T_EQ(device_delete_child(bus, child), 0);
	T_STR(trail, "detach:good0 detached:good0 deleted ");
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, refused_detach_keeps_all_as_it_was)
{
	device_t child;

	setup();
	add_drivers(0, ENXIO);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), 0);
	detach_result = EBUSY;
	T_EQ(device_detach(child), EBUSY);
	T_EQ(device_delete_child(bus, child), EBUSY);
	T_EQ(devclass_delete_driver(tbus_class, &good_driver), EBUSY);
	T_TRUE(device_is_attached(child));
	T_TRUE(device_get_softc(child) != NULL);
	detach_result = 0;
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, busy_one_and_its_parents_do_not_detach)
{
	device_t child;

	setup();
	add_drivers(0, ENXIO);
	child = device_add_child(bus, NULL, -1);
	T_EQ(device_probe_and_attach(child), 0);
	device_busy(child);
	device_busy(child);
	T_EQ(device_get_state(child), DS_BUSY);
	T_EQ(device_get_state(bus), DS_BUSY);
	T_EQ(device_detach(child), EBUSY);
	T_EQ(device_detach(bus), EBUSY);
	device_unbusy(child);
	T_EQ(device_detach(child), EBUSY);
	device_unbusy(child);
	T_EQ(device_get_state(bus), DS_ATTACHED);
	T_EQ(device_detach(child), 0);
	delete_drivers();
	teardown();
}

KERNEL_TEST_ALWAYS_PANICS(newbus, unbusy_without_busy,
    "called for non-busy device")
{
	setup();
	device_unbusy(bus);
}

KERNEL_TEST(newbus, removing_a_driver_detaches_its_devices)
{
	device_t a, b;

	setup();
	add_drivers(0, ENXIO);
	a = device_add_child(bus, NULL, -1);
	b = device_add_child(bus, NULL, -1);
	bus_generic_attach(bus);
	T_STR(device_get_nameunit(a), "good0");
	T_STR(device_get_nameunit(b), "good1");
	trail[0] = '\0';
	T_EQ(devclass_delete_driver(tbus_class, &good_driver), 0);
	T_STR(trail,
	    "detach:good0 detached:good0 nomatch "
	    "detach:good1 detached:good1 nomatch ");
	T_EQ(good_driver.refs, 0);
	T_TRUE(good_driver.ops == NULL);
	T_EQ(devclass_delete_driver(tbus_class, &better_driver), 0);
	teardown();
}

KERNEL_TEST(newbus, bus_detaches_its_children_backwards)
{
	setup();
	add_drivers(0, ENXIO);
	device_add_child_ordered(bus, 20, NULL, -1);
	device_add_child_ordered(bus, 10, NULL, -1);
	bus_generic_attach(bus);
	trail[0] = '\0';
	T_EQ(device_detach(bus), 0);
	/* good0 is the one of order 10: it was first. */
	T_STR(trail,
	    "quiesce:good0 quiesce:good1 detach:good1 detached:good1 "
	    "detach:good0 detached:good0 "
#if __FreeBSD_version >= 1500000
	    "deleted deleted "
#endif
	);
	T_EQ(device_probe_and_attach(bus), 0);
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, child_that_cannot_quiesce_stops_the_bus)
{
	setup();
	add_drivers(0, ENXIO);
	device_add_child(bus, NULL, -1);
	bus_generic_attach(bus);
	quiesce_result = EBUSY;
	trail[0] = '\0';
	T_EQ(device_detach(bus), EBUSY);
	T_STR(trail, "quiesce:good0 ");
	quiesce_result = 0;
	delete_drivers();
	teardown();
}

KERNEL_TEST(newbus, failed_suspend_resumes_those_that_slept)
{
	setup();
	add_drivers(0, ENXIO);
	device_add_child(bus, NULL, -1);
	device_add_child(bus, NULL, -1);
	bus_generic_attach(bus);
	trail[0] = '\0';
	detach_result = EBUSY; /* unit 0 refuses to suspend */
	T_EQ(DEVICE_SUSPEND(bus), EBUSY);
	T_STR(trail, "suspend:good1 suspend:good0 resume:good1 ");
	T_FALSE(device_is_suspended(device_find_child(bus, "good", 1)));
	detach_result = 0;
	T_EQ(DEVICE_SUSPEND(bus), 0);
	T_TRUE(device_is_suspended(device_find_child(bus, "good", 0)));
	T_EQ(DEVICE_RESUME(bus), 0);
	T_FALSE(device_is_suspended(device_find_child(bus, "good", 0)));
	delete_drivers();
	teardown();
}

/*
 * --- the rest ---
 */

KERNEL_TEST(newbus, ivars_are_the_parents)
{
	device_t child;
	uintptr_t value;

	setup();
	child = device_add_child(bus, NULL, -1);
	tbus_set_colour(child, 42);
	T_EQ(tbus_get_colour(child), 42);
	T_EQ(BUS_READ_IVAR(bus, child, TBUS_IVAR_CONSTANT, &value), ENOENT);
	teardown();
}

KERNEL_TEST(newbus, children_are_listed_by_order)
{
	device_t a, b, c, *list;
	int count;

	setup();
	b = device_add_child_ordered(bus, 10, NULL, -1);
	c = device_add_child_ordered(bus, 10, NULL, -1);
	a = device_add_child(bus, NULL, -1);
	T_REQUIRE(device_get_children(bus, &list, &count) == 0);
	T_EQ(count, 3);
	T_TRUE(list[0] == a && list[1] == b && list[2] == c);
	free(list, M_TEMP);
	T_EQ(device_delete_children(bus), 0);
	T_REQUIRE(device_get_children(bus, &list, &count) == 0);
	T_EQ(count, 0);
	T_TRUE(list == NULL);
	teardown();
}

KERNEL_TEST(newbus, sysctl_tree_says_what_it_is)
{
	char text[64];

	setup();
	add_drivers(0, ENXIO);
	device_add_child(bus, NULL, -1);
	bus_generic_attach(bus);
	T_EQ(kernel_sysctl_read("dev.good.0.%driver", text, sizeof(text)), 0);
	T_STR(text, "good");
	T_EQ(kernel_sysctl_read("dev.good.0.%desc", text, sizeof(text)), 0);
	T_STR(text, "a good device");
	T_EQ(kernel_sysctl_read("dev.good.0.%parent", text, sizeof(text)), 0);
	T_STR(text, "tbus0");
	delete_drivers();
	T_EQ(kernel_sysctl_read("dev.good.0.%driver", text, sizeof(text)),
	    ENOENT);
	teardown();
}

KERNEL_TEST(newbus, attach_is_announced)
{
	setup();
	add_drivers(0, ENXIO);
	device_add_child(bus, NULL, -1);
	bus_generic_attach(bus);
	T_HAS(kernel_log_text(), "tbus0: <Test bus>");
	T_HAS(kernel_log_text(), "good0: <a good device> on tbus0\n");
	delete_drivers();
	T_HAS(kernel_log_text(), "good0: detached\n");
	teardown();
}

KERNEL_TEST_ALWAYS_PANICS(newbus, list_of_resources_is_freed_while_in_use,
    "resource_list_delete: resource has not been released")
{
	struct resource_list rl;

	resource_list_init(&rl);
	resource_list_add(&rl, SYS_RES_IRQ, 0, 5, 5, 1)->res = (void *)&rl;
	resource_list_delete(&rl, SYS_RES_IRQ, 0);
}
