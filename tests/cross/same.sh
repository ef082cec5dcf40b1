#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program of another system, $root/rpiboot, gives the same bytes and the same exit status as the one of Linux, which
# RPIBOOT_LINUX names. Both run the same command in a directory of their own with the same files.
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
	(cd "$1" && timeout "${RPIBOOT_COMMAND_S:-60}" "${@:2}" >out 2>said </dev/null) || status=$?
	echo "$status" >"$1/status"
	sed -i '/^no board in USB boot mode is on the bus; /d' "$1/said" # the reason depends on the buses of the host
}

# With no files compared, a command that writes nothing would pass: STATUS says what it must do.
same() { # STATUS ARGUMENT...
	local other=("${@:2}")
	[ -z "$backslash" ] || other=("${other[@]//\//\\}")
	rm -f "$work"/{linux,other}/{new,out,said}
	ends "$work/linux" "$linux" "${@:2}"
	ends "$work/other" "$root/rpiboot" "${other[@]}"
	[ -z "$backslash" ] || sed -i 's,\\,/,g' "$work/other/said"
	head "$work/other/said"
	[ "$(cat "$work/linux/status")" = "$1" ] || { echo "Linux: exit status $(cat "$work/linux/status"), not $1"; return 1; }
	[ "$1" = 3 ] || [ -s "$work/linux/out" ] || [ -s "$work/linux/new" ] || { echo 'Linux: no output'; return 1; }
	diff -r "$work/linux" "$work/other"
}

# Windows also separates the parts of paths by backslashes.
same_backslash() { # STATUS ARGUMENT...
	local backslash=1
	same "$@"
}

backslash=
check 'a directory for each program' directories_new
check 'the version' same 0 --version
check 'the help' same 0 --help
for command in eeprom sign verify key image report recover; do check "the help of $command" same 0 "$command" --help; done
check 'no board is on the bus' same 3 --list
if [ -f "$data/bootfiles.bin" ]; then
	check 'no board appears in time' same 3 -d boot --timeout 1
else
	skip 'no board appears in time' 'the EEPROM test data is not here'
fi
check 'a public key' same 0 key show public.pem
check '... as JSON' same 0 key show public.pem --json
check '... for the EEPROM, to stdout' same 0 key show key.pem -o -
check '... for the EEPROM, to a file' same 0 key show key.pem -o new
check 'a signature, to a file' same 0 sign boot/boot.img --key key.pem -o new
check 'a signature, to stdout' same 0 sign boot/boot.img --key key.pem -o -
check 'a boot.img, to a file' same 0 image boot -o new --for cm5
check 'a signature, by paths with backslashes' same_backslash 0 sign ./boot/boot.img --key ./key.pem -o boot/../new
check 'a boot.img, by paths with backslashes' same_backslash 0 image ./boot/ -o ./new --for cm5
check 'a boot.img, to stdout' same 0 image boot -o - --for cm5
if [ -f "$data/bootfiles.bin" ]; then
	check 'a directory that boots a board' same 0 -d boot --check
	for image in "$data"/271?/pieeprom-*.bin; do
		image=images/${image##*/}
		check "show $image" same 0 eeprom show "$image"
		check "show $image as JSON" same 0 eeprom show "$image" --json
		check "the configuration of $image" same 0 eeprom get "$image"
		check "the bootcode of $image, to stdout" same 0 eeprom get "$image" bootcode.bin
		check "the bootcode of $image, by paths with backslashes" same_backslash 0 eeprom get "$image" bootcode.bin -o boot/../new
		check "$image with another update time" same 0 eeprom set "$image" --update-time 1 -o new
		check "verify $image" same 1 verify "$image" --pubkey public.pem
	done
else
	skip 'EEPROM images' 'there are no EEPROM images here; RPIBOOT_EEPROM_DATA names their directory'
fi
cases_end
