/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where frames were dropped, and why: by the driver, the device, or the port
 * behind it.
 */
#ifndef RINGSIDE_CLI_NETSTAT_H
#define RINGSIDE_CLI_NETSTAT_H

#include <stdint.h>
#include <stdio.h>

#include "cli/session.h"
#include "kernel/netif.h"

#define NETSTAT_DROPS_MAX 64

struct netstat_drop {
	char why[48]; /* "net0 received: no buffer" */
	uint64_t count;
};

struct netstat {
	struct netstat_drop drops[NETSTAT_DROPS_MAX];
	unsigned ndrops; /* those that are not 0 */
};

/* Adds one, if it is not 0. */
void netstat_add(struct netstat *stat, const char *where, const char *why,
    uint64_t count);
/* Adds those of a network device and of the port behind it. */
void netstat_device(struct netstat *stat, const struct session *session,
    unsigned nic, const struct netport *port);
/* Adds what the driver says of itself; NULL is allowed. */
void netstat_driver(struct netstat *stat, struct netif *netif);
uint64_t netstat_total(const struct netstat *stat);
void netstat_print(const struct netstat *stat, FILE *out);

#endif /* !RINGSIDE_CLI_NETSTAT_H */
