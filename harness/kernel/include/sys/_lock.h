/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The part that all locks share (locking(9)).
 */
#ifndef _SYS__LOCK_H_
#define _SYS__LOCK_H_
struct lock_object {
	const char *lo_name;
	unsigned int lo_flags;
	unsigned int lo_data;
	void *lo_witness;
};

#endif /* !_SYS__LOCK_H_ */
