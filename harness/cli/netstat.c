/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Drops by reason; see netstat.h.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/netstat.h"

void
netstat_add(struct netstat *stat, const char *where, const char *why,
    uint64_t count)
{
	struct netstat_drop *drop = &stat->drops[stat->ndrops];

	if (count == 0 || stat->ndrops == NETSTAT_DROPS_MAX)
		return;
	snprintf(drop->why, sizeof(drop->why), "%s: %s", where, why);
	drop->count = count;
	stat->ndrops++;
}

void
netstat_device(struct netstat *stat, const struct session *session,
    unsigned nic, const struct netport *port)
{
	struct vnet_stats stats;
	char sent[32], received[32];

	session_nic_stats(session, nic, &stats);
	snprintf(sent, sizeof(sent), "net%u sent", nic);
	snprintf(received, sizeof(received), "net%u received", nic);
	for (unsigned i = 0; i < VNET_DROPS; i++) {
		netstat_add(stat, sent, vnet_drop_names[i], stats.tx_drops[i]);
		netstat_add(stat, received, vnet_drop_names[i],
		    stats.rx_drops[i]);
	}
	snprintf(sent, sizeof(sent), "%.20s sent", port->name);
	snprintf(received, sizeof(received), "%.20s received", port->name);
	for (unsigned i = 0; i < NETPORT_DROPS; i++) {
		netstat_add(stat, sent, netport_drop_names[i],
		    port->stats.out_drops[i]);
		netstat_add(stat, received, netport_drop_names[i],
		    port->stats.in_drops[i]);
	}
}

void
netstat_driver(struct netstat *stat, struct netif *netif)
{
	struct netif_counters c;

	if (netif == NULL || netif_counters(netif, &c) != 0)
		return;
	netstat_add(stat, netif_name(netif), "input errors", c.ierrors);
	netstat_add(stat, netif_name(netif), "output errors", c.oerrors);
	netstat_add(stat, netif_name(netif), "input queue", c.iqdrops);
	netstat_add(stat, netif_name(netif), "output queue", c.oqdrops);
	netstat_add(stat, netif_name(netif), "no protocol", c.noproto);
}

uint64_t
netstat_total(const struct netstat *stat)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < stat->ndrops; i++)
		sum += stat->drops[i].count;
	return (sum);
}

void
netstat_print(const struct netstat *stat, FILE *out)
{
	if (stat->ndrops == 0)
		return;
	fprintf(out, "\n  %-32s %12s\n", "dropped", "frames");
	for (unsigned i = 0; i < stat->ndrops; i++)
		fprintf(out, "  %-32s %12" PRIu64 "\n", stat->drops[i].why,
		    stat->drops[i].count);
}
