/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What lies behind network devices, as options say it: the ports, opened.
 */
#ifndef RINGSIDE_CLI_NETOPT_H
#define RINGSIDE_CLI_NETOPT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/session.h"
#include "model/backend/port.h"

enum netopt_kind {
	NETOPT_NONE,
	NETOPT_LOOP,   /* each frame comes back */
	NETOPT_SWITCH, /* `count` devices at one switch */
	NETOPT_TAP,    /* an interface of the host, `name` */
	NETOPT_PCAP,   /* frames of the file `in`; a record in `out` */
};

struct netopt {
	enum netopt_kind kind;
	unsigned count;	  /* of devices */
	const char *text; /* as it was given */
	char name[16];
	char in[4096];
	char out[4096]; /* "": none */
};

/* loop, switch:N, tap:NAME or pcap:IN[,OUT]; false after complaining. */
bool netopt_parse(const char *text, struct netopt *net);
/* The name of an interface of the host; false after complaining. */
bool netopt_interface(const char *option, const char *name);
/* NET_OFFLOAD_s by their names; false after complaining. */
bool netopt_offloads(const char *text, uint32_t *offloads);

/*
 * Opens a TAP; CLI_OK or, after complaining, another exit status.  What it has
 * to say later goes to standard error.
 */
int netopt_tap(const char *name, unsigned queues, uint32_t offloads,
    struct netport **port);
/* Has what passes the port recorded in `file`, unless that is NULL. */
int netopt_record(const char *file, struct netport **port);
/*
 * All ports of net.count devices, with `queues` pairs each (0: one).
 * `in_flight` is how many bytes may be under way at a time.
 */
int netopt_open(const struct netopt *net, unsigned queues, uint64_t in_flight,
    struct netport **ports);

/*
 * What --features +NAME has asked for, of `nics` devices: the exit status,
 * after complaining.
 */
int netopt_check_features(const struct session *session, unsigned nics,
    uint64_t demanded);

#endif /* !RINGSIDE_CLI_NETOPT_H */
