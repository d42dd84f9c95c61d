/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See netframe.h.
 */
#include "tests/model/netframe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/model/tempfile.h"
#include "tests/test.h"

static void
put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void
put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

uint16_t
netframe_sum(const uint8_t *bytes, size_t length, uint32_t sum)
{
	size_t i;

	for (i = 0; i < length; i++) {
		sum += (i & 1) == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return ((uint16_t)sum);
}

/*
 * --- making ---
 */

const uint8_t netframe_source[6] = { 2, 0, 0, 0, 0, 1 };

static uint32_t
make_ether(struct netframe *made, const struct netframe_spec *spec)
{
	static const uint8_t destination[6] = { 2, 0, 0, 0, 0, 2 };
	uint8_t *p = made->bytes;
	unsigned i;

	memcpy(p, destination, 6);
	memcpy(p + 6, netframe_source, 6);
	p += 12;
	for (i = 0; i < spec->vlans; i++) {
		put16(p, i + 1 < spec->vlans ? 0x88a8 : 0x8100);
		put16(p + 2, 0x2000 | (100 + i));
		p += 4;
	}
	put16(p, spec->version == 4 ? 0x0800 : 0x86dd);
	return ((uint32_t)(p + 2 - made->bytes));
}

static uint32_t
make_ip4(struct netframe *made, const struct netframe_spec *spec, uint32_t at)
{
	static const uint8_t timestamp[8] = { 0x44, 8, 5, 0, 1, 2, 3, 4 };
	static const uint8_t addresses[8] = { 10, 0, 0, 1, 10, 0, 0, 2 };
	uint8_t *ip = made->bytes + at;
	unsigned size = 20 + spec->options;

	memset(ip, 0, 20);
	memset(ip + 20, 1, spec->options); /* no operation */
	if (spec->options >= 8) {
		/* A timestamp, which only the first fragment has. */
		memcpy(ip + 20, timestamp, sizeof(timestamp));
	}
	ip[0] = (uint8_t)(0x40 | size / 4);
	put16(ip + 4, 0xfffe); /* identification: will wrap */
	ip[8] = 64;
	ip[9] = spec->proto;
	memcpy(ip + 12, addresses, sizeof(addresses));
	return (at + size);
}

static uint32_t
make_ip6(struct netframe *made, const struct netframe_spec *spec, uint32_t at)
{
	static const uint8_t options[8] = { 0, 0, 1, 4, 0, 0, 0, 0 };
	uint8_t *ip = made->bytes + at, *next = ip + 6, *p = ip + 40;

	memset(ip, 0, 40);
	ip[0] = 0x60;
	ip[7] = 64;
	put16(ip + 8, 0xfd00);
	ip[23] = 1;
	put16(ip + 24, 0xfd00);
	ip[39] = 2;
	if (spec->hopopts) {
		*next = 0;
		memcpy(p, options, 8);
		next = p;
		p += 8;
	}
	if (spec->routing) {
		/* Type 2, one segment left: its address counts. */
		*next = 43;
		memset(p, 0, 24);
		p[1] = 2;
		p[2] = 2;
		p[3] = 1;
		put16(p + 8, 0xfd00);
		p[23] = 9;
		next = p;
		p += 24;
	}
	if (spec->dstopts) {
		*next = 60;
		memcpy(p, options, 8);
		next = p;
		p += 8;
	}
	*next = spec->proto;
	return ((uint32_t)(p - made->bytes));
}

static uint32_t
make_transport(struct netframe *made, const struct netframe_spec *spec,
    uint32_t at)
{
	uint8_t *l4 = made->bytes + at;

	put16(l4, 1234);
	put16(l4 + 2, 5678);
	if (spec->proto == NET_PROTO_UDP) {
		put16(l4 + 4, (8 + spec->payload) & 0xffff);
		put16(l4 + 6, 0);
		return (at + 8);
	}
	memset(l4 + 4, 0, 16);
	put32(l4 + 4, 0xfffffff0); /* will wrap */
	put32(l4 + 8, 77);
	l4[12] = (uint8_t)((20 + spec->tcp_options) / 4 << 4);
	l4[13] = spec->tcp_flags != 0 ? spec->tcp_flags : 0x10;
	put16(l4 + 14, 8192);
	memset(l4 + 20, 1, spec->tcp_options);
	return (at + 20 + spec->tcp_options);
}

/* The sum of the pseudo header, as a number. */
static uint16_t
pseudo(const struct netframe *made)
{
	const uint8_t *ip = made->bytes + made->l3, *dst;
	uint32_t length = made->frame.length - made->l4, sum;
	const uint8_t *p;
	uint8_t next;

	sum = (length >> 16) + (length & 0xffff);
	if (ip[0] >> 4 == 4)
		return (netframe_sum(ip + 12, 8, sum + ip[9]));
	dst = ip + 24;
	next = ip[6];
	for (p = ip + 40; next == 0 || next == 43 || next == 60;
	     p += (p[1] + 1) * 8) {
		if (next == 43)
			dst = p + 8;
		next = p[0];
	}
	sum = netframe_sum(ip + 8, 16, sum + next);
	return (netframe_sum(dst, 16, sum));
}

void
netframe_make(struct netframe *made, const struct netframe_spec *spec)
{
	struct net_frame *frame = &made->frame;
	uint8_t *ip;
	uint32_t i;

	memset(frame, 0, sizeof(*frame));
	made->l3 = make_ether(made, spec);
	made->l4 = spec->version == 4 ? make_ip4(made, spec, made->l3) :
					make_ip6(made, spec, made->l3);
	made->payload = make_transport(made, spec, made->l4);
	frame->length = made->payload + spec->payload;
	T_REQUIRE(frame->length <= sizeof(made->bytes));
	for (i = made->payload; i < frame->length; i++)
		made->bytes[i] = (uint8_t)(i * 7 + i / 256);
	ip = made->bytes + made->l3;
	if (spec->version == 4)
		put16(ip + 2, (frame->length - made->l3) & 0xffff);
	else
		put16(ip + 4, (frame->length - made->l3 - 40) & 0xffff);
	netframe_split(made, NETFRAME_ROOM);
	netframe_finish(made);
	if (!spec->partial)
		return;
	frame->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	frame->csum_start = (uint16_t)made->l4;
	frame->csum_offset = spec->proto == NET_PROTO_TCP ? 16 : 6;
	frame->gso_type = spec->gso_type;
	frame->gso_size = spec->gso_size;
	frame->hdr_len = spec->gso_type != 0 ? (uint16_t)made->payload : 0;
	put16(made->bytes + made->l4 + frame->csum_offset, pseudo(made));
}

void
netframe_finish(struct netframe *made)
{
	uint8_t *ip = made->bytes + made->l3, *l4 = made->bytes + made->l4;
	bool tcp = made->payload - made->l4 >= 20;
	uint8_t *field = l4 + (tcp ? 16 : 6);
	uint16_t sum;

	if (ip[0] >> 4 == 4) {
		put16(ip + 10, 0);
		put16(ip + 10,
		    (uint16_t)~netframe_sum(ip, made->l4 - made->l3, 0));
	}
	put16(field, 0);
	sum = (uint16_t)~netframe_sum(l4, made->frame.length - made->l4,
	    pseudo(made));
	put16(field, sum != 0 ? sum : 0xffff);
}

void
netframe_raw(struct netframe *made, const void *bytes, uint32_t length)
{
	memset(&made->frame, 0, sizeof(made->frame));
	memcpy(made->bytes, bytes, length);
	made->frame.length = length;
	netframe_split(made, NETFRAME_ROOM);
}

void
netframe_split(struct netframe *made, size_t piece)
{
	size_t at = 0, n;
	unsigned i;

	for (i = 0; at < made->frame.length; i++, at += n) {
		n = made->frame.length - at;
		if (n > piece && i + 1 < sizeof(made->iov) / sizeof(*made->iov))
			n = piece;
		made->iov[i] = (struct iovec) { made->bytes + at, n };
	}
	made->frame.iov = made->iov;
	made->frame.iovcnt = i;
}

uint32_t
netframe_flat(const struct net_frame *frame, uint8_t *bytes)
{
	uint32_t at = 0;
	unsigned i;

	for (i = 0; i < frame->iovcnt; i++) {
		memcpy(bytes + at, frame->iov[i].iov_base,
		    frame->iov[i].iov_len);
		at += (uint32_t)frame->iov[i].iov_len;
	}
	T_EQ(at, frame->length);
	return (at);
}

/*
 * --- tshark ---
 */

void
netpcap_begin(struct netpcap *pcap)
{
	/* Magic of microseconds, version 2.4, 262,144 bytes, Ethernet. */
	static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144,
		1 };

	tempfile_make(NULL, 0);
	pcap->count = 0;
	pcap->file = fopen(tempfile_path, "we");
	T_REQUIRE(pcap->file != NULL);
	T_EQ(fwrite(head, sizeof(head), 1, pcap->file), 1);
}

void
netpcap_add(struct netpcap *pcap, const struct net_frame *frame)
{
	const uint32_t head[4] = { 1, pcap->count++, frame->length,
		frame->length };
	unsigned i;

	T_EQ(fwrite(head, sizeof(head), 1, pcap->file), 1);
	for (i = 0; i < frame->iovcnt; i++)
		T_EQ(fwrite(frame->iov[i].iov_base, frame->iov[i].iov_len, 1,
			 pcap->file),
		    1);
}

void
netpcap_end(struct netpcap *pcap)
{
	T_EQ(fclose(pcap->file), 0);
	pcap->file = NULL;
}

void
tshark_need(void)
{
	if (system("command -v tshark >/dev/null") != 0)
		test_skip("tshark is missing");
}

int
tshark_count(const char *path, const char *filter)
{
	char command[1024], line[256];
	FILE *file;
	int count = 0;

	(void)snprintf(command, sizeof(command),
	    "tshark -n -r '%s' -o ip.check_checksum:TRUE"
	    " -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE"
	    " -o ip.defragment:FALSE -o ipv6.defragment:FALSE"
	    " -Y '%s' -T fields -e frame.number 2>/dev/null",
	    path, filter);
	file = popen(command, "re");
	T_REQUIRE(file != NULL);
	while (fgets(line, sizeof(line), file) != NULL)
		count++;
	return (pclose(file) == 0 ? count : -1);
}
