/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * witness(4): orders, reports, lists of what is held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/rmlock.h>
#include <sys/rwlock.h>
#include <sys/sx.h>

#include "kernel/kernel.h"
#include "tests/test.h"

/* Private to the kernel, and what reports of other rooms stand on. */
size_t kern_thread_locks(const struct thread *td, char *text, size_t size);

static struct mtx a, b, c;
static struct sx s;
static struct rwlock rw;
static char text[512];

/* A test that panics leaves the locks as they are. */
static void
fresh_as(const char *type_a, const char *type_b, int opts)
{
	bzero(&a, sizeof(a));
	bzero(&b, sizeof(b));
	bzero(&c, sizeof(c));
	bzero(&s, sizeof(s));
	bzero(&rw, sizeof(rw));
	mtx_init(&a, "a", type_a, opts);
	mtx_init(&b, "b", type_b, opts);
	mtx_init(&c, "c", NULL, opts);
	sx_init(&s, "s");
	rw_init(&rw, "rw");
}

static void
fresh(void)
{
	fresh_as(NULL, NULL, MTX_DEF);
}

static void
done(void)
{
	mtx_destroy(&a);
	mtx_destroy(&b);
	mtx_destroy(&c);
	sx_destroy(&s);
	rw_destroy(&rw);
}

/* In functions of their own, to be seen in backtraces. */
static void __noinline
take_a_then_b(void)
{
	mtx_lock(&a);
	mtx_lock(&b);
	mtx_unlock(&b);
	mtx_unlock(&a);
}

static void __noinline
take_b_then_a(void)
{
	mtx_lock(&b);
	mtx_lock(&a);
	mtx_unlock(&a);
	mtx_unlock(&b);
}

static u_int
times(const char *log, const char *part)
{
	u_int n = 0;

	while ((log = strstr(log, part)) != NULL) {
		log++;
		n++;
	}
	return (n);
}

KERNEL_TEST_MISUSE(witness, reversal,
    "lock order reversal:\n"
    " 1st b (b, sleep mutex) @ harness/tests/kernel/witness_test.c:")
{
	const char *log, *p;

	fresh();
	take_a_then_b();
	take_b_then_a();
	/* Both lines, both backtraces, each with the function in it. */
	log = kernel_log_text();
	T_HAS(log, "\n 2nd a (a, sleep mutex) @ harness/tests/kernel/");
	p = strstr(log,
	    "\nlock order a -> b established at:\n"
	    " a @ harness/tests/kernel/witness_test.c:");
	T_REQUIRE(p != NULL);
	T_HAS(p, "take_a_then_b+0x");
	p = strstr(p, "\nlock order b -> a attempted at:\n#0 ");
	T_REQUIRE(p != NULL);
	T_HAS(p, "take_b_then_a+0x");
	T_TRUE(strstr(p, "take_a_then_b") == NULL);
	/* Once is enough. */
	take_b_then_a();
	take_a_then_b();
	T_EQ(times(kernel_log_text(), "lock order reversal"), 1);
	done();
}

KERNEL_TEST_MISUSE(witness, reversal_over_a_third,
    "lock order a -> b established at:")
{
	fresh();
	take_a_then_b();
	mtx_lock(&b);
	mtx_lock(&c);
	mtx_unlock(&c);
	mtx_unlock(&b);
	mtx_lock(&c);
	mtx_lock(&a); /* a, b, c is the order */
	mtx_unlock(&a);
	mtx_unlock(&c);
	T_HAS(kernel_log_text(), "lock order b -> c established at:");
	T_HAS(kernel_log_text(), "lock order c -> a attempted at:");
	done();
}

/* The same, learned in the other order. */
KERNEL_TEST_MISUSE(witness, reversal_over_a_third_seen_first,
    "lock order b -> c established at:")
{
	fresh();
	mtx_lock(&b);
	mtx_lock(&c);
	mtx_unlock(&c);
	mtx_unlock(&b);
	take_a_then_b();
	mtx_lock(&c);
	mtx_lock(&a);
	mtx_unlock(&a);
	mtx_unlock(&c);
	done();
}

/* Locks are known by type: it need not be the same two. */
KERNEL_TEST_MISUSE(witness, reversal_of_types,
    " 1st b (second, sleep mutex) @ ")
{
	static struct mtx other;

	bzero(&other, sizeof(other));
	fresh_as("first", "second", MTX_DEF);
	mtx_init(&other, "other", "first", MTX_DEF);
	take_a_then_b();
	mtx_lock(&b);
	mtx_lock(&other);
	mtx_unlock(&other);
	mtx_unlock(&b);
	mtx_destroy(&other);
	done();
}

KERNEL_TEST_MISUSE(witness, reversal_with_an_earlier_one,
    "\n 1st a (first, sleep mutex) @ ")
{
	static struct mtx other;

	bzero(&other, sizeof(other));
	fresh_as("first", "second", MTX_DEF);
	mtx_init(&other, "other", "first", MTX_DEF);
	mtx_lock(&a);
	mtx_lock(&b);
	mtx_lock(&other);
	T_HAS(kernel_log_text(), "\n 2nd b (second, sleep mutex) @ ");
	T_HAS(kernel_log_text(), "\n 3rd other (first, sleep mutex) @ ");
	mtx_unlock(&other);
	mtx_unlock(&b);
	mtx_unlock(&a);
	mtx_destroy(&other);
	done();
}

/* All that is held counts, not only what was taken last. */
KERNEL_TEST_MISUSE(witness, reversal_below_a_try, "lock order reversal:")
{
	fresh();
	take_a_then_b();
	mtx_lock(&b);
	T_EQ(mtx_trylock(&c), 1);
	mtx_lock(&a);
	mtx_unlock(&a);
	mtx_unlock(&c);
	mtx_unlock(&b);
	done();
}

KERNEL_TEST_MISUSE(witness, reversal_of_readers, "lock order reversal:")
{
	fresh();
	mtx_lock(&a);
	rw_rlock(&rw);
	rw_runlock(&rw);
	mtx_unlock(&a);
	rw_rlock(&rw);
	mtx_lock(&a);
	mtx_unlock(&a);
	rw_runlock(&rw);
	done();
}

KERNEL_TEST_MISUSE(witness, reversal_of_spin_mutexes, "lock order reversal:")
{
	fresh_as(NULL, NULL, MTX_SPIN);
	mtx_lock_spin(&a);
	mtx_lock_spin(&b);
	mtx_unlock_spin(&b);
	mtx_unlock_spin(&a);
	mtx_lock_spin(&b);
	mtx_lock_spin(&a);
	mtx_unlock_spin(&a);
	mtx_unlock_spin(&b);
	done();
}

KERNEL_TEST(witness, no_reversal)
{
	fresh();
	take_a_then_b();
	/* A try waits for nobody. */
	mtx_lock(&b);
	T_EQ(mtx_trylock(&a), 1);
	mtx_unlock(&a);
	/* Nor is there an order between what is not held together. */
	mtx_lock(&c);
	mtx_unlock(&c);
	mtx_unlock(&b);
	mtx_lock(&c);
	mtx_unlock(&c);
	done();
}

KERNEL_TEST(witness, unwatched_locks_have_no_order)
{
	size_t n;

	fresh_as(NULL, NULL, MTX_NOWITNESS);
	take_a_then_b();
	take_b_then_a();
	mtx_lock(&a);
	n = kern_thread_locks(curthread, text, sizeof(text));
	T_EQ(n, strlen(text));
	T_STR(text, "1 lock(s) that witness(4) does not watch\n");
	mtx_unlock(&a);
	done();
}

KERNEL_TEST(witness, can_be_switched_off)
{
	T_EQ(kernel_sysctl_write("debug.witness.watch", "-1"), 0);
	fresh();
	T_TRUE(a.lock_object.lo_witness == NULL);
	take_a_then_b();
	take_b_then_a();
	done();
}

KERNEL_TEST(witness, can_be_told_not_to_check)
{
	fresh();
	T_EQ(kernel_sysctl_write("debug.witness.watch", "0"), 0);
	take_a_then_b();
	take_b_then_a();
	/* But it still knows what is held. */
	mtx_lock(&a);
	(void)kern_thread_locks(curthread, text, sizeof(text));
	T_HAS(text, "exclusive sleep mutex a r = 0 locked @ ");
	mtx_unlock(&a);
	done();
}

KERNEL_TEST_ALWAYS_PANICS(witness, can_be_told_to_panic,
    "witness: lock order reversal:")
{
	T_EQ(kernel_sysctl_write("debug.witness.kdb", "1"), 0);
	fresh();
	take_a_then_b();
	take_b_then_a();
}

KERNEL_TEST_MISUSE(witness, two_of_a_type,
    "acquiring duplicate lock of same type: \"first\"\n 1st a @ ")
{
	fresh_as("first", "first", MTX_DEF);
	take_a_then_b();
	take_a_then_b();
	T_EQ(times(kernel_log_text(), "acquiring duplicate"), 1);
	done();
}

KERNEL_TEST(witness, two_of_a_type_on_purpose)
{
	fresh_as("first", "first", MTX_DUPOK);
	take_a_then_b();
	done();
	fresh_as("again", "again", MTX_DEF);
	mtx_lock(&a);
	mtx_lock_flags(&b, MTX_DUPOK);
	mtx_unlock(&b);
	mtx_unlock(&a);
	T_EQ(times(kernel_log_text(), "acquiring duplicate lock"), 0);
	done();
}

KERNEL_TEST_PANICS(witness, one_type_two_classes,
    "lock (a) rw does not match earlier (sleep mutex) lock")
{
	static struct rwlock other;

	bzero(&other, sizeof(other));
	fresh();
	rw_init(&other, "a");
}

KERNEL_TEST(witness, orders_may_be_defined)
{
	fresh();
	T_EQ(WITNESS_DEFINEORDER(&a, &b), 0);
	T_EQ(WITNESS_DEFINEORDER(&a, &b), 0);
	T_EQ(WITNESS_DEFINEORDER(&b, &c), 0);
	T_EQ(WITNESS_DEFINEORDER(&c, &a), EDOOFUS);
	done();
}

KERNEL_TEST_MISUSE(witness, reversal_of_a_defined_order,
    "lock order a -> b established at:")
{
	fresh();
	T_EQ(WITNESS_DEFINEORDER(&a, &b), 0);
	take_b_then_a();
	done();
}

/* More types than one word of the matrix has bits, and they all stay known. */
KERNEL_TEST_MISUSE(witness, many_types, "lock order t0 -> t1 established at:")
{
	static struct mtx many[200];
	static char names[200][8];

	bzero(many, sizeof(many));
	for (int i = 0; i < 200; i++) {
		snprintf(names[i], sizeof(names[i]), "t%d", i);
		mtx_init(&many[i], names[i], NULL, MTX_DEF);
		if (i == 0)
			continue;
		mtx_lock(&many[i - 1]);
		mtx_lock(&many[i]);
		mtx_unlock(&many[i]);
		mtx_unlock(&many[i - 1]);
	}
	T_EQ(WITNESS_DEFINEORDER(&many[0], &many[199]), 0);
	T_EQ(WITNESS_DEFINEORDER(&many[199], &many[70]), EDOOFUS);
	mtx_lock(&many[2]);
	mtx_lock(&many[0]);
	mtx_unlock(&many[0]);
	mtx_unlock(&many[2]);
	for (int i = 0; i < 200; i++)
		mtx_destroy(&many[i]);
}

KERNEL_TEST_MISUSE(witness, giant_after_a_mutex,
    "lock order reversal: (Giant after non-sleepable)")
{
	fresh();
	mtx_lock(&a);
	mtx_lock(&Giant);
	mtx_unlock(&Giant);
	mtx_unlock(&a);
	done();
}

KERNEL_TEST(witness, giant_goes_with_sleepable_locks)
{
	fresh();
	mtx_lock(&Giant);
	sx_xlock(&s);
	mtx_unlock(&Giant);
	mtx_lock(&Giant);
	sx_xunlock(&s);
	mtx_unlock(&Giant);
	T_EQ(times(kernel_log_text(), "reversal"), 0);
	done();
}

/* As a reader it forbids sleeping, so it is no worse than a mutex. */
KERNEL_TEST_MISUSE(witness, sleepable_rmlock_after_a_mutex,
    "lock order reversal: (sleepable after non-sleepable)")
{
	struct rm_priotracker tracker;
	struct rmlock rm;

	fresh();
	rm_init_flags(&rm, "rm", RM_SLEEPABLE | RM_NEW);
	mtx_lock(&a);
	rm_rlock(&rm, &tracker);
	rm_runlock(&rm, &tracker);
	T_EQ(times(kernel_log_text(), "reversal"), 0);
	rm_wlock(&rm);
	rm_wunlock(&rm);
	mtx_unlock(&a);
	rm_destroy(&rm);
	done();
}

/*
 * --- what is held ---
 */

KERNEL_TEST(witness, list_of_what_is_held)
{
	size_t n;

	fresh_as("type", NULL, MTX_RECURSE);
	mtx_lock(&a);
	mtx_lock(&b);
	mtx_lock(&b);
	rw_rlock(&rw);
	mtx_unlock(&a); /* not the last one */
	n = kern_thread_locks(curthread, text, sizeof(text));
	T_EQ(n, strlen(text));
	T_TRUE(
	    strncmp(text, "exclusive sleep mutex b r = 1 locked @ ", 38) == 0);
	T_HAS(text, "\nshared rw rw r = 0 locked @ harness/tests/kernel/");
	T_TRUE(strstr(text, "(type)") == NULL);
	rw_runlock(&rw);
	mtx_unlock(&b);
	mtx_unlock(&b);
	T_EQ(kern_thread_locks(curthread, text, sizeof(text)), 0);
	/* What does not fit is cut. */
	mtx_lock(&a);
	T_EQ(kern_thread_locks(curthread, text, 24), 23);
	T_STR(text, "exclusive sleep mutex a");
	mtx_unlock(&a);
	done();
}

KERNEL_TEST(witness, list_grows)
{
	static struct mtx many[20];

	bzero(many, sizeof(many));
	for (int i = 0; i < 20; i++) {
		mtx_init(&many[i], "many", NULL, MTX_DUPOK);
		mtx_lock(&many[i]);
	}
	T_EQ(curthread->td_nheld, 20);
	for (int i = 0; i < 20; i++)
		mtx_destroy(&many[i]); /* by its owner */
	T_EQ(curthread->td_nheld, 0);
	T_EQ(curthread->td_locks, 0);
}

KERNEL_TEST(witness, file_and_line_survive_a_sleep)
{
	int line;

	fresh();
	T_TRUE(WITNESS_FILE(&a.lock_object) == NULL);
	T_EQ(WITNESS_LINE(&a.lock_object), 0);
	mtx_lock(&a);
	line = __LINE__ - 1;
	T_EQ(msleep(&a, &a, 0, "test", 1), EWOULDBLOCK);
	T_EQ(WITNESS_LINE(&a.lock_object), line);
	T_STR(WITNESS_FILE(&a.lock_object), __FILE__);
	mtx_unlock(&a);
	done();
}

KERNEL_TEST_MISUSE(witness, warning,
    "checking 42 with the following non-sleepable locks held:\n"
    "exclusive sleep mutex a r = 0 locked @ ")
{
	fresh();
	sx_slock(&s);
	mtx_lock(&Giant);
	T_EQ(WITNESS_WARN(WARN_GIANTOK | WARN_SLEEPOK, NULL, "checking %d", 1),
	    0);
	T_EQ(WITNESS_CHECK(WARN_SLEEPOK, &Giant.lock_object, "checking"), 0);
	mtx_lock(&a);
	T_EQ(WITNESS_WARN(WARN_GIANTOK | WARN_SLEEPOK, NULL, "checking %d", 42),
	    1);
	mtx_unlock(&a);
	mtx_unlock(&Giant);
	sx_sunlock(&s);
	done();
}

KERNEL_TEST_ALWAYS_PANICS(witness, warning_that_panics,
    "witness: returning with the following locks held:")
{
	fresh();
	sx_slock(&s);
	(void)WITNESS_WARN(WARN_PANIC, NULL, "returning");
}

KERNEL_TEST_ALWAYS_PANICS(witness, forbidden_unlock,
    "forbidden unlock of (sleep mutex) a @")
{
	fresh();
	mtx_lock(&a);
	WITNESS_NORELEASE(&a);
	WITNESS_RELEASEOK(&a);
	mtx_unlock(&a);
	mtx_lock(&a);
	WITNESS_NORELEASE(&a);
	mtx_unlock(&a);
}

KERNEL_TEST_ALWAYS_PANICS(witness, norelease_of_unlocked,
    "witness_norelease: lock (sleep mutex) a not locked")
{
	fresh();
	WITNESS_NORELEASE(&a);
}

/* The list itself, as an implementation of a lock of one's own uses it. */
KERNEL_TEST_ALWAYS_PANICS(witness, shared_unlock,
    "shared unlock of (sleep mutex) a @ f:1 while exclusively locked from ")
{
	fresh();
	mtx_lock(&a);
	WITNESS_UNLOCK(&a.lock_object, 0, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, exclusive_unlock,
    "exclusive unlock of (sx) s @ f:1 while share locked from ")
{
	fresh();
	sx_slock(&s);
	WITNESS_UNLOCK(&s.lock_object, LOP_EXCLUSIVE, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, unlock_of_unlocked,
    "lock (sleep mutex) a not locked @ f:1")
{
	fresh();
	WITNESS_UNLOCK(&a.lock_object, LOP_EXCLUSIVE, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, shared_after_exclusive,
    "shared lock of (sleep mutex) a @ f:1 while exclusively locked from ")
{
	fresh();
	mtx_lock(&a);
	WITNESS_CHECKORDER(&a.lock_object, 0, "f", 1, NULL);
}

KERNEL_TEST_ALWAYS_PANICS(witness, upgrade_of_unlocked,
    "upgrade of unlocked lock (sx) s @ f:1")
{
	fresh();
	WITNESS_UPGRADE(&s.lock_object, 0, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, upgrade_of_exclusive,
    "upgrade of exclusive lock (sx) s @ f:1")
{
	fresh();
	sx_xlock(&s);
	WITNESS_UPGRADE(&s.lock_object, 0, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, downgrade_of_shared,
    "downgrade of shared lock (sx) s @ f:1")
{
	fresh();
	sx_slock(&s);
	WITNESS_DOWNGRADE(&s.lock_object, 0, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, downgrade_of_recursed,
    "downgrade of recursed lock (sx) s r=1 @ f:1")
{
	fresh();
	sx_slock(&s);
	sx_slock(&s);
	WITNESS_DOWNGRADE(&s.lock_object, 0, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, interlock_not_held,
    "interlock (sleep mutex) b not locked @ f:1")
{
	fresh();
	WITNESS_CHECKORDER(&a.lock_object, 0, "f", 1, &b.lock_object);
}

KERNEL_TEST_ALWAYS_PANICS(witness, interlock_recursed,
    "interlock (sleep mutex) b recursed @ f:1")
{
	fresh_as(NULL, NULL, MTX_RECURSE);
	mtx_lock(&b);
	mtx_lock(&b);
	WITNESS_CHECKORDER(&a.lock_object, 0, "f", 1, &b.lock_object);
}

/* The lock that is let go while waiting for another has no order to it. */
KERNEL_TEST(witness, interlock_is_passed_over)
{
	fresh();
	take_a_then_b();
	mtx_lock(&b);
	WITNESS_CHECKORDER(&a.lock_object, LOP_NEWORDER | LOP_EXCLUSIVE, "f", 1,
	    &b.lock_object);
	mtx_unlock(&b);
	T_EQ(times(kernel_log_text(), "reversal"), 0);
	done();
}

KERNEL_TEST_ALWAYS_PANICS(witness, assert_exclusive,
    "Lock (sx) s not exclusively locked @ f:1.")
{
	fresh();
	sx_slock(&s);
	witness_assert(&s.lock_object, LA_XLOCKED, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, assert_recursed,
    "Lock (sx) s not recursed @ f:1.")
{
	fresh();
	sx_slock(&s);
	witness_assert(&s.lock_object, LA_LOCKED | LA_RECURSED, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, assert_not_recursed,
    "Lock (sx) s recursed @ f:1.")
{
	fresh();
	sx_slock(&s);
	sx_slock(&s);
	witness_assert(&s.lock_object, LA_SLOCKED | LA_NOTRECURSED, "f", 1);
}

KERNEL_TEST_ALWAYS_PANICS(witness, assert_nonsense,
    "Invalid lock assertion at f:1.")
{
	fresh();
	witness_assert(&s.lock_object, LA_RECURSED, "f", 1);
}
