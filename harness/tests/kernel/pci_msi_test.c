/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Interrupts of PCI functions: MSI, MSI-X behind its masks, and lines that
 * functions share.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/rman.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>
#include <machine/intr_machdep.h>

#include "kernel/kernel.h"
#include "tests/kernel/fakepci.h"
#include "tests/test.h"

static struct fakepci f, g;

/* An interrupt that is set up. */
struct irq {
	struct fakepci *f;
	int rid;
	struct resource *res;
	void *cookie;
	int runs;
	bool quiet; /* does not bring the line down */
};

static void
handler(void *arg)
{
	struct irq *irq = arg;

	irq->runs++;
	if (irq->rid == 0 && !irq->quiet)
		fakepci_intx(irq->f, false);
}

static void
set_up(struct irq *irq, struct fakepci *function, int rid)
{
	bzero(irq, sizeof(*irq));
	irq->f = function;
	irq->rid = rid;
	irq->res = bus_alloc_resource_any(function->dev, SYS_RES_IRQ, &irq->rid,
	    RF_ACTIVE | (rid == 0 ? RF_SHAREABLE : 0));
	T_REQUIRE(irq->res != NULL);
	T_REQUIRE(bus_setup_intr(function->dev, irq->res,
		      INTR_TYPE_MISC | INTR_MPSAFE, NULL, handler, irq,
		      &irq->cookie) == 0);
}

static void
tear_down(struct irq *irq)
{
	T_EQ(bus_teardown_intr(irq->f->dev, irq->res, irq->cookie), 0);
	T_EQ(bus_release_resource(irq->f->dev, SYS_RES_IRQ, irq->rid, irq->res),
	    0);
}

static uint16_t
ctrl(void)
{
	return (fakepci_get(&f, f.msi + PCIR_MSI_CTRL, 2));
}

static void
plug_msi(unsigned log2, bool is_64, bool maskable)
{
	fakepci_init(&f, 3);
	fakepci_add_msi(&f, log2, is_64, maskable);
	fakepci_plug(&f);
}

/*
 * --- MSI ---
 */

KERNEL_TEST(pci_msi, one_message)
{
	struct irq irq;
	int count = 1;

	plug_msi(0, false, false);
	T_EQ(pci_msi_count(f.dev), 1);
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	T_EQ(count, 1);
	T_EQ(ctrl() & PCIM_MSICTRL_MSI_ENABLE, 0);
	set_up(&irq, &f, 1);
	T_TRUE((ctrl() & PCIM_MSICTRL_MSI_ENABLE) != 0);
	T_EQ(fakepci_get(&f, f.msi + PCIR_MSI_ADDR, 4), MACHINE_MSI_BASE);
	T_EQ(fakepci_get(&f, f.msi + PCIR_MSI_DATA, 2),
	    rman_get_start(irq.res));
	T_TRUE((fakepci_get(&f, PCIR_COMMAND, 2) & PCIM_CMD_INTxDIS) != 0);
	fakepci_send_msi(&f, 0);
	fakepci_settle();
	T_EQ(irq.runs, 1);
	tear_down(&irq);
	T_EQ(ctrl() & PCIM_MSICTRL_MSI_ENABLE, 0);
	T_EQ(pci_release_msi(f.dev), 0);
	T_EQ(pci_release_msi(f.dev), ENODEV);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, messages_go_by_powers_of_two)
{
	struct irq irq[4];
	int count, i;

	plug_msi(3, true, false);
	T_EQ(pci_msi_count(f.dev), 8);
	count = 0;
	T_EQ(pci_alloc_msi(f.dev, &count), EINVAL);
	count = 3;
	T_EQ(pci_alloc_msi(f.dev, &count), EINVAL);
	count = 4;
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	T_EQ(count, 4);
	T_EQ((ctrl() & PCIM_MSICTRL_MME_MASK) >> 4, 2);
	for (i = 0; i < 4; i++)
		set_up(&irq[i], &f, i + 1);
	T_EQ(rman_get_start(irq[0].res) % 4, 0);
	T_EQ(rman_get_start(irq[3].res), rman_get_start(irq[0].res) + 3);
	T_EQ(fakepci_get(&f, f.msi + PCIR_MSI_DATA_64BIT, 2),
	    rman_get_start(irq[0].res));
	T_EQ(fakepci_get(&f, f.msi + PCIR_MSI_ADDR_HIGH, 4), 0);
	fakepci_send_msi(&f, 2);
	fakepci_settle();
	for (i = 0; i < 4; i++)
		T_EQ(irq[i].runs, i == 2);
	for (i = 0; i < 4; i++) {
		T_EQ(pci_release_msi(f.dev), EBUSY);
		/* They are switched off with the last handler. */
		T_TRUE((ctrl() & PCIM_MSICTRL_MSI_ENABLE) != 0);
		tear_down(&irq[i]);
	}
	T_EQ(ctrl() & PCIM_MSICTRL_MSI_ENABLE, 0);
	T_EQ(pci_release_msi(f.dev), 0);
	T_EQ(ctrl() & PCIM_MSICTRL_MME_MASK, 0);
	/* More than there are: all that there are. */
	count = 64;
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	T_EQ(count, 8);
	T_EQ(pci_release_msi(f.dev), 0);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, resource_in_use_keeps_the_messages)
{
	struct resource *res;
	int count = 2, rid = 2;

	plug_msi(1, false, false);
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	T_EQ(pci_alloc_msi(f.dev, &count), ENXIO);
	res = bus_alloc_resource_any(f.dev, SYS_RES_IRQ, &rid, RF_ACTIVE);
	T_REQUIRE(res != NULL);
	T_EQ(pci_release_msi(f.dev), EBUSY);
	T_EQ(bus_release_resource(f.dev, SYS_RES_IRQ, rid, res), 0);
	rid = 3;
	T_TRUE(bus_alloc_resource_any(f.dev, SYS_RES_IRQ, &rid, 0) == NULL);
	T_EQ(pci_release_msi(f.dev), 0);
	rid = 1;
	T_TRUE(bus_alloc_resource_any(f.dev, SYS_RES_IRQ, &rid, 0) == NULL);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, masked_message_waits)
{
	struct irq irq[2];
	int count = 2, i;

	plug_msi(1, true, true);
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	for (i = 0; i < 2; i++)
		set_up(&irq[i], &f, i + 1);
	pci_write_config(f.dev, f.msi + PCIR_MSI_MASK, 2, 4);
	fakepci_send_msi(&f, 0);
	fakepci_send_msi(&f, 1);
	fakepci_settle();
	T_EQ(irq[0].runs, 1);
	T_EQ(irq[1].runs, 0);
	T_EQ(pci_read_config(f.dev, f.msi + PCIR_MSI_PENDING, 4), 2);
	pci_write_config(f.dev, f.msi + PCIR_MSI_MASK, 0, 4);
	fakepci_settle();
	T_EQ(irq[1].runs, 1);
	for (i = 0; i < 2; i++)
		tear_down(&irq[i]);
	T_EQ(pci_release_msi(f.dev), 0);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, vectors_run_out)
{
	int count = 32, first, i, one = 1;

	fakepci_init(&f, 3);
	fakepci_add_msi(&f, 5, true, false);
	fakepci_plug(&f);
	fakepci_init(&g, 4);
	fakepci_add_msi(&g, 5, true, false);
	fakepci_add_msix(&g);
	fakepci_plug(&g);
	/* One that is taken already makes no crooked row. */
	T_EQ(pci_alloc_msi(g.dev, &one), 0);
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	T_EQ(count, 32);
	T_EQ(pci_release_msi(g.dev), 0);
	first = bus_get_resource_start(f.dev, SYS_RES_IRQ, 1);
	T_EQ(first % 32, 0);
	T_EQ(pci_alloc_msi(g.dev, &count), 0);
	T_TRUE(
	    (int)bus_get_resource_start(g.dev, SYS_RES_IRQ, 1) >= first + 32 ||
	    (int)bus_get_resource_start(g.dev, SYS_RES_IRQ, 1) < first);
	for (i = 0; i < 2; i++)
		T_EQ(pci_release_msi(i == 0 ? f.dev : g.dev), 0);
	fakepci_unplug(&g);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, tunables_refuse_messages)
{
	int count = 1;

	fakepci_init(&f, 3);
	fakepci_add_msi(&f, 0, false, false);
	fakepci_add_msix(&f);
	fakepci_plug(&f);
	kernel_setenv("hw.pci.enable_msi", "0");
	T_EQ(pci_alloc_msi(f.dev, &count), ENODEV);
	kernel_setenv("hw.pci.enable_msix", "0");
	T_EQ(pci_alloc_msix(f.dev, &count), ENODEV);
	kernel_setenv("hw.pci.enable_msi", "1");
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	/* One kind at a time. */
	kernel_setenv("hw.pci.enable_msix", "1");
	T_EQ(pci_alloc_msix(f.dev, &count), ENXIO);
	T_EQ(pci_release_msi(f.dev), 0);
	fakepci_unplug(&f);
}

KERNEL_TEST_MISUSE(pci_msi, leaked_messages_are_taken_back,
    "fake0: Device leaked MSI vectors")
{
	int count = 1;

	plug_msi(0, false, false);
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, no_extended_capabilities)
{
	int reg = 0;

	plug_msi(0, false, false);
	T_EQ(pci_find_extcap(f.dev, 1, &reg), ENXIO);
	fakepci_unplug(&f);
}

/*
 * --- MSI-X ---
 */

static struct resource *bar;
static int bar_rid;

static void
plug_msix(bool pm)
{
	int count = FAKEPCI_VECTORS;

	fakepci_init(&f, 3);
	fakepci_add_msix(&f);
	if (pm)
		fakepci_add_pm(&f);
	fakepci_plug(&f);
	bar_rid = PCIR_BAR(FAKEPCI_MSIX_BAR);
	bar =
	    bus_alloc_resource_any(f.dev, SYS_RES_MEMORY, &bar_rid, RF_ACTIVE);
	T_REQUIRE(bar != NULL);
	T_REQUIRE(pci_alloc_msix(f.dev, &count) == 0);
	T_EQ(count, FAKEPCI_VECTORS);
}

static void
unplug_msix(void)
{
	T_EQ(pci_release_msi(f.dev), 0);
	T_EQ(bus_release_resource(f.dev, SYS_RES_MEMORY, bar_rid, bar), 0);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, message_pending_behind_the_mask_is_delivered)
{
	struct irq irq;

	plug_msix(false);
	/* Nobody has unmasked it: it waits. */
	fakepci_send_msix(&f, 1);
	fakepci_settle();
	T_EQ(f.pending, 2);
	set_up(&irq, &f, 2);
	T_EQ(f.pending, 0);
	fakepci_settle();
	T_EQ(irq.runs, 1);
	tear_down(&irq);
	/* And with the last handler it is masked again. */
	fakepci_send_msix(&f, 1);
	fakepci_settle();
	T_EQ(f.pending, 2);
	T_EQ(irq.runs, 1);
	unplug_msix();
}

KERNEL_TEST(pci_msi, message_pulled_out_goes_nowhere)
{
	struct irq irq;

	plug_msix(false);
	set_up(&irq, &f, 1);
	machine_pci_unplug(f.slot);
	fakepci_send_msix(&f, 0);
	fakepci_settle();
	T_EQ(irq.runs, 0);
	tear_down(&irq);
	unplug_msix();
}

/*
 * --- the line ---
 */

static void
plug_two_on_one_line(void)
{
	fakepci_init(&f, 3);
	fakepci_plug(&f);
	machine_intx_wire(4, 3);
	fakepci_init(&g, 4);
	fakepci_plug(&g);
	T_EQ(pci_get_irq(g.dev), pci_get_irq(f.dev));
}

KERNEL_TEST(pci_msi, line_is_shared)
{
	struct irq a, b;

	plug_two_on_one_line();
	set_up(&a, &f, 0);
	set_up(&b, &g, 0);
	T_EQ(rman_get_start(a.res), rman_get_start(b.res));
	fakepci_intx(&f, true);
	fakepci_settle();
	/* Whose it was nobody knows: both have looked. */
	T_EQ(a.runs, 1);
	T_EQ(b.runs, 1);
	/* Two at a time: it stays high until the second has been served. */
	a.quiet = true;
	fakepci_intx(&f, true);
	fakepci_intx(&g, true);
	for (int i = 0; i < 10; i++)
		fakepci_settle();
	T_TRUE(a.runs > 2);
	a.quiet = false;
	fakepci_settle();
	tear_down(&a);
	fakepci_intx(&g, true);
	fakepci_settle();
	T_TRUE(b.runs > 2);
	tear_down(&b);
	fakepci_unplug(&g);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, line_is_not_shared_with_who_will_not)
{
	struct irq a;
	int rid = 0;

	plug_two_on_one_line();
	set_up(&a, &f, 0);
	/* Not shareable. */
	T_TRUE(bus_alloc_resource_any(g.dev, SYS_RES_IRQ, &rid, RF_ACTIVE) ==
	    NULL);
	tear_down(&a);
	fakepci_unplug(&g);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, sleeper_does_not_hear_the_shared_line)
{
	struct irq a, b;

	plug_two_on_one_line();
	set_up(&a, &f, 0);
	set_up(&b, &g, 0);
	T_EQ(kernel_devctl_suspend("fake0"), 0);
	fakepci_intx(&g, true);
	fakepci_settle();
	T_EQ(a.runs, 0);
	T_EQ(b.runs, 1);
	T_EQ(kernel_devctl_resume("fake0"), 0);
	fakepci_intx(&g, true);
	fakepci_settle();
	T_EQ(a.runs, 1);
	T_EQ(b.runs, 2);
	tear_down(&a);
	tear_down(&b);
	fakepci_unplug(&g);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, line_of_one_that_was_pulled_out_falls)
{
	struct irq a, b;

	plug_two_on_one_line();
	set_up(&a, &f, 0);
	set_up(&b, &g, 0);
	a.quiet = b.quiet = true;
	fakepci_intx(&g, true);
	fakepci_settle();
	T_TRUE(a.runs > 1);
	machine_pci_unplug(g.slot);
	fakepci_settle();
	a.runs = 0;
	fakepci_settle();
	T_EQ(a.runs, 0);
	tear_down(&b);
	tear_down(&a);
	fakepci_unplug(&g);
	fakepci_unplug(&f);
}

KERNEL_TEST(pci_msi, bound_to_the_only_processor)
{
	struct irq a;

	fakepci_init(&f, 3);
	fakepci_plug(&f);
	set_up(&a, &f, 0);
	T_EQ(bus_bind_intr(f.dev, a.res, 0), 0);
	T_EQ(bus_bind_intr(f.dev, a.res, -1), 0);
	T_EQ(bus_bind_intr(f.dev, a.res, 1), EINVAL);
	T_EQ(bus_describe_intr(f.dev, a.res, a.cookie, "q%d", 1), 0);
	T_EQ(bus_suspend_intr(f.dev, a.res), 0);
	fakepci_intx(&f, true);
	fakepci_settle();
	T_EQ(a.runs, 0);
	fakepci_intx(&f, false);
	T_EQ(bus_resume_intr(f.dev, a.res), 0);
	tear_down(&a);
	fakepci_unplug(&f);
}

/*
 * --- power ---
 */

KERNEL_TEST(pci_power, states_are_set_and_forgotten)
{
	struct irq irq;

	plug_msix(true);
	set_up(&irq, &f, 1);
	T_EQ(pci_get_powerstate(f.dev), PCI_POWERSTATE_D0);
	T_EQ(pci_set_powerstate(f.dev, PCI_POWERSTATE_D0), 0);
	T_EQ(pci_set_powerstate(f.dev, PCI_POWERSTATE_D1), EOPNOTSUPP);
	T_EQ(pci_set_powerstate(f.dev, 7), EINVAL);
	T_EQ(pci_set_powerstate(f.dev, PCI_POWERSTATE_UNKNOWN), EINVAL);
	pci_save_state(f.dev);
	T_EQ(pci_set_powerstate(f.dev, PCI_POWERSTATE_D3), 0);
	T_EQ(pci_get_powerstate(f.dev), PCI_POWERSTATE_D3);
	/* Registers are out of reach, configuration space is not. */
	T_EQ(bus_read_4(bar, 0), 0xffffffff);
	T_EQ(pci_get_vendor(f.dev), FAKEPCI_VENDOR);
	T_EQ(pci_set_powerstate(f.dev, PCI_POWERSTATE_D0), 0);
	T_EQ(fakepci_get(&f, PCIR_COMMAND, 2), 0);
	pci_restore_state(f.dev);
	T_EQ(f.base.bars[FAKEPCI_MSIX_BAR].base, rman_get_start(bar));
	T_EQ(bus_read_4(bar, 0), MACHINE_MSI_BASE);
	fakepci_send_msix(&f, 0);
	fakepci_settle();
	T_EQ(irq.runs, 1);
	tear_down(&irq);
	unplug_msix();
}

KERNEL_TEST(pci_power, sleep_gives_all_back)
{
	struct irq irq, line;

	plug_msix(true);
	fakepci_init(&g, 5);
	fakepci_add_msi(&g, 0, true, false);
	fakepci_plug(&g);
	set_up(&irq, &f, 3);
	set_up(&line, &g, 0);
	pci_enable_busmaster(f.dev);
	T_EQ(kernel_sleep(), 0);
	T_EQ(fakepci_get(&f, PCIR_COMMAND, 2), 0);
	T_TRUE(device_is_suspended(f.dev));
	kernel_wakeup();
	T_FALSE(device_is_suspended(f.dev));
	T_TRUE((fakepci_get(&f, PCIR_COMMAND, 2) & PCIM_CMD_BUSMASTEREN) != 0);
	/* Unmasked is what was: one of four. */
	for (int i = 0; i < FAKEPCI_VECTORS; i++)
		T_EQ(f.table[i * 4 + 3] & 1, i != 2);
	fakepci_send_msix(&f, 2);
	fakepci_intx(&g, true);
	fakepci_settle();
	T_EQ(irq.runs, 1);
	T_EQ(line.runs, 1);
	tear_down(&irq);
	tear_down(&line);
	fakepci_unplug(&g);
	unplug_msix();
}

KERNEL_TEST(pci_power, sleep_gives_msi_back)
{
	struct irq irq[2];
	int count = 2, i;

	plug_msi(1, true, false);
	T_EQ(pci_alloc_msi(f.dev, &count), 0);
	for (i = 0; i < 2; i++)
		set_up(&irq[i], &f, i + 1);
	T_EQ(kernel_sleep(), 0);
	T_EQ(ctrl() & PCIM_MSICTRL_MSI_ENABLE, 0);
	kernel_wakeup();
	fakepci_send_msi(&f, 1);
	fakepci_settle();
	T_EQ(irq[1].runs, 1);
	for (i = 0; i < 2; i++)
		tear_down(&irq[i]);
	T_EQ(pci_release_msi(f.dev), 0);
	fakepci_unplug(&f);
}
