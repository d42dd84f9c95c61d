/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sysctl(9), contexts, and the kernel's environment.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/sysctl.h>

#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/memory.h"
#include "tests/test.h"

static int test_int = 42;
static uint64_t test_u64 = UINT64_C(18446744073709551615);
static char test_text[16] = "text";
static bool test_bool = true;
static uint8_t test_bytes[3] = { 0x01, 0xab, 0x00 };
static int16_t test_several[3] = { 1, -2, 300 };

SYSCTL_NODE(_debug, OID_AUTO, test, CTLFLAG_RW, NULL, "Tests");
SYSCTL_INT(_debug_test, OID_AUTO, int, CTLFLAG_RW, &test_int, 0, "An int");
SYSCTL_INT(_debug_test, OID_AUTO, constant, CTLFLAG_RD, SYSCTL_NULL_INT_PTR, -7,
    "A constant");
SYSCTL_U64(_debug_test, OID_AUTO, u64, CTLFLAG_RD, &test_u64, 0, "Large");
SYSCTL_STRING(_debug_test, OID_AUTO, text, CTLFLAG_RW, test_text,
    sizeof(test_text), "Text");
SYSCTL_BOOL(_debug_test, OID_AUTO, flag, CTLFLAG_RW, &test_bool, 0, "A bool");
SYSCTL_OPAQUE(_debug_test, OID_AUTO, bytes, CTLFLAG_RD, test_bytes,
    sizeof(test_bytes), "S", "Bytes");
SYSCTL_PROC(_debug_test, OID_AUTO, several, CTLTYPE_S16 | CTLFLAG_RD,
    test_several, sizeof(test_several), sysctl_handle_opaque, "S", "Numbers");

static void
reads(const char *path, const char *value)
{
	char text[64];

	T_EQ(kernel_sysctl_read(path, text, sizeof(text)), 0);
	T_STR(text, value);
}

KERNEL_TEST(sysctl, static_nodes_are_read)
{
	char text[64];

	reads("debug.test.int", "42");
	reads("debug.test.constant", "-7");
	reads("debug.test.u64", "18446744073709551615");
	reads("debug.test.text", "text");
	reads("debug.test.flag", "1");
	reads("debug.test.bytes", "01ab00");
	reads("debug.test.several", "1 -2 300");
	T_EQ(kernel_sysctl_read("debug.test.none", text, sizeof(text)), ENOENT);
	T_EQ(kernel_sysctl_read("debug.test.int.more", text, sizeof(text)),
	    ENOENT);
	T_EQ(kernel_sysctl_read("debug.test", text, sizeof(text)), EISDIR);
	T_EQ(kernel_sysctl_read("debug.test.text", text, 4), ENOMEM);
}

KERNEL_TEST(sysctl, static_nodes_are_written)
{
	T_EQ(kernel_sysctl_write("debug.test.int", "-5"), 0);
	T_EQ(test_int, -5);
	T_EQ(kernel_sysctl_write("debug.test.int", "5000000000"), EINVAL);
	T_EQ(kernel_sysctl_write("debug.test.int", "5x"), EINVAL);
	T_EQ(kernel_sysctl_write("debug.test.constant", "1"), EPERM);
	T_EQ(kernel_sysctl_write("debug.test.text", "fifteen letters"), 0);
	reads("debug.test.text", "fifteen letters");
	T_EQ(kernel_sysctl_write("debug.test.text", "sixteen letters."),
	    EINVAL);
	T_EQ(kernel_sysctl_write("debug.test.flag", "0"), 0);
	T_FALSE(test_bool);
	T_EQ(kernel_sysctl_write("debug.test.nothing", "0"), ENOENT);
	test_int = 42;
	test_bool = true;
	strcpy(test_text, "text");
}

static int
handler(SYSCTL_HANDLER_ARGS)
{
	int error, value = *(int *)arg1 + arg2;

	error = sysctl_handle_int(oidp, &value, 0, req);
	if (error == 0 && req->newptr != NULL)
		*(int *)arg1 = value;
	return (error);
}

KERNEL_TEST(sysctl, dynamic_nodes)
{
	struct sysctl_ctx_list ctx;
	struct sysctl_oid *node;
	u_int counter = 9;
	uint64_t wide = 10;
	int value = 5;
	char text[16];

	sysctl_ctx_init(&ctx);
	node = SYSCTL_ADD_NODE(&ctx, SYSCTL_STATIC_CHILDREN(_dev), OID_AUTO,
	    "unit", CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "A unit");
	T_REQUIRE(node != NULL);
	SYSCTL_ADD_UINT(&ctx, SYSCTL_CHILDREN(node), OID_AUTO, "counter",
	    CTLFLAG_RD, &counter, 0, "Counts");
	SYSCTL_ADD_UAUTO(&ctx, SYSCTL_CHILDREN(node), OID_AUTO, "wide",
	    CTLFLAG_RD, &wide, "Wide");
	SYSCTL_ADD_PROC(&ctx, SYSCTL_CHILDREN(node), OID_AUTO, "proc",
	    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, &value, 100, handler,
	    "I", "Handled");
	reads("dev.unit.counter", "9");
	reads("dev.unit.wide", "10");
	reads("dev.unit.proc", "105");
	T_EQ(kernel_sysctl_write("dev.unit.proc", "33"), 0);
	T_EQ(value, 33);
	T_EQ(sysctl_remove_oid(node, 1, 0), ENOTEMPTY);
	T_EQ(sysctl_ctx_free(&ctx), 0);
	T_EQ(kernel_sysctl_read("dev.unit", text, sizeof(text)), ENOENT);
}

KERNEL_TEST(sysctl, nodes_are_shared_and_leaves_are_not)
{
	struct sysctl_ctx_list a, b;
	struct sysctl_oid *node;
	int value = 1;
	char text[16];

	sysctl_ctx_init(&a);
	sysctl_ctx_init(&b);
	node = SYSCTL_ADD_NODE(&a, SYSCTL_STATIC_CHILDREN(_dev), OID_AUTO, "s",
	    CTLFLAG_RD, NULL, "");
	T_TRUE(node ==
	    SYSCTL_ADD_NODE(&b, SYSCTL_STATIC_CHILDREN(_dev), OID_AUTO, "s",
		CTLFLAG_RD, NULL, ""));
	T_TRUE(SYSCTL_ADD_INT(&b, SYSCTL_CHILDREN(node), OID_AUTO, "leaf",
		   CTLFLAG_RD, &value, 0, "") != NULL);
	T_TRUE(SYSCTL_ADD_INT(&b, SYSCTL_CHILDREN(node), OID_AUTO, "leaf",
		   CTLFLAG_RD, &value, 0, "") == NULL);
	T_EQ(sysctl_ctx_free(&a), 0);
	reads("dev.s.leaf", "1");
	T_EQ(sysctl_ctx_free(&b), 0);
	T_EQ(kernel_sysctl_read("dev.s", text, sizeof(text)), ENOENT);
}

/* A context whose node has a child of somebody else's stays whole. */
KERNEL_TEST(sysctl, contexts_go_whole_or_not_at_all)
{
	struct sysctl_ctx_list ctx;
	struct sysctl_oid *node, *child;
	int value = 3;

	sysctl_ctx_init(&ctx);
	node = SYSCTL_ADD_NODE(&ctx, SYSCTL_STATIC_CHILDREN(_hw), OID_AUTO,
	    "whole", CTLFLAG_RD, NULL, "");
	SYSCTL_ADD_INT(&ctx, SYSCTL_CHILDREN(node), OID_AUTO, "mine",
	    CTLFLAG_RD, &value, 0, "");
	child = SYSCTL_ADD_INT(NULL, SYSCTL_CHILDREN(node), OID_AUTO, "other",
	    CTLFLAG_RD, &value, 0, "");
	T_EQ(sysctl_ctx_free(&ctx), EBUSY);
	reads("hw.whole.mine", "3");
	reads("hw.whole.other", "3");
	T_EQ(sysctl_remove_oid(child, 1, 0), 0);
	T_EQ(sysctl_ctx_free(&ctx), 0);
}

KERNEL_TEST(sysctl, tunables_take_the_environment)
{
	struct sysctl_ctx_list ctx;
	int value = 1, fixed = 1;

	kernel_setenv("hw.tunable", "77");
	kernel_setenv("hw.untuned", "77");
	sysctl_ctx_init(&ctx);
	SYSCTL_ADD_INT(&ctx, SYSCTL_STATIC_CHILDREN(_hw), OID_AUTO, "tunable",
	    CTLFLAG_RDTUN, &value, 0, "");
	SYSCTL_ADD_INT(&ctx, SYSCTL_STATIC_CHILDREN(_hw), OID_AUTO, "untuned",
	    CTLFLAG_RW, &fixed, 0, "");
	T_EQ(value, 77);
	T_EQ(fixed, 1);
	T_EQ(sysctl_ctx_free(&ctx), 0);
}

KERNEL_TEST(sysctl, environment)
{
	char *copy, text[4];
	int value = 1;
	uint64_t wide = 1;
	bool flag = false;

	T_EQ(TUNABLE_INT_FETCH("hw.k2", &value), 0);
	T_EQ(kern_setenv("hw.k2", "0x10k"), 0);
	T_EQ(TUNABLE_INT_FETCH("hw.k2", &value), 1);
	T_EQ(value, 16384);
	T_EQ(kern_setenv("hw.k2", "99999999999"), 0);
	T_EQ(getenv_int("hw.k2", &value), 0);
	T_EQ(value, 16384);
	T_EQ(getenv_uint64("hw.k2", &wide), 1);
	T_EQ(wide, UINT64_C(99999999999));
	T_EQ(kern_setenv("hw.k2", "yes"), 0);
	T_EQ(getenv_bool("hw.k2", &flag), 1);
	T_TRUE(flag);
	T_EQ(getenv_string("hw.k2", text, sizeof(text)), 1);
	T_STR(text, "yes");
	copy = kern_getenv("hw.k2");
	T_STR(copy, "yes");
	freeenv(copy);
	T_EQ(kern_unsetenv("hw.k2"), 0);
	T_TRUE(kern_getenv("hw.k2") == NULL);
	T_EQ(testenv("hw.k2"), 0);
}
