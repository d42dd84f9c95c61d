/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How the system is to go down (reboot(2)), for handlers of its events.
 */
#ifndef _SYS_REBOOT_H_
#define _SYS_REBOOT_H_

#define RB_AUTOBOOT   0
#define RB_ASKNAME    0x001
#define RB_SINGLE     0x002
#define RB_NOSYNC     0x004
#define RB_HALT	      0x008
#define RB_DUMP	      0x100
#define RB_VERBOSE    0x800
#define RB_POWEROFF   0x4000
#define RB_REROOT     0x200000
#define RB_POWERCYCLE 0x400000

#endif /* !_SYS_REBOOT_H_ */
