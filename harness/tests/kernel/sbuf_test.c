/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sbuf(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/sbuf.h>
#include <sys/sysctl.h>

#include "kernel/kernel.h"
#include "tests/test.h"

KERNEL_TEST(sbuf, grows)
{
	struct sbuf *s = sbuf_new_auto();

	for (int i = 0; i < 100; i++)
		T_EQ(sbuf_printf(s, "%d,", i), 0);
	T_EQ(sbuf_len(s), 290);
	T_FALSE(sbuf_done(s));
	T_EQ(sbuf_finish(s), 0);
	T_TRUE(sbuf_done(s));
	T_HAS(sbuf_data(s), ",98,99,");
	T_EQ(strlen(sbuf_data(s)), 290);
	sbuf_delete(s);
}

KERNEL_TEST(sbuf, a_fixed_one_overflows)
{
	struct sbuf s;
	char buf[8];

	T_TRUE(sbuf_new(&s, buf, sizeof(buf), SBUF_FIXEDLEN) == &s);
	T_EQ(sbuf_cat(&s, "1234567"), 0);
	T_EQ(sbuf_error(&s), 0);
	T_EQ(sbuf_putc(&s, '8'), -1);
	T_EQ(sbuf_error(&s), ENOMEM);
	T_EQ(sbuf_cat(&s, ""), -1);
	T_EQ(sbuf_len(&s), -1);
	T_EQ(sbuf_trim(&s), -1);
	T_EQ(sbuf_nl_terminate(&s), -1);
	T_EQ(sbuf_finish(&s), ENOMEM);
	/* Cleared, or begun anew, it works again. */
	sbuf_clear(&s);
	T_EQ(sbuf_cpy(&s, "abc"), 0);
	T_EQ(sbuf_bcpy(&s, "xyz", 2), 0);
	T_EQ(sbuf_finish(&s), 0);
	T_STR(sbuf_data(&s), "xy");
	sbuf_delete(&s);
}

KERNEL_TEST(sbuf, positions_and_trimming)
{
	struct sbuf *s = sbuf_new(NULL, NULL, 64, SBUF_FIXEDLEN);

	sbuf_cat(s, "words \t\n");
	T_EQ(sbuf_trim(s), 0);
	T_EQ(sbuf_len(s), 5);
	T_EQ(sbuf_nl_terminate(s), 0);
	T_EQ(sbuf_nl_terminate(s), 0);
	T_EQ(sbuf_len(s), 6);
	T_EQ(sbuf_setpos(s, 4), 0);
	T_EQ(sbuf_setpos(s, 5), -1);
	sbuf_finish(s);
	T_STR(sbuf_data(s), "word");
	sbuf_delete(s);
}

KERNEL_TEST(sbuf, flags)
{
	struct sbuf *s = sbuf_new(NULL, NULL, 16, SBUF_AUTOEXTEND);

	T_EQ(sbuf_get_flags(s), SBUF_AUTOEXTEND);
	sbuf_set_flags(s, SBUF_INCLUDENUL);
	T_EQ(sbuf_get_flags(s), SBUF_AUTOEXTEND | SBUF_INCLUDENUL);
	sbuf_clear_flags(s, SBUF_AUTOEXTEND);
	T_EQ(sbuf_get_flags(s), SBUF_INCLUDENUL);
	sbuf_cat(s, "abc");
	sbuf_finish(s);
	T_EQ(sbuf_len(s), 3);
	sbuf_delete(s);
}

KERNEL_TEST(sbuf, sections_are_padded)
{
	struct sbuf *s = sbuf_new_auto();
	ssize_t outer;

	sbuf_cat(s, "head ");
	sbuf_start_section(s, NULL);
	sbuf_cat(s, "abc");
	sbuf_start_section(s, &outer);
	sbuf_cat(s, "de");
	T_EQ(sbuf_end_section(s, outer, 4, '.'), 4);
	T_EQ(sbuf_end_section(s, -1, 8, '-'), 8);
	sbuf_cat(s, "|");
	sbuf_finish(s);
	T_STR(sbuf_data(s), "head abcde..-|");
	sbuf_delete(s);
}

KERNEL_TEST(sbuf, dumps_bytes)
{
	static const char bytes[] = "0123456789abcdef\n!";
	struct sbuf *s = sbuf_new_auto();

	sbuf_hexdump(s, bytes, 18, NULL, 0);
	sbuf_finish(s);
	T_STR(sbuf_data(s),
	    "0000   30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66"
	    "  |0123456789abcdef|\n"
	    "0010   0a 21                                          "
	    "  |.!              |\n");
	sbuf_clear(s);
	sbuf_hexdump(s, bytes, 3, "> ",
	    2 | ':' << 8 | HD_OMIT_COUNT | HD_OMIT_CHARS);
	sbuf_finish(s);
	T_STR(sbuf_data(s), "> :30:31\n> :32   \n");
	sbuf_clear(s);
	sbuf_hexdump(s, bytes, 2, NULL, HD_OMIT_HEX | HD_OMIT_COUNT | 2);
	sbuf_finish(s);
	T_STR(sbuf_data(s), "  |01|\n");
	sbuf_delete(s);
}

static char drained[64];

static int
drain(void *arg, const char *data, int len)
{
	int part = MIN(len, 3);

	if (*(int *)arg != 0)
		return (-*(int *)arg);
	strlcat(drained, "[", sizeof(drained));
	for (int i = 0; i < part; i++)
		strlcat(drained, (char[]) { data[i], '\0' }, sizeof(drained));
	strlcat(drained, "]", sizeof(drained));
	return (part);
}

KERNEL_TEST(sbuf, drains_what_does_not_fit)
{
	struct sbuf *s = sbuf_new(NULL, NULL, 16, SBUF_FIXEDLEN);
	int error = 0;

	drained[0] = '\0';
	sbuf_set_drain(s, drain, &error);
	sbuf_cat(s, "0123456789");
	T_STR(drained, "");
	T_EQ(sbuf_finish(s), 0);
	T_STR(drained, "[012][345][678][9]");
	sbuf_delete(s);
	s = sbuf_new(NULL, NULL, 16, SBUF_FIXEDLEN);
	sbuf_set_drain(s, drain, &error);
	error = EPIPE;
	T_EQ(sbuf_cat(s, "0123456789abcdefg"), -1);
	T_EQ(sbuf_finish(s), EPIPE);
	sbuf_delete(s);
}

KERNEL_TEST(sbuf, drains_of_the_kernels_own)
{
	size_t count = 0, printed = 0;
	struct sbuf *s;

	s = sbuf_new(NULL, NULL, 16, SBUF_FIXEDLEN);
	sbuf_set_drain(s, sbuf_count_drain, &count);
	for (int i = 0; i < 10; i++)
		sbuf_cat(s, "0123456789");
	sbuf_finish(s);
	T_EQ(count, 100);
	sbuf_delete(s);
	s = sbuf_new(NULL, NULL, 16, SBUF_FIXEDLEN);
	sbuf_set_drain(s, sbuf_printf_drain, &printed);
	sbuf_cat(s, "into the log of the kernel\n");
	sbuf_finish(s);
	T_EQ(printed, 27);
	T_HAS(kernel_log_text(), "into the log of the kernel\n");
	sbuf_delete(s);
	s = sbuf_new_auto();
	sbuf_cat(s, "all at once\n");
	sbuf_finish(s);
	sbuf_putbuf(s);
	T_HAS(kernel_log_text(), "all at once\n");
	sbuf_delete(s);
}

static int
long_text(SYSCTL_HANDLER_ARGS)
{
	struct sbuf s;
	int error;

	(void)oidp;
	(void)arg1;
	(void)arg2;
	sbuf_new_for_sysctl(&s, NULL, 32, req);
	for (int i = 0; i < 30; i++)
		sbuf_printf(&s, "line %d;", i);
	error = sbuf_finish(&s);
	sbuf_delete(&s);
	return (error);
}

KERNEL_TEST(sbuf, for_sysctl)
{
	struct sysctl_ctx_list ctx;
	static char text[512];

	sysctl_ctx_init(&ctx);
	SYSCTL_ADD_PROC(&ctx, SYSCTL_STATIC_CHILDREN(_debug), OID_AUTO, "text",
	    CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, long_text,
	    "A", "much text");
	T_EQ(kernel_sysctl_read("debug.text", text, sizeof(text)), 0);
	T_HAS(text, "line 0;line 1;");
	T_HAS(text, "line 28;line 29;");
	sysctl_ctx_free(&ctx);
}

KERNEL_TEST(sbuf, no_memory)
{
	struct sbuf *s;

	kernel_faults_set(&(struct kernel_faults) { .first = 1, .count = 1 });
	T_TRUE(sbuf_new(NULL, NULL, 8, SBUF_NOWAIT) == NULL);
	kernel_faults_set(&(struct kernel_faults) { .first = 2, .count = 1 });
	T_TRUE(sbuf_new(NULL, NULL, 8, SBUF_NOWAIT) == NULL);
	kernel_faults_set(NULL);
	s = sbuf_new(NULL, NULL, 8, SBUF_NOWAIT | SBUF_AUTOEXTEND);
	kernel_faults_set(&(struct kernel_faults) { .first = 1, .count = 9 });
	/* Formatting takes none, as long as the text fits. */
	T_EQ(sbuf_printf(s, "%d", 7), 0);
	T_EQ(sbuf_printf(s, "%s", "more than there is room for"), -1);
	T_EQ(sbuf_finish(s), ENOMEM);
	sbuf_clear(s);
	T_EQ(sbuf_cat(s, "much more than there is room for"), -1);
	T_EQ(sbuf_finish(s), ENOMEM);
	sbuf_delete(s);
}

KERNEL_TEST_PANICS(sbuf, finished_twice, "sbuf_finish: it is finished")
{
	struct sbuf *s = sbuf_new_auto();

	sbuf_finish(s);
	sbuf_finish(s);
}

KERNEL_TEST_PANICS(sbuf, section_inside_of_none, "sbuf_end_section")
{
	(void)sbuf_end_section(sbuf_new_auto(), -1, 0, 0);
}
