#-
# SPDX-License-Identifier: BSD-2-Clause
#
# What a virtio transport tells the driver of the device behind it; here
# `dev` is the driver's device.  Called from an interrupt thread, with no
# lock held, from setup_intr until free_virtqueues.

#include <sys/types.h>
#include <sys/bus.h>

INTERFACE vio;

CODE {
	/* For drivers of devices whose configuration they read only once. */
	static void
	vio_default_config_change(device_t dev)
	{
	}
};

#
# The device-specific configuration has changed (2.5).
#
METHOD void config_change {
	device_t	dev;
} DEFAULT vio_default_config_change;

#
# The device has set DEVICE_NEEDS_RESET (2.1.2): requests that are in flight
# may never complete.
#
METHOD void needs_reset {
	device_t	dev;
};
