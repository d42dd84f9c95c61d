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

struct kernel_config {
	/* Permutes the order in which frames are handed out; 0: in order. */
	uint64_t seed;
	bool verbose; /* bootverbose: drivers say more */
	/*
	 * Switches witness(4) off: nobody knows which locks a thread holds,
	 * and their order is not checked.  For benches.
	 */
	bool no_witness;
	/* Receives each whole line of the kernel's log, or NULL. */
	void (*console)(void *arg, const char *line);
	void *console_arg;
};

/* How a call into the kernel ended. */
enum kernel_end {
	KERNEL_OK,	 /* the function returned */
	KERNEL_PANICKED, /* kernel_panic_text() says why */
	KERNEL_HUNG,	 /* everything is blocked and it never will */
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
};

struct kernel_disk_info {
	uint64_t media_size; /* bytes */
	uint32_t sector_size;
	uint32_t max_io; /* d_maxsize */
	char name[32];	 /* "vbd0" */
	char ident[64];
};

/*
 * One operation.  The caller owns it and the buffer until `done` has been
 * called, from a kernel thread that must not block for long.  offset and
 * length are multiples of the sector size (else EINVAL); what exceeds
 * d_maxsize is split, as GEOM does.
 */
struct kernel_disk_io {
	enum kernel_disk_op op;
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

/* By name ("vbd0"), or NULL.  From a kernel thread. */
struct kernel_disk *kernel_disk_open(const char *name);
void kernel_disk_close(struct kernel_disk *disk);
void kernel_disk_info(struct kernel_disk *disk, struct kernel_disk_info *info);
/* Never blocks; `done` may run before it returns. */
void kernel_disk_submit(struct kernel_disk *disk, struct kernel_disk_io *io);
/* Submits and waits; returns io->error. */
int kernel_disk_rw(struct kernel_disk *disk, struct kernel_disk_io *io);

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
/*
 * Sets a variable of the kernel's environment, as loader.conf(5) would;
 * usually before kernel_boot().  Holds until kernel_shutdown().
 */
void kernel_setenv(const char *name, const char *value);

#endif /* !RINGSIDE_KERNEL_KERNEL_H */
