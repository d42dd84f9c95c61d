/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Wiring; see session.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/referee.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "host/host.h"
#include "host/trap.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "model/blk.h"
#include "model/transport/pci_virtio.h"
#include "sim/sim.h"

/* What was said last about a backend. */
struct session_complaint {
	int error;
	enum backend_op op;
};

struct session {
	struct session_config config;
	struct referee *referee;
	/* Disks, then nics; in slots from 1 on. */
	struct vdev *devices[SESSION_DISKS + SESSION_NICS];
	struct vpci_virtio *transports[SESSION_DISKS + SESSION_NICS];
	struct session_complaint complaints[SESSION_DISKS];
	enum kernel_end end;
};

/* Guest memory as devices see it, for checkers. */
static bool
peek(void *arg, uint64_t gpa, void *buffer, size_t length)
{
	(void)arg;
	if (!machine_is_gpa(gpa, length))
		return (false);
	memcpy(buffer,
	    (const void *)(uintptr_t)(MACHINE_DEVICE_VIEW + gpa -
		MACHINE_RAM_BASE),
	    length);
	return (true);
}

/*
 * The kernel only says EIO: the host's reason, for a person.  Once, until it
 * is another one: a disk that is full refuses each request.
 */
static void
backend_complains(void *arg, const struct backend *backend)
{
	struct session_complaint *last = arg;
	char text[BACKEND_TEXT];

	/* One without a name is nobody's but the bench's. */
	if (backend->name == NULL ||
	    (last->error == backend->error.error &&
		last->op == backend->error.op))
		return;
	last->error = backend->error.error;
	last->op = backend->error.op;
	cli_error("%s", backend_error_text(backend, text, sizeof(text)));
}

/* The function of device `i`, and its slot; false with errno. */
static bool
plug(struct session *session, unsigned i, const char *name,
    const struct vpci_virtio_config *pci)
{
	struct vdev_host *host = machine_device_host(i + 1, name);

	if (session->devices[i] == NULL || host == NULL)
		return (false);
	if (session->referee != NULL) {
		host->event = referee_model_event;
		host->event_arg = session->referee;
	}
	session->transports[i] =
	    vpci_virtio_new(session->devices[i], host, pci);
	if (session->transports[i] == NULL)
		return (false);
	machine_pci_plug(i + 1, vpci_virtio_function(session->transports[i]));
	return (true);
}

static bool
plug_disk(struct session *session, unsigned i)
{
	const struct session_disk *disk = &session->config.disks[i];
	struct vblk_config blk = disk->blk;
	char name[16];

	snprintf(name, sizeof(name), "blk%u", i);
	if (blk.name == NULL)
		blk.name = name;
	if (disk->backend->on_error == NULL) {
		disk->backend->on_error = backend_complains;
		disk->backend->on_error_arg = &session->complaints[i];
	}
	session->devices[i] = vblk_new(&blk, disk->backend);
	return (plug(session, i, blk.name, &disk->pci));
}

static bool
plug_nic(struct session *session, unsigned i)
{
	const struct session_nic *nic = &session->config.nics[i];
	struct vnet_config net = nic->net;
	char name[16];

	snprintf(name, sizeof(name), "net%u", i);
	if (net.name == NULL)
		net.name = name;
	i += session->config.ndisks;
	session->devices[i] = vnet_new(&net, nic->port);
	return (plug(session, i, net.name, &nic->pci));
}

/* A halt of the guest's processor. */
static void
guest_idle(void *arg)
{
	struct session *session = arg;

	machine_guest_idle(NULL);
	if (session->referee != NULL)
		referee_idle(session->referee);
}

/*
 * --- bad ends ---
 */

static const char *replay_line;

void
session_print_replay(const char *replay)
{
	fflush(stdout);
	if (replay != NULL)
		fprintf(stderr, "replay: %s\n", replay);
}

/* A sanitizer ends the process, or another fault: no time for stdio. */
static void
died_with_the_process(void)
{
	host_write_err("\nreplay: ", 9);
	host_write_err(replay_line, strlen(replay_line));
	host_write_err("\n", 1);
}

static void
watch_process(const char *replay)
{
	replay_line = replay;
	host_on_death(replay != NULL ? died_with_the_process : NULL, CLI_PANIC);
}

static void
report_line(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

/* The kernel has panicked or hangs: who is in it, and where. */
static void
died(void *arg)
{
	struct session *session = arg;
	/* Whoever has just read the kernel's log need not read it twice. */
	const bool known = session->config.console != NULL &&
	    isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);

	if (kernel_panic_text()[0] == '\0') {
		cli_error("the kernel hangs: %s", kernel_hang_text());
		if (session->referee != NULL)
			referee_quiet(session->referee);
	} else if (known)
		cli_error("the kernel panicked; who was in it, and where:");
	else
		cli_error("the kernel panicked: %s", kernel_panic_text());
	kernel_ps(true, report_line, NULL);
}

/*
 * --- life ---
 */

void
session_drop(const struct session_config *config)
{
	for (unsigned i = 0; i < config->ndisks; i++)
		backend_close(config->disks[i].backend);
	for (unsigned i = 0; i < config->nnics; i++)
		netport_close(config->nics[i].port);
}

static void
power_off(struct session *session)
{
	const struct session_config *config = &session->config;

	watch_process(NULL);
	for (unsigned i = 0; i < config->ndisks + config->nnics; i++) {
		machine_pci_unplug(i + 1);
		vpci_virtio_free(session->transports[i]);
		vdev_free(session->devices[i]);
	}
	session_drop(config);
	sim_fini();
	machine_fini();
	kernel_set_events(NULL, NULL);
	referee_free(session->referee);
	free(session);
}

struct session *
session_open(const struct session_config *config, int *status)
{
	struct session *session = calloc(1, sizeof(*session));
	bool ok;
	int error;

	if (session == NULL)
		abort();
	session->config = *config;
	error = machine_init(&(struct machine_config) { 0 });
	if (error != 0) {
		cli_error("guest memory: %s", strerror(error));
		session_drop(config);
		free(session);
		*status = CLI_HOST;
		return (NULL);
	}
	sim_init(&(struct sim_config) {
	    .seed = config->seed,
	    .max_steps = config->max_steps,
	    .watchdog = config->watchdog,
	    .guest_idle = guest_idle,
	    .guest_idle_arg = session,
	});
	if (config->referee) {
		session->referee = referee_new(&(struct referee_config) {
		    .peek = peek,
		    .violation = config->violation,
		    .violation_arg = config->violation_arg,
		});
		kernel_set_events(referee_kernel_event, session->referee);
	}
	watch_process(config->replay);
	ok = true;
	for (unsigned i = 0; i < config->ndisks && ok; i++)
		ok = plug_disk(session, i);
	for (unsigned i = 0; i < config->nnics && ok; i++)
		ok = plug_nic(session, i);
	if (!ok) {
		cli_error("the device models: %s", strerror(errno));
		*status = errno == EINVAL ? CLI_USAGE : CLI_HOST;
		power_off(session);
		return (NULL);
	}
	session->end = kernel_boot(&(struct kernel_config) {
	    .seed = config->seed,
	    .verbose = config->verbose,
	    .dma = config->referee ? KERNEL_DMA_CHECKED : KERNEL_DMA_UNCHECKED,
	    .no_witness = !config->referee,
	    .console = config->console,
	    .console_arg = config->console_arg,
	    .died = died,
	    .died_arg = session,
	});
	if (session->end != KERNEL_OK) {
		(void)kernel_shutdown();
		session_print_replay(config->replay);
		power_off(session);
		*status = CLI_PANIC;
		return (NULL);
	}
	return (session);
}

bool
session_run(struct session *session, const char *name, kernel_fn *fn, void *arg)
{
	if (session->end != KERNEL_OK)
		return (false);
	session->end = kernel_run(name, fn, arg);
	if (session->end == KERNEL_STOPPED)
		cli_error("the kernel was stopped");
	return (session->end == KERNEL_OK);
}

struct kernel_disk *
session_disk_open(unsigned i)
{
	char place[32];

	snprintf(place, sizeof(place), "pci0:0:%u:0", i + 1);
	return (kernel_disk_open(place));
}

void
session_features(const struct session *session, unsigned disk,
    uint64_t *offered, uint64_t *negotiated)
{
	const struct vdev *dev = session->devices[disk];

	*offered = dev->offered;
	*negotiated = dev->negotiated;
}

void
session_nic_features(const struct session *session, unsigned nic,
    uint64_t *offered, uint64_t *negotiated)
{
	session_features(session, session->config.ndisks + nic, offered,
	    negotiated);
}

void
session_nic_stats(const struct session *session, unsigned nic,
    struct vnet_stats *stats)
{
	vnet_stats(session->devices[session->config.ndisks + nic], stats);
}

int
session_close(struct session *session)
{
	enum kernel_end end;
	unsigned violations = 0;
	int status = CLI_OK;

	end = kernel_shutdown();
	if (session->end == KERNEL_OK)
		session->end = end;
	if (session->end != KERNEL_OK)
		status = CLI_PANIC;
	if (session->referee != NULL) {
		if (session->end == KERNEL_OK)
			referee_finish(session->referee);
		violations = referee_violations(session->referee);
		if (violations > 0 && status == CLI_OK)
			status = CLI_VIOLATION;
	}
	if (status != CLI_OK)
		session_print_replay(session->config.replay);
	power_off(session);
	return (status);
}
