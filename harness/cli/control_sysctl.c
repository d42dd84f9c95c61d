/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What `ringside sysctl` asks an instance for, in the manner of sysctl(8).
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/errname.h"
#include "kernel/kernel.h"

#define NAME_MAX_LENGTH 160
#define VALUE_MAX	(16u << 10)

struct sysctl {
	struct control_request *request;
	bool all;
	bool descriptions; /* -d */
	bool ignore;	   /* -e: unknown names are none */
	bool names;	   /* -N */
	bool values;	   /* -n */
	/* Nodes to be shown: a handler may change the tree. */
	const char *prefix;
	char **list;
	char **descr;
	size_t count, room;
};

static bool
take_flags(struct sysctl *sysctl, const char *word)
{
	for (word++; *word != '\0'; word++) {
		bool *const flag = *word == 'a' ? &sysctl->all :
		    *word == 'd'		? &sysctl->descriptions :
		    *word == 'e'		? &sysctl->ignore :
		    *word == 'N'		? &sysctl->names :
		    *word == 'n'		? &sysctl->values :
						  NULL;

		if (flag == NULL) {
			control_fail(sysctl->request, CLI_USAGE,
			    "sysctl knows no -%c", *word);
			return (false);
		}
		*flag = true;
	}
	return (true);
}

/* The name itself, or what lies below it. */
static bool
is_below(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	if (length > 0 && prefix[length - 1] == '.')
		length--;
	return (length == 0 ||
	    (strncmp(path, prefix, length) == 0 &&
		(path[length] == '\0' || path[length] == '.')));
}

static void
keep(void *arg, const struct kernel_sysctl *node)
{
	struct sysctl *sysctl = arg;
	size_t room = 2 * sysctl->room + 64;
	char **more;

	if (!is_below(node->path, sysctl->prefix) || !node->readable)
		return;
	if (sysctl->count == sysctl->room) {
		more = realloc(sysctl->list, room * sizeof(*more));
		if (more == NULL)
			abort();
		sysctl->list = more;
		more = realloc(sysctl->descr, room * sizeof(*more));
		if (more == NULL)
			abort();
		sysctl->descr = more;
		sysctl->room = room;
	}
	sysctl->list[sysctl->count] = strdup(node->path);
	sysctl->descr[sysctl->count++] =
	    strdup(node->descr != NULL ? node->descr : "");
}

/*
 * Values: the handler may be the last thing that is called, so nobody owns
 * this memory.
 */
static char value_text[VALUE_MAX], old_text[VALUE_MAX];

static int
show_value(struct sysctl *sysctl, const char *path)
{
	int error = kernel_sysctl_read(path, value_text, VALUE_MAX);

	if (error == 0)
		fprintf(sysctl->request->out, "%s\n", value_text);
	return (error);
}

static void
show(struct sysctl *sysctl, const char *path, const char *descr)
{
	FILE *out = sysctl->request->out;
	int error;

	if (sysctl->names) {
		fprintf(out, "%s\n", path);
		return;
	}
	if (!sysctl->values)
		fprintf(out, "%s: ", path);
	if (sysctl->descriptions) {
		fprintf(out, "%s\n", descr);
		return;
	}
	error = show_value(sysctl, path);
	/* One that has nothing to say does not end the list. */
	if (error != 0)
		fprintf(out, "(%s)\n", errname(error));
}

static void
show_all(struct sysctl *sysctl, const char *prefix)
{
	sysctl->prefix = prefix;
	sysctl->count = 0;
	kernel_sysctl_foreach(keep, sysctl);
	if (sysctl->count == 0 && !sysctl->ignore)
		control_fail(sysctl->request, CLI_USAGE, "unknown oid '%s'",
		    prefix);
	for (size_t i = 0; i < sysctl->count; i++) {
		show(sysctl, sysctl->list[i], sysctl->descr[i]);
		free(sysctl->list[i]);
		free(sysctl->descr[i]);
	}
}

/* "NAME: old -> new" */
static void
set(struct sysctl *sysctl, const char *name, const char *value)
{
	struct control_request *request = sysctl->request;
	FILE *out = request->out;
	int error;

	/* Shown only if the new one is taken. */
	if (kernel_sysctl_read(name, old_text, VALUE_MAX) != 0)
		old_text[0] = '\0';
	error = kernel_sysctl_write(name, value);
	if (error == 0) {
		if (!sysctl->values)
			fprintf(out, "%s: ", name);
		fprintf(out, "%s -> ", old_text);
		if (show_value(sysctl, name) != 0)
			fprintf(out, "%s\n", value);
	} else if (error == 2 /* ENOENT */ && sysctl->ignore)
		;
	else if (error == 2)
		control_fail(request, CLI_USAGE, "unknown oid '%s'", name);
	else if (error == 1 /* EPERM */)
		control_fail(request, CLI_USAGE, "oid '%s' is read only", name);
	else
		control_fail(request, CLI_USAGE, "%s=%.64s: %s", name, value,
		    errname(error));
}

void
control_sysctl(struct control_request *request)
{
	struct sysctl sysctl = { .request = request };
	char name[NAME_MAX_LENGTH];
	const char *word, *equals;
	unsigned i = 0;

	for (; i < request->nwords && request->words[i][0] == '-'; i++)
		if (!take_flags(&sysctl, request->words[i]))
			return;
	if (sysctl.all)
		show_all(&sysctl, "");
	for (; i < request->nwords && request->status == CLI_OK; i++) {
		word = request->words[i];
		equals = strchrnul(word, '=');
		if (equals == word || (size_t)(equals - word) >= sizeof(name)) {
			control_fail(request, CLI_USAGE, "unknown oid '%.160s'",
			    word);
			break;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(equals - word),
		    word);
		if (*equals == '=')
			set(&sysctl, name, equals + 1);
		else
			show_all(&sysctl, name);
	}
	free(sysctl.list);
	free(sysctl.descr);
}
