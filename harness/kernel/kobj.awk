#-
# SPDX-License-Identifier: BSD-2-Clause
#
# The interface compiler of kobj(9): NAME_if.m in, NAME_if.h and NAME_if.c out.
#
#	awk -v out=build/gen/NAME_if -f kobj.awk NAME_if.m
#
# What it accepts, one item after the other, each beginning a line:
#
#	INTERFACE name;
#	#include <file>		goes to the top of the .c file
#	HEADER { ... };		goes into the .h file, before the methods
#	CODE { ... };		goes into the .c file, before the methods
#	PROLOG { ... }		goes into the next method's caller, before
#	EPILOG { ... }		and after the call
#	METHOD type name { type arg; ... } DEFAULT function;
#	STATICMETHOD type name { ... };
#				the first argument is a class, no object
#	#if, #elif, #else, #endif
#				go to both files: what a release has
#	/** ... */		goes above the next method
#	# ... and /* ... */	are comments
#
# Blocks end with a line that begins with a closing brace.  Nothing is written
# unless all of the input is good.  Only what POSIX says of awk is used, and
# of that only what mawk and gawk both do.

function fail(line, text)
{
	print FILENAME ":" line ": " text > "/dev/stderr"
	failed = 1
	exit 1
}

function trim(s)
{
	sub(/^[ \t]+/, "", s)
	sub(/[ \t]+$/, "", s)
	return s
}

# Takes one level of indentation off a line of a block.
function outdent(s)
{
	if (substr(s, 1, 1) == "\t")
		return substr(s, 2)
	if (substr(s, 1, 4) == "    ")
		return substr(s, 5)
	return s
}

function is_name(s)
{
	return s ~ /^[a-z_][a-z0-9_]*$/
}

# The last word of a declarator ("struct foo *bar" gives "bar").
function last_word(s)
{
	if (!match(s, /[A-Za-z_][A-Za-z0-9_]*$/))
		return ""
	return substr(s, RSTART)
}

function strip_comments(s,    i, j)
{
	while ((i = index(s, "/*")) != 0) {
		j = index(substr(s, i + 2), "*/")
		if (j == 0)
			break
		s = substr(s, 1, i - 1) " " substr(s, i + j + 3)
	}
	return s
}

# Splits the arguments between the braces into decls[] and args[].
function parse_arguments(text, line,    parts, n, i, a)
{
	nargs = 0
	n = split(text, parts, ";")
	for (i = 1; i <= n; i++) {
		a = trim(parts[i])
		gsub(/[ \t]+/, " ", a)
		if (a == "")
			continue
		nargs++
		decls[nargs] = a
		args[nargs] = last_word(a)
		if (args[nargs] == "" || args[nargs] == a)
			fail(line, "argument \"" a \
			    "\" needs a type and a name")
	}
	if (trim(parts[n]) != "")
		fail(line, "';' missing after \"" trim(parts[n]) "\"")
}

function parse_method(text, line,
    kind, head, tail, body, deflt, open, close_)
{
	text = strip_comments(text)
	open = index(text, "{")
	close_ = index(text, "}")
	if (open == 0)
		fail(line, "'{' missing in a method")
	head = trim(substr(text, 1, open - 1))
	body = substr(text, open + 1, close_ - open - 1)
	tail = trim(substr(text, close_ + 1))

	kind = head
	sub(/[ \t].*$/, "", kind)
	head = trim(substr(head, length(kind) + 1))
	method = last_word(head)
	rettype = trim(substr(head, 1, length(head) - length(method)))
	if (method == "" || rettype == "")
		fail(line, "a method needs a type and a name")
	if (!is_name(method))
		fail(line, "method name \"" method \
		    "\" is not [a-z_][a-z0-9_]*")
	if (intname == "")
		fail(line, "method before INTERFACE")
	# The branches of a condition may each have it.
	if (method in seen && (nesting == 0 || seen_in[method] == branch))
		fail(line, "method \"" method "\" was defined in line " \
		    seen[method])
	seen[method] = line
	seen_in[method] = branch

	deflt = "kobj_error_method"
	if (tail ~ /^DEFAULT[ \t]+[A-Za-z_][A-Za-z0-9_]*[ \t]*;$/) {
		deflt = tail
		sub(/^DEFAULT[ \t]+/, "", deflt)
		sub(/[ \t]*;$/, "", deflt)
	} else if (tail != "" && tail != ";")
		fail(line, "\"" tail "\" after a method is not understood")

	parse_arguments(body, line)
	if (nargs == 0)
		fail(line, "a method needs an argument to find its class by")
	emit_method(kind == "STATICMETHOD", deflt)
}

function emit_method(static, deflt,
    full, upper, params, names, i, star)
{
	full = intname "_" method
	upper = toupper(full)
	params = decls[1]
	names = args[1]
	for (i = 2; i <= nargs; i++) {
		params = params ",\n    " decls[i]
		names = names ", " args[i]
	}
	star = rettype ~ /\*$/ ? "" : " "

	header = header "\nextern struct kobjop_desc " full "_desc;\n"
	header = header "typedef " rettype star full "_t(" params ");\n" doc
	header = header "static __inline " rettype "\n" upper
	header = header "(" params ")\n{\n"
	header = header "\tkobjop_t _m;\n"
	if (rettype != "void")
		header = header "\t" rettype star "rc;\n"
	header = header "\n" prolog
	header = header "\tKOBJOPLOOKUP(" \
	    (static ? args[1] : "((kobj_t)" args[1] ")") "->ops, " full ");\n"
	header = header "\t" (rettype != "void" ? "rc = " : "") "((" full \
	    "_t *)_m)(" names ");\n" epilog
	if (rettype != "void")
		header = header "\treturn (rc);\n"
	header = header "}\n"

	methods = methods "\nstruct kobjop_desc " full "_desc = {\n" \
	    "\t0, { &" full "_desc, (kobjop_t)" deflt " }\n};\n"
	doc = prolog = epilog = ""
}

function end_block()
{
	if (block == "HEADER")
		before = before text
	else if (block == "CODE")
		code = code text
	else if (block == "PROLOG")
		prolog = text
	else
		epilog = text
	block = ""
}

BEGIN {
	block = ""
	if (out == "") {
		print "usage: awk -v out=build/NAME_if -f kobj.awk NAME_if.m" \
		    > "/dev/stderr"
		failed = 1
		exit 1
	}
}

# Inside something that began on an earlier line.
block == "comment" || block == "doc" {
	if (block == "doc")
		doc = doc $0 "\n"
	if (index($0, "*/"))
		block = ""
	next
}
block == "METHOD" {
	line = $0
	if (line ~ /^#/)
		next
	text = text " " line
	if (index(line, "}")) {
		block = ""
		parse_method(text, began)
	}
	next
}
block != "" {
	if (/^}/)
		end_block()
	else
		text = text outdent($0) "\n"
	next
}

/^[ \t]*$/ || /^[ \t]*;[ \t]*$/ { next }
/^#(if|ifdef|ifndef|elif|else|endif)([ \t]|$)/ {
	if (/^#if/)
		nesting++
	else if (nesting == 0)
		fail(FNR, "\"" $0 "\" outside of a condition")
	else if (/^#endif/)
		nesting--
	branch++
	header = header $0 "\n"
	methods = methods $0 "\n"
	next
}
/^#[ \t]*include[ \t]/ { includes = includes $0 "\n"; next }
/^#/ { next }

/^[ \t]*\/\*/ {
	began = FNR
	block = /^[ \t]*\/\*\*/ ? "doc" : "comment"
	if (block == "doc")
		doc = $0 "\n"
	if (index($0, "*/"))
		block = ""
	next
}

/^INTERFACE[ \t]/ {
	if (intname != "")
		fail(FNR, "a second INTERFACE")
	intname = $2
	sub(/;$/, "", intname)
	if (!is_name(intname))
		fail(FNR, "interface name \"" intname \
		    "\" is not [a-z_][a-z0-9_]*")
	doc = ""
	next
}

/^(HEADER|CODE|PROLOG|EPILOG)[ \t]*\{[ \t]*$/ {
	block = $1
	sub(/\{.*/, "", block)
	text = ""
	began = FNR
	next
}

/^(STATICMETHOD|METHOD)[ \t]/ {
	began = FNR
	text = $0
	if (index($0, "}"))
		parse_method(text, began)
	else
		block = "METHOD"
	next
}

{ fail(FNR, "\"" $0 "\" is not understood") }

END {
	if (failed)
		exit 1
	if (block != "")
		fail(began, "what begins here has no end")
	if (nesting > 0)
		fail(FNR, "#endif missing")
	if (intname == "")
		fail(FNR, "no INTERFACE")
	note = "/* Made by kobj.awk from " FILENAME ": edit that. */\n"
	guard = "_" intname "_if_h_"
	hfile = out ".h"
	cfile = out ".c"
	printf "%s#ifndef %s\n#define %s\n\n#include <sys/kobj.h>\n" \
	    "%s%s\n#endif\n", note, guard, guard, before, header > hfile
	name = out
	sub(/^.*\//, "", name)
	printf "%s#include <sys/param.h>\n#include <sys/queue.h>\n" \
	    "#include <sys/kernel.h>\n#include <sys/kobj.h>\n%s" \
	    "#include \"%s.h\"\n%s%s", \
	    note, includes, name, code, methods > cfile
	if (close(hfile) != 0 || close(cfile) != 0)
		fail(FNR, "cannot write " hfile " and " cfile)
}
