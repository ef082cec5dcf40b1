#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the Makefile: its list of targets, its handling of warnings, copies of the project, and the demo without a virtual machine.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES CI WERROR

made() { # ARGUMENT...
	make -C "$root" --no-print-directory "$@"
}

# Prints the targets for users: all .PHONY targets without the internal ones.
targets() {
	made -pn help 2>/dev/null | sed -n 's/^\.PHONY: //p' | tr ' ' '\n' | grep -vE '^(do-.*|FORCE|test-programs|unit-tests.*|portable-tests.*|objects-list|all)?$' | sort
}

help_is_complete() {
	made help >"$work/help" && sed -n 's/^make \([a-z][a-z_.-]*\)  *[^ ].*/\1/p' "$work/help" | sort >"$work/listed"
	[ "$(wc -l <"$work/listed")" -ge 15 ] && diff <(targets) "$work/listed" && grep -q '^make  ' "$work/help"
}

help_is_short() {
	[ "$(wc -L <"$work/help")" -le 100 ] && [ "$(wc -l <"$work/help")" -le 30 ]
}

# make help lists every target of docs/building.md.
readme_targets() {
	local target

	# shellcheck disable=SC2016 # backticks of Markdown
	sed -n '/^## Targets/,$s/^| `make \([a-z_.-]*\)`.*/\1/p' "$root/docs/building.md" >"$work/readme"
	[ "$(wc -l <"$work/readme")" -gt 10 ] || { cat "$work/readme"; return 1; }
	while read -r target; do
		grep -qx -e "$target" "$work/listed" || { echo "make help has no $target"; return 1; }
	done <"$work/readme"
}

# Makes a copy of the project with a warning.
warning_make() {
	"$root/dist/copy.sh" "$work/project" && echo 'static int error_unused;' >>"$work/project/util/error.c"
}

warns() { # NAME=VALUE... of make
	rm -rf build && make "$@" build/util/error.o >"$work/messages" 2>&1 && printed error_unused
}

fails() { # NAME=VALUE... of make
	rm -rf build && ! make "$@" build/util/error.o >"$work/messages" 2>&1 && printed 'Werror'
}

warnings() {
	cd "$work/project" && warns && warns WERROR=0 && warns CI=false && fails WERROR=1 && fails CI=true && warns CI=true WERROR=0
}

# The database names each kind of source, and its commands compile.
database() {
	cd "$work/project" && make -s compile_commands.json >"$work/messages" 2>&1 &&
		python3 - >"$work/messages" 2>&1 <<'PYTHON'
import json, os, subprocess
entries = json.load(open("compile_commands.json"))
files = {entry["file"] for entry in entries}
for file in ("main.c", "usb.c", "util/error.c", "tests/test.c", "tests/unit/util/test_error.c", "tests/fuzz/fuzz_wire.c"):
    assert file in files, file
for entry in entries:
    assert entry["directory"] == os.getcwd(), entry
    if entry["file"] in ("cli/options.c", "util/error.c"):
        command = entry["command"].rsplit(" -o ", 1)[0] + " -fsyntax-only " + entry["file"]
        subprocess.run(command, shell=True, check=True, cwd=entry["directory"])
print(len(entries))
PYTHON
}

demo_elsewhere() {
	mkdir -p "$work/bin" && printf '#!/bin/sh\necho Linux aarch64\n' >"$work/bin/uname" && chmod +x "$work/bin/uname" &&
		PATH=$work/bin:$PATH status_is 0 "$root/tests/vm/demo" && printed 'behind umockdev' && printed /dev/sda &&
		printed 'Every step was checked' && ! grep SKIP "$work/messages"
}

# dist/copy.sh removes a source that the project no longer has, and keeps built files.
copy_loses() {
	mkdir -p "$work/project/build" && : >"$work/project/util/gone.c" && : >"$work/project/build/kept.c" &&
		"$root/dist/copy.sh" "$work/project" && [ ! -e "$work/project/util/gone.c" ] && [ -e "$work/project/build/kept.c" ] &&
		[ -e "$work/project/util/error.c" ]
}

# make cross leaves the root of another system in build/, and make install may do so.
foreign_root() {
	cd "$work/project" && mkdir -p build/cross/arm64.sysroot/etc/ld.so.conf.d build/stage/usr/lib/udev/rules.d && status_is 0 make help
}

# Each folder of objects can have files with dependencies.
dependencies() {
	local folder folders=(. util os/linux/usb tests/unit/util fuzz/util fuzz/os/linux/usb fuzz/tests/fuzz analyze/os/linux/usb)
	cd "$work/project" || return
	for folder in "${folders[@]}"; do
		mkdir -p "build/$folder" && echo "\$(info read $folder)" >"build/$folder/case.d"
	done
	status_is 0 make help || return
	for folder in "${folders[@]}"; do
		grep -qx "read $folder" "$work/messages" || { echo "make does not read build/$folder/case.d"; return 1; }
	done
	find build -name case.d -delete
}

# Each row of the list has an existing test program or file and a reason, and no row is repeated.
needs_linux() {
	local list=$root/tests/cross/needs_linux name
	sed '/^#/d' "$list" >"$work/rows"
	[ "$(wc -l <"$work/rows")" -gt 5 ] && ! awk 'NF < 3' "$work/rows" | grep . && ! cut -f 1 "$work/rows" | sort | uniq -d | grep . || return
	while read -r name _; do
		[ -f "$root/$name" ] || compgen -G "$root/tests/unit/*/$name.c" >/dev/null || { echo "there is no $name"; return 1; }
	done <"$work/rows"
}

# Every unit test is built for Windows or is in the list, except the replays of the fuzz targets, which start child processes.
portable_tests() {
	made -s portable-tests-list | sed 's|.*/||' | sort >"$work/portable" && made -s unit-tests-list | sed 's|.*/||' | grep -v '^replay_' | sort >"$work/unit" &&
		[ -s "$work/portable" ] || return
	diff <(sort "$work/portable" <(sed -n 's/^\(test_[a-z_]*\).*/\1/p' "$root/tests/cross/needs_linux")) "$work/unit"
}

cross_unknown() {
	! "$root/tests/cross/run" amiga >"$work/messages" 2>&1 && printed 'there is no amiga' && printed '0 passed, 1 failed'
}

# Without npm there is no compiler for macOS, so the run skips, or fails with RPIBOOT_MUST_RUN=1.
macos_skipped() {
	local name
	mkdir -p "$work/few" && for name in bash cat grep sed tail tee mktemp rm uname dirname getconf mkdir; do
		ln -sf "$(command -v "$name")" "$work/few/$name"
	done
	"$root/dist/copy.sh" "$work/project" && cd "$work/project" || return
	PATH=$work/few RPIBOOT_MUST_RUN=0 status_is 0 tests/cross/run macos && printed 'SKIP macos: ' && printed '0 passed, 0 failed' || return
	PATH=$work/few RPIBOOT_MUST_RUN=1 status_is 1 tests/cross/run macos && printed '0 passed, 1 failed'
}

check 'make help lists every target' help_is_complete
check 'make help has short lines' help_is_short
check 'make help lists the targets of docs/building.md' readme_targets
check 'a copy of the project gets a warning' warning_make
check 'a warning is an error only with WERROR=1 and in CI' warnings
check 'the commands of compile_commands.json work' database
check 'the demo runs without a virtual machine on other hosts than amd64' demo_elsewhere
check 'dist/copy.sh removes old sources' copy_loses
check 'the root of another system in build/ does not disturb make' foreign_root
check 'make reads the dependencies of the objects in each folder' dependencies
check 'tests/cross/needs_linux has a reason for each existing test' needs_linux
check 'all other unit tests are built for Windows' portable_tests
check 'make cross fails for an unknown system' cross_unknown
check 'make cross skips macOS without its compiler' macos_skipped
cases_end
