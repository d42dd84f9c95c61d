/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How a device gets a driver and loses it (DEVICE_PROBE(9),
 * DEVICE_ATTACH(9), DEVICE_DETACH(9)).
 *
 * Every driver of the parent's class bids; the highest bid wins and 0 ends
 * the bidding.  While a method of a driver runs, the thread works on behalf
 * of its device, so that what it obtains is charged to it.
 */
#include "kernel/newbus.h"

#include <sys/proc.h>

struct device_context
device_enter(device_t dev)
{
	struct device_context old = { NULL, NULL };

	if (curthread == NULL)
		return (old);
	old.name = curthread->td_device_name;
	old.device = kern_set_device(dev, dev != NULL ? dev->namebuf : NULL);
	return (old);
}

void
device_leave(struct device_context old)
{
	if (curthread != NULL)
		kern_set_device(old.device, old.name);
}

/*
 * --- probe ---
 */

/* Lets one driver look at the device; returns its bid or an errno. */
static int
device_probe_driver(device_t child, driver_t *driver, bool has_class)
{
	struct device_context old;
	int result;

	result = device_set_driver(child, driver);
	if (result != 0)
		return (result);
	if (!has_class) {
		result = device_set_devclass(child, driver->name);
		if (result != 0) {
			printf("driver bug: Unable to set devclass (class: %s "
			       "devname: %s)\n",
			    driver->name, "(unknown)");
			(void)device_set_driver(child, NULL);
			return (ENXIO);
		}
	}
	old = device_enter(child);
	result = DEVICE_PROBE(child);
	device_leave(old);

	child->devflags = 0;
	if (!has_class)
		(void)device_set_devclass(child, NULL);
	if (result == 0)
		return (0);
	device_verbose(child);
	if (result <= BUS_PROBE_NOWILDCARD &&
	    (child->flags & DF_FIXEDCLASS) == 0)
		result = ENXIO;
	if (result > 0)
		(void)device_set_driver(child, NULL);
	return (result);
}

/*
 * Finds the best bid among the drivers of the bus's class and of the classes
 * that it inherits from.  Returns 0, ENXIO, or ENOMEM.
 */
static int
device_best_driver(device_t bus, device_t child, driver_t **bestp, int *bidp)
{
	bool has_class = child->devclass != NULL;
	driver_t *best = NULL;
	struct driverlink *dl;
	devclass_t dc;
	int bid = 0, result;

	for (dc = bus->devclass; dc != NULL; dc = dc->parent) {
		TAILQ_FOREACH(dl, &dc->drivers, link) {
			if (dl->pass > bus_current_pass ||
			    (has_class &&
				strcmp(child->devclass->name,
				    dl->driver->name) != 0))
				continue;
			result =
			    device_probe_driver(child, dl->driver, has_class);
			if (result == ENOMEM)
				return (ENOMEM);
			if (result > 0)
				continue;
			if (best == NULL || result > bid) {
				best = dl->driver;
				bid = result;
			}
			if (result == 0)
				break;
		}
		/* Base classes are asked only when it is still open. */
		if (best != NULL && bid == 0)
			break;
	}
	*bestp = best;
	*bidp = bid;
	return (best != NULL ? 0 : ENXIO);
}

int
device_probe_child(device_t bus, device_t child)
{
	struct device_context old;
	driver_t *best;
	int bid, error;

	if (bus->devclass == NULL)
		panic("device_probe_child: parent device has no devclass");
	if (child->state == DS_ALIVE)
		return (0);
	error = device_best_driver(bus, child, &best, &bid);
	if (error != 0) {
		(void)device_set_driver(child, NULL);
		return (error);
	}
	if (child->devclass == NULL) {
		error = device_set_devclass(child, best->name);
		if (error != 0) {
			(void)device_set_driver(child, NULL);
			return (error);
		}
	}
	error = device_set_driver(child, best);
	if (error != 0)
		return (error);
	/*
	 * Others have looked at the device since the winner did: probe again,
	 * so that what the winner has set is there.  Not after a bid of 0,
	 * which is the last and may be given once.
	 */
	if (bid < 0) {
		old = device_enter(child);
		DEVICE_PROBE(child);
		device_leave(old);
	}
	child->state = DS_ALIVE;
	return (0);
}

int
device_probe(device_t dev)
{
	int error;

	if (dev->state >= DS_ALIVE)
		return (-1);
	if ((dev->flags & DF_ENABLED) == 0) {
		if (bootverbose && device_get_name(dev) != NULL) {
			device_print_prettyname(dev);
			printf("not probed (disabled)\n");
		}
		return (-1);
	}
	error = device_probe_child(dev->parent, dev);
	if (error != 0 && (dev->flags & DF_DONENOMATCH) == 0) {
		BUS_PROBE_NOMATCH(dev->parent, dev);
		dev->flags |= DF_DONENOMATCH;
	}
	return (error);
}

int
device_probe_and_attach(device_t dev)
{
	int error;

	error = device_probe(dev);
	if (error == -1)
		return (0);
	if (error != 0)
		return (error);
	return (device_attach(dev));
}

/*
 * --- attach and detach ---
 */

/* Takes driver and, unless the bus chose it, class from the device. */
static void
device_strip(device_t dev)
{
	if ((dev->flags & DF_FIXEDCLASS) == 0)
		devclass_delete_device(dev->devclass, dev);
	dev->state = DS_NOTPRESENT;
	(void)device_set_driver(dev, NULL);
	device_sysctl_fini(dev);
	kern_event_device(KE_DETACHED, dev, dev->namebuf);
}

int
device_attach(device_t dev)
{
	struct device_context old;
	u_int held;
	int error;

	if ((dev->flags & DF_ENABLED) == 0)
		return (ENXIO);
	device_sysctl_init(dev);
	if (!device_is_quiet(dev)) {
		if (device_is_alive(dev))
			BUS_PRINT_CHILD(dev->parent, dev);
		else
			device_printf(dev, " not found\n");
	}
	dev->state = DS_ATTACHING;
	old = device_enter(dev);
	kern_event_device(KE_ATTACH, dev, dev->namebuf);
	held = kern_locks_held();
	error = DEVICE_ATTACH(dev);
	kern_check_locks(held, "device_attach", dev->namebuf);
	device_leave(old);
	if (error != 0) {
		printf("device_attach: %s attach returned %d\n",
		    device_get_nameunit(dev), error);
		KASSERT(dev->busy == 0,
		    ("%s: attach of %s failed but it is busy (%d)", __func__,
			device_get_nameunit(dev), dev->busy));
		device_strip(dev);
		return (error);
	}
	dev->state = dev->busy > 0 ? DS_BUSY : DS_ATTACHED;
	dev->flags &= ~DF_DONENOMATCH;
	return (0);
}

int
device_detach(device_t dev)
{
	struct device_context old;
	u_int held;
	int error;

	if (dev->state == DS_BUSY)
		return (EBUSY);
	if (dev->state == DS_ATTACHING) {
		device_printf(dev,
		    "device in attaching state! Deferring detach.\n");
		return (EBUSY);
	}
	if (dev->state != DS_ATTACHED)
		return (0);
	old = device_enter(dev);
	held = kern_locks_held();
	error = DEVICE_DETACH(dev);
	kern_check_locks(held, "device_detach", dev->namebuf);
	device_leave(old);
	if (error != 0)
		return (error);
	if (!device_is_quiet(dev))
		device_printf(dev, "detached\n");
	if (dev->parent != NULL)
		BUS_CHILD_DETACHED(dev->parent, dev);
	device_verbose(dev);
	device_strip(dev);
	return (0);
}

/* Asks the driver to become idle; it may refuse. */
int
device_quiesce(device_t dev)
{
	struct device_context old;
	u_int held;
	int error;

	if (dev->state == DS_BUSY)
		return (EBUSY);
	if (dev->state != DS_ATTACHED)
		return (0);
	old = device_enter(dev);
	held = kern_locks_held();
	error = DEVICE_QUIESCE(dev);
	kern_check_locks(held, "device_quiesce", dev->namebuf);
	device_leave(old);
	return (error);
}

int
device_shutdown(device_t dev)
{
	struct device_context old;
	u_int held;
	int error;

	if (dev->state < DS_ATTACHED)
		return (0);
	old = device_enter(dev);
	held = kern_locks_held();
	error = DEVICE_SHUTDOWN(dev);
	kern_check_locks(held, "device_shutdown", dev->namebuf);
	device_leave(old);
	return (error);
}
