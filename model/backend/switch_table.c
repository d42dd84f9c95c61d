/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The addresses that a switch has learned: a hash table of a fixed size, and
 * a list by the time that they were seen, so that what is to be forgotten is
 * found at once.
 */
#include <stdlib.h>
#include <string.h>

#include "model/backend/switch_var.h"

static uint32_t *
swtable_head(struct swtable *table, uint64_t key)
{
	return (&table->heads[(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
	    table->mask]);
}

bool
swtable_init(struct swtable *table, uint32_t limit, uint64_t age)
{
	uint32_t i, heads = 16;

	while (heads < limit && heads < UINT32_C(1) << 30)
		heads *= 2;
	*table = (struct swtable) {
		.entries = calloc(limit, sizeof(*table->entries)),
		.heads = calloc(heads, sizeof(*table->heads)),
		.mask = heads - 1,
		.limit = limit,
		.free = 0,
		.oldest = SWTABLE_NONE,
		.newest = SWTABLE_NONE,
		.age = age,
	};
	if (table->entries == NULL || table->heads == NULL)
		return (false);
	for (i = 0; i < heads; i++)
		table->heads[i] = SWTABLE_NONE;
	for (i = 0; i < limit; i++)
		table->entries[i].chain = i + 1 < limit ? i + 1 : SWTABLE_NONE;
	return (true);
}

void
swtable_fini(struct swtable *table)
{
	free(table->entries);
	free(table->heads);
	memset(table, 0, sizeof(*table));
}

/*
 * --- by age ---
 */

static void
swtable_unlink(struct swtable *table, const struct swtable_entry *entry)
{
	if (entry->older != SWTABLE_NONE)
		table->entries[entry->older].newer = entry->newer;
	else
		table->oldest = entry->newer;
	if (entry->newer != SWTABLE_NONE)
		table->entries[entry->newer].older = entry->older;
	else
		table->newest = entry->older;
}

static void
swtable_link(struct swtable *table, uint32_t index, uint64_t now)
{
	struct swtable_entry *entry = &table->entries[index];

	entry->seen = now;
	entry->newer = SWTABLE_NONE;
	entry->older = table->newest;
	if (table->newest != SWTABLE_NONE)
		table->entries[table->newest].newer = index;
	else
		table->oldest = index;
	table->newest = index;
}

static void
swtable_forget(struct swtable *table, uint32_t index)
{
	struct swtable_entry *entry = &table->entries[index];
	uint32_t *at;

	for (at = swtable_head(table, entry->key); *at != index;
	     at = &table->entries[*at].chain)
		;
	*at = entry->chain;
	swtable_unlink(table, entry);
	entry->chain = table->free;
	table->free = index;
	table->count--;
}

/* Each that is forgotten was learned once, so this costs nothing more. */
static void
swtable_expire(struct swtable *table, uint64_t now)
{
	const struct swtable_entry *entry;

	while (table->oldest != SWTABLE_NONE) {
		entry = &table->entries[table->oldest];
		/* A clock that goes back makes nothing older. */
		if (now < entry->seen || now - entry->seen < table->age)
			break;
		swtable_forget(table, table->oldest);
	}
}

/*
 * --- by address ---
 */

static uint32_t
swtable_lookup(struct swtable *table, uint64_t key)
{
	uint32_t index = *swtable_head(table, key);

	while (index != SWTABLE_NONE && table->entries[index].key != key)
		index = table->entries[index].chain;
	return (index);
}

enum swtable_learned
swtable_learn(struct swtable *table, uint64_t key, uint32_t port, uint64_t now)
{
	struct swtable_entry *entry;
	uint32_t index, *head;
	bool moved;

	swtable_expire(table, now);
	index = swtable_lookup(table, key);
	if (index != SWTABLE_NONE) {
		entry = &table->entries[index];
		moved = entry->port != port;
		entry->port = port;
		if (entry->seen != now) {
			swtable_unlink(table, entry);
			swtable_link(table, index, now);
		}
		return (moved ? SWTABLE_MOVED : SWTABLE_KNOWN);
	}
	index = table->free;
	if (index == SWTABLE_NONE)
		return (SWTABLE_FULL);
	entry = &table->entries[index];
	table->free = entry->chain;
	head = swtable_head(table, key);
	entry->key = key;
	entry->port = port;
	entry->chain = *head;
	*head = index;
	swtable_link(table, index, now);
	table->count++;
	return (SWTABLE_NEW);
}

uint32_t
swtable_find(struct swtable *table, uint64_t key, uint64_t now)
{
	uint32_t index;

	swtable_expire(table, now);
	index = swtable_lookup(table, key);
	return (
	    index != SWTABLE_NONE ? table->entries[index].port : SWTABLE_NONE);
}

void
swtable_forget_port(struct swtable *table, uint32_t port)
{
	uint32_t index, next;

	for (index = table->oldest; index != SWTABLE_NONE; index = next) {
		next = table->entries[index].newer;
		if (table->entries[index].port == port)
			swtable_forget(table, index);
	}
}
