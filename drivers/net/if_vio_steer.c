/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which queue a packet comes by, what the device calculates of it, and how
 * eagerly it says so (virtio 1.3, sections 5.1.6.5.5 to 5.1.6.5.8).
 */
#include "net/if_vio_var.h"

/* What follows the indirection table. */
struct vioif_rss {
	uint8_t bytes[sizeof(struct vioif_rss_head) +
	    VIOIF_RSS_ENTRIES * sizeof(uint16_t) + sizeof(uint16_t) +
	    sizeof(uint8_t) + VIOIF_RSS_KEY_BYTES];
	int length;
};

static void
vioif_rss_add(struct vioif_rss *rss, const void *data, int length)
{
	KASSERT(rss->length + length <= (int)sizeof(rss->bytes),
	    ("%s: %d and %d bytes", __func__, rss->length, length));
	memcpy(&rss->bytes[rss->length], data, length);
	rss->length += length;
}

static void
vioif_rss_add16(struct vioif_rss *rss, uint16_t value)
{
	value = htole16(value);
	vioif_rss_add(rss, &value, sizeof(value));
}

static void
vioif_rss_add_key(struct vioif_softc *sc, struct vioif_rss *rss)
{
	uint8_t length = VIOIF_RSS_KEY_BYTES;

	vioif_rss_add(rss, &length, sizeof(length));
	vioif_rss_add(rss, sc->vioif_rss_key, length);
}

/* 5.1.6.5.6.1: queues by hash, as many entries as the device may have. */
static int
vioif_set_rss(struct vioif_softc *sc, int pairs)
{
	struct vioif_rss *rss;
	uint32_t types = htole32(sc->vioif_hash_types);
	int error, i;

	rss = malloc(sizeof(*rss), M_DEVBUF, M_WAITOK);
	rss->length = 0;
	vioif_rss_add(rss, &types, sizeof(types));
	vioif_rss_add16(rss, sc->vioif_table_size - 1);
	vioif_rss_add16(rss, 0); /* what has no hash */
	for (i = 0; i < sc->vioif_table_size; i++)
		/* A queue's number without its lowest bit: the pair's. */
		vioif_rss_add16(rss, i % pairs);
	vioif_rss_add16(rss, pairs);
	vioif_rss_add_key(sc, rss);
	error = vioif_ctrl(sc, VIOIF_CTRL_MQ, VIOIF_CTRL_MQ_RSS, rss->bytes,
	    rss->length);
	free(rss, M_DEVBUF);
	return (error);
}

/* 5.1.6.5.5.4: only what is reported, queues are the device's choice. */
static int
vioif_set_hash(struct vioif_softc *sc)
{
	struct vioif_rss rss;
	uint32_t types = htole32(sc->vioif_hash_types);
	int i;

	memset(&rss, 0, sizeof(rss));
	vioif_rss_add(&rss, &types, sizeof(types));
	for (i = 0; i < 4; i++)
		vioif_rss_add16(&rss, 0);
	vioif_rss_add_key(sc, &rss);
	return (vioif_ctrl(sc, VIOIF_CTRL_MQ, VIOIF_CTRL_MQ_HASH, rss.bytes,
	    rss.length));
}

static int
vioif_set_mq(struct vioif_softc *sc, int pairs)
{
	uint16_t value = htole16(pairs);

	return (vioif_ctrl(sc, VIOIF_CTRL_MQ, VIOIF_CTRL_MQ_PAIRS, &value,
	    sizeof(value)));
}

void
vioif_set_pairs(struct vioif_softc *sc)
{
	int error, pairs = sc->vioif_npairs;

	VIOIF_CTL_ASSERT(sc);
	error = EOPNOTSUPP;
	if (VIOIF_HAS(sc, VIOIF_F_RSS))
		error = vioif_set_rss(sc, pairs);
	/* 5.1.6.5.5: the last command decides, so it is the one that held. */
	if (error == EOPNOTSUPP && VIOIF_HAS(sc, VIOIF_F_MQ) && pairs > 1)
		error = vioif_set_mq(sc, pairs);
	sc->vioif_active = error == 0 ? pairs : 1;
	if (error != 0 && pairs > 1)
		device_printf(sc->vioif_dev,
		    "%d pairs of queues: error %d; 1 used\n", pairs, error);
	if (VIOIF_HAS(sc, VIOIF_F_HASH_REPORT) && !VIOIF_HAS(sc, VIOIF_F_RSS))
		(void)vioif_set_hash(sc);
}

int
vioif_set_coal(struct vioif_softc *sc, int which)
{
	struct vioif_coal coal;

	if (!VIOIF_HAS(sc, VIOIF_F_NOTF_COAL))
		return (EOPNOTSUPP);
	coal.max_packets = htole32(sc->vioif_coal[which].max_packets);
	coal.max_usecs = htole32(sc->vioif_coal[which].max_usecs);
	return (vioif_ctrl(sc, VIOIF_CTRL_COAL, which, &coal, sizeof(coal)));
}

int
vioif_set_offloads(struct vioif_softc *sc)
{
	uint64_t value;

	if (!VIOIF_HAS(sc, VIOIF_F_CTRL_GUEST_OFFLOADS))
		return (EOPNOTSUPP);
	/* 5.1.6.5.7.1: none that was not agreed on. */
	value = htole64(vioif_guest_offloads(sc) & sc->vioif_features);
	return (vioif_ctrl(sc, VIOIF_CTRL_OFFLOADS, VIOIF_CTRL_OFFLOADS_SET,
	    &value, sizeof(value)));
}
