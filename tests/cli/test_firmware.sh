#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches the real firmware from the first source that answers. The firmware must be complete, and Git must ignore it.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
cd "$root" || exit 1

payload_usable() {
	local file
	for file in msd/2710/bootcode.bin msd/2710/start*.elf; do
		[ -s "$file" ] || { echo "$file is missing"; return 1; }
	done
	if [ ! -s mass-storage-gadget64/bootcode4.bin ]; then
		[ -s msd/2711/bootcode4.bin ] && [ -s msd/2711/start4.elf ]
	fi
}

licence_beside() {
	local dir
	for dir in msd/2710 msd/2711 mass-storage-gadget64; do
		[ ! -d "$dir" ] || grep -qi 'redistribut' "$dir"/LICENSE* || { echo "none in $dir"; return 1; }
	done
}

# Only the Git repository has this file.
bootfiles_good() {
	local file=mass-storage-gadget64/bootfiles.bin
	[ ! -e "$file" ] ||
		[ "$(sha256sum <"$file")" = 'dd606ab0f232e63b3913b0b89aef823e9510dcdf7fbf5176df2ac3a9bbf9762d  -' ]
}

git_sees_nothing() {
	! git status --porcelain --untracked-files=all -- msd mass-storage-gadget64 |
		grep -E 'msd/27|msd/\.fetch|mass-storage-gadget64'
}

times() {
	find msd mass-storage-gadget64 -not -name .fetch.lock -exec ls -lid --full-time {} + 2>/dev/null
}

again_unchanged() {
	local before
	before=$(times)
	msd/fetch && diff <(echo "$before") <(times)
}

status=0
msd/fetch 2>"$work/messages" || status=$?
if [ "$status" = 3 ]; then
	cat "$work/messages"
	exit 77
fi
check "fetch succeeds" [ "$status" = 0 ]
check "msd/ has the files for every chip" payload_usable
check "each directory has the licence" licence_beside
check "bootfiles.bin is the version that also boots locked boards" bootfiles_good
check "a second run changes nothing" again_unchanged
[ -e .git ] && check "Git ignores the firmware" git_sees_nothing
cases_end
