/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One network stack: as in a kernel without VIMAGE.
 */
#ifndef _NET_VNET_H_
#define _NET_VNET_H_

struct vnet;

#define curvnet			 NULL
#define vnet0			 ((struct vnet *)NULL)
#define IS_DEFAULT_VNET(vnet)	 1
#define CURVNET_SET(vnet)	 ((void)(vnet))
#define CURVNET_SET_QUIET(vnet)	 ((void)(vnet))
#define CURVNET_RESTORE()	 ((void)0)

#define VNET_NAME(n)		 n
#define VNET_DECLARE(t, n)	 extern t n
#define VNET_DEFINE(t, n)	 t n
#define VNET_DEFINE_STATIC(t, n) static t n
#define VNET(n)			 (n)
#define VNET_PTR(n)		 (&(n))

#define VNET_SYSINIT(ident, subsystem, order, func, arg) \
	SYSINIT(ident, subsystem, order, func, arg)
#define VNET_SYSUNINIT(ident, subsystem, order, func, arg) \
	SYSUNINIT(ident, subsystem, order, func, arg)

#endif /* !_NET_VNET_H_ */
