/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line that does a run again, with all options that decide what
 * happens in it, ready for a shell.
 */
#ifndef RINGSIDE_CLI_REPLAY_H
#define RINGSIDE_CLI_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#define REPLAY_MAX 8192

struct replay {
	char text[REPLAY_MAX];
	size_t used;
};

/* "ringside COMMAND", with the name by which the user has called it. */
void replay_begin(struct replay *replay, const char *command);
/* " OPTION", or with a word " OPTION WORD", quoted where need be. */
void replay_option(struct replay *replay, const char *option, const char *word);
void replay_number(struct replay *replay, const char *option, uint64_t n);

#endif /* !RINGSIDE_CLI_REPLAY_H */
