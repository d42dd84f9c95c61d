/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The control socket of a running instance: how `ringside sysctl` and
 * `ringside ifconfig` reach the kernel of another process.
 *
 *	control_path.c	where sockets lie, and which are alive
 *	control.c	the instance: connections, requests, answers
 *	control_ask.c	the other end: one request, its answer
 *	control_sysctl.c, control_ifconfig.c, control_devctl.c
 *			what is asked
 *
 * It is a unix socket of packets, mode 0600, whose peers are of the same user
 * or root.  A connection carries one request: a packet of at most
 * CONTROL_REQUEST_MAX bytes that holds words, each ended by a NUL, the first
 * one the command.  The answer is any number of packets that begin with 'o'
 * (for standard output) or 'e' (an error, a line), and one with 's' and the
 * exit status as a digit.
 *
 * All is served by the thread that does the instance's work.  It neither
 * waits for a client nor looks for one: the host sends SIGIO when there is
 * something to do.  Clients beyond CONTROL_CLIENTS push out the oldest, and
 * an answer is bounded by CONTROL_ANSWER_MAX.
 */
#ifndef RINGSIDE_CLI_CONTROL_H
#define RINGSIDE_CLI_CONTROL_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONTROL_REQUEST_MAX 4096
#define CONTROL_WORDS_MAX   64
#define CONTROL_CLIENTS	    8
#define CONTROL_PACKET_MAX  8192
#define CONTROL_ANSWER_MAX  (4u << 20)
#define CONTROL_PATH_MAX    108 /* of a unix socket's address */

/*
 * --- the instance ---
 */

/*
 * Begins to listen at `path`, or for NULL at the process's own place among
 * the user's; false after complaining.  A socket that nobody listens at any
 * more is replaced.
 */
bool control_open(const char *path);
/* Removes the socket; clients that wait see the end.  May be repeated. */
void control_close(void);
/* Where it listens, or NULL. */
const char *control_path(void);

/* SIGIO has come: there may be something to do. */
extern volatile sig_atomic_t control_pending;
/* Called by the signal's handler, or NULL. */
extern void (*control_wake)(void);

/* Does what there is to do.  From a kernel thread. */
void control_serve(void);
/* The same outside of one, for a kernel that is dead: says so to all. */
void control_serve_dead(void);

/* To be called at each step of the instance's work. */
static inline void
control_point(void)
{
	if (__builtin_expect(control_pending != 0, 0))
		control_serve();
}

/* Descriptors for poll(2), after which control_serve() is due. */
unsigned control_pollfds(struct pollfd *fds, unsigned max);

/*
 * --- what is asked, in the instance ---
 */

struct control_request {
	unsigned nwords; /* without the command's name */
	const char *words[CONTROL_WORDS_MAX];
	FILE *out;	 /* for standard output */
	char error[256]; /* a line, or "" */
	int status;	 /* exit status, CLI_OK at first */
};

/* The request has failed. */
void control_fail(struct control_request *request, int status, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/*
 * Each carries a request out.  sysctl(8): [-adeNn] NAME[=VALUE]...; words of
 * ifconfig(8): [-al] [INTERFACE [PARAMETER]...].
 */
void control_sysctl(struct control_request *request);
void control_ifconfig(struct control_request *request);
/* Words of devctl(8): COMMAND [-f] DEVICE. */
void control_devctl(struct control_request *request);

/*
 * --- the other end ---
 */

/*
 * Has the instance at `path`, or for NULL the only one of this user, carry
 * out a request of words, which end with NULL: prints the answer and returns
 * the exit status.
 */
int control_ask(const char *path, const char *const *words);

/*
 * --- places ---
 */

/* The process's own place; makes the folder.  false after complaining. */
bool control_own_path(char path[CONTROL_PATH_MAX]);
/*
 * Removes what nobody listens at from the user's folders, and calls `fn` with
 * the path of each socket that somebody does.
 */
void control_foreach(void (*fn)(void *arg, const char *path), void *arg);
/*
 * A connection to an instance of this user's (or root's); -1 with errno:
 * ECONNREFUSED when nobody listens, EPERM when it is somebody else's.
 */
int control_connect(const char *path);

#endif /* !RINGSIDE_CLI_CONTROL_H */
