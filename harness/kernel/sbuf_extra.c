/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sbuf(9): what stands on the rest: flags, sections, dumps, drains.
 */
#include "kernel/kern.h"

#include <sys/sbuf.h>
#include <sys/sysctl.h>

int
sbuf_get_flags(const struct sbuf *s)
{
	return (s->s_flags & SBUF_USRFLAGMSK);
}

void
sbuf_set_flags(struct sbuf *s, int flags)
{
	s->s_flags |= flags & SBUF_USRFLAGMSK;
}

void
sbuf_clear_flags(struct sbuf *s, int flags)
{
	s->s_flags &= ~(flags & SBUF_USRFLAGMSK);
}

/*
 * --- sections ---
 */

void
sbuf_start_section(struct sbuf *s, ssize_t *old_lenp)
{
	KASSERT(((s->s_flags & SBUF_INSECTION) == 0) == (old_lenp == NULL),
	    ("%s: %s section", __func__,
		old_lenp == NULL ? "the outer one is not saved: inside of a" :
				   "nothing to save: outside of any"));
	if (old_lenp != NULL)
		*old_lenp = s->s_sect_len;
	s->s_flags |= SBUF_INSECTION;
	s->s_sect_len = 0;
}

ssize_t
sbuf_end_section(struct sbuf *s, ssize_t old_len, size_t pad, int c)
{
	ssize_t len;

	KASSERT((s->s_flags & SBUF_INSECTION) != 0,
	    ("%s: there is none", __func__));
	if (pad > 1)
		for (len = roundup(s->s_sect_len, (ssize_t)pad) - s->s_sect_len;
		     s->s_error == 0 && len > 0; len--)
			(void)sbuf_putc(s, c);
	len = s->s_sect_len;
	if (old_len == -1) {
		s->s_sect_len = 0;
		s->s_flags &= ~SBUF_INSECTION;
	} else
		s->s_sect_len += old_len;
	return (s->s_error != 0 ? -1 : len);
}

/*
 * --- dumps ---
 */

static void
dump_line(struct sbuf *s, const u_char *p, int n, int columns, int flags)
{
	int delimiter = (flags & HD_DELIM_MASK) >> 8, i;

	for (i = 0; i < columns && (flags & HD_OMIT_HEX) == 0; i++) {
		if (i < n)
			sbuf_printf(s, "%c%02x",
			    delimiter != 0 ? delimiter : ' ', p[i]);
		else
			sbuf_cat(s, "   ");
	}
	if ((flags & HD_OMIT_CHARS) != 0)
		return;
	sbuf_cat(s, "  |");
	for (i = 0; i < columns; i++)
		sbuf_putc(s, i >= n ? ' ' : isprint(p[i]) ? p[i] : '.');
	sbuf_cat(s, "|");
}

void
sbuf_hexdump(struct sbuf *s, const void *ptr, int length, const char *hdr,
    int flags)
{
	int columns = flags & HD_COLUMN_MASK, at;
	const u_char *p = ptr;

	if (columns == 0)
		columns = 16;
	for (at = 0; at < length; at += columns) {
		if (hdr != NULL)
			sbuf_cat(s, hdr);
		if ((flags & HD_OMIT_COUNT) == 0)
			sbuf_printf(s, "%04x  ", at);
		dump_line(s, p + at, MIN(columns, length - at), columns, flags);
		sbuf_putc(s, '\n');
	}
}

int
sbuf_nl_terminate(struct sbuf *s)
{
	if (s->s_error != 0)
		return (-1);
	if (s->s_len > 0 && s->s_buf[s->s_len - 1] != '\n')
		return (sbuf_putc(s, '\n'));
	return (0);
}

void
sbuf_putbuf(struct sbuf *s)
{
	printf("%s", sbuf_data(s));
}

/*
 * --- drains ---
 */

int
sbuf_printf_drain(void *arg, const char *data, int len)
{
	size_t *printed = arg;
	int n;

	n = printf("%.*s", len, data);
	if (printed != NULL)
		*printed += (size_t)n;
	return (len);
}

int
sbuf_count_drain(void *arg, const char *data, int len)
{
	(void)data;
	*(size_t *)arg += (size_t)len;
	return (len);
}

static int
drain_to_sysctl(void *arg, const char *data, int len)
{
	struct sysctl_req *req = arg;
	int error;

	error = SYSCTL_OUT(req, data, (size_t)len);
	return (error != 0 ? -error : len);
}

struct sbuf *
sbuf_new_for_sysctl(struct sbuf *s, char *buf, int length,
    struct sysctl_req *req)
{
	s = sbuf_new(s, buf, length, SBUF_FIXEDLEN | SBUF_INCLUDENUL);
	sbuf_set_drain(s, drain_to_sysctl, req);
	return (s);
}
