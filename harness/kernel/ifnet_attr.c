/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ifnet(9): what drivers ask of an interface and set on it.
 */
#include "kernel/ifnet_var.h"

#include <net/debugnet.h>

/*
 * --- identity ---
 */

const char *
if_name(if_t ifp)
{
	return (ifp->if_xname);
}

const char *
if_getdname(if_t ifp)
{
	return (ifp->if_dname);
}

int
if_setdev(if_t ifp, void *dev)
{
	(void)ifp;
	(void)dev;
	return (0);
}

int
if_setsoftc(if_t ifp, void *softc)
{
	ifp->if_softc = softc;
	return (0);
}

void *
if_getsoftc(if_t ifp)
{
	return (ifp->if_softc);
}

caddr_t
if_getlladdr(if_t ifp)
{
	return (IF_LLADDR(ifp));
}

int
if_gethwaddr(if_t ifp, struct ifreq *ifr)
{
	switch (ifp->if_type) {
	case IFT_ETHER:
		if (ifp->if_hw_addr == NULL)
			return (ENODEV);
		memcpy(ifr->ifr_addr.sa_data, ifp->if_hw_addr, ifp->if_addrlen);
		return (0);
	default:
		return (ENODEV);
	}
}

/*
 * --- flags ---
 */

int
if_setflags(if_t ifp, int flags)
{
	ifp->if_flags = flags;
	return (0);
}

int
if_setflagbits(if_t ifp, int set, int clear)
{
	ifp->if_flags = (ifp->if_flags & ~clear) | set;
	return (0);
}

int
if_getflags(if_t ifp)
{
	return (ifp->if_flags);
}

int
if_setdrvflags(if_t ifp, int flags)
{
	ifp->if_drv_flags = flags;
	return (0);
}

int
if_setdrvflagbits(if_t ifp, int set, int clear)
{
	ifp->if_drv_flags = (ifp->if_drv_flags & ~clear) | set;
	return (0);
}

int
if_getdrvflags(if_t ifp)
{
	return (ifp->if_drv_flags);
}

/*
 * --- capabilities ---
 */

int
if_setcapabilities(if_t ifp, int capabilities)
{
	ifp->if_capabilities = capabilities;
	return (0);
}

int
if_setcapabilitiesbit(if_t ifp, int set, int clear)
{
	ifp->if_capabilities = (ifp->if_capabilities & ~clear) | set;
	return (0);
}

int
if_getcapabilities(if_t ifp)
{
	return (ifp->if_capabilities);
}

int
if_setcapenable(if_t ifp, int capenable)
{
	ifp->if_capenable = capenable;
	return (0);
}

int
if_setcapenablebit(if_t ifp, int set, int clear)
{
	ifp->if_capenable = (ifp->if_capenable & ~clear) | set;
	return (0);
}

int
if_togglecapenable(if_t ifp, int toggle)
{
	ifp->if_capenable ^= toggle;
	return (0);
}

int
if_getcapenable(if_t ifp)
{
	return (ifp->if_capenable);
}

int
if_sethwassist(if_t ifp, int bits)
{
	ifp->if_hwassist = (u_int)bits;
	return (0);
}

int
if_sethwassistbits(if_t ifp, int set, int clear)
{
	ifp->if_hwassist =
	    (ifp->if_hwassist & ~(uint64_t)(u_int)clear) | (uint64_t)(u_int)set;
	return (0);
}

int
if_clearhwassist(if_t ifp)
{
	ifp->if_hwassist = 0;
	return (0);
}

int
if_gethwassist(if_t ifp)
{
	return ((int)ifp->if_hwassist);
}

/*
 * --- sizes and speed ---
 */

int
if_setmtu(if_t ifp, int mtu)
{
	ifp->if_mtu = (uint32_t)mtu;
	return (0);
}

int
if_getmtu(if_t ifp)
{
	return ((int)ifp->if_mtu);
}

int
if_getmtu_family(if_t ifp, int family)
{
	(void)family;
	return ((int)ifp->if_mtu);
}

int
if_setifheaderlen(if_t ifp, int len)
{
	ifp->if_hdrlen = (uint8_t)len;
	return (0);
}

uint64_t
if_setbaudrate(if_t ifp, uint64_t baudrate)
{
	uint64_t old = ifp->if_baudrate;

	ifp->if_baudrate = baudrate;
	return (old);
}

uint64_t
if_getbaudrate(if_t ifp)
{
	return (ifp->if_baudrate);
}

int
if_sethwtsomax(if_t ifp, u_int bytes)
{
	ifp->if_hw_tsomax = bytes;
	return (0);
}

int
if_sethwtsomaxsegcount(if_t ifp, u_int count)
{
	ifp->if_hw_tsomaxsegcount = count;
	return (0);
}

int
if_sethwtsomaxsegsize(if_t ifp, u_int bytes)
{
	ifp->if_hw_tsomaxsegsize = bytes;
	return (0);
}

u_int
if_gethwtsomax(if_t ifp)
{
	return (ifp->if_hw_tsomax);
}

u_int
if_gethwtsomaxsegcount(if_t ifp)
{
	return (ifp->if_hw_tsomaxsegcount);
}

u_int
if_gethwtsomaxsegsize(if_t ifp)
{
	return (ifp->if_hw_tsomaxsegsize);
}

/* The lower of two limits, where 0 is none. */
static u_int
lower(u_int a, u_int b)
{
	if (a == 0 || b == 0)
		return (MAX(a, b));
	return (MIN(a, b));
}

void
if_hw_tsomax_common(if_t ifp, struct ifnet_hw_tsomax *max)
{
	max->tsomaxbytes = lower(max->tsomaxbytes, ifp->if_hw_tsomax);
	max->tsomaxsegcount =
	    lower(max->tsomaxsegcount, ifp->if_hw_tsomaxsegcount);
	max->tsomaxsegsize =
	    lower(max->tsomaxsegsize, ifp->if_hw_tsomaxsegsize);
}

int
if_hw_tsomax_update(if_t ifp, struct ifnet_hw_tsomax *max)
{
	int changed = (ifp->if_hw_tsomax != max->tsomaxbytes) +
	    (ifp->if_hw_tsomaxsegcount != max->tsomaxsegcount) +
	    (ifp->if_hw_tsomaxsegsize != max->tsomaxsegsize);

	ifp->if_hw_tsomax = max->tsomaxbytes;
	ifp->if_hw_tsomaxsegcount = max->tsomaxsegcount;
	ifp->if_hw_tsomaxsegsize = max->tsomaxsegsize;
	return (changed);
}

/*
 * --- functions ---
 */

void
if_setinitfn(if_t ifp, if_init_fn_t fn)
{
	ifp->if_init = fn;
}

void
if_setioctlfn(if_t ifp, if_ioctl_fn_t fn)
{
	ifp->if_ioctl = fn;
}

void
if_setstartfn(if_t ifp, if_start_fn_t fn)
{
	ifp->if_start = fn;
}

void
if_settransmitfn(if_t ifp, if_transmit_fn_t fn)
{
	ifp->if_transmit = fn;
}

void
if_setqflushfn(if_t ifp, if_qflush_fn_t fn)
{
	ifp->if_qflush = fn;
}

void
if_setgetcounterfn(if_t ifp, if_get_counter_t fn)
{
	ifp->if_get_counter = fn;
}

void
if_input(if_t ifp, struct mbuf *m)
{
	ifp->if_input(ifp, m);
}

/*
 * --- packets ---
 */

void
if_setrcvif(struct mbuf *m, if_t ifp)
{
	MPASS((m->m_pkthdr.csum_flags & CSUM_SND_TAG) == 0);
	m->m_pkthdr.rcvif = ifp;
}

void
if_setvtag(struct mbuf *m, u_int16_t tag)
{
	m->m_pkthdr.ether_vtag = tag;
}

u_int16_t
if_getvtag(struct mbuf *m)
{
	return (m->m_pkthdr.ether_vtag);
}

/* What ifreq points to; there is no other address space to copy from. */
void *
ifr_data_get_ptr(void *ifrp)
{
	return (((struct ifreq *)ifrp)->ifr_ifru.ifru_data);
}

#if __FreeBSD_version >= 1300000
void *
ifr_buffer_get_buffer(void *data)
{
	return (((struct ifreq *)data)->ifr_ifru.ifru_buffer.buffer);
}

size_t
ifr_buffer_get_length(void *data)
{
	return (((struct ifreq *)data)->ifr_ifru.ifru_buffer.length);
}
#endif

#if __FreeBSD_version < 1400000

int
if_getamcount(if_t ifp)
{
	return (ifp->if_amcount);
}
#endif

#if __FreeBSD_version >= 1400000
/*
 * --- since 14 ---
 */

int
if_setcapabilities2(if_t ifp, int capabilities)
{
	ifp->if_capabilities2 = capabilities;
	return (0);
}

int
if_setcapabilities2bit(if_t ifp, int set, int clear)
{
	ifp->if_capabilities2 = (ifp->if_capabilities2 & ~clear) | set;
	return (0);
}

int
if_getcapabilities2(if_t ifp)
{
	return (ifp->if_capabilities2);
}

int
if_setcapenable2(if_t ifp, int capenable)
{
	ifp->if_capenable2 = capenable;
	return (0);
}

int
if_setcapenable2bit(if_t ifp, int set, int clear)
{
	ifp->if_capenable2 = (ifp->if_capenable2 & ~clear) | set;
	return (0);
}

int
if_togglecapenable2(if_t ifp, int toggle)
{
	ifp->if_capenable2 ^= toggle;
	return (0);
}

int
if_getcapenable2(if_t ifp)
{
	return (ifp->if_capenable2);
}

int
if_togglehwassist(if_t ifp, int toggle)
{
	ifp->if_hwassist ^= (uint64_t)(u_int)toggle;
	return (0);
}

int
if_getdunit(if_t ifp)
{
	return (ifp->if_dunit);
}

void
if_setdname(if_t ifp, const char *name)
{
	ifp->if_dname = name;
}

int
if_getindex(if_t ifp)
{
	return (ifp->if_index);
}

int
if_getidxgen(if_t ifp)
{
	return (ifp->if_idxgen);
}

int
if_getalloctype(if_t ifp)
{
	return (ifp->if_alloctype);
}

int
if_gettype(if_t ifp)
{
	return (ifp->if_type);
}

int
if_getlinkstate(if_t ifp)
{
	return (ifp->if_link_state);
}

uint8_t
if_getaddrlen(if_t ifp)
{
	return (ifp->if_addrlen);
}

u_int
if_getfib(if_t ifp)
{
	return (ifp->if_fib);
}

int
if_getnumadomain(if_t ifp)
{
	return (ifp->if_numa_domain);
}

struct vnet *
if_getvnet(if_t ifp)
{
	return (ifp->if_vnet);
}

const uint8_t *
if_getbroadcastaddr(if_t ifp)
{
	return (ifp->if_broadcastaddr);
}

void
if_setbroadcastaddr(if_t ifp, const uint8_t *addr)
{
	ifp->if_broadcastaddr = addr;
}

uint8_t
if_getpcp(if_t ifp)
{
	return (ifp->if_pcp);
}

void *
if_getl2com(if_t ifp)
{
	return (ifp->if_l2com);
}

void
if_setllsoftc(if_t ifp, void *softc)
{
	ifp->if_llsoftc = softc;
}

void *
if_getllsoftc(if_t ifp)
{
	return (ifp->if_llsoftc);
}

struct bpf_if *
if_getbpf(if_t ifp)
{
	return (ifp->if_bpf);
}

struct ifvlantrunk *
if_getvlantrunk(if_t ifp)
{
	return (ifp->if_vlantrunk);
}

struct netmap_adapter *
if_getnetmapadapter(if_t ifp)
{
	return (ifp->if_netmap);
}

void
if_setnetmapadapter(if_t ifp, struct netmap_adapter *na)
{
	ifp->if_netmap = na;
}

bool
if_altq_is_enabled(if_t ifp)
{
	(void)ifp;
	return (ALTQ_IS_ENABLED(&ifp->if_snd));
}

void
if_setlastchange(if_t ifp)
{
	getmicrouptime(&ifp->if_lastchange);
}

void
if_setdebugnet_methods(if_t ifp, struct debugnet_methods *methods)
{
	ifp->if_debugnet_methods = methods;
}

void
if_setinputfn(if_t ifp, if_input_fn_t fn)
{
	ifp->if_input = fn;
}

void
if_setoutputfn(if_t ifp, if_output_fn_t fn)
{
	ifp->if_output = fn;
}

if_input_fn_t
if_getinputfn(if_t ifp)
{
	return (ifp->if_input);
}

if_start_fn_t
if_getstartfn(if_t ifp)
{
	return (ifp->if_start);
}

if_transmit_fn_t
if_gettransmitfn(if_t ifp)
{
	return (ifp->if_transmit);
}

int
if_transmit(if_t ifp, struct mbuf *m)
{
	return (ifp->if_transmit(ifp, m));
}

void
if_init(if_t ifp, void *ctx)
{
	ifp->if_init(ctx);
}

int
if_ioctl(if_t ifp, u_long cmd, void *data)
{
	return (ifp->if_ioctl(ifp, cmd, data));
}
#endif
