/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_generic_*(9): what buses inherit.  Mostly: do it for all children, or
 * hand it to one's own parent.
 */
#include "kernel/newbus.h"

#include <sys/sbuf.h>

/*
 * --- children ---
 */

device_t
bus_generic_add_child(device_t dev, u_int order, const char *name, int unit)
{
	return (device_add_child_ordered(dev, order, name, unit));
}

/* Lets the drivers add what the bus cannot find by itself. */
void
bus_identify_children(device_t dev)
{
	struct driverlink *dl;

	TAILQ_FOREACH(dl, &dev->devclass->drivers, link) {
		if (dl->pass <= bus_current_pass)
			DEVICE_IDENTIFY(dl->driver, dev);
	}
}

int
bus_generic_probe(device_t dev)
{
	bus_identify_children(dev);
	return (0);
}

/* A child that does not attach is its own business. */
void
bus_attach_children(device_t dev)
{
	device_t child;

	TAILQ_FOREACH(child, &dev->children, link)
		device_probe_and_attach(child);
}

int
bus_generic_attach(device_t dev)
{
	bus_attach_children(dev);
	return (0);
}

int
bus_detach_children(device_t dev)
{
	device_t child;
	int error;

	if (dev->state != DS_ATTACHED)
		return (EBUSY);
	/* All agree to it before the first one goes. */
	TAILQ_FOREACH(child, &dev->children, link) {
		error = device_quiesce(child);
		if (error != 0)
			return (error);
	}
	/* The other way round: a child may need those before it. */
	TAILQ_FOREACH_REVERSE(child, &dev->children, device_list, link) {
		error = device_detach(child);
		if (error != 0)
			return (error);
	}
	return (0);
}

int
bus_generic_detach(device_t dev)
{
	int error;

	error = bus_detach_children(dev);
#if __FreeBSD_version >= 1500000
	if (error == 0)
		error = device_delete_children(dev);
#endif
	return (error);
}

void
bus_generic_driver_added(device_t dev, driver_t *driver)
{
	device_t child;

	DEVICE_IDENTIFY(driver, dev);
	TAILQ_FOREACH(child, &dev->children, link) {
		if (child->state == DS_NOTPRESENT)
			device_probe_and_attach(child);
	}
}

void
bus_generic_new_pass(device_t dev)
{
	struct driverlink *dl;
	device_t child;

	TAILQ_FOREACH(dl, &dev->devclass->drivers, link) {
		if (dl->pass == bus_current_pass)
			DEVICE_IDENTIFY(dl->driver, dev);
	}
	TAILQ_FOREACH(child, &dev->children, link) {
		if (child->state >= DS_ATTACHED)
			BUS_NEW_PASS(child);
		else if (child->state == DS_NOTPRESENT)
			device_probe_and_attach(child);
	}
}

int
bus_generic_suspend_child(device_t dev, device_t child)
{
	struct device_context old;
	int error;

	old = device_enter(child);
	error = DEVICE_SUSPEND(child);
	device_leave(old);
	if (error == 0)
		child->flags |= DF_SUSPENDED;
	return (error);
}

int
bus_generic_resume_child(device_t dev, device_t child)
{
	struct device_context old;

	old = device_enter(child);
	DEVICE_RESUME(child);
	device_leave(old);
	child->flags &= ~DF_SUSPENDED;
	return (0);
}

int
bus_generic_suspend(device_t dev)
{
	device_t child;
	int error;

	TAILQ_FOREACH_REVERSE(child, &dev->children, device_list, link) {
		error = BUS_SUSPEND_CHILD(dev, child);
		if (error == 0)
			continue;
		/* Those that sleep already wake up again. */
		while ((child = TAILQ_NEXT(child, link)) != NULL)
			BUS_RESUME_CHILD(dev, child);
		return (error);
	}
	return (0);
}

int
bus_generic_resume(device_t dev)
{
	device_t child;

	/* A child that fails to resume must not keep the others asleep. */
	TAILQ_FOREACH(child, &dev->children, link)
		BUS_RESUME_CHILD(dev, child);
	return (0);
}

int
bus_generic_shutdown(device_t dev)
{
	device_t child;

	TAILQ_FOREACH_REVERSE(child, &dev->children, device_list, link)
		device_shutdown(child);
	return (0);
}

int
bus_null_rescan(device_t dev)
{
	return (ENODEV);
}

/*
 * --- what a child is ---
 */

int
bus_generic_read_ivar(device_t dev, device_t child, int which,
    uintptr_t *result)
{
	return (ENOENT);
}

int
bus_generic_write_ivar(device_t dev, device_t child, int which, uintptr_t value)
{
	return (ENOENT);
}

int
bus_generic_child_present(device_t dev, device_t child)
{
	return (BUS_CHILD_PRESENT(device_get_parent(dev), dev));
}

int
bus_child_present(device_t child)
{
	return (BUS_CHILD_PRESENT(device_get_parent(child), child));
}

int
bus_describe_str(bus_describe_t *describe, device_t bus, device_t child,
    char *buf, size_t size)
{
	struct sbuf sb;
	int error;

	/* What does not fit is cut off. */
	sbuf_new(&sb, buf, size, SBUF_FIXEDLEN);
	error = describe(bus, child, &sb);
	(void)sbuf_finish(&sb);
	return (error);
}

#if __FreeBSD_version < 1400000
int
bus_child_pnpinfo_str(device_t child, char *buf, size_t buflen)
{
	device_t parent = device_get_parent(child);

	*buf = '\0';
	if (parent == NULL)
		return (0);
	return (BUS_CHILD_PNPINFO_STR(parent, child, buf, buflen));
}

int
bus_child_location_str(device_t child, char *buf, size_t buflen)
{
	device_t parent = device_get_parent(child);

	*buf = '\0';
	if (parent == NULL)
		return (0);
	return (BUS_CHILD_LOCATION_STR(parent, child, buf, buflen));
}

void
device_describe_location(device_t dev, struct sbuf *sb)
{
	char text[128];

	(void)bus_child_location_str(dev, text, sizeof(text));
	sbuf_cat(sb, text);
}

void
device_describe_pnpinfo(device_t dev, struct sbuf *sb)
{
	char text[128];

	(void)bus_child_pnpinfo_str(dev, text, sizeof(text));
	sbuf_cat(sb, text);
}
#else
int
bus_generic_child_pnpinfo(device_t dev, device_t child, struct sbuf *sb)
{
	return (0);
}

int
bus_generic_child_location(device_t dev, device_t child, struct sbuf *sb)
{
	return (0);
}

int
bus_child_pnpinfo(device_t child, struct sbuf *sb)
{
	device_t parent = device_get_parent(child);

	return (parent != NULL ? BUS_CHILD_PNPINFO(parent, child, sb) : 0);
}

int
bus_child_location(device_t child, struct sbuf *sb)
{
	device_t parent = device_get_parent(child);

	return (parent != NULL ? BUS_CHILD_LOCATION(parent, child, sb) : 0);
}

void
device_describe_location(device_t dev, struct sbuf *sb)
{
	(void)bus_child_location(dev, sb);
}

void
device_describe_pnpinfo(device_t dev, struct sbuf *sb)
{
	(void)bus_child_pnpinfo(dev, sb);
}
#endif

/*
 * --- the line that announces a child ---
 */

int
bus_print_child_header(device_t dev, device_t child)
{
	if (device_get_desc(child) != NULL)
		return (device_printf(child, "<%s>", device_get_desc(child)));
	return (printf("%s", device_get_nameunit(child)));
}

/* One memory domain: nothing to say. */
int
bus_print_child_domain(device_t dev, device_t child)
{
	return (0);
}

int
bus_print_child_footer(device_t dev, device_t child)
{
	return (printf(" on %s\n", device_get_nameunit(dev)));
}

int
bus_generic_print_child(device_t dev, device_t child)
{
	int length;

	length = bus_print_child_header(dev, child);
	length += bus_print_child_domain(dev, child);
	length += bus_print_child_footer(dev, child);
	return (length);
}

/*
 * --- DMA and bus tags ---
 */

/* No bus of this machine restricts its children: the top has no tag. */
bus_dma_tag_t
bus_generic_get_dma_tag(device_t dev, device_t child)
{
	if (dev->parent != NULL)
		return (BUS_GET_DMA_TAG(dev->parent, child));
	return (NULL);
}

bus_space_tag_t
bus_generic_get_bus_tag(device_t dev, device_t child)
{
	if (dev->parent != NULL)
		return (BUS_GET_BUS_TAG(dev->parent, child));
	return (X86_BUS_SPACE_MEM);
}

bus_dma_tag_t
bus_get_dma_tag(device_t dev)
{
	device_t parent = device_get_parent(dev);

	return (parent != NULL ? BUS_GET_DMA_TAG(parent, dev) : NULL);
}

bus_space_tag_t
bus_get_bus_tag(device_t dev)
{
	device_t parent = device_get_parent(dev);

	return (
	    parent != NULL ? BUS_GET_BUS_TAG(parent, dev) : X86_BUS_SPACE_MEM);
}
