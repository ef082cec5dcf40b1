#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the output on a terminal. tmux is the terminal, and the test captures its screen.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
play=$root/build/tests/report_play
if ! command -v tmux >/dev/null; then
	skip 'a terminal' 'there is no tmux here; ./setup installs it'
	exit 77
fi
[ -x "$play" ] || { echo "the tests are not built; make check builds them"; exit 1; }
unset TMUX NO_COLOR
export TMUX_TMPDIR=$work
trap 'tm kill-server 2>/dev/null; rm -rf "$work"' EXIT

server=0 # each window has its own tmux server, because a killed server needs time to end
tm() {
	tmux -L "test$server" -f /dev/null "$@"
}

# Starts report_play in a window of that size, after the line of a prompt.
terminal_new() { # COLUMNS ROWS [ENVIRONMENT [OPTION]]
	exec 3>&-
	tm kill-server 2>/dev/null
	server=$((server + 1))
	rm -f "$work/events"
	mkfifo "$work/events"
	exec 3<>"$work/events"
	tm new-session -d -x "$1" -y "$2" \
		"printf 'prompt before\n'; env ${3:-A=b} '$play' ${4:-} '$work/events' 3>&-; echo \"after: \$?\"; exec cat"
	shows 'prompt before'
}

event() { # LINE...
	printf '%s\n' "$@" >&3
}

screen() {
	tm capture-pane -p "$@"
}

until_true() { # COMMAND...
	local end=$((SECONDS + 60))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

has() { # REGEX
	screen >"$work/screen"
	grep -Eq -e "$1" "$work/screen"
}

has_not() {
	! has "$1"
}

shows() { # REGEX
	until_true has "$1" || { echo "not shown: $1"; cat "$work/screen"; return 1; }
}

no_more() { # REGEX
	until_true has_not "$1" || { echo "still shown: $1"; cat "$work/screen"; return 1; }
}

lines_with() { # COUNT REGEX
	[ "$(screen | grep -Ec -e "$2")" = "$1" ] || { echo "not $1 lines with $2:"; screen; return 1; }
}

# Succeeds if each line matches, so no line is a remainder of a broken one.
lines_begin() { # REGEX
	! screen | grep -v '^$' | grep -vE -e "$1" || { echo "these lines should not be there"; return 1; }
}

mib=$((1024 * 1024))

# Sends progress until the screen shows a rate and a remaining time.
paced() {
	written=$((written + mib))
	event "write 1-1 $written $((400 * mib))"
	has '^1-1 .*, [0-9.]+ MiB/s, [0-9]+ (min|s) .*left'
}

one_board() {
	local written=$((100 * mib))

	terminal_new 80 24 && event waiting 'found 1-1' && shows '^1-1 BCM2711: boot ROM' &&
		event "write 1-1 $((100 * mib)) $((400 * mib))" && shows '^1-1 .*writing /dev/sda.*25 %' &&
		{ until_true paced || { screen; return 1; }; } || return
	# The same line shows the next phase.
	event "verify 1-1 $((300 * mib)) $((400 * mib))" && shows '^1-1 .*verifying /dev/sda.*75 %' &&
		lines_with 0 'writing' && lines_with 1 '%' && event 'ok 1-1' && shows '1-1: ok' && no_more '%' &&
		event end && shows '^after: 0$' && lines_with 0 '%'
}

five_boards() {
	local i

	terminal_new 80 24 && for i in 1 2 3 4 5; do event "found 1-$i" "write 1-$i $((i * mib)) $((10 * mib))"; done
	for i in 1 2 3 4 5; do shows "^1-$i .* ${i}0 %" || return; done
	# The result of a board is an ordinary line, above the progress lines of the other boards.
	event 'ok 1-2' 'fail 1-4' && shows '^1-2: ok' && shows '^1-4: FAILED' && lines_with 3 '%' || return
	[ "$(screen | grep -nE '^1-4: FAILED' | cut -d : -f 1)" -lt "$(screen | grep -nE '^1-1 .*%' | cut -d : -f 1)" ] ||
		{ screen; return 1; }
	event 'ok 1-1' 'ok 1-3' 'ok 1-5' end && shows '^after: 0$' && shows '5 boards: 4 ok, 1 failed' && lines_with 0 '%'
}

hundred_boards() {
	local i

	terminal_new 80 24 && for ((i = 1; i <= 100; i++)); do event "found 1-1.$i"; done
	for ((i = 1; i <= 100; i++)); do event "write 1-1.$i $((i * mib)) $((200 * mib))"; done
	shows '^\.\.\.|more|further' && shows '^1-1\.1 .*%' && [ "$(screen | grep -c .)" -le 24 ] &&
		lines_begin '^(1-1\.|\.\.\.|and |[0-9]+ (more|further))' || return
	for ((i = 1; i <= 100; i++)); do event "ok 1-1.$i"; done
	event end && shows '^after: 0$' && lines_with 0 '%' && shows '100 boards: 100 ok'
}

# tmux resizes the terminal a moment after its window.
has_size() { # "COLUMNS ROWS"
	[ "$(stty size <"$(tm display-message -p '#{pane_tty}')")" = "${1#* } ${1% *}" ]
}

# After each change of the size, each board must have exactly one line. The window stays high enough for all lines: the program
# cannot erase a line that scrolled out of the window, and such a line returns when the window grows.
resized() {
	local i size phase='write'

	terminal_new 100 24 && for i in 1 2 3; do event "found 1-$i" "write 1-$i $((i * mib)) $((10 * mib))"; done
	shows '^1-3 .*30 %' || return
	for size in '60 24' '40 24' '120 30' '80 6' '80 24'; do
		tm resize-window -x "${size% *}" -y "${size#* }" && until_true has_size "$size" || return
		case $phase in write) phase=verify ;; *) phase='write' ;; esac # the phase shows when the lines are drawn again
		for i in 1 2 3; do event "$phase 1-$i $((i * mib + mib / 2)) $((10 * mib))"; done
		shows "^1-3 BCM2711: ${phase:0:3}i?" && lines_with 3 'BCM2711: (writing|verifying)' || return
	done
	shows '^1-3 .*35 %' && event 'ok 1-1' 'ok 1-2' 'ok 1-3' end && shows '^after: 0$' && lines_with 0 '%' &&
		shows '3 boards: 3 ok'
}

# "ok" and "FAILED" have colours, unless NO_COLOR is set.
colours() {
	terminal_new 80 24 || return
	event 'found 1-1' 'found 1-2' 'ok 1-1' 'fail 1-2' end
	shows '^after: 0$' && [ "$(screen -e | grep -E '1-[12]:' | grep -c $'\e\[')" = 2 ] || return
	terminal_new 80 24 NO_COLOR=1 || return
	event 'found 1-1' 'found 1-2' 'ok 1-1' 'fail 1-2' end
	shows '^after: 0$' && ! screen -e | grep $'\e\['
}

quiet() {
	terminal_new 80 24 A=b -q && event waiting 'found 1-1' "write 1-1 $mib $((2 * mib))" 'fail 1-1' end &&
		shows '^after: 0$' && shows '1-1: FAILED' && lines_with 0 'Waiting|BCM2711|%'
}

# Without a terminal, the output has complete lines and no control characters.
no_terminal() {
	mkfifo "$work/plain" && { "$play" "$work/plain" 2>"$work/messages" & } && exec 4<>"$work/plain" &&
		printf '%s\n' 'found 1-1' "write 1-1 $mib $((2 * mib))" 'ok 1-1' end >&4 && wait $! && exec 4>&- || return
	cat -v "$work/messages"
	grep -q '1-1: writing /dev/sda: 50 %' "$work/messages" && ! LC_ALL=C grep -q $'[\r\e]' "$work/messages"
}

check 'the progress of one board is one line' one_board
check 'the results of five boards are above the progress of the others' five_boards
check 'the progress of a hundred boards fits on 24 rows' hundred_boards
check 'each board has one line after the window is resized' resized
check 'results have colours unless NO_COLOR is set' colours
check '-q prints only errors' quiet
check 'without a terminal, the output is plain lines' no_terminal
cases_end
