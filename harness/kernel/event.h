/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the fake kernel tells whoever judges (harness/check) or traces:
 * objects that come and go, devices that attach and detach, rules of section
 * 9 that a driver has broken.  Usable from kernel-side and host-side files.
 */
#ifndef RINGSIDE_KERNEL_EVENT_H
#define RINGSIDE_KERNEL_EVENT_H

#include <stddef.h>
#include <stdint.h>

/* Things that a driver obtains and must give back. */
enum kernel_object {
	KO_MALLOC,   /* malloc(9); name: the type's short name */
	KO_CONTIG,   /* contigmalloc(9) */
	KO_DMA_TAG,  /* bus_dma_tag_create() */
	KO_DMA_MAP,  /* bus_dmamap_create() */
	KO_DMA_MEM,  /* bus_dmamem_alloc() */
	KO_DMA_LOAD, /* a loaded map */
	KO_RESOURCE, /* an allocated bus resource */
	KO_INTR,     /* a handler set up by BUS_SETUP_INTR */
	KO_VECTOR,   /* an allocated MSI or MSI-X message */
	KO_MUTEX,    /* mtx_init() without mtx_destroy() */
	KO_RWLOCK,
	KO_SX,
	KO_RMLOCK,
	KO_CONDVAR, /* cv_init() without cv_destroy() */
	KO_MTX_POOL,
	KO_TASKQUEUE,
	KO_THREAD,
	KO_DISK,	 /* disk_create() without disk_destroy() */
	KO_SYSCTL,	 /* a dynamic node */
	KO_CHILD,	 /* device_add_child() */
	KO_CALLOUT,	 /* a callout that is pending */
	KO_EVENTHANDLER, /* a registered eventhandler(9) */
	KO_UMA_ZONE,	 /* uma_zcreate() */
	KO_UMA_ITEM,	 /* uma_zalloc(); name: the zone's */
	KO_IFNET,	 /* if_alloc() without if_free() */
	KO_COUNT
};

/* What a user calls it: "DMA tag". */
const char *kernel_object_name(enum kernel_object object);

enum kernel_event_type {
	KE_NEW,	     /* an object was obtained */
	KE_GONE,     /* and given back */
	KE_ATTACH,   /* device_attach() is about to be called */
	KE_DETACHED, /* all of a device's detach is done, or its
			attach has failed and was cleaned up */
	KE_MISUSE,   /* a rule was broken; text says which */
	KE_PANIC,    /* the kernel panicked; text is the message */
	KE_HALT,     /* all modules are unloaded: nothing may live */
};

/* Memory as a device sees it. */
struct kernel_segment {
	uint64_t gpa; /* guest-physical */
	uint64_t length;
};

struct kernel_event {
	enum kernel_event_type type;
	enum kernel_object object;
	const void *id;	  /* identifies the object while it lives */
	size_t size;	  /* bytes, where that means something */
	const char *name; /* what it is called, or NULL */
	/*
	 * The device on whose behalf this happens (its attach, detach, or
	 * interrupt handler is running), or NULL.
	 */
	const void *device;
	const char *device_name; /* "vioblk0"; NULL with device NULL */
	const char *text;	 /* MISUSE, PANIC */
	/* KO_DMA_LOAD: what is mapped; valid during the call. */
	const struct kernel_segment *segments;
	size_t nsegments;
};

typedef void kernel_event_fn(void *arg, const struct kernel_event *event);

/* NULL, or who listens.  Set through kernel_set_events(). */
extern kernel_event_fn *kernel_event_hook;
extern void *kernel_event_arg; /* what it is called with */

#endif /* !RINGSIDE_KERNEL_EVENT_H */
