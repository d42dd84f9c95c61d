/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where releases of FreeBSD differ.  The drivers are written to the kernel
 * interfaces of 14 and 15; this header, and for ifnet(9) vio_compat_net.h,
 * lend 12 and 13 what they lack, and no other file does.  Include it after
 * <sys/param.h>, <sys/bus.h>, <sys/sbuf.h>.
 */
#ifndef _VIO_COMPAT_H_
#define _VIO_COMPAT_H_

/*
 * DRIVER_MODULE(9) lost its devclass argument in 14.  Older kernels want the
 * address of a variable that nobody here reads.
 */
#if __FreeBSD_version < 1400058
#define VIO_DRIVER_MODULE_EV(name, bus, driver, evh) \
	static devclass_t name##_##bus##_devclass;   \
	DRIVER_MODULE(name, bus, driver, name##_##bus##_devclass, evh, NULL)
#else
#define VIO_DRIVER_MODULE_EV(name, bus, driver, evh) \
	DRIVER_MODULE(name, bus, driver, evh, NULL)
#endif
#define VIO_DRIVER_MODULE(name, bus, driver) \
	VIO_DRIVER_MODULE_EV(name, bus, driver, NULL)

/* The head of a dumper_t, which was given a physical address before 14. */
#if __FreeBSD_version < 1400000
#define VIO_DUMPER(fn, priv, data, offset, length) \
	fn(priv, data, vm_offset_t physical __unused, offset, length)
#else
#define VIO_DUMPER(fn, priv, data, offset, length) \
	fn(priv, data, offset, length)
#endif

/* The largest transfer became tunable, and a variable, in 13. */
#if __FreeBSD_version < 1300000
#define maxphys MAXPHYS
#endif

#ifndef DEVICE_UNIT_ANY
#define DEVICE_UNIT_ANY (-1)
#endif

/*
 * A bus describes its children into an sbuf(9) since 14, into a character
 * array before.  `fn` has the newer form; VIO_PNPINFO_WRAPPER() follows its
 * definition and VIO_PNPINFO_METHOD() stands in the method table.
 */
#if __FreeBSD_version < 1400000
#define VIO_PNPINFO_WRAPPER(fn)                                      \
	static int fn##_str(device_t dev, device_t child, char *buf, \
	    size_t len)                                              \
	{                                                            \
		struct sbuf sb;                                      \
		int error;                                           \
                                                                     \
		sbuf_new(&sb, buf, len, SBUF_FIXEDLEN);              \
		error = fn(dev, child, &sb);                         \
		sbuf_finish(&sb);                                    \
		return (error);                                      \
	}                                                            \
	struct fn##_wrapped
#define VIO_PNPINFO_METHOD(fn) DEVMETHOD(bus_child_pnpinfo_str, fn##_str)
#else
#define VIO_PNPINFO_WRAPPER(fn) struct fn##_wrapped
#define VIO_PNPINFO_METHOD(fn)	DEVMETHOD(bus_child_pnpinfo, fn)
#endif

#endif /* !_VIO_COMPAT_H_ */
