/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sglist(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bio.h>
#include <sys/malloc.h>
#include <sys/sglist.h>
#include <sys/uio.h>
#include <vm/vm_page.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "tests/test.h"

KERNEL_TEST(sglist, splits_at_pages)
{
	char *p = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct sglist *sg = sglist_build(p + 100, 2 * PAGE_SIZE, M_WAITOK);

	T_REQUIRE(sg != NULL);
	T_EQ(sg->sg_nseg, 3);
	T_EQ(sg->sg_segs[0].ss_paddr, vtophys(p + 100));
	T_EQ(sg->sg_segs[0].ss_len, PAGE_SIZE - 100);
	T_EQ(sg->sg_segs[1].ss_paddr, vtophys(p + PAGE_SIZE));
	T_EQ(sg->sg_segs[1].ss_len, PAGE_SIZE);
	T_EQ(sg->sg_segs[2].ss_len, 100);
	T_EQ(sglist_length(sg), 2 * PAGE_SIZE);
	T_EQ(sglist_count(p + 100, 2 * PAGE_SIZE), 3);
	sglist_free(sg);
	free(p, M_TEMP);
}

KERNEL_TEST(sglist, joins_neighbours)
{
	struct sglist *sg = sglist_alloc(2, M_WAITOK);
	char *p = contigmalloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK, 0,
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);

	T_EQ(sglist_append(sg, p, 2 * PAGE_SIZE), 0);
	T_EQ(sg->sg_nseg, 1);
	T_EQ(sglist_append(sg, p + 2 * PAGE_SIZE, 10), 0);
	T_EQ(sg->sg_nseg, 1);
	T_EQ(sglist_append_phys(sg, 0x5000, 7), 0);
	T_EQ(sglist_append_phys(sg, 0x5007, 1), 0);
	T_EQ(sg->sg_nseg, 2);
	T_EQ(sg->sg_segs[1].ss_len, 8);
	T_EQ(sglist_append_phys(sg, 0x9000, 1), EFBIG);
	sglist_free(sg);
	contigfree(p, 3 * PAGE_SIZE, M_TEMP);
}

KERNEL_TEST(sglist, failed_append_changes_nothing)
{
	struct sglist_seg segs[3];
	struct sglist sg;
	char *p = malloc(4 * PAGE_SIZE, M_TEMP, M_WAITOK);

	sglist_init(&sg, 3, segs);
	/* Its first page continues the last segment. */
	T_EQ(sglist_append(&sg, p, 512), 0);
	T_EQ(sglist_append(&sg, p + 512, 4 * PAGE_SIZE - 512), EFBIG);
	T_EQ(sg.sg_nseg, 1);
	T_EQ(segs[0].ss_len, 512);
	sglist_reset(&sg);
	T_EQ(sg.sg_nseg, 0);
	sglist_init(&sg, 0, NULL);
	T_EQ(sglist_append(&sg, p, 1), EINVAL);
	free(p, M_TEMP);
}

KERNEL_TEST(sglist, appends_a_bio)
{
	struct sglist *sg = sglist_alloc(4, M_WAITOK);
	char *p = malloc(2 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct bio bio;

	memset(&bio, 0, sizeof(bio));
	bio.bio_data = p + 512;
	bio.bio_bcount = PAGE_SIZE;
	T_EQ(sglist_append_bio(sg, &bio), 0);
	T_EQ(sg->sg_nseg, 2);
	T_EQ(sglist_length(sg), PAGE_SIZE);
	bio.bio_flags = BIO_VLIST;
	T_EQ(sglist_append_bio(sg, &bio), EOPNOTSUPP);
	sglist_free(sg);
	free(p, M_TEMP);
}

KERNEL_TEST(sglist, appends_an_unmapped_bio)
{
	struct sglist *sg = sglist_alloc(2, M_WAITOK);
	char *p = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct vm_page *pages[3];
	struct bio bio;
	int i;

	for (i = 0; i < 3; i++)
		pages[i] = PHYS_TO_VM_PAGE(vtophys(p + i * PAGE_SIZE));
	memset(&bio, 0, sizeof(bio));
	bio.bio_flags = BIO_UNMAPPED;
	bio.bio_ma = pages;
	bio.bio_ma_n = 3;
	bio.bio_ma_offset = 512;
	bio.bio_bcount = PAGE_SIZE;
	T_EQ(sglist_append_bio(sg, &bio), 0);
	T_EQ(sg->sg_nseg, 2);
	T_EQ(sg->sg_segs[0].ss_paddr, vtophys(p + 512));
	T_EQ(sg->sg_segs[1].ss_paddr, vtophys(p + PAGE_SIZE));
	T_EQ(sg->sg_segs[1].ss_len, 512);
	sglist_reset(sg);
	bio.bio_bcount = 2 * PAGE_SIZE;
	T_EQ(sglist_append_bio(sg, &bio), EFBIG);
	T_EQ(sg->sg_nseg, 0);
	sglist_free(sg);
	free(p, M_TEMP);
}

KERNEL_TEST(sglist, slice_and_split)
{
	struct sglist *sg = sglist_alloc(3, M_WAITOK), *part = NULL;

	(void)sglist_append_phys(sg, 0x1000, 100);
	(void)sglist_append_phys(sg, 0x2000, 100);
	(void)sglist_append_phys(sg, 0x3000, 100);
	T_EQ(sglist_slice(sg, &part, 50, 100, M_WAITOK), 0);
	T_EQ(part->sg_nseg, 2);
	T_EQ(part->sg_segs[0].ss_paddr, 0x1032);
	T_EQ(part->sg_segs[0].ss_len, 50);
	T_EQ(part->sg_segs[1].ss_len, 50);
	sglist_free(part);
	part = NULL;
	T_EQ(sglist_slice(sg, &part, 250, 51, M_WAITOK), EINVAL);
	sglist_hold(sg);
	T_EQ(sglist_split(sg, &part, 150, M_WAITOK), EDOOFUS);
	sglist_free(sg);
	T_EQ(sglist_split(sg, &part, 150, M_WAITOK), 0);
	T_EQ(sglist_length(part), 150);
	T_EQ(sglist_length(sg), 150);
	T_EQ(sg->sg_nseg, 2);
	T_EQ(sg->sg_segs[0].ss_paddr, 0x2032);
	T_EQ(sglist_join(part, sg), EFBIG);
	T_EQ(sglist_length(part), 150);
	T_EQ(sglist_length(sg), 150);
	sglist_free(part);
	sglist_free(sg);
}

KERNEL_TEST(sglist, clone_and_join)
{
	struct sglist *a = sglist_alloc(3, M_WAITOK), *b;

	(void)sglist_append_phys(a, 0x1000, 100);
	b = sglist_clone(a, M_WAITOK);
	T_EQ(b->sg_maxseg, 3);
	T_EQ(sglist_join(a, b), 0);
	T_EQ(a->sg_nseg, 2);
	T_EQ(b->sg_nseg, 0);
	T_EQ(sglist_append_sglist(b, a, 0, 200), 0);
	T_EQ(sglist_length(b), 200);
	sglist_free(a);
	sglist_free(b);
}

KERNEL_TEST(sglist, consumes_a_uio_in_part)
{
	struct sglist *sg = sglist_alloc(2, M_WAITOK);
	char *p = malloc(3 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct iovec iov = { p, 3 * PAGE_SIZE };
	struct uio uio = { .uio_iov = &iov,
		.uio_iovcnt = 1,
		.uio_resid = 3 * PAGE_SIZE,
		.uio_segflg = UIO_SYSSPACE };

	T_EQ(sglist_append_uio(sg, &uio), EFBIG);
	T_EQ(sglist_consume_uio(sg, &uio, 3 * PAGE_SIZE), 0);
	T_EQ(uio.uio_resid, PAGE_SIZE);
	T_EQ(uio.uio_offset, 2 * PAGE_SIZE);
	T_TRUE(iov.iov_base == p + 2 * PAGE_SIZE);
	sglist_free(sg);
	free(p, M_TEMP);
}

KERNEL_TEST_ALWAYS_PANICS(sglist, freed_lists_are_not_held, "refcount_release")
{
	struct sglist_seg seg;
	struct sglist sg;

	sglist_init(&sg, 1, &seg);
	sg.sg_refs = 0;
	sglist_free(&sg);
}

/* Whatever cannot be done leaves the list as it was. */
KERNEL_TEST(sglist, refuses_what_it_cannot_do)
{
	struct sglist *none, *sg = sglist_alloc(2, M_WAITOK), *part = NULL;
	char *p = malloc(2 * PAGE_SIZE, M_TEMP, M_WAITOK);
	struct iovec iov[2] = { { p, 0 }, { p, 100 } };
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = 2,
		.uio_resid = 100,
		.uio_segflg = UIO_USERSPACE };
	struct sglist_seg seg;
	struct sglist empty;

	none = &empty;
	sglist_init(none, 0, &seg);
	T_EQ(sglist_append(none, p, 1), EINVAL);
	T_EQ(sglist_append_phys(none, 0x1000, 1), EINVAL);
	T_EQ(sglist_append_vmpages(none, NULL, 0, 0), EINVAL);
	T_EQ(sglist_append_sglist(none, sg, 0, 0), EINVAL);
	T_EQ(sglist_append_uio(none, &uio), EINVAL);
	T_EQ(sglist_consume_uio(none, &uio, 1), EINVAL);
	T_EQ(sglist_append_uio(sg, &uio), EFAULT);
	T_EQ(sglist_consume_uio(sg, &uio, 1), EFAULT);
	T_TRUE(sglist_build(p, 0, M_WAITOK) == NULL);
	T_TRUE(sglist_clone(NULL, M_WAITOK) == NULL);
	T_EQ(sglist_append_phys(sg, 0x1000, 0), 0);
	T_EQ(sg->sg_nseg, 0);
	/* Empty iovecs are stepped over. */
	uio.uio_segflg = UIO_SYSSPACE;
	T_EQ(sglist_consume_uio(sg, &uio, 100), 0);
	T_EQ(uio.uio_iovcnt, 1);
	T_EQ(sglist_length(sg), 100);
	T_EQ(sglist_slice(sg, &part, 0, 0, M_WAITOK), 0);
	T_EQ(sglist_split(sg, &part, 0, M_WAITOK), 0);
	T_TRUE(part == NULL);
	T_EQ(sglist_append_sglist(none, sg, 0, 200), EINVAL);
	part = sglist_clone(sg, M_WAITOK);
	T_EQ(sglist_slice(sg, &part, 0, 50, M_WAITOK), EINVAL);
	T_EQ(sglist_split(sg, &part, 50, M_WAITOK), EINVAL);
	T_EQ(sglist_join(part, none), 0);
	sglist_reset(part);
	T_EQ(sglist_append_phys(sg, 0x9000, 10), 0);
	sglist_free(part);
	part = sglist_alloc(1, M_WAITOK);
	T_EQ(sglist_slice(sg, &part, 0, 110, M_WAITOK), EFBIG);
	sglist_free(part);
	sglist_free(sg);
	free(p, M_TEMP);
}

KERNEL_TEST_PANICS(sglist, lists_have_segments, "sglist_alloc: 0 segments")
{
	(void)sglist_alloc(0, M_WAITOK);
}
