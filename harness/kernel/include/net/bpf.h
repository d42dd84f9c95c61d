/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bpf(4): whoever listens gets a look at each packet.
 *
 * There are no filters and no devices: a listener is a function of
 * kernel/netif.h, which sees all.
 */
#ifndef _NET_BPF_H_
#define _NET_BPF_H_
#include <sys/types.h>
#include <sys/_eventhandler.h>
#include <sys/ck.h>
#include <sys/mbuf.h>

struct ifnet;
struct bpf_d;
struct bpf_if;

#define DLT_NULL   0
#define DLT_EN10MB 1
#define DLT_RAW	   12

CK_LIST_HEAD(bpfd_list, bpf_d);
struct bpf_if_ext {
	CK_LIST_ENTRY(bpf_if) bif_next;
	struct bpfd_list bif_dlist; /* who listens */
};

/* ether_ifattach() does, with DLT_EN10MB. */
void bpfattach(struct ifnet *ifp, u_int dlt, u_int hdrlen);
void bpfattach2(struct ifnet *ifp, u_int dlt, u_int hdrlen,
    struct bpf_if **driverp);
/* ether_ifdetach() does. */
void bpfdetach(struct ifnet *ifp);

void bpf_tap(struct bpf_if *bp, u_char *pkt, u_int pktlen);
void bpf_mtap(struct bpf_if *bp, struct mbuf *m);
/* With dlen bytes in front. */
void bpf_mtap2(struct bpf_if *bp, void *data, u_int dlen, struct mbuf *m);

#if __FreeBSD_version >= 1400000
static __inline bool
#else
static __inline int
#endif
bpf_peers_present(struct bpf_if *bpf)
{
	struct bpf_if_ext *ext = (struct bpf_if_ext *)bpf;

	return (!CK_LIST_EMPTY(&ext->bif_dlist));
}

#if __FreeBSD_version >= 1400000
bool bpf_peers_present_if(struct ifnet *ifp);
void bpf_tap_if(struct ifnet *ifp, u_char *pkt, u_int pktlen);
void bpf_mtap_if(struct ifnet *ifp, struct mbuf *m);
void bpf_mtap2_if(struct ifnet *ifp, void *data, u_int dlen, struct mbuf *m);
#define BPF_TAP(ifp, pkt, pktlen)     bpf_tap_if((ifp), (pkt), (pktlen))
#define BPF_MTAP(ifp, m)	      bpf_mtap_if((ifp), (m))
#define BPF_MTAP2(ifp, data, dlen, m) bpf_mtap2_if((ifp), (data), (dlen), (m))
#else
#define BPF_TAP(ifp, pkt, pktlen)                                \
	do {                                                     \
		if (bpf_peers_present((ifp)->if_bpf))            \
			bpf_tap((ifp)->if_bpf, (pkt), (pktlen)); \
	} while (0)
#define BPF_MTAP(ifp, m)                                \
	do {                                            \
		if (bpf_peers_present((ifp)->if_bpf)) { \
			M_ASSERTVALID(m);               \
			bpf_mtap((ifp)->if_bpf, (m));   \
		}                                       \
	} while (0)
#define BPF_MTAP2(ifp, data, dlen, m)                                  \
	do {                                                           \
		if (bpf_peers_present((ifp)->if_bpf)) {                \
			M_ASSERTVALID(m);                              \
			bpf_mtap2((ifp)->if_bpf, (data), (dlen), (m)); \
		}                                                      \
	} while (0)
#endif

/* Somebody begins (1) or ceases (0) to listen. */
typedef void (*bpf_track_fn)(void *, struct ifnet *, int dlt, int attach);
EVENTHANDLER_DECLARE(bpf_track, bpf_track_fn);

#endif /* !_NET_BPF_H_ */
