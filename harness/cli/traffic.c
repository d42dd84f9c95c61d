/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network workload; see traffic.h and traffic_var.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/control.h"
#include "cli/errname.h"
#include "cli/progress.h"
#include "cli/traffic_var.h"
#include "host/host.h"

#define ENOBUFS_THERE 55 /* FreeBSD's */
#define ETHER	      14
/* So long, in the guest, nobody is late. */
#define PATIENCE UINT64_C(1000000000)
/* How long one waits when the driver has no room. */
#define A_MOMENT UINT64_C(100000)

uint64_t
traffic_draw(struct traffic_run *run, uint64_t below)
{
	uint64_t x;

	/* splitmix64, of Steele, Lea and Flood. */
	x = run->random += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return ((x ^ x >> 31) % below);
}

void
traffic_fail(struct traffic *traffic, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (traffic->failures++ == 0)
		vsnprintf(traffic->failure, sizeof(traffic->failure), fmt, ap);
	va_end(ap);
}

bool
traffic_wait(struct traffic_run *run, uint64_t ns)
{
	bool woken;

	run->task = sim_self();
	run->waiting = true;
	woken = sim_block("net", sim_now() + ns);
	run->waiting = false;
	return (woken);
}

void
traffic_wake(struct traffic_run *run)
{
	if (run->waiting)
		sim_wake(run->task);
}

/*
 * --- frames that come back ---
 */

static void
input(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct traffic_nic *nic = arg;
	struct traffic_slot *slot = traffic_arrived(nic, frame);

	(void)netif;
	if (slot != NULL) {
		slot->busy = false;
		slot->end = host_clock_ns();
		slot->next = nic->run->done;
		nic->run->done = slot;
	}
	if (slot != NULL || nic->run->traffic->failures > 0)
		traffic_wake(nic->run);
}

/* false: there was no room for it, or it has failed. */
static bool
start(struct traffic_run *run, struct traffic_slot *slot)
{
	struct traffic *traffic = run->traffic;
	const uint64_t random = run->random;
	struct netif_frame frame;
	int error;

	slot->op = traffic->started;
	traffic_make(run, slot, &frame);
	slot->start = host_clock_ns();
	slot->busy = true;
	run->idle = slot->next;
	if (netif_output(run->nics[slot->from].netif, &frame, 1, &error) == 1)
		return (true);
	slot->busy = false;
	slot->next = run->idle;
	run->idle = slot;
	/* The same once more, later. */
	run->random = random;
	if (error != ENOBUFS_THERE)
		traffic_fail(traffic,
		    "%s does not send a frame of %" PRIu32 " bytes (%s): %s",
		    run->nics[slot->from].info.name, frame.length,
		    traffic_kind_names[slot->kind], errname(error));
	return (false);
}

static unsigned
finish(struct traffic_run *run)
{
	struct traffic *traffic = run->traffic;
	struct traffic_slot *slot;
	unsigned n = 0;

	while ((slot = run->done) != NULL) {
		run->done = slot->next;
		slot->next = run->idle;
		run->idle = slot;
		tally_packet(&traffic->tally, slot->head_length + slot->payload,
		    slot->end - slot->start);
		n++;
		if (traffic->duration != 0 &&
		    slot->end - run->begin >= traffic->duration)
			traffic->time_is_up = true;
	}
	if (n > 0) {
		progress_step(traffic->tally.packets, host_clock_ns());
		sim_progress();
		control_point();
	}
	return (n);
}

static void
lost(struct traffic_run *run)
{
	struct traffic *traffic = run->traffic;
	const struct traffic_slot *slot, *first = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < traffic->depth; i++) {
		slot = &run->slots[i];
		if (!slot->busy)
			continue;
		n++;
		if (first == NULL || slot->op < first->op)
			first = slot;
	}
	if (first != NULL)
		traffic_fail(traffic,
		    "%u frames have not arrived; the first is %" PRIu64
		    " (%s), with %" PRIu32 " of %" PRIu32 " payload bytes",
		    n, first->op, traffic_kind_names[first->kind],
		    first->arrived, first->payload);
}

static void
play(struct traffic_run *run)
{
	struct traffic *traffic = run->traffic;
	uint64_t inflight = 0;
	bool more = true, full = false;

	for (unsigned i = 0; i < traffic->depth; i++) {
		run->slots[i].index = i;
		run->slots[i].next = run->idle;
		run->idle = &run->slots[i];
	}
	while ((more || inflight > 0) && traffic->failures == 0) {
		more = more && !traffic->time_is_up &&
		    progress_interrupted == 0 &&
		    (traffic->operations == 0 ||
			traffic->started < traffic->operations);
		if (more && run->idle != NULL && !full) {
			full = !start(run, run->idle);
			traffic->started += !full;
			inflight += !full;
			continue;
		}
		full = false;
		/* Frames may be under way that make room in the driver. */
		if (run->done == NULL &&
		    !traffic_wait(run, inflight > 0 ? PATIENCE : A_MOMENT) &&
		    run->done == NULL && inflight > 0) {
			lost(run);
			break;
		}
		inflight -= finish(run);
	}
}

/*
 * --- interfaces ---
 */

/* false after saying why. */
static bool
open_nic(struct traffic_run *run, unsigned i)
{
	struct traffic *traffic = run->traffic;
	struct traffic_nic *nic = &run->nics[i];
	char name[16];
	int error = 0;

	snprintf(name, sizeof(name), "vio%u", i);
	nic->run = run;
	nic->index = i;
	nic->netif = netif_open(name);
	if (nic->netif == NULL) {
		traffic_fail(traffic, "no interface %s: no driver has attached",
		    name);
		return (false);
	}
	run->nnics = i + 1;
	netif_set_input(nic->netif, input, nic);
	if (run->mtu != 1500)
		error = netif_set_mtu(nic->netif, run->mtu);
	if (error != 0) {
		traffic->unfit = true;
		traffic_fail(traffic, "%s takes no MTU of %" PRIu32 ": %s",
		    name, run->mtu, errname(error));
		return (false);
	}
	/* Frames of a file come as soon as there is room for them. */
	error = traffic->net->kind != NETOPT_PCAP ? netif_up(nic->netif) : 0;
	if (error == 0)
		error = netif_info(nic->netif, &nic->info);
	if (error != 0)
		traffic_fail(traffic, "%s does not go up: %s", name,
		    errname(error));
	else if (netif_vlan_add(nic->netif, TRAFFIC_VLAN) != 0)
		run->vlans = false;
	return (error == 0);
}

static void
close_nics(struct traffic_run *run)
{
	struct traffic *traffic = run->traffic;

	for (unsigned i = 0; i < run->nnics; i++) {
		netstat_device(&traffic->drops, traffic->session, i,
		    traffic->ports[i]);
		netstat_driver(&traffic->drops, run->nics[i].netif);
		(void)netif_vlan_remove(run->nics[i].netif, TRAFFIC_VLAN);
		(void)netif_down(run->nics[i].netif);
		netif_set_input(run->nics[i].netif, NULL, NULL);
		netif_close(run->nics[i].netif);
	}
}

void
traffic_main(void *arg)
{
	struct traffic *traffic = arg;
	struct traffic_run *run = host_alloc(sizeof(*run));
	bool ok = true;

	run->traffic = traffic;
	run->random = traffic->seed;
	run->vlans = traffic->net->kind != NETOPT_TAP;
	run->mtu =
	    traffic->frame > 1514 ? (uint32_t)traffic->frame - ETHER : 1500;
	run->pattern = host_alloc(TRAFFIC_PATTERN);
	for (uint32_t i = 0; i < TRAFFIC_PATTERN; i++)
		run->pattern[i] = (uint8_t)traffic_draw(run, 256);
	for (unsigned i = 0; i < traffic->net->count && ok; i++)
		ok = open_nic(run, i);
	progress_start("net", traffic->operations, traffic->duration);
	tally_start(&traffic->tally);
	run->begin = traffic->tally.start;
	if (ok && traffic->net->kind == NETOPT_PCAP)
		traffic_file(run);
	else if (ok && traffic->net->kind == NETOPT_TAP)
		traffic_tap(run);
	else if (ok)
		play(run);
	tally_stop(&traffic->tally);
	progress_end();
	close_nics(run);
	host_free(run->pattern);
	host_free(run);
}
