/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The PCI half of any virtio-pci function, legacy or modern: configuration
 * space with a write mask for each bit, BARs, capability list, MSI-X, MSI, INTx
 * (PCI Local Bus specification 3.0, chapter 6).  Knows nothing of virtio.
 *
 * A transport embeds a struct vpci, describes its registers while it is being
 * built, and passes accesses on.
 */
#ifndef RINGSIDE_MODEL_TRANSPORT_PCI_H
#define RINGSIDE_MODEL_TRANSPORT_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "model/device.h"
#include "model/pci.h"

/* Registers of the type 0 header, and their bits. */
#define VPCI_VENDOR_ID	      0x00
#define VPCI_DEVICE_ID	      0x02
#define VPCI_COMMAND	      0x04
#define VPCI_COMMAND_IO	      0x0001
#define VPCI_COMMAND_MEMORY   0x0002
#define VPCI_COMMAND_MASTER   0x0004
#define VPCI_COMMAND_PARITY   0x0040
#define VPCI_COMMAND_SERR     0x0100
#define VPCI_COMMAND_INTX_OFF 0x0400
#define VPCI_STATUS	      0x06
#define VPCI_STATUS_INTERRUPT 0x0008
#define VPCI_STATUS_CAPS      0x0010
#define VPCI_STATUS_ERRORS    0xf900 /* write one to clear */
#define VPCI_REVISION	      0x08
#define VPCI_CLASS	      0x09 /* three bytes */
#define VPCI_CACHE_LINE	      0x0c
#define VPCI_LATENCY	      0x0d
#define VPCI_BAR	      0x10
#define VPCI_SUBSYSTEM_VENDOR 0x2c
#define VPCI_SUBSYSTEM_ID     0x2e
#define VPCI_CAPABILITIES     0x34
#define VPCI_INTERRUPT_LINE   0x3c
#define VPCI_INTERRUPT_PIN    0x3d
#define VPCI_HEADER_END	      0x40

#define VPCI_CAP_PM	      0x01
#define VPCI_CAP_MSI	      0x05
#define VPCI_CAP_VENDOR	      0x09
#define VPCI_CAP_MSIX	      0x11

/* Power management (PCI Power Management 1.2, section 3.2). */
#define VPCI_PM_CAPS	    2
#define VPCI_PM_CAPS_FORMAT 0x0003 /* of that version */
#define VPCI_PM_CONTROL	    4
#define VPCI_PM_STATE	    0x03
#define VPCI_PM_LENGTH	    8
#define VPCI_D0		    0
#define VPCI_D3		    3

/* MSI capability with 64-bit addresses (section 6.8.1). */
#define VPCI_MSI_CONTROL	 2
#define VPCI_MSI_CONTROL_ON	 0x0001
#define VPCI_MSI_CONTROL_CAPABLE 1 /* shift of log2 of the messages */
#define VPCI_MSI_CONTROL_ENABLED 4 /* the same, of those enabled */
#define VPCI_MSI_CONTROL_64	 0x0080
#define VPCI_MSI_CONTROL_MASKS	 0x0100
#define VPCI_MSI_ADDRESS	 4
#define VPCI_MSI_ADDRESS_HIGH	 8
#define VPCI_MSI_DATA		 12
#define VPCI_MSI_MASK		 16 /* this and the next with masks only */
#define VPCI_MSI_PENDING	 20
#define VPCI_MSI_LENGTH		 14
#define VPCI_MSI_LENGTH_MASKS	 24
#define VPCI_MSI_MAX		 32

/* MSI-X capability and table (section 6.8.2). */
#define VPCI_MSIX_CONTROL	2
#define VPCI_MSIX_CONTROL_MASK	0x4000
#define VPCI_MSIX_CONTROL_ON	0x8000
#define VPCI_MSIX_TABLE		4
#define VPCI_MSIX_PBA		8
#define VPCI_MSIX_LENGTH	12
#define VPCI_MSIX_ENTRY_BYTES	16
#define VPCI_MSIX_ENTRY_ADDRESS 0
#define VPCI_MSIX_ENTRY_DATA	8
#define VPCI_MSIX_ENTRY_CONTROL 12
#define VPCI_MSIX_ENTRY_MASKED	0x1

struct vpci_ids {
	uint16_t vendor;
	uint16_t device;
	uint16_t subsystem_vendor;
	uint16_t subsystem;
	uint8_t revision;
	uint32_t class_code; /* 24 bits */
};

struct vpci_msix_entry {
	uint32_t word[VPCI_MSIX_ENTRY_BYTES / 4];
};

struct vpci {
	struct pci_function function;
	struct vdev_host *host;
	const char *name; /* for reports */
	/* A register has changed: command, MSI-X control, power; or NULL. */
	void (*changed)(struct vpci *);
	/* Power has gone and come back, or NULL. */
	void (*reset)(struct vpci *);

	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE]; /* bits that a write sets */
	uint8_t clear[PCI_CONFIG_SIZE];	   /* bits that a written 1 clears */
	unsigned cap_last;		   /* the newest capability */
	unsigned cap_end;		   /* where the next one goes */

	unsigned pm_cap;  /* 0: none */
	unsigned msi_cap; /* 0: none */
	bool msi_masks;
	uint32_t msi_pending;
	unsigned msix_cap; /* 0: none */
	unsigned msix_bar;
	unsigned nvectors;
	uint32_t msix_pba_offset; /* the table is at 0 */
	struct vpci_msix_entry *table;
	uint64_t *pending; /* the pending bit array */

	bool intx_wanted; /* the device has something to say */
	bool intx_level;  /* the line, as the host was told */
};

/*
 * --- building ---
 */

void vpci_init(struct vpci *pci, const struct vpci_ids *ids,
    struct vdev_host *host, const char *name);
void vpci_fini(struct vpci *pci);

/* `size` is a power of two, at least 16 (memory) or 4 (I/O). */
void vpci_add_bar(struct vpci *pci, unsigned bar, uint64_t size, bool is_io,
    bool is_64);
/* Room for a capability, read-only and zero but for its head: its offset. */
unsigned vpci_add_cap(struct vpci *pci, uint8_t id, unsigned length);
/*
 * Power management with the states D0 and D3.  In D3 the function answers
 * to configuration accesses alone, reaches no memory and sends nothing; on
 * its way back to D0 it forgets all that was written.
 */
void vpci_add_pm(struct vpci *pci);
/* An MSI-X capability and a memory BAR for it.  false: no memory. */
bool vpci_add_msix(struct vpci *pci, unsigned bar, unsigned nvectors);
/*
 * An MSI capability of `messages`, a power of two up to VPCI_MSI_MAX, that
 * can be masked one by one when there are `masks`.
 */
void vpci_add_msi(struct vpci *pci, unsigned messages, bool masks);

/*
 * --- accesses ---
 */

uint32_t vpci_config_read(struct vpci *pci, unsigned offset, unsigned width);
void vpci_config_write(struct vpci *pci, unsigned offset, uint32_t value,
    unsigned width);
/* Accesses to the BAR that vpci_add_msix() has made. */
uint64_t vpci_msix_read(struct vpci *pci, uint64_t offset, unsigned width);
void vpci_msix_write(struct vpci *pci, uint64_t offset, uint64_t value,
    unsigned width);

/* All ones, as wide as the access: what a read that fails gives. */
static inline uint64_t
vpci_ones(unsigned width)
{
	return (UINT64_MAX >> (64 - 8 * width));
}

/*
 * --- interrupts ---
 */

uint16_t vpci_command(const struct vpci *pci);
/* VPCI_D0 or VPCI_D3. */
unsigned vpci_power(const struct vpci *pci);
/* Whether the function may reach memory: it is on, and a bus master. */
bool vpci_may_master(const struct vpci *pci);
/* As after power has come: all that can be written is 0. */
void vpci_power_on(struct vpci *pci);
bool vpci_msix_enabled(const struct vpci *pci);
/* Sends the vector's message as soon as neither it nor all are masked. */
void vpci_msix_send(struct vpci *pci, unsigned vector);
/* Table and pending bits as after a reset. */
void vpci_msix_reset(struct vpci *pci);
bool vpci_msi_enabled(const struct vpci *pci);
/*
 * The same of MSI; where fewer messages are enabled than there are, the
 * number's low bits count.
 */
void vpci_msi_send(struct vpci *pci, unsigned message);
/* Forgets messages that wait behind a mask, of MSI-X, or of both kinds. */
void vpci_msix_forget(struct vpci *pci);
void vpci_messages_forget(struct vpci *pci);
/* Says whether the function has a reason to assert INTx. */
void vpci_set_intx(struct vpci *pci, bool wanted);
/* For vpci_config_write(): passes INTx on as the registers now allow. */
void vpci_intx_update(struct vpci *pci);
/* For vpci_config_write(): sends what is no longer masked. */
void vpci_msix_flush(struct vpci *pci);
void vpci_msi_flush(struct vpci *pci);

/* Reports a rule of the PCI specification that was broken. */
void vpci_report(struct vpci *pci, const char *clause, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), cold));

#endif /* !RINGSIDE_MODEL_TRANSPORT_PCI_H */
