/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifnet(9): how an interface lives, what is asked of its driver, and what the
 * kernel says to a driver that does not keep the rules.
 */
#include "tests/kernel/fakenet.h"

#include <sys/epoch.h>
#include <sys/proc.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/taskqueue.h>
#include <net/if_dl.h>
#include <netinet/in.h>

#include "tests/test.h"

static const uint8_t group[6] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 };

/*
 * --- coming and going ---
 */

static void
count_event(void *arg, if_t ifp)
{
	(void)ifp;
	++*(u_int *)arg;
}

KERNEL_TEST(ifnet, attaches_and_detaches)
{
	struct fakenet *fake = fakenet_alloc(false);
	static const uint8_t mac[6] = FAKENET_MAC;
	u_int came = 0, went = 0;
	eventhandler_tag arrival, departure;

	arrival = EVENTHANDLER_REGISTER(ifnet_arrival_event, count_event, &came,
	    EVENTHANDLER_PRI_ANY);
	departure = EVENTHANDLER_REGISTER(ifnet_departure_event, count_event,
	    &went, EVENTHANDLER_PRI_ANY);
	T_STR(if_name(fake->ifp), "fake3");
	T_TRUE(ifunit("fake3") == NULL);
	T_TRUE(netif_open("fake3") == NULL);
	ether_ifattach(fake->ifp, mac);
	T_TRUE(ifunit("fake3") == fake->ifp);
	T_EQ(came, 1);
	T_EQ(if_getmtu(fake->ifp), 1500);
	T_EQ(memcmp(if_getlladdr(fake->ifp), mac, 6), 0);
	T_EQ(if_getbaudrate(fake->ifp), 10000000);
	T_HAS(kernel_log_text(), "fake3: Ethernet address: 02:00:00:00:00:07");
	fake->netif = netif_open("fake3");
	T_REQUIRE(fake->netif != NULL);
	fakenet_destroy(fake);
	T_EQ(went, 1);
	T_TRUE(ifunit("fake3") == NULL);
	EVENTHANDLER_DEREGISTER(ifnet_arrival_event, arrival);
	EVENTHANDLER_DEREGISTER(ifnet_departure_event, departure);
}

KERNEL_TEST(ifnet, detach_flushes_and_says_down)
{
	struct fakenet *fake = fakenet_create();
	struct netif *netif = netif_open("fake3");
	struct netif_info info;
	u_int flushes = fake->flushes;

	ether_ifdetach(fake->ifp);
	T_EQ(fake->flushes, flushes + 1);
	T_EQ(if_getflags(fake->ifp) & IFF_UP, 0);
	/* Those who still have it are told so by every function. */
	T_EQ(netif_info(netif, &info), ENXIO);
	T_STR(info.name, "fake3");
	T_EQ(netif_up(netif), ENXIO);
	T_EQ(netif_set_mtu(netif, 1400), ENXIO);
	T_EQ(netif_join(netif, group), ENXIO);
	T_EQ(netif_vlan_add(netif, 5), ENXIO);
	T_EQ(send_bytes(netif, "xxxxxxxxxxxxxxxx", 16, 0), ENXIO);
	T_TRUE(netif_open("fake3") == NULL);
	ether_ifattach(fake->ifp, (const uint8_t *)"\2\0\0\0\0\7");
	T_EQ(netif_info(netif, &info), 0);
	netif_close(netif);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, gets_the_lowest_free_index)
{
	struct netif_info info;
	struct fakenet *fake;
	if_t a = if_alloc(IFT_ETHER), b = if_alloc(IFT_ETHER);

	if_free(a);
	fake = fakenet_create();
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.index, 1);
	T_TRUE(ifnet_byindex(1) == fake->ifp);
	T_TRUE(ifnet_byindex(2) == NULL); /* b is not attached */
	fakenet_destroy(fake);
	if_free(b);
}

KERNEL_TEST_MISUSE(ifnet, freed_while_attached,
    "if_free: fake3 is still "
    "attached")
{
	struct fakenet *fake = fakenet_create();

	netif_close(fake->netif);
	if_setdrvflagbits(fake->ifp, 0, IFF_DRV_RUNNING);
	if_free(fake->ifp);
}

KERNEL_TEST_MISUSE(ifnet, freed_while_running,
    "if_free: fake3 is still "
    "running")
{
	struct fakenet *fake = fakenet_create();

	netif_close(fake->netif);
	ether_ifdetach(fake->ifp);
	if_free(fake->ifp);
}

KERNEL_TEST_MISUSE(ifnet, attached_twice, "if_attach: fake3 is attached twice")
{
	struct fakenet *fake = fakenet_create();

	if_attach(fake->ifp);
	fakenet_destroy(fake);
}

KERNEL_TEST_MISUSE(ifnet, detached_without_attach,
    "if_detach: fake3 is not "
    "attached")
{
	struct fakenet *fake = fakenet_alloc(false);

	fakenet_destroy(fake);
}

KERNEL_TEST_PANICS(ifnet, transmit_without_qflush,
    "transmit and qflush must both either be set or both be NULL")
{
	struct fakenet *fake = fakenet_alloc(false);

	if_setqflushfn(fake->ifp, NULL);
	ether_ifattach(fake->ifp, (const uint8_t *)"\2\0\0\0\0\7");
}

KERNEL_TEST(ifnet, limits_of_segmentation_have_defaults)
{
	struct fakenet *fake = fakenet_create();
	struct ifnet_hw_tsomax max = { 0 };

	T_EQ(if_gethwtsomax(fake->ifp), 65518);
	T_EQ(if_gethwtsomaxsegcount(fake->ifp), 35);
	T_EQ(if_gethwtsomaxsegsize(fake->ifp), 2048);
	max.tsomaxbytes = 30000;
	if_hw_tsomax_common(fake->ifp, &max);
	T_EQ(max.tsomaxbytes, 30000); /* the lower one */
	T_EQ(max.tsomaxsegcount, 35); /* the only one */
	T_EQ(if_hw_tsomax_update(fake->ifp, &max), 1);
	T_EQ(if_gethwtsomax(fake->ifp), 30000);
	fakenet_destroy(fake);
}

/*
 * --- flags ---
 */

KERNEL_TEST(ifnet, up_and_down_reach_the_driver)
{
	struct fakenet *fake = fakenet_create();
	struct netif_info info;

	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.flags,
	    NETIF_UP | NETIF_RUNNING | NETIF_BROADCAST | NETIF_SIMPLEX |
		NETIF_MULTICAST);
	T_EQ(fake->inits, 1);
	T_EQ(netif_down(fake->netif), 0);
	T_EQ(fake->last_flags & IFF_UP, 0);
	T_EQ(fake->flushes, 1);
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.flags & (NETIF_UP | NETIF_RUNNING), 0);
	T_EQ(netif_up(fake->netif), 0);
	T_EQ(fake->last_flags & IFF_UP, IFF_UP);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, promiscuous_while_anybody_wants_it)
{
	struct fakenet *fake = fakenet_create();
	struct netif *n = fake->netif;
	u_int ioctls;

	T_EQ(netif_promisc_listener(n, true), 0);
	T_EQ(fake->last_flags & IFF_PROMISC, IFF_PROMISC);
	T_HAS(kernel_log_text(), "fake3: promiscuous mode enabled");
	ioctls = fake->ioctls;
	/* The second and the user change nothing for the driver's mode. */
	T_EQ(netif_promisc_listener(n, true), 0);
	T_EQ(fake->ioctls, ioctls);
	T_EQ(netif_set_promisc(n, true), 0);
	T_EQ(netif_promisc_listener(n, false), 0);
	T_EQ(netif_promisc_listener(n, false), 0);
	T_EQ(if_getflags(fake->ifp) & IFF_PROMISC, IFF_PROMISC);
	T_EQ(netif_set_promisc(n, false), 0);
	T_EQ(fake->last_flags & IFF_PROMISC, 0);
	T_EQ(netif_promisc_listener(n, false), EINVAL);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, a_refused_mode_is_not_kept)
{
	struct fakenet *fake = fakenet_create();

	fake->ioctl_error = EIO;
	T_EQ(netif_promisc_listener(fake->netif, true), EIO);
	T_EQ(if_getflags(fake->ifp) & IFF_PROMISC, 0);
	fake->ioctl_error = 0;
	T_EQ(netif_promisc_listener(fake->netif, true), 0);
	T_EQ(netif_promisc_listener(fake->netif, false), 0);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, all_multicast)
{
	struct fakenet *fake = fakenet_create();

	T_EQ(netif_set_allmulti(fake->netif, true), 0);
	T_EQ(fake->last_flags & IFF_ALLMULTI, IFF_ALLMULTI);
	T_EQ(if_allmulti(fake->ifp, 1), 0);
	T_EQ(if_allmulti(fake->ifp, 0), 0);
	T_EQ(if_getflags(fake->ifp) & IFF_ALLMULTI, IFF_ALLMULTI);
	T_EQ(netif_set_allmulti(fake->netif, false), 0);
	T_EQ(fake->last_flags & IFF_ALLMULTI, 0);
	fakenet_destroy(fake);
}

KERNEL_TEST_PANICS(ifnet, one_listener_less_than_none,
    "decrement non-positive refcount")
{
	struct fakenet *fake = fakenet_create();

	ifpromisc(fake->ifp, 0);
}

/*
 * --- requests ---
 */

KERNEL_TEST(ifnet, mtu_is_checked_before_the_driver_is_asked)
{
	struct fakenet *fake = fakenet_create();
	struct netif_info info;

	fake->last_ioctl = 0;
	T_EQ(netif_set_mtu(fake->netif, 71), EINVAL);
	T_EQ(netif_set_mtu(fake->netif, 65536), EINVAL);
	T_EQ(fake->last_ioctl, 0);
	T_EQ(netif_set_mtu(fake->netif, 9001), EINVAL);
	T_EQ(fake->last_ioctl, SIOCSIFMTU);
	T_EQ(netif_set_mtu(fake->netif, 9000), 0);
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.mtu, 9000);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, only_what_there_is_can_be_enabled)
{
	struct fakenet *fake = fakenet_create();
	struct netif_info info;

	T_EQ(netif_set_capabilities(fake->netif, NETIF_CAP_HWSTATS), EINVAL);
	T_EQ(netif_set_capabilities(fake->netif,
		 NETIF_CAP_TXCSUM | NETIF_CAP_TSO4),
	    0);
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.capabilities, (uint32_t)FAKENET_CAPS);
	T_EQ(info.enabled, NETIF_CAP_TXCSUM | NETIF_CAP_TSO4);
	T_EQ(if_gethwassist(fake->ifp), CSUM_TCP | CSUM_UDP | CSUM_IP_TSO);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, a_new_address_restarts_the_driver)
{
	struct fakenet *fake = fakenet_create();
	static const uint8_t mac[6] = { 2, 1, 2, 3, 4, 5 };
	struct netif_info info;
	struct ifreq ifr;
	u_int inits = fake->inits;

	T_EQ(netif_set_mac(fake->netif, group), EINVAL);
	T_EQ(netif_set_mac(fake->netif, mac), 0);
	T_EQ(fake->inits, inits + 1);
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(memcmp(info.mac, mac, 6), 0);
	/* What the hardware has is remembered. */
	T_EQ(if_gethwaddr(fake->ifp, &ifr), 0);
	T_EQ(memcmp(ifr.ifr_addr.sa_data, "\2\0\0\0\0\7", 6), 0);
	T_EQ(if_setlladdr(fake->ifp, mac, 5), EINVAL);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, link_state_is_told_by_another_thread)
{
	struct fakenet *fake = fakenet_create();
	struct netif_info info;

	if_link_state_change(fake->ifp, LINK_STATE_UP);
	T_TRUE(strstr(kernel_log_text(), "link state changed") == NULL);
	taskqueue_drain_all(taskqueue_swi);
	T_HAS(kernel_log_text(), "fake3: link state changed to UP");
	if_link_state_change(fake->ifp, LINK_STATE_DOWN);
	if_link_state_change(fake->ifp, LINK_STATE_UP);
	if_link_state_change(fake->ifp, LINK_STATE_DOWN);
	taskqueue_drain_all(taskqueue_swi);
	T_HAS(kernel_log_text(), "fake3: 3 link states coalesced");
	T_HAS(kernel_log_text(), "fake3: link state changed to DOWN");
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.link, NETIF_LINK_DOWN);
	fakenet_destroy(fake);
}

/*
 * --- groups ---
 */

static struct sockaddr_dl
group_address(uint8_t last)
{
	struct sockaddr_dl sdl = { .sdl_len = sizeof(sdl),
		.sdl_family = AF_LINK,
		.sdl_alen = 6 };

	memcpy(LLADDR(&sdl), group, 5);
	LLADDR(&sdl)[5] = (char)last;
	return (sdl);
}

KERNEL_TEST(ifnet, groups_are_counted)
{
	struct fakenet *fake = fakenet_create();
	struct sockaddr_dl sdl = group_address(9);
	struct ifmultiaddr *ifma;
	u_int ioctls;

	T_EQ(if_addmulti(fake->ifp, (struct sockaddr *)&sdl, &ifma), 0);
	T_EQ(fake->last_ioctl, SIOCADDMULTI);
	T_EQ(fake->groups, 1);
	T_EQ(fake->group[0][5], 9);
	ioctls = fake->ioctls;
	T_EQ(if_addmulti(fake->ifp, (struct sockaddr *)&sdl, NULL), 0);
	if_delmulti_ifma(ifma);
	T_EQ(fake->ioctls, ioctls);
	T_EQ(if_delmulti(fake->ifp, (struct sockaddr *)&sdl), 0);
	T_EQ(fake->last_ioctl, SIOCDELMULTI);
	T_EQ(fake->groups, 0);
	T_EQ(if_delmulti(fake->ifp, (struct sockaddr *)&sdl), ENOENT);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, users_join_once)
{
	struct fakenet *fake = fakenet_create();
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 1 };
	struct netif_info info;

	T_EQ(netif_join(fake->netif, group), 0);
	T_EQ(netif_join(fake->netif, group), EADDRINUSE);
	T_EQ(netif_join(fake->netif, other), EADDRNOTAVAIL);
	T_EQ(fake->groups, 1);
	T_EQ(netif_info(fake->netif, &info), 0);
	T_EQ(info.multicast_groups, 1);
	T_EQ(netif_leave(fake->netif, group), 0);
	T_EQ(netif_leave(fake->netif, group), ENOENT);
	if_setflagbits(fake->ifp, 0, IFF_MULTICAST);
	T_EQ(netif_join(fake->netif, group), EOPNOTSUPP);
	fakenet_destroy(fake);
}

/* RFC 1112, section 6.4: the low 23 bits; two groups may share one. */
KERNEL_TEST(ifnet, groups_of_ip_share_an_address)
{
	struct fakenet *fake = fakenet_create();
	struct sockaddr_in a = { .sin_len = sizeof(a),
		.sin_family = AF_INET,
		.sin_addr = { htonl(0xe0010203) } };
	struct sockaddr_in b = a;

	b.sin_addr.s_addr = htonl(0xe1810203);
	T_EQ(if_addmulti(fake->ifp, (struct sockaddr *)&a, NULL), 0);
	T_EQ(fake->groups, 1);
	T_EQ(memcmp(fake->group[0], "\x01\x00\x5e\x01\x02\x03", 6), 0);
	T_EQ(if_addmulti(fake->ifp, (struct sockaddr *)&b, NULL), 0);
	T_EQ(fake->groups, 1);
	T_EQ(if_delmulti(fake->ifp, (struct sockaddr *)&a), 0);
	T_EQ(fake->groups, 1);
	T_EQ(if_delmulti(fake->ifp, (struct sockaddr *)&b), 0);
	T_EQ(fake->groups, 0);
	a.sin_addr.s_addr = htonl(0x0a000001);
	T_EQ(if_addmulti(fake->ifp, (struct sockaddr *)&a, NULL),
	    EADDRNOTAVAIL);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, groups_go_with_the_interface)
{
	struct fakenet *fake = fakenet_create();
	struct sockaddr_dl sdl = group_address(1);

	T_EQ(if_addmulti(fake->ifp, (struct sockaddr *)&sdl, NULL), 0);
	/* What is left would be named at the end of the test. */
	fakenet_destroy(fake);
}

/*
 * --- counters, queue ---
 */

KERNEL_TEST(ifnet, counters)
{
	struct fakenet *fake = fakenet_create();
	struct netif_counters c;

	for (int i = 0; i < IFCOUNTERS; i++)
		if_inc_counter(fake->ifp, (ift_counter)i, i + 1);
	T_EQ(if_get_counter_default(fake->ifp, IFCOUNTER_NOPROTO), 12);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.ipackets, 1);
	T_EQ(c.ierrors, 2);
	T_EQ(c.opackets, 3);
	T_EQ(c.oerrors, 4);
	T_EQ(c.collisions, 5);
	T_EQ(c.ibytes, 6);
	T_EQ(c.obytes, 7);
	T_EQ(c.imcasts, 8);
	T_EQ(c.omcasts, 9);
	T_EQ(c.iqdrops, 10);
	T_EQ(c.oqdrops, 11);
	T_EQ(c.noproto, 12);
	fakenet_destroy(fake);
}

static uint64_t
own_counter(if_t ifp, ift_counter counter)
{
	return (counter == IFCOUNTER_OPACKETS ?
		77 :
		if_get_counter_default(ifp, counter));
}

KERNEL_TEST(ifnet, the_driver_may_count_itself)
{
	struct fakenet *fake = fakenet_create();
	struct netif_counters c;

	if_setgetcounterfn(fake->ifp, own_counter);
	if_inc_counter(fake->ifp, IFCOUNTER_IERRORS, 2);
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.opackets, 77);
	T_EQ(c.ierrors, 2);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, the_send_queue_of_if_start)
{
	struct fakenet *fake = fakenet_create_start();
	struct netif_counters c;
	struct mbuf *m;
	uint8_t frame[60] = { 1 };

	T_EQ(send_bytes(fake->netif, frame, sizeof(frame), 0), 0);
	T_EQ(fake->starts, 1);
	m = fakenet_sent(fake);
	T_REQUIRE(m != NULL);
	T_EQ(m->m_pkthdr.len, 60);
	m_freem(m);
	/* While the driver is busy they wait, as many as there is room. */
	fake->error = 1;
	for (int i = 0; i < 4; i++)
		T_EQ(send_bytes(fake->netif, frame, sizeof(frame), 0), 0);
	T_EQ(fake->starts, 2);
	T_EQ(send_bytes(fake->netif, frame, sizeof(frame), 0), ENOBUFS);
	T_FALSE(if_sendq_empty(fake->ifp));
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.oqdrops, 1);
	T_EQ(c.obytes, 5 * 60);
	T_EQ(c.omcasts, 5);
	/* The first may be put back. */
	m = if_dequeue(fake->ifp);
	T_REQUIRE(m != NULL);
	if_sendq_prepend(fake->ifp, m);
	T_TRUE(if_dequeue(fake->ifp) == m);
	m_freem(m);
	/* The rest is freed with the interface. */
	fakenet_destroy(fake);
}

KERNEL_TEST_ALWAYS_PANICS(ifnet, transmit_that_keeps_its_lock,
    "if_transmit of fake3 returned with the following locks held")
{
	struct fakenet *fake = fakenet_create();
	uint8_t frame[60] = { 2 };

	fake->keep_lock = true;
	send_bytes(fake->netif, frame, sizeof(frame), 0);
}

/*
 * --- input ---
 */

#if __FreeBSD_version >= 1300000
KERNEL_TEST_MISUSE(ifnet, input_outside_of_the_epoch,
    "if_input: fake3 hands up packets outside of the network's epoch")
{
	struct fakenet *fake = fakenet_create();
	struct mbuf *m = fakenet_frame(NULL, 60);

	m->m_pkthdr.rcvif = fake->ifp;
	if_input(fake->ifp, m);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifnet, a_driver_may_say_that_it_needs_the_epoch)
{
	struct fakenet *fake = fakenet_create();
	struct mbuf *m = fakenet_frame(NULL, 60);
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);

	netif_set_input(fake->netif, see, seen);
	if_setflagbits(fake->ifp, IFF_NEEDSEPOCH, 0);
	m->m_pkthdr.rcvif = fake->ifp;
	if_input(fake->ifp, m);
	T_EQ(seen->count, 1);
	fakenet_destroy(fake);
	free(seen, M_TEMP);
}
#endif

KERNEL_TEST_PANICS(ifnet, input_of_another_interface, "ifnet mismatch m")
{
	struct fakenet *fake = fakenet_create();
	struct mbuf *m = fakenet_frame(NULL, 60);
	struct epoch_tracker et;

	epoch_enter_preempt(net_epoch_preempt, &et);
	if_input(fake->ifp, m);
}

KERNEL_TEST(ifnet, input_needs_a_header_and_an_interface_that_is_up)
{
	struct fakenet *fake = fakenet_create();
	struct seen *seen = malloc(sizeof(*seen), M_TEMP, M_WAITOK | M_ZERO);
	struct netif_counters c;
	struct mbuf *m;

	netif_set_input(fake->netif, see, seen);
	m = fakenet_frame(NULL, 60);
	m->m_len = m->m_pkthdr.len = 13;
	fakenet_receive(fake, m);
	T_EQ(seen->count, 0);
	T_HAS(kernel_log_text(),
	    "fake3: discard frame w/o leading ethernet header (len 13 pkt "
	    "len 13)");
	T_EQ(netif_counters(fake->netif, &c), 0);
	T_EQ(c.ierrors, 1);
	fakenet_receive(fake, fakenet_frame(NULL, 14));
	T_EQ(seen->count, 1);
	T_EQ(netif_down(fake->netif), 0);
	fakenet_receive(fake, fakenet_frame(NULL, 60));
	T_EQ(seen->count, 1);
	fakenet_destroy(fake);
	free(seen, M_TEMP);
}

KERNEL_TEST(ifnet, input_goes_nowhere_once_it_is_detached)
{
	struct fakenet *fake = fakenet_create();
	struct mbuf *m = fakenet_frame(NULL, 60);

	m->m_nextpkt = fakenet_frame(NULL, 60);
	m->m_nextpkt->m_pkthdr.rcvif = fake->ifp;
	netif_close(fake->netif);
	fake->netif = NULL;
	ether_ifdetach(fake->ifp);
	fakenet_receive(fake, m);
	if_setdrvflagbits(fake->ifp, 0, IFF_DRV_RUNNING);
	if_free(fake->ifp);
	ifmedia_removeall(&fake->media);
	mtx_destroy(&fake->lock);
	free(fake, M_TEMP);
	T_TRUE(ifunit("fake3") == NULL);
}
