/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A session: executive, machine, devices, kernel and referee, wired together
 * for one run.  What commands, benches and tests begin and end with.
 */
#ifndef RINGSIDE_CLI_SESSION_H
#define RINGSIDE_CLI_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/kernel.h"
#include "model/backend/backend.h"
#include "model/backend/port.h"
#include "model/blk.h"
#include "model/net.h"
#include "model/transport/pci_virtio.h"

#define SESSION_DISKS 8
#define SESSION_NICS  8

/* Bounds that no run of a driver that works comes near. */
#define SESSION_MAX_STEPS UINT64_C(10000000)
#define SESSION_WATCHDOG  UINT64_C(10000000000) /* nanoseconds */

/* A disk; disk i becomes the function in PCI slot i + 1. */
struct session_disk {
	/*
	 * Closed by session_close().  What the host says of its errors goes
	 * to standard error.
	 */
	struct backend *backend;
	struct vblk_config blk; /* without a name: it is given one */
	struct vpci_virtio_config pci;
};

/* A network device; nic i is in the slot behind the disks', and vio<i>. */
struct session_nic {
	struct netport *port;	/* closed by session_close() */
	struct vnet_config net; /* without a name: it is given one */
	struct vpci_virtio_config pci;
};

struct session_config {
	uint64_t seed;
	struct session_disk disks[SESSION_DISKS];
	unsigned ndisks;
	struct session_nic nics[SESSION_NICS];
	unsigned nnics;
	/*
	 * Scheduling steps from one sim_progress() to the next before the
	 * kernel counts as hung, and nanoseconds of processor time that one
	 * thread may run on end; 0: no bound.
	 */
	uint64_t max_steps;
	uint64_t watchdog;
	bool referee; /* watch; costs time */
	bool verbose; /* the kernel's bootverbose lines too */
	void (*console)(void *arg, const char *line); /* kernel log, or NULL */
	void *console_arg;
	/* Told of each violation, or NULL. */
	void (*violation)(void *arg, const char *checker, const char *text);
	void *violation_arg;
	/*
	 * The command that does it all again, printed on standard error when
	 * the session ends badly, be it by a crash of this process; or NULL.
	 * Stays the caller's, until session_close().
	 */
	const char *replay;
};

struct session;

/*
 * Powers the machine on and boots.  On failure says why on standard error,
 * closes backends and ports and returns NULL with the exit status in `status`.
 */
struct session *session_open(const struct session_config *config, int *status);
/* Runs fn(arg) as a kernel thread; false when the kernel died of it. */
bool session_run(struct session *session, const char *name, kernel_fn *fn,
    void *arg);
/*
 * Opens disk `i`, whatever its driver calls it; NULL when no driver has made a
 * disk of it.  From a kernel thread.
 */
struct kernel_disk *session_disk_open(unsigned i);
/* Bit n is feature n: what a disk's device offers, what the driver took. */
void session_features(const struct session *session, unsigned disk,
    uint64_t *offered, uint64_t *negotiated);
/* The same of a network device; and what it has counted. */
void session_nic_features(const struct session *session, unsigned nic,
    uint64_t *offered, uint64_t *negotiated);
void session_nic_stats(const struct session *session, unsigned nic,
    struct vnet_stats *stats);
/* What session_open() would close, for one who does not get so far. */
void session_drop(const struct session_config *config);
/*
 * Detaches, halts, lets the referee finish.  Returns CLI_OK, CLI_VIOLATION
 * or CLI_PANIC, and has said what was wrong on standard error: of a kernel
 * that panicked or hangs also who was in it, and where.
 */
int session_close(struct session *session);

/* Prints the line with config.replay; for failures that the caller finds. */
void session_print_replay(const char *replay);

#endif /* !RINGSIDE_CLI_SESSION_H */
