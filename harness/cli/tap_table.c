/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ringside tap: what went through, what that cost, and what did not.
 */
#include <inttypes.h>

#include "cli/netstat.h"
#include "cli/tap_var.h"

static void
print_way(FILE *out, const char *what, uint64_t packets, uint64_t bytes,
    double seconds)
{
	fprintf(out,
	    "%-11s %" PRIu64 " packets, %" PRIu64
	    " bytes, %.0f packets/s, %.3f Gbit/s\n",
	    what, packets, bytes, seconds > 0 ? (double)packets / seconds : 0,
	    seconds > 0 ? (double)bytes * 8 / seconds / 1e9 : 0);
}

void
tap_print(struct tap_relay *relay, FILE *out)
{
	struct netstat stat = { .ndrops = 0 };
	double seconds;

	tally_stop(&relay->tally);
	seconds = (double)relay->tally.elapsed / 1e9;
	fprintf(out, "%s -> vio0 -> %s, in %.3f s\n", relay->guest->name,
	    relay->device->name, seconds);
	print_way(out, "sent", relay->out_packets, relay->out_bytes, seconds);
	print_way(out, "received", relay->in_packets, relay->in_bytes, seconds);
	tally_print_costs(&relay->tally, relay->out_packets + relay->in_packets,
	    "packet", out);
	for (unsigned i = 0; i < TAP_DROPS; i++)
		netstat_add(&stat, relay->guest->name, tap_drop_names[i],
		    relay->drops[i]);
	for (unsigned i = 0; i < NETPORT_DROPS; i++) {
		netstat_add(&stat, "guest sent", netport_drop_names[i],
		    relay->guest->stats.in_drops[i]);
		netstat_add(&stat, "guest received", netport_drop_names[i],
		    relay->guest->stats.out_drops[i]);
	}
	netstat_device(&stat, relay->session, 0, relay->device);
	netstat_driver(&stat, relay->netif);
	netstat_print(&stat, out);
}
