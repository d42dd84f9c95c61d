/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifmedia(9).
 */
#include "tests/kernel/fakenet.h"

#include <sys/sockio.h>

#include "tests/test.h"

KERNEL_TEST(ifmedia, says_what_there_is)
{
	struct fakenet *fake = fakenet_create();
	struct netif_media media;

	T_EQ(netif_media(fake->netif, &media), 0);
	T_EQ(media.current, IFM_ETHER | IFM_AUTO);
	T_EQ(media.active, IFM_ETHER | IFM_10G_T | IFM_FDX);
	T_TRUE(media.valid);
	T_FALSE(media.carrier);
	T_EQ(media.count, 2);
	/* The newest first. */
	T_EQ(media.list[0], IFM_ETHER | IFM_10G_T | IFM_FDX);
	T_EQ(media.list[1], IFM_ETHER | IFM_AUTO);
	fake->link = IFM_ACTIVE;
	T_EQ(netif_media(fake->netif, &media), 0);
	T_TRUE(media.carrier);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifmedia, changes_through_the_driver)
{
	struct fakenet *fake = fakenet_create();
	const int word = IFM_ETHER | IFM_10G_T | IFM_FDX;
	struct netif_media media;

	T_EQ(netif_set_media(fake->netif, IFM_ETHER | IFM_1000_T), ENXIO);
	T_EQ(fake->media_changes, 0);
	T_EQ(netif_set_media(fake->netif, word), 0);
	T_EQ(fake->media_changes, 1);
	T_EQ(fake->media.ifm_cur->ifm_data, 7);
	T_EQ(netif_media(fake->netif, &media), 0);
	T_EQ(media.current, word);
	/* The same again is nothing new, but automatic selection is. */
	T_EQ(netif_set_media(fake->netif, word), 0);
	T_EQ(fake->media_changes, 1);
	T_EQ(netif_set_media(fake->netif, IFM_ETHER | IFM_AUTO), 0);
	T_EQ(netif_set_media(fake->netif, IFM_ETHER | IFM_AUTO), 0);
	T_EQ(fake->media_changes, 3);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifmedia, a_refused_medium_is_not_kept)
{
	struct fakenet *fake = fakenet_create();
	struct netif_media media;

	fake->media_error = EBUSY;
	T_EQ(netif_set_media(fake->netif, IFM_ETHER | IFM_10G_T | IFM_FDX),
	    EBUSY);
	T_EQ(netif_media(fake->netif, &media), 0);
	T_EQ(media.current, IFM_ETHER | IFM_AUTO);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifmedia, instances_are_masked)
{
	struct ifmedia ifm;

	ifmedia_init(&ifm, IFM_IMASK, NULL, NULL);
	ifmedia_add(&ifm, IFM_ETHER | IFM_10G_T, 0, NULL);
	ifmedia_set(&ifm, IFM_MAKEWORD(IFM_ETHER, IFM_10G_T, 0, 3));
	T_REQUIRE(ifm.ifm_cur != NULL);
	T_EQ(IFM_INST(ifm.ifm_cur->ifm_media), 0);
	ifmedia_removeall(&ifm);
	T_TRUE(LIST_EMPTY(&ifm.ifm_list));
}

KERNEL_TEST_ALWAYS_PANICS(ifmedia, a_default_that_was_not_added, "ifmedia_set")
{
	struct ifmedia ifm;

	ifmedia_init(&ifm, 0, NULL, NULL);
	ifmedia_set(&ifm, IFM_ETHER | IFM_10G_T);
}

static int
no_change(if_t ifp)
{
	(void)ifp;
	return (0);
}

static void
no_status(if_t ifp, struct ifmediareq *req)
{
	(void)ifp;
	req->ifm_status = 0;
}

KERNEL_TEST(ifmedia, ioctl_answers_as_ifconfig_wants_it)
{
	struct fakenet *fake = fakenet_create();
	struct ifmediareq req = { .ifm_count = 0 };
	struct ifmedia ifm;
	int list[1];

	ifmedia_init(&ifm, 0, no_change, no_status);
	ifmedia_add(&ifm, IFM_ETHER | IFM_100G_CR4, 0, NULL);
	ifmedia_add(&ifm, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_set(&ifm, IFM_ETHER | IFM_100G_CR4);
	/* First how many there are, then the list. */
	T_EQ(
	    ifmedia_ioctl(fake->ifp, (struct ifreq *)&req, &ifm, SIOCGIFXMEDIA),
	    0);
	T_EQ(req.ifm_count, 2);
	T_EQ(req.ifm_current, IFM_ETHER | IFM_100G_CR4);
	req.ifm_count = 1;
	req.ifm_ulist = list;
	T_EQ(
	    ifmedia_ioctl(fake->ifp, (struct ifreq *)&req, &ifm, SIOCGIFXMEDIA),
	    E2BIG);
	T_EQ(list[0], IFM_ETHER | IFM_AUTO);
	/* A request that knows no more than 31 variants. */
	req.ifm_count = 0;
	T_EQ(ifmedia_ioctl(fake->ifp, (struct ifreq *)&req, &ifm, SIOCGIFMEDIA),
	    0);
	T_EQ(req.ifm_current, IFM_ETHER | IFM_OTHER);
	req.ifm_count = -1;
	T_EQ(ifmedia_ioctl(fake->ifp, (struct ifreq *)&req, &ifm, SIOCGIFMEDIA),
	    EINVAL);
	T_EQ(ifmedia_ioctl(fake->ifp, (struct ifreq *)&req, &ifm, SIOCSIFMTU),
	    EINVAL);
	ifmedia_removeall(&ifm);
	fakenet_destroy(fake);
}

KERNEL_TEST(ifmedia, baudrates)
{
	T_EQ(ifmedia_baudrate(IFM_ETHER | IFM_10_T), 10000000);
	T_EQ(ifmedia_baudrate(IFM_ETHER | IFM_1000_T | IFM_FDX), 1000000000);
	T_EQ(ifmedia_baudrate(IFM_ETHER | IFM_2500_T), 2500000000);
	T_EQ(ifmedia_baudrate(IFM_ETHER | IFM_400G_FR8), 400000000000);
	T_EQ(ifmedia_baudrate(IFM_ETHER | IFM_AUTO), 0);
}

KERNEL_TEST(ifmedia, words_as_text)
{
	char text[64];
	int word = 0;

	netif_media_name(IFM_ETHER | IFM_10G_T | IFM_FDX, text, sizeof(text));
	T_STR(text, "Ethernet 10Gbase-T <full-duplex>");
	netif_media_name(IFM_ETHER | IFM_AUTO, text, sizeof(text));
	T_STR(text, "Ethernet autoselect");
	netif_media_name(IFM_ETHER | IFM_AUTO | IFM_FDX | IFM_ETH_RXPAUSE, text,
	    sizeof(text));
	T_STR(text, "Ethernet autoselect <full-duplex,rxpause>");
	netif_media_name(IFM_ETHER | IFM_10G_T | IFM_FDX, text, 12);
	T_STR(text, "Ethernet 10");
	T_TRUE(netif_media_parse("10gbase-t FULL-duplex", &word));
	T_EQ(word, IFM_ETHER | IFM_10G_T | IFM_FDX);
	T_TRUE(netif_media_parse("Ethernet autoselect <rxpause,flag0>", &word));
	T_EQ(word, IFM_ETHER | IFM_AUTO | IFM_ETH_RXPAUSE | IFM_FLAG0);
	T_FALSE(netif_media_parse("10Gbase-Q", &word));
	T_FALSE(netif_media_parse("", &word));
}

/* Each name stands for one word, and back. */
KERNEL_TEST(ifmedia, names_are_unique)
{
	char text[64];
	int word, known = 0;

	for (int i = 0; i < 118; i++) {
		netif_media_name(IFM_ETHER | IFM_X(i), text, sizeof(text));
		if (strstr(text, "unknown") != NULL)
			continue;
		known++;
		T_TRUE(netif_media_parse(text, &word));
		T_EQ(word, IFM_ETHER | IFM_X(i));
	}
	T_TRUE(known > 110);
}
