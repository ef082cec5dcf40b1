# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Starts and ends the programs that the benchmark compares, in the guest: rpiboot ("ours"); the npm package
# node-raspberrypi-usbboot, installed in $NPM; and $PEER, another program with the same command line. All serve the directory $files.
# shellcheck source=tests/bench/guest.sh
. "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
files=$PWD/files
client_pid=

# Starts a program that waits for boards until client_stop() ends it. Its output goes to the file messages. Sets $client_pid.
client_start() { # ours|npm|peer
	rm -f messages pid
	case $1 in
	ours) "$rpiboot" -l -d "$files" --expect any >messages 2>&1 3>&- 4<&- & ;;
	npm) node "$root/tests/bench/usbboot.js" "$NPM" "$files" >messages 2>&1 3>&- 4<&- & ;;
	# script(1) provides a terminal, because many programs buffer their output without one.
	peer) script -q -f -c "echo \$\$ >pid; exec $(printf %q "$PEER") -l -d $(printf %q "$files")" messages >/dev/null 2>&1 3>&- 4<&- </dev/null & ;;
	esac
	client_job=$!
	pause=0.1 within 30 grep -qi 'waiting\|ready' messages || { echo "$1 does not wait for boards; its output:"; cat messages; return 1; }
	client_pid=$client_job
	[ "$1" != peer ] || client_pid=$(cat pid)
	pause 0.5
}

client_stop() {
	kill "$client_pid" 2>/dev/null || true
	wait "$client_job" || true
}
