/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bpf(4): what a tap sees.
 */
#include "tests/kernel/fakenet.h"

#include "tests/test.h"

static void
track(void *arg, if_t ifp, int dlt, int attach)
{
	T_STR(if_name(ifp), "fake3");
	T_EQ(dlt, DLT_EN10MB);
	*(int *)arg += attach != 0 ? 1 : 100;
}

KERNEL_TEST(bpf, sees_both_directions)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);
	uint8_t p[60] = { 2 };
	int tracked = 0;
	eventhandler_tag tag;

	tag = EVENTHANDLER_REGISTER(bpf_track, track, &tracked,
	    EVENTHANDLER_PRI_ANY);
	T_EQ(send_bytes(fake->netif, p, sizeof(p), 0), 0);
	netif_set_tap(fake->netif, see, seen);
	T_EQ(tracked, 1);
	T_EQ(send_bytes(fake->netif, p, sizeof(p), 0), 0);
	T_EQ(seen->count, 1);
	T_EQ(seen->flags, NETIF_OUT);
	T_EQ(memcmp(seen->data, p, sizeof(p)), 0);
	fakenet_receive(fake, fakenet_frame(NULL, 77));
	T_EQ(seen->count, 2);
	T_EQ(seen->flags & NETIF_OUT, 0);
	T_EQ(seen->length, 77);
	netif_set_tap(fake->netif, NULL, NULL);
	T_EQ(tracked, 101);
	T_EQ(send_bytes(fake->netif, p, sizeof(p), 0), 0);
	T_EQ(seen->count, 2);
	EVENTHANDLER_DEREGISTER(bpf_track, tag);
	fakenet_destroy(fake);
	free(seen, M_TEMP);
}

/* As it was on the wire: the packet itself stays as it is. */
KERNEL_TEST(bpf, puts_the_tag_back)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);
	struct mbuf *m = fakenet_frame(NULL, 60);

	netif_set_tap(fake->netif, see, seen);
	m->m_flags |= M_VLANTAG;
	m->m_pkthdr.ether_vtag = 0x7123;
	ETHER_BPF_MTAP(fake->ifp, m);
	T_EQ(seen->length, 64);
	T_EQ(memcmp(seen->data + 12, "\x81\x00\x71\x23\x88\xb5\x5a", 7), 0);
	T_EQ(m->m_pkthdr.len, 60);
	T_EQ(m->m_flags & M_VLANTAG, M_VLANTAG);
	T_EQ(memcmp(mtod(m, char *) + 12, "\x88\xb5\x5a", 3), 0);
	m_freem(m);
	fakenet_destroy(fake);
	free(seen, M_TEMP);
}

KERNEL_TEST(bpf, memory_and_headers)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);
	struct mbuf *m = fakenet_frame(NULL, 20);
	u_char bytes[16] = { 9 };

	BPF_TAP(fake->ifp, bytes, sizeof(bytes));
	T_EQ(seen->count, 0);
	netif_set_tap(fake->netif, see, seen);
	BPF_TAP(fake->ifp, bytes, sizeof(bytes));
	T_EQ(seen->length, 16);
	BPF_MTAP2(fake->ifp, bytes, 4, m);
	T_EQ(seen->length, 24);
	T_EQ(seen->data[0], 9);
	T_EQ(seen->data[23], 0x5a);
	BPF_MTAP(fake->ifp, m);
	T_EQ(seen->length, 20);
	m_freem(m);
	fakenet_destroy(fake);
	free(seen, M_TEMP);
}

/* A listener that is still there when the interface goes. */
KERNEL_TEST(bpf, ends_with_the_interface)
{
	struct fakenet *fake = fakenet_create();
	struct netif *netif = netif_open("fake3");
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);
	int tracked = 0;
	eventhandler_tag tag;

	tag = EVENTHANDLER_REGISTER(bpf_track, track, &tracked,
	    EVENTHANDLER_PRI_ANY);
	netif_set_tap(netif, see, seen);
	fakenet_destroy(fake);
	T_EQ(tracked, 101);
	netif_set_tap(netif, NULL, NULL);
	netif_set_tap(netif, see, seen);
	netif_close(netif);
	T_EQ(tracked, 101);
	EVENTHANDLER_DEREGISTER(bpf_track, tag);
	free(seen, M_TEMP);
}
