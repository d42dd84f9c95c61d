/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The referee on who is told of what in a ring: with flags and with events,
 * with histories that keep the rules and histories that break them.
 */
#include <string.h>

#include "check/referee.h"
#include "model/wire/config.h"
#include "tests/test.h"

/* The areas of a queue of 8 in "guest memory". */
#define SIZE  8
#define AVAIL 0x2000
#define USED  0x3000
static struct {
	le16 flags, idx, ring[SIZE], used_event;
} avail;
static struct {
	le16 flags, idx;
	struct virtq_used_elem ring[SIZE];
	le16 avail_event, pad;
} used;

static bool blind;

static bool
peek(void *arg, uint64_t gpa, void *buffer, size_t length)
{
	(void)arg;
	if (blind)
		return (false);
	if (gpa >= AVAIL && gpa + length <= AVAIL + VIRTQ_AVAIL_BYTES(SIZE))
		memcpy(buffer, (char *)&avail + (gpa - AVAIL), length);
	else if (gpa >= USED && gpa + length <= USED + VIRTQ_USED_BYTES(SIZE))
		memcpy(buffer, (char *)&used + (gpa - USED), length);
	else
		return (false);
	return (true);
}

static struct referee *referee;

static void
tell(struct model_event event)
{
	event.device = "blk0";
	referee_model_event(referee, &event);
}

static void
begin(bool events)
{
	memset(&avail, 0, sizeof(avail));
	memset(&used, 0, sizeof(used));
	blind = false;
	referee = referee_new(&(struct referee_config) { .peek = peek });
	tell((struct model_event) { .type = MODEL_QUEUE_ENABLE,
	    .enable = { .size = SIZE,
		.driver = AVAIL,
		.device = USED,
		.features =
		    events ? UINT64_C(1) << VIRTIO_RING_F_EVENT_IDX : 0 } });
}

/* Ends the run; how many rules were broken. */
static unsigned
end(void)
{
	unsigned violations;

	referee_finish(referee);
	violations = referee_violations(referee);
	referee_free(referee);
	return (violations);
}

static void
make_available(uint16_t n)
{
	avail.idx = wire16(wire16(avail.idx) + n);
}

static void
notify(void)
{
	tell((struct model_event) { .type = MODEL_NOTIFY });
}

static void
use(uint16_t n)
{
	const struct virtq_desc desc = { .flags = 0 };
	const uint16_t index = 0;

	used.idx = wire16(wire16(used.idx) + n);
	while (n-- > 0) {
		tell((struct model_event) { .type = MODEL_TAKE,
		    .take = { .count = 1,
			.descs = &desc,
			.indices = &index } });
		tell((struct model_event) { .type = MODEL_GIVE });
	}
}

static void
decide(uint32_t count, bool wanted)
{
	tell((struct model_event) { .type = MODEL_DECIDE,
	    .decide = { .idx = wire16(used.idx),
		.count = count,
		.wanted = wanted } });
}

static void
interrupt(void)
{
	tell((struct model_event) { .type = MODEL_INTERRUPT });
}

static void
idle(void)
{
	used.avail_event = used.idx;
	tell((struct model_event) { .type = MODEL_IDLE,
	    .idle = { .next = wire16(used.idx) } });
}

static struct referee_counts
counts(void)
{
	struct referee_counts now;

	referee_counts(referee, &now);
	return (now);
}

TEST(notify, fair_histories)
{
	for (unsigned events = 0; events < 2; events++) {
		begin(events != 0);
		for (uint16_t i = 1; i <= 300; i++) {
			make_available(2);
			notify();
			use(2);
			idle();
			decide(2, true);
			interrupt();
			avail.used_event = used.idx;
		}
		T_EQ(counts().notifications, 300);
		T_EQ(counts().unasked_notifications, 0);
		T_EQ(counts().interrupts, 300);
		T_EQ(counts().unasked_interrupts, 0);
		T_EQ(end(), 0);
	}
}

TEST(notify, driver_that_never_tells)
{
	for (unsigned events = 0; events < 2; events++) {
		begin(events != 0);
		/* The first one is asked for by memory that is all 0. */
		make_available(1);
		referee_quiet(referee);
		T_EQ(referee_violations(referee), 1);
		T_HAS(referee_text(referee, 0),
		    "notify: blk0 queue 0: the device asked to be told of "
		    "entry 0, the driver is at 1 and has not told");
		T_EQ(end(), 1);
	}
}

TEST(notify, driver_that_does_not_tell_of_the_next)
{
	begin(true);
	make_available(1);
	notify();
	use(1);
	idle();
	decide(1, true);
	interrupt();
	make_available(3);
	/* The guest goes to sleep: one that goes on later is too late. */
	referee_idle(referee);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "entry 1, the driver is at 4");
	notify();
	T_EQ(end(), 1);
}

TEST(notify, a_busy_device_need_not_be_told)
{
	begin(true);
	referee_idle(referee);
	make_available(1);
	notify();
	referee_idle(referee);
	/* It has not slept since: whatever comes, it will find. */
	make_available(3);
	use(2);
	referee_idle(referee);
	decide(2, true);
	interrupt();
	T_EQ(end(), 0);
}

TEST(notify, too_many_notifications_are_counted)
{
	begin(true);
	make_available(1);
	notify();
	make_available(1);
	notify();
	T_EQ(counts().notifications, 2);
	T_EQ(counts().unasked_notifications, 1);
	/* One for nothing, too. */
	notify();
	T_EQ(counts().unasked_notifications, 2);
	T_EQ(end(), 0);
	begin(false);
	make_available(1);
	notify();
	make_available(1);
	notify();
	T_EQ(counts().unasked_notifications, 0);
	used.flags = wire16(VIRTQ_USED_F_NO_NOTIFY);
	make_available(1);
	notify();
	T_EQ(counts().unasked_notifications, 1);
	used.flags = 0;
	notify();
	T_EQ(counts().unasked_notifications, 2);
	T_EQ(end(), 0);
}

TEST(notify, device_that_sleeps_without_asking)
{
	begin(true);
	make_available(2);
	notify();
	use(2);
	decide(2, true);
	interrupt();
	used.avail_event = wire16(1);
	tell(
	    (struct model_event) { .type = MODEL_IDLE, .idle = { .next = 2 } });
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0),
	    "waits for entry 2, and asks for 1 with flags 0");
	/* 2.7.10.2: with events the flags are 0. */
	used.flags = wire16(VIRTQ_USED_F_NO_NOTIFY);
	idle();
	T_EQ(end(), 2);
	begin(false);
	used.flags = wire16(VIRTQ_USED_F_NO_NOTIFY);
	idle();
	T_EQ(end(), 1);
}

TEST(notify, device_that_does_not_tell)
{
	begin(true);
	avail.used_event = wire16(1);
	make_available(3);
	notify();
	use(3);
	decide(3, false);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0),
	    "the driver wants to hear of used chains up to 3");
	T_EQ(end(), 1);
	begin(false);
	make_available(1);
	notify();
	use(1);
	decide(1, false);
	T_EQ(end(), 1);
	begin(false);
	avail.flags = wire16(VIRTQ_AVAIL_F_NO_INTERRUPT);
	make_available(1);
	notify();
	use(1);
	decide(1, false);
	T_EQ(end(), 0);
}

TEST(notify, too_many_interrupts_are_counted)
{
	begin(true);
	avail.used_event = wire16(5);
	make_available(3);
	notify();
	use(3);
	decide(3, true);
	interrupt();
	T_EQ(counts().unasked_interrupts, 1);
	/* One that was not even decided. */
	interrupt();
	T_EQ(counts().interrupts, 2);
	T_EQ(counts().unasked_interrupts, 2);
	T_EQ(end(), 0);
}

TEST(notify, what_was_decided_is_sent)
{
	begin(true);
	make_available(1);
	notify();
	use(1);
	decide(1, true);
	T_EQ(end(), 1);
	begin(true);
	make_available(1);
	notify();
	use(1);
	decide(1, true);
	/* The driver has given the queue no vector: that counts as sent. */
	tell((struct model_event) { .type = MODEL_MUTE });
	T_EQ(counts().interrupts, 0);
	T_EQ(end(), 0);
}

TEST(notify, decisions_come_one_by_one)
{
	begin(true);
	make_available(2);
	notify();
	use(1);
	decide(1, true);
	avail.used_event = wire16(1);
	use(1);
	decide(1, true);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "decides again");
	interrupt();
	T_EQ(end(), 1);
}

TEST(notify, decides_about_what_it_has_given)
{
	begin(true);
	make_available(2);
	notify();
	use(2);
	decide(1, true);
	interrupt();
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0),
	    "decides for 1 chains up to 2, and has given 2 up to 2");
	T_EQ(end(), 1);
}

TEST(notify, device_that_does_not_even_ask)
{
	begin(true);
	make_available(2);
	notify();
	use(2);
	referee_quiet(referee);
	T_EQ(referee_violations(referee), 1);
	T_HAS(referee_text(referee, 0), "gave back 2 chains and did not care");
	(void)end();
	/* Of a driver that polls nobody asks. */
	begin(true);
	avail.used_event = wire16(1000);
	make_available(2);
	notify();
	use(2);
	T_EQ(end(), 0);
}

TEST(notify, a_reset_ends_all_debts)
{
	begin(true);
	make_available(2);
	notify();
	use(1);
	decide(1, true);
	make_available(2);
	tell((struct model_event) { .type = MODEL_RESET });
	/* And what comes for a queue that is off is none of it. */
	notify();
	interrupt();
	T_EQ(counts().notifications, 1);
	T_EQ(end(), 0);
}

TEST(notify, without_memory_nothing_is_claimed)
{
	begin(true);
	blind = true;
	make_available(2);
	notify();
	use(2);
	idle();
	decide(2, false);
	use(1);
	T_EQ(counts().notifications, 1);
	T_EQ(counts().unasked_notifications, 0);
	T_EQ(end(), 0);
}
