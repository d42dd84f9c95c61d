/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel's message buffer (dmesg(8)), and whole lines to the console.
 */
#include "kernel/kern.h"

/* Old messages go when a kernel will not stop talking. */
#define MSGBUF_MAX (256u << 10)

static struct {
	char *text;
	size_t used;
	size_t room;
	size_t line; /* where the unfinished line begins */
	void (*console)(void *, const char *);
	void *console_arg;
} msgbuf;

void
msgbuf_boot(void (*console)(void *, const char *), void *arg)
{
	msgbuf.used = 0;
	msgbuf.line = 0;
	msgbuf.console = console;
	msgbuf.console_arg = arg;
	if (msgbuf.text != NULL)
		msgbuf.text[0] = '\0';
}

const char *
kernel_log_text(void)
{
	return (msgbuf.text != NULL ? msgbuf.text : "");
}

static void
msgbuf_put(char c)
{
	size_t half;

	if (msgbuf.used + 2 > msgbuf.room) {
		if (msgbuf.room < MSGBUF_MAX) {
			half = msgbuf.room != 0 ? msgbuf.room : 2048;
			msgbuf.text = host_realloc(msgbuf.text, 2 * half);
			msgbuf.room = 2 * half;
		} else {
			half = msgbuf.used / 2;
			memmove(msgbuf.text, msgbuf.text + half,
			    msgbuf.used - half);
			msgbuf.used -= half;
			msgbuf.line -= msgbuf.line < half ? msgbuf.line : half;
		}
	}
	msgbuf.text[msgbuf.used++] = c;
	msgbuf.text[msgbuf.used] = '\0';
}

void
kern_log(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\n') {
			msgbuf_put(text[i]);
			continue;
		}
		if (msgbuf.console != NULL) {
			msgbuf_put('\0');
			msgbuf.used--;
			msgbuf.console(msgbuf.console_arg,
			    msgbuf.text + msgbuf.line);
		}
		msgbuf_put('\n');
		msgbuf.line = msgbuf.used;
	}
}
