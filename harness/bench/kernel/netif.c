/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The price of what lies between netif.h and a driver: mbufs are taken and
 * freed on either way, and their price alone is taken off.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/epoch.h>
#include <sys/mbuf.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_types.h>
#include <net/if_var.h>

#include "bench/bench.h"
#include "bench/boot.h"
#include "host/host.h"
#include "kernel/netif.h"

#define BATCH  32
#define ROUNDS 100
#define BLOCKS 60

static int
drop(if_t ifp, struct mbuf *m)
{
	(void)ifp;
	m_freem(m);
	return (0);
}

static void
flush(if_t ifp)
{
	(void)ifp;
}

static int
ioctl(if_t ifp, u_long cmd, caddr_t data)
{
	(void)cmd;
	(void)data;
	if_setdrvflagbits(ifp, IFF_DRV_RUNNING, 0);
	return (0);
}

static if_t
make(struct netif **netif)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
	if_t ifp = if_alloc(IFT_ETHER);

	if_initname(ifp, "null", 0);
	if_setflags(ifp, IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST);
	if_settransmitfn(ifp, drop);
	if_setqflushfn(ifp, flush);
	if_setioctlfn(ifp, ioctl);
	ether_ifattach(ifp, mac);
	*netif = netif_open("null0");
	if (*netif == NULL || netif_up(*netif) != 0)
		panic("bench: no interface");
	return (ifp);
}

static void
unmake(if_t ifp, struct netif *netif)
{
	netif_close(netif);
	ether_ifdetach(ifp);
	if_setdrvflagbits(ifp, 0, IFF_DRV_RUNNING);
	if_free(ifp);
}

/*
 * Nanoseconds a packet: the least of many short measurements, so that two of
 * them can be compared on a machine that others use as well.
 */
static double
least(void (*batch)(void *), void *arg)
{
	uint64_t best = UINT64_MAX, start, ns;

	for (int block = 0; block < BLOCKS; block++) {
		start = host_clock_ns();
		for (int i = 0; i < ROUNDS; i++)
			batch(arg);
		ns = host_clock_ns() - start;
		best = MIN(best, ns);
	}
	return ((double)best / (BATCH * ROUNDS));
}

static void
mbufs(void *arg)
{
	struct mbuf *m;

	(void)arg;
	for (int i = 0; i < BATCH; i++) {
		m = m_gethdr(M_NOWAIT, MT_DATA);
		m->m_len = 60;
		m_freem(m);
	}
}

static double
mbuf_alone(void)
{
	return (least(mbufs, NULL));
}

struct rig {
	if_t ifp;
	struct netif *netif;
	uint64_t bytes;
	struct netif_frame frames[BATCH];
};

static void
send_batch(void *arg)
{
	struct rig *rig = arg;

	if (netif_output(rig->netif, rig->frames, BATCH, NULL) != BATCH)
		panic("bench: a frame was refused");
}

static double
output(void)
{
	static uint8_t bytes[60] = { 2 };
	struct iovec iov = { bytes, sizeof(bytes) };
	struct rig rig = { .bytes = 0 };
	double ns;

	rig.ifp = make(&rig.netif);
	for (int i = 0; i < BATCH; i++)
		rig.frames[i] = (struct netif_frame) { .iov = &iov,
			.iovcnt = 1,
			.length = sizeof(bytes) };
	ns = least(send_batch, &rig) - mbuf_alone();
	unmake(rig.ifp, rig.netif);
	return (ns);
}

static void
count(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	(void)netif;
	*(uint64_t *)arg += frame->length;
}

/* As drivers do it: a batch within one section of the epoch. */
static void
receive_batch(void *arg)
{
	struct rig *rig = arg;
	struct epoch_tracker et;
	struct mbuf *m;

	epoch_enter_preempt(net_epoch_preempt, &et);
	for (int i = 0; i < BATCH; i++) {
		m = m_gethdr(M_NOWAIT, MT_DATA);
		m->m_len = m->m_pkthdr.len = 60;
		m->m_pkthdr.rcvif = rig->ifp;
		memset(m->m_data, 2, ETHER_HDR_LEN);
		if_input(rig->ifp, m);
	}
	epoch_exit_preempt(net_epoch_preempt, &et);
}

static double
input(void)
{
	struct rig rig = { .bytes = 0 };
	double ns;

	rig.ifp = make(&rig.netif);
	netif_set_input(rig.netif, count, &rig.bytes);
	ns = least(receive_batch, &rig) - mbuf_alone();
	if (rig.bytes != 60ULL * BATCH * ROUNDS * BLOCKS)
		panic("bench: %ju bytes came", (uintmax_t)rig.bytes);
	unmake(rig.ifp, rig.netif);
	return (ns);
}

BENCH_AT_MOST(netif_output, "netif: send, without the mbuf", "ns", 30)
{
	return (bench_in_kernel(false, output));
}

BENCH_AT_MOST(netif_input, "netif: receive, without the mbuf", "ns", 30)
{
	return (bench_in_kernel(false, input));
}

BENCH_FIGURE(netif_mbuf, "netif: an mbuf, taken and freed", "ns")
{
	return (bench_in_kernel(false, mbuf_alone));
}
