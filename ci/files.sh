#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Lists the project's own files, one a line: what git knows or would add; in a
# copy without git, all but what is built.
#
#	ci/files.sh [ROOT]
set -eu
cd "${1-$(dirname "$0")/..}"

# Only when ROOT itself is the checkout, not a folder inside another one.
if [ -e .git ] && command -v git >/dev/null &&
    git ls-files -co --exclude-standard 2>/dev/null >/dev/null; then
	# A file that was removed but not yet committed is still listed.
	git ls-files -co --exclude-standard | while IFS= read -r file; do
		[ -f "$file" ] && printf '%s\n' "$file"
	done | sort
else
	find . \( -path ./build -o -name .git \) -prune -o \
	    -type f ! -name '*~' ! -name '*.swp' -print | sed 's,^\./,,' | sort
fi
