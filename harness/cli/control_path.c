/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where control sockets lie; see control.h.  In a folder that is the user's
 * alone: ringside/ in $XDG_RUNTIME_DIR, or /tmp/ringside-UID.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/control.h"

#define SUFFIX	".sock"
#define FOLDERS 2
/* Room for a process's number, suffixes and the NUL. */
#define FOLDER_MAX (CONTROL_PATH_MAX - 24)

/* false: there is no such place. */
static bool
folder(unsigned i, char path[FOLDER_MAX])
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	int n;

	if (i == 0 && (run == NULL || *run != '/'))
		return (false);
	n = i == 0 ?
	    snprintf(path, FOLDER_MAX, "%s/ringside", run) :
	    snprintf(path, FOLDER_MAX, "/tmp/ringside-%ld", (long)geteuid());
	return (n < FOLDER_MAX);
}

/* In a folder of somebody else, anything could be put in our way. */
static bool
is_ours(const char *path)
{
	struct stat st;

	return (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 077) == 0);
}

bool
control_own_path(char path[CONTROL_PATH_MAX])
{
	char dir[FOLDER_MAX];

	for (unsigned i = 0; i < FOLDERS; i++) {
		if (!folder(i, dir))
			continue;
		(void)mkdir(dir, 0700);
		if (!is_ours(dir))
			continue;
		snprintf(path, CONTROL_PATH_MAX, "%s/%ld" SUFFIX, dir,
		    (long)getpid());
		return (true);
	}
	cli_error("%s: not a folder of ours alone: no control socket", dir);
	return (false);
}

int
control_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t length = sizeof(peer);
	int fd, error = ENAMETOOLONG;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (-1);
	if (strlen(path) < sizeof(address.sun_path)) {
		strcpy(address.sun_path, path);
		error = connect(fd, (struct sockaddr *)&address,
			    sizeof(address)) != 0 ||
			getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer,
			    &length) != 0 ?
		    errno :
		    0;
	}
	if (error == 0 && peer.uid != geteuid() && peer.uid != 0)
		error = EPERM;
	if (error == 0)
		return (fd);
	close(fd);
	errno = error;
	return (-1);
}

static void
visit(const char *path, void (*fn)(void *, const char *), void *arg)
{
	int fd = control_connect(path);

	if (fd >= 0) {
		close(fd);
		fn(arg, path);
	} else if (errno == ECONNREFUSED)
		(void)unlink(path);
}

void
control_foreach(void (*fn)(void *arg, const char *path), void *arg)
{
	char dir[FOLDER_MAX], path[CONTROL_PATH_MAX];
	const struct dirent *entry;
	size_t length;
	DIR *d;

	for (unsigned i = 0; i < FOLDERS; i++) {
		if (!folder(i, dir) || !is_ours(dir))
			continue;
		d = opendir(dir);
		while (d != NULL && (entry = readdir(d)) != NULL) {
			length = strlen(entry->d_name);
			if (length <= strlen(SUFFIX) ||
			    strcmp(entry->d_name + length - strlen(SUFFIX),
				SUFFIX) != 0)
				continue;
			if (snprintf(path, sizeof(path), "%s/%s", dir,
				entry->d_name) < (int)sizeof(path))
				visit(path, fn, arg);
		}
		if (d != NULL)
			closedir(d);
	}
}
