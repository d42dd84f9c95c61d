/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * queue(3): singly and doubly linked lists and tail queues, intrusive.
 */
#ifndef _SYS_QUEUE_H_
#define _SYS_QUEUE_H_
#include <sys/cdefs.h>

/*
 * --- SLIST: singly linked list ---
 */
#define SLIST_HEAD(name, type)          \
	struct name {                   \
		struct type *slh_first; \
	}
#define SLIST_HEAD_INITIALIZER(head) \
	{                            \
		NULL                 \
	}
#define SLIST_ENTRY(type)              \
	struct {                       \
		struct type *sle_next; \
	}
#define SLIST_INIT(head)       ((void)((head)->slh_first = NULL))
#define SLIST_EMPTY(head)      ((head)->slh_first == NULL)
#define SLIST_FIRST(head)      ((head)->slh_first)
#define SLIST_NEXT(elm, field) ((elm)->field.sle_next)
#define SLIST_FOREACH(var, head, field)                \
	for ((var) = SLIST_FIRST(head); (var) != NULL; \
	     (var) = SLIST_NEXT(var, field))
#define SLIST_FOREACH_SAFE(var, head, field, next)                  \
	for ((var) = SLIST_FIRST(head);                             \
	     (var) != NULL && ((next) = SLIST_NEXT(var, field), 1); \
	     (var) = (next))
#define SLIST_INSERT_HEAD(head, elm, field)                 \
	do {                                                \
		SLIST_NEXT(elm, field) = SLIST_FIRST(head); \
		SLIST_FIRST(head) = (elm);                  \
	} while (0)
#define SLIST_INSERT_AFTER(at, elm, field)                      \
	do {                                                    \
		SLIST_NEXT(elm, field) = SLIST_NEXT(at, field); \
		SLIST_NEXT(at, field) = (elm);                  \
	} while (0)
#define SLIST_REMOVE_HEAD(head, field) \
	(SLIST_FIRST(head) = SLIST_NEXT(SLIST_FIRST(head), field))
#define SLIST_REMOVE_AFTER(elm, field) \
	(SLIST_NEXT(elm, field) = SLIST_NEXT(SLIST_NEXT(elm, field), field))
#define SLIST_REMOVE(head, elm, type, field)                  \
	do {                                                  \
		struct type **q_link = &SLIST_FIRST(head);    \
		while (*q_link != (elm))                      \
			q_link = &SLIST_NEXT(*q_link, field); \
		*q_link = SLIST_NEXT(*q_link, field);         \
	} while (0)
/* Goes on from var, or begins when that is NULL; so do all _FROM. */
#define SLIST_FOREACH_FROM(var, head, field)                      \
	for ((var) = ((var) != NULL ? (var) : SLIST_FIRST(head)); \
	     (var) != NULL; (var) = SLIST_NEXT(var, field))
#define SLIST_FOREACH_FROM_SAFE(var, head, field, next)             \
	for ((var) = ((var) != NULL ? (var) : SLIST_FIRST(head));   \
	     (var) != NULL && ((next) = SLIST_NEXT(var, field), 1); \
	     (var) = (next))
/* varp is where the pointer to var stands. */
#define SLIST_FOREACH_PREVPTR(var, varp, head, field)                \
	for ((varp) = &SLIST_FIRST(head); ((var) = *(varp)) != NULL; \
	     (varp) = &SLIST_NEXT(var, field))
#define SLIST_REMOVE_PREVPTR(prevp, elm, field) \
	(*(prevp) = SLIST_NEXT(elm, field))
#define SLIST_CONCAT(head1, head2, type, field)             \
	do {                                                \
		struct type **q_end = &SLIST_FIRST(head1);  \
		while (*q_end != NULL)                      \
			q_end = &SLIST_NEXT(*q_end, field); \
		*q_end = SLIST_FIRST(head2);                \
		SLIST_INIT(head2);                          \
	} while (0)
#define SLIST_SWAP(head1, head2, type)                     \
	do {                                               \
		struct type *q_first = SLIST_FIRST(head1); \
		SLIST_FIRST(head1) = SLIST_FIRST(head2);   \
		SLIST_FIRST(head2) = q_first;              \
	} while (0)

/*
 * --- STAILQ: singly linked tail queue ---
 */
#define STAILQ_HEAD(name, type)          \
	struct name {                    \
		struct type *stqh_first; \
		struct type **stqh_last; \
	}
#define STAILQ_HEAD_INITIALIZER(head)    \
	{                                \
		NULL, &(head).stqh_first \
	}
#define STAILQ_ENTRY(type)              \
	struct {                        \
		struct type *stqe_next; \
	}
#define STAILQ_INIT(head)                                \
	do {                                             \
		(head)->stqh_first = NULL;               \
		(head)->stqh_last = &(head)->stqh_first; \
	} while (0)
#define STAILQ_EMPTY(head)	((head)->stqh_first == NULL)
#define STAILQ_FIRST(head)	((head)->stqh_first)
#define STAILQ_NEXT(elm, field) ((elm)->field.stqe_next)
#define STAILQ_LAST(head, type, field)                                      \
	(STAILQ_EMPTY(head) ? NULL :                                        \
			      __containerof((head)->stqh_last, struct type, \
				  field.stqe_next))
#define STAILQ_FOREACH(var, head, field)                \
	for ((var) = STAILQ_FIRST(head); (var) != NULL; \
	     (var) = STAILQ_NEXT(var, field))
#define STAILQ_FOREACH_SAFE(var, head, field, next)                  \
	for ((var) = STAILQ_FIRST(head);                             \
	     (var) != NULL && ((next) = STAILQ_NEXT(var, field), 1); \
	     (var) = (next))
#define STAILQ_INSERT_HEAD(head, elm, field)                                \
	do {                                                                \
		if ((STAILQ_NEXT(elm, field) = STAILQ_FIRST(head)) == NULL) \
			(head)->stqh_last = &STAILQ_NEXT(elm, field);       \
		STAILQ_FIRST(head) = (elm);                                 \
	} while (0)
#define STAILQ_INSERT_TAIL(head, elm, field)                  \
	do {                                                  \
		STAILQ_NEXT(elm, field) = NULL;               \
		*(head)->stqh_last = (elm);                   \
		(head)->stqh_last = &STAILQ_NEXT(elm, field); \
	} while (0)
#define STAILQ_INSERT_AFTER(head, at, elm, field)                         \
	do {                                                              \
		if ((STAILQ_NEXT(elm, field) = STAILQ_NEXT(at, field)) == \
		    NULL)                                                 \
			(head)->stqh_last = &STAILQ_NEXT(elm, field);     \
		STAILQ_NEXT(at, field) = (elm);                           \
	} while (0)
#define STAILQ_REMOVE_HEAD(head, field)                                      \
	do {                                                                 \
		if ((STAILQ_FIRST(head) =                                    \
			    STAILQ_NEXT(STAILQ_FIRST(head), field)) == NULL) \
			(head)->stqh_last = &STAILQ_FIRST(head);             \
	} while (0)
#define STAILQ_REMOVE(head, elm, type, field)                        \
	do {                                                         \
		struct type **q_link = &STAILQ_FIRST(head);          \
		while (*q_link != (elm))                             \
			q_link = &STAILQ_NEXT(*q_link, field);       \
		if ((*q_link = STAILQ_NEXT(*q_link, field)) == NULL) \
			(head)->stqh_last = q_link;                  \
	} while (0)
#define STAILQ_CONCAT(head1, head2)                                \
	do {                                                       \
		if (!STAILQ_EMPTY(head2)) {                        \
			*(head1)->stqh_last = (head2)->stqh_first; \
			(head1)->stqh_last = (head2)->stqh_last;   \
			STAILQ_INIT(head2);                        \
		}                                                  \
	} while (0)

#define STAILQ_FOREACH_FROM(var, head, field)                      \
	for ((var) = ((var) != NULL ? (var) : STAILQ_FIRST(head)); \
	     (var) != NULL; (var) = STAILQ_NEXT(var, field))
#define STAILQ_FOREACH_FROM_SAFE(var, head, field, next)             \
	for ((var) = ((var) != NULL ? (var) : STAILQ_FIRST(head));   \
	     (var) != NULL && ((next) = STAILQ_NEXT(var, field), 1); \
	     (var) = (next))
#define STAILQ_REMOVE_AFTER(head, elm, field)                         \
	do {                                                          \
		if ((STAILQ_NEXT(elm, field) = STAILQ_NEXT(           \
			 STAILQ_NEXT(elm, field), field)) == NULL)    \
			(head)->stqh_last = &STAILQ_NEXT(elm, field); \
	} while (0)
#define STAILQ_SWAP(head1, head2, type)                            \
	do {                                                       \
		struct type *q_first = STAILQ_FIRST(head1);        \
		struct type **q_last = (head1)->stqh_last;         \
		STAILQ_FIRST(head1) = STAILQ_FIRST(head2);         \
		(head1)->stqh_last = (head2)->stqh_last;           \
		STAILQ_FIRST(head2) = q_first;                     \
		(head2)->stqh_last = q_last;                       \
		/* The end of an empty one is its own head. */     \
		if (STAILQ_EMPTY(head1))                           \
			(head1)->stqh_last = &STAILQ_FIRST(head1); \
		if (STAILQ_EMPTY(head2))                           \
			(head2)->stqh_last = &STAILQ_FIRST(head2); \
	} while (0)

/*
 * --- LIST: doubly linked list ---
 */
#define LIST_HEAD(name, type)          \
	struct name {                  \
		struct type *lh_first; \
	}
#define LIST_HEAD_INITIALIZER(head) \
	{                           \
		NULL                \
	}
#define LIST_ENTRY(type)               \
	struct {                       \
		struct type *le_next;  \
		struct type **le_prev; \
	}
#define LIST_INIT(head)	      ((void)((head)->lh_first = NULL))
#define LIST_EMPTY(head)      ((head)->lh_first == NULL)
#define LIST_FIRST(head)      ((head)->lh_first)
#define LIST_NEXT(elm, field) ((elm)->field.le_next)
#define LIST_FOREACH(var, head, field)                \
	for ((var) = LIST_FIRST(head); (var) != NULL; \
	     (var) = LIST_NEXT(var, field))
#define LIST_FOREACH_SAFE(var, head, field, next)                  \
	for ((var) = LIST_FIRST(head);                             \
	     (var) != NULL && ((next) = LIST_NEXT(var, field), 1); \
	     (var) = (next))
#define LIST_INSERT_HEAD(head, elm, field)                              \
	do {                                                            \
		if ((LIST_NEXT(elm, field) = LIST_FIRST(head)) != NULL) \
			LIST_FIRST(head)->field.le_prev =               \
			    &LIST_NEXT(elm, field);                     \
		LIST_FIRST(head) = (elm);                               \
		(elm)->field.le_prev = &LIST_FIRST(head);               \
	} while (0)
#define LIST_INSERT_AFTER(at, elm, field)                                   \
	do {                                                                \
		if ((LIST_NEXT(elm, field) = LIST_NEXT(at, field)) != NULL) \
			LIST_NEXT(at, field)->field.le_prev =               \
			    &LIST_NEXT(elm, field);                         \
		LIST_NEXT(at, field) = (elm);                               \
		(elm)->field.le_prev = &LIST_NEXT(at, field);               \
	} while (0)
#define LIST_INSERT_BEFORE(at, elm, field)                    \
	do {                                                  \
		(elm)->field.le_prev = (at)->field.le_prev;   \
		LIST_NEXT(elm, field) = (at);                 \
		*(at)->field.le_prev = (elm);                 \
		(at)->field.le_prev = &LIST_NEXT(elm, field); \
	} while (0)
#define LIST_REMOVE(elm, field)                                \
	do {                                                   \
		if (LIST_NEXT(elm, field) != NULL)             \
			LIST_NEXT(elm, field)->field.le_prev = \
			    (elm)->field.le_prev;              \
		*(elm)->field.le_prev = LIST_NEXT(elm, field); \
	} while (0)

#define LIST_FOREACH_FROM(var, head, field)                      \
	for ((var) = ((var) != NULL ? (var) : LIST_FIRST(head)); \
	     (var) != NULL; (var) = LIST_NEXT(var, field))
#define LIST_FOREACH_FROM_SAFE(var, head, field, next)             \
	for ((var) = ((var) != NULL ? (var) : LIST_FIRST(head));   \
	     (var) != NULL && ((next) = LIST_NEXT(var, field), 1); \
	     (var) = (next))
/* NULL before the first. */
#define LIST_PREV(elm, head, type, field)                        \
	((elm)->field.le_prev == &LIST_FIRST(head) ?             \
		NULL :                                           \
		__containerof((elm)->field.le_prev, struct type, \
		    field.le_next))
#define LIST_CONCAT(head1, head2, type, field)             \
	do {                                               \
		struct type **q_end = &LIST_FIRST(head1);  \
		while (*q_end != NULL)                     \
			q_end = &LIST_NEXT(*q_end, field); \
		if ((*q_end = LIST_FIRST(head2)) != NULL)  \
			(*q_end)->field.le_prev = q_end;   \
		LIST_INIT(head2);                          \
	} while (0)
#define LIST_REPLACE(elm, elm2, field)                          \
	do {                                                    \
		LIST_NEXT(elm2, field) = LIST_NEXT(elm, field); \
		if (LIST_NEXT(elm2, field) != NULL)             \
			LIST_NEXT(elm2, field)->field.le_prev = \
			    &LIST_NEXT(elm2, field);            \
		(elm2)->field.le_prev = (elm)->field.le_prev;   \
		*(elm2)->field.le_prev = (elm2);                \
	} while (0)
#define LIST_SWAP(head1, head2, type, field)                                   \
	do {                                                                   \
		struct type *q_first = LIST_FIRST(head1);                      \
		LIST_FIRST(head1) = LIST_FIRST(head2);                         \
		LIST_FIRST(head2) = q_first;                                   \
		if (LIST_FIRST(head1) != NULL)                                 \
			LIST_FIRST(head1)->field.le_prev = &LIST_FIRST(head1); \
		if (LIST_FIRST(head2) != NULL)                                 \
			LIST_FIRST(head2)->field.le_prev = &LIST_FIRST(head2); \
	} while (0)

/*
 * --- TAILQ: doubly linked tail queue ---
 */
#define TAILQ_HEAD(name, type)          \
	struct name {                   \
		struct type *tqh_first; \
		struct type **tqh_last; \
	}
#define TAILQ_HEAD_INITIALIZER(head)    \
	{                               \
		NULL, &(head).tqh_first \
	}
#define TAILQ_ENTRY(type)               \
	struct {                        \
		struct type *tqe_next;  \
		struct type **tqe_prev; \
	}
#define TAILQ_INIT(head)                               \
	do {                                           \
		(head)->tqh_first = NULL;              \
		(head)->tqh_last = &(head)->tqh_first; \
	} while (0)
#define TAILQ_EMPTY(head)      ((head)->tqh_first == NULL)
#define TAILQ_FIRST(head)      ((head)->tqh_first)
#define TAILQ_NEXT(elm, field) ((elm)->field.tqe_next)
/*
 * A head and an entry both are a pointer followed by a pointer to the
 * pointer before, so the place of the previous link can be read as a head.
 */
#define TAILQ_LAST(head, headname) \
	(*(((struct headname *)((head)->tqh_last))->tqh_last))
#define TAILQ_PREV(elm, headname, field) \
	(*(((struct headname *)((elm)->field.tqe_prev))->tqh_last))
#define TAILQ_FOREACH(var, head, field)                \
	for ((var) = TAILQ_FIRST(head); (var) != NULL; \
	     (var) = TAILQ_NEXT(var, field))
#define TAILQ_FOREACH_SAFE(var, head, field, next)                  \
	for ((var) = TAILQ_FIRST(head);                             \
	     (var) != NULL && ((next) = TAILQ_NEXT(var, field), 1); \
	     (var) = (next))
#define TAILQ_FOREACH_REVERSE(var, head, headname, field)       \
	for ((var) = TAILQ_LAST(head, headname); (var) != NULL; \
	     (var) = TAILQ_PREV(var, headname, field))
#define TAILQ_FOREACH_REVERSE_SAFE(var, head, headname, field, prev)          \
	for ((var) = TAILQ_LAST(head, headname);                              \
	     (var) != NULL && ((prev) = TAILQ_PREV(var, headname, field), 1); \
	     (var) = (prev))
#define TAILQ_INSERT_HEAD(head, elm, field)                               \
	do {                                                              \
		if ((TAILQ_NEXT(elm, field) = TAILQ_FIRST(head)) != NULL) \
			TAILQ_FIRST(head)->field.tqe_prev =               \
			    &TAILQ_NEXT(elm, field);                      \
		else                                                      \
			(head)->tqh_last = &TAILQ_NEXT(elm, field);       \
		TAILQ_FIRST(head) = (elm);                                \
		(elm)->field.tqe_prev = &TAILQ_FIRST(head);               \
	} while (0)
#define TAILQ_INSERT_TAIL(head, elm, field)                 \
	do {                                                \
		TAILQ_NEXT(elm, field) = NULL;              \
		(elm)->field.tqe_prev = (head)->tqh_last;   \
		*(head)->tqh_last = (elm);                  \
		(head)->tqh_last = &TAILQ_NEXT(elm, field); \
	} while (0)
#define TAILQ_INSERT_AFTER(head, at, elm, field)                              \
	do {                                                                  \
		if ((TAILQ_NEXT(elm, field) = TAILQ_NEXT(at, field)) != NULL) \
			TAILQ_NEXT(elm, field)->field.tqe_prev =              \
			    &TAILQ_NEXT(elm, field);                          \
		else                                                          \
			(head)->tqh_last = &TAILQ_NEXT(elm, field);           \
		TAILQ_NEXT(at, field) = (elm);                                \
		(elm)->field.tqe_prev = &TAILQ_NEXT(at, field);               \
	} while (0)
#define TAILQ_INSERT_BEFORE(at, elm, field)                     \
	do {                                                    \
		(elm)->field.tqe_prev = (at)->field.tqe_prev;   \
		TAILQ_NEXT(elm, field) = (at);                  \
		*(at)->field.tqe_prev = (elm);                  \
		(at)->field.tqe_prev = &TAILQ_NEXT(elm, field); \
	} while (0)
#define TAILQ_REMOVE(head, elm, field)                            \
	do {                                                      \
		if (TAILQ_NEXT(elm, field) != NULL)               \
			TAILQ_NEXT(elm, field)->field.tqe_prev =  \
			    (elm)->field.tqe_prev;                \
		else                                              \
			(head)->tqh_last = (elm)->field.tqe_prev; \
		*(elm)->field.tqe_prev = TAILQ_NEXT(elm, field);  \
	} while (0)
#define TAILQ_CONCAT(head1, head2, field)                        \
	do {                                                     \
		if (!TAILQ_EMPTY(head2)) {                       \
			*(head1)->tqh_last = (head2)->tqh_first; \
			(head2)->tqh_first->field.tqe_prev =     \
			    (head1)->tqh_last;                   \
			(head1)->tqh_last = (head2)->tqh_last;   \
			TAILQ_INIT(head2);                       \
		}                                                \
	} while (0)
/* Nearer at hand than the general forms, which need the head's name. */
#define TAILQ_LAST_FAST(head, type, field) \
	(TAILQ_EMPTY(head) ?               \
		NULL :                     \
		__containerof((head)->tqh_last, struct type, field.tqe_next))
#define TAILQ_PREV_FAST(elm, head, type, field)                   \
	((elm)->field.tqe_prev == &TAILQ_FIRST(head) ?            \
		NULL :                                            \
		__containerof((elm)->field.tqe_prev, struct type, \
		    field.tqe_next))
#define TAILQ_FOREACH_FROM(var, head, field)                      \
	for ((var) = ((var) != NULL ? (var) : TAILQ_FIRST(head)); \
	     (var) != NULL; (var) = TAILQ_NEXT(var, field))
#define TAILQ_FOREACH_FROM_SAFE(var, head, field, next)             \
	for ((var) = ((var) != NULL ? (var) : TAILQ_FIRST(head));   \
	     (var) != NULL && ((next) = TAILQ_NEXT(var, field), 1); \
	     (var) = (next))
#define TAILQ_FOREACH_REVERSE_FROM(var, head, headname, field)             \
	for ((var) = ((var) != NULL ? (var) : TAILQ_LAST(head, headname)); \
	     (var) != NULL; (var) = TAILQ_PREV(var, headname, field))
#define TAILQ_FOREACH_REVERSE_FROM_SAFE(var, head, headname, field, prev)     \
	for ((var) = ((var) != NULL ? (var) : TAILQ_LAST(head, headname));    \
	     (var) != NULL && ((prev) = TAILQ_PREV(var, headname, field), 1); \
	     (var) = (prev))
#define TAILQ_REPLACE(head, elm, elm2, field)                        \
	do {                                                         \
		TAILQ_NEXT(elm2, field) = TAILQ_NEXT(elm, field);    \
		if (TAILQ_NEXT(elm2, field) != NULL)                 \
			TAILQ_NEXT(elm2, field)->field.tqe_prev =    \
			    &TAILQ_NEXT(elm2, field);                \
		else                                                 \
			(head)->tqh_last = &TAILQ_NEXT(elm2, field); \
		(elm2)->field.tqe_prev = (elm)->field.tqe_prev;      \
		*(elm2)->field.tqe_prev = (elm2);                    \
	} while (0)
#define TAILQ_SWAP(head1, head2, type, field)                    \
	do {                                                     \
		struct type *q_first = TAILQ_FIRST(head1);       \
		struct type **q_last = (head1)->tqh_last;        \
		TAILQ_FIRST(head1) = TAILQ_FIRST(head2);         \
		(head1)->tqh_last = (head2)->tqh_last;           \
		TAILQ_FIRST(head2) = q_first;                    \
		(head2)->tqh_last = q_last;                      \
		if (TAILQ_EMPTY(head1))                          \
			(head1)->tqh_last = &TAILQ_FIRST(head1); \
		else                                             \
			TAILQ_FIRST(head1)->field.tqe_prev =     \
			    &TAILQ_FIRST(head1);                 \
		if (TAILQ_EMPTY(head2))                          \
			(head2)->tqh_last = &TAILQ_FIRST(head2); \
		else                                             \
			TAILQ_FIRST(head2)->field.tqe_prev =     \
			    &TAILQ_FIRST(head2);                 \
	} while (0)

#endif /* !_SYS_QUEUE_H_ */
