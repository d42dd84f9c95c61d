/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See misbehave.h.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/proc.h>

#include <machine/bus.h>

#include "tests/kernel/misbehave.h"

static MALLOC_DEFINE(M_MISBEHAVE, "misbehave", "memory that tests lose");

enum misbehaviour misbehaviour;
static void *lost;

/*
 * --- for kernel_run() ---
 */

void
misbehave_leak(void *unused)
{
	lost = malloc(100, M_MISBEHAVE, M_WAITOK);
}

void
misbehave_panic(void *unused)
{
	panic("misbehaving at %d", 42);
}

void
misbehave_hang(void *unused)
{
	tsleep(&misbehaviour, PNOLOCK, "nobody comes", 0);
}

void
misbehave_misuse(void *unused)
{
	bus_dma_tag_t tag;

	(void)bus_dma_tag_create(NULL, 3, 0, BUS_SPACE_MAXADDR,
	    BUS_SPACE_MAXADDR, NULL, NULL, 512, 1, 512, 0, NULL, NULL, &tag);
}

/*
 * --- the driver ---
 */

static void
misbehave_identify(driver_t *driver, device_t parent)
{
	if (misbehaviour != BEHAVE)
		BUS_ADD_CHILD(parent, 0, "misbehave", -1);
}

static int
misbehave_probe(device_t dev)
{
	device_set_desc(dev, "misbehaving device");
	return (BUS_PROBE_NOWILDCARD);
}

static int
misbehave_attach(device_t dev)
{
	if (misbehaviour == PANIC_AT_ATTACH)
		panic("%s does not attach", device_get_nameunit(dev));
	if (misbehaviour == LEAK_AT_DETACH)
		misbehave_leak(NULL);
	if (bootverbose)
		device_printf(dev, "draws %08x\n", arc4random());
	return (0);
}

static int
misbehave_detach(device_t dev)
{
	if (misbehaviour == PANIC_AT_DETACH)
		panic("%s does not detach", device_get_nameunit(dev));
	if (misbehaviour == HANG_AT_DETACH)
		misbehave_hang(NULL);
	return (0);
}

static kobj_method_t misbehave_methods[] = { DEVMETHOD(device_identify,
						 misbehave_identify),
	DEVMETHOD(device_probe, misbehave_probe),
	DEVMETHOD(device_attach, misbehave_attach),
	DEVMETHOD(device_detach, misbehave_detach), DEVMETHOD_END };
static driver_t misbehave_driver = { "misbehave", misbehave_methods, 0, NULL, 0,
	NULL };
#if __FreeBSD_version < 1400000
static devclass_t misbehave_devclass;
DRIVER_MODULE(misbehave, nexus, misbehave_driver, misbehave_devclass, NULL,
    NULL);
#else
DRIVER_MODULE(misbehave, nexus, misbehave_driver, NULL, NULL);
#endif

/*
 * --- faults below the kernel ---
 */

static void
overflow(void *unused)
{
	/* What a frame too many would have written over. */
	*(volatile uint64_t *)curthread->td_stack = 0;
}

void
misbehave_overflow(void *unused)
{
	kthread_add(overflow, NULL, NULL, NULL, 0, 0, "deep");
	pause("deep", 1);
}

void
misbehave_log(void *unused)
{
	if (bootverbose)
		printf("%s\n", __func__);
}

void
misbehave_random(void *value)
{
	*(uint32_t *)value = arc4random();
}

void
misbehave_say(void *text)
{
	printf("%s", (const char *)text);
}
