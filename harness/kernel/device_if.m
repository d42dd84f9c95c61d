#-
# SPDX-License-Identifier: BSD-2-Clause
#
# What every driver implements: the life of a device (DEVICE_PROBE(9) and
# its neighbours).
#

#include <sys/bus.h>

INTERFACE device;

CODE {
	static int
	null_result(device_t dev)
	{
		return (0);
	}

	static void *
	null_register(device_t dev)
	{
		return (NULL);
	}
};

/**
 * Does the driver know this device?  Returns a BUS_PROBE_ bid or an errno.
 */
METHOD int probe {
	device_t dev;
};

/**
 * Adds to the bus what it cannot find by itself.
 */
STATICMETHOD void identify {
	driver_t *driver;
	device_t parent;
};

METHOD int attach {
	device_t dev;
};

METHOD int detach {
	device_t dev;
};

METHOD int shutdown {
	device_t dev;
} DEFAULT null_result;

METHOD int suspend {
	device_t dev;
} DEFAULT null_result;

METHOD int resume {
	device_t dev;
} DEFAULT null_result;

/**
 * Asks the driver to become idle before its module is unloaded.
 */
METHOD int quiesce {
	device_t dev;
} DEFAULT null_result;

METHOD void * register {
	device_t dev;
} DEFAULT null_register;
