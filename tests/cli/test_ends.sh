#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the exit status and the messages of the program without a board, and that stdout has only results. Port 99-1 does not exist,
# so the tests never touch a connected board.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
program=$root/rpiboot boot=$work/boot
[ -x "$program" ] || { echo "the program is not built; make check builds it"; exit 1; }
unset RPIBOOT_FIRMWARE
mkdir "$boot" "$work/empty"
printf '\177code' >"$boot/bootcode4.bin"
printf '\177ELF' >"$boot/start4.elf"

# stdout goes to $work/out, stderr to $work/messages.
ends() { # STATUS ARGUMENT...
	local status=0
	timeout 60 "$program" "${@:2}" >"$work/out" 2>"$work/messages" </dev/null || status=$?
	cat "$work/out" "$work/messages"
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

out_has() { # TEXT
	grep -qF -e "$1" "$work/out" || { echo "'$1' is not on stdout"; return 1; }
}

out_is_empty() {
	[ ! -s "$work/out" ]
}

usage() {
	ends 2 --no-such-option && printed 'rpiboot: ' && printed 'no-such-option' && out_is_empty
}

no_directory() {
	ends 5 -p 99-1 -d "$work/none" && printed 'does not exist' && out_is_empty
}

# The message must state why the parent directory cannot be created. Root without capabilities cannot create it either.
no_metadata_parent() {
	local prefix=(setpriv --bounding-set=-all)
	[ "$(id -u)" = 0 ] || prefix=()
	mkdir -p "$work/closed" && chmod 555 "$work/closed" &&
		status_is 2 "${prefix[@]}" "$program" -p 99-1 -d "$boot" -j "$work/closed/new/deeper" && printed 'closed/new/deeper' &&
		printed 'Permission denied'
}

no_image() { # rpiboot refuses it before it waits for a board
	ends 5 -p 99-1 -d "$boot" --write "$work/none.img" && printed "none.img" && out_is_empty && ! grep Waiting "$work/messages"
}

is_refused() { # FILE TEXT: rpiboot refuses FILE, as a file and through a pipe, before it waits for a board
	ends 5 -p 99-1 -d "$boot" --write "$1" && printed "$2" && out_is_empty && ! grep Waiting "$work/messages" &&
		ends 5 -p 99-1 -d "$boot" --write <(cat "$1") && printed "$2" && ! grep Waiting "$work/messages"
}

other_kinds() {
	printf '<!DOCTYPE html>\n<html></html>\n' >"$work/page.img" && is_refused "$work/page.img" 'an HTML page' &&
		gzip -c "$work/page.img" >"$work/page.img.gz" && is_refused "$work/page.img.gz" 'an HTML page' &&
		gzip -c "$work/page.img.gz" >"$work/twice.img.gz" && is_refused "$work/twice.img.gz" 'a gzip file' &&
		ends 5 -p 99-1 -d "$boot" --write https://a.example/os.img && printed 'is a URL'
}

kinds_raw() {
	ends 3 -p 99-1 -d "$boot" --timeout 0.2 --raw --write "$work/page.img"
}

no_board() {
	ends 3 -p 99-1 -d "$boot" --timeout 1 && printed 'in 1 s' && out_is_empty
}

no_board_json() {
	ends 3 --json -p 99-1 -d "$boot" --timeout 1 && out_has '"event":"waiting"' && printed 'in 1 s' &&
		tail -n 1 "$work/out" | grep -q '"event":"summary","ok":0,"failed":0'
}

no_recovery_json() { # as for a missing boot directory
	ends 5 --json -p 99-1 -d "$work/none" && tail -n 1 "$work/out" | grep -q '"event":"summary","ok":0,"failed":0' &&
		ends 5 recover --json -p 99-1 --firmware "$work/none" && tail -n 1 "$work/out" | grep -q '"event":"summary","ok":0,"failed":0'
}

good_files() {
	ends 0 --check -d "$boot" && out_has "BCM2711: usable: " && [ ! -s "$work/messages" ]
}

no_files() {
	ends 5 --check -d "$work/empty" && printed 'there is no bootcode*.bin' && out_has 'BCM2711: no boot files'
}

bad_files() {
	: >"$work/empty/bootcode4.bin"
	ends 5 --check --json -d "$work/empty" && out_has '"kind":"error"' && [ ! -s "$work/messages" ]
}

# stdout is full, so the results are lost.
results_lost() {
	local status=0
	"$program" --check -d "$boot" >/dev/full 2>"$work/messages" || status=$?
	cat "$work/messages"
	[ "$status" = 1 ] && printed 'cannot write results to stdout'
}

# The output of --help and the like is lost, because stdout is full or closed.
prints_lost() { # ARGUMENT
	local status=0
	"$program" "$1" >/dev/full 2>"$work/messages" || status=$?
	cat "$work/messages"
	[ "$status" = 1 ] && printed ' to stdout: No space left' || return 1
	status=0
	"$program" "$1" >&- 2>"$work/messages" || status=$?
	cat "$work/messages"
	[ "$status" = 1 ] && printed ' to stdout: Bad file descriptor'
}

closed_stdout() {
	local status=0
	"$program" --check -d "$boot" >&- 2>"$work/messages" || status=$?
	cat "$work/messages"
	[ "$status" = 1 ] && printed 'cannot write results to stdout, so they are lost: Bad file descriptor'
}

# The run has no result, so a closed stdout loses nothing.
closed_without_results() {
	local status=0
	"$program" -p 99-1 -d "$boot" --timeout 0.1 <&- >&- 2>&- || status=$?
	[ "$status" = 3 ] || { echo "exit status $status, not 3"; return 1; }
}

closed_stdin() {
	local status=0
	"$program" -p 99-1 -d "$boot" --write - --timeout 1 <&- 2>"$work/messages" || status=$?
	[ "$status" = 5 ] && printed 'standard input is not open for reading'
}

# No file, socket or device of the program gets the descriptor of a closed standard stream.
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

# The pipe stays open and delivers only BYTES bytes.
no_first_bytes() { # BYTES IMAGE
	local status=0
	rm -f "$work/fifo"
	mkfifo "$work/fifo"
	exec 7<>"$work/fifo"
	head -c "$1" /dev/zero >&7
	timeout 60 "$program" --json -p 99-1 -d "$boot" --write "$2" --timeout 0.5 <"$work/fifo" >"$work/out" 2>"$work/messages" || status=$?
	exec 7>&-
	cat "$work/out" "$work/messages"
	[ "$status" = 3 ] && printed 'did not deliver its first bytes in time' &&
		tail -n 1 "$work/out" | grep -q '"event":"summary","ok":0,"failed":0'
}

signal_before_first_bytes() { # SIGNAL STATUS
	local pid status=0
	rm -f "$work/fifo"
	mkfifo "$work/fifo"
	exec 7<>"$work/fifo"
	env --default-signal "$program" --json -p 99-1 -d "$boot" --write - <"$work/fifo" >"$work/out" 2>"$work/messages" 7>&- &
	pid=$!
	catches_signals "$pid" && kill -s "$1" "$pid"
	wait "$pid" || status=$?
	exec 7>&-
	cat "$work/out" "$work/messages"
	[ "$status" = "$2" ] && printed 'interrupted while waiting for the first bytes of standard input' &&
		tail -n 1 "$work/out" | grep -q '"event":"summary"'
}

# Waits until the process is the program and has its handler for SIGTERM, which the program sets last. Before exec, the process is a
# shell, which has a handler, too.
catches_signals() { # PID
	local end=$((SECONDS + 60)) caught
	until [ "$(cat "/proc/$1/comm")" = "${program##*/}" ] &&
		caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status") && ((0x$caught >> 14 & 1)); do
		[ "$SECONDS" -lt "$end" ] || { kill -s KILL "$1"; return 1; }
		sleep 0.05
	done
}

# Under nohup, or in the background of a script, a signal is ignored at the start. The program must keep ignoring it.
stays_ignored() { # SIGNAL
	local pid status=0
	env --default-signal "--ignore-signal=$1" "$program" -p 99-1 -d "$boot" >"$work/out" 2>"$work/messages" </dev/null &
	pid=$!
	catches_signals "$pid" && kill -s "$1" "$pid" && sleep 0.2 && kill -s TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 143 ] || { echo "exit status $status, not 143"; return 1; }
}

by_signal() { # SIGNAL STATUS
	local pid status=0 end=$((SECONDS + 60))
	: >"$work/out" # removes the event "waiting" of the case before
	env --default-signal "$program" --json -p 99-1 -d "$boot" >"$work/out" 2>"$work/messages" </dev/null &
	pid=$!
	until grep -q waiting "$work/out"; do
		[ "$SECONDS" -lt "$end" ] || { kill -s KILL "$pid"; return 1; }
		sleep 0.05
	done
	kill -s "$1" "$pid"
	wait "$pid" || status=$?
	cat "$work/out" "$work/messages"
	[ "$status" = "$2" ] && tail -n 1 "$work/out" | grep -q '"event":"summary"'
}

check 'a wrong command line ends with status 2' usage
check 'a missing boot directory ends with status 5' no_directory
check 'a directory of -j that cannot be created ends with status 2 and the cause' no_metadata_parent
check 'a missing image ends with status 5 before a board' no_image
check 'a file that is not a disk image ends with status 5 before a board, and the message names its kind' other_kinds
check '--raw accepts a file that is not a disk image' kinds_raw
check 'no board in time ends with status 3' no_board
check 'no board in time ends with status 3 and a summary as JSON' no_board_json
check 'recovery files that cannot be made end with status 5 and a summary as JSON' no_recovery_json
check '--check of good files ends with status 0' good_files
check '--check of an empty directory ends with status 5' no_files
check '--check of bad files ends with status 5 and reports them on stdout' bad_files
check 'results that cannot be written end with status 1' results_lost
check 'Ctrl-C ends with status 130 and a summary' by_signal INT 130
check 'SIGTERM ends with status 143 and a summary' by_signal TERM 143
check 'SIGHUP ends with status 129 and a summary' by_signal HUP 129
check 'SIGHUP stays ignored if it was ignored at the start' stays_ignored HUP
check 'SIGINT stays ignored if it was ignored at the start' stays_ignored INT
check 'SIGTERM before the first byte of the image ends with status 143' signal_before_first_bytes TERM 143
check 'SIGHUP before the first byte of the image ends with status 129' signal_before_first_bytes HUP 129
check 'Ctrl-C before the first byte of the image ends with status 130' signal_before_first_bytes INT 130
check 'no byte of the image in time ends with status 3' no_first_bytes 0 -
check 'too few bytes to recognize the image end with status 3' no_first_bytes 1000 -
check 'no byte of the image from a FIFO ends with status 3' no_first_bytes 0 "$work/fifo"
for argument in --help --version --print-udev-rules; do
	check "$argument ends with status 1 if its output cannot be written" prints_lost "$argument"
done
check 'results to a closed stdout end with status 1' closed_stdout
check 'without a result, closed streams do not change the status' closed_without_results
check 'an image from a closed stdin ends with status 5' closed_stdin
check 'the program does not reuse the descriptors of closed streams' closed_are_not_reused
cases_end
