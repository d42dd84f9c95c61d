/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The instance's end of the control socket; see control.h.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/control.h"

struct client {
	int fd;	       /* -1: this place is free */
	uint64_t turn; /* when it came */
	bool asked;    /* the request is here; `text` is being filled */
	bool answered; /* `text` is whole */
	struct control_request request;
	char words[CONTROL_REQUEST_MAX];
	char *text; /* what the request has printed */
	size_t length;
	size_t sent; /* of it */
};

static struct control {
	char path[CONTROL_PATH_MAX]; /* "": closed */
	int fd;
	uint64_t turn;
	struct client clients[CONTROL_CLIENTS];
} control;

volatile sig_atomic_t control_pending;
void (*control_wake)(void);

static void
on_sigio(int sig)
{
	int saved = errno;

	(void)sig;
	control_pending = 1;
	if (control_wake != NULL)
		control_wake();
	errno = saved;
}

/* Never waits, and tells by SIGIO when there is something to do. */
static bool
make_async(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return (flags >= 0 && fcntl(fd, F_SETOWN, getpid()) == 0 &&
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK | O_ASYNC) == 0);
}

/*
 * --- life ---
 */

static void
nothing(void *arg, const char *path)
{
	(void)arg;
	(void)path;
}

/* What stands in the way at a path that the user has chosen. */
static bool
make_way(const char *path)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) != 0)
		return (true);
	if (!S_ISSOCK(st.st_mode)) {
		cli_error("--control %s: is there, and no socket", path);
		return (false);
	}
	fd = control_connect(path);
	if (fd < 0 && errno == ECONNREFUSED)
		return (true);
	if (fd >= 0)
		close(fd);
	cli_error("--control %s: somebody listens there already", path);
	return (false);
}

/*
 * Bound elsewhere first: at its path a socket is one that answers, or nobody's
 * any more.
 */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, error = 0;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path),
		"%s.%ld", path, (long)getpid()) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (-1);
	(void)unlink(address.sun_path);
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		error = errno;
	(void)umask(mask);
	if (error == 0 &&
	    (listen(fd, CONTROL_CLIENTS) != 0 || !make_async(fd) ||
		rename(address.sun_path, path) != 0)) {
		error = errno;
		(void)unlink(address.sun_path);
	}
	if (error == 0)
		return (fd);
	close(fd);
	errno = error;
	return (-1);
}

bool
control_open(const char *path)
{
	struct sigaction action = { .sa_handler = on_sigio,
		.sa_flags = SA_RESTART };

	control_foreach(nothing, NULL);
	if (path == NULL) {
		if (!control_own_path(control.path))
			return (false);
	} else {
		if (strlen(path) >= sizeof(control.path)) {
			cli_error("--control %s: longer than %d bytes", path,
			    CONTROL_PATH_MAX - 1);
			return (false);
		}
		if (!make_way(path))
			return (false);
		strcpy(control.path, path);
	}
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		control.clients[i].fd = -1;
	sigemptyset(&action.sa_mask);
	(void)sigaction(SIGIO, &action, NULL);
	control.fd = listen_at(control.path);
	if (control.fd >= 0)
		return (true);
	cli_error("control socket %s: %s", control.path, strerror(errno));
	control.path[0] = '\0';
	return (false);
}

static void
drop(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	if (client->request.out != NULL)
		fclose(client->request.out);
	free(client->text);
	memset(client, 0, sizeof(*client));
	client->fd = -1;
}

void
control_close(void)
{
	if (control.path[0] == '\0')
		return;
	(void)unlink(control.path);
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
		drop(&control.clients[i]);
	close(control.fd);
	control.path[0] = '\0';
	control_pending = 0;
}

const char *
control_path(void)
{
	return (control.path[0] != '\0' ? control.path : NULL);
}

/*
 * --- requests ---
 */

void
control_fail(struct control_request *request, int status, const char *fmt, ...)
{
	va_list ap;

	/* The first one counts. */
	if (request->status != CLI_OK)
		return;
	request->status = status;
	va_start(ap, fmt);
	vsnprintf(request->error, sizeof(request->error), fmt, ap);
	va_end(ap);
}

/* The command's name; NULL: these bytes are no words. */
static const char *
split(struct client *client, size_t length)
{
	struct control_request *request = &client->request;
	const char *word = client->words, *end = client->words + length;
	const char *command = word;

	if (length == 0 || end[-1] != '\0')
		return (NULL);
	request->nwords = 0;
	for (word += strlen(word) + 1; word < end; word += strlen(word) + 1) {
		if (request->nwords == CONTROL_WORDS_MAX)
			return (NULL);
		request->words[request->nwords++] = word;
	}
	return (command);
}

static void
carry_out(struct client *client, const char *command, bool dead)
{
	struct control_request *request = &client->request;

	if (command == NULL)
		control_fail(request, CLI_USAGE, "this is no request");
	else if (dead)
		control_fail(request, CLI_PANIC,
		    "the kernel there has panicked or hangs");
	else if (strcmp(command, "sysctl") == 0)
		control_sysctl(request);
	else if (strcmp(command, "ifconfig") == 0)
		control_ifconfig(request);
	else if (strcmp(command, "devctl") == 0)
		control_devctl(request);
	else
		control_fail(request, CLI_USAGE, "unknown request '%.32s'",
		    command);
}

static void
finish(struct client *client)
{
	struct control_request *request = &client->request;

	if (fclose(request->out) != 0 || client->length > CONTROL_ANSWER_MAX) {
		client->length = 0;
		control_fail(request, CLI_HOST, "the answer is too long");
	}
	request->out = NULL;
	client->answered = true;
}

/* Reads the one packet that is the request. */
static void
take_request(struct client *client, bool dead)
{
	struct iovec iov = { client->words, sizeof(client->words) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	const char *command;
	ssize_t n;

	n = recvmsg(client->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		client->request.out =
		    open_memstream(&client->text, &client->length);
	if (n <= 0 || client->request.out == NULL) {
		drop(client);
		return;
	}
	client->asked = true;
	command = (message.msg_flags & MSG_TRUNC) != 0 ?
	    NULL :
	    split(client, (size_t)n);
	carry_out(client, command, dead);
	finish(client);
}

/* false: it cannot be sent now. */
static bool
send_packet(struct client *client, char kind, const char *text, size_t length)
{
	struct iovec iov[2] = { { &kind, 1 },
		{ (void *)(uintptr_t)text, length } };
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };

	if (sendmsg(client->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return (true);
	/* Whoever has asked has gone. */
	if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
		drop(client);
	return (false);
}

static void
send_answer(struct client *client)
{
	struct control_request *request = &client->request;
	char status = (char)('0' + request->status);
	size_t part;

	for (; client->sent < client->length; client->sent += part) {
		part = client->length - client->sent;
		if (part > CONTROL_PACKET_MAX - 1)
			part = CONTROL_PACKET_MAX - 1;
		if (!send_packet(client, 'o', client->text + client->sent,
			part))
			return;
	}
	if (request->error[0] != '\0') {
		if (!send_packet(client, 'e', request->error,
			strlen(request->error)))
			return;
		request->error[0] = '\0';
	}
	if (send_packet(client, 's', &status, 1))
		drop(client);
}

/*
 * --- clients ---
 */

/* Nobody else's, though the mode of the socket says so already. */
static bool
may_ask(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
	    (peer.uid == geteuid() || peer.uid == 0));
}

static void
admit(int fd)
{
	struct client *place = &control.clients[0];

	for (unsigned i = 1; i < CONTROL_CLIENTS && place->fd >= 0; i++)
		if (control.clients[i].fd < 0 ||
		    control.clients[i].turn < place->turn)
			place = &control.clients[i];
	drop(place);
	place->fd = fd;
	place->turn = ++control.turn;
}

static void
accept_clients(void)
{
	int fd;

	/* As many as there is room for; if there are more, SIGIO comes. */
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++) {
		fd = accept4(control.fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (may_ask(fd) && make_async(fd))
			admit(fd);
		else
			close(fd);
	}
	control_pending = 1;
}

static void
serve(bool dead)
{
	struct client *client;

	control_pending = 0;
	if (control.path[0] == '\0')
		return;
	accept_clients();
	for (unsigned i = 0; i < CONTROL_CLIENTS; i++) {
		client = &control.clients[i];
		/* The kernel has died of this one. */
		if (client->asked && !client->answered && dead) {
			carry_out(client, "", true);
			finish(client);
		}
		if (client->fd >= 0 && !client->asked)
			take_request(client, dead);
		if (client->answered)
			send_answer(client);
	}
}

void
control_serve(void)
{
	serve(false);
}

void
control_serve_dead(void)
{
	serve(true);
}

unsigned
control_pollfds(struct pollfd *fds, unsigned max)
{
	const struct client *client;
	unsigned n = 0;

	if (control.path[0] == '\0')
		return (0);
	if (n < max)
		fds[n++] = (struct pollfd) { control.fd, POLLIN, 0 };
	for (unsigned i = 0; i < CONTROL_CLIENTS && n < max; i++) {
		client = &control.clients[i];
		if (client->fd >= 0)
			fds[n++] = (struct pollfd) { client->fd,
				client->answered ? POLLOUT : POLLIN, 0 };
	}
	return (n);
}
