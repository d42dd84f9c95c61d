/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sglist(9): lists of guest-physical ranges.
 */
#ifndef _SYS_SGLIST_H_
#define _SYS_SGLIST_H_

#include <sys/types.h>
#include <sys/refcount.h>

struct sglist_seg {
	vm_paddr_t ss_paddr;
	size_t ss_len;
};

struct sglist {
	struct sglist_seg *sg_segs;
	u_int sg_refs;
	u_short sg_nseg;
	u_short sg_maxseg;
};

struct bio;
struct mbuf;
struct uio;
struct vm_page;

/* For a list whose memory is the caller's; not for sglist_free(). */
static inline void
sglist_init(struct sglist *sg, u_short maxsegs, struct sglist_seg *segs)
{
	sg->sg_segs = segs;
	sg->sg_nseg = 0;
	sg->sg_maxseg = maxsegs;
	refcount_init(&sg->sg_refs, 1);
}

static inline void
sglist_reset(struct sglist *sg)
{
	sg->sg_nseg = 0;
}

static inline struct sglist *
sglist_hold(struct sglist *sg)
{
	refcount_acquire(&sg->sg_refs);
	return (sg);
}

struct sglist *sglist_alloc(int nsegs, int mflags);
void sglist_free(struct sglist *sg);
struct sglist *sglist_build(void *buf, size_t len, int mflags);
struct sglist *sglist_clone(struct sglist *sg, int mflags);
int sglist_count(void *buf, size_t len);
size_t sglist_length(struct sglist *sg);

/* A failed append leaves the list as it was. */
int sglist_append(struct sglist *sg, void *buf, size_t len);
int sglist_append_bio(struct sglist *sg, struct bio *bp);
int sglist_append_phys(struct sglist *sg, vm_paddr_t paddr, size_t len);
/* `len` bytes from `pgoff` in the first of the pages on. */
int sglist_append_vmpages(struct sglist *sg, struct vm_page **m, size_t pgoff,
    size_t len);
int sglist_append_sglist(struct sglist *sg, struct sglist *source,
    size_t offset, size_t length);
/* All of a packet; or this one mbuf of it. */
int sglist_append_mbuf(struct sglist *sg, struct mbuf *m0);
#if __FreeBSD_version >= 1300000
int sglist_append_single_mbuf(struct sglist *sg, struct mbuf *m);
#endif
/* The segments that an empty list for a packet needs. */
int sglist_count_mbuf(struct mbuf *m0);
int sglist_append_uio(struct sglist *sg, struct uio *uio);
int sglist_consume_uio(struct sglist *sg, struct uio *uio, size_t resid);

int sglist_join(struct sglist *first, struct sglist *second);
int sglist_slice(struct sglist *original, struct sglist **slice, size_t offset,
    size_t length, int mflags);
int sglist_split(struct sglist *original, struct sglist **head, size_t length,
    int mflags);

#endif /* !_SYS_SGLIST_H_ */
