/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * cpuset(9): sets of processors, which are bitsets (bitset(9)).
 */
#ifndef _SYS_CPUSET_H_
#define _SYS_CPUSET_H_
#include <sys/_cpuset.h>
#include <sys/bitset.h>

#define _NCPUBITS  _BITSET_BITS
#define _NCPUWORDS __bitset_words(CPU_SETSIZE)

/* What cpusetobj_strprint() needs. */
#define CPUSETBUFSIZ		 ((2 + sizeof(long) * 2) * _NCPUWORDS)

#define CPUSET_FSET		 BITSET_FSET(_NCPUWORDS)
#define CPUSET_T_INITIALIZER	 BITSET_T_INITIALIZER

#define CPU_CLR(n, p)		 BIT_CLR(CPU_SETSIZE, n, p)
#define CPU_COPY(f, t)		 BIT_COPY(CPU_SETSIZE, f, t)
#define CPU_ISSET(n, p)		 BIT_ISSET(CPU_SETSIZE, n, p)
#define CPU_SET(n, p)		 BIT_SET(CPU_SETSIZE, n, p)
#define CPU_ZERO(p)		 BIT_ZERO(CPU_SETSIZE, p)
#define CPU_FILL(p)		 BIT_FILL(CPU_SETSIZE, p)
#define CPU_SETOF(n, p)		 BIT_SETOF(CPU_SETSIZE, n, p)
#define CPU_EMPTY(p)		 BIT_EMPTY(CPU_SETSIZE, p)
#define CPU_ISFULLSET(p)	 BIT_ISFULLSET(CPU_SETSIZE, p)
#define CPU_SUBSET(p, c)	 BIT_SUBSET(CPU_SETSIZE, p, c)
#define CPU_OVERLAP(p, c)	 BIT_OVERLAP(CPU_SETSIZE, p, c)
#define CPU_CMP(p, c)		 BIT_CMP(CPU_SETSIZE, p, c)
#define CPU_OR(d, s)		 BIT_OR(CPU_SETSIZE, d, s)
#define CPU_AND(d, s)		 BIT_AND(CPU_SETSIZE, d, s)
#define CPU_ANDNOT(d, s)	 BIT_ANDNOT(CPU_SETSIZE, d, s)
#define CPU_NAND(d, s)		 BIT_NAND(CPU_SETSIZE, d, s)
#define CPU_CLR_ATOMIC(n, p)	 BIT_CLR_ATOMIC(CPU_SETSIZE, n, p)
#define CPU_SET_ATOMIC(n, p)	 BIT_SET_ATOMIC(CPU_SETSIZE, n, p)
#define CPU_SET_ATOMIC_ACQ(n, p) BIT_SET_ATOMIC_ACQ(CPU_SETSIZE, n, p)
#define CPU_AND_ATOMIC(d, s)	 BIT_AND_ATOMIC(CPU_SETSIZE, d, s)
#define CPU_OR_ATOMIC(d, s)	 BIT_OR_ATOMIC(CPU_SETSIZE, d, s)
#define CPU_COPY_STORE_REL(f, t) BIT_COPY_STORE_REL(CPU_SETSIZE, f, t)
#define CPU_FFS(p)		 ((int)BIT_FFS(CPU_SETSIZE, p))
#define CPU_FLS(p)		 ((int)BIT_FLS(CPU_SETSIZE, p))
#define CPU_COUNT(p)		 ((int)BIT_COUNT(CPU_SETSIZE, p))
#define CPU_FOREACH_ISSET(i, p)	 BIT_FOREACH_ISSET(CPU_SETSIZE, i, p)

/* The processors there are: one. */
extern cpuset_t all_cpus;

/* The words in hexadecimal, the highest first, joined by commas. */
char *cpusetobj_strprint(char *buf, const cpuset_t *set);

#endif /* !_SYS_CPUSET_H_ */
