/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine: two views of one memory, register windows, configuration
 * space, interrupts, and the ledger of exits.
 */
#include <errno.h>
#include <string.h>

#include "host/host.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "model/device.h"
#include "model/pci.h"
#include "sim/sim.h"
#include "tests/test.h"

/*
 * In a build with AddressSanitizer a kernel that ran before has left all
 * memory poisoned, as nobody has allocated it.
 */
#if defined(__SANITIZE_ADDRESS__)
#define TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_ASAN 1
#endif
#endif
#ifdef TEST_ASAN
#include <sanitizer/asan_interface.h>
#define OPEN(kva, n)  __asan_unpoison_memory_region((void *)(kva), (n))
#define CLOSE(kva, n) __asan_poison_memory_region((void *)(kva), (n))
#else
#define OPEN(kva, n)  ((void)0)
#define CLOSE(kva, n) ((void)0)
#endif

/* A function with one register BAR that remembers the last access. */
static struct {
	struct pci_function function;
	unsigned bar, width;
	uint64_t offset, value;
	unsigned reads, writes;
} fake;

static uint32_t
fake_config_read(struct pci_function *function, unsigned offset, unsigned width)
{
	(void)function;
	return (0x10000 * width + offset);
}

static void
fake_config_write(struct pci_function *function, unsigned offset,
    uint32_t value, unsigned width)
{
	(void)offset;
	(void)width;
	function->bars[0].enabled = value != 0;
	function->bars_changed = true;
}

static uint64_t
fake_bar_read(struct pci_function *function, unsigned bar, uint64_t offset,
    unsigned width)
{
	(void)function;
	fake.bar = bar;
	fake.offset = offset;
	fake.width = width;
	fake.reads++;
	return (0x1122334455667788);
}

static void
fake_bar_write(struct pci_function *function, unsigned bar, uint64_t offset,
    uint64_t value, unsigned width)
{
	(void)function;
	fake.bar = bar;
	fake.offset = offset;
	fake.value = value;
	fake.width = width;
	fake.writes++;
}

static const struct pci_function_ops fake_ops = {
	.config_read = fake_config_read,
	.config_write = fake_config_write,
	.bar_read = fake_bar_read,
	.bar_write = fake_bar_write,
};

#define FAKE_BASE (MACHINE_MMIO_BASE + 0x4000)

static void
begin(void)
{
	T_REQUIRE(machine_init(&(struct machine_config) { 0 }) == 0);
	sim_init(&(struct sim_config) { 0 });
	memset(&fake, 0, sizeof(fake));
	fake.function.ops = &fake_ops;
	fake.function.bars[0] = (struct pci_bar) {
		.base = FAKE_BASE,
		.size = 0x1000,
		.enabled = true,
		.doorbell = 0x800,
		.doorbell_size = 0x100,
	};
	machine_pci_plug(3, &fake.function);
}

static void
end(void)
{
	machine_pci_unplug(3);
	sim_fini();
	machine_fini();
}

static uint8_t *
device_view(uint64_t gpa)
{
	return ((uint8_t *)(uintptr_t)(MACHINE_DEVICE_VIEW + gpa -
	    MACHINE_RAM_BASE));
}

TEST(machine, both_views_show_the_same_bytes)
{
	uintptr_t page = MACHINE_KERNEL_VIEW + 5 * MACHINE_PAGE_SIZE;
	uintptr_t chunk = MACHINE_KERNEL_VIEW + MACHINE_PAGE_WINDOW +
	    3 * (uintptr_t)MACHINE_CHUNK_SIZE + 12345;

	begin();
	T_EQ(machine_memory_map(page, 100), 0);
	T_EQ(machine_memory_map(chunk, 100), 0);
	OPEN(page, 100);
	OPEN(chunk, 100);
	*device_view(machine_kva_to_gpa(page + 17)) = 0xab;
	T_EQ(*device_view(machine_kva_to_gpa(page + 17)), 0xab);
	T_EQ(*(volatile uint8_t *)(page + 17), 0xab);
	*(volatile uint8_t *)chunk = 0xcd;
	T_EQ(*device_view(machine_kva_to_gpa(chunk)), 0xcd);
	CLOSE(page, 100);
	CLOSE(chunk, 100);
	end();
}

TEST(machine, translation_is_one_to_one)
{
	uintptr_t kva;
	uint64_t gpa;

	begin();
	for (unsigned i = 0; i < MACHINE_PAGES; i++) {
		kva =
		    MACHINE_KERNEL_VIEW + (uintptr_t)i * MACHINE_PAGE_SIZE + 7;
		gpa = machine_kva_to_gpa(kva);
		T_TRUE(machine_is_gpa(gpa, 1));
		T_EQ(machine_gpa_to_kva(gpa), kva);
	}
	for (uint64_t off = MACHINE_PAGE_WINDOW; off < machine_ram_size;
	     off += MACHINE_CHUNK_SIZE) {
		kva = MACHINE_KERNEL_VIEW + off + 99;
		gpa = machine_kva_to_gpa(kva);
		T_TRUE(machine_is_gpa(gpa, 1));
		T_EQ(machine_gpa_to_kva(gpa), kva);
	}
	end();
}

TEST(machine, neighbours_are_not_contiguous)
{
	uint64_t a, b;
	uintptr_t kva;

	begin();
	for (unsigned i = 0; i + 1 < MACHINE_PAGES; i++) {
		kva = MACHINE_KERNEL_VIEW + (uintptr_t)i * MACHINE_PAGE_SIZE;
		a = machine_kva_to_gpa(kva);
		b = machine_kva_to_gpa(kva + MACHINE_PAGE_SIZE);
		T_TRUE(b != a + MACHINE_PAGE_SIZE);
	}
	for (uint64_t off = MACHINE_PAGE_WINDOW;
	     off + MACHINE_CHUNK_SIZE < machine_ram_size;
	     off += MACHINE_CHUNK_SIZE) {
		kva = MACHINE_KERNEL_VIEW + off;
		a = machine_kva_to_gpa(kva);
		T_EQ(machine_kva_to_gpa(kva + MACHINE_CHUNK_SIZE - 1),
		    a + MACHINE_CHUNK_SIZE - 1);
		b = machine_kva_to_gpa(kva + MACHINE_CHUNK_SIZE);
		T_TRUE(b != a + MACHINE_CHUNK_SIZE);
	}
	end();
}

TEST(machine, contiguous_runs_end_with_page_or_chunk)
{
	begin();
	T_EQ(machine_contiguous(MACHINE_KERNEL_VIEW + 4000, 1000), 96);
	T_EQ(machine_contiguous(MACHINE_KERNEL_VIEW + 4096, 10), 10);
	T_EQ(machine_contiguous(MACHINE_KERNEL_VIEW + MACHINE_PAGE_WINDOW + 5,
		 MACHINE_CHUNK_SIZE),
	    MACHINE_CHUNK_SIZE - 5);
	end();
}

TEST(machine, memory_has_one_size_a_process)
{
	begin();
	T_EQ(machine_memory_create(machine_ram_size), 0);
	T_EQ(machine_memory_create(machine_ram_size * 2), EBUSY);
	T_EQ(machine_memory_map(MACHINE_KERNEL_VIEW + machine_ram_size, 1),
	    EINVAL);
	T_FALSE(machine_is_gpa(0, 1));
	T_FALSE(machine_is_gpa(MACHINE_RAM_BASE + machine_ram_size - 1, 2));
	T_FALSE(machine_is_gpa(MACHINE_RAM_BASE, UINT64_MAX));
	T_FALSE(machine_is_kva(MACHINE_KERNEL_VIEW - 1, 1));
	end();
}

TEST(machine, discarded_memory_reads_as_zero)
{
	uintptr_t kva = MACHINE_KERNEL_VIEW + 77 * MACHINE_PAGE_SIZE;

	begin();
	T_EQ(machine_memory_map(kva, 2 * MACHINE_PAGE_SIZE), 0);
	OPEN(kva, 2 * MACHINE_PAGE_SIZE);
	memset((void *)kva, 0xee, 2 * MACHINE_PAGE_SIZE);
	machine_memory_discard(kva, 2 * MACHINE_PAGE_SIZE);
	T_EQ(*(volatile uint8_t *)kva, 0);
	T_EQ(*(volatile uint8_t *)(kva + 2 * MACHINE_PAGE_SIZE - 1), 0);
	CLOSE(kva, 2 * MACHINE_PAGE_SIZE);
	end();
}

TEST(machine, guard_pages_stop_the_kernel_only)
{
	uintptr_t kva = MACHINE_KERNEL_VIEW + 5 * MACHINE_PAGE_SIZE;
	uint64_t gpa;
	char byte = 0;

	begin();
	gpa = machine_kva_to_gpa(kva);
	T_EQ(machine_memory_map(kva, MACHINE_PAGE_SIZE), 0);
	T_EQ(machine_memory_guard(kva, MACHINE_PAGE_SIZE, true), 0);
	T_FALSE(host_peek((void *)kva, &byte, 1));
	T_TRUE(host_peek(
	    (void *)(uintptr_t)(MACHINE_DEVICE_VIEW + gpa - MACHINE_RAM_BASE),
	    &byte, 1));
	T_EQ(machine_memory_guard(kva, MACHINE_PAGE_SIZE, false), 0);
	T_TRUE(host_peek((void *)kva, &byte, 1));
	T_EQ(machine_memory_guard(kva + 1, MACHINE_PAGE_SIZE, true), EINVAL);
	T_EQ(machine_memory_guard(kva, 1, true), EINVAL);
	T_EQ(machine_memory_guard(MACHINE_DEVICE_VIEW, MACHINE_PAGE_SIZE, true),
	    EINVAL);
	end();
}

TEST(machine, registers_reach_the_function)
{
	begin();
	T_EQ(machine_mmio_read(FAKE_BASE + 0x10, 8), 0x1122334455667788);
	T_EQ(fake.offset, 0x10);
	T_EQ(fake.width, 8);
	machine_mmio_write(FAKE_BASE + 0xffe, 0x1234, 2);
	T_EQ(fake.offset, 0xffe);
	T_EQ(fake.value, 0x1234);
	T_EQ(fake.writes, 1);
	end();
}

TEST(machine, what_nothing_answers_reads_as_ones)
{
	struct machine_ledger ledger;

	begin();
	T_EQ(machine_mmio_read(FAKE_BASE - 4, 4), UINT32_MAX);
	T_EQ(machine_mmio_read(FAKE_BASE + 0x1000, 1), 0xff);
	/* Half inside is outside. */
	T_EQ(machine_mmio_read(FAKE_BASE + 0xffe, 4), UINT32_MAX);
	machine_mmio_write(FAKE_BASE + 0x1000, 1, 4);
	T_EQ(fake.reads + fake.writes, 0);
	T_EQ(machine_pci_read(9, 0, 4), UINT32_MAX);
	T_EQ(machine_pci_read(9, 0, 2), 0xffff);
	T_EQ(machine_pci_read(3, 2, 4), UINT32_MAX); /* not aligned */
	T_EQ(machine_pci_read(3, PCI_CONFIG_SIZE, 1), 0xff);
	machine_ledger_read(&ledger);
	T_EQ(ledger.master_aborts, 8);
	end();
}

TEST(machine, a_disabled_window_does_not_answer)
{
	begin();
	machine_pci_write(3, 4, 0, 2);
	T_EQ(machine_mmio_read(FAKE_BASE, 4), UINT32_MAX);
	machine_pci_write(3, 4, 2, 2);
	T_EQ(machine_mmio_read(FAKE_BASE, 8), 0x1122334455667788);
	machine_pci_unplug(3);
	T_EQ(machine_mmio_read(FAKE_BASE, 4), UINT32_MAX);
	end();
}

TEST(machine, the_ledger_counts_each_exit)
{
	struct machine_ledger before, after, delta;

	begin();
	machine_ledger_read(&before);
	(void)machine_pci_read(3, 0, 4);
	machine_pci_write(3, 4, 2, 2);
	(void)machine_mmio_read(FAKE_BASE, 4);
	machine_mmio_write(FAKE_BASE + 0x800, 0, 2);
	machine_mmio_write(FAKE_BASE + 0x8fe, 0, 2);
	machine_mmio_write(FAKE_BASE + 0x900, 0, 2);
	machine_guest_idle(NULL);
	machine_ledger_read(&after);
	machine_ledger_delta(&before, &after, &delta);
	T_EQ(delta.io_exits, 4);
	T_EQ(delta.mmio_exits, 4);
	T_EQ(delta.halt_exits, 1);
	T_EQ(delta.exits, 9);
	T_EQ(delta.notifications, 2);
	T_EQ(delta.master_aborts, 0);
	end();
}

static unsigned vectors[8], nvectors;

static void
note_vector(void *arg, unsigned vector)
{
	(void)arg;
	if (nvectors < 8)
		vectors[nvectors] = vector;
	nvectors++;
}

TEST(machine, messages_become_vectors)
{
	struct machine_ledger ledger;
	struct vdev_host *host;
	uint64_t address;
	uint32_t message;

	begin();
	nvectors = 0;
	machine_set_intr_handler(note_vector, NULL);
	host = machine_device_host(5, "fake");
	T_REQUIRE(host != NULL);
	T_TRUE(machine_device_host(5, "again") == NULL);
	machine_msi_message(99, &address, &message);
	host->msi(host->arg, address, message);
	T_EQ(nvectors, 1);
	T_EQ(vectors[0], 99);
	/* Elsewhere it is a stray write: nobody is interrupted. */
	host->msi(host->arg, MACHINE_MMIO_BASE, message);
	T_EQ(nvectors, 1);
	machine_ledger_read(&ledger);
	T_EQ(ledger.irq_injections, 1);
	T_EQ(ledger.master_aborts, 1);
	end();
}

TEST(machine, intx_is_a_level)
{
	struct vdev_host *host;

	begin();
	nvectors = 0;
	machine_set_intr_handler(note_vector, NULL);
	host = machine_device_host(5, "fake");
	T_REQUIRE(host != NULL);
	host->intx(host->arg, true);
	host->intx(host->arg, true); /* still asserted: no second edge */
	T_EQ(nvectors, 1);
	T_EQ(vectors[0], MACHINE_INTX_VECTOR(5));
	machine_intx_eoi(5); /* nobody lowered it */
	T_EQ(nvectors, 2);
	host->intx(host->arg, false);
	machine_intx_eoi(5);
	T_EQ(nvectors, 2);
	end();
}

TEST(machine, devices_see_all_of_memory_and_no_more)
{
	struct vdev_host *host;
	uint8_t byte;

	begin();
	host = machine_device_host(5, "fake");
	T_REQUIRE(host != NULL);
	host->mem.probe = NULL; /* AddressSanitizer knows of no allocation */
	T_TRUE(gmem_read(&host->mem, MACHINE_RAM_BASE, &byte, 1));
	T_TRUE(gmem_read(&host->mem, MACHINE_RAM_BASE + machine_ram_size - 1,
	    &byte, 1));
	T_FALSE(gmem_read(&host->mem, MACHINE_RAM_BASE - 1, &byte, 1));
	T_FALSE(gmem_read(&host->mem, MACHINE_RAM_BASE + machine_ram_size,
	    &byte, 1));
	/* A kernel pointer is no address for a device. */
	T_FALSE(gmem_read(&host->mem, MACHINE_KERNEL_VIEW, &byte, 1));
	end();
}

/* A device's turn at a time: the earliest that was asked for. */
static uint64_t
turn_after(uint64_t first, uint64_t second, bool unplug)
{
	static struct vdev idle; /* without a host it has nothing to do */
	struct vdev_host *host;
	uint64_t now;

	begin();
	host = machine_device_host(5, "fake");
	T_REQUIRE(host != NULL);
	T_EQ(host->now(host->arg), 0);
	host->schedule_at(host->arg, &idle, first);
	host->schedule_at(host->arg, &idle, second);
	if (unplug)
		machine_pci_unplug(5);
	T_EQ(sim_run(), SIM_END_QUIET);
	now = host->now(host->arg);
	/* And another one after that. */
	if (!unplug) {
		host->schedule_at(host->arg, &idle, now + 5);
		T_EQ(sim_run(), SIM_END_QUIET);
		T_EQ(host->now(host->arg), now + 5);
	}
	machine_pci_unplug(5);
	end();
	return (now);
}

TEST(machine, devices_get_turns_by_the_clock)
{
	T_EQ(turn_after(1000, 500, false), 500);
	T_EQ(turn_after(500, 1000, false), 500);
	/* What was pulled out gets none. */
	T_EQ(turn_after(500, 1000, true), 0);
}
