/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside mount: the loop around libfuse.  Requests are received straight
 * into guest memory; those for a disk are answered from there when it is
 * done, all others while libfuse decodes them.
 */
#include <sys/mman.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "cli/control.h"
#include "cli/mount_var.h"
#include "sim/sim.h"

/* What stands before the data of a FUSE_WRITE. */
#define WRITE_HEADERS \
	(sizeof(struct fuse_in_header) + sizeof(struct fuse_write_in))

/* How often one looks for a second request when there lately was none. */
#define PROBE_EVERY 16

static bool
over(const struct mount *mount)
{
	return (mount->gone || mount_signal() != 0);
}

/* Whether there is something to receive now. */
static bool
readable(const struct mount *mount)
{
	struct pollfd pfd = { .fd = mount->fd, .events = POLLIN };

	return (poll(&pfd, 1, 0) > 0);
}

/*
 * Receives one request and has libfuse decode it; waits for it.  False: there
 * will be none, or there was a signal.
 */
static bool
receive(struct mount *mount)
{
	struct mount_request *request = TAILQ_FIRST(&mount->free);
	struct fuse_buf buf = { 0 };
	ssize_t n;

	if (!mount_request_memory(request)) {
		cli_error("no guest memory for requests");
		mount->failed = mount->gone = true;
		return (false);
	}
	buf.mem = request->data - WRITE_HEADERS;
	n = read(mount->fd, buf.mem, WRITE_HEADERS + MOUNT_IO_MAX);
	if (n <= 0) {
		/* ENOENT: whoever asked has been killed meanwhile. */
		if (n < 0 && errno == ENODEV)
			mount->gone = true;
		else if (n < 0 && errno != EINTR && errno != EAGAIN &&
		    errno != ENOENT) {
			cli_error("/dev/fuse: %s", strerror(errno));
			mount->failed = mount->gone = true;
		}
		return (false);
	}
	buf.size = (size_t)n;
	mount->current = request;
	fuse_session_process_buf(mount->fuse, &buf);
	mount->current = NULL;
	if (fuse_session_exited(mount->fuse)) {
		cli_error("FUSE's kernel side does not agree to a session");
		mount->failed = mount->gone = true;
		return (false);
	}
	if (mount->ready && mount->when_ready != NULL) {
		mount->when_ready(mount->when_ready_arg);
		mount->when_ready = NULL;
	}
	return (true);
}

/* Until nobody but the caller can run. */
static void
settle(void)
{
	struct sim_stats before, after;

	sim_stats(&after);
	do {
		before = after;
		sim_yield();
		sim_stats(&after);
	} while (after.switches != before.switches);
}

/* All that has been received is answered, or something long goes on. */
static void
work(struct mount *mount)
{
	struct mount_request *request;

	while (mount->active > 0) {
		kernel_sema_wait(&mount->sema, "fuse");
		sim_progress();
		request = TAILQ_FIRST(&mount->done);
		TAILQ_REMOVE(&mount->done, request, link);
		mount_disk_go_on(request);
		/* Zeroing can take long; let others in. */
		while (mount->active > 0 && request->active &&
		    request->kind == MOUNT_ZERO && !TAILQ_EMPTY(&mount->free) &&
		    readable(mount) && receive(mount))
			;
	}
}

/*
 * After a signal: what others have asked for already is done, as far as it
 * came before we stop to look.
 */
static void
drain(struct mount *mount)
{
	mount->fd = fuse_session_fd(mount->fuse);
	for (unsigned i = 0; i < MOUNT_REQUESTS && !mount->gone; i++) {
		if (!readable(mount) || !receive(mount))
			break;
		work(mount);
	}
}

/*
 * Somebody asks at the control socket.  The signal that said so has ended
 * reads: one that comes from here on does so again.
 */
static void
serve_control(struct mount *mount)
{
	control_pending = 0;
	(void)dup2(fuse_session_fd(mount->fuse), mount->fd);
	if (mount->dead)
		control_serve_dead();
	else
		control_serve();
}

void
mount_serve(void *arg)
{
	struct mount *mount = arg;
	unsigned n, round = 0;
	bool many = false;

	while (!over(mount)) {
		if (control_pending)
			serve_control(mount);
		n = receive(mount) ? 1 : 0;
		/* More, if there lately were more than one at a time. */
		if (n > 0 && (many || round++ % PROBE_EVERY == 0)) {
			while (!TAILQ_EMPTY(&mount->free) && readable(mount) &&
			    receive(mount))
				n++;
			many = n > 1;
		}
		if (mount->active > 0) {
			work(mount);
			settle();
		}
	}
	if (!mount->gone)
		drain(mount);
}

void
mount_serve_dead(struct mount *mount)
{
	struct mount_request *request;

	mount->dead = true;
	TAILQ_INIT(&mount->free);
	for (unsigned i = 0; i < MOUNT_REQUESTS; i++) {
		request = &mount->requests[i];
		if (request->active && request->req != NULL)
			fuse_reply_err(request->req, EIO);
		request->active = false;
		TAILQ_INSERT_TAIL(&mount->free, request, link);
	}
	mount->active = 0;
	if (mount->calling != NULL)
		fuse_reply_err(mount->calling, EIO);
	mount->calling = NULL;
	mount->current = NULL;
	/* One has memory, or nothing was ever received. */
	TAILQ_FOREACH(request, &mount->free, link)
		if (request->memory != NULL)
			break;
	if (request == NULL)
		return;
	TAILQ_REMOVE(&mount->free, request, link);
	TAILQ_INSERT_HEAD(&mount->free, request, link);
	/* Whose request the kernel has died of is told so. */
	control_pending = 1;
	while (!over(mount)) {
		if (control_pending)
			serve_control(mount);
		(void)receive(mount);
	}
}

/*
 * --- mounting ---
 */

/* The first line of what libfuse and fusermount3 have to say. */
static char why[256];

static void
keep_log(enum fuse_log_level level, const char *fmt, va_list ap)
{
	if (level <= FUSE_LOG_ERR && why[0] == '\0') {
		vsnprintf(why, sizeof(why), fmt, ap);
		why[strcspn(why, "\n")] = '\0';
	}
}

/* fusermount3 writes to standard error: that goes to a file meanwhile. */
static int
mount_quietly(struct fuse_session *fuse, const char *dir)
{
	int saved = dup(STDERR_FILENO);
	int file = memfd_create("stderr", MFD_CLOEXEC);
	char text[sizeof(why)];
	ssize_t n = 0;
	int error;

	if (saved >= 0 && file >= 0)
		(void)dup2(file, STDERR_FILENO);
	error = fuse_session_mount(fuse, dir);
	if (saved >= 0 && file >= 0) {
		n = pread(file, text, sizeof(text) - 1, 0);
		(void)dup2(saved, STDERR_FILENO);
	}
	if (n > 0) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		strcpy(why, text);
	}
	if (saved >= 0)
		close(saved);
	if (file >= 0)
		close(file);
	return (error);
}

int
mount_fuse_open(struct mount *mount, const char *dir, const char *options)
{
	char *argv[] = { (char *)"ringside", (char *)"-o",
		(char *)(uintptr_t)options, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);

	TAILQ_INIT(&mount->free);
	TAILQ_INIT(&mount->done);
	for (unsigned i = 0; i < MOUNT_REQUESTS; i++) {
		mount->requests[i].mount = mount;
		TAILQ_INSERT_TAIL(&mount->free, &mount->requests[i], link);
	}
	fuse_set_log_func(keep_log);
	mount->fuse =
	    fuse_session_new(&args, &mount_ops, sizeof(mount_ops), mount);
	fuse_opt_free_args(&args);
	if (mount->fuse == NULL) {
		cli_error("-o %s: %s", options, why);
		return (CLI_USAGE);
	}
	if (mount_quietly(mount->fuse, dir) != 0) {
		cli_error("%s cannot be mounted on: %s", dir,
		    why[0] != '\0' ? why : strerror(errno));
		fuse_session_destroy(mount->fuse);
		mount->fuse = NULL;
		return (CLI_HOST);
	}
	mount->fd = dup(fuse_session_fd(mount->fuse));
	if (mount->fd < 0) {
		cli_error("dup: %s", strerror(errno));
		mount_fuse_close(mount);
		return (CLI_HOST);
	}
	return (CLI_OK);
}

void
mount_fuse_close(struct mount *mount)
{
	if (mount->fuse == NULL)
		return;
	fuse_session_unmount(mount->fuse);
	fuse_session_destroy(mount->fuse);
	mount->fuse = NULL;
}
