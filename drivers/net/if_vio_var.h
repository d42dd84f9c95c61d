/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The network driver's own state, shared by its files:
 *
 *	if_vio.c	 a device comes, sleeps and goes
 *	if_vio_config.c	 features, what the device says of itself
 *	if_vio_link.c	 the link
 *	if_vio_state.c	 up, down, resets
 *	if_vio_queue.c	 queues and what they need: made and unmade
 *	if_vio_rxbuf.c	 buffers of a receive queue
 *	if_vio_rx.c	 the way of a packet in
 *	if_vio_rxoff.c	 what the device says of a packet, and what we believe
 *	if_vio_tx.c	 the way of a packet out
 *	if_vio_txoff.c	 what the device shall do with it
 *	if_vio_parse.c	 where the headers of a packet are
 *	if_vio_ctrl.c	 the control queue
 *	if_vio_filter.c	 which packets are wanted
 *	if_vio_steer.c	 pairs of queues, hashes, coalescing
 *	if_vio_ifnet.c	 ifnet(9): requests, capabilities, counters
 *	if_vio_sysctl.c	 tunables, settings and statistics
 *	if_vio_debug.c	 packets by polling, for debuggers and dumps
 *
 * Locks, in the order in which they are taken:
 *
 *	vioif_ctl	an sx(9) lock: whatever changes the device's state,
 *			all control commands
 *	vrx_mtx		a receive queue
 *	vtx_mtx		a transmit queue
 *
 * Rings and buffers are touched with the lock of their queue, and only while
 * the queue is active.  A packet is handed to the stack with no lock.
 */
#ifndef _IF_VIO_VAR_H_
#define _IF_VIO_VAR_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/endian.h>
#include <sys/eventhandler.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/sbuf.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/atomic.h>
#include <machine/bus.h>

#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_var.h>
#include <net/if_media.h>

#include <netinet/in.h>
#include <netinet/tcp_lro.h>

#include "net/if_vio.h"
#include "virtio/vio_compat.h"
#include "virtio/vio_compat_net.h"

struct vio_vq;
struct vioif_softc;

/* More pairs of queues than this are not used. */
#define VIOIF_PAIRS_MAX 128
/* Entries of a queue that we ask for. */
#define VIOIF_QUEUE_MAX 1024
/* Segments of a packet to be sent, without its header. */
#define VIOIF_TX_SEGS 64
/* The largest packet, with an Ethernet header and a tag: 5.1.6.3. */
#define VIOIF_FRAME_MAX (65535 + 40 + 14 + 4)
/* Mbufs of the longest receive buffer: pages for one of those. */
#define VIOIF_RX_MBUFS howmany(VIOIF_FRAME_MAX + 32, MJUMPAGESIZE)
/* Receive buffers of that kind in a queue. */
#define VIOIF_RX_BIG 64
/* Packets that are handed to the stack together. */
#define VIOIF_RX_BATCH 64
/* Addresses in each of the device's two tables. */
#define VIOIF_MACS_MAX	  128
#define VIOIF_RSS_ENTRIES 128
#define VIOIF_VLANS	  4096

/* A buffer of a receive queue: an mbuf, or a chain of them, and its map. */
struct vioif_rxbuf {
	struct mbuf *vrb_m; /* NULL: none could be had */
	bus_dmamap_t vrb_map;
	/* One more than the map gives: the header may get one of its own. */
	bus_dma_segment_t *vrb_segs;
	int vrb_first; /* of vrb_segs */
	int vrb_nsegs;
	bool vrb_has_map;
};

/* Statistics of a receive queue; all of them uint64_t. */
struct vioif_rx_stats {
	uint64_t vrs_packets;
	uint64_t vrs_bytes;
	uint64_t vrs_copied;	  /* into an mbuf of their own size */
	uint64_t vrs_no_mbuf;	  /* dropped, the buffer was used again */
	uint64_t vrs_short;	  /* dropped: less than an Ethernet header */
	uint64_t vrs_long;	  /* dropped: more than the MTU allows */
	uint64_t vrs_bad_offload; /* dropped: its header makes no sense */
	uint64_t vrs_csum_valid;  /* the device vouched for the sum */
	uint64_t vrs_csum_filled; /* it was partial, and we completed it */
	uint64_t vrs_csum_bad;	  /* what was said of the sum was ignored */
	uint64_t vrs_lro;	  /* of several segments, by the device */
	uint64_t vrs_lies;	  /* that broke the queue */
	uint64_t vrs_interrupts;
	uint64_t vrs_notifications;
	uint64_t vrs_deferred; /* turns handed to the taskqueue */
};

struct vioif_rxq {
	struct mtx vrx_mtx;
	struct vioif_softc *vrx_sc;
	struct vio_vq *vrx_vq;
	int vrx_index;
	bool vrx_active; /* the ring may be touched */
	bool vrx_busy;	 /* somebody hands packets to the stack */

	struct vioif_rxbuf *vrx_bufs;
	int vrx_nbufs;
	int vrx_use;	 /* of them, those that shall have mbufs */
	int vrx_missing; /* of these, those that have not */
	int vrx_segmax;	 /* segments of a map */
	bus_dma_tag_t vrx_tag;
	bus_dmamap_t vrx_spare;
	bool vrx_has_spare;
	bus_dma_segment_t *vrx_segs;	   /* all of the buffers' */
	bus_dma_segment_t *vrx_spare_segs; /* a part of vrx_segs */

	struct lro_ctrl vrx_lro;
	bool vrx_has_lro;
	struct task vrx_task;
	struct vioif_rx_stats vrx_stats;
};

/* A packet on its way out. */
struct vioif_txbuf {
	SLIST_ENTRY(vioif_txbuf) vtb_link; /* on the free list */
	struct mbuf *vtb_m;
	bus_dmamap_t vtb_map;
	struct vioif_hdr *vtb_hdr;
	bus_addr_t vtb_hdr_addr;
	bool vtb_has_map;
};

SLIST_HEAD(vioif_txbuf_list, vioif_txbuf);

/* Statistics of a transmit queue; all of them uint64_t. */
struct vioif_tx_stats {
	uint64_t vts_packets;
	uint64_t vts_bytes;
	uint64_t vts_mcasts;
	uint64_t vts_csum;	  /* sums left to the device */
	uint64_t vts_tso;	  /* segmentations left to it */
	uint64_t vts_drops;	  /* no room in the software ring either */
	uint64_t vts_errors;	  /* could not be sent as they were */
	uint64_t vts_bad_offload; /* of these, what was asked for */
	uint64_t vts_lost;	  /* in the ring when the device was reset */
	uint64_t vts_collapsed;	  /* had too many segments */
	uint64_t vts_full;	  /* times that the ring was */
	uint64_t vts_lies;	  /* that broke the queue */
	uint64_t vts_interrupts;
	uint64_t vts_notifications;
	uint64_t vts_deferred; /* left to the taskqueue */
};

struct vioif_txq {
	struct mtx vtx_mtx;
	struct vioif_softc *vtx_sc;
	struct vio_vq *vtx_vq;
	int vtx_index;
	bool vtx_up;	 /* packets are taken */
	bool vtx_active; /* the ring may be touched */
	bool vtx_dirty;	 /* the device was not told of all packets */

	struct buf_ring *vtx_br;
	struct vioif_txbuf *vtx_bufs;
	int vtx_nbufs;
	struct vioif_txbuf_list vtx_free;
	int vtx_nfree;
	int vtx_segmax; /* segments of a packet, without its header */
	int vtx_room;	/* descriptors that one may take */
	bus_dma_segment_t *vtx_segs;
	bus_dma_tag_t vtx_tag;
	bus_dma_tag_t vtx_hdr_tag;
	bus_dmamap_t vtx_hdr_map;
	struct vioif_hdr *vtx_hdrs;
	bus_addr_t vtx_hdrs_addr;

	int vtx_watchdog; /* seconds left to the device; 0: idle */
	struct task vtx_task;
	struct vioif_tx_stats vtx_stats;
};

struct vioif_pair {
	struct vioif_rxq vp_rx;
	struct vioif_txq vp_tx;
	struct taskqueue *vp_tq;
};

/* Where the headers of a packet are. */
struct vioif_layout {
	uint16_t vl_etype; /* behind all tags */
	uint16_t vl_l3;	   /* offsets */
	uint16_t vl_l4;
	uint8_t vl_proto; /* IPPROTO_*; IPPROTO_NONE: not known */
	bool vl_fragment;
};

/* vioif_flags, written with vioif_ctl. */
#define VIOIF_SUSPENDED 0x01
#define VIOIF_GONE	0x02 /* detaching or shut down */
#define VIOIF_LIVE	0x04 /* DRIVER_OK is set */
#define VIOIF_UP	0x08 /* packets flow */
#define VIOIF_BROKEN	0x10 /* given up until it is taken down */
/* While one of these holds, the device is left alone. */
#define VIOIF_AWAY (VIOIF_SUSPENDED | VIOIF_GONE | VIOIF_BROKEN)

/* vioif_events: what the task has to see to. */
#define VIOIF_EV_RESET	  0x01
#define VIOIF_EV_LIE	  0x02
#define VIOIF_EV_CONFIG	  0x04
#define VIOIF_EV_ANNOUNCE 0x08
#define VIOIF_EV_RETRY	  0x10

/* Unless asked, the device does not know what we want. */
#define VIOIF_UNKNOWN 0xff

struct vioif_softc {
	device_t vioif_dev;
	if_t vioif_ifp;
	struct sx vioif_ctl;
	uint64_t vioif_wanted;	 /* features, as asked for at attach */
	uint64_t vioif_features; /* as agreed upon */
	struct ifmedia vioif_media;
	int vioif_flags;
	bool vioif_has_media;
	bool vioif_attached; /* ether_ifattach(9) */
	bool vioif_has_sysctl;
	bool vioif_ctrl_dead; /* the control queue owes us an answer */

	/* The device. */
	int vioif_max_mtu;
	uint32_t vioif_speed;	   /* Mbit/s; 0: unknown */
	uint32_t vioif_hash_types; /* that it can calculate and we know */
	uint16_t vioif_key_size;
	uint16_t vioif_table_size;
	uint8_t vioif_mac[ETHER_ADDR_LEN]; /* as it knows it */
	bool vioif_link;
	uint8_t vioif_duplex; /* VIOIF_DUPLEX_*, or unknown */

	/* Queues. */
	struct vioif_pair *vioif_pairs;
	struct vio_vq **vioif_unused; /* the device's other queues */
	int vioif_npairs;	      /* that we have */
	int vioif_active;	      /* that the device was told to use */
	int vioif_device_pairs; /* that it has: the control queue follows */

	/* Packets. */
	int vioif_hdr_size;
	int vioif_rx_pad;    /* before the header, to align what follows */
	int vioif_rx_size;   /* bytes of a cluster */
	int vioif_rx_mbufs;  /* of a buffer */
	int vioif_rx_max;    /* the longest frame, if not put together */
	int vioif_rx_limit;  /* packets in a turn */
	int vioif_rx_fill;   /* partial sums are completed */
	bool vioif_split;    /* the header is a descriptor of its own */
	bool vioif_rx_csum4; /* capabilities, as the data path needs them */
	bool vioif_rx_csum6;
	bool vioif_rx_vlan;
	bool vioif_rx_lro;
	bool vioif_macs_overflow;

	/* Control commands. */
	struct vio_vq *vioif_ctrl_vq;
	bus_dma_tag_t vioif_ctrl_tag;
	bus_dmamap_t vioif_ctrl_map;
	uint8_t *vioif_ctrl_buf;
	bus_addr_t vioif_ctrl_addr;
	uint64_t vioif_ctrl_count;
	uint64_t vioif_ctrl_errors;
	uint64_t vioif_ctrl_timeouts;

	/* What is wanted, and what the device was told of it. */
	eventhandler_tag vioif_vlan_config;
	eventhandler_tag vioif_vlan_unconfig;
	uint32_t vioif_vlans[VIOIF_VLANS / 32];
	struct vioif_coal vioif_coal[2]; /* by VIOIF_CTRL_COAL_* */
	uint8_t vioif_rss_key[VIOIF_RSS_KEY_BYTES];
	uint8_t vioif_rx_mode[VIOIF_CTRL_RX_COMMANDS];

	/* Trouble. */
	u_int vioif_events; /* by atomic(9) */
	int vioif_timeout;  /* seconds; 0: none */
	int vioif_retries;
	int vioif_lies;	  /* resets because of them */
	int vioif_futile; /* resets in a row that led nowhere */
	struct callout vioif_tick;
	struct task vioif_task;
	uint64_t vioif_moved; /* packets, when it was last reset */
	uint64_t vioif_resets;
	uint64_t vioif_announces;

	struct sysctl_ctx_list vioif_sysctl;
};

#define VIOIF_CTL_ASSERT(sc)   sx_assert(&(sc)->vioif_ctl, SA_XLOCKED)
#define VIOIF_RX_LOCK(q)       mtx_lock(&(q)->vrx_mtx)
#define VIOIF_RX_UNLOCK(q)     mtx_unlock(&(q)->vrx_mtx)
#define VIOIF_RX_ASSERT(q)     mtx_assert(&(q)->vrx_mtx, MA_OWNED)
#define VIOIF_TX_LOCK(q)       mtx_lock(&(q)->vtx_mtx)
#define VIOIF_TX_TRYLOCK(q)    mtx_trylock(&(q)->vtx_mtx)
#define VIOIF_TX_UNLOCK(q)     mtx_unlock(&(q)->vtx_mtx)
#define VIOIF_TX_ASSERT(q)     mtx_assert(&(q)->vtx_mtx, MA_OWNED)

#define VIOIF_HAS(sc, feature) (((sc)->vioif_features & (feature)) != 0)

/* The offloads of packets that are received (5.1.6.5.7). */
#define VIOIF_GUEST_TSO (VIOIF_F_GUEST_TSO4 | VIOIF_F_GUEST_TSO6)
#define VIOIF_GUEST_OFFLOADS \
	(VIOIF_F_GUEST_CSUM | VIOIF_GUEST_TSO | VIOIF_F_GUEST_ECN)

/* Segmentation flags that a packet may have, and all that we can do. */
#define VIOIF_CSUM4    (CSUM_TCP | CSUM_UDP)
#define VIOIF_CSUM6    (CSUM_TCP_IPV6 | CSUM_UDP_IPV6)
#define VIOIF_CSUM_ALL (VIOIF_CSUM4 | VIOIF_CSUM6 | CSUM_TSO)

static inline struct vioif_pair *
vioif_rx_pair(struct vioif_rxq *q)
{
	return (&q->vrx_sc->vioif_pairs[q->vrx_index]);
}

/* if_vio_config.c */
/* Agrees on features and checks them; 0 or an errno. */
int vioif_negotiate(struct vioif_softc *sc);
/* The features that we want now: without what is switched off. */
uint64_t vioif_features_now(const struct vioif_softc *sc);
/* Agrees on those with a stopped device. */
int vioif_renegotiate(struct vioif_softc *sc);
/* Reads what does not change while we are attached; 0 or an errno. */
int vioif_read_limits(struct vioif_softc *sc);

/* if_vio_link.c */
/* Looks whether the link has changed, and whether to announce ourselves. */
void vioif_look_at_link(struct vioif_softc *sc);
void vioif_media_status(if_t ifp, struct ifmediareq *req);
int vioif_media_change(if_t ifp);

/* if_vio_state.c */
void vioif_init(void *arg);
/* All of these with vioif_ctl.  0, or an errno after which it is down. */
int vioif_up(struct vioif_softc *sc);
void vioif_down(struct vioif_softc *sc);
/* Down and, if it was up, up again. */
void vioif_restart(struct vioif_softc *sc);
/* After a sleep: live and, if it was up, up. */
int vioif_resumed(struct vioif_softc *sc);
/* The device is stopped and has nothing of ours any more. */
void vioif_halt(struct vioif_softc *sc);
void vioif_post(struct vioif_softc *sc, u_int event);
void vioif_task_run(void *arg, int pending);
void vioif_tick(void *arg);

/* if_vio_queue.c */
/* The virtqueues and their locks; 0 or an errno.  Then what they need. */
int vioif_alloc_queues(struct vioif_softc *sc, int npairs, int device_pairs);
int vioif_alloc_buffers(struct vioif_softc *sc);
int vioif_start_taskqueues(struct vioif_softc *sc);
/* Also when only a part of it was ever made. */
void vioif_stop_taskqueues(struct vioif_softc *sc);
void vioif_free_queues(struct vioif_softc *sc);
/* One page of device-visible memory or so, at a known address. */
int vioif_alloc_dma(struct vioif_softc *sc, bus_size_t size, bus_size_t align,
    bus_dma_tag_t *tag, bus_dmamap_t *map, void **memory, bus_addr_t *addr);
void vioif_free_dma(bus_dma_tag_t tag, bus_dmamap_t map, void *memory,
    bus_addr_t addr);

/* if_vio_rxbuf.c */
/* Which clusters serve for the MTU; with no buffer in any ring. */
void vioif_rx_choose(struct vioif_softc *sc);
/* Gives mbufs to buffers without; ENOBUFS when the ring stays empty. */
int vioif_rx_fill(struct vioif_rxq *q);
void vioif_rx_tell(struct vioif_rxq *q);
/* Puts a buffer back as it is: its packet was copied or dropped. */
void vioif_rx_recycle(struct vioif_rxq *q, struct vioif_rxbuf *buf);
/*
 * Takes those mbufs of a buffer that hold its first `bytes` bytes, puts
 * others in their place and the buffer back.  NULL, with the buffer back as
 * it was, when there are no others.
 */
struct mbuf *vioif_rx_take(struct vioif_rxq *q, struct vioif_rxbuf *buf,
    int bytes);
/* The device is stopped: frees all mbufs. */
void vioif_rx_drain(struct vioif_rxq *q);

/* if_vio_rx.c */
void vioif_rx_intr(void *arg);
void vioif_rx_deferred(void *arg, int pending);
/* One turn of at most `limit` packets; true when there are more. */
bool vioif_rx_turn(struct vioif_rxq *q, int limit);

/* if_vio_rxoff.c */
/*
 * Marks a packet as its header says, as far as that can be believed.  EINVAL:
 * it must not be passed on.
 */
int vioif_rx_offload(struct vioif_rxq *q, struct mbuf *m,
    const struct vioif_hdr *hdr);
void vioif_rx_hash(struct vioif_rxq *q, struct mbuf *m,
    const struct vioif_hdr *hdr);

/* if_vio_tx.c */
int vioif_transmit(if_t ifp, struct mbuf *m);
void vioif_qflush(if_t ifp);
void vioif_tx_intr(void *arg);
void vioif_tx_deferred(void *arg, int pending);
/* Sends what waits.  Locked. */
void vioif_tx_start(struct vioif_txq *q);
/* Frees what the device has sent.  Locked. */
void vioif_tx_reclaim(struct vioif_txq *q);
/* Sends one packet, which is freed or sent.  Locked, and there is room. */
int vioif_tx_send(struct vioif_txq *q, struct mbuf *m);
bool vioif_tx_has_room(struct vioif_txq *q);
void vioif_tx_tell(struct vioif_txq *q);
/* The device is stopped: what it did not send is lost. */
void vioif_tx_drain(struct vioif_txq *q);
/* Frees what waits. */
void vioif_tx_flush(struct vioif_txq *q);

/* if_vio_txoff.c */
/* Fills in what the packet asks for; an errno when that cannot be. */
int vioif_tx_offload(struct vioif_txq *q, struct mbuf *m,
    struct vioif_hdr *hdr);

/* if_vio_parse.c */
/* `length` bytes at `offset`: in place, or copied; NULL: not that many. */
const uint8_t *vioif_peek(const struct mbuf *m, int offset, int length,
    uint8_t *copy);
/* False when it is neither IPv4 nor IPv6, or is cut off. */
bool vioif_parse(const struct mbuf *m, struct vioif_layout *layout);

/* if_vio_ctrl.c */
int vioif_alloc_ctrl(struct vioif_softc *sc);
void vioif_free_ctrl(struct vioif_softc *sc);
/*
 * Carries out a command with up to two pieces of data.  0; EOPNOTSUPP when the
 * device refuses; EIO when it lies or does not answer; with vioif_ctl, sleeps.
 */
int vioif_ctrl(struct vioif_softc *sc, uint8_t class, uint8_t command,
    const void *data, int length);
int vioif_ctrl2(struct vioif_softc *sc, uint8_t class, uint8_t command,
    const void *data, int length, const void *more, int more_length);

/* if_vio_filter.c */
/* Tells a device that was reset all that it does not know. */
void vioif_filter_reset(struct vioif_softc *sc);
int vioif_set_mac(struct vioif_softc *sc);
void vioif_set_filter(struct vioif_softc *sc);
void vioif_set_vlans(struct vioif_softc *sc);
void vioif_vlan_config(void *arg, if_t ifp, uint16_t vid);
void vioif_vlan_unconfig(void *arg, if_t ifp, uint16_t vid);

/* if_vio_steer.c */
/* Tells the device which pairs to use and what to hash. */
void vioif_set_pairs(struct vioif_softc *sc);
int vioif_set_coal(struct vioif_softc *sc, int which);
int vioif_set_offloads(struct vioif_softc *sc);

/* if_vio_ifnet.c */
/* Says what it can do; then others see it, and may use it. */
void vioif_create_ifnet(struct vioif_softc *sc);
void vioif_attach_ifnet(struct vioif_softc *sc);
/* What the data path needs to know of if_capenable. */
void vioif_use_capabilities(struct vioif_softc *sc);
/* The GUEST features that if_capenable asks for. */
uint64_t vioif_guest_offloads(const struct vioif_softc *sc);

/* if_vio_sysctl.c */
/* hw.vio.N.NAME, else hw.vio.NAME, else `value`. */
int vioif_tunable(const struct vioif_softc *sc, const char *name, int value);
void vioif_add_sysctls(struct vioif_softc *sc);

/* if_vio_debug.c */
void vioif_set_debugnet(struct vioif_softc *sc);

#endif /* !_IF_VIO_VAR_H_ */
