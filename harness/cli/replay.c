/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Command lines; see replay.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/replay.h"

/* What does not fit is cut: only absurd names of files are as long. */
static void
add(struct replay *replay, const char *text, size_t length)
{
	size_t room = sizeof(replay->text) - 1 - replay->used;

	if (length > room)
		length = room;
	memcpy(replay->text + replay->used, text, length);
	replay->used += length;
	replay->text[replay->used] = '\0';
}

static void
add_quoted(struct replay *replay, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		add(replay, word, strlen(word));
		return;
	}
	add(replay, "'", 1);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			add(replay, "'\\''", 4);
		else
			add(replay, word, 1);
	}
	add(replay, "'", 1);
}

static void
add_word(struct replay *replay, const char *word)
{
	add(replay, " ", 1);
	add_quoted(replay, word);
}

void
replay_begin(struct replay *replay, const char *command)
{
	replay->used = 0;
	add_quoted(replay, cli_program);
	add_word(replay, command);
}

void
replay_option(struct replay *replay, const char *option, const char *word)
{
	add_word(replay, option);
	if (word != NULL)
		add_word(replay, word);
}

void
replay_number(struct replay *replay, const char *option, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	replay_option(replay, option, text);
}
