/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kthread(9), kproc(9).
 */
#ifndef _SYS_KTHREAD_H_
#define _SYS_KTHREAD_H_
#include <sys/cdefs.h>
#include <sys/types.h>

int kthread_add(void (*func)(void *), void *arg, struct proc *p,
    struct thread **newtd, int flags, int pages, const char *fmt, ...)
    __printflike(7, 8);
void kthread_exit(void) __dead2;
int kproc_create(void (*func)(void *), void *arg, struct proc **newpp,
    int flags, int pages, const char *fmt, ...) __printflike(6, 7);
int kproc_kthread_add(void (*func)(void *), void *arg, struct proc **procptr,
    struct thread **tdptr, int flags, int pages, const char *procname,
    const char *fmt, ...) __printflike(8, 9);
void kproc_exit(int ecode) __dead2;

#endif /* !_SYS_KTHREAD_H_ */
