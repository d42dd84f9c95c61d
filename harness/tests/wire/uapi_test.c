/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * model/wire against the Linux uapi headers, where those have the name.  Our
 * headers come first and their values are kept in enumerators; the system's
 * headers may then define the same macros anew, and structures of the same
 * name are renamed while they are read.  Names that only newer kernels'
 * headers have are not asked for.
 */
#include <stddef.h>

#include "model/wire/blk.h"
#include "model/wire/config.h"
#include "model/wire/ids.h"
#include "model/wire/net.h"
#include "model/wire/pci.h"
#include "model/wire/virtq.h"
#include "tests/test.h"

#define SAME_NAMES(X)                         \
	X(VIRTIO_CONFIG_S_ACKNOWLEDGE)        \
	X(VIRTIO_CONFIG_S_DRIVER)             \
	X(VIRTIO_CONFIG_S_DRIVER_OK)          \
	X(VIRTIO_CONFIG_S_FEATURES_OK)        \
	X(VIRTIO_CONFIG_S_NEEDS_RESET)        \
	X(VIRTIO_CONFIG_S_FAILED)             \
	X(VIRTIO_F_NOTIFY_ON_EMPTY)           \
	X(VIRTIO_F_ANY_LAYOUT)                \
	X(VIRTIO_RING_F_INDIRECT_DESC)        \
	X(VIRTIO_RING_F_EVENT_IDX)            \
	X(VIRTIO_F_VERSION_1)                 \
	X(VIRTIO_F_ACCESS_PLATFORM)           \
	X(VIRTIO_F_RING_PACKED)               \
	X(VIRTIO_F_IN_ORDER)                  \
	X(VIRTIO_F_ORDER_PLATFORM)            \
	X(VIRTIO_F_SR_IOV)                    \
	X(VIRTIO_F_RING_RESET)                \
	X(VIRTIO_ID_NET)                      \
	X(VIRTIO_ID_BLOCK)                    \
	X(VIRTIO_ID_CONSOLE)                  \
	X(VIRTIO_ID_RNG)                      \
	X(VIRTIO_ID_BALLOON)                  \
	X(VIRTIO_ID_SCSI)                     \
	X(VIRTIO_ID_9P)                       \
	X(VIRTIO_ID_GPU)                      \
	X(VIRTIO_ID_INPUT)                    \
	X(VIRTIO_ID_VSOCK)                    \
	X(VIRTIO_ID_CRYPTO)                   \
	X(VIRTIO_ID_IOMMU)                    \
	X(VIRTIO_ID_MEM)                      \
	X(VIRTIO_ID_SOUND)                    \
	X(VIRTIO_ID_FS)                       \
	X(VIRTIO_ID_PMEM)                     \
	X(VIRTIO_PCI_CAP_COMMON_CFG)          \
	X(VIRTIO_PCI_CAP_NOTIFY_CFG)          \
	X(VIRTIO_PCI_CAP_ISR_CFG)             \
	X(VIRTIO_PCI_CAP_DEVICE_CFG)          \
	X(VIRTIO_PCI_CAP_PCI_CFG)             \
	X(VIRTIO_PCI_CAP_SHARED_MEMORY_CFG)   \
	X(VIRTIO_PCI_ISR_CONFIG)              \
	X(VIRTIO_MSI_NO_VECTOR)               \
	X(VIRTIO_BLK_F_BARRIER)               \
	X(VIRTIO_BLK_F_SIZE_MAX)              \
	X(VIRTIO_BLK_F_SEG_MAX)               \
	X(VIRTIO_BLK_F_GEOMETRY)              \
	X(VIRTIO_BLK_F_RO)                    \
	X(VIRTIO_BLK_F_BLK_SIZE)              \
	X(VIRTIO_BLK_F_SCSI)                  \
	X(VIRTIO_BLK_F_FLUSH)                 \
	X(VIRTIO_BLK_F_TOPOLOGY)              \
	X(VIRTIO_BLK_F_CONFIG_WCE)            \
	X(VIRTIO_BLK_F_MQ)                    \
	X(VIRTIO_BLK_F_DISCARD)               \
	X(VIRTIO_BLK_F_WRITE_ZEROES)          \
	X(VIRTIO_BLK_F_SECURE_ERASE)          \
	X(VIRTIO_BLK_ID_BYTES)                \
	X(VIRTIO_BLK_T_IN)                    \
	X(VIRTIO_BLK_T_OUT)                   \
	X(VIRTIO_BLK_T_SCSI_CMD)              \
	X(VIRTIO_BLK_T_FLUSH)                 \
	X(VIRTIO_BLK_T_GET_ID)                \
	X(VIRTIO_BLK_T_DISCARD)               \
	X(VIRTIO_BLK_T_WRITE_ZEROES)          \
	X(VIRTIO_BLK_T_SECURE_ERASE)          \
	X(VIRTIO_BLK_S_OK)                    \
	X(VIRTIO_BLK_S_IOERR)                 \
	X(VIRTIO_BLK_S_UNSUPP)                \
	X(VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP) \
	X(VIRTIO_NET_F_CSUM)                  \
	X(VIRTIO_NET_F_GUEST_CSUM)            \
	X(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)   \
	X(VIRTIO_NET_F_MTU)                   \
	X(VIRTIO_NET_F_MAC)                   \
	X(VIRTIO_NET_F_GSO)                   \
	X(VIRTIO_NET_F_GUEST_TSO4)            \
	X(VIRTIO_NET_F_GUEST_TSO6)            \
	X(VIRTIO_NET_F_GUEST_ECN)             \
	X(VIRTIO_NET_F_GUEST_UFO)             \
	X(VIRTIO_NET_F_HOST_TSO4)             \
	X(VIRTIO_NET_F_HOST_TSO6)             \
	X(VIRTIO_NET_F_HOST_ECN)              \
	X(VIRTIO_NET_F_HOST_UFO)              \
	X(VIRTIO_NET_F_MRG_RXBUF)             \
	X(VIRTIO_NET_F_STATUS)                \
	X(VIRTIO_NET_F_CTRL_VQ)               \
	X(VIRTIO_NET_F_CTRL_RX)               \
	X(VIRTIO_NET_F_CTRL_VLAN)             \
	X(VIRTIO_NET_F_CTRL_RX_EXTRA)         \
	X(VIRTIO_NET_F_GUEST_ANNOUNCE)        \
	X(VIRTIO_NET_F_MQ)                    \
	X(VIRTIO_NET_F_CTRL_MAC_ADDR)         \
	X(VIRTIO_NET_F_HASH_REPORT)           \
	X(VIRTIO_NET_F_RSS)                   \
	X(VIRTIO_NET_F_RSC_EXT)               \
	X(VIRTIO_NET_F_STANDBY)               \
	X(VIRTIO_NET_F_SPEED_DUPLEX)          \
	X(VIRTIO_NET_S_LINK_UP)               \
	X(VIRTIO_NET_S_ANNOUNCE)              \
	X(VIRTIO_NET_HDR_F_NEEDS_CSUM)        \
	X(VIRTIO_NET_HDR_F_DATA_VALID)        \
	X(VIRTIO_NET_HDR_F_RSC_INFO)          \
	X(VIRTIO_NET_HDR_GSO_NONE)            \
	X(VIRTIO_NET_HDR_GSO_TCPV4)           \
	X(VIRTIO_NET_HDR_GSO_UDP)             \
	X(VIRTIO_NET_HDR_GSO_TCPV6)           \
	X(VIRTIO_NET_HDR_GSO_ECN)             \
	X(VIRTIO_NET_OK)                      \
	X(VIRTIO_NET_ERR)                     \
	X(VIRTIO_NET_CTRL_RX)                 \
	X(VIRTIO_NET_CTRL_RX_PROMISC)         \
	X(VIRTIO_NET_CTRL_RX_ALLMULTI)        \
	X(VIRTIO_NET_CTRL_RX_ALLUNI)          \
	X(VIRTIO_NET_CTRL_RX_NOMULTI)         \
	X(VIRTIO_NET_CTRL_RX_NOUNI)           \
	X(VIRTIO_NET_CTRL_RX_NOBCAST)         \
	X(VIRTIO_NET_CTRL_MAC)                \
	X(VIRTIO_NET_CTRL_MAC_TABLE_SET)      \
	X(VIRTIO_NET_CTRL_MAC_ADDR_SET)       \
	X(VIRTIO_NET_CTRL_VLAN)               \
	X(VIRTIO_NET_CTRL_VLAN_ADD)           \
	X(VIRTIO_NET_CTRL_VLAN_DEL)           \
	X(VIRTIO_NET_CTRL_ANNOUNCE)           \
	X(VIRTIO_NET_CTRL_ANNOUNCE_ACK)       \
	X(VIRTIO_NET_CTRL_MQ)                 \
	X(VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET)    \
	X(VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MIN)    \
	X(VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MAX)    \
	X(VIRTIO_NET_CTRL_MQ_RSS_CONFIG)      \
	X(VIRTIO_NET_CTRL_MQ_HASH_CONFIG)     \
	X(VIRTIO_NET_CTRL_GUEST_OFFLOADS)     \
	X(VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET) \
	X(VIRTIO_NET_HASH_REPORT_NONE)        \
	X(VIRTIO_NET_HASH_REPORT_IPv4)        \
	X(VIRTIO_NET_HASH_REPORT_TCPv4)       \
	X(VIRTIO_NET_HASH_REPORT_UDPv4)       \
	X(VIRTIO_NET_HASH_REPORT_IPv6)        \
	X(VIRTIO_NET_HASH_REPORT_TCPv6)       \
	X(VIRTIO_NET_HASH_REPORT_UDPv6)       \
	X(VIRTIO_NET_HASH_REPORT_IPv6_EX)     \
	X(VIRTIO_NET_HASH_REPORT_TCPv6_EX)    \
	X(VIRTIO_NET_HASH_REPORT_UDPv6_EX)

#define KEEP(name) OURS_##name = name,
enum { SAME_NAMES(KEEP) OURS_END };
#undef KEEP

#define virtio_pci_cap			linux_virtio_pci_cap
#define virtio_pci_cap64		linux_virtio_pci_cap64
#define virtio_pci_notify_cap		linux_virtio_pci_notify_cap
#define virtio_pci_cfg_cap		linux_virtio_pci_cfg_cap
#define virtio_pci_common_cfg		linux_virtio_pci_common_cfg
#define virtio_blk_config		linux_virtio_blk_config
#define virtio_blk_outhdr		linux_virtio_blk_outhdr
#define virtio_blk_discard_write_zeroes linux_virtio_blk_discard_write_zeroes
#define virtio_net_config		linux_virtio_net_config
#define virtio_net_hdr			linux_virtio_net_hdr
#define virtio_net_hdr_v1		linux_virtio_net_hdr_v1
#define virtio_net_hdr_v1_hash		linux_virtio_net_hdr_v1_hash
#define virtio_net_ctrl_hdr		linux_virtio_net_ctrl_hdr
#define virtio_net_ctrl_mac		linux_virtio_net_ctrl_mac
#define virtio_net_rss_config		linux_virtio_net_rss_config
#define virtio_net_hash_config		linux_virtio_net_hash_config
/* model/ring.h has these as well. */
#define vring	   linux_vring
#define vring_init linux_vring_init
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#undef virtio_pci_cap
#undef virtio_pci_cap64
#undef virtio_pci_notify_cap
#undef virtio_pci_cfg_cap
#undef virtio_pci_common_cfg
#undef virtio_blk_config
#undef virtio_blk_outhdr
#undef virtio_blk_discard_write_zeroes
#undef virtio_net_config
#undef virtio_net_hdr
#undef virtio_net_hdr_v1
#undef virtio_net_hdr_v1_hash
#undef virtio_net_ctrl_hdr
#undef virtio_net_ctrl_mac
#undef virtio_net_rss_config
#undef virtio_net_hash_config
#undef vring
#undef vring_init

#include <linux/pci_regs.h>

#include "model/transport/pci.h"

#define CHECK(name) _Static_assert((long)OURS_##name == (long)(name), #name);
SAME_NAMES(CHECK)
#undef CHECK

/* The same thing under two names. */
#define SAME(ours, theirs) _Static_assert((ours) == (theirs), #ours)
#define SIZE(ours, theirs) \
	_Static_assert(sizeof(struct ours) == sizeof(struct theirs), #ours)
#define FIELD(ours, field, theirs, their_field)                \
	_Static_assert(offsetof(struct ours, field) ==         \
		    offsetof(struct theirs, their_field) &&    \
		sizeof(((struct ours *)0)->field) ==           \
		    sizeof(((struct theirs *)0)->their_field), \
	    #ours "." #field)

SAME(VIRTQ_DESC_F_NEXT, VRING_DESC_F_NEXT);
SAME(VIRTQ_DESC_F_WRITE, VRING_DESC_F_WRITE);
SAME(VIRTQ_DESC_F_INDIRECT, VRING_DESC_F_INDIRECT);
SAME(VIRTQ_AVAIL_F_NO_INTERRUPT, VRING_AVAIL_F_NO_INTERRUPT);
SAME(VIRTQ_USED_F_NO_NOTIFY, VRING_USED_F_NO_NOTIFY);
SAME(VIRTQ_DESC_ALIGN, VRING_DESC_ALIGN_SIZE);
SAME(VIRTQ_AVAIL_ALIGN, VRING_AVAIL_ALIGN_SIZE);
SAME(VIRTQ_USED_ALIGN, VRING_USED_ALIGN_SIZE);

SIZE(virtq_desc, vring_desc);
FIELD(virtq_desc, addr, vring_desc, addr);
FIELD(virtq_desc, len, vring_desc, len);
FIELD(virtq_desc, flags, vring_desc, flags);
FIELD(virtq_desc, next, vring_desc, next);
SIZE(virtq_avail, vring_avail);
FIELD(virtq_avail, flags, vring_avail, flags);
FIELD(virtq_avail, idx, vring_avail, idx);
_Static_assert(offsetof(struct virtq_avail, ring) ==
	offsetof(struct vring_avail, ring),
    "avail.ring");
SIZE(virtq_used_elem, vring_used_elem);
FIELD(virtq_used_elem, id, vring_used_elem, id);
FIELD(virtq_used_elem, len, vring_used_elem, len);
SIZE(virtq_used, vring_used);
FIELD(virtq_used, flags, vring_used, flags);
FIELD(virtq_used, idx, vring_used, idx);
_Static_assert(offsetof(struct virtq_used, ring) ==
	offsetof(struct vring_used, ring),
    "used.ring");

#define CAP(field) FIELD(virtio_pci_cap, field, linux_virtio_pci_cap, field)
SIZE(virtio_pci_cap, linux_virtio_pci_cap);
CAP(cap_vndr);
CAP(cap_next);
CAP(cap_len);
CAP(cfg_type);
CAP(bar);
CAP(id);
CAP(padding);
CAP(offset);
CAP(length);
SIZE(virtio_pci_cap64, linux_virtio_pci_cap64);
FIELD(virtio_pci_cap64, offset_hi, linux_virtio_pci_cap64, offset_hi);
FIELD(virtio_pci_cap64, length_hi, linux_virtio_pci_cap64, length_hi);
SIZE(virtio_pci_notify_cap, linux_virtio_pci_notify_cap);
FIELD(virtio_pci_notify_cap, notify_off_multiplier, linux_virtio_pci_notify_cap,
    notify_off_multiplier);
SIZE(virtio_pci_cfg_cap, linux_virtio_pci_cfg_cap);
FIELD(virtio_pci_cfg_cap, pci_cfg_data, linux_virtio_pci_cfg_cap, pci_cfg_data);

/* Ours goes on behind theirs, with what later versions have added. */
#define COMMON(field, theirs) \
	FIELD(virtio_pci_common_cfg, field, linux_virtio_pci_common_cfg, theirs)
COMMON(device_feature_select, device_feature_select);
COMMON(device_feature, device_feature);
COMMON(driver_feature_select, guest_feature_select);
COMMON(driver_feature, guest_feature);
COMMON(config_msix_vector, msix_config);
COMMON(num_queues, num_queues);
COMMON(device_status, device_status);
COMMON(config_generation, config_generation);
COMMON(queue_select, queue_select);
COMMON(queue_size, queue_size);
COMMON(queue_msix_vector, queue_msix_vector);
COMMON(queue_enable, queue_enable);
COMMON(queue_notify_off, queue_notify_off);
COMMON(queue_desc_lo, queue_desc_lo);
COMMON(queue_desc_hi, queue_desc_hi);
COMMON(queue_driver_lo, queue_avail_lo);
COMMON(queue_driver_hi, queue_avail_hi);
COMMON(queue_device_lo, queue_used_lo);
COMMON(queue_device_hi, queue_used_hi);
SAME(offsetof(struct virtio_pci_common_cfg, queue_notif_config_data),
    sizeof(struct linux_virtio_pci_common_cfg));

#define BLK(field, theirs) \
	FIELD(virtio_blk_config, field, linux_virtio_blk_config, theirs)
SIZE(virtio_blk_config, linux_virtio_blk_config);
BLK(capacity, capacity);
BLK(size_max, size_max);
BLK(seg_max, seg_max);
BLK(geometry, geometry);
BLK(geometry.cylinders, geometry.cylinders);
BLK(geometry.heads, geometry.heads);
BLK(geometry.sectors, geometry.sectors);
BLK(blk_size, blk_size);
BLK(topology.physical_block_exp, physical_block_exp);
BLK(topology.alignment_offset, alignment_offset);
BLK(topology.min_io_size, min_io_size);
BLK(topology.opt_io_size, opt_io_size);
BLK(writeback, wce);
BLK(unused0, unused);
BLK(num_queues, num_queues);
BLK(max_discard_sectors, max_discard_sectors);
BLK(max_discard_seg, max_discard_seg);
BLK(discard_sector_alignment, discard_sector_alignment);
BLK(max_write_zeroes_sectors, max_write_zeroes_sectors);
BLK(max_write_zeroes_seg, max_write_zeroes_seg);
BLK(write_zeroes_may_unmap, write_zeroes_may_unmap);
BLK(unused1, unused1);
BLK(max_secure_erase_sectors, max_secure_erase_sectors);
BLK(max_secure_erase_seg, max_secure_erase_seg);
BLK(secure_erase_sector_alignment, secure_erase_sector_alignment);
SIZE(virtio_blk_outhdr, linux_virtio_blk_outhdr);
FIELD(virtio_blk_outhdr, type, linux_virtio_blk_outhdr, type);
FIELD(virtio_blk_outhdr, reserved, linux_virtio_blk_outhdr, ioprio);
FIELD(virtio_blk_outhdr, sector, linux_virtio_blk_outhdr, sector);
#define RANGE(field)                                  \
	FIELD(virtio_blk_discard_write_zeroes, field, \
	    linux_virtio_blk_discard_write_zeroes, field)
SIZE(virtio_blk_discard_write_zeroes, linux_virtio_blk_discard_write_zeroes);
RANGE(sector);
RANGE(num_sectors);
RANGE(flags);

/* The legacy registers, which Linux has as offsets. */
#define LEGACY(field, theirs) \
	SAME(offsetof(struct virtio_pci_legacy, field), theirs)
LEGACY(device_features, VIRTIO_PCI_HOST_FEATURES);
LEGACY(driver_features, VIRTIO_PCI_GUEST_FEATURES);
LEGACY(queue_address, VIRTIO_PCI_QUEUE_PFN);
LEGACY(queue_size, VIRTIO_PCI_QUEUE_NUM);
LEGACY(queue_select, VIRTIO_PCI_QUEUE_SEL);
LEGACY(queue_notify, VIRTIO_PCI_QUEUE_NOTIFY);
LEGACY(device_status, VIRTIO_PCI_STATUS);
LEGACY(isr_status, VIRTIO_PCI_ISR);
LEGACY(config_msix_vector, VIRTIO_MSI_CONFIG_VECTOR);
LEGACY(queue_msix_vector, VIRTIO_MSI_QUEUE_VECTOR);
SAME(VIRTIO_PCI_LEGACY_HEADER, VIRTIO_PCI_CONFIG_OFF(0));
SAME(sizeof(struct virtio_pci_legacy), VIRTIO_PCI_CONFIG_OFF(1));
SAME(VIRTIO_PCI_LEGACY_QUEUE_SHIFT, VIRTIO_PCI_QUEUE_ADDR_SHIFT);
SAME(VIRTIO_PCI_LEGACY_QUEUE_ALIGN, VIRTIO_PCI_VRING_ALIGN);

/* Network: configuration, headers and commands. */
#define NET(field) \
	FIELD(virtio_net_config, field, linux_virtio_net_config, field)
NET(mac);
NET(status);
NET(max_virtqueue_pairs);
NET(mtu);
NET(speed);
NET(duplex);
NET(rss_max_key_size);
NET(rss_max_indirection_table_length);
NET(supported_hash_types);
#undef NET
SIZE(virtio_net_config, linux_virtio_net_config);
#define NET(field) FIELD(virtio_net_hdr, field, linux_virtio_net_hdr_v1, field)
NET(flags);
NET(gso_type);
NET(hdr_len);
NET(gso_size);
NET(csum_start);
NET(csum_offset);
NET(num_buffers);
#undef NET
FIELD(virtio_net_hdr, hash_value, linux_virtio_net_hdr_v1_hash, hash_value);
FIELD(virtio_net_hdr, hash_report, linux_virtio_net_hdr_v1_hash, hash_report);
FIELD(virtio_net_hdr, padding_reserved, linux_virtio_net_hdr_v1_hash, padding);
SIZE(virtio_net_hdr, linux_virtio_net_hdr_v1_hash);
SAME(VIRTIO_NET_HDR_BYTES, sizeof(struct linux_virtio_net_hdr_v1));
SAME(VIRTIO_NET_HDR_BYTES_HASH, sizeof(struct linux_virtio_net_hdr_v1_hash));
SAME(VIRTIO_NET_HDR_BYTES_LEGACY, sizeof(struct linux_virtio_net_hdr));
FIELD(virtio_net_ctrl_hdr, class, linux_virtio_net_ctrl_hdr, class);
FIELD(virtio_net_ctrl_hdr, command, linux_virtio_net_ctrl_hdr, cmd);
FIELD(virtio_net_ctrl_mac, entries, linux_virtio_net_ctrl_mac, entries);
SAME(offsetof(struct virtio_net_ctrl_mac, macs),
    offsetof(struct linux_virtio_net_ctrl_mac, macs));
#define NET(field) \
	FIELD(virtio_net_rss_config, field, linux_virtio_net_rss_config, field)
NET(hash_types);
NET(indirection_table_mask);
NET(unclassified_queue);
#undef NET
SAME(offsetof(struct virtio_net_rss_config, indirection_table),
    offsetof(struct linux_virtio_net_rss_config, indirection_table));
#define NET(field)                                                         \
	FIELD(virtio_net_hash_config, field, linux_virtio_net_hash_config, \
	    field)
NET(hash_types);
NET(reserved);
NET(hash_key_length);
#undef NET
SAME(offsetof(struct virtio_net_hash_config, hash_key_data),
    offsetof(struct linux_virtio_net_hash_config, hash_key_data));
SAME(VIRTIO_NET_HASH_TYPE_IPv4, VIRTIO_NET_RSS_HASH_TYPE_IPv4);
SAME(VIRTIO_NET_HASH_TYPE_TCPv4, VIRTIO_NET_RSS_HASH_TYPE_TCPv4);
SAME(VIRTIO_NET_HASH_TYPE_UDPv4, VIRTIO_NET_RSS_HASH_TYPE_UDPv4);
SAME(VIRTIO_NET_HASH_TYPE_IPv6, VIRTIO_NET_RSS_HASH_TYPE_IPv6);
SAME(VIRTIO_NET_HASH_TYPE_TCPv6, VIRTIO_NET_RSS_HASH_TYPE_TCPv6);
SAME(VIRTIO_NET_HASH_TYPE_UDPv6, VIRTIO_NET_RSS_HASH_TYPE_UDPv6);
SAME(VIRTIO_NET_HASH_TYPE_IP_EX, VIRTIO_NET_RSS_HASH_TYPE_IP_EX);
SAME(VIRTIO_NET_HASH_TYPE_TCP_EX, VIRTIO_NET_RSS_HASH_TYPE_TCP_EX);
SAME(VIRTIO_NET_HASH_TYPE_UDP_EX, VIRTIO_NET_RSS_HASH_TYPE_UDP_EX);

/* The PCI registers that the transport implements. */
SAME(VPCI_COMMAND, PCI_COMMAND);
SAME(VPCI_COMMAND_MEMORY, PCI_COMMAND_MEMORY);
SAME(VPCI_COMMAND_MASTER, PCI_COMMAND_MASTER);
SAME(VPCI_COMMAND_INTX_OFF, PCI_COMMAND_INTX_DISABLE);
SAME(VPCI_STATUS, PCI_STATUS);
SAME(VPCI_STATUS_INTERRUPT, PCI_STATUS_INTERRUPT);
SAME(VPCI_STATUS_CAPS, PCI_STATUS_CAP_LIST);
SAME(VPCI_REVISION, PCI_REVISION_ID);
SAME(VPCI_CLASS, PCI_CLASS_PROG);
SAME(VPCI_CACHE_LINE, PCI_CACHE_LINE_SIZE);
SAME(VPCI_LATENCY, PCI_LATENCY_TIMER);
SAME(VPCI_BAR, PCI_BASE_ADDRESS_0);
SAME(VPCI_SUBSYSTEM_VENDOR, PCI_SUBSYSTEM_VENDOR_ID);
SAME(VPCI_SUBSYSTEM_ID, PCI_SUBSYSTEM_ID);
SAME(VPCI_CAPABILITIES, PCI_CAPABILITY_LIST);
SAME(VPCI_INTERRUPT_LINE, PCI_INTERRUPT_LINE);
SAME(VPCI_INTERRUPT_PIN, PCI_INTERRUPT_PIN);
SAME(VPCI_CAP_VENDOR, PCI_CAP_ID_VNDR);
SAME(VPCI_CAP_MSIX, PCI_CAP_ID_MSIX);
SAME(VPCI_CAP_MSI, PCI_CAP_ID_MSI);
SAME(VPCI_MSI_CONTROL, PCI_MSI_FLAGS);
SAME(VPCI_MSI_CONTROL_ON, PCI_MSI_FLAGS_ENABLE);
SAME(7 << VPCI_MSI_CONTROL_CAPABLE, PCI_MSI_FLAGS_QMASK);
SAME(7 << VPCI_MSI_CONTROL_ENABLED, PCI_MSI_FLAGS_QSIZE);
SAME(VPCI_MSI_CONTROL_64, PCI_MSI_FLAGS_64BIT);
SAME(VPCI_MSI_CONTROL_MASKS, PCI_MSI_FLAGS_MASKBIT);
SAME(VPCI_MSI_ADDRESS, PCI_MSI_ADDRESS_LO);
SAME(VPCI_MSI_ADDRESS_HIGH, PCI_MSI_ADDRESS_HI);
SAME(VPCI_MSI_DATA, PCI_MSI_DATA_64);
SAME(VPCI_MSI_MASK, PCI_MSI_MASK_64);
SAME(VPCI_MSI_PENDING, PCI_MSI_PENDING_64);
SAME(VPCI_MSIX_CONTROL, PCI_MSIX_FLAGS);
SAME(VPCI_MSIX_CONTROL_ON, PCI_MSIX_FLAGS_ENABLE);
SAME(VPCI_MSIX_CONTROL_MASK, PCI_MSIX_FLAGS_MASKALL);
SAME(VPCI_MSIX_TABLE, PCI_MSIX_TABLE);
SAME(VPCI_MSIX_PBA, PCI_MSIX_PBA);
SAME(VPCI_MSIX_LENGTH, PCI_CAP_MSIX_SIZEOF);
SAME(VPCI_MSIX_ENTRY_BYTES, PCI_MSIX_ENTRY_SIZE);
SAME(VPCI_MSIX_ENTRY_DATA, PCI_MSIX_ENTRY_DATA);
SAME(VPCI_MSIX_ENTRY_CONTROL, PCI_MSIX_ENTRY_VECTOR_CTRL);
SAME(VPCI_MSIX_ENTRY_MASKED, PCI_MSIX_ENTRY_CTRL_MASKBIT);

/* What no assertion at compile time can say. */
TEST(wire, ring_is_as_large_as_the_reference_says)
{
	const unsigned sizes[] = { 1, 8, 256, VIRTQ_SIZE_MAX };
	unsigned align, i, n;

	align = VIRTQ_USED_ALIGN;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		n = sizes[i];
		T_EQ(((VIRTQ_DESC_BYTES(n) + VIRTQ_AVAIL_BYTES(n) + align - 1) &
			 ~(align - 1)) +
			VIRTQ_USED_BYTES(n),
		    vring_size(n, align));
	}
}

TEST(wire, conversion_is_little_endian)
{
	const union {
		uint8_t bytes[8];
		uint64_t value;
	} v = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
	uint16_t v16;
	uint32_t v32;

	__builtin_memcpy(&v16, v.bytes, sizeof(v16));
	__builtin_memcpy(&v32, v.bytes, sizeof(v32));
	T_EQ(wire16(v16), 0x0201);
	T_EQ(wire32(v32), 0x04030201);
	T_EQ(wire64(v.value), UINT64_C(0x0807060504030201));
	T_EQ(wire32(wire32(0x12345678)), 0x12345678);
}
