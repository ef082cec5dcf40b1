# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions for the parts of the benchmark that run in the guest. The array `values` collects the figures. values_print() prints a
# line "= FIGURE VALUE..." for each figure, with one value for each round. Durations are in milliseconds. The guest has one
# processor, and its clock counts instructions (tests/vm/vm), so a measurement must not start other programs.
# shellcheck source=tests/vm/guest.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/guest.sh"
set -e
trap case_end EXIT
# shellcheck disable=SC2034 # used by the scripts that source this file
rounds=${ROUNDS:-3}
declare -A values

value_add() { # FIGURE VALUE...
	values[$1]+=" ${*:2}"
}

values_print() {
	local figure

	for figure in "${!values[@]}"; do echo "= $figure${values[$figure]}"; done
}

now_ms() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

pause() { # SECONDS
	read -r -t "$1" <>"$never" || true
}

# Prints the processor time of all threads of a process in microseconds.
cpu_us() { # PID
	local stat ns sum=0

	for stat in "/proc/$1/task"/*/schedstat; do
		read -r ns _ <"$stat"
		sum=$((sum + ns / 1000))
	done
	echo "$sum"
}

ms_of() { # MICROSECONDS
	printf '%d.%03d\n' $(($1 / 1000)) $(($1 % 1000))
}

# Waits until the emulator has printed COUNT more lines that match PATTERN. Reads each line once.
emu_wait() { # SECONDS COUNT PATTERN
	local end=$((SECONDS + $1)) found=0 line

	while [ "$found" -lt "$2" ]; do
		if read -r line <&4; then
			# shellcheck disable=SC2053 # it is a pattern
			[[ $line != $3 ]] || found=$((found + 1))
		elif [ "$SECONDS" -lt "$end" ]; then
			pause 0.1
		else
			echo "not in time: $2 of '$3', only $found"
			return 1
		fi
	done
}

# Starts boards. emu_wait() then reads the output of the emulator from descriptor 4.
boards_start() { # BOARD...
	emu_start "$@"
	exec 4<emu.out
}
