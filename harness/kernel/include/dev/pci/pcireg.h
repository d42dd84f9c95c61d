/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PCI configuration space: the registers of a function (header type 0) and
 * of the capabilities that the bench knows.  Names as in FreeBSD: PCIR_ is a
 * register, PCIM_ a mask in it, PCIC_/PCIS_/PCIP_ class, subclass and
 * programming interface, PCIY_ a capability.
 */
#ifndef _DEV_PCI_PCIREG_H_
#define _DEV_PCI_PCIREG_H_

#define PCI_DOMAINMAX	   65535
#define PCI_BUSMAX	   255
#define PCI_SLOTMAX	   31
#define PCI_FUNCMAX	   7
#define PCI_REGMAX	   255
#define PCI_MAXHDRTYPE	   2

#define PCI_RID_BUS_SHIFT  8
#define PCI_RID_SLOT_SHIFT 3
#define PCI_RID_FUNC_SHIFT 0
#define PCI_RID(bus, slot, func)                           \
	((((bus)&PCI_BUSMAX) << PCI_RID_BUS_SHIFT) |       \
	    (((slot)&PCI_SLOTMAX) << PCI_RID_SLOT_SHIFT) | \
	    (((func)&PCI_FUNCMAX) << PCI_RID_FUNC_SHIFT))
#define PCI_RID2BUS(rid)  (((rid) >> PCI_RID_BUS_SHIFT) & PCI_BUSMAX)
#define PCI_RID2SLOT(rid) (((rid) >> PCI_RID_SLOT_SHIFT) & PCI_SLOTMAX)
#define PCI_RID2FUNC(rid) (((rid) >> PCI_RID_FUNC_SHIFT) & PCI_FUNCMAX)

/* All header types */
#define PCIR_DEVVENDOR	       0x00
#define PCIR_VENDOR	       0x00
#define PCIV_INVALID	       0xffff
#define PCIR_DEVICE	       0x02
#define PCIR_COMMAND	       0x04
#define PCIM_CMD_PORTEN	       0x0001
#define PCIM_CMD_MEMEN	       0x0002
#define PCIM_CMD_BUSMASTEREN   0x0004
#define PCIM_CMD_SPECIALEN     0x0008
#define PCIM_CMD_MWRICEN       0x0010
#define PCIM_CMD_PERRESPEN     0x0040
#define PCIM_CMD_SERRESPEN     0x0100
#define PCIM_CMD_BACKTOBACK    0x0200
#define PCIM_CMD_INTxDIS       0x0400
#define PCIR_STATUS	       0x06
#define PCIM_STATUS_INTxSTATE  0x0008
#define PCIM_STATUS_CAPPRESENT 0x0010
#define PCIR_REVID	       0x08
#define PCIR_PROGIF	       0x09
#define PCIR_SUBCLASS	       0x0a
#define PCIR_CLASS	       0x0b
#define PCIR_CACHELNSZ	       0x0c
#define PCIR_LATTIMER	       0x0d
#define PCIR_HDRTYPE	       0x0e
#define PCIM_HDRTYPE	       0x7f
#define PCIM_HDRTYPE_NORMAL    0x00
#define PCIM_HDRTYPE_BRIDGE    0x01
#define PCIM_HDRTYPE_CARDBUS   0x02
#define PCIM_MFDEV	       0x80
#define PCIR_BIST	       0x0f

/* Header type 0 */
#define PCIR_BARS	      0x10
#define PCIR_BAR(x)	      (PCIR_BARS + (x)*4)
#define PCIR_MAX_BAR_0	      5
#define PCI_RID2BAR(rid)      (((rid)-PCIR_BARS) / 4)
#define PCI_BAR_IO(x)	      (((x)&PCIM_BAR_SPACE) == PCIM_BAR_IO_SPACE)
#define PCI_BAR_MEM(x)	      (((x)&PCIM_BAR_SPACE) == PCIM_BAR_MEM_SPACE)
#define PCIM_BAR_SPACE	      0x00000001
#define PCIM_BAR_MEM_SPACE    0
#define PCIM_BAR_IO_SPACE     1
#define PCIM_BAR_MEM_TYPE     0x00000006
#define PCIM_BAR_MEM_32	      0
#define PCIM_BAR_MEM_1MB      2
#define PCIM_BAR_MEM_64	      4
#define PCIM_BAR_MEM_PREFETCH 0x00000008
#define PCIM_BAR_MEM_BASE     0xfffffffffffffff0ULL
#define PCIM_BAR_IO_RESERVED  0x00000002
#define PCIM_BAR_IO_BASE      0xfffffffc
#define PCIR_CIS	      0x28
#define PCIR_SUBVEND_0	      0x2c
#define PCIR_SUBDEV_0	      0x2e
#define PCIR_BIOS	      0x30
#define PCIR_CAP_PTR	      0x34
#define PCIR_INTLINE	      0x3c
#define PCIR_INTPIN	      0x3d
#define PCIR_MINGNT	      0x3e
#define PCIR_MAXLAT	      0x3f

/* Capabilities */
#define PCICAP_ID      0x0
#define PCICAP_NEXTPTR 0x1
#define PCIY_PMG       0x01
#define PCIY_AGP       0x02
#define PCIY_VPD       0x03
#define PCIY_SLOTID    0x04
#define PCIY_MSI       0x05
#define PCIY_CHSWP     0x06
#define PCIY_PCIX      0x07
#define PCIY_HT	       0x08
#define PCIY_VENDOR    0x09
#define PCIY_DEBUG     0x0a
#define PCIY_CRES      0x0b
#define PCIY_HOTPLUG   0x0c
#define PCIY_SUBVENDOR 0x0d
#define PCIY_AGP8X     0x0e
#define PCIY_SECDEV    0x0f
#define PCIY_EXPRESS   0x10
#define PCIY_MSIX      0x11
#define PCIY_SATA      0x12
#define PCIY_PCIAF     0x13
#define PCIY_EA	       0x14

/* Power management */
#define PCIR_POWER_CAP	       0x2
#define PCIR_POWER_STATUS      0x4
#define PCIM_PCAP_D1SUPP       0x0200
#define PCIM_PCAP_D2SUPP       0x0400
#define PCIM_PSTAT_D0	       0x0000
#define PCIM_PSTAT_D1	       0x0001
#define PCIM_PSTAT_D2	       0x0002
#define PCIM_PSTAT_D3	       0x0003
#define PCIM_PSTAT_DMASK       0x0003
#define PCIM_PSTAT_NOSOFTRESET 0x0008

/* MSI */
#define PCIR_MSI_CTRL		0x2
#define PCIM_MSICTRL_VECTOR	0x0100 /* each message can be masked */
#define PCIM_MSICTRL_64BIT	0x0080
#define PCIM_MSICTRL_MME_MASK	0x0070 /* log2 of the messages in use */
#define PCIM_MSICTRL_MMC_MASK	0x000E /* and of what it can do */
#define PCIM_MSICTRL_MSI_ENABLE 0x0001
#define PCIR_MSI_ADDR		0x4
#define PCIR_MSI_ADDR_HIGH	0x8 /* with PCIM_MSICTRL_64BIT */
#define PCIR_MSI_DATA		0x8
#define PCIR_MSI_DATA_64BIT	0xc
#define PCIR_MSI_MASK		0x10 /* with both bits */
#define PCIR_MSI_PENDING	0x14

/* MSI-X */
#define PCIR_MSIX_CTRL		    0x2
#define PCIM_MSIXCTRL_MSIX_ENABLE   0x8000
#define PCIM_MSIXCTRL_FUNCTION_MASK 0x4000
#define PCIM_MSIXCTRL_TABLE_SIZE    0x07FF
#define PCIR_MSIX_TABLE		    0x4
#define PCIR_MSIX_PBA		    0x8
#define PCIM_MSIX_BIR_MASK	    0x7
#define PCIM_MSIX_TABLE_OFFSET	    0xfffffff8
#define PCIM_MSIX_VCTRL_MASK	    0x1
#define PCI_MSIX_MSGNUM(ctrl)	    (((ctrl)&PCIM_MSIXCTRL_TABLE_SIZE) + 1)

/* Vendor specific */
#define PCIR_VENDOR_LENGTH 0x2
#define PCIR_VENDOR_DATA   0x3

/* Classes, and what FreeBSD calls them when no driver wants the device */
#define PCIC_OLD	      0x00
#define PCIC_STORAGE	      0x01
#define PCIS_STORAGE_SCSI     0x00
#define PCIS_STORAGE_OTHER    0x80
#define PCIC_NETWORK	      0x02
#define PCIS_NETWORK_ETHERNET 0x00
#define PCIC_DISPLAY	      0x03
#define PCIC_MULTIMEDIA	      0x04
#define PCIC_MEMORY	      0x05
#define PCIC_BRIDGE	      0x06
#define PCIC_SIMPLECOMM	      0x07
#define PCIS_SIMPLECOMM_OTHER 0x80
#define PCIC_BASEPERIPH	      0x08
#define PCIC_INPUTDEV	      0x09
#define PCIC_DOCKING	      0x0a
#define PCIC_PROCESSOR	      0x0b
#define PCIC_SERIALBUS	      0x0c
#define PCIC_WIRELESS	      0x0d
#define PCIC_INTELLIIO	      0x0e
#define PCIC_SATCOM	      0x0f
#define PCIC_CRYPTO	      0x10
#define PCIC_DASP	      0x11
#define PCIC_OTHER	      0xff

#endif /* !_DEV_PCI_PCIREG_H_ */
