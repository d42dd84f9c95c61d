/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How a subcommand that serves others goes into the background, and says
 * there who it is.
 */
#ifndef RINGSIDE_CLI_BACKGROUND_H
#define RINGSIDE_CLI_BACKGROUND_H

#include <stdbool.h>

/*
 * The path of a file named by an option, for use where the folder is another
 * one: to be freed, as is what *path was before.  false after complaining.
 */
bool background_absolute(const char *option, const char *file, char **path);

/*
 * Goes into the background: returns in the child, with a descriptor for
 * background_go().  The parent ends when that is called, with status 0, or
 * when the child ends, with its status.
 */
int background_fork(void);
/* Lets go of terminal and folder; messages go to `log`, or nowhere. */
void background_go(int fd, const char *log);

/* Writes the process's number; complains when it cannot. */
void background_write_pid(const char *path);
/* Removes that file, if it was written. */
void background_end(void);

#endif /* !RINGSIDE_CLI_BACKGROUND_H */
