/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What drivers use of IPv6's code.
 */
#ifndef _NETINET6_IP6_VAR_H_
#define _NETINET6_IP6_VAR_H_
#include <sys/types.h>

struct mbuf;

/*
 * From the header of protocol `proto` at `off` to the next: its offset, and
 * its protocol in *nxtp.  -1: there is none, or the packet is cut.
 */
int ip6_nexthdr(const struct mbuf *m, int off, int proto, int *nxtp);
/* The same to the last, which is what the headers carry. */
int ip6_lasthdr(const struct mbuf *m, int off, int proto, int *nxtp);

#endif /* !_NETINET6_IP6_VAR_H_ */
