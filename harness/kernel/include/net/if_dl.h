/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Link-level addresses.
 */
#ifndef _NET_IF_DL_H_
#define _NET_IF_DL_H_
#include <sys/types.h>
#include <sys/socket.h>

struct sockaddr_dl {
	u_char sdl_len;
	u_char sdl_family; /* AF_LINK */
	u_short sdl_index; /* of the interface, or 0 */
	u_char sdl_type;   /* IFT_ */
	u_char sdl_nlen;   /* of the interface's name, which comes first */
	u_char sdl_alen;   /* of the address, behind it */
	u_char sdl_slen;
	char sdl_data[46];
};

#define LLADDR(s)  ((caddr_t)((s)->sdl_data + (s)->sdl_nlen))
#define CLLADDR(s) ((c_caddr_t)((s)->sdl_data + (s)->sdl_nlen))
#define LLINDEX(s) ((s)->sdl_index)

struct ifnet;
/* An empty one for an interface, in memory of the caller's. */
struct sockaddr_dl *link_init_sdl(struct ifnet *, struct sockaddr *, u_char);

#endif /* !_NET_IF_DL_H_ */
