/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * module(9): pieces of the kernel that are loaded and unloaded, with their
 * versions and dependencies.
 *
 * All modules of the bench are linked in.  They load at boot in the order of
 * their subsystems, after what they depend on; an unload runs the module's
 * event handler with MOD_QUIESCE and MOD_UNLOAD.
 */
#ifndef _SYS_MODULE_H_
#define _SYS_MODULE_H_

#include <sys/param.h>
#include <sys/kernel.h>
#include <sys/linker_set.h>

/* Kinds of module metadata. */
#define MDT_DEPEND	   1 /* struct mod_depend */
#define MDT_MODULE	   2 /* moduledata_t */
#define MDT_VERSION	   3 /* struct mod_version */
#define MDT_PNP_INFO	   4 /* struct mod_pnp_match_info */

#define MDT_STRUCT_VERSION 1
#define MDT_SETNAME	   "modmetadata_set"

typedef enum modeventtype {
	MOD_LOAD,
	MOD_UNLOAD,
	MOD_SHUTDOWN,
	MOD_QUIESCE
} modeventtype_t;

typedef struct module *module_t;
/* `what` is a modeventtype_t. */
typedef int (*modeventhand_t)(module_t mod, int what, void *arg);

typedef struct moduledata {
	const char *name;
	modeventhand_t evhand; /* or NULL */
	void *priv;	       /* its third argument */
} moduledata_t;

typedef union modspecific {
	int intval;
	u_int uintval;
	long longval;
	u_long ulongval;
} modspecific_t;

struct mod_depend {
	int md_ver_minimum;
	int md_ver_preferred;
	int md_ver_maximum;
};

struct mod_version {
	int mv_version;
};

struct mod_metadata {
	int md_version; /* MDT_STRUCT_VERSION */
	int md_type;	/* MDT_* */
	const void *md_data;
	const char *md_cval; /* the module, dependency or bus by name */
	/*
	 * The source file.  In FreeBSD it is the kld that ties a module to its
	 * version and its dependencies; here all is linked into one program
	 * and a source file takes the kld's place.
	 */
	const char *md_file;
};

struct mod_pnp_match_info {
	const char *descr;
	const char *bus;
	const void *table;
	int entry_len;
	int num_entry;
};

#define MODULE_METADATA_CONCAT(uniquifier) _mod_metadata##uniquifier
#define MODULE_METADATA(uniquifier, type, data, cval)                         \
	static struct mod_metadata MODULE_METADATA_CONCAT(                    \
	    uniquifier) = { MDT_STRUCT_VERSION, type, data, cval, __FILE__ }; \
	DATA_SET(modmetadata_set, MODULE_METADATA_CONCAT(uniquifier))

#define MODULE_DEPEND(module, mdepend, vmin, vpref, vmax)                  \
	static struct mod_depend _##module##_depend_on_##mdepend = { vmin, \
		vpref, vmax };                                             \
	MODULE_METADATA(_md_##module##_on_##mdepend, MDT_DEPEND,           \
	    &_##module##_depend_on_##mdepend, #mdepend)

#define MODULE_KERNEL_MAXVER (roundup(__FreeBSD_version, 100000) - 1)

#define DECLARE_MODULE_WITH_MAXVER(name, data, sub, order, maxver)        \
	MODULE_DEPEND(name, kernel, __FreeBSD_version, __FreeBSD_version, \
	    maxver);                                                      \
	MODULE_METADATA(_md_##name, MDT_MODULE, &data, #name);            \
	SYSINIT(name##module, sub, order, module_register_init, &data);   \
	struct __hack
#define DECLARE_MODULE(name, data, sub, order) \
	DECLARE_MODULE_WITH_MAXVER(name, data, sub, order, MODULE_KERNEL_MAXVER)
#define DECLARE_MODULE_TIED(name, data, sub, order) \
	DECLARE_MODULE_WITH_MAXVER(name, data, sub, order, __FreeBSD_version)

#define MODULE_VERSION_CONCAT(module, version) _##module##_version
#define MODULE_VERSION(module, version)                                      \
	static struct mod_version MODULE_VERSION_CONCAT(module,              \
	    version) = { version };                                          \
	MODULE_METADATA(MODULE_VERSION_CONCAT(module, version), MDT_VERSION, \
	    &MODULE_VERSION_CONCAT(module, version), #module)

#define MODULE_PNP_INFO(d, b, unique, t, n)                                   \
	static const struct mod_pnp_match_info _module_pnp_##b##_##unique = { \
		.descr = d,                                                   \
		.bus = #b,                                                    \
		.table = t,                                                   \
		.entry_len = sizeof((t)[0]),                                  \
		.num_entry = n,                                               \
	};                                                                    \
	MODULE_METADATA(_md_##b##_pnpinfo_##unique, MDT_PNP_INFO,             \
	    &_module_pnp_##b##_##unique, #b)

struct linker_file;

/* What DECLARE_MODULE's SYSINIT calls. */
void module_register_init(const void *data);
int module_register(const moduledata_t *data, struct linker_file *file);
module_t module_lookupbyname(const char *name);
module_t module_lookupbyid(int id);
int module_quiesce(module_t mod);
void module_reference(module_t mod);
void module_release(module_t mod);
/* Runs the handler's MOD_UNLOAD and, when it agrees, forgets the module. */
int module_unload(module_t mod);
int module_getid(module_t mod);
module_t module_getfnext(module_t mod);
const char *module_getname(module_t mod);
void module_setspecific(module_t mod, modspecific_t *data);
struct linker_file *module_file(module_t mod);

#endif /* !_SYS_MODULE_H_ */
