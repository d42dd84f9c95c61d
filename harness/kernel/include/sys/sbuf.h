/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sbuf(9): strings that grow.
 */
#ifndef _SYS_SBUF_H_
#define _SYS_SBUF_H_

#include <sys/types.h>
#include <sys/_stdarg.h>

struct sbuf;
typedef int(sbuf_drain_func)(void *arg, const char *data, int len);

/* Private to sbuf.c; declared so that callers can place one themselves. */
struct sbuf {
	char *s_buf;
	sbuf_drain_func *s_drain_func;
	void *s_drain_arg;
	int s_error;
	ssize_t s_size; /* bytes of s_buf */
	ssize_t s_len;	/* bytes in use, without the final NUL */
	int s_flags;
};

#define SBUF_FIXEDLEN	0x00000000 /* never grows */
#define SBUF_AUTOEXTEND 0x00000001
#define SBUF_INCLUDENUL 0x00000002 /* sbuf_len() counts the NUL */
#define SBUF_NOWAIT	0x00000008 /* grows with M_NOWAIT */
#define SBUF_USRFLAGMSK 0x0000ffff
#define SBUF_DYNAMIC	0x00010000 /* s_buf is ours to free */
#define SBUF_FINISHED	0x00020000
#define SBUF_DYNSTRUCT	0x00080000 /* and so is the structure */

/* `s` and `buf` may be NULL: they are then allocated. */
struct sbuf *sbuf_new(struct sbuf *s, char *buf, int length, int flags);
#define sbuf_new_auto() sbuf_new(NULL, NULL, 0, SBUF_AUTOEXTEND)
void sbuf_clear(struct sbuf *s);
int sbuf_setpos(struct sbuf *s, ssize_t pos);
int sbuf_bcat(struct sbuf *s, const void *data, size_t len);
int sbuf_bcpy(struct sbuf *s, const void *data, size_t len);
int sbuf_cat(struct sbuf *s, const char *str);
int sbuf_cpy(struct sbuf *s, const char *str);
int sbuf_putc(struct sbuf *s, int c);
int sbuf_printf(struct sbuf *s, const char *fmt, ...) __printflike(2, 3);
int sbuf_vprintf(struct sbuf *s, const char *fmt, va_list ap)
    __printflike(2, 0);
int sbuf_trim(struct sbuf *s);
void sbuf_set_drain(struct sbuf *s, sbuf_drain_func *func, void *arg);
int sbuf_error(const struct sbuf *s);
/* Ends the string; 0 or the first error since it was begun. */
int sbuf_finish(struct sbuf *s);
char *sbuf_data(struct sbuf *s);
ssize_t sbuf_len(struct sbuf *s);
int sbuf_done(const struct sbuf *s);
void sbuf_delete(struct sbuf *s);

#endif /* !_SYS_SBUF_H_ */
