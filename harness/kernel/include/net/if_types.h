/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Types of interfaces (RFC 1573's ifType).
 */
#ifndef _NET_IF_TYPES_H_
#define _NET_IF_TYPES_H_

#if __FreeBSD_version >= 1300000
typedef enum {
	IFT_OTHER = 0x1,
	IFT_ETHER = 0x6,
	IFT_FDDI = 0xf,
	IFT_PPP = 0x17,
	IFT_LOOP = 0x18,
	IFT_SLIP = 0x1c,
	IFT_IEEE80211 = 0x47,
	IFT_TUNNEL = 0x83,
	IFT_L2VLAN = 0x87,
	IFT_IEEE8023ADLAG = 0xa1,
	IFT_INFINIBAND = 0xc7,
	IFT_BRIDGE = 0xd1,
	IFT_GIF = 0xf0,
} ifType;
#else
#define IFT_OTHER	  0x1
#define IFT_ETHER	  0x6
#define IFT_FDDI	  0xf
#define IFT_PPP		  0x17
#define IFT_LOOP	  0x18
#define IFT_SLIP	  0x1c
#define IFT_IEEE80211	  0x47
#define IFT_TUNNEL	  0x83
#define IFT_L2VLAN	  0x87
#define IFT_IEEE8023ADLAG 0xa1
#define IFT_INFINIBAND	  0xc7
#define IFT_BRIDGE	  0xd1
#define IFT_GIF		  0xf0
#endif

#endif /* !_NET_IF_TYPES_H_ */
