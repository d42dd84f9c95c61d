/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kinds of bus resources that this machine has.
 */
#ifndef _MACHINE_RESOURCE_H_
#define _MACHINE_RESOURCE_H_

#define SYS_RES_IRQ    1 /* interrupt vectors */
#define SYS_RES_DRQ    2 /* ISA DMA lines: there are none */
#define SYS_RES_MEMORY 3 /* register windows */
#define SYS_RES_IOPORT 4 /* I/O ports */
#define PCI_RES_BUS    5 /* PCI bus numbers */

#endif /* !_MACHINE_RESOURCE_H_ */
