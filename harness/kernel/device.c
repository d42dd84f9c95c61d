/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * device(9): the tree of devices and what is known of each.  How a device
 * gets and loses its driver is device_attach.c's.
 */
#include "kernel/newbus.h"

MALLOC_DEFINE(M_BUS, "bus", "Bus data structures");
MALLOC_DEFINE(M_BUS_SC, "bus-sc", "Bus data structures, softc");

static struct device_list all_devices = TAILQ_HEAD_INITIALIZER(all_devices);

/* The class of a device without a driver: knows no method. */
static kobj_method_t null_methods[] = { KOBJMETHOD_END };
static DEFINE_CLASS_0(null, null_class, null_methods, 0);

/*
 * --- life of the tree ---
 */

/* Without calling anybody: drivers must not run any more. */
void
device_forget(void)
{
	TAILQ_INIT(&all_devices);
	root_bus = NULL;
	root_devclass = NULL;
	rman_forget();
	devclass_forget();
	kobj_forget();
	book_free_all();
}

void
device_halt(void)
{
	device_t dev;

	/* Unloading the modules has left the root alone, or should have. */
	TAILQ_FOREACH(dev, &all_devices, devlink) {
		if (device_is_attached(dev) && dev != root_bus)
			kern_misuse("%s is still attached at halt",
			    device_get_nameunit(dev));
	}
	device_forget();
}

static device_t
device_make(device_t parent, const char *name, int unit)
{
	devclass_t dc = NULL;
	device_t dev;

	if (name != NULL)
		dc = devclass_create(name);
	dev = book_alloc(sizeof(*dev));
	dev->parent = parent;
	TAILQ_INIT(&dev->children);
	kobj_init((kobj_t)dev, &null_class);
	dev->unit = unit;
	dev->flags = DF_ENABLED;
	if (unit == -1)
		dev->flags |= DF_WILDCARD;
	if (dc != NULL) {
		dev->flags |= DF_FIXEDCLASS;
		if (devclass_add_device(dc, dev) != 0) {
			kobj_delete((kobj_t)dev, NULL);
			book_free(dev);
			return (NULL);
		}
	}
	if (parent != NULL && device_has_quiet_children(parent))
		dev->flags |= DF_QUIET | DF_QUIETCHILDREN;
	dev->state = DS_NOTPRESENT;
	TAILQ_INSERT_TAIL(&all_devices, dev, devlink);
	return (dev);
}

device_t
device_add_child(device_t dev, const char *name, int unit)
{
	return (device_add_child_ordered(dev, 0, name, unit));
}

device_t
device_add_child_ordered(device_t dev, u_int order, const char *name, int unit)
{
	device_t child, place;

	KASSERT(name != NULL || unit == -1,
	    ("%s: a device with the wildcard class needs the wildcard unit, "
	     "not %d",
		__func__, unit));
	child = device_make(dev, name, unit);
	if (child == NULL)
		return (NULL);
	child->order = order;
	if (dev == NULL)
		return (child);

	/* After those of the same order. */
	TAILQ_FOREACH(place, &dev->children, link) {
		if (place->order > order)
			break;
	}
	if (place != NULL)
		TAILQ_INSERT_BEFORE(place, child, link);
	else
		TAILQ_INSERT_TAIL(&dev->children, child, link);
	kern_new(KO_CHILD, child, 0, name);
	return (child);
}

int
device_delete_child(device_t dev, device_t child)
{
	device_t grandchild;
	int error;

	/* The parent's driver goes before its children do. */
	error = device_detach(child);
	if (error != 0)
		return (error);
	while ((grandchild = TAILQ_FIRST(&child->children)) != NULL) {
		error = device_delete_child(child, grandchild);
		if (error != 0)
			return (error);
	}
	device_set_desc(child, NULL);
	if (child->devclass != NULL)
		devclass_delete_device(child->devclass, child);
	if (child->parent != NULL)
		BUS_CHILD_DELETED(dev, child);
	if (dev != NULL) {
		TAILQ_REMOVE(&dev->children, child, link);
		kern_gone(KO_CHILD, child, child->namebuf);
	}
	TAILQ_REMOVE(&all_devices, child, devlink);
	kobj_delete((kobj_t)child, NULL);
	book_free(child->namebuf);
	book_free(child);
	return (0);
}

int
device_delete_children(device_t dev)
{
	device_t child;
	int error;

	while ((child = TAILQ_FIRST(&dev->children)) != NULL) {
		error = device_delete_child(dev, child);
		if (error != 0)
			return (error);
	}
	return (0);
}

device_t
device_find_child(device_t dev, const char *classname, int unit)
{
	devclass_t dc;
	device_t child;
	int i;

	dc = devclass_find(classname);
	if (dc == NULL)
		return (NULL);
	if (unit != -1) {
		child = devclass_get_device(dc, unit);
		return (child != NULL && child->parent == dev ? child : NULL);
	}
	for (i = 0; i < dc->maxunit; i++) {
		child = dc->devices[i];
		if (child != NULL && child->parent == dev)
			return (child);
	}
	return (NULL);
}

int
device_get_children(device_t dev, device_t **listp, int *countp)
{
	device_t child, *list;
	int count = 0;

	TAILQ_FOREACH(child, &dev->children, link)
		count++;
	if (count == 0) {
		*listp = NULL;
		*countp = 0;
		return (0);
	}
	list = malloc(count * sizeof(*list), M_TEMP, M_NOWAIT | M_ZERO);
	if (list == NULL)
		return (ENOMEM);
	count = 0;
	TAILQ_FOREACH(child, &dev->children, link)
		list[count++] = child;
	*listp = list;
	*countp = count;
	return (0);
}

bool
device_has_children(device_t dev)
{
	return (!TAILQ_EMPTY(&dev->children));
}

device_t
device_lookup_by_name(const char *name)
{
	device_t dev;

	TAILQ_FOREACH(dev, &all_devices, devlink) {
		if (dev->nameunit != NULL && strcmp(dev->nameunit, name) == 0)
			return (dev);
	}
	return (NULL);
}

/*
 * --- what a device is ---
 */

device_t
device_get_parent(device_t dev)
{
	return (dev->parent);
}

devclass_t
device_get_devclass(device_t dev)
{
	return (dev->devclass);
}

driver_t *
device_get_driver(device_t dev)
{
	return (dev->driver);
}

const char *
device_get_name(device_t dev)
{
	return (dev != NULL ? devclass_get_name(dev->devclass) : NULL);
}

const char *
device_get_nameunit(device_t dev)
{
	return (dev->nameunit);
}

int
device_get_unit(device_t dev)
{
	return (dev->unit);
}

const char *
device_get_desc(device_t dev)
{
	return (dev->desc);
}

u_int32_t
device_get_flags(device_t dev)
{
	return (dev->devflags);
}

void
device_set_flags(device_t dev, u_int32_t flags)
{
	dev->devflags = flags;
}

void *
device_get_ivars(device_t dev)
{
	KASSERT(dev != NULL, ("%s: no device", __func__));
	return (dev->ivars);
}

void
device_set_ivars(device_t dev, void *ivars)
{
	KASSERT(dev != NULL, ("%s: no device", __func__));
	dev->ivars = ivars;
}

device_state_t
device_get_state(device_t dev)
{
	return (dev->state);
}

struct sysctl_ctx_list *
device_get_sysctl_ctx(device_t dev)
{
	return (&dev->sysctl_ctx);
}

struct sysctl_oid *
device_get_sysctl_tree(device_t dev)
{
	return (dev->sysctl_tree);
}

int
device_is_alive(device_t dev)
{
	return (dev->state >= DS_ALIVE);
}

int
device_is_attached(device_t dev)
{
	return (dev->state >= DS_ATTACHED);
}

int
device_is_enabled(device_t dev)
{
	return ((dev->flags & DF_ENABLED) != 0);
}

int
device_is_quiet(device_t dev)
{
	return ((dev->flags & DF_QUIET) != 0);
}

bool
device_is_suspended(device_t dev)
{
	return ((dev->flags & DF_SUSPENDED) != 0);
}

int
device_has_quiet_children(device_t dev)
{
	return ((dev->flags & DF_QUIETCHILDREN) != 0);
}

bool
device_is_devclass_fixed(device_t dev)
{
	return ((dev->flags & DF_FIXEDCLASS) != 0);
}

void
device_enable(device_t dev)
{
	dev->flags |= DF_ENABLED;
}

void
device_disable(device_t dev)
{
	dev->flags &= ~DF_ENABLED;
}

void
device_quiet(device_t dev)
{
	dev->flags |= DF_QUIET;
}

void
device_quiet_children(device_t dev)
{
	dev->flags |= DF_QUIETCHILDREN;
}

void
device_verbose(device_t dev)
{
	dev->flags &= ~DF_QUIET;
}

/*
 * A busy device keeps its ancestors busy; it cannot be detached.
 */
void
device_busy(device_t dev)
{
	if (dev->state < DS_ATTACHING)
		panic("device_busy: called for unattached device");
	if (dev->busy == 0 && dev->parent != NULL)
		device_busy(dev->parent);
	dev->busy++;
	if (dev->state == DS_ATTACHED)
		dev->state = DS_BUSY;
}

void
device_unbusy(device_t dev)
{
	if (dev->busy == 0 ||
	    (dev->state != DS_BUSY && dev->state != DS_ATTACHING))
		panic("device_unbusy: called for non-busy device %s",
		    device_get_nameunit(dev));
	dev->busy--;
	if (dev->busy > 0)
		return;
	if (dev->parent != NULL)
		device_unbusy(dev->parent);
	if (dev->state == DS_BUSY)
		dev->state = DS_ATTACHED;
}

/*
 * --- descriptions and messages ---
 */

static void
device_change_desc(device_t dev, const char *desc, bool is_copy)
{
	if ((dev->flags & DF_DESCMALLOCED) != 0)
		book_free(__DECONST(char *, dev->desc));
	dev->desc = desc;
	if (is_copy)
		dev->flags |= DF_DESCMALLOCED;
	else
		dev->flags &= ~DF_DESCMALLOCED;
}

/* `desc` must stay as long as it is the description. */
void
device_set_desc(device_t dev, const char *desc)
{
	device_change_desc(dev, desc, false);
}

void
device_set_desc_copy(device_t dev, const char *desc)
{
	device_change_desc(dev, book_strdup(desc), true);
}

void
device_set_descf(device_t dev, const char *fmt, ...)
{
	va_list ap;
	char *desc;
	int length;

	va_start(ap, fmt);
	length = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	desc = book_alloc(length + 1);
	va_start(ap, fmt);
	vsnprintf(desc, length + 1, fmt, ap);
	va_end(ap);
	device_change_desc(dev, desc, true);
}

int
device_print_prettyname(device_t dev)
{
	const char *name = device_get_name(dev);

	if (name == NULL)
		return (printf("unknown: "));
	return (printf("%s%d: ", name, device_get_unit(dev)));
}

int
device_printf(device_t dev, const char *fmt, ...)
{
	va_list ap;
	int length;

	length = device_print_prettyname(dev);
	va_start(ap, fmt);
	length += vprintf(fmt, ap);
	va_end(ap);
	return (length);
}

int
device_log(device_t dev, int pri, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int length;

	va_start(ap, fmt);
	length = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log(pri, "%s: %s", dev->nameunit != NULL ? dev->nameunit : "unknown",
	    text);
	return (length);
}

/*
 * --- softc ---
 */

void *
device_get_softc(device_t dev)
{
	return (dev->softc);
}

/* Replaces the softc that newbus allocated by one that the driver owns. */
void
device_set_softc(device_t dev, void *softc)
{
	if (dev->softc != NULL && (dev->flags & DF_EXTERNALSOFTC) == 0)
		free(dev->softc, M_BUS_SC);
	dev->softc = softc;
	if (softc != NULL)
		dev->flags |= DF_EXTERNALSOFTC;
	else
		dev->flags &= ~DF_EXTERNALSOFTC;
}

/* The driver will free it, with device_free_softc(). */
void
device_claim_softc(device_t dev)
{
	if (dev->softc != NULL)
		dev->flags |= DF_EXTERNALSOFTC;
	else
		dev->flags &= ~DF_EXTERNALSOFTC;
}

void
device_free_softc(void *softc)
{
	free(softc, M_BUS_SC);
}

int
device_set_driver(device_t dev, driver_t *driver)
{
	if (dev->state >= DS_ATTACHED)
		return (EBUSY);
	if (dev->driver == driver)
		return (0);
	if (dev->softc != NULL && (dev->flags & DF_EXTERNALSOFTC) == 0) {
		free(dev->softc, M_BUS_SC);
		dev->softc = NULL;
	}
	device_set_desc(dev, NULL);
	kobj_delete((kobj_t)dev, NULL);
	dev->driver = driver;
	if (driver == NULL) {
		kobj_init((kobj_t)dev, &null_class);
		return (0);
	}
	kobj_init((kobj_t)dev, driver);
	if ((dev->flags & DF_EXTERNALSOFTC) != 0 || driver->size == 0)
		return (0);
	dev->softc = malloc(driver->size, M_BUS_SC, M_NOWAIT | M_ZERO);
	if (dev->softc == NULL) {
		kobj_delete((kobj_t)dev, NULL);
		kobj_init((kobj_t)dev, &null_class);
		dev->driver = NULL;
		return (ENOMEM);
	}
	return (0);
}

int
device_set_devclass(device_t dev, const char *classname)
{
	if (classname == NULL) {
		if (dev->devclass != NULL)
			devclass_delete_device(dev->devclass, dev);
		return (0);
	}
	if (dev->devclass != NULL) {
		printf("device_set_devclass: device class already set\n");
		return (EINVAL);
	}
	return (devclass_add_device(devclass_create(classname), dev));
}

int
device_set_devclass_fixed(device_t dev, const char *classname)
{
	int error;

	if (classname == NULL)
		return (EINVAL);
	error = device_set_devclass(dev, classname);
	if (error == 0)
		dev->flags |= DF_FIXEDCLASS;
	return (error);
}

/* Before attach only: the unit names the device's sysctl node. */
int
device_set_unit(device_t dev, int unit)
{
	devclass_t dc = dev->devclass;

	if (dc == NULL)
		return (EINVAL);
	if (dev->state >= DS_ATTACHING)
		return (EBUSY);
	if (unit == dev->unit)
		return (0);
	if (unit < 0 || devclass_get_device(dc, unit) != NULL)
		return (EBUSY);
	devclass_delete_device(dc, dev);
	dev->unit = unit;
	return (devclass_add_device(dc, dev));
}
