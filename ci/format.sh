#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Formats all C files in place, or with --check only says which are not
# formatted.
#
# Versions of clang-format differ in details, so only the version that
# .clang-format was written for decides; with another one this says so and
# formats nothing.
set -eu
cd "$(dirname "$0")/.."
version=14

tool=${CLANG_FORMAT-}
if [ -z "$tool" ]; then
	tool=$(command -v clang-format-$version || echo clang-format)
fi
found=$($tool --version | sed 's/.*version \([0-9]*\).*/\1/')
if [ "$found" != $version ]; then
	echo "ci/format.sh: skipped: needs clang-format $version," \
	    "and $tool is version $found"
	exit 0
fi

files()
{
	ci/files.sh | grep '\.[ch]$'
}

case ${1-} in
--check)
	# One line a file: the first place that would change.
	files | xargs -r "$tool" --style=file --dry-run 2>&1 |
	    awk -F: '/clang-formatted/ && !seen[$1]++ {
		print $1 ":" $2 ": not formatted (make format)"
		found = 1
	    }
	    END { exit(found) }'
	;;
"")
	files | xargs -r "$tool" --style=file -i
	;;
*)
	echo "usage: ci/format.sh [--check]" >&2
	exit 2
	;;
esac
