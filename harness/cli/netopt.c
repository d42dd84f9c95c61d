/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Ports from options; see netopt.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/diskopt.h"
#include "cli/netopt.h"
#include "model/backend/ports.h"

/*
 * --- options ---
 */

bool
netopt_interface(const char *option, const char *name)
{
	/* IFNAMSIZ, with the NUL; netdevice(7). */
	if (*name != '\0' && strlen(name) < 16 && strpbrk(name, "/ %") == NULL)
		return (true);
	cli_error("%s wants the name of an interface, not '%s'", option, name);
	return (false);
}

static bool
parse_pcap(const char *text, struct netopt *net)
{
	const char *comma = strchrnul(text, ',');
	const size_t in = (size_t)(comma - text);

	if (in == 0 || in >= sizeof(net->in) ||
	    strlen(comma) > sizeof(net->out) ||
	    (*comma == ',' && comma[1] == '\0')) {
		cli_error("--net pcap: wants IN or IN,OUT, not '%s'", text);
		return (false);
	}
	memcpy(net->in, text, in);
	net->in[in] = '\0';
	strcpy(net->out, *comma == ',' ? comma + 1 : "");
	return (true);
}

bool
netopt_parse(const char *text, struct netopt *net)
{
	uint64_t count;

	*net = (struct netopt) { .count = 1, .text = text };
	if (strcmp(text, "loop") == 0) {
		net->kind = NETOPT_LOOP;
		return (true);
	}
	if (strncmp(text, "switch:", 7) == 0) {
		net->kind = NETOPT_SWITCH;
		if (!cli_number("--net switch:", text + 7, 2, SESSION_NICS,
			&count))
			return (false);
		net->count = (unsigned)count;
		return (true);
	}
	if (strncmp(text, "tap:", 4) == 0) {
		net->kind = NETOPT_TAP;
		if (!netopt_interface("--net tap:", text + 4))
			return (false);
		strcpy(net->name, text + 4);
		return (true);
	}
	if (strncmp(text, "pcap:", 5) == 0) {
		net->kind = NETOPT_PCAP;
		return (parse_pcap(text + 5, net));
	}
	cli_error("--net wants loop, switch:N, tap:NAME or pcap:IN[,OUT], "
		  "not '%s'",
	    text);
	return (false);
}

bool
netopt_offloads(const char *text, uint32_t *offloads)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} names[] = {
		{ "csum", NET_OFFLOAD_CSUM },
		{ "tso4", NET_OFFLOAD_TSO4 },
		{ "tso6", NET_OFFLOAD_TSO6 },
		{ "ecn", NET_OFFLOAD_ECN },
		{ "uso", NET_OFFLOAD_USO4 | NET_OFFLOAD_USO6 },
		{ "all", NET_OFFLOAD_ALL },
		{ "none", 0 },
	};
	const size_t n = sizeof(names) / sizeof(names[0]);
	const char *end;
	size_t length, i;

	*offloads = 0;
	for (;; text = end + 1) {
		end = strchrnul(text, ',');
		length = (size_t)(end - text);
		for (i = 0; i < n; i++)
			if (strlen(names[i].name) == length &&
			    strncmp(names[i].name, text, length) == 0)
				break;
		if (i == n) {
			cli_error("--offloads wants csum, tso4, tso6, ecn, "
				  "uso, all or none, not '%.*s'",
			    (int)length, text);
			return (false);
		}
		*offloads |= names[i].bits;
		if (*end == '\0')
			break;
	}
	/* A segment has a checksum. */
	if (*offloads != 0)
		*offloads |= NET_OFFLOAD_CSUM;
	return (true);
}

/*
 * --- ports ---
 */

static void
complain(void *arg, const struct netport *port, const char *line)
{
	(void)arg;
	cli_error("%s %s", port->name, line);
}

static uint64_t
host_clock(void *arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return ((uint64_t)now.tv_sec * UINT64_C(1000000000) +
	    (uint64_t)now.tv_nsec);
}

int
netopt_tap(const char *name, unsigned queues, uint32_t offloads,
    struct netport **port)
{
	char why[NETPORT_WHY];
	int error;

	error = netport_tap_open(
	    &(struct netport_tap_config) {
		.name = name,
		.nqueues = queues,
		.offloads = offloads,
		.complain = complain,
	    },
	    port, why);
	if (error == 0)
		return (CLI_OK);
	if (error == ENOENT)
		cli_error("%s %s: is the module tun loaded?", name, why);
	else
		cli_error("%s %s", name, why);
	return (error == EINVAL || error == ENODEV || error == E2BIG ?
		CLI_USAGE :
		CLI_HOST);
}

int
netopt_record(const char *file, struct netport **port)
{
	char why[NETPORT_WHY];
	struct netport *tee;

	if (file == NULL)
		return (CLI_OK);
	if (netport_tee_open(
		&(struct netport_tee_config) {
		    .below = *port,
		    .capture = { .path = file, .clock = host_clock },
		    .complain = complain,
		},
		&tee, why) == 0) {
		*port = tee;
		return (CLI_OK);
	}
	cli_error("--pcap %s: %s", file, why);
	netport_close(*port);
	return (CLI_USAGE);
}

static int
open_pcap(const struct netopt *net, struct netport **port)
{
	char why[NETPORT_WHY];
	int error;

	error = netport_pcap_open(
	    &(struct netport_pcap_config) {
		.name = "pcap",
		.in = net->in,
		.out = net->out[0] != '\0' ? net->out : NULL,
		.clock = host_clock,
		.complain = complain,
	    },
	    port, why);
	if (error == 0)
		return (CLI_OK);
	cli_error("--net pcap:%s: %s", net->in, why);
	return (CLI_USAGE);
}

int
netopt_open(const struct netopt *net, unsigned queues, uint64_t in_flight,
    struct netport **ports)
{
	uint64_t room = in_flight < (1u << 20) ? 1u << 20 : in_flight;
	int error = 0;

	switch (net->kind) {
	case NETOPT_NONE:
		return (CLI_OK);
	case NETOPT_LOOP:
		ports[0] = netport_loop_new(&(struct netport_loop_config) {
		    .name = "loop",
		    .kind = NETPORT_ECHO,
		    .nqueues = queues,
		    .takes = NET_OFFLOAD_ALL,
		    .waits = true,
		});
		error = ports[0] == NULL ? ENOMEM : 0;
		break;
	case NETOPT_SWITCH:
		error = netswitch_new(
		    &(struct netswitch_config) {
			.nports = net->count,
			.nqueues = queues,
			.queue_bytes =
			    room < UINT32_MAX ? (uint32_t)room : UINT32_MAX,
		    },
		    ports);
		break;
	case NETOPT_TAP:
		return (netopt_tap(net->name, queues != 0 ? queues : 1,
		    NET_OFFLOAD_ALL, &ports[0]));
	case NETOPT_PCAP:
		return (open_pcap(net, &ports[0]));
	}
	if (error == 0)
		return (CLI_OK);
	cli_error("--net %s: %s", net->text, strerror(error));
	return (CLI_HOST);
}

int
netopt_check_features(const struct session *session, unsigned nics,
    uint64_t demanded)
{
	uint64_t offered, negotiated, missing;
	unsigned bit;

	for (unsigned i = 0; i < nics; i++) {
		session_nic_features(session, i, &offered, &negotiated);
		missing = demanded & ~negotiated;
		if (missing == 0)
			continue;
		bit = (unsigned)__builtin_ctzll(missing);
		if ((offered >> bit & 1) != 0) {
			cli_error("--features +%s: the driver has not taken it",
			    diskopt_net_feature_name(bit));
			return (CLI_VIOLATION);
		}
		cli_error("--features +%s: the device does not offer it",
		    diskopt_net_feature_name(bit));
		return (CLI_USAGE);
	}
	return (CLI_OK);
}
