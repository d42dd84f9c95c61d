/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pfil(9): packet filters, at the points where packets pass.
 */
#ifndef _NET_PFIL_H_
#define _NET_PFIL_H_
#include <sys/types.h>

#if __FreeBSD_version >= 1300000
struct ifnet;
struct inpcb;
struct mbuf;

enum pfil_types { PFIL_TYPE_IP4, PFIL_TYPE_IP6, PFIL_TYPE_ETHERNET };

#define PFIL_IN	     0x00010000
#define PFIL_OUT     0x00020000
#define PFIL_FWD     0x00040000
#define PFIL_HEADPTR 0x00100000 /* pa_head is set, not pa_headname */
#define PFIL_HOOKPTR 0x00200000 /* likewise */
#define PFIL_APPEND  0x00400000
#define PFIL_UNLINK  0x00800000

typedef enum {
	PFIL_PASS = 0,
	PFIL_DROPPED,  /* and freed */
	PFIL_CONSUMED, /* and kept */
	PFIL_REALLOCED /* of memory: it is in an mbuf now */
} pfil_return_t;

#if __FreeBSD_version >= 1400000
typedef pfil_return_t (*pfil_mbuf_chk_t)(struct mbuf **, struct ifnet *,
    int flags, void *ruleset, struct inpcb *);
typedef pfil_return_t (*pfil_mem_chk_t)(void *, u_int, int flags,
    struct ifnet *, void *ruleset, struct mbuf **);
#define PFIL_VERSION 2
#else
/* mbuf or, with the length in flags, memory. */
typedef union {
	struct mbuf **m;
	void *mem;
} pfil_packet_t __attribute__((__transparent_union__));
typedef pfil_return_t (*pfil_func_t)(pfil_packet_t, struct ifnet *, int flags,
    void *ruleset, struct inpcb *);
#define PFIL_VERSION 1
#endif

typedef struct pfil_hook *pfil_hook_t;
typedef struct pfil_head *pfil_head_t;

/* A filter. */
struct pfil_hook_args {
	int pa_version;
	int pa_flags; /* PFIL_IN, PFIL_OUT */
	enum pfil_types pa_type;
#if __FreeBSD_version >= 1400000
	pfil_mbuf_chk_t pa_mbuf_chk;
	pfil_mem_chk_t pa_mem_chk;
#else
	pfil_func_t pa_func;
#endif
	void *pa_ruleset;
	const char *pa_modname;
	const char *pa_rulname;
};
pfil_hook_t pfil_add_hook(struct pfil_hook_args *pa);
/* From all points. */
void pfil_remove_hook(pfil_hook_t hook);

/* Filter and point, by pointer or name. */
struct pfil_link_args {
	int pa_version;
	int pa_flags;
	union {
		const char *pa_headname;
		pfil_head_t pa_head;
	};
	union {
		struct {
			const char *pa_modname;
			const char *pa_rulname;
		};
		pfil_hook_t pa_hook;
	};
};
/* ENOENT: there is no such head or hook.  EEXIST, EINVAL. */
int pfil_link(struct pfil_link_args *pa);

/* A point. */
struct pfil_head_args {
	int pa_version;
	int pa_flags;
	enum pfil_types pa_type;
	const char *pa_headname;
};
pfil_head_t pfil_head_register(struct pfil_head_args *pa);
void pfil_head_unregister(pfil_head_t head);

#if __FreeBSD_version >= 1400000
int pfil_mbuf_in(struct pfil_head *head, struct mbuf **m, struct ifnet *ifp,
    struct inpcb *inp);
int pfil_mbuf_out(struct pfil_head *head, struct mbuf **m, struct ifnet *ifp,
    struct inpcb *inp);
int pfil_mem_in(struct pfil_head *head, void *mem, u_int len, struct ifnet *ifp,
    struct mbuf **m);
#else
int pfil_run_hooks(struct pfil_head *head, pfil_packet_t p, struct ifnet *ifp,
    int flags, struct inpcb *inp);
#endif

struct _pfil_head {
	int head_nhooksin;
	int head_nhooksout;
};
#define PFIL_HOOKED_IN(p)  (((struct _pfil_head *)(p))->head_nhooksin > 0)
#define PFIL_HOOKED_OUT(p) (((struct _pfil_head *)(p))->head_nhooksout > 0)
#endif

#endif /* !_NET_PFIL_H_ */
