/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * --help, manual pages, docs/options.md and the completion for bash know the
 * same options; and the completion completes.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tests/cli/program.h"
#include "tests/test.h"

/*
 * Shell functions.  Each prints a sorted set of options, or of words.
 */
static const char functions[] =
    "commands() {\n"
    "  \"$RINGSIDE_PROGRAM\" --help |\n"
    "    sed -n '/^commands:/,/^$/s/^  \\([a-z]*\\) .*/\\1/p'; }\n"
    "help() {\n"
    "  \"$RINGSIDE_PROGRAM\" $1 --help |\n"
    "    sed -n 's/^  \\(-[a-zA-Z], \\)\\{0,1\\}\\(--[a-z-]*\\).*/\\2/p' |\n"
    "    sort; }\n"
    "man() {\n"
    "  grep '^\\.It Fl' $ROOT/docs/ringside-$1.1 | grep -o 'Fl -[a-z-]*' |\n"
    "    sed 's/Fl -/--/' | sort; }\n"
    "docs() {\n"
    "  case $1 in\n"
    "  run|mount|ps) device='The device' disks='Of disks' ;;\n"
    "  tap) device='The device' disks=none ;;\n"
    "  *) device=none disks=none ;;\n"
    "  esac\n"
    "  sed -n \"/^## ringside $1\\$/,/^## /p; /^## $device/,/^##/p;\n"
    "    /^### $disks/,/^##/p\" \\\n"
    "    $ROOT/docs/options.md | sed -n 's/^| \\(`[^|]*\\) |.*/\\1/p' |\n"
    "    grep -o -e '--[a-z-]*' | sort; }\n"
    "complete_() {\n"
    "  bash -c '. $ROOT/harness/cli/ringside.bash\n"
    "    COMP_WORDS=(\"$RINGSIDE_PROGRAM\" \"$@\")\n"
    "    COMP_CWORD=$#; COMPREPLY=(); _ringside\n"
    "    printf \"%s\\n\" \"${COMPREPLY[@]}\"' - \"$@\" | sort; }\n";

/* Sources and bash are not everywhere where the tests are. */
static void
begin(void)
{
	char root[PATH_MAX];

	T_REQUIRE(getcwd(root, sizeof(root)) != NULL);
	setenv("ROOT", root, 1);
	program_begin();
	if (access("harness/cli/ringside.bash", R_OK) != 0 ||
	    program_shell("command -v bash") != 0) {
		program_end();
		test_skip("there is no bash, or there are no sources");
	}
}

/* What the shell prints for this, with the functions. */
static const char *
shell(const char *text)
{
	char command[6000];

	snprintf(command, sizeof(command), "%s%s", functions, text);
	(void)program_shell(command);
	T_STR(program.err, "");
	return (program.out);
}

TEST(in_step, options_are_the_same_everywhere)
{
	begin();
	T_HAS(shell("commands"), "run\n");
	T_HAS(shell("for c in $(commands); do help $c; done"), "--disk\n");
	T_STR(shell("for c in $(commands); do help $c >help; man $c >man; "
		    "diff help man | sed \"s/^/$c: /\"; done"),
	    "");
	T_STR(shell("for c in $(commands); do help $c >help; docs $c >docs; "
		    "diff help docs | sed \"s/^/$c: /\"; done"),
	    "");
	T_STR(shell("for c in $(commands); do help $c >help; "
		    "complete_ $c -- >words; diff help words | "
		    "sed \"s/^/$c: /\"; done"),
	    "");
	program_end();
}

TEST(in_step, commands_are_in_the_manual_and_completed)
{
	begin();
	T_STR(shell("for c in $(commands); do grep -q \"^.It Cm $c\" "
		    "$ROOT/docs/ringside.1 || echo $c; done"),
	    "");
	T_STR(shell("{ commands; echo --help; } | sort >a; complete_ '' >b; "
		    "diff a b"),
	    "");
	T_STR(shell("complete_ r"), "run\n");
	program_end();
}

TEST(in_step, values_are_completed)
{
	begin();
	T_STR(shell("complete_ run --transport ''"),
	    "legacy\nmodern\ntransitional\n");
	T_STR(shell("complete_ run --transport l"), "legacy\n");
	T_STR(shell("complete_ run --transport = l"), "legacy\n");
	T_STR(shell("complete_ run --transport ="),
	    "legacy\nmodern\ntransitional\n");
	T_STR(shell("complete_ run --features -fl"), "-flush\n");
	T_STR(shell("complete_ run --features -mq,+event"), "-mq,+event_idx\n");
	T_STR(shell("complete_ run --se"), "--seconds\n--seed\n");
	/* A switch has no value: what follows is an option. */
	T_HAS(shell("complete_ run --write --rea"), "--read-only\n");
	T_STR(shell("complete_ run --ops ''"), "\n");
	program_image("a b.img", 512);
	T_STR(shell("complete_ run --disk a"), "a b.img\n");
	program_end();
}

/* Each list against the one that the command prints. */
TEST(in_step, values_are_those_of_the_command)
{
	begin();
	T_STR(shell("for o in transport interrupts pattern; do "
		    "\"$RINGSIDE_PROGRAM\" run --$o ? 2>&1 | "
		    "sed 's/.* wants //; s/, not .*//; s/ or /, /' | "
		    "tr -d ' ' | tr , '\\n' | sort >a; "
		    "complete_ run --$o '' >b; test -s a; diff a b; done"),
	    "");
	T_STR(shell("\"$RINGSIDE_PROGRAM\" run --features=-x 2>&1 | "
		    "sed 's/.*are: //' | tr ' ' '\\n' | sort >a; "
		    "complete_ run --features - | grep -v '^-all$' | "
		    "sed 's/^-//' | sort >b; test -s a; diff a b"),
	    "");
	program_end();
}
