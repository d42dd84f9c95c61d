/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What tests of mbuf(9) share.  Kernel-side.
 */
#ifndef RINGSIDE_TESTS_MBUFTEST_H
#define RINGSIDE_TESTS_MBUFTEST_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>

#include "kernel/kernel.h"

/* The byte at `i` of what mbuf_make() and its kin write. */
#define MBUF_BYTE(i) ((u_char)((i)*7 + (i) / 251))

/*
 * A packet of `n` mbufs, with lens[i] bytes each; from MLEN on (MHLEN for the
 * first one) with a cluster that fits.
 */
struct mbuf *mbuf_make(const int *lens, int n);
#define MBUF_MAKE(...)                           \
	mbuf_make((const int[]) { __VA_ARGS__ }, \
	    (int)(sizeof((const int[]) { __VA_ARGS__ }) / sizeof(int)))

/*
 * Whether the chain is in order and holds `len` such bytes, the first of them
 * that at `from`.
 */
bool mbuf_holds(struct mbuf *m, int from, int len);
/* Mbufs in a chain. */
int mbuf_count(const struct mbuf *m);

/* Items of a zone in use, as everybody sees them. */
int mbuf_used(uma_zone_t zone);

/* Makes the n-th allocation at the site fail; 0: none. */
void mbuf_fault(const char *site, int n);

#endif /* !RINGSIDE_TESTS_MBUFTEST_H */
