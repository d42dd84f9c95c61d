/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sglist(9).
 *
 * Every append works on a saved count of segments and length of the last
 * one, so that a list that proves too short is left as it was.
 */
#include "kernel/kern.h"

#include <sys/bio.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/sglist.h>
#include <sys/uio.h>
#include <vm/vm_page.h>

static MALLOC_DEFINE(M_SGLIST, "sglist", "scatter/gather lists");

/* What an append may change. */
struct sglist_save {
	u_short nseg;
	size_t last_len;
};

static struct sglist_save
sglist_save(const struct sglist *sg)
{
	struct sglist_save save = { .nseg = sg->sg_nseg };

	if (sg->sg_nseg > 0)
		save.last_len = sg->sg_segs[sg->sg_nseg - 1].ss_len;
	return (save);
}

static int
sglist_restore(struct sglist *sg, struct sglist_save save, int error)
{
	sg->sg_nseg = save.nseg;
	if (save.nseg > 0)
		sg->sg_segs[save.nseg - 1].ss_len = save.last_len;
	return (error);
}

/* Bytes from buf to the end of its page, at most len. */
static size_t
sglist_piece(const char *buf, size_t len)
{
	return (MIN(len, PAGE_SIZE - ((uintptr_t)buf & PAGE_MASK)));
}

/* Appends a range, joining it to the last one where it continues that. */
static int
sglist_add(struct sglist *sg, vm_paddr_t paddr, size_t len)
{
	struct sglist_seg *last;

	if (len == 0)
		return (0);
	if (sg->sg_nseg > 0) {
		last = &sg->sg_segs[sg->sg_nseg - 1];
		if (last->ss_paddr + last->ss_len == paddr) {
			last->ss_len += len;
			return (0);
		}
	}
	if (sg->sg_nseg == sg->sg_maxseg)
		return (EFBIG);
	sg->sg_segs[sg->sg_nseg].ss_paddr = paddr;
	sg->sg_segs[sg->sg_nseg++].ss_len = len;
	return (0);
}

/* As far as it goes; returns the bytes that were appended. */
static size_t
sglist_add_buffer(struct sglist *sg, char *buf, size_t len)
{
	size_t done = 0, part;

	for (; done < len; done += part) {
		part = sglist_piece(buf + done, len - done);
		if (sglist_add(sg, vtophys(buf + done), part) != 0)
			break;
	}
	return (done);
}

/*
 * --- life ---
 */

struct sglist *
sglist_alloc(int nsegs, int mflags)
{
	struct sglist *sg;

	if (nsegs <= 0 || nsegs > USHRT_MAX)
		panic("sglist_alloc: %d segments", nsegs);
	sg = malloc(sizeof(*sg) + nsegs * sizeof(struct sglist_seg), M_SGLIST,
	    mflags);
	if (sg != NULL)
		sglist_init(sg, nsegs, (struct sglist_seg *)(sg + 1));
	return (sg);
}

void
sglist_free(struct sglist *sg)
{
	if (sg != NULL && refcount_release(&sg->sg_refs))
		free(sg, M_SGLIST);
}

int
sglist_count(void *buf, size_t len)
{
	vm_paddr_t next = 0, pa;
	char *p = buf;
	size_t part;
	int nsegs = 0;

	for (; len > 0; p += part, len -= part, next = pa + part) {
		part = sglist_piece(p, len);
		pa = vtophys(p);
		if (nsegs == 0 || pa != next)
			nsegs++;
	}
	return (nsegs);
}

struct sglist *
sglist_build(void *buf, size_t len, int mflags)
{
	struct sglist *sg;

	if (len == 0)
		return (NULL);
	sg = sglist_alloc(sglist_count(buf, len), mflags);
	if (sg != NULL && sglist_append(sg, buf, len) != 0)
		panic("sglist_build: %p, %zu bytes, changed", buf, len);
	return (sg);
}

struct sglist *
sglist_clone(struct sglist *sg, int mflags)
{
	struct sglist *copy;

	if (sg == NULL)
		return (NULL);
	copy = sglist_alloc(sg->sg_maxseg, mflags);
	if (copy == NULL)
		return (NULL);
	copy->sg_nseg = sg->sg_nseg;
	memcpy(copy->sg_segs, sg->sg_segs,
	    sg->sg_nseg * sizeof(struct sglist_seg));
	return (copy);
}

size_t
sglist_length(struct sglist *sg)
{
	size_t length = 0;
	int i;

	for (i = 0; i < sg->sg_nseg; i++)
		length += sg->sg_segs[i].ss_len;
	return (length);
}

/*
 * --- appending ---
 */

int
sglist_append(struct sglist *sg, void *buf, size_t len)
{
	struct sglist_save save;

	if (sg->sg_maxseg == 0)
		return (EINVAL);
	save = sglist_save(sg);
	if (sglist_add_buffer(sg, buf, len) < len)
		return (sglist_restore(sg, save, EFBIG));
	return (0);
}

int
sglist_append_bio(struct sglist *sg, struct bio *bp)
{
	if ((bp->bio_flags & BIO_VLIST) != 0)
		return (EOPNOTSUPP);
	if ((bp->bio_flags & BIO_UNMAPPED) != 0)
		return (sglist_append_vmpages(sg, bp->bio_ma, bp->bio_ma_offset,
		    bp->bio_bcount));
	return (sglist_append(sg, bp->bio_data, bp->bio_bcount));
}

int
sglist_append_mbuf(struct sglist *sg, struct mbuf *m0)
{
	struct sglist_save save;
	size_t len;

	if (sg->sg_maxseg == 0)
		return (EINVAL);
	save = sglist_save(sg);
	for (; m0 != NULL; m0 = m0->m_next) {
		len = (size_t)m0->m_len;
		if (sglist_add_buffer(sg, m0->m_data, len) < len)
			return (sglist_restore(sg, save, EFBIG));
	}
	return (0);
}

#if __FreeBSD_version >= 1300000
int
sglist_append_single_mbuf(struct sglist *sg, struct mbuf *m)
{
	return (sglist_append(sg, m->m_data, (size_t)m->m_len));
}
#endif

int
sglist_count_mbuf(struct mbuf *m0)
{
	int nsegs = 0;

	for (; m0 != NULL; m0 = m0->m_next)
		nsegs += sglist_count(m0->m_data, (size_t)m0->m_len);
	return (nsegs);
}

int
sglist_append_phys(struct sglist *sg, vm_paddr_t paddr, size_t len)
{
	if (sg->sg_maxseg == 0)
		return (EINVAL);
	return (sglist_add(sg, paddr, len));
}

int
sglist_append_vmpages(struct sglist *sg, vm_page_t *m, size_t pgoff, size_t len)
{
	struct sglist_save save;
	size_t part;
	int error;

	if (sg->sg_maxseg == 0)
		return (EINVAL);
	save = sglist_save(sg);
	for (; len > 0; m++, len -= part, pgoff = 0) {
		part = MIN(len, PAGE_SIZE - pgoff);
		error = sglist_add(sg, VM_PAGE_TO_PHYS(*m) + pgoff, part);
		if (error != 0)
			return (sglist_restore(sg, save, error));
	}
	return (0);
}

/* Appends [offset, offset + length) of source. */
static int
sglist_add_range(struct sglist *sg, const struct sglist *source, size_t offset,
    size_t length)
{
	const struct sglist_seg *seg;
	size_t part;
	int error, i;

	for (i = 0; i < source->sg_nseg && length > 0; i++) {
		seg = &source->sg_segs[i];
		if (offset >= seg->ss_len) {
			offset -= seg->ss_len;
			continue;
		}
		part = MIN(length, seg->ss_len - offset);
		error = sglist_add(sg, seg->ss_paddr + offset, part);
		if (error != 0)
			return (error);
		offset = 0;
		length -= part;
	}
	return (length == 0 ? 0 : EINVAL);
}

int
sglist_append_sglist(struct sglist *sg, struct sglist *source, size_t offset,
    size_t length)
{
	struct sglist_save save;
	int error;

	if (sg->sg_maxseg == 0)
		return (EINVAL);
	save = sglist_save(sg);
	error = sglist_add_range(sg, source, offset, length);
	return (error == 0 ? 0 : sglist_restore(sg, save, error));
}

int
sglist_append_uio(struct sglist *sg, struct uio *uio)
{
	struct sglist_save save;
	size_t left = uio->uio_resid, part;
	int i;

	if (sg->sg_maxseg == 0)
		return (EINVAL);
	if (uio->uio_segflg != UIO_SYSSPACE)
		return (EFAULT);
	save = sglist_save(sg);
	for (i = 0; i < uio->uio_iovcnt && left > 0; i++, left -= part) {
		part = MIN(left, uio->uio_iov[i].iov_len);
		if (sglist_add_buffer(sg, uio->uio_iov[i].iov_base, part) <
		    part)
			return (sglist_restore(sg, save, EFBIG));
	}
	return (0);
}

int
sglist_consume_uio(struct sglist *sg, struct uio *uio, size_t resid)
{
	struct iovec *iov;
	size_t part, done;

	if (sg->sg_maxseg == 0)
		return (EINVAL);
	if (uio->uio_segflg != UIO_SYSSPACE)
		return (EFAULT);
	while (resid > 0 && uio->uio_resid > 0) {
		iov = uio->uio_iov;
		part = MIN(MIN(iov->iov_len, resid), (size_t)uio->uio_resid);
		if (part == 0) {
			uio->uio_iov++;
			uio->uio_iovcnt--;
			continue;
		}
		done = sglist_add_buffer(sg, iov->iov_base, part);
		iov->iov_base = (char *)iov->iov_base + done;
		iov->iov_len -= done;
		uio->uio_resid -= done;
		uio->uio_offset += done;
		resid -= done;
		/* A list that is full ends a partial transfer; no error. */
		if (done < part)
			break;
	}
	return (0);
}

/*
 * --- taking apart and together ---
 */

int
sglist_join(struct sglist *first, struct sglist *second)
{
	struct sglist_save save;
	int error;

	if (second->sg_nseg == 0)
		return (0);
	save = sglist_save(first);
	error = sglist_add_range(first, second, 0, sglist_length(second));
	if (error != 0)
		return (sglist_restore(first, save, error));
	sglist_reset(second);
	return (0);
}

/* The segments that the first `length` bytes of the list take. */
static u_int
sglist_prefix(const struct sglist *sg, size_t offset, size_t length)
{
	size_t start = 0, end;
	u_int n = 0;
	int i;

	for (i = 0; i < sg->sg_nseg && start < offset + length; i++) {
		end = start + sg->sg_segs[i].ss_len;
		if (end > offset)
			n++;
		start = end;
	}
	return (n);
}

/* Fills *result, or a new list, with a range; *result must be empty. */
static int
sglist_extract(struct sglist *original, struct sglist **result, size_t offset,
    size_t length, int mflags)
{
	u_int count = sglist_prefix(original, offset, length);
	struct sglist *sg = *result;
	int error;

	if (sg == NULL) {
		sg = sglist_alloc(MAX(count, 1), mflags);
		if (sg == NULL)
			return (ENOMEM);
	} else {
		if (sg->sg_nseg != 0)
			return (EINVAL);
		if (count > sg->sg_maxseg)
			return (EFBIG);
	}
	error = sglist_add_range(sg, original, offset, length);
	if (error != 0)
		panic("sglist_extract: %zu + %zu bytes of %p (%d)", offset,
		    length, original, error);
	*result = sg;
	return (0);
}

int
sglist_slice(struct sglist *original, struct sglist **slice, size_t offset,
    size_t length, int mflags)
{
	size_t total = sglist_length(original);

	if (length == 0)
		return (0);
	if (offset > total || length > total - offset)
		return (EINVAL);
	return (sglist_extract(original, slice, offset, length, mflags));
}

int
sglist_split(struct sglist *original, struct sglist **head, size_t length,
    int mflags)
{
	struct sglist_seg *seg;
	int error, gone;

	if (original->sg_refs > 1)
		return (EDOOFUS);
	length = MIN(length, sglist_length(original));
	if (length == 0)
		return (0);
	error = sglist_extract(original, head, 0, length, mflags);
	if (error != 0)
		return (error);
	for (gone = 0; length > 0; gone++) {
		seg = &original->sg_segs[gone];
		if (seg->ss_len > length) {
			seg->ss_paddr += length;
			seg->ss_len -= length;
			break;
		}
		length -= seg->ss_len;
	}
	original->sg_nseg -= gone;
	memmove(original->sg_segs, original->sg_segs + gone,
	    original->sg_nseg * sizeof(*seg));
	return (0);
}
