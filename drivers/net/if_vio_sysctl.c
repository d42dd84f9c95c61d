/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tunables, settings and statistics of the network driver; vio(4) has them
 * all.
 */
#include "net/if_vio_var.h"

#include "virtio/vio_vq.h"

int
vioif_tunable(const struct vioif_softc *sc, const char *name, int value)
{
	char path[64];

	snprintf(path, sizeof(path), "hw.vio.%s", name);
	TUNABLE_INT_FETCH(path, &value);
	snprintf(path, sizeof(path), "hw.vio.%d.%s",
	    device_get_unit(sc->vioif_dev), name);
	TUNABLE_INT_FETCH(path, &value);
	return (value);
}

/*
 * --- settings ---
 */

/* Numbers that the next turn, timeout or reset goes by; not negative. */
static int
vioif_sysctl_limit(SYSCTL_HANDLER_ARGS)
{
	int error, value;

	value = *(int *)arg1;
	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (value < 0 || value > arg2)
		return (EINVAL);
	*(int *)arg1 = value;
	return (0);
}

/* As above, and 0 would be no turn at all. */
static int
vioif_sysctl_turn(SYSCTL_HANDLER_ARGS)
{
	int error, value;

	value = *(int *)arg1;
	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (value < 1 || value > arg2)
		return (EINVAL);
	*(int *)arg1 = value;
	return (0);
}

/* arg2: which of the four numbers of coalescing, by half. */
static int
vioif_sysctl_coal(SYSCTL_HANDLER_ARGS)
{
	struct vioif_softc *sc = arg1;
	struct vioif_coal *coal = &sc->vioif_coal[arg2 / 2];
	uint32_t *field, old;
	u_int value;
	int error;

	field = arg2 % 2 == 0 ? &coal->max_packets : &coal->max_usecs;
	value = *field;
	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (!VIOIF_HAS(sc, VIOIF_F_NOTF_COAL))
		return (EPERM);
	sx_xlock(&sc->vioif_ctl);
	old = *field;
	*field = value;
	/* One that is not up is told when it is. */
	if ((sc->vioif_flags & VIOIF_UP) != 0)
		error = vioif_set_coal(sc, arg2 / 2);
	if (error != 0)
		*field = old;
	sx_xunlock(&sc->vioif_ctl);
	return (error);
}

static int
vioif_sysctl_link(SYSCTL_HANDLER_ARGS)
{
	struct vioif_softc *sc = arg1;
	int value = sc->vioif_link;

	return (sysctl_handle_int(oidp, &value, 0, req));
}

static int
vioif_sysctl_active(SYSCTL_HANDLER_ARGS)
{
	struct vioif_softc *sc = arg1;
	int value = (sc->vioif_flags & VIOIF_UP) != 0 ? sc->vioif_active : 0;

	return (sysctl_handle_int(oidp, &value, 0, req));
}

static int
vioif_sysctl_filter(SYSCTL_HANDLER_ARGS)
{
	struct vioif_softc *sc = arg1;
	int value = sc->vioif_macs_overflow;

	return (sysctl_handle_int(oidp, &value, 0, req));
}

static int
vioif_sysctl_features(SYSCTL_HANDLER_ARGS)
{
	struct vioif_softc *sc = arg1;
	uint64_t value = sc->vioif_features;

	return (sysctl_handle_64(oidp, &value, 0, req));
}

/*
 * --- statistics ---
 */

struct vioif_stat_desc {
	size_t offset;
	const char *name;
	const char *descr;
};

#define VIOIF_RX_STAT(field, descr)                                         \
	{                                                                   \
		offsetof(struct vioif_rx_stats, vrs_##field), #field, descr \
	}
#define VIOIF_TX_STAT(field, descr)                                         \
	{                                                                   \
		offsetof(struct vioif_tx_stats, vts_##field), #field, descr \
	}

static const struct vioif_stat_desc vioif_rx_desc[] = {
	VIOIF_RX_STAT(packets, "Packets received"),
	VIOIF_RX_STAT(bytes, "Bytes received"),
	VIOIF_RX_STAT(copied, "Packets copied out of their buffers"),
	VIOIF_RX_STAT(no_mbuf, "Packets dropped for want of mbufs"),
	VIOIF_RX_STAT(short, "Packets without an Ethernet header"),
	VIOIF_RX_STAT(long, "Packets longer than the MTU allows"),
	VIOIF_RX_STAT(bad_offload, "Packets whose header makes no sense"),
	VIOIF_RX_STAT(csum_valid, "Checksums that the device has checked"),
	VIOIF_RX_STAT(csum_filled, "Partial checksums completed"),
	VIOIF_RX_STAT(csum_bad, "Statements about checksums ignored"),
	VIOIF_RX_STAT(lro, "Packets that the device has put together"),
	VIOIF_RX_STAT(lies, "Lies that broke the queue"),
	VIOIF_RX_STAT(interrupts, "Interrupts handled"),
	VIOIF_RX_STAT(notifications, "Notifications sent"),
	VIOIF_RX_STAT(deferred, "Turns left to the taskqueue"),
};

static const struct vioif_stat_desc vioif_tx_desc[] = {
	VIOIF_TX_STAT(packets, "Packets given to the device"),
	VIOIF_TX_STAT(bytes, "Bytes given to the device"),
	VIOIF_TX_STAT(mcasts, "Multicast packets among these"),
	VIOIF_TX_STAT(csum, "Checksums left to the device"),
	VIOIF_TX_STAT(tso, "Segmentations left to the device"),
	VIOIF_TX_STAT(drops, "Packets for which there was no room"),
	VIOIF_TX_STAT(errors, "Packets that could not be sent"),
	VIOIF_TX_STAT(bad_offload, "Of these, for what was asked"),
	VIOIF_TX_STAT(lost, "Packets lost in resets"),
	VIOIF_TX_STAT(collapsed, "Packets of too many segments"),
	VIOIF_TX_STAT(full, "Times that the ring was full"),
	VIOIF_TX_STAT(lies, "Lies that broke the queue"),
	VIOIF_TX_STAT(interrupts, "Interrupts handled"),
	VIOIF_TX_STAT(notifications, "Notifications sent"),
	VIOIF_TX_STAT(deferred, "Turns left to the taskqueue"),
};

static struct sysctl_oid_list *
vioif_add_node(struct vioif_softc *sc, struct sysctl_oid_list *list,
    const char *name, const char *descr)
{
	return (SYSCTL_CHILDREN(SYSCTL_ADD_NODE(&sc->vioif_sysctl, list,
	    OID_AUTO, name, CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, descr)));
}

static void
vioif_add_queue(struct vioif_softc *sc, struct sysctl_oid_list *list,
    char *stats, const struct vioif_stat_desc *desc, u_int n)
{
	u_int i;

	for (i = 0; i < n; i++)
		SYSCTL_ADD_U64(&sc->vioif_sysctl, list, OID_AUTO, desc[i].name,
		    CTLFLAG_RD, (uint64_t *)(stats + desc[i].offset), 0,
		    desc[i].descr);
}

static void
vioif_add_stats(struct vioif_softc *sc, struct sysctl_oid_list *list)
{
	struct sysctl_ctx_list *ctx = &sc->vioif_sysctl;
	struct sysctl_oid_list *sub;
	struct vioif_pair *pair;
	char name[16];
	int i;

	for (i = 0; i < sc->vioif_npairs; i++) {
		pair = &sc->vioif_pairs[i];
		snprintf(name, sizeof(name), "rx%d", i);
		sub = vioif_add_node(sc, list, name, "A receive queue");
		vioif_add_queue(sc, sub, (char *)&pair->vp_rx.vrx_stats,
		    vioif_rx_desc, nitems(vioif_rx_desc));
		snprintf(name, sizeof(name), "tx%d", i);
		sub = vioif_add_node(sc, list, name, "A transmit queue");
		vioif_add_queue(sc, sub, (char *)&pair->vp_tx.vtx_stats,
		    vioif_tx_desc, nitems(vioif_tx_desc));
	}
	sub = vioif_add_node(sc, list, "stats", "The device");
	SYSCTL_ADD_U64(ctx, sub, OID_AUTO, "commands", CTLFLAG_RD,
	    &sc->vioif_ctrl_count, 0, "Control commands sent");
	SYSCTL_ADD_U64(ctx, sub, OID_AUTO, "refusals", CTLFLAG_RD,
	    &sc->vioif_ctrl_errors, 0, "Control commands refused");
	SYSCTL_ADD_U64(ctx, sub, OID_AUTO, "timeouts", CTLFLAG_RD,
	    &sc->vioif_ctrl_timeouts, 0, "Control commands not answered");
	SYSCTL_ADD_U64(ctx, sub, OID_AUTO, "resets", CTLFLAG_RD,
	    &sc->vioif_resets, 0, "Resets of the device while in use");
	SYSCTL_ADD_U64(ctx, sub, OID_AUTO, "announces", CTLFLAG_RD,
	    &sc->vioif_announces, 0, "Announcements made");
}

static void
vioif_add_settings(struct vioif_softc *sc, struct sysctl_oid_list *list)
{
	static const char *const coal[] = { "tx_coal_packets", "tx_coal_usecs",
		"rx_coal_packets", "rx_coal_usecs" };
	struct sysctl_ctx_list *ctx = &sc->vioif_sysctl;
	u_int i;

	for (i = 0; i < nitems(coal); i++)
		SYSCTL_ADD_PROC(ctx, list, OID_AUTO, coal[i],
		    CTLTYPE_UINT | CTLFLAG_RW | CTLFLAG_MPSAFE, sc, i,
		    vioif_sysctl_coal, "IU", "Before an interrupt; 0: none");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "timeout",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &sc->vioif_timeout,
	    86400, vioif_sysctl_limit, "I",
	    "Seconds that sending may take; 0: any");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "retries",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &sc->vioif_retries, 1000,
	    vioif_sysctl_limit, "I", "Futile resets before it is given up");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "rx_limit",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &sc->vioif_rx_limit,
	    1 << 20, vioif_sysctl_turn, "I", "Packets received in a turn");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "rx_csum_fill",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &sc->vioif_rx_fill, 1,
	    vioif_sysctl_limit, "I", "Partial checksums are completed");
}

void
vioif_add_sysctls(struct vioif_softc *sc)
{
	struct sysctl_ctx_list *ctx = &sc->vioif_sysctl;
	struct sysctl_oid_list *list;

	/* Of our own, so that it is gone before what it shows is. */
	sysctl_ctx_init(ctx);
	sc->vioif_has_sysctl = true;
	list = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->vioif_dev));
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "pairs", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, sc->vioif_npairs, "Pairs of queues");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "active_pairs",
	    CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_MPSAFE, sc, 0,
	    vioif_sysctl_active, "I", "Pairs of queues in use");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "queue_size", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, vio_vq_size(sc->vioif_pairs[0].vp_rx.vrx_vq),
	    "Entries of a virtqueue");
	SYSCTL_ADD_INT(ctx, list, OID_AUTO, "max_mtu", CTLFLAG_RD,
	    SYSCTL_NULL_INT_PTR, sc->vioif_max_mtu, "The largest MTU");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "features",
	    CTLTYPE_U64 | CTLFLAG_RD | CTLFLAG_MPSAFE, sc, 0,
	    vioif_sysctl_features, "QU", "Features agreed upon");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "link",
	    CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_MPSAFE, sc, 0, vioif_sysctl_link,
	    "I", "The link is up");
	SYSCTL_ADD_PROC(ctx, list, OID_AUTO, "filter_overflow",
	    CTLTYPE_INT | CTLFLAG_RD | CTLFLAG_MPSAFE, sc, 0,
	    vioif_sysctl_filter, "I", "More addresses than the filter takes");
	vioif_add_settings(sc, list);
	vioif_add_stats(sc, list);
}
