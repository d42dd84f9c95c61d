/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: which frames the driver wants (virtio 1.3, sections
 * 5.1.6.5.1 to 5.1.6.5.3).
 */
#include <errno.h>
#include <stdlib.h>

#include "model/net_byte.h"
#include "model/net_var.h"

#define ETHERTYPE_VLAN 0x8100
#define VLAN_ID	       0x0fff

int
vnet_filter_init(struct vnet_filter *filter, unsigned table)
{
	struct vnet_mac_table *const tables[] = { &filter->unicast,
		&filter->multicast, &filter->next_unicast,
		&filter->next_multicast };
	unsigned i;

	filter->size = table;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		tables[i]->macs = calloc(table, sizeof(tables[i]->macs[0]));
		if (tables[i]->macs == NULL)
			return (ENOMEM);
	}
	return (0);
}

void
vnet_filter_fini(struct vnet_filter *filter)
{
	free(filter->unicast.macs);
	free(filter->multicast.macs);
	free(filter->next_unicast.macs);
	free(filter->next_multicast.macs);
}

void
vnet_filter_reset(struct vnet_filter *filter, const uint8_t *mac)
{
	memcpy(filter->mac, mac, sizeof(filter->mac));
	filter->promisc = false;
	filter->allmulti = false;
	filter->alluni = false;
	filter->nomulti = false;
	filter->nouni = false;
	filter->nobcast = false;
	filter->unicast.count = 0;
	filter->unicast.overflow = false;
	filter->multicast.count = 0;
	filter->multicast.overflow = false;
	filter->vlan_filtering = false;
	memset(filter->vlans, 0, sizeof(filter->vlans));
}

static bool
vnet_table_has(const struct vnet_mac_table *table, const uint8_t *mac)
{
	unsigned i;

	if (table->overflow)
		return (true);
	for (i = 0; i < table->count; i++) {
		if (memcmp(table->macs[i], mac, VIRTIO_NET_MAC_BYTES) == 0)
			return (true);
	}
	return (false);
}

/* The order in which one mode overrides another is that of the text. */
static bool
vnet_filter_address(const struct vnet_filter *filter, const uint8_t *mac)
{
	static const uint8_t broadcast[VIRTIO_NET_MAC_BYTES] = { 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff };

	if (filter->promisc || filter->unfiltered)
		return (true);
	if (!vnet_is_multicast(mac)) {
		if (filter->nouni)
			return (false);
		return (filter->alluni ||
		    memcmp(mac, filter->mac, VIRTIO_NET_MAC_BYTES) == 0 ||
		    vnet_table_has(&filter->unicast, mac));
	}
	if (memcmp(mac, broadcast, sizeof(broadcast)) == 0)
		return (!filter->nobcast);
	if (filter->nomulti)
		return (false);
	return (filter->allmulti || vnet_table_has(&filter->multicast, mac));
}

bool
vnet_filter_wants(const struct vnet_filter *filter, const uint8_t *bytes,
    size_t length, enum vnet_drop *reason)
{
	unsigned id;

	*reason = VNET_DROP_MAC;
	if (!vnet_filter_address(filter, bytes))
		return (false);
	/* Promiscuous mode is for all frames (5.1.6.5.1.1). */
	if (!filter->vlan_filtering || filter->promisc || length < 16 ||
	    net_get16(bytes + 12) != ETHERTYPE_VLAN)
		return (true);
	*reason = VNET_DROP_VLAN;
	id = net_get16(bytes + 14) & VLAN_ID;
	/* A tag of VLAN 0 carries a priority, and no VLAN (802.1Q, 9.6). */
	return (id == 0 || (filter->vlans[id / 64] >> (id % 64) & 1) != 0);
}
