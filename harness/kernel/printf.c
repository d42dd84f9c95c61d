/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * printf(9): formatted output to the kernel's log, and to strings.  Beside
 * the usual conversions there are %b (an integer with named bits) and %D (a
 * hexadecimal dump with a separator); there is no floating point.
 */
#include "kernel/kern.h"

struct output {
	char *buffer; /* NULL: the log */
	size_t size;
	size_t used; /* characters produced, whether kept or not */
	char line[128];
	size_t pending;
};

static void
output_flush(struct output *out)
{
	if (out->pending > 0)
		kern_log(out->line, out->pending);
	out->pending = 0;
}

static void
put(struct output *out, char c)
{
	if (out->buffer == NULL) {
		out->line[out->pending++] = c;
		if (out->pending == sizeof(out->line))
			output_flush(out);
	} else if (out->used + 1 < out->size)
		out->buffer[out->used] = c;
	out->used++;
}

static void
put_string(struct output *out, const char *s, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put(out, s[i]);
}

static void
pad(struct output *out, char c, int count)
{
	while (count-- > 0)
		put(out, c);
}

struct spec {
	bool left, zero, alternate, plus, space;
	int width;
	int precision; /* -1: none */
	int size;      /* bytes of the integer argument */
};

/* Digits of `v`, last first; returns their number. */
static int
digits(char *buf, uint64_t v, unsigned base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	do {
		buf[n++] = set[v % base];
		v /= base;
	} while (v != 0);
	return (n);
}

static void
put_integer(struct output *out, const struct spec *spec, uint64_t v,
    bool negative, unsigned base, bool upper)
{
	char buf[64];
	char sign = negative ? '-' : spec->plus ? '+' : spec->space ? ' ' : 0;
	const char *prefix = "";
	int n, zeros, width;

	n = digits(buf, v, base, upper);
	if (spec->precision == 0 && v == 0)
		n = 0;
	if (spec->alternate && base == 16 && v != 0)
		prefix = upper ? "0X" : "0x";
	else if (spec->alternate && base == 8 && (n == 0 || v != 0))
		prefix = "0";
	zeros = spec->precision > n ? spec->precision - n : 0;
	width = spec->width - n - (int)strlen(prefix) - (sign != 0);
	if (spec->zero && !spec->left && spec->precision < 0 && width > 0)
		zeros = width;
	if (!spec->left)
		pad(out, ' ', width - zeros);
	if (sign != 0)
		put(out, sign);
	put_string(out, prefix, strlen(prefix));
	pad(out, '0', zeros);
	while (n > 0)
		put(out, buf[--n]);
	/* The blanks on the right are counted without the digits above. */
	if (spec->left)
		pad(out, ' ', width - zeros);
}

/*
 * %b: the first character of `names` is the base of the number, then come a
 * bit's number (1 is the lowest) and its name, again and again.
 */
static void
put_bits(struct output *out, uint64_t v, const char *names)
{
	struct spec plain = { .precision = -1 };
	bool any = false;
	u_char bit;

	put_integer(out, &plain, v, false, (unsigned)names[0], false);
	names++;
	if (v == 0)
		return;
	while ((bit = (u_char)*names++) != 0) {
		if ((v & (UINT64_C(1) << (bit - 1))) != 0) {
			put(out, any ? ',' : '<');
			any = true;
			while (*names > ' ')
				put(out, *names++);
		} else
			while (*names > ' ')
				names++;
	}
	if (any)
		put(out, '>');
}

/* %D: a pointer to bytes, and what to put between them; width is how many. */
static void
put_dump(struct output *out, const u_char *p, const char *sep, int count)
{
	const char *hex = "0123456789abcdef";

	for (int i = 0; i < count; i++) {
		if (i > 0)
			put_string(out, sep, strlen(sep));
		put(out, hex[p[i] >> 4]);
		put(out, hex[p[i] & 15]);
	}
}

static const char *
parse_flags(const char *f, struct spec *spec)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		default:
			return (f);
		}
	}
}

static const char *
parse_size(const char *f, struct spec *spec)
{
	spec->size = sizeof(int);
	for (;; f++) {
		switch (*f) {
		case 'h':
			spec->size = spec->size == sizeof(short) ?
			    sizeof(char) :
			    sizeof(short);
			break;
		case 'l':
		case 'j':
		case 'z':
		case 't':
		case 'q':
			spec->size = sizeof(uint64_t);
			break;
		default:
			return (f);
		}
	}
}

static uint64_t
cut(uint64_t v, int size, bool is_signed)
{
	int shift = 64 - size * 8;

	if (is_signed)
		return ((uint64_t)((int64_t)(v << shift) >> shift));
	return (v << shift >> shift);
}

static void
put_text(struct output *out, const struct spec *spec, const char *s)
{
	size_t n;

	if (s == NULL)
		s = "(null)";
	n = spec->precision >= 0 ? strnlen(s, (size_t)spec->precision) :
				   strlen(s);
	if (!spec->left)
		pad(out, ' ', spec->width - (int)n);
	put_string(out, s, n);
	if (spec->left)
		pad(out, ' ', spec->width - (int)n);
}

/* The next integer argument: as wide as the conversion says. */
#define ARGUMENT(spec, ap)                                         \
	((spec)->size == sizeof(uint64_t) ? va_arg(ap, uint64_t) : \
					    (uint64_t)va_arg(ap, u_int))

/* Flags, width and precision; leaves `*fp` at the size or conversion. */
static void
parse_spec(const char **fp, struct spec *spec, va_list *ap)
{
	const char *f;

	*spec = (struct spec) { .precision = -1 };
	f = parse_flags(*fp, spec);
	if (*f == '*') {
		spec->width = va_arg(*ap, int);
		f++;
	} else
		while (isdigit(*f))
			spec->width = spec->width * 10 + *f++ - '0';
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*f == '.') {
		spec->precision = 0;
		if (*++f == '*') {
			spec->precision = va_arg(*ap, int);
			f++;
		} else
			while (isdigit(*f))
				spec->precision =
				    spec->precision * 10 + *f++ - '0';
	}
	*fp = parse_size(f, spec);
}

static void
convert_integer(struct output *out, struct spec *spec, char conversion,
    va_list *ap)
{
	bool is_signed = conversion == 'd' || conversion == 'i';
	uint64_t v = cut(ARGUMENT(spec, *ap), spec->size, is_signed);
	bool negative = is_signed && (int64_t)v < 0;

	if (!is_signed)
		spec->plus = spec->space = false;
	put_integer(out, spec, negative ? -v : v, negative,
	    conversion == 'o'			       ? 8 :
		conversion == 'x' || conversion == 'X' ? 16 :
							 10,
	    conversion == 'X');
}

/* false: no such conversion. */
static bool
convert(struct output *out, struct spec *spec, char conversion, va_list *ap)
{
	const u_char *bytes;
	uint64_t v;

	switch (conversion) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		convert_integer(out, spec, conversion, ap);
		return (true);
	case 'p':
		spec->alternate = true;
		v = (uintptr_t)va_arg(*ap, void *);
		put_integer(out, spec, v, false, 16, false);
		return (true);
	case 'c':
		pad(out, ' ', spec->left ? 0 : spec->width - 1);
		put(out, (char)va_arg(*ap, int));
		pad(out, ' ', spec->left ? spec->width - 1 : 0);
		return (true);
	case 's':
		put_text(out, spec, va_arg(*ap, const char *));
		return (true);
	case 'b':
		v = cut(ARGUMENT(spec, *ap), spec->size, false);
		put_bits(out, v, va_arg(*ap, const char *));
		return (true);
	case 'D':
		bytes = va_arg(*ap, const u_char *);
		put_dump(out, bytes, va_arg(*ap, const char *),
		    spec->width != 0 ? spec->width : 16);
		return (true);
	case '%':
		put(out, '%');
		return (true);
	default:
		return (false);
	}
}

static int
format(struct output *out, const char *f, va_list args)
{
	struct spec spec;
	const char *start;
	va_list ap;

	va_copy(ap, args);
	for (; *f != '\0'; f++) {
		if (*f != '%') {
			put(out, *f);
			continue;
		}
		start = f++;
		parse_spec(&f, &spec, &ap);
		if (!convert(out, &spec, *f, &ap)) {
			/* Nothing can be said about the arguments now. */
			put_string(out, start, strlen(start));
			break;
		}
	}
	va_end(ap);
	return ((int)out->used);
}

int
vprintf(const char *fmt, va_list ap)
{
	struct output out = { 0 };
	int n;

	n = format(&out, fmt, ap);
	output_flush(&out);
	return (n);
}

int
printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintf(fmt, ap);
	va_end(ap);
	return (n);
}

int
vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	char none;
	struct output out = { .buffer = size > 0 ? buf : &none, .size = size };
	int n;

	n = format(&out, fmt, ap);
	if (size > 0)
		buf[out.used < size ? out.used : size - 1] = '\0';
	return (n);
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return (n);
}

int
vsprintf(char *buf, const char *fmt, va_list ap)
{
	return (vsnprintf(buf, SIZE_T_MAX, fmt, ap));
}

int
sprintf(char *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsprintf(buf, fmt, ap);
	va_end(ap);
	return (n);
}

void
log(int priority, const char *fmt, ...)
{
	va_list ap;

	(void)priority;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}
