/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifnet(9): interfaces, as drivers make and use them.
 *
 * Functions that return an int without a meaning return 0.  An interface is
 * allocated, named, filled in, attached (ether_ifattach()), used, detached
 * (ether_ifdetach()), freed.
 */
#ifndef _NET_IF_VAR_H_
#define _NET_IF_VAR_H_
#include <sys/_eventhandler.h>
#include <sys/_task.h>
#include <sys/buf_ring.h>
#include <sys/bus.h>
#include <sys/ck.h>
#include <sys/counter.h>
#include <sys/epoch.h>
#include <sys/lock.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/sx.h>
#include <net/if.h>
#include <net/vnet.h>

struct bpf_if;
struct debugnet_methods;
struct ifaddr;
struct ifmedia;
struct ifmultiaddr;
struct ifvlantrunk;
struct label;
struct netmap_adapter;
struct pfil_head;
struct route;
struct sockaddr_dl;
struct socket;
struct thread;

#define IF_DUNIT_NONE (-1)
#define IF_NODOM      255
#define IF_MINMTU     72
#define IF_MAXMTU     65535

/* if_get_counter() and its kin. */
typedef enum {
	IFCOUNTER_IPACKETS = 0,
	IFCOUNTER_IERRORS,
	IFCOUNTER_OPACKETS,
	IFCOUNTER_OERRORS,
	IFCOUNTER_COLLISIONS,
	IFCOUNTER_IBYTES,
	IFCOUNTER_OBYTES,
	IFCOUNTER_IMCASTS,
	IFCOUNTER_OMCASTS,
	IFCOUNTER_IQDROPS,
	IFCOUNTER_OQDROPS,
	IFCOUNTER_NOPROTO,
	IFCOUNTERS
} ift_counter;

/*
 * What a driver sets.  if_transmit takes the packet whatever it returns;
 * if_init and if_ioctl may sleep, the others may not.
 */
typedef void (*if_start_fn_t)(if_t);
typedef int (*if_ioctl_fn_t)(if_t, u_long, caddr_t);
typedef void (*if_init_fn_t)(void *softc);
typedef void (*if_input_fn_t)(if_t, struct mbuf *);
typedef int (*if_output_fn_t)(if_t, struct mbuf *, const struct sockaddr *,
    struct route *);
typedef void (*if_qflush_fn_t)(if_t);
typedef int (*if_transmit_fn_t)(if_t, struct mbuf *);
typedef uint64_t (*if_get_counter_t)(if_t, ift_counter);

/* Bounds of what a driver segments: bytes, segments, bytes of a segment. */
struct ifnet_hw_tsomax {
	u_int tsomaxbytes;
	u_int tsomaxsegcount;
	u_int tsomaxsegsize;
};

/*
 * --- coming and going ---
 */

/*
 * IFT_ETHER or another type.  Never fails since 14; before, NULL has to be
 * expected.  Waits for memory.
 */
if_t if_alloc(u_char type);
#if __FreeBSD_version >= 1300000
if_t if_alloc_dev(u_char type, device_t dev);
#endif
void *if_gethandle(u_char type);
/* Detached, or never attached. */
void if_free(if_t ifp);
/* The name is that of the driver's class, and stays where it is. */
void if_initname(if_t ifp, const char *name, int unit);
void if_attach(if_t ifp); /* ether_ifattach() does */
void if_detach(if_t ifp); /* ether_ifdetach() does */
void if_dead(if_t ifp);	  /* all its functions refuse from now on */
void if_ref(if_t ifp);
void if_rele(if_t ifp);
if_t ifunit(const char *name);
if_t ifunit_ref(const char *name);
if_t ifnet_byindex(u_int index);
int if_printf(if_t ifp, const char *fmt, ...) __printflike(2, 3);

/*
 * --- properties ---
 */

const char *if_name(if_t ifp);
const char *if_getdname(if_t ifp);
int if_setdev(if_t ifp, void *dev);
int if_setsoftc(if_t ifp, void *softc);
void *if_getsoftc(if_t ifp);
int if_setflags(if_t ifp, int flags);
int if_setflagbits(if_t ifp, int set, int clear);
int if_getflags(if_t ifp);
int if_setdrvflags(if_t ifp, int flags);
int if_setdrvflagbits(if_t ifp, int set, int clear);
int if_getdrvflags(if_t ifp);
int if_setcapabilities(if_t ifp, int capabilities);
int if_setcapabilitiesbit(if_t ifp, int set, int clear);
int if_getcapabilities(if_t ifp);
int if_setcapenable(if_t ifp, int capenable);
int if_setcapenablebit(if_t ifp, int set, int clear);
int if_togglecapenable(if_t ifp, int toggle);
int if_getcapenable(if_t ifp);
/* CSUM_: what the driver does of what is enabled. */
int if_sethwassist(if_t ifp, int bits);
int if_sethwassistbits(if_t ifp, int set, int clear);
int if_clearhwassist(if_t ifp);
int if_gethwassist(if_t ifp);
int if_setmtu(if_t ifp, int mtu);
int if_getmtu(if_t ifp);
int if_getmtu_family(if_t ifp, int family);
int if_setifheaderlen(if_t ifp, int len);
/* Bits a second; returns the old value. */
uint64_t if_setbaudrate(if_t ifp, uint64_t baudrate);
uint64_t if_getbaudrate(if_t ifp);
int if_sethwtsomax(if_t ifp, u_int bytes);
int if_sethwtsomaxsegcount(if_t ifp, u_int count);
int if_sethwtsomaxsegsize(if_t ifp, u_int bytes);
u_int if_gethwtsomax(if_t ifp);
u_int if_gethwtsomaxsegcount(if_t ifp);
u_int if_gethwtsomaxsegsize(if_t ifp);
void if_hw_tsomax_common(if_t ifp, struct ifnet_hw_tsomax *max);
/* 1: something has changed. */
int if_hw_tsomax_update(if_t ifp, struct ifnet_hw_tsomax *max);
#if __FreeBSD_version >= 1400000
int if_setcapabilities2(if_t ifp, int capabilities);
int if_setcapabilities2bit(if_t ifp, int set, int clear);
int if_getcapabilities2(if_t ifp);
int if_setcapenable2(if_t ifp, int capenable);
int if_setcapenable2bit(if_t ifp, int set, int clear);
int if_togglecapenable2(if_t ifp, int toggle);
int if_getcapenable2(if_t ifp);
int if_togglehwassist(if_t ifp, int toggle);
int if_getdunit(if_t ifp);
void if_setdname(if_t ifp, const char *name);
int if_getindex(if_t ifp);
int if_getidxgen(if_t ifp);
int if_getalloctype(if_t ifp);
int if_gettype(if_t ifp);
int if_getlinkstate(if_t ifp);
uint8_t if_getaddrlen(if_t ifp);
u_int if_getfib(if_t ifp);
int if_getnumadomain(if_t ifp);
struct vnet *if_getvnet(if_t ifp);
const uint8_t *if_getbroadcastaddr(if_t ifp);
void if_setbroadcastaddr(if_t ifp, const uint8_t *addr);
uint8_t if_getpcp(if_t ifp);
void *if_getl2com(if_t ifp);
void if_setllsoftc(if_t ifp, void *softc);
void *if_getllsoftc(if_t ifp);
struct bpf_if *if_getbpf(if_t ifp);
struct ifvlantrunk *if_getvlantrunk(if_t ifp);
struct netmap_adapter *if_getnetmapadapter(if_t ifp);
void if_setnetmapadapter(if_t ifp, struct netmap_adapter *na);
bool if_altq_is_enabled(if_t ifp);
void if_setlastchange(if_t ifp);
void if_setdebugnet_methods(if_t ifp, struct debugnet_methods *methods);
#endif
caddr_t if_getlladdr(if_t ifp);
int if_gethwaddr(if_t ifp, struct ifreq *ifr);
/* A new link-level address, of if_getaddrlen() bytes. */
int if_setlladdr(if_t ifp, const u_char *lladdr, int len);

/*
 * --- functions ---
 */

void if_setinitfn(if_t ifp, if_init_fn_t);
void if_setioctlfn(if_t ifp, if_ioctl_fn_t);
void if_setstartfn(if_t ifp, if_start_fn_t);
/*
 * With either of these two, both; without them if_transmit queues in the
 * send queue and calls if_start.
 */
void if_settransmitfn(if_t ifp, if_transmit_fn_t);
void if_setqflushfn(if_t ifp, if_qflush_fn_t);
void if_setgetcounterfn(if_t ifp, if_get_counter_t);
#if __FreeBSD_version >= 1400000
void if_setinputfn(if_t ifp, if_input_fn_t);
void if_setoutputfn(if_t ifp, if_output_fn_t);
if_input_fn_t if_getinputfn(if_t ifp);
if_start_fn_t if_getstartfn(if_t ifp);
if_transmit_fn_t if_gettransmitfn(if_t ifp);
int if_transmit(if_t ifp, struct mbuf *m);
void if_init(if_t ifp, void *ctx);
int if_ioctl(if_t ifp, u_long cmd, void *data);
#endif

/*
 * --- packets ---
 */

/*
 * Hands up packets, linked by m_nextpkt, each with a packet header; they are
 * no longer the driver's.  Since 13 only within the network's epoch.
 */
void if_input(if_t ifp, struct mbuf *m);
/* The send queue of drivers that have if_start. */
int if_sendq_empty(if_t ifp);
int if_setsendqready(if_t ifp);
int if_setsendqlen(if_t ifp, int packets);
int if_sendq_prepend(if_t ifp, struct mbuf *m);
struct mbuf *if_dequeue(if_t ifp);
void if_setrcvif(struct mbuf *m, if_t ifp);
void if_setvtag(struct mbuf *m, u_int16_t tag);
u_int16_t if_getvtag(struct mbuf *m);
#if __FreeBSD_version < 1400000
void if_bpfmtap(if_t ifp, struct mbuf *m);
void if_etherbpfmtap(if_t ifp, struct mbuf *m);
int if_getamcount(if_t ifp);
#endif

/*
 * --- counters ---
 */

void if_inc_counter(if_t ifp, ift_counter counter, int64_t inc);
/* What if_inc_counter() has counted: the driver's if_get_counter asks it. */
uint64_t if_get_counter_default(if_t ifp, ift_counter counter);
/* What the driver says, as netstat(1) shows it. */
#if __FreeBSD_version >= 1400000
uint64_t if_getcounter(if_t ifp, ift_counter counter);
#endif
void if_data_copy(if_t ifp, struct if_data *ifd);

/*
 * --- state ---
 */

/* LINK_STATE_; those who listen are told by another thread. */
void if_link_state_change(if_t ifp, int link_state);
void if_up(if_t ifp);
void if_down(if_t ifp);
/* One more, or less, who wants it. */
int ifpromisc(if_t ifp, int on);
int if_allmulti(if_t ifp, int on);
int if_vlantrunkinuse(if_t ifp);
void if_vlancap(if_t ifp);
int ifhwioctl(u_long cmd, if_t ifp, caddr_t data, struct thread *td);

/*
 * --- addresses ---
 */

/* A group of sa is joined, respectively left; see if_foreach_llmaddr(). */
int if_addmulti(if_t ifp, struct sockaddr *sa, struct ifmultiaddr **retifma);
int if_delmulti(if_t ifp, struct sockaddr *sa);
void if_delmulti_ifma(struct ifmultiaddr *ifma);
void if_delallmulti(if_t ifp);
#if __FreeBSD_version >= 1300000
/*
 * Calls cb(arg, address, count) for each link-level address respectively
 * multicast group of the interface; `count` is the sum of what it returned
 * before.  Returns the sum.  cb must not sleep.
 */
typedef u_int iflladdr_cb_t(void *, struct sockaddr_dl *, u_int);
u_int if_foreach_lladdr(if_t ifp, iflladdr_cb_t cb, void *arg);
u_int if_foreach_llmaddr(if_t ifp, iflladdr_cb_t cb, void *arg);
u_int if_lladdr_count(if_t ifp);
u_int if_llmaddr_count(if_t ifp);
#endif
#if __FreeBSD_version >= 1400000
bool if_maddr_empty(if_t ifp);
#endif

/*
 * --- all interfaces ---
 */
#if __FreeBSD_version >= 1400000
typedef int (*if_foreach_cb_t)(if_t, void *);
/* Until one does not return 0, which is returned. */
int if_foreach(if_foreach_cb_t cb, void *arg);
#endif

/*
 * --- events ---
 */

typedef void (*iflladdr_event_handler_t)(void *, if_t);
EVENTHANDLER_DECLARE(iflladdr_event, iflladdr_event_handler_t);
typedef void (*ifaddr_event_handler_t)(void *, if_t);
EVENTHANDLER_DECLARE(ifaddr_event, ifaddr_event_handler_t);
typedef void (*ifnet_arrival_event_handler_t)(void *, if_t);
EVENTHANDLER_DECLARE(ifnet_arrival_event, ifnet_arrival_event_handler_t);
typedef void (*ifnet_departure_event_handler_t)(void *, if_t);
EVENTHANDLER_DECLARE(ifnet_departure_event, ifnet_departure_event_handler_t);
typedef void (*ifnet_link_event_handler_t)(void *, if_t, int);
EVENTHANDLER_DECLARE(ifnet_link_event, ifnet_link_event_handler_t);
#define IFNET_EVENT_UP	 0
#define IFNET_EVENT_DOWN 1
#define IFNET_EVENT_PCP	 2
#if __FreeBSD_version >= 1300000
#define IFNET_EVENT_UPDATE_BAUDRATE 3
#endif
typedef void (*ifnet_event_fn)(void *, if_t ifp, int event);
EVENTHANDLER_DECLARE(ifnet_event, ifnet_event_fn);

#if __FreeBSD_version < 1400000
#include <net/if_private.h>
#endif
#include <net/ifq.h>

#endif /* !_NET_IF_VAR_H_ */
