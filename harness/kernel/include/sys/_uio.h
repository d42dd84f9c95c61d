/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The enumerations of uio(9).
 */
#ifndef _SYS__UIO_H_
#define _SYS__UIO_H_

enum uio_rw { UIO_READ, UIO_WRITE };

enum uio_seg { UIO_USERSPACE, UIO_SYSSPACE, UIO_NOCOPY };

#endif /* !_SYS__UIO_H_ */
