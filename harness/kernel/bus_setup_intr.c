/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_setup_intr(9) and its neighbours: a driver's requests to its bus, and
 * the generic methods that hand them up the tree.  The handlers' lives are in
 * ithread.c.
 */
#include "kernel/newbus.h"

#include <sys/rman.h>

int
bus_setup_intr(device_t dev, struct resource *r, int flags,
    driver_filter_t *filter, driver_intr_t *handler, void *arg, void **cookiep)
{
	int error;

	if (dev->parent == NULL)
		return (EINVAL);
	if (kern_fault(KF_INTR, device_get_nameunit(dev)))
		return (ENOMEM);
	error = BUS_SETUP_INTR(dev->parent, dev, r, flags, filter, handler, arg,
	    cookiep);
	if (error != 0)
		return (error);
	kern_new(KO_INTR, *cookiep, 0, device_get_nameunit(dev));
	if (handler != NULL && (flags & INTR_MPSAFE) == 0)
		device_printf(dev, "[GIANT-LOCKED]\n");
	return (0);
}

int
bus_teardown_intr(device_t dev, struct resource *r, void *cookie)
{
	int error;

	if (dev->parent == NULL)
		return (EINVAL);
	error = BUS_TEARDOWN_INTR(dev->parent, dev, r, cookie);
	if (error == 0)
		kern_gone(KO_INTR, cookie, device_get_nameunit(dev));
	return (error);
}

int
bus_suspend_intr(device_t dev, struct resource *r)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_SUSPEND_INTR(dev->parent, dev, r));
}

int
bus_resume_intr(device_t dev, struct resource *r)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_RESUME_INTR(dev->parent, dev, r));
}

int
bus_bind_intr(device_t dev, struct resource *r, int cpu)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_BIND_INTR(dev->parent, dev, r, cpu));
}

int
bus_describe_intr(device_t dev, struct resource *irq, void *cookie,
    const char *fmt, ...)
{
	char descr[MAXCOMLEN + 1];
	va_list ap;

	if (dev->parent == NULL)
		return (EINVAL);
	va_start(ap, fmt);
	vsnprintf(descr, sizeof(descr), fmt, ap);
	va_end(ap);
	return (BUS_DESCRIBE_INTR(dev->parent, dev, irq, cookie, descr));
}

/*
 * --- what buses hand up ---
 */

int
bus_generic_setup_intr(device_t dev, device_t child, struct resource *irq,
    int flags, driver_filter_t *filter, driver_intr_t *intr, void *arg,
    void **cookiep)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_SETUP_INTR(dev->parent, child, irq, flags, filter, intr,
	    arg, cookiep));
}

int
bus_generic_teardown_intr(device_t dev, device_t child, struct resource *irq,
    void *cookie)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_TEARDOWN_INTR(dev->parent, child, irq, cookie));
}

int
bus_generic_suspend_intr(device_t dev, device_t child, struct resource *irq)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_SUSPEND_INTR(dev->parent, child, irq));
}

int
bus_generic_resume_intr(device_t dev, device_t child, struct resource *irq)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_RESUME_INTR(dev->parent, child, irq));
}

int
bus_generic_bind_intr(device_t dev, device_t child, struct resource *irq,
    int cpu)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_BIND_INTR(dev->parent, child, irq, cpu));
}

int
bus_generic_config_intr(device_t dev, int irq, enum intr_trigger trig,
    enum intr_polarity pol)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_CONFIG_INTR(dev->parent, irq, trig, pol));
}

int
bus_generic_describe_intr(device_t dev, device_t child, struct resource *irq,
    void *cookie, const char *descr)
{
	if (dev->parent == NULL)
		return (EINVAL);
	return (BUS_DESCRIBE_INTR(dev->parent, child, irq, cookie, descr));
}
