/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The part of GEOM that disk drivers use: bios, see g_bio(9).
 */
#ifndef _GEOM_GEOM_H_
#define _GEOM_GEOM_H_

#include <sys/bio.h>
#include <sys/malloc.h>

struct bio *g_new_bio(void);   /* may return NULL */
struct bio *g_alloc_bio(void); /* may sleep */
struct bio *g_clone_bio(struct bio *bp);
struct bio *g_duplicate_bio(struct bio *bp);
void g_destroy_bio(struct bio *bp);
void g_reset_bio(struct bio *bp);

#endif /* !_GEOM_GEOM_H_ */
