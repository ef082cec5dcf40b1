#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Stops the program with SIGSTOP for longer than all its timeouts, at different moments of a boot. The boot must succeed.
# shellcheck source=tests/cli/cases.sh disable=SC2016 # the child expands $1 and $!
. "$(dirname "$0")/cases.sh"
emu=$root/build/tests/emu_umockdev
[ -x "$emu" ] || { echo "the tests are not built; make check builds them"; exit 1; }
mkdir "$work/boot"
head -c 100000 /dev/urandom >"$work/boot/bootcode4.bin"
head -c 500000 /dev/urandom >"$work/boot/start4.elf"
printf 'ask start4.elf\nmeta MAC_ADDR a\ndone\n' >"$work/payload"

stopped_after() { # SECONDS
	local status=0

	"$emu" --board "port=0,chip=2711,gap=300,truth=$work/boot,payload=$work/payload,after=nothing" -- bash -c '
		"$1" -v --stage-timeout 3 --expect done -j "$2/meta" -d "$2/boot" &
		sleep "$3" && kill -STOP $! && sleep 5 && kill -CONT $!
		wait $!' - "$root/rpiboot" "$work" "$1" >"$work/messages" 2>&1 </dev/null || status=$?
	cat "$work/messages"
	[ "$status" = 0 ] || { echo "exit status $status"; return 1; }
	[ -s "$work/meta/12345678.json" ] && rm "$work/meta/12345678.json"
}

if ! "$emu" -- true; then
	skip "a boot succeeds after SIGSTOP for 5 s" "umockdev is not installed"
else
	for seconds in 0.05 0.1 0.2 0.3 0.5; do
		check "a boot succeeds after SIGSTOP for 5 s, $seconds s after its start" stopped_after "$seconds"
	done
fi
cases_end
