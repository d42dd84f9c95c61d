/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network device: the control queue (virtio 1.3, section 5.1.6.5).  A
 * command is a class, a command and its data, however they are cut into
 * descriptors, and room for the answer.  One that breaks a rule is reported,
 * answered with an error, and changes nothing.
 */
#include "model/net_var.h"

#define HEADER_BYTES sizeof(struct virtio_net_ctrl_hdr)

#define REPORT(net, clause, ...) \
	vdev_report(&(net)->dev, (uint16_t)(net)->ctrl, clause, __VA_ARGS__)

void
vnet_command_read(const struct vnet_command *cmd, size_t offset, void *buffer,
    size_t length)
{
	vring_copy_in(&cmd->chain, HEADER_BYTES + offset, buffer, length);
}

bool
vnet_command_is(struct vnet *net, const struct vnet_command *cmd,
    const char *clause, size_t length)
{
	if (cmd->length == length)
		return (true);
	REPORT(net, clause, "command %u/%u with %zu bytes of data, not %zu",
	    cmd->class, cmd->command, cmd->length, length);
	return (false);
}

bool
vnet_command_may(struct vnet *net, const struct vnet_command *cmd,
    const char *clause, unsigned feature)
{
	if (vdev_has(&net->dev, feature))
		return (true);
	REPORT(net, clause, "command %u/%u without feature %u", cmd->class,
	    cmd->command, feature);
	return (false);
}

static bool
vnet_unknown(struct vnet *net, const struct vnet_command *cmd)
{
	REPORT(net, CLAUSE_CTRL, "command %u/%u does not exist", cmd->class,
	    cmd->command);
	return (false);
}

/*
 * --- classes ---
 */

static bool
vnet_ctrl_rx(struct vnet *net, const struct vnet_command *cmd)
{
	bool *const modes[] = {
		[VIRTIO_NET_CTRL_RX_PROMISC] = &net->filter.promisc,
		[VIRTIO_NET_CTRL_RX_ALLMULTI] = &net->filter.allmulti,
		[VIRTIO_NET_CTRL_RX_ALLUNI] = &net->filter.alluni,
		[VIRTIO_NET_CTRL_RX_NOMULTI] = &net->filter.nomulti,
		[VIRTIO_NET_CTRL_RX_NOUNI] = &net->filter.nouni,
		[VIRTIO_NET_CTRL_RX_NOBCAST] = &net->filter.nobcast,
	};
	const bool extra = cmd->command > VIRTIO_NET_CTRL_RX_ALLMULTI;
	uint8_t on;

	if (cmd->command >= sizeof(modes) / sizeof(modes[0]))
		return (vnet_unknown(net, cmd));
	if (!vnet_command_may(net, cmd, CLAUSE_CTRL_RX,
		extra ? VIRTIO_NET_F_CTRL_RX_EXTRA : VIRTIO_NET_F_CTRL_RX) ||
	    !vnet_command_is(net, cmd, CLAUSE_CTRL_RX, sizeof(on)))
		return (false);
	vnet_command_read(cmd, 0, &on, sizeof(on));
	if (on > 1) {
		REPORT(net, CLAUSE_CTRL_RX, "mode %u set to %u, not 0 or 1",
		    cmd->command, on);
		return (false);
	}
	*modes[cmd->command] = on != 0;
	return (true);
}

/*
 * A table at `*at` of the data, which is moved behind it.  What the filter
 * has no room for is not an error: it then takes all of the kind.
 */
static bool
vnet_read_table(struct vnet *net, const struct vnet_command *cmd, size_t *at,
    bool multicast, struct vnet_mac_table *table)
{
	uint8_t mac[VIRTIO_NET_MAC_BYTES];
	le32 word;
	size_t i, count;

	if (cmd->length - *at < sizeof(word)) {
		REPORT(net, CLAUSE_MAC, "a MAC table of %zu bytes ends at %zu",
		    cmd->length, *at);
		return (false);
	}
	vnet_command_read(cmd, *at, &word, sizeof(word));
	*at += sizeof(word);
	count = wire32(word);
	if (count > (cmd->length - *at) / sizeof(mac)) {
		REPORT(net, CLAUSE_MAC,
		    "a MAC table of %zu addresses in %zu bytes", count,
		    cmd->length - *at);
		return (false);
	}
	table->count = 0;
	table->overflow = count > net->filter.size;
	for (i = 0; i < count; i++, *at += sizeof(mac)) {
		vnet_command_read(cmd, *at, mac, sizeof(mac));
		if (vnet_is_multicast(mac) != multicast) {
			REPORT(net, CLAUSE_MAC,
			    "address %zu of the %scast table is not one", i,
			    multicast ? "multi" : "uni");
			return (false);
		}
		if (!table->overflow)
			memcpy(table->macs[table->count++], mac, sizeof(mac));
	}
	return (true);
}

/* A table that is wrong leaves the old one as it was. */
static bool
vnet_ctrl_mac_table(struct vnet *net, const struct vnet_command *cmd)
{
	struct vnet_filter *filter = &net->filter;
	struct vnet_mac_table old;
	size_t at;

	at = 0;
	if (!vnet_read_table(net, cmd, &at, false, &filter->next_unicast) ||
	    !vnet_read_table(net, cmd, &at, true, &filter->next_multicast))
		return (false);
	if (at != cmd->length) {
		REPORT(net, CLAUSE_MAC, "%zu bytes behind the MAC tables",
		    cmd->length - at);
		return (false);
	}
	old = filter->unicast;
	filter->unicast = filter->next_unicast;
	filter->next_unicast = old;
	old = filter->multicast;
	filter->multicast = filter->next_multicast;
	filter->next_multicast = old;
	return (true);
}

static bool
vnet_ctrl_mac(struct vnet *net, const struct vnet_command *cmd)
{
	uint8_t mac[VIRTIO_NET_MAC_BYTES];

	switch (cmd->command) {
	case VIRTIO_NET_CTRL_MAC_TABLE_SET:
		return (vnet_command_may(net, cmd, CLAUSE_MAC,
			    VIRTIO_NET_F_CTRL_RX) &&
		    vnet_ctrl_mac_table(net, cmd));
	case VIRTIO_NET_CTRL_MAC_ADDR_SET:
		if (!vnet_command_may(net, cmd, CLAUSE_MAC,
			VIRTIO_NET_F_CTRL_MAC_ADDR) ||
		    !vnet_command_is(net, cmd, CLAUSE_MAC, sizeof(mac)))
			return (false);
		vnet_command_read(cmd, 0, mac, sizeof(mac));
		/* Nobody can be a group; but no clause forbids to ask. */
		if (vnet_is_multicast(mac))
			return (false);
		vnet_set_mac(net, mac);
		return (true);
	default:
		return (vnet_unknown(net, cmd));
	}
}

static bool
vnet_ctrl_vlan(struct vnet *net, const struct vnet_command *cmd)
{
	uint64_t *word, bit;
	le16 wire;
	unsigned id;

	if (cmd->command > VIRTIO_NET_CTRL_VLAN_DEL)
		return (vnet_unknown(net, cmd));
	if (!vnet_command_may(net, cmd, CLAUSE_VLAN, VIRTIO_NET_F_CTRL_VLAN) ||
	    !vnet_command_is(net, cmd, CLAUSE_VLAN, sizeof(wire)))
		return (false);
	vnet_command_read(cmd, 0, &wire, sizeof(wire));
	id = wire16(wire);
	if (id >= VNET_VLANS) {
		REPORT(net, CLAUSE_VLAN, "VLAN %u of %u", id, VNET_VLANS);
		return (false);
	}
	word = &net->filter.vlans[id / 64];
	bit = UINT64_C(1) << (id % 64);
	if (cmd->command == VIRTIO_NET_CTRL_VLAN_ADD)
		*word |= bit;
	else
		*word &= ~bit;
	return (true);
}

static bool
vnet_ctrl_announce(struct vnet *net, const struct vnet_command *cmd)
{
	if (cmd->command != VIRTIO_NET_CTRL_ANNOUNCE_ACK)
		return (vnet_unknown(net, cmd));
	if (!vnet_command_may(net, cmd, "5.1.6.5.4",
		VIRTIO_NET_F_GUEST_ANNOUNCE) ||
	    !vnet_command_is(net, cmd, "5.1.6.5.4", 0))
		return (false);
	vnet_announced(net);
	return (true);
}

static bool
vnet_ctrl_offloads(struct vnet *net, const struct vnet_command *cmd)
{
	uint64_t offloads;
	le64 wire;

	if (cmd->command != VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET)
		return (vnet_unknown(net, cmd));
	if (!vnet_command_may(net, cmd, CLAUSE_OFFLOADS,
		VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) ||
	    !vnet_command_is(net, cmd, CLAUSE_OFFLOADS, sizeof(wire)))
		return (false);
	vnet_command_read(cmd, 0, &wire, sizeof(wire));
	offloads = wire64(wire);
	if ((offloads & ~(net->dev.negotiated & VNET_GUEST_FEATURES)) != 0) {
		REPORT(net, CLAUSE_OFFLOADS,
		    "offloads %#llx enabled, whose features were not accepted",
		    (unsigned long long)offloads);
		return (false);
	}
	vnet_set_accepts(net, offloads);
	return (true);
}

static bool
vnet_dispatch(struct vnet *net, struct vnet_command *cmd)
{
	switch (cmd->class) {
	case VIRTIO_NET_CTRL_RX:
		return (vnet_ctrl_rx(net, cmd));
	case VIRTIO_NET_CTRL_MAC:
		return (vnet_ctrl_mac(net, cmd));
	case VIRTIO_NET_CTRL_VLAN:
		return (vnet_ctrl_vlan(net, cmd));
	case VIRTIO_NET_CTRL_ANNOUNCE:
		return (vnet_ctrl_announce(net, cmd));
	case VIRTIO_NET_CTRL_MQ:
		return (vnet_ctrl_mq(net, cmd));
	case VIRTIO_NET_CTRL_GUEST_OFFLOADS:
		return (vnet_ctrl_offloads(net, cmd));
	case VIRTIO_NET_CTRL_NOTF_COAL:
		return (vnet_ctrl_coal(net, cmd));
	default:
		return (vnet_unknown(net, cmd));
	}
}

/*
 * --- the queue ---
 */

/* Section 5.1.6.6, of legacy drivers without VIRTIO_F_ANY_LAYOUT. */
static void
vnet_check_layout(struct vnet *net, const struct vnet_command *cmd)
{
	const struct vring_chain *chain = &cmd->chain;
	const bool table = cmd->class == VIRTIO_NET_CTRL_MAC &&
	    cmd->command == VIRTIO_NET_CTRL_MAC_TABLE_SET;
	const unsigned pieces = table ? 2 : cmd->length != 0 ? 1 : 0;

	if ((net->dev.negotiated &
		(VDEV_FEATURE(VIRTIO_F_VERSION_1) |
		    VDEV_FEATURE(VIRTIO_F_ANY_LAYOUT))) != 0)
		return;
	if (chain->segs[0].length == HEADER_BYTES &&
	    chain->nreadable == 1 + pieces && chain->writable == 1)
		return;
	REPORT(net, CLAUSE_LEGACY,
	    "command %u/%u in %u pieces, the first of %u bytes, without "
	    "VIRTIO_F_ANY_LAYOUT",
	    cmd->class, cmd->command, chain->nsegs, chain->segs[0].length);
}

/* Serves a command; gives what is to be written behind the answer. */
static uint8_t
vnet_execute(struct vnet *net, struct vnet_command *cmd)
{
	struct virtio_net_ctrl_hdr header;

	cmd->result_length = 0;
	net->stats.commands++;
	if (cmd->chain.readable < sizeof(header)) {
		REPORT(net, CLAUSE_CTRL, "a command of %llu bytes",
		    (unsigned long long)cmd->chain.readable);
		net->stats.errors++;
		return (VIRTIO_NET_ERR);
	}
	vring_copy_in(&cmd->chain, 0, &header, sizeof(header));
	cmd->class = header.class;
	cmd->command = header.command;
	cmd->length = cmd->chain.readable - sizeof(header);
	vnet_check_layout(net, cmd);
	if (vnet_dispatch(net, cmd))
		return (VIRTIO_NET_OK);
	cmd->result_length = 0;
	net->stats.errors++;
	return (VIRTIO_NET_ERR);
}

bool
vnet_control(struct vnet *net)
{
	struct vring *ring = &net->dev.queues[net->ctrl].ring;
	const unsigned queue = net->ctrl;
	struct vnet_command cmd;
	enum vring_result result;
	unsigned left;
	uint8_t ack;

	left = ring->size;
	vring_notify_disable(ring);
	do {
		while ((result = vring_take(ring, &cmd.chain)) == VRING_TAKEN) {
			if (cmd.chain.writable == 0) {
				vring_break(ring, CLAUSE_CTRL,
				    "chain %u has no room for the answer",
				    cmd.chain.head);
				return (false);
			}
			ack = vnet_execute(net, &cmd);
			vring_copy_out(&cmd.chain, 0, &ack, sizeof(ack));
			vring_copy_out(&cmd.chain, sizeof(ack), cmd.result,
			    cmd.result_length);
			if (!vring_give(ring, &cmd.chain,
				sizeof(ack) + cmd.result_length))
				return (false);
			/* The rest has its turn in the next round. */
			if (--left == 0)
				break;
		}
	} while (
	    left > 0 && result == VRING_EMPTY && vring_notify_enable(ring));
	if (vring_interrupt_wanted(ring))
		vdev_interrupt(&net->dev, queue);
	return (left == 0);
}
