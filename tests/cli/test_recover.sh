#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests rpiboot recover: wrong command lines, files that it refuses, --dry-run, and emulated boards that report success, failure or
# invalid data.
# shellcheck source=tests/cli/cases.sh disable=SC2016 # the test writes scripts and runs them later
. "$(dirname "$0")/cases.sh"
rpiboot=$root/rpiboot emu=$root/build/tests/emu_umockdev
data=${RPIBOOT_EEPROM_DATA:-$root/../shared/eeprom-data}
export SOURCE_DATE_EPOCH=1700000000
# The firmware of this host must not matter.
export RPIBOOT_FIRMWARE=$work/none
mkdir "$work/lines" "$work/none" && cd "$work/lines" || exit 1

# ---- the command line; these cases need no data

line_refused() { # TEXT WORD...
	status_is 2 "$rpiboot" recover "${@:2}" && printed "$1" && [ "$(wc -l <"$work/messages")" = 1 ]
}

lines_refused() {
	line_refused "unknown option '--frmware'; rpiboot recover --help lists" --frmware x &&
		line_refused "option '--firmware' needs an argument: DIR" --firmware &&
		line_refused '--rpiboot-gpio takes 2, 4, 5, 6, 7 or 8' --rpiboot-gpio 3 && line_refused "not '22'" --rpiboot-gpio 22 &&
		line_refused "--write-protect takes on or off, not 'yes'" --write-protect yes &&
		line_refused "first 8 digits of the OTP hash of KEY, not '8251a63'" --lock 8251a63 --key k &&
		line_refused "not '8251a63g'" --lock 8251a63g --key k && line_refused 'rpiboot key show KEY prints the hash' --lock yes &&
		line_refused 'at most 8 images can be given' a b c d e f g h i && line_refused "'A' is not KEY=VALUE" --set A &&
		line_refused '--lock needs --key KEY' --lock 8251a63a && line_refused '--locked needs --key KEY' --locked &&
		line_refused '--lock-jtag needs --lock or --locked' --lock-jtag --key k &&
		line_refused '--erase cannot be used together with changes of the configuration' --erase --set A=1 &&
		line_refused '--erase cannot be used together with changes of the configuration' --erase --config a &&
		line_refused '--erase cannot be used together with --lock' --erase --lock 8251a63a --key k &&
		line_refused 'would permanently change every board that later receives them' --dry-run out --lock 8251a63a --key k &&
		line_refused 'with a permanent change' --dry-run out --rpiboot-gpio 2 &&
		line_refused 'with a permanent change' --dry-run out --locked --key k --lock-jtag &&
		line_refused '-d needs --write IMAGE' -d dir &&
		line_refused '--dry-run and --write cannot be used together' --dry-run out --write a.img &&
		line_refused 'name their directory with -d DIR' --write a.img --locked --key k &&
		line_refused 'a locked board needs signed boot files' --write a.img --lock 8251a63a --key k &&
		line_refused '--pubkey can be used only with --key exec:PROGRAM' --key k --pubkey k &&
		line_refused '--sign-timeout needs --key KEY' --sign-timeout 3 &&
		line_refused '--passin needs --key KEY' --passin stdin &&
		[ -z "$(ls)" ]
}

help_printed() {
	status_is 0 "$rpiboot" recover --help && printed 'Usage: rpiboot recover' && printed '--rpiboot-gpio N' && printed '--write IMAGE' &&
		[ "$(awk 'length > 80' "$work/messages")" = '' ] && status_is 1 sh -c "'$rpiboot' recover --help >/dev/full"
}

no_firmware() {
	mkdir empty && : >empty/pieeprom.bin && : >empty/recovery.bin && head -c 524288 /dev/zero >empty/pieeprom-1.bin || return
	status_is 5 "$rpiboot" recover --firmware empty && printed "no recovery firmware with an EEPROM image was found in empty" &&
		status_is 5 "$rpiboot" recover --firmware missing && printed "cannot open the directory 'missing': No such file or directory" &&
		status_is 5 "$rpiboot" recover --firmware empty/recovery.bin && printed 'Not a directory' &&
		status_is 5 "$rpiboot" recover missing.bin --firmware empty && printed "cannot open 'missing.bin'" &&
		status_is 5 "$rpiboot" recover empty/pieeprom-1.bin --firmware empty && printed 'is neither an EEPROM image nor recovery firmware' &&
		status_is 5 "$rpiboot" recover empty --firmware empty && printed 'Is a directory'
}

check 'recover refuses wrong command lines' lines_refused
check 'recover --help prints the help' help_printed
check 'recover ends with status 5 without firmware' no_firmware
if [ ! -f "$data/REFERENCE.tsv" ]; then
	skip 'recover with real firmware' 'the EEPROM test data is missing; RPIBOOT_EEPROM_DATA names its directory'
	cases_end
fi
[ -x "$emu" ] || { echo "the tests are not built; make check builds them"; exit 1; }

# ---- files; $work/fw has the newest firmware of both chips
key=$data/keys/example-private.pem old=$data/2711/pieeprom-2019-07-15.bin signed=$data/2711/pieeprom-2021-02-23-signed.bin
mkdir -p "$work/files" && cd "$work/files" || exit 1
mkdir -p fw/2711 fw/2712 && cp "$data"/2711/{recovery.bin,pieeprom-2026-08-04.bin} fw/2711/ && cp "$data"/2712/{recovery.bin,pieeprom-2026-08-12.bin} fw/2712/ &&
	chmod -R u+w fw && cp "$key" key.pem && openssl genrsa -out other.pem 2048 2>/dev/null || exit 1
new=fw/2711/pieeprom-2026-08-04.bin recovery=fw/2711/recovery.bin

dry() { # WORD...: makes the new directory out for both chips
	rm -rf out && "$rpiboot" recover --firmware fw --dry-run out "$@"
}

refused() { # STATUS TEXT WORD...: the command must also leave no directory
	rm -rf out && status_is "$1" "$rpiboot" recover --firmware fw --dry-run out "${@:3}" && printed "$2" && [ ! -e out ] && ! ls -d .out* out*
}

lock_refused() { # STATUS TEXT WORD...
	status_is "$1" timeout 20 "$rpiboot" recover --firmware fw --key key.pem --lock 8251a63a "${@:3}" && printed "$2" && printed 'not locked'
}

byte_put() { # FILE OFFSET OCTAL
	# shellcheck disable=SC2059 # the byte is the format
	printf "\\$3" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

sum_of() { # FILE
	sha256sum <"$1" | cut -c 1-64
}

damaged_refused() { # one byte of a compressed section is wrong
	cp "$new" damaged.bin && byte_put damaged.bin 0x46000 125 && ! cmp -s "$new" damaged.bin &&
		refused 5 "'damaged.bin' is damaged: the digest of its file" damaged.bin
}

images_refused() {
	head -c 524287 "$new" >short.bin && refused 5 'is neither an EEPROM image nor recovery firmware' short.bin &&
		refused 5 "is the second EEPROM image for BCM2711; give only one" "$new" "$old" &&
		refused 5 "is the second recovery firmware for BCM2711" "$recovery" "$recovery" &&
		refused 5 'too old to contain a key' "$old" --key key.pem &&
		refused 5 "so '$new' cannot be used with it" "$new" --erase &&
		"$rpiboot" eeprom set fw/2712/pieeprom-2026-08-12.bin -o signed.bin --key key.pem --countersign &&
		refused 5 "'signed.bin' is countersigned" signed.bin && dry signed.bin --locked --key key.pem &&
		refused 5 "'$signed' is signed with Raspberry Pi's development key" "$signed" --locked --key key.pem &&
		refused 5 'neither an EEPROM image nor recovery' "$data/2712/bootcode5-example-signed.bin" &&
		"$rpiboot" sign --countersign fw/2712/recovery.bin --key key.pem -o stage.bin &&
		refused 5 "the recovery firmware 'stage.bin' is countersigned" stage.bin &&
		status_is 5 "$rpiboot" recover "$new" --firmware "$work/none" --dry-run out && printed 'the recovery firmware for BCM2711 is missing' && [ ! -e out ]
}

config_refused() {
	refused 5 'is 1 byte too long' "$new" --config "$data/conf/c4077.conf" && refused 5 'the configuration has the errors' --set BOOT_ORDER=f41 &&
		refused 5 "cannot open 'missing.conf'" --config missing.conf && printf 'BOOT_ORDER=f41\n' >bad.conf &&
		refused 5 'the configuration has the errors' --config bad.conf
}

keys_refused() {
	openssl genrsa -out small.pem 1024 2>/dev/null && openssl rsa -in key.pem -aes128 -passout pass:right -out pass.pem 2>/dev/null || return
	refused 5 'small.pem' --key small.pem && refused 5 'missing.pem' --key missing.pem && refused 5 'pass.pem' --key pass.pem --passin pass:wrong &&
		refused 5 'exec:' --key exec:./hsm && printf '#!/bin/sh\nexit 3\n' >hsm && chmod +x hsm && openssl pkey -in key.pem -pubout -out pub.pem &&
		refused 5 'hsm' --key exec:./hsm --pubkey pub.pem
}

keys_equal() { # a key file, a key with a passphrase and a program that signs make the same files
	printf '#!/bin/sh\nopenssl dgst -sha256 -sign key.pem "$3" | od -An -v -tx1 | tr -d " \\n"\n' >hsm && chmod +x hsm &&
		dry --key key.pem && mv out plain && dry --key pass.pem --passin pass:right && same_files plain out &&
		dry --key exec:./hsm --pubkey pub.pem && same_files plain out
}

lock_needs_good_files() {
	lock_refused 2 'begins with 8251a63a, but --lock has 8251a63b' --lock 8251a63b &&
		status_is 2 "$rpiboot" recover --firmware fw --key other.pem --lock 8251a63a && printed 'not locked: the OTP hash of the key begins with' &&
		lock_refused 5 "'$signed' is signed with Raspberry Pi's development key" "$signed" && old_recovery &&
		lock_refused 5 "the recovery firmware 'late.bin' is too old to report" late.bin
}

old_recovery() { # makes late.bin, recovery firmware with a date in October 2025
	sed 's/BUILD_TIMESTAMP=17[0-9]*/BUILD_TIMESTAMP=1760000000/' "$recovery" >late.bin && [ "$(stat -c %s late.bin)" = "$(stat -c %s "$recovery")" ] &&
		! cmp -s late.bin "$recovery"
}

warned_of_age() {
	dry late.bin 2>"$work/messages" && printed "warning: the recovery firmware 'late.bin' was built before 2025-11-27 and reports no result" &&
		dry "$old" 2>"$work/messages" && printed "EEPROM image '$old' (" && printed "warning: the EEPROM image '$old' has no value MFG_VER" && ! grep -F '( ' "$work/messages" &&
		cmp "$old" out/2711/pieeprom.bin
}

# A signed configuration must set ENABLE_SELF_UPDATE=0 for all boards.
warned_of_self_update() {
	local warning='warning: bootconf.txt does not have ENABLE_SELF_UPDATE=0' off=ENABLE_SELF_UPDATE=0 on=ENABLE_SELF_UPDATE=1

	signed_with && printed "$warning" && signed_with "$on" && printed "$warning" && signed_with "[cm4]$off" && printed "$warning" &&
		signed_with "$off" "[cm4]$on" && printed "$warning" && signed_with "$off" && ! grep -F "$warning" "$work/messages" &&
		signed_with "$off" "[cm4]$off" && ! grep -F "$warning" "$work/messages" && dry 2>"$work/messages" && ! grep -F "$warning" "$work/messages"
}

signed_with() { # SETTING...
	dry --key key.pem "${@/#/--set=}" 2>"$work/messages"
}

# With -q, the program prints no warnings and no changes, but the mistakes to which its error refers.
quiet_prints_errors() {
	dry -q late.bin --key key.pem --set BOOT_ORDER=0xf41 >"$work/messages" 2>&1 && [ ! -s "$work/messages" ] &&
		refused 5 'the configuration has the errors' -q --set BOOT_ORDER=f41 && printed 'rpiboot: error: bootconf.txt: line 6: ' &&
		[ "$(wc -l <"$work/messages")" = 2 ]
}

dry_run_good() { # the other commands accept the files of both chips
	dry --set BOOT_ORDER=0xf416 2>"$work/messages" && printed "serve them with: rpiboot -d out" && printed '[all] BOOT_ORDER=0xf416' &&
		status_is 0 "$rpiboot" --check -d out && printed 'BCM2711: usable' && printed 'BCM2712: usable' && cmp "$recovery" out/2711/bootcode4.bin &&
		cmp fw/2712/recovery.bin out/2712/bootcode5.bin && [ "$(sed -n 1p out/2712/pieeprom.sig)" = "$(sum_of out/2712/pieeprom.bin)" ] &&
		"$rpiboot" eeprom set fw/2712/pieeprom-2026-08-12.bin -o same.bin --set BOOT_ORDER=0xf416 && cmp same.bin out/2712/pieeprom.bin &&
		printf 'uart_2ndstage=1\nrecovery_metadata=1\n' | cmp - out/2711/config.txt && [ "$(find out -type f | wc -l)" = 8 ]
}

dry_run_signed() {
	dry --locked --key key.pem && status_is 0 "$rpiboot" verify out --pubkey key.pem && printed '2712/bootcode5.bin: signed: countersigned' &&
		status_is 0 "$rpiboot" --check -d out && cmp "$recovery" out/2711/bootcode4.bin && dry --key key.pem &&
		cmp fw/2712/recovery.bin out/2712/bootcode5.bin && status_is 1 "$rpiboot" verify out --pubkey other.pem
}

dry_run_settings() {
	dry --erase && [ "$(sed -n 3p out/2711/config.txt)" = erase_eeprom=1 ] && [ ! -e out/2711/pieeprom.bin ] && [ ! -e out/2712/pieeprom.sig ] &&
		dry --write-protect on && grep -x eeprom_write_protect=1 out/2712/config.txt && dry --write-protect off &&
		grep -x eeprom_write_protect=0 out/2711/config.txt && rm -rf out && "$rpiboot" recover "$recovery" "$new" --dry-run out &&
		[ "$(ls out)" = 2711 ] && rm -rf out && "$rpiboot" recover "$new" --firmware fw --dry-run out && [ "$(ls out)" = 2711 ]
}

dry_run_newest() { # the newest files in a directory, and in the directories of the vendor repository
	mkdir -p repo/firmware-2711/latest repo/firmware-2712/default && cp "$recovery" "$new" "$old" repo/firmware-2711/latest/ &&
		cp fw/2712/* "$data/2712/pieeprom-2025-05-08.bin" repo/firmware-2712/default/ && rm -rf out &&
		"$rpiboot" recover --firmware repo --dry-run out && cmp out/2711/pieeprom.bin "$new" && cmp out/2712/pieeprom.bin fw/2712/pieeprom-2026-08-12.bin &&
		rm -rf out && RPIBOOT_FIRMWARE=repo "$rpiboot" recover --dry-run out && [ -d out/2711 ] && [ -d out/2712 ]
}

dry_run_existing() {
	mkdir -p exists/inner && status_is 5 "$rpiboot" recover --firmware fw --dry-run exists && printed "cannot create the directory 'exists': File exists" &&
		status_is 5 "$rpiboot" recover --firmware fw --dry-run none/out && printed 'No such file or directory' && [ "$(ls exists)" = inner ]
}

# ---- hostile directories, interruptions and full disks

hostile_dir() { # a FIFO, loops, huge and unreadable files, and names that the search must not open
	rm -rf bad && cp -r fw bad && mkfifo bad/pieeprom.bin bad/2711/recovery-1.bin bad/2712/pieeprom-9.bin && ln -s pieeprom-a.bin bad/pieeprom-a.bin &&
		ln -s /dev/zero bad/pieeprom-z.bin && ln -s . bad/recovery && mkdir bad/2711/pieeprom-dir.bin && truncate -s 5G bad/2711/pieeprom-5.bin &&
		ln -s ../bad bad/latest && rm -rf out && timeout 30 "$rpiboot" recover --firmware bad --dry-run out &&
		dry_same_as bad
}

dry_same_as() { # DIR: the directory out, made from DIR, has the same files as one made from fw
	mv out of-bad && dry && same_files out of-bad && rm -r of-bad
}

many_files() {
	rm -rf many && cp -r fw many && (cd many/2711 && touch pieeprom-{1..5000}.bin other-{1..5000}.bin) && rm -rf out &&
		timeout 60 "$rpiboot" recover --firmware many --dry-run out && dry_same_as many
}

unreadable_named() { # root can read every file, so another user runs the command
	[ "$(id -u)" = 0 ] || return 0
	local as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	rm -rf secret && cp -r fw secret && chmod 0 secret/2711/pieeprom-2026-08-04.bin && cp key.pem secret/key.pem && chmod 600 secret/key.pem &&
		chmod 755 "$work" && cp "$rpiboot" "$work/program" && mkdir -p secret/open && chmod 777 secret/open || return
	status_is 0 "${as[@]}" "$work/program" recover --firmware secret --dry-run secret/open/out &&
		printed "warning: cannot open 'secret/2711/pieeprom-2026-08-04.bin': Permission denied" && [ "$(ls secret/open/out)" = 2712 ] &&
		status_is 5 "${as[@]}" "$work/program" recover --firmware secret --key secret/key.pem --dry-run secret/open/two && printed 'secret/key.pem' &&
		printed 'Permission denied' && [ ! -e secret/open/two ]
}

killed() { # after a kill at each of 25 times, the directory is complete or does not exist
	local i whole=0 ms
	for i in {0..24}; do
		rm -rf k && mkdir k && ms=$(printf '%04d' $((i * 12)))
		timeout -s KILL "0.$ms" "${uncounted[@]}" "$rpiboot" recover --firmware fw --dry-run k/out >/dev/null 2>&1
		[ ! -e k/out ] || { whole=$((whole + 1)); [ "$(find k/out -type f | wc -l)" = 8 ] && same_files plain-out k/out || return; }
	done
	echo "whole: $whole"
}

full_disk() { # ulimit limits the size of a file, so a write fails like on a full disk
	local kib
	for kib in 1 64 512 1024; do
		rm -rf f "$work/uncounted" && mkdir f && status_is 5 bash -c "ulimit -f $kib; trap '' XFSZ; ${uncounted[*]} '$rpiboot' recover --firmware fw --dry-run f/out" &&
			printed 'cannot write' && [ -z "$(ls -A f)" ] || return
	done
}

check 'recover refuses a damaged image' damaged_refused
check 'recover refuses wrong images' images_refused
check 'recover refuses wrong configurations' config_refused
check 'recover refuses wrong keys' keys_refused
check 'recover makes the same files with a key file, a passphrase and a program' keys_equal
check 'recover --lock refuses a wrong key and unsuitable files' lock_needs_good_files
check 'recover warns of old files' warned_of_age
check 'recover warns of self-update with a signed configuration' warned_of_self_update
check 'recover -q prints only errors' quiet_prints_errors
check 'rpiboot --check accepts the files of --dry-run' dry_run_good
check 'rpiboot verify accepts the signed files of --dry-run' dry_run_signed
check '--dry-run writes the settings of --erase and --write-protect, and the files of one chip' dry_run_settings
check '--dry-run uses the newest files' dry_run_newest
check '--dry-run refuses an existing directory and a missing parent' dry_run_existing
check 'recover reads a hostile firmware directory' hostile_dir
check 'recover reads a directory with 10,000 files' many_files
check 'recover names files that the user cannot read' unreadable_named
dry 2>/dev/null && mv out plain-out
check '--dry-run leaves a complete directory or none when it is killed' killed
check '--dry-run leaves no directory on a full disk' full_disk

# ---- emulated boards that run the recovery firmware of the test data; state/ has the content of their EEPROM and OTP

recovers() { # STATUS TEXT CHIP BOARD-OPTIONS WORD...
	rm -rf state && mkdir state &&
		status_is "$1" timeout 60 "$emu" --board "port=0,gap=30,chip=$3,truth=$PWD,recovery=served,state=$PWD/state$4" -- \
			"$rpiboot" recover --firmware fw --json "${@:5}" && printed "$2"
}

eeprom_event() { # PROOF: there is one such event, and the EEPROM has the image if PROOF is proved
	local event
	event=$(grep '"event":"eeprom"' "$work/messages") && [ "$(wc -l <<<"$event")" = 1 ] && grep -F "\"proof\":\"$1\"" <<<"$event" || return
	[ "$1" != proved ] || grep -F "\"sha256\":\"$(sum_of state/eeprom.bin)\",\"reported\":\"$(sum_of state/eeprom.bin)\"" <<<"$event"
}

proves() { # CHIP
	recovers 0 'EEPROM update proved: the board wrote the image' "$1" '' --set BOOT_ORDER=0xf416 && eeprom_event proved && cmp state/eeprom.bin "$2/$1/pieeprom.bin"
}

proves_both() {
	rm -rf both && dry --set BOOT_ORDER=0xf416 && mv out both && proves 2711 both && proves 2712 both
}

already_current() { # only if the record has the proof of an earlier run for the same image
	rm -rf records && recovers 0 'EEPROM update proved' 2711 '' -j records && [ -f records/12345678.json ] &&
		recovers 0 'EEPROM already current: an earlier run wrote the image' 2711 '' -j records && eeprom_event current &&
		recovers 0 'EEPROM update proved' 2711 '' -j records --set BOOT_ORDER=0xf41 && eeprom_event proved
}

# A later run in which the board sends no metadata must not lose the metadata of an earlier run.
metadata_kept() {
	rm -rf records && recovers 0 'EEPROM update proved' 2711 '' -j records && grep '"MAC_ADDR"' records/12345678.json &&
		recovers 11 'did not report both' 2711 ,quirks=no-values -j records --set BOOT_ORDER=0xf41 &&
		python3 - <<'END'
import json
file = json.load(open("records/12345678.json"))
kept = file["rpiboot"]["earlier"]
assert "MAC_ADDR" not in file and kept["MAC_ADDR"]["value"] and kept["EEPROM_UPDATE"]["value"] == "success", file
assert kept["MAC_ADDR"]["time"].startswith("20") and file["rpiboot"]["eeprom"]["proof"] == "unprovable", file
END
}

# An ordinary boot with -j keeps the record of the recovery, even if its firmware reports other properties or flashes another image.
boot_keeps_record() {
	rm -rf records && recovers 0 'is locked to the key' 2712 '' --key key.pem --lock 8251a63a -j records && cp records/12345678.json first.json &&
		dry && printf 'ask config.txt\nmeta BOOT_ROM 0000000a\ndone\n' >payload && boots 2712 && record_is '"BOOT_ROM" in file and record["eeprom"]' &&
		printf 'read pieeprom.bin\nmeta BOOT_ROM 0000000b\ndone\n' >payload && boots 2712 && record_is '"eeprom" not in record and "before" not in record' &&
		recovers 0 'EEPROM update proved' 2712 ",otp_key=$PWD/key.pem" --key key.pem -j records
}

boots() { # CHIP
	status_is 0 timeout 60 "$emu" --board "port=0,gap=30,chip=$1,truth=out/$1,payload=./payload,after=nothing" -- "$rpiboot" -d "out/$1" -j records
}

record_is() { # EXPRESSION in Python, with the variables file, record and first
	python3 - "$1" <<'END'
import json, sys
first = json.load(open("first.json"))["rpiboot"]
file = json.load(open("records/12345678.json"))
record = file["rpiboot"]
for key in "v", "port", "chip", "board", "lock", "result", "seconds", "start", "end":
    assert record[key] == first[key], key
assert record["lock"]["locked"] and "MAC_ADDR" not in file and record["earlier"]["MAC_ADDR"]["time"] == first["end"], file
assert eval(sys.argv[1]), file
END
}

# Kills a run that keeps a record after the first JSON line with WORD and then, if THEN is not empty, the first one with THEN.
dies_after() { # WORD THEN CHIP BOARD-OPTIONS WORD...
	cat >killer <<-'END' && chmod +x killer
		#!/usr/bin/env bash
		coproc RUN { exec "${@:3}"; }
		first=$1 second=$2
		while read -r line <&"${RUN[0]}"; do
			case $line in
			*"$first"*) [ "$second" ] || { kill -KILL "$RUN_PID" && echo KILLED; exit; }; first=$second second='' ;;
			esac
		done
	END
	rm -rf "$work/uncounted"
	timeout 60 "$emu" --board "port=0,gap=300,chip=$3,truth=$PWD,recovery=served,write_ms=300,state=$PWD/state$4" -- \
		./killer "$1" "$2" "${uncounted[@]}" "$rpiboot" recover --firmware fw --json -j records "${@:5}" >"$work/messages" 2>&1
	printed KILLED
}

reported() { # TEXT: of the only board
	"$rpiboot" report records --json | grep -F "$1" || { "$rpiboot" report records --json; return 1; }
}

# A killed run must not leave the proof of an earlier run, because the board may have another image now.
killed_without_old_proof() {
	rm -rf records && recovers 0 'EEPROM update proved' 2711 '' -j records && reported '"result":"ok"' &&
		dies_after '"name":"pieeprom.bin"' '' 2711 '' --set BOOT_ORDER=0xf41 && reported '"result":"unfinished"' && ! reported '"proof"' &&
		grep '"MAC_ADDR"' records/12345678.json && recovers 0 'EEPROM update proved' 2711 '' -j records && reported '"result":"ok"'
}

# A run that is killed after it locked a board must have recorded the lock.
killed_after_lock() {
	mkdir -p state && rm -rf records state/* disk disk-signed && "$root/build/tests/eeprom_files" "$PWD/made" "$PWD/disk" && echo boot_ramdisk=1 >disk/config.txt &&
		echo image >disk/boot.img && "$rpiboot" sign disk --key key.pem -o disk-signed && head -c 1048576 /dev/zero >os.img || return
	dies_after '"event":"eeprom"' '"stage":"files"' 2712 '' --key key.pem --lock 8251a63a --write os.img --raw -d disk-signed && reported '"proof":"proved"' &&
		reported '"locked":true' && recovers 0 'EEPROM already current' 2712 ",otp_key=$PWD/key.pem" -j records --key key.pem
}

# The limit of the file size must affect only the record, so the output goes through a pipe.
record_full() {
	printf '#!/bin/bash\nset -o pipefail\n(ulimit -f 0; trap "" XFSZ; exec %s "%s" recover --firmware fw -j records "$@") 2>&1 | cat\n' "${uncounted[*]}" "$rpiboot" >run && chmod +x run &&
		runs_full --json && eeprom_event proved && printed '"event":"document","port":"90-1","path":"","text":"cannot write' &&
		runs_full && printed 'warning: cannot write' && printed '"proof": "proved"' && printed 'EEPROM update proved'
}

runs_full() { # WORD...: the recovery succeeds, and no incomplete record stays
	rm -rf state records "$work/uncounted" && mkdir state && status_is 0 timeout 60 "$emu" --board "port=0,gap=30,chip=2711,truth=$PWD,recovery=served,state=$PWD/state" -- ./run "$@" &&
		[ -z "$(ls -A records)" ]
}

not_locked_recorded() { # a board that refuses the signature of the key is not locked to that key
	rm -rf records && recovers 7 'the boot ROM' 2712 '' --locked --key key.pem -j records --stage-timeout 2 && eeprom_event failed &&
		[ -f records/12345678.json ] && ! grep key_hash records/12345678.json && recovers 0 'EEPROM update proved' 2712 '' --key key.pem -j records
}

lies_reported() {
	recovers 10 'EEPROM update failed: the board reports the SHA-256' 2711 ,quirks=wrong-hash && eeprom_event failed &&
		recovers 11 'EEPROM update not proved: the board did not report both of the properties EEPROM_UPDATE and EEPROM_HASH' 2712 ,quirks=no-hash && eeprom_event unprovable &&
		recovers 11 'did not report both' 2711 ,quirks=no-update && eeprom_event unprovable &&
		recovers 11 'did not report both' 2711 ,quirks=no-values && eeprom_event unprovable &&
		recovers 10 'the board reports the property EEPROM_UPDATE=fail' 2711 ,quirks=update-fails && eeprom_event failed &&
		recovers 10 'reports the serial number' 2711 ,quirks=wrong-serial && eeprom_event failed &&
		recovers 10 'EEPROM update failed' 2712 ,quirks=then-bad && eeprom_event failed &&
		recovers 10 'EEPROM update failed' 2711 ,quirks=bad-first && eeprom_event failed
}

dies_early() {
	recovers 6 'while pieeprom.bin was sent to the second stage' 2711 ,quirks=dies && eeprom_event failed && ! grep '"ok":true' "$work/messages" &&
		recovers 6 'without the message Done and without a result of the update, because it refused the image' 2712 ,error=31 && eeprom_event failed
}

# The payload ends without reading the image. The usbboot tool reports such a board as flashed.
reads_nothing() {
	printf 'ask config.txt\ndone\n' >payload && dry && status_is 10 timeout 60 "$emu" --board "port=0,gap=30,chip=2711,truth=out/2711,payload=./payload,after=nothing" -- \
		"$rpiboot" recover --firmware fw --json && printed 'the board stopped before it read the whole image' && eeprom_event failed
}

# Runs recover with a BCM2711 that follows the lines of ./payload.
hostile() { # STATUS TEXT SERIAL WORD...
	rm -rf out && dry && status_is "$1" timeout 60 "$emu" --board "port=0,gap=30,chip=2711,truth=out/2711,payload=./payload,after=nothing,serial=$3" -- \
		"$rpiboot" recover --firmware fw --json "${@:4}" && printed "$2" && ! grep -q $'[\001-\010\013-\037]' "$work/messages"
}

payload_with() { # LINE...: writes a payload with these lines and the report of a success
	dry 2>/dev/null && printf '%s\n' "$@" 'meta EEPROM_UPDATE success' "meta EEPROM_HASH $(sum_of out/2711/pieeprom.bin)" 'done' >payload
}

# A board that reports a success before it reads the image, without reading it, or after reading only its signature has not
# succeeded.
reports_too_early() {
	payload_with && sed -i 's/^done$/read pieeprom.bin\ndone/' payload && hostile 11 'did not report both' 12345678 && eeprom_event unprovable &&
		payload_with && hostile 10 'before it read the whole image' 12345678 && eeprom_event failed &&
		payload_with 'read pieeprom.sig' && hostile 10 'before it read the whole image' 12345678 && eeprom_event failed &&
		payload_with 'meta EEPROM_UPDATE success' 'read pieeprom.bin' && hostile 0 'EEPROM update proved' 12345678 && printed '"proof":"proved"'
}

# Recovery firmware that is too old to report results proves nothing, even if the board reports a success.
reports_with_old_firmware() {
	old_recovery && rm -rf late && cp -r fw late && mv late.bin late/2711/recovery.bin && payload_with 'read config.txt' 'read pieeprom.bin' && old_firmware &&
		printed 'EEPROM update not proved: the recovery firmware was built before 2025-11-27' &&
		printf '%s\n' 'read config.txt' 'meta EEPROM_ERASE success' 'done' >payload && old_firmware --erase &&
		printed 'EEPROM erase not proved: the recovery firmware was built before 2025-11-27'
}

old_firmware() { # WORD...
	rm -rf out && "$rpiboot" recover --firmware late --dry-run out "$@" &&
		status_is 11 timeout 60 "$emu" --board "port=0,gap=30,chip=2711,truth=out/2711,payload=./payload,after=nothing" -- \
			"$rpiboot" recover --firmware late --json "$@" && eeprom_event unprovable
}

# Recovery firmware without a build date can report a proof, but locks no board.
reports_without_date() {
	rm -rf undated && cp -r fw undated && sed 's/BUILD_TIMESTAMP=17/BUILD_TIMESTAMP=xx/' "$recovery" >undated/2711/recovery.bin &&
		payload_with 'read config.txt' 'read pieeprom.bin' && rm -rf out &&
		"$rpiboot" recover --firmware undated --dry-run out 2>messages && grep -F "recovery.bin' (of unknown date)" messages && ! grep -F 'built before' messages &&
		status_is 0 timeout 60 "$emu" --board "port=0,gap=30,chip=2711,truth=out/2711,payload=./payload,after=nothing" -- \
			"$rpiboot" recover --firmware undated --json && printed '"proof":"proved"' &&
		cp undated/2711/recovery.bin undated.bin && lock_refused 5 "the recovery firmware 'undated.bin' has no build date" undated.bin
}

# A board that reports success and then an unknown value has not proved its update.
reports_unknown() {
	payload_with 'read config.txt' 'read pieeprom.bin' && sed -i 's/^done$/meta EEPROM_UPDATE failed\ndone/' payload && hostile 11 'that is neither success nor fail' 12345678 &&
		eeprom_event unprovable
}

# The board uses invalid and dangerous names of files and properties.
invalid_names() {
	local long name names=('../x' '/' '..' 'rpiboot' 'a\x0ab' '\x1b[2J' '\x1b]0\x3bx\x07' '\xff\xfe' '"},{"' 'records/x.json')
	printf -v long '%0250d' 0
	for name in "${names[@]}" "${long:0:240}"; do printf 'meta %s v\nmeta X%s %s\n' "$name" "$RANDOM" "$name"; done >lines &&
		for name in ../../key.pem /etc/passwd config.txt/ ./config.txt '\x1b[2J' '\xff' "$long"; do printf 'missing %s\nunread %s\n' "$name" "$name"; done >>lines &&
		mapfile -t names <lines && payload_with "${names[@]}" 'read pieeprom.bin' && rm -rf records && hostile 0 'EEPROM update proved' 12345678 -j records &&
		printed '"proof":"proved"' && [ "$(ls -A records)" = 12345678.json ] && status_is 0 "$rpiboot" report records --json && printed '"proof":"proved"' &&
		! grep -q $'[\001-\010\013-\037]' records/12345678.json
}

# The board reports about 1 MiB of properties, either too many or one that changes. The record must stay readable and small.
reports_a_mebibyte() {
	local value
	printf -v value '%0240d' 0
	payload_with 'read pieeprom.bin' && for i in {1..4500}; do echo "meta K$i ${value:0:230}$i"; done | cat - payload >payload.more && mv payload.more payload &&
		rm -rf records && hostile 1 'more than 256 properties' 12345678 -j records && eeprom_event failed && sound_record &&
		payload_with 'read pieeprom.bin' && for i in {1..4500}; do echo "meta K ${value:0:230}$i"; done | cat - payload >payload.more && mv payload.more payload &&
		hostile 0 'EEPROM update proved' 12345678 -j records && printed '"proof":"proved"' && sound_record
}

sound_record() {
	"$rpiboot" report records --json | grep '"damaged":0' && [ "$(stat -c %s records/12345678.json)" -lt 400000 ]
}

# The USB serial number is not a valid file name. The board reports its serial number later, and rpiboot then finds its record.
serial_comes_late() {
	rm -rf records && payload_with 'read pieeprom.bin' 'meta MAC_ADDR 1' && hostile 0 'EEPROM update proved' 9e10ab4c -j records && [ -f records/9e10ab4c.json ] &&
		payload_with 'read pieeprom.bin' 'meta USER_SERIAL_NUM 9e10ab4c' && hostile 0 'EEPROM update proved' ../../../x -j records &&
		[ "$(ls -A records)" = 9e10ab4c.json ] && grep -A 1 '"earlier"' records/9e10ab4c.json | grep MAC_ADDR && [ -z "$(find "$work" -name 'x*.json')" ]
}

erases() {
	recovers 0 'EEPROM erased' 2711 '' --erase && eeprom_event erased && [ "$(tr -d '\377' <state/eeprom.bin | wc -c)" = 0 ] &&
		recovers 11 'did not report that its EEPROM is erased' 2711 ,quirks=no-values --erase && eeprom_event unprovable &&
		rm -rf out && dry --erase && printf '%s\n' 'meta EEPROM_ERASE success' 'read config.txt' 'done' >payload &&
		status_is 11 timeout 60 "$emu" --board "port=0,gap=30,chip=2711,truth=out/2711,payload=./payload,after=nothing" -- \
			"$rpiboot" recover --firmware fw --json --erase && eeprom_event unprovable
}

locks() { # CHIP
	recovers 0 'the board is locked to the key' "$1" '' --key key.pem --lock 8251A63A --lock-jtag && eeprom_event proved &&
		grep -x 'key_hash=8251a63a2edee9d8f710d63e9da5d639064929ce15a2238986a189ac6fcd3cee' state/otp.txt && grep -x 'jtag_locked=1' state/otp.txt && ! grep -F no-jtag-lock "$work/messages"
}

jtag_not_locked() { # the board proves its update, but it does not report that its debug port is locked
	local given=(--key key.pem --locked)
	dry "${given[@]}" && echo program_jtag_lock=1 >>out/2711/config.txt && printf '%s\n' 'read config.txt' 'read pieeprom.bin' 'meta JTAG_LOCKED 0' \
		'meta EEPROM_UPDATE success' "meta EEPROM_HASH $(sum_of out/2711/pieeprom.bin)" 'done' >payload && locked_payload --lock-jtag &&
		printed '"code":"no-jtag-lock"' && printed '"proof":"proved"' && dry "${given[@]}" && locked_payload && ! grep -F no-jtag-lock "$work/messages"
}

locked_payload() { # WORD...
	status_is 0 timeout 60 "$emu" --board "port=0,gap=30,chip=2711,truth=out/2711,payload=./payload,after=nothing" -- \
		"$rpiboot" recover --firmware fw --json "${given[@]}" "$@"
}

locked_refused() {
	recovers 10 'already locked to another key' 2711 ",otp_key=$PWD/other.pem" --key key.pem --lock 8251a63a && ! grep -x 'key_hash=8251.*' state/otp.txt &&
		recovers 7 'the boot ROM' 2712 ",otp_key=$PWD/key.pem" && recovers 0 'EEPROM update proved' 2712 ",otp_key=$PWD/key.pem" --locked --key key.pem &&
		eeprom_event proved && recovers 7 'the boot ROM' 2712 '' --locked --key key.pem
}

# A board that is known as locked gets no file with the development key. A board that turns out to be locked is reported.
development_key_refused() {
	rm -rf records && recovers 0 'is locked to the key' 2711 '' --key key.pem --lock 8251a63a -j records &&
		recovers 10 "'$signed' is signed with Raspberry Pi's development key" 2711 ",otp_key=$PWD/key.pem" "$signed" --key key.pem -j records && [ "$(tr -d '\377' <state/eeprom.bin | wc -c)" = 0 ] &&
		recovers 0 '"code":"development-key"' 2711 ",otp_key=$PWD/key.pem" "$signed" --key key.pem
}

gpio_set() {
	recovers 0 'EEPROM update proved' 2711 '' --rpiboot-gpio 5 && grep -x 'rpiboot_gpio=5' state/otp.txt && recovers 0 'EEPROM update proved' 2711 '' --write-protect on &&
		grep -x 'protected=1' state/otp.txt &&
		status_is 5 timeout 20 "$rpiboot" recover "$data/2712/pieeprom-2026-08-12.bin" --firmware fw --rpiboot-gpio 5 &&
		printed '--rpiboot-gpio has no effect on boards with BCM2712'
}

firmware_of_other_chip() { # the firmware is for the other chip
	status_is 5 timeout 60 "$emu" --board "port=0,gap=30,chip=2712,truth=$PWD,recovery=served" -- "$rpiboot" recover "$new" --firmware fw &&
		printed 'the recovery firmware or the EEPROM image for BCM2712 is missing' &&
		head -c 50000 /dev/zero >bootcode.bin && echo 'done' >payload &&
		status_is 1 timeout 60 "$emu" --board "port=0,gap=30,chip=2837,truth=$PWD,payload=./payload,after=nothing" -- "$rpiboot" recover --firmware fw &&
		printed 'boards with BCM2837 have no bootloader EEPROM'
}

changed_meanwhile() { # the files are in memory, so their removal has no effect
	rm -rf gone state && cp -r fw gone && mkdir state && cat >run <<-END && chmod +x run
		#!/usr/bin/env bash
		set -o pipefail
		"$rpiboot" recover --firmware gone --json | while read -r line; do
			echo "\$line"
			case \$line in *'"event":"waiting"'*) rm -r gone ;; esac
		done
	END
	status_is 0 timeout 60 "$emu" --board "port=0,late=1,gap=800,chip=2712,truth=$PWD,recovery=served,state=$PWD/state" -- ./run &&
		eeprom_event proved && [ ! -e gone ] && cmp state/eeprom.bin fw/2712/pieeprom-2026-08-12.bin
}

check 'boards of both chips prove the image' proves_both
check 'recover reports an EEPROM as current if a record has its proof' already_current
if command -v python3 >/dev/null; then
	check 'a run without metadata keeps the metadata of an earlier run' metadata_kept
	check 'an ordinary boot keeps the record of a recovery' boot_keeps_record
else
	skip 'a run without metadata keeps the metadata of an earlier run' 'there is no python3 here'
	skip 'an ordinary boot keeps the record of a recovery' 'there is no python3 here'
fi
check 'a recovery succeeds if its record cannot be written' record_full
check 'a killed recovery leaves no proof of an earlier image' killed_without_old_proof
check 'a recovery that is killed after a lock leaves the lock in the record' killed_after_lock
check 'the record of a board that refuses the key does not contain that key' not_locked_recorded
check 'a board that reports failure, nothing or wrong values fails or is not proved' lies_reported
check 'a board that leaves the bus during the recovery ends with status 6' dies_early
check 'a board that reads no image ends with status 10' reads_nothing
check 'a success that a board reports before it has the image is not a proof' reports_too_early
check 'an unknown value after a success is not a proof' reports_unknown
check 'a success of recovery firmware that is too old to report is not a proof' reports_with_old_firmware
check 'a success of recovery firmware without a build date is a proof' reports_without_date
check 'invalid names of a board leave files and messages intact' invalid_names
check '1 MiB of properties leaves a readable record' reports_a_mebibyte
check 'a serial number that a board reports late selects its record' serial_comes_late
check 'recover --erase erases the EEPROM or reports no proof' erases
check 'recover --lock locks a BCM2711' locks 2711
check 'recover --lock locks a BCM2712' locks 2712
check 'recover warns if a board does not report that it locked its debug port' jtag_not_locked
check 'recover fails for a board that is locked to another key' locked_refused
check 'recover names the development key for a locked board' development_key_refused
check 'recover sets the GPIO and the write protection' gpio_set
check 'recover ends with status 5 for a board without firmware' firmware_of_other_chip
check 'recover serves firmware that was removed after its start' changed_meanwhile
cases_end
