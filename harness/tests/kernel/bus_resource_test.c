/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_alloc_resource(9) and its neighbours, through all buses from a PCI
 * function and its child to the machine; and the lists in which a bus keeps
 * what its children have.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/rman.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "kernel/kernel.h"
#include "tests/kernel/fakepci.h"
#include "tests/test.h"

#define WINDOW PCIR_BAR(FAKEPCI_MSIX_BAR)

static struct fakepci f;
static device_t kid;

static void
plug(void)
{
	fakepci_init(&f, 3);
	fakepci_add_msix(&f);
	fakepci_plug(&f);
	kid = device_add_child(f.dev, "kid", 0);
	T_REQUIRE(kid != NULL);
}

static void
unplug(void)
{
	fakepci_unplug(&f);
}

KERNEL_TEST(bus_resource, table_of_what_a_driver_needs)
{
	struct resource_spec spec[] = {
		{ SYS_RES_MEMORY, WINDOW, RF_ACTIVE },
		{ SYS_RES_MEMORY, PCIR_BAR(5), RF_ACTIVE | RF_OPTIONAL },
		{ SYS_RES_IRQ, 0, RF_ACTIVE | RF_SHAREABLE },
		RESOURCE_SPEC_END,
	};
	struct resource *res[3];

	plug();
	T_EQ(bus_alloc_resources(f.dev, spec, res), 0);
	T_TRUE(res[0] != NULL && res[1] == NULL && res[2] != NULL);
	T_EQ(rman_get_start(res[2]), MACHINE_INTX_VECTOR(3));
	bus_release_resources(f.dev, spec, res);
	T_TRUE(res[0] == NULL && res[2] == NULL);
	/* What is missing and not optional: nothing stays allocated. */
	spec[1].flags = RF_ACTIVE;
	T_EQ(bus_alloc_resources(f.dev, spec, res), ENXIO);
	T_TRUE(res[0] == NULL && res[1] == NULL && res[2] == NULL);
	unplug();
}

KERNEL_TEST(bus_resource, release_without_a_rid)
{
	struct resource *r;
	int rid = WINDOW;

	plug();
	T_EQ(bus_free_resource(f.dev, SYS_RES_MEMORY, NULL), 0);
	r = bus_alloc_resource_any(f.dev, SYS_RES_MEMORY, &rid, RF_ACTIVE);
	T_REQUIRE(r != NULL);
	T_EQ(bus_free_resource(f.dev, SYS_RES_MEMORY, r), 0);
	unplug();
}

KERNEL_TEST(bus_resource, range_is_set_asked_for_and_forgotten)
{
	rman_res_t start = 0, count = 0;
	struct resource *r;
	int rid = 9;

	plug();
	T_EQ(bus_get_resource(f.dev, SYS_RES_MEMORY, rid, &start, &count),
	    ENOENT);
	T_EQ(bus_get_resource_start(f.dev, SYS_RES_MEMORY, rid), 0);
	T_EQ(bus_get_resource_count(f.dev, SYS_RES_MEMORY, rid), 0);
	start = MACHINE_MMIO_BASE + MACHINE_MMIO_SIZE / 2;
	T_EQ(bus_set_resource(f.dev, SYS_RES_MEMORY, rid, start, 0x2000), 0);
	T_EQ(bus_get_resource_start(f.dev, SYS_RES_MEMORY, rid), start);
	T_EQ(bus_get_resource_count(f.dev, SYS_RES_MEMORY, rid), 0x2000);
	r = bus_alloc_resource_any(f.dev, SYS_RES_MEMORY, &rid, 0);
	T_REQUIRE(r != NULL);
	T_EQ(rman_get_start(r), start);
	T_EQ(rman_get_size(r), 0x2000);
	/* It is not kept by the bus: a second time there is none. */
	T_TRUE(bus_alloc_resource_any(f.dev, SYS_RES_MEMORY, &rid, 0) == NULL);
	T_HAS(kernel_log_text(),
	    "resource entry 0x9 type 3 for child fake0 "
	    "is busy");
	T_EQ(bus_release_resource(f.dev, SYS_RES_MEMORY, rid, r), 0);
	bus_delete_resource(f.dev, SYS_RES_MEMORY, rid);
	bus_delete_resource(f.dev, SYS_RES_MEMORY, rid);
	T_EQ(bus_get_resource(f.dev, SYS_RES_MEMORY, rid, &start, NULL),
	    ENOENT);
	unplug();
}

KERNEL_TEST(bus_resource, request_of_a_grandchild_goes_up)
{
	struct resource_map_request request;
	struct resource_map map;
	struct resource *r;
	int rid = 3;

	plug();
	T_TRUE(
	    bus_alloc_resource_anywhere(kid, SYS_RES_DRQ, &rid, 1, 0) == NULL);
	T_TRUE(bus_alloc_resource(kid, SYS_RES_MEMORY, &rid, 0, 0xfff, 0x1000,
		   0) == NULL);
	r = bus_alloc_resource_anywhere(kid, SYS_RES_MEMORY, &rid, 0x3000,
	    RF_ACTIVE | RF_UNMAPPED);
	T_REQUIRE(r != NULL);
	T_TRUE(rman_get_device(r) == kid);
	resource_init_map_request(&request);
	request.offset = 0x1000;
	request.length = 0x800;
	T_EQ(bus_map_resource(kid, SYS_RES_MEMORY, r, &request, &map), 0);
	T_EQ(map.r_size, 0x800);
	T_EQ(bus_unmap_resource(kid, SYS_RES_MEMORY, r, &map), 0);
	request.length = 0;
	T_EQ(bus_map_resource(kid, SYS_RES_MEMORY, r, &request, &map), 0);
	T_EQ(map.r_size, 0x2000);
	T_EQ(bus_unmap_resource(kid, SYS_RES_MEMORY, r, &map), 0);
	request.length = 0x2001;
	T_EQ(bus_map_resource(kid, SYS_RES_MEMORY, r, &request, &map), EINVAL);
	request.offset = 0x3000;
	T_EQ(bus_map_resource(kid, SYS_RES_MEMORY, r, &request, &map), EINVAL);
	request.size = 10000;
	T_EQ(bus_map_resource(kid, SYS_RES_MEMORY, r, &request, &map), EINVAL);
	T_EQ(bus_deactivate_resource(kid, SYS_RES_MEMORY, rid, r), 0);
	T_EQ(bus_map_resource(kid, SYS_RES_MEMORY, r, NULL, &map), ENXIO);
	T_EQ(bus_adjust_resource(kid, SYS_RES_MEMORY, r, rman_get_start(r),
		 rman_get_start(r) + 0xfff),
	    0);
	T_EQ(bus_release_resource(kid, SYS_RES_MEMORY, rid, r), 0);
	unplug();
}

static void
handler(void *arg)
{
}

KERNEL_TEST(bus_resource, interrupt_of_a_grandchild)
{
	struct resource *r;
	struct resource_map map;
	void *cookie;
	int rid = 0;

	plug();
	r = bus_alloc_resource(kid, SYS_RES_IRQ, &rid, 200, 200, 1, RF_ACTIVE);
	T_REQUIRE(r != NULL);
	T_EQ(bus_map_resource(kid, SYS_RES_IRQ, r, NULL, &map), EINVAL);
	T_EQ(bus_unmap_resource(kid, SYS_RES_IRQ, r, &map), EINVAL);
	/* Without a type, and under Giant. */
	T_EQ(bus_setup_intr(kid, r, INTR_TYPE_MISC, NULL, NULL, NULL, &cookie),
	    EINVAL);
	T_EQ(bus_setup_intr(kid, r, INTR_TYPE_MISC, NULL, handler, NULL,
		 &cookie),
	    0);
	T_HAS(kernel_log_text(), "kid0: [GIANT-LOCKED]");
	T_EQ(bus_suspend_intr(kid, r), 0);
	T_EQ(bus_resume_intr(kid, r), 0);
	T_EQ(bus_teardown_intr(kid, r, cookie), 0);
	T_EQ(bus_suspend_intr(kid, r), EINVAL);
	T_EQ(bus_release_resource(kid, SYS_RES_IRQ, rid, r), 0);
	unplug();
}

/* Above it there is nobody who could answer. */
KERNEL_TEST(bus_resource, root_has_nothing)
{
	struct resource_map map;
	struct resource *r;
	void *cookie = NULL;
	int rid = WINDOW;

	plug();
	r = bus_alloc_resource_any(f.dev, SYS_RES_MEMORY, &rid, RF_ACTIVE);
	T_REQUIRE(r != NULL);
	T_TRUE(
	    bus_alloc_resource_any(root_bus, SYS_RES_MEMORY, &rid, 0) == NULL);
	T_TRUE(bus_generic_alloc_resource(root_bus, f.dev, SYS_RES_MEMORY, &rid,
		   0, 1, 1, 0) == NULL);
	T_EQ(bus_activate_resource(root_bus, SYS_RES_MEMORY, rid, r), EINVAL);
	T_EQ(bus_deactivate_resource(root_bus, SYS_RES_MEMORY, rid, r), EINVAL);
	T_EQ(bus_adjust_resource(root_bus, SYS_RES_MEMORY, r, 0, 1), EINVAL);
	T_EQ(bus_map_resource(root_bus, SYS_RES_MEMORY, r, NULL, &map), EINVAL);
	T_EQ(bus_unmap_resource(root_bus, SYS_RES_MEMORY, r, &map), EINVAL);
	T_EQ(bus_release_resource(root_bus, SYS_RES_MEMORY, rid, r), EINVAL);
	T_EQ(bus_setup_intr(root_bus, r, INTR_TYPE_MISC, NULL, handler, NULL,
		 &cookie),
	    EINVAL);
	T_EQ(bus_teardown_intr(root_bus, r, cookie), EINVAL);
	T_EQ(bus_suspend_intr(root_bus, r), EINVAL);
	T_EQ(bus_resume_intr(root_bus, r), EINVAL);
	T_EQ(bus_bind_intr(root_bus, r, 0), EINVAL);
	T_EQ(bus_describe_intr(root_bus, r, cookie, "x"), EINVAL);
	/* Buses without a way of their own ask the one above. */
	T_EQ(bus_generic_config_intr(f.dev, 200, INTR_TRIGGER_EDGE,
		 INTR_POLARITY_HIGH),
	    EINVAL);
	T_EQ(bus_generic_bind_intr(root_bus, f.dev, r, 0), EINVAL);
	T_EQ(bus_generic_setup_intr(root_bus, f.dev, r, 0, NULL, handler, NULL,
		 &cookie),
	    EINVAL);
	T_EQ(bus_generic_teardown_intr(root_bus, f.dev, r, cookie), EINVAL);
	T_EQ(bus_generic_suspend_intr(root_bus, f.dev, r), EINVAL);
	T_EQ(bus_generic_resume_intr(root_bus, f.dev, r), EINVAL);
	T_EQ(bus_generic_describe_intr(root_bus, f.dev, r, cookie, "x"),
	    EINVAL);
	T_TRUE(BUS_GET_RESOURCE_LIST(root_bus, f.dev) == NULL);
	T_EQ(bus_set_resource(kid, SYS_RES_MEMORY, 0, 0, 1), ENXIO);
	T_TRUE(bus_get_bus_tag(f.dev) == X86_BUS_SPACE_MEM);
	T_TRUE(bus_get_bus_tag(root_bus) == X86_BUS_SPACE_MEM);
	T_EQ(bus_child_present(device_get_parent(device_get_parent(f.dev))), 1);
	T_EQ(bus_null_rescan(root_bus), ENODEV);
	T_EQ(bus_release_resource(f.dev, SYS_RES_MEMORY, rid, r), 0);
	unplug();
}

/*
 * --- resource lists ---
 */

static struct resource_list rl;

KERNEL_TEST(bus_resource, list_finds_a_free_rid)
{
	resource_list_init(&rl);
	T_EQ(resource_list_add_next(&rl, SYS_RES_IRQ, 5, 5, 1), 0);
	T_EQ(resource_list_add_next(&rl, SYS_RES_IRQ, 6, 6, 1), 1);
	T_EQ(resource_list_add_next(&rl, SYS_RES_MEMORY, 6, 6, 1), 0);
	T_EQ(resource_list_busy(&rl, SYS_RES_IRQ, 0), 0);
	T_EQ(resource_list_busy(&rl, SYS_RES_IRQ, 7), 0);
	T_EQ(resource_list_reserved(&rl, SYS_RES_IRQ, 0), 0);
	T_EQ(resource_list_reserved(&rl, SYS_RES_IRQ, 7), 0);
	resource_list_free(&rl);
	T_TRUE(resource_list_find(&rl, SYS_RES_IRQ, 0) == NULL);
}

KERNEL_TEST(bus_resource, purge_gives_back_what_is_held)
{
	struct resource *r;
	int rid = 0;

	plug();
	resource_list_init(&rl);
	resource_list_add(&rl, SYS_RES_MEMORY, 0, 0, 0, 0);
	r = bus_alloc_resource_anywhere(kid, SYS_RES_MEMORY, &rid, 0x1000, 0);
	T_REQUIRE(r != NULL);
	resource_list_find(&rl, SYS_RES_MEMORY, 0)->res = r;
	resource_list_purge(&rl);
	T_TRUE(STAILQ_EMPTY(&rl));
	unplug();
}

KERNEL_TEST(bus_resource, reserved_window_is_lent_and_taken_back)
{
	struct resource_list *list;
	struct resource *r;
	device_t pci;
	int rid = WINDOW;

	plug();
	pci = device_get_parent(f.dev);
	list = BUS_GET_RESOURCE_LIST(pci, f.dev);
	T_REQUIRE(list != NULL);
	T_TRUE(resource_list_reserved(list, SYS_RES_MEMORY, WINDOW));
	T_FALSE(resource_list_busy(list, SYS_RES_MEMORY, WINDOW));
	r = bus_alloc_resource_any(f.dev, SYS_RES_MEMORY, &rid, RF_ACTIVE);
	T_TRUE(resource_list_busy(list, SYS_RES_MEMORY, WINDOW));
	T_EQ(resource_list_unreserve(list, pci, f.dev, SYS_RES_MEMORY, WINDOW),
	    EBUSY);
	T_EQ(resource_list_unreserve(list, pci, f.dev, SYS_RES_IRQ, 0), EINVAL);
	T_EQ(resource_list_release_active(list, pci, kid, SYS_RES_MEMORY),
	    EINVAL);
	T_EQ(bus_release_resource(f.dev, SYS_RES_MEMORY, rid, r), 0);
	/* It is still there, and not lent. */
	T_EQ(bus_release_resource(f.dev, SYS_RES_MEMORY, rid, r), EINVAL);
	unplug();
}

KERNEL_TEST_PANICS(bus_resource, list_with_a_resource_is_freed,
    "resource_list_free: resource entry is busy")
{
	resource_list_init(&rl);
	resource_list_add(&rl, SYS_RES_IRQ, 0, 5, 5, 1)->res = (void *)&rl;
	resource_list_free(&rl);
}

KERNEL_TEST_PANICS(bus_resource, range_of_a_resource_is_changed,
    "resource_list_add: resource entry is busy")
{
	resource_list_init(&rl);
	resource_list_add(&rl, SYS_RES_IRQ, 0, 5, 5, 1)->res = (void *)&rl;
	resource_list_add(&rl, SYS_RES_IRQ, 0, 6, 6, 1);
}

KERNEL_TEST_PANICS(bus_resource, grandchild_has_no_reservation,
    "should only be called for direct children")
{
	int rid = 0;

	plug();
	(void)resource_list_reserve(&rl, root_bus, kid, SYS_RES_IRQ, &rid, 0, 1,
	    1, 0);
}

KERNEL_TEST_PANICS(bus_resource, reservation_is_not_active,
    "should only reserve inactive resources")
{
	int rid = 0;

	plug();
	(void)resource_list_reserve(&rl, f.dev, kid, SYS_RES_IRQ, &rid, 0, 1, 1,
	    RF_ACTIVE);
}

KERNEL_TEST_PANICS(bus_resource, unreserve_of_a_grandchild,
    "called for a grandchild")
{
	plug();
	(void)resource_list_unreserve(&rl, root_bus, kid, SYS_RES_IRQ, 0);
}

KERNEL_TEST_PANICS(bus_resource, unreserve_of_nothing, "can't find resource")
{
	plug();
	resource_list_init(&rl);
	(void)resource_list_unreserve(&rl, f.dev, kid, SYS_RES_IRQ, 0);
}

KERNEL_TEST_PANICS(bus_resource, release_of_what_is_not_on_the_list,
    "resource_list_release: can't find resource")
{
	struct resource *r;
	int rid = 77;

	plug();
	r = bus_alloc_resource_anywhere(kid, SYS_RES_MEMORY, &rid, 0x1000, 0);
	T_REQUIRE(r != NULL);
	(void)bus_release_resource(f.dev, SYS_RES_MEMORY, rid, r);
}

KERNEL_TEST_PANICS(bus_resource, release_of_what_was_released,
    "resource_list_release: resource entry is not busy")
{
	struct resource *r;
	int rid = 77;

	plug();
	bus_set_resource(f.dev, SYS_RES_MEMORY, rid, MACHINE_MMIO_BASE + 0x8000,
	    0x1000);
	r = bus_alloc_resource_anywhere(kid, SYS_RES_MEMORY, &rid, 0x1000, 0);
	T_REQUIRE(r != NULL);
	(void)bus_release_resource(f.dev, SYS_RES_MEMORY, rid, r);
}

KERNEL_TEST_PANICS(bus_resource, setup_without_a_resource,
    "no interrupt resource")
{
	void *cookie;

	plug();
	(void)bus_setup_intr(device_get_parent(f.dev), NULL, INTR_TYPE_MISC,
	    NULL, handler, NULL, &cookie);
}
