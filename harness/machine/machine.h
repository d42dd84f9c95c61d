/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine around the kernel: a PCI bus, register windows, interrupt
 * vectors, and the ledger of everything that would have left the guest.
 *
 * The kernel reaches devices through the calls below and nothing else; the
 * model reaches the kernel through guest memory and interrupts.  One machine
 * a process at a time.  Usable from kernel-side and host-side files.
 */
#ifndef RINGSIDE_MACHINE_MACHINE_H
#define RINGSIDE_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pci_function; /* model/pci.h */
struct vdev_host;    /* model/device.h */

#define MACHINE_PCI_SLOTS 32 /* devices on bus 0, function 0 each */
#define MACHINE_VECTORS	  256

/* Where PCI memory windows may be placed by whoever assigns BARs. */
#define MACHINE_MMIO_BASE UINT64_C(0xc0000000)
#define MACHINE_MMIO_SIZE UINT64_C(0x20000000)
/* Where I/O windows may be placed: below are those of the PC's own. */
#define MACHINE_PORT_BASE 0x1000u
#define MACHINE_PORT_SIZE 0xf000u
/* Writes here are message-signalled interrupts (as on a PC). */
#define MACHINE_MSI_BASE UINT64_C(0xfee00000)
#define MACHINE_MSI_SIZE UINT64_C(0x00100000)

/* Vectors of the INTx lines, one a slot; messages use those above. */
#define MACHINE_INTX_VECTOR(line) (32 + (line))
#define MACHINE_MSI_VECTOR_FIRST  64

/*
 * --- power ---
 */

struct machine_config {
	size_t ram_size; /* 0: MACHINE_RAM_DEFAULT */
};

/* Returns 0 or an errno (of machine_memory_create()). */
int machine_init(const struct machine_config *config);
/* Forgets plugged functions (their owner destroys them) and handlers. */
void machine_fini(void);

/*
 * What a device model asks of this machine (memory, interrupts, a turn to
 * run).  Each device gets one; `slot` is where it will be plugged.  The
 * machine owns the result until machine_fini().
 */
struct vdev_host *machine_device_host(unsigned slot, const char *name);
/*
 * Asked before each access of a device to guest memory, or NULL: nobody.
 * Returns NULL when the access may go on, else a sentence saying why not.
 * Holds for all devices, present and future, until machine_fini().
 */
typedef const char *machine_dma_probe_fn(void *arg, const char *device,
    uint64_t gpa, uint64_t length, bool write);
void machine_set_dma_probe(machine_dma_probe_fn *fn, void *arg);
/*
 * Plugs a function into `slot`, at any time; the caller keeps ownership.  The
 * kernel does not notice by itself.
 */
void machine_pci_plug(unsigned slot, struct pci_function *function);
/*
 * Takes it out, with whatever is under way: from now on accesses find
 * nothing (reads give ones), and the function neither interrupts nor works.
 */
void machine_pci_unplug(unsigned slot);
/*
 * Wires the slot's INTx pin to the line of slot `line`, which others may
 * share; at first each has its own.  Before the kernel looks at the slot.
 */
void machine_intx_wire(unsigned slot, unsigned line);
/* The machine sleeps and wakes up: all functions lose power and get it back. */
void machine_sleep(void);

/*
 * --- accesses that would trap; each is counted in the ledger ---
 */

/*
 * PCI configuration space by the type 1 mechanism.  An empty slot reads as
 * all ones and ignores writes.  `width` is 1, 2 or 4.
 */
uint32_t machine_pci_read(unsigned slot, unsigned offset, unsigned width);
void machine_pci_write(unsigned slot, unsigned offset, uint32_t value,
    unsigned width);

/*
 * Register windows by guest-physical address; width 1, 2, 4 or 8.  Where no
 * enabled window lies, reads give all ones and writes vanish (a PCI master
 * abort), and the ledger counts a master abort.
 */
uint64_t machine_mmio_read(uint64_t address, unsigned width);
void machine_mmio_write(uint64_t address, uint64_t value, unsigned width);

/* The same for I/O windows, by port; width 1, 2 or 4. */
uint32_t machine_port_read(uint32_t port, unsigned width);
void machine_port_write(uint32_t port, uint32_t value, unsigned width);

/*
 * --- interrupts ---
 */

/*
 * Called when a vector is injected, in the context of the task that raised
 * it (often the device's): it must only note the fact and wake somebody.
 */
typedef void machine_intr_fn(void *arg, unsigned vector);
void machine_set_intr_handler(machine_intr_fn *fn, void *arg);
/* The message address and data that raise `vector`. */
void machine_msi_message(unsigned vector, uint64_t *address, uint32_t *data);
/* The line that the slot's pin is wired to. */
unsigned machine_intx_line(unsigned slot);
/*
 * INTx is level-triggered: after the handlers of MACHINE_INTX_VECTOR(line)
 * have run, the vector is injected again if somebody still asserts the line.
 */
void machine_intx_eoi(unsigned line);

/*
 * --- the exit ledger, under kvm_stat's names where it has one ---
 */

struct machine_ledger {
	uint64_t exits;		 /* sum of the exits below */
	uint64_t io_exits;	 /* port accesses: two a PCI config access */
	uint64_t mmio_exits;	 /* register accesses, doorbells included */
	uint64_t halt_exits;	 /* the guest had nothing to run */
	uint64_t irq_injections; /* interrupts delivered (not an exit) */
	/* Parts of the above, by what they were for. */
	uint64_t notifications; /* doorbells, in either space */
	uint64_t master_aborts; /* accesses that nothing answered */
};
void machine_ledger_read(struct machine_ledger *ledger);
/* end - start, field by field. */
void machine_ledger_delta(const struct machine_ledger *start,
    const struct machine_ledger *end, struct machine_ledger *delta);

/* For sim_config.guest_idle: counts a halt. */
void machine_guest_idle(void *arg);

#endif /* !RINGSIDE_MACHINE_MACHINE_H */
