# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For scripts that run in the guest (tests/vm/vm): emulated boards, firmware for them, cases. Sets $root (of the
# project), $rpiboot and $emu; the current directory is the guest's own and empty.
set -u
# What follows stops the machine's udevd and plugs things into its kernel.
grep -q rpiboot_run= /proc/cmdline || { echo "$0 runs in the guest only: tests/vm/vm $0"; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
rpiboot=$root/rpiboot
emu=$root/build/tests/emu_vhci
emu_pid=
never=$PWD/never # nobody writes to it
mkfifo "$never"
passed=0 failed=0

# Runs the command until it succeeds, at most for so long; between two tries it waits for $pause seconds.
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
		read -r -t "${pause:-0.05}" <>"$never" || true # sleep(1) would take as long again to start
	done
}

# Stand-ins for firmware: what is in them is never executed. Those that msd/fetch would bring have the sizes of the real
# ones, the others usual sizes; boot.img is smaller, to save time.
firmware_make() { # DIRECTORY
	local file bytes

	while read -r file bytes; do
		mkdir -p "$(dirname "$1/$file")"
		head -c "$bytes" /dev/urandom >"$1/$file"
	done <<-FILES
		2710/bootcode.bin 52116
		2710/start.elf 444517
		2711/bootcode4.bin 106008
		2711/start4.elf 301628
		2712/bootcode5.bin 79001
		2712/mcb.bin 1024
		2712/memsys00.bin 41003
		2712/memsys01.bin 41004
		2712/rp1c0fw1.bin 20480
		2712/bootmain 271999
		2712/config.txt 300
		2712/boot.img 2097663
	FILES
}

# For boards that keep an EEPROM: eeprom/ and fw/ as of eeprom_files. The image is served with one setting changed: want0 is
# then that of a CM4, want1 that of a CM5.
eeprom_setting=BOOT_ORDER=0xf416
recovery_firmware_make() {
	local i

	firmware_make fw
	"$root/build/tests/eeprom_files" eeprom fw
	for i in 0 1; do
		"$rpiboot" eeprom set "eeprom/271$((i + 1))/pieeprom.bin" -o "want$i" --set "$eeprom_setting" 2>/dev/null
	done
}

# Such a board, for emu_start, with an EEPROM and a disk of its own: keepN/eeprom.bin and emmcN. Odd ones are a CM5.
recovery_board() { # NUMBER [OPTION]
	local chip=2711,payload=msd

	[ $(($1 % 2)) = 0 ] || chip=2712,payload=gadget64,after=gadget64
	mkdir -p "keep$1"
	echo "port=$1,chip=$chip,serial=$(serial_of "$1"),truth=fw/${chip%%,*},gap=300,disk=emmc$1,recovery=served,state=keep$1${2:+,$2}"
}

serial_of() { # NUMBER
	printf 'c0ffee%02x' "$1"
}

eeprom_is() { # NUMBER: the board holds the changed image
	cmp "want$(($1 % 2))" "keep$1/eeprom.bin"
}

disk_is() { # NUMBER: it begins with the file image
	cmp -n "$(stat -c %s image)" image "emmc$1"
}

# Not a second's pause before the kernel looks at a disk: where that is not what is measured.
usb_storage_hurry() {
	echo 0 >/sys/module/usb_storage/parameters/delay_use
}

udevd_start() {
	/lib/systemd/systemd-udevd --daemon 2>/dev/null && within 20 udevadm control --ping --timeout 1
}

# As where there never was one: nothing of it is left in /run either. Asked to exit it would first end what it is at,
# which with a disk that was just pulled takes its time.
udevd_stop() {
	within 20 udevd_gone
	rm -rf /run/udev
}

# Proves it twice: no process of it is left, and its control socket has no listener.
udevd_gone() {
	! processes_kill KILL systemd-udevd '(udev-worker)' && ! udevadm control --ping --timeout 1
}

# Sends a signal to every process of these names. Fails if there is none.
processes_kill() { # SIGNAL NAME...
	local comm name signalled=1

	for comm in /proc/[0-9]*/comm; do
		read -r name 2>/dev/null <"$comm" || continue
		case " ${*:2} " in
		*" $name "*) kill -s "$1" "${comm//[!0-9]/}" 2>/dev/null && signalled=0 ;;
		esac
	done
	return "$signalled"
}

# The port path on which a board is plugged in, by its port= for emu_vhci: these go round the controllers.
port_of() { # NUMBER
	local bus speed

	for bus in "/sys/devices/platform/vhci_hcd.$(($1 % 8))"/usb[0-9]*; do
		read -r speed <"$bus/speed"
		[ "$speed" != 480 ] || echo "${bus##*/usb}-$(($1 / 8 + 1))" # else it is the super-speed half
	done
}

emu_start() { # BOARD... as of emu_vhci --board
	local args=() board

	for board; do args+=(--board "$board"); done
	rm -f emu.in emu.out
	mkfifo emu.in
	exec 3<>emu.in
	"$emu" "${args[@]}" <emu.in >emu.out 2>&1 3>&- &
	emu_pid=$!
	within 5 grep -q ^ready emu.out
}

emu_tell() { # COMMAND
	echo "$1" >&3
}

bus_empty() {
	! compgen -G '/sys/bus/usb/devices/[0-9]*-[1-9]*' >/dev/null
}

# Ends the boards. Fails where one of them did not get what it asked for.
emu_stop() {
	local status=0

	[ -n "$emu_pid" ] || return 0
	echo quit >&3
	wait "$emu_pid" || status=$?
	emu_pid=
	exec 3>&-
	if [ "$status" != 0 ]; then
		cat emu.out
		grep bad emu.out # last, so that it is in the line of the case
	fi
	within 10 bus_empty || return
	return "$status"
}

# rpiboot, with its exit status checked; its two streams go to files out and said.
rpiboot_is() { # STATUS ARGUMENT...
	local status=0

	timeout 90 "$rpiboot" "${@:2}" >out 2>said 3>&- || status=$?
	cat said out
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

uptime_ms() {
	local up

	read -r up _ </proc/uptime
	echo $((10#${up/./} * 10))
}

disk_bytes() { # /dev/sdX
	echo $(($(cat "/sys/block/${1#/dev/}/size") * 512))
}

# How many lines rpiboot printed, each the path of a disk of its own.
disks_are() { # COUNT
	local disk

	[ "$(sort -u out | wc -l)" = "$1" ] || { echo "not $1 disks: $(cat out)"; return 1; }
	while read -r disk; do
		[ -b "$disk" ] || { echo "'$disk' is no disk"; return 1; }
	done <out
}

# Writes a disk as the guide does; afterwards the emulator's file must have it.
disk_write() { # /dev/sdX IMAGE
	dd if="$2" of="$1" bs=1M conv=fsync status=none
}

# What a case that failed left running would serve the next one's boards.
case_end() {
	processes_kill TERM rpiboot || true
	[ -z "$emu_pid" ] || { cat emu.out; emu_stop; } >emu.end || true
}

# One case: a function, which fails where a command of it fails.
case_run() { # NAME FUNCTION
	local status started=$SECONDS

	rm -f emu.end
	(
		set -e
		trap case_end EXIT
		"$2"
	) >case.said 2>&1
	status=$?
	if [ "$status" = 0 ]; then
		echo "ok - $1 ($((SECONDS - started)) s)"
		passed=$((passed + 1))
	else
		echo "not ok - $1: $(tail -n 1 case.said)"
		sed 's/^/# /' case.said
		[ ! -f emu.end ] || sed 's/^/# /' emu.end
		failed=$((failed + 1))
	fi
}

case_skip() { # NAME WHY
	echo "ok - $1 # SKIP $2"
}

cases_end() {
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
}
