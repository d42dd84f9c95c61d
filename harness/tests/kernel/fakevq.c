/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See fakevq.h.
 */
#include "tests/kernel/fakevq.h"

#include <sys/systm.h>
#include <sys/endian.h>
#include <sys/kernel.h>
#include <sys/module.h>

#include "kernel/kernel.h"
#include "sim/sim.h"
#include "tests/dmadev.h"
#include "tests/test.h"

#include "vio_bus_if.h"

/*
 * --- the bus ---
 */

static struct fakevq *current;

static int
fakevq_probe(device_t dev)
{
	device_set_desc(dev, "virtqueue of a test");
	return (0);
}

static int
fakevq_attach(device_t dev)
{
	return (0);
}

static void
fakevq_notify_vq(device_t dev, uint16_t queue, bus_size_t offset)
{
	T_EQ(queue, 3);
	T_EQ(offset, 0x30);
	current->notified++;
}

static kobj_method_t fakevq_methods[] = { DEVMETHOD(device_probe, fakevq_probe),
	DEVMETHOD(device_attach, fakevq_attach),
	DEVMETHOD(device_detach, fakevq_attach),
	DEVMETHOD(vio_bus_notify_vq, fakevq_notify_vq), DEVMETHOD_END };
static driver_t fakevq_driver = { "fakevq", fakevq_methods, 0, NULL, 0, NULL };
static devclass_t fakevq_class;

void
fakevq_open(struct fakevq *f, uint16_t size, uint64_t features,
    uint16_t max_indirect)
{
	const struct vio_vq_info info = {
		.vqi_name = "test queue",
		.vqi_max_size = size,
		.vqi_max_indirect = max_indirect,
	};

	memset(f, 0, sizeof(*f));
	f->size = size;
	T_REQUIRE(devclass_add_driver(root_devclass, &fakevq_driver,
		      BUS_PASS_DEFAULT, &fakevq_class) == 0);
	f->bus = device_add_child(root_bus, "fakevq", -1);
	T_REQUIRE(f->bus != NULL);
	T_REQUIRE(device_probe_and_attach(f->bus) == 0);
	current = f;
	T_REQUIRE(vio_vq_alloc(f->bus, 3, size, 4, 0x30, features, &info,
		      &f->vq) == 0);
}

void
fakevq_close(struct fakevq *f)
{
	while (vio_vq_drain(f->vq) != NULL)
		;
	vio_vq_free(f->vq);
	T_EQ(device_delete_child(root_bus, f->bus), 0);
	T_EQ(devclass_delete_driver(root_devclass, &fakevq_driver), 0);
	current = NULL;
}

/*
 * --- as the driver ---
 */

int
fakevq_put(struct fakevq *f, void *cookie, int nread, int nwrite)
{
	static bus_dma_segment_t segs[512];
	int i;

	for (i = 0; i < nread + nwrite && i < 512; i++)
		segs[i] = (bus_dma_segment_t) { 0x100000 + i * 0x1000, 16 };
	return (vio_vq_enqueue(f->vq, cookie, segs, nread, nwrite));
}

void *
fakevq_get(struct fakevq *f, int *error)
{
	void *cookie = NULL;
	uint32_t length;
	int e;

	e = vio_vq_dequeue(f->vq, &cookie, &length);
	if (error != NULL)
		*error = e;
	return (e == 0 ? cookie : NULL);
}

/*
 * --- as the device ---
 */

uint16_t
fakevq_peek(struct fakevq *f, bus_addr_t at)
{
	uint16_t value;

	T_REQUIRE(dmadev_read(at, &value, sizeof(value)));
	return (le16toh(value));
}

void
fakevq_poke(struct fakevq *f, bus_addr_t at, uint16_t value)
{
	value = htole16(value);
	T_REQUIRE(dmadev_write(at, &value, sizeof(value)));
}

static struct vio_desc
read_desc(bus_addr_t at)
{
	struct vio_desc desc;

	T_REQUIRE(dmadev_read(at, &desc, sizeof(desc)));
	desc.addr = le64toh(desc.addr);
	desc.len = le32toh(desc.len);
	desc.flags = le16toh(desc.flags);
	desc.next = le16toh(desc.next);
	return (desc);
}

struct vio_desc
fakevq_desc(struct fakevq *f, uint16_t index)
{
	return (read_desc(vio_vq_desc_addr(f->vq) + index * 16));
}

struct vio_desc
fakevq_entry(struct fakevq *f, const struct vio_desc *where, uint16_t index)
{
	T_REQUIRE((where->flags & VIO_DESC_F_INDIRECT) != 0);
	T_REQUIRE(index * 16 < where->len);
	return (read_desc(where->addr + index * 16));
}

uint16_t
fakevq_pending(struct fakevq *f)
{
	return (fakevq_peek(f, FAKEVQ_AVAIL_IDX(f)) - f->next);
}

uint16_t
fakevq_take(struct fakevq *f)
{
	bus_addr_t ring = vio_vq_avail_addr(f->vq) + 4;

	T_REQUIRE(fakevq_pending(f) > 0);
	return (fakevq_peek(f, ring + 2 * (f->next++ & (f->size - 1))));
}

void
fakevq_give(struct fakevq *f, uint32_t id, uint32_t length)
{
	struct vio_used_elem elem = { htole32(id), htole32(length) };

	T_REQUIRE(dmadev_write(vio_vq_used_addr(f->vq) + 4 +
		8 * (f->used++ & (f->size - 1)),
	    &elem, sizeof(elem)));
	fakevq_poke(f, FAKEVQ_USED_IDX(f), f->used);
}

unsigned
fakevq_use_all(struct fakevq *f)
{
	unsigned n;

	for (n = 0; fakevq_pending(f) > 0; n++)
		fakevq_give(f, fakevq_take(f), 0);
	return (n);
}

/*
 * --- both at once ---
 */

static struct {
	unsigned turn;
	void (*fn)(void *);
	void *arg;
	bool over;
} race;

static void
race_thread(void *arg)
{
	unsigned i;

	for (i = 0; i < race.turn; i++)
		sim_yield();
	race.fn(race.arg);
	race.over = true;
}

void
fakevq_race(unsigned turn, void (*fn)(void *), void *arg)
{
	race.turn = turn;
	race.fn = fn;
	race.arg = arg;
	race.over = false;
	kernel_spawn("device", race_thread, NULL);
	sim_preemptive = true;
}

void
fakevq_race_end(void)
{
	sim_preemptive = false;
	while (!race.over)
		sim_yield();
}
