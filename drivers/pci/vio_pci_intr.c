/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts of a virtio PCI device (virtio 1.3, section 4.1.5).
 *
 * Four ways, tried in this order: MSI-X with a vector for configuration
 * changes and one for each queue; MSI-X with one vector for all queues
 * beside that for configuration changes; one message of MSI; the shared INTx
 * line.  With the last two the ISR status says what the matter is.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/rman.h>

#include <machine/bus.h>
#include <machine/resource.h>

#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "pci/vio_pci_var.h"
#include "pci/vio_pci_wire.h"
#include "virtio/vio.h"
#include "virtio/vio_vq.h"
#include "virtio/vio_wire.h"

#include "vio_if.h"

/* Entry 0 of the MSI-X table is for configuration changes. */
#define VIO_PCI_CONFIG_VECTOR 0

/* A configuration change announces a device in need of reset as well. */
static void
vio_pci_config_changed(struct vio_pci_softc *sc)
{
	uint8_t status = vio_pci_read_status(sc);

	if (vio_pci_is_gone(sc, status))
		return;
	if ((status & VIO_STATUS_NEEDS_RESET) != 0)
		VIO_NEEDS_RESET(sc->vio_pci_child);
	else
		VIO_CONFIG_CHANGE(sc->vio_pci_child);
}

static void
vio_pci_all_vqs(struct vio_pci_softc *sc)
{
	int i;

	for (i = 0; i < sc->vio_pci_nvqs; i++)
		if (vio_vq_has_intr(sc->vio_pci_vqs[i].vpq_vq))
			vio_vq_intr(sc->vio_pci_vqs[i].vpq_vq);
}

static void
vio_pci_config_intr(void *arg)
{
	struct vio_pci_intr *intr = arg;

	vio_pci_config_changed(intr->vi_sc);
}

static void
vio_pci_vq_intr(void *arg)
{
	struct vio_pci_intr *intr = arg;

	vio_vq_intr(intr->vi_vq);
}

static void
vio_pci_shared_intr(void *arg)
{
	struct vio_pci_intr *intr = arg;

	vio_pci_all_vqs(intr->vi_sc);
}

static void
vio_pci_isr_intr(void *arg)
{
	struct vio_pci_intr *intr = arg;
	struct vio_pci_softc *sc = intr->vi_sc;
	uint8_t isr;

	/* The read acknowledges: it clears the bits and the line. */
	isr = bus_read_1(sc->vio_pci_isr.vr_res, sc->vio_pci_isr.vr_offset);
	if (vio_pci_is_gone(sc, isr))
		return;
	if ((isr & VIO_PCI_ISR_CONFIG) != 0)
		vio_pci_config_changed(sc);
	if ((isr & VIO_PCI_ISR_QUEUE) != 0)
		vio_pci_all_vqs(sc);
}

/* Allocates the interrupt of resource id `rid` and sets its handler up. */
static int
vio_pci_add_intr(struct vio_pci_softc *sc, struct vio_pci_intr *intr, int rid,
    enum intr_type type, driver_intr_t *handler, struct vio_vq *vq)
{
	device_t dev = sc->vio_pci_dev;
	int error;

	intr->vi_sc = sc;
	intr->vi_vq = vq;
	intr->vi_rid = rid;
	intr->vi_res = bus_alloc_resource_any(dev, SYS_RES_IRQ, &intr->vi_rid,
	    RF_ACTIVE | (rid == 0 ? RF_SHAREABLE : 0));
	if (intr->vi_res == NULL)
		return (ENXIO);
	error = bus_setup_intr(dev, intr->vi_res, type | INTR_MPSAFE, NULL,
	    handler, intr, &intr->vi_cookie);
	if (error != 0) {
		intr->vi_cookie = NULL;
		return (error);
	}
	return (0);
}

void
vio_pci_teardown_intr(struct vio_pci_softc *sc)
{
	device_t dev = sc->vio_pci_dev;
	struct vio_pci_intr *intr;
	int i;

	for (i = 0; i < sc->vio_pci_nintrs; i++) {
		intr = &sc->vio_pci_intrs[i];
		if (intr->vi_cookie != NULL)
			bus_teardown_intr(dev, intr->vi_res, intr->vi_cookie);
		if (intr->vi_res != NULL)
			bus_release_resource(dev, SYS_RES_IRQ, intr->vi_rid,
			    intr->vi_res);
	}
	if (sc->vio_pci_intr_mode != VIO_PCI_INTR_NONE &&
	    sc->vio_pci_intr_mode != VIO_PCI_INTR_INTX)
		pci_release_msi(dev);
	free(sc->vio_pci_intrs, M_DEVBUF);
	sc->vio_pci_intrs = NULL;
	sc->vio_pci_nintrs = 0;
	sc->vio_pci_intr_mode = VIO_PCI_INTR_NONE;
	strlcpy(sc->vio_pci_intr_text, "none", sizeof(sc->vio_pci_intr_text));
	sc->vio_pci_config_vector = VIO_PCI_NO_VECTOR;
	for (i = 0; i < sc->vio_pci_nvqs; i++)
		sc->vio_pci_vqs[i].vpq_vector = VIO_PCI_NO_VECTOR;
}

static void
vio_pci_alloc_intrs(struct vio_pci_softc *sc, enum vio_pci_intr_mode mode,
    int n)
{
	sc->vio_pci_intrs = malloc(n * sizeof(sc->vio_pci_intrs[0]), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	sc->vio_pci_nintrs = n;
	sc->vio_pci_intr_mode = mode;
}

/* Vectors that MSI-X needs in a mode: configuration, and queues. */
static int
vio_pci_msix_needed(struct vio_pci_softc *sc, enum vio_pci_intr_mode mode)
{
	int i, n;

	if (mode == VIO_PCI_INTR_MSIX_SHARED)
		return (2);
	n = 1;
	for (i = 0; i < sc->vio_pci_nvqs; i++)
		if (vio_vq_has_intr(sc->vio_pci_vqs[i].vpq_vq))
			n++;
	return (n);
}

/* One vector a queue.  Queues without a handler get none. */
static int
vio_pci_setup_vq_vectors(struct vio_pci_softc *sc, enum intr_type type)
{
	struct vio_pci_intr *intr;
	struct vio_vq *vq;
	int error, i, vector;

	vector = VIO_PCI_CONFIG_VECTOR + 1;
	for (i = 0; i < sc->vio_pci_nvqs; i++) {
		vq = sc->vio_pci_vqs[i].vpq_vq;
		if (!vio_vq_has_intr(vq))
			continue;
		intr = &sc->vio_pci_intrs[vector];
		error = vio_pci_add_intr(sc, intr, vector + 1, type,
		    vio_pci_vq_intr, vq);
		if (error != 0)
			return (error);
		bus_describe_intr(sc->vio_pci_dev, intr->vi_res,
		    intr->vi_cookie, "%s", vio_vq_name(vq));
		error = vio_pci_map_vq_vector(sc, i, vector);
		if (error != 0)
			return (error);
		vector++;
	}
	return (0);
}

static int
vio_pci_setup_shared_vector(struct vio_pci_softc *sc, enum intr_type type)
{
	const int vector = VIO_PCI_CONFIG_VECTOR + 1;
	struct vio_pci_intr *intr;
	int error, i;

	intr = &sc->vio_pci_intrs[vector];
	error = vio_pci_add_intr(sc, intr, vector + 1, type,
	    vio_pci_shared_intr, NULL);
	if (error != 0)
		return (error);
	bus_describe_intr(sc->vio_pci_dev, intr->vi_res, intr->vi_cookie,
	    "queues");
	for (i = 0; i < sc->vio_pci_nvqs; i++) {
		if (!vio_vq_has_intr(sc->vio_pci_vqs[i].vpq_vq))
			continue;
		error = vio_pci_map_vq_vector(sc, i, vector);
		if (error != 0)
			return (error);
	}
	return (0);
}

static int
vio_pci_setup_msix(struct vio_pci_softc *sc, enum vio_pci_intr_mode mode,
    enum intr_type type)
{
	device_t dev = sc->vio_pci_dev;
	int error, got, need;

	need = got = vio_pci_msix_needed(sc, mode);
	if (vio_pci_tunable(sc, "msix", 1) == 0 || !sc->vio_pci_msix_mapped ||
	    pci_msix_count(dev) < need)
		return (ENXIO);
	if (pci_alloc_msix(dev, &got) != 0)
		return (ENXIO);
	if (got != need) {
		pci_release_msi(dev);
		return (ENXIO);
	}
	vio_pci_alloc_intrs(sc, mode, need);

	error = vio_pci_add_intr(sc, &sc->vio_pci_intrs[VIO_PCI_CONFIG_VECTOR],
	    VIO_PCI_CONFIG_VECTOR + 1, type, vio_pci_config_intr, NULL);
	if (error == 0) {
		bus_describe_intr(dev,
		    sc->vio_pci_intrs[VIO_PCI_CONFIG_VECTOR].vi_res,
		    sc->vio_pci_intrs[VIO_PCI_CONFIG_VECTOR].vi_cookie,
		    "config");
		error = vio_pci_map_config_vector(sc, VIO_PCI_CONFIG_VECTOR);
	}
	if (error == 0)
		error = mode == VIO_PCI_INTR_MSIX ?
		    vio_pci_setup_vq_vectors(sc, type) :
		    vio_pci_setup_shared_vector(sc, type);
	return (error);
}

/*
 * Virtio knows nothing of MSI, which stands in for the line: the device sends
 * one message, whatever it has to say.
 */
static int
vio_pci_setup_msi(struct vio_pci_softc *sc, enum vio_pci_intr_mode mode,
    enum intr_type type)
{
	device_t dev = sc->vio_pci_dev;
	int got = 1;

	if (vio_pci_tunable(sc, "msi", 1) == 0 || pci_msi_count(dev) < 1 ||
	    pci_alloc_msi(dev, &got) != 0)
		return (ENXIO);
	vio_pci_alloc_intrs(sc, mode, 1);
	return (vio_pci_add_intr(sc, &sc->vio_pci_intrs[0], 1, type,
	    vio_pci_isr_intr, NULL));
}

static int
vio_pci_setup_intx(struct vio_pci_softc *sc, enum vio_pci_intr_mode mode,
    enum intr_type type)
{
	vio_pci_alloc_intrs(sc, mode, 1);
	return (vio_pci_add_intr(sc, &sc->vio_pci_intrs[0], 0, type,
	    vio_pci_isr_intr, NULL));
}

static const struct {
	enum vio_pci_intr_mode mode;
	const char *text;
	int (*setup)(struct vio_pci_softc *, enum vio_pci_intr_mode,
	    enum intr_type);
} vio_pci_intr_modes[] = {
	{ VIO_PCI_INTR_MSIX, "MSI-X, a vector for each queue",
	    vio_pci_setup_msix },
	{ VIO_PCI_INTR_MSIX_SHARED, "MSI-X, a vector for all queues",
	    vio_pci_setup_msix },
	{ VIO_PCI_INTR_MSI, "MSI", vio_pci_setup_msi },
	{ VIO_PCI_INTR_INTX, "INTx", vio_pci_setup_intx },
};

int
vio_pci_setup_intr(device_t dev, enum intr_type type)
{
	struct vio_pci_softc *sc = device_get_softc(dev);
	int error;
	size_t i;

	KASSERT(sc->vio_pci_intr_mode == VIO_PCI_INTR_NONE,
	    ("%s: set up already, mode %d", __func__, sc->vio_pci_intr_mode));
	error = ENXIO;
	for (i = 0; i < nitems(vio_pci_intr_modes); i++) {
		error = vio_pci_intr_modes[i].setup(sc,
		    vio_pci_intr_modes[i].mode, type);
		if (error == 0)
			break;
		vio_pci_teardown_intr(sc);
	}
	if (error != 0) {
		device_printf(dev, "no interrupt can be set up: %d\n", error);
		return (error);
	}
	strlcpy(sc->vio_pci_intr_text, vio_pci_intr_modes[i].text,
	    sizeof(sc->vio_pci_intr_text));
	if (bootverbose)
		device_printf(dev, "interrupts by %s\n", sc->vio_pci_intr_text);
	return (0);
}
