/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sysctl(9): the tree of named values, static and dynamic.
 */
#ifndef _SYS_SYSCTL_H_
#define _SYS_SYSCTL_H_

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/systm.h>
#include <sys/linker_set.h>

struct thread;

#define CTL_MAXNAME	  24 /* most components of a name */

#define CTLTYPE		  0xf
#define CTLTYPE_NODE	  1
#define CTLTYPE_INT	  2
#define CTLTYPE_STRING	  3
#define CTLTYPE_S64	  4
#define CTLTYPE_OPAQUE	  5
#define CTLTYPE_STRUCT	  CTLTYPE_OPAQUE
#define CTLTYPE_UINT	  6
#define CTLTYPE_LONG	  7
#define CTLTYPE_ULONG	  8
#define CTLTYPE_U64	  9
#define CTLTYPE_U8	  0xa
#define CTLTYPE_U16	  0xb
#define CTLTYPE_S8	  0xc
#define CTLTYPE_S16	  0xd
#define CTLTYPE_S32	  0xe
#define CTLTYPE_U32	  0xf

#define CTLFLAG_RD	  0x80000000
#define CTLFLAG_WR	  0x40000000
#define CTLFLAG_RW	  (CTLFLAG_RD | CTLFLAG_WR)
#define CTLFLAG_DORMANT	  0x20000000
#define CTLFLAG_ANYBODY	  0x10000000
#define CTLFLAG_SECURE	  0x08000000
#define CTLFLAG_PRISON	  0x04000000
#define CTLFLAG_DYN	  0x02000000 /* made by sysctl_add_oid() */
#define CTLFLAG_SKIP	  0x01000000
#define CTLMASK_SECURE	  0x00F00000
#define CTLFLAG_TUN	  0x00080000 /* initial value from the environment */
#define CTLFLAG_RDTUN	  (CTLFLAG_RD | CTLFLAG_TUN)
#define CTLFLAG_RWTUN	  (CTLFLAG_RW | CTLFLAG_TUN)
#define CTLFLAG_MPSAFE	  0x00040000
#define CTLFLAG_VNET	  0x00020000
#define CTLFLAG_DYING	  0x00010000 /* being removed */
#define CTLFLAG_CAPRD	  0x00008000
#define CTLFLAG_CAPWR	  0x00004000
#define CTLFLAG_STATS	  0x00002000
#define CTLFLAG_NOFETCH	  0x00001000 /* TUN without the fetching */
#define CTLFLAG_CAPRW	  (CTLFLAG_CAPRD | CTLFLAG_CAPWR)
#define CTLFLAG_NEEDGIANT 0x00000800

#define OID_AUTO	  (-1)
#define CTL_AUTO_START	  0x100

#define SYSCTL_HANDLER_ARGS                                 \
	struct sysctl_oid *oidp, void *arg1, intmax_t arg2, \
	    struct sysctl_req *req

#define REQ_UNWIRED 1
#define REQ_WIRED   2

struct sysctl_req {
	struct thread *td;
	int lock;
	void *oldptr;
	size_t oldlen;
	size_t oldidx;
	int (*oldfunc)(struct sysctl_req *, const void *, size_t);
	const void *newptr;
	size_t newlen;
	size_t newidx;
	int (*newfunc)(struct sysctl_req *, void *, size_t);
	size_t validlen;
	int flags;
};

SLIST_HEAD(sysctl_oid_list, sysctl_oid);

struct sysctl_oid {
	struct sysctl_oid_list oid_children;
	struct sysctl_oid_list *oid_parent;
	SLIST_ENTRY(sysctl_oid) oid_link;
	int oid_number;
	u_int oid_kind;
	void *oid_arg1;
	intmax_t oid_arg2;
	const char *oid_name;
	int (*oid_handler)(SYSCTL_HANDLER_ARGS);
	const char *oid_fmt;
	int oid_refcnt;
	u_int oid_running; /* handlers of it that run now */
	const char *oid_descr;
	const char *oid_label;
};

#define SYSCTL_IN(r, p, l)   ((r)->newfunc)((r), (p), (l))
#define SYSCTL_OUT(r, p, l)  ((r)->oldfunc)((r), (p), (l))
#define SYSCTL_OUT_STR(r, p) ((r)->oldfunc)((r), (p), strlen(p) + 1)

int sysctl_handle_bool(SYSCTL_HANDLER_ARGS);
int sysctl_handle_8(SYSCTL_HANDLER_ARGS);
int sysctl_handle_16(SYSCTL_HANDLER_ARGS);
int sysctl_handle_32(SYSCTL_HANDLER_ARGS);
int sysctl_handle_64(SYSCTL_HANDLER_ARGS);
int sysctl_handle_counter_u64(SYSCTL_HANDLER_ARGS); /* counter.c */
int sysctl_handle_int(SYSCTL_HANDLER_ARGS);
int sysctl_handle_long(SYSCTL_HANDLER_ARGS);
int sysctl_handle_string(SYSCTL_HANDLER_ARGS);
int sysctl_handle_opaque(SYSCTL_HANDLER_ARGS);

#define SYSCTL_DECL(name)		 extern struct sysctl_oid sysctl__##name
#define SYSCTL_CHILDREN(oid_ptr)	 (&(oid_ptr)->oid_children)
#define SYSCTL_STATIC_CHILDREN(oid_name) (&sysctl__##oid_name.oid_children)
#define SYSCTL_NODE_CHILDREN(parent, name) \
	sysctl__##parent##_##name.oid_children
#define SYSCTL_PARENT(oid_ptr)                                          \
	(((oid_ptr)->oid_parent != &sysctl__children) ?                 \
		__containerof((oid_ptr)->oid_parent, struct sysctl_oid, \
		    oid_children) :                                     \
		(struct sysctl_oid *)NULL)

/* What a context remembers, to be given back with sysctl_ctx_free(). */
struct sysctl_ctx_entry {
	struct sysctl_oid *entry;
	TAILQ_ENTRY(sysctl_ctx_entry) link;
};
TAILQ_HEAD(sysctl_ctx_list, sysctl_ctx_entry);

#define __DESCR(d) d

/* The type of a static or dynamic entry may be repeated in its flags. */
#define __SYSCTL_TYPE_OK(access, type) \
	CTASSERT(((access)&CTLTYPE) == 0 || ((access)&CTLTYPE) == (type))

/*
 * --- static entries ---
 */

#define SYSCTL_OID_RAW(id, parent_head, nbr, name, kind, a1, a2, handler, fmt, \
    descr, label)                                                              \
	struct sysctl_oid id = {                                               \
		.oid_parent = (parent_head),                                   \
		.oid_children = SLIST_HEAD_INITIALIZER(&id.oid_children),      \
		.oid_number = (nbr),                                           \
		.oid_kind = (kind),                                            \
		.oid_arg1 = (a1),                                              \
		.oid_arg2 = (a2),                                              \
		.oid_name = (name),                                            \
		.oid_handler = (handler),                                      \
		.oid_fmt = (fmt),                                              \
		.oid_descr = __DESCR(descr),                                   \
		.oid_label = (label),                                          \
	};                                                                     \
	DATA_SET(sysctl_set, id)

#define SYSCTL_OID(parent, nbr, name, kind, a1, a2, handler, fmt, descr)     \
	SYSCTL_OID_WITH_LABEL(parent, nbr, name, kind, a1, a2, handler, fmt, \
	    descr, NULL)
#define SYSCTL_OID_WITH_LABEL(parent, nbr, name, kind, a1, a2, handler, fmt, \
    descr, label)                                                            \
	static SYSCTL_OID_RAW(sysctl__##parent##_##name,                     \
	    SYSCTL_CHILDREN(&sysctl__##parent), nbr, #name, kind, a1, a2,    \
	    handler, fmt, descr, label)
#define SYSCTL_OID_GLOBAL(parent, nbr, name, kind, a1, a2, handler, fmt,  \
    descr, label)                                                         \
	SYSCTL_OID_RAW(sysctl__##parent##_##name,                         \
	    SYSCTL_CHILDREN(&sysctl__##parent), nbr, #name, kind, a1, a2, \
	    handler, fmt, descr, label)

#define SYSCTL_ROOT_NODE(nbr, name, access, handler, descr)               \
	SYSCTL_OID_RAW(sysctl___##name, &sysctl__children, nbr, #name,    \
	    CTLTYPE_NODE | (access), NULL, 0, handler, "N", descr, NULL); \
	__SYSCTL_TYPE_OK(access, CTLTYPE_NODE)
#define SYSCTL_NODE(parent, nbr, name, access, handler, descr) \
	SYSCTL_NODE_WITH_LABEL(parent, nbr, name, access, handler, descr, NULL)
#define SYSCTL_NODE_WITH_LABEL(parent, nbr, name, access, handler, descr,      \
    label)                                                                     \
	SYSCTL_OID_GLOBAL(parent, nbr, name, CTLTYPE_NODE | (access), NULL, 0, \
	    handler, "N", descr, label);                                       \
	__SYSCTL_TYPE_OK(access, CTLTYPE_NODE)

#define SYSCTL_STRING(parent, nbr, name, access, arg, len, descr) \
	SYSCTL_OID(parent, nbr, name,                             \
	    CTLTYPE_STRING | CTLFLAG_MPSAFE | (access), arg, len, \
	    sysctl_handle_string, "A", descr);                    \
	__SYSCTL_TYPE_OK(access, CTLTYPE_STRING)
#define SYSCTL_CONST_STRING(parent, nbr, name, access, arg, descr)        \
	SYSCTL_OID(parent, nbr, name,                                     \
	    CTLTYPE_STRING | CTLFLAG_MPSAFE | (access),                   \
	    __DECONST(char *, arg), 0, sysctl_handle_string, "A", descr); \
	CTASSERT(!((access)&CTLFLAG_WR))
#define SYSCTL_OPAQUE(parent, nbr, name, access, ptr, len, fmt, descr) \
	SYSCTL_OID(parent, nbr, name,                                  \
	    CTLTYPE_OPAQUE | CTLFLAG_MPSAFE | (access), ptr, len,      \
	    sysctl_handle_opaque, fmt, descr)
#define SYSCTL_STRUCT(parent, nbr, name, access, ptr, type, descr) \
	SYSCTL_OID(parent, nbr, name,                              \
	    CTLTYPE_OPAQUE | CTLFLAG_MPSAFE | (access), ptr,       \
	    sizeof(struct type), sysctl_handle_opaque, "S," #type, descr)
#define SYSCTL_PROC(parent, nbr, name, access, ptr, arg, handler, fmt, descr) \
	SYSCTL_OID(parent, nbr, name, (access), ptr, arg, handler, fmt,       \
	    descr);                                                           \
	CTASSERT(((access)&CTLTYPE) != 0)

/* Numbers.  With a NULL pointer the value is `val`. */
#define SYSCTL_NULL_BOOL_PTR ((bool *)NULL)
#define SYSCTL_BOOL(parent, nbr, name, access, ptr, val, descr)               \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_U8 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_bool, "CU", descr);                       \
	CTASSERT(sizeof(bool) == sizeof(*(ptr)))
#define SYSCTL_NULL_S8_PTR ((int8_t *)NULL)
#define SYSCTL_S8(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_S8 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_8, "C", descr);                           \
	CTASSERT(sizeof(int8_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_U8_PTR ((uint8_t *)NULL)
#define SYSCTL_U8(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_U8 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_8, "CU", descr);                          \
	CTASSERT(sizeof(uint8_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_S16_PTR ((int16_t *)NULL)
#define SYSCTL_S16(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_S16 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_16, "S", descr);                           \
	CTASSERT(sizeof(int16_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_U16_PTR ((uint16_t *)NULL)
#define SYSCTL_U16(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_U16 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_16, "SU", descr);                          \
	CTASSERT(sizeof(uint16_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_S32_PTR ((int32_t *)NULL)
#define SYSCTL_S32(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_S32 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_32, "I", descr);                           \
	CTASSERT(sizeof(int32_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_U32_PTR ((uint32_t *)NULL)
#define SYSCTL_U32(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_U32 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_32, "IU", descr);                          \
	CTASSERT(sizeof(uint32_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_S64_PTR ((int64_t *)NULL)
#define SYSCTL_S64(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_S64 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_64, "Q", descr);                           \
	CTASSERT(sizeof(int64_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_U64_PTR ((uint64_t *)NULL)
#define SYSCTL_U64(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_U64 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_64, "QU", descr);                          \
	CTASSERT(sizeof(uint64_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_INT_PTR ((int *)NULL)
#define SYSCTL_INT(parent, nbr, name, access, ptr, val, descr)                 \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_INT | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_int, "I", descr);                          \
	CTASSERT(sizeof(int) == sizeof(*(ptr)))
#define SYSCTL_NULL_UINT_PTR ((unsigned *)NULL)
#define SYSCTL_UINT(parent, nbr, name, access, ptr, val, descr) \
	SYSCTL_OID(parent, nbr, name,                           \
	    CTLTYPE_UINT | CTLFLAG_MPSAFE | (access), ptr, val, \
	    sysctl_handle_int, "IU", descr);                    \
	CTASSERT(sizeof(unsigned) == sizeof(*(ptr)))
#define SYSCTL_NULL_LONG_PTR ((long *)NULL)
#define SYSCTL_LONG(parent, nbr, name, access, ptr, val, descr) \
	SYSCTL_OID(parent, nbr, name,                           \
	    CTLTYPE_LONG | CTLFLAG_MPSAFE | (access), ptr, val, \
	    sysctl_handle_long, "L", descr);                    \
	CTASSERT(sizeof(long) == sizeof(*(ptr)))
#define SYSCTL_NULL_ULONG_PTR ((unsigned long *)NULL)
#define SYSCTL_ULONG(parent, nbr, name, access, ptr, val, descr) \
	SYSCTL_OID(parent, nbr, name,                            \
	    CTLTYPE_ULONG | CTLFLAG_MPSAFE | (access), ptr, val, \
	    sysctl_handle_long, "LU", descr);                    \
	CTASSERT(sizeof(unsigned long) == sizeof(*(ptr)))
#define SYSCTL_NULL_QUAD_PTR ((int64_t *)NULL)
#define SYSCTL_QUAD(parent, nbr, name, access, ptr, val, descr)                \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_S64 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_64, "Q", descr);                           \
	CTASSERT(sizeof(int64_t) == sizeof(*(ptr)))
#define SYSCTL_NULL_UQUAD_PTR ((uint64_t *)NULL)
#define SYSCTL_UQUAD(parent, nbr, name, access, ptr, val, descr)               \
	SYSCTL_OID(parent, nbr, name, CTLTYPE_U64 | CTLFLAG_MPSAFE | (access), \
	    ptr, val, sysctl_handle_64, "QU", descr);                          \
	CTASSERT(sizeof(uint64_t) == sizeof(*(ptr)))

/*
 * --- dynamic entries ---
 */

struct sysctl_oid *sysctl_add_oid(struct sysctl_ctx_list *clist,
    struct sysctl_oid_list *parent, int nbr, const char *name, int kind,
    void *arg1, intmax_t arg2, int (*handler)(SYSCTL_HANDLER_ARGS),
    const char *fmt, const char *descr, const char *label);
int sysctl_remove_oid(struct sysctl_oid *oidp, int del, int recurse);
int sysctl_remove_name(struct sysctl_oid *parent, const char *name, int del,
    int recurse);
void sysctl_register_oid(struct sysctl_oid *oidp);
void sysctl_unregister_oid(struct sysctl_oid *oidp);
int sysctl_ctx_init(struct sysctl_ctx_list *clist);
int sysctl_ctx_free(struct sysctl_ctx_list *clist);
struct sysctl_ctx_entry *sysctl_ctx_entry_add(struct sysctl_ctx_list *clist,
    struct sysctl_oid *oidp);
struct sysctl_ctx_entry *sysctl_ctx_entry_find(struct sysctl_ctx_list *clist,
    struct sysctl_oid *oidp);
int sysctl_ctx_entry_del(struct sysctl_ctx_list *clist,
    struct sysctl_oid *oidp);

#define SYSCTL_ADD_OID(ctx, parent, nbr, name, kind, a1, a2, handler, fmt, \
    descr)                                                                 \
	sysctl_add_oid(ctx, parent, nbr, name, kind, a1, a2, handler, fmt, \
	    __DESCR(descr), NULL)
#define SYSCTL_ADD_NODE(ctx, parent, nbr, name, access, handler, descr)     \
	SYSCTL_ADD_NODE_WITH_LABEL(ctx, parent, nbr, name, access, handler, \
	    descr, NULL)
#define SYSCTL_ADD_NODE_WITH_LABEL(ctx, parent, nbr, name, access, handler,   \
    descr, label)                                                             \
	sysctl_add_oid(ctx, parent, nbr, name, CTLTYPE_NODE | (access), NULL, \
	    0, handler, "N", __DESCR(descr), label)
#define SYSCTL_ADD_ROOT_NODE(ctx, nbr, name, access, handler, descr)        \
	sysctl_add_oid(ctx, &sysctl__children, nbr, name,                   \
	    CTLTYPE_NODE | (access), NULL, 0, handler, "N", __DESCR(descr), \
	    NULL)
#define SYSCTL_ADD_STRING(ctx, parent, nbr, name, access, arg, len, descr)  \
	({                                                                  \
		char *__arg = (arg);                                        \
		sysctl_add_oid(ctx, parent, nbr, name,                      \
		    CTLTYPE_STRING | CTLFLAG_MPSAFE | (access), __arg, len, \
		    sysctl_handle_string, "A", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_CONST_STRING(ctx, parent, nbr, name, access, arg, descr) \
	({                                                                  \
		char *__arg = __DECONST(char *, arg);                       \
		CTASSERT(!((access)&CTLFLAG_WR));                           \
		sysctl_add_oid(ctx, parent, nbr, name,                      \
		    CTLTYPE_STRING | CTLFLAG_MPSAFE | (access), __arg, 0,   \
		    sysctl_handle_string, "A", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_OPAQUE(ctx, parent, nbr, name, access, ptr, len, fmt, \
    descr)                                                               \
	sysctl_add_oid(ctx, parent, nbr, name,                           \
	    CTLTYPE_OPAQUE | CTLFLAG_MPSAFE | (access), ptr, len,        \
	    sysctl_handle_opaque, fmt, __DESCR(descr), NULL)
#define SYSCTL_ADD_STRUCT(ctx, parent, nbr, name, access, ptr, type, descr) \
	sysctl_add_oid(ctx, parent, nbr, name,                              \
	    CTLTYPE_OPAQUE | CTLFLAG_MPSAFE | (access), ptr,                \
	    sizeof(struct type), sysctl_handle_opaque, "S," #type,          \
	    __DESCR(descr), NULL)
#define SYSCTL_ADD_PROC(ctx, parent, nbr, name, access, ptr, arg, handler, \
    fmt, descr)                                                            \
	({                                                                 \
		CTASSERT(((access)&CTLTYPE) != 0);                         \
		sysctl_add_oid(ctx, parent, nbr, name, (access), ptr, arg, \
		    handler, fmt, __DESCR(descr), NULL);                   \
	})
#define SYSCTL_ADD_UAUTO(ctx, parent, nbr, name, access, ptr, descr)       \
	({                                                                 \
		CTASSERT(sizeof(*(ptr)) == sizeof(int) ||                  \
		    sizeof(*(ptr)) == sizeof(int64_t));                    \
		sysctl_add_oid(ctx, parent, nbr, name,                     \
		    (sizeof(*(ptr)) == sizeof(int64_t) ? CTLTYPE_U64 :     \
							 CTLTYPE_UINT) |   \
			CTLFLAG_MPSAFE | (access),                         \
		    (ptr), 0,                                              \
		    sizeof(*(ptr)) == sizeof(int64_t) ? sysctl_handle_64 : \
							sysctl_handle_int, \
		    sizeof(*(ptr)) == sizeof(int64_t) ? "QU" : "IU",       \
		    __DESCR(descr), NULL);                                 \
	})
#define SYSCTL_ADD_BOOL(ctx, parent, nbr, name, access, ptr, val, descr) \
	({                                                               \
		bool *__ptr = (ptr);                                     \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_U8 | CTLFLAG_MPSAFE | (access), __ptr, val,  \
		    sysctl_handle_bool, "CU", __DESCR(descr), NULL);     \
	})
#define SYSCTL_ADD_S8(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                              \
		int8_t *__ptr = (ptr);                                  \
		sysctl_add_oid(ctx, parent, nbr, name,                  \
		    CTLTYPE_S8 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_8, "C", __DESCR(descr), NULL);        \
	})
#define SYSCTL_ADD_U8(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                              \
		uint8_t *__ptr = (ptr);                                 \
		sysctl_add_oid(ctx, parent, nbr, name,                  \
		    CTLTYPE_U8 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_8, "CU", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_S16(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                               \
		int16_t *__ptr = (ptr);                                  \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_S16 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_16, "S", __DESCR(descr), NULL);        \
	})
#define SYSCTL_ADD_U16(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                               \
		uint16_t *__ptr = (ptr);                                 \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_U16 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_16, "SU", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_S32(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                               \
		int32_t *__ptr = (ptr);                                  \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_S32 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_32, "I", __DESCR(descr), NULL);        \
	})
#define SYSCTL_ADD_U32(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                               \
		uint32_t *__ptr = (ptr);                                 \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_U32 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_32, "IU", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_S64(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                               \
		int64_t *__ptr = (ptr);                                  \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_S64 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_64, "Q", __DESCR(descr), NULL);        \
	})
#define SYSCTL_ADD_U64(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                               \
		uint64_t *__ptr = (ptr);                                 \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_U64 | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_64, "QU", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_INT(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                               \
		int *__ptr = (ptr);                                      \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_INT | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_int, "I", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_UINT(ctx, parent, nbr, name, access, ptr, val, descr)  \
	({                                                                \
		unsigned *__ptr = (ptr);                                  \
		sysctl_add_oid(ctx, parent, nbr, name,                    \
		    CTLTYPE_UINT | CTLFLAG_MPSAFE | (access), __ptr, val, \
		    sysctl_handle_int, "IU", __DESCR(descr), NULL);       \
	})
#define SYSCTL_ADD_LONG(ctx, parent, nbr, name, access, ptr, descr)     \
	({                                                              \
		long *__ptr = (ptr);                                    \
		sysctl_add_oid(ctx, parent, nbr, name,                  \
		    CTLTYPE_LONG | CTLFLAG_MPSAFE | (access), __ptr, 0, \
		    sysctl_handle_long, "L", __DESCR(descr), NULL);     \
	})
#define SYSCTL_ADD_ULONG(ctx, parent, nbr, name, access, ptr, descr)     \
	({                                                               \
		unsigned long *__ptr = (ptr);                            \
		sysctl_add_oid(ctx, parent, nbr, name,                   \
		    CTLTYPE_ULONG | CTLFLAG_MPSAFE | (access), __ptr, 0, \
		    sysctl_handle_long, "LU", __DESCR(descr), NULL);     \
	})
#define SYSCTL_ADD_QUAD(ctx, parent, nbr, name, access, ptr, descr)    \
	({                                                             \
		int64_t *__ptr = (ptr);                                \
		sysctl_add_oid(ctx, parent, nbr, name,                 \
		    CTLTYPE_S64 | CTLFLAG_MPSAFE | (access), __ptr, 0, \
		    sysctl_handle_64, "Q", __DESCR(descr), NULL);      \
	})
#define SYSCTL_ADD_UQUAD(ctx, parent, nbr, name, access, ptr, descr)   \
	({                                                             \
		uint64_t *__ptr = (ptr);                               \
		sysctl_add_oid(ctx, parent, nbr, name,                 \
		    CTLTYPE_U64 | CTLFLAG_MPSAFE | (access), __ptr, 0, \
		    sysctl_handle_64, "QU", __DESCR(descr), NULL);     \
	})

/* ptr: where the counter_u64_t stands; any write zeroes it. */
#define SYSCTL_ADD_COUNTER_U64(ctx, parent, nbr, name, access, ptr, descr)  \
	({                                                                  \
		uint64_t **__ptr = (ptr);                                   \
		sysctl_add_oid(ctx, parent, nbr, name,                      \
		    CTLTYPE_U64 | CTLFLAG_MPSAFE | (access), __ptr, 0,      \
		    sysctl_handle_counter_u64, "QU", __DESCR(descr), NULL); \
	})

/* The root and the nodes that always exist. */
extern struct sysctl_oid_list sysctl__children;
SYSCTL_DECL(_kern);
SYSCTL_DECL(_kern_features);
SYSCTL_DECL(_vm);
SYSCTL_DECL(_vfs);
SYSCTL_DECL(_net);
SYSCTL_DECL(_debug);
SYSCTL_DECL(_dev);
SYSCTL_DECL(_hw);
SYSCTL_DECL(_hw_bus);
SYSCTL_DECL(_machdep);
SYSCTL_DECL(_security);

/* A read-only 1 under kern.features. */
#define FEATURE(name, desc)                                                    \
	SYSCTL_INT(_kern_features, OID_AUTO, name, CTLFLAG_RD | CTLFLAG_CAPRD, \
	    SYSCTL_NULL_INT_PTR, 1, desc)

#endif /* !_SYS_SYSCTL_H_ */
