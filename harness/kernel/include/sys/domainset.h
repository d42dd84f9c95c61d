/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Policies where memory comes from (domainset(9)): all the same with one
 * domain.
 */
#ifndef _SYS_DOMAINSET_H_
#define _SYS_DOMAINSET_H_
#include <sys/types.h>

struct domainset;

#define DOMAINSET_RR()	   ((struct domainset *)NULL)
#define DOMAINSET_FT()	   ((struct domainset *)NULL)
#define DOMAINSET_IL()	   ((struct domainset *)NULL)
#define DOMAINSET_FIXED(d) ((void)(d), (struct domainset *)NULL)
#define DOMAINSET_PREF(d)  ((void)(d), (struct domainset *)NULL)

#endif /* !_SYS_DOMAINSET_H_ */
