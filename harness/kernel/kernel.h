/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The fake FreeBSD kernel as its users see it: what tools, tests and benches
 * (host-side files) may call.  Drivers never see this; they see include/.
 *
 * One kernel a process at a time.  The executive and the machine must be
 * initialised before kernel_boot() and outlive kernel_shutdown().
 */
#ifndef RINGSIDE_KERNEL_KERNEL_H
#define RINGSIDE_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/event.h"

/*
 * --- life ---
 */

/* How strict the kernel is about DMA; see bus_dma(9). */
enum kernel_dma {
	/* Not at all: fastest.  What is not memory is still refused. */
	KERNEL_DMA_UNCHECKED,
	/*
	 * Devices may use what a live load of bus_dma(9) has produced, and
	 * only when the driver has synchronised it; memory must not be freed
	 * while it is loaded.
	 */
	KERNEL_DMA_CHECKED,
	/*
	 * The same, but as on a machine without an IOMMU devices may also use
	 * memory whose physical address the driver has asked for by itself:
	 * vtophys(), and so sglist(9), until it is freed.
	 */
	KERNEL_DMA_PHYSICAL,
};

struct kernel_config {
	/* Permutes the order in which frames are handed out; 0: in order. */
	uint64_t seed;
	bool verbose; /* bootverbose: drivers say more */
	enum kernel_dma dma;
	/*
	 * Switches witness(4) off: nobody knows which locks a thread holds,
	 * and their order is not checked.  For benches.
	 */
	bool no_witness;
	/* Receives each whole line of the kernel's log, or NULL. */
	void (*console)(void *arg, const char *line);
	void *console_arg;
	/*
	 * Called once, outside of any task, when the kernel has panicked or
	 * hangs, before the call that it happened in returns; or NULL.  The
	 * only thing to be asked of the kernel is kernel_report().
	 */
	void (*died)(void *arg);
	void *died_arg;
};

/* How a call into the kernel ended. */
enum kernel_end {
	KERNEL_OK,	 /* the function returned */
	KERNEL_PANICKED, /* kernel_panic_text() says why */
	KERNEL_HUNG,	 /* it never will; kernel_hang_text() says why */
	KERNEL_STOPPED,	 /* sim_stop() was called, or it was dead before */
};

/*
 * Boots: runs the SYSINITs, registers the modules that are linked in, and
 * probes and attaches the machine's devices.
 */
enum kernel_end kernel_boot(const struct kernel_config *config);
/*
 * Detaches all devices, unloads all modules, and emits KE_HALT.  After a
 * panic or a hang it only forgets everything.
 */
enum kernel_end kernel_shutdown(void);

/*
 * Runs fn(arg) as a kernel thread, and everything else with it, until it
 * returns.  Not from inside a task.  The thread may call anything below.
 */
typedef void kernel_fn(void *arg);
enum kernel_end kernel_run(const char *name, kernel_fn *fn, void *arg);

/* Starts another kernel thread from inside one. */
void kernel_spawn(const char *name, kernel_fn *fn, void *arg);

/*
 * A counting semaphore, for threads and callbacks of tools: zero-initialised
 * it is at 0.  wait() from a kernel thread only; post() never blocks.
 */
struct kernel_sema {
	unsigned count;
};
void kernel_sema_wait(struct kernel_sema *sema, const char *why);
void kernel_sema_post(struct kernel_sema *sema);

/* The panic message, or "" when there was no panic. */
const char *kernel_panic_text(void);
/* In which way the kernel hangs, or "" when it does not. */
const char *kernel_hang_text(void);
/* Whether KASSERT(9) is compiled in (INVARIANTS): not in release builds. */
extern const bool kernel_invariants;

/*
 * Who is in the kernel and waits for what, a line at a time: a table of all
 * threads and device tasks as ps(1) has it, and with `traces` the backtrace of
 * each.  From a kernel thread or from outside; also after a panic or a hang,
 * until kernel_shutdown().  Before kernel_boot(): nothing.
 */
void kernel_ps(bool traces, void (*line)(void *arg, const char *text),
    void *arg);
/* The whole report: how the kernel ended, if it did, table and backtraces. */
void kernel_report(void (*line)(void *arg, const char *text), void *arg);

/* All of the kernel's log since boot, NUL-terminated ("dmesg"). */
const char *kernel_log_text(void);

/* Who is told of events; NULL switches them off (the default). */
void kernel_set_events(kernel_event_fn *fn, void *arg);

/*
 * --- counters ---
 */

struct kernel_stats {
	uint64_t mallocs; /* allocations of guest memory */
	uint64_t frees;
	uint64_t dmamap_loads;
	uint64_t dmamap_creates;
	uint64_t bounced_pages;
	uint64_t interrupts; /* handlers run */
	uint64_t bios;	     /* handed to a disk's strategy routine */
};
void kernel_stats(struct kernel_stats *stats);

/*
 * --- memory, by what it is used for ("vmstat -m", "vmstat -z") ---
 */

struct kernel_memory {
	const char *name; /* of the malloc(9) type or the uma(9) zone */
	bool zone;
	uint64_t inuse;	   /* allocations, or items */
	uint64_t bytes;	   /* of these */
	uint64_t requests; /* since boot; those that failed not counted */
	uint64_t failures;
	uint64_t limit; /* items of a zone, 0: none */
};
/* Calls `fn` for each type that was used since boot, then for each zone. */
void kernel_memory_foreach(
    void (*fn)(void *arg, const struct kernel_memory *memory), void *arg);

/*
 * --- faults: making fail what may fail ---
 */

/* The calls that can be made to fail; each passes a numbered point. */
enum kernel_fault_kind {
	KF_MALLOC,   /* malloc(9) and its kin with M_NOWAIT: NULL */
	KF_CONTIG,   /* contigmalloc(9), with M_WAITOK too: NULL */
	KF_UMA,	     /* uma_zalloc() with M_NOWAIT: NULL */
	KF_THREAD,   /* kthread_add() and its kin: ENOMEM */
	KF_DMA_TAG,  /* bus_dma_tag_create(): ENOMEM */
	KF_DMA_MAP,  /* bus_dmamap_create(): ENOMEM */
	KF_DMA_MEM,  /* bus_dmamem_alloc(): ENOMEM */
	KF_DMA_LOAD, /* bus_dmamap_load*(): ENOMEM with BUS_DMA_NOWAIT, else
			EINPROGRESS and the callback comes later */
	KF_RESOURCE, /* bus_alloc_resource(): NULL */
	KF_INTR,     /* bus_setup_intr(): ENOMEM */
	KF_MSIX,     /* a message of pci_alloc_msix(): fewer, or ENXIO */
	KF_COUNT
};

struct kernel_faults {
	uint32_t kinds; /* bits 1 << KF_; 0: all */
	/*
	 * Only where this is part of "NAME@FUNCTION": the malloc(9) type,
	 * zone or device, and the caller.  NULL: anywhere.
	 */
	const char *site;
	uint64_t first; /* of these points, the one to fail, from 1; 0: none */
	uint64_t count; /* how many fail from there on; 0: one */
};

/*
 * Sets what will fail, before or after kernel_boot(), and starts to count
 * anew; NULL switches it off, as kernel_shutdown() does.  Points that are
 * passed before the first SYSINIT or after the last module is unloaded are
 * the kernel's own and neither fail nor count.  `faults->site` must stay.
 */
void kernel_faults_set(const struct kernel_faults *faults);

struct kernel_faults_seen {
	uint64_t passed[KF_COUNT]; /* points, whether wanted or not */
	uint64_t matched;	   /* points of the wanted kinds and site */
	uint64_t failed;
	enum kernel_fault_kind kind; /* of the last one that failed */
	char site[64];		     /* and where: "NAME@FUNCTION" */
};
/* Since kernel_faults_set(). */
void kernel_faults_seen(struct kernel_faults_seen *seen);
/* "malloc", "bus_dmamap_load", ... */
const char *kernel_fault_name(enum kernel_fault_kind kind);

/*
 * --- user memory: buffers that a process would own ---
 */

/* Page-aligned memory of the kernel view, contents undefined; or NULL. */
void *kernel_buffer_alloc(size_t size);
void kernel_buffer_free(void *buffer);

/*
 * --- disks: what a reader of /dev/vbd0 can do ---
 */

struct kernel_disk;

enum kernel_disk_op {
	KERNEL_DISK_READ,
	KERNEL_DISK_WRITE,
	KERNEL_DISK_FLUSH,
	KERNEL_DISK_DELETE, /* the data is no longer needed; length, no data */
};

struct kernel_disk_info {
	uint64_t media_size; /* bytes */
	uint32_t sector_size;
	uint32_t max_io;      /* d_maxsize */
	uint64_t max_delete;  /* d_delmaxsize */
	uint32_t stripe_size; /* bytes, or 0 */
	uint32_t stripe_offset;
	uint32_t fw_sectors; /* d_fwsectors: a track, or 0 */
	uint32_t fw_heads;
	uint16_t rotation_rate; /* DISK_RR_* of <geom/geom_disk.h> */
	bool read_only;
	bool can_delete;
	bool can_flush;
	bool can_unmapped; /* takes bios of pages as they are */
	bool can_dump;
	char name[32]; /* "vbd0" */
	char ident[64];
};

/*
 * One operation.  The caller owns it and the buffer until `done` has been
 * called, from a kernel thread that must not block for long.  offset and
 * length are multiples of the sector size (else EINVAL); what exceeds
 * d_maxsize (of a deletion, d_delmaxsize) is split, as GEOM does.
 */
struct kernel_disk_io {
	enum kernel_disk_op op;
	/* BIO_ORDERED: after all earlier requests, before all later ones. */
	bool ordered;
	/*
	 * As pages instead of an address, where the driver accepts that;
	 * others are given an address, as GEOM does.
	 */
	bool unmapped;
	uint64_t offset; /* bytes */
	size_t length;	 /* bytes */
	void *data;	 /* kernel_buffer_alloc() memory */
	void (*done)(struct kernel_disk_io *io);
	void *arg;	 /* the caller's */
	int error;	 /* FreeBSD errno, set before done */
	size_t residual; /* bytes not transferred */
	/* Private to the kernel: the bio, so that submitting allocates nothing.
	 */
	void *opaque[32];
};

/*
 * By name ("vbd0", or "diskid/DISK-" and the identity, as GEOM has it), or the
 * first that belongs to the PCI function at "pci0:0:1:0", whatever its driver
 * calls it.  NULL when there is none.  From a kernel thread.
 */
struct kernel_disk *kernel_disk_open(const char *name);
void kernel_disk_close(struct kernel_disk *disk);
void kernel_disk_info(struct kernel_disk *disk, struct kernel_disk_info *info);
/* Never blocks; `done` may run before it returns. */
void kernel_disk_submit(struct kernel_disk *disk, struct kernel_disk_io *io);
/* Submits and waits; returns io->error. */
int kernel_disk_rw(struct kernel_disk *disk, struct kernel_disk_io *io);
/*
 * BIO_GETATTR: the attribute ("GEOM::ident", "GEOM::candelete"...) in
 * `size` bytes at `value`.  Returns 0, ENOIOCTL (there is none of that name),
 * EFAULT (`size` is not its size; a string does not fit), or what the
 * driver's d_getattr says.
 */
int kernel_disk_getattr(struct kernel_disk *disk, const char *attribute,
    void *value, size_t size);
/*
 * A piece of a crash dump, by the driver's d_dump: as after a panic, no other
 * thread runs, no interrupt is handled and locks are void until it returns.
 * Before it is called, devices have a millisecond for what they are at.
 * At most d_maxsize bytes, in whole sectors; NULL, 0, 0 ends the dump.
 * Returns d_dump's error, ENODEV (there is no d_dump), ENXIO (outside of the
 * media, or the disk has gone), EINVAL.  Afterwards the driver is where a
 * dump leaves it; only shutdown is sure to work.
 */
int kernel_disk_dump(struct kernel_disk *disk, void *data, uint64_t offset,
    size_t length);

/*
 * --- devices, as devctl(8) and a machine that sleeps reach them ---
 *
 * From a kernel thread.  A device is named like "vioblk0" or, when no driver
 * has it, by its place: "pci0:0:1:0" (domain, bus, slot, function).  All
 * return 0 or FreeBSD's errno; ENOENT: there is no such device.
 */

/* EBUSY: attached already; ENXIO: disabled, or no driver wants it. */
int kernel_devctl_attach(const char *name);
/*
 * ENXIO: not attached; else what the driver says when it is asked whether it
 * is idle (`force` does not ask) and when it detaches.
 */
int kernel_devctl_detach(const char *name, bool force);
/* The same, and it keeps its name and is attached only by enable. */
int kernel_devctl_disable(const char *name, bool force);
int kernel_devctl_enable(const char *name);
/* EBUSY: suspended already; EINVAL: the root.  Else the driver's answer. */
int kernel_devctl_suspend(const char *name);
/* EINVAL: not suspended. */
int kernel_devctl_resume(const char *name);
/*
 * A bus looks again at what is there: what was plugged in is attached, what
 * was pulled out is detached and deleted.  ENXIO: not attached, or the bus
 * does not know how.
 */
int kernel_devctl_rescan(const char *bus);
/* EBUSY: it is still there (`force` does not ask). */
int kernel_devctl_delete(const char *name, bool force);

/*
 * The machine goes to sleep: all devices suspend, leaves first, and lose
 * power.  When a driver refuses, those that sleep wake up again, and its
 * error is returned.
 */
int kernel_sleep(void);
void kernel_wakeup(void);
/* What a reboot does: every device is told that the machine shuts down. */
int kernel_device_shutdown(void);

/*
 * --- sysctl, from outside ---
 */

/*
 * Reads the node at a dotted path ("dev.vioblk.0.%driver") as text.  Returns
 * 0, ENOENT, or the handler's error.
 */
int kernel_sysctl_read(const char *path, char *text, size_t size);
/*
 * Writes the node from text.  Returns 0, ENOENT, EPERM (not writable), EINVAL
 * (not of its type), or the handler's error.
 */
int kernel_sysctl_write(const char *path, const char *text);

/* A node that has a value. */
struct kernel_sysctl {
	const char *path; /* valid during the call only, like the next */
	const char *descr;
	bool readable;
	bool writable;
};
/* Calls `fn` for each of them but those that sysctl(8) -a leaves out. */
void kernel_sysctl_foreach(
    void (*fn)(void *arg, const struct kernel_sysctl *node), void *arg);
/*
 * Sets a variable of the kernel's environment, as loader.conf(5) would;
 * usually before kernel_boot().  Holds until kernel_shutdown().
 */
void kernel_setenv(const char *name, const char *value);

#endif /* !RINGSIDE_KERNEL_KERNEL_H */
