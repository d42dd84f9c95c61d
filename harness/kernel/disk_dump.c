/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * disk(9): crash dumps.  The kernel that dumps has panicked: nothing else of
 * it runs, so the driver has to poll the device, which goes on.
 */
#include "kernel/disk_var.h"

#include <machine/cpu.h>
#include <sys/proc.h>

/* Virtual time between the panic, or the piece before, and a piece. */
#define DUMP_PAUSE 1000 /* us */

/* What dumpsys checks before it asks the driver. */
static int
dump_check(const struct kernel_disk *disk, const void *data, uint64_t offset,
    size_t length)
{
	const struct disk *dp = disk->dp;

	if (disk->gone || dp == NULL)
		return (ENXIO);
	if (dp->d_dump == NULL)
		return (ENODEV);
	if (length == 0)
		return (data == NULL && offset == 0 ? 0 : EINVAL);
	if (dp->d_sectorsize == 0 || offset % dp->d_sectorsize != 0 ||
	    length % dp->d_sectorsize != 0 || length > dp->d_maxsize)
		return (EINVAL);
	if (offset > disk->media_size || length > disk->media_size - offset)
		return (ENXIO);
	return (0);
}

int
kernel_disk_dump(struct kernel_disk *disk, void *data, uint64_t offset,
    size_t length)
{
	struct disk *dp = disk->dp;
	int error;

	HOST_ASSERT(disk->opens > 0);
	error = dump_check(disk, data, offset, length);
	if (error != 0)
		return (error);
	if (curthread->td_locks != 0 || curthread->td_spinlocks != 0)
		panic("kernel_disk_dump: with %d locks held",
		    curthread->td_locks + curthread->td_spinlocks);
	scheduler_stopped = true;
	sim_alone(true);
	/*
	 * Devices are processors of their own and have finished what they
	 * could by now.  Drivers may look for it in loops that never let
	 * anybody else run.
	 */
	DELAY(DUMP_PAUSE);
#if __FreeBSD_version >= 1400000
	error = dp->d_dump(dp, data, (off_t)offset, length);
#else
	/* The physical address has been 0 for as long as anybody knows. */
	error = dp->d_dump(dp, data, 0, (off_t)offset, length);
#endif
	sim_alone(false);
	scheduler_stopped = false;
	return (error);
}
