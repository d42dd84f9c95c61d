/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * UDP's header (RFC 768).
 */
#ifndef _NETINET_UDP_H_
#define _NETINET_UDP_H_
#include <sys/types.h>

struct udphdr {
	u_short uh_sport; /* network order, like the others */
	u_short uh_dport;
	u_short uh_ulen; /* with this header */
	u_short uh_sum;	 /* 0: there is none */
};

#endif /* !_NETINET_UDP_H_ */
