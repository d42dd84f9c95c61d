/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the driver did wrong: the clause of the specification that it broke,
 * and one sentence with the values.  Clauses are section numbers of virtio
 * 1.3 ("2.7.5.2"); rules of the bus are marked so ("PCI 3.0 6.2.2").
 *
 * A report is a MODEL_REPORT event.  Whether the driver's access also fails
 * is the caller's business.
 */
#ifndef RINGSIDE_MODEL_REPORT_H
#define RINGSIDE_MODEL_REPORT_H

#include <stdarg.h>
#include <stdint.h>

struct vdev_host;

/* `queue` is MODEL_QUEUE_NONE when no queue is concerned. */
void model_report(const struct vdev_host *host, const char *device,
    uint16_t queue, const char *clause, const char *fmt, ...)
    __attribute__((format(printf, 5, 6), cold));
void model_vreport(const struct vdev_host *host, const char *device,
    uint16_t queue, const char *clause, const char *fmt, va_list ap)
    __attribute__((format(printf, 5, 0), cold));

#endif /* !RINGSIDE_MODEL_REPORT_H */
