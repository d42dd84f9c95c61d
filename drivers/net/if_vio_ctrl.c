/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The control queue (virtio 1.3, section 5.1.6.5): one command at a time, by
 * polling.  A device that does not answer in time is not waited for again: it
 * may still write where the answer was to be, so nothing more is asked of it
 * until it has been reset.
 */
#include "net/if_vio_var.h"

#include "virtio/vio_vq.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"

/*
 * Most answers are there at once; for others we first spin, a tenth of a
 * millisecond, then sleep, in ticks that add up to some seconds.
 */
#define VIOIF_CTRL_SPIN_US 10
#define VIOIF_CTRL_SPINS   10
#define VIOIF_CTRL_SECONDS 3

/* The buffer: header, data, and the answer at its end. */
#define VIOIF_CTRL_BYTES 4096
#define VIOIF_CTRL_ACK	 (VIOIF_CTRL_BYTES - 1)
/* In there until the device writes: neither OK nor ERR. */
#define VIOIF_CTRL_PENDING 0xff

int
vioif_alloc_ctrl(struct vioif_softc *sc)
{
	void *memory = NULL;
	int error;

	error = vioif_alloc_dma(sc, VIOIF_CTRL_BYTES, 8, &sc->vioif_ctrl_tag,
	    &sc->vioif_ctrl_map, &memory, &sc->vioif_ctrl_addr);
	sc->vioif_ctrl_buf = memory;
	return (error);
}

void
vioif_free_ctrl(struct vioif_softc *sc)
{
	vioif_free_dma(sc->vioif_ctrl_tag, sc->vioif_ctrl_map,
	    sc->vioif_ctrl_buf, sc->vioif_ctrl_addr);
	sc->vioif_ctrl_tag = NULL;
	sc->vioif_ctrl_buf = NULL;
	sc->vioif_ctrl_addr = 0;
}

/* Puts the command on the ring. */
static int
vioif_ctrl_enqueue(struct vioif_softc *sc, int length, int more)
{
	bus_addr_t at = sc->vioif_ctrl_addr;
	bus_dma_segment_t segs[4];
	const int parts[] = { sizeof(struct vioif_ctrl), length, more };
	u_int i;
	int n = 0;

	/* Old devices look for each part in a descriptor of its own. */
	for (i = 0; i < nitems(parts); i++) {
		if (parts[i] == 0)
			continue;
		if (n == 0 || sc->vioif_split) {
			segs[n].ds_addr = at;
			segs[n].ds_len = 0;
			n++;
		}
		segs[n - 1].ds_len += parts[i];
		at += parts[i];
	}
	segs[n].ds_addr = sc->vioif_ctrl_addr + VIOIF_CTRL_ACK;
	segs[n].ds_len = sizeof(uint8_t);
	bus_dmamap_sync(sc->vioif_ctrl_tag, sc->vioif_ctrl_map,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	return (vio_vq_enqueue(sc->vioif_ctrl_vq, sc, segs, n, 1));
}

/* Waits for the command to come back; 0, EIO for a lie, or ETIMEDOUT. */
static int
vioif_ctrl_wait(struct vioif_softc *sc)
{
	int error, i, until;
	void *cookie;
	uint32_t len;

	until = ticks + VIOIF_CTRL_SECONDS * hz;
	for (i = 0;; i++) {
		error = vio_vq_dequeue(sc->vioif_ctrl_vq, &cookie, &len);
		if (error != EAGAIN)
			return (error);
		if (i < VIOIF_CTRL_SPINS) {
			DELAY(VIOIF_CTRL_SPIN_US);
			continue;
		}
		/* Of a device that was pulled out nothing will come. */
		if (until - ticks <= 0 || bus_child_present(sc->vioif_dev) == 0)
			return (ETIMEDOUT);
		pause("vioctl", 1);
	}
}

/* What the device made of it. */
static int
vioif_ctrl_result(struct vioif_softc *sc, uint8_t class, uint8_t command)
{
	uint8_t ack;

	bus_dmamap_sync(sc->vioif_ctrl_tag, sc->vioif_ctrl_map,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	ack = atomic_load_8(&sc->vioif_ctrl_buf[VIOIF_CTRL_ACK]);
	if (ack == VIOIF_CTRL_OK)
		return (0);
	sc->vioif_ctrl_errors++;
	device_printf(sc->vioif_dev, "command %u.%u: %s (%u)\n", class, command,
	    ack == VIOIF_CTRL_ERR ? "refused" : "a strange answer", ack);
	return (ack == VIOIF_CTRL_ERR ? EOPNOTSUPP : EIO);
}

int
vioif_ctrl2(struct vioif_softc *sc, uint8_t class, uint8_t command,
    const void *data, int length, const void *more, int more_length)
{
	struct vioif_ctrl *ctrl;
	uint8_t *at;
	int error;

	VIOIF_CTL_ASSERT(sc);
	KASSERT(sizeof(*ctrl) + length + more_length <= VIOIF_CTRL_ACK,
	    ("%s: %d and %d bytes", __func__, length, more_length));
	if (sc->vioif_ctrl_vq == NULL)
		return (EOPNOTSUPP);
	if ((sc->vioif_flags & VIOIF_LIVE) == 0 || sc->vioif_ctrl_dead)
		return (EIO);
	sc->vioif_ctrl_count++;
	ctrl = (struct vioif_ctrl *)sc->vioif_ctrl_buf;
	ctrl->class = class;
	ctrl->command = command;
	at = (uint8_t *)(ctrl + 1);
	if (length > 0)
		memcpy(at, data, length);
	if (more_length > 0)
		memcpy(at + length, more, more_length);
	sc->vioif_ctrl_buf[VIOIF_CTRL_ACK] = VIOIF_CTRL_PENDING;

	error = vioif_ctrl_enqueue(sc, length, more_length);
	if (error == 0) {
		(void)vio_vq_notify(sc->vioif_ctrl_vq);
		error = vioif_ctrl_wait(sc);
	}
	if (error == 0)
		return (vioif_ctrl_result(sc, class, command));
	sc->vioif_ctrl_dead = true;
	sc->vioif_ctrl_timeouts++;
	device_printf(sc->vioif_dev, "command %u.%u: no answer: %d\n", class,
	    command, error);
	vioif_post(sc, error == EIO ? VIOIF_EV_LIE : VIOIF_EV_RESET);
	return (EIO);
}

int
vioif_ctrl(struct vioif_softc *sc, uint8_t class, uint8_t command,
    const void *data, int length)
{
	return (vioif_ctrl2(sc, class, command, data, length, NULL, 0));
}
