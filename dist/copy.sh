#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dist/copy.sh DIRECTORY: copies this project to DIRECTORY, without built and fetched files, for a separate build.
# Unchanged files keep their times, so that make does not build them again. Sources that the project no longer has are removed.
set -euo pipefail
target=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."

# Prints the names of all files that git does not ignore. In an unpacked archive, prints all files except built ones.
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
