/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * queue(3): each of its four lists, and each thing one can do with them.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/queue.h>

#include "tests/test.h"

struct node {
	char name;
	SLIST_ENTRY(node) s;
	STAILQ_ENTRY(node) st;
	LIST_ENTRY(node) l;
	TAILQ_ENTRY(node) t;
};
SLIST_HEAD(shead, node);
STAILQ_HEAD(sthead, node);
LIST_HEAD(lhead, node);
TAILQ_HEAD(thead, node);

static struct node n[6] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' },
	{ .name = 'd' }, { .name = 'e' }, { .name = 'f' } };
static char text[16];

/* The names in the order in which a loop visits them. */
#define VISIT(loop)                            \
	({                                     \
		size_t v_n = 0;                \
		loop text[v_n++] = node->name; \
		text[v_n] = '\0';              \
		text;                          \
	})

KERNEL_TEST(queue, slist)
{
	struct shead head = SLIST_HEAD_INITIALIZER(head), other;
	struct node *node, *next, **link;

	SLIST_INIT(&other);
	T_TRUE(SLIST_EMPTY(&head));
	SLIST_INSERT_HEAD(&head, &n[2], s);
	SLIST_INSERT_HEAD(&head, &n[0], s);
	SLIST_INSERT_AFTER(&n[0], &n[1], s);
	T_STR(VISIT(SLIST_FOREACH(node, &head, s)), "abc");
	node = &n[1];
	T_STR(VISIT(SLIST_FOREACH_FROM(node, &head, s)), "bc");
	node = NULL;
	T_STR(VISIT(SLIST_FOREACH_FROM(node, &head, s)), "abc");
	node = &n[2];
	T_STR(VISIT(SLIST_FOREACH_FROM_SAFE(node, &head, s, next)), "c");
	T_STR(VISIT(SLIST_FOREACH_PREVPTR(node, link, &head, s)), "abc");
	SLIST_FOREACH_PREVPTR(node, link, &head, s)
	if (node == &n[1])
		break;
	SLIST_REMOVE_PREVPTR(link, node, s);
	T_STR(VISIT(SLIST_FOREACH(node, &head, s)), "ac");
	SLIST_INSERT_HEAD(&other, &n[3], s);
	SLIST_CONCAT(&head, &other, node, s);
	T_STR(VISIT(SLIST_FOREACH(node, &head, s)), "acd");
	T_TRUE(SLIST_EMPTY(&other));
	SLIST_CONCAT(&other, &head, node, s);
	T_STR(VISIT(SLIST_FOREACH(node, &other, s)), "acd");
	SLIST_SWAP(&head, &other, node);
	T_TRUE(SLIST_EMPTY(&other));
	SLIST_REMOVE_AFTER(&n[0], s);
	T_STR(VISIT(SLIST_FOREACH(node, &head, s)), "ad");
	SLIST_REMOVE(&head, &n[3], node, s);
	SLIST_FOREACH_SAFE(node, &head, s, next)
		SLIST_REMOVE_HEAD(&head, s);
	T_TRUE(SLIST_EMPTY(&head));
}

KERNEL_TEST(queue, stailq)
{
	struct sthead head = STAILQ_HEAD_INITIALIZER(head), other;
	struct node *node, *next;

	STAILQ_INIT(&other);
	T_TRUE(STAILQ_LAST(&head, node, st) == NULL);
	STAILQ_INSERT_HEAD(&head, &n[0], st);
	STAILQ_INSERT_TAIL(&head, &n[2], st);
	STAILQ_INSERT_AFTER(&head, &n[0], &n[1], st);
	STAILQ_INSERT_AFTER(&head, &n[2], &n[3], st);
	T_STR(VISIT(STAILQ_FOREACH(node, &head, st)), "abcd");
	T_TRUE(STAILQ_LAST(&head, node, st) == &n[3]);
	node = &n[2];
	T_STR(VISIT(STAILQ_FOREACH_FROM(node, &head, st)), "cd");
	node = NULL;
	T_STR(VISIT(STAILQ_FOREACH_FROM_SAFE(node, &head, st, next)), "abcd");
	STAILQ_REMOVE_AFTER(&head, &n[2], st);
	T_TRUE(STAILQ_LAST(&head, node, st) == &n[2]);
	STAILQ_REMOVE(&head, &n[1], node, st);
	T_STR(VISIT(STAILQ_FOREACH(node, &head, st)), "ac");
	/* Swap with an empty one: both ends must hold. */
	STAILQ_SWAP(&head, &other, node);
	T_TRUE(STAILQ_EMPTY(&head));
	STAILQ_INSERT_TAIL(&head, &n[4], st);
	STAILQ_INSERT_TAIL(&other, &n[5], st);
	T_STR(VISIT(STAILQ_FOREACH(node, &head, st)), "e");
	T_STR(VISIT(STAILQ_FOREACH(node, &other, st)), "acf");
	STAILQ_SWAP(&head, &other, node);
	STAILQ_CONCAT(&head, &other);
	T_STR(VISIT(STAILQ_FOREACH(node, &head, st)), "acfe");
	STAILQ_INSERT_TAIL(&head, &n[1], st);
	STAILQ_INSERT_TAIL(&other, &n[3], st);
	T_STR(VISIT(STAILQ_FOREACH(node, &head, st)), "acfeb");
	T_STR(VISIT(STAILQ_FOREACH(node, &other, st)), "d");
	STAILQ_FOREACH_SAFE(node, &head, st, next)
		STAILQ_REMOVE_HEAD(&head, st);
	STAILQ_INSERT_TAIL(&head, &n[0], st);
	T_TRUE(STAILQ_FIRST(&head) == &n[0]);
}

KERNEL_TEST(queue, list)
{
	struct lhead head = LIST_HEAD_INITIALIZER(head), other;
	struct node *node, *next;

	LIST_INIT(&other);
	LIST_INSERT_HEAD(&head, &n[1], l);
	LIST_INSERT_BEFORE(&n[1], &n[0], l);
	LIST_INSERT_AFTER(&n[1], &n[2], l);
	T_STR(VISIT(LIST_FOREACH(node, &head, l)), "abc");
	T_TRUE(LIST_PREV(&n[0], &head, node, l) == NULL);
	T_TRUE(LIST_PREV(&n[2], &head, node, l) == &n[1]);
	node = &n[1];
	T_STR(VISIT(LIST_FOREACH_FROM(node, &head, l)), "bc");
	node = NULL;
	T_STR(VISIT(LIST_FOREACH_FROM_SAFE(node, &head, l, next)), "abc");
	LIST_REPLACE(&n[1], &n[3], l);
	T_STR(VISIT(LIST_FOREACH(node, &head, l)), "adc");
	LIST_REPLACE(&n[2], &n[1], l);
	T_STR(VISIT(LIST_FOREACH(node, &head, l)), "adb");
	LIST_INSERT_HEAD(&other, &n[4], l);
	LIST_CONCAT(&head, &other, node, l);
	T_STR(VISIT(LIST_FOREACH(node, &head, l)), "adbe");
	T_TRUE(LIST_PREV(&n[4], &head, node, l) == &n[1]);
	LIST_SWAP(&head, &other, node, l);
	T_TRUE(LIST_EMPTY(&head));
	LIST_INSERT_HEAD(&head, &n[5], l);
	LIST_SWAP(&head, &other, node, l);
	T_STR(VISIT(LIST_FOREACH(node, &other, l)), "f");
	LIST_REMOVE(&n[0], l);
	LIST_REMOVE(&n[5], l);
	T_TRUE(LIST_EMPTY(&other));
	T_TRUE(LIST_FIRST(&head) == &n[3]);
	LIST_FOREACH_SAFE(node, &head, l, next)
		LIST_REMOVE(node, l);
	T_TRUE(LIST_EMPTY(&head));
}

KERNEL_TEST(queue, tailq)
{
	struct thead head = TAILQ_HEAD_INITIALIZER(head), other;
	struct node *node, *next;

	TAILQ_INIT(&other);
	T_TRUE(TAILQ_LAST(&head, thead) == NULL);
	T_TRUE(TAILQ_LAST_FAST(&head, node, t) == NULL);
	TAILQ_INSERT_TAIL(&head, &n[1], t);
	TAILQ_INSERT_HEAD(&head, &n[0], t);
	TAILQ_INSERT_AFTER(&head, &n[1], &n[3], t);
	TAILQ_INSERT_BEFORE(&n[3], &n[2], t);
	T_STR(VISIT(TAILQ_FOREACH(node, &head, t)), "abcd");
	T_STR(VISIT(TAILQ_FOREACH_REVERSE(node, &head, thead, t)), "dcba");
	node = &n[2];
	T_STR(VISIT(TAILQ_FOREACH_FROM(node, &head, t)), "cd");
	node = NULL;
	T_STR(VISIT(TAILQ_FOREACH_FROM_SAFE(node, &head, t, next)), "abcd");
	node = &n[2];
	T_STR(VISIT(TAILQ_FOREACH_REVERSE_FROM(node, &head, thead, t)), "cba");
	node = NULL;
	T_STR(
	    VISIT(TAILQ_FOREACH_REVERSE_FROM_SAFE(node, &head, thead, t, next)),
	    "dcba");
	T_TRUE(TAILQ_LAST_FAST(&head, node, t) == &n[3]);
	T_TRUE(TAILQ_PREV_FAST(&n[3], &head, node, t) == &n[2]);
	T_TRUE(TAILQ_PREV_FAST(&n[0], &head, node, t) == NULL);
	TAILQ_REPLACE(&head, &n[3], &n[4], t);
	TAILQ_REPLACE(&head, &n[1], &n[5], t);
	T_STR(VISIT(TAILQ_FOREACH(node, &head, t)), "afce");
	T_STR(VISIT(TAILQ_FOREACH_REVERSE(node, &head, thead, t)), "ecfa");
	TAILQ_SWAP(&head, &other, node, t);
	TAILQ_INSERT_TAIL(&head, &n[1], t);
	TAILQ_SWAP(&head, &other, node, t);
	TAILQ_CONCAT(&head, &other, t);
	T_TRUE(TAILQ_EMPTY(&other));
	T_STR(VISIT(TAILQ_FOREACH(node, &head, t)), "afceb");
	TAILQ_REMOVE(&head, &n[1], t);
	TAILQ_REMOVE(&head, &n[0], t);
	T_STR(VISIT(TAILQ_FOREACH_REVERSE(node, &head, thead, t)), "ecf");
	TAILQ_FOREACH_REVERSE_SAFE(node, &head, thead, t, next)
	TAILQ_REMOVE(&head, node, t);
	TAILQ_SWAP(&head, &other, node, t);
	TAILQ_INSERT_TAIL(&head, &n[0], t);
	T_STR(VISIT(TAILQ_FOREACH(node, &head, t)), "a");
}
