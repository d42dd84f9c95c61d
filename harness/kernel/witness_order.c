/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * witness(4): in which order locks are taken.
 *
 * Locks are grouped into types by name.  When a thread that holds A takes B,
 * "A before B" becomes an edge of a graph, with the backtrace of the place
 * that did it first.  Whoever later takes A while holding B contradicts it:
 * two threads that do both at a time wait for each other for ever.  It need
 * not have happened to be found, and each pair is reported once.
 *
 * The graph's transitive closure is kept as a bit matrix, so that an order
 * that is known costs a load for each lock held.
 */
#include "kernel/lock_var.h"
#include "kernel/witness_var.h"

#include <sys/errno.h>

#define WITNESS_MAX	 1536 /* types */
#define WITNESS_NAME_MAX 64
#define WITNESS_HASH	 251
#define WITNESS_FRAMES	 24

/* "The type that has it in its list, before `to`", seen for the first time. */
struct witness_edge {
	struct witness *to;
	struct witness_edge *next;
	const char *held_file; /* where the earlier lock was taken */
	const char *file;      /* and the later one */
	int held_line;
	int line;
	size_t npcs;
	void *pcs[WITNESS_FRAMES];
};

struct witness {
	char name[WITNESS_NAME_MAX];
	struct lock_class *class;
	struct witness *hash_next;
	struct witness_edge *edges;
	u_int index;
};

static struct {
	struct witness *hash[WITNESS_HASH];
	struct witness **all; /* by index */
	u_int count;
	u_int room;	  /* of the matrices, a multiple of 64 */
	uint64_t *before; /* [a][b]: a before b, directly or not */
	uint64_t *told;	  /* [a][b]: this contradiction was reported */
	bool full;	  /* said so */
} order;

static char report[8192];
static size_t report_used;

void
witness_order_boot(void)
{
	bzero(&order, sizeof(order));
}

void
witness_order_halt(void)
{
	struct witness_edge *edge;

	for (u_int i = 0; i < order.count; i++) {
		while ((edge = order.all[i]->edges) != NULL) {
			order.all[i]->edges = edge->next;
			host_free(edge);
		}
		host_free(order.all[i]);
	}
	host_free(order.all);
	host_free(order.before);
	host_free(order.told);
	bzero(&order, sizeof(order));
}

/*
 * --- reports ---
 */

static void
add(const char *fmt, va_list ap)
{
	size_t left = sizeof(report) - report_used;
	int n = vsnprintf(report + report_used, left, fmt, ap);

	report_used += (size_t)n < left ? (size_t)n : left - 1;
}

void
witness_text_start(const char *fmt, ...)
{
	va_list ap;

	report_used = 0;
	va_start(ap, fmt);
	add(fmt, ap);
	va_end(ap);
}

void
witness_text_add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(fmt, ap);
	va_end(ap);
}

void
witness_text_trace(void *const *pcs, size_t n)
{
	size_t left = sizeof(report) - report_used;

	if (left < 2)
		return;
	report[report_used++] = '\n';
	report_used +=
	    host_backtrace_format(pcs, n, report + report_used, left - 1);
	/* The lines of a report are separated, not ended. */
	while (report[report_used - 1] == '\n')
		report[--report_used] = '\0';
}

void
witness_text_report(bool panics)
{
	if (!panics) {
		kern_misuse_text(report);
		return;
	}
	printf("%s\n", report);
	for (size_t i = 0; i < report_used; i++) {
		if (report[i] == '\n')
			report[i] = '\0';
	}
	panic("witness: %s", report);
}

/*
 * --- types ---
 */

static bool
bit(const uint64_t *matrix, u_int a, u_int b)
{
	return ((matrix[(size_t)a * (order.room / 64) + b / 64] >> b % 64 &
		    1) != 0);
}

static void
set_bit(uint64_t *matrix, u_int a, u_int b)
{
	matrix[(size_t)a * (order.room / 64) + b / 64] |= UINT64_C(1) << b % 64;
}

static uint64_t *
widen(uint64_t *matrix, u_int room)
{
	size_t old_row = order.room / 64, row = room / 64;
	uint64_t *wide = host_alloc(room * row * sizeof(*wide));

	for (u_int i = 0; i < order.count; i++)
		memcpy(wide + i * row, matrix + i * old_row,
		    old_row * sizeof(*wide));
	host_free(matrix);
	return (wide);
}

static void
grow(void)
{
	u_int room = order.room != 0 ? order.room * 2 : 64;

	order.before = widen(order.before, room);
	order.told = widen(order.told, room);
	order.all = host_realloc(order.all, room * sizeof(struct witness *));
	order.room = room;
}

static u_int
hash(const char *name)
{
	u_int h = 5381;

	for (u_int i = 0; i < WITNESS_NAME_MAX - 1 && name[i] != '\0'; i++)
		h = h * 33 + (u_char)name[i];
	return (h % WITNESS_HASH);
}

struct witness *
witness_enroll(const char *type, struct lock_class *class)
{
	struct witness **head = &order.hash[hash(type)], *w;

	for (w = *head; w != NULL; w = w->hash_next) {
		if (strncmp(w->name, type, WITNESS_NAME_MAX - 1) != 0)
			continue;
		KASSERT(w->class == class,
		    ("lock (%s) %s does not match earlier (%s) lock", type,
			class->lc_name, w->class->lc_name));
		return (w);
	}
	if (order.count == WITNESS_MAX) {
		if (!order.full)
			printf("witness: more than %d types of locks: new "
			       "ones are not watched\n",
			    WITNESS_MAX);
		order.full = true;
		return (NULL);
	}
	if (order.count == order.room)
		grow();
	w = host_alloc(sizeof(*w));
	strlcpy(w->name, type, sizeof(w->name));
	w->class = class;
	w->index = order.count;
	w->hash_next = *head;
	*head = w;
	order.all[order.count++] = w;
	return (w);
}

const char *
witness_name(const struct witness *w)
{
	return (w->name);
}

const struct lock_class *
witness_class(const struct witness *w)
{
	return (w->class);
}

/*
 * --- the graph ---
 */

static size_t
capture(void **pcs)
{
	return (sim_task_backtrace(sim_self(), pcs, WITNESS_FRAMES));
}

/* Adds the edge and all that follows from it. */
static void
add_edge(struct witness *a, struct witness *b, const struct lock_instance *held,
    const char *file, int line)
{
	struct witness_edge *edge = host_alloc(sizeof(*edge));
	size_t row = order.room / 64;
	uint64_t *of_b = order.before + b->index * row;

	edge->to = b;
	edge->file = file;
	edge->line = line;
	if (held != NULL) {
		edge->held_file = held->li_file;
		edge->held_line = held->li_line;
	}
	edge->npcs = capture(edge->pcs);
	edge->next = a->edges;
	a->edges = edge;
	for (u_int i = 0; i < order.count; i++) {
		if (i != a->index && !bit(order.before, i, a->index))
			continue;
		set_bit(order.before, i, b->index);
		for (size_t k = 0; k < row; k++)
			order.before[i * row + k] |= of_b[k];
	}
}

/*
 * A shortest way from a to b, which is known to exist: by[i] is the edge that
 * leads to type i, from the type whose index is from[i].
 */
static void
find_way(const struct witness *a, const struct witness *b,
    struct witness_edge **by, u_int *from)
{
	u_int *queue = host_alloc(order.count * sizeof(*queue));
	u_int first = 0, last = 0;
	struct witness_edge *edge;

	queue[last++] = a->index;
	while (first < last && by[b->index] == NULL) {
		u_int i = queue[first++];

		for (edge = order.all[i]->edges; edge != NULL;
		     edge = edge->next) {
			if (by[edge->to->index] != NULL || edge->to == a)
				continue;
			by[edge->to->index] = edge;
			from[edge->to->index] = i;
			queue[last++] = edge->to->index;
		}
	}
	host_free(queue);
}

/* Adds to the report how it came to be known that a is before b. */
static void
tell_way(const struct witness *a, const struct witness *b)
{
	struct witness_edge **by = host_alloc(order.count * sizeof(*by));
	u_int *from = host_alloc(order.count * sizeof(*from));
	u_int *way = host_alloc(order.count * sizeof(*way));
	u_int n = 0;

	find_way(a, b, by, from);
	for (u_int i = b->index; by[i] != NULL && n < order.count; i = from[i])
		way[n++] = i;
	while (n-- > 0) {
		const struct witness_edge *edge = by[way[n]];

		witness_text_add("\nlock order %s -> %s established at:",
		    order.all[from[way[n]]]->name, edge->to->name);
		if (edge->held_file != NULL)
			witness_text_add("\n %s @ %s:%d\n %s @ %s:%d",
			    order.all[from[way[n]]]->name, edge->held_file,
			    edge->held_line, edge->to->name, edge->file,
			    edge->line);
		if (witness_trace != 0)
			witness_text_trace(edge->pcs, edge->npcs);
	}
	host_free(way);
	host_free(from);
	host_free(by);
}

static void
tell_attempt(const struct witness *a, const struct witness *b)
{
	void *pcs[WITNESS_FRAMES];

	witness_text_add("\nlock order %s -> %s attempted at:", a->name,
	    b->name);
	if (witness_trace != 0)
		witness_text_trace(pcs, capture(pcs));
}

static void
tell_lock(int n, const struct lock_object *lock, const struct witness *w,
    const char *file, int line)
{
	static const char *const ordinals[] = { "1st", "2nd", "3rd" };

	witness_text_add("\n %s %s (%s, %s) @ %s:%d", ordinals[n],
	    lock->lo_name, w->name, w->class->lc_name, file, line);
}

/* The lock is taken while `held`, which must come later, is held already. */
static void
reversal(struct lock_object *lock, const struct lock_instance *held,
    const char *why, const char *file, int line)
{
	struct thread *td = curthread;
	struct witness *w = lock->lo_witness, *w1 = held->li_witness;
	const struct lock_instance *li = held;
	int n = 0;

	if (bit(order.told, w1->index, w->index))
		return;
	set_bit(order.told, w1->index, w->index);
	set_bit(order.told, w->index, w1->index);
	witness_text_start("lock order reversal:%s", why);
	/* An earlier lock of the same type makes a better story. */
	while (li > td->td_held && li->li_witness != w)
		li--;
	if (li->li_witness == w)
		tell_lock(n++, li->li_lock, w, li->li_file, li->li_line);
	tell_lock(n++, held->li_lock, w1, held->li_file, held->li_line);
	tell_lock(n, lock, w, file, line);
	if (bit(order.before, w->index, w1->index))
		tell_way(w, w1);
	tell_attempt(w1, w);
	witness_text_report(witness_kdb != 0);
}

static void
duplicate(struct lock_object *lock, const struct lock_instance *held,
    const char *file, int line)
{
	struct witness *w = lock->lo_witness;
	void *pcs[WITNESS_FRAMES];

	if (bit(order.told, w->index, w->index))
		return;
	set_bit(order.told, w->index, w->index);
	witness_text_start("acquiring duplicate lock of same type: \"%s\"",
	    w->name);
	witness_text_add("\n 1st %s @ %s:%d\n 2nd %s @ %s:%d",
	    held->li_lock->lo_name, held->li_file, held->li_line, lock->lo_name,
	    file, line);
	if (witness_trace != 0)
		witness_text_trace(pcs, capture(pcs));
	witness_text_report(witness_kdb != 0);
}

/* What the thread holds `li` for; the same lock again. */
static void
check_recursion(const struct lock_object *lock, const struct lock_instance *li,
    int flags, const char *file, int line)
{
	const char *class = LOCK_CLASS(lock)->lc_name;

	if ((li->li_flags & LI_EXCLUSIVE) != 0 && (flags & LOP_EXCLUSIVE) == 0)
		panic("shared lock of (%s) %s @ %s:%d while exclusively locked "
		      "from %s:%d",
		    class, lock->lo_name, file, line, li->li_file, li->li_line);
	if ((li->li_flags & LI_EXCLUSIVE) == 0 && (flags & LOP_EXCLUSIVE) != 0)
		panic("exclusive lock of (%s) %s @ %s:%d while share locked "
		      "from %s:%d",
		    class, lock->lo_name, file, line, li->li_file, li->li_line);
}

/* As msleep(9) would have it: held exactly once. */
static void
check_interlock(const struct lock_object *interlock, const char *file, int line)
{
	const struct lock_instance *li = witness_find(curthread, interlock);
	const char *class = LOCK_CLASS(interlock)->lc_name;

	if (li == NULL)
		panic("interlock (%s) %s not locked @ %s:%d", class,
		    interlock->lo_name, file, line);
	if ((li->li_flags & LI_RECURSEMASK) != 0)
		panic("interlock (%s) %s recursed @ %s:%d", class,
		    interlock->lo_name, file, line);
}

enum verdict {
	ORDER_FINE, /* known, or of no matter */
	ORDER_NEW,
	ORDER_WRONG, /* and reported, at least once */
};

/* The lock is about to be taken while `held` is held. */
static enum verdict
judge(struct lock_object *lock, const struct lock_instance *held, int flags,
    const char *file, int line)
{
	struct witness *w = lock->lo_witness, *w1 = held->li_witness;
	bool sleepable =
	    (lock->lo_flags & LO_SLEEPABLE) != 0 && (flags & LOP_NOSLEEP) == 0;
	bool held_sleepable = (held->li_flags & LI_SLEEPABLE) != 0;
	bool giant = lock == &Giant.lock_object;

	if (w1 == w) {
		if ((lock->lo_flags & LO_DUPOK) != 0 ||
		    (flags & LOP_DUPOK) != 0)
			return (ORDER_FINE);
		duplicate(lock, held, file, line);
		return (ORDER_WRONG);
	}
	/* The order may be known, and sleeping have been forbidden then. */
	if (bit(order.before, w1->index, w->index) &&
	    (!sleepable || held_sleepable))
		return (ORDER_FINE);
	/* A thread that waits for a sleepable lock lets Giant go. */
	if ((giant && held_sleepable) ||
	    (sleepable && held->li_lock == &Giant.lock_object))
		return (ORDER_FINE);
	if (sleepable && !held_sleepable)
		reversal(lock, held, " (sleepable after non-sleepable)", file,
		    line);
	else if (giant)
		reversal(lock, held, " (Giant after non-sleepable)", file,
		    line);
	else if (bit(order.before, w->index, w1->index))
		reversal(lock, held, "", file, line);
	else
		return (ORDER_NEW);
	return (ORDER_WRONG);
}

void
witness_checkorder(struct lock_object *lock, int flags, const char *file,
    int line, struct lock_object *interlock)
{
	struct thread *td = curthread;
	struct witness *w = lock->lo_witness;
	u_int spin = LOCK_CLASS(lock) == &lock_class_mtx_spin ? LI_SPIN : 0;
	const struct lock_instance *held;

	if (w == NULL || td == NULL || witness_watch < 1 || KERNEL_PANICKED())
		return;
	held = witness_find(td, lock);
	if (held != NULL) {
		check_recursion(lock, held, flags, file, line);
		return;
	}
	if (interlock != NULL && interlock->lo_witness != NULL)
		check_interlock(interlock, file, line);
	for (u_int i = td->td_nheld; i-- > 0;) {
		held = &td->td_held[i];
		/* Spin mutexes come after all others as it is. */
		if (held->li_lock == interlock ||
		    (held->li_flags & LI_SPIN) != spin)
			continue;
		switch (judge(lock, held, flags, file, line)) {
		case ORDER_FINE:
			break;
		case ORDER_NEW:
			if ((flags & LOP_NEWORDER) != 0)
				add_edge(held->li_witness, w, held, file, line);
			break;
		case ORDER_WRONG:
			return;
		}
	}
}

int
witness_defineorder(struct lock_object *first, struct lock_object *second)
{
	struct witness *a = first->lo_witness, *b = second->lo_witness;

	if (a == NULL || b == NULL || a == b || witness_watch < 1 ||
	    bit(order.before, a->index, b->index))
		return (0);
	if (bit(order.before, b->index, a->index))
		return (EDOOFUS);
	add_edge(a, b, NULL, NULL, 0);
	return (0);
}
