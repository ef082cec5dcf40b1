#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests the files that are installed with the program: the manual, the completions, the udev rules and the systemd units. make builds
# them in build/dist/. The test uses them with mandoc, the shells, udev and systemd.
# shellcheck source=tests/cli/cases.sh
. "$(dirname "$0")/cases.sh"
dist=$root/build/dist
[ -x "$root/rpiboot" ] || { echo "there is no rpiboot here: make builds it"; exit 1; }
"$root/rpiboot" --help >"$work/help" || exit 1
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data

# Runs a case if its program is installed, and skips it otherwise.
check_with() { # PROGRAM NAME COMMAND...
	if command -v "$1" >/dev/null; then
		check "${@:2}"
	else
		skip "$2" "there is no $1 here"
	fi
}

long_options() { # prints the long options in --help
	grep -oE '^  (-., |    )--[a-z-]+' "$work/help" | grep -oE -- '--[a-z-]+'
}

# Succeeds if two files have the same lines, in any order.
same_words() { # WHAT FILE FILE
	local only
	only=$(comm -3 <(sort -u "$2") <(sort -u "$3"))
	if [ ! -s "$2" ] || [ -n "$only" ]; then
		echo "$1, in only one of both: $only"
		return 1
	fi
}

# Succeeds if the command succeeds and prints nothing.
silent() { # COMMAND...
	local status=0
	"$@" >"$work/messages" 2>&1 || status=$?
	cat "$work/messages"
	[ "$status" = 0 ] && [ ! -s "$work/messages" ]
}

# ---- the manual

manual_mandoc() {
	silent mandoc -T lint -W warning "$dist"/*.1
}

manual_groff() {
	silent groff -mdoc -ww -z "$dist"/*.1
}

manual_options() {
	local letter
	grep -oE '^\.(It|Nm) .*Fl -[a-z-]+|^\.Fl -[a-z-]+' "$root/dist/rpiboot.1" | grep -oE 'Fl -[a-z-]+' | sed 's/Fl -/--/' >"$work/manual"
	long_options >"$work/program"
	same_words 'options in the manual and in the program' "$work/manual" "$work/program" || return
	while read -r letter; do
		grep -qE "^\.It Fl $letter , Fl -" "$root/dist/rpiboot.1" || { echo "-$letter is not in the manual"; return 1; }
	done < <(sed -nE 's/^  -([a-zA-Z]),.*/\1/p' "$work/help")
}

commands_listed() { # prints the commands of the program, one a line
	sed -n 's/^Commands .*: //p' "$work/help" | tr ' ' '\n'
}

manual_commands() {
	local page command
	for page in "$root"/dist/rpiboot-*.1; do basename "$page" .1; done | sed 's/^rpiboot-//' >"$work/manual"
	commands_listed >"$work/program"
	same_words 'commands with a manual page and of the program' "$work/manual" "$work/program" || return
	while read -r command; do
		page=$root/dist/rpiboot-$command.1
		grep -oE '^\.It .*Fl -[a-z-]+' "$page" | grep -oE 'Fl -[a-z-]+' | sed 's/Fl -/--/' >"$work/manual"
		"$root/rpiboot" "$command" --help | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE -- '--[a-z-]+' >"$work/program"
		same_words "options in the manual of $command and in the program" "$work/manual" "$work/program" || return
	done < <(commands_listed)
}

# The table "Options of recover" has the long and short options, their arguments and the defaults of rpiboot recover --help.
usage_recover() {
	local table=$work/table
	sed -n '/^### Options of recover/,/^##* [^O]/p' "$root/docs/usage.md" | grep '^| `-' >"$table"
	"$root/rpiboot" recover --help >"$work/recover" || return
	cut -d '|' -f 2- <"$table" | sed 's/\\|/\//g' | cut -d '|' -f 1 | grep -oE -- '--?[a-z][a-z-]*( \[?[A-Z][A-Z0-9=]*\]?| on/off)?' | sort >"$work/manual"
	grep -E '^  (-|    --)' "$work/recover" | sed -E 's/^ +((-., )?--[a-z-]+( \[?[A-Z][A-Z0-9=]*\]?| on\|off)?).*/\1/' | tr '|' '/' |
		sed -E 's/, /\n/' | sort >"$work/program"
	same_words 'options of recover in docs/usage.md and in the program' "$work/manual" "$work/program" || return
	[ "$(sort "$work/manual" | uniq -d)" = '' ] || { echo 'an option is in two rows'; return 1; }
	[ "$(wc -l <"$table")" -gt 25 ]
}

manual_events() { # the manual may also describe other events
	grep -oE '\[EVENT_[A-Z]+\] = \{"[a-z]+"' "$root/report/json.c" | cut -d '"' -f 2 >"$work/program"
	sed -n '/^\.Sh JSON LINES/,/^\.Sh ENV/s/^\.It Cm \(.*\)/\1/p' "$root/dist/rpiboot.1" >"$work/manual"
	[ "$(wc -l <"$work/program")" -ge 9 ] && ! grep -vxFf "$work/manual" "$work/program"
}

manual_example() { # joins the wrapped lines of the example, which must then have the described form
	sed -n '/^\.Bd -literal/,/^\.Ed/{/^{/,/}$/p}' "$root/dist/rpiboot.1" | tr -d '\n' | sed 's/}{/}\n{/g' >"$work/example"
	[ "$(grep -cE '^\{"v":1,"time":[0-9.]+,"event":"[a-z]+"(, *"[a-z]+":("[^"]*"|[0-9.]+|true|false))*\}$' "$work/example")" = 10 ] ||
		{ cat "$work/example"; return 1; }
}

manual_proofs() { # in the manuals of recover and report
	grep -oE '^	\[RECOVER_[A-Z_]+\] = \{"[a-z]+"' "$root/board/recover_judge.c" | cut -d '"' -f 2 | sort -u >"$work/program"
	[ "$(wc -l <"$work/program")" = 5 ] || return
	sed -n '/^\.Sh PROOF/,/^\.El/s/^\.It \(.*\)/\1/p' "$root/dist/rpiboot-recover.1" | sort >"$work/manual"
	same_words 'proofs in the manual of recover and in the program' "$work/manual" "$work/program" || return
	sed -n '/^\.It proof/,/^\.Xr/s/^\.Sq \([a-z]*\).*/\1/p' "$root/dist/rpiboot-report.1" | sort >"$work/manual"
	same_words 'proofs in the manual of report and in the program' "$work/manual" "$work/program"
}

manual_status() {
	sed -n '/^## Exit status/,/^## JSON/s/^| \([0-9, ]*\) |.*/\1/p' "$root/docs/usage.md" | tr -d ' ' | tr ',' '\n' >"$work/readme"
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/s/^\.It \([0-9]*\)$/\1/p' "$root/dist/rpiboot.1" >"$work/manual"
	same_words 'exit statuses in the manual and in docs/usage.md' "$work/manual" "$work/readme"
}

# ---- completions, with the devices and the files of a test directory

completions_new() {
	local shell
	mkdir -p "$work/devices"/{1-1,1-1.2,2-3,usb1,1-0:1.0,1-1:1.0} "$work/zsh" "$work/here/a directory" "$work/here/firmware"
	touch "$work/here/an image.xz"
	for shell in bash zsh fish; do
		sed "s,/sys/bus/usb/devices,$work/devices," "$dist/rpiboot.$shell" >"$work/rpiboot.$shell"
	done
	cp "$work/rpiboot.zsh" "$work/zsh/_rpiboot"
	cd "$work/here" || exit 1
}

complete_bash() { # WORD...
	bash --norc --noprofile -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rpiboot
		printf "%s\n" "${COMPREPLY[@]}"' _ "$work/rpiboot.bash" rpiboot "$@"
}

complete_fish() { # WORD...
	fish --no-config -c ". $work/rpiboot.fish; complete -C 'rpiboot $*'" | cut -f 1
}

offers() { # SHELL "WORD|WORD..." ARGUMENT...
	local got
	got=$("complete_$1" "${@:3}" | sort | paste -sd '|')
	[ "$got" = "$2" ] || { echo "$1: '${*:3}' is completed with '$got', not '$2'"; return 1; }
}

every_argument() { # SHELL
	offers "$1" 'any|disk|done' --expect '' && offers "$1" 'disk|done' --expect d &&
		offers "$1" '1-1|1-1.2|2-3' -p '' && offers "$1" '1-1|1-1.2' --port-path 1 && offers "$1" '' --timeout ''
}

bash_completes() {
	every_argument bash && offers bash 'a directory|firmware' -d '' && offers bash 'a directory|firmware' -j '' &&
		offers bash '--json' -j --js && offers bash 'disk|done' --expect = d && offers bash 'any|disk|done' --expect = &&
		offers bash 'a directory|an image.xz' --write a && offers bash 'a directory|an image.xz' -l --bmap = a &&
		offers bash 'eeprom' eepr && offers bash 'get|set|show' eeprom '' && offers bash '--config|--countersign' eeprom set --co &&
		offers bash 'a directory|an image.xz' eeprom show a && offers bash 'a directory|an image.xz' eeprom set -o a &&
		bash --norc -c '. "$1"; complete -p rpiboot' _ "$work/rpiboot.bash" &&
		complete_bash -- >"$work/offered" && long_options >"$work/program" &&
		same_words 'options completed by bash and in the program' "$work/offered" "$work/program" && every_command bash
}

# The completion offers the options in --help of each command.
every_command() { # SHELL
	local name
	while read -r name; do
		"complete_$1" "$name" -- >"$work/offered" || return
		"$root/rpiboot" "$name" --help | sed -nE 's/^  (-., |    )(--[a-z-]+).*/\2/p' >"$work/program" && [ -s "$work/program" ] &&
			same_words "options of $name completed by $1 and in the program" "$work/offered" "$work/program" || return
	done < <(commands_listed)
}

fish_completes() {
	every_argument fish && offers fish 'a directory/|firmware/' -d '' && offers fish 'a directory/|firmware/' -j '' &&
		offers fish '--json' -j --js && offers fish '--expect=disk|--expect=done' --expect=d &&
		offers fish 'a directory/|an image.xz' --write a && complete_fish -- >"$work/offered" && long_options >"$work/program" &&
		same_words 'options completed by fish and in the program' "$work/offered" "$work/program" &&
		offers fish 'eeprom' eepr && offers fish 'get|set|show' eeprom "''" && offers fish '--config|--countersign' eeprom set --co &&
		offers fish 'a directory/|an image.xz' eeprom show a && offers fish 'a directory/|an image.xz' sign a &&
		offers fish 'a directory/|an image.xz' eeprom set -o a && offers fish '' sign --write && every_command fish
}

# Succeeds if the completion of LINE by zsh shows each WORD, and not the word after "--not".
zsh_shows() { # LINE WORD... [--not WORD]
	local line=$1 words=() avoid=''
	shift
	while [ $# != 0 ] && [ "$1" != --not ]; do words+=("$1"); shift; done
	[ $# = 0 ] || avoid=$2
	zsh -f "$root/tests/cli/complete.zsh" "$work/zsh" "$line" "${words[@]}" >"$work/shown" 2>&1 || { cat -v "$work/shown"; return 1; }
	[ -z "$avoid" ] || ! grep -F -e "$avoid" "$work/shown"
}

zsh_completes() {
	local options name command
	mapfile -t options < <(long_options)
	zsh -n "$work/rpiboot.zsh" && zsh_shows 'rpiboot --expect ' any disk 'done' &&
		zsh_shows 'rpiboot -p ' 1-1 1-1.2 2-3 --not usb1 && zsh_shows 'rpiboot -d ' firmware/ 'a\ directory/' --not image &&
		zsh_shows 'rpiboot --write ' 'an\ image.xz' firmware/ && zsh_shows 'rpiboot -j ' firmware/ --not image &&
		zsh_shows 'rpiboot --no-' --no-verify 'do not read the disk back to verify it' && zsh_shows 'rpiboot --' "${options[@]}" &&
		zsh_shows 'rpiboot eeprom ' get set show --not firmware && zsh_shows 'rpiboot sign ' 'an\ image.xz' firmware/ --not directory= &&
		zsh_shows 'rpiboot sign --key ' 'an\ image.xz' && zsh_shows 'rpiboot verify -' --pubkey --not --write || return
	while read -r name; do
		mapfile -t command < <("$root/rpiboot" "$name" --help | sed -nE 's/^  (-., |    )(--[a-z-]+).*/\2/p')
		[ ${#command[@]} != 0 ] && zsh_shows "rpiboot $name --" "${command[@]}" || return
	done < <(commands_listed)
}

arguments_are_accepted() { # the program accepts the words that the completions offer for END, and --help has DIR, IMAGE, FILE and PATH
	local word
	for word in disk 'done' any; do "$root/rpiboot" --expect "$word" --version || return; done
	grep -q -- '--directory DIR ' "$work/help" && grep -q -- '--metadata \[DIR\] ' "$work/help" &&
		grep -q -- '--write IMAGE ' "$work/help" && grep -q -- '--bmap FILE ' "$work/help" &&
		grep -q -- '--port-path PATH ' "$work/help"
}

nothing_to_complete() {
	status_is 1 "$root/dist/completions.sh" bash </dev/null && printed 'is not what rpiboot --help prints' &&
		"$root/dist/completions.sh" tcsh <"$work/help" 2>"$work/messages"
	[ $? = 2 ] && printed usage
}

# A build for another architecture runs the program with the command RUN.
completed_through_run() {
	local shell

	printf '#!/bin/sh\nshift\nexec %s "$@"\n' "$root/rpiboot" >"$work/runner" && chmod +x "$work/runner" || return
	for shell in bash zsh fish; do
		RUN=$work/runner "$root/dist/completions.sh" "$shell" /nowhere/rpiboot <"$work/help" | cmp - "$dist/rpiboot.$shell" || return
	done
}

# ---- udev

rules_same() {
	"$root/rpiboot" --print-udev-rules | diff - "$dist/70-rpiboot.rules"
}

# Prints the errors that udev finds in rules. Before version 254, udev reads only its own directories, so the test mounts a directory
# there, in a mount namespace.
rules_verify() { # FILE
	if udevadm verify --help >/dev/null 2>&1; then
		udevadm verify "$1"
		return
	fi
	rm -rf "$work/rules" && mkdir "$work/rules" && cp "$1" "$work/rules/70-rpiboot.rules" || return
	# shellcheck disable=SC2016 # the inner shell expands them
	unshare -m bash -c 'mount --bind "$1" "$2" && exec udevadm test /sys/class/mem/null' _ "$work/rules" "$rules_home" \
		>"$work/udev" 2>&1
	grep 'Reading rules file: .*/70-rpiboot.rules' "$work/udev" || { cat "$work/udev"; return 1; }
	! grep '70-rpiboot.rules:' "$work/udev"
}

rules_good() {
	rules_verify "$dist/70-rpiboot.rules"
}

rules_bad_seen() {
	{ cat "$dist/70-rpiboot.rules"; echo 'SUBSYSTEM=="usb", SOMETHING{x}=="1"'; } >"$work/bad.rules"
	! rules_verify "$work/bad.rules" >"$work/messages" 2>&1 && printed SOMETHING
}

rules_can_be_verified() {
	command -v udevadm >/dev/null || { echo "there is no udevadm here"; return 1; }
	! udevadm verify --help >/dev/null 2>&1 || return 0
	for rules_home in /usr/lib/udev/rules.d /lib/udev/rules.d; do
		[ ! -d "$rules_home" ] || break
	done
	unshare -m true 2>/dev/null || { echo "this udevadm needs a mount namespace, which is not permitted here"; return 1; }
}

# ---- systemd

units_new() { # makes units with the path of the built program, because systemd-analyze checks that it exists
	local unit
	mkdir -p "$work/units"
	for unit in "$dist"/*.service; do
		sed "s,^ExecStart=[^ ]*/rpiboot ,ExecStart=$root/rpiboot ," "$unit" >"$work/units/${unit##*/}"
	done
}

units_verify() {
	silent systemd-analyze verify --man=no "$work"/units/*.service
}

unit_exposure() { # NAME MAXIMUM, in tenths
	systemd-analyze security --offline=true --no-pager --threshold="$2" "$work/units/$1.service"
}

# rpiboot-write.service must not get its own mount namespace, because it unmounts disks for the whole system.
unit_unmounts() {
	! grep -E '^(Protect(System|Home|Proc|ControlGroups|Kernel)|ProcSubset|Private(Tmp|Devices|Mounts|IPC|Network|Users)|DynamicUser|(ReadOnly|ReadWrite|Inaccessible|Exec|NoExec|Bind|BindReadOnly)Paths|Root(Directory|Image)|TemporaryFileSystem|MountFlags|MountAPIVFS)' \
		"$dist/rpiboot-write.service" && grep -x 'SystemCallFilter=umount2' "$dist/rpiboot-write.service"
}

unit_keeps_disks() {
	! grep -E '^DeviceAllow=block|CAP_SYS_ADMIN' "$dist/rpiboot.service" && grep -x 'ProtectSystem=strict' "$dist/rpiboot.service"
}

defaults_are_shell() { # the file has only assignments and comments, which EnvironmentFile= and a shell read alike
	! grep -vE '^(#|$|[A-Z_]+="[^"]*"$)' "$root/dist/rpiboot.default" && ! grep -vE '^(# |$|[A-Z_]+=)' "$root/dist/rpiboot.default" &&
		sed 's/^# \([A-Z_]*=\)/\1/' "$root/dist/rpiboot.default" >"$work/default" &&
		bash -euc '. "$1"; "$2" -l $RPIBOOT_OPTIONS --version; "$2" -l --write "$RPIBOOT_IMAGE" --version' _ "$work/default" \
			"$root/rpiboot"
}

completions_new
units_new
check_with mandoc "mandoc reports nothing about the manual" manual_mandoc
check_with groff "groff reports nothing about the manual" manual_groff
check "the manual has the options of the program" manual_options
check "each command has a manual page with its options" manual_commands
check "docs/usage.md has the options of rpiboot recover" usage_recover
check "the manual has the events of the program" manual_events
check "the example of the manual is JSON" manual_example
check "the manuals have the proofs of an EEPROM update" manual_proofs
check "the manual has the exit statuses" manual_status
check "bash completes options, commands and arguments" bash_completes
check_with zsh "zsh completes options, commands and arguments" zsh_completes
check_with fish "fish completes options, commands and arguments" fish_completes
check "the program accepts the completed arguments" arguments_are_accepted
check "completions.sh refuses input that is not the output of --help" nothing_to_complete
check "the completions for another architecture are the same" completed_through_run
check "--print-udev-rules prints the installed rules" rules_same
if why=$(rules_can_be_verified); then
	rules_can_be_verified
	check "udev reports no error in the rules" rules_good
	check "udev reports an error in wrong rules" rules_bad_seen
else
	skip "udev reports no error in the rules" "$why"
fi
check_with systemd-analyze "systemd reports no error in the units" units_verify
check_with systemd-analyze "rpiboot.service has an exposure of at most 2.5" unit_exposure rpiboot 25
check_with systemd-analyze "rpiboot-write.service has an exposure of at most 4.5" unit_exposure rpiboot-write 45
check "rpiboot-write.service shares the mounts of the system" unit_unmounts
check "rpiboot.service has no access to disks" unit_keeps_disks
check "systemd and a shell can read the defaults" defaults_are_shell
cases_end
