#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the program under system call filters. The filters of the systemd units permit the sandbox. If another filter forbids the
# sandbox, the program reports that.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
cd "$root" || exit 1
program=$root/rpiboot boot=$work/boot filter=$root/build/tests/call_filter.so
for needed in "$program" "$filter"; do
	[ -x "$needed" ] || { echo "$needed is not built; make check builds it"; exit 1; }
done
unset RPIBOOT_FIRMWARE RPIBOOT_UNCONFINED
# A sanitizer accepts the preloaded filter. It finds leaks with a system call that the filters refuse.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
mkdir "$boot"
printf '\177code' >"$boot/bootcode4.bin"
printf '\177ELF' >"$boot/start4.elf"

# The numbers of the system calls, by name.
gcc -E -dM -include sys/syscall.h -x c /dev/null | sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$/\1 \2/p' >"$work/numbers"
# The headers of Debian 11 do not have these; the numbers are the same on every processor.
printf 'landlock_%s\n' 'create_ruleset 444' 'add_rule 445' 'restrict_self 446' >>"$work/numbers"

# Prints the system calls of a set of systemd, or the name of a single call.
set_calls() { # NAME
	local line
	case $1 in
	@*) systemd-analyze syscall-filter "$1" | sed '1d; s/^ *//; /^#/d; /^$/d' | while read -r line; do set_calls "$line"; done ;;
	*) echo "$1" ;;
	esac
}

# Prints the filter of a unit: the error number, the numbers of the permitted system calls, and 0 for read().
unit_numbers() { # UNIT
	local words word
	: >"$work/allowed"
	set_calls @default >>"$work/allowed"
	while read -r words; do
		for word in ${words#\~}; do
			if [ "${words#\~}" = "$words" ]; then
				set_calls "$word" >>"$work/allowed"
			else
				set_calls "$word" >"$work/refused"
				grep -vxFf "$work/refused" "$work/allowed" >"$work/rest"
				mv "$work/rest" "$work/allowed"
			fi
		done
	done < <(sed -n 's/^SystemCallFilter=//p' "$1")
	echo 1 # EPERM, the value of SystemCallErrorNumber=
	awk 'NR == FNR { number[$1] = $2; next } $1 in number { print number[$1] }' "$work/numbers" "$work/allowed" | sort -un |
		sed '/^0$/d'
	echo 0 # read()
}

# The scenario "confined" takes the program over and tries to read /etc/shadow. It must fail under the filter of the unit, too.
unit_is_confined() { # UNIT
	grep -qx 'SystemCallErrorNumber=EPERM' "$1" || return 1
	unit_numbers "$1" >"$work/filter"
	[ "$(wc -l <"$work/filter")" -gt 100 ] || { echo "the filter has too few calls"; return 1; }
	# The scenario runs this script as the program, so the filter applies only to the program.
	# shellcheck disable=SC2016 # the script expands the variable
	printf '#!/bin/sh\nCALL_FILTER=%s LD_PRELOAD=$LD_PRELOAD:%s exec %s "$@"\n' "$work/filter" "$filter" "$program" >"$work/program"
	chmod +x "$work/program"
	build/tests/binary_scenarios --program "$work/program" confined
}

# Runs the program without a board, under a filter that refuses these system calls with this error number.
refused() { # ERROR CALL...
	local status=0
	{
		printf '%s\n0\n' "$1"
		shift
		awk 'NR == FNR { number[$1] = $2; next } { print number[$1] }' "$work/numbers" <(printf '%s\n' "$@")
	} >"$work/filter"
	CALL_FILTER=$work/filter LD_PRELOAD=$filter "$program" -q -p 99-1 -d "$boot" --timeout 0.1 >"$work/out" 2>"$work/messages" || status=$?
	cat "$work/messages"
	[ "$status" = 3 ] || { echo "exit status $status, not 3"; return 1; }
}

is_reported() { # CALL
	refused 1 "$1" && printed 'rpiboot continues without it' && printed 'system call filter' && [ "$(wc -l <"$work/messages")" = 2 ]
}

kernel_without() {
	refused 38 landlock_create_ruleset && [ "$(wc -l <"$work/messages")" = 1 ] && refused 95 landlock_create_ruleset &&
		[ "$(wc -l <"$work/messages")" = 1 ]
}

has_landlock() {
	python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, 0, 0, 1) < 1)'
}

for call in create_ruleset add_rule restrict_self; do
	name="the program reports a filter that refuses landlock_$call()"
	if [ "$call" = create_ruleset ] || has_landlock; then
		check "$name" is_reported "landlock_$call"
	else
		skip "$name" 'this kernel has no Landlock'
	fi
done
check 'the program does not report a kernel without Landlock' kernel_without
for unit in dist/rpiboot.service dist/rpiboot-write.service; do
	name="under ${unit#dist/}, the sandbox forbids /etc/shadow"
	# The scenario needs libusb 1.0.25, and systemd 247 does not know the Landlock calls.
	if grep -q '^VERSION_ID="11"' /etc/os-release 2>/dev/null; then
		skip "$name" 'optional here: the units are tested on Debian 12 and later'
	elif ! command -v systemd-analyze >/dev/null; then
		skip "$name" 'there is no systemd-analyze here'
	else
		check "$name" unit_is_confined "$unit"
	fi
done
cases_end
