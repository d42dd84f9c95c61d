/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How this machine numbers interrupts: an IRQ is a vector of the machine.
 *
 *	0 .. 31		not used, as on a PC, where they are exceptions
 *	32 .. 63	INTx of the function in slot IRQ - 32
 *	64 .. 255	message-signalled interrupts, handed out by the bridge
 */
#ifndef _MACHINE_INTR_MACHDEP_H_
#define _MACHINE_INTR_MACHDEP_H_

#define IRQ_INTX_FIRST 32
#define IRQ_INTX_COUNT 32
#define IRQ_MSI_FIRST  (IRQ_INTX_FIRST + IRQ_INTX_COUNT)
#define IRQ_COUNT      256
#define IRQ_MSI_COUNT  (IRQ_COUNT - IRQ_MSI_FIRST)

#endif /* !_MACHINE_INTR_MACHDEP_H_ */
