/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Drivers include this for DEV_MODULE(9) alone; character devices are not
 * offered.
 */
#ifndef _SYS_CONF_H_
#define _SYS_CONF_H_

#include <sys/module.h>

#define DEV_MODULE_ORDERED(name, evh, arg, ord)               \
	static moduledata_t name##_mod = { #name, evh, arg }; \
	DECLARE_MODULE(name, name##_mod, SI_SUB_DRIVERS, ord)
#define DEV_MODULE(name, evh, arg) \
	DEV_MODULE_ORDERED(name, evh, arg, SI_ORDER_MIDDLE)

#endif /* !_SYS_CONF_H_ */
