/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bus_space(9).
 *
 * A handle of memory space is an address in a window that is never mapped:
 * registers answer to these functions alone, and a driver that dereferences
 * one faults, as it would read stale or wrong data on a real machine.  In I/O
 * space it is a port's number.  Each access is one trap of the machine.
 */
#ifndef _MACHINE_BUS_H_
#define _MACHINE_BUS_H_

#include <sys/types.h>
#include <machine/_bus.h>
#include <machine/bus_dma.h>

#define X86_BUS_SPACE_IO		0
#define X86_BUS_SPACE_MEM		1

#define BUS_SPACE_MAXSIZE_24BIT		0xFFFFFF
#define BUS_SPACE_MAXSIZE_32BIT		0xFFFFFFFF
#define BUS_SPACE_MAXSIZE		0xFFFFFFFFFFFFFFFFULL
#define BUS_SPACE_MAXADDR_24BIT		0xFFFFFF
#define BUS_SPACE_MAXADDR_32BIT		0xFFFFFFFF
#define BUS_SPACE_MAXADDR_48BIT		0xFFFFFFFFFFFFULL
#define BUS_SPACE_MAXADDR		0xFFFFFFFFFFFFFFFFULL

#define BUS_SPACE_INVALID_DATA		(~0)
#define BUS_SPACE_UNRESTRICTED		(~0)

#define BUS_SPACE_BARRIER_READ		0x01
#define BUS_SPACE_BARRIER_WRITE		0x02

#define BUS_SPACE_ALIGNED_POINTER(p, t) ALIGNED_POINTER(p, t)

int bus_space_map(bus_space_tag_t tag, bus_addr_t addr, bus_size_t size,
    int flags, bus_space_handle_t *handle);
void bus_space_unmap(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t size);
int bus_space_subregion(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, bus_space_handle_t *result);
void bus_space_barrier(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, bus_size_t size, int flags);

uint8_t bus_space_read_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset);
void bus_space_write_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint8_t value);
void bus_space_read_multi_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint8_t *data, bus_size_t count);
void bus_space_write_multi_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint8_t *data, bus_size_t count);
void bus_space_read_region_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint8_t *data, bus_size_t count);
void bus_space_write_region_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint8_t *data, bus_size_t count);
void bus_space_set_multi_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint8_t value, bus_size_t count);
void bus_space_set_region_1(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint8_t value, bus_size_t count);

uint16_t bus_space_read_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset);
void bus_space_write_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint16_t value);
void bus_space_read_multi_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint16_t *data, bus_size_t count);
void bus_space_write_multi_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint16_t *data, bus_size_t count);
void bus_space_read_region_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint16_t *data, bus_size_t count);
void bus_space_write_region_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint16_t *data, bus_size_t count);
void bus_space_set_multi_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint16_t value, bus_size_t count);
void bus_space_set_region_2(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint16_t value, bus_size_t count);

uint32_t bus_space_read_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset);
void bus_space_write_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint32_t value);
void bus_space_read_multi_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint32_t *data, bus_size_t count);
void bus_space_write_multi_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint32_t *data, bus_size_t count);
void bus_space_read_region_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint32_t *data, bus_size_t count);
void bus_space_write_region_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint32_t *data, bus_size_t count);
void bus_space_set_multi_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint32_t value, bus_size_t count);
void bus_space_set_region_4(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint32_t value, bus_size_t count);

uint64_t bus_space_read_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset);
void bus_space_write_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint64_t value);
void bus_space_read_multi_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint64_t *data, bus_size_t count);
void bus_space_write_multi_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint64_t *data, bus_size_t count);
void bus_space_read_region_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint64_t *data, bus_size_t count);
void bus_space_write_region_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, const uint64_t *data, bus_size_t count);
void bus_space_set_multi_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint64_t value, bus_size_t count);
void bus_space_set_region_8(bus_space_tag_t tag, bus_space_handle_t handle,
    bus_size_t offset, uint64_t value, bus_size_t count);

/* No byte order to convert on a little-endian machine. */
#define bus_space_read_stream_1(t, h, o)     bus_space_read_1(t, h, o)
#define bus_space_write_stream_1(t, h, o, v) bus_space_write_1(t, h, o, v)
#define bus_space_read_multi_stream_1(t, h, o, d, c) \
	bus_space_read_multi_1(t, h, o, d, c)
#define bus_space_write_multi_stream_1(t, h, o, d, c) \
	bus_space_write_multi_1(t, h, o, d, c)
#define bus_space_read_region_stream_1(t, h, o, d, c) \
	bus_space_read_region_1(t, h, o, d, c)
#define bus_space_write_region_stream_1(t, h, o, d, c) \
	bus_space_write_region_1(t, h, o, d, c)
#define bus_space_set_multi_stream_1(t, h, o, v, c) \
	bus_space_set_multi_1(t, h, o, v, c)
#define bus_space_set_region_stream_1(t, h, o, v, c) \
	bus_space_set_region_1(t, h, o, v, c)
#define bus_space_read_stream_2(t, h, o)     bus_space_read_2(t, h, o)
#define bus_space_write_stream_2(t, h, o, v) bus_space_write_2(t, h, o, v)
#define bus_space_read_multi_stream_2(t, h, o, d, c) \
	bus_space_read_multi_2(t, h, o, d, c)
#define bus_space_write_multi_stream_2(t, h, o, d, c) \
	bus_space_write_multi_2(t, h, o, d, c)
#define bus_space_read_region_stream_2(t, h, o, d, c) \
	bus_space_read_region_2(t, h, o, d, c)
#define bus_space_write_region_stream_2(t, h, o, d, c) \
	bus_space_write_region_2(t, h, o, d, c)
#define bus_space_set_multi_stream_2(t, h, o, v, c) \
	bus_space_set_multi_2(t, h, o, v, c)
#define bus_space_set_region_stream_2(t, h, o, v, c) \
	bus_space_set_region_2(t, h, o, v, c)
#define bus_space_read_stream_4(t, h, o)     bus_space_read_4(t, h, o)
#define bus_space_write_stream_4(t, h, o, v) bus_space_write_4(t, h, o, v)
#define bus_space_read_multi_stream_4(t, h, o, d, c) \
	bus_space_read_multi_4(t, h, o, d, c)
#define bus_space_write_multi_stream_4(t, h, o, d, c) \
	bus_space_write_multi_4(t, h, o, d, c)
#define bus_space_read_region_stream_4(t, h, o, d, c) \
	bus_space_read_region_4(t, h, o, d, c)
#define bus_space_write_region_stream_4(t, h, o, d, c) \
	bus_space_write_region_4(t, h, o, d, c)
#define bus_space_set_multi_stream_4(t, h, o, v, c) \
	bus_space_set_multi_4(t, h, o, v, c)
#define bus_space_set_region_stream_4(t, h, o, v, c) \
	bus_space_set_region_4(t, h, o, v, c)
#define bus_space_read_stream_8(t, h, o)     bus_space_read_8(t, h, o)
#define bus_space_write_stream_8(t, h, o, v) bus_space_write_8(t, h, o, v)
#define bus_space_read_multi_stream_8(t, h, o, d, c) \
	bus_space_read_multi_8(t, h, o, d, c)
#define bus_space_write_multi_stream_8(t, h, o, d, c) \
	bus_space_write_multi_8(t, h, o, d, c)
#define bus_space_read_region_stream_8(t, h, o, d, c) \
	bus_space_read_region_8(t, h, o, d, c)
#define bus_space_write_region_stream_8(t, h, o, d, c) \
	bus_space_write_region_8(t, h, o, d, c)
#define bus_space_set_multi_stream_8(t, h, o, v, c) \
	bus_space_set_multi_8(t, h, o, v, c)
#define bus_space_set_region_stream_8(t, h, o, v, c) \
	bus_space_set_region_8(t, h, o, v, c)

#endif /* !_MACHINE_BUS_H_ */
