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
	ssize_t s_sect_len; /* bytes of the section that was begun */
};

#define SBUF_FIXEDLEN	0x00000000 /* never grows */
#define SBUF_AUTOEXTEND 0x00000001
#define SBUF_INCLUDENUL 0x00000002 /* sbuf_len() counts the NUL */
#define SBUF_DRAINTOEOR                                                      \
	0x00000004		   /* kept; drains see sections whole or not \
				    */
#define SBUF_NOWAIT	0x00000008 /* grows with M_NOWAIT */
#define SBUF_USRFLAGMSK 0x0000ffff
#define SBUF_DYNAMIC	0x00010000 /* s_buf is ours to free */
#define SBUF_FINISHED	0x00020000
#define SBUF_DYNSTRUCT	0x00080000 /* and so is the structure */
#define SBUF_INSECTION	0x00100000 /* between start and end of a section */

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

/* SBUF_USRFLAGMSK only. */
int sbuf_get_flags(const struct sbuf *s);
void sbuf_set_flags(struct sbuf *s, int flags);
void sbuf_clear_flags(struct sbuf *s, int flags);
/* A drain to printf(9), and one that counts into a size_t. */
int sbuf_printf_drain(void *arg, const char *data, int len);
int sbuf_count_drain(void *arg, const char *data, int len);
/* Prints it; it stays. */
void sbuf_putbuf(struct sbuf *s);
/* A newline, unless it ends with one or is empty. */
int sbuf_nl_terminate(struct sbuf *s);
/*
 * Sections are padded to a multiple of `pad` with `c`.  A nested one saves
 * the outer one's length; the outermost has NULL and -1.  Returns the
 * section's length, or -1.
 */
void sbuf_start_section(struct sbuf *s, ssize_t *old_lenp);
ssize_t sbuf_end_section(struct sbuf *s, ssize_t old_len, size_t pad, int c);
/* In the manner of hexdump(3), each line begun with hdr. */
#define HD_COLUMN_MASK 0xff   /* bytes a line; 0: 16 */
#define HD_DELIM_MASK  0xff00 /* what stands before a byte; 0: a space */
#define HD_OMIT_COUNT  (1 << 16)
#define HD_OMIT_HEX    (1 << 17)
#define HD_OMIT_CHARS  (1 << 18)
void sbuf_hexdump(struct sbuf *s, const void *ptr, int length, const char *hdr,
    int flags);
/* Its text goes to the reader of a sysctl as it grows. */
struct sysctl_req;
struct sbuf *sbuf_new_for_sysctl(struct sbuf *s, char *buf, int length,
    struct sysctl_req *req);

#endif /* !_SYS_SBUF_H_ */
