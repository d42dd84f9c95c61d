/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The link: whether there is one, how fast it is, and whether somebody wants
 * us to say where we are (virtio 1.3, sections 5.1.4 and 5.1.6.5.4).
 */
#include "net/if_vio_var.h"

#include <net/if_dl.h>

#include "virtio/vio.h"

#include "vio_bus_if.h"

/* By Mbit/s; a speed that is not here has no name in ifmedia(4). */
static const struct {
	uint32_t speed;
	int media;
} vioif_speeds[] = {
	{ 10, IFM_10_T },
	{ 100, IFM_100_TX },
	{ 1000, IFM_1000_T },
	{ 2500, IFM_2500_T },
	{ 5000, IFM_5000_T },
	{ 10000, IFM_10G_T },
	{ 25000, IFM_25G_CR },
	{ 40000, IFM_40G_CR4 },
	{ 50000, IFM_50G_CR2 },
	{ 100000, IFM_100G_CR4 },
};

static int
vioif_active_media(const struct vioif_softc *sc)
{
	int duplex, media = IFM_10G_T;
	u_int i;

	for (i = 0; i < nitems(vioif_speeds); i++)
		if (vioif_speeds[i].speed == sc->vioif_speed)
			media = vioif_speeds[i].media;
	duplex = sc->vioif_duplex == VIOIF_DUPLEX_HALF ? IFM_HDX : IFM_FDX;
	return (IFM_ETHER | media | duplex);
}

void
vioif_media_status(if_t ifp, struct ifmediareq *req)
{
	struct vioif_softc *sc = if_getsoftc(ifp);

	req->ifm_status = IFM_AVALID;
	req->ifm_active = IFM_ETHER;
	if (sc->vioif_link) {
		req->ifm_status |= IFM_ACTIVE;
		req->ifm_active = vioif_active_media(sc);
	} else {
		req->ifm_active |= IFM_NONE;
	}
}

/* It is what it is. */
int
vioif_media_change(if_t ifp)
{
	struct vioif_softc *sc = if_getsoftc(ifp);

	return (IFM_TYPE(sc->vioif_media.ifm_media) == IFM_ETHER ? 0 : EINVAL);
}

static void
vioif_read_speed(struct vioif_softc *sc)
{
	uint32_t speed = 0;
	uint8_t duplex = VIOIF_UNKNOWN;
	struct vio_config_field fields[] = {
		{ offsetof(struct vioif_config, speed), &speed, sizeof(speed) },
		{ offsetof(struct vioif_config, duplex), &duplex,
		    sizeof(duplex) },
	};

	if (!VIOIF_HAS(sc, VIOIF_F_SPEED_DUPLEX) ||
	    vio_read_config(sc->vioif_dev, fields, nitems(fields)) != 0)
		return;
	speed = le32toh(speed);
	/* 5.1.4.2: anything else is not known. */
	sc->vioif_speed = speed <= VIOIF_SPEED_MAX ? speed : 0;
	sc->vioif_duplex = duplex;
	if_setbaudrate(sc->vioif_ifp,
	    sc->vioif_speed != 0 ? IF_Mbps((uint64_t)sc->vioif_speed) :
				   IF_Gbps(10ULL));
}

void
vioif_look_at_link(struct vioif_softc *sc)
{
	uint16_t status = htole16(VIOIF_S_LINK_UP);
	struct vio_config_field field = { offsetof(struct vioif_config, status),
		&status, sizeof(status) };
	bool link;

	VIOIF_CTL_ASSERT(sc);
	if (!sc->vioif_attached)
		return;
	/* A device that is not there has no link. */
	if ((sc->vioif_flags & VIOIF_LIVE) == 0)
		status = 0;
	else if (VIOIF_HAS(sc, VIOIF_F_STATUS) &&
	    vio_read_config(sc->vioif_dev, &field, 1) != 0)
		return;
	status = le16toh(status);
	link = (status & VIOIF_S_LINK_UP) != 0;
	if ((sc->vioif_flags & VIOIF_LIVE) != 0)
		vioif_read_speed(sc);
	sc->vioif_link = link;
	/* Says it only when it has changed. */
	if_link_state_change(sc->vioif_ifp,
	    link ? LINK_STATE_UP : LINK_STATE_DOWN);
	if (VIOIF_HAS(sc, VIOIF_F_GUEST_ANNOUNCE) &&
	    (status & VIOIF_S_ANNOUNCE) != 0 &&
	    (sc->vioif_flags & VIOIF_UP) != 0)
		vioif_post(sc, VIOIF_EV_ANNOUNCE);
}
