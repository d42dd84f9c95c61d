/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The rig for network devices: see netrig.h.
 */
#include "tests/model/netrig.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/net_byte.h"
#include "tests/test.h"

#define QUEUE_AREA 0x1000 /* from the descriptors to the used ring */

/*
 * --- the port ---
 */

static void
keep(struct netrig_frame *to, unsigned queue, const struct net_frame *frame)
{
	size_t at;
	unsigned i;

	to->queue = queue;
	to->frame = *frame;
	to->frame.iov = NULL;
	to->bytes = malloc(frame->length + 1);
	assert(to->bytes != NULL);
	at = 0;
	for (i = 0; i < frame->iovcnt; i++) {
		T_TRUE(frame->iov[i].iov_len != 0);
		T_REQUIRE(at + frame->iov[i].iov_len <= frame->length);
		memcpy(to->bytes + at, frame->iov[i].iov_base,
		    frame->iov[i].iov_len);
		at += frame->iov[i].iov_len;
	}
	T_EQ(at, frame->length);
}

static bool
port_transmit(struct netport *port, unsigned queue,
    const struct net_frame *frame)
{
	struct netrig_port *np = (struct netrig_port *)(void *)port;

	if (np->full)
		return (false);
	T_REQUIRE(np->nsent < NETRIG_FRAMES);
	keep(&np->sent[np->nsent++], queue, frame);
	return (true);
}

static void
port_flush(struct netport *port)
{
	((struct netrig_port *)(void *)port)->flushes++;
}

static bool
port_receive(struct netport *port, unsigned queue, unsigned budget)
{
	struct netrig_port *np = (struct netrig_port *)(void *)port;
	struct netrig_frame *next;
	struct iovec iov[3];
	unsigned i, n;

	for (i = 0; i < np->nwaiting;) {
		next = &np->waiting[i];
		if (next->queue % port->nqueues != queue) {
			i++;
			continue;
		}
		if (budget-- == 0)
			return (true);
		/* In pieces, the first of which has no whole header. */
		n = 0;
		if (next->frame.length > 5) {
			iov[n].iov_base = next->bytes;
			iov[n++].iov_len = 5;
		}
		iov[n].iov_base = next->bytes + 5 * n;
		iov[n].iov_len = next->frame.length - 5 * n;
		next->frame.iov = iov;
		next->frame.iovcnt = n + 1;
		if (netport_deliver(port, next->queue, &next->frame) !=
		    NETPORT_TAKEN)
			return (false);
		free(next->bytes);
		memmove(next, next + 1, (--np->nwaiting - i) * sizeof(*next));
	}
	return (false);
}

static void
port_accepts(struct netport *port, uint32_t offloads)
{
	((struct netrig_port *)(void *)port)->accepts = offloads;
}

static void
port_pairs(struct netport *port, unsigned pairs)
{
	((struct netrig_port *)(void *)port)->pairs = pairs;
}

static void
port_close(struct netport *port)
{
	struct netrig_port *np = (struct netrig_port *)(void *)port;
	unsigned i;

	for (i = 0; i < np->nsent; i++)
		free(np->sent[i].bytes);
	for (i = 0; i < np->nwaiting; i++)
		free(np->waiting[i].bytes);
}

static const struct netport_ops port_ops = {
	.transmit = port_transmit,
	.flush = port_flush,
	.receive = port_receive,
	.accepts = port_accepts,
	.pairs = port_pairs,
	.close = port_close,
};

/*
 * --- life ---
 */

static uint64_t
clock_now(void *arg)
{
	return (((struct netrig *)arg)->now);
}

static void
clock_schedule_at(void *arg, struct vdev *dev, uint64_t when)
{
	struct netrig *nr = arg;

	(void)dev;
	if (nr->alarm == 0 || when < nr->alarm)
		nr->alarm = when;
}

void
netrig_clock(struct netrig *nr)
{
	nr->now = 1;
	nr->rig.host.now = clock_now;
	nr->rig.host.schedule_at = clock_schedule_at;
}

void
netrig_pass(struct netrig *nr, uint64_t nsec)
{
	nr->now += nsec;
	if (nr->alarm == 0 || nr->alarm > nr->now)
		return;
	nr->alarm = 0;
	nr->rig.schedules++;
	rig_work(&nr->rig);
}

void
netrig_init(struct netrig *nr, const struct vnet_config *config,
    const struct vpci_virtio_config *pci)
{
	const struct vnet_config none = { .name = NULL };

	memset(nr, 0, sizeof(*nr));
	rig_init(&nr->rig);
	nr->next_buffer = RIG_BUFFERS;
	netport_init(&nr->port.port, &port_ops, "test");
	nr->port.port.nqueues = 8;
	nr->port.port.takes = NET_OFFLOAD_ALL;
	rig_transport_pci(&nr->rig,
	    vnet_new(config != NULL ? config : &none, &nr->port.port), pci);
	nr->hdr_bytes = VIRTIO_NET_HDR_BYTES;
}

void
netrig_fini(struct netrig *nr)
{
	rig_fini(&nr->rig);
	netport_close(&nr->port.port);
}

static void
place_queue(struct netrig *nr, unsigned queue)
{
	struct netrig_queue *q = &nr->queues[queue];

	memset(q, 0, sizeof(*q));
	q->desc = RIG_BASE + queue * 0x2000;
	q->avail = q->desc + 0x400;
	q->used = q->desc + QUEUE_AREA;
	memset(rig_at(&nr->rig, q->desc), 0, 0x2000);
}

static void
enable_queue(struct netrig *nr, unsigned queue)
{
	struct netrig_queue *q = &nr->queues[queue];
	struct rig *rig = &nr->rig;

	place_queue(nr, queue);
	RIG_SET(rig, queue_select, queue);
	RIG_SET(rig, queue_size, NETRIG_SIZE);
	RIG_SET(rig, queue_desc_lo, q->desc);
	RIG_SET(rig, queue_desc_hi, 0);
	RIG_SET(rig, queue_driver_lo, q->avail);
	RIG_SET(rig, queue_driver_hi, 0);
	RIG_SET(rig, queue_device_lo, q->used);
	RIG_SET(rig, queue_device_hi, 0);
	RIG_SET(rig, queue_msix_vector, queue);
	RIG_SET(rig, queue_enable, 1);
}

void
netrig_start(struct netrig *nr, uint64_t features)
{
	unsigned i, n;

	rig_negotiate(&nr->rig, features | VDEV_FEATURE(VIRTIO_F_VERSION_1));
	T_REQUIRE(
	    RIG_GET(&nr->rig, device_status) & VIRTIO_CONFIG_S_FEATURES_OK);
	n = features & (NETBIT(MQ) | NETBIT(RSS)) ? nr->rig.dev->nqueues : 3;
	T_REQUIRE(n <= NETRIG_QUEUES);
	for (i = 0; i < n; i++)
		enable_queue(nr, i);
	rig_driver_ok(&nr->rig);
	nr->hdr_bytes = features & NETBIT(HASH_REPORT) ?
	    VIRTIO_NET_HDR_BYTES_HASH :
	    VIRTIO_NET_HDR_BYTES;
}

void
netrig_start_legacy(struct netrig *nr, uint32_t features)
{
	struct rig *rig = &nr->rig;
	struct netrig_queue *q;
	unsigned i;

	RIG_PORT_SET(rig, device_status, 0);
	RIG_PORT_SET(rig, device_status,
	    VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	RIG_PORT_SET(rig, driver_features, features);
	T_REQUIRE(nr->rig.dev->queues[0].max_size == NETRIG_SIZE);
	for (i = 0; i < 3; i++) {
		place_queue(nr, i);
		q = &nr->queues[i];
		RIG_PORT_SET(rig, queue_select, i);
		RIG_PORT_SET(rig, queue_address, q->desc >> 12);
		T_EQ(rig->dev->queues[i].device, q->used);
	}
	RIG_PORT_SET(rig, device_status,
	    RIG_PORT_GET(rig, device_status) | VIRTIO_CONFIG_S_DRIVER_OK);
	if ((features & NETBIT(MRG_RXBUF)) == 0)
		nr->hdr_bytes = VIRTIO_NET_HDR_BYTES_LEGACY;
}

void
netrig_kick(struct netrig *nr, unsigned queue)
{
	if (nr->rig.dev->legacy)
		RIG_PORT_SET(&nr->rig, queue_notify, queue);
	else
		rig_write(&nr->rig,
		    VPCI_MODERN_NOTIFY_OFFSET +
			queue * VPCI_MODERN_NOTIFY_MULTIPLIER,
		    queue, 2);
	rig_work(&nr->rig);
}

unsigned
netrig_ctrl(struct netrig *nr)
{
	if (nr->rig.dev->negotiated & (NETBIT(MQ) | NETBIT(RSS)))
		return (nr->rig.dev->nqueues - 1);
	return (2);
}

/*
 * --- rings ---
 */

uint64_t
netrig_alloc(struct netrig *nr, size_t length)
{
	uint64_t gpa = nr->next_buffer;

	nr->next_buffer += (length + 15) & ~(size_t)15;
	T_REQUIRE(nr->next_buffer <= RIG_BASE + RIG_SIZE);
	return (gpa);
}

uint16_t
netrig_add(struct netrig *nr, unsigned queue, const struct netrig_piece *pieces,
    unsigned count)
{
	struct netrig_queue *q = &nr->queues[queue];
	struct virtq_desc *desc = rig_at(&nr->rig, q->desc);
	struct virtq_avail *avail = rig_at(&nr->rig, q->avail);
	uint16_t at, head;
	unsigned i;

	head = at = q->next_desc;
	for (i = 0; i < count; i++) {
		desc[at].addr = wire64(pieces[i].gpa);
		desc[at].len = wire32(pieces[i].length);
		desc[at].flags = wire16(
		    pieces[i].flags | (i + 1 < count ? VIRTQ_DESC_F_NEXT : 0));
		desc[at].next = wire16((at + 1) % NETRIG_SIZE);
		at = (at + 1) % NETRIG_SIZE;
	}
	q->next_desc = at;
	avail->ring[q->avail_idx % NETRIG_SIZE] = wire16(head);
	__atomic_store_n(&avail->idx, wire16(++q->avail_idx), __ATOMIC_RELEASE);
	return (head);
}

bool
netrig_used(struct netrig *nr, unsigned queue, struct virtq_used_elem *elem)
{
	struct netrig_queue *q = &nr->queues[queue];
	struct virtq_used *used = rig_at(&nr->rig, q->used);

	if (wire16(used->idx) == q->used_seen)
		return (false);
	elem->id = wire32(used->ring[q->used_seen % NETRIG_SIZE].id);
	elem->len = wire32(used->ring[q->used_seen % NETRIG_SIZE].len);
	q->used_seen++;
	return (true);
}

unsigned
netrig_send(struct netrig *nr, unsigned pair,
    const struct virtio_net_hdr *header, const void *frame, size_t length)
{
	const unsigned before = nr->port.nsent, queue = 2 * pair + 1;
	const struct virtio_net_hdr none = { .flags = 0 };
	const uint64_t keep_buffer = nr->next_buffer;
	struct netrig_piece pieces[2];
	struct virtq_used_elem elem;
	uint16_t head;

	pieces[0].gpa = netrig_alloc(nr, nr->hdr_bytes);
	pieces[0].length = nr->hdr_bytes;
	pieces[0].flags = 0;
	memcpy(rig_at(&nr->rig, pieces[0].gpa), header != NULL ? header : &none,
	    nr->hdr_bytes);
	pieces[1].gpa = netrig_alloc(nr, length + 1);
	pieces[1].length = (uint32_t)length;
	pieces[1].flags = 0;
	memcpy(rig_at(&nr->rig, pieces[1].gpa), frame, length);
	head = netrig_add(nr, queue, pieces, length != 0 ? 2 : 1);
	netrig_kick(nr, queue);
	if (nr->port.full)
		return (nr->port.nsent - before);
	T_REQUIRE(netrig_used(nr, queue, &elem));
	T_EQ(elem.id, head);
	T_EQ(elem.len, 0);
	nr->next_buffer = keep_buffer;
	return (nr->port.nsent - before);
}

const struct netrig_frame *
netrig_last(struct netrig *nr)
{
	T_REQUIRE(nr->port.nsent > 0);
	return (&nr->port.sent[nr->port.nsent - 1]);
}

void
netrig_buffers(struct netrig *nr, unsigned pair, unsigned count,
    uint32_t length)
{
	struct netrig_queue *q = &nr->queues[2 * pair];
	struct netrig_piece piece = { .length = length,
		.flags = VIRTQ_DESC_F_WRITE };
	uint16_t head;

	while (count-- > 0) {
		piece.gpa = netrig_alloc(nr, length);
		head = netrig_add(nr, 2 * pair, &piece, 1);
		q->buffer[head] = piece.gpa;
		q->length[head] = length;
	}
	netrig_kick(nr, 2 * pair);
}

void
netrig_inject(struct netrig *nr, unsigned queue, const struct net_frame *frame)
{
	struct netrig_port *np = &nr->port;

	T_REQUIRE(np->nwaiting < NETRIG_FRAMES);
	keep(&np->waiting[np->nwaiting++], queue, frame);
	netport_ready(&np->port, queue);
	rig_work(&nr->rig);
}

void
netrig_inject_bytes(struct netrig *nr, unsigned queue, const void *bytes,
    size_t length)
{
	const struct iovec iov = { (void *)(uintptr_t)bytes, length };
	const struct net_frame frame = { .iov = &iov,
		.iovcnt = length != 0 ? 1 : 0,
		.length = (uint32_t)length };

	netrig_inject(nr, queue, &frame);
}

int
netrig_received(struct netrig *nr, unsigned pair, struct virtio_net_hdr *header,
    uint8_t *bytes)
{
	struct netrig_queue *q = &nr->queues[2 * pair];
	struct virtio_net_hdr first = { .num_buffers = wire16(1) };
	struct virtq_used_elem elem;
	unsigned i, count, skip;
	const uint8_t *from;
	int length;

	count = 1;
	length = 0;
	for (i = 0; i < count; i++) {
		if (!netrig_used(nr, 2 * pair, &elem)) {
			T_EQ(i, 0);
			return (-1);
		}
		T_REQUIRE(elem.id < NETRIG_SIZE);
		T_REQUIRE(elem.len <= q->length[elem.id]);
		from = rig_at(&nr->rig, q->buffer[elem.id]);
		skip = 0;
		if (i == 0) {
			skip = nr->hdr_bytes;
			T_REQUIRE(elem.len >= skip);
			memcpy(&first, from, skip);
			count = wire16(first.num_buffers);
			T_REQUIRE(count >= 1 && count <= NETRIG_SIZE);
		}
		/* Section 5.1.6.4.1: all but the last are used up. */
		if (i + 1 < count)
			T_EQ(elem.len, q->length[elem.id]);
		if (bytes != NULL)
			memcpy(bytes + length, from + skip, elem.len - skip);
		length += (int)(elem.len - skip);
	}
	if (header != NULL)
		*header = first;
	return (length);
}

/*
 * --- commands ---
 */

uint8_t
netrig_command(struct netrig *nr, uint8_t class, uint8_t command,
    const void *data, size_t length)
{
	const unsigned queue = netrig_ctrl(nr);
	const uint64_t keep_buffer = nr->next_buffer;
	struct netrig_piece pieces[3];
	struct virtq_used_elem elem;
	unsigned n;
	uint8_t *at;

	pieces[0].gpa = netrig_alloc(nr, 2);
	pieces[0].length = 2;
	pieces[0].flags = 0;
	at = rig_at(&nr->rig, pieces[0].gpa);
	at[0] = class;
	at[1] = command;
	n = 1;
	if (length != 0) {
		pieces[n].gpa = netrig_alloc(nr, length);
		pieces[n].length = (uint32_t)length;
		pieces[n].flags = 0;
		memcpy(rig_at(&nr->rig, pieces[n++].gpa), data, length);
	}
	pieces[n].gpa = netrig_alloc(nr, 1);
	pieces[n].length = 1;
	pieces[n].flags = VIRTQ_DESC_F_WRITE;
	at = rig_at(&nr->rig, pieces[n++].gpa);
	*at = 0xee;
	(void)netrig_add(nr, queue, pieces, n);
	netrig_kick(nr, queue);
	nr->next_buffer = keep_buffer;
	if (!netrig_used(nr, queue, &elem))
		return (0xff);
	T_EQ(elem.len, 1);
	return (*at);
}

uint8_t
netrig_command8(struct netrig *nr, uint8_t class, uint8_t command, uint8_t data)
{
	return (netrig_command(nr, class, command, &data, sizeof(data)));
}

uint8_t
netrig_command16(struct netrig *nr, uint8_t class, uint8_t command,
    uint16_t data)
{
	const le16 wire = wire16(data);

	return (netrig_command(nr, class, command, &wire, sizeof(wire)));
}

const struct vnet_stats *
netrig_stats(struct netrig *nr)
{
	vnet_stats(nr->rig.dev, &nr->stats);
	return (&nr->stats);
}

/*
 * --- frames ---
 */

void
netrig_ether(uint8_t *frame, const uint8_t *dst, uint16_t type, size_t length)
{
	static const uint8_t src[6] = { 0x02, 0, 0, 0, 0, 0x99 };
	size_t i;

	for (i = 0; i < length; i++)
		frame[i] = (uint8_t)(i * 7 + i / 256);
	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
	net_put16(frame + 12, type);
}

/* As RFC 1071 has it, byte by byte. */
static uint32_t
sum_of(const uint8_t *bytes, size_t length, uint32_t sum)
{
	size_t i;

	for (i = 0; i < length; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (sum);
}

size_t
netrig_packet(uint8_t *frame, const uint8_t *dst, unsigned version,
    uint8_t proto, size_t length)
{
	const size_t l4 = version == 4 ? 34 : 54;
	const uint16_t transport = (uint16_t)(length - l4);
	uint8_t *ip = frame + 14, *th = frame + l4;
	uint32_t sum;

	netrig_ether(frame, dst, version == 4 ? 0x0800 : 0x86dd, length);
	memset(ip, 0, l4 - 14);
	if (version == 4) {
		ip[0] = 0x45;
		net_put16(ip + 2, (uint16_t)(length - 14));
		ip[8] = 64;
		ip[9] = proto;
		net_put32(ip + 12, 0x0a000001);
		net_put32(ip + 16, 0x0a000002);
		net_put16(ip + 10, (uint16_t)~sum_of(ip, 20, 0));
		sum = sum_of(ip + 12, 8, 0);
	} else {
		ip[0] = 0x60;
		net_put16(ip + 4, transport);
		ip[6] = proto;
		ip[7] = 64;
		ip[8] = ip[24] = 0xfd;
		ip[23] = 1;
		ip[39] = 2;
		sum = sum_of(ip + 8, 32, 0);
	}
	sum = sum_of((uint8_t[]) { 0, proto, transport >> 8, transport & 0xff },
	    4, sum);
	memset(th, 0, proto == 6 ? 20 : 8);
	net_put16(th, 1000);
	net_put16(th + 2, 2000);
	if (proto == 6) {
		th[12] = 0x50;
		th[13] = 0x10;
		net_put16(th + 16, (uint16_t)sum);
		return (l4 + 20);
	}
	net_put16(th + 4, transport);
	net_put16(th + 6, (uint16_t)sum);
	return (l4 + 8);
}
