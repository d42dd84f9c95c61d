/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See crowd.h.
 */
#include <string.h>

#include "tests/drivers/crowd.h"
#include "tests/test.h"

struct crowd crowd;

static void
crowd_done(struct kernel_disk_io *io)
{
	crowd.done++;
	if (io->error != 0) {
		crowd.errors++;
		crowd.error = io->error;
		crowd.short_ones += io->residual != io->length;
	} else {
		crowd.short_ones += io->residual != 0;
	}
	kernel_sema_post(&crowd.sema);
}

static void
submit(void *arg)
{
	struct kernel_disk *disk = kernel_disk_open("vbd0");
	uint8_t *buffer = kernel_buffer_alloc(CROWD * 4096);

	(void)arg;
	T_REQUIRE(disk != NULL && buffer != NULL);
	for (unsigned i = 0; i < CROWD; i++) {
		memset(buffer + i * 4096, (int)i + 1, 4096);
		crowd.io[i] = (struct kernel_disk_io) {
			.op =
			    crowd.write ? KERNEL_DISK_WRITE : KERNEL_DISK_READ,
			.offset = i * 8192,
			.length = 4096,
			.data = buffer + i * 4096,
			.done = crowd_done,
		};
		kernel_disk_submit(disk, &crowd.io[i]);
	}
	if (crowd.meanwhile != NULL)
		crowd.meanwhile(&crowd);
	for (unsigned i = 0; i < CROWD; i++)
		kernel_sema_wait(&crowd.sema, "crowd");
	kernel_buffer_free(buffer);
	kernel_disk_close(disk);
}

void
crowd_run(struct diskrig *rig, bool write, void (*meanwhile)(struct crowd *))
{
	crowd = (struct crowd) {
		.rig = rig,
		.write = write,
		.meanwhile = meanwhile,
	};
	fixture_run(submit, NULL);
	T_EQ(crowd.done, CROWD);
	T_EQ(crowd.short_ones, 0);
}

void
crowd_written(const struct diskrig *rig)
{
	for (unsigned i = 0; i < CROWD; i++) {
		T_EQ(rig->bytes[i * 8192], i + 1);
		T_EQ(rig->bytes[i * 8192 + 4095], i + 1);
		T_EQ(rig->bytes[i * 8192 + 4096], 0);
	}
}
