/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The block driver against devices that lie.  The lies are told by changing
 * what the model has written, just before the driver can see it; each must
 * end in an error for the bio and a line in the log: never in a panic, a
 * hang, or a wrong "all is well".
 */
#include <string.h>

#include "sim/sim.h"
#include "tests/drivers/diskrig.h"
#include "tests/test.h"

#define BSD_EIO	  5
#define BSD_ENXIO 6

static uint8_t data[4096];

static void
lie_about_id(struct diskrig *rig, const struct model_event *event)
{
	uint32_t id = wire32(255);

	if (event->type == MODEL_GIVE)
		diskrig_poke(diskrig_used_element(rig), &id, sizeof(id));
}

static void
lie_about_id_wildly(struct diskrig *rig, const struct model_event *event)
{
	uint32_t id = wire32(0xfffffff0);

	if (event->type == MODEL_GIVE)
		diskrig_poke(diskrig_used_element(rig), &id, sizeof(id));
}

static void
lie_about_length(struct diskrig *rig, const struct model_event *event)
{
	uint32_t length = wire32(1 << 20);

	if (event->type == MODEL_GIVE)
		diskrig_poke(diskrig_used_element(rig) + 4, &length,
		    sizeof(length));
}

static void
lie_short(struct diskrig *rig, const struct model_event *event)
{
	uint32_t length = wire32(1);

	if (event->type == MODEL_GIVE)
		diskrig_poke(diskrig_used_element(rig) + 4, &length,
		    sizeof(length));
}

static void
lie_about_status(struct diskrig *rig, const struct model_event *event)
{
	uint8_t status = 77;

	if (event->type == MODEL_GIVE)
		diskrig_poke(rig->status_gpa, &status, 1);
}

static void
leave_status_alone(struct diskrig *rig, const struct model_event *event)
{
	uint8_t status = 0xff;

	if (event->type == MODEL_GIVE)
		diskrig_poke(rig->status_gpa, &status, 1);
}

/* A used element for nothing: the index runs ahead of what was posted. */
static void
lie_about_index(struct diskrig *rig, const struct model_event *event)
{
	uint16_t idx = wire16((uint16_t)(rig->given + 100));

	if (event->type == MODEL_INTERRUPT)
		diskrig_poke(rig->enabled.enable.device + 2, &idx, sizeof(idx));
}

/* The lie breaks the queue: this bio and all later ones fail. */
static void
expect_broken(void (*lie)(struct diskrig *, const struct model_event *))
{
	struct diskrig rig = { 0 };
	sim_time start;

	diskrig_boot(&rig);
	rig.event = lie;
	start = sim_now();
	T_EQ(diskrig_read(0, data, 4096), BSD_EIO);
	/* At once, and not when the time is up. */
	T_TRUE(sim_now() - start < UINT64_C(1000000000));
	T_TRUE(strstr(fixture_log(), "vioblk0:") != NULL);
	T_EQ(diskrig_read(0, data, 4096), BSD_ENXIO);
	T_EQ(diskrig_flush(), BSD_ENXIO);
	diskrig_halt(&rig, false);
}

/* The lie is about one request: that one fails, the next succeeds. */
static void
expect_one_error(void (*lie)(struct diskrig *, const struct model_event *))
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.event = lie;
	T_EQ(diskrig_read(0, data, 4096), BSD_EIO);
	rig.event = NULL;
	T_EQ(diskrig_read(0, data, 4096), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_lie, used_id_that_was_not_posted)
{
	expect_broken(lie_about_id);
}

TEST(vioblk_lie, used_id_outside_of_the_ring)
{
	expect_broken(lie_about_id_wildly);
}

TEST(vioblk_lie, used_length_beyond_the_buffers)
{
	expect_broken(lie_about_length);
}

/* 2.7.8.2: it means nothing there, so it is no lie. */
TEST(vioblk_lie, used_length_of_a_legacy_device)
{
	struct diskrig rig = { .event = lie_about_length,
		.pci = { .kind = VPCI_LEGACY } };

	diskrig_boot(&rig);
	T_EQ(diskrig_read(0, data, 4096), 0);
	T_EQ(diskrig_write(0, data, 4096), 0);
	diskrig_halt(&rig, true);
}

TEST(vioblk_lie, used_length_too_short_for_a_read)
{
	expect_one_error(lie_short);
}

TEST(vioblk_lie, status_that_does_not_exist)
{
	expect_one_error(lie_about_status);
}

TEST(vioblk_lie, status_never_written)
{
	expect_one_error(leave_status_alone);
}

TEST(vioblk_lie, used_index_far_ahead)
{
	struct diskrig rig = { 0 };

	diskrig_boot(&rig);
	rig.event = lie_about_index;
	T_EQ(diskrig_read(0, data, 4096), BSD_EIO);
	T_EQ(diskrig_read(0, data, 4096), BSD_ENXIO);
	diskrig_halt(&rig, false);
}
