/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside tap: the loop.
 */
#include <sys/eventfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/tap_var.h"
#include "host/host.h"
#include "sim/sim.h"

#define FDS (2 * NETPORT_QUEUES_MAX + CONTROL_CLIENTS + 2)

/* Virtual time moves in steps of at least so much, and at most. */
#define STEP_MIN UINT64_C(1000000)
#define STEP_MAX UINT64_C(10000000)

static volatile sig_atomic_t ending;
static volatile sig_atomic_t asked; /* for the table */
static int signal_fd = -1;	    /* readable when there was one */

static void
on_signal(int sig)
{
	const uint64_t one = 1;
	int saved = errno;
	ssize_t n;

	if (sig == SIGUSR1)
		asked = 1;
	else
		ending = sig;
	n = write(signal_fd, &one, sizeof(one));
	(void)n;
	errno = saved;
}

bool
tap_catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = SA_RESTART };

	signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (signal_fd < 0) {
		cli_error("eventfd: %s", strerror(errno));
		return (false);
	}
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
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

/*
 * Virtual time is behind the clock by what has passed since *last: catches
 * up.  What was spent in waiting for the host counts little: nobody in the
 * guest has waited for anything.
 */
static void
catch_up(uint64_t *last)
{
	const uint64_t now = host_clock_ns();
	uint64_t step = now - *last;

	if (step < STEP_MIN)
		return;
	*last = now;
	if (step > STEP_MAX)
		step = STEP_MAX;
	(void)sim_block("tap", sim_now() + step);
}

/*
 * --- descriptors ---
 */

struct watched {
	struct pollfd fds[FDS];
	unsigned guest, device, all; /* places up to which they are whose */
};

/* A port's, from place `n` on; the place behind them. */
static unsigned
watch_port(struct tap_relay *relay, struct netport *port, struct pollfd *fds,
    unsigned n)
{
	struct netport_fd list[NETPORT_QUEUES_MAX];
	unsigned count = netport_descriptors(port, list, NETPORT_QUEUES_MAX);

	/* The port has said why. */
	if (count == 0)
		relay->failed = true;
	for (unsigned i = 0; i < count; i++, n++)
		fds[n] = (struct pollfd) { list[i].fd,
			(short)((list[i].readable ? POLLIN : 0) |
			    (list[i].writable ? POLLOUT : 0)),
			0 };
	return (n);
}

static void
watch(struct tap_relay *relay, struct watched *w)
{
	w->guest = watch_port(relay, relay->guest, w->fds, 0);
	w->device = watch_port(relay, relay->device, w->fds, w->guest);
	w->fds[w->device] = (struct pollfd) { signal_fd, POLLIN, 0 };
	w->all = w->device + 1;
	w->all += control_pollfds(w->fds + w->all, FDS - w->all);
}

static void
take_events(struct tap_relay *relay, const struct watched *w)
{
	uint64_t count;
	ssize_t n;

	for (unsigned i = 0; i < w->device; i++)
		if (w->fds[i].revents != 0)
			netport_poll(i < w->guest ? relay->guest :
						    relay->device,
			    w->fds[i].fd);
	if (w->fds[w->device].revents != 0) {
		n = read(signal_fd, &count, sizeof(count));
		(void)n;
	}
	for (unsigned i = w->device + 1; i < w->all; i++)
		if (w->fds[i].revents != 0)
			control_pending = 1;
}

/*
 * --- the loop ---
 */

void
tap_serve(void *arg)
{
	struct tap_relay *relay = arg;
	uint64_t last = host_clock_ns();
	static struct watched w;
	bool more;

	tap_relay_refresh(relay);
	while (ending == 0 && !relay->failed) {
		more = tap_relay_work(relay);
		settle();
		sim_progress();
		catch_up(&last);
		if (control_pending) {
			control_serve();
			tap_relay_refresh(relay);
		} else if (relay->netif == NULL)
			tap_relay_refresh(relay);
		if (asked) {
			asked = 0;
			tap_print(relay, stdout);
			fflush(stdout);
		}
		watch(relay, &w);
		/* Room in a ring comes with time. */
		if (poll(w.fds, w.all, relay->stuck ? 1 : more ? 0 : -1) > 0)
			take_events(relay, &w);
	}
	if (relay->netif != NULL) {
		(void)netif_down(relay->netif);
		netif_set_input(relay->netif, NULL, NULL);
		netif_close(relay->netif);
		relay->netif = NULL;
	}
}
