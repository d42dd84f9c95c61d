/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Logical link control (IEEE 802.2) with SNAP.
 */
#ifndef _NET_IF_LLC_H_
#define _NET_IF_LLC_H_
#include <sys/types.h>

struct llc {
	uint8_t llc_dsap;
	uint8_t llc_ssap;
	union {
		struct {
			uint8_t control;
			uint8_t format_id;
			uint8_t class;
			uint8_t window_x2;
		} __packed type_u;
		struct {
			uint8_t control;
			uint8_t org_code[3];
			uint16_t ether_type;
		} __packed type_snap;
		struct {
			uint8_t control;
			uint8_t control_ext;
		} __packed type_raw;
	} __packed llc_un;
} __packed;

#define llc_control	 llc_un.type_u.control
#define llc_snap	 llc_un.type_snap

#define LLC_FRAMELEN	 8
#define LLC_SNAPFRAMELEN 8
#define LLC_UI		 0x3
#define LLC_SNAP_LSAP	 0xaa
#define LLC_8021D_LSAP	 0x42

#endif /* !_NET_IF_LLC_H_ */
