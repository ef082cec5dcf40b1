# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The programs that the bench compares, in the guest: ours; the npm package node-raspberrypi-usbboot, installed in $NPM;
# and another program of the same command line, $PEER. All serve the flat directory $files.
# shellcheck source=tests/bench/guest.sh
. "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
files=$PWD/files
client_pid=

# The program that waits for boards until it is ended. Its words are in the file said, its process is $client_pid.
client_start() { # ours|npm|peer
	rm -f messages pid
	case $1 in
	ours) "$rpiboot" -l -d "$files" --expect any >messages 2>&1 3>&- 4<&- & ;;
	npm) node "$root/tests/bench/usbboot.js" "$NPM" "$files" >messages 2>&1 3>&- 4<&- & ;;
	# A terminal, since many programs keep their words back where there is none.
	peer) script -q -f -c "echo \$\$ >pid; exec $(printf %q "$PEER") -l -d $(printf %q "$files")" messages >/dev/null 2>&1 3>&- 4<&- </dev/null & ;;
	esac
	client_job=$!
	pause=0.1 within 30 grep -qi 'waiting\|ready' messages || { echo "$1 does not wait for boards; its words:"; cat messages; return 1; }
	client_pid=$client_job
	[ "$1" != peer ] || client_pid=$(cat pid)
	pause 0.5
}

client_stop() {
	kill "$client_pid" 2>/dev/null || true
	wait "$client_job" || true
}
