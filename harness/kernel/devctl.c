/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * devctl(8): what an administrator does to devices, and what the machine does
 * to all of them when it sleeps or shuts down; see kernel.h.
 */
#include "kernel/newbus.h"

#include <dev/pci/pcivar.h>

/* One number of "pci0:0:1:0", and the colon behind it or the end. */
static bool
devctl_number(const char **text, char end, uint32_t *value)
{
	char *rest;

	if (**text < '0' || **text > '9')
		return (false);
	*value = strtoul(*text, &rest, 10);
	if (*rest != end)
		return (false);
	*text = rest + 1;
	return (true);
}

device_t
devctl_find_place(const char *text)
{
	uint32_t n[4];
	int i;

	if (strncmp(text, "pci", 3) != 0)
		return (NULL);
	text += 3;
	for (i = 0; i < 4; i++) {
		if (!devctl_number(&text, i < 3 ? ':' : '\0', &n[i]))
			return (NULL);
	}
	return (pci_find_dbsf(n[0], n[1], n[2], n[3]));
}

/* From above: `id` is only compared, since the device may be no more. */
bool
newbus_is_at_or_below(device_t dev, const void *id)
{
	device_t child;

	if (dev == id)
		return (true);
	TAILQ_FOREACH(child, &dev->children, link)
		if (newbus_is_at_or_below(child, id))
			return (true);
	return (false);
}

static device_t
devctl_find(const char *name)
{
	device_t dev = device_lookup_by_name(name);

	return (dev != NULL ? dev : devctl_find_place(name));
}

int
kernel_devctl_attach(const char *name)
{
	device_t dev = devctl_find(name);

	if (dev == NULL)
		return (ENOENT);
	if (device_is_attached(dev))
		return (EBUSY);
	if (!device_is_enabled(dev))
		return (ENXIO);
	return (device_probe_and_attach(dev));
}

static int
devctl_detach(device_t dev, bool force)
{
	int error = 0;

	if (!force)
		error = device_quiesce(dev);
	return (error != 0 ? error : device_detach(dev));
}

int
kernel_devctl_detach(const char *name, bool force)
{
	device_t dev = devctl_find(name);

	if (dev == NULL)
		return (ENOENT);
	if (!device_is_attached(dev))
		return (ENXIO);
	return (devctl_detach(dev, force));
}

int
kernel_devctl_disable(const char *name, bool force)
{
	device_t dev = devctl_find(name);
	u_int fixed;
	int error;

	if (dev == NULL)
		return (ENOENT);
	if (!device_is_enabled(dev))
		return (ENXIO);
	/* Or the detach would take its name away. */
	fixed = dev->flags & DF_FIXEDCLASS;
	dev->flags |= DF_FIXEDCLASS;
	error = devctl_detach(dev, force);
	if (fixed == 0)
		dev->flags &= ~DF_FIXEDCLASS;
	if (error == 0)
		device_disable(dev);
	return (error);
}

int
kernel_devctl_enable(const char *name)
{
	device_t dev = devctl_find(name);

	if (dev == NULL)
		return (ENOENT);
	if (device_is_enabled(dev))
		return (EBUSY);
	device_enable(dev);
	return (device_probe_and_attach(dev));
}

int
kernel_devctl_suspend(const char *name)
{
	device_t dev = devctl_find(name);

	if (dev == NULL)
		return (ENOENT);
	if (device_is_suspended(dev))
		return (EBUSY);
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_SUSPEND_CHILD(dev->parent, dev));
}

int
kernel_devctl_resume(const char *name)
{
	device_t dev = devctl_find(name);

	if (dev == NULL)
		return (ENOENT);
	if (!device_is_suspended(dev) || dev->parent == NULL)
		return (EINVAL);
	return (BUS_RESUME_CHILD(dev->parent, dev));
}

int
kernel_devctl_rescan(const char *bus)
{
	device_t dev = devctl_find(bus);

	if (dev == NULL)
		return (ENOENT);
	if (!device_is_attached(dev))
		return (ENXIO);
	return (BUS_RESCAN(dev));
}

int
kernel_devctl_delete(const char *name, bool force)
{
	device_t dev = devctl_find(name);

	if (dev == NULL)
		return (ENOENT);
	if (dev->parent == NULL)
		return (EINVAL);
	if (!force && bus_child_present(dev) != 0)
		return (EBUSY);
	return (device_delete_child(dev->parent, dev));
}

/*
 * --- the machine ---
 */

int
kernel_sleep(void)
{
	int error;

	error = DEVICE_SUSPEND(root_bus);
	if (error == 0)
		machine_sleep();
	return (error);
}

void
kernel_wakeup(void)
{
	(void)DEVICE_RESUME(root_bus);
}

int
kernel_device_shutdown(void)
{
	return (DEVICE_SHUTDOWN(root_bus));
}
