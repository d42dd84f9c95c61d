/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which packets are wanted: modes, MAC addresses and VLANs (virtio 1.3,
 * sections 5.1.6.5.1 to 5.1.6.5.3).  Filters are best effort: the stack looks
 * again.  Where a table is too small for what we want, the device lets all of
 * that kind through.
 *
 * A device that was reset has forgotten everything; vioif_rx_mode holds what
 * it was told since.
 */
#include "net/if_vio_var.h"

#include <net/if_dl.h>
#include <net/if_vlan_var.h>

#include "virtio/vio.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

/* The two tables as they are sent: a count and addresses. */
struct vioif_macs {
	struct {
		uint32_t count;
		uint8_t macs[VIOIF_MACS_MAX][ETHER_ADDR_LEN];
	} table[2];
	u_int wanted[2]; /* may be more than there is room for */
	const uint8_t *own;
};

#define VIOIF_UNICAST	0
#define VIOIF_MULTICAST 1

void
vioif_filter_reset(struct vioif_softc *sc)
{
	memset(sc->vioif_rx_mode, VIOIF_UNKNOWN, sizeof(sc->vioif_rx_mode));
}

/*
 * --- the address ---
 */

/* Before there was a command for it, it was written where it is read. */
static int
vioif_write_mac(struct vioif_softc *sc, const uint8_t *mac)
{
	device_t bus = device_get_parent(sc->vioif_dev);
	int error, i;

	for (i = 0, error = 0; i < ETHER_ADDR_LEN && error == 0; i++)
		error = VIO_BUS_WRITE_CONFIG(bus,
		    offsetof(struct vioif_config, mac) + i, &mac[i], 1);
	return (error);
}

int
vioif_set_mac(struct vioif_softc *sc)
{
	const uint8_t *mac;
	int error;

	mac = (const uint8_t *)if_getlladdr(sc->vioif_ifp);
	if (memcmp(mac, sc->vioif_mac, ETHER_ADDR_LEN) == 0)
		return (0);
	if (VIOIF_HAS(sc, VIOIF_F_CTRL_MAC_ADDR))
		error = vioif_ctrl(sc, VIOIF_CTRL_MAC, VIOIF_CTRL_MAC_ADDR_SET,
		    mac, ETHER_ADDR_LEN);
	else if (!VIOIF_HAS(sc, VIO_F_VERSION_1) && VIOIF_HAS(sc, VIOIF_F_MAC))
		error = vioif_write_mac(sc, mac);
	else
		error = EOPNOTSUPP;
	if (error == 0)
		memcpy(sc->vioif_mac, mac, ETHER_ADDR_LEN);
	return (error);
}

/*
 * --- modes and tables ---
 */

static void
vioif_set_mode(struct vioif_softc *sc, int command, bool on)
{
	uint8_t value = on;

	if (sc->vioif_rx_mode[command] == value)
		return;
	if (vioif_ctrl(sc, VIOIF_CTRL_RX, command, &value, sizeof(value)) == 0)
		sc->vioif_rx_mode[command] = value;
	else
		device_printf(sc->vioif_dev, "mode %d is not %s\n", command,
		    on ? "on" : "off");
}

static u_int
vioif_add_mac(struct vioif_macs *macs, int which, const uint8_t *mac)
{
	if (macs->wanted[which]++ < VIOIF_MACS_MAX)
		memcpy(macs->table[which].macs[macs->table[which].count++], mac,
		    ETHER_ADDR_LEN);
	return (1);
}

static u_int
vioif_add_unicast(void *arg, struct sockaddr_dl *sdl, u_int count)
{
	struct vioif_macs *macs = arg;
	const uint8_t *mac = (const uint8_t *)LLADDR(sdl);

	/* The device lets its own address through anyway. */
	if (memcmp(mac, macs->own, ETHER_ADDR_LEN) == 0)
		return (0);
	return (vioif_add_mac(macs, VIOIF_UNICAST, mac));
}

static u_int
vioif_add_multicast(void *arg, struct sockaddr_dl *sdl, u_int count)
{
	return (
	    vioif_add_mac(arg, VIOIF_MULTICAST, (const uint8_t *)LLADDR(sdl)));
}

/* Sends the tables; those that overflow are empty. */
static int
vioif_send_macs(struct vioif_softc *sc, struct vioif_macs *macs)
{
	int i, length[2];

	for (i = 0; i < 2; i++) {
		if (macs->wanted[i] > VIOIF_MACS_MAX)
			macs->table[i].count = 0;
		length[i] = sizeof(macs->table[i].count) +
		    macs->table[i].count * ETHER_ADDR_LEN;
		macs->table[i].count = htole32(macs->table[i].count);
	}
	return (vioif_ctrl2(sc, VIOIF_CTRL_MAC, VIOIF_CTRL_MAC_TABLE_SET,
	    &macs->table[0], length[0], &macs->table[1], length[1]));
}

void
vioif_set_filter(struct vioif_softc *sc)
{
	if_t ifp = sc->vioif_ifp;
	struct vioif_macs *macs;
	bool allmulti, alluni, extra, promisc;

	VIOIF_CTL_ASSERT(sc);
	if (!VIOIF_HAS(sc, VIOIF_F_CTRL_RX))
		return;
	macs = malloc(sizeof(*macs), M_DEVBUF, M_WAITOK | M_ZERO);
	/*
	 * An address that the device could not be given is one of those in
	 * the table.
	 */
	macs->own = sc->vioif_mac;
	(void)if_foreach_lladdr(ifp, vioif_add_unicast, macs);
	(void)if_foreach_llmaddr(ifp, vioif_add_multicast, macs);
	extra = VIOIF_HAS(sc, VIOIF_F_CTRL_RX_EXTRA);
	promisc = (if_getflags(ifp) & IFF_PROMISC) != 0;
	allmulti = (if_getflags(ifp) & IFF_ALLMULTI) != 0;
	alluni = false;
	if (macs->wanted[VIOIF_UNICAST] > VIOIF_MACS_MAX) {
		if (extra)
			alluni = true;
		else
			promisc = true;
	}
	if (macs->wanted[VIOIF_MULTICAST] > VIOIF_MACS_MAX)
		allmulti = true;
	sc->vioif_macs_overflow =
	    macs->wanted[VIOIF_UNICAST] > VIOIF_MACS_MAX ||
	    macs->wanted[VIOIF_MULTICAST] > VIOIF_MACS_MAX;
	if (extra)
		/* 5.1.6.5.1.1: this one would win over all the others. */
		vioif_set_mode(sc, VIOIF_CTRL_RX_NOMULTI,
		    macs->wanted[VIOIF_MULTICAST] == 0 && !allmulti &&
			!promisc);
	if (vioif_send_macs(sc, macs) != 0) {
		/* Without tables: more than we want rather than less. */
		if (macs->wanted[VIOIF_MULTICAST] > 0)
			allmulti = true;
		if (macs->wanted[VIOIF_UNICAST] > 0)
			promisc = true;
	}
	free(macs, M_DEVBUF);
	if (extra)
		vioif_set_mode(sc, VIOIF_CTRL_RX_ALLUNI, alluni);
	vioif_set_mode(sc, VIOIF_CTRL_RX_ALLMULTI, allmulti);
	vioif_set_mode(sc, VIOIF_CTRL_RX_PROMISC, promisc);
}

/*
 * --- VLANs ---
 */

static int
vioif_send_vlan(struct vioif_softc *sc, int command, uint16_t vid)
{
	uint16_t value = htole16(vid);

	return (
	    vioif_ctrl(sc, VIOIF_CTRL_VLAN, command, &value, sizeof(value)));
}

void
vioif_set_vlans(struct vioif_softc *sc)
{
	uint32_t bits;
	int i, vid;

	VIOIF_CTL_ASSERT(sc);
	if (!VIOIF_HAS(sc, VIOIF_F_CTRL_VLAN))
		return;
	for (i = 0; i < (int)nitems(sc->vioif_vlans); i++) {
		bits = sc->vioif_vlans[i];
		while (bits != 0) {
			vid = i * 32 + ffs(bits) - 1;
			bits &= bits - 1;
			if (vioif_send_vlan(sc, VIOIF_CTRL_VLAN_ADD, vid) ==
			    EIO)
				return;
		}
	}
}

static void
vioif_change_vlan(struct vioif_softc *sc, if_t ifp, uint16_t vid, bool add)
{
	uint32_t bit;

	/* vlan(4) tells every driver of every interface. */
	if (ifp != sc->vioif_ifp || vid == 0 || vid >= VIOIF_VLANS)
		return;
	bit = 1u << (vid % 32);
	sx_xlock(&sc->vioif_ctl);
	if (add)
		sc->vioif_vlans[vid / 32] |= bit;
	else
		sc->vioif_vlans[vid / 32] &= ~bit;
	if (VIOIF_HAS(sc, VIOIF_F_CTRL_VLAN) &&
	    (sc->vioif_flags & VIOIF_UP) != 0)
		(void)vioif_send_vlan(sc,
		    add ? VIOIF_CTRL_VLAN_ADD : VIOIF_CTRL_VLAN_DEL, vid);
	sx_xunlock(&sc->vioif_ctl);
}

void
vioif_vlan_config(void *arg, if_t ifp, uint16_t vid)
{
	vioif_change_vlan(arg, ifp, vid, true);
}

void
vioif_vlan_unconfig(void *arg, if_t ifp, uint16_t vid)
{
	vioif_change_vlan(arg, ifp, vid, false);
}
