/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * devclass(9): the names of devices, their unit numbers, and the drivers
 * that may attach below a device of a class.
 *
 * A class both names devices ("vioblk") and, for a bus, lists the drivers of
 * its children.  It inherits the drivers of its parent class: that of the
 * bus driver's first base class.
 */
#include "kernel/newbus.h"

#include <sys/module.h>

struct devclass_list devclasses = TAILQ_HEAD_INITIALIZER(devclasses);

devclass_t
devclass_find_internal(const char *name, const char *parent, bool create)
{
	devclass_t dc;

	if (name == NULL)
		return (NULL);
	TAILQ_FOREACH(dc, &devclasses, link) {
		if (strcmp(dc->name, name) == 0)
			break;
	}
	if (dc == NULL && create) {
		dc = book_alloc(sizeof(*dc));
		dc->name = book_strdup(name);
		TAILQ_INIT(&dc->drivers);
		TAILQ_INSERT_TAIL(&devclasses, dc, link);
	}
	/* A class named after itself would search itself for ever. */
	if (dc != NULL && parent != NULL && dc->parent == NULL &&
	    strcmp(name, parent) != 0) {
		dc->parent = devclass_find_internal(parent, NULL, true);
		dc->parent->has_children = true;
	}
	return (dc);
}

devclass_t
devclass_create(const char *classname)
{
	return (devclass_find_internal(classname, NULL, true));
}

devclass_t
devclass_find(const char *classname)
{
	return (devclass_find_internal(classname, NULL, false));
}

void
devclass_forget(void)
{
	TAILQ_INIT(&devclasses);
	bus_current_pass = BUS_PASS_ROOT;
}

const char *
devclass_get_name(devclass_t dc)
{
	return (dc != NULL ? dc->name : NULL);
}

void
devclass_set_parent(devclass_t dc, devclass_t pdc)
{
	dc->parent = pdc;
	if (pdc != NULL)
		pdc->has_children = true;
}

devclass_t
devclass_get_parent(devclass_t dc)
{
	return (dc->parent);
}

/*
 * --- units ---
 */

device_t
devclass_get_device(devclass_t dc, int unit)
{
	if (dc == NULL || unit < 0 || unit >= dc->maxunit)
		return (NULL);
	return (dc->devices[unit]);
}

void *
devclass_get_softc(devclass_t dc, int unit)
{
	device_t dev = devclass_get_device(dc, unit);

	return (dev != NULL ? device_get_softc(dev) : NULL);
}

int
devclass_get_maxunit(devclass_t dc)
{
	return (dc != NULL ? dc->maxunit : -1);
}

int
devclass_get_count(devclass_t dc)
{
	int count = 0, i;

	for (i = 0; i < dc->maxunit; i++) {
		if (dc->devices[i] != NULL)
			count++;
	}
	return (count);
}

/* The first free unit that is at least `unit`. */
int
devclass_find_free_unit(devclass_t dc, int unit)
{
	if (dc == NULL)
		return (unit);
	while (unit < dc->maxunit && dc->devices[unit] != NULL)
		unit++;
	return (unit);
}

int
devclass_get_devices(devclass_t dc, device_t **listp, int *countp)
{
	int count = devclass_get_count(dc), i, n = 0;
	device_t *list;

	list = malloc(MAX(count, 1) * sizeof(*list), M_TEMP, M_NOWAIT | M_ZERO);
	if (list == NULL)
		return (ENOMEM);
	for (i = 0; i < dc->maxunit; i++) {
		if (dc->devices[i] != NULL)
			list[n++] = dc->devices[i];
	}
	*listp = list;
	*countp = n;
	return (0);
}

int
devclass_get_drivers(devclass_t dc, driver_t ***listp, int *countp)
{
	struct driverlink *dl;
	driver_t **list;
	int count = 0;

	TAILQ_FOREACH(dl, &dc->drivers, link)
		count++;
	list = malloc(MAX(count, 1) * sizeof(*list), M_TEMP, M_NOWAIT);
	if (list == NULL)
		return (ENOMEM);
	count = 0;
	TAILQ_FOREACH(dl, &dc->drivers, link)
		list[count++] = dl->driver;
	*listp = list;
	*countp = count;
	return (0);
}

static void
devclass_grow(devclass_t dc, int units)
{
	device_t *devices;

	devices = book_alloc(units * sizeof(*devices));
	if (dc->devices != NULL)
		memcpy(devices, dc->devices, dc->maxunit * sizeof(*devices));
	book_free(dc->devices);
	dc->devices = devices;
	dc->maxunit = units;
}

/* Gives the device its unit and name; EEXIST: that unit is taken. */
int
devclass_add_device(devclass_t dc, device_t dev)
{
	int unit = dev->unit;
	size_t size;

	if (unit == -1 && dev->parent != NULL)
		BUS_HINT_DEVICE_UNIT(dev->parent, dev, dc->name, &unit);
	if (unit == -1)
		unit = devclass_find_free_unit(dc, 0);
	else if (devclass_get_device(dc, unit) != NULL)
		return (EEXIST);
	if (unit >= dc->maxunit)
		devclass_grow(dc, roundup(unit + 1, 8));

	size = strlen(dc->name) + sizeof("-2147483648");
	book_free(dev->namebuf);
	dev->namebuf = book_alloc(size);
	snprintf(dev->namebuf, size, "%s%d", dc->name, unit);
	dev->nameunit = dev->namebuf;
	dev->unit = unit;
	dev->devclass = dc;
	dc->devices[unit] = dev;
	return (0);
}

int
devclass_delete_device(devclass_t dc, device_t dev)
{
	if (dc == NULL)
		return (0);
	if (dev->devclass != dc || devclass_get_device(dc, dev->unit) != dev)
		panic("%s: %s is not in class %s", __func__,
		    device_get_nameunit(dev), dc->name);
	dc->devices[dev->unit] = NULL;
	if ((dev->flags & DF_WILDCARD) != 0)
		dev->unit = -1;
	dev->devclass = NULL;
	dev->nameunit = NULL;
	return (0);
}

/*
 * --- drivers ---
 */

int bus_current_pass = BUS_PASS_ROOT;

/* The next pass that some driver has, or BUS_PASS_DEFAULT. */
static int
bus_next_pass(void)
{
	struct driverlink *dl;
	devclass_t dc;
	int next = BUS_PASS_DEFAULT;

	TAILQ_FOREACH(dc, &devclasses, link) {
		TAILQ_FOREACH(dl, &dc->drivers, link) {
			if (dl->pass > bus_current_pass)
				next = MIN(next, dl->pass);
		}
	}
	return (next);
}

void
bus_set_pass(int pass)
{
	if (pass < bus_current_pass)
		panic("Attempt to lower bus pass level");
	while (bus_current_pass < pass) {
		bus_current_pass = MIN(bus_next_pass(), pass);
		BUS_NEW_PASS(root_bus);
	}
}

static struct driverlink *
devclass_find_link(devclass_t busclass, driver_t *driver)
{
	struct driverlink *dl;

	TAILQ_FOREACH(dl, &busclass->drivers, link) {
		if (dl->driver == driver)
			break;
	}
	return (dl);
}

/* Offers a new driver to the buses of the class and of those that inherit. */
static void
devclass_driver_added(devclass_t busclass, driver_t *driver)
{
	devclass_t dc;
	int i;

	for (i = 0; i < busclass->maxunit; i++) {
		if (busclass->devices[i] != NULL &&
		    device_is_attached(busclass->devices[i]))
			BUS_DRIVER_ADDED(busclass->devices[i], driver);
	}
	if (!busclass->has_children)
		return;
	TAILQ_FOREACH(dc, &devclasses, link) {
		if (dc->parent == busclass)
			devclass_driver_added(dc, driver);
	}
}

int
devclass_add_driver(devclass_t dc, driver_t *driver, int pass, devclass_t *dcp)
{
	struct driverlink *dl;
	devclass_t own;

	if (pass <= BUS_PASS_ROOT)
		return (EINVAL);
	/* The reference keeps the methods while there is no device. */
	kobj_class_compile(driver);
	driver->refs++;
	own = devclass_find_internal(driver->name,
	    driver->baseclasses != NULL ? driver->baseclasses[0]->name : NULL,
	    true);
	if (dcp != NULL)
		*dcp = own;
	dl = book_alloc(sizeof(*dl));
	dl->driver = driver;
	dl->pass = pass;
	TAILQ_INSERT_TAIL(&dc->drivers, dl, link);
	devclass_driver_added(dc, driver);
	return (0);
}

static bool
device_is_below(device_t dev, devclass_t busclass, driver_t *driver)
{
	return (dev != NULL && dev->driver == driver && dev->parent != NULL &&
	    dev->parent->devclass == busclass);
}

/* Detaches the driver's devices below buses of the class. */
static int
devclass_driver_deleted(devclass_t busclass, devclass_t own, driver_t *driver)
{
	devclass_t dc;
	device_t dev;
	int error, i;

	for (i = 0; i < own->maxunit; i++) {
		dev = own->devices[i];
		if (!device_is_below(dev, busclass, driver))
			continue;
		error = device_detach(dev);
		if (error != 0)
			return (error);
		BUS_PROBE_NOMATCH(dev->parent, dev);
		dev->flags |= DF_DONENOMATCH;
	}
	if (!busclass->has_children)
		return (0);
	TAILQ_FOREACH(dc, &devclasses, link) {
		if (dc->parent != busclass)
			continue;
		error = devclass_driver_deleted(dc, own, driver);
		if (error != 0)
			return (error);
	}
	return (0);
}

int
devclass_delete_driver(devclass_t busclass, driver_t *driver)
{
	devclass_t own = devclass_find(driver->name);
	struct driverlink *dl;
	int error;

	if (own == NULL)
		return (0);
	dl = devclass_find_link(busclass, driver);
	if (dl == NULL)
		return (ENOENT);
	error = devclass_driver_deleted(busclass, own, driver);
	if (error != 0)
		return (error);
	TAILQ_REMOVE(&busclass->drivers, dl, link);
	book_free(dl);
	if (--driver->refs == 0)
		kobj_class_free(driver);
	return (0);
}

int
devclass_quiesce_driver(devclass_t busclass, driver_t *driver)
{
	devclass_t own = devclass_find(driver->name);
	int error, i;

	if (own == NULL)
		return (0);
	if (devclass_find_link(busclass, driver) == NULL)
		return (ENOENT);
	for (i = 0; i < own->maxunit; i++) {
		if (!device_is_below(own->devices[i], busclass, driver))
			continue;
		error = device_quiesce(own->devices[i]);
		if (error != 0)
			return (error);
	}
	return (0);
}

/*
 * The event handler of DRIVER_MODULE(9): the driver comes after and goes
 * before what its own handler sets up.
 */
int
driver_module_handler(struct module *mod, int what, void *arg)
{
	struct driver_module_data *dmd = arg;
	devclass_t busclass;
	int error;

	busclass = devclass_find_internal(dmd->dmd_busname, NULL, true);
	switch (what) {
	case MOD_LOAD:
		if (dmd->dmd_chainevh != NULL) {
			error = dmd->dmd_chainevh(mod, what, dmd->dmd_chainarg);
			if (error != 0)
				return (error);
		}
		return (devclass_add_driver(busclass, dmd->dmd_driver,
		    dmd->dmd_pass, dmd->dmd_devclass));
	case MOD_UNLOAD:
		error = devclass_delete_driver(busclass, dmd->dmd_driver);
		break;
	case MOD_QUIESCE:
		error = devclass_quiesce_driver(busclass, dmd->dmd_driver);
		break;
	default:
		return (EOPNOTSUPP);
	}
	if (error == 0 && dmd->dmd_chainevh != NULL)
		error = dmd->dmd_chainevh(mod, what, dmd->dmd_chainarg);
	return (error);
}
