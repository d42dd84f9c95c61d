/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the PCI bus keeps about each function on it; drivers have no business
 * here.
 */
#ifndef _DEV_PCI_PCI_PRIVATE_H_
#define _DEV_PCI_PCI_PRIVATE_H_

#include <sys/bus.h>
#include <sys/queue.h>
#include <dev/pci/pcivar.h>

/* One MSI-X message: the table entry and the IRQ that it raises. */
struct msix_vector {
	uint64_t mv_address; /* 0: not mapped yet */
	uint32_t mv_data;
	int mv_irq;
	u_int mv_handlers; /* set up on it */
};

struct pcicfg_msix {
	uint8_t msix_location; /* of the capability, or 0 */
	uint16_t msix_ctrl;
	uint16_t msix_msgnum;	/* entries of the table */
	uint8_t msix_table_bar; /* rids */
	uint8_t msix_pba_bar;
	uint32_t msix_table_offset;
	uint32_t msix_pba_offset;
	int msix_alloc; /* messages allocated: rids 1 to that */
	struct msix_vector *msix_vectors;
	struct resource *msix_table_res;
};

#define PCI_MSI_MAX 32 /* messages of a function */

struct pcicfg_msi {
	uint8_t msi_location; /* of the capability, or 0 */
	uint16_t msi_ctrl;
	uint8_t msi_msgnum; /* messages that the function can send */
	int msi_alloc;	    /* messages allocated: rids 1 to that */
	int msi_irqs[PCI_MSI_MAX];
	u_int msi_handlers; /* set up on any of them */
	uint64_t msi_addr;  /* 0: not mapped yet */
	uint32_t msi_data;
};

typedef struct pcicfg {
	device_t dev;
	uint16_t vendor;
	uint16_t device;
	uint16_t subvendor;
	uint16_t subdevice;
	uint8_t baseclass;
	uint8_t subclass;
	uint8_t progif;
	uint8_t revid;
	uint8_t hdrtype;
	uint8_t cachelnsz;
	uint8_t lattimer;
	uint8_t mingnt;
	uint8_t maxlat;
	uint8_t intpin;
	uint8_t intline; /* the IRQ of the pin, or PCI_INVALID_IRQ */
	uint32_t domain;
	uint8_t bus;
	uint8_t slot;
	uint8_t func;
	uint8_t pp_location; /* power management capability, or 0 */
	uint16_t cmdreg;     /* as of pci_cfg_save() */
	struct pcicfg_msi msi;
	struct pcicfg_msix msix;
} pcicfgregs;

struct pci_devinfo {
	struct resource_list resources;
	pcicfgregs cfg;
};

/* pci_cfg.c: what configuration space says. */
struct pci_devinfo *pci_read_device(device_t pcib, int domain, int bus,
    int slot, int func);
void pci_free_device(struct pci_devinfo *dinfo);
void pci_add_resources(device_t bus, device_t dev);
pci_read_config_t pci_read_config_method;
pci_write_config_t pci_write_config_method;
pci_find_cap_t pci_find_cap_method;
pci_find_next_cap_t pci_find_next_cap_method;
pci_find_extcap_t pci_find_extcap_method;
pci_enable_busmaster_t pci_enable_busmaster_method;
pci_disable_busmaster_t pci_disable_busmaster_method;
pci_enable_io_t pci_enable_io_method;
pci_disable_io_t pci_disable_io_method;
void pci_set_command_bit(device_t dev, device_t child, uint16_t bit);
void pci_clear_command_bit(device_t dev, device_t child, uint16_t bit);

/* pci_power.c: sleep and power states. */
pci_get_powerstate_t pci_get_powerstate_method;
pci_set_powerstate_t pci_set_powerstate_method;
bus_suspend_child_t pci_suspend_child_method;
bus_resume_child_t pci_resume_child_method;
/* What of the registers a loss of power takes, and giving it back. */
void pci_cfg_save(device_t dev, struct pci_devinfo *dinfo);
void pci_cfg_restore(device_t dev, struct pci_devinfo *dinfo);

/* pci_msi.c: messages of either kind, and the line. */
pci_alloc_msi_t pci_alloc_msi_method;
pci_release_msi_t pci_release_msi_method;
pci_msi_count_t pci_msi_count_method;
bus_setup_intr_t pci_setup_intr_method;
bus_teardown_intr_t pci_teardown_intr_method;
void pci_resume_msi(device_t dev, struct pci_devinfo *dinfo);
/* Whether messages could be given to the child: 0, or ENXIO. */
int pci_may_alloc_messages(struct pci_devinfo *dinfo);
/* EBUSY while one of the first `count` messages is allocated. */
int pci_messages_idle(struct pci_devinfo *dinfo, int count);

/* pci_msix.c: MSI-X. */
pci_alloc_msix_t pci_alloc_msix_method;
int pci_release_msix(device_t dev, device_t child);
int pci_setup_msix(device_t dev, device_t child, struct resource *irq);
int pci_teardown_msix(device_t child, struct resource *irq);
void pci_resume_msix(device_t dev, struct pci_devinfo *dinfo);
pci_msix_count_t pci_msix_count_method;
pci_msix_pba_bar_t pci_msix_pba_bar_method;
pci_msix_table_bar_t pci_msix_table_bar_method;

#endif /* !_DEV_PCI_PCI_PRIVATE_H_ */
