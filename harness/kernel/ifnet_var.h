/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What ifnet*.c, ether.c, bpf.c, vlan.c and netif*.c share.
 */
#ifndef RINGSIDE_KERNEL_IFNET_VAR_H
#define RINGSIDE_KERNEL_IFNET_VAR_H

#include "kernel/kern.h"
#include "kernel/netif.h"

#include <sys/epoch.h>
#include <sys/eventhandler.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/proc.h>
#include <sys/sockio.h>
#include <sys/taskqueue.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_private.h>
#include <net/if_types.h>
#include <net/if_var.h>
#include <net/bpf.h>
#include <net/ethernet.h>
#include <net/if_vlan_var.h>

MALLOC_DECLARE(M_IFADDR);

/* A listener: the interface's tap. */
struct bpf_d {
	CK_LIST_ENTRY(bpf_d) bd_next;
};

struct bpf_if {
	struct bpf_if_ext bif_ext; /* first: drivers look at it */
	struct netif *bif_netif;
	u_int bif_dlt;
};

/* The VLANs of an interface. */
struct ifvlantrunk {
	struct ifnet *parent;
	uint64_t vids[4096 / 64];
	u_int count;
	uint32_t capabilities; /* what a VLAN could do */
	uint32_t enabled;
	uint64_t hwassist;
};

/*
 * An interface as those above it hold it, in the host's memory: it outlives
 * the driver's struct ifnet while somebody has it open.
 */
struct netif {
	TAILQ_ENTRY(netif) link;
	struct ifnet *ifp; /* NULL: freed */
	char name[IFNAMSIZ];
	bool attached;
	bool told_epoch; /* that packets came outside of the epoch */
	u_int opens;
	/* The device that made it: what its functions obtain is its own. */
	const void *device;
	char device_name[32];
	/* Hooks. */
	netif_input_fn *input;
	void *input_arg;
	netif_input_fn *tap;
	void *tap_arg;
	void (*link_event)(void *, struct netif *, enum netif_link);
	void *link_arg;
	struct bpf_if bpf;
	struct bpf_d listener;
	struct ifvlantrunk trunk;
	struct mbuf *shown; /* to the hook; NULL: it keeps the packet */
	bool debugging;	    /* netif_debug_start() */
};

TAILQ_HEAD(netifs, netif);
extern struct netifs netifs;

/*
 * --- ifnet.c ---
 */
/* The last who holds it has let go. */
void netif_unref(struct netif *netif);
/* NULL: it has gone. */
struct ifnet *netif_ifp(struct netif *netif);

/*
 * Whatever a driver is called for goes through these: what it obtains belongs
 * to its device, and it must come back with the locks that it was called with.
 */
struct if_call {
	const void *device;
	const char *device_name;
	u_int held;
};
static inline void
if_call_begin(const struct netif *netif, struct if_call *call)
{
	struct thread *td = curthread;

	call->device = td->td_device;
	call->device_name = td->td_device_name;
	if (netif->device != NULL) {
		td->td_device = netif->device;
		td->td_device_name = netif->device_name;
	}
	call->held = kern_locks_held();
}
static inline void
if_call_end(const struct netif *netif, const struct if_call *call,
    const char *what)
{
	struct thread *td = curthread;

	kern_check_locks(call->held, what, netif->name);
	td->td_device = call->device;
	td->td_device_name = call->device_name;
}
int if_call_ioctl(struct ifnet *ifp, u_long cmd, void *data);
int if_call_transmit(struct ifnet *ifp, struct mbuf *m);
void if_call_qflush(struct ifnet *ifp);

/*
 * --- ifnet_ioctl.c ---
 */
/* SIOCSIFFLAGS with `set` set and `clear` cleared. */
int if_change_flags(struct ifnet *ifp, int set, int clear);

/*
 * --- ifnet_maddr.c ---
 */
/* if_addmulti(), but EADDRINUSE when it was joined before. */
int if_join_once(struct ifnet *ifp, struct sockaddr *sa);
void if_purge_multi(struct ifnet *ifp);
u_int if_count_multi(struct ifnet *ifp);

/*
 * --- ifq.c ---
 */
int if_transmit_default(struct ifnet *ifp, struct mbuf *m);

/*
 * --- bpf.c ---
 */
void bpf_init(struct netif *netif);
/* Shows a packet, behind dlen bytes at `data`, to the tap. */
void netif_show_tap(struct netif *netif, struct mbuf *m, void *data,
    u_int dlen);

/*
 * --- vlan.c ---
 */
void vlan_boot(void);
/* The interface goes: so do its VLANs. */
void vlan_purge(struct ifnet *ifp);
static inline bool
vlan_known(const struct netif *netif, uint16_t vid)
{
	return ((netif->trunk.vids[vid / 64] >> (vid % 64) & 1) != 0);
}

/*
 * --- netif_input.c ---
 */
/* What Ethernet's input has accepted; the packet is gone afterwards. */
void netif_hand_up(struct netif *netif, struct mbuf *m);

#endif /* !RINGSIDE_KERNEL_IFNET_VAR_H */
