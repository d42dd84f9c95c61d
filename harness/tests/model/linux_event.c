/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * See linux_event.h.
 */
#include "tests/model/linux_event.h"

#include <linux/virtio_ring.h>

bool
linux_need_event(uint16_t event, uint16_t new_idx, uint16_t old)
{
	return (vring_need_event(event, new_idx, old) != 0);
}
