/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * uio(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/uio.h>

#include "tests/test.h"

KERNEL_TEST(uio, moves_both_ways)
{
	char a[4] = "", b[6] = "", text[] = "abcdefgh", back[9] = "";
	struct iovec iov[3] = { { a, 3 }, { b, 0 }, { b, 5 } };
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = 3,
		.uio_resid = 8,
		.uio_segflg = UIO_SYSSPACE,
		.uio_rw = UIO_READ };

	T_EQ(uiomove(text, 4, &uio), 0);
	T_STR(a, "abc");
	T_STR(b, "d");
	T_EQ(uio.uio_resid, 4);
	T_EQ(uio.uio_offset, 4);
	/* No more than there is. */
	T_EQ(uiomove(text + 4, 100, &uio), 0);
	T_STR(b, "defgh");
	T_EQ(uio.uio_resid, 0);
	T_EQ(uiomove(text, 1, &uio), 0);

	iov[0] = (struct iovec) { a, 3 };
	iov[1] = (struct iovec) { b, 5 };
	uio = (struct uio) { .uio_iov = iov,
		.uio_iovcnt = 2,
		.uio_resid = 8,
		.uio_segflg = UIO_SYSSPACE,
		.uio_rw = UIO_WRITE };
	T_EQ(uiomove(back, 8, &uio), 0);
	T_STR(back, "abcdefgh");
}

KERNEL_TEST(uio, may_move_nothing)
{
	char a[4] = "abc", text[] = "xyz";
	struct iovec iov = { a, 3 };
	struct uio uio = { .uio_iov = &iov,
		.uio_iovcnt = 1,
		.uio_resid = 3,
		.uio_segflg = UIO_USERSPACE };

	T_EQ(uiomove(text, 3, &uio), EFAULT);
	T_EQ(uio.uio_resid, 3);
	uio.uio_segflg = UIO_NOCOPY;
	T_EQ(uiomove(text, 3, &uio), 0);
	T_EQ(uio.uio_resid, 0);
	T_STR(a, "abc");
}

KERNEL_TEST_PANICS(uio, has_as_much_as_it_says, "3 bytes left in no iovec")
{
	struct uio uio = { .uio_resid = 3, .uio_segflg = UIO_SYSSPACE };
	char c;

	(void)uiomove(&c, 1, &uio);
}
