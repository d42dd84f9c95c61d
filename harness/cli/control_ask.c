/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Asking a running instance for something; see control.h.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/control.h"

struct found {
	unsigned count;
	char first[CONTROL_PATH_MAX];
	char all[1024];
};

static void
find(void *arg, const char *path)
{
	struct found *found = arg;
	size_t used = strlen(found->all);

	if (found->count++ == 0)
		strcpy(found->first, path);
	if (used < sizeof(found->all))
		snprintf(found->all + used, sizeof(found->all) - used, " %s",
		    path);
}

/* -1 after complaining. */
static int
open_only(void)
{
	struct found found = { .count = 0 };
	int fd;

	control_foreach(find, &found);
	if (found.count == 0) {
		cli_error("no instance of ringside runs, or --control says "
			  "where it listens");
		return (-1);
	}
	if (found.count > 1) {
		cli_error("%u instances run; --control says which:%s",
		    found.count, found.all);
		return (-1);
	}
	fd = control_connect(found.first);
	if (fd < 0)
		cli_error("%s: %s", found.first, strerror(errno));
	return (fd);
}

static int
open_path(const char *path)
{
	int fd = control_connect(path);

	if (fd < 0)
		cli_error("--control %s: %s", path,
		    errno == ECONNREFUSED ? "nobody listens there any more" :
					    strerror(errno));
	return (fd);
}

/* false after complaining. */
static bool
send_words(int fd, const char *const *words)
{
	char packet[CONTROL_REQUEST_MAX];
	size_t used = 0, length;
	unsigned n = 0;

	for (; *words != NULL; words++, used += length) {
		length = strlen(*words) + 1;
		if (length > sizeof(packet) - used || n++ > CONTROL_WORDS_MAX) {
			cli_error("too much is asked at once");
			return (false);
		}
		memcpy(packet + used, *words, length);
	}
	if (send(fd, packet, used, MSG_NOSIGNAL) == (ssize_t)used)
		return (true);
	cli_error("the instance does not listen: %s", strerror(errno));
	return (false);
}

/* What comes, until the exit status does. */
static int
print_answer(int fd)
{
	char packet[CONTROL_PACKET_MAX + 1];
	ssize_t n;

	for (;;) {
		n = recv(fd, packet, CONTROL_PACKET_MAX, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		packet[n] = '\0';
		if (packet[0] == 'o')
			fwrite(packet + 1, 1, (size_t)n - 1, stdout);
		else if (packet[0] == 'e')
			cli_error("%s", packet + 1);
		else if (packet[0] == 's' && packet[1] >= '0' &&
		    packet[1] <= '0' + CLI_HOST)
			return (packet[1] - '0');
		else
			break;
	}
	cli_error("the instance has ended, and not answered");
	return (CLI_PANIC);
}

int
control_ask(const char *path, const char *const *words)
{
	int fd, status = CLI_USAGE;

	fd = path != NULL ? open_path(path) : open_only();
	if (fd < 0)
		return (CLI_USAGE);
	if (send_words(fd, words))
		status = print_answer(fd);
	close(fd);
	return (status);
}
