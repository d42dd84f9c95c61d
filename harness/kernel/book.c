/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of newbus's bookkeeping: devices, classes, resource lists.
 *
 * It is the host's, not the guest's, so a driver that scribbles or a device
 * that writes where it should not cannot reach it.  All of it hangs on one
 * list: a kernel that panicked leaves no way to give it back piece by piece.
 */
#include "kernel/newbus.h"

struct book_entry {
	LIST_ENTRY(book_entry) link;
	_Alignas(16) unsigned char data[];
};

static LIST_HEAD(, book_entry) book_entries = LIST_HEAD_INITIALIZER(
    book_entries);

void *
book_alloc(size_t size)
{
	struct book_entry *entry;

	entry = host_alloc(sizeof(*entry) + size);
	LIST_INSERT_HEAD(&book_entries, entry, link);
	return (entry->data);
}

char *
book_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy;

	copy = book_alloc(size);
	memcpy(copy, text, size);
	return (copy);
}

void
book_free(void *p)
{
	struct book_entry *entry;

	if (p == NULL)
		return;
	entry = (struct book_entry *)((char *)p -
	    __offsetof(struct book_entry, data));
	LIST_REMOVE(entry, link);
	host_free(entry);
}

void
book_free_all(void)
{
	struct book_entry *entry;

	while ((entry = LIST_FIRST(&book_entries)) != NULL) {
		LIST_REMOVE(entry, link);
		host_free(entry);
	}
}
