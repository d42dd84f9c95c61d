/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reports: formatting, and handing over as an event.
 */
#include "model/report.h"

#include <stdio.h>

#include "model/device.h"

#define REPORT_TEXT_MAX 256

void
model_vreport(const struct vdev_host *host, const char *device, uint16_t queue,
    const char *clause, const char *fmt, va_list ap)
{
	struct model_event event = {
		.type = MODEL_REPORT,
		.device = device,
		.queue = queue,
	};
	char text[REPORT_TEXT_MAX];

	if (host->event == NULL)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	event.report.clause = clause;
	event.report.text = text;
	host->event(host->event_arg, &event);
}

void
model_report(const struct vdev_host *host, const char *device, uint16_t queue,
    const char *clause, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	model_vreport(host, device, queue, clause, fmt, ap);
	va_end(ap);
}
