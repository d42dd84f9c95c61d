/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * `make kmod` without FreeBSD's sources: what it says about a SYSDIR that is
 * none, that no source of the drivers is missing in the modules, and, with a
 * tree of a few lines, that each of its checks fires.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cli/program.h"
#include "tests/test.h"

/* Runs a shell command, with $D for the test's folder; output in program. */
static int
sh(const char *command)
{
	char line[2048], path[128];
	FILE *f;
	size_t n;
	int status;

	snprintf(line, sizeof(line), "D=%s; { %s; } >%s/.out 2>&1", program.dir,
	    command, program.dir);
	status = system(line);
	program_path(".out", path, sizeof(path));
	f = fopen(path, "r");
	T_REQUIRE(f != NULL);
	n = fread(program.out, 1, sizeof(program.out) - 1, f);
	program.out[n] = '\0';
	fclose(f);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Writes a file in the test's folder, with the folders above it. */
static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	program_path(name, path, sizeof(path));
	for (char *slash = path + strlen(program.dir) + 1;
	     (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	f = fopen(path, "w");
	T_REQUIRE(f != NULL);
	fputs(text, f);
	fclose(f);
}

/* One line that says `what`, status 2, nothing else. */
static void
complains(const char *sysdir, const char *what)
{
	char command[256];

	snprintf(command, sizeof(command), "ci/kmod.sh -o $D/out %s", sysdir);
	T_EQ(sh(command), 2);
	T_HAS(program.out, what);
	T_EQ(program_lines(program.out), 1);
}

TEST(kmod, sysdir_is_not_one)
{
	program_begin();
	complains("", "which kernel sources? make kmod SYSDIR=/usr/src/sys");
	complains("$D/none", "/none: does not exist");
	put("file", "");
	complains("$D/file", "/file: not a directory");
	complains("$D", "not FreeBSD's sys folder (no sys/param.h)");
	put("src/sys/sys/param.h", "#define __FreeBSD_version 1400097\n");
	complains("$D/src", "/src/sys has it");
	put("s/sys/param.h", "/* nothing */\n");
	complains("$D/s", "sys/param.h states no __FreeBSD_version");
	put("s/sys/param.h", "#define __FreeBSD_version 1104001\n");
	complains("$D/s", "FreeBSD 11.4; the drivers are for 12 and later");
	put("s/sys/param.h", "#define __FreeBSD_version 1300139\n");
	complains("$D/s",
	    "not all of FreeBSD 13.0's sys folder (no amd64/include)");
	put("s/amd64/include/param.h", "");
	complains("$D/s", "not all of FreeBSD 13.0's sys folder (no bus_if.m)");
	put("s/kern/bus_if.m", "");
	put("s/kern/device_if.m", "");
	complains("$D/s", "not all of FreeBSD 13.0's sys folder (no pci_if.m)");
	program_end();
}

TEST(kmod, kernbuilddir_is_not_one)
{
	program_begin();
	put("s/sys/param.h", "#define __FreeBSD_version 1400097\n");
	T_EQ(sh("KERNBUILDDIR=$D ci/kmod.sh -o $D/out $D/s"), 2);
	T_HAS(program.out, "has no opt_global.h");
	program_end();
}

TEST(kmod, from_the_makefile)
{
	program_begin();
	T_EQ(sh("MAKEFLAGS= make --no-print-directory kmod SYSDIR=$D/none"), 2);
	T_HAS(program.out, "/none: does not exist");
	program_end();
}

/* Each source in drivers/ belongs to exactly one module. */
TEST(kmod, no_source_is_forgotten)
{
	program_begin();
	T_EQ(sh("cat drivers/modules/*/Makefile | sed -n "
		"'s/^SRCS+*=[[:blank:]]*//p' | tr ' ' '\\n' | grep '\\.c$' | "
		"sort >$D/named; "
		"ls drivers/*/*.c drivers/*/*_if.m | "
		"sed 's,.*/,,; s/\\.m$/.c/' | sort >$D/there; "
		"diff $D/there $D/named"),
	    0);
	T_STR(program.out, "");
	program_end();
}

/* Each module is in SUBDIR, under the name of its folder. */
TEST(kmod, every_module_is_made)
{
	program_begin();
	T_EQ(sh("sed -n 's/^SUBDIR=[[:blank:]]*//p' drivers/modules/Makefile "
		"| tr ' ' '\\n' | sort >$D/named; "
		"for m in drivers/modules/*/Makefile; do "
		"sed -n 's/^KMOD=[[:blank:]]*//p' $m; done | sort >$D/there; "
		"ls -d drivers/modules/*/ | sed 's,.*modules/,,; s,/,,' | "
		"sort | diff - $D/there && diff $D/there $D/named"),
	    0);
	T_STR(program.out, "");
	program_end();
}

/*
 * All modules and the kernel share one name space.  What sanitizers add is
 * not the drivers'.
 */
TEST(kmod, global_symbols_begin_with_vio)
{
	if (getenv("OBJECTS") == NULL)
		test_skip("OBJECTS is not set; `make check` sets it");
	program_begin();
	T_EQ(sh("ls \"$OBJECTS\"/drivers/*/*.o \"$OBJECTS\"/build/gen/vio*.o "
		"| grep -c ."),
	    0);
	T_TRUE(strtol(program.out, NULL, 10) >= 8);
	T_EQ(sh("nm -P -g \"$OBJECTS\"/drivers/*/*.o "
		"\"$OBJECTS\"/build/gen/vio*.o | awk 'NF > 2 && "
		"$2 ~ /[A-TV-Z]/ && $1 !~ /^vio/ && "
		"$1 !~ /^(__odr_asan|asan\\.)/ { print $1 }'"),
	    0);
	T_STR(program.out, "");
	program_end();
}

/*
 * --- a tree of a few lines ---
 */

static bool
have(const char *tool)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", tool);
	return (system(command) == 0);
}

/* What a module has at least: metadata. */
#define MODULE(name)                                                \
	"static const int _" name "_version = 1;\n"                 \
	"__attribute__((used, section(\"set_modmetadata_set\")))\n" \
	"static const void *const " name "_set = &_" name "_version;\n"

static void
tree(void)
{
	static const char *const tools[] = { "bmake", "clang", "ld.lld",
		"llvm-nm", "llvm-objcopy", "llvm-readelf" };

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (!have(tools[i]))
			test_skip("bmake, clang, lld or llvm is missing");
	program_begin();
	put("s/sys/param.h",
	    "#ifndef _KERNEL\n#error not a kernel\n#endif\n"
	    "#define __FreeBSD_version 1400097\n"
	    "int kernel_known(int);\n"
	    "int kernel_unknown(int);\n"
	    "int vio_a_call(int);\n"
	    "int kernel_static(int);\n");
	put("s/kern/kern_known.c",
	    "int\nkernel_known(int n)\n{\n\treturn (n);\n}\n\n"
	    "int kernel_unknown(int);\n"
	    "static int kernel_static(int n)\n{\n\treturn (n);\n}\n");
	put("s/kern/some_if.m", "INTERFACE some;\nMETHOD void *go {\n};\n");
	put("s/amd64/include/param.h", "#define MACHINE_IS_HERE 1\n");
	put("s/x86/include/x86.h", "\n");
	put("s/amd64/amd64/elf_machdep.c",
	    "\t\tcase R_X86_64_64:\n\t\tcase R_X86_64_PC32:\n"
	    "\t\tcase R_X86_64_PLT32:\n\t\tcase R_X86_64_32S:\n");
	put("m/Makefile", "SUBDIR=\tvio_a\n");
	put("m/vio_a/Makefile",
	    "KMOD=\tvio_a\nSRCS=\tvio_a.c opt_a.h\n"
	    ".include <bsd.kmod.mk>\n");
}

/* Builds module vio_a of this source; returns the exit status. */
static int
build(const char *source)
{
	char text[2048];

	snprintf(text, sizeof(text),
	    "#include <sys/param.h>\n#include <machine/param.h>\n"
	    "#include \"opt_a.h\"\n"
	    "#if !MACHINE_IS_HERE || !defined(KLD_MODULE)\n#error what\n"
	    "#endif\n%s",
	    source);
	put("m/vio_a/vio_a.c", text);
	return (sh("ci/kmod.sh -m $D/m -o $D/out $D/s"));
}

#define CALLS(what) "int vio_a_call(int n)\n{\n\treturn (" what "(n) + 1);\n}\n"

TEST(kmod, builds)
{
	tree();
	T_EQ(build(MODULE("vio_a") CALLS("kernel_known")), 0);
	T_HAS(program.out, "out/14.0/vio_a.ko");
	T_EQ(sh("llvm-readelf -h $D/out/14.0/vio_a.ko"), 0);
	T_HAS(program.out, "REL (Relocatable file)");
	T_HAS(program.out, "FreeBSD");
	/* Not exported, so it is the module's own. */
	T_EQ(sh("llvm-nm -P $D/out/14.0/vio_a.ko | grep '^vio_a_call t'"), 0);
	program_end();
}

TEST(kmod, a_warning_is_an_error)
{
	tree();
	T_EQ(build(MODULE("vio_a") "int vio_b(void)\n{\n\treturn (0);\n}\n"),
	    1);
	T_HAS(program.out, "no previous prototype");
	T_HAS(program.out, "vio_a does not compile for FreeBSD 14.0");
	program_end();
}

TEST(kmod, a_foreign_name)
{
	tree();
	T_EQ(build(MODULE("vio_a") "int kernel_known(int n)\n{\n"
				   "\treturn (n);\n}\n"),
	    1);
	T_HAS(program.out,
	    "vio_a: global symbol kernel_known does not begin with vio");
	program_end();
}

TEST(kmod, a_symbol_that_the_kernel_lacks)
{
	tree();
	T_EQ(build(MODULE("vio_a") CALLS("kernel_unknown")), 1);
	T_HAS(program.out, "vio_a.ko: undefined symbol kernel_unknown");
	T_EQ(build(MODULE("vio_a") CALLS("kernel_static")), 1);
	T_HAS(program.out, "vio_a.ko: undefined symbol kernel_static");
	program_end();
}

TEST(kmod, a_method_of_the_kernel)
{
	tree();
	T_EQ(build(MODULE("vio_a") "extern int some_go_desc, some_no_desc;\n"
				   "static int *const vio_p"
				   " __attribute__((used)) = &some_go_desc;\n"),
	    0);
	T_EQ(build(MODULE("vio_a") "extern int some_go_desc, some_no_desc;\n"
				   "static int *const vio_p"
				   " __attribute__((used)) = &some_no_desc;\n"),
	    1);
	T_HAS(program.out, "undefined symbol some_no_desc");
	program_end();
}

TEST(kmod, no_module_in_it)
{
	tree();
	T_EQ(build(CALLS("kernel_known")), 1);
	T_HAS(program.out, "vio_a.ko: no module in it");
	program_end();
}

TEST(kmod, a_relocation_that_the_kernel_lacks)
{
	tree();
	put("s/amd64/amd64/elf_machdep.c", "\t\tcase R_X86_64_64:\n");
	T_EQ(build(MODULE("vio_a") CALLS("kernel_known")), 1);
	T_HAS(program.out, "the kernel does not know R_X86_64_PLT32");
	program_end();
}

TEST(kmod, modules_that_need_each_other)
{
	tree();
	put("m/Makefile", "SUBDIR=\tvio_a vio_c\n");
	put("m/vio_c/Makefile",
	    "KMOD=\tvio_c\nSRCS=\tvio_c.c\n.include <bsd.kmod.mk>\n");
	put("m/vio_c/vio_c.c",
	    "#include <sys/param.h>\n" MODULE(
		"vio_c") "static int (*const vio_q)(int) __attribute__((used)) "
			 "= "
			 "vio_a_call;\n");
	/* It neither says so nor is the symbol offered. */
	T_EQ(build(MODULE("vio_a") CALLS("kernel_known")), 1);
	T_HAS(program.out, "vio_c.ko: undefined symbol vio_a_call");
	put("m/vio_a/Makefile",
	    "KMOD=\tvio_a\nSRCS=\tvio_a.c opt_a.h\n"
	    "EXPORT_SYMS=\tvio_a_call\n.include <bsd.kmod.mk>\n");
	T_EQ(build(MODULE("vio_a") CALLS("kernel_known")), 1);
	T_HAS(program.out, "vio_c.ko: undefined symbol vio_a_call");
	put("m/vio_c/vio_c.c",
	    "#include <sys/param.h>\n" MODULE(
		"vio_c") "static int (*const vio_q)(int) __attribute__((used)) "
			 "= "
			 "vio_a_call;\n"
			 "static const int _vio_c_depend_on_vio_a "
			 "__attribute__((used));\n");
	T_EQ(build(MODULE("vio_a") CALLS("kernel_known")), 0);
	program_end();
}
