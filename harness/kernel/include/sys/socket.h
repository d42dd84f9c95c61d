/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Socket addresses.
 */
#ifndef _SYS_SOCKET_H_
#define _SYS_SOCKET_H_
#include <sys/types.h>

typedef uint8_t sa_family_t;
typedef uint32_t socklen_t;

struct sockaddr {
	unsigned char sa_len; /* of all */
	sa_family_t sa_family;
	char sa_data[14];
};
#define SOCK_MAXADDRLEN 255

#define _SS_MAXSIZE	128U
#define _SS_ALIGNSIZE	(sizeof(__int64_t))
#define _SS_PAD1SIZE \
	(_SS_ALIGNSIZE - sizeof(unsigned char) - sizeof(sa_family_t))
#define _SS_PAD2SIZE                                                 \
	(_SS_MAXSIZE - sizeof(unsigned char) - sizeof(sa_family_t) - \
	    _SS_PAD1SIZE - _SS_ALIGNSIZE)
struct sockaddr_storage {
	unsigned char ss_len;
	sa_family_t ss_family;
	char __ss_pad1[_SS_PAD1SIZE];
	__int64_t __ss_align;
	char __ss_pad2[_SS_PAD2SIZE];
};

#define AF_UNSPEC	   0
#define AF_LOCAL	   1
#define AF_UNIX		   AF_LOCAL
#define AF_INET		   2
#define AF_ROUTE	   17
#define AF_LINK		   18
#define AF_ARP		   35
#define AF_IEEE80211	   37
#define AF_INET6	   28
#define AF_MAX		   42
#define pseudo_AF_HDRCMPLT 31

#define SOCK_STREAM	   1
#define SOCK_DGRAM	   2
#define SOCK_RAW	   3

#endif /* !_SYS_SOCKET_H_ */
