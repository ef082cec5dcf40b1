#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the program with os/portable/ in place of os/linux/, like on other systems than Linux. It must boot a board with libusb
# alone, with and without hotplug events, and name each ability that it lacks.
# shellcheck source=tests/cli/cases.sh disable=SC2016 # the child expands $1 and $LD_PRELOAD
. "$(dirname "$0")/cases.sh"
emu=$root/build/tests/emu_umockdev
program=$root/build/tests/rpiboot_portable
{ [ -x "$emu" ] && [ -x "$program" ]; } || { echo "the tests are not built; make check builds them"; exit 1; }
mkdir "$work/boot"
head -c 100000 /dev/urandom >"$work/boot/bootcode4.bin"
head -c 500000 /dev/urandom >"$work/boot/start4.elf"
printf 'ask start4.elf\nmeta MAC_ADDR a\ndone\n' >"$work/payload"
head -c 100000 /dev/zero >"$work/image"

with_board() { # [PRELOAD-LIBRARY] -- ARGUMENT...: runs the program with an emulated board
	local library=
	[ "$1" = -- ] || { library=:$root/build/tests/$1.so; shift; }
	"$emu" --board "port=0,chip=2711,truth=$work/boot,payload=$work/payload,after=nothing" -- bash -c '
		export LD_PRELOAD=$LD_PRELOAD$1; exec timeout 60 "${@:2}"' - "$library" "$program" "${@:2}"
}

boots() { # [PRELOAD-LIBRARY]
	rm -rf "$work/meta"
	status_is 0 with_board "$@" -- --json --expect 'done' -j "$work/meta" -d "$work/boot" && printed 'verdict 90-1 good' &&
		printed '"event":"left","port":"90-1","done":true' && [ -s "$work/meta/12345678.json" ]
}
lists_board() { with_board -- --list >"$work/messages" 2>&1; printed '90-1       BCM2711  rom       high'; }
lists_none() { status_is 3 "$emu" -- "$program" --list && printed 'no board is on the bus'; }
waits() { status_is 3 "$emu" -- "$program" --timeout 1 -d "$work/boot"; }
# rpiboot refuses --write before it boots the board.
refuses_to_write() {
	with_board -- --write "$work/image" -d "$work/boot" >"$work/messages" 2>&1
	printed 'cannot write disks on this system' && ! grep -q 'sent bootcode' "$work/messages"
}
refuses_to_run() { # a signing program
	openssl genrsa -out "$work/key" 2048 2>/dev/null && openssl rsa -in "$work/key" -pubout -out "$work/pub" 2>/dev/null &&
		head -c 1000 /dev/urandom >"$work/data" &&
		status_is 5 "$program" sign --key "exec:/bin/true" --pubkey "$work/pub" "$work/data" &&
		printed 'rpiboot cannot run other programs on this operating system'
}

if ! "$emu" -- true; then
	skip "the portable program" "umockdev is not installed"
else
	check "the portable program boots a board that a hotplug event of libusb reports" boots
	check "the portable program boots a board without hotplug events" boots no_hotplug
	check "the portable program lists a board with --list" lists_board
	check "the portable program refuses --write before it boots the board" refuses_to_write
	check "the portable program ends --list without a board with status 3" lists_none
	check "the portable program ends with status 3 if no board appears in time" waits
fi
check "the portable program refuses --key exec:PROGRAM" refuses_to_run
cases_end
