/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * debugnet(4), netdump(4) before 13: while nothing else runs.
 */
#include "tests/kernel/fakenet.h"

#include <net/debugnet.h>
#include <netinet/netdump/netdump.h>

#include "tests/test.h"

static struct {
	int starts, ends, transmits, polls, size;
} calls;

static void
fake_init_debug(if_t ifp, int *nrxr, int *ncl, int *clsize)
{
	(void)ifp;
	*nrxr = 1;
	*ncl = 32;
	*clsize = calls.size;
}

static int
fake_transmit_debug(if_t ifp, struct mbuf *m)
{
	struct fakenet *fake = if_getsoftc(ifp);

	calls.transmits++;
	if (fake->error != 0) {
		m_freem(m);
		return (fake->error);
	}
	return (mbufq_enqueue(&fake->sent, m));
}

/* What was sent comes back, without an epoch or anybody else. */
static int
fake_poll_debug(if_t ifp, int count)
{
	struct fakenet *fake = if_getsoftc(ifp);
	struct mbuf *m;

	calls.polls += count;
	while ((m = mbufq_dequeue(&fake->sent)) != NULL) {
		m->m_pkthdr.rcvif = ifp;
		if_input(ifp, m);
	}
	return (0);
}

#if __FreeBSD_version >= 1300000
static void
fake_event_debug(if_t ifp, enum debugnet_ev event)
{
	(void)ifp;
	calls.starts += event == DEBUGNET_START;
	calls.ends += event == DEBUGNET_END;
}

static struct debugnet_methods fakenet_debugnet_methods = {
	.dn_init = fake_init_debug,
	.dn_event = fake_event_debug,
	.dn_transmit = fake_transmit_debug,
	.dn_poll = fake_poll_debug,
};
#define SET(ifp)    DEBUGNET_SET(ifp, fakenet)
#define UPDATE(ifp) debugnet_any_ifnet_update(ifp)
#else
static void
fake_event_debug(if_t ifp, enum netdump_ev event)
{
	(void)ifp;
	calls.starts += event == NETDUMP_START;
	calls.ends += event == NETDUMP_END;
}

static struct netdump_methods fakenet_netdump_methods = {
	.nd_init = fake_init_debug,
	.nd_event = fake_event_debug,
	.nd_transmit = fake_transmit_debug,
	.nd_poll = fake_poll_debug,
};
#define SET(ifp)    NETDUMP_SET(ifp, fakenet)
#define UPDATE(ifp) netdump_reinit(ifp)
#endif

static struct fakenet *
begin(void)
{
	struct fakenet *fake = fakenet_create();

	memset(&calls, 0, sizeof(calls));
	calls.size = MCLBYTES;
	SET(fake->ifp);
	return (fake);
}

static void
set_flag(void *arg)
{
	*(bool *)arg = true;
}

KERNEL_TEST(debugnet, sends_and_receives_alone)
{
	struct fakenet *fake = begin();
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);
	uint8_t p[60] = { 2 };
	struct iovec iov[2] = { { p, 20 }, { p + 20, 40 } };
	bool other = false;

	netif_set_input(fake->netif, see, seen);
	T_EQ(netif_debug_output(fake->netif, iov, 2), EINVAL);
	T_EQ(netif_debug_start(fake->netif), 0);
	T_EQ(netif_debug_start(fake->netif), EBUSY);
	T_EQ(calls.starts, 1);
	kernel_spawn("other", set_flag, &other);
	T_EQ(netif_debug_output(fake->netif, iov, 2), 0);
	T_EQ(calls.transmits, 1);
	T_EQ(calls.polls, 1);
	T_EQ(seen->count, 1);
	T_EQ(seen->length, 60);
	T_EQ(netif_debug_output(fake->netif, iov, 0), EMSGSIZE);
	fake->error = EBUSY;
	T_EQ(netif_debug_output(fake->netif, iov, 2), EBUSY);
	T_EQ(netif_debug_poll(fake->netif, 5), 0);
	T_EQ(calls.polls, 6);
	T_FALSE(other);
	netif_debug_end(fake->netif);
	T_EQ(calls.ends, 1);
	T_EQ(netif_debug_poll(fake->netif, 5), EINVAL);
	pause("other", 1);
	T_TRUE(other);
	/* And everything is as it was. */
	fakenet_receive(fake, fakenet_frame(NULL, 60));
	T_EQ(seen->count, 2);
	free(seen, M_TEMP);
	fakenet_destroy(fake);
}

KERNEL_TEST(debugnet, not_every_driver_knows_how)
{
	struct fakenet *fake = fakenet_create();

	T_EQ(netif_debug_start(fake->netif), EOPNOTSUPP);
	fakenet_destroy(fake);
}

KERNEL_TEST_MISUSE(debugnet, clusters_that_there_are_not,
    "debugnet: fake3 wants 1 rings of 32 clusters of 1500 bytes")
{
	struct fakenet *fake = begin();

	calls.size = 1500;
	T_EQ(netif_debug_start(fake->netif), EOPNOTSUPP);
	fakenet_destroy(fake);
}

KERNEL_TEST(debugnet, asks_again_when_the_mtu_has_changed)
{
	struct fakenet *fake = begin();

	calls.size = MJUM9BYTES;
	UPDATE(fake->ifp);
	fakenet_destroy(fake);
	T_EQ(calls.starts, 0);
}
