/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifnet(9): how interfaces come and go.
 */
#include "kernel/ifnet_var.h"

#include <sys/sx.h>
#include <netinet/ip.h>

MALLOC_DEFINE(M_IFADDR, "ifaddr", "interface address");
static MALLOC_DEFINE(M_IFNET, "ifnet", "interface internals");

struct netifs netifs;
struct ifnethead ifnet = CK_STAILQ_HEAD_INITIALIZER(ifnet);
struct sx ifnet_sxlock;
SX_SYSINIT(ifnet_sx, &ifnet_sxlock, "ifnet_sx");

void
ifnet_boot(void)
{
	TAILQ_INIT(&netifs);
	CK_STAILQ_INIT(&ifnet);
	vlan_boot();
}

void
ifnet_halt(void)
{
	ifnet_forget();
}

void
ifnet_forget(void)
{
	struct netif *netif;

	while ((netif = TAILQ_FIRST(&netifs)) != NULL) {
		TAILQ_REMOVE(&netifs, netif, link);
		host_free(netif);
	}
	CK_STAILQ_INIT(&ifnet);
}

void
netif_unref(struct netif *netif)
{
	if (netif->ifp != NULL || netif->opens > 0)
		return;
	TAILQ_REMOVE(&netifs, netif, link);
	host_free(netif);
}

/*
 * --- allocation ---
 */

/* The lowest that is free. */
static u_short
index_alloc(void)
{
	struct netif *netif;
	u_short index = 1;

again:
	TAILQ_FOREACH(netif, &netifs, link)
		if (netif->ifp != NULL && netif->ifp->if_index == index) {
			index++;
			goto again;
		}
	return (index);
}

/* Those who listen are told by taskqueue_swi, under no lock of the driver. */
static void
link_state_changed(void *arg, int pending)
{
	struct ifnet *ifp = arg;
	struct netif *netif = ifp->if_book;
	int link_state = ifp->if_link_state;

	if (pending > 1)
		if_printf(ifp, "%d link states coalesced\n", pending);
	if_printf(ifp, "link state changed to %s\n",
	    link_state == LINK_STATE_UP ? "UP" : "DOWN");
	EVENTHANDLER_INVOKE(ifnet_link_event, ifp, link_state);
	if (netif->link_event != NULL)
		netif->link_event(netif->link_arg, netif,
		    (enum netif_link)link_state);
}

static struct netif *
book_new(struct ifnet *ifp)
{
	struct netif *netif = host_alloc(sizeof(*netif));

	netif->ifp = ifp;
	netif->device = curthread->td_device;
	if (netif->device != NULL)
		strlcpy(netif->device_name, curthread->td_device_name,
		    sizeof(netif->device_name));
	netif->trunk.parent = ifp;
	bpf_init(netif);
	TAILQ_INSERT_TAIL(&netifs, netif, link);
	return (netif);
}

if_t
if_alloc(u_char type)
{
	struct ifnet *ifp;

	ifp = malloc(sizeof(*ifp), M_IFNET, M_WAITOK | M_ZERO);
	ifp->if_index = index_alloc();
	ifp->if_type = ifp->if_alloctype = type;
	ifp->if_numa_domain = IF_NODOM;
	ifp->if_pcp = IFNET_PCP_NONE;
	ifp->if_refcount = 1;
	ifp->if_book = book_new(ifp);
	ifp->if_bpf = &ifp->if_book->bpf;
	mtx_init(&ifp->if_addr_lock, "if_addr_lock", NULL, MTX_DEF);
	TASK_INIT(&ifp->if_linktask, 0, link_state_changed, ifp);
	CK_STAILQ_INIT(&ifp->if_addrhead);
	CK_STAILQ_INIT(&ifp->if_multiaddrs);
	ifq_init(&ifp->if_snd, ifp);
	for (int i = 0; i < IFCOUNTERS; i++)
		ifp->if_counters[i] = &ifp->if_counts[i];
	ifp->if_get_counter = if_get_counter_default;
	kern_new(KO_IFNET, ifp, 0, NULL);
	return (ifp);
}

#if __FreeBSD_version >= 1300000
if_t
if_alloc_dev(u_char type, device_t dev)
{
	(void)dev; /* memory has no domains here */
	return (if_alloc(type));
}
#endif

void *
if_gethandle(u_char type)
{
	return (if_alloc(type));
}

void
if_initname(if_t ifp, const char *name, int unit)
{
	ifp->if_dname = name;
	ifp->if_dunit = unit;
	if (unit != IF_DUNIT_NONE)
		snprintf(ifp->if_xname, IFNAMSIZ, "%s%d", name, unit);
	else
		strlcpy(ifp->if_xname, name, IFNAMSIZ);
	strlcpy(ifp->if_book->name, ifp->if_xname, IFNAMSIZ);
	/* From now on the books know it by its name. */
	kern_gone(KO_IFNET, ifp, NULL);
	kern_new(KO_IFNET, ifp, 0, ifp->if_book->name);
}

static void
ifnet_destroy(struct ifnet *ifp)
{
	struct netif *netif = ifp->if_book;

	kern_gone(KO_IFNET, ifp, netif->name);
	if_purge_multi(ifp);
	free(ifp->if_hw_addr, M_IFADDR);
	free(ifp->if_addr, M_IFADDR);
	ifq_delete(&ifp->if_snd);
	mtx_destroy(&ifp->if_addr_lock);
	free(ifp, M_IFNET);
	netif->ifp = NULL;
	netif_unref(netif);
}

void
if_free(if_t ifp)
{
	/* FreeBSD would notice neither, until somebody uses it. */
	if (ifp->if_book->attached) {
		kern_misuse("if_free: %s is still attached", ifp->if_xname);
		if_detach(ifp);
	}
	if ((ifp->if_drv_flags & IFF_DRV_RUNNING) != 0)
		kern_misuse("if_free: %s is still running "
			    "(IFF_DRV_RUNNING)",
		    ifp->if_xname);
	ifp->if_flags |= IFF_DYING;
	if_rele(ifp);
}

void
if_ref(if_t ifp)
{
	KASSERT(ifp->if_refcount > 0, ("%s: ifp %p has 0 refs", __func__, ifp));
	ifp->if_refcount++;
}

void
if_rele(if_t ifp)
{
	KASSERT(ifp->if_refcount > 0, ("%s: ifp %p has 0 refs", __func__, ifp));
	if (--ifp->if_refcount == 0)
		ifnet_destroy(ifp);
}

/*
 * --- attaching and detaching ---
 */

static void
attach_address(struct ifnet *ifp)
{
	struct ifaddr *ifa;

	ifa = malloc(sizeof(*ifa), M_IFADDR, M_WAITOK | M_ZERO);
	ifa->ifa_refcnt = 1;
	ifa->ifa_ifp = ifp;
	ifa->ifa_addr = (struct sockaddr *)&ifa->ifa_sdl;
	ifa->ifa_sdl.sdl_len = sizeof(ifa->ifa_sdl);
	ifa->ifa_sdl.sdl_family = AF_LINK;
	ifa->ifa_sdl.sdl_index = ifp->if_index;
	ifa->ifa_sdl.sdl_type = ifp->if_type;
	ifa->ifa_sdl.sdl_nlen = (u_char)strlen(ifp->if_xname);
	memcpy(ifa->ifa_sdl.sdl_data, ifp->if_xname, ifa->ifa_sdl.sdl_nlen);
	ifp->if_addr = ifa;
	CK_STAILQ_INSERT_HEAD(&ifp->if_addrhead, ifa, ifa_link);
	if (ifp->if_type == IFT_ETHER && ifp->if_hw_addr == NULL)
		ifp->if_hw_addr =
		    malloc(ifp->if_addrlen, M_IFADDR, M_WAITOK | M_ZERO);
}

/* What 64 KB less headers need, in clusters. */
static void
attach_tso(struct ifnet *ifp)
{
	if (ifp->if_hw_tsomax != 0 || ifp->if_hw_tsomaxsegcount != 0 ||
	    ifp->if_hw_tsomaxsegsize != 0)
		return;
	ifp->if_hw_tsomax = MIN(IP_MAXPACKET,
	    32 * MCLBYTES - (ETHER_HDR_LEN + ETHER_VLAN_ENCAP_LEN));
	ifp->if_hw_tsomaxsegcount = 35;
	ifp->if_hw_tsomaxsegsize = 2048;
	if ((ifp->if_capabilities & IFCAP_TSO) != 0)
		if_printf(ifp, "Using defaults for TSO: %u/%u/%u\n",
		    ifp->if_hw_tsomax, ifp->if_hw_tsomaxsegcount,
		    ifp->if_hw_tsomaxsegsize);
}

static void
if_input_default(if_t ifp, struct mbuf *m)
{
	struct mbuf *next;

	(void)ifp;
	for (; m != NULL; m = next) {
		next = m->m_nextpkt;
		m->m_nextpkt = NULL;
		m_freem(m);
	}
}

void
if_attach(if_t ifp)
{
	KASSERT((ifp->if_transmit == NULL) == (ifp->if_qflush == NULL),
	    ("transmit and qflush must both either be set or both be NULL"));
	if (ifp->if_xname[0] == '\0')
		panic("if_attach: an interface without a name");
	if (ifp->if_book->attached) {
		kern_misuse("if_attach: %s is attached twice", ifp->if_xname);
		return;
	}
	getmicrouptime(&ifp->if_lastchange);
	ifp->if_epoch = time_uptime;
	if (ifp->if_transmit == NULL) {
		ifp->if_transmit = if_transmit_default;
		ifp->if_qflush = if_qflush;
	}
	if (ifp->if_input == NULL)
		ifp->if_input = if_input_default;
	attach_address(ifp);
	attach_tso(ifp);
	IFNET_WLOCK();
	CK_STAILQ_INSERT_TAIL(&ifnet, ifp, if_link);
	ifp->if_book->attached = true;
	IFNET_WUNLOCK();
	EVENTHANDLER_INVOKE(ifnet_arrival_event, ifp);
}

/*
 * The order is FreeBSD's: nobody finds it any more, those who have it are
 * waited for, it goes down, loses its addresses, and refuses everything.
 */
void
if_detach(if_t ifp)
{
	struct ifaddr *ifa;

	if (!ifp->if_book->attached) {
		kern_misuse("if_detach: %s is not attached", ifp->if_xname);
		return;
	}
	IFNET_WLOCK();
	CK_STAILQ_REMOVE(&ifnet, ifp, ifnet, if_link);
	ifp->if_book->attached = false;
	IFNET_WUNLOCK();
	epoch_wait_preempt(net_epoch_preempt);
	epoch_drain_callbacks(net_epoch_preempt);
	taskqueue_drain(taskqueue_swi, &ifp->if_linktask);
	if_down(ifp);
	if_purge_multi(ifp);
	EVENTHANDLER_INVOKE(ifnet_departure_event, ifp);
	vlan_purge(ifp);
	if_dead(ifp);
	IF_ADDR_WLOCK(ifp);
	ifa = ifp->if_addr;
	CK_STAILQ_INIT(&ifp->if_addrhead);
	ifp->if_addr = NULL;
	IF_ADDR_WUNLOCK(ifp);
	free(ifa, M_IFADDR);
}

/*
 * --- an interface that has gone ---
 */

static int
dead_output(if_t ifp, struct mbuf *m, const struct sockaddr *dst,
    struct route *ro)
{
	(void)ifp;
	(void)dst;
	(void)ro;
	m_freem(m);
	return (ENXIO);
}

static void
dead_start(if_t ifp)
{
	(void)ifp;
}

static int
dead_ioctl(if_t ifp, u_long cmd, caddr_t data)
{
	(void)ifp;
	(void)cmd;
	(void)data;
	return (ENXIO);
}

static int
dead_resolvemulti(if_t ifp, struct sockaddr **llsa, struct sockaddr *sa)
{
	(void)ifp;
	(void)sa;
	*llsa = NULL;
	return (ENXIO);
}

static int
dead_transmit(if_t ifp, struct mbuf *m)
{
	(void)ifp;
	m_freem(m);
	return (ENXIO);
}

static uint64_t
dead_get_counter(if_t ifp, ift_counter counter)
{
	(void)ifp;
	(void)counter;
	return (0);
}

void
if_dead(if_t ifp)
{
	ifp->if_output = dead_output;
	ifp->if_input = if_input_default;
	ifp->if_start = dead_start;
	ifp->if_ioctl = dead_ioctl;
	ifp->if_resolvemulti = dead_resolvemulti;
	ifp->if_qflush = dead_start;
	ifp->if_transmit = dead_transmit;
	ifp->if_get_counter = dead_get_counter;
}

/*
 * --- finding one ---
 */

if_t
ifunit(const char *name)
{
	struct ifnet *ifp;

	CK_STAILQ_FOREACH(ifp, &ifnet, if_link)
	if (strncmp(name, ifp->if_xname, IFNAMSIZ) == 0)
		return (ifp);
	return (NULL);
}

if_t
ifunit_ref(const char *name)
{
	struct ifnet *ifp = ifunit(name);

	if (ifp != NULL)
		if_ref(ifp);
	return (ifp);
}

if_t
ifnet_byindex(u_int index)
{
	struct ifnet *ifp;

	CK_STAILQ_FOREACH(ifp, &ifnet, if_link)
	if (ifp->if_index == index)
		return (ifp);
	return (NULL);
}

#if __FreeBSD_version >= 1400000
int
if_foreach(if_foreach_cb_t cb, void *arg)
{
	struct ifnet *ifp;
	int error = 0;

	CK_STAILQ_FOREACH(ifp, &ifnet, if_link)
	{
		error = cb(ifp, arg);
		if (error != 0)
			break;
	}
	return (error);
}
#endif

int
if_printf(if_t ifp, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return (printf("%s: %s", ifp->if_xname, text));
}
