#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The real program is stopped (SIGSTOP) for longer than all its deadlines, at moments all over a boot, and goes on.
# shellcheck source=tests/cli/cases.sh disable=SC2016 # $1 and $$ are the child's
. "$(dirname "$0")/cases.sh"
emu=$root/build/tests/emu_umockdev
[ -x "$emu" ] || { echo "the tests are not built: make check does it"; exit 1; }
mkdir "$work/boot"
head -c 100000 /dev/urandom >"$work/boot/bootcode4.bin"
head -c 500000 /dev/urandom >"$work/boot/start4.elf"
printf 'ask start4.elf\nmeta MAC_ADDR a\ndone\n' >"$work/payload"

stopped_after() { # SECONDS
	local status=0

	"$emu" --board "port=0,chip=2711,gap=300,truth=$work/boot,payload=$work/payload,after=nothing" -- bash -c '
		"$1" -v --stage-timeout 1 --expect done -j "$2/meta" -d "$2/boot" &
		sleep "$3" && kill -STOP $! && sleep 3 && kill -CONT $!
		wait $!' - "$root/rpiboot" "$work" "$1" >"$work/messages" 2>&1 </dev/null || status=$?
	cat "$work/messages"
	[ "$status" = 0 ] || { echo "exit status $status"; return 1; }
	[ -s "$work/meta/12345678.json" ] && rm "$work/meta/12345678.json"
}

if ! "$emu" -- true; then
	skip "stopped" "umockdev is not here"
else
	for seconds in 0.05 0.1 0.2 0.3 0.5; do
		check "stopped after $seconds s for 3 s" stopped_after "$seconds"
	done
fi
cases_end
