/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Features, what the device says about itself (virtio 1.3, sections 5.1.3 to
 * 5.1.5), and its link.
 */
#include "net/if_vio_var.h"

#include <sys/smp.h>

#include "virtio/vio.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

#define VIOIF_FEATURES                                                     \
	(VIOIF_F_CSUM | VIOIF_F_GUEST_CSUM | VIOIF_F_CTRL_GUEST_OFFLOADS | \
	    VIOIF_F_MTU | VIOIF_F_MAC | VIOIF_F_GUEST_TSO4 |               \
	    VIOIF_F_GUEST_TSO6 | VIOIF_F_GUEST_ECN | VIOIF_F_HOST_TSO4 |   \
	    VIOIF_F_HOST_TSO6 | VIOIF_F_HOST_ECN | VIOIF_F_MRG_RXBUF |     \
	    VIOIF_F_STATUS | VIOIF_F_CTRL_VQ | VIOIF_F_CTRL_RX |           \
	    VIOIF_F_CTRL_VLAN | VIOIF_F_CTRL_RX_EXTRA |                    \
	    VIOIF_F_GUEST_ANNOUNCE | VIOIF_F_MQ | VIOIF_F_CTRL_MAC_ADDR |  \
	    VIOIF_F_NOTF_COAL | VIOIF_F_HOST_USO | VIOIF_F_HASH_REPORT |   \
	    VIOIF_F_GUEST_HDRLEN | VIOIF_F_RSS | VIOIF_F_SPEED_DUPLEX |    \
	    VIO_F_ANY_LAYOUT)

/* Rounds of negotiation; each takes features away, and three will do. */
#define VIOIF_ROUNDS 4

static const struct vio_feature_desc vioif_feature_desc[] = {
	{ VIOIF_F_CSUM, "CSUM" },
	{ VIOIF_F_GUEST_CSUM, "GUEST_CSUM" },
	{ VIOIF_F_CTRL_GUEST_OFFLOADS, "CTRL_GUEST_OFFLOADS" },
	{ VIOIF_F_MTU, "MTU" },
	{ VIOIF_F_MAC, "MAC" },
	{ VIOIF_F_GUEST_TSO4, "GUEST_TSO4" },
	{ VIOIF_F_GUEST_TSO6, "GUEST_TSO6" },
	{ VIOIF_F_GUEST_ECN, "GUEST_ECN" },
	{ VIOIF_F_GUEST_UFO, "GUEST_UFO" },
	{ VIOIF_F_HOST_TSO4, "HOST_TSO4" },
	{ VIOIF_F_HOST_TSO6, "HOST_TSO6" },
	{ VIOIF_F_HOST_ECN, "HOST_ECN" },
	{ VIOIF_F_HOST_UFO, "HOST_UFO" },
	{ VIOIF_F_MRG_RXBUF, "MRG_RXBUF" },
	{ VIOIF_F_STATUS, "STATUS" },
	{ VIOIF_F_CTRL_VQ, "CTRL_VQ" },
	{ VIOIF_F_CTRL_RX, "CTRL_RX" },
	{ VIOIF_F_CTRL_VLAN, "CTRL_VLAN" },
	{ VIOIF_F_CTRL_RX_EXTRA, "CTRL_RX_EXTRA" },
	{ VIOIF_F_GUEST_ANNOUNCE, "GUEST_ANNOUNCE" },
	{ VIOIF_F_MQ, "MQ" },
	{ VIOIF_F_CTRL_MAC_ADDR, "CTRL_MAC_ADDR" },
	{ VIOIF_F_VQ_NOTF_COAL, "VQ_NOTF_COAL" },
	{ VIOIF_F_NOTF_COAL, "NOTF_COAL" },
	{ VIOIF_F_GUEST_USO4, "GUEST_USO4" },
	{ VIOIF_F_GUEST_USO6, "GUEST_USO6" },
	{ VIOIF_F_HOST_USO, "HOST_USO" },
	{ VIOIF_F_HASH_REPORT, "HASH_REPORT" },
	{ VIOIF_F_GUEST_HDRLEN, "GUEST_HDRLEN" },
	{ VIOIF_F_RSS, "RSS" },
	{ VIOIF_F_RSC_EXT, "RSC_EXT" },
	{ VIOIF_F_STANDBY, "STANDBY" },
	{ VIOIF_F_SPEED_DUPLEX, "SPEED_DUPLEX" },
	{ 0, NULL },
};

/* 5.1.3.1: each feature, and those of which it needs one. */
static const struct {
	uint64_t feature;
	uint64_t needs;
} vioif_needs[] = {
	{ VIOIF_GUEST_TSO | VIOIF_F_GUEST_ECN, VIOIF_F_GUEST_CSUM },
	{ VIOIF_F_GUEST_ECN, VIOIF_GUEST_TSO },
	{ VIOIF_F_HOST_TSO4 | VIOIF_F_HOST_TSO6 | VIOIF_F_HOST_ECN |
		VIOIF_F_HOST_USO,
	    VIOIF_F_CSUM },
	{ VIOIF_F_HOST_ECN, VIOIF_F_HOST_TSO4 | VIOIF_F_HOST_TSO6 },
	{ VIOIF_F_CTRL_RX | VIOIF_F_CTRL_VLAN | VIOIF_F_GUEST_ANNOUNCE |
		VIOIF_F_MQ | VIOIF_F_CTRL_MAC_ADDR | VIOIF_F_NOTF_COAL |
		VIOIF_F_RSS | VIOIF_F_HASH_REPORT | VIOIF_F_CTRL_RX_EXTRA |
		VIOIF_F_CTRL_GUEST_OFFLOADS,
	    VIOIF_F_CTRL_VQ },
	/* 5.1.6.5.2: its commands need the tables'. */
	{ VIOIF_F_CTRL_MAC_ADDR | VIOIF_F_CTRL_RX_EXTRA, VIOIF_F_CTRL_RX },
	{ VIOIF_F_GUEST_ANNOUNCE, VIOIF_F_STATUS },
};

/* Without what lacks something that it needs. */
static uint64_t
vioif_prune(uint64_t features)
{
	u_int i;

	for (i = 0; i < nitems(vioif_needs); i++)
		if ((features & vioif_needs[i].needs) == 0)
			features &= ~vioif_needs[i].feature;
	return (features);
}

/*
 * Agrees on `features`, or on fewer: what the device offers may need what it
 * does not offer, and then must not be accepted (2.2.1).
 */
static int
vioif_agree(struct vioif_softc *sc, uint64_t features)
{
	device_t bus = device_get_parent(sc->vioif_dev);
	uint64_t agreed;
	int error, i;

	for (i = 0; i < VIOIF_ROUNDS; i++) {
		agreed = VIO_BUS_NEGOTIATE_FEATURES(bus, features);
		error = VIO_BUS_FINALIZE_FEATURES(bus);
		if (error != 0)
			return (error);
		features = vioif_prune(agreed);
		if (features == agreed) {
			sc->vioif_features = agreed;
			return (0);
		}
	}
	return (ENXIO);
}

/* The header's size and place follow from the features (5.1.6). */
static void
vioif_set_header(struct vioif_softc *sc)
{
	if (VIOIF_HAS(sc, VIOIF_F_HASH_REPORT))
		sc->vioif_hdr_size = VIOIF_HDR_HASH;
	else if (VIOIF_HAS(sc, VIO_F_VERSION_1 | VIOIF_F_MRG_RXBUF))
		sc->vioif_hdr_size = VIOIF_HDR_MRG;
	else
		sc->vioif_hdr_size = VIOIF_HDR_LEGACY;
	sc->vioif_split = !VIOIF_HAS(sc, VIO_F_VERSION_1 | VIO_F_ANY_LAYOUT);
	/* What is behind the Ethernet header begins at a multiple of 4. */
	sc->vioif_rx_pad = -(sc->vioif_hdr_size + ETHER_HDR_LEN) & 3;
}

int
vioif_negotiate(struct vioif_softc *sc)
{
	uint64_t features = VIOIF_FEATURES;
	int error;

	if (vioif_tunable(sc, "csum_disable", 0) != 0)
		features &= ~(VIOIF_F_CSUM | VIOIF_F_GUEST_CSUM);
	if (vioif_tunable(sc, "tso_disable", 0) != 0)
		features &=
		    ~(VIOIF_F_HOST_TSO4 | VIOIF_F_HOST_TSO6 | VIOIF_F_HOST_USO);
	if (vioif_tunable(sc, "lro_disable", 0) != 0)
		features &= ~VIOIF_GUEST_TSO;
	if (vioif_tunable(sc, "mq_disable", 0) != 0)
		features &= ~(VIOIF_F_MQ | VIOIF_F_RSS | VIOIF_F_HASH_REPORT);
	features = vioif_prune(features);
	vio_set_feature_desc(sc->vioif_dev, vioif_feature_desc);
	error = vioif_agree(sc, features);
	sc->vioif_wanted = sc->vioif_features;
	if (error == 0)
		vioif_set_header(sc);
	return (error);
}

uint64_t
vioif_features_now(const struct vioif_softc *sc)
{
	uint64_t features = sc->vioif_wanted;

	if (!VIOIF_HAS(sc, VIOIF_F_CTRL_GUEST_OFFLOADS))
		features &= ~VIOIF_GUEST_OFFLOADS | vioif_guest_offloads(sc);
	/* With the feature there is a filter, whatever is in its table. */
	if ((if_getcapenable(sc->vioif_ifp) & IFCAP_VLAN_HWFILTER) == 0)
		features &= ~VIOIF_F_CTRL_VLAN;
	return (vioif_prune(features));
}

int
vioif_renegotiate(struct vioif_softc *sc)
{
	const uint64_t may = VIOIF_GUEST_OFFLOADS | VIOIF_F_CTRL_VLAN;
	uint64_t features = vioif_features_now(sc), old = sc->vioif_features;
	int error;

	if (features == old)
		return (0);
	error = vioif_agree(sc, features);
	if (error == 0 && ((sc->vioif_features ^ old) & ~may) != 0) {
		/* Queues and headers are made for what it was. */
		vio_print_features(sc->vioif_dev, "the device has changed",
		    sc->vioif_features ^ old, vioif_feature_desc);
		error = ENXIO;
	}
	if (error != 0)
		sc->vioif_features = old;
	return (error);
}

/*
 * --- limits ---
 */

#define VIOIF_FIELD(config, field)                                      \
	{                                                               \
		offsetof(struct vioif_config, field), &(config)->field, \
		    sizeof((config)->field)                             \
	}

static int
vioif_read_fields(struct vioif_softc *sc, uint64_t feature,
    const struct vio_config_field *fields, int nfields)
{
	if (!VIOIF_HAS(sc, feature))
		return (0);
	return (vio_read_config(sc->vioif_dev, fields, nfields));
}

/* The address that the device gives us, or one of our own. */
static int
vioif_read_mac(struct vioif_softc *sc)
{
	struct vio_config_field fields[ETHER_ADDR_LEN];
	uint8_t *mac = sc->vioif_mac;
	int error, i;

	for (i = 0; i < ETHER_ADDR_LEN; i++) {
		fields[i].vcf_offset = offsetof(struct vioif_config, mac) + i;
		fields[i].vcf_dst = &mac[i];
		fields[i].vcf_len = 1;
	}
	error = vioif_read_fields(sc, VIOIF_F_MAC, fields, nitems(fields));
	if (error != 0)
		return (error);
	if (VIOIF_HAS(sc, VIOIF_F_MAC)) {
		if (!ETHER_IS_MULTICAST(mac) &&
		    (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) != 0)
			return (0);
		device_printf(sc->vioif_dev,
		    "%02x:%02x:%02x:%02x:%02x:%02x is no address\n", mac[0],
		    mac[1], mac[2], mac[3], mac[4], mac[5]);
	}
	/* 5.1.4.2: locally administered, not a group. */
	arc4rand(mac, ETHER_ADDR_LEN, 0);
	mac[0] = (mac[0] & ~1) | 2;
	return (0);
}

static int
vioif_read_mtu(struct vioif_softc *sc, struct vioif_config *config)
{
	struct vio_config_field field = VIOIF_FIELD(config, mtu);
	int error;

	sc->vioif_max_mtu = 65535;
	if (!VIOIF_HAS(sc, VIOIF_F_MTU))
		return (0);
	error = vio_read_config(sc->vioif_dev, &field, 1);
	if (error != 0)
		return (error);
	if (le16toh(config->mtu) < VIOIF_MTU_MIN) {
		device_printf(sc->vioif_dev, "an MTU of %u is none\n",
		    le16toh(config->mtu));
		return (ENXIO);
	}
	sc->vioif_max_mtu = le16toh(config->mtu);
	return (0);
}

/* Hashes and their table: what the device and we have in common. */
static int
vioif_read_rss(struct vioif_softc *sc, struct vioif_config *config)
{
	struct vio_config_field fields[] = {
		VIOIF_FIELD(config, rss_max_key_size),
		VIOIF_FIELD(config, supported_hash_types),
		VIOIF_FIELD(config, rss_max_indirection_table_length),
	};
	uint64_t drop = 0;
	int error, n;

	/* The last of them exists only with RSS (5.1.4). */
	n = VIOIF_HAS(sc, VIOIF_F_RSS) ? 3 : 2;
	error =
	    vioif_read_fields(sc, VIOIF_F_RSS | VIOIF_F_HASH_REPORT, fields, n);
	if (error != 0 || !VIOIF_HAS(sc, VIOIF_F_RSS | VIOIF_F_HASH_REPORT))
		return (error);
	sc->vioif_key_size = config->rss_max_key_size;
	sc->vioif_hash_types =
	    le32toh(config->supported_hash_types) & VIOIF_HASH_TYPES;
	n = le16toh(config->rss_max_indirection_table_length);
	if (VIOIF_HAS(sc, VIOIF_F_RSS) && n > 0)
		sc->vioif_table_size = n >= VIOIF_RSS_ENTRIES ?
		    VIOIF_RSS_ENTRIES :
		    1 << (flsl(n) - 1);
	if (sc->vioif_key_size < VIOIF_RSS_KEY_BYTES)
		drop = VIOIF_F_RSS | VIOIF_F_HASH_REPORT;
	else if (sc->vioif_table_size == 0)
		drop = VIOIF_F_RSS;
	if ((sc->vioif_features & drop) == 0)
		return (0);
	device_printf(sc->vioif_dev,
	    "no use for hashes: key of %u bytes, "
	    "table of %d entries\n",
	    sc->vioif_key_size, n);
	error = vioif_agree(sc, vioif_prune(sc->vioif_features & ~drop));
	sc->vioif_wanted = sc->vioif_features;
	if (error == 0)
		vioif_set_header(sc);
	return (error);
}

/*
 * How many pairs there are and how many we use.  A device with a strange
 * number of them has one, if it is not asked for more (5.1.2).
 */
static int
vioif_read_pairs(struct vioif_softc *sc, struct vioif_config *config)
{
	struct vio_config_field field =
	    VIOIF_FIELD(config, max_virtqueue_pairs);
	int error, have = 1, want;

	sc->vioif_device_pairs = sc->vioif_npairs = 1;
	if (!VIOIF_HAS(sc, VIOIF_F_MQ | VIOIF_F_RSS))
		return (0);
	error = vio_read_config(sc->vioif_dev, &field, 1);
	if (error != 0)
		return (error);
	have = le16toh(config->max_virtqueue_pairs);
	want = vioif_tunable(sc, "queues", 0);
	if (want <= 0)
		want = mp_ncpus;
	want = MIN(want, VIOIF_PAIRS_MAX);
	if (have == 0 || have > VIOIF_PAIRS_LIMIT)
		device_printf(sc->vioif_dev, "%d pairs of queues; 1 used\n",
		    have);
	else if (have <= VIOIF_PAIRS_MAX &&
	    (want > 1 || VIOIF_HAS(sc, VIOIF_F_RSS))) {
		sc->vioif_device_pairs = have;
		sc->vioif_npairs = MIN(have, want);
		return (0);
	}
	error = vioif_agree(sc,
	    vioif_prune(sc->vioif_features & ~(VIOIF_F_MQ | VIOIF_F_RSS)));
	sc->vioif_wanted = sc->vioif_features;
	return (error);
}

int
vioif_read_limits(struct vioif_softc *sc)
{
	struct vioif_config config;
	int error;

	memset(&config, 0, sizeof(config));
	error = vioif_read_mac(sc);
	if (error == 0)
		error = vioif_read_mtu(sc, &config);
	if (error == 0)
		error = vioif_read_rss(sc, &config);
	if (error == 0)
		error = vioif_read_pairs(sc, &config);
	arc4rand(sc->vioif_rss_key, sizeof(sc->vioif_rss_key), 0);
	return (error);
}
