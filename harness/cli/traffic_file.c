/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network workload without frames that come back: those of a capture are
 * compared with what the driver hands up; at a TAP, frames are counted.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli/control.h"
#include "cli/errname.h"
#include "cli/progress.h"
#include "cli/traffic_var.h"
#include "host/host.h"
#include "model/backend/ports.h"
#include "model/net_csum.h"

/* Of a pcap file: its header, that of a packet. */
#define FILE_HEADER   24
#define PACKET_HEADER 16
/* Frames of several queues arrive in an order of their own. */
#define AHEAD 4096
#define QUIET UINT64_C(100000000) /* ns of virtual time */

struct capture {
	uint8_t *bytes;
	uint64_t size;
	uint64_t count;	   /* packets */
	uint64_t *at;	   /* of their bytes */
	uint32_t *lengths; /* of these, captured */
	bool *arrived;
	uint64_t next; /* the first that has not */
};

/*
 * --- the file, read once more and by itself ---
 */

static uint32_t
number(const struct capture *c, uint64_t at, bool swapped)
{
	uint32_t value;

	memcpy(&value, c->bytes + at, 4);
	return (swapped ? __builtin_bswap32(value) : value);
}

static bool
read_file(struct capture *c, const char *path)
{
	FILE *file = fopen(path, "re");
	long size;

	if (file == NULL)
		return (false);
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0) {
		c->size = (uint64_t)size;
		c->bytes = host_alloc(c->size);
		rewind(file);
		if (fread(c->bytes, 1, c->size, file) != c->size)
			c->size = 0;
	}
	fclose(file);
	return (c->size >= FILE_HEADER);
}

static bool
load(struct capture *c, const char *path)
{
	uint64_t at;
	uint32_t magic, length;
	bool swapped;

	if (!read_file(c, path))
		return (false);
	magic = number(c, 0, false);
	swapped = magic != 0xa1b2c3d4 && magic != 0xa1b23c4d;
	c->at = host_alloc((c->size / PACKET_HEADER + 1) * sizeof(*c->at));
	c->lengths =
	    host_alloc((c->size / PACKET_HEADER + 1) * sizeof(*c->lengths));
	for (at = FILE_HEADER; c->size - at >= PACKET_HEADER;
	     at += PACKET_HEADER + length) {
		length = number(c, at + 8, swapped);
		if (length > c->size - at - PACKET_HEADER)
			break;
		c->at[c->count] = at + PACKET_HEADER;
		c->lengths[c->count++] = length;
	}
	c->arrived = host_alloc(c->count + 1);
	memset(c->arrived, 0, c->count + 1);
	return (true);
}

static void
unload(struct capture *c)
{
	host_free(c->arrived);
	host_free(c->lengths);
	host_free(c->at);
	host_free(c->bytes);
}

/*
 * --- comparing ---
 */

static bool
same(const struct capture *c, uint64_t i, const uint8_t *bytes, uint32_t length)
{
	return (!c->arrived[i] && c->lengths[i] == length &&
	    memcmp(c->bytes + c->at[i], bytes, length) == 0);
}

/* The frame as it was in the file: with the tag that stands beside it. */
static uint32_t
flatten(const struct netif_frame *frame, uint8_t *bytes)
{
	uint32_t length = frame->length;

	(void)net_iov_read(frame->iov, frame->iovcnt, 0, bytes, length);
	if ((frame->flags & NETIF_VLAN) == 0)
		return (length);
	memmove(bytes + 16, bytes + 12, length - 12);
	bytes[12] = 0x81;
	bytes[13] = 0x00;
	bytes[14] = (uint8_t)(frame->vlan_tag >> 8);
	bytes[15] = (uint8_t)frame->vlan_tag;
	return (length + 4);
}

static void
compare(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct traffic_nic *nic = arg;
	struct traffic_run *run = nic->run;
	struct capture *c = run->file;
	static uint8_t bytes[NET_FRAME_MAX + 4];
	uint64_t i, end;
	uint32_t length;

	(void)netif;
	if (frame->length > NET_FRAME_MAX)
		return;
	length = flatten(frame, bytes);
	end = c->next + AHEAD < c->count ? c->next + AHEAD : c->count;
	for (i = c->next; i < end && !same(c, i, bytes, length); i++)
		;
	if (i == end) {
		traffic_fail(run->traffic,
		    "the driver has handed up a frame of %" PRIu32
		    " bytes that is not in the file behind frame %" PRIu64,
		    length, c->next);
		return;
	}
	c->arrived[i] = true;
	while (c->next < c->count && c->arrived[c->next])
		c->next++;
	tally_packet(&run->traffic->tally, length, 0);
	traffic_wake(run);
}

void
traffic_file(struct traffic_run *run)
{
	struct traffic *traffic = run->traffic;
	struct netif *netif = run->nics[0].netif;
	struct capture c = { .count = 0 };
	struct netstat drops = { .ndrops = 0 };
	uint64_t seen, missing;

	if (!load(&c, traffic->net->in)) {
		traffic_fail(traffic, "%s cannot be read", traffic->net->in);
		unload(&c);
		return;
	}
	/* Frames are compared one by one, whoever they are for. */
	run->file = &c;
	netif_set_input(netif, compare, &run->nics[0]);
	(void)netif_set_capabilities(netif,
	    run->nics[0].info.enabled & ~(uint32_t)NETIF_CAP_LRO);
	(void)netif_set_promisc(netif, true);
	(void)netif_set_mtu(netif, 65535);
	(void)netif_up(netif);
	do {
		seen = traffic->tally.packets;
		(void)traffic_wait(run, QUIET);
		progress_step(traffic->tally.packets, host_clock_ns());
		sim_progress();
		control_point();
	} while ((seen != traffic->tally.packets ||
		     !netport_pcap_done(traffic->pcap)) &&
	    traffic->failures == 0 && progress_interrupted == 0);
	traffic->started = c.count;
	netstat_device(&drops, traffic->session, 0, traffic->ports[0]);
	netstat_driver(&drops, netif);
	missing = c.count - traffic->tally.packets;
	if (traffic->failures == 0 && progress_interrupted == 0 &&
	    missing > netstat_total(&drops))
		traffic_fail(traffic,
		    "%" PRIu64 " frames of the file have not arrived, and "
		    "%" PRIu64 " were dropped",
		    missing, netstat_total(&drops));
	netif_set_input(netif, NULL, NULL);
	unload(&c);
}

/*
 * --- a TAP ---
 */

static void
count(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct traffic_nic *nic = arg;

	(void)netif;
	nic->run->arrived++;
	nic->run->arrived_bytes += frame->length;
}

/* What the host has for the device. */
static void
poll_host(struct netport *port)
{
	struct netport_fd list[NETPORT_QUEUES_MAX];
	struct pollfd fds[NETPORT_QUEUES_MAX];
	unsigned n = netport_descriptors(port, list, NETPORT_QUEUES_MAX);

	for (unsigned i = 0; i < n; i++)
		fds[i] = (struct pollfd) { list[i].fd,
			(short)((list[i].readable ? POLLIN : 0) |
			    (list[i].writable ? POLLOUT : 0)),
			0 };
	if (n == 0 || poll(fds, n, 0) <= 0)
		return;
	for (unsigned i = 0; i < n; i++)
		if (fds[i].revents != 0)
			netport_poll(port, fds[i].fd);
}

/* Frames to everybody, of a type that nobody listens to. */
void
traffic_tap(struct traffic_run *run)
{
	struct traffic *traffic = run->traffic;
	struct traffic_slot *slot = &run->slots[0];
	struct netif_frame frame;
	bool more = true;
	int error;

	netif_set_input(run->nics[0].netif, count, &run->nics[0]);
	while (more && traffic->failures == 0) {
		slot->op = traffic->started;
		traffic_make(run, slot, &frame);
		memset(slot->head, 0xff, 6);
		slot->start = host_clock_ns();
		if (netif_output(run->nics[0].netif, &frame, 1, &error) == 1) {
			traffic->started++;
			tally_packet(&traffic->tally, frame.length,
			    host_clock_ns() - slot->start);
		} else if (error != 55 /* ENOBUFS */)
			traffic_fail(traffic, "vio0 does not send: %s",
			    errname(error));
		if (traffic->started % traffic->depth == 0 || error == 55) {
			(void)traffic_wait(run, 100000);
			poll_host(traffic->ports[0]);
			progress_step(traffic->started, host_clock_ns());
			sim_progress();
			control_point();
		}
		traffic->time_is_up = traffic->duration != 0 &&
		    host_clock_ns() - run->begin >= traffic->duration;
		more = !traffic->time_is_up && progress_interrupted == 0 &&
		    (traffic->operations == 0 ||
			traffic->started < traffic->operations);
	}
	(void)traffic_wait(run, QUIET);
}
