/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * newbus: devices, drivers, device classes, and the resources and interrupts
 * that a bus gives to its children (device(9), driver(9), devclass(9),
 * BUS_*(9), bus_*(9), resource_list in BUS_GET_RESOURCE_LIST's sense).
 */
#ifndef _SYS_BUS_H_
#define _SYS_BUS_H_

#include <sys/param.h>
#include <sys/queue.h>
#include <sys/kobj.h>
#include <sys/systm.h>
#include <sys/_bus_dma.h>
#include <machine/_bus.h>
#include <machine/bus.h>
#include <machine/resource.h>

struct sbuf;
struct module;
struct resource;
struct sysctl_ctx_list;
struct sysctl_oid;

typedef enum device_state {
	DS_NOTPRESENT = 10, /* not probed, or probed without success */
	DS_ALIVE = 20,	    /* probed */
	DS_ATTACHING = 25,  /* attach is running */
	DS_ATTACHED = 30,
	DS_BUSY = 40 /* attached and open */
} device_state_t;

typedef struct kobj_class driver_t;
typedef struct devclass *devclass_t;
#define device_method_t kobj_method_t

/* Interrupt handlers; the filter's result is FILTER_*. */
typedef int driver_filter_t(void *arg);
typedef void driver_intr_t(void *arg);
#define FILTER_STRAY	       0x01 /* not ours */
#define FILTER_HANDLED	       0x02
#define FILTER_SCHEDULE_THREAD 0x04

enum intr_type {
	INTR_TYPE_TTY = 1,
	INTR_TYPE_BIO = 2,
	INTR_TYPE_NET = 4,
	INTR_TYPE_CAM = 8,
	INTR_TYPE_MISC = 16,
	INTR_TYPE_CLK = 32,
	INTR_TYPE_AV = 64,
	INTR_EXCL = 256,   /* must not be shared */
	INTR_MPSAFE = 512, /* needs no Giant lock */
	INTR_ENTROPY = 1024,
	INTR_SLEEPABLE = 2048,
	INTR_MD1 = 4096,
	INTR_MD2 = 8192,
	INTR_MD3 = 16384,
	INTR_MD4 = 32768
};
enum intr_trigger {
	INTR_TRIGGER_INVALID = -1,
	INTR_TRIGGER_CONFORM = 0,
	INTR_TRIGGER_EDGE = 1,
	INTR_TRIGGER_LEVEL = 2
};
enum intr_polarity {
	INTR_POLARITY_CONFORM = 0,
	INTR_POLARITY_HIGH = 1,
	INTR_POLARITY_LOW = 2
};

/* What a probe returns when it bids; the highest wins, 0 ends the bidding. */
#define BUS_PROBE_SPECIFIC     0
#define BUS_PROBE_VENDOR       (-10)
#define BUS_PROBE_DEFAULT      (-20)
#define BUS_PROBE_LOW_PRIORITY (-40)
#define BUS_PROBE_GENERIC      (-100)
#define BUS_PROBE_HOOVER       (-1000000)
#define BUS_PROBE_NOWILDCARD   (-2000000000) /* only when asked for by name */

#define BUS_PASS_ROOT	       0
#define BUS_PASS_BUS	       10
#define BUS_PASS_CPU	       20
#define BUS_PASS_RESOURCE      30
#define BUS_PASS_INTERRUPT     40
#define BUS_PASS_TIMER	       50
#define BUS_PASS_SCHEDULER     60
#define BUS_PASS_SUPPORTDEV    100000
#define BUS_PASS_DEFAULT       __INT_MAX__

#define BUS_PASS_ORDER_FIRST   0
#define BUS_PASS_ORDER_EARLY   2
#define BUS_PASS_ORDER_MIDDLE  5
#define BUS_PASS_ORDER_LATE    7
#define BUS_PASS_ORDER_LAST    9

/*
 * While the machine boots, drivers take part in passes, in ascending order of
 * the number that each has: all up to the current one.
 */
extern int bus_current_pass;
void bus_set_pass(int pass);

#if __FreeBSD_version >= 1500000
#define DEVICE_UNIT_ANY (-1)
#endif

#define DEVMETHOD     KOBJMETHOD
#define DEVMETHOD_END KOBJMETHOD_END

#include <sys/_bus_resource.h>

extern device_t root_bus;
extern devclass_t root_devclass;
/* Attaches what is below the root bus, pass by pass. */
void root_bus_configure(void);

/*
 * --- devices ---
 */

device_t device_add_child(device_t dev, const char *name, int unit);
device_t device_add_child_ordered(device_t dev, u_int order, const char *name,
    int unit);
int device_delete_child(device_t dev, device_t child);
int device_delete_children(device_t dev);
device_t device_find_child(device_t dev, const char *classname, int unit);
/* The list is malloc(9) memory of M_TEMP and the caller's. */
int device_get_children(device_t dev, device_t **listp, int *countp);
#if __FreeBSD_version >= 1400000
bool device_has_children(device_t dev);
#endif
device_t device_lookup_by_name(const char *name);

/* 0: probed, or attached; -1: it was already. */
int device_probe(device_t dev);
int device_probe_child(device_t bus, device_t dev);
int device_probe_and_attach(device_t dev);
int device_attach(device_t dev);
int device_detach(device_t dev);
int device_shutdown(device_t dev);
int device_quiesce(device_t dev);

void device_busy(device_t dev);
void device_unbusy(device_t dev);
void device_enable(device_t dev);
void device_disable(device_t dev);
void device_quiet(device_t dev);
void device_verbose(device_t dev);
void device_quiet_children(device_t dev);
int device_has_quiet_children(device_t dev);
int device_is_alive(device_t dev);
int device_is_attached(device_t dev);
int device_is_enabled(device_t dev);
int device_is_quiet(device_t dev);
bool device_is_suspended(device_t dev);

const char *device_get_desc(device_t dev);
devclass_t device_get_devclass(device_t dev);
driver_t *device_get_driver(device_t dev);
u_int32_t device_get_flags(device_t dev);
void *device_get_ivars(device_t dev);
const char *device_get_name(device_t dev);
const char *device_get_nameunit(device_t dev);
device_t device_get_parent(device_t dev);
void *device_get_softc(device_t dev);
device_state_t device_get_state(device_t dev);
struct sysctl_ctx_list *device_get_sysctl_ctx(device_t dev);
struct sysctl_oid *device_get_sysctl_tree(device_t dev);
int device_get_unit(device_t dev);
void device_set_desc(device_t dev, const char *desc);
#if __FreeBSD_version >= 1400000
void device_set_descf(device_t dev, const char *fmt, ...) __printflike(2, 3);
#endif
void device_set_desc_copy(device_t dev, const char *desc);
int device_set_devclass(device_t dev, const char *classname);
int device_set_devclass_fixed(device_t dev, const char *classname);
bool device_is_devclass_fixed(device_t dev);
int device_set_driver(device_t dev, driver_t *driver);
void device_set_flags(device_t dev, u_int32_t flags);
void device_set_ivars(device_t dev, void *ivars);
void device_set_softc(device_t dev, void *softc);
void device_free_softc(void *softc);
void device_claim_softc(device_t dev);
int device_set_unit(device_t dev, int unit);

int device_print_prettyname(device_t dev);
int device_printf(device_t dev, const char *fmt, ...) __printflike(2, 3);
#if __FreeBSD_version >= 1400000
int device_log(device_t dev, int pri, const char *fmt, ...) __printflike(3, 4);
#endif

/*
 * --- device classes ---
 */

devclass_t devclass_create(const char *classname);
devclass_t devclass_find(const char *classname);
int devclass_add_driver(devclass_t dc, driver_t *driver, int pass,
    devclass_t *dcp);
/* Detaches the driver's devices first; their refusal is returned. */
int devclass_delete_driver(devclass_t busclass, driver_t *driver);
const char *devclass_get_name(devclass_t dc);
device_t devclass_get_device(devclass_t dc, int unit);
void *devclass_get_softc(devclass_t dc, int unit);
int devclass_get_devices(devclass_t dc, device_t **listp, int *countp);
int devclass_get_drivers(devclass_t dc, driver_t ***listp, int *countp);
int devclass_get_count(devclass_t dc);
int devclass_get_maxunit(devclass_t dc);
int devclass_find_free_unit(devclass_t dc, int unit);
void devclass_set_parent(devclass_t dc, devclass_t pdc);
devclass_t devclass_get_parent(devclass_t dc);
struct sysctl_ctx_list *devclass_get_sysctl_ctx(devclass_t dc);
struct sysctl_oid *devclass_get_sysctl_tree(devclass_t dc);

/*
 * --- what buses inherit ---
 */

#if __FreeBSD_version >= 1500000
/*
 * The steps of which a bus's attach and detach consist.  Since 15,
 * bus_generic_detach() also deletes the children.
 */
void bus_identify_children(device_t dev);
void bus_attach_children(device_t dev);
int bus_detach_children(device_t dev);
#endif
device_t bus_generic_add_child(device_t dev, u_int order, const char *name,
    int unit);
int bus_generic_attach(device_t dev);
#if __FreeBSD_version >= 1400000
int bus_generic_child_location(device_t dev, device_t child, struct sbuf *sb);
int bus_generic_child_pnpinfo(device_t dev, device_t child, struct sbuf *sb);
#endif
int bus_generic_child_present(device_t dev, device_t child);
int bus_generic_detach(device_t dev);
void bus_generic_driver_added(device_t dev, driver_t *driver);
int bus_print_child_header(device_t dev, device_t child);
int bus_print_child_domain(device_t dev, device_t child);
int bus_print_child_footer(device_t dev, device_t child);
int bus_generic_print_child(device_t dev, device_t child);
#if __FreeBSD_version < 1500000
int bus_generic_probe(device_t dev);
#endif
int bus_generic_read_ivar(device_t dev, device_t child, int which,
    uintptr_t *result);
int bus_generic_write_ivar(device_t dev, device_t child, int which,
    uintptr_t value);
int bus_generic_resume(device_t dev);
int bus_generic_resume_child(device_t dev, device_t child);
int bus_generic_shutdown(device_t dev);
int bus_generic_suspend(device_t dev);
int bus_generic_suspend_child(device_t dev, device_t child);
void bus_generic_new_pass(device_t dev);
bus_dma_tag_t bus_generic_get_dma_tag(device_t dev, device_t child);
bus_space_tag_t bus_generic_get_bus_tag(device_t dev, device_t child);
int bus_null_rescan(device_t dev);

int bus_child_present(device_t child);
#if __FreeBSD_version < 1400000
int bus_child_pnpinfo_str(device_t child, char *buf, size_t buflen);
int bus_child_location_str(device_t child, char *buf, size_t buflen);
#else
int bus_child_pnpinfo(device_t child, struct sbuf *sb);
int bus_child_location(device_t child, struct sbuf *sb);
#endif
bus_dma_tag_t bus_get_dma_tag(device_t dev);
bus_space_tag_t bus_get_bus_tag(device_t dev);

/*
 * --- drivers as modules ---
 */

struct driver_module_data {
	int (*dmd_chainevh)(struct module *, int, void *);
	void *dmd_chainarg;
	const char *dmd_busname;
	kobj_class_t dmd_driver;
	devclass_t *dmd_devclass; /* receives the class, or NULL */
	int dmd_pass;
};
/* The event handler of DRIVER_MODULE(9). */
int driver_module_handler(struct module *mod, int what, void *arg);

#define _DRIVER_MODULE(name, busname, driver, devclassp, evh, arg, order,  \
    pass)                                                                  \
	static struct driver_module_data name##_##busname##_driver_mod = { \
		evh, arg, #busname, (kobj_class_t)&driver, devclassp, pass \
	};                                                                 \
	static moduledata_t name##_##busname##_mod = { #busname "/" #name, \
		driver_module_handler, &name##_##busname##_driver_mod };   \
	DECLARE_MODULE(name##_##busname, name##_##busname##_mod,           \
	    SI_SUB_DRIVERS, order)

#if __FreeBSD_version < 1400058
/* `devclass` is a variable of type devclass_t, which receives the class. */
#define EARLY_DRIVER_MODULE_ORDERED(name, busname, driver, devclass, evh, arg, \
    order, pass)                                                               \
	_DRIVER_MODULE(name, busname, driver, &devclass, evh, arg, order, pass)
#define EARLY_DRIVER_MODULE(name, busname, driver, devclass, evh, arg, pass)   \
	EARLY_DRIVER_MODULE_ORDERED(name, busname, driver, devclass, evh, arg, \
	    SI_ORDER_MIDDLE, pass)
#define DRIVER_MODULE_ORDERED(name, busname, driver, devclass, evh, arg,       \
    order)                                                                     \
	EARLY_DRIVER_MODULE_ORDERED(name, busname, driver, devclass, evh, arg, \
	    order, BUS_PASS_DEFAULT)
#define DRIVER_MODULE(name, busname, driver, devclass, evh, arg)       \
	EARLY_DRIVER_MODULE(name, busname, driver, devclass, evh, arg, \
	    BUS_PASS_DEFAULT)
#else
#define EARLY_DRIVER_MODULE_ORDERED(name, busname, driver, evh, arg, order, \
    pass)                                                                   \
	_DRIVER_MODULE(name, busname, driver, NULL, evh, arg, order, pass)
#define EARLY_DRIVER_MODULE(name, busname, driver, evh, arg, pass)   \
	EARLY_DRIVER_MODULE_ORDERED(name, busname, driver, evh, arg, \
	    SI_ORDER_MIDDLE, pass)
#define DRIVER_MODULE_ORDERED(name, busname, driver, evh, arg, order)       \
	EARLY_DRIVER_MODULE_ORDERED(name, busname, driver, evh, arg, order, \
	    BUS_PASS_DEFAULT)
#define DRIVER_MODULE(name, busname, driver, evh, arg) \
	EARLY_DRIVER_MODULE(name, busname, driver, evh, arg, BUS_PASS_DEFAULT)
#endif

/*
 * Instance variables: NAME_get_var(dev) and NAME_set_var(dev, v), kept by the
 * device's parent (BUS_READ_IVAR(9)).
 */
#define __BUS_ACCESSOR(varp, var, ivarp, ivar, type)                      \
	static __inline type varp##_get_##var(device_t dev)               \
	{                                                                 \
		uintptr_t v = 0;                                          \
		int e __diagused;                                         \
                                                                          \
		e = BUS_READ_IVAR(device_get_parent(dev), dev,            \
		    ivarp##_IVAR_##ivar, &v);                             \
		KASSERT(e == 0,                                           \
		    ("%s failed for %s on bus %s, error = %d", __func__,  \
			device_get_nameunit(dev),                         \
			device_get_nameunit(device_get_parent(dev)), e)); \
		return ((type)v);                                         \
	}                                                                 \
                                                                          \
	static __inline void varp##_set_##var(device_t dev, type t)       \
	{                                                                 \
		uintptr_t v = (uintptr_t)t;                               \
		int e __diagused;                                         \
                                                                          \
		e = BUS_WRITE_IVAR(device_get_parent(dev), dev,           \
		    ivarp##_IVAR_##ivar, v);                              \
		KASSERT(e == 0,                                           \
		    ("%s failed for %s on bus %s, error = %d", __func__,  \
			device_get_nameunit(dev),                         \
			device_get_nameunit(device_get_parent(dev)), e)); \
	}

#include "device_if.h"
#include "bus_if.h"

#endif /* !_SYS_BUS_H_ */
