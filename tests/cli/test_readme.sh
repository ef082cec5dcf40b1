#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every command of README.md, docs/usage.md, station.md, eeprom.md and secure-boot.md with emulated boards behind umockdev. If a
# command needs a virtual machine or a written disk, command_run() names the test that runs it.
# shellcheck source=tests/cli/cases.sh disable=SC2016 # another shell expands the commands
. "$(dirname "$0")/cases.sh"
unset MAKEFLAGS MFLAGS MAKEOVERRIDES PREFIX DESTDIR
emu=$root/build/tests/emu_umockdev
[ -x "$emu" ] || { echo "the tests are not built; make check builds them"; exit 1; }

# Makes commands named sudo and rpiboot, and the firmware, a recovery directory and an image at the paths of the README.
stage() {
	mkdir -p "$work/bin" "$work/home/recovery" "$work/firmware/msd/2711" "$work/dest" && cd "$work/home" || return
	printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
	chmod +x "$work/bin/sudo"
	ln -s "$root/rpiboot" "$work/bin/rpiboot"
	head -c 100000 /dev/urandom >"$work/firmware/msd/2711/bootcode4.bin"
	head -c 300000 /dev/urandom >"$work/firmware/msd/2711/start4.elf"
	head -c 100000 /dev/urandom >recovery/bootcode4.bin
	echo 'uart_2ndstage=1' >recovery/config.txt
	head -c 500000 /dev/urandom >recovery/pieeprom.bin
	{ sha256sum <recovery/pieeprom.bin | cut -c 1-64; echo 'ts: 1'; } >recovery/pieeprom.sig
	printf 'ask config.txt\nask pieeprom.sig\nask pieeprom.bin\ndone\n' >payload
	head -c 1000000 /dev/urandom >os.img && xz -1 os.img
}

# Makes the keys and files for the commands without a board, from the EEPROM test data.
data=${RPIBOOT_EEPROM_DATA:-$root/../shared/eeprom-data}
stage_signing() {
	local name

	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null || return
	openssl pkey -in key.pem -pubout -out public.pem && cp key.pem private.pem && mkdir card cm5 || return
	printf '#!/bin/sh\nopenssl dgst -sha256 -sign key.pem "$3" | od -An -v -tx1 | tr -d " \\n"\n' >hsm && chmod +x hsm || return
	cp "$data/2711/pieeprom-2026-08-04.bin" pieeprom.bin && cp "$data/boot-msd.img" boot.img && cp "$data/bootfiles.bin" cm5/ || return
	chmod u+w pieeprom.bin boot.img cm5/bootfiles.bin && echo boot_ramdisk=1 >cm5/config.txt || return
	tar -xOf cm5/bootfiles.bin 2712/bootcode5.bin >bootcode5.bin || return
	mkdir -p "$work/firmware/2712" firmware-2712/latest && cp "$data/2712/pieeprom-2026-08-12.bin" "$data/2712/recovery.bin" . &&
		chmod u+w pieeprom-2026-08-12.bin recovery.bin && cp pieeprom-2026-08-12.bin recovery.bin firmware-2712/latest/ &&
		cp pieeprom-2026-08-12.bin recovery.bin "$work/firmware/2712/" || return
	for name in config.txt kernel_2712.img bcm2712-rpi-cm5-cm5io.dtb; do echo "$name" >"card/$name"; done
}

# Runs a command with emulated boards, which request the files of "msd" or of "recovery".
with_boards() { # BOARDS KIND COMMAND...
	local boards=() i what="truth=$work/firmware/msd/2711"

	[ "$2" = msd ] || what="truth=$work/home/recovery,payload=./payload,after=nothing"
	for ((i = 0; i < $1; i++)); do boards+=(--board "port=$i,chip=2711,gap=30,$what"); done
	PATH=$work/bin:$PATH RPIBOOT_FIRMWARE=$work/firmware "$emu" "${boards[@]}" -- "${@:3}"
}

# Runs a command with a CM5 that runs the recovery firmware. The key differs from the key of the document, so the hash is replaced.
recovers() { # COMMAND
	local hash
	hash=$("$root/rpiboot" key show key.pem | sed -n 's/^otp-hash: \(........\).*/\1/p')
	PATH=$work/bin:$PATH RPIBOOT_FIRMWARE=$work/firmware "$emu" --board "port=0,gap=30,chip=2712,truth=$PWD,recovery=served" -- \
		bash -c "${1//8251a63a/$hash}" 2>&1 | tee "$work/messages"
	grep -E 'ok, .*: EEPROM (update proved|erased)' "$work/messages" || [[ $1 == *--dry-run* ]]
}

ends_with() { # STATUS COMMAND...
	local status=0

	"${@:2}" || status=$?
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

# Ends a command with Ctrl-C if it does not end by itself.
interrupted() { # COMMAND
	ends_with 130 with_boards 2 msd timeout --preserve-status -s INT 3 bash -c "$1"
}

# Runs make and make install in a copy of the project with firmware, below DESTDIR, and then runs the installed program.
make_install_run() ( # COMMAND
	mkdir "$work/project" && cd "$work/project" &&
		cp -pR "$root"/*.[ch] "${rooms[@]/#/$root/}" "$root/dist" "$root/Makefile" "$root/setup" . &&
		mkdir -p msd tests build && cp -R "$root"/msd/{fetch,firmware.list,README.md} "$work/firmware/msd/2711" msd/ &&
		cp -pR "$root"/build/*.o "$root"/build/*.d "${rooms[@]/#/$root/build/}" "$root"/build/stamp build/ &&
		cp -p "$root/rpiboot" . && [[ $1 == 'make && sudo make install'* ]] &&
		make && make install DESTDIR="$work/dest" && rm "$work/bin/rpiboot" &&
		ln -s "$work/dest/usr/local/bin/rpiboot" "$work/bin/rpiboot" && with_boards 1 msd bash -c 'sudo rpiboot' || return
	ln -sf "$root/rpiboot" "$work/bin/rpiboot"
)

# The emulated disks are only in sysfs, so the station cannot write them. It must continue after each failure.
station() { # COMMAND
	interrupted "$1"
	cat log.jsonl
	[ "$(grep -c '"event":"result"' log.jsonl)" = 2 ] && [ "$(grep -c '"event":"disk"' log.jsonl)" = 2 ]
}

shown_by() { # FILE TEXT
	grep -qF -e "$2" "$root/$1" || { echo "$1 has no '$2'"; return 1; }
}

enables_service() { # COMMAND
	local unit=$root/build/dist/${1##* }.service

	[ -f "$unit" ] && grep -q '^WantedBy=' "$unit"
}

command_run() { # COMMAND
	case $1 in
	'./setup build'*) shown_by tests/cli/test_setup.sh ' build' ;;
	'make demo' | 'make demo '*) shown_by tests/vm/rules.mk 'KERNEL_TESTS += tests/vm/check tests/vm/demo' ;;
	'make check' | 'make check '*) shown_by Makefile tests/cli/test_readme.sh ;;
	'make && sudo make install'*) make_install_run "$1" ;;
	'sudo rpiboot --write os.img.xz'*) shown_by tests/vm/flashing 'boot --write os.img.xz' ;;
	'sudo rpiboot -n 8'*) with_boards 8 msd bash -c "$1" ;;
	'sudo rpiboot recover '*--write*) shown_by tests/vm/recover '--write image -j records' ;;
	'sudo rpiboot recover'* | 'rpiboot recover'*) recovers "$1" ;;
	'openssl genpkey '*) bash -c "$1" ;;
	'sudo rpiboot -d recovery'*) with_boards 1 recovery bash -c "$1" ;;
	'sudo rpiboot --list'*) with_boards 1 msd bash -c "$1" | grep -F 90-1 ;;
	'sudo rpiboot --check'*) bash -c "PATH=$work/bin:\$PATH; $1" ;;
	'sudo rpiboot -l --write'*) station "$1" ;;
	*--power-cycle*) shown_by tests/vm/kernel '--power-cycle --json' ;;
	*pkcs11:*) shown_by tests/cli/test_signing.sh 'pkcs11:token=' ;;
	'sudo rpiboot -l'*)
		interrupted "$1" | tee "$work/messages"
		[ "$(grep -c '"event":"disk"' "$work/messages")" = 2 ]
		;;
	'sudo rpiboot' | 'sudo rpiboot '*'#'*) with_boards 1 msd bash -c "$1" ;;
	'disk=$('*) with_boards 1 msd bash -c "$1"$'\n[ "$disk" = /dev/sda ]' ;;
	'if disk=$('*)
		with_boards 1 msd bash -c "$1" | grep -F 'storage is /dev/sda' &&
			{ with_boards 1 msd bash -c "${1/--timeout 60/-p 90-9 --timeout 1}" 2>&1 || :; } | grep -F 'status 3'
		;;
	'import '*)
		command -v python3 >/dev/null || { echo 'there is no python3'; return 1; }
		with_boards 2 msd python3 -c "$1" | tee "$work/messages"
		[ "$(grep -c ' is /dev/sd' "$work/messages")" = 2 ] && grep -qx 'status 0' "$work/messages"
		;;
	'sudo systemctl '*) enables_service "$1" ;;
	'rpiboot eeprom '* | 'rpiboot key '* | 'rpiboot image '* | 'rpiboot sign '* | 'rpiboot verify '*)
		bash -c "PATH=$work/bin:\$PATH; $1"
		;;
	*)
		echo 'no test runs this command'
		return 1
		;;
	esac
}

# Sets $commands to the commands in the code blocks. A command is one line, an if ... fi, or a block in another language.
commands_read() { # FILE...
	local line block='' text='' indent

	while IFS= read -r line; do
		case $block:${line#"${line%%[! ]*}"} in
		:'```sh' | :'```python')
			block=${line##*\`}
			indent=${line%%\`*}
			;;
		?*:'```')
			[ -z "$text" ] || commands+=("$text")
			block='' text=''
			;;
		sh:*)
			text+=${text:+$'\n'}${line#"$indent"}
			case $text in
			'if '*) ;;
			*) commands+=("$text"); text='' ;;
			esac
			;;
		python:*) text+=${line#"$indent"}$'\n' ;;
		esac
	done < <(cd "$root" && cat "$@")
}

commands_check() { # FILE...
	local command first commands=()
	local -A known=() # a command that is in two documents runs once

	commands_read "$@"
	check "$1 has more than three commands" test "${#commands[@]}" -gt 3
	for command in "${commands[@]}"; do
		first=${command%%#*}
		first=${first%"${first##*[! ]}"}
		[ -z "${known[${first:-none}]:-}" ] || continue
		known[${first:-none}]=1
		case $first in
		rpiboot* | openssl* | 'sudo rpiboot recover'*) [ -d "$data" ] || { skip "${command%%$'\n'*}" 'the EEPROM test data is missing'; continue; } ;;
		esac
		[ -z "$command" ] || check "${command%%$'\n'*}" command_run "$command"
	done
}

stage
[ ! -d "$data" ] || stage_signing
commands_check README.md docs/{usage,station,eeprom}.md
# The commands of this document make a new key.
[ ! -d "$data" ] || { rm -r card cm5 && stage_signing; } || exit
commands_check docs/secure-boot.md
cases_end
