#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dist/copy.sh DIRECTORY: this project as it is here, without what was built or fetched, for a build of its own there.
# What is the same there already keeps its time, so that it is not built again. A source that the project no longer has goes.
set -euo pipefail
target=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."

# What git has, as it is here; of an unpacked archive all.
names() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -z -c -o --exclude-standard
	else
		find . -path ./build -prune -o -path ./rpiboot -prune -o -path ./compile_commands.json -prune -o \( -type f -o -type l \) -print0
	fi
}

comm -z -13 <(names | sed -z "s|^\./||" | sort -z) <(cd "$target" && find . \( -path ./build -o -path ./.git \) -prune -o -type f -name '*.[ch]' -printf '%P\0' | sort -z) |
	(cd "$target" && xargs -0r rm -f --)
names | while IFS= read -r -d '' file; do
	if [ -e "$file" ] && ! cmp -s "$file" "$target/$file"; then printf '%s\0' "$file"; fi
done | tar -c --null -T - | tar -x -C "$target"
