/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Scripts that mount an image and use it as a user would, with the tools that
 * users have.
 */
#ifndef RINGSIDE_TESTS_CLI_MOUNT_RIG_H
#define RINGSIDE_TESTS_CLI_MOUNT_RIG_H

/*
 * Runs a shell script, which ends at the first command that fails, in a
 * folder of its own with an image `a` of 1 MiB, a copy `b` of it and an empty
 * folder `d`; returns its exit status.  What it printed is in `program`.
 * Skips the test where nothing can be mounted, or one of the commands in
 * `tools` (words) is missing.  The script has
 *
 *	begin OPTION...	mounts `a` on `d` in the foreground of a process of
 *			its own, and returns when it is ready
 *	unmount		unmounts, as soon as nobody uses it any more
 *	end		unmounts, and returns the process's exit status
 *	ended		waits for its end and returns its exit status
 *	$R, $pid	the command; that process
 *	$undo		commands that also run at the end, whatever happens
 *
 * and what program_shell() has for waiting.
 */
int mount_script(const char *tools, const char *script);
/*
 * The same, and fails the test with what was printed unless it is 0; skips
 * the test when it is 77: this host or this user may not do what it takes.
 */
void mount_passes(const char *tools, const char *script);

#endif /* !RINGSIDE_TESTS_CLI_MOUNT_RIG_H */
