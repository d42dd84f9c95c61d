/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a device says while it works, for whoever judges (harness/check) or
 * traces.  The model only tells; it draws no conclusion beyond its reports.
 * Pointers in an event are valid during the call only.  Descriptors are in
 * wire byte order: read them with wire64() and so on.
 */
#ifndef RINGSIDE_MODEL_EVENT_H
#define RINGSIDE_MODEL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/wire/virtq.h"

enum model_event_type {
	MODEL_STATUS,	    /* the driver wrote device status */
	MODEL_RESET,	    /* the device has finished a reset */
	MODEL_QUEUE_ENABLE, /* a queue was enabled: where and how large */
	MODEL_NOTIFY,	    /* a doorbell reached the device */
	MODEL_TAKE,	    /* a chain was taken from the available ring */
	MODEL_UNTAKE,	    /* a chain that was taken is available again */
	MODEL_GIVE,	    /* a chain was put on the used ring */
	MODEL_IDLE,	    /* notifications were asked for, nothing is there */
	MODEL_DECIDE,	 /* whether the driver wants to hear of used chains */
	MODEL_INTERRUPT, /* sent for a queue, or (NONE) configuration */
	MODEL_MUTE,	 /* one for a queue that had nowhere to go */
	MODEL_REPORT,	 /* the driver broke a rule */
};

/* model_event.queue where an event is not about a queue. */
#define MODEL_QUEUE_NONE 0xffff

struct model_event {
	enum model_event_type type;
	const char *device; /* the device's name, "blk0" */
	uint16_t queue;
	union {
		struct {
			uint8_t old; /* what the register held */
			uint8_t new; /* what the driver wrote */
		} status;
		struct {
			uint32_t size;	   /* entries */
			uint64_t desc;	   /* guest-physical */
			uint64_t driver;   /* available ring */
			uint64_t device;   /* used ring */
			uint64_t features; /* negotiated */
		} enable;
		struct {
			uint16_t head;
			/* All descriptors of the chain, in order, as read. */
			uint16_t count;
			const struct virtq_desc *descs;
			const uint16_t *indices; /* their ring places */
			/*
			 * When the last of them is indirect, the entries of
			 * its table that the chain consists of, in order.
			 */
			uint16_t table_count;
			const struct virtq_desc *table;
		} take;
		struct {
			uint16_t head;
		} untake;
		struct {
			uint32_t id;
			uint32_t length;
		} give;
		struct {
			uint16_t next; /* the entry that is waited for */
		} idle;
		struct {
			uint16_t idx;	/* used index, as published */
			uint32_t count; /* used since the last decision */
			bool wanted;	/* an interrupt follows */
		} decide;
		struct {
			const char *clause; /* "2.7.5.3.1" */
			const char *text;   /* one sentence with values */
		} report;
	};
};

typedef void model_event_fn(void *arg, const struct model_event *event);

#endif /* !RINGSIDE_MODEL_EVENT_H */
