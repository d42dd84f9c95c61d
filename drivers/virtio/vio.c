/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel module `vio`: what drivers and transports share, together with
 * the virtqueue (vio_vq.c) and the kobj interfaces (vio_bus_if.m, vio_if.m).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/module.h>
#include <sys/sbuf.h>

#include <machine/bus.h>

#include "virtio/vio.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

/*
 * How often a set of fields is read until the generation holds still.  A
 * device changes its configuration when an administrator says so; one that
 * changes it this often in a row means no good.
 */
#define VIO_CONFIG_TRIES 64

static const struct {
	uint16_t type;
	const char *name;
} vio_device_names[] = {
	{ VIO_ID_NETWORK, "network" },
	{ VIO_ID_BLOCK, "block" },
	{ VIO_ID_CONSOLE, "console" },
	{ VIO_ID_ENTROPY, "entropy" },
	{ VIO_ID_BALLOON, "balloon" },
	{ VIO_ID_SCSI, "SCSI" },
};

/* The bits that any device may have. */
static const struct vio_feature_desc vio_common_features[] = {
	{ VIO_F_NOTIFY_ON_EMPTY, "NOTIFY_ON_EMPTY" },
	{ VIO_F_ANY_LAYOUT, "ANY_LAYOUT" },
	{ VIO_F_INDIRECT_DESC, "INDIRECT_DESC" },
	{ VIO_F_EVENT_IDX, "EVENT_IDX" },
	{ VIO_F_VERSION_1, "VERSION_1" },
	{ VIO_F_ACCESS_PLATFORM, "ACCESS_PLATFORM" },
	{ VIO_F_RING_PACKED, "RING_PACKED" },
	{ VIO_F_IN_ORDER, "IN_ORDER" },
	{ VIO_F_ORDER_PLATFORM, "ORDER_PLATFORM" },
	{ VIO_F_SR_IOV, "SR_IOV" },
	{ VIO_F_NOTIFICATION_DATA, "NOTIFICATION_DATA" },
	{ VIO_F_NOTIF_CONFIG_DATA, "NOTIF_CONFIG_DATA" },
	{ VIO_F_RING_RESET, "RING_RESET" },
	{ VIO_F_ADMIN_VQ, "ADMIN_VQ" },
	{ 0, NULL },
};

int
vio_probe(device_t dev, uint16_t type, const char *desc)
{
	if (vio_get_device_type(dev) != type)
		return (ENXIO);
	device_set_desc(dev, desc);
	return (BUS_PROBE_VENDOR);
}

const char *
vio_device_name(uint16_t type)
{
	size_t i;

	for (i = 0; i < nitems(vio_device_names); i++)
		if (vio_device_names[i].type == type)
			return (vio_device_names[i].name);
	return (NULL);
}

static const char *
vio_feature_name(uint64_t mask, const struct vio_feature_desc *desc)
{
	const struct vio_feature_desc *d;

	for (d = vio_common_features; d->vfd_mask != 0; d++)
		if (d->vfd_mask == mask)
			return (d->vfd_name);
	if (desc != NULL)
		for (d = desc; d->vfd_mask != 0; d++)
			if (d->vfd_mask == mask)
				return (d->vfd_name);
	return (NULL);
}

void
vio_describe_features(device_t dev, const char *what, uint64_t features,
    const struct vio_feature_desc *desc)
{
	if (bootverbose)
		vio_print_features(dev, what, features, desc);
}

void
vio_print_features(device_t dev, const char *what, uint64_t features,
    const struct vio_feature_desc *desc)
{
	char text[512];
	struct sbuf sb;
	const char *name, *separator;
	int bit;

	sbuf_new(&sb, text, sizeof(text), SBUF_FIXEDLEN);
	separator = "";
	for (bit = 63; bit >= 0; bit--) {
		if ((features & (1ULL << bit)) == 0)
			continue;
		name = vio_feature_name(1ULL << bit, desc);
		if (name != NULL)
			sbuf_printf(&sb, "%s%s", separator, name);
		else
			sbuf_printf(&sb, "%sbit %d", separator, bit);
		separator = ",";
	}
	/* What does not fit is cut off: this is for the reader's eyes. */
	(void)sbuf_finish(&sb);
	device_printf(dev, "%s: %#jx <%s>\n", what, (uintmax_t)features,
	    sbuf_data(&sb));
}

/* Reads all fields once and says whether that has changed any of them. */
static int
vio_read_fields(device_t bus, const struct vio_config_field *fields,
    int nfields, bool *changed)
{
	uint64_t value;
	int error, i;

	*changed = false;
	for (i = 0; i < nfields; i++) {
		error = VIO_BUS_READ_CONFIG(bus, fields[i].vcf_offset, &value,
		    fields[i].vcf_len);
		if (error != 0)
			return (error);
		if (memcmp(fields[i].vcf_dst, &value, fields[i].vcf_len) == 0)
			continue;
		memcpy(fields[i].vcf_dst, &value, fields[i].vcf_len);
		*changed = true;
	}
	return (0);
}

int
vio_read_config(device_t dev, const struct vio_config_field *fields,
    int nfields)
{
	device_t bus;
	int after, before, error, try;
	bool changed;

	bus = device_get_parent(dev);
	after = VIO_BUS_CONFIG_GENERATION(bus);
	for (try = 0; try < VIO_CONFIG_TRIES; try++) {
		before = after;
		error = vio_read_fields(bus, fields, nfields, &changed);
		if (error != 0)
			return (error);
		after = VIO_BUS_CONFIG_GENERATION(bus);
		/* 2.5.4: without generations, two readings must agree. */
		if (after < 0 ? !changed && try > 0 : after == before)
			return (0);
	}
	device_printf(dev, "configuration changed %d times while being read\n",
	    VIO_CONFIG_TRIES);
	return (EBUSY);
}

static int
vio_modevent(module_t mod, int type, void *arg)
{
	switch (type) {
	case MOD_LOAD:
	case MOD_UNLOAD:
	case MOD_QUIESCE:
	case MOD_SHUTDOWN:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t vio_mod = {
	"vio",
	vio_modevent,
	NULL,
};

DECLARE_MODULE(vio, vio_mod, SI_SUB_DRIVERS, SI_ORDER_FIRST);
MODULE_VERSION(vio, 1);
