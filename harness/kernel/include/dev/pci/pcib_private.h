/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Defaults of the bridge interface (pcib_if.m).
 */
#ifndef _DEV_PCI_PCIB_PRIVATE_H_
#define _DEV_PCI_PCIB_PRIVATE_H_

#include <dev/pci/pcivar.h>

/* Every slot of this machine has function 0 alone. */
int pcib_maxfuncs(device_t pcib);
int pcib_get_id(device_t pcib, device_t dev, enum pci_id_type type,
    uintptr_t *id);

#endif /* !_DEV_PCI_PCIB_PRIVATE_H_ */
