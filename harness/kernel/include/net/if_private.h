/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is in an interface: the network stack's alone since 14; before,
 * <net/if_var.h> includes this.
 */
#ifndef _NET_IF_PRIVATE_H_
#define _NET_IF_PRIVATE_H_
#include <net/if_var.h>
#include <net/if_dl.h>
#include <net/ifq.h>

struct netdump_methods;

CK_STAILQ_HEAD(ifnethead, ifnet);
CK_STAILQ_HEAD(ifaddrhead, ifaddr);
CK_STAILQ_HEAD(ifmultihead, ifmultiaddr);

/* An address of the interface.  Only its link-level address is kept. */
struct ifaddr {
	struct sockaddr *ifa_addr;
	struct ifnet *ifa_ifp;
	CK_STAILQ_ENTRY(ifaddr) ifa_link;
	u_short ifa_flags;
	u_int ifa_refcnt;
	struct sockaddr_dl ifa_sdl; /* which ifa_addr points to */
};

/* A multicast group that was joined. */
struct ifmultiaddr {
	CK_STAILQ_ENTRY(ifmultiaddr) ifma_link;
	struct sockaddr *ifma_addr;
	struct sockaddr *ifma_lladdr;
	struct ifnet *ifma_ifp;
	u_int ifma_refcount; /* how often */
	int ifma_flags;
#define IFMA_F_ENQUEUED 0x1
	void *ifma_protospec;
	struct ifmultiaddr *ifma_llifma;
	struct epoch_context ifma_epoch_ctx;
	struct sockaddr_dl ifma_sdl; /* which ifma_addr points to */
};

struct ifnet {
	CK_STAILQ_ENTRY(ifnet) if_link;
	u_char if_alloctype;
	uint8_t if_numa_domain;

	/* What stays. */
	void *if_softc;
	void *if_llsoftc;
	void *if_l2com;
	const char *if_dname;
	int if_dunit;
	u_short if_index;
	u_short if_idxgen;
	char if_xname[IFNAMSIZ];
	char *if_description;

	/* What stack and driver change. */
	int if_flags;
	int if_drv_flags;
	int if_capabilities;
	int if_capabilities2;
	int if_capenable;
	int if_capenable2;
	void *if_linkmib;
	size_t if_linkmiblen;
	u_int if_refcount;

	uint8_t if_type;
	uint8_t if_addrlen;
	uint8_t if_hdrlen;
	uint8_t if_link_state;
	uint32_t if_mtu;
	uint32_t if_metric;
	uint64_t if_baudrate;
	uint64_t if_hwassist;
	time_t if_epoch;
	struct timeval if_lastchange;

	struct ifaltq if_snd;
	struct task if_linktask;
	struct task if_addmultitask;

	/* Addresses. */
	struct mtx if_addr_lock;
	struct ifaddrhead if_addrhead; /* the first: if_addr */
	struct ifmultihead if_multiaddrs;
	int if_amcount; /* who want all multicast */
	struct ifaddr *if_addr;
	void *if_hw_addr; /* as it was when it was attached */
	const u_int8_t *if_broadcastaddr;
	u_int if_fib;
	struct vnet *if_vnet;
	struct ifvlantrunk *if_vlantrunk;
	struct bpf_if *if_bpf;
	int if_pcount; /* who want everything */
	void *if_bridge;
	void *if_lagg;
	struct netmap_adapter *if_netmap;

	/* Functions. */
	if_output_fn_t if_output;
	if_input_fn_t if_input;
	if_start_fn_t if_start;
	if_ioctl_fn_t if_ioctl;
	if_init_fn_t if_init;
	int (*if_resolvemulti)(struct ifnet *, struct sockaddr **,
	    struct sockaddr *);
	if_qflush_fn_t if_qflush;
	if_transmit_fn_t if_transmit;
	if_get_counter_t if_get_counter;

	counter_u64_t if_counters[IFCOUNTERS]; /* each in the next */
	uint64_t if_counts[IFCOUNTERS];

	/* What is segmented; 0: no limit. */
	u_int if_hw_tsomax;
	u_int if_hw_tsomaxsegcount;
	u_int if_hw_tsomaxsegsize;

	uint8_t if_pcp;
#if __FreeBSD_version >= 1300000
	struct debugnet_methods *if_debugnet_methods;
#else
	struct netdump_methods *if_netdump_methods;
#endif
	/* The fake kernel's own book about it, in the host's memory. */
	struct netif *if_book;
};

#define IF_ADDR_WLOCK(ifp)	  mtx_lock(&(ifp)->if_addr_lock)
#define IF_ADDR_WUNLOCK(ifp)	  mtx_unlock(&(ifp)->if_addr_lock)
#define IF_ADDR_WLOCK_ASSERT(ifp) mtx_assert(&(ifp)->if_addr_lock, MA_OWNED)
#define IF_ADDR_LOCK_ASSERT(ifp) \
	MPASS(in_epoch(net_epoch_preempt) || mtx_owned(&(ifp)->if_addr_lock))
#if __FreeBSD_version < 1300000
#define IF_ADDR_RLOCK(ifp)               \
	struct epoch_tracker if_addr_et; \
	epoch_enter_preempt(net_epoch_preempt, &if_addr_et)
#define IF_ADDR_RUNLOCK(ifp) epoch_exit_preempt(net_epoch_preempt, &if_addr_et)
/* Readers of if_addrhead and of if_multiaddrs. */
void if_addr_rlock(struct ifnet *ifp);
void if_addr_runlock(struct ifnet *ifp);
void if_maddr_rlock(struct ifnet *ifp);
void if_maddr_runlock(struct ifnet *ifp);
int if_multiaddr_count(struct ifnet *ifp, int max);
/* `max` addresses of ETHER_ADDR_LEN bytes, and how many there are. */
int if_multiaddr_array(struct ifnet *ifp, void *mta, int *cnt, int max);
#endif

extern struct sx ifnet_sxlock;
extern struct ifnethead ifnet;
#define V_ifnet		VNET(ifnet)
#define IFNET_WLOCK()	sx_xlock(&ifnet_sxlock)
#define IFNET_WUNLOCK() sx_xunlock(&ifnet_sxlock)
#define IFNET_RLOCK()	sx_slock(&ifnet_sxlock)
#define IFNET_RUNLOCK() sx_sunlock(&ifnet_sxlock)

#define IF_LLADDR(ifp)	LLADDR((struct sockaddr_dl *)(ifp)->if_addr->ifa_addr)

#endif /* !_NET_IF_PRIVATE_H_ */
