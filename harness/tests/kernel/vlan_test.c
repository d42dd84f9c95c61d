/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * vlan(4), seen from below: events, tags on either side, capabilities.
 */
#include "tests/kernel/fakenet.h"

#include <net/if_vlan_var.h>

#include "tests/test.h"

struct told {
	u_int configs, unconfigs;
	uint16_t last;
	if_t ifp;
};

static void
config(void *arg, if_t ifp, uint16_t vid)
{
	struct told *told = arg;

	told->configs++;
	told->last = vid;
	told->ifp = ifp;
}

static void
unconfig(void *arg, if_t ifp, uint16_t vid)
{
	struct told *told = arg;

	told->unconfigs++;
	told->last = vid;
	told->ifp = ifp;
}

KERNEL_TEST(vlan, drivers_are_told)
{
	struct fakenet *fake = fakenet_create();
	struct told told = { 0 };
	struct netif_info info;
	eventhandler_tag a, b;

	a = EVENTHANDLER_REGISTER(vlan_config, config, &told,
	    EVENTHANDLER_PRI_FIRST);
	b = EVENTHANDLER_REGISTER(vlan_unconfig, unconfig, &told,
	    EVENTHANDLER_PRI_FIRST);
	T_FALSE(if_vlantrunkinuse(fake->ifp));
	T_EQ(netif_vlan_add(fake->netif, 5), 0);
	T_EQ(netif_vlan_add(fake->netif, 4094), 0);
	T_TRUE(if_vlantrunkinuse(fake->ifp));
	T_EQ(told.configs, 2);
	T_EQ(told.last, 4094);
	T_TRUE(told.ifp == fake->ifp);
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.vlans, 2);
	T_EQ(netif_vlan_remove(fake->netif, 5), 0);
	T_EQ(told.unconfigs, 1);
	T_EQ(told.last, 5);
	/* What is left goes with the interface. */
	netif_close(fake->netif);
	fake->netif = NULL;
	fakenet_destroy(fake);
	T_EQ(told.unconfigs, 2);
	T_EQ(told.last, 4094);
	EVENTHANDLER_DEREGISTER(vlan_config, a);
	EVENTHANDLER_DEREGISTER(vlan_unconfig, b);
}

KERNEL_TEST(vlan, wrong_requests)
{
	struct fakenet *fake = fakenet_create();
	uint32_t cap, enabled;

	T_EQ(netif_vlan_add(fake->netif, 0), EINVAL);
	T_EQ(netif_vlan_add(fake->netif, 4095), EINVAL);
	T_EQ(netif_vlan_remove(fake->netif, 4095), EINVAL);
	T_EQ(netif_vlan_remove(fake->netif, 7), ENOENT);
	T_EQ(netif_vlan_capabilities(fake->netif, &cap, &enabled), ENOENT);
	T_EQ(netif_vlan_add(fake->netif, 7), 0);
	T_EQ(netif_vlan_add(fake->netif, 7), EEXIST);
	T_EQ(netif_vlan_remove(fake->netif, 7), 0);
	if_setflagbits(fake->ifp, 0, IFF_BROADCAST);
	T_EQ(netif_vlan_add(fake->netif, 7), EPROTONOSUPPORT);
	fakenet_destroy(fake);
}

KERNEL_TEST(vlan, tags_are_taken_out_of_frames)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);
	struct netif_counters c;
	struct mbuf *m = fakenet_frame(NULL, 64);

	netif_set_input(fake->netif, see, seen);
	m_copyback(m, 12, 6, "\x81\x00\x60\x05\x88\xb5");
	fakenet_receive(fake, m);
	T_EQ(seen->length, 60);
	T_EQ(seen->vlan_tag, 0x6005);
	T_EQ(seen->flags, NETIF_VLAN | NETIF_RX_NO_VLAN);
	T_EQ(memcmp(seen->data + 12, "\x88\xb5\x5a", 3), 0);
	T_EQ(memcmp(seen->data, "\2\0\0\0\0\7\x5a\x5a\x5a\x5a\x5a\x5a", 12), 0);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.noproto, 1);
	T_EQ(c.ibytes, 64);
	T_EQ(netif_vlan_add(fake->netif, 5), 0);
	m = fakenet_frame(NULL, 60);
	m->m_flags |= M_VLANTAG;
	m->m_pkthdr.ether_vtag = 0x0005;
	fakenet_receive(fake, m);
	T_EQ(seen->flags, NETIF_VLAN);
	T_EQ(seen->vlan_tag, 5);
	/* VLAN 0 is a priority and no VLAN. */
	m = fakenet_frame(NULL, 60);
	m->m_flags |= M_VLANTAG;
	m->m_pkthdr.ether_vtag = 0xe000;
	fakenet_receive(fake, m);
	T_EQ(seen->flags, NETIF_VLAN);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.noproto, 1);
	/* A tag that ends too early. */
	m = fakenet_frame(NULL, 17);
	m_copyback(m, 12, 2, "\x81\x00");
	fakenet_receive(fake, m);
	T_EQ(seen->count, 3);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.ierrors, 1);
	free(seen, M_TEMP);
	fakenet_destroy(fake);
}

static int
send_tagged(struct fakenet *fake, size_t length)
{
	uint8_t *p = malloc(length, M_TEMP, M_WAITOK | M_ZERO);
	struct iovec iov = { p, length };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = (uint32_t)length,
		.flags = NETIF_VLAN,
		.vlan_tag = 0x2123 };
	int error;

	(void)netif_output(fake->netif, &frame, 1, &error);
	free(p, M_TEMP);
	return (error);
}

KERNEL_TEST(vlan, tags_are_put_in_by_whoever_does_it)
{
	struct fakenet *fake = fakenet_create();
	uint8_t q[64];
	struct mbuf *m;

	T_EQ(send_tagged(fake, 60), 0);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_flags & M_VLANTAG, M_VLANTAG);
	T_EQ(m->m_pkthdr.len, 60);
	m_freem(m);
	T_EQ(netif_set_capabilities(fake->netif, 0), 0);
	T_EQ(send_tagged(fake, 60), 0);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_flags & M_VLANTAG, 0);
	T_EQ(m->m_pkthdr.len, 64);
	m_copydata(m, 0, 64, (caddr_t)q);
	T_EQ(memcmp(q + 12, "\x81\x00\x21\x23\x00\x00", 6), 0);
	m_freem(m);
	/* Without VLAN_MTU the tag takes from the MTU. */
	T_EQ(send_tagged(fake, 1511), EMSGSIZE);
	T_EQ(send_tagged(fake, 1510), 0);
	T_EQ(netif_set_capabilities(fake->netif, NETIF_CAP_VLAN_MTU), 0);
	T_EQ(send_tagged(fake, 1514), 0);
	fakenet_destroy(fake);
}

KERNEL_TEST(vlan, capabilities_follow_the_interface)
{
	struct fakenet *fake = fakenet_create();
	const uint32_t sums =
	    NETIF_CAP_TXCSUM | NETIF_CAP_RXCSUM | NETIF_CAP_TXCSUM_IPV6;
	const uint32_t tso = NETIF_CAP_TSO4 | NETIF_CAP_TSO6;
	uint32_t cap, enabled;

	T_EQ(netif_vlan_add(fake->netif, 7), 0);
	T_EQ(netif_vlan_capabilities(fake->netif, &cap, &enabled), 0);
	T_EQ(cap, sums | tso | NETIF_CAP_LRO | NETIF_CAP_LINKSTATE);
	T_EQ(enabled, cap);
	/* The driver says so, by VLAN_CAPABILITIES(). */
	T_EQ(netif_set_capabilities(fake->netif,
		 sums | tso | NETIF_CAP_VLAN_HWTSO | NETIF_CAP_VLAN_HWCSUM),
	    0);
	T_EQ(netif_vlan_capabilities(fake->netif, &cap, &enabled), 0);
	T_EQ(cap, sums | tso | NETIF_CAP_LRO | NETIF_CAP_LINKSTATE);
	T_EQ(enabled, tso); /* sums want the hardware's tags */
	fakenet_destroy(fake);
}
