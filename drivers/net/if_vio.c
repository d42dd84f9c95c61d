/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel module `if_vio`: network interfaces vio0, vio1, ... on virtio
 * network devices (virtio 1.3, section 5.1).  Here a device comes, sleeps and
 * goes; what the other files are for is said in if_vio_var.h.
 */
#include "net/if_vio_var.h"

#include <sys/module.h>

#include <net/if_types.h>
#include <net/if_vlan_var.h>

#include "virtio/vio.h"
#include "virtio/vio_wire.h"

#include "vio_bus_if.h"
#include "vio_if.h"

/* What loader.conf(5) may change. */
#define VIOIF_TIMEOUT_SECONDS 5
#define VIOIF_RETRIES	      3
#define VIOIF_RX_LIMIT	      1024

static int
vioif_probe(device_t dev)
{
	return (vio_probe(dev, VIO_ID_NETWORK, "VirtIO network device"));
}

/* Queues, or fewer of them if that is all there is. */
static int
vioif_setup_queues(struct vioif_softc *sc)
{
	int error, pairs = sc->vioif_npairs;

	error = vioif_alloc_queues(sc, pairs, sc->vioif_device_pairs);
	if (error != 0 && pairs > 1) {
		device_printf(sc->vioif_dev,
		    "%d pairs of queues: error %d; 1 used\n", pairs, error);
		vioif_free_queues(sc);
		error = vioif_alloc_queues(sc, 1, sc->vioif_device_pairs);
	}
	if (error == 0)
		error = vioif_alloc_buffers(sc);
	if (error == 0)
		error = vioif_start_taskqueues(sc);
	return (error);
}

/*
 * Also of a half-built device.  First nobody new comes in, then the device is
 * stopped, then those are waited for who may still be inside.
 */
static int
vioif_detach(device_t dev)
{
	struct vioif_softc *sc = device_get_softc(dev);

	if (sc->vioif_has_sysctl)
		sysctl_ctx_free(&sc->vioif_sysctl);
	sc->vioif_has_sysctl = false;
	/* Not with the lock that the handlers want. */
	if (sc->vioif_vlan_config != NULL)
		EVENTHANDLER_DEREGISTER(vlan_config, sc->vioif_vlan_config);
	if (sc->vioif_vlan_unconfig != NULL)
		EVENTHANDLER_DEREGISTER(vlan_unconfig, sc->vioif_vlan_unconfig);

	sx_xlock(&sc->vioif_ctl);
	sc->vioif_flags |= VIOIF_GONE;
	if ((sc->vioif_flags & VIOIF_LIVE) == 0)
		VIO_BUS_STOP(device_get_parent(dev));
	if (sc->vioif_ifp != NULL)
		vioif_halt(sc);
	sx_xunlock(&sc->vioif_ctl);
	if (sc->vioif_attached) {
		ether_ifdetach(sc->vioif_ifp);
		/* Who has found the interface before may be sending. */
		NET_EPOCH_WAIT();
	}
	callout_drain(&sc->vioif_tick);
	VIO_BUS_FREE_VIRTQUEUES(device_get_parent(dev));
	vioif_stop_taskqueues(sc);
	taskqueue_drain(taskqueue_thread, &sc->vioif_task);
	vioif_free_queues(sc);
	if (sc->vioif_has_media)
		ifmedia_removeall(&sc->vioif_media);
	if (sc->vioif_ifp != NULL)
		if_free(sc->vioif_ifp);
	sx_destroy(&sc->vioif_ctl);
	return (0);
}

static void
vioif_read_tunables(struct vioif_softc *sc)
{
	sc->vioif_timeout =
	    MAX(0, vioif_tunable(sc, "timeout", VIOIF_TIMEOUT_SECONDS));
	sc->vioif_retries = MAX(0, vioif_tunable(sc, "retries", VIOIF_RETRIES));
	sc->vioif_rx_limit =
	    MAX(1, vioif_tunable(sc, "rx_limit", VIOIF_RX_LIMIT));
	sc->vioif_rx_fill = vioif_tunable(sc, "rx_csum_fill", 1) != 0;
}

static int
vioif_attach(device_t dev)
{
	struct vioif_softc *sc = device_get_softc(dev);
	device_t bus = device_get_parent(dev);
	int error;

	sc->vioif_dev = dev;
	sx_init(&sc->vioif_ctl, "vio control");
	callout_init(&sc->vioif_tick, 1);
	TASK_INIT(&sc->vioif_task, 0, vioif_task_run, sc);
	vioif_read_tunables(sc);
	vioif_filter_reset(sc);
	sc->vioif_ifp = if_alloc(IFT_ETHER);
	if (sc->vioif_ifp == NULL) {
		error = ENOMEM;
		goto fail;
	}
	error = vioif_negotiate(sc);
	if (error == 0)
		error = vioif_read_limits(sc);
	if (error == 0)
		error = vioif_setup_queues(sc);
	if (error != 0)
		goto fail;
	vioif_create_ifnet(sc);
	error = VIO_BUS_SETUP_INTR(bus, INTR_TYPE_NET);
	if (error != 0)
		goto fail;
	/* From here on the device may ask for a reset, which has to wait. */
	sx_xlock(&sc->vioif_ctl);
	VIO_BUS_DRIVER_OK(bus);
	sc->vioif_flags |= VIOIF_LIVE;
	sx_xunlock(&sc->vioif_ctl);
	vioif_attach_ifnet(sc);
	sc->vioif_vlan_config = EVENTHANDLER_REGISTER(vlan_config,
	    vioif_vlan_config, sc, EVENTHANDLER_PRI_FIRST);
	sc->vioif_vlan_unconfig = EVENTHANDLER_REGISTER(vlan_unconfig,
	    vioif_vlan_unconfig, sc, EVENTHANDLER_PRI_FIRST);
	vioif_add_sysctls(sc);
	sx_xlock(&sc->vioif_ctl);
	vioif_look_at_link(sc);
	sx_xunlock(&sc->vioif_ctl);
	return (0);

fail:
	vioif_detach(dev);
	return (error);
}

/*
 * --- sleep and other events ---
 */

static int
vioif_suspend(device_t dev)
{
	struct vioif_softc *sc = device_get_softc(dev);

	sx_xlock(&sc->vioif_ctl);
	sc->vioif_flags |= VIOIF_SUSPENDED;
	vioif_halt(sc);
	sx_xunlock(&sc->vioif_ctl);
	callout_drain(&sc->vioif_tick);
	return (0);
}

static int
vioif_resume(device_t dev)
{
	struct vioif_softc *sc = device_get_softc(dev);
	int error = 0;

	sx_xlock(&sc->vioif_ctl);
	sc->vioif_flags &= ~(VIOIF_SUSPENDED | VIOIF_BROKEN);
	if ((sc->vioif_flags & VIOIF_GONE) == 0)
		error = vioif_resumed(sc);
	sx_xunlock(&sc->vioif_ctl);
	return (error);
}

/* The device must not go on by itself. */
static int
vioif_shutdown(device_t dev)
{
	struct vioif_softc *sc = device_get_softc(dev);

	sx_xlock(&sc->vioif_ctl);
	sc->vioif_flags |= VIOIF_GONE;
	vioif_halt(sc);
	sx_xunlock(&sc->vioif_ctl);
	return (0);
}

/* 2.1.2: packets that are in flight may never be sent. */
static void
vioif_needs_reset(device_t dev)
{
	device_printf(dev, "the device needs a reset\n");
	vioif_post(device_get_softc(dev), VIOIF_EV_RESET);
}

static void
vioif_config_change(device_t dev)
{
	vioif_post(device_get_softc(dev), VIOIF_EV_CONFIG);
}

static device_method_t vioif_methods[] = {
	/* Device interface. */
	DEVMETHOD(device_probe, vioif_probe),
	DEVMETHOD(device_attach, vioif_attach),
	DEVMETHOD(device_detach, vioif_detach),
	DEVMETHOD(device_suspend, vioif_suspend),
	DEVMETHOD(device_resume, vioif_resume),
	DEVMETHOD(device_shutdown, vioif_shutdown),

	/* Virtio interface. */
	DEVMETHOD(vio_config_change, vioif_config_change),
	DEVMETHOD(vio_needs_reset, vioif_needs_reset),

	DEVMETHOD_END
};

static driver_t vioif_driver = {
	.name = "vio",
	.methods = vioif_methods,
	.size = sizeof(struct vioif_softc),
};

/* `vio` is the module that all of them share. */
VIO_DRIVER_MODULE(if_vio, vio_pci, vioif_driver);
MODULE_VERSION(if_vio, 1);
MODULE_DEPEND(if_vio, vio, 1, 1, 1);
