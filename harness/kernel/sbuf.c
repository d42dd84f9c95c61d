/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sbuf(9): strings that grow, or that are handed to a drain when they are
 * full.  The first error sticks, so that callers need only look at the end.
 */
#include "kernel/newbus.h"

#include <sys/malloc.h>
#include <sys/sbuf.h>

MALLOC_DEFINE(M_SBUF, "sbuf", "string buffers");

#define SBUF_MINSIZE 16

static int
sbuf_wait(const struct sbuf *s)
{
	return ((s->s_flags & SBUF_NOWAIT) != 0 ? M_NOWAIT : M_WAITOK);
}

struct sbuf *
sbuf_new(struct sbuf *s, char *buf, int length, int flags)
{
	int wait = (flags & SBUF_NOWAIT) != 0 ? M_NOWAIT : M_WAITOK;

	KASSERT(length >= 0, ("%s: length %d", __func__, length));
	KASSERT((flags & ~SBUF_USRFLAGMSK) == 0,
	    ("%s: flags %#x", __func__, flags));
	if (s == NULL) {
		s = malloc(sizeof(*s), M_SBUF, wait | M_ZERO);
		if (s == NULL)
			return (NULL);
		s->s_flags = flags | SBUF_DYNSTRUCT;
	} else {
		bzero(s, sizeof(*s));
		s->s_flags = flags;
	}
	s->s_buf = buf;
	s->s_size = length;
	if (buf == NULL) {
		s->s_size = MAX(length, SBUF_MINSIZE);
		s->s_buf = malloc(s->s_size, M_SBUF, wait);
		if (s->s_buf == NULL) {
			if ((s->s_flags & SBUF_DYNSTRUCT) != 0)
				free(s, M_SBUF);
			return (NULL);
		}
		s->s_flags |= SBUF_DYNAMIC;
	}
	return (s);
}

void
sbuf_delete(struct sbuf *s)
{
	bool is_ours = (s->s_flags & SBUF_DYNSTRUCT) != 0;

	if ((s->s_flags & SBUF_DYNAMIC) != 0)
		free(s->s_buf, M_SBUF);
	bzero(s, sizeof(*s));
	if (is_ours)
		free(s, M_SBUF);
}

void
sbuf_clear(struct sbuf *s)
{
	s->s_flags &= ~SBUF_FINISHED;
	s->s_error = 0;
	s->s_len = 0;
	s->s_sect_len = 0;
}

int
sbuf_setpos(struct sbuf *s, ssize_t pos)
{
	KASSERT(pos >= 0 && pos < s->s_size,
	    ("%s: position %zd of %zd", __func__, pos, s->s_size));
	if (pos < 0 || pos > s->s_len)
		return (-1);
	s->s_len = pos;
	return (0);
}

void
sbuf_set_drain(struct sbuf *s, sbuf_drain_func *func, void *arg)
{
	KASSERT(func == s->s_drain_func || s->s_len == 0,
	    ("%s: %zd bytes are waiting", __func__, s->s_len));
	s->s_drain_func = func;
	s->s_drain_arg = arg;
}

static bool
sbuf_extend(struct sbuf *s, ssize_t more)
{
	ssize_t size = MAX(s->s_size * 2, s->s_size + more);
	char *buf;

	buf = malloc(size, M_SBUF, sbuf_wait(s));
	if (buf == NULL) {
		s->s_error = ENOMEM;
		return (false);
	}
	memcpy(buf, s->s_buf, s->s_len);
	if ((s->s_flags & SBUF_DYNAMIC) != 0)
		free(s->s_buf, M_SBUF);
	s->s_flags |= SBUF_DYNAMIC;
	s->s_buf = buf;
	s->s_size = size;
	return (true);
}

/* Hands all that there is to the drain. */
static bool
sbuf_drain(struct sbuf *s)
{
	int len;

	while (s->s_len > 0) {
		len = s->s_drain_func(s->s_drain_arg, s->s_buf, s->s_len);
		if (len <= 0 || len > s->s_len) {
			s->s_error = len < 0 ? -len : EDEADLK;
			return (false);
		}
		s->s_len -= len;
		memmove(s->s_buf, s->s_buf + len, s->s_len);
	}
	return (true);
}

/* Makes room for one more byte beside the final NUL. */
static bool
sbuf_room(struct sbuf *s)
{
	if (s->s_error != 0)
		return (false);
	if (s->s_len < s->s_size - 1)
		return (true);
	if (s->s_drain_func != NULL)
		return (sbuf_drain(s));
	if ((s->s_flags & SBUF_AUTOEXTEND) != 0)
		return (sbuf_extend(s, 1));
	s->s_error = ENOMEM;
	return (false);
}

int
sbuf_bcat(struct sbuf *s, const void *data, size_t len)
{
	const char *p = data;
	size_t part;

	while (len > 0) {
		if (!sbuf_room(s))
			return (-1);
		part = MIN(len, (size_t)(s->s_size - 1 - s->s_len));
		memcpy(s->s_buf + s->s_len, p, part);
		s->s_len += part;
		if ((s->s_flags & SBUF_INSECTION) != 0)
			s->s_sect_len += part;
		p += part;
		len -= part;
	}
	return (s->s_error != 0 ? -1 : 0);
}

int
sbuf_bcpy(struct sbuf *s, const void *data, size_t len)
{
	sbuf_clear(s);
	return (sbuf_bcat(s, data, len));
}

int
sbuf_cat(struct sbuf *s, const char *str)
{
	return (sbuf_bcat(s, str, strlen(str)));
}

int
sbuf_cpy(struct sbuf *s, const char *str)
{
	sbuf_clear(s);
	return (sbuf_cat(s, str));
}

int
sbuf_putc(struct sbuf *s, int c)
{
	char byte = c;

	return (sbuf_bcat(s, &byte, 1));
}

int
sbuf_vprintf(struct sbuf *s, const char *fmt, va_list ap)
{
	va_list copy;
	char *text;
	int error, length;

	if (s->s_error != 0)
		return (-1);
	va_copy(copy, ap);
	length = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	/* FreeBSD formats in place: this memory is none of the kernel's. */
	text = book_alloc(length + 1);
	vsnprintf(text, length + 1, fmt, ap);
	error = sbuf_bcat(s, text, length);
	book_free(text);
	return (error);
}

int
sbuf_printf(struct sbuf *s, const char *fmt, ...)
{
	va_list ap;
	int error;

	va_start(ap, fmt);
	error = sbuf_vprintf(s, fmt, ap);
	va_end(ap);
	return (error);
}

/* Takes white space off the end. */
int
sbuf_trim(struct sbuf *s)
{
	if (s->s_error != 0)
		return (-1);
	while (s->s_len > 0 && isspace((u_char)s->s_buf[s->s_len - 1]))
		s->s_len--;
	return (0);
}

int
sbuf_error(const struct sbuf *s)
{
	return (s->s_error);
}

int
sbuf_finish(struct sbuf *s)
{
	KASSERT((s->s_flags & SBUF_FINISHED) == 0,
	    ("%s: it is finished", __func__));
	s->s_buf[s->s_len] = '\0';
	if ((s->s_flags & SBUF_INCLUDENUL) != 0 && s->s_len < s->s_size)
		s->s_len++;
	if (s->s_drain_func != NULL && s->s_error == 0)
		(void)sbuf_drain(s);
	s->s_flags |= SBUF_FINISHED;
	return (s->s_error);
}

char *
sbuf_data(struct sbuf *s)
{
	return (s->s_buf);
}

/* Without the NUL; -1 after an error. */
ssize_t
sbuf_len(struct sbuf *s)
{
	ssize_t len = s->s_len;

	if (s->s_error != 0)
		return (-1);
	if ((s->s_flags & (SBUF_INCLUDENUL | SBUF_FINISHED)) ==
	    (SBUF_INCLUDENUL | SBUF_FINISHED))
		len--;
	return (len);
}

int
sbuf_done(const struct sbuf *s)
{
	return ((s->s_flags & SBUF_FINISHED) != 0);
}
