/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What `ringside devctl` asks an instance for, in the manner of devctl(8).
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/errname.h"
#include "kernel/kernel.h"

static int
attach(const char *name, bool force)
{
	(void)force;
	return (kernel_devctl_attach(name));
}

static int
enable(const char *name, bool force)
{
	(void)force;
	return (kernel_devctl_enable(name));
}

static int
suspend(const char *name, bool force)
{
	(void)force;
	return (kernel_devctl_suspend(name));
}

static int
resume(const char *name, bool force)
{
	(void)force;
	return (kernel_devctl_resume(name));
}

static const struct command {
	const char *name;
	int (*fn)(const char *device, bool force);
	bool forced; /* -f means something */
} commands[] = {
	{ "attach", attach, false },
	{ "detach", kernel_devctl_detach, true },
	{ "disable", kernel_devctl_disable, true },
	{ "enable", enable, false },
	{ "suspend", suspend, false },
	{ "resume", resume, false },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

void
control_devctl(struct control_request *request)
{
	const char *const *words = request->words;
	const bool force = request->nwords == 3 && strcmp(words[1], "-f") == 0;
	int error;

	for (size_t i = 0; i < COMMANDS && request->nwords > 0; i++) {
		if (strcmp(words[0], commands[i].name) != 0)
			continue;
		if (request->nwords != 2u + force ||
		    (force && !commands[i].forced))
			break;
		error = commands[i].fn(words[1 + force], force);
		if (error != 0)
			control_fail(request, CLI_USAGE, "%s %.64s: %s",
			    words[0], words[1 + force], errname(error));
		return;
	}
	control_fail(request, CLI_USAGE,
	    "devctl wants attach, detach, disable, enable, suspend or resume, "
	    "and a device");
}
