/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The interface compiler, harness/kernel/kobj.awk: what it makes of good
 * input, and how it refuses bad input.  That its output compiles and calls
 * the right methods is shown by the whole kernel, and by kernel/kobj_test.c.
 */
#include <sys/wait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"

static char folder[64];
static char output[8192];

static void
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f != NULL) {
		n = fread(output, 1, sizeof(output) - 1, f);
		fclose(f);
	}
	output[n] = '\0';
}

/*
 * Compiles `source` as t_if.m in a folder of its own.  Returns the exit
 * status; `output` has what was said.
 */
static int
compile(const char *source)
{
	char path[128], command[512];
	FILE *f;
	int status;

	strcpy(folder, "/tmp/ringside-kobj-XXXXXX");
	T_REQUIRE(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/t_if.m", folder);
	f = fopen(path, "w");
	T_REQUIRE(f != NULL);
	fputs(source, f);
	fclose(f);
	snprintf(command, sizeof(command),
	    "awk -v out=%s/t_if -f harness/kernel/kobj.awk %s 2>%s/said",
	    folder, path, folder);
	status = system(command);
	snprintf(path, sizeof(path), "%s/said", folder);
	slurp(path);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Reads one of the outputs; false when it was not written. */
static bool
made(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (access(path, R_OK) != 0)
		return (false);
	slurp(path);
	return (true);
}

static void
clean(void)
{
	static const char *const names[] = { "t_if.m", "t_if.h", "t_if.c",
		"said" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void
refuses(const char *source, const char *where, const char *why)
{
	T_EQ(compile(source), 1);
	T_HAS(output, where);
	T_HAS(output, why);
	T_FALSE(made("t_if.h"));
	T_FALSE(made("t_if.c"));
	clean();
}

TEST(kobj_awk, makes_descriptor_type_and_caller)
{
	T_EQ(compile("# a comment\n"
		     "#include <sys/bus.h>\n"
		     "INTERFACE t;\n"
		     "HEADER {\n\tstruct early;\n};\n"
		     "CODE {\n\tstatic int\n\tt_nil(device_t d)\n\t{\n"
		     "\t\treturn (0);\n\t}\n};\n"
		     "/** Goes along. */\n"
		     "PROLOG {\n\tbefore();\n}\n"
		     "EPILOG {\n\tafter();\n}\n"
		     "METHOD int go {\n"
		     "\tdevice_t dev; /* who */\n"
		     "\tconst char\t*way;\n"
		     "} DEFAULT t_nil;\n"
		     "METHOD void *find {\n\tdevice_t dev;\n};\n"
		     "STATICMETHOD void look { driver_t *d; int n; };\n"),
	    0);
	T_STR(output, "");
	T_TRUE(made("t_if.h"));
	T_HAS(output, "struct early;");
	T_HAS(output,
	    "typedef int t_go_t(device_t dev,\n    const char *way);");
	T_HAS(output, "/** Goes along. */\nstatic __inline int\nT_GO(");
	T_HAS(output, "before();\n\tKOBJOPLOOKUP(((kobj_t)dev)->ops, t_go);");
	T_HAS(output, "rc = ((t_go_t *)_m)(dev, way);\nafter();");
	T_HAS(output, "typedef void *t_find_t(device_t dev);");
	T_HAS(output, "KOBJOPLOOKUP(d->ops, t_look);");
	T_TRUE(made("t_if.c"));
	T_HAS(output, "#include <sys/bus.h>\n#include \"t_if.h\"");
	T_HAS(output, "{ &t_go_desc, (kobjop_t)t_nil }");
	T_HAS(output, "{ &t_find_desc, (kobjop_t)kobj_error_method }");
	clean();
}

TEST(kobj_awk, refuses_methods_without_an_interface)
{
	refuses("\nMETHOD int go { device_t dev; };\n",
	    "t_if.m:2: ", "method before INTERFACE");
	refuses("# nothing\n", "t_if.m:", "no INTERFACE");
	refuses("INTERFACE t;\nINTERFACE u;\n",
	    "t_if.m:2: ", "second INTERFACE");
	refuses("INTERFACE Bad-Name;\n", "t_if.m:1: ", "interface name");
}

TEST(kobj_awk, refuses_a_method_twice)
{
	refuses("INTERFACE t;\nMETHOD int go { device_t dev; };\n"
		"METHOD int go { device_t dev; };\n",
	    "t_if.m:3: ", "was defined in line 2");
}

TEST(kobj_awk, conditions_go_to_both_files)
{
	T_EQ(compile("INTERFACE t;\n"
		     "# if you read this, it is a comment\n"
		     "#if NEW\nMETHOD int go { device_t dev; };\n"
		     "#else\nMETHOD int go { device_t dev; int how; };\n"
		     "#endif\n"
		     "METHOD int stay { device_t dev; };\n"),
	    0);
	T_STR(output, "");
	T_TRUE(made("t_if.h"));
	T_HAS(output, "#if NEW\n\nextern struct kobjop_desc t_go_desc;");
	T_HAS(output, "}\n#else\n\nextern struct kobjop_desc t_go_desc;");
	T_HAS(output, "}\n#endif\n\nextern struct kobjop_desc t_stay_desc;");
	T_TRUE(made("t_if.c"));
	T_HAS(output, "#if NEW\n\nstruct kobjop_desc t_go_desc");
	T_HAS(output, "};\n#else\n\nstruct kobjop_desc t_go_desc");
	T_HAS(output, "};\n#endif\n");
	clean();
	refuses("INTERFACE t;\n#if NEW\nMETHOD int go { device_t d; };\n"
		"METHOD int go { device_t d; };\n#endif\n",
	    "t_if.m:4: ", "was defined in line 3");
	refuses("INTERFACE t;\n#if NEW\nMETHOD int go { device_t d; };\n"
		"#endif\nMETHOD int go { device_t d; };\n",
	    "t_if.m:5: ", "was defined in line 3");
	refuses("INTERFACE t;\n#endif\n", "t_if.m:2: ", "outside of");
	refuses("INTERFACE t;\n#if NEW\n", "t_if.m:2: ", "#endif missing");
}

TEST(kobj_awk, refuses_arguments_that_are_none)
{
	refuses("INTERFACE t;\nMETHOD int go {\n\tdev;\n};\n",
	    "t_if.m:2: ", "needs a type and a name");
	refuses("INTERFACE t;\nMETHOD int go {\n\tdevice_t dev\n};\n",
	    "t_if.m:2: ", "';' missing");
	refuses("INTERFACE t;\nMETHOD int go { };\n",
	    "t_if.m:2: ", "needs an argument");
	refuses("INTERFACE t;\nMETHOD go { device_t dev; };\n",
	    "t_if.m:2: ", "needs a type and a name");
}

TEST(kobj_awk, refuses_what_it_does_not_understand)
{
	refuses("INTERFACE t;\nMETHOD int go { device_t d; } DEFALT x;\n",
	    "t_if.m:2: ", "is not understood");
	refuses("INTERFACE t;\n\nint stray;\n",
	    "t_if.m:3: ", "is not understood");
	refuses("INTERFACE t;\nCODE {\n\tint x;\n", "t_if.m:2: ", "has no end");
	refuses("INTERFACE t;\nMETHOD int go {\n\tdevice_t d;\n",
	    "t_if.m:2: ", "has no end");
}
