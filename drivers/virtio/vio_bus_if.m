#-
# SPDX-License-Identifier: BSD-2-Clause
#
# What a virtio transport (vio_pci) does for the driver of the device behind
# it.  In every method `dev` is the transport, that is
# device_get_parent() of the driver's device.
#
# The order of calls in a driver's attach is that of section 3.1.1:
# negotiate_features, finalize_features, alloc_virtqueues, setup_intr,
# driver_ok; in its detach: stop, free_virtqueues.

#include <sys/types.h>
#include <sys/bus.h>
#include <machine/bus.h>

INTERFACE vio_bus;

HEADER {
	struct vio_vq_info;
};

#
# Resets the device, says that a driver was found, and agrees with it on
# features: those of `features` and the transport's own that the device
# offers.  A device that refuses them (3.1.1, step 6) is reset and asked again,
# first without what only makes queues faster, then without any of `features`.
# Returns what was agreed upon: the driver makes do with it, or fails.  0 when
# there is no agreement, and finalize_features says why.  Through a legacy
# interface, features above bit 31 are never offered and nothing is refused.
#
METHOD uint64_t negotiate_features {
	device_t	dev;
	uint64_t	features;
};

#
# Whether the negotiation has succeeded.  Returns 0; ENOTSUP when the device
# refuses, or is not a virtio 1 device and has no legacy interface; ETIMEDOUT
# when it did not come out of reset; or ENXIO when it has gone.
#
METHOD int finalize_features {
	device_t	dev;
};

#
# Whether all of the bits in `feature` were negotiated.
#
METHOD bool with_feature {
	device_t	dev;
	uint64_t	feature;
};

#
# Allocates the virtqueues 0 to nvqs - 1 as `info` describes them and tells
# the device where they are.  Returns 0, ENXIO when the device does not have
# them or states nonsense about them, or ENOMEM.  On errors nothing stays
# allocated and the device is stopped.  A legacy device decides about the size
# of its queues, which may then exceed vqi_max_size.
#
METHOD int alloc_virtqueues {
	device_t	dev;
	int		nvqs;
	struct vio_vq_info *info;
};

#
# Tears down the interrupts, then frees the virtqueues; the device has been
# stopped.  When this returns no handler runs.  May be called at any time:
# what does not exist is passed over.
#
METHOD void free_virtqueues {
	device_t	dev;
};

#
# Sets up the interrupts of the virtqueues and of configuration changes.
# `type` is the class of bus_setup_intr(9), such as INTR_TYPE_BIO; handlers
# run in an interrupt thread without Giant.  Returns 0 or an errno.
#
METHOD int setup_intr {
	device_t	dev;
	enum intr_type	type;
};

#
# The driver is ready: enables the queues and sets DRIVER_OK.  From here on
# the device may be notified and may interrupt.
#
METHOD void driver_ok {
	device_t	dev;
};

#
# Resets the device.  When this returns the device touches no memory of the
# guest any more; where it does not answer, it has lost bus mastering.  Does
# not sleep.
#
METHOD void stop {
	device_t	dev;
};

#
# Brings a stopped device back with the same features, virtqueues (emptied;
# the driver has drained them) and interrupts; driver_ok follows.  Returns 0
# or an errno, after which the device is as after stop.
#
METHOD int reinit {
	device_t	dev;
};

#
# The doorbell of virtqueue `queue`; `offset` is what the transport gave
# the queue at its allocation.
#
METHOD void notify_vq {
	device_t	dev;
	uint16_t	queue;
	bus_size_t	offset;
};

#
# Reads the field of `len` (1, 2, 4 or 8) bytes at `offset` of the
# device-specific configuration into *dst, in the host's byte order.  Fields
# of 8 bytes are read in halves and only config_generation tells whether
# they belong together.  Returns 0, EINVAL for another length or a
# misaligned offset, or ENXIO when the device's structure does not reach
# that far.
#
METHOD int read_config {
	device_t	dev;
	bus_size_t	offset;
	void		*dst;
	int		len;
};

#
# The reverse of read_config.
#
METHOD int write_config {
	device_t	dev;
	bus_size_t	offset;
	const void	*src;
	int		len;
};

#
# A number that changes whenever the configuration may have (2.5), or -1: a
# legacy device has none, and fields are read until two readings agree.
#
METHOD int config_generation {
	device_t	dev;
};
