/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Capture files: played, written, recorded on the way; and those that are
 * broken.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/model/badport.h"
#include "tests/model/portrig.h"
#include "tests/model/tempfile.h"
#include "tests/test.h"

static struct portrig rig;
static struct netframe nf;
static char out_path[192];

static const struct netframe_spec udp = { .version = 4,
	.proto = NET_PROTO_UDP,
	.payload = 64 };
static const struct netframe_spec tso = { .version = 6,
	.proto = NET_PROTO_TCP,
	.payload = 5000,
	.partial = true,
	.gso_type = VIRTIO_NET_HDR_GSO_TCPV6,
	.gso_size = 1400 };

/* A folder with one file of a few frames; its length. */
static long
make_file(unsigned frames)
{
	struct netpcap pcap;
	struct stat st;
	unsigned i;

	netpcap_begin(&pcap);
	for (i = 0; i < frames; i++) {
		struct netframe_spec spec = udp;

		spec.payload += i;
		netframe_make(&nf, &spec);
		netpcap_add(&pcap, &nf.frame);
	}
	netpcap_end(&pcap);
	(void)snprintf(out_path, sizeof(out_path), "%s/out", tempfile_folder);
	T_REQUIRE(stat(tempfile_path, &st) == 0);
	return ((long)st.st_size);
}

static void
remove_files(void)
{
	(void)unlink(out_path);
	tempfile_remove();
}

static int
open_pcap(const char *in, const char *out, uint64_t *now, char *why)
{
	const struct netport_pcap_config config = {
		.name = "pcap",
		.in = in,
		.out = out,
		.clock = now != NULL ? portrig_clock : NULL,
		.clock_arg = now,
		.complain = portrig_complain,
		.complain_arg = &rig,
	};
	struct netport *port = NULL;
	int error;

	rig.complaints = 0;
	error = netport_pcap_open(&config, &port, why);
	if (error == 0)
		portrig_begin(&rig, port);
	return (error);
}

TEST(backend_pcap, frames_in_their_order)
{
	char why[NETPORT_WHY];
	unsigned i;

	make_file(20);
	T_REQUIRE(open_pcap(tempfile_path, NULL, NULL, why) == 0);
	/* No more than the driver has buffers for; none is lost. */
	rig.buffers = 3;
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.count, 3);
	T_FALSE(netport_receive(rig.port, 0, 100));
	rig.buffers = 1000;
	T_TRUE(netport_receive(rig.port, 0, 2));
	T_EQ(rig.count, 5);
	T_FALSE(netport_pcap_done(rig.port));
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.count, 20);
	T_TRUE(netport_pcap_done(rig.port));
	for (i = 0; i < 20; i++) {
		struct netframe_spec spec = udp;

		spec.payload += i;
		netframe_make(&nf, &spec);
		T_TRUE(portrig_is(&rig, i, &nf.frame));
	}
	/* Microseconds in this file. */
	T_EQ(netport_pcap_time(rig.port), 1000019000);
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.complaints, 0);
	T_EQ(rig.port->stats.in_frames, 20);
	/* What is transmitted goes nowhere. */
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_frames, 1);
	portrig_end(&rig);
	remove_files();
}

TEST(backend_pcap, nanoseconds_are_kept)
{
	uint64_t now = UINT64_C(1700000000123456789);
	char why[NETPORT_WHY];

	make_file(1);
	T_REQUIRE(open_pcap(NULL, out_path, &now, why) == 0);
	netframe_make(&nf, &udp);
	netframe_split(&nf, 13);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_FALSE(netport_receive(rig.port, 0, 100));
	portrig_end(&rig);
	T_REQUIRE(open_pcap(out_path, NULL, NULL, why) == 0);
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.count, 1);
	T_TRUE(portrig_is(&rig, 0, &nf.frame));
	T_EQ(netport_pcap_time(rig.port), now);
	portrig_end(&rig);
	remove_files();
}

/* What the device had left to be done is done in the file. */
TEST(backend_pcap, tshark_finds_nothing_bad)
{
	struct netframe_spec spec;
	uint64_t now = 5;
	char why[NETPORT_WHY];
	unsigned i;

	tshark_need();
	make_file(3);
	T_REQUIRE(open_pcap(tempfile_path, out_path, &now, why) == 0);
	for (i = 0; i < 10; i++) {
		spec = tso;
		if (i % 2) {
			spec.gso_type = 0;
			spec.payload = 100 + i;
		}
		netframe_make(&nf, &spec);
		T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	}
	T_FALSE(netport_receive(rig.port, 0, 100));
	netport_flush(rig.port);
	/* 5 frames, 5 that are 4 segments each, and the 3 of the file. */
	T_EQ(tshark_count(out_path, TSHARK_GOOD), 28);
	T_EQ(tshark_count(out_path, TSHARK_BAD), 0);
	T_EQ(rig.port->stats.out_frames, 10);
	portrig_end(&rig);
	remove_files();
}

/*
 * --- broken files ---
 */

TEST(backend_pcap, cut_file)
{
	char why[NETPORT_WHY];
	long size = make_file(5);

	T_TRUE(truncate(tempfile_path, size - 10) == 0);
	T_REQUIRE(open_pcap(tempfile_path, NULL, NULL, why) == 0);
	T_FALSE(netport_receive(rig.port, 0, 100));
	/* All that are whole, and one line. */
	T_EQ(rig.count, 4);
	T_EQ(rig.complaints, 1);
	T_HAS(rig.complaint, "read: truncated dump file");
	T_TRUE(netport_pcap_done(rig.port));
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.complaints, 1);
	portrig_end(&rig);
	remove_files();
}

/* Wherever it is cut, that is said or there is one packet less. */
TEST(backend_pcap, cut_anywhere)
{
	char why[NETPORT_WHY];
	long size = make_file(2), at, first = 24 + 16 + 14 + 20 + 8 + 64;
	int error;

	for (at = size - 1; at >= 0; at--) {
		T_TRUE(truncate(tempfile_path, at) == 0);
		error = open_pcap(tempfile_path, NULL, NULL, why);
		T_EQ(error, at < 24 ? EINVAL : at < first ? ENODATA : 0);
		if (error != 0)
			continue;
		T_FALSE(netport_receive(rig.port, 0, 100));
		T_EQ(rig.count, 1);
		T_EQ(rig.complaints, at != first);
		portrig_end(&rig);
	}
	remove_files();
}

TEST(backend_pcap, files_that_are_refused)
{
	char why[NETPORT_WHY];
	FILE *file;

	make_file(0);
	T_EQ(open_pcap(tempfile_path, NULL, NULL, why), ENODATA);
	T_STR(why, "has no packets");
	/* LINKTYPE_RAW, packets without an Ethernet header. */
	file = fopen(tempfile_path, "r+e");
	T_REQUIRE(file != NULL);
	T_EQ(fseek(file, 20, SEEK_SET), 0);
	T_EQ(fwrite("\x65\0\0\0", 4, 1, file), 1);
	T_EQ(fclose(file), 0);
	T_EQ(open_pcap(tempfile_path, NULL, NULL, why), EINVAL);
	T_HAS(why, "has link type 12 (RAW), not Ethernet");
	T_TRUE(truncate(tempfile_path, 0) == 0);
	T_EQ(open_pcap(tempfile_path, NULL, NULL, why), EINVAL);
	T_EQ(open_pcap("/tmp/ringside-no-such-file", NULL, NULL, why), ENOENT);
	T_EQ(open_pcap("/tmp", NULL, NULL, why), EINVAL);
	T_EQ(open_pcap(NULL, "/tmp/ringside/no/such/folder", NULL, why),
	    ENOENT);
	remove_files();
}

TEST(backend_pcap, frames_that_are_no_frames)
{
	char why[NETPORT_WHY];
	struct netpcap pcap;
	uint32_t head[4] = { 1, 0, 60, 1514 };
	uint32_t length;

	netpcap_begin(&pcap);
	netframe_make(&nf, &udp);
	for (length = 0; length < 14; length++) {
		nf.iov[0].iov_len = nf.frame.length = length;
		nf.frame.iovcnt = length != 0;
		netpcap_add(&pcap, &nf.frame);
	}
	/* One of which only the beginning was recorded, and a good one. */
	T_EQ(fwrite(head, sizeof(head), 1, pcap.file), 1);
	T_EQ(fwrite(nf.bytes, 60, 1, pcap.file), 1);
	netframe_make(&nf, &udp);
	netpcap_add(&pcap, &nf.frame);
	netpcap_end(&pcap);
	T_REQUIRE(open_pcap(tempfile_path, NULL, NULL, why) == 0);
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.count, 1);
	T_TRUE(portrig_is(&rig, 0, &nf.frame));
	T_EQ(rig.port->stats.in_drops[NETPORT_DROP_SIZE], 15);
	nf.frame.length = 13;
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_drops[NETPORT_DROP_SIZE], 1);
	portrig_end(&rig);
	tempfile_remove();
}

TEST(backend_pcap, a_full_disk_is_said_once)
{
	char why[NETPORT_WHY];
	unsigned i;

	if (access("/dev/full", W_OK) != 0)
		test_skip("no /dev/full");
	T_REQUIRE(open_pcap(NULL, "/dev/full", NULL, why) == 0);
	netframe_make(&nf, &udp);
	for (i = 0; i < 200; i++)
		T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	netport_flush(rig.port);
	T_EQ(rig.complaints, 1);
	T_HAS(rig.complaint, "write: No space left on device");
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_TRUE(rig.port->stats.out_drops[NETPORT_DROP_HOST] > 0);
	portrig_end(&rig);
	T_EQ(rig.complaints, 1);
}

/*
 * --- recording what passes ---
 */

static int
tee(struct netport *below, bool sent_only)
{
	static uint64_t now = 7;
	const struct netport_tee_config config = {
		.below = below,
		.capture = {
			.path = out_path,
			.clock = portrig_clock,
			.clock_arg = &now,
			.sent_only = sent_only,
		},
		.complain = portrig_complain,
		.complain_arg = &rig,
	};
	struct netport *port;
	char why[NETPORT_WHY];
	int error;

	rig.complaints = 0;
	error = netport_tee_open(&config, &port, why);
	if (error == 0)
		portrig_begin(&rig, port);
	return (error);
}

static struct netport *
echo(bool waits)
{
	const struct netport_loop_config config = {
		.name = "echo",
		.kind = NETPORT_ECHO,
		.nqueues = 2,
		.takes = NET_OFFLOAD_ALL,
		.mtu = 9000,
		.waits = waits,
	};
	struct netport *port = netport_loop_new(&config);

	T_REQUIRE(port != NULL);
	return (port);
}

TEST(backend_pcap, tee_records_both_directions)
{
	uint32_t first, second;
	char why[NETPORT_WHY];

	make_file(0);
	T_REQUIRE(tee(echo(false), false) == 0);
	T_STR(rig.port->name, "echo");
	T_EQ(rig.port->nqueues, 2);
	T_EQ(rig.port->takes, NET_OFFLOAD_ALL);
	T_EQ(rig.port->mtu, 9000);
	netframe_make(&nf, &udp);
	first = nf.frame.length;
	T_TRUE(netport_transmit(rig.port, 1, &nf.frame));
	T_EQ(rig.count, 1);
	T_TRUE(portrig_is(&rig, 0, &nf.frame));
	T_EQ(rig.frames[0].queue, 1);
	/* Two segments, out and in. */
	netframe_make(&nf, &tso);
	nf.frame.gso_size = 2500;
	second = nf.payload + 2500;
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_frames, 2);
	T_EQ(rig.port->stats.in_frames, 2);
	portrig_end(&rig);
	T_REQUIRE(open_pcap(out_path, NULL, NULL, why) == 0);
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.count, 6);
	T_EQ(rig.frames[0].frame.length, first);
	T_EQ(rig.frames[1].frame.length, first);
	T_EQ(rig.frames[2].frame.length, second);
	T_EQ(rig.frames[5].frame.length, second);
	portrig_end(&rig);
	remove_files();
}

/* What was refused is recorded when it is taken, once. */
TEST(backend_pcap, tee_records_what_was_taken)
{
	char why[NETPORT_WHY];

	make_file(0);
	T_REQUIRE(tee(echo(true), true) == 0);
	netframe_make(&nf, &udp);
	rig.buffers = 0;
	T_FALSE(netport_transmit(rig.port, 0, &nf.frame));
	T_FALSE(netport_transmit(rig.port, 0, &nf.frame));
	rig.buffers = 1;
	T_FALSE(netport_receive(rig.port, 0, 10));
	T_EQ(rig.ready, 1);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	portrig_end(&rig);
	T_REQUIRE(open_pcap(out_path, NULL, NULL, why) == 0);
	T_FALSE(netport_receive(rig.port, 0, 100));
	T_EQ(rig.count, 1);
	portrig_end(&rig);
	remove_files();
}

/* How many frames the file has that was recorded. */
static unsigned
recorded(void)
{
	char why[NETPORT_WHY];
	unsigned count = 0;
	int error;

	error = open_pcap(out_path, NULL, NULL, why);
	if (error == 0) {
		T_FALSE(netport_receive(rig.port, 0, 1000));
		count = rig.count;
		portrig_end(&rig);
	} else {
		T_EQ(error, ENODATA);
	}
	return (count);
}

TEST(backend_pcap, tee_of_a_port_that_is_full)
{
	struct netport *full = badport_full();
	unsigned i;

	make_file(0);
	T_REQUIRE(tee(full, false) == 0);
	netframe_make(&nf, &udp);
	for (i = 0; i < 100; i++)
		T_FALSE(netport_transmit(rig.port, 0, &nf.frame));
	netport_flush(rig.port);
	T_EQ(rig.port->stats.out_frames, 0);
	T_EQ(rig.ready, 0);
	badport_relent(full);
	T_EQ(rig.ready, 1);
	T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_frames, 1);
	portrig_end(&rig);
	T_EQ(recorded(), 1);
	remove_files();
}

/* What is lost is not in the file, and is counted. */
TEST(backend_pcap, tee_of_a_port_that_loses)
{
	unsigned i;

	make_file(0);
	T_REQUIRE(tee(badport_lossy(5, 4), false) == 0);
	netframe_make(&nf, &udp);
	for (i = 0; i < 25; i++)
		T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.port->stats.out_drops[NETPORT_DROP_HOST], 5);
	T_EQ(rig.port->stats.in_drops[NETPORT_DROP_HOST], 5);
	T_EQ(rig.port->stats.out_frames, 20);
	T_EQ(rig.port->stats.in_frames, 15);
	T_EQ(rig.count, 15);
	portrig_end(&rig);
	T_EQ(recorded(), 35);
	remove_files();
}

TEST(backend_pcap, tee_of_a_full_disk_goes_on)
{
	unsigned i;

	if (access("/dev/full", W_OK) != 0)
		test_skip("no /dev/full");
	(void)snprintf(out_path, sizeof(out_path), "/dev/full");
	T_REQUIRE(tee(echo(false), false) == 0);
	netframe_make(&nf, &udp);
	for (i = 0; i < 200; i++)
		T_TRUE(netport_transmit(rig.port, 0, &nf.frame));
	T_EQ(rig.count, 200);
	T_EQ(rig.complaints, 1);
	T_HAS(rig.complaint, "No space left");
	portrig_end(&rig);
	T_EQ(rig.complaints, 1);
}
