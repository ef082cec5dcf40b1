#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How the program itself ends where no board is: each exit status, what it says, and that stdout has results only. Port
# 99-1 is on no bus, so that a board which happens to be connected is left alone.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
program=$root/rpiboot boot=$work/boot
[ -x "$program" ] || { echo "the program is not built: make check does it"; exit 1; }
unset RPIBOOT_FIRMWARE
mkdir "$boot" "$work/empty"
printf '\177code' >"$boot/bootcode4.bin"
printf '\177ELF' >"$boot/start4.elf"

# What it says on stderr goes to $work/said, stdout to $work/out.
ends() { # STATUS ARGUMENT...
	local status=0
	timeout 60 "$program" "${@:2}" >"$work/out" 2>"$work/said" </dev/null || status=$?
	cat "$work/out" "$work/said"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

out_has() { # TEXT
	grep -qF -e "$1" "$work/out" || { echo "'$1' is not on stdout"; return 1; }
}

out_is_empty() {
	[ ! -s "$work/out" ]
}

usage() {
	ends 2 --no-such-option && said 'rpiboot: ' && said 'no-such-option' && out_is_empty
}

no_directory() {
	ends 5 -p 99-1 -d "$work/none" && said 'does not exist' && out_is_empty
}

no_image() { # told before a board is waited for
	ends 5 -p 99-1 -d "$boot" --write "$work/none.img" && said "none.img" && out_is_empty && ! grep Waiting "$work/said"
}

is_refused() { # FILE TEXT: as a file and through a pipe, before a board is waited for
	ends 5 -p 99-1 -d "$boot" --write "$1" && said "$2" && out_is_empty && ! grep Waiting "$work/said" &&
		ends 5 -p 99-1 -d "$boot" --write <(cat "$1") && said "$2" && ! grep Waiting "$work/said"
}

other_kinds() {
	printf '<!DOCTYPE html>\n<html></html>\n' >"$work/page.img" && is_refused "$work/page.img" 'an HTML page' &&
		gzip -c "$work/page.img" >"$work/page.img.gz" && is_refused "$work/page.img.gz" 'an HTML page' &&
		gzip -c "$work/page.img.gz" >"$work/twice.img.gz" && is_refused "$work/twice.img.gz" 'a gzip file' &&
		ends 5 -p 99-1 -d "$boot" --write https://a.example/os.img && said 'is a URL'
}

kinds_raw() {
	ends 3 -p 99-1 -d "$boot" --timeout 0.2 --raw --write "$work/page.img"
}

no_board() {
	ends 3 -p 99-1 -d "$boot" --timeout 1 && said 'in 1 s' && out_is_empty
}

no_board_json() {
	ends 3 --json -p 99-1 -d "$boot" --timeout 1 && out_has '"event":"waiting"' && said 'in 1 s' &&
		tail -n 1 "$work/out" | grep -q '"event":"summary","ok":0,"failed":0'
}

good_files() {
	ends 0 --check -d "$boot" && out_has "BCM2711: usable: " && [ ! -s "$work/said" ]
}

no_files() {
	ends 5 --check -d "$work/empty" && said 'there is no bootcode*.bin' && out_has 'BCM2711: no boot files'
}

bad_files() {
	: >"$work/empty/bootcode4.bin"
	ends 5 --check --json -d "$work/empty" && out_has '"kind":"error"' && [ ! -s "$work/said" ]
}

# A result that nobody could read is none.
results_lost() {
	local status=0
	"$program" --check -d "$boot" >/dev/full 2>"$work/said" || status=$?
	cat "$work/said"
	[ "$status" = 1 ] && said 'cannot write results to stdout'
}

# What it prints instead of booting, and cannot.
prints_lost() { # ARGUMENT
	local status=0
	"$program" "$1" >/dev/full 2>"$work/said" || status=$?
	cat "$work/said"
	[ "$status" = 1 ] && said ' to stdout: No space left' || return 1
	status=0
	"$program" "$1" >&- 2>"$work/said" || status=$?
	cat "$work/said"
	[ "$status" = 1 ] && said ' to stdout: Bad file descriptor'
}

closed_stdout() {
	local status=0
	"$program" --check -d "$boot" >&- 2>"$work/said" || status=$?
	cat "$work/said"
	[ "$status" = 1 ] && said 'cannot write results to stdout, so they are lost: Bad file descriptor'
}

# It has no result: nothing is lost.
closed_without_results() {
	local status=0
	"$program" -p 99-1 -d "$boot" --timeout 0.1 <&- >&- 2>&- || status=$?
	[ "$status" = 3 ] || { echo "exit status $status, not 3"; return 1; }
}

closed_stdin() {
	local status=0
	"$program" -p 99-1 -d "$boot" --write - --timeout 1 <&- 2>"$work/said" || status=$?
	[ "$status" = 5 ] && said 'standard input is not open for reading'
}

# No file, socket or device of the program gets the number of a standard stream that was closed.
closed_are_not_reused() {
	local pid fd target end=$((SECONDS + 60)) reused=0
	"$program" -l -p 99-1 -d "$boot" <&- >&- 2>&- &
	pid=$!
	until grep -q eventfd < <(readlink "/proc/$pid/fd/"*); do
		[ "$SECONDS" -lt "$end" ] || { kill -s KILL "$pid"; return 1; }
		sleep 0.05
	done
	for fd in 0 1 2; do
		target=$(readlink "/proc/$pid/fd/$fd")
		[ "$target" = / ] || { echo "descriptor $fd is '$target'"; reused=1; }
	done
	kill "$pid"
	wait "$pid"
	return "$reused"
}

# The pipe stays open and gives no more than this.
no_first_bytes() { # BYTES IMAGE
	local status=0
	rm -f "$work/fifo"
	mkfifo "$work/fifo"
	exec 7<>"$work/fifo"
	head -c "$1" /dev/zero >&7
	timeout 60 "$program" --json -p 99-1 -d "$boot" --write "$2" --timeout 0.5 <"$work/fifo" >"$work/out" 2>"$work/said" || status=$?
	exec 7>&-
	cat "$work/out" "$work/said"
	[ "$status" = 3 ] && said 'did not deliver its first bytes in time' &&
		tail -n 1 "$work/out" | grep -q '"event":"summary","ok":0,"failed":0'
}

signal_before_first_bytes() { # SIGNAL STATUS
	local pid status=0
	rm -f "$work/fifo"
	mkfifo "$work/fifo"
	exec 7<>"$work/fifo"
	env --default-signal "$program" --json -p 99-1 -d "$boot" --write - <"$work/fifo" >"$work/out" 2>"$work/said" 7>&- &
	pid=$!
	catches_signals "$pid" && kill -s "$1" "$pid"
	wait "$pid" || status=$?
	exec 7>&-
	cat "$work/out" "$work/said"
	[ "$status" = "$2" ] && said 'interrupted while waiting for the first bytes of standard input' &&
		tail -n 1 "$work/out" | grep -q '"event":"summary"'
}

# It has its handler for SIGTERM, which it sets last. Before it is the program, it is a shell, which has one, too.
catches_signals() { # PID
	local end=$((SECONDS + 60)) caught
	until [ "$(cat "/proc/$1/comm")" = "${program##*/}" ] &&
		caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status") && ((0x$caught >> 14 & 1)); do
		[ "$SECONDS" -lt "$end" ] || { kill -s KILL "$1"; return 1; }
		sleep 0.05
	done
}

# As under nohup, or in the background of a script: what was ignored at the start is no end.
stays_ignored() { # SIGNAL
	local pid status=0
	env --default-signal "--ignore-signal=$1" "$program" -p 99-1 -d "$boot" >"$work/out" 2>"$work/said" </dev/null &
	pid=$!
	catches_signals "$pid" && kill -s "$1" "$pid" && sleep 0.2 && kill -s TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 143 ] || { echo "exit status $status, not 143"; return 1; }
}

by_signal() { # SIGNAL STATUS
	local pid status=0 end=$((SECONDS + 60))
	: >"$work/out" # that the one before was waiting says nothing
	env --default-signal "$program" --json -p 99-1 -d "$boot" >"$work/out" 2>"$work/said" </dev/null &
	pid=$!
	until grep -q waiting "$work/out"; do
		[ "$SECONDS" -lt "$end" ] || { kill -s KILL "$pid"; return 1; }
		sleep 0.05
	done
	kill -s "$1" "$pid"
	wait "$pid" || status=$?
	cat "$work/out" "$work/said"
	[ "$status" = "$2" ] && tail -n 1 "$work/out" | grep -q '"event":"summary"'
}

check 'a command line that is wrong: 2' usage
check 'no boot directory: 5' no_directory
check 'no image: 5, at once' no_image
check 'a file that is no disk image: 5, by name, at once' other_kinds
check '... with --raw it is written' kinds_raw
check 'no board in time: 3' no_board
check '... as JSON lines' no_board_json
check '--check of good files: 0' good_files
check '... of none: 5' no_files
check '... of bad ones: 5, as a result' bad_files
check 'results that cannot be written: 1' results_lost
check 'Ctrl-C: 130, and a summary' by_signal INT 130
check 'SIGTERM: 143, and a summary' by_signal TERM 143
check 'SIGHUP: 129, and a summary' by_signal HUP 129
check 'SIGHUP that was ignored at the start' stays_ignored HUP
check 'SIGINT that was ignored at the start' stays_ignored INT
check 'a signal while no byte of the image has come' signal_before_first_bytes TERM 143
check '... and a hangup' signal_before_first_bytes HUP 129
check '... and Ctrl-C' signal_before_first_bytes INT 130
check 'no byte of the image in time: 3' no_first_bytes 0 -
check '... too few to know the image' no_first_bytes 1000 -
check '... from a FIFO' no_first_bytes 0 "$work/fifo"
for argument in --help --version --print-udev-rules; do
	check "$argument that cannot be written: 1" prints_lost "$argument"
done
check 'results to a closed stdout: 1' closed_stdout
check 'closed streams and no result: 3' closed_without_results
check 'an image from a closed stdin: 5' closed_stdin
check 'closed streams are not reused' closed_are_not_reused
cases_end
