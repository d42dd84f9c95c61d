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
#define ROUNDS 8000

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

/* Nanoseconds of one mbuf, taken and freed. */
static double
mbuf_alone(void)
{
	uint64_t start = host_clock_ns();
	struct mbuf *m;

	for (int i = 0; i < BATCH * ROUNDS; i++) {
		m = m_gethdr(M_NOWAIT, MT_DATA);
		m->m_len = 60;
		m_freem(m);
	}
	return ((double)(host_clock_ns() - start) / (BATCH * ROUNDS));
}

static double
output(void)
{
	static uint8_t bytes[60] = { 2 };
	struct iovec iov = { bytes, sizeof(bytes) };
	struct netif_frame frames[BATCH];
	struct netif *netif;
	if_t ifp = make(&netif);
	uint64_t start;
	double ns, mbufs = mbuf_alone();

	memset(frames, 0, sizeof(frames));
	for (int i = 0; i < BATCH; i++)
		frames[i] = (struct netif_frame) { .iov = &iov,
			.iovcnt = 1,
			.length = sizeof(bytes) };
	start = host_clock_ns();
	for (int i = 0; i < ROUNDS; i++)
		if (netif_output(netif, frames, BATCH, NULL) != BATCH)
			panic("bench: a frame was refused");
	ns = (double)(host_clock_ns() - start) / (BATCH * ROUNDS);
	unmake(ifp, netif);
	return (ns - mbufs);
}

static void
count(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	(void)netif;
	*(uint64_t *)arg += frame->length;
}

static double
input(void)
{
	struct epoch_tracker et;
	struct netif *netif;
	if_t ifp = make(&netif);
	uint64_t start, bytes = 0;
	struct mbuf *m;
	double ns, mbufs = mbuf_alone();

	netif_set_input(netif, count, &bytes);
	epoch_enter_preempt(net_epoch_preempt, &et);
	start = host_clock_ns();
	for (int i = 0; i < BATCH * ROUNDS; i++) {
		m = m_gethdr(M_NOWAIT, MT_DATA);
		m->m_len = m->m_pkthdr.len = 60;
		m->m_pkthdr.rcvif = ifp;
		memset(m->m_data, 2, ETHER_HDR_LEN);
		if_input(ifp, m);
	}
	ns = (double)(host_clock_ns() - start) / (BATCH * ROUNDS);
	epoch_exit_preempt(net_epoch_preempt, &et);
	if (bytes != 60ULL * BATCH * ROUNDS)
		panic("bench: %ju bytes came", (uintmax_t)bytes);
	unmake(ifp, netif);
	return (ns - mbufs);
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
