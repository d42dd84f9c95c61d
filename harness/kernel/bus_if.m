#-
# SPDX-License-Identifier: BSD-2-Clause
#
# What a bus does for its children (BUS_*(9)).  `_child` need not be a direct
# child: buses hand on what they do not do themselves.
#

#include <sys/types.h>
#include <sys/systm.h>
#include <sys/bus.h>

INTERFACE bus;

CODE {
	static struct resource *
	null_alloc_resource(device_t dev, device_t child, int type, int *rid,
	    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags)
	{
		return (NULL);
	}

	static device_t
	null_add_child(device_t bus, u_int order, const char *name, int unit)
	{
		panic("BUS_ADD_CHILD: %s takes no children",
		    device_get_nameunit(bus));
	}

	static int
	null_reset(device_t bus, device_t dev)
	{
		return (0);
	}
};

METHOD int print_child {
	device_t _dev;
	device_t _child;
} DEFAULT bus_generic_print_child;

METHOD void probe_nomatch {
	device_t _dev;
	device_t _child;
};

METHOD int read_ivar {
	device_t _dev;
	device_t _child;
	int _index;
	uintptr_t *_result;
};

METHOD int write_ivar {
	device_t _dev;
	device_t _child;
	int _indx;
	uintptr_t _value;
};

/**
 * The child is about to be freed, and with it its ivars.
 */
METHOD void child_deleted {
	device_t _dev;
	device_t _child;
};

/**
 * The child's driver has detached: what it forgot is taken back.
 */
METHOD void child_detached {
	device_t _dev;
	device_t _child;
};

METHOD void driver_added {
	device_t _dev;
	driver_t *_driver;
} DEFAULT bus_generic_driver_added;

METHOD device_t add_child {
	device_t _dev;
	u_int _order;
	const char *_name;
	int _unit;
} DEFAULT null_add_child;

METHOD int rescan {
	device_t _dev;
};

METHOD struct resource * alloc_resource {
	device_t _dev;
	device_t _child;
	int _type;
	int *_rid;
	rman_res_t _start;
	rman_res_t _end;
	rman_res_t _count;
	u_int _flags;
} DEFAULT null_alloc_resource;

# Until 15 the caller says of which type and rid the resource is.
#if __FreeBSD_version < 1500000
METHOD int activate_resource {
	device_t _dev;
	device_t _child;
	int _type;
	int _rid;
	struct resource *_r;
};

METHOD int map_resource {
	device_t _dev;
	device_t _child;
	int _type;
	struct resource *_r;
	struct resource_map_request *_args;
	struct resource_map *_map;
} DEFAULT bus_generic_map_resource;

METHOD int unmap_resource {
	device_t _dev;
	device_t _child;
	int _type;
	struct resource *_r;
	struct resource_map *_map;
} DEFAULT bus_generic_unmap_resource;

METHOD int deactivate_resource {
	device_t _dev;
	device_t _child;
	int _type;
	int _rid;
	struct resource *_r;
};

METHOD int adjust_resource {
	device_t _dev;
	device_t _child;
	int _type;
	struct resource *_res;
	rman_res_t _start;
	rman_res_t _end;
};

METHOD int release_resource {
	device_t _dev;
	device_t _child;
	int _type;
	int _rid;
	struct resource *_res;
};
#else
METHOD int activate_resource {
	device_t _dev;
	device_t _child;
	struct resource *_r;
};

METHOD int map_resource {
	device_t _dev;
	device_t _child;
	struct resource *_r;
	struct resource_map_request *_args;
	struct resource_map *_map;
} DEFAULT bus_generic_map_resource;

METHOD int unmap_resource {
	device_t _dev;
	device_t _child;
	struct resource *_r;
	struct resource_map *_map;
} DEFAULT bus_generic_unmap_resource;

METHOD int deactivate_resource {
	device_t _dev;
	device_t _child;
	struct resource *_r;
};

METHOD int adjust_resource {
	device_t _dev;
	device_t _child;
	struct resource *_res;
	rman_res_t _start;
	rman_res_t _end;
};

METHOD int release_resource {
	device_t _dev;
	device_t _child;
	struct resource *_res;
};
#endif

METHOD int setup_intr {
	device_t _dev;
	device_t _child;
	struct resource *_irq;
	int _flags;
	driver_filter_t *_filter;
	driver_intr_t *_intr;
	void *_arg;
	void **_cookiep;
};

METHOD int teardown_intr {
	device_t _dev;
	device_t _child;
	struct resource *_irq;
	void *_cookie;
};

METHOD int suspend_intr {
	device_t _dev;
	device_t _child;
	struct resource *_irq;
} DEFAULT bus_generic_suspend_intr;

METHOD int resume_intr {
	device_t _dev;
	device_t _child;
	struct resource *_irq;
} DEFAULT bus_generic_resume_intr;

METHOD int set_resource {
	device_t _dev;
	device_t _child;
	int _type;
	int _rid;
	rman_res_t _start;
	rman_res_t _count;
};

METHOD int get_resource {
	device_t _dev;
	device_t _child;
	int _type;
	int _rid;
	rman_res_t *_startp;
	rman_res_t *_countp;
};

METHOD void delete_resource {
	device_t _dev;
	device_t _child;
	int _type;
	int _rid;
};

METHOD struct resource_list * get_resource_list {
	device_t _dev;
	device_t _child;
} DEFAULT bus_generic_get_resource_list;

METHOD int child_present {
	device_t _dev;
	device_t _child;
} DEFAULT bus_generic_child_present;

# Until 14 a bus describes its children into an array of characters.
#if __FreeBSD_version < 1400000
METHOD int child_pnpinfo_str {
	device_t _dev;
	device_t _child;
	char *_buf;
	size_t _buflen;
};

METHOD int child_location_str {
	device_t _dev;
	device_t _child;
	char *_buf;
	size_t _buflen;
};
#else
METHOD int child_pnpinfo {
	device_t _dev;
	device_t _child;
	struct sbuf *_sb;
} DEFAULT bus_generic_child_pnpinfo;

METHOD int child_location {
	device_t _dev;
	device_t _child;
	struct sbuf *_sb;
} DEFAULT bus_generic_child_location;
#endif

METHOD int bind_intr {
	device_t _dev;
	device_t _child;
	struct resource *_irq;
	int _cpu;
} DEFAULT bus_generic_bind_intr;

METHOD int config_intr {
	device_t _dev;
	int _irq;
	enum intr_trigger _trig;
	enum intr_polarity _pol;
} DEFAULT bus_generic_config_intr;

METHOD int describe_intr {
	device_t _dev;
	device_t _child;
	struct resource *_irq;
	void *_cookie;
	const char *_descr;
} DEFAULT bus_generic_describe_intr;

METHOD void hinted_child {
	device_t _dev;
	const char *_dname;
	int _dunit;
};

METHOD bus_dma_tag_t get_dma_tag {
	device_t _dev;
	device_t _child;
} DEFAULT bus_generic_get_dma_tag;

METHOD bus_space_tag_t get_bus_tag {
	device_t _dev;
	device_t _child;
} DEFAULT bus_generic_get_bus_tag;

METHOD void hint_device_unit {
	device_t _dev;
	device_t _child;
	const char *_name;
	int *_unitp;
};

/**
 * More drivers take part: the bus asks them, and tells the buses below it.
 */
METHOD void new_pass {
	device_t _dev;
} DEFAULT bus_generic_new_pass;

METHOD int suspend_child {
	device_t _dev;
	device_t _child;
} DEFAULT bus_generic_suspend_child;

METHOD int resume_child {
	device_t _dev;
	device_t _child;
} DEFAULT bus_generic_resume_child;

METHOD int reset_prepare {
	device_t _dev;
	device_t _child;
} DEFAULT null_reset;

METHOD int reset_post {
	device_t _dev;
	device_t _child;
} DEFAULT null_reset;

METHOD int reset_child {
	device_t _dev;
	device_t _child;
	int _flags;
};
