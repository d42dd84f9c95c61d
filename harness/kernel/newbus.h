/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the pages of newbus share: the device tree's structures, and the
 * memory that they are made of.
 */
#ifndef RINGSIDE_KERNEL_NEWBUS_H
#define RINGSIDE_KERNEL_NEWBUS_H

#include "kernel/kern.h"

#include <sys/bus.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/rman.h>
#include <sys/sysctl.h>

/*
 * --- bookkeeping (book.c) ---
 *
 * Zeroed memory of the bench's.  What has not been freed when the device
 * tree is halted (after a panic, nothing has) goes all at once.
 */
void *book_alloc(size_t size) __attribute__((malloc, returns_nonnull));
char *book_strdup(const char *text) __attribute__((malloc, returns_nonnull));
void book_free(void *p);
void book_free_all(void);

/*
 * --- releases ---
 *
 * The pages have all that any release of FreeBSD shows to drivers.  What the
 * headers hide in this build is declared here.
 */
#if __FreeBSD_version < 1400000
bool device_has_children(device_t dev);
void device_set_descf(device_t dev, const char *fmt, ...) __printflike(2, 3);
int device_log(device_t dev, int pri, const char *fmt, ...) __printflike(3, 4);
#endif
#if __FreeBSD_version < 1500000
void bus_identify_children(device_t dev);
void bus_attach_children(device_t dev);
int bus_detach_children(device_t dev);
#else
int bus_generic_probe(device_t dev);
#endif

/* What a bus says of a child, in the form of 14. */
typedef int bus_describe_t(device_t bus, device_t child, struct sbuf *sb);
/* The same in the form of 12: into `size` bytes at `buf`. */
int bus_describe_str(bus_describe_t *describe, device_t bus, device_t child,
    char *buf, size_t size);
/* Appends what the child's bus says of it, in whichever form it does. */
void device_describe_location(device_t dev, struct sbuf *sb);
void device_describe_pnpinfo(device_t dev, struct sbuf *sb);

/* Until 15, methods are told a resource's type and rid: as parameters... */
#if __FreeBSD_version < 1500000
#define P_TYPE	   int type,
#define P_TYPE_RID int type, int rid,
/* ...and as arguments. */
#define A_TYPE(r)     rman_get_type(r),
#define A_TYPE_RID(r) rman_get_type(r), rman_get_rid(r),
#else
#define P_TYPE
#define P_TYPE_RID
#define A_TYPE(r)
#define A_TYPE_RID(r)
#endif

int newbus_release(device_t dev, struct resource *r);
int newbus_activate(device_t dev, struct resource *r);
int newbus_deactivate(device_t dev, struct resource *r);

/* A driver of the kernel's own. */
#define NEWBUS_MODULE(name, busname, driver, pass)              \
	_DRIVER_MODULE(name, busname, driver, NULL, NULL, NULL, \
	    SI_ORDER_MIDDLE, pass)

/*
 * --- the tree ---
 */

struct driverlink {
	kobj_class_t driver;
	TAILQ_ENTRY(driverlink) link;
	int pass;
};
TAILQ_HEAD(driver_list, driverlink);
TAILQ_HEAD(device_list, _device);

struct devclass {
	TAILQ_ENTRY(devclass) link;
	devclass_t parent;	    /* whose drivers are tried as well */
	struct driver_list drivers; /* for devices below this class */
	char *name;
	device_t *devices; /* by unit */
	int maxunit;	   /* entries in `devices` */
	bool has_children; /* is somebody's parent */
	struct sysctl_ctx_list sysctl_ctx;
	struct sysctl_oid *sysctl_tree;
};
TAILQ_HEAD(devclass_list, devclass);
extern struct devclass_list devclasses;

struct _device {
	KOBJ_FIELDS;		      /* first: a device is a kobj */
	TAILQ_ENTRY(_device) link;    /* among the parent's children */
	TAILQ_ENTRY(_device) devlink; /* among all */
	device_t parent;
	struct device_list children; /* by `order` */
	driver_t *driver;
	devclass_t devclass;
	int unit;	/* or -1 */
	char *nameunit; /* "vioblk0", or NULL without a class */
	char *namebuf;	/* its memory, which outlives the class */
	const char *desc;
	int busy; /* device_busy() depth */
	device_state_t state;
	uint32_t devflags;
	u_int flags; /* DF_* */
	u_int order;
	void *ivars; /* the parent's */
	void *softc; /* the driver's: guest memory */
	struct sysctl_ctx_list sysctl_ctx;
	struct sysctl_oid *sysctl_tree;
};

#define DF_ENABLED	 0x0001
#define DF_FIXEDCLASS	 0x0002 /* the class was asked for by name */
#define DF_WILDCARD	 0x0004 /* the unit was not */
#define DF_DESCMALLOCED	 0x0008
#define DF_QUIET	 0x0010
#define DF_DONENOMATCH	 0x0020 /* BUS_PROBE_NOMATCH was called */
#define DF_EXTERNALSOFTC 0x0040
#define DF_SUSPENDED	 0x0100
#define DF_QUIETCHILDREN 0x0200

devclass_t devclass_find_internal(const char *name, const char *parent,
    bool create);
int devclass_add_device(devclass_t dc, device_t dev);
int devclass_delete_device(devclass_t dc, device_t dev);
int devclass_quiesce_driver(devclass_t busclass, driver_t *driver);
void devclass_forget(void);

void device_sysctl_init(device_t dev);
void device_sysctl_fini(device_t dev);
/* Frees the nodes of classes that have no devices left. */
void devclass_sysctl_fini(void);

/* On whose behalf the running thread works, to be restored afterwards. */
struct device_context {
	const void *device;
	const char *name;
};
struct device_context device_enter(device_t dev);
void device_leave(struct device_context old);

/* The function at "pci0:0:1:0" (devctl.c), or NULL. */
device_t devctl_find_place(const char *text);
/* Whether `id` is `dev` or a device below it; `id` may be long gone. */
bool newbus_is_at_or_below(device_t dev, const void *id);

/* For a halt: forgets all devices without calling anybody. */
void rman_forget(void);
void kobj_forget(void);

#endif /* !RINGSIDE_KERNEL_NEWBUS_H */
