/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * disk(9): what a reader of /dev/vbd0 can learn about the disk.
 *
 * BIO_GETATTR goes to the driver's d_getattr first, which may answer (0), fail
 * (an errno), or leave the answer to GEOM (-1).
 */
#include "kernel/disk_var.h"

#include <sys/sbuf.h>
#include <geom/geom.h>

/* An answer, under its name; `text` is a string, else `size` bytes. */
struct attribute {
	const char *name;
	const void *value;
	size_t size;
	const char *text;
};

static int
attribute_copy(const struct attribute *attribute, void *value, size_t size)
{
	const char *text = attribute->text;
	size_t length;

	if (text == NULL) {
		if (size != attribute->size)
			return (EFAULT);
		memcpy(value, attribute->value, size);
		return (0);
	}
	/* Drivers fill it from what the device says: it may not end. */
	length = strnlen(text, DISK_IDENT_SIZE);
	if (length >= size)
		return (EFAULT);
	memset(value, 0, size);
	memcpy(value, text, length);
	return (0);
}

static int
attribute_default(const struct disk *dp, const char *name, void *value,
    size_t size)
{
	int candelete = (dp->d_flags & DISKFLAG_CANDELETE) != 0;
	off_t frontstuff = 0;
	const struct attribute attributes[] = {
		{ "GEOM::candelete", &candelete, sizeof(candelete), NULL },
		{ "GEOM::fwsectors", &dp->d_fwsectors, sizeof(int), NULL },
		{ "GEOM::fwheads", &dp->d_fwheads, sizeof(int), NULL },
		{ "GEOM::frontstuff", &frontstuff, sizeof(off_t), NULL },
		{ "GEOM::ident", NULL, 0, dp->d_ident },
		{ "GEOM::descr", NULL, 0, dp->d_descr },
		{ "GEOM::hba_vendor", &dp->d_hba_vendor, 2, NULL },
		{ "GEOM::hba_device", &dp->d_hba_device, 2, NULL },
		{ "GEOM::hba_subvendor", &dp->d_hba_subvendor, 2, NULL },
		{ "GEOM::hba_subdevice", &dp->d_hba_subdevice, 2, NULL },
		{ "GEOM::rotation_rate", &dp->d_rotation_rate, 2, NULL },
#if __FreeBSD_version >= 1300000
		{ "GEOM::attachment", NULL, 0, dp->d_attachment },
#endif
	};
	u_int i;

	for (i = 0; i < nitems(attributes); i++)
		if (strcmp(name, attributes[i].name) == 0)
			return (attribute_copy(&attributes[i], value, size));
	return (ENOIOCTL);
}

/* What the driver says; -1 when it leaves the answer to us. */
static int
attribute_driver(struct disk *dp, const char *name, void *value, size_t size)
{
	struct bio *bp;
	int error;

	if (dp->d_getattr == NULL)
		return (-1);
	bp = g_alloc_bio();
	bp->bio_cmd = BIO_GETATTR;
	bp->bio_attribute = name;
	bp->bio_data = value;
	bp->bio_length = bp->bio_bcount = size;
	bp->bio_disk = dp;
	error = dp->d_getattr(bp);
	if ((bp->bio_flags & BIO_DONE) != 0)
		kern_misuse("d_getattr of %s%u has completed the bio, which "
			    "disk(9) does",
		    dp->d_name, dp->d_unit);
	g_destroy_bio(bp);
	return (error);
}

int
kernel_disk_getattr(struct kernel_disk *disk, const char *attribute,
    void *value, size_t size)
{
	int error;

	HOST_ASSERT(disk->opens > 0);
	if (disk->gone || disk->dp == NULL)
		return (ENXIO);
	error = attribute_driver(disk->dp, attribute, value, size);
	/* The driver may have slept and destroyed it. */
	if (disk->dp == NULL)
		return (ENXIO);
	if (error == -1)
		error = attribute_default(disk->dp, attribute, value, size);
	return (error);
}

/*
 * "DISK-" and the identity, in which what would be a nuisance in a path is
 * written as in a URL.
 */
bool
disk_has_label(struct kernel_disk *disk, const char *label)
{
	char ident[DISK_IDENT_SIZE], text[64];
	struct sbuf sb;
	const u_char *c;

	if (kernel_disk_getattr(disk, "GEOM::ident", ident, sizeof(ident)) !=
		0 ||
	    ident[0] == '\0')
		return (false);
	sbuf_new(&sb, text, sizeof(text), SBUF_FIXEDLEN);
	sbuf_printf(&sb, "%s-", G_DISK_CLASS_NAME);
	for (c = (const u_char *)ident; *c != '\0'; c++) {
		if (*c <= ' ' || *c >= 0x7f || *c == '"' || *c == '%')
			sbuf_printf(&sb, "%%%02X", *c);
		else
			sbuf_putc(&sb, *c);
	}
	return (sbuf_finish(&sb) == 0 && strcmp(sbuf_data(&sb), label) == 0);
}

void
kernel_disk_info(struct kernel_disk *disk, struct kernel_disk_info *info)
{
	struct disk *dp = disk->dp;

	memset(info, 0, sizeof(*info));
	strlcpy(info->name, disk->name, sizeof(info->name));
	if (dp == NULL)
		return;
	info->media_size = disk->media_size;
	info->sector_size = dp->d_sectorsize;
	info->max_io = dp->d_maxsize;
	info->max_delete = (uint64_t)dp->d_delmaxsize;
	info->stripe_size = dp->d_stripesize;
	info->stripe_offset = dp->d_stripeoffset;
	info->fw_sectors = dp->d_fwsectors;
	info->fw_heads = dp->d_fwheads;
	info->rotation_rate = dp->d_rotation_rate;
	info->read_only = (dp->d_flags & DISKFLAG_WRITE_PROTECT) != 0;
	info->can_delete = (dp->d_flags & DISKFLAG_CANDELETE) != 0;
	info->can_flush = (dp->d_flags & DISKFLAG_CANFLUSHCACHE) != 0;
	info->can_unmapped = (dp->d_flags & DISKFLAG_UNMAPPED_BIO) != 0;
	info->can_dump = dp->d_dump != NULL;
	strlcpy(info->ident, dp->d_ident,
	    MIN(sizeof(info->ident),
		strnlen(dp->d_ident, DISK_IDENT_SIZE) + 1));
}
