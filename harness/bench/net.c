/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver's way, end to end: frames are sent by vio0, come back
 * from the device's loopback, and end in if_input(), on one thread, without
 * checkers.
 */
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/session.h"
#include "host/host.h"
#include "kernel/netif.h"
#include "machine/machine.h"
#include "sim/sim.h"

#define FRAMES 1000000u
#define BATCH  64u
#define WINDOW 192u /* under way; fewer than a ring holds */

struct trips {
	uint32_t length; /* of a frame, without the FCS */
	/* What was measured. */
	uint64_t ns;
	struct machine_ledger cost;
	uint64_t others; /* allocations that were no mbufs */
	const char *failure;
	/* Private to the run. */
	struct netif *netif;
	struct netif_frame frames[BATCH];
	struct iovec iov;
	uint64_t sent, arrived;
};

static void
arrived(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct trips *trips = arg;

	(void)netif;
	trips->arrived += frame->length == trips->length;
}

static void
add_requests(void *sum, const struct kernel_memory *memory)
{
	if (!memory->zone || strncmp(memory->name, "mbuf", 4) != 0)
		*(uint64_t *)sum += memory->requests;
}

/* Sends and yields until all are back; false: some are lost. */
static bool
travel(struct trips *trips, uint64_t count)
{
	uint64_t idle = 0, before;
	unsigned n;

	trips->sent = trips->arrived = 0;
	while (trips->arrived < count && idle < 1000) {
		before = trips->arrived;
		while (trips->sent < count &&
		    trips->sent - trips->arrived <= WINDOW - BATCH) {
			n = count - trips->sent < BATCH ?
			    (unsigned)(count - trips->sent) :
			    BATCH;
			n = netif_output(trips->netif, trips->frames, n, NULL);
			trips->sent += n;
			if (n < BATCH)
				break;
		}
		sim_yield();
		sim_progress();
		idle = trips->arrived == before ? idle + 1 : 0;
	}
	return (trips->arrived == count);
}

static void
measure(struct trips *trips)
{
	struct machine_ledger start, end;
	uint64_t ns, before = 0, after = 0;

	/* What is made once is made. */
	if (!travel(trips, 10000)) {
		trips->failure = "frames are lost";
		return;
	}
	kernel_memory_foreach(add_requests, &before);
	machine_ledger_read(&start);
	ns = host_clock_ns();
	if (!travel(trips, FRAMES))
		trips->failure = "frames are lost";
	trips->ns = host_clock_ns() - ns;
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &trips->cost);
	kernel_memory_foreach(add_requests, &after);
	trips->others = after - before;
}

static void
trips_main(void *arg)
{
	struct trips *trips = arg;
	static uint8_t frame[2048];
	struct netif_info info;

	trips->netif = netif_open("vio0");
	if (trips->netif == NULL || netif_up(trips->netif) != 0 ||
	    netif_info(trips->netif, &info) != 0) {
		trips->failure = "no vio0 that goes up";
		return;
	}
	memcpy(frame, info.mac, 6);
	memcpy(frame + 6, info.mac, 6);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	trips->iov = (struct iovec) { frame, trips->length };
	for (unsigned i = 0; i < BATCH; i++)
		trips->frames[i] = (struct netif_frame) { .iov = &trips->iov,
			.iovcnt = 1,
			.length = trips->length };
	netif_set_input(trips->netif, arrived, trips);
	measure(trips);
	netif_set_input(trips->netif, NULL, NULL);
	(void)netif_down(trips->netif);
	netif_close(trips->netif);
}

static const char *
run(struct trips *trips, uint32_t length)
{
	struct session_config config = { .nnics = 1 };
	struct session *session;
	int status;

	*trips = (struct trips) { .length = length };
	config.nics[0].port = netport_loop_new(&(struct netport_loop_config) {
	    .name = "loop",
	    .kind = NETPORT_ECHO,
	    .takes = NET_OFFLOAD_ALL,
	    .waits = true,
	});
	if (config.nics[0].port == NULL)
		return ("no memory");
	session = session_open(&config, &status);
	if (session == NULL)
		return ("the session does not open");
	if (!session_run(session, "trips", trips_main, trips))
		trips->failure = "the kernel has died";
	if (session_close(session) != 0 && trips->failure == NULL)
		trips->failure = "the session ends badly";
	return (trips->failure);
}

BENCH_AT_LEAST(net_64, "net: 64 byte round trips", "1/s", 3e6)
{
	struct trips trips;
	const char *failure = run(&trips, 64);

	if (failure != NULL)
		return (bench_fail("%s", failure));
	return (FRAMES * 1e9 / (double)trips.ns);
}

BENCH_AT_LEAST(net_1514, "net: 1514 byte round trips", "Gbit/s", 20)
{
	struct trips trips;
	const char *failure = run(&trips, 1514);

	if (failure != NULL)
		return (bench_fail("%s", failure));
	return (FRAMES * 1514.0 * 8 / (double)trips.ns);
}

BENCH_AT_MOST(net_notifications, "net: notifications a packet", "", 0.05)
{
	struct trips trips;
	const char *failure = run(&trips, 64);

	if (failure != NULL)
		return (bench_fail("%s", failure));
	return ((double)trips.cost.notifications / FRAMES);
}

BENCH_AT_MOST(net_interrupts, "net: interrupts a packet", "", 0.05)
{
	struct trips trips;
	const char *failure = run(&trips, 64);

	if (failure != NULL)
		return (bench_fail("%s", failure));
	return ((double)trips.cost.irq_injections / FRAMES);
}

BENCH_AT_MOST(net_allocations, "net: non-mbuf allocations a packet", "", 0)
{
	struct trips trips;
	const char *failure = run(&trips, 64);

	if (failure != NULL)
		return (bench_fail("%s", failure));
	return ((double)trips.others / FRAMES);
}
