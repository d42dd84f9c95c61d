/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The price of mbuf(9) and of the Internet checksum.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <machine/in_cksum.h>

#include "bench/bench.h"
#include "bench/boot.h"
#include "host/host.h"

#define BATCH  64 /* packets, as many as a driver takes at a time */
#define ROUNDS 8000

enum kind { MBUF, PACKET, JUMBO };

static double
measure(enum kind kind)
{
	struct mbuf *m[BATCH];
	uint64_t start;
	int i, round;

	start = host_clock_ns();
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < BATCH; i++) {
			if (kind == MBUF)
				m[i] = m_gethdr(M_NOWAIT, MT_DATA);
			else if (kind == PACKET)
				m[i] = m_getcl(M_NOWAIT, MT_DATA, M_PKTHDR);
			else
				m[i] = m_getjcl(M_NOWAIT, MT_DATA, M_PKTHDR,
				    MJUMPAGESIZE);
			if (m[i] == NULL)
				panic("bench: no mbuf");
		}
		for (i = 0; i < BATCH; i++)
			m_freem(m[i]);
	}
	return ((double)(host_clock_ns() - start) / ((double)BATCH * ROUNDS));
}

static double
headers(void)
{
	return (measure(MBUF));
}

static double
packets(void)
{
	return (measure(PACKET));
}

static double
jumbos(void)
{
	return (measure(JUMBO));
}

static double
sums(void)
{
	struct mbuf *m = m_getcl(M_WAITOK, MT_DATA, M_PKTHDR);
	u_int sum = 0;
	uint64_t start;
	int round;

	m->m_len = m->m_pkthdr.len = 1514;
	memset(mtod(m, char *), 0x5a, 1514);
	start = host_clock_ns();
	for (round = 0; round < 20 * ROUNDS; round++)
		sum += in_cksum_skip(m, 1514, 34);
	start = host_clock_ns() - start;
	m_freem(m);
	if (sum == 0)
		panic("bench: no sum");
	return ((double)start / (20. * ROUNDS));
}

BENCH_AT_MOST(mbuf_getcl, "mbuf: m_getcl() and m_freem()", "ns", 40)
{
	return (bench_in_kernel(false, packets));
}

BENCH_FIGURE(mbuf_gethdr, "mbuf: m_gethdr() and m_freem()", "ns")
{
	return (bench_in_kernel(false, headers));
}

BENCH_FIGURE(mbuf_getjcl, "mbuf: m_getjcl() of a page, m_freem()", "ns")
{
	return (bench_in_kernel(false, jumbos));
}

BENCH_FIGURE(mbuf_getcl_checked, "mbuf: m_getcl(), m_freem(), referee", "ns")
{
	return (bench_in_kernel(true, packets));
}

BENCH_FIGURE(in_cksum, "in_cksum: 1,480 bytes", "ns")
{
	return (bench_in_kernel(false, sums));
}
