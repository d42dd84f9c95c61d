/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * dev.<driver>.<unit>: every attached device's place in the sysctl(9) tree,
 * where drivers hang their own values (device_get_sysctl(9)).
 */
#include "kernel/newbus.h"

#include <sys/sbuf.h>

SYSCTL_DECL(_dev);

enum {
	DEVICE_SYSCTL_DESC,
	DEVICE_SYSCTL_DRIVER,
	DEVICE_SYSCTL_LOCATION,
	DEVICE_SYSCTL_PNPINFO,
	DEVICE_SYSCTL_PARENT,
};

static int
device_sysctl_handler(SYSCTL_HANDLER_ARGS)
{
	device_t dev = arg1;
	const char *name;
	struct sbuf sb;
	int error;

	if (sbuf_new(&sb, NULL, 64, SBUF_AUTOEXTEND) == NULL)
		return (ENOMEM);
	switch (arg2) {
	case DEVICE_SYSCTL_DESC:
		sbuf_cat(&sb, dev->desc != NULL ? dev->desc : "");
		break;
	case DEVICE_SYSCTL_DRIVER:
		sbuf_cat(&sb, dev->driver != NULL ? dev->driver->name : "");
		break;
	case DEVICE_SYSCTL_LOCATION:
		device_describe_location(dev, &sb);
		break;
	case DEVICE_SYSCTL_PNPINFO:
		device_describe_pnpinfo(dev, &sb);
		break;
	case DEVICE_SYSCTL_PARENT:
		name = dev->parent != NULL ? dev->parent->nameunit : NULL;
		sbuf_cat(&sb, name != NULL ? name : "");
		break;
	default:
		sbuf_delete(&sb);
		return (EINVAL);
	}
	error = sbuf_finish(&sb);
	if (error == 0)
		error = SYSCTL_OUT_STR(req, sbuf_data(&sb));
	sbuf_delete(&sb);
	return (error);
}

static int
devclass_sysctl_parent(SYSCTL_HANDLER_ARGS)
{
	devclass_t dc = arg1;

	return (
	    SYSCTL_OUT_STR(req, dc->parent != NULL ? dc->parent->name : ""));
}

/* The nodes of newbus are nobody's: no device can forget to remove them. */
static void
devclass_sysctl_init(devclass_t dc)
{
	if (dc->sysctl_tree != NULL)
		return;
	sysctl_ctx_init(&dc->sysctl_ctx);
	dc->sysctl_tree =
	    SYSCTL_ADD_NODE(&dc->sysctl_ctx, SYSCTL_STATIC_CHILDREN(_dev),
		OID_AUTO, dc->name, CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "");
	SYSCTL_ADD_PROC(&dc->sysctl_ctx, SYSCTL_CHILDREN(dc->sysctl_tree),
	    OID_AUTO, "%parent", CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE,
	    dc, 0, devclass_sysctl_parent, "A", "parent class");
}

static void
device_sysctl_add(device_t dev, const char *name, int which, const char *descr)
{
	sysctl_add_oid(&dev->sysctl_ctx, SYSCTL_CHILDREN(dev->sysctl_tree),
	    OID_AUTO, name, CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE, dev,
	    which, device_sysctl_handler, "A", descr, NULL);
}

void
device_sysctl_init(device_t dev)
{
	struct device_context old;

	if (dev->sysctl_tree != NULL)
		return;
	old = device_enter(NULL);
	devclass_sysctl_init(dev->devclass);
	sysctl_ctx_init(&dev->sysctl_ctx);
	dev->sysctl_tree = SYSCTL_ADD_NODE(&dev->sysctl_ctx,
	    SYSCTL_CHILDREN(dev->devclass->sysctl_tree), OID_AUTO,
	    dev->nameunit + strlen(dev->devclass->name),
	    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "");
	device_sysctl_add(dev, "%desc", DEVICE_SYSCTL_DESC,
	    "device description");
	device_sysctl_add(dev, "%driver", DEVICE_SYSCTL_DRIVER,
	    "device driver name");
	device_sysctl_add(dev, "%location", DEVICE_SYSCTL_LOCATION,
	    "device location relative to parent");
	device_sysctl_add(dev, "%pnpinfo", DEVICE_SYSCTL_PNPINFO,
	    "device identification");
	device_sysctl_add(dev, "%parent", DEVICE_SYSCTL_PARENT,
	    "parent device");
	device_leave(old);
}

void
device_sysctl_fini(device_t dev)
{
	struct device_context old;

	if (dev->sysctl_tree == NULL)
		return;
	old = device_enter(NULL);
	sysctl_ctx_free(&dev->sysctl_ctx);
	dev->sysctl_tree = NULL;
	device_leave(old);
}

void
devclass_sysctl_fini(void)
{
	devclass_t dc;

	TAILQ_FOREACH(dc, &devclasses, link) {
		if (dc->sysctl_tree == NULL || devclass_get_count(dc) != 0)
			continue;
		sysctl_ctx_free(&dc->sysctl_ctx);
		dc->sysctl_tree = NULL;
	}
}

struct sysctl_ctx_list *
devclass_get_sysctl_ctx(devclass_t dc)
{
	return (&dc->sysctl_ctx);
}

struct sysctl_oid *
devclass_get_sysctl_tree(devclass_t dc)
{
	return (dc->sysctl_tree);
}
