/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A TAP as a port, in a network namespace of the test's own.  On the other
 * side of the host's bridge is a raw TAP, or another port.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "tests/model/netns.h"
#include "tests/model/portrig.h"
#include "tests/test.h"

static struct portrig rig, other;
static struct netframe nf;
static struct netns_frame got;

static struct netport *
open_tap(struct portrig *owner, const char *name, unsigned nqueues)
{
	const struct netport_tap_config config = {
		.name = name,
		.nqueues = nqueues,
		.offloads = NET_OFFLOAD_ALL,
		.complain = portrig_complain,
		.complain_arg = owner,
	};
	struct netport *port = NULL;
	char why[NETPORT_WHY] = "";

	T_EQ(netport_tap_open(&config, &port, why), 0);
	T_STR(why, "");
	T_REQUIRE(port != NULL);
	portrig_begin(owner, port);
	owner->only_ours = true;
	return (port);
}

/* A port and a raw TAP with a bridge between them. */
static int
both(unsigned flags)
{
	int tap = netns_tap("raw", flags);

	(void)open_tap(&rig, "tap", 1);
	netns_bridge("bridge", "raw", "tap");
	/* It was down when it was opened: now it can be written to. */
	portrig_wait_up(&rig);
	return (tap);
}

static const struct netframe_spec tso = { .version = 4,
	.proto = NET_PROTO_TCP,
	.payload = 5000,
	.partial = true,
	.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
	.gso_size = 1400 };

static void
frames(void)
{
	struct netframe_spec spec = tso;
	int tap = both(TUN_F_CSUM | TUN_F_TSO4);

	netframe_make(&nf, &spec);
	netframe_split(&nf, 19);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_REQUIRE(netns_read(tap, nf.bytes + 6, &got));
	/* It was not cut on its way: the other one takes it whole. */
	T_EQ(got.length, nf.frame.length);
	T_EQ(got.header.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	T_EQ(wire16(got.header.gso_size), 1400);
	T_EQ(got.header.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	T_EQ(wire16(got.header.csum_start), nf.l4);
	T_EQ(wire16(got.header.csum_offset), 16);
	T_TRUE(memcmp(got.bytes, nf.bytes, got.length) == 0);
	T_EQ(rig.port->stats.out_frames, 1);
	T_EQ(rig.port->stats.out_bytes, nf.frame.length);
	(void)close(tap);
	portrig_end(&rig);
}

TEST(backend_tap, offloads_pass_out)
{
	netns_run(frames);
}

/* From one port to another: what the one may leave undone, the other has. */
static void
both_ways(void)
{
	static const uint32_t pieces[] = { 1, 1000, 9000, 30000 };
	struct netframe_spec spec = tso;
	unsigned i;

	(void)open_tap(&other, "b", 1);
	(void)open_tap(&rig, "a", 1);
	netns_bridge("bridge", "a", "b");
	portrig_wait_up(&rig);
	portrig_wait_up(&other);
	netport_accepts(other.port, NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4);
	for (i = 0; i < 4; i++) {
		spec.payload = pieces[i];
		spec.gso_type = pieces[i] > 1400 ? VIRTIO_NET_HDR_GSO_TCPV4 : 0;
		netframe_make(&nf, &spec);
		T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
		portrig_wait(&other, 1);
		T_EQ(other.count, 1);
		T_TRUE(portrig_is(&other, 0, &nf.frame));
		T_EQ(other.frames[0].frame.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
		T_EQ(other.frames[0].frame.gso_type, spec.gso_type);
		T_EQ(other.frames[0].frame.hdr_len,
		    spec.gso_type != 0 ? nf.payload : 0);
		portrig_clear(&other);
	}
	/* A driver that wants nothing gets segments, and sums. */
	netport_accepts(other.port, 0);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	portrig_wait(&other, 22);
	T_EQ(other.count, 22);
	for (i = 0; i < 22; i++) {
		T_EQ(other.frames[i].frame.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM,
		    0);
		T_EQ(other.frames[i].frame.gso_type, 0);
		T_EQ(net_csum_verify(&other.frames[i].frame), NET_CSUM_GOOD);
	}
	T_TRUE(other.port->stats.in_frames >= 26);
	portrig_end(&rig);
	portrig_end(&other);
}

TEST(backend_tap, offloads_pass_in)
{
	netns_run(both_ways);
}

static void
uso(void)
{
	struct netframe_spec spec = { .version = 6,
		.proto = NET_PROTO_UDP,
		.payload = 5000,
		.partial = true,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4,
		.gso_size = 1000 };
	unsigned i;

	(void)open_tap(&other, "b", 1);
	(void)open_tap(&rig, "a", 1);
	if ((netport_tap_offloads(rig.port) & NET_OFFLOAD_USO6) == 0)
		test_skip("the host's kernel has no USO");
	T_EQ(rig.port->takes, NET_OFFLOAD_ALL);
	netns_bridge("bridge", "a", "b");
	portrig_wait_up(&rig);
	portrig_wait_up(&other);
	netport_accepts(other.port, NET_OFFLOAD_ALL);
	netframe_make(&nf, &spec);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	portrig_wait(&other, 1);
	T_EQ(other.count, 1);
	T_TRUE(portrig_is(&other, 0, &nf.frame));
	T_EQ(other.frames[0].frame.gso_type, VIRTIO_NET_HDR_GSO_UDP_L4);
	portrig_clear(&other);
	/* More segments than Linux takes at once. */
	spec.gso_size = 30;
	netframe_make(&nf, &spec);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	portrig_wait(&other, 167);
	T_EQ(other.count, 167);
	for (i = 0; i < PORTRIG_FRAMES; i++)
		T_EQ(net_csum_verify(&other.frames[i].frame), NET_CSUM_GOOD);
	T_EQ(rig.port->stats.out_frames, 2);
	portrig_end(&rig);
	portrig_end(&other);
}

TEST(backend_tap, uso)
{
	netns_run(uso);
}

/* What finds no buffer waits, and is not asked for again meanwhile. */
static void
waits(void)
{
	struct netframe_spec spec = tso;
	struct netport_fd fd;
	unsigned i;

	(void)open_tap(&other, "b", 1);
	(void)open_tap(&rig, "a", 1);
	netns_bridge("bridge", "a", "b");
	portrig_wait_up(&rig);
	portrig_wait_up(&other);
	other.buffers = 1;
	spec.gso_type = 0;
	spec.partial = false;
	for (i = 0; i < 3; i++) {
		spec.payload = 100 + i;
		netframe_make(&nf, &spec);
		T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	}
	T_EQ(netport_descriptors(other.port, &fd, 1), 1);
	T_TRUE(fd.readable);
	netport_poll(other.port, fd.fd);
	T_TRUE(other.ready > 0);
	T_EQ(netport_descriptors(other.port, &fd, 1), 1);
	T_FALSE(fd.readable);
	T_FALSE(netport_receive(other.port, 0, 16));
	T_EQ(other.count, 1);
	T_EQ(netport_descriptors(other.port, &fd, 1), 1);
	T_FALSE(fd.readable);
	T_FALSE(netport_receive(other.port, 0, 16));
	T_EQ(other.count, 1);
	other.buffers = 1000;
	T_FALSE(netport_receive(other.port, 0, 16));
	T_EQ(other.count, 3);
	T_TRUE(portrig_is(&other, other.count - 1, &nf.frame));
	T_EQ(netport_descriptors(other.port, &fd, 1), 1);
	T_TRUE(fd.readable);
	portrig_end(&rig);
	portrig_end(&other);
}

TEST(backend_tap, no_buffer)
{
	netns_run(waits);
}

static void
down_and_up(void)
{
	struct netframe_spec spec = tso;
	struct netport_fd fd;
	int tap = both(0);

	spec.gso_type = 0;
	spec.payload = 100;
	netframe_make(&nf, &spec);
	rig.complaints = rig.links = 0;
	netns_up("tap", false);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_FALSE(rig.port->link_up);
	T_EQ(rig.links, 1);
	T_EQ(rig.complaints, 1);
	T_HAS(rig.complaint, "is down");
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.complaints, 1);
	T_EQ(rig.port->stats.out_drops[NETPORT_DROP_DOWN], 2);
	T_EQ(rig.port->stats.out_frames, 0);
	T_EQ(netport_descriptors(rig.port, &fd, 1), 1);
	T_TRUE(fd.writable);
	netport_poll(rig.port, fd.fd);
	T_FALSE(rig.port->link_up);
	netns_up("tap", true);
	netport_poll(rig.port, fd.fd);
	T_TRUE(rig.port->link_up);
	T_EQ(rig.links, 2);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_TRUE(netns_read(tap, nf.bytes + 6, &got));
	T_EQ(rig.port->stats.out_frames, 1);
	(void)close(tap);
	portrig_end(&rig);
}

TEST(backend_tap, down_and_up)
{
	netns_run(down_and_up);
}

static void
vanishes(void)
{
	struct netframe_spec spec = tso;
	struct netport_fd fds[4];
	unsigned i;

	for (i = 0; i < 3; i++) {
		(void)open_tap(&rig, "tap", i == 2 ? 4 : 1);
		netns_up("tap", true);
		portrig_wait_up(&rig);
		rig.complaints = rig.links = 0;
		T_EQ(netport_descriptors(rig.port, fds, 4), i == 2 ? 4 : 1);
		netns_delete("tap");
		netframe_make(&nf, &spec);
		/* It is found out wherever one looks first. */
		if (i == 0)
			T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
		else if (i == 1)
			T_FALSE(netport_receive(rig.port, 0, 16));
		else
			netport_poll(rig.port, fds[2].fd);
		T_FALSE(rig.port->link_up);
		T_EQ(rig.links, 1);
		T_EQ(rig.complaints, 1);
		T_HAS(rig.complaint, "has vanished");
		T_TRUE(rig.port->error != 0);
		T_EQ(netport_descriptors(rig.port, fds, 4), 0);
		T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
		T_FALSE(netport_receive(rig.port, 0, 16));
		netport_poll(rig.port, fds[0].fd);
		netport_accepts(rig.port, NET_OFFLOAD_ALL);
		netport_pairs(rig.port, 1);
		T_EQ(rig.complaints, 1);
		T_EQ(rig.port->stats.out_drops[NETPORT_DROP_DOWN],
		    i == 0 ? 2 : 1);
		portrig_end(&rig);
	}
}

TEST(backend_tap, vanishes)
{
	netns_run(vanishes);
}

static void
bad_frames(void)
{
	struct netframe_spec spec = tso;
	int tap = both(0);

	netframe_make(&nf, &spec);
	nf.frame.length = 13;
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_drops[NETPORT_DROP_SIZE], 1);
	netframe_make(&nf, &spec);
	nf.frame.length = NET_FRAME_MAX + 1;
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_drops[NETPORT_DROP_SIZE], 2);
	/* The host itself says that it makes no sense. */
	netframe_make(&nf, &spec);
	nf.frame.gso_type = 2;
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_drops[NETPORT_DROP_OFFLOAD], 1);
	T_EQ(rig.port->stats.out_frames, 0);
	(void)close(tap);
	portrig_end(&rig);
}

TEST(backend_tap, bad_frames)
{
	netns_run(bad_frames);
}

/* More pieces than writev(2) takes beside the header. */
static void
pieces(void)
{
	static struct iovec iov[NETPORT_SEGMENTS_MAX];
	struct netframe_spec spec = tso;
	int tap = both(0);
	unsigned i;

	spec.partial = false;
	spec.gso_type = 0;
	spec.payload = NETPORT_SEGMENTS_MAX - 54;
	netframe_make(&nf, &spec);
	for (i = 0; i < NETPORT_SEGMENTS_MAX; i++)
		iov[i] = (struct iovec) { nf.bytes + i, 1 };
	nf.frame.iov = iov;
	nf.frame.iovcnt = NETPORT_SEGMENTS_MAX;
	T_EQ(nf.frame.length, NETPORT_SEGMENTS_MAX);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_REQUIRE(netns_read(tap, nf.bytes + 6, &got));
	T_EQ(got.length, NETPORT_SEGMENTS_MAX);
	T_TRUE(memcmp(got.bytes, nf.bytes, got.length) == 0);
	(void)close(tap);
	portrig_end(&rig);
}

TEST(backend_tap, many_pieces)
{
	netns_run(pieces);
}

static void
queues(void)
{
	struct netport_fd fds[8];
	struct netframe_spec spec = { .version = 4,
		.proto = NET_PROTO_UDP,
		.payload = 10 };
	unsigned i, seen = 0;

	(void)open_tap(&other, "a", 1);
	(void)open_tap(&rig, "tap", 4);
	netns_bridge("bridge", "a", "tap");
	portrig_wait_up(&rig);
	portrig_wait_up(&other);
	T_EQ(rig.port->nqueues, 4);
	T_EQ(netport_descriptors(rig.port, fds, 8), 4);
	/* Each flow to a queue that the host chooses: not all to one. */
	for (i = 0; i < 32; i++) {
		netframe_make(&nf, &spec);
		nf.bytes[nf.l4 + 1] = (uint8_t)i;
		netframe_finish(&nf);
		T_TRUE(netport_transmit(other.port, 0, &nf.frame));
	}
	portrig_wait(&rig, 32);
	T_TRUE(rig.count >= 32);
	for (i = 0; i < rig.count && i < PORTRIG_FRAMES; i++)
		seen |= 1u << rig.frames[i].queue;
	T_TRUE((seen & (seen - 1)) != 0);
	/* With one pair in use, all of it. */
	netport_pairs(rig.port, 1);
	T_EQ(netport_descriptors(rig.port, fds, 8), 1);
	portrig_clear(&rig);
	for (i = 0; i < 32; i++) {
		nf.bytes[nf.l4 + 1] = (uint8_t)i;
		netframe_finish(&nf);
		T_TRUE(netport_transmit(other.port, 0, &nf.frame));
	}
	portrig_wait(&rig, 32);
	T_TRUE(rig.count >= 32);
	for (i = 0; i < rig.count && i < PORTRIG_FRAMES; i++)
		T_EQ(rig.frames[i].queue, 0);
	/* A queue that is not in use can still be transmitted on. */
	T_TRUE(netport_transmit(rig.port, 3, &nf.frame));
	T_EQ(rig.port->stats.out_frames, 1);
	netport_pairs(rig.port, 4);
	T_EQ(netport_descriptors(rig.port, fds, 8), 4);
	T_TRUE(netport_transmit(rig.port, 3, &nf.frame));
	T_EQ(rig.port->stats.out_frames, 2);
	T_EQ(rig.port->error, 0);
	portrig_end(&rig);
	portrig_end(&other);
}

TEST(backend_tap, queues)
{
	netns_run(queues);
}

static void
refused(void)
{
	struct netport_tap_config config = { .name = "tap", .nqueues = 2 };
	struct netport *port = NULL;
	char why[NETPORT_WHY];
	uint8_t mac[6] = { 0 };
	uint32_t mtu;
	int tap = netns_tap("tap", 0);

	T_EQ(netport_tap_open(&config, &port, why), EINVAL);
	T_HAS(why, "not one of that many queues");
	config.nqueues = 1;
	T_EQ(netport_tap_open(&config, &port, why), EBUSY);
	T_HAS(why, "in use");
	(void)close(tap);
	config.name = "a name that is too long";
	T_EQ(netport_tap_open(&config, &port, why), EINVAL);
	config.name = "lo";
	T_EQ(netport_tap_open(&config, &port, why), EINVAL);
	T_HAS(why, "is not a TAP");
	config.name = "";
	config.nqueues = NETPORT_QUEUES_MAX + 1;
	T_EQ(netport_tap_open(&config, &port, why), EINVAL);
	/* Allowed no checksums, it can do nothing. */
	config.nqueues = 1;
	config.offloads = NET_OFFLOAD_TSO4;
	T_EQ(netport_tap_open(&config, &port, why), 0);
	T_EQ(port->takes, 0);
	T_TRUE(port->name[0] != '\0');
	T_EQ(port->mtu, 1500);
	netns_mtu(port->name, 9000);
	T_EQ(netport_tap_mtu(port, &mtu), 0);
	T_EQ(mtu, 9000);
	T_EQ(netport_tap_mac(port, mac), 0);
	T_TRUE((mac[0] & 1) == 0 && (mac[0] | mac[1] | mac[5]) != 0);
	netport_close(port);
}

TEST(backend_tap, opening)
{
	netns_run(refused);
}
