/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Locks on image files.
 *
 * Open file description locks (fcntl(2), F_OFD_SETLK): they belong to what
 * open(2) returned, so two users in one process exclude each other, a
 * descriptor of the same file that is closed elsewhere does not drop them (as
 * it would the traditional record locks), and the kernel drops them when the
 * process dies, however.  flock(2) is as good for that, but QEMU does not
 * look at it.
 *
 * QEMU locks bytes for reading: 100 + n for a right that it uses and 200 + n
 * for one that it does not grant to others, where n is 0 for reading, 1 for
 * writing and 3 for resizing; then it looks whether somebody holds the
 * counterpart.  So a reader here holds 100, 201 and 203 and looks at 101,
 * 103 and 200; readers of both kinds go together.  A writer here locks all
 * bytes for writing: that goes together with nobody.
 */
#ifndef RINGSIDE_MODEL_BACKEND_LOCK_H
#define RINGSIDE_MODEL_BACKEND_LOCK_H

#include <stdbool.h>

/*
 * Locks what `fd` is open on, until the last descriptor that came from the
 * same open(2) is closed: exclusively (it must be open for writing) or shared.
 * 0; EBUSY when somebody else's lock is in the way; or what fcntl(2) says.
 */
int backend_lock(int fd, bool exclusive);

#endif /* !RINGSIDE_MODEL_BACKEND_LOCK_H */
