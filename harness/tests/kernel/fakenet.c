/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See fakenet.h.
 */
#include "tests/kernel/fakenet.h"

#include <sys/epoch.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <net/if_dl.h>

#include "tests/test.h"

static const uint8_t mac[6] = FAKENET_MAC;

static void
fake_init(void *arg)
{
	struct fakenet *fake = arg;

	fake->inits++;
	if_setdrvflagbits(fake->ifp, IFF_DRV_RUNNING, 0);
}

/* What if_transmit and if_start have taken over. */
static void
fake_take(struct fakenet *fake, struct mbuf *m)
{
	ETHER_BPF_MTAP(fake->ifp, m);
	if_inc_counter(fake->ifp, IFCOUNTER_OPACKETS, 1);
	if (!fake->loop) {
		T_EQ(mbufq_enqueue(&fake->sent, m), 0);
		return;
	}
	fakenet_receive(fake, m);
}

static int
fake_transmit(if_t ifp, struct mbuf *m)
{
	struct fakenet *fake = if_getsoftc(ifp);

	if (fake->keep_lock)
		mtx_lock(&fake->lock);
	if (fake->error != 0) {
		m_freem(m);
		if_inc_counter(ifp, IFCOUNTER_OQDROPS, 1);
		return (fake->error);
	}
	fake_take(fake, m);
	return (0);
}

static void
fake_qflush(if_t ifp)
{
	((struct fakenet *)if_getsoftc(ifp))->flushes++;
}

static void
fake_start(if_t ifp)
{
	struct fakenet *fake = if_getsoftc(ifp);
	struct mbuf *m;

	fake->starts++;
	if (fake->error != 0) {
		if_setdrvflagbits(ifp, IFF_DRV_OACTIVE, 0);
		return;
	}
	while ((m = if_dequeue(ifp)) != NULL)
		fake_take(fake, m);
}

static u_int
add_group(void *arg, struct sockaddr_dl *sdl, u_int count)
{
	struct fakenet *fake = arg;

	if (count < nitems(fake->group))
		memcpy(fake->group[count], LLADDR(sdl), 6);
	return (1);
}

static void
read_groups(struct fakenet *fake)
{
#if __FreeBSD_version >= 1300000
	fake->groups = if_foreach_llmaddr(fake->ifp, add_group, fake);
#else
	struct ifmultiaddr *ifma;

	fake->groups = 0;
	if_maddr_rlock(fake->ifp);
	CK_STAILQ_FOREACH(ifma, &fake->ifp->if_multiaddrs, ifma_link)
	if (ifma->ifma_addr->sa_family == AF_LINK)
		fake->groups += add_group(fake,
		    (struct sockaddr_dl *)ifma->ifma_addr, fake->groups);
	if_maddr_runlock(fake->ifp);
#endif
}

/* What was asked for is what is enabled, and what is assisted follows. */
static void
set_caps(struct fakenet *fake, int cap)
{
	int assist = 0;

	if_setcapenable(fake->ifp, cap);
	if ((cap & IFCAP_TXCSUM) != 0)
		assist |= CSUM_TCP | CSUM_UDP;
	if ((cap & IFCAP_TXCSUM_IPV6) != 0)
		assist |= CSUM_TCP_IPV6 | CSUM_UDP_IPV6;
	if ((cap & IFCAP_TSO4) != 0)
		assist |= CSUM_IP_TSO;
	if ((cap & IFCAP_TSO6) != 0)
		assist |= CSUM_IP6_TSO;
	if_sethwassist(fake->ifp, assist);
}

static int
fake_ioctl(if_t ifp, u_long cmd, caddr_t data)
{
	struct fakenet *fake = if_getsoftc(ifp);
	struct ifreq *ifr = (struct ifreq *)data;

	fake->ioctls++;
	fake->last_ioctl = cmd;
	if (fake->ioctl_error != 0)
		return (fake->ioctl_error);
	switch (cmd) {
	case SIOCSIFFLAGS:
		fake->last_flags = if_getflags(ifp);
		if ((if_getflags(ifp) & IFF_UP) != 0)
			fake_init(fake);
		else
			if_setdrvflagbits(ifp, 0, IFF_DRV_RUNNING);
		return (0);
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		read_groups(fake);
		return (0);
	case SIOCSIFMTU:
		if (ifr->ifr_mtu > 9000)
			return (EINVAL);
		return (if_setmtu(ifp, ifr->ifr_mtu));
	case SIOCSIFCAP:
		set_caps(fake, ifr->ifr_reqcap);
		VLAN_CAPABILITIES(ifp);
		return (0);
	case SIOCSIFMEDIA:
	case SIOCGIFMEDIA:
	case SIOCGIFXMEDIA:
		return (ifmedia_ioctl(ifp, ifr, &fake->media, cmd));
	default:
		return (ether_ioctl(ifp, cmd, data));
	}
}

static int
fake_media_change(if_t ifp)
{
	struct fakenet *fake = if_getsoftc(ifp);

	fake->media_changes++;
	return (fake->media_error);
}

static void
fake_media_status(if_t ifp, struct ifmediareq *req)
{
	struct fakenet *fake = if_getsoftc(ifp);

	req->ifm_status = IFM_AVALID | fake->link;
	req->ifm_active = IFM_ETHER | IFM_10G_T | IFM_FDX;
}

struct fakenet *
fakenet_alloc(bool start_queue)
{
	struct fakenet *fake = malloc(sizeof(*fake), M_TEMP, M_WAITOK | M_ZERO);
	if_t ifp = if_alloc(IFT_ETHER);

	fake->ifp = ifp;
	mbufq_init(&fake->sent, 0);
	mtx_init(&fake->lock, "fakenet", NULL, MTX_DEF);
	if_initname(ifp, "fake", 3);
	if_setsoftc(ifp, fake);
	if_setflags(ifp, IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST);
	if_setinitfn(ifp, fake_init);
	if_setioctlfn(ifp, fake_ioctl);
	if (start_queue) {
		if_setstartfn(ifp, fake_start);
		if_setsendqlen(ifp, 4);
		if_setsendqready(ifp);
	} else {
		if_settransmitfn(ifp, fake_transmit);
		if_setqflushfn(ifp, fake_qflush);
	}
	if_setcapabilities(ifp, FAKENET_CAPS);
	set_caps(fake, FAKENET_CAPS);
	ifmedia_init(&fake->media, IFM_IMASK, fake_media_change,
	    fake_media_status);
	ifmedia_add(&fake->media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_add(&fake->media, IFM_ETHER | IFM_10G_T | IFM_FDX, 7, NULL);
	ifmedia_set(&fake->media, IFM_ETHER | IFM_AUTO);
	return (fake);
}

static struct fakenet *
create(bool start_queue)
{
	struct fakenet *fake = fakenet_alloc(start_queue);

	ether_ifattach(fake->ifp, mac);
	fake->netif = netif_open("fake3");
	T_REQUIRE(fake->netif != NULL);
	T_EQ(netif_up(fake->netif), 0);
	return (fake);
}

struct fakenet *
fakenet_create(void)
{
	return (create(false));
}

struct fakenet *
fakenet_create_start(void)
{
	return (create(true));
}

void
fakenet_destroy(struct fakenet *fake)
{
	if (fake->netif != NULL)
		netif_close(fake->netif);
	if_setdrvflagbits(fake->ifp, 0, IFF_DRV_RUNNING);
	ether_ifdetach(fake->ifp);
	if_free(fake->ifp);
	ifmedia_removeall(&fake->media);
	mbufq_drain(&fake->sent);
	mtx_destroy(&fake->lock);
	free(fake, M_TEMP);
}

struct mbuf *
fakenet_frame(const uint8_t *dst, int length)
{
	struct mbuf *m = m_getm2(NULL, length, M_WAITOK, MT_DATA, M_PKTHDR);
	struct mbuf *n;
	int left = length;

	if (m == NULL)
		panic("M_WAITOK, and no packet");
	for (n = m; n != NULL; n = n->m_next) {
		n->m_len = MIN(left, M_TRAILINGSPACE(n));
		memset(n->m_data, 0x5a, (size_t)n->m_len);
		left -= n->m_len;
	}
	m->m_pkthdr.len = length;
	m_copyback(m, 0, 6, (c_caddr_t)(dst != NULL ? dst : mac));
	m_copyback(m, 12, 2, "\x88\xb5");
	return (m);
}

void
fakenet_receive(struct fakenet *fake, struct mbuf *m)
{
	struct epoch_tracker et;

	m->m_pkthdr.rcvif = fake->ifp;
	if_inc_counter(fake->ifp, IFCOUNTER_IPACKETS, 1);
#if __FreeBSD_version >= 1300000
	NET_EPOCH_ENTER(et);
	if_input(fake->ifp, m);
	NET_EPOCH_EXIT(et);
#else
	(void)et;
	if_input(fake->ifp, m);
#endif
}

struct mbuf *
fakenet_sent(struct fakenet *fake)
{
	return (mbufq_dequeue(&fake->sent));
}

void
see(void *arg, struct netif *netif, const struct netif_frame *frame)
{
	struct seen *seen = arg;
	size_t at = 0;

	seen->count++;
	seen->pieces = frame->iovcnt;
	seen->length = frame->length;
	seen->flags = frame->flags;
	seen->vlan_tag = frame->vlan_tag;
	seen->segments = frame->segments;
	seen->segment_size = frame->segment_size;
	seen->flow = frame->flow;
	for (u_int i = 0; i < frame->iovcnt; i++) {
		T_REQUIRE(at + frame->iov[i].iov_len <= sizeof(seen->data));
		memcpy(seen->data + at, frame->iov[i].iov_base,
		    frame->iov[i].iov_len);
		at += frame->iov[i].iov_len;
	}
	T_EQ(at, frame->length);
}

int
send_bytes(struct netif *netif, const void *data, size_t length, uint32_t flags)
{
	struct iovec iov = { __DECONST(void *, data), length };
	struct netif_frame frame = { .iov = &iov,
		.iovcnt = 1,
		.length = (uint32_t)length,
		.flags = flags };
	int error = -1;
	u_int sent = netif_output(netif, &frame, 1, &error);

	T_EQ(sent, error == 0 ? 1 : 0);
	return (error);
}
