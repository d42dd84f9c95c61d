/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_space(9), where no device answers: the accesses and their count.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <machine/bus.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "tests/test.h"

static bus_space_handle_t
window(void)
{
	bus_space_handle_t h;

	T_REQUIRE(bus_space_map(X86_BUS_SPACE_MEM, MACHINE_MMIO_BASE, 4096, 0,
		      &h) == 0);
	return (h);
}

KERNEL_TEST(bus_space, each_access_is_an_exit)
{
	bus_space_tag_t t = X86_BUS_SPACE_MEM;
	bus_space_handle_t h = window(), sub;
	struct machine_ledger start, end, delta;
	uint16_t data[3] = { 0 };

	machine_ledger_read(&start);
	T_EQ(bus_space_read_1(t, h, 0), 0xff);
	T_EQ(bus_space_read_2(t, h, 2), 0xffff);
	T_EQ(bus_space_read_4(t, h, 4), 0xffffffff);
	T_EQ(bus_space_read_8(t, h, 8), UINT64_MAX);
	bus_space_write_4(t, h, 0, 1);
	bus_space_read_region_2(t, h, 0, data, 3);
	T_EQ(data[2], 0xffff);
	bus_space_set_multi_1(t, h, 0, 0, 5);
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &delta);
	T_EQ(delta.mmio_exits, 13);
	T_EQ(delta.master_aborts, 13);
	T_EQ(bus_space_subregion(t, h, 16, 16, &sub), 0);
	T_EQ(sub, h + 16);
	bus_space_barrier(t, h, 0, 4, BUS_SPACE_BARRIER_WRITE);
	bus_space_unmap(t, h, 4096);
}

KERNEL_TEST(bus_space, handles_of_ports_are_ports)
{
	bus_space_tag_t t = X86_BUS_SPACE_IO;
	struct machine_ledger start, end, delta;
	bus_space_handle_t h, sub;

	T_EQ(bus_space_map(t, 0xc000, 32, 0, &h), 0);
	T_EQ(h, 0xc000);
	T_EQ(bus_space_subregion(t, h, 16, 4, &sub), 0);
	T_EQ(sub, 0xc010);
	machine_ledger_read(&start);
	T_EQ(bus_space_read_1(t, h, 0), 0xff);
	T_EQ(bus_space_read_2(t, h, 2), 0xffff);
	T_EQ(bus_space_read_4(t, h, 4), 0xffffffff);
	bus_space_write_2(t, h, 16, 0);
	machine_ledger_read(&end);
	machine_ledger_delta(&start, &end, &delta);
	T_EQ(delta.io_exits, 4);
	T_EQ(delta.mmio_exits, 0);
	T_EQ(delta.exits, 4);
	T_EQ(delta.master_aborts, 4);
	bus_space_unmap(t, h, 32);
}

KERNEL_TEST(bus_space, what_cannot_be_mapped)
{
	bus_space_handle_t h;

	T_EQ(bus_space_map(X86_BUS_SPACE_IO, 0xffff, 1, 0, &h), 0);
	T_EQ(bus_space_map(X86_BUS_SPACE_IO, 0xffff, 2, 0, &h), EINVAL);
	T_EQ(bus_space_map(X86_BUS_SPACE_IO, 0x10000, 1, 0, &h), EINVAL);
	T_EQ(bus_space_map(X86_BUS_SPACE_IO, 0xc000, 0, 0, &h), EINVAL);
	T_EQ(bus_space_map(X86_BUS_SPACE_MEM, 0, 0, 0, &h), EINVAL);
	T_EQ(bus_space_map(2, 0xc000, 32, 0, &h), EOPNOTSUPP);
}

KERNEL_TEST_ALWAYS_PANICS(bus_space, memory_is_no_port, "is not a port")
{
	(void)bus_space_read_1(X86_BUS_SPACE_IO, window(), 0);
}

KERNEL_TEST_ALWAYS_PANICS(bus_space, ports_end, "0xc000+0x4000 is not a port")
{
	(void)bus_space_read_1(X86_BUS_SPACE_IO, 0xc000, 0x4000);
}

KERNEL_TEST_ALWAYS_PANICS(bus_space, there_are_two_spaces,
    "tag 2 is no address space")
{
	(void)bus_space_read_1(2, window(), 0);
}

KERNEL_TEST_MISUSE(bus_space, no_port_has_8_bytes, "up to 4 bytes")
{
	T_EQ(bus_space_read_8(X86_BUS_SPACE_IO, 0xc000, 0), UINT64_MAX);
}

KERNEL_TEST_MISUSE(bus_space, no_port_takes_8_bytes, "up to 4 bytes")
{
	bus_space_write_8(X86_BUS_SPACE_IO, 0xc000, 0, 0);
}

KERNEL_TEST_ALWAYS_PANICS(bus_space, addresses_are_not_handles,
    "is not a handle")
{
	(void)bus_space_read_1(X86_BUS_SPACE_MEM, 0xc0000000, 0);
}

KERNEL_TEST_MISUSE(bus_space, barriers_say_what_for, "flags 0")
{
	bus_space_barrier(X86_BUS_SPACE_MEM, window(), 0, 4, 0);
}
