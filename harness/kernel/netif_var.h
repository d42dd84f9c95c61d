/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the headers of a packet are, for netif_input.c and netif_output.c.
 */
#ifndef RINGSIDE_KERNEL_NETIF_VAR_H
#define RINGSIDE_KERNEL_NETIF_VAR_H

#include <sys/mbuf.h>

struct netif_layout {
	uint16_t etype;
	int l3; /* offsets from the packet's start */
	int l4;
	int payload;
	uint8_t proto;
};

/*
 * Of TCP or UDP over IPv4 or IPv6, without a VLAN tag.  False: it is neither,
 * it is a fragment, or it ends before its headers do.
 */
bool netif_parse(const struct mbuf *m, struct netif_layout *layout);

#endif /* !RINGSIDE_KERNEL_NETIF_VAR_H */
