/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What `ringside ifconfig` asks an instance for, in the manner of
 * ifconfig(8).
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/errname.h"
#include "kernel/netif.h"

/*
 * --- showing ---
 */

struct bit_name {
	uint32_t bit;
	const char *name;
};

static const struct bit_name flag_names[] = {
	{ NETIF_UP, "UP" },
	{ NETIF_BROADCAST, "BROADCAST" },
	{ NETIF_RUNNING, "RUNNING" },
	{ NETIF_PROMISC, "PROMISC" },
	{ NETIF_ALLMULTI, "ALLMULTI" },
	{ NETIF_OACTIVE, "OACTIVE" },
	{ NETIF_SIMPLEX, "SIMPLEX" },
	{ NETIF_MULTICAST, "MULTICAST" },
	{ NETIF_PPROMISC, "PPROMISC" },
	{ NETIF_MONITOR, "MONITOR" },
	{ 0, NULL },
};

static const struct bit_name cap_names[] = {
	{ NETIF_CAP_RXCSUM, "RXCSUM" },
	{ NETIF_CAP_TXCSUM, "TXCSUM" },
	{ NETIF_CAP_VLAN_MTU, "VLAN_MTU" },
	{ NETIF_CAP_VLAN_HWTAGGING, "VLAN_HWTAGGING" },
	{ NETIF_CAP_JUMBO_MTU, "JUMBO_MTU" },
	{ NETIF_CAP_VLAN_HWCSUM, "VLAN_HWCSUM" },
	{ NETIF_CAP_TSO4, "TSO4" },
	{ NETIF_CAP_TSO6, "TSO6" },
	{ NETIF_CAP_LRO, "LRO" },
	{ NETIF_CAP_VLAN_HWFILTER, "VLAN_HWFILTER" },
	{ NETIF_CAP_VLAN_HWTSO, "VLAN_HWTSO" },
	{ NETIF_CAP_LINKSTATE, "LINKSTATE" },
	{ NETIF_CAP_RXCSUM_IPV6, "RXCSUM_IPV6" },
	{ NETIF_CAP_TXCSUM_IPV6, "TXCSUM_IPV6" },
	{ NETIF_CAP_HWSTATS, "HWSTATS" },
	{ 0, NULL },
};

static void
show_bits(FILE *out, uint32_t bits, const struct bit_name *names)
{
	const char *before = "";

	fprintf(out, "%x<", bits);
	for (; names->name != NULL; names++) {
		if ((bits & names->bit) == 0)
			continue;
		fprintf(out, "%s%s", before, names->name);
		before = ",";
	}
	fputc('>', out);
}

static void
show_media(FILE *out, struct netif *netif)
{
	struct netif_media media;
	char set[128], active[128];

	if (netif_media(netif, &media) != 0)
		return;
	netif_media_name(media.current, set, sizeof(set));
	netif_media_name(media.active, active, sizeof(active));
	fprintf(out, "\tmedia: %s", set);
	if (media.active != media.current)
		fprintf(out, " (%s)", active);
	if (media.valid)
		fprintf(out, "\n\tstatus: %s",
		    media.carrier ? "active" : "no carrier");
	fputc('\n', out);
}

static void
show(struct control_request *request, struct netif *netif)
{
	struct netif_info info;
	FILE *out = request->out;
	int error = netif_info(netif, &info);

	if (error != 0) {
		control_fail(request, CLI_USAGE, "%s: %s", netif_name(netif),
		    errname(error));
		return;
	}
	fprintf(out, "%s: flags=", info.name);
	show_bits(out, info.flags, flag_names);
	fprintf(out, " metric 0 mtu %" PRIu32 "\n\toptions=", info.mtu);
	show_bits(out, info.enabled, cap_names);
	fprintf(out, "\n\tcapabilities=");
	show_bits(out, info.capabilities, cap_names);
	fprintf(out, "\n\tether %02x:%02x:%02x:%02x:%02x:%02x\n", info.mac[0],
	    info.mac[1], info.mac[2], info.mac[3], info.mac[4], info.mac[5]);
	show_media(out, netif);
}

/*
 * --- changing ---
 */

/* Each may stand for several; of those, the ones that there are. */
static const struct bit_name parameters[] = {
	{ NETIF_CAP_RXCSUM, "rxcsum" },
	{ NETIF_CAP_TXCSUM, "txcsum" },
	{ NETIF_CAP_RXCSUM_IPV6, "rxcsum6" },
	{ NETIF_CAP_TXCSUM_IPV6, "txcsum6" },
	{ NETIF_CAP_TSO4 | NETIF_CAP_TSO6, "tso" },
	{ NETIF_CAP_TSO4, "tso4" },
	{ NETIF_CAP_TSO6, "tso6" },
	{ NETIF_CAP_LRO, "lro" },
	{ NETIF_CAP_VLAN_MTU, "vlanmtu" },
	{ NETIF_CAP_VLAN_HWTAGGING, "vlanhwtag" },
	{ NETIF_CAP_VLAN_HWFILTER, "vlanhwfilter" },
	{ NETIF_CAP_VLAN_HWCSUM, "vlanhwcsum" },
	{ NETIF_CAP_VLAN_HWTSO, "vlanhwtso" },
	{ 0, NULL },
};

struct change {
	struct control_request *request;
	struct netif *netif;
	unsigned at; /* the word that is being looked at */
};

/* The word behind the one that is being looked at, or NULL. */
static const char *
value(struct change *change, const char *word)
{
	struct control_request *request = change->request;

	if (++change->at < request->nwords)
		return (request->words[change->at]);
	control_fail(request, CLI_USAGE, "'%.32s' wants a value", word);
	return (NULL);
}

static int
set_mtu(struct change *change, const char *word)
{
	const char *text = value(change, word);
	unsigned long mtu;
	char *end;

	if (text == NULL)
		return (0);
	mtu = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || mtu > 65535) {
		control_fail(change->request, CLI_USAGE,
		    "mtu wants a number, not '%.32s'", text);
		return (0);
	}
	return (netif_set_mtu(change->netif, (uint32_t)mtu));
}

/* Six numbers of one or two digits, with colons between. */
static bool
parse_mac(const char *text, uint8_t mac[6])
{
	char *end;

	for (int i = 0; i < 6; i++, text = end + 1) {
		if (!isxdigit((unsigned char)*text))
			return (false);
		mac[i] = (uint8_t)strtoul(text, &end, 16);
		if (end - text > 2 || *end != (i < 5 ? ':' : '\0'))
			return (false);
	}
	return (true);
}

static int
set_ether(struct change *change, const char *word)
{
	const char *text = value(change, word);
	uint8_t mac[6];

	if (text == NULL)
		return (0);
	if (!parse_mac(text, mac)) {
		control_fail(change->request, CLI_USAGE,
		    "ether wants an address, not '%.32s'", text);
		return (0);
	}
	return (netif_set_mac(change->netif, mac));
}

static int
set_media(struct change *change, const char *word)
{
	const char *text = value(change, word);
	int media;

	if (text == NULL)
		return (0);
	if (!netif_media_parse(text, &media)) {
		control_fail(change->request, CLI_USAGE,
		    "no medium is called '%.64s'", text);
		return (0);
	}
	return (netif_set_media(change->netif, media));
}

static int
set_capability(struct change *change, const char *word)
{
	const bool off = *word == '-';
	const struct bit_name *p;
	struct netif_info info;
	uint32_t bits;
	int error;

	for (p = parameters; p->name != NULL; p++)
		if (strcmp(p->name, word + off) == 0)
			break;
	if (p->name == NULL) {
		control_fail(change->request, CLI_USAGE,
		    "unknown parameter '%.32s'", word);
		return (0);
	}
	error = netif_info(change->netif, &info);
	if (error != 0)
		return (error);
	bits = p->bit & info.capabilities;
	if (bits == 0) {
		control_fail(change->request, CLI_USAGE, "%s cannot %s",
		    info.name, p->name);
		return (0);
	}
	return (netif_set_capabilities(change->netif,
	    off ? info.enabled & ~bits : info.enabled | bits));
}

static int
apply(struct change *change, const char *word)
{
	if (strcmp(word, "up") == 0)
		return (netif_up(change->netif));
	if (strcmp(word, "down") == 0)
		return (netif_down(change->netif));
	if (strcmp(word, "mtu") == 0)
		return (set_mtu(change, word));
	if (strcmp(word, "ether") == 0)
		return (set_ether(change, word));
	if (strcmp(word, "media") == 0)
		return (set_media(change, word));
	if (strcmp(word + (*word == '-'), "promisc") == 0)
		return (netif_set_promisc(change->netif, *word != '-'));
	if (strcmp(word + (*word == '-'), "allmulti") == 0)
		return (netif_set_allmulti(change->netif, *word != '-'));
	return (set_capability(change, word));
}

static void
change_one(struct control_request *request, struct netif *netif)
{
	struct change change = { request, netif, 1 };
	const char *word;
	int error;

	for (; change.at < request->nwords && request->status == CLI_OK;
	     change.at++) {
		word = request->words[change.at];
		error = apply(&change, word);
		if (error != 0)
			control_fail(request, CLI_USAGE, "%s: %.32s: %s",
			    netif_name(netif), word, errname(error));
	}
}

/*
 * --- requests ---
 */

struct names {
	unsigned count;
	char list[64][16];
};

static void
keep_name(void *arg, const char *name)
{
	struct names *names = arg;

	if (names->count < 64)
		snprintf(names->list[names->count++], 16, "%s", name);
}

static void
show_all(struct control_request *request, bool list)
{
	struct names names = { .count = 0 };
	struct netif *netif;

	netif_foreach(keep_name, &names);
	for (unsigned i = 0; i < names.count; i++) {
		if (list) {
			fprintf(request->out, "%s%s", i > 0 ? " " : "",
			    names.list[i]);
			continue;
		}
		netif = netif_open(names.list[i]);
		if (netif == NULL)
			continue;
		show(request, netif);
		netif_close(netif);
	}
	if (list)
		fputc('\n', request->out);
}

void
control_ifconfig(struct control_request *request)
{
	const char *name = request->nwords > 0 ? request->words[0] : "-a";
	struct netif *netif;

	if (strcmp(name, "-a") == 0 || strcmp(name, "-l") == 0) {
		show_all(request, name[1] == 'l');
		return;
	}
	netif = netif_open(name);
	if (netif == NULL) {
		control_fail(request, CLI_USAGE,
		    "interface %.32s does not exist", name);
		return;
	}
	if (request->nwords == 1)
		show(request, netif);
	else
		change_one(request, netif);
	netif_close(netif);
}
