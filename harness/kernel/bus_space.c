/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_space(9) on the machine's register windows.
 *
 * Each element is one access of the machine, which counts it and lets other
 * tasks in first.  Handles of I/O space are port numbers, as on amd64.
 */
#include "kernel/kern.h"

#include <machine/bus.h>

#define IO_PORT_MAX 0xffff

/* The guest-physical address behind a handle. */
static uint64_t
bus_space_address(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset)
{
	kern_spin();
	if (tag == X86_BUS_SPACE_IO) {
		if (__predict_false(
			handle > IO_PORT_MAX || offset > IO_PORT_MAX - handle))
			panic("bus_space: %#lx+%#lx is not a port",
			    (u_long)handle, (u_long)offset);
		return (handle + offset);
	}
	if (__predict_false(tag != X86_BUS_SPACE_MEM))
		panic("bus_space: tag %lu is no address space", (u_long)tag);
	if (__predict_false(handle < MACHINE_MMIO_VIEW))
		panic("bus_space: %#lx is not a handle", (u_long)handle);
	return (handle - MACHINE_MMIO_VIEW + offset);
}

static uint64_t
bus_space_load(bus_space_tag_t tag, uint64_t address, unsigned width)
{
	if (tag == X86_BUS_SPACE_MEM)
		return (machine_mmio_read(address, width));
	if (width <= 4)
		return (machine_port_read(address, width));
	kern_misuse("bus_space_read_%u: ports have up to 4 bytes", width);
	return (BUS_SPACE_INVALID_DATA);
}

static void
bus_space_store(bus_space_tag_t tag, uint64_t address, uint64_t value,
    unsigned width)
{
	if (tag == X86_BUS_SPACE_MEM)
		machine_mmio_write(address, value, width);
	else if (width <= 4)
		machine_port_write(address, value, width);
	else
		kern_misuse("bus_space_write_%u: ports have up to 4 bytes",
		    width);
}

int
bus_space_map(bus_space_tag_t tag, bus_addr_t addr, bus_size_t size, int flags,
    bus_space_handle_t *handle)
{
	if (tag == X86_BUS_SPACE_IO) {
		if (size == 0 || addr > IO_PORT_MAX ||
		    size - 1 > IO_PORT_MAX - addr)
			return (EINVAL);
		*handle = addr;
		return (0);
	}
	if (tag != X86_BUS_SPACE_MEM)
		return (EOPNOTSUPP);
	if (size == 0 || addr + size < addr || addr + size > MACHINE_MMIO_VIEW)
		return (EINVAL);
	*handle = MACHINE_MMIO_VIEW + addr;
	return (0);
}

void
bus_space_unmap(bus_space_tag_t tag, bus_space_handle_t handle, bus_size_t size)
{
	(void)bus_space_address(tag, handle, 0);
}

int
bus_space_subregion(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, bus_space_handle_t *result)
{
	(void)bus_space_address(tag, handle, offset);
	*result = handle + offset;
	return (0);
}

void
bus_space_barrier(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, int flags)
{
	(void)bus_space_address(tag, handle, offset);
	if (flags == 0 ||
	    (flags & ~(BUS_SPACE_BARRIER_READ | BUS_SPACE_BARRIER_WRITE)) != 0)
		kern_misuse("bus_space_barrier: flags %#x", flags);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	sim_point(SIM_POINT_BARRIER);
}

/* The accessors differ in nothing but the width. */
#define BUS_SPACE_WIDTH(bytes, type)                                           \
	type bus_space_read_##bytes(bus_space_tag_t tag,                       \
	    bus_space_handle_t handle, bus_size_t offset)                      \
	{                                                                      \
		return (bus_space_load(tag,                                    \
		    bus_space_address(tag, handle, offset), bytes));           \
	}                                                                      \
	void bus_space_write_##bytes(bus_space_tag_t tag,                      \
	    bus_space_handle_t handle, bus_size_t offset, type value)          \
	{                                                                      \
		bus_space_store(tag, bus_space_address(tag, handle, offset),   \
		    value, bytes);                                             \
	}                                                                      \
	void bus_space_read_multi_##bytes(bus_space_tag_t tag,                 \
	    bus_space_handle_t handle, bus_size_t offset, type *data,          \
	    bus_size_t count)                                                  \
	{                                                                      \
		for (; count > 0; count--)                                     \
			*data++ = bus_space_read_##bytes(tag, handle, offset); \
	}                                                                      \
	void bus_space_write_multi_##bytes(bus_space_tag_t tag,                \
	    bus_space_handle_t handle, bus_size_t offset, const type *data,    \
	    bus_size_t count)                                                  \
	{                                                                      \
		for (; count > 0; count--)                                     \
			bus_space_write_##bytes(tag, handle, offset, *data++); \
	}                                                                      \
	void bus_space_read_region_##bytes(bus_space_tag_t tag,                \
	    bus_space_handle_t handle, bus_size_t offset, type *data,          \
	    bus_size_t count)                                                  \
	{                                                                      \
		for (; count > 0; count--, offset += bytes)                    \
			*data++ = bus_space_read_##bytes(tag, handle, offset); \
	}                                                                      \
	void bus_space_write_region_##bytes(bus_space_tag_t tag,               \
	    bus_space_handle_t handle, bus_size_t offset, const type *data,    \
	    bus_size_t count)                                                  \
	{                                                                      \
		for (; count > 0; count--, offset += bytes)                    \
			bus_space_write_##bytes(tag, handle, offset, *data++); \
	}                                                                      \
	void bus_space_set_multi_##bytes(bus_space_tag_t tag,                  \
	    bus_space_handle_t handle, bus_size_t offset, type value,          \
	    bus_size_t count)                                                  \
	{                                                                      \
		for (; count > 0; count--)                                     \
			bus_space_write_##bytes(tag, handle, offset, value);   \
	}                                                                      \
	void bus_space_set_region_##bytes(bus_space_tag_t tag,                 \
	    bus_space_handle_t handle, bus_size_t offset, type value,          \
	    bus_size_t count)                                                  \
	{                                                                      \
		for (; count > 0; count--, offset += bytes)                    \
			bus_space_write_##bytes(tag, handle, offset, value);   \
	}

BUS_SPACE_WIDTH(1, uint8_t)
BUS_SPACE_WIDTH(2, uint16_t)
BUS_SPACE_WIDTH(4, uint32_t)
BUS_SPACE_WIDTH(8, uint64_t)
