/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A driver that does one wrong thing; see baddriver.h.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/interrupt.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <machine/intr_machdep.h>

#include "machine/machine.h"
#include "model/device.h"
#include "tests/kernel/baddriver.h"
#include "tests/test.h"

#define BAD_IRQ (IRQ_MSI_FIRST + 9)

static MALLOC_DEFINE(M_BAD, "baddriver", "What a bad driver allocates");

static enum bad_deed deed;
static struct mtx bad_mtx;
static void *bad_cookie;
/* The compiler must believe all of it. */
static volatile int bad_zero;
static int *volatile bad_null;
static void (*volatile bad_null_function)(void);
static volatile bool bad_never;

/*
 * --- faults ---
 */

static int __attribute__((noinline)) bad_recurse(int depth)
{
	volatile char frame[200];

	frame[depth & 127] = 1;
	if (depth == 0)
		return (0);
	return (bad_recurse(depth - 1) + frame[depth & 127]);
}

static int __attribute__((noinline)) bad_huge_frame(void)
{
	volatile char frame[1 << 20];

	frame[bad_zero] = 1;
	return (frame[bad_zero]);
}

static void
bad_divide(void)
{
	if (deed == BAD_DIVIDES_BY_ZERO)
		bad_zero = 100 / bad_zero;
}

/* Without a sanitizer that would be there before the processor. */
static void __attribute__((no_sanitize("undefined"))) bad_fault(void)
{
	switch (deed) {
	case BAD_READS_NULL:
		bad_zero += *bad_null;
		break;
	case BAD_WRITES_NULL:
		*bad_null = 1;
		break;
	case BAD_CALLS_NULL:
		bad_null_function();
		break;
	case BAD_READS_NOWHERE:
		bad_zero += *(volatile char *)UINT64_C(0x8000deadbeef0000);
		break;
	case BAD_ILLEGAL_INSTRUCTION:
		__builtin_trap();
	case BAD_STACK_OVERFLOW:
		bad_zero += bad_recurse(100000000);
		break;
	case BAD_HUGE_FRAME:
		bad_zero += bad_huge_frame();
		break;
	default:
		break;
	}
}

/*
 * --- rules ---
 */

static void
bad_rules(void)
{
	char *p;

	switch (deed) {
	case BAD_MUTEX_RECURSED:
		mtx_lock(&bad_mtx);
		mtx_lock(&bad_mtx);
		mtx_unlock(&bad_mtx);
		mtx_unlock(&bad_mtx);
		break;
	case BAD_MUTEX_NOT_OWNED:
		mtx_unlock(&bad_mtx);
		break;
	case BAD_FREES_TWICE:
		p = malloc(100, M_BAD, M_WAITOK);
		free(p, M_BAD);
		free(p, M_BAD);
		break;
	case BAD_USES_FREED:
		p = malloc(100, M_BAD, M_WAITOK);
		free(p, M_BAD);
		*(volatile char *)p = 1;
		/* Without a sanitizer it is seen when its turn comes. */
		for (int i = 0; i < 100; i++)
			T_TRUE(malloc(100, M_BAD, M_WAITOK) != NULL);
		break;
	default:
		break;
	}
}

/*
 * --- loops ---
 */

static void
bad_loop(void)
{
	char text[4096];

	switch (deed) {
	case BAD_ATTACH_SPINS:
	case BAD_HANDLER_SPINS:
		while (!bad_never)
			;
		break;
	case BAD_ATTACH_MEASURES:
		while (!bad_never) {
			memset(text, bad_zero + 1, sizeof(text) - 1);
			text[sizeof(text) - 1] = 0;
			bad_zero = strlen(text) & 1;
		}
		break;
	case BAD_ATTACH_WAITS:
		tsleep(&bad_mtx, PNOLOCK, "badwait", 0);
		break;
	case BAD_ATTACH_POLLS:
		while (!bad_never)
			pause("badpoll", 1);
		break;
	default:
		break;
	}
}

/*
 * --- interrupts ---
 */

static void
bad_handler(void *arg)
{
	switch (deed) {
	case BAD_HANDLER_SLEEPS:
		pause("badintr", hz);
		break;
	case BAD_HANDLER_KEEPS_LOCK:
		mtx_lock(&bad_mtx);
		break;
	case BAD_HANDLER_READS_NULL:
		deed = BAD_READS_NULL;
		bad_fault();
		break;
	default:
		bad_loop();
	}
}

static int
bad_filter(void *arg)
{
	if (deed == BAD_FILTER_SLEEPS)
		pause("badfilt", hz);
	return (FILTER_SCHEDULE_THREAD);
}

/* As a device does it, with a message. */
static void
bad_interrupt(void)
{
	struct vdev_host *host = machine_device_host(9, "bad");
	uint64_t address;
	uint32_t data;

	machine_msi_message(BAD_IRQ, &address, &data);
	host->msi(host->arg, address, data);
	/* Time for the handler. */
	pause("badtime", 1);
}

/*
 * --- the driver ---
 */

static int
bad_probe(device_t dev)
{
	device_set_desc(dev, "Bad device");
	return (BUS_PROBE_DEFAULT);
}

static int
bad_attach(device_t dev)
{
	int error;

	mtx_init(&bad_mtx, device_get_nameunit(dev), NULL, MTX_DEF);
	error = intr_add_handler(dev, BAD_IRQ, bad_filter, bad_handler, NULL,
	    INTR_TYPE_MISC | INTR_MPSAFE, &bad_cookie);
	T_REQUIRE(error == 0);
	if (deed == BAD_ATTACH_PANICS)
		panic("%s cannot go on", device_get_nameunit(dev));
	bad_fault();
	bad_divide();
	bad_rules();
	if (deed < BAD_HANDLER_SLEEPS)
		bad_loop();
	else
		bad_interrupt();
	return (0);
}

static int
bad_detach(device_t dev)
{
	if (deed == BAD_DETACH_PANICS)
		panic("%s does not let go", device_get_nameunit(dev));
	intr_event_remove_handler(bad_cookie);
	mtx_destroy(&bad_mtx);
	return (0);
}

static device_method_t bad_methods[] = {
	DEVMETHOD(device_probe, bad_probe),
	DEVMETHOD(device_attach, bad_attach),
	DEVMETHOD(device_detach, bad_detach),
	DEVMETHOD_END,
};

static driver_t bad_driver = {
	.name = "baddriver",
	.methods = bad_methods,
};

void
baddriver_main(void *arg)
{
	devclass_t class;
	device_t dev;

	deed = *(enum bad_deed *)arg;
	T_REQUIRE(devclass_add_driver(root_devclass, &bad_driver,
		      BUS_PASS_DEFAULT, &class) == 0);
	dev = device_add_child(root_bus, "baddriver", -1);
	T_REQUIRE(dev != NULL);
	T_EQ(device_probe_and_attach(dev), 0);
	T_EQ(device_delete_child(root_bus, dev), 0);
	T_EQ(devclass_delete_driver(root_devclass, &bad_driver), 0);
}
