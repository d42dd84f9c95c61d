#-
# SPDX-License-Identifier: BSD-2-Clause
#
# What a PCI bus does for the functions on it (pci(9)).
#

#include <sys/bus.h>
#include <dev/pci/pcivar.h>

INTERFACE pci;

CODE {
	static int
	null_msi_count(device_t dev, device_t child)
	{
		return (0);
	}

	static int
	null_msix_bar(device_t dev, device_t child)
	{
		return (-1);
	}
};

HEADER {
	enum pci_id_type {
		PCI_ID_RID,
		PCI_ID_MSI,
	};
};

METHOD u_int32_t read_config {
	device_t dev;
	device_t child;
	int reg;
	int width;
};

METHOD void write_config {
	device_t dev;
	device_t child;
	int reg;
	u_int32_t val;
	int width;
};

METHOD int get_powerstate {
	device_t dev;
	device_t child;
};

METHOD int set_powerstate {
	device_t dev;
	device_t child;
	int state;
};

METHOD int enable_busmaster {
	device_t dev;
	device_t child;
};

METHOD int disable_busmaster {
	device_t dev;
	device_t child;
};

METHOD int enable_io {
	device_t dev;
	device_t child;
	int space;
};

METHOD int disable_io {
	device_t dev;
	device_t child;
	int space;
};

METHOD int assign_interrupt {
	device_t dev;
	device_t child;
};

METHOD int find_cap {
	device_t dev;
	device_t child;
	int capability;
	int *capreg;
};

METHOD int find_next_cap {
	device_t dev;
	device_t child;
	int capability;
	int start;
	int *capreg;
};

METHOD int find_extcap {
	device_t dev;
	device_t child;
	int capability;
	int *capreg;
};

METHOD int alloc_msi {
	device_t dev;
	device_t child;
	int *count;
};

METHOD int alloc_msix {
	device_t dev;
	device_t child;
	int *count;
};

METHOD int release_msi {
	device_t dev;
	device_t child;
};

METHOD int msi_count {
	device_t dev;
	device_t child;
} DEFAULT null_msi_count;

METHOD int msix_count {
	device_t dev;
	device_t child;
} DEFAULT null_msi_count;

METHOD int msix_pba_bar {
	device_t dev;
	device_t child;
} DEFAULT null_msix_bar;

METHOD int msix_table_bar {
	device_t dev;
	device_t child;
} DEFAULT null_msix_bar;

METHOD int get_id {
	device_t dev;
	device_t child;
	enum pci_id_type type;
	uintptr_t *id;
};
