/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * disk(9): how a driver offers a disk.
 */
#ifndef _GEOM_GEOM_DISK_H_
#define _GEOM_GEOM_DISK_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/_lock.h>
#include <sys/_mutex.h>
#include <sys/conf.h>
#include <sys/disk.h>

#define DISK_RR_UNKNOWN	     0
#define DISK_RR_NON_ROTATING 1
#define DISK_RR_MIN	     0x0401
#define DISK_RR_MAX	     0xfffe

#define G_DISK_CLASS_NAME    "DISK"

struct bio_queue_head;
struct devstat;
struct disk;
struct g_event;
struct g_geom;
struct mtx;
struct thread;

typedef int disk_open_t(struct disk *);
typedef int disk_close_t(struct disk *);
typedef void disk_strategy_t(struct bio *bp);
typedef int disk_getattr_t(struct bio *bp);
typedef void disk_gone_t(struct disk *);
typedef int disk_ioctl_t(struct disk *, u_long cmd, void *data, int fflag,
    struct thread *td);

typedef enum {
	DISK_INIT_NONE,
	DISK_INIT_START,
	DISK_INIT_DONE
} disk_init_level;

struct disk_alias {
	LIST_ENTRY(disk_alias) da_next;
	const char *da_alias;
};

struct disk {
	/* Private to disk.c. */
	struct g_geom *d_geom;
	struct devstat *d_devstat;
	int d_goneflag;
	int d_destroyed;
	disk_init_level d_init_level;
#if __FreeBSD_version >= 1300000
	struct g_event *d_cevent;
#endif

	/* Shared. */
	u_int d_flags;
	const char *d_name;
	u_int d_unit;
	struct bio_queue_head *d_queue;
	struct mtx *d_lock;

	/* Methods of the driver. */
	disk_open_t *d_open;
	disk_close_t *d_close;
	disk_strategy_t *d_strategy;
	disk_ioctl_t *d_ioctl;
	dumper_t *d_dump;
	disk_getattr_t *d_getattr;
	disk_gone_t *d_gone;

	/* What the driver says of the disk. */
	u_int d_sectorsize;
	off_t d_mediasize;
	u_int d_fwsectors;
	u_int d_fwheads;
	u_int d_maxsize;
	off_t d_delmaxsize;
	u_int d_stripeoffset;
	u_int d_stripesize;
	char d_ident[DISK_IDENT_SIZE];
	char d_descr[DISK_IDENT_SIZE];
	uint16_t d_hba_vendor;
	uint16_t d_hba_device;
	uint16_t d_hba_subvendor;
	uint16_t d_hba_subdevice;
	uint16_t d_rotation_rate;
#if __FreeBSD_version >= 1300000
	char d_attachment[DISK_IDENT_SIZE];
#endif

	/* The driver's own. */
	void *d_drv1;

	/* Private to disk.c. */
	LIST_HEAD(, disk_alias) d_aliases;
};

#define DISKFLAG_RESERVED	   0x0001
#define DISKFLAG_OPEN		   0x0002
#define DISKFLAG_CANDELETE	   0x0004
#define DISKFLAG_CANFLUSHCACHE	   0x0008
#define DISKFLAG_UNMAPPED_BIO	   0x0010
#define DISKFLAG_DIRECT_COMPLETION 0x0020
#define DISKFLAG_CANZONE	   0x0080
#define DISKFLAG_WRITE_PROTECT	   0x0100

struct disk *disk_alloc(void);
void disk_create(struct disk *disk, int version);
void disk_destroy(struct disk *disk);
void disk_gone(struct disk *disk);
int disk_resize(struct disk *disk, int flag);

#define DISK_VERSION_00 0x58561059
#define DISK_VERSION_01 0x5856105a
#define DISK_VERSION_02 0x5856105b
#define DISK_VERSION_03 0x5856105c
#define DISK_VERSION_04 0x5856105d
#define DISK_VERSION_05 0x5856105e
#if __FreeBSD_version < 1300000
#define DISK_VERSION DISK_VERSION_05
#else
#define DISK_VERSION_06 0x5856105f
#define DISK_VERSION	DISK_VERSION_06
#endif

#endif /* !_GEOM_GEOM_DISK_H_ */
