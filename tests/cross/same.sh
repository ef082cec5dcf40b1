#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares the program of another system, $root/rpiboot, with the program of Linux, which RPIBOOT_LINUX names. Both run the same
# command in directories with the same files, and must produce the same bytes and the same exit status.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/../cli/cases.sh"
linux=$RPIBOOT_LINUX data=$RPIBOOT_EEPROM_DATA
export SOURCE_DATE_EPOCH=1700000000

directories_new() {
	rm -rf "$work/linux" "$work/other" && mkdir -p "$work/linux/boot" && cd "$work/linux" || return
	printf 'boot_ramdisk=1\n' >boot/config.txt
	head -c 100000 /dev/zero | tr '\0' '\r' >boot/boot.img
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null &&
		openssl pkey -in key.pem -pubout -out public.pem || return
	[ ! -f "$data/bootfiles.bin" ] || cp "$data/bootfiles.bin" boot/ || return
	mkdir images && ! cp "$data"/271?/pieeprom-*.bin images/ 2>/dev/null
	chmod -R u+w . && cp -r "$work/linux" "$work/other"
}

ends() { # DIRECTORY PROGRAM ARGUMENT...
	local status=0
	(cd "$1" && timeout "${RPIBOOT_COMMAND_S:-60}" "${@:2}" >out 2>messages </dev/null) || status=$?
	echo "$status" >"$1/status"
	sed -i '/^no board in USB boot mode is on the bus; /d' "$1/messages" # the reason depends on the buses of the host
}

# STATUS is the expected exit status. Without it, two programs that both fail would pass.
same() { # STATUS ARGUMENT...
	local other=("${@:2}")
	[ -z "$backslash" ] || other=("${other[@]//\//\\}")
	rm -f "$work"/{linux,other}/{new,out,messages}
	ends "$work/linux" "$linux" "${@:2}"
	ends "$work/other" "$root/rpiboot" "${other[@]}"
	[ -z "$backslash" ] || sed -i 's,\\,/,g' "$work/other/messages"
	head "$work/other/messages"
	[ "$(cat "$work/linux/status")" = "$1" ] || { echo "Linux: exit status $(cat "$work/linux/status"), not $1"; return 1; }
	[ "$1" = 3 ] || [ -s "$work/linux/out" ] || [ -s "$work/linux/new" ] || { echo 'Linux: no output'; return 1; }
	diff -r "$work/linux" "$work/other"
}

# Windows also accepts backslashes as path separators.
same_backslash() { # STATUS ARGUMENT...
	local backslash=1
	same "$@"
}

backslash=
check 'each program has a directory with the same files' directories_new
check '--version prints the same' same 0 --version
check '--help prints the same' same 0 --help
for command in eeprom sign verify key image report recover; do check "$command --help prints the same" same 0 "$command" --help; done
check '--list without a board ends with status 3' same 3 --list
if [ -f "$data/bootfiles.bin" ]; then
	check '--timeout without a board ends with status 3' same 3 -d boot --timeout 1
else
	skip '--timeout without a board ends with status 3' 'the EEPROM test data is missing'
fi
check 'key show prints the same for a public key' same 0 key show public.pem
check 'key show --json prints the same' same 0 key show public.pem --json
check 'key show -o - writes the same pubkey.bin to stdout' same 0 key show key.pem -o -
check 'key show -o writes the same pubkey.bin to a file' same 0 key show key.pem -o new
check 'sign -o writes the same signature to a file' same 0 sign boot/boot.img --key key.pem -o new
check 'sign -o - writes the same signature to stdout' same 0 sign boot/boot.img --key key.pem -o -
check 'image -o writes the same boot.img to a file' same 0 image boot -o new --for cm5
check 'sign accepts paths with backslashes' same_backslash 0 sign ./boot/boot.img --key ./key.pem -o boot/../new
check 'image accepts paths with backslashes' same_backslash 0 image ./boot/ -o ./new --for cm5
check 'image -o - writes the same boot.img to stdout' same 0 image boot -o - --for cm5
if [ -f "$data/bootfiles.bin" ]; then
	check '--check prints the same for a boot directory' same 0 -d boot --check
	for image in "$data"/271?/pieeprom-*.bin; do
		image=images/${image##*/}
		check "eeprom show prints the same for $image" same 0 eeprom show "$image"
		check "eeprom show --json prints the same for $image" same 0 eeprom show "$image" --json
		check "eeprom get prints the same configuration of $image" same 0 eeprom get "$image"
		check "eeprom get prints the same bootcode of $image" same 0 eeprom get "$image" bootcode.bin
		check "eeprom get accepts paths with backslashes for $image" same_backslash 0 eeprom get "$image" bootcode.bin -o boot/../new
		check "eeprom set --update-time writes the same for $image" same 0 eeprom set "$image" --update-time 1 -o new
		check "verify prints the same for $image" same 1 verify "$image" --pubkey public.pem
	done
else
	skip 'the commands eeprom and verify' 'the EEPROM test data is missing; RPIBOOT_EEPROM_DATA names its directory'
fi
cases_end
