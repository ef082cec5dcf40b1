#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests rpiboot eeprom with real images. The expected results are the digests in REFERENCE.tsv, from the tools of the vendor.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
rpiboot=$root/rpiboot
data=${RPIBOOT_EEPROM_DATA:-$root/../shared/eeprom-data}
export SOURCE_DATE_EPOCH=1700000000

# ---- the command line, and files that are not images; these cases need no data

line_refused() { # TEXT WORD...
	status_is 2 "$rpiboot" eeprom "${@:2}" && printed "$1" && [ "$(wc -l <"$work/messages")" = 1 ]
}

lines_refused() {
	line_refused 'eeprom needs an action: show, get or set' && line_refused "unknown action 'shw'" shw image &&
		line_refused 'show needs an IMAGE' show && line_refused "unknown option '--jsn'; rpiboot eeprom --help lists" show image --jsn &&
		line_refused "option '--config' needs an argument: FILE" set image --config &&
		line_refused "the argument of '--config' is empty" set image --config '' &&
		line_refused 'set needs -o FILE' set image --set A=1 && line_refused 'set needs an option' set image -o out &&
		line_refused '--json can be used only with rpiboot eeprom show' get image --json && line_refused "need 'rpiboot eeprom set', not 'show'" show image --set A=1 &&
		line_refused "need 'rpiboot eeprom set', not 'get'" get image --config c && line_refused 'show takes only an IMAGE' show image bootcode.bin &&
		line_refused "unexpected argument 'b'" set image b -o out && line_refused '--countersign needs --key' set image -o out --countersign --set A=1 &&
		line_refused '--passin needs --key KEY' set image -o out --passin stdin --set A=1 &&
		line_refused "--file needs NAME=FILE, not 'x'" set image -o out --file x && line_refused 'cannot be the name' set image -o out --file =x &&
		line_refused 'cannot be the name' set image -o out --file thirteenchars=x &&
		line_refused "--file bootconf.txt is given twice" set image -o out --config a --config b &&
		line_refused 'both replace this file' set image -o out --key k --file pubkey.bin=p &&
		line_refused "'A' is not KEY=VALUE" set image -o out --set A && line_refused "'A=1' is not KEY or" set image -o out --unset A=1 &&
		line_refused "--update-time takes a number of seconds since 1970, not '-1'" set image -o out --update-time -1 &&
		line_refused "--update-time takes a number of seconds since 1970, not '4294967295'" set image -o out --update-time 4294967295 &&
		line_refused "--sign-timeout takes a number of seconds from 1 to 86400, not 'x'" set image -o out --key k --sign-timeout x &&
		line_refused '--all can be used only with get IMAGE -o DIRECTORY' get image --all && line_refused "unexpected argument 'c'" get a b -- c &&
		[ "$(ls)" = "$1" ]
}

no_images() {
	: >empty && head -c 3000000 /dev/zero >huge && head -c 524288 /dev/zero >zero && mkdir -p directory || return
	local file
	for file in empty huge zero directory missing; do
		status_is 5 "$rpiboot" eeprom show "$file" && [ "$(wc -l <"$work/messages")" = 1 ] && printed "'$file'" || return
		status_is 5 "$rpiboot" eeprom set "$file" --set A=1 -o out && [ ! -e out ] || return
	done
}

help_printed() {
	status_is 0 "$rpiboot" eeprom --help && printed 'Usage: rpiboot eeprom show' && status_is 0 "$rpiboot" eeprom -h &&
		status_is 1 sh -c "'$rpiboot' eeprom --help >/dev/full" && printed 'cannot write the result to stdout'
}

mkdir "$work/lines" && cd "$work/lines" || exit 1
check 'eeprom refuses wrong command lines' lines_refused ''
check 'eeprom refuses files that are not images' no_images
check 'eeprom --help prints the help' help_printed
cd "$root" || exit 1
if [ ! -f "$data/REFERENCE.tsv" ]; then
	skip 'EEPROM images' 'the EEPROM test data is missing; RPIBOOT_EEPROM_DATA names its directory'
	cases_end
fi
new=$data/2711/pieeprom-2026-08-04.bin old=$data/2711/pieeprom-2019-07-15.bin signed=$data/2711/pieeprom-2021-02-23-signed.bin
ab=$data/2712/pieeprom-2026-08-12.bin single=$data/2712/pieeprom-2025-05-08.bin
key=$data/keys/example-private.pem
images=("$new" "$old" "$signed" "$ab" "$single")

# ---- the reference results

# The rows that rpiboot eeprom can make, as "ID ACTION ARGUMENT...". @ID is the result of an earlier row.
rows='
R01 get new
R02 get ab
R03 get old
R04 get single
R05 get ab bootcode.bin
R06 get ab bootsys
R07 get ab bootconf.sig
R08 get ab pubkey.bin
R09 get ab updatetime
R0A get signed pubkey.bin
R0B get signed bootconf.sig
R10 set new --config conf/a.conf
R11 set new --config conf/b.conf
R12 set ab --config conf/a.conf
R13 set single --config conf/a.conf
R14 set old --config conf/a.conf
R15 set new --config conf/c4072.conf
R16 set new --config conf/c4076.conf
R17 set new --file cacert.der=conf/blob1200.der
R18 set new --file cacert.der=conf/blob2272.der
R19 set new --file cacert.der=conf/blob2280.der
R1A set ab --file cacert.der=conf/blob1200.der --config conf/a.conf
R1B set @R11 --config conf/a.conf
R1C set new --config conf/a.conf --file pubkey.bin=@R0A
R1D set new --config conf/empty.conf
R22 sign conf/a.conf
R30 set new --config conf/a.conf --key KEY
R31 set ab --config conf/a.conf --key KEY
R32 countersign @R05
R33 countersign @R06
R35 set ab --file bootcode.bin=@R32 --file bootsys=@R33
R36 set @R35 --config conf/a.conf --file bootconf.sig=@R22 --file pubkey.bin=@R0A
R37 set single --file bootcode.bin=COUNTERSIGNED
R38 set @R37 --config conf/a.conf --key KEY
R40 set new --update-time 1700000000
R41 set ab --update-time 1700000000
R42 set single --update-time 1700000000
'
# Other ways to the same results.
ways='
R10 set @R11 --unset TFTP_IP --config conf/a.conf
R36 set ab --config conf/a.conf --key KEY --countersign
R36 set @R36 --config conf/a.conf --key KEY --countersign
R38 set single --config conf/a.conf --key KEY --countersign
R12 set @R1A --config conf/a.conf --file cacert.der=UNSET
R31 set @R31 --set BOOT_ORDER=0xf416 --key KEY
'

reference() { # ID
	awk -F '\t' -v id="$1" '$1 == id { print $6 }' "$data/REFERENCE.tsv"
}

argument() { # WORD: prints the file or option for a word of a row
	case $1 in
	new) echo "$new" ;; old) echo "$old" ;; signed) echo "$signed" ;; ab) echo "$ab" ;; single) echo "$single" ;;
	KEY) echo "$key" ;;
	@*) echo "$work/${1#@}" ;;
	*=@*) echo "${1%%=*}=$work/${1#*=@}" ;;
	*=COUNTERSIGNED) echo "${1%%=*}=$work/countersigned" ;;
	*=UNSET) echo "${1%%=*}=$work/unset" ;;
	*=conf/*) echo "${1%%=*}=$data/${1#*=}" ;;
	conf/*) echo "$data/$1" ;;
	*) echo "$1" ;;
	esac
}

row_makes() { # ID OUTPUT ACTION WORD...
	local id=$1 output=$2 action=$3 word words=() sum
	for word in "${@:4}"; do words+=("$(argument "$word")"); done
	case $action in
	get | set) "$rpiboot" eeprom "$action" "${words[@]}" -o "$output" || return ;;
	sign) "$rpiboot" sign "${words[@]}" --key "$key" -o "$output" || return ;;
	countersign) "$rpiboot" sign --countersign "${words[@]}" --key "$key" -o "$output" || return ;;
	esac
	sum=$(sha256sum <"$output")
	[ "${sum%% *}" = "$(reference "$id")" ] || { echo "the result is ${sum%% *}, not $(reference "$id")"; return 1; }
}

"$rpiboot" eeprom get "$single" bootcode.bin -o "$work/single-bootcode" &&
	"$rpiboot" sign --countersign "$work/single-bootcode" --key "$key" -o "$work/countersigned" 2>/dev/null
head -c 2048 /dev/zero >"$work/unset"
while read -r id words; do
	# shellcheck disable=SC2086 # one word an argument
	[ -z "$id" ] || check "reference $id: $words" row_makes "$id" "$work/$id" $words
done <<<"$rows"
while read -r id words; do
	# shellcheck disable=SC2086
	[ -z "$id" ] || check "reference $id by another way: $words" row_makes "$id" "$work/way" $words
done <<<"$ways"

every_row() { # succeeds if each row of these kinds was made
	local id kind missing=0
	while IFS=$'\t' read -r id kind _; do
		case $kind in config | extract | change | timestamp | sign) ;; *) continue ;; esac
		[ -f "$work/$id" ] || { echo "$id was not made"; missing=1; }
	done <"$data/REFERENCE.tsv"
	return "$missing"
}
check 'the commands made every reference result for images' every_row

# ---- round trips

round_trip() { # IMAGE
	local dir=$work/all name files=()
	rm -rf "$dir" && mkdir "$dir" && "$rpiboot" eeprom get "$1" --all -o "$dir" || return
	for name in "$dir"/*; do files+=(--file "${name##*/}=$name"); done
	[ ${#files[@]} -ge 4 ] && "$rpiboot" eeprom set "$1" "${files[@]}" -o "$work/again" && cmp "$1" "$work/again"
}
for image in "${images[@]}" "$work"/R1[0-9A-D] "$work"/R3[0-9] "$work"/R4[0-2]; do
	[ "$(stat -c %s "$image")" -lt 524288 ] || check "set with all files of get --all makes the same image: ${image##*/}" round_trip "$image"
done

# ---- refused input: one sentence, status 5 (files) or 2 (command line), the input is unchanged, and there is no output

refused() { # STATUS TEXT IMAGE WORD...
	local sum word words=()
	sum=$(sha256sum <"$3")
	for word in "${@:4}"; do words+=("$(argument "$word")"); done
	rm -rf "$work/out" && mkdir "$work/out" && echo before >"$work/out/old"
	status_is "$1" "$rpiboot" eeprom set "$3" "${words[@]}" -o "$work/out/new" && printed "$2" &&
		status_is "$1" "$rpiboot" eeprom set "$3" "${words[@]}" -o "$work/out/old" && printed "$2" &&
		[ "$(ls -A "$work/out")" = old ] && [ "$(cat "$work/out/old")" = before ] &&
		[ "$(sha256sum <"$3")" = "$sum" ]
}

bytes_put() { # FILE OFFSET HEX-BYTES
	# shellcheck disable=SC2001,SC2059 # the bytes are the format
	printf "$(sed 's/../\\x&/g' <<<"$3")" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

damaged() { # NAME OFFSET HEX-BYTES: a copy of the newest 2711 image
	cp "$new" "$work/$1" && chmod u+w "$work/$1" && bytes_put "$work/$1" "$2" "$3" && echo "$work/$1"
}

not_shown() { # STATUS TEXT FILE
	status_is "$1" "$rpiboot" eeprom show "$3" && printed "$2" && status_is "$1" "$rpiboot" eeprom get "$3" && printed "$2" &&
		refused "$1" "$2" "$3" --update-time 1
}

refused_by_verify() { # FILE
	status_is 5 "$rpiboot" verify "$1" --pubkey "$key" && printed "'$1' is not a usable EEPROM image: it has the value"
}

warned() { # TEXT IMAGE WORD...
	local word words=()
	for word in "${@:3}"; do words+=("$(argument "$word")"); done
	status_is 0 "$rpiboot" eeprom set "$2" "${words[@]}" -o "$work/warned" && printed "$1"
}

check 'X01: set refuses a configuration beyond the limit' refused 5 'is 1 byte too long' "$new" --config conf/c4077.conf
check 'X02: set warns of a configuration that does not fit into its sector' warned 'has 4076 bytes, so it does not fit into one sector of the EEPROM (4072 bytes)' "$new" --config conf/c4076.conf
head -c 524287 "$new" >"$work/short"
check 'X03: eeprom refuses an image of another size' not_shown 5 'an EEPROM image has 524288 bytes (BCM2711) or 2097152 bytes (BCM2712)' "$work/short"
check 'X04: set --file refuses a public key for an image that is too old' refused 5 'too old to contain a key' "$old" --file pubkey.bin=@R0A
check 'X04: set --key refuses an image that is too old' refused 5 'too old to contain a key' "$old" --key KEY
check 'X05: set refuses a certificate that does not fit into its slot' refused 5 'its slot holds 2280, so it is 1 byte too long' "$new" --file cacert.der=conf/blob2281.der
check 'X06: set --file refuses a countersigned bootcode for BCM2711' refused 5 'BCM2711 does not support countersigned firmware' "$new" --file bootcode.bin=@R32
check 'X06: set --countersign refuses an image for BCM2711' refused 5 'firmware for BCM2711 cannot be countersigned' "$new" --key KEY --countersign
cp "$work/R32" "$work/twice" && tail -c 532 "$work/R32" >>"$work/twice" && bytes_put "$work/twice" 26516 94670000
check 'X07: set refuses a bootcode that is countersigned twice' refused 5 'has two countersignatures' "$ab" --file bootcode.bin=@twice
bootsys_alone() {
	"$rpiboot" eeprom set "$ab" --file bootsys="$work/R33" -o "$work/alone" && row_makes R33 "$work/bootsys" get @alone bootsys &&
		row_makes R02 "$work/config" get @alone
}
check 'X08: set replaces bootsys alone' bootsys_alone
check 'X09: set refuses a signature of another configuration' refused 5 'the new bootconf.sig does not match the configuration' "$new" --file bootconf.sig=@R22
check 'X10: eeprom refuses a damaged magic number' not_shown 5 'the value 54aaf44f at offset 0x45e30, at which a section must begin' "$(damaged magic 0x45e30 54)"
check 'X10: verify refuses a damaged image and names it' refused_by_verify "$work/magic"
check 'X11: eeprom refuses a length beyond the image' not_shown 5 "section 'memsys00.bin' at offset 0x45e30" "$(damaged length 0x45e34 7fffffff)"
check 'X12: eeprom refuses a length below the header' not_shown 5 "section 'pubkey.bin' at offset 0x71f00" "$(damaged header 0x71f04 00000004)"
all_or_none() { # IMAGE: one of its last files has an invalid name, so get must not write the earlier files
	rm -rf "$work/all" && mkdir "$work/all" && status_is 5 "$rpiboot" eeprom get "$1" --all -o "$work/all" &&
		printed "'../x' cannot be the name of a file" && [ -z "$(ls -A "$work/all")" ]
}
check 'get --all refuses an image with a file that would leave the directory' all_or_none "$(damaged name 0x72208 2e2e2f7800)"
openssl genrsa -out "$work/other.pem" 2048 2>/dev/null && "$rpiboot" key show "$work/other.pem" -o "$work/otherkey" >/dev/null
check 'X18: set refuses a public key that does not match the signature' refused 5 'do not belong together' "$signed" --file pubkey.bin=@otherkey
check 'X20: set warns of carriage returns' warned 'line 1: the line ends with a carriage return' "$new" --config conf/crlf.conf
check 'X20: set warns of an empty configuration' warned 'the configuration is empty' "$new" --config conf/empty.conf

"$rpiboot" eeprom get "$new" bootcode.bin -o "$work/new-bootcode"
check 'X19: set refuses a bootcode for BCM2712 in an image for BCM2711' refused 5 'is for BCM2712, but the image is for BCM2711' "$new" --file bootcode.bin=@R05
check 'X19: set refuses a bootcode for BCM2711 in an image for BCM2712' refused 5 'is for BCM2711, but the image is for BCM2712' "$single" --file bootcode.bin=@new-bootcode
: >"$work/nothing" && head -c 25452 "$work/R05" >"$work/unsigned"
cp "$work/R05" "$work/flipped" && bytes_put "$work/flipped" 5000 5aa5 && cp "$work/R32" "$work/resigned" && bytes_put "$work/resigned" 26000 5aa5
cp "$work/R33" "$work/flipped-bootsys" && bytes_put "$work/flipped-bootsys" 5000 5aa5
check 'set refuses an empty bootcode for BCM2711' refused 5 'does not end with the signature of Raspberry Pi' "$new" --file bootcode.bin=@nothing
check 'set refuses an empty bootcode for BCM2712' refused 5 'does not end with the signature of Raspberry Pi' "$ab" --file bootcode.bin=@nothing
check 'set refuses a bootcode without a signature' refused 5 'does not end with the signature of Raspberry Pi' "$single" --file bootcode.bin=@unsigned
check 'set refuses a damaged bootcode' refused 5 'bootcode.bin is damaged: it does not match the signature of Raspberry Pi' "$ab" --file bootcode.bin=@flipped
check 'set refuses a damaged bootsys' refused 5 'bootsys is damaged: it does not match' "$ab" --file bootsys=@flipped-bootsys
check 'set refuses a bootcode with a damaged countersignature' refused 5 'does not match its countersignature' "$ab" --file bootcode.bin=@resigned
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out "$work/three.pem" 2>/dev/null &&
	"$rpiboot" key show "$work/three.pem" -o "$work/three" >/dev/null 2>&1
check 'X21: set warns of a key with the exponent 3' warned 'has the public exponent 3' "$new" --file pubkey.bin=@three
check 'set refuses a configuration with errors' refused 5 'the configuration has the errors' "$new" --set BOOT_ORDER=f41
check 'set refuses a file that is not a public key' refused 5 'is not a pubkey.bin' "$new" --file pubkey.bin=conf/a.conf
check 'set refuses a file that is not a signature' refused 5 'is not a signature file' "$new" --file bootconf.sig=conf/a.conf
check 'set refuses to replace a fixed file of the firmware' refused 5 'fixed part of the firmware' "$new" --file bootmain=conf/a.conf
check 'set warns of a new configuration without a new signature' warned 'does not match the new configuration' "$signed" --config conf/a.conf
check 'set --set warns of a setting that is also below another filter' warned 'line 10 was not changed, but also sets BOOT_ORDER for [gpio7=0]' "$work/R11" --set BOOT_ORDER=0xf1

# ---- the output

output_kept() {
	cp "$new" "$work/place" && chmod 644 "$work/place" && ln -sf place "$work/link" &&
		"$rpiboot" eeprom set "$work/link" --config "$data/conf/a.conf" -o "$work/link" 2>/dev/null && [ -L "$work/link" ] &&
		cmp "$work/place" "$work/R10" && "$rpiboot" eeprom set - --config "$data/conf/a.conf" -o - <"$new" 2>/dev/null | cmp - "$work/R10" &&
		status_is 5 "$rpiboot" eeprom set "$new" --update-time 1 -o /dev/null && printed 'it is not a regular file' &&
		status_is 5 "$rpiboot" eeprom set "$new" --update-time 1 -o "$work/none/new" && printed 'No such file or directory' &&
		status_is 1 sh -c "'$rpiboot' eeprom get '$new' >/dev/full" && printed 'cannot write the result to stdout'
}
check 'set writes in place, through a link and to stdout, and refuses other places' output_kept

# ---- show

shows_all() {
	status_is 0 "$rpiboot" eeprom show "$ab" && printed 'A/B layout' && printed 'Built:       2026-08-12 00:06:56 UTC (1786493216)' &&
		printed 'MFG_VER:     1' && printed '10 of 10 match a digest' && printed 'key 0, rollback version 1, valid' &&
		printed '0xa2c00     1024     5120     4076  bootconf.sig (not set)' && printed 'BOOT_ORDER tries: SD card or eMMC, NVMe' &&
		status_is 0 "$rpiboot" eeprom show "$work/R36" && printed 'countersigned, rollback version 0, valid, OTP hash 8251a63a2edee9d8' &&
		printed 'Public key:  RSA 2048, OTP hash 8251a63a2edee9d8' && printed 'Signature:   valid; made 2023-11-14 22:13:20 UTC' &&
		status_is 0 "$rpiboot" eeprom show "$work/R41" && printed 'Update time: 2023-11-14 22:13:20 UTC (1700000000)' &&
		status_is 0 "$rpiboot" eeprom show "$signed" && printed 'development key' && printed '12 of 12' &&
		status_is 0 "$rpiboot" eeprom show "$old" && printed 'none (the image is too old to have one)' && printed 'no digests of its sections' &&
		status_is 0 "$rpiboot" eeprom show "$data/2711/recovery.bin" && printed 'recovery program for BCM2711' && printed "key 1" &&
		status_is 0 "$rpiboot" eeprom show "$data/2712/bootcode5-example-signed.bin" && printed 'second stage for BCM2712' && printed 'countersigned' &&
		cp "$ab" "$work/changed" && chmod u+w "$work/changed" && bytes_put "$work/changed" 0x9f980 00 &&
		status_is 0 "$rpiboot" eeprom show "$work/changed" && printed 'logo.bin (DAMAGED)' && printed '9 of 10' && printed 'THE IMAGE IS DAMAGED'
}

shows_json() {
	"$rpiboot" eeprom show "$work/R36" --json >"$work/json" && [ "$(wc -l <"$work/json")" = 1 ] && python3 - "$work/json" <<-'END'
		import json, sys
		o = json.load(open(sys.argv[1]))
		assert o["v"] == 1 and o["kind"] == "image" and o["chip"] == "BCM2712" and o["bytes"] == 2097152 and o["ab"]
		assert o["build_time"] == 1786493216 and o["version"] == "f5e89631" and o["mfg_version"] == 1
		assert [s["name"] for s in o["stages"]] == ["bootcode.bin", "bootsys"]
		assert all(s["valid"] and s["countersigned"] and s["customer"]["valid"] and s["rollback_version"] == 1 for s in o["stages"])
		assert o["public_key"]["state"] == "set" and o["public_key"]["otp_hash"].startswith("8251a63a2edee9d8")
		assert o["config_signature"] == {"state": "valid", "time": 1700000000} and "update_time" not in o
		assert o["digests"] == {"good": 10, "bad": 0}
		sections = {s["name"]: s for s in o["sections"]}
		assert sections["cacert.der"] == {"name": "cacert.der", "kind": "file", "offset": 0xa2300, "bytes": 2048,
			"slot_bytes": 2304, "room_bytes": 2280, "unset": True, "digest": "none"}, sections["cacert.der"]
		assert sections["bootmain"]["digest"] == "good" and sections["bootmain"]["room_bytes"] == 0
		assert o["config"].startswith("[all]\nBOOT_UART=1\n") and o["findings"][0]["level"] == "note"
	END
}
check 'show prints text' shows_all
check 'show --json prints JSON' shows_json

get_expanded() { # the digest at the end of an LZ4 section is the digest of the expanded file
	"$rpiboot" eeprom get "$ab" logo.bin -o "$work/logo" && sha256sum <"$work/logo" | cut -d ' ' -f 1 >"$work/sum" &&
		tail -c +$((0x9f958 + 24 + 2240 - 32 + 1)) "$ab" | head -c 32 | od -An -v -tx1 | tr -d ' \n' | cmp -n 64 - "$work/sum" &&
		status_is 5 "$rpiboot" eeprom get "$new" vl805mcu.bin && printed 'has not published' && status_is 5 "$rpiboot" eeprom get "$new" none && printed "no file 'none'"
}
check 'get expands a compressed section' get_expanded

cases_end
