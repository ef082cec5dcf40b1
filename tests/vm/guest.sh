# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions for scripts that run in the guest (tests/vm/vm): emulated boards, their firmware, and cases. Sets $root (the
# directory of the project), $rpiboot and $emu. The current directory is an empty directory of the guest.
set -u
# The scripts stop udevd and attach devices to the kernel, so they must never run on the host.
grep -q rpiboot_run= /proc/cmdline || { echo "$0 runs in the guest only: tests/vm/vm $0"; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
rpiboot=$root/rpiboot
emu=$root/build/tests/emu_vhci
emu_pid=
never=$PWD/never # a FIFO without a writer: a read from it waits for its timeout
mkfifo "$never"
passed=0 failed=0

# Repeats the command until it succeeds, for at most SECONDS. Waits $pause seconds between two attempts.
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
		read -r -t "${pause:-0.05}" <>"$never" || true # the start of sleep(1) would take as long as the pause
	done
}

# Makes random files with the names of the firmware, because the emulated board executes nothing. The sizes are those of the real
# files, or similar. Only boot.img is smaller, to save time.
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

# Makes the files for boards with an emulated EEPROM: eeprom/ and fw/ by eeprom_files, and the expected images with one changed
# setting, want0 for a CM4 and want1 for a CM5.
eeprom_setting=BOOT_ORDER=0xf416
recovery_firmware_make() {
	local i

	firmware_make fw
	"$root/build/tests/eeprom_files" eeprom fw
	for i in 0 1; do
		"$rpiboot" eeprom set "eeprom/271$((i + 1))/pieeprom.bin" -o "want$i" --set "$eeprom_setting" 2>/dev/null
	done
}

# Prints the description of such a board for emu_start. The board has the EEPROM keepN/eeprom.bin and the disk emmcN. A board with
# an odd number is a CM5, the others are a CM4.
recovery_board() { # NUMBER [OPTION]
	local chip=2711,payload=msd

	[ $(($1 % 2)) = 0 ] || chip=2712,payload=gadget64,after=gadget64
	mkdir -p "keep$1"
	echo "port=$1,chip=$chip,serial=$(serial_of "$1"),truth=fw/${chip%%,*},gap=300,disk=emmc$1,recovery=served,state=keep$1${2:+,$2}"
}

serial_of() { # NUMBER
	printf 'c0ffee%02x' "$1"
}

eeprom_is() { # NUMBER: the EEPROM of the board has the expected image
	cmp "want$(($1 % 2))" "keep$1/eeprom.bin"
}

disk_is() { # NUMBER: the disk of the board begins with the file image
	cmp -n "$(stat -c %s image)" image "emmc$1"
}

# Removes the pause of one second before the kernel scans a new disk. Call it only if a test does not measure that time.
usb_storage_hurry() {
	echo 0 >/sys/module/usb_storage/parameters/delay_use
}

udevd_start() {
	/lib/systemd/systemd-udevd --daemon 2>/dev/null && within 20 udevadm control --ping --timeout 1
}

# Removes udevd and its files in /run, as on a host that never had udevd. udevd is killed, because a regular exit waits for its
# workers, which takes long after a disk was unplugged.
udevd_stop() {
	within 20 udevd_gone
	rm -rf /run/udev
}

# Succeeds if no process of udevd exists and its control socket has no listener.
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

# Prints the port path of a board with port=NUMBER for emu_vhci, which distributes the boards over eight controllers.
port_of() { # NUMBER
	local bus speed

	for bus in "/sys/devices/platform/vhci_hcd.$(($1 % 8))"/usb[0-9]*; do
		read -r speed <"$bus/speed"
		[ "$speed" != 480 ] || echo "${bus##*/usb}-$(($1 / 8 + 1))" # the other root hub is for SuperSpeed
	done
}

emu_start() { # BOARD...: the arguments of emu_vhci --board
	local args=() board

	for board; do args+=(--board "$board"); done
	rm -f emu.in emu.out
	mkfifo emu.in
	exec 3<>emu.in
	"$emu" "${args[@]}" <emu.in >emu.out 2>&1 3>&- &
	emu_pid=$!
	within 5 grep -q ^ready emu.out
}

emu_send() { # COMMAND
	echo "$1" >&3
}

bus_empty() {
	! compgen -G '/sys/bus/usb/devices/[0-9]*-[1-9]*' >/dev/null
}

# Ends the emulator. Fails if a board did not get the files that it requested.
emu_stop() {
	local status=0

	[ -n "$emu_pid" ] || return 0
	echo quit >&3
	wait "$emu_pid" || status=$?
	emu_pid=
	exec 3>&-
	if [ "$status" != 0 ]; then
		cat emu.out
		grep bad emu.out # the last line of the output appears in the line of the case
	fi
	within 10 bus_empty || return
	return "$status"
}

# Runs rpiboot and checks its exit status. stdout goes to the file out, stderr to the file messages.
rpiboot_is() { # STATUS ARGUMENT...
	local status=0

	timeout 90 "$rpiboot" "${@:2}" >out 2>messages 3>&- || status=$?
	cat messages out
	[ "$status" = "$1" ] || { echo "exit status $status, not $1: $(grep -m 1 FAILED messages)"; return 1; }
}

uptime_ms() {
	local up

	read -r up _ </proc/uptime
	echo $((10#${up/./} * 10))
}

disk_bytes() { # /dev/sdX
	echo $(($(cat "/sys/block/${1#/dev/}/size") * 512))
}

# Succeeds if rpiboot printed the paths of COUNT different disks.
disks_are() { # COUNT
	local disk

	[ "$(sort -u out | wc -l)" = "$1" ] || { echo "not $1 disks: $(cat out)"; return 1; }
	while read -r disk; do
		[ -b "$disk" ] || { echo "'$disk' is no disk"; return 1; }
	done <out
}

# Writes an image to a disk with dd.
disk_write() { # /dev/sdX IMAGE
	dd if="$2" of="$1" bs=1M conv=fsync status=none
}

# Ends the processes that a failed case may leave. Such an rpiboot would serve the boards of the next case.
case_end() {
	processes_kill TERM rpiboot || true
	[ -z "$emu_pid" ] || { cat emu.out; emu_stop; } >emu.end || true
}

# Runs a function as one case. The case fails when the first command of the function fails (set -e).
case_run() { # NAME FUNCTION
	local status started=$SECONDS

	rm -f emu.end
	(
		set -e
		trap case_end EXIT
		"$2"
	) >case.log 2>&1
	status=$?
	if [ "$status" = 0 ]; then
		echo "ok - $1 ($((SECONDS - started)) s)"
		passed=$((passed + 1))
	else
		echo "not ok - $1: $(tail -n 1 case.log)"
		sed 's/^/# /' case.log
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
