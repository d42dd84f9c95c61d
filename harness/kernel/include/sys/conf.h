/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * DEV_MODULE(9), and how the kernel writes a crash dump; character devices
 * are not offered.
 */
#ifndef _SYS_CONF_H_
#define _SYS_CONF_H_

#include <sys/module.h>

/* Writes `length` bytes, polling; NULL, 0, 0: the dump is complete. */
#if __FreeBSD_version >= 1400000
typedef int dumper_t(void *priv, void *virtual, off_t offset, size_t length);
#else
typedef int dumper_t(void *priv, void *virtual, vm_offset_t physical,
    off_t offset, size_t length);
#endif

#define DEV_MODULE_ORDERED(name, evh, arg, ord)               \
	static moduledata_t name##_mod = { #name, evh, arg }; \
	DECLARE_MODULE(name, name##_mod, SI_SUB_DRIVERS, ord)
#define DEV_MODULE(name, evh, arg) \
	DEV_MODULE_ORDERED(name, evh, arg, SI_ORDER_MIDDLE)

#endif /* !_SYS_CONF_H_ */
