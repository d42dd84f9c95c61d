/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See dmadev.h.
 */
#include <string.h>

#include "machine/machine.h"
#include "model/device.h"
#include "tests/dmadev.h"
#include "tests/test.h"

#define DMADEV_SLOT 30

static const char *dmadev_refused;

/* The machine has no way to ask for a device's host again: keep it. */
static void *
dmadev_map(uint64_t gpa, size_t length, enum gmem_access access)
{
	static struct vdev_host *host;
	struct vdev_host *new = machine_device_host(DMADEV_SLOT, "dma0");

	if (new != NULL)
		host = new;
	T_REQUIRE(host != NULL);
	dmadev_refused = NULL;
	return (gmem_map(&host->mem, gpa, length, access, &dmadev_refused));
}

bool
dmadev_read(uint64_t gpa, void *buffer, size_t length)
{
	const void *from = dmadev_map(gpa, length, GMEM_READ);

	if (from != NULL)
		memcpy(buffer, from, length);
	return (from != NULL);
}

bool
dmadev_write(uint64_t gpa, const void *buffer, size_t length)
{
	void *to = dmadev_map(gpa, length, GMEM_WRITE);

	if (to != NULL)
		memcpy(to, buffer, length);
	return (to != NULL);
}

const char *
dmadev_why(void)
{
	return (dmadev_refused);
}
