/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ioctl(2) requests that interfaces know.
 */
#ifndef _SYS_SOCKIO_H_
#define _SYS_SOCKIO_H_
#include <sys/ioccom.h>

#define SIOCSIFADDR    _IOW('i', 12, struct ifreq)
#define SIOCSIFFLAGS   _IOW('i', 16, struct ifreq)
#define SIOCGIFFLAGS   _IOWR('i', 17, struct ifreq)
#define SIOCGIFMETRIC  _IOWR('i', 23, struct ifreq)
#define SIOCSIFMETRIC  _IOW('i', 24, struct ifreq)
#define SIOCSIFCAP     _IOW('i', 30, struct ifreq)
#define SIOCGIFCAP     _IOWR('i', 31, struct ifreq)
#define SIOCGIFINDEX   _IOWR('i', 32, struct ifreq)
#define SIOCGIFADDR    _IOWR('i', 33, struct ifreq)
#define SIOCSIFNAME    _IOW('i', 40, struct ifreq)
#define SIOCSIFDESCR   _IOW('i', 41, struct ifreq)
#define SIOCGIFDESCR   _IOWR('i', 42, struct ifreq)
#define SIOCAIFADDR    _IOW('i', 43, struct ifaliasreq)
#define SIOCADDMULTI   _IOW('i', 49, struct ifreq)
#define SIOCDELMULTI   _IOW('i', 50, struct ifreq)
#define SIOCGIFMTU     _IOWR('i', 51, struct ifreq)
#define SIOCSIFMTU     _IOW('i', 52, struct ifreq)
#define SIOCGIFPHYS    _IOWR('i', 53, struct ifreq)
#define SIOCSIFPHYS    _IOW('i', 54, struct ifreq)
#define SIOCSIFMEDIA   _IOWR('i', 55, struct ifreq)
#define SIOCGIFMEDIA   _IOWR('i', 56, struct ifmediareq)
#define SIOCSIFGENERIC _IOW('i', 57, struct ifreq)
#define SIOCGIFGENERIC _IOWR('i', 58, struct ifreq)
#define SIOCGIFSTATUS  _IOWR('i', 59, struct ifstat)
#define SIOCSIFLLADDR  _IOW('i', 60, struct ifreq)
#define SIOCGI2C       _IOWR('i', 61, struct ifreq)
#define SIOCGHWADDR    _IOWR('i', 62, struct ifreq)
#define SIOCGPRIVATE_0 _IOWR('i', 80, struct ifreq)
#define SIOCGPRIVATE_1 _IOWR('i', 81, struct ifreq)
#define SIOCIFDESTROY  _IOW('i', 121, struct ifreq)
#define SIOCIFCREATE   _IOWR('i', 122, struct ifreq)
#define SIOCSDRVSPEC   _IOW('i', 123, struct ifdrv)
#define SIOCGDRVSPEC   _IOWR('i', 123, struct ifdrv)
#define SIOCIFCREATE2  _IOWR('i', 124, struct ifreq)
#define SIOCGIFXMEDIA  _IOWR('i', 139, struct ifmediareq)
#define SIOCGIFRSSKEY  _IOWR('i', 150, struct ifrsskey)
#define SIOCGIFRSSHASH _IOWR('i', 151, struct ifrsshash)
#define SIOCGLANPCP    _IOWR('i', 152, struct ifreq)
#define SIOCSLANPCP    _IOW('i', 153, struct ifreq)
#if __FreeBSD_version >= 1300000
#define SIOCGIFDOWNREASON _IOWR('i', 154, struct ifdownreason)
#endif
/* vlan(4) */
#define SIOCGETVLAN SIOCGIFGENERIC
#define SIOCSETVLAN SIOCSIFGENERIC

#endif /* !_SYS_SOCKIO_H_ */
