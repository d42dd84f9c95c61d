/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a device obtained while it attached, ran and detached, it must have
 * given back when its detach is done; and when all modules are unloaded,
 * nothing that any driver obtained may live.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/checker.h"

struct object {
	enum kernel_object kind;
	const void *id;
	const void *device;
	uint64_t order; /* in which they came: the same in each run */
	size_t size;
	char name[32];
	char device_name[32];
};

/* An open-addressing table: objects come and go with each request. */
struct leaks {
	struct referee *referee;
	struct object *table; /* id NULL: free */
	size_t room;	      /* a power of two */
	size_t count;
	uint64_t order;
};

static void *
leaks_create(struct referee *referee)
{
	struct leaks *leaks = check_alloc(1, sizeof(*leaks));

	leaks->referee = referee;
	leaks->room = 1024;
	leaks->table = check_alloc(leaks->room, sizeof(*leaks->table));
	return (leaks);
}

static void
leaks_destroy(void *state)
{
	struct leaks *leaks = state;

	free(leaks->table);
	free(leaks);
}

/* Kinds may share an address: a map and its load do. */
static size_t
hash(const struct leaks *leaks, enum kernel_object kind, const void *id)
{
	uint64_t h = (uint64_t)(uintptr_t)id ^ ((uint64_t)kind << 56);

	h *= UINT64_C(0x9e3779b97f4a7c15);
	return ((size_t)(h >> 20) & (leaks->room - 1));
}

/* Its place, or the free place where it would go. */
static struct object *
lookup(struct leaks *leaks, enum kernel_object kind, const void *id)
{
	size_t i = hash(leaks, kind, id);

	while (leaks->table[i].id != NULL &&
	    (leaks->table[i].id != id || leaks->table[i].kind != kind))
		i = (i + 1) & (leaks->room - 1);
	return (&leaks->table[i]);
}

static void
grow(struct leaks *leaks)
{
	struct object *old = leaks->table;
	size_t room = leaks->room;

	leaks->room *= 2;
	leaks->table = check_alloc(leaks->room, sizeof(*leaks->table));
	for (size_t i = 0; i < room; i++) {
		if (old[i].id != NULL)
			*lookup(leaks, old[i].kind, old[i].id) = old[i];
	}
	free(old);
}

static void
object_new(struct leaks *leaks, const struct kernel_event *event)
{
	struct object *object;

	if (leaks->count * 2 >= leaks->room)
		grow(leaks);
	object = lookup(leaks, event->object, event->id);
	if (object->id == NULL)
		leaks->count++;
	memset(object, 0, sizeof(*object));
	object->kind = event->object;
	object->id = event->id;
	object->device = event->device;
	object->order = ++leaks->order;
	object->size = event->size;
	if (event->name != NULL)
		strncpy(object->name, event->name, sizeof(object->name) - 1);
	if (event->device_name != NULL)
		strncpy(object->device_name, event->device_name,
		    sizeof(object->device_name) - 1);
}

/* Removal moves up those that a search would no longer find. */
static void
object_remove(struct leaks *leaks, struct object *hole)
{
	size_t mask = leaks->room - 1;
	size_t i = (size_t)(hole - leaks->table), j = i, home;

	leaks->count--;
	for (;;) {
		j = (j + 1) & mask;
		if (leaks->table[j].id == NULL)
			break;
		home = hash(leaks, leaks->table[j].kind, leaks->table[j].id);
		if (((j - home) & mask) < ((j - i) & mask))
			continue;
		leaks->table[i] = leaks->table[j];
		i = j;
	}
	leaks->table[i].id = NULL;
}

static void
object_gone(struct leaks *leaks, const struct kernel_event *event)
{
	struct object *object = lookup(leaks, event->object, event->id);

	/* What was there before the referee came is none of its business. */
	if (object->id != NULL)
		object_remove(leaks, object);
}

static void
report(struct leaks *leaks, const struct object *object, const char *when)
{
	const char *who = object->device_name;
	char name[40] = "", size[32] = "";

	if (object->name[0] != '\0')
		snprintf(name, sizeof(name), ": \"%s\"", object->name);
	if (object->size != 0)
		snprintf(size, sizeof(size), " (%zu bytes)", object->size);
	referee_violation(leaks->referee, &check_leaks,
	    "%s left behind by %s %s%s%s", kernel_object_name(object->kind),
	    who[0] != '\0' ? who : "a driver", when, name, size);
}

/* The oldest that `device` owns (NULL: anybody), or NULL. */
static struct object *
oldest(struct leaks *leaks, const void *device)
{
	struct object *object, *first = NULL;

	for (size_t i = 0; i < leaks->room; i++) {
		object = &leaks->table[i];
		if (object->id != NULL &&
		    (device == NULL || object->device == device) &&
		    (first == NULL || object->order < first->order))
			first = object;
	}
	return (first);
}

/* Reports what `device` owns (NULL: anybody) and forgets it. */
static void
sweep(struct leaks *leaks, const void *device, const char *when)
{
	struct object *object;

	while ((object = oldest(leaks, device)) != NULL) {
		report(leaks, object, when);
		object_remove(leaks, object);
	}
}

static void
leaks_kernel(void *state, const struct kernel_event *event)
{
	struct leaks *leaks = state;

	switch (event->type) {
	case KE_NEW:
		object_new(leaks, event);
		break;
	case KE_GONE:
		object_gone(leaks, event);
		break;
	case KE_DETACHED:
		sweep(leaks, event->device, "at detach");
		break;
	case KE_HALT:
		sweep(leaks, NULL, "after all modules were unloaded");
		break;
	default:
		break;
	}
}

const struct checker check_leaks = {
	.name = "leaks",
	.create = leaks_create,
	.destroy = leaks_destroy,
	.kernel = leaks_kernel,
};
